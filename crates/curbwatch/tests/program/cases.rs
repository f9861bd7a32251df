//! `cases list|show|export|release|dismiss|retry` and `verify-evidence`, on a store as `run` leaves it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbwatch_case::{CaseChange, Gate, Options, ShotPicture, ShotRole, SinkOptions, Store, write_evidence};
use curbwatch_types::{
    BBox, CameraId, CapturedAt, Incident, IncidentChange, Measured, Picture, Plane, ResolvedRule, Score,
    ViewId, ViolationClass, Wall, ZoneId,
};
use serde_json::Value;

use crate::support::{Outcome, configuration, run};

/// 2017-03-09T10:02:15.215Z.
const T0: i64 = 1_489_053_735_215;

fn incident(key: &str, change: IncidentChange, secs: i64) -> Incident {
    let at = |secs: i64| CapturedAt {
        at: Wall(T0 + secs * 1000),
        uncertainty_ms: 250,
    };
    Incident {
        key: Arc::from(key),
        change,
        class: ViolationClass::IllegalMotorParking,
        camera: CameraId::new("c0").unwrap(),
        view: ViewId::new("main").unwrap(),
        zone: ZoneId::new("kerb").unwrap(),
        bbox: BBox::new(0.25, 0.25, 0.5, 0.5),
        first_seen: at(0),
        due: Wall(T0 + 300_000),
        last_seen: at(secs),
        decided_at: at(secs),
        present_looks: 3,
        best_score: Score::new(0.9),
        rule: ResolvedRule {
            stationary_secs: 20,
            dwell_secs: 300,
            min_score: 0.25,
            present_looks_min: 3,
            ..ResolvedRule::default()
        },
        model: Arc::from("blob@634d51c6"),
        shots: Vec::new(),
        supersedes: None,
        also: Vec::new(),
        ground: None,
        witnesses: Vec::new(),
    }
}

fn picture() -> Picture {
    let plane = |side: usize, value| Plane {
        width: side,
        height: side,
        stride: side,
        samples: vec![value; side * side],
    };
    Picture {
        width: 64,
        height: 64,
        y: plane(64, 90),
        u: plane(32, 100),
        v: plane(32, 200),
        ..Picture::default()
    }
}

/// A store in `data`: case `c1` opened and closed, case `c2` open; evidence with every change.
fn make_store(folder: &Path) -> PathBuf {
    let directory = folder.join("data");
    let mut store = Store::open(&Options::new(&directory)).unwrap();
    let picture = picture();
    for (key, change, secs) in [
        ("c1", IncidentChange::Opened, 300),
        ("c1", IncidentChange::Closed, 900),
        ("c2", IncidentChange::Opened, 1200),
    ] {
        let incident = incident(key, change, secs);
        let shot = ShotPicture {
            picture: &picture,
            bbox: incident.bbox,
            captured_at: incident.last_seen,
            role: ShotRole::Latest,
        };
        let change = CaseChange {
            evidence: Some(write_evidence(&directory, &incident, &[shot]).unwrap()),
            emitted_at: incident.decided_at.at,
            incident,
            appearance: None,
            measured: Measured::Real,
            gate: Gate::Open,
        };
        store.commit(&[change]).unwrap();
    }
    directory
}

fn good(outcome: &Outcome) -> Vec<&str> {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.stdout.lines().collect()
}

#[test]
fn cases_are_listed_shown_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    configuration(folder, None);
    make_store(folder);

    // By the configuration's store, by a store named outright, and only those that stand open.
    let listed = run(folder, ["cases", "list"]);
    let lines = good(&listed);
    assert_eq!(lines.len(), 2, "{listed:?}");
    assert!(
        lines[0].starts_with("c2  opened") && lines[1].starts_with("c1  closed"),
        "newest first: {listed:?}"
    );
    assert!(
        lines[1].contains("illegal_motor_parking  c0/kerb  first 2017-03-09T10:02:15.215Z"),
        "{listed:?}"
    );
    let named = run(
        Path::new("/"),
        ["cases", "list", "--store", folder.join("data").to_str().unwrap()],
    );
    assert_eq!(named.stdout, listed.stdout, "{named:?}");
    let open = run(folder, ["cases", "list", "--open"]);
    assert_eq!(good(&open), [lines[0]]);

    let shown = run(folder, ["cases", "show", "c1"]);
    let rows: Vec<Value> = good(&shown)
        .iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let states: Vec<&Value> = rows.iter().map(|row| &row["state"]).collect();
    assert_eq!(states, ["opened", "closed"]);
    let (standing, evidence) = shown.stderr.split_once('\n').unwrap();
    assert_eq!(standing, "  measured (real)");
    assert_eq!(evidence.lines().count(), 2, "{shown:?}");
    for line in evidence.lines() {
        let evidence = line.trim().strip_prefix("evidence: ").unwrap();
        assert!(folder.join(evidence).join("manifest.json").is_file(), "{line}");
    }
    let unknown = run(folder, ["cases", "show", "c9"]);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert_eq!(
        unknown.stderr,
        "curbwatch: there is no case c9; `curbwatch cases list` names them\n"
    );

    let exported = run(folder, ["cases", "export", "away"]);
    assert!(good(&exported)[0].starts_with("away: 2 cases, "), "{exported:?}");
    let rows = fs::read_to_string(folder.join("away/cases.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 3, "{rows}");
    // The copy is checked without the store.
    fs::remove_dir_all(folder.join("data")).unwrap();
    let verified = run(folder, ["verify-evidence", "away"]);
    assert!(
        good(&verified)[0].ends_with("files as they were made"),
        "{verified:?}"
    );
    let gone = run(folder, ["cases", "list"]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert_eq!(
        gone.stderr,
        "curbwatch: there is no case store in data; `curbwatch run` makes one\n"
    );
}

/// Cases `h1` and `h2` held, `c1` open, none with evidence; one sink.
fn make_held(folder: &Path) {
    let mut options = Options::new(folder.join("data"));
    options.sinks = vec![SinkOptions::JsonLines {
        name: "archive".into(),
        path: folder.join("cases.jsonl"),
    }];
    let mut store = Store::open(&options).unwrap();
    let changes = [
        ("c1", IncidentChange::Opened, 300, Measured::Real, Gate::Open),
        ("h1", IncidentChange::Opened, 400, Measured::Synthetic, Gate::Held),
        ("h1", IncidentChange::Closed, 900, Measured::Synthetic, Gate::Held),
        ("h2", IncidentChange::Opened, 1000, Measured::RuleOnly, Gate::Held),
    ]
    .map(|(key, change, secs, measured, gate)| {
        let incident = incident(key, change, secs);
        CaseChange {
            evidence: None,
            emitted_at: incident.decided_at.at,
            incident,
            appearance: None,
            measured,
            gate,
        }
    });
    store.commit(&changes).unwrap();
}

#[test]
fn held_cases_are_named_released_and_dismissed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    configuration(folder, None);
    make_held(folder);
    let cases = |arguments: &[&str]| run(folder, [&["cases"], arguments].concat());

    let listed = cases(&["list"]);
    let lines = good(&listed);
    for (line, want) in lines.iter().zip([
        ("h2", "  rule only  held for review"),
        ("h1", "  measured (synthetic)  held for review"),
        ("c1", "  measured (real)"),
    ]) {
        assert!(
            line.starts_with(want.0) && line.ends_with(want.1),
            "{line}: {want:?}"
        );
    }
    assert_eq!(good(&cases(&["list", "--held"])), lines[..2]);
    let shown = cases(&["show", "h1"]);
    assert!(shown.stderr.contains("curbwatch cases release h1"), "{shown:?}");
    assert!(shown.stdout.contains("\"gate\":\"held\""), "{shown:?}");

    // (arguments, exit code, words of standard output or error)
    let rows: [(&[&str], i32, &str); 10] = [
        (&["release"], 2, "<IDS>..."),
        (&["dismiss", "h2"], 2, "--reason"),
        (
            &["dismiss", "h2", "--reason", " "],
            1,
            "the reason must be 1 to 500 characters",
        ),
        (
            &["release", "h1", "c9"],
            1,
            "there is no case c9; `curbwatch cases list` names them",
        ),
        (
            &["release", "h1", "c1"],
            1,
            "case c1 is not held: sent by itself; nothing was changed",
        ),
        (
            &["release", "h1", "--by", "Li"],
            0,
            "h1: released, deliveries on their way: 2\n",
        ),
        (
            &["release", "h1"],
            0,
            "h1: released before; nothing was changed\n",
        ),
        (
            &["dismiss", "h2", "--reason", "a shadow", "--by", "Li"],
            0,
            "h2: dismissed, deliveries given up: 1\n",
        ),
        (&["release", "h2"], 1, "case h2 is not held: dismissed"),
        (&["retry", "archive"], 0, "archive: deliveries tried again: 0\n"),
    ];
    for (arguments, code, want) in rows {
        let outcome = cases(arguments);
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {outcome:?}");
        let said = if code == 0 {
            &outcome.stdout
        } else {
            &outcome.stderr
        };
        assert!(said.contains(want), "{arguments:?}: {outcome:?}");
    }
    let listed = cases(&["list"]);
    let lines = good(&listed);
    assert!(
        lines[0].contains("rule only  dismissed 20") && lines[0].ends_with("Z by Li: a shadow"),
        "{listed:?}"
    );
    assert!(
        lines[1].contains("measured (synthetic)  released 20") && lines[1].ends_with("Z by Li"),
        "{listed:?}"
    );
    assert!(good(&cases(&["list", "--held"])).is_empty());
    let nowhere = run(folder, ["cases", "release", "h1", "--store", "elsewhere"]);
    assert_eq!(
        (nowhere.code, folder.join("elsewhere").exists()),
        (Some(1), false),
        "{nowhere:?}"
    );
}

#[test]
fn a_flipped_bit_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let directory = make_store(folder);
    let verify = |path: &Path| run(folder, ["verify-evidence".as_ref(), path.as_os_str()]);
    good(&verify(&directory));

    let files = files_below(&directory.join("evidence"));
    assert!(files.len() >= 3 * 3, "{files:?}");
    for file in &files {
        let sound = fs::read(file).unwrap();
        let mut spoilt = sound.clone();
        spoilt[sound.len() / 2] ^= 1;
        fs::write(file, spoilt).unwrap();
        // Named from the store, from the case's folder and from the change's.
        for above in [
            &directory,
            file.parent().unwrap().parent().unwrap(),
            file.parent().unwrap(),
        ] {
            let outcome = verify(above);
            assert_eq!(outcome.code, Some(1), "{}: {outcome:?}", file.display());
            assert_eq!(
                outcome.stdout,
                format!("{}: changed\n", file.display()),
                "{outcome:?}"
            );
            assert_eq!(outcome.stderr, "curbwatch: 1 files are not as they were made\n");
        }
        fs::write(file, sound).unwrap();
    }
    fs::remove_file(&files[0]).unwrap();
    let outcome = verify(&directory);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(outcome.stdout, format!("{}: missing\n", files[0].display()));
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

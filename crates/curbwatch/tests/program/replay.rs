//! `replay`: the same rows every time, and what it says of footage that brings nothing.

use std::path::Path;

use serde_json::Value;

use crate::footage::{make_clip, make_footage, make_gate, make_hanging_clip, write_manifest};
use crate::support::{Outcome, configuration, edit, run};

/// Replays the folder's footage into `out` with this many workers.
fn replay(folder: &Path, out: &str, workers: usize) -> Outcome {
    run(
        folder,
        [
            "--log",
            "off",
            "replay",
            "--footage",
            "footage.jsonl",
            "--out",
            out,
            "--workers",
            &workers.to_string(),
            "--coverage",
            "coverage.jsonl",
        ],
    )
}

#[test]
fn rows_are_the_same_every_time_and_with_any_number_of_workers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if make_footage(folder).is_none() {
        return;
    }
    let mut first: Option<Vec<u8>> = None;
    // Wherever they look: in threads of the program, and each in a process of its own.
    let thread = [1, 1, 2, 4].map(|workers| (workers, "thread"));
    let process = [1, 2].map(|workers| (workers, "process"));
    for (run, (workers, isolation)) in thread.into_iter().chain(process).enumerate() {
        let file = configuration(folder, None);
        edit(
            &file,
            "workers = 1\n",
            &format!("workers = 1\nisolation = \"{isolation}\"\n"),
        );
        let out = format!("cases-{run}.jsonl");
        let outcome = replay(folder, &out, workers);
        assert_eq!(outcome.code, Some(0), "{workers} workers: {outcome:?}");
        assert_eq!(outcome.said()[0], "8 visits, 32 looks", "{outcome:?}");
        assert!(outcome.stdout.is_empty(), "{outcome:?}");
        let rows = std::fs::read(folder.join(&out)).unwrap();
        let first = first.get_or_insert_with(|| rows.clone());
        assert_eq!(
            &rows, first,
            "run {run} with {workers} workers ({isolation}) differs"
        );
        assert!(
            !folder.join(format!("{out}.partial")).exists(),
            "nothing is left beside it"
        );
    }
    check_rows(&String::from_utf8(first.unwrap()).unwrap());
    // Eight visits of four seconds, one a minute: what lies between them nobody saw.
    let text = std::fs::read_to_string(folder.join("coverage.jsonl")).unwrap();
    let coverage: Value = serde_json::from_str(&text).unwrap();
    let (watched, unvisited) = (&coverage["watched_ms"], &coverage["blind_ms"]["unvisited"]);
    let (watched, unvisited) = (watched.as_i64().unwrap(), unvisited.as_i64().unwrap());
    assert_eq!(coverage["intervals"].as_array().map(Vec::len), Some(7), "{text}");
    assert!((7 * 56_000..7 * 60_000).contains(&unvisited), "{text}");
    assert_eq!(watched + unvisited, 7 * 60_000 + 3_000, "{text}");
}

/// One case: opened after its dwell, closed when the place was seen empty; every key of the contract.
fn check_rows(text: &str) {
    let rows: Vec<Value> = text
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let states: Vec<&str> = rows.iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["opened", "closed"], "{text}");
    for row in &rows {
        for (key, want) in [
            ("camera", "c0"),
            ("zone", "kerb"),
            ("class", "illegal_motor_parking"),
            // The fixture model was never measured: a case of it would wait for a person.
            ("measured", "rule only"),
            ("gate", "held"),
        ] {
            assert_eq!(row[key], want, "{row}");
        }
        assert_eq!(row["case_id"], rows[0]["case_id"], "one case: {row}");
        assert_eq!(row["box"].as_array().map(Vec::len), Some(4), "{row}");
        let ms = |key: &str| row[key].as_i64().unwrap_or_else(|| panic!("{key}: {row}"));
        // The dwell of the zone is 10 s; event time comes from the manifest alone.
        assert!(ms("due_ms") - ms("first_seen_ms") >= 10_000, "{row}");
        assert!(
            ms("last_seen_ms") >= ms("first_seen_ms") && ms("emitted_ms") >= ms("last_seen_ms"),
            "{row}"
        );
        assert!(
            (1_700_000_060_000..1_700_000_480_000).contains(&ms("first_seen_ms")),
            "{row}"
        );
    }
    let bbox: Vec<f64> = rows[0]["box"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect();
    let truth = [260.0 / 640.0, 200.0 / 360.0, 96.0 / 640.0, 64.0 / 360.0];
    for (got, want) in bbox.iter().zip(truth) {
        assert!((got - want).abs() < 0.03, "{bbox:?} is not {truth:?}");
    }
}

/// A head that is turned to its gate and back on every visit: one case in each view, and neither ends while the other is shown.
#[test]
fn a_head_with_two_views_has_one_case_in_each() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = configuration(folder, None);
    if make_footage(folder).is_none() || make_gate(folder).is_none() {
        return;
    }
    let views = ["main", "gate"]
        .map(|view| format!("[[views]]\ncamera = \"c0\"\nid = \"{view}\"\nreference = \"{view}.png\"\n"));
    let zone = "[[zones]]\ncamera = \"c0\"\nview = \"gate\"\nid = \"drive\"\nkind = \"no_parking\"\ndwell_secs = 10\n\
        polygon = [[0.3, 0.4], [0.7, 0.4], [0.7, 0.9], [0.3, 0.9]]\n";
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text + &views.concat() + zone).unwrap();
    let checked = run(folder, ["check"]);
    assert_eq!(
        (checked.code, checked.stderr.as_str()),
        (Some(0), ""),
        "{checked:?}"
    );

    let (here, there) = (
        ["standing.mp4", "gate-standing.mp4"],
        ["empty.mp4", "gate-empty.mp4"],
    );
    let clips = [&here[..], &here, &here, &here, &there, &there].concat();
    write_manifest(folder, &clips);
    let outcome = replay(folder, "cases.jsonl", 2);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let rows = std::fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let told = |row: &str| {
        let row: Value = serde_json::from_str(row).unwrap();
        ["state", "view", "zone"]
            .map(|key| row[key].as_str().unwrap_or_default().to_owned())
            .join(" ")
    };
    let told: Vec<String> = rows.lines().map(told).collect();
    assert_eq!(
        told,
        [
            "opened main kerb",
            "opened gate drive",
            "closed main kerb",
            "closed gate drive"
        ],
        "{rows}"
    );
}

#[test]
fn footage_that_brings_nothing_is_named_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    configuration(folder, None);
    if make_clip(folder, true).is_none() {
        return;
    }
    std::fs::write(folder.join("garbage.mp4"), [0x5a; 4096]).unwrap();
    std::fs::write(folder.join("nothing.mp4"), []).unwrap();
    let clips = [
        "missing.mp4",
        "standing.mp4",
        "garbage.mp4",
        "standing.mp4",
        "nothing.mp4",
        "standing.mp4",
    ];
    write_manifest(folder, &clips);
    let outcome = replay(folder, "cases.jsonl", 2);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let said = outcome.said();
    assert_eq!(said[0], "6 visits, 12 looks", "{outcome:?}");
    let nothing = said.last().unwrap();
    assert!(
        nothing.contains("3 looks brought nothing (undecodable)") && nothing.contains("missing.mp4"),
        "the number, the reason and the first cause: {nothing}"
    );
    let rows = std::fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    assert!(rows.contains("\"state\":\"opened\""), "{rows}");

    // Each of them is named in the log.
    let logged = run(
        folder,
        ["replay", "--footage", "footage.jsonl", "--out", "again.jsonl"],
    );
    for clip in ["missing.mp4", "garbage.mp4", "nothing.mp4"] {
        let lines = logged.stderr.lines();
        let named = lines.filter(|line| line.contains(" WARN ") && line.contains(clip));
        assert_eq!(named.count(), 1, "{clip}: {logged:?}");
    }
}

/// A camera whose encoder hangs behind a running clock: the block stood for 4 s when it hung and would be a
/// case after 10, as it is where the picture lives on.
#[test]
fn a_frozen_picture_behind_a_ticking_clock_is_blind_time_and_no_case() {
    for (hangs_at, opened) in [(60, 1), (24, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        configuration(folder, None);
        if make_hanging_clip(folder, hangs_at).is_none() {
            return;
        }
        write_manifest(folder, &["hanging.mp4"]);
        let outcome = replay(folder, "cases.jsonl", 1);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let rows = std::fs::read_to_string(folder.join("cases.jsonl")).unwrap();
        assert_eq!(
            rows.matches("\"opened\"").count(),
            opened,
            "hangs at {hangs_at} s: {rows}"
        );
        let text = std::fs::read_to_string(folder.join("coverage.jsonl")).unwrap();
        let coverage: Value = serde_json::from_str(&text).unwrap();
        let frozen_ms = coverage["blind_ms"]["frozen"].as_i64().unwrap_or(0);
        // Two looks until it is told: the one that differs from the living one, and the one that does not.
        let want = if opened == 1 { 0..=0 } else { 31_000..=36_000 };
        assert!(want.contains(&frozen_ms), "hangs at {hangs_at} s: {text}");
    }
}

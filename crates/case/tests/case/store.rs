//! The store: idempotent commits, what a restart gets back, and one clear error for each disaster.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use curbwatch_case::{
    CaseChange, CaseFilter, CaseId, CaseReader, Committed, Error, Options, SinkOptions, Store, export,
    verify_evidence,
};
use curbwatch_types::{Appearance, CameraId, IncidentChange, Wall};

use crate::fixture::{self, T0, change};
use IncidentChange::{Closed, Opened, Reoccupied, Still};

fn with_lines(directory: &Path) -> Options {
    let mut options = Options::new(directory);
    options.sinks = vec![SinkOptions::JsonLines {
        name: "lines".into(),
        path: directory.join("out.jsonl"),
    }];
    options
}

#[test]
fn a_change_is_stored_once_however_often_it_is_committed() {
    let place = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(&with_lines(place.path())).expect("a store");
    let batch = [
        change("a1", Opened, 400),
        change("b2", Opened, 400),
        change("a1", Still, 4000),
    ];
    assert_eq!(store.commit(&batch).expect("a commit"), [Committed::New; 3]);
    assert_eq!(
        store.commit(&batch).expect("a commit"),
        [Committed::AlreadyKnown; 3]
    );
    let mut later = change("a1", Opened, 400);
    later.emitted_at = Wall(T0 + 9_999_999); // the identity is the decision, not when it was sent
    let again = [later, change("a1", Still, 5000), change("a1", Still, 5000)];
    let want = [Committed::AlreadyKnown, Committed::New, Committed::AlreadyKnown];
    assert_eq!(store.commit(&again).expect("a commit"), want);
    let outbox = store.outbox().expect("counters");
    assert_eq!(
        (outbox.pending, outbox.delivered, outbox.oldest),
        (4, 0, Some(Wall(T0 + 400_040)))
    );
    assert_eq!(store.commit(&[]).expect("an empty batch"), []);
    let bad = [change("c3", Opened, 1), change("../x", Opened, 1)];
    assert!(matches!(store.commit(&bad), Err(Error::CaseId { .. })));
    assert_eq!(
        store.outbox().expect("counters").pending,
        4,
        "nothing of a bad batch is stored"
    );
}

#[test]
fn a_restart_gets_the_open_cases_back_bit_for_bit() {
    let place = tempfile::tempdir().expect("a folder");
    let options = Options::new(place.path());
    let look = Appearance(Box::new([0.1, -0.0, f32::MIN_POSITIVE, 1.0 / 3.0]));
    let mut opened = change("a1", Opened, 400);
    opened.appearance = Some(look.clone());
    opened.incident.supersedes = Some(Arc::from("99"));
    let mut other_camera = change("b2", Opened, 500);
    other_camera.incident.camera = CameraId::new("09800").expect("an id");
    {
        let mut store = Store::open(&options).expect("a store");
        let batch = [
            opened,
            change("a1", Still, 4000), // without appearance: the one known stays
            change("a1", Still, 3000), // late: moves nothing back
            other_camera,
            change("c3", Opened, 400),
            change("c3", Closed, 900),
            change("d4", Opened, 400),
            change("d4", Reoccupied, 900),
        ];
        store.commit(&batch).expect("a commit");
    }
    let store = Store::open(&options).expect("the store again");
    let open = store.open_cases(None).expect("open cases");
    assert_eq!(open.iter().map(|c| &*c.key).collect::<Vec<_>>(), ["a1", "b2"]);
    let want = fixture::incident("a1", Still, 4000);
    let got = &open[0];
    assert_eq!(got.bbox, want.bbox);
    assert_eq!(
        (got.first_seen, got.last_seen, got.due),
        (want.first_seen, want.last_seen, want.due)
    );
    assert_eq!(
        (got.change, got.decided_at, got.class),
        (Still, want.decided_at.at, want.class)
    );
    assert_eq!(
        (&got.camera, &got.view, &got.zone),
        (&want.camera, &want.view, &want.zone)
    );
    assert_eq!((&got.rule, &got.model), (&want.rule, &want.model));
    assert_eq!(
        (got.present_looks, got.best_score),
        (want.present_looks, want.best_score)
    );
    assert_eq!(
        (got.appearance.as_ref(), got.supersedes.as_deref()),
        (Some(&look), Some("99"))
    );
    let camera = CameraId::new("09800").expect("an id");
    let of_camera = store.open_cases(Some(&camera)).expect("open cases");
    assert_eq!(of_camera.iter().map(|c| &*c.key).collect::<Vec<_>>(), ["b2"]);
}

#[test]
fn a_case_that_several_cameras_see_is_known_at_each() {
    let place = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(&Options::new(place.path())).expect("a store");
    let seen_by = |key, kind, secs, camera: &str| {
        let mut change = change(key, kind, secs);
        change.incident.camera = CameraId::new(camera).expect("an id");
        change.incident.ground = Some(fixture::on_the_ground());
        change.incident.witnesses = vec![fixture::witness("north"), fixture::witness("south")];
        change
    };
    let mut alone = change("c3", Closed, 900);
    alone.incident.ground = Some(fixture::on_the_ground());
    let batch = [
        seen_by("a1", Opened, 400, "north"),
        seen_by("a1", Still, 800, "south"),
        seen_by("b2", Opened, 400, "north"),
        seen_by("b2", Closed, 900, "north"),
        alone,
        change("d4", Opened, 500),
    ];
    store.commit(&batch).expect("a commit");
    let reader = CaseReader::open(place.path()).expect("a reader");
    let at = |secs: i64| curbwatch_types::Wall(fixture::T0 + secs * 1000);
    let known = |camera: &str, since| -> Vec<String> {
        let camera = CameraId::new(camera).expect("an id");
        let cases = reader.cases_seen_by(&camera, at(since)).expect("cases");
        cases.iter().map(|case| case.key.to_string()).collect()
    };
    assert_eq!(
        known("north", 0),
        ["a1", "b2"],
        "it ended, and somebody may have been blind then"
    );
    assert_eq!(known("south", 901), ["a1"]);
    assert_eq!(
        known("04254", 0),
        ["d4"],
        "what one camera alone has seen end is over"
    );
    assert!(known("nort", 0).is_empty());
    let on_ground = reader.cases_on_the_ground(at(0), 10).expect("cases");
    let keys: Vec<&str> = on_ground.iter().map(|case| &*case.key).collect();
    assert_eq!(keys, ["a1", "b2", "c3"]);
    let a1 = &on_ground[0];
    assert_eq!(a1.camera.as_str(), "south", "it is where it was last spoken of");
    assert_eq!(a1.ground, Some(fixture::on_the_ground()));
    assert_eq!(
        a1.witnesses,
        [fixture::witness("north"), fixture::witness("south")]
    );
}

#[test]
fn cases_are_listed_shown_and_exported() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path().join("store");
    let mut store = Store::open(&with_lines(&directory)).expect("a store");
    let mut opened = change("a1", Opened, 400);
    opened.evidence = Some(fixture::evidence(&directory, &opened.incident).expect("evidence"));
    store
        .commit(&[opened, change("b2", Opened, 500), change("a1", Closed, 900)])
        .expect("a commit");

    let reader = CaseReader::open(&directory).expect("a reader beside the store");
    let ids = |filter: &CaseFilter| {
        let cases = reader.list(filter).expect("a list");
        cases
            .iter()
            .map(|c| format!("{} {}", c.id, c.state.name()))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&CaseFilter::default()), ["a1 closed", "b2 opened"]);
    assert_eq!(
        ids(&CaseFilter {
            open_only: true,
            ..CaseFilter::default()
        }),
        ["b2 opened"]
    );
    assert_eq!(
        ids(&CaseFilter {
            limit: 1,
            skip: 1,
            ..CaseFilter::default()
        }),
        ["b2 opened"]
    );
    let camera = Some(CameraId::new("nowhere").expect("an id"));
    assert_eq!(
        ids(&CaseFilter {
            camera,
            ..CaseFilter::default()
        }),
        Vec::<String>::new()
    );

    let id = CaseId::new("a1").expect("an id");
    let case = reader.show(&id).expect("a case").expect("it is there");
    assert_eq!(
        case.changes.iter().map(|c| c.change).collect::<Vec<_>>(),
        [Some(Opened), Some(Closed)]
    );
    assert_eq!(
        case.summary.evidence.as_deref(),
        Some("evidence/a1/opened-1489054135215")
    );
    assert_eq!(
        case.changes[1].deliveries,
        [("lines".to_owned(), "pending".to_owned(), None)]
    );
    assert!(
        reader
            .show(&CaseId::new("zz").expect("an id"))
            .expect("no error")
            .is_none()
    );

    let to = place.path().join("export");
    for _ in 0..2 {
        let exported = export(&reader, &CaseFilter::default(), &to).expect("an export");
        assert_eq!((exported.cases, exported.rows, exported.files), (2, 3, 5));
        assert_eq!(verify_evidence(&to.join("a1")).expect("the folder").wrong, []);
    }
    assert_eq!(
        fs::read_to_string(to.join("cases.jsonl"))
            .expect("the rows")
            .lines()
            .count(),
        3
    );
    fs::remove_dir_all(directory.join("evidence/a1")).expect("removed");
    let exported = export(&reader, &CaseFilter::default(), &to).expect("an export");
    assert_eq!(exported.missing, ["evidence/a1/opened-1489054135215"]);
}

#[test]
fn orphaned_evidence_is_swept_and_referenced_evidence_is_not() {
    let place = tempfile::tempdir().expect("a folder");
    let mut options = Options::new(place.path());
    let mut kept = change("a1", Opened, 400);
    let orphans = [
        fixture::incident("a1", Still, 4000),
        fixture::incident("b2", Opened, 400),
    ];
    {
        let mut store = Store::open(&options).expect("a store");
        kept.evidence = Some(fixture::evidence(place.path(), &kept.incident).expect("evidence"));
        store.commit(&[kept]).expect("a commit");
        for orphan in &orphans {
            fixture::evidence(place.path(), orphan).expect("evidence whose commit never comes");
        }
        fs::create_dir_all(place.path().join("evidence/c3/.partial-opened-7")).expect("a torn attempt");
    }
    options.sweep_max = 2;
    let swept = Store::open(&options).expect("the store again").swept().clone();
    assert_eq!(
        (swept.deleted, swept.left),
        (0, 3),
        "more orphans than a crash leaves: hands off"
    );
    options.sweep_max = 3;
    let swept = Store::open(&options).expect("the store again").swept().clone();
    assert_eq!((swept.deleted, swept.left), (3, 0));
    let evidence = place.path().join("evidence");
    let left: Vec<_> = fs::read_dir(&evidence)
        .expect("a folder")
        .flatten()
        .map(|e| e.file_name())
        .collect();
    assert_eq!(left, ["a1"]);
    let verified = verify_evidence(&evidence).expect("the folder");
    assert_eq!((verified.manifests, verified.wrong.len()), (1, 0));
}

#[test]
fn a_full_database_refuses_the_batch_keeps_the_rest_and_recovers() {
    let place = tempfile::tempdir().expect("a folder");
    let mut options = with_lines(place.path());
    options.database_pages_max = 60;
    let batch = |n: usize| -> Vec<CaseChange> {
        (0..10)
            .map(|i| change(&format!("k{n:03}x{i}"), Opened, i))
            .collect()
    };
    let mut stored = 0;
    {
        let mut store = Store::open(&options).expect("a store");
        let error = loop {
            match store.commit(&batch(stored)) {
                Ok(_) => stored += 1,
                Err(error) => break error,
            }
        };
        assert!(
            matches!(error, Error::StorageFull { .. }) && error.retry(),
            "{error}"
        );
        assert!(
            !error.loses_data() && error.to_string().starts_with("no space left"),
            "{error}"
        );
        assert!(stored > 0);
        assert_eq!(
            store.outbox().expect("counters").pending,
            10 * stored as u64,
            "all or nothing"
        );
        store.commit(&batch(stored)).expect_err("still full");
    }
    options.database_pages_max = 0;
    let mut store = Store::open(&options).expect("the store again");
    assert_eq!(
        store.commit(&batch(stored)).expect("there is space again"),
        [Committed::New; 10]
    );
    assert_eq!(
        store.open_cases(None).expect("open cases").len(),
        10 * (stored + 1)
    );
}

/// A small file system of its own; nothing where mounting is not allowed.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn tmpfs(bytes: usize) -> Option<Self> {
        let place = tempfile::tempdir().expect("a folder");
        let mounted = Self::run(Command::new("mount").args([
            "-t".as_ref(),
            "tmpfs".as_ref(),
            "-o".as_ref(),
            format!("size={bytes}").as_ref(),
            "curbwatch-test".as_ref(),
            place.path().as_os_str(),
        ]));
        if !mounted {
            let _shown = writeln!(
                std::io::stderr(),
                "skipped: no tmpfs can be mounted here (root is needed)"
            );
            return None;
        }
        Some(Self(place))
    }

    fn remount(&self, how: &str) {
        let how = format!("remount,{how}");
        let done = Self::run(Command::new("mount").args(["-o", &how]).arg(self.0.path()));
        assert!(done, "remounted {how}");
    }

    fn run(command: &mut Command) -> bool {
        command.output().is_ok_and(|output| output.status.success())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        Self::run(Command::new("umount").arg("-l").arg(self.0.path()));
    }
}

#[test]
fn a_full_disk_is_one_clear_error_and_ends_by_itself() {
    let Some(disk) = Mounted::tmpfs(3 << 20) else {
        return;
    };
    let directory = disk.0.path().join("store");
    let mut store = Store::open(&with_lines(&directory)).expect("a store");
    let mut courier = curbwatch_case::Courier::open(&with_lines(&directory)).expect("a courier");
    store.commit(&[change("first", Opened, 1)]).expect("a commit");

    // Somebody else fills the disk to the last byte.
    let filler = disk.0.path().join("filler");
    fs::write(&filler, vec![1; 4 << 20]).expect_err("the disk is full");
    let batch: Vec<_> = (0..200).map(|i| change(&format!("k{i}"), Opened, i)).collect();
    let error = store.commit(&batch).expect_err("the disk is full");
    assert!(
        matches!(error, Error::StorageFull { .. }) && error.retry(),
        "{error}"
    );
    let evidence = fixture::evidence(&directory, &batch[0].incident).expect_err("the disk is full");
    assert!(
        matches!(evidence, Error::StorageFull { .. }) && evidence.retry(),
        "{evidence}"
    );
    // The sink cannot write its line, and perhaps the store cannot note that either.
    match courier.deliver_due(Wall(T0)) {
        Ok(step) => assert_eq!((step.sent, step.failed), (0, 1), "{step:?}"),
        Err(error) => assert!(matches!(error, Error::StorageFull { .. }), "{error}"),
    }
    assert_eq!(
        store.list(&CaseFilter::default()).expect("reading goes on").len(),
        1
    );

    fs::remove_file(&filler).expect("space again");
    assert_eq!(
        store.commit(&batch).expect("the same batch"),
        vec![Committed::New; 200]
    );
    fixture::evidence(&directory, &batch[0].incident).expect("evidence");
    let mut sent = 0;
    let mut now = Wall(T0);
    while let Some(next) = {
        let step = courier.deliver_due(now).expect("a step");
        sent += step.sent;
        step.next_due
    } {
        now = next;
    }
    assert_eq!(sent, 201);
    let lines = fs::read_to_string(directory.join("out.jsonl")).expect("the file");
    assert_eq!(lines.lines().count(), 201);
    assert!(lines.lines().all(|line| line.ends_with('}')), "no torn line");
}

#[test]
fn a_read_only_disk_is_one_clear_error_and_ends_by_itself() {
    let Some(disk) = Mounted::tmpfs(3 << 20) else {
        return;
    };
    let options = with_lines(&disk.0.path().join("store"));
    drop(Store::open(&options).expect("a store"));
    disk.remount("ro");
    let error = Store::open(&options).expect_err("nothing can be written");
    assert!(
        matches!(error, Error::ReadOnly { .. }) && error.retry(),
        "{error}"
    );
    let incident = fixture::incident("a1", Opened, 1);
    let error = fixture::evidence(&options.directory, &incident).expect_err("nothing can be written");
    assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    disk.remount("rw");
    let mut store = Store::open(&options).expect("writable again");
    assert_eq!(
        store.commit(&[change("a1", Opened, 1)]).expect("a commit"),
        [Committed::New]
    );
}

#[test]
fn a_damaged_foreign_or_newer_database_is_refused_and_left_alone() {
    type Spoil = fn(&Path);
    fn sql(file: &Path, sql: &str) {
        rusqlite::Connection::open(file)
            .and_then(|c| c.execute_batch(sql))
            .expect("SQL");
    }
    fn flip(file: &Path, from: usize, to: usize) {
        let mut bytes = fs::read(file).expect("the database");
        bytes[from..to].iter_mut().for_each(|b| *b ^= 0xa5);
        fs::write(file, bytes).expect("the database");
    }
    let rows: [(&str, Spoil, &str); 5] = [
        ("header", |f| flip(f, 0, 64), "is damaged"),
        ("inner pages", |f| flip(f, 4096 * 3, 4096 * 9), "is damaged"),
        (
            "text",
            |f| fs::write(f, "case,camera\n".repeat(900)).expect("written"),
            "is damaged",
        ),
        (
            "foreign",
            |f| sql(f, "PRAGMA application_id = 7"),
            "belongs to another program",
        ),
        (
            "newer",
            |f| sql(f, "PRAGMA user_version = 99"),
            "has schema 99, this program knows up to 5",
        ),
    ];
    for (name, spoil, want) in rows {
        let place = tempfile::tempdir().expect("a folder");
        let options = with_lines(place.path());
        {
            let mut store = Store::open(&options).expect("a store");
            let batch: Vec<_> = (0..100).map(|i| change(&format!("k{i}"), Opened, i)).collect();
            store.commit(&batch).expect("a commit");
        }
        let file = place.path().join("cases.sqlite");
        spoil(&file);
        let before = fs::read(&file).expect("the database");
        let error = Store::open(&options).expect_err(name).to_string();
        assert!(
            error.contains(want) && error.contains("cases.sqlite") && !error.contains('\n'),
            "{name}: {error}"
        );
        assert_eq!(
            fs::read(&file).expect("the database"),
            before,
            "{name}: left as it was"
        );
    }
}

#[test]
fn looking_where_no_store_is_says_so() {
    let place = tempfile::tempdir().expect("a folder");
    let error = CaseReader::open(place.path()).expect_err("no store").to_string();
    assert!(error.contains("there is no case store"), "{error}");
    assert_eq!(
        fs::read_dir(place.path()).expect("a folder").count(),
        0,
        "and nothing was made"
    );
}

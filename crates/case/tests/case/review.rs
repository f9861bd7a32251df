//! The human gate: what is held stays here, what a person lets go leaves once and in order.

use std::fs;
use std::path::Path;

use curbwatch_case::{
    CaseChange, CaseFilter, CaseId, CaseReader, CaseRow, Courier, Decided, Error, Gate, Options, Review,
    Reviewer, Ruling, SinkOptions, Store,
};
use curbwatch_types::{IncidentChange, Measured, Wall};

use crate::fixture::{T0, change, held};
use IncidentChange::{Closed, Opened, Still};

fn options(directory: &Path) -> Options {
    let mut options = Options::new(directory);
    options.sinks = ["first", "second"]
        .map(|name| SinkOptions::JsonLines {
            name: name.into(),
            path: directory.join(format!("{name}.jsonl")),
        })
        .into();
    options
}

fn id(text: &str) -> CaseId {
    CaseId::new(text).expect("an id")
}

fn ruling(reason: Option<&str>) -> Ruling {
    Ruling {
        at: Wall(T0 + 1),
        by: Some("Li".into()),
        reason: reason.map(str::to_owned),
    }
}

/// Delivers everything that is due, through a courier that was just started.
fn deliver(directory: &Path) {
    let mut courier = Courier::open(&options(directory)).expect("a courier");
    while courier.deliver_due(Wall(T0)).expect("a step").next_due.is_some() {}
}

/// `CASE STATE` of each row of a file.
fn arrived(directory: &Path, sink: &str) -> Vec<String> {
    let text = fs::read_to_string(directory.join(format!("{sink}.jsonl"))).unwrap_or_default();
    let row = |line: &str| -> CaseRow { serde_json::from_str(line).expect("a row") };
    text.lines()
        .map(row)
        .map(|row| format!("{} {}", row.case_id, row.state))
        .collect()
}

fn review(directory: &Path, case: &str) -> Review {
    let reader = CaseReader::open(directory).expect("a reader");
    let detail = reader.show(&id(case)).expect("a case");
    detail.expect("it is stored").summary.review
}

#[test]
fn what_is_held_leaves_once_and_in_order_when_a_person_lets_it_go() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path();
    let commit = |changes: &[CaseChange]| {
        // Everything is opened anew for each step: a restart lies between any two of them.
        let mut store = Store::open(&options(directory)).expect("a store");
        store.commit(changes).expect("a commit");
    };
    commit(&[
        held("a1", Opened, 400),
        change("b2", Opened, 401),
        held("c3", Opened, 402),
        held("a1", Still, 1300),
    ]);
    deliver(directory);
    assert_eq!(arrived(directory, "first"), ["b2 opened"]);
    {
        let reader = CaseReader::open(directory).expect("a reader");
        let outbox = reader.outbox().expect("counters");
        assert_eq!((outbox.pending, outbox.held, outbox.held_cases), (0, 6, 2));
        let filter = CaseFilter {
            held_only: true,
            ..CaseFilter::default()
        };
        let list = reader.list(&filter).expect("a list");
        let ids: Vec<_> = list.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, ["a1", "c3"], "newest first, without the open one");
        assert_eq!(
            (list[0].review, list[0].measured),
            (Review::Held, Some(Measured::Synthetic))
        );
        // The scene gets held cases back like any other: they are not decided again.
        assert_eq!(reader.open_cases(None).expect("open cases").len(), 3);
    }

    // A later change of a held case is held, whatever the gate of its class says by now.
    commit(&[CaseChange {
        gate: Gate::Open,
        ..held("a1", Closed, 1400)
    }]);
    deliver(directory);
    assert_eq!(arrived(directory, "first"), ["b2 opened"]);

    let release = |case: &str| Reviewer::open(directory)?.release(&[id(case)], &ruling(None));
    assert_eq!(release("a1").expect("released"), [Decided::Now { deliveries: 6 }]);
    assert_eq!(release("a1").expect("once more"), [Decided::Before]);
    deliver(directory);
    assert_eq!(release("a1").expect("after it was delivered"), [Decided::Before]);
    deliver(directory);
    for sink in ["first", "second"] {
        let want = ["b2 opened", "a1 opened", "a1 still", "a1 closed"];
        assert_eq!(arrived(directory, sink), want, "{sink}");
    }
    // One case, one word for its gate, in every row.
    let text = fs::read_to_string(directory.join("first.jsonl")).expect("the file");
    let gates: Vec<_> = text
        .lines()
        .map(|line| line.contains("\"gate\":\"held\""))
        .collect();
    assert_eq!(gates, [false, true, true, true]);

    // What follows a release is sent as it comes; what follows a dismissal never is.
    let reason = ruling(Some("a delivery, gone within minutes"));
    let dismissed = Reviewer::open(directory)
        .expect("a reviewer")
        .dismiss(&[id("c3")], &reason);
    assert_eq!(dismissed.expect("dismissed"), [Decided::Now { deliveries: 2 }]);
    commit(&[
        held("a1", Still, 1500),
        held("c3", Closed, 1501),
        held("b2", Closed, 1502),
    ]);
    deliver(directory);
    assert_eq!(
        arrived(directory, "second")[4..],
        ["a1 still", "b2 closed"],
        "b2 was open, so it stays open"
    );
    let reader = CaseReader::open(directory).expect("a reader");
    let case = reader.show(&id("c3")).expect("a case").expect("it is kept");
    assert_eq!(
        (case.summary.review, case.summary.ruling),
        (Review::Dismissed, Some(reason))
    );
    assert!(
        case.changes
            .iter()
            .all(|c| c.deliveries.iter().all(|(_, state, _)| state == "dismissed"))
    );
    let outbox = reader.outbox().expect("counters");
    assert_eq!(
        (outbox.pending, outbox.held, outbox.held_cases, outbox.delivered),
        (0, 0, 0, 12)
    );
}

#[test]
fn a_ruling_is_for_held_cases_and_for_all_of_them_or_none() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path().join("store");
    let nowhere = Reviewer::open(&directory).expect_err("no store");
    assert!(
        matches!(nowhere, Error::NoStore { .. }) && !directory.exists(),
        "{nowhere}"
    );

    let mut store = Store::open(&options(&directory)).expect("a store");
    let batch = [
        held("a1", Opened, 400),
        change("b2", Opened, 401),
        held("c3", Opened, 402),
    ];
    store.commit(&batch).expect("a commit");
    // The store is in use all the while.
    let mut reviewer = Reviewer::open(&directory).expect("a reviewer needs no lock");
    let word = ruling(Some("no"));
    reviewer.dismiss(&[id("c3")], &word).expect("dismissed");
    assert_eq!(
        reviewer.dismiss(&[id("c3")], &word).expect("again"),
        [Decided::Before]
    );

    let long = "x".repeat(501);
    // (release?, cases, reason, what is said)
    let rows: [(bool, &[&str], Option<&str>, &str); 8] = [
        (true, &["a1", "zz"], None, "there is no case zz"),
        (true, &["a1", "b2"], None, "case b2 is not held: sent by itself"),
        (true, &["a1", "c3"], None, "case c3 is not held: dismissed"),
        (
            false,
            &["a1", "b2"],
            Some("no"),
            "case b2 is not held: sent by itself",
        ),
        (false, &["a1"], None, "a dismissal needs a reason"),
        (
            false,
            &["a1"],
            Some("  "),
            "the reason must be 1 to 500 characters",
        ),
        (
            false,
            &["a1"],
            Some("two\nlines"),
            "the reason must be 1 to 500 characters",
        ),
        (
            false,
            &["a1"],
            Some(&long),
            "the reason must be 1 to 500 characters",
        ),
    ];
    for (release, cases, reason, want) in rows {
        let cases: Vec<_> = cases.iter().map(|case| id(case)).collect();
        let said = ruling(reason);
        let error = if release {
            reviewer.release(&cases, &said)
        } else {
            reviewer.dismiss(&cases, &said)
        };
        let error = error.expect_err(want);
        assert!(error.to_string().contains(want), "{error}");
        assert_eq!(error.blame(), curbwatch_case::Blame::Request, "{error}");
        assert_eq!(
            review(&directory, "a1"),
            Review::Held,
            "{want}: nothing of it was done"
        );
    }
    let error = reviewer.release(
        &[id("a1")],
        &Ruling {
            by: Some(String::new()),
            ..ruling(None)
        },
    );
    assert!(
        error
            .expect_err("nobody")
            .to_string()
            .contains("name of the reviewer")
    );
    reviewer.release(&[id("a1")], &ruling(None)).expect("released");
    let error = reviewer
        .dismiss(&[id("a1")], &word)
        .expect_err("it may be sent already");
    assert!(
        error.to_string().contains("case a1 is not held: released"),
        "{error}"
    );
}

/// The schema as version 1 shipped it, with two cases in it: `old` delivered to one sink and waiting for
/// the other, `done` closed.
const VERSION_1: &str = include_str!("version-1.sql");

#[test]
fn a_store_of_version_1_is_read_as_it_is_and_brought_up_to_date_by_the_first_writer() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path();
    fs::create_dir(directory.join("evidence")).expect("a folder");
    let file = directory.join("cases.sqlite");
    let old = rusqlite::Connection::open(&file).expect("a database");
    old.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .expect("WAL");
    old.execute_batch(VERSION_1).expect("version 1");
    drop(old);
    let version = || {
        let database = rusqlite::Connection::open(&file).expect("the database");
        let read = database.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        read.expect("a version")
    };
    let look = || {
        let reader = CaseReader::open(directory).expect("a reader");
        let list = reader.list(&CaseFilter::default()).expect("a list");
        let cases: Vec<_> = list
            .iter()
            .map(|case| {
                (
                    case.id.to_string(),
                    case.measured,
                    case.review,
                    case.ruling.clone(),
                )
            })
            .collect();
        let nothing_known = |name: &str| (name.to_owned(), None, Review::Open, None);
        assert_eq!(cases, [nothing_known("done"), nothing_known("old")]);
        let held = CaseFilter {
            held_only: true,
            ..CaseFilter::default()
        };
        assert_eq!(reader.list(&held).expect("a list"), []);
        assert_eq!(reader.open_cases(None).expect("open cases").len(), 1);
        let outbox = reader.outbox().expect("counters");
        assert_eq!((outbox.pending, outbox.held, outbox.delivered), (1, 0, 3));
    };
    look();
    assert_eq!(version(), 1, "looking changes nothing");

    // As long as the older program runs, its schema is left alone.
    let lock = fs::File::create(directory.join("store.lock")).expect("a lock file");
    lock.lock().expect("locked");
    let error = Reviewer::open(directory).expect_err("the older program runs");
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    assert_eq!(version(), 1);
    drop(lock);

    drop(Reviewer::open(directory).expect("a reviewer"));
    assert_eq!(version(), 5);
    look();

    // What waited is sent, and the old case goes on as one that was never held.
    let mut store = Store::open(&options(directory)).expect("a store");
    store.commit(&[held("old", Closed, 2000)]).expect("a commit");
    deliver(directory);
    assert_eq!(arrived(directory, "first"), ["old closed"]);
    assert_eq!(arrived(directory, "second"), ["old opened", "old closed"]);
    assert_eq!(review(directory, "old"), Review::Open);
}

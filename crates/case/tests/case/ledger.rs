//! The coverage ledger: what a reader sees of what was written, over crashes, windows and bounds.

use std::path::Path;
use std::time::Duration;

use curbwatch_case::{Before, CoverageFilter, Error, Ledger, LedgerReader, Options};
use curbwatch_types::{BlindCause, BlindInterval, CameraId, Wall};

fn id(name: &str) -> CameraId {
    CameraId::new(name).expect("an id")
}

fn interval(camera: &str, cause: BlindCause, from: i64, until: i64, open: bool) -> BlindInterval {
    BlindInterval {
        camera: id(camera),
        cause,
        why: "why".to_owned(),
        from: Wall(from),
        until: Wall(until),
        open,
    }
}

/// What a reader sees of a camera: window, intervals, watched milliseconds.
fn read(
    directory: &Path,
    camera: &str,
    from: Option<i64>,
    until: Option<i64>,
) -> (i64, i64, Vec<BlindInterval>, i64) {
    let filter = CoverageFilter {
        camera: Some(id(camera)),
        from: from.map(Wall),
        until: until.map(Wall),
    };
    let reader = LedgerReader::open(directory).expect("a ledger");
    let coverage = reader
        .coverage(&filter)
        .expect("coverage")
        .pop()
        .expect("the camera");
    let watched = coverage.watched_millis();
    (coverage.from.0, coverage.until.0, coverage.intervals, watched)
}

#[test]
fn a_crash_leaves_the_open_interval_closed_at_the_last_known_time() {
    use BlindCause::{Frozen, Stalled};
    let place = tempfile::tempdir().expect("a folder");
    let options = Options::new(place.path());
    let roster = [id("a"), id("b")];
    let mut ledger = Ledger::open(&options).expect("a ledger");
    assert_eq!(
        ledger.begin(&roster, Wall(1000)).expect("begun"),
        [Before::default(); 2]
    );
    let rows = [
        interval("a", Stalled, 2000, 3000, false),
        interval("a", Frozen, 5000, 6000, true),
    ];
    ledger.write(&rows, Wall(6000)).expect("written");
    ledger.write(&[], Wall(8000)).expect("written");

    // While it runs, an open interval reaches to what is known.
    let (from, until, seen, watched) = read(place.path(), "a", None, None);
    assert_eq!((from, until, watched), (1000, 8000, 3000));
    assert_eq!(seen[1], interval("a", Frozen, 5000, 8000, true));
    // A window cuts on both sides; what was open at its end is not open in it.
    let (from, until, seen, watched) = read(place.path(), "a", Some(2500), Some(7000));
    assert_eq!((from, until, watched), (2500, 7000, 2000));
    assert_eq!(
        seen,
        [
            interval("a", Stalled, 2500, 3000, false),
            interval("a", Frozen, 5000, 7000, false)
        ]
    );

    // Dropping is what a kill does: nothing is written at the end.
    drop(ledger);
    let mut ledger = Ledger::open(&options).expect("a ledger");
    let known = Before {
        until: Some(Wall(8000)),
        listed: true,
        blind: true,
    };
    let before = ledger.begin(&roster[..1], Wall(20_000)).expect("begun");
    assert_eq!(before, [known]);
    let (_, _, seen, _) = read(place.path(), "a", None, None);
    assert_eq!(seen[1], interval("a", Frozen, 5000, 8000, false));
    // The camera that left the roster ends there, and is told from one that was there all along.
    assert_eq!(read(place.path(), "b", None, None).1, 8000);
    drop(ledger);
    let mut ledger = Ledger::open(&options).expect("a ledger");
    let before = ledger.begin(&roster, Wall(30_000)).expect("begun");
    assert_eq!(
        before[1],
        Before {
            listed: false,
            blind: false,
            ..known
        }
    );
    assert_eq!(
        before[0],
        Before {
            until: Some(Wall(20_000)),
            blind: false,
            ..known
        }
    );
}

#[test]
fn a_camera_that_goes_and_comes_while_the_ledger_is_kept_was_not_configured_meanwhile() {
    let place = tempfile::tempdir().expect("a folder");
    let mut ledger = Ledger::open(&Options::new(place.path())).expect("a ledger");
    ledger.begin(&[id("a"), id("b")], Wall(0)).expect("begun");
    let open = interval("a", BlindCause::Stalled, 1000, 2000, true);
    ledger.write(&[open], Wall(2000)).expect("written");
    let known = ledger
        .change(&[id("a")], &[id("c")], Wall(3000))
        .expect("changed");
    assert_eq!(known, [Before::default()], "nobody knows the new one");
    let (_, until, seen, _) = read(place.path(), "a", None, None);
    assert_eq!(
        (until, seen),
        (3000, vec![interval("a", BlindCause::Stalled, 1000, 3000, false)]),
        "it ends there"
    );
    let known = ledger.change(&[], &[id("a")], Wall(9000)).expect("changed");
    let gone = Before {
        until: Some(Wall(3000)),
        listed: false,
        blind: false,
    };
    assert_eq!(known, [gone]);

    // The next process finds all three on the roster.
    drop(ledger);
    let mut ledger = Ledger::open(&Options::new(place.path())).expect("a ledger");
    let before = ledger
        .begin(&[id("a"), id("b"), id("c")], Wall(20_000))
        .expect("begun");
    assert!(before.iter().all(|one| one.listed), "{before:?}");
}

#[test]
fn one_bad_camera_pushes_out_its_own_past_only_and_old_times_are_forgotten() {
    let place = tempfile::tempdir().expect("a folder");
    let options = Options {
        coverage_rows_per_camera_max: 10,
        coverage_kept: Duration::from_millis(10_000),
        ..Options::new(place.path())
    };
    let mut ledger = Ledger::open(&options).expect("a ledger");
    ledger.begin(&[id("bad"), id("good")], Wall(0)).expect("begun");
    ledger
        .write(&[interval("good", BlindCause::Moved, 10, 20, false)], Wall(20))
        .expect("written");
    let rows: Vec<_> = (0..100)
        .map(|n| interval("bad", BlindCause::Stalled, n * 100, n * 100 + 50, false))
        .collect();
    ledger.write(&rows, Wall(10_000)).expect("written");
    let (from, _, seen, watched) = read(place.path(), "bad", None, None);
    assert_eq!(
        (from, seen.len(), watched),
        (8950, 10, 550),
        "its ledger begins later, and says so"
    );
    assert_eq!(read(place.path(), "good", None, None).2.len(), 1);

    ledger
        .write(
            &[interval("bad", BlindCause::Frozen, 9_990, 9_990, true)],
            Wall(30_000),
        )
        .expect("written");
    ledger.forget(Wall(40_000)).expect("forgotten");
    let (from, _, seen, _) = read(place.path(), "good", None, None);
    assert_eq!((from, seen.len()), (30_000, 0));
    let (_, _, seen, watched) = read(place.path(), "bad", None, None);
    assert_eq!(
        (seen.len(), watched),
        (0, 0),
        "an interval that goes on is kept; here its window is empty"
    );
    ledger.write(&[], Wall(41_000)).expect("written");
    assert_eq!(read(place.path(), "bad", None, None).2.len(), 1);
}

#[test]
fn where_no_ledger_is_a_reader_says_so_and_two_writers_are_one_too_many() {
    let place = tempfile::tempdir().expect("a folder");
    let error = LedgerReader::open(place.path()).expect_err("none").to_string();
    assert!(error.contains("there is no coverage ledger"), "{error}");
    let _first = Ledger::open(&Options::new(place.path())).expect("a ledger");
    assert!(matches!(
        Ledger::open(&Options::new(place.path())),
        Err(Error::InUse { what: "ledger", .. })
    ));
}

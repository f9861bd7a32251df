//! The decision record on disk: what it answers at a moment, its bounds, and a reader beside the writer.

use curbwatch_case::{DecisionOptions, DecisionReader, Decisions, PlaceThen};
use curbwatch_types::{
    BBox, CameraId, CameraState, Finding, Findings, Looked, Reason, Score, ViolationClass, Wall, ZoneId,
};

fn camera() -> CameraId {
    CameraId::new("04254").expect("an id")
}

/// A finding about place 1, which was first seen at 100 s; times in seconds.
fn finding(place: u64, at: i64, last: i64, reason: Reason) -> Finding {
    Finding {
        class: ViolationClass::IllegalMotorParking,
        place,
        at: Wall(at * 1000),
        bbox: BBox::new(0.1, 0.2, 0.3, 0.4),
        zone: Some(ZoneId::new("kerb").expect("an id")),
        first_seen: Wall(100_000),
        last_seen: Wall(last * 1000),
        counted_from: Wall(150_000),
        stationary_secs: 20,
        dwell_secs: 300,
        present_looks: 3,
        best_score: Score::new(0.6),
        reason,
    }
}

fn findings(run: i64, places: Vec<Finding>) -> Findings {
    Findings {
        run: Wall(run * 1000),
        camera: Some(camera()),
        looked: None,
        places,
    }
}

fn looked(at: i64, before: Option<i64>, state: CameraState, after_a_gap: bool) -> Findings {
    let looked = Looked {
        at: Wall(at * 1000),
        state,
        before: before.map(|secs| Wall(secs * 1000)),
        after_a_gap,
    };
    Findings {
        looked: Some(looked),
        ..findings(0, Vec::new())
    }
}

#[test]
fn a_moment_is_answered_with_the_last_word_on_every_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut record = Decisions::open(folder.path(), DecisionOptions::default()).expect("a record");
    let permit = Reason::Permitted {
        label: "fair".into(),
        until: Some(Wall(9_000_000)),
    };
    let key = || Reason::Case { key: "9f3c".into() };
    record
        .write(&[
            findings(100, vec![finding(1, 105, 105, Reason::NotStationary)]),
            findings(
                100,
                vec![
                    finding(1, 120, 120, Reason::Dwelling),
                    finding(2, 120, 120, permit),
                ],
            ),
            findings(100, vec![finding(1, 450, 450, key())]),
            findings(100, vec![finding(2, 500, 480, Reason::Over)]),
            // Another run: what the one before knew is of the past.
            findings(
                2000,
                vec![finding(1, 2010, 2010, Reason::TooFew { found: 2, needed: 3 })],
            ),
        ])
        .expect("written");
    let reader = DecisionReader::open(folder.path()).expect("a reader beside the writer");
    let at = |secs: i64| {
        reader
            .why(&camera(), Wall(secs * 1000))
            .expect("an answer")
            .places
    };
    let told = |places: &[PlaceThen]| {
        let word = |p: &PlaceThen| format!("{} stood {} counted {}", p.reason, p.stood_secs, p.counted_secs);
        places.iter().map(word).collect::<Vec<_>>().join("; ")
    };
    let rows = [
        (50, ""),
        (110, "not_stationary stood 10 counted 0"),
        (
            300,
            "dwelling stood 200 counted 150; permitted stood 200 counted 0",
        ),
        (460, "case stood 360 counted 310; permitted stood 360 counted 0"),
        (600, "case stood 500 counted 450; over stood 380 counted 330"),
        (1500, "case stood 1400 counted 1350"),
        (2100, "too_few stood 2000 counted 1950"),
    ];
    for (secs, want) in rows {
        assert_eq!((secs, told(&at(secs)).as_str()), (secs, want));
    }
    let then = at(300);
    assert_eq!(
        (then[1].what.as_deref(), then[1].until_ms),
        (Some("fair"), Some(9_000_000))
    );
    assert_eq!(
        (then[0].zone.as_deref(), then[0].bbox),
        (Some("kerb"), [0.1, 0.2, 0.3, 0.4])
    );
    assert_eq!(
        at(600)[1].what,
        None,
        "what never was a case is over without a name"
    );
    let few = &at(2100)[0];
    assert_eq!((few.found, few.needed), (Some(2.0), Some(3.0)));
}

#[test]
fn pictures_are_stretches_and_what_lies_between_is_blind() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut record = Decisions::open(folder.path(), DecisionOptions::default()).expect("a record");
    record
        .write(&[
            looked(100, None, CameraState::Live, true),
            looked(160, Some(150), CameraState::Live, false),
            looked(200, Some(190), CameraState::Obscured, false),
            looked(230, Some(220), CameraState::Live, false),
            looked(900, Some(240), CameraState::Live, true),
        ])
        .expect("written");
    let reader = DecisionReader::open(folder.path()).expect("a reader");
    let secs = |ms: Option<i64>| ms.map(|ms| ms / 1000);
    let rows = [
        (50, "blind", None, Some(100)),
        (120, "live", Some(100), Some(200)),
        (195, "live", Some(100), Some(200)),
        (210, "obscured", Some(200), Some(230)),
        (240, "live", Some(230), Some(240)),
        (500, "blind", Some(240), Some(900)),
        (950, "live", Some(900), None),
        (5000, "blind", Some(900), None),
    ];
    for (at, state, from, until) in rows {
        let picture = reader.why(&camera(), Wall(at * 1000)).expect("an answer").picture;
        let got = (
            picture.state.as_str(),
            secs(picture.from_ms),
            secs(picture.until_ms),
        );
        assert_eq!((at, got), (at, (state, from, until)));
    }
    // What stands is not taken to stand on where nobody looks.
    record
        .write(&[findings(900, vec![finding(1, 900, 900, Reason::Dwelling)])])
        .expect("written");
    for (at, stood) in [(950, 850), (5000, 800)] {
        let places = reader.why(&camera(), Wall(at * 1000)).expect("an answer").places;
        assert_eq!((at, places[0].stood_secs), (at, stood));
    }
    // What is over names the case that it was.
    let case = Reason::Case { key: "9f3c".into() };
    record
        .write(&[findings(
            900,
            vec![finding(1, 901, 901, case), finding(1, 940, 920, Reason::Over)],
        )])
        .expect("written");
    let gone = &reader.why(&camera(), Wall(950_000)).expect("an answer").places[0];
    assert_eq!(
        (gone.reason.as_str(), gone.what.as_deref()),
        ("over", Some("9f3c"))
    );
    let nobody = CameraId::new("nobody").expect("an id");
    assert_eq!(
        reader.why(&nobody, Wall(0)).expect("an answer").picture.state,
        "unknown"
    );
    assert_eq!(reader.latest(&nobody).expect("an answer"), None);
    assert_eq!(reader.latest(&camera()).expect("an answer"), Some(Wall(900_000)));
}

#[test]
fn the_record_is_bounded_by_rows_and_by_age() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = DecisionOptions {
        days_max: 1,
        rows_per_camera_max: 100,
    };
    let mut record = Decisions::open(folder.path(), options).expect("a record");
    let rows = || -> i64 {
        let database = rusqlite::Connection::open(folder.path().join("decisions.sqlite")).expect("open");
        database
            .query_row("SELECT count(*) FROM places", [], |row| row.get(0))
            .expect("a number")
    };
    for i in 0..50 {
        let ten = (0..10)
            .map(|n| finding(i * 10 + n, 100 + i as i64, 100, Reason::Dwelling))
            .collect();
        record.write(&[findings(100, ten)]).expect("written");
        assert!(rows() <= 112, "{} rows", rows());
    }
    let newest = DecisionReader::open(folder.path())
        .expect("a reader")
        .why(&camera(), Wall(149_000))
        .expect("an answer");
    assert!(newest.places.len() >= 100, "the newest are kept");
    drop(record);
    // A day and an hour later what is old goes, also over a restart.
    let mut record = Decisions::open(folder.path(), options).expect("a record");
    let later = vec![finding(1, 100 + 25 * 3600, 100 + 25 * 3600, Reason::Dwelling)];
    record.write(&[findings(90_000, later)]).expect("written");
    assert_eq!(rows(), 1);
}

#[test]
fn a_folder_without_a_record_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = DecisionReader::open(folder.path())
        .expect_err("no record")
        .to_string();
    assert!(error.starts_with("there is no decision record in"), "{error}");
}

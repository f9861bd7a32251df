//! `why`: a replay keeps a record, and the record gives the reason that held at the moment asked about.

use std::path::Path;

use serde_json::Value;

use crate::footage::{make_clip, write_manifest};
use crate::support::{Outcome, configuration, edit, run};

/// When the footage begins; by UTC, which the configuration's clocks show, 2023-11-14 22:13:20.
const START_MS: i64 = 1_700_000_000_000;

/// Three visits, one a minute: nothing, a block, the block.
fn replayed(folder: &Path, dwell_secs: u32) -> Option<()> {
    let config = configuration(folder, None);
    edit(&config, "dwell_secs = 10", &format!("dwell_secs = {dwell_secs}"));
    make_clip(folder, true)?;
    make_clip(folder, false)?;
    write_manifest(folder, &["empty.mp4", "standing.mp4", "standing.mp4"]);
    let footage = [
        "--footage",
        "footage.jsonl",
        "--out",
        "cases.jsonl",
        "--store",
        "kept",
    ];
    let outcome = run(folder, ["--log", "off", "replay"].into_iter().chain(footage));
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    Some(())
}

fn why(folder: &Path, camera: &str, at: &str, json: bool) -> Outcome {
    let asked = ["why", "--store", "kept", "--camera", camera, "--at", at];
    run(folder, asked.into_iter().chain(json.then_some("--json")))
}

/// The answer for so many seconds after the footage began.
fn answer(folder: &Path, secs: i64) -> Value {
    let outcome = why(folder, "c0", &(START_MS + secs * 1000).to_string(), true);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn a_block_that_was_no_case_yet_is_told_with_its_reason_as_it_was_then() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if replayed(folder, 150).is_none() {
        return;
    }
    assert_eq!(std::fs::read_to_string(folder.join("cases.jsonl")).unwrap(), "");

    let empty = answer(folder, 3);
    assert_eq!(empty["picture"]["state"], "live", "{empty}");
    assert_eq!(empty["places"].as_array().map(Vec::len), Some(0), "{empty}");
    for (secs, reason) in [(62, "not_stationary"), (122, "dwelling")] {
        let answer = answer(folder, secs);
        let place = &answer["places"][0];
        assert_eq!(
            (&answer["picture"]["state"], &place["reason"]),
            (&"live".into(), &reason.into()),
            "{answer}"
        );
        assert_eq!(
            (&place["zone"], &place["dwell_secs"]),
            (&"kerb".into(), &150.into()),
            "{answer}"
        );
        let stood = place["stood_secs"].as_i64().unwrap();
        assert!((secs - 61..=secs - 59).contains(&stood), "{stood} s: {answer}");
    }
    // An hour after the last picture it has not stood for an hour: nobody looked.
    let late = answer(folder, 3600);
    let place = &late["places"][0];
    assert_eq!(
        (&late["picture"]["state"], &place["reason"]),
        (&"blind".into(), &"dwelling".into()),
        "{late}"
    );
    assert!(
        (55..=65).contains(&place["stood_secs"].as_i64().unwrap()),
        "{late}"
    );

    // In words, by the clocks: 122 s are 22:15:22.
    let words = why(folder, "c0", "22:15:22", false);
    let lines: Vec<&str> = words.stdout.lines().collect();
    assert_eq!(lines[0], "camera c0 at 2023-11-14 22:15:22", "{words:?}");
    assert_eq!(lines[1], "picture: good since 22:13:20", "{words:?}");
    assert!(
        lines[2].starts_with("- illegal_motor_parking in kerb: dwell 6"),
        "{words:?}"
    );
    assert!(lines[2].contains(" of 150 s; stood 6"), "{words:?}");
    let before = why(folder, "c0", "2023-11-14T20:00", false);
    assert_eq!(
        before.stdout.lines().nth(1),
        Some(
            "picture: nobody looked before 22:13:20, where its record begins: nothing is known of this moment"
        ),
        "{before:?}"
    );
}

#[test]
fn what_became_a_case_is_told_by_its_name_and_a_wrong_question_by_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if replayed(folder, 10).is_none() {
        return;
    }
    let rows = std::fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    let answer = answer(folder, 122);
    let place = &answer["places"][0];
    assert_eq!(
        (&place["reason"], &place["what"]),
        (&"case".into(), &row["case_id"]),
        "{answer}"
    );

    for (camera, at, code, says) in [
        ("c9", "22:15", 1, "knows nothing of camera c9; it has c0"),
        (
            "c0",
            "25:00",
            2,
            "--at \"25:00\" is no moment; write 10:05, 10:05:30, 2026-11-27T10:05",
        ),
    ] {
        let outcome = why(folder, camera, at, true);
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert!(
            outcome.stdout.is_empty() && outcome.stderr.contains(says),
            "{outcome:?}"
        );
    }
}

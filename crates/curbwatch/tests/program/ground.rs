//! Two cameras on one ground, from footage to rows: one case, whoever is read first and however many workers there are.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::footage::{make_clip, write_manifest};
use crate::support::{Outcome, configuration, edit, run};

/// What `c0` sees, visit by visit.
const VISITS: [&str; 8] = [
    "empty.mp4",
    "standing.mp4",
    "standing.mp4",
    "standing.mp4",
    "standing.mp4",
    "empty.mp4",
    "empty.mp4",
    "empty.mp4",
];
/// So much later `c1` looks, in milliseconds.
const LATER_MS: i64 = 700;

/// A second camera beside the first, both measured; `frame` is said of the second alone.
fn two_cameras(folder: &Path, frame: &str) -> Option<()> {
    let file = configuration(folder, None);
    // Not so often that vehicles are followed: visits of four seconds show nobody to stand.
    edit(&file, "look_every_secs = 1.0", "look_every_secs = 2.0");
    let text = std::fs::read_to_string(&file).unwrap();
    let zone = text[text.find("[[zones]]").unwrap()..].replace("c0", "c1");
    let ground = |camera: &str, frame: &str| {
        format!(
            "[[homographies]]\ncamera = \"{camera}\"\naccuracy_m = 0.2\n{frame}\
             ground_from_image = [20.0, 0.0, 0.0, 0.0, -30.0, 30.0, 0.0, 0.0, 1.0]\n"
        )
    };
    let more = [
        "[[cameras]]\nid = \"c1\"\n".to_owned(),
        zone,
        "[[frames]]\nid = \"junction\"\norigin = [116.4, 39.9]\n".to_owned(),
        ground("c0", "frame = \"junction\"\n"),
        ground("c1", frame),
    ];
    std::fs::write(&file, text + &more.concat()).unwrap();
    make_clip(folder, true)?;
    make_clip(folder, false)?;
    // All of the second camera's visits are read after all of the first one's.
    let manifest = write_manifest(folder, &VISITS);
    let first = std::fs::read_to_string(&manifest).unwrap();
    let mut rows = first.clone();
    for row in first.lines() {
        let mut row: Value = serde_json::from_str(row).unwrap();
        let start = row["start_ms"].as_i64().unwrap();
        (row["camera"], row["start_ms"]) = ("c1".into(), (start + LATER_MS).into());
        writeln!(rows, "{row}").unwrap();
    }
    std::fs::write(&manifest, rows).unwrap();
    Some(())
}

fn replay(folder: &Path, out: &str, workers: &str) -> Outcome {
    let footage = [
        "--footage",
        "footage.jsonl",
        "--out",
        out,
        "--workers",
        workers,
        "--store",
        "kept",
    ];
    run(folder, ["--log", "off", "replay"].into_iter().chain(footage))
}

fn rows(folder: &Path, out: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(out)).unwrap();
    text.lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect()
}

#[test]
fn what_two_cameras_see_on_one_ground_is_one_case() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if two_cameras(folder, "frame = \"junction\"\n").is_none() {
        return;
    }
    let checked = run(folder, ["check"]);
    assert_eq!(
        (checked.code, checked.stderr.as_str()),
        (Some(0), ""),
        "{checked:?}"
    );
    for (out, workers) in [("one.jsonl", "1"), ("three.jsonl", "3")] {
        let outcome = replay(folder, out, workers);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
    let read = |out: &str| std::fs::read(folder.join(out)).unwrap();
    assert_eq!(read("one.jsonl"), read("three.jsonl"), "workers change nothing");

    let rows = rows(folder, "one.jsonl");
    let told = |row: &Value| format!("{} by {}", row["state"], row["camera"]).replace('"', "");
    let told: Vec<String> = rows.iter().map(told).collect();
    let want = ["opened by c0", "still by c0", "still by c1", "closed by c1"];
    assert_eq!(told, want, "{rows:?}");
    assert!(
        rows.iter().all(|row| row["case_id"] == rows[0]["case_id"]),
        "{rows:?}"
    );
    assert_eq!(rows[0]["witnesses"], Value::Null, "nobody else had seen it");
    let witnesses = rows[1]["witnesses"].as_array().unwrap();
    let cameras: Vec<&Value> = witnesses.iter().map(|witness| &witness["camera"]).collect();
    assert_eq!(cameras, ["c0", "c1"]);
    // Where one view has seen it leave, the others are still asked: told, but not closed.
    let gone = |row: &Value| {
        let witnesses = row["witnesses"].as_array().unwrap();
        let gone = |witness: &Value| witness["gone_ms"].is_i64();
        witnesses.iter().map(gone).collect::<Vec<bool>>()
    };
    let left: Vec<_> = rows[1..].iter().map(gone).collect();
    assert_eq!(left, [[false, false], [true, false], [true, true]], "{rows:?}");
    let ground = &rows[0]["ground"];
    // The block's lower edge ends at 308/640 across and 264/360 down: 9.6 m east, 8 m north, and half a car behind that.
    let near = |key: &str, want: f64| (ground[key].as_f64().unwrap() - want).abs() < 0.8;
    assert!(near("east_m", 9.6) && near("north_m", 10.3), "{ground}");
    assert!(ground["accuracy_m"].as_f64().unwrap() < 1.5, "{ground}");
    assert!(
        (ground["lat"].as_f64().unwrap() - 39.900_093).abs() < 1e-5,
        "{ground}"
    );

    // The second camera's record says whose case it is.
    let case = rows[0]["case_id"].as_str().unwrap();
    let at = rows[1]["decided_ms"].to_string();
    let asked = ["why", "--store", "kept", "--camera", "c1", "--at", &at];
    let why = run(folder, asked);
    assert!(
        why.stdout.contains(&format!("same as case {case} of camera c0")),
        "{why:?}"
    );
}

#[test]
fn a_view_without_a_frame_is_compared_with_none_and_check_warns_of_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if two_cameras(folder, "").is_none() {
        return;
    }
    let checked = run(folder, ["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let said = checked.said();
    assert!(
        said.len() == 1 && said[0].contains("into the frame `junction`: nothing can be compared"),
        "{said:?}"
    );
    let outcome = replay(folder, "cases.jsonl", "2");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let rows = rows(folder, "cases.jsonl");
    let opened = rows.iter().filter(|row| row["state"] == "opened").count();
    assert_eq!((opened, rows.len()), (2, 4), "{rows:?}");
}

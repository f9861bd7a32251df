//! `eval roadtrack` on an archive made by hand: from files to figures, with what it refuses.

#![allow(
    clippy::expect_used,
    reason = "helpers of tests: what cannot be written or read fails them"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Frames of a sequence: twenty seconds.
const FRAMES: u32 = 200;

/// What stands in a row of either file.
fn row(frame: u32, id: i32, [x, y, w, h]: [f32; 4]) -> String {
    format!("{frame},{id},{x},{y},{w},{h},0.9,2,-1,-1\n")
}

/// A car that comes down the right side at 8 pixels a frame, eight metres a second.
fn passing(frame: u32) -> [f32; 4] {
    [400.0, (frame * 8) as f32, 40.0, 40.0]
}

/// A car that stands from frame 51 to 150.
const STANDING: [f32; 4] = [100.0, 300.0, 60.0, 50.0];

/// An archive of one camera: in P a car stops while another one passes; in N one passes and one stands where nothing is judged.
fn archive() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &[u8]| {
        let path = folder.path().join("roadtrack").join(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
        fs::write(path, text).expect("written");
    };
    let (mut p, mut n, mut truth) = (String::new(), String::new(), String::new());
    for frame in 1..=FRAMES {
        if frame <= 55 {
            p += &row(frame, -1, passing(frame));
            n += &row(frame, -1, passing(frame));
        }
        n += &row(frame, -1, [10.0, 10.0, 30.0, 30.0]);
        if (51..=150).contains(&frame) {
            p += &row(frame, -1, STANDING);
            truth += &row(frame, 0, STANDING);
        }
    }
    write!(p, "{},-1,-1,-1,-1,-1,-1,-1,-1,-1\n\n", FRAMES + 1).expect("text");
    put("P/01-02_03_K1_4/det.txt", p.as_bytes());
    put("P/01-02_03_K1_4/gt.txt", truth.as_bytes());
    put("N/01-02_03_K1_5/det.txt", n.as_bytes());
    put(
        "cameras.json",
        br#"{"fps": 10, "ground_units_per_metre": {"K1": 10.0}, "left_right_split": {"K1": 3}}"#,
    );
    put("filter.json", br#"{"K1": [[0, 0, 80, 80]]}"#);
    put(
        "homographies/K1.npy",
        &npy([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
    );
    folder
}

/// A NumPy file of a 3 x 3 matrix.
fn npy(cells: [f64; 9]) -> Vec<u8> {
    const HEADER: &str = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), }";
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{HEADER:<117}\n").as_bytes());
    bytes.extend(cells.iter().flat_map(|cell| cell.to_le_bytes()));
    bytes
}

/// Standard output, or standard error when it failed, and the exit code.
fn eval(folder: &Path, more: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_curbwatch-lab"))
        .args(["eval", "roadtrack"])
        .arg(folder)
        .args(more)
        .stdin(Stdio::null())
        .output()
        .expect("the lab runs");
    let code = output.status.code().unwrap_or(-1);
    let text = if code == 0 { output.stdout } else { output.stderr };
    (String::from_utf8_lossy(&text).trim().to_owned(), code)
}

#[test]
fn a_car_that_stops_is_found_and_one_that_passes_is_not() {
    let folder = archive();
    let (text, code) = eval(folder.path(), &["--json"]);
    assert_eq!(code, 0, "{text}");
    let report: Value = serde_json::from_str(&text).expect("one JSON object");
    for (key, want) in [
        ("precision", 1.0),
        ("recall", 1.0),
        ("f1", 1.0),
        ("alarms_per_event", 1.0),
    ] {
        assert_eq!(report[key], want, "{key}: {text}");
    }
    for (key, want) in [("false_alarms", 0), ("events", 1), ("sequences", 2)] {
        assert_eq!(report[key], want, "{key}: {text}");
    }
    let delay = report["mean_delay_frames"].as_f64().expect("a number");
    assert!(
        (35.0..=50.0).contains(&delay),
        "a dwell of four seconds: {delay} frames"
    );
    assert_eq!(report["without_stop"]["sequences"], 1);
    assert_eq!(report["cameras"]["K1"]["found"], 1);
    assert_eq!(report["kind"], "real");

    // The folder inside is as good, and the table says the same.
    let (table, code) = eval(&folder.path().join("roadtrack"), &[]);
    assert_eq!(code, 0, "{table}");
    let all = table
        .lines()
        .find(|line| line.starts_with("all"))
        .expect("a total");
    let words: Vec<&str> = all.split_whitespace().collect();
    assert_eq!(words[1..7], ["2", "1", "1", "0", "1.000", "1.000"], "{table}");
}

#[test]
fn what_is_missed_and_what_is_alarmed_wrongly_is_named() {
    let folder = archive();
    let at = |name: &str| folder.path().join("roadtrack").join(name);
    // The truth says that something else stood, elsewhere, and nothing is left out.
    let elsewhere: String = (51..=150)
        .map(|frame| row(frame, 7, [300.0, 300.0, 60.0, 50.0]))
        .collect();
    fs::write(at("P/01-02_03_K1_4/gt.txt"), elsewhere).expect("written");
    fs::remove_file(at("filter.json")).expect("removed");
    let (text, code) = eval(folder.path(), &["--json"]);
    assert_eq!(code, 0, "{text}");
    let report: Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(
        (&report["recall"], &report["false_alarms"]),
        (&0.0.into(), &2.into()),
        "{text}"
    );
    assert_eq!(report["mean_delay_frames"], Value::Null, "nothing was found");
    assert_eq!(report["without_stop"]["false_alarms"], 1);
    assert_eq!(report["missed"][0], "P/01-02_03_K1_4 stop 7");
    let wrong = report["alarmed_wrongly"].as_array().expect("a list");
    let named = |start: &str| {
        wrong
            .iter()
            .any(|what| what.as_str().is_some_and(|what| what.starts_with(start)))
    };
    assert!(
        named("P/01-02_03_K1_4 frames") && named("N/01-02_03_K1_5 frames"),
        "{wrong:?}"
    );
}

#[test]
fn what_is_no_archive_is_refused_with_its_place() {
    type Row = ((&'static str, Option<&'static str>), i32, &'static str);
    let gone = |name: &'static str| (name, None);
    let det = "N/01-02_03_K1_5/det.txt";
    let rows: [Row; 10] = [
        (gone("P/01-02_03_K1_4/det.txt"), 3, "K1_4/det.txt: No such file"),
        (gone("P/01-02_03_K1_4/gt.txt"), 3, "K1_4/gt.txt: No such file"),
        (gone("cameras.json"), 3, "cameras.json: No such file"),
        (gone("homographies/K1.npy"), 3, "K1.npy: No such file"),
        (
            (det, Some("1,-1,5,5,9,9,0.9,2\n2,-1,five,5,9,9,0.9,2\n")),
            1,
            "K1_5/det.txt:2: `five` is no x",
        ),
        (
            (det, Some("1,-1,5\n")),
            1,
            "K1_5/det.txt:1: a row is frame,id,x,y,w,h,score,class",
        ),
        (
            (det, Some("1,-1,5,5,0,9,0.9,2\n")),
            1,
            "K1_5/det.txt:1: 0 x 9 is no box",
        ),
        ((det, Some("0,-1,5,5,9,9,0.9,2\n")), 1, "K1_5/det.txt:1: frame 0"),
        (
            (
                "cameras.json",
                Some(r#"{"fps": 10, "ground_units_per_metre": {}}"#),
            ),
            1,
            "cameras.json: says nothing of camera `K1`",
        ),
        (("cameras.json", Some("{")), 1, "cameras.json: EOF"),
    ];
    for ((name, text), want_code, want) in rows {
        let folder = archive();
        let path = folder.path().join("roadtrack").join(name);
        match text {
            Some(text) => fs::write(path, text).expect("written"),
            None => fs::remove_file(path).expect("removed"),
        }
        let (said, code) = eval(folder.path(), &["--json"]);
        assert_eq!(code, want_code, "{name}: {said}");
        assert!(said.contains(want), "{name}: {said}");
        assert_eq!(said.lines().count(), 1, "{name}: one line: {said}");
    }
}

//! `eval detect` and `eval cases` from files to figures, with what they refuse.

#![allow(
    clippy::expect_used,
    reason = "helpers of tests: what cannot be written or read fails them"
)]

mod cases;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use curbwatch_lab::eval::picture;
use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

const RED: Rgb<u8> = Rgb([255, 0, 0]);
const BLUE: Rgb<u8> = Rgb([0, 0, 255]);
const YELLOW: Rgb<u8> = Rgb([255, 255, 0]);

/// Coloured rectangles `(x, y, w, h)` on grey.
fn paint(path: &Path, (width, height): (u32, u32), things: &[([u32; 4], Rgb<u8>)]) {
    let mut picture = RgbImage::from_pixel(width, height, Rgb([110, 110, 110]));
    for ([x, y, w, h], colour) in things {
        for row in *y..y + h {
            for column in *x..x + w {
                picture.put_pixel(column, row, *colour);
            }
        }
    }
    picture.save(path).expect("a picture is written");
}

/// Two pictures and their YOLO labels: a car and a person; a heap of garbage, and a car that is not there.
fn yolo() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("images")).expect("a folder");
    fs::create_dir_all(at("labels")).expect("a folder");
    fs::write(at("classes.txt"), "car\nperson\ngarbage\n").expect("written");
    paint(
        &at("images/a.png"),
        (640, 320),
        &[([64, 64, 128, 64], RED), ([320, 128, 64, 128], BLUE)],
    );
    paint(&at("images/b.png"), (640, 320), &[([320, 160, 64, 64], YELLOW)]);
    let car = "0 0.2 0.3 0.2 0.2\n";
    fs::write(at("labels/a.txt"), format!("{car}1 0.55 0.6 0.1 0.4\n")).expect("written");
    fs::write(at("labels/b.txt"), format!("{car}2 0.55 0.6 0.1 0.2\n")).expect("written");
    folder
}

/// Standard output, or standard error with its paths shortened when it failed, and the exit code.
fn lab(folder: &Path, words: &str) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_curbwatch-lab"))
        .args(words.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the lab runs");
    let code = output.status.code().unwrap_or(-1);
    let text = if code == 0 { output.stdout } else { output.stderr };
    (String::from_utf8_lossy(&text).trim().to_owned(), code)
}

fn blob() -> String {
    format!("{}/../../fixtures/models/blob.toml", env!("CARGO_MANIFEST_DIR"))
}

/// `eval detect` with the fixture model; JSON on success.
fn detect(folder: &Path, labels: &str, more: &str) -> Result<Value, String> {
    let words = format!(
        "eval detect --model {} --images images --labels {labels} --json {more}",
        blob()
    );
    let (text, code) = lab(folder, &words);
    if code == 0 {
        Ok(serde_json::from_str(&text).expect("one JSON object"))
    } else {
        assert_eq!(code, 1, "{text}");
        assert_eq!(text.lines().count(), 1, "one line: {text}");
        Err(text)
    }
}

fn near(value: &Value, want: f64) {
    let value = value.as_f64().expect("a number");
    assert!((value - want).abs() < 1e-3, "{value}, not {want}");
}

#[test]
fn a_model_is_scored_on_labelled_pictures() {
    let folder = yolo();
    let report = detect(folder.path(), "labels", "--kind synthetic").expect("a report");
    assert_eq!(report["pictures"], 2);
    assert_eq!(report["kind"], "synthetic");
    assert!(
        report["model"]
            .as_str()
            .is_some_and(|id| id.starts_with("blob@634d51c6d06"))
    );
    let classes = &report["classes"];
    assert_eq!(classes["car"]["boxes"], 2);
    near(&classes["car"]["ap50"], 51.0 / 101.0); // one of two cars: recalls 0 to .50
    near(&classes["person"]["ap50"], 1.0);
    near(&classes["garbage"]["ap50"], 1.0);
    assert!(classes["person"]["ap"].as_f64() > Some(0.8), "{classes}");

    let report = detect(folder.path(), "labels", "--limit 1 --threads 1").expect("a report");
    assert_eq!(
        (&report["pictures"], &report["kind"]),
        (&Value::from(1), &Value::from("unstated"))
    );
    near(&report["classes"]["car"]["ap50"], 1.0);
    assert_eq!(
        report["classes"]["garbage"]["ap50"],
        Value::Null,
        "no garbage was there"
    );

    fs::write(folder.path().join("held-out.txt"), "images/b.png # the second\n").expect("written");
    let report = detect(folder.path(), "labels", "--list held-out.txt").expect("a report");
    assert_eq!(report["pictures"], 1);
    near(&report["classes"]["car"]["ap50"], 0.0);

    // What is garbage to the labels is taken for a car on both sides, what is a person for nothing.
    let report = detect(folder.path(), "labels", "--classes-as garbage=car person=").expect("a report");
    near(&report["classes"]["car"]["ap50"], 67.0 / 101.0); // two of three
    assert_eq!(report["classes"].as_object().map(serde_json::Map::len), Some(1));
    assert!(report["detections_left_out"].as_u64() >= Some(1));

    let (table, code) = lab(
        folder.path(),
        &format!("eval detect --model {} --images images --labels labels", blob()),
    );
    assert!(code == 0 && table.contains("person            1.0000"), "{table}");
    assert!(
        table.contains("seen by 0.5 and more, 12 px high and more"),
        "{table}"
    );
}

#[test]
fn what_cannot_fairly_be_found_counts_neither_way() {
    let folder = yolo();
    let row = |file: &str, things: &str| {
        format!(r#"{{"file":"images/{file}.png","width":640,"height":320,"seed":1,"things":[{things}]}}"#)
    };
    let thing = |class: &str, [x0, y0, x1, y1]: [u32; 4], visible: f32| {
        format!(r#"{{"class":"{class}","seen":[{x0},{y0},{x1},{y1}],"visible":{visible},"pixels":9}}"#)
    };
    let car = [64, 64, 192, 128];
    let person = thing("person", [320, 128, 384, 256], 1.0);
    let garbage = thing("garbage", [320, 160, 384, 224], 1.0);
    let rows = [
        ("seen", thing("car", car, 1.0), (2, 0), Some(51.0 / 101.0)),
        ("half hidden", thing("car", car, 0.4), (1, 1), Some(0.0)),
        ("low", thing("car", [64, 64, 192, 75], 1.0), (1, 1), Some(0.0)),
        ("gone", thing("car", [0, 0, 0, 0], 0.0), (1, 0), Some(0.0)),
    ];
    for (name, first, (boxes, ignored), ap50) in rows {
        let labels = [
            row("a", &format!("{first},{person}")),
            row("b", &format!("{},{garbage}", thing("car", car, 1.0))),
        ];
        fs::write(folder.path().join("labels.jsonl"), labels.join("\n")).expect("written");
        let report = detect(folder.path(), "labels.jsonl", "").expect("a report");
        let class = &report["classes"]["car"];
        assert_eq!(
            (&class["boxes"], &class["ignored"]),
            (&boxes.into(), &ignored.into()),
            "{name}"
        );
        if let Some(ap50) = ap50 {
            near(&class["ap50"], ap50);
        }
        near(&report["classes"]["garbage"]["ap50"], 1.0);
    }
    // The one found car is hidden in the labels and the other is left out: nothing is false, nothing is missed.
    let labels = [
        row("a", &format!("{},{person}", thing("car", car, 0.3))),
        row("b", &garbage),
    ];
    fs::write(folder.path().join("labels.jsonl"), labels.join("\n")).expect("written");
    let report = detect(folder.path(), "labels.jsonl", "").expect("a report");
    assert_eq!(report["classes"]["car"]["ap50"], Value::Null);
    let report = detect(folder.path(), "labels.jsonl", "--visible-min 0.2").expect("a report");
    near(&report["classes"]["car"]["ap50"], 1.0);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row a mistake")]
fn what_is_wrong_is_said_in_one_line() {
    type Spoil = fn(&Path);
    let rows: [(&str, Spoil, &str, &str); 22] = [
        (
            "a picture without labels",
            |at| fs::remove_file(at.join("labels/b.txt")).expect("removed"),
            "labels",
            "images/b.png: has no labels: labels/b.txt is missing",
        ),
        (
            "labels without a picture",
            |at| fs::write(at.join("labels/c.txt"), "").expect("written"),
            "labels",
            "labels/c.txt: there is no picture of that name",
        ),
        (
            "a broken picture",
            |at| fs::write(at.join("images/b.png"), b"\x89PNG\r\n\x1a\nno more").expect("written"),
            "labels",
            "images/b.png: is no picture:",
        ),
        (
            "a JPEG cut short",
            |at| {
                fs::remove_file(at.join("images/b.png")).expect("removed");
                fs::write(at.join("images/b.jpg"), b"\xff\xd8\xff\xe0\x00\x10JFIF").expect("written");
            },
            "labels",
            "images/b.jpg: is no picture:",
        ),
        (
            "a box outside",
            |at| fs::write(at.join("labels/a.txt"), "\n0 0.9 0.3 0.3 0.2\n").expect("written"),
            "labels",
            "labels/a.txt:2: the box reaches 5.0 % of a side outside its picture",
        ),
        (
            "a box without area",
            |at| fs::write(at.join("labels/a.txt"), "0 0.9 0.3 0 0.2\n").expect("written"),
            "labels",
            "labels/a.txt:1: the box has no area",
        ),
        (
            "what is no number",
            |at| fs::write(at.join("labels/a.txt"), "0 0.9 nan 0.1 0.2\n").expect("written"),
            "labels",
            "labels/a.txt:1: the box holds what is no number",
        ),
        (
            "too few numbers",
            |at| fs::write(at.join("labels/a.txt"), "0 0.9 0.1 0.2\n").expect("written"),
            "labels",
            "labels/a.txt:1: `0 0.9 0.1 0.2` is not `class x y w h`",
        ),
        (
            "a class beyond the list",
            |at| fs::write(at.join("labels/a.txt"), "3 0.5 0.5 0.1 0.2\n").expect("written"),
            "labels",
            "labels/a.txt:1: class 3 is not among the 3 of classes.txt",
        ),
        (
            "a class nobody knows",
            |at| fs::write(at.join("classes.txt"), "car\npedestrian\ngarbage\n").expect("written"),
            "labels",
            "classes.txt:2: `pedestrian` is no class; known are car, van,",
        ),
        (
            "a class the model does not know",
            |at| fs::write(at.join("classes.txt"), "van\nperson\ngarbage\n").expect("written"),
            "labels",
            "the model knows no van, which the labels hold; merge (--classes-as van=CLASS) or leave out",
        ),
        (
            "no class list",
            |at| fs::remove_file(at.join("classes.txt")).expect("removed"),
            "labels",
            "labels: classes.txt is neither in the folder of the labels nor above it",
        ),
        (
            "no picture",
            |at| {
                fs::remove_dir_all(at.join("images")).expect("removed");
                fs::create_dir(at.join("images")).expect("made");
            },
            "labels",
            "images: the folder holds no JPEG and no PNG",
        ),
        (
            "two pictures of one name",
            |at| {
                fs::copy(at.join("images/a.png"), at.join("images/a.jpg")).expect("copied");
            },
            "labels",
            "has the same name; labels could mean either",
        ),
        (
            "a row that is no JSON",
            |at| fs::write(at.join("l.jsonl"), "{\"file\": \"a.png\"").expect("written"),
            "l.jsonl",
            "l.jsonl:1: EOF while parsing",
        ),
        (
            "a row of an absent picture",
            |at| {
                let row = r#"{"file":"images/z.png","width":640,"height":320,"things":[]}"#;
                fs::write(at.join("l.jsonl"), row).expect("written");
            },
            "l.jsonl",
            "l.jsonl:1: there is no picture `images/z.png`",
        ),
        (
            "a picture without a row",
            |at| {
                let row = r#"{"file":"images/a.png","width":640,"height":320,"things":[]}"#;
                fs::write(at.join("l.jsonl"), row).expect("written");
            },
            "l.jsonl",
            "images/b.png: has no labels in l.jsonl",
        ),
        (
            "a row twice",
            |at| {
                let row = r#"{"file":"images/a.png","width":640,"height":320,"things":[]}"#;
                fs::write(at.join("l.jsonl"), format!("{row}\n{row}")).expect("written");
            },
            "l.jsonl",
            "l.jsonl:2: `images/a.png` has labels already",
        ),
        (
            "a row for another size",
            |at| {
                let row = |n: &str| format!(r#"{{"file":"{n}.png","width":320,"height":320,"things":[]}}"#);
                fs::write(at.join("l.jsonl"), row("a") + "\n" + &row("b")).expect("written");
            },
            "l.jsonl",
            "has 640x320 pixels, its labels are for 320x320",
        ),
        (
            "a listed picture that is absent",
            |at| fs::write(at.join("list"), "a\nq.png\n").expect("written"),
            "labels --list list",
            "list: `q` is no picture of images",
        ),
        (
            "an empty list",
            |at| fs::write(at.join("list"), "# nothing\n").expect("written"),
            "labels --list list",
            "list: the list names no picture",
        ),
        (
            "a rename to nothing known",
            |_| (),
            "labels --classes-as car=wagon",
            "--classes-as: `wagon` is no class",
        ),
    ];
    for (name, spoil, labels, want) in rows {
        let folder = yolo();
        spoil(folder.path());
        let said = detect(folder.path(), labels, "--threads 1").expect_err(name);
        assert!(said.contains(want), "{name}: {said}");
    }
    let folder = yolo();
    let model = folder.path().join("m.toml");
    fs::write(&model, "name = 3").expect("written");
    let (said, code) = lab(
        folder.path(),
        "eval detect --model m.toml --images images --labels labels",
    );
    assert!(code == 1 && said.contains("m.toml:1:"), "{said}");
}

/// Planes of the reference decoder and converter, 4:2:0 limited range.
fn by_ffmpeg(path: &Path, matrix: &str) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .arg("-vf")
        .arg(format!(
            "scale=out_range=limited:out_color_matrix={matrix}:flags=area+accurate_rnd,format=yuv420p"
        ))
        .args(["-f", "rawvideo", "-"])
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[test]
fn a_picture_becomes_what_a_camera_would_have_sent() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        let _shown = writeln!(std::io::stderr(), "skipped: the ffmpeg program is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (name, size, matrix) in [
        ("small.png", (322, 182), "bt601"),
        ("odd.png", (321, 181), "bt601"),
        ("photo.jpg", (640, 360), "bt601"),
        ("hd.png", (1280, 720), "bt709"),
    ] {
        let path = folder.path().join(name);
        // Slow and fast changes of all three colours, as streets have.
        RgbImage::from_fn(size.0, size.1, |x, y| {
            let wave = |n: f32, m: f32| 127.0 + 90.0 * (x as f32 * n).sin() * (y as f32 * m).cos();
            Rgb([
                wave(0.05, 0.031) as u8,
                wave(0.023, 0.11) as u8,
                wave(0.17, 0.013) as u8,
            ])
        })
        .save(&path)
        .expect("written");
        let picture = picture::read(&path).expect("read");
        let ours = [&picture.y, &picture.u, &picture.v];
        let ours = ours.map(|plane| {
            (0..plane.height)
                .flat_map(|row| plane.row(row).to_vec())
                .collect::<Vec<u8>>()
        });
        let theirs = by_ffmpeg(&path, matrix);
        assert_eq!(ours.iter().map(Vec::len).sum::<usize>(), theirs.len(), "{name}");
        let mut rest = theirs.as_slice();
        for (plane, most) in ours.iter().zip([1.0, 1.5, 1.5]) {
            let (theirs, after) = rest.split_at(plane.len());
            rest = after;
            let apart = plane.iter().zip(theirs).map(|(a, b)| f64::from(a.abs_diff(*b)));
            let mean = apart.sum::<f64>() / plane.len() as f64;
            let _shown = writeln!(
                std::io::stderr(),
                "{name}: planes differ by {mean:.3} of 219 grey levels"
            );
            assert!(mean < most, "{name}: planes differ by {mean} levels");
        }
    }
}

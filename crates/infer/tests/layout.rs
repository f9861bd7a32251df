//! The layout fixtures end to end: the same network in float and quantised (QDQ), the ones a manifest
//! must not pass, and tiles on a picture through the real runtime.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use curbwatch_infer::{Detector, DetectorOptions, Error, Model, ModelOptions};
use curbwatch_types::{BBox, Detection, ObjectClass, Picture, Point, Polygon};
use support::{BLUE, RED, YELLOW, painted};

fn detector(manifest: &str) -> Detector {
    let model = support::model(manifest).expect("the model loads");
    Detector::new(&model, &DetectorOptions::default()).expect("a detector")
}

/// A square of `side` pixels at `x`, `y`, relative.
fn square(picture: &Picture, x: usize, y: usize, side: usize) -> BBox {
    let (w, h) = (picture.width as f32, picture.height as f32);
    BBox::new(x as f32 / w, y as f32 / h, side as f32 / w, side as f32 / h)
}

fn best<'a>(found: &'a [Detection], class: ObjectClass, place: &BBox) -> Option<&'a Detection> {
    found.iter().find(|d| d.class == class && d.bbox.iou(place) > 0.9)
}

#[test]
fn a_quantised_network_sees_what_its_float_twin_sees() {
    use ObjectClass::{Car, Garbage, Person};
    let squares = [
        (Car, RED, [32, 48, 32]),
        (Person, BLUE, [160, 64, 64]),
        (Garbage, YELLOW, [96, 128, 32]),
        (Car, RED, [256, 128, 32]),
    ];
    let boxes = squares.map(|(_, colour, [x, y, side])| ([x, y, side, side], colour));
    // 320x192: pixel for pixel, so that squares lie on the network's cells.
    let picture = painted(320, 192, &boxes);
    let look = |manifest| detector(manifest).detect(&picture).expect("detected");
    let float = look("fixtures/models/layout.toml");
    let bytes = look("fixtures/models/layout-int8.toml");
    for (class, _, [x, y, side]) in squares {
        let place = square(&picture, x, y, side);
        let float = best(&float, class, &place).expect("seen in float");
        let bytes = best(&bytes, class, &place).expect("seen quantised");
        assert!(
            (float.score.get() - bytes.score.get()).abs() < 0.02,
            "{class:?}: {float:?}, quantised {bytes:?}"
        );
    }
    assert_eq!(float.len(), bytes.len(), "{float:#?}\n{bytes:#?}");
    let empty = painted(320, 192, &[]);
    let seen = detector("fixtures/models/layout-int8.toml").detect(&empty);
    assert_eq!(seen.expect("detected"), []);
}

/// A row of [`a_network_of_another_layout_is_one_clear_error`].
struct Other<'a> {
    what: &'a str,
    /// Replacements in `layout.toml`.
    changes: &'a [(&'a str, &'a str)],
    weights: &'a str,
    /// What the network is.
    found: &'a str,
    /// What the manifest says.
    says: &'a str,
}

fn check(folder: &Path, row: &Other<'_>) {
    let fixtures = support::root().join("fixtures/models");
    let mut text = std::fs::read_to_string(fixtures.join("layout.toml")).expect("read");
    for (from, to) in row.changes {
        assert!(text.contains(from), "{}: {from}", row.what);
        text = text.replacen(from, to, 1);
    }
    let path = folder.join("wrong.toml");
    std::fs::write(&path, text).expect("written");
    let options = ModelOptions {
        model_dirs: vec![fixtures],
    };
    let model = Model::load(&path, &options).expect("the manifest alone is sound");
    let error = Detector::new(&model, &DetectorOptions::default()).expect_err(row.what);
    assert!(
        matches!(error, Error::Input { .. } | Error::Output { .. }),
        "{}: {error:?}",
        row.what
    );
    let error = error.to_string();
    for words in [row.weights, row.found, row.says, "wrong.toml"] {
        assert!(
            error.contains(words),
            "{}: {words:?} is not in: {error}",
            row.what
        );
    }
    assert_eq!(error.lines().count(), 1, "{}: {error}", row.what);
}

#[test]
fn a_network_of_another_layout_is_one_clear_error() {
    const FLOAT: &str = "file = \"layout.onnx\"\nsha256 = \"40f37f6f2d2ffe56f06dc27003e4da3edfba8e880f798b3f5d55eb4323fea880\"";
    const FIXED: &str = "file = \"layout-fixed.onnx\"\nsha256 = \"b78b87824bfbd464efc3629daf6562f592279ffc2dd2fb3729a8ecef750d7202\"";
    const BYTES: &str = "file = \"layout-u8.onnx\"\nsha256 = \"7adc0556ad0cd01c97f10040b879ad12d92c62c343fa090160f42d8d82b923b5\"";
    const ASPECT: &str = "fit = \"aspect\"\nlongest = 320\nmultiple_of = 32";
    let rows = [
        Other {
            what: "a class too many",
            changes: &[("\"yellow\"]", "\"yellow\", \"green\"]")],
            weights: "layout.onnx",
            found: "output `output` is ? x ? x 35",
            says: "layout NanodetPlus with 4 classes, strides [8, 16, 32] and 8 bins",
        },
        Other {
            what: "a class too few",
            changes: &[(", \"yellow\"]", "]"), (", yellow = \"garbage\" }", " }")],
            weights: "layout.onnx",
            found: "output `output` is ? x ? x 35",
            says: "makes it 1 x 1260 x 34",
        },
        Other {
            what: "other bins",
            changes: &[("bins = 8", "bins = 16")],
            weights: "layout.onnx",
            found: "output `output` is ? x ? x 35",
            says: "16 bins",
        },
        Other {
            what: "a stride too few",
            changes: &[("strides = [8, 16, 32]", "strides = [8, 16]")],
            weights: "layout.onnx",
            found: "output `output` is 1 x 1260 x 35",
            says: "strides [8, 16] and 8 bins at 320x192 makes it 1 x 1200 x 35",
        },
        Other {
            what: "a missing output",
            changes: &[("bins = 8", "bins = 8\nnames = [\"boxes\"]")],
            weights: "layout.onnx",
            found: "it has `output`",
            says: "no output `boxes`",
        },
        Other {
            what: "another layout",
            changes: &[("\"nanodet-plus\"", "\"nanodet-m\"")],
            weights: "layout.onnx",
            found: "the network has outputs `output`",
            says: "layout NanodetM needs 6",
        },
        Other {
            what: "another input",
            changes: &[("name = \"data\"", "name = \"images\"")],
            weights: "layout.onnx",
            found: "the network's input is `data`",
            says: "not `images`",
        },
        Other {
            what: "one size, and the manifest says any",
            changes: &[(FLOAT, FIXED)],
            weights: "layout-fixed.onnx",
            found: "input `data` is 1 x 3 x 64 x 96",
            says: "fit = \"aspect\" needs a network that takes any size",
        },
        Other {
            what: "another fixed size",
            changes: &[
                (FLOAT, FIXED),
                (ASPECT, "fit = \"fixed\"\nwidth = 128\nheight = 64"),
                ("width = 192\nheight = 128", "width = 128\nheight = 64"),
                ("overlap = 48", "overlap = 16"),
            ],
            weights: "layout-fixed.onnx",
            found: "input `data` is 1 x 3 x 64 x 96",
            says: "the manifest says width 128 and height 64",
        },
        Other {
            what: "an input of bytes",
            changes: &[(FLOAT, BYTES)],
            weights: "layout-u8.onnx",
            found: "input `data` is Tensor<u8>",
            says: "should be a tensor of f32",
        },
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for row in rows {
        check(folder.path(), &row);
    }
}

#[test]
fn tiles_show_what_is_too_small_for_the_whole() {
    // 32 pixels of 1280x720 are 8 in the tensor of 320x192: nothing. In a tile they are 32.
    let small = [(600, 400, 32), (980, 420, 32), (40, 20, 32)];
    let large = (384, 96, 128); // above the tiles
    let boxes: Vec<([usize; 4], [u8; 3])> = small
        .iter()
        .map(|&(x, y, side)| ([x, y, side, side], RED))
        .chain([([large.0, large.1, large.2, large.2], BLUE)])
        .collect();
    let picture = painted(1280, 720, &boxes);
    let zone = [(0.2, 0.5), (1.0, 0.5), (1.0, 0.75), (0.2, 0.75)].map(|(x, y)| Point::new(x, y));
    let zone = Polygon::new(zone.to_vec()).expect("a zone");

    let model = support::model("fixtures/models/layout.toml").expect("the model loads");
    let plan = model.manifest().plan_tiles((1280, 720), &[&zone], 40);
    assert!(plan.scale == 1.0 && plan.tiles.len() > 4, "{plan:?}");

    let mut detector = detector("fixtures/models/layout.toml");
    let whole = detector.detect(&picture).expect("detected");
    let place = square(&picture, large.0, large.1, large.2);
    let people = |found: &[Detection]| {
        let near = |d: &&Detection| d.class == ObjectClass::Person && d.bbox.iou(&place) > 0.5;
        found.iter().filter(near).count()
    };
    assert_eq!((whole.len(), people(&whole)), (1, 1), "{whole:#?}");
    let mut joined = whole.clone();
    detector
        .look_closer(&picture, &plan.tiles, &mut joined)
        .expect("looked");
    assert_eq!(people(&joined), 1, "{joined:#?}");
    for (i, (x, y, side)) in small.into_iter().enumerate() {
        let place = square(&picture, x, y, side);
        let near = |d: &&Detection| d.class == ObjectClass::Car && d.bbox.iou(&place) > 0.4;
        let seen = joined.iter().filter(near).count();
        // The last one stands outside the zone.
        assert_eq!(seen, usize::from(i < 2), "{x}, {y}: {joined:#?}");
    }
    assert!(joined.is_sorted_by(|a, b| a.score >= b.score));
    assert!(joined.iter().all(|d| d.appearance.is_some()));

    // The whole is as it was after tiles, and another detector gives the same.
    assert_eq!(detector.detect(&picture).expect("detected"), whole);
    let mut again = whole;
    self::detector("fixtures/models/layout.toml")
        .look_closer(&picture, &plan.tiles, &mut again)
        .expect("looked");
    assert_eq!(again, joined);

    // No tiles, and tiles of another picture.
    let before = joined.clone();
    detector
        .look_closer(&picture, &[], &mut joined)
        .expect("nothing to do");
    assert_eq!(joined, before);
    let other = painted(640, 360, &[]);
    let error = detector
        .look_closer(&other, &plan.tiles, &mut joined)
        .expect_err("outside");
    assert!(matches!(error, Error::Tile { .. }), "{error}");
    assert_eq!(joined, before, "an error leaves the answer as it was");
}

#[test]
fn the_fixtures_are_what_their_script_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = support::root().join("models/fixture/make_layout_detectors.py");
    let Ok(status) = Command::new("python3").arg(&script).arg(folder.path()).output() else {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: python3 is not installed; the fixture models are not written anew"
        );
        return;
    };
    assert!(
        status.status.success(),
        "{}",
        String::from_utf8_lossy(&status.stderr)
    );
    for name in ["layout", "layout-int8", "layout-fixed", "layout-u8"] {
        let name = format!("{name}.onnx");
        let kept = std::fs::read(support::root().join("fixtures/models").join(&name)).expect("the fixture");
        let written = std::fs::read(folder.path().join(&name)).expect("written");
        assert!(
            written == kept,
            "{name}: run {} and correct sha256",
            script.display()
        );
        assert!(kept.len() < 20_000, "{name}: {} bytes", kept.len());
    }
}

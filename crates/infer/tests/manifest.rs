//! Manifests with mistakes: each is named, with its line; and what stands between a manifest and a model.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod support;

use std::path::Path;

use curbwatch_infer::{Blame, Error, Manifest, Model, ModelOptions};
use curbwatch_types::{Measured, MeasuredClasses, ObjectClass, ViolationClass};

/// Line numbers in the rows below count in this text.
const SOUND: &str = r#"name = "m"
file = "m.onnx"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
licence = "Apache-2.0"
source = "here"
[input]
name = "images"
fit = "fixed"
width = 416
height = 256
channels = "bgr"
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
letterbox_value = 114
letterbox_placement = "top-left"
resize = "bilinear"
[output]
layout = "yolox"
strides = [8, 16, 32]
[classes]
names = ["person", "dog", "car"]
map = { person = "person", car = "car" }
thresholds = { default = 0.4, car = 0.3 }
[nms]
iou = 0.5
together = [["car", "truck"]]
"#;

fn read(text: &str) -> Result<Manifest, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.toml");
    std::fs::write(&path, text).expect("written");
    Manifest::read(&path)
}

#[test]
fn a_sound_manifest_says_what_it_says() {
    let manifest = read(SOUND).expect("sound");
    let rows: Vec<_> = manifest
        .classes
        .iter()
        .map(|c| (c.name.as_str(), c.object, c.threshold))
        .collect();
    let (person, car) = (ObjectClass::Person, ObjectClass::Car);
    assert_eq!(
        rows,
        [
            ("person", Some(person), 0.4),
            ("dog", None, 0.4),
            ("car", Some(car), 0.3)
        ]
    );
    assert_eq!(manifest.input.fit.size_for(1920, 1080), (416, 256));
    assert_eq!(manifest.nms.together, [vec![car, ObjectClass::Truck]]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_mistake_is_named_with_its_line() {
    // what is replaced by what, line, words of the message
    let rows: &[(&str, &str, usize, &str)] = &[
        ("name = \"m\"", "name = \"\"", 1, "`name` must not be empty"),
        ("name = \"m\"", "name = \"a@b\"", 1, "no `@`"),
        (
            "name = \"m\"",
            "name = \"m\"\ncolour = 3",
            2,
            "unknown field `colour`",
        ),
        (
            "licence = \"Apache-2.0\"",
            "licence = \" \"",
            4,
            "`licence` must not be empty",
        ),
        (
            "sha256 = \"e3b0",
            "sha256 = \"E3B0",
            3,
            "64 lower-case hex digits",
        ),
        ("sha256 = \"e3b0", "sha256 = \"", 3, "64 lower-case hex digits"),
        (
            "fit = \"fixed\"",
            "fit = \"stretch\"",
            8,
            "unknown variant `stretch`",
        ),
        ("fit = \"fixed\"", "fit = \"aspect\"", 8, "needs `longest`"),
        ("width = 416", "width = 400", 9, "`width` is a multiple of 32"),
        ("width = 416", "width = 99999999", 9, "to 4096"),
        ("width = 416", "longest = 416", 8, "needs `width`"),
        (
            "channels = \"bgr\"",
            "channels = \"gray\"",
            11,
            "unknown variant `gray`",
        ),
        ("mean = [0.0, 0.0, 0.0]", "mean = [0.0, 0.0]", 12, "length 2"),
        (
            "std = [1.0, 1.0, 1.0]",
            "std = [1.0, 0.0, 1.0]",
            13,
            "numbers above 0",
        ),
        (
            "letterbox_value = 114",
            "letterbox_value = 300",
            14,
            "between 0 and 255",
        ),
        (
            "resize = \"bilinear\"",
            "resize = \"lanczos\"",
            16,
            "unknown variant `lanczos`",
        ),
        (
            "layout = \"yolox\"",
            "layout = \"ssd\"",
            18,
            "unknown variant `ssd`",
        ),
        (
            "layout = \"yolox\"",
            "layout = \"yolox\"\nbins = 8",
            19,
            "no distance distribution",
        ),
        (
            "layout = \"yolox\"",
            "layout = \"nanodet-m\"\nnames = [\"a\"]",
            19,
            "6 outputs, 1 are named",
        ),
        (
            "strides = [8, 16, 32]",
            "strides = []",
            19,
            "one to eight numbers",
        ),
        (
            "[\"person\", \"dog\", \"car\"]",
            "[\"person\", \"dog\", \"car\", \"dog\"]",
            21,
            "`dog` is named twice",
        ),
        (
            "car = \"car\" }",
            "car = \"automobile\" }",
            22,
            "`automobile` is no object class; there are car,",
        ),
        ("car = \"car\" }", "lorry = \"car\" }", 22, "no class `lorry`"),
        ("{ person = \"person\", car = \"car\" }", "{}", 22, "maps nothing"),
        ("default = 0.4", "default = 1.4", 23, "between 0.001 and 1"),
        (
            "default = 0.4",
            "bus = 0.4",
            23,
            "no class of the model is mapped to `bus`",
        ),
        ("iou = 0.5", "iou = 0.0", 25, "`nms.iou` lies between"),
        ("\"truck\"]]", "\"lorry\"]]", 26, "`lorry` is no object class"),
        (
            "\"truck\"]]",
            "\"truck\"], [\"car\"]]",
            26,
            "`car` is in two places",
        ),
        ("[nms]", "[nms", 24, ""),
        (
            "[nms]",
            "[measured]\nexposed_garbage = \"measured\"\n[nms]",
            25,
            "`measured.exposed_garbage` is one of \"real\", \"synthetic\", \"rule_only\"",
        ),
        (
            "[nms]",
            "[measured]\ngarbage = \"real\"\n[nms]",
            25,
            "`garbage` is no class of violation; there are street_front_trading,",
        ),
        (
            "source = \"here\"",
            "source = \"here\"\ncard = \"m.md\"",
            6,
            "there is no `m.md` beside the manifest",
        ),
        (
            "source = \"here\"",
            "source = \"here\"\ncard = \"../m.md\"",
            6,
            "a file beside the manifest, without a folder",
        ),
    ];
    for (from, to, line, words) in rows {
        assert!(SOUND.contains(from), "row {from}");
        let error = read(&SOUND.replacen(from, to, 1)).expect_err(to);
        assert_eq!(error.blame(), Blame::Model, "{to}");
        let Error::Manifest { problems, .. } = &error else {
            panic!("{to}: {error}")
        };
        let found = problems.iter().any(|p| p.line == *line && p.what.contains(words));
        assert!(found, "{to}: wanted line {line} with {words:?}, got {error}");
        assert!(error.to_string().contains(&format!("m.toml:{line}: ")), "{error}");
    }
}

#[test]
fn what_was_measured_is_said_class_by_class() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.toml");
    let read = |text: &str| {
        std::fs::write(&path, text).expect("written");
        Manifest::read(&path).expect("sound")
    };
    let silent = read(SOUND);
    assert_eq!((silent.measured, silent.card), (MeasuredClasses::default(), None));

    std::fs::write(folder.path().join("m.md"), "# m").expect("written");
    let rows = "[measured]\nexposed_garbage = \"real\"\nitinerant_vendor = \"synthetic\"\n\
        piled_materials = \"rule_only\"\n";
    let text = format!("card = \"m.md\"\n{SOUND}{rows}");
    let said = read(&text);
    assert_eq!(said.card.as_deref(), Some("m.md"));
    for (class, name) in ViolationClass::NAMES {
        let want = match class {
            ViolationClass::ExposedGarbage => Measured::Real,
            ViolationClass::ItinerantVendor => Measured::Synthetic,
            _ => Measured::RuleOnly,
        };
        assert_eq!(said.measured.of(class), want, "{name}");
    }
}

#[test]
fn a_tiles_table_is_checked_against_the_input() {
    let tiles = |rows: &str| format!("{SOUND}[tiles]\n{rows}");
    let sound = read(&tiles("width = 416\nheight = 256\n")).expect("sound").tiles;
    let spec = sound.expect("a table");
    assert_eq!((spec.overlap, spec.per_look_max, spec.every_looks), (64, 0, 6));
    assert_eq!(read(SOUND).expect("sound").tiles, None);

    let aspect = |rows: &str| {
        SOUND
            .replace("fit = \"fixed\"", "fit = \"aspect\"")
            .replace("width = 416\nheight = 256\n", "longest = 448\nmultiple_of = 64\n")
            + "[tiles]\n"
            + rows
    };
    let both = "width = 320\nheight = 192\n";
    read(&aspect(&format!(
        "{both}overlap = 96\nper_look_max = 16\nevery_looks = 64\n"
    )))
    .expect("sound");
    // text, line, words
    let rows = [
        (
            tiles("width = 320\nheight = 256\n"),
            28,
            "`tiles.width` is 416 as the input's",
        ),
        (
            tiles("width = 416\nheight = 384\n"),
            29,
            "`tiles.height` is 256 as the input's",
        ),
        (tiles("width = 416\n"), 27, "missing field `height`"),
        (
            aspect("width = 416\nheight = 192\n"),
            28,
            "multiple of 64 from 32 to 4096",
        ),
        (
            aspect("width = 320\nheight = 8192\n"),
            29,
            "multiple of 64 from 32 to 4096",
        ),
        (
            aspect(&format!("{both}overlap = 97\n")),
            30,
            "at most half the smaller side",
        ),
        (
            aspect(&format!("{both}per_look_max = 17\n")),
            30,
            "between 0 and 16",
        ),
        (
            aspect(&format!("{both}every_looks = 0\n")),
            30,
            "between 1 and 64",
        ),
        (aspect(&format!("{both}depth = 1\n")), 30, "unknown field `depth`"),
    ];
    for (text, line, words) in rows {
        let Err(Error::Manifest { problems, .. }) = read(&text) else {
            panic!("{words}: accepted")
        };
        let found = problems.iter().any(|p| p.line == line && p.what.contains(words));
        assert!(found, "wanted line {line} with {words:?}, got {problems:?}");
    }
}

#[test]
fn all_mistakes_come_at_once_in_order() {
    let text = SOUND
        .replace("width = 416", "width = 1")
        .replace("iou = 0.5", "iou = 7")
        .replace("e3b0", "");
    let Err(Error::Manifest { problems, .. }) = read(&text) else {
        panic!("three mistakes")
    };
    assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [3, 9, 25]);
}

#[test]
fn weights_are_found_and_proved() {
    let beside = tempfile::tempdir().expect("a folder");
    let apart = tempfile::tempdir().expect("a folder");
    let manifest = beside.path().join("m.toml");
    std::fs::write(&manifest, SOUND).expect("written");
    let load = |dirs: &[&Path]| {
        let model_dirs = dirs.iter().map(|d| d.to_path_buf()).collect();
        Model::load(&manifest, &ModelOptions { model_dirs })
    };

    let missing = load(&[apart.path()])
        .expect_err("no weights anywhere")
        .to_string();
    for folder in [beside.path(), apart.path()] {
        assert!(
            missing.contains(&folder.join("m.onnx").display().to_string()),
            "{missing}"
        );
    }
    // The sha256 above is that of nothing.
    std::fs::write(apart.path().join("m.onnx"), b"").expect("written");
    assert_eq!(
        &*load(&[apart.path()]).expect("found apart").id(),
        "m@e3b0c44298fc"
    );

    // Beside the manifest comes first, and here it is the wrong file.
    std::fs::write(beside.path().join("m.onnx"), b"x").expect("written");
    let error = load(&[apart.path()]).expect_err("another file");
    assert!(matches!(error, Error::Hash { .. }), "{error}");
    assert!(error.to_string().contains("the manifest says e3b0c4"), "{error}");

    let nowhere = Model::load(&beside.path().join("none.toml"), &ModelOptions::default());
    assert!(
        nowhere
            .expect_err("no manifest")
            .to_string()
            .contains("none.toml")
    );
}

#[test]
fn shipped_manifests_are_sound() {
    let mut read = 0;
    for folder in ["models", "fixtures/models"] {
        for entry in std::fs::read_dir(support::root().join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|e| e == "toml") {
                Manifest::read(&path).expect("sound");
                read += 1;
            }
        }
    }
    assert!(read >= 5, "{read} manifests");
}

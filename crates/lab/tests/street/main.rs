//! Pictures of the synthetic street: sets, stills, clips and their truth, and the clips in `fixtures/clips`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod committed;
mod sets;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::AtomicBool;

use curbwatch_ingest::{Clip, Mode};
use curbwatch_lab::Error;
use curbwatch_lab::eval::cases::read_truth;
use curbwatch_lab::street::clip::{ClipFile, ClipOptions, make_clip, make_script, write_footage};
use curbwatch_lab::street::threads::Threads;
use curbwatch_lab::street::{Codec, truth};
use curbwatch_street::{Film, Serial, Street};
use curbwatch_types::{CameraId, Wall};

const PROGRAM: &str = env!("CARGO_BIN_EXE_curbwatch-lab");

fn skipped(why: &str) {
    println!("skipped: {why}");
}

fn has_ffmpeg() -> bool {
    let asked = Command::new("ffmpeg")
        .args(["-hide_banner", "-encoders"])
        .stdin(Stdio::null())
        .output();
    asked.is_ok_and(|answer| {
        let listed = String::from_utf8_lossy(&answer.stdout).into_owned();
        listed.contains("libx264") && listed.contains("libx265")
    })
}

const SCENE: &str = r#"
seed = 5
secs = 6
[format]
width = 96
height = 54
samples = 1
[life]
walkers = 30
vehicles = 20
standing = 0.3
[[events]]
name = "car"
what = "car"
place = "kerb"
side = "right"
along = 18
from = 0
until = 6
violation = "illegal_motor_parking"
[[events]]
name = "sacks"
what = "garbage_bag"
count = 3
place = "edge"
side = "left"
along = 14
from = 1
until = 5
near_miss = "exposed_garbage"
[[events]]
name = "cover"
what = "umbrella"
place = "edge"
side = "left"
along = 24
from = 2
until = 4
"#;

#[test]
fn a_clip_file_is_read_or_refused_with_its_reason() {
    let check = |more: &str, want: Result<(), &str>| {
        let text = format!("{SCENE}{more}");
        match (ClipFile::parse("north", &text), want) {
            (Ok(_), Ok(())) => {}
            (Err(err), Err(want)) => {
                let err = err.to_string();
                assert!(
                    err.starts_with("north: ") && err.contains(want),
                    "{err:?} lacks {want:?}"
                );
            }
            (got, want) => panic!("{more}: {got:?}, wanted {want:?}"),
        }
    };
    let line = SCENE.lines().count() + 2;
    check("", Ok(()));
    check("[clip]\nper_sec = 2\ncodec = \"h265\"\nfrozen = [[1, 3]]", Ok(()));
    check(
        "[clip]\nper_sec = 0",
        Err("clip.per_sec: must lie between 0.1 and 30"),
    );
    check("[clip]\ncodec = \"vp9\"", Err("unknown variant `vp9`"));
    check(
        "[clip]\nspeed = 2",
        Err(&format!("line {line}: unknown field `speed`")),
    );
    check("[clip]\nfrozen = [[4, 2]]", Err("clip.frozen[0][1]"));
    check("[clip]\ncrf = 60", Err("clip.crf"));
    check(
        "[clip]\n[nonsense]",
        Err(&format!("line {line}: unknown field `nonsense`")),
    );
    check("[clip]\nper_sec = 1\n[weather]\nrain = 3", Err("weather.rain"));
    let odd = SCENE.replace("height = 54", "height = 55");
    let refused = ClipFile::parse("north", &odd).expect_err("odd");
    assert!(refused.to_string().contains("are even"), "{refused}");
    let refused = ClipFile::parse("north side", SCENE).expect_err("no id");
    assert!(refused.to_string().contains("becomes a camera id"), "{refused}");
}

#[test]
fn a_missing_encoder_is_one_error_with_its_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = ClipFile::parse("north", SCENE).expect("a clip");
    let check = |ffmpeg: &Path, codec: Codec, want: &[&str]| {
        let options = ClipOptions {
            out: folder.path().join("out"),
            ffmpeg: ffmpeg.to_owned(),
            codec: Some(codec),
        };
        let failed =
            make_clip(&clip, &options, &Serial, &AtomicBool::new(false), &|| ()).expect_err("no encoder");
        let said = failed.to_string();
        assert!(matches!(failed, Error::Encoder(_)), "{said}");
        for want in want {
            assert!(said.contains(want), "{said:?} lacks {want:?}");
        }
        assert_eq!(
            std::fs::read_dir(&options.out).expect("a folder").count(),
            0,
            "something was left"
        );
    };
    check(
        &folder.path().join("none"),
        Codec::H264,
        &["cannot run", "install", "--ffmpeg PATH"],
    );
    // A program that runs and offers no encoder at all.
    check(
        Path::new("true"),
        Codec::H264,
        &["no encoder libx264", "install", "--codec h265"],
    );
    check(
        Path::new("true"),
        Codec::H265,
        &["no encoder libx265", "--codec h264"],
    );
}

/// Pictures and keyframes of a clip, in order of decoding: milliseconds and whether it is a keyframe.
fn pictures(path: &Path) -> Vec<(i64, bool)> {
    let camera = CameraId::new("north").expect("an id");
    let clip = Clip::open(path, camera, Wall(0), Mode::AllFrames).expect("a clip");
    clip.map(|unit| {
        let unit = unit.expect("an access unit");
        (unit.media_time.millis(), unit.keyframe)
    })
    .collect()
}

#[test]
fn a_clip_comes_with_zones_truth_and_events() {
    if !has_ffmpeg() {
        return skipped("the ffmpeg program with libx264 and libx265 is not installed");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let table = "[clip]\nper_sec = 2\nfrozen = [[2, 4]]\ndwell_secs = 30\nzones = [\
        { id = \"clean\", kind = \"public_ground\", of = \"kerb-left\" },\
        { id = \"corner\", kind = \"bin_apron\", around = \"sacks\" }]\n";
    let clip = ClipFile::parse("north", &format!("{SCENE}{table}")).expect("a clip");
    for codec in [Codec::H264, Codec::H265] {
        let options = ClipOptions {
            out: folder.path().to_owned(),
            ffmpeg: "ffmpeg".into(),
            codec: Some(codec),
        };
        let make = |executor: &dyn curbwatch_street::Executor| {
            make_clip(&clip, &options, executor, &AtomicBool::new(false), &|| ())
                .expect("made")
                .expect("not stopped")
        };
        let made = make(&Serial);
        let bytes = std::fs::read(&made.file).expect("the clip");
        make(&Threads(2));
        assert!(
            bytes == std::fs::read(&made.file).expect("the clip"),
            "made again, {codec:?} differs"
        );
        let pictures = pictures(&made.file);
        assert_eq!(pictures.len(), 12);
        assert_eq!(
            pictures.iter().filter(|(_, key)| *key).count(),
            3,
            "a keyframe each 2 s"
        );
        let truth = truth::read(&folder.path().join("north.truth.jsonl")).expect("truth");
        let times: Vec<i64> = truth.iter().map(|picture| picture.t_ms).collect();
        assert_eq!(times, pictures.iter().map(|(at, _)| *at).collect::<Vec<i64>>());
    }
    let truth = truth::read(&folder.path().join("north.truth.jsonl")).expect("truth");
    let street = Street::build(&clip.scene).expect("a street");
    let mut film = Film::new(&street);
    for (number, picture) in truth.iter().enumerate() {
        let (at, frozen) = clip.shown_secs(number);
        let frame = film.frame(at, &Serial);
        assert_eq!(picture.frozen, frozen);
        assert_eq!(
            picture.sha256,
            truth::picture_hash(&frame.rgb),
            "picture {number}"
        );
        let ids: Vec<u32> = frame
            .truth
            .iter()
            .filter(|t| t.visible > 0.0)
            .map(|t| t.id)
            .collect();
        assert_eq!(
            picture.things.iter().map(|t| t.id).collect::<Vec<u32>>(),
            ids,
            "picture {number}"
        );
    }
    let frozen: Vec<bool> = truth.iter().map(|picture| picture.frozen).collect();
    let stands = |k: usize| (5..8).contains(&k);
    assert_eq!(frozen, (0..12).map(stands).collect::<Vec<bool>>());
    assert!((5..8).all(|k| truth[k].sha256 == truth[4].sha256 && truth[k].things == truth[4].things));
    assert!(truth[8].sha256 != truth[7].sha256, "the street went on meanwhile");

    script_is_written(&clip, folder.path());
}

/// Zones and events beside the clip, and that they need no pictures.
fn script_is_written(clip: &ClipFile, folder: &Path) {
    let events = read_truth(&folder.join("north.events.json")).expect("event truth");
    let names: Vec<(&str, bool, u32)> = events
        .events
        .iter()
        .map(|e| (&e.name[..], e.near_miss, e.dwell_secs))
        .collect();
    assert_eq!(names, [("car", false, 30), ("sacks", true, 30)]);
    let start = clip.start_ms();
    assert_eq!(events.events[1].start, Wall(start + 1000));
    assert_eq!(events.events[1].end, Wall(start + 5000));
    assert!(events.events.iter().all(|e| e.place.area() > 0.0));
    let written =
        |ending: &str| std::fs::read_to_string(folder.join(format!("north.{ending}"))).expect("a file");
    let before = (written("zones.toml"), written("events.json"));
    std::fs::remove_file(folder.join("north.zones.toml")).expect("removed");
    let options = ClipOptions {
        out: folder.to_owned(),
        ffmpeg: "none".into(),
        codec: None,
    };
    make_script(clip, &options).expect("no encoder needed");
    assert!(
        before == (written("zones.toml"), written("events.json")),
        "the script alone says otherwise"
    );
    let zones = before.0;
    let zones: toml::Table = toml::from_str(&zones).expect("zones");
    let zones = zones["zones"].as_array().expect("a list");
    let kind = |id: &str| {
        zones
            .iter()
            .find(|z| z["id"].as_str() == Some(id))
            .map(|z| z["kind"].clone())
    };
    assert_eq!(kind("clean"), Some("public_ground".into()));
    assert_eq!(kind("corner"), Some("bin_apron".into()));
    assert_eq!(kind("kerb-right"), Some("no_parking".into()));
}

#[test]
fn a_moved_camera_moves_no_event() {
    if !has_ffmpeg() {
        return skipped("the ffmpeg program with libx264 and libx265 is not installed");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let places = |more: &str| {
        let clip = ClipFile::parse("north", &format!("{SCENE}{more}")).expect("a clip");
        let options = ClipOptions {
            out: folder.path().to_owned(),
            ffmpeg: "ffmpeg".into(),
            codec: None,
        };
        make_clip(&clip, &options, &Serial, &AtomicBool::new(false), &|| ()).expect("made");
        let events = read_truth(&folder.path().join("north.events.json")).expect("event truth");
        let hashes = truth::read(&folder.path().join("north.truth.jsonl")).expect("truth");
        let places: Vec<_> = events.events.iter().map(|e| e.place).collect();
        (
            places,
            hashes.iter().map(|p| p.sha256.clone()).collect::<Vec<String>>(),
        )
    };
    let (steady, still) = places("");
    let (moved, turned) = places("[[moves]]\nfrom = 2\nuntil = 4\npan_deg = 12\n");
    assert_eq!(steady, moved);
    let differs: Vec<bool> = still.iter().zip(&turned).map(|(a, b)| a != b).collect();
    assert_eq!(differs, [false, false, true, true, false, false]);
}

#[test]
fn zones_that_cannot_be_drawn_are_refused() {
    if !has_ffmpeg() {
        return skipped("the ffmpeg program with libx264 and libx265 is not installed");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let check = |zone: &str, want: &str| {
        let clip = ClipFile::parse("north", &format!("{SCENE}[clip]\nzones = [{zone}]\n")).expect("a clip");
        let options = ClipOptions {
            out: folder.path().to_owned(),
            ffmpeg: "ffmpeg".into(),
            codec: None,
        };
        let refused =
            make_clip(&clip, &options, &Serial, &AtomicBool::new(false), &|| ()).expect_err("refused");
        assert!(refused.to_string().contains(want), "{refused} lacks {want}");
    };
    check(
        "{ id = \"a\", kind = \"garden\", of = \"lanes\" }",
        "\"garden\" is no kind of zone",
    );
    check(
        "{ id = \"a\", kind = \"ignore\", of = \"moon\" }",
        "no zone \"moon\"",
    );
    check(
        "{ id = \"a\", kind = \"ignore\", around = \"moon\" }",
        "no event \"moon\"",
    );
    check("{ id = \"a\", kind = \"ignore\" }", "either `of` or `around`");
    check(
        "{ id = \"lanes\", kind = \"ignore\", of = \"lanes\" }",
        "of this id already",
    );
}

#[test]
fn the_footage_manifest_keeps_other_clips() {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = |name: &str, start: i64| {
        ClipFile::parse(name, &format!("{SCENE}[clip]\nstart_ms = {start}\n")).expect("a clip")
    };
    write_footage(folder.path(), &[clip("b", 5000), clip("a", 9000)]).expect("written");
    let path = write_footage(folder.path(), &[clip("b", 7000)]).expect("written");
    let visits = curbwatch_ingest::footage::read_manifest(&path).expect("a manifest");
    let got: Vec<(&str, i64)> = visits.iter().map(|v| (v.camera.as_str(), v.start.0)).collect();
    assert_eq!(got, [("b", 7000), ("a", 9000)]);
    std::fs::write(&path, "nonsense\n").expect("written");
    let refused = write_footage(folder.path(), &[clip("b", 5000)]).expect_err("refused");
    assert!(refused.to_string().contains("footage.jsonl:1"), "{refused}");
}

fn program(arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program")
}

#[test]
fn the_program_renders_pictures_and_sheets() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("north.toml"), SCENE).expect("written");
    std::fs::write(path("full.toml"), SCENE.replace("along = 18", "along = 999")).expect("written");
    let check = |arguments: &[&str], want: Result<&[&str], &str>| {
        let out = program(arguments);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        match want {
            Ok(files) => {
                assert!(out.status.success(), "{arguments:?}: {said}");
                for file in files {
                    let picture = image::open(path(file)).expect(file);
                    assert!(picture.width() >= 96, "{file}");
                }
                assert!(
                    serde_json::from_slice::<serde_json::Value>(&out.stdout).is_ok(),
                    "one JSON object"
                );
            }
            Err(want) => {
                assert!(
                    !out.status.success() && said.contains(want),
                    "{arguments:?}: {said:?} lacks {want:?}"
                );
            }
        }
    };
    let (scene, full, png, many) = (
        path("north.toml"),
        path("full.toml"),
        path("one.png"),
        path("many"),
    );
    check(
        &[
            "street", "render", &scene, "--at", "3", "--out", &png, "--boxes", "--zones",
        ],
        Ok(&["one.png"]),
    );
    check(
        &["street", "render", &scene, "--at", "1", "2.5", "--out", &many],
        Ok(&["many/north-1.png", "many/north-2.5.png"]),
    );
    check(
        &["street", "render", &scene, "--at", "1", "2", "--out", &png],
        Err("--out names a folder"),
    );
    check(
        &["street", "render", &full, "--out", &png],
        Err("`along` is 2 to 90 metres"),
    );
    check(
        &["street", "render", &path("none.toml"), "--out", &png],
        Err("No such file"),
    );
    check(
        &["street", "set", "--count", "0", "--seed", "1", "--out", &many],
        Err("--count"),
    );
    check(
        &[
            "street",
            "clip",
            &scene,
            "--out",
            &many,
            "--ffmpeg",
            &path("none"),
        ],
        Err("install it"),
    );
    let zones = path("north.zones.toml");
    check(&["street", "clip", &zones, "--out", &many], Ok(&[]));
    let sheet = path("sheet.jpg");
    check(
        &["street", "sheet", "--seeds", "3", "--out", &sheet],
        Ok(&["sheet.jpg"]),
    );
}

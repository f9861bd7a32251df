//! The fixture model end to end: a real computation on pixels through the real runtime.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod support;

use std::io::Write as _;
use std::process::Command;

use curbwatch_infer::{Detector, DetectorOptions, Error, Model, ModelOptions, load_runtime};
use curbwatch_types::{BBox, Chroma, Detection, ObjectClass, Picture};
use support::{BLUE, GREY, RED, YELLOW, painted};

fn detector() -> Detector {
    Detector::new(
        &support::model("fixtures/models/blob.toml").expect("the model loads"),
        &DetectorOptions::default(),
    )
    .expect("a detector")
}

/// Boxes in pixels come back as these classes, each within `IoU` 0.9.
fn check(what: &str, picture: &Picture, want: &[(ObjectClass, [usize; 4])]) {
    let found = detector().detect(picture).expect(what);
    assert_eq!(found.len(), want.len(), "{what}: {found:#?}");
    for (class, [x, y, w, h]) in want {
        let (pw, ph) = (picture.width as f32, picture.height as f32);
        let place = BBox::new(*x as f32 / pw, *y as f32 / ph, *w as f32 / pw, *h as f32 / ph);
        let best = found
            .iter()
            .filter(|d| d.class == *class)
            .map(|d| d.bbox.iou(&place))
            .fold(0.0, f32::max);
        assert!(
            best > 0.9,
            "{what}: {class:?} at {place:?} is matched by {best}: {found:#?}"
        );
    }
    assert!(found.is_sorted_by(|a, b| a.score >= b.score), "{what}");
    assert!(found.iter().all(|d| d.appearance.is_some()), "{what}");
}

#[test]
fn coloured_rectangles_are_seen_where_they_are() {
    use ObjectClass::{Car, Garbage, Person};
    let red = [64, 96, 240, 120];
    check("a red car", &painted(640, 360, &[(red, RED)]), &[(Car, red)]);
    check("an empty street", &painted(640, 360, &[]), &[]);
    check("a grey car is not seen", &painted(640, 360, &[(red, GREY)]), &[]);
    let all = [
        ([40, 40, 100, 60], RED),
        ([400, 200, 60, 120], BLUE),
        ([200, 250, 80, 60], YELLOW),
    ];
    check(
        "three kinds",
        &painted(640, 360, &all),
        &[(Car, all[0].0), (Person, all[1].0), (Garbage, all[2].0)],
    );
    let row = [
        ([40, 100, 100, 60], RED),
        ([180, 100, 100, 60], RED),
        ([320, 100, 100, 60], RED),
    ];
    check(
        "cars in a row",
        &painted(640, 360, &row),
        &row.map(|(place, _)| (Car, place)),
    );
    let tall = [200, 700, 400, 300];
    check("upright", &painted(1080, 1920, &[(tall, RED)]), &[(Car, tall)]);
    check(
        "1080p",
        &painted(1920, 1080, &[([960, 540, 400, 200], RED)]),
        &[(Car, [960, 540, 400, 200])],
    );
    check(
        "at the edge",
        &painted(640, 360, &[([560, 280, 80, 80], RED)]),
        &[(Car, [560, 280, 80, 80])],
    );
    check(
        "as small as noise",
        &painted(1920, 1080, &[([600, 600, 20, 20], RED)]),
        &[],
    );
}

/// The answer as bits: floats compare equal that are not.
fn bits(detections: &[Detection]) -> Vec<u32> {
    let mut bits = Vec::new();
    for d in detections {
        bits.extend([d.class as u32, d.score.get().to_bits()]);
        bits.extend([d.bbox.x, d.bbox.y, d.bbox.w, d.bbox.h].map(f32::to_bits));
        bits.extend(d.appearance.iter().flat_map(|a| a.0.iter().map(|v| v.to_bits())));
    }
    bits
}

#[test]
fn the_same_picture_gives_the_same_bits_on_every_worker() {
    let shapes = [(640, 360), (352, 288), (1280, 720), (360, 640)];
    let pictures: Vec<Picture> = shapes
        .iter()
        .map(|(w, h)| painted(*w, *h, &[([w / 4, h / 4, w / 3, h / 3], RED)]))
        .collect();
    let alone: Vec<_> = pictures
        .iter()
        .map(|p| bits(&detector().detect(p).expect("detected")))
        .collect();
    assert!(alone.iter().all(|bits| !bits.is_empty()));
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let (pictures, alone) = (&pictures, &alone);
            let work = move || {
                let mut detector = detector();
                for round in 0..3 * pictures.len() {
                    let i = (worker + round) % pictures.len();
                    let found = detector.detect(&pictures[i]).expect("detected");
                    assert_eq!(bits(&found), alone[i], "worker {worker}, round {round}");
                }
            };
            std::thread::Builder::new()
                .name(format!("worker-{worker}"))
                .spawn_scoped(scope, work)
                .expect("a thread");
        }
    });
}

#[test]
fn a_detector_says_what_it_is_and_survives_bad_pictures() {
    let mut detector = detector();
    assert_eq!(detector.provider(), "cpu");
    assert!(detector.model().starts_with("blob@"));
    assert!(matches!(detector.run(), Err(Error::NothingPrepared)));
    let sound = painted(640, 360, &[([64, 96, 240, 120], RED)]);
    let broken = Picture {
        chroma: Chroma::Yuv444,
        ..sound.clone()
    };
    assert!(matches!(detector.detect(&broken), Err(Error::Picture { .. })));
    assert!(
        matches!(detector.run(), Err(Error::NothingPrepared)),
        "a refused picture is not run"
    );
    detector.prepare(&sound).expect("prepared");
    assert_eq!(detector.run().expect("run").len(), 1);
    assert!(
        matches!(detector.run(), Err(Error::NothingPrepared)),
        "one run for one picture"
    );
    assert_eq!(detector.dropped_candidates(), 0);
    // More shapes than are kept.
    for i in 1..=12 {
        let found = detector
            .detect(&painted(640, 60 * i, &[([64, 12, 240, 40], RED)]))
            .expect("detected");
        assert_eq!(found.len(), 1, "640x{}", 60 * i);
    }
}

#[test]
fn a_network_that_contradicts_its_manifest_is_named() {
    let text = std::fs::read_to_string(support::root().join("fixtures/models/blob.toml")).expect("read");
    let folder = tempfile::tempdir().expect("a folder");
    let options = ModelOptions {
        model_dirs: vec![support::root().join("fixtures/models")],
    };
    let rows = [
        (
            "name = \"images\"",
            "name = \"pixels\"",
            "the network's input is `images`, not `pixels`",
        ),
        (
            "strides = [8]",
            "strides = [8]\nnames = [\"boxes\"]",
            "has no output `boxes`, it has `output`",
        ),
        (
            "strides = [8]",
            "strides = [16]",
            "is 1 x 960 x 8; layout Yolox with 3 classes, strides [16]",
        ),
        (
            "\"blue\", \"yellow\"]",
            "\"blue\", \"yellow\", \"green\"]",
            "is 1 x ? x 8; layout Yolox with 4 classes",
        ),
        (
            "layout = \"yolox\"",
            "layout = \"nanodet-m\"",
            "layout NanodetM needs 2",
        ),
    ];
    for (from, to, words) in rows {
        let path = folder.path().join("wrong.toml");
        std::fs::write(&path, text.replacen(from, to, 1)).expect("written");
        let model = Model::load(&path, &options).expect("the manifest alone is sound");
        let error = Detector::new(&model, &DetectorOptions::default())
            .expect_err(to)
            .to_string();
        assert!(
            error.contains(words) && error.contains("wrong.toml") && error.contains("blob.onnx"),
            "{to}: {error}"
        );
    }

    // Weights that are no network, with the right checksum.
    let junk = folder.path().join("junk.toml");
    let digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"; // sha256 of "x"
    std::fs::write(folder.path().join("junk.onnx"), "x").expect("written");
    let old = text.lines().find(|l| l.starts_with("sha256")).expect("a digest");
    let text = text
        .replace("blob.onnx", "junk.onnx")
        .replace(old, &format!("sha256 = \"{digest}\""));
    std::fs::write(&junk, text).expect("written");
    let model = Model::load(&junk, &ModelOptions::default()).expect("the checksum agrees");
    let error = Detector::new(&model, &DetectorOptions::default()).expect_err("no network");
    assert!(matches!(error, Error::Session { .. }), "{error}");
}

#[test]
fn a_provider_that_is_not_there_is_an_error_and_not_the_cpu() {
    use curbwatch_infer::Provider;
    let runtime = load_runtime(None).expect("the runtime");
    assert!(runtime.version().starts_with("1."), "{runtime:?}");
    let model = support::model("fixtures/models/blob.toml").expect("the model loads");
    for (provider, wheel) in [
        (Provider::Cuda, "onnxruntime-gpu"),
        (Provider::OpenVino, "onnxruntime-openvino"),
    ] {
        match Detector::new(
            &model,
            &DetectorOptions {
                provider,
                ..DetectorOptions::default()
            },
        ) {
            Ok(detector) => assert_ne!(detector.provider(), "cpu", "a build that has it says so"),
            Err(error) => {
                assert!(matches!(error, Error::ProviderMissing { .. }), "{error}");
                assert!(error.to_string().contains(wheel), "{error}");
            }
        }
    }
}

#[test]
fn the_fixture_is_what_its_script_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("blob.onnx");
    let script = support::root().join("models/fixture/make_blob_detector.py");
    let Ok(status) = Command::new("python3").arg(&script).arg(&target).output() else {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: python3 is not installed; the fixture model is not written anew"
        );
        return;
    };
    assert!(
        status.status.success(),
        "{}",
        String::from_utf8_lossy(&status.stderr)
    );
    let kept = std::fs::read(support::root().join("fixtures/models/blob.onnx")).expect("the fixture");
    assert!(
        std::fs::read(&target).expect("written") == kept,
        "run {} and correct sha256",
        script.display()
    );
    assert!(kept.len() < 100_000, "{} bytes", kept.len());
}

#[test]
fn a_detector_can_be_sent_to_its_worker() {
    fn is_send<T: Send>() {}
    is_send::<Detector>();
    is_send::<Model>();
}

#[test]
fn a_red_box_survives_a_video_encoder() {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = folder.path().join("red.mp4");
    let scene =
        "color=c=0x777777:s=640x360:d=1:r=5,noise=alls=12:allf=t,drawbox=x=400:y=200:w=140:h=70:c=red:t=fill";
    let made = Command::new("ffmpeg")
        .args([
            "-v", "error", "-f", "lavfi", "-i", scene, "-pix_fmt", "yuv420p", "-b:v", "300k",
        ])
        .arg(&clip)
        .output();
    if !made.as_ref().is_ok_and(|m| m.status.success()) {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: the ffmpeg command cannot encode here; the clip is not made"
        );
        return;
    }
    let picture = support::first_picture(&clip).expect("a picture");
    check("encoded", &picture, &[(ObjectClass::Car, [400, 200, 140, 70])]);
}

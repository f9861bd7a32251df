//! Real networks on first pictures of real clips, against boxes that OpenCV and ONNX Runtime gave in
//! Python from the same manifests (BGR picture, `cv2.resize` bilinear, decoding in `NumPy`). Colour is
//! made there before scaling and rounded to 8 bits, here after scaling and not rounded, so scores
//! differ by up to .02 and boxes by 1-3 % (random noise of one level alone gives 1 %).
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod support;

use curbwatch_infer::{Detector, DetectorOptions};
use curbwatch_types::{BBox, ObjectClass};

const PATROL: &str = "videos/patrol/04254/12_1489062436943.mp4"; // 352x288
const PLAZA: &str = "videos/street/ahmetozlu_pedestrian_plaza.mp4"; // 640x480
const RETAIL: &str = "videos/street/nvidia_retail02_hevc.mp4"; // 1920x1080, H.265

/// Manifest, clip, and what the reference saw in it with a score of .55 or more.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, f32, [f32; 4])],
);

const ROWS: &[Row] = &[
    (
        "nanodet-plus",
        PATROL,
        &[
            ("car", 0.74, [0.252, 0.526, 0.116, 0.115]),
            ("bus", 0.69, [0.054, 0.302, 0.254, 0.266]),
            ("car", 0.57, [0.345, 0.554, 0.162, 0.241]),
            ("bus", 0.56, [0.28, 0.243, 0.143, 0.172]),
        ],
    ),
    (
        "nanodet-plus",
        PLAZA,
        &[
            ("person", 0.63, [0.821, 0.369, 0.124, 0.386]),
            ("person", 0.61, [0.871, 0.387, 0.129, 0.496]),
        ],
    ),
    (
        "nanodet-plus-640",
        PATROL,
        &[
            ("car", 0.76, [0.253, 0.524, 0.114, 0.118]),
            ("car", 0.71, [0.618, 0.508, 0.157, 0.31]),
            ("bus", 0.69, [0.055, 0.312, 0.25, 0.257]),
            ("car", 0.68, [0.345, 0.552, 0.159, 0.241]),
            ("car", 0.63, [0.379, 0.404, 0.074, 0.096]),
            ("bus", 0.61, [0.28, 0.248, 0.142, 0.166]),
        ],
    ),
    (
        "nanodet-plus-640",
        RETAIL,
        &[
            ("person", 0.76, [0.359, 0.341, 0.155, 0.494]),
            ("person", 0.66, [0.766, 0.078, 0.052, 0.37]),
            ("chair", 0.61, [0.647, 0.614, 0.114, 0.322]),
        ],
    ),
    (
        "yolox-nano",
        PATROL,
        &[
            ("bus", 0.86, [0.05, 0.312, 0.257, 0.252]),
            ("car", 0.84, [0.254, 0.529, 0.116, 0.112]),
            ("bus", 0.82, [0.281, 0.24, 0.14, 0.176]),
            ("bus", 0.7, [0.497, 0.208, 0.096, 0.124]),
            ("car", 0.65, [0.347, 0.552, 0.157, 0.234]),
        ],
    ),
    (
        "yolox-nano",
        RETAIL,
        &[
            ("person", 0.79, [0.363, 0.355, 0.139, 0.479]),
            ("chair", 0.72, [0.636, 0.629, 0.127, 0.307]),
            ("person", 0.69, [0.497, 0.134, 0.102, 0.439]),
            ("chair", 0.67, [0.529, 0.621, 0.115, 0.25]),
            ("person", 0.67, [0.21, 0.475, 0.153, 0.41]),
        ],
    ),
    (
        "nanodet-m",
        PATROL,
        &[
            ("car", 0.71, [0.247, 0.526, 0.127, 0.118]),
            ("bus", 0.6, [0.051, 0.296, 0.257, 0.274]),
        ],
    ),
    (
        "nanodet-m",
        RETAIL,
        &[
            ("person", 0.62, [0.183, 0.473, 0.18, 0.409]),
            ("person", 0.61, [0.359, 0.345, 0.156, 0.491]),
        ],
    ),
];

#[test]
fn real_networks_see_what_the_reference_saw() {
    let Some(assets) = support::assets("real networks are not run") else {
        return;
    };
    for (name, clip, want) in ROWS {
        let picture = support::first_picture(&assets.join(clip)).expect("a picture");
        let model = support::model(&format!("models/{name}.toml")).expect("the model loads");
        let mut detector = Detector::new(&model, &DetectorOptions::default()).expect("a detector");
        let found = detector.detect(&picture).expect("detected");
        for (class, score, [x, y, w, h]) in *want {
            let object = ObjectClass::from_name(class);
            let place = BBox::new(*x, *y, *w, *h);
            let best = found
                .iter()
                .filter(|d| Some(d.class) == object)
                .max_by(|a, b| a.bbox.iou(&place).total_cmp(&b.bbox.iou(&place)));
            let Some(best) = best else {
                panic!("{name} on {clip}: no {class} at all")
            };
            let (iou, off) = (best.bbox.iou(&place), (best.score.get() - score).abs());
            assert!(
                iou > 0.9 && off < 0.05,
                "{name} on {clip}: {class} {score} at {place:?} is {best:?}"
            );
        }
        let strong = found.iter().filter(|d| d.score.get() >= 0.6).count();
        let wanted = want.iter().filter(|(_, score, _)| *score >= 0.6).count();
        assert!(
            strong <= wanted + 2,
            "{name} on {clip}: {strong} strong ones, the reference saw {wanted}"
        );
        assert!(
            found.iter().all(|d| d.bbox == d.bbox.clipped()),
            "{name} on {clip}: boxes inside the picture"
        );
    }
}

#[test]
fn one_lorry_is_one_vehicle() {
    let Some(assets) = support::assets("real networks are not run") else {
        return;
    };
    let picture = support::first_picture(&assets.join(PATROL)).expect("a picture");
    let model = support::model("models/nanodet-plus-640.toml").expect("the model loads");
    let options = DetectorOptions {
        min_score: Some(0.2),
        ..DetectorOptions::default()
    };
    let found = Detector::new(&model, &options)
        .expect("a detector")
        .detect(&picture)
        .expect("detected");
    let vehicles: Vec<_> = found.iter().filter(|d| d.class.is_motor_vehicle()).collect();
    assert!(vehicles.len() >= 8, "{vehicles:#?}");
    for (i, a) in vehicles.iter().enumerate() {
        // The limit is .6 before clipping to the picture.
        let twin = vehicles[..i].iter().find(|b| a.bbox.iou(&b.bbox) > 0.65);
        assert!(twin.is_none(), "{a:?} is also {twin:?}");
    }
}

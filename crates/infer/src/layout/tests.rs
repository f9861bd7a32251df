use curbwatch_types::ObjectClass::{Car, Person};

use super::*;
use crate::{ChannelOrder, ClassRow, Fit, InputSpec, NmsSpec, OutputSpec, Placement, ResizeFilter};

/// Classes: 0 person (from .5), 1 nothing to us, 2 car (from .3). Tensor 64 x 32.
const SIZE: (usize, usize) = (64, 32);

pub(crate) fn manifest(layout: Layout, strides: &[usize], bins: usize) -> Manifest {
    let class = |name: &str, object, threshold| ClassRow {
        name: name.into(),
        object,
        threshold,
    };
    Manifest {
        name: "test".into(),
        file: "test.onnx".into(),
        sha256: String::new(),
        licence: String::new(),
        source: String::new(),
        attribution: String::new(),
        card: None,
        measured: curbwatch_types::MeasuredClasses::default(),
        input: InputSpec {
            name: "x".into(),
            fit: Fit::Fixed {
                width: SIZE.0,
                height: SIZE.1,
            },
            channels: ChannelOrder::Rgb,
            mean: [0.0; 3],
            std: [1.0; 3],
            letterbox_value: 0.0,
            placement: Placement::Center,
            resize: ResizeFilter::Bilinear,
        },
        output: OutputSpec {
            layout,
            names: Vec::new(),
            strides: strides.to_vec(),
            bins,
        },
        classes: vec![
            class("person", Some(Person), 0.5),
            class("dog", None, 0.5),
            class("car", Some(Car), 0.3),
        ],
        nms: NmsSpec {
            iou: 0.5,
            together: Vec::new(),
        },
        tiles: None,
    }
}

/// Decodes outputs that are zero but for the given rows: (output, row, values).
fn check(
    manifest: &Manifest,
    min_score: Option<f32>,
    rows: &[(usize, usize, &[f32])],
    want: &[(curbwatch_types::ObjectClass, f32, u32, [f32; 4])],
) {
    let expected = expected(manifest, SIZE);
    let mut outputs: Vec<Vec<f32>> = expected
        .iter()
        .map(|e| vec![0.0; e.shape.iter().product()])
        .collect();
    for (output, row, values) in rows {
        let width = expected[*output].shape[2];
        assert_eq!(values.len(), width, "row width of output {output}");
        outputs[*output][row * width..][..width].copy_from_slice(values);
    }
    let views: Vec<&[f32]> = outputs.iter().map(Vec::as_slice).collect();
    let mut candidates = Vec::new();
    decode(
        manifest,
        SIZE,
        &views,
        &Thresholds::new(manifest, min_score),
        &mut candidates,
    );
    assert_eq!(candidates.len(), want.len(), "{candidates:?}");
    for (got, (object, score, anchor, corners)) in candidates.iter().zip(want) {
        assert_eq!((got.object, got.anchor), (*object, *anchor));
        assert!((got.score - score).abs() < 1e-6, "{got:?}");
        let off = got
            .corners
            .iter()
            .zip(corners)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(off < 1e-3, "{got:?} should be at {corners:?}");
    }
}

#[test]
fn shapes_follow_the_layout() {
    let shapes = |layout, strides: &[usize], bins| {
        expected(&manifest(layout, strides, bins), SIZE)
            .iter()
            .map(|e| e.shape)
            .collect::<Vec<_>>()
    };
    // 64x32: 8x4 anchors at stride 8, 2x1 at 32, and (rounded up) 2x1 at 48
    assert_eq!(shapes(Layout::NanodetPlus, &[8, 32], 8), [[1, 34, 3 + 32]]);
    assert_eq!(shapes(Layout::Yolox, &[8, 32], 8), [[1, 34, 8]]);
    assert_eq!(
        shapes(Layout::NanodetM, &[8, 48], 4),
        [[1, 32, 3], [1, 2, 3], [1, 32, 16], [1, 2, 16]]
    );
}

#[test]
fn nanodet_plus_counts_from_the_corner_of_the_cell() {
    let manifest = manifest(Layout::NanodetPlus, &[8, 32], 3);
    // Anchor 11 of stride 8 is column 3, row 1: (24, 8). Distances: all weight on bin 2 (logit 50),
    // evenly on 0 and 1 (.5), evenly on three (1), all on bin 1.
    let row = [0.6, 0.9, 0.2, 0., 0., 50., 9., 9., -50., 4., 4., 4., 0., 50., 0.];
    // Anchor 33 is the second of stride 32: (32, 0); seen as both classes.
    let both = [0.5, 0.0, 0.4, 0., 50., 0., 0., 50., 0., 0., 50., 0., 0., 0., 50.];
    check(
        &manifest,
        None,
        &[(0, 11, &row), (0, 33, &both)],
        &[
            (Person, 0.6, 11, [24.0 - 16.0, 8.0 - 4.0, 24.0 + 8.0, 8.0 + 8.0]),
            (Person, 0.5, 33, [0.0, -32.0, 64.0, 64.0]),
            (Car, 0.4, 33, [0.0, -32.0, 64.0, 64.0]),
        ],
    );
    // Evaluation asks for weak ones, too: now the car at .2 is reported, the dog never.
    let weak = [
        (Person, 0.6, 11, [8., 4., 32., 16.]),
        (Car, 0.2, 11, [8., 4., 32., 16.]),
    ];
    check(&manifest, Some(0.1), &[(0, 11, &row)], &weak);
}

#[test]
fn nanodet_m_counts_from_the_middle_of_the_cell() {
    let manifest = manifest(Layout::NanodetM, &[8, 32], 2);
    // Anchor 9 of stride 8 is column 1, row 1: (12, 12). Bins 0 and 1 evenly: half a stride.
    // Anchor 1 of stride 32 (33 in all): (48, 16), distances of one stride.
    let even = [1.0; 8];
    let one = [0., 50., 0., 50., 0., 50., 0., 50.];
    check(
        &manifest,
        None,
        &[
            (0, 9, &[0.0, 0.0, 0.7]),
            (2, 9, &even),
            (1, 1, &[0.8, 0.0, 0.0]),
            (3, 1, &one),
        ],
        &[
            (Car, 0.7, 9, [8.0, 8.0, 16.0, 16.0]),
            (Person, 0.8, 33, [16.0, -16.0, 80.0, 48.0]),
        ],
    );
}

#[test]
fn yolox_multiplies_objectness_and_class() {
    let manifest = manifest(Layout::Yolox, &[8, 32], 8);
    let ln2 = std::f32::consts::LN_2;
    // Anchor 10 of stride 8: cell (2, 1); centre (2.5, 1.25) * 8, size (2, 1) * 8.
    let row = [0.5, 0.25, ln2, 0.0, 0.8, 0.1, 1.0, 0.5];
    // Anchor 32, stride 32, cell (0, 0): person at .9 * .9 and no car.
    let large = [0.5, 0.5, 0.0, 0.0, 0.9, 0.9, 0.0, 0.1];
    check(
        &manifest,
        None,
        &[(0, 10, &row), (0, 32, &large)],
        &[
            (Car, 0.4, 10, [12.0, 6.0, 28.0, 14.0]),
            (Person, 0.81, 32, [0.0, 0.0, 32.0, 32.0]),
        ],
    );
}

#[test]
fn noise_makes_no_boxes() {
    let nan = f32::NAN;
    let yolox = manifest(Layout::Yolox, &[8, 32], 8);
    check(&yolox, None, &[(0, 0, &[nan; 8])], &[]);
    check(
        &yolox,
        None,
        &[(0, 0, &[0.5, 0.5, 200.0, 200.0, 1.0, 1.0, 1.0, 1.0])],
        &[],
    ); // infinite size
    let plus = manifest(Layout::NanodetPlus, &[8, 32], 2);
    check(&plus, None, &[(0, 0, &[nan; 11])], &[]);
    check(
        &plus,
        None,
        &[(0, 0, &[0.9, 0., 0., nan, 0., 0., 0., 0., 0., 0., 0.])],
        &[],
    );
    // All distances 0: a box of no size.
    let point = [0.9, 0., 0., 50., 0., 50., 0., 50., 0., 50., 0.];
    check(&plus, None, &[(0, 0, &point)], &[]);
}

use super::*;
use crate::{Fit, Placement, Tile};

/// Largest difference to the reference, in levels of 255: the scaled planes are rounded to 8 bits
/// twice (across, down), so luma and chroma are each up to 1 off, which the matrix multiplies by 1.164
/// and (blue, BT.2020) 2.142.
const LEVELS: f64 = 3.31;
/// Mean of the differences; a picture half a pixel beside its place would be at about 3.
const MEAN_LEVELS: f64 = 0.75;

fn spec(channels: ChannelOrder, placement: Placement, resize: ResizeFilter) -> InputSpec {
    InputSpec {
        name: "x".into(),
        fit: Fit::Fixed {
            width: 64,
            height: 64,
        },
        channels,
        mean: [103.53, 116.28, 123.675],
        std: [57.375, 57.12, 58.395],
        letterbox_value: 114.0,
        placement,
        resize,
    }
}

/// A plane of smooth waves with padding that would show if it were read.
fn plane(width: usize, height: usize, phase: f64) -> Plane {
    let stride = width + 13;
    let mut samples = vec![255; stride * height];
    for y in 0..height {
        for x in 0..width {
            let wave = (x as f64 / 9.0 + phase).sin() * 60.0 + (y as f64 / 7.0 - phase).cos() * 50.0;
            samples[y * stride + x] = (128.0 + wave) as u8;
        }
    }
    Plane {
        width,
        height,
        stride,
        samples,
    }
}

fn picture(width: usize, height: usize, chroma: Chroma, range: Range, matrix: Matrix) -> Picture {
    let (cw, ch) = match chroma {
        Chroma::Yuv420 => (width.div_ceil(2), height.div_ceil(2)),
        Chroma::Yuv422 => (width.div_ceil(2), height),
        Chroma::Yuv444 => (width, height),
    };
    let (y, u, v) = (plane(width, height, 0.0), plane(cw, ch, 1.0), plane(cw, ch, 2.0));
    Picture {
        width,
        height,
        chroma,
        range,
        matrix,
        y,
        u,
        v,
    }
}

/// The value of a plane at relative (x, y): bilinear between sample centres, in f64.
fn at(plane: &Plane, x: f64, y: f64) -> f64 {
    let px = (x * plane.width as f64 - 0.5).clamp(0.0, plane.width as f64 - 1.0);
    let py = (y * plane.height as f64 - 0.5).clamp(0.0, plane.height as f64 - 1.0);
    let (x0, y0) = (px.floor() as usize, py.floor() as usize);
    let (x1, y1) = ((x0 + 1).min(plane.width - 1), (y0 + 1).min(plane.height - 1));
    let (fx, fy) = (px.fract(), py.fract());
    let s = |x: usize, y: usize| f64::from(plane.row(y)[x]);
    (s(x0, y0) * (1.0 - fx) + s(x1, y0) * fx) * (1.0 - fy) + (s(x0, y1) * (1.0 - fx) + s(x1, y1) * fx) * fy
}

/// R, G, B by the usual decimal coefficients, written out instead of derived.
fn rgb(range: Range, matrix: Matrix, y: f64, u: f64, v: f64) -> [f64; 3] {
    let (l, c) = match range {
        Range::Limited => ((y - 16.0) * 1.164_383_56, 1.138_392_86),
        Range::Full => (y, 1.0),
    };
    let (u, v) = ((u - 128.0) * c, (v - 128.0) * c);
    let (rv, gu, gv, bu) = match matrix {
        Matrix::Bt601 => (1.402, 0.344_136, 0.714_136, 1.772),
        Matrix::Bt709 => (1.5748, 0.187_324, 0.468_124, 1.8556),
        Matrix::Bt2020 => (1.4746, 0.164_553, 0.571_353, 1.8814),
    };
    [l + rv * v, l - gu * u - gv * v, l + bu * u].map(|c| c.clamp(0.0, 255.0))
}

fn check(picture: &Picture, spec: &InputSpec, tensor_size: (usize, usize)) {
    super::check(picture).expect("a sound picture");
    let letterbox = Letterbox::new((picture.width, picture.height), tensor_size, spec.placement);
    let mut tensor = vec![f32::NAN; 3 * tensor_size.0 * tensor_size.1];
    fill(spec, &mut tensor);
    Preparer::default()
        .prepare(picture, None, spec, &letterbox, &mut tensor)
        .expect("prepared");
    let (left, top) = letterbox.offset;
    let (w, h) = letterbox.content;
    let (mut worst, mut sum) = (0.0_f64, 0.0);
    for (i, got) in tensor.iter().enumerate() {
        let (channel, y, x) = (
            i / (tensor_size.0 * tensor_size.1),
            i / tensor_size.0 % tensor_size.1,
            i % tensor_size.0,
        );
        let level = f64::from(*got) * f64::from(spec.std[channel]) + f64::from(spec.mean[channel]);
        let want = if (left..left + w).contains(&x) && (top..top + h).contains(&y) {
            let (rx, ry) = (
                ((x - left) as f64 + 0.5) / w as f64,
                ((y - top) as f64 + 0.5) / h as f64,
            );
            let sample = |p: &Plane| at(p, rx, ry);
            let rgb = rgb(
                picture.range,
                picture.matrix,
                sample(&picture.y),
                sample(&picture.u),
                sample(&picture.v),
            );
            rgb[if spec.channels == ChannelOrder::Bgr {
                2 - channel
            } else {
                channel
            }]
        } else {
            114.0
        };
        worst = worst.max((level - want).abs());
        sum += (level - want).abs();
    }
    let mean = sum / tensor.len() as f64;
    assert!(
        worst <= LEVELS && mean <= MEAN_LEVELS,
        "{worst} levels off, {mean} in the mean: {}x{} {:?} {:?} {:?} -> {tensor_size:?} {:?}",
        picture.width,
        picture.height,
        picture.chroma,
        picture.range,
        picture.matrix,
        spec.channels
    );
}

#[test]
fn pixels_agree_with_a_naive_reference() {
    use {ChannelOrder::*, Chroma::*, Matrix::*, Placement::*, Range::*};
    let rows = [
        // size, subsampling, range, matrix, tensor, order, placement
        ((352, 288), Yuv420, Limited, Bt601, (320, 256), Bgr, Center),
        ((352, 288), Yuv420, Limited, Bt601, (640, 512), Bgr, Center), // enlarged
        ((128, 72), Yuv420, Limited, Bt709, (64, 64), Rgb, TopLeft),
        ((128, 72), Yuv422, Full, Bt601, (64, 64), Rgb, Center),
        ((72, 128), Yuv444, Full, Bt2020, (96, 64), Bgr, Center),
        ((101, 63), Yuv420, Limited, Bt709, (64, 64), Bgr, Center), // odd sides
        ((64, 64), Yuv444, Limited, Bt601, (64, 64), Rgb, Center),  // nothing to scale
        ((2, 2), Yuv420, Limited, Bt601, (64, 32), Rgb, Center),
        ((1, 1), Yuv420, Full, Bt601, (32, 32), Rgb, Center),
    ];
    for ((w, h), chroma, range, matrix, tensor, order, placement) in rows {
        let spec = spec(order, placement, ResizeFilter::Bilinear);
        check(&picture(w, h, chroma, range, matrix), &spec, tensor);
    }
}

/// The part cut out sample by sample into a picture of its own.
fn cut(picture: &Picture, part: &Tile) -> Picture {
    let plane = |plane: &Plane, across: usize, down: usize| {
        let (width, height) = (part.width.div_ceil(across), part.height.div_ceil(down));
        let mut samples = Vec::new();
        for y in 0..height {
            for x in 0..width {
                samples.push(plane.row(part.top / down + y)[part.left / across + x]);
            }
        }
        Plane {
            width,
            height,
            stride: width,
            samples,
        }
    };
    let (across, down) = match picture.chroma {
        Chroma::Yuv420 => (2, 2),
        Chroma::Yuv422 => (2, 1),
        Chroma::Yuv444 => (1, 1),
    };
    Picture {
        width: part.width,
        height: part.height,
        y: plane(&picture.y, 1, 1),
        u: plane(&picture.u, across, down),
        v: plane(&picture.v, across, down),
        ..picture.clone()
    }
}

#[test]
fn a_part_is_what_a_picture_cut_out_would_be() {
    use {Chroma::*, ResizeFilter::*};
    // picture, subsampling, filter, left, top, width, height, content, tensor
    let rows = [
        ((320, 180), Yuv420, Bilinear, [0, 0, 64, 64], (64, 64), (64, 64)),
        (
            (320, 180),
            Yuv420,
            Bilinear,
            [100, 62, 64, 64],
            (64, 64),
            (64, 64),
        ),
        (
            (320, 180),
            Yuv420,
            BilinearAntialias,
            [256, 116, 64, 64],
            (64, 64),
            (64, 64),
        ),
        (
            (320, 180),
            Yuv422,
            Bilinear,
            [10, 20, 128, 96],
            (64, 48),
            (64, 64),
        ),
        ((320, 180), Yuv444, Nearest, [10, 20, 85, 85], (64, 64), (64, 64)),
        (
            (321, 181),
            Yuv420,
            Bilinear,
            [256, 116, 65, 65],
            (64, 64),
            (64, 64),
        ),
        (
            (321, 41),
            Yuv420,
            BilinearAntialias,
            [2, 0, 128, 41],
            (96, 31),
            (96, 64),
        ),
    ];
    for ((w, h), chroma, filter, [left, top, width, height], content, tensor_size) in rows {
        let spec = spec(ChannelOrder::Bgr, Placement::Center, filter);
        let whole = picture(w, h, chroma, Range::Limited, Matrix::Bt709);
        let part = Tile {
            left,
            top,
            width,
            height,
            content,
        };
        let letterbox = Letterbox::of_tile(&part, tensor_size, spec.placement);
        let prepared = |picture: &Picture, part| {
            let mut tensor = vec![0.0; 3 * tensor_size.0 * tensor_size.1];
            fill(&spec, &mut tensor);
            Preparer::default()
                .prepare(picture, part, &spec, &letterbox, &mut tensor)
                .expect("prepared");
            tensor.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let alone = cut(&whole, &part);
        super::check(&alone).expect("sound");
        assert!(
            prepared(&whole, Some(&part)) == prepared(&alone, None),
            "{part:?} of {w}x{h} {chroma:?} {filter:?}"
        );
    }
}

#[test]
fn pixel_for_pixel_is_the_pictures_own_luma() {
    // Grey, full range: luma is the level, and a tile at scale 1 must not touch it.
    let mut whole = picture(320, 180, Chroma::Yuv420, Range::Full, Matrix::Bt709);
    whole.u.samples.fill(128);
    whole.v.samples.fill(128);
    let spec = InputSpec {
        mean: [0.0; 3],
        std: [1.0; 3],
        ..spec(ChannelOrder::Rgb, Placement::Center, ResizeFilter::Bilinear)
    };
    let part = Tile {
        left: 118,
        top: 38,
        width: 96,
        height: 64,
        content: (96, 64),
    };
    let mut tensor = vec![0.0; 3 * 96 * 64];
    let letterbox = Letterbox::of_tile(&part, (96, 64), spec.placement);
    Preparer::default()
        .prepare(&whole, Some(&part), &spec, &letterbox, &mut tensor)
        .expect("prepared");
    for (i, level) in tensor[..96 * 64].iter().enumerate() {
        let want = whole.y.row(38 + i / 96)[118 + i % 96];
        assert!(
            (level - f32::from(want)).abs() < 1e-3,
            "{i}: {level}, luma {want}"
        );
    }
}

#[test]
fn anti_aliasing_averages_what_bilinear_skips() {
    // Columns 0 and 255 by turns, made a quarter as wide: bilinear takes two of four, the
    // anti-aliased filter is grey everywhere.
    let mut picture = picture(256, 64, Chroma::Yuv444, Range::Full, Matrix::Bt601);
    for (i, sample) in picture.y.samples.iter_mut().enumerate() {
        *sample = if i % picture.y.stride % 4 == 1 { 255 } else { 0 };
    }
    for plane in [&mut picture.u, &mut picture.v] {
        plane.samples.fill(128);
    }
    let level = |filter| {
        let spec = spec(ChannelOrder::Rgb, Placement::Center, filter);
        let letterbox = Letterbox::new((256, 64), (64, 16), Placement::Center);
        let mut tensor = vec![0.0; 3 * 64 * 16];
        Preparer::default()
            .prepare(&picture, None, &spec, &letterbox, &mut tensor)
            .expect("prepared");
        tensor[8 * 64 + 32] * spec.std[0] + spec.mean[0]
    };
    assert!((level(ResizeFilter::Bilinear) - 127.5).abs() < 1.0);
    assert!((level(ResizeFilter::BilinearAntialias) - 63.75).abs() < 12.0);
    assert!(level(ResizeFilter::Nearest) < 1.0);
}

#[test]
fn pictures_that_contradict_themselves_are_refused() {
    let sound = || picture(64, 48, Chroma::Yuv420, Range::Limited, Matrix::Bt601);
    let refuse = |what: &str, spoil: fn(&mut Picture), wanted: &str| {
        let mut picture = sound();
        spoil(&mut picture);
        let error = super::check(&picture).expect_err(what).to_string();
        assert!(error.contains(wanted), "{what}: {error}");
    };
    super::check(&sound()).expect("sound");
    refuse("empty", |p| *p = Picture::default(), "0x0");
    refuse("huge", |p| p.width = 1 << 20, "1048576x48");
    refuse(
        "wrong subsampling",
        |p| p.chroma = Chroma::Yuv444,
        "plane u of a 64x48 picture is 32x24",
    );
    refuse("short", |p| p.v.samples.truncate(100), "plane v holds 100 bytes");
    refuse("overlapping rows", |p| p.y.stride = 60, "plane y holds");
    refuse("overflow", |p| p.y.stride = usize::MAX / 2, "plane y holds");
}

//! What a picture looks like from afar: the thumbnail and the figures of its health.
//!
//! For: the scene, which judges frozen, obscured and moved cameras by them.
//! Not for: judging.
//! Input: decoded pictures and the units they came from.

use curbwatch_types::{AccessUnit, Health, Luma, Picture, Plane, Range};
use sha2::{Digest, Sha256};

use crate::sharpness::sharpness;

/// Widest thumbnail, in samples.
const WIDTH_MAX: usize = 160;

/// The picture's [`thumbnail`] and the health figures: mean and deviation of the thumbnail's luma, sharpness (see the module of
/// that name), distance of the chroma from grey, and the first 64 bits of the SHA-256 of the unit's bytes.
pub fn survey(picture: &Picture, unit: &AccessUnit) -> (Luma, Health) {
    let thumbnail = thumbnail(&picture.y, picture.range);
    let count = thumbnail.samples.len().max(1) as f32;
    let mean = thumbnail.samples.iter().map(|v| f32::from(*v)).sum::<f32>() / count;
    let square = |v: &u8| (f32::from(*v) - mean).powi(2);
    let health = Health {
        mean_luma: mean,
        luma_deviation: (thumbnail.samples.iter().map(square).sum::<f32>() / count).sqrt(),
        sharpness: sharpness(&picture.y, picture.range, &thumbnail),
        chroma: chroma(picture),
        coded_digest: digest(&unit.bytes),
    };
    (thumbnail, health)
}

/// Luma in small, at most 160 wide, by averaging boxes of which each sample is in one; always full range.
pub fn thumbnail(y: &Plane, range: Range) -> Luma {
    if y.width == 0 || y.height == 0 {
        return Luma::default();
    }
    let width = y.width.min(WIDTH_MAX);
    let height = ((y.height * width + y.width / 2) / y.width).max(1);
    let mut samples = Vec::with_capacity(width * height);
    let mut columns = vec![0_u32; y.width];
    for row in 0..height {
        let rows = row * y.height / height..(row + 1) * y.height / height;
        columns.fill(0);
        for line in rows.clone() {
            columns
                .iter_mut()
                .zip(y.row(line))
                .for_each(|(sum, v)| *sum += u32::from(*v));
        }
        for column in 0..width {
            let across = column * y.width / width..(column + 1) * y.width / width;
            let count = (rows.len() * across.len()) as u64;
            let sum: u64 = columns[across].iter().map(|sum| u64::from(*sum)).sum();
            samples.push(full_range((sum + count / 2) / count, range));
        }
    }
    Luma {
        width,
        height,
        samples: samples.into(),
    }
}

/// ITU-R BT.601 and BT.709: black 16, white 235.
fn full_range(luma: u64, range: Range) -> u8 {
    match range {
        Range::Full => luma.min(255) as u8,
        Range::Limited => ((luma.clamp(16, 235) - 16) * 255 / 219) as u8,
    }
}

/// Mean distance of the chroma samples from grey, of every fourth row between the bands where burnt-in text stands.
fn chroma(picture: &Picture) -> f32 {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for plane in [&picture.u, &picture.v] {
        let band = plane.height / 8;
        for row in (band..plane.height - band).step_by(4) {
            let row = plane.row(row);
            sum += row.iter().map(|v| u64::from(v.abs_diff(128))).sum::<u64>();
            count += row.len() as u64;
        }
    }
    sum as f32 / count.max(1) as f32
}

fn digest(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&Sha256::digest(bytes)[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use curbwatch_types::{CameraId, CapturedAt, Codec, Epoch, MediaTime, Monotonic, Taint};

    use super::*;

    fn picture(width: usize, height: usize, range: Range, luma: impl Fn(usize, usize) -> u8) -> Picture {
        let stride = width + 3;
        let mut y = Plane {
            width,
            height,
            stride,
            samples: vec![77; stride * height],
        };
        for row in 0..height {
            (0..width).for_each(|column| y.samples[row * stride + column] = luma(column, row));
        }
        Picture {
            width,
            height,
            range,
            y,
            ..Picture::default()
        }
    }

    fn unit(bytes: &'static [u8]) -> AccessUnit {
        AccessUnit {
            camera: CameraId::new("test").expect("a good id"),
            epoch: Epoch(0),
            codec: Codec::H264,
            keyframe: true,
            taint: Taint::Clean,
            media_time: MediaTime(0),
            received: Monotonic::default(),
            captured_at: CapturedAt::default(),
            bytes: Bytes::from_static(bytes),
        }
    }

    #[test]
    fn figures_follow_the_picture() {
        // Size and range of the picture, its luma; size of the thumbnail, mean, deviation.
        type Row = (
            (usize, usize, Range),
            fn(usize, usize) -> u8,
            (usize, usize),
            [f32; 2],
        );
        let rows: [Row; 8] = [
            ((1920, 1080, Range::Limited), |_, _| 16, (160, 90), [0.0, 0.0]),
            ((1920, 1080, Range::Limited), |_, _| 235, (160, 90), [255.0, 0.0]),
            ((1920, 1080, Range::Full), |_, _| 16, (160, 90), [16.0, 0.0]),
            ((626, 360, Range::Full), |_, _| 200, (160, 92), [200.0, 0.0]),
            ((100, 1, Range::Full), |_, _| 9, (100, 1), [9.0, 0.0]),
            (
                (320, 2, Range::Full),
                |x, _| (x % 2 * 100) as u8,
                (160, 1),
                [50.0, 0.0],
            ),
            (
                (160, 90, Range::Full),
                |x, y| ((x + y) % 2 * 100) as u8,
                (160, 90),
                [50.0, 50.0],
            ),
            (
                (160, 90, Range::Full),
                |x, _| if x < 80 { 0 } else { 200 },
                (160, 90),
                [100.0, 100.0],
            ),
        ];
        for ((width, height, range), luma, size, figures) in rows {
            let (thumbnail, health) = survey(&picture(width, height, range, luma), &unit(b""));
            assert_eq!((thumbnail.width, thumbnail.height), size, "{width}x{height}");
            assert_eq!(thumbnail.samples.len(), size.0 * size.1);
            let got = [health.mean_luma, health.luma_deviation];
            let near = got
                .iter()
                .zip(figures)
                .all(|(got, want)| (got - want).abs() < 0.01);
            assert!(near, "{width}x{height}: {got:?}, not {figures:?}");
        }
    }

    #[test]
    fn chroma_is_the_distance_from_grey() {
        let grey = picture(64, 48, Range::Limited, |_, _| 90);
        for ((u, v), want) in [((128, 128), 0.0), ((128, 120), 4.0), ((140, 120), 10.0)] {
            let plane = |level| Plane {
                width: 32,
                height: 24,
                stride: 40,
                samples: vec![level; 40 * 24],
            };
            let (u, v) = (plane(u), plane(v));
            let (_, health) = survey(&Picture { u, v, ..grey.clone() }, &unit(b""));
            assert!(
                (health.chroma - want).abs() < 0.01,
                "{}, not {want}",
                health.chroma
            );
        }
    }

    #[test]
    fn a_picture_of_nothing_has_no_thumbnail() {
        assert_eq!(survey(&Picture::default(), &unit(b"")).0, Luma::default());
    }

    #[test]
    fn the_digest_is_the_start_of_sha_256() {
        // FIPS 180-4: SHA-256("abc") begins ba7816bf 8f01cfea.
        let (_, health) = survey(&Picture::default(), &unit(b"abc"));
        assert_eq!(health.coded_digest, 0xba78_16bf_8f01_cfea);
    }
}

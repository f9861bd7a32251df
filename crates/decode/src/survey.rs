//! What a picture looks like from afar: the thumbnail and the figures of its health.
//!
//! For: the scene, which judges frozen, obscured and moved cameras by them.
//! Not for: judging.
//! Input: decoded pictures and the units they came from.

use curbwatch_types::{AccessUnit, Health, Luma, Picture, Plane, Range};
use sha2::{Digest, Sha256};

/// Widest thumbnail, in samples.
const WIDTH_MAX: usize = 160;

/// The picture's luma in small, at most 160 wide, by averaging boxes of which each sample is in one;
/// always full range. And the health figures: mean and deviation of the thumbnail's luma, its mean
/// absolute Laplacian (four neighbours, inner samples), and the first 64 bits of the SHA-256 of the
/// unit's bytes.
pub fn survey(picture: &Picture, unit: &AccessUnit) -> (Luma, Health) {
    let thumbnail = thumbnail(&picture.y, picture.range);
    let count = thumbnail.samples.len().max(1) as f32;
    let mean = thumbnail.samples.iter().map(|v| f32::from(*v)).sum::<f32>() / count;
    let square = |v: &u8| (f32::from(*v) - mean).powi(2);
    let health = Health {
        mean_luma: mean,
        luma_deviation: (thumbnail.samples.iter().map(square).sum::<f32>() / count).sqrt(),
        sharpness: sharpness(&thumbnail),
        coded_digest: digest(&unit.bytes),
    };
    (thumbnail, health)
}

fn thumbnail(y: &Plane, range: Range) -> Luma {
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
        samples,
    }
}

/// ITU-R BT.601 and BT.709: black 16, white 235.
fn full_range(luma: u64, range: Range) -> u8 {
    match range {
        Range::Full => luma.min(255) as u8,
        Range::Limited => ((luma.clamp(16, 235) - 16) * 255 / 219) as u8,
    }
}

fn sharpness(luma: &Luma) -> f32 {
    if luma.width < 3 || luma.height < 3 {
        return 0.0;
    }
    let at = |x: usize, y: usize| i64::from(luma.samples[y * luma.width + x]);
    let laplacian = |x, y| 4 * at(x, y) - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1);
    let inner = (1..luma.height - 1).flat_map(|y| (1..luma.width - 1).map(move |x| (x, y)));
    let sum: i64 = inner.map(|(x, y)| laplacian(x, y).abs()).sum();
    sum as f32 / ((luma.width - 2) * (luma.height - 2)) as f32
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
        // Size and range of the picture, its luma; size of the thumbnail, mean, deviation, sharpness.
        type Row = (
            (usize, usize, Range),
            fn(usize, usize) -> u8,
            (usize, usize),
            [f32; 3],
        );
        let rows: [Row; 8] = [
            (
                (1920, 1080, Range::Limited),
                |_, _| 16,
                (160, 90),
                [0.0, 0.0, 0.0],
            ),
            (
                (1920, 1080, Range::Limited),
                |_, _| 235,
                (160, 90),
                [255.0, 0.0, 0.0],
            ),
            ((1920, 1080, Range::Full), |_, _| 16, (160, 90), [16.0, 0.0, 0.0]),
            ((626, 360, Range::Full), |_, _| 200, (160, 92), [200.0, 0.0, 0.0]),
            ((100, 1, Range::Full), |_, _| 9, (100, 1), [9.0, 0.0, 0.0]),
            (
                (320, 2, Range::Full),
                |x, _| (x % 2 * 100) as u8,
                (160, 1),
                [50.0, 0.0, 0.0],
            ),
            (
                (160, 90, Range::Full),
                |x, y| ((x + y) % 2 * 100) as u8,
                (160, 90),
                [50.0, 50.0, 400.0],
            ),
            (
                (160, 90, Range::Full),
                |x, _| if x < 80 { 0 } else { 200 },
                (160, 90),
                [100.0, 100.0, 400.0 / 158.0],
            ),
        ];
        for ((width, height, range), luma, size, figures) in rows {
            let (thumbnail, health) = survey(&picture(width, height, range, luma), &unit(b""));
            assert_eq!((thumbnail.width, thumbnail.height), size, "{width}x{height}");
            assert_eq!(thumbnail.samples.len(), size.0 * size.1);
            let got = [health.mean_luma, health.luma_deviation, health.sharpness];
            let near = got
                .iter()
                .zip(figures)
                .all(|(got, want)| (got - want).abs() < 0.01);
            assert!(near, "{width}x{height}: {got:?}, not {figures:?}");
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

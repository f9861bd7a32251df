//! How sharp a picture is: how much detail it has that its thumbnail has not.
//!
//! For: `survey`. Not for: what is sharp enough, which the scene judges by what is usual for the camera.
//!
//! The energy of gradients (sum of squared differences to the sample right and below) is measured at two
//! scales, tile by tile: in the picture averaged down to 300 to 600 samples a row, which is about what a
//! detector is given, and in the thumbnail. In a sharp street both are alike, sample for sample; a lens out of focus takes the
//! fine one away first. The quotient knows no contrast, so that dusk and haze change it little. The middle
//! of the better half of the tiles is taken: a bus is plain, and large, and sharp.

use curbwatch_types::{Luma, Plane, Range};

/// Samples in a row of the fine picture, at least, where the picture has them; at most twice as many.
const FINE: usize = 300;
/// Tiles across and down.
const ACROSS: usize = 8;
const DOWN: usize = 6;
const TILES: usize = ACROSS * DOWN;
/// Outer rows at top and bottom, as a share, where burnt-in text stands: it is sharp whatever the lens does (the same share as
/// in the scene).
const BAND: f32 = 0.12;
/// Energy of a thumbnail's tile that is noise and coding: about three levels from sample to sample each way.
const PLAIN: f32 = 20.0;

/// Detail beyond the thumbnail's, as a multiple of the thumbnail's own; 0 where the picture has hardly more samples than
/// its thumbnail.
pub(crate) fn sharpness(y: &Plane, range: Range, thumbnail: &Luma) -> f32 {
    let step = (y.width / FINE).max(1);
    let (width, height) = (y.width / step, y.height / step);
    let small = (thumbnail.width, thumbnail.height);
    if small.0 < 2 * ACROSS || small.1 < 4 * DOWN || 4 * width < 5 * small.0 {
        return 0.0;
    }
    let mut columns = vec![0_u32; y.width];
    // ITU-R BT.601 and BT.709: 219 levels from black to white.
    let levels = if range == Range::Full { 1.0 } else { 255.0 / 219.0 };
    let scale = levels / (step * step) as f32;
    let fine = energies((width, height), |row, samples| {
        columns.fill(0);
        for line in row * step..(row + 1) * step {
            columns
                .iter_mut()
                .zip(y.row(line))
                .for_each(|(sum, v)| *sum += u32::from(*v));
        }
        for (sample, across) in samples.iter_mut().zip(columns.chunks_exact(step)) {
            *sample = across.iter().sum::<u32>() as f32 * scale;
        }
    });
    let coarse = energies(small, |row, samples| {
        let line = &thumbnail.samples[row * small.0..(row + 1) * small.0];
        samples
            .iter_mut()
            .zip(line)
            .for_each(|(sample, v)| *sample = f32::from(*v));
    });
    // A gradient of a scene is that much smaller from sample to sample where samples are finer.
    let finer = (width as f32 / small.0 as f32).powi(2);
    let mut tiles: Vec<(f32, f32)> = coarse
        .iter()
        .zip(&fine)
        .map(|(coarse, fine)| (*coarse, (finer * fine / (coarse + PLAIN) - 1.0).max(0.0)))
        .collect();
    tiles.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut better: Vec<f32> = tiles[..TILES / 2].iter().map(|tile| tile.1).collect();
    better.sort_by(f32::total_cmp);
    better[TILES / 4]
}

/// Mean energy of the gradients in each tile between the bands, row by row; `fill` gives a row's samples.
fn energies((width, height): (usize, usize), mut fill: impl FnMut(usize, &mut [f32])) -> [f32; TILES] {
    let band = (height as f32 * BAND) as usize;
    let rows = height - 2 * band - 1;
    let (mut upper, mut lower) = (vec![0.0; width], vec![0.0; width]);
    let mut sums = [(0.0_f32, 0_usize); TILES];
    fill(band, &mut upper);
    for row in 0..rows {
        fill(band + row + 1, &mut lower);
        for column in 0..ACROSS {
            let span = column * (width - 1) / ACROSS..(column + 1) * (width - 1) / ACROSS;
            let here = &upper[span.clone()];
            let right = &upper[span.start + 1..=span.end];
            let below = &lower[span];
            let energy = |((here, right), below): ((&f32, &f32), &f32)| {
                let (dx, dy) = (right - here, below - here);
                dx * dx + dy * dy
            };
            let sum = &mut sums[row * DOWN / rows * ACROSS + column];
            sum.0 += here.iter().zip(right).zip(below).map(energy).sum::<f32>();
            sum.1 += here.len();
        }
        std::mem::swap(&mut upper, &mut lower);
    }
    sums.map(|(sum, count)| sum / count.max(1) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A street of blocks with paint and foliage on them: detail at every scale.
    fn street(x: f32, y: f32) -> f32 {
        let grain = |size: f32, salt: u32| {
            let (p, q) = ((x / size).floor() as i32 as u32, (y / size).floor() as i32 as u32);
            let mut h = p.wrapping_mul(0x9e37_79b1) ^ q.wrapping_mul(0x85eb_ca77) ^ salt;
            h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
            h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
            (h >> 24) as f32 / 255.0
        };
        0.5 * grain(0.08, 1) + 0.3 * grain(0.02, 2) + 0.2 * grain(0.005, 3)
    }

    /// The street through a lens that spreads each point over `blur` of the picture's width.
    fn plane(width: usize, contrast: f32, blur: f32) -> Plane {
        let height = width * 3 / 4;
        let across = if blur > 0.0 { 7 } else { 1 };
        let taps = |d: f32| (0..across).map(move |i| d + blur * (i as f32 - 3.0) / 6.0);
        let level = |x: usize, y: usize| {
            let (u, v) = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / width as f32);
            let sum: f32 = taps(v).flat_map(|v| taps(u).map(move |u| street(u, v))).sum();
            (60.0 + contrast * sum / (across * across) as f32) as u8
        };
        Plane {
            width,
            height,
            stride: width,
            samples: (0..height)
                .flat_map(|y| (0..width).map(move |x| (x, y)))
                .map(|(x, y)| level(x, y))
                .collect(),
        }
    }

    fn figure(plane: &Plane) -> f32 {
        let thumbnail = crate::survey::thumbnail(plane, Range::Full);
        sharpness(plane, Range::Full, &thumbnail)
    }

    #[test]
    fn a_blurred_street_is_less_sharp_at_any_size_and_contrast() {
        for width in [320, 640] {
            let sharp = figure(&plane(width, 160.0, 0.0));
            assert!(sharp > 1.0, "{width}: {sharp}");
            let dim = figure(&plane(width, 80.0, 0.0));
            assert!(
                dim > 0.6 * sharp,
                "{width}: {dim} of {sharp} at half the contrast"
            );
            // Of a picture 640 wide, six pixels and thirteen.
            let (soft, blurred) = (
                figure(&plane(width, 160.0, 0.01)),
                figure(&plane(width, 160.0, 0.02)),
            );
            assert!(
                soft < 0.45 * sharp && blurred < 0.25 * sharp,
                "{width}: {soft}, {blurred} of {sharp}"
            );
        }
    }

    #[test]
    fn pictures_without_anything_finer_have_no_sharpness() {
        let plain = |width: usize, height: usize| Plane {
            width,
            height,
            stride: width,
            samples: vec![90; width * height],
        };
        for plane in [
            plain(640, 480),
            plain(0, 0),
            plain(1, 900),
            plain(4000, 2),
            plane(160, 160.0, 0.0),
        ] {
            let got = figure(&plane);
            assert!(
                got.abs() < f32::EPSILON,
                "{}x{}: {got}",
                plane.width,
                plane.height
            );
        }
    }
}

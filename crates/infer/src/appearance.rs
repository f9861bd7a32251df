//! What a detection looks like: a short vector of colour and gradients, comparable by cosine.
//!
//! For: the scene's question "the same one, or another?" after a gap at the same place. Not for:
//! telling two cars of one make and colour apart, nor people; that would take a trained network.
//!
//! Input are the planes as scaled for the network, so the cost does not depend on the camera's
//! resolution. The vector has four blocks, each bounded so that none drowns the others:
//!
//! | block | numbers | unchanged by |
//! |---|---|---|
//! | luma layout, 4 x 4 cells, mean removed, normalised | 16 | brightness, contrast |
//! | gradient orientations (4) in 2 x 2 cells (Dalal and Triggs 2005), normalised | 16 | brightness, contrast |
//! | chroma, 2 x 2 cells of U and V | 8 | brightness |
//! | luma against a ring around the box (a white car on grey road) | 1 | brightness |

use curbwatch_types::{Appearance, BBox};

use crate::prepare::Scaled;

/// Length of the vector.
pub(crate) const LENGTH: usize = 16 + 16 + 8 + 1;
/// Samples across and down a crop.
const GRID: usize = 16;
/// Pixels averaged for one sample, per side: bounds the work for a box of any size.
const PIXELS_MAX: usize = 2;
/// Luma deviation (root of the summed squares over the cells) below which a crop counts as flat, so
/// that noise is not blown up to a pattern.
const FLAT: f32 = 24.0;
/// Chroma difference that weighs as much as a whole block of shape.
const CHROMA: f32 = 40.0;
/// Luma step against the surroundings that weighs as much as a whole block of shape.
const STEP: f32 = 60.0;

/// Describes the crop `bbox` (relative); `None` where there is nothing to describe: a box of no
/// pixels, or a flat grey crop.
pub(crate) fn describe(scaled: &Scaled, bbox: &BBox) -> Option<Appearance> {
    let [luma, blue, red] = &scaled.planes;
    // Detectors' boxes wobble by a few per cent: the middle is the object for sure.
    let inner = shrunk(bbox, 0.06);
    let y = sample(luma, scaled.size, &inner)?;
    let u = sample(blue, scaled.size, &inner)?;
    let v = sample(red, scaled.size, &inner)?;

    let mut vector = [0.0_f32; LENGTH];
    let (layout, rest) = vector.split_at_mut(16);
    let (gradients, rest) = rest.split_at_mut(16);
    let (chroma, step) = rest.split_at_mut(8);

    pool(&y, 4, layout);
    let mean = layout.iter().sum::<f32>() / 16.0;
    for cell in layout.iter_mut() {
        *cell -= mean;
    }
    normalise(layout, FLAT);

    orientations(&y, gradients);
    normalise(gradients, FLAT);

    let (blue_cells, red_cells) = chroma.split_at_mut(4);
    pool(&u, 2, blue_cells);
    pool(&v, 2, red_cells);
    // A quarter of the squares each: four cells of difference CHROMA make length 1.
    for cell in chroma.iter_mut() {
        *cell = ((*cell - 128.0) / (2.0 * CHROMA)).clamp(-1.0, 1.0);
    }

    if let Some(around) = sample(luma, scaled.size, &shrunk(bbox, -0.25)) {
        let ring =
            (around.iter().sum::<f32>() - 0.44 * y.iter().sum::<f32>()) / (0.56 * (GRID * GRID) as f32);
        step[0] = ((mean - ring) / STEP).clamp(-1.0, 1.0);
    }

    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length < 1e-3 {
        return None;
    }
    for value in &mut vector {
        *value /= length;
    }
    Some(Appearance(Box::new(vector)))
}

/// The box with this fraction of its size taken away on each side (negative: added), clipped.
fn shrunk(bbox: &BBox, by: f32) -> BBox {
    let (dx, dy) = (bbox.w * by, bbox.h * by);
    BBox::new(bbox.x + dx, bbox.y + dy, bbox.w - 2.0 * dx, bbox.h - 2.0 * dy).clipped()
}

/// `GRID` x `GRID` means of the crop.
fn sample(plane: &[u8], (width, height): (usize, usize), bbox: &BBox) -> Option<[f32; GRID * GRID]> {
    if width == 0 || height == 0 || bbox.w <= 0.0 || bbox.h <= 0.0 {
        return None;
    }
    let columns = ticks(bbox.x, bbox.w, width);
    let rows = ticks(bbox.y, bbox.h, height);
    let mut out = [0.0; GRID * GRID];
    for (cells, (first, step, count)) in out.chunks_exact_mut(GRID).zip(rows) {
        for (cell, (left, across, pixels)) in cells.iter_mut().zip(columns) {
            let mut sum = 0_u32;
            for row in 0..count {
                let start = (first + row * step) * width;
                for pixel in 0..pixels {
                    sum += u32::from(plane[start + left + pixel * across]);
                }
            }
            *cell = sum as f32 / (count * pixels) as f32;
        }
    }
    Some(out)
}

/// For each of `GRID` cells along one axis: first pixel, step, number of pixels.
fn ticks(start: f32, length: f32, side: usize) -> [(usize, usize, usize); GRID] {
    let pixel = |i: usize| (((start + length * i as f32 / GRID as f32) * side as f32) as usize).min(side - 1);
    std::array::from_fn(|i| {
        let first = pixel(i);
        let span = pixel(i + 1).saturating_sub(first).max(1);
        let step = span.div_ceil(PIXELS_MAX);
        (first, step, span.div_ceil(step))
    })
}

/// Means of `cells` x `cells` blocks.
fn pool(samples: &[f32; GRID * GRID], cells: usize, out: &mut [f32]) {
    let side = GRID / cells;
    out.fill(0.0);
    for (i, value) in samples.iter().enumerate() {
        out[i / GRID / side * cells + i % GRID / side] += value / (side * side) as f32;
    }
}

/// Gradient magnitude by orientation (0, 45, 90, 135 degrees, shared linearly) in 2 x 2 cells.
fn orientations(y: &[f32; GRID * GRID], out: &mut [f32]) {
    for row in 1..GRID - 1 {
        for column in 1..GRID - 1 {
            let i = row * GRID + column;
            let (dx, dy) = (y[i + 1] - y[i - 1], y[i + GRID] - y[i - GRID]);
            let magnitude = dx.hypot(dy);
            let turn = (dy.atan2(dx) / std::f32::consts::PI).rem_euclid(1.0) * 4.0;
            let (bin, share) = (turn as usize % 4, turn.fract());
            let cell = (row / (GRID / 2) * 2 + column / (GRID / 2)) * 4;
            out[cell + bin] += magnitude * (1.0 - share);
            out[cell + (bin + 1) % 4] += magnitude * share;
        }
    }
}

fn normalise(block: &mut [f32], floor: f32) {
    let length = block.iter().map(|v| v * v).sum::<f32>().sqrt().max(floor);
    for value in block {
        *value /= length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (320, 240);

    /// A street: grey road with a gradient, and two painted objects.
    fn street(brightness: i32, paint: impl Fn(usize, usize) -> Option<(u8, u8, u8)>) -> Scaled {
        let mut planes = [Vec::new(), Vec::new(), Vec::new()];
        for y in 0..SIZE.1 {
            for x in 0..SIZE.0 {
                let road = (90 + (y / 8) as u8 + ((x * 7 + y * 13) % 5) as u8, 128, 128);
                let (l, u, v) = paint(x, y).unwrap_or(road);
                planes[0].push((i32::from(l) + brightness).clamp(0, 255) as u8);
                planes[1].push(u);
                planes[2].push(v);
            }
        }
        Scaled { size: SIZE, planes }
    }

    /// A car of 60 x 40 at `left`, `top`: body, dark windows on top, dark wheels below.
    fn car(left: usize, top: usize, body: (u8, u8, u8)) -> impl Fn(usize, usize) -> Option<(u8, u8, u8)> {
        move |x, y| {
            let (x, y) = (
                x.checked_sub(left).filter(|x| *x < 60)?,
                y.checked_sub(top).filter(|y| *y < 40)?,
            );
            let window = (6..16).contains(&y) && (10..50).contains(&x);
            let wheel = y > 32 && (x % 40) < 15;
            Some(if window || wheel { (30, 128, 128) } else { body })
        }
    }

    /// A wheelie bin in the same box: vertical stripes, lid.
    fn bin(x: usize, y: usize) -> Option<(u8, u8, u8)> {
        let (x, y) = (
            x.checked_sub(100).filter(|x| *x < 60)?,
            y.checked_sub(100).filter(|y| *y < 40)?,
        );
        Some(if y < 8 {
            (40, 120, 118)
        } else {
            (70 + (x / 10 % 2 * 40) as u8, 118, 116)
        })
    }

    fn describe_at(scaled: &Scaled, x: f32, y: f32, w: f32, h: f32) -> Appearance {
        let bbox = BBox::new(
            x / SIZE.0 as f32,
            y / SIZE.1 as f32,
            w / SIZE.0 as f32,
            h / SIZE.1 as f32,
        );
        describe(scaled, &bbox).expect("there is something to see")
    }

    fn cosine(a: &Appearance, b: &Appearance) -> f32 {
        a.0.iter().zip(&b.0).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn the_same_one_is_nearer_than_another() {
        let red = (90, 110, 190);
        let original = describe_at(&street(0, car(100, 100, red)), 100.0, 100.0, 60.0, 40.0);
        let length: f32 = original.0.iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-5, "unit length, not {length}");
        assert_eq!(original.0.len(), LENGTH);

        let same = [
            (
                "the box wobbles",
                describe_at(&street(0, car(100, 100, red)), 103.0, 98.0, 58.0, 43.0),
            ),
            (
                "evening",
                describe_at(&street(-40, car(100, 100, red)), 100.0, 100.0, 60.0, 40.0),
            ),
            (
                "bright, moved by a pixel or two",
                describe_at(&street(35, car(102, 101, red)), 100.0, 100.0, 60.0, 40.0),
            ),
        ];
        let other = [
            (
                "a white car",
                describe_at(
                    &street(0, car(100, 100, (220, 128, 128))),
                    100.0,
                    100.0,
                    60.0,
                    40.0,
                ),
            ),
            (
                "a blue car",
                describe_at(
                    &street(0, car(100, 100, (90, 190, 110))),
                    100.0,
                    100.0,
                    60.0,
                    40.0,
                ),
            ),
            ("a bin", describe_at(&street(0, bin), 100.0, 100.0, 60.0, 40.0)),
            (
                "the empty road",
                describe_at(&street(0, |_, _| None), 100.0, 100.0, 60.0, 40.0),
            ),
        ];
        let least = same.iter().map(|(_, a)| cosine(&original, a)).fold(1.0, f32::min);
        for (what, appearance) in &same {
            assert!(
                cosine(&original, appearance) > 0.85,
                "{what}: {}",
                cosine(&original, appearance)
            );
        }
        for (what, appearance) in &other {
            let near = cosine(&original, appearance);
            assert!(near < least - 0.1, "{what} is at {near}, the same one at {least}");
        }
    }

    #[test]
    fn a_box_without_pixels_has_no_appearance() {
        let scaled = street(0, |_, _| None);
        for bbox in [
            BBox::default(),
            BBox::new(1.0, 0.5, 0.2, 0.2),
            BBox::new(0.5, 0.5, -0.1, 0.1),
        ] {
            assert_eq!(describe(&scaled, &bbox), None, "{bbox:?}");
        }
        // Smaller than a pixel, yet inside: the pixel it lies in.
        assert!(describe(&scaled, &BBox::new(0.5, 0.5, 0.001, 0.001)).is_some_and(|a| a.0.len() == LENGTH));
    }
}

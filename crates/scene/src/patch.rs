//! A second witness: what a place looks like in the thumbnail, free of brightness and contrast.
//! Says "the same thing still stands there" when the detector misses it, and helps to tell one
//! vehicle from the next. Not for recognising anything.

use curbwatch_types::{BBox, Luma};

/// Samples along each side.
const SIDE: usize = 12;
/// Standard deviation in grey levels below which a place has no looks to compare: sensor noise.
const DEVIATION_MIN: f32 = 3.0;

/// Thumbnail samples along a side of the place below which it has no looks to speak of.
const SAMPLES_MIN: f32 = 4.0;

/// A place in small, zero mean and unit length.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Patch(Box<[f32; SIDE * SIDE]>);

impl Patch {
    /// What is in `bbox` of the thumbnail; `None` outside the picture, or where there is nothing but
    /// one shade.
    pub(crate) fn of(luma: &Luma, bbox: &BBox) -> Option<Self> {
        let (width, height) = (luma.width, luma.height);
        let inside = bbox.clipped().area() >= 0.6 * bbox.area() && bbox.area() > 0.0;
        let large = bbox.w * width as f32 >= SAMPLES_MIN && bbox.h * height as f32 >= SAMPLES_MIN;
        if !large || width < 2 || height < 2 || luma.samples.len() != width.checked_mul(height)? || !inside {
            return None;
        }
        let mut cells = Box::new([0.0f32; SIDE * SIDE]);
        let along = |start: f32, size: f32, i: usize, count: usize| {
            let at = (start + size * (i as f32 + 0.5) / SIDE as f32) * count as f32 - 0.5;
            let at = at.clamp(0.0, count as f32 - 1.01);
            (at as usize, at - at.floor())
        };
        for row in 0..SIDE {
            let (y, fy) = along(bbox.y, bbox.h, row, height);
            for column in 0..SIDE {
                let (x, fx) = along(bbox.x, bbox.w, column, width);
                let sample = |dx: usize, dy: usize| f32::from(luma.samples[(y + dy) * width + x + dx]);
                let upper = sample(0, 0) * (1.0 - fx) + sample(1, 0) * fx;
                let lower = sample(0, 1) * (1.0 - fx) + sample(1, 1) * fx;
                cells[row * SIDE + column] = upper * (1.0 - fy) + lower * fy;
            }
        }
        let count = (SIDE * SIDE) as f32;
        let mean = cells.iter().sum::<f32>() / count;
        let length = cells.iter().map(|c| (c - mean) * (c - mean)).sum::<f32>().sqrt();
        if length < DEVIATION_MIN * count.sqrt() {
            return None;
        }
        for cell in cells.iter_mut() {
            *cell = (*cell - mean) / length;
        }
        Some(Self(cells))
    }

    /// Correlation of two places, -1..1.
    pub(crate) fn likeness(&self, other: &Self) -> f32 {
        self.0.iter().zip(other.0.iter()).map(|(a, b)| a * b).sum()
    }
}

//! A place of a thumbnail in small, to be held against itself at another time. Unlike [`crate::patch::Patch`] it knows the
//! difference between plain ground and a thing on it: what has no structure is unlike what has.

use curbwatch_types::{BBox, Luma};

use crate::kept::kept;

/// Samples along each side.
const SIDE: usize = 12;
const COUNT: f32 = (SIDE * SIDE) as f32;
/// Thumbnail samples along a side of the place below which it has no looks to speak of.
const SAMPLES_MIN: f32 = 4.0;
/// Standard deviation in grey levels below which a place is plain: sensor noise and coding.
const PLAIN: f32 = 3.0;
/// Standard deviation from which it surely has structure.
const MARKED: f32 = 8.0;

/// Grey levels less their mean, and their standard deviation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Crop {
    cells: Box<[f32; SIDE * SIDE]>,
    deviation: f32,
}

kept!(Crop { cells, deviation });

impl Crop {
    /// What is in `bbox` of the thumbnail; `None` where most of it lies outside or it is too small.
    pub(crate) fn of(luma: &Luma, bbox: &BBox) -> Option<Self> {
        let (width, height) = (luma.width, luma.height);
        let inside = bbox.clipped().area() >= 0.8 * bbox.area() && bbox.area() > 0.0;
        let large = bbox.w * width as f32 >= SAMPLES_MIN && bbox.h * height as f32 >= SAMPLES_MIN;
        if !inside || !large || luma.samples.len() != width.checked_mul(height)? {
            return None;
        }
        // Means over areas, so that a place much larger than its cells is no lottery.
        let (columns, rows) = (spans(bbox.x, bbox.w, width), spans(bbox.y, bbox.h, height));
        let mut cells = Box::new([0.0f32; SIDE * SIDE]);
        let across = columns[0].0..columns[SIDE - 1].1;
        let mut sums = vec![0u32; across.len()];
        for ((top, bottom), line) in rows.into_iter().zip(cells.chunks_exact_mut(SIDE)) {
            // By columns first, so that it vectorises.
            sums.fill(0);
            for row in luma.samples[top * width..bottom * width].chunks_exact(width) {
                for (sum, sample) in sums.iter_mut().zip(&row[across.clone()]) {
                    *sum += u32::from(*sample);
                }
            }
            for ((left, right), cell) in columns.into_iter().zip(line) {
                let sum: u32 = sums[left - across.start..right - across.start].iter().sum();
                *cell = sum as f32 / ((bottom - top) * (right - left)) as f32;
            }
        }
        let mean = cells.iter().sum::<f32>() / COUNT;
        cells.iter_mut().for_each(|cell| *cell -= mean);
        let deviation = (cells.iter().map(|c| c * c).sum::<f32>() / COUNT).sqrt();
        Some(Self { cells, deviation })
    }

    /// Whether it surely has structure.
    pub(crate) fn is_marked(&self) -> bool {
        self.deviation >= MARKED
    }

    /// Correlation, -1..1; near 0 when one is plain and the other is not; `None` when neither has structure to speak of.
    pub(crate) fn likeness(&self, other: &Self) -> Option<f32> {
        let (low, high) = (
            self.deviation.min(other.deviation),
            self.deviation.max(other.deviation),
        );
        if low < PLAIN && high < MARKED {
            return None;
        }
        let shared = self.cells.iter().zip(other.cells.iter()).map(|(a, b)| a * b);
        Some(shared.sum::<f32>() / COUNT / (self.deviation.max(PLAIN) * other.deviation.max(PLAIN)))
    }
}

/// First and past-the-last sample of each cell along one side; at least one sample each.
fn spans(start: f32, size: f32, count: usize) -> [(usize, usize); SIDE] {
    std::array::from_fn(|i| {
        let at = |i: usize| {
            let edge = (start + size * i as f32 / SIDE as f32) * count as f32;
            edge.round().clamp(0.0, count as f32) as usize
        };
        let first = at(i).min(count.saturating_sub(1));
        (first, at(i + 1).clamp(first + 1, count.max(first + 1)))
    })
}

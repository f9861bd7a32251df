//! What registration compares: the gradients of a thumbnail, cell by cell, free of lighting, and how alike two such fields are
//! where one lies over the other.
//!
//! Not for: where a picture lies (`registration`), or which view it shows (`which_view`). Input is the observation's thumbnail.

use curbwatch_types::Luma;

use crate::kept::{Kept, Reader, Writer};

/// Columns and rows of the field: a cell is 1/80 of the picture's width.
const CELLS_MAX: usize = 80;
/// Outer rows left out at top and bottom, as a share: burnt-in clocks and names stand there and
/// do not move with the scene.
const BAND: f32 = 0.12;
/// Largest share of the picture's size that is searched.
const RANGE: f32 = 0.20;

/// Horizontal and vertical normalised gradients, cell by cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) x: Vec<f32>,
    pub(crate) y: Vec<f32>,
}

impl Kept for Field {
    fn keep(&self, to: &mut Writer) {
        let Self { width, height, x, y } = self;
        width.keep(to);
        height.keep(to);
        x.keep(to);
        y.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        let (width, height) = (usize::recall(from)?, usize::recall(from)?);
        let (x, y): (Vec<f32>, Vec<f32>) = (Kept::recall(from)?, Kept::recall(from)?);
        let whole = width.checked_mul(height)? == x.len() && x.len() == y.len();
        whole.then_some(Self { width, height, x, y })
    }
}

/// The part of the reference that a picture moved by some cells covers.
pub(crate) struct Overlap {
    x: usize,
    y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    cells: (i32, i32),
    stride: usize,
}

impl Overlap {
    pub(crate) fn of(reference: &Field, cells: (i32, i32)) -> Self {
        let span = |size: usize, d: i32| {
            let start = (-d).clamp(0, size as i32);
            let end = (size as i32 - d).clamp(start, size as i32);
            (start as usize, (end - start) as usize)
        };
        let (x, width) = span(reference.width, cells.0);
        let (y, height) = span(reference.height, cells.1);
        Self {
            x,
            y,
            width,
            height,
            cells,
            stride: reference.width,
        }
    }

    /// Where row `row` of the overlap starts in the reference and in the picture.
    pub(crate) fn starts(&self, row: usize, stride: usize) -> (usize, usize) {
        let y = self.y + row;
        let moved_y = (y as i32 + self.cells.1) as usize;
        (
            y * self.stride + self.x,
            moved_y * stride + (self.x as i32 + self.cells.0) as usize,
        )
    }
}

/// Normalised cross-correlation of the fields where they overlap, -1..1.
pub(crate) fn correlation(reference: &Field, field: &Field, cells: (i32, i32)) -> f32 {
    let overlap = Overlap::of(reference, cells);
    if overlap.width == 0 || overlap.height == 0 {
        return -1.0;
    }
    let (mut shared, mut left, mut right) = (0.0f32, 0.0f32, 0.0f32);
    for row in 0..overlap.height {
        let (r, f) = overlap.starts(row, field.width);
        let (ax, ay) = (
            &reference.x[r..r + overlap.width],
            &reference.y[r..r + overlap.width],
        );
        let (bx, by) = (&field.x[f..f + overlap.width], &field.y[f..f + overlap.width]);
        let (ab, aa, bb) = products(ax, ay, bx, by);
        shared += ab;
        left += aa;
        right += bb;
    }
    let length = (left * right).sqrt();
    if length <= 1e-6 { -1.0 } else { shared / length }
}

/// Sums of a·b, a·a, b·b over one row, in eight lanes so that it vectorises; the order of the
/// additions is fixed, so the result is the same on every machine.
fn products(ax: &[f32], ay: &[f32], bx: &[f32], by: &[f32]) -> (f32, f32, f32) {
    const LANES: usize = 8;
    let mut lanes = [[0.0f32; LANES]; 3];
    for (a, b) in [(ax, bx), (ay, by)] {
        let (a8, a_rest) = a.as_chunks::<LANES>();
        let (b8, b_rest) = b.as_chunks::<LANES>();
        for (p, q) in a8.iter().zip(b8) {
            for i in 0..LANES {
                lanes[0][i] += p[i] * q[i];
                lanes[1][i] += p[i] * p[i];
                lanes[2][i] += q[i] * q[i];
            }
        }
        for (p, q) in a_rest.iter().zip(b_rest) {
            lanes[0][0] += p * q;
            lanes[1][0] += p * p;
            lanes[2][0] += q * q;
        }
    }
    let sum = |lane: [f32; LANES]| lane.iter().sum::<f32>();
    (sum(lanes[0]), sum(lanes[1]), sum(lanes[2]))
}

impl Field {
    /// Cells by which content may be moved, across and down.
    pub(crate) fn range(&self) -> (i32, i32) {
        let of = |size: usize| (size as f32 * RANGE) as i32;
        (of(self.width), of(self.height))
    }

    /// The same by cells of twice the size.
    pub(crate) fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let halved = |of: &[f32]| {
            let cells = (0..height).flat_map(|y| (0..width).map(move |x| 2 * y * self.width + 2 * x));
            cells
                .map(|i| (of[i] + of[i + 1] + of[i + self.width] + of[i + self.width + 1]) / 4.0)
                .collect()
        };
        Self {
            width,
            height,
            x: halved(&self.x),
            y: halved(&self.y),
        }
    }

    /// `None` for a thumbnail too small, or whose samples are not `width * height` many, or
    /// without any structure.
    pub(crate) fn of(luma: &Luma) -> Option<Self> {
        let step = luma.width.div_ceil(CELLS_MAX).max(1);
        let (width, height) = (luma.width / step, luma.height / step);
        if width < 16 || height < 9 || luma.samples.len() != luma.width.checked_mul(luma.height)? {
            return None;
        }
        let small = shrunk(luma, step);
        let mut field = Self {
            width,
            height,
            x: vec![0.0; width * height],
            y: vec![0.0; width * height],
        };
        let band = ((height as f32 * BAND) as usize).max(1);
        // Row by row and side by side, so that it vectorises.
        let across = width - 2;
        let mut lengths = vec![0.0f32; across * (height - 2 * band)];
        for (y, lengths) in (band..height - band).zip(lengths.chunks_exact_mut(across)) {
            let from = y * width + 1;
            let beside = |start: usize| &small[start..start + across];
            let (left, right) = (beside(from - 1), beside(from + 1));
            let (above, below) = (beside(from - width), beside(from + width));
            let (xs, ys) = (
                &mut field.x[from..from + across],
                &mut field.y[from..from + across],
            );
            for i in 0..across {
                let (gx, gy) = (right[i] - left[i], below[i] - above[i]);
                (xs[i], ys[i]) = (gx, gy);
                lengths[i] = (gx * gx + gy * gy).sqrt();
            }
        }
        // Every seventh length tells the median well enough.
        let mut sample: Vec<f32> = lengths.iter().copied().step_by(7).collect();
        let middle = sample.len() / 2;
        let median = *sample.select_nth_unstable_by(middle, f32::total_cmp).1;
        let soft = median + 2.0;
        if !lengths.iter().any(|&length| length > soft) {
            return None;
        }
        for (y, lengths) in (band..height - band).zip(lengths.chunks_exact(across)) {
            let row = y * width + 1..y * width + 1 + across;
            let gradients = field.x[row.clone()].iter_mut().zip(&mut field.y[row]);
            for ((x, y), length) in gradients.zip(lengths) {
                let by = 1.0 / (length + soft);
                *x *= by;
                *y *= by;
            }
        }
        Some(field)
    }
}

/// Means over squares of `step` by `step` samples, whole squares only.
fn shrunk(luma: &Luma, step: usize) -> Vec<f32> {
    let (width, height) = (luma.width / step, luma.height / step);
    let scale = 1.0 / (step * step) as f32;
    let mut small = Vec::with_capacity(width * height);
    if step == 2 {
        // Nearly every thumbnail is: in the narrowest numbers, so that as many as can be fit a register.
        let mut sums = vec![0u16; luma.width];
        for lines in luma.samples.chunks_exact(2 * luma.width).take(height) {
            let (upper, lower) = lines.split_at(luma.width);
            for ((sum, a), b) in sums.iter_mut().zip(upper).zip(lower) {
                *sum = u16::from(*a) + u16::from(*b);
            }
            let (pairs, _) = sums.as_chunks::<2>();
            small.extend(
                pairs
                    .iter()
                    .map(|[a, b]| (i32::from(*a) + i32::from(*b)) as f32 * scale),
            );
        }
        return small;
    }
    // Whole numbers, row by row, so that it vectorises.
    let mut sums = vec![0u32; luma.width];
    for lines in luma.samples.chunks_exact(step * luma.width).take(height) {
        sums.fill(0);
        for line in lines.chunks_exact(luma.width) {
            for (sum, sample) in sums.iter_mut().zip(line) {
                *sum += u32::from(*sample);
            }
        }
        let squares = sums.chunks_exact(step).take(width);
        small.extend(squares.map(|square| square.iter().sum::<u32>() as f32 * scale));
    }
    small
}

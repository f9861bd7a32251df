//! A second witness: what a place looks like in the thumbnail, free of brightness and contrast.
//! Says "the same thing still stands there" when the detector misses it, and helps to tell one
//! vehicle from the next. Not for recognising anything.

use std::sync::Arc;

use curbwatch_types::{BBox, Luma, Point};

use crate::kept::{Kept, Reader, Writer};

/// Samples along each side.
const SIDE: usize = 12;
/// Standard deviation in grey levels below which a place has no looks to compare: sensor noise.
const DEVIATION_MIN: f32 = 3.0;

/// Thumbnail samples along a side of the place below which it has no looks to speak of.
const SAMPLES_MIN: f32 = 4.0;

/// A place whose picture is as like what it was when its thing was last seen there looks unchanged: the detector missed the thing.
pub(crate) const UNCHANGED: f32 = 0.7;

/// A place in small, zero mean and unit length. Copies share it: a place's latest patch is mostly its steady one, too.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Patch(Arc<Cells>);

/// Row by row.
type Cells = [[f32; SIDE]; SIDE];

impl Patch {
    /// What is in `bbox` of the thumbnail; `None` outside the picture, or where there is nothing but
    /// one shade.
    pub(crate) fn of(luma: &Luma, bbox: &BBox) -> Option<Self> {
        cells(luma, bbox).map(|cells| Self(Arc::new(cells)))
    }

    /// Correlation of two places, -1..1.
    pub(crate) fn likeness(&self, other: &Self) -> f32 {
        correlation(&self.0, &other.0)
    }

    /// The likeness to what is in `bbox` of the thumbnail; `None` where there are no looks to compare.
    pub(crate) fn likeness_at(&self, luma: &Luma, bbox: &BBox) -> Option<f32> {
        cells(luma, bbox).map(|cells| correlation(&self.0, &cells))
    }
}

/// Whether none of the patches is at least `like` what is in `bbox` of the thumbnail or a sample beside it: masts sway, and
/// registration is good to a sample. Not where there are no looks to compare.
pub(crate) fn are_all_unlike(patches: &[&Patch], like: f32, luma: &Luma, bbox: &BBox) -> bool {
    let (x, y) = (1.0 / luma.width.max(1) as f32, 1.0 / luma.height.max(1) as f32);
    let mut told = false;
    // The middle first: what still stands is nearly always there.
    for (dx, dy) in BESIDE {
        if let Some(cells) = cells(luma, &bbox.moved(Point::new(dx * x, dy * y))) {
            if patches.iter().any(|patch| correlation(&patch.0, &cells) >= like) {
                return false;
            }
            told = !patches.is_empty();
        }
    }
    told
}

/// A place and its neighbours, in samples.
const BESIDE: [(f32, f32); 9] = [
    (0.0, 0.0),
    (-1.0, 0.0),
    (1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (-1.0, -1.0),
    (1.0, -1.0),
    (-1.0, 1.0),
    (1.0, 1.0),
];

fn cells(luma: &Luma, bbox: &BBox) -> Option<Cells> {
    let (width, height) = (luma.width, luma.height);
    let inside = bbox.clipped().area() >= 0.6 * bbox.area() && bbox.area() > 0.0;
    let large = bbox.w * width as f32 >= SAMPLES_MIN && bbox.h * height as f32 >= SAMPLES_MIN;
    if !large || width < 2 || height < 2 || luma.samples.len() != width.checked_mul(height)? || !inside {
        return None;
    }
    let (before, share) = along(bbox.x, bbox.w, width);
    let rest = share.map(|share| 1.0 - share);
    let (above, shares) = along(bbox.y, bbox.h, height);
    let samples = luma.samples.as_ref();
    // Gathered first, two at once, then reckoned with, so that the reckoning vectorises.
    let line = |y: usize| {
        let row = &samples[y * width..(y + 1) * width];
        let mut pairs = [0i32; SIDE];
        for (&x, pair) in before.iter().zip(&mut pairs) {
            if let Some([left, right]) = row.get(x..x + 2) {
                *pair = i32::from(u16::from_le_bytes([*left, *right]));
            }
        }
        let mut line = [0.0f32; SIDE];
        for i in 0..SIDE {
            let (left, right) = (pairs[i] & 0xff, pairs[i] >> 8);
            line[i] = left as f32 * rest[i] + right as f32 * share[i];
        }
        line
    };
    let mut cells = [[0.0f32; SIDE]; SIDE];
    // Of a place no higher than its cells one row's lower line is the next one's upper line.
    let mut kept = (usize::MAX, [0.0f32; SIDE]);
    for ((&y, fy), cells) in above.iter().zip(shares).zip(&mut cells) {
        let above = if kept.0 == y { kept.1 } else { line(y) };
        kept = (y + 1, line(y + 1));
        for i in 0..SIDE {
            cells[i] = above[i] * (1.0 - fy) + kept.1[i] * fy;
        }
    }
    let count = (SIDE * SIDE) as f32;
    let mean = sum(&cells) / count;
    for cell in cells.as_flattened_mut() {
        *cell -= mean;
    }
    let length = correlation(&cells, &cells).sqrt();
    if length < DEVIATION_MIN * count.sqrt() {
        return None;
    }
    for cell in cells.as_flattened_mut() {
        *cell /= length;
    }
    Some(cells)
}

fn correlation(a: &Cells, b: &Cells) -> f32 {
    let mut columns = [0.0f32; SIDE];
    for (a, b) in a.iter().zip(b) {
        for i in 0..SIDE {
            columns[i] += a[i] * b[i];
        }
    }
    columns.iter().sum()
}

/// By columns first, so that it vectorises; the order of the additions is fixed, so that the result is the same on every machine.
fn sum(cells: &Cells) -> f32 {
    let mut columns = [0.0f32; SIDE];
    for row in cells {
        for i in 0..SIDE {
            columns[i] += row[i];
        }
    }
    columns.iter().sum()
}

impl Kept for Patch {
    fn keep(&self, to: &mut Writer) {
        self.0.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        Cells::recall(from).map(|cells| Self(Arc::new(cells)))
    }
}

/// Where the samples lie along one side: the samples before, and the shares of those after them.
fn along(start: f32, size: f32, count: usize) -> ([usize; SIDE], [f32; SIDE]) {
    let (mut before, mut shares) = ([0; SIDE], [0.0; SIDE]);
    for i in 0..SIDE {
        let at = (start + size * (i as f32 + 0.5) / SIDE as f32) * count as f32 - 0.5;
        let at = at.clamp(0.0, count as f32 - 1.01);
        before[i] = (at as usize).min(count - 2);
        shares[i] = at - before[i] as f32;
    }
    (before, shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(shade: impl Fn(usize, usize) -> f32) -> Luma {
        let (width, height) = (80, 60);
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Luma {
            width,
            height,
            samples: pixels.map(|(x, y)| shade(x, y).clamp(0.0, 255.0) as u8).collect(),
        }
    }

    #[test]
    fn likeness_sees_through_brightness_but_not_through_another_thing() {
        let bbox = BBox::new(0.25, 0.25, 0.4, 0.4);
        let stripes =
            |gain: f32, add: f32| picture(move |x, _| add + gain * if x / 6 % 2 == 0 { 80.0 } else { 20.0 });
        let other = picture(|_, y| if y / 6 % 2 == 0 { 120.0 } else { 40.0 });
        let of = |luma: &Luma| Patch::of(luma, &bbox).expect("a place with looks");
        let first = of(&stripes(1.0, 40.0));
        assert!(first.likeness(&of(&stripes(0.5, 10.0))) > 0.95);
        assert!(first.likeness(&of(&other)).abs() < 0.3);
    }

    #[test]
    fn places_without_looks_are_none() {
        let street = picture(|x, y| (x * 7 + y * 13) as f32 % 200.0);
        let rows = [
            ("one shade", picture(|_, _| 90.0), BBox::new(0.2, 0.2, 0.4, 0.4)),
            ("mostly outside", street.clone(), BBox::new(0.9, 0.2, 0.4, 0.4)),
            ("too small", street.clone(), BBox::new(0.2, 0.2, 0.03, 0.03)),
            ("no area", street, BBox::new(0.2, 0.2, 0.0, 0.4)),
            ("no picture", Luma::default(), BBox::new(0.2, 0.2, 0.4, 0.4)),
            (
                "bytes missing",
                Luma {
                    width: 80,
                    height: 60,
                    samples: vec![7; 9].into(),
                },
                BBox::new(0.2, 0.2, 0.4, 0.4),
            ),
        ];
        for (name, luma, bbox) in rows {
            assert_eq!(Patch::of(&luma, &bbox), None, "{name}");
        }
    }
}

//! A second witness: what a place looks like in the thumbnail, free of brightness and contrast.
//! Says "the same thing still stands there" when the detector misses it, and helps to tell one
//! vehicle from the next. Not for recognising anything.

use curbwatch_types::{BBox, Luma, Point};

use crate::kept::{Kept, Reader, Writer};

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
        let columns = along(bbox.x, bbox.w, width);
        for ((y, fy), cells) in along(bbox.y, bbox.h, height)
            .into_iter()
            .zip(cells.chunks_exact_mut(SIDE))
        {
            let upper = &luma.samples[y * width..(y + 1) * width];
            let lower = &luma.samples[(y + 1) * width..(y + 2) * width];
            // Gathered first, then reckoned with, so that the reckoning vectorises.
            let at = |row: &[u8], ahead: usize| columns.map(|(x, _)| f32::from(row[x + ahead]));
            let (above, below) = ([at(upper, 0), at(upper, 1)], [at(lower, 0), at(lower, 1)]);
            for (i, ((_, fx), cell)) in columns.into_iter().zip(cells).enumerate() {
                let between = |ends: &[[f32; SIDE]; 2]| ends[0][i] * (1.0 - fx) + ends[1][i] * fx;
                *cell = between(&above) * (1.0 - fy) + between(&below) * fy;
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

    /// The best likeness to what is in `bbox` of the thumbnail or a sample beside it: masts sway, and registration is good to
    /// a sample. `None` where there are no looks to compare.
    pub(crate) fn best_likeness(&self, luma: &Luma, bbox: &BBox) -> Option<f32> {
        let (x, y) = (1.0 / luma.width.max(1) as f32, 1.0 / luma.height.max(1) as f32);
        let beside = [-1.0, 0.0, 1.0f32]
            .into_iter()
            .flat_map(|dy| [-1.0, 0.0, 1.0f32].map(|dx| Point::new(dx * x, dy * y)));
        beside
            .filter_map(|by| Some(self.likeness(&Self::of(luma, &bbox.moved(by))?)))
            .max_by(f32::total_cmp)
    }
}

impl Kept for Patch {
    fn keep(&self, to: &mut Writer) {
        self.0.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        Kept::recall(from).map(Self)
    }
}

/// Where the samples lie along one side: the sample before, and the share of the one after it.
fn along(start: f32, size: f32, count: usize) -> [(usize, f32); SIDE] {
    std::array::from_fn(|i| {
        let at = (start + size * (i as f32 + 0.5) / SIDE as f32) * count as f32 - 0.5;
        let at = at.clamp(0.0, count as f32 - 1.01);
        let before = (at as usize).min(count - 2);
        (before, at - before as f32)
    })
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
                    samples: vec![7; 9],
                },
                BBox::new(0.2, 0.2, 0.4, 0.4),
            ),
        ];
        for (name, luma, bbox) in rows {
            assert_eq!(Patch::of(&luma, &bbox), None, "{name}");
        }
    }
}

//! Where the view is: how far the content of a picture has moved against the view's reference, so
//! that zones and places move along with a pan-tilt head that misses its preset.
//!
//! Not for: zoom, roll, or a head turned further than a fifth of the picture; such a picture fits
//! nowhere and is answered with `None`. Input is the observation's thumbnail.
//!
//! Method: normalised cross-correlation of gradient fields (Scharstein, "Matching images by comparing
//! their gradient fields", ICPR 1994): each gradient is divided by its length plus the median length,
//! which takes lighting out and keeps structure. The reference is a running mean of registered
//! pictures, so traffic averages away and dusk is followed. Measured over a day of two street cameras
//! with two preset errors and a zoomed-in spell: right pictures fit at 0.43 or more, wrong ones at
//! 0.12 or less.

use curbwatch_types::{Luma, Point};

use crate::field::{Field, Overlap, correlation};
use crate::kept::kept;

/// A picture fits where it is expected from here on. Between 0.12 (wrong) and 0.43 (right).
const FIT_NEAR: f32 = 0.30;
/// The first pictures in infrared, or in colour again, fit the reference of the other light from here on: half of what shows the
/// street in the one shows otherwise in the other, and a wrong picture still fits at 0.12 or less.
const FIT_BORROWED: f32 = 0.20;
/// A picture is looked for all over the range below this fit, in case a better place exists.
const FIT_SURE: f32 = 0.50;
/// A picture that fits by this share of what is usual has not moved: its neighbours are not tried.
/// One cell's move costs a street a fifth of its fit and more.
const FIT_USUAL: f32 = 0.95;
/// A picture found far away must fit better than any other distant place by this much.
pub(crate) const FIT_LEAD: f32 = 0.10;
/// Cells around a place in which a picture may be found and is still there.
pub(crate) const STRAY: i32 = 3;
/// Share of a new picture in the reference, at most: ten visits of a patrol.
const RATE_MAX: f32 = 0.10;
/// Time constant of the reference where looks are frequent, in milliseconds: 50 minutes.
const RATE_MILLIS: f32 = 3_000_000.0;
/// Pictures that are let into a new reference one by one; later ones once a minute, which is enough
/// for dusk and costs a twelfth.
const YOUNG: u32 = 10;
const BLEND_EVERY_MILLIS: i64 = 60_000;
/// Registered pictures after which a reference is trusted; a younger one that nothing fits is
/// given up after as many failures.
const TRUSTED: u32 = 3;

/// A place found for a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Registered {
    /// Content lies this far from where the reference has it, relative.
    pub(crate) offset: Point,
    /// Correlation with the reference, -1..1.
    pub(crate) fit: f32,
}

/// Where a picture was looked for and found, in cells of the reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) cells: (i32, i32),
    /// Correlation with the reference, -1..1.
    pub(crate) fit: f32,
    /// How far it lies from where it was expected.
    pub(crate) strayed: i32,
}

/// A view's reference and where the last picture of it lay.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registration {
    reference: Option<Field>,
    cells: (i32, i32),
    offset: Point,
    /// Running mean of the fits.
    usual_fit: f32,
    registered: u32,
    failed: u32,
    /// Time since a picture was last let into the reference.
    pending_ms: i64,
    /// Somebody stored the reference: it is never given up for another.
    stored: bool,
    /// The reference began as that of the other light: it is never given up either.
    borrowed: bool,
}

kept!(Registration {
    reference,
    cells,
    offset,
    usual_fit,
    registered,
    failed,
    pending_ms,
    stored,
    borrowed,
});

impl Registration {
    /// Finds the place of `thumbnail`; `None` when it fits nowhere. The first picture with any
    /// structure becomes the reference. A thumbnail too small to say anything is taken to lie where
    /// the last one lay. `elapsed_ms` is the time since the last picture; one that is not `sound` is not learned
    /// from.
    pub(crate) fn register(&mut self, thumbnail: &Luma, elapsed_ms: i64, sound: bool) -> Option<Registered> {
        let Some(field) = Field::of(thumbnail) else {
            return Some(Registered {
                offset: self.offset,
                fit: 0.0,
            });
        };
        match self.find(&field) {
            Some(found) => Some(self.take(&field, found, elapsed_ms, sound)),
            None => self.miss(field),
        }
    }

    /// One that begins with a picture of the view.
    pub(crate) fn stored(reference: Field) -> Self {
        Self {
            reference: Some(reference),
            registered: TRUSTED,
            stored: true,
            ..Self::default()
        }
    }

    /// What finds the view in the other light, colour or infrared, where no picture was seen in that yet: this reference, which the
    /// first pictures that fit it make their own.
    pub(crate) fn in_other_light(&self) -> Self {
        Self {
            registered: 0,
            failed: 0,
            borrowed: self.reference.is_some(),
            ..self.clone()
        }
    }

    /// Whether anything can be found by it.
    pub(crate) fn knows_the_view(&self) -> bool {
        self.reference.is_some()
    }

    /// The least fit that passes.
    fn fit_min(&self) -> f32 {
        if self.borrowed && self.registered < TRUSTED {
            FIT_BORROWED
        } else {
            FIT_NEAR
        }
    }

    /// Whether there is a reference of the picture's shape.
    pub(crate) fn is_of_shape(&self, field: &Field) -> bool {
        let same = |old: &Field| (old.width, old.height) == (field.width, field.height);
        self.reference.as_ref().is_some_and(same)
    }

    /// Where the picture lies, looked for all over the range where that is doubtful.
    pub(crate) fn find(&self, field: &Field) -> Option<Found> {
        let reference = self.reference.as_ref().filter(|_| self.is_of_shape(field))?;
        let (cells, fit) = locate(reference, field, (self.cells, self.usual_fit), self.fit_min())?;
        Some(self.found(cells, fit))
    }

    /// Where the picture lies, where that is no more than a cell from the last one's place and beyond doubt.
    pub(crate) fn find_near(&self, field: &Field) -> Option<Found> {
        let reference = self.reference.as_ref().filter(|_| self.is_of_shape(field))?;
        let (cells, fit) = near(reference, field, self.cells, self.usual_fit);
        (fit >= FIT_SURE).then(|| self.found(cells, fit))
    }

    /// How well the picture fits at its best place in range, by half the cells: to tell likely views from others.
    pub(crate) fn glance(&self, half: &Field) -> f32 {
        let Some(reference) = self.reference.as_ref().map(Field::halved) else {
            return -1.0;
        };
        if (reference.width, reference.height) != (half.width, half.height) {
            return -1.0;
        }
        let (range_x, range_y) = reference.range();
        let places = (-range_y..=range_y).flat_map(|dy| (-range_x..=range_x).map(move |dx| (dx, dy)));
        let fits = places.map(|cells| correlation(&reference, half, cells));
        fits.fold(-1.0, f32::max)
    }

    fn found(&self, cells: (i32, i32), fit: f32) -> Found {
        Found {
            cells,
            fit,
            strayed: distance(cells, self.cells),
        }
    }

    /// The picture lies there: `elapsed_ms` after the last one that did. One that is not `sound` is not learned from.
    pub(crate) fn take(&mut self, field: &Field, found: Found, elapsed_ms: i64, sound: bool) -> Registered {
        let Found { cells, fit, .. } = found;
        self.failed = 0;
        if cells != self.cells {
            self.settle(field, cells);
        }
        self.pending_ms = self.pending_ms.saturating_add(elapsed_ms.max(0));
        if sound {
            self.usual_fit += 0.1 * (fit - self.usual_fit);
            self.registered = self.registered.saturating_add(1);
            if self.registered <= YOUNG || self.pending_ms >= BLEND_EVERY_MILLIS {
                self.blend(field);
            }
        }
        Registered {
            offset: self.offset,
            fit,
        }
    }

    /// The picture fits nowhere. One that nobody stored begins anew where it has none of the picture's shape, or few pictures
    /// confirmed it.
    pub(crate) fn miss(&mut self, field: Field) -> Option<Registered> {
        if self.stored {
            return None;
        }
        if !self.is_of_shape(&field) {
            return Some(self.start(field));
        }
        self.failed += 1;
        let given_up = !self.borrowed && self.registered < TRUSTED && self.failed >= TRUSTED;
        given_up.then(|| self.start(field))
    }

    fn start(&mut self, field: Field) -> Registered {
        *self = Self {
            reference: Some(field),
            ..Self::default()
        };
        Registered {
            offset: Point::default(),
            fit: 1.0,
        }
    }

    /// Takes the found cells over and refines them below a cell; a change of up to three
    /// quarters of a cell is noise and moves nothing.
    fn settle(&mut self, field: &Field, cells: (i32, i32)) {
        let Some(reference) = &self.reference else { return };
        let at = |dx: i32, dy: i32| correlation(reference, field, (cells.0 + dx, cells.1 + dy));
        let middle = at(0, 0);
        let fine = Point::new(
            (cells.0 as f32 + peak(at(-1, 0), middle, at(1, 0))) / field.width as f32,
            (cells.1 as f32 + peak(at(0, -1), middle, at(0, 1))) / field.height as f32,
        );
        self.cells = cells;
        let moved_x = (fine.x - self.offset.x).abs() * field.width as f32;
        let moved_y = (fine.y - self.offset.y).abs() * field.height as f32;
        if moved_x > 0.75 || moved_y > 0.75 {
            self.offset = fine;
        }
    }

    /// Lets the picture into the running mean, at its place.
    fn blend(&mut self, field: &Field) {
        let Some(reference) = &mut self.reference else {
            return;
        };
        let young = 1.0 / (self.registered as f32 + 1.0);
        let rate = (self.pending_ms as f32 / RATE_MILLIS).min(RATE_MAX).max(young);
        self.pending_ms = 0;
        let overlap = Overlap::of(reference, self.cells);
        for row in 0..overlap.height {
            let (r, f) = overlap.starts(row, field.width);
            for i in 0..overlap.width {
                reference.x[r + i] += rate * (field.x[f + i] - reference.x[r + i]);
                reference.y[r + i] += rate * (field.y[f + i] - reference.y[r + i]);
            }
        }
    }
}

/// Cells and fit of the best place near `expected`; beyond doubt from [`FIT_SURE`] on.
fn near(reference: &Field, field: &Field, expected: (i32, i32), usual: f32) -> ((i32, i32), f32) {
    let here = correlation(reference, field, expected);
    if here >= FIT_SURE && here >= FIT_USUAL * usual {
        return (expected, here);
    }
    // Staying is likelier than moving by one cell.
    let mut near = (expected, here + 0.01);
    for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
        let cells = (expected.0 + dx, expected.1 + dy);
        let fit = correlation(reference, field, cells);
        if fit > near.1 {
            near = (cells, fit);
        }
    }
    near
}

/// Cells and fit of the best place near `expected`, or anywhere in range when that is doubtful; at least `fit_min`.
fn locate(
    reference: &Field,
    field: &Field,
    (expected, usual): ((i32, i32), f32),
    fit_min: f32,
) -> Option<((i32, i32), f32)> {
    let near = near(reference, field, expected, usual);
    if near.1 >= FIT_SURE {
        return Some(near);
    }
    let (range_x, range_y) = reference.range();
    let columns = 2 * range_x + 1;
    let fits: Vec<f32> = (-range_y..=range_y)
        .flat_map(|dy| (-range_x..=range_x).map(move |dx| (dx, dy)))
        .map(|cells| correlation(reference, field, cells))
        .collect();
    let cells_of = |i: usize| (i as i32 % columns - range_x, i as i32 / columns - range_y);
    let best = fits
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map(|(i, fit)| (cells_of(i), *fit))?;
    let apart = |a: (i32, i32), b: (i32, i32)| distance(a, b) > STRAY;
    if !apart(best.0, near.0) {
        return (best.1 >= fit_min).then_some(best);
    }
    if best.1 < near.1 + FIT_LEAD {
        return (near.1 >= fit_min).then_some(near);
    }
    let rival = fits
        .iter()
        .enumerate()
        .filter(|(i, _)| apart(cells_of(*i), best.0))
        .map(|(_, fit)| *fit);
    let rival = rival.fold(f32::MIN, f32::max);
    (best.1 >= fit_min && best.1 >= rival + FIT_LEAD).then_some(best)
}

fn distance(a: (i32, i32), b: (i32, i32)) -> i32 {
    (a.0 - b.0).abs().max((a.1 - b.1).abs())
}

/// Where the top of a parabola through three neighbouring values lies, -0.5..0.5.
fn peak(before: f32, middle: f32, after: f32) -> f32 {
    let bend = before - 2.0 * middle + after;
    if bend >= -1e-6 {
        0.0
    } else {
        (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const SIZE: (usize, usize) = (160, 120);

    /// A street of blocks whose content lies `dx`, `dy` samples off; `salt` makes another street.
    pub(crate) fn street(dx: i32, dy: i32, gain: f32, salt: u32) -> Luma {
        let block = |x: i32, y: i32| {
            let (p, q) = (((x - dx + 800) / 7) as u32, ((y - dy + 800) / 7) as u32);
            let mut h = (p.wrapping_mul(0x9e37_79b1) ^ q.wrapping_mul(0x85eb_ca77)).wrapping_add(salt);
            h ^= h >> 15;
            h = h.wrapping_mul(0x2c1b_3c6d);
            h ^= h >> 13;
            (h.wrapping_mul(0x297a_2d39) >> 24) as f32
        };
        let (width, height) = SIZE;
        let pixels = (0..height as i32).flat_map(|y| (0..width as i32).map(move |x| (x, y)));
        let samples = pixels.map(|(x, y)| (20.0 + gain * block(x, y)) as u8).collect();
        Luma {
            width,
            height,
            samples,
        }
    }

    #[test]
    fn a_picture_is_found_where_its_content_lies() {
        // Samples moved, brightness; found within a cell of two samples, or not at all.
        let rows = [
            ((0, 0), 0.8, true),
            ((0, 0), 0.2, true),
            ((4, -6), 0.8, true),
            ((-14, 12), 0.8, true),
            ((30, 20), 0.5, true),
            ((60, 0), 0.8, false),
            ((0, 50), 0.8, false),
        ];
        for ((dx, dy), gain, want) in rows {
            let mut registration = Registration::default();
            for _ in 0..4 {
                registration.register(&street(0, 0, 0.8, 0), 5_000, true);
            }
            let found = registration.register(&street(dx, dy, gain, 0), 5_000, true);
            assert_eq!(found.is_some(), want, "{dx} {dy} {gain}: {found:?}");
            if let Some(found) = found {
                let x = found.offset.x * SIZE.0 as f32 - dx as f32;
                let y = found.offset.y * SIZE.1 as f32 - dy as f32;
                assert!(x.abs() <= 2.0 && y.abs() <= 2.0, "{dx} {dy}: {:?}", found.offset);
            }
        }
    }

    #[test]
    fn a_trusted_reference_is_kept_and_a_chance_one_is_not() {
        let mut registration = Registration::default();
        assert!(
            registration
                .register(&street(0, 0, 0.8, 99), 5_000, true)
                .is_some(),
            "a first picture is the view"
        );
        let answers: Vec<bool> = (0..4)
            .map(|_| {
                registration
                    .register(&street(0, 0, 0.8, 0), 5_000, true)
                    .is_some()
            })
            .collect();
        assert_eq!(answers, [false, false, true, true], "three pictures against one");
        let answers: Vec<bool> = (0..9)
            .map(|_| {
                registration
                    .register(&street(0, 0, 0.8, 99), 5_000, true)
                    .is_some()
            })
            .collect();
        assert!(
            answers.iter().skip(3).all(|found| *found),
            "still young: it may be wrong itself"
        );
        for _ in 0..9 {
            assert!(
                registration
                    .register(&street(0, 0, 0.8, 0), 5_000, true)
                    .is_none(),
                "trusted by now"
            );
        }
        assert!(
            registration
                .register(&street(0, 0, 0.8, 99), 5_000, true)
                .is_some(),
            "and back"
        );
    }

    #[test]
    fn the_other_light_is_found_by_what_is_left_of_the_street() {
        // Three of four blocks are of another shade in infrared, the rest is as it was.
        let mixed = |salt: u32| {
            let (day, other) = (street(0, 0, 0.8, 0), street(0, 0, 0.8, salt));
            let width = day.width as i32;
            let samples = (0..).zip(day.samples.iter().zip(&other.samples));
            let samples = samples.map(|(i, (day, other)): (i32, _)| {
                let (x, y) = (i % width, i / width);
                if (x / 14 + y / 14) % 4 < 3 { *other } else { *day }
            });
            Luma {
                samples: samples.collect(),
                ..day.clone()
            }
        };
        let mut colour = Registration::default();
        for _ in 0..9 {
            colour.register(&street(0, 0, 0.8, 0), 5_000, true);
        }
        let fit = |picture: &Luma| {
            let field = Field::of(picture).expect("structure");
            let reference = colour.reference.as_ref().expect("learned");
            correlation(reference, &field, colour.cells)
        };
        let night = mixed(7);
        assert!((FIT_BORROWED..FIT_NEAR).contains(&fit(&night)), "{}", fit(&night));
        assert!(
            colour.register(&night, 5_000, false).is_none(),
            "in the same light it is another street"
        );
        let mut infrared = colour.in_other_light();
        for _ in 0..9 {
            assert!(
                infrared.register(&street(0, 0, 0.8, 99), 5_000, true).is_none(),
                "elsewhere is elsewhere"
            );
        }
        let found = infrared.register(&night, 5_000, true).expect("the view");
        assert!(found.offset.x.abs() * SIZE.0 as f32 <= 2.0, "{:?}", found.offset);
        for _ in 0..3 {
            assert!(infrared.register(&night, 5_000, true).expect("the view").fit > FIT_SURE);
        }
        assert!(infrared.register(&street(0, 0, 0.8, 99), 5_000, true).is_none());
        assert!(
            Registration::default()
                .in_other_light()
                .register(&night, 5_000, true)
                .is_some(),
            "nothing was known"
        );
    }

    #[test]
    fn thumbnails_without_structure_move_nothing() {
        let rows = [
            Luma::default(),
            Luma {
                width: 160,
                height: 120,
                samples: vec![90; 160 * 120].into(),
            },
            Luma {
                width: 160,
                height: 120,
                samples: vec![90; 7].into(),
            },
            Luma {
                width: usize::MAX,
                height: 2,
                samples: vec![1; 9].into(),
            },
            Luma {
                width: 8,
                height: 8,
                samples: vec![1; 64].into(),
            },
        ];
        for luma in rows {
            let found = Registration::default().register(&luma, 5_000, true);
            assert_eq!(
                found,
                Some(Registered {
                    offset: Point::default(),
                    fit: 0.0
                }),
                "{luma:?}"
            );
        }
    }
}

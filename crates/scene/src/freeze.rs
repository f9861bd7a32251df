//! Whether a camera shows the same picture again although something in it still ticks: an encoder that
//! hangs behind a running clock sends new bytes for the old picture.
//!
//! Not for the identical coded picture (its digest says so), nor for dark ones. Input: thumbnails of
//! looks that came one after the other.
//!
//! A living picture never stands still, because its sensor is noisy. Measured from look to look over five
//! street clips, two cities' cameras and the synthetic street: 10 % to 98 % of a thumbnail's samples
//! change by two levels or more (1 % to 2 % on a clean one at 720p). One still picture behind a ticking clock, encoded
//! at constant quality and at two bit rates: 0 % to 1 %, once the rate control has settled, which took up to 20 s. So the
//! measure is what is quiet for this camera.
//!
//! A grainy still picture may be coded otherwise each time (up to 5 % at a constant bit rate), but only in so many ways: it
//! comes back to a picture of the last eight looks, to .5 % in eight looks of ten and more. No living one was seen to. So a camera of which
//! no noise is known is frozen when its pictures come back and its clock does not.

use std::collections::VecDeque;

use curbwatch_types::{Luma, Wall};

use crate::kept::kept;

/// Outer rows at top and bottom, as a share, where burnt-in clocks stand: what changes here is no sign of
/// life (the same share as in `registration`).
const BAND: f32 = 0.12;
/// A sample has changed from here on: rounding changes one level.
const CHANGED: u8 = 2;
/// A sample of something that moved, or of a digit: more than noise or a coarser quantiser does.
const STRONG: u8 = 24;
/// Share of strongly changed samples that is a thing that moved: a person far away.
const MOVED: f32 = 0.003;
/// Looks whose change is remembered, and how many there must be before they say what is usual.
const REMEMBERED: usize = 32;
const REMEMBERED_MIN: usize = 8;
/// A camera whose quiet looks change less has no visible noise.
const NOISY: f32 = 0.03;
/// Below this part of a quiet look's change the picture has frozen; above that one it lives again.
const FREEZES: f32 = 0.1;
const THAWS: f32 = 0.5;
/// Share of changed samples in a still picture whose clock ticks.
const STILL: f32 = 0.005;
/// Looks before, to one of which a still picture comes back, and the share of changed samples beyond which it is no still
/// picture whatever the encoder does: looks like these are not kept, so a living camera usually keeps one.
const FORMER_MAX: usize = 8;
const RECODED_MAX: f32 = 0.1;
/// Looks, and milliseconds, in which the picture came back and the clock went on.
const TICKS_MIN: u32 = 4;
const TICKING_MILLIS: i64 = 20_000;
/// Samples that are counted in one byte: as many as are sure to fit.
const CHUNK: usize = 240;
/// Looks in a row that came back to none: it lives.
const STRAYS_MAX: u32 = 4;

/// What is remembered of the looks before.
#[derive(Debug, Default, Clone)]
pub(crate) struct Freeze {
    last: Option<Luma>,
    /// The picture that the camera is frozen at.
    frozen: Option<Luma>,
    changes: VecDeque<f32>,
    /// The pictures before, while they may be one still picture.
    former: VecDeque<Luma>,
    /// Looks that came back to one of them behind a ticking clock, and the first of these.
    ticks: u32,
    ticking_since: Wall,
    /// Looks in a row that did not.
    strays: u32,
}

kept!(Freeze {
    last,
    frozen,
    changes,
    former,
    ticks,
    ticking_since,
    strays,
});

/// How one thumbnail differs from another.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// Shares of the samples between the bands.
    changed: f32,
    moved: f32,
    /// Something changed strongly in the bands.
    ticked: bool,
}

impl Freeze {
    /// Whether `picture`, taken at `at`, is the one before again.
    pub(crate) fn is_frozen(&mut self, picture: &Luma, at: Wall) -> bool {
        if let Some(frozen) = &self.frozen {
            let lives = match Change::between(frozen, picture) {
                Some(change) => change.moved >= MOVED || self.lives(change, picture),
                None => true,
            };
            if !lives {
                return true;
            }
            let changes = std::mem::take(&mut self.changes);
            *self = Self {
                changes,
                ..Self::from(picture)
            };
            return false;
        }
        let change = self.last.as_ref().and_then(|last| Change::between(last, picture));
        let Some(change) = change else {
            *self = Self::from(picture);
            return false;
        };
        // Asked first: it remembers the picture.
        let ticks = self.only_ticks(change, picture, at);
        if ticks || self.quiets(change) {
            self.frozen = self.last.take();
            return true;
        }
        if self.changes.len() == REMEMBERED {
            self.changes.pop_front();
        }
        self.changes.push_back(change.changed);
        self.last = Some(picture.clone());
        false
    }

    /// The latest picture shows another view than the one before: how much of it changed says nothing of the camera's noise.
    pub(crate) fn turned(&mut self) {
        self.changes.pop_back();
    }

    /// The change of a quiet look: the lower quartile of those remembered, because a rate control that
    /// settles behind a frozen picture brings some of its own. Nothing where that is not known, or no noise
    /// shows.
    fn quiet(&self) -> Option<f32> {
        if self.changes.len() < REMEMBERED_MIN {
            return None;
        }
        let mut changes: Vec<f32> = self.changes.iter().copied().collect();
        changes.sort_by(f32::total_cmp);
        let quiet = changes[changes.len() / 4];
        (quiet >= NOISY).then_some(quiet)
    }

    fn quiets(&self, change: Change) -> bool {
        let frozen_at = self.quiet().map(|least| least * FREEZES);
        change.moved < MOVED && frozen_at.is_some_and(|most| change.changed <= most)
    }

    /// Whether a frozen camera that differs so much from the picture it hung at lives again, although nothing moved.
    fn lives(&mut self, change: Change, picture: &Luma) -> bool {
        if let Some(least) = self.quiet() {
            return change.changed >= least * THAWS;
        }
        self.comes_back(picture);
        self.strays >= STRAYS_MAX
    }

    fn only_ticks(&mut self, change: Change, picture: &Luma, at: Wall) -> bool {
        if change.moved >= MOVED || change.changed > RECODED_MAX {
            self.former.clear();
            self.ticks = 0;
        }
        if self.comes_back(picture) && change.ticked {
            if self.ticks == 0 {
                self.ticking_since = at;
            }
            self.ticks += 1;
        } else if self.strays >= STRAYS_MAX {
            self.ticks = 0;
        }
        self.ticks >= TICKS_MIN && at.millis_since(self.ticking_since) >= TICKING_MILLIS
    }

    /// Whether the picture is one of those before, which it joins.
    fn comes_back(&mut self, picture: &Luma) -> bool {
        let is = |former: &Luma| {
            Change::between(former, picture).is_some_and(|c| c.changed <= STILL && c.moved < MOVED)
        };
        // The latest is the likeliest.
        let back = self.former.iter().rev().any(is);
        self.strays = if back { 0 } else { self.strays.saturating_add(1) };
        if self.former.len() == FORMER_MAX {
            self.former.pop_front();
        }
        self.former.push_back(picture.clone());
        back
    }
}

impl From<&Luma> for Freeze {
    fn from(first: &Luma) -> Self {
        Self {
            last: Some(first.clone()),
            former: VecDeque::from([first.clone()]),
            ..Self::default()
        }
    }
}

impl Change {
    /// Nothing where the two cannot be compared.
    fn between(one: &Luma, other: &Luma) -> Option<Self> {
        let same_size = (one.width, one.height) == (other.width, other.height);
        if !same_size || one.samples.len() != other.samples.len() || one.samples.is_empty() {
            return None;
        }
        let band = ((one.height as f32 * BAND) as usize).checked_mul(one.width)?;
        let inner = band..one.samples.len().checked_sub(band)?;
        let (a, b) = (one.samples.get(inner.clone())?, other.samples.get(inner.clone())?);
        // Counted in bytes as far as a byte reaches, so that it vectorises well.
        let (mut changed, mut moved) = (0, 0);
        for (a, b) in a.chunks(CHUNK).zip(b.chunks(CHUNK)) {
            let by = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
            let (some, much) = by.fold((0u8, 0u8), |(some, much), by| {
                (some + u8::from(by >= CHANGED), much + u8::from(by >= STRONG))
            });
            changed += u32::from(some);
            moved += u32::from(much);
        }
        // Without a way out in between, so that it vectorises, too.
        let most = |a: &[u8], b: &[u8]| {
            let by = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
            by.fold(0u8, u8::max)
        };
        let (before, after) = (..inner.start, inner.end..);
        let ticked = most(&one.samples[before], &other.samples[before]) >= STRONG
            || most(&one.samples[after.clone()], &other.samples[after]) >= STRONG;
        let count = inner.len() as f32;
        Some(Self {
            changed: changed as f32 / count,
            moved: moved as f32 / count,
            ticked,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 160;
    const HEIGHT: usize = 90;

    /// What one look is made of, over a fixed street.
    #[derive(Clone, Copy, Default)]
    struct Look {
        /// Levels of noise, up or down.
        noise: u8,
        /// One in so many samples is off by two: the rate control moves.
        requantised: usize,
        /// Which of the ways to code it: each moves other samples, one in thirty.
        recoded: usize,
        /// One in so many samples is noise.
        grain: u32,
        clock: bool,
        /// Something stands here.
        thing: Option<usize>,
    }

    fn picture(number: usize, look: Look) -> Luma {
        let mut random = 0x9E37_79B9_u32.wrapping_mul(number as u32 + 1);
        let samples = (0..WIDTH * HEIGHT).map(|i| {
            let (x, y) = (i % WIDTH, i / WIDTH);
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mut level = 60 + ((x / 7 + y / 5) % 9) as u8 * 12;
            if look
                .thing
                .is_some_and(|at| (at..at + 10).contains(&x) && (50..58).contains(&y))
            {
                level = 220;
            }
            if look.clock && y < 5 && (10..16).contains(&x) {
                level = if (number + x).is_multiple_of(2) { 20 } else { 235 };
            }
            if look.requantised > 0 && (i + number).is_multiple_of(look.requantised) {
                level += 2;
            }
            if look.recoded > 0 && (i / 7 + look.recoded * 11).is_multiple_of(30) {
                level += 3;
            }
            if look.grain > 0 && (random >> 8).is_multiple_of(look.grain) {
                level += 4;
            }
            let span = u32::from(look.noise) * 2 + 1;
            (u32::from(level) + (random >> 16) % span - u32::from(look.noise).min(u32::from(level))) as u8
        });
        Luma {
            width: WIDTH,
            height: HEIGHT,
            samples: samples.collect(),
        }
    }

    /// Name, looks with how often, which of them are frozen.
    type Row = (&'static str, Vec<(usize, Look)>, std::ops::Range<usize>);

    fn check(rows: &[Row]) {
        for (name, looks, want) in rows {
            let mut freeze = Freeze::default();
            let looks = looks
                .iter()
                .flat_map(|(times, look)| std::iter::repeat_n(look, *times));
            let frozen: Vec<usize> = looks
                .enumerate()
                .filter(|(n, look)| freeze.is_frozen(&picture(*n, **look), Wall(*n as i64 * 5000)))
                .map(|(n, _)| n)
                .collect();
            assert_eq!(frozen, want.clone().collect::<Vec<_>>(), "{name}");
        }
    }

    #[test]
    fn a_picture_that_stands_still_behind_a_ticking_clock_is_frozen() {
        let living = Look {
            noise: 2,
            clock: true,
            ..Look::default()
        };
        let hung = Look { noise: 0, ..living };
        let clean = Look { clock: false, ..hung };
        let rows: [Row; 8] = [
            ("a street", vec![(60, living)], 0..0),
            (
                "a quiet night",
                vec![(20, living), (40, Look { noise: 1, ..living })],
                0..0,
            ),
            (
                "hangs and comes back",
                vec![(20, living), (12, hung), (9, living)],
                21..32,
            ),
            (
                "hangs with the rate control at work",
                vec![
                    (20, living),
                    (
                        3,
                        Look {
                            requantised: 9,
                            ..hung
                        },
                    ),
                    (
                        12,
                        Look {
                            requantised: 90,
                            ..hung
                        },
                    ),
                ],
                24..35,
            ),
            ("hung from the start", vec![(20, hung)], 5..20),
            ("no noise and no clock: nobody can tell", vec![(30, clean)], 0..0),
            (
                "no noise, but traffic",
                (0..30)
                    .map(|n| {
                        (
                            1,
                            Look {
                                thing: Some(n * 5),
                                ..hung
                            },
                        )
                    })
                    .collect(),
                0..0,
            ),
            (
                "a thing comes into the frozen street: it lives",
                vec![
                    (20, living),
                    (5, hung),
                    (
                        1,
                        Look {
                            thing: Some(40),
                            ..hung
                        },
                    ),
                    (
                        1,
                        Look {
                            thing: Some(60),
                            ..hung
                        },
                    ),
                ],
                21..25,
            ),
        ];
        check(&rows);
    }

    #[test]
    fn a_grainy_picture_that_stands_still_comes_back() {
        let hung = Look {
            clock: true,
            ..Look::default()
        };
        check(&[
            (
                "hung from the start, each picture coded in one of three ways",
                (0..20)
                    .map(|n| {
                        (
                            1,
                            Look {
                                recoded: [1, 2, 3, 1, 3][n % 5],
                                ..hung
                            },
                        )
                    })
                    .collect(),
                7..20,
            ),
            (
                "without noise in the thumbnail but for one sample in fifty, never the same",
                vec![(40, Look { grain: 50, ..hung })],
                0..0,
            ),
        ]);
    }

    #[test]
    fn a_head_on_its_tour_is_not_frozen_where_it_stays() {
        let noisy = Look {
            noise: 1,
            ..Look::default()
        };
        // Half of the looks show another view; between them much more changes than noise does.
        let other = |number| {
            let picture = picture(number, noisy);
            Luma {
                samples: picture.samples.iter().rev().copied().collect(),
                ..picture
            }
        };
        for told in [true, false] {
            let mut freeze = Freeze::default();
            let mut frozen = 0;
            for n in 0..40 {
                let (shown, turned) = match n % 4 {
                    0 | 1 => (picture(n, noisy), n % 4 == 0),
                    _ => (other(n), n % 4 == 2),
                };
                frozen += usize::from(freeze.is_frozen(&shown, Wall(n as i64 * 5000)));
                if told && turned {
                    freeze.turned();
                }
            }
            let usual = freeze.changes.iter().copied().fold(0.0_f32, f32::max);
            assert_eq!(frozen, 0);
            assert_eq!(usual < 0.6, told, "what is taken for usual: {usual}");
        }
    }

    #[test]
    fn another_size_is_another_beginning() {
        let mut freeze = Freeze::default();
        let small = Luma {
            width: 2,
            height: 2,
            samples: vec![9; 4].into(),
        };
        for n in 0..50 {
            let picture = if n % 2 == 0 {
                small.clone()
            } else {
                Luma::default()
            };
            assert!(!freeze.is_frozen(&picture, Wall(n)));
        }
    }
}

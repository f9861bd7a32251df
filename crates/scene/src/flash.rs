//! Whether the light of a picture changed at a stroke: lightning, a headlight into the lens, somebody welding, a lamp that is
//! switched, an exposure that searches.
//!
//! Such a picture is worth less than it seems (burnt out, or dark but for the flash), and mostly the next one is as the one before.
//! It judges nothing. Light that stays is the new light after three looks; light that never settles is put up with after a minute.
//!
//! Not for: dusk, clouds and what changes between looks a minute apart and more; what drives past, however large. Input: thumbnails of looks
//! that show one view. Over three street cameras and five clips the middle of the picture changed by at most 10 levels within two seconds, but for one camera over a
//! bare car park that turns its exposure down by 46 whenever a white car fills a quarter of the picture.

use curbwatch_types::{Luma, Wall};

use crate::kept::kept;

/// Blocks across and down.
const ACROSS: usize = 16;
const DOWN: usize = 9;
/// Lines whose samples are summed up in sixteen bits.
const LINES: usize = 256;
/// Half of the picture is brighter, or darker, by so many levels: another light.
const JUMP: f32 = 32.0;
/// Looks whose blocks differ by no more, in the middle, are of one light.
const STEADY: f32 = 12.0;
/// So many looks in a row of one light, and that is the light now.
const SETTLED: u32 = 3;
/// Light that has not settled for so long, in milliseconds, is the light there is.
const UNSETTLED_MS: i64 = 60_000;
/// After so long, in milliseconds, nobody can say what is sudden.
const APART_MS: i64 = 60_000;
/// A block from this level on is burnt out; half of the blocks, and the picture is.
const BURNT: f32 = 235.0;

/// The light of one picture: means of its blocks; none of a picture too small for them. Measured once a look, for all views.
pub(crate) struct Light(Vec<f32>);

impl Light {
    pub(crate) fn of(picture: &Luma) -> Self {
        Self(blocks(picture))
    }
}

/// The light of a view.
#[derive(Debug, Default, Clone)]
pub(crate) struct Flash {
    /// When the latest picture was taken.
    last: Wall,
    /// Blocks of the latest one that judged; none before it.
    steady: Vec<f32>,
    /// Blocks of the latest one that did not, and how many in a row are like it.
    other: Vec<f32>,
    alike: u32,
    /// Since when there is another light.
    since: Option<Wall>,
}

kept!(Flash {
    last,
    steady,
    other,
    alike,
    since,
});

impl Flash {
    /// Whether a picture of the view is dazzled, or dark at a stroke. Takes nothing in.
    pub(crate) fn dazzles(&self, light: &Light, at: Wall) -> bool {
        self.weigh(&light.0, at).is_some()
    }

    /// Takes in a picture of the view.
    pub(crate) fn follow(&mut self, light: &Light, at: Wall) {
        let blocks = light.0.clone();
        if let Some(alike) = self.weigh(&blocks, at) {
            self.since.get_or_insert(at);
            self.alike = alike;
            self.other = blocks;
            self.last = at;
        } else {
            *self = Self {
                last: at,
                steady: blocks,
                ..Self::default()
            };
        }
    }

    /// For how many pictures there has been this light, where it is another one and has not settled.
    fn weigh(&self, blocks: &[f32], at: Wall) -> Option<u32> {
        let apart = at.millis_since(self.last) > APART_MS || blocks.len() != self.steady.len();
        if apart || Turn::of(&self.steady, blocks, JUMP) == Turn::None {
            return None;
        }
        let same = self.other.len() == blocks.len() && Turn::of(&self.other, blocks, STEADY) == Turn::None;
        let alike = if same { self.alike.saturating_add(1) } else { 1 };
        let lasts = self
            .since
            .is_some_and(|since| at.millis_since(since) >= UNSETTLED_MS);
        (alike < SETTLED && !lasts).then_some(alike)
    }

    /// Whether a picture that shows no view is so because it is burnt out, and was not before.
    pub(crate) fn blinds(&self, Light(blocks): &Light) -> bool {
        let burnt = blocks.iter().filter(|block| **block >= BURNT).count();
        let brighter = || Turn::of(&self.steady, blocks, JUMP) == Turn::Brighter;
        blocks.len() == self.steady.len() && 2 * burnt >= blocks.len() && brighter()
    }
}

/// Means of the picture's blocks; none of a picture too small for them.
fn blocks(picture: &Luma) -> Vec<f32> {
    let (width, height) = (picture.width, picture.height);
    if width < ACROSS || height < DOWN || width.checked_mul(height) != Some(picture.samples.len()) {
        return Vec::new();
    }
    let mut blocks = Vec::with_capacity(ACROSS * DOWN);
    // By columns first, so that it vectorises, and as many lines at once as sixteen bits are sure to hold.
    let mut sums = vec![0u16; width];
    for row in 0..DOWN {
        let lines = row * height / DOWN..(row + 1) * height / DOWN;
        let span = |column: usize| column * width / ACROSS..(column + 1) * width / ACROSS;
        let mut totals = [0u32; ACROSS];
        for part in picture.samples[lines.start * width..lines.end * width].chunks(LINES * width) {
            sums.fill(0);
            for line in part.chunks_exact(width) {
                for (sum, sample) in sums.iter_mut().zip(line) {
                    *sum += u16::from(*sample);
                }
            }
            for (column, total) in totals.iter_mut().enumerate() {
                *total += sums[span(column)].iter().map(|sum| u32::from(*sum)).sum::<u32>();
            }
        }
        for (column, total) in totals.into_iter().enumerate() {
            blocks.push(total as f32 / (lines.len() * span(column).len()) as f32);
        }
    }
    blocks
}

/// Which way most of the blocks have gone, by so much or more: the middle one of their differences is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Brighter,
    Darker,
    /// Less than that, or nobody can tell.
    None,
}

impl Turn {
    /// Counted, not sorted, so that it vectorises.
    fn of(before: &[f32], now: &[f32], by: f32) -> Self {
        let (mut brighter, mut darker) = (0usize, 0usize);
        for (before, now) in before.iter().zip(now) {
            brighter += usize::from(now - before >= by);
            darker += usize::from(now - before <= -by);
        }
        let count = before.len().min(now.len());
        if count > 0 && brighter >= count - count / 2 {
            Self::Brighter
        } else if darker > count / 2 {
            Self::Darker
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A street `brighter` than it was, with a van of full white over this share of it.
    fn picture(brighter: i32, van: f32) -> Luma {
        let (width, height) = (160, 90);
        let level = |x: usize, y: usize| {
            let street = 50 + ((x / 9 * 7 + y / 5 * 3) % 60) as i32 + brighter;
            if (x as f32) < van * width as f32 {
                250
            } else {
                street.clamp(0, 255) as u8
            }
        };
        Luma {
            width,
            height,
            samples: (0..height)
                .flat_map(|y| (0..width).map(move |x| (x, y)))
                .map(|(x, y)| level(x, y))
                .collect(),
        }
    }

    #[test]
    fn a_flash_judges_nothing_and_a_new_light_settles() {
        type Row = (&'static str, i64, Vec<(i32, f32)>, Vec<usize>);
        // (name, seconds between looks, brightness and van, which looks are dazzled)
        let rows: [Row; 9] = [
            (
                "lightning",
                5,
                vec![(0, 0.0), (0, 0.0), (90, 0.0), (0, 0.0), (2, 0.0)],
                vec![2],
            ),
            (
                "a van fills a third of the picture",
                5,
                vec![(0, 0.0), (0, 0.33), (0, 0.33), (0, 0.0)],
                vec![],
            ),
            (
                "lamps go on",
                5,
                vec![(0, 0.0), (40, 0.0), (42, 0.0), (41, 0.0), (40, 0.0)],
                vec![1, 2],
            ),
            (
                "they go out",
                5,
                vec![(40, 0.0), (0, 0.0), (0, 0.0), (0, 0.0), (0, 0.0)],
                vec![1, 2],
            ),
            (
                "somebody welds: his bright pictures never settle",
                5,
                (0..14)
                    .map(|n| (if n % 2 == 1 { 90 + 8 * n } else { 0 }, 0.0))
                    .collect(),
                vec![1, 3, 5, 7, 9, 11, 13],
            ),
            (
                "nothing settles: a minute is enough, until it jumps again",
                10,
                (0..9)
                    .map(|n| (n * 40, 0.0))
                    .take(2)
                    .chain((0..8).map(|n| (60 + n % 2 * 60, 0.0)))
                    .collect(),
                vec![1, 2, 3, 4, 5, 6, 8],
            ),
            ("dusk", 5, (0..30).map(|n| (-n * 2, 0.0)).collect(), vec![]),
            (
                "visits five minutes apart",
                300,
                vec![(0, 0.0), (60, 0.0), (0, 0.0)],
                vec![],
            ),
            ("the first look", 5, vec![(120, 0.0), (120, 0.0)], vec![]),
        ];
        for (name, every, looks, want) in rows {
            let mut flash = Flash::default();
            let dazzled: Vec<usize> = looks
                .iter()
                .enumerate()
                .filter(|(n, (brighter, van))| {
                    let (picture, at) = (
                        Light::of(&picture(*brighter, *van)),
                        Wall(1_000_000 + *n as i64 * every * 1000),
                    );
                    let dazzled = flash.dazzles(&picture, at);
                    flash.follow(&picture, at);
                    dazzled
                })
                .map(|(n, _)| n)
                .collect();
            assert_eq!(dazzled, want, "{name}");
        }
    }

    #[test]
    fn a_burnt_out_picture_blinds_where_the_street_was_dark() {
        let mut flash = Flash::default();
        assert!(
            !flash.blinds(&Light::of(&picture(200, 0.0))),
            "nobody knows what is usual"
        );
        flash.follow(&Light::of(&picture(0, 0.0)), Wall(0));
        for (brighter, van, want) in [(200, 0.0, true), (40, 0.0, false), (0, 0.4, false)] {
            assert_eq!(
                flash.blinds(&Light::of(&picture(brighter, van))),
                want,
                "{brighter} {van}"
            );
        }
        assert!(!flash.blinds(&Light::of(&Luma::default())));
    }
}

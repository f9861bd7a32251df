//! Whether a picture is much less sharp than is usual for the view: out of focus, misted over, dirt or rain on the glass, a picture
//! that was smeared before it was coded.
//!
//! What is usual is a running median of the sharpness of the looks that judged, one for colour and one for infrared. It follows
//! by at most a factor of two in half an hour: dusk takes 40 minutes and more to halve the sharpness of a street (measured), a lens that
//! loses its focus takes a moment. While a view is held as blurred the usual comes down to it, too, but within a day: a camera whose
//! stream was made softer for good is judged again after operators had a day to see why it was not.
//!
//! Not for: mist that comes as slowly as dusk, a camera that was never sharp, streets without anything to be sharp (a bare car park). Input: the
//! look's sharpness figure, which no contrast and no brightness is in.

use std::collections::VecDeque;

use curbwatch_types::Wall;

use crate::kept::kept;

/// Below this part of what is usual the picture is blurred; above that one it is sharp again. Over 720 visits of a day to three street cameras
/// the least part was .6 of what was usual then, but for two pictures that the line had smeared; a blur of 1.5 pixels' standard deviation in a
/// picture 640 wide leaves .2 to .4.
const BLURS: f32 = 0.5;
const CLEARS: f32 = 0.65;
/// Of a view that is usually no sharper nobody can say.
const USUAL_MIN: f32 = 0.9;
/// Nothing finer than the thumbnail is left: blurred so much that the view may not be known again.
const NOTHING: f32 = 0.1;
/// Looks that say what is usual at the beginning.
const YOUNG: usize = 8;
/// What is usual changes by at most a factor of two in so many milliseconds ...
const DOUBLES_MS: f32 = 30.0 * 60_000.0;
/// ... and, while the view is blurred, in so many.
const RESIGNS_MS: f32 = 12.0 * 3_600_000.0;
/// What lies longer between two looks says no more than this, in milliseconds.
const APART_MS: i64 = 2 * 3_600_000;
/// The least that is usual: none is zero, or nothing could follow.
const LEAST: f32 = 0.05;

/// What is usual in one view.
#[derive(Debug, Default, Clone)]
pub(crate) struct Sharpness {
    /// Size of the pictures; in another one sharpness is another.
    size: (usize, usize),
    colour: Usual,
    infrared: Usual,
}

/// What is usual in one light.
#[derive(Debug, Default, Clone)]
struct Usual {
    /// The first looks, until they say what is usual.
    young: VecDeque<f32>,
    level: Option<f32>,
    at: Wall,
    blurred: bool,
}

kept!(Sharpness {
    size,
    colour,
    infrared
});
kept!(Usual {
    young,
    level,
    at,
    blurred
});

impl Sharpness {
    /// Whether a picture of this sharpness is blurred in this view. Takes nothing in.
    pub(crate) fn is_blurred(&self, sharpness: f32, size: (usize, usize), infrared: bool) -> bool {
        let usual = if infrared { &self.infrared } else { &self.colour };
        size == self.size && usual.is_blurred(sharpness)
    }

    /// Whether a picture that shows no view has nothing left to show it by.
    pub(crate) fn is_gone(&self, sharpness: f32, size: (usize, usize), infrared: bool) -> bool {
        sharpness < NOTHING && self.is_blurred(sharpness, size, infrared)
    }

    /// Takes in a picture that shows the view.
    pub(crate) fn follow(&mut self, sharpness: f32, size: (usize, usize), infrared: bool, at: Wall) {
        if size != self.size {
            *self = Self {
                size,
                ..Self::default()
            };
        }
        let usual = if infrared {
            &mut self.infrared
        } else {
            &mut self.colour
        };
        usual.follow(sharpness, at);
    }
}

impl Usual {
    fn is_blurred(&self, sharpness: f32) -> bool {
        let part = if self.blurred { CLEARS } else { BLURS };
        self.level
            .is_some_and(|level| level >= USUAL_MIN && sharpness < part * level)
    }

    fn follow(&mut self, sharpness: f32, at: Wall) {
        let elapsed_ms = at.millis_since(self.at).clamp(0, APART_MS) as f32;
        self.at = at;
        let Some(level) = self.level else {
            self.young.push_back(sharpness);
            if self.young.len() >= YOUNG {
                let mut young: Vec<f32> = std::mem::take(&mut self.young).into();
                young.sort_by(f32::total_cmp);
                self.level = Some(young[YOUNG / 2].max(LEAST));
            }
            return;
        };
        self.blurred = self.is_blurred(sharpness);
        let doubles_ms = if self.blurred { RESIGNS_MS } else { DOUBLES_MS };
        let most = (elapsed_ms / doubles_ms).exp2();
        let next = level * (sharpness / level).clamp(1.0 / most, most);
        self.level = Some(next.max(LEAST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (1280, 720);

    /// Looks of a given sharpness, every so many seconds, and after how many of them the view is blurred.
    fn held(looks: &[(i64, f32, bool)]) -> Vec<usize> {
        let mut sharpness = Sharpness::default();
        let (mut at, mut held) = (Wall(1_000_000), Vec::new());
        for (n, (secs, figure, infrared)) in looks.iter().enumerate() {
            at = at.plus_millis(secs * 1000);
            if sharpness.is_blurred(*figure, SIZE, *infrared) {
                held.push(n);
            }
            sharpness.follow(*figure, SIZE, *infrared, at);
        }
        held
    }

    fn row(times: usize, secs: i64, figure: f32) -> Vec<(i64, f32, bool)> {
        vec![(secs, figure, false); times]
    }

    #[test]
    fn what_comes_at_once_and_stays_is_blurred() {
        type Row = (&'static str, Vec<(i64, f32, bool)>, std::ops::Range<usize>);
        let in_sequence = |rows: &[Vec<(i64, f32, bool)>]| rows.concat();
        let fall = |from: f32, to: f32, looks: usize, secs: i64| {
            let at = |n: usize| from * (to / from).powf(n as f32 / looks as f32);
            (0..looks).map(|n| (secs, at(n), false)).collect::<Vec<_>>()
        };
        // (name, looks, which of them are blurred)
        let rows: [Row; 9] = [
            ("a street", row(50, 5, 2.2), 0..0),
            (
                "out of focus",
                in_sequence(&[row(20, 5, 2.2), row(40, 5, 0.5)]),
                20..60,
            ),
            (
                "and back",
                in_sequence(&[row(20, 5, 2.2), row(9, 5, 0.5), row(9, 5, 2.0)]),
                20..29,
            ),
            (
                "hunting for it: half way back is not sharp",
                in_sequence(&[row(20, 5, 2.2), row(2, 5, 0.5), row(2, 5, 1.3), row(2, 5, 1.6)]),
                20..24,
            ),
            (
                "dusk, as measured: from 2.7 to 1.1 in an hour",
                in_sequence(&[row(20, 5, 2.7), fall(2.7, 1.1, 720, 5), row(50, 5, 1.1)]),
                0..0,
            ),
            (
                "the same seen in visits",
                in_sequence(&[row(20, 300, 2.7), fall(2.7, 1.1, 12, 300), row(50, 300, 1.1)]),
                0..0,
            ),
            (
                "out of focus from the first look: nobody knows",
                row(50, 5, 0.3),
                0..0,
            ),
            (
                "a bare car park",
                in_sequence(&[row(20, 5, 0.85), row(9, 5, 0.1)]),
                0..0,
            ),
            (
                "softened for good: ten hours, and it is the usual",
                in_sequence(&[row(20, 5, 2.2), row(200, 600, 0.8)]),
                20..81,
            ),
        ];
        for (name, looks, want) in rows {
            assert_eq!(held(&looks), want.collect::<Vec<_>>(), "{name}");
        }
    }

    #[test]
    fn infrared_and_another_size_have_their_own_usual() {
        let day = |times: usize| row(times, 5, 2.4);
        let night = |times: usize, figure: f32| vec![(5, figure, true); times];
        let looks = [day(20), night(20, 1.0), day(5), night(5, 1.0), night(3, 0.2)].concat();
        assert_eq!(held(&looks), (50..53).collect::<Vec<_>>());

        let mut sharpness = Sharpness::default();
        for n in 0..20 {
            sharpness.follow(2.4, SIZE, false, Wall(n * 5000));
        }
        assert!(sharpness.is_blurred(0.5, SIZE, false) && !sharpness.is_gone(0.5, SIZE, false));
        assert!(sharpness.is_gone(0.02, SIZE, false));
        assert!(!sharpness.is_blurred(0.5, (640, 360), false), "another stream");
        sharpness.follow(0.5, (640, 360), false, Wall(100_000));
        assert!(
            !sharpness.is_blurred(0.1, (640, 360), false),
            "of which nothing is known yet"
        );
    }
}

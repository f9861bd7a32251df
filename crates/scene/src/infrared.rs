//! Whether a camera sees colours or infrared, and the moments in which it changes between the two.
//!
//! At the change its filter swings, exposure and focus search, and everything looks otherwise than before: nothing is
//! judged until that is over, and nothing that was seen in the one is held against the other (`forget_looks` of places,
//! `witness`).
//!
//! Not for: what a picture is worth in itself. Input: distance of the chroma from grey, look by look. Measured between keyframes: 1.7 to
//! 18 over a day of three street cameras, lamplight included; .3 to 2.7 over a bare grey car park; 0.0 in infrared (synthetic, and what
//! coding leaves of chroma planes that are all grey).

use curbwatch_types::Wall;

use crate::kept::kept;

/// At most this, and the picture is infrared; at least that, and it has colours; between them it is what it was.
const GREY_MAX: f32 = 0.15;
const COLOURED_MIN: f32 = 0.3;
/// So many looks, and so many milliseconds, show the new mode before anything is judged in it: exposure and focus have found
/// their place within seconds.
const LOOKS: u32 = 3;
const SETTLE_MS: i64 = 5_000;
/// Looks further apart do not see a change happen, in milliseconds: whatever came of it has settled.
const APART_MS: i64 = 60_000;

/// What was seen so far.
#[derive(Debug, Default, Clone)]
pub(crate) struct Infrared {
    /// Nothing before the first look that said.
    on: Option<bool>,
    last: Wall,
    /// The change that goes on: its first look, and how many there were.
    change: Option<(Wall, u32)>,
}

kept!(Infrared { on, last, change });

impl Infrared {
    /// Takes in a look's chroma; whether the mode is changing, so that nothing is to be judged.
    pub(crate) fn changes(&mut self, chroma: f32, at: Wall) -> bool {
        let gap_ms = at.millis_since(self.last);
        self.last = at;
        let now = if chroma <= GREY_MAX {
            Some(true)
        } else if chroma >= COLOURED_MIN {
            Some(false)
        } else {
            None
        };
        let is_other = now.is_some() && self.on.is_some() && now != self.on;
        self.on = now.or(self.on);
        if gap_ms > APART_MS {
            self.change = None;
            return false;
        }
        if is_other {
            self.change = Some((at, 1));
            return true;
        }
        let Some((since, looks)) = &mut self.change else {
            return false;
        };
        *looks += 1;
        if *looks < LOOKS || at.millis_since(*since) < SETTLE_MS {
            return true;
        }
        self.change = None;
        false
    }

    /// Whether the latest look was infrared.
    pub(crate) fn is_on(&self) -> bool {
        self.on == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_mode_is_sat_out() {
        type Row = (&'static str, Vec<(i64, f32)>, Vec<bool>, bool);
        // (name, seconds and chroma of the looks, which of them are held, infrared at the end)
        let rows: [Row; 7] = [
            (
                "a day",
                vec![(0, 5.0), (5, 4.0), (10, 0.2), (15, 0.4)],
                vec![false; 4],
                false,
            ),
            (
                "infrared from the first look",
                vec![(0, 0.0), (5, 0.0)],
                vec![false; 2],
                true,
            ),
            (
                "dusk: two looks are sat out",
                vec![(0, 5.0), (5, 0.0), (10, 0.0), (15, 0.0), (20, 0.0)],
                vec![false, true, true, false, false],
                true,
            ),
            (
                "looks every second: five seconds are",
                (0..8).map(|s| (s, if s < 2 { 3.0 } else { 0.0 })).collect(),
                vec![false, false, true, true, true, true, true, false],
                true,
            ),
            (
                "it cannot decide: every change begins anew",
                vec![(0, 5.0), (5, 0.0), (10, 5.0), (15, 5.0), (20, 5.0)],
                vec![false, true, true, true, false],
                false,
            ),
            (
                "nobody looked for five minutes",
                vec![(0, 5.0), (300, 0.0)],
                vec![false; 2],
                true,
            ),
            (
                "noise between the two is neither",
                vec![(0, 0.0), (5, 0.2), (10, 0.29)],
                vec![false; 3],
                true,
            ),
        ];
        for (name, looks, want, on) in rows {
            let mut infrared = Infrared::default();
            let held: Vec<bool> = looks
                .iter()
                .map(|(secs, chroma)| infrared.changes(*chroma, Wall(1_000_000 + secs * 1000)))
                .collect();
            assert_eq!((held, infrared.is_on()), (want, on), "{name}");
        }
    }
}

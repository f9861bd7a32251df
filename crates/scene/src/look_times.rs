//! When a view was looked at, for a while back: whether it saw a place before something came to stand there. Kept only where ground is
//! shared. Not for: looks that judge nothing.

use std::collections::VecDeque;

use curbwatch_types::Wall;

use crate::kept::kept;

/// One look in so many milliseconds is remembered: what came and went within them nobody asks about.
const EVERY_MS: i64 = 10_000;
/// Looks remembered: an hour and a half of them, longer than any dwell.
const LOOKS_MAX: usize = 540;

/// Looks, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct LookTimes {
    at: VecDeque<Wall>,
}

kept!(LookTimes { at });

impl LookTimes {
    pub(crate) fn note(&mut self, at: Wall) {
        if self
            .at
            .back()
            .is_some_and(|last| at.millis_since(*last) < EVERY_MS)
        {
            return;
        }
        while self.at.len() >= LOOKS_MAX {
            self.at.pop_front();
        }
        self.at.push_back(at);
    }

    /// The latest one before a moment that is remembered.
    pub(crate) fn before(&self, moment: Wall) -> Option<Wall> {
        self.at.iter().rev().find(|at| **at < moment).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_before_a_moment_is_found_within_the_bound() {
        let mut looks = LookTimes::default();
        assert_eq!(looks.before(Wall(5)), None);
        for second in 0..20_000 {
            looks.note(Wall(second * 1000));
        }
        assert_eq!(looks.before(Wall(19_995_000)), Some(Wall(19_990_000)));
        assert_eq!(looks.before(Wall(19_990_000)), Some(Wall(19_980_000)));
        assert_eq!(looks.at.len(), LOOKS_MAX);
        assert_eq!(looks.before(Wall(100_000)), None, "too long ago");
    }
}

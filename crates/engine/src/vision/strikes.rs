//! Which cameras' pictures end vision workers, and which of these cameras are left alone for a while.
//!
//! One poison picture costs one look; a camera that sends nothing else would cost its neighbours a worker every few seconds. All
//! workers share one book, for a camera's looks go to any of them. Bounded by the cameras.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use curbwatch_types::Monotonic;

/// Looks in a row that ended a worker, after which a camera is set aside.
pub(crate) const STRIKES_MAX: u32 = 3;
/// For how long. Then it has one try.
pub(crate) const SET_ASIDE: Duration = Duration::from_secs(600);

/// The book.
#[derive(Debug, Default)]
pub(crate) struct Strikes(Mutex<BTreeMap<usize, Strike>>);

#[derive(Debug, Clone, Copy, Default)]
struct Strike {
    in_a_row: u32,
    until: Option<Monotonic>,
}

impl Strikes {
    /// Whether the camera's pictures are looked at.
    pub(super) fn allow(&self, camera: usize, now: Monotonic) -> bool {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.get(&camera)
            .and_then(|strike| strike.until)
            .is_none_or(|until| now >= until)
    }

    /// A worker ended with a picture of this camera; true when the camera is set aside by that.
    pub(super) fn ended(&self, camera: usize, now: Monotonic) -> bool {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let strike = book.entry(camera).or_default();
        strike.in_a_row = strike.in_a_row.saturating_add(1);
        let over = strike.in_a_row >= STRIKES_MAX;
        strike.until = over.then(|| now.plus(SET_ASIDE));
        over
    }

    /// A worker took one of its pictures and lives.
    pub(super) fn survived(&self, camera: usize) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !book.is_empty() {
            book.remove(&camera);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Monotonic {
        Monotonic(Duration::from_secs(secs))
    }

    #[test]
    fn three_in_a_row_set_a_camera_aside_and_no_other() {
        let strikes = Strikes::default();
        assert!(!strikes.ended(4, at(1)) && !strikes.ended(4, at(2)));
        strikes.survived(4);
        assert!(
            !strikes.ended(4, at(3)) && !strikes.ended(4, at(4)),
            "not in a row"
        );
        assert!(!strikes.ended(5, at(4)));
        strikes.survived(6);
        assert!(strikes.ended(4, at(5)));
        assert!(!strikes.allow(4, at(6)));
        assert!(strikes.allow(5, at(6)) && strikes.allow(6, at(6)));
    }

    #[test]
    fn a_camera_that_was_set_aside_has_one_try() {
        let strikes = Strikes::default();
        for secs in 1..=3 {
            strikes.ended(0, at(secs));
        }
        let later = at(3).plus(SET_ASIDE);
        assert!(!strikes.allow(0, at(602)));
        assert!(strikes.allow(0, later));
        assert!(strikes.ended(0, later), "one is enough now");
        assert!(!strikes.allow(0, later.plus(Duration::from_secs(1))));
        let again = later.plus(SET_ASIDE);
        assert!(strikes.allow(0, again));
        strikes.survived(0);
        assert!(!strikes.ended(0, again), "forgiven");
    }
}

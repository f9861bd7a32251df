//! When a place counts as empty: after how many looks that did not show its thing.
//!
//! Not for: what a look says of a place (`view_scene`, `part`).

use curbwatch_types::Wall;

use super::{Anchor, Occupancy};

/// The place of a case is empty once it is this unlikely that its thing was missed: one in twenty.
const MISSED_MAX: f32 = 0.05;

impl Anchor {
    /// Whether the place has been seen empty for `vacant_secs` and over two looks. That of an open case, over so many that a detector
    /// which shows its thing as often as it did would hardly have missed it in all of them, or for `gap_max_secs`.
    pub(crate) fn is_vacant(&self, now: Wall, vacant_secs: u32, gap_max_secs: u32) -> bool {
        self.vacant.is_some_and(|(since, looks)| {
            let empty_for = |secs: u32| now.millis_since(since) >= i64::from(secs) * 1000;
            let told =
                || self.opened.is_none() || empty_for(gap_max_secs) || self.missed_in(looks) <= MISSED_MAX;
            looks >= 2 && empty_for(vacant_secs) && told()
        })
    }

    /// How likely so many looks in a row miss the thing while it stands there, by how often looks showed it up to the last that did
    /// (rule of succession).
    fn missed_in(&self, looks: u32) -> f32 {
        let last = self.looks.iter().rposition(|(_, o, _)| *o == Occupancy::Present);
        let before = || self.looks.iter().take(last.map_or(0, |last| last + 1));
        let count = |what| before().filter(|(_, o, _)| *o == what).count() as f32;
        let (present, absent) = (count(Occupancy::Present), count(Occupancy::Absent));
        ((absent + 1.0) / (present + absent + 2.0)).powi(looks.try_into().unwrap_or(i32::MAX))
    }
}

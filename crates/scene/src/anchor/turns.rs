//! Two places of which it is to be said whether they are one thing in two boxes. Not for: deciding what follows (`following`).

use curbwatch_types::Wall;

use super::{Anchor, Occupancy};

impl Anchor {
    /// Whether the two were seen in turns, and never at once: one thing in two boxes. Two that stand there are both seen in some
    /// look. `false` where the newer's looks are not remembered from its beginning.
    pub(crate) fn takes_turns_with(&self, newer: &Self) -> bool {
        let remembers = |anchor: &Self| anchor.looks.front().is_some_and(|look| look.0 <= newer.entered.1);
        remembers(self)
            && remembers(newer)
            && !newer.seen_at().any(|at| self.seen_at().any(|other| other == at))
    }

    /// When the remembered looks that showed it were.
    fn seen_at(&self) -> impl Iterator<Item = Wall> + '_ {
        let showed = self.looks.iter().filter(|(_, o, _)| *o == Occupancy::Present);
        showed.map(|(at, _, _)| *at)
    }
}

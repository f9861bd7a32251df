//! A look that did not show the thing: is its place empty, or could nobody tell? Not for: when a place counts as empty (`empty`).

use super::{Anchor, Occupancy};
use crate::now::Now;
use crate::patch::UNCHANGED;
use crate::sighting::Seen;

impl Anchor {
    /// What a look that did not show its thing says of the place.
    pub(crate) fn unshown(&self, seen: &Seen, now: &Now<'_>) -> Occupancy {
        let shown = self.last.moved(now.offset);
        let out_of_picture = shown.clipped().area() < 0.5 * shown.area();
        // What was seen only once has no claim to a second witness.
        let unchanged = || {
            self.present_looks >= 2
                && self
                    .patch
                    .as_ref()
                    .and_then(|then| then.likeness_at(&now.observation.thumbnail, &shown))
                    .is_some_and(|like| like >= UNCHANGED)
        };
        if out_of_picture || seen.cover(&self.last) || unchanged() {
            Occupancy::Unknown
        } else {
            Occupancy::Absent
        }
    }
}

//! A part of a standing vehicle in a box of its own: what it says of the place, and of what stands there.
//!
//! A vehicle that is half hidden, or that the detector is not sure of, is often shown by a box around a part of it. As a box that is
//! another place, and the whole one was not seen. But a place in which a vehicle stands is not empty: such a look does not count
//! towards the end of a case.
//!
//! Not for: boxes that share most of what they cover (`anchor`), neighbours that were seen beside the thing: they stand for themselves.

use curbwatch_types::BBox;

use crate::anchor::Anchor;
use crate::now::Now;
use crate::overlap::{NESTED, containment};
use crate::sighting::{Seen, Sighting};
use crate::view_scene::ViewScene;

/// Within so many errors of its foot a box ends where the thing meets the ground.
const ERRORS: f32 = 2.0;

impl ViewScene {
    /// Whether the look, which did not show the thing of this open case, shows a vehicle that stands in its place, and not one that
    /// is allowed to stand there. `newcomer` says of a sighting whether it was not beside the thing before. For as long as anybody
    /// would swear to a dwell, and not where the spot looks otherwise within minutes.
    pub(crate) fn is_shown_in_part(
        &self,
        anchor: &Anchor,
        seen: &Seen,
        newcomer: impl Fn(usize) -> bool,
        now: &Now<'_>,
    ) -> bool {
        let options = self.rule_of(anchor);
        let unseen_ms = now.at.at.millis_since(anchor.last_seen.at);
        if anchor.opened.is_none() || unseen_ms > i64::from(options.gap_max_secs) * 1000 {
            return false;
        }
        let settle_ms = i64::from(options.stationary_secs) * 1000;
        let luma = &now.observation.thumbnail;
        let is_part = |(s, sighting): (usize, &Sighting)| {
            shares_ground(&sighting.bbox, &anchor.place, options.foot_error)
                && self.zones.enforced(self.rule, sighting.foot).is_some()
                && newcomer(s)
                && (seen.hide(&anchor.last, sighting)
                    || !anchor.looks_otherwise(now.at.at, settle_ms, now.offset, luma))
        };
        seen.subjects.iter().enumerate().any(is_part)
    }
}

/// Whether one of the two boxes lies in the other and both end on one line of ground: the smaller one's foot strays by `foot_error`
/// of its height. What stands before a thing or far behind it meets the ground elsewhere.
fn shares_ground(a: &BBox, b: &BBox, foot_error: f32) -> bool {
    let lines_apart = (a.y + a.h - b.y - b.h).abs();
    containment(a, b) >= NESTED && lines_apart <= ERRORS * foot_error * a.h.min(b.h)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stands_on_the_same_ground() {
        let coach = BBox::new(0.40, 0.12, 0.12, 0.14);
        // What, its box; whether it shares the coach's ground.
        let rows = [
            ("itself", coach, true),
            ("its nearer end", BBox::new(0.44, 0.20, 0.04, 0.06), true),
            (
                "a car far behind, over its roof",
                BBox::new(0.44, 0.13, 0.04, 0.03),
                false,
            ),
            ("a car before it", BBox::new(0.44, 0.22, 0.06, 0.06), false),
            (
                "the next one of the row",
                BBox::new(0.49, 0.18, 0.09, 0.08),
                false,
            ),
        ];
        for (what, bbox, want) in rows {
            assert_eq!(shares_ground(&bbox, &coach, 0.1), want, "{what}");
            assert_eq!(shares_ground(&coach, &bbox, 0.1), want, "the coach and {what}");
        }
    }
}

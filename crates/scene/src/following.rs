//! Looks many times a second at ground that is known in metres: a thing is followed from look to look. One that creeps
//! keeps its case; one that drives off leaves the case to the place, which is then empty; one that comes to stand again within
//! `merge_m`, or that was followed all the way, is no second case. What was out of sight for as long as another needs to take its
//! place shows that it stands before it is the case's thing again.
//!
//! Not for: cameras without a homography or with looks seconds apart; there a place is all there is (`anchor`), and nothing
//! here is asked.

use curbwatch_types::{BBox, Wall};

use crate::anchor::Anchor;
use crate::motion::{FOLLOW_MS, Road};
use crate::now::Now;
use crate::sighting::Seen;
use crate::view_scene::ViewScene;

/// Out of sight for this long a place may have changed hands, in milliseconds: at 1 m/s2 a car clears its own length in three
/// seconds, and the next one needs two to come to stand there.
const CHANGE_OF_HANDS_MS: i64 = 5000;
/// A contact's error in a comparison of two places, in picture widths: three standard deviations.
const CONTACT_ERROR: f64 = 1.5 / 640.0;

impl ViewScene {
    /// The road as the rule has it, where things are followed in this look.
    pub(crate) fn road(&self, now: &Now<'_>) -> Option<Road<'_>> {
        let options = self.rule_options();
        let ground = self
            .ground_from_image()
            .filter(|_| now.since_last_ms < FOLLOW_MS)?;
        Some(Road {
            ground,
            aspect: now.aspect(),
            driving_mps: f64::from(options.driving_mps),
            odds_min: f64::from(options.standing_odds_min),
        })
    }

    /// Takes down where a followed thing is now, among all that the look shows; answers whether it is the thing of an open incident and
    /// drives off.
    pub(crate) fn drives_off(&self, anchor: &mut Anchor, bbox: &BBox, seen: &Seen, now: &Now<'_>) -> bool {
        let Some(road) = self.road(now) else {
            return false;
        };
        let followed = anchor.is_fresh(now.at.at);
        let hidden = seen.hides_foot(bbox);
        anchor.motion.step(now.at.at, bbox, road.aspect, hidden);
        if !followed || !anchor.wandered(bbox) {
            return false;
        }
        let off = anchor.opened.is_some() && anchor.motion.drives(&road);
        if !off {
            anchor.move_on(*bbox, now.at);
        }
        off
    }

    /// The open case that this place goes on with: it was seen to come from there, or came into sight within `merge_m` of where the case's
    /// thing was seen last, and the two were never seen at once.
    pub(crate) fn goes_on_with(&self, new: &Anchor, now: &Now<'_>) -> Option<usize> {
        let road = self.road(now)?;
        self.anchors.iter().position(|old| {
            old.opened.is_some()
                && (old.last_seen.at < new.entered.1 || old.takes_turns_with(new))
                && (new.came_from == Some(old.id) || self.came_into_sight_near(old, new, &road))
        })
    }

    /// What creeps on unseen has moved by the time it is known to stand; where it came into sight counts.
    fn came_into_sight_near(&self, old: &Anchor, new: &Anchor, road: &Road<'_>) -> bool {
        let (p, q) = (old.last.ground_contact(), new.entered.0.ground_contact());
        let beyond_error = |from: f32, to: f32, unit: f64| {
            let apart = f64::from(to - from);
            apart.signum() * (apart.abs() - CONTACT_ERROR / unit).max(0.0)
        };
        let (x, y) = (beyond_error(p.x, q.x, 1.0), beyond_error(p.y, q.y, road.aspect));
        let middle = (f64::from(p.x + q.x) / 2.0, f64::from(p.y + q.y) / 2.0);
        let metres = |[a, b, c, d]: [f64; 4]| (a * x + b * y).hypot(c * x + d * y);
        let merge_m = f64::from(self.rule_options().merge_m);
        road.ground
            .slope(middle)
            .map(metres)
            .is_some_and(|m| m <= merge_m)
    }
}

impl Anchor {
    /// Whether another may stand where this case's thing was seen last, so that what is seen there has to show anew that it stands.
    pub(crate) fn may_have_changed_hands(&self, now: Wall) -> bool {
        self.opened.is_some() && now.millis_since(self.last_seen.at) >= CHANGE_OF_HANDS_MS
    }

    /// Whether it stands, by looks that come many times a second. The best of forty weak scores says less than the best of two, so
    /// that here their mean has to reach `score_min`.
    pub(crate) fn is_seen_to_stand(&self, road: &Road<'_>, score_min: f32) -> bool {
        self.mean_score() >= score_min && self.motion.stands(road)
    }

    /// Whether the look at `now` follows the one that showed it last closely enough for the thing to be followed.
    pub(crate) fn is_fresh(&self, now: Wall) -> bool {
        now.millis_since(self.last_seen.at) < FOLLOW_MS
    }
}

//! Looks many times a second at ground that is known in metres: a thing is followed from look to look. One that creeps
//! keeps its case; one that drives off leaves the case to the place, which is then empty; one that comes to stand again within
//! `merge_m`, or that was followed all the way, is no second case.
//!
//! Not for: cameras without a homography or with looks seconds apart; there a place is all there is (`anchor`), and nothing
//! here is asked.

use curbwatch_types::{BBox, Wall};

use crate::CameraScene;
use crate::anchor::Anchor;
use crate::camera_scene::Now;
use crate::motion::Road;

/// From look to look a thing can be followed when they lie less than this apart, in milliseconds: at 20 km/h a car moves by a
/// little more than its length.
pub(crate) const FOLLOW_MS: i64 = 1000;
/// A contact's error in a comparison of two places, in picture widths: three standard deviations.
const CONTACT_ERROR: f64 = 1.5 / 640.0;

impl CameraScene {
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

    /// Takes down where a followed thing is now; answers whether it is the thing of an open incident and drives off.
    pub(crate) fn drives_off(&self, anchor: &mut Anchor, bbox: &BBox, now: &Now<'_>) -> bool {
        let Some(road) = self.road(now) else {
            return false;
        };
        let followed = anchor.is_fresh(now.at.at);
        anchor.motion.step(now.at.at, bbox, road.aspect);
        if !followed || !anchor.wandered(bbox) {
            return false;
        }
        let off = anchor.opened.is_some() && anchor.motion.drives(&road);
        if !off {
            anchor.move_on(*bbox, now.at);
        }
        off
    }

    /// The open case that this place goes on with: it was seen to come from there, or stands within `merge_m` of it, and the two were
    /// never seen at once.
    pub(crate) fn goes_on_with(&self, new: &Anchor, now: &Now<'_>) -> Option<usize> {
        let road = self.road(now)?;
        self.anchors.iter().position(|old| {
            old.opened.is_some()
                && old.last_seen.at < new.first_seen.at
                && (new.came_from == Some(old.id) || self.is_near(old, new, &road))
        })
    }

    fn is_near(&self, a: &Anchor, b: &Anchor, road: &Road<'_>) -> bool {
        let (p, q) = (a.last.ground_contact(), b.last.ground_contact());
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
    /// Whether the look at `now` follows the one that showed it last closely enough for the thing to be followed.
    pub(crate) fn is_fresh(&self, now: Wall) -> bool {
        now.millis_since(self.last_seen.at) < FOLLOW_MS
    }
}

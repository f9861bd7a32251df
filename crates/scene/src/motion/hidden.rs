//! A thing whose foot something stands before: does it stand?
//!
//! Its box ends where the other's begins, or, for a look, where the detector believes the foot to be, so its lower edge strays by more than
//! a standing thing's may. What is left is the upper edge and the width. Neither is on the ground, and the upper edge of what
//! comes nearer may well stay where it is in the picture; but then it grows, by as much as the ground's scale there says. So both
//! are weighed together against every motion that would be driving.
//!
//! Not for: things whose foot is seen; their foot says more.

use super::{
    CONTACT_ERROR, CONTACT_ERROR_MAX, FOLLOW_MS, Fit, LONGER, Motion, Road, STANDING_SECS, Step, Trend,
};

/// As many looks a tenth of a second apart say as much as one of an upper edge or a width: they err alike by .59 and .55 (2,504 windows
/// of three seconds over standing vehicles), the foot by .44.
const LOOKS_PER_WITNESS: f64 = 4.0;
/// How far a standing thing's width strays, in picture widths: two edges, each as far as a contact.
const WIDTH_ERROR: f64 = std::f64::consts::SQRT_2 * CONTACT_ERROR;
/// Narrower boxes have no width to compare, in picture widths.
const WIDTH_MIN: f64 = 1e-4;
/// For this long ground is taken to have one scale and its rate of change, in seconds.
const SCALE_SECS: f64 = 0.1;

impl Motion {
    /// Whether standing is likelier than driving by `odds_min` in a window in which every look showed it with its foot hidden, none
    /// a second or more after the one before: who was away may be another when all that is seen of him is his head.
    pub(super) fn stands_by_head(&self, road: &Road<'_>) -> bool {
        let Some(last) = self.steps.back().filter(|step| step.hidden) else {
            return false;
        };
        let mut seen = Above::default();
        let mut newer = last;
        let mut next = STANDING_SECS;
        for step in self.steps.iter().rev() {
            if !step.hidden || newer.at.millis_since(step.at) >= FOLLOW_MS {
                return false;
            }
            newer = step;
            let secs = last.at.millis_since(step.at) as f64 / 1000.0;
            seen.add(-secs, step, last);
            if secs + 1e-6 < next {
                continue;
            }
            next *= LONGER;
            let Some((strays, odds)) = seen.standing_odds(last, road) else {
                continue;
            };
            if strays {
                return false;
            }
            if odds >= road.odds_min.ln() {
                return true;
            }
        }
        false
    }
}

/// What a window saw of a thing above what hides its foot, relative to its last look.
#[derive(Debug, Default)]
struct Above {
    across: Fit,
    head: Fit,
    /// Logarithm of the width.
    width: Fit,
    /// The tallest of its boxes: the one that reached down furthest.
    tall: f64,
}

impl Above {
    fn add(&mut self, t: f64, step: &Step, last: &Step) {
        let width = |step: &Step| step.width.max(WIDTH_MIN).ln();
        self.across.add(t, step.x - last.x);
        self.head.add(t, step.head - last.head);
        self.width.add(t, width(step) - width(last));
        self.tall = self.tall.max(step.y - step.head);
    }

    /// Whether it strays by more than one standing thing does, and the logarithm of how much likelier it stands than drives; `None`
    /// where there is too little to say.
    fn standing_odds(&self, last: &Step, road: &Road<'_>) -> Option<(bool, f64)> {
        let across = self.across.trend(CONTACT_ERROR, LOOKS_PER_WITNESS)?;
        let head = self.head.trend(CONTACT_ERROR, LOOKS_PER_WITNESS)?;
        let error = WIDTH_ERROR / last.width.max(WIDTH_MIN);
        let width = self.width.trend(error, LOOKS_PER_WITNESS)?;
        let off = |(x, y, grows): (f64, f64, f64)| {
            let off = |trend: Trend, from: f64| (trend.slope - from).powi(2) * trend.certainty;
            off(across, x) + off(head, y) + off(width, grows)
        };
        let foot = (
            last.x + self.across.mean(),
            last.head + self.head.mean() + self.tall,
        );
        let driving = road
            .drives(foot)?
            .filter_map(|(x, y)| {
                let grows = road.grows(foot, (x, y))?;
                Some(off((x, y - self.tall * grows, grows)))
            })
            .reduce(f64::min)?;
        let strays = across.stray.max(head.stray) > CONTACT_ERROR_MAX;
        Some((strays, (driving - off((0.0, 0.0, 0.0))) / 2.0))
    }
}

impl Road<'_> {
    /// By how much, as a share a second, a thing on the ground at `from` grows in the picture when it moves so, in picture widths a second.
    fn grows(&self, from: (f64, f64), (x, y): (f64, f64)) -> Option<f64> {
        let scale = |secs: f64| {
            let [a, _, c, _] = self.metres((from.0 + secs * x, from.1 + secs * y))?;
            Some(-a.hypot(c).ln())
        };
        Some((scale(SCALE_SECS)? - scale(-SCALE_SECS)?) / (2.0 * SCALE_SECS))
    }
}

#[cfg(test)]
mod tests {
    use curbwatch_types::{BBox, Wall};

    use super::*;
    use crate::homography::Homography;

    /// Where the lorry begins, in metres before the camera.
    const FAR: f64 = 60.0;

    /// Whether it stands after `secs` of looks, ten a second, from `high` metres above a level road to whose horizon the camera looks: a lorry
    /// 2.5 m wide and 3 m tall, which comes nearer from `FAR` at `mps`. `shown` is the share of its height in a look's box.
    fn stands(high: f64, mps: f64, secs: i64, hidden: bool, shown: impl Fn(i64) -> f64) -> bool {
        let mut motion = Motion::default();
        for look in 0..=secs * 10 {
            let far = FAR - mps * look as f64 / 10.0;
            let pixels = |metres: f64| ((metres / far * 640.0).round() / 640.0) as f32;
            let (width, head) = (pixels(2.5), pixels(high - 3.0));
            let bbox = BBox::new(0.5 - width / 2.0, head, width, pixels(3.0 * shown(look)));
            motion.step(Wall(look * 100), &bbox, 1.0, hidden);
        }
        let cells = [1.0, 0.0, -0.5, 0.0, 0.0, 1.0, 0.0, 1.0 / high, 0.0];
        let ground = Homography::new(cells).expect("a homography");
        motion.stands(&Road {
            ground: &ground,
            aspect: 1.0,
            driving_mps: 4.0,
            odds_min: 1e6,
        })
    }

    fn strays(look: i64) -> f64 {
        if look % 3 == 0 { 0.9 } else { 0.6 }
    }

    #[test]
    fn a_lorry_behind_another_stands_by_what_is_seen_of_it() {
        // Metres above the road, metres a second, seconds, foot hidden; stands.
        let rows = [
            (8.0, 0.0, 6, true, true),
            (8.0, 0.0, 6, false, false),
            (8.0, 0.0, 2, true, false),
            (8.0, 5.0, 6, true, false),
            // From as high as itself its upper edge stays where it is, however fast it comes.
            (3.0, 0.0, 6, true, true),
            (3.0, 5.0, 6, true, false),
        ];
        for (high, mps, secs, hidden, want) in rows {
            let got = stands(high, mps, secs, hidden, strays);
            assert_eq!(got, want, "{high} m, {mps} m/s, {secs} s, hidden: {hidden}");
        }
    }

    #[test]
    fn who_was_away_for_a_second_has_to_be_seen_anew() {
        let mut motion = Motion::default();
        let cells = [1.0, 0.0, -0.5, 0.0, 0.0, 1.0, 0.0, 0.125, 0.0];
        let ground = Homography::new(cells).expect("a homography");
        let road = Road {
            ground: &ground,
            aspect: 1.0,
            driving_mps: 4.0,
            odds_min: 1e6,
        };
        let mut stood = Vec::new();
        for look in (0..60).chain(70..130) {
            let bbox = BBox::new(0.48, 0.08, 0.04, (0.05 * strays(look)) as f32);
            motion.step(Wall(look * 100), &bbox, 1.0, true);
            if motion.stands(&road) {
                stood.push(look);
            }
        }
        assert!(stood.contains(&59) && stood.contains(&129), "{stood:?}");
        assert!(!stood.iter().any(|look| (70..100).contains(look)), "{stood:?}");
    }
}

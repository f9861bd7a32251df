//! Whether a thing stands or drives: a likelihood ratio over where it met the ground in its latest looks.
//!
//! Far away a lorry at full speed moves by less than its box in seconds, and a standing car's box jitters by metres. So
//! nothing is decided by distances in the picture: a line is laid through the ground contacts of the last seconds, and its
//! slope is weighed, with the error that such boxes have, against every motion that would be driving on the ground there. What
//! is near is decided in the shortest window, what is far waits for a longer one.
//!
//! Not for: following things (`following`), cameras without a homography, or looks that are seconds apart.

use std::collections::VecDeque;

use curbwatch_types::{BBox, Wall};

use crate::homography::Homography;
use crate::kept::kept;

mod hidden;

/// From look to look a thing can be followed when they lie less than this apart, in milliseconds: at 20 km/h a car moves by a
/// little more than its length.
pub(crate) const FOLLOW_MS: i64 = 1000;
/// Contacts held: twelve seconds at ten looks a second.
const STEPS_MAX: usize = 128;
/// How far a standing thing's ground contact strays from look to look, in picture widths (standard deviation): half a pixel
/// where the detector sees 640 of them. Measured on standing vehicles of 9 to 150 pixels it is 0.3 to 0.5 at any size.
const CONTACT_ERROR: f64 = 0.5 / 640.0;
/// Contacts that stray by more from a straight line are not of one thing, or of one that is being covered: one standing
/// vehicle in a hundred strays as far over three seconds.
const CONTACT_ERROR_MAX: f64 = 1.2 / 640.0;
/// Looks a tenth of a second apart err alike (correlation 0.4): two of them say as much as one.
const LOOKS_PER_WITNESS: f64 = 2.0;
/// Shortest window that can show that a thing stands, in seconds: errors of boxes come back within one.
const STANDING_SECS: f64 = 3.0;
/// Windows that can show that it drives, in seconds: none longer than what shows that it stands, so that nobody who has come to stand
/// is said to drive by how he came.
const DRIVING_SECS: (f64, f64) = (0.5, STANDING_SECS);
/// How much likelier driving must be than the fastest creeping before a thing is said to drive: who stood a moment ago is
/// given a look or two.
const DRIVING_ODDS: f64 = 150.0;
/// Each window is longer than the one before by this.
const LONGER: f64 = 1.5;
/// Contacts without which a window says nothing.
const STEPS_MIN: f64 = 5.0;
/// Directions in which a thing might drive that are tried.
const DIRECTIONS: usize = 32;

/// What the ground is and what counts as driving on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Road<'a> {
    pub(crate) ground: &'a Homography,
    /// Height over width of the picture.
    pub(crate) aspect: f64,
    /// Speed from which a thing drives, in metres a second.
    pub(crate) driving_mps: f64,
    /// How much likelier standing must be than driving.
    pub(crate) odds_min: f64,
}

/// A ground contact, in picture widths.
#[derive(Debug, Clone, Copy)]
struct Step {
    at: Wall,
    x: f64,
    y: f64,
    /// The upper edge of its box, and how wide it is.
    head: f64,
    width: f64,
    /// Something stood before its foot.
    hidden: bool,
}

/// Ground contacts of the latest looks that showed a thing, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Motion {
    steps: VecDeque<Step>,
}

kept!(Step {
    at,
    x,
    y,
    head,
    width,
    hidden
});
kept!(Motion { steps });

/// A straight line through contacts: picture widths a second, and the square of its error's inverse, by axis.
#[derive(Debug, Clone, Copy)]
struct Line {
    slope: (f64, f64),
    certainty: (f64, f64),
    /// The larger of both axes' errors by look.
    stray: f64,
    middle: (f64, f64),
}

impl Motion {
    /// A look showed the thing here; `hidden` where something stood before its foot, so that its box ends higher up.
    pub(crate) fn step(&mut self, at: Wall, bbox: &BBox, aspect: f64, hidden: bool) {
        while self.steps.len() >= STEPS_MAX {
            self.steps.pop_front();
        }
        let contact = bbox.ground_contact();
        self.steps.push_back(Step {
            at,
            x: f64::from(contact.x),
            y: f64::from(contact.y) * aspect,
            head: f64::from(bbox.y) * aspect,
            width: f64::from(bbox.w),
            hidden,
        });
    }

    /// Whether standing is likelier than driving by `odds_min` in one of the windows up to now: by the feet, or by what is
    /// seen above what hides them.
    pub(crate) fn stands(&self, road: &Road<'_>) -> bool {
        self.stands_by_feet(road) || self.stands_by_head(road)
    }

    /// A window whose contacts are not of one thing ends the asking: a longer one holds the same contacts, and hides them among older
    /// ones.
    fn stands_by_feet(&self, road: &Road<'_>) -> bool {
        self.windows(STANDING_SECS, f64::MAX, false)
            .into_iter()
            .take_while(|line| line.stray <= CONTACT_ERROR_MAX)
            .any(|line| {
                let creeps = line.speed(road).is_some_and(|mps| mps < road.driving_mps);
                let (slope, certainty) = (line.slope, line.certainty);
                let standing = slope.0.powi(2) * certainty.0 + slope.1.powi(2) * certainty.1;
                creeps
                    && line
                        .apart(road)
                        .is_some_and(|driving| (driving - standing) / 2.0 >= road.odds_min.ln())
            })
    }

    /// Whether it drives, by its last seconds: what is near by the shortest window, what is far by a longer one. What passes in front cuts its box from below, which looks like a start; then the upper
    /// edge has to drive.
    pub(crate) fn drives(&self, road: &Road<'_>) -> bool {
        let (from, until) = DRIVING_SECS;
        self.windows(from, until, self.foot_was_hidden(until))
            .into_iter()
            .any(|line| {
                let drives = line.speed(road).is_some_and(|mps| mps > road.driving_mps);
                drives
                    && line
                        .apart(road)
                        .is_some_and(|creeping| creeping / 2.0 >= DRIVING_ODDS.ln())
            })
    }

    /// Lines through the contacts of the last `from` seconds and longer, up to `until`. `by_head`: through the upper edges
    /// instead, laid where the feet are.
    fn windows(&self, from: f64, until: f64, by_head: bool) -> Vec<Line> {
        let mut lines = Vec::new();
        let Some(last) = self.steps.back() else {
            return lines;
        };
        let height = |step: &Step| if by_head { step.head } else { step.y };
        let (mut across, mut down) = (Fit::default(), Fit::default());
        let mut next = from;
        for step in self.steps.iter().rev() {
            let secs = last.at.millis_since(step.at) as f64 / 1000.0;
            across.add(-secs, step.x - last.x);
            down.add(-secs, height(step) - height(last));
            if secs > until {
                break;
            }
            if secs + 1e-6 >= next {
                next *= LONGER;
                lines.extend(Line::through(&across, &down, (last.x, last.y)));
            }
        }
        lines
    }

    /// Whether in one of its looks of the last `secs` something stood before its foot.
    fn foot_was_hidden(&self, secs: f64) -> bool {
        let now = self.steps.back().map_or(Wall(0), |last| last.at);
        let lately = |step: &&Step| now.millis_since(step.at) as f64 <= secs * 1000.0;
        self.steps.iter().rev().take_while(lately).any(|step| step.hidden)
    }
}

impl Line {
    /// `origin` is what the values are relative to.
    fn through(across: &Fit, down: &Fit, origin: (f64, f64)) -> Option<Self> {
        let trend = |fit: &Fit| fit.trend(CONTACT_ERROR, LOOKS_PER_WITNESS);
        let (x, y) = (trend(across)?, trend(down)?);
        Some(Self {
            slope: (x.slope, y.slope),
            certainty: (x.certainty, y.certainty),
            stray: x.stray.max(y.stray),
            middle: (origin.0 + across.mean(), origin.1 + down.mean()),
        })
    }

    /// Metres a second on the ground.
    fn speed(&self, road: &Road<'_>) -> Option<f64> {
        let [a, b, c, d] = self.metres(road)?;
        let (x, y) = self.slope;
        Some((a * x + b * y).hypot(c * x + d * y))
    }

    /// How far, in squared errors, the slope lies from the nearest one of exactly the driving speed.
    fn apart(&self, road: &Road<'_>) -> Option<f64> {
        let from = |(x, y): (f64, f64)| {
            (self.slope.0 - x).powi(2) * self.certainty.0 + (self.slope.1 - y).powi(2) * self.certainty.1
        };
        road.drives(self.middle)?.map(from).reduce(f64::min)
    }

    /// Metres by picture width, both ways.
    fn metres(&self, road: &Road<'_>) -> Option<[f64; 4]> {
        road.metres(self.middle)
    }
}

impl Road<'_> {
    /// Metres by picture width around a point of the ground, both ways.
    fn metres(&self, (x, y): (f64, f64)) -> Option<[f64; 4]> {
        let [a, b, c, d] = self.ground.slope((x, y / self.aspect))?;
        Some([a, b / self.aspect, c, d / self.aspect])
    }

    /// What moves by exactly the driving speed around a point of the ground, in picture widths a second, in every direction.
    fn drives(&self, at: (f64, f64)) -> Option<impl Iterator<Item = (f64, f64)>> {
        let [a, b, c, d] = self.metres(at)?;
        let determinant = a * d - b * c;
        let mps = self.driving_mps;
        (determinant.abs() >= f64::MIN_POSITIVE).then(|| {
            (0..DIRECTIONS).map(move |k| {
                let angle = k as f64 * std::f64::consts::TAU / DIRECTIONS as f64;
                let (u, v) = (mps * angle.cos(), mps * angle.sin());
                ((d * u - b * v) / determinant, (a * v - c * u) / determinant)
            })
        })
    }
}

/// What a straight line through values over time by least squares needs.
#[derive(Debug, Clone, Copy, Default)]
struct Fit {
    n: f64,
    t: f64,
    tt: f64,
    v: f64,
    tv: f64,
    vv: f64,
}

/// Such a line: its slope a second, the square of the inverse of that one's error, and the error by look.
#[derive(Debug, Clone, Copy)]
struct Trend {
    slope: f64,
    certainty: f64,
    stray: f64,
}

impl Fit {
    fn add(&mut self, t: f64, v: f64) {
        self.n += 1.0;
        self.t += t;
        self.tt += t * t;
        self.v += v;
        self.tv += t * v;
        self.vv += v * v;
    }

    fn mean(&self) -> f64 {
        self.v / self.n
    }

    /// `None` where there are too few values to say. `error` is what a standing thing's strays by at least, and as many looks say as
    /// much as one.
    fn trend(&self, error: f64, looks_per_witness: f64) -> Option<Trend> {
        let spread = self.tt - self.t * self.t / self.n;
        if self.n < STEPS_MIN || spread <= 0.0 {
            return None;
        }
        let slope = (self.tv - self.t * self.v / self.n) / spread;
        let rest = (self.vv - self.v * self.v / self.n - slope * slope * spread).max(0.0) / (self.n - 2.0);
        Some(Trend {
            slope,
            certainty: spread / looks_per_witness / rest.max(error * error),
            stray: rest.sqrt(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 640 x 640, `metres` a pixel everywhere.
    fn ground(metres: f64) -> Homography {
        let scale = metres * 640.0;
        Homography::new([scale, 0.0, 0.0, 0.0, scale, 0.0, 0.0, 0.0, 1.0]).expect("a homography")
    }

    /// Stands and drives, after `secs` of looks ten a second at something that moves down at `mps`, in whole pixels.
    fn judged(metres: f64, mps: f64, secs: i64) -> (bool, bool) {
        let mut motion = Motion::default();
        for look in 0..=secs * 10 {
            let pixels = 300.0 + (mps * look as f64 / 10.0 / metres).round();
            let bbox = BBox::new(0.4, 0.1, 0.05, pixels as f32 / 640.0 - 0.1);
            motion.step(Wall(look * 100), &bbox, 1.0, false);
        }
        let ground = ground(metres);
        let road = Road {
            ground: &ground,
            aspect: 1.0,
            driving_mps: 4.0,
            odds_min: 1e6,
        };
        (motion.stands(&road), motion.drives(&road))
    }

    #[test]
    fn near_is_told_soon_and_far_later() {
        // Metres a pixel, metres a second, seconds; stands, drives.
        let rows = [
            (0.1, 0.0, 2, false, false),
            (0.1, 0.0, 3, true, false),
            (0.1, 1.0, 3, true, false),
            (0.1, 3.0, 3, false, false),
            (0.1, 8.0, 3, false, true),
            (2.0, 0.0, 3, true, false),
            (2.0, 20.0, 3, false, true),
            (8.0, 0.0, 3, false, false),
            (8.0, 0.0, 8, true, false),
            (8.0, 25.0, 8, false, true),
        ];
        for (metres, mps, secs, stands, drives) in rows {
            let got = judged(metres, mps, secs);
            assert_eq!(got, (stands, drives), "{mps} m/s at {metres} m a pixel, {secs} s");
        }
    }

    /// Whether it stands whose foot strays by `pixels` up and down from second six on, and not at all before.
    fn stands_straying(pixels: u32) -> bool {
        let mut motion = Motion::default();
        for look in 0..=92 {
            let strayed = if look > 60 && look % 2 == 0 { pixels } else { 0 };
            let bbox = BBox::new(0.4, 0.1, 0.05, 0.4 + strayed as f32 / 640.0);
            motion.step(Wall(look * 100), &bbox, 1.0, false);
        }
        let ground = ground(0.1);
        motion.stands(&Road {
            ground: &ground,
            aspect: 1.0,
            driving_mps: 4.0,
            odds_min: 1e6,
        })
    }

    #[test]
    fn what_strays_now_does_not_stand_because_it_stood_before() {
        assert!(stands_straying(2));
        assert!(!stands_straying(3));
    }

    #[test]
    fn things_that_take_turns_in_one_place_do_not_stand() {
        let mut motion = Motion::default();
        for look in 0..60 {
            let bbox = BBox::new(0.4, 0.1, 0.05, 0.4 + (look % 8) as f32 / 640.0);
            motion.step(Wall(look * 100), &bbox, 1.0, false);
        }
        let ground = ground(0.1);
        let road = Road {
            ground: &ground,
            aspect: 1.0,
            driving_mps: 4.0,
            odds_min: 1e6,
        };
        assert!(!motion.stands(&road));
    }
}

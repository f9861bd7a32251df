//! A place on ground that several views look at: metres in a frame they share, with how far off it may be.

use crate::{BBox, CameraId, CapturedAt, FrameId, ViewId, Wall, ZoneId};
use std::sync::Arc;

/// Where a thing stands on shared ground. Places of different frames are never compared.
#[derive(Debug, Clone, PartialEq)]
pub struct GroundPlace {
    /// The frame: an origin and two axes on the ground.
    pub frame: FrameId,
    /// Metres along its first axis.
    pub east_m: f64,
    /// Metres along its second axis.
    pub north_m: f64,
    /// Variances along the axes and their covariance, in square metres.
    pub spread: [f64; 3],
    /// Longitude and latitude in degrees (WGS 84), where the frame's origin is known.
    pub lon_lat: Option<[f64; 2]>,
}

impl GroundPlace {
    /// How far off it may be, in metres: the root mean square of the distance.
    pub fn error_m(&self) -> f64 {
        (self.spread[0] + self.spread[1]).max(0.0).sqrt()
    }

    /// Metres to another place; nothing in another frame.
    pub fn metres_to(&self, other: &Self) -> Option<f64> {
        let (east, north) = self.way_to(other);
        (self.frame == other.frame).then(|| (east * east + north * north).sqrt())
    }

    /// The standard deviation of [`Self::metres_to`] along the way between the two, in metres.
    pub fn doubt_m(&self, other: &Self) -> f64 {
        let (east, north) = self.way_to(other);
        let square = east * east + north * north;
        let sum = |i: usize| self.spread[i] + other.spread[i];
        if square <= f64::EPSILON {
            return f64::midpoint(sum(0), sum(1)).max(0.0).sqrt();
        }
        let along = east * east * sum(0) + north * north * sum(1) + 2.0 * east * north * sum(2);
        (along / square).max(0.0).sqrt()
    }

    fn way_to(&self, other: &Self) -> (f64, f64) {
        (other.east_m - self.east_m, other.north_m - self.north_m)
    }
}

/// A view that has seen a violation, for one that several views see.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// The incident by which the view's scene knows it; that of the first witness is the case's.
    pub key: Arc<str>,
    /// The camera.
    pub camera: CameraId,
    /// The view.
    pub view: ViewId,
    /// The zone there.
    pub zone: ZoneId,
    /// Where it is in the view's latest picture of it, relative.
    pub bbox: BBox,
    /// Where that is on the ground.
    pub ground: Option<GroundPlace>,
    /// The view's first look that showed it.
    pub first_seen: CapturedAt,
    /// The view's latest look that showed it.
    pub last_seen: CapturedAt,
    /// When it was found to be the same violation.
    pub joined_at: Wall,
    /// When the view saw the place without it.
    pub gone_at: Option<Wall>,
    /// It was a view of the case before this one, and has not noticed that another thing stands there.
    pub inherited: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(frame: &str, east_m: f64, north_m: f64, spread: [f64; 3]) -> GroundPlace {
        GroundPlace {
            frame: FrameId::new(frame).expect("a name"),
            east_m,
            north_m,
            spread,
            lon_lat: None,
        }
    }

    #[test]
    fn doubt_is_taken_along_the_way_between_two_places() {
        let long = [4.0, 0.25, 0.0];
        let here = place("a", 0.0, 0.0, long);
        let rows = [
            (
                "along the long axis",
                place("a", 3.0, 0.0, long),
                3.0,
                8.0_f64.sqrt(),
            ),
            ("across it", place("a", 0.0, 3.0, long), 3.0, 0.5_f64.sqrt()),
            (
                "slanting, correlated",
                place("a", 3.0, 3.0, [1.0, 1.0, 0.5]),
                18.0_f64.sqrt(),
                3.625_f64.sqrt(),
            ),
        ];
        for (name, there, metres, doubt) in rows {
            assert!(
                (here.metres_to(&there).expect("one frame") - metres).abs() < 1e-9,
                "{name}"
            );
            assert!(
                (here.doubt_m(&there) - doubt).abs() < 1e-9,
                "{name}: {}",
                here.doubt_m(&there)
            );
        }
        assert_eq!(here.metres_to(&place("b", 0.0, 0.0, long)), None, "another frame");
    }
}

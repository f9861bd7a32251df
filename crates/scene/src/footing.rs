//! Where a thing stands on ground that several views share, and how far off that may be.
//!
//! A box shows where a thing begins, not where it is: two cameras that face each other see the two ends of one car. So the
//! place is taken to be half the thing's depth behind the lower edge of its box, away from the lens; for a vehicle that is judged
//! by how wide the box is on the ground. For: telling the same from another between views (`ground_register`). Not for: zones,
//! which are drawn where boxes end, and speeds (`motion`), which need no place.

use curbwatch_types::{BBox, FrameId, GroundPlace, Point, ViolationClass};

use crate::{Homography, Options};

/// Metres of a degree of latitude and of longitude at the equator, and what they lose towards there and the poles (WGS 84, to
/// the first term; good to a hundredth of a percent).
const LATITUDE_M: (f64, f64) = (111_132.95, 559.85);
const LONGITUDE_M: (f64, f64) = (111_412.88, 93.50);
/// Half the depth of a car seen end on, and of one seen from the side or across its corner, in metres.
const HALF_DEPTH_M: (f64, f64) = (2.3, 1.5);
/// So wide on the ground are a car's ends at most when it is seen along its length, in metres; from a metre more on it is a side.
const END_WIDTH_M: f64 = 3.6;
/// How far off the half depth of a vehicle may be, in metres (standard deviation).
const HALF_DEPTH_ERROR_M: f64 = 0.5;
/// The same of a group of things, whose merge radii are wide: half a metre, give or take as much.
const GROUP_DEPTH_M: f64 = 0.5;

/// Ground that several views share, as one view is measured into it.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Its name: the same for all of its views.
    pub id: FrameId,
    /// How far off the points may be by which the view was measured, in metres (standard deviation).
    pub error_m: f64,
    /// Longitude and latitude of its origin in degrees (WGS 84), where known; its axes point east and north then.
    pub origin: Option<[f64; 2]>,
}

/// A view's way to the ground that it shares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared<'a> {
    frame: &'a Frame,
    ground: &'a Homography,
    /// How far a foot strays, as a share of its box's sides.
    foot_error: f32,
}

impl Options {
    /// Of one view's options: the ground that it shares.
    pub(crate) fn shared(&self) -> Option<Shared<'_>> {
        let (_, frame) = self.frames.first()?;
        Some(Shared {
            frame,
            ground: self.ground_from_image.as_ref()?,
            foot_error: self.motor_parking.foot_error,
        })
    }
}

impl Shared<'_> {
    /// Where a thing of that class stands whose box meets the ground at `contact`, all in the view. `None` at and above the horizon.
    pub(crate) fn place(&self, class: ViolationClass, contact: Point, bbox: &BBox) -> Option<GroundPlace> {
        let at = (f64::from(contact.x), f64::from(contact.y));
        let (east, north) = self.ground.ground(at)?;
        let [east_x, east_y, north_x, north_y] = self.ground.slope(at)?;
        let length = |a: f64, b: f64| (a * a + b * b).sqrt();
        let up = length(east_y, north_y);
        if up <= f64::EPSILON {
            return None;
        }
        let away = (-east_y / up, -north_y / up);
        let (depth, depth_error) = match class {
            ViolationClass::IllegalMotorParking => {
                let across = length(east_x, north_x) * f64::from(bbox.w);
                let sideways = (across - END_WIDTH_M).clamp(0.0, 1.0);
                let (end, side) = HALF_DEPTH_M;
                (end + (side - end) * sideways, HALF_DEPTH_ERROR_M)
            }
            _ => (GROUP_DEPTH_M, GROUP_DEPTH_M),
        };
        let foot = f64::from(self.foot_error);
        let aside = (foot * f64::from(bbox.w)).powi(2);
        let along = (foot * f64::from(bbox.h)).powi(2);
        let (behind, survey) = (depth_error * depth_error, self.frame.error_m * self.frame.error_m);
        let spread = [
            east_x * east_x * aside + east_y * east_y * along + away.0 * away.0 * behind + survey,
            north_x * north_x * aside + north_y * north_y * along + away.1 * away.1 * behind + survey,
            east_x * north_x * aside + east_y * north_y * along + away.0 * away.1 * behind,
        ];
        let (east_m, north_m) = (east + depth * away.0, north + depth * away.1);
        let sound = [east_m, north_m, spread[0], spread[1], spread[2]];
        sound.iter().all(|v| v.is_finite()).then(|| GroundPlace {
            frame: self.frame.id.clone(),
            east_m,
            north_m,
            spread,
            lon_lat: self.frame.lon_lat(east_m, north_m),
        })
    }
}

impl Frame {
    /// Degrees, by the ellipsoid's curvature at the origin.
    fn lon_lat(&self, east_m: f64, north_m: f64) -> Option<[f64; 2]> {
        let [lon, lat] = self.origin?;
        let (by_lat, by_lon) = (LATITUDE_M, LONGITUDE_M);
        let once = lat.to_radians();
        let north_degree = by_lat.0 - by_lat.1 * (2.0 * once).cos();
        let east_degree = by_lon.0 * once.cos() - by_lon.1 * (3.0 * once).cos();
        Some([lon + east_m / east_degree, lat + north_m / north_degree])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lens 8 m up over `foot`, looking along `north` (1 or -1), horizon at a quarter of the picture: what lies `along` metres
    /// before it is in row .25 + 8 * 1.2 / along, and `right` metres to its right by 1.2 / along / 1.6 of the width.
    fn facing(north: f64, foot: f64) -> Homography {
        let (f, h) = (1.2, 8.0);
        // along = f h / (y - .25), right = (x - .5) 1.6 along / f
        let right = 1.6 * h;
        Homography::new([
            north * right,
            0.0,
            -north * right / 2.0,
            0.0,
            foot,
            north * f * h - 0.25 * foot,
            0.0,
            1.0,
            -0.25,
        ])
        .expect("a homography")
    }

    /// The box of something whose front edge is `along` metres away, `right` metres to the right.
    fn seen(along: f64, right: f64, wide: f64, high: f64) -> BBox {
        let scale = 1.2 / along;
        let (w, h) = (wide * scale / 1.6, high * scale);
        let (x, y) = (0.5 + right * scale / 1.6, 0.25 + 8.0 * scale);
        BBox::new((x - w / 2.0) as f32, (y - h) as f32, w as f32, h as f32)
    }

    fn frame() -> Frame {
        Frame {
            id: FrameId::new("junction").expect("a name"),
            error_m: 0.3,
            origin: Some([116.39, 39.9]),
        }
    }

    fn on(ground: &Homography, class: ViolationClass, bbox: &BBox) -> Option<GroundPlace> {
        let frame = &frame();
        let foot_error = 0.1;
        let shared = Shared {
            frame,
            ground,
            foot_error,
        };
        shared.place(class, bbox.ground_contact(), bbox)
    }

    fn place(ground: &Homography, class: ViolationClass, bbox: &BBox) -> GroundPlace {
        on(ground, class, bbox).expect("on the ground")
    }

    #[test]
    fn cameras_that_face_each_other_find_one_car_in_one_place() {
        // A car 4.5 m long stands from 20 m to 24.5 m north; one camera at 0 looks north, the other at 50 m south.
        let parking = ViolationClass::IllegalMotorParking;
        let south = place(&facing(1.0, 0.0), parking, &seen(20.0, 2.0, 1.8, 1.5));
        let north = place(&facing(-1.0, 50.0), parking, &seen(25.5, -2.0, 1.8, 1.5));
        let apart = south.metres_to(&north).expect("one frame");
        assert!(apart < 0.5, "{apart} m: {south:?} {north:?}");
        assert!(
            (south.east_m - 2.0).abs() < 0.3 && (south.north_m - 22.3).abs() < 0.1,
            "{south:?}"
        );
        let doubt = south.doubt_m(&north);
        assert!((0.9..1.3).contains(&doubt), "{doubt} m");
        assert!(
            south.error_m() > 0.6 && south.error_m() < 1.0,
            "{}",
            south.error_m()
        );
    }

    #[test]
    fn degrees_come_from_the_origin_and_nothing_lies_above_the_horizon() {
        let bags = place(
            &facing(1.0, 0.0),
            ViolationClass::ExposedGarbage,
            &seen(99.5, 0.0, 1.0, 0.5),
        );
        let [lon, lat] = bags.lon_lat.expect("an origin");
        assert!((lon - 116.39).abs() < 1e-9);
        // GeographicLib: a hundred metres north of 39.9 N are 0.000 900 6 degrees.
        assert!((lat - 39.900_900_6).abs() < 2e-7, "{lat}");
        let sky = BBox::new(0.4, 0.1, 0.1, 0.1);
        assert_eq!(on(&facing(1.0, 0.0), ViolationClass::ExposedGarbage, &sky), None);
    }
}

//! The plan of a street: how wide, what on which side, where the camera hangs. Drawn from the seed's
//! layout stream, so that weather, people and events change nothing of it.

use crate::camera::Mount;
use crate::chance::{Concern, Stream};
use crate::lens::Finish;
use crate::maths::v;
use crate::styles::{Seed, Styles};

/// Where the modelled street begins and ends, in metres along it.
pub(crate) const FROM_Y: f32 = -14.0;
pub(crate) const TO_Y: f32 = 120.0;

/// What borders a side of the road beyond the footway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Border {
    /// Buildings with shops.
    Shops,
    /// A wall with trees behind it.
    Wall,
}

/// One side of the street.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Side {
    /// -1 left of the camera's direction, 1 right.
    pub(crate) sign: f32,
    pub(crate) border: Border,
    /// Width of the footway in metres.
    pub(crate) footway: f32,
    /// Distance between trees, 0 for none.
    pub(crate) tree_step: f32,
    /// Marked bays for cars at the kerb: from, to along the street; empty when equal.
    pub(crate) car_bays: (f32, f32),
    /// Length of a car bay in metres.
    pub(crate) bay_long: f32,
    /// Marked bays for bicycles on the footway: from, to.
    pub(crate) bike_bays: (f32, f32),
    /// A rail between road and footway: from, to.
    pub(crate) rail: (f32, f32),
}

/// A street.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// Half the carriageway's width in metres.
    pub(crate) road_half: f32,
    /// Lanes in all, 2 or 4.
    pub(crate) lanes: usize,
    pub(crate) left: Side,
    pub(crate) right: Side,
    /// Where a street crosses and how wide it is.
    pub(crate) crossing: Option<(f32, f32)>,
    /// Where a zebra is painted.
    pub(crate) zebra: f32,
    pub(crate) median_rail: bool,
    pub(crate) kerb_height: f32,
    pub(crate) lamp_step: f32,
    pub(crate) mount: Mount,
    pub(crate) finish: Finish,
}

impl Plan {
    /// The street of this seed.
    pub(crate) fn new(seed: Seed) -> Self {
        let mut s = Stream::new(seed, Concern::Layout, 0);
        let lanes = if s.chance(0.7) { 2 } else { 4 };
        let road_half = if lanes == 2 {
            s.range_own((3.9, 5.6), (5.75, 6.4))
        } else {
            s.range_own((6.6, 7.6), (7.8, 8.8))
        };
        let crossing = s.chance(0.4).then(|| {
            (
                s.range_own((34.0, 58.0), (62.0, 72.0)),
                s.range_own((7.0, 11.0), (11.5, 14.0)),
            )
        });
        let open = s.below(5);
        let left = side(&mut s, -1.0, if open == 0 { Border::Wall } else { Border::Shops });
        let right = side(&mut s, 1.0, if open == 1 { Border::Wall } else { Border::Shops });
        let zebra = crossing.map_or_else(
            || s.range_own((26.0, 48.0), (16.0, 24.0)),
            |(at, wide)| at - wide / 2.0 - 3.4,
        );
        let median_rail = lanes == 4 && s.chance(0.6);
        let (kerb_height, lamp_step) = (
            s.range_own((0.10, 0.16), (0.17, 0.20)),
            s.range_own((20.0, 28.0), (12.0, 16.0)),
        );
        let mut plan = Self {
            road_half,
            lanes,
            left,
            right,
            crossing,
            zebra,
            median_rail,
            kerb_height,
            lamp_step,
            mount: Mount {
                at: v(0.0, 0.0, 6.0),
                pan: 0.0,
                tilt: 0.3,
                roll: 0.0,
                field: 0.8,
                barrel: 0.05,
            },
            finish: Finish::default(),
        };
        plan.mount = plan.mounted(seed);
        plan.finish = Finish::new(&mut Stream::new(seed, Concern::Camera, 1));
        plan
    }

    /// The camera: on a pole at one kerb, or out over the road, looking along the street and a little
    /// to the side that has shops.
    fn mounted(&self, seed: Seed) -> Mount {
        let mut s = Stream::new(seed, Concern::Camera, 0);
        let mut sign = s.sign();
        if self.side(-sign).border == Border::Wall {
            sign = -sign;
        }
        // Cameras held out hang low with a wide lens or high with a long one.
        let low = s.styles() == Styles::HeldOut && s.chance(0.5);
        let height = s.range_own((5.2, 8.2), if low { (3.7, 5.0) } else { (8.8, 11.5) });
        let x =
            sign * (self.road_half + s.range_own((-1.6, 0.8), if low { (0.9, 1.4) } else { (-4.5, -2.0) }));
        let aim_far = s.range_own((17.0, 27.0), if low { (13.0, 16.5) } else { (28.0, 36.0) });
        let aim_x = -sign * (self.road_half * s.range_own((0.15, 0.75), (-0.25, 0.12)));
        let drop = crate::maths::v(aim_x - x, aim_far, 0.0).length();
        Mount {
            at: v(x, 0.0, height),
            pan: -libm::atan2f(aim_x - x, aim_far),
            tilt: libm::atan2f(height - 0.6, drop),
            roll: s.sign() * s.range_own((0.0, 0.018), (0.02, 0.035)),
            field: s
                .range_own((36.0, 52.0), if low { (55.0, 64.0) } else { (27.0, 35.0) })
                .to_radians(),
            barrel: s.range_own((0.02, 0.12), (0.13, 0.17)),
        }
    }

    pub(crate) fn side(&self, sign: f32) -> &Side {
        if sign < 0.0 { &self.left } else { &self.right }
    }

    pub(crate) fn sides(&self) -> [&Side; 2] {
        [&self.left, &self.right]
    }

    /// Distance of the shop line from the middle of the road.
    pub(crate) fn line(&self, sign: f32) -> f32 {
        self.road_half + self.side(sign).footway
    }

    /// Whether the crossing street runs through `y`, with `margin` metres more on both sides.
    pub(crate) fn crossed(&self, y: f32, margin: f32) -> bool {
        self.crossing
            .is_some_and(|(at, wide)| (y - at).abs() < wide / 2.0 + margin)
    }
}

fn side(s: &mut Stream, sign: f32, border: Border) -> Side {
    let near = |s: &mut Stream, share: f32, long: f32| {
        let from = s.range(9.0, 30.0);
        if s.chance(share) {
            (from, from + long)
        } else {
            (0.0, 0.0)
        }
    };
    let spots = s.below(4);
    let spots = s.own(3 + spots, 7 + spots);
    let bay_long = s.own(5.8, 6.6);
    Side {
        sign,
        border,
        footway: s.range_own((2.9, 5.2), (5.4, 7.0)),
        tree_step: if s.chance(0.8) {
            s.range_own((6.5, 11.0), (12.0, 17.0))
        } else {
            0.0
        },
        car_bays: near(s, 0.6, spots as f32 * bay_long),
        bay_long,
        bike_bays: near(s, 0.6, s.own(7.0, 11.0)),
        rail: near(s, 0.2, s.own(24.0, 13.0)),
    }
}

//! Motor vehicles: cars and vans here, what is heavier or has three wheels beside. They face +y and stand
//! on z = 0. Bodies are skins over cross-sections; the same sections carry windows, seams and lamps.

mod bodies;
mod heavy;
mod panels;
mod three;

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::Mesh;

use bodies::{Body, CARRIER, CUBE, ESTATE, FASTBACK, HATCH, HIGH_VAN, SEDAN, SUV, Station, VAN};
use panels::bodied;

pub(crate) use heavy::{bus, truck};
pub(crate) use three::three_wheeler;

fn paint(s: &mut Stream) -> Vec3 {
    let shown = [
        v(0.72, 0.72, 0.70),
        v(0.72, 0.72, 0.70),
        v(0.75, 0.75, 0.74),
        v(0.02, 0.02, 0.022),
        v(0.03, 0.03, 0.035),
        v(0.30, 0.31, 0.32),
        v(0.14, 0.145, 0.15),
        v(0.42, 0.03, 0.03),
        v(0.03, 0.08, 0.28),
        v(0.34, 0.26, 0.16),
        v(0.10, 0.05, 0.03),
        v(0.05, 0.16, 0.12),
    ];
    let held_out = [
        v(0.62, 0.64, 0.67),
        v(0.64, 0.62, 0.56),
        v(0.052, 0.055, 0.062),
        v(0.20, 0.22, 0.25),
        v(0.45, 0.47, 0.50),
        v(0.55, 0.10, 0.02),
        v(0.08, 0.22, 0.42),
        v(0.46, 0.50, 0.44),
        v(0.22, 0.03, 0.06),
        v(0.62, 0.40, 0.44),
    ];
    let colour = s.pick_own(&shown, &held_out);
    s.near(colour, 0.12)
}

/// What makes one cut of car.
struct Cut {
    long: (f32, f32),
    half_wide: f32,
    belt: f32,
    wheel: f32,
    axles: (f32, f32),
    stations: &'static [Station],
    seams: &'static [f32],
}

const SHOWN: [Cut; 3] = [
    Cut {
        long: (4.45, 4.85),
        half_wide: 0.90,
        belt: 0.90,
        wheel: 0.32,
        axles: (0.62, -0.58),
        stations: SEDAN,
        seams: &[0.34, -0.13, -0.56],
    },
    Cut {
        long: (4.3, 4.75),
        half_wide: 0.92,
        belt: 1.04,
        wheel: 0.36,
        axles: (0.62, -0.60),
        stations: SUV,
        seams: &[0.40, 0.0, -0.43],
    },
    Cut {
        long: (3.5, 4.1),
        half_wide: 0.84,
        belt: 0.92,
        wheel: 0.29,
        axles: (0.66, -0.66),
        stations: HATCH,
        seams: &[0.42, -0.06, -0.52],
    },
];

const HELD_OUT: [Cut; 4] = [
    Cut {
        long: (4.88, 5.1),
        half_wide: 0.95,
        belt: 0.86,
        wheel: 0.35,
        axles: (0.64, -0.62),
        stations: FASTBACK,
        seams: &[0.44, -0.08, -0.50],
    },
    Cut {
        long: (4.88, 5.1),
        half_wide: 0.91,
        belt: 0.94,
        wheel: 0.33,
        axles: (0.62, -0.56),
        stations: ESTATE,
        seams: &[0.46, 0.06, -0.34],
    },
    Cut {
        long: (4.88, 5.2),
        half_wide: 0.96,
        belt: 1.08,
        wheel: 0.34,
        axles: (0.66, -0.62),
        stations: CARRIER,
        seams: &[0.60, 0.14, -0.36],
    },
    Cut {
        long: (2.9, 3.3),
        half_wide: 0.75,
        belt: 0.98,
        wheel: 0.27,
        axles: (0.68, -0.68),
        stations: CUBE,
        seams: &[0.62, -0.38],
    },
];

/// A car: of three cuts on streets that are shown, of four others on those held out.
pub(crate) fn car(s: &mut Stream) -> Mesh {
    let cut = s.below(5);
    let cut = s.own(&SHOWN[[0, 0, 1, 1, 2][cut]], &HELD_OUT[[0, 1, 2, 3, 3][cut]]);
    let body = Body {
        long: s.range(cut.long.0, cut.long.1),
        half_wide: cut.half_wide,
        belt: cut.belt,
        wheel: cut.wheel,
        axles: cut.axles,
        stations: cut.stations,
        seams: cut.seams,
    };
    let colour = paint(s);
    let plate = if s.chance(0.3) {
        v(0.15, 0.55, 0.25)
    } else {
        v(0.02, 0.07, 0.45)
    };
    bodied(&body, colour, plate)
}

/// A van: the small kind that delivers everything, or a high one without windows behind.
pub(crate) fn van(s: &mut Stream) -> Mesh {
    let body = Body {
        long: s.range_own((4.1, 4.9), (5.1, 5.9)),
        half_wide: s.range_own((0.80, 0.90), (0.95, 1.01)),
        belt: s.own(1.08, 1.22),
        wheel: s.own(0.31, 0.35),
        axles: s.own((0.60, -0.62), (0.66, -0.58)),
        stations: s.own(VAN, HIGH_VAN),
        seams: s.own(&[0.38, -0.13, -0.70], &[0.58, 0.22, -0.2]),
    };
    let shown = [
        v(0.72, 0.72, 0.70),
        v(0.70, 0.70, 0.68),
        v(0.36, 0.37, 0.38),
        v(0.45, 0.36, 0.22),
    ];
    let held_out = [
        v(0.66, 0.67, 0.70),
        v(0.62, 0.42, 0.03),
        v(0.05, 0.16, 0.36),
        v(0.06, 0.24, 0.12),
    ];
    let colour = s.pick_own(&shown, &held_out);
    let colour = s.near(colour, 0.1);
    let mut mesh = bodied(&body, colour, v(0.02, 0.07, 0.45));
    mesh.scale(v(1.0, 1.0, s.range(0.96, 1.08)));
    mesh
}

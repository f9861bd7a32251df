//! Light trucks and town buses.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Glow, Look, Mesh, Pattern};
use crate::styles::Styles;

use super::bodies::{Body, Part, Station, st};
use super::panels::{bodied, wheel};

const SHOWN_CAB: &[Station] = &[
    st(1.00, 0.95, 0.88, 0.80, 0.42, Part::Solid),
    st(0.94, 1.20, 0.98, 0.90, 0.36, Part::Screen),
    st(0.62, 2.02, 1.00, 0.84, 0.36, Part::Pillar),
    st(0.50, 2.08, 1.00, 0.84, 0.36, Part::Cabin),
    st(-0.55, 2.12, 1.00, 0.84, 0.36, Part::Pillar),
    st(-1.00, 2.08, 0.98, 0.84, 0.36, Part::Solid),
];

const HELD_OUT_CAB: &[Station] = &[
    st(1.00, 0.86, 0.84, 0.78, 0.40, Part::Solid),
    st(0.90, 1.08, 0.95, 0.86, 0.34, Part::Solid),
    st(0.55, 1.18, 1.00, 0.88, 0.34, Part::Screen),
    st(0.20, 1.84, 1.00, 0.80, 0.34, Part::Pillar),
    st(0.10, 1.90, 1.00, 0.80, 0.34, Part::Cabin),
    st(-0.80, 1.92, 1.00, 0.80, 0.34, Part::Pillar),
    st(-1.00, 1.88, 0.98, 0.80, 0.34, Part::Solid),
];

/// A light truck: flat bed or box.
pub(crate) fn truck(s: &mut Stream) -> Mesh {
    let cab = Body {
        long: s.own(1.9, 2.1),
        half_wide: s.own(0.98, 0.94),
        belt: s.own(1.25, 1.10),
        wheel: s.own(0.38, 0.34),
        axles: (0.05, 0.05),
        stations: s.own(SHOWN_CAB, HELD_OUT_CAB),
        seams: &[0.55, -0.6],
    };
    let shown = [
        v(0.05, 0.14, 0.40),
        v(0.70, 0.70, 0.68),
        v(0.42, 0.05, 0.04),
        v(0.62, 0.40, 0.05),
    ];
    let held_out = [
        v(0.06, 0.26, 0.18),
        v(0.32, 0.33, 0.35),
        v(0.40, 0.18, 0.03),
        v(0.10, 0.26, 0.44),
    ];
    let colour = s.pick_own(&shown, &held_out);
    let colour = s.near(colour, 0.1);
    let mut mesh = Mesh::default();
    mesh.add(
        &bodied(&cab, colour, v(0.60, 0.45, 0.03)),
        &Pose::at(v(0.0, 1.95, 0.0)),
    );
    let dark = mesh.matt(Vec3::splat(0.03));
    mesh.block(v(0.0, -0.9, 0.62), v(0.40, 2.0, 0.10), dark);
    for sign in [-1.0, 1.0] {
        wheel(&mut mesh, v(sign * 0.92, -1.7, 0.38), 0.38, sign);
    }
    let red = mesh.gloss(v(0.5, 0.02, 0.02));
    for sign in [-1.0, 1.0] {
        mesh.block(v(sign * 0.7, -2.88, 0.66), v(0.16, 0.03, 0.06), red);
    }
    match s.styles() {
        Styles::Shown | Styles::Varied => box_or_bed(&mut mesh, s, colour),
        Styles::HeldOut => canvas_or_stakes(&mut mesh, s, colour),
    }
    mesh
}

/// A white box, or a bed with low sides.
fn box_or_bed(mesh: &mut Mesh, s: &mut Stream, colour: Vec3) {
    if s.chance(0.55) {
        let white = mesh.patterned(v(0.68, 0.68, 0.66), Look::Gloss, Pattern::Concrete);
        let high = s.range(0.9, 1.1);
        mesh.rounded(v(0.0, -0.98, 0.78 + high), v(1.02, 1.9, high), 0.04, white);
    } else {
        let side = mesh.patterned(colour, Look::Gloss, Pattern::Concrete);
        mesh.block(v(0.0, -0.98, 0.80), v(1.0, 1.9, 0.05), side);
        for sign in [-1.0, 1.0] {
            mesh.block(v(sign * 0.99, -0.98, 1.0), v(0.03, 1.9, 0.22), side);
            mesh.block(v(0.0, -0.98 + sign * 1.88, 1.0), v(1.0, 0.03, 0.22), side);
        }
        mesh.block(v(0.0, 0.90, 1.35), v(1.0, 0.03, 0.5), side);
    }
}

/// Canvas over hoops, or a bed with stakes around it.
fn canvas_or_stakes(mesh: &mut Mesh, s: &mut Stream, colour: Vec3) {
    let side = mesh.patterned(colour * 0.8, Look::Gloss, Pattern::Concrete);
    mesh.block(v(0.0, -0.98, 0.80), v(1.0, 1.9, 0.05), side);
    if s.chance(0.5) {
        let tint = s.pick(&[v(0.10, 0.16, 0.10), v(0.12, 0.18, 0.32), v(0.30, 0.26, 0.18)]);
        let canvas = mesh.patterned(s.near(tint, 0.2), Look::Matt, Pattern::Cloth);
        let hoop = |y: f32, sag: f32| -> Vec<Vec3> {
            let point = |k: usize| {
                let turn = k as f32 / 10.0 * TURN / 2.0;
                v(cos(turn) * 1.0, y, 1.15 + (0.95 - sag) * sin(turn).sqrt())
            };
            [v(1.0, y, 0.85)]
                .into_iter()
                .chain((0..=10).map(point))
                .chain([v(-1.0, y, 0.85)])
                .collect()
        };
        let hoops: Vec<Vec<Vec3>> = (0..9)
            .map(|k| hoop(-2.85 + k as f32 * 0.465, if k % 2 == 0 { 0.0 } else { 0.06 }))
            .collect();
        mesh.loft(&hoops, false, 50.0, &|_, _| canvas);
        mesh.block(v(0.0, 0.86, 1.42), v(0.96, 0.02, 0.58), canvas);
        return;
    }
    let stake = mesh.metal(0.3);
    for sign in [-1.0, 1.0] {
        for k in 0..9 {
            let y = -2.8 + k as f32 * 0.46;
            mesh.block(v(sign * 0.99, y, 1.30), v(0.02, 0.025, 0.48), stake);
        }
        for z in [0.95, 1.2, 1.45, 1.7] {
            mesh.block(v(sign * 0.99, -0.98, z), v(0.012, 1.9, 0.035), side);
            mesh.block(v(0.0, -0.98 + sign * 1.88, z), v(1.0, 0.012, 0.035), side);
        }
    }
    let sack = mesh.patterned(s.near(v(0.50, 0.47, 0.36), 0.2), Look::Matt, Pattern::Cloth);
    for k in 0..10 {
        let at = v((k % 2) as f32 * 0.9 - 0.45, -2.3 + (k / 2) as f32 * 0.72, 1.05);
        mesh.rounded(
            at + Vec3::Z * s.range(-0.05, 0.10),
            v(0.42, 0.34, 0.20),
            0.16,
            sack,
        );
    }
}

/// A town bus.
pub(crate) fn bus(s: &mut Stream) -> Mesh {
    let (half, w) = (s.range_own((4.2, 5.4), (3.1, 4.0)), s.own(1.22, 1.12));
    let high = s.range_own((2.85, 3.05), (2.55, 2.75));
    let mut mesh = Mesh::default();
    let shown = [
        v(0.03, 0.30, 0.14),
        v(0.05, 0.18, 0.50),
        v(0.55, 0.06, 0.04),
        v(0.60, 0.42, 0.08),
    ];
    let held_out = [
        v(0.04, 0.34, 0.42),
        v(0.34, 0.08, 0.30),
        v(0.26, 0.40, 0.06),
        v(0.70, 0.25, 0.03),
    ];
    let colour = s.pick_own(&shown, &held_out);
    let lower = mesh.gloss(s.near(colour, 0.1));
    let upper = mesh.gloss(s.own(v(0.68, 0.69, 0.68), colour * 0.55));
    let glass = mesh.patterned(v(0.02, 0.025, 0.03), Look::Glass, Pattern::Plain);
    let dark = mesh.matt(Vec3::splat(0.02));
    mesh.rounded(
        v(0.0, 0.0, f32::midpoint(high, 0.35)),
        v(w, half, (high - 0.35) / 2.0),
        0.16,
        upper,
    );
    mesh.rounded(v(0.0, 0.0, 0.72), v(w + 0.012, half + 0.012, 0.42), 0.10, lower);
    for sign in [-1.0, 1.0] {
        let panes = s.own(6, 4);
        for k in 0..panes {
            let step = (half * 2.0 - 0.9) / panes as f32;
            let y = -half + 0.45 + (k as f32 + 0.5) * step;
            mesh.block(
                v(sign * w, y, high - 0.95),
                v(0.012, step / 2.0 - s.own(0.05, 0.11), s.own(0.48, 0.40)),
                glass,
            );
        }
        for y in s.own([half * 0.60, -half * 0.50], [half * 0.52, -half * 0.56]) {
            wheel(&mut mesh, v(sign * (w + 0.01), y, 0.46), 0.46, sign);
        }
    }
    mesh.block(v(0.0, half + 0.004, high - 1.05), v(w - 0.12, 0.012, 0.72), glass);
    mesh.block(
        v(0.0, -half - 0.004, high - 0.85),
        v(w - 0.25, 0.012, 0.40),
        glass,
    );
    let board = mesh.glowing(v(0.9, 0.35, 0.05), Glow::Always(1.2));
    mesh.block(v(0.0, half + 0.010, high - 0.22), v(w - 0.5, 0.010, 0.10), dark);
    mesh.block(v(0.0, half + 0.014, high - 0.22), v(w - 0.7, 0.010, 0.05), board);
    for y in s.own([half * 0.82, -half * 0.02], [half * 0.80, -half * 0.78]) {
        mesh.block(v(w + 0.008, y, 1.40), v(0.012, 0.55, 1.02), glass);
    }
    let clear = mesh.glowing(v(0.8, 0.82, 0.85), Glow::Driving(5.0));
    let red = mesh.glowing(v(0.5, 0.02, 0.02), Glow::Driving(2.2));
    for sign in [-1.0, 1.0] {
        mesh.rounded(v(sign * 0.9, half, 0.75), v(0.17, 0.05, 0.10), 0.04, clear);
        mesh.rounded(v(sign * 1.0, -half, 0.9), v(0.10, 0.05, 0.2), 0.03, red);
    }
    mesh
}

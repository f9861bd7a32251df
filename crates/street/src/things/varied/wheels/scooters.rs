//! Electric two-wheelers: round and edgy scooters, light frames, small motorcycles, and what people add to them. Whoever
//! rides sits behind the middle on a seat 0.80 m high, feet on the step, hands at 1 m.

mod bare;
mod extras;

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Mesh, Skin};

use super::any_colour;
use super::fittings::Lenses;
use super::shell::paint;
use super::tricycles::cycle_wheel;
use bare::{light, motorcycle};

/// An e-bike.
pub(in super::super) fn ebike(s: &mut Stream) -> Mesh {
    let design = s.pick(&DESIGNS);
    design(s)
}

pub(super) const DESIGNS: [fn(&mut Stream) -> Mesh; 8] = [
    |s| round(s).0,
    |s| edgy(s).0,
    |s| light(s).0,
    |s| motorcycle(s).0,
    |s| with(s, extras::delivery),
    |s| with(s, extras::apron),
    |s| with(s, extras::canopy),
    |s| with(s, extras::child_seat),
];

/// What the parts are made of.
#[derive(Debug, Clone, Copy)]
struct Kit {
    body: Skin,
    trim: Skin,
    seat: Skin,
    metal: Skin,
    dark: Skin,
}

impl Kit {
    fn new(mesh: &mut Mesh, s: &mut Stream) -> Self {
        let body = mesh.gloss(paint(s));
        let trim = mesh.gloss(any_colour(s));
        let leather = if s.chance(0.6) {
            Vec3::splat(0.025)
        } else {
            any_colour(s) * 0.5
        };
        Self {
            body,
            trim: if s.chance(0.4) { trim } else { body },
            seat: mesh.matt(leather),
            metal: mesh.metal(s.range(0.2, 0.5)),
            dark: mesh.matt(Vec3::splat(s.range(0.012, 0.04))),
        }
    }
}

fn with(s: &mut Stream, extra: fn(&mut Mesh, &mut Stream, &Kit)) -> Mesh {
    let base = s.pick(&[round, edgy, light, round]);
    let (mut mesh, kit) = base(s);
    extra(&mut mesh, s, &kit);
    mesh
}

/// Wheels, fork, bar, grips, mirrors, stand.
fn running_gear(mesh: &mut Mesh, s: &mut Stream, kit: &Kit, radius: f32, tyre: f32) {
    let (front, rear) = (s.range(0.60, 0.70), s.range(-0.68, -0.56));
    for y in [front, rear] {
        cycle_wheel(mesh, v(0.0, y, radius), radius, tyre, kit.dark, kit.metal);
    }
    let bar = v(0.0, 0.28, s.range(1.0, 1.06));
    let wide = s.range(0.28, 0.36);
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(0.08 * sign, front, radius),
            v(0.05 * sign, front - 0.20, 0.78),
            (0.022, 0.025),
            6,
            kit.metal,
        );
        mesh.rod(
            v(0.09 * sign, rear, radius),
            v(0.09 * sign, rear + 0.10, 0.56),
            (0.025, 0.025),
            6,
            kit.metal,
        );
        let grip = v(wide * sign, 0.19, bar.z);
        mesh.limb(
            bar + Vec3::X * (0.08 * sign),
            grip.mix(bar, 0.4),
            (0.016, 0.016),
            kit.metal,
        );
        mesh.limb(grip.mix(bar, 0.4), grip, (0.020, 0.020), kit.dark);
    }
    mesh.rod(v(0.0, front - 0.19, 0.76), bar, (0.028, 0.02), 7, kit.metal);
    let mirrors = s.unit();
    if mirrors < 0.75 {
        let (high, round) = (s.range(0.14, 0.26), s.chance(0.5));
        for sign in [-1.0, 1.0] {
            let at = bar + v(sign * (wide * 0.85), 0.06, high);
            mesh.rod(
                bar + Vec3::X * (sign * wide * 0.6),
                at,
                (0.008, 0.007),
                4,
                kit.dark,
            );
            let half = if round {
                v(0.05, 0.016, 0.05)
            } else {
                v(0.07, 0.018, 0.042)
            };
            mesh.ball(at, half, kit.dark);
        }
    }
    let foot = v(-0.2, -0.3, 0.0);
    mesh.rod(v(-0.06, -0.22, 0.28), foot, (0.014, 0.012), 5, kit.metal);
}

/// Lamps, guard and plate, at a height and a place before and behind.
fn lamps(mesh: &mut Mesh, s: &mut Stream, kit: &Kit, front: Vec3, rear: Vec3) {
    let lens = Lenses::new(mesh);
    let half = s.pick(&[
        v(0.075, 0.05, 0.075),
        v(0.11, 0.05, 0.05),
        v(0.05, 0.04, 0.08),
        v(0.13, 0.04, 0.025),
    ]);
    mesh.ball(front, half, lens.clear);
    mesh.rounded(
        rear,
        v(s.range(0.05, 0.11), 0.025, s.range(0.02, 0.045)),
        0.02,
        lens.red,
    );
    for sign in [-1.0, 1.0] {
        if s.chance(0.6) {
            mesh.ball(
                front + v(sign * 0.14, -0.03, -0.06),
                v(0.035, 0.03, 0.022),
                lens.amber,
            );
        }
    }
    let tint = s.pick(&[
        v(0.65, 0.65, 0.63),
        v(0.15, 0.55, 0.25),
        v(0.60, 0.45, 0.03),
        v(0.02, 0.07, 0.45),
    ]);
    let plate = mesh.gloss(tint);
    mesh.block(rear + v(0.0, -0.03, -0.16), v(0.10, 0.006, 0.065), plate);
    mesh.rod(rear, rear + v(0.0, -0.03, -0.2), (0.02, 0.03), 5, kit.dark);
}

fn oval(y: f32, z: f32, half: (f32, f32), tip: f32) -> Vec<Vec3> {
    (0..14)
        .map(|k| {
            let turn = k as f32 / 14.0 * TURN;
            v(cos(turn) * half.0, y + sin(turn) * half.1, z + sin(turn) * tip)
        })
        .collect()
}

/// The Italian shape: bulging flanks, a curved shield, a round lamp.
fn round(s: &mut Stream) -> (Mesh, Kit) {
    let mut mesh = Mesh::default();
    let kit = Kit::new(&mut mesh, s);
    let (radius, tyre) = (s.range(0.20, 0.25), s.range(0.045, 0.06));
    running_gear(&mut mesh, s, &kit, radius, tyre);
    let w = s.range(0.18, 0.25);
    let shield = [
        oval(0.34, 1.02, (0.06, 0.05), 0.0),
        oval(0.37, 0.94, (w * 0.6, 0.07), 0.0),
        oval(0.41, 0.76, (w, 0.08), 0.0),
        oval(0.42, 0.52, (w * 1.05, 0.07), 0.0),
        oval(0.36, 0.38, (w * 0.9, 0.08), 0.0),
        oval(0.30, 0.30, (w * 0.7, 0.06), 0.0),
    ];
    mesh.loft(&shield, true, 60.0, &|_, _| kit.body);
    mesh.rounded(v(0.0, 0.14, 0.30), v(w * 0.8, 0.30, 0.03), 0.02, kit.dark);
    let bulge = s.range(0.17, 0.23);
    let long = s.range(0.36, 0.44);
    for sign in [-1.0, 1.0] {
        mesh.blob(
            v(sign * bulge * 0.45, -0.42, 0.50),
            v(bulge * 0.55, long, s.range(0.18, 0.23)),
            (14, 9),
            kit.trim,
            &|_| 1.0,
        );
    }
    mesh.rounded(
        v(0.0, -0.36, 0.58),
        v(bulge * 0.6, long * 0.85, 0.16),
        0.08,
        kit.body,
    );
    mesh.rounded(
        v(0.0, -0.30, 0.76),
        v(0.13, s.range(0.26, 0.42), 0.05),
        0.045,
        kit.seat,
    );
    mesh.blob(
        v(0.0, 0.63, radius * 2.0 + 0.02),
        v(0.09, 0.22, 0.06),
        (12, 6),
        kit.body,
        &|_| 1.0,
    );
    mesh.ball(v(0.0, 0.31, 1.04), v(0.11, 0.09, 0.07), kit.body);
    let lamp_low = s.chance(0.4);
    let front = if lamp_low {
        v(0.0, 0.50, 0.80)
    } else {
        v(0.0, 0.40, 1.05)
    };
    lamps(&mut mesh, s, &kit, front, v(0.0, -0.84, 0.56));
    if s.chance(0.4) {
        extras::carrier(&mut mesh, &kit);
    }
    (mesh, kit)
}

/// Folded plates, a flat step, a stepped seat, slit lamps.
fn edgy(s: &mut Stream) -> (Mesh, Kit) {
    let mut mesh = Mesh::default();
    let kit = Kit::new(&mut mesh, s);
    let (radius, tyre) = (s.range(0.22, 0.28), s.range(0.05, 0.07));
    running_gear(&mut mesh, s, &kit, radius, tyre);
    let w = s.range(0.15, 0.23);
    let plate = |y: f32, z: f32, x: f32, deep: f32| {
        vec![v(-x, y, z), v(0.0, y + deep, z), v(x, y, z), v(0.0, y - 0.07, z)]
    };
    let shield = [
        plate(0.33, 1.04, w * 0.5, 0.07),
        plate(0.40, 0.90, w, 0.16),
        plate(0.42, 0.68, w * 0.95, 0.20),
        plate(0.37, 0.46, w * 0.75, 0.09),
        plate(0.30, 0.30, w * 0.7, 0.05),
    ];
    mesh.loft(&shield, true, 20.0, &|i, _| {
        if i == 2 { kit.trim } else { kit.body }
    });
    mesh.block(v(0.0, 0.12, 0.30), v(w * 0.8, 0.30, 0.025), kit.dark);
    let side = [
        (-0.02, 0.30),
        (-0.14, 0.70),
        (-0.88, s.range(0.76, 0.88)),
        (-0.86, 0.68),
        (-0.5, 0.34),
    ];
    let thick = s.range(0.10, 0.16);
    let face = |x: f32| -> Vec<Vec3> { side.iter().map(|&(y, z)| v(x, y, z)).collect() };
    mesh.loft(&[face(-thick), face(thick)], true, 15.0, &|_, _| kit.body);
    for x in [-thick, thick] {
        let f = face(x);
        for k in 1..f.len() - 1 {
            mesh.triangle(f[0], f[k], f[k + 1], if k == 2 { kit.trim } else { kit.body });
        }
    }
    mesh.rounded(v(0.0, -0.24, 0.765), v(0.125, 0.21, 0.045), 0.03, kit.seat);
    if s.chance(0.7) {
        mesh.rounded(v(0.0, -0.60, 0.85), v(0.11, 0.18, 0.045), 0.03, kit.seat);
    }
    mesh.rounded(
        v(0.0, 0.64, radius * 2.0 + 0.02),
        v(0.06, s.range(0.14, 0.24), 0.02),
        0.015,
        kit.trim,
    );
    let front = v(0.0, 0.56, s.range(0.68, 0.92));
    lamps(&mut mesh, s, &kit, front, v(0.0, -0.89, 0.74));
    if s.chance(0.3) {
        extras::carrier(&mut mesh, &kit);
    }
    (mesh, kit)
}

//! What three-wheelers share: wheels, fork, bar, seat, bed, its sides, wares and a roof.

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::super::any_colour;
use super::super::fittings::Lenses;
use super::super::shell::paint;

/// What all of them are made of.
pub(super) struct Frame {
    pub(super) body: Skin,
    pub(super) metal: Skin,
    pub(super) dark: Skin,
    /// Half the bed's width, its front and rear end, its height.
    pub(super) wide: f32,
    pub(super) front: f32,
    pub(super) rear: f32,
    pub(super) bed: f32,
}

/// Wheels, fork, bar, seat and bed: everything but what stands on it.
pub(super) fn frame(mesh: &mut Mesh, s: &mut Stream) -> Frame {
    let body = mesh.gloss(paint(s));
    let metal = mesh.metal(s.range(0.2, 0.45));
    let dark = mesh.matt(Vec3::splat(s.range(0.015, 0.05)));
    let (wide, long) = (s.range(0.42, 0.68), s.range(1.2, 1.9));
    let front = -0.06;
    let built = Frame {
        body,
        metal,
        dark,
        wide,
        front,
        rear: front - long,
        bed: s.range(0.48, 0.66),
    };
    let radius = s.range(0.23, 0.31);
    let axle = f32::midpoint(built.front, built.rear) - long * s.range(0.02, 0.14);
    for sign in [-1.0, 1.0] {
        let x = sign * (wide - s.range(0.02, 0.1));
        cycle_wheel(mesh, v(x, axle, radius), radius, 0.05, dark, metal);
    }
    mesh.rod(
        v(-wide, axle, radius),
        v(wide, axle, radius),
        (0.035, 0.035),
        6,
        dark,
    );
    let head = 1.02 + s.range(0.0, 0.2);
    cycle_wheel(mesh, v(0.0, head, radius), radius, 0.045, dark, metal);
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * 0.07, head, radius),
            v(sign * 0.06, head - 0.22, 0.95),
            (0.022, 0.022),
            6,
            metal,
        );
        mesh.rod(
            v(sign * 0.16, front, built.bed - 0.06),
            v(sign * 0.10, head - 0.3, 0.36),
            (0.03, 0.03),
            6,
            body,
        );
        mesh.rod(
            v(sign * 0.3, built.rear, built.bed - 0.06),
            v(sign * 0.3, front, built.bed - 0.06),
            (0.03, 0.03),
            6,
            dark,
        );
        mesh.limb(
            v(sign * 0.16, head - 0.32, 1.0),
            v(sign * 0.36, head - 0.46, 1.0),
            (0.018, 0.018),
            dark,
        );
    }
    mesh.rod(
        v(-0.2, head - 0.3, 1.0),
        v(0.2, head - 0.3, 1.0),
        (0.017, 0.017),
        6,
        metal,
    );
    mesh.rounded(
        v(0.0, head, radius * 2.0 + 0.05),
        v(0.08, s.range(0.16, 0.28), 0.025),
        0.02,
        body,
    );
    mesh.rounded(
        v(0.0, 0.47, 0.30),
        v(s.range(0.18, 0.30), 0.36, 0.035),
        0.03,
        dark,
    );
    seat_and_lamps(mesh, s, &built, head);
    for sign in [-1.0, 1.0] {
        if s.chance(0.7) {
            let at = v(sign * wide, axle, radius * 2.0 + 0.02);
            mesh.rounded(at, v(0.07, radius, 0.02), 0.015, body);
        }
    }
    mesh.block(
        v(0.0, f32::midpoint(front, built.rear), built.bed),
        v(wide, long / 2.0, 0.03),
        body,
    );
    built
}

/// The driver's seat, the shield before the knees, lamps and mirrors.
fn seat_and_lamps(mesh: &mut Mesh, s: &mut Stream, f: &Frame, head: f32) {
    let (body, dark) = (f.body, f.dark);
    let seat = mesh.matt(any_colour(s) * 0.3);
    mesh.rounded(v(0.0, 0.20, 0.52), v(s.range(0.16, 0.26), 0.17, 0.16), 0.04, body);
    let seat_wide = s.range(0.17, 0.36);
    mesh.rounded(v(0.0, 0.20, 0.69), v(seat_wide, 0.19, 0.05), 0.04, seat);
    if s.chance(0.4) {
        mesh.rounded(v(0.0, 0.02, 0.95), v(seat_wide, 0.04, 0.17), 0.04, seat);
    }
    let lens = Lenses::new(mesh);
    if s.chance(0.7) {
        let (w, up) = (s.range(0.16, 0.34), s.range(0.18, 0.32));
        mesh.rounded(v(0.0, head - 0.2, 0.66), v(w, 0.06, up), 0.06, body);
    }
    mesh.ball(
        v(0.0, head - 0.11, s.range(0.78, 0.95)),
        v(0.09, 0.05, 0.08),
        lens.clear,
    );
    for sign in [-1.0, 1.0] {
        mesh.rounded(
            v(sign * (f.wide - 0.1), f.rear - 0.01, f.bed - 0.03),
            v(0.07, 0.02, 0.04),
            0.02,
            lens.red,
        );
        if s.chance(0.6) {
            let at = v(sign * 0.34, head - 0.3, 1.22);
            mesh.rod(v(sign * 0.24, head - 0.34, 1.0), at, (0.008, 0.008), 4, dark);
            mesh.ball(at, v(0.07, 0.02, 0.05), dark);
        }
    }
}

/// A wheel with a thick tyre and a disc or spokes.
pub(in super::super) fn cycle_wheel(
    mesh: &mut Mesh,
    hub: Vec3,
    radius: f32,
    tyre: f32,
    rubber: Skin,
    metal: Skin,
) {
    mesh.ring(hub, Vec3::X, radius - tyre, tyre, (20, 6), rubber);
    let half = Vec3::X * 0.03;
    mesh.rod(hub - half, hub + half, (radius * 0.3, radius * 0.3), 10, metal);
    for k in 0..6 {
        let turn = k as f32 / 6.0 * TURN;
        let out = v(0.0, cos(turn), sin(turn)) * (radius - tyre);
        mesh.rod(hub, hub + out, (0.025, 0.018), 4, metal);
    }
}

/// Sides around the bed.
pub(super) fn sides(mesh: &mut Mesh, f: &Frame, high: f32) {
    let (middle, half) = (f32::midpoint(f.front, f.rear), (f.front - f.rear) / 2.0);
    for sign in [-1.0, 1.0] {
        mesh.block(
            v(sign * f.wide, middle, f.bed + high),
            v(0.018, half, high),
            f.body,
        );
        mesh.block(
            v(0.0, middle + sign * half, f.bed + high),
            v(f.wide, 0.018, high),
            f.body,
        );
        mesh.block(
            v(sign * (f.wide + 0.01), middle, f.bed + high * 2.0),
            v(0.025, half, 0.02),
            f.dark,
        );
    }
}

/// What lies on the bed.
pub(super) fn wares(mesh: &mut Mesh, s: &mut Stream, f: &Frame, up: f32) {
    let tint = any_colour(s);
    let kind = s.below(4);
    for _ in 0..s.below(7) {
        let skin = match kind {
            0 => mesh.patterned(s.near(v(0.42, 0.30, 0.17), 0.3), Look::Matt, Pattern::Cardboard),
            1 => mesh.patterned(any_colour(s), Look::Matt, Pattern::Crinkled),
            _ => mesh.gloss(s.near(tint, 0.4)),
        };
        let half = v(s.range(0.1, 0.28), s.range(0.1, 0.35), s.range(0.08, 0.3));
        let at = v(
            s.range(-1.0, 1.0) * (f.wide - half.x).max(0.0),
            s.range(f.rear + half.y, f.front - half.y),
            f.bed + 0.03 + half.z + s.range(0.0, up),
        );
        if kind == 1 {
            mesh.blob(at, half, (12, 7), skin, &|_| 1.0);
        } else {
            mesh.rounded(at, half, 0.03, skin);
        }
    }
}

/// The roof itself, arched, and its posts; returns its height.
pub(super) fn roof(mesh: &mut Mesh, s: &mut Stream, f: &Frame, (rear, front): (f32, f32)) -> f32 {
    let z = s.range(1.78, 1.95);
    let look = s.pick(&[Look::Thin, Look::Matt, Look::Gloss]);
    let pattern = s.pick(&[Pattern::Cloth, Pattern::Plain, Pattern::Stripes]);
    let cloth = mesh.patterned(any_colour(s), look, pattern);
    let (arch, fringe, w) = (s.range(0.0, 0.16), s.range(0.03, 0.12), f.wide + 0.06);
    let row = |y: f32| -> Vec<Vec3> {
        (0..=8)
            .map(|k| {
                let x = k as f32 / 4.0 - 1.0;
                v(x * w, y, z + arch * (1.0 - x * x))
            })
            .collect()
    };
    let hang = |y: f32| -> Vec<Vec3> { row(y).iter().map(|p| *p - Vec3::Z * fringe).collect() };
    mesh.loft(
        &[hang(front), row(front), row(rear), hang(rear)],
        false,
        40.0,
        &|_, _| cloth,
    );
    for sign in [-1.0, 1.0] {
        mesh.quad(
            [
                v(sign * w, rear, z),
                v(sign * w, front, z),
                v(sign * w, front, z - fringe),
                v(sign * w, rear, z - fringe),
            ],
            cloth,
        );
        for y in [rear + 0.04, f32::midpoint(rear, front), front - 0.04] {
            let foot = if y < f.front { f.bed } else { 0.36 };
            let x = sign * if y > 0.4 { f.wide * 0.75 } else { f.wide };
            mesh.rod(v(x, y, foot), v(sign * f.wide, y, z), (0.014, 0.014), 5, f.metal);
        }
    }
    z
}

//! Seats put out as bulky waste: sofas, armchairs, chairs in stacks, office chairs.

use super::any_colour;
use super::matter::{bar, plastic, stood, timber};
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

/// Cloth or leather.
pub(super) fn cover(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = any_colour(s);
    let colour = match s.below(4) {
        0 => v(0.20, 0.10, 0.05),
        1 => v(0.48, 0.42, 0.33),
        _ => colour,
    };
    let (look, pattern) = s.pick(&[
        (Look::Matt, Pattern::Cloth),
        (Look::Gloss, Pattern::Plain),
        (Look::Matt, Pattern::Stripes),
        (Look::Matt, Pattern::Cloth),
    ]);
    mesh.patterned(s.near(colour, 0.3), look, pattern)
}

/// Veneer or lacquer.
pub(super) fn veneer(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = s.pick(&[
        v(0.30, 0.15, 0.07),
        v(0.48, 0.32, 0.16),
        v(0.14, 0.06, 0.04),
        v(0.62, 0.60, 0.56),
    ]);
    let colour = if s.chance(0.2) {
        any_colour(s)
    } else {
        s.near(colour, 0.3)
    };
    mesh.patterned(colour, Look::Gloss, Pattern::Wood)
}

/// Seat, back, arms and cushions: `seats` of them, `half` wide.
fn settee(mesh: &mut Mesh, s: &mut Stream, half: f32, seats: usize) {
    let (fabric, feet) = (cover(mesh, s), timber(mesh, s));
    let other = if s.chance(0.25) { cover(mesh, s) } else { fabric };
    let (deep, seat, back) = (s.range(0.34, 0.46), s.range(0.30, 0.44), s.range(0.65, 1.0));
    let (soft, arm) = (s.range(0.01, 0.10), s.range(0.05, 0.16));
    let legs = s.range(0.03, 0.15);
    let floor = legs * 2.0;
    let base = (seat - floor - 0.1).max(0.06) * 0.5;
    mesh.rounded(v(0.0, 0.0, floor + base), v(half, deep, base), soft, fabric);
    let lean = s.range(0.05, 0.25);
    mesh.part(&Pose::tilted(v(0.0, -deep, floor), lean, 0.0, 0.0), |m| {
        m.rounded(
            v(0.0, 0.0, (back - floor) * 0.5),
            v(half, 0.10, (back - floor) * 0.5),
            soft,
            fabric,
        );
    });
    if s.chance(0.85) {
        let tall = s.range(0.18, 0.28) + seat * 0.5;
        for sign in [-1.0, 1.0] {
            let at = v(
                sign * (half + arm * 0.5),
                0.02,
                floor + (tall - floor * 0.5) * 0.8,
            );
            mesh.rounded(
                at,
                v(arm, deep, (tall - floor * 0.5) * 0.8),
                soft.max(0.02),
                fabric,
            );
        }
    }
    let missing = s.below(seats * 4);
    for k in 0..seats {
        let wide = half / seats as f32;
        let x = (k as f32 - (seats as f32 - 1.0) * 0.5) * wide * 2.0;
        if k != missing {
            let tilt = if s.chance(0.12) { 0.4 } else { 0.0 };
            mesh.part(&Pose::tilted(v(x, 0.06, seat - 0.02), tilt, 0.0, 0.0), |m| {
                m.rounded(Vec3::ZERO, v(wide * 0.96, deep * 0.85, 0.08), 0.06, other);
            });
        }
        if s.chance(0.7) {
            mesh.part(
                &Pose::tilted(v(x, -deep * 0.62, seat + 0.26), lean + 0.1, 0.0, 0.0),
                |m| {
                    m.rounded(Vec3::ZERO, v(wide * 0.92, 0.08, 0.2), 0.07, other);
                },
            );
        }
    }
    for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        mesh.block(
            v(sx * half * 0.9, sy * deep * 0.85, legs),
            v(0.03, 0.03, legs),
            feet,
        );
    }
}

pub(super) fn sofa(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = s.range(0.6, 1.05);
    let seats = 2 + s.below(2);
    settee(&mut mesh, s, half, seats);
    let mut out = Mesh::default();
    // Now and then it stands on its end or lies on its back.
    let pose = match s.below(8) {
        0 => Pose::tilted(Vec3::ZERO, TURN / 4.0, 0.0, 0.0),
        1 => Pose::tilted(Vec3::ZERO, 0.0, TURN / 4.0, 0.4),
        _ => Pose::HERE,
    };
    out.add(&mesh, &pose);
    stood(out)
}

pub(super) fn armchair(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = s.range(0.26, 0.38);
    settee(&mut mesh, s, half, 1);
    stood(mesh)
}

/// A sofa around a corner.
pub(super) fn corner_sofa(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let fabric = cover(&mut mesh, s);
    let (long, short, deep) = (s.range(0.8, 1.15), s.range(0.5, 0.8), s.range(0.36, 0.45));
    let (soft, sign, back) = (s.range(0.03, 0.1), s.sign(), s.range(0.2, 0.32));
    mesh.rounded(v(0.0, 0.0, 0.22), v(long, deep, 0.2), soft, fabric);
    mesh.rounded(
        v(0.0, -deep, 0.42 + back * 0.5),
        v(long, 0.12, 0.2 + back * 0.6),
        soft,
        fabric,
    );
    let x = sign * (long - deep);
    mesh.rounded(v(x, deep + short * 0.9, 0.22), v(deep, short, 0.2), soft, fabric);
    mesh.rounded(
        v(sign * long, short * 0.6, 0.42 + back * 0.4),
        v(0.12, deep + short * 0.8, 0.2 + back * 0.5),
        soft,
        fabric,
    );
    mesh.rounded(v(-sign * long, 0.0, 0.36), v(0.11, deep, 0.2), soft, fabric);
    for k in 0..2 + s.below(2) {
        let cushion = cover(&mut mesh, s);
        let at = v((k as f32 - 1.0) * long * 0.55, -deep * 0.55, 0.58);
        mesh.part(&Pose::tilted(at, 0.35, 0.0, s.range(-0.3, 0.3)), |m| {
            m.rounded(Vec3::ZERO, v(0.22, 0.07, 0.18), 0.06, cushion);
        });
    }
    stood(mesh)
}

/// Chairs in a stack, or thrown together.
pub(super) fn chairs(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let seat = if s.chance(0.5) {
        plastic(&mut mesh, s)
    } else {
        veneer(&mut mesh, s)
    };
    let leg = if s.chance(0.5) { mesh.metal(0.4) } else { seat };
    let (w, high, back, slats) = (
        s.range(0.18, 0.24),
        s.range(0.38, 0.48),
        s.range(0.35, 0.5),
        1 + s.below(4),
    );
    let stacked = s.chance(0.6);
    for k in 0..2 + s.below(5) {
        let pose = if stacked {
            Pose::new(v(0.0, 0.03 * k as f32, 0.10 * k as f32), s.range(-0.04, 0.04))
        } else {
            let a = k as f32 * 1.7;
            let at = v(cos(a) * 0.33, sin(a) * 0.33, 0.25);
            Pose::tilted(
                at,
                s.pick(&[0.0, 1.57, -1.57, 2.6]),
                s.range(-0.3, 0.3),
                s.range(0.0, TURN),
            )
        };
        mesh.part(&pose, |m| {
            m.rounded(v(0.0, 0.0, high), v(w, w, 0.018), 0.015, seat);
            for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
                let foot = v(sx * w * 1.0, sy * w * 1.0, 0.0);
                bar(
                    m,
                    (v(sx * w * 0.88, sy * w * 0.88, high), foot),
                    (0.014, 0.014),
                    leg,
                );
            }
            for sx in [-1.0, 1.0] {
                bar(
                    m,
                    (
                        v(sx * w * 0.88, -w * 0.9, high),
                        v(sx * w * 0.85, -w * 1.25, high + back),
                    ),
                    (0.014, 0.014),
                    leg,
                );
            }
            for j in 0..slats {
                let t = (j as f32 + 1.0) / slats as f32;
                let half = v(w * 0.86, 0.01, back * 0.36 / slats as f32);
                m.block(
                    v(0.0, -w * (0.9 + 0.35 * t), high + back * t - half.z),
                    half,
                    seat,
                );
            }
        });
    }
    stood(mesh)
}

/// An office chair on castors, upright or fallen.
pub(super) fn swivel(s: &mut Stream) -> Mesh {
    let mut upright = Mesh::default();
    let (pad, black) = (cover(&mut upright, s), upright.matt(Vec3::splat(0.02)));
    let (w, high, back) = (s.range(0.2, 0.27), s.range(0.38, 0.52), s.range(0.22, 0.4));
    for k in 0..5 {
        let a = k as f32 / 5.0 * TURN;
        let tip = v(cos(a) * 0.29, sin(a) * 0.29, 0.07);
        bar(&mut upright, (v(0.0, 0.0, 0.12), tip), (0.022, 0.015), black);
        upright.ball(tip + v(0.0, 0.0, -0.035), Vec3::splat(0.035), black);
    }
    upright.rod(v(0.0, 0.0, 0.1), v(0.0, 0.0, high), (0.028, 0.028), 8, black);
    upright.rounded(v(0.0, 0.0, high + 0.04), v(w, w, 0.045), 0.04, pad);
    upright.part(
        &Pose::tilted(v(0.0, -w, high + 0.08), s.range(0.05, 0.3), 0.0, 0.0),
        |m| {
            m.rounded(v(0.0, 0.0, back), v(w * 0.92, 0.045, back), 0.04, pad);
        },
    );
    if s.chance(0.6) {
        for sign in [-1.0, 1.0] {
            bar(
                &mut upright,
                (
                    v(sign * w * 1.1, 0.0, high + 0.03),
                    v(sign * w * 1.1, 0.0, high + 0.24),
                ),
                (0.015, 0.02),
                black,
            );
            upright.block(
                v(sign * w * 1.1, 0.0, high + 0.25),
                v(0.03, w * 0.6, 0.012),
                black,
            );
        }
    }
    let mut mesh = Mesh::default();
    let pitch = if s.chance(0.3) { s.sign() * 1.65 } else { 0.0 };
    mesh.add(
        &upright,
        &Pose::tilted(Vec3::ZERO, pitch, s.range(-0.02, 0.02), 0.0),
    );
    stood(mesh)
}

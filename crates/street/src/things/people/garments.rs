//! What people on held-out streets wear over their clothes and on their heads.

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern};

/// A vest with bright bands, a long coat, an apron, a bag across the shoulder, or nothing.
pub(super) fn garment(mesh: &mut Mesh, s: &mut Stream, fat: f32, drop: f32) {
    let oval = |z: f32, a: f32, b: f32| -> Vec<Vec3> {
        let point = |k: usize| {
            let turn = k as f32 / 14.0 * TURN;
            v(cos(turn) * a * fat, sin(turn) * b * fat, z + drop)
        };
        (0..14).map(point).collect()
    };
    let kind = s.unit();
    let tint = s.pick(&[
        v(0.22, 0.20, 0.16),
        v(0.05, 0.06, 0.09),
        v(0.36, 0.12, 0.09),
        v(0.30, 0.33, 0.30),
    ]);
    if kind < 0.16 {
        let loud = mesh.matt(s.pick(&[v(0.75, 0.30, 0.02), v(0.55, 0.70, 0.05)]));
        let band = mesh.matt(v(0.70, 0.70, 0.68));
        let rings = [
            oval(0.98, 0.175, 0.135),
            oval(1.10, 0.172, 0.135),
            oval(1.15, 0.174, 0.136),
            oval(1.26, 0.186, 0.138),
            oval(1.36, 0.190, 0.130),
            oval(1.44, 0.150, 0.100),
        ];
        mesh.loft(&rings, true, 70.0, &|i, _| if i == 1 { band } else { loud });
    } else if kind < 0.38 && drop == 0.0 {
        let cloth = mesh.patterned(s.near(tint, 0.3), Look::Matt, Pattern::Cloth);
        let long = s.range(0.45, 0.70);
        let rings = [
            oval(long, 0.23, 0.19),
            oval(0.85, 0.195, 0.155),
            oval(1.05, 0.175, 0.140),
            oval(1.25, 0.190, 0.140),
            oval(1.37, 0.195, 0.130),
            oval(1.45, 0.130, 0.095),
        ];
        mesh.loft(&rings, true, 70.0, &|_, _| cloth);
    } else if kind < 0.52 {
        let cloth = mesh.patterned(s.near(tint, 0.3), Look::Matt, Pattern::Plain);
        mesh.rounded(
            v(0.0, 0.125 * fat, 0.98 + drop),
            v(0.15, 0.02, 0.30),
            0.018,
            cloth,
        );
    } else if kind < 0.75 {
        let leather = mesh.gloss(s.near(tint, 0.4));
        mesh.rounded(
            v(0.20 * fat, 0.02, 0.92 + drop),
            v(0.06, 0.14, 0.11),
            0.03,
            leather,
        );
        for sign in [-1.0, 1.0] {
            mesh.rod(
                v(-0.12, 0.09 * sign, 1.45 + drop),
                v(0.19 * fat, 0.13 * sign, 1.00 + drop),
                (0.016, 0.016),
                5,
                leather,
            );
        }
    }
}

/// A wide sun hat, a hood, a knitted cap, a rider's helmet, or nothing.
pub(super) fn other_hat(mesh: &mut Mesh, s: &mut Stream, drop: f32, hat: f32) {
    let up = |y: f32, z: f32| v(0.0, y, z + drop);
    let tint = s.pick(&[
        v(0.50, 0.30, 0.34),
        v(0.10, 0.11, 0.15),
        v(0.20, 0.28, 0.16),
        v(0.60, 0.58, 0.52),
    ]);
    let cloth = mesh.patterned(s.near(tint, 0.3), Look::Matt, Pattern::Plain);
    if hat < 0.08 {
        mesh.rod(up(0.0, 1.715), up(0.0, 1.735), (0.20, 0.19), 16, cloth);
        mesh.blob(up(0.0, 1.73), v(0.098, 0.11, 0.085), (12, 8), cloth, &|_| 1.0);
    } else if hat < 0.15 {
        mesh.blob(up(-0.02, 1.65), v(0.115, 0.122, 0.145), (14, 10), cloth, &|d| {
            if d.y > 0.55 { 0.72 } else { 1.0 }
        });
    } else if hat < 0.25 {
        mesh.blob(up(-0.005, 1.70), v(0.096, 0.106, 0.095), (12, 8), cloth, &|d| {
            if d.z < -0.1 { 0.9 } else { 1.0 }
        });
        mesh.ball(up(-0.005, 1.80), Vec3::splat(0.025), cloth);
    } else if hat < 0.36 {
        let shell = mesh.gloss(s.near(tint, 0.4));
        mesh.blob(up(0.0, 1.68), v(0.125, 0.145, 0.125), (14, 10), shell, &|d| {
            if d.z < -0.2 { 0.85 } else { 1.0 }
        });
        let visor = mesh.patterned(v(0.05, 0.055, 0.06), Look::Glass, Pattern::Plain);
        mesh.blob(up(0.085, 1.65), v(0.09, 0.06, 0.05), (10, 6), visor, &|_| 1.0);
    }
}

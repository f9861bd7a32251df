//! What every bus has: skin, wheels, doors, lamps, mirrors, the line's number.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Glow, Mesh};

use super::super::any_colour;
use super::super::fittings::{Lenses, Rim, wheel};
use super::super::shell::{Coat, Shell};

/// What every bus has: skin, wheels, doors on the kerb's side, lamps, mirrors, the line's number.
pub(super) fn made(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, doors: &[f32]) -> Coat {
    let coat = Coat::drawn(mesh, s, 0.6);
    shell.skin(mesh, &coat);
    let rim = Rim::drawn(mesh, s, &coat);
    for t in [shell.axles.0, shell.axles.1] {
        for sign in [-1.0, 1.0] {
            let at = v(sign * (shell.flank(t) - 0.002), shell.at(t), shell.wheel);
            wheel(mesh, at, shell.wheel, sign, &rim);
        }
    }
    let frame = mesh.metal(0.3);
    let half_door = s.range(0.45, 0.65);
    for &t in doors {
        let (y, x) = (shell.at(t), shell.half + 0.004);
        let (low, high) = (shell.sill + 0.06, shell.belt + (shell.top(t) - shell.belt) * 0.82);
        let lean = |z: f32| {
            let up = ((z - shell.belt) / (shell.top(t) - shell.belt)).max(0.0);
            x - up * shell.half * (1.0 - shell.tumble)
        };
        for (from, to, skin, by) in [
            (-half_door, half_door, frame, 0.0),
            (-half_door + 0.05, -0.03, coat.glass, 0.006),
            (0.03, half_door - 0.05, coat.glass, 0.006),
        ] {
            let edge = if by > 0.0 { 0.06 } else { 0.0 };
            let face = |y: f32, z: f32| v(lean(z) + by, y, z);
            for (a, b) in [(low + edge, shell.belt), (shell.belt, high - edge)] {
                mesh.quad(
                    [
                        face(y + from, a),
                        face(y + to, a),
                        face(y + to, b),
                        face(y + from, b),
                    ],
                    skin,
                );
            }
        }
    }
    ends(mesh, s, shell, &coat);
    coat
}

fn ends(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, coat: &Coat) {
    let lens = Lenses::new(mesh);
    let (nose, w) = (shell.long / 2.0, shell.half);
    let (round, low) = (s.chance(0.4), shell.sill + s.range(0.3, 0.5));
    let tall = s.range(0.06, 0.3);
    for sign in [-1.0, 1.0] {
        if round {
            for k in 0..2 {
                let at = v(sign * (w * 0.74 - k as f32 * 0.24), nose - 0.03, low);
                mesh.rod(at, at + Vec3::Y * 0.05, (0.1, 0.09), 12, lens.clear);
            }
        } else {
            mesh.rounded(
                v(sign * w * 0.72, nose - 0.04, low),
                v(0.2, 0.07, s.range(0.05, 0.12)),
                0.04,
                lens.clear,
            );
        }
        mesh.rounded(
            v(sign * w * 0.84, -nose + 0.05, low + 0.2),
            v(0.09, 0.08, tall),
            0.03,
            lens.red,
        );
        mesh.rounded(
            v(sign * w * 0.84, -nose + 0.05, low + 0.28 + tall),
            v(0.09, 0.08, 0.05),
            0.03,
            lens.amber,
        );
    }
    // The line's number and where it goes.
    let tint = s.pick(&[
        v(0.9, 0.35, 0.05),
        v(0.8, 0.8, 0.7),
        v(0.1, 0.7, 0.2),
        v(0.9, 0.08, 0.05),
    ]);
    let board = mesh.glowing(tint, Glow::Always(1.1));
    let z = shell.head.1 - s.range(0.08, 0.2);
    let y = nose - shell.long * 0.004;
    mesh.block(v(0.0, y - 0.02, z), v(w * 0.66, 0.05, 0.13), coat.dark);
    if s.chance(0.75) {
        mesh.block(
            v(s.range(-0.2, 0.2), y + 0.032, z),
            v(w * s.range(0.2, 0.5), 0.006, 0.06),
            board,
        );
    }
    mesh.rounded(
        v(0.0, nose - 0.02, shell.sill + 0.12),
        v(w * 0.86, 0.08, 0.10),
        0.04,
        coat.lower,
    );
    mesh.rounded(
        v(0.0, -nose + 0.02, shell.sill + 0.14),
        v(w * 0.86, 0.08, 0.10),
        0.04,
        coat.dark,
    );
    let plate = mesh.gloss(s.pick(&[v(0.60, 0.45, 0.03), v(0.15, 0.55, 0.25), v(0.65, 0.65, 0.63)]));
    mesh.block(
        v(0.0, nose + 0.062, shell.sill + 0.14),
        v(0.22, 0.01, 0.07),
        plate,
    );
    // Engine grille, or an advertisement.
    let behind = if s.chance(0.5) {
        coat.dark
    } else {
        mesh.matt(any_colour(s))
    };
    mesh.block(
        v(0.0, -nose - 0.002, shell.belt - 0.3),
        v(w * 0.5, 0.012, 0.22),
        behind,
    );
    mesh.block(
        v(0.0, -nose - 0.002, f32::midpoint(shell.belt, shell.back.1) + 0.05),
        v(w * 0.72, 0.012, (shell.back.1 - shell.belt) * 0.32),
        coat.glass,
    );
    // Mirrors hang ahead of the screen like feelers, or stand out.
    let (arm, hangs) = (mesh.matt(Vec3::splat(0.02)), s.chance(0.5));
    for sign in [-1.0, 1.0] {
        let from = v(sign * w * 0.9, nose - 0.15, z);
        let to = if hangs {
            v(sign * (w + 0.12), nose + 0.22, z - 0.1)
        } else {
            v(sign * (w + 0.22), nose - 0.12, z - 0.2)
        };
        mesh.limb(from, to, (0.025, 0.025), arm);
        mesh.rounded(to - Vec3::Z * 0.22, v(0.08, 0.05, 0.19), 0.04, arm);
    }
}

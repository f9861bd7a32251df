//! Piled materials as only streets held out have them: flattened cartons and foam boxes, plywood sheets,
//! pavers on a strap, gravel in ridges, other furniture, plastic pallets.

use crate::chance::{Stream, fractal, noise};
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern};

/// Cartons flattened and tied, or white boxes of foam.
pub(super) fn cartons(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let card = [v(0.30, 0.20, 0.11), v(0.52, 0.40, 0.26)].map(|c| {
        let tint = s.near(c, 0.12);
        mesh.patterned(tint, Look::Matt, Pattern::Cardboard)
    });
    let string = mesh.matt(v(0.60, 0.10, 0.10));
    if s.chance(0.5) {
        let columns = 1 + s.below(2);
        for i in 0..columns {
            let x = (i as f32 - (columns as f32 - 1.0) / 2.0) * 0.95;
            let sheets = 10 + s.below(14);
            for k in 0..sheets {
                let half = v(s.range(0.30, 0.42), s.range(0.26, 0.36), 0.016);
                let at = v(
                    x + s.range(-0.05, 0.05),
                    s.range(-0.05, 0.05),
                    0.018 + k as f32 * 0.036,
                );
                let pose = Pose::tilted(
                    at,
                    s.range(-0.02, 0.02),
                    s.range(-0.02, 0.02),
                    s.range(-0.12, 0.12),
                );
                let skin = s.pick(&card);
                mesh.part(&pose, |one| one.block(Vec3::ZERO, half, skin));
            }
            let high = sheets as f32 * 0.036;
            mesh.block(v(x, 0.0, high / 2.0), v(0.43, 0.012, high / 2.0 + 0.01), string);
        }
        return mesh;
    }
    let foam = mesh.matt(s.near(v(0.68, 0.69, 0.70), 0.06));
    let tape = mesh.gloss(s.pick(&[v(0.10, 0.30, 0.50), v(0.10, 0.40, 0.20)]));
    for i in 0..3 {
        let mut z = 0.0;
        for _ in 0..=s.below(4) {
            let half = v(0.29, 0.20, 0.15);
            let pose = Pose::new(
                v((i as f32 - 1.0) * 0.64, s.range(-0.05, 0.05), z + 0.15),
                s.range(-0.1, 0.1),
            );
            mesh.part(&pose, |one| {
                one.rounded(Vec3::ZERO, half, 0.03, foam);
                one.block(v(0.0, 0.0, 0.06), v(0.292, 0.203, 0.012), tape);
            });
            z += 0.30;
        }
    }
    mesh
}

/// Sheets of plywood or plasterboard, lying or leaning against a trestle.
pub(super) fn boards(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = s.pick(&[v(0.50, 0.38, 0.22), v(0.56, 0.56, 0.54), v(0.26, 0.14, 0.08)]);
    let skins = [0.85, 1.0, 1.12].map(|k| mesh.patterned(tint * k, Look::Matt, Pattern::Wood));
    let (half, count) = (v(s.range(0.55, 0.65), s.range(0.95, 1.2), 0.011), 5 + s.below(9));
    let leaning = s.chance(0.45);
    for k in 0..count {
        let skin = s.pick(&skins);
        let pose = if leaning {
            let at = v(s.range(-0.04, 0.04), -0.25 + k as f32 * 0.028, half.x);
            Pose::tilted(at, 1.32, 0.0, s.range(-0.02, 0.02))
        } else {
            let at = v(
                s.range(-0.04, 0.04),
                s.range(-0.06, 0.06),
                0.10 + k as f32 * 0.023,
            );
            Pose::new(at, s.range(-0.04, 0.04))
        };
        let half = if leaning { v(half.y, half.x, half.z) } else { half };
        mesh.part(&pose, |one| one.block(Vec3::ZERO, half, skin));
    }
    if leaning {
        mesh.block(v(0.0, -0.42, 0.5), v(0.9, 0.03, 0.03), skins[0]);
        for sign in [-1.0, 1.0] {
            mesh.rod(
                v(sign * 0.8, -0.55, 0.0),
                v(sign * 0.8, -0.42, 0.5),
                (0.03, 0.03),
                5,
                skins[0],
            );
        }
    } else {
        for y in [-0.6, 0.0, 0.6] {
            mesh.block(v(0.0, y, 0.045), v(0.5, 0.05, 0.045), skins[0]);
        }
    }
    mesh
}

/// Pavers or kerb stones in straight courses under straps, the last ones beside them.
pub(super) fn bricks(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = s.pick(&[v(0.46, 0.44, 0.38), v(0.22, 0.23, 0.25), v(0.48, 0.30, 0.20)]);
    let skins = [0.88, 1.0, 1.1].map(|k| mesh.patterned(tint * k, Look::Matt, Pattern::Concrete));
    let strap = mesh.gloss(v(0.05, 0.06, 0.08));
    let half = s.pick(&[v(0.10, 0.10, 0.035), v(0.30, 0.10, 0.07), v(0.15, 0.15, 0.03)]);
    let (nx, ny) = ((0.62 / half.x) as usize, (0.48 / half.y) as usize);
    let nz = (s.range(0.22, 0.42) / half.z) as usize;
    let place = |i: usize, n: usize, half: f32| (i as f32 - (n as f32 - 1.0) / 2.0) * half * 2.03;
    for (k, i, j) in (0..nz).flat_map(|k| (0..nx).flat_map(move |i| (0..ny).map(move |j| (k, i, j)))) {
        // Steps where some were taken away.
        if k + 1 + (i * 2) / nx.max(1) > nz {
            continue;
        }
        let at = v(
            place(i, nx, half.x),
            place(j, ny, half.y),
            half.z * (2.02 * k as f32 + 1.0),
        );
        let skin = s.pick(&skins);
        mesh.block(at, half, skin);
    }
    let high = half.z * 2.02 * nz as f32;
    mesh.block(
        v(-0.3, 0.0, high / 2.0),
        v(0.02, 0.505, high / 2.0 + 0.006),
        strap,
    );
    for _ in 0..6 {
        let at = v(s.sign() * s.range(0.85, 1.05), s.range(-0.4, 0.4), half.z);
        let (pose, skin) = (Pose::new(at, s.range(0.0, TURN)), s.pick(&skins));
        mesh.part(&pose, |one| one.block(Vec3::ZERO, half, skin));
    }
    mesh
}

/// Gravel or spoil tipped in a ridge along the kerb, with a shovel in it on some.
pub(super) fn sand(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = s.pick(&[
        v(0.44, 0.43, 0.40),
        v(0.20, 0.19, 0.18),
        v(0.46, 0.38, 0.20),
        v(0.26, 0.15, 0.09),
    ]);
    let grains = mesh.patterned(s.near(tint, 0.12), Look::Matt, Pattern::Sand);
    let (long, wide, high) = (s.range(1.3, 1.7), s.range(0.62, 0.8), s.range(0.55, 0.8));
    let seed = s.range(0.0, 90.0);
    let surface = |x: f32, y: f32| {
        let edge = 0.26 * (noise(v(x * 3.0, y * 2.0, seed)) - 0.5);
        let across = 1.0 - (y.abs() + edge) * 1.08;
        let ends = (1.0 - x.abs() + edge * 0.5) * 2.2;
        let humps = 0.72 + 0.5 * noise(v(x * 2.6, 4.0, seed));
        let z = across.min(ends).clamp(-0.02, 1.0) * humps;
        let rough = 0.08 * (fractal(v(x * 13.0, y * 9.0, seed)) - 0.45);
        v(x * long, y * wide, high * (z + if z > 0.0 { rough } else { 0.0 }))
    };
    mesh.field(60, grains, &surface);
    for _ in 0..70 {
        let turn = s.range(0.0, TURN);
        let out = s.range(0.82, 1.0);
        let at = v(cos(turn) * out * long, sin(turn) * out * wide, 0.015);
        mesh.ball(at, Vec3::splat(s.range(0.015, 0.045)), grains);
    }
    if s.chance(0.4) {
        let wood = mesh.patterned(v(0.40, 0.28, 0.15), Look::Matt, Pattern::Wood);
        mesh.rod(
            v(0.3, 0.0, high * 0.5),
            v(0.55, 0.12, high * 0.5 + 1.0),
            (0.018, 0.018),
            6,
            wood,
        );
    }
    mesh
}

/// An armchair, a desk, a bed frame on edge, a chest of drawers.
pub(super) fn furniture(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = s.pick(&[
        v(0.16, 0.20, 0.12),
        v(0.50, 0.30, 0.22),
        v(0.20, 0.16, 0.26),
        v(0.54, 0.52, 0.46),
    ]);
    let cloth = mesh.patterned(s.near(tint, 0.15), Look::Matt, Pattern::Plain);
    let wood = s.pick(&[v(0.50, 0.40, 0.28), v(0.14, 0.08, 0.05), v(0.60, 0.60, 0.57)]);
    let wood = mesh.patterned(wood, Look::Gloss, Pattern::Concrete);
    let dark = mesh.matt(Vec3::splat(0.05));
    match s.below(4) {
        0 => {
            mesh.blob(v(0.0, 0.0, 0.26), v(0.42, 0.42, 0.24), (16, 8), cloth, &|_| 1.0);
            mesh.rounded(v(0.0, -0.34, 0.62), v(0.38, 0.13, 0.42), 0.12, cloth);
            for sign in [-1.0, 1.0] {
                mesh.rounded(v(sign * 0.42, 0.0, 0.36), v(0.12, 0.38, 0.28), 0.11, cloth);
            }
        }
        1 => {
            mesh.block(v(0.0, 0.0, 0.74), v(0.72, 0.36, 0.02), wood);
            mesh.block(v(0.50, 0.0, 0.40), v(0.20, 0.33, 0.32), wood);
            mesh.block(v(-0.68, 0.0, 0.37), v(0.02, 0.33, 0.36), wood);
            for k in 0..3 {
                mesh.block(v(0.50, 0.335, 0.20 + k as f32 * 0.20), v(0.17, 0.006, 0.08), dark);
            }
        }
        2 => {
            for (x, high) in [(-1.0, 0.9), (1.0, 0.5)] {
                mesh.block(v(x * 0.98, 0.0, high / 2.0), v(0.03, 0.62, high / 2.0), wood);
            }
            for sign in [-1.0, 1.0] {
                mesh.block(v(0.0, sign * 0.60, 0.30), v(0.96, 0.025, 0.09), wood);
            }
            for k in 0..9 {
                mesh.block(v(-0.88 + k as f32 * 0.22, 0.0, 0.36), v(0.05, 0.58, 0.01), wood);
            }
            mesh.rounded(v(0.1, 0.05, 0.46), v(0.80, 0.52, 0.09), 0.07, cloth);
        }
        _ => {
            mesh.rounded(v(0.0, 0.0, 0.50), v(0.48, 0.24, 0.48), 0.02, wood);
            for k in 0..4 {
                mesh.block(v(0.0, 0.243, 0.17 + k as f32 * 0.22), v(0.43, 0.006, 0.09), cloth);
                mesh.ball(v(0.0, 0.26, 0.17 + k as f32 * 0.22), Vec3::splat(0.02), dark);
            }
            mesh.rounded(v(0.1, 0.0, 1.12), v(0.22, 0.18, 0.14), 0.02, dark);
        }
    }
    mesh
}

/// Plastic pallets, empty, or with a load under film.
pub(super) fn pallets(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = s.pick(&[v(0.04, 0.14, 0.42), v(0.05, 0.05, 0.055), v(0.36, 0.06, 0.05)]);
    let plastic = mesh.gloss(s.near(tint, 0.15));
    let count = 1 + s.below(4);
    for k in 0..count {
        let pose = Pose::new(
            v(s.range(-0.02, 0.02), s.range(-0.02, 0.02), 0.16 * k as f32),
            s.range(-0.03, 0.03),
        );
        mesh.part(&pose, |one| {
            one.rounded(v(0.0, 0.0, 0.135), v(0.62, 0.52, 0.018), 0.01, plastic);
            for (x, y) in (0..3).flat_map(|i| (0..3).map(move |j| (i as f32 - 1.0, j as f32 - 1.0))) {
                one.block(v(x * 0.5, y * 0.42, 0.06), v(0.09, 0.08, 0.06), plastic);
            }
        });
    }
    if s.chance(0.6) {
        let base = 0.16 * count as f32;
        let film = mesh.patterned(s.near(v(0.46, 0.50, 0.54), 0.15), Look::Gloss, Pattern::Crinkled);
        let high = s.range(0.25, 0.55);
        mesh.rounded(v(0.0, 0.0, base + high), v(0.56, 0.46, high), 0.05, film);
    }
    mesh
}

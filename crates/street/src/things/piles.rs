//! Piled materials: cartons, boards, bricks, sand, furniture, pallets.

mod other;

use crate::chance::{Stream, fractal, noise};
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};
use crate::styles::Styles;

/// A few cartons, stacked and leaning.
pub(crate) fn cartons(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::cartons(s);
    }
    let mut mesh = Mesh::default();
    let papers = [
        v(0.42, 0.28, 0.15),
        v(0.48, 0.33, 0.19),
        v(0.36, 0.24, 0.13),
        v(0.60, 0.58, 0.54),
    ];
    let tape = mesh.gloss(v(0.50, 0.38, 0.20));
    let print = mesh.matt(v(0.10, 0.10, 0.25));
    let columns = 2 + s.below(3);
    for i in 0..columns {
        let mut z = 0.0;
        let x = (i as f32 - (columns as f32 - 1.0) / 2.0) * 0.58;
        for _ in 0..=s.below(3) {
            let half = v(s.range(0.18, 0.27), s.range(0.16, 0.25), s.range(0.12, 0.22));
            let colour = s.pick(&papers);
            let card = mesh.patterned(s.near(colour, 0.12), Look::Matt, Pattern::Cardboard);
            let pose = Pose::new(v(x, s.range(-0.06, 0.06), z + half.z), s.range(-0.2, 0.2));
            mesh.part(&pose, |one| {
                one.rounded(Vec3::ZERO, half, 0.008, card);
                one.block(v(0.0, 0.0, half.z), v(half.x, 0.025, 0.002), tape);
                one.block(v(0.0, half.y, 0.02), v(half.x * 0.4, 0.002, half.z * 0.3), print);
            });
            z += half.z * 2.0;
        }
    }
    mesh
}

/// Planks in a loose stack.
pub(crate) fn boards(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::boards(s);
    }
    let mut mesh = Mesh::default();
    for k in 0..14 {
        let tint = s.range(0.7, 1.2);
        let wood = mesh.patterned(v(0.44, 0.30, 0.16) * tint, Look::Matt, Pattern::Wood);
        let half = v(0.095, s.range(0.9, 1.4), 0.018);
        let at = v(
            (k % 4) as f32 * 0.21 - 0.31 + s.range(-0.02, 0.02),
            s.range(-0.15, 0.15),
            0.022 + (k / 4) as f32 * 0.045,
        );
        let pose = Pose::new(at, s.range(-0.05, 0.05) * (1.0 + (k / 4) as f32));
        mesh.part(&pose, |one| one.block(Vec3::ZERO, half, wood));
    }
    mesh
}

/// Bricks: a stack with a broken top and some fallen off.
pub(crate) fn bricks(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::bricks(s);
    }
    let mut mesh = Mesh::default();
    let clay = [v(0.36, 0.12, 0.07), v(0.42, 0.17, 0.10), v(0.29, 0.10, 0.07)]
        .map(|c| mesh.patterned(c, Look::Matt, Pattern::Concrete));
    let grey = s.chance(0.3);
    let block = [v(0.36, 0.36, 0.35), v(0.42, 0.41, 0.40), v(0.32, 0.32, 0.31)]
        .map(|c| mesh.patterned(c, Look::Matt, Pattern::Concrete));
    let skins: [Skin; 3] = if grey { block } else { clay };
    let half = if grey {
        v(0.19, 0.09, 0.09)
    } else {
        v(0.115, 0.054, 0.027)
    };
    let (nx, ny) = if grey { (4, 4) } else { (6, 7) };
    let nz = if grey { 4 } else { 9 };
    let mut put = |s: &mut Stream, pose: Pose| {
        let skin = s.pick(&skins);
        mesh.part(&pose, |one| one.block(Vec3::ZERO, half, skin));
    };
    for k in 0..nz {
        for (i, j) in (0..nx).flat_map(|i| (0..ny).map(move |j| (i, j))) {
            if k + 2 >= nz && s.chance(0.4) {
                continue;
            }
            let step = |k: i32, n: i32, half: f32| (k as f32 - (n as f32 - 1.0) / 2.0) * half * 2.06;
            let at = v(
                step(i, nx, half.x),
                step(j, ny, half.y),
                half.z * (2.03 * k as f32 + 1.0),
            );
            let turn = s.range(-0.04, 0.04);
            put(s, Pose::new(at, turn));
        }
    }
    for _ in 0..14 {
        let at = v(s.sign() * s.range(0.8, 1.1), s.range(-0.6, 0.6), half.z);
        let turn = s.range(0.0, TURN);
        put(s, Pose::new(at, turn));
    }
    mesh
}

/// A heap of sand or gravel at its angle of repose, slumped and trodden.
pub(crate) fn sand(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::sand(s);
    }
    let mut mesh = Mesh::default();
    let colours = [
        v(0.36, 0.28, 0.17),
        v(0.30, 0.24, 0.16),
        v(0.28, 0.27, 0.25),
        v(0.34, 0.22, 0.13),
    ];
    let colour = s.pick(&colours);
    let grains = mesh.patterned(s.near(colour, 0.15), Look::Matt, Pattern::Sand);
    let (radius, high, seed) = (s.range(0.9, 1.4), s.range(0.65, 1.0), s.range(0.0, 90.0));
    let second = (s.range(-0.4, 0.4), s.range(-0.35, 0.35), s.range(0.5, 0.8));
    let surface = |x: f32, y: f32| {
        let heap = |cx: f32, cy: f32, share: f32| {
            let (dx, dy) = (x - cx, y - cy);
            let far = (dx * dx + dy * dy).sqrt();
            let edge = far
                + 0.30 * (noise(v(x * 2.0, y * 2.0, seed)) - 0.5)
                + 0.10 * (noise(v(x * 6.0, y * 6.0, seed)) - 0.5);
            // Straight flanks, a blunt tip.
            let flank = (0.86 * share - edge).max(-0.02);
            flank.min(0.55 * share + 0.25 * (flank - 0.55 * share).max(0.0))
        };
        let z = heap(0.0, 0.0, 1.0).max(heap(second.0, second.1, second.2));
        let rough = 0.05 * (fractal(v(x * 9.0, y * 9.0, seed)) - 0.4);
        v(
            x * radius,
            y * radius,
            high * 1.5 * (z + if z > 0.0 { rough } else { 0.0 }),
        )
    };
    mesh.field(56, grains, &surface);
    for _ in 0..40 {
        let (turn, out) = (s.range(0.0, TURN), radius * s.range(0.80, 1.05));
        let size = s.range(0.012, 0.035);
        mesh.blob(
            v(cos(turn) * out, sin(turn) * out, 0.01),
            Vec3::splat(size),
            (6, 4),
            grains,
            &|_| 1.0,
        );
    }
    mesh
}

/// Something left at the roadside: a sofa, a mattress on edge, a cabinet.
pub(crate) fn furniture(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::furniture(s);
    }
    let mut mesh = Mesh::default();
    let colours = [
        v(0.34, 0.20, 0.12),
        v(0.30, 0.30, 0.31),
        v(0.45, 0.38, 0.27),
        v(0.24, 0.08, 0.07),
        v(0.12, 0.20, 0.24),
    ];
    let colour = s.pick(&colours);
    let cloth = mesh.patterned(s.near(colour, 0.2), Look::Matt, Pattern::Cloth);
    let wood = mesh.patterned(s.near(v(0.32, 0.18, 0.09), 0.3), Look::Gloss, Pattern::Wood);
    match s.below(3) {
        0 => {
            let half = s.range(0.75, 1.0);
            mesh.rounded(v(0.0, 0.05, 0.24), v(half, 0.40, 0.14), 0.05, cloth);
            mesh.rounded(v(0.0, -0.34, 0.52), v(half, 0.12, 0.34), 0.09, cloth);
            for sign in [-1.0, 1.0] {
                mesh.rounded(v(sign * half, 0.03, 0.38), v(0.11, 0.42, 0.22), 0.08, cloth);
                mesh.rounded(
                    v(sign * half * 0.45, 0.08, 0.43),
                    v(half * 0.42, 0.34, 0.09),
                    0.06,
                    cloth,
                );
                mesh.block(v(sign * half * 0.9, 0.3, 0.05), v(0.03, 0.03, 0.05), wood);
            }
        }
        1 => {
            mesh.rounded(v(0.0, 0.0, 0.85), v(0.45, 0.26, 0.85), 0.01, wood);
            let line = mesh.matt(Vec3::splat(0.04));
            mesh.block(v(0.0, 0.262, 0.85), v(0.006, 0.004, 0.80), line);
            for sign in [-1.0, 1.0] {
                mesh.block(v(sign * 0.05, 0.27, 0.9), v(0.01, 0.012, 0.07), line);
            }
        }
        _ => {
            let stripe = mesh.patterned(v(0.45, 0.40, 0.40), Look::Matt, Pattern::Stripes);
            mesh.part(&Pose::tilted(v(0.0, 0.1, 0.0), 0.16, 0.0, 0.0), |slab| {
                slab.rounded(v(0.0, 0.0, 0.62), v(0.95, 0.11, 0.62), 0.07, stripe);
            });
            mesh.rounded(v(0.25, -0.25, 0.30), v(0.35, 0.28, 0.30), 0.01, wood);
        }
    }
    mesh
}

/// A stack of pallets, sometimes loaded.
pub(crate) fn pallets(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::pallets(s);
    }
    let mut mesh = Mesh::default();
    let wood = mesh.patterned(s.near(v(0.42, 0.30, 0.18), 0.25), Look::Matt, Pattern::Wood);
    let count = 1 + s.below(6);
    for k in 0..count {
        let at = v(s.range(-0.02, 0.02), s.range(-0.02, 0.02), 0.145 * k as f32);
        mesh.part(&Pose::new(at, s.range(-0.04, 0.04)), |one| {
            for i in 0..7 {
                let x = (i as f32 / 3.0 - 1.0) * 0.53;
                one.block(v(x, 0.0, 0.13), v(0.065, 0.5, 0.011), wood);
            }
            for y in [-0.44, 0.0, 0.44] {
                one.block(v(0.0, y, 0.065), v(0.6, 0.05, 0.05), wood);
            }
            for x in [-0.52, 0.0, 0.52] {
                one.block(v(x, 0.0, 0.008), v(0.065, 0.5, 0.008), wood);
            }
        });
    }
    if s.chance(0.4) {
        let sack = mesh.patterned(s.near(v(0.52, 0.50, 0.44), 0.2), Look::Matt, Pattern::Cloth);
        let base = 0.145 * count as f32;
        for (level, i) in (0..3).flat_map(|level| (0..2).map(move |i| (level, i))) {
            let at = v(
                s.range(-0.03, 0.03),
                (i as f32 - 0.5) * 0.5,
                base + 0.11 + level as f32 * 0.17,
            );
            mesh.rounded(at, v(0.42, 0.235, 0.10), 0.085, sack);
        }
    }
    mesh
}

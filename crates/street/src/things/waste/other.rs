//! Garbage as only streets held out have it: slumped sacks, woven bags, containers on four castors, heaps
//! with rubble and foam.

use crate::chance::{Stream, noise};
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::{bag, scatter};

/// A sack: upright with a gathered neck, or lying on its side half empty.
pub(super) fn sack(mesh: &mut Mesh, s: &mut Stream, film: Skin) {
    let seed = s.range(0.0, 90.0);
    if s.chance(0.55) {
        let half = v(s.range(0.17, 0.22), s.range(0.16, 0.21), s.range(0.36, 0.46));
        let bulge = |d: Vec3| {
            let lumps = 0.88 + 0.24 * noise(d * 3.1 + Vec3::splat(seed));
            // Wide at the foot, narrow at the neck.
            lumps * (1.0 - 0.30 * d.z) * if d.z < -0.6 { 0.8 } else { 1.0 }
        };
        mesh.blob(v(0.0, 0.0, half.z * 0.84), half, (24, 16), film, &bulge);
        let top = v(0.0, 0.0, half.z * 1.42);
        mesh.rod(top, top + v(0.02, 0.01, 0.05), (0.03, 0.03), 7, film);
        mesh.rod(
            top + v(0.02, 0.01, 0.05),
            top + v(0.05, 0.02, 0.17),
            (0.03, 0.10),
            9,
            film,
        );
    } else {
        let half = v(s.range(0.35, 0.46), s.range(0.24, 0.31), s.range(0.13, 0.18));
        let bulge = |d: Vec3| 0.80 + 0.34 * noise(d * 2.6 + Vec3::splat(seed)) - 0.22 * d.x.max(0.0);
        mesh.blob(v(0.0, 0.0, half.z * 0.86), half, (24, 14), film, &bulge);
        mesh.rod(
            v(half.x * 0.72, 0.0, half.z * 0.8),
            v(half.x * 1.15, 0.04, half.z * 0.5),
            (0.05, 0.09),
            8,
            film,
        );
    }
}

/// One piece of litter: a crushed carton, a bottle, foam, peelings.
pub(super) fn scrap(mesh: &mut Mesh, s: &mut Stream, at: Vec3, (skin, kind): (Skin, usize)) {
    let turn = s.range(0.0, TURN);
    match kind {
        0 => {
            let mut one = Mesh {
                materials: mesh.materials.clone(),
                ..Mesh::default()
            };
            one.block(
                Vec3::ZERO,
                v(s.range(0.06, 0.16), s.range(0.05, 0.10), s.range(0.008, 0.04)),
                skin,
            );
            mesh.add(
                &one,
                &Pose::tilted(at, s.range(-0.3, 0.3), s.range(-0.3, 0.3), turn),
            );
        }
        1 => {
            let lying = v(cos(turn), sin(turn), 0.0) * s.range(0.09, 0.13);
            mesh.rod(at - lying, at + lying * 0.6, (0.038, 0.038), 9, skin);
            mesh.rod(at + lying * 0.6, at + lying, (0.034, 0.014), 9, skin);
        }
        2 => mesh.rod(at, at + v(0.01, 0.0, s.range(0.05, 0.09)), (0.03, 0.045), 9, skin),
        _ => {
            let half = v(s.range(0.03, 0.07), s.range(0.02, 0.05), 0.02);
            mesh.ball(at, half, skin);
            mesh.ball(at + v(cos(turn), sin(turn), 0.0) * 0.07, half * 0.7, skin);
        }
    }
}

/// A heap: woven bags, foam boxes and rubble on a bed of litter.
pub(super) fn heap(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let seed = s.range(0.0, 60.0);
    let soil = mesh.patterned(s.near(v(0.16, 0.14, 0.11), 0.3), Look::Matt, Pattern::Sand);
    mesh.blob(v(0.0, 0.0, 0.02), v(0.85, 0.62, 0.16), (20, 8), soil, &|d| {
        0.75 + 0.5 * noise(d * 3.0 + Vec3::splat(seed))
    });
    for k in 0..2 + s.below(3) {
        let turn = k as f32 * 1.7 + s.range(0.0, 0.9);
        let out = s.range(0.10, 0.55);
        let one = bag(s);
        mesh.add(
            &one,
            &Pose::new(v(cos(turn) * out, sin(turn) * out * 0.8, 0.03), turn * 5.0),
        );
    }
    let foam = mesh.matt(v(0.66, 0.67, 0.68));
    let woven = mesh.patterned(s.near(v(0.50, 0.50, 0.44), 0.2), Look::Matt, Pattern::Cloth);
    for k in 0..=s.below(3) {
        let mut one = Mesh {
            materials: mesh.materials.clone(),
            ..Mesh::default()
        };
        if k == 0 {
            one.rounded(Vec3::ZERO, v(0.36, 0.24, 0.15), 0.12, woven);
        } else {
            one.rounded(Vec3::ZERO, v(0.24, 0.17, 0.12), 0.02, foam);
        }
        let at = v(s.range(-0.6, 0.6), s.range(-0.45, 0.45), s.range(0.10, 0.22));
        mesh.add(
            &one,
            &Pose::tilted(at, s.range(-0.4, 0.4), s.range(-0.4, 0.4), s.range(0.0, TURN)),
        );
    }
    scatter(&mut mesh, s, 42, 0.95);
    mesh
}

/// A container on four castors with a rounded lid, or a twin litter bin; bags burst out of a full one.
pub(super) fn container(s: &mut Stream, full: bool) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = s.pick(&[
        v(0.10, 0.32, 0.30),
        v(0.40, 0.42, 0.44),
        v(0.46, 0.30, 0.04),
        v(0.08, 0.09, 0.16),
    ]);
    let shell = mesh.gloss(s.near(tint, 0.15));
    let rubber = mesh.matt(Vec3::splat(0.02));
    let (w, d) = (s.range(0.52, 0.62), s.range(0.38, 0.44));
    let ring = |z: f32, k: f32| {
        vec![
            v(-w * k, -d * k, z),
            v(w * k, -d * k, z),
            v(w * k, d * k, z),
            v(-w * k, d * k, z),
        ]
    };
    let walls = [
        ring(0.16, 0.80),
        ring(0.55, 0.92),
        ring(0.98, 1.0),
        ring(1.04, 1.06),
        ring(1.08, 1.06),
    ];
    mesh.loft(&walls, true, 20.0, &|_, _| shell);
    mesh.floor((-w * 0.8, -d * 0.8), (w * 0.8, d * 0.8), 0.16, rubber);
    for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        let hub = v(x * w * 0.66, y * d * 0.62, 0.08);
        mesh.rod(
            hub - Vec3::X * 0.03,
            hub + Vec3::X * 0.03,
            (0.08, 0.08),
            12,
            rubber,
        );
    }
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * w, -d * 0.5, 0.92),
            v(sign * (w + 0.08), -d * 0.5, 0.92),
            (0.02, 0.02),
            6,
            rubber,
        );
    }
    let label = mesh.matt(v(0.60, 0.62, 0.60));
    mesh.block(v(0.0, d * 0.965, 0.74), v(0.20, 0.01, 0.13), label);
    let mut lid = Mesh {
        materials: mesh.materials.clone(),
        ..Mesh::default()
    };
    let bow = |x: f32| -> Vec<Vec3> {
        (0..=8)
            .map(|k| {
                let turn = k as f32 / 8.0 * TURN / 2.0;
                v(x, d * 1.05 + cos(turn) * d * 1.05, 0.16 * sin(turn))
            })
            .collect()
    };
    lid.loft(&[bow(-w * 1.04), bow(w * 1.04)], false, 60.0, &|_, _| shell);
    let hinge = v(0.0, -d * 1.05, 1.08);
    mesh.add(
        &lid,
        &Pose::tilted(hinge, if full { s.range(1.1, 1.8) } else { 0.0 }, 0.0, 0.0),
    );
    if !full {
        return mesh;
    }
    for k in 0..4 {
        let at = v(
            -0.3 + 0.2 * k as f32,
            s.range(-0.12, 0.12),
            0.86 + s.range(0.0, 0.12),
        );
        let one = bag(s);
        mesh.add(
            &one,
            &Pose::tilted(at, s.range(-0.4, 0.4), s.range(-0.4, 0.4), k as f32 * 2.0),
        );
    }
    for side in 0..=s.below(3) {
        let one = bag(s);
        let turn = 0.3 + side as f32 * 2.2;
        mesh.add(&one, &Pose::new(v(cos(turn) * 0.92, sin(turn) * 0.75, 0.0), turn));
    }
    let mut around = Mesh::default();
    scatter(&mut around, s, 16, 1.1);
    mesh.add(&around, &Pose::HERE);
    mesh
}

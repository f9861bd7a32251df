//! Garbage: bags, litter, wheeled bins, bins that overflow.

mod other;

use crate::chance::{Stream, noise};
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern};
use crate::styles::Styles;

/// A knotted bag, black more often than not, sagging on the ground.
pub(crate) fn bag(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let shown = [
        v(0.014, 0.014, 0.016),
        v(0.014, 0.014, 0.016),
        v(0.02, 0.02, 0.022),
        v(0.50, 0.50, 0.48),
        v(0.40, 0.05, 0.05),
        v(0.05, 0.13, 0.32),
        v(0.06, 0.16, 0.08),
    ];
    let held_out = [
        v(0.035, 0.036, 0.040),
        v(0.045, 0.040, 0.036),
        v(0.30, 0.31, 0.33),
        v(0.56, 0.42, 0.06),
        v(0.20, 0.34, 0.30),
        v(0.24, 0.08, 0.20),
    ];
    let film = mesh.patterned(s.pick_own(&shown, &held_out), Look::Gloss, Pattern::Crinkled);
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        other::sack(&mut mesh, s, film);
        return mesh;
    }
    let half = v(s.range(0.20, 0.34), s.range(0.19, 0.30), s.range(0.20, 0.34));
    let seed = s.range(0.0, 90.0);
    let bulge = |d: Vec3| {
        let lumps =
            0.86 + 0.30 * noise(d * 2.2 + Vec3::splat(seed)) + 0.10 * noise(d * 6.0 + Vec3::splat(seed));
        let neck = if d.z > 0.55 {
            1.0 - 0.55 * (d.z - 0.55) / 0.45
        } else {
            1.0
        };
        lumps * neck * if d.z < -0.55 { 0.85 } else { 1.0 }
    };
    mesh.blob(v(0.0, 0.0, half.z * 0.78), half, (26, 16), film, &bulge);
    // The knot and its ears.
    let top = v(0.0, 0.0, half.z * 1.28);
    mesh.rod(top, top + v(0.01, 0.0, 0.06), (0.035, 0.022), 7, film);
    for sign in [-1.0, 1.0] {
        let ear = top
            + v(
                sign * s.range(0.05, 0.09),
                s.range(-0.03, 0.03),
                s.range(0.08, 0.13),
            );
        mesh.rod(top + v(0.0, 0.0, 0.05), ear, (0.012, 0.045), 6, film);
    }
    mesh
}

fn scatter(mesh: &mut Mesh, s: &mut Stream, count: usize, radius: f32) {
    let shown = [
        v(0.62, 0.61, 0.58),
        v(0.40, 0.28, 0.16),
        v(0.30, 0.24, 0.16),
        v(0.45, 0.08, 0.06),
        v(0.08, 0.18, 0.40),
        v(0.18, 0.26, 0.08),
        v(0.50, 0.44, 0.20),
        v(0.66, 0.65, 0.62),
    ];
    let held_out = [
        v(0.52, 0.53, 0.55),
        v(0.24, 0.17, 0.10),
        v(0.36, 0.33, 0.28),
        v(0.50, 0.26, 0.08),
        v(0.16, 0.32, 0.36),
        v(0.10, 0.12, 0.05),
        v(0.58, 0.50, 0.44),
    ];
    for _ in 0..count {
        let colour = s.pick_own(&shown, &held_out);
        let skin = mesh.matt(s.near(colour, 0.3));
        let (turn, out) = (s.range(0.0, TURN), radius * s.unit().sqrt());
        let at = v(cos(turn) * out, sin(turn) * out, 0.03);
        let seed = s.range(0.0, 60.0);
        let kind = s.below(4);
        match s.own(kind, kind + 4) {
            4..=7 => other::scrap(mesh, s, at, (skin, kind)),
            0 | 1 => {
                let half = v(s.range(0.04, 0.12), s.range(0.04, 0.10), s.range(0.02, 0.06));
                mesh.blob(at, half, (9, 6), skin, &|d| {
                    0.7 + 0.6 * noise(d * 3.0 + Vec3::splat(seed))
                });
            }
            2 => {
                let mut sheet = Mesh::default();
                let paper = sheet.matt(colour);
                let (a, b) = (s.range(0.06, 0.14), s.range(0.05, 0.10));
                sheet.field(3, paper, &|x, y| {
                    v(x * a, y * b, 0.05 * noise(v(x, y, seed) * 2.0))
                });
                mesh.add(&sheet, &Pose::new(at, turn));
            }
            _ => {
                let lying = v(cos(seed), sin(seed), 0.0) * s.range(0.04, 0.08);
                mesh.rod(at - lying, at + lying, (0.033, 0.026), 9, skin);
            }
        }
    }
}

/// A heap of exposed garbage: split bags, litter, scraps of cardboard.
pub(crate) fn garbage(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::heap(s);
    }
    for k in 0..2 + s.below(3) {
        let one = bag(s);
        let turn = k as f32 * 2.1 + s.range(0.0, 0.6);
        let out = s.range(0.25, 0.45);
        mesh.add(
            &one,
            &Pose::new(v(cos(turn) * out, sin(turn) * out, 0.0), turn * 3.0),
        );
    }
    let card = mesh.patterned(v(0.40, 0.27, 0.15), Look::Matt, Pattern::Cardboard);
    for _ in 0..2 {
        let mut sheet = Mesh {
            materials: mesh.materials.clone(),
            ..Mesh::default()
        };
        sheet.block(
            Vec3::ZERO,
            v(s.range(0.15, 0.3), s.range(0.12, 0.25), 0.006),
            card,
        );
        let at = v(s.range(-0.5, 0.5), s.range(-0.5, 0.5), s.range(0.06, 0.20));
        mesh.add(
            &sheet,
            &Pose::tilted(at, s.range(-0.5, 0.5), s.range(-0.4, 0.4), s.range(0.0, TURN)),
        );
    }
    scatter(&mut mesh, s, 34, 0.85);
    mesh
}

/// A wheeled bin with a closed lid.
pub(crate) fn bin(s: &mut Stream) -> Mesh {
    bin_with(s, false)
}

/// A wheeled bin whose lid is thrown back by what is in it, with bags beside it.
pub(crate) fn overflow(s: &mut Stream) -> Mesh {
    bin_with(s, true)
}

fn bin_with(s: &mut Stream, full: bool) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::container(s, full);
    }
    let mut mesh = Mesh::default();
    let colours = [
        v(0.04, 0.22, 0.09),
        v(0.04, 0.13, 0.36),
        v(0.13, 0.13, 0.135),
        v(0.42, 0.06, 0.05),
        v(0.30, 0.22, 0.12),
    ];
    let colour = s.pick(&colours);
    let shell = mesh.gloss(s.near(colour, 0.15));
    let rubber = mesh.matt(Vec3::splat(0.02));
    let ring = |z: f32, w: f32, d: f32| vec![v(-w, -d, z), v(w, -d, z), v(w, d, z), v(-w, d, z)];
    let walls = [
        ring(0.07, 0.19, 0.22),
        ring(0.93, 0.27, 0.33),
        ring(0.93, 0.30, 0.36),
        ring(0.99, 0.30, 0.36),
    ];
    mesh.loft(&walls, true, 20.0, &|_, _| shell);
    mesh.floor((-0.19, -0.22), (0.19, 0.22), 0.07, rubber);
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * 0.20, -0.27, 0.10),
            v(sign * 0.26, -0.27, 0.10),
            (0.10, 0.10),
            14,
            rubber,
        );
        mesh.block(v(sign * 0.10, 0.30, 0.55), v(0.012, 0.012, 0.30), shell);
    }
    mesh.rod(
        v(-0.22, -0.40, 0.95),
        v(0.22, -0.40, 0.95),
        (0.015, 0.015),
        6,
        shell,
    );
    let label = mesh.matt(v(0.66, 0.66, 0.64));
    mesh.block(v(0.0, 0.305, 0.68), v(0.09, 0.012, 0.10), label);
    if !full {
        mesh.rounded(v(0.0, 0.01, 1.015), v(0.31, 0.385, 0.035), 0.03, shell);
        return mesh;
    }
    let mut lid = Mesh {
        materials: mesh.materials.clone(),
        ..Mesh::default()
    };
    lid.rounded(v(0.0, 0.37, 0.0), v(0.31, 0.37, 0.03), 0.025, shell);
    mesh.add(
        &lid,
        &Pose::tilted(v(0.0, -0.37, 1.02), s.range(1.0, 1.9), 0.0, 0.0),
    );
    for k in 0..3 {
        let one = bag(s);
        let at = v(s.range(-0.10, 0.10), s.range(-0.08, 0.14), 0.72 + 0.13 * k as f32);
        mesh.add(
            &one,
            &Pose::tilted(at, s.range(-0.4, 0.4), s.range(-0.4, 0.4), k as f32 * 2.0),
        );
    }
    for side in 0..=s.below(3) {
        let one = bag(s);
        let turn = 0.6 + side as f32 * 1.9;
        mesh.add(&one, &Pose::new(v(cos(turn) * 0.62, sin(turn) * 0.66, 0.0), turn));
    }
    let mut around = Mesh::default();
    scatter(&mut around, s, 14, 0.85);
    mesh.add(&around, &Pose::HERE);
    mesh
}

//! Cardboard boxes one by one: shut, open, unfolded.

use super::any_colour;
use super::matter::{card, tray};
use crate::chance::{Stream, noise};
use crate::maths::{Pose, TURN, Vec3, v};
use crate::mesh::Mesh;

/// Half sizes of a box of up to `most` metres a side.
pub(super) fn halves(s: &mut Stream, most: f32) -> Vec3 {
    v(
        s.range(0.35, 0.95) * most,
        s.range(0.30, 0.80) * most,
        s.range(0.22, 0.80) * most,
    ) * 0.5
}

/// Tape over the top and print on the sides of a box around its middle.
pub(super) fn dress(mesh: &mut Mesh, s: &mut Stream, half: Vec3) {
    if s.chance(0.7) {
        let tape = s.pick(&[v(0.50, 0.38, 0.20), v(0.62, 0.60, 0.52), v(0.45, 0.10, 0.06)]);
        let tape = mesh.gloss(tape);
        mesh.block(v(0.0, 0.0, half.z), v(half.x * 1.004, 0.025, 0.002), tape);
        mesh.block(
            v(0.0, 0.0, half.z * 0.7),
            v(half.x * 1.006, 0.025, half.z * 0.3),
            tape,
        );
    }
    if s.chance(0.6) {
        let print = any_colour(s);
        let print = mesh.matt(print);
        let (w, h) = (s.range(0.2, 0.8), s.range(0.1, 0.6));
        let z = half.z * s.range(-0.2, 0.3);
        mesh.block(v(0.0, 0.0, z), v(half.x * w, half.y * 1.005, half.z * h), print);
        if s.chance(0.5) {
            mesh.block(v(0.0, 0.0, z), v(half.x * 1.005, half.y * w, half.z * h), print);
        }
    }
}

/// One closed box of up to `most` metres a side, around its middle.
pub(super) fn carton(s: &mut Stream, most: f32) -> Mesh {
    let half = halves(s, most);
    shut(s, half)
}

/// A closed box around its middle.
pub(super) fn shut(s: &mut Stream, half: Vec3) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = card(&mut mesh, s);
    mesh.block(Vec3::ZERO, half, skin);
    dress(&mut mesh, s, half);
    mesh
}

/// A box unfolded, with its creases and flaps, around its middle and flat.
pub(super) fn sheet(s: &mut Stream, most: f32) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = card(&mut mesh, s);
    let (a, b) = (s.range(0.5, 1.0) * most, s.range(0.3, 0.7) * most);
    let (seed, bow) = (s.range(0.0, 60.0), s.range(0.0, 0.12));
    mesh.field(4, skin, &|x, y| {
        v(x * a, y * b, bow * (x * x + 0.4 * noise(v(x, y, seed))))
    });
    let crease = mesh.matt(v(0.14, 0.09, 0.05));
    for x in [-0.5_f32, 0.0, 0.5] {
        if s.chance(0.7) {
            mesh.block(
                v(x * a, 0.0, bow * 0.5),
                v(0.006, b * 0.98, bow * 0.3 + 0.003),
                crease,
            );
        }
    }
    mesh
}

/// A box with its flaps open; what is in it shows.
pub(super) fn open_box(s: &mut Stream, half: Vec3) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = card(&mut mesh, s);
    tray(&mut mesh, half, 0.004, skin);
    for side in 0..4 {
        let (reach, run) = if side % 2 == 0 {
            (half.x, half.y)
        } else {
            (half.y, half.x)
        };
        if s.chance(0.15) {
            continue;
        }
        let fall = s.range(-2.4, 0.5);
        let yaw = side as f32 * TURN / 4.0;
        let flap = reach.min(half.y * 1.1) * 0.9;
        let hinge = Pose::new(Vec3::ZERO, yaw).point(v(reach, 0.0, half.z * 2.0));
        mesh.part(&Pose::tilted(hinge, 0.0, fall + 0.3, yaw), |m| {
            m.block(v(0.0, 0.0, flap * 0.5), v(0.004, run, flap * 0.5), skin);
        });
    }
    if s.chance(0.5) {
        for _ in 0..5 {
            let at = v(
                s.range(-0.6, 0.6) * half.x,
                s.range(-0.6, 0.6) * half.y,
                half.z * s.range(1.3, 1.9),
            );
            super::litter::litter(&mut mesh, s, at);
        }
    }
    mesh
}

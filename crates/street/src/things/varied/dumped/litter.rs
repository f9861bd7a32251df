//! Pieces of litter and scraps, and what lies under a heap of them.

use super::any_colour;
use super::matter::{card, on_heap, plastic, thrown, tray};
use crate::chance::{Stream, noise};
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

/// One piece of litter lying at `at`.
pub(super) fn litter(mesh: &mut Mesh, s: &mut Stream, at: Vec3) {
    let pale = if s.chance(0.4) {
        v(0.68, 0.67, 0.64)
    } else {
        any_colour(s)
    };
    let pose = thrown(s, at, 0.5);
    match s.below(8) {
        0 => bottle(mesh, s, &pose),
        1 => {
            // A paper cup.
            let skin = mesh.matt(pale);
            let way = pose.vector(if s.chance(0.7) { Vec3::X } else { Vec3::Z });
            mesh.rod(
                at + v(0.0, 0.0, 0.03),
                at + v(0.0, 0.0, 0.03) + way * 0.10,
                (0.03, 0.042),
                9,
                skin,
            );
        }
        2 => {
            // A lunch box, its lid open or lost.
            let skin = mesh.gloss(pale);
            let half = v(s.range(0.07, 0.11), s.range(0.05, 0.08), 0.025);
            mesh.part(&pose, |m| tray(m, half, 0.004, skin));
        }
        3 | 4 => {
            // Crumpled paper or film.
            let skin = mesh.patterned(pale, Look::Matt, Pattern::Crinkled);
            let half = v(s.range(0.04, 0.11), s.range(0.04, 0.09), s.range(0.025, 0.06));
            let seed = s.range(0.0, 60.0);
            mesh.blob(at + v(0.0, 0.0, half.z * 0.8), half, (7, 5), skin, &|d| {
                0.65 + 0.7 * noise(d * 3.0 + Vec3::splat(seed))
            });
        }
        5 => {
            let skin = mesh.matt(pale);
            scrap(mesh, s, &pose, skin);
        }
        6 => {
            let skin = card(mesh, s);
            let half = v(s.range(0.05, 0.16), s.range(0.04, 0.12), 0.004);
            mesh.part(&pose, |m| m.block(v(0.0, 0.0, 0.02), half, skin));
        }
        _ => {
            let skin = mesh.metal(s.range(0.3, 0.6));
            let way = pose.vector(Vec3::X) * 0.055;
            let middle = at + v(0.0, 0.0, 0.033);
            mesh.rod(middle - way, middle + way, (0.032, 0.032), 9, skin);
        }
    }
}

fn bottle(mesh: &mut Mesh, s: &mut Stream, pose: &Pose) {
    let colour = s.pick(&[
        v(0.45, 0.52, 0.55),
        v(0.05, 0.16, 0.06),
        v(0.20, 0.09, 0.03),
        v(0.60, 0.62, 0.62),
    ]);
    let skin = mesh.gloss(s.near(colour, 0.2));
    let cap = plastic(mesh, s);
    let size = s.range(0.8, 1.5);
    mesh.part(pose, |m| {
        let z = 0.033 * size;
        m.rod(
            v(-0.11 * size, 0.0, z),
            v(0.05 * size, 0.0, z),
            (0.033 * size, 0.033 * size),
            7,
            skin,
        );
        m.rod(
            v(0.05 * size, 0.0, z),
            v(0.10 * size, 0.0, z),
            (0.033 * size, 0.013 * size),
            7,
            skin,
        );
        m.rod(
            v(0.10 * size, 0.0, z),
            v(0.12 * size, 0.0, z),
            (0.015 * size, 0.015 * size),
            7,
            cap,
        );
    });
}

/// A curled sheet of paper or film.
fn scrap(mesh: &mut Mesh, s: &mut Stream, pose: &Pose, skin: Skin) {
    let (a, b, seed) = (s.range(0.06, 0.20), s.range(0.05, 0.14), s.range(0.0, 60.0));
    mesh.part(pose, |m| {
        m.field(3, skin, &|x, y| {
            v(x * a, y * b, 0.02 + a * 0.5 * noise(v(x * 1.3, y * 1.3, seed)))
        });
    });
}

/// Litter in a circle around, `count` pieces.
pub(super) fn around(mesh: &mut Mesh, s: &mut Stream, count: usize, radius: f32) {
    for _ in 0..count {
        let at = on_heap(s, radius, 0.0);
        litter(mesh, s, at);
    }
}

/// A peel, a leaf, a bone, a soft fruit.
pub(super) fn scraps(mesh: &mut Mesh, s: &mut Stream, at: Vec3) {
    let colour = s.pick(&[
        v(0.14, 0.28, 0.05),
        v(0.34, 0.42, 0.14),
        v(0.55, 0.50, 0.30),
        v(0.55, 0.20, 0.04),
        v(0.22, 0.12, 0.05),
        v(0.45, 0.06, 0.04),
    ]);
    let skin = mesh.matt(s.near(colour, 0.4));
    if s.chance(0.5) {
        let pose = thrown(s, at, 0.4);
        scrap(mesh, s, &pose, skin);
    } else {
        let half = v(s.range(0.02, 0.08), s.range(0.02, 0.06), s.range(0.02, 0.05));
        mesh.blob(at + v(0.0, 0.0, half.z * 0.7), half, (7, 5), skin, &|_| 1.0);
    }
}

/// A low lumpy body under what lies on top; its skin shows between.
pub(super) fn bed(mesh: &mut Mesh, s: &mut Stream, (radius, high): (f32, f32), skin: Skin) {
    let (seed, long, around) = (s.range(0.0, 90.0), s.range(0.75, 1.25), 24);
    let rows: Vec<Vec<Vec3>> = (0..=8)
        .map(|ring| {
            let out = ring as f32 / 8.0;
            let at = |i: usize| i as f32 / around as f32 * TURN;
            (0..around)
                .map(|i| {
                    let (x, y) = (cos(at(i)), sin(at(i)));
                    let reach = 0.6 + 0.7 * noise(v(x * 1.6, y * 1.6, seed));
                    let lumps = 0.55 + 0.9 * noise(v(x * out * 4.0, y * out * 4.0, seed));
                    let z = high * (1.0 - out * out) * lumps;
                    v(
                        x * out * reach * radius * long,
                        y * out * reach * radius / long,
                        z,
                    )
                })
                .collect()
        })
        .collect();
    mesh.loft(&rows, true, 80.0, &|_, _| skin);
}

//! Loose rubbish of many kinds: strewn, swept, burst, rotten, piled.

use super::any_colour;
use super::bags::bag;
use super::boxes::{carton, sheet};
use super::litter::{around, bed, litter, scraps};
use super::matter::{Make, any, bar, on_heap, pipe, plastic, stood, thrown, timber, tray};
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern};

pub(super) const HEAPS: &[Make] = &[
    bags_and_boxes,
    burst,
    strewn,
    kitchen,
    swept,
    foam,
    debris,
    tipped,
    mound,
];

/// Rubbish without a bin.
pub(in super::super) fn heap(s: &mut Stream) -> Mesh {
    any(HEAPS, s)
}

/// Bags, cartons and litter thrown onto one pile.
fn bags_and_boxes(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let count = 3 + s.below(4);
    let radius = 0.25 + 0.09 * count as f32;
    for k in 0..count {
        let one = bag(s);
        let at = if k < 5 {
            let turn = k as f32 * 1.3 + s.range(0.0, 0.6);
            v(cos(turn) * radius, sin(turn) * radius, 0.0)
        } else {
            v(s.range(-0.15, 0.15), s.range(-0.15, 0.15), s.range(0.22, 0.38))
        };
        mesh.add(&one, &thrown(s, at, 0.25));
    }
    for _ in 0..s.below(4) {
        let at = on_heap(s, radius * 1.4, 0.3) + v(0.0, 0.0, 0.12);
        let one = carton(s, 0.6);
        mesh.add(&one, &thrown(s, at, 0.6));
    }
    around(&mut mesh, s, 12, radius * 1.7);
    stood(mesh)
}

/// A bag torn open by dogs, its inside spread in one direction.
fn burst(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = bag(s);
    mesh.add(
        &one,
        &Pose::tilted(v(-0.35, 0.0, 0.0), s.range(-0.3, 0.3), s.range(0.5, 1.1), 0.0),
    );
    let slop = mesh.patterned(s.near(v(0.14, 0.11, 0.05), 0.5), Look::Gloss, Pattern::Sand);
    mesh.part(&Pose::at(v(0.15, 0.0, 0.0)), |m| bed(m, s, (0.45, 0.13), slop));
    for _ in 0..30 + s.below(20) {
        let far = s.unit() * 1.1;
        let at = v(
            far - 0.1,
            s.range(-0.45, 0.45) * (0.3 + far),
            0.02 + 0.1 * (1.0 - far).max(0.0),
        );
        if s.chance(0.4) {
            scraps(&mut mesh, s, at);
        } else {
            litter(&mut mesh, s, at);
        }
    }
    stood(mesh)
}

/// Litter all over the ground, nothing on top of anything.
fn strewn(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (count, radius) = (25 + s.below(45), s.range(0.6, 1.2));
    around(&mut mesh, s, count, radius);
    for _ in 0..s.below(3) {
        let at = on_heap(s, radius * 0.8, 0.0);
        let one = bag(s);
        mesh.add(&one, &Pose::new(at, s.range(0.0, TURN)));
    }
    stood(mesh)
}

/// A heap of market waste: leaves, peel, a broken crate.
fn kitchen(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high) = (s.range(0.5, 0.9), s.range(0.15, 0.4));
    let colour = s.pick(&[v(0.12, 0.16, 0.05), v(0.20, 0.15, 0.08)]);
    let slop = mesh.patterned(s.near(colour, 0.4), Look::Matt, Pattern::Sand);
    bed(&mut mesh, s, (radius, high), slop);
    for _ in 0..55 + s.below(40) {
        let at = on_heap(s, radius, high);
        scraps(&mut mesh, s, at);
    }
    around(&mut mesh, s, 6, radius * 1.2);
    if s.chance(0.6) {
        let skin = plastic(&mut mesh, s);
        let at = on_heap(s, radius, high * 0.8);
        let pose = thrown(s, at + v(0.0, 0.0, 0.05), 0.9);
        mesh.part(&pose, |m| tray(m, v(0.26, 0.19, 0.12), 0.01, skin));
    }
    stood(mesh)
}

/// Leaves, dust and paper swept together, now and then with the broom.
fn swept(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high) = (s.range(0.5, 0.95), s.range(0.14, 0.35));
    let colour = s.pick(&[v(0.20, 0.13, 0.06), v(0.22, 0.20, 0.17), v(0.14, 0.16, 0.06)]);
    let dust = mesh.patterned(s.near(colour, 0.3), Look::Matt, Pattern::Sand);
    bed(&mut mesh, s, (radius, high), dust);
    for _ in 0..110 {
        let at = on_heap(s, radius * 1.1, high * 0.9);
        let leaf = s.pick(&[
            v(0.34, 0.20, 0.05),
            v(0.22, 0.10, 0.04),
            v(0.40, 0.32, 0.08),
            v(0.12, 0.18, 0.05),
        ]);
        let skin = mesh.matt(s.near(leaf, 0.3));
        let (pose, size) = (thrown(s, at, 0.7), s.range(0.03, 0.07));
        mesh.part(&pose, |m| {
            m.floor((-size, -size * 0.6), (size, size * 0.6), 0.03, skin);
        });
    }
    for _ in 0..8 + s.below(10) {
        let at = on_heap(s, radius, high);
        litter(&mut mesh, s, at);
    }
    if s.chance(0.4) {
        let (handle, straw) = (timber(&mut mesh, s), mesh.matt(v(0.40, 0.32, 0.14)));
        let (a, b) = (v(0.1, 0.1, high * 0.7), v(1.1, 0.5, 0.05 + high));
        mesh.rod(a, b, (0.014, 0.014), 6, handle);
        mesh.rod(a - (b - a).unit() * 0.35, a, (0.16, 0.03), 9, straw);
    }
    stood(mesh)
}

/// Foam boxes, cups and packing, white and light.
fn foam(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high) = (s.range(0.4, 0.8), s.range(0.2, 0.6));
    let white = mesh.matt(Vec3::splat(s.range(0.62, 0.8)));
    for k in 0..4 + s.below(7) {
        let half = v(s.range(0.12, 0.30), s.range(0.10, 0.22), s.range(0.08, 0.18));
        let at = on_heap(s, radius, high) + v(0.0, 0.0, half.z * 0.4);
        let pose = thrown(s, at, 0.7);
        let solid = k % 3 == 2;
        mesh.part(&pose, |m| {
            if solid {
                m.block(v(0.0, 0.0, half.z * 0.4), v(half.x, half.y, 0.02), white);
            } else {
                tray(m, half, 0.018, white);
            }
        });
    }
    around(&mut mesh, s, 22, radius * 1.3);
    for _ in 0..s.below(3) {
        let (one, at) = (bag(s), on_heap(s, radius, high * 0.4));
        mesh.add(&one, &Pose::new(at, s.range(0.0, TURN)));
    }
    stood(mesh)
}

/// What is left of a shop's refit: boards, plaster, sacks, pipes.
fn debris(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high) = (s.range(0.5, 0.9), s.range(0.2, 0.5));
    let plaster = mesh.patterned(s.near(v(0.46, 0.45, 0.42), 0.3), Look::Matt, Pattern::Plaster);
    bed(&mut mesh, s, (radius, high), plaster);
    for _ in 0..14 + s.below(12) {
        let at = on_heap(s, radius, high);
        let half = v(s.range(0.05, 0.22), s.range(0.05, 0.16), s.range(0.012, 0.06));
        let skin = if s.chance(0.5) {
            plaster
        } else {
            timber(&mut mesh, s)
        };
        let pose = thrown(s, at, 0.8);
        mesh.part(&pose, |m| m.block(v(0.0, 0.0, half.z), half, skin));
    }
    for _ in 0..3 + s.below(5) {
        let at = on_heap(s, radius * 0.6, high) + v(0.0, 0.0, 0.15);
        let way = v(s.normal(), s.normal(), s.normal() * 0.25).unit() * s.range(0.3, 0.7);
        if s.chance(0.7) {
            let skin = timber(&mut mesh, s);
            bar(&mut mesh, (at - way, at + way), (0.04, 0.015), skin);
        } else {
            let skin = plastic(&mut mesh, s);
            pipe(&mut mesh, (at - way, at + way), 0.03, skin);
        }
    }
    for _ in 0..s.below(4) {
        let (one, at) = (bag(s), on_heap(s, radius, 0.1));
        mesh.add(&one, &thrown(s, at, 0.2));
    }
    stood(mesh)
}

/// A bucket, crate or basket knocked over, and what was in it.
fn tipped(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = plastic(&mut mesh, s);
    let (r, long) = (s.range(0.18, 0.32), s.range(0.4, 0.8));
    let mouth = v(0.0, 0.0, r);
    let rows: Vec<Vec<Vec3>> = [
        (-long, 0.0),
        (-long, 0.75),
        (0.0, 1.0),
        (0.0, 1.08),
        (-0.04, 1.08),
    ]
    .iter()
    .map(|(x, wide)| {
        let at = |i: usize| i as f32 / 20.0 * TURN;
        (0..20)
            .map(|i| mouth + v(*x, cos(at(i)) * r * wide, sin(at(i)) * r * wide))
            .collect()
    })
    .collect();
    mesh.loft(&rows, true, 40.0, &|_, _| skin);
    let slop = mesh.patterned(s.near(v(0.16, 0.12, 0.06), 0.5), Look::Gloss, Pattern::Sand);
    mesh.part(&Pose::at(v(0.3, 0.0, 0.0)), |m| bed(m, s, (0.55, 0.2), slop));
    for _ in 0..35 + s.below(25) {
        let far = s.unit();
        let at = v(
            far * 1.0 - 0.15,
            s.range(-0.4, 0.4) * (0.4 + far),
            0.14 * (1.0 - far),
        );
        if s.chance(0.5) {
            scraps(&mut mesh, s, at);
        } else {
            litter(&mut mesh, s, at);
        }
    }
    stood(mesh)
}

/// A high heap of everything, as it lies behind a market.
fn mound(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high) = (s.range(0.7, 1.2), s.range(0.45, 0.9));
    let dirt = any_colour(s) * 0.4;
    let dirt = mesh.patterned(dirt, Look::Matt, Pattern::Crinkled);
    bed(&mut mesh, s, (radius, high), dirt);
    for _ in 0..40 {
        let at = on_heap(s, radius, high);
        litter(&mut mesh, s, at);
    }
    for _ in 0..3 + s.below(3) {
        let (one, at) = (bag(s), on_heap(s, radius * 0.9, high * 0.8));
        mesh.add(&one, &thrown(s, at, 0.5));
    }
    for _ in 0..3 + s.below(4) {
        let at = on_heap(s, radius, high) + v(0.0, 0.0, 0.08);
        let one = sheet(s, 0.5);
        mesh.add(&one, &thrown(s, at, 0.6));
    }
    stood(mesh)
}

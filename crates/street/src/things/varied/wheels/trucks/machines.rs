//! Trucks that are machines: refuse collectors, and arms with a basket or a hook.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Mesh, Skin};

use super::super::any_colour;
use super::super::shell::{Coat, paint};
use super::Deck;

/// A refuse collector: a closed body, and the hopper with its slanted tail.
pub(super) fn refuse(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck) {
    let body = if s.chance(0.4) {
        coat.body
    } else {
        mesh.gloss(paint(s))
    };
    let hopper = if s.chance(0.5) { body } else { mesh.gloss(paint(s)) };
    let high = s.range(1.2, 1.7);
    let (z, top) = (deck.frame, deck.frame + high);
    let split = deck.rear() + deck.half * s.range(0.45, 0.6);
    mesh.rounded(
        v(0.0, f32::midpoint(split, deck.front()), f32::midpoint(z, top)),
        v(deck.wide, (deck.front() - split) / 2.0, high / 2.0),
        s.range(0.05, 0.3),
        body,
    );
    let ribs = s.below(5);
    for k in 0..ribs {
        let y = split + (k as f32 + 0.5) / ribs as f32 * (deck.front() - split);
        for sign in [-1.0, 1.0] {
            mesh.block(
                v(sign * deck.wide, y, f32::midpoint(z, top)),
                v(0.03, 0.05, high * 0.42),
                body,
            );
        }
    }
    let w = deck.wide * 0.99;
    let (low, rear) = (z - 0.22, deck.rear());
    let outline = [
        (split + 0.02, top + s.range(0.0, 0.2)),
        (split - 0.35, top + 0.12),
        (rear + 0.12, z + high * 0.62),
        (rear, z + high * 0.30),
        (rear + 0.08, low),
        (split + 0.02, low),
    ];
    let face = |x: f32| -> Vec<Vec3> { outline.iter().map(|&(y, z)| v(x, y, z)).collect() };
    mesh.loft(&[face(-w), face(w)], true, 20.0, &|_, j| {
        if j == 2 { coat.dark } else { hopper }
    });
    for x in [-w, w] {
        let f = face(x);
        for k in 1..f.len() - 1 {
            mesh.triangle(f[0], f[k], f[k + 1], hopper);
        }
    }
    let yellow = mesh.matt(any_colour(s));
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * w * 0.92, split - 0.1, top),
            v(sign * w * 0.92, rear + 0.1, z + high * 0.4),
            (0.05, 0.05),
            8,
            coat.dark,
        );
        mesh.block(v(sign * w * 0.7, rear - 0.04, low), v(0.2, 0.12, 0.02), yellow);
    }
    if s.chance(0.5) {
        let bin = mesh.matt(any_colour(s));
        mesh.rounded(v(0.0, rear - 0.12, z + 0.15), v(0.28, 0.2, 0.4), 0.04, bin);
    }
}

/// An arm on a turntable with a basket or a hook.
pub(super) fn lift(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck) {
    let arm = mesh.gloss(if s.chance(0.5) {
        v(0.7, 0.42, 0.03)
    } else {
        paint(s)
    });
    let bed = if s.chance(0.5) { coat.body } else { coat.dark };
    let z = deck.frame + 0.06;
    mesh.block(v(0.0, deck.middle, z), v(deck.wide, deck.half, 0.06), bed);
    for sign in [-1.0, 1.0] {
        let lockers = 2 + s.below(2);
        for k in 0..lockers {
            let step = deck.half * 2.0 / lockers as f32;
            let y = deck.rear() + (k as f32 + 0.5) * step;
            if s.chance(0.6) {
                mesh.rounded(
                    v(sign * deck.wide * 0.78, y, z + 0.24),
                    v(deck.wide * 0.2, step * 0.46, 0.22),
                    0.03,
                    bed,
                );
            }
        }
        for y in [deck.front() - 0.15, deck.rear() + 0.2] {
            mesh.rod(
                v(sign * deck.wide * 0.95, y, z),
                v(sign * deck.wide * 0.95, y, 0.25),
                (0.07, 0.06),
                8,
                arm,
            );
            mesh.rod(
                v(sign * deck.wide * 0.95, y, 0.27),
                v(sign * deck.wide * 0.95, y, 0.22),
                (0.15, 0.15),
                10,
                coat.dark,
            );
        }
    }
    let behind = s.chance(0.5);
    let y = if behind {
        deck.rear() + 0.5
    } else {
        deck.front() - 0.5
    };
    let turret = v(0.0, y, z + 0.5);
    mesh.rod(v(0.0, y, z), turret, (0.36, 0.3), 14, arm);
    mesh.rounded(turret + v(0.0, 0.0, 0.2), v(0.3, 0.36, 0.25), 0.06, arm);
    // Folded flat over the bed, or half raised.
    let way = if behind { 1.0 } else { -1.0 };
    let reach = (deck.half * 2.0 - 0.7).max(1.5);
    let rise = s.range(0.25, 0.9)
        + if behind {
            (deck.cab - z - 0.8).max(0.0)
        } else {
            0.0
        };
    let elbow = turret + v(0.0, way * reach, rise);
    boom(mesh, turret + Vec3::Z * 0.4, elbow, 0.16, arm);
    boom(
        mesh,
        (turret + Vec3::Z * 0.4).mix(elbow, 0.35),
        elbow + v(0.0, way * 0.35, rise * 0.12),
        0.12,
        coat.dark,
    );
    let tip = if s.chance(0.5) {
        let back = elbow + v(0.18, -way * reach * 0.7, 0.15);
        boom(mesh, elbow + v(0.18, 0.0, 0.1), back, 0.11, arm);
        back
    } else {
        elbow + v(0.0, way * 0.35, 0.0)
    };
    if s.chance(0.6) {
        let basket = mesh.matt(any_colour(s));
        mesh.rounded(tip + v(0.0, 0.0, -0.1), v(0.45, 0.32, 0.06), 0.02, basket);
        for (x, y) in [(-0.42, -0.3), (0.42, -0.3), (-0.42, 0.3), (0.42, 0.3)] {
            mesh.rod(tip + v(x, y, -0.1), tip + v(x, y, 0.75), (0.02, 0.02), 5, arm);
        }
        for level in [0.3, 0.75] {
            for sign in [-1.0, 1.0] {
                mesh.block(tip + v(sign * 0.42, 0.0, level), v(0.02, 0.3, 0.02), arm);
                mesh.block(tip + v(0.0, sign * 0.3, level), v(0.42, 0.02, 0.02), arm);
            }
        }
    } else {
        mesh.rod(tip, tip - Vec3::Z * 0.5, (0.01, 0.01), 4, coat.dark);
        mesh.ring(tip - Vec3::Z * 0.58, Vec3::Y, 0.07, 0.025, (10, 5), arm);
    }
}

/// A square arm between two points.
fn boom(mesh: &mut Mesh, a: Vec3, b: Vec3, half: f32, skin: Skin) {
    mesh.rod(a, b, (half * 1.3, half * 1.05), 4, skin);
    mesh.ball(a, Vec3::splat(half * 1.2), skin);
    mesh.ball(b, Vec3::splat(half), skin);
}

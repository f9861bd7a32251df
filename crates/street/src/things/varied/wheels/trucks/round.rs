//! Trucks' tanks and drums.

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::Mesh;

use super::super::any_colour;
use super::super::shell::{Coat, paint};
use super::Deck;

/// An ellipse across the frame at `y`.
fn oval(y: f32, z: f32, half: (f32, f32), points: usize) -> Vec<Vec3> {
    (0..points)
        .map(|k| {
            let turn = k as f32 / points as f32 * TURN;
            v(cos(turn) * half.0, y, z + sin(turn) * half.1)
        })
        .collect()
}

/// A long drum for water, milk or fuel, with bands, lids and a walkway.
pub(super) fn tank(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck) {
    let shell = match s.below(3) {
        0 => mesh.metal(0.5),
        1 => coat.body,
        _ => mesh.gloss(paint(s)),
    };
    let band = mesh.matt(any_colour(s));
    let (a, b) = (deck.wide * s.range(0.82, 0.98), s.range(0.55, 0.85));
    let z = deck.frame + b + 0.06;
    let (r, f) = (deck.rear() + 0.1, deck.front() - 0.05);
    let dome = s.range(0.08, 0.22);
    let ends = [(0.0, 0.30), (0.35, 0.80), (1.0, 1.0)];
    let mut sections: Vec<Vec<Vec3>> = ends
        .iter()
        .map(|&(t, k)| oval(f - dome * t, z, (a * k, b * k), 22))
        .collect();
    sections.extend(
        ends.iter()
            .rev()
            .map(|&(t, k)| oval(r + dome * t, z, (a * k, b * k), 22)),
    );
    let low = s.chance(0.5);
    mesh.loft(&sections, true, 50.0, &|i, j| {
        if low && i == 2 && (11..=21).contains(&j) {
            band
        } else {
            shell
        }
    });
    for (y, face) in [(f, 0), (r, 5)] {
        let rim = &sections[face];
        for k in 0..rim.len() {
            mesh.triangle(v(0.0, y, z), rim[k], rim[(k + 1) % rim.len()], shell);
        }
    }
    let bands = 2 + s.below(4);
    for k in 0..bands {
        let y = r + dome + (k as f32 + 0.5) / bands as f32 * (f - r - 2.0 * dome);
        let ring = [
            oval(y - 0.03, z, (a + 0.012, b + 0.012), 22),
            oval(y + 0.03, z, (a + 0.012, b + 0.012), 22),
        ];
        mesh.loft(&ring, true, 60.0, &|_, _| coat.dark);
        if s.chance(0.6) {
            mesh.rod(
                v(0.0, y + 0.3, z + b - 0.02),
                v(0.0, y + 0.3, z + b + 0.08),
                (0.22, 0.2),
                12,
                shell,
            );
        }
    }
    let metal = mesh.metal(0.35);
    if s.chance(0.5) {
        for sign in [-1.0, 1.0] {
            mesh.rod(
                v(sign * 0.4, r + 0.3, z + b + 0.2),
                v(sign * 0.4, f - 0.3, z + b + 0.2),
                (0.015, 0.015),
                5,
                metal,
            );
            for y in [r + 0.3, f - 0.3] {
                mesh.rod(
                    v(sign * 0.4, y, z + b * 0.8),
                    v(sign * 0.4, y, z + b + 0.2),
                    (0.015, 0.015),
                    5,
                    metal,
                );
            }
        }
    }
    if s.chance(0.5) {
        // A pump and its hose behind.
        mesh.rounded(
            v(0.0, r - 0.02, deck.frame + 0.2),
            v(0.3, 0.12, 0.2),
            0.04,
            coat.dark,
        );
        mesh.ring(
            v(0.45, r - 0.05, deck.frame + 0.35),
            Vec3::Y,
            0.2,
            0.035,
            (16, 6),
            band,
        );
    }
}

/// A drum for concrete, its chute and hopper behind.
pub(super) fn mixer(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck) {
    let drum = mesh.gloss(paint(s));
    let stripe = if s.chance(0.6) {
        mesh.gloss(any_colour(s))
    } else {
        drum
    };
    let pitch = s.range(0.16, 0.28);
    let big = s.range(0.85, 1.08);
    let middle = v(0.0, deck.middle, deck.frame + big + 0.18);
    let rings = [
        (-1.0, 0.45),
        (-0.82, 0.62),
        (-0.45, 0.92),
        (-0.05, 1.0),
        (0.35, 1.0),
        (0.8, 0.72),
        (0.98, 0.6),
    ];
    let along = v(0.0, cos(pitch), -sin(pitch));
    let across = v(0.0, sin(pitch), cos(pitch));
    let twist = s.range(0.6, 1.6);
    let sections: Vec<Vec<Vec3>> = rings
        .iter()
        .rev()
        .map(|&(t, r)| {
            (0..20)
                .map(|k| {
                    let turn = (k as f32 / 20.0 + t * twist * 0.2) * TURN;
                    let out = Vec3::X * cos(turn) + across * sin(turn);
                    middle + along * (t * deck.half * 0.92) + out * (r * big)
                })
                .collect()
        })
        .collect();
    mesh.loft(&sections, true, 50.0, &|_, j| {
        if j % 10 < 2 { stripe } else { drum }
    });
    for (face, flip) in [(0, false), (rings.len() - 1, true)] {
        let ring = &sections[face];
        let centre = ring.iter().fold(Vec3::ZERO, |sum, p| sum + *p) * (1.0 / ring.len() as f32);
        for k in 0..ring.len() {
            let (p, q) = (ring[k], ring[(k + 1) % ring.len()]);
            let (p, q) = if flip { (q, p) } else { (p, q) };
            mesh.triangle(centre, p, q, coat.dark);
        }
    }
    mesh.block(
        v(0.0, deck.front() - 0.15, deck.frame + 0.4),
        v(0.5, 0.12, 0.45),
        coat.body,
    );
    mesh.block(
        v(0.0, deck.rear() + 0.35, deck.frame + 0.5),
        v(0.55, 0.08, 0.55),
        coat.body,
    );
    let mouth = v(0.0, deck.rear() + 0.1, middle.z + big * 0.75);
    mesh.rod(mouth, mouth + Vec3::Z * 0.4, (0.25, 0.5), 10, coat.body);
    mesh.rod(
        v(0.0, deck.rear() + 0.05, deck.frame + 0.7),
        v(0.25, deck.rear() - 0.4, deck.frame + 0.1),
        (0.2, 0.16),
        8,
        coat.dark,
    );
    let ladder = mesh.metal(0.4);
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(0.62 + sign * 0.14, deck.rear() + 0.1, deck.frame),
            v(0.62 + sign * 0.14, deck.rear() + 0.2, mouth.z + 0.3),
            (0.02, 0.02),
            5,
            ladder,
        );
    }
}

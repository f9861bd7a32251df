//! What trucks carry on their frames: beds, troughs, cages, boxes.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Look, Mesh, Pattern};

use super::super::any_colour;
use super::super::shell::{Coat, paint};
use super::Deck;

/// A floor with low sides that fold down, and wares on it.
pub(super) fn flatbed(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck) {
    let side = if s.chance(0.5) {
        coat.body
    } else {
        mesh.gloss(paint(s))
    };
    let floor = mesh.patterned(s.near(v(0.2, 0.15, 0.1), 0.5), Look::Matt, Pattern::Wood);
    let (z, high) = (deck.frame + 0.05, s.range(0.0, 0.28));
    mesh.block(v(0.0, deck.middle, z), v(deck.wide, deck.half, 0.06), floor);
    for sign in [-1.0, 1.0] {
        if high > 0.08 {
            mesh.block(
                v(sign * (deck.wide - 0.02), deck.middle, z + 0.06 + high),
                v(0.025, deck.half, high),
                side,
            );
            for k in 0..4 {
                let y = deck.rear() + (k as f32 + 0.5) / 4.0 * deck.half * 2.0;
                mesh.block(
                    v(sign * (deck.wide + 0.01), y, z + 0.06 + high),
                    v(0.015, 0.04, high),
                    coat.dark,
                );
            }
        }
    }
    if high > 0.08 {
        mesh.block(
            v(0.0, deck.rear() + 0.02, z + 0.06 + high),
            v(deck.wide, 0.025, high),
            side,
        );
    }
    mesh.block(
        v(0.0, deck.front() - 0.03, z + 0.5),
        v(deck.wide, 0.03, 0.5),
        side,
    );
    match s.below(4) {
        0 => {}
        1 => {
            // Pipes or beams along the bed.
            let skin = mesh.metal(s.range(0.2, 0.5));
            let r = s.range(0.05, 0.16);
            for k in 0..s.below(8) + 3 {
                let x = -deck.wide * 0.7 + (k % 5) as f32 * r * 2.1;
                let at = v(x, deck.middle, z + 0.06 + r + (k / 5) as f32 * r * 1.8);
                let reach = Vec3::Y * (deck.half * 0.9);
                mesh.rod(at - reach, at + reach, (r, r), 9, skin);
            }
        }
        2 => {
            // A sheet over a heap.
            let sheet = mesh.patterned(any_colour(s), Look::Matt, Pattern::Crinkled);
            let half = v(deck.wide * 0.9, deck.half * 0.88, s.range(0.3, 0.8));
            mesh.blob(
                v(0.0, deck.middle, z + half.z * 0.6),
                half,
                (16, 8),
                sheet,
                &|d| (1.0 + 0.25 * (d.x * d.y).abs()).min(1.1),
            );
        }
        _ => {
            for _ in 0..s.below(6) + 2 {
                let ware = mesh.patterned(
                    any_colour(s),
                    Look::Matt,
                    s.pick(&[Pattern::Plain, Pattern::Cardboard, Pattern::Wood]),
                );
                let half = v(s.range(0.2, 0.5), s.range(0.2, 0.6), s.range(0.15, 0.6));
                let reach = (deck.half - half.y).max(0.1);
                let at = v(
                    s.range(-1.0, 1.0) * (deck.wide - half.x),
                    deck.middle + s.range(-1.0, 1.0) * reach,
                    z + 0.06 + half.z,
                );
                mesh.rounded(at, half, 0.02, ware);
            }
        }
    }
}

/// A steel trough with ribs that tips backwards; sand or rubble in some.
pub(super) fn tipper(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck) {
    let steel = if s.chance(0.4) {
        coat.body
    } else {
        mesh.gloss(paint(s))
    };
    let (z, high) = (deck.frame + 0.12, s.range(0.35, 0.6));
    let top = z + high * 2.0;
    mesh.block(v(0.0, deck.middle, z), v(deck.wide * 0.9, deck.half, 0.05), steel);
    for sign in [-1.0, 1.0] {
        let foot = v(sign * deck.wide * 0.9, deck.middle, z);
        mesh.block(
            v(sign * deck.wide * 0.95, deck.middle, z + high),
            v(0.05, deck.half, high),
            steel,
        );
        mesh.block(
            v(sign * deck.wide * 0.97, deck.middle, top),
            v(0.07, deck.half, 0.06),
            steel,
        );
        let ribs = 4 + s.below(4);
        for k in 0..=ribs {
            let y = deck.rear() + 0.06 + k as f32 / ribs as f32 * (deck.half * 2.0 - 0.12);
            mesh.block(
                v(sign * (deck.wide + 0.02), y, z + high),
                v(0.035, 0.05, high),
                steel,
            );
        }
        mesh.rod(
            v(foot.x * 0.3, deck.front() - 0.1, z - 0.15),
            v(foot.x * 0.3, deck.front() - 0.1, top),
            (0.06, 0.05),
            8,
            coat.dark,
        );
    }
    for y in [deck.rear() + 0.03, deck.front() - 0.03] {
        mesh.block(v(0.0, y, z + high), v(deck.wide * 0.95, 0.04, high), steel);
    }
    // A lip over the cab.
    mesh.block(
        v(0.0, deck.front() + 0.2, (top + 0.05).max(deck.cab + 0.06)),
        v(deck.wide * 0.9, 0.3, 0.03),
        steel,
    );
    let filled = s.unit();
    let tint = s.pick(&[
        v(0.36, 0.28, 0.16),
        v(0.2, 0.13, 0.08),
        v(0.25, 0.25, 0.25),
        v(0.3, 0.12, 0.07),
    ]);
    let heap = mesh.patterned(tint, Look::Matt, Pattern::Sand);
    if filled < 0.5 {
        let bump = s.range(0.1, 0.5);
        mesh.field(8, heap, &|x, y| {
            let rise = (1.0 - x * x) * (1.0 - y * y) * bump;
            v(
                x * deck.wide * 0.92,
                deck.middle + y * deck.half * 0.97,
                top - 0.12 + rise,
            )
        });
    } else if filled < 0.75 {
        let net = mesh.matt(any_colour(s));
        mesh.rounded(
            v(0.0, deck.middle, top + 0.04),
            v(deck.wide * 0.9, deck.half, 0.07),
            0.05,
            net,
        );
    }
}

/// Steel bars up to a frame over the load: what brings gas bottles, water or fruit.
pub(super) fn cage(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck) {
    let bar = if s.chance(0.5) {
        coat.body
    } else {
        mesh.metal(0.35)
    };
    let z = deck.frame + 0.05;
    let high = s.range(0.9, 1.5);
    mesh.block(v(0.0, deck.middle, z), v(deck.wide, deck.half, 0.06), coat.dark);
    let (levels, uprights) = (3 + s.below(4), 4 + s.below(5));
    let plate = s.range(0.0, 0.25);
    for sign in [-1.0, 1.0] {
        let x = sign * (deck.wide - 0.02);
        for k in 1..=levels {
            let up = z + high * k as f32 / levels as f32;
            mesh.block(v(x, deck.middle, up), v(0.018, deck.half, 0.022), bar);
            mesh.block(
                v(0.0, deck.middle + sign * (deck.half - 0.02), up),
                v(deck.wide, 0.018, 0.022),
                bar,
            );
        }
        for k in 0..=uprights {
            let y = deck.rear() + 0.02 + k as f32 / uprights as f32 * (deck.half * 2.0 - 0.04);
            mesh.block(v(x, y, z + high / 2.0), v(0.022, 0.022, high / 2.0), bar);
        }
        mesh.block(
            v(x, deck.middle, z + plate),
            v(0.02, deck.half, plate.max(0.02)),
            bar,
        );
    }
    if s.chance(0.6) {
        for k in 0..5 {
            let y = deck.rear() + k as f32 / 4.0 * deck.half * 2.0;
            mesh.rod(
                v(-deck.wide, y, z + high),
                v(deck.wide, y, z + high),
                (0.022, 0.022),
                5,
                bar,
            );
        }
    }
    let ware = any_colour(s);
    if s.chance(0.7) {
        let bottles = s.chance(0.5);
        for i in 0..4 {
            for k in 0..5 {
                if s.chance(0.25) {
                    continue;
                }
                let skin = mesh.gloss(s.near(ware, 0.3));
                let x = (i as f32 - 1.5) * deck.wide * 0.45;
                let y = deck.rear() + (k as f32 + 0.5) / 5.0 * deck.half * 2.0;
                if bottles {
                    mesh.rod(v(x, y, z + 0.06), v(x, y, z + 0.5), (0.15, 0.15), 8, skin);
                    mesh.rod(v(x, y, z + 0.5), v(x, y, z + 0.62), (0.13, 0.04), 8, skin);
                } else {
                    let up = s.range(0.12, high * 0.45);
                    mesh.rounded(
                        v(x, y, z + 0.06 + up),
                        v(deck.wide * 0.2, deck.half * 0.17, up),
                        0.03,
                        skin,
                    );
                }
            }
        }
    }
}

/// A closed body: smooth, ribbed like a container, or with a cooling unit over the cab.
pub(super) fn cargo_box(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck) {
    let loud = any_colour(s);
    let skin = match s.below(3) {
        0 => mesh.gloss(s.near(Vec3::splat(0.6), 0.2)),
        1 => mesh.gloss(loud),
        _ => mesh.patterned(loud, Look::Gloss, Pattern::Panels),
    };
    let high = s.range(0.9, 1.25);
    let z = deck.frame + 0.04 + high;
    mesh.rounded(
        v(0.0, deck.middle, z),
        v(deck.wide, deck.half, high),
        s.range(0.02, 0.08),
        skin,
    );
    let ribbed = s.chance(0.4);
    let field = mesh.matt(any_colour(s));
    let (lettered, ribs) = (s.chance(0.6), 8 + s.below(12));
    for sign in [-1.0, 1.0] {
        if ribbed {
            for k in 0..ribs {
                let y = deck.rear() + (k as f32 + 0.5) / ribs as f32 * deck.half * 2.0;
                mesh.block(
                    v(sign * (deck.wide + 0.012), y, z),
                    v(0.014, deck.half / ribs as f32 * 0.5, high * 0.92),
                    skin,
                );
            }
        } else if lettered {
            mesh.block(
                v(sign * deck.wide, deck.middle, z + high * 0.1),
                v(0.008, deck.half * 0.7, high * 0.35),
                field,
            );
        }
    }
    let metal = mesh.metal(0.4);
    for x in [-0.7, -0.25, 0.25, 0.7] {
        let rear = deck.rear() - 0.012;
        mesh.rod(
            v(x * deck.wide, rear, z - high * 0.9),
            v(x * deck.wide, rear, z + high * 0.9),
            (0.018, 0.018),
            5,
            metal,
        );
    }
    mesh.block(
        v(0.0, deck.rear() - 0.004, z),
        v(0.012, 0.008, high * 0.95),
        coat.dark,
    );
    if s.chance(0.35) {
        mesh.rounded(
            v(0.0, deck.front() + 0.16, z + high * 0.55),
            v(deck.wide * 0.7, 0.2, 0.24),
            0.05,
            skin,
        );
    }
}

//! Bulky waste of many makes: seats, beds, cupboards, tables, appliances.

use super::any_colour;
use super::appliances::{fridge, washer};
use super::matter::{Make, any, bar, plastic, stood, stuffed, timber};
use super::seats::{armchair, chairs, corner_sofa, cover, sofa, swivel, veneer};
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern};

pub(super) const FURNITURE: &[Make] = &[
    sofa,
    armchair,
    corner_sofa,
    mattress,
    bed,
    wardrobe,
    shelf,
    drawers,
    table,
    chairs,
    swivel,
    fridge,
    washer,
    two,
];

/// Something left at the roadside that no bin takes.
pub(in super::super) fn furniture(s: &mut Stream) -> Mesh {
    any(FURNITURE, s)
}

/// A mattress or two: flat, on edge against a prop, sagging, rolled.
fn mattress(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = if s.chance(0.5) {
        v(0.60, 0.58, 0.52)
    } else {
        any_colour(s)
    };
    let pattern = s.pick(&[Pattern::Stripes, Pattern::Cloth, Pattern::Cloth, Pattern::Plain]);
    let tick = mesh.patterned(tint, Look::Matt, pattern);
    let edge_paint = any_colour(s);
    let edge = mesh.matt(edge_paint);
    let half = v(s.range(0.42, 0.85), s.range(0.88, 1.0), s.range(0.06, 0.14));
    let slab = |m: &mut Mesh| {
        m.rounded(Vec3::ZERO, half, half.z * 0.6, tick);
        for z in [-0.55, 0.55] {
            m.rounded(
                v(0.0, 0.0, z * half.z),
                v(half.x + 0.008, half.y + 0.008, 0.012),
                0.008,
                edge,
            );
        }
    };
    match s.below(4) {
        0 => {
            for k in 0..=s.below(3) {
                mesh.part(
                    &Pose::new(v(0.0, 0.0, half.z * (2.0 * k as f32 + 1.0)), s.range(-0.15, 0.15)),
                    slab,
                );
            }
        }
        1 | 2 => {
            let lean = s.range(0.08, 0.3);
            for k in 0..=s.below(2) {
                let at = v(s.range(-0.1, 0.1), -half.z * 2.1 * k as f32, half.x);
                // On its long edge, leaning back.
                let up = Pose::tilted(at, 0.0, TURN / 4.0, TURN / 4.0);
                let tilted = Pose::tilted(Vec3::ZERO, lean, 0.0, 0.0);
                let pose = Pose {
                    at: tilted.point(up.at),
                    axes: up.axes.map(|a| tilted.vector(a)),
                };
                mesh.part(&pose, slab);
            }
            let prop = timber(&mut mesh, s);
            for sign in [-0.6, 0.6] {
                bar(
                    &mut mesh,
                    (v(sign, -0.15 - lean * half.x, half.x * 1.4), v(sign, -0.75, 0.0)),
                    (0.03, 0.03),
                    prop,
                );
            }
        }
        _ => {
            // Rolled up and tied.
            let r = s.range(0.2, 0.32);
            let rows: Vec<Vec<Vec3>> = [-half.x, half.x]
                .iter()
                .map(|x| {
                    (0..=44)
                        .map(|i| {
                            let a = i as f32 / 20.0 * TURN;
                            let r = r * (0.35 + 0.65 * i as f32 / 44.0);
                            v(*x, cos(a) * r, sin(a) * r)
                        })
                        .collect()
                })
                .collect();
            mesh.loft(&rows, false, 60.0, &|_, _| tick);
            mesh.rod(
                v(-half.x * 0.98, 0.0, 0.0),
                v(half.x * 0.98, 0.0, 0.0),
                (r * 0.85, r * 0.85),
                18,
                tick,
            );
            for x in [-0.5, 0.5] {
                mesh.ring(v(x * half.x, 0.0, 0.0), Vec3::X, r + 0.01, 0.012, (20, 5), edge);
            }
        }
    }
    stood(mesh)
}

/// A bed: set up, or its head and foot boards stood against each other.
fn bed(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (wood, slats) = (veneer(&mut mesh, s), timber(&mut mesh, s));
    let (w, l, head, foot) = (
        s.range(0.45, 0.8),
        s.range(0.9, 1.02),
        s.range(0.35, 0.55),
        s.range(0.18, 0.35),
    );
    let barred = s.chance(0.5);
    let board = |m: &mut Mesh, tall: f32| {
        for sign in [-1.0, 1.0] {
            m.block(v(sign * w, 0.0, tall), v(0.035, 0.035, tall), wood);
        }
        m.block(v(0.0, 0.0, tall * 1.85), v(w, 0.025, 0.04), wood);
        if barred {
            m.block(v(0.0, 0.0, tall * 0.75), v(w, 0.025, 0.04), wood);
            for k in 0..7 {
                m.block(
                    v((k as f32 / 3.0 - 1.0) * w * 0.86, 0.0, tall * 1.3),
                    v(0.014, 0.014, tall * 0.55),
                    wood,
                );
            }
        } else {
            m.block(v(0.0, 0.0, tall * 1.25), v(w, 0.02, tall * 0.6), wood);
        }
    };
    if s.chance(0.6) {
        mesh.part(&Pose::at(v(0.0, -l, 0.0)), |m| board(m, head));
        mesh.part(&Pose::at(v(0.0, l, 0.0)), |m| board(m, foot));
        for sign in [-1.0, 1.0] {
            mesh.block(v(sign * w, 0.0, 0.28), v(0.02, l, 0.06), wood);
        }
        for k in 0..10 {
            if s.chance(0.85) {
                mesh.block(
                    v(0.0, (k as f32 / 4.5 - 1.0) * l * 0.92, 0.30),
                    v(w, 0.04, 0.01),
                    slats,
                );
            }
        }
        if s.chance(0.4) {
            let tick = cover(&mut mesh, s);
            mesh.rounded(
                v(0.0, s.range(-0.1, 0.1), 0.40),
                v(w * 0.96, l * 0.96, 0.09),
                0.05,
                tick,
            );
        }
    } else {
        mesh.part(&Pose::tilted(v(0.0, 0.25, 0.0), 0.22, 0.0, 0.0), |m| {
            board(m, head);
        });
        mesh.part(&Pose::tilted(v(0.1, -0.2, 0.0), -0.25, 0.0, 0.1), |m| {
            board(m, foot);
        });
        for k in 0..3 + s.below(6) {
            let x = s.range(-0.3, 0.3);
            bar(
                &mut mesh,
                (
                    v(x - l, 0.6 + 0.06 * k as f32, 0.03),
                    v(x + l, 0.55 + 0.08 * k as f32, 0.04),
                ),
                (0.04, 0.012),
                slats,
            );
        }
    }
    stood(mesh)
}

/// A cupboard with doors, one perhaps open or gone; standing or on its back.
fn wardrobe(s: &mut Stream) -> Mesh {
    let mut upright = Mesh::default();
    let (wood, dark) = (veneer(&mut upright, s), upright.matt(v(0.05, 0.035, 0.025)));
    let (steel, front) = (
        upright.metal(0.5),
        if s.chance(0.4) {
            veneer(&mut upright, s)
        } else {
            wood
        },
    );
    let count = 1 + s.below(3);
    let (w, d, tall) = (
        s.range(0.2, 0.28) * count as f32 + 0.1,
        s.range(0.2, 0.3),
        s.range(0.5, 1.0),
    );
    let m = &mut upright;
    m.block(v(0.0, -d + 0.01, tall), v(w, 0.01, tall), wood);
    for sign in [-1.0, 1.0] {
        m.block(v(sign * w, 0.0, tall), v(0.012, d, tall), wood);
        m.block(v(0.0, 0.0, tall + sign * (tall - 0.02)), v(w, d, 0.02), wood);
    }
    m.block(v(0.0, -0.02, tall), v(w * 0.97, d * 0.9, tall * 0.97), dark);
    for k in 0..count {
        let wide = w / count as f32;
        let x = (k as f32 - (count as f32 - 1.0) * 0.5) * wide * 2.0;
        let open = match s.below(6) {
            0 => continue,
            1 => s.range(0.3, 1.6),
            _ => 0.0,
        };
        m.part(&Pose::new(v(x - wide, d, 0.0), open), |m| {
            m.block(v(wide, 0.01, tall), v(wide - 0.006, 0.012, tall - 0.03), front);
            m.block(v(wide * 1.75, 0.035, tall), v(0.01, 0.015, 0.07), steel);
        });
    }
    let mut mesh = Mesh::default();
    let pitch = if s.chance(0.2) { TURN / 4.0 } else { 0.0 };
    mesh.add(&upright, &Pose::tilted(Vec3::ZERO, pitch, 0.0, 0.0));
    stood(mesh)
}

/// Open shelves, wood or steel, some with a few things left.
fn shelf(s: &mut Stream) -> Mesh {
    let mut upright = Mesh::default();
    let wood = if s.chance(0.7) {
        veneer(&mut upright, s)
    } else {
        upright.metal(s.range(0.2, 0.5))
    };
    let (w, d, tall, boards) = (
        s.range(0.3, 0.65),
        s.range(0.12, 0.22),
        s.range(0.4, 0.95),
        3 + s.below(4),
    );
    let backed = s.chance(0.5);
    for sign in [-1.0, 1.0] {
        if backed {
            upright.block(v(sign * w, 0.0, tall), v(0.012, d, tall), wood);
        } else {
            for y in [-d, d] {
                upright.block(v(sign * w, y, tall), v(0.016, 0.016, tall), wood);
            }
        }
    }
    if backed {
        upright.block(v(0.0, -d, tall), v(w, 0.005, tall), wood);
    }
    for k in 0..boards {
        let z = 0.04 + k as f32 / (boards as f32 - 1.0) * (tall * 2.0 - 0.06);
        upright.block(v(0.0, 0.0, z), v(w, d, 0.012), wood);
        for _ in 0..s.below(3) {
            let thing = plastic(&mut upright, s);
            let half = v(s.range(0.03, 0.1), d * 0.6, s.range(0.04, 0.1));
            upright.block(
                v(s.range(-0.8, 0.8) * (w - 0.1), 0.0, z + half.z + 0.012),
                half,
                thing,
            );
        }
    }
    let mut mesh = Mesh::default();
    let roll = if s.chance(0.25) { TURN / 4.0 } else { 0.0 };
    mesh.add(&upright, &Pose::tilted(Vec3::ZERO, 0.0, roll, 0.0));
    stood(mesh)
}

/// A chest of drawers, a bedside table, a desk pedestal, perhaps with an old television on it.
fn drawers(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (wood, dark) = (veneer(&mut mesh, s), mesh.matt(Vec3::splat(0.03)));
    let (w, d, tall, rows) = (
        s.range(0.22, 0.6),
        s.range(0.2, 0.27),
        s.range(0.25, 0.5),
        2 + s.below(4),
    );
    mesh.block(v(0.0, 0.0, tall), v(w, d, tall), wood);
    for k in 0..rows {
        let share = tall / rows as f32;
        let z = share * (2.0 * k as f32 + 1.0);
        let out = if s.chance(0.25) { s.range(0.05, 0.25) } else { 0.0 };
        mesh.block(v(0.0, d, z), v(w * 0.96, 0.004, share * 0.92), dark);
        if s.chance(0.88) {
            mesh.block(
                v(0.0, d + 0.01 + out * 0.5, z),
                v(w * 0.92, 0.01 + out * 0.5, share * 0.84),
                wood,
            );
            mesh.block(v(0.0, d + 0.03 + out, z), v(w * 0.2, 0.01, 0.012), dark);
        }
    }
    if s.chance(0.4) {
        let case = plastic(&mut mesh, s);
        let half = v(s.range(0.2, 0.35), 0.18, s.range(0.16, 0.24));
        mesh.rounded(v(0.0, 0.0, tall * 2.0 + half.z), half, 0.03, case);
        let screen = mesh.patterned(Vec3::splat(0.02), Look::Glass, Pattern::Plain);
        mesh.block(
            v(0.0, half.y, tall * 2.0 + half.z * 1.1),
            v(half.x * 0.82, 0.008, half.z * 0.75),
            screen,
        );
    }
    stood(mesh)
}

/// A table: on its legs, on its side, or upside down, square or round.
fn table(s: &mut Stream) -> Mesh {
    let mut upright = Mesh::default();
    let (top, leg) = (veneer(&mut upright, s), timber(&mut upright, s));
    let (w, d, tall) = (s.range(0.35, 0.8), s.range(0.3, 0.5), s.range(0.4, 0.76));
    let splay = s.range(0.75, 0.95);
    if s.chance(0.35) {
        upright.rod(v(0.0, 0.0, tall - 0.03), v(0.0, 0.0, tall), (d, d), 24, top);
        upright.part(&Pose::HERE, |m| {
            for k in 0..4 {
                let a = (k as f32 + 0.5) * TURN / 4.0;
                let (x, y) = (cos(a) * d * 0.6, sin(a) * d * 0.6);
                m.rod(
                    v(x, y, tall - 0.03),
                    v(x * 1.2, y * 1.2, 0.0),
                    (0.022, 0.018),
                    7,
                    leg,
                );
            }
        });
    } else {
        upright.block(v(0.0, 0.0, tall - 0.015), v(w, d, 0.015), top);
        upright.block(v(0.0, 0.0, tall - 0.07), v(w * 0.85, d * 0.85, 0.04), top);
        for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
            if s.chance(0.92) {
                let at = v(sx * w * 0.85, sy * d * 0.85, tall - 0.03);
                bar(
                    &mut upright,
                    (at, v(sx * w * splay, sy * d * splay, 0.0)),
                    (0.025, 0.025),
                    leg,
                );
            }
        }
    }
    let mut mesh = Mesh::default();
    let pitch = s.pick(&[0.0, TURN / 4.0, TURN / 2.0, TURN / 2.0, 1.9]);
    mesh.add(&upright, &Pose::tilted(Vec3::ZERO, pitch, 0.0, 0.0));
    stood(mesh)
}

/// Two pieces beside each other, as one household puts them out.
fn two(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let pieces: [Make; 8] = [armchair, shelf, drawers, table, chairs, swivel, washer, fridge];
    for sign in [-1.0, 1.0] {
        let one = any(&pieces, s);
        mesh.add(
            &one,
            &Pose::new(
                v(sign * s.range(0.42, 0.55), s.range(-0.1, 0.1), 0.0),
                s.range(-0.4, 0.4),
            ),
        );
    }
    if s.chance(0.5) {
        let cushion = cover(&mut mesh, s);
        let seed = s.range(0.0, 90.0);
        stuffed(
            &mut mesh,
            (v(0.0, 0.55, 0.08), v(0.24, 0.22, 0.08)),
            (3.0, 0.1),
            cushion,
            seed,
        );
    }
    stood(mesh)
}

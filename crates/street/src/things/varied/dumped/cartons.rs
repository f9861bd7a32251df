//! Cardboard of many makes: stacked, thrown, gaping, folded flat, tied.

use super::any_colour;
use super::boxes::{carton, halves, open_box, sheet, shut};
use super::matter::{Make, any, bar, card, on_heap, plastic, stood, thrown, tray};
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::Mesh;

pub(super) const CARTONS: &[Make] = &[
    tower,
    tossed,
    gaping,
    bundle,
    leaning,
    appliance,
    fruit,
    foam_boxes,
    long,
    trolley_load,
];

/// Cardboard boxes.
pub(in super::super) fn cartons(s: &mut Stream) -> Mesh {
    any(CARTONS, s)
}

/// Rows and layers of one kind of box, as a shop gets them.
fn tower(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = halves(s, 0.75).max(v(0.12, 0.10, 0.07));
    let one = shut(s, half);
    let (nx, ny) = (1 + s.below(3), 1 + s.below(2));
    let nz = 2 + s.below(5.min((0.9 / half.z) as usize).max(1));
    let slip = s.range(0.0, 0.03);
    for k in 0..nz {
        for (i, j) in (0..nx).flat_map(|i| (0..ny).map(move |j| (i, j))) {
            if k + 1 == nz && s.chance(0.35) {
                continue;
            }
            let at = v(
                i as f32 * half.x * 2.03 + s.range(-slip, slip),
                j as f32 * half.y * 2.03 + s.range(-slip, slip),
                half.z * (2.0 * k as f32 + 1.0),
            );
            mesh.add(&one, &Pose::new(at, s.range(-slip, slip) * 2.0));
        }
    }
    stood(mesh)
}

/// Boxes thrown onto one heap.
fn tossed(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high) = (s.range(0.35, 0.8), s.range(0.1, 0.6));
    for _ in 0..4 + s.below(8) {
        let at = on_heap(s, radius, high) + v(0.0, 0.0, 0.15);
        let one = match s.below(4) {
            0 => sheet(s, 0.5),
            1 => {
                let half = halves(s, 0.6);
                open_box(s, half)
            }
            _ => carton(s, 0.7),
        };
        mesh.add(&one, &thrown(s, at, 0.6));
    }
    stood(mesh)
}

/// Boxes that stand open, side by side.
fn gaping(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let mut x = 0.0;
    for _ in 0..=s.below(4) {
        let half = halves(s, 0.85);
        let one = open_box(s, half);
        mesh.add(
            &one,
            &Pose::new(v(x + half.x, s.range(-0.15, 0.15), 0.0), s.range(-0.4, 0.4)),
        );
        x += half.x * 2.0 + s.range(0.02, 0.2);
    }
    stood(mesh)
}

/// Folded boxes in layers, tied up for the collector: lying, or on edge.
fn bundle(s: &mut Stream) -> Mesh {
    let mut flat = Mesh::default();
    let (a, b) = (s.range(0.35, 0.65), s.range(0.25, 0.45));
    let string = plastic(&mut flat, s);
    let (layers, thick) = (8 + s.below(22), s.range(0.012, 0.022));
    for k in 0..layers {
        let skin = card(&mut flat, s);
        let half = v(a * s.range(0.75, 1.05), b * s.range(0.75, 1.05), thick * 0.42);
        let at = v(
            s.range(-0.04, 0.04),
            s.range(-0.04, 0.04),
            thick * (k as f32 + 0.5),
        );
        flat.part(&Pose::new(at, s.range(-0.05, 0.05)), |m| {
            m.block(Vec3::ZERO, half, skin);
        });
    }
    let high = thick * layers as f32;
    for (x, y) in [(0.012, b * 1.07), (a * 1.07, 0.012)] {
        flat.block(v(0.0, 0.0, high * 0.5), v(x, y, high * 0.5 + 0.006), string);
    }
    let mut mesh = Mesh::default();
    let lean = if s.chance(0.5) { s.range(1.25, 1.6) } else { 0.0 };
    mesh.add(&flat, &Pose::tilted(Vec3::ZERO, lean, 0.0, s.range(-0.3, 0.3)));
    if s.chance(0.4) {
        mesh.add(&flat, &Pose::new(v(a * 2.4, 0.0, 0.0), s.range(-0.3, 0.3)));
    }
    stood(mesh)
}

/// Large unfolded boxes leaning against a full one.
fn leaning(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = v(s.range(0.35, 0.6), s.range(0.2, 0.35), s.range(0.3, 0.5));
    let one = shut(s, half);
    mesh.add(&one, &Pose::at(v(0.0, 0.0, half.z)));
    for k in 0..2 + s.below(5) {
        let skin = card(&mut mesh, s);
        let (wide, tall) = (s.range(0.25, 0.5), s.range(0.38, 0.7));
        let at = v(s.range(-0.4, 0.4), half.y + 0.30 + 0.03 * k as f32, 0.0);
        let pose = Pose::tilted(at, s.range(0.22, 0.34), 0.0, s.range(-0.08, 0.08));
        mesh.part(&pose, |m| {
            m.block(v(0.0, 0.0, tall), v(wide, 0.006, tall), skin);
            let line = m.matt(v(0.16, 0.10, 0.06));
            m.block(v(0.0, 0.0, tall * 1.2), v(wide * 0.99, 0.008, 0.006), line);
        });
    }
    stood(mesh)
}

/// The tall box of a refrigerator or a screen, with smaller ones about it.
fn appliance(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = if s.chance(0.5) {
        v(s.range(0.28, 0.4), s.range(0.28, 0.38), s.range(0.5, 0.85))
    } else {
        v(s.range(0.5, 0.8), s.range(0.08, 0.14), s.range(0.3, 0.5))
    };
    let one = shut(s, half);
    let pose = if s.chance(0.25) {
        Pose::tilted(v(0.0, 0.0, 0.3), TURN / 4.0, 0.0, 0.2)
    } else {
        Pose::at(v(0.0, 0.0, half.z))
    };
    mesh.add(&one, &pose);
    let white = mesh.matt(Vec3::splat(0.7));
    for k in 0..s.below(4) {
        let small = halves(s, 0.5);
        let turn = 0.5 + k as f32 * 1.9;
        let at = v(cos(turn) * (half.x + 0.35), sin(turn) * (half.y + 0.3), small.z);
        let one = shut(s, small);
        mesh.add(&one, &Pose::new(at, s.range(0.0, TURN)));
        mesh.part(&thrown(s, at.with(2, 0.06), 0.3), |m| {
            m.block(v(0.2, 0.0, 0.0), v(0.14, 0.1, 0.03), white);
        });
    }
    stood(mesh)
}

/// Printed fruit boxes with grip holes, some with their lids off.
fn fruit(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = v(s.range(0.2, 0.3), s.range(0.15, 0.2), s.range(0.08, 0.15));
    let paint = any_colour(s);
    let (skin, paint) = (card(&mut mesh, s), mesh.matt(paint));
    let hole = mesh.matt(Vec3::splat(0.015));
    let fruits = s.pick(&[v(0.50, 0.24, 0.02), v(0.45, 0.05, 0.03), v(0.24, 0.36, 0.06)]);
    let fruits = mesh.gloss(fruits);
    for column in 0..=s.below(4) {
        let high = 1 + s.below(6);
        for k in 0..high {
            let at = v(
                column as f32 * half.x * 2.1,
                s.range(-0.03, 0.03),
                half.z * 2.02 * k as f32,
            );
            let bare = k + 1 == high && s.chance(0.5);
            mesh.part(&Pose::new(at, s.range(-0.06, 0.06)), |m| {
                if bare {
                    tray(m, half, 0.006, skin);
                    for _ in 0..12 {
                        let at = v(
                            s.range(-0.8, 0.8) * half.x,
                            s.range(-0.75, 0.75) * half.y,
                            half.z * 1.5,
                        );
                        m.ball(at, Vec3::splat(0.045), fruits);
                    }
                } else {
                    m.block(v(0.0, 0.0, half.z), half, skin);
                }
                m.block(
                    v(0.0, 0.0, half.z * 0.9),
                    v(half.x * 1.02, half.y * 1.02, half.z * 0.35),
                    paint,
                );
                for sign in [-1.0, 1.0] {
                    m.block(v(sign * half.x, 0.0, half.z * 1.45), v(0.01, 0.05, 0.018), hole);
                }
            });
        }
    }
    stood(mesh)
}

/// Foam fish boxes among cardboard.
fn foam_boxes(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = v(s.range(0.22, 0.34), s.range(0.15, 0.22), s.range(0.10, 0.17));
    let foam = mesh.matt(Vec3::splat(s.range(0.6, 0.8)));
    let tape = plastic(&mut mesh, s);
    for column in 0..=s.below(3) {
        for k in 0..=s.below(5) {
            let at = v(
                column as f32 * half.x * 2.15,
                s.range(-0.05, 0.05),
                half.z * (2.03 * k as f32 + 1.0),
            );
            let lidded = s.chance(0.7);
            mesh.part(&Pose::new(at, s.range(-0.12, 0.12)), |m| {
                m.block(v(0.0, 0.0, -0.02), half - v(0.012, 0.012, 0.02), foam);
                m.block(v(0.0, 0.0, half.z * 0.78), v(half.x, half.y, half.z * 0.2), foam);
                if lidded {
                    m.block(Vec3::ZERO, v(0.03, half.y * 1.01, half.z * 1.01), tape);
                }
            });
        }
    }
    for k in 0..s.below(4) {
        let one = carton(s, 0.5);
        mesh.add(
            &one,
            &Pose::new(v(k as f32 * 0.5, half.y + 0.35, 0.18), s.range(0.0, TURN)),
        );
    }
    stood(mesh)
}

/// Long narrow boxes (lamps, blinds, umbrellas), lying across each other or upright in a bunch.
fn long(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let upright = s.chance(0.35);
    for k in 0..4 + s.below(6) {
        let half = v(s.range(0.05, 0.11), s.range(0.5, 0.95), s.range(0.05, 0.10));
        let one = shut(s, half);
        let row = v(
            (k % 4) as f32 * 0.2,
            s.range(-0.15, 0.15),
            0.1 + (k / 4) as f32 * 0.19,
        );
        let pose = if upright {
            Pose::tilted(
                row.with(2, half.y),
                TURN / 4.0 + s.range(-0.08, 0.08),
                0.0,
                s.range(-0.2, 0.2),
            )
        } else {
            Pose::new(row, s.range(-0.2, 0.2))
        };
        mesh.add(&one, &pose);
    }
    stood(mesh)
}

/// Boxes on a hand trolley or wrapped in film, waiting to be taken away.
fn trolley_load(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let steel = mesh.metal(s.range(0.15, 0.5));
    let tyre = mesh.matt(Vec3::splat(0.02));
    let lean = s.range(0.0, 0.15);
    let pose = Pose::tilted(v(0.0, 0.0, 0.05), -lean, 0.0, 0.0);
    mesh.part(&pose, |m| {
        for sign in [-1.0, 1.0] {
            bar(
                m,
                (v(sign * 0.2, -0.22, 0.02), v(sign * 0.2, -0.22, 1.15)),
                (0.015, 0.015),
                steel,
            );
            m.rod(
                v(sign * 0.2, -0.28, 0.1),
                v(sign * 0.27, -0.28, 0.1),
                (0.11, 0.11),
                12,
                tyre,
            );
        }
        bar(
            m,
            (v(-0.2, -0.22, 1.15), v(0.2, -0.22, 1.15)),
            (0.015, 0.015),
            steel,
        );
        m.block(v(0.0, 0.0, 0.01), v(0.24, 0.22, 0.01), steel);
        let mut z = 0.02;
        for _ in 0..2 + s.below(4) {
            let half = v(s.range(0.17, 0.28), s.range(0.14, 0.22), s.range(0.08, 0.18));
            let one = shut(s, half);
            m.add(&one, &Pose::new(v(0.0, 0.0, z + half.z), s.range(-0.1, 0.1)));
            z += half.z * 2.0;
        }
    });
    stood(mesh)
}

//! Bins that stay where they are: on posts, slatted, in rows under a roof, in cabinets, skips, concrete, brick pens.

use super::any_colour;
use super::matter::{bar, hull, section, timber};
use super::vessels::{Vessel, label, livery, wheel};
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Glow, Look, Mesh, Pattern, Skin};

/// One to three litter bins between posts, with a roof or without.
pub(super) fn posted(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let frame_paint = any_colour(s);
    let frame = if s.chance(0.5) {
        mesh.metal(s.range(0.2, 0.6))
    } else {
        mesh.gloss(frame_paint)
    };
    let dark = mesh.matt(Vec3::splat(0.012));
    let count = 1 + s.below(3);
    let (w, d, h) = (s.range(0.16, 0.26), s.range(0.14, 0.24), s.range(0.5, 0.8));
    let lift = s.range(0.0, 0.25);
    let round = if s.chance(0.4) { d } else { 0.02 };
    let (step, top) = (w * 2.0 + s.range(0.03, 0.12), lift + h);
    let reach = step * count as f32 * 0.5;
    for k in 0..count {
        let x = (k as f32 - (count as f32 - 1.0) * 0.5) * step;
        let paint = livery(s);
        let wood = s.chance(0.2);
        let shell = if wood {
            timber(&mut mesh, s)
        } else {
            mesh.gloss(paint)
        };
        mesh.part(&Pose::at(v(x, 0.0, 0.0)), |m| {
            hull(m, &[(lift, w, d), (top, w, d)], round, true, shell);
            if !full {
                // A slot in the front under the hood.
                m.block(
                    v(0.0, d * 0.93, top - 0.10),
                    v(w * 0.7, 0.04, s.range(0.04, 0.08)),
                    dark,
                );
            }
            label(m, s, v(0.0, d, lift + h * 0.45), w * 0.5);
        });
    }
    for sign in [-1.0, 1.0] {
        let x = sign * (reach + 0.03);
        bar(
            &mut mesh,
            (v(x, 0.0, 0.0), v(x, 0.0, top + 0.12)),
            (0.025, 0.04),
            frame,
        );
        mesh.block(v(x, 0.0, 0.015), v(0.05, d * 0.8, 0.015), frame);
    }
    bar(
        &mut mesh,
        (v(-reach, 0.0, lift), v(reach, 0.0, lift)),
        (0.03, 0.02),
        frame,
    );
    if s.chance(0.7) {
        let slope = s.range(0.0, 0.12);
        let z = top + 0.14;
        let (rw, rd) = (reach + 0.08, d * s.range(1.0, 1.5));
        mesh.quad(
            [
                v(-rw, -rd, z),
                v(rw, -rd, z),
                v(rw, 0.0, z + slope),
                v(-rw, 0.0, z + slope),
            ],
            frame,
        );
        mesh.quad(
            [
                v(-rw, rd, z),
                v(rw, rd, z),
                v(rw, 0.0, z + slope),
                v(-rw, 0.0, z + slope),
            ],
            frame,
        );
        mesh.block(v(0.0, 0.0, z), v(rw, rd, 0.012), frame);
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, top),
        half: (reach * 0.9, d),
    }
}

/// A round or square bin of slats or sheet around a liner, as parks have them, some with a roof on rods.
pub(super) fn slatted(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let (r, h) = (s.range(0.18, 0.34), s.range(0.55, 0.95));
    let square = s.chance(0.35);
    let steel = mesh.metal(s.range(0.15, 0.6));
    let dark = mesh.matt(Vec3::splat(0.015));
    let paint = any_colour(s);
    let slat = if s.chance(0.6) {
        timber(&mut mesh, s)
    } else {
        mesh.gloss(paint)
    };
    let round = if square { 0.01 } else { r };
    hull(
        &mut mesh,
        &[(0.05, r * 0.9, r * 0.9), (h - 0.02, r * 0.9, r * 0.9)],
        round * 0.9,
        true,
        dark,
    );
    let staves = if square { 20 } else { 14 + s.below(10) };
    for k in 0..staves {
        let a = k as f32 / staves as f32 * TURN;
        let (x, y) = if square {
            let (side, along) = (k / 5, (k % 5) as f32 / 2.5 - 0.8);
            let turned = Pose::new(Vec3::ZERO, side as f32 * TURN / 4.0).point(v(1.0, along, 0.0));
            (turned.x, turned.y)
        } else {
            (cos(a), sin(a))
        };
        let yaw = if square { (k / 5) as f32 * TURN / 4.0 } else { a };
        mesh.part(&Pose::new(v(x * r, y * r, h * 0.5), yaw), |m| {
            m.block(Vec3::ZERO, v(0.012, r * 0.135, h * 0.5 - 0.03), slat);
        });
    }
    for z in [0.04, h] {
        let rim = [z - 0.02, z + 0.02].map(|z| section((z, r * 1.06, r * 1.06), round));
        mesh.loft(&rim, true, 35.0, &|_, _| steel);
    }
    if s.chance(0.5) && !full {
        for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
            let at = v(sx * r * 0.6, sy * r * 0.6, h);
            mesh.rod(at, at + v(0.0, 0.0, 0.22), (0.012, 0.012), 5, steel);
        }
        let levels = [
            (h + 0.2, r * 1.15, r * 1.15),
            (h + 0.22, r * 1.15, r * 1.15),
            (h + s.range(0.24, 0.42), 0.05, 0.05),
        ];
        hull(&mut mesh, &levels, round, true, steel);
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (r * 0.85, r * 0.85),
    }
}

/// The sorting point of a compound: two to four bins under a roof before a board that says what goes where.
pub(super) fn shelter(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let frame_paint = any_colour(s);
    let frame = if s.chance(0.5) {
        mesh.metal(s.range(0.3, 0.6))
    } else {
        mesh.gloss(frame_paint)
    };
    let board_paint = any_colour(s);
    let board = mesh.gloss(board_paint);
    let rubber = mesh.matt(Vec3::splat(0.02));
    let count = 2 + s.below(3);
    let (w, d, h) = (s.range(0.24, 0.32), s.range(0.28, 0.38), s.range(0.8, 1.05));
    let (step, round) = (w * 2.2 + s.range(0.02, 0.15), s.range(0.02, 0.08));
    let reach = step * count as f32 * 0.5;
    let sorts = [
        v(0.03, 0.12, 0.42),
        v(0.05, 0.30, 0.09),
        v(0.12, 0.12, 0.13),
        v(0.52, 0.04, 0.04),
    ];
    let (first, same) = (s.below(4), s.chance(0.2));
    let roofed = s.chance(0.7);
    let tall = s.range(1.75, 2.3);
    for k in 0..count {
        let x = (k as f32 - (count as f32 - 1.0) * 0.5) * step;
        let colour = sorts[(first + if same { 0 } else { k }) % 4];
        let shell = mesh.gloss(s.near(colour, 0.2));
        let open = full && s.chance(0.6);
        mesh.part(
            &Pose::new(v(x, s.range(-0.05, 0.05), 0.0), s.range(-0.06, 0.06)),
            |m| {
                let levels = [
                    (0.05, w * 0.78, d * 0.78),
                    (h * 0.92, w, d),
                    (h * 0.92, w * 1.05, d * 1.05),
                    (h, w * 1.05, d * 1.05),
                ];
                hull(m, &levels, round, true, shell);
                for sign in [-1.0, 1.0] {
                    wheel(m, v(sign * w * 0.75, -d * 0.75, 0.09), 0.09, rubber);
                }
                label(m, s, v(0.0, d * 0.93, h * 0.6), w * 0.6);
                let pose = Pose::tilted(v(0.0, -d, h), if open { 1.45 } else { 0.0 }, 0.0, 0.0);
                m.part(&pose, |m| {
                    m.rounded(v(0.0, d, 0.035), v(w * 1.06, d * 1.08, 0.035), 0.03, shell);
                });
            },
        );
        if roofed {
            let sign = mesh.gloss(s.near(colour, 0.2));
            mesh.block(v(x, -d - 0.13, tall * 0.75), v(w * 0.85, 0.02, tall * 0.10), sign);
        }
    }
    let back = -d - 0.16;
    for sign in [-1.0, 1.0] {
        let x = sign * (reach + 0.06);
        bar(
            &mut mesh,
            (v(x, back, 0.0), v(x, back, if roofed { tall } else { 1.3 })),
            (0.03, 0.03),
            frame,
        );
        if roofed {
            bar(
                &mut mesh,
                (v(x, d + 0.1, 0.0), v(x, d + 0.1, tall - 0.1)),
                (0.025, 0.025),
                frame,
            );
        }
    }
    mesh.block(
        v(0.0, back, if roofed { tall * 0.55 } else { 1.0 }),
        v(reach + 0.04, 0.012, if roofed { tall * 0.4 } else { 0.3 }),
        board,
    );
    if roofed {
        let slope = s.range(-0.16, 0.16);
        mesh.part(&Pose::tilted(v(0.0, 0.0, tall), slope, 0.0, 0.0), |m| {
            m.block(Vec3::ZERO, v(reach + 0.2, d + 0.35, 0.025), board);
        });
    }
    if s.chance(0.4) {
        let floor = mesh.patterned(v(0.3, 0.3, 0.3), Look::Matt, Pattern::Concrete);
        mesh.block(v(0.0, 0.0, 0.02), v(reach + 0.15, d + 0.25, 0.02), floor);
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (reach * 0.9, d),
    }
}

/// A closed cabinet with chutes for each sort, perhaps a screen.
pub(super) fn cabinet(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let paint = any_colour(s);
    let body = mesh.gloss(paint);
    let dark = mesh.matt(Vec3::splat(0.015));
    let steel = mesh.metal(0.5);
    let count = 2 + s.below(3);
    let (w, d, h) = (s.range(0.26, 0.40), s.range(0.28, 0.45), s.range(0.95, 1.55));
    let reach = w * count as f32;
    mesh.block(v(0.0, 0.0, h * 0.5 + 0.04), v(reach, d, h * 0.5 - 0.04), body);
    mesh.block(v(0.0, 0.0, 0.04), v(reach * 0.96, d * 0.9, 0.04), dark);
    let (style, z) = (s.below(3), h * s.range(0.68, 0.8));
    for k in 0..count {
        let x = (k as f32 - (count as f32 - 1.0) * 0.5) * w * 2.0;
        let colour = livery(s);
        let door = mesh.gloss(colour);
        mesh.block(v(x, d, h * 0.36), v(w * 0.9, 0.015, h * 0.28), door);
        mesh.block(v(x + w * 0.7, d + 0.02, h * 0.4), v(0.012, 0.02, 0.06), steel);
        match style {
            0 => mesh.rod(v(x, d - 0.01, z), v(x, d + 0.03, z), (w * 0.5, w * 0.5), 16, dark),
            1 => mesh.block(v(x, d, z), v(w * 0.6, 0.02, 0.10), dark),
            _ => {
                mesh.block(v(x, d, z), v(w * 0.65, 0.012, 0.13), dark);
                mesh.part(&Pose::tilted(v(x, d, z - 0.12), -0.5, 0.0, 0.0), |m| {
                    m.block(v(0.0, 0.01, 0.13), v(w * 0.62, 0.012, 0.13), steel);
                });
            }
        }
        label(&mut mesh, s, v(x, d + 0.012, h * 0.36), w * 0.4);
    }
    if s.chance(0.6) && !full {
        let eave = s.range(0.08, 0.35);
        mesh.part(
            &Pose::tilted(v(0.0, eave * 0.4, h + 0.05), s.range(-0.1, 0.1), 0.0, 0.0),
            |m| {
                m.block(Vec3::ZERO, v(reach + 0.06, d + eave, 0.03), steel);
            },
        );
    }
    if s.chance(0.3) {
        let lit = mesh.glowing(v(0.2, 0.4, 0.6), Glow::Always(0.5));
        mesh.block(v(reach * 0.8, d + 0.01, h * 0.9), v(0.12, 0.01, 0.07), lit);
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (reach * 0.9, d * 0.9),
    }
}

/// A skip or a small steel container with sloping ends, for a lorry to lift.
pub(super) fn skip(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let paint = livery(s);
    let shell = mesh.patterned(paint, Look::Gloss, Pattern::WornPaint);
    let dark = mesh.matt(Vec3::splat(0.03));
    let (w, d, h) = (s.range(0.7, 1.5), s.range(0.5, 0.85), s.range(0.7, 1.25));
    let slope = s.range(0.55, 0.95);
    let level = |z: f32, x: f32| vec![v(-x, -d, z), v(x, -d, z), v(x, d, z), v(-x, d, z)];
    let rings = [level(0.08, w * slope), level(h * 0.6, w), level(h, w)];
    mesh.loft(&rings, true, 20.0, &|_, _| shell);
    mesh.floor((-w * slope, -d), (w * slope, d), 0.08, shell);
    mesh.block(v(0.0, 0.0, h * 0.7), v(w * 0.98, d * 0.98, 0.01), dark);
    for sign in [-1.0, 1.0] {
        mesh.block(v(0.0, sign * d, h), v(w + 0.03, 0.04, 0.04), shell);
        mesh.block(v(sign * w, 0.0, h), v(0.04, d, 0.04), shell);
        mesh.block(v(0.0, sign * d * 0.7, 0.04), v(w * slope, 0.05, 0.04), shell);
        let ribs = 3 + s.below(3);
        for k in 0..ribs {
            let x = (k as f32 / (ribs as f32 - 1.0) - 0.5) * w * slope * 1.9;
            bar(
                &mut mesh,
                (v(x, sign * (d + 0.02), 0.1), v(x, sign * (d + 0.02), h)),
                (0.03, 0.03),
                shell,
            );
        }
        for end in [-1.0, 1.0] {
            mesh.rod(
                v(end * w * 0.7, sign * d, h * 0.75),
                v(end * w * 0.7, sign * (d + 0.12), h * 0.75),
                (0.045, 0.045),
                9,
                dark,
            );
        }
    }
    label(&mut mesh, s, v(0.0, d + 0.03, h * 0.55), 0.22);
    if !full && s.chance(0.4) {
        let lid_paint = any_colour(s);
        let lid = mesh.gloss(lid_paint);
        for sign in [-1.0, 1.0] {
            mesh.part(&Pose::tilted(v(0.0, 0.0, h + 0.22), sign * 0.25, 0.0, 0.0), |m| {
                m.block(v(0.0, -sign * d * 0.5, 0.0), v(w, d * 0.52, 0.02), lid);
            });
        }
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h * 0.95),
        half: (w * 0.95, d * 0.95),
    }
}

/// Cast or tiled: square, round or six-sided, with a hole on top or a hat over it.
pub(super) fn concrete(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let colour = s.near(v(0.38, 0.37, 0.35), 0.4);
    let pattern = s.pick(&[
        Pattern::Concrete,
        Pattern::Sand,
        Pattern::WallTiles,
        Pattern::Plaster,
    ]);
    let stone = mesh.patterned(colour, Look::Matt, pattern);
    let dark = mesh.matt(Vec3::splat(0.012));
    let (r, h) = (s.range(0.22, 0.38), s.range(0.6, 0.95));
    let sides = s.pick(&[4_usize, 6, 8, 20]);
    let ring = |z: f32, r: f32| -> Vec<Vec3> {
        let at = |i: usize| (i as f32 + 0.5) / sides as f32 * TURN;
        let r = if sides == 4 { r * 1.3 } else { r };
        (0..sides).map(|i| v(cos(at(i)) * r, sin(at(i)) * r, z)).collect()
    };
    let waist = s.range(0.8, 1.1);
    let rings = [
        ring(0.0, r),
        ring(0.06, r),
        ring(h * 0.5, r * waist),
        ring(h, r),
        ring(h, r * 0.72),
        ring(h - 0.12, r * 0.7),
    ];
    mesh.loft(&rings, true, if sides == 20 { 50.0 } else { 20.0 }, &|_, _| stone);
    mesh.loft(
        &[ring(h - 0.1, r * 0.72), ring(h - 0.1, 0.0)],
        true,
        20.0,
        &|_, _| dark,
    );
    if s.chance(0.5) {
        let paint = livery(s);
        let band = mesh.gloss(paint);
        let reach = r * (0.5 + waist * 0.5) * 1.02;
        mesh.loft(
            &[ring(h * 0.66, reach), ring(h * 0.80, reach)],
            true,
            20.0,
            &|_, _| band,
        );
    }
    if s.chance(0.5) && !full {
        for k in 0..4 {
            let a = (k as f32 + 0.5) * TURN / 4.0;
            let at = v(cos(a) * r * 0.8, sin(a) * r * 0.8, h);
            mesh.block(at + v(0.0, 0.0, 0.08), v(0.03, 0.03, 0.08), stone);
        }
        let peak = s.range(0.2, 0.4);
        mesh.loft(
            &[
                ring(h + 0.16, 0.0),
                ring(h + 0.16, r * 1.08),
                ring(h + 0.2, r * 1.08),
                ring(h + peak, 0.0),
            ],
            true,
            30.0,
            &|_, _| stone,
        );
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h - 0.02),
        half: (r * 0.72, r * 0.72),
    }
}

/// A pen of low walls, open in front or with a hatch, where a lane brings its rubbish.
pub(super) fn enclosure(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let colours = [v(0.36, 0.13, 0.08), v(0.45, 0.44, 0.41), v(0.55, 0.56, 0.56)];
    let colour = s.pick(&colours);
    let pattern = s.pick(&[
        Pattern::Brick,
        Pattern::Brick,
        Pattern::WallTiles,
        Pattern::Plaster,
    ]);
    let wall = mesh.patterned(s.near(colour, 0.25), Look::Matt, pattern);
    let cap = mesh.patterned(v(0.36, 0.36, 0.35), Look::Matt, Pattern::Concrete);
    let (w, d, h) = (s.range(0.6, 1.1), s.range(0.45, 0.75), s.range(0.6, 1.1));
    let thick = 0.07;
    let mut run = |centre: Vec3, half: Vec3, skins: (Skin, Skin)| {
        mesh.block(centre, half, skins.0);
        mesh.block(
            centre + v(0.0, 0.0, half.z),
            v(half.x + 0.02, half.y + 0.02, 0.025),
            skins.1,
        );
    };
    run(v(0.0, -d, h * 0.5), v(w, thick, h * 0.5), (wall, cap));
    for sign in [-1.0, 1.0] {
        run(v(sign * w, 0.0, h * 0.5), v(thick, d, h * 0.5), (wall, cap));
    }
    let low = h * s.range(0.25, 0.5);
    run(v(0.0, d, low * 0.5), v(w, thick, low * 0.5), (wall, cap));
    let dirt = mesh.patterned(v(0.10, 0.09, 0.07), Look::Matt, Pattern::Crinkled);
    mesh.block(v(0.0, 0.0, low * 0.25), v(w, d, low * 0.25), dirt);
    let paint = any_colour(s);
    let text = mesh.matt(paint);
    mesh.block(v(0.0, d + thick, low * 0.55), v(w * 0.6, 0.004, low * 0.25), text);
    if !full {
        let count = 4 + s.below(10);
        for _ in 0..count {
            let at = v(s.range(-0.8, 0.8) * w, s.range(-0.7, 0.7) * d, low * 0.5);
            super::litter::litter(&mut mesh, s, at);
        }
        let (one, at) = (super::bags::bag(s), v(s.range(-0.5, 0.5) * w, 0.0, low * 0.5));
        mesh.add(&one, &Pose::at(at));
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, low * 0.9),
        half: (w * 0.9, d * 0.9),
    }
}

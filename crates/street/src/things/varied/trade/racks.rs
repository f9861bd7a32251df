//! Racks: rails of clothes of several builds, mesh frames, shelves, turning racks, hat trees, ladders, steps of
//! magazines.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Mesh, Skin};

use super::prints::Face;
use super::wares::{Ware, lay, motley};
use super::{Make, bar, castor, cloth, corners, grid, hoop, paint, sheet, timber, tube};

/// Every design.
pub(super) const MAKES: [Make; 9] = [
    double_rail,
    round_rail,
    facing_rail,
    mesh_frame,
    shelf_unit,
    turning,
    hat_tree,
    ladder,
    magazines,
];

/// A rack of one of these designs.
pub(crate) fn rack(s: &mut Stream) -> Mesh {
    s.pick(&MAKES)(s)
}

/// How a garment is cut: half widths of shoulder, waist and hem, its length, whether it has sleeves.
#[derive(Debug, Clone, Copy)]
struct Cut {
    widths: [f32; 3],
    long: f32,
    sleeves: f32,
}

impl Cut {
    fn any(s: &mut Stream) -> Self {
        let shoulder = s.range(0.17, 0.24);
        match s.below(5) {
            0 => Self {
                widths: [shoulder * 0.8, shoulder * 0.65, shoulder * s.range(1.1, 1.7)],
                long: s.range(0.75, 1.1),
                sleeves: 0.0,
            },
            1 => Self {
                widths: [shoulder * 0.75, shoulder * 0.72, shoulder * 0.8],
                long: s.range(0.7, 0.95),
                sleeves: 0.0,
            },
            2 => Self {
                widths: [shoulder, shoulder * 0.95, shoulder * 1.05],
                long: s.range(0.75, 1.0),
                sleeves: s.range(0.45, 0.6),
            },
            _ => Self {
                widths: [shoulder, shoulder * 0.9, shoulder * 0.95],
                long: s.range(0.45, 0.7),
                sleeves: s.range(0.12, 0.55),
            },
        }
    }
}

/// A garment that hangs from the origin and faces +y.
fn garment(mesh: &mut Mesh, s: &mut Stream, cut: Cut, wire: Skin) {
    let skin = cloth(mesh, s);
    let deep = s.range(0.03, 0.06);
    mesh.rod(Vec3::ZERO, v(0.0, 0.0, -0.09), (0.005, 0.005), 4, wire);
    let section = |wide: f32, z: f32| -> Vec<Vec3> {
        (0..8)
            .map(|k| {
                let turn = k as f32 / 8.0 * TURN;
                v(cos(turn) * wide, sin(turn) * deep, z)
            })
            .collect()
    };
    let [shoulder, waist, hem] = cut.widths;
    let sections = [
        section(0.05, -0.07),
        section(shoulder, -0.12),
        section(waist, -0.12 - cut.long * 0.4),
        section(hem, -0.12 - cut.long),
    ];
    mesh.loft(&sections, true, 60.0, &|_, _| skin);
    if cut.sleeves > 0.0 {
        for side in [-1.0, 1.0] {
            let top = v(side * shoulder * 0.9, 0.0, -0.15);
            let end = top + v(side * 0.25, 0.0, -1.0) * cut.sleeves;
            mesh.rod(top, end, (0.055, 0.05), 6, skin);
        }
    }
}

/// Hangs garments from a bar, edge on to the customer as on a rail.
fn hang(mesh: &mut Mesh, s: &mut Stream, (a, b): (Vec3, Vec3), low: f32, wire: Skin) {
    let along = b - a;
    let count = ((along.length() / s.range(0.08, 0.14)) as usize).clamp(2, 18);
    let common = Cut::any(s);
    let yaw = libm::atan2f(along.y, along.x) + TURN / 4.0;
    for k in 0..count {
        if s.chance(0.08) {
            continue;
        }
        let mut cut = if s.chance(0.7) { common } else { Cut::any(s) };
        let at = a + along * ((k as f32 + 0.5) / count as f32);
        let room = (at.z - low - 0.15).max(0.2);
        cut.long = cut.long.min(room);
        cut.sleeves = cut.sleeves.min(room);
        let turned = Pose::new(at, yaw + s.range(-0.2, 0.2));
        mesh.part(&turned, |m| garment(m, s, cut, wire));
    }
}

/// Two rails, one above or beside the other, on wheels.
fn double_rail(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, steel) = (s.range(0.5, 0.95), tube(&mut mesh, s));
    let rubber = mesh.matt(Vec3::splat(0.03));
    let above = s.chance(0.5);
    let high = if above {
        s.range(1.75, 2.0)
    } else {
        s.range(1.3, 1.7)
    };
    let hy = if above { 0.25 } else { s.range(0.28, 0.4) };
    for (x, y) in corners((hx, hy)) {
        castor(&mut mesh, (x, y), 0.14, rubber);
    }
    hoop(&mut mesh, v(0.0, 0.0, 0.14), (hx, hy), 0.016, steel);
    let rails = if above {
        [(0.0, high), (0.0, high * 0.52)]
    } else {
        [(-hy, high), (hy, high - s.range(0.0, 0.25))]
    };
    for x in [-hx, hx] {
        for (y, z) in rails {
            bar(&mut mesh, v(x, y, 0.14), v(x, y, z), 0.016, steel);
        }
    }
    for (y, z) in rails {
        bar(&mut mesh, v(-hx, y, z), v(hx, y, z), 0.016, steel);
        let low = if above && z > 1.2 { high * 0.54 } else { 0.18 };
        hang(
            &mut mesh,
            s,
            (v(-hx * 0.95, y, z), v(hx * 0.95, y, z)),
            low,
            steel,
        );
    }
    mesh
}

/// A round rail on a central foot.
fn round_rail(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high, steel) = (s.range(0.28, 0.46), s.range(1.1, 1.5), tube(&mut mesh, s));
    mesh.ring(v(0.0, 0.0, high), Vec3::Z, radius, 0.014, (24, 5), steel);
    let arms = 3 + s.below(3);
    for k in 0..arms {
        let turn = k as f32 / arms as f32 * TURN;
        let out = v(cos(turn), sin(turn), 0.0) * radius;
        bar(&mut mesh, v(0.0, 0.0, high), out + Vec3::Z * high, 0.01, steel);
        bar(
            &mut mesh,
            v(0.0, 0.0, 0.1),
            out * 0.9 + Vec3::Z * 0.015,
            0.015,
            steel,
        );
    }
    bar(
        &mut mesh,
        Vec3::ZERO,
        v(0.0, 0.0, high + s.range(0.0, 0.2)),
        0.02,
        steel,
    );
    let (common, count) = (Cut::any(s), 14 + s.below(10));
    for k in 0..count {
        let turn = k as f32 / count as f32 * TURN;
        let at = v(cos(turn) * radius, sin(turn) * radius, high);
        let mut cut = if s.chance(0.7) { common } else { Cut::any(s) };
        cut.long = cut.long.min(high - 0.35);
        cut.widths = cut.widths.map(|w| w * 0.85);
        mesh.part(&Pose::new(at, turn + s.range(-0.1, 0.1)), |m| {
            garment(m, s, cut, steel);
        });
    }
    mesh
}

/// Garments that face the street, on one or two levels of a frame.
fn facing_rail(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, high, steel) = (s.range(0.5, 1.0), s.range(1.6, 2.0), tube(&mut mesh, s));
    let lean = s.range(0.0, 0.35);
    for x in [-hx, hx] {
        bar(&mut mesh, v(x, lean, 0.0), v(x, 0.0, high), 0.018, steel);
        bar(&mut mesh, v(x, -0.35, 0.0), v(x, 0.0, high), 0.018, steel);
    }
    for z in [high, high * 0.12] {
        bar(&mut mesh, v(-hx, 0.0, z), v(hx, 0.0, z), 0.015, steel);
    }
    let levels = 1 + s.below(2);
    for level in 0..levels {
        let z = high - (high * 0.48) * level as f32;
        let y = lean * (1.0 - z / high) + 0.05;
        bar(&mut mesh, v(-hx, y, z), v(hx, y, z), 0.012, steel);
        for (x, _) in grid((hx, 0.1), (s.range(0.34, 0.5), 1.0), 6) {
            let mut cut = Cut::any(s);
            cut.long = cut.long.min(high / levels as f32 - 0.25);
            cut.sleeves = cut.sleeves.min(cut.long);
            mesh.part(&Pose::at(v(x, y + 0.03, z)), |m| garment(m, s, cut, steel));
        }
    }
    mesh
}

/// Frames of wire mesh, one flat or two like a tent, with hooks full of small things.
fn mesh_frame(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, high, steel) = (s.range(0.4, 0.85), s.range(1.2, 1.9), tube(&mut mesh, s));
    let lean = s.range(0.1, 0.3);
    let skins = motley(&mut mesh, s);
    let size = (s.range(0.04, 0.1), s.range(0.05, 0.14));
    for side in [1.0, -1.0] {
        let turned = if side > 0.0 { 0.0 } else { TURN / 2.0 };
        let stand = Pose::new(Vec3::ZERO, turned);
        let tip = Pose::tilted(v(0.0, high * sin(lean), 0.0), lean, 0.0, 0.0);
        let frame = |m: &mut Mesh, s: &mut Stream| {
            for x in [-hx, hx] {
                bar(m, v(x, 0.0, 0.0), v(x, 0.0, high), 0.013, steel);
            }
            for (x, _) in grid((hx, 0.1), (0.16, 1.0), 8) {
                m.rod(v(x, 0.0, 0.1), v(x, 0.0, high), (0.004, 0.004), 4, steel);
            }
            for (_, z) in grid((0.1, high / 2.0 - 0.05), (1.0, 0.16), 10) {
                let z = z + high / 2.0 + 0.03;
                m.rod(v(-hx, 0.0, z), v(hx, 0.0, z), (0.004, 0.004), 4, steel);
            }
            for (x, z) in grid((hx * 0.95, high * 0.4), (size.0 * 2.4, size.1 * 2.5), 48) {
                if s.chance(0.8) {
                    let at = v(x, 0.04, z + high * 0.55);
                    let skin = s.pick(&skins);
                    m.rod(at, at - Vec3::Y * 0.04, (0.004, 0.004), 4, steel);
                    m.block(
                        at - Vec3::Z * size.1,
                        v(size.0 * 0.85, s.range(0.01, 0.035), size.1),
                        skin,
                    );
                }
            }
        };
        mesh.part(&stand, |m| m.part(&tip, |m| frame(m, s)));
        if s.chance(0.4) {
            break;
        }
    }
    for x in [-hx * 0.9, hx * 0.9] {
        bar(
            &mut mesh,
            v(x, -high * sin(lean), 0.0),
            v(x, 0.0, high * 0.92),
            0.012,
            steel,
        );
    }
    mesh
}

/// Shelves of board or wire, with or without a back.
fn shelf_unit(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.35, 0.9), s.range(0.16, 0.32), s.range(1.0, 1.9));
    let (post, board) = (
        tube(&mut mesh, s),
        if s.chance(0.5) {
            timber(&mut mesh, s)
        } else {
            sheet(&mut mesh, s)
        },
    );
    for (x, y) in corners((hx, hy)) {
        mesh.block(v(x, y, high / 2.0), v(0.015, 0.015, high / 2.0), post);
    }
    if s.chance(0.4) {
        mesh.block(v(0.0, -hy, high / 2.0), v(hx, 0.006, high * 0.48), board);
    }
    let levels = 3 + s.below(3);
    for k in 0..levels {
        let z = 0.1 + (high - 0.12) * k as f32 / (levels as f32 - 1.0);
        mesh.block(v(0.0, 0.0, z), v(hx, hy, 0.012), board);
        let kind = if s.chance(0.75) {
            Ware::made(s)
        } else {
            Ware::grown(s)
        };
        if k + 1 < levels || s.chance(0.5) {
            lay(
                &mut mesh,
                s,
                v(0.0, 0.0, z + 0.012),
                (hx * 0.94, hy * 0.88),
                kind,
                24,
            );
        }
    }
    if s.chance(0.35) {
        let face = Face {
            at: v(0.0, hy, high + 0.1),
            half: (hx, 0.09),
            front: 1.0,
        };
        mesh.block(v(0.0, hy - 0.012, high + 0.1), v(hx, 0.012, 0.1), post);
        face.print(&mut mesh, s);
    }
    mesh
}

/// A rack that turns on a foot: cards, glasses, key rings, scarves.
fn turning(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (steel, high) = (tube(&mut mesh, s), s.range(1.3, 1.9));
    bar(&mut mesh, Vec3::ZERO, v(0.0, 0.0, high), 0.02, steel);
    let (foot, radius) = (s.range(0.2, 0.32), s.range(0.14, 0.28));
    mesh.rod(Vec3::ZERO, v(0.0, 0.0, 0.03), (foot, foot * 0.9), 14, steel);
    let (sides, levels) = (s.pick(&[3, 4, 6, 8]), 4 + s.below(6));
    let low = s.range(0.35, 0.6);
    let skins = motley(&mut mesh, s);
    let size = v(
        radius * 2.2 / sides as f32,
        0.012,
        (high - low) / levels as f32 * 0.42,
    );
    let hanging = s.chance(0.4);
    for level in 0..levels {
        let z = low + (high - low) * (level as f32 + 0.5) / levels as f32;
        if hanging {
            mesh.ring(v(0.0, 0.0, z + size.z), Vec3::Z, radius, 0.006, (12, 4), steel);
        } else {
            mesh.rod(
                v(0.0, 0.0, z - size.z),
                v(0.0, 0.0, z - size.z + 0.01),
                (radius, radius),
                8,
                steel,
            );
        }
        for side in 0..sides {
            let turn = side as f32 / sides as f32 * TURN;
            let skin = s.pick(&skins);
            let at = v(cos(turn) * radius, sin(turn) * radius, z);
            mesh.part(&Pose::new(at, turn - TURN / 4.0), |m| {
                m.block(Vec3::ZERO, size, skin);
            });
        }
    }
    if s.chance(0.5) {
        let colour = paint(s);
        let board = mesh.gloss(colour);
        mesh.block(v(0.0, 0.0, high + 0.1), v(radius, 0.012, 0.1), board);
    }
    mesh
}

/// Arms in tiers with hats, caps or bags on their ends.
fn hat_tree(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (steel, high) = (tube(&mut mesh, s), s.range(1.4, 2.0));
    bar(&mut mesh, Vec3::ZERO, v(0.0, 0.0, high), 0.02, steel);
    let foot = s.range(0.28, 0.42);
    for k in 0..4 {
        let turn = (k as f32 + 0.5) / 4.0 * TURN;
        bar(
            &mut mesh,
            v(0.0, 0.0, 0.08),
            v(cos(turn) * foot, sin(turn) * foot, 0.015),
            0.015,
            steel,
        );
    }
    let (tiers, arms, long) = (3 + s.below(3), 4 + s.below(3), s.range(0.22, 0.42));
    let bags = s.chance(0.4);
    for tier in 0..tiers {
        let z = high - (high - 0.6) * tier as f32 / tiers as f32;
        for arm in 0..arms {
            let turn = (arm as f32 + 0.5 * (tier % 2) as f32) / arms as f32 * TURN;
            let end = v(cos(turn) * long, sin(turn) * long, z + 0.06);
            bar(&mut mesh, v(0.0, 0.0, z), end, 0.008, steel);
            let skin = cloth(&mut mesh, s);
            if bags {
                let half = v(s.range(0.09, 0.16), 0.045, s.range(0.09, 0.15));
                mesh.part(&Pose::new(end - Vec3::Z * (half.z + 0.14), turn), |m| {
                    m.block(Vec3::ZERO, half, skin);
                    for x in [-0.5, 0.5] {
                        bar(
                            m,
                            v(x * half.x, 0.0, half.z),
                            v(0.0, 0.0, half.z + 0.14),
                            0.006,
                            skin,
                        );
                    }
                });
            } else {
                let (brim, crown) = (s.range(0.11, 0.19), s.range(0.08, 0.1));
                mesh.rod(end, end + Vec3::Z * 0.01, (brim, brim), 12, skin);
                mesh.blob(end, v(crown, crown, s.range(0.09, 0.13)), (9, 6), skin, &|_| 1.0);
            }
        }
    }
    mesh
}

/// A leaning ladder whose rungs are shelves.
fn ladder(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, high, deep) = (s.range(0.3, 0.7), s.range(1.0, 1.7), s.range(0.25, 0.45));
    let wood = if s.chance(0.6) {
        timber(&mut mesh, s)
    } else {
        tube(&mut mesh, s)
    };
    for x in [-hx, hx] {
        for y in [deep, -deep] {
            bar(&mut mesh, v(x, y, 0.0), v(x, 0.0, high), 0.02, wood);
        }
    }
    let levels = 3 + s.below(3);
    for k in 0..levels {
        let t = (k as f32 + 0.4) / levels as f32;
        let half = (deep * (1.0 - t)).max(0.09);
        mesh.block(v(0.0, 0.0, high * t), v(hx * 0.98, half, 0.012), wood);
        let kind = Ware::any(s);
        lay(
            &mut mesh,
            s,
            v(0.0, 0.0, high * t + 0.012),
            (hx * 0.9, half * 0.9),
            kind,
            18,
        );
    }
    mesh
}

/// Slanting tiers of magazines, books or discs, their covers to the front.
fn magazines(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, tiers) = (s.range(0.35, 0.9), 3 + s.below(3));
    let (step, deep) = (s.range(0.24, 0.34), s.range(0.1, 0.18));
    let body = if s.chance(0.5) {
        sheet(&mut mesh, s)
    } else {
        timber(&mut mesh, s)
    };
    let pitch = s.range(0.15, 0.5);
    let half = (s.range(0.07, 0.12), step * 0.42);
    for k in 0..tiers {
        let at = v(
            0.0,
            (tiers as f32 / 2.0 - k as f32) * deep,
            0.15 + step * (k as f32 + 0.5),
        );
        mesh.part(&Pose::tilted(at, pitch, 0.0, 0.0), |m| {
            m.block(v(0.0, -0.012, 0.0), v(hx, 0.01, step * 0.5), body);
            m.block(v(0.0, 0.03, -step * 0.45), v(hx, 0.035, 0.01), body);
            for (x, _) in grid((hx, 0.1), (half.0 * 2.2, 1.0), 10) {
                let colour = paint(s);
                let skin = m.gloss(colour);
                m.block(v(x, 0.004, 0.0), v(half.0, 0.006, half.1), skin);
                if s.chance(0.6) {
                    let other = paint(s);
                    let other = m.gloss(other);
                    m.block(
                        v(x, 0.008, half.1 * s.range(-0.5, 0.7)),
                        v(half.0 * 0.8, 0.004, half.1 * 0.2),
                        other,
                    );
                }
            }
        });
    }
    let top = 0.15 + step * tiers as f32;
    let (front, back) = (
        (tiers as f32 / 2.0) * deep + 0.05,
        (1.0 - tiers as f32 / 2.0) * deep,
    );
    for x in [-hx, hx] {
        bar(&mut mesh, v(x, front, 0.0), v(x, back, top), 0.018, body);
        bar(&mut mesh, v(x, back - 0.15, 0.0), v(x, back, top), 0.018, body);
    }
    mesh
}

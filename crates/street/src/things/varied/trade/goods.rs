//! Goods on the ground: what grows (`fresh`), and here what is made: wares on a sheet, cases of drinks, tools,
//! boxes of clothes, towers of plastic, luggage.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern};

use super::prints::Face;
use super::wares::{Ware, lay, motley};
use super::{Make, any_colour, bar, cloth, fresh, grid, paint, timber, tray, tube, vivid};

/// Every design.
pub(super) const MAKES: [Make; 12] = [
    fresh::foam_boxes,
    fresh::sacks,
    fresh::baskets,
    fresh::melons,
    fresh::flowers,
    fresh::pots,
    ground_sheet,
    drinks,
    tools,
    clothes_boxes,
    plastic_towers,
    luggage,
];

/// Goods of one of these designs.
pub(crate) fn goods(s: &mut Stream) -> Mesh {
    s.pick(&MAKES)(s)
}

/// A sheet on the ground with wares in patches.
fn ground_sheet(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy) = (s.range(0.6, 1.2), s.range(0.4, 0.8));
    let colour = paint(s);
    let pattern = s.pick(&[Pattern::Crinkled, Pattern::Cloth, Pattern::Stripes]);
    let skin = mesh.patterned(colour, Look::Matt, pattern);
    let (often, turn) = (s.range(3.0, 7.0), s.unit() * TURN);
    mesh.field(8, skin, &|a, b| {
        let edge = a.abs().max(b.abs());
        let wave = 1.0 + 0.04 * edge * sin(often * (a - b) + turn);
        v(
            a * hx * wave,
            b * hy * wave,
            0.006 + 0.02 * edge * (1.0 + sin(often * a * b + turn)),
        )
    });
    let (columns, rows) = (1 + s.below(3), 1 + s.below(2));
    let cell = (hx / columns as f32, hy / rows as f32);
    for (x, y) in grid((hx, hy), (cell.0 * 1.99, cell.1 * 1.99), columns * rows) {
        let kind = Ware::any(s);
        let room = (cell.0 * 0.85, cell.1 * 0.8);
        lay(&mut mesh, s, v(x, y, 0.02), room, kind, 70 / (columns * rows));
    }
    mesh
}

/// Stacked cases of bottles, wrapped or in open crates.
fn drinks(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.17, 0.24), s.range(0.12, 0.18));
    let high = s.range(0.18, 0.3);
    let open = s.chance(0.5);
    let (columns, rows) = (2 + s.below(4), 1 + s.below(2));
    for (x, y) in grid(
        (half.0 * columns as f32 * 1.05, half.1 * rows as f32 * 1.05),
        (half.0 * 2.09, half.1 * 2.09),
        columns * rows,
    ) {
        let colour = paint(s);
        let skin = mesh.gloss(colour);
        let mut z = 0.0;
        for _ in 0..=s.below(5) {
            let at = v(x + s.range(-0.01, 0.01), y, z);
            if open {
                tray(&mut mesh, at, (half.0 * 0.97, half.1 * 0.97), high * 0.95, skin);
            } else {
                mesh.block(
                    at + Vec3::Z * (high * 0.35),
                    v(half.0 * 0.97, half.1 * 0.97, high * 0.35),
                    skin,
                );
                let band = Face {
                    at: at + v(0.0, half.1 * 0.97, high * 0.35),
                    half: (half.0 * 0.9, high * 0.25),
                    front: 1.0,
                };
                if s.chance(0.3) {
                    band.print(&mut mesh, s);
                }
                mesh.block(
                    at + Vec3::Z * (high * 0.83),
                    v(half.0 * 0.9, half.1 * 0.9, high * 0.13),
                    skin,
                );
            }
            z += high;
        }
        let top = if open { z - high * 0.85 } else { z - high * 0.3 };
        lay(
            &mut mesh,
            s,
            v(x, y, top),
            (half.0 * 0.9, half.1 * 0.88),
            Ware::Bottles,
            8,
        );
    }
    mesh
}

/// Brooms, mops, pipes and a ladder against a stand, buckets and boxes at their feet.
fn tools(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (wide, high) = (s.range(0.4, 0.8), s.range(0.6, 0.9));
    let frame = tube(&mut mesh, s);
    let y = -0.25;
    for x in [-wide, wide] {
        bar(&mut mesh, v(x, y, 0.0), v(x, y, high), 0.018, frame);
        bar(&mut mesh, v(x, y - 0.15, 0.0), v(x, y, high), 0.015, frame);
    }
    bar(&mut mesh, v(-wide, y, high), v(wide, y, high), 0.015, frame);
    let stick = timber(&mut mesh, s);
    for (x, _) in grid((wide * 0.95, 0.1), (s.range(0.09, 0.16), 1.0), 12) {
        let foot = v(x, y + s.range(0.15, 0.3), 0.02);
        let top = v(x + s.range(-0.05, 0.05), y - 0.02, s.range(1.0, 1.45));
        let colour = paint(s);
        let head = mesh.matt(colour);
        match s.below(4) {
            0 => {
                bar(&mut mesh, foot, top, 0.012, stick);
                mesh.rod(top, top + Vec3::Z * 0.28, (0.03, 0.12), 7, head);
            }
            1 => {
                bar(&mut mesh, foot, top, 0.012, head);
                mesh.block(foot + Vec3::Z * 0.03, v(0.05, 0.12, 0.03), head);
            }
            2 => bar(&mut mesh, foot, top + Vec3::Z * 0.2, 0.025, head),
            _ => {
                bar(&mut mesh, foot, top, 0.012, stick);
                mesh.block(top + Vec3::Z * 0.1, v(0.08, 0.01, 0.12), frame);
            }
        }
    }
    let front = v(0.0, 0.3, 0.0);
    let kind = s.pick(&[Ware::Bowls, Ware::Packets, Ware::Small]);
    lay(&mut mesh, s, front, (wide, 0.22), kind, 30);
    if s.chance(0.4) {
        let (a, b) = (v(wide + 0.12, 0.1, 0.0), v(wide + 0.12, y, s.range(1.3, 1.7)));
        for side in [0.0, 0.32] {
            bar(&mut mesh, a + Vec3::X * side, b + Vec3::X * side, 0.018, frame);
        }
        for k in 1..6 {
            let at = a.mix(b, k as f32 / 6.0);
            bar(&mut mesh, at, at + Vec3::X * 0.32, 0.013, frame);
        }
    }
    mesh
}

/// Boxes and bins overflowing with clothes or toys, with a price board.
fn clothes_boxes(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.24, 0.4), s.range(0.2, 0.32));
    let high = s.range(0.25, 0.5);
    let (columns, rows) = (1 + s.below(3), 1 + s.below(2));
    let box_skin = match s.below(3) {
        0 => mesh.patterned(v(0.42, 0.3, 0.17), Look::Matt, Pattern::Cardboard),
        1 => tube(&mut mesh, s),
        _ => {
            let colour = paint(s);
            mesh.gloss(colour)
        }
    };
    let all = (half.0 * columns as f32 * 1.06, half.1 * rows as f32 * 1.06);
    for (x, y) in grid(all, (half.0 * 2.1, half.1 * 2.1), columns * rows) {
        let at = v(x, y, 0.0);
        tray(&mut mesh, at, half, high, box_skin);
        for _ in 0..7 + s.below(6) {
            let skin = cloth(&mut mesh, s);
            let place = at
                + v(
                    s.range(-0.65, 0.65) * half.0,
                    s.range(-0.65, 0.65) * half.1,
                    high * 0.95,
                );
            let size = v(s.range(0.1, 0.2), s.range(0.1, 0.2), s.range(0.05, 0.12));
            let often = s.range(4.0, 9.0);
            mesh.blob(place, size, (9, 5), skin, &|d| {
                1.0 + 0.2 * sin(d.x * often + d.y * 6.0)
            });
        }
    }
    if s.chance(0.6) {
        let (stick, board) = (mesh.metal(0.4), any_colour(s));
        let board = mesh.matt(board);
        let top = v(0.0, -all.1 * 0.5, high + s.range(0.35, 0.6));
        bar(&mut mesh, v(0.0, -all.1 * 0.5, 0.02), top, 0.01, stick);
        mesh.block(top, v(0.2, 0.01, 0.14), board);
        let face = Face {
            at: top + Vec3::Y * 0.01,
            half: (0.19, 0.13),
            front: 1.0,
        };
        face.print(&mut mesh, s);
    }
    mesh
}

/// Towers of plastic basins, buckets, stools and bins.
fn plastic_towers(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.5, 1.0), s.range(0.22, 0.55));
    for (x, y) in grid(half, (0.46, 0.46), 8) {
        let at = v(x + s.range(-0.03, 0.03), y + s.range(-0.03, 0.03), 0.0);
        let (radius, around) = (s.range(0.13, 0.22), s.pick(&[4, 12, 12]));
        let (deep, step) = (s.range(0.1, 0.3), s.range(0.035, 0.07));
        let upside = s.chance(0.4);
        let radii = if upside {
            (radius, radius * 0.75)
        } else {
            (radius * 0.75, radius)
        };
        for k in 0..3 + s.below(9) {
            let colour = vivid(s);
            let skin = mesh.gloss(colour);
            let base = at + Vec3::Z * (k as f32 * step);
            mesh.rod(base, base + Vec3::Z * deep, radii, around, skin);
            let rim = base + Vec3::Z * (if upside { 0.01 } else { deep });
            mesh.rod(
                rim,
                rim + Vec3::Z * 0.012,
                (radius * 1.06, radius * 1.06),
                around.max(5),
                skin,
            );
        }
    }
    mesh
}

/// Suitcases, bags and backpacks in a row.
fn luggage(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let metal = mesh.metal(0.5);
    let skins = motley(&mut mesh, s);
    let wide = s.range(0.6, 1.1);
    for row in 0..=s.below(2) {
        for (x, _) in grid((wide, 0.1), (s.range(0.36, 0.5), 1.0), 6) {
            let skin = s.pick(&skins);
            let half = v(s.range(0.14, 0.21), s.range(0.09, 0.15), s.range(0.18, 0.36));
            let at = v(x, 0.25 - 0.5 * row as f32, half.z + 0.03);
            mesh.part(&Pose::new(at, s.range(-0.25, 0.25)), |m| {
                m.rounded(Vec3::ZERO, half, s.range(0.02, 0.09), skin);
                for (i, sign) in [-1.0, 1.0].into_iter().enumerate() {
                    m.block(
                        v(sign * half.x * 0.6, 0.0, -half.z - 0.01),
                        v(0.02, 0.04, 0.02),
                        metal,
                    );
                    let grip = v(sign * half.x * 0.5, -half.y * 0.5, half.z);
                    bar(m, grip, grip + Vec3::Z * 0.2, 0.008, metal);
                    let rib = half.x * (i as f32 - 0.5);
                    m.block(v(rib, half.y, 0.0), v(0.012, 0.008, half.z * 0.8), metal);
                }
                let grip = v(half.x * 0.5, -half.y * 0.5, half.z + 0.2);
                bar(m, grip, grip - Vec3::X * half.x, 0.012, metal);
            });
        }
    }
    let umbrella = s.chance(0.3);
    if umbrella {
        for k in 0..5 {
            let turn = k as f32 / 5.0 * TURN;
            let at = v(wide * 0.9 + cos(turn) * 0.06, 0.1 + sin(turn) * 0.06, 0.02);
            let skin = s.pick(&skins);
            mesh.rod(at, at + Vec3::Z * 0.7, (0.03, 0.04), 6, skin);
        }
    }
    mesh
}

//! Goods on the ground that grow: sheets and baskets of produce, foam boxes, sacks, melons, flowers, pots.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::wares::{Ware, lay, leaf, ripe};
use super::{any_colour, grid, paint, timber, tray, vivid};

/// Foam boxes of fruit in rows, those behind higher or tipped towards the customer.
pub(super) fn foam_boxes(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let foam = match s.below(4) {
        0 => timber(&mut mesh, s),
        1 => {
            let colour = paint(s);
            mesh.gloss(colour)
        }
        _ => mesh.matt(Vec3::splat(s.range(0.6, 0.8))),
    };
    let half = (s.range(0.18, 0.3), s.range(0.14, 0.22));
    let high = s.range(0.12, 0.28);
    let (columns, rows) = (2 + s.below(3), 1 + s.below(3));
    let (tip, step) = (s.range(0.0, 0.35), s.range(0.0, 0.16));
    for row in 0..rows {
        let y = (rows as f32 / 2.0 - 0.5 - row as f32) * half.1 * 2.2;
        let base = step * row as f32;
        for column in 0..columns {
            let x = (column as f32 + 0.5 - columns as f32 / 2.0) * half.0 * 2.1;
            if base > 0.03 {
                mesh.block(
                    v(x, y, base / 2.0),
                    v(half.0 * 0.9, half.1 * 0.8, base / 2.0),
                    foam,
                );
            }
            let lift = base + half.1 * sin(tip);
            mesh.part(&Pose::tilted(v(x, y, lift), -tip, 0.0, 0.0), |m| {
                tray(m, Vec3::ZERO, half, high, foam);
                let kind = Ware::grown(s);
                let top = Vec3::Z * (high * 0.7);
                lay(m, s, top, (half.0 * 0.9, half.1 * 0.88), kind, 14);
            });
        }
    }
    mesh
}

/// A round vessel filled to the brim; `bulge` widens its belly.
fn vessel(mesh: &mut Mesh, at: Vec3, radii: (f32, f32), high: f32, bulge: f32, skin: Skin) {
    let section = |t: f32| -> Vec<Vec3> {
        let r = radii.0 + (radii.1 - radii.0) * t + bulge * sin(t * TURN / 2.0);
        (0..14)
            .map(|k| {
                let turn = k as f32 / 14.0 * TURN;
                at + v(cos(turn) * r, sin(turn) * r, high * t)
            })
            .collect()
    };
    let sections: Vec<Vec<Vec3>> = [0.0, 0.25, 0.5, 0.8, 1.0].map(section).into();
    mesh.loft(&sections, true, 60.0, &|_, _| skin);
    mesh.ring(at + Vec3::Z * high, Vec3::Z, radii.1, 0.015, (14, 4), skin);
}

/// Open sacks of grain, beans or spice with rolled rims.
pub(super) fn sacks(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let radius = s.range(0.16, 0.27);
    let same = s.chance(0.5).then(|| any_colour(s));
    let half = (radius * s.range(2.1, 4.4), radius * s.pick(&[1.05, 2.1]));
    for (x, y) in grid(half, (radius * 2.1, radius * 2.1), 8) {
        let jute = v(0.45, 0.36, 0.22);
        let colour = same.unwrap_or_else(|| if s.chance(0.5) { jute } else { paint(s) });
        let bag = mesh.patterned(colour, Look::Matt, Pattern::Cloth);
        let high = s.range(0.25, 0.6);
        let at = v(x, y, 0.0);
        vessel(
            &mut mesh,
            at,
            (radius * 0.85, radius * 0.8),
            high,
            radius * 0.15,
            bag,
        );
        mesh.ring(at + Vec3::Z * high, Vec3::Z, radius * 0.8, 0.035, (14, 5), bag);
        let grain = ripe(s);
        let grain = mesh.patterned(grain, Look::Matt, Pattern::Sand);
        let rise = s.range(0.03, 0.12);
        mesh.blob(
            at + Vec3::Z * high,
            v(radius * 0.78, radius * 0.78, rise),
            (12, 6),
            grain,
            &|_| 1.0,
        );
    }
    mesh
}

/// Woven baskets, basins or buckets of produce, each with its own kind.
pub(super) fn baskets(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let radius = s.range(0.17, 0.3);
    let high = radius * s.range(0.5, 1.3);
    let woven = s.chance(0.5);
    let half = (radius * s.range(2.1, 4.2), radius * s.pick(&[1.05, 2.1, 2.1]));
    for (x, y) in grid(half, (radius * 2.1, radius * 2.1), 8) {
        let skin = if woven {
            timber(&mut mesh, s)
        } else {
            let colour = vivid(s);
            mesh.gloss(colour)
        };
        let at = v(x, y, 0.0);
        vessel(
            &mut mesh,
            at,
            (radius * 0.72, radius * 0.97),
            high,
            radius * 0.05,
            skin,
        );
        let kind = Ware::grown(s);
        let inner = radius * 0.68;
        mesh.rod(
            at,
            at + Vec3::Z * (high * 0.8),
            (radius * 0.6, radius * 0.85),
            10,
            skin,
        );
        lay(
            &mut mesh,
            s,
            at + Vec3::Z * (high * 0.8),
            (inner, inner),
            kind,
            14,
        );
    }
    mesh
}

/// Melons or cabbages heaped on the ground or on straw, one cut open in front.
pub(super) fn melons(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = if s.chance(0.6) { leaf(s) } else { ripe(s) };
    let skins = [0.1, 0.3].map(|by| {
        let colour = s.near(colour, by);
        mesh.matt(colour)
    });
    let size = s.range(0.08, 0.15);
    let long = s.range(1.0, 1.5);
    let (hx, hy) = (s.range(0.5, 1.0), s.range(0.35, 0.65));
    if s.chance(0.6) {
        let sheet = any_colour(s);
        let sheet = mesh.patterned(sheet, Look::Matt, Pattern::Crinkled);
        mesh.block(v(0.0, 0.0, 0.008), v(hx * 1.15, hy * 1.2, 0.008), sheet);
    }
    let cell = (size * 2.0 * long, size * 2.0);
    for level in 0..=s.below(3) {
        let up = level as f32;
        let half = (hx - up * cell.0 * 0.6, hy - up * cell.1 * 0.6);
        if half.0 < size || half.1 < size {
            break;
        }
        for (x, y) in grid(half, cell, 48) {
            let at = v(x, y, size * (1.0 + 1.5 * up)) + v(s.range(-0.02, 0.02), s.range(-0.02, 0.02), 0.0);
            let skin = s.pick(&skins);
            mesh.blob(at, v(size * long, size, size), (9, 6), skin, &|_| 1.0);
        }
    }
    if s.chance(0.5) {
        let flesh = mesh.matt(s.pick(&[v(0.6, 0.05, 0.06), v(0.7, 0.55, 0.15), v(0.6, 0.65, 0.4)]));
        let at = v(s.range(-0.5, 0.5) * hx, hy + size, size * 0.8);
        mesh.rod(at, at + v(0.0, 0.04, 0.02), (size * 0.9, size * 0.85), 12, flesh);
        mesh.blob(
            at - Vec3::Y * 0.02,
            v(size, size * 0.8, size * 0.8),
            (9, 6),
            skins[0],
            &|_| 1.0,
        );
    }
    mesh
}

/// A bunch of stems with heads, from `at` up.
fn bunch(mesh: &mut Mesh, s: &mut Stream, at: Vec3, radius: f32, high: f32) {
    let (green, bloom) = (leaf(s), vivid(s));
    let green = mesh.matt(green);
    let blooms = [0.1, 0.5].map(|by| {
        let colour = s.near(bloom, by);
        mesh.matt(colour)
    });
    let head = s.range(0.03, 0.065);
    for _ in 0..5 + s.below(6) {
        let (turn, out) = (s.unit() * TURN, s.unit());
        let tip = at
            + v(
                cos(turn) * out * radius,
                sin(turn) * out * radius,
                high * s.range(0.75, 1.0),
            );
        mesh.rod(at, tip, (0.006, 0.005), 4, green);
        let skin = s.pick(&blooms);
        mesh.blob(tip, v(head, head, head * 0.8), (6, 3), skin, &|_| 1.0);
    }
    let often = s.range(6.0, 12.0);
    let middle = at + Vec3::Z * (high * 0.45);
    mesh.blob(
        middle,
        v(radius * 0.7, radius * 0.7, high * 0.35),
        (10, 6),
        green,
        &|d| 1.0 + 0.3 * sin(d.x * often) * cos(d.y * often + d.z * 7.0),
    );
}

/// Buckets of cut flowers, in rows or on steps.
pub(super) fn flowers(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let radius = s.range(0.1, 0.17);
    let (deep, tall) = (s.range(0.22, 0.38), s.range(0.25, 0.5));
    let (rows, step) = (1 + s.below(3), s.range(0.0, 0.2));
    let wide = s.range(0.4, 0.9);
    let same = s.chance(0.5).then(|| paint(s));
    let wood = timber(&mut mesh, s);
    for row in 0..rows {
        let y = (rows as f32 / 2.0 - 0.5 - row as f32) * radius * 2.6;
        let base = step * row as f32;
        if base > 0.05 {
            mesh.block(v(0.0, y, base / 2.0), v(wide, radius * 1.2, base / 2.0), wood);
        }
        for (x, _) in grid((wide, 0.1), (radius * 2.6, 1.0), 5) {
            let colour = same.unwrap_or_else(|| paint(s));
            let skin = mesh.gloss(colour);
            let at = v(x, y, base);
            mesh.rod(at, at + Vec3::Z * deep, (radius * 0.75, radius), 10, skin);
            bunch(&mut mesh, s, at + Vec3::Z * (deep * 0.9), radius * 1.5, tall);
        }
    }
    mesh
}

/// Pots with plants of several habits.
pub(super) fn pots(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let clay = match s.below(3) {
        0 => v(0.42, 0.16, 0.08),
        1 => v(0.6, 0.6, 0.58),
        _ => paint(s),
    };
    let size = s.range(0.1, 0.18);
    let half = (s.range(0.5, 0.95), s.range(0.2, 0.55));
    for (x, y) in grid(half, (size * 2.6, size * 2.6), 12) {
        let r = size * s.range(0.7, 1.05);
        let (high, at) = (r * s.range(1.0, 1.9), v(x, y, 0.0));
        let colour = s.near(clay, 0.25);
        let skin = mesh.matt(colour);
        mesh.rod(at, at + Vec3::Z * high, (r * 0.7, r), 10, skin);
        let top = at + Vec3::Z * high;
        let green = leaf(s);
        let green = mesh.matt(green);
        match s.below(4) {
            0 => {
                let tall = r * s.range(2.0, 3.5);
                bunch(&mut mesh, s, top, r * 1.4, tall);
            }
            1 => {
                let tall = r * s.range(1.5, 4.0);
                let wood = timber(&mut mesh, s);
                mesh.rod(top, top + Vec3::Z * tall, (0.015, 0.01), 5, wood);
                let often = s.range(5.0, 11.0);
                mesh.blob(
                    top + Vec3::Z * tall,
                    v(r * 1.2, r * 1.2, r * 1.3),
                    (10, 6),
                    green,
                    &|d| 1.0 + 0.3 * sin(d.x * often + d.z * 4.0) * cos(d.y * often),
                );
            }
            _ => {
                for k in 0..7 + s.below(6) {
                    let turn = k as f32 * 2.4 + s.unit();
                    let (out, up) = (r * s.range(0.8, 2.0), r * s.range(1.2, 3.2));
                    let tip = top + v(cos(turn) * out, sin(turn) * out, up);
                    let side = v(-sin(turn), cos(turn), 0.0) * (r * 0.25);
                    let belly = top.mix(tip, 0.6) + Vec3::Z * (r * 0.3);
                    mesh.quad([top, belly + side, tip, belly - side], green);
                }
            }
        }
    }
    mesh
}

//! Tables: on one foot, folding, on trestles, with benches or stools attached, cable reels, low tea tables, for hot
//! pots, plastic ones; bare or laid.

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Mesh, Skin};

use super::{
    Make, any_colour, bar, cloth, corners, crossed_legs, glass, hoop, legs, paint, sheet, skirt, timber, tube,
};

/// Every design.
pub(super) const MAKES: [Make; 9] = [
    one_foot,
    folding,
    trestles,
    with_benches,
    with_stools,
    reel,
    low,
    hot_pot,
    plastic,
];

/// A table of one of these designs, bare or laid.
pub(crate) fn table(s: &mut Stream) -> Mesh {
    s.pick(&MAKES)(s)
}

/// What a top is made of.
fn top_skin(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    match s.below(3) {
        0 => timber(mesh, s),
        1 => {
            let colour = any_colour(s);
            mesh.gloss(colour)
        }
        _ => sheet(mesh, s),
    }
}

/// Bowls, bottles, a flask, a box of tissues on a top at `z`, more often than not.
fn lay_table(mesh: &mut Mesh, s: &mut Stream, half: (f32, f32), z: f32) {
    if s.chance(0.35) {
        return;
    }
    let china = mesh.gloss(Vec3::splat(0.7));
    let (colour, other) = (paint(s), any_colour(s));
    let (loud, more) = (mesh.gloss(colour), mesh.gloss(other));
    for _ in 0..2 + s.below(7) {
        let at = v(s.range(-0.75, 0.75) * half.0, s.range(-0.75, 0.75) * half.1, z);
        match s.below(5) {
            0 | 1 => {
                let r = s.range(0.05, 0.12);
                let skin = s.pick(&[china, china, loud]);
                mesh.rod(at, at + Vec3::Z * s.range(0.02, 0.07), (r * 0.5, r), 10, skin);
            }
            2 => {
                let skin = s.pick(&[loud, more]);
                let tall = s.range(0.1, 0.2);
                mesh.rod(at, at + Vec3::Z * tall, (0.033, 0.033), 7, skin);
                mesh.rod(
                    at + Vec3::Z * tall,
                    at + Vec3::Z * (tall * 1.4),
                    (0.02, 0.012),
                    6,
                    skin,
                );
            }
            3 => mesh.rod(at, at + Vec3::Z * 0.1, (0.03, 0.035), 7, china),
            _ => {
                let size = v(s.range(0.04, 0.12), s.range(0.04, 0.1), s.range(0.01, 0.05));
                let skin = s.pick(&[loud, more, china]);
                mesh.block(at + Vec3::Z * size.z, size, skin);
            }
        }
    }
}

/// A round top on its disc of thickness 4 cm.
fn disc(mesh: &mut Mesh, z: f32, radius: f32, skin: Skin) {
    mesh.rod(v(0.0, 0.0, z - 0.03), v(0.0, 0.0, z), (radius, radius), 24, skin);
}

/// A round or square top on one column, its foot a plate or a cross.
fn one_foot(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (half, high) = (
        s.range(0.28, 0.55),
        s.pick(&[0.72, 0.75, 1.05]) * s.range(0.95, 1.05),
    );
    let (metal, top) = (tube(&mut mesh, s), top_skin(&mut mesh, s));
    let column = s.range(0.025, 0.06);
    mesh.rod(Vec3::ZERO, v(0.0, 0.0, high), (column, column), 10, metal);
    if s.chance(0.5) {
        let foot = half * s.range(0.5, 0.75);
        mesh.rod(Vec3::ZERO, v(0.0, 0.0, 0.04), (foot, foot * 0.9), 18, metal);
    } else {
        for k in 0..4 {
            let turn = (k as f32 + 0.5) / 4.0 * TURN;
            let foot = v(cos(turn), sin(turn), 0.0) * (half * 0.75) + Vec3::Z * 0.02;
            bar(&mut mesh, v(0.0, 0.0, 0.08), foot, 0.02, metal);
        }
    }
    if s.chance(0.6) {
        disc(&mut mesh, high, half, top);
    } else {
        mesh.block(v(0.0, 0.0, high - 0.015), v(half, half, 0.015), top);
    }
    lay_table(&mut mesh, s, (half * 0.8, half * 0.8), high);
    mesh
}

/// A square, long or round top on crossed legs.
fn folding(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.35, 0.9), s.range(0.3, 0.42), s.range(0.55, 0.76));
    let (metal, top) = (tube(&mut mesh, s), top_skin(&mut mesh, s));
    let reach = (hx * 0.8, hy * 0.85);
    crossed_legs(&mut mesh, reach, high - 0.02, 0.014, metal);
    if s.chance(0.35) {
        disc(&mut mesh, high, hx.clamp(0.4, 0.6), top);
    } else {
        mesh.block(v(0.0, 0.0, high - 0.012), v(hx, hy, 0.012), top);
        if s.chance(0.4) {
            hoop(&mut mesh, v(0.0, 0.0, high - 0.014), (hx, hy), 0.014, metal);
        }
    }
    lay_table(&mut mesh, s, (hx.min(0.5), hy * 0.9), high);
    mesh
}

/// Boards over two trestles, with or without a cloth.
fn trestles(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.7, 1.1), s.range(0.3, 0.45), s.range(0.65, 0.78));
    let wood = timber(&mut mesh, s);
    for x in [-hx * 0.65, hx * 0.65] {
        for (dx, y) in [(-0.16, -hy), (0.16, -hy), (-0.16, hy), (0.16, hy)] {
            bar(
                &mut mesh,
                v(x + dx, y * 0.9, 0.0),
                v(x, y * 0.8, high - 0.04),
                0.022,
                wood,
            );
        }
        mesh.block(v(x, 0.0, high - 0.05), v(0.03, hy * 0.95, 0.03), wood);
    }
    let boards = 2 + s.below(4);
    let wide = hy / boards as f32;
    for k in 0..boards {
        let y = (k as f32 + 0.5) * 2.0 * wide - hy;
        mesh.block(v(s.range(-0.02, 0.02), y, high), v(hx, wide * 0.95, 0.018), wood);
    }
    if s.chance(0.4) {
        let stuff = cloth(&mut mesh, s);
        skirt(
            &mut mesh,
            (hx * 0.98, hy),
            high + 0.02,
            s.range(0.08, 0.3),
            9,
            stuff,
        );
    }
    lay_table(&mut mesh, s, (hx, hy), high + 0.032);
    mesh
}

/// A table and two benches in one frame.
fn with_benches(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy) = (s.range(0.6, 0.95), s.range(0.28, 0.4));
    let (high, seat) = (s.range(0.7, 0.78), s.range(0.4, 0.46));
    let (frame, top) = (tube(&mut mesh, s), top_skin(&mut mesh, s));
    let far = hy + s.range(0.3, 0.4);
    for x in [-hx * 0.75, hx * 0.75] {
        for side in [-1.0, 1.0] {
            bar(
                &mut mesh,
                v(x, side * (hy + 0.25), 0.0),
                v(x, side * hy * 0.5, high - 0.03),
                0.025,
                frame,
            );
        }
        bar(
            &mut mesh,
            v(x, -far, seat - 0.03),
            v(x, far, seat - 0.03),
            0.025,
            frame,
        );
    }
    let slats = 1 + s.below(4);
    let wide = hy / slats as f32;
    for k in 0..slats {
        let y = (k as f32 + 0.5) * 2.0 * wide - hy;
        mesh.block(v(0.0, y, high - 0.02), v(hx, wide * 0.94, 0.02), top);
    }
    for side in [-1.0, 1.0] {
        mesh.block(v(0.0, side * far, seat), v(hx, 0.13, 0.018), top);
    }
    lay_table(&mut mesh, s, (hx, hy), high);
    mesh
}

/// A canteen table with round or square seats on arms.
fn with_stools(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.5, 0.75), s.range(0.3, 0.4), s.range(0.7, 0.78));
    let (frame, top) = (tube(&mut mesh, s), top_skin(&mut mesh, s));
    let colour = paint(s);
    let seat = mesh.gloss(colour);
    let round = s.chance(0.6);
    for x in [-hx * 0.6, hx * 0.6] {
        bar(&mut mesh, v(x, 0.0, 0.0), v(x, 0.0, high), 0.03, frame);
        bar(
            &mut mesh,
            v(x, -hy - 0.3, 0.03),
            v(x, hy + 0.3, 0.03),
            0.022,
            frame,
        );
        for side in [-1.0, 1.0] {
            let at = v(x, side * (hy + 0.25), 0.44);
            bar(&mut mesh, v(x, 0.0, 0.2), at, 0.022, frame);
            if round {
                mesh.rod(at, at + Vec3::Z * 0.03, (0.16, 0.16), 14, seat);
            } else {
                mesh.block(at, v(0.18, 0.15, 0.015), seat);
                mesh.block(at + v(0.0, side * 0.16, 0.22), v(0.17, 0.012, 0.1), seat);
            }
        }
    }
    mesh.block(v(0.0, 0.0, high), v(hx, hy, 0.018), top);
    lay_table(&mut mesh, s, (hx, hy), high + 0.018);
    mesh
}

/// A cable reel, a barrel or a stack of crates under a top.
fn reel(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high) = (s.range(0.3, 0.5), s.range(0.5, 0.78));
    let wood = timber(&mut mesh, s);
    match s.below(3) {
        0 => {
            mesh.rod(Vec3::ZERO, v(0.0, 0.0, 0.05), (radius, radius), 22, wood);
            let core = radius * s.range(0.4, 0.6);
            mesh.rod(
                v(0.0, 0.0, 0.05),
                v(0.0, 0.0, high - 0.05),
                (core, core),
                14,
                wood,
            );
        }
        1 => {
            let skin = sheet(&mut mesh, s);
            let (r, middle) = (radius * 0.65, high * 0.5);
            mesh.rod(Vec3::ZERO, v(0.0, 0.0, middle), (r, r * 1.12), 16, skin);
            mesh.rod(v(0.0, 0.0, middle), v(0.0, 0.0, high), (r * 1.12, r), 16, skin);
            for k in [0.15, 0.5, 0.85] {
                mesh.ring(v(0.0, 0.0, high * k), Vec3::Z, r * 1.1, 0.012, (16, 4), wood);
            }
        }
        _ => {
            let skin = sheet(&mut mesh, s);
            let levels = 2 + s.below(2);
            let each = high / levels as f32;
            for k in 0..levels {
                let z = each * (k as f32 + 0.5);
                mesh.block(v(0.0, 0.0, z), v(radius * 0.7, radius * 0.55, each * 0.47), skin);
            }
        }
    }
    mesh.rod(
        v(0.0, 0.0, high - 0.04),
        v(0.0, 0.0, high),
        (radius, radius),
        22,
        wood,
    );
    lay_table(&mut mesh, s, (radius * 0.75, radius * 0.75), high);
    mesh
}

/// A low table for tea or a game, with a shelf, a glass or a wooden top.
fn low(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.35, 0.65), s.range(0.25, 0.4), s.range(0.3, 0.52));
    let (frame, top) = (timber(&mut mesh, s), top_skin(&mut mesh, s));
    let thick = s.range(0.015, 0.035);
    for (x, y) in corners((hx * 0.9, hy * 0.88)) {
        mesh.block(v(x, y, high / 2.0), v(thick, thick, high / 2.0), frame);
    }
    if s.chance(0.5) {
        mesh.block(v(0.0, 0.0, high * 0.4), v(hx * 0.9, hy * 0.85, 0.01), frame);
    }
    let skin = if s.chance(0.25) { glass(&mut mesh) } else { top };
    mesh.block(v(0.0, 0.0, high), v(hx, hy, 0.014), skin);
    mesh.block(v(0.0, 0.0, high - 0.04), v(hx * 0.92, hy * 0.9, 0.025), frame);
    lay_table(&mut mesh, s, (hx, hy), high + 0.014);
    mesh
}

/// A table with a pot sunk in its middle, or a lazy Susan on it; a heavy foot or apron.
fn hot_pot(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (half, high) = (s.range(0.42, 0.75), s.range(0.7, 0.78));
    let (frame, top) = (timber(&mut mesh, s), top_skin(&mut mesh, s));
    let round = s.chance(0.5);
    if round {
        disc(&mut mesh, high, half, top);
        mesh.rod(
            Vec3::ZERO,
            v(0.0, 0.0, high - 0.03),
            (half * 0.55, half * 0.3),
            14,
            frame,
        );
    } else {
        mesh.block(v(0.0, 0.0, high - 0.02), v(half, half * 0.75, 0.02), top);
        mesh.block(v(0.0, 0.0, high - 0.09), v(half * 0.92, half * 0.68, 0.06), frame);
        legs(
            &mut mesh,
            (half * 0.86, half * 0.62),
            high - 0.1,
            0.0,
            0.028,
            frame,
        );
    }
    let steel = mesh.metal(s.range(0.3, 0.6));
    let r = half * s.range(0.25, 0.4);
    if s.chance(0.6) {
        mesh.rod(
            v(0.0, 0.0, high),
            v(0.0, 0.0, high + 0.1),
            (r * 0.9, r),
            16,
            steel,
        );
        let soup = mesh.gloss(s.pick(&[v(0.4, 0.05, 0.02), v(0.5, 0.45, 0.3), v(0.3, 0.2, 0.08)]));
        mesh.rod(
            v(0.0, 0.0, high + 0.1),
            v(0.0, 0.0, high + 0.103),
            (r * 0.85, r * 0.85),
            16,
            soup,
        );
    } else {
        mesh.rod(
            v(0.0, 0.0, high + 0.02),
            v(0.0, 0.0, high + 0.035),
            (r * 1.6, r * 1.6),
            20,
            top,
        );
    }
    lay_table(&mut mesh, s, (half * 0.85, half * 0.6), high + 0.02);
    mesh
}

/// Moulded of plastic: four splayed legs, an apron, round or square; or under a cloth to its knees.
fn plastic(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (half, high) = (s.range(0.36, 0.5), s.range(0.68, 0.75));
    let colour = if s.chance(0.5) { Vec3::splat(0.7) } else { paint(s) };
    let skin = mesh.gloss(colour);
    let reach = half * 0.72;
    for (x, y) in corners((reach, reach)) {
        mesh.rod(v(x * 1.15, y * 1.15, 0.0), v(x, y, high), (0.025, 0.05), 6, skin);
    }
    let round = s.chance(0.5);
    if round {
        disc(&mut mesh, high, half, skin);
        mesh.rod(
            v(0.0, 0.0, high - 0.1),
            v(0.0, 0.0, high - 0.03),
            (half * 0.9, half * 0.95),
            24,
            skin,
        );
    } else {
        let deep = half * s.range(0.8, 1.0);
        mesh.rounded(v(0.0, 0.0, high - 0.02), v(half, deep, 0.02), 0.015, skin);
        mesh.block(v(0.0, 0.0, high - 0.07), v(half * 0.92, deep * 0.92, 0.04), skin);
    }
    if !round && s.chance(0.4) {
        let stuff = cloth(&mut mesh, s);
        skirt(
            &mut mesh,
            (half, half),
            high + 0.005,
            s.range(0.1, 0.45),
            7,
            stuff,
        );
    }
    lay_table(&mut mesh, s, (half * 0.75, half * 0.75), high + 0.017);
    mesh
}

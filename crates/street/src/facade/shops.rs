//! Shops: shutters, glass, interiors, awnings and signs. Signs carry strokes that look like characters and
//! say nothing.

use super::{DETAIL_Y, Front, SHOP_DEEP, Style};
use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Glow, Look, Material, Pattern, Skin};
use crate::sky::{LAMP_MIN, Lamp};
use crate::styles::Styles;

pub(super) fn sign_colour(s: &mut Stream) -> Vec3 {
    let shown = [
        v(0.55, 0.03, 0.03),
        v(0.03, 0.12, 0.45),
        v(0.02, 0.28, 0.12),
        v(0.70, 0.45, 0.03),
        v(0.70, 0.68, 0.62),
        v(0.05, 0.05, 0.06),
        v(0.45, 0.10, 0.02),
        v(0.25, 0.04, 0.25),
        v(0.02, 0.30, 0.36),
        v(0.30, 0.18, 0.09),
    ];
    let held_out = [
        v(0.36, 0.10, 0.12),
        v(0.12, 0.26, 0.44),
        v(0.16, 0.34, 0.06),
        v(0.58, 0.36, 0.18),
        v(0.56, 0.60, 0.62),
        v(0.11, 0.10, 0.09),
        v(0.66, 0.20, 0.30),
        v(0.14, 0.12, 0.36),
        v(0.40, 0.42, 0.12),
    ];
    let base = s.pick_own(&shown, &held_out);
    s.near(base, 0.25)
}

/// One shop of a row: shutter, glass or open front, its sign, sometimes an awning.
pub(super) fn shop(
    front: &mut Front<'_>,
    s: &mut Stream,
    lot: (f32, f32),
    shared: Option<Vec3>,
    style: &Style,
    lamps: &mut Vec<Lamp>,
) {
    let (from, wide) = lot;
    let (a, b) = (from + 0.16, from + wide - 0.16);
    let middle = from + wide / 2.0;
    for u in [from, from + wide] {
        front.block(
            (u, 0.12, front.foot / 2.0),
            (0.16, s.own(0.14, 0.30), front.foot / 2.0),
            style.wall,
        );
    }
    let kind = s.unit();
    if kind < 0.16 {
        shutter(front, s, (a, b));
    } else {
        interior(front, s, (a, b), from < DETAIL_Y);
        if kind < 0.55 {
            shop_glass(front, s, (a, b));
        }
        let warm = if s.chance(0.5) {
            v(1.0, 0.95, 0.88)
        } else {
            v(1.0, 0.80, 0.55)
        };
        let at = front.at(middle, -0.35, 2.55);
        let way = v(-front.sign, 0.0, -0.55).unit();
        lamps.push(Lamp {
            at,
            power: warm * s.range(0.8, 2.2),
            way,
            cone: -0.1,
            size: wide * 0.3,
            least: LAMP_MIN,
        });
    }
    let own = sign_colour(s);
    sign_board(front, s, (middle, wide), shared.unwrap_or(own));
    if s.chance(0.22) {
        let colour = sign_colour(s);
        let striped = if s.chance(0.5) {
            s.own(Pattern::Stripes, Pattern::Panels)
        } else {
            s.own(Pattern::Cloth, Pattern::Plain)
        };
        let cloth = front.mesh.patterned(colour, Look::Thin, striped);
        let far = -s.range_own((0.9, 1.7), (0.5, 0.8));
        let (top, low) = (front.foot - 0.02, front.foot - s.own(0.45, 0.15));
        let corners = [
            front.at(a, -0.05, top),
            front.at(b, -0.05, top),
            front.at(b, far, low),
            front.at(a, far, low),
        ];
        front.mesh.quad(corners, cloth);
        let hem = [
            front.at(a, far, low),
            front.at(b, far, low),
            front.at(b, far, low - 0.18),
            front.at(a, far, low - 0.18),
        ];
        front.mesh.quad(hem, cloth);
    }
}

fn shutter(front: &mut Front<'_>, s: &mut Stream, (a, b): (f32, f32)) {
    let grey = s.range(0.30, 0.55);
    let tint = s.own(v(1.0, 1.01, 1.04), v(0.40, 0.62, 0.95)) * grey;
    let skin = front.mesh.patterned(tint, Look::Gloss, Pattern::Concrete);
    let slats = s.own(24, 40);
    for k in 0..slats {
        let z = (k as f32 + 0.5) * front.foot / slats as f32;
        let corners = [
            front.at(a, 0.10, z - 0.06),
            front.at(b, 0.10, z - 0.06),
            front.at(b, 0.06, z + 0.06),
            front.at(a, 0.06, z + 0.06),
        ];
        front.mesh.quad(corners, skin);
    }
}

fn shop_glass(front: &mut Front<'_>, s: &mut Stream, (a, b): (f32, f32)) {
    let metal = front.mesh.metal(0.5);
    let base = front
        .mesh
        .patterned(v(0.35, 0.33, 0.31), Look::Gloss, Pattern::WallTiles);
    let door = a + (b - a) * s.range(0.25, 0.75);
    for k in 0..=4 {
        let u = a + (b - a) * k as f32 / 4.0;
        front.block(
            (u, 0.08, front.foot / 2.0),
            (0.025, 0.03, front.foot / 2.0),
            metal,
        );
    }
    front.block(
        (f32::midpoint(a, b), 0.08, 2.25),
        ((b - a) / 2.0, 0.03, 0.03),
        metal,
    );
    for (from, to) in [(a, door - 0.5), (door + 0.5, b)] {
        if to > from {
            front.block(
                (f32::midpoint(from, to), 0.10, 0.3),
                ((to - from) / 2.0, 0.06, 0.2),
                base,
            );
        }
    }
    // Notices on the pane.
    for _ in 0..s.below(5) {
        let paper = front.mesh.matt(sign_colour(s));
        let (u, z) = (s.range(a + 0.3, b - 0.3), s.range(1.0, 2.0));
        front.block(
            (u, 0.05, z),
            (s.range(0.1, 0.35), 0.005, s.range(0.1, 0.3)),
            paper,
        );
    }
}

fn interior(front: &mut Front<'_>, s: &mut Stream, (a, b): (f32, f32), detail: bool) {
    let shade = s.range(0.35, 0.65);
    let wall = front
        .mesh
        .patterned(v(shade, shade * 0.97, shade * 0.9), Look::Matt, Pattern::Plaster);
    let tiles = s.own(
        (v(0.42, 0.39, 0.35), Pattern::Slabs),
        (v(0.30, 0.22, 0.15), Pattern::Wood),
    );
    let floor = front.mesh.patterned(tiles.0, Look::Gloss, tiles.1);
    let power = s.range(1.2, 2.6);
    let light = front.mesh.skin(Material {
        colour: if s.chance(0.6) {
            v(1.0, 0.97, 0.9)
        } else {
            v(1.0, 0.85, 0.62)
        },
        look: Look::Matt,
        pattern: Pattern::Plain,
        glow: Glow::Always(power),
    });
    let (m, half) = (f32::midpoint(a, b), (b - a) / 2.0);
    front.block((m, SHOP_DEEP + 0.1, 1.7), (half, 0.1, 1.7), wall);
    for u in [a - 0.05, b + 0.05] {
        front.block(
            (u, SHOP_DEEP / 2.0 + 0.14, 1.7),
            (0.05, SHOP_DEEP / 2.0, 1.7),
            wall,
        );
    }
    front.block((m, SHOP_DEEP / 2.0, 0.07), (half, SHOP_DEEP / 2.0, 0.11), floor);
    front.block(
        (m, SHOP_DEEP / 2.0, front.foot + 0.1),
        (half, SHOP_DEEP / 2.0, 0.1),
        wall,
    );
    for d in [0.9, 2.2] {
        front.block(
            (m, d, front.foot - 0.03),
            (half * 0.7, s.own(0.08, 0.25), 0.03),
            light,
        );
    }
    if !detail {
        return;
    }
    let board = front.mesh.matt(v(0.5, 0.45, 0.38));
    let theme: Vec<Skin> = (0..7).map(|_| front.mesh.matt(sign_colour(s) * 1.2)).collect();
    for shelf in 0..s.own(4, 6) {
        let z = 0.45 + shelf as f32 * s.own(0.52, 0.38);
        front.block((m, SHOP_DEEP - 0.25, z), (half * 0.95, 0.22, 0.02), board);
        let mut u = a + 0.15;
        while u < b - 0.2 {
            let wide = s.range(0.06, 0.22);
            let high = s.range_own((0.10, 0.20), (0.05, 0.09));
            let skin = s.pick(&theme);
            front.block(
                (u + wide, SHOP_DEEP - 0.25, z + 0.02 + high),
                (wide, 0.15, high),
                skin,
            );
            u += wide * 2.0 + s.range(0.0, 0.12);
        }
    }
    // A counter, and goods on the floor within the line.
    let counter = front
        .mesh
        .patterned(v(0.40, 0.28, 0.18), Look::Gloss, Pattern::Wood);
    let at = s.range(a + 0.7, (b - 0.7).max(a + 0.8));
    front.block((at, 1.5, 0.6), (0.5, 0.3, 0.45), counter);
    for _ in 0..6 {
        let skin = s.pick(&theme);
        let (wide, high) = (s.range(0.15, 0.3), s.range(0.12, 0.5));
        let u = s.range(a + 0.3, b - 0.3);
        front.block((u, s.range(0.5, 1.0), 0.18 + high), (wide, 0.2, high), skin);
    }
}

/// A sign board over the shop with three to six characters, sometimes small ones beneath.
fn sign_board(front: &mut Front<'_>, s: &mut Stream, (middle, wide): (f32, f32), colour: Vec3) {
    let high = s.range_own((0.36, 0.48), (0.24, 0.33));
    let z = front.foot + 0.52;
    if s.styles() == Styles::HeldOut && s.chance(0.5) {
        blade(front, s, middle + wide / 2.0 - 0.3, colour);
    }
    let boxed = s.chance(0.5);
    let board = front.mesh.skin(Material {
        colour,
        look: Look::Gloss,
        pattern: Pattern::Plain,
        glow: if boxed { Glow::AtNight(0.5) } else { Glow::None },
    });
    front.block((middle, -0.10, z), (wide / 2.0 - 0.04, 0.12, high), board);
    let pale = colour.luma() < 0.3;
    let ink = match (pale, s.below(4)) {
        (true, 0) => v(0.85, 0.62, 0.10),
        (true, _) => v(0.86, 0.85, 0.80),
        (false, 0) => v(0.05, 0.06, 0.30),
        (false, _) => v(0.50, 0.03, 0.03),
    };
    let glow = if pale { Glow::AtNight(1.6) } else { Glow::None };
    let ink = front.mesh.skin(Material {
        colour: ink,
        look: Look::Matt,
        pattern: Pattern::Plain,
        glow,
    });
    let size = high * s.range(0.58, 0.75);
    let pitch = size * s.range(2.3, 2.9);
    let count = (3 + s.below(4)).min(((wide - 0.5) / pitch) as usize);
    let small = s.chance(0.4);
    let lift = if small { 0.08 } else { 0.0 };
    for k in 0..count {
        let u = middle + (k as f32 - (count as f32 - 1.0) / 2.0) * pitch;
        character(front, s, (u, z + lift, size), ink);
    }
    if small {
        for k in 0..count * 3 {
            let u = middle + (k as f32 - (count as f32 * 3.0 - 1.0) / 2.0) * pitch * 0.33;
            character(front, s, (u, z - high * 0.72, size * 0.22), ink);
        }
    }
}

/// A sign across the footway, lit from within at night.
fn blade(front: &mut Front<'_>, s: &mut Stream, u: f32, colour: Vec3) {
    let (half, z) = (s.range(0.6, 1.1), front.foot + 1.9);
    let board = front.mesh.skin(Material {
        colour,
        look: Look::Gloss,
        pattern: Pattern::Plain,
        glow: Glow::AtNight(0.6),
    });
    let pale = front.mesh.skin(Material {
        colour: v(0.80, 0.80, 0.76),
        look: Look::Matt,
        pattern: Pattern::Plain,
        glow: Glow::AtNight(1.2),
    });
    front.block((u, -0.62, z), (0.07, 0.36, half), board);
    for k in 0..(half / 0.26) as usize {
        let z = z + half - 0.3 - k as f32 * 0.5;
        front.block((u, -0.62, z), (0.085, s.range(0.12, 0.24), 0.04), pale);
        front.block((u, -0.62 + s.range(-0.1, 0.1), z), (0.085, 0.035, 0.17), pale);
    }
}

/// Strokes in a square that look like a character.
fn character(front: &mut Front<'_>, s: &mut Stream, (u, z, size): (f32, f32, f32), ink: Skin) {
    let thin = size * 0.10;
    let mut stroke = |du: f32, dz: f32, hu: f32, hz: f32| {
        front.block(
            (u + du * size, -0.235, z + dz * size),
            (hu * size, 0.014, hz * size),
            ink,
        );
    };
    let thin = thin / size;
    let shape = s.below(4);
    if shape == 0 {
        // An enclosure.
        for e in [-0.85, 0.85] {
            stroke(e, 0.0, thin, 0.85);
            stroke(0.0, e, 0.85, thin);
        }
    } else if shape == 1 {
        // A radical at the left.
        stroke(-0.65, 0.0, thin, 0.9);
        stroke(-0.65, 0.35, 0.28, thin);
        stroke(-0.65, -0.15, 0.24, thin);
    } else if shape == 2 {
        stroke(0.0, 0.85, 0.9, thin);
        stroke(0.0, 0.0, thin, 0.9);
    }
    for _ in 0..3 + s.below(3) {
        let level = s.chance(0.6);
        let (du, dz) = (s.range(-0.5, 0.5), (s.below(7) as f32 - 3.0) * 0.25);
        let long = s.range(0.25, 0.6);
        if level {
            stroke(du * 0.4, dz, long, thin);
        } else {
            stroke(du, dz * 0.4, thin * 1.1, long);
        }
    }
}

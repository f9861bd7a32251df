//! What is sold: small things laid in rows, heaps and trays.

use crate::chance::Stream;
use crate::maths::{Vec3, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::{grid, paint, vivid};

/// A kind of wares.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ware {
    Fruit,
    Greens,
    /// Carrots, leeks, cucumbers, sugar cane: long and lying.
    Sticks,
    Packets,
    Bottles,
    /// Clothes and towels in piles.
    Folded,
    Bowls,
    Shoes,
    /// Toys, phone cases, trinkets.
    Small,
}

impl Ware {
    /// Any kind.
    pub(super) fn any(s: &mut Stream) -> Self {
        s.pick(&[
            Self::Fruit,
            Self::Fruit,
            Self::Greens,
            Self::Sticks,
            Self::Packets,
            Self::Bottles,
            Self::Folded,
            Self::Bowls,
            Self::Shoes,
            Self::Small,
        ])
    }

    /// Something that grows.
    pub(super) fn grown(s: &mut Stream) -> Self {
        s.pick(&[Self::Fruit, Self::Fruit, Self::Fruit, Self::Greens, Self::Sticks])
    }

    /// Something that is made.
    pub(super) fn made(s: &mut Stream) -> Self {
        s.pick(&[
            Self::Packets,
            Self::Bottles,
            Self::Folded,
            Self::Bowls,
            Self::Shoes,
            Self::Small,
        ])
    }

    /// What a cook has before him.
    pub(super) fn cooked(s: &mut Stream) -> Self {
        s.pick(&[
            Self::Bowls,
            Self::Sticks,
            Self::Fruit,
            Self::Packets,
            Self::Bottles,
        ])
    }
}

/// The colour of fruit: red to yellow to green, seldom purple, brown or white.
pub(super) fn ripe(s: &mut Stream) -> Vec3 {
    let colour = match s.below(8) {
        0 => v(0.55, 0.03, 0.02),
        1 => v(0.75, 0.25, 0.02),
        2 => v(0.70, 0.50, 0.04),
        3 => v(0.20, 0.40, 0.04),
        4 => v(0.06, 0.20, 0.03),
        5 => v(0.20, 0.02, 0.14),
        6 => v(0.30, 0.17, 0.07),
        _ => v(0.65, 0.58, 0.45),
    };
    s.near(colour, 0.4)
}

/// The green of leaves.
pub(super) fn leaf(s: &mut Stream) -> Vec3 {
    let green = v(0.05, 0.20, 0.03).mix(v(0.35, 0.50, 0.14), s.unit());
    s.near(green, 0.3)
}

/// Some skins of colours near one.
fn shades(mesh: &mut Mesh, s: &mut Stream, colour: Vec3) -> [Skin; 3] {
    [0.0, 0.2, 0.4].map(|by| {
        let colour = s.near(colour, by);
        mesh.matt(colour)
    })
}

/// Some skins of any colour.
pub(super) fn motley(mesh: &mut Mesh, s: &mut Stream) -> [Skin; 5] {
    [(); 5].map(|()| {
        let colour = paint(s);
        let look = s.pick(&[Look::Matt, Look::Gloss]);
        mesh.patterned(colour, look, Pattern::Plain)
    })
}

/// Lays wares of one kind over a rectangle about `at`, on its height, at most `most` pieces.
pub(super) fn lay(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), kind: Ware, most: usize) {
    match kind {
        Ware::Fruit => fruit(mesh, s, at, half, most),
        Ware::Greens => greens(mesh, s, at, half, most),
        Ware::Sticks => sticks(mesh, s, at, half, most),
        Ware::Packets => packets(mesh, s, at, half, most),
        Ware::Bottles => bottles(mesh, s, at, half, most),
        Ware::Folded => folded(mesh, s, at, half, most),
        Ware::Bowls => bowls(mesh, s, at, half, most),
        Ware::Shoes => shoes(mesh, s, at, half, most),
        Ware::Small => small(mesh, s, at, half, most),
    }
}

/// `size`, or larger where `most` pieces of so many sizes squared would leave the rectangle bare.
fn filling(size: f32, half: (f32, f32), area: f32, most: usize) -> f32 {
    let room = 4.0 * half.0 * half.1 / most.max(1) as f32;
    size.max((room / area).sqrt())
}

fn fruit(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let radius = filling(s.range(0.035, 0.085), half, 1.8 * 1.8, most).min(0.12);
    let colour = ripe(s);
    let skins = shades(mesh, s, colour);
    let long = s.pick(&[1.0, 1.0, 1.3, 1.6]);
    let heap = s.range(0.0, 0.09);
    for (x, y) in grid(half, (radius * 1.8, radius * 1.8 * long), most) {
        let high = heap * (1.0 - (x / half.0).abs().max((y / half.1).abs())) + s.range(0.8, 1.1) * radius;
        let place = at + v(x + s.range(-0.01, 0.01), y, high);
        let skin = s.pick(&skins);
        mesh.blob(place, v(radius, radius * long, radius), (7, 4), skin, &|_| 1.0);
    }
}

fn greens(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let colour = leaf(s);
    let skins = shades(mesh, s, colour);
    let stalk = mesh.matt(v(0.55, 0.58, 0.40));
    let size = filling(s.range(0.07, 0.13), half, 1.4 * 2.2, most / 2).min(0.2);
    for (x, y) in grid(half, (size * 1.4, size * 2.2), most / 2) {
        let place = at + v(x, y, size * 0.62 + s.range(0.0, 0.04));
        let often = s.range(7.0, 14.0);
        let skin = s.pick(&skins);
        mesh.blob(place, v(size * 0.8, size, size * 0.55), (9, 5), skin, &|d| {
            1.0 + 0.25 * sin(d.x * often) * sin(d.y * often + d.z * 5.0)
        });
        let end = place + v(0.0, size * 1.25, -0.02);
        mesh.rod(place, end, (size * 0.35, size * 0.2), 5, stalk);
    }
}

fn sticks(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let radius = s.range(0.012, 0.032);
    let colour = ripe(s);
    let skins = shades(mesh, s, colour);
    let tip = if s.chance(0.5) {
        let green = leaf(s);
        mesh.matt(green)
    } else {
        skins[0]
    };
    let long = half.1 * s.range(0.6, 0.95);
    for (x, _) in grid((half.0, 0.01), (radius * 2.0, 1.0), most) {
        for level in 0..2 {
            let z = radius + level as f32 * radius * 1.7;
            let a = at + v(x + s.range(-0.02, 0.02), -long + s.range(-0.03, 0.03), z);
            let b = at + v(x + s.range(-0.02, 0.02), long * 0.6, z);
            let skin = s.pick(&skins);
            mesh.rod(a, b, (radius * 0.6, radius), 5, skin);
            mesh.rod(b, b + v(0.0, long * 0.35, 0.0), (radius, radius * 0.7), 4, tip);
        }
    }
}

fn packets(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let skins = motley(mesh, s);
    let cell = (s.range(0.08, 0.18), s.range(0.06, 0.14));
    let high = s.range(0.03, 0.12);
    for (x, y) in grid(half, cell, most) {
        let tall = high * s.range(0.7, 1.2);
        let skin = s.pick(&skins);
        let size = v(cell.0 * s.range(0.36, 0.46), cell.1 * s.range(0.36, 0.46), tall);
        mesh.block(at + v(x, y, tall), size, skin);
    }
}

fn bottles(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let skins = motley(mesh, s);
    let (radius, high) = (s.range(0.03, 0.05), s.range(0.13, 0.26));
    let (body, cap) = (s.pick(&skins), s.pick(&skins));
    let mixed = s.chance(0.4);
    for (x, y) in grid(half, (radius * 2.4, radius * 2.4), most) {
        let skin = if mixed { s.pick(&skins) } else { body };
        let base = at + v(x, y, 0.0);
        let (shoulder, neck) = (base + Vec3::Z * (high * 0.7), base + Vec3::Z * (high * 0.85));
        mesh.rod(base, shoulder, (radius, radius), 7, skin);
        mesh.rod(shoulder, neck, (radius, radius * 0.4), 7, skin);
        mesh.rod(neck, base + Vec3::Z * high, (radius * 0.4, radius * 0.4), 5, cap);
    }
}

fn folded(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let size = (s.range(0.11, 0.17), s.range(0.13, 0.18));
    for (x, y) in grid(half, (size.0 * 2.15, size.1 * 2.15), most / 4) {
        let mut z = 0.0;
        for _ in 0..2 + s.below(5) {
            let colour = paint(s);
            let skin = mesh.patterned(colour, Look::Matt, Pattern::Cloth);
            let thick = s.range(0.012, 0.03);
            let shift = v(s.range(-0.012, 0.012), s.range(-0.012, 0.012), z + thick);
            mesh.block(at + v(x, y, 0.0) + shift, v(size.0, size.1, thick), skin);
            z += thick * 2.0;
        }
    }
}

fn bowls(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let skins = motley(mesh, s);
    let radius = s.range(0.06, 0.15);
    let high = radius * s.range(0.5, 1.3);
    for (x, y) in grid(half, (radius * 2.15, radius * 2.15), most / 2) {
        let base = at + v(x, y, 0.0);
        let (skin, filling) = (s.pick(&skins), s.pick(&skins));
        let top = base + Vec3::Z * high;
        mesh.rod(base, top, (radius * 0.7, radius), 10, skin);
        mesh.blob(
            top,
            v(radius * 0.85, radius * 0.85, 0.03),
            (8, 4),
            filling,
            &|_| 1.0,
        );
    }
}

fn shoes(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let sole = mesh.matt(Vec3::splat(s.range(0.02, 0.7)));
    for (x, y) in grid(half, (0.23, 0.32), most / 3) {
        let colour = paint(s);
        let skin = mesh.gloss(colour);
        for sign in [-0.05, 0.05] {
            let base = at + v(x + sign, y, 0.0);
            mesh.block(base + v(0.0, 0.0, 0.012), v(0.04, 0.125, 0.012), sole);
            mesh.blob(
                base + v(0.0, 0.04, 0.045),
                v(0.042, 0.09, 0.035),
                (7, 4),
                skin,
                &|_| 1.0,
            );
            mesh.blob(
                base + v(0.0, -0.06, 0.065),
                v(0.036, 0.06, 0.06),
                (7, 4),
                skin,
                &|_| 1.0,
            );
        }
    }
}

fn small(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), most: usize) {
    let skins = motley(mesh, s);
    let loud = vivid(s);
    let more = mesh.gloss(loud);
    for (x, y) in grid(half, (0.12, 0.12), most) {
        if s.chance(0.12) {
            continue;
        }
        let skin = if s.chance(0.2) { more } else { s.pick(&skins) };
        let size = v(s.range(0.02, 0.055), s.range(0.02, 0.055), s.range(0.01, 0.06));
        let place = at + v(x + s.range(-0.02, 0.02), y + s.range(-0.02, 0.02), size.z);
        match s.below(3) {
            0 => mesh.block(place, size, skin),
            1 => mesh.blob(place, size, (7, 4), skin, &|_| 1.0),
            _ => mesh.rod(
                place - Vec3::Z * size.z,
                place + Vec3::Z * size.z,
                (size.x, size.x * 0.7),
                7,
                skin,
            ),
        }
    }
}

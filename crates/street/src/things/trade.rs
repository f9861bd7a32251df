//! What is sold from and sat on: stalls, carts, umbrellas, crates of goods, clothes racks, tables, chairs,
//! sign boards on the footway. Seen from the trader at -y towards customers at +y.

mod other;
mod seats;
mod signs;

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};
use crate::styles::Styles;

pub(crate) use seats::{chair, table};
pub(crate) use signs::sign;

fn loud(s: &mut Stream) -> Vec3 {
    let shown = [
        v(0.60, 0.04, 0.04),
        v(0.03, 0.16, 0.52),
        v(0.04, 0.36, 0.12),
        v(0.72, 0.46, 0.03),
        v(0.46, 0.05, 0.30),
        v(0.03, 0.36, 0.42),
        v(0.62, 0.24, 0.03),
    ];
    let held_out = [
        v(0.42, 0.10, 0.12),
        v(0.20, 0.34, 0.56),
        v(0.30, 0.44, 0.10),
        v(0.62, 0.54, 0.26),
        v(0.30, 0.18, 0.44),
        v(0.10, 0.20, 0.20),
        v(0.66, 0.36, 0.28),
    ];
    let colour = s.pick_own(&shown, &held_out);
    s.near(colour, 0.25)
}

/// A sunshade on a pole: eight panels, sagging between the ribs, with a valance.
pub(crate) fn umbrella(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::umbrella(s);
    }
    let (radius, high) = (s.range(1.05, 1.5), s.range(2.25, 2.5));
    let one = loud(s);
    let two = if s.chance(0.55) { v(0.74, 0.73, 0.70) } else { one };
    let cloth = [one, two].map(|c| mesh.patterned(c, Look::Thin, Pattern::Plain));
    let metal = mesh.metal(0.5);
    mesh.rod(v(0.0, 0.0, 0.0), v(0.0, 0.0, high), (0.022, 0.018), 7, metal);
    mesh.rod(v(0.0, 0.0, 0.0), v(0.0, 0.0, 0.12), (0.22, 0.20), 12, metal);
    let at = |ring: f32, k: f32| {
        let turn = k / 8.0 * TURN;
        let between = 1.0 - 2.0 * (k.fract() - 0.5).abs();
        let out = radius * ring * (1.0 - 0.07 * ring * between);
        v(
            cos(turn) * out,
            sin(turn) * out,
            high - radius * 0.30 * ring * ring - 0.03 * between * ring,
        )
    };
    for k in 0..8 {
        let skin = cloth[k % 2];
        for part in 0..3 {
            let (a, b) = (
                k as f32 + part as f32 / 3.0,
                k as f32 + (part as f32 + 0.999) / 3.0,
            );
            for ring in 0..5 {
                let (r, q) = (ring as f32 / 5.0, (ring as f32 + 1.0) / 5.0);
                mesh.quad([at(r, a), at(q, a), at(q, b), at(r, b)], skin);
            }
            let down = Vec3::Z * -0.12;
            mesh.quad(
                [at(1.0, a), at(1.0, b), at(1.0, b) + down, at(1.0, a) + down],
                skin,
            );
        }
    }
    mesh
}

/// An umbrella held over the head of somebody who stands at the origin.
pub(crate) fn hand_umbrella(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = s.pick_own(
        &[
            v(0.03, 0.03, 0.035),
            v(0.04, 0.08, 0.26),
            v(0.40, 0.05, 0.06),
            v(0.28, 0.12, 0.30),
        ],
        &[
            v(0.20, 0.30, 0.28),
            v(0.52, 0.40, 0.10),
            v(0.50, 0.22, 0.28),
            v(0.56, 0.58, 0.60),
        ],
    );
    let cloth = mesh.patterned(s.near(tint, 0.25), Look::Thin, Pattern::Plain);
    let metal = mesh.metal(0.35);
    let (radius, ribs) = (s.range_own((0.46, 0.56), (0.58, 0.68)), s.own(8, 6));
    let (grip, high) = (v(0.16, 0.16, 1.10), s.range(1.98, 2.08));
    let tip = v(0.06, 0.06, high);
    mesh.rod(grip, tip, (0.010, 0.008), 5, metal);
    let rim = |k: usize, out: f32| {
        let turn = k as f32 / ribs as f32 * TURN;
        tip + v(
            cos(turn) * radius * out,
            sin(turn) * radius * out,
            -0.24 * out * out,
        )
    };
    for k in 0..ribs {
        mesh.triangle(tip, rim(k, 0.55), rim(k + 1, 0.55), cloth);
        mesh.quad(
            [rim(k, 0.55), rim(k, 1.0), rim(k + 1, 1.0), rim(k + 1, 0.55)],
            cloth,
        );
    }
    mesh
}

/// A crate heaped with fruit or vegetables; `half` is its inner half size.
fn produce(mesh: &mut Mesh, s: &mut Stream, centre: Vec3, half: Vec3) {
    let side = mesh.matt(s.pick_own(
        &[
            v(0.40, 0.26, 0.13),
            v(0.05, 0.18, 0.42),
            v(0.48, 0.40, 0.28),
            v(0.40, 0.06, 0.05),
        ],
        &[
            v(0.10, 0.30, 0.14),
            v(0.66, 0.66, 0.64),
            v(0.24, 0.20, 0.17),
            v(0.60, 0.44, 0.08),
        ],
    ));
    mesh.block(centre + v(0.0, 0.0, 0.01), v(half.x, half.y, 0.01), side);
    for sign in [-1.0, 1.0] {
        mesh.block(
            centre + v(sign * half.x, 0.0, half.z * 0.5),
            v(0.012, half.y, half.z * 0.5),
            side,
        );
        mesh.block(
            centre + v(0.0, sign * half.y, half.z * 0.5),
            v(half.x, 0.012, half.z * 0.5),
            side,
        );
    }
    let fruits = [
        (v(0.58, 0.05, 0.03), 0.042),
        (v(0.78, 0.30, 0.02), 0.042),
        (v(0.72, 0.55, 0.06), 0.050),
        (v(0.16, 0.36, 0.05), 0.055),
        (v(0.24, 0.03, 0.12), 0.036),
        (v(0.62, 0.60, 0.36), 0.050),
        (v(0.34, 0.16, 0.07), 0.045),
    ];
    let (colour, radius) = match s.own(Styles::Shown, Styles::HeldOut) {
        Styles::Shown | Styles::Varied => s.pick(&fruits),
        Styles::HeldOut => other_fruit(s),
    };
    let skins = [
        mesh.matt(colour),
        mesh.matt(colour * v(0.8, 1.15, 1.0)),
        mesh.matt(colour * 0.75),
    ];
    let (nx, ny) = ((half.x / radius * 0.95) as i32, (half.y / radius * 0.95) as i32);
    for i in 0..nx {
        for j in 0..ny {
            let step =
                |k: i32, n: i32, half: f32| (k as f32 + 0.5 - n as f32 / 2.0) * 2.0 * half * 0.96 / n as f32;
            let lift = half.z * 0.75 + s.range(0.0, 0.025);
            let at = centre
                + v(
                    step(i, nx, half.x) + s.range(-0.008, 0.008),
                    step(j, ny, half.y),
                    lift,
                );
            let skin = s.pick(&skins);
            mesh.blob(at, Vec3::splat(radius), (7, 4), skin, &|_| 1.0);
        }
    }
}

/// A trestle with a cloth and crates of produce, or with small wares.
pub(crate) fn stall(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::stall(s);
    }
    let mut mesh = Mesh::default();
    let metal = mesh.metal(0.4);
    let colour = loud(s);
    let cloth = mesh.patterned(colour, Look::Matt, Pattern::Cloth);
    let (hx, hy) = (s.range(0.75, 1.15), s.range(0.38, 0.5));
    for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        mesh.rod(
            v(x * hx * 0.92, y * hy * 0.9, 0.0),
            v(x * hx * 0.92, y * hy * 0.9, 0.7),
            (0.018, 0.018),
            6,
            metal,
        );
    }
    mesh.block(v(0.0, 0.0, 0.72), v(hx, hy, 0.02), cloth);
    for sign in [-1.0, 1.0] {
        mesh.block(v(0.0, sign * hy, 0.52), v(hx, 0.008, 0.21), cloth);
        mesh.block(v(sign * hx, 0.0, 0.56), v(0.008, hy, 0.17), cloth);
    }
    let columns = (hx / 0.24) as usize;
    if s.chance(0.65) {
        for i in 0..columns {
            for j in 0..2 {
                let x = (i as f32 + 0.5) / columns as f32 * 2.0 * hx - hx;
                let y = (j as f32 - 0.5) * hy;
                produce(
                    &mut mesh,
                    s,
                    v(x, y, 0.74 - 0.02 * j as f32),
                    v(hx / columns as f32 * 0.92, hy * 0.46, 0.11),
                );
            }
        }
    } else {
        wares(&mut mesh, s, (hx, hy), 0.74, 46);
    }
    mesh
}

/// What covers goods on streets held out.
fn other_fruit(s: &mut Stream) -> (Vec3, f32) {
    s.pick(&[
        (v(0.40, 0.46, 0.10), 0.034),
        (v(0.66, 0.20, 0.16), 0.048),
        (v(0.50, 0.34, 0.06), 0.062),
        (v(0.07, 0.14, 0.04), 0.070),
        (v(0.70, 0.66, 0.58), 0.040),
        (v(0.36, 0.05, 0.16), 0.030),
    ])
}

/// Many small things laid out on a level.
fn wares(mesh: &mut Mesh, s: &mut Stream, (hx, hy): (f32, f32), z: f32, count: usize) {
    let skins: Vec<Skin> = (0..8).map(|_| mesh.gloss(loud(s))).collect();
    for _ in 0..count {
        let half = v(s.range(0.03, 0.09), s.range(0.03, 0.08), s.range(0.02, 0.09));
        let at = v(
            s.range(-hx + 0.1, hx - 0.1),
            s.range(-hy + 0.1, hy - 0.1),
            z + half.z,
        );
        let skin = s.pick(&skins);
        mesh.rounded(at, half, 0.015, skin);
    }
}

/// A hand cart with a glazed food counter.
pub(crate) fn cart(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::cart(s);
    }
    let mut mesh = Mesh::default();
    let (metal, rubber) = (mesh.metal(0.5), mesh.matt(Vec3::splat(0.02)));
    let body = mesh.gloss(loud(s));
    let glass = mesh.patterned(v(0.10, 0.11, 0.12), Look::Glass, Pattern::Plain);
    let roof = mesh.patterned(loud(s), Look::Thin, Pattern::Stripes);
    for sign in [-1.0, 1.0] {
        let hub = v(sign * 0.68, -0.1, 0.26);
        mesh.ring(hub, Vec3::X, 0.23, 0.03, (18, 5), rubber);
        mesh.rod(hub - Vec3::X * 0.02, hub + Vec3::X * 0.02, (0.08, 0.08), 8, metal);
        mesh.rod(
            v(sign * 0.5, -0.45, 0.75),
            v(sign * 0.42, -1.0, 0.85),
            (0.016, 0.016),
            6,
            metal,
        );
        for y in [-0.4, 0.4] {
            mesh.rod(
                v(sign * 0.62, y, 0.85),
                v(sign * 0.62, y, 1.95),
                (0.014, 0.014),
                5,
                metal,
            );
        }
    }
    mesh.rod(
        v(-0.42, -1.0, 0.85),
        v(0.42, -1.0, 0.85),
        (0.016, 0.016),
        6,
        metal,
    );
    mesh.rounded(v(0.0, 0.0, 0.60), v(0.64, 0.42, 0.26), 0.02, body);
    mesh.block(v(0.0, 0.0, 0.88), v(0.66, 0.44, 0.015), metal);
    mesh.block(v(0.0, 0.30, 1.12), v(0.60, 0.01, 0.22), glass);
    mesh.rounded(v(0.0, 0.0, 1.98), v(0.72, 0.52, 0.04), 0.03, roof);
    wares(&mut mesh, s, (0.55, 0.32), 0.90, 16);
    let pot = mesh.metal(0.3);
    mesh.rod(v(0.3, -0.1, 0.90), v(0.3, -0.1, 1.12), (0.17, 0.18), 14, pot);
    let board = mesh.gloss(loud(s));
    mesh.block(v(0.0, 0.44, 0.62), v(0.5, 0.012, 0.17), board);
    mesh
}

/// Goods put out on the ground: crates in steps, sacks, stacked boxes.
pub(crate) fn goods(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::goods(s);
    }
    let mut mesh = Mesh::default();
    let board = mesh.patterned(v(0.42, 0.30, 0.18), Look::Matt, Pattern::Wood);
    let columns = 2 + s.below(3);
    if s.chance(0.7) {
        for i in 0..columns {
            for step in 0..2 {
                let x = (i as f32 - (columns as f32 - 1.0) / 2.0) * 0.52;
                let (y, z) = (0.28 - step as f32 * 0.42, 0.16 + step as f32 * 0.24);
                mesh.block(v(x, y, z / 2.0), v(0.24, 0.19, z / 2.0), board);
                produce(&mut mesh, s, v(x, y, z), v(0.235, 0.185, 0.13));
            }
        }
    } else {
        let skins: Vec<Skin> = (0..4)
            .map(|_| mesh.patterned(loud(s), Look::Gloss, Pattern::Plain))
            .collect();
        for i in 0..columns {
            for level in 0..=s.below(4) {
                let x = (i as f32 - (columns as f32 - 1.0) / 2.0) * 0.50 + s.range(-0.02, 0.02);
                let skin = s.pick(&skins);
                mesh.rounded(
                    v(x, s.range(-0.03, 0.03), 0.15 + level as f32 * 0.30),
                    v(0.22, 0.17, 0.145),
                    0.02,
                    skin,
                );
            }
        }
    }
    mesh
}

/// A rail of clothes.
pub(crate) fn rack(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::rack(s);
    }
    let mut mesh = Mesh::default();
    let metal = mesh.metal(0.5);
    let (half, high) = (s.range(0.6, 0.95), s.range(1.45, 1.65));
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * half, 0.0, 0.0),
            v(sign * half, 0.0, high),
            (0.017, 0.017),
            6,
            metal,
        );
        mesh.rod(
            v(sign * half, -0.28, 0.03),
            v(sign * half, 0.28, 0.03),
            (0.017, 0.017),
            6,
            metal,
        );
    }
    mesh.rod(v(-half, 0.0, high), v(half, 0.0, high), (0.017, 0.017), 6, metal);
    let mut x = -half + 0.08;
    while x < half - 0.05 {
        let cloth = mesh.patterned(
            loud(s).mix(Vec3::splat(s.range(0.1, 0.7)), s.unit()),
            Look::Matt,
            Pattern::Cloth,
        );
        let (long, wide) = (s.range(0.30, 0.48), s.range(0.18, 0.25));
        mesh.rounded(v(x, 0.0, high - 0.06 - long), v(0.022, wide, long), 0.02, cloth);
        x += s.range(0.055, 0.10);
    }
    mesh
}

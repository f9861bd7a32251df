//! Other makes of what trade puts on the street, one file per kind; here the parts they share. Seen as in
//! `things::trade`: the trader at -y, customers at +y.
//!
//! Not for: what is sold (`wares`), what is printed (`prints`); what streets held out have.

#[cfg(test)]
mod tests;

mod barrows;
mod carts;
mod chairs;
mod fresh;
mod goods;
mod prints;
mod racks;
mod shades;
mod signs;
mod stalls;
mod tables;
mod wares;

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::any_colour;

pub(super) use carts::cart;
pub(super) use chairs::chair;
pub(super) use goods::goods;
pub(super) use racks::rack;
pub(super) use shades::umbrella;
pub(super) use signs::sign;
pub(super) use stalls::stall;
pub(super) use tables::table;

/// One design of a thing; the stream decides its measures and parts.
type Make = fn(&mut Stream) -> Mesh;

/// A loud colour of any hue.
fn vivid(s: &mut Stream) -> Vec3 {
    let turn = s.unit() * 6.0;
    let channel = |shift: f32| {
        let far = ((turn + shift).rem_euclid(6.0) - 3.0).abs();
        (far - 1.0).clamp(0.0, 1.0)
    };
    let pure = v(channel(0.0), channel(4.0), channel(2.0));
    let (grey, light) = (s.range(0.03, 0.35), s.range(0.25, 0.75));
    pure.mix(Vec3::ONE, grey) * light
}

/// The colour of something made: loud as often as any.
fn paint(s: &mut Stream) -> Vec3 {
    if s.chance(0.6) { vivid(s) } else { any_colour(s) }
}

/// Wood, from pale to dark.
fn timber(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let pale = v(0.52, 0.38, 0.22).mix(v(0.16, 0.08, 0.045), s.unit());
    mesh.patterned(s.near(pale, 0.3), Look::Matt, Pattern::Wood)
}

/// What frames are made of: bare or painted tube.
fn tube(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    if s.chance(0.55) {
        mesh.metal(s.range(0.25, 0.7))
    } else {
        let colour = paint(s).mix(Vec3::splat(s.range(0.02, 0.7)), s.unit());
        mesh.gloss(colour)
    }
}

/// Sheet for bodies: lacquer, bare steel or worn paint.
fn sheet(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    match s.below(5) {
        0 => mesh.metal(s.range(0.35, 0.7)),
        1 => {
            let colour = paint(s);
            mesh.patterned(colour, Look::Matt, Pattern::WornPaint)
        }
        2 => {
            let white = s.range(0.5, 0.8);
            mesh.gloss(Vec3::splat(white))
        }
        _ => {
            let colour = paint(s);
            mesh.gloss(colour)
        }
    }
}

/// Woven stuff that hangs or covers.
fn cloth(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let pattern = s.pick(&[Pattern::Cloth, Pattern::Cloth, Pattern::Plain, Pattern::Stripes]);
    let colour = paint(s);
    mesh.patterned(colour, Look::Matt, pattern)
}

/// Tarpaulin or awning: light shines through.
fn tarpaulin(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let pattern = s.pick(&[
        Pattern::Plain,
        Pattern::Plain,
        Pattern::Crinkled,
        Pattern::Stripes,
    ]);
    let colour = paint(s);
    mesh.patterned(colour, Look::Thin, pattern)
}

/// Window glass.
fn glass(mesh: &mut Mesh) -> Skin {
    mesh.patterned(v(0.10, 0.11, 0.12), Look::Glass, Pattern::Plain)
}

/// A straight round bar.
fn bar(mesh: &mut Mesh, a: Vec3, b: Vec3, radius: f32, skin: Skin) {
    mesh.rod(a, b, (radius, radius), 6, skin);
}

/// The four corners of a rectangle, in order around.
fn corners((hx, hy): (f32, f32)) -> [(f32, f32); 4] {
    [(-hx, -hy), (hx, -hy), (hx, hy), (-hx, hy)]
}

/// Four legs under the corners of a rectangle, from `high` down to feet `splay` further out.
fn legs(mesh: &mut Mesh, half: (f32, f32), high: f32, splay: f32, radius: f32, skin: Skin) {
    for (x, y) in corners(half) {
        let foot = v(x + splay * x.signum(), y + splay * y.signum(), 0.0);
        bar(mesh, foot, v(x, y, high), radius, skin);
    }
}

/// Two pairs of crossed legs, one at each end, as under folding tables.
fn crossed_legs(mesh: &mut Mesh, (hx, hy): (f32, f32), high: f32, radius: f32, skin: Skin) {
    for x in [-hx, hx] {
        for y in [-hy, hy] {
            bar(mesh, v(x, y, 0.0), v(x, -y, high), radius, skin);
        }
    }
    for y in [-hy, hy] {
        bar(mesh, v(-hx, y, 0.02), v(hx, y, 0.02), radius, skin);
    }
}

/// A level rectangle of bars about `at`.
fn hoop(mesh: &mut Mesh, at: Vec3, half: (f32, f32), radius: f32, skin: Skin) {
    let around = corners(half);
    for (i, &(x, y)) in around.iter().enumerate() {
        let (u, w) = around[(i + 1) % 4];
        bar(mesh, at + v(x, y, 0.0), at + v(u, w, 0.0), radius, skin);
    }
}

/// An open box on its floor at `at`.
fn tray(mesh: &mut Mesh, at: Vec3, (hx, hy): (f32, f32), high: f32, skin: Skin) {
    let thick = 0.008 + high * 0.03;
    mesh.block(at + Vec3::Z * thick, v(hx, hy, thick), skin);
    for sign in [-1.0, 1.0] {
        let up = Vec3::Z * (high * 0.5);
        mesh.block(
            at + up + Vec3::X * (sign * hx),
            v(thick, hy + thick, high * 0.5),
            skin,
        );
        mesh.block(at + up + Vec3::Y * (sign * hy), v(hx, thick, high * 0.5), skin);
    }
}

/// Points of a grid over a rectangle about the origin, as near to `cell` apart as `most` points allow.
fn grid((hx, hy): (f32, f32), cell: (f32, f32), most: usize) -> Vec<(f32, f32)> {
    let count = |grow: f32| {
        let along = |half: f32, cell: f32| ((2.0 * half / (cell * grow)) as usize).max(1);
        (along(hx, cell.0), along(hy, cell.1))
    };
    let mut grow = 1.0;
    while grow < 40.0 && count(grow).0 * count(grow).1 > most {
        grow *= 1.1;
    }
    let (nx, ny) = count(grow);
    let place = |i: usize, n: usize, half: f32| ((i as f32 + 0.5) / n as f32 * 2.0 - 1.0) * half;
    (0..nx * ny)
        .map(|k| (place(k % nx, nx, hx), place(k / nx, ny, hy)))
        .collect()
}

/// Cloth that falls over the edges of a table top: from `z` down by `drop`, in folds.
fn skirt(mesh: &mut Mesh, (hx, hy): (f32, f32), z: f32, drop: f32, folds: usize, skin: Skin) {
    let points = folds.clamp(4, 24) * 4;
    let side = |along: f32| {
        // Around the rectangle by length, from the corner at -x, -y.
        let whole = 4.0 * (hx + hy);
        let mut far = along * whole;
        let around = corners((hx, hy));
        for (i, &(x, y)) in around.iter().enumerate() {
            let (u, w) = around[(i + 1) % 4];
            let long = (u - x).abs() + (w - y).abs();
            if far <= long || i == 3 {
                let t = (far / long).min(1.0);
                return v(x + (u - x) * t, y + (w - y) * t, 0.0);
            }
            far -= long;
        }
        Vec3::ZERO
    };
    let section = |down: f32| {
        (0..points)
            .map(|k| {
                let p = side(k as f32 / points as f32);
                let fold = 0.012 + 0.03 * down * (1.0 + sin(k as f32 * TURN / 4.0 + 0.7));
                p + v(p.x / hx.max(0.05), p.y / hy.max(0.05), 0.0) * fold + Vec3::Z * (z - drop * down)
            })
            .collect()
    };
    mesh.block(v(0.0, 0.0, z), v(hx + 0.012, hy + 0.012, 0.012), skin);
    let sections: Vec<Vec<Vec3>> = [0.0, 0.5, 1.0].map(section).into();
    mesh.loft(&sections, true, 60.0, &|_, _| skin);
}

/// A wheel about the x axis; `spokes` of none means a disc.
fn wheel(mesh: &mut Mesh, hub: Vec3, radius: f32, spokes: usize, rim: Skin) {
    let rubber = mesh.matt(Vec3::splat(0.025));
    let thick = (radius * 0.13).max(0.012);
    mesh.ring(hub, Vec3::X, radius - thick, thick, (16, 5), rubber);
    let core = if spokes == 0 { radius * 0.8 } else { radius * 0.2 };
    let half = Vec3::X * (thick * 0.9);
    mesh.rod(hub - half, hub + half, (core, core), 12, rim);
    for k in 0..spokes {
        let turn = k as f32 / spokes as f32 * TURN;
        let out = v(0.0, cos(turn), sin(turn)) * (radius - thick);
        mesh.rod(hub, hub + out, (0.008, 0.006), 4, rim);
    }
}

/// A wheel that rolls along x.
fn sideways(mesh: &mut Mesh, hub: Vec3, radius: f32, spokes: usize, skin: Skin) {
    mesh.part(&Pose::new(hub, TURN / 4.0), |m| {
        wheel(m, Vec3::ZERO, radius, spokes, skin);
    });
}

/// A castor under a point at `top`.
fn castor(mesh: &mut Mesh, at: (f32, f32), top: f32, skin: Skin) {
    let radius = (top * 0.42).min(0.09);
    wheel(mesh, v(at.0, at.1, radius), radius, 0, skin);
    bar(mesh, v(at.0, at.1, radius), v(at.0, at.1, top), 0.012, skin);
}

/// A roof over a rectangle about the origin.
#[derive(Debug, Clone, Copy)]
enum Roof {
    /// Sags between its corners and falls towards -y.
    Lean,
    Gable,
    Pyramid,
    /// A barrel over x.
    Arch,
    Flat,
}

/// Stretches `skin` as a roof whose eaves are at `z`, its top `rise` above.
fn roof(mesh: &mut Mesh, kind: Roof, (hx, hy): (f32, f32), z: f32, rise: f32, skin: Skin) {
    let height = |a: f32, b: f32| match kind {
        Roof::Lean => rise * (b + 1.0) / 2.0 - 0.25 * rise * (1.0 - a * a) * (1.0 - b * b),
        Roof::Gable => rise * (1.0 - b.abs()) - 0.10 * rise * (1.0 - a * a),
        Roof::Pyramid => rise * (1.0 - a.abs().max(b.abs())),
        Roof::Arch => rise * cos(b * TURN / 4.0),
        Roof::Flat => -0.1 * rise * (1.0 - a * a),
    };
    mesh.field(8, skin, &|a, b| v(a * hx, b * hy, z + height(a, b)));
}

/// A strip that hangs from a level rectangle at `z`, straight or in scallops.
fn valance(mesh: &mut Mesh, half: (f32, f32), z: f32, drop: f32, scallops: usize, skin: Skin) {
    let around = corners(half);
    for (i, &(x, y)) in around.iter().enumerate() {
        let (u, w) = around[(i + 1) % 4];
        let (a, b) = (v(x, y, z), v(u, w, z));
        let at = |t: f32, down: f32| a.mix(b, t) - Vec3::Z * (drop * down);
        if scallops == 0 {
            mesh.quad([at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)], skin);
        }
        for k in 0..scallops {
            let t = |part: f32| (k as f32 + part) / scallops as f32;
            mesh.quad(
                [at(t(0.0), 0.0), at(t(1.0), 0.0), at(t(0.8), 1.0), at(t(0.2), 1.0)],
                skin,
            );
        }
    }
}

//! What rubbish and building materials of many makes share: skins, and shapes that turn up in several of them.
//!
//! Not for: a thing by itself; those are in the files beside this one.

use super::any_colour;
use crate::chance::{Stream, noise};
use crate::maths::{Bounds, Pose, TURN, Vec3, cos, pow, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

/// Builds one design of a class, standing on the ground around the origin.
pub(super) type Make = fn(&mut Stream) -> Mesh;

/// One of several designs, drawn.
pub(super) fn any(makes: &[Make], s: &mut Stream) -> Mesh {
    s.pick(makes)(s)
}

/// The same, moved so that its lowest point touches the ground and its middle is over the origin.
pub(super) fn stood(mut mesh: Mesh) -> Mesh {
    let mut bounds = Bounds::EMPTY;
    mesh.triangles
        .iter()
        .flat_map(|t| t.p)
        .for_each(|p| bounds.grow(p));
    if mesh.triangles.is_empty() {
        return mesh;
    }
    let middle = bounds.centre();
    let by = v(middle.x, middle.y, bounds.min.z);
    for t in &mut mesh.triangles {
        t.p = t.p.map(|p| p - by);
    }
    mesh
}

/// Corrugated cardboard, brown to whitish.
pub(super) fn card(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = v(0.44, 0.30, 0.17).mix(v(0.66, 0.62, 0.55), s.unit() * s.unit());
    let colour = s.near(colour, 0.3);
    let colour = if s.chance(0.1) { any_colour(s) } else { colour };
    mesh.patterned(colour, Look::Matt, Pattern::Cardboard)
}

/// Sawn wood, fresh to weathered.
pub(super) fn timber(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let old = s.unit();
    let colour = v(0.50, 0.35, 0.18).mix(v(0.24, 0.21, 0.18), old * old);
    let colour = s.near(colour, 0.35);
    mesh.patterned(colour, Look::Matt, Pattern::Wood)
}

/// Plastic film of bags: black, white, red, blue, green or anything.
pub(super) fn film(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = match s.below(10) {
        0..=3 => Vec3::splat(s.range(0.008, 0.04)),
        4 | 5 => s.near(v(0.66, 0.66, 0.64), 0.25),
        6 => s.near(v(0.45, 0.05, 0.05), 0.35),
        7 => s.near(v(0.06, 0.16, 0.40), 0.4),
        _ => any_colour(s),
    };
    mesh.patterned(colour, Look::Gloss, Pattern::Crinkled)
}

/// Plain plastic or lacquer of any colour.
pub(super) fn plastic(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = any_colour(s);
    mesh.gloss(colour)
}

/// The way from `a` to `b` as a bar of rectangular section, `half` to each side of the line.
pub(super) fn bar(mesh: &mut Mesh, ends: (Vec3, Vec3), half: (f32, f32), skin: Skin) {
    let (a, b) = ends;
    let along = (b - a).unit();
    // The broad side lies level where it can.
    let side = if along.z.abs() > 0.99 {
        Vec3::X
    } else {
        Vec3::Z.cross(along).unit()
    };
    let pose = Pose {
        at: (a + b) * 0.5,
        axes: [side, along, side.cross(along)],
    };
    let size = v(half.0, (b - a).length() * 0.5, half.1);
    mesh.part(&pose, |m| m.block(Vec3::ZERO, size, skin));
}

/// An open-ended pipe: outer skin, dark inside.
pub(super) fn pipe(mesh: &mut Mesh, ends: (Vec3, Vec3), radius: f32, skin: Skin) {
    let (a, b) = ends;
    mesh.rod(a, b, (radius, radius), 12, skin);
    let dark = mesh.matt(Vec3::splat(0.01));
    let along = (b - a).unit() * 0.004;
    mesh.rod(a - along, b + along, (radius * 0.82, radius * 0.82), 10, dark);
}

/// A level cross-section with round corners: `(z, half x, half y)`.
pub(super) fn section(at: (f32, f32, f32), round: f32) -> Vec<Vec3> {
    let (z, hx, hy) = at;
    let round = round.min(hx).min(hy);
    let corners = [
        (1.0, 1.0, 0.0),
        (-1.0, 1.0, 0.25),
        (-1.0, -1.0, 0.5),
        (1.0, -1.0, 0.75),
    ];
    let corner = |(sx, sy, from): (f32, f32, f32)| {
        (0..4).map(move |k| {
            let a = (from + k as f32 / 12.0) * TURN;
            v(
                sx * (hx - round) + cos(a) * round,
                sy * (hy - round) + sin(a) * round,
                z,
            )
        })
    };
    corners.into_iter().flat_map(corner).collect()
}

/// A body of stacked cross-sections `(z, half x, half y)` with round corners, closed below, and above if `lid`.
pub(super) fn hull(mesh: &mut Mesh, levels: &[(f32, f32, f32)], round: f32, lid: bool, skin: Skin) {
    let (Some(low), Some(high)) = (levels.first(), levels.last()) else {
        return;
    };
    let mut rings = vec![section((low.0, 0.0, 0.0), 0.0)];
    rings.extend(levels.iter().map(|level| section(*level, round)));
    if lid {
        rings.push(section((high.0, 0.0, 0.0), 0.0));
    }
    mesh.loft(&rings, true, 35.0, &|_, _| skin);
}

/// A stuffed body between a ball (`power` 2) and a box (large), with lumps of `rough` of its size.
pub(super) fn stuffed(
    mesh: &mut Mesh,
    place: (Vec3, Vec3),
    (power, rough): (f32, f32),
    skin: Skin,
    seed: f32,
) {
    let (centre, half) = place;
    let shift = v(seed, seed * 0.7, seed * 0.3);
    let bulge = |d: Vec3| {
        let sum = [d.x, d.y, d.z].map(|c| pow(c.abs(), power)).iter().sum::<f32>();
        let lumps = noise(d * 2.6 + shift) * 0.7 + noise(d * 6.5 + shift) * 0.3;
        pow(sum, -1.0 / power) * (1.0 + rough * (lumps - 0.5) * 2.0)
    };
    mesh.blob(centre, half, (18, 12), skin, &bulge);
}

/// An open box of sheets: floor and four walls around `half`, its floor at z = 0.
pub(super) fn tray(mesh: &mut Mesh, half: Vec3, thick: f32, skin: Skin) {
    mesh.block(v(0.0, 0.0, thick), v(half.x, half.y, thick), skin);
    for sign in [-1.0, 1.0] {
        mesh.block(v(sign * half.x, 0.0, half.z), v(thick, half.y, half.z), skin);
        mesh.block(v(0.0, sign * half.y, half.z), v(half.x, thick, half.z), skin);
    }
}

/// A place on a round heap of `radius` and height `high`.
pub(super) fn on_heap(s: &mut Stream, radius: f32, high: f32) -> Vec3 {
    let (turn, out) = (s.range(0.0, TURN), s.unit().sqrt());
    let z = high * (1.0 - out * out) * s.range(0.75, 1.05);
    v(cos(turn) * out * radius, sin(turn) * out * radius, z)
}

/// Any pose at a place, tilted up to `tilt` radians.
pub(super) fn thrown(s: &mut Stream, at: Vec3, tilt: f32) -> Pose {
    Pose::tilted(at, s.range(-tilt, tilt), s.range(-tilt, tilt), s.range(0.0, TURN))
}

#[cfg(test)]
mod tests {
    use super::super::{bags, bins, boards, cartons, furniture, heaps, masonry, pallets, sands};
    use super::*;
    use crate::chance::Concern;

    /// Designs, and how far a thing of the class may reach: least and most of its longest side.
    const CLASSES: &[(&str, &[Make], (f32, f32))] = &[
        ("bag", bags::BAGS, (0.2, 1.8)),
        ("heap", heaps::HEAPS, (0.8, 4.5)),
        ("bins", bins::BINS, (0.3, 4.2)),
        ("brimming", bins::BRIMMING, (0.5, 5.0)),
        ("boards", boards::BOARDS, (0.8, 4.5)),
        ("bricks", masonry::BRICKS, (0.4, 3.5)),
        ("sands", sands::SANDS, (0.5, 4.6)),
        ("furniture", furniture::FURNITURE, (0.5, 3.2)),
        ("pallets", pallets::PALLETS, (0.7, 3.2)),
        ("cartons", cartons::CARTONS, (0.25, 3.5)),
    ];

    #[test]
    fn every_design_is_a_sound_thing_on_the_ground() {
        for (class, makes, (least, most)) in CLASSES {
            for (number, make) in makes.iter().enumerate() {
                for index in 0..60 {
                    let mesh = make(&mut Stream::new(5, Concern::Thing, index));
                    let name = format!("{class} {number}, draw {index}");
                    let mut bounds = Bounds::EMPTY;
                    for p in mesh.triangles.iter().flat_map(|t| t.p.into_iter().chain(t.n)) {
                        assert!(p.x.is_finite() && p.y.is_finite() && p.z.is_finite(), "{name}");
                    }
                    mesh.triangles
                        .iter()
                        .flat_map(|t| t.p)
                        .for_each(|p| bounds.grow(p));
                    let count = mesh.triangles.len();
                    assert!((12..8000).contains(&count), "{name} has {count} triangles");
                    let skins = mesh.materials.len();
                    assert!(
                        mesh.triangles.iter().all(|t| usize::from(t.skin.0) < skins),
                        "{name}"
                    );
                    assert!(bounds.min.z.abs() < 0.02, "{name} stands at {}", bounds.min.z);
                    let side = (bounds.max - bounds.min).largest();
                    assert!((*least..*most).contains(&side), "{name} is {side} m long");
                    assert!(bounds.max.z < 3.0, "{name} is {} m high", bounds.max.z);
                    let off = bounds.centre();
                    assert!(
                        off.x.abs() < 0.3 && off.y.abs() < 0.3,
                        "{name} stands beside its place"
                    );
                }
            }
        }
    }
}

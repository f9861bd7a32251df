//! Three wheels: for freight, open, fenced, roofed or boxed; for passengers; with a cabin. Whoever drives sits ahead of
//! the middle on a seat 0.74 m high, knees forward, hands on a bar.

mod frame;

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Glow, Look, Mesh, Pattern};

use super::any_colour;
use super::shell::paint;
use frame::{frame, roof, sides, wares};

pub(super) use frame::cycle_wheel;

/// A three-wheeler.
pub(in super::super) fn three_wheeler(s: &mut Stream) -> Mesh {
    let design = s.pick(&DESIGNS);
    design(s)
}

pub(super) const DESIGNS: [fn(&mut Stream) -> Mesh; 7] =
    [open, canopied, fenced, parcel, passenger, cabin, pedalled];

fn open(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let f = frame(&mut mesh, s);
    if s.chance(0.8) {
        let high = s.range(0.06, 0.24);
        sides(&mut mesh, &f, high);
    }
    wares(&mut mesh, s, &f, 0.15);
    mesh
}

/// A roof of cloth or sheet on posts, over the driver or over everything.
fn canopied(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let f = frame(&mut mesh, s);
    let high = s.range(0.08, 0.22);
    sides(&mut mesh, &f, high);
    wares(&mut mesh, s, &f, 0.05);
    let whole = s.chance(0.5);
    let (rear, front) = (if whole { f.rear } else { f.front - 0.35 }, s.range(0.75, 1.0));
    let roof = roof(&mut mesh, s, &f, (rear, front));
    if s.chance(0.5) {
        // A screen of clear plastic against the wind.
        let clear = mesh.patterned(v(0.05, 0.06, 0.065), Look::Glass, Pattern::Plain);
        let (w, y) = (f.wide * 0.8, front - 0.06);
        mesh.quad(
            [
                v(-w, y, roof),
                v(w, y, roof),
                v(w, y + 0.12, 1.02),
                v(-w, y + 0.12, 1.02),
            ],
            clear,
        );
    }
    mesh
}

/// Mesh between bars around the bed.
fn fenced(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let f = frame(&mut mesh, s);
    let plate = s.range(0.03, 0.12);
    sides(&mut mesh, &f, plate);
    let (low, high) = (f.bed + plate * 2.0, f.bed + s.range(0.5, 0.95));
    let (middle, half) = (f32::midpoint(f.front, f.rear), (f.front - f.rear) / 2.0);
    let wire = if s.chance(0.5) { f.metal } else { f.body };
    let (levels, uprights) = (3 + s.below(4), 6 + s.below(8));
    let thin = s.range(0.005, 0.012);
    for sign in [-1.0, 1.0] {
        for k in 1..=levels {
            let z = low + (high - low) * k as f32 / levels as f32;
            let thick = if k == levels { 0.018 } else { thin };
            mesh.block(v(sign * f.wide, middle, z), v(thick, half, thick), wire);
            mesh.block(v(0.0, middle + sign * half, z), v(f.wide, thick, thick), wire);
        }
        for k in 0..=uprights {
            let t = k as f32 / uprights as f32;
            let thick = if k % 4 == 0 { 0.016 } else { thin };
            let half_high = v(thick, thick, (high - low) / 2.0);
            let z = f32::midpoint(low, high);
            mesh.block(v(sign * f.wide, f.rear + t * half * 2.0, z), half_high, wire);
            if k % 2 == 0 {
                mesh.block(
                    v((t * 2.0 - 1.0) * f.wide, middle + sign * half, z),
                    half_high,
                    wire,
                );
            }
        }
    }
    wares(&mut mesh, s, &f, 0.25);
    if s.chance(0.3) {
        roof(&mut mesh, s, &f, (f.front - 0.3, 0.9));
    }
    mesh
}

/// A parcel firm's: a box with doors behind the driver, often a roof on to the screen.
fn parcel(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let f = frame(&mut mesh, s);
    let skin = mesh.gloss(any_colour(s));
    let (middle, half) = (f32::midpoint(f.front, f.rear), (f.front - f.rear) / 2.0);
    let high = s.range(0.42, 0.66);
    let z = f.bed + 0.03 + high;
    let w = f.wide + s.range(0.0, 0.08);
    mesh.rounded(v(0.0, middle, z), v(w, half, high), s.range(0.02, 0.08), skin);
    let field = mesh.matt(any_colour(s));
    for sign in [-1.0, 1.0] {
        let at = v(sign * (w + 0.002), middle, z + high * s.range(-0.1, 0.4));
        mesh.block(at, v(0.005, half * 0.7, high * 0.3), field);
    }
    for x in [-0.02, 0.02] {
        mesh.block(v(x, f.rear - 0.004, z), v(0.006, 0.008, high * 0.9), f.dark);
    }
    mesh.block(v(0.12, f.rear - 0.015, z), v(0.02, 0.015, 0.1), f.metal);
    if s.chance(0.5) {
        let front = s.range(0.75, 0.95);
        roof(&mut mesh, s, &f, (f.front - 0.05, front));
    }
    mesh
}

/// For passengers: benches under one roof, open at the sides.
fn passenger(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let f = frame(&mut mesh, s);
    let high = s.range(0.12, 0.24);
    sides(&mut mesh, &f, high);
    let bench = mesh.matt(any_colour(s));
    mesh.rounded(
        v(0.0, f.rear + 0.28, f.bed + 0.22),
        v(f.wide - 0.05, 0.2, 0.07),
        0.05,
        bench,
    );
    mesh.rounded(
        v(0.0, f.rear + 0.10, f.bed + 0.5),
        v(f.wide - 0.05, 0.06, 0.26),
        0.05,
        bench,
    );
    let front = s.range(0.85, 1.0);
    let z = roof(&mut mesh, s, &f, (f.rear, front));
    let glass = mesh.patterned(v(0.03, 0.035, 0.04), Look::Glass, Pattern::Plain);
    if s.chance(0.7) {
        // A nose with a screen over it.
        let w = f.wide * 0.8;
        mesh.rounded(v(0.0, front + 0.02, 0.74), v(w, 0.07, 0.3), 0.06, f.body);
        mesh.quad(
            [
                v(-w, front - 0.08, z),
                v(w, front - 0.08, z),
                v(w, front + 0.05, 1.03),
                v(-w, front + 0.05, 1.03),
            ],
            glass,
        );
    }
    if s.chance(0.6) {
        let back = mesh.matt(any_colour(s));
        let (low, w) = (f.bed + 0.3, f.wide);
        mesh.quad(
            [
                v(-w, f.rear, low),
                v(w, f.rear, low),
                v(w, f.rear, z),
                v(-w, f.rear, z),
            ],
            back,
        );
        mesh.block(
            v(0.0, f.rear - 0.006, (low + z * 2.0) / 3.0),
            v(w * 0.6, 0.006, 0.15),
            glass,
        );
    }
    mesh
}

/// A closed cabin with doors, a bed or a round tail behind it.
fn cabin(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let f = frame(&mut mesh, s);
    let skin = mesh.gloss(paint(s));
    let tint = s.range(0.015, 0.04);
    let glass = mesh.patterned(v(tint, tint * 1.15, tint * 1.2), Look::Glass, Pattern::Plain);
    let whole = s.chance(0.5);
    let rear = if whole { f.rear } else { -0.12 };
    let (top, w) = (s.range(1.72, 1.86), s.range(0.5, 0.62));
    let nose = s.range(1.18, 1.38);
    let (low, belt) = (s.range(0.28, 0.36), s.range(0.92, 1.05));
    // (along, top, share of the width, glass from here on)
    let stations = [
        (nose, belt - 0.22, 0.55, false),
        (nose - 0.06, belt - 0.04, 0.75, false),
        (nose - 0.18, belt + 0.04, 0.88, true),
        (nose - s.range(0.42, 0.6), top - 0.05, 0.96, true),
        (0.42, top, 1.0, false),
        (0.36, top, 1.0, true),
        (rear + 0.12, top - 0.03, 1.0, false),
        (rear, top - s.range(0.08, 0.2), 0.95, false),
    ];
    let section = |&(y, z, share, _): &(f32, f32, f32, bool)| -> Vec<Vec3> {
        let (x, belt) = (w * share, belt.min(z - 0.04));
        let half = [
            v(x * 0.9, y, low),
            v(x, y, low + 0.12),
            v(x * 0.98, y, belt),
            v(x * 0.86, y, z - 0.05),
            v(x * 0.7, y, z),
            v(0.0, y, z + 0.02),
        ];
        half.iter()
            .copied()
            .chain(half.iter().rev().skip(1).map(|p| v(-p.x, p.y, p.z)))
            .collect()
    };
    let sections: Vec<Vec<Vec3>> = stations.iter().map(section).collect();
    mesh.loft(&sections, false, 34.0, &|i, j| {
        let (side, above) = (j == 2 || j == 7, (3..=6).contains(&j));
        let glazed = stations.get(i).is_some_and(|st| st.3);
        if glazed && (side || above && i == 2) {
            glass
        } else {
            skin
        }
    });
    for end in [sections.first(), sections.last()].into_iter().flatten() {
        for j in 0..end.len() / 2 - 1 {
            let k = end.len() - 1 - j;
            mesh.quad([end[j], end[j + 1], end[k - 1], end[k]], skin);
        }
    }
    for sign in [-1.0, 1.0] {
        for y in [0.4, 0.75] {
            mesh.block(
                v(sign * w, y, f32::midpoint(low, belt)),
                v(0.006, 0.008, (belt - low) / 2.0 - 0.05),
                f.dark,
            );
        }
    }
    mesh.block(v(0.0, rear - 0.012, belt + 0.25), v(w * 0.6, 0.012, 0.16), glass);
    let lamp = mesh.glowing(v(0.85, 0.87, 0.9), Glow::Driving(4.0));
    for sign in [-1.0, 1.0] {
        mesh.ball(
            v(sign * w * 0.45, nose - 0.01, belt - 0.25),
            v(0.08, 0.05, 0.08),
            lamp,
        );
    }
    if !whole {
        let high = s.range(0.06, 0.2);
        sides(&mut mesh, &f, high);
        wares(&mut mesh, s, &f, 0.1);
    }
    mesh
}

/// The old kind with pedals: thin wheels, a plank bed.
fn pedalled(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let mut f = frame(&mut mesh, s);
    let plank = mesh.patterned(s.near(v(0.3, 0.2, 0.1), 0.5), Look::Matt, Pattern::Wood);
    f.body = plank;
    let high = s.range(0.03, 0.14);
    sides(&mut mesh, &f, high);
    for sign in [-1.0, 1.0] {
        let (low, up) = (v(sign * f.wide, f.rear, f.bed), s.range(0.2, 0.4));
        mesh.limb(low, low + v(0.0, -0.02, up), (0.015, 0.015), f.metal);
        mesh.limb(
            v(low.x, f.front, f.bed),
            v(low.x, f.front, f.bed + up),
            (0.015, 0.015),
            f.metal,
        );
        mesh.limb(
            low + Vec3::Z * up,
            v(low.x, f.front, f.bed + up),
            (0.013, 0.013),
            f.metal,
        );
        mesh.rod(
            v(0.0, 0.55, 0.32),
            v(sign * 0.1, 0.55 - sign * 0.1, 0.3),
            (0.012, 0.012),
            5,
            f.metal,
        );
    }
    mesh.rod(
        v(-0.04, 0.55, 0.34),
        v(0.04, 0.55, 0.34),
        (0.09, 0.09),
        12,
        f.metal,
    );
    wares(&mut mesh, s, &f, 0.3);
    mesh
}

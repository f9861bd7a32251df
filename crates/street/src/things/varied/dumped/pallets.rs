//! Pallets of many makes: wood and plastic, stacked, leaning, loaded, with sides, broken.

use super::any_colour;
use super::boxes::{halves, shut};
use super::matter::{Make, any, bar, on_heap, plastic, stood, stuffed, thrown, timber};
use crate::chance::Stream;
use crate::maths::{Pose, Vec3, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

pub(super) const PALLETS: &[Make] = &[
    single, stack, leaning, boxes, drums, wrapped, sided, caged, broken, crates, sacks,
];

/// Pallets, bare or loaded.
pub(in super::super) fn pallets(s: &mut Stream) -> Mesh {
    any(PALLETS, s)
}

/// How one sort of pallet is built.
#[derive(Clone, Copy)]
struct Sort {
    half: (f32, f32),
    high: f32,
    boards: usize,
    gap: f32,
    plastic: bool,
    skins: [Skin; 2],
}

fn sort(mesh: &mut Mesh, s: &mut Stream) -> Sort {
    let of_plastic = s.chance(0.3);
    let paint = match s.below(3) {
        0 => v(0.04, 0.14, 0.42),
        1 => v(0.03, 0.03, 0.035),
        _ => any_colour(s),
    };
    let skins = if of_plastic {
        let paint = s.near(paint, 0.2);
        [mesh.gloss(paint), mesh.gloss(paint * 0.9)]
    } else {
        [timber(mesh, s), timber(mesh, s)]
    };
    Sort {
        half: (s.range(0.4, 0.65), s.range(0.4, 0.6)),
        high: s.range(0.10, 0.17),
        boards: 5 + s.below(if of_plastic { 7 } else { 4 }),
        gap: s.range(0.15, 0.5),
        plastic: of_plastic,
        skins,
    }
}

/// One pallet of the sort, standing on z = 0; boards may be missing.
fn put(mesh: &mut Mesh, s: &mut Stream, sort: &Sort, pose: &Pose, missing: f32) {
    let Sort {
        half: (w, d),
        high,
        boards,
        gap,
        ..
    } = *sort;
    let [deck, under] = sort.skins;
    let board = w / boards as f32 * (1.0 - gap);
    mesh.part(pose, |m| {
        for k in 0..boards {
            let x = ((k as f32 + 0.5) / boards as f32 * 2.0 - 1.0) * w;
            if s.chance(missing) {
                continue;
            }
            m.block(v(x, 0.0, high - 0.011), v(board, d, 0.011), deck);
        }
        if sort.plastic {
            for k in 0..5 {
                let y = (k as f32 / 2.0 - 1.0) * (d - 0.02);
                m.block(v(0.0, y, high - 0.02), v(w, 0.018, 0.018), under);
            }
            for (i, j) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
                let at = v(
                    (i as f32 - 1.0) * (w - 0.07),
                    (j as f32 - 1.0) * (d - 0.07),
                    high * 0.5 - 0.01,
                );
                m.block(at, v(0.06, 0.06, high * 0.5 - 0.01), under);
            }
            return;
        }
        for y in [-1.0, 0.0, 1.0] {
            m.block(
                v(0.0, y * (d - 0.05), high * 0.5),
                v(w, 0.045, high * 0.5 - 0.022),
                under,
            );
        }
        for x in [-1.0, 0.0, 1.0] {
            m.block(v(x * (w - board), 0.0, 0.011), v(board, d, 0.011), deck);
        }
    });
}

/// One pallet, perhaps upside down or with something small on it.
fn single(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = sort(&mut mesh, s);
    let roll = if s.chance(0.2) { std::f32::consts::PI } else { 0.0 };
    let pose = Pose::tilted(Vec3::ZERO, 0.0, roll, s.range(-0.3, 0.3));
    put(&mut mesh, s, &one, &pose, 0.06);
    stood(mesh)
}

/// A stack, straight or careless.
fn stack(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let sorts = [sort(&mut mesh, s), sort(&mut mesh, s)];
    let (mixed, slip, mut z) = (s.chance(0.3), s.range(0.0, 0.09), 0.0);
    for _ in 0..2 + s.below(9) {
        let one = sorts[usize::from(mixed && s.chance(0.5))];
        let at = v(s.range(-slip, slip), s.range(-slip, slip), z);
        let pose = Pose::new(at, s.range(-slip, slip) * 1.5);
        put(&mut mesh, s, &one, &pose, 0.04);
        z += one.high + 0.002;
    }
    stood(mesh)
}

/// Pallets on edge, leaning on a short stack or on each other.
fn leaning(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = sort(&mut mesh, s);
    let count = s.below(5);
    for k in 0..count {
        put(
            &mut mesh,
            s,
            &one,
            &Pose::at(v(0.0, 0.0, one.high * k as f32)),
            0.03,
        );
    }
    let lean = s.range(0.15, 0.4);
    for k in 0..=s.below(4) {
        let at = v(
            s.range(-0.1, 0.1),
            one.half.1 + 0.32 + (one.high + 0.02) * k as f32,
            one.half.1,
        );
        let pose = Pose::tilted(at, -std::f32::consts::FRAC_PI_2 + lean, 0.0, s.range(-0.08, 0.08));
        put(&mut mesh, s, &one, &pose, 0.06);
    }
    if count == 0 {
        let prop = timber(&mut mesh, s);
        bar(
            &mut mesh,
            (v(0.0, 0.1, one.half.1 * 1.5), v(0.0, -0.6, 0.0)),
            (0.03, 0.03),
            prop,
        );
    }
    stood(mesh)
}

/// A pallet to load: answers its sort.
fn base(mesh: &mut Mesh, s: &mut Stream) -> Sort {
    let one = sort(mesh, s);
    let mut z = 0.0;
    for _ in 0..=s.below(2) {
        put(mesh, s, &one, &Pose::at(v(0.0, 0.0, z - 0.002)), 0.0);
        z += one.high;
    }
    Sort { high: z, ..one }
}

/// Cartons in layers.
fn boxes(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = base(&mut mesh, s);
    let (nx, ny) = (2 + s.below(2), 1 + s.below(3));
    let size = v(
        one.half.0 / nx as f32,
        one.half.1 / ny as f32,
        halves(s, 0.5).z.max(0.08),
    ) * 0.97;
    let layers = 1 + s.below(((1.2 / size.z) as usize / 2).clamp(1, 5));
    let carton = shut(s, size);
    for (k, i, j) in (0..layers).flat_map(|k| (0..nx).flat_map(move |i| (0..ny).map(move |j| (k, i, j)))) {
        if k + 1 == layers && s.chance(0.3) {
            continue;
        }
        let step = |i: usize, n: usize, half: f32| (i as f32 - (n as f32 - 1.0) * 0.5) * half * 2.05;
        let at = v(
            step(i, nx, size.x),
            step(j, ny, size.y),
            one.high + size.z * (2.0 * k as f32 + 1.0),
        );
        mesh.add(&carton, &Pose::new(at, s.range(-0.03, 0.03)));
    }
    stood(mesh)
}

/// Drums, canisters or water bottles.
fn drums(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = base(&mut mesh, s);
    let paint = any_colour(s);
    let skin = mesh.gloss(paint);
    let cap = plastic(&mut mesh, s);
    let n = 2 + s.below(3);
    let r = one.half.0.min(one.half.1) / n as f32 * 0.95;
    let tall = r * s.range(1.6, 3.0);
    let layers = if tall < 0.4 { 1 + s.below(3) } else { 1 };
    for (k, i, j) in (0..layers).flat_map(|k| (0..n).flat_map(move |i| (0..n).map(move |j| (k, i, j)))) {
        if s.chance(0.1) {
            continue;
        }
        let step = |i: usize| (i as f32 - (n as f32 - 1.0) * 0.5) * r * 2.08;
        let at = v(step(i), step(j), one.high + k as f32 * (tall + 0.03));
        let top = at + v(0.0, 0.0, tall);
        mesh.rod(at, top, (r, r), 12, skin);
        mesh.rod(top, top + v(0.0, 0.0, 0.03), (r * 0.9, r * 0.35), 10, cap);
    }
    stood(mesh)
}

/// A block of goods in stretch film.
fn wrapped(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = base(&mut mesh, s);
    let tint = if s.chance(0.4) {
        v(0.03, 0.03, 0.035)
    } else {
        any_colour(s).mix(Vec3::splat(0.55), 0.5)
    };
    let film = mesh.patterned(tint, Look::Gloss, Pattern::Crinkled);
    let half = v(
        one.half.0 * s.range(0.85, 1.02),
        one.half.1 * s.range(0.85, 1.02),
        s.range(0.25, 0.75),
    );
    mesh.rounded(v(0.0, 0.0, one.high + half.z), half, s.range(0.01, 0.06), film);
    let note = mesh.matt(Vec3::splat(0.65));
    mesh.block(
        v(half.x * 0.3, half.y + 0.004, one.high + half.z * 1.2),
        v(0.1, 0.004, 0.14),
        note,
    );
    stood(mesh)
}

/// Boards stood around a pallet make a box; stuff in it.
fn sided(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = base(&mut mesh, s);
    let (w, d) = one.half;
    let rows = 2 + s.below(5);
    let step = s.range(0.09, 0.16);
    for k in 0..rows {
        let z = one.high + step * (k as f32 + 0.5);
        let half = step * s.range(0.38, 0.48);
        for sign in [-1.0, 1.0] {
            mesh.block(v(sign * w, 0.0, z), v(0.012, d, half), one.skins[0]);
            mesh.block(v(0.0, sign * d, z), v(w, 0.012, half), one.skins[0]);
        }
    }
    let top = one.high + step * rows as f32;
    for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        bar(
            &mut mesh,
            (v(sx * w, sy * d, one.high), v(sx * w, sy * d, top)),
            (0.03, 0.03),
            one.skins[1],
        );
    }
    let inside = any_colour(s);
    let inside = mesh.patterned(inside, Look::Matt, Pattern::Sand);
    let seed = s.range(0.0, 90.0);
    let fill = top * s.range(0.55, 0.95);
    stuffed(
        &mut mesh,
        (v(0.0, 0.0, fill - 0.1), v(w * 0.95, d * 0.95, 0.16)),
        (5.0, 0.2),
        inside,
        seed,
    );
    stood(mesh)
}

/// A cage of wire on a pallet.
fn caged(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = base(&mut mesh, s);
    let steel = mesh.metal(s.range(0.2, 0.5));
    let (w, d, tall) = (one.half.0, one.half.1, s.range(0.5, 1.0));
    let wires = 5 + s.below(5);
    for k in 0..=wires {
        let t = k as f32 / wires as f32 * 2.0 - 1.0;
        let z = one.high + (t + 1.0) * 0.5 * tall;
        for sign in [-1.0, 1.0] {
            let lines = [
                (v(t * w, sign * d, one.high), v(t * w, sign * d, one.high + tall)),
                (v(sign * w, t * d, one.high), v(sign * w, t * d, one.high + tall)),
                (v(-w, sign * d, z), v(w, sign * d, z)),
                (v(sign * w, -d, z), v(sign * w, d, z)),
            ];
            for line in lines {
                bar(&mut mesh, line, (0.006, 0.006), steel);
            }
        }
    }
    for k in 0..s.below(6) {
        let size = halves(s, 0.45);
        let carton = shut(s, size);
        let at = v(
            s.range(-0.4, 0.4) * w,
            s.range(-0.4, 0.4) * d,
            one.high + size.z + 0.12 * k as f32,
        );
        mesh.add(&carton, &Pose::new(at, s.range(-0.5, 0.5)));
    }
    stood(mesh)
}

/// Broken pallets thrown on a heap.
fn broken(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = sort(&mut mesh, s);
    let count = 3 + s.below(4);
    for k in 0..count {
        let at = v(s.range(-0.35, 0.35), s.range(-0.35, 0.35), 0.16 * k as f32);
        let pose = thrown(s, at, 0.3);
        put(&mut mesh, s, &one, &pose, 0.35);
    }
    for _ in 0..4 + s.below(8) {
        let at = on_heap(s, 0.9, 0.2) + v(0.0, 0.0, 0.1);
        let half = v(0.045, s.range(0.2, 0.5), 0.011);
        mesh.part(&thrown(s, at, 0.3), |m| m.block(Vec3::ZERO, half, one.skins[0]));
    }
    stood(mesh)
}

/// Plastic crates in columns.
fn crates(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = base(&mut mesh, s);
    let paints = [plastic(&mut mesh, s), plastic(&mut mesh, s)];
    let dark = mesh.matt(Vec3::splat(0.02));
    let half = v(one.half.0 * 0.48, one.half.1 * 0.48, s.range(0.08, 0.16));
    for (i, j) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        for k in 0..s.below(6) {
            let z = one.high + half.z * (2.03 * k as f32 + 1.0);
            let skin = s.pick(&paints);
            mesh.part(
                &Pose::new(v(i * half.x * 1.04, j * half.y * 1.04, z), s.range(-0.03, 0.03)),
                |m| {
                    m.block(
                        v(0.0, 0.0, -half.z * 0.1),
                        v(half.x * 0.95, half.y * 0.95, half.z * 0.9),
                        skin,
                    );
                    m.block(v(0.0, 0.0, half.z * 0.85), v(half.x, half.y, half.z * 0.15), skin);
                    m.block(
                        v(0.0, 0.0, half.z * 0.95),
                        v(half.x * 0.9, half.y * 0.9, half.z * 0.06),
                        dark,
                    );
                    m.block(
                        v(0.0, 0.0, half.z * 0.35),
                        v(half.x * 0.4, half.y * 0.96, half.z * 0.2),
                        dark,
                    );
                    m.block(
                        v(0.0, 0.0, half.z * 0.35),
                        v(half.x * 0.96, half.y * 0.4, half.z * 0.2),
                        dark,
                    );
                },
            );
        }
    }
    stood(mesh)
}

/// Sacks laid across each other.
fn sacks(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let one = base(&mut mesh, s);
    let tint = if s.chance(0.5) {
        v(0.5, 0.45, 0.36)
    } else {
        any_colour(s)
    };
    let cloth = mesh.patterned(tint, Look::Matt, Pattern::Cloth);
    let (w, d) = one.half;
    let seed = s.range(0.0, 90.0);
    for k in 0..=s.below(5) {
        let z = one.high + 0.085 + 0.15 * k as f32;
        for sign in [-1.0, 1.0] {
            let (at, half) = if k % 2 == 0 {
                (v(sign * w * 0.5, 0.0, z), v(w * 0.52, d * 0.95, 0.095))
            } else {
                (v(0.0, sign * d * 0.5, z), v(w * 0.95, d * 0.52, 0.095))
            };
            let pose = Pose::new(at, s.range(-0.06, 0.06));
            mesh.part(&pose, |m| {
                stuffed(m, (Vec3::ZERO, half), (3.5, 0.08), cloth, seed + z + sign);
            });
        }
    }
    stood(mesh)
}

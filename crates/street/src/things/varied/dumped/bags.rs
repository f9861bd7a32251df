//! Rubbish bags of many makes: knotted, tied, lying, carried home from a shop, woven, clear, open.

use super::any_colour;
use super::matter::{Make, any, bar, film, stood, stuffed};
use crate::chance::{Stream, noise};
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

pub(super) const BAGS: &[Make] = &[
    tied, tied, eared, lying, carrier, carrier, woven, woven, open, clear, pair,
];

/// A bag of rubbish.
pub(in super::super) fn bag(s: &mut Stream) -> Mesh {
    any(BAGS, s)
}

/// A body with a gathered neck at its top; answers the height of the neck.
fn pear(mesh: &mut Mesh, s: &mut Stream, half: Vec3, skin: Skin) -> f32 {
    let (seed, fat, lean) = (s.range(0.0, 90.0), s.range(0.2, 0.75), s.range(-0.12, 0.12));
    let pleats = 5.0 + s.below(6) as f32;
    let (rings, around) = (11, 18);
    let rows: Vec<Vec<Vec3>> = (0..=rings)
        .map(|j| {
            let t = j as f32 / rings as f32;
            // Sits flat, is widest where it is fat, and closes towards the neck.
            let wide = if t < fat * 0.5 {
                0.72 + 0.28 * sin(t / (fat * 0.5) * TURN / 4.0)
            } else {
                let up = (t - fat * 0.5) / (1.0 - fat * 0.5);
                0.12 + 0.88 * (1.0 - up * up * (1.6 - 0.6 * up))
            };
            let wide = if j == 0 { 0.0 } else { wide.max(0.12) };
            (0..around)
                .map(|i| {
                    let a = i as f32 / around as f32 * TURN;
                    let lumps = 0.8 + 0.4 * noise(v(cos(a) * 1.6, sin(a) * 1.6, t * 3.0) + Vec3::splat(seed));
                    let pleat = 1.0 + 0.10 * t * t * sin(a * pleats + seed);
                    let r = wide * lumps * pleat;
                    v(
                        cos(a) * r * half.x + lean * t * t * half.x * 2.0,
                        sin(a) * r * half.y,
                        (t - if j == 0 { 0.0 } else { 0.02 }).max(0.0) * half.z * 2.0,
                    )
                })
                .collect()
        })
        .collect();
    mesh.loft(&rows, true, 80.0, &|_, _| skin);
    half.z * 2.0
}

/// What stands out above a knot: a frill of film.
fn frill(mesh: &mut Mesh, s: &mut Stream, at: Vec3, size: f32, skin: Skin) {
    let (seed, around) = (s.range(0.0, 60.0), 16);
    let flare = s.range(0.5, 1.3);
    let rows: Vec<Vec<Vec3>> = (0..4)
        .map(|j| {
            let t = j as f32 / 3.0;
            (0..around)
                .map(|i| {
                    let a = i as f32 / around as f32 * TURN;
                    let r = size * (0.22 + t * flare * (0.6 + 0.5 * sin(a * 4.0 + seed)));
                    at + v(
                        cos(a) * r,
                        sin(a) * r,
                        size * t * (1.1 + 0.5 * sin(a * 3.0 + seed)),
                    )
                })
                .collect()
        })
        .collect();
    mesh.loft(&rows, true, 80.0, &|_, _| skin);
}

fn size(s: &mut Stream) -> Vec3 {
    let big = s.range(0.75, 1.35);
    v(
        s.range(0.19, 0.30) * big,
        s.range(0.18, 0.28) * big,
        s.range(0.18, 0.34) * big,
    )
}

/// A bin liner drawn shut with a string, its rim standing up as a frill.
fn tied(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = film(&mut mesh, s);
    let half = size(s);
    let top = pear(&mut mesh, s, half, skin);
    let frill_size = s.range(0.08, 0.20);
    frill(&mut mesh, s, v(0.0, 0.0, top * 0.95), frill_size, skin);
    let string = any_colour(s);
    let string = mesh.matt(string);
    mesh.ring(v(0.0, 0.0, top * 0.97), Vec3::Z, 0.035, 0.012, (10, 5), string);
    stood(mesh)
}

/// A small bag whose handles are knotted into ears.
fn eared(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = film(&mut mesh, s);
    let half = size(s) * 0.75;
    let (power, seed) = (s.range(2.0, 3.2), s.range(0.0, 90.0));
    stuffed(
        &mut mesh,
        (v(0.0, 0.0, half.z * 0.8), half),
        (power, 0.22),
        skin,
        seed,
    );
    let top = v(0.0, 0.0, half.z * 1.65);
    mesh.ball(top, v(0.05, 0.035, 0.04), skin);
    for k in 0..2 + s.below(3) {
        let turn = k as f32 * 2.2 + seed;
        let end = top
            + v(
                cos(turn) * s.range(0.07, 0.16),
                sin(turn) * s.range(0.05, 0.12),
                s.range(0.02, 0.14),
            );
        mesh.rod(top, end, (0.012, s.range(0.025, 0.055)), 7, skin);
    }
    stood(mesh)
}

/// A full bag fallen on its side, the neck pointing away.
fn lying(s: &mut Stream) -> Mesh {
    let mut upright = Mesh::default();
    let skin = film(&mut upright, s);
    let half = size(s) * v(0.85, 0.85, 1.2);
    let top = pear(&mut upright, s, half, skin);
    frill(&mut upright, s, v(0.0, 0.0, top * 0.95), 0.12, skin);
    let mut mesh = Mesh::default();
    mesh.add(
        &upright,
        &Pose::tilted(Vec3::ZERO, s.range(1.42, 1.7), 0.0, s.range(0.0, TURN)),
    );
    // It sags: what lies below is pressed flat.
    let low = mesh
        .triangles
        .iter()
        .flat_map(|t| t.p)
        .fold(0.0_f32, |low, p| low.min(p.z));
    for t in &mut mesh.triangles {
        t.p = t.p.map(|p| p.with(2, p.z.max(low * 0.6)));
    }
    stood(mesh)
}

/// A shopping bag with its two handles up, often printed.
fn carrier(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = match s.below(4) {
        0 => v(0.70, 0.70, 0.68),
        1 => v(0.55, 0.06, 0.06),
        _ => any_colour(s),
    };
    let skin = mesh.patterned(s.near(colour, 0.2), Look::Thin, Pattern::Crinkled);
    let half = v(s.range(0.13, 0.22), s.range(0.08, 0.15), s.range(0.14, 0.24));
    let seed = s.range(0.0, 90.0);
    let around = 20;
    // Full below, gathered above, its sides in folds.
    let levels = [
        (0.0, 0.0),
        (0.02, 0.8),
        (0.25, 1.05),
        (0.6, 1.0),
        (1.0, 0.75),
        (1.3, 0.5),
        (1.45, 0.42),
    ];
    let rows: Vec<Vec<Vec3>> = levels
        .iter()
        .map(|(t, wide)| {
            let at = |i: usize| i as f32 / around as f32 * TURN;
            (0..around)
                .map(|i| {
                    let (x, y) = (cos(at(i)), sin(at(i)));
                    let lumps = 0.8 + 0.4 * noise(v(x * 1.7, y * 1.7, t * 3.0) + Vec3::splat(seed));
                    let fold = 1.0 + 0.16 * t * sin(at(i) * 7.0 + seed);
                    v(
                        x * half.x * wide * lumps * fold,
                        y * half.y * wide * lumps * fold,
                        t * half.z * 1.3,
                    )
                })
                .collect()
        })
        .collect();
    mesh.loft(&rows, true, 80.0, &|_, _| skin);
    if s.chance(0.5) {
        let print = any_colour(s);
        let print = mesh.matt(print);
        let at = v(0.0, half.y * 0.85, half.z * 0.7);
        mesh.ball(at, v(half.x * 0.5, half.y * 0.26, half.z * 0.3), print);
    }
    let (rim, wide) = (half.z * 1.8, s.range(0.014, 0.028));
    for sign in [-1.0, 1.0] {
        // Handles stand when they were just let go of, or hang over.
        let flop = s.range(-0.3, 1.0) * half.z;
        let up = rim + half.z * s.range(0.2, 0.9);
        let y = sign * half.y * 0.25;
        let x = half.x * s.range(0.25, 0.45);
        let knots = [
            v(-x, y, rim),
            v(-x * 0.8, y + sign * flop * 0.4, up),
            v(x * 0.7, y + sign * flop * 0.5, up * 0.98),
            v(x, y, rim),
        ];
        for pair in knots.windows(2) {
            bar(&mut mesh, (pair[0], pair[1]), (wide, 0.004), skin);
        }
    }
    stood(mesh)
}

/// A woven sack of rubble or refuse: tied at the neck, or lying.
fn woven(s: &mut Stream) -> Mesh {
    let mut upright = Mesh::default();
    let colours = [
        v(0.62, 0.62, 0.58),
        v(0.50, 0.42, 0.24),
        v(0.16, 0.30, 0.18),
        v(0.55, 0.35, 0.10),
        v(0.20, 0.30, 0.50),
    ];
    let colour = s.pick(&colours);
    let pattern = s.pick(&[Pattern::Cloth, Pattern::Cloth, Pattern::Stripes]);
    let skin = upright.patterned(s.near(colour, 0.3), Look::Matt, pattern);
    let half = v(s.range(0.20, 0.30), s.range(0.13, 0.22), s.range(0.26, 0.44));
    let seed = s.range(0.0, 90.0);
    stuffed(&mut upright, (v(0.0, 0.0, half.z), half), (3.6, 0.14), skin, seed);
    frill(&mut upright, s, v(0.0, 0.0, half.z * 1.85), 0.13, skin);
    let string = upright.matt(v(0.40, 0.10, 0.08));
    upright.ring(v(0.0, 0.0, half.z * 1.95), Vec3::Z, 0.05, 0.014, (10, 5), string);
    if s.chance(0.4) {
        let print = any_colour(s);
        let print = upright.matt(print);
        upright.block(
            v(0.0, half.y * 0.93, half.z),
            v(half.x * 0.5, 0.02, half.z * 0.3),
            print,
        );
    }
    let pitch = if s.chance(0.45) {
        s.range(1.3, 1.6)
    } else {
        s.range(-0.15, 0.15)
    };
    let mut mesh = Mesh::default();
    mesh.add(
        &upright,
        &Pose::tilted(Vec3::ZERO, pitch, s.range(-0.1, 0.1), s.range(0.0, TURN)),
    );
    stood(mesh)
}

/// A bag that nobody shut: the rim turned down, what is in it looking out.
fn open(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = film(&mut mesh, s);
    let half = size(s);
    let (seed, around) = (s.range(0.0, 90.0), 22);
    let levels = [
        (0.0, 0.0),
        (0.0, 0.72),
        (0.25, 1.0),
        (0.6, 0.98),
        (0.9, 0.86),
        (1.0, 0.92),
        (0.92, 1.04),
        (0.78, 1.12),
    ];
    let rows: Vec<Vec<Vec3>> = levels
        .iter()
        .map(|(t, wide)| {
            (0..around)
                .map(|i| {
                    let a = i as f32 / around as f32 * TURN;
                    let lumps = 0.8 + 0.4 * noise(v(cos(a) * 1.8, sin(a) * 1.8, t * 2.0) + Vec3::splat(seed));
                    let sag = 1.0 + 0.12 * sin(a * 2.0 + seed) * t;
                    v(
                        cos(a) * half.x * wide * lumps,
                        sin(a) * half.y * wide * lumps,
                        t * sag * half.z * 1.9,
                    )
                })
                .collect()
        })
        .collect();
    mesh.loft(&rows, true, 80.0, &|_, _| skin);
    for _ in 0..6 + s.below(8) {
        let at = v(
            s.range(-0.5, 0.5) * half.x,
            s.range(-0.5, 0.5) * half.y,
            half.z * s.range(1.35, 1.9),
        );
        super::litter::litter(&mut mesh, s, at);
    }
    stood(mesh)
}

/// A clear bag full of bottles and cans for the recycler.
fn clear(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let haze = s.range(0.35, 0.65);
    let tint = v(haze, haze * s.range(0.92, 1.05), haze * s.range(0.95, 1.1));
    let skin = mesh.patterned(tint, Look::Gloss, Pattern::Crinkled);
    let half = size(s) * 1.15;
    let top = pear(&mut mesh, s, half, skin);
    frill(&mut mesh, s, v(0.0, 0.0, top * 0.95), 0.12, skin);
    // What presses against the film shows in its own colour.
    for _ in 0..16 {
        let (a, up) = (s.range(0.0, TURN), s.range(0.1, 0.6));
        let out = 0.84 - (up - 0.3).abs() * 0.6;
        let at = v(cos(a) * half.x * out, sin(a) * half.y * out, up * top);
        let skin = any_colour(s).mix(tint, 0.35);
        let skin = mesh.gloss(skin);
        let way = v(s.normal(), s.normal(), s.normal()).unit() * s.range(0.03, 0.06);
        mesh.rod(at - way, at + way, (0.035, 0.03), 7, skin);
    }
    stood(mesh)
}

/// Two or three bags that lean on each other.
fn pair(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let start = s.range(0.0, TURN);
    for k in 0..2 + s.below(2) {
        let one = any(&BAGS[..8], s);
        let turn = start + k as f32 * 2.3;
        let at = v(cos(turn) * 0.2, sin(turn) * 0.2, 0.0);
        mesh.add(
            &one,
            &Pose::tilted(at, s.range(-0.1, 0.1), s.range(-0.1, 0.1), s.range(0.0, TURN)),
        );
    }
    stood(mesh)
}

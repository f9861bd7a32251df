//! Bricks, blocks, slabs, tiles and rubble of many makes: stacked, strapped, toppled.

use super::any_colour;
use super::matter::{Make, any, on_heap, plastic, stood, thrown, timber};
use crate::chance::{Stream, noise};
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

pub(super) const BRICKS: &[Make] = &[
    strapped, toppled, hollow, low_rows, roof_tiles, kerbs, rubble, slabs, open_stack,
];

/// Bricks, blocks or stones.
pub(in super::super) fn bricks(s: &mut Stream) -> Mesh {
    any(BRICKS, s)
}

/// Three tones of one sort: red, grey, yellow, dark, white.
fn tones(mesh: &mut Mesh, s: &mut Stream) -> [Skin; 3] {
    let colour = s.pick(&[
        v(0.38, 0.13, 0.07),
        v(0.30, 0.10, 0.06),
        v(0.36, 0.35, 0.34),
        v(0.20, 0.21, 0.22),
        v(0.52, 0.44, 0.30),
        v(0.62, 0.61, 0.58),
    ]);
    let colour = if s.chance(0.12) {
        any_colour(s)
    } else {
        s.near(colour, 0.3)
    };
    [0.8, 1.0, 1.25].map(|tint| mesh.patterned((colour * tint).min(Vec3::ONE), Look::Matt, Pattern::Concrete))
}

/// Lays `n` bricks of half size `half`, their middles `gap` apart from touching.
fn lay(
    mesh: &mut Mesh,
    s: &mut Stream,
    n: [usize; 3],
    half: Vec3,
    (gap, missing): (f32, f32),
    skins: [Skin; 3],
) {
    let [nx, ny, nz] = n;
    for (k, i, j) in (0..nz).flat_map(|k| (0..nx).flat_map(move |i| (0..ny).map(move |j| (k, i, j)))) {
        if k + 1 == nz && s.chance(missing) {
            continue;
        }
        let step = |k: usize, n: usize, half: f32| (k as f32 - (n as f32 - 1.0) * 0.5) * (half * 2.0 + gap);
        let at = v(
            step(i, nx, half.x),
            step(j, ny, half.y),
            half.z * (2.0 * k as f32 + 1.0),
        );
        let skin = s.pick(&skins);
        let turn = s.range(-1.0, 1.0) * gap * 2.0;
        mesh.part(&Pose::new(at, turn), |m| m.block(Vec3::ZERO, half, skin));
    }
}

fn few(most: f32, half: f32) -> usize {
    ((most / half * 0.5) as usize).clamp(2, 9)
}

/// A cube of new bricks on a pallet, with straps or in film.
fn strapped(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skins = tones(&mut mesh, s);
    let wood = timber(&mut mesh, s);
    let half = v(s.range(0.10, 0.15), s.range(0.05, 0.075), s.range(0.026, 0.05));
    let n = [
        few(s.range(0.5, 1.1), half.x),
        few(s.range(0.5, 1.0), half.y),
        few(s.range(0.35, 0.9), half.z),
    ];
    let (wide, deep) = (n[0] as f32 * (half.x + 0.0045), n[1] as f32 * (half.y + 0.0045));
    for k in 0..3 {
        let y = (k as f32 - 1.0) * deep * 0.85;
        mesh.block(v(0.0, y, 0.05), v(wide + 0.03, 0.05, 0.05), wood);
    }
    mesh.block(v(0.0, 0.0, 0.115), v(wide + 0.04, deep + 0.03, 0.014), wood);
    let mut stack = Mesh {
        materials: mesh.materials.clone(),
        ..Mesh::default()
    };
    let missing = if s.chance(0.5) { 0.0 } else { 0.5 };
    lay(&mut stack, s, n, half, (0.009, missing), skins);
    mesh.add(&stack, &Pose::at(v(0.0, 0.0, 0.13)));
    let high = n[2] as f32 * half.z;
    let strap = plastic(&mut mesh, s);
    for sign in [-0.5, 0.5] {
        if s.chance(0.7) && missing == 0.0 {
            mesh.block(
                v(sign * wide, 0.0, 0.13 + high),
                v(0.012, deep + 0.008, high + 0.006),
                strap,
            );
        }
    }
    stood(mesh)
}

/// Bricks tipped off a cart.
fn toppled(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skins = tones(&mut mesh, s);
    let half = v(s.range(0.10, 0.19), s.range(0.05, 0.09), s.range(0.026, 0.09));
    let (radius, high) = (s.range(0.5, 1.0), s.range(0.15, 0.55));
    let core = skins[0];
    mesh.blob(
        Vec3::ZERO,
        v(radius * 0.75, radius * 0.7, high * 0.8),
        (14, 10),
        core,
        &|d| 0.8 + 0.3 * noise(d * 4.0),
    );
    for t in &mut mesh.triangles {
        t.p = t.p.map(|p| p.with(2, p.z.max(0.0)));
    }
    for _ in 0..110 + s.below(90) {
        let at = on_heap(s, radius, high) + v(0.0, 0.0, half.z);
        let (skin, pose) = (s.pick(&skins), thrown(s, at, 0.9));
        let size = if s.chance(0.2) {
            half * v(0.5, 1.0, 1.0)
        } else {
            half
        };
        mesh.part(&pose, |m| m.block(Vec3::ZERO, size, skin));
    }
    for t in &mut mesh.triangles {
        t.p = t.p.map(|p| p.with(2, p.z.max(0.0)));
    }
    stood(mesh)
}

/// Concrete blocks with two holes, or pale aerated ones without.
fn hollow(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let pale = s.chance(0.4);
    let skins = if pale {
        [0.55, 0.6, 0.65].map(|tone| mesh.patterned(Vec3::splat(tone), Look::Matt, Pattern::Sand))
    } else {
        tones(&mut mesh, s)
    };
    let dark = mesh.matt(Vec3::splat(0.02));
    let half = if pale {
        v(0.3, s.range(0.05, 0.12), 0.12)
    } else {
        v(0.195, 0.095, 0.095)
    };
    let (nx, ny, nz) = (2 + s.below(3), 2 + s.below(4), 2 + s.below(4));
    for (k, i, j) in (0..nz).flat_map(|k| (0..nx).flat_map(move |i| (0..ny).map(move |j| (k, i, j)))) {
        if k + 1 == nz && s.chance(0.35) {
            continue;
        }
        let at = v(
            i as f32 * half.x * 2.03,
            j as f32 * half.y * 2.04,
            half.z * (2.02 * k as f32 + 1.0),
        );
        let skin = s.pick(&skins);
        mesh.part(&Pose::new(at, s.range(-0.04, 0.04)), |m| {
            m.block(Vec3::ZERO, half, skin);
            if !pale {
                for sign in [-0.5, 0.5] {
                    m.block(
                        v(sign * half.x, 0.0, 0.0),
                        v(half.x * 0.32, half.y * 0.6, half.z + 0.002),
                        dark,
                    );
                }
            }
        });
    }
    for _ in 0..s.below(5) {
        let at = v(
            nx as f32 * half.x * 2.0 + s.range(0.1, 0.4),
            s.range(-0.1, 0.7),
            half.z,
        );
        let skin = s.pick(&skins);
        mesh.part(&Pose::new(at, s.range(0.0, TURN)), |m| {
            m.block(Vec3::ZERO, half, skin);
        });
    }
    stood(mesh)
}

/// Paving stones in several low rows beside each other.
fn low_rows(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = v(s.range(0.08, 0.15), s.range(0.08, 0.15), s.range(0.02, 0.04));
    let sorts = [tones(&mut mesh, s), tones(&mut mesh, s)];
    let columns = 2 + s.below(4);
    for (i, j) in (0..columns).flat_map(|i| (0..2).map(move |j| (i, j))) {
        let mut pile = Mesh {
            materials: mesh.materials.clone(),
            ..Mesh::default()
        };
        let skins = sorts[usize::from(s.chance(0.3))];
        for k in 0..2 + s.below(9) {
            let at = v(
                s.range(-0.012, 0.012),
                s.range(-0.012, 0.012),
                half.z * (2.0 * k as f32 + 1.0),
            );
            let skin = s.pick(&skins);
            pile.part(&Pose::new(at, s.range(-0.06, 0.06)), |m| {
                m.block(Vec3::ZERO, half, skin);
            });
        }
        let at = v(i as f32 * half.x * 2.2, j as f32 * half.y * 2.25, 0.0);
        mesh.add(&pile, &Pose::new(at, s.range(-0.1, 0.1)));
    }
    stood(mesh)
}

/// Curved roof tiles on edge in rows, a second layer above.
fn roof_tiles(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skins = tones(&mut mesh, s);
    let (r, tall, step) = (s.range(0.08, 0.15), s.range(0.13, 0.2), s.range(0.022, 0.04));
    let (rows, each, layers) = (2 + s.below(3), 14 + s.below(14), 1 + s.below(2));
    for (layer, row, k) in
        (0..layers).flat_map(|l| (0..rows).flat_map(move |r| (0..each).map(move |k| (l, r, k))))
    {
        if layer == 1 && s.chance(0.15) {
            continue;
        }
        let at = v(row as f32 * r * 2.1, k as f32 * step, layer as f32 * tall * 2.0);
        let skin = s.pick(&skins);
        let arc = |z: f32| -> Vec<Vec3> {
            (0..=5)
                .map(|i| {
                    let a = (i as f32 / 5.0) * TURN * 0.5;
                    v(cos(a) * r, sin(a) * r * 0.5, z)
                })
                .collect()
        };
        mesh.part(&Pose::tilted(at, s.range(-0.22, -0.05), 0.0, 0.0), |m| {
            m.loft(&[arc(0.0), arc(tall * 2.0)], false, 60.0, &|_, _| skin);
        });
    }
    stood(mesh)
}

/// Kerb stones: long, grey, across each other.
fn kerbs(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skins = tones(&mut mesh, s);
    let half = v(s.range(0.06, 0.1), s.range(0.35, 0.5), s.range(0.1, 0.17));
    let (each, layers) = (2 + s.below(5), 1 + s.below(3));
    for (k, i) in (0..layers).flat_map(|k| (0..each).map(move |i| (k, i))) {
        if k + 1 == layers && k > 0 && s.chance(0.4) {
            continue;
        }
        let at = v(
            (i as f32 - each as f32 * 0.5) * half.x * 2.15,
            s.range(-0.05, 0.05),
            half.z * (2.0 * k as f32 + 1.0) + 0.04 * k as f32,
        );
        let skin = s.pick(&skins);
        mesh.part(&Pose::new(at, s.range(-0.05, 0.05)), |m| {
            m.rounded(Vec3::ZERO, half, 0.02, skin);
        });
    }
    for k in 0..s.below(4) {
        let at = v(
            each as f32 * half.x + 0.25 + 0.2 * k as f32,
            s.range(-0.2, 0.2),
            half.x,
        );
        let skin = s.pick(&skins);
        mesh.part(&Pose::tilted(at, 0.0, TURN / 4.0, s.range(-0.6, 0.6)), |m| {
            m.rounded(Vec3::ZERO, half, 0.02, skin);
        });
    }
    stood(mesh)
}

/// Broken concrete and brick.
fn rubble(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let sorts = [tones(&mut mesh, s), tones(&mut mesh, s)];
    let (radius, high) = (s.range(0.5, 1.0), s.range(0.2, 0.6));
    let dust = mesh.patterned(v(0.34, 0.32, 0.29), Look::Matt, Pattern::Sand);
    super::litter::bed(&mut mesh, s, (radius, high), dust);
    for k in 0..45 + s.below(30) {
        let size = s.range(0.05, 0.2) * if k < 12 { 1.3 } else { 0.8 };
        let half = v(s.range(0.6, 1.2), s.range(0.5, 1.0), s.range(0.3, 0.8)) * size;
        let at = on_heap(s, radius, high) + v(0.0, 0.0, half.z * 0.5);
        let (skins, seed) = (s.pick(&sorts), s.range(0.0, 90.0));
        let (skin, pose) = (s.pick(&skins), thrown(s, at, 0.8));
        mesh.part(&pose, |m| {
            m.blob(Vec3::ZERO, half, (6, 4), skin, &|d| {
                0.7 + 0.7 * noise(d * 2.5 + Vec3::splat(seed))
            });
        });
    }
    let steel = mesh.matt(v(0.16, 0.08, 0.05));
    for _ in 0..s.below(6) {
        let at = on_heap(s, radius * 0.7, high);
        let way = v(s.normal(), s.normal(), 0.5 + s.unit()).unit() * s.range(0.2, 0.5);
        mesh.rod(at, at + way, (0.01, 0.01), 5, steel);
    }
    for t in &mut mesh.triangles {
        t.p = t.p.map(|p| p.with(2, p.z.max(0.0)));
    }
    stood(mesh)
}

/// Large slabs: lying in stacks, or on edge against one.
fn slabs(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skins = tones(&mut mesh, s);
    let (a, b, thick) = (s.range(0.2, 0.45), s.range(0.2, 0.45), s.range(0.012, 0.045));
    let mut high = 0.0;
    for _ in 0..5 + s.below(14) {
        let at = v(s.range(-0.02, 0.02), s.range(-0.02, 0.02), high + thick);
        let skin = s.pick(&skins);
        mesh.part(&Pose::new(at, s.range(-0.05, 0.05)), |m| {
            m.block(Vec3::ZERO, v(a, b, thick), skin);
        });
        high += thick * 2.05;
    }
    for k in 0..=s.below(6) {
        let (skin, x) = (s.pick(&skins), s.range(-0.1, 0.1));
        let y = b + 0.12 + thick * 2.3 * k as f32;
        mesh.part(&Pose::tilted(v(x, y, 0.0), 0.22, 0.0, 0.0), |m| {
            m.block(v(0.0, 0.0, b), v(a, thick, b), skin);
        });
    }
    stood(mesh)
}

/// Bricks on edge with gaps, every layer turned: how kilns and builders let them dry.
fn open_stack(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skins = tones(&mut mesh, s);
    let half = v(0.115, 0.05, 0.03);
    let (n, layers) = (2 + s.below(3), 4 + s.below(8));
    let reach = n as f32 * 0.24;
    for k in 0..layers {
        for (i, j) in (0..n).flat_map(|i| (0..n * 2).map(move |j| (i, j))) {
            if k + 2 >= layers && s.chance(0.3) {
                continue;
            }
            let at = v(
                (i as f32 + 0.5) * 0.24 - reach * 0.5,
                (j as f32 + 0.5) * 0.12 - reach * 0.5,
                0.0,
            );
            let turn = if k % 2 == 0 { 0.0 } else { TURN / 4.0 };
            let at = Pose::new(v(0.0, 0.0, 0.1 * k as f32 + 0.05), turn).point(at);
            let skin = s.pick(&skins);
            mesh.part(&Pose::new(at, turn + s.range(-0.05, 0.05)), |m| {
                m.block(Vec3::ZERO, v(half.x, half.z, half.y), skin);
            });
        }
    }
    stood(mesh)
}

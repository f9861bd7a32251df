//! Loose building material of many makes: sand, gravel, soil, in sacks, in big bags, under a net.

use super::any_colour;
use super::matter::{Make, any, bar, on_heap, plastic, section, stood, stuffed, thrown, timber};
use crate::chance::{Stream, fractal, noise};
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

pub(super) const SANDS: &[Make] = &[
    cone, windrow, gravel, soil, sacks, big_bag, netted, mixing, bordered,
];

/// Sand or what is shovelled and poured like it.
pub(in super::super) fn sand(s: &mut Stream) -> Mesh {
    any(SANDS, s)
}

fn grains(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = s.pick(&[
        v(0.42, 0.33, 0.19),
        v(0.34, 0.26, 0.15),
        v(0.33, 0.32, 0.30),
        v(0.20, 0.20, 0.20),
        v(0.40, 0.20, 0.10),
        v(0.55, 0.52, 0.46),
    ]);
    mesh.patterned(s.near(colour, 0.3), Look::Matt, Pattern::Sand)
}

/// A heap whose height above (x, y) of -1..1 is the highest of its `tops` `(x, y, share of high)`; its edge lies on the ground.
fn pile(
    mesh: &mut Mesh,
    s: &mut Stream,
    (half, high): ((f32, f32), f32),
    tops: &[(f32, f32, f32)],
    skin: Skin,
) {
    let (seed, blunt, rough) = (s.range(0.0, 90.0), s.range(0.05, 0.4), s.range(0.0, 0.10));
    let around = 36;
    let rows: Vec<Vec<Vec3>> = (0..=14)
        .map(|ring| {
            let out = ring as f32 / 14.0;
            let at = |i: usize| i as f32 / around as f32 * TURN;
            (0..around)
                .map(|i| {
                    let (x, y) = (cos(at(i)), sin(at(i)));
                    let reach = 0.8 + 0.35 * noise(v(x * 1.5, y * 1.5, seed));
                    let (px, py) = (x * out, y * out);
                    let flank = |(tx, ty, share): &(f32, f32, f32)| {
                        let far = ((px - tx) * (px - tx) + (py - ty) * (py - ty)).sqrt();
                        let z = (1.0 - far / (0.4 + 0.6 * share)) * share;
                        z.min(share * (1.0 - blunt) + 0.3 * (z - share * (1.0 - blunt)).max(0.0))
                    };
                    let z = tops.iter().map(flank).fold(0.0_f32, f32::max);
                    let lumps = rough * (fractal(v(px * 7.0, py * 7.0, seed)) - 0.4);
                    let edge = (1.0 - out) * 6.0;
                    let z = (z + lumps * edge.min(1.0)).max(0.0).min(edge);
                    v(px * reach * half.0, py * reach * half.1, z * high)
                })
                .collect()
        })
        .collect();
    mesh.loft(&rows, true, 80.0, &|_, _| skin);
}

/// Grains and stones that rolled off.
fn spill(mesh: &mut Mesh, s: &mut Stream, (radius, count, size): (f32, usize, f32), skin: Skin) {
    for _ in 0..count {
        let (a, out) = (s.range(0.0, TURN), radius * s.range(0.7, 1.15));
        let half = size * s.range(0.4, 1.3);
        mesh.blob(
            v(cos(a) * out, sin(a) * out, half * 0.5),
            Vec3::splat(half),
            (6, 4),
            skin,
            &|_| 1.0,
        );
    }
}

/// One to three cones, as a cart tips them.
fn cone(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = grains(&mut mesh, s);
    let (r, high) = (s.range(0.6, 1.5), s.range(0.35, 1.1));
    let tops: Vec<(f32, f32, f32)> = (0..=s.below(3))
        .map(|k| {
            if k == 0 {
                (0.0, 0.0, 1.0)
            } else {
                (s.range(-0.5, 0.5), s.range(-0.5, 0.5), s.range(0.4, 0.9))
            }
        })
        .collect();
    let wide = r * s.range(0.8, 1.2);
    pile(&mut mesh, s, ((r, wide), high), &tops, skin);
    spill(&mut mesh, s, (r, 20, 0.03), skin);
    if s.chance(0.35) {
        shovel(&mut mesh, s, v(r * 0.2, r * 0.25, high * 0.55));
    }
    stood(mesh)
}

/// A shovel stuck in at `at`.
fn shovel(mesh: &mut Mesh, s: &mut Stream, at: Vec3) {
    let (handle, steel) = (timber(mesh, s), mesh.metal(0.25));
    let way = v(s.range(-0.35, 0.35), s.range(0.1, 0.4), 1.0).unit();
    mesh.rod(at, at + way * s.range(0.8, 1.2), (0.018, 0.016), 7, handle);
    bar(mesh, (at - way * 0.2, at + way * 0.08), (0.12, 0.012), steel);
}

/// A long bank along the kerb.
fn windrow(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = grains(&mut mesh, s);
    let (long, wide, high) = (s.range(1.1, 1.9), s.range(0.45, 0.8), s.range(0.3, 0.75));
    let tops: Vec<(f32, f32, f32)> = (0..5)
        .map(|k| ((k as f32 - 2.0) * 0.3, s.range(-0.1, 0.1), s.range(0.6, 1.0)))
        .collect();
    pile(&mut mesh, s, ((long, wide), high), &tops, skin);
    spill(&mut mesh, s, (wide, 15, 0.03), skin);
    stood(mesh)
}

/// Broken stone, every one to be seen.
fn gravel(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = s.pick(&[
        v(0.34, 0.34, 0.34),
        v(0.44, 0.40, 0.34),
        v(0.26, 0.27, 0.30),
        v(0.50, 0.49, 0.47),
    ]);
    let skins = [0.7, 1.0, 1.25].map(|tint| mesh.patterned(colour * tint, Look::Matt, Pattern::Concrete));
    let (r, high, size) = (s.range(0.6, 1.2), s.range(0.3, 0.8), s.range(0.03, 0.07));
    let bed = mesh.patterned(colour * 0.8, Look::Matt, Pattern::Sand);
    pile(&mut mesh, s, ((r, r), high), &[(0.0, 0.0, 1.0)], bed);
    for _ in 0..125 {
        let out = s.unit().sqrt();
        let a = s.range(0.0, TURN);
        let at = v(
            cos(a) * out * r * 1.05,
            sin(a) * out * r * 1.05,
            high * (1.0 - out).max(0.0) * 0.9 + size * 0.2,
        );
        let half = v(s.range(0.7, 1.4), s.range(0.6, 1.2), s.range(0.5, 1.0)) * size;
        let skin = s.pick(&skins);
        let pose = thrown(s, at, 1.0);
        mesh.part(&pose, |m| m.blob(Vec3::ZERO, half, (5, 4), skin, &|_| 1.0));
    }
    for t in &mut mesh.triangles {
        t.p = t.p.map(|p| p.with(2, p.z.max(0.0)));
    }
    stood(mesh)
}

/// Dug earth with clods, roots and weeds.
fn soil(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = s.pick(&[v(0.20, 0.13, 0.07), v(0.13, 0.10, 0.07), v(0.30, 0.17, 0.09)]);
    let earth = mesh.patterned(s.near(colour, 0.3), Look::Matt, Pattern::Sand);
    let (r, high) = (s.range(0.7, 1.4), s.range(0.35, 0.9));
    let tops = [
        (0.0, 0.0, 1.0),
        (s.range(-0.5, 0.5), s.range(-0.4, 0.4), 0.7),
        (s.range(-0.5, 0.5), 0.2, 0.6),
    ];
    let wide = r * s.range(0.6, 1.0);
    pile(&mut mesh, s, ((r, wide), high), &tops, earth);
    spill(&mut mesh, s, (r * 0.9, 35, 0.07), earth);
    let weed = mesh.matt(s.near(v(0.10, 0.22, 0.04), 0.4));
    for _ in 0..s.below(12) {
        let at = on_heap(s, r * 0.7, high * 0.6);
        for _ in 0..5 {
            let tip = at + v(s.range(-0.1, 0.1), s.range(-0.1, 0.1), s.range(0.1, 0.25));
            mesh.rod(at, tip, (0.012, 0.002), 4, weed);
        }
    }
    stood(mesh)
}

/// Sacks of cement or sand in layers, some burst or thrown beside.
fn sacks(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = match s.below(4) {
        0 => v(0.42, 0.36, 0.27),
        1 => v(0.60, 0.60, 0.57),
        2 => v(0.14, 0.24, 0.16),
        _ => any_colour(s),
    };
    let skin = mesh.patterned(s.near(colour, 0.2), Look::Matt, Pattern::Cloth);
    let print = any_colour(s);
    let print = mesh.matt(print);
    let half = v(s.range(0.26, 0.36), s.range(0.17, 0.24), s.range(0.06, 0.10));
    let (nx, ny, layers) = (1 + s.below(2), 1 + s.below(3), 1 + s.below(5));
    let seed = s.range(0.0, 90.0);
    let put = |mesh: &mut Mesh, pose: &Pose, k: usize| {
        mesh.part(pose, |m| {
            stuffed(m, (Vec3::ZERO, half), (3.4, 0.10), skin, seed + k as f32);
            m.block(
                v(0.0, 0.0, half.z * 0.86),
                v(half.x * 0.45, half.y * 0.4, half.z * 0.1),
                print,
            );
        });
    };
    let mut laid = 0;
    for (k, i, j) in (0..layers).flat_map(|k| (0..nx).flat_map(move |i| (0..ny).map(move |j| (k, i, j)))) {
        if laid >= 13 || (k > 0 && k + 1 == layers && s.chance(0.3)) {
            continue;
        }
        laid += 1;
        let at = v(
            i as f32 * half.x * 2.02 + s.range(-0.04, 0.04),
            j as f32 * half.y * 2.0 + s.range(-0.03, 0.03),
            half.z * (1.75 * k as f32 + 0.9),
        );
        put(
            &mut mesh,
            &Pose::tilted(at, s.range(-0.05, 0.05), s.range(-0.05, 0.05), s.range(-0.1, 0.1)),
            laid,
        );
    }
    for k in 0..s.below(3) {
        let at = v(nx as f32 * half.x * 2.0 + 0.1, 0.1 + 0.5 * k as f32, half.z * 0.9);
        put(
            &mut mesh,
            &Pose::tilted(at, 0.0, s.range(-0.1, 0.5), s.range(0.0, TURN)),
            20 + k,
        );
    }
    stood(mesh)
}

/// A tonne bag with four loops, full of sand or rubble.
fn big_bag(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tint = if s.chance(0.6) {
        v(0.60, 0.60, 0.57)
    } else {
        any_colour(s)
    };
    let cloth = mesh.patterned(tint, Look::Matt, Pattern::Cloth);
    let skin = grains(&mut mesh, s);
    for k in 0..=s.below(2) {
        let (w, h) = (s.range(0.35, 0.5), s.range(0.55, 0.95));
        let belly = s.range(1.03, 1.14);
        mesh.part(
            &Pose::new(v(k as f32 * 1.1, s.range(-0.1, 0.1), 0.0), s.range(-0.3, 0.3)),
            |m| {
                let levels = [
                    (0.0, 0.0),
                    (0.0, 0.93),
                    (h * 0.35, belly),
                    (h * 0.7, belly),
                    (h, 0.98),
                    (h * 0.93, 0.9),
                ];
                let rings: Vec<Vec<Vec3>> = levels
                    .iter()
                    .map(|(z, share)| section((*z, w * share, w * share), w * 0.35))
                    .collect();
                m.loft(&rings, true, 60.0, &|_, _| cloth);
                let rise = s.range(0.02, 0.25);
                let top = [
                    (h * 0.94, 0.92),
                    (h * 0.95 + rise * 0.5, 0.55),
                    (h * 0.95 + rise, 0.0),
                ];
                let rings: Vec<Vec<Vec3>> = top
                    .iter()
                    .map(|(z, share)| section((*z, w * share, w * share), w * share * 0.5))
                    .collect();
                m.loft(&rings, true, 80.0, &|_, _| skin);
                for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
                    let (a, b) = (
                        v(sx * w * 0.88, sy * w * 0.5, h * 0.95),
                        v(sx * w * 0.5, sy * w * 0.88, h * 0.95),
                    );
                    let peak = v(
                        sx * w * s.range(0.6, 1.0),
                        sy * w * s.range(0.6, 1.0),
                        h + s.range(0.05, 0.25),
                    );
                    bar(m, (a, peak), (0.025, 0.005), cloth);
                    bar(m, (peak, b), (0.025, 0.005), cloth);
                }
            },
        );
    }
    stood(mesh)
}

/// A heap under a dust net or a sheet that bricks hold down.
fn netted(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = s.pick(&[
        v(0.05, 0.28, 0.10),
        v(0.05, 0.28, 0.10),
        v(0.06, 0.16, 0.42),
        v(0.03, 0.03, 0.03),
        v(0.5, 0.3, 0.05),
    ]);
    let net = mesh.patterned(s.near(colour, 0.3), Look::Thin, Pattern::Crinkled);
    let skin = grains(&mut mesh, s);
    let (r, high) = (s.range(0.8, 1.5), s.range(0.4, 0.95));
    let tops = [
        (0.0, 0.0, 1.0),
        (s.range(-0.5, 0.5), s.range(-0.5, 0.5), s.range(0.5, 0.8)),
    ];
    let half = (r, r * s.range(0.65, 1.0));
    pile(&mut mesh, s, (half, high), &tops, net);
    let mut bare = Mesh::default();
    let under = bare.skin(mesh.materials[usize::from(skin.0)]);
    pile(
        &mut bare,
        s,
        ((half.0 * 0.45, half.1 * 0.4), high * 0.45),
        &[(0.0, 0.0, 1.0)],
        under,
    );
    mesh.add(&bare, &Pose::at(v(half.0 * 0.6, half.1 * 0.6, 0.0)));
    let brick = mesh.patterned(v(0.36, 0.13, 0.08), Look::Matt, Pattern::Concrete);
    for k in 0..5 + s.below(6) {
        let a = k as f32 * 0.9 + s.range(0.0, 0.4);
        let at = v(cos(a) * half.0 * 0.92, sin(a) * half.1 * 0.92, 0.05);
        mesh.part(&thrown(s, at, 0.1), |m| {
            m.block(Vec3::ZERO, v(0.11, 0.055, 0.03), brick);
        });
    }
    stood(mesh)
}

/// Where mortar is mixed: sand, a crater with slurry, a sack, a shovel, a bucket.
fn mixing(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = grains(&mut mesh, s);
    let (r, high) = (s.range(0.55, 0.9), s.range(0.3, 0.6));
    pile(&mut mesh, s, ((r, r), high), &[(0.0, 0.0, 1.0)], skin);
    let board = timber(&mut mesh, s);
    let wet = mesh.patterned(v(0.26, 0.26, 0.26), Look::Gloss, Pattern::Sand);
    mesh.block(v(r + 0.35, 0.2, 0.01), v(0.5, 0.45, 0.01), board);
    let mut slurry = Mesh::default();
    let mud = slurry.skin(mesh.materials[usize::from(wet.0)]);
    pile(
        &mut slurry,
        s,
        ((0.4, 0.36), 0.14),
        &[(0.2, 0.0, 0.9), (-0.2, 0.1, 0.8)],
        mud,
    );
    mesh.add(&slurry, &Pose::at(v(r + 0.35, 0.2, 0.02)));
    let paper = mesh.patterned(v(0.42, 0.36, 0.27), Look::Matt, Pattern::Cloth);
    let seed = s.range(0.0, 90.0);
    for k in 0..=s.below(3) {
        let at = v(r * 0.4 + 0.1 * k as f32, -r * 0.9 - 0.1, 0.075 + 0.13 * k as f32);
        mesh.part(&Pose::new(at, s.range(-0.3, 0.3)), |m| {
            stuffed(m, (Vec3::ZERO, v(0.3, 0.2, 0.08)), (3.4, 0.1), paper, seed);
        });
    }
    shovel(&mut mesh, s, v(0.1, 0.1, high * 0.6));
    let bucket = plastic(&mut mesh, s);
    mesh.rod(
        v(r * 0.9, r * 0.9, 0.0),
        v(r * 0.9, r * 0.9, 0.28),
        (0.11, 0.15),
        14,
        bucket,
    );
    stood(mesh)
}

/// A heap kept together by boards or bricks.
fn bordered(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = grains(&mut mesh, s);
    let (w, d, high) = (s.range(0.6, 1.1), s.range(0.5, 0.9), s.range(0.3, 0.7));
    pile(
        &mut mesh,
        s,
        ((w * 1.05, d * 1.05), high),
        &[(0.0, 0.0, 1.0), (0.3, 0.2, 0.8), (-0.3, -0.2, 0.7)],
        skin,
    );
    let brick = mesh.patterned(s.near(v(0.36, 0.14, 0.08), 0.3), Look::Matt, Pattern::Brick);
    let wood = timber(&mut mesh, s);
    let (edge, tall) = (if s.chance(0.5) { brick } else { wood }, s.range(0.08, 0.2));
    let sides = 3 + s.below(2);
    for k in 0..sides {
        let (across, run) = if k % 2 == 0 { (d, w) } else { (w, d) };
        mesh.part(&Pose::new(Vec3::ZERO, (k as f32 + 2.0) * TURN / 4.0), |m| {
            m.block(v(0.0, across, tall), v(run + 0.05, 0.05, tall), edge);
        });
    }
    stood(mesh)
}

//! Builds of trade that only streets held out have: square sunshades, stalls with a roof, glazed barrows,
//! baskets and sacks, shelves, folding chairs, banners.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::{loud, produce, wares};

/// A square sunshade: four flat panels, a hanging border, the pole through the middle.
pub(super) fn umbrella(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (half, high) = (s.range(1.0, 1.3), s.range(2.55, 2.85));
    let low = high - s.range(0.45, 0.7);
    let colour = loud(s);
    let cloth = mesh.patterned(colour, Look::Thin, Pattern::Plain);
    let hem = mesh.patterned(loud(s), Look::Thin, Pattern::Plain);
    let metal = mesh.metal(0.32);
    let base = mesh.patterned(v(0.35, 0.35, 0.34), Look::Matt, Pattern::Concrete);
    mesh.rod(Vec3::ZERO, v(0.0, 0.0, high), (0.028, 0.024), 7, metal);
    mesh.block(v(0.0, 0.0, 0.05), v(0.24, 0.24, 0.05), base);
    let corner = |k: i32, z: f32| {
        let turn = (k as f32 + 0.5) / 4.0 * TURN;
        v(cos(turn) * half * 1.41, sin(turn) * half * 1.41, z)
    };
    for k in 0..4 {
        let (a, b) = (corner(k, low), corner(k + 1, low));
        mesh.triangle(v(0.0, 0.0, high), a, b, cloth);
        let down = Vec3::Z * -0.2;
        mesh.quad([a, b, b + down, a + down], hem);
        mesh.rod(v(0.0, 0.0, high - 0.5), a, (0.012, 0.010), 5, metal);
    }
    mesh
}

fn posts(mesh: &mut Mesh, (hx, hy): (f32, f32), high: f32, metal: Skin) {
    for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        mesh.rod(
            v(x * hx, y * hy, 0.0),
            v(x * hx, y * hy, high),
            (0.02, 0.02),
            6,
            metal,
        );
    }
}

/// A frame with a pitched roof over shelves that step down to the customer, or over a griddle.
pub(super) fn stall(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let metal = mesh.metal(0.3);
    let roof = mesh.patterned(loud(s), Look::Thin, Pattern::Plain);
    let (hx, hy) = (s.range(1.2, 1.5), s.range(0.52, 0.62));
    let high = s.range(2.0, 2.2);
    posts(&mut mesh, (hx, hy), high, metal);
    for sign in [-1.0, 1.0] {
        let (eave, ridge) = (
            v(hx + 0.2, sign * (hy + 0.3), high - 0.05),
            v(hx + 0.2, 0.0, high + 0.4),
        );
        let flip = v(-1.0, 1.0, 1.0);
        mesh.quad([eave, ridge, ridge * flip, eave * flip], roof);
    }
    let board = mesh.patterned(v(0.30, 0.22, 0.14), Look::Matt, Pattern::Wood);
    if s.chance(0.5) {
        let columns = (hx / 0.3) as usize;
        for step in 0..3 {
            let (y, z) = (-0.32 + step as f32 * 0.36, 0.85 - step as f32 * 0.2);
            mesh.block(v(0.0, y, z), v(hx, 0.18, 0.015), board);
            for i in 0..columns {
                let x = (i as f32 + 0.5) / columns as f32 * 2.0 * hx - hx;
                let half = v(hx / columns as f32 * 0.92, 0.165, 0.10);
                produce(&mut mesh, s, v(x, y, z + 0.02), half);
            }
        }
    } else {
        let steel = mesh.metal(0.5);
        mesh.rounded(v(0.0, 0.0, 0.46), v(hx, hy, 0.44), 0.02, steel);
        for k in 0..4 {
            let at = v(-0.8 + k as f32 * 0.5, s.range(-0.15, 0.15), 0.90);
            mesh.rod(at, at + Vec3::Z * s.range(0.12, 0.35), (0.17, 0.18), 14, steel);
        }
        wares(&mut mesh, s, (hx, hy), 0.90, 14);
    }
    mesh
}

/// A three-sided glass case on a barrow, a lamp board above.
pub(super) fn cart(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (metal, rubber) = (mesh.metal(0.4), mesh.matt(Vec3::splat(0.02)));
    let body = mesh.patterned(loud(s), Look::Gloss, Pattern::Panels);
    let glass = mesh.patterned(v(0.10, 0.11, 0.12), Look::Glass, Pattern::Plain);
    let long = s.range(0.80, 0.95);
    for (x, y) in [(-0.55, 0.0), (0.55, 0.0)] {
        let hub = v(x, y, 0.31);
        for sign in [-1.0, 1.0] {
            let at = hub + Vec3::Y * (0.40 * sign);
            mesh.ring(at, Vec3::Y, 0.27, 0.035, (18, 5), rubber);
            mesh.rod(at - Vec3::Y * 0.03, at + Vec3::Y * 0.03, (0.06, 0.06), 8, metal);
        }
    }
    mesh.rounded(v(0.0, 0.0, 0.60), v(long, 0.36, 0.26), 0.03, body);
    mesh.block(v(0.0, 0.34, 1.14), v(long - 0.04, 0.006, 0.28), glass);
    for sign in [-1.0, 1.0] {
        mesh.block(v(sign * (long - 0.04), 0.02, 1.14), v(0.006, 0.32, 0.28), glass);
        mesh.rod(
            v(sign * 0.3, -0.36, 0.80),
            v(sign * 0.3, -0.95, 0.95),
            (0.018, 0.018),
            6,
            metal,
        );
    }
    mesh.rod(
        v(-0.3, -0.95, 0.95),
        v(0.3, -0.95, 0.95),
        (0.018, 0.018),
        6,
        metal,
    );
    mesh.block(v(0.0, 0.0, 1.44), v(long, 0.36, 0.02), metal);
    let sign = mesh.gloss(loud(s));
    mesh.block(v(0.0, 0.30, 1.66), v(long * 0.9, 0.03, 0.18), sign);
    wares(&mut mesh, s, (long - 0.1, 0.26), 0.87, 26);
    mesh
}

/// Baskets, open sacks, drums of oil, buckets of flowers: what stands on the ground before a shop.
pub(super) fn goods(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let kind = s.below(3);
    for (i, j) in (0..3).flat_map(|i| (0..2).map(move |j| (i, j))) {
        let at = v(
            (i as f32 - 1.0) * 0.56 + s.range(-0.03, 0.03),
            (j as f32 - 0.5) * 0.5,
            0.0,
        );
        match kind {
            0 => sack(&mut mesh, s, at),
            1 => drum(&mut mesh, s, at),
            _ => flowers(&mut mesh, s, at),
        }
    }
    mesh
}

/// A sack with its rim rolled down over grain, or a round basket.
fn sack(mesh: &mut Mesh, s: &mut Stream, at: Vec3) {
    let cloth = mesh.patterned(s.near(v(0.46, 0.38, 0.24), 0.25), Look::Matt, Pattern::Cloth);
    let high = s.range(0.30, 0.50);
    mesh.rod(at, at + Vec3::Z * high, (0.19, 0.23), 14, cloth);
    mesh.ring(at + Vec3::Z * high, Vec3::Z, 0.225, 0.03, (16, 6), cloth);
    let tint = s.pick(&[
        v(0.60, 0.54, 0.40),
        v(0.34, 0.12, 0.06),
        v(0.50, 0.30, 0.05),
        v(0.18, 0.24, 0.08),
    ]);
    let grain = mesh.patterned(s.near(tint, 0.2), Look::Matt, Pattern::Sand);
    mesh.blob(
        at + Vec3::Z * (high + 0.01),
        v(0.21, 0.21, 0.07),
        (14, 6),
        grain,
        &|_| 1.0,
    );
}

/// A plastic barrel or a gas bottle.
fn drum(mesh: &mut Mesh, s: &mut Stream, at: Vec3) {
    let skin = mesh.gloss(loud(s));
    let (radius, high) = (s.range(0.17, 0.24), s.range(0.45, 0.75));
    mesh.rod(at, at + Vec3::Z * high, (radius, radius), 16, skin);
    mesh.ball(at + Vec3::Z * high, v(radius, radius, 0.10), skin);
    mesh.rod(
        at + Vec3::Z * high,
        at + Vec3::Z * (high + 0.16),
        (0.06, 0.05),
        8,
        skin,
    );
}

/// A bucket of cut flowers or a potted shrub.
fn flowers(mesh: &mut Mesh, s: &mut Stream, at: Vec3) {
    let pot = mesh.matt(s.pick(&[v(0.30, 0.12, 0.07), v(0.12, 0.13, 0.14), v(0.54, 0.53, 0.50)]));
    mesh.rod(at, at + Vec3::Z * 0.28, (0.13, 0.18), 12, pot);
    let green = mesh.patterned(s.near(v(0.07, 0.15, 0.04), 0.3), Look::Thin, Pattern::Plain);
    let bloom = mesh.patterned(loud(s), Look::Thin, Pattern::Plain);
    for _ in 0..36 {
        let out = v(s.range(-0.22, 0.22), s.range(-0.22, 0.22), s.range(0.30, 0.72));
        let skin = if s.chance(0.35) { bloom } else { green };
        mesh.ball(at + out, Vec3::splat(s.range(0.03, 0.06)), skin);
    }
}

/// Shelves of shoes, bags or bottles, leaning back a little.
pub(super) fn rack(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let metal = mesh.metal(0.25);
    let (half, high) = (s.range(0.45, 0.58), s.range(1.25, 1.42));
    posts(&mut mesh, (half, 0.22), high, metal);
    let skins: Vec<Skin> = (0..6).map(|_| mesh.gloss(loud(s))).collect();
    for level in 0..4 {
        let z = 0.16 + level as f32 * 0.34;
        mesh.block(v(0.0, 0.0, z), v(half, 0.22, 0.01), metal);
        let mut x = -half + 0.08;
        while x < half - 0.06 {
            let tall = s.range(0.05, 0.13);
            let skin = s.pick(&skins);
            mesh.rounded(
                v(x, s.range(-0.03, 0.05), z + 0.01 + tall),
                v(0.045, 0.13, tall),
                0.03,
                skin,
            );
            x += s.range(0.11, 0.16);
        }
    }
    mesh
}

/// A folding chair of bent tubes, or a bench.
pub(super) fn chair(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let tube = mesh.metal(0.4);
    let seat = mesh.patterned(loud(s), Look::Matt, Pattern::Cloth);
    if s.chance(0.35) {
        let wood = mesh.patterned(v(0.30, 0.19, 0.10), Look::Matt, Pattern::Wood);
        mesh.block(v(0.0, 0.0, 0.40), v(0.40, 0.12, 0.02), wood);
        for sign in [-1.0, 1.0] {
            mesh.block(v(sign * 0.32, 0.0, 0.19), v(0.02, 0.11, 0.19), wood);
        }
        return mesh;
    }
    for sign in [-1.0, 1.0] {
        let x = sign * 0.20;
        mesh.rod(v(x, 0.20, 0.0), v(x, -0.20, 0.86), (0.012, 0.012), 6, tube);
        mesh.rod(v(x, -0.20, 0.0), v(x, 0.16, 0.45), (0.012, 0.012), 6, tube);
    }
    mesh.rounded(v(0.0, 0.02, 0.44), v(0.19, 0.19, 0.018), 0.015, seat);
    mesh.rounded(v(0.0, -0.17, 0.76), v(0.19, 0.02, 0.10), 0.018, seat);
    mesh
}

/// A banner in a cross of rods, or a board on a pole with a round foot.
pub(super) fn sign(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let metal = mesh.metal(0.3);
    let face = mesh.gloss(loud(s));
    let ink = mesh.matt(v(0.12, 0.10, 0.14));
    let banner = s.chance(0.5);
    let (wide, foot, high) = if banner {
        (s.range(0.24, 0.27), 0.10, s.range(0.80, 0.95))
    } else {
        (s.range(0.20, 0.26), 0.75, s.range(0.30, 0.42))
    };
    mesh.rod(Vec3::ZERO, v(0.0, 0.0, 0.04), (0.22, 0.20), 14, metal);
    mesh.rod(
        v(0.0, -0.03, 0.0),
        v(0.0, -0.03, foot + high),
        (0.015, 0.015),
        6,
        metal,
    );
    let mut panel = Mesh {
        materials: mesh.materials.clone(),
        ..Mesh::default()
    };
    panel.block(v(0.0, 0.0, foot + high), v(wide, 0.012, high), face);
    for row in 0..7 {
        let z = foot + high * (0.25 + row as f32 * 0.23);
        let long = s.range(0.4, 0.85) * wide;
        for side in [-1.0, 1.0] {
            panel.block(v(0.0, side * 0.014, z), v(long, 0.004, high * 0.05), ink);
        }
    }
    mesh.add(
        &panel,
        &Pose::tilted(Vec3::ZERO, if banner { 0.05 } else { 0.0 }, 0.0, 0.0),
    );
    mesh
}

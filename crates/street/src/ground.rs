//! The ground: carriageway, marks, kerbs, footways with tactile paths, bays, the crossing street.

use crate::chance::{Concern, Stream};
use crate::maths::{Vec3, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};
use crate::plan::{FROM_Y, Plan, Side, TO_Y};
use crate::styles::Seed;

/// Marks lie this far above what they are painted on.
const PAINT: f32 = 0.006;

/// The ground of a street as one mesh.
pub(crate) fn ground(seed: Seed, plan: &Plan) -> Mesh {
    let mut s = Stream::new(seed, Concern::Layout, 1);
    let mut mesh = Mesh::default();
    let shade = s.range_own((0.075, 0.14), (0.22, 0.32));
    let tint = s.own(v(1.0, 1.0, 1.03), v(1.04, 1.0, 0.93));
    let road = s.own(Pattern::Asphalt, Pattern::Panels);
    let asphalt = mesh.patterned(tint * shade, Look::Ground, road);
    mesh.floor((-90.0, -40.0), (90.0, 260.0), 0.0, asphalt);
    let white = mesh.patterned(v(0.62, 0.62, 0.60), Look::Ground, Pattern::WornPaint);
    let yellow = mesh.patterned(v(0.62, 0.42, 0.05), Look::Ground, Pattern::WornPaint);
    lane_marks(&mut mesh, &mut s, plan, white, yellow);
    for side in plan.sides() {
        footway(&mut mesh, &mut s, plan, side);
        bays(&mut mesh, plan, side, white);
    }
    let iron = mesh.patterned(v(0.06, 0.055, 0.05), Look::Metal, Pattern::Concrete);
    for k in 0..8 {
        let at = v(
            s.range(-0.7, 0.7) * plan.road_half,
            4.0 + k as f32 * 9.0 + s.range(-2.0, 2.0),
            0.0,
        );
        mesh.rod(at - Vec3::Z * 0.05, at + Vec3::Z * 0.007, (0.36, 0.36), 20, iron);
    }
    mesh
}

fn lane_marks(mesh: &mut Mesh, s: &mut Stream, plan: &Plan, white: Skin, yellow: Skin) {
    let half = plan.road_half;
    let mut line = |x: f32, from: f32, to: f32, wide: f32, skin: Skin| {
        mesh.floor((x - wide / 2.0, from), (x + wide / 2.0, to), PAINT, skin);
    };
    let double = plan.lanes == 4 || s.chance(0.4);
    let pieces = 30;
    for k in 0..pieces {
        let from = FROM_Y + k as f32 * 6.0;
        if plan.crossed(from + 1.5, 4.0) {
            continue;
        }
        if double {
            line(-0.14, from, from + 6.0, 0.12, yellow);
            line(0.14, from, from + 6.0, 0.12, yellow);
        } else {
            line(0.0, from, from + 3.0, 0.14, yellow);
        }
        if plan.lanes == 4 {
            line(half / 2.0, from, from + 2.6, 0.12, white);
            line(-half / 2.0, from, from + 2.6, 0.12, white);
        }
        for sign in [-1.0, 1.0] {
            line(
                sign * (half - 0.28),
                from,
                from + 6.0,
                0.12,
                if s.chance(0.5) { white } else { yellow },
            );
        }
    }
    let (step, wide, long) = s.own((0.9, 0.45, 1.7), (1.2, 0.6, 2.4));
    let bars = (half * 2.0 / step) as usize;
    for k in 0..bars {
        let x = -half + 0.45 + k as f32 * step;
        mesh.floor(
            (x, plan.zebra - long),
            (x + wide, plan.zebra + long),
            PAINT + 0.002,
            white,
        );
    }
}

fn footway(mesh: &mut Mesh, s: &mut Stream, plan: &Plan, side: &Side) {
    let tone = s.pick_own(
        &[
            v(0.33, 0.31, 0.29),
            v(0.40, 0.37, 0.33),
            v(0.30, 0.22, 0.19),
            v(0.28, 0.29, 0.31),
        ],
        &[
            v(0.36, 0.19, 0.13),
            v(0.22, 0.21, 0.20),
            v(0.42, 0.36, 0.24),
            v(0.26, 0.30, 0.24),
        ],
    );
    let laid = s.own(Pattern::Slabs, Pattern::Pavers);
    let slabs = mesh.patterned(s.near(tone, 0.12), Look::Ground, laid);
    let path_tone = s.own(v(0.52, 0.38, 0.07), v(0.44, 0.43, 0.40));
    let tactile = mesh.patterned(path_tone, Look::Ground, Pattern::Tactile);
    let kerb_tone = s.own(v(0.40, 0.39, 0.38), v(0.27, 0.26, 0.26));
    let stone = mesh.patterned(kerb_tone, Look::Matt, Pattern::Concrete);
    let high = plan.kerb_height;
    let (inner, outer) = (plan.road_half, plan.road_half + side.footway);
    let spans: Vec<(f32, f32)> = match plan.crossing {
        Some((at, wide)) => vec![(-30.0, at - wide / 2.0), (at + wide / 2.0, 220.0)],
        None => vec![(-30.0, 220.0)],
    };
    for (from, to) in spans {
        let mut strip = |a: f32, b: f32, z: f32, skin: Skin| {
            let (x0, x1) = if side.sign < 0.0 { (-b, -a) } else { (a, b) };
            mesh.floor((x0, from), (x1, to), z, skin);
        };
        strip(inner + 0.3, outer + 12.0, high, slabs);
        let path = inner + side.footway * s.own(0.52, 0.36);
        strip(path - 0.3, path + 0.3, high + PAINT, tactile);
        let middle = v(side.sign * (inner + 0.15), f32::midpoint(from, to), high / 2.0);
        mesh.block(middle, v(0.15, (to - from) / 2.0, high / 2.0 + 0.004), stone);
        // Joints between kerb stones.
        let dark = mesh.matt(v(0.12, 0.12, 0.12));
        let mut y = from.max(FROM_Y);
        while y < to.min(60.0) {
            mesh.block(
                v(side.sign * (inner + 0.15), y, high / 2.0),
                v(0.152, 0.006, high / 2.0 + 0.006),
                dark,
            );
            y += s.own(1.0, 0.6);
        }
    }
    // Tree pits are part of the ground: see `furniture` for what grows there.
    let soil = mesh.patterned(v(0.10, 0.075, 0.05), Look::Matt, Pattern::Sand);
    for y in trees_along(plan, side) {
        mesh.block(
            v(side.sign * (inner + 0.95), y, high),
            v(0.55, 0.55, 0.012),
            stone,
        );
        mesh.block(v(side.sign * (inner + 0.95), y, high), v(0.48, 0.48, 0.016), soil);
    }
}

/// Where trees stand on a side, along the street.
pub(crate) fn trees_along(plan: &Plan, side: &Side) -> Vec<f32> {
    if side.tree_step <= 0.0 {
        return Vec::new();
    }
    let count = ((TO_Y - 8.0) / side.tree_step) as usize;
    let at = |k: usize| 8.0 + (k as f32 + if side.sign > 0.0 { 0.4 } else { 0.0 }) * side.tree_step;
    // What grew before the lens was felled when the camera was hung.
    let clear = if plan.mount.at.x * side.sign > 0.0 {
        17.0
    } else {
        0.0
    };
    (0..count)
        .map(at)
        .filter(|y| *y > clear && !plan.crossed(*y, 3.0))
        .collect()
}

fn bays(mesh: &mut Mesh, plan: &Plan, side: &Side, white: Skin) {
    let mut line = |x0: f32, y0: f32, x1: f32, y1: f32, z: f32| {
        let (a, b) = (side.sign * x0, side.sign * x1);
        mesh.floor((a.min(b), y0), (a.max(b), y1), z, white);
    };
    let (from, to) = side.car_bays;
    let edge = plan.road_half - 2.35;
    if to > from {
        line(edge, from, edge + 0.1, to, PAINT + 0.001);
        let spots = ((to - from) / side.bay_long).round() as usize;
        for k in 0..=spots {
            let y = from + k as f32 * side.bay_long;
            line(edge, y - 0.05, plan.road_half - 0.1, y + 0.05, PAINT + 0.001);
        }
    }
    let (from, to) = side.bike_bays;
    if to > from {
        let (inner, outer, z) = (
            plan.road_half + 0.4,
            plan.road_half + 2.2,
            plan.kerb_height + PAINT,
        );
        line(inner, from, inner + 0.08, to, z);
        line(outer, from, outer + 0.08, to, z);
        for y in [from, to] {
            line(inner, y - 0.04, outer + 0.08, y + 0.04, z);
        }
    }
}

//! Buildings: rows of shops with signs, shutters and lit interiors below, storeys of windows, cages and
//! air conditioners above. Signs carry strokes that look like characters and say nothing.

mod shops;

use crate::chance::{Concern, Stream};
use crate::maths::{Vec3, v};
use crate::mesh::{Glow, Look, Material, Mesh, Pattern, Skin};
use crate::plan::{FROM_Y, Plan, TO_Y};
use crate::sky::Lamp;
use crate::styles::Seed;

use shops::{shop, sign_colour};

/// Height of the ground floor up to the signs' lower edge.
const SHOP_HIGH: f32 = 2.9;
/// Depth of a modelled shop.
const SHOP_DEEP: f32 = 3.2;
/// Beyond this distance shops have no goods and windows no frames.
const DETAIL_Y: f32 = 62.0;

/// A face of one side of the street, in its own terms: `u` along the street, `d` metres behind the shop
/// line (negative: in front), `z` up.
struct Front<'a> {
    mesh: &'a mut Mesh,
    sign: f32,
    line: f32,
    /// Height of the ground floor up to the signs' lower edge.
    foot: f32,
}

impl Front<'_> {
    fn at(&self, u: f32, d: f32, z: f32) -> Vec3 {
        v(self.sign * (self.line + d), u, z)
    }

    /// A block from its middle and half sizes along, deep and high.
    fn block(&mut self, middle: (f32, f32, f32), half: (f32, f32, f32), skin: Skin) {
        let (u, d, z) = middle;
        let centre = self.at(u, d, z);
        self.mesh.block(centre, v(half.1, half.0, half.2), skin);
    }
}

/// What all parts of a building share.
struct Style {
    wall: Skin,
    glass: Skin,
    lit: Skin,
    frame: Skin,
    unit: Skin,
    cage: Skin,
    cages: f32,
    window: (f32, f32),
    step: f32,
    balconies: bool,
}

/// The buildings of one side, one mesh each, and the light that falls from their shops.
pub(crate) fn buildings(seed: Seed, plan: &Plan, sign: f32) -> (Vec<Mesh>, Vec<Lamp>) {
    let mut s = Stream::new(seed, Concern::Facade, if sign < 0.0 { 1 } else { 2 });
    let (mut out, mut lamps) = (Vec::new(), Vec::new());
    let mut u = FROM_Y + s.range(0.0, 3.0);
    while u < TO_Y {
        let (shops, wide) = (2 + s.below(4), s.range_own((3.3, 4.9), (5.1, 6.8)));
        let long = shops as f32 * wide;
        if plan.crossed(u, 1.0) || plan.crossed(u + long, 1.0) || plan.crossed(u + long / 2.0, long / 2.0) {
            if let Some((at, across)) = plan.crossing
                && u < at - across / 2.0 - 7.0
            {
                // A narrow house fills the corner.
                let long = at - across / 2.0 - 1.0 - u;
                out.push(building(&mut s, plan, sign, (u, long, 2), &mut lamps));
            }
            u = plan
                .crossing
                .map_or(u + long, |(at, across)| at + across / 2.0 + 1.5);
            continue;
        }
        out.push(building(&mut s, plan, sign, (u, long, shops), &mut lamps));
        u += long + if s.chance(0.18) { s.range(1.0, 3.0) } else { 0.02 };
    }
    (out, lamps)
}

fn building(s: &mut Stream, plan: &Plan, sign: f32, lot: (f32, f32, usize), lamps: &mut Vec<Lamp>) -> Mesh {
    let (from, long, shops) = lot;
    let mut mesh = Mesh::default();
    let style = style(s, &mut mesh);
    let mut front = Front {
        mesh: &mut mesh,
        sign,
        line: plan.line(sign),
        foot: s.own(SHOP_HIGH, 3.3),
    };
    let storeys = s.below(6);
    let storeys = s.own(1 + storeys, if storeys < 3 { 0 } else { 4 + storeys });
    let wide = long / shops as f32;
    // Neighbours often share one design of sign board.
    let shared = s.chance(0.35).then(|| sign_colour(s));
    for k in 0..shops {
        shop(
            &mut front,
            s,
            (from + k as f32 * wide, wide),
            shared,
            &style,
            lamps,
        );
    }
    let (foot, high) = (front.foot + 1.0, storeys as f32 * 3.0 + 0.5);
    let middle = from + long / 2.0;
    front.block(
        (middle, 5.0, foot + high / 2.0),
        (long / 2.0, 5.0, high / 2.0),
        style.wall,
    );
    front.block(
        (middle, 0.0, foot + high + 0.1),
        (long / 2.0, 0.3, 0.28),
        style.wall,
    );
    let windows = (long / style.step).max(1.0) as usize;
    for storey in 0..storeys {
        let z = foot + storey as f32 * 3.0 + 1.5;
        if style.balconies {
            front.block(
                (middle, -0.55, z - 1.35),
                (long / 2.0 - 0.3, 0.55, 0.08),
                style.wall,
            );
            front.block(
                (middle, -1.05, z - 0.85),
                (long / 2.0 - 0.3, 0.04, 0.45),
                style.wall,
            );
        }
        for k in 0..windows {
            let u = from + (k as f32 + 0.5) * long / windows as f32;
            window(&mut front, s, (u, z), &style);
        }
    }
    mesh
}

fn style(s: &mut Stream, mesh: &mut Mesh) -> Style {
    let shown = [
        (v(0.56, 0.52, 0.45), Pattern::Plaster),
        (v(0.62, 0.60, 0.55), Pattern::WallTiles),
        (v(0.46, 0.30, 0.24), Pattern::WallTiles),
        (v(0.38, 0.17, 0.12), Pattern::Brick),
        (v(0.50, 0.48, 0.45), Pattern::Concrete),
        (v(0.66, 0.58, 0.42), Pattern::Plaster),
        (v(0.42, 0.46, 0.50), Pattern::WallTiles),
        (v(0.60, 0.44, 0.36), Pattern::Plaster),
    ];
    let held_out = [
        (v(0.30, 0.31, 0.33), Pattern::Panels),
        (v(0.58, 0.56, 0.50), Pattern::Panels),
        (v(0.44, 0.36, 0.26), Pattern::Pavers),
        (v(0.34, 0.20, 0.16), Pattern::Panels),
        (v(0.40, 0.44, 0.40), Pattern::Pavers),
        (v(0.68, 0.66, 0.62), Pattern::Plain),
    ];
    let (colour, pattern) = s.pick_own(&shown, &held_out);
    let colour = s.near(colour, 0.15);
    let grey = s.range(0.25, 0.7);
    Style {
        wall: mesh.patterned(colour, Look::Matt, pattern),
        glass: mesh.patterned(v(0.03, 0.04, 0.05), Look::Glass, Pattern::Plain),
        lit: mesh.skin(Material {
            colour: v(1.0, 0.82, 0.55),
            look: Look::Glass,
            pattern: Pattern::Plain,
            glow: Glow::AtNight(0.9),
        }),
        frame: mesh.matt(Vec3::splat(grey)),
        unit: mesh.patterned(v(0.62, 0.62, 0.58), Look::Matt, Pattern::Concrete),
        cage: mesh.metal(0.35),
        cages: s.pick(&[0.0, 0.0, 0.3, 0.7]),
        window: (
            s.range_own((0.5, 0.85), (1.0, 1.35)),
            s.range_own((0.65, 0.85), (0.9, 1.1)),
        ),
        step: s.range_own((2.2, 3.4), (3.6, 4.4)),
        balconies: s.chance(0.25),
    }
}

fn window(front: &mut Front<'_>, s: &mut Stream, (u, z): (f32, f32), style: &Style) {
    let (hw, hh) = style.window;
    let lit = s.chance(0.35);
    front.block(
        (u, -0.01, z),
        (hw, 0.02, hh),
        if lit { style.lit } else { style.glass },
    );
    let (caged, cooled, shift) = (s.chance(style.cages), s.chance(0.4), s.range(-0.3, 0.3));
    if u > DETAIL_Y {
        return;
    }
    for e in [-hw, 0.0, hw] {
        front.block((u + e, -0.04, z), (0.03, 0.03, hh + 0.03), style.frame);
    }
    for e in [-hh, hh * 0.35, hh] {
        front.block((u, -0.04, z + e), (hw, 0.03, 0.03), style.frame);
    }
    front.block((u, -0.10, z - hh - 0.06), (hw + 0.08, 0.10, 0.04), style.wall);
    if caged {
        for k in 0..=6 {
            let e = (k as f32 / 3.0 - 1.0) * (hw + 0.1);
            front.block((u + e, -0.42, z), (0.008, 0.008, hh + 0.1), style.cage);
        }
        for e in [-hh - 0.1, 0.0, hh + 0.1] {
            front.block((u, -0.42, z + e), (hw + 0.1, 0.008, 0.012), style.cage);
        }
        front.block((u, -0.22, z - hh - 0.12), (hw + 0.1, 0.22, 0.015), style.cage);
    } else if cooled {
        front.block((u + shift, -0.28, z - hh - 0.42), (0.42, 0.17, 0.28), style.unit);
        front.block(
            (u + shift - 0.08, -0.455, z - hh - 0.42),
            (0.22, 0.008, 0.22),
            style.cage,
        );
    }
}

//! What a street is made of before anything happens in it: ground, houses, walls, trees, lamps, rails.

use std::sync::Arc;

use crate::chance::{Concern, Stream};
use crate::facade::buildings;
use crate::footprint::{Claim, Footprint, Ground};
use crate::ground::{ground, trees_along};
use crate::maths::{Bounds, Pose, TURN, v};
use crate::mesh::{Look, Mesh, Pattern};
use crate::plan::{Border, FROM_Y, Plan, Side, TO_Y};
use crate::sky::{LAMP_MIN, Lamp};
use crate::styles::Seed;
use crate::things;
use crate::world::{Model, Placed};

/// Everything without a class: ground, buildings, walls, trees, lamps, rails, boxes; and the ground that
/// their feet take.
pub(crate) fn backdrop(seed: Seed, plan: &Plan) -> (Vec<Placed>, Vec<Lamp>, Ground) {
    let mut paint = Stream::new(seed, Concern::Facade, 3);
    let mut painted = |mesh: Mesh| Model::new(things::painted(mesh, &mut paint));
    let mut placed = vec![fixed(painted(ground(seed, plan)), Pose::HERE)];
    let (mut lamps, mut taken) = (Vec::new(), Ground::default());
    let mut s = Stream::new(seed, Concern::Layout, 2);
    let trees: Vec<Arc<Model>> = (0..4).map(|_| Model::new(things::tree(&mut s))).collect();
    for side in plan.sides() {
        if side.border == Border::Shops {
            let (houses, lit) = buildings(seed, plan, side.sign);
            placed.extend(houses.into_iter().map(|mesh| fixed(painted(mesh), Pose::HERE)));
            lamps.extend(lit);
        } else {
            placed.push(fixed(painted(wall(&mut s, plan, side)), Pose::HERE));
            placed.push(fixed(painted(estate(&mut s, plan, side)), Pose::HERE));
            for k in 0..14 {
                let at = v(
                    side.sign * (plan.line(side.sign) + s.range(2.0, 6.0)),
                    FROM_Y + k as f32 * 7.0,
                    0.0,
                );
                placed.push(fixed(
                    Arc::clone(&trees[s.below(4)]),
                    Pose::new(at, s.range(0.0, TURN)),
                ));
            }
        }
        furnish(&mut s, plan, side, &trees, (&mut placed, &mut lamps, &mut taken));
    }
    if plan.median_rail {
        let until = plan.zebra - 3.0;
        let model = Model::new(things::rail(&s, until - FROM_Y));
        placed.push(fixed(model, Pose::at(v(0.0, FROM_Y, 0.0))));
    }
    // The street ends in houses across it, far away.
    let mut end = Mesh::default();
    let far = end.patterned(v(0.45, 0.44, 0.42), Look::Matt, Pattern::Plaster);
    let near = plan.line(-1.0).max(plan.line(1.0));
    for k in 0..5 {
        let x = (k as f32 - 2.0) * near * 0.9;
        let high = s.range(9.0, 26.0);
        end.block(
            v(x, TO_Y + 45.0 + s.range(0.0, 25.0), high / 2.0),
            v(near * 0.44, 6.0, high / 2.0),
            far,
        );
    }
    placed.push(fixed(Model::new(end), Pose::HERE));
    (placed, lamps, taken)
}

fn fixed(model: Arc<Model>, pose: Pose) -> Placed {
    Placed {
        model,
        pose,
        thing: 0,
    }
}

fn wall(s: &mut Stream, plan: &Plan, side: &Side) -> Mesh {
    let mut mesh = Mesh::default();
    let tone = s.own(v(0.50, 0.48, 0.44), v(0.34, 0.24, 0.20));
    let laid = s.own(Pattern::Plaster, Pattern::Pavers);
    let plaster = mesh.patterned(s.near(tone, 0.2), Look::Matt, laid);
    let cap = mesh.patterned(v(0.16, 0.15, 0.15), Look::Matt, Pattern::Concrete);
    let x = side.sign * (plan.line(side.sign) + 0.2);
    let high = s.range_own((2.2, 3.0), (1.5, 2.0));
    let mut y = FROM_Y;
    while y < TO_Y {
        if !plan.crossed(y + 2.0, 2.0) {
            mesh.block(v(x, y + 2.0, high / 2.0), v(0.12, 2.0, high / 2.0), plaster);
            mesh.block(v(x, y, high / 2.0 + 0.1), v(0.2, 0.2, high / 2.0 + 0.1), plaster);
            mesh.block(v(x, y + 2.0, high + 0.06), v(0.2, 2.0, 0.06), cap);
        }
        y += 4.0;
    }
    mesh
}

/// What shows over a wall: lawn, and blocks of flats further back.
fn estate(s: &mut Stream, plan: &Plan, side: &Side) -> Mesh {
    let mut mesh = Mesh::default();
    let grass = mesh.patterned(v(0.10, 0.14, 0.05), Look::Matt, Pattern::Sand);
    let line = plan.line(side.sign) + 0.4;
    let (a, b) = (side.sign * line, side.sign * (line + 11.0));
    mesh.floor(
        (a.min(b), FROM_Y),
        (a.max(b), TO_Y),
        plan.kerb_height + 0.03,
        grass,
    );
    let glass = mesh.patterned(v(0.03, 0.04, 0.05), Look::Glass, Pattern::Plain);
    let mut y = FROM_Y;
    while y < TO_Y {
        let (half, high, back) = (s.range(7.0, 12.0), s.range(12.0, 24.0), s.range(9.0, 16.0));
        let colour = s.pick_own(
            &[
                v(0.60, 0.56, 0.48),
                v(0.55, 0.42, 0.34),
                v(0.58, 0.58, 0.56),
                v(0.45, 0.47, 0.50),
            ],
            &[v(0.44, 0.26, 0.20), v(0.62, 0.60, 0.50), v(0.36, 0.40, 0.38)],
        );
        let laid = s.own(Pattern::Plaster, Pattern::Panels);
        let wall = mesh.patterned(s.near(colour, 0.15), Look::Matt, laid);
        let x = side.sign * (line + back + 5.0);
        mesh.block(v(x, y + half, high / 2.0), v(5.0, half, high / 2.0), wall);
        for (storey, k) in
            (1..(high / 3.0) as usize).flat_map(|storey| (0..(half / 1.6) as usize).map(move |k| (storey, k)))
        {
            let at = v(
                x - side.sign * 5.0,
                y + 1.6 + k as f32 * 3.2,
                storey as f32 * 3.0 + 1.4,
            );
            mesh.block(at, v(0.03, 0.9, 0.75), glass);
        }
        y += half * 2.0 + s.range(3.0, 9.0);
    }
    mesh
}

fn furnish(
    s: &mut Stream,
    plan: &Plan,
    side: &Side,
    trees: &[Arc<Model>],
    (placed, lamps, taken): (&mut Vec<Placed>, &mut Vec<Lamp>, &mut Ground),
) {
    let kerb = plan.kerb_height;
    let edge = side.sign * (plan.road_half + 0.95);
    let mut claim = |x: f32, y: f32, half: (f32, f32)| {
        let bounds = Bounds {
            min: v(-half.0, -half.1, 0.0),
            max: v(half.0, half.1, 2.0),
        };
        let ground = Footprint::new(&bounds, &Pose::at(v(x, y, 0.0)), 0.05);
        taken.take(Claim {
            ground,
            from: f32::MIN,
            until: f32::MAX,
        });
    };
    for y in trees_along(plan, side) {
        placed.push(fixed(
            Arc::clone(&trees[s.below(trees.len())]),
            Pose::new(v(edge, y, kerb), s.range(0.0, TURN)),
        ));
        claim(edge, y, (0.25, 0.25));
    }
    let high = s.range_own((7.0, 9.0), (4.6, 6.2));
    let (post, head) = things::lamp_post(s, high, 1.6);
    let post = Model::new(post);
    let tint = s.pick_own(
        &[v(1.0, 0.72, 0.42), v(1.0, 0.93, 0.82)],
        &[v(0.88, 0.95, 1.0), v(1.0, 0.82, 0.62)],
    );
    let mut y = 4.0
        + if side.sign > 0.0 {
            plan.lamp_step / 2.0
        } else {
            0.0
        };
    while y < TO_Y {
        let before_lens = plan.mount.at.x * side.sign > 0.0 && y < 14.0;
        if !plan.crossed(y, 1.0) && !before_lens {
            let x = side.sign * (plan.road_half + 0.5);
            let yaw = if side.sign > 0.0 {
                std::f32::consts::PI
            } else {
                0.0
            };
            let pose = Pose::new(v(x, y, kerb), yaw);
            placed.push(fixed(Arc::clone(&post), pose));
            claim(x, y, (0.15, 0.15));
            let way = v(0.0, 0.0, -1.0);
            lamps.push(Lamp {
                at: pose.point(head),
                power: tint * s.own(26.0, 17.0),
                way,
                cone: 0.05,
                size: 0.3,
                least: LAMP_MIN,
            });
        }
        y += plan.lamp_step;
    }
    let (from, to) = side.rail;
    if to > from && !plan.crossed(f32::midpoint(from, to), 14.0) {
        let x = side.sign * (plan.road_half + 0.4);
        placed.push(fixed(
            Model::new(things::rail(s, to - from)),
            Pose::at(v(x, from, kerb)),
        ));
        claim_strip(x, from, to, taken);
    }
    for _ in 0..2 {
        let y = s.range(12.0, 55.0);
        let yaw = side.sign * TURN / 4.0;
        let x = side.sign * (plan.road_half + 0.9);
        let bounds = Bounds {
            min: v(-0.6, -0.35, 0.0),
            max: v(0.6, 0.35, 1.5),
        };
        let pose = Pose::new(v(x, y, kerb), yaw);
        let ground = Footprint::new(&bounds, &pose, 0.1);
        let claim = Claim {
            ground,
            from: f32::MIN,
            until: f32::MAX,
        };
        if taken.free(&claim) && !plan.crossed(y, 1.0) {
            taken.take(claim);
            placed.push(fixed(Model::new(things::utility_box(s)), pose));
        }
    }
}

fn claim_strip(x: f32, from: f32, to: f32, taken: &mut Ground) {
    let half = (to - from) / 2.0;
    let bounds = Bounds {
        min: v(-0.15, -half, 0.0),
        max: v(0.15, half, 1.0),
    };
    let pose = Pose::at(v(x, from + half, 0.0));
    let ground = Footprint::new(&bounds, &pose, 0.0);
    taken.take(Claim {
        ground,
        from: f32::MIN,
        until: f32::MAX,
    });
}

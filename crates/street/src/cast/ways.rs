//! Ways on foot: past everything that stands or walks on the footway, step by step.

use std::f32::consts::PI;
use std::sync::Arc;

use super::Cast;
use crate::actors::Knot;
use crate::chance::Stream;
use crate::footprint::{Claim, Footprint, stance};
use crate::maths::{Bounds, Pose, v};
use crate::mesh::Mesh;
use crate::things::{Doing, person};
use crate::world::Model;

/// Shapes of a stride.
const PHASES: usize = 8;
/// Length of a step of the search in metres.
const STEP: f32 = 0.6;

/// A walker's shapes through a stride, `add` more than the clothes, and the ground one takes.
pub(super) fn strides(who: &Stream, add: &dyn Fn(&mut Mesh)) -> (Vec<Arc<Model>>, Bounds) {
    let phase = |k: usize| {
        let mut mesh = person(&mut who.clone(), Doing::Walking(k as f32 / PHASES as f32));
        add(&mut mesh);
        mesh
    };
    let meshes: Vec<Mesh> = (0..PHASES).map(phase).collect();
    let stance = stance(&meshes[PHASES / 4]);
    (meshes.into_iter().map(Model::new).collect(), stance)
}

/// Where somebody walks: from where, when, how fast, and where across the street they like to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// -1 for the left footway.
    pub(super) sign: f32,
    /// Distance from the road's middle, and along the street.
    pub(super) from: (f32, f32),
    /// Where along the street it ends.
    pub(super) end: f32,
    pub(super) at: f32,
    pub(super) speed: f32,
    pub(super) wanted: f32,
    /// Searched from the end to the start: `at` is when they arrive at `from`.
    pub(super) backwards: bool,
}

impl Cast<'_> {
    /// The walk of somebody nobody scripted.
    pub(super) fn walk(&self, s: &mut Stream, sign: f32, stance: &Bounds) -> Option<Vec<Knot>> {
        let (inner, outer) = self.walkable(sign);
        let (low, high) = (s.range(-12.0, 4.0), s.range(38.0, 75.0));
        let (start, end) = if s.chance(0.5) { (low, high) } else { (high, low) };
        let (at, speed) = (s.range(-45.0, self.scene.secs), s.range(0.95, 1.45));
        let wanted = s.range(inner + 1.5, outer - 0.3);
        let walk = Walk {
            sign,
            from: (wanted, start),
            end,
            at,
            speed,
            wanted,
            backwards: false,
        };
        self.way(&walk, stance)
    }

    /// From where to where across the street one can walk: where the footway is blocked they step down
    /// into the road.
    pub(super) fn walkable(&self, sign: f32) -> (f32, f32) {
        (self.plan.road_half - 0.9, self.plan.line(sign) - 0.3)
    }

    /// The height of the ground on foot.
    pub(super) fn level(&self, x: f32, y: f32) -> f32 {
        if self.plan.crossed(y, 0.0) || x.abs() < self.plan.road_half {
            0.0
        } else {
            self.plan.kerb_height
        }
    }

    /// A way along a footway past everything that stands or walks there; `None` where there is none.
    pub(super) fn way(&self, walk: &Walk, stance: &Bounds) -> Option<Vec<Knot>> {
        let (inner, outer) = self.walkable(walk.sign);
        let ((mut x, mut y), mut at) = (walk.from, walk.at);
        let ahead = if walk.end > y { 1.0 } else { -1.0 };
        let later = if walk.backwards { -1.0 } else { 1.0 } * STEP / walk.speed;
        let mut track = Vec::new();
        while (walk.end - y) * ahead > 0.0 {
            let next = |x: f32| {
                let z = self.level(x, y);
                // What is carried sticks out on one side only: the look counts, not the search.
                let north = (ahead > 0.0) != walk.backwards;
                Pose::new(v(walk.sign * x, y, z), if north { 0.0 } else { PI })
            };
            let until = at + later;
            let free = |dx: &&f32| {
                let x = x + **dx;
                let ground = Footprint::new(stance, &next(x), 0.06);
                (inner..=outer).contains(&x)
                    && self.ground.free(&Claim {
                        ground,
                        from: at.min(until) - 0.2,
                        until: at.max(until) + 0.2,
                    })
            };
            let home = (walk.wanted - x).clamp(-0.15, 0.15);
            let ways = [home, 0.0, 0.2, -0.2, 0.4, -0.4, 0.6, -0.6];
            let dx = ways.iter().find(free)?;
            x += dx;
            track.push(Knot { at, pose: next(x) });
            y += ahead * STEP;
            at = until;
        }
        if walk.backwards {
            track.reverse();
        }
        Some(turned(track))
    }
}

/// Walkers look where they go.
fn turned(mut track: Vec<Knot>) -> Vec<Knot> {
    for k in 0..track.len().saturating_sub(1) {
        let way = track[k + 1].pose.at - track[k].pose.at;
        track[k].pose = Pose::new(track[k].pose.at, libm::atan2f(-way.x, way.y));
    }
    track
}

//! Who is where at which second: tracks of everything that comes and goes, and of what stays.

use std::sync::Arc;

use curbwatch_types::ObjectClass;

use crate::film::Passing;
use crate::footprint::{Claim, Footprint};
use crate::maths::{Bounds, Pose, Vec3, smooth, v};
use crate::world::{Model, Placed};

/// Speed of vehicles that come to stop, in metres a second.
const DRIVE: f32 = 9.0;
/// Metres over which a vehicle brakes or gathers speed.
const BRAKE: f32 = 30.0;
/// Seconds between points of a track.
const STEP: f32 = 0.2;

/// A point of a track.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Knot {
    pub(crate) at: f32,
    pub(crate) pose: Pose,
}

/// One thing through the whole scene.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// Its number in the truth, from 1.
    pub(crate) thing: u32,
    pub(crate) class: ObjectClass,
    /// One shape, or the phases of a stride.
    pub(crate) shapes: Vec<Arc<Model>>,
    pub(crate) stance: Bounds,
    /// In order of time; it exists from the first to the last.
    pub(crate) track: Vec<Knot>,
    /// The event that put it there.
    pub(crate) event: Option<usize>,
    /// Shines headlights while it moves.
    pub(crate) lights: bool,
    /// Its shapes follow the clock between these seconds, not the way walked.
    pub(crate) grows: Option<(f32, f32)>,
    /// Rides, sits or walks with something else and takes no ground of its own.
    pub(crate) aboard: bool,
    /// Its shape with its lamps on, for the time it moves.
    pub(crate) lit: Option<Arc<Model>>,
}

impl Actor {
    /// Where it is, unless it is not there.
    pub(crate) fn pose(&self, at: f32) -> Option<Pose> {
        let (first, last) = (self.track.first()?, self.track.last()?);
        if at < first.at || at >= last.at {
            return None;
        }
        let next = self
            .track
            .partition_point(|k| k.at <= at)
            .min(self.track.len() - 1);
        let (a, b) = (&self.track[next.saturating_sub(1)], &self.track[next]);
        if a.pose == b.pose {
            return Some(a.pose);
        }
        let t = ((at - a.at) / (b.at - a.at).max(1e-6)).clamp(0.0, 1.0);
        let axes = [0, 1, 2].map(|i| a.pose.axes[i].mix(b.pose.axes[i], t).unit());
        Some(Pose {
            at: a.pose.at.mix(b.pose.at, t),
            axes,
        })
    }

    /// Whether it stays as it is for the whole scene.
    pub(crate) fn stands(&self, secs: f32) -> bool {
        self.grows.is_none()
            && matches!(&self.track[..], [a, b] if a.pose == b.pose && a.at <= 0.0 && b.at > secs)
    }

    /// Whether it is on its way at `at`.
    pub(crate) fn moving(&self, at: f32) -> bool {
        match (self.pose(at), self.pose(at + 0.1)) {
            (Some(a), Some(b)) => (a.at - b.at).length() > 0.02,
            _ => false,
        }
    }

    /// It, as the film takes it.
    pub(crate) fn passing(&self, at: f32) -> Option<Passing> {
        let pose = self.pose(at)?;
        // Half a stride is about 0.7 m; the phase follows the way walked.
        let phase = match self.grows {
            Some((from, until)) => ((at - from) / (until - from)).max(0.0),
            None => (pose.at.x + pose.at.y).rem_euclid(1.4) / 1.4,
        } * self.shapes.len() as f32;
        let shape = (phase as usize).min(self.shapes.len() - 1);
        let (shape, model) = match &self.lit {
            Some(lit) if self.moving(at) => (self.shapes.len(), Arc::clone(lit)),
            _ => (shape, Arc::clone(&self.shapes[shape])),
        };
        Some(Passing::new(
            Placed {
                model,
                pose,
                thing: self.thing,
            },
            shape as u64,
        ))
    }

    /// The ground it takes over time, one claim for each time it stands and each step of its way.
    pub(crate) fn claims(&self, margin: f32) -> Vec<Claim> {
        let step = |pair: &[Knot]| {
            let ground = Footprint::new(&self.stance, &pair[0].pose, margin);
            Claim {
                ground,
                from: pair[0].at,
                until: pair[1].at,
            }
        };
        self.track.windows(2).map(step).collect()
    }
}

/// Something that stands there from `from` to `until`.
pub(crate) fn standing(pose: Pose, from: f32, until: f32) -> Vec<Knot> {
    vec![Knot { at: from, pose }, Knot { at: until, pose }]
}

/// How a vehicle comes to its stop: where its lane lies across the street, along which way of y it
/// drives, and over which last metres it leaves the lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Approach {
    pub(crate) lane: f32,
    /// 1 when it drives along +y.
    pub(crate) ahead: f32,
    pub(crate) swerve: (f32, f32),
}

impl Approach {
    /// Distance left to the stop by seconds left.
    fn left(secs: f32) -> f32 {
        let braking = 2.0 * BRAKE / DRIVE;
        if secs < braking {
            BRAKE * (secs / braking) * (secs / braking)
        } else {
            BRAKE + (secs - braking) * DRIVE
        }
    }

    /// Its place `away` metres before (`sign` -1) or behind (1) the stop.
    fn place(&self, stop: Vec3, away: f32, sign: f32) -> Vec3 {
        let y = stop.y + sign * self.ahead * away;
        let (near, far) = self.swerve;
        let x = stop.x + (self.lane - stop.x) * smooth(near, far, away);
        v(
            x,
            y,
            stop.z * (1.0 - smooth(near * 0.3, near * 0.3 + far * 0.2, away)),
        )
    }

    fn heading(a: Vec3, b: Vec3, still: &Pose) -> Pose {
        let way = (b - a).unit();
        if way.length() < 0.5 {
            *still
        } else {
            Pose::new(a, libm::atan2f(-way.x, way.y))
        }
    }

    fn steps(&self, stop: Vec3) -> usize {
        let reach = if self.ahead > 0.0 { stop.y } else { 120.0 - stop.y };
        (((75.0 + reach) / DRIVE).clamp(9.0, 22.0) / STEP) as usize
    }

    /// The way to `pose`, reached at `from`.
    pub(crate) fn coming(&self, pose: Pose, from: f32) -> Vec<Knot> {
        let stop = pose.at;
        let steps = (1..=self.steps(stop)).rev();
        let knot = |k: usize| {
            let secs = k as f32 * STEP;
            let (a, b) = (
                self.place(stop, Self::left(secs), -1.0),
                self.place(stop, Self::left(secs - STEP * 0.5), -1.0),
            );
            Knot {
                at: from - secs,
                pose: Self::heading(a, b, &pose),
            }
        };
        steps.map(knot).collect()
    }

    /// The way from `pose`, left at `until`.
    pub(crate) fn going(&self, pose: Pose, until: f32) -> Vec<Knot> {
        let stop = pose.at;
        let knot = |k: usize| {
            let secs = k as f32 * STEP;
            let (a, b) = (
                self.place(stop, Self::left(secs - STEP * 0.5), 1.0),
                self.place(stop, Self::left(secs), 1.0),
            );
            let turned = Self::heading(a, b, &pose);
            Knot {
                at: until + secs,
                pose: Pose { at: b, ..turned },
            }
        };
        (1..=self.steps(stop)).map(knot).collect()
    }
}

/// Something that passes through at constant speed from y0 to y1 at `x`.
pub(crate) fn passing_by(x: f32, z: f32, way: (f32, f32), start: f32, speed: f32) -> Vec<Knot> {
    let (y0, y1) = way;
    let yaw = if y1 > y0 { 0.0 } else { std::f32::consts::PI };
    let long = (y1 - y0).abs() / speed;
    let steps = (long / (STEP * 2.0)).ceil().max(1.0) as usize;
    let knot = |k: usize| {
        let t = k as f32 / steps as f32;
        Knot {
            at: start + t * long,
            pose: Pose::new(v(x, y0 + (y1 - y0) * t, z), yaw),
        }
    };
    (0..=steps).map(knot).collect()
}

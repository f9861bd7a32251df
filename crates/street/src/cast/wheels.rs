//! What comes and goes on wheels and is no motor vehicle: ridden two-wheelers, a vendor's three-wheeler or
//! cart, and who rides and pushes them.

use std::f32::consts::PI;

use curbwatch_types::ObjectClass;

use super::Cast;
use super::errands::{PAUSE, glide, seat};
use super::ways::strides;
use crate::actors::{Actor, Approach, Knot, standing};
use crate::chance::{Concern, Stream};
use crate::maths::{Pose, v};
use crate::mesh::Mesh;
use crate::scene::Script;
use crate::things::{Doing, person};
use crate::world::Model;

/// Seconds a rider takes to turn, and to roll between lane and place.
const TURNING: f32 = 0.8;
const ROLLING: f32 = 2.2;
/// Seconds between riders who stop at neighbouring places.
pub(super) const RIDERS_APART: f32 = 3.5;
/// A track moved to `ahead` of and `up` over its own middle.
fn shifted(track: &[Knot], ahead: f32, up: f32) -> Vec<Knot> {
    let moved = |k: &Knot| Knot {
        at: k.at,
        pose: Pose {
            at: k.pose.point(v(0.0, ahead, up)),
            ..k.pose
        },
    };
    track.iter().map(moved).collect()
}

impl Cast<'_> {
    /// A two-wheeler's stay: along the kerb, a turn, and into its place.
    pub(super) fn ridden(
        &self,
        pose: Pose,
        sign: f32,
        (from, until): (f32, f32),
        (comes, goes): (bool, bool),
    ) -> Vec<Knot> {
        let (a, b) = self.plan.side(sign).car_bays;
        let parked = b > a && (a - 12.0..b + 12.0).contains(&pose.at.y);
        let lane = sign * (self.plan.road_half - if parked { 3.0 } else { 0.75 });
        let beside = v(lane, pose.at.y, 0.0);
        let along = Pose::new(beside, if sign > 0.0 { 0.0 } else { PI });
        let turned = Pose { at: beside, ..pose };
        let approach = Approach {
            lane,
            ahead: sign,
            swerve: (1.0, 2.0),
        };
        let mut track = Vec::new();
        if comes {
            let (stop, turned_at) = (from - ROLLING - TURNING, from - ROLLING);
            track.extend(approach.coming(along, stop));
            track.extend(glide(&along, &turned, stop, turned_at));
            track.extend(glide(&turned, &pose, turned_at, from).into_iter().skip(1));
        } else {
            track.push(Knot { at: from, pose });
        }
        if goes {
            let (rolled, off) = (until + ROLLING, until + ROLLING + TURNING);
            track.extend(glide(&pose, &turned, until, rolled));
            track.extend(glide(&turned, &along, rolled, off).into_iter().skip(1));
            track.extend(approach.going(along, off));
        } else {
            track.push(Knot { at: until, pose });
        }
        track
    }

    /// Whoever rides a two-wheeler in and walks off, walks up and rides it away.
    pub(super) fn riders(
        &mut self,
        i: usize,
        who: &Stream,
        script: &Script,
        (comes, goes): (bool, bool),
    ) -> Result<(), String> {
        let (class, track) = (self.actors[i].class, self.actors[i].track.clone());
        let pose = track
            .windows(2)
            .max_by(|a, b| (a[1].at - a[0].at).total_cmp(&(b[1].at - b[0].at)))
            .map_or(track[0].pose, |longest| longest[0].pose);
        let stands: Vec<f32> = track.iter().filter(|k| k.pose == pose).map(|k| k.at).collect();
        let (Some(&from), Some(&until)) = (stands.first(), stands.last()) else {
            return Ok(());
        };
        let (ahead, up) = seat(class);
        let (shapes, ground) = strides(who, &|_| {});
        let sign = script.side.sign();
        for (wanted, at, arrives) in [(comes, from, true), (goes, until, false)] {
            if !wanted {
                continue;
            }
            let ride: Vec<Knot> = track
                .iter()
                .filter(|k| if arrives { k.at <= at } else { k.at >= at })
                .copied()
                .collect();
            let thing = self.number();
            let mut rider = Self::actor(
                ObjectClass::Person,
                person(&mut who.clone(), Doing::Sitting),
                shifted(&ride, ahead, up),
                None,
            );
            (rider.thing, rider.aboard) = (thing, true);
            self.actors.push(rider);
            // On foot from there, or to there; when the place is too crowded to walk, they wait within.
            let times = if arrives {
                (at, at + PAUSE)
            } else {
                (at - PAUSE, at)
            };
            let spots = self.beside(&pose, sign, 0.30, times, &ground);
            let when = if arrives { times.1 } else { times.0 };
            let walk = spots
                .into_iter()
                .find_map(|spot| Some((spot, self.leg(sign, spot, when, !arrives, &ground)?)));
            let (spot, way) = walk.ok_or_else(|| format!("nobody finds a way to its {}", class.name()))?;
            let place = v(sign * spot.0, spot.1, self.level(spot.0, spot.1));
            let pause = standing(Pose { at: place, ..pose }, times.0, times.1);
            let track = if arrives {
                pause.into_iter().chain(way).collect()
            } else {
                way.into_iter().chain(pause).collect()
            };
            let actor = Self::actor(ObjectClass::Person, Mesh::default(), track, None);
            let actor = Actor {
                thing,
                shapes: shapes.clone(),
                stance: ground,
                ..actor
            };
            for claim in actor.claims(0.0) {
                self.ground.take(claim);
            }
            self.actors.push(actor);
        }
        Ok(())
    }

    /// A cart's way along the footway.
    pub(super) fn pushed(
        &mut self,
        i: usize,
        script: &Script,
        (comes, goes): (bool, bool),
    ) -> Result<(), String> {
        let (pose, ground, sign) = (
            self.actors[i].track[0].pose,
            self.actors[i].stance,
            script.side.sign(),
        );
        let spot = (pose.at.x * sign, pose.at.y);
        let lost = || "nobody finds a way for its cart".to_owned();
        let settle = 1.4;
        if comes {
            let at = script.from - settle;
            let mut way = self.leg(sign, spot, at, true, &ground).ok_or_else(lost)?;
            let last = *way.last().ok_or_else(lost)?;
            way.extend(glide(&last.pose, &pose, last.at, script.from).into_iter().skip(1));
            way.append(&mut self.actors[i].track);
            self.actors[i].track = way;
        }
        if goes {
            let at = script.until + settle;
            let way = self.leg(sign, spot, at, false, &ground).ok_or_else(lost)?;
            let first = *way.first().ok_or_else(lost)?;
            let track = &mut self.actors[i].track;
            track.extend(
                glide(&pose, &first.pose, script.until, first.at)
                    .into_iter()
                    .skip(1),
            );
            track.extend(way.into_iter().skip(1));
        }
        for claim in self.actors[i].claims(0.0) {
            self.ground.take(claim);
        }
        Ok(())
    }

    /// The trader on the three-wheeler, or behind the cart, on the way there and back.
    pub(super) fn trader(&mut self, i: usize, first: usize, script: &Script, (comes, goes): (bool, bool)) {
        let (thing, event) = (self.actors[i].thing, self.actors[i].event);
        let who = Stream::new(self.scene.dice(), Concern::People, 400_000 + u64::from(thing));
        let mesh = person(&mut who.clone(), Doing::Reaching);
        self.actors[i].shapes = vec![Model::new(mesh)];
        let (class, track) = (self.actors[first].class, self.actors[first].track.clone());
        for (wanted, at, arrives) in [(comes, script.from, true), (goes, script.until, false)] {
            if !wanted {
                continue;
            }
            let moving = |k: &&Knot| if arrives { k.at <= at } else { k.at >= at };
            let ride: Vec<Knot> = track.iter().filter(moving).copied().collect();
            let (shapes, track) = if class == ObjectClass::ThreeWheeler {
                let (ahead, up) = seat(class);
                let sitting = Model::new(person(&mut who.clone(), Doing::Sitting));
                (vec![sitting], shifted(&ride, ahead, up))
            } else {
                (strides(&who, &|_| {}).0, shifted(&ride, -1.3, 0.0))
            };
            let actor = Self::actor(ObjectClass::Person, Mesh::default(), track, event);
            self.actors.push(Actor {
                thing,
                shapes,
                aboard: true,
                ..actor
            });
        }
    }
}

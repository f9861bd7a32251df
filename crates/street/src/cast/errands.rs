//! How what the script brings comes, and how what it takes goes: on foot, ridden, pushed, by
//! three-wheeler. Whoever does it is a person in the truth, with one number from the first second to
//! the last, and belongs to no event unless it is the event's own trader or passer-by.

use curbwatch_types::ObjectClass;

use super::Cast;
use super::ways::{Walk, strides};
use crate::actors::{Actor, Knot, standing};
use crate::chance::{Concern, Stream};
use crate::footprint::{Claim, Footprint, stance};
use crate::groups::Part;
use crate::maths::{Bounds, Pose, TURN, v};
use crate::mesh::{Look, Mesh, Pattern};
use crate::scene::{Script, What};
use crate::things::{Doing, person, thing};
use crate::world::Model;

/// How a part of a group comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It is there from one second to the next.
    Stays,
    /// By road, as motor vehicles do.
    Drives,
    /// A vendor's three-wheeler, over the kerb.
    Rolls,
    /// A vendor's cart, pushed along the footway.
    Pushed,
    /// A two-wheeler with somebody on it.
    Ridden,
    /// A person who walks.
    Walks,
    /// The trader, who comes with three-wheeler or cart.
    Trades,
    /// Carried by somebody.
    Carried,
}

/// Seconds somebody stands before what they put down or pick up, before and after.
pub(super) const PAUSE: f32 = 0.8;
/// Seconds between the knots of a glide.
const STEP: f32 = 0.2;

/// How this part of the script's group comes and goes.
pub(super) fn manner(script: &Script, p: &Part) -> Manner {
    if script.what.drives() {
        return Manner::Drives;
    }
    if !(script.brought || script.taken) {
        return Manner::Stays;
    }
    match (script.what, p.class) {
        (_, ObjectClass::Bicycle | ObjectClass::Ebike | ObjectClass::Motorcycle) => Manner::Ridden,
        (What::Vendor, ObjectClass::ThreeWheeler) => Manner::Rolls,
        (What::Vendor, ObjectClass::Cart) => Manner::Pushed,
        (What::Vendor, ObjectClass::Person) => Manner::Trades,
        (What::Vendor, _) => Manner::Stays,
        (_, ObjectClass::Person) if p.feet => Manner::Walks,
        (_, ObjectClass::Person) => Manner::Stays,
        _ => Manner::Carried,
    }
}

/// Where somebody sits on what they ride: ahead of its middle, and over the ground.
pub(super) fn seat(class: ObjectClass) -> (f32, f32) {
    if class == ObjectClass::ThreeWheeler {
        (0.22, 0.26)
    } else {
        (-0.26, 0.36)
    }
}

/// From one pose to another at constant speed, both ends included.
pub(super) fn glide(a: &Pose, b: &Pose, from: f32, until: f32) -> Vec<Knot> {
    let steps = ((until - from) / STEP).ceil().max(1.0) as usize;
    let knot = |k: usize| {
        let t = k as f32 / steps as f32;
        let axes = [0, 1, 2].map(|i| a.axes[i].mix(b.axes[i], t).unit());
        let at = a.at.mix(b.at, t);
        // The ends are met to the last bit: what stands there stands still.
        match k {
            0 => Knot { at: from, pose: *a },
            _ if k == steps => Knot { at: until, pose: *b },
            _ => Knot {
                at: from + (until - from) * t,
                pose: Pose { at, axes },
            },
        }
    };
    (0..=steps).map(knot).collect()
}

/// What somebody carries, in their own frame.
fn load(mesh: &mut Mesh, class: ObjectClass, who: &Stream) {
    let mut s = who.clone();
    if matches!(
        class,
        ObjectClass::GarbageBag | ObjectClass::Garbage | ObjectClass::Overflow
    ) {
        let one = thing(ObjectClass::GarbageBag, &mut s);
        mesh.add(&one, &Pose::at(v(0.30, 0.06, 0.22)));
    } else {
        let tint = s.own(v(0.42, 0.28, 0.15), v(0.30, 0.20, 0.11));
        let card = mesh.patterned(tint, Look::Matt, Pattern::Cardboard);
        mesh.rounded(v(0.0, 0.36, 1.05), v(0.22, 0.16, 0.14), 0.01, card);
    }
}

impl Cast<'_> {
    /// Sends whoever brings and takes the group that begins at actor `first`.
    pub(super) fn errands(
        &mut self,
        number: usize,
        script: &Script,
        parts: &[Part],
        first: usize,
    ) -> Result<(), String> {
        let legs = (Self::comes(script), self.goes(script));
        let mut carried: Vec<(usize, f32, bool)> = Vec::new();
        for (k, p) in parts.iter().enumerate() {
            let i = first + k;
            let who = Stream::new(
                self.scene.dice(),
                Concern::People,
                200_000 + (number * 64 + k) as u64,
            );
            match manner(script, p) {
                Manner::Ridden => self.riders(i, &who, script, legs)?,
                Manner::Pushed => self.pushed(i, script, legs)?,
                Manner::Walks => self.on_foot(i, script, legs)?,
                Manner::Trades => self.trader(i, first, script, legs),
                Manner::Carried => {
                    // One person carries what comes at one time.
                    let stands = self.stay(i);
                    for (at, brings) in [(stands.0, true), (stands.1, false)] {
                        let wanted = if brings { legs.0 } else { legs.1 };
                        let known = |c: &&(usize, f32, bool)| c.2 == brings && (c.1 - at).abs() < 0.5;
                        if wanted && carried.iter().find(known).is_none() {
                            carried.push((i, at, brings));
                        }
                    }
                }
                Manner::Stays | Manner::Drives | Manner::Rolls => {}
            }
        }
        for (k, (i, at, brings)) in carried.into_iter().enumerate() {
            let who = Stream::new(
                self.scene.dice(),
                Concern::People,
                300_000 + (number * 64 + k) as u64,
            );
            self.carrier(i, &who, script.side.sign(), (at, brings))?;
        }
        Ok(())
    }

    /// When an actor that does not move is there.
    fn stay(&self, i: usize) -> (f32, f32) {
        let track = &self.actors[i].track;
        (
            track.first().map_or(0.0, |k| k.at),
            track.last().map_or(0.0, |k| k.at),
        )
    }

    /// Somebody who comes to a thing, puts it there (or takes it up) at `at`, and leaves.
    fn carrier(
        &mut self,
        i: usize,
        who: &Stream,
        sign: f32,
        (at, brings): (f32, bool),
    ) -> Result<(), String> {
        let (class, pose) = (self.actors[i].class, self.actors[i].track[0].pose);
        let (loaded, ground) = strides(who, &|mesh| load(mesh, class, who));
        let (bare, _) = strides(who, &|_| {});
        let half = (self.actors[i].stance.max - self.actors[i].stance.min) * 0.5;
        let near = half.x.max(half.y);
        let spot = self.beside(&pose, sign, near, (at - PAUSE, at + PAUSE), &ground);
        let (spot, came, left) = spot
            .into_iter()
            .find_map(|spot| {
                let came = self.leg(sign, spot, at - PAUSE, true, &ground)?;
                Some((spot, came, self.leg(sign, spot, at + PAUSE, false, &ground)?))
            })
            .ok_or_else(|| format!("nobody finds a way to its {}", class.name()))?;
        let place = v(sign * spot.0, spot.1, self.level(spot.0, spot.1));
        let way = pose.at - place;
        let facing = Pose::new(place, libm::atan2f(-way.x, way.y));
        let mut come = came;
        come.extend(standing(facing, at - PAUSE, at));
        let mut leave = standing(facing, at, at + PAUSE);
        leave.extend(left);
        let (first, second) = if brings { (loaded, bare) } else { (bare, loaded) };
        let thing = self.number();
        for (shapes, track) in [(first, come), (second, leave)] {
            let actor = Self::actor(ObjectClass::Person, Mesh::default(), track, None);
            let actor = Actor {
                thing,
                shapes,
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

    /// Places beside a thing where somebody can stand for that time, the nearest first: distance from the
    /// road's middle, and along the street.
    pub(super) fn beside(
        &self,
        pose: &Pose,
        sign: f32,
        near: f32,
        (from, until): (f32, f32),
        ground: &Bounds,
    ) -> Vec<(f32, f32)> {
        let (inner, outer) = self.walkable(sign);
        let mut found = Vec::new();
        for out in [0.35, 0.6, 0.9, 1.3, 1.8] {
            for k in 0..8 {
                let turn = k as f32 / 8.0 * TURN;
                let at = pose.at + v(libm::cosf(turn), libm::sinf(turn), 0.0) * (near + out);
                let x = at.x * sign;
                let footprint = Footprint::new(ground, &Pose::at(at), 0.03);
                let claim = Claim {
                    ground: footprint,
                    from,
                    until,
                };
                if (inner..=outer).contains(&x) && self.ground.free(&claim) {
                    found.push((x, at.y));
                }
            }
        }
        found
    }

    /// A way from far to `spot`, arriving at `at`, or from there away.
    pub(super) fn leg(
        &self,
        sign: f32,
        spot: (f32, f32),
        at: f32,
        backwards: bool,
        ground: &Bounds,
    ) -> Option<Vec<Knot>> {
        let (inner, outer) = self.walkable(sign);
        let middle = f32::midpoint(inner + 1.2, outer);
        let ends = [
            (-12.0, middle),
            (75.0, middle),
            (-12.0, spot.0),
            (75.0, inner + 1.1),
            (-12.0, outer - 0.4),
        ];
        ends.iter().find_map(|&(end, wanted)| {
            let walk = Walk {
                sign,
                from: spot,
                end,
                at,
                speed: 1.25,
                wanted,
                backwards,
            };
            self.way(&walk, ground)
        })
    }

    /// A scripted person's way to where they stand, and from there.
    fn on_foot(&mut self, i: usize, script: &Script, (comes, goes): (bool, bool)) -> Result<(), String> {
        let (thing, event, pose) = (
            self.actors[i].thing,
            self.actors[i].event,
            self.actors[i].track[0].pose,
        );
        let who = Stream::new(self.scene.dice(), Concern::People, 400_000 + u64::from(thing));
        let (shapes, ground) = strides(&who, &|_| {});
        // The one who stands is the one who walks.
        let mesh = person(&mut who.clone(), Doing::Standing);
        self.actors[i].stance = stance(&mesh);
        self.actors[i].shapes = vec![Model::new(mesh)];
        let sign = script.side.sign();
        let (inner, outer) = self.walkable(sign);
        let spot = ((pose.at.x * sign).clamp(inner, outer), pose.at.y);
        for (wanted, at, arrives) in [(comes, script.from, true), (goes, script.until, false)] {
            if !wanted {
                continue;
            }
            let near = if arrives { at - PAUSE } else { at + PAUSE };
            let way = self
                .leg(sign, spot, near, arrives, &ground)
                .ok_or("nobody finds a way to where they stand")?;
            let end = if arrives { way.last() } else { way.first() };
            let end = *end.ok_or("nobody finds a way to where they stand")?;
            let track = if arrives {
                let last = glide(&end.pose, &pose, end.at, at);
                way.into_iter().chain(last.into_iter().skip(1)).collect()
            } else {
                let first = glide(&pose, &end.pose, at, end.at);
                first.into_iter().chain(way.into_iter().skip(1)).collect()
            };
            let actor = Self::actor(ObjectClass::Person, Mesh::default(), track, event);
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
}

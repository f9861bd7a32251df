//! Who plays in a scene: first what the script asks for, then what lawfully stands about, then passers-by.
//! Each takes its ground before the next comes; only the script's own clashes are errors.

mod errands;
mod life;
#[cfg(test)]
mod tests;
mod ways;
mod wheels;

use std::f32::consts::PI;

use curbwatch_types::ObjectClass;

use crate::actors::{Actor, Approach, Knot, standing};
use crate::chance::{Concern, Stream};
use crate::footprint::{Claim, Ground, stance};
use crate::groups::{Part, parts};
use crate::maths::{Pose, TURN, v};
use crate::mesh::Mesh;
use crate::plan::{Plan, Side};
use crate::scene::{Place, Problem, Problems, Scene, Script, What};
use crate::things::{person, thing};
use crate::world::Model;

use errands::Manner;

/// Shapes of a thing that becomes more.
const STAGES: usize = 6;

/// How far a part of a group may be moved from where it is meant to stand.
const NUDGES: [(f32, f32); 15] = [
    (0.0, 0.0),
    (0.2, 0.0),
    (-0.2, 0.0),
    (0.0, 0.2),
    (0.0, -0.2),
    (0.45, 0.0),
    (-0.45, 0.0),
    (0.0, -0.45),
    (0.45, -0.3),
    (-0.45, -0.3),
    (0.8, 0.0),
    (-0.8, 0.0),
    (0.0, 0.45),
    (1.2, 0.0),
    (-1.2, 0.0),
];

struct Cast<'a> {
    scene: &'a Scene,
    plan: &'a Plan,
    ground: Ground,
    actors: Vec<Actor>,
    /// Numbers given out.
    things: u32,
}

/// Everything of a class in the scene.
pub(crate) fn cast(scene: &Scene, plan: &Plan, ground: Ground) -> Result<Vec<Actor>, Problems> {
    let mut cast = Cast {
        scene,
        plan,
        ground,
        actors: Vec::new(),
        things: 0,
    };
    let mut problems = Vec::new();
    for (number, script) in scene.events.iter().enumerate() {
        if let Err(what) = cast.play(number, script) {
            problems.push(Problem {
                place: format!("event \"{}\"", script.name),
                what,
            });
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    cast.about();
    cast.traffic();
    cast.walkers();
    for actor in cast.actors.iter_mut().filter(|a| a.lights && a.track.len() > 2) {
        actor.lit = actor.shapes.first().map(|shape| shape.lit());
    }
    Ok(cast.actors)
}

impl Cast<'_> {
    /// Puts a line of the script into the street.
    fn play(&mut self, number: usize, script: &Script) -> Result<(), String> {
        let mut s = Stream::new(self.scene.dice(), Concern::Thing, 1000 + number as u64);
        let sign = script.side.sign();
        if script.place == Place::Bay && self.plan.side(sign).car_bays.1 <= self.plan.side(sign).car_bays.0 {
            return Err(
                "this street has no car bays on that side; choose another seed, side or place".to_owned(),
            );
        }
        let along = match script.place {
            Place::Bay => nearest_bay(self.plan.side(sign), script.along),
            _ => script.along,
        };
        let parts = parts(script, &mut s);
        // A crowded spot gives way a little along the street, as a driver would.
        let mut clash = String::new();
        for shift in [
            0.0, 0.6, -0.6, 1.2, -1.2, 2.0, -2.0, 3.0, -3.0, 4.5, -4.5, 6.0, -6.0, 8.0,
        ] {
            let base = spot(
                self.plan,
                script,
                along + if script.place == Place::Bay { 0.0 } else { shift },
            );
            let mut stream = s.clone();
            let before = (self.ground.clone(), self.actors.len(), self.things);
            match self.group(number, script, &parts, &base, &mut stream) {
                Ok(()) => return Ok(()),
                Err(what) => clash = what,
            }
            self.ground = before.0;
            self.actors.truncate(before.1);
            self.things = before.2;
        }
        Err(format!(
            "no room at {along} m: {clash}; move it along the street, or in time"
        ))
    }

    fn group(
        &mut self,
        number: usize,
        script: &Script,
        parts: &[Part],
        base: &Pose,
        s: &mut Stream,
    ) -> Result<(), String> {
        let mut made: Vec<(Actor, Vec<Claim>)> = Vec::new();
        for (k, p) in parts.iter().enumerate() {
            let who = s.clone();
            let mesh = match p.class {
                ObjectClass::Person => person(s, p.doing),
                class => thing(class, s),
            };
            let span = self.span(script, p, (k, parts.len()));
            let mut actor = Self::actor(p.class, mesh, Vec::new(), Some(number));
            if script.grows && script.count == 1 && script.what.piles() && p.class != ObjectClass::Sign {
                let mesh = thing(p.class, &mut who.clone());
                actor.shapes = stages(p.class, &mesh).into_iter().map(Model::new).collect();
                actor.grows = Some((
                    script.from,
                    script.from + (script.until - script.from) * 2.0 / 3.0,
                ));
            }
            // A part gives way a little within its group.
            let nudges = if script.what.drives() {
                &NUDGES[..1]
            } else {
                &NUDGES[..]
            };
            let fits = nudges.iter().find_map(|(dx, dy)| {
                actor.track = self.scripted(script, base, p, (*dx, *dy), span);
                let ways = actor.claims(if p.feet { 0.03 } else { -0.08 });
                let own = |c: &Claim| made.iter().all(|(_, others)| apart(others, c));
                let free = ways.iter().all(|c| self.ground.free(c) && (!p.feet || own(c)));
                free.then_some(ways)
            });
            let Some(ways) = fits else {
                return Err(format!("its {} stands in something else", p.class.name()));
            };
            made.push((actor, ways));
        }
        let first = self.actors.len();
        for (mut actor, ways) in made {
            actor.thing = self.number();
            actor.aboard = !parts[self.actors.len() - first].feet;
            for claim in ways {
                self.ground.take(claim);
            }
            self.actors.push(actor);
        }
        self.errands(number, script, parts, first)
    }

    /// The next free number.
    fn number(&mut self) -> u32 {
        self.things += 1;
        self.things
    }

    /// When part `k` of `n` stands: what grows comes one after the other; a vendor who comes unpacks first.
    fn span(&self, script: &Script, p: &Part, (k, n): (usize, usize)) -> (f32, f32) {
        let long = script.until - script.from;
        let (mut from, mut until) = (script.from, script.until);
        if errands::manner(script, p) == Manner::Ridden {
            // One after the other, whoever has the furthest place ahead first.
            let gap = if script.grows {
                long * 2.0 / 3.0 / n as f32
            } else {
                (long * 0.45 / n as f32).min(wheels::RIDERS_APART)
            };
            from += if Self::comes(script) || script.grows {
                gap * (n - 1 - k) as f32
            } else {
                0.0
            };
            until -= if self.goes(script) { gap * k as f32 } else { 0.0 };
        } else if script.grows && script.count > 1 {
            from += long * 2.0 / 3.0 * k as f32 / n as f32;
        }
        if script.what == What::Vendor
            && p.class != ObjectClass::Person
            && errands::manner(script, p) == Manner::Stays
        {
            let busy = (long * 0.2).min(5.0);
            from += if Self::comes(script) { busy } else { 0.0 };
            until -= if self.goes(script) { busy } else { 0.0 };
        }
        (from, until)
    }

    /// Whether it is brought while the scene runs.
    fn comes(script: &Script) -> bool {
        script.brought && script.from > 0.0
    }

    /// Whether it is taken while the scene runs.
    fn goes(&self, script: &Script) -> bool {
        script.taken && script.until < self.scene.secs
    }

    /// The track of a part of a group, `nudge` metres off its usual place.
    fn scripted(
        &self,
        script: &Script,
        base: &Pose,
        p: &Part,
        nudge: (f32, f32),
        (from, until): (f32, f32),
    ) -> Vec<Knot> {
        let way = base.vector(v(-libm::sinf(p.yaw), libm::cosf(p.yaw), 0.0));
        let pose = Pose::new(
            base.point(v(p.x + nudge.0, p.y + nudge.1, p.z)),
            libm::atan2f(-way.x, way.y),
        );
        let ahead = script.side.sign();
        let whole = (script.from, script.until);
        match errands::manner(script, p) {
            Manner::Drives => {
                let lane = ahead * self.plan.road_half * if self.plan.lanes == 4 { 0.30 } else { 0.42 };
                let swerve = (2.0, 15.0);
                visit(&Approach { lane, ahead, swerve }, pose, whole, (true, true))
            }
            Manner::Rolls => {
                let lane = ahead * (self.plan.road_half - 1.2);
                let swerve = (0.4, 5.0);
                let legs = (Self::comes(script), self.goes(script));
                visit(&Approach { lane, ahead, swerve }, pose, self.widened(whole), legs)
            }
            Manner::Ridden => {
                let legs = (Self::comes(script), self.goes(script));
                self.ridden(pose, script.side.sign(), self.widened((from, until)), legs)
            }
            _ => {
                let (from, until) = self.widened((from, until));
                standing(pose, from, until)
            }
        }
    }

    /// What is there at the start or at the end was there before, and stays.
    fn widened(&self, (from, until): (f32, f32)) -> (f32, f32) {
        (
            if from <= 0.0 { -1.0 } else { from },
            if until >= self.scene.secs {
                self.scene.secs + 1.0
            } else {
                until
            },
        )
    }

    fn actor(class: ObjectClass, mesh: Mesh, track: Vec<Knot>, event: Option<usize>) -> Actor {
        let stance = stance(&mesh);
        let lights = class.is_motor_vehicle() || class == ObjectClass::Ebike;
        Actor {
            thing: 0,
            class,
            shapes: vec![Model::new(mesh)],
            stance,
            track,
            event,
            lights,
            grows: None,
            aboard: false,
            lit: None,
        }
    }

    /// Adds an actor if its ground is free for its time.
    fn admit(&mut self, mut actor: Actor, margin: f32) -> bool {
        let claims = actor.claims(margin);
        let free = claims.iter().all(|c| self.ground.free(c));
        if free {
            for claim in claims {
                self.ground.take(claim);
            }
            actor.thing = self.number();
            self.actors.push(actor);
        }
        free
    }

    fn always(&self) -> (f32, f32) {
        (-1.0, self.scene.secs + 1.0)
    }

    fn stand(&mut self, class: ObjectClass, mesh: Mesh, pose: Pose) {
        let (from, until) = self.always();
        let actor = Self::actor(class, mesh, standing(pose, from, until), None);
        self.admit(actor, 0.05);
    }
}

/// A vehicle's whole stay: the way in, the time it stands, the way out, either way only where wanted.
fn visit(
    approach: &Approach,
    pose: Pose,
    (from, until): (f32, f32),
    (comes, goes): (bool, bool),
) -> Vec<Knot> {
    let mut track = if comes {
        approach.coming(pose, from)
    } else {
        Vec::new()
    };
    track.extend(standing(pose, from, until));
    if goes {
        track.extend(approach.going(pose, until));
    }
    track
}

/// The shapes of a pile on its way to the whole one. Builders lay from the ground up, so that fewer
/// triangles are a smaller pile; what is one surface is pressed down instead.
fn stages(class: ObjectClass, mesh: &Mesh) -> Vec<Mesh> {
    let stage = |k: usize| {
        let share = (k + 1) as f32 / STAGES as f32;
        let mut part = mesh.clone();
        if class == ObjectClass::SandPile {
            let flat = 0.45 + 0.55 * share;
            part.scale(v(flat, flat, share));
        } else {
            part.triangles
                .truncate((mesh.triangles.len() as f32 * share) as usize);
        }
        part
    };
    (0..STAGES).map(stage).collect()
}

fn apart(others: &[Claim], claim: &Claim) -> bool {
    let clash = |c: &Claim| c.from < claim.until && claim.from < c.until && c.ground.meets(&claim.ground);
    !others.iter().any(clash)
}

fn nearest_bay(side: &Side, along: f32) -> f32 {
    let long = side.bay_long;
    let spots = ((side.car_bays.1 - side.car_bays.0) / long).round().max(1.0) as usize;
    let middle = |k: usize| side.car_bays.0 + (k as f32 + 0.5) * long;
    let k = ((along - side.car_bays.0) / long)
        .floor()
        .clamp(0.0, spots as f32 - 1.0);
    middle(k as usize)
}

/// Where a group's origin lies and how it is turned: vehicles along the street, all else facing the road.
fn spot(plan: &Plan, script: &Script, along: f32) -> Pose {
    let sign = script.side.sign();
    let (half, line, kerb) = (plan.road_half, plan.line(sign), plan.kerb_height);
    let (x, z) = match script.place {
        Place::Lane => (half * 0.42, 0.0),
        Place::Kerb => (half - 1.25, 0.0),
        Place::Bay => (half - 1.22, 0.0),
        Place::Edge => (half + 1.25, kerb),
        Place::Footway => (half + (line - half) * 0.5, kerb),
        Place::Front => (line - 0.85, kerb),
        Place::Inside => (line + 0.75, kerb + 0.05),
        Place::Rack => (half + 1.32, kerb),
    };
    let along_street = script.what.drives();
    let yaw = match (along_street, sign > 0.0) {
        (true, true) => 0.0,
        (true, false) => PI,
        (false, true) => TURN / 4.0,
        (false, false) => -TURN / 4.0,
    };
    Pose::new(v(sign * x, along, z), yaw)
}

//! Who plays in a scene: first what the script asks for, then what lawfully stands about, then passers-by.
//! Each takes its ground before the next comes; only the script's own clashes are errors.

use std::f32::consts::PI;
use std::sync::Arc;

use curbwatch_types::ObjectClass;

use crate::actors::{Actor, Knot, passing_by, standing, visiting};
use crate::chance::{Concern, Stream};
use crate::footprint::{Claim, Footprint, Ground, stance};
use crate::groups::{Part, parts};
use crate::maths::{Bounds, Pose, TURN, v};
use crate::mesh::Mesh;
use crate::plan::{Plan, Side, TO_Y};
use crate::scene::{Place, Problem, Problems, Scene, Script};
use crate::things::{Doing, person, thing};
use crate::world::Model;

/// Shapes of a stride.
const PHASES: usize = 8;
/// Tries before a thing that nobody scripted is left out.
const TRIES: usize = 8;

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
}

/// Everything of a class in the scene.
pub(crate) fn cast(scene: &Scene, plan: &Plan, ground: Ground) -> Result<Vec<Actor>, Problems> {
    let mut cast = Cast {
        scene,
        plan,
        ground,
        actors: Vec::new(),
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
            match self.group(number, script, &parts, &base, &mut stream) {
                Ok(()) => return Ok(()),
                Err(what) => clash = what,
            }
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
        for p in parts {
            let mesh = match p.class {
                ObjectClass::Person => person(s, p.doing),
                class => thing(class, s),
            };
            let mut actor = self.actor(p.class, mesh, Vec::new(), Some(number));
            // A part gives way a little within its group.
            let nudges = if script.what.drives() {
                &NUDGES[..1]
            } else {
                &NUDGES[..]
            };
            let fits = nudges.iter().find_map(|(dx, dy)| {
                actor.track = self.scripted(script, base, p, (*dx, *dy));
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
        for (mut actor, ways) in made {
            actor.thing = self.actors.len() as u32 + 1;
            for claim in ways {
                self.ground.take(claim);
            }
            self.actors.push(actor);
        }
        Ok(())
    }

    /// The track of a part of a group, `nudge` metres off its usual place.
    fn scripted(&self, script: &Script, base: &Pose, p: &Part, nudge: (f32, f32)) -> Vec<Knot> {
        let way = base.vector(v(-libm::sinf(p.yaw), libm::cosf(p.yaw), 0.0));
        let pose = Pose::new(
            base.point(v(p.x + nudge.0, p.y + nudge.1, p.z)),
            libm::atan2f(-way.x, way.y),
        );
        if script.what.drives() {
            let sign = script.side.sign();
            let lane = sign * self.plan.road_half * if self.plan.lanes == 4 { 0.30 } else { 0.42 };
            return visiting(pose, lane, sign, (script.from, script.until));
        }
        let ends = script.until >= self.scene.secs;
        let from = if script.from <= 0.0 { -1.0 } else { script.from };
        standing(
            pose,
            from,
            if ends { self.scene.secs + 1.0 } else { script.until },
        )
    }

    fn actor(&self, class: ObjectClass, mesh: Mesh, track: Vec<Knot>, event: Option<usize>) -> Actor {
        let stance = stance(&mesh);
        let lights = class.is_motor_vehicle() || class == ObjectClass::Ebike;
        let thing = self.actors.len() as u32 + 1;
        Actor {
            thing,
            class,
            shapes: vec![Model::new(mesh)],
            stance,
            track,
            event,
            lights,
        }
    }

    /// Adds an actor if its ground is free for its time.
    fn admit(&mut self, actor: Actor, margin: f32) -> bool {
        let claims = actor.claims(margin);
        let free = claims.iter().all(|c| self.ground.free(c));
        if free {
            for claim in claims {
                self.ground.take(claim);
            }
            self.actors.push(actor);
        }
        free
    }

    fn always(&self) -> (f32, f32) {
        (-1.0, self.scene.secs + 1.0)
    }

    fn stand(&mut self, class: ObjectClass, mesh: Mesh, pose: Pose) {
        let (from, until) = self.always();
        let actor = self.actor(class, mesh, standing(pose, from, until), None);
        self.admit(actor, 0.05);
    }

    /// What lawfully stands about: cars in bays, bicycles in racks, closed bins, goods within the line.
    fn about(&mut self) {
        let full = self.scene.life.standing;
        for sign in [-1.0_f32, 1.0] {
            let mut s = Stream::new(
                self.scene.dice(),
                Concern::Standing,
                if sign < 0.0 { 1 } else { 2 },
            );
            let side = *self.plan.side(sign);
            self.bays(&mut s, &side, full);
            self.racks(&mut s, &side, full);
            for _ in 0..3 {
                let (y, taken) = (s.range(9.0, 45.0), s.chance(full));
                let mesh = thing(ObjectClass::GarbageBin, &mut s);
                let second = thing(ObjectClass::GarbageBin, &mut s);
                if taken && !self.plan.crossed(y, 2.0) {
                    let x = sign * (self.plan.road_half + 0.85);
                    let yaw = sign * TURN / 4.0;
                    self.stand(
                        ObjectClass::GarbageBin,
                        mesh,
                        Pose::new(v(x, y, self.plan.kerb_height), yaw),
                    );
                    self.stand(
                        ObjectClass::GarbageBin,
                        second,
                        Pose::new(v(x, y + 0.75, self.plan.kerb_height), yaw),
                    );
                }
            }
            // Two-wheelers before the shops, kept along the wall, further away.
            for _ in 0..8 {
                let (y, taken, class) = (
                    s.range(11.0, 70.0),
                    s.chance(full),
                    s.pick(&[ObjectClass::Ebike, ObjectClass::Bicycle]),
                );
                for k in 0..=s.below(3) {
                    let mesh = thing(class, &mut s);
                    let x = sign * (self.plan.line(sign) - 1.1);
                    let at = v(x, y + k as f32 * 0.85, self.plan.kerb_height);
                    let yaw = sign * TURN / 4.0 + s.range(-0.15, 0.15);
                    if taken && !self.plan.crossed(y, 3.0) {
                        self.stand(class, mesh, Pose::new(at, yaw));
                    }
                }
            }
            for _ in 0..8 {
                let (y, x) = (
                    s.range(9.0, 60.0),
                    sign * (self.plan.line(sign) - s.range(0.5, 1.6)),
                );
                let (yaw, taken) = (s.range(0.0, TURN), s.chance(full));
                let mesh = person(&mut s, Doing::Standing);
                if taken && !self.plan.crossed(y, 1.0) {
                    self.stand(
                        ObjectClass::Person,
                        mesh,
                        Pose::new(v(x, y, self.plan.kerb_height), yaw),
                    );
                }
            }
        }
    }

    fn bays(&mut self, s: &mut Stream, side: &Side, full: f32) {
        let (from, to) = side.car_bays;
        let spots = ((to - from) / side.bay_long).round() as usize;
        for k in 0..spots {
            let class = s.pick(&[
                ObjectClass::Car,
                ObjectClass::Car,
                ObjectClass::Car,
                ObjectClass::Van,
            ]);
            let (taken, backwards, askew) = (s.chance(full), s.chance(0.12), s.range(-0.02, 0.02));
            let mesh = thing(class, s);
            if !taken {
                continue;
            }
            let x = side.sign * (self.plan.road_half - 1.22);
            let yaw = if (side.sign > 0.0) == backwards { PI } else { 0.0 };
            let at = v(x, from + (k as f32 + 0.5) * side.bay_long, 0.0);
            self.stand(class, mesh, Pose::new(at, yaw + askew));
        }
    }

    fn racks(&mut self, s: &mut Stream, side: &Side, full: f32) {
        let (from, to) = side.bike_bays;
        let mut y = from + 0.5;
        let tilt = s.range(-0.25, 0.25);
        let class = s.pick(&[ObjectClass::Ebike, ObjectClass::Bicycle]);
        while y < to - 0.3 {
            let mixed = if s.chance(0.15) { ObjectClass::Ebike } else { class };
            let mesh = thing(mixed, s);
            if s.chance(full) {
                let at = v(side.sign * (self.plan.road_half + 1.32), y, self.plan.kerb_height);
                self.stand(
                    mixed,
                    mesh,
                    Pose::new(at, side.sign * TURN / 4.0 + tilt + s.range(-0.05, 0.05)),
                );
            }
            y += 0.78;
        }
    }

    /// Vehicles that pass, one speed a lane, riders on what is ridden.
    fn traffic(&mut self) {
        let mut s = Stream::new(self.scene.dice(), Concern::Traffic, 0);
        let count = (self.scene.life.vehicles * (self.scene.secs + 20.0) / 60.0).round() as usize;
        let speeds = [s.range(6.5, 9.5), s.range(6.5, 9.5)];
        for number in 0..count {
            let mut s = Stream::new(self.scene.dice(), Concern::Traffic, 1 + number as u64);
            let kinds = [
                ObjectClass::Car,
                ObjectClass::Car,
                ObjectClass::Car,
                ObjectClass::Ebike,
                ObjectClass::Ebike,
                ObjectClass::Van,
                ObjectClass::ThreeWheeler,
                ObjectClass::Bicycle,
                ObjectClass::Truck,
                ObjectClass::Bus,
            ];
            let (class, sign) = (s.pick(&kinds), s.sign());
            let mesh = thing(class, &mut s);
            let rider = (!class.is_motor_vehicle() || class == ObjectClass::ThreeWheeler)
                .then(|| person(&mut s, Doing::Sitting));
            let half = self.plan.road_half;
            let lane = if class.is_motor_vehicle() {
                half * if self.plan.lanes == 4 { 0.30 } else { 0.42 }
            } else {
                half - s.range(0.7, 1.0)
            };
            let way = if sign > 0.0 {
                (-30.0, TO_Y + 10.0)
            } else {
                (TO_Y + 10.0, -30.0)
            };
            let speed = if class.is_motor_vehicle() {
                speeds[usize::from(sign > 0.0)]
            } else {
                s.range(3.8, 5.5)
            };
            for turn in 0..TRIES {
                let start = s.range(-14.0, self.scene.secs);
                // Past what stands at the kerb drivers keep to the middle.
                let lane = (lane - turn as f32 * 0.28).max(0.15);
                let track = passing_by(sign * lane, 0.0, way, start, speed);
                let actor = self.actor(class, mesh.clone(), track, None);
                let carried = actor.track.clone();
                if self.admit(actor, 0.2) {
                    if let Some(mesh) = rider {
                        let seat = if class == ObjectClass::ThreeWheeler {
                            (0.22, 0.26)
                        } else {
                            (-0.26, 0.36)
                        };
                        let mut actor = self.actor(ObjectClass::Person, mesh, carried, None);
                        for knot in &mut actor.track {
                            knot.pose.at = knot.pose.point(v(0.0, seat.0, seat.1));
                        }
                        self.actors.push(actor);
                    }
                    break;
                }
            }
        }
    }

    /// People who walk by on the footways.
    fn walkers(&mut self) {
        let count = (self.scene.life.walkers * (self.scene.secs + 30.0) / 60.0).round() as usize;
        for number in 0..count {
            let who = Stream::new(self.scene.dice(), Concern::People, number as u64);
            let phase = |k: usize| person(&mut who.clone(), Doing::Walking(k as f32 / PHASES as f32));
            let meshes: Vec<Mesh> = (0..PHASES).map(phase).collect();
            let stance = stance(&meshes[PHASES / 4]);
            let shapes: Vec<Arc<Model>> = meshes.into_iter().map(Model::new).collect();
            let mut s = Stream::new(self.scene.dice(), Concern::People, 100_000 + number as u64);
            for _ in 0..TRIES {
                let sign = s.sign();
                let Some(track) = self.walk(&mut s, sign, &stance) else {
                    continue;
                };
                let thing = self.actors.len() as u32 + 1;
                let (shapes, class) = (shapes.clone(), ObjectClass::Person);
                let actor = Actor {
                    thing,
                    class,
                    shapes,
                    stance,
                    track,
                    event: None,
                    lights: false,
                };
                for claim in actor.claims(0.0) {
                    self.ground.take(claim);
                }
                self.actors.push(actor);
                break;
            }
        }
    }

    /// A way along a footway past everything that stands or walks there; `None` where there is none.
    fn walk(&self, s: &mut Stream, sign: f32, stance: &Bounds) -> Option<Vec<Knot>> {
        // Where the footway is blocked they step down into the road.
        let (inner, outer) = (self.plan.road_half - 0.9, self.plan.line(sign) - 0.3);
        let (low, high) = (s.range(-12.0, 4.0), s.range(38.0, 75.0));
        let (mut y, end) = if s.chance(0.5) { (low, high) } else { (high, low) };
        let (mut at, speed) = (s.range(-45.0, self.scene.secs), s.range(0.95, 1.45));
        let ahead = if end > y { 1.0 } else { -1.0 };
        let wanted = s.range(inner + 1.5, outer - 0.3);
        let mut x = wanted;
        let mut track = Vec::new();
        let step = 0.6;
        while (end - y) * ahead > 0.0 {
            let next = |x: f32| {
                let down = self.plan.crossed(y, 0.0) || x < self.plan.road_half;
                let z = if down { 0.0 } else { self.plan.kerb_height };
                Pose::new(v(sign * x, y, z), if ahead > 0.0 { 0.0 } else { PI })
            };
            let until = at + step / speed;
            let free = |dx: &&f32| {
                let x = x + **dx;
                let ground = Footprint::new(stance, &next(x), 0.06);
                (inner..=outer).contains(&x)
                    && self.ground.free(&Claim {
                        ground,
                        from: at - 0.2,
                        until: until + 0.2,
                    })
            };
            let home = (wanted - x).clamp(-0.15, 0.15);
            let ways = [home, 0.0, 0.2, -0.2, 0.4, -0.4, 0.6, -0.6];
            let dx = ways.iter().find(free)?;
            x += dx;
            track.push(Knot { at, pose: next(x) });
            y += ahead * step;
            at = until;
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

//! Life that nobody scripted: what lawfully stands about, who drives and who walks by.

use std::f32::consts::PI;

use curbwatch_types::ObjectClass;

use super::Cast;
use super::errands::seat;
use super::ways::strides;
use crate::actors::{Actor, Knot, passing_by};
use crate::chance::{Concern, Stream};
use crate::maths::{Pose, TURN, v};
use crate::mesh::Mesh;
use crate::plan::{Side, TO_Y};
use crate::things::{Doing, hand_umbrella, person, thing};

/// Tries before a thing that nobody scripted is left out.
const TRIES: usize = 8;

impl Cast<'_> {
    /// What lawfully stands about: cars in bays, bicycles in racks, closed bins, goods within the line.
    pub(super) fn about(&mut self) {
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
            self.kerb(&side);
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
            self.loose(&mut s, sign);
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

    /// Two-wheelers before the shops, kept along the wall; in no bay.
    fn loose(&mut self, s: &mut Stream, sign: f32) {
        for _ in 0..8 {
            let (y, taken, class) = (
                s.range(11.0, 70.0),
                s.chance(self.scene.life.loose),
                s.pick(&[ObjectClass::Ebike, ObjectClass::Bicycle]),
            );
            for k in 0..=s.below(3) {
                let mesh = thing(class, s);
                let x = sign * (self.plan.line(sign) - 1.1);
                let at = v(x, y + k as f32 * 0.85, self.plan.kerb_height);
                let yaw = sign * TURN / 4.0 + s.range(-0.15, 0.15);
                if taken && !self.plan.crossed(y, 3.0) {
                    self.stand(class, mesh, Pose::new(at, yaw));
                }
            }
        }
    }

    /// Cars at the kerb where no bay is marked.
    fn kerb(&mut self, side: &Side) {
        let mut s = Stream::new(
            self.scene.dice(),
            Concern::Standing,
            if side.sign < 0.0 { 3 } else { 4 },
        );
        for k in 0..14 {
            let class = s.pick(&[
                ObjectClass::Car,
                ObjectClass::Car,
                ObjectClass::Car,
                ObjectClass::Van,
            ]);
            let (taken, shift) = (s.chance(self.scene.life.kerb), s.range(-0.3, 0.3));
            let mesh = thing(class, &mut s);
            let y = 7.0 + k as f32 * 6.3 + shift;
            let (from, to) = side.car_bays;
            let marked = to > from && (from - 4.0..to + 4.0).contains(&y);
            let kept = self.plan.crossed(y, 5.0) || (y - self.plan.zebra).abs() < 6.0;
            if taken && !marked && !kept {
                let at = v(side.sign * (self.plan.road_half - 1.2), y, 0.0);
                self.stand(class, mesh, Pose::new(at, if side.sign > 0.0 { 0.0 } else { PI }));
            }
        }
    }

    /// Cars in marked bays.
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

    /// Two-wheelers in marked bays.
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
    pub(super) fn traffic(&mut self) {
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
                let actor = Self::actor(class, mesh.clone(), track, None);
                let carried = actor.track.clone();
                if self.admit(actor, 0.2) {
                    if let Some(mesh) = rider {
                        let seat = seat(class);
                        let mut actor = Self::actor(ObjectClass::Person, mesh, carried, None);
                        for knot in &mut actor.track {
                            knot.pose.at = knot.pose.point(v(0.0, seat.0, seat.1));
                        }
                        (actor.thing, actor.aboard) = (self.number(), true);
                        self.actors.push(actor);
                    }
                    break;
                }
            }
        }
    }

    /// People who walk by on the footways.
    pub(super) fn walkers(&mut self) {
        let count = (self.scene.life.walkers * (self.scene.secs + 30.0) / 60.0).round() as usize;
        let mut ways = Vec::new();
        for number in 0..count {
            let who = Stream::new(self.scene.dice(), Concern::People, number as u64);
            let (shapes, stance) = strides(&who, &|_| {});
            let mut s = Stream::new(self.scene.dice(), Concern::People, 100_000 + number as u64);
            for _ in 0..TRIES {
                let sign = s.sign();
                let Some(track) = self.walk(&mut s, sign, &stance) else {
                    continue;
                };
                let mut actor = Actor {
                    shapes: shapes.clone(),
                    ..Self::actor(ObjectClass::Person, Mesh::default(), track, None)
                };
                (actor.thing, actor.stance) = (self.number(), stance);
                for claim in actor.claims(0.0) {
                    self.ground.take(claim);
                }
                let way = actor.track.clone();
                self.actors.push(actor);
                ways.push((number, way));
                break;
            }
        }
        // Last, so that rain changes nobody's number.
        for (number, way) in ways {
            self.umbrella(number, way);
        }
    }

    /// In rain most who walk carry an umbrella; the same street in the sun has the same walkers without.
    fn umbrella(&mut self, number: usize, way: Vec<Knot>) {
        let mut s = Stream::new(self.scene.dice(), Concern::Weather, 500_000 + number as u64);
        let carried = s.chance(self.scene.weather.rain.min(0.9) * 1.2);
        if !carried || self.scene.weather.rain < 0.15 {
            return;
        }
        let umbrella = Self::actor(ObjectClass::Umbrella, hand_umbrella(&mut s), way, None);
        let thing = self.number();
        self.actors.push(Actor {
            thing,
            aboard: true,
            ..umbrella
        });
    }
}

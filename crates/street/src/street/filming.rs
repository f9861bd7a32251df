//! Filming a street: from a second of the scene to a picture and its truth.

use curbwatch_types::{BBox, ObjectClass};

use super::{Frame, Sight, Street};
use crate::actors::Actor;
use crate::executor::Executor;
use crate::film::{Passing, Plate, View};
use crate::lens::{self, Light, Shutter, develop, gain};
use crate::maths::{Vec3, v};
use crate::sky::{HEADLIGHT_MIN, Lamp, Sky};
use crate::truth::Thing;
use crate::world::{Placed, World};

/// A street being filmed: keeps what it has rendered, so that the next picture costs only what changed.
/// The pictures are the same in any order of calls.
#[derive(Debug)]
pub struct Film<'a> {
    street: &'a Street,
    standing: Vec<Placed>,
    standing_things: Vec<(u32, ObjectClass, Passing)>,
    pub(super) plate: Plate,
    gain: Option<f32>,
}

impl<'a> Film<'a> {
    /// A camera before the street, nothing rendered yet.
    pub fn new(street: &'a Street) -> Self {
        let secs = street.scene.secs;
        let stays = street.actors.iter().filter(|a| a.stands(secs));
        let standing_things: Vec<_> = stays
            .filter_map(|a| Some((a.thing, a.class, a.passing(0.0)?)))
            .collect();
        let things = standing_things.iter().map(|(_, _, p)| p.placed.clone());
        Self {
            street,
            standing: street.backdrop.iter().cloned().chain(things).collect(),
            standing_things,
            plate: Plate::new(street.camera(0.0), street.scene.format.samples),
            gain: None,
        }
    }

    /// The picture at `at` seconds of the scene.
    pub fn frame(&mut self, at: f32, executor: &dyn Executor) -> Frame {
        match self.street.sight(at) {
            Sight::Clear => self.taken(at, executor),
            Sight::Frozen(from) => Frame {
                sight: Sight::Frozen(from),
                ..self.taken(from, executor)
            },
            blind => self.blind(at, blind, executor),
        }
    }

    /// A picture that shows nothing.
    fn blind(&mut self, at: f32, sight: Sight, executor: &dyn Executor) -> Frame {
        let format = &self.street.scene.format;
        let (width, height) = (format.width, format.height);
        let seed = self.street.scene.dice();
        let pixels = match sight {
            Sight::Covered => lens::cover(seed, width, height),
            _ => vec![Vec3::ZERO; width * height],
        };
        let size = Light {
            pixels: &pixels,
            width,
            height,
        };
        let shutter = Shutter {
            seed,
            at,
            gain: 1.0,
            rain: 0.0,
            night: 0.0,
            sway: (0.0, 0.0),
            finish: self.street.plan.finish,
        };
        Frame {
            width,
            height,
            rgb: develop(&size, &self.street.scene.lens, &shutter),
            truth: self.truth(at, executor),
            rendered: 0.0,
            sight,
        }
    }

    fn taken(&mut self, at: f32, executor: &dyn Executor) -> Frame {
        let street = self.street;
        let scene = &street.scene;
        let camera = street.camera(at);
        if camera != *self.plate.camera() {
            self.plate = Plate::new(camera, scene.format.samples);
        }
        let here = present(street, at);
        let passing: Vec<Passing> = here.iter().map(|(_, p)| p.clone()).collect();
        let moving_lamps = headlights(&here, &street.sky, at);
        let view = View {
            standing: &self.standing,
            passing: &passing,
            sky: &street.sky,
            lamps: &street.lamps,
            moving_lamps: &moving_lamps,
            infrared: if scene.lens.infrared { 9.0 } else { 0.0 },
        };
        let gain = match self.gain {
            Some(gain) => gain,
            None => *self.gain.insert(self.metered(executor)),
        };
        let (light, rendered) = self.plate.expose(&view, executor);
        let sway = scene.lens.sway(scene.dice(), at);
        let shutter = Shutter {
            seed: scene.dice(),
            at,
            gain,
            rain: scene.weather.rain,
            night: street.sky.night,
            sway,
            finish: street.plan.finish,
        };
        let size = Light {
            pixels: light,
            width: camera.width,
            height: camera.height,
        };
        let rgb = develop(&size, &scene.lens, &shutter);
        let tiles = camera.width.div_ceil(16) * camera.height.div_ceil(16);
        let rendered = rendered as f32 / tiles as f32;
        let ids = self.plate.ids();
        let truth = self
            .plate
            .truth(&ids, &company(&self.standing_things, &here), sway, executor);
        Frame {
            width: camera.width,
            height: camera.height,
            rgb,
            truth,
            rendered,
            sight: Sight::Clear,
        }
    }

    /// What the picture at `at` seconds would hold, without its light: the same truth for a fraction of
    /// the work, for those who need boxes and no pixels.
    pub fn truth(&mut self, at: f32, executor: &dyn Executor) -> Vec<Thing> {
        let (at, blind) = match self.street.sight(at) {
            Sight::Clear => (at, false),
            Sight::Frozen(from) => (from, false),
            Sight::Black | Sight::Covered => (at, true),
        };
        let mut truth = self.there(at, executor);
        if blind {
            for thing in &mut truth {
                (thing.seen, thing.visible) = (BBox::default(), 0.0);
            }
        }
        truth
    }

    /// What stands before the camera, whether it looks or not.
    fn there(&mut self, at: f32, executor: &dyn Executor) -> Vec<Thing> {
        let scene = &self.street.scene;
        let camera = self.street.camera(at);
        let mut blank;
        let plate = if camera.width == self.plate.camera().width && camera == *self.plate.camera() {
            &mut self.plate
        } else {
            blank = Plate::new(
                camera.sized(self.plate.camera().width, self.plate.camera().height),
                1,
            );
            &mut blank
        };
        let here = present(self.street, at);
        let passing = here.iter().map(|(_, p)| p.placed.clone());
        let world = World::new(self.standing.iter().cloned().chain(passing).collect());
        let ids = plate.traced_ids(&world, executor);
        let company = company(&self.standing_things, &here);
        plate.truth(&ids, &company, scene.lens.sway(scene.dice(), at), executor)
    }

    /// The camera's exposure: metered once on the street without passers-by, as seen from the usual
    /// position, so that it depends on no order of pictures.
    fn metered(&self, executor: &dyn Executor) -> f32 {
        let mut plate = Plate::new(self.street.camera(0.0).sized(48, 27), 4);
        let view = View {
            standing: &self.standing,
            passing: &[],
            sky: &self.street.sky,
            lamps: &self.street.lamps,
            moving_lamps: &[],
            infrared: if self.street.scene.lens.infrared { 9.0 } else { 0.0 },
        };
        let (light, _) = plate.expose(&view, executor);
        // A square root between mean and logarithm: bright skies count, lamps do not blind it.
        let mean = light.iter().map(|p| p.luma().max(0.0).sqrt()).sum::<f32>() / light.len() as f32;
        gain(mean * mean, &self.street.scene.lens)
    }
}

/// Who comes and goes and is there at `at`.
pub(super) fn present(street: &Street, at: f32) -> Vec<(&Actor, Passing)> {
    let passing = street.actors.iter().filter(|a| !a.stands(street.scene.secs));
    passing.filter_map(|a| Some((a, a.passing(at)?))).collect()
}

type Listed<'a> = (u32, ObjectClass, &'a Passing);

/// Everything with a class: what stays, then what comes and goes.
fn company<'a>(stays: &'a [(u32, ObjectClass, Passing)], here: &'a [(&Actor, Passing)]) -> Vec<Listed<'a>> {
    let stay = stays.iter().map(|(id, class, p)| (*id, *class, p));
    stay.chain(here.iter().map(|(a, p)| (a.thing, a.class, p)))
        .collect()
}

fn headlights(here: &[(&Actor, Passing)], sky: &Sky, at: f32) -> Vec<(Lamp, u64)> {
    if sky.night < 0.05 {
        return Vec::new();
    }
    let lit = here.iter().filter(|(actor, _)| actor.lights && actor.moving(at));
    lit.map(|(actor, p)| {
        let pose = &p.placed.pose;
        let bright = if actor.class.is_motor_vehicle() { 20.0 } else { 6.0 };
        let nose = v(0.0, actor.stance.max.y + 0.05, 0.7);
        let lamp = Lamp {
            at: pose.point(nose),
            power: v(1.0, 0.95, 0.85) * (bright * sky.night),
            way: pose.vector(v(0.0, 0.985, -0.17)),
            cone: 0.90,
            size: 0.4,
            least: HEADLIGHT_MIN,
        };
        (lamp, p.stamp ^ 0x6c61_6d70)
    })
    .collect()
}

//! A street built from a scene: what stands in it, who passes when, and what the script says is true.

mod filming;

use std::collections::BTreeSet;

use curbwatch_types::{BBox, ZoneKind};

use crate::actors::Actor;
use crate::backdrop::backdrop;
use crate::camera::{Camera, Mount};
use crate::cast::cast;
use crate::executor::{Executor, Serial};
use crate::film::Plate;
use crate::maths::v;
use crate::plan::Plan;
use crate::scene::{CameraMove, Problems, Proves, Scene, Script, Span};
use crate::sky::{Lamp, Sky};
use crate::truth::Thing;
use crate::world::Placed;

pub use filming::Film;
use filming::present;

/// One picture and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Red, green, blue, row by row, 8 bits each.
    pub rgb: Vec<u8>,
    /// Everything of a class that could appear in the picture, by id.
    pub truth: Vec<Thing>,
    /// Share of the picture's tiles that had to be rendered for it, 0..1.
    pub rendered: f32,
    /// What the camera did.
    pub sight: Sight,
}

/// What the camera does at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sight {
    /// It films.
    Clear,
    /// It sends the picture of that second once more; truth is what that picture shows.
    Frozen(f32),
    /// It sends black; nothing is seen.
    Black,
    /// Something hangs before the lens; nothing is seen.
    Covered,
}

/// What the script says happened: the truth of a clip, made before a pixel was.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The script's name for it.
    pub name: String,
    /// What it is to prove.
    pub proves: Proves,
    /// Its things.
    pub things: Vec<u32>,
    /// Seconds from which it stands there; of several, the first.
    pub from: f32,
    /// Seconds at which it is gone or leaves; of several, the last.
    pub until: f32,
    /// The kind of zone it stands in.
    pub zone: Option<ZoneKind>,
    /// The box around its things in the usual view while they stand, as if nothing stood before them;
    /// empty when they cannot be seen from there.
    pub place: BBox,
    /// From, until: times at which less than a third of it is seen, to the step of [`Street::events`].
    pub occluded: Vec<(f32, f32)>,
}

/// A street, ready to be filmed.
#[derive(Debug)]
pub struct Street {
    pub(crate) scene: Scene,
    pub(crate) plan: Plan,
    sky: Sky,
    backdrop: Vec<Placed>,
    lamps: Vec<Lamp>,
    pub(crate) actors: Vec<Actor>,
    mount: Mount,
}

impl Street {
    /// Builds the street of a scene. What the script asks for must have room; everything else gives way.
    pub fn build(scene: &Scene) -> Result<Self, Problems> {
        let plan = Plan::new(scene.dice());
        let sky = Sky::new(&scene.weather, scene.dice());
        let (backdrop, mut lamps, fixed) = backdrop(scene.dice(), &plan);
        if sky.night <= 0.02 {
            lamps.clear();
        }
        for lamp in &mut lamps {
            lamp.power = lamp.power * sky.night;
        }
        let actors = cast(scene, &plan, fixed)?;
        let mut mount = plan.mount;
        mount.at.z = scene.camera.pole_m.unwrap_or(mount.at.z);
        mount.pan += scene.camera.pan_deg.to_radians();
        mount.tilt += scene.camera.tilt_deg.to_radians();
        mount.field = scene.camera.field_deg.map_or(mount.field, f32::to_radians);
        mount.at.y += scene.camera.along_m;
        if scene.camera.looks_back {
            mount.pan = std::f32::consts::PI - mount.pan;
        }
        Ok(Self {
            scene: scene.clone(),
            plan,
            sky,
            backdrop,
            lamps,
            actors,
            mount,
        })
    }

    /// Where a spot on the road shows in the usual view, relative, from the top left; `across` metres to the right of the street's
    /// middle, `along` metres from the first pole. `None` behind the lens and outside the picture.
    pub fn shows(&self, across: f32, along: f32) -> Option<[f32; 2]> {
        let camera = self.camera(0.0);
        let (x, y) = camera.project(v(across, along, 0.0))?;
        let spot = [x / camera.width as f32, y / camera.height as f32];
        spot.iter().all(|v| (0.0..=1.0).contains(v)).then_some(spot)
    }

    /// The scene it was built from.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The truth of the script. Occlusion is looked up in steps of a second, of a 300th of the scene when
    /// that is longer, on a raster of 160 pixels across.
    pub fn events(&self) -> Vec<Event> {
        let mut film = Film::new(self);
        film.plate = Plate::new(self.camera(0.0).sized(160, 90), 1);
        let mut events: Vec<Event> = self
            .scene
            .events
            .iter()
            .enumerate()
            .map(|(number, script)| self.event(number, script))
            .collect();
        let step = (self.scene.secs / 300.0).max(1.0);
        let mut seen: Vec<Vec<(f32, f32)>> = vec![Vec::new(); events.len()];
        let (mut before, mut truth) = (None::<Look>, Vec::new());
        for k in 0..(self.scene.secs / step) as usize {
            let at = (k as f32 + 0.5) * step;
            let standing = |e: &Event| (e.from..e.until).contains(&at);
            if !events.iter().any(standing) {
                continue;
            }
            // Second after second of the same company is looked at once.
            let stamps = present(self, at).iter().map(|(_, p)| p.stamp).collect();
            let now: Look = (stamps, self.camera(at), self.sight(at));
            if before.as_ref() != Some(&now) {
                truth = film.truth(at, &Serial);
                before = Some(now);
            }
            let usual = self.sight(at) == Sight::Clear && self.camera(at) == self.camera(0.0);
            for (event, seen) in events.iter_mut().zip(&mut seen).filter(|(e, _)| standing(e)) {
                let own: Vec<&Thing> = truth.iter().filter(|t| event.things.contains(&t.id)).collect();
                let whole: f32 = own.iter().map(|t| t.pixels as f32).sum();
                let shown: f32 = own.iter().map(|t| t.pixels as f32 * t.visible).sum();
                // An old picture says nothing of what came after it.
                let old = matches!(self.sight(at), Sight::Frozen(from) if from < event.from);
                seen.push((at, if old { 0.0 } else { shown / whole.max(1.0) }));
                if usual {
                    event.place = own.iter().fold(event.place, |all, t| around(all, t.bbox));
                }
            }
        }
        for (event, seen) in events.iter_mut().zip(&seen) {
            for (at, _) in seen.iter().filter(|(_, share)| *share < 1.0 / 3.0) {
                let (from, until) = (at - step / 2.0, at + step / 2.0);
                match event.occluded.last_mut() {
                    Some(last) if (last.1 - from).abs() < step * 0.1 => last.1 = until,
                    _ => event.occluded.push((from.max(event.from), until)),
                }
            }
        }
        events
    }

    fn event(&self, number: usize, script: &Script) -> Event {
        Event {
            name: script.name.clone(),
            proves: script.proves,
            things: self
                .actors
                .iter()
                .filter(|a| a.event == Some(number))
                .map(|a| a.thing)
                .collect::<BTreeSet<u32>>()
                .into_iter()
                .collect(),
            from: script.from,
            until: script.until,
            zone: script.place.zone(),
            place: BBox::default(),
            occluded: Vec::new(),
        }
    }

    /// What the camera does at `at` seconds: black hides a cover, a cover hides a frozen picture.
    pub fn sight(&self, at: f32) -> Sight {
        let scene = &self.scene;
        let held = |spans: &[Span]| spans.iter().find(|s| s.holds(at)).map(|s| s.from);
        if held(&scene.black).is_some() {
            Sight::Black
        } else if held(&scene.covered).is_some() {
            Sight::Covered
        } else {
            held(&scene.frozen).map_or(Sight::Clear, Sight::Frozen)
        }
    }

    /// One picture by itself. Many of one street are cheaper through a [`Film`].
    pub fn frame(&self, at: f32, executor: &dyn Executor) -> Frame {
        Film::new(self).frame(at, executor)
    }

    pub(crate) fn camera(&self, at: f32) -> Camera {
        let mut mount = self.mount;
        let moved = |m: &&CameraMove| (m.from..m.until).contains(&at);
        if let Some(turn) = self.scene.moves.iter().find(moved) {
            mount.pan += turn.pan_deg.to_radians();
            mount.tilt += turn.tilt_deg.to_radians();
        }
        Camera::new(&mount, self.scene.format.width, self.scene.format.height)
    }
}

/// What decides what a picture shows: who passes, from where it is seen, what the camera does.
type Look = (Vec<u64>, Camera, Sight);

/// The box around both; an empty box adds nothing.
fn around(a: BBox, b: BBox) -> BBox {
    if a.area() <= 0.0 || b.area() <= 0.0 {
        return if a.area() <= 0.0 { b } else { a };
    }
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    BBox::new(
        x,
        y,
        (a.x + a.w).max(b.x + b.w) - x,
        (a.y + a.h).max(b.y + b.h) - y,
    )
}

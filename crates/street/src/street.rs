//! A street built from a scene: what stands in it, who passes when, and what the script says is true.

use std::sync::Arc;

use curbwatch_types::{BBox, ObjectClass, ZoneKind};

use crate::actors::Actor;
use crate::camera::{Camera, Mount};
use crate::cast::cast;
use crate::chance::{Concern, Stream};
use crate::executor::{Executor, Serial};
use crate::facade::buildings;
use crate::film::{Passing, Plate, View};
use crate::footprint::{Claim, Footprint, Ground};
use crate::ground::{ground, trees_along};
use crate::lens::{Light, Shutter, develop, gain};
use crate::maths::{Bounds, Pose, TURN, v};
use crate::mesh::{Look, Mesh, Pattern};
use crate::plan::{Border, FROM_Y, Plan, Side, TO_Y};
use crate::scene::{CameraMove, Problems, Proves, Scene, Script};
use crate::sky::{Lamp, Sky};
use crate::styles::Seed;
use crate::things;
use crate::truth::Thing;
use crate::world::{Model, Placed, World};

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
    /// Seconds from which it stands there.
    pub from: f32,
    /// Seconds at which it is gone or leaves.
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
        for k in 0..(self.scene.secs / step) as usize {
            let at = (k as f32 + 0.5) * step;
            let standing = |e: &Event| (e.from..e.until).contains(&at);
            if !events.iter().any(standing) {
                continue;
            }
            let truth = film.truth(at, &Serial);
            for (event, seen) in events.iter_mut().zip(&mut seen).filter(|(e, _)| standing(e)) {
                let own: Vec<&Thing> = truth.iter().filter(|t| event.things.contains(&t.id)).collect();
                let whole: f32 = own.iter().map(|t| t.pixels as f32).sum();
                let shown: f32 = own.iter().map(|t| t.pixels as f32 * t.visible).sum();
                seen.push((at, shown / whole.max(1.0)));
                event.place = own.iter().fold(event.place, |all, t| around(all, t.bbox));
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
                .collect(),
            from: script.from,
            until: script.until,
            zone: crate::zones::kind_of(script.place),
            place: BBox::default(),
            occluded: Vec::new(),
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

/// A street being filmed: keeps what it has rendered, so that the next picture costs only what changed.
/// The pictures are the same in any order of calls.
#[derive(Debug)]
pub struct Film<'a> {
    street: &'a Street,
    standing: Vec<Placed>,
    standing_things: Vec<(u32, ObjectClass, Passing)>,
    plate: Plate,
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
        }
    }

    /// What the picture at `at` seconds would hold, without its light: the same truth for a fraction of
    /// the work, for those who need boxes and no pixels.
    pub fn truth(&mut self, at: f32, executor: &dyn Executor) -> Vec<Thing> {
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
fn present(street: &Street, at: f32) -> Vec<(&Actor, Passing)> {
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
        let nose = v(0.0, actor.stance.max.y + 0.05, 0.7);
        let lamp = Lamp {
            at: pose.point(nose),
            power: v(1.0, 0.95, 0.85) * (26.0 * sky.night),
            way: pose.vector(v(0.0, 0.985, -0.17)),
            cone: 0.86,
            size: 0.4,
        };
        (lamp, p.stamp ^ 0x6c61_6d70)
    })
    .collect()
}

/// Everything without a class: ground, buildings, walls, trees, lamps, rails, boxes; and the ground that
/// their feet take.
fn backdrop(seed: Seed, plan: &Plan) -> (Vec<Placed>, Vec<Lamp>, Ground) {
    let mut placed = vec![fixed(Model::new(ground(seed, plan)), Pose::HERE)];
    let (mut lamps, mut taken) = (Vec::new(), Ground::default());
    let mut s = Stream::new(seed, Concern::Layout, 2);
    let trees: Vec<Arc<Model>> = (0..4).map(|_| Model::new(things::tree(&mut s))).collect();
    for side in plan.sides() {
        if side.border == Border::Shops {
            let (houses, lit) = buildings(seed, plan, side.sign);
            placed.extend(houses.into_iter().map(|mesh| fixed(Model::new(mesh), Pose::HERE)));
            lamps.extend(lit);
        } else {
            placed.push(fixed(Model::new(wall(&mut s, plan, side)), Pose::HERE));
            placed.push(fixed(Model::new(estate(&mut s, plan, side)), Pose::HERE));
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

//! Pictures over time: what stays is rendered once, and only what changes is rendered again.
//!
//! The picture is cut into tiles. A tile's content depends on the street and on those passing things
//! whose box, shadow or reflection can appear in it, and on nothing else: rays of a tile meet no other
//! passing thing. So a tile with the same company is the same tile, whatever was rendered before it,
//! in any order and on any number of threads; a tile without company is rendered once for ever.
//! What this leaves out: light that a passing thing throws back beyond its own surroundings, and its
//! image in windows and car paint further away.

use std::collections::HashMap;
use std::sync::Arc;

use curbwatch_types::ObjectClass;

use crate::bvh::Ray;
use crate::camera::{Camera, Rect};
use crate::chance::mixed;
use crate::executor::{Executor, collect};
use crate::maths::{Bounds, Vec3, v};
use crate::shade::{Dice, FAR, Sample, Scenery};
use crate::sky::{Lamp, Sky};
use crate::truth::{Extent, Thing, extent};
use crate::world::{Placed, Seen, World};

/// Side of a tile in pixels; at least twice [`REACH`].
const TILE: usize = 16;
/// How far light is averaged, in pixels: a window of 8 holds each of the 16 sample patterns 4 times.
const REACH: usize = 4;
/// Longest shadow followed, in metres.
const SHADOW_MAX: f32 = 30.0;
/// Shadows are followed to where their lamp would give this much.
const SHADOW_MIN: f32 = 0.09;
/// Pieces into which a shadow is cut for its outline.
const SHADOW_PIECES: usize = 4;

/// A thing, or a part of one, that comes and goes.
#[derive(Debug, Clone)]
pub(crate) struct Passing {
    pub(crate) placed: Placed,
    /// Names shape and pose: the same number, the same look.
    pub(crate) stamp: u64,
}

impl Passing {
    /// `shape` names the model.
    pub(crate) fn new(placed: Placed, shape: u64) -> Self {
        let parts = [
            placed.pose.point(Vec3::ZERO),
            placed.pose.vector(v(1.0, 2.0, 4.0)),
        ];
        let mut stamp = mixed(shape ^ (u64::from(placed.thing) << 32));
        for s in parts.iter().flat_map(|p| [p.x, p.y, p.z]) {
            stamp = mixed(stamp ^ u64::from(s.to_bits()));
        }
        Self { placed, stamp }
    }
}

/// What a pixel holds before it becomes a colour.
#[derive(Debug, Clone, Copy, Default)]
struct Texel {
    colour: Vec3,
    light: Vec3,
    direct: Vec3,
    normal: Vec3,
    at: Vec3,
    far: f32,
    thing: u32,
}

#[derive(Debug, Clone, Default)]
struct Tile {
    company: Vec<u64>,
    texels: Arc<Vec<Texel>>,
}

/// The street as one camera sees it, with what it has rendered so far.
#[derive(Debug)]
pub(crate) struct Plate {
    camera: Camera,
    samples: u32,
    across: usize,
    /// Tiles without company, once rendered.
    lonely: Vec<Option<Tile>>,
    tiles: Vec<Tile>,
    texels: Vec<Texel>,
    shown: Vec<Vec3>,
    extents: HashMap<Vec<u64>, Extent>,
}

/// What the plate is to show.
pub(crate) struct View<'a> {
    pub(crate) standing: &'a [Placed],
    pub(crate) passing: &'a [Passing],
    pub(crate) sky: &'a Sky,
    /// Lamps that stay.
    pub(crate) lamps: &'a [Lamp],
    /// Lamps that move, each with the number that names its place.
    pub(crate) moving_lamps: &'a [(Lamp, u64)],
    pub(crate) infrared: f32,
}

impl Plate {
    pub(crate) fn new(camera: Camera, samples: u32) -> Self {
        let across = camera.width.div_ceil(TILE);
        let count = across * camera.height.div_ceil(TILE);
        let pixels = camera.width * camera.height;
        Self {
            camera,
            samples: samples.max(1),
            across,
            lonely: vec![None; count],
            tiles: vec![Tile::default(); count],
            texels: vec![Texel::default(); pixels],
            shown: vec![Vec3::ZERO; pixels],
            extents: HashMap::new(),
        }
    }

    pub(crate) fn camera(&self) -> &Camera {
        &self.camera
    }

    /// Linear colours of the view, row by row, and how many of the tiles had to be rendered for it.
    pub(crate) fn expose(&mut self, view: &View<'_>, executor: &dyn Executor) -> (&[Vec3], usize) {
        let passing = view.passing.iter().map(|p| p.placed.clone());
        let world = World::new(view.standing.iter().cloned().chain(passing).collect());
        let reach: Vec<Vec<Rect>> = view
            .passing
            .iter()
            .map(|p| self.touched(&p.placed.bounds(), view))
            .collect();
        let lit: Vec<Vec<Rect>> = view.moving_lamps.iter().map(|(lamp, _)| self.lit(lamp)).collect();
        let ambient = ambient(view.sky);
        let render = |number: usize| {
            let rect = self.tile_rect(number);
            let mut seen = Seen::none(world.placed.len());
            (0..view.standing.len()).for_each(|i| seen.add(i));
            let mut company = Vec::new();
            for (i, rects) in reach.iter().enumerate() {
                if rects.iter().any(|r| r.meets(&rect)) {
                    seen.add(view.standing.len() + i);
                    company.push(view.passing[i].stamp);
                }
            }
            let mut lamps = view.lamps.to_vec();
            for ((lamp, stamp), area) in view.moving_lamps.iter().zip(&lit) {
                if area.iter().any(|r| r.meets(&rect)) {
                    lamps.push(*lamp);
                    company.push(*stamp);
                }
            }
            if let Some(known) = &self.lonely[number]
                && company.is_empty()
            {
                return (known.clone(), false);
            }
            let before = &self.tiles[number];
            if !before.texels.is_empty() && before.company == company {
                return (before.clone(), false);
            }
            let scenery = Scenery {
                world: &world,
                sky: view.sky,
                lamps: &lamps,
                seen: &seen,
                ambient,
                pixel: self.camera.pixel(),
                infrared: view.infrared,
            };
            let texels = Arc::new(self.trace(&rect, &scenery));
            (Tile { company, texels }, true)
        };
        let fresh = collect(executor, self.tiles.len(), render);
        let rendered = fresh.iter().filter(|(_, new)| *new).count();
        let mut changed = vec![false; fresh.len()];
        for (number, (tile, _)) in fresh.into_iter().enumerate() {
            if Arc::ptr_eq(&tile.texels, &self.tiles[number].texels) {
                continue;
            }
            changed[number] = true;
            let rect = self.tile_rect(number);
            let wide = rect.x1 - rect.x0;
            for (row, y) in (rect.y0..rect.y1).enumerate() {
                let start = y * self.camera.width;
                self.texels[start + rect.x0..start + rect.x1]
                    .copy_from_slice(&tile.texels[row * wide..][..wide]);
            }
            if tile.company.is_empty() {
                self.lonely[number] = Some(tile.clone());
            }
            self.tiles[number] = tile;
        }
        self.develop(&changed, executor);
        (&self.shown, rendered)
    }

    /// Which thing each pixel's middle shows in the picture last exposed, row by row.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.texels.iter().map(|t| t.thing).collect()
    }

    /// The same for things whose light nobody asks for.
    pub(crate) fn traced_ids(&self, world: &World, executor: &dyn Executor) -> Vec<u32> {
        let seen = Seen::all(world.placed.len());
        let row = |y: usize| {
            let id = |x: usize| {
                let ray = Ray::new(self.camera.at, self.camera.way(x as f32 + 0.5, y as f32 + 0.5));
                world.first(&ray, FAR, &seen).map_or(0, |hit| hit.thing)
            };
            (0..self.camera.width).map(id).collect::<Vec<u32>>()
        };
        collect(executor, self.camera.height, row).concat()
    }

    /// What is in the picture whose pixels show `ids`: every thing that covers at least a pixel, by id.
    pub(crate) fn truth(
        &mut self,
        ids: &[u32],
        things: &[(u32, ObjectClass, &Passing)],
        sway: (f32, f32),
        executor: &dyn Executor,
    ) -> Vec<Thing> {
        let mut seen: HashMap<u32, Extent> = HashMap::new();
        for (i, id) in ids.iter().enumerate().filter(|(_, id)| **id != 0) {
            let extent = seen.entry(*id).or_insert(Extent::NONE);
            extent.add(i % self.camera.width, i / self.camera.width);
        }
        let mut out = Vec::new();
        for (id, class, part) in things {
            let alone = self.extent_alone(&[part], executor);
            if alone.pixels == 0 {
                continue;
            }
            let seen = seen.get(id).copied().unwrap_or(Extent::NONE);
            out.push(Thing {
                id: *id,
                class: *class,
                bbox: alone.bbox(&self.camera, sway),
                seen: seen.bbox(&self.camera, sway),
                visible: (seen.pixels as f32 / alone.pixels as f32).min(1.0),
                pixels: alone.pixels,
                cut_off: alone.at_edge(&self.camera),
            });
        }
        out.sort_by_key(|thing| thing.id);
        out
    }

    /// How a thing would appear with nothing before it; remembered.
    pub(crate) fn extent_alone(&mut self, parts: &[&Passing], executor: &dyn Executor) -> Extent {
        let key: Vec<u64> = parts.iter().map(|p| p.stamp).collect();
        if let Some(known) = self.extents.get(&key) {
            return *known;
        }
        // A crowd walking for hours must not fill the memory; what stands still is soon known again.
        if self.extents.len() > 4096 {
            self.extents.clear();
        }
        let placed: Vec<&Placed> = parts.iter().map(|p| &p.placed).collect();
        let found = extent(&self.camera, &placed, executor);
        self.extents.insert(key, found);
        found
    }

    fn tile_rect(&self, number: usize) -> Rect {
        let (x0, y0) = (number % self.across * TILE, number / self.across * TILE);
        Rect {
            x0,
            y0,
            x1: (x0 + TILE).min(self.camera.width),
            y1: (y0 + TILE).min(self.camera.height),
        }
    }

    fn trace(&self, rect: &Rect, scenery: &Scenery<'_>) -> Vec<Texel> {
        let mut out = Vec::with_capacity(TILE * TILE);
        for y in rect.y0..rect.y1 {
            for x in rect.x0..rect.x1 {
                // Each pixel of a block of 4 by 4 takes its own sixteenth of one sequence.
                let order = (x % 4 * 4 + y % 4) as u32;
                let one = |number: u32| {
                    let dice = Dice::new(number * 16 + (order * 7) % 16, (y * self.camera.width + x) as u32);
                    // The first sample looks through the pixel's middle: it says which thing is seen.
                    let (a, b) = if number == 0 { (0.5, 0.5) } else { dice.two(0) };
                    let way = self.camera.way(x as f32 + a, y as f32 + b);
                    (scenery.look(self.camera.at, way, &dice), way)
                };
                let samples: Vec<(Sample, Vec3)> = (0..self.samples).map(one).collect();
                out.push(self.texel(&samples));
            }
        }
        out
    }

    fn texel(&self, samples: &[(Sample, Vec3)]) -> Texel {
        let share = 1.0 / samples.len() as f32;
        let mut texel = Texel::default();
        let mut spread = Vec3::ZERO;
        for (s, _) in samples {
            texel.colour += s.colour * share;
            spread += s.colour * s.light * share;
            texel.direct += s.direct.min(Vec3::splat(8.0)) * share;
        }
        texel.light = spread / texel.colour.max(Vec3::splat(1e-4));
        if let Some((s, way)) = samples.first() {
            texel.normal = s.normal;
            texel.far = s.far;
            texel.at = self.camera.at + *way * s.far;
            texel.thing = s.thing;
        }
        texel
    }

    /// Averages the soft light of changed tiles, and of those beside them, over the same surface.
    fn develop(&mut self, changed: &[bool], executor: &dyn Executor) {
        let down = changed.len() / self.across.max(1);
        let beside = |number: usize| {
            let (x, y) = (number % self.across, number / self.across);
            let rows = y.saturating_sub(1)..(y + 2).min(down);
            rows.into_iter().any(|j| {
                (x.saturating_sub(1)..(x + 2).min(self.across)).any(|i| changed[j * self.across + i])
            })
        };
        let todo: Vec<usize> = (0..changed.len()).filter(|&n| beside(n)).collect();
        let done = collect(executor, todo.len(), |i| {
            let rect = self.tile_rect(todo[i]);
            let pixels = (rect.y0..rect.y1).flat_map(|y| (rect.x0..rect.x1).map(move |x| (x, y)));
            pixels.map(|(x, y)| self.developed(x, y)).collect::<Vec<Vec3>>()
        });
        for (number, colours) in todo.into_iter().zip(done) {
            let rect = self.tile_rect(number);
            let wide = rect.x1 - rect.x0;
            for (row, y) in (rect.y0..rect.y1).enumerate() {
                let start = y * self.camera.width;
                self.shown[start + rect.x0..start + rect.x1].copy_from_slice(&colours[row * wide..][..wide]);
            }
        }
    }

    fn developed(&self, x: usize, y: usize) -> Vec3 {
        let here = &self.texels[y * self.camera.width + x];
        if here.colour.largest() <= 0.0 {
            return here.direct;
        }
        let slack = 0.012 + 0.0015 * here.far;
        let (mut sum, mut count) = (Vec3::ZERO, 0.0_f32);
        for j in y.saturating_sub(REACH)..(y + REACH).min(self.camera.height) {
            let row = j * self.camera.width;
            for there in &self.texels[row + x.saturating_sub(REACH)..row + (x + REACH).min(self.camera.width)]
            {
                let level = (there.at - here.at).dot(here.normal).abs() < slack;
                if level && there.normal.dot(here.normal) > 0.9 {
                    sum += there.light;
                    count += 1.0;
                }
            }
        }
        let light = if count > 0.0 {
            sum * (1.0 / count)
        } else {
            here.light
        };
        here.colour * light + here.direct
    }

    /// Where a passing thing, its shadows and its reflection can appear.
    fn touched(&self, bounds: &Bounds, view: &View<'_>) -> Vec<Rect> {
        let margin = v(0.5, 0.5, 0.15);
        let near = Bounds {
            min: bounds.min - margin,
            max: bounds.max + margin,
        };
        let mut rects: Vec<Rect> = self.camera.covers_box(&near).into_iter().collect();
        let corners = bounds.corners();
        let mut shadow = |fall: &dyn Fn(Vec3) -> Vec3| {
            let thrown = corners.map(fall);
            let ring = |k: usize| {
                let t = k as f32 / SHADOW_PIECES as f32;
                [0, 1, 2, 3, 4, 5, 6, 7].map(|i| corners[i].mix(thrown[i], t))
            };
            for k in 0..SHADOW_PIECES {
                rects.extend(self.camera.covers(&[ring(k), ring(k + 1)].concat()));
            }
        };
        if view.sky.sun_power.largest() > 0.02 && view.sky.sun.z > 0.0 {
            let sun = view.sky.sun;
            shadow(&|p| p - sun * (p.z / sun.z.max(0.02)).min(SHADOW_MAX));
        }
        if view.sky.night > 0.05 {
            for lamp in view.lamps {
                let to = lamp.at - bounds.centre();
                let reach = (lamp.power.largest() / SHADOW_MIN).sqrt();
                if lamp.falls(bounds.centre(), to.unit()).largest() < SHADOW_MIN {
                    continue;
                }
                shadow(&|p| {
                    let way = p - lamp.at;
                    let down = if way.z < -0.1 { p.z / -way.z } else { 1.0 };
                    let far = way.length().max(0.5);
                    p + way * down.min(6.0 / far.max(1.0)).min((reach - far).max(0.0) / far)
                });
            }
        }
        if view.sky.wet > 0.05 {
            shadow(&|p| v(p.x, p.y, -p.z));
        }
        rects
    }

    /// Where a moving lamp's light can appear, piece by piece along its cone.
    fn lit(&self, lamp: &Lamp) -> Vec<Rect> {
        let reach = lamp.reach();
        let side = v(-lamp.way.y, lamp.way.x, 0.0).unit();
        let pieces = 6;
        let ring = |k: usize| {
            let far = reach * k as f32 / pieces as f32;
            let (at, wide) = (lamp.at + lamp.way * far, 0.4 + far * 0.5);
            [at + side * wide, at - side * wide]
                .map(|p| [v(p.x, p.y, 0.0), v(p.x, p.y, lamp.at.z + 0.2 + far * 0.3)])
                .concat()
        };
        (0..pieces)
            .filter_map(|k| self.camera.covers(&[ring(k), ring(k + 1)].concat()))
            .collect()
    }
}

/// Mean radiance that a surface in the street sees.
pub(crate) fn ambient(sky: &Sky) -> Vec3 {
    let ways = [
        v(0.0, 0.0, 1.0),
        v(0.6, 0.0, 0.8),
        v(-0.6, 0.0, 0.8),
        v(0.0, 0.8, 0.6),
        v(0.0, -0.8, 0.6),
    ];
    let sum = ways
        .iter()
        .fold(Vec3::ZERO, |sum, way| sum + sky.radiance(*way).min(Vec3::ONE));
    sum * 0.11 + sky.sun_power * 0.05 + v(1.0, 0.8, 0.6) * (0.03 * sky.night)
}

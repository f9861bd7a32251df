//! A detector that knows the truth, and errs by order: what stands in the street becomes what a look would bring.
//!
//! For: testing and tuning event logic (`curbwatch-scene`) without a network and without pixels. Every error is
//! drawn from seed, time and thing, one stream for each kind of error, so that more false boxes move no other box
//! and looks may be taken in any order.
//!
//! Not for: saying how good a detector is. Real misses come in runs and real false boxes come back to the same
//! place; these are independent from look to look. Things are told apart by
//! their looks better than by any network: no two have the same appearance vector.
//!
//! The thumbnail is drawn: a backdrop of blocks with each thing in a pattern of its own, what is hidden
//! below what hides it. A camera that looks elsewhere is told by [`Oracle::face`]: another backdrop, which fits nowhere.
//!
//! Input: things from [`curbwatch_street::Film::truth`] or from a clip's `NAME.truth.jsonl`.

mod chance;
mod drawing;

use std::sync::Arc;

use bytes::Bytes;
use curbwatch_street::Thing;
use curbwatch_types::{
    AccessUnit, Appearance, BBox, CameraId, CapturedAt, Codec, Detection, Epoch, Health, LookWhy, MediaTime,
    Monotonic, ObjectClass, Observation, Score, Taint,
};

use crate::street::truth::SeenThing;
use chance::{Concern, Dice};

/// Classes a detector takes for each other.
const CONFUSED: [&[ObjectClass]; 6] = [
    &[
        ObjectClass::Car,
        ObjectClass::Van,
        ObjectClass::Truck,
        ObjectClass::Bus,
    ],
    &[
        ObjectClass::Bicycle,
        ObjectClass::Ebike,
        ObjectClass::Motorcycle,
        ObjectClass::ThreeWheeler,
    ],
    &[
        ObjectClass::Stall,
        ObjectClass::Cart,
        ObjectClass::Goods,
        ObjectClass::Rack,
        ObjectClass::Table,
    ],
    &[
        ObjectClass::Garbage,
        ObjectClass::GarbageBag,
        ObjectClass::Overflow,
        ObjectClass::GarbageBin,
    ],
    &[
        ObjectClass::Carton,
        ObjectClass::Board,
        ObjectClass::Furniture,
        ObjectClass::Pallet,
    ],
    &[
        ObjectClass::BrickPile,
        ObjectClass::SandPile,
        ObjectClass::Garbage,
    ],
];
/// Most false boxes of one look, whatever the mean.
const FALSE_MAX: usize = 64;
/// Scores of false boxes.
const FALSE_SCORES: (f32, f32) = (0.25, 0.6);
/// Score of what is seen best and of what is barely seen.
const BEST_SCORE: f32 = 0.95;
const BARE_SCORE: f32 = 0.3;

/// Length of the appearance vectors: of two things by chance one pair in a thousand looks alike.
const APPEARANCE: usize = 32;

/// How the oracle errs. Shares are 0..1.
#[derive(Debug, Clone, PartialEq)]
pub struct OracleOptions {
    /// Whose looks these are.
    pub camera: CameraId,
    /// Width and height of the pictures it speaks of, in pixels.
    pub size: (usize, usize),
    /// Share of well seen things that a look misses.
    pub miss: f32,
    /// From this share of a thing seen on it can be found at all, and from which it is found as well as a free one;
    /// between them the chance rises evenly.
    pub visible: (f32, f32),
    /// The same for the height of what is seen, in pixels.
    pub height_px: (f32, f32),
    /// How far each edge may lie from the truth, as a share of the box's side.
    pub jitter: f32,
    /// Share of found things that are taken for a similar class.
    pub confusion: f32,
    /// Mean number of boxes around nothing in a look.
    pub false_boxes: f32,
    /// How much a score may fall short of what the thing deserves.
    pub score_spread: f32,
}

impl OracleOptions {
    /// No error: everything of which at least a quarter and 12 rows of pixels are seen, where it is seen.
    pub fn exact(camera: CameraId, size: (usize, usize)) -> Self {
        Self {
            camera,
            size,
            miss: 0.0,
            visible: (0.25, 0.25),
            height_px: (12.0, 12.0),
            jitter: 0.0,
            confusion: 0.0,
            false_boxes: 0.0,
            score_spread: 0.0,
        }
    }

    /// A fair small network: one look in ten misses what is well seen, boxes are off by up to 5 % of their side, one
    /// class name in fifty is wrong, every fifth look holds a box around nothing.
    pub fn usual(camera: CameraId, size: (usize, usize)) -> Self {
        Self {
            miss: 0.1,
            visible: (0.2, 0.6),
            height_px: (8.0, 20.0),
            jitter: 0.05,
            confusion: 0.02,
            false_boxes: 0.2,
            score_spread: 0.3,
            ..Self::exact(camera, size)
        }
    }
}

/// A thing as the oracle knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The same number in every look.
    pub id: u32,
    /// What it is.
    pub class: ObjectClass,
    /// Its extent as if nothing stood before it, relative.
    pub bbox: BBox,
    /// The box around what is seen of it.
    pub seen: BBox,
    /// Share of it that is seen, 0..1.
    pub visible: f32,
}

impl From<&Thing> for Known {
    fn from(thing: &Thing) -> Self {
        Self {
            id: thing.id,
            class: thing.class,
            bbox: thing.bbox,
            seen: thing.seen,
            visible: thing.visible,
        }
    }
}

impl From<&SeenThing> for Known {
    fn from(thing: &SeenThing) -> Self {
        let bbox = |[x, y, w, h]: [f64; 4]| BBox::new(x as f32, y as f32, w as f32, h as f32);
        Self {
            id: thing.id,
            class: thing.class,
            bbox: bbox(thing.bbox),
            seen: bbox(thing.seen),
            visible: thing.visible as f32,
        }
    }
}

/// The oracle of one camera.
#[derive(Debug)]
pub struct Oracle {
    seed: u64,
    options: OracleOptions,
    looks: u64,
    direction: u32,
    model: Arc<str>,
}

impl Oracle {
    /// An oracle that has told nothing yet. `seed` decides every error and the backdrop of the thumbnail.
    pub fn new(seed: u64, options: OracleOptions) -> Self {
        Self {
            seed,
            options,
            looks: 0,
            direction: 0,
            model: Arc::from("oracle"),
        }
    }

    /// From now on the camera looks in this direction; 0 is the usual one. Each has a backdrop of its own.
    pub fn face(&mut self, direction: u32) {
        self.direction = direction;
    }

    /// What a look at `at` brings when `truth` is there. The picture is clean, new and well lit; its coded bytes
    /// are a few that no other look has.
    pub fn observe(&mut self, truth: &[Known], at: CapturedAt, why: LookWhy) -> Observation {
        let picture = self.looks;
        self.looks += 1;
        let mut detections: Vec<Detection> = truth.iter().filter_map(|t| self.find(t, at)).collect();
        detections.extend(self.invent(at));
        detections.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
        let stamp = Dice::new(self.seed, Concern::Stamp, at.at.0, 0).number();
        let thumbnail = drawing::draw(self.seed, self.direction, truth, self.options.size);
        let (mean_luma, luma_deviation) = drawing::tone(&thumbnail);
        Observation {
            camera: self.options.camera.clone(),
            epoch: Epoch::default(),
            picture,
            captured_at: at,
            why,
            size: self.options.size,
            detections,
            closeups: Vec::new(),
            thumbnail,
            health: Health {
                mean_luma,
                luma_deviation,
                sharpness: 2.0,
                chroma: 5.0,
                coded_digest: stamp,
            },
            model: Arc::clone(&self.model),
            unit: AccessUnit {
                camera: self.options.camera.clone(),
                epoch: Epoch::default(),
                codec: Codec::H264,
                keyframe: true,
                taint: Taint::Clean,
                media_time: MediaTime(at.at.0.saturating_mul(MediaTime::HZ / 1000)),
                received: Monotonic::default(),
                captured_at: at,
                bytes: Bytes::copy_from_slice(&stamp.to_le_bytes()),
            },
        }
    }

    /// The detection of a thing, unless it is missed.
    fn find(&self, thing: &Known, at: CapturedAt) -> Option<Detection> {
        let o = &self.options;
        let high = thing.seen.h * o.size.1 as f32;
        let seen = risen(thing.visible, o.visible).min(risen(high, o.height_px));
        let dice = |concern| Dice::new(self.seed, concern, at.at.0, u64::from(thing.id));
        if seen <= 0.0 || dice(Concern::Miss).share() >= seen * (1.0 - o.miss) {
            return None;
        }
        let mut offset = dice(Concern::Jitter);
        let mut moved = |edge: f32, side: f32| edge + offset.between(-1.0, 1.0) * o.jitter * side;
        let b = &thing.seen;
        let (x0, y0) = (moved(b.x, b.w), moved(b.y, b.h));
        let (x1, y1) = (moved(b.x + b.w, b.w), moved(b.y + b.h, b.h));
        let bbox = BBox::new(x0, y0, x1 - x0, y1 - y0).clipped();
        let deserved = BARE_SCORE + (BEST_SCORE - BARE_SCORE) * seen;
        let score = deserved - o.score_spread * dice(Concern::Score).share();
        (bbox.area() > 0.0).then(|| Detection {
            class: self.called(thing.class, &mut dice(Concern::Confusion)),
            score: Score::new(score),
            bbox,
            appearance: Some(self.looks_like(thing.id)),
        })
    }

    /// What a thing looks like: the same in every look, and like no other thing.
    fn looks_like(&self, id: u32) -> Appearance {
        let mut dice = Dice::new(self.seed, Concern::Looks, 0, u64::from(id));
        Appearance((0..APPEARANCE).map(|_| dice.between(-1.0, 1.0)).collect())
    }

    /// The class name it is given.
    fn called(&self, class: ObjectClass, dice: &mut Dice) -> ObjectClass {
        let alike = CONFUSED.iter().find(|alike| alike.contains(&class));
        let wrong = dice.share() < self.options.confusion;
        alike.filter(|_| wrong).map_or(class, |alike| {
            let others: Vec<ObjectClass> = alike.iter().copied().filter(|other| *other != class).collect();
            others[dice.below(others.len())]
        })
    }

    /// Boxes around nothing.
    fn invent(&self, at: CapturedAt) -> Vec<Detection> {
        let mut dice = Dice::new(self.seed, Concern::False, at.at.0, 0);
        let count = dice.poisson(self.options.false_boxes).min(FALSE_MAX);
        let invented = (0..count).map(|_| {
            let h = dice.between(0.04, 0.25);
            let w = (h * dice.between(0.3, 1.5)).min(0.5);
            let (x, y) = (dice.between(0.0, 1.0 - w), dice.between(0.2, 1.0 - h));
            Detection {
                class: ObjectClass::NAMES[dice.below(ObjectClass::NAMES.len())].0,
                score: Score::new(dice.between(FALSE_SCORES.0, FALSE_SCORES.1)),
                bbox: BBox::new(x, y, w, h),
                appearance: None,
            }
        });
        invented.collect()
    }
}

/// 0 below the first, 1 from the second on, even between them.
fn risen(value: f32, (from, to): (f32, f32)) -> f32 {
    if value >= to {
        1.0
    } else if value < from {
        0.0
    } else {
        (value - from) / (to - from)
    }
}

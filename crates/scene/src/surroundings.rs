//! What one look shows to the rules about groups: things with their place on the ground, people, and what
//! stands where. Input: the look's detections, sorted and bounded by `sighting`, in base-view coordinates.

use curbwatch_types::{BBox, Detection, ObjectClass, Point, Score};

use crate::ground::{Base, Ground};
use crate::zone_map::ZoneMap;

/// Two boxes of one look that share this much (intersection over union) are one thing under two names.
const ONE_THING_IOU: f32 = 0.6;
/// Who ends in a thing's box, or above it by this share of its height, is covered by it.
const COVERS_ABOVE: f32 = 0.15;
/// What lies within this many metres of a stall or cart belongs to it.
const BESIDE_M: f32 = 2.0;

/// A thing seen in one look.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) class: ObjectClass,
    pub(crate) score: Score,
    /// Where, in the base view.
    pub(crate) bbox: BBox,
    /// Where, in the picture as it came.
    pub(crate) shown: BBox,
    pub(crate) base: Base,
}

/// Everything of one look.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    /// Strongest first, one per thing.
    pub(crate) things: Vec<Thing>,
    pub(crate) zones: &'a ZoneMap,
    pub(crate) ground: &'a Ground,
}

/// Kinds of thing that a detector may call by one another's name.
fn family(class: ObjectClass) -> u8 {
    match class {
        ObjectClass::Person => 0,
        ObjectClass::Umbrella => 1,
        ObjectClass::Bicycle | ObjectClass::Ebike | ObjectClass::Motorcycle => 2,
        _ if class.is_motor_vehicle() => 3,
        _ => 4,
    }
}

impl<'a> Surroundings<'a> {
    /// `strongest` is sorted; `offset` is how far the picture's content lies from the base view.
    pub(crate) fn of(strongest: &[Detection], offset: Point, ground: &'a Ground, zones: &'a ZoneMap) -> Self {
        let back = Point::new(-offset.x, -offset.y);
        let mut things: Vec<Thing> = Vec::with_capacity(strongest.len());
        for detection in strongest {
            let bbox = detection.bbox.moved(back);
            let again =
                |t: &Thing| family(t.class) == family(detection.class) && t.bbox.iou(&bbox) > ONE_THING_IOU;
            if things.iter().any(again) {
                continue;
            }
            things.push(Thing {
                class: detection.class,
                score: detection.score,
                bbox,
                shown: detection.bbox,
                base: ground.base(detection.class, &bbox),
            });
        }
        Self {
            things,
            zones,
            ground,
        }
    }

    fn people(&self) -> impl Iterator<Item = &Thing> {
        self.things.iter().filter(|t| t.class == ObjectClass::Person)
    }

    /// The people within `near_m` metres of a thing, strongest first.
    pub(crate) fn people_beside(&self, base: &Base, near_m: f32) -> Vec<BBox> {
        self.people()
            .filter(|person| {
                base.metres_to_person(&person.bbox, &person.base, self.hidden_to(person)) <= near_m
            })
            .map(|person| person.bbox)
            .collect()
    }

    /// The lowest row in which somebody's feet may be: where they are seen or, where a thing covers them, where that stands,
    /// for he is behind it.
    fn hidden_to(&self, person: &Thing) -> f32 {
        let foot = person.bbox.ground_contact();
        let covers = |t: &&Thing| {
            let (b, aside) = (&t.bbox, 0.5 * person.bbox.w);
            let over = foot.x > b.x - aside && foot.x < b.x + b.w + aside;
            over && foot.y > b.y - COVERS_ABOVE * b.h && foot.y < b.y + b.h
        };
        let rows = self
            .things
            .iter()
            .filter(covers)
            .map(|t| t.bbox.ground_contact().y);
        rows.fold(foot.y, f32::max)
    }

    /// Whether somebody sits or stands on it: on a bicycle, a person's middle lies over its length, and
    /// the feet are not clearly in front of its wheels nor far behind.
    pub(crate) fn ridden(&self, thing: &Thing) -> bool {
        let b = &thing.bbox;
        self.people().any(|person| {
            let p = &person.bbox;
            let foot = p.ground_contact();
            let over = foot.x > b.x + 0.1 * b.w && foot.x < b.x + 0.9 * b.w;
            let level = foot.y > b.y + 0.35 * b.h && foot.y < b.y + 1.15 * b.h;
            over && level && p.intersection(b) >= 0.2 * p.area()
        })
    }

    /// Whether somebody carries it: an umbrella whose foot hangs well above its bearer's.
    pub(crate) fn carried(&self, thing: &Thing) -> bool {
        let b = &thing.bbox;
        let foot = b.ground_contact();
        self.people().any(|person| {
            let p = &person.bbox;
            let over = foot.x > p.x - 0.5 * p.w && foot.x < p.x + 1.5 * p.w;
            over && foot.y > p.y - 0.3 * p.h && foot.y < p.y + 0.75 * p.h
        })
    }

    /// Whether it stands beside a stall or cart for which `which` holds.
    pub(crate) fn beside_a_stand(&self, thing: &Thing, which: impl Fn(&Thing) -> bool) -> bool {
        self.things.iter().any(|stand| {
            matches!(stand.class, ObjectClass::Stall | ObjectClass::Cart)
                && which(stand)
                && (stand.base.metres(&thing.base) <= BESIDE_M || stands_behind(thing, stand))
        })
    }
}

/// Whether it is an umbrella whose pole ends behind the counter.
fn stands_behind(thing: &Thing, stand: &Thing) -> bool {
    let foot = thing.bbox.ground_contact();
    let (b, h) = (&stand.bbox, stand.bbox.h);
    thing.class == ObjectClass::Umbrella
        && foot.x > b.x - 0.25 * b.w
        && foot.x < b.x + 1.25 * b.w
        && foot.y > b.y - 0.25 * h
        && foot.y < b.y + h
}

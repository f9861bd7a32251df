//! From a picture's detections to what the rule may reckon with: sensible boxes only, strongest
//! first, bounded, one per thing, in base-view coordinates.

use std::cmp::Ordering;

use curbwatch_types::{Appearance, BBox, Detection, Luma, Point, Score};

use crate::boxes::Boxes;
use crate::overlap::{INSIDE_AREA, NESTED, containment, covers, hides_foot};
use crate::patch::Patch;
use crate::rule::Rule;

/// Two boxes of one look that share this much (intersection over union) are one vehicle under two class names.
const ONE_THING_IOU: f32 = 0.6;

/// A thing of the rule's kind seen in one look.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    /// Where, in the base view.
    pub(crate) bbox: BBox,
    /// Where, in the picture as it came.
    pub(crate) shown: BBox,
    pub(crate) score: Score,
    /// Where it meets the ground, in the base view: of several boxes around one thing, where the strongest does.
    pub(crate) foot: Point,
    pub(crate) appearance: Option<Appearance>,
    pub(crate) patch: Option<Patch>,
}

/// What one look showed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Things the rule is about, strongest first.
    pub(crate) subjects: Vec<Sighting>,
    /// Every thing that may stand in front of another, in the base view.
    pub(crate) bodies: Boxes,
}

impl Seen {
    /// Whether something other than `thing` may stand in front of a place.
    pub(crate) fn hide(&self, place: &BBox, thing: &Sighting) -> bool {
        let other = |body: &&BBox| body.iou(&thing.bbox) <= ONE_THING_IOU;
        let mut bodies = self.bodies.as_slice().iter().filter(other);
        self.bodies.touch(place) && bodies.any(|body| covers(body, place))
    }

    /// Whether anything hides a place.
    pub(crate) fn cover(&self, place: &BBox) -> bool {
        let mut bodies = self.bodies.as_slice().iter();
        self.bodies.touch(place) && bodies.any(|body| covers(body, place))
    }

    /// Whether anything stands before the foot of the thing in a box, which then ends where the other's begins.
    pub(crate) fn hides_foot(&self, bbox: &BBox) -> bool {
        let mut bodies = self.bodies.as_slice().iter();
        bodies.any(|body| hides_foot(body, bbox))
    }

    /// Things of which what lies in `bbox` is a part.
    pub(crate) fn wholes(&self, bbox: &BBox) -> impl Iterator<Item = &Sighting> {
        let whole = |of: &&Sighting| of.bbox.area() > bbox.area() && containment(&of.bbox, bbox) >= NESTED;
        self.subjects.iter().filter(whole)
    }
}

/// The sensible detections of at least `score_min`, strongest first, at most `detections_max`, and how
/// many were left out. The answer does not depend on the order of `detections`.
pub(crate) fn strongest(
    detections: Vec<Detection>,
    score_min: f32,
    detections_max: usize,
) -> (Vec<Detection>, u64) {
    let mut dropped = 0;
    let mut strongest: Vec<Detection> = Vec::with_capacity(detections.len());
    for detection in detections {
        if !sensible(&detection.bbox) {
            dropped += 1;
        } else if detection.score.get() >= score_min {
            strongest.push(detection);
        }
    }
    strongest.sort_by(strongest_first);
    if strongest.len() > detections_max {
        dropped += (strongest.len() - detections_max) as u64;
        strongest.truncate(detections_max);
    }
    (strongest, dropped)
}

/// Sorts out what the rule may reckon with. `offset` is how far the picture's content lies from the base view.
pub(crate) fn sort_out(
    rule: &Rule,
    strongest: Vec<Detection>,
    keep_score_min: f32,
    offset: Point,
    thumbnail: &Luma,
) -> Seen {
    let mut seen = Seen {
        subjects: Vec::with_capacity(strongest.len()),
        bodies: Boxes::with_capacity(strongest.len()),
    };
    let back = Point::new(-offset.x, -offset.y);
    for detection in strongest.into_iter().filter(|d| d.score.get() >= keep_score_min) {
        let bbox = detection.bbox.moved(back);
        let again = |other: &BBox| other.iou(&bbox) > ONE_THING_IOU;
        if seen.bodies.as_slice().iter().any(again) {
            continue;
        }
        seen.bodies.push(bbox);
        if (rule.subject)(detection.class) {
            seen.subjects.push(Sighting {
                bbox,
                shown: detection.bbox,
                score: detection.score,
                foot: foot(&seen.subjects, &bbox),
                appearance: detection.appearance,
                patch: Patch::of(thumbnail, &detection.bbox),
            });
        }
    }
    seen
}

/// Where the thing in `bbox` meets the ground, among stronger ones. A detector that is not sure of an outline draws several; the
/// weaker ones reach down over what stands before the thing.
fn foot(stronger: &[Sighting], bbox: &BBox) -> Point {
    let one = stronger.iter().find(|other| is_part(&other.bbox, bbox));
    one.map_or_else(|| bbox.ground_contact(), |other| other.foot)
}

/// Whether two boxes are about one thing: the smaller lies in the larger, and is no small part of it.
fn is_part(a: &BBox, b: &BBox) -> bool {
    let (smaller, larger) = (a.area().min(b.area()), a.area().max(b.area()));
    a.intersection(b) >= NESTED * smaller && smaller >= INSIDE_AREA * larger
}

/// A total order: what compares equal is equal in all that counts.
fn strongest_first(a: &Detection, b: &Detection) -> Ordering {
    fn looks(d: &Detection) -> &[f32] {
        d.appearance.as_ref().map_or(&[], |appearance| &appearance.0)
    }
    let place = |d: &Detection| [d.bbox.x, d.bbox.y, d.bbox.w, d.bbox.h];
    let by_score = b
        .score
        .get()
        .total_cmp(&a.score.get())
        .then(a.class.cmp(&b.class));
    by_score.then_with(|| {
        let (p, q) = (looks(a), looks(b));
        let (here, there) = (place(a), place(b));
        let numbers = here.iter().zip(&there).chain(p.iter().zip(q));
        let differ = numbers.map(|(x, y)| x.total_cmp(y)).find(|order| order.is_ne());
        differ.unwrap_or(p.len().cmp(&q.len()))
    })
}

/// Finite, with an area, and touching the picture.
fn sensible(bbox: &BBox) -> bool {
    let finite = [bbox.x, bbox.y, bbox.w, bbox.h]
        .iter()
        .all(|v| v.is_finite() && v.abs() <= 4.0);
    finite && bbox.w > 0.0 && bbox.h > 0.0 && bbox.clipped().area() > 0.0
}

//! How two boxes lie to one another, and how alike two appearance vectors are: one place or two, one thing inside or before
//! another. Not for: deciding what follows (`anchor`, `sighting`).

use curbwatch_types::{Appearance, BBox};

/// Boxes whose intersection over union is less are in different places.
pub(crate) const PLACE_IOU: f32 = 0.4;
/// A box inside another that has less than this share of its area is another, smaller thing.
pub(crate) const INSIDE_AREA: f32 = 0.35;
/// Of two boxes that share this much of the smaller one, one is a part or a blurred whole of the
/// other. Neighbours in a row of coaches share up to 0.55.
pub(crate) const NESTED: f32 = 0.7;
/// A place covered by this share cannot be judged.
const COVERED: f32 = 0.3;
/// Boxes smaller than this (share of the picture's side) jitter by a good part of their size ...
const TINY: f32 = 0.06;
/// ... so what lies within this share of a box of the place lies in it.
const TINY_APART: f32 = 0.35;

/// Around its lower edge, by this part of its height up and down, a box has its foot ...
const FOOT: f32 = 0.25;
/// ... and what covers this share of that hides it: a neighbour's mirror does not.
const FOOT_HIDDEN: f32 = 0.2;
/// A thing whose ground contact has wandered this far from its first place, in box sizes, has not stood.
const WANDER: f32 = 0.75;

/// Whether a thing in `bbox` that was first in `origin` has left that place.
pub(crate) fn has_wandered(bbox: &BBox, origin: &BBox) -> bool {
    let (a, b) = (bbox.ground_contact(), origin.ground_contact());
    let size = bbox.w.max(bbox.h).max(origin.w.max(origin.h));
    (a.x - b.x).abs().max((a.y - b.y).abs()) > WANDER * size
}

/// The box around both.
pub(crate) fn around(a: BBox, b: BBox) -> BBox {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y));
    let (right, bottom) = ((a.x + a.w).max(b.x + b.w), (a.y + a.h).max(b.y + b.h));
    BBox::new(x, y, right - x, bottom - y)
}

/// A box that everything touches which has an [`overlap`] with this one.
pub(crate) fn within_overlap(bbox: &BBox) -> BBox {
    // Rounding, too: a good part more than the middles of tiny boxes may lie apart.
    let by = 0.5 * TINY;
    BBox::new(bbox.x - by, bbox.y - by, bbox.w + 2.0 * by, bbox.h + 2.0 * by)
}

/// Intersection over union; for tiny boxes also how near the middles lie.
pub(crate) fn overlap(a: &BBox, b: &BBox) -> f32 {
    let iou = a.iou(b);
    let size = a.w.max(a.h).max(b.w.max(b.h));
    if size >= TINY || area_ratio(a, b) < 0.5 {
        return iou;
    }
    let (p, q) = (a.center(), b.center());
    let apart = (p.x - q.x).abs().max((p.y - q.y).abs()) / size;
    if apart <= TINY_APART {
        iou.max(PLACE_IOU + 0.05)
    } else {
        iou
    }
}

/// Whether a thing in `body` hides what stands in `place`, so that the place cannot be judged.
pub(crate) fn covers(body: &BBox, place: &BBox) -> bool {
    let shared = body.intersection(place);
    if shared <= 0.0 {
        return false; // nearly all of them
    }
    let in_front = body.y + body.h >= place.y + place.h - 0.1 * place.h;
    let covered = shared / place.area().max(f32::MIN_POSITIVE);
    // A bin or a bag before it hides nothing, though all of it lies in the box, nor does a bag that lies where a stall stood.
    let nested = containment(body, place) >= NESTED && area_ratio(body, place) >= INSIDE_AREA;
    (in_front && covered >= COVERED) || nested
}

/// Whether the thing in `body` stands before the foot of the one in `bbox`, whose box then ends where the other's begins.
pub(crate) fn hides_foot(body: &BBox, bbox: &BBox) -> bool {
    let foot = BBox::new(
        bbox.x,
        bbox.y + (1.0 - FOOT) * bbox.h,
        bbox.w,
        2.0 * FOOT * bbox.h,
    );
    body.y + body.h > bbox.y + bbox.h && body.intersection(&foot) > FOOT_HIDDEN * foot.area()
}

/// Share of the smaller box that lies in the other.
pub(crate) fn containment(a: &BBox, b: &BBox) -> f32 {
    let smaller = a.area().min(b.area());
    if smaller <= 0.0 {
        0.0
    } else {
        a.intersection(b) / smaller
    }
}

/// Area of the smaller box in that of the larger.
pub(crate) fn area_ratio(a: &BBox, b: &BBox) -> f32 {
    let larger = a.area().max(b.area());
    if larger <= 0.0 {
        0.0
    } else {
        a.area().min(b.area()) / larger
    }
}

/// Cosine of two vectors of one length; `None` when they cannot be compared.
pub(crate) fn cosine(a: Option<&Appearance>, b: Option<&Appearance>) -> Option<f32> {
    let (a, b) = (&a?.0, &b?.0);
    if a.len() != b.len() || a.is_empty() {
        return None;
    }
    let dot = |p: &[f32], q: &[f32]| p.iter().zip(q).map(|(x, y)| x * y).sum::<f32>();
    let length = (dot(a, a) * dot(b, b)).sqrt();
    if length > 1e-9 && length.is_finite() {
        Some(dot(a, b) / length)
    } else {
        None
    }
}

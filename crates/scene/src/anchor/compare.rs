//! Whether what a look shows is a place's thing, and whether two places hold one thing. Not for: what a look says of a place whose
//! thing it did not show (`unshown`).

use curbwatch_types::{Appearance, BBox, Luma, Point, Wall};

use super::{Anchor, Occupancy, STAYED};
use crate::overlap::{
    INSIDE_AREA, NESTED, PLACE_IOU, area_ratio, around, containment, cosine, has_wandered, overlap,
    within_overlap,
};
use crate::patch::{Patch, are_all_unlike};
use crate::sighting::Sighting;

/// Whether a sighting is the anchor's thing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Match {
    /// The same thing, this surely.
    Same(f32),
    /// In the same place, but another thing as far as can be told.
    Other,
    /// Elsewhere.
    Apart,
}

/// For how long a place may have been seen empty, in milliseconds, and what is seen there still be what stood there: the detector
/// missed it in between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Away {
    /// Less than this, and nothing else can have come to stand in the very same box.
    pub(crate) other_ms: i64,
    /// Less than this, and the place does not count as empty: it is enough that it looks alike.
    pub(crate) empty_ms: i64,
}

/// Boxes that share this much are the same standing thing whatever the light does. Over a day of
/// standing coaches three consecutive pairs in four share 0.8 or more; of unlike vehicles that stop
/// in a like place half share less than 0.55.
const STILL_IOU: f32 = 0.7;
/// From look to look, less than a second apart, the thing of an open incident keeps this much of its box; what shares less passes
/// in front of it.
const FOLLOWED_IOU: f32 = 0.6;
/// After the place was seen empty once, the thing must lie this well where it was, and look alike.
const RETURN_IOU: f32 = 0.6;
/// Likeness (correlation) that passes for the same thing between two looks.
const LIKE: f32 = 0.2;
/// Likeness that passes for the same thing after the place was seen empty.
const LIKE_AFTER_VACANCY: f32 = 0.4;
/// For so long daylight leaves a thing looking as it did, in milliseconds; clouds and lamps change within minutes.
const LIGHT_MS: i64 = 120_000;
/// Cosine of appearance vectors under which it is another thing ...
const UNLIKE_APPEARANCE: f32 = 0.5;
/// ... and from which it is the same, whatever the thumbnail says of the spot: somebody may stand in front.
const LIKE_APPEARANCE: f32 = 0.97;
/// A box inside another by this share, and of at least [`INSIDE_AREA`] of its area, is the same thing, partly hidden.
const INSIDE: f32 = 0.85;

impl Anchor {
    /// Whether what looks so is another thing; nothing where the pictures do not say clearly.
    pub(crate) fn is_another(&self, appearance: Option<&Appearance>, patch: Option<&Patch>) -> Option<bool> {
        if cosine(self.appearance.as_ref(), appearance).is_some_and(|c| c < UNLIKE_APPEARANCE) {
            return Some(true);
        }
        match self.patch.as_ref().zip(patch).map(|(a, b)| a.likeness(b)) {
            Some(like) if like < LIKE => Some(true),
            Some(like) if like >= LIKE_AFTER_VACANCY => Some(false),
            _ => None,
        }
    }

    /// Whether the two were seen to be different things.
    pub(crate) fn unlike(&self, other: &Self) -> bool {
        cosine(self.appearance.as_ref(), other.appearance.as_ref()).is_some_and(|c| c < UNLIKE_APPEARANCE)
    }

    /// Whether the picture's spot is another than it was when the thing was last seen there, if that is to be asked: looks since
    /// then did not show it, for `settle_ms` or more, and the light is the same. `offset`: how far the content lies from the
    /// base view.
    pub(crate) fn looks_otherwise(&self, now: Wall, settle_ms: i64, offset: Point, luma: &Luma) -> bool {
        let missed = self
            .looks
            .back()
            .is_some_and(|(_, o, _)| *o != Occupancy::Present);
        let away_ms = now.millis_since(self.last_seen.at);
        if !missed || away_ms < settle_ms || away_ms > LIGHT_MS {
            return false;
        }
        let patches: Vec<&Patch> = [&self.patch, &self.steady].into_iter().flatten().collect();
        are_all_unlike(&patches, STAYED, luma, &self.last.moved(offset))
    }

    /// What does not touch this is [`Match::Apart`].
    pub(crate) fn reach(&self) -> BBox {
        within_overlap(&around(self.place, self.last))
    }

    /// Compares with what a look showed; `followed` when it was seen less than a second before, so that it may have moved on.
    /// `otherwise`: whether it [looks otherwise](Self::looks_otherwise), and nothing else may stand in front; asked only where it
    /// matters.
    pub(crate) fn compare(
        &self,
        sighting: &Sighting,
        followed: bool,
        (now, away): (Wall, Away),
        otherwise: impl FnOnce() -> bool,
    ) -> Match {
        let bbox = &sighting.bbox;
        let shared = overlap(bbox, &self.place).max(overlap(bbox, &self.last));
        if shared <= 0.0 {
            return Match::Apart;
        }
        let inside = containment(bbox, &self.last) >= INSIDE && area_ratio(bbox, &self.last) >= INSIDE_AREA;
        let passes = followed && self.opened.is_some() && shared < FOLLOWED_IOU;
        if (shared < PLACE_IOU && !inside) || passes || (!followed && self.wandered(bbox)) {
            return Match::Apart;
        }
        let like = match (&self.patch, &sighting.patch) {
            (Some(old), Some(new)) => Some(old.likeness(new)),
            _ => None,
        };
        let cosine = cosine(self.appearance.as_ref(), sighting.appearance.as_ref());
        if cosine.is_some_and(|cosine| cosine < UNLIKE_APPEARANCE) {
            return Match::Other;
        }
        let like = like.filter(|_| cosine.is_none_or(|cosine| cosine < LIKE_APPEARANCE));
        // Who was seen less than a second ago has not been away, whatever the looks in between showed.
        let same = match self.vacant.filter(|_| !followed) {
            None => shared >= STILL_IOU || inside || like.is_none_or(|like| like >= LIKE),
            Some((since, _)) => {
                let empty_ms = now.millis_since(since);
                let returned = shared >= RETURN_IOU && like.is_none_or(|like| like >= LIKE_AFTER_VACANCY);
                let missed = empty_ms < away.other_ms && shared >= STILL_IOU;
                let unsure = empty_ms < away.empty_ms && like.is_some_and(|like| like >= LIKE);
                returned || missed || unsure
            }
        };
        let unsure = || cosine.is_none_or(|cosine| cosine < LIKE_APPEARANCE);
        if same && !(unsure() && otherwise()) {
            Match::Same(shared + 0.25 * like.unwrap_or(0.0))
        } else {
            Match::Other
        }
    }

    /// Whether another thing stands in the very same box: then this one has left, and nothing hides it.
    pub(crate) fn is_filled_by(&self, other: &Sighting) -> bool {
        overlap(&other.bbox, &self.place).max(overlap(&other.bbox, &self.last)) >= STILL_IOU
    }

    /// Whether a thing in `bbox` has left the place.
    pub(crate) fn wandered(&self, bbox: &BBox) -> bool {
        has_wandered(bbox, &self.origin)
    }

    /// Whether its thing fills the place of the other's, so that both cannot stand there.
    pub(crate) fn in_stead_of(&self, other: &Self) -> bool {
        self.place.iou(&other.place) >= PLACE_IOU || self.last.iou(&other.last) >= PLACE_IOU
    }

    /// Whether it came after the other's thing was last seen and is so much larger that it cannot be that thing: it stands before it.
    pub(crate) fn is_larger_than(&self, other: &Self) -> bool {
        let larger = |a: &BBox, b: &BBox| a.area() * INSIDE_AREA > b.area();
        self.first_seen.at > other.last_seen.at
            && larger(&self.place, &other.place)
            && larger(&self.last, &other.last)
    }

    /// Whether the two are boxes around one thing, or around things in one place.
    pub(crate) fn same_place(&self, other: &Self) -> bool {
        self.in_stead_of(other)
            || containment(&self.place, &other.place) >= NESTED
            || containment(&self.last, &other.last) >= NESTED
    }
}

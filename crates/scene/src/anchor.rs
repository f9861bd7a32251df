//! A place anchor: one place, what it was seen to hold over time, and the incident that came of it.
//! Detections only feed it. It outlives occlusion, missed detections and gaps; it ends when the
//! place was seen empty for long enough, or when something else was seen to stand there.

mod empty;
mod turns;
mod unshown;

use std::collections::VecDeque;
use std::sync::Arc;

use curbwatch_types::{
    Appearance, BBox, CapturedAt, Luma, Point, Score, Shot, ViewId, ViolationClass, Wall, ZoneId,
};

use crate::OpenIncident;
use crate::kept::{kept, kept_choice};
use crate::motion::Motion;
use crate::overlap::{
    INSIDE_AREA, NESTED, PLACE_IOU, area_ratio, around, containment, cosine, overlap, within_overlap,
};
use crate::patch::{Patch, are_all_unlike};
use crate::sighting::Sighting;

/// What a look said of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occupancy {
    /// The thing was seen there.
    Present,
    /// The place was in view and empty.
    Absent,
    /// Covered, out of view, or not to be told.
    Unknown,
}

/// An incident that has opened.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) key: Arc<str>,
    pub(crate) view: ViewId,
    pub(crate) zone: ZoneId,
    pub(crate) due: Wall,
    /// When it was last spoken of.
    pub(crate) said: Wall,
    /// Classes that gave way to it.
    pub(crate) also: Vec<ViolationClass>,
}

/// One place and its history.
#[derive(Debug, Clone)]
pub(crate) struct Anchor {
    /// Order of creation: breaks ties.
    pub(crate) id: u64,
    /// Running mean of its boxes, base view.
    pub(crate) place: BBox,
    /// Latest box, base view.
    pub(crate) last: BBox,
    /// Running mean of where its thing met the ground, base view.
    pub(crate) foot: Point,
    /// First box, base view.
    origin: BBox,
    /// Where and when its thing came into sight, base view: stays when it is followed to another place.
    pub(crate) entered: (BBox, Wall),
    /// Latest box in the picture that showed it.
    pub(crate) shown: BBox,
    pub(crate) first_seen: CapturedAt,
    pub(crate) last_seen: CapturedAt,
    pub(crate) present_looks: u32,
    pub(crate) best_score: Score,
    pub(crate) appearance: Option<Appearance>,
    pub(crate) patch: Option<Patch>,
    /// The latest patch that was like the one before it: no headlights on it.
    steady: Option<Patch>,
    /// Running mean of how like its latest looks were to the ones before them, -1..1; `None` while
    /// the pictures do not say.
    pub(crate) constancy: Option<f32>,
    /// Looks with the score of what they showed, oldest first, at most `history_max`.
    looks: VecDeque<(Wall, Occupancy, f32)>,
    /// First of the absent looks since the last present one, and how many they are.
    vacant: Option<(Wall, u32)>,
    pub(crate) opened: Option<Opened>,
    /// The incident that stood here before.
    pub(crate) supersedes: Option<Arc<str>>,
    /// First and latest picture: two coded pictures are held per anchor, no more.
    pub(crate) first_shot: Option<Shot>,
    pub(crate) last_shot: Option<Shot>,
    /// Where it met the ground in its latest looks; empty where things are not followed.
    pub(crate) motion: Motion,
    /// The place whose open incident's thing this was until it drove off.
    pub(crate) came_from: Option<u64>,
}

kept_choice!(Occupancy {
    Present,
    Absent,
    Unknown
});
kept!(Opened {
    key,
    view,
    zone,
    due,
    said,
    also
});
kept!(Anchor {
    id,
    place,
    last,
    foot,
    origin,
    entered,
    shown,
    first_seen,
    last_seen,
    present_looks,
    best_score,
    appearance,
    patch,
    steady,
    constancy,
    looks,
    vacant,
    opened,
    supersedes,
    first_shot,
    last_shot,
    motion,
    came_from,
});

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
/// Likeness of the very same spot of the picture before and after a thing was not seen, within [`LIGHT_MS`], under which
/// another one stands there. Over eighteen clips the same car keeps .95 and more (.83 with somebody in front of it), while
/// another one in its place has .61 or less.
const STAYED: f32 = 0.7;
/// For so long daylight leaves a thing looking as it did, in milliseconds; clouds and lamps change within minutes.
const LIGHT_MS: i64 = 120_000;
/// Cosine of appearance vectors under which it is another thing ...
const UNLIKE_APPEARANCE: f32 = 0.5;
/// ... and from which it is the same, whatever the thumbnail says of the spot: somebody may stand in front.
const LIKE_APPEARANCE: f32 = 0.97;
/// A box inside another by this share, and of at least [`INSIDE_AREA`] of its area, is the same thing, partly hidden.
const INSIDE: f32 = 0.85;
/// Looks that room is made for at once: what passes is forgotten after as many or so.
const LOOKS_USUAL: usize = 16;
/// A thing whose ground contact has wandered this far from its first place, in box sizes, has
/// not stood.
const WANDER: f32 = 0.75;

impl Anchor {
    /// A place that was occupied for the first time.
    pub(crate) fn new(id: u64, sighting: Sighting, at: CapturedAt, shot: Shot) -> Self {
        let mut looks = VecDeque::with_capacity(LOOKS_USUAL);
        looks.push_back((at.at, Occupancy::Present, sighting.score.get()));
        Self {
            id,
            place: sighting.bbox,
            last: sighting.bbox,
            foot: sighting.foot,
            origin: sighting.bbox,
            entered: (sighting.bbox, at.at),
            shown: sighting.shown,
            first_seen: at,
            last_seen: at,
            present_looks: 1,
            best_score: sighting.score,
            appearance: sighting.appearance,
            steady: sighting.patch.clone(),
            patch: sighting.patch,
            constancy: None,
            looks,
            vacant: None,
            opened: None,
            supersedes: None,
            first_shot: Some(shot.clone()),
            last_shot: Some(shot),
            motion: Motion::default(),
            came_from: None,
        }
    }

    /// The place of an incident that a former process opened.
    pub(crate) fn adopted(id: u64, bbox: BBox, incident: OpenIncident) -> Self {
        Self {
            id,
            place: bbox,
            last: bbox,
            foot: bbox.ground_contact(),
            origin: bbox,
            entered: (bbox, incident.first_seen.at),
            shown: incident.bbox,
            first_seen: incident.first_seen,
            last_seen: incident.last_seen,
            present_looks: incident.present_looks,
            best_score: incident.best_score,
            appearance: incident.appearance,
            patch: None,
            steady: None,
            constancy: None,
            looks: VecDeque::new(),
            vacant: None,
            opened: Some(Opened {
                key: incident.key,
                view: incident.view,
                zone: incident.zone,
                due: incident.due,
                said: incident.last_seen.at,
                also: incident.also,
            }),
            supersedes: incident.supersedes,
            first_shot: None,
            last_shot: None,
            motion: Motion::default(),
            came_from: None,
        }
    }

    /// What the store says of its case, or of the case that it turns out to be; what was seen later here stays.
    pub(crate) fn hear(&mut self, incident: &OpenIncident) {
        let said = self.opened.as_ref().map(|opened| opened.said);
        self.opened = Some(Opened {
            key: Arc::clone(&incident.key),
            view: incident.view.clone(),
            zone: incident.zone.clone(),
            due: incident.due,
            said: said.max(Some(incident.last_seen.at)).unwrap_or(incident.due),
            also: incident.also.clone(),
        });
        self.first_seen = incident.first_seen;
        self.last_seen = self.last_seen.max(incident.last_seen);
        self.present_looks = self.present_looks.max(incident.present_looks);
        if incident.best_score > self.best_score {
            self.best_score = incident.best_score;
        }
        self.supersedes.clone_from(&incident.supersedes);
    }

    /// Goes on as `newer`, which turned out to be the same thing in another box.
    pub(crate) fn take_over(&mut self, newer: Self) {
        self.place = newer.place;
        self.last = newer.last;
        self.foot = newer.foot;
        self.origin = newer.origin;
        self.shown = newer.shown;
        self.last_seen = newer.last_seen;
        self.present_looks = self.present_looks.saturating_add(newer.present_looks);
        if newer.best_score > self.best_score {
            self.best_score = newer.best_score;
        }
        self.appearance = newer.appearance.or(self.appearance.take());
        self.patch = newer.patch.or(self.patch.take());
        self.steady = newer.steady.or(self.steady.take());
        self.looks = newer.looks;
        self.motion = newer.motion;
        self.vacant = None;
        self.last_shot = newer.last_shot.or(self.last_shot.take());
    }

    /// The place of something that nobody here has seen.
    pub(crate) fn unseen(place: BBox, appearance: Option<Appearance>) -> Self {
        Self {
            id: u64::MAX,
            place,
            last: place,
            foot: place.ground_contact(),
            origin: place,
            entered: (place, Wall::default()),
            shown: place,
            first_seen: CapturedAt::default(),
            last_seen: CapturedAt::default(),
            present_looks: 0,
            best_score: Score::default(),
            appearance,
            patch: None,
            steady: None,
            constancy: None,
            looks: VecDeque::new(),
            vacant: None,
            opened: None,
            supersedes: None,
            first_shot: None,
            last_shot: None,
            motion: Motion::default(),
            came_from: None,
        }
    }

    /// What is worth remembering of it: where, and what it looks like, without pictures and history.
    pub(crate) fn remembered(&self) -> Self {
        Self {
            vacant: self.vacant,
            patch: self.patch.clone(),
            origin: self.origin,
            last: self.last,
            foot: self.foot,
            present_looks: self.present_looks,
            ..Self::unseen(self.place, self.appearance.clone())
        }
    }

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

    /// The latest look and what it said.
    pub(crate) fn latest(&self) -> Option<(Wall, Occupancy)> {
        self.looks.back().map(|look| (look.0, look.1))
    }

    /// First and latest picture, oldest first.
    pub(crate) fn shots(&self) -> Vec<Shot> {
        let mut shots: Vec<Shot> = self.first_shot.iter().cloned().collect();
        if self.last_seen.at > self.first_seen.at || shots.is_empty() {
            shots.extend(self.last_shot.clone());
        }
        shots
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
        let (a, b) = (bbox.ground_contact(), self.origin.ground_contact());
        let size = bbox.w.max(bbox.h).max(self.origin.w.max(self.origin.h));
        (a.x - b.x).abs().max((a.y - b.y).abs()) > WANDER * size
    }

    /// The camera shows everything otherwise from now on: the next look says what it looks like.
    pub(crate) fn forget_looks(&mut self) {
        (self.appearance, self.patch, self.steady, self.constancy) = (None, None, None, None);
    }

    /// Nobody could see for so long: that is no time in which the place was seen empty.
    pub(crate) fn was_blind(&mut self, millis: i64) {
        if let Some((since, _)) = &mut self.vacant {
            *since = since.plus_millis(millis);
        }
    }

    /// It was followed to another place: an open incident goes along, a dwell begins anew.
    pub(crate) fn move_on(&mut self, bbox: BBox, at: CapturedAt) {
        self.origin = bbox;
        if self.opened.is_none() {
            self.place = bbox;
            self.foot = bbox.ground_contact();
            self.first_seen = at;
            self.first_shot = None;
            self.present_looks = 0;
            self.constancy = None;
            self.looks.clear();
        }
    }

    /// Its thing drove off and goes on as the anchor that is answered with; the incident stays with the place.
    pub(crate) fn depart(&mut self, id: u64, sighting: Sighting, at: CapturedAt, shot: Shot) -> Self {
        self.place = self.origin;
        self.last = self.origin;
        self.foot = self.origin.ground_contact();
        Self {
            motion: std::mem::take(&mut self.motion),
            came_from: Some(self.id),
            ..Self::new(id, sighting, at, shot)
        }
    }

    /// The look showed it.
    pub(crate) fn see(&mut self, sighting: Sighting, at: CapturedAt, shot: Shot, history_max: usize) {
        self.present_looks = self.present_looks.saturating_add(1);
        let weight = (1.0 / self.present_looks as f32).max(0.2);
        let blend = |old: f32, new: f32| old + weight * (new - old);
        if let (Some(old), Some(new)) = (&self.patch, &sighting.patch) {
            let like = old.likeness(new);
            if like >= STAYED {
                self.steady.clone_from(&sighting.patch);
            }
            self.constancy = Some(
                self.constancy
                    .map_or(like, |before| before + 0.3 * (like - before)),
            );
        }
        self.place = BBox::new(
            blend(self.place.x, sighting.bbox.x),
            blend(self.place.y, sighting.bbox.y),
            blend(self.place.w, sighting.bbox.w),
            blend(self.place.h, sighting.bbox.h),
        );
        self.last = sighting.bbox;
        self.foot = Point::new(
            blend(self.foot.x, sighting.foot.x),
            blend(self.foot.y, sighting.foot.y),
        );
        self.shown = sighting.shown;
        self.last_seen = at;
        let score = sighting.score;
        if score > self.best_score {
            self.best_score = score;
        }
        self.appearance = sighting.appearance.or(self.appearance.take());
        self.patch = sighting.patch.or(self.patch.take());
        self.vacant = None;
        if self.first_shot.is_none() {
            self.first_shot = Some(shot.clone());
        }
        self.last_shot = Some(shot);
        self.remember(at.at, Occupancy::Present, score.get(), history_max);
    }

    /// The look did not show it.
    pub(crate) fn miss(&mut self, at: Wall, occupancy: Occupancy, history_max: usize) {
        if occupancy == Occupancy::Unknown
            && let Some((before, _, _)) = self.looks.back()
        {
            self.was_blind(at.millis_since(*before));
        }
        if occupancy == Occupancy::Absent {
            let (since, looks) = self.vacant.unwrap_or((at, 0));
            self.vacant = Some((since, looks.saturating_add(1)));
        }
        self.remember(at, occupancy, 0.0, history_max);
    }

    fn remember(&mut self, at: Wall, occupancy: Occupancy, score: f32, history_max: usize) {
        while self.looks.len() >= history_max.max(1) {
            self.looks.pop_front();
        }
        self.looks.push_back((at, occupancy, score));
    }

    /// First look that showed the place empty since the thing was last seen.
    pub(crate) fn vacant_since(&self) -> Option<Wall> {
        self.vacant.map(|(since, _)| since)
    }

    /// Lower bound of how long it has stood: from the first to the last look that showed it.
    pub(crate) fn stood_millis(&self) -> i64 {
        self.last_seen.at.millis_since(self.first_seen.at)
    }

    /// Of the remembered looks that could tell, the share that showed it.
    pub(crate) fn occupancy(&self) -> f32 {
        let count = |what| self.looks.iter().filter(|(_, o, _)| *o == what).count() as f32;
        let (present, absent) = (count(Occupancy::Present), count(Occupancy::Absent));
        if present + absent == 0.0 {
            0.0
        } else {
            present / (present + absent)
        }
    }

    /// Mean score of the remembered looks that showed it.
    pub(crate) fn mean_score(&self) -> f32 {
        let showed = self.looks.iter().filter(|(_, o, _)| *o == Occupancy::Present);
        let (sum, n) = showed.fold((0.0, 0.0), |(sum, n), (_, _, score)| (sum + score, n + 1.0_f32));
        sum / n.max(1.0)
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

//! A place anchor: one place, what it was seen to hold over time, and the incident that came of it.
//! Detections only feed it. It outlives occlusion, missed detections and gaps; it ends when the
//! place was seen empty for long enough, or when something else was seen to stand there.

mod compare;
mod empty;
mod turns;
mod unshown;

use std::collections::VecDeque;
use std::sync::Arc;

use curbwatch_types::{
    Appearance, BBox, CapturedAt, Point, Score, Shot, ViewId, ViolationClass, Wall, ZoneId,
};

use crate::OpenIncident;
use crate::kept::{kept, kept_choice};
use crate::motion::Motion;
use crate::patch::Patch;
use crate::sighting::Sighting;

pub(crate) use compare::{Away, Match};

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
    /// Whether a look showed where it meets the ground: nothing stood before it.
    pub(crate) has_foot: bool,
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
    has_foot,
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

/// Likeness of the very same spot of the picture before and after a thing was not seen, within [`LIGHT_MS`], under which
/// another one stands there. Over eighteen clips the same car keeps .95 and more (.83 with somebody in front of it), while
/// another one in its place has .61 or less.
const STAYED: f32 = 0.7;
/// Looks that room is made for at once: what passes is forgotten after as many or so.
const LOOKS_USUAL: usize = 16;
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
            has_foot: true,
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
            has_foot: true,
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
        self.has_foot |= newer.has_foot;
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
            has_foot: true,
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
}

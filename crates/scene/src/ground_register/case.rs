//! A case on shared ground: the views that have seen it, and how it ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use curbwatch_types::{
    CameraId, CapturedAt, FrameId, GroundPlace, Incident, IncidentChange, ViewId, ViolationClass, Wall,
    Witness, ZoneId,
};

use super::WITNESSES_MAX;
use crate::{GroupOptions, OpenIncident, RuleOptions};

/// Another vehicle in a place is another stay after this long, in milliseconds. Whether it is the same one nobody can tell
/// between views.
const VEHICLE_MS: i64 = 1_800_000;

/// A look of each view.
pub(super) type Looked = BTreeMap<(CameraId, ViewId), Wall>;

/// How near things are one case, in metres, and how long after it ended it may go on, in milliseconds, where a rule does not say.
pub(super) fn bounds(class: ViolationClass) -> (f32, i64) {
    let of = |rule: &GroupOptions| (rule.merge_m, i64::from(rule.stands_secs) * 1000);
    match class {
        ViolationClass::IllegalMotorParking => (RuleOptions::default().merge_m, VEHICLE_MS),
        ViolationClass::StreetFrontTrading => of(&GroupOptions::STREET_FRONT_TRADING),
        ViolationClass::ItinerantVendor => of(&GroupOptions::ITINERANT_VENDOR),
        ViolationClass::DisorderlyNonmotorParking => of(&GroupOptions::DISORDERLY_NONMOTOR_PARKING),
        ViolationClass::ExposedGarbage => of(&GroupOptions::EXPOSED_GARBAGE),
        ViolationClass::PiledMaterials => of(&GroupOptions::PILED_MATERIALS),
    }
}

/// How near things are one case by the rule of an incident, in metres.
fn reach_m(incident: &Incident) -> f64 {
    let of_rule = incident.rule.parameters.iter().find(|p| p.name == "merge_m");
    f64::from(of_rule.map_or(bounds(incident.class).0, |p| p.value))
}

/// One view's part in a case.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) witness: Witness,
    /// What its scene said last, without pictures.
    pub(super) latest: Incident,
    /// Its scene speaks of it no more, and did not say that it is gone.
    pub(super) lost: bool,
}

impl Seen {
    /// By the incident that opened in its view.
    pub(super) fn new(incident: &Incident) -> Self {
        Self {
            witness: Witness {
                key: Arc::clone(&incident.key),
                camera: incident.camera.clone(),
                view: incident.view.clone(),
                zone: incident.zone.clone(),
                bbox: incident.bbox,
                ground: incident.ground.clone(),
                first_seen: incident.first_seen,
                last_seen: incident.last_seen,
                joined_at: incident.decided_at.at,
                gone_at: None,
                inherited: false,
            },
            latest: without_pictures(incident),
            lost: false,
        }
    }

    /// Whether its view sees it, as far as anybody knows.
    pub(super) fn stands(&self) -> bool {
        !self.lost && self.witness.gone_at.is_none()
    }

    /// Whether it is the view of the incident.
    pub(super) fn is_of(&self, incident: &Incident) -> bool {
        self.witness.camera == incident.camera && self.witness.view == incident.view
    }

    /// Whether it is what the other one's view sees itself.
    fn is_beside(&self, other: &Self) -> bool {
        self.stands() && self.is_of(&other.latest)
    }

    /// Whether its view has seen it since that moment, beyond the doubt of both clocks.
    fn has_seen_since(&self, moment: CapturedAt) -> bool {
        let last = self.witness.last_seen;
        let doubt_ms = i64::from(last.uncertainty_ms) + i64::from(moment.uncertainty_ms);
        last.at.millis_since(moment.at) >= doubt_ms
    }

    /// What the scene has now.
    pub(super) fn update(&mut self, open: &OpenIncident) {
        if open.last_seen.at > self.witness.last_seen.at {
            self.witness.last_seen = open.last_seen;
            self.witness.bbox = open.bbox;
        }
        if open.ground.is_some() {
            self.witness.ground.clone_from(&open.ground);
        }
    }

    /// What the scene says.
    pub(super) fn hear(&mut self, incident: &Incident) {
        self.latest = without_pictures(incident);
        self.witness.bbox = incident.bbox;
        self.witness.last_seen = incident.last_seen.max(self.witness.last_seen);
        if incident.ground.is_some() {
            self.witness.ground.clone_from(&incident.ground);
        }
        if matches!(
            incident.change,
            IncidentChange::Closed | IncidentChange::Reoccupied
        ) {
            self.witness.gone_at = Some(incident.decided_at.at);
        }
    }
}

/// How a case ended.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) at: Wall,
    /// Another thing stands there: it is over for good.
    reoccupied: bool,
    /// For so long it may go on, in milliseconds.
    merge_ms: i64,
    /// When any view saw it last, and how far off that may be.
    seen: CapturedAt,
}

impl End {
    /// By the change that ended it.
    pub(super) fn new(told: &Incident) -> Self {
        let witnesses = told.witnesses.iter().map(|witness| witness.last_seen);
        Self {
            at: told.decided_at.at,
            reoccupied: told.change == IncidentChange::Reoccupied,
            merge_ms: bounds(told.class).1,
            seen: witnesses.fold(told.last_seen, CapturedAt::max),
        }
    }

    /// Whether it may go on at all.
    pub(super) fn is_within(&self, now: Wall) -> bool {
        !self.reoccupied && now.millis_since(self.at) <= self.merge_ms
    }

    /// Whether a view that was blind when it ended, and looks again, shows that it goes on.
    pub(super) fn lets_go_on(&self, seen: &Seen) -> bool {
        !self.reoccupied && !seen.witness.inherited && seen.witness.last_seen.at > self.at
    }

    /// Whether what opens is the case, going on: its stay began before the case ended, or its view cannot know whether it did. A
    /// view that saw the place without it, or saw the case's thing leave, speaks of another stay.
    pub(super) fn may_go_on(&self, case: &Case, incident: &Incident, looked: Option<Wall>) -> bool {
        let saw_it_go = |seen: &Seen| seen.is_of(incident) && seen.witness.gone_at.is_some();
        let doubt_ms = i64::from(self.seen.uncertainty_ms);
        let saw_it_empty = looked.is_some_and(|looked| looked.millis_since(self.seen.at) > doubt_ms);
        self.is_within(incident.decided_at.at) && !saw_it_empty && !case.witnesses.iter().any(saw_it_go)
    }
}

/// A case and its views, the one that opened it first.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// As it opened, without pictures.
    opened: Incident,
    reach_m: f64,
    /// Never empty.
    pub(super) witnesses: Vec<Seen>,
    pub(super) ended: Option<End>,
}

impl Case {
    pub(super) fn new(incident: &Incident) -> Self {
        Self {
            opened: without_pictures(incident),
            reach_m: reach_m(incident),
            witnesses: vec![Seen::new(incident)],
            ended: None,
        }
    }

    pub(super) fn key(&self) -> &Arc<str> {
        &self.opened.key
    }

    /// The ground it stands on.
    pub(super) fn frame(&self) -> Option<&FrameId> {
        self.witnesses
            .iter()
            .find_map(|seen| seen.witness.ground.as_ref().map(|place| &place.frame))
    }

    /// The camera that opened it.
    pub(super) fn opener(&self) -> &CameraId {
        self.witnesses
            .first()
            .map_or(&self.opened.camera, |seen| &seen.witness.camera)
    }

    /// The change as the case's own, by what one of its views says.
    pub(super) fn tell(&self, of_view: Incident, change: IncidentChange) -> Incident {
        let witnesses = if self.witnesses.len() > 1 {
            self.witnesses.iter().map(|seen| seen.witness.clone()).collect()
        } else {
            Vec::new()
        };
        Incident {
            key: Arc::clone(self.key()),
            change,
            first_seen: self.opened.first_seen,
            due: self.opened.due,
            supersedes: self.opened.supersedes.clone(),
            also: self.opened.also.clone(),
            witnesses,
            ..of_view
        }
    }

    /// How far from it something of its class stands that may be the same thing; nothing where it cannot be.
    pub(super) fn metres_within_reach(&self, incident: &Incident, place: &GroundPlace) -> Option<f64> {
        if self.opened.class != incident.class {
            return None;
        }
        let reach_m = self.reach_m.max(reach_m(incident));
        let counts = |seen: &&Seen| self.ended.is_some() || seen.stands();
        let within = |seen: &Seen| {
            let of = seen.witness.ground.as_ref()?;
            let metres = of.metres_to(place)?;
            let near = metres <= reach_m + of.doubt_m(place) || is_one_front(&seen.witness, incident);
            near.then_some(metres)
        };
        let metres = self.witnesses.iter().filter(counts).filter_map(within);
        metres.min_by(f64::total_cmp)
    }

    /// Whether an ended case may still go on, or be told as what stood before: a view that came late speaks of it, too.
    pub(super) fn is_remembered(&self, now: Wall) -> bool {
        let gone = self.witnesses.iter().filter_map(|seen| seen.witness.gone_at);
        let over = |end: &End| now.millis_since(gone.fold(end.at, Wall::max)) > end.merge_ms;
        self.witnesses.iter().any(Seen::stands) || !self.ended.as_ref().is_some_and(over)
    }

    /// The view that saw the place empty last, and when.
    pub(super) fn emptied(&self) -> Option<(usize, Wall)> {
        let gone = |(i, seen): (usize, &Seen)| Some((i, seen.witness.gone_at.filter(|_| !seen.lost)?));
        self.witnesses
            .iter()
            .enumerate()
            .filter_map(gone)
            .max_by_key(|(i, at)| (*at, *i))
    }

    /// The case whose thing gave its place to this one's.
    pub(super) fn comes_after(&self) -> Option<&Arc<str>> {
        self.opened.supersedes.as_ref()
    }

    /// Hands over the views that take the heir's thing, which has taken the place of its own, for its own.
    pub(super) fn let_go(&mut self, heir: &Self) -> Vec<Seen> {
        let over = self.ended.as_ref().is_some_and(|end| end.reoccupied);
        let mut room = WITNESSES_MAX.saturating_sub(heir.witnesses.len());
        let goes = |seen: &mut Seen| {
            let mistaken = seen.stands() && seen.has_seen_since(heir.opened.first_seen);
            let by_itself = heir.witnesses.iter().any(|other| other.is_beside(seen));
            let goes = over && mistaken && !by_itself && room > 0;
            room -= usize::from(goes);
            goes
        };
        self.witnesses.extract_if(.., goes).collect()
    }
}

/// One shop's front, drawn in two views of a camera, is one case however far its goods stand apart.
fn is_one_front(witness: &Witness, incident: &Incident) -> bool {
    let zone: (&CameraId, &ZoneId) = (&incident.camera, &incident.zone);
    incident.class == ViolationClass::StreetFrontTrading && (&witness.camera, &witness.zone) == zone
}

pub(super) fn without_pictures(incident: &Incident) -> Incident {
    Incident {
        shots: Vec::new(),
        witnesses: Vec::new(),
        ..incident.clone()
    }
}

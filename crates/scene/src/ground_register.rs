//! The ground register: one case for one violation, however many views see it.
//!
//! Every view judges by itself, and what it opens is an *incident of that view*. Where views are measured into one frame, this is
//! where incidents of one class that stand in one place become one case: the view that opened first gives it its key, the
//! others are its witnesses. A witness' incident opens no second case; it goes on by itself in its own scene and keeps the case
//! open while it stands.
//!
//! A case ends when a view has seen its place empty and no other view still sees the thing. A view that has gone blind neither
//! clears nor keeps: it is waited for during [`BLIND_MS`], then the views that look decide. When such a view comes back and still
//! shows the thing, the case goes on. Where any view sees another thing in its place (`reoccupied`) the case is over, and what
//! stands there becomes one new case for all views together.
//!
//! It takes the looks of all cameras in the order of captured-at ([`Arrivals`]), so that cases do not depend on which worker or
//! shard was faster. Pure: what it is given is all that it knows. Not for: judging pictures, dwell or zones (`view_scene`), and
//! not for views without a frame, whose incidents pass unchanged.
//!
//! Bounded by [`CASES_MAX`] cases of [`WITNESSES_MAX`] witnesses; what finds no room is counted and passes unmerged.

mod arrivals;
mod case;
mod inheritance;
mod takeover;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use curbwatch_types::{
    Appearance, CameraId, CapturedAt, Findings, FrameId, GroundPlace, Incident, IncidentChange, Reason,
    ViewId, Wall, Witness,
};

use crate::{CameraScene, OpenIncident};
pub use arrivals::Arrivals;
use case::{Case, End, Looked, Seen};

/// Cases held, those that may go on again among them: some days of a district's that several cameras see.
const CASES_MAX: usize = 8192;
/// Views held of one case.
const WITNESSES_MAX: usize = 8;
/// A view without a usable look for longer is blind, in milliseconds: two rounds of a five-minute patrol.
const BLIND_MS: i64 = 600_000;
/// How often ended cases are looked through, in milliseconds.
const SWEEP_MS: i64 = 60_000;

/// A look at a camera that shares its ground, after its scene has judged it.
#[derive(Debug, Clone)]
pub struct GroundLook {
    /// The camera.
    pub camera: CameraId,
    /// The view that it showed and the frame of that; nothing where it judged nothing.
    pub view: Option<(ViewId, FrameId)>,
    /// When.
    pub at: CapturedAt,
    /// What the scene decided.
    pub incidents: Vec<Incident>,
    /// Of incidents that open, by key: the view's latest look before the one that showed it first.
    pub looked_before: Vec<(Arc<str>, Wall)>,
    /// The camera's incidents that stand open after it.
    pub open: Vec<OpenIncident>,
    /// What the scene has to say for the record.
    pub findings: Findings,
}

/// What is told of a look once every earlier one is known.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The camera.
    pub camera: CameraId,
    /// Changes of cases, with what the thing looks like to the view that speaks.
    pub incidents: Vec<(Incident, Option<Appearance>)>,
    /// The record, with cases by the keys they have outside.
    pub findings: Findings,
}

/// What became of incidents of views.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroundCounts {
    /// Opened a case.
    pub opened: u64,
    /// Became a further view of a case that stood open.
    pub joined: u64,
    /// Made a case that had ended go on.
    pub resumed: u64,
    /// Found no room, and pass unmerged.
    pub over_bound: u64,
}

/// The cases of all ground that views share.
#[derive(Debug, Clone, Default)]
pub struct GroundRegister {
    cases: BTreeMap<Arc<str>, Case>,
    /// Incidents of views and the cases that they are.
    case_of: BTreeMap<Arc<str>, Arc<str>>,
    /// The latest usable look of each view, by frame.
    looked: BTreeMap<FrameId, Looked>,
    /// The first look since the process began: before it nobody was blind.
    began: Option<Wall>,
    swept: Option<Wall>,
    counts: GroundCounts,
}

impl GroundLook {
    /// What is told of it where the camera shares no ground.
    pub fn by_itself(self) -> Settled {
        let appearance = |key: &Arc<str>| {
            let open = self.open.iter().find(|one| one.key == *key);
            open.and_then(|one| one.appearance.clone())
        };
        let told = self.incidents.into_iter().map(|incident| {
            let seen = appearance(&incident.key);
            (incident, seen)
        });
        Settled {
            incidents: told.collect(),
            camera: self.camera,
            findings: self.findings,
        }
    }
}

impl CameraScene {
    /// Whose it is.
    pub fn camera(&self) -> &CameraId {
        &self.camera
    }

    /// Whether one of its views shares its ground.
    pub fn shares_ground(&self) -> bool {
        !self.options.frames.is_empty()
    }

    /// The look at `at`, which has just been observed, as the ground register takes it.
    pub fn ground_look(&mut self, at: CapturedAt, incidents: Vec<Incident>) -> GroundLook {
        let shown = &self.views[self.now];
        let frame = shown.options.frames.first().map(|(_, frame)| frame.id.clone());
        let view = shown.zones.view().filter(|_| shown.seen_at == Some(at.at));
        let before = |incident: &Incident| {
            let view = &self.views[self.view_of(&incident.view)?];
            let looked = view.looked.before(incident.first_seen.at)?;
            Some((Arc::clone(&incident.key), looked))
        };
        let opened = incidents
            .iter()
            .filter(|one| one.change == IncidentChange::Opened);
        GroundLook {
            looked_before: opened.filter_map(before).collect(),
            camera: self.camera.clone(),
            view: view.cloned().zip(frame),
            at,
            // Asked for with every look where ground is shared; else only for what opens.
            open: if self.shares_ground() || !incidents.is_empty() {
                self.open_incidents()
            } else {
                Vec::new()
            },
            incidents,
            findings: self.findings(),
        }
    }
}

impl GroundRegister {
    /// Takes the next look; answers with what is told of it.
    pub fn settle(&mut self, look: GroundLook) -> Settled {
        let now = look.at.at;
        self.began.get_or_insert(now);
        let mut told = Vec::new();
        if let Some((view, frame)) = &look.view {
            self.see(&look, (view, frame), &mut told);
            self.inherit(look.at, &mut told);
        }
        for incident in look.incidents {
            let closed = incident.change == IncidentChange::Closed;
            let before = look.looked_before.iter().find(|(key, _)| *key == incident.key);
            let local = Arc::clone(&incident.key);
            told.extend(self.hear(incident, before.map(|(_, at)| *at)));
            if closed {
                self.close(look.at, &mut told);
                told.extend(self.gone_from_a_view(local, look.at));
            }
        }
        self.close(look.at, &mut told);
        self.sweep(now);
        let mut findings = look.findings;
        for finding in &mut findings.places {
            if let Reason::Case { key } = &finding.reason
                && let Some(case) = self.case_of(key).filter(|case| *case != key)
            {
                let opener = self.cases.get(case).map(Case::opener);
                finding.reason = Reason::SameCase {
                    key: Arc::clone(case),
                    camera: opener.unwrap_or(&look.camera).clone(),
                };
            }
        }
        let appearance = |local: &Arc<str>| {
            let open = look.open.iter().find(|one| one.key == *local);
            open.and_then(|one| one.appearance.clone())
        };
        let incidents = told.into_iter().map(|(local, incident)| {
            let seen = appearance(&local);
            (incident, seen)
        });
        Settled {
            camera: look.camera,
            incidents: incidents.collect(),
            findings,
        }
    }

    /// The case that an incident of a view is.
    pub fn case_of(&self, local: &str) -> Option<&Arc<str>> {
        self.case_of.get(local)
    }

    /// The view to ask about a case: the one that carries it.
    pub fn to_ask(&self, case: &str, now: Wall) -> Option<&Witness> {
        let case = self.cases.get(case)?;
        Some(&case.witnesses.get(self.carrier(case, now)?)?.witness)
    }

    /// The camera is watched no more: it neither clears nor keeps.
    pub fn leave(&mut self, camera: &CameraId) {
        for looked in self.looked.values_mut() {
            looked.retain(|(of, _), _| of != camera);
        }
        for case in self.cases.values_mut() {
            for seen in case
                .witnesses
                .iter_mut()
                .filter(|seen| seen.witness.camera == *camera)
            {
                seen.lost |= seen.stands();
            }
        }
        self.drop_the_lost();
    }

    /// What became of incidents of views since the process began.
    pub fn counts(&self) -> GroundCounts {
        self.counts
    }

    /// Cases that are held.
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// What the look says of the incidents that its view has seen before.
    fn see(
        &mut self,
        look: &GroundLook,
        (view, frame): (&ViewId, &FrameId),
        told: &mut Vec<(Arc<str>, Incident)>,
    ) {
        let now = look.at.at;
        let here = (look.camera.clone(), view.clone());
        let looked = self.looked.entry(frame.clone()).or_default();
        let latest = looked.entry(here).or_insert(now);
        *latest = now.max(*latest);
        let open: BTreeMap<&str, &OpenIncident> = look.open.iter().map(|one| (&*one.key, one)).collect();
        let spoken: BTreeSet<&str> = look.incidents.iter().map(|incident| &*incident.key).collect();
        let mut lost = false;
        for case in self.cases.values_mut().filter(|case| case.frame() == Some(frame)) {
            let mut comes_back = None;
            for (i, seen) in case.witnesses.iter_mut().enumerate() {
                if seen.witness.camera != look.camera || !seen.stands() {
                    continue;
                }
                if let Some(open) = open.get(&*seen.witness.key) {
                    seen.update(open);
                    let back = case.ended.as_ref().is_some_and(|end| end.lets_go_on(seen));
                    comes_back = comes_back.or(back.then_some(i));
                } else if seen.witness.view == *view && !spoken.contains(&*seen.witness.key) {
                    // Its zone is gone, or it was taken into another place of the view: nobody says that it is cleared.
                    seen.lost = true;
                    lost = true;
                }
            }
            if let Some(i) = comes_back {
                case.ended = None;
                self.counts.resumed += 1;
                if spoken.contains(&*case.witnesses[i].witness.key) {
                    continue; // it says so itself
                }
                let seen = &case.witnesses[i];
                let mut again = seen.latest.clone();
                again.bbox = seen.witness.bbox;
                again.last_seen = seen.witness.last_seen;
                again.decided_at = look.at;
                told.push((
                    Arc::clone(&seen.witness.key),
                    case.tell(again, IncidentChange::Still),
                ));
            }
        }
        if lost {
            self.drop_the_lost();
        }
    }

    /// What an incident of a view means for its case; the answer is what is told, with the incident's own key. `looked` is the view's
    /// look before what opens was seen first.
    fn hear(&mut self, mut incident: Incident, looked: Option<Wall>) -> Option<(Arc<str>, Incident)> {
        let local = Arc::clone(&incident.key);
        if let Some(case) = incident.supersedes.as_ref().and_then(|old| self.case_of(old)) {
            incident.supersedes = Some(Arc::clone(case));
        }
        if incident.change == IncidentChange::Opened {
            let told = match incident.ground.clone() {
                Some(place) => self.open(incident, &place, looked),
                None => incident,
            };
            return Some((local, told));
        }
        let Some(key) = self.case_of.get(&local).cloned() else {
            return Some((local, incident));
        };
        let now = incident.decided_at.at;
        let carrier = self.cases.get(&key).and_then(|case| self.carrier(case, now));
        let case = self.cases.get_mut(&key)?;
        let i = case.witnesses.iter().position(|seen| seen.witness.key == local)?;
        let seen = &mut case.witnesses[i];
        let inherited = seen.witness.inherited;
        seen.hear(&incident);
        match incident.change {
            IncidentChange::Still if case.ended.is_none() && carrier == Some(i) => {
                Some((local, case.tell(incident, IncidentChange::Still)))
            }
            // Whoever went on with the case from the one before has learned late that this is another thing.
            IncidentChange::Reoccupied if case.ended.is_none() && !inherited => {
                let told = case.tell(incident, IncidentChange::Reoccupied);
                case.ended = Some(End::new(&told));
                Some((local, told))
            }
            _ => None,
        }
    }

    /// A view saw its thing go, and the case goes on: it says so, and when, so that the next process knows it, too.
    fn gone_from_a_view(&self, local: Arc<str>, now: CapturedAt) -> Option<(Arc<str>, Incident)> {
        let case = self.cases.get(self.case_of(&local)?)?;
        let held = case.witnesses.iter().any(|seen| seen.witness.key == local);
        let carrier = self
            .carrier(case, now.at)
            .filter(|_| held && case.ended.is_none())?;
        let mut goes_on = case.witnesses[carrier].latest.clone();
        goes_on.decided_at = now;
        Some((local, case.tell(goes_on, IncidentChange::Still)))
    }

    /// An incident of a view opens: a case, or a further view of one.
    fn open(&mut self, incident: Incident, place: &GroundPlace, looked: Option<Wall>) -> Incident {
        match self.same(&incident, place, looked) {
            Some(case) => self.join(&case, incident),
            None => self.begin(incident),
        }
    }

    /// The case that the incident is, if it is one: among those that stand open the nearest one, else among those that may go on.
    fn same(&self, incident: &Incident, place: &GroundPlace, looked: Option<Wall>) -> Option<Arc<str>> {
        let now = incident.decided_at.at;
        let known = self.case_of.get(&incident.key);
        if let Some((key, case)) = known.and_then(|key| self.cases.get_key_value(key))
            && case.ended.as_ref().is_none_or(|end| end.is_within(now))
        {
            return Some(Arc::clone(key)); // decided again after a restart
        }
        let candidate = |(key, case): (&Arc<str>, &Case)| {
            let metres = case.metres_within_reach(incident, place)?;
            let goes_on = match &case.ended {
                None => true,
                Some(end) => end.may_go_on(case, incident, looked),
            };
            let by_itself = |seen: &Seen| seen.is_of(incident) && seen.stands();
            let apart = case.witnesses.iter().any(by_itself);
            (goes_on && !apart).then(|| (case.ended.is_some(), metres, Arc::clone(key)))
        };
        let nearest = self.cases.iter().filter_map(candidate);
        let nearest = nearest.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        nearest.map(|(_, _, key)| key)
    }

    /// The incident is a further view of the case, which says so with the view's pictures.
    fn join(&mut self, key: &Arc<str>, incident: Incident) -> Incident {
        let Some(case) = self.cases.get_mut(key) else {
            return incident;
        };
        let (now, resumed) = (incident.decided_at.at, case.ended.take().is_some());
        if resumed {
            self.counts.resumed += 1;
        } else {
            self.counts.joined += 1;
        }
        self.case_of.insert(Arc::clone(&incident.key), Arc::clone(key));
        let seen = Seen::new(&incident);
        match case
            .witnesses
            .iter()
            .position(|known| known.witness.key == incident.key)
        {
            Some(i) => case.witnesses[i] = seen,
            None if case.witnesses.len() < WITNESSES_MAX => case.witnesses.push(seen),
            None => match case.witnesses.iter().rposition(|known| !known.stands()) {
                // The first one is whose key it has.
                Some(i) if i > 0 => {
                    self.case_of.remove(&case.witnesses[i].witness.key);
                    case.witnesses[i] = seen;
                }
                _ => self.counts.over_bound += 1,
            },
        }
        let case = &self.cases[key];
        let carried = self.carrier(case, now).map(|i| &case.witnesses[i]);
        let told = match carried.filter(|carrier| carrier.witness.key != incident.key) {
            Some(carrier) => Incident {
                decided_at: incident.decided_at,
                last_seen: carrier.latest.last_seen.max(incident.last_seen),
                shots: incident.shots,
                ..carrier.latest.clone()
            },
            None => incident,
        };
        case.tell(told, IncidentChange::Still)
    }

    /// The incident is a case of its own.
    fn begin(&mut self, incident: Incident) -> Incident {
        if self.cases.len() >= CASES_MAX && !self.make_room() {
            self.counts.over_bound += 1;
            return incident;
        }
        self.counts.opened += 1;
        let key = Arc::clone(&incident.key);
        self.case_of.insert(Arc::clone(&key), Arc::clone(&key));
        self.cases.insert(Arc::clone(&key), Case::new(&incident));
        self.hand_over(&key, incident.decided_at.at);
        match self.cases.get(&key) {
            Some(case) => case.tell(incident, IncidentChange::Opened),
            None => incident,
        }
    }

    /// Ends the cases whose place a view has seen empty, and which no view that looks still sees.
    fn close(&mut self, now: CapturedAt, told: &mut Vec<(Arc<str>, Incident)>) {
        let over = |case: &Case| -> Option<usize> {
            let (i, gone_at) = case.emptied().filter(|_| case.ended.is_none())?;
            let kept = |seen: &&Seen| {
                let blind = self.is_blind(seen, now.at);
                seen.stands() && !(blind && seen.witness.last_seen.at <= gone_at)
            };
            case.witnesses.iter().find(kept).is_none().then_some(i)
        };
        let ending = self
            .cases
            .iter()
            .filter_map(|(key, case)| Some((Arc::clone(key), over(case)?)));
        for (key, i) in ending.collect::<Vec<_>>() {
            if let Some(case) = self.cases.get_mut(&key) {
                let mut closing = case.witnesses[i].latest.clone();
                let local = std::mem::replace(&mut closing.key, Arc::clone(&key));
                closing.decided_at = closing.decided_at.max(now);
                let closed = case.tell(closing, IncidentChange::Closed);
                case.ended = Some(End::new(&closed));
                told.push((local, closed));
            }
        }
    }

    /// The view that speaks for a case: the first of those that see it and are not blind, else the first that saw it last.
    fn carrier(&self, case: &Case, now: Wall) -> Option<usize> {
        let find = |wanted: &dyn Fn(&Seen) -> bool| case.witnesses.iter().position(wanted);
        find(&|seen| seen.stands() && !self.is_blind(seen, now))
            .or_else(|| find(&Seen::stands))
            .or_else(|| find(&|_| true))
    }

    fn is_blind(&self, seen: &Seen, now: Wall) -> bool {
        let view = (seen.witness.camera.clone(), seen.witness.view.clone());
        let frame = seen.witness.ground.as_ref().map(|place| &place.frame);
        let looked = frame.and_then(|frame| self.looked.get(frame)?.get(&view).copied());
        looked
            .or(self.began)
            .is_none_or(|looked| now.millis_since(looked) > BLIND_MS)
    }

    /// Forgets what ended too long ago to go on.
    fn sweep(&mut self, now: Wall) {
        if self.swept.is_some_and(|swept| now.millis_since(swept) < SWEEP_MS) {
            return;
        }
        self.swept = Some(now);
        self.retain(|case| case.ended.is_none() || case.is_remembered(now));
    }

    /// Nobody speaks for these any more, and nobody has seen them go.
    fn drop_the_lost(&mut self) {
        self.retain(|case| case.ended.is_some() || !case.witnesses.iter().all(|seen| seen.lost));
    }

    /// Forgets the case that ended first; `false` where all stand open.
    fn make_room(&mut self) -> bool {
        let ended = self
            .cases
            .iter()
            .filter_map(|(key, case)| Some((case.ended.as_ref()?.at, key)));
        let Some(first) = ended.min().map(|(_, key)| Arc::clone(key)) else {
            return false;
        };
        self.retain(|case| case.key() != &first);
        true
    }

    fn retain(&mut self, keep: impl Fn(&Case) -> bool) {
        let before = self.cases.len();
        self.cases.retain(|_, case| keep(case));
        if self.cases.len() < before {
            let cases = &self.cases;
            self.case_of.retain(|_, case| cases.contains_key(case));
        }
    }
}

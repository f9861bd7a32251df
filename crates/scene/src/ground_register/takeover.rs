//! What a process before this one left of shared ground: the cases as the store has them, and what the scenes remember of them.

use std::sync::Arc;

use curbwatch_types::{CameraId, Incident, IncidentChange};

use super::case::{Case, End, Seen};
use super::{CASES_MAX, GroundRegister};
use crate::CameraScene;

impl GroundRegister {
    /// Takes up a case of the store, by its latest change and with its witnesses; one without a place on the ground is passed over,
    /// those beyond the bound, and one that is known.
    pub fn adopt(&mut self, case: &Incident) {
        if self.cases.len() >= CASES_MAX || self.cases.contains_key(&case.key) {
            return;
        }
        let placed = case.ground.is_some() || case.witnesses.iter().any(|witness| witness.ground.is_some());
        if !placed {
            return;
        }
        let mut adopted = Case::new(case);
        if !case.witnesses.is_empty() {
            let seen = |witness: &curbwatch_types::Witness| {
                let as_seen = Incident {
                    key: Arc::clone(&witness.key),
                    camera: witness.camera.clone(),
                    view: witness.view.clone(),
                    zone: witness.zone.clone(),
                    bbox: witness.bbox,
                    ground: witness.ground.clone(),
                    first_seen: witness.first_seen,
                    last_seen: witness.last_seen,
                    ..case.clone()
                };
                Seen {
                    witness: witness.clone(),
                    ..Seen::new(&as_seen)
                }
            };
            adopted.witnesses = case.witnesses.iter().map(seen).collect();
        }
        if matches!(case.change, IncidentChange::Closed | IncidentChange::Reoccupied) {
            adopted.ended = Some(End::new(case));
            if case.witnesses.is_empty() {
                adopted.witnesses[0].witness.gone_at = Some(case.decided_at.at);
            }
        }
        adopted
            .witnesses
            .retain(|seen| self.went_over_to(seen, &case.key));
        for seen in &adopted.witnesses {
            self.case_of
                .insert(Arc::clone(&seen.witness.key), Arc::clone(&case.key));
        }
        self.cases.insert(Arc::clone(&case.key), adopted);
    }

    /// A case that ended was told before the view went over to the one after it: of two that have it the later word counts. Whether
    /// that is this case's; the other one lets it go then.
    fn went_over_to(&mut self, seen: &Seen, case: &str) -> bool {
        let key = &seen.witness.key;
        let Some(other) = self.case_of.get(key).and_then(|other| self.cases.get_mut(other)) else {
            return true;
        };
        let since = |seen: &Seen| (seen.witness.joined_at, seen.witness.inherited);
        let there = other.witnesses.iter().find(|seen| seen.witness.key == *key);
        let here = there.is_none_or(|there| since(there) <= since(seen));
        if here && &**other.key() != case {
            other.witnesses.retain(|seen| seen.witness.key != *key);
        }
        here
    }

    /// After the cases: what a camera's scene remembers of them. What it does not follow any more it had seen go.
    pub fn reconcile(&mut self, camera: &CameraId, scene: &CameraScene) {
        for view in &scene.views {
            let frame = view.options.frames.first();
            if let (Some(name), Some(at), Some((_, frame))) = (view.zones.view(), view.seen_at, frame) {
                let looked = self.looked.entry(frame.id.clone()).or_default();
                looked.insert((camera.clone(), name.clone()), at);
            }
        }
        let Some(taken_at) = scene.last_at else { return };
        let open = scene.open_incidents();
        for seen in self.cases.values_mut().flat_map(|case| &mut case.witnesses) {
            if seen.witness.camera != *camera {
                continue;
            }
            match open.iter().find(|one| one.key == seen.witness.key) {
                Some(followed) => {
                    seen.update(followed);
                    seen.lost = false; // it had left, and is back
                }
                None if seen.stands() => seen.witness.gone_at = Some(taken_at),
                None => {}
            }
        }
    }
}

//! A group and the case that stands open for it: what the store says of it at a restart, and what is kept of it.

use std::collections::VecDeque;
use std::sync::Arc;

use curbwatch_types::{BBox, Point, ViolationClass};

use super::{Group, lies_in};
use crate::OpenIncident;
use crate::anchor::Opened;
use crate::footing::Shared;

impl Group {
    /// The group of an incident that a former process opened.
    pub(crate) fn adopted(id: u64, hull: BBox, incident: OpenIncident) -> Self {
        Self {
            id,
            members: Vec::new(),
            hull,
            shown: incident.bbox,
            onset: Some(incident.first_seen),
            last_seen: incident.last_seen,
            present_looks: incident.present_looks,
            best_score: incident.best_score,
            extent: 0.0,
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
            adopted: true,
            first_shot: None,
            last_shot: None,
            trace: None,
            also: Vec::new(),
        }
    }

    /// What the store says of its case, or of the case that it turns out to be; what was seen later here stays.
    pub(crate) fn hear(&mut self, hull: BBox, incident: &OpenIncident, tended: bool) {
        let said = self.opened.as_ref().map(|opened| opened.said);
        if self.onset.is_none() {
            self.hull = hull;
            self.shown = incident.bbox;
        }
        if said.is_none() {
            for member in &mut self.members {
                member.trusted |= lies_in(&member.last, &hull);
                member.tended |= member.trusted && tended;
            }
        }
        self.opened = Some(Opened {
            key: Arc::clone(&incident.key),
            view: incident.view.clone(),
            zone: incident.zone.clone(),
            due: incident.due,
            said: said.max(Some(incident.last_seen.at)).unwrap_or(incident.due),
            also: incident.also.clone(),
        });
        self.onset = Some(incident.first_seen);
        self.last_seen = self.last_seen.max(incident.last_seen);
        self.present_looks = self.present_looks.max(incident.present_looks);
        if incident.best_score > self.best_score {
            self.best_score = incident.best_score;
        }
        self.supersedes.clone_from(&incident.supersedes);
    }

    /// Whether a case of this hull, which opened after the memory was laid by, is what was waiting here.
    pub(crate) fn became(&self, hull: &BBox, incident: &OpenIncident) -> bool {
        self.opened.is_none()
            && (self.onset.is_some_and(|onset| onset.at == incident.first_seen.at)
                || self.members.iter().any(|member| {
                    member.first_seen.at <= incident.last_seen.at && lies_in(&member.last, hull)
                }))
    }

    /// As it is to be kept over a restart; `None` when no incident stands open.
    pub(crate) fn open_incident(
        &self,
        class: ViolationClass,
        offset: Point,
        shared: Option<Shared<'_>>,
    ) -> Option<OpenIncident> {
        let (opened, onset) = (self.opened.clone()?, self.onset?);
        Some(OpenIncident {
            key: opened.key,
            class,
            view: opened.view,
            zone: opened.zone,
            bbox: self.hull.moved(offset),
            first_seen: onset,
            due: opened.due,
            last_seen: self.last_seen,
            present_looks: self.present_looks,
            best_score: self.best_score,
            supersedes: self.supersedes.clone(),
            also: opened.also,
            appearance: None,
            ground: shared.and_then(|s| s.place(class, self.hull.ground_contact(), &self.hull)),
        })
    }
}

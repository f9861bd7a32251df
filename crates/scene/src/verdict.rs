//! From groups to incidents: what opens, goes on, ends. The counterpart of `life_cycle` for groups; a
//! group is never reoccupied: another display in the same spot is the same violation.

use std::sync::Arc;

use curbwatch_types::{CameraId, Incident, IncidentChange, ResolvedRule, Shot};

use crate::anchor::Opened;
use crate::camera_scene::Now;
use crate::group::Group;
use crate::key::incident_key;
use crate::wanted::Wanted;
use crate::watch::Watch;
use crate::zone_map::ZoneMap;

/// Where a watch decides.
pub(crate) struct Bench<'a> {
    pub(crate) camera: &'a CameraId,
    pub(crate) zones: &'a ZoneMap,
    pub(crate) now: &'a Now<'a>,
}

impl Watch {
    /// What follows from the groups as they are now, in their order. `others` are the groups of the other
    /// rules, with whether they go before this one.
    pub(crate) fn decide(&mut self, bench: &Bench<'_>, others: &[(bool, &Group)]) -> Vec<Incident> {
        let mut incidents = Vec::new();
        for i in 0..self.groups.len() {
            let now = bench.now.at.at;
            if self.groups[i].is_vacant(now, self.options.vacant_secs) {
                if let Some(opened) = self.groups[i].opened.clone() {
                    let (group, closed) = (&self.groups[i], IncidentChange::Closed);
                    incidents.push(self.incident(bench, group, &opened, closed, Vec::new()));
                    // What is left over (two bicycles of five) begins anew, now.
                    self.groups[i].members.clear();
                }
                if self.groups[i].onset.is_some() {
                    self.groups[i].reset();
                }
                continue;
            }
            let group = &self.groups[i];
            if let Some(opened) = self.ripe(bench, group).filter(|_| !self.is_theirs(group, others)) {
                incidents.push(self.incident(bench, group, &opened, IncidentChange::Opened, group.shots()));
                self.groups[i].opened = Some(opened);
                for member in &mut self.groups[i].members {
                    member.settle_company(&self.options);
                }
            } else if let Some(incident) = self.repeated(bench, group) {
                incidents.push(incident);
                if let Some(opened) = &mut self.groups[i].opened {
                    opened.said = now;
                }
            }
        }
        incidents
    }

    /// Whether the group's things are another rule's case already, or those of a rule that goes before.
    fn is_theirs(&self, group: &Group, others: &[(bool, &Group)]) -> bool {
        others.iter().any(|(before, other)| {
            let has_them = other.opened.is_some() || (*before && other.onset.is_some());
            has_them && group.is_made_of(other, &self.options)
        })
    }

    /// What would open if this group has stood for its dwell.
    fn ripe(&self, bench: &Bench<'_>, group: &Group) -> Option<Opened> {
        let options = &self.options;
        let onset = group.onset?.at;
        let zone = bench
            .zones
            .enforced(&self.rule.rule, group.anchored_at(self.rule, options)?)?;
        let dwell_ms = i64::from(zone.dwell_secs.unwrap_or(options.dwell_secs)) * 1000;
        let stood_ms = group.last_seen.at.millis_since(onset);
        let enough = group.opened.is_none()
            && group.last_seen.at == bench.now.at.at
            && group.present_looks >= options.present_looks_min
            && group.best_score.get() >= options.open_score_min
            && group.occupancy() >= options.occupancy_min
            && group.is_company_right(self.rule.company, options)
            && stood_ms >= dwell_ms.max(i64::from(options.stationary_secs) * 1000);
        enough.then(|| Opened {
            key: incident_key(
                bench.camera,
                self.rule.rule.class,
                &zone.view,
                &zone.id,
                onset,
                &group.hull,
            ),
            view: zone.view.clone(),
            zone: zone.id.clone(),
            due: onset.plus_millis(dwell_ms),
            said: bench.now.at.at,
        })
    }

    /// Says again what still stands.
    fn repeated(&self, bench: &Bench<'_>, group: &Group) -> Option<Incident> {
        let opened = group.opened.as_ref()?;
        let now = bench.now.at.at;
        let every_ms = i64::from(self.options.still_every_secs) * 1000;
        let wanted = group.last_seen.at == now && now.millis_since(opened.said) >= every_ms;
        wanted.then(|| self.incident(bench, group, opened, IncidentChange::Still, group.shots()))
    }

    fn incident(
        &self,
        bench: &Bench<'_>,
        group: &Group,
        opened: &Opened,
        change: IncidentChange,
        shots: Vec<Shot>,
    ) -> Incident {
        let options = &self.options;
        Incident {
            key: Arc::clone(&opened.key),
            change,
            class: self.rule.rule.class,
            camera: bench.camera.clone(),
            view: opened.view.clone(),
            zone: opened.zone.clone(),
            bbox: group.shown,
            first_seen: group.onset.unwrap_or(group.last_seen),
            due: opened.due,
            last_seen: group.last_seen,
            decided_at: bench.now.at,
            present_looks: group.present_looks,
            best_score: group.best_score,
            rule: ResolvedRule {
                stationary_secs: options.stationary_secs,
                dwell_secs: bench.zones.dwell_secs(&opened.zone).unwrap_or(options.dwell_secs),
                min_score: options.keep_score_min,
                present_looks_min: options.present_looks_min,
            },
            model: Arc::clone(&bench.now.observation.model),
            shots,
            supersedes: group.supersedes(),
        }
    }

    /// The looks that would decide something of a group, with places of the base view.
    pub(crate) fn next_due(&self, zones: &ZoneMap) -> Vec<Wanted> {
        let options = &self.options;
        let due_at = |group: &Group| {
            if let Some(since) = group.vacant_since().filter(|_| group.onset.is_some()) {
                let vacant_ms = i64::from(options.vacant_secs) * 1000;
                return group.opened.as_ref().map(|_| since.plus_millis(vacant_ms));
            }
            if group.opened.is_some() {
                return None;
            }
            let began = group.began(self.rule, options)?;
            let zone = zones.enforced(&self.rule.rule, group.anchored_at(self.rule, options)?)?;
            let dwell_secs = zone.dwell_secs.unwrap_or(options.dwell_secs);
            Some(began.plus_millis(i64::from(dwell_secs.max(options.stationary_secs)) * 1000))
        };
        let due = |group: &Group| {
            Some(Wanted {
                at: due_at(group)?,
                place: group.hull,
            })
        };
        self.groups.iter().filter_map(due).collect()
    }
}

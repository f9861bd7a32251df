//! From groups to incidents: what opens, goes on, ends. The counterpart of `life_cycle` for groups; a
//! group is never reoccupied: another display in the same spot is the same violation.

use std::sync::Arc;

use curbwatch_types::{CameraId, CapturedAt, Incident, IncidentChange, LookWhy, ResolvedRule, Shot};

use crate::GroupOptions;
use crate::anchor::Opened;
use crate::dwell::is_over;
use crate::footing::Shared;
use crate::group::Group;
use crate::key::incident_key;
use crate::now::Now;
use crate::tuned::{Resolve, counted_from};
use crate::wanted::Wanted;
use crate::watch::Watch;
use crate::witness::Outcome;
use crate::zone_map::ZoneMap;

/// Where a watch decides.
pub(crate) struct Bench<'a> {
    pub(crate) camera: &'a CameraId,
    pub(crate) zones: &'a ZoneMap,
    pub(crate) now: &'a Now<'a>,
    pub(crate) shared: Option<Shared<'a>>,
}

impl Watch {
    /// What follows from the groups as they are now, in their order. `others` are the groups of the other
    /// rules, with whether they go before this one.
    pub(crate) fn decide(&mut self, bench: &Bench<'_>, others: &[(bool, &Group)]) -> Vec<Incident> {
        let mut incidents = Vec::new();
        for i in 0..self.groups.len() {
            let now = bench.now.at.at;
            let options = self.options_of(bench.zones, &self.groups[i]).clone();
            if self.groups[i].is_vacant(now, options.vacant_secs) {
                match proof(&self.groups[i], bench, &options) {
                    Outcome::Restored => {}
                    Outcome::Stands => {
                        self.groups[i].stands_still();
                        continue;
                    }
                    Outcome::Unclear => continue,
                }
                if let Some(opened) = self.groups[i].opened.clone() {
                    let (group, closed) = (&self.groups[i], IncidentChange::Closed);
                    incidents.push(self.incident(bench, group, &opened, closed, Vec::new()));
                    self.ended.push((opened.key, group.remembered()));
                    // What is left over (two bicycles of five) begins anew, now.
                    self.groups[i].members.clear();
                }
                if self.groups[i].onset.is_some() {
                    self.groups[i].reset();
                }
                continue;
            }
            let group = &self.groups[i];
            if let Some(opened) = self
                .ripe(bench, group)
                .filter(|_| !is_theirs(group, others, &options))
            {
                incidents.push(self.incident(bench, group, &opened, IncidentChange::Opened, group.shots()));
                self.groups[i].opened = Some(opened);
                let witness = bench.now.witness.filter(|_| self.rule.left_behind);
                self.groups[i].settle(&options, witness, now);
            } else if let Some(incident) = self.repeated(bench, group) {
                incidents.push(incident);
                if let Some(opened) = &mut self.groups[i].opened {
                    opened.said = now;
                }
            }
        }
        incidents
    }

    /// What would open if this group has stood for its dwell.
    fn ripe(&self, bench: &Bench<'_>, group: &Group) -> Option<Opened> {
        let onset = group.onset?;
        let at = group.anchored_at(self.rule, self.options_of(bench.zones, group))?;
        let force = bench.zones.force(&self.rule.rule, at).ok()?;
        let (zone, options) = (force.zone, self.options.in_zone(&force.zone.id));
        let dwell_ms = i64::from(options.dwell_secs_in(zone)) * 1000;
        let from = counted_from(onset.at, force.since);
        let enough = group.opened.is_none()
            && group.last_seen.at == bench.now.at.at
            && group.present_looks >= options.present_looks_min
            && group.convinces(options)
            && group.occupancy() >= options.occupancy_min
            && group.is_company_right(self.rule.company, options)
            && group.last_seen.at.millis_since(onset.at) >= i64::from(options.stationary_secs) * 1000
            && is_over(CapturedAt { at: from, ..onset }, group.last_seen, dwell_ms);
        enough.then(|| Opened {
            key: incident_key(
                bench.camera,
                self.rule.rule.class,
                &zone.view,
                &zone.id,
                onset.at,
                &group.hull,
            ),
            view: zone.view.clone(),
            zone: zone.id.clone(),
            due: from.plus_millis(dwell_ms),
            said: bench.now.at.at,
            also: group.also.clone(),
        })
    }

    /// Says again what still stands.
    fn repeated(&self, bench: &Bench<'_>, group: &Group) -> Option<Incident> {
        let opened = group.opened.as_ref()?;
        let now = bench.now.at.at;
        let options = self.options_of(bench.zones, group);
        let every_ms = i64::from(options.still_every_secs) * 1000;
        let is_time = group.last_seen.at == now && now.millis_since(opened.said) >= every_ms;
        // What is allowed for the time being goes on as a case, but does not stand against the rule.
        let forbidden = || {
            let at = group.anchored_at(self.rule, options);
            at.is_none_or(|at| bench.zones.force(&self.rule.rule, at).is_ok())
        };
        (is_time && forbidden())
            .then(|| self.incident(bench, group, opened, IncidentChange::Still, group.shots()))
    }

    fn incident(
        &self,
        bench: &Bench<'_>,
        group: &Group,
        opened: &Opened,
        change: IncidentChange,
        shots: Vec<Shot>,
    ) -> Incident {
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
            rule: self.resolved(bench, group, opened),
            model: Arc::clone(&bench.now.observation.model),
            shots,
            supersedes: group.supersedes(),
            also: opened.also.clone(),
            ground: (bench.shared)
                .and_then(|s| s.place(self.rule.rule.class, group.hull.ground_contact(), &group.hull)),
            witnesses: Vec::new(),
        }
    }

    /// The looks that would decide something of a group, with places of the base view.
    pub(crate) fn next_due(&self, zones: &ZoneMap) -> Vec<Wanted> {
        let due_at = |group: &Group| {
            let options = self.options_of(zones, group);
            if let Some(since) = group.vacant_since().filter(|_| group.onset.is_some()) {
                let vacant_ms = i64::from(options.vacant_secs) * 1000;
                return group.opened.as_ref().map(|_| since.plus_millis(vacant_ms));
            }
            if group.opened.is_some() {
                return None;
            }
            let began = group.began(self.rule, options)?;
            let at = group.anchored_at(self.rule, options)?;
            let force = zones.force(&self.rule.rule, at).ok()?;
            let options = self.options.in_zone(&force.zone.id);
            let dwell_secs = options.dwell_secs_in(force.zone).max(options.stationary_secs);
            let from = counted_from(began, force.since);
            Some(from.plus_millis(i64::from(dwell_secs) * 1000))
        };
        let due = |group: &Group| {
            Some(Wanted {
                at: due_at(group)?,
                place: group.hull,
                why: LookWhy::Due,
            })
        };
        self.groups.iter().filter_map(due).collect()
    }

    /// The rule of a group, for the record.
    fn resolved(&self, bench: &Bench<'_>, group: &Group, opened: &Opened) -> ResolvedRule {
        let options = self.options.in_zone(&opened.zone);
        let rule = options.resolved(bench.zones.zone(&opened.zone));
        let Some(at) = group.anchored_at(self.rule, options) else {
            return rule;
        };
        let force = bench.zones.force(&self.rule.rule, at).ok();
        ResolvedRule {
            conditions: bench.zones.conditions(&self.rule.rule, at),
            in_force_since: force.and_then(|force| force.since),
            ..rule
        }
    }
}

/// Whether a place that is seen without its things is really cleared. Of things left behind the ground must show again;
/// where the second witness knows nothing of the place the detector is believed, and where light keeps it from telling, for
/// as long as a thing may go unseen (`gap_max_secs`) the case stays.
fn proof(group: &Group, bench: &Bench<'_>, options: &GroupOptions) -> Outcome {
    let now = bench.now;
    let told = group.outcome(now.witness).filter(|_| group.opened.is_some());
    match told.unwrap_or(Outcome::Restored) {
        Outcome::Unclear if group.is_vacant(now.at.at, options.gap_max_secs) => Outcome::Restored,
        outcome => outcome,
    }
}

/// Whether the group's things are another rule's case already, or those of a rule that goes before.
fn is_theirs(group: &Group, others: &[(bool, &Group)], options: &GroupOptions) -> bool {
    others.iter().any(|(before, other)| {
        let has_them = other.opened.is_some() || (*before && other.onset.is_some());
        has_them && group.is_made_of(other, options)
    })
}

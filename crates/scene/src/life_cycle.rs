//! From places to incidents: what opens, goes on, ends, or gives its place to another.

use std::sync::Arc;

use curbwatch_types::{CapturedAt, Incident, IncidentChange, Point, ResolvedRule, Shot, Wall, ZoneId};

use crate::RuleOptions;
use crate::anchor::{Anchor, Opened};
use crate::dwell::is_over;
use crate::key::incident_key;
use crate::now::Now;
use crate::tuned::{Resolve, counted_from};
use crate::view_scene::ViewScene;

/// The middles of the fifths of a normal distribution, in standard deviations.
const FIFTHS: [f32; 5] = [-1.28, -0.52, 0.0, 0.52, 1.28];
/// Where else it may meet the ground, in standard deviations.
const ERRORS: [f32; 4] = [-2.0, -1.0, 1.0, 2.0];

impl ViewScene {
    /// What follows from the places as they are now, in the order of the anchors.
    pub(crate) fn decide(&mut self, now: &Now) -> Vec<Incident> {
        let mut incidents = Vec::new();
        self.end_vacant(now, &mut incidents);
        self.replace(now, &mut incidents);
        self.open(now, &mut incidents);
        self.repeat(now, &mut incidents);
        incidents
    }

    /// Drops what has not opened and was not seen for too long to swear that it stood all the while.
    pub(crate) fn forget(&mut self, now: Wall) {
        let mut anchors = std::mem::take(&mut self.anchors);
        anchors.retain(|anchor| {
            let gap_ms = i64::from(self.rule_of(anchor).gap_max_secs) * 1000;
            anchor.opened.is_some() || now.millis_since(anchor.last_seen.at) <= gap_ms
        });
        self.anchors = anchors;
    }

    /// Ends what was seen empty for long enough.
    fn end_vacant(&mut self, now: &Now, incidents: &mut Vec<Incident>) {
        let mut anchors = std::mem::take(&mut self.anchors);
        anchors.retain(|anchor| {
            let options = self.rule_of(anchor);
            let vacant = anchor.is_vacant(now.at.at, options.vacant_secs, options.gap_max_secs);
            if let (true, Some(opened)) = (vacant, &anchor.opened) {
                incidents.push(self.incident(anchor, opened, IncidentChange::Closed, now, Vec::new()));
                self.desk
                    .remember_vehicle(&opened.key, self.rule.class, anchor, now.at.at);
            }
            !vacant
        });
        self.anchors = anchors;
    }

    /// Ends open incidents in whose place something else has come to stand: what was seen as often as what opens.
    fn replace(&mut self, now: &Now, incidents: &mut Vec<Incident>) {
        let mut old = 0;
        while old < self.anchors.len() {
            let anchor = &self.anchors[old];
            let options = self.rule_of(anchor);
            let settle_ms = i64::from(options.stationary_secs.max(options.vacant_secs)) * 1000;
            let succeeds = |new: &Anchor| {
                new.opened.is_none()
                    && new.last_seen.at == now.at.at
                    && new.present_looks >= options.present_looks_min.max(2)
                    && new.stood_millis() >= settle_ms
                    && new.first_seen.at > anchor.last_seen.at
                    && new.in_stead_of(anchor)
            };
            let found = anchor.opened.as_ref().and_then(|opened| {
                let successor = self.anchors.iter().position(succeeds)?;
                Some((successor, opened.clone()))
            });
            let Some((successor, opened)) = found else {
                old += 1;
                continue;
            };
            let another = anchor.vacant_since().is_some() || anchor.unlike(&self.anchors[successor]);
            if another {
                let mut shots: Vec<Shot> = anchor.shots();
                shots.extend(self.anchors[successor].last_shot.clone());
                let mut ended = self.incident(anchor, &opened, IncidentChange::Reoccupied, now, shots);
                ended.bbox = self.anchors[successor].shown;
                incidents.push(ended);
                self.desk
                    .remember_vehicle(&opened.key, self.rule.class, anchor, now.at.at);
                self.anchors[successor].supersedes = Some(opened.key);
                self.anchors.remove(old);
            } else {
                // Never seen to leave and not unlike: the same thing in another box.
                let newer = self.anchors[successor].clone();
                self.anchors[old].take_over(newer);
                self.anchors.remove(successor);
                if successor >= old {
                    old += 1;
                }
            }
        }
    }

    /// Opens what has stood for its dwell.
    fn open(&mut self, now: &Now, incidents: &mut Vec<Incident>) {
        let mut i = 0;
        while i < self.anchors.len() {
            let Some(opened) = self.ripe(&self.anchors[i], now) else {
                i += 1;
                continue;
            };
            if let Some(old) = self.goes_on_with(&self.anchors[i], now) {
                let newer = self.anchors[i].clone();
                self.anchors[old].take_over(newer);
                self.anchors.remove(i);
                continue;
            }
            let new = &self.anchors[i];
            let same = |old: &Anchor| old.opened.is_some() && old.same_place(new) && !new.is_larger_than(old);
            if self.anchors.iter().any(same) {
                self.anchors.remove(i); // a second box around what is a case already
                continue;
            }
            let anchor = &self.anchors[i];
            let shots = anchor.shots();
            incidents.push(self.incident(anchor, &opened, IncidentChange::Opened, now, shots));
            self.anchors[i].opened = Some(opened);
            i += 1;
        }
    }

    /// What would open if this anchor has stood for its dwell.
    fn ripe(&self, anchor: &Anchor, now: &Now) -> Option<Opened> {
        if anchor.opened.is_some() || anchor.last_seen.at != now.at.at {
            return None; // most of them
        }
        let force = self.zones.force(self.rule, anchor.foot).ok()?;
        let (zone, options) = (force.zone, self.parking_in(&force.zone.id));
        let dwell_ms = i64::from(options.dwell_secs_in(zone)) * 1000;
        let from = counted_from(anchor.first_seen.at, force.since);
        let enough = !self.is_a_stand(&anchor.last)
            && anchor.present_looks >= options.present_looks_min
            && anchor.best_score.get() >= options.open_score_min
            && anchor
                .constancy
                .is_none_or(|constancy| constancy >= options.constancy_min)
            && anchor.occupancy() >= options.occupancy_min
            && self
                .road(now)
                .is_none_or(|road| anchor.is_seen_to_stand(&road, options.open_score_min))
            && anchor.stood_millis() >= i64::from(options.stationary_secs) * 1000
            && is_over(
                CapturedAt {
                    at: from,
                    ..anchor.first_seen
                },
                anchor.last_seen,
                dwell_ms,
            )
            && self.stands_in_force(anchor, options) >= options.in_force_min;
        enough.then(|| {
            let first = anchor.first_seen.at;
            Opened {
                key: incident_key(
                    &self.camera,
                    self.rule.class,
                    &zone.view,
                    &zone.id,
                    first,
                    &anchor.place,
                ),
                view: zone.view.clone(),
                zone: zone.id.clone(),
                due: from.plus_millis(dwell_ms),
                said: now.at.at,
                also: Vec::new(),
            }
        })
    }

    /// How likely what was seen is if the thing meets the ground where the rule is in force, 0..1, by the likeliest place within two
    /// errors of its foot: 1 in the middle of a strip, however narrow, less on its border.
    fn stands_in_force(&self, anchor: &Anchor, options: &RuleOptions) -> f32 {
        let (x, y) = (
            options.foot_error * anchor.place.w,
            options.foot_error * anchor.place.h,
        );
        let inside = |across: f32, down: f32| {
            let at = |dx: f32, dy: f32| {
                Point::new(anchor.foot.x + (across + dx) * x, anchor.foot.y + (down + dy) * y)
            };
            let places = FIFTHS
                .iter()
                .flat_map(|dx| FIFTHS.iter().map(move |dy| at(*dx, *dy)));
            places
                .filter(|place| self.zones.force(self.rule, *place).is_ok())
                .count()
        };
        let here = inside(0.0, 0.0);
        let beside = ERRORS
            .iter()
            .flat_map(|e| [inside(*e, 0.0), inside(0.0, *e)])
            .fold(here, usize::max);
        here as f32 / beside.max(1) as f32
    }

    /// Says again what still stands.
    fn repeat(&mut self, now: &Now, incidents: &mut Vec<Incident>) {
        for i in 0..self.anchors.len() {
            let anchor = &self.anchors[i];
            let Some(opened) = &anchor.opened else { continue };
            let every_ms = i64::from(self.rule_of(anchor).still_every_secs) * 1000;
            let is_time = anchor.last_seen.at == now.at.at && now.at.at.millis_since(opened.said) >= every_ms;
            // What is allowed for the time being goes on as a case, but does not stand against the rule.
            let forbidden = || self.zones.force(self.rule, anchor.foot).is_ok();
            if is_time && forbidden() {
                incidents.push(self.incident(anchor, opened, IncidentChange::Still, now, anchor.shots()));
                if let Some(opened) = &mut self.anchors[i].opened {
                    opened.said = now.at.at;
                }
            }
        }
    }

    fn incident(
        &self,
        anchor: &Anchor,
        opened: &Opened,
        change: IncidentChange,
        now: &Now,
        shots: Vec<Shot>,
    ) -> Incident {
        Incident {
            key: Arc::clone(&opened.key),
            change,
            class: self.rule.class,
            camera: self.camera.clone(),
            view: opened.view.clone(),
            zone: opened.zone.clone(),
            bbox: anchor.shown,
            first_seen: anchor.first_seen,
            due: opened.due,
            last_seen: anchor.last_seen,
            decided_at: now.at,
            present_looks: anchor.present_looks,
            best_score: anchor.best_score,
            rule: self.resolved(&opened.zone, anchor.foot),
            model: Arc::clone(&now.observation.model),
            shots,
            supersedes: anchor.supersedes.clone(),
            also: opened.also.clone(),
            ground: (self.options.shared())
                .and_then(|s| s.place(self.rule.class, anchor.foot, &anchor.place)),
            witnesses: Vec::new(),
        }
    }

    /// The rule of a place in a zone, for the record.
    fn resolved(&self, zone: &ZoneId, contact: Point) -> ResolvedRule {
        ResolvedRule {
            conditions: self.zones.conditions(self.rule, contact),
            in_force_since: self
                .zones
                .force(self.rule, contact)
                .ok()
                .and_then(|force| force.since),
            ..self.parking_in(zone).resolved(self.zones.zone(zone))
        }
    }
}

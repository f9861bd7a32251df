//! Orders as they come in: which view and which place they mean, and what is known of it. Answers as they go out.
//! Not for: reading looks for them (`glimpse`), deciding (`tally`).

use std::sync::Arc;

use curbwatch_types::{Inconclusive, Point, RecheckOrder, Verdict, Wall};

use super::tally::{Patience, Tally};
use super::{Memory, Pending, is_group_meant, is_meant};
use crate::CameraScene;
use crate::anchor::Anchor;
use crate::group::GroupMemory;
use crate::view_scene::ViewScene;

impl CameraScene {
    /// Takes an order in; its answer comes from [`Self::verdicts`]. One that waits already is passed over; one
    /// that cannot be taken is answered at once, `inconclusive`.
    pub fn recheck(&mut self, order: RecheckOrder) {
        let mut waiting = self.views.iter().flat_map(|view| &view.desk.pending);
        if waiting.any(|p| p.order.id == order.id) {
            return;
        }
        let view = self.meant(&order);
        let pending = if self.rechecks_pending() >= self.options.rechecks_max {
            Err(Inconclusive::Overload)
        } else {
            view.and_then(|view| self.views[view].pend(&order))
                .ok_or(Inconclusive::Unknown)
        };
        let desk = &mut self.views[view.unwrap_or_default()].desk;
        match pending {
            Ok(pending) => desk.pending.push(pending),
            Err(reason) => {
                let at = order.ordered_at;
                desk.answered.push(Verdict::without_a_look(order, reason, at));
            }
        }
    }

    /// Answers that have come since the last call, those of orders whose deadline has passed by `now` among them.
    /// `no_picture` is the reason where no picture came at all.
    pub fn verdicts(&mut self, now: Wall, no_picture: Inconclusive) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for view in &mut self.views {
            view.desk.expire(now, no_picture);
            verdicts.append(&mut view.desk.answered);
        }
        verdicts
    }

    /// Orders that wait.
    pub fn rechecks_pending(&self) -> usize {
        self.views.iter().map(|view| view.desk.pending.len()).sum()
    }

    /// The view that an order is about: the one that knows the incident, else the one it names, else the one with its zone, else
    /// the one that is shown.
    fn meant(&self, order: &RecheckOrder) -> Option<usize> {
        if self.views.len() == 1 {
            return Some(0);
        }
        let knows = |key: &Arc<str>| self.views.iter().position(|view| view.knows(key));
        if let Some(view) = order.incident.as_ref().and_then(knows) {
            return Some(view);
        }
        match (&order.view, &order.zone) {
            (Some(view), _) => self.view_of(view),
            (None, Some(zone)) => self.views.iter().position(|view| view.zones.zone(zone).is_some()),
            (None, None) => Some(self.now),
        }
    }
}

impl ViewScene {
    /// Whether an incident is, or was, one of this view's.
    fn knows(&self, key: &Arc<str>) -> bool {
        let places = self.anchors.iter().filter_map(|anchor| anchor.opened.as_ref());
        let groups = self.watches.iter().flat_map(|watch| &watch.groups);
        let mut open = places.chain(groups.filter_map(|group| group.opened.as_ref()));
        open.any(|opened| opened.key == *key) || self.desk.ended.iter().any(|ended| ended.key == *key)
    }

    /// What is known of an order's subject; nothing where no rule of the class holds or nobody knows the place.
    fn pend(&self, order: &RecheckOrder) -> Option<Pending> {
        let offset = self.offset;
        let place = order.bbox.map(|b| b.moved(Point::new(-offset.x, -offset.y)));
        let (memory, id, before, patience) = if order.class == self.rule.class {
            let live = self.anchors.iter().filter(|a| is_meant(a, order, place));
            let live = live.max_by(|a, b| a.overlap_with(place).total_cmp(&b.overlap_with(place)));
            let memory = match live {
                Some(anchor) => Memory::Vehicle(Box::new(anchor.remembered())),
                None => self.desk.recall(order, place).or_else(|| {
                    let unseen = Anchor::unseen(place?, order.appearance.clone());
                    Some(Memory::Vehicle(Box::new(unseen)))
                })?,
            };
            let rule = match (live, &order.zone) {
                (Some(anchor), _) => self.rule_of(anchor),
                (None, Some(zone)) => self.parking_in(zone),
                (None, None) => self.rule_options(),
            };
            let patience = Patience::of(rule.stationary_secs, rule.vacant_secs);
            let shot = live.and_then(|anchor| anchor.last_shot.clone());
            (memory, live.map(|anchor| anchor.id), shot, patience)
        } else {
            let watch = self.watches.iter().find(|w| w.rule.rule.class == order.class)?;
            let live = watch.groups.iter().find(|g| is_group_meant(g, order, place));
            let memory = match live {
                Some(group) => Memory::Group(Box::new(group.remembered())),
                None => self.desk.recall(order, place).or_else(|| {
                    let unseen = GroupMemory {
                        hull: place?,
                        extent: 0.0,
                        closely: false,
                        zone: order.zone.clone(),
                        patch: None,
                    };
                    Some(Memory::Group(Box::new(unseen)))
                })?,
            };
            let rule = match (live, &order.zone) {
                (Some(group), _) => watch.options_of(&self.zones, group),
                (None, Some(zone)) => watch.options.in_zone(zone),
                (None, None) => watch.options.everywhere(),
            };
            let patience = Patience::of(rule.stationary_secs, rule.vacant_secs);
            let shot = live.and_then(|group| group.latest_shot().cloned());
            (memory, live.map(|group| group.id), shot, patience)
        };
        let patience = Patience {
            away_looks: if memory.is_of_something_seen() { 2 } else { 3 },
            ..patience
        };
        Some(Pending {
            order: order.clone(),
            memory,
            id,
            patience,
            tally: Tally::default(),
            before,
            after: None,
            view: None,
            model: None,
        })
    }
}

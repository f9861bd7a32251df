//! Re-checks: the orders that wait at one camera, and their answers.
//!
//! An order is about an incident or a place. Every look after it is read by the class's own words (`glimpse`),
//! whatever the look was taken for; what the readings say together is `tally`'s. Only two looks that agree, as far apart
//! as the class's rule asks, answer before the deadline; at the deadline one look that shows the thing is enough
//! for `present`, and everything else is `inconclusive` with its reason. Pictures that judge nothing (frozen,
//! moved, ...) answer nothing: they only give the reason.
//!
//! What has ended is remembered for a while, so that a re-check after handling can tell the same from another.
//!
//! Not for: when to look (`engine`; [`crate::CameraScene::next_due`] asks for it), keeping orders over a restart
//! (`case`; they are ordered again).

mod glimpse;
mod orders;
mod tally;

use std::collections::VecDeque;
use std::sync::Arc;

use curbwatch_types::{
    Answer, BBox, CapturedAt, Inconclusive, LookWhy, Observation, RecheckOrder, Score, Shot, Taint, Verdict,
    ViewId, ViolationClass, Wall,
};

use glimpse::{Told, of_anchor, of_group, of_things, of_vehicle};
use tally::{Patience, Tally};

use crate::anchor::Anchor;
use crate::group::{Group, GroupMemory};
use crate::now::Now;
use crate::patch::Patch;
use crate::sighting::Seen;
use crate::surroundings::Surroundings;
use crate::wanted::Wanted;
use crate::watch::Watch;

/// Ended incidents remembered per camera: a busy day's.
const ENDED_MAX: usize = 32;
/// An order that names no incident may mean one that ended within so many milliseconds before it: whoever handled it asks within
/// hours. What stood there earlier in the day is not what somebody sees there now.
const MEANT_MS: i64 = 2 * 3600 * 1000;

/// What an order is about, as it was last seen.
#[derive(Debug, Clone)]
enum Memory {
    Vehicle(Box<Anchor>),
    Group(Box<GroupMemory>),
}

/// An incident that is over.
#[derive(Debug)]
struct Ended {
    key: Arc<str>,
    class: ViolationClass,
    at: Wall,
    memory: Memory,
}

#[derive(Debug)]
struct Pending {
    order: RecheckOrder,
    memory: Memory,
    /// The anchor or group that an order about a place means.
    id: Option<u64>,
    patience: Patience,
    tally: Tally,
    before: Option<Shot>,
    after: Option<Shot>,
    view: Option<ViewId>,
    model: Option<Arc<str>>,
}

/// The orders of one camera.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pending: Vec<Pending>,
    answered: Vec<Verdict>,
    /// Incidents that ended, oldest first.
    ended: VecDeque<Ended>,
}

impl Patience {
    fn of(stationary_secs: u32, vacant_secs: u32) -> Self {
        Self {
            stationary_ms: i64::from(stationary_secs) * 1000,
            vacant_ms: i64::from(vacant_secs) * 1000,
            away_looks: 2,
        }
    }
}

impl Desk {
    /// An incident that ends is remembered: its vehicle ...
    pub(crate) fn remember_vehicle(
        &mut self,
        key: &Arc<str>,
        class: ViolationClass,
        anchor: &Anchor,
        at: Wall,
    ) {
        let memory = Memory::Vehicle(Box::new(anchor.remembered()));
        self.remember(Arc::clone(key), class, memory, at);
    }

    /// ... or its group.
    pub(crate) fn remember_group(
        &mut self,
        key: Arc<str>,
        class: ViolationClass,
        memory: GroupMemory,
        at: Wall,
    ) {
        self.remember(key, class, Memory::Group(Box::new(memory)), at);
    }

    fn remember(&mut self, key: Arc<str>, class: ViolationClass, memory: Memory, at: Wall) {
        if self.ended.len() >= ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(Ended {
            key,
            class,
            at,
            memory,
        });
    }

    /// The latest ended incident that is meant.
    fn recall(&self, order: &RecheckOrder, place: Option<BBox>) -> Option<Memory> {
        let there = |ended: &Ended| place.is_some_and(|p| p.iou(&ended.memory.place()) >= MEANT_IOU);
        let lately = |ended: &Ended| order.ordered_at.millis_since(ended.at) <= MEANT_MS;
        let meant = |ended: &&Ended| match &order.incident {
            Some(incident) => *incident == ended.key,
            None => ended.class == order.class && lately(ended) && there(ended),
        };
        let found = self.ended.iter().rev().find(meant);
        found.map(|ended| ended.memory.clone())
    }

    /// Whether any order waits.
    pub(crate) fn is_asked(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Answers every order whose deadline has passed by `now`.
    pub(crate) fn expire(&mut self, now: Wall, no_picture: Inconclusive) {
        let over = |p: &mut Pending| p.order.deadline < now;
        for pending in self.pending.extract_if(.., over) {
            let at = CapturedAt {
                at: pending.order.deadline,
                uncertainty_ms: 0,
            };
            let answer = match pending.tally.at_the_deadline(&pending.patience) {
                Answer::Inconclusive(Inconclusive::NoPicture) => Answer::Inconclusive(no_picture),
                answer => answer,
            };
            self.answered.push(pending.verdict(answer, at));
        }
    }

    /// The camera shows everything otherwise from now on: what was seen before says nothing of how it looks.
    pub(crate) fn forget_looks(&mut self) {
        let ended = self.ended.iter_mut().map(|ended| &mut ended.memory);
        let asked = self.pending.iter_mut().map(|pending| &mut pending.memory);
        for memory in ended.chain(asked) {
            match memory {
                Memory::Vehicle(anchor) => anchor.forget_looks(),
                Memory::Group(group) => group.patch = None,
            }
        }
    }

    /// The view of `other` is gone: its orders are over, and their answers go out from here.
    pub(crate) fn close(&mut self, mut other: Self, at: Option<Wall>) {
        other.expire(Wall(i64::MAX), Inconclusive::UnknownView);
        for mut verdict in other.answered {
            let now = at.map_or(verdict.order.ordered_at, |at| at.max(verdict.order.ordered_at));
            verdict.decided_at.at = verdict.decided_at.at.min(now);
            self.answered.push(verdict);
        }
    }

    /// The look's picture judges nothing.
    pub(crate) fn note_blind(&mut self, observation: &Observation, reason: Inconclusive) {
        for pending in self.asked(observation.captured_at) {
            pending.tally.note_blind(reason);
            if pending.tally.telling == 0 && observation.unit.taint == Taint::Clean {
                pending.after = Some(Shot {
                    unit: observation.unit.clone(),
                    bbox: pending.memory.place(),
                    score: Score::default(),
                });
            }
        }
    }

    /// Reads the look for every order about groups, after the groups have it.
    pub(crate) fn read_groups(&mut self, watches: &[Watch], look: &Surroundings<'_>, now: &Now<'_>) {
        let mut told = Vec::new();
        for (i, pending) in self.pending.iter_mut().enumerate() {
            let Memory::Group(memory) = &mut pending.memory else {
                continue;
            };
            let class = pending.order.class;
            let Some(watch) = watches.iter().find(|w| w.rule.rule.class == class) else {
                continue;
            };
            if now.at.at <= pending.order.ordered_at {
                continue;
            }
            let live = watch.groups.iter().find(|g| match &pending.order.incident {
                Some(key) => g.opened.as_ref().is_some_and(|o| o.key == *key),
                None => Some(g.id) == pending.id,
            });
            let word = match live {
                Some(group) => of_group(group, memory, watch, look, now),
                None => of_things(memory, watch, look, now),
            };
            if let Some(group) = live {
                let patch = memory.patch.take();
                **memory = group.remembered();
                memory.patch = patch;
            }
            if let (tally::Glimpse::Same, Some((shown, _))) = (&word.glimpse, word.shown) {
                let seen = Patch::of(&now.observation.thumbnail, &shown);
                memory.patch = seen.or(memory.patch.take());
            }
            told.push((i, word));
        }
        self.take(told, now);
    }

    /// Reads the look for every order about a vehicle, before (`seen`, where only a memory is left) ...
    pub(crate) fn read_remembered(&mut self, anchors: &[Anchor], seen: &Seen, now: &Now<'_>) {
        let mut told = Vec::new();
        for (i, pending) in self.pending.iter().enumerate() {
            let Memory::Vehicle(memory) = &pending.memory else {
                continue;
            };
            if now.at.at > pending.order.ordered_at && pending.live(anchors).is_none() {
                told.push((i, of_vehicle(memory, seen, now)));
            }
        }
        self.take(told, now);
    }

    /// ... and after the anchors have it.
    pub(crate) fn read_anchors(&mut self, anchors: &[Anchor], now: &Now<'_>) {
        let mut told = Vec::new();
        for (i, pending) in self.pending.iter_mut().enumerate() {
            let Some(anchor) = pending.live(anchors) else {
                continue;
            };
            let remembered = anchor.remembered();
            if now.at.at > pending.order.ordered_at && pending.told_at() != Some(now.at.at) {
                told.push((i, of_anchor(anchor, anchors, now)));
            }
            pending.memory = Memory::Vehicle(Box::new(remembered));
        }
        self.take(told, now);
    }

    /// Books what the look said, and answers what is clear now. `told` is in the order of the pending.
    fn take(&mut self, told: Vec<(usize, Told)>, now: &Now<'_>) {
        let mut answers = Vec::new();
        for (i, told) in told {
            let Some(pending) = self.pending.get_mut(i) else {
                continue;
            };
            let answer = pending.take(told, now);
            answers.extend(answer.map(|answer| (i, answer)));
        }
        for (i, answer) in answers.into_iter().rev() {
            let pending = self.pending.remove(i);
            self.answered.push(pending.verdict(answer, now.at));
        }
    }

    fn asked(&mut self, at: CapturedAt) -> impl Iterator<Item = &mut Pending> {
        self.pending
            .iter_mut()
            .filter(move |p| at.at > p.order.ordered_at)
    }

    /// The looks that orders wait for, with places of the base view; `last_at` is the latest look.
    pub(crate) fn next_due(&self, last_at: Option<Wall>) -> impl Iterator<Item = Wanted> + '_ {
        self.pending.iter().map(move |pending| {
            let order = &pending.order;
            let soonest = last_at
                .map_or(order.ordered_at, |at| at.max(order.ordered_at))
                .plus_millis(1);
            Wanted {
                at: pending
                    .tally
                    .next(&pending.patience)
                    .map_or(soonest, |at| at.max(soonest)),
                place: pending.memory.place(),
                why: LookWhy::Recheck,
            }
        })
    }
}

impl Pending {
    fn live<'a>(&self, anchors: &'a [Anchor]) -> Option<&'a Anchor> {
        if !matches!(self.memory, Memory::Vehicle(_)) {
            return None;
        }
        anchors.iter().find(|a| match &self.order.incident {
            Some(key) => a.opened.as_ref().is_some_and(|o| o.key == *key),
            None => Some(a.id) == self.id,
        })
    }

    /// When a look was last read for it.
    fn told_at(&self) -> Option<Wall> {
        let after = self.after.as_ref().filter(|_| self.tally.looks > 0)?;
        Some(after.unit.captured_at.at)
    }

    fn take(&mut self, told: Told, now: &Now<'_>) -> Option<Answer> {
        let (bbox, score) = told
            .shown
            .unwrap_or_else(|| (self.memory.place().moved(now.offset), Score::default()));
        self.after = Some(Shot {
            unit: now.observation.unit.clone(),
            bbox,
            score,
        });
        self.model = Some(Arc::clone(&now.observation.model));
        self.view = now.view.cloned();
        self.tally.note(now.at.at, told.glimpse, &self.patience)
    }

    fn verdict(self, answer: Answer, decided_at: CapturedAt) -> Verdict {
        Verdict {
            order: self.order,
            answer,
            decided_at,
            view: self.view,
            looks: self.tally.looks,
            telling_looks: self.tally.telling,
            before: self.before,
            after: self.after,
            model: self.model,
        }
    }
}

impl Memory {
    /// Whether the scene saw it itself, or knows what it looks like.
    fn is_of_something_seen(&self) -> bool {
        match self {
            Self::Vehicle(anchor) => anchor.patch.is_some() || anchor.appearance.is_some(),
            Self::Group(memory) => memory.extent > 0.0,
        }
    }

    fn place(&self) -> BBox {
        match self {
            Self::Vehicle(anchor) => anchor.last,
            Self::Group(memory) => memory.hull,
        }
    }
}

/// Boxes that share this much are of one place.
const MEANT_IOU: f32 = 0.3;

fn is_meant(anchor: &Anchor, order: &RecheckOrder, place: Option<BBox>) -> bool {
    match &order.incident {
        Some(key) => anchor.opened.as_ref().is_some_and(|o| o.key == *key),
        None => anchor.overlap_with(place) >= MEANT_IOU,
    }
}

fn is_group_meant(group: &Group, order: &RecheckOrder, place: Option<BBox>) -> bool {
    match &order.incident {
        Some(key) => group.opened.as_ref().is_some_and(|o| o.key == *key),
        None => place.is_some_and(|place| group.hull.iou(&place) >= MEANT_IOU),
    }
}

impl Anchor {
    fn overlap_with(&self, place: Option<BBox>) -> f32 {
        place.map_or(0.0, |place| place.iou(&self.place).max(place.iou(&self.last)))
    }
}

//! The decision record: for each place what decides about it, said when that changes. It decides nothing itself: what it
//! says is read off the places after the rules have spoken.
//!
//! A passer-by is not spoken of: a place is, once two looks showed it; a thing where no zone of its class lies, once it has
//! stood for the first stage. What changes with every look is said at most every ten seconds. Bounded: places by the scene's
//! own bounds, things aside by `ASIDE_MAX`, findings of one look by `FINDINGS_MAX`; what is left out is counted.

mod places;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use curbwatch_types::{BBox, CameraState, Finding, Findings, Looked, Reason, Score, ViolationClass, Wall};

/// Findings of one look at most.
const FINDINGS_MAX: usize = 64;
/// What is said of a place is not said anew sooner than this, in milliseconds, but that it is a case or over.
const AGAIN_MS: i64 = 10_000;
/// That the camera is looked at is said as often, in milliseconds.
const LOOKED_MS: i64 = 60_000;
/// Nobody knows what was in a time without looks that is longer, in milliseconds.
const GAP_MS: i64 = 120_000;

/// What is to be said of a camera.
#[derive(Debug, Default)]
pub(crate) struct Record {
    run: Option<Wall>,
    looked: Option<(CameraState, Wall)>,
    waiting: Findings,
    /// Findings that were left out.
    pub(crate) left_out: u64,
}

/// What was said of a view's places.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// With the look that it was spoken of last.
    said: BTreeMap<(ViolationClass, u64), (Finding, Wall)>,
    aside: Vec<Aside>,
    next_aside: u64,
}

/// A thing where no rule about it holds.
#[derive(Debug)]
struct Aside {
    id: u64,
    class: ViolationClass,
    bbox: BBox,
    shown: BBox,
    first: Wall,
    last: Wall,
    looks: u32,
    best: Score,
    reason: Reason,
    stationary_secs: u32,
}

impl Told {
    /// One that numbers things aside from there on.
    pub(crate) fn numbered_from(first: u64) -> Self {
        Self {
            next_aside: first,
            ..Self::default()
        }
    }
}

impl Record {
    /// Takes down that the camera was looked at, and how its picture was judged.
    pub(crate) fn look(&mut self, at: Wall, before: Option<Wall>, state: CameraState) {
        self.run.get_or_insert(at);
        let after_a_gap = before.is_none_or(|before| at.millis_since(before) > GAP_MS);
        let is_news = |(of, said): (CameraState, Wall)| of != state || at.millis_since(said) >= LOOKED_MS;
        if after_a_gap || self.looked.is_none_or(is_news) {
            self.looked = Some((state, at));
            self.waiting.looked = Some(Looked {
                at,
                state,
                before,
                after_a_gap,
            });
        }
    }

    /// What is to be said, once.
    pub(crate) fn take(&mut self) -> Findings {
        self.waiting.run = self.run.unwrap_or_default();
        std::mem::take(&mut self.waiting)
    }

    /// Says what is new of the places of a view, and that those which are no more are over.
    fn say(&mut self, told: &mut Told, now: Wall, found: Vec<Finding>) {
        for finding in found {
            match told.said.entry((finding.class, finding.place)) {
                Entry::Vacant(place) => {
                    self.push(finding.clone());
                    place.insert((finding, now));
                }
                Entry::Occupied(mut place) => {
                    let (old, spoken_of) = place.get_mut();
                    let urgent = matches!(finding.reason, Reason::Case { .. });
                    if old.reason != finding.reason && (urgent || now.millis_since(old.at) >= AGAIN_MS) {
                        self.push(finding.clone());
                        *old = finding;
                    } else {
                        // When it was said and why stay; the rest is as it is now, for the day it is over.
                        let reason = std::mem::replace(&mut old.reason, Reason::Over);
                        *old = Finding {
                            at: old.at,
                            reason,
                            ..finding
                        };
                    }
                    *spoken_of = now;
                }
            }
        }
        told.said.retain(|_, (gone, spoken_of)| {
            if *spoken_of < now {
                self.push(Finding {
                    at: now,
                    reason: Reason::Over,
                    ..gone.clone()
                });
            }
            *spoken_of == now
        });
    }

    fn push(&mut self, finding: Finding) {
        if self.waiting.places.len() < FINDINGS_MAX {
            self.waiting.places.push(finding);
        } else {
            self.left_out += 1;
        }
    }
}

impl Aside {
    /// Nothing before it has stood for the first stage.
    fn finding(&self, now: Wall) -> Option<Finding> {
        let stood = self.last.millis_since(self.first);
        let is_told = self.looks >= 2 && stood >= i64::from(self.stationary_secs) * 1000;
        is_told.then(|| Finding {
            class: self.class,
            place: self.id,
            at: now,
            bbox: self.shown,
            zone: None,
            first_seen: self.first,
            last_seen: self.last,
            counted_from: self.first,
            stationary_secs: self.stationary_secs,
            dwell_secs: 0,
            present_looks: self.looks,
            best_score: self.best,
            reason: self.reason.clone(),
        })
    }
}

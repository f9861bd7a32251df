//! Who is visited next: rounds of cameras that are visited now and then, under budgets of sessions.
//!
//! Pure: time comes in, visits go out. A camera falls due once in nine tenths of the time it is wished to be
//! revisited in, so that connecting and waiting for a picture fit in the rest. Of those that are due and find a
//! seat in each of their pools (a group's sessions, a host's), the one goes first whose wait, measured by the
//! interval it was planned with and weighted by its priority, is longest. So too many cameras stretch
//! everybody's interval by the same factor, and nobody starves: whoever waits comes closer to the front with
//! every second, and whoever was visited starts at the back.
//!
//! Not for: connecting (`visits`), or who is looked at (`schedule`).

use std::collections::BTreeMap;
use std::time::Duration;

use curbwatch_types::{BBox, LookWhy, Monotonic};

use crate::schedule::{CameraIndex, PULLED_PER_PERIOD_MAX};

/// A visit is planned earlier than wished by one part in so many: for connecting, and for the picture to come.
const EARLY_PART: u32 = 10;
/// A camera that failed so often in a row is failing: it comes once a round, and all that are failing share
/// one part in so many of a pool.
const FAILING_AFTER: u32 = 2;
const FAILING_PART: usize = 4;

/// A camera on patrol, as it was configured.
#[derive(Debug, Clone)]
pub(crate) struct Patrolled {
    /// From one visit to the next, as wished.
    pub(crate) every: Duration,
    /// Its weight where not everybody can be visited as often as wished.
    pub(crate) priority: u32,
    /// The pools in which its visit takes a seat.
    pub(crate) pools: Vec<usize>,
}

/// A visit that is to begin now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Visit {
    pub(crate) camera: CameraIndex,
    /// What for.
    pub(crate) why: LookWhy,
    /// What it is about, where somebody asked for it.
    pub(crate) place: Option<BBox>,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With a picture at least.
    Looked,
    /// Without one, after all the time it had.
    Empty,
    /// It could not be made, and the camera wants to be left alone for so long.
    Failed(Duration),
}

/// When somebody is due.
#[derive(Debug, Clone, Copy)]
struct Due {
    at: Monotonic,
    /// What was planned between the last visit and this one: by it a wait is measured.
    interval: Duration,
    why: LookWhy,
    place: Option<BBox>,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Resting(Due),
    /// Under way; `asked`: a wish for the next one that came meanwhile.
    Visiting {
        asked: Option<Due>,
    },
}

#[derive(Debug)]
struct Entry {
    camera: Patrolled,
    phase: Phase,
    /// When the last visit began.
    started: Option<Monotonic>,
    /// Visits in a row without a picture.
    failures: u32,
}

impl Entry {
    fn is_failing(&self) -> bool {
        self.failures >= FAILING_AFTER
    }

    /// How long it waits in intervals, the planned one counted in, weighted.
    fn stretch(&self, due: &Due, now: Monotonic) -> f64 {
        let late = now.since(due.at).as_secs_f64() / due.interval.as_secs_f64().max(1e-3);
        (1.0 + late) * f64::from(self.camera.priority)
    }
}

/// Seats of a budget of sessions.
#[derive(Debug, Clone, Copy, Default)]
struct Pool {
    seats: usize,
    taken: usize,
    /// Of these, by cameras that are failing.
    failing: usize,
}

/// The rounds of all cameras on patrol.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    entries: BTreeMap<CameraIndex, Entry>,
    pools: Vec<Pool>,
}

impl Rounds {
    /// Says how many seats a pool has; one that is unknown begins to be.
    pub(crate) fn seats(&mut self, pool: usize, seats: usize) {
        while self.pools.len() <= pool {
            self.pools.push(Pool::default());
        }
        self.pools[pool].seats = seats.max(1);
    }

    /// A camera comes; its first visit is due at `first`.
    pub(crate) fn enter(&mut self, index: CameraIndex, camera: Patrolled, first: Monotonic) {
        let entry = Entry {
            phase: Phase::Resting(routine(first, planned(camera.every))),
            camera,
            started: None,
            failures: 0,
        };
        self.entries.insert(index, entry);
    }

    /// A camera goes. False while it is being visited: then it goes when that is over.
    pub(crate) fn leave(&mut self, camera: CameraIndex) -> bool {
        let resting = |entry: &Entry| matches!(entry.phase, Phase::Resting(_));
        let may = self.entries.get(&camera).is_none_or(resting);
        if may {
            self.entries.remove(&camera);
        }
        may
    }

    /// Begins the visit that is most due at `now`, if somebody is due and finds a seat.
    pub(crate) fn next(&mut self, now: Monotonic) -> Option<Visit> {
        let (camera, due) = self.choose(now)?;
        self.seat(camera, 1);
        let entry = self.entries.get_mut(&camera)?;
        entry.phase = Phase::Visiting { asked: None };
        entry.started = Some(now);
        Some(Visit {
            camera,
            why: due.why,
            place: due.place,
        })
    }

    /// Who needs seats of two pools and finds one of them full keeps a seat of the other one free: else it would
    /// wait for ever where both are never free at the same moment.
    fn choose(&self, now: Monotonic) -> Option<(CameraIndex, Due)> {
        let first = self.most_due(now, |entry| self.room(entry, None));
        let blocked = self.most_due(now, |entry| {
            entry.camera.pools.len() > 1 && self.may_fail(entry) && !self.room(entry, None)
        });
        let most = blocked.map_or(0.0, |(most, ..)| most);
        match first {
            Some((stretch, camera, due)) if stretch >= most => Some((camera, due)),
            Some(_) => {
                let kept = blocked.and_then(|(_, camera, _)| self.entries.get(&camera));
                let (_, camera, due) = self.most_due(now, |entry| self.room(entry, kept))?;
                Some((camera, due))
            }
            None => None,
        }
    }

    /// Of those that are due and `may` begin, the one that waits longest.
    fn most_due(&self, now: Monotonic, may: impl Fn(&Entry) -> bool) -> Option<(f64, CameraIndex, Due)> {
        let mut best: Option<(f64, CameraIndex, Due)> = None;
        for (&camera, entry) in &self.entries {
            let Phase::Resting(due) = entry.phase else {
                continue;
            };
            if due.at > now {
                continue;
            }
            let stretch = entry.stretch(&due, now);
            if best.is_none_or(|(most, ..)| stretch > most) && may(entry) {
                best = Some((stretch, camera, due));
            }
        }
        best
    }

    /// A visit is over: its seats are free, and the next one is planned.
    pub(crate) fn over(&mut self, camera: CameraIndex, ended: Ended, now: Monotonic) {
        let Some(Phase::Visiting { asked }) = self.entries.get(&camera).map(|entry| entry.phase) else {
            return;
        };
        // Before its failures change: what was taken is given back.
        self.seat(camera, -1);
        let Some(entry) = self.entries.get_mut(&camera) else {
            return;
        };
        let interval = planned(entry.camera.every);
        let usual = entry.started.unwrap_or(now).plus(interval);
        let at = match ended {
            Ended::Looked | Ended::Empty => usual,
            // The first failure may be an accident, and costs no round.
            Ended::Failed(wait) if entry.failures == 0 => now.plus(wait),
            Ended::Failed(wait) => usual.max(now.plus(wait)),
        };
        entry.failures = match ended {
            Ended::Looked => 0,
            Ended::Empty | Ended::Failed(_) => entry.failures.saturating_add(1),
        };
        entry.phase = Phase::Resting(routine(at, interval));
        if let Some(asked) = asked {
            self.pull_forward(camera, asked.at, asked.why, asked.place);
        }
    }

    /// Wants a visit at `at`, or as soon after as its share allows, if none is planned before; one that fails is left
    /// alone. `place` is what it is about. One that comes during a visit is about the next one.
    pub(crate) fn pull_forward(
        &mut self,
        camera: CameraIndex,
        at: Monotonic,
        why: LookWhy,
        place: Option<BBox>,
    ) {
        let Some(entry) = self.entries.get_mut(&camera) else {
            return;
        };
        let least = entry.camera.every / PULLED_PER_PERIOD_MAX;
        let since = entry.started.unwrap_or_default();
        let at = entry.started.map_or(at, |started| at.max(started.plus(least)));
        let wanted = Due {
            at,
            interval: at.since(since).clamp(least, planned(entry.camera.every)),
            why,
            place,
        };
        match &mut entry.phase {
            Phase::Visiting { asked } => *asked = Some(wanted),
            Phase::Resting(due) if at < due.at && entry.failures == 0 => *due = wanted,
            Phase::Resting(_) => {}
        }
    }

    /// When somebody falls due who is not due at `now`.
    pub(crate) fn next_event(&self, now: Monotonic) -> Option<Monotonic> {
        self.resting().map(|due| due.at).filter(|at| *at > now).min()
    }

    /// When a camera's next visit is due; nothing while one is under way.
    pub(crate) fn due(&self, camera: CameraIndex) -> Option<Monotonic> {
        match self.entries.get(&camera)?.phase {
            Phase::Resting(due) => Some(due.at),
            Phase::Visiting { .. } => None,
        }
    }

    fn resting(&self) -> impl Iterator<Item = &Due> {
        self.entries.values().filter_map(|entry| match &entry.phase {
            Phase::Resting(due) => Some(due),
            Phase::Visiting { .. } => None,
        })
    }

    /// Whether each of its pools has a seat for it, beside one that is kept for `other`.
    fn room(&self, entry: &Entry, other: Option<&Entry>) -> bool {
        let free = entry.camera.pools.iter().all(|&index| {
            let pool = &self.pools[index];
            let kept = other.is_some_and(|other| other.camera.pools.contains(&index));
            pool.taken + usize::from(kept) < pool.seats
        });
        free && self.may_fail(entry)
    }

    /// Whether its pools bear one more that is failing, where it is.
    fn may_fail(&self, entry: &Entry) -> bool {
        let mut pools = entry.camera.pools.iter().map(|&pool| &self.pools[pool]);
        !entry.is_failing() || pools.all(|pool| pool.failing < pool.seats.div_ceil(FAILING_PART))
    }

    /// Takes (1) or gives back (-1) a seat in each of the camera's pools.
    fn seat(&mut self, camera: CameraIndex, by: isize) {
        let Some(entry) = self.entries.get(&camera) else {
            return;
        };
        for &pool in &entry.camera.pools {
            let pool = &mut self.pools[pool];
            pool.taken = pool.taken.saturating_add_signed(by);
            if entry.is_failing() {
                pool.failing = pool.failing.saturating_add_signed(by);
            }
        }
    }
}

/// From one visit to the next, as planned.
pub(crate) fn planned(every: Duration) -> Duration {
    every.saturating_sub(every / EARLY_PART)
}

fn routine(at: Monotonic, interval: Duration) -> Due {
    Due {
        at,
        interval,
        why: LookWhy::Routine,
        place: None,
    }
}

#[cfg(test)]
mod tests;

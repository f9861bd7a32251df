//! Who is looked at next: periodic looks, the camera that has waited longest first.
//!
//! Pure: time comes in, decisions go out. Each camera has a period; a look falls due once a period
//! and must be observed before the next one falls due (implicit deadline; Liu and Layland 1973). A
//! camera has at most one look due at a time, so overload sheds looks instead of piling them up.
//!
//! Looks are handed out by the moment the camera's *last handed-out* look asked for the next one.
//! Without overload that is earliest deadline first. Under overload plain earliest-deadline-first
//! starves whoever falls due at an unlucky phase (Jain's index .51 in the test below); this order
//! does not, because a camera whose look expired keeps its place in the queue.

use std::collections::BTreeSet;
use std::time::Duration;

use curbwatch_types::{BBox, LookWhy, Monotonic};

/// Index of a camera in the engine's roster.
pub(crate) type CameraIndex = usize;

/// A look that has fallen due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DueLook {
    pub(crate) camera: CameraIndex,
    pub(crate) why: LookWhy,
    pub(crate) due: Monotonic,
    pub(crate) deadline: Monotonic,
    /// When there was a picture for it.
    pub(crate) ready_at: Monotonic,
    /// Routine looks of this camera that were handed out before it.
    pub(crate) turn: u64,
    /// What it is about, where somebody asked for it.
    pub(crate) place: Option<BBox>,
}

/// A look that had its picture and waited longer than one part in so many of its period for a worker
/// is hurried. Without overload a worker is free within milliseconds; under overload waits grow to a
/// whole period, and what hurried looks leave out is what brings them back.
const HURRIED_PART: u32 = 8;

impl DueLook {
    /// Whether at `now` it has waited so long for a worker that it should do without extras.
    pub(crate) fn hurried(&self, now: Monotonic) -> bool {
        now.since(self.ready_at) > self.deadline.since(self.due) / HURRIED_PART
    }
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// The next look falls due then.
    Resting {
        due: Monotonic,
        why: LookWhy,
        place: Option<BBox>,
    },
    /// A look is due; `ready` says whether a picture is there.
    Due { look: DueLook, ready: bool },
    /// The camera is not looked at, or it is on patrol and looked at when a visit brings a picture; in none of the three queues.
    Away,
}

#[derive(Debug)]
struct Entry {
    every: Duration,
    phase: Phase,
    /// Due time of the next routine look, kept so that pulled-forward looks do not shift the phase.
    routine: Monotonic,
    /// When the look after the last handed-out one was wanted: the place in the queue.
    wanted: Monotonic,
    /// When the last look was handed out.
    started: Monotonic,
    /// Routine looks handed out.
    turn: u64,
    /// It is on patrol: its visits say when a look is due.
    visited: bool,
}

/// Pulled-forward looks come at most this many times as often as routine ones, so that a place that
/// stays undecided cannot take more than its share.
pub(crate) const PULLED_PER_PERIOD_MAX: u32 = 4;

/// The schedule of all cameras.
#[derive(Debug)]
pub(crate) struct Schedule {
    entries: Vec<Entry>,
    /// Resting cameras by due time.
    resting: BTreeSet<(Monotonic, CameraIndex)>,
    /// Due cameras by deadline.
    due: BTreeSet<(Monotonic, CameraIndex)>,
    /// Due cameras with a picture, by place in the queue.
    ready: BTreeSet<(Monotonic, CameraIndex)>,
}

impl Schedule {
    /// Cameras with their periods. First looks are spread evenly over each period.
    pub(crate) fn new(periods: &[Duration], now: Monotonic) -> Self {
        let mut schedule = Self {
            entries: Vec::with_capacity(periods.len()),
            resting: BTreeSet::new(),
            due: BTreeSet::new(),
            ready: BTreeSet::new(),
        };
        for (camera, &every) in periods.iter().enumerate() {
            let due = now.plus(every.mul_f64(camera as f64 / periods.len() as f64));
            schedule.enter(camera, every, due, now);
        }
        schedule
    }

    /// A camera comes, the next one or one that is away. Its first look falls due at `due`.
    pub(crate) fn enter(&mut self, camera: CameraIndex, every: Duration, due: Monotonic, now: Monotonic) {
        let away = |turn| Entry {
            every,
            phase: Phase::Away,
            routine: due,
            wanted: due,
            started: now,
            turn,
            visited: false,
        };
        while self.entries.len() <= camera {
            self.entries.push(away(0));
        }
        let turn = self.entries[camera].turn;
        self.entries[camera] = away(turn);
        self.rest_until(camera, due);
    }

    /// A camera goes; the look that was due is over.
    pub(crate) fn leave(&mut self, camera: CameraIndex) -> Option<DueLook> {
        let entry = &mut self.entries[camera];
        entry.visited = false;
        let phase = std::mem::replace(&mut entry.phase, Phase::Away);
        match phase {
            Phase::Resting { due, .. } => {
                self.resting.remove(&(due, camera));
                None
            }
            Phase::Due { look, .. } => {
                self.due.remove(&(look.deadline, camera));
                self.ready.remove(&(entry.wanted, camera));
                Some(look)
            }
            Phase::Away => None,
        }
    }

    /// The camera's period has changed. A look that is due keeps its deadline; the next one comes a period after the last at
    /// most.
    pub(crate) fn look_every(&mut self, camera: CameraIndex, every: Duration, now: Monotonic) {
        let entry = &mut self.entries[camera];
        entry.every = every;
        entry.routine = entry.routine.min(now.plus(every));
        let routine = entry.routine;
        if let Phase::Resting { due, why, .. } = entry.phase
            && (why == LookWhy::Routine || due > routine)
        {
            self.resting.remove(&(due, camera));
            self.rest_until(camera, routine);
        }
    }

    /// The camera is on patrol: from now on only [`Schedule::visited`] makes looks due.
    pub(crate) fn only_visited(&mut self, camera: CameraIndex) {
        let entry = &mut self.entries[camera];
        if let Phase::Resting { due, .. } = entry.phase {
            self.resting.remove(&(due, camera));
            entry.phase = Phase::Away;
        }
        entry.visited = true;
    }

    /// The camera is not on patrol any more: looks fall due by themselves again, the next one at once.
    pub(crate) fn stays(&mut self, camera: CameraIndex, now: Monotonic) {
        let entry = &mut self.entries[camera];
        if std::mem::take(&mut entry.visited) && matches!(entry.phase, Phase::Away) {
            entry.routine = now;
            self.rest_until(camera, now);
        }
    }

    /// A visit brought a picture at `now`: a look at it is due. Nothing when one is due already: it takes this picture.
    pub(crate) fn visited(
        &mut self,
        camera: CameraIndex,
        now: Monotonic,
        why: LookWhy,
        place: Option<BBox>,
    ) -> Option<DueLook> {
        self.picture_ready(camera, now);
        let entry = &mut self.entries[camera];
        if !(entry.visited && matches!(entry.phase, Phase::Away)) {
            return None;
        }
        let look = DueLook {
            camera,
            why,
            due: now,
            deadline: now.plus(entry.every),
            ready_at: now,
            turn: entry.turn,
            place,
        };
        entry.phase = Phase::Due { look, ready: true };
        entry.wanted = now;
        self.due.insert((look.deadline, camera));
        self.ready.insert((now, camera));
        Some(look)
    }

    /// Makes the looks that have fallen due by `now` due, and returns them.
    pub(crate) fn fall_due(&mut self, now: Monotonic) -> Vec<DueLook> {
        let mut fallen = Vec::new();
        while let Some(&(due, camera)) = self.resting.first() {
            if due > now {
                break;
            }
            self.resting.pop_first();
            let entry = &mut self.entries[camera];
            let Phase::Resting { why, place, .. } = entry.phase else {
                continue;
            };
            let look = DueLook {
                camera,
                why,
                due,
                deadline: due.plus(entry.every),
                ready_at: now,
                turn: entry.turn,
                place,
            };
            entry.phase = Phase::Due { look, ready: false };
            self.due.insert((look.deadline, camera));
            fallen.push(look);
        }
        fallen
    }

    /// A picture of `camera` is there at `now`. Ignored when no look is due.
    pub(crate) fn picture_ready(&mut self, camera: CameraIndex, now: Monotonic) {
        let entry = &mut self.entries[camera];
        if let Phase::Due {
            ready: ready @ false,
            look,
        } = &mut entry.phase
        {
            *ready = true;
            look.ready_at = now;
            self.ready.insert((entry.wanted, camera));
        }
    }

    /// The due look with a picture that has waited longest.
    pub(crate) fn next_ready(&self) -> Option<DueLook> {
        let &(_, camera) = self.ready.first()?;
        match self.entries[camera].phase {
            Phase::Due { look, .. } => Some(look),
            Phase::Resting { .. } | Phase::Away => None,
        }
    }

    /// The camera's due look has been handed out: its next one is planned.
    pub(crate) fn start(&mut self, camera: CameraIndex, now: Monotonic) {
        let Phase::Due { look, .. } = self.entries[camera].phase else {
            return;
        };
        self.rest(camera, now);
        let entry = &mut self.entries[camera];
        entry.wanted = look.due.max(entry.wanted).plus(entry.every);
        entry.started = now;
        entry.turn += u64::from(look.why == LookWhy::Routine);
    }

    /// Due looks whose deadline has passed by `now`, with whether a picture was there. They are over.
    pub(crate) fn expire(&mut self, now: Monotonic) -> Vec<(DueLook, bool)> {
        let mut over = Vec::new();
        while let Some(&(deadline, camera)) = self.due.first() {
            if deadline > now {
                break;
            }
            let Phase::Due { look, ready } = self.entries[camera].phase else {
                break;
            };
            over.push((look, ready));
            self.rest(camera, now);
        }
        over
    }

    /// Ends every look that is due, whatever its deadline: nothing will be handed out any more.
    pub(crate) fn drain(&mut self) -> Vec<DueLook> {
        self.ready.clear();
        let due = std::mem::take(&mut self.due);
        due.into_iter()
            .filter_map(|(_, camera)| match self.entries[camera].phase {
                Phase::Due { look, .. } => Some(look),
                Phase::Resting { .. } | Phase::Away => None,
            })
            .collect()
    }

    /// Wants a look at `camera` at `at`, or as soon after as its share allows, if none is planned
    /// before; the routine phase stays. `place` is what it is about.
    pub(crate) fn pull_forward(
        &mut self,
        camera: CameraIndex,
        at: Monotonic,
        why: LookWhy,
        place: Option<BBox>,
    ) {
        let entry = &self.entries[camera];
        let at = at.max(entry.started.plus(entry.every / PULLED_PER_PERIOD_MAX));
        if let Phase::Resting { due, .. } = entry.phase
            && at < due
        {
            self.resting.remove(&(due, camera));
            self.entries[camera].phase = Phase::Resting { due: at, why, place };
            self.resting.insert((at, camera));
        }
    }

    /// When something happens next without any picture arriving.
    pub(crate) fn next_event(&self) -> Option<Monotonic> {
        [self.resting.first(), self.due.first()]
            .into_iter()
            .flatten()
            .map(|&(at, _)| at)
            .min()
    }

    /// Looks that are due and not handed out.
    #[cfg(test)]
    pub(crate) fn outstanding(&self) -> usize {
        self.due.len()
    }

    fn rest(&mut self, camera: CameraIndex, now: Monotonic) {
        let entry = &mut self.entries[camera];
        if let Phase::Due { look, .. } = entry.phase {
            self.due.remove(&(look.deadline, camera));
            self.ready.remove(&(entry.wanted, camera));
            while entry.routine <= look.due || entry.routine.plus(entry.every) <= now {
                entry.routine = entry.routine.plus(entry.every);
            }
        }
        if entry.visited {
            entry.phase = Phase::Away;
            return;
        }
        let due = entry.routine;
        self.rest_until(camera, due);
    }

    fn rest_until(&mut self, camera: CameraIndex, due: Monotonic) {
        self.entries[camera].phase = Phase::Resting {
            due,
            why: LookWhy::Routine,
            place: None,
        };
        self.resting.insert((due, camera));
    }
}

#[cfg(test)]
mod tests;

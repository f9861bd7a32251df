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
mod tests {
    use super::*;

    fn at(secs: f64) -> Monotonic {
        Monotonic(Duration::from_secs_f64(secs))
    }

    fn schedule(n: usize) -> Schedule {
        Schedule::new(&vec![Duration::from_secs(10); n], at(0.0))
    }

    #[test]
    fn first_looks_are_spread_over_the_period() {
        let mut schedule = schedule(4);
        let mut dues = Vec::new();
        for second in 0..10 {
            dues.extend(
                schedule
                    .fall_due(at(f64::from(second)))
                    .iter()
                    .map(|l| l.due.0.as_secs_f64()),
            );
        }
        assert_eq!(dues, [0.0, 2.5, 5.0, 7.5]);
    }

    #[test]
    fn who_waits_longest_goes_first_once_it_has_a_picture() {
        let mut schedule = schedule(2);
        schedule.fall_due(at(5.0));
        assert!(schedule.next_ready().is_none());
        schedule.picture_ready(1, at(5.0));
        assert_eq!(schedule.next_ready().map(|look| look.camera), Some(1));
        schedule.picture_ready(0, at(5.0));
        assert_eq!(schedule.next_ready().map(|look| look.camera), Some(0));
    }

    #[test]
    fn a_look_keeps_its_phase_however_late_it_starts() {
        let mut schedule = schedule(1);
        schedule.fall_due(at(0.0));
        schedule.picture_ready(0, at(5.0));
        schedule.start(0, at(7.0));
        assert_eq!(schedule.next_event(), Some(at(10.0)));
    }

    #[test]
    fn a_look_without_a_picture_is_over_at_its_deadline_and_the_next_one_falls_due() {
        let mut schedule = schedule(1);
        schedule.fall_due(at(0.0));
        assert!(schedule.expire(at(9.9)).is_empty());
        let over = schedule.expire(at(10.0));
        assert_eq!(over.len(), 1);
        assert!(!over[0].1, "no picture was there");
        assert_eq!(schedule.fall_due(at(10.0)).len(), 1);
    }

    #[test]
    fn who_comes_and_goes_leaves_the_others_phase_alone() {
        let mut schedule = schedule(3);
        let dues = |schedule: &mut Schedule, secs| -> Vec<usize> {
            schedule
                .fall_due(at(secs))
                .iter()
                .map(|look| look.camera)
                .collect()
        };
        assert_eq!(dues(&mut schedule, 4.0), [0, 1]);
        assert_eq!(
            schedule.leave(1).map(|look| look.camera),
            Some(1),
            "its look is over"
        );
        assert_eq!(schedule.leave(2), None, "nothing was due");
        schedule.picture_ready(1, at(4.0));
        schedule.pull_forward(1, at(4.0), LookWhy::Due, None);
        assert!(schedule.next_ready().is_none(), "nobody looks at who is away");
        schedule.enter(3, Duration::from_secs(10), at(6.0), at(5.0));
        assert_eq!(dues(&mut schedule, 9.0), [3]);
        assert_eq!(schedule.expire(at(16.0)).len(), 2, "of the first and the new one");
        assert_eq!(dues(&mut schedule, 16.0), [0, 3]);

        // It comes again, to its old place.
        schedule.enter(1, Duration::from_secs(10), at(17.0), at(16.0));
        assert_eq!(dues(&mut schedule, 17.0), [1]);
        assert_eq!((schedule.outstanding(), schedule.drain().len()), (3, 3));
    }

    #[test]
    fn a_shorter_period_holds_at_once_and_a_longer_one_from_the_next_look_on() {
        let every = |secs| Duration::from_secs(secs);
        let mut schedule = schedule(1);
        let look = |schedule: &mut Schedule, secs| {
            schedule.fall_due(at(secs));
            schedule.picture_ready(0, at(secs));
            schedule.start(0, at(secs));
            schedule.next_event()
        };
        assert_eq!(look(&mut schedule, 0.0), Some(at(10.0)));
        schedule.look_every(0, every(2), at(1.0));
        assert_eq!(schedule.next_event(), Some(at(3.0)));
        assert_eq!(look(&mut schedule, 3.0), Some(at(5.0)));
        schedule.look_every(0, every(60), at(4.0));
        assert_eq!(schedule.next_event(), Some(at(5.0)));
        assert_eq!(look(&mut schedule, 5.0), Some(at(65.0)));
        // What was pulled forward stays so.
        schedule.pull_forward(0, at(30.0), LookWhy::Due, None);
        schedule.look_every(0, every(90), at(20.0));
        assert_eq!(schedule.next_event(), Some(at(30.0)));
    }

    #[test]
    fn overload_never_piles_looks_up() {
        let mut schedule = schedule(3);
        for second in 0..100 {
            schedule.fall_due(at(f64::from(second)));
            for camera in 0..3 {
                schedule.picture_ready(camera, at(f64::from(second)));
            }
            schedule.expire(at(f64::from(second)));
            assert!(schedule.outstanding() <= 3);
        }
    }

    #[test]
    fn a_pulled_forward_look_does_not_shift_the_phase() {
        let mut schedule = schedule(1);
        schedule.fall_due(at(0.0));
        schedule.picture_ready(0, at(5.0));
        schedule.start(0, at(0.0));
        schedule.pull_forward(0, at(4.0), LookWhy::Due, None);
        let fallen = schedule.fall_due(at(4.0));
        assert_eq!((fallen[0].why, fallen[0].deadline), (LookWhy::Due, at(14.0)));
        schedule.picture_ready(0, at(5.0));
        schedule.start(0, at(4.0));
        assert_eq!(schedule.next_event(), Some(at(10.0)));

        // Asked for at once again and again: at most four times as often as the routine.
        schedule.pull_forward(0, at(4.1), LookWhy::Due, None);
        assert_eq!(schedule.next_event(), Some(at(6.5)));
    }

    #[test]
    fn a_camera_on_patrol_is_looked_at_when_a_visit_brings_a_picture_and_only_then() {
        let mut schedule = schedule(2);
        schedule.only_visited(0);
        assert_eq!(schedule.next_event(), Some(at(5.0)), "the other one's first look");
        schedule.pull_forward(0, at(1.0), LookWhy::Due, None);
        schedule.picture_ready(0, at(1.0));
        assert!(schedule.fall_due(at(4.0)).is_empty() && schedule.expire(at(4.0)).is_empty());
        let place = Some(BBox::new(0.1, 0.2, 0.3, 0.4));
        let look = schedule
            .visited(0, at(4.0), LookWhy::Recheck, place)
            .expect("due");
        assert_eq!(
            (look.deadline, look.why, look.place),
            (at(14.0), LookWhy::Recheck, place)
        );
        assert!(
            schedule.visited(0, at(4.5), LookWhy::Routine, None).is_none(),
            "it takes this picture"
        );
        assert_eq!(schedule.next_ready(), Some(look));
        schedule.start(0, at(5.0));
        assert!(schedule.next_ready().is_none());
        // A look of a visit can be too late for a worker, too.
        schedule
            .visited(0, at(6.0), LookWhy::Routine, None)
            .expect("due again");
        let over = schedule.expire(at(16.0));
        assert_eq!(over.len(), 1);
        assert!(over[0].1, "a picture was there");
        assert_eq!(schedule.outstanding(), 0);
        // It stays from now on, and is on patrol again while a look waits for a picture: a visit brings it.
        schedule.stays(0, at(20.0));
        assert!(schedule.fall_due(at(20.0)).iter().any(|look| look.camera == 0));
        schedule.only_visited(0);
        assert!(
            schedule.visited(0, at(21.0), LookWhy::Routine, None).is_none()
                && schedule.next_ready().is_some()
        );
        schedule.start(0, at(21.0));
        assert!(schedule.leave(0).is_none());
        assert!(
            schedule.visited(0, at(22.0), LookWhy::Routine, None).is_none(),
            "it has gone"
        );
    }

    #[test]
    fn a_look_that_waits_for_a_worker_is_hurried_and_one_that_waits_for_a_picture_is_not() {
        let mut schedule = schedule(1);
        schedule.fall_due(at(0.0));
        schedule.picture_ready(0, at(6.0));
        schedule.picture_ready(0, at(9.0)); // a newer picture; the look was ready before
        let look = schedule.next_ready().expect("ready");
        assert!(!look.hurried(at(6.1)), "a keyframe came late, a worker was free");
        assert!(!look.hurried(at(7.25)));
        assert!(look.hurried(at(7.3)), "more than an eighth of ten seconds");
    }

    #[test]
    fn only_routine_looks_take_a_turn() {
        let mut schedule = schedule(1);
        let mut look = |secs: f64, pulled: bool| {
            let place = BBox::new(0.1, 0.2, 0.3, 0.4);
            if pulled {
                schedule.pull_forward(0, at(secs), LookWhy::Due, Some(place));
            }
            schedule.fall_due(at(secs));
            schedule.picture_ready(0, at(secs));
            let look = schedule.next_ready().expect("ready");
            schedule.start(0, at(secs));
            (look.turn, look.place.is_some())
        };
        assert_eq!(look(0.0, false), (0, false));
        assert_eq!(look(4.0, true), (1, true));
        assert_eq!(look(7.0, true), (1, true));
        assert_eq!(look(10.0, false), (1, false));
        assert_eq!(look(20.0, false), (2, false));
    }

    #[test]
    fn overload_is_shared_evenly() {
        // 20 cameras every 10 s want 2 looks/s; one look every second is given: a quarter of the
        // wishes of nobody is starved (Jain's fairness index).
        let n = 20;
        let mut schedule = schedule(n);
        let mut looks = vec![0_f64; n];
        for second in 0..1000 {
            let now = at(f64::from(second));
            schedule.expire(now);
            schedule.fall_due(now);
            for camera in 0..n {
                schedule.picture_ready(camera, now);
            }
            if let Some(look) = schedule.next_ready() {
                schedule.start(look.camera, now);
                looks[look.camera] += 1.0;
            }
        }
        let sum: f64 = looks.iter().sum();
        let squares: f64 = looks.iter().map(|l| l * l).sum();
        let jain = sum * sum / (n as f64 * squares);
        assert!(jain >= 0.98, "Jain's index is {jain:.3}, looks {looks:?}");
    }
}

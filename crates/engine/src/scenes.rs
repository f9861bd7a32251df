//! The scene stage: observations to incidents, one thread, every camera's scene in order.
//!
//! From here on nothing is dropped: when the case stage is slow this thread waits, the workers wait
//! for it, and the sampler sheds looks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, never, select};
use curbwatch_scene::{CameraScene, Memory, Options, Pictures, Settled, Wanted};
use curbwatch_types::{
    CameraState, Clock, DropReason, Findings, Incident, Inconclusive, Monotonic, Observation, Wall, Zone,
};

use crate::board::{Board, LastLook};
use crate::cases::{Decided, Outcome};
use crate::fates::MemoryFate;
use crate::ground::CommonGround;
use crate::memories::Shelf;
use crate::metrics::{Metrics, Stage};
use crate::nudge::Nudge;
use crate::orders::{Ordered, unwatched};
use crate::schedule::DueLook;
use crate::vision::timed;

/// How often deadlines of orders are looked at.
const OVERDUE_EVERY: Duration = Duration::from_millis(500);

/// An observation on its way to the scene.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) look: DueLook,
    pub(crate) observation: Observation,
}

/// A camera comes, goes, or is judged otherwise while the program runs.
#[derive(Debug)]
pub(crate) enum SceneChange {
    /// The next index, or one that had gone; with the cases that it has seen on ground that it shares.
    Enter(usize, Box<CameraScene>, Vec<Incident>),
    /// Its scene is put to rest; the answer is what it remembers.
    Leave(usize, Sender<Memory>),
    /// Other zones, hours, permits, rules.
    Rezone(usize, Vec<Zone>, Box<Options>),
}

/// By index; nothing for a camera that has gone.
pub(crate) type PerCamera = Vec<Option<Box<CameraScene>>>;

pub(crate) struct Scenes {
    pub(crate) per_camera: PerCamera,
    /// All changes of one reload together.
    pub(crate) changes: Receiver<Vec<SceneChange>>,
    pub(crate) observations: Receiver<Seen>,
    pub(crate) orders: Receiver<Ordered>,
    /// Cameras at which an order waits.
    pub(crate) asked: BTreeSet<usize>,
    /// When the deadlines of orders were looked at last.
    pub(crate) looked_through: Monotonic,
    pub(crate) decided: Sender<Outcome>,
    pub(crate) memory: Sender<Shelf>,
    pub(crate) lay_by: LayBy,
    pub(crate) ground: CommonGround,
    pub(crate) findings: Sender<Findings>,
    pub(crate) nudges: Sender<Nudge>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) board: Arc<Board>,
}

impl Scenes {
    /// Runs until every worker is gone. Orders that wait then are rows still, and are ordered again after the start.
    pub(crate) fn run(mut self) {
        let observations = self.observations.clone();
        let mut orders = self.orders.clone();
        let mut changes = self.changes.clone();
        loop {
            select! {
                recv(changes) -> changed => match changed {
                    Ok(changed) => self.change_all(changed),
                    Err(_) => changes = never(),
                },
                recv(observations) -> seen => match seen {
                    Ok(seen) => self.take(seen),
                    Err(_) => break,
                },
                recv(orders) -> ordered => match ordered {
                    Ok(ordered) => self.order(ordered),
                    Err(_) => orders = never(),
                },
                default(OVERDUE_EVERY) => {}
            }
            let now = self.clock.monotonic();
            if now.since(self.looked_through) >= OVERDUE_EVERY {
                self.looked_through = now;
                self.overdue();
            }
            let settled = self.ground.due(now);
            self.tell_all(settled);
            for (fate, count) in self.ground.news() {
                self.metrics.common_ground(fate).inc_by(count);
            }
        }
        let settled = self.ground.all();
        self.tell_all(settled);
        for scene in self.per_camera.iter().flatten() {
            // All of it, and waiting for the disk: this is the last that is seen of it.
            if let Some(memory) = scene.checkpoint(Pictures::All) {
                let _gone = self.memory.send(Shelf::LayBy(memory));
            }
        }
    }

    fn change_all(&mut self, changes: Vec<SceneChange>) {
        for change in changes {
            self.change(change);
        }
    }

    fn change(&mut self, change: SceneChange) {
        let now = self.clock.monotonic();
        match change {
            SceneChange::Enter(camera, scene, cases) => {
                self.ground.enter(&scene, &cases);
                self.board.open(camera, scene.open_incidents().len());
                if camera < self.per_camera.len() {
                    self.per_camera[camera] = Some(scene);
                } else {
                    self.per_camera.push(Some(scene));
                }
                self.lay_by.enter(camera, now);
                self.want(camera);
            }
            SceneChange::Leave(camera, memory) => {
                let Some(mut scene) = self.per_camera[camera].take() else {
                    return;
                };
                self.asked.remove(&camera);
                let settled = self.ground.all();
                self.tell_all(settled);
                self.ground.leave(scene.camera());
                let wall = self.clock.wall();
                // Nobody will look any more: every order is over.
                for mut verdict in scene.verdicts(Wall(i64::MAX), Inconclusive::CameraGone) {
                    verdict.decided_at.at = verdict.decided_at.at.min(wall);
                    self.tell(Outcome::Verdict(verdict));
                }
                if let Some(kept) = scene.checkpoint(Pictures::All)
                    && memory.try_send(kept).is_err()
                {
                    self.metrics.memories(MemoryFate::Skipped).inc();
                }
            }
            SceneChange::Rezone(camera, zones, options) => {
                if let Some(scene) = &mut self.per_camera[camera] {
                    scene.rezone(zones, *options);
                    self.want(camera);
                }
            }
        }
    }

    fn tell(&self, outcome: Outcome) {
        let outcome = match outcome {
            Outcome::Verdict(verdict) => {
                self.metrics.verdicts(verdict.answer).inc();
                Outcome::Verdict(self.ground.of_case(verdict))
            }
            incident @ Outcome::Incident(_) => incident,
        };
        if let Err(lost) = self.decided.send(outcome) {
            tracing::error!("the case stage is gone; this verdict is decided again after the start: {lost}");
        }
    }

    /// An order came: the sampler is asked for a look.
    fn order(&mut self, Ordered { camera, order }: Ordered) {
        let redirected = self.ground.redirect(order.clone(), self.clock.wall());
        let (camera, order) = match self.board.index(&redirected.camera) {
            Some(camera) => (camera, redirected),
            None => (camera, order),
        };
        let Some(scene) = &mut self.per_camera[camera] else {
            self.tell(Outcome::Verdict(unwatched(order, self.clock.wall())));
            return;
        };
        scene.recheck(order);
        self.asked.insert(camera);
        self.answer(camera);
        self.want(camera);
    }

    /// Orders are answered by their deadline also where no picture comes.
    fn overdue(&mut self) {
        for camera in self.asked.clone() {
            self.answer(camera);
        }
    }

    fn answer(&mut self, camera: usize) {
        let gone = !matches!(
            self.board.state(camera),
            CameraState::Live
                | CameraState::Tainted
                | CameraState::Frozen
                | CameraState::Obscured
                | CameraState::Moved
        );
        let reason = if gone {
            Inconclusive::CameraGone
        } else {
            Inconclusive::NoPicture
        };
        let Some(scene) = &mut self.per_camera[camera] else {
            return;
        };
        let verdicts = scene.verdicts(self.clock.wall(), reason);
        if scene.rechecks_pending() == 0 {
            self.asked.remove(&camera);
        }
        for verdict in verdicts {
            self.tell(Outcome::Verdict(verdict));
        }
    }

    /// Asks the sampler for the next look that would decide something.
    fn want(&self, camera: usize) {
        if let Some(wanted) = self.next_due(camera) {
            match self.nudges.try_send(Nudge::LookAt(camera, wanted)) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => {}
                Err(TrySendError::Full(_)) => self.metrics.wishes_dropped.inc(),
            }
        }
    }

    fn next_due(&self, camera: usize) -> Option<Wanted> {
        self.per_camera[camera].as_ref()?.next_due()
    }

    /// Lays by what the camera's scene remembers, when it is time.
    fn remember(&mut self, camera: usize, waits: bool, now: Monotonic) {
        if !self.lay_by.is_due(camera, waits, now) {
            return;
        }
        let scene = self.per_camera[camera].as_ref();
        let Some(memory) = scene.and_then(|scene| scene.checkpoint(Pictures::First)) else {
            return;
        };
        match self.memory.try_send(Shelf::LayBy(memory)) {
            Ok(()) => self.lay_by.done(camera, now),
            Err(TrySendError::Full(_)) => self.metrics.memories(MemoryFate::Skipped).inc(),
            Err(TrySendError::Disconnected(_)) => {}
        }
    }

    fn take(&mut self, seen: Seen) {
        // What was changed before this look was handed out has been told before.
        while let Ok(changed) = self.changes.try_recv() {
            self.change_all(changed);
        }
        let Seen { look, observation } = seen;
        let camera = look.camera;
        let now = self.clock.monotonic();
        self.metrics.looks_outstanding.dec();
        let Some(scene) = &mut self.per_camera[camera] else {
            // It had been looked at when the camera was taken out.
            self.metrics.looks_dropped(DropReason::Removed).inc();
            self.board.dropped(camera, DropReason::Removed);
            return;
        };
        self.metrics.looks_observed.inc();
        self.metrics
            .look_latency
            .observe(now.since(look.due).as_secs_f64());
        if now > look.deadline {
            self.metrics.looks_late.inc();
        }
        let mut last_look = LastLook {
            captured_at: observation.captured_at,
            size: observation.size,
            detections: observation.detections.len(),
            thumbnail: Arc::new(observation.thumbnail.clone()),
            view: None,
        };
        let at = observation.captured_at;
        let incidents = timed(&self.metrics, Stage::Scene, || scene.observe(observation));
        if !incidents.is_empty() {
            self.board.open(camera, scene.open_incidents().len());
        }
        let look = scene.ground_look(at, incidents);
        let settled = if scene.shares_ground() {
            self.ground.put(look, now);
            None
        } else {
            Some(look.by_itself())
        };
        let judged = scene.picture_state();
        if scene.views() > 1 && judged.state == CameraState::Live {
            last_look.view = scene.view().cloned();
        }
        self.metrics.pictures_judged(judged.state).inc();
        if let Some(why) = judged.why {
            self.metrics.pictures_set_aside(why).inc();
        }
        self.board.observed(camera, last_look, judged, self.clock.wall());
        self.want(camera);
        self.tell_all(settled);
        // After the case's own changes: a verdict may be about one of them.
        if self.asked.contains(&camera) {
            self.answer(camera);
        }
        let waits = self.next_due(camera).is_some();
        self.remember(camera, waits, now);
    }

    /// Hands over what looks came to: the record, and the changes of cases.
    fn tell_all(&self, settled: impl IntoIterator<Item = Settled>) {
        for settled in settled {
            if !settled.findings.is_empty() {
                // The record is an explanation: nothing waits for it.
                let count = settled.findings.places.len() as u64;
                if self.findings.try_send(settled.findings).is_err() {
                    self.metrics.findings_dropped.inc_by(count);
                }
            }
            for (incident, appearance) in settled.incidents {
                self.metrics.incidents(incident.change).inc();
                let key = Arc::clone(&incident.key);
                let outcome = Outcome::Incident(Decided { incident, appearance });
                if self.decided.send(outcome).is_err() {
                    tracing::error!(%key, "the case stage is gone; this incident is lost");
                }
            }
        }
    }
}

/// When each camera's memory is laid by: every so often while a dwell runs there, and ten times as seldom while nothing would be
/// lost but the reference of its view.
pub(crate) struct LayBy {
    every: Duration,
    last: Vec<Monotonic>,
}

/// How much more seldom where nothing is waited for.
const AT_EASE: u32 = 10;

impl LayBy {
    /// Every `every_secs`; 0 is only at the end.
    pub(crate) fn new(every_secs: u32, cameras: usize, now: Monotonic) -> Self {
        Self {
            every: Duration::from_secs(every_secs.into()),
            last: vec![now; cameras],
        }
    }

    /// A camera comes: what is known of it is at rest.
    fn enter(&mut self, camera: usize, now: Monotonic) {
        if camera < self.last.len() {
            self.last[camera] = now;
        } else {
            self.last.push(now);
        }
    }

    fn is_due(&self, camera: usize, waits: bool, now: Monotonic) -> bool {
        let every = if waits { self.every } else { self.every * AT_EASE };
        !every.is_zero() && now.since(self.last[camera]) >= every
    }

    fn done(&mut self, camera: usize, now: Monotonic) {
        self.last[camera] = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_is_laid_by_sooner_where_a_dwell_runs() {
        let at = |secs| Monotonic(Duration::from_secs(secs));
        let mut lay_by = LayBy::new(60, 2, at(0));
        for (secs, waits, due) in [
            (59, true, false),
            (60, true, true),
            (60, false, false),
            (600, false, true),
        ] {
            assert_eq!(lay_by.is_due(1, waits, at(secs)), due, "{secs} s");
        }
        lay_by.done(1, at(60));
        assert!(!lay_by.is_due(1, true, at(61)) && lay_by.is_due(0, true, at(61)));
        assert!(
            !LayBy::new(0, 1, at(0)).is_due(0, true, at(9999)),
            "only at the end"
        );
    }
}

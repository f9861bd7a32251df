//! The scene stage: observations to incidents, one thread, every camera's scene in order.
//!
//! From here on nothing is dropped: when the case stage is slow this thread waits, the workers wait
//! for it, and the sampler sheds looks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, never, select};
use curbwatch_scene::{CameraScene, Memory, Pictures};
use curbwatch_types::{CameraState, Clock, Findings, Incident, Inconclusive, Monotonic, Observation};

use crate::board::{Board, LastLook};
use crate::cases::{Decided, Outcome};
use crate::memories::MemoryFate;
use crate::metrics::{Metrics, Stage};
use crate::orders::Ordered;
use crate::sampler::Nudge;
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

pub(crate) struct Scenes {
    pub(crate) per_camera: Vec<CameraScene>,
    pub(crate) observations: Receiver<Seen>,
    pub(crate) orders: Receiver<Ordered>,
    /// Cameras at which an order waits.
    pub(crate) asked: BTreeSet<usize>,
    /// When the deadlines of orders were looked at last.
    pub(crate) looked_through: Monotonic,
    pub(crate) decided: Sender<Outcome>,
    pub(crate) memory: Sender<Memory>,
    pub(crate) lay_by: LayBy,
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
        loop {
            select! {
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
        }
        for scene in &self.per_camera {
            // All of it, and waiting for the disk: this is the last that is seen of it.
            if let Some(memory) = scene.checkpoint(Pictures::All) {
                let _gone = self.memory.send(memory);
            }
        }
    }

    /// An order came: the sampler is asked for a look.
    fn order(&mut self, Ordered { camera, order }: Ordered) {
        self.per_camera[camera].recheck(order);
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
        let scene = &mut self.per_camera[camera];
        let verdicts = scene.verdicts(self.clock.wall(), reason);
        if scene.rechecks_pending() == 0 {
            self.asked.remove(&camera);
        }
        for verdict in verdicts {
            self.metrics.verdicts(verdict.answer).inc();
            if let Err(lost) = self.decided.send(Outcome::Verdict(verdict)) {
                tracing::error!(
                    "the case stage is gone; this verdict is decided again after the start: {lost}"
                );
            }
        }
    }

    /// Asks the sampler for the next look that would decide something.
    fn want(&self, camera: usize) {
        if let Some(wanted) = self.per_camera[camera].next_due() {
            match self.nudges.try_send(Nudge::LookAt(camera, wanted)) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => {}
                Err(TrySendError::Full(_)) => self.metrics.wishes_dropped.inc(),
            }
        }
    }

    /// Lays by what the camera's scene remembers, when it is time.
    fn remember(&mut self, camera: usize, waits: bool, now: Monotonic) {
        if !self.lay_by.is_due(camera, waits, now) {
            return;
        }
        let Some(memory) = self.per_camera[camera].checkpoint(Pictures::First) else {
            return;
        };
        match self.memory.try_send(memory) {
            Ok(()) => self.lay_by.done(camera, now),
            Err(TrySendError::Full(_)) => self.metrics.memories(MemoryFate::Skipped).inc(),
            Err(TrySendError::Disconnected(_)) => {}
        }
    }

    fn take(&mut self, seen: Seen) {
        let Seen { look, observation } = seen;
        let camera = look.camera;
        let now = self.clock.monotonic();
        self.metrics.looks_outstanding.dec();
        self.metrics.looks_observed.inc();
        self.metrics
            .look_latency
            .observe(now.since(look.due).as_secs_f64());
        if now > look.deadline {
            self.metrics.looks_late.inc();
        }
        let last_look = LastLook {
            captured_at: observation.captured_at,
            size: observation.size,
            detections: observation.detections.len(),
            thumbnail: Arc::new(observation.thumbnail.clone()),
        };
        let scene = &mut self.per_camera[camera];
        let incidents = timed(&self.metrics, Stage::Scene, || scene.observe(observation));
        let findings = scene.findings();
        if !findings.is_empty() {
            // The record is an explanation: nothing waits for it.
            let count = findings.places.len() as u64;
            if self.findings.try_send(findings).is_err() {
                self.metrics.findings_dropped.inc_by(count);
            }
        }
        let judged = scene.picture_state();
        self.metrics.pictures_judged(judged.state).inc();
        if let Some(why) = judged.why {
            self.metrics.pictures_set_aside(why).inc();
        }
        self.board.observed(camera, last_look, judged, self.clock.wall());
        self.want(camera);
        if !incidents.is_empty() {
            self.decide(camera, incidents);
        }
        // After the case's own changes: a verdict may be about one of them.
        if self.asked.contains(&camera) {
            self.answer(camera);
        }
        let waits = self.per_camera[camera].next_due().is_some();
        self.remember(camera, waits, now);
    }

    fn decide(&self, camera: usize, incidents: Vec<Incident>) {
        let open = self.per_camera[camera].open_incidents();
        self.board.open(camera, open.len());
        for incident in incidents {
            self.metrics.incidents(incident.change).inc();
            let appearance = open
                .iter()
                .find(|o| o.key == incident.key)
                .and_then(|o| o.appearance.clone());
            let key = Arc::clone(&incident.key);
            let outcome = Outcome::Incident(Decided { incident, appearance });
            if self.decided.send(outcome).is_err() {
                tracing::error!(%key, "the case stage is gone; this incident is lost");
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

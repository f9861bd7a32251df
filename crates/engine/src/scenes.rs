//! The scene stage: observations to incidents, one thread, every camera's scene in order.
//!
//! From here on nothing is dropped: when the case stage is slow this thread waits, the workers wait
//! for it, and the sampler sheds looks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, never, select};
use curbwatch_scene::CameraScene;
use curbwatch_types::{CameraState, Clock, Incident, Inconclusive, Monotonic, Observation};

use crate::board::{Board, LastLook};
use crate::cases::{Decided, Outcome};
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
                    Err(_) => return,
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
        let judged = scene.picture_state().state;
        self.metrics.pictures_judged(judged).inc();
        self.board.observed(camera, last_look, judged, self.clock.wall());
        self.want(camera);
        if !incidents.is_empty() {
            self.decide(camera, incidents);
        }
        // After the case's own changes: a verdict may be about one of them.
        if self.asked.contains(&camera) {
            self.answer(camera);
        }
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

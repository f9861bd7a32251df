//! The scene stage: observations to incidents, one thread, every camera's scene in order.
//!
//! From here on nothing is dropped: when the case stage is slow this thread waits, the workers wait
//! for it, and the sampler sheds looks.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use curbwatch_scene::CameraScene;
use curbwatch_types::{Clock, Observation};

use crate::board::{Board, LastLook};
use crate::cases::Decided;
use crate::metrics::{Metrics, Stage};
use crate::sampler::Nudge;
use crate::schedule::DueLook;
use crate::vision::timed;

/// An observation on its way to the scene.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) look: DueLook,
    pub(crate) observation: Observation,
}

pub(crate) struct Scenes {
    pub(crate) per_camera: Vec<CameraScene>,
    pub(crate) observations: Receiver<Seen>,
    pub(crate) decided: Sender<Decided>,
    pub(crate) nudges: Sender<Nudge>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) board: Arc<Board>,
}

impl Scenes {
    /// Runs until every worker is gone.
    pub(crate) fn run(mut self) {
        while let Ok(seen) = self.observations.recv() {
            self.take(seen);
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
        if let Some(wanted) = scene.next_due() {
            match self.nudges.try_send(Nudge::LookAt(camera, wanted)) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => {}
                Err(TrySendError::Full(_)) => self.metrics.wishes_dropped.inc(),
            }
        }
        if incidents.is_empty() {
            return;
        }
        let open = scene.open_incidents();
        self.board.open(camera, open.len());
        for incident in incidents {
            self.metrics.incidents(incident.change).inc();
            let appearance = open
                .iter()
                .find(|o| o.key == incident.key)
                .and_then(|o| o.appearance.clone());
            if let Err(lost) = self.decided.send(Decided { incident, appearance }) {
                tracing::error!(key = %lost.0.incident.key, "the case stage is gone; this incident is lost");
            }
        }
    }
}

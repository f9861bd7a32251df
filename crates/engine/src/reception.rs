//! One task for each camera: holds its session up and puts its keyframes into its slot.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use curbwatch_ingest::{Event, Source};
use curbwatch_types::{CameraState, Clock};
use tokio_util::sync::CancellationToken;

use crate::sampler::Nudge;
use crate::slot::{Put, Slot};
use crate::view::View;

/// One camera's reception, supervised: an unexpected end is counted and started again.
pub(crate) struct Reception {
    /// The camera's index in the roster.
    pub(crate) index: usize,
    pub(crate) source: Source,
    pub(crate) slot: Arc<Slot>,
    pub(crate) nudge: Sender<Nudge>,
    pub(crate) view: View,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: CancellationToken,
    pub(crate) seed: u64,
}

/// Failures in a row that are logged one by one, and then one in so many.
const LOGGED_FAILURES: u64 = 3;
const LOGGED_EVERY: u64 = 50;

/// What reception has told so far.
#[derive(Debug, Default)]
struct Told {
    sessions: u64,
    /// In a row.
    failures: u64,
}

impl Reception {
    /// Pause before a reception that ended unexpectedly is started again.
    const RESTART_AFTER: Duration = Duration::from_secs(10);

    pub(crate) async fn supervise(self) {
        let this = Arc::new(self);
        while !this.stop.is_cancelled() {
            let one = Arc::clone(&this);
            let ended = tokio::spawn(Box::pin(async move { one.receive().await })).await;
            if this.stop.is_cancelled() {
                return;
            }
            if ended.is_err() {
                this.view.metrics.camera_error("internal");
                tracing::error!(camera = %this.source.camera, "reception ended unexpectedly; it starts again in 10 s");
                let why = "internal error; starting again";
                this.view
                    .board
                    .received(this.index, CameraState::Connecting, why, this.clock.wall());
            }
            tokio::select! {
                () = tokio::time::sleep(Self::RESTART_AFTER) => {}
                () = this.stop.cancelled() => return,
            }
        }
    }

    async fn receive(&self) {
        let mut told = Told::default();
        let outlet = |event| self.take(event, &mut told);
        let run = curbwatch_ingest::run(&self.source, &*self.clock, self.seed, self.stop.clone(), outlet);
        Box::pin(run).await;
    }

    /// Never waits: whatever the later stages do, this camera's socket is read.
    fn take(&self, event: Event, told: &mut Told) {
        let metrics = &self.view.metrics;
        match event {
            Event::Unit(unit) => {
                metrics.units.inc();
                if !unit.keyframe {
                    return;
                }
                let (put, dropped) = self.slot.put(unit);
                if let Some(reason) = dropped {
                    metrics.units_dropped(reason).inc();
                }
                if put == Put::Wanted && self.nudge.try_send(Nudge::Picture(self.index)).is_err() {
                    metrics.wishes_dropped.inc();
                }
            }
            Event::State { state, why } => {
                tracing::info!(camera = %self.source.camera, state = state.name(), "{why}");
                self.view
                    .board
                    .received(self.index, state, &why, self.clock.wall());
            }
            Event::Connected { .. } => {
                told.sessions += 1;
                told.failures = 0;
                if told.sessions > 1 {
                    metrics.reconnects.inc();
                }
            }
            Event::Redirected { to } => tracing::info!(camera = %self.source.camera, "redirected to {to}"),
            Event::Dropped { reason, count } => metrics.units_dropped(reason).inc_by(count),
            Event::Received { bytes, .. } => metrics.received_bytes.inc_by(bytes),
            Event::Failed(error) => {
                metrics.camera_error(error.kind());
                told.failures += 1;
                // A district of dead cameras must not write a line a second.
                if told.failures <= LOGGED_FAILURES || told.failures.is_multiple_of(LOGGED_EVERY) {
                    tracing::warn!(camera = %self.source.camera, failures = told.failures, "{error}");
                } else {
                    tracing::debug!(camera = %self.source.camera, failures = told.failures, "{error}");
                }
                self.view
                    .board
                    .failed(self.index, &error.to_string(), self.clock.wall());
            }
        }
    }
}

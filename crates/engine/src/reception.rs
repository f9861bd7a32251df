//! One task for each camera: holds its session up and puts its keyframes into its slot.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use curbwatch_ingest::{Event, Source};
use curbwatch_types::{AccessUnit, CameraId, CameraState, Clock, Wall};
use tokio_util::sync::CancellationToken;

use crate::flow::Flows;
use crate::keyless::{Keyless, Step};
use crate::nudge::Nudge;
use crate::slot::{Put, Slot};
use crate::view::View;

/// One camera's reception, supervised: an unexpected end is counted and started again.
pub(crate) struct Reception {
    /// The camera's index in the roster.
    pub(crate) index: usize,
    pub(crate) source: Source,
    pub(crate) slot: Arc<Slot>,
    pub(crate) flows: Flows,
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
pub(crate) struct Told {
    sessions: u64,
    /// In a row.
    failures: u64,
    state: Option<CameraState>,
}

impl Told {
    /// A session stands.
    pub(crate) fn connected(&mut self) {
        self.sessions += 1;
        self.failures = 0;
    }

    /// Whether the state is another one than the last.
    pub(crate) fn is_news(&mut self, state: CameraState) -> bool {
        self.state.replace(state) != Some(state)
    }

    /// Counts and logs what is no picture, no session and no state.
    pub(crate) fn count(&mut self, event: Event, index: usize, camera: &CameraId, view: &View, now: Wall) {
        let metrics = &view.metrics;
        match event {
            Event::Redirected { to } => tracing::info!(%camera, "redirected to {to}"),
            Event::Dropped { reason, count } => metrics.units_dropped(reason).inc_by(count),
            Event::Received { bytes, .. } => metrics.received_bytes.inc_by(bytes),
            Event::Failed(error) => {
                metrics.camera_error(error.kind());
                self.failures += 1;
                // A district of dead cameras must not write a line a second.
                if self.failures <= LOGGED_FAILURES || self.failures.is_multiple_of(LOGGED_EVERY) {
                    tracing::warn!(%camera, failures = self.failures, "{error}");
                } else {
                    tracing::debug!(%camera, failures = self.failures, "{error}");
                }
                view.board.failed(index, &error.to_string(), now);
            }
            Event::Unit(_) | Event::State { .. } | Event::Connected { .. } => {}
        }
    }
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
        let slot = Arc::clone(&self.slot);
        let mut keyless = Keyless::new(self.flows.clone(), self.index, slot, &self.source.options);
        let outlet = |event| self.take(event, &mut told, &mut keyless);
        let run = curbwatch_ingest::run(&self.source, &*self.clock, self.seed, self.stop.clone(), outlet);
        Box::pin(run).await;
    }

    /// Never waits: whatever the later stages do, this camera's socket is read.
    fn take(&self, event: Event, told: &mut Told, keyless: &mut Keyless) {
        let metrics = &self.view.metrics;
        match event {
            Event::Unit(unit) => self.picture(unit, keyless),
            Event::State { state, why } => {
                let flows = state == CameraState::Live && keyless.is_flow();
                let why = if flows {
                    format!("{why}; it sends no keyframes, and every picture is decoded")
                } else {
                    why
                };
                tracing::info!(camera = %self.source.camera, state = state.name(), "{why}");
                self.view
                    .board
                    .received(self.index, state, &why, self.clock.wall());
                let hungry = keyless.state(state, self.clock.monotonic());
                self.explain(hungry);
            }
            Event::Connected { .. } => {
                told.connected();
                if told.sessions > 1 {
                    metrics.reconnects.inc();
                }
            }
            other => {
                if matches!(other, Event::Received { .. }) {
                    let hungry = keyless.tick(self.clock.monotonic());
                    self.explain(hungry);
                }
                let (camera, now) = (&self.source.camera, self.clock.wall());
                told.count(other, self.index, camera, &self.view, now);
            }
        }
    }

    fn picture(&self, unit: AccessUnit, keyless: &mut Keyless) {
        let metrics = &self.view.metrics;
        match keyless.step(unit, self.clock.monotonic()) {
            Step::ToSlot(unit) => {
                metrics.units.inc();
                let (put, dropped) = self.slot.put(*unit);
                if let Some(reason) = dropped {
                    metrics.units_dropped(reason).inc();
                }
                if put == Put::Wanted && self.nudge.try_send(Nudge::Picture(self.index)).is_err() {
                    metrics.wishes_dropped.inc();
                }
            }
            Step::InFlow => {}
            Step::Dropped(reason, count) => metrics.units_dropped(reason).inc_by(count),
            Step::Left => {
                let why = keyless.left();
                tracing::warn!(camera = %self.source.camera, "{}", why.as_deref().unwrap_or("nothing came for long"));
                self.explain(why);
            }
        }
    }

    /// Tells the operator why a camera without pictures stays so.
    fn explain(&self, why: Option<String>) {
        if let Some(why) = why {
            self.view.board.failed(self.index, &why, self.clock.wall());
        }
    }
}

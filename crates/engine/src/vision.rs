//! One vision worker's looking: a look in, an observation out, wherever its eyes are.
//!
//! Replay, the live engine and the benchmark all look by this one type. Its eyes ([`Eyes`]) are in the calling thread or in a
//! process of their own ([`Process`]); an observation is the same to the last bit. It makes new eyes when they end before their
//! time, after a wait that grows while they end at once, and books what is lost by it. Not for: who is looked at (`sampler`).

mod blind;
mod child;
mod closeups;
mod eyes;
mod link;
mod process;
mod strikes;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use curbwatch_infer::Model;
use curbwatch_types::{Clock, DropReason, Look, Monotonic, Observation};

use crate::Error;
use crate::metrics::{Metrics, Stage};
use crate::threads::cpu_time;
use crate::vision_metrics::WorkerEnd;
pub(crate) use blind::Blind;
pub use child::vision_worker;
pub(crate) use closeups::{Enforced, Turn, enforced};
pub(crate) use eyes::EyesOptions;
use eyes::{Cost, Eyes};
pub use process::VisionProgram;
use process::{End, Process};
pub(crate) use strikes::Strikes;
use strikes::{SET_ASIDE, STRIKES_MAX};
use wire::SetUp;

/// Wait before eyes are made for the second time without a look between; the first time there is none. It doubles up to the most.
const WAIT_FIRST: Duration = Duration::from_millis(500);
const WAIT_MAX: Duration = Duration::from_secs(30);

/// How a worker comes by its eyes.
#[derive(Debug, Clone)]
pub(crate) struct VisionOptions {
    pub(crate) model: Model,
    pub(crate) eyes: EyesOptions,
    /// In a process of its own; otherwise in the worker's thread.
    pub(crate) apart: Option<Apart>,
}

/// What a process of its own needs.
#[derive(Debug, Clone)]
pub(crate) struct Apart {
    pub(crate) program: VisionProgram,
    /// The ONNX Runtime's file.
    pub(crate) library: PathBuf,
    /// The model's manifest.
    pub(crate) model: PathBuf,
    pub(crate) model_dirs: Vec<PathBuf>,
    /// How long a look may take.
    pub(crate) look_max: Duration,
}

/// What all workers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) strikes: Arc<Strikes>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Eyes that can look.
enum Sense {
    Here(Box<Eyes>),
    Apart(Box<Process>),
}

/// One worker's looking.
pub(crate) struct Vision {
    number: usize,
    options: VisionOptions,
    shared: Shared,
    sense: Option<Sense>,
    provider: String,
    /// How the last ones ended, and when, until there are others.
    lost: Option<(WorkerEnd, Monotonic)>,
    /// Ends, and starts in vain, since the last look.
    in_a_row: u32,
}

impl Vision {
    /// Begins to make eyes; [`opened`](Self::opened) ends it. So the processes of several workers start together.
    pub(crate) fn begin(number: usize, options: VisionOptions, shared: Shared) -> Result<Self, Error> {
        let mut vision = Self {
            number,
            options,
            shared,
            sense: None,
            provider: String::new(),
            lost: None,
            in_a_row: 0,
        };
        vision.sense = Some(vision.start()?);
        Ok(vision)
    }

    /// Waits until the eyes can look.
    pub(crate) fn opened(mut self) -> Result<Self, Error> {
        if let Some(sense) = self.sense.take() {
            self.open(sense)?;
        }
        Ok(self)
    }

    /// Which provider runs the model.
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// Sees to it that there are eyes, once, after a wait where they ended before; false: there are none yet. Waiting ends when
    /// `stop` is closed.
    pub(crate) fn ready(&mut self, stop: &Receiver<()>) -> bool {
        if let Some(Sense::Apart(process)) = &mut self.sense
            && let Some(status) = process.ended()
        {
            self.lose((WorkerEnd::Died, status), "while it waited for a look");
        }
        if self.sense.is_some() {
            return true;
        }
        let wait = self.wait();
        if !wait.is_zero() && stop.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
            return false;
        }
        let opened = self.start().and_then(|sense| self.open(sense));
        if let Err(error) = opened {
            self.in_a_row = self.in_a_row.saturating_add(1);
            self.shared.metrics.vision.start_failures.inc();
            tracing::error!("vision worker {}: {error}; tried again", self.number);
            return false;
        }
        if let Some((end, at)) = self.lost.take() {
            self.shared.metrics.vision.restarts(end).inc();
            let after = self.shared.clock.monotonic().since(at).as_millis();
            tracing::warn!("vision worker {}: another is there after {after} ms", self.number);
        }
        true
    }

    /// Looks. `number` is the observation's number, `turn` says which tiles may come with it.
    pub(crate) fn observe(&mut self, look: Look, number: u64, turn: &Turn) -> Result<Observation, Blind> {
        let now = self.shared.clock.monotonic();
        if !self.shared.strikes.allow(turn.camera, now) {
            return Err(Blind {
                reason: DropReason::SetAside,
                cause: "its pictures ended vision workers; it is set aside".to_owned(),
            });
        }
        let mut cost = Cost::default();
        let seen = match &mut self.sense {
            Some(Sense::Here(eyes)) => {
                // Eyes that panicked are thrown away, whatever state they are in.
                caught(|| eyes.look(&look.unit, turn, &mut cost))
            }
            Some(Sense::Apart(process)) => process.look(&look.unit, number, turn, &mut cost),
            None => {
                return Err(Blind {
                    reason: DropReason::WorkerDied,
                    cause: "there is no vision worker".to_owned(),
                });
            }
        };
        cost.book(&self.shared.metrics);
        let sight = match seen {
            Ok(seen) => {
                self.in_a_row = 0;
                self.shared.strikes.survived(turn.camera);
                seen?
            }
            Err(end) => return Err(self.lost_with(&look, turn.camera, end, now)),
        };
        Ok(Observation {
            camera: look.unit.camera.clone(),
            epoch: look.unit.epoch,
            picture: number,
            captured_at: look.unit.captured_at,
            why: look.why,
            size: sight.size,
            detections: sight.detections,
            closeups: sight.closeups,
            thumbnail: sight.thumbnail,
            health: sight.health,
            model: self.options.model.id(),
            unit: look.unit,
        })
    }

    fn start(&self) -> Result<Sense, Error> {
        let VisionOptions { model, eyes, apart } = &self.options;
        let Some(apart) = apart else {
            return Ok(Sense::Here(Box::new(Eyes::new(model, eyes)?)));
        };
        let set_up = SetUp::new(&apart.library, &apart.model, &apart.model_dirs, eyes);
        let clock = &self.shared.clock;
        let process = Process::start(self.number, &apart.program, &set_up, apart.look_max, clock)?;
        Ok(Sense::Apart(Box::new(process)))
    }

    fn open(&mut self, mut sense: Sense) -> Result<(), Error> {
        self.provider = match &mut sense {
            Sense::Here(eyes) => eyes.provider().to_owned(),
            Sense::Apart(process) => process.ready(&self.options.model.id())?,
        };
        self.sense = Some(sense);
        self.shared.metrics.vision.workers.inc();
        Ok(())
    }

    /// How long to wait before eyes are made.
    fn wait(&self) -> Duration {
        match self.in_a_row {
            0 | 1 => Duration::ZERO,
            n => (WAIT_FIRST * 2_u32.saturating_pow(n - 2).min(1 << 10)).min(WAIT_MAX),
        }
    }

    /// The eyes ended with this look.
    fn lost_with(&mut self, look: &Look, camera: usize, end: End, now: Monotonic) -> Blind {
        let of = &look.unit.camera;
        let cause = format!(
            "camera `{of}`: the vision worker ended with its picture: {}",
            end.1
        );
        self.lose(end, &format!("with a picture of camera `{of}`"));
        if self.shared.strikes.ended(camera, now) {
            self.shared.metrics.vision.cameras_set_aside.inc();
            tracing::error!(
                "camera `{of}`: its pictures ended {STRIKES_MAX} vision workers in a row; it is set aside for {} minutes",
                SET_ASIDE.as_secs() / 60
            );
        }
        Blind {
            reason: DropReason::WorkerDied,
            cause,
        }
    }

    fn lose(&mut self, (end, how): End, when: &str) {
        let (number, name) = (self.number, end.name());
        tracing::warn!("vision worker {number} {name} {when}: {how}");
        self.sense = None;
        self.shared.metrics.vision.workers.dec();
        self.lost = Some((end, self.shared.clock.monotonic()));
        self.in_a_row = self.in_a_row.saturating_add(1);
    }
}

impl Drop for Vision {
    fn drop(&mut self) {
        if self.sense.is_some() {
            self.shared.metrics.vision.workers.dec();
        }
    }
}

/// A panic in a thread is an end, too: a worker that is gone without a word would be missed by nobody.
fn caught<T>(look: impl FnOnce() -> T) -> Result<T, End> {
    catch_unwind(AssertUnwindSafe(look)).map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        (
            WorkerEnd::Panicked,
            wire::text(said.unwrap_or("it does not say why")),
        )
    })
}

/// Runs `work` and books its thread CPU time to `stage`.
pub(crate) fn timed<T>(metrics: &Metrics, stage: Stage, work: impl FnOnce() -> T) -> T {
    let before = cpu_time();
    let result = work();
    let spent = cpu_time().saturating_sub(before);
    metrics
        .stage_cpu_micros(stage)
        .inc_by(u64::try_from(spent.as_micros()).unwrap_or(u64::MAX));
    result
}

#[cfg(test)]
mod tests;

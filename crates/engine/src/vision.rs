//! A look becomes an observation: decode, survey, prepare, infer.
//!
//! Stateless from look to look but for reused buffers and pooled contexts, so a look may run on any
//! worker; replay, the live engine and the benchmark all use this one function.

use std::sync::Arc;

use curbwatch_decode::Decoder;
use curbwatch_infer::{Detector, DetectorOptions, Model};
use curbwatch_types::{DropReason, Look, Observation, Picture};

use crate::Error;
use crate::metrics::{Metrics, Stage};
use crate::threads::cpu_time;

/// Why a look brought no observation, and what the stage said.
#[derive(Debug)]
pub(crate) struct Blind {
    pub(crate) reason: DropReason,
    pub(crate) cause: String,
}

/// One worker's eyes.
pub(crate) struct Vision {
    decoder: Decoder,
    detector: Detector,
    picture: Picture,
    model: Arc<str>,
    metrics: Arc<Metrics>,
}

impl Vision {
    /// A decoder and a detector session of `model`.
    pub(crate) fn new(
        model: &Model,
        detector: &DetectorOptions,
        decoder: curbwatch_decode::Options,
        metrics: Arc<Metrics>,
    ) -> Result<Self, Error> {
        Ok(Self {
            decoder: Decoder::new(decoder),
            detector: Detector::new(model, detector)?,
            picture: Picture::default(),
            model: model.id(),
            metrics,
        })
    }

    /// Which provider runs the model.
    pub(crate) fn provider(&self) -> &str {
        self.detector.provider()
    }

    /// Looks. `number` is the observation's number within its camera.
    pub(crate) fn observe(&mut self, look: Look, number: u64) -> Result<Observation, Blind> {
        let Self {
            decoder,
            detector,
            picture,
            model,
            metrics,
        } = self;
        let undecodable = |e: curbwatch_decode::Error| Blind {
            reason: DropReason::Undecodable,
            cause: e.to_string(),
        };
        let failed = |e: curbwatch_infer::Error| Blind {
            reason: DropReason::InferenceFailed,
            cause: e.to_string(),
        };
        timed(metrics, Stage::Decode, || decoder.decode_key(&look.unit, picture)).map_err(undecodable)?;
        let (thumbnail, health) = timed(metrics, Stage::Survey, || {
            curbwatch_decode::survey(picture, &look.unit)
        });
        timed(metrics, Stage::Prepare, || detector.prepare(picture)).map_err(failed)?;
        let detections = timed(metrics, Stage::Infer, || detector.run()).map_err(failed)?;
        Ok(Observation {
            camera: look.unit.camera.clone(),
            epoch: look.unit.epoch,
            picture: number,
            captured_at: look.unit.captured_at,
            why: look.why,
            size: (picture.width, picture.height),
            detections,
            closeups: Vec::new(),
            thumbnail,
            health,
            model: Arc::clone(model),
            unit: look.unit,
        })
    }
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

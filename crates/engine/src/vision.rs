//! A look becomes an observation: decode, survey, prepare, infer, and a closer look at some tiles.
//!
//! Stateless from look to look but for reused buffers and pooled contexts, so a look may run on any
//! worker; replay, the live engine and the benchmark all use this one function.

mod closeups;

use std::sync::Arc;

use curbwatch_decode::Decoder;
use curbwatch_infer::{Detector, DetectorOptions, Model};
use curbwatch_types::{DropReason, Look, Observation, Picture};

use crate::Error;
use crate::metrics::{Metrics, Stage, TileSkip};
use crate::threads::cpu_time;
pub(crate) use closeups::{Closeups, Enforced, Turn, enforced};

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
    closeups: Closeups,
    picture: Picture,
    model: Arc<str>,
    metrics: Arc<Metrics>,
}

impl Vision {
    /// A decoder and a detector session of `model`.
    pub(crate) fn new(
        model: &Model,
        detector: &DetectorOptions,
        closeups: Closeups,
        decoder: curbwatch_decode::Options,
        metrics: Arc<Metrics>,
    ) -> Result<Self, Error> {
        Ok(Self {
            decoder: Decoder::new(decoder),
            detector: Detector::new(model, detector)?,
            closeups,
            picture: Picture::default(),
            model: model.id(),
            metrics,
        })
    }

    /// Which provider runs the model.
    pub(crate) fn provider(&self) -> &str {
        self.detector.provider()
    }

    /// Looks. `number` is the observation's number, `turn` says which tiles may come with it.
    pub(crate) fn observe(&mut self, look: Look, number: u64, turn: &Turn) -> Result<Observation, Blind> {
        let Self {
            decoder,
            detector,
            closeups,
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
        let mut detections = timed(metrics, Stage::Infer, || detector.run()).map_err(failed)?;
        let size = (picture.width, picture.height);
        let chosen = closeups.choose(size, turn);
        metrics.tiles_skipped(TileSkip::Turn).inc_by(chosen.others as u64);
        metrics
            .tiles_skipped(TileSkip::Overload)
            .inc_by(chosen.given_up as u64);
        if !chosen.tiles.is_empty() {
            timed(metrics, Stage::Tiles, || {
                detector.look_closer(picture, &chosen.tiles, &mut detections)
            })
            .map_err(failed)?;
            metrics.tiles_done.inc_by(chosen.tiles.len() as u64);
        }
        Ok(Observation {
            camera: look.unit.camera.clone(),
            epoch: look.unit.epoch,
            picture: number,
            captured_at: look.unit.captured_at,
            why: look.why,
            size,
            detections,
            closeups: chosen.tiles.iter().map(|tile| tile.area(size)).collect(),
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

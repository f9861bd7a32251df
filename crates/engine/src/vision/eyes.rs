//! The looking itself: decode, survey, prepare, infer, and a closer look at some tiles.
//!
//! For: one coded picture in, what it shows out, with what that cost. Stateless from look to look but for reused buffers and
//! pooled contexts, so it runs on any thread, and in a process of its own. Not for: metrics, cameras' fates, restarts
//! ([`Vision`](super::Vision)).

use curbwatch_decode::Decoder;
use curbwatch_infer::{Detector, DetectorOptions, Model};
use curbwatch_types::{AccessUnit, BBox, Detection, DropReason, Health, Luma, Picture};

use super::blind::Blind;
use super::closeups::{Closeups, Turn};
use crate::Error;
use crate::metrics::{Metrics, Stage, TileSkip};
use crate::threads::cpu_time;

/// What eyes are made with, beside their model.
#[derive(Debug, Clone, Default)]
pub(crate) struct EyesOptions {
    pub(crate) detector: DetectorOptions,
    /// Replaces the manifest's number of tiles in a look; 0 is none.
    pub(crate) tiles_per_look_max: Option<usize>,
    pub(crate) decoder: curbwatch_decode::Options,
}

/// What a picture shows: an observation without whose picture it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sight {
    /// Width and height of the decoded picture in pixels.
    pub(crate) size: (usize, usize),
    pub(crate) detections: Vec<Detection>,
    pub(crate) closeups: Vec<BBox>,
    pub(crate) thumbnail: Luma,
    pub(crate) health: Health,
}

/// What a look cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Thread CPU time by stage, microseconds.
    pub(crate) micros: [u64; Cost::STAGES.len()],
    /// Tiles looked at.
    pub(crate) tiles: u64,
    /// Tiles that have their turn in another look.
    pub(crate) others: u64,
    /// Tiles that were given up.
    pub(crate) given_up: u64,
}

impl Cost {
    /// The stages of a look.
    pub(crate) const STAGES: [Stage; 5] = [
        Stage::Decode,
        Stage::Survey,
        Stage::Prepare,
        Stage::Infer,
        Stage::Tiles,
    ];

    /// Counts it.
    pub(super) fn book(&self, metrics: &Metrics) {
        for (stage, micros) in Self::STAGES.into_iter().zip(self.micros) {
            metrics.stage_cpu_micros(stage).inc_by(micros);
        }
        metrics.tiles_done.inc_by(self.tiles);
        metrics.tiles_skipped(TileSkip::Turn).inc_by(self.others);
        metrics.tiles_skipped(TileSkip::Overload).inc_by(self.given_up);
    }

    /// Runs `work` and notes its CPU time under the stage of that index.
    fn timed<T>(&mut self, stage: usize, work: impl FnOnce() -> T) -> T {
        let before = cpu_time();
        let result = work();
        let spent = cpu_time().saturating_sub(before);
        self.micros[stage] += u64::try_from(spent.as_micros()).unwrap_or(u64::MAX);
        result
    }
}

/// A decoder and a detector session.
pub(crate) struct Eyes {
    decoder: Decoder,
    detector: Detector,
    closeups: Closeups,
    picture: Picture,
}

impl Eyes {
    /// A decoder, and a session of `model`.
    pub(crate) fn new(model: &Model, options: &EyesOptions) -> Result<Self, Error> {
        Ok(Self {
            decoder: Decoder::new(options.decoder.clone()),
            detector: Detector::new(model, &options.detector)?,
            closeups: Closeups::new(model, options.tiles_per_look_max),
            picture: Picture::default(),
        })
    }

    /// Which provider runs the model.
    pub(crate) fn provider(&self) -> &str {
        self.detector.provider()
    }

    /// Looks at `unit`; `turn` says which tiles may come with it. What was spent is added to `cost`, whatever comes of it.
    pub(crate) fn look(&mut self, unit: &AccessUnit, turn: &Turn, cost: &mut Cost) -> Result<Sight, Blind> {
        let Self {
            decoder,
            detector,
            closeups,
            picture,
        } = self;
        let undecodable = |e: curbwatch_decode::Error| Blind {
            reason: DropReason::Undecodable,
            cause: e.to_string(),
        };
        let failed = |e: curbwatch_infer::Error| Blind {
            reason: DropReason::InferenceFailed,
            cause: e.to_string(),
        };
        let [decode, survey, prepare, infer, tiles] = [0, 1, 2, 3, 4];
        cost.timed(decode, || decoder.decode_key(unit, picture))
            .map_err(undecodable)?;
        let (thumbnail, health) = cost.timed(survey, || curbwatch_decode::survey(picture, unit));
        cost.timed(prepare, || detector.prepare(picture))
            .map_err(failed)?;
        let mut detections = cost.timed(infer, || detector.run()).map_err(failed)?;
        let size = (picture.width, picture.height);
        let chosen = closeups.choose(size, turn);
        cost.others += chosen.others as u64;
        cost.given_up += chosen.given_up as u64;
        if !chosen.tiles.is_empty() {
            let closer = || detector.look_closer(picture, &chosen.tiles, &mut detections);
            cost.timed(tiles, closer).map_err(failed)?;
            cost.tiles += chosen.tiles.len() as u64;
        }
        Ok(Sight {
            size,
            detections,
            closeups: chosen.tiles.iter().map(|tile| tile.area(size)).collect(),
            thumbnail,
            health,
        })
    }
}

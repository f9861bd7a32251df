//! YUV pictures to detections: model manifests, preprocessing, ONNX Runtime, output layouts.
//!
//! For: everything between a decoded [`Picture`](curbwatch_types::Picture) and a list of
//! [`Detection`](curbwatch_types::Detection)s. A [`Model`] is a checked manifest with its weights; a
//! [`Detector`] is one session of it, made for one worker and reused for every picture.
//!
//! Not for: threads (a worker owns its detector), queues, decoding, and what detections mean. Above
//! this crate there are no tensors, only boxes.
//!
//! Input comes from the decoder by way of a worker; manifests and weights come from the operator's
//! disk and are trusted no further than their checksum.
//!
//! ```no_run
//! use curbwatch_infer::{Detector, DetectorOptions, Model, ModelOptions, load_runtime};
//! # fn main() -> Result<(), curbwatch_infer::Error> {
//! # let picture = curbwatch_types::Picture::default();
//! load_runtime(None)?;
//! let model = Model::load("models/nanodet-plus.toml".as_ref(), &ModelOptions::default())?;
//! let mut detector = Detector::new(&model, &DetectorOptions::default())?;
//! let detections = detector.detect(&picture)?;
//! # Ok(()) }
//! ```

mod appearance;
mod detector;
mod error;
mod layout;
mod letterbox;
mod manifest;
mod merge;
mod model;
mod nms;
mod prepare;
mod runtime;
mod tiles;

pub use detector::{Detector, DetectorOptions, Provider};
pub use error::{Blame, Error, Problem};
pub use manifest::{
    ChannelOrder, ClassRow, Fit, InputSpec, Layout, Manifest, NmsSpec, OutputSpec, Placement, ResizeFilter,
    TileSpec,
};
pub use model::{MODEL_BYTES_MAX, Model, ModelOptions};
pub use runtime::{Runtime, load_runtime};
pub use tiles::{Tile, TilePlan};

//! One session of a model, for one worker: picture in, detections out.
//!
//! For: owning everything one inference needs, allocated once (session, input and output tensors,
//! scaling buffers), and checking when it is made that the network is what its manifest says. Not
//! for: sharing between threads; every worker makes its own, and the same picture gives the same
//! bits in each.

mod session;

use std::sync::Arc;

use curbwatch_types::{Detection, Picture, Score};

use crate::layout::{self, Thresholds};
use crate::letterbox::Letterbox;
use crate::merge::{self, Close};
use crate::nms::{self, Candidate, Groups};
use crate::prepare::{self, Preparer};
use crate::{Error, Model, Tile, appearance, load_runtime};
use session::{Bound, Network};

/// Most input shapes kept ready by a detector whose model follows the picture's aspect; the one
/// unused longest gives way. A district has cameras of two to four aspects.
const SHAPES_MAX: usize = 8;
/// Most detections described by an appearance vector, best first; bounds the cost of a crowd.
const DESCRIBED_MAX: usize = 64;

/// What runs the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Provider {
    /// The CPU; in every build of the library.
    #[default]
    Cpu,
    /// NVIDIA CUDA; needs the `onnxruntime-gpu` build and CUDA.
    Cuda,
    /// NVIDIA `TensorRT`; needs the `onnxruntime-gpu` build and its library.
    TensorRt,
    /// Intel `OpenVINO`; needs the `onnxruntime-openvino` build.
    OpenVino,
}

/// How a detector is made.
#[derive(Debug, Clone)]
pub struct DetectorOptions {
    /// Threads inside one operator. 1, because one session per core beats one session on all cores.
    pub intra_threads: usize,
    /// What runs the network.
    pub provider: Provider,
    /// Replaces every class's threshold of the manifest, 0..1: evaluation wants the weak ones, too.
    pub min_score: Option<f32>,
}

impl Default for DetectorOptions {
    fn default() -> Self {
        Self {
            intra_threads: 1,
            provider: Provider::Cpu,
            min_score: None,
        }
    }
}

/// One session of a model. Make one per worker and reuse it.
pub struct Detector {
    model: Model,
    network: Network,
    provider: String,
    thresholds: Thresholds,
    groups: Groups,
    preparer: Preparer,
    /// Ready shapes, the most recently used last.
    shapes: Vec<Shape>,
    prepared: bool,
    candidates: Vec<Candidate>,
    dropped_candidates: u64,
}

/// Tensors of one size, bound to the session, and what lies in the input now.
struct Shape {
    size: (usize, usize),
    /// Whether it is for tiles.
    tile: bool,
    bound: Bound,
    letterbox: Option<Letterbox>,
}

impl Detector {
    /// Makes a session and runs it once on an empty picture and on an empty tile, so that a network that
    /// contradicts its manifest fails here. Loads the runtime by its default places if nobody did (see
    /// [`load_runtime`]).
    pub fn new(model: &Model, options: &DetectorOptions) -> Result<Self, Error> {
        let runtime = load_runtime(None)?;
        let (mut network, provider) = Network::new(&runtime, model, options)?;
        let first = model.manifest().input.fit.size_for(1920, 1080);
        network.check(model, first)?;
        if let Some(tiles) = model.manifest().tiles {
            network.check(model, (tiles.width, tiles.height))?;
        }
        tracing::debug!(model = %model.id(), provider, "detector made");
        let min_score = options.min_score.map(|s| Score::new(s).get());
        let mut detector = Self {
            thresholds: Thresholds::new(model.manifest(), min_score),
            groups: Groups::new(&model.manifest().nms),
            model: model.clone(),
            network,
            provider,
            preparer: Preparer::default(),
            shapes: Vec::new(),
            prepared: false,
            candidates: Vec::new(),
            dropped_candidates: 0,
        };
        detector.shape(first, false)?;
        Ok(detector)
    }

    /// Id of the model: the manifest's name and the weights' digest.
    pub fn model(&self) -> Arc<str> {
        self.model.id()
    }

    /// The execution provider really in use, e.g. `cpu`, or `cuda+cpu` when the provider leaves some
    /// of the network to the CPU.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Candidates that fell out because a picture had more than 1000 of them, since the start.
    pub fn dropped_candidates(&self) -> u64 {
        self.dropped_candidates
    }

    /// What is to be seen in `picture`, best first: [`prepare`](Self::prepare), then [`run`](Self::run).
    pub fn detect(&mut self, picture: &Picture) -> Result<Vec<Detection>, Error> {
        self.prepare(picture)?;
        self.run()
    }

    /// Scales and converts `picture` into the input tensor.
    pub fn prepare(&mut self, picture: &Picture) -> Result<(), Error> {
        self.prepared = false;
        prepare::check(picture)?;
        self.load(picture, None)?;
        self.prepared = true;
        Ok(())
    }

    /// Runs the network on what was prepared last. Boxes are relative to the whole picture; equal
    /// scores are ordered by anchor and class, so that the answer is the same on every worker.
    pub fn run(&mut self) -> Result<Vec<Detection>, Error> {
        if !std::mem::take(&mut self.prepared) {
            return Err(Error::NothingPrepared);
        }
        let letterbox = self.infer()?;
        let scaled = self.preparer.scaled();
        let boxes = self
            .candidates
            .iter()
            .map(|c| (c, letterbox.to_picture(c.corners)));
        let inside = boxes.filter(|(_, bbox)| bbox.area() > 0.0);
        Ok(inside
            .enumerate()
            .map(|(i, (candidate, bbox))| Detection {
                class: candidate.object,
                score: Score::new(candidate.score),
                bbox,
                appearance: if i < DESCRIBED_MAX {
                    appearance::describe(scaled, &bbox)
                } else {
                    None
                },
            })
            .collect())
    }

    /// Looks at `tiles` of `picture`, one after the other, and joins what they show into `detections`,
    /// the answer of [`run`](Self::run) for the same picture: each thing once, best first. Boxes that a
    /// tile's border cuts inside the picture are left out; a thing that is whole in a tile keeps the
    /// tile's box. Tiles come from [`Manifest::plan_tiles`](crate::Manifest::plan_tiles).
    pub fn look_closer(
        &mut self,
        picture: &Picture,
        tiles: &[Tile],
        detections: &mut Vec<Detection>,
    ) -> Result<(), Error> {
        self.prepared = false;
        prepare::check(picture)?;
        let mut close = Vec::new();
        for (index, tile) in tiles.iter().enumerate() {
            self.load(picture, Some(tile))?;
            let letterbox = self.infer()?;
            let scaled = self.preparer.scaled();
            let sight = merge::sight(tile, picture);
            let whole = self.candidates.iter().filter_map(|candidate| {
                let bbox = merge::uncut(tile, picture, &letterbox, candidate.corners)?;
                Some((candidate, bbox))
            });
            close.extend(whole.enumerate().map(|(i, (candidate, bbox))| Close {
                detection: Detection {
                    class: candidate.object,
                    score: Score::new(candidate.score),
                    bbox,
                    appearance: if i < DESCRIBED_MAX {
                        appearance::describe(scaled, &letterbox.to_picture(candidate.corners))
                    } else {
                        None
                    },
                },
                tile: index,
                sight,
            }));
        }
        merge::merge(detections, close, &self.groups, self.model.manifest().nms.iou);
        Ok(())
    }

    /// Scales and converts the picture, or a part of it, into the input tensor of its shape, which
    /// becomes the last of `shapes`.
    fn load(&mut self, picture: &Picture, tile: Option<&Tile>) -> Result<(), Error> {
        let model = self.model.clone();
        let spec = &model.manifest().input;
        let letterbox = if let Some(tile) = tile {
            let Some(tiles) = model.manifest().tiles else {
                return Err(Error::Tile {
                    what: "the manifest has no [tiles]".to_owned(),
                });
            };
            prepare::check_tile(picture, tile)?;
            Letterbox::of_tile(tile, (tiles.width, tiles.height), spec.placement)
        } else {
            let size = spec.fit.size_for(picture.width, picture.height);
            Letterbox::new((picture.width, picture.height), size, spec.placement)
        };
        self.shape(letterbox.tensor, tile.is_some())?;
        let Some(shape) = self.shapes.last_mut() else {
            return Err(Error::NothingPrepared);
        };
        let tensor = shape.bound.input_mut();
        if shape.letterbox != Some(letterbox) {
            prepare::fill(spec, tensor);
            shape.letterbox = Some(letterbox);
        }
        self.preparer.prepare(picture, tile, spec, &letterbox, tensor)
    }

    /// Runs the network on what was loaded last: candidates after suppression, in tensor pixels.
    fn infer(&mut self) -> Result<Letterbox, Error> {
        let Some(shape) = self.shapes.last_mut() else {
            return Err(Error::NothingPrepared);
        };
        let Some(letterbox) = shape.letterbox else {
            return Err(Error::NothingPrepared);
        };
        let manifest = self.model.manifest();
        self.network.run(&self.model, &mut shape.bound, |outputs| {
            layout::decode(
                manifest,
                shape.size,
                outputs,
                &self.thresholds,
                &mut self.candidates,
            );
        })?;
        let beyond = nms::suppress(&mut self.candidates, &self.groups, manifest.nms.iou);
        self.dropped_candidates += beyond as u64;
        Ok(letterbox)
    }

    /// Makes the tensors of this size the last in `shapes`, allocating them the first time. Tiles have
    /// their own, so that the border of the whole picture's need not be filled again after them.
    fn shape(&mut self, size: (usize, usize), tile: bool) -> Result<(), Error> {
        if let Some(i) = self.shapes.iter().position(|s| s.size == size && s.tile == tile) {
            let shape = self.shapes.remove(i);
            self.shapes.push(shape);
            return Ok(());
        }
        if self.shapes.len() >= SHAPES_MAX {
            self.shapes.remove(0);
        }
        let bound = self.network.bind(&self.model, size)?;
        self.shapes.push(Shape {
            size,
            tile,
            bound,
            letterbox: None,
        });
        Ok(())
    }
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (model, provider) = (self.model.id(), &self.provider);
        f.debug_struct("Detector")
            .field("model", &model)
            .field("provider", provider)
            .finish_non_exhaustive()
    }
}

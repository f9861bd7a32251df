//! What a model is: its weights and their origin, its input, its output layout, its classes.
//!
//! For: the checked description every other part of this crate trusts. Not for: reading weights
//! ([`Model`](crate::Model)). The text is a TOML file beside or apart from the weights, written by
//! whoever exported the model; `parse` turns it into [`Manifest`] or into all its mistakes with their
//! lines. The format is described in `models/README.md`.

mod check;
mod measured;
mod parse;
mod tiles;

use std::path::{Path, PathBuf};

use curbwatch_types::{MeasuredClasses, ObjectClass};

pub use tiles::TileSpec;

use crate::Error;

/// Longest manifest read, in bytes; a manifest with a thousand classes has 30 kB.
const MANIFEST_BYTES_MAX: u64 = 1 << 20;

/// A model as its manifest describes it, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// Short name, first half of the model id.
    pub name: String,
    /// The weights, relative to the manifest or to a model directory.
    pub file: PathBuf,
    /// SHA-256 of the weights, 64 lower-case hex digits.
    pub sha256: String,
    /// SPDX expression.
    pub licence: String,
    /// Where the weights come from.
    pub source: String,
    /// Whom to name; empty when the licence asks for nothing.
    pub attribution: String,
    /// The model's card, a file beside the manifest: data, recipe, scores, known failures.
    pub card: Option<String>,
    /// Which classes of violation were measured with this model, and on what.
    pub measured: MeasuredClasses,
    /// What the network wants to see.
    pub input: InputSpec,
    /// How its answer is laid out.
    pub output: OutputSpec,
    /// The model's classes in order of index.
    pub classes: Vec<ClassRow>,
    /// Non-maximum suppression.
    pub nms: NmsSpec,
    /// How it may look at parts of a picture; `None` for a model that never does.
    pub tiles: Option<TileSpec>,
}

/// One class of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassRow {
    /// The model's own name for it.
    pub name: String,
    /// What it is to us; `None` is ignored.
    pub object: Option<ObjectClass>,
    /// Lowest score reported.
    pub threshold: f32,
}

/// What the network wants to see: one `f32` tensor 1 x 3 x height x width.
#[derive(Debug, Clone, PartialEq)]
pub struct InputSpec {
    /// Name of the input.
    pub name: String,
    /// Its size.
    pub fit: Fit,
    /// Order of the three channels.
    pub channels: ChannelOrder,
    /// Subtracted from each channel's 0..255 value, in channel order.
    pub mean: [f32; 3],
    /// What remains is divided by it, in channel order.
    pub std: [f32; 3],
    /// What fills the tensor beside the picture, 0..255, before normalisation.
    pub letterbox_value: f32,
    /// Where the picture lies in the tensor.
    pub placement: Placement,
    /// How the picture is scaled.
    pub resize: ResizeFilter,
}

/// How the tensor's size comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Always this size, in pixels.
    Fixed {
        /// Width.
        width: usize,
        /// Height.
        height: usize,
    },
    /// The longest side is `longest`; the other is the smallest multiple of `multiple_of` that holds
    /// the picture's aspect without shrinking it by more than 3 % (see [`Fit::size_for`]).
    Aspect {
        /// Longest side in pixels.
        longest: usize,
        /// Both sides are multiples of it.
        multiple_of: usize,
    },
}

/// Order of the channels in the tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum ChannelOrder {
    Rgb,
    Bgr,
}

/// Where the scaled picture lies in the tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// In the middle.
    Center,
    /// In the top-left corner.
    TopLeft,
}

/// How planes are scaled. Use the one the model was trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResizeFilter {
    /// Two-tap bilinear whatever the scale, as `cv2.INTER_LINEAR`.
    Bilinear,
    /// Bilinear whose support grows with the scale (anti-aliased), as Pillow's.
    BilinearAntialias,
    /// Nearest sample.
    Nearest,
}

/// How the network's answer is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// Which of the known layouts.
    pub layout: Layout,
    /// Names of the outputs; empty takes them in the model's order.
    pub names: Vec<String>,
    /// Pixels from one anchor to the next, level by level.
    pub strides: Vec<usize>,
    /// Bins of each side's distance distribution (`nanodet-plus`, `nanodet-m`).
    pub bins: usize,
}

/// The output layouts this crate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// One output 1 x A x (classes + 4 x bins): sigmoid scores, then logits of the distances left,
    /// top, right, bottom in strides from the anchor at `(column, row) * stride`
    /// (`NanoDet-Plus`; Li et al., Generalized Focal Loss, 2020).
    NanodetPlus,
    /// Scores 1 x A x classes for each stride, then distances 1 x A x (4 x bins) for each stride;
    /// anchors in the middle of their cell: `(column + 1/2, row + 1/2) * stride` (NanoDet-m).
    NanodetM,
    /// One output 1 x A x (5 + classes): centre offset from the cell and log size, in strides;
    /// objectness; class probabilities (YOLOX, Ge et al. 2021, exported without `decode_in_inference`).
    Yolox,
}

/// Non-maximum suppression.
#[derive(Debug, Clone, PartialEq)]
pub struct NmsSpec {
    /// Two boxes of one group that overlap more than this are one.
    pub iou: f32,
    /// Classes a model confuses, taken as one group: of a lorry seen as `car` and `truck` the better
    /// one remains. Classes in no group are suppressed among themselves.
    pub together: Vec<Vec<ObjectClass>>,
}

impl Manifest {
    /// Reads and checks a manifest.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |cause| Error::ReadManifest {
            path: path.to_path_buf(),
            cause,
        };
        let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
        if bytes > MANIFEST_BYTES_MAX {
            let what = format!("{bytes} bytes are no manifest, at most {MANIFEST_BYTES_MAX} are read");
            return Err(unreadable(std::io::Error::new(
                std::io::ErrorKind::FileTooLarge,
                what,
            )));
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        parse::parse(&text, folder).map_err(|problems| Error::Manifest {
            path: path.to_path_buf(),
            problems,
        })
    }
}

impl Fit {
    /// How much smaller than `longest` allows a picture may become to save a row of cells: 3 %.
    const SHRINK_MAX: f64 = 0.03;

    /// Width and height of the tensor for a picture of `width` x `height`.
    pub fn size_for(self, width: usize, height: usize) -> (usize, usize) {
        let (longest, multiple_of) = match self {
            Self::Fixed { width, height } => return (width, height),
            Self::Aspect { longest, multiple_of } => (longest, multiple_of),
        };
        let (long, short) = (width.max(height).max(1), width.min(height).max(1));
        let exact = longest as f64 * short as f64 / long as f64;
        let cells = (exact * (1.0 - Self::SHRINK_MAX) / multiple_of as f64)
            .ceil()
            .max(1.0) as usize;
        let other = (cells * multiple_of).min(longest);
        if width >= height {
            (longest, other)
        } else {
            (other, longest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tensor_takes_the_pictures_aspect() {
        let aspect = |longest, multiple_of| Fit::Aspect { longest, multiple_of };
        let rows = [
            (
                Fit::Fixed {
                    width: 416,
                    height: 416,
                },
                (1920, 1080),
                (416, 416),
            ),
            (aspect(416, 32), (1920, 1080), (416, 256)), // 234 exactly; 224 would shrink 4.3 %
            (aspect(640, 64), (352, 288), (640, 512)),   // 523.6 exactly; 512 shrinks 2.2 %
            (aspect(640, 64), (640, 352), (640, 384)),   // 352 exactly
            (aspect(640, 32), (640, 352), (640, 352)),
            (aspect(640, 64), (1080, 1920), (384, 640)),
            (aspect(640, 64), (500, 500), (640, 640)),
            (aspect(640, 64), (5000, 10), (640, 64)),
        ];
        for (fit, (w, h), want) in rows {
            assert_eq!(fit.size_for(w, h), want, "{fit:?} for {w}x{h}");
        }
    }
}

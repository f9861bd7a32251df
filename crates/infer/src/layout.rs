//! Output tensors to candidates, one file per family of networks.
//!
//! For: the shapes a layout must have and what its numbers mean. Not for: suppression, thresholds'
//! origin, picture coordinates: candidates are in tensor pixels.

mod distances;
mod yolox;

use crate::nms::Candidate;
use crate::{Layout, Manifest};

/// One output: its name where the manifest gives it, and the shape it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Name from the manifest; `None` takes the model's.
    pub(crate) name: Option<String>,
    /// Batch, anchors, values.
    pub(crate) shape: [usize; 3],
}

/// The outputs a model of this manifest has for a tensor of `width` x `height`.
pub(crate) fn expected(manifest: &Manifest, size: (usize, usize)) -> Vec<Expected> {
    let output = &manifest.output;
    let classes = manifest.classes.len();
    let sides = 4 * output.bins;
    let counts: Vec<usize> = output
        .strides
        .iter()
        .map(|s| size.0.div_ceil(*s) * size.1.div_ceil(*s))
        .collect();
    let all = counts.iter().sum();
    let shapes: Vec<[usize; 3]> = match output.layout {
        Layout::NanodetPlus => vec![[1, all, classes + sides]],
        Layout::Yolox => vec![[1, all, 5 + classes]],
        Layout::NanodetM => counts
            .iter()
            .map(|n| [1, *n, classes])
            .chain(counts.iter().map(|n| [1, *n, sides]))
            .collect(),
    };
    shapes
        .into_iter()
        .zip(0..)
        .map(|(shape, i)| Expected {
            name: output.names.get(i).cloned(),
            shape,
        })
        .collect()
}

/// Reads the outputs (in the order of [`expected`], of those shapes) into `candidates`.
pub(crate) fn decode(
    manifest: &Manifest,
    size: (usize, usize),
    outputs: &[&[f32]],
    thresholds: &Thresholds,
    candidates: &mut Vec<Candidate>,
) {
    candidates.clear();
    let output = &manifest.output;
    let classes = manifest.classes.len();
    let levels = levels(&output.strides, size);
    match output.layout {
        Layout::NanodetPlus => {
            let row = classes + 4 * output.bins;
            let Some(values) = outputs.first() else { return };
            for level in &levels {
                let rows = values
                    .chunks_exact(row)
                    .skip(level.first_anchor)
                    .map(|r| r.split_at(classes));
                distances::level(level, 0.0, output.bins, rows, thresholds, candidates);
            }
        }
        Layout::NanodetM => {
            let (scores, sides) = outputs.split_at(levels.len().min(outputs.len()));
            for ((level, scores), sides) in levels.iter().zip(scores).zip(sides) {
                let rows = scores
                    .chunks_exact(classes)
                    .zip(sides.chunks_exact(4 * output.bins));
                distances::level(level, 0.5, output.bins, rows, thresholds, candidates);
            }
        }
        Layout::Yolox => {
            let Some(values) = outputs.first() else { return };
            for level in &levels {
                let rows = values.chunks_exact(5 + classes).skip(level.first_anchor);
                yolox::level(level, rows, thresholds, candidates);
            }
        }
    }
}

/// The classes worth reading: index in the model, what it is to us, lowest score.
#[derive(Debug, Clone)]
pub(crate) struct Thresholds {
    rows: Vec<(usize, curbwatch_types::ObjectClass, f32)>,
    lowest: f32,
}

impl Thresholds {
    /// The manifest's thresholds, or `min_score` for every class.
    pub(crate) fn new(manifest: &Manifest, min_score: Option<f32>) -> Self {
        let rows: Vec<_> = manifest
            .classes
            .iter()
            .enumerate()
            .filter_map(|(i, row)| Some((i, row.object?, min_score.unwrap_or(row.threshold))))
            .collect();
        let lowest = rows.iter().map(|row| row.2).fold(f32::INFINITY, f32::min);
        Self { rows, lowest }
    }
}

/// One stride's grid of anchors.
struct Level {
    stride: f32,
    columns: usize,
    first_anchor: usize,
    anchors: usize,
}

impl Level {
    /// Column and row of the `i`-th anchor of this level.
    fn cell(&self, i: usize) -> (f32, f32) {
        ((i % self.columns) as f32, (i / self.columns) as f32)
    }
}

fn levels(strides: &[usize], (width, height): (usize, usize)) -> Vec<Level> {
    let mut first_anchor = 0;
    strides
        .iter()
        .map(|stride| {
            let columns = width.div_ceil(*stride);
            let anchors = columns * height.div_ceil(*stride);
            let level = Level {
                stride: *stride as f32,
                columns,
                first_anchor,
                anchors,
            };
            first_anchor += anchors;
            level
        })
        .collect()
}

/// Keeps a vote whose box is a box, at least one tensor pixel either way: a network fed with noise
/// may answer infinities.
fn push(candidates: &mut Vec<Candidate>, candidate: Candidate) {
    let [x0, y0, x1, y1] = candidate.corners;
    if candidate.corners.iter().all(|c| c.is_finite()) && x1 - x0 >= 1.0 && y1 - y0 >= 1.0 {
        candidates.push(candidate);
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! Boxes as four distributions of distances (Generalized Focal Loss, Li et al. 2020, section 3):
//! each side's distance from the anchor is the expectation over bins 0, 1, 2 ... strides.

use super::{Level, Thresholds, push};
use crate::nms::Candidate;

/// `rows` gives each anchor's class scores and its `4 * bins` logits (left, top, right, bottom);
/// `center` is where in its cell an anchor lies, in strides.
pub(super) fn level<'a>(
    level: &Level,
    center: f32,
    bins: usize,
    rows: impl Iterator<Item = (&'a [f32], &'a [f32])>,
    thresholds: &Thresholds,
    candidates: &mut Vec<Candidate>,
) {
    for (i, (scores, logits)) in rows.take(level.anchors).enumerate() {
        let mut corners = None;
        for &(class, object, threshold) in &thresholds.rows {
            let score = scores[class];
            if score >= threshold {
                let corners = *corners.get_or_insert_with(|| corners_at(level, i, center, bins, logits));
                let anchor = (level.first_anchor + i) as u32;
                push(
                    candidates,
                    Candidate {
                        object,
                        score,
                        corners,
                        anchor,
                    },
                );
            }
        }
    }
}

fn corners_at(level: &Level, i: usize, center: f32, bins: usize, logits: &[f32]) -> [f32; 4] {
    let (column, row) = level.cell(i);
    let (x, y) = ((column + center) * level.stride, (row + center) * level.stride);
    let mut sides = [0.0; 4];
    for (side, logits) in sides.iter_mut().zip(logits.chunks_exact(bins)) {
        *side = expectation(logits) * level.stride;
    }
    [x - sides[0], y - sides[1], x + sides[2], y + sides[3]]
}

/// Mean of 0, 1, 2 ... under the softmax of `logits`.
fn expectation(logits: &[f32]) -> f32 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut weights, mut sum) = (0.0, 0.0);
    for (i, logit) in logits.iter().enumerate() {
        let weight = (logit - top).exp();
        weights += weight;
        sum += weight * i as f32;
    }
    sum / weights
}

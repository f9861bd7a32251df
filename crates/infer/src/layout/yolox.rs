//! YOLOX: centre offset and log size in strides, objectness, class probabilities
//! (Ge et al. 2021, section 2.2; sigmoids are inside the exported network).

use super::{Level, Thresholds, push};
use crate::nms::Candidate;

/// `rows` gives each anchor's `5 + classes` values.
pub(super) fn level<'a>(
    level: &Level,
    rows: impl Iterator<Item = &'a [f32]>,
    thresholds: &Thresholds,
    candidates: &mut Vec<Candidate>,
) {
    for (i, values) in rows.take(level.anchors).enumerate() {
        let objectness = values[4];
        // Class probabilities are at most 1: most anchors end here.
        if objectness.is_nan() || objectness < thresholds.lowest {
            continue;
        }
        let (column, row) = level.cell(i);
        let (x, y) = (
            (values[0] + column) * level.stride,
            (values[1] + row) * level.stride,
        );
        let (w, h) = (values[2].exp() * level.stride, values[3].exp() * level.stride);
        let corners = [x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0];
        for &(class, object, threshold) in &thresholds.rows {
            let score = objectness * values[5 + class];
            if score >= threshold {
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

//! Times and numbers as every wire form writes them. Numbers are rounded to a fixed count of digits, so
//! that the same incident gives the same bytes on every machine.

use curbwatch_types::{BBox, CapturedAt};
use serde::{Deserialize, Serialize};

/// Digits after the point of every relative coordinate and score: 0.4 pixels of a 4K picture.
const DIGITS: f64 = 1e4;

/// A time and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since 1970.
    pub ms: i64,
    /// How far off it may be, in milliseconds.
    pub uncertainty_ms: u32,
}

impl Moment {
    pub(crate) fn of(moment: CapturedAt) -> Self {
        Self {
            ms: moment.at.0,
            uncertainty_ms: moment.uncertainty_ms,
        }
    }
}

/// `[x, y, w, h]`, rounded.
pub(crate) fn rounded_box(bbox: BBox) -> [f64; 4] {
    [rounded(bbox.x), rounded(bbox.y), rounded(bbox.w), rounded(bbox.h)]
}

/// 4 digits after the point; what is no number becomes 0, and so does minus zero.
pub(crate) fn rounded(value: f32) -> f64 {
    let value = (f64::from(value) * DIGITS).round() / DIGITS;
    if value.is_finite() && value != 0.0 {
        value
    } else {
        0.0
    }
}

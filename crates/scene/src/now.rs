//! The look under judgement, as every part of a view's scene is handed it. Not for: deciding anything.

use curbwatch_types::{CapturedAt, Observation, Point, Shot, ViewId};

use crate::sighting::Sighting;
use crate::witness::Witness;

/// The look under judgement, less its detections.
pub(crate) struct Now<'a> {
    pub(crate) at: CapturedAt,
    pub(crate) offset: Point,
    pub(crate) view: Option<&'a ViewId>,
    pub(crate) observation: &'a Observation,
    pub(crate) witness: Option<&'a Witness>,
    /// Since the look before.
    pub(crate) since_last_ms: i64,
}

impl Now<'_> {
    /// Height over width of the picture.
    pub(crate) fn aspect(&self) -> f64 {
        let (width, height) = self.observation.size;
        height.max(1) as f64 / width.max(1) as f64
    }

    pub(crate) fn shot(&self, sighting: &Sighting) -> Shot {
        Shot {
            unit: self.observation.unit.clone(),
            bbox: sighting.shown,
            score: sighting.score,
        }
    }
}

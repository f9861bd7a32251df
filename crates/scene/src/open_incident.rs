//! What must outlive the process so that a restart opens no case twice.

use std::sync::Arc;

use curbwatch_types::{Appearance, BBox, CapturedAt, Score, ViewId, ViolationClass, Wall, ZoneId};

/// An incident that has opened and not yet ended: plain values, to be stored and handed back to
/// [`CameraScene::adopt`](crate::CameraScene::adopt).
#[derive(Debug, Clone, PartialEq)]
pub struct OpenIncident {
    /// The incident's key, as in [`curbwatch_types::Incident::key`].
    pub key: Arc<str>,
    /// What kind of violation.
    pub class: ViolationClass,
    /// In which view.
    pub view: ViewId,
    /// In which zone.
    pub zone: ZoneId,
    /// Its place in the picture that showed it last, relative.
    pub bbox: BBox,
    /// First look that showed it.
    pub first_seen: CapturedAt,
    /// When its dwell was fulfilled.
    pub due: Wall,
    /// Latest look that showed it.
    pub last_seen: CapturedAt,
    /// Looks that showed it.
    pub present_looks: u32,
    /// Highest score among them.
    pub best_score: Score,
    /// The incident that stood in the same place before.
    pub supersedes: Option<Arc<str>>,
    /// Classes that gave way to it.
    pub also: Vec<ViolationClass>,
    /// What it looked like last, where the observations say.
    pub appearance: Option<Appearance>,
}

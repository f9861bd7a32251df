//! A violation as the scene sees it: one place, one class, a life-cycle.

use std::sync::Arc;

use crate::{
    AccessUnit, BBox, CameraId, CapturedAt, GroundPlace, ResolvedRule, Score, ViewId, ViolationClass, Wall,
    Witness, ZoneId,
};

/// What happened to a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IncidentChange {
    /// It has stood for its legal dwell: a case candidate.
    Opened,
    /// It still stands; sent at long intervals.
    Still,
    /// The place is empty again.
    Closed,
    /// Another thing stands there now: the old incident ends, a new dwell begins.
    Reoccupied,
}

impl IncidentChange {
    /// The name in wire forms: `opened`, `still`, `closed`, `reoccupied`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Still => "still",
            Self::Closed => "closed",
            Self::Reoccupied => "reoccupied",
        }
    }
}

/// A picture that shows the violation, still coded, and where to look in it.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The picture.
    pub unit: AccessUnit,
    /// Where the thing is in it, relative.
    pub bbox: BBox,
    /// How sure the detector was.
    pub score: Score,
}

/// A life-cycle change of a violation. Never dropped.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Stable over the violation's life, and over restarts: made of camera, class, place and first
    /// sight, never of a counter. Hexadecimal.
    pub key: Arc<str>,
    /// What happened.
    pub change: IncidentChange,
    /// What kind of violation.
    pub class: ViolationClass,
    /// Where.
    pub camera: CameraId,
    /// In which view.
    pub view: ViewId,
    /// In which zone.
    pub zone: ZoneId,
    /// The place in the latest shot, relative.
    pub bbox: BBox,
    /// First look that showed it.
    pub first_seen: CapturedAt,
    /// When its dwell was fulfilled.
    pub due: Wall,
    /// Latest look that showed it.
    pub last_seen: CapturedAt,
    /// When the decision fell: time of the look that made it.
    pub decided_at: CapturedAt,
    /// Looks that showed it.
    pub present_looks: u32,
    /// Highest score among them.
    pub best_score: Score,
    /// The rule as resolved.
    pub rule: ResolvedRule,
    /// Which model saw it.
    pub model: Arc<str>,
    /// Earliest and latest pictures, at most 3, oldest first; empty only for `Closed`.
    pub shots: Vec<Shot>,
    /// The incident that stood in the same place before (`reoccupied`).
    pub supersedes: Option<Arc<str>>,
    /// Classes whose rule its things fit too, and which gave way to this one: frontage goes before vendor, and that before
    /// piles. As the look that opened it showed them.
    pub also: Vec<ViolationClass>,
    /// Where it stands on ground that several views share, where the view was measured into a frame.
    pub ground: Option<GroundPlace>,
    /// Every view that has seen it, the one that opened it first; empty where it is one alone.
    pub witnesses: Vec<Witness>,
}

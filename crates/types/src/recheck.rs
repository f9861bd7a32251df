//! A re-check: somebody asks whether a violation is really there (before filing) or really gone (after
//! handling), and fresh looks at the same place answer. An order enters at the top of the road like any
//! other input. Not for: deciding (`scene`), wire forms and keeping (`case`).

use std::sync::Arc;

use crate::{Appearance, BBox, CameraId, CapturedAt, Shot, ViewId, ViolationClass, Wall, ZoneId};

/// What an order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecheckPurpose {
    /// 核实, before filing: is it really there?
    Verify,
    /// 核查, after handling: is it really gone?
    Check,
}

impl RecheckPurpose {
    /// The name in commands and wire forms: `verify`, `check`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Check => "check",
        }
    }

    /// The purpose of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Verify, Self::Check].into_iter().find(|p| p.name() == name)
    }
}

/// A question to one camera about one place.
#[derive(Debug, Clone, PartialEq)]
pub struct RecheckOrder {
    /// Its name; the same order given twice is one order.
    pub id: Arc<str>,
    /// What it is for.
    pub purpose: RecheckPurpose,
    /// Which camera is asked.
    pub camera: CameraId,
    /// The incident it is about, as in [`crate::Incident::key`]; `None` asks about a place.
    pub incident: Option<Arc<str>>,
    /// What kind of violation.
    pub class: ViolationClass,
    /// In which view, where known.
    pub view: Option<ViewId>,
    /// In which zone, where known.
    pub zone: Option<ZoneId>,
    /// Where, relative, in the latest picture of that view; for an incident that the scene remembers its own memory is better.
    pub bbox: Option<BBox>,
    /// What it looked like, where known.
    pub appearance: Option<Appearance>,
    /// Only later pictures answer.
    pub ordered_at: Wall,
    /// When it is answered at the latest.
    pub deadline: Wall,
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Inconclusive {
    /// No picture came.
    NoPicture,
    /// No picture came, and the camera cannot be reached or refuses.
    CameraGone,
    /// Something was missing from the pictures.
    Tainted,
    /// The identical picture again and again.
    Frozen,
    /// A card in place of the picture ("camera in use").
    Placeholder,
    /// Covered, uniform, or blinded.
    Obscured,
    /// Black: night without light.
    TooDark,
    /// Much less sharp than this camera is: out of focus, misted over, smeared.
    Blurred,
    /// A flash, or a light straight into the lens.
    Dazzled,
    /// The camera was changing between colour and infrared.
    Switching,
    /// The camera looks elsewhere.
    Moved,
    /// The camera is in a view in which the place does not lie.
    UnknownView,
    /// Something stands before the place.
    Occluded,
    /// Too few looks for an answer, or they contradict one another.
    Undecided,
    /// No rule of that class holds at this camera, or nobody knows the place.
    Unknown,
    /// Too many orders wait at this camera.
    Overload,
}

impl Inconclusive {
    /// Every reason, for metrics that must exist before they are used.
    pub const ALL: [Self; 16] = [
        Self::NoPicture,
        Self::CameraGone,
        Self::Tainted,
        Self::Frozen,
        Self::Placeholder,
        Self::Obscured,
        Self::TooDark,
        Self::Blurred,
        Self::Dazzled,
        Self::Switching,
        Self::Moved,
        Self::UnknownView,
        Self::Occluded,
        Self::Undecided,
        Self::Unknown,
        Self::Overload,
    ];

    /// The name in wire forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoPicture => "no_picture",
            Self::CameraGone => "camera_gone",
            Self::Tainted => "tainted",
            Self::Frozen => "frozen",
            Self::Placeholder => "placeholder",
            Self::Obscured => "obscured",
            Self::TooDark => "too_dark",
            Self::Blurred => "blurred",
            Self::Dazzled => "dazzled",
            Self::Switching => "switching",
            Self::Moved => "moved",
            Self::UnknownView => "unknown_view",
            Self::Occluded => "occluded",
            Self::Undecided => "undecided",
            Self::Unknown => "unknown",
            Self::Overload => "overload",
        }
    }
}

/// The answer to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    /// It is there.
    Present,
    /// It is gone and the place was seen without it.
    Cleared,
    /// It is gone, and another one stands there.
    Reoccupied,
    /// Nothing can be said. Never taken for cleared.
    Inconclusive(Inconclusive),
}

impl Answer {
    /// The name in wire forms: `present`, `cleared`, `reoccupied`, `inconclusive`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Cleared => "cleared",
            Self::Reoccupied => "reoccupied",
            Self::Inconclusive(_) => "inconclusive",
        }
    }

    /// Why nothing can be said, where that is the answer.
    pub fn reason(self) -> Option<Inconclusive> {
        match self {
            Self::Inconclusive(reason) => Some(reason),
            _ => None,
        }
    }
}

/// An order answered.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The order.
    pub order: RecheckOrder,
    /// The answer.
    pub answer: Answer,
    /// Time of the look that decided, or the deadline.
    pub decided_at: CapturedAt,
    /// In which view the pictures were, where any could be used.
    pub view: Option<ViewId>,
    /// Pictures since the order.
    pub looks: u32,
    /// Of these, the ones that said something of the place.
    pub telling_looks: u32,
    /// The picture that showed the violation last before the order, where it is still held; its box is the place
    /// in that picture.
    pub before: Option<Shot>,
    /// The latest picture, with the same place in it.
    pub after: Option<Shot>,
    /// Which model saw it, where anything was seen.
    pub model: Option<Arc<str>>,
}

impl Verdict {
    /// The answer to an order for which no look was taken: `inconclusive`, for that reason.
    #[must_use]
    pub fn without_a_look(order: RecheckOrder, reason: Inconclusive, at: Wall) -> Self {
        Self {
            order,
            answer: Answer::Inconclusive(reason),
            decided_at: CapturedAt {
                at,
                uncertainty_ms: 0,
            },
            view: None,
            looks: 0,
            telling_looks: 0,
            before: None,
            after: None,
            model: None,
        }
    }
}

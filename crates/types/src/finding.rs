//! What the scene made of a place and why that is no case, or which: the record that answers "why was there no case
//! at 10:05?". Said when it changes, not with every look.

use std::sync::Arc;

use crate::{BBox, CameraId, CameraState, Score, ViolationClass, Wall, ZoneId};

/// What decides about a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// It has not stood for the first stage yet.
    NotStationary,
    /// It stands, and its dwell runs.
    Dwelling,
    /// Its dwell is over, but fewer looks showed it than must.
    FewLooks {
        /// So many must.
        needed: u32,
    },
    /// Its dwell is over, but no detection of it was as sure as one must be.
    Weak {
        /// What the best one must reach, 0..1.
        needed: f32,
    },
    /// Its dwell is over, but too many looks found the place empty.
    Intermittent {
        /// Share of the looks that must have shown it, 0..1.
        needed: f32,
    },
    /// It did not stay like itself from look to look: more than one thing stood there.
    Changing,
    /// It moves as what drives does.
    Driving,
    /// There are too few of them.
    TooFew {
        /// So many are there.
        found: u32,
        /// So many make a case.
        needed: u32,
    },
    /// It looks as it has for as long as the camera remembers, and no detection of it was sure enough to tell it from what the
    /// street always had.
    AsEver {
        /// What the best one must reach, 0..1.
        needed: f32,
    },
    /// It goes with a stall or cart that it stands beside.
    BesideAStand,
    /// Somebody is beside it: it is taken for theirs.
    Attended,
    /// Nobody is beside it.
    Unattended,
    /// It belongs to a case, or to a case to be, of this class.
    Theirs {
        /// The class.
        class: ViolationClass,
    },
    /// No zone of the class lies there.
    Elsewhere,
    /// A zone is cut out there.
    CutOut {
        /// Which.
        zone: ZoneId,
        /// How long it still is, where it has hours.
        until: Option<Wall>,
    },
    /// The zone is not in force.
    OutOfHours {
        /// Which.
        zone: ZoneId,
        /// When it will be.
        until: Option<Wall>,
    },
    /// It is permitted.
    Permitted {
        /// The permit.
        label: Arc<str>,
        /// For how long.
        until: Option<Wall>,
    },
    /// Hidden, out of the picture, or not to be told: the look says nothing of it.
    Hidden,
    /// The place was seen without it.
    Unseen,
    /// It is this case.
    Case {
        /// The incident's key.
        key: Arc<str>,
    },
    /// Another view saw it first: it is the same violation as this case.
    SameCase {
        /// The case.
        key: Arc<str>,
        /// The camera that opened it.
        camera: CameraId,
    },
    /// Nothing more is expected of it: gone, not seen for too long, or taken into another place's case.
    Over,
}

impl Reason {
    /// The name in wire forms.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotStationary => "not_stationary",
            Self::Dwelling => "dwelling",
            Self::FewLooks { .. } => "few_looks",
            Self::Weak { .. } => "weak",
            Self::Intermittent { .. } => "intermittent",
            Self::Changing => "changing",
            Self::Driving => "driving",
            Self::TooFew { .. } => "too_few",
            Self::AsEver { .. } => "as_ever",
            Self::BesideAStand => "beside_a_stand",
            Self::Attended => "attended",
            Self::Unattended => "unattended",
            Self::Theirs { .. } => "theirs",
            Self::Elsewhere => "elsewhere",
            Self::CutOut { .. } => "cut_out",
            Self::OutOfHours { .. } => "out_of_hours",
            Self::Permitted { .. } => "permitted",
            Self::Hidden => "hidden",
            Self::Unseen => "unseen",
            Self::Case { .. } => "case",
            Self::SameCase { .. } => "same_case",
            Self::Over => "over",
        }
    }
}

/// A place and what decides about it, from `at` on until the next finding about the same place.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What kind of violation it would be.
    pub class: ViolationClass,
    /// The place, one number for one class, camera and run of the scene.
    pub place: u64,
    /// From when on.
    pub at: Wall,
    /// Where, in the picture that showed it last, relative.
    pub bbox: BBox,
    /// The zone, where one of the class's lies there.
    pub zone: Option<ZoneId>,
    /// First look that showed it.
    pub first_seen: Wall,
    /// Latest look that showed it, as of `at`.
    pub last_seen: Wall,
    /// From when on its dwell counts.
    pub counted_from: Wall,
    /// First stage, in seconds.
    pub stationary_secs: u32,
    /// Legal dwell, in seconds.
    pub dwell_secs: u32,
    /// Looks that showed it, as of `at`.
    pub present_looks: u32,
    /// Highest score among them.
    pub best_score: Score,
    /// What decides.
    pub reason: Reason,
}

/// That a camera was looked at, and how its picture was judged. Said when the judgement changes, after a time without
/// looks, and every minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// When.
    pub at: Wall,
    /// The judgement: `Live`, or why nothing was judged.
    pub state: CameraState,
    /// The look before this one.
    pub before: Option<Wall>,
    /// Whether so much time lies between the two that nobody knows what was in it.
    pub after_a_gap: bool,
}

/// What one scene has to say for the record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// The first look of this run of the scene: places of another run are others.
    pub run: Wall,
    /// Whose.
    pub camera: Option<CameraId>,
    /// The picture.
    pub looked: Option<Looked>,
    /// Places, in the order of class and number.
    pub places: Vec<Finding>,
}

impl Findings {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.looked.is_none() && self.places.is_empty()
    }
}

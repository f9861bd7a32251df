//! What the sampler is told, by those who receive, judge and configure.

use std::sync::Arc;
use std::time::Duration;

use curbwatch_scene::Wanted;
use curbwatch_types::{BBox, LookWhy};

use crate::schedule::CameraIndex;
use crate::slot::Slot;
use crate::vision::Enforced;

/// What the sampler is told.
#[derive(Debug)]
pub(crate) enum Nudge {
    /// A picture it waited for is in the slot.
    Picture(CameraIndex),
    /// The scene wants a look.
    LookAt(CameraIndex, Wanted),
    /// A camera comes: the next index, or one that had gone.
    Enter(CameraIndex, Duration, Post),
    /// A camera goes.
    Leave(CameraIndex),
    /// A camera is looked at as often as that from now on.
    LookEvery(CameraIndex, Duration),
    /// A camera's tiles are wanted there from now on.
    Zones(CameraIndex, Enforced),
    /// A camera is on patrol from now on, or stays.
    OnPatrol(CameraIndex, bool),
    /// A visit put a picture into the slot.
    Visited {
        camera: CameraIndex,
        why: LookWhy,
        place: Option<BBox>,
    },
}

/// What a look at a camera needs.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    /// Where its newest keyframe lies.
    pub(crate) slot: Arc<Slot>,
    /// Where its tiles are wanted.
    pub(crate) zones: Enforced,
    /// It is on patrol: looks fall due when a visit brings a picture.
    pub(crate) on_patrol: bool,
}

//! What a re-check of a group is about, after the group itself has gone. Not for: reading looks for it (`recheck`).

use curbwatch_types::{BBox, ZoneId};

use super::Group;
use crate::member::Member;
use crate::patch::Patch;

/// What is remembered of a group.
#[derive(Debug, Clone)]
pub(crate) struct GroupMemory {
    /// Around its things, base view.
    pub(crate) hull: BBox,
    /// Share of the picture that they covered at their widest.
    pub(crate) extent: f32,
    /// Only looks with more pixels ever showed any of it.
    pub(crate) closely: bool,
    pub(crate) zone: Option<ZoneId>,
    /// The hull's picture in the latest look that showed it.
    pub(crate) patch: Option<Patch>,
}

impl Group {
    /// What is worth remembering of it.
    pub(crate) fn remembered(&self) -> GroupMemory {
        let zone = self.opened.as_ref().map(|opened| opened.zone.clone());
        let closely = !self.members.is_empty() && self.members.iter().all(Member::needs_a_close_look);
        GroupMemory {
            hull: self.hull,
            extent: self.extent,
            closely,
            zone,
            patch: None,
        }
    }
}

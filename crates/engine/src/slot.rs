//! The newest-keyframe slot: one per camera, holding the newest clean keyframe nobody has looked at.
//!
//! Ingest puts, the sampler takes. A put never waits: a newer picture replaces an older one, and the
//! replaced one is counted. Sixty seconds of a stalled pipeline cost one keyframe per camera.

use std::sync::{Mutex, PoisonError};

use curbwatch_types::{AccessUnit, DropReason, Taint};

/// What became of a picture that was put.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is in the slot; nobody waits for it.
    Kept,
    /// It is in the slot, and the sampler asked to be told.
    Wanted,
}

/// One camera's slot.
#[derive(Debug, Default)]
pub(crate) struct Slot(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    newest: Option<AccessUnit>,
    wanted: bool,
    /// A worker is on its way to take the picture: it is spoken for.
    assigned: bool,
}

impl Slot {
    /// Puts a picture in. The first answer says what became of it, the second why another was dropped.
    pub(crate) fn put(&self, unit: AccessUnit) -> (Put, Option<DropReason>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if unit.taint != Taint::Clean {
            return (Put::Kept, Some(DropReason::Tainted));
        }
        let dropped = inner.newest.replace(unit).map(|_| DropReason::Superseded);
        if !inner.assigned && std::mem::take(&mut inner.wanted) {
            (Put::Wanted, dropped)
        } else {
            (Put::Kept, dropped)
        }
    }

    /// Takes the picture, if there is one.
    pub(crate) fn take(&self) -> Option<AccessUnit> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.assigned = false;
        inner.newest.take()
    }

    /// A worker was told to take the picture; until it has, the slot is as good as empty for others.
    pub(crate) fn assign(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).assigned = true;
    }

    /// Whether a picture is there; if not, the next put answers [`Put::Wanted`], once.
    pub(crate) fn ready_or_want(&self) -> bool {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = inner.newest.is_some() && !inner.assigned;
        inner.wanted = !ready;
        ready
    }

    /// Whether the sampler waits for a picture.
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wanted
    }

    /// Forgets that anybody waits.
    pub(crate) fn unwant(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wanted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keyframe;

    #[test]
    fn the_newest_wins_and_the_other_is_counted() {
        let slot = Slot::default();
        assert_eq!(slot.put(keyframe("a", 1)), (Put::Kept, None));
        assert_eq!(
            slot.put(keyframe("a", 2)),
            (Put::Kept, Some(DropReason::Superseded))
        );
        assert_eq!(slot.take().map(|u| u.media_time.0), Some(2));
        assert!(slot.take().is_none());
    }

    #[test]
    fn a_tainted_picture_never_replaces_a_clean_one() {
        let slot = Slot::default();
        slot.put(keyframe("a", 1));
        let tainted = AccessUnit {
            taint: Taint::Loss,
            ..keyframe("a", 2)
        };
        assert_eq!(slot.put(tainted), (Put::Kept, Some(DropReason::Tainted)));
        assert_eq!(slot.take().map(|u| u.media_time.0), Some(1));
    }

    #[test]
    fn a_picture_that_is_spoken_for_is_not_given_twice() {
        let slot = Slot::default();
        slot.put(keyframe("a", 1));
        slot.assign();
        assert!(!slot.ready_or_want(), "the worker is on its way");
        assert_eq!(
            slot.put(keyframe("a", 2)).0,
            Put::Kept,
            "the worker takes this one"
        );
        assert_eq!(slot.take().map(|u| u.media_time.0), Some(2));
        assert_eq!(slot.put(keyframe("a", 3)).0, Put::Wanted);
    }

    #[test]
    fn who_waits_is_told_once() {
        let slot = Slot::default();
        assert!(!slot.ready_or_want());
        assert_eq!(slot.put(keyframe("a", 1)).0, Put::Wanted);
        assert_eq!(slot.put(keyframe("a", 2)).0, Put::Kept);
        assert!(slot.ready_or_want());
    }
}

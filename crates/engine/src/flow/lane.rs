//! The queue of one camera's units before the flow thread. A put never waits: when there is no room all of it is given up, for a
//! stream with a hole is worth nothing, and the stream is joined anew.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use curbwatch_types::{AccessUnit, Taint};

/// Units that may wait: five seconds of an ordinary camera.
const UNITS_MAX: usize = 128;
/// Their bytes.
const BYTES_MAX: usize = 16 << 20;

/// What became of a unit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It waits, behind others.
    Kept,
    /// It waits, and nobody waited before it.
    First,
    /// There was no room: it and so many that waited are given up. Nothing is taken until the stream is joined anew.
    GivenUp(u64),
    /// The stream has not been joined anew yet.
    Unjoined,
    /// The camera has lost its seat.
    Refused(Refusal),
}

/// Why a camera lost its seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing came for long.
    Idle,
    /// Its pictures cost more than they may; in words for an operator.
    Unfit(String),
}

/// One camera's queue.
#[derive(Debug, Default)]
pub(crate) struct Lane(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    units: VecDeque<AccessUnit>,
    bytes: usize,
    broken: bool,
    closed: bool,
    refused: Option<Refusal>,
}

impl Inner {
    fn clear(&mut self) -> u64 {
        let count = self.units.len() as u64;
        self.units.clear();
        self.bytes = 0;
        count
    }
}

impl Lane {
    pub(crate) fn put(&self, unit: AccessUnit) -> Taken {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(refusal) = &inner.refused {
            return Taken::Refused(refusal.clone());
        }
        // A stream that is joined anew begins with what is tainted for it, or with a keyframe.
        if inner.broken && unit.taint == Taint::Clean && !unit.keyframe {
            return Taken::Unjoined;
        }
        inner.broken = false;
        if inner.units.len() >= UNITS_MAX || inner.bytes + unit.bytes.len() > BYTES_MAX {
            inner.broken = true;
            return Taken::GivenUp(inner.clear() + 1);
        }
        inner.bytes += unit.bytes.len();
        inner.units.push_back(unit);
        if inner.units.len() == 1 {
            Taken::First
        } else {
            Taken::Kept
        }
    }

    /// The next unit.
    pub(crate) fn take(&self) -> Option<AccessUnit> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unit = inner.units.pop_front()?;
        inner.bytes -= unit.bytes.len();
        Some(unit)
    }

    /// The reception leaves.
    pub(super) fn close(&self) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clear();
        inner.closed = true;
    }

    /// The thread lets the camera go.
    pub(super) fn refuse(&self, refusal: Refusal) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.clear();
        inner.refused.get_or_insert(refusal);
    }

    /// Whether reception and thread both stay.
    pub(super) fn is_open(&self) -> bool {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !inner.closed && inner.refused.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keyframe;

    fn other(bytes: usize, taint: Taint) -> AccessUnit {
        AccessUnit {
            keyframe: false,
            taint,
            bytes: vec![0; bytes].into(),
            ..keyframe("a", 1)
        }
    }

    #[test]
    fn a_stream_with_a_hole_is_given_up_until_it_is_joined_anew() {
        let lane = Lane::default();
        assert_eq!(lane.put(keyframe("a", 1)), Taken::First);
        for _ in 1..UNITS_MAX {
            assert_eq!(lane.put(other(1, Taint::Clean)), Taken::Kept);
        }
        assert_eq!(
            lane.put(other(1, Taint::Clean)),
            Taken::GivenUp(UNITS_MAX as u64 + 1)
        );
        assert_eq!(lane.put(other(1, Taint::Clean)), Taken::Unjoined);
        assert!(lane.take().is_none());
        assert_eq!(lane.put(other(1, Taint::NoRandomAccess)), Taken::First);
        assert_eq!(lane.put(other(1, Taint::Clean)), Taken::Kept);
        assert!(
            lane.take()
                .is_some_and(|unit| unit.taint == Taint::NoRandomAccess)
        );
    }

    #[test]
    fn bytes_are_bounded_too() {
        let lane = Lane::default();
        assert_eq!(lane.put(other(BYTES_MAX - 1, Taint::Clean)), Taken::First);
        assert_eq!(lane.put(other(2, Taint::Clean)), Taken::GivenUp(2));
        assert_eq!(lane.put(keyframe("a", 1)), Taken::First);
    }

    #[test]
    fn who_has_lost_his_seat_is_told_why() {
        let lane = Lane::default();
        lane.put(keyframe("a", 1));
        lane.refuse(Refusal::Unfit("too dear".to_owned()));
        lane.refuse(Refusal::Idle);
        assert!(!lane.is_open() && lane.take().is_none());
        let why = Refusal::Unfit("too dear".to_owned());
        assert_eq!(lane.put(keyframe("a", 2)), Taken::Refused(why));
    }
}

//! Why a camera was not watched for a while: the causes of the coverage ledger.
//!
//! Not for: what a camera is doing now ([`CameraState`]) or why one look failed
//! ([`DropReason`](crate::DropReason)).

use crate::{CameraId, CameraState, Wall};

/// Why nobody could have seen a violation on a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlindCause {
    /// No session: dialling, or waiting for the next attempt.
    Connecting,
    /// The session stood but no bytes came.
    Stalled,
    /// Bytes came but no picture could be made of them.
    NoPicture,
    /// Pictures came with known loss.
    Tainted,
    /// The same picture came again and again.
    Frozen,
    /// Covered, black or blinded.
    Obscured,
    /// The head was off its known views.
    Moved,
    /// The peer said no.
    Refused,
    /// Not looked at by the operator's order, or not in the configuration.
    Suspended,
    /// Pictures came, but no look was made of them.
    Unlooked,
    /// Between two visits of a patrol, or of recorded footage.
    Unvisited,
    /// The program was not running.
    Down,
}

impl BlindCause {
    /// Every cause, for metrics that must exist before they are used.
    pub const ALL: [Self; 12] = [
        Self::Connecting,
        Self::Stalled,
        Self::NoPicture,
        Self::Tainted,
        Self::Frozen,
        Self::Obscured,
        Self::Moved,
        Self::Refused,
        Self::Suspended,
        Self::Unlooked,
        Self::Unvisited,
        Self::Down,
    ];

    /// The cause that a state is; nothing for a live camera.
    pub fn of(state: CameraState) -> Option<Self> {
        Some(match state {
            CameraState::Live => return None,
            CameraState::Connecting => Self::Connecting,
            CameraState::Stalled => Self::Stalled,
            CameraState::NoPicture => Self::NoPicture,
            CameraState::Tainted => Self::Tainted,
            CameraState::Frozen => Self::Frozen,
            CameraState::Obscured => Self::Obscured,
            CameraState::Moved => Self::Moved,
            CameraState::Refused => Self::Refused,
            CameraState::Suspended => Self::Suspended,
        })
    }

    /// The name in the ledger, in metrics and on pages: the state's, where it is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Stalled => "stalled",
            Self::NoPicture => "no_picture",
            Self::Tainted => "tainted",
            Self::Frozen => "frozen",
            Self::Obscured => "obscured",
            Self::Moved => "moved",
            Self::Refused => "refused",
            Self::Suspended => "suspended",
            Self::Unlooked => "unlooked",
            Self::Unvisited => "unvisited",
            Self::Down => "down",
        }
    }

    /// The cause of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// A while in which a camera was not watched. It begins with the last look that could judge something
/// and ends with the next one, so the time at both ends is known to a look's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindInterval {
    /// Which camera.
    pub camera: CameraId,
    /// Why.
    pub cause: BlindCause,
    /// Why, in a sentence for an operator; holds no secret.
    pub why: String,
    /// From the last look that could judge something, or from the change of cause.
    pub from: Wall,
    /// Until the next such look, or change of cause; of an open interval, the last moment it is known of.
    pub until: Wall,
    /// It goes on.
    pub open: bool,
}

impl BlindInterval {
    /// How long, milliseconds.
    pub fn millis(&self) -> i64 {
        self.until.millis_since(self.from).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_but_live_is_a_cause_of_the_same_name() {
        for state in CameraState::ALL {
            match BlindCause::of(state) {
                Some(cause) => assert_eq!(cause.name(), state.name()),
                None => assert_eq!(state, CameraState::Live),
            }
        }
        for cause in BlindCause::ALL {
            assert_eq!(BlindCause::from_name(cause.name()), Some(cause));
        }
        assert_eq!(BlindCause::from_name("live"), None);
    }
}

//! What an operator sees of a camera, and why work was dropped.

/// State of a camera as an operator sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CameraState {
    /// Dialling, authenticating, or waiting for the next attempt.
    Connecting,
    /// Pictures arrive.
    Live,
    /// The session stands but no bytes arrive.
    Stalled,
    /// Bytes arrive but no picture can be made of them.
    NoPicture,
    /// Pictures arrive with known loss.
    Tainted,
    /// The same picture again and again.
    Frozen,
    /// Covered, black or blinded.
    Obscured,
    /// The head is off its known views.
    Moved,
    /// The peer says no: wrong password, forbidden, not found.
    Refused,
    /// Not looked at by the operator's order.
    Suspended,
}

impl CameraState {
    /// Every state, for metrics that must exist before they are used.
    pub const ALL: [Self; 10] = [
        Self::Connecting,
        Self::Live,
        Self::Stalled,
        Self::NoPicture,
        Self::Tainted,
        Self::Frozen,
        Self::Obscured,
        Self::Moved,
        Self::Refused,
        Self::Suspended,
    ];

    /// The name in metrics, pages and `probe`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Stalled => "stalled",
            Self::NoPicture => "no_picture",
            Self::Tainted => "tainted",
            Self::Frozen => "frozen",
            Self::Obscured => "obscured",
            Self::Moved => "moved",
            Self::Refused => "refused",
            Self::Suspended => "suspended",
        }
    }
}

/// Why an access unit or a look was dropped. Every drop is counted under one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropReason {
    /// A newer keyframe of the same camera came before this one was looked at.
    Superseded,
    /// Known loss: the picture would judge nothing.
    Tainted,
    /// The decoder refused the picture.
    Undecodable,
    /// Inference failed.
    InferenceFailed,
    /// The vision worker ended with the picture: its decoder or detector crashed, hung or went astray.
    WorkerDied,
    /// The camera's pictures ended vision workers again and again: they are not looked at for a while.
    SetAside,
    /// No usable picture came before the look's deadline.
    NoPicture,
    /// The look was still waiting for a worker at its deadline.
    Overload,
    /// The pipeline was draining.
    Shutdown,
    /// The camera was taken out of the configuration while the program ran.
    Removed,
    /// A bound on what a peer may send was reached.
    OverBound,
    /// RTP packets were missing.
    PacketLoss,
    /// Not our stream: foreign SSRC, unknown payload type, or a channel nobody set up.
    Foreign,
    /// Bytes that are no valid message, packet or NAL unit.
    Malformed,
}

impl DropReason {
    /// Every reason, for metrics that must exist before they are used.
    pub const ALL: [Self; 14] = [
        Self::Superseded,
        Self::Tainted,
        Self::Undecodable,
        Self::InferenceFailed,
        Self::WorkerDied,
        Self::SetAside,
        Self::NoPicture,
        Self::Overload,
        Self::Shutdown,
        Self::Removed,
        Self::OverBound,
        Self::PacketLoss,
        Self::Foreign,
        Self::Malformed,
    ];

    /// The name in metrics and `probe`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Superseded => "superseded",
            Self::Tainted => "tainted",
            Self::Undecodable => "undecodable",
            Self::InferenceFailed => "inference_failed",
            Self::WorkerDied => "worker_died",
            Self::SetAside => "set_aside",
            Self::NoPicture => "no_picture",
            Self::Overload => "overload",
            Self::Shutdown => "shutdown",
            Self::Removed => "removed",
            Self::OverBound => "over_bound",
            Self::PacketLoss => "packet_loss",
            Self::Foreign => "foreign",
            Self::Malformed => "malformed",
        }
    }
}

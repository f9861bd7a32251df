//! What became of a memory, of what shared ground showed, and of a configuration: the words that metrics and logs have for it.

use curbwatch_scene::Refusal;

/// What became of a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MemoryFate {
    /// Written.
    LaidBy,
    /// The writer was behind; the camera's next one takes its place.
    Skipped,
    /// The disk refused.
    Failed,
    /// A scene went on with it.
    TakenUp,
    /// A scene began anew.
    Refused(Refusal),
}

impl MemoryFate {
    /// Every fate.
    pub const ALL: [Self; 4 + Refusal::ALL.len()] = [
        Self::LaidBy,
        Self::Skipped,
        Self::Failed,
        Self::TakenUp,
        Self::Refused(Refusal::ALL[0]),
        Self::Refused(Refusal::ALL[1]),
        Self::Refused(Refusal::ALL[2]),
        Self::Refused(Refusal::ALL[3]),
        Self::Refused(Refusal::ALL[4]),
    ];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::LaidBy => "laid_by",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::TakenUp => "taken_up",
            Self::Refused(refusal) => refusal.name(),
        }
    }
}

/// What became of what was seen on ground that cameras share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroundFate {
    /// A view's incident is a case that another view opened.
    Joined,
    /// A case that had ended goes on.
    Resumed,
    /// An incident found no room in the register and is a case by itself.
    OverBound,
    /// A look came after a later one of another camera had been taken.
    Late,
}

impl GroundFate {
    /// Every fate.
    pub const ALL: [Self; 4] = [Self::Joined, Self::Resumed, Self::OverBound, Self::Late];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Resumed => "resumed",
            Self::OverBound => "over_bound",
            Self::Late => "late",
        }
    }
}

/// What became of a configuration that a running program was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReloadFate {
    /// All of it holds.
    Applied,
    /// It holds, but for keys that wait for a restart.
    Partly,
    /// It has mistakes; nothing has changed.
    Refused,
    /// It could not be carried out; nothing has changed.
    Failed,
}

impl ReloadFate {
    /// Every fate.
    pub const ALL: [Self; 4] = [Self::Applied, Self::Partly, Self::Refused, Self::Failed];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Partly => "partly",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

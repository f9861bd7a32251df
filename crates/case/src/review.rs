//! The human gate in words: whether a person looks at a case before it is sent, and what they said.
//!
//! Not for: who decides which class is held (`engine`, from the model's manifest and the
//! configuration). Input: words of the database, and what reviewers type.

use curbwatch_types::Wall;

use crate::Error;

/// Longest reason or name of a reviewer, in characters.
const WORDS_MAX: usize = 500;

/// Whether a change may be sent by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Gate {
    /// It is sent.
    Open,
    /// A person looks at the case first. The default: nothing is sent that nobody vouches for.
    #[default]
    Held,
}

impl Gate {
    /// The word in wire forms: `open`, `held`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
        }
    }
}

/// Where a case stands with the reviewers. Its first change decides between open and held; a person
/// decides the rest, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// Nobody is asked: its changes are sent as they come.
    Open,
    /// It waits for a person; nothing of it is sent.
    Held,
    /// A person let it go: everything of it is sent, in order.
    Released,
    /// A person said no: nothing of it is ever sent.
    Dismissed,
}

impl Review {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Held, Self::Released, Self::Dismissed];

    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Held => "held",
            Self::Released => "released",
            Self::Dismissed => "dismissed",
        }
    }

    /// What an operator reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "sent by itself",
            Self::Held => "held for review",
            Self::Released => "released",
            Self::Dismissed => "dismissed",
        }
    }

    /// The state of that word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|review| review.name() == name)
    }

    /// The state of a case that begins with this gate.
    pub(crate) fn at_first(gate: Gate) -> Self {
        match gate {
            Gate::Open => Self::Open,
            Gate::Held => Self::Held,
        }
    }

    /// What the wire forms of its changes say: `held` also after a person let it go, so that the same
    /// change has the same bytes for ever.
    pub(crate) fn gate(self) -> Gate {
        match self {
            Self::Open => Gate::Open,
            Self::Held | Self::Released | Self::Dismissed => Gate::Held,
        }
    }

    /// State of the outbox rows of a case in this state, as long as they are not delivered.
    pub(crate) fn row_state(self) -> &'static str {
        match self {
            Self::Open | Self::Released => "pending",
            Self::Held => "held",
            Self::Dismissed => "dismissed",
        }
    }
}

/// What a person said of a held case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// When.
    pub at: Wall,
    /// Who, as they call themselves.
    pub by: Option<String>,
    /// Why. Required for a dismissal.
    pub reason: Option<String>,
}

impl Ruling {
    /// Refuses words that cannot be kept: empty ones, longer than 500 characters, or with control
    /// characters.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (what, words) in [("name of the reviewer", &self.by), ("reason", &self.reason)] {
            let Some(words) = words else { continue };
            if words.trim().is_empty()
                || words.chars().count() > WORDS_MAX
                || words.chars().any(char::is_control)
            {
                return Err(Error::Words { what, max: WORDS_MAX });
            }
        }
        Ok(())
    }
}

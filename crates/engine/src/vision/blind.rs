//! A look that brought nothing.

use curbwatch_types::DropReason;

/// Why a look brought no observation, and what the stage said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blind {
    pub(crate) reason: DropReason,
    pub(crate) cause: String,
}

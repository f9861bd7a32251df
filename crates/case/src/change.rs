//! What is committed: one life-cycle change of one case, with its evidence already on disk.

use curbwatch_types::{Appearance, Incident, Measured, Wall};

use crate::{EvidenceSet, Gate};

/// One change on its way into the store.
#[derive(Debug, Clone)]
pub struct CaseChange {
    /// What the scene decided.
    pub incident: Incident,
    /// The files that prove it, already durable; none when no picture could be had.
    pub evidence: Option<EvidenceSet>,
    /// When it left the pipeline. Replay: the time of the look that decided it.
    pub emitted_at: Wall,
    /// What the thing looks like, kept so that a restart can tell "the same one" from "another".
    pub appearance: Option<Appearance>,
    /// How the model that saw it was measured for this class.
    pub measured: Measured,
    /// Whether it may be sent by itself. The first change of a case decides for all of them.
    pub gate: Gate,
}

/// What a commit did with one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It is stored now, and waits in the outbox for every sink.
    New,
    /// The same change was stored before; nothing was written and nothing will be sent again.
    AlreadyKnown,
}

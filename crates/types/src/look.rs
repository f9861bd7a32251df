//! The unit of work: one fresh, independently decodable picture of one camera.

use crate::{AccessUnit, Monotonic};

/// Why a look is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LookWhy {
    /// The camera's interval has passed.
    Routine,
    /// A dwell time falls due and wants proof.
    Due,
    /// A re-check order waits for an answer.
    Recheck,
}

/// One picture on its way to the detectors. A look is stateless: keyframe in, observation out.
#[derive(Debug, Clone)]
pub struct Look {
    /// The picture, still coded.
    pub unit: AccessUnit,
    /// Why now.
    pub why: LookWhy,
    /// When the look became due.
    pub due: Monotonic,
    /// When its observation comes too late: the look is dropped and counted if it has not started.
    pub deadline: Monotonic,
}

//! A look that would decide something: what the scene asks of whoever plans looks. Not for: when it is
//! taken, which is theirs.

use curbwatch_types::{BBox, LookWhy, Wall};

/// When a look is wanted, and what it is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Not before this moment of captured-at.
    pub at: Wall,
    /// Where in the latest picture, 0..1: a look at parts of the picture takes this part first.
    pub place: BBox,
    /// What for: a decision that falls due, or an order that waits.
    pub why: LookWhy,
}

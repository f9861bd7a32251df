//! A stored picture of a view: what somebody says the view looks like, so that the view is known before it was ever shown.
//!
//! Not for: reading picture files (`engine::wiring`); a reference is made of a thumbnail like those that observations carry.

use curbwatch_types::Luma;

use crate::field::Field;
use crate::memory::fnv1a;
use crate::registration::{Registration, STRAY};

/// A stored picture of a view.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub(crate) field: Field,
    /// Tells a reference from one that was stored in its stead.
    pub(crate) digest: u64,
}

impl Reference {
    /// Of a thumbnail as observations carry it. `None` where it shows nothing that a view could be told by: too small, or all of
    /// one shade.
    pub fn new(thumbnail: &Luma) -> Option<Self> {
        Some(Self {
            field: Field::of(thumbnail)?,
            digest: fnv1a(&thumbnail.samples),
        })
    }

    /// Whether a picture like `other` would be taken for this view where it is: the two cannot be told apart.
    pub fn is_like(&self, other: &Self) -> bool {
        let found = Registration::stored(self.field.clone()).find(&other.field);
        found.is_some_and(|found| found.strayed <= STRAY)
    }
}

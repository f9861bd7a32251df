//! A permit: what is forbidden elsewhere is allowed here, for a time. Input: `config`, checked.

use std::sync::Arc;

use crate::{Polygon, Schedule, Stretch, ViewId, ViolationClass, Wall};

/// Allows some classes in an area for a time, within its hours.
#[derive(Debug, Clone, PartialEq)]
pub struct Permit {
    /// What people call it, and what a record names.
    pub label: Arc<str>,
    /// The view its area is drawn in.
    pub view: ViewId,
    /// Where it holds: the ground contact of a box decides.
    pub area: Polygon,
    /// What it allows.
    pub classes: Vec<ViolationClass>,
    /// From this moment on.
    pub from: Wall,
    /// To this moment; later than `from`.
    pub until: Wall,
    /// Within these hours only.
    pub hours: Option<Schedule>,
}

impl Permit {
    /// Whether it holds at this moment, since when and until when.
    pub fn stretch(&self, at: Wall) -> Stretch {
        let term = if at < self.from {
            Stretch {
                holds: false,
                since: None,
                until: Some(self.from),
            }
        } else if at < self.until {
            Stretch {
                holds: true,
                since: Some(self.from),
                until: Some(self.until),
            }
        } else {
            Stretch {
                holds: false,
                since: Some(self.until),
                until: None,
            }
        };
        match &self.hours {
            // Outside its term the hours change nothing.
            Some(hours) if term.holds => term.and(hours.stretch(at)),
            _ => term,
        }
    }
}

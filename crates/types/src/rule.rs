//! The rule as it was when a decision fell: a case can be explained after the configuration changed.

use std::sync::Arc;

use crate::{Stretch, Wall};

/// What the configuration said of a parameter, from the least to the most specific. The most specific wins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// Nothing: the built-in value.
    #[default]
    Default,
    /// The class's own table.
    Class,
    /// An override for the camera's group.
    Group,
    /// An override for the camera.
    Camera,
    /// An override for the view.
    View,
    /// The zone itself, for whatever class.
    Zone,
    /// An override for the class in the zone.
    ClassInZone,
}

impl Origin {
    /// The name in wire forms: `default`, `class`, `group`, `camera`, `view`, `zone`, `class_in_zone`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Class => "class",
            Self::Group => "group",
            Self::Camera => "camera",
            Self::View => "view",
            Self::Zone => "zone",
            Self::ClassInZone => "class_in_zone",
        }
    }
}

/// A parameter of a rule as resolved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Its name in the configuration, unit included.
    pub name: &'static str,
    /// Its value, in the unit that the name says.
    pub value: f32,
    /// What said so.
    pub origin: Origin,
}

/// Something with hours or a term over the place: a zone, a zone cut out of it, or a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What it is and by which name: `zone kerb (hours weekdays)`, `permit Spring fair`.
    pub what: Arc<str>,
    /// Whether it held, since when and until when.
    pub stretch: Stretch,
}

/// The rule of a decision.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResolvedRule {
    /// Stationary for at least this long before the dwell counts, in seconds.
    pub stationary_secs: u32,
    /// Legal dwell, in seconds.
    pub dwell_secs: u32,
    /// Weakest detection that counted.
    pub min_score: f32,
    /// At least this many looks had to show it.
    pub present_looks_min: u32,
    /// Every parameter of the rule, the four above included, and what set it.
    pub parameters: Vec<Parameter>,
    /// What has hours or a term here.
    pub conditions: Vec<Condition>,
    /// Where the rule did not hold all the while: since when it did, so that the dwell counts from there.
    pub in_force_since: Option<Wall>,
}

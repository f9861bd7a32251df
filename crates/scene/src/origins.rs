//! What set each parameter of a rule, for the record. Not for: deciding anything.

use curbwatch_types::Origin;

/// The parameters of all rules by their name in the configuration.
const NAMES: [&str; 14] = [
    "stationary_secs",
    "dwell_secs",
    "present_looks_min",
    "vacant_secs",
    "still_every_secs",
    "gap_max_secs",
    "min_score",
    "open_score_min",
    "occupancy_min",
    "merge_m",
    "beside_m",
    "attended_share",
    "count_min",
    "remains_min",
];

/// What set each parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origins([Origin; NAMES.len()]);

impl Origins {
    /// Everything is built in.
    pub const BUILT_IN: Self = Self([Origin::Default; NAMES.len()]);

    /// Takes down what set a parameter; a name that is no parameter's changes nothing.
    pub fn set(&mut self, name: &str, origin: Origin) {
        for (slot, known) in self.0.iter_mut().zip(NAMES) {
            if known == name {
                *slot = origin;
            }
        }
    }

    /// What set a parameter.
    pub fn of(&self, name: &str) -> Origin {
        let slot = self.0.iter().zip(NAMES).find(|(_, known)| *known == name);
        slot.map_or(Origin::Default, |(origin, _)| *origin)
    }
}

impl Default for Origins {
    fn default() -> Self {
        Self::BUILT_IN
    }
}

//! What every class's rule has: its subject and where it holds. Not for: what the classes differ in (`rules`).

use curbwatch_types::{ObjectClass, ViolationClass, ZoneKind};

/// A class's rule: what it is about and where it holds.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The class of violation.
    pub(crate) class: ViolationClass,
    /// Whether the rule is about such a thing.
    pub(crate) subject: fn(ObjectClass) -> bool,
    /// The rule holds in these zones, asked in this order ...
    pub(crate) enforced: &'static [ZoneKind],
    /// ... but not where one of these lies over them.
    pub(crate) exempt: &'static [ZoneKind],
}

//! What the six classes of violation differ in, one file each. Everything they share — places,
//! dwell, life-cycle — is not here.

mod illegal_motor_parking;

use curbwatch_types::{ObjectClass, ViolationClass, ZoneKind};

pub(crate) use illegal_motor_parking::ILLEGAL_MOTOR_PARKING;

/// A class's rule: what it is about and where it holds.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The class of violation.
    pub(crate) class: ViolationClass,
    /// Whether the rule is about such a thing.
    pub(crate) subject: fn(ObjectClass) -> bool,
    /// The rule holds in these zones ...
    pub(crate) enforced: &'static [ZoneKind],
    /// ... but not where one of these lies over them.
    pub(crate) exempt: &'static [ZoneKind],
}

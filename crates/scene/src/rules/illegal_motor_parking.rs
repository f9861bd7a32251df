//! 机动车乱停放: a motor vehicle stands where none may, for longer than is allowed.
//!
//! Where a market is permitted its traders' vehicles are. A queue is no parking: it stands on the carriageway, which is cut out of every zone. A vehicle in
//! front of a parked one hides it and says nothing about it.

use curbwatch_types::{ObjectClass, ViolationClass, ZoneKind};

use crate::rule::Rule;

/// The rule.
pub(crate) const ILLEGAL_MOTOR_PARKING: Rule = Rule {
    class: ViolationClass::IllegalMotorParking,
    subject: ObjectClass::is_motor_vehicle,
    enforced: &[ZoneKind::NoParking],
    exempt: &[
        ZoneKind::LegalBay,
        ZoneKind::Carriageway,
        ZoneKind::PermittedMarket,
        ZoneKind::Ignore,
    ],
};

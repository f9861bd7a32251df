//! What the six classes of violation differ in, one file each, all of one shape: what it means, what
//! signals it, where, its parameters, what decides, what clears, examples. Everything they share (places,
//! dwell, life-cycle) is not here.
//!
//! `illegal_motor_parking` is about one vehicle in one place (`anchor`). The five others are about a group
//! of things (`group`): a display, a vendor with his stall, a jumble of bicycles, bags, a pile.
//!
//! One object may fit two rules. They are asked in this order and the first one keeps it:
//! front trading, vendor, bicycles, garbage, piles.

mod disorderly_nonmotor_parking;
mod exposed_garbage;
mod illegal_motor_parking;
mod itinerant_vendor;
mod piled_materials;
mod street_front_trading;

use curbwatch_types::{BBox, ObjectClass, ViolationClass, ZoneKind};

use crate::GroupOptions;
use crate::ground::Base;
use crate::rule::Rule;
use crate::surroundings::{Surroundings, Thing};

pub(crate) use illegal_motor_parking::ILLEGAL_MOTOR_PARKING;

/// The rules about groups, in the order of precedence.
pub(crate) const GROUP_RULES: [&GroupRule; 5] = [
    &street_front_trading::STREET_FRONT_TRADING,
    &itinerant_vendor::ITINERANT_VENDOR,
    &disorderly_nonmotor_parking::DISORDERLY_NONMOTOR_PARKING,
    &exposed_garbage::EXPOSED_GARBAGE,
    &piled_materials::PILED_MATERIALS,
];

/// The classes whose rule holds in zones of this kind.
pub fn classes_in(kind: ZoneKind) -> impl Iterator<Item = ViolationClass> {
    let groups = GROUP_RULES.into_iter().map(|rule| &rule.rule);
    std::iter::once(&ILLEGAL_MOTOR_PARKING)
        .chain(groups)
        .filter(move |rule| rule.enforced.contains(&kind))
        .map(|rule| rule.class)
}

/// The rules that give way to a class over things that fit both.
pub(crate) fn rivals(class: ViolationClass) -> &'static [&'static GroupRule] {
    match class {
        ViolationClass::StreetFrontTrading => &[
            &itinerant_vendor::ITINERANT_VENDOR,
            &piled_materials::PILED_MATERIALS,
        ],
        ViolationClass::ItinerantVendor => &[&piled_materials::PILED_MATERIALS],
        _ => &[],
    }
}

/// A rule about a group of things.
#[derive(Debug)]
pub(crate) struct GroupRule {
    /// What it is about and where it holds.
    pub(crate) rule: Rule,
    /// Whether all in one zone is one case, however far apart.
    pub(crate) one_per_zone: bool,
    /// For a re-check: one within this many metres of where it was is still there; 0 where things do not walk.
    pub(crate) strays_m: f32,
    /// Whether nobody is expected to take it away: cleared is only what shows the ground again.
    pub(crate) left_behind: bool,
    /// What people beside the things mean.
    pub(crate) company: Company,
    /// What a thing of the rule's kind is to it in this look.
    pub(crate) reading: fn(&Thing, &Surroundings<'_>) -> Reading,
    /// Whether these things together are the violation.
    pub(crate) amounts: fn(&[Part], &GroupOptions) -> bool,
}

/// What people beside the things mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Company {
    /// Nothing.
    Ignored,
    /// Without anybody it is no violation.
    Needed,
    /// With somebody it is no violation: it is theirs.
    Excluded,
}

/// What a thing of the rule's kind is to it in one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// It counts.
    Counts,
    /// It is there, but in use: neither adds nor breaks.
    InUse,
    /// It belongs to somebody or something else. By most of its looks it is left out; what a case is about already is not.
    Foreign,
}

/// A thing of a group, to be weighed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub(crate) class: ObjectClass,
    /// The kind of zone it stands in.
    pub(crate) kind: ZoneKind,
    pub(crate) base: Base,
    /// Where it lies in the picture.
    pub(crate) bbox: BBox,
    /// Somebody is beside it in most looks: it is his.
    pub(crate) attended: bool,
}

/// One thing is enough.
fn any(parts: &[Part], _: &GroupOptions) -> bool {
    !parts.is_empty()
}

/// Everything counts.
fn counts(_: &Thing, _: &Surroundings<'_>) -> Reading {
    Reading::Counts
}

//! 暴露垃圾: garbage lies on the ground.
//!
//! - **Signals**: garbage bags, heaps, litter. An overflowing bin is no signal: it is another code (06042 垃圾满溢)
//!   that this program does not report.
//! - **Zones**: `public_ground`; not where `bin_apron` or `ignore` lies over it.
//! - **Parameters**: lies for 60 s, then 15 min, shown by 3 looks; all within 3 m is one case.
//! - **Decision**: any of it, lying, with nobody within 2 m in more than half of the looks nor in this one: what
//!   somebody stands beside is his, and says nothing of the heap next to it.
//! - **Clearing**: nothing of it left for 3 min and over two looks. Half gone is still there.
//! - **Examples**: bags under a tree: a case. Bags beside the bins on collection day: none. Somebody waiting
//!   with his bags: none. A bag carried past: none.

use curbwatch_types::{ObjectClass, ViolationClass, ZoneKind};

use super::{Company, GroupRule, Part, counts};
use crate::GroupOptions;
use crate::rule::Rule;

/// The rule.
pub(crate) const EXPOSED_GARBAGE: GroupRule = GroupRule {
    rule: Rule {
        class: ViolationClass::ExposedGarbage,
        subject,
        enforced: &[ZoneKind::PublicGround],
        exempt: &[ZoneKind::BinApron, ZoneKind::Ignore],
    },
    one_per_zone: false,
    strays_m: 0.0,
    left_behind: true,
    company: Company::Excluded,
    reading: counts,
    amounts,
};

fn subject(class: ObjectClass) -> bool {
    matches!(class, ObjectClass::GarbageBag | ObjectClass::Garbage)
}

fn amounts(parts: &[Part], _: &GroupOptions) -> bool {
    parts.iter().any(|part| !part.attended)
}

//! 无照经营游商: somebody sells on the street from what he brought along.
//!
//! - **Signals**: a cart, a stall, a three-wheeler with goods or an umbrella beside it, or an umbrella that
//!   stands; *and* a person within 2 m in at least half of the looks or, where the stand hides most of him, in the very
//!   spot in at least half of the looks that show anybody (ADR 0103). Goods go with it.
//! - **Zones**: `road_public`, not where `permitted_market`, `frontage` things or `ignore` lie over it.
//! - **Parameters**: stands for 30 s, then 3 min; all within 15 m is one case.
//! - **Decision**: a stand, standing, with somebody beside this very one; a lone cart ten metres on neither
//!   begins the case nor belongs to its place.
//! - **Clearing**: no stand within 15 m for 3 min and over two looks. While a case is open nobody needs to be
//!   beside it: he is at lunch, the stall is not.
//! - **Examples**: stall, umbrella, boxes and trader: one case. A three-wheeler parked alone: none. A cart
//!   pushed by: none. Somebody with an umbrella in the rain: none.

use curbwatch_types::{ObjectClass, ViolationClass, ZoneKind};

use super::{Company, GroupRule, Part, Reading};
use crate::GroupOptions;
use crate::rule::Rule;
use crate::surroundings::{Surroundings, Thing};

/// The rule.
pub(crate) const ITINERANT_VENDOR: GroupRule = GroupRule {
    rule: Rule {
        class: ViolationClass::ItinerantVendor,
        subject,
        enforced: &[ZoneKind::RoadPublic],
        exempt: &[ZoneKind::PermittedMarket, ZoneKind::Ignore],
    },
    one_per_zone: false,
    strays_m: 50.0,
    left_behind: false,
    company: Company::Needed,
    reading,
    amounts,
};

/// A load lies within this many metres of its three-wheeler.
const LOAD_M: f32 = 2.0;

fn subject(class: ObjectClass) -> bool {
    matches!(
        class,
        ObjectClass::Cart
            | ObjectClass::Stall
            | ObjectClass::ThreeWheeler
            | ObjectClass::Umbrella
            | ObjectClass::Goods
    )
}

fn reading(thing: &Thing, look: &Surroundings<'_>) -> Reading {
    // Behind a counter neither its foot nor the trader's shows.
    if thing.class == ObjectClass::Umbrella && look.carried(thing) && !look.beside_a_stand(thing, |_| true) {
        Reading::Foreign
    } else {
        Reading::Counts
    }
}

fn amounts(parts: &[Part], _: &GroupOptions) -> bool {
    let loaded = |carrier: &Part| {
        let load = |p: &Part| p.class == ObjectClass::Goods && p.base.metres(&carrier.base) <= LOAD_M;
        parts.iter().any(load)
    };
    parts
        .iter()
        .filter(|part| part.attended)
        .any(|part| match part.class {
            ObjectClass::Cart | ObjectClass::Stall | ObjectClass::Umbrella => true,
            ObjectClass::ThreeWheeler => loaded(part),
            _ => false,
        })
}

//! 店外经营: a shop has put its trade out beyond the shop line.
//!
//! - **Signals**: goods, stall, rack, table, chair, umbrella, carton, sign; people are not asked for.
//! - **Zones**: `frontage`, one for each shop; not where `ignore` lies over it.
//! - **Parameters**: stands for 60 s, then 10 min, shown by 70 % of the looks; all in one zone, or
//!   within 5 m of it, is one case.
//! - **Decision**: any one of the signals, standing, and not a vendor's in most of the looks that show it.
//! - **Clearing**: what is left covers less than a tenth of the ground that the case covered, for 3 min and
//!   over two looks.
//! - **Examples**: crates and a rack on the footway before a grocer: a case. The same within the door: none.
//!   A delivery set down for two minutes: none. An itinerant vendor's umbrella that reaches in: his.

use curbwatch_types::{ObjectClass, ViolationClass, ZoneKind};

use super::itinerant_vendor::ITINERANT_VENDOR;
use super::{Company, GroupRule, Reading, any};
use crate::rule::Rule;
use crate::surroundings::{Surroundings, Thing};

/// The rule.
pub(crate) const STREET_FRONT_TRADING: GroupRule = GroupRule {
    rule: Rule {
        class: ViolationClass::StreetFrontTrading,
        subject,
        enforced: &[ZoneKind::Frontage],
        exempt: &[ZoneKind::Ignore],
    },
    one_per_zone: true,
    strays_m: 0.0,
    left_behind: false,
    company: Company::Ignored,
    reading,
    amounts: any,
};

fn subject(class: ObjectClass) -> bool {
    matches!(
        class,
        ObjectClass::Goods
            | ObjectClass::Stall
            | ObjectClass::Rack
            | ObjectClass::Table
            | ObjectClass::Chair
            | ObjectClass::Umbrella
            | ObjectClass::Carton
            | ObjectClass::Sign
    )
}

/// A stall out on the road is a vendor's, and so is what goes with it or with a cart there.
fn reading(thing: &Thing, look: &Surroundings<'_>) -> Reading {
    let follows = matches!(
        thing.class,
        ObjectClass::Goods
            | ObjectClass::Umbrella
            | ObjectClass::Carton
            | ObjectClass::Table
            | ObjectClass::Chair
    );
    let stands_in =
        |rule: &Rule, stand: &Thing| look.zones.enforced(rule, stand.bbox.ground_contact()).is_some();
    let on_the_road = |stand: &Thing| {
        !stands_in(&STREET_FRONT_TRADING.rule, stand) && stands_in(&ITINERANT_VENDOR.rule, stand)
    };
    let is_stand = thing.class == ObjectClass::Stall && on_the_road(thing);
    if is_stand || follows && look.beside_a_stand(thing, on_the_road) {
        Reading::Foreign
    } else {
        Reading::Counts
    }
}

//! 乱堆物堆料: materials or lumber are piled up on public ground.
//!
//! - **Signals**: cartons, boards, bricks, sand, furniture, pallets.
//! - **Zones**: `public_ground`; not where `construction_site`, `loading_bay` or `ignore` lies over it.
//! - **Parameters**: lie for 2 min, then 30 min, shown by 3 looks; all within 5 m is one case.
//! - **Decision**: any of it, lying. What stands in a `frontage` is the shop's, what stands beside a stall or
//!   cart its trader's, if it was no case before he came; bricks and sand are nobody's wares.
//! - **Clearing**: nothing of it left for 3 min and over two looks. Half gone is still there.
//! - **Examples**: bricks and sand on the footway: a case. The same within the fence of a works: none.
//!   Cartons unloaded and carried in within ten minutes: none.

use curbwatch_types::{ObjectClass, ViolationClass, ZoneKind};

use super::{Company, GroupRule, Reading, any};
use crate::rule::Rule;
use crate::surroundings::{Surroundings, Thing};

/// The rule.
pub(crate) const PILED_MATERIALS: GroupRule = GroupRule {
    rule: Rule {
        class: ViolationClass::PiledMaterials,
        subject,
        enforced: &[ZoneKind::PublicGround],
        exempt: &[ZoneKind::ConstructionSite, ZoneKind::LoadingBay, ZoneKind::Ignore],
    },
    one_per_zone: false,
    strays_m: 0.0,
    left_behind: true,
    company: Company::Ignored,
    reading,
    amounts: any,
};

fn subject(class: ObjectClass) -> bool {
    matches!(
        class,
        ObjectClass::Carton
            | ObjectClass::Board
            | ObjectClass::BrickPile
            | ObjectClass::SandPile
            | ObjectClass::Furniture
            | ObjectClass::Pallet
    )
}

fn reading(thing: &Thing, look: &Surroundings<'_>) -> Reading {
    let are_wares = !matches!(thing.class, ObjectClass::BrickPile | ObjectClass::SandPile);
    if are_wares && look.beside_a_stand(thing, |_| true) {
        Reading::Foreign
    } else {
        Reading::Counts
    }
}

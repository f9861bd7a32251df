//! 非机动车乱停放: bicycles and e-bikes left about where they are in the way.
//!
//! - **Signals**: bicycle, e-bike, motorcycle; three or more together (a box around two of them counts for none), one on a tactile path or fire lane.
//! - **Zones**: `no_parking_bikes`, `tactile_path`, `fire_lane`; not where `bike_rack` or `ignore` lies over it.
//! - **Parameters**: stand for 60 s, then 10 min; all within 2 m of one another is one case.
//! - **Decision**: enough of them standing without a rider.
//! - **Clearing**: fewer than that for a minute and over two looks.
//! - **Examples**: five e-bikes across the footway: a case. Riders who wait at a light: none. A tidy row in
//!   the rack: none. One e-bike on the guiding path for the blind: a case. Two at a tree: none.

use curbwatch_types::{BBox, ObjectClass, ViolationClass, ZoneKind};

use super::{Company, GroupRule, Part, Reading};
use crate::GroupOptions;
use crate::rule::Rule;
use crate::surroundings::{Surroundings, Thing};

/// A box around two things is larger than either: these have at most this share of its area. Neighbours in a row are of one size.
const SMALLER: f32 = 0.75;
/// A thing lies in the box around it by this share of itself; boxes stray by a quarter of their sides.
const INSIDE: f32 = 0.6;

/// The rule.
pub(crate) const DISORDERLY_NONMOTOR_PARKING: GroupRule = GroupRule {
    rule: Rule {
        class: ViolationClass::DisorderlyNonmotorParking,
        subject,
        enforced: &[
            ZoneKind::TactilePath,
            ZoneKind::FireLane,
            ZoneKind::NoParkingBikes,
        ],
        exempt: &[ZoneKind::BikeRack, ZoneKind::Ignore],
    },
    one_per_zone: false,
    strays_m: 0.0,
    left_behind: false,
    company: Company::Ignored,
    reading,
    amounts,
};

fn subject(class: ObjectClass) -> bool {
    matches!(
        class,
        ObjectClass::Bicycle | ObjectClass::Ebike | ObjectClass::Motorcycle
    )
}

fn reading(thing: &Thing, look: &Surroundings<'_>) -> Reading {
    if look.ridden(thing) {
        Reading::InUse
    } else {
        Reading::Counts
    }
}

fn amounts(parts: &[Part], options: &GroupOptions) -> bool {
    let in_the_way = |p: &Part| matches!(p.kind, ZoneKind::TactilePath | ZoneKind::FireLane);
    let counted = parts.iter().filter(|p| !is_around_two(&p.bbox, parts));
    counted.count() >= options.count_min as usize || parts.iter().any(in_the_way)
}

/// Whether the box is one around two others: detectors draw these where things stand close, and then two would be three.
fn is_around_two(bbox: &BBox, parts: &[Part]) -> bool {
    let inside = |part: &&Part| {
        let area = part.bbox.area();
        area <= SMALLER * bbox.area() && bbox.intersection(&part.bbox) >= INSIDE * area
    };
    parts.iter().filter(inside).count() >= 2
}

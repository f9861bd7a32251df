//! When something seen becomes a case: one table for each class of violation.
//!
//! Not for: what a rule does with its numbers (`scene`), nor who sends a case (`settings::Review`), nor what holds at one camera
//! or in one zone alone (`overrides`).

use curbwatch_types::ViolationClass;

use crate::form::{number, whole};
use crate::section::{Nested, Or, nested, section};

section! {
    /// When something seen becomes a case: one table for each class. A rule works at every camera that has a zone
    /// it is about.
    #[derive(PartialEq)]
    pub struct Rules {
        /// 店外经营: trade beyond the shop line.
        street_front_trading: FrontTradingRule = FRONT_TRADING;
        /// 机动车乱停放: motor vehicles parked where they may not.
        illegal_motor_parking: MotorParkingRule = MOTOR_PARKING;
        /// 无照经营游商: itinerant vendors.
        itinerant_vendor: VendorRule = VENDOR;
        /// 非机动车乱停放: bicycles and e-bikes parked in disorder.
        disorderly_nonmotor_parking: NonmotorParkingRule = NONMOTOR_PARKING;
        /// 暴露垃圾: garbage on the ground.
        exposed_garbage: GarbageRule = GARBAGE;
        /// 乱堆物堆料: piled materials.
        piled_materials: PilesRule = PILES;
    }
}

/// A parameter of a rule, to be changed.
pub(crate) enum Slot<'r> {
    Whole(&'r mut u32),
    Number(&'r mut f32),
}

impl<'r> From<&'r mut u32> for Slot<'r> {
    fn from(slot: &'r mut u32) -> Self {
        Self::Whole(slot)
    }
}

impl<'r> From<&'r mut f32> for Slot<'r> {
    fn from(slot: &'r mut f32) -> Self {
        Self::Number(slot)
    }
}

/// The parameters of all rules.
pub(crate) const PARAMETERS: [&str; 14] = [
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

impl Rules {
    /// A parameter of a class's rule; nothing where the class has none of that name.
    pub(crate) fn slot(&mut self, class: ViolationClass, name: &str) -> Option<Slot<'_>> {
        match class {
            ViolationClass::StreetFrontTrading => self.street_front_trading.slot(name),
            ViolationClass::IllegalMotorParking => self.illegal_motor_parking.slot(name),
            ViolationClass::ItinerantVendor => self.itinerant_vendor.slot(name),
            ViolationClass::DisorderlyNonmotorParking => self.disorderly_nonmotor_parking.slot(name),
            ViolationClass::ExposedGarbage => self.exposed_garbage.slot(name),
            ViolationClass::PiledMaterials => self.piled_materials.slot(name),
        }
    }
}

/// Finds the parameters of a rule by their name.
macro_rules! slots {
    ($name:ident: $($field:ident)*) => {
        impl $name {
            fn slot(&mut self, name: &str) -> Option<Slot<'_>> {
                $(if name == stringify!($field) {
                    return Some((&mut self.$field).into());
                })*
                None
            }
        }
    };
}

const FRONT_TRADING: Nested<FrontTradingRule> = nested();
const MOTOR_PARKING: Nested<MotorParkingRule> = nested();
const VENDOR: Nested<VendorRule> = nested();
const NONMOTOR_PARKING: Nested<NonmotorParkingRule> = nested();
const GARBAGE: Nested<GarbageRule> = nested();
const PILES: Nested<PilesRule> = nested();

section! {
    /// Motor vehicles parked where they may not (机动车乱停放).
    #[derive(PartialEq)]
    pub struct MotorParkingRule {
        /// Seconds at one place before the legal dwell counts; keeps queues and drop-offs out.
        stationary_secs: u32 = Or(whole(5, 120), "20");
        /// Legal dwell in seconds: a vehicle that stands as long becomes a case. A zone may set its own. Legal
        /// dwells are 1 to 60 minutes; below a minute is for demonstrations.
        dwell_secs: u32 = Or(whole(10, 3600), "300");
        /// Looks that must have shown the vehicle, at least.
        present_looks_min: u32 = Or(whole(2, 100), "2");
        /// Seconds that the place must be seen empty before the case is closed.
        vacant_secs: u32 = Or(whole(10, 3600), "60");
        /// Seconds between two reports that a case still stands.
        still_every_secs: u32 = Or(whole(60, 86_400), "900");
        /// Seconds without a look that shows the vehicle over which its dwell goes on. A patrol with longer
        /// intervals needs more.
        gap_max_secs: u32 = Or(whole(60, 86_400), "1800");
        /// Weakest detection that counts as a look at a vehicle, 0 to 1.
        min_score: f32 = Or(number(0.05, 0.99), "0.2");
        /// What the best detection of a vehicle must reach before it becomes a case, 0 to 1.
        open_score_min: f32 = Or(number(0.05, 0.99), "0.35");
    }
}

slots!(MotorParkingRule: stationary_secs dwell_secs present_looks_min vacant_secs still_every_secs gap_max_secs min_score open_score_min);

/// Declares the table of a rule about a group of things: the keys they share, each with its class's default, and
/// those of its own.
macro_rules! group_rule {
    (
        $(#[doc = $about:literal])*
        $name:ident {
            stationary_secs = $stationary:literal, dwell_secs = $dwell:literal, looks = $looks:literal,
            vacant_secs = $vacant:literal, gap_max_secs = $gap:literal, occupancy = $occupancy:literal,
            merge_m = $merge:literal;
            $( $(#[doc = $doc:literal])* $field:ident: $type:ty = $spec:expr; )*
        }
    ) => {
        section! {
            $(#[doc = $about])*
            #[derive(PartialEq)]
            pub struct $name {
                /// Seconds that a thing must stand in its place before it counts.
                stationary_secs: u32 = Or(whole(5, 600), $stationary);
                /// Legal dwell in seconds: what stands as long becomes a case. A zone may set its own. Below a
                /// minute is for demonstrations.
                dwell_secs: u32 = Or(whole(10, 3600), $dwell);
                /// Looks that must have shown it, at least.
                present_looks_min: u32 = Or(whole(2, 100), $looks);
                /// Seconds that the place must be seen cleared, over two looks or more, before the case is closed.
                vacant_secs: u32 = Or(whole(10, 3600), $vacant);
                /// Seconds between two reports that a case still stands.
                still_every_secs: u32 = Or(whole(60, 86_400), "900");
                /// Seconds without a look that shows it over which its dwell goes on. A patrol with longer
                /// intervals needs more.
                gap_max_secs: u32 = Or(whole(60, 86_400), $gap);
                /// Weakest detection that counts as a look at a thing, 0 to 1.
                min_score: f32 = Or(number(0.05, 0.99), "0.25");
                /// What the best detection must reach before it becomes a case, 0 to 1.
                open_score_min: f32 = Or(number(0.05, 0.99), "0.35");
                /// Share of the looks during the dwell that must have shown it, 0 to 1.
                occupancy_min: f32 = Or(number(0.05, 1.0), $occupancy);
                /// Things nearer to one another than this are one case, in metres on the ground.
                merge_m: f32 = Or(number(0.5, 50.0), $merge);
                $( $(#[doc = $doc])* $field: $type = $spec; )*
            }
        }

        slots!($name: stationary_secs dwell_secs present_looks_min vacant_secs still_every_secs gap_max_secs min_score
            open_score_min occupancy_min merge_m $($field)*);
    };
}

group_rule! {
    /// Trade beyond the shop line (店外经营): goods, stalls, racks, tables, chairs, umbrellas, cartons or signs that
    /// stand in a `frontage`. All in one zone is one case.
    FrontTradingRule {
        stationary_secs = "60", dwell_secs = "600", looks = "2", vacant_secs = "180", gap_max_secs = "1800",
        occupancy = "0.7", merge_m = "5.0";
        /// What is left must cover at least this share of the ground that the case covered at its widest, or
        /// the case is cleared, 0 to 1.
        remains_min: f32 = Or(number(0.0, 0.9), "0.1");
    }
}

group_rule! {
    /// Itinerant vendors (无照经营游商): a cart, stall, loaded three-wheeler or umbrella that stands on `road_public`
    /// with somebody beside it.
    VendorRule {
        stationary_secs = "30", dwell_secs = "180", looks = "2", vacant_secs = "180", gap_max_secs = "1800",
        occupancy = "0.5", merge_m = "15.0";
        /// Somebody nearer than this is beside it, in metres.
        beside_m: f32 = Or(number(0.5, 10.0), "2.0");
        /// Share of the looks in which somebody must be beside it, 0 to 1.
        attended_share: f32 = Or(number(0.0, 1.0), "0.5");
    }
}

group_rule! {
    /// Bicycles and e-bikes parked in disorder (非机动车乱停放): several together in `no_parking_bikes`, or one in a
    /// `tactile_path` or `fire_lane`.
    NonmotorParkingRule {
        stationary_secs = "60", dwell_secs = "600", looks = "2", vacant_secs = "60", gap_max_secs = "1800",
        occupancy = "0.5", merge_m = "2.0";
        /// How many together are a case.
        count_min: u32 = Or(whole(1, 30), "3");
    }
}

group_rule! {
    /// Garbage on the ground (暴露垃圾): bags, heaps or litter on `public_ground` with nobody beside it.
    GarbageRule {
        stationary_secs = "60", dwell_secs = "900", looks = "3", vacant_secs = "180", gap_max_secs = "1800",
        occupancy = "0.5", merge_m = "3.0";
        /// Somebody nearer than this is beside it, in metres.
        beside_m: f32 = Or(number(0.5, 10.0), "2.0");
        /// Share of the looks with somebody beside it above which it is taken for somebody's own, 0 to 1.
        attended_share: f32 = Or(number(0.0, 1.0), "0.5");
    }
}

group_rule! {
    /// Piled materials (乱堆物堆料): cartons, boards, bricks, sand, furniture or pallets on `public_ground`.
    PilesRule {
        stationary_secs = "120", dwell_secs = "1800", looks = "3", vacant_secs = "180", gap_max_secs = "3600",
        occupancy = "0.5", merge_m = "5.0";
    }
}

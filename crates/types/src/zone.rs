//! Zones: where a rule holds, and where it does not.

use crate::{Polygon, ViewId, ZoneId};

/// The six classes of street-order violation. Their codes live in a versioned table, never here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ViolationClass {
    /// 店外经营: trade beyond the shop line.
    StreetFrontTrading,
    /// 机动车乱停放: motor vehicles parked where they may not.
    IllegalMotorParking,
    /// 无照经营游商: itinerant vendors.
    ItinerantVendor,
    /// 非机动车乱停放: bicycles and e-bikes parked in disorder.
    DisorderlyNonmotorParking,
    /// 暴露垃圾: garbage on the ground.
    ExposedGarbage,
    /// 乱堆物堆料: piled materials.
    PiledMaterials,
}

impl ViolationClass {
    /// Every class with its id.
    pub const NAMES: [(Self, &'static str); 6] = [
        (Self::StreetFrontTrading, "street_front_trading"),
        (Self::IllegalMotorParking, "illegal_motor_parking"),
        (Self::ItinerantVendor, "itinerant_vendor"),
        (Self::DisorderlyNonmotorParking, "disorderly_nonmotor_parking"),
        (Self::ExposedGarbage, "exposed_garbage"),
        (Self::PiledMaterials, "piled_materials"),
    ];

    /// The id in configuration, metrics and wire forms.
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(class, _)| *class == self)
            .map_or("", |(_, name)| name)
    }

    /// What operators call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::StreetFrontTrading => "店外经营",
            Self::IllegalMotorParking => "机动车乱停放",
            Self::ItinerantVendor => "无照经营游商",
            Self::DisorderlyNonmotorParking => "非机动车乱停放",
            Self::ExposedGarbage => "暴露垃圾",
            Self::PiledMaterials => "乱堆物堆料",
        }
    }

    /// The class of that id.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(class, _)| *class)
    }
}

/// What a zone means. The rule of a class names the kinds it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ZoneKind {
    /// Motor vehicles must not stand here (kerb, footway, fire lane).
    NoParking,
    /// A marked bay: cut out of `NoParking`.
    LegalBay,
    /// Moving or queueing traffic: nothing here is parked by intent.
    Carriageway,
    /// Nothing here is judged.
    Ignore,
    /// The public ground before a shop, from the shop line outwards; one zone a shop.
    Frontage,
    /// Road and footway where nobody may peddle.
    RoadPublic,
    /// Where peddling is allowed: cut out of `RoadPublic`, and of `NoParking` for the traders' vehicles.
    PermittedMarket,
    /// Bicycles and e-bikes must not be left about here.
    NoParkingBikes,
    /// Stands and marked bays for bicycles: cut out of `NoParkingBikes`, `TactilePath` and `FireLane`.
    BikeRack,
    /// The guiding path for blind people: one bicycle on it is one too many.
    TactilePath,
    /// The way of the fire brigade: one bicycle on it is one too many.
    FireLane,
    /// Ground that has to be clean and clear: footways, the edge of the carriageway, squares.
    PublicGround,
    /// Around bins and collection points, where bags may wait: cut out of `PublicGround` for garbage.
    BinApron,
    /// Fenced works: cut out of `PublicGround` for materials.
    ConstructionSite,
    /// Where goods are loaded: cut out of `PublicGround` for materials.
    LoadingBay,
}

impl ZoneKind {
    /// Every kind with its name in the configuration.
    pub const NAMES: [(Self, &'static str); 15] = [
        (Self::NoParking, "no_parking"),
        (Self::LegalBay, "legal_bay"),
        (Self::Carriageway, "carriageway"),
        (Self::Ignore, "ignore"),
        (Self::Frontage, "frontage"),
        (Self::RoadPublic, "road_public"),
        (Self::PermittedMarket, "permitted_market"),
        (Self::NoParkingBikes, "no_parking_bikes"),
        (Self::BikeRack, "bike_rack"),
        (Self::TactilePath, "tactile_path"),
        (Self::FireLane, "fire_lane"),
        (Self::PublicGround, "public_ground"),
        (Self::BinApron, "bin_apron"),
        (Self::ConstructionSite, "construction_site"),
        (Self::LoadingBay, "loading_bay"),
    ];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(kind, _)| *kind)
    }
}

/// A polygon with a meaning, in one view of one camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Its name within the camera; the same zone may be drawn in several views.
    pub id: ZoneId,
    /// The view it is drawn in.
    pub view: ViewId,
    /// What it means.
    pub kind: ZoneKind,
    /// Where it is; the ground contact of a box decides whether a thing stands in it.
    pub polygon: Polygon,
    /// Legal dwell here instead of the class's default, in seconds.
    pub dwell_secs: Option<u32>,
}

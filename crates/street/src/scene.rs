//! The scene file: a street in numbers and a script in words, TOML in, everything wrong named at once.

mod file;

use curbwatch_types::{ObjectClass, ViolationClass, ZoneKind};
use serde::Deserialize;

use crate::lens::Lens;
use crate::sky::Weather;
use crate::styles::{Seed, Styles};

/// One thing wrong with a scene.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Problem {
    /// The key, event or line it is about.
    pub place: String,
    /// What is wrong and what would be right.
    pub what: String,
}

/// Everything wrong with a scene file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Where something stands across the street.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the carriageway, in the lane.
    Lane,
    /// On the carriageway along the kerb.
    Kerb,
    /// In a marked car bay.
    Bay,
    /// On the footway beside the kerb.
    Edge,
    /// In the middle of the footway.
    Footway,
    /// On the footway just outside the shop line.
    Front,
    /// Behind the shop line.
    Inside,
    /// In the marked bicycle bay.
    Rack,
}

impl Place {
    /// The kind of zone that lies there, where one does.
    pub(crate) fn zone(self) -> Option<ZoneKind> {
        match self {
            Self::Kerb | Self::Edge | Self::Footway | Self::Front => Some(ZoneKind::NoParking),
            Self::Bay => Some(ZoneKind::LegalBay),
            Self::Lane => Some(ZoneKind::Carriageway),
            Self::Inside | Self::Rack => None,
        }
    }
}

/// Left or right of the camera's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideName {
    /// Left.
    Left,
    /// Right.
    Right,
}

impl SideName {
    pub(crate) fn sign(self) -> f32 {
        if self == Self::Left { -1.0 } else { 1.0 }
    }
}

/// What a line of the script puts into the street.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// One thing, or `count` of it in a row.
    One(ObjectClass),
    /// An itinerant vendor: three-wheeler, stall or cart, with umbrella, goods, trader, sometimes a customer.
    Vendor,
    /// Goods, racks and signs put out before a shop.
    Display,
    /// Tables with chairs and people eating.
    Diners,
    /// Bicycles and e-bikes left anyhow.
    Jumble,
    /// Bicycles and e-bikes in a straight row.
    Row,
}

const GROUPS: [(What, &str); 5] = [
    (What::Vendor, "vendor"),
    (What::Display, "display"),
    (What::Diners, "diners"),
    (What::Jumble, "jumble"),
    (What::Row, "row"),
];

impl What {
    fn from_name(name: &str) -> Option<Self> {
        let group = GROUPS.iter().find(|(_, n)| *n == name).map(|(what, _)| *what);
        group.or_else(|| ObjectClass::from_name(name).map(Self::One))
    }

    /// Whether one of it can become more.
    pub(crate) fn piles(self) -> bool {
        matches!(
            self,
            Self::One(
                ObjectClass::SandPile
                    | ObjectClass::BrickPile
                    | ObjectClass::Board
                    | ObjectClass::Carton
                    | ObjectClass::Pallet
                    | ObjectClass::Garbage
                    | ObjectClass::Goods
            ) | Self::Display
        )
    }

    /// Whether it comes and goes by road.
    pub(crate) fn drives(self) -> bool {
        matches!(self, Self::One(class) if class.is_motor_vehicle())
    }
}

/// What an event is to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proves {
    /// A case of this class is expected once it has stood long enough.
    Violation(ViolationClass),
    /// It looks like this class and must not become a case.
    NearMiss(ViolationClass),
    /// Nothing: an occluder, a passer-by.
    Nothing,
}

/// One line of the script.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// Its name in messages and in the truth.
    pub name: String,
    /// What it puts into the street.
    pub what: What,
    /// How many.
    pub count: usize,
    /// Where across the street.
    pub place: Place,
    /// On which side.
    pub side: SideName,
    /// How far along the street from the camera, in metres.
    pub along: f32,
    /// Seconds at which it stands there.
    pub from: f32,
    /// Seconds at which it is no longer there.
    pub until: f32,
    /// What it is to prove.
    pub proves: Proves,
    /// Comes before `from` in its own way instead of being there at once: people walk up, two-wheelers are
    /// ridden in, vendors come by three-wheeler or push their cart, everything else is carried by somebody.
    /// Motor vehicles always drive.
    pub brought: bool,
    /// Leaves from `until` on in the same way.
    pub taken: bool,
    /// Becomes more until two thirds of its time are over: a pile grows, of several things one comes after
    /// the other.
    pub grows: bool,
}

/// A time from `from` to `until`, in seconds, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Seconds at which it starts.
    pub from: f32,
    /// Seconds at which it ends.
    pub until: f32,
}

impl Span {
    pub(crate) fn holds(self, at: f32) -> bool {
        (self.from..self.until).contains(&at)
    }
}

/// The size of the pictures and the work per pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Format {
    /// Pixels across, 64..3840.
    pub width: usize,
    /// Pixels down, 36..2160.
    pub height: usize,
    /// Paths per pixel, 1..256.
    pub samples: u32,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            width: 640,
            height: 360,
            samples: 8,
        }
    }
}

/// What differs from the seed's own camera.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CameraChange {
    /// Height of the lens over the road in metres.
    pub pole_m: Option<f32>,
    /// Degrees further to the left.
    pub pan_deg: f32,
    /// Degrees further down.
    pub tilt_deg: f32,
    /// Vertical field of view in degrees.
    pub field_deg: Option<f32>,
    /// Metres further along the street: another pole.
    pub along_m: f32,
    /// Whether it looks back along the street, from there.
    pub looks_back: bool,
}

/// A time during which the camera looks elsewhere (a preset missed, a pole knocked).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraMove {
    /// Seconds at which it starts.
    pub from: f32,
    /// Seconds at which it ends.
    pub until: f32,
    /// Degrees to the left.
    #[serde(default)]
    pub pan_deg: f32,
    /// Degrees down.
    #[serde(default)]
    pub tilt_deg: f32,
}

/// Life that nobody scripted.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Life {
    /// Passers-by on foot a minute, 0..120.
    pub walkers: f32,
    /// Passing vehicles a minute, e-bikes among them, 0..60.
    pub vehicles: f32,
    /// How many bays and racks are taken, and how much lawfully stands about, 0..1.
    pub standing: f32,
    /// How many two-wheelers stand along the shop fronts, outside every bay, 0..1. They break the rules
    /// that a district may watch: leave it at 0 where pictures must be clean.
    pub loose: f32,
    /// How much of the kerb without bays is taken by parked cars, 0..1. The same holds.
    pub kerb: f32,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            walkers: 18.0,
            vehicles: 8.0,
            standing: 0.75,
            loose: 0.0,
            kerb: 0.0,
        }
    }
}

/// A scene: what the street is, what happens in it, and how the camera sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Decides everything that the file does not say.
    pub seed: u64,
    /// The world it is made of: what is trained on, or what is kept for validation.
    pub styles: Styles,
    /// Length in seconds.
    pub secs: f32,
    /// The pictures.
    pub format: Format,
    /// The camera, where it differs from the seed's.
    pub camera: CameraChange,
    /// When the camera looks elsewhere.
    pub moves: Vec<CameraMove>,
    /// When the camera sends the picture of `from` again and again.
    pub frozen: Vec<Span>,
    /// When the picture is black.
    pub black: Vec<Span>,
    /// When something hangs before the lens.
    pub covered: Vec<Span>,
    /// Sun, cloud, rain.
    pub weather: Weather,
    /// What lens and sensor do.
    pub lens: Lens,
    /// Life that nobody scripted.
    pub life: Life,
    /// The script.
    pub events: Vec<Script>,
}

impl Scene {
    /// What every draw depends on.
    pub(crate) fn dice(&self) -> Seed {
        Seed {
            number: self.seed,
            styles: self.styles,
        }
    }
}

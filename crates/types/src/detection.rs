//! What a detector says of one picture.

use crate::BBox;

/// A detector's confidence, 0..1.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Score(f32);

impl Score {
    /// A score; values outside 0..1 and NaN are clamped into it (NaN to 0).
    pub fn new(value: f32) -> Self {
        Self(if value.is_nan() {
            0.0
        } else {
            value.clamp(0.0, 1.0)
        })
    }

    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

/// What kinds of thing the rules can speak of. A model manifest maps its own class names to these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum ObjectClass {
    Car,
    Van,
    Truck,
    Bus,
    ThreeWheeler,
    Motorcycle,
    Bicycle,
    Ebike,
    Person,
    Umbrella,
    Stall,
    Cart,
    Goods,
    Rack,
    Table,
    Chair,
    GarbageBag,
    Garbage,
    GarbageBin,
    Overflow,
    Carton,
    Board,
    BrickPile,
    SandPile,
    Furniture,
    Pallet,
    Sign,
}

impl ObjectClass {
    /// Every class with its name in manifests, configuration and wire forms.
    pub const NAMES: [(Self, &'static str); 27] = [
        (Self::Car, "car"),
        (Self::Van, "van"),
        (Self::Truck, "truck"),
        (Self::Bus, "bus"),
        (Self::ThreeWheeler, "three_wheeler"),
        (Self::Motorcycle, "motorcycle"),
        (Self::Bicycle, "bicycle"),
        (Self::Ebike, "ebike"),
        (Self::Person, "person"),
        (Self::Umbrella, "umbrella"),
        (Self::Stall, "stall"),
        (Self::Cart, "cart"),
        (Self::Goods, "goods"),
        (Self::Rack, "rack"),
        (Self::Table, "table"),
        (Self::Chair, "chair"),
        (Self::GarbageBag, "garbage_bag"),
        (Self::Garbage, "garbage"),
        (Self::GarbageBin, "garbage_bin"),
        (Self::Overflow, "overflow"),
        (Self::Carton, "carton"),
        (Self::Board, "board"),
        (Self::BrickPile, "brick_pile"),
        (Self::SandPile, "sand_pile"),
        (Self::Furniture, "furniture"),
        (Self::Pallet, "pallet"),
        (Self::Sign, "sign"),
    ];

    /// The name in manifests, configuration and wire forms.
    pub fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(class, _)| *class == self)
            .map_or("", |(_, name)| name)
    }

    /// The class of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, n)| *n == name)
            .map(|(class, _)| *class)
    }

    /// Car, van, truck, bus, three-wheeler: what `illegal_motor_parking` is about.
    pub fn is_motor_vehicle(self) -> bool {
        matches!(
            self,
            Self::Car | Self::Van | Self::Truck | Self::Bus | Self::ThreeWheeler
        )
    }
}

/// A short vector that says what a thing looks like, comparable within one model by cosine.
#[derive(Debug, Clone, PartialEq)]
pub struct Appearance(pub Box<[f32]>);

/// One thing seen in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// What it is.
    pub class: ObjectClass,
    /// How sure the detector is.
    pub score: Score,
    /// Where it is in the whole picture, relative.
    pub bbox: BBox,
    /// What it looks like, where the model or a crop descriptor says.
    pub appearance: Option<Appearance>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_one_name() {
        for (class, name) in ObjectClass::NAMES {
            assert_eq!(class.name(), name);
            assert_eq!(ObjectClass::from_name(name), Some(class));
        }
    }
}

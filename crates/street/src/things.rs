//! The things a street is full of: one builder per class, many variants by stream.

mod cycles;
mod fixtures;
mod people;
mod piles;
mod trade;
mod varied;
mod vehicles;
mod waste;

use curbwatch_types::ObjectClass;

use crate::chance::Stream;
use crate::mesh::Mesh;
use crate::styles::Styles;

pub(crate) use fixtures::{lamp_post, rail, tree, utility_box};
pub(crate) use people::{Doing, person};
pub(crate) use trade::hand_umbrella;

/// A thing of `class`; the stream decides which.
pub(crate) fn thing(class: ObjectClass, s: &mut Stream) -> Mesh {
    if s.styles() == Styles::Varied {
        return varied::thing(class, s);
    }
    plain(class, s)
}

/// What belongs to the street, in other paint where streets are varied.
pub(crate) fn painted(mut mesh: Mesh, s: &mut Stream) -> Mesh {
    if s.styles() == Styles::Varied {
        varied::repaint(&mut mesh, s);
    }
    mesh
}

/// A thing as its family builds it.
fn plain(class: ObjectClass, s: &mut Stream) -> Mesh {
    match class {
        ObjectClass::Car => vehicles::car(s),
        ObjectClass::Van => vehicles::van(s),
        ObjectClass::Truck => vehicles::truck(s),
        ObjectClass::Bus => vehicles::bus(s),
        ObjectClass::ThreeWheeler => vehicles::three_wheeler(s),
        ObjectClass::Motorcycle | ObjectClass::Ebike => cycles::ebike(s),
        ObjectClass::Bicycle => cycles::bicycle(s),
        ObjectClass::Person => person(s, Doing::Standing),
        ObjectClass::Umbrella => trade::umbrella(s),
        ObjectClass::Stall => trade::stall(s),
        ObjectClass::Cart => trade::cart(s),
        ObjectClass::Goods => trade::goods(s),
        ObjectClass::Rack => trade::rack(s),
        ObjectClass::Table => trade::table(s),
        ObjectClass::Chair => trade::chair(s),
        ObjectClass::GarbageBag => waste::bag(s),
        ObjectClass::Garbage => waste::garbage(s),
        ObjectClass::GarbageBin => waste::bin(s),
        ObjectClass::Overflow => waste::overflow(s),
        ObjectClass::Carton => piles::cartons(s),
        ObjectClass::Board => piles::boards(s),
        ObjectClass::BrickPile => piles::bricks(s),
        ObjectClass::SandPile => piles::sand(s),
        ObjectClass::Furniture => piles::furniture(s),
        ObjectClass::Pallet => piles::pallets(s),
        ObjectClass::Sign => trade::sign(s),
    }
}

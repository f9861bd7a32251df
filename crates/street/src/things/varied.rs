//! Things for training in more makes than a street has: the shown ones and others beside them, stretched, with
//! other paint. What a detector has seen in many shapes and colours it knows again in one it has not seen
//! (domain randomisation, Tobin et al. 2017).
//!
//! Not for: the streets of clips, of the demo and of validation; nothing here looks at what is held out.

mod dumped;
mod trade;
mod wheels;

use curbwatch_types::ObjectClass;

use super::plain;
use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Glow, Look, Mesh, Pattern};

/// How often a thing is of a make that shown streets do not have.
const OTHER_MAKES: f32 = 0.75;
/// Deviation of the logarithm of each side's stretch, and how far it goes at most.
const STRETCH: (f32, f32) = (0.12, 0.26);
/// The same for what people sit on or in and what bears its proportions: cycles and vehicles.
const STRETCH_WHEELS: (f32, f32) = (0.05, 0.12);

/// A thing of `class` that training has not met before.
pub(super) fn thing(class: ObjectClass, s: &mut Stream) -> Mesh {
    let other = s.chance(OTHER_MAKES).then(|| other_make(class, s)).flatten();
    let mut mesh = match other {
        Some(mesh) => mesh,
        None => plain(class, s),
    };
    stretch(&mut mesh, class, s);
    repaint(&mut mesh, s);
    mesh
}

/// One of the makes that only training knows, where the class has some.
fn other_make(class: ObjectClass, s: &mut Stream) -> Option<Mesh> {
    Some(match class {
        ObjectClass::Stall => trade::stall(s),
        ObjectClass::Cart => trade::cart(s),
        ObjectClass::Goods => trade::goods(s),
        ObjectClass::Rack => trade::rack(s),
        ObjectClass::Umbrella => trade::umbrella(s),
        ObjectClass::Sign => trade::sign(s),
        ObjectClass::Table => trade::table(s),
        ObjectClass::Chair => trade::chair(s),
        ObjectClass::GarbageBag => dumped::bag(s),
        ObjectClass::Garbage => dumped::heap(s),
        ObjectClass::GarbageBin => dumped::bin(s),
        ObjectClass::Overflow => dumped::overflow(s),
        ObjectClass::Carton => dumped::cartons(s),
        ObjectClass::Board => dumped::boards(s),
        ObjectClass::BrickPile => dumped::bricks(s),
        ObjectClass::SandPile => dumped::sand(s),
        ObjectClass::Furniture => dumped::furniture(s),
        ObjectClass::Pallet => dumped::pallets(s),
        ObjectClass::Car => wheels::car(s),
        ObjectClass::Van => wheels::van(s),
        ObjectClass::Truck => wheels::truck(s),
        ObjectClass::Bus => wheels::bus(s),
        ObjectClass::ThreeWheeler => wheels::three_wheeler(s),
        ObjectClass::Motorcycle | ObjectClass::Ebike => wheels::ebike(s),
        ObjectClass::Bicycle => wheels::bicycle(s),
        ObjectClass::Person => return None,
    })
}

/// Stretches a thing along each of its sides. A rider keeps his saddle: cycles grow in length alone.
fn stretch(mesh: &mut Mesh, class: ObjectClass, s: &mut Stream) {
    let (deviation, most) = match class {
        ObjectClass::Person => return,
        ObjectClass::Car
        | ObjectClass::Van
        | ObjectClass::Truck
        | ObjectClass::Bus
        | ObjectClass::ThreeWheeler
        | ObjectClass::Ebike
        | ObjectClass::Motorcycle
        | ObjectClass::Bicycle => STRETCH_WHEELS,
        _ => STRETCH,
    };
    let mut side = || libm::expf((s.normal() * deviation).clamp(-most, most));
    let by = v(side(), side(), side());
    let ridden = matches!(
        class,
        ObjectClass::Ebike | ObjectClass::Motorcycle | ObjectClass::Bicycle
    );
    mesh.scale(if ridden { v(1.0, by.y, 1.0) } else { by });
}

/// Other paint: now and then every part in a colour of its own, often all hues exchanged, lighter or darker. Glass and what
/// shines keep their own; the ground stays about as grey as it was.
pub(super) fn repaint(mesh: &mut Mesh, s: &mut Stream) {
    let (each, all) = (s.chance(0.25), s.chance(0.5));
    let turn = s.below(6);
    let light = libm::expf(s.normal() * 0.35);
    for material in &mut mesh.materials {
        if material.look == Look::Glass || material.glow != Glow::None {
            continue;
        }
        let c = material.colour;
        if material.look == Look::Ground {
            material.colour =
                (c * light * v(s.range(0.9, 1.1), 1.0, s.range(0.88, 1.1))).min(Vec3::splat(0.8));
            continue;
        }
        if each && s.chance(0.6) {
            material.colour = any_colour(s);
        } else if all {
            let turned = [
                c,
                v(c.y, c.z, c.x),
                v(c.z, c.x, c.y),
                v(c.x, c.z, c.y),
                v(c.z, c.y, c.x),
                v(c.y, c.x, c.z),
            ];
            material.colour = (turned[turn] * light).min(Vec3::splat(0.9));
        }
        if material.look == Look::Matt && material.pattern == Pattern::Plain && s.chance(0.12) {
            material.pattern = s.pick(&[
                Pattern::Stripes,
                Pattern::Cloth,
                Pattern::Wood,
                Pattern::Cardboard,
                Pattern::Crinkled,
                Pattern::WornPaint,
                Pattern::Plaster,
            ]);
        }
    }
}

/// Any colour, from nearly black to nearly white, grey as often as loud.
pub(super) fn any_colour(s: &mut Stream) -> Vec3 {
    let light = 0.02 + 0.75 * s.unit() * s.unit();
    let loud = s.unit();
    let hue = v(s.unit(), s.unit(), s.unit());
    let most = hue.x.max(hue.y).max(hue.z).max(0.05);
    Vec3::splat(light)
        .mix(hue * (light * 1.4 / most), loud)
        .min(Vec3::splat(0.9))
}

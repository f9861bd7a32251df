//! How far apart things stand, in metres, where no homography is given: a zone-local scale, learned from
//! things whose height is known.
//!
//! A camera that looks down at level ground shows an upright thing the taller the lower its foot stands in
//! the picture, in a straight line: `scale = (foot - horizon) / lens height` (pinhole, level horizon).
//! People, cars and vans give the line; until enough were seen, a thing's own height and what its class
//! usually measures stand in. Distances along the line of sight follow from the same two numbers and an
//! assumed focal length.
//!
//! Everything else asks [`Base`] for metres and nothing more, so that a homography, where one is given,
//! takes the place of [`Ground::base`] alone. Not for: measuring. Errors of a third are usual; merge
//! radii and "beside" bear that.

use curbwatch_types::{BBox, ObjectClass};

use crate::kept::kept;

/// Focal length in picture heights where nothing says otherwise: a vertical field of view of 45°.
const FOCAL: f32 = 1.2;
/// Height of the lens over the ground in metres until it is learned: a lamp post.
const LENS_M: f32 = 6.0;
/// Weight of what was learned, from one look to the next: a few minutes of looks.
const MEMORY: f32 = 0.98;
/// Samples before the line is believed, in weight.
const SAMPLES_MIN: f32 = 12.0;
/// Spread of their feet over the picture's height (standard deviation) before the line is believed.
const SPREAD_MIN: f32 = 0.05;
/// A sample further than this from the line, as a ratio, is half hidden, sitting, or no person.
const RATIO_MAX: f32 = 1.8;
/// Scales that differ by less, as a ratio, are of one distance as far as a half hidden foot can tell.
const LEVEL_MAX: f32 = 1.35;
/// Weakest detection that teaches.
const SCORE_MIN: f32 = 0.5;
/// Scale is never below this, in picture heights a metre: 3 pixels of a 720-line picture.
const SCALE_MIN: f32 = 0.004;

/// What a class usually measures from the ground up, in metres.
fn usual_height(class: ObjectClass) -> f32 {
    match class {
        ObjectClass::Person => 1.7,
        ObjectClass::Car | ObjectClass::ThreeWheeler | ObjectClass::Rack => 1.5,
        ObjectClass::Van => 1.95,
        ObjectClass::Truck | ObjectClass::Bus => 2.9,
        ObjectClass::Umbrella => 2.3,
        ObjectClass::Stall => 2.0,
        ObjectClass::Cart | ObjectClass::Board => 1.2,
        ObjectClass::Bicycle | ObjectClass::Ebike | ObjectClass::Motorcycle => 1.1,
        ObjectClass::GarbageBin | ObjectClass::Overflow | ObjectClass::Sign => 1.0,
        ObjectClass::Goods
        | ObjectClass::Table
        | ObjectClass::Chair
        | ObjectClass::Carton
        | ObjectClass::Furniture => 0.8,
        ObjectClass::BrickPile | ObjectClass::SandPile | ObjectClass::Pallet => 0.7,
        ObjectClass::GarbageBag | ObjectClass::Garbage => 0.45,
    }
}

/// How far a class usually reaches back from its front edge, in metres.
fn usual_depth(class: ObjectClass) -> f32 {
    match class {
        ObjectClass::Car | ObjectClass::Van | ObjectClass::Truck | ObjectClass::Bus => 4.0,
        ObjectClass::ThreeWheeler => 2.0,
        ObjectClass::Stall
        | ObjectClass::Cart
        | ObjectClass::SandPile
        | ObjectClass::Furniture
        | ObjectClass::Bicycle
        | ObjectClass::Ebike
        | ObjectClass::Motorcycle => 1.2,
        ObjectClass::Person | ObjectClass::Umbrella | ObjectClass::Sign => 0.0,
        _ => 0.5,
    }
}

/// Where a thing meets the ground: the bottom edge of its box, and the scale there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Base {
    /// Ends of the bottom edge, in picture heights.
    from: f32,
    to: f32,
    /// Its row, relative.
    row: f32,
    /// Picture heights a metre.
    scale: f32,
    /// Focal length over lens height.
    depth: f32,
    /// How far the thing reaches back from there, in metres.
    back: f32,
}

kept!(Base {
    from,
    to,
    row,
    scale,
    depth,
    back
});
kept!(Ground {
    aspect,
    sums,
    count,
    line
});

impl Base {
    /// Metres between two things on the ground, edge to edge.
    pub(crate) fn metres(&self, other: &Self) -> f32 {
        self.metres_to(other, (other.row, other.row))
    }

    /// Height of somebody upright who stands there, in picture heights.
    pub(crate) fn upright(&self) -> f32 {
        usual_height(ObjectClass::Person) * self.scale
    }

    /// Whether the two are at about the same distance from the lens.
    pub(crate) fn is_level_with(&self, other: &Self) -> bool {
        let ratio = self.scale / other.scale;
        (1.0 / LEVEL_MAX..=LEVEL_MAX).contains(&ratio)
    }

    /// The same, where the foot of `other` lies somewhere between two rows.
    fn metres_to(&self, other: &Self, rows: (f32, f32)) -> f32 {
        let aside = (self.from.max(other.from) - self.to.min(other.to)).max(0.0);
        let (behind, before) = ((self.row - rows.1).max(0.0), (rows.0 - self.row).max(0.0));
        let (a, b) = (self.scale, other.scale);
        // The nearer one reaches back towards the other.
        let back = if behind > 0.0 { self.back } else { other.back };
        let away = (behind.max(before) * self.depth / (a * b) - back).max(0.0);
        (2.0 * aside / (a + b)).hypot(away)
    }

    /// Metres from the front edge to a person, whose feet may be hidden behind what stands in front: then the head says where,
    /// no lower than `hidden_to`, the row in which that stands.
    pub(crate) fn metres_to_person(&self, person: &BBox, feet: &Self, hidden_to: f32) -> f32 {
        // The row of the foot of somebody upright whose head is in this row, on the line through this place.
        let slope = self.depth / FOCAL;
        let (horizon, rise) = (
            self.row - self.scale / slope,
            usual_height(ObjectClass::Person) * slope,
        );
        let upright = (person.y - rise * horizon) / (1.0 - rise).max(0.1);
        let lowest = upright.min(hidden_to).max(feet.row);
        let beside = Self {
            scale: (slope * (lowest - horizon)).max(SCALE_MIN),
            ..*feet
        };
        Self { back: 0.0, ..*self }.metres_to(&beside, (feet.row, lowest))
    }
}

/// The scale of one camera's base view, as learned so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ground {
    /// Width over height of the picture.
    aspect: f32,
    /// Sums over samples (row, scale): weight, row, scale, row squared, row times scale.
    sums: [f32; 5],
    /// Weight of samples without regard to their size.
    count: f32,
    /// Slope (1 / lens height) and horizon.
    line: Option<(f32, f32)>,
}

impl Ground {
    /// Takes one look's boxes of known height; `size` is the picture's in pixels.
    pub(crate) fn learn<'a>(
        &mut self,
        size: (usize, usize),
        seen: impl Iterator<Item = (ObjectClass, f32, &'a BBox)>,
    ) {
        self.aspect = size.0.max(1) as f32 / size.1.max(1) as f32;
        for sum in &mut self.sums {
            *sum *= MEMORY;
        }
        self.count *= MEMORY;
        for (class, score, bbox) in seen {
            let teaches = matches!(class, ObjectClass::Person | ObjectClass::Car | ObjectClass::Van);
            let whole = bbox.x > 0.01 && bbox.y > 0.01 && bbox.x + bbox.w < 0.99 && bbox.y + bbox.h < 0.99;
            let (row, scale) = (bbox.y + bbox.h, bbox.h / usual_height(class));
            let believed = self.at(row).is_none_or(|known| {
                let ratio = scale / known;
                (1.0 / RATIO_MAX..=RATIO_MAX).contains(&ratio)
            });
            if !teaches || !whole || score < SCORE_MIN || scale < SCALE_MIN || !believed {
                continue;
            }
            // An error is a share of the height, so small ones weigh as much as large ones.
            let weight = 1e-3 / (scale * scale + 1e-4);
            for (sum, term) in self
                .sums
                .iter_mut()
                .zip([1.0, row, scale, row * row, row * scale])
            {
                *sum += weight * term;
            }
            self.count += 1.0;
        }
        self.line = self.fitted();
    }

    /// Least squares; `None` while the samples do not say.
    fn fitted(&self) -> Option<(f32, f32)> {
        let [weight, row, scale, row2, cross] = self.sums;
        if self.count < SAMPLES_MIN || weight <= 0.0 {
            return None;
        }
        let (row, scale) = (row / weight, scale / weight);
        let spread = row2 / weight - row * row;
        if spread < SPREAD_MIN * SPREAD_MIN {
            return None;
        }
        let slope = (cross / weight - row * scale) / spread;
        // Lenses hang 2 to 40 m over the street.
        (0.025..=0.5)
            .contains(&slope)
            .then(|| (slope, row - scale / slope))
    }

    fn at(&self, row: f32) -> Option<f32> {
        self.line
            .map(|(slope, horizon)| (slope * (row - horizon)).max(SCALE_MIN))
    }

    /// Where a box of this class meets the ground.
    pub(crate) fn base(&self, class: ObjectClass, bbox: &BBox) -> Base {
        let row = bbox.y + bbox.h;
        let own = || (bbox.h / usual_height(class)).max(SCALE_MIN);
        Base {
            from: bbox.x * self.aspect,
            to: (bbox.x + bbox.w) * self.aspect,
            row,
            scale: self.at(row).unwrap_or_else(own),
            depth: FOCAL * self.line.map_or(1.0 / LENS_M, |(slope, _)| slope),
            back: usual_depth(class),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The box of something `wide` by `high` metres that stands `along` metres away and `across` to the right,
    /// seen level by a lens 5 m up: horizon in the middle, focal length 1.2.
    fn seen(along: f32, across: f32, (wide, high): (f32, f32)) -> BBox {
        let scale = FOCAL / along;
        let (w, h) = (wide * scale / 1.6, high * scale);
        BBox::new(
            0.5 + (across * scale) / 1.6 - w / 2.0,
            0.5 + 5.0 * scale - h,
            w,
            h,
        )
    }

    fn street() -> Ground {
        let mut ground = Ground::default();
        for look in 0..20 {
            let people = [14.0, 18.0, 26.0].map(|along| seen(along + look as f32 * 0.2, 1.0, (0.5, 1.7)));
            ground.learn((1600, 1000), people.iter().map(|b| (ObjectClass::Person, 0.9, b)));
        }
        ground
    }

    #[test]
    fn metres_come_out_as_they_were_put_in() {
        let ground = street();
        let bag = |along, across| ground.base(ObjectClass::GarbageBag, &seen(along, across, (0.4, 0.9)));
        let rows = [
            ("aside", bag(15.0, 0.0), bag(15.0, 3.4), 3.0),
            (
                "along, less what a bag reaches back",
                bag(15.0, 0.0),
                bag(19.0, 0.0),
                3.5,
            ),
            ("touching", bag(15.0, 0.0), bag(15.0, 0.3), 0.0),
        ];
        for (name, a, b, want) in rows {
            let got = a.metres(&b);
            assert!((got - want).abs() < 0.15, "{name}: {got} m, not {want}");
            assert_eq!(got, b.metres(&a), "{name}: one way and back");
        }
    }

    #[test]
    fn a_person_behind_a_counter_stands_beside_it() {
        let ground = street();
        let stall = ground.base(ObjectClass::Stall, &seen(15.0, 0.0, (2.0, 2.0)));
        let mut trader = seen(16.2, 0.2, (0.5, 1.7));
        trader.h *= 0.45;
        let feet = ground.base(ObjectClass::Person, &trader);
        assert!(stall.metres(&feet) > 3.0, "by the visible foot it would be far");
        assert!(stall.metres_to_person(&trader, &feet, stall.row) < 1.5);
        assert!(
            stall.metres_to_person(&trader, &feet, feet.row) > 3.0,
            "nothing hides his feet"
        );
        let far = seen(21.0, 0.2, (0.5, 1.7));
        let feet = ground.base(ObjectClass::Person, &far);
        assert!(stall.metres_to_person(&far, &feet, stall.row) > 4.0);
    }

    #[test]
    fn before_anybody_was_seen_the_things_themselves_give_the_scale() {
        let mut ground = Ground::default();
        ground.learn((1600, 1000), std::iter::empty());
        let cart = |across| ground.base(ObjectClass::Cart, &seen(15.0, across, (1.0, 1.2)));
        let got = cart(0.0).metres(&cart(4.0));
        assert!((got - 3.0).abs() < 0.1, "{got} m");
    }
}

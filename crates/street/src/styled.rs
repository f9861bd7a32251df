//! What a builder chooses in which world: [`Stream::own`], [`Stream::pick_own`] and [`Stream::range_own`] take
//! what `shown` and what `held_out` streets may get, side by side, and refuse (in builds with debug
//! assertions) offers that overlap. `varied` streets get what `shown` ones do.

use crate::chance::Stream;
use crate::styles::Styles;

impl Stream {
    /// What this world has of two alternatives.
    #[track_caller]
    pub(crate) fn own<T>(&self, shown: T, held_out: T) -> T {
        note(self.styles());
        match self.styles() {
            Styles::Shown | Styles::Varied => shown,
            Styles::HeldOut => held_out,
        }
    }

    /// One of what this world may choose from; nothing may be offered to both.
    #[track_caller]
    pub(crate) fn pick_own<T: Copy + PartialEq>(&mut self, shown: &[T], held_out: &[T]) -> T {
        debug_assert!(
            shown.iter().all(|a| !held_out.contains(a)),
            "both worlds are offered the same"
        );
        note(self.styles());
        match self.styles() {
            Styles::Shown | Styles::Varied => self.pick(shown),
            Styles::HeldOut => self.pick(held_out),
        }
    }

    /// A number from this world's range; the ranges may not overlap.
    #[track_caller]
    pub(crate) fn range_own(&mut self, shown: (f32, f32), held_out: (f32, f32)) -> f32 {
        debug_assert!(
            shown.1 <= held_out.0 || held_out.1 <= shown.0,
            "{shown:?} overlaps {held_out:?}"
        );
        note(self.styles());
        let (a, b) = match self.styles() {
            Styles::Shown | Styles::Varied => shown,
            Styles::HeldOut => held_out,
        };
        self.range(a, b)
    }
}

/// Tests count which styled choices a builder makes, by their place in the source.
#[cfg(test)]
#[track_caller]
fn note(styles: Styles) {
    let place = std::panic::Location::caller().to_string();
    NOTED.with_borrow_mut(|noted| noted.insert((place, styles)));
}

#[cfg(not(test))]
fn note(_styles: Styles) {}

#[cfg(test)]
thread_local! {
    static NOTED: std::cell::RefCell<std::collections::HashSet<(String, Styles)>> =
        std::cell::RefCell::default();
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use curbwatch_types::ObjectClass;

    use super::*;
    use crate::chance::Concern;
    use crate::facade::buildings;
    use crate::ground::ground;
    use crate::mesh::Mesh;
    use crate::plan::Plan;
    use crate::styles::Seed;
    use crate::things::{self, Doing, person, thing};

    const BOTH: [Styles; 2] = [Styles::Shown, Styles::HeldOut];
    const CLASSES: [ObjectClass; 25] = [
        ObjectClass::Car,
        ObjectClass::Van,
        ObjectClass::Truck,
        ObjectClass::Bus,
        ObjectClass::ThreeWheeler,
        ObjectClass::Ebike,
        ObjectClass::Bicycle,
        ObjectClass::Person,
        ObjectClass::Umbrella,
        ObjectClass::Stall,
        ObjectClass::Cart,
        ObjectClass::Goods,
        ObjectClass::Rack,
        ObjectClass::Table,
        ObjectClass::Chair,
        ObjectClass::GarbageBag,
        ObjectClass::Garbage,
        ObjectClass::GarbageBin,
        ObjectClass::Overflow,
        ObjectClass::Carton,
        ObjectClass::Board,
        ObjectClass::BrickPile,
        ObjectClass::SandPile,
        ObjectClass::Furniture,
        ObjectClass::Pallet,
    ];

    fn stream(styles: Styles, number: u64) -> Stream {
        Stream::new(Seed { number, styles }, Concern::Thing, number)
    }

    /// Size to the millimetre and triangles: what a build looks like without its colours.
    fn shape(mesh: &Mesh) -> [i32; 4] {
        let (mut low, mut high) = (crate::maths::Vec3::splat(1e9), crate::maths::Vec3::splat(-1e9));
        for p in mesh.triangles.iter().flat_map(|t| t.p) {
            (low, high) = (low.min(p), high.max(p));
        }
        let size = (high - low) * 1000.0;
        [
            size.x as i32,
            size.y as i32,
            size.z as i32,
            mesh.triangles.len() as i32,
        ]
    }

    /// Runs a builder in both worlds. Its styled choices refuse shared offers while it runs; here both
    /// worlds must have been asked at every place that either passes, or at a place of its own, and no
    /// build may come out the same.
    fn check(name: &str, least: usize, build: &dyn Fn(&mut Stream) -> Mesh) {
        let of = |styles| {
            NOTED.with_borrow_mut(HashSet::clear);
            let shapes: HashSet<[i32; 4]> = (0..60).map(|k| shape(&build(&mut stream(styles, k)))).collect();
            let noted = NOTED.with_borrow(Clone::clone);
            assert!(noted.iter().all(|(_, s)| *s == styles), "{name} mixes worlds");
            (shapes, noted.len())
        };
        let [shown, held_out] = BOTH.map(of);
        assert!(
            shown.0.is_disjoint(&held_out.0),
            "{name}: the same build in both worlds"
        );
        assert!(
            shown.1.min(held_out.1) >= least,
            "{name} makes {} and {} styled choices, wanted {least}",
            shown.1,
            held_out.1
        );
    }

    #[test]
    fn no_builder_gives_both_worlds_the_same() {
        for class in CLASSES {
            check(class.name(), 1, &|s| thing(class, s));
        }
        check("sign", 1, &|s| thing(ObjectClass::Sign, s));
        check("walker", 5, &|s| person(s, Doing::Walking(0.3)));
        check("tree", 4, &|s| things::tree(s));
        check("utility box", 3, &|s| things::utility_box(s));
        check("lamp post", 1, &|s| things::lamp_post(s, 6.0, 1.5).0);
        check("hand umbrella", 3, &things::hand_umbrella);
        check("rail", 1, &|s| things::rail(s, 12.0));
    }

    #[test]
    fn streets_and_cameras_are_others() {
        let plans = |styles| {
            (0..200).map(move |number| {
                let seed = Seed { number, styles };
                (Plan::new(seed), seed)
            })
        };
        for (a, b) in plans(Styles::Shown).zip(plans(Styles::HeldOut)) {
            assert_ne!(a.0.finish, b.0.finish);
            for side in b.0.sides() {
                assert!(side.footway > 5.3 && a.0.left.footway < 5.3);
            }
        }
        // Every measure of a plan lies in ranges that do not meet.
        let measures: [fn(&Plan) -> f32; 5] = [
            |p| p.kerb_height,
            |p| p.lamp_step,
            |p| p.left.footway,
            |p| p.mount.barrel,
            |p| p.mount.roll.abs(),
        ];
        for (k, measure) in measures.iter().enumerate() {
            let span = |styles| {
                plans(styles).fold((f32::MAX, f32::MIN), |(low, high), (plan, _)| {
                    (low.min(measure(&plan)), high.max(measure(&plan)))
                })
            };
            let (shown, held_out) = (span(Styles::Shown), span(Styles::HeldOut));
            assert!(
                shown.1 <= held_out.0 || held_out.1 <= shown.0,
                "measure {k}: {shown:?} and {held_out:?}"
            );
        }
        // Heights and angles of view come in two kinds when held out; none is one that was shown.
        let shown: Vec<Plan> = plans(Styles::Shown).map(|(plan, _)| plan).collect();
        for (plan, _) in plans(Styles::HeldOut) {
            let near = |a: f32, b: f32, by: f32| (a - b).abs() < by;
            assert!(!shown.iter().any(|s| near(s.mount.at.z, plan.mount.at.z, 0.05)));
            assert!(!shown.iter().any(|s| near(s.mount.field, plan.mount.field, 0.01)));
        }
        NOTED.with_borrow_mut(HashSet::clear);
        for styles in BOTH {
            let (plan, seed) = plans(styles).next().expect("two hundred of them");
            let houses = buildings(
                seed,
                &plan,
                if plan.left.border == crate::plan::Border::Shops {
                    -1.0
                } else {
                    1.0
                },
            );
            assert!(!houses.0.is_empty() && !ground(seed, &plan).triangles.is_empty());
            let asked = NOTED.with_borrow(|noted| noted.iter().filter(|(_, s)| *s == styles).count());
            assert!(
                asked >= 20,
                "{styles:?}: {asked} styled choices in ground and buildings"
            );
        }
    }
}

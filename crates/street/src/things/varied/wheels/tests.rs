//! Every design, many times: it stands, it has a vehicle's size, it is no burden.

use super::*;
use crate::chance::Concern;
use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::Mesh;
use crate::styles::{Seed, Styles};

type Design = fn(&mut Stream) -> Mesh;

fn stream(number: u64) -> Stream {
    let seed = Seed {
        number,
        styles: Styles::Varied,
    };
    Stream::new(seed, Concern::Thing, number)
}

/// Builds every design 60 times; `low` and `high` bound width, length and height.
fn check(class: &str, designs: &[Design], low: Vec3, high: Vec3) {
    for (k, design) in designs.iter().enumerate() {
        for number in 0..60 {
            let mesh = design(&mut stream(number));
            let name = format!("{class}, design {k}, number {number}");
            assert!(
                (1..12_000).contains(&mesh.triangles.len()),
                "{name}: {} triangles",
                mesh.triangles.len()
            );
            let (mut from, mut to) = (Vec3::splat(1e9), Vec3::splat(-1e9));
            for t in &mesh.triangles {
                assert!(usize::from(t.skin.0) < mesh.materials.len(), "{name}");
                for (p, n) in t.p.iter().zip(&t.n) {
                    assert!(p.length().is_finite() && n.length().is_finite(), "{name}");
                    (from, to) = (from.min(*p), to.max(*p));
                }
            }
            let size = to - from;
            assert!((-0.02..0.1).contains(&from.z), "{name} stands on {}", from.z);
            for axis in 0..3 {
                let within = low.axis(axis)..high.axis(axis);
                assert!(within.contains(&size.axis(axis)), "{name}: {size:?}");
            }
            assert!(
                from.x < 0.0 && to.x > 0.0 && from.y < 0.0 && to.y > 0.0,
                "{name} stands beside its place"
            );
        }
    }
}

#[test]
fn cars_and_vans_have_their_size() {
    check("car", &cars::DESIGNS, v(1.3, 2.3, 1.1), v(2.4, 5.9, 2.6));
    check("van", &vans::DESIGNS, v(1.4, 3.3, 1.7), v(2.5, 6.6, 3.2));
}

#[test]
fn trucks_and_buses_have_their_size() {
    check("truck", &trucks::DESIGNS, v(1.6, 4.3, 1.8), v(3.1, 9.6, 4.9));
    check("bus", &buses::DESIGNS, v(1.9, 5.8, 2.4), v(3.3, 13.5, 4.7));
}

#[test]
fn cycles_have_their_size() {
    check(
        "three-wheeler",
        &tricycles::DESIGNS,
        v(0.7, 2.3, 0.9),
        v(1.8, 3.8, 2.3),
    );
    check("e-bike", &scooters::DESIGNS, v(0.5, 1.4, 0.9), v(1.1, 2.4, 2.1));
    check(
        "bicycle",
        &bicycles::DESIGNS,
        v(0.35, 1.0, 0.7),
        v(0.95, 2.4, 1.4),
    );
}

#[test]
fn people_are_one_person_through_a_stride() {
    use crate::things::{Doing, person};
    let designs: [Design; 4] = [
        |s| person(s, Doing::Walking(0.2)),
        |s| person(s, Doing::Standing),
        |s| person(s, Doing::Sitting),
        |s| person(s, Doing::Reaching),
    ];
    check("person", &designs, v(0.35, 0.3, 1.0), v(1.2, 1.6, 2.2));
    for number in 0..60 {
        let colours = |phase: f32| person(&mut stream(number), Doing::Walking(phase)).materials;
        assert_eq!(colours(0.1), colours(0.6), "number {number}");
    }
}

//! Every design, many times: whole, on the ground, of the size of its class, not too many triangles.

use super::{Make, carts, chairs, goods, racks, shades, signs, stalls, tables};
use crate::chance::{Concern, Stream};
use crate::maths::{Bounds, Vec3, v};
use crate::styles::{Seed, Styles};

/// Builds each design 60 times; the box of each must lie between `least` and `most`.
fn build_all(makes: &[Make], least: Vec3, most: Vec3) {
    for (number, make) in makes.iter().enumerate() {
        for k in 0..60 {
            let seed = Seed {
                number: 11,
                styles: Styles::Varied,
            };
            let mesh = make(&mut Stream::new(seed, Concern::Thing, k));
            let name = format!("design {number}, stream {k}");
            let count = mesh.triangles.len();
            assert!((1..8_000).contains(&count), "{name}: {count} triangles");
            let mut bounds = Bounds::EMPTY;
            for t in &mesh.triangles {
                for p in t.p.iter().chain(&t.n) {
                    assert!(p.length().is_finite(), "{name}: {p:?}");
                }
                t.p.into_iter().for_each(|p| bounds.grow(p));
            }
            let size = bounds.max - bounds.min;
            assert!(bounds.min.z.abs() < 0.021, "{name} stands at {}", bounds.min.z);
            for axis in 0..3 {
                let (a, z) = (least.axis(axis), most.axis(axis));
                assert!((a..z).contains(&size.axis(axis)), "{name}: {size:?}");
            }
            let middle = (bounds.max + bounds.min) * 0.5;
            assert!(
                middle.x.abs().max(middle.y.abs()) < 0.75,
                "{name} is beside its place: {middle:?}"
            );
        }
    }
}

#[test]
fn stalls_are_whole() {
    build_all(&stalls::MAKES, v(0.9, 0.4, 0.35), v(3.4, 2.6, 3.0));
}

#[test]
fn carts_are_whole() {
    build_all(&carts::MAKES, v(0.6, 0.4, 0.6), v(3.2, 1.8, 2.8));
}

#[test]
fn goods_are_whole() {
    build_all(&goods::MAKES, v(0.45, 0.2, 0.06), v(2.9, 2.0, 2.2));
}

#[test]
fn racks_are_whole() {
    build_all(&racks::MAKES, v(0.3, 0.3, 0.8), v(2.3, 1.7, 2.4));
}

#[test]
fn sunshades_are_whole() {
    build_all(&shades::MAKES, v(1.2, 1.2, 1.7), v(4.3, 4.3, 3.4));
}

#[test]
fn signs_are_whole() {
    build_all(&signs::MAKES, v(0.2, 0.15, 0.35), v(1.9, 1.2, 3.1));
}

#[test]
fn tables_are_whole() {
    build_all(&tables::MAKES, v(0.5, 0.4, 0.28), v(2.4, 1.9, 1.6));
}

#[test]
fn chairs_are_whole() {
    build_all(&chairs::MAKES, v(0.25, 0.18, 0.24), v(1.9, 1.3, 1.6));
}

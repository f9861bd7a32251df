//! Chance by counting: every draw is a hash of (seed, concern, index, how many draws before).
//!
//! One stream per concern: more rain, another crowd or a noisier sensor leaves the layout, the shop
//! fronts and every parked car exactly as they were. Nothing here is secret or cryptographic.

use crate::maths::Vec3;
use crate::styles::{Seed, Styles};

/// What a stream is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Concern {
    /// Widths, sides, where trees and lamps stand.
    Layout = 1,
    /// Buildings, shop fronts, signs.
    Facade,
    /// The shape and colour of one thing.
    Thing,
    /// Things that stand about and belong to the street: parked vehicles, bins, bicycles.
    Standing,
    /// Passers-by: how many, where, how fast.
    People,
    /// Passing vehicles.
    Traffic,
    /// Pole, tilt, focal length.
    Camera,
    /// Sun's azimuth, clouds, puddles, drops.
    Weather,
    /// Sensor noise and jitter, drawn anew for every picture.
    Sensor,
    /// Dirt on the glass.
    Dirt,
}

/// Bits well mixed (the finaliser of `SplitMix64`, Steele et al. 2014).
pub(crate) fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A sequence of draws that depends on nothing but its name.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    key: u64,
    drawn: u64,
    styles: Styles,
}

impl Stream {
    /// The stream of `concern` number `index` under `seed`.
    pub(crate) fn new(seed: impl Into<Seed>, concern: Concern, index: u64) -> Self {
        let Seed { number, styles } = seed.into();
        let world = match styles {
            Styles::Shown => 0x6375_7262_7761_7463,
            Styles::Varied => 0x7661_7269_6564_2e2e,
            Styles::HeldOut => 0x6865_6c64_206f_7574,
        };
        let key = mixed(mixed(number ^ world).wrapping_add(concern as u64)) ^ mixed(index.wrapping_add(77));
        Self {
            key: mixed(key),
            drawn: 0,
            styles,
        }
    }

    /// The world it draws for.
    pub(crate) fn styles(&self) -> Styles {
        self.styles
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.drawn += 1;
        mixed(
            self.key
                .wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        )
    }

    /// 0 up to, not including, 1.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / 16_777_216.0
    }

    /// Between `a` and `b`.
    pub(crate) fn range(&mut self, a: f32, b: f32) -> f32 {
        a + (b - a) * self.unit()
    }

    /// A whole number below `n`; 0 when `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((self.bits() >> 32) as usize * n) >> 32
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// One of `choices`, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// -1 or 1.
    pub(crate) fn sign(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// About normal, mean 0, deviation 1 (sum of four uniforms).
    pub(crate) fn normal(&mut self) -> f32 {
        (self.unit() + self.unit() + self.unit() + self.unit() - 2.0) * 1.732
    }

    /// A colour near `colour`, each channel within a factor of 1 ± `by`, and the whole too.
    pub(crate) fn near(&mut self, colour: Vec3, by: f32) -> Vec3 {
        let whole = self.range(1.0 - by, 1.0 + by);
        let each = |s: &mut Self| s.range(1.0 - by * 0.4, 1.0 + by * 0.4) * whole;
        let factors = crate::maths::v(each(self), each(self), each(self));
        (colour * factors).min(Vec3::ONE)
    }
}

fn lattice(x: i32, y: i32, z: i32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x8da6_b343)
        ^ (y as u32).wrapping_mul(0xd816_3841)
        ^ (z as u32).wrapping_mul(0xcb1a_b31f);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    ((h ^ (h >> 15)) >> 8) as f32 / 16_777_216.0
}

/// The random number of one cell of a lattice, 0..1.
pub(crate) fn cell(x: f32, y: f32, salt: i32) -> f32 {
    lattice(x.floor() as i32, y.floor() as i32, salt)
}

/// Value noise, 0..1, features of about one unit.
pub(crate) fn noise(p: Vec3) -> f32 {
    let (fx, fy, fz) = (p.x.floor(), p.y.floor(), p.z.floor());
    let (x, y, z) = (fx as i32, fy as i32, fz as i32);
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v, w) = (ease(p.x - fx), ease(p.y - fy), ease(p.z - fz));
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    let row = |y: i32, z: i32| mix(lattice(x, y, z), lattice(x.wrapping_add(1), y, z), u);
    let (y1, z1) = (y.wrapping_add(1), z.wrapping_add(1));
    mix(mix(row(y, z), row(y1, z), v), mix(row(y, z1), row(y1, z1), v), w)
}

/// Three octaves of [`noise`], 0..1.
pub(crate) fn fractal(p: Vec3) -> f32 {
    noise(p) * 0.57 + noise(p * 2.13) * 0.28 + noise(p * 4.41) * 0.15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_named_not_shared() {
        let draw = |seed: u64, concern, index| {
            let mut stream = Stream::new(seed, concern, index);
            [stream.bits(), stream.bits()]
        };
        assert_eq!(draw(7, Concern::Layout, 0), draw(7, Concern::Layout, 0));
        assert_ne!(draw(7, Concern::Layout, 0), draw(7, Concern::Weather, 0));
        assert_ne!(draw(7, Concern::Layout, 0), draw(7, Concern::Layout, 1));
        assert_ne!(draw(7, Concern::Layout, 0), draw(8, Concern::Layout, 0));
    }

    #[test]
    fn draws_fill_their_range() {
        let mut stream = Stream::new(1, Concern::Thing, 0);
        let mut seen = [0_u32; 10];
        for _ in 0..10_000 {
            seen[stream.below(10)] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
        let mean = (0..10_000).map(|_| stream.normal()).sum::<f32>() / 10_000.0;
        assert!(mean.abs() < 0.05, "{mean}");
    }
}

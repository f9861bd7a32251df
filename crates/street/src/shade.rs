//! How much light comes along a ray: one path per sample, two surfaces deep.
//!
//! Every sample traces one eye ray, one ray into the sky's hemisphere, one to the sun, one to a lamp
//! drawn by what it could give, and one mirrored ray where the surface mirrors. Light that a surface
//! spreads is kept apart from its colour so that it can be averaged between neighbours (`film`).

use crate::bvh::Ray;
use crate::chance::mixed;
use crate::maths::{Vec3, cos, pow, sin, smooth, v};
use crate::mesh::Look;
use crate::sky::{Lamp, Sky};
use crate::surface::{Surface, surface};
use crate::world::{Hit, Seen, World};

/// How far a ray is followed, in metres.
pub(crate) const FAR: f32 = 600.0;
/// Brightest mirrored sample kept; brighter ones would stand alone as specks.
const MIRROR_MAX: f32 = 6.0;

/// What one tile of the picture may meet and be lit by.
pub(crate) struct Scenery<'a> {
    pub(crate) world: &'a World,
    pub(crate) sky: &'a Sky,
    pub(crate) lamps: &'a [Lamp],
    pub(crate) seen: &'a Seen,
    /// Mean radiance of what a surface sees that nobody traces.
    pub(crate) ambient: Vec3,
    /// The angle of a pixel in radians.
    pub(crate) pixel: f32,
    /// The infrared lamp beside the lens, intensity straight ahead; 0 when off.
    pub(crate) infrared: f32,
}

/// One sample of one pixel.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// Colour of the surface, dimmed by the air.
    pub(crate) colour: Vec3,
    /// Soft light the surface spreads, from sky and lamps: radiance is `colour * light + direct`.
    pub(crate) light: Vec3,
    /// Light with sharp edges: the sun's, mirrored, glowing, sky, air.
    pub(crate) direct: Vec3,
    pub(crate) normal: Vec3,
    pub(crate) far: f32,
    pub(crate) thing: u32,
}

/// Well spread numbers for one sample of one pixel, by dimension.
pub(crate) struct Dice {
    index: u32,
    pixel: u32,
}

impl Dice {
    /// Number `index` of a sequence whose neighbours fill the gaps, for the pixel of this number.
    pub(crate) fn new(index: u32, pixel: u32) -> Self {
        Self { index, pixel }
    }

    /// Two coordinates of dimension pair `pair`: the R2 sequence (Roberts 2018) with one offset a pair.
    pub(crate) fn two(&self, pair: u32) -> (f32, f32) {
        let step = |factor: u32, salt: u32| {
            // What `film` averages over neighbours must be shared out between them; the rest must not
            // repeat every four pixels.
            let own = if matches!(pair, 0 | 1 | 5) {
                mixed(u64::from(self.pixel ^ salt)) as u32
            } else {
                0
            };
            let offset = (pair + 1).wrapping_mul(salt).wrapping_add(own);
            let bits = self.index.wrapping_mul(factor).wrapping_add(offset);
            (bits >> 8) as f32 / 16_777_216.0
        };
        // Another generator for every pair, lest two pairs walk in step.
        let odd = (pair * 2 + 1).wrapping_mul(0x0100_0101) & !1;
        match pair {
            0 => (step(3_242_174_889, 0x9e37_79b9), step(2_447_445_414, 0x85eb_ca6b)),
            1 => (step(3_518_319_155, 0x9e37_79b9), step(2_882_110_345, 0x85eb_ca6b)),
            2 => (step(2_654_435_769, 0x9e37_79b9), step(1_779_033_703, 0x85eb_ca6b)),
            _ => (
                step(0xc13f_a9a9 ^ odd, 0x9e37_79b9),
                step(0x8cb9_2ba7 ^ odd, 0x85eb_ca6b),
            ),
        }
    }
}

impl Scenery<'_> {
    /// What the eye sees along `way` (unit) from `eye`.
    pub(crate) fn look(&self, eye: Vec3, way: Vec3, dice: &Dice) -> Sample {
        let Some(hit) = self.world.first(&Ray::new(eye, way), FAR, self.seen) else {
            let direct = self.sky.through_air(self.sky.radiance(way), FAR, way);
            return Sample {
                direct,
                normal: -way,
                far: FAR,
                ..Sample::default()
            };
        };
        let s = surface(&hit, self.sky, hit.far * self.pixel);
        let mut light = self.above(&s, hit.at, dice) + self.lamp_on(&s, hit.at, dice.two(3));
        if self.infrared > 0.0 {
            light += Vec3::splat(
                self.infrared * (0.15 + s.normal.dot(-way).max(0.0)) / (hit.far * hit.far).max(9.0),
            );
        }
        let mut direct = s.glow;
        let mut colour = s.colour;
        if s.mirror > 0.0 {
            let (seen, share) = self.mirrored(&s, &hit, way, dice);
            // The lamps that a wet road mirrors are so blurred that they may be averaged with the soft
            // light; a puddle keeps its edges.
            let soft = if s.look == Look::Ground {
                self.sky.night * smooth(0.01, 0.06, s.rough)
            } else {
                0.0
            };
            light += seen * soft / s.colour.max(Vec3::splat(0.02));
            direct += seen * (1.0 - soft);
            if s.look == Look::Metal || s.look == Look::Glass {
                colour = colour * (1.0 - share);
            }
        }
        direct += colour * self.sun_on(&s, hit.at, dice.two(1));
        let air = self.sky.through_air(Vec3::ZERO, hit.far, way);
        let kept = (self.sky.through_air(Vec3::ONE, hit.far, way) - air).x;
        Sample {
            colour: colour * kept,
            light,
            direct: direct * kept + air,
            normal: s.normal,
            far: hit.far,
            thing: hit.thing,
        }
    }

    fn sun_on(&self, s: &Surface, at: Vec3, (a, b): (f32, f32)) -> Vec3 {
        if self.sky.sun_power.largest() < 1e-3 {
            return Vec3::ZERO;
        }
        let (x, y) = self.sky.sun.base();
        let (radius, turn) = (0.012 * a.sqrt(), b * crate::maths::TURN);
        let way = (self.sky.sun + x * (radius * cos(turn)) + y * (radius * sin(turn))).unit();
        let facing = s.normal.dot(way);
        let share = if facing > 0.0 {
            facing
        } else if s.look == Look::Thin {
            -facing * 0.55
        } else {
            return Vec3::ZERO;
        };
        let from = at + s.normal * if facing > 0.0 { 2e-3 } else { -2e-3 };
        if self.world.blocked(&Ray::new(from, way), FAR, self.seen) {
            Vec3::ZERO
        } else {
            self.sky.sun_power * share
        }
    }

    /// Light from the sky and, once reflected, from the street.
    fn above(&self, s: &Surface, at: Vec3, dice: &Dice) -> Vec3 {
        let (a, b) = dice.two(2);
        let (radius, turn) = (a.sqrt(), b * crate::maths::TURN);
        let (x, y) = s.normal.base();
        let way = x * (radius * cos(turn)) + y * (radius * sin(turn)) + s.normal * (1.0 - a).sqrt();
        let ray = Ray::new(at + s.normal * 2e-3, way);
        match self.world.first(&ray, FAR, self.seen) {
            None => self.sky.radiance(way).min(Vec3::splat(2.0)),
            Some(hit) => self.glance(&hit, dice).min(Vec3::splat(2.5)),
        }
    }

    /// A surface seen by another surface.
    fn glance(&self, hit: &Hit<'_>, dice: &Dice) -> Vec3 {
        let s = surface(hit, self.sky, 1.0);
        let mut light = self.ambient * (0.55 + 0.45 * s.normal.z.max(0.0));
        light += self.sun_on(&s, hit.at, dice.two(4));
        if self.sky.night > 0.05 {
            light += self.lamps_unshadowed(&s, hit.at) * 0.8;
        }
        s.colour * light + s.glow
    }

    fn mirrored(&self, s: &Surface, hit: &Hit<'_>, way: Vec3, dice: &Dice) -> (Vec3, f32) {
        let (a, b) = dice.two(5);
        let facing = (-way.dot(s.normal)).clamp(0.0, 1.0);
        let grazing = pow(1.0 - facing, 5.0);
        let share = s.mirror + (1.0 - s.mirror) * grazing * (1.0 - s.rough * 3.0).max(0.2);
        let stray = v(a - 0.5, b - 0.5, (a * 7.0 + b * 3.0).fract() - 0.5) * (2.0 * s.rough);
        let mut mirror = (way.mirrored(s.normal) + stray).unit();
        let out = mirror.dot(hit.normal);
        if out < 0.02 {
            mirror = (mirror + hit.normal * (0.04 - out)).unit();
        }
        let ray = Ray::new(hit.at + hit.normal * 3e-3, mirror);
        let seen = match self.world.first(&ray, FAR, self.seen) {
            None => self.sky.radiance(mirror) + self.sun_spot(mirror),
            Some(far) => self.sky.through_air(self.glance(&far, dice), far.far, mirror),
        };
        let tint = if s.look == Look::Metal {
            s.colour * 1.6
        } else {
            Vec3::ONE
        };
        ((seen * tint * share).min(Vec3::splat(MIRROR_MAX)), share)
    }

    /// The sun's own disc, widened by the polish of real paint.
    fn sun_spot(&self, way: Vec3) -> Vec3 {
        let near = way.dot(self.sky.sun).max(0.0);
        self.sky.sun_power * (40.0 * pow(near, 1500.0))
    }

    fn lamps_unshadowed(&self, s: &Surface, at: Vec3) -> Vec3 {
        self.lamps
            .iter()
            .fold(Vec3::ZERO, |sum, lamp| sum + lamp.falls(at, s.normal))
    }

    /// One lamp, drawn by what it would give if nothing stood in its way.
    fn lamp_on(&self, s: &Surface, at: Vec3, (a, b): (f32, f32)) -> Vec3 {
        let whole = self.lamps_unshadowed(s, at);
        let sum = whole.luma();
        if sum < 1e-4 {
            return Vec3::ZERO;
        }
        let mut left = a * sum;
        let mut chosen = None;
        for lamp in self.lamps {
            let given = lamp.falls(at, s.normal);
            let share = given.luma();
            if share > 0.0 {
                chosen = Some((lamp, given * (sum / share)));
                left -= share;
                if left <= 0.0 {
                    break;
                }
            }
        }
        let Some((lamp, given)) = chosen else {
            return Vec3::ZERO;
        };
        let again = (a * 61.7).fract();
        let aim = lamp.at + v(b - 0.5, again - 0.5, (b * 37.3).fract() - 0.5) * (2.0 * lamp.size);
        let from = at + s.normal * 2e-3;
        let way = aim - from;
        let reach = 1.0 - (0.12 + lamp.size) / way.length().max(0.5);
        if self
            .world
            .blocked(&Ray::new(from, way), reach.max(0.05), self.seen)
        {
            Vec3::ZERO
        } else {
            given
        }
    }
}

//! The light of a moment: sun, sky, haze, and the lamps of the street.

use serde::Deserialize;

use crate::chance::{Concern, Stream};
use crate::maths::{TURN, Vec3, cos, exp, sin, smooth, v};
use crate::styles::Seed;

/// Irradiance at which the light of lamps that stay ends.
pub(crate) const LAMP_MIN: f32 = 0.012;
/// The same for headlights: what they light is rendered anew for every picture.
pub(crate) const HEADLIGHT_MIN: f32 = 0.16;

/// A lamp, a lit shop front or a headlight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lamp {
    pub(crate) at: Vec3,
    /// Radiant intensity straight ahead, per colour.
    pub(crate) power: Vec3,
    /// Where it points.
    pub(crate) way: Vec3,
    /// Cosine of the half angle of its cone; -1 shines everywhere.
    pub(crate) cone: f32,
    /// Half size of its face, in metres: how soft its shadows are.
    pub(crate) size: f32,
    /// Irradiance at which its light ends; it fades towards that without an edge.
    pub(crate) least: f32,
}

impl Lamp {
    /// How far its light goes straight ahead, in metres.
    pub(crate) fn reach(&self) -> f32 {
        (self.power.largest() / self.least).sqrt()
    }

    /// Light that would fall on a face at `at` with normal `n` if nothing stood between.
    pub(crate) fn falls(&self, at: Vec3, n: Vec3) -> Vec3 {
        let to = self.at - at;
        let squared = to.dot(to).max(0.09);
        let most = self.power.largest();
        if squared * self.least >= most {
            return Vec3::ZERO;
        }
        let share = squared * self.least / most;
        let window = (1.0 - share * share) * (1.0 - share * share);
        let way = to * (1.0 / squared.sqrt());
        let facing = n.dot(way);
        if facing <= 0.0 {
            return Vec3::ZERO;
        }
        let ahead = -way.dot(self.way);
        let cone = if self.cone <= -1.0 {
            1.0
        } else {
            smooth(self.cone, self.cone + (1.0 - self.cone) * 0.6, ahead)
        };
        self.power * (window * cone * facing / squared)
    }
}

/// What the weather of a scene says, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weather {
    /// Height of the sun over the horizon in degrees, -90..90; below -4 it is night.
    pub sun_height_deg: f32,
    /// 0 clear sky .. 1 overcast.
    pub cloud: f32,
    /// 0 dry .. 1 puddles.
    pub wet: f32,
    /// Falling rain, 0..1.
    pub rain: f32,
    /// Haze: visibility range in metres at which two thirds of the contrast is lost.
    pub sight_m: f32,
}

impl Default for Weather {
    fn default() -> Self {
        Self {
            sun_height_deg: 48.0,
            cloud: 0.1,
            wet: 0.0,
            rain: 0.0,
            sight_m: 700.0,
        }
    }
}

/// Light from above.
#[derive(Debug, Clone)]
pub(crate) struct Sky {
    /// Towards the sun.
    pub(crate) sun: Vec3,
    /// Irradiance of the sun on a face towards it.
    pub(crate) sun_power: Vec3,
    zenith: Vec3,
    horizon: Vec3,
    /// 0 by day, 1 when the lamps are lit.
    pub(crate) night: f32,
    pub(crate) wet: f32,
    sight_m: f32,
}

impl Sky {
    /// The sky of `weather`; the sun's azimuth is the seed's.
    pub(crate) fn new(weather: &Weather, seed: Seed) -> Self {
        let mut stream = Stream::new(seed, Concern::Weather, 0);
        let azimuth = stream.range(0.0, TURN);
        let height = weather.sun_height_deg.to_radians();
        let sun = v(
            cos(azimuth) * cos(height),
            sin(azimuth) * cos(height),
            sin(height),
        );
        let day = smooth(-5.0, 12.0, weather.sun_height_deg);
        let high = smooth(0.0, 40.0, weather.sun_height_deg);
        let clear = 1.0 - weather.cloud.clamp(0.0, 1.0);
        let warm = v(1.0, 0.55, 0.28).mix(v(1.0, 0.94, 0.86), high);
        let sun_power = warm * (3.0 * clear * clear * smooth(-0.5, 15.0, weather.sun_height_deg));
        let grey = v(0.62, 0.65, 0.70);
        let zenith = v(0.28, 0.46, 0.85).mix(grey * 1.15, 1.0 - clear) * (0.9 * day);
        let low = v(0.95, 0.62, 0.42).mix(v(0.80, 0.88, 0.97), high);
        let horizon = low.mix(grey * 0.85, 1.0 - clear) * (day * (1.0 - 0.35 * weather.rain.clamp(0.0, 1.0)));
        // Town glow, never quite black.
        let glow = v(0.010, 0.009, 0.010);
        Self {
            sun,
            sun_power,
            zenith: zenith + glow * 0.6,
            horizon: horizon + glow * 1.6,
            night: 1.0 - smooth(-6.0, 3.0, weather.sun_height_deg),
            wet: weather.wet.clamp(0.0, 1.0),
            sight_m: weather.sight_m.max(20.0),
        }
    }

    /// Radiance of the sky in direction `way` (unit).
    pub(crate) fn radiance(&self, way: Vec3) -> Vec3 {
        let up = way.z.max(0.0);
        let base = self.horizon.mix(self.zenith, 1.0 - exp(-3.2 * up));
        let near = way.dot(self.sun).max(0.0);
        let squared = near * near;
        let eighth = squared * squared * squared * squared;
        base + self.sun_power * (0.05 * squared + 0.35 * eighth * eighth)
    }

    /// Radiance after `far` metres of air in direction `way`.
    pub(crate) fn through_air(&self, radiance: Vec3, far: f32, way: Vec3) -> Vec3 {
        let kept = exp(-far / self.sight_m);
        let level = v(way.x, way.y, 0.06).unit();
        self.radiance(level).mix(radiance, kept)
    }
}

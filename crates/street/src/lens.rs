//! From light to the picture a cheap surveillance camera sends: exposure, tone, blur, noise, rain, dirt,
//! infrared, the clock in the corner.

use serde::Deserialize;

use crate::chance::{Concern, Stream, fractal, mixed};
use crate::maths::{Vec3, exp, pow, smooth, v};
use crate::styles::Seed;

/// What lens and sensor do.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lens {
    /// Infrared night mode: grey, lit by a lamp beside the lens.
    pub infrared: bool,
    /// Noise of the sensor in good light, 0..4.
    pub noise: f32,
    /// Blur in pixels of a picture 360 high, 0..4.
    pub blur: f32,
    /// Dirt on the glass, 0..1.
    pub dirt: f32,
    /// Drops on the glass, 0..1.
    pub drops: f32,
    /// Swaying of the pole in pixels, 0..20.
    pub jitter_px: f32,
    /// Stops brighter (or darker, below 2) than the camera would choose: the value less 2, 0..4.
    pub exposure: f32,
    /// The clock drawn into the picture.
    pub clock: bool,
    /// Seconds since midnight that the clock shows at the scene's start, 0..86400.
    pub clock_start: f32,
}

impl Default for Lens {
    fn default() -> Self {
        Self {
            infrared: false,
            noise: 1.0,
            blur: 0.5,
            dirt: 0.0,
            drops: 0.0,
            jitter_px: 0.0,
            exposure: 2.0,
            clock: true,
            clock_start: 36_000.0,
        }
    }
}

impl Lens {
    pub(crate) fn ranges(&self) -> [(&'static str, f32, f32); 7] {
        [
            ("noise", self.noise, 4.0),
            ("blur", self.blur, 4.0),
            ("dirt", self.dirt, 1.0),
            ("drops", self.drops, 1.0),
            ("jitter_px", self.jitter_px, 20.0),
            ("exposure", self.exposure, 4.0),
            ("clock_start", self.clock_start, 86_400.0),
        ]
    }

    /// How far the pole sways at `at` seconds, in pixels right and down.
    pub(crate) fn sway(&self, seed: Seed, at: f32) -> (f32, f32) {
        if self.jitter_px <= 0.0 {
            return (0.0, 0.0);
        }
        let key = (at * 1000.0).round() as i64 as u64;
        let mut s = Stream::new(seed, Concern::Sensor, mixed(key) | 1);
        (
            (s.normal() * self.jitter_px * 0.5).round(),
            (s.normal() * self.jitter_px * 0.5).round(),
        )
    }
}

/// Linear light, row by row.
pub(crate) struct Light<'a> {
    pub(crate) pixels: &'a [Vec3],
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// What one make of camera does to every picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finish {
    /// White balance, by channel.
    tint: Vec3,
    /// Percent of an edge's contrast that is added to it.
    sharp: i32,
    /// Share of its own and of its left and upper neighbours' grain in each pixel's.
    grain: (f32, f32, f32),
    /// How dark the corners are.
    vignette: f32,
}

impl Default for Finish {
    fn default() -> Self {
        Self {
            tint: Vec3::ONE,
            sharp: 10,
            grain: (0.95, 0.22, 0.0),
            vignette: 0.35,
        }
    }
}

impl Finish {
    /// The make of this street's camera.
    pub(crate) fn new(s: &mut Stream) -> Self {
        let Self {
            sharp,
            grain,
            vignette,
            tint,
        } = Self::default();
        Self {
            tint: s.pick_own(
                &[tint],
                &[v(1.10, 1.0, 0.86), v(0.92, 1.0, 1.10), v(0.95, 1.05, 0.93)],
            ),
            sharp: s.pick_own(&[sharp], &[0, 24]),
            grain: s.pick_own(&[grain], &[(0.70, 0.45, 0.40), (1.05, 0.0, 0.0)]),
            vignette: s.pick_own(&[vignette], &[0.0, 0.8]),
        }
    }
}

/// What a cloth before the lens lets through: dark folds out of focus, some light at one edge.
pub(crate) fn cover(seed: Seed, width: usize, height: usize) -> Vec<Vec3> {
    let mut s = Stream::new(seed, Concern::Dirt, 1);
    let (offset, edge) = (s.range(0.0, 400.0), s.sign());
    let cloth = s.near(v(0.030, 0.028, 0.026), 0.4);
    let pixel = |i: usize| {
        let (x, y) = (
            (i % width) as f32 / height as f32,
            (i / width) as f32 / height as f32,
        );
        let fold = fractal(v(x * 1.3 + y * 0.4, y * 0.5, offset));
        let side = edge * (i % width) as f32 / width as f32 + if edge < 0.0 { 1.0 } else { 0.0 };
        cloth * (0.5 + fold) + v(0.16, 0.13, 0.09) * smooth(0.86, 1.12, side + 0.2 * (fold - 0.5))
    };
    (0..width * height).map(pixel).collect()
}

/// The moment a picture is taken.
pub(crate) struct Shutter {
    pub(crate) seed: Seed,
    pub(crate) at: f32,
    /// Factor from radiance to picture value.
    pub(crate) gain: f32,
    pub(crate) rain: f32,
    pub(crate) night: f32,
    /// Whole pixels by which the picture is shifted right and down.
    pub(crate) sway: (f32, f32),
    pub(crate) finish: Finish,
}

/// The factor that brings a street of this mean luminance (logarithmic) to a camera's usual grey. Nights
/// stay darker than days: the gain is limited.
pub(crate) fn gain(mean: f32, lens: &Lens) -> f32 {
    let wanted = 0.17 / mean.max(1e-4);
    let dimmed = if wanted > 1.6 {
        1.6 * pow(wanted / 1.6, 0.72)
    } else {
        wanted
    };
    dimmed.min(14.0) * pow(2.0, lens.exposure - 2.0)
}

/// The picture as bytes red, green, blue, row by row.
pub(crate) fn develop(light: &Light<'_>, lens: &Lens, shutter: &Shutter) -> Vec<u8> {
    let (w, h) = (light.width, light.height);
    let scale = h as f32 / 360.0;
    let mut linear = shifted(light, shutter.sway);
    glare(&mut linear, (w, h), shutter.gain);
    blurred(&mut linear, (w, h), lens.blur * scale);
    if lens.dirt > 0.0 || lens.drops > 0.0 {
        smudged(&mut linear, (w, h), lens, shutter);
    }
    if shutter.rain > 0.0 {
        raining(&mut linear, (w, h), shutter);
    }
    let mut out = Vec::with_capacity(w * h * 3);
    let mut s = Stream::new(
        shutter.seed,
        Concern::Sensor,
        (shutter.at * 1000.0).round() as i64 as u64,
    );
    let grain = lens.noise * (0.010 + 0.016 * shutter.night + if lens.infrared { 0.012 } else { 0.0 });
    let (mut row, mut row_b) = (0.0, 0.0);
    let mut above = vec![0.0_f32; w];
    let finish = shutter.finish;
    for (i, pixel) in linear.iter().enumerate() {
        let (x, y) = ((i % w) as f32 / w as f32 - 0.5, (i / w) as f32 / h as f32 - 0.5);
        let vignette = 1.0 - finish.vignette * (x * x + y * y);
        let mut colour = *pixel * finish.tint * (shutter.gain * vignette);
        if lens.infrared {
            let hot = 1.25 - 1.3 * (x * x + y * y);
            colour = Vec3::splat(colour.dot(v(0.40, 0.35, 0.25)) * hot);
        }
        // Shot noise grows with the root of the light; neighbours share some of it, as after a codec.
        let own = s.normal() * finish.grain.0 + row * finish.grain.1 + above[i % w] * finish.grain.2;
        row = own;
        above[i % w] = own;
        let tint = s.normal() * 0.6 + row_b * 0.45;
        row_b = tint;
        let encode = |c: f32, n: f32| {
            let value = tone(c);
            value + n * grain * (0.4 + 0.9 * (1.0 - value) * value.max(0.05).sqrt() * 2.0)
        };
        let hue = if lens.infrared { 0.0 } else { tint * 0.45 };
        for (c, n) in [
            (colour.x, own + hue),
            (colour.y, own - hue * 0.4),
            (colour.z, own - hue),
        ] {
            out.push((encode(c, n).clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
        }
    }
    sharpened(&mut out, (w, h), finish.sharp);
    if lens.clock {
        clock(&mut out, (w, h), lens.clock_start + shutter.at);
    }
    out
}

/// Exposure to picture value: a shoulder for highlights, then the curve of sRGB.
fn tone(x: f32) -> f32 {
    let x = x.max(0.0);
    let curved = (x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14);
    let curved = curved.min(1.0) * 0.8 + 0.2 * (1.0 - exp(-1.6 * x));
    if curved <= 0.003_130_8 {
        12.92 * curved
    } else {
        1.055 * pow(curved, 1.0 / 2.4) - 0.055
    }
}

fn shifted(light: &Light<'_>, (dx, dy): (f32, f32)) -> Vec<Vec3> {
    let (w, h) = (light.width as i64, light.height as i64);
    if dx == 0.0 && dy == 0.0 {
        return light.pixels.to_vec();
    }
    let at = |x: i64, y: i64| {
        let (x, y) = ((x - dx as i64).clamp(0, w - 1), (y - dy as i64).clamp(0, h - 1));
        light.pixels[(y * w + x) as usize]
    };
    (0..h)
        .flat_map(|y| (0..w).map(move |x| (x, y)))
        .map(|(x, y)| at(x, y))
        .collect()
}

/// One pass of a box filter of `2 * reach + 1` along rows and columns.
fn boxed(pixels: &mut [Vec3], (w, h): (usize, usize), reach: usize) {
    let mut line = Vec::new();
    let mut pass = |start: usize, step: usize, count: usize| {
        line.clear();
        line.extend((0..count).map(|k| pixels[start + k * step]));
        let mut sum = line[..reach.min(count)].iter().fold(Vec3::ZERO, |s, p| s + *p);
        for k in 0..count {
            if k + reach < count {
                sum += line[k + reach];
            }
            if k > reach {
                sum = sum - line[k - reach - 1];
            }
            let taps = (k + reach).min(count - 1) - k.saturating_sub(reach) + 1;
            pixels[start + k * step] = sum * (1.0 / taps as f32);
        }
    };
    (0..h).for_each(|y| pass(y * w, 1, w));
    (0..w).for_each(|x| pass(x, w, h));
}

fn blurred(pixels: &mut [Vec3], (w, h): (usize, usize), amount: f32) {
    if amount <= 0.0 {
        return;
    }
    let before = pixels.to_vec();
    let reach = amount.ceil().max(1.0);
    boxed(pixels, (w, h), reach as usize);
    let share = (amount / reach).min(1.0);
    for (p, q) in pixels.iter_mut().zip(&before) {
        *p = q.mix(*p, share * 0.6);
    }
}

/// Light scattered in the lens around what is brighter than white.
fn glare(pixels: &mut [Vec3], (w, h): (usize, usize), gain: f32) {
    let over = |p: &Vec3| {
        (*p * gain - Vec3::splat(1.2))
            .max(Vec3::ZERO)
            .min(Vec3::splat(12.0))
    };
    let mut bright: Vec<Vec3> = pixels.iter().map(over).collect();
    if bright.iter().all(|p| p.largest() <= 0.0) {
        return;
    }
    let reach = (h / 90).max(2);
    boxed(&mut bright, (w, h), reach);
    boxed(&mut bright, (w, h), reach * 2);
    for (p, q) in pixels.iter_mut().zip(&bright) {
        *p += *q * (0.10 / gain);
    }
}

fn smudged(pixels: &mut [Vec3], (w, h): (usize, usize), lens: &Lens, shutter: &Shutter) {
    let mut soft = pixels.to_vec();
    let reach = (h / 40).max(2);
    boxed(&mut soft, (w, h), reach);
    boxed(&mut soft, (w, h), reach);
    let mut s = Stream::new(shutter.seed, Concern::Dirt, 0);
    let offset = s.range(0.0, 500.0);
    let drop = |s: &mut Stream| {
        (
            s.unit() * w as f32,
            s.unit() * h as f32,
            s.range(0.008, 0.03) * h as f32,
        )
    };
    let drops: Vec<(f32, f32, f32)> = (0..(lens.drops * 60.0) as usize).map(|_| drop(&mut s)).collect();
    for (i, p) in pixels.iter_mut().enumerate() {
        let (x, y) = ((i % w) as f32, (i / w) as f32);
        let spot = fractal(v(x / h as f32 * 3.2, y / h as f32 * 3.2, offset));
        let film = smooth(0.48, 0.78, spot) * lens.dirt;
        *p = p.mix(soft[i], film * 0.9) * (1.0 - 0.35 * film) + Vec3::splat(0.03 * film / shutter.gain);
    }
    for (cx, cy, r) in drops {
        let (x0, x1) = ((cx - r).max(0.0) as usize, ((cx + r) as usize + 1).min(w));
        let (y0, y1) = ((cy - r).max(0.0) as usize, ((cy + r) as usize + 1).min(h));
        for (y, x) in (y0..y1).flat_map(|y| (x0..x1).map(move |x| (y, x))) {
            let (dx, dy) = ((x as f32 - cx) / r, (y as f32 - cy) / r);
            let out = (dx * dx + dy * dy).sqrt();
            if out < 1.0 {
                // A drop shows the scene upside down, small and soft.
                let (u, t) = (cx - dx * r * 5.0, cy - dy * r * 5.0);
                let from =
                    (t.clamp(0.0, h as f32 - 1.0) as usize) * w + u.clamp(0.0, w as f32 - 1.0) as usize;
                let edge = smooth(1.0, 0.75, out);
                pixels[y * w + x] = pixels[y * w + x].mix(soft[from] * (0.85 + 0.3 * dy), edge * 0.85);
            }
        }
    }
}

fn raining(pixels: &mut [Vec3], (w, h): (usize, usize), shutter: &Shutter) {
    let mut s = Stream::new(
        shutter.seed,
        Concern::Weather,
        1 + (shutter.at * 1000.0).round() as i64 as u64,
    );
    let lean = s.range(-0.12, 0.12);
    let count = (shutter.rain * (w * h) as f32 / 900.0) as usize;
    let pale = Vec3::splat(0.30 / shutter.gain);
    for _ in 0..count {
        let (x, y) = (s.unit() * w as f32, s.unit() * h as f32);
        let near = s.unit();
        let long = h as f32 * (0.012 + 0.05 * near * near);
        let veil = 0.10 + 0.22 * s.unit();
        for k in 0..long as usize {
            let (px, py) = ((x + lean * k as f32) as usize, (y + k as f32) as usize);
            if px < w && py < h {
                let p = &mut pixels[py * w + px];
                *p = p.mix(*p + pale, veil);
            }
        }
    }
}

/// The halo that such cameras draw around edges.
fn sharpened(bytes: &mut [u8], (w, h): (usize, usize), percent: i32) {
    let before = bytes.to_vec();
    for y in 1..h.saturating_sub(1) {
        for x in 1..w.saturating_sub(1) {
            for c in 0..3 {
                let at = |x: usize, y: usize| i32::from(before[(y * w + x) * 3 + c]);
                let middle = at(x, y);
                let around = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
                bytes[(y * w + x) * 3 + c] =
                    (middle + (4 * middle - around) * percent / 100).clamp(0, 255) as u8;
            }
        }
    }
}

/// Digits 0 to 9 and the colon, five rows of three bits.
const DIGITS: [[u8; 5]; 11] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [0, 2, 0, 2, 0],
];

/// Hours, minutes and seconds in the upper left corner, white with a dark rim.
fn clock(bytes: &mut [u8], (w, h): (usize, usize), secs: f32) {
    let size = (h / 120).max(1);
    let total = secs.max(0.0) as usize % 86_400;
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    let glyphs = [
        hours / 10,
        hours % 10,
        10,
        minutes / 10,
        minutes % 10,
        10,
        seconds / 10,
        seconds % 10,
    ];
    let mut fill = |x0: usize, y0: usize, wide: usize, value: u8| {
        for y in y0..(y0 + wide).min(h) {
            for x in x0..(x0 + wide).min(w) {
                bytes[(y * w + x) * 3..][..3].fill(value);
            }
        }
    };
    for (rim, value) in [(true, 20), (false, 235)] {
        for (k, &glyph) in glyphs.iter().enumerate() {
            for (row, bits) in DIGITS[glyph].iter().enumerate() {
                for column in (0..3).filter(|c| bits >> (2 - c) & 1 == 1) {
                    let (x, y) = ((4 + k * 4 + column) * size, (4 + row) * size);
                    let grow = usize::from(rim);
                    fill(x - grow, y - grow, size + 2 * grow, value);
                }
            }
        }
    }
}

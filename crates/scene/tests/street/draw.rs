//! What the scene's thumbnail shows: a street of blocks and the things on it, so that registration and the picture
//! witness work as on real pictures.

use curbwatch_types::Luma;

use crate::look::{Light, Look};

/// Size of the thumbnail.
pub(crate) const WIDTH: usize = 64;
pub(crate) const HEIGHT: usize = 48;

/// A number for a word: what is called by it looks like it.
pub(crate) fn seed(word: &str) -> u32 {
    let hash = word.bytes().fold(2_166_136_261, |hash: u32, b| {
        (hash ^ u32::from(b)).wrapping_mul(16_777_619)
    });
    // Words of one letter differ in few bits; what is drawn of them must not.
    (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b) ^ (hash >> 13)
}

/// Chance without chance.
pub(crate) fn noise(x: u32, y: u32) -> u8 {
    let mut h = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    (h >> 13) as u8
}

/// The picture of a look.
pub(crate) fn draw(look: &Look) -> Luma {
    let shade = match look.light {
        Light::Black => Some(2),
        Light::Covered => Some(140),
        _ => None,
    };
    if let Some(shade) = shade {
        return luma(vec![shade; WIDTH * HEIGHT]);
    }
    let mut samples = ground(look);
    for thing in &look.things {
        let b = thing.bbox;
        let span = |start: f32, size: f32, n: usize| {
            let n = n as f32;
            ((start * n).clamp(0.0, n) as usize)..(((start + size) * n).clamp(0.0, n) as usize)
        };
        for y in span(b.y, b.h, HEIGHT) {
            for x in span(b.x, b.w, WIDTH) {
                let (u, v) = (
                    (x as f32 / WIDTH as f32 - b.x) / b.w,
                    (y as f32 / HEIGHT as f32 - b.y) / b.h,
                );
                // In infrared no paint looks like itself.
                let paint = thing.paint ^ if look.light == Light::Grey { 0x5a5a } else { 0 };
                samples[y * WIDTH + x] = noise(paint ^ (u * 4.0) as u32, (v * 4.0) as u32);
            }
        }
    }
    for (i, sample) in samples.iter_mut().enumerate() {
        *sample = lit(*sample, i, look);
    }
    luma(samples)
}

fn ground(look: &Look) -> Vec<u8> {
    let (dx, dy) = (
        (look.shift.x * WIDTH as f32).round() as i32,
        (look.shift.y * HEIGHT as f32).round() as i32,
    );
    let mut samples = Vec::with_capacity(WIDTH * HEIGHT);
    for y in 0..HEIGHT as i32 {
        for x in 0..WIDTH as i32 {
            let block = |v: i32, d: i32| ((v - d + 960) / 3) as u32 + look.world;
            samples.push(60 + noise(block(x, dx), block(y, dy)) / 2);
        }
    }
    samples
}

/// A sample in the light of the look.
fn lit(sample: u8, at: usize, look: &Look) -> u8 {
    let value = f32::from(sample);
    let value = match look.light {
        Light::Dusk => 8.0 + 0.25 * value,
        // Foliage turns white and paint loses its colours: half of what is seen is another shade.
        Light::Infrared => 20.0 + 0.45 * value + 0.35 * f32::from(noise(u32::from(sample / 16), 99)),
        Light::Headlights => {
            let (x, y) = (
                (at % WIDTH) as f32 / WIDTH as f32,
                (at / WIDTH) as f32 / HEIGHT as f32,
            );
            let sweep = (look.at_ms / 1000 % 60) as f32 / 60.0;
            let apart = ((x - sweep).powi(2) + (y - 0.5).powi(2)).sqrt();
            8.0 + 0.25 * value + 200.0 * (1.0 - apart / 0.2).max(0.0)
        }
        Light::Grey => 40.0 + 0.7 * value,
        Light::Flash => 150.0 + 0.4 * value,
        Light::Rain => value + f32::from(noise(at as u32, look.at_ms as u32)) / 4.0 - 32.0,
        Light::Day | Light::Black | Light::Covered => value,
    };
    value.clamp(0.0, 255.0) as u8
}

fn luma(samples: Vec<u8>) -> Luma {
    Luma {
        width: WIDTH,
        height: HEIGHT,
        samples: samples.into(),
    }
}

/// Mean and standard deviation, as vision measures them.
pub(crate) fn figures(luma: &Luma) -> (f32, f32) {
    let n = luma.samples.len() as f32;
    let mean = luma.samples.iter().map(|s| f32::from(*s)).sum::<f32>() / n;
    let squares = luma.samples.iter().map(|s| (f32::from(*s) - mean).powi(2));
    (mean, (squares.sum::<f32>() / n).sqrt())
}

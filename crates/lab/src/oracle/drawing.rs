//! A thumbnail without pixels: enough structure for registration and for telling one thing from the next.

use curbwatch_types::{BBox, Luma};

use super::Known;
use super::chance::{Concern, Dice};

/// Width of the thumbnail in samples.
const WIDTH: usize = 96;
/// Side of a block of the backdrop in samples.
const BLOCK: usize = 4;
/// Cells of a thing's pattern along a side.
const CELLS: usize = 4;

/// The backdrop of this seed and direction with every thing of which anything is seen.
pub(super) fn draw(seed: u64, direction: u32, truth: &[Known], size: (usize, usize)) -> Luma {
    let height = (WIDTH * size.1.max(1))
        .div_ceil(size.0.max(1))
        .clamp(8, 4 * WIDTH);
    let mut samples = vec![0; WIDTH * height];
    for (i, sample) in samples.iter_mut().enumerate() {
        let block = (i / WIDTH / BLOCK) * WIDTH + i % WIDTH / BLOCK;
        let shade =
            Dice::new(seed, Concern::Backdrop, i64::from(direction), block as u64).between(60.0, 190.0);
        *sample = shade as u8;
    }
    // What is wholly seen is hidden by nothing, so it is painted last; of equals the nearer one.
    let mut things: Vec<&Known> = truth.iter().filter(|thing| thing.visible > 0.0).collect();
    things.sort_by(|a, b| {
        let foot = |t: &Known| t.bbox.y + t.bbox.h;
        a.visible
            .total_cmp(&b.visible)
            .then(foot(a).total_cmp(&foot(b)))
            .then(a.id.cmp(&b.id))
    });
    for thing in things {
        paint(&mut samples, seed, thing.id, &thing.bbox);
    }
    Luma {
        width: WIDTH,
        height,
        samples: samples.into(),
    }
}

fn paint(samples: &mut [u8], seed: u64, id: u32, bbox: &BBox) {
    let (width, height) = (WIDTH, samples.len() / WIDTH);
    let span = |start: f32, side: f32, count: usize| {
        let edge = |at: f32| (at * count as f32).round().clamp(0.0, count as f32) as usize;
        edge(start)..edge(start + side)
    };
    for y in span(bbox.y, bbox.h, height) {
        for x in span(bbox.x, bbox.w, width) {
            let cell = |at: usize, count: usize, start: f32, side: f32| {
                let share = ((at as f32 + 0.5) / count as f32 - start) / side.max(f32::MIN_POSITIVE);
                ((share * CELLS as f32).max(0.0) as usize).min(CELLS - 1)
            };
            let column = cell(x, width, bbox.x, bbox.w);
            let row = cell(y, height, bbox.y, bbox.h);
            let shade = Dice::new(seed, Concern::Paint, (row * CELLS + column) as i64, u64::from(id));
            samples[y * width + x] = shade.clone().between(20.0, 235.0) as u8;
        }
    }
}

/// Mean and standard deviation.
pub(super) fn tone(luma: &Luma) -> (f32, f32) {
    let count = luma.samples.len().max(1) as f32;
    let mean = luma.samples.iter().map(|s| f32::from(*s)).sum::<f32>() / count;
    let squares = luma.samples.iter().map(|s| (f32::from(*s) - mean).powi(2));
    (mean, (squares.sum::<f32>() / count).sqrt())
}

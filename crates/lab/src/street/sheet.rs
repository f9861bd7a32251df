//! A contact sheet: many streets in every light, small and side by side, for a person to judge.
//!
//! Input: seeds. Not for measuring anything.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use curbwatch_street::{Executor, Film};
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageEncoder as _, RgbImage};

use super::mixture::{Hour, Manner, Mixed, Styles, Wanted, mixed};
use super::picture::write_whole;
use crate::Error;

/// Pixels of a picture on the sheet, and as it is rendered.
const SMALL: (u32, u32) = (480, 270);
const RENDERED: (usize, usize) = (640, 360);
/// Pictures side by side.
const ACROSS: u32 = 4;
/// Pixels between pictures.
const GAP: u32 = 4;

/// The lights of the sheet, in turn.
const HOURS: [Hour; 8] = [
    Hour::Day,
    Hour::Dusk,
    Hour::Night,
    Hour::Rain,
    Hour::Infrared,
    Hour::Overcast,
    Hour::Day,
    Hour::NightRain,
];

/// Renders one street for each seed and writes the sheet as PNG or, by its ending, JPEG. `Ok(false)` when `stop`
/// ended it.
pub fn make_sheet(
    seeds: &[u64],
    styles: Styles,
    out: &Path,
    executor: &dyn Executor,
    stop: &AtomicBool,
    progress: &dyn Fn(),
) -> Result<bool, Error> {
    let rows = (seeds.len() as u32).div_ceil(ACROSS);
    let mut sheet = RgbImage::new(ACROSS * (SMALL.0 + GAP) - GAP, rows * (SMALL.1 + GAP) - GAP);
    for (number, seed) in seeds.iter().enumerate() {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let wanted = Wanted {
            seed: *seed,
            number: 0,
            styles,
            size: RENDERED,
            manner: Manner::Ordinary(HOURS[number % HOURS.len()]),
        };
        let street = mixed(&wanted)?.street;
        let frame = Film::new(&street).frame(Mixed::moment(0), executor);
        let whole = RgbImage::from_raw(RENDERED.0 as u32, RENDERED.1 as u32, frame.rgb);
        if let Some(whole) = whole {
            let small = imageops::resize(&whole, SMALL.0, SMALL.1, FilterType::CatmullRom);
            let (x, y) = (number as u32 % ACROSS, number as u32 / ACROSS);
            imageops::replace(
                &mut sheet,
                &small,
                i64::from(x * (SMALL.0 + GAP)),
                i64::from(y * (SMALL.1 + GAP)),
            );
        }
        progress();
    }
    let mut bytes = Vec::new();
    let (w, h) = sheet.dimensions();
    let written = if out.extension().is_some_and(|ending| ending == "png") {
        image::codecs::png::PngEncoder::new(&mut bytes).write_image(&sheet, w, h, ExtendedColorType::Rgb8)
    } else {
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 84).write_image(
            &sheet,
            w,
            h,
            ExtendedColorType::Rgb8,
        )
    };
    written.map_err(|source| Error::Picture { source })?;
    write_whole(out, &bytes).map(|()| true)
}

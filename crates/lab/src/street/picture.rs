//! Rendered frames as files for people and networks: PNG, JPEG, boxes drawn on them.

use std::io::Write as _;
use std::path::Path;

use curbwatch_street::Frame;
use curbwatch_types::{BBox, ObjectClass, Zone};
use image::ImageEncoder as _;
use image::codecs::jpeg::JpegEncoder;

use crate::Error;

/// A frame as JPEG, `quality` 1..100.
pub fn jpeg(frame: &Frame, quality: u8) -> Result<Vec<u8>, Error> {
    let (width, height) = (frame.width as u32, frame.height as u32);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(&frame.rgb, width, height, image::ExtendedColorType::Rgb8)
        .map_err(|source| Error::Picture { source })?;
    Ok(bytes)
}

/// Writes red, green, blue bytes as PNG or JPEG, by the ending of `path`.
pub fn save(path: &Path, rgb: &[u8], width: usize, height: usize) -> Result<(), Error> {
    image::save_buffer(path, rgb, width as u32, height as u32, image::ColorType::Rgb8)
        .map_err(|source| Error::Picture { source })
}

/// Writes `bytes` beside `path` and moves them there: a file of that name is always whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let part = path.with_extension("part");
    let written = std::fs::File::create(&part)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| std::fs::rename(&part, path));
    written.map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

/// Draws the box around what is seen of every thing, a colour per class; dotted where less than half shows.
pub fn draw_things(frame: &mut Frame) {
    for thing in frame.truth.clone() {
        draw_box(frame, thing.seen, colour(thing.class), thing.visible < 0.5);
    }
}

/// Draws the outlines of zones, a colour per kind.
pub fn draw_zones(frame: &mut Frame, zones: &[Zone]) {
    for zone in zones {
        let hue = zone.kind as usize * 71 % 256;
        let colour = [hue as u8, 255, (hue * 3 % 256) as u8];
        let points = zone.polygon.points();
        for (i, a) in points.iter().enumerate() {
            let b = points[(i + 1) % points.len()];
            draw_line(frame, (a.x, a.y), (b.x, b.y), colour);
        }
    }
}

/// Draws a line between relative points.
fn draw_line(frame: &mut Frame, from: (f32, f32), to: (f32, f32), colour: [u8; 3]) {
    let (w, h) = (frame.width as f32, frame.height as f32);
    let (dx, dy) = ((to.0 - from.0) * w, (to.1 - from.1) * h);
    let steps = dx.abs().max(dy.abs()).ceil().clamp(1.0, 10_000.0) as usize;
    for k in 0..=steps {
        let t = k as f32 / steps as f32;
        dot(
            frame,
            (from.0 * w + dx * t) as isize,
            (from.1 * h + dy * t) as isize,
            colour,
        );
    }
}

fn draw_box(frame: &mut Frame, bbox: BBox, colour: [u8; 3], dotted: bool) {
    let [x0, y0, x1, y1] = pixels(bbox, frame.width, frame.height).map(|p| p as isize);
    for y in y0..y1 {
        for x in x0..x1 {
            let rim = x == x0 || y == y0 || x + 1 == x1 || y + 1 == y1;
            if rim && !(dotted && (x + y) % 4 != 0) {
                dot(frame, x, y, colour);
            }
        }
    }
}

fn dot(frame: &mut Frame, x: isize, y: isize, colour: [u8; 3]) {
    let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
        return;
    };
    if x < frame.width && y < frame.height {
        frame.rgb[(y * frame.width + x) * 3..][..3].copy_from_slice(&colour);
    }
}

/// A bright colour that tells classes apart: hues a golden angle apart.
fn colour(class: ObjectClass) -> [u8; 3] {
    let hue = (class as usize * 137 % 360) as f32 / 60.0;
    [5.0, 3.0, 1.0].map(|shift| {
        let k = (shift + hue) % 6.0;
        let low = k.min(4.0 - k).clamp(0.0, 1.0);
        (255.0 * (1.0 - 0.75 * low)) as u8
    })
}

/// A relative box in pixels: left, top, right, bottom, the last two exclusive, to the nearest whole.
pub fn pixels(bbox: BBox, width: usize, height: usize) -> [i64; 4] {
    let (w, h) = (width as f32, height as f32);
    [
        bbox.x * w,
        bbox.y * h,
        (bbox.x + bbox.w) * w,
        (bbox.y + bbox.h) * h,
    ]
    .map(|p| p.round() as i64)
}

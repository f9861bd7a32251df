//! RGB pictures: the outline, the close-up, the JPEG file. No fonts, no drawing library.

use curbwatch_types::BBox;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

/// JPEG quality: plates stay readable where the camera made them so, 1080p is about 300 KB.
const QUALITY: u8 = 85;

/// The close-up shows this much of the box's size on each side around it.
const CLOSEUP_MARGIN: f32 = 0.4;
/// The close-up is at least this many pixels across and down, where the picture is.
const CLOSEUP_SIDE_MIN: usize = 64;

/// Colours of the outline: red, within black so that it shows on anything.
const RED: [u8; 3] = [255, 32, 32];
const BLACK: [u8; 3] = [0, 0, 0];

/// Interleaved 8-bit RGB, `width * height * 3` bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rgb {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) samples: Vec<u8>,
}

/// Pixels `x0..x1` by `y0..y1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pixels {
    x0: usize,
    y0: usize,
    x1: usize,
    y1: usize,
}

impl Rgb {
    /// A baseline JPEG, full-range BT.601 (ITU-T T.81, T.871).
    pub(super) fn to_jpeg(&self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::with_capacity(self.samples.len() / 8);
        JpegEncoder::new_with_quality(&mut bytes, QUALITY)
            .write_image(
                &self.samples,
                self.width as u32,
                self.height as u32,
                ExtendedColorType::Rgb8,
            )
            .map_err(|e| format!("it cannot be written as JPEG: {e}"))?;
        Ok(bytes)
    }

    /// A copy with `bbox` outlined.
    pub(super) fn marked(&self, bbox: BBox) -> Self {
        let mut copy = self.clone();
        let within = self.pixels(bbox);
        let thickness = (self.height / 180).max(2);
        copy.outline(within, 0, 1, BLACK);
        copy.outline(within, 1, thickness, RED);
        copy.outline(within, 1 + thickness, 1, BLACK);
        copy
    }

    /// The part around `bbox`, and where `bbox` is in it.
    pub(super) fn closeup(&self, bbox: BBox) -> (Self, BBox) {
        let (dx, dy) = (bbox.w * CLOSEUP_MARGIN, bbox.h * CLOSEUP_MARGIN);
        let around = BBox::new(bbox.x - dx, bbox.y - dy, bbox.w + 2.0 * dx, bbox.h + 2.0 * dy);
        let part = self.pixels(around);
        let (x0, x1) = widened(part.x0, part.x1, self.width);
        let (y0, y1) = widened(part.y0, part.y1, self.height);
        let mut samples = Vec::with_capacity((x1 - x0) * (y1 - y0) * 3);
        for y in y0..y1 {
            samples.extend_from_slice(&self.samples[(y * self.width + x0) * 3..(y * self.width + x1) * 3]);
        }
        let (width, height) = (x1 - x0, y1 - y0);
        let (w, h) = (self.width as f32, self.height as f32);
        let bbox_in_closeup = BBox::new(
            (bbox.x * w - x0 as f32) / width as f32,
            (bbox.y * h - y0 as f32) / height as f32,
            bbox.w * w / width as f32,
            bbox.h * h / height as f32,
        );
        (
            Self {
                width,
                height,
                samples,
            },
            bbox_in_closeup.clipped(),
        )
    }

    /// The pixels of a relative box: clipped to the picture, at least one.
    fn pixels(&self, bbox: BBox) -> Pixels {
        let range = |low: f32, size: f32, side: usize| {
            let start = ((low * side as f32) as usize).min(side - 1); // NaN and negative become 0
            // A pixel counts when more than a hundredth of it is covered, not for a rounding error.
            let end = (((low + size) * side as f32 - 0.01).ceil() as usize).clamp(start + 1, side);
            (start, end)
        };
        let (x0, x1) = range(bbox.x, bbox.w, self.width);
        let (y0, y1) = range(bbox.y, bbox.h, self.height);
        Pixels { x0, y0, x1, y1 }
    }

    /// Draws a frame `thickness` thick, `inset` pixels inside the edge of `within`.
    fn outline(&mut self, within: Pixels, inset: usize, thickness: usize, colour: [u8; 3]) {
        let Pixels { x0, y0, x1, y1 } = within;
        let (low, high) = (inset, inset + thickness);
        for (from, to) in [
            (x0 + low, x0 + high),
            (x1.saturating_sub(high), x1.saturating_sub(low)),
        ] {
            self.fill(
                Pixels {
                    x0: from.max(x0),
                    x1: to.min(x1),
                    y0: y0 + low,
                    y1: y1.saturating_sub(low),
                },
                colour,
            );
        }
        for (from, to) in [
            (y0 + low, y0 + high),
            (y1.saturating_sub(high), y1.saturating_sub(low)),
        ] {
            self.fill(
                Pixels {
                    y0: from.max(y0),
                    y1: to.min(y1),
                    x0: x0 + low,
                    x1: x1.saturating_sub(low),
                },
                colour,
            );
        }
    }

    /// Fills a rectangle; an empty one is nothing.
    fn fill(&mut self, area: Pixels, colour: [u8; 3]) {
        for y in area.y0..area.y1.min(self.height) {
            for x in area.x0..area.x1.min(self.width) {
                let at = (y * self.width + x) * 3;
                self.samples[at..at + 3].copy_from_slice(&colour);
            }
        }
    }
}

/// `start..end` made at least [`CLOSEUP_SIDE_MIN`] wide around its middle, within `0..side`.
fn widened(start: usize, end: usize, side: usize) -> (usize, usize) {
    let length = (end - start).max(CLOSEUP_SIDE_MIN).min(side);
    let start = (usize::midpoint(start, end))
        .saturating_sub(length / 2)
        .min(side - length);
    (start, start + length)
}

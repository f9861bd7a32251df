//! What a look brought: detections, a thumbnail, and how healthy the picture was. Sent even when
//! empty: "nothing seen" closes anchors and proves a cleared case.

use std::sync::Arc;

use bytes::Bytes;

use crate::{AccessUnit, BBox, CameraId, CapturedAt, Detection, Epoch, LookWhy};

/// A small luma picture, row by row, `width * height` bytes, full range. What remembers it shares its samples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Luma {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` bytes.
    pub samples: Bytes,
}

/// Figures of a picture's health, measured in the look and judged in the scene.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Health {
    /// Mean luma, 0..255.
    pub mean_luma: f32,
    /// Standard deviation of luma, 0..128: near 0 for a black, covered or uniform picture.
    pub luma_deviation: f32,
    /// Detail too fine for the thumbnail, as a multiple of what the thumbnail has: 1 to 3 on street cameras
    /// by night and day, free of contrast; near 0 when out of focus, and where there is nothing to be sharp.
    pub sharpness: f32,
    /// Mean distance of the chroma samples from grey, 0..128: 0 in infrared, 1.7 and more on street cameras
    /// that see colours.
    pub chroma: f32,
    /// Digest of the coded picture (64 bits of SHA-256 of the access unit): equal digests are the
    /// identical picture served again, which is not new evidence.
    pub coded_digest: u64,
}

/// What a look brought.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Whose picture.
    pub camera: CameraId,
    /// Stretch of the stream.
    pub epoch: Epoch,
    /// Running number of the camera's observations in this process (replay: index of the visit).
    pub picture: u64,
    /// When the picture was taken.
    pub captured_at: CapturedAt,
    /// Why it was looked at.
    pub why: LookWhy,
    /// Width and height of the decoded picture in pixels.
    pub size: (usize, usize),
    /// What was seen, highest score first. Empty is a statement, too.
    pub detections: Vec<Detection>,
    /// Parts of the picture that were looked at with more pixels than the whole got (zone tiles, at
    /// most native resolution). What only they can show is not gone when a look without them does
    /// not show it: see [`looked_closely_at`](Self::looked_closely_at).
    pub closeups: Vec<BBox>,
    /// The picture in small, 160 wide or less.
    pub thumbnail: Luma,
    /// How healthy the picture is.
    pub health: Health,
    /// Which model saw it: the manifest's name and digest.
    pub model: Arc<str>,
    /// The picture itself, still coded, for evidence.
    pub unit: AccessUnit,
}

impl Observation {
    /// Whether the whole of `bbox` (relative, clipped to the picture first) lies in one part that was
    /// looked at closely. A small thing that was found where this is true may be beyond the pass over
    /// the whole picture, and its absence is evidence only where this is true again.
    pub fn looked_closely_at(&self, bbox: &BBox) -> bool {
        /// Half a pixel of 8K video: rounding, nothing more.
        const SLACK: f32 = 6e-5;
        let inner = bbox.clipped();
        self.closeups.iter().any(|part| {
            part.x <= inner.x + SLACK
                && part.y <= inner.y + SLACK
                && part.x + part.w >= inner.x + inner.w - SLACK
                && part.y + part.h >= inner.y + inner.h - SLACK
        })
    }
}

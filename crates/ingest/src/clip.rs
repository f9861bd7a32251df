//! Recorded files as access units.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use curbwatch_types::{AccessUnit, CameraId, Codec, Wall};

use crate::{Error, Mode};

/// A recorded clip (mp4, avi, mkv, raw `.h264`/`.h265`), read in decoding order.
pub struct Clip {
    codec: Codec,
    size: (usize, usize),
    frame_duration: Duration,
    parameter_sets: Bytes,
}

impl Clip {
    /// Opens `path`.
    pub fn open(path: &Path, camera: CameraId, start: Wall, mode: Mode) -> Result<Self, Error> {
        let _ = (start, mode);
        Err(Error::Clip {
            camera,
            file: path.to_owned(),
            attempt: "opening",
            problem: "not built yet".into(),
        })
    }

    /// The codec.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Width and height, samples.
    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Average time from one picture to the next.
    pub fn frame_duration(&self) -> Duration {
        self.frame_duration
    }

    /// Parameter sets of the container, Annex B: (VPS,) SPS, PPS; empty where they are in-band only.
    pub fn parameter_sets(&self) -> &Bytes {
        &self.parameter_sets
    }
}

impl Iterator for Clip {
    type Item = Result<AccessUnit, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}

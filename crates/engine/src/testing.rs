//! Nouns made by hand, for this crate's tests.

use curbwatch_types::{AccessUnit, CameraId, CapturedAt, Codec, Epoch, MediaTime, Monotonic, Taint};

/// A keyframe of `camera` with this media time and no real bytes.
pub(crate) fn keyframe(camera: &str, media_time: i64) -> AccessUnit {
    AccessUnit {
        camera: CameraId::new(camera).expect("a test writes valid ids"),
        epoch: Epoch(0),
        codec: Codec::H264,
        keyframe: true,
        taint: Taint::Clean,
        media_time: MediaTime(media_time),
        received: Monotonic::default(),
        captured_at: CapturedAt::default(),
        bytes: vec![0, 0, 0, 1, 0x65].into(),
    }
}

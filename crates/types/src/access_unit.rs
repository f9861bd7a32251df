//! One coded picture as it came from a camera.

use bytes::Bytes;

use crate::{CameraId, CapturedAt, Epoch, MediaTime, Monotonic};

/// The video codec of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// ITU-T H.264 (AVC).
    H264,
    /// ITU-T H.265 (HEVC).
    H265,
    /// MPEG-4 part 2 (ISO/IEC 14496-2); recorded footage only, cameras are not asked for it.
    Mpeg4,
}

impl Codec {
    /// The name operators know: `h264`, `h265`, `mpeg4`.
    pub fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
            Self::Mpeg4 => "mpeg4",
        }
    }
}

/// Whether something is known to be missing from a picture or from what it refers to.
/// A tainted picture judges nothing and is never evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Taint {
    /// Nothing is known to be missing.
    #[default]
    Clean,
    /// Packets of this picture, or of one it refers to, were lost.
    Loss,
    /// The stream was joined where no random-access point was seen.
    NoRandomAccess,
}

/// An access unit (ITU-T H.264 7.4.1.2, H.265 7.4.2.4): the coded data of one picture, Annex B, with
/// the active parameter sets before a random-access picture so that it decodes by itself.
#[derive(Debug, Clone)]
pub struct AccessUnit {
    /// Whose picture.
    pub camera: CameraId,
    /// Stretch of the stream; changes with connection, parameters or a timestamp jump.
    pub epoch: Epoch,
    /// What the bytes are.
    pub codec: Codec,
    /// Whether decoding can start here (IDR, CRA, BLA, or an I picture at a recovery point).
    pub keyframe: bool,
    /// Whether something is known to be missing.
    pub taint: Taint,
    /// The stream's own time.
    pub media_time: MediaTime,
    /// When the last byte arrived here.
    pub received: Monotonic,
    /// When the picture was taken, as well as we know.
    pub captured_at: CapturedAt,
    /// Annex B byte stream (ITU-T H.264 annex B).
    pub bytes: Bytes,
}

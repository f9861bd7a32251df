//! What a look, a camera and a case cost: the figures of `docs/measurements.md`, in one place.

use clap::ValueEnum;

/// Where the figures were taken.
pub(super) const SOURCE: &str = "one core of a shared AMD EPYC (Zen 4, AVX512-VNNI) in 2026-11 (docs/measurements.md); \
    where yours differs, measure it with `curbwatch-lab bench district` and give --cpu-ms-per-look";

/// Receiving a camera at 25 pictures a second, and what the road takes at rest: CPU ms of each second.
/// "Cost of a look": 1.9 to 2.2 ms a look every 5 s; at every 10 s 3.9.
pub(super) const RECEIVE_MS_PER_CAMERA_SECOND: f64 = 0.4;

/// The process without cameras, in MB. "Looks per second" and "A fleet of cameras": 337 MB with 300, 262 MB with 200.
pub(super) const MEMORY_MB: f64 = 115.0;

/// Survey, prepare, six rules, evidence: CPU ms a look.
const REST_MS_PER_LOOK: f64 = 1.0;

/// The stream's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Size {
    /// 640x360
    #[value(name = "360p")]
    P360,
    /// 1280x720
    #[value(name = "720p")]
    P720,
    /// 1920x1080
    #[value(name = "1080p")]
    P1080,
}

impl Size {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P360 => "640x360",
            Self::P720 => "1280x720",
            Self::P1080 => "1920x1080",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Codec {
    /// H.264
    H264,
    /// H.265
    H265,
}

impl Codec {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::H264 => "H.264",
            Self::H265 => "H.265",
        }
    }

    /// Decoding goes by the bytes of the keyframe, not by its pixels ("Cost of a look": .080 to .086 for H.264, .126
    /// for H.265).
    fn decode_ms_per_kb(self) -> f64 {
        match self {
            Self::H264 => 0.084,
            Self::H265 => 0.126,
        }
    }
}

/// A manifest under `models/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Model {
    /// street.toml
    Street,
    /// street-640.toml
    #[value(name = "street-640")]
    Street640,
    /// street-int8.toml
    #[value(name = "street-int8")]
    StreetInt8,
    /// street-int8-640.toml
    #[value(name = "street-int8-640")]
    StreetInt8At640,
    /// nanodet-plus.toml
    NanodetPlus,
    /// nanodet-plus-640.toml
    #[value(name = "nanodet-plus-640")]
    NanodetPlus640,
}

impl Model {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Street => "street",
            Self::Street640 => "street-640",
            Self::StreetInt8 => "street-int8",
            Self::StreetInt8At640 => "street-int8-640",
            Self::NanodetPlus => "nanodet-plus",
            Self::NanodetPlus640 => "nanodet-plus-640",
        }
    }

    /// One thread, a picture of 16:9 ("The street network", "Cost of a look", "Stages alone").
    fn infer_ms(self) -> f64 {
        match self {
            Self::Street => 9.7,
            Self::Street640 => 18.8,
            Self::StreetInt8 => 5.1,
            Self::StreetInt8At640 => 9.3,
            Self::NanodetPlus => 8.7,
            Self::NanodetPlus640 => 18.2,
        }
    }
}

/// Usual bytes of a keyframe, in kB ("Cost of a look"; H.265 below 1080p in the same proportion).
pub(super) fn keyframe_kb(size: Size, codec: Codec) -> f64 {
    match (size, codec) {
        (Size::P360, Codec::H264) => 45.0,
        (Size::P720, Codec::H264) => 115.0,
        (Size::P1080, Codec::H264) => 205.0,
        (Size::P360, Codec::H265) => 36.0,
        (Size::P720, Codec::H265) => 91.0,
        (Size::P1080, Codec::H265) => 162.0,
    }
}

/// Usual rate of a stream at 25 pictures a second, in Mb/s.
pub(super) fn mbps(size: Size, codec: Codec) -> f64 {
    match (size, codec) {
        (Size::P360, Codec::H264) => 0.7,
        (Size::P720, Codec::H264) => 2.0,
        (Size::P1080, Codec::H264) => 4.0,
        (Size::P360, Codec::H265) => 0.4,
        (Size::P720, Codec::H265) => 1.2,
        (Size::P1080, Codec::H265) => 2.5,
    }
}

/// CPU ms from the keyframe to what the scene makes of it, receiving left out.
pub(super) fn ms_per_look(codec: Codec, keyframe_kb: f64, model: Model) -> f64 {
    codec.decode_ms_per_kb() * keyframe_kb + model.infer_ms() + REST_MS_PER_LOOK
}

/// Session, slot and what a busy street's scene remembers, nearly all of it coded pictures: 10.7 MB at 100 kB a picture
/// ("Stages alone").
pub(super) fn memory_mb_per_camera(keyframe_kb: f64) -> f64 {
    0.7 + 0.1 * keyframe_kb
}

/// A case from its opening to its closing: four to seven pictures and a manifest; 315 kB in the mean of the 22 cases of a
/// demo with keyframes of 73 kB.
pub(super) fn evidence_kb(keyframe_kb: f64) -> f64 {
    10.0 + 4.2 * keyframe_kb
}

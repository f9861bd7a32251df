//! Why no picture came out, on which camera, and what that means for the caller.

use curbwatch_types::{CameraId, Codec};

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The camera, or what lies between it and us, sent what cannot be decoded.
    Stream,
    /// This machine: memory, or the FFmpeg it has.
    Machine,
    /// The calling code broke the contract of the call.
    Caller,
}

/// Why no picture came out of a unit. The target picture's samples are then unspecified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The unit holds no bytes.
    #[error("camera {camera}: the access unit is empty")]
    Empty {
        /// Whose unit.
        camera: CameraId,
    },
    /// The unit is larger than any picture within the limits.
    #[error("camera {camera}: access unit of {bytes} bytes, the limit is {bytes_max}")]
    UnitTooLarge {
        /// Whose unit.
        camera: CameraId,
        /// Its size.
        bytes: usize,
        /// [`Options::unit_bytes_max`](crate::Options::unit_bytes_max).
        bytes_max: usize,
    },
    /// The bytes hold no coded picture of that codec: garbage, another codec, or parameter sets alone.
    #[error("camera {camera}: no coded picture of {} in the access unit", codec.name())]
    NotCoded {
        /// Whose unit.
        camera: CameraId,
        /// What it was said to be.
        codec: Codec,
    },
    /// A keyframe refers to a parameter set that does not come before it in the same unit. It is not
    /// decoded with one that another camera left behind.
    #[error("camera {camera}: keyframe without the {missing} it refers to")]
    NoParameterSets {
        /// Whose unit.
        camera: CameraId,
        /// The kind of parameter set.
        missing: &'static str,
    },
    /// A unit given as a keyframe holds predicted slices: it does not decode by itself.
    #[error("camera {camera}: the unit is no keyframe, it refers to other pictures")]
    NotIntra {
        /// Whose unit.
        camera: CameraId,
    },
    /// FFmpeg found the coded picture damaged, or left parts of it undecoded.
    #[error("camera {camera}: damaged picture ({cause})")]
    Corrupt {
        /// Whose unit.
        camera: CameraId,
        /// How it showed.
        cause: &'static str,
    },
    /// All data was taken and no picture came out.
    #[error("camera {camera}: no picture came out of the access unit")]
    NoPicture {
        /// Whose unit.
        camera: CameraId,
    },
    /// More than one picture came out of a keyframe's unit: it is not one access unit.
    #[error("camera {camera}: more than one picture in the access unit")]
    ManyPictures {
        /// Whose unit.
        camera: CameraId,
    },
    /// The picture is larger than allowed. Refused before its memory was allocated.
    #[error("camera {camera}: picture of {width}x{height}, the limit is {width_max}x{height_max}")]
    TooLarge {
        /// Whose unit.
        camera: CameraId,
        /// Coded width in luma samples.
        width: usize,
        /// Coded height in luma samples.
        height: usize,
        /// [`Options::width_max`](crate::Options::width_max).
        width_max: usize,
        /// [`Options::height_max`](crate::Options::height_max).
        height_max: usize,
    },
    /// Samples of a kind no camera is known to send (RGB, 4:1:1, float).
    #[error("camera {camera}: cannot read pixel format {format}")]
    PixelFormat {
        /// Whose unit.
        camera: CameraId,
        /// FFmpeg's name of it.
        format: String,
    },
    /// A stream decoder was given a unit of another codec than it was made for.
    #[error("camera {camera}: unit of {} given to a decoder for {}", codec.name(), expected.name())]
    OtherCodec {
        /// Whose unit.
        camera: CameraId,
        /// The unit's codec.
        codec: Codec,
        /// The decoder's codec.
        expected: Codec,
    },
    /// FFmpeg could not do what does not depend on the stream (open a codec, allocate).
    #[error("FFmpeg: {what}: {text}")]
    Library {
        /// What was attempted.
        what: &'static str,
        /// FFmpeg's words.
        text: String,
    },
}

impl Error {
    /// Whether the same unit may decode when tried again.
    pub fn retry(&self) -> bool {
        matches!(self, Self::Library { .. })
    }

    /// Whose fault it is.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Library { .. } => Blame::Machine,
            Self::OtherCodec { .. } => Blame::Caller,
            _ => Blame::Stream,
        }
    }

    /// Whether a picture was lost. Always: a unit that fails shows nothing.
    pub fn loses_data(&self) -> bool {
        true
    }
}

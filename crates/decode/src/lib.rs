//! Access units to YUV pictures by FFmpeg.
//!
//! For: turning one coded picture of one camera into planes of 8-bit samples, either from a keyframe
//! alone ([`Decoder`], contexts shared by all cameras) or from every unit of a stream
//! ([`StreamDecoder`], one per camera, where no usable keyframe comes), such a picture as a keyframe of its own
//! ([`as_keyframe`]); and for the figures that the
//! scene judges a picture's health by ([`survey`]).
//!
//! Not for: deciding who is decoded when (engine), noticing lost packets (ingest: loss is mostly
//! invisible to a decoder, see `docs/adr/0021`), scaling or colour conversion to tensors (infer).
//!
//! Input comes from cameras through ingest, that is from outside: every unit may be damaged, hostile
//! or another codec's, and none of it may end in more than an [`Error`]. This is the only crate with
//! `unsafe` code; all of it lives in one module, `av`.

#![deny(
    unsafe_op_in_unsafe_fn,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

#[expect(unsafe_code, reason = "FFmpeg is a C library; this module is its safe face")]
mod av;
mod coded;
mod decoder;
mod error;
mod fill;
mod intra;
mod sharpness;
mod stream;
mod survey;

pub use av::library;
pub use decoder::{Decoder, Options};
pub use error::{Blame, Error};
pub use intra::as_keyframe;
pub use stream::StreamDecoder;
pub use survey::{survey, thumbnail};

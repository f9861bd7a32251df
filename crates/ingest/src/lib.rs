//! Cameras and files to access units: RTSP, RTP, SDP, clips and footage manifests.
//!
//! For: everything between a camera's socket (or a recorded file) and one [`AccessUnit`] — the one
//! crate that knows RTSP, and the only home of camera dialects. Not for: decoding (a picture here is
//! bytes that decode by themselves), scheduling (who is looked at, and when), or deciding what a
//! picture is good for. Input comes from peers that may be broken or hostile: every size, count, rate
//! and wait is bounded by [`Bounds`], and everything left out is counted by [`DropReason`].
//!
//! Two ideas shape the code. In [`Mode::Keyframes`] a picture that is no random-access point is
//! recognised by its first NAL or fragment header and skipped, never copied: a thousand cameras cost
//! little more than the kernel's copy. And loss is never silent: a gap in the RTP sequence, among the
//! slices of a picture or among the pictures it refers to taints what it may have touched ([`Taint`](curbwatch_types::Taint)).
//!
//! [`run`] holds one camera's connection up for as long as it is wanted (one task per camera, no
//! threads); [`visit`] is one connection that remembers the ones before, [`session`] one that does not. [`Clip`] and [`footage`] make the same access units
//! from recorded files.
//!
//! [`AccessUnit`]: curbwatch_types::AccessUnit
//! [`DropReason`]: curbwatch_types::DropReason

mod address;
mod assemble;
mod bits;
mod budget;
mod clip;
mod coded;
mod container;
mod depacketise;
mod drops;
mod error;
mod event;
pub mod footage;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod nal;
mod options;
mod parameter_sets;
mod provider;
mod receive;
mod references;
mod reorder;
mod rtp;
mod rtsp;
mod run;
mod sdp;
mod sei;
mod sequence;
mod slices;
mod source;
mod taint;

pub use address::{Credentials, authority, redacted};
pub use budget::{Budget, Permit};
pub use clip::Clip;
pub use error::{Blame, Error, Problem, Retry};
pub use event::Event;
pub use options::{AddressPolicy, Backoff, Bounds, Mode, ModeSwitch, Options, Transport};
pub use provider::UrlProvider;
pub use run::{Remembered, run, session, visit};
pub use source::{Place, Source};

//! What goes into assembly and what comes out: arrival and place of a packet, the finished access unit,
//! the bound that was broken.

use bytes::Bytes;
use curbwatch_types::{Epoch, Monotonic, Taint, Wall};

/// When a packet came.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Arrival {
    pub(crate) monotonic: Monotonic,
    pub(crate) wall: Wall,
}

/// A finished access unit, before it gets its camera's name.
#[derive(Debug, Clone)]
pub(crate) struct Coded {
    pub(crate) epoch: Epoch,
    pub(crate) keyframe: bool,
    pub(crate) taint: Taint,
    /// Ticks of 90 kHz within the epoch.
    pub(crate) media: i64,
    /// Arrival of its first packet.
    pub(crate) first: Arrival,
    /// Arrival of its last packet.
    pub(crate) last: Arrival,
    pub(crate) bytes: Bytes,
}

/// A bound that ends the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Over {
    pub(crate) what: &'static str,
    pub(crate) limit: usize,
}

/// Where in the stream a packet belongs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    /// RTP timestamp.
    pub(crate) rtp: u32,
    /// Ticks within the epoch.
    pub(crate) media: i64,
    /// The timestamp jumped: a new epoch begins.
    pub(crate) jumped: bool,
    pub(crate) marker: bool,
    pub(crate) arrival: Arrival,
}

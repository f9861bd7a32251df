//! What a farm counts.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use serde::Serialize;

/// Counters written by connections and the pacer.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) connections: AtomicU64,
    pub(super) accepted: AtomicU64,
    pub(super) playing: AtomicU64,
    pub(super) playing_most: AtomicU64,
    pub(super) frames: AtomicU64,
    pub(super) packets: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) frames_late: AtomicU64,
    pub(super) dropped_slow: AtomicU64,
    pub(super) dropped_idle: AtomicU64,
    pub(super) dropped_malformed: AtomicU64,
    pub(super) refused_full: AtomicU64,
    pub(super) refused_auth: AtomicU64,
    pub(super) udp_unsent: AtomicU64,
    pub(super) sessions: AtomicU64,
    pub(super) teardowns: AtomicU64,
    pub(super) reports: AtomicU64,
}

/// A farm's counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Connections open now.
    pub connections: u64,
    /// Connections accepted since the start.
    pub accepted: u64,
    /// Sessions playing now.
    pub playing: u64,
    /// The most sessions that played at one time.
    pub playing_most: u64,
    /// Pictures sent.
    pub frames: u64,
    /// RTP packets sent.
    pub packets: u64,
    /// Bytes of RTP sent, with interleaved headers over TCP.
    pub bytes: u64,
    /// Pictures sent more than 100 ms late.
    pub frames_late: u64,
    /// Sessions cut off because the receiver read too slowly.
    pub dropped_slow: u64,
    /// Connections closed because no request came for too long.
    pub dropped_idle: u64,
    /// Connections closed because of bytes that are no request, or too many of them.
    pub dropped_malformed: u64,
    /// Connections refused because the farm was full.
    pub refused_full: u64,
    /// Requests refused for want of the right password.
    pub refused_auth: u64,
    /// UDP packets the system did not take.
    pub udp_unsent: u64,
    /// Sessions set up since the start.
    pub sessions: u64,
    /// Sessions ended by a TEARDOWN.
    pub teardowns: u64,
    /// Frames that clients sent over TCP: their receiver reports.
    pub reports: u64,
}

impl Counters {
    /// The counters as they stand.
    pub(super) fn read(&self) -> Stats {
        let get = |counter: &AtomicU64| counter.load(Relaxed);
        Stats {
            connections: get(&self.connections),
            accepted: get(&self.accepted),
            playing: get(&self.playing),
            playing_most: get(&self.playing_most),
            frames: get(&self.frames),
            packets: get(&self.packets),
            bytes: get(&self.bytes),
            frames_late: get(&self.frames_late),
            dropped_slow: get(&self.dropped_slow),
            dropped_idle: get(&self.dropped_idle),
            dropped_malformed: get(&self.dropped_malformed),
            refused_full: get(&self.refused_full),
            refused_auth: get(&self.refused_auth),
            udp_unsent: get(&self.udp_unsent),
            sessions: get(&self.sessions),
            teardowns: get(&self.teardowns),
            reports: get(&self.reports),
        }
    }
}

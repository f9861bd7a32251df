//! What a farm is made of, and its bounds with their defaults.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::auth::Account;
use super::quirk::Quirks;
use super::track::Track;

/// Which transports a farm offers; others are answered 461.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transports {
    /// TCP and UDP.
    #[default]
    Any,
    /// Interleaved only.
    TcpOnly,
    /// UDP only.
    UdpOnly,
}

/// What a farm is made of.
#[derive(Debug, Clone)]
pub struct FarmOptions {
    /// Number of cameras, 1 or more.
    pub cameras: usize,
    /// What they play: camera n plays track n modulo the number of tracks.
    pub tracks: Vec<Arc<Track>>,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Transports offered; default both.
    pub transports: Transports,
    /// The account every camera asks for; default none.
    pub account: Option<Account>,
    /// Connections at most; more are closed at once and counted. Default 8192.
    pub connections_max: usize,
    /// Bytes kept for a receiver that reads slowly before it is cut off. Default 4 MiB.
    pub backlog_bytes_max: usize,
    /// A connection without a request for this long is closed, unless it plays over TCP, where the
    /// backlog tells. Announced (halved) as the session timeout. Default 120 s.
    pub idle: Duration,
    /// What the cameras do that no camera should; default nothing.
    pub quirks: Quirks,
    /// Seed of session ids, SSRCs and first sequence numbers. Default 0.
    pub seed: u64,
}

impl FarmOptions {
    /// `cameras` cameras on a free port of loopback, everything else as documented.
    pub fn new(cameras: usize, tracks: Vec<Arc<Track>>) -> Self {
        Self {
            cameras,
            tracks,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            transports: Transports::Any,
            account: None,
            connections_max: 8192,
            backlog_bytes_max: 4 << 20,
            idle: Duration::from_mins(2),
            quirks: Quirks::default(),
            seed: 0,
        }
    }
}

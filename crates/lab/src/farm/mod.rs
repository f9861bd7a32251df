//! A farm of RTSP cameras: N cameras served from recorded clips by one process.
//!
//! For: what a district looks like from the network: `rtsp://HOST:PORT/camera-0001` and on, real
//! frame rate, endless loops, phases spread so that keyframes do not coincide, TCP and UDP, Basic and
//! Digest. A clip is packetised once and shared; a session costs a heap entry and a socket.
//! Not for: faults, and not for the open internet. Input: clips, and requests of RTSP clients.

mod auth;
mod connection;
mod outlet;
mod pacer;
mod packetise;
mod sdp;
mod stats;
mod track;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use curbwatch_types::Clock;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

pub use self::auth::{Account, Challenges};
pub use self::packetise::nal_units;
pub use self::stats::Stats;
pub use self::track::{CLIP_BYTES_MAX, Frame, Track, open_all};

use self::connection::Shared;
use self::pacer::{Pacer, UdpPair};
use self::stats::Counters;
use crate::Error;

/// Commands that may wait for the pacer; connections wait when it is full.
const COMMANDS_MAX: usize = 256;
/// Attempts to find an even port with a free odd one above it (RFC 3550 11).
const PORT_PAIR_ATTEMPTS: usize = 64;

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
            seed: 0,
        }
    }
}

/// A running farm; it stops when dropped.
#[derive(Debug)]
pub struct Farm {
    addr: SocketAddr,
    cameras: usize,
    counters: Arc<Counters>,
    over: CancellationToken,
}

impl Farm {
    /// Listens, and serves on the current tokio runtime.
    pub async fn start(options: FarmOptions, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        if options.cameras == 0 {
            return Err(Error::Options("a farm has at least one camera"));
        }
        if options.tracks.is_empty() {
            return Err(Error::Options("a farm plays at least one clip"));
        }
        let listen_error = |source| Error::Listen {
            addr: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen).await.map_err(listen_error)?;
        let addr = listener.local_addr().map_err(listen_error)?;
        let udp = Arc::new(bind_pair(addr.ip()).await?);
        let port = |socket: &UdpSocket| socket.local_addr().map(|a| a.port()).map_err(listen_error);
        let server_ports = (port(&udp.rtp)?, port(&udp.rtcp)?);

        let (counters, over) = (Arc::new(Counters::default()), CancellationToken::new());
        let (commands, queue) = mpsc::channel(COMMANDS_MAX);
        let pacer = Pacer::new(clock, Arc::clone(&counters), udp);
        tokio::spawn(pacer.run(queue, over.clone()));
        let cameras = options.cameras;
        let places = Arc::new(Semaphore::new(options.connections_max));
        let shared = Arc::new(Shared {
            options,
            server_ports,
            counters: Arc::clone(&counters),
            commands,
            places,
        });
        tokio::spawn(accept(listener, shared, over.clone()));
        Ok(Self {
            addr,
            cameras,
            counters,
            over,
        })
    }

    /// Where the farm listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL of camera `number`, counted from 1.
    pub fn url(&self, number: usize) -> String {
        format!("rtsp://{}/{}", self.addr, camera_name(number))
    }

    /// The URLs of every camera in order.
    pub fn urls(&self) -> Vec<String> {
        (1..=self.cameras).map(|n| self.url(n)).collect()
    }

    /// The counters as they stand.
    pub fn stats(&self) -> Stats {
        self.counters.read()
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

/// The name of camera `number`, counted from 1: `camera-0001`.
pub fn camera_name(number: usize) -> String {
    format!("camera-{number:04}")
}

/// How far into its loop camera `index` starts: multiples of the golden ratio, which stay evenly
/// spread whatever the loop's length is to its keyframe interval.
fn phase_ticks(index: usize, loop_ticks: i64) -> i64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    ((index as f64 * GOLDEN).fract() * loop_ticks as f64) as i64
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, over: CancellationToken) {
    let mut number = 0;
    loop {
        let accepted = tokio::select! {
            () = over.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, or the peer is gone already: neither ends the farm.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        number += 1;
        serve(stream, peer, number, &shared, &over);
    }
}

fn serve(stream: TcpStream, peer: SocketAddr, number: u64, shared: &Arc<Shared>, over: &CancellationToken) {
    let Ok(place) = Arc::clone(&shared.places).try_acquire_owned() else {
        shared.counters.refused_full.fetch_add(1, Relaxed);
        return;
    };
    let _ = stream.set_nodelay(true);
    shared.counters.accepted.fetch_add(1, Relaxed);
    shared.counters.connections.fetch_add(1, Relaxed);
    let (shared, over) = (Arc::clone(shared), over.child_token());
    tokio::spawn(async move {
        connection::run(stream, peer, number, &shared, over).await;
        shared.counters.connections.fetch_sub(1, Relaxed);
        drop(place);
    });
}

/// Two neighbouring ports, the lower one even (RFC 3550 11).
async fn bind_pair(ip: IpAddr) -> Result<UdpPair, Error> {
    let mut source = std::io::Error::from(std::io::ErrorKind::AddrInUse);
    for _ in 0..PORT_PAIR_ATTEMPTS {
        let first = UdpSocket::bind((ip, 0)).await;
        let first = first.map_err(|source| Error::System {
            what: "bind a UDP socket",
            source,
        })?;
        let Ok(port) = first.local_addr().map(|a| a.port()) else {
            continue;
        };
        let Some(neighbour) = (if port % 2 == 0 {
            port.checked_add(1)
        } else {
            port.checked_sub(1)
        }) else {
            continue;
        };
        match UdpSocket::bind((ip, neighbour)).await {
            Ok(second) if port % 2 == 0 => {
                return Ok(UdpPair {
                    rtp: first,
                    rtcp: second,
                });
            }
            Ok(second) => {
                return Ok(UdpPair {
                    rtp: second,
                    rtcp: first,
                });
            }
            Err(e) => source = e,
        }
    }
    Err(Error::System {
        what: "bind two neighbouring UDP ports",
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_spread_keyframes_whatever_the_loop_is() {
        // Of 1160 cameras no more than twice the even share may send a keyframe in the same 40 ms.
        for (loop_secs, gop_secs) in [
            (3.0, 3.0),
            (37.688, 1.997),
            (30.16, 4.8),
            (20.0, 2.0),
            (60.0, 2.0),
        ] {
            let loop_ticks = (loop_secs * 90_000.0) as i64;
            let gop = (gop_secs * 90_000.0) as i64;
            let mut slots = vec![0_usize; (gop as usize).div_ceil(3600)];
            for index in 0..1160 {
                slots[(phase_ticks(index, loop_ticks) % gop) as usize / 3600] += 1;
            }
            let busiest = slots.iter().max().copied().unwrap_or(0);
            assert!(
                busiest <= 2 * 1160 / slots.len() + 1,
                "{loop_secs} s: {busiest} in {} slots",
                slots.len()
            );
        }
    }
}

//! A farm of RTSP cameras: N cameras served from recorded clips by one process.
//!
//! For: what a district looks like from the network: `rtsp://HOST:PORT/camera-0001` and on, real
//! frame rate, endless loops, phases spread so that keyframes do not coincide, TCP and UDP, Basic and
//! Digest. A clip is packetised once and shared; a session costs a heap entry and a socket. With
//! [`Quirks`] its cameras misbehave as the catalogue says: `dialect` for what they say, `tamper` for
//! their packets, `Packing` for their pictures; without, none of that is in the way.
//! Not for: the open internet. Input: clips, and requests of RTSP clients.

mod auth;
mod camera;
mod connection;
mod dialect;
mod history;
mod options;
mod outlet;
mod pacer;
mod packetise;
mod quirk;
mod sdp;
mod stats;
mod tamper;
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
pub use self::camera::camera_name;
pub use self::options::{FarmOptions, Transports};
pub use self::packetise::nal_units;
pub use self::quirk::{CATALOGUE, Entry, Layer, Quirk, Quirks, UnknownQuirk};
pub use self::stats::Stats;
pub use self::track::{CLIP_BYTES_MAX, Frame, Track, open_all};

use self::connection::Shared;
use self::pacer::Pacer;
pub(crate) use self::pacer::UdpPair;
use self::stats::Counters;
use crate::Error;

/// Commands that may wait for the pacer; connections wait when it is full.
const COMMANDS_MAX: usize = 256;
/// Attempts to find an even port with a free odd one above it (RFC 3550 11).
const PORT_PAIR_ATTEMPTS: usize = 64;

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
            history: Arc::default(),
            addr,
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
pub(crate) async fn bind_pair(ip: IpAddr) -> Result<UdpPair, Error> {
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

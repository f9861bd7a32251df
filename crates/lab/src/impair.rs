//! A bad network between a client and one camera: bytes delayed, held back, cut off; datagrams lost,
//! doubled, out of order. Seeded: the same traffic fares the same.
//!
//! For: what `tc netem` does, without root and for one camera. TCP is a stream, so its bytes are only
//! delayed, stalled and cut; losing and reordering are for datagrams. RTSP over UDP goes through: the
//! ports in `Transport` headers are replaced by the proxy's own. Not for: throughput. Input: connections
//! of RTSP clients, one camera behind them.

mod datagrams;
mod stream;
mod transport;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_types::{Clock, Monotonic};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::Error;

/// What the network does, in both directions unless a line says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impairment {
    /// Datagrams lost, from the camera: a share of 0 to 1.
    pub loss: f64,
    /// Datagrams sent twice, from the camera: a share of 0 to 1.
    pub duplicate: f64,
    /// Datagrams from the camera that wait for the two after them: a share of 0 to 1.
    pub reorder: f64,
    /// Delay of everything.
    pub delay: Duration,
    /// Most that is added to the delay by chance. A stream's bytes stay in order.
    pub jitter: Duration,
    /// From this age of a connection on nothing passes, and nothing is closed...
    pub stall_after: Option<Duration>,
    /// ...for so long; `None`: for ever. What was held back follows.
    pub stall_for: Option<Duration>,
    /// At this age a connection is closed.
    pub cut_after: Option<Duration>,
    /// Only so many connections fare like this; those after them are not touched. `None`: all.
    pub connections: Option<u64>,
}

impl Default for Impairment {
    /// A good network.
    fn default() -> Self {
        Self {
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            stall_after: None,
            stall_for: None,
            cut_after: None,
            connections: None,
        }
    }
}

impl Impairment {
    /// The first share that is none.
    fn wrong_share(&self) -> bool {
        [self.loss, self.duplicate, self.reorder]
            .iter()
            .any(|share| !(0.0..=1.0).contains(share))
    }
}

/// A proxy in front of one camera; it stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    over: CancellationToken,
}

/// What the tasks of a connection share.
#[derive(Clone)]
struct Link {
    impairment: Impairment,
    clock: Arc<dyn Clock>,
    seed: u64,
    /// Cancelled when the connection is over.
    over: CancellationToken,
}

impl Link {
    /// When bytes that came now go on: after the delay, and not while the connection stalls.
    fn due(&self, begun: Monotonic, now: Monotonic, random: &mut fastrand::Rng) -> Monotonic {
        let Impairment {
            delay,
            jitter,
            stall_after,
            stall_for,
            ..
        } = self.impairment;
        let due = now.plus(delay + jitter.mul_f64(random.f64()));
        let Some(after) = stall_after else {
            return due;
        };
        let stalls = begun.plus(after);
        if due < stalls {
            return due;
        }
        due.max(stalls.plus(stall_for.unwrap_or(Duration::from_secs(1 << 30))))
    }
}

impl Proxy {
    /// Listens on `listen` and passes everything on to `camera`, on the current tokio runtime.
    pub async fn start(
        listen: SocketAddr,
        camera: SocketAddr,
        impairment: Impairment,
        seed: u64,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        if impairment.wrong_share() {
            return Err(Error::Options(
                "loss, duplicate and reorder are shares from 0 to 1",
            ));
        }
        let listen_error = |source| Error::Listen { addr: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(listen_error)?;
        let addr = listener.local_addr().map_err(listen_error)?;
        let over = CancellationToken::new();
        let stop = over.clone();
        tokio::spawn(async move {
            for number in 0_u64.. {
                let accepted = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let Ok((client, _)) = accepted else { continue };
                let touched = impairment.connections.is_none_or(|first| number < first);
                let link = Link {
                    impairment: if touched {
                        impairment
                    } else {
                        Impairment::default()
                    },
                    clock: Arc::clone(&clock),
                    seed: seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                    over: stop.child_token(),
                };
                tokio::spawn(join(client, camera, link));
            }
        });
        Ok(Self { addr, over })
    }

    /// Where the proxy listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL of the camera's URL by way of the proxy; `None` for what is no URL with a host and port.
    pub fn url(&self, camera: &str) -> Option<String> {
        let (scheme, rest) = camera.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        Some(format!("{scheme}://{}/{path}", self.addr))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

/// One connection, until either side ends it, its time is up, or the proxy stops.
async fn join(client: TcpStream, camera: SocketAddr, link: Link) {
    let local = client.local_addr().map(|addr| addr.ip());
    let (Ok(camera), Ok(local)) = (TcpStream::connect(camera).await, local) else {
        return;
    };
    let _ = (client.set_nodelay(true), camera.set_nodelay(true));
    let over = link.over.clone();
    let cut = async {
        match link.impairment.cut_after {
            Some(after) => tokio::time::sleep(after).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = over.cancelled() => {}
        () = cut => {}
        () = stream::pass(client, camera, local, &link) => {}
    }
    // The datagrams of the session end with it.
    over.cancel();
}

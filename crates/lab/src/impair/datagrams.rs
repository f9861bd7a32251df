//! Datagrams of one session through the proxy: lost, doubled, out of order, late.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_types::Monotonic;
use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::Link;
use crate::Error;
use crate::farm::bind_pair;

/// Datagrams on their way at most; more are lost.
const HELD_MAX: usize = 4096;
/// Largest datagram.
const DATAGRAM_BYTES: usize = 64 << 10;
/// How much later a datagram goes that waits for others.
const OVERTAKEN: Duration = Duration::from_millis(8);

/// The proxy's two pairs of ports of one session: the camera sends to one, the client to the other.
#[derive(Debug)]
pub(super) struct Relay {
    towards_camera: (u16, u16),
    towards_client: (u16, u16),
    client_ports: (u16, u16),
    /// Where the camera's RTP port is, once it has said.
    camera: watch::Sender<Option<SocketAddr>>,
}

impl Relay {
    /// Binds both pairs on `local` and relays from now on. `client`: the client's RTP port.
    pub(super) async fn bind(local: IpAddr, client: SocketAddr, link: &Link) -> Result<Self, Error> {
        let (front, back) = (bind_pair(local).await?, bind_pair(local).await?);
        let port = |socket: &UdpSocket| socket.local_addr().map_or(0, |addr| addr.port());
        let pair = |pair: &crate::farm::UdpPair| (port(&pair.rtp), port(&pair.rtcp));
        let (towards_camera, towards_client) = (pair(&back), pair(&front));
        let (camera, told) = watch::channel(None);
        let next = |addr: SocketAddr| SocketAddr::new(addr.ip(), addr.port().wrapping_add(1));
        for (front, back, is_rtp) in [(front.rtp, back.rtp, true), (front.rtcp, back.rtcp, false)] {
            let way = Way {
                front: Arc::new(front),
                back: Arc::new(back),
                client: if is_rtp { client } else { next(client) },
                camera: told.clone(),
                is_rtp,
                link: link.clone(),
            };
            tokio::spawn(way.run());
        }
        Ok(Self {
            towards_camera,
            towards_client,
            client_ports: (client.port(), client.port().wrapping_add(1)),
            camera,
        })
    }

    /// The ports that the camera sends to.
    pub(super) fn towards_camera(&self) -> (u16, u16) {
        self.towards_camera
    }

    /// The ports that the client sends to.
    pub(super) fn towards_client(&self) -> (u16, u16) {
        self.towards_client
    }

    /// The client's own ports.
    pub(super) fn client_ports(&self) -> (u16, u16) {
        self.client_ports
    }

    /// The camera has said where its RTP port is; RTCP is the next.
    pub(super) fn camera_is(&mut self, rtp: SocketAddr) {
        self.camera.send_replace(Some(rtp));
    }
}

/// RTP or RTCP of one session.
struct Way {
    /// Faces the client.
    front: Arc<UdpSocket>,
    /// Faces the camera.
    back: Arc<UdpSocket>,
    client: SocketAddr,
    camera: watch::Receiver<Option<SocketAddr>>,
    is_rtp: bool,
    link: Link,
}

impl Way {
    async fn run(self) {
        let begun = self.link.clock.monotonic();
        let mut random = fastrand::Rng::with_seed(self.link.seed ^ (2 + u64::from(self.is_rtp)));
        let mut held: BinaryHeap<Reverse<(Monotonic, u64, Vec<u8>)>> = BinaryHeap::new();
        let (mut number, mut chunk, mut reply) = (0_u64, vec![0; DATAGRAM_BYTES], vec![0; DATAGRAM_BYTES]);
        loop {
            let now = self.link.clock.monotonic();
            while held.peek().is_some_and(|Reverse((due, _, _))| *due <= now) {
                let Some(Reverse((_, _, bytes))) = held.pop() else {
                    break;
                };
                // What the system does not take is lost, as on any network.
                let _ = self.front.try_send_to(&bytes, self.client);
            }
            let wait = held
                .peek()
                .map_or(Duration::from_secs(3600), |Reverse((due, _, _))| due.since(now));
            let got = tokio::select! {
                () = self.link.over.cancelled() => return,
                () = tokio::time::sleep(wait) => continue,
                got = self.front.recv_from(&mut reply) => {
                    self.pass_back(got, &reply);
                    continue;
                }
                got = self.back.recv_from(&mut chunk) => got,
            };
            let Ok((bytes, _)) = got else { continue };
            let impairment = &self.link.impairment;
            if random.f64() < impairment.loss || held.len() >= HELD_MAX {
                continue;
            }
            let copies = 1 + usize::from(random.f64() < impairment.duplicate);
            for _ in 0..copies {
                let mut at = self.link.due(begun, self.link.clock.monotonic(), &mut random);
                if random.f64() < impairment.reorder {
                    at = at.plus(OVERTAKEN);
                }
                number += 1;
                held.push(Reverse((at, number, chunk[..bytes].to_vec())));
            }
        }
    }

    /// Reports, and packets that open the way: passed on as they are.
    fn pass_back(&self, got: std::io::Result<(usize, SocketAddr)>, bytes: &[u8]) {
        if let (Ok((count, _)), Some(camera)) = (got, *self.camera.borrow()) {
            let port = camera.port().wrapping_add(u16::from(!self.is_rtp));
            let _ = self
                .back
                .try_send_to(&bytes[..count], SocketAddr::new(camera.ip(), port));
        }
    }
}

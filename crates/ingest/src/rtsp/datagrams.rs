//! RTP and RTCP by datagrams: a pair of ports of ours, heard from the camera's address alone.

use std::net::{IpAddr, SocketAddr};

use socket2::SockRef;
use tokio::net::UdpSocket;

use crate::Problem;

/// Tries to get two neighbouring ports, the first even (RFC 3550 11).
const TRIES: usize = 32;
/// Wanted for bursts: a large keyframe comes at once, faster than we are scheduled.
const BURST_BYTES: usize = 1 << 20;
/// Longest report read; the rest of a longer one is not needed.
const REPORT_BYTES: usize = 2 << 10;
/// Longest datagram there is.
const DATAGRAM_BYTES: usize = 64 << 10;

/// See the module.
#[derive(Debug)]
pub(crate) struct Datagrams {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    peer: IpAddr,
    /// Where our reports go, once the camera has said.
    server_ports: Option<(u16, u16)>,
    /// Untouched pages of it cost nothing.
    buffer: Vec<u8>,
    reports: Vec<u8>,
}

/// A datagram in the buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Datagram {
    Rtp(usize),
    Rtcp(usize),
    /// Not from the camera.
    Foreign,
}

impl Datagrams {
    /// Binds a pair of ports on `local`.
    pub(crate) async fn bind(local: IpAddr, peer: IpAddr) -> Result<Self, Problem> {
        let mut last = None;
        for _ in 0..TRIES {
            let first = UdpSocket::bind((local, 0)).await.map_err(Problem::Io)?;
            let port = first.local_addr().map_err(Problem::Io)?.port();
            match UdpSocket::bind((local, port ^ 1)).await {
                Ok(second) => {
                    let (rtp, rtcp) = if port % 2 == 0 {
                        (first, second)
                    } else {
                        (second, first)
                    };
                    // As much as the machine allows; a keyframe's burst must fit.
                    let _ = SockRef::from(&rtp).set_recv_buffer_size(BURST_BYTES);
                    let (buffer, reports) = (vec![0; DATAGRAM_BYTES], vec![0; REPORT_BYTES]);
                    return Ok(Self {
                        rtp,
                        rtcp,
                        peer: peer.to_canonical(),
                        server_ports: None,
                        buffer,
                        reports,
                    });
                }
                Err(e) => last = Some(e),
            }
        }
        Err(Problem::Io(
            last.unwrap_or_else(|| std::io::Error::other("no pair of ports")),
        ))
    }

    /// Our two ports.
    pub(crate) fn ports(&self) -> Result<(u16, u16), Problem> {
        let port = |socket: &UdpSocket| socket.local_addr().map(|a| a.port()).map_err(Problem::Io);
        Ok((port(&self.rtp)?, port(&self.rtcp)?))
    }

    /// The camera named its ports: a packet to each opens the way back through firewalls.
    pub(crate) async fn open(&mut self, server_ports: Option<(u16, u16)>) {
        self.server_ports = server_ports;
        if let Some((rtp, rtcp)) = server_ports {
            // An empty RTP packet and an empty receiver report; lost ones do no harm.
            let _ = self
                .rtp
                .send_to(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], (self.peer, rtp))
                .await;
            let _ = self
                .rtcp
                .send_to(&[0x80, 201, 0, 1, 0, 0, 0, 0], (self.peer, rtcp))
                .await;
        }
    }

    /// Waits for a datagram. Cancel safe.
    pub(crate) async fn receive(&mut self) -> Result<Datagram, Problem> {
        let (datagram, from) = tokio::select! {
            got = self.rtp.recv_from(&mut self.buffer) => {
                let (bytes, from) = got.map_err(Problem::Io)?;
                (Datagram::Rtp(bytes), from)
            }
            got = self.rtcp.recv_from(&mut self.reports) => {
                let (bytes, from) = got.map_err(Problem::Io)?;
                self.buffer[..bytes].copy_from_slice(&self.reports[..bytes]);
                (Datagram::Rtcp(bytes), from)
            }
        };
        Ok(self.judged(datagram, from))
    }

    /// A further RTP datagram that is there already.
    pub(crate) fn receive_now(&mut self) -> Option<Datagram> {
        let (bytes, from) = self.rtp.try_recv_from(&mut self.buffer).ok()?;
        Some(self.judged(Datagram::Rtp(bytes), from))
    }

    fn judged(&self, datagram: Datagram, from: SocketAddr) -> Datagram {
        if from.ip().to_canonical() == self.peer {
            datagram
        } else {
            Datagram::Foreign
        }
    }

    /// The datagram's bytes; valid until the next is received.
    pub(crate) fn bytes(&self, count: usize) -> &[u8] {
        self.buffer.get(..count).unwrap_or_default()
    }

    /// Sends a report.
    pub(crate) async fn report(&self, bytes: &[u8]) {
        if let Some((_, rtcp)) = self.server_ports {
            let _ = self.rtcp.send_to(bytes, (self.peer, rtcp)).await;
        }
    }
}

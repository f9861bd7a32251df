//! The TCP connection through the proxy: delayed, stalled, its ports replaced on the way.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use curbwatch_types::Monotonic;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;

use super::Link;
use super::datagrams::Relay;
use super::transport::{Front, Scan, ports, with_ports};

/// Bytes read in one go.
const READ_BYTES: usize = 32 << 10;
/// Bytes on their way at most; then the sender waits.
const HELD_BYTES_MAX: usize = 4 << 20;

/// Both directions until one of them ends.
pub(super) async fn pass(client: TcpStream, camera: TcpStream, local: IpAddr, link: &Link) {
    let peers = client.peer_addr().and_then(|c| Ok((c, camera.peer_addr()?)));
    let Ok((client_at, camera_at)) = peers else { return };
    let relays = Relays {
        local,
        client: client_at.ip(),
        camera: camera_at.ip(),
        open: Mutex::default(),
    };
    let (from_client, to_client) = client.into_split();
    let (from_camera, to_camera) = camera.into_split();
    tokio::select! {
        () = one_way(from_client, to_camera, Side::Client, &relays, link) => {}
        () = one_way(from_camera, to_client, Side::Camera, &relays, link) => {}
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Camera,
}

/// The pairs of ports of this connection's sessions.
struct Relays {
    local: IpAddr,
    client: IpAddr,
    camera: IpAddr,
    open: Mutex<Option<Relay>>,
}

impl Relays {
    /// A head with the speaker's ports replaced by the proxy's.
    async fn rewritten(&self, side: Side, head: &str, link: &Link) -> String {
        let mut open = self.open.lock().await;
        let name = if side == Side::Client {
            "client_port"
        } else {
            "server_port"
        };
        let Some(theirs) = ports(head, name) else {
            return head.to_owned();
        };
        if side == Side::Client {
            let towards = SocketAddr::new(self.client, theirs.0);
            let Ok(relay) = Relay::bind(self.local, towards, link).await else {
                return head.to_owned();
            };
            let head = with_ports(head, name, theirs, relay.towards_camera());
            *open = Some(relay);
            return head;
        }
        let Some(relay) = open.as_mut() else {
            return head.to_owned();
        };
        relay.camera_is(SocketAddr::new(self.camera, theirs.0));
        let head = with_ports(head, name, theirs, relay.towards_client());
        // The camera repeats the ports it was asked for: the client knows its own.
        let (asked, own) = (relay.towards_camera(), relay.client_ports());
        with_ports(&head, "client_port", asked, own)
    }
}

/// Bytes on their way, with the time they are due.
#[derive(Debug, Default)]
struct Held {
    queue: VecDeque<(Monotonic, Vec<u8>)>,
    bytes: usize,
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, side: Side, relays: &Relays, link: &Link) {
    let begun = link.clock.monotonic();
    let mut random = fastrand::Rng::with_seed(link.seed ^ u64::from(side == Side::Camera));
    let (mut held, mut scan, mut waiting) = (Held::default(), Scan::default(), Vec::new());
    let mut chunk = vec![0; READ_BYTES];
    loop {
        let now = link.clock.monotonic();
        while let Some((due, _)) = held.queue.front()
            && *due <= now
        {
            let Some((_, bytes)) = held.queue.pop_front() else {
                break;
            };
            held.bytes -= bytes.len();
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let wait = held
            .queue
            .front()
            .map_or(Duration::from_secs(3600), |(due, _)| due.since(now));
        let read = tokio::select! {
            () = tokio::time::sleep(wait) => continue,
            read = from.read(&mut chunk), if held.bytes < HELD_BYTES_MAX => read,
        };
        let Ok(read @ 1..) = read else { return };
        waiting.extend_from_slice(&chunk[..read]);
        let out = taken(&mut waiting, &mut scan, side, relays, link).await;
        if out.is_empty() {
            continue;
        }
        let now = link.clock.monotonic();
        let due = link.due(begun, now, &mut random);
        // Chance does not let later bytes overtake.
        let due = held.queue.back().map_or(due, |(last, _)| due.max(*last));
        held.bytes += out.len();
        held.queue.push_back((due, out));
    }
}

/// What can pass of the waiting bytes, its ports replaced.
async fn taken(waiting: &mut Vec<u8>, scan: &mut Scan, side: Side, relays: &Relays, link: &Link) -> Vec<u8> {
    let mut out = Vec::with_capacity(waiting.len());
    loop {
        match scan.front(waiting) {
            Front::Partial => return out,
            Front::Passes(bytes) => out.extend(waiting.drain(..bytes)),
            Front::Head(bytes) => {
                let head: Vec<u8> = waiting.drain(..bytes).collect();
                match std::str::from_utf8(&head) {
                    Ok(text) => out.extend_from_slice(relays.rewritten(side, text, link).await.as_bytes()),
                    Err(_) => out.extend_from_slice(&head),
                }
            }
        }
    }
}

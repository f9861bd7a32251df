//! Sends every session's frames at their time: one task and one heap for all sessions.
//!
//! For: thousands of live streams at a cost near that of their system calls. A camera's timeline
//! runs from the farm's start whether anyone watches or not, so a late session joins in mid-stream,
//! as with a real camera. Not for: answering requests. Input: [`Command`]s from connections.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use curbwatch_types::{Clock, MediaTime};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::outlet::{Gone, Outlet, Rest};
use super::stats::Counters;
use super::tamper::{Fate, Piece, Tamper};
use super::track::{INTERLEAVED_HEADER, RTP_HEADER, Track};

/// RTCP sender reports go out this often (RFC 3550 6.2 asks for no less than 5 s).
const REPORT_TICKS: i64 = 5 * MediaTime::HZ;
/// A backlog is flushed again after this long (5 ms).
const FLUSH_TICKS: i64 = MediaTime::HZ / 200;
/// Over UDP a large picture goes out in bursts of this many packets...
const BURST_PACKETS: usize = 24;
/// ...this far apart (1 ms), so that a default receive buffer (208 KiB) does not overflow.
const BURST_TICKS: i64 = MediaTime::HZ / 1000;
/// A frame sent later than this (100 ms) counts as late: the machine is overloaded.
const LATE_TICKS: i64 = MediaTime::HZ / 10;
/// Steps between two looks at commands and other tasks.
const STEPS_MAX: usize = 256;

/// Where a session's packets go.
#[derive(Debug, Clone, Copy)]
pub(super) enum Link {
    /// Interleaved with the requests (RFC 2326 10.12).
    Tcp {
        /// Channel of RTP.
        rtp: u8,
        /// Channel of RTCP.
        rtcp: u8,
    },
    /// To two ports of the peer.
    Udp {
        /// Where RTP goes.
        rtp: SocketAddr,
        /// Where RTCP goes.
        rtcp: SocketAddr,
    },
}

/// A session as the pacer plays it.
#[derive(Debug)]
pub(super) struct Play {
    /// Unique in the farm.
    pub(super) id: u64,
    /// What is played.
    pub(super) track: Arc<Track>,
    /// How far the camera's loop is ahead of the farm's clock, in ticks of 90 kHz.
    pub(super) phase: i64,
    /// Where to.
    pub(super) link: Link,
    /// The connection the session belongs to.
    pub(super) outlet: Arc<Outlet>,
    /// Synchronisation source.
    pub(super) ssrc: u32,
    /// Sequence number of the first packet.
    pub(super) seq: u16,
    /// RTP timestamp of the camera's time zero.
    pub(super) timestamp: u32,
    /// What the camera does to its packets, where it has quirks.
    pub(super) tamper: Option<Box<Tamper>>,
}

/// What connections ask of the pacer.
#[derive(Debug)]
pub(super) enum Command {
    /// Begin a session at the camera's present moment.
    Play(Box<Play>),
    /// End the session with this id.
    Stop(u64),
}

/// The pair of sockets all UDP sessions are sent from.
#[derive(Debug)]
pub(crate) struct UdpPair {
    /// Sends RTP.
    pub(crate) rtp: UdpSocket,
    /// Sends RTCP.
    pub(crate) rtcp: UdpSocket,
}

/// The pacing task's state.
pub(super) struct Pacer {
    clock: Arc<dyn Clock>,
    counters: Arc<Counters>,
    udp: Arc<UdpPair>,
    sessions: HashMap<u64, Session>,
    /// When each session wants its next step, in ticks of the farm's clock.
    due: BinaryHeap<Reverse<(i64, u64)>>,
    scratch: Vec<u8>,
}

struct Session {
    play: Play,
    loops: i64,
    frame: usize,
    /// Packets of `frame` already sent (UDP bursts).
    burst: usize,
    next_report: i64,
    packets: u32,
    octets: u32,
}

impl Session {
    /// When the current frame is due, in ticks of the farm's clock.
    fn frame_due(&self) -> i64 {
        let track = &self.play.track;
        self.loops * track.loop_ticks() + track.frames()[self.frame].send_at - self.play.phase
    }

    fn advance(&mut self) {
        self.burst = 0;
        self.frame += 1;
        if self.frame == self.play.track.frames().len() {
            self.frame = 0;
            self.loops += 1;
        }
    }
}

/// The farm's time in ticks of 90 kHz.
pub(super) fn ticks(clock: &dyn Clock) -> i64 {
    (clock.monotonic().0.as_nanos() * 9 / 100_000) as i64
}

impl Pacer {
    /// A pacer without sessions.
    pub(super) fn new(clock: Arc<dyn Clock>, counters: Arc<Counters>, udp: Arc<UdpPair>) -> Self {
        let (sessions, due) = (HashMap::new(), BinaryHeap::new());
        Self {
            clock,
            counters,
            udp,
            sessions,
            due,
            scratch: Vec::new(),
        }
    }

    /// Plays until `over`, or until nobody can send commands any more.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>, over: CancellationToken) {
        loop {
            let now = ticks(&*self.clock);
            let mut steps = 0;
            while let Some(&Reverse((due, id))) = self.due.peek()
                && due <= now
                && steps < STEPS_MAX
            {
                self.due.pop();
                self.step(id, now);
                steps += 1;
            }
            let wait = match self.due.peek() {
                Some(_) if steps == STEPS_MAX => Duration::ZERO,
                Some(&Reverse((due, _))) => {
                    let ticks = (due - now).max(0) as u64;
                    Duration::from_nanos(ticks * 100_000 / 9)
                }
                None => Duration::from_hours(1),
            };
            tokio::select! {
                biased;
                () = over.cancelled() => return,
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Stop(id) => self.end(id),
            Command::Play(play) => {
                let now = ticks(&*self.clock);
                let (position, track) = (now + play.phase, &play.track);
                let (mut loops, within) = (
                    position.div_euclid(track.loop_ticks()),
                    position.rem_euclid(track.loop_ticks()),
                );
                let mut frame = track.frames().partition_point(|f| f.send_at < within);
                if frame == track.frames().len() {
                    (loops, frame) = (loops + 1, 0);
                }
                let id = play.id;
                let session = Session {
                    play: *play,
                    loops,
                    frame,
                    burst: 0,
                    next_report: now,
                    packets: 0,
                    octets: 0,
                };
                self.sessions.insert(id, session);
                let playing = self.counters.playing.fetch_add(1, Relaxed) + 1;
                self.counters.playing_most.fetch_max(playing, Relaxed);
                self.due.push(Reverse((now, id)));
            }
        }
    }

    fn end(&mut self, id: u64) {
        if self.sessions.remove(&id).is_some() {
            self.counters.playing.fetch_sub(1, Relaxed);
        }
    }

    /// Sends what is due of one session and puts it back into the heap.
    fn step(&mut self, id: u64, now: i64) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if now >= session.next_report {
            session.next_report = now + REPORT_TICKS;
            send_report(session, &*self.clock, now, &self.udp);
        }
        let sent = if session.frame_due() > now {
            match session.play.link {
                Link::Tcp { .. } => session.play.outlet.flush(),
                Link::Udp { .. } => Ok(Rest::Nothing),
            }
        } else {
            if now - session.frame_due() > LATE_TICKS && session.burst == 0 {
                self.counters.frames_late.fetch_add(1, Relaxed);
            }
            match session.play.link {
                _ if session.play.tamper.is_some() => {
                    send_tampered(session, &self.udp, &mut self.scratch, &self.counters)
                }
                Link::Tcp { rtp, .. } => send_interleaved(session, rtp, &mut self.scratch, &self.counters),
                Link::Udp { rtp, .. } => {
                    send_burst(session, rtp, &self.udp, &mut self.scratch, &self.counters);
                    Ok(Rest::Nothing)
                }
            }
        };
        match sent {
            Ok(rest) => {
                let mut due = session.frame_due();
                if session.burst > 0 {
                    due = now + BURST_TICKS;
                } else if rest == Rest::Waiting {
                    due = due.min(now + FLUSH_TICKS);
                }
                self.due.push(Reverse((due, id)));
            }
            Err(gone) => {
                if gone == Gone::Slow {
                    self.counters.dropped_slow.fetch_add(1, Relaxed);
                }
                session.play.outlet.over.cancel();
                self.end(id);
            }
        }
    }
}

/// Copies the current frame's packets `which` into `scratch` with the session's own header fields.
fn fill(session: &mut Session, channel: u8, which: std::ops::Range<usize>, scratch: &mut Vec<u8>) {
    let track = &session.play.track;
    let frame = &track.frames()[session.frame];
    let media = session.loops * track.loop_ticks() + frame.pts;
    let timestamp = session.play.timestamp.wrapping_add(media as u32);
    scratch.clear();
    for index in which {
        let packet = track.packet(index);
        let at = scratch.len();
        scratch.extend_from_slice(packet);
        let header = &mut scratch[at..];
        header[1] = channel;
        let rtp = &mut header[INTERLEAVED_HEADER..];
        rtp[2..4].copy_from_slice(&session.play.seq.to_be_bytes());
        rtp[4..8].copy_from_slice(&timestamp.to_be_bytes());
        rtp[8..12].copy_from_slice(&session.play.ssrc.to_be_bytes());
        session.play.seq = session.play.seq.wrapping_add(1);
        session.packets = session.packets.wrapping_add(1);
        session.octets = session
            .octets
            .wrapping_add((packet.len() - INTERLEAVED_HEADER - RTP_HEADER) as u32);
    }
}

fn send_interleaved(
    session: &mut Session,
    channel: u8,
    scratch: &mut Vec<u8>,
    counters: &Counters,
) -> Result<Rest, Gone> {
    let packets = session.play.track.frames()[session.frame].packets.clone();
    let count = packets.len() as u64;
    fill(session, channel, packets, scratch);
    let rest = session.play.outlet.send(scratch)?;
    counters.frames.fetch_add(1, Relaxed);
    counters.packets.fetch_add(count, Relaxed);
    counters.bytes.fetch_add(scratch.len() as u64, Relaxed);
    session.advance();
    Ok(rest)
}

/// Sends the current frame as a camera with quirks does. Over UDP it goes out at once: quirks are for
/// small clips.
fn send_tampered(
    session: &mut Session,
    udp: &UdpPair,
    scratch: &mut Vec<u8>,
    counters: &Counters,
) -> Result<Rest, Gone> {
    let frame = session.play.track.frames()[session.frame].clone();
    let channel = match session.play.link {
        Link::Tcp { rtp, .. } => rtp,
        Link::Udp { .. } => 0,
    };
    let mut packets = Vec::with_capacity(frame.packets.len());
    for index in frame.packets {
        fill(session, channel, index..index + 1, scratch);
        packets.push(scratch.clone());
    }
    let at = session.frame_due();
    session.advance();
    let Some(tamper) = &mut session.play.tamper else {
        return Ok(Rest::Nothing);
    };
    let (fate, pieces) = tamper.picture(packets, at, frame.keyframe);
    match fate {
        Fate::Closes => return Err(Gone::Closed),
        Fate::Silent => return Ok(Rest::Nothing),
        Fate::Goes => {}
    }
    counters.frames.fetch_add(1, Relaxed);
    let mut rest = Rest::Nothing;
    for piece in pieces {
        match (session.play.link, piece) {
            (Link::Tcp { .. }, Piece::Packet(bytes) | Piece::Raw(bytes)) => {
                rest = session.play.outlet.send(&bytes)?;
                counters.bytes.fetch_add(bytes.len() as u64, Relaxed);
            }
            (Link::Udp { rtp, .. }, Piece::Packet(bytes)) => {
                let counter = match udp.rtp.try_send_to(&bytes[INTERLEAVED_HEADER..], rtp) {
                    Ok(_) => &counters.packets,
                    Err(_) => &counters.udp_unsent,
                };
                counter.fetch_add(1, Relaxed);
            }
            (Link::Udp { .. }, Piece::Raw(_)) => {}
        }
    }
    Ok(rest)
}

fn send_burst(
    session: &mut Session,
    to: SocketAddr,
    udp: &UdpPair,
    scratch: &mut Vec<u8>,
    counters: &Counters,
) {
    let packets = session.play.track.frames()[session.frame].packets.clone();
    let first = packets.start + session.burst;
    let burst = first..packets.end.min(first + BURST_PACKETS);
    for index in burst.clone() {
        fill(session, 0, index..index + 1, scratch);
        match udp.rtp.try_send_to(&scratch[INTERLEAVED_HEADER..], to) {
            Ok(sent) => {
                counters.packets.fetch_add(1, Relaxed);
                counters.bytes.fetch_add(sent as u64, Relaxed);
            }
            Err(_) => {
                counters.udp_unsent.fetch_add(1, Relaxed);
            }
        }
    }
    session.burst += burst.len();
    if burst.end == packets.end {
        counters.frames.fetch_add(1, Relaxed);
        session.advance();
    }
}

/// Sender report and source description (RFC 3550 6.4.1, 6.5). A report that cannot be sent is no
/// loss: the next one comes.
fn send_report(session: &mut Session, clock: &dyn Clock, now: i64, udp: &UdpPair) {
    const NTP_EPOCH_SECS: u64 = 2_208_988_800; // 1900 to 1970
    const CNAME: &[u8; 14] = b"curbwatch-farm";
    let (sent, date) = session
        .play
        .tamper
        .as_ref()
        .map_or((true, None), |tamper| tamper.reports());
    if !sent {
        return;
    }
    let wall_ms = date.unwrap_or_else(|| clock.wall().0.max(0) as u64);
    let (secs, fraction) = (wall_ms / 1000 + NTP_EPOCH_SECS, ((wall_ms % 1000) << 32) / 1000);
    let timestamp = session
        .play
        .timestamp
        .wrapping_add((now + session.play.phase) as u32);
    let mut report = vec![b'$', 0, 0, 0, 0x80, 200, 0, 6];
    for word in [
        session.play.ssrc,
        secs as u32,
        fraction as u32,
        timestamp,
        session.packets,
        session.octets,
    ] {
        report.extend_from_slice(&word.to_be_bytes());
    }
    // One chunk: SSRC, CNAME item, end of list, padded to 32 bits: 4 + 2 + 14 + 4 = 24 bytes.
    report.extend_from_slice(&[0x81, 202, 0, 6]);
    report.extend_from_slice(&session.play.ssrc.to_be_bytes());
    report.extend_from_slice(&[1, CNAME.len() as u8]);
    report.extend_from_slice(CNAME);
    report.extend_from_slice(&[0; 4]);
    let len = (report.len() - INTERLEAVED_HEADER) as u16;
    report[2..4].copy_from_slice(&len.to_be_bytes());
    match session.play.link {
        Link::Tcp { rtcp, .. } => {
            report[1] = rtcp;
            let _ = session.play.outlet.send(&report);
        }
        Link::Udp { rtcp, .. } => {
            let _ = udp.rtcp.try_send_to(&report[INTERLEAVED_HEADER..], rtcp);
        }
    }
}

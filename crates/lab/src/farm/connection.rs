//! One client's connection: requests in, answers out, at most one session (RFC 2326).
//!
//! For: what the clients in the field ask of a camera: OPTIONS, DESCRIBE, SETUP, PLAY,
//! `GET_PARAMETER`, `SET_PARAMETER` and TEARDOWN. Not for: recording, seeking, several tracks, and what
//! cameras with quirks do otherwise (`dialect`).
//! Input: bytes of a peer, bounded here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use curbwatch_types::MediaTime;
use rtsp_types::headers::{
    AUTHORIZATION, CONTENT_BASE, CONTENT_TYPE, CSEQ, PUBLIC, RANGE, RTP_INFO, SERVER, SESSION, TRANSPORT,
    WWW_AUTHENTICATE,
};
use rtsp_types::{Message, Method, ParseError, Request, Response, ResponseBuilder, StatusCode};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::camera::{camera_name, phase_ticks};
use super::dialect::{Dialect, reply};
use super::history::History;
use super::options::{FarmOptions, Transports};
use super::outlet::Outlet;
use super::pacer::{Command, Link, Play};
use super::quirk::Quirk;
use super::sdp::{CONTROL, describe};
use super::stats::Counters;
use super::tamper::Tamper;
use super::track::Track;

/// Bytes of unparsed input at most: requests and receiver reports are small.
const INPUT_BYTES_MAX: usize = 128 << 10;
/// An answer that cannot be delivered within this time ends the connection.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Methods answered.
const METHODS: &str = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN";

/// What all connections of a farm share.
#[derive(Debug)]
pub(super) struct Shared {
    /// The farm's options.
    pub(super) options: FarmOptions,
    /// Ports of the UDP pair.
    pub(super) server_ports: (u16, u16),
    /// The farm's counters.
    pub(super) counters: Arc<Counters>,
    /// The way to the pacer.
    pub(super) commands: mpsc::Sender<Command>,
    /// Places for connections.
    pub(super) places: Arc<Semaphore>,
    /// What quirks did in earlier connections.
    pub(super) history: Arc<History>,
    /// Where the farm listens.
    pub(super) addr: SocketAddr,
}

/// What follows an answer.
#[derive(Debug)]
enum Next {
    Go,
    Play(Box<Play>),
    Stop,
    Close,
}

#[derive(Debug)]
struct Session {
    id: String,
    camera: usize,
    link: Link,
    playing: bool,
}

struct Connection<'a> {
    shared: &'a Shared,
    outlet: Arc<Outlet>,
    peer: SocketAddr,
    /// Also the id of its session at the pacer.
    number: u64,
    random: fastrand::Rng,
    nonce: String,
    dialect: Dialect,
    session: Option<Session>,
}

/// Serves a client until it leaves, misbehaves, falls behind or the farm ends.
pub(super) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    number: u64,
    shared: &Shared,
    over: CancellationToken,
) {
    let outlet = Arc::new(Outlet::new(
        stream,
        shared.options.backlog_bytes_max,
        over.clone(),
    ));
    let mut random =
        fastrand::Rng::with_seed(shared.options.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let nonce = format!("{:016x}", random.u64(..));
    let mut connection = Connection {
        shared,
        outlet,
        peer,
        number,
        random,
        nonce,
        dialect: Dialect::new(&shared.options.quirks, &shared.history, shared.addr),
        session: None,
    };
    tokio::select! {
        () = over.cancelled() => {}
        () = connection.converse() => {}
    }
    let _ = shared.commands.send(Command::Stop(number)).await;
}

impl Connection<'_> {
    async fn converse(&mut self) {
        if self.dialect.is_mute() {
            return std::future::pending().await;
        }
        let mut input = Vec::with_capacity(2048);
        loop {
            let (consumed, message) = match next_message(&input) {
                Parsed::Message(consumed, message) => (consumed, message),
                Parsed::Incomplete if input.len() < INPUT_BYTES_MAX => {
                    if !self.read(&mut input).await {
                        return;
                    }
                    continue;
                }
                Parsed::Incomplete | Parsed::Malformed => {
                    return count(&self.shared.counters.dropped_malformed);
                }
            };
            input.drain(..consumed);
            // Interleaved data of a client are its receiver reports; answers to requests we never made
            // are nothing to us either.
            match message {
                Message::Request(request) => {
                    if !self.respond(&request).await {
                        return;
                    }
                }
                Message::Data(_) => count(&self.shared.counters.reports),
                Message::Response(_) => {}
            }
        }
    }

    /// Reads more input; false when the connection is over.
    async fn read(&mut self, input: &mut Vec<u8>) -> bool {
        let tcp_playing = self
            .session
            .as_ref()
            .is_some_and(|s| s.playing && matches!(s.link, Link::Tcp { .. }));
        let keepalive = self.dialect.keepalive_within();
        loop {
            let ready = self.outlet.stream().readable();
            if tcp_playing && keepalive.is_none() {
                if ready.await.is_err() {
                    return false;
                }
            } else {
                match timeout(keepalive.unwrap_or(self.shared.options.idle), ready).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return false,
                    Err(_) => {
                        count(&self.shared.counters.dropped_idle);
                        return false;
                    }
                }
            }
            match self.outlet.stream().try_read_buf(input) {
                Ok(0) => return false,
                Ok(_) => return true,
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
    }

    /// Answers one request; false when the connection is over.
    async fn respond(&mut self, request: &Request<Vec<u8>>) -> bool {
        let (response, mut next) = self.answer(request);
        if let Some(ahead) = self.dialect.early()
            && matches!(next, Next::Play(_))
            && let Next::Play(play) = std::mem::replace(&mut next, Next::Go)
        {
            let begun = self.shared.commands.send(Command::Play(play)).await;
            tokio::time::sleep(ahead).await;
            if begun.is_err() {
                return false;
            }
        }
        let mut bytes = Vec::new();
        if response.write(&mut bytes).is_err() {
            return false;
        }
        let bytes = self.dialect.write(request.method(), &bytes);
        if self.outlet.send(&bytes).is_err() {
            return false;
        }
        let delivered = timeout(ANSWER_TIMEOUT, self.outlet.flushed()).await;
        if !matches!(delivered, Ok(Ok(()))) {
            return false;
        }
        let command = match next {
            Next::Go => return true,
            Next::Close => return false,
            Next::Play(play) => Command::Play(play),
            Next::Stop => Command::Stop(self.number),
        };
        self.shared.commands.send(command).await.is_ok()
    }

    fn answer(&mut self, request: &Request<Vec<u8>>) -> (Response<Vec<u8>>, Next) {
        let (builder, body, next) = match self.refusal(request) {
            Some((builder, next)) => (builder, Vec::new(), next),
            None => match request.method() {
                Method::Options => (
                    reply(StatusCode::Ok).header(PUBLIC, self.dialect.methods(METHODS)),
                    Vec::new(),
                    Next::Go,
                ),
                Method::Describe => self.describe(request),
                Method::Setup => self.setup(request),
                Method::Play => self.play(request),
                Method::GetParameter | Method::SetParameter => (reply(StatusCode::Ok), Vec::new(), Next::Go),
                Method::Teardown => {
                    let stopped = self.session.take().is_some();
                    if stopped {
                        count(&self.shared.counters.teardowns);
                    }
                    (
                        reply(StatusCode::Ok),
                        Vec::new(),
                        if stopped { Next::Stop } else { Next::Close },
                    )
                }
                _ => (
                    reply(StatusCode::MethodNotAllowed).header(PUBLIC, METHODS),
                    Vec::new(),
                    Next::Go,
                ),
            },
        };
        let cseq = request.header(&CSEQ).map_or("0", |v| v.as_str());
        let mut builder = builder.header(CSEQ, cseq).header(SERVER, "curbwatch-farm");
        if let Some(session) = &self.session {
            let secs = self
                .dialect
                .keepalive_within()
                .unwrap_or(self.shared.options.idle / 2);
            let secs = secs.as_secs().max(1);
            builder = builder.header(SESSION, format!("{};timeout={secs}", session.id));
        }
        (builder.build(body), next)
    }

    /// What a request must satisfy: the account and the session it names (OPTIONS outside of one need
    /// neither), and the camera's humour.
    fn refusal(&mut self, request: &Request<Vec<u8>>) -> Option<(ResponseBuilder, Next)> {
        let playing = self.session.as_ref().is_some_and(|session| session.playing);
        if *request.method() == Method::Options && !playing {
            return None;
        }
        if let Some(account) = &self.shared.options.account {
            if self.dialect.renews_nonce(request.method(), playing) {
                self.nonce = format!("{:016x}", self.random.u64(..));
            }
            let method: &str = request.method().into();
            let answer = request
                .header(&AUTHORIZATION)
                .map(rtsp_types::HeaderValue::as_str);
            if !account.admits(&self.nonce, method, answer) || self.dialect.refuses_password() {
                count(&self.shared.counters.refused_auth);
                let challenges = account.challenge(&self.nonce);
                let refusal = reply(StatusCode::Unauthorized);
                return Some((
                    challenges
                        .into_iter()
                        .fold(refusal, |r, c| r.header(WWW_AUTHENTICATE, c)),
                    Next::Go,
                ));
            }
        }
        let named = request
            .header(&SESSION)
            .map(|v| v.as_str().split(';').next().unwrap_or("").trim());
        let ours = self.session.as_ref().map(|s| s.id.as_str());
        if named.is_some() && named != ours {
            return Some((reply(StatusCode::SessionNotFound), Next::Go));
        }
        let (builder, forgets) = self.dialect.refusal(request, playing)?;
        let next = if forgets && self.session.take().is_some() {
            Next::Stop
        } else {
            Next::Go
        };
        Some((builder, next))
    }

    fn describe(&self, request: &Request<Vec<u8>>) -> (ResponseBuilder, Vec<u8>, Next) {
        let Some(camera) = self.camera(request) else {
            return not_found();
        };
        let name = camera_name(camera + 1);
        let uri = request.request_uri().map_or("", |uri| uri.as_str());
        let sdp = self.dialect.describe(&describe(&name, self.track(camera)), uri);
        let builder = reply(StatusCode::Ok).header(CONTENT_TYPE, "application/sdp");
        let builder = match self.dialect.base(uri) {
            Some(base) => builder.header(CONTENT_BASE, base),
            None => builder,
        };
        (builder, sdp.into_bytes(), Next::Go)
    }

    fn setup(&mut self, request: &Request<Vec<u8>>) -> (ResponseBuilder, Vec<u8>, Next) {
        let Some(camera) = self.camera(request) else {
            return not_found();
        };
        if self.session.is_some() {
            return (reply(StatusCode::MethodNotValidInThisState), Vec::new(), Next::Go);
        }
        let asked = request.header(&TRANSPORT).map_or("", |v| v.as_str());
        let ssrc = self.ssrc();
        let offers = asked.split(',').filter_map(|offer| self.accept(offer));
        let Some((link, accepted)) = offers.into_iter().next() else {
            return (reply(StatusCode::UnsupportedTransport), Vec::new(), Next::Go);
        };
        let id = format!("{:016x}", self.random.u64(..));
        count(&self.shared.counters.sessions);
        self.session = Some(Session {
            id,
            camera,
            link,
            playing: false,
        });
        let transport = format!("{accepted};ssrc={ssrc:08X};mode=\"PLAY\"");
        (
            reply(StatusCode::Ok).header(TRANSPORT, transport),
            Vec::new(),
            Next::Go,
        )
    }

    fn play(&mut self, request: &Request<Vec<u8>>) -> (ResponseBuilder, Vec<u8>, Next) {
        let ssrc = self.ssrc();
        let Some(session) = &mut self.session else {
            return (reply(StatusCode::SessionNotFound), Vec::new(), Next::Go);
        };
        let answer = reply(StatusCode::Ok).header(RANGE, "npt=now-");
        if std::mem::replace(&mut session.playing, true) {
            return (answer, Vec::new(), Next::Go);
        }
        let (seq, timestamp) = (self.random.u16(..), self.random.u32(..));
        if self.dialect.session_changes() {
            session.id = format!("{:016x}", self.random.u64(..));
        }
        let (camera, link) = (session.camera, session.link);
        let track = Arc::clone(self.track(camera));
        let midway = self.shared.options.quirks.number(Quirk::StartsMidway);
        let midway = (midway.unwrap_or_default() * MediaTime::HZ as f64) as i64;
        let phase = phase_ticks(camera, track.loop_ticks()) + midway;
        let outlet = Arc::clone(&self.outlet);
        let play = Play {
            id: self.number,
            track,
            phase,
            link,
            outlet,
            ssrc,
            seq,
            timestamp,
            tamper: Tamper::new(
                &self.shared.options.quirks,
                &self.shared.history,
                self.shared.options.seed ^ self.number,
            ),
        };
        let uri = request
            .request_uri()
            .map_or("", |u| u.as_str().trim_end_matches('/'));
        let answer = answer.header(RTP_INFO, format!("url={uri}/{CONTROL};seq={seq}"));
        (answer, Vec::new(), Next::Play(Box::new(play)))
    }

    /// The synchronisation source of this connection's session: spread, and never the same twice.
    fn ssrc(&self) -> u32 {
        (self.number as u32).wrapping_mul(0x9e37_79b1) ^ self.shared.options.seed as u32
    }

    /// Index of the camera a request is about.
    fn camera(&self, request: &Request<Vec<u8>>) -> Option<usize> {
        let name = request
            .request_uri()?
            .path()
            .trim_start_matches('/')
            .split('/')
            .next()?;
        let number: usize = name.strip_prefix("camera-")?.parse().ok()?;
        (number >= 1 && number <= self.shared.options.cameras).then(|| number - 1)
    }

    fn track(&self, camera: usize) -> &Arc<Track> {
        let tracks = &self.shared.options.tracks;
        &tracks[camera % tracks.len()]
    }

    /// The link of one transport specification (RFC 2326 12.39), if the farm offers it. UDP goes to
    /// the peer's own address, whatever it asks for.
    fn accept(&self, offer: &str) -> Option<(Link, String)> {
        let mut parts = offer.trim().split(';').map(str::trim);
        let profile = parts.next()?;
        let mut parameters = parts.filter_map(|p| p.split_once('='));
        let mut pair = |name: &str| {
            let (_, value) = parameters.find(|(n, _)| n.eq_ignore_ascii_case(name))?;
            let (first, second) = value.split_once('-').unwrap_or((value, ""));
            let first: u16 = first.parse().ok()?;
            Some((first, second.parse().unwrap_or(first.wrapping_add(1))))
        };
        if offer.to_ascii_lowercase().contains("multicast") {
            return None;
        }
        let transports = self.shared.options.transports;
        if profile.eq_ignore_ascii_case("RTP/AVP/TCP") && transports != Transports::UdpOnly {
            let (rtp, rtcp) = pair("interleaved").unwrap_or((0, 1));
            let (rtp, rtcp) = (u8::try_from(rtp).ok()?, u8::try_from(rtcp).ok()?);
            return Some((
                Link::Tcp { rtp, rtcp },
                format!("RTP/AVP/TCP;unicast;interleaved={rtp}-{rtcp}"),
            ));
        }
        let udp = profile.eq_ignore_ascii_case("RTP/AVP") || profile.eq_ignore_ascii_case("RTP/AVP/UDP");
        if udp && transports != Transports::TcpOnly {
            let (rtp, rtcp) = pair("client_port")?;
            let to = |port| SocketAddr::new(self.peer.ip(), port);
            let (from_rtp, from_rtcp) = self.shared.server_ports;
            let link = Link::Udp {
                rtp: to(rtp),
                rtcp: to(rtcp),
            };
            let ports = format!("client_port={rtp}-{rtcp};server_port={from_rtp}-{from_rtcp}");
            return Some((link, format!("RTP/AVP;unicast;{ports}")));
        }
        None
    }
}

fn not_found() -> (ResponseBuilder, Vec<u8>, Next) {
    (reply(StatusCode::NotFound), Vec::new(), Next::Go)
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

enum Parsed {
    Message(usize, Message<Vec<u8>>),
    Incomplete,
    Malformed,
}

/// The first message in `input`; empty lines before it are skipped (RFC 2326 4).
fn next_message(input: &[u8]) -> Parsed {
    let skipped = input.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    match Message::parse(&input[skipped..]) {
        Ok((message, consumed)) => Parsed::Message(skipped + consumed, message),
        Err(ParseError::Incomplete(_)) => Parsed::Incomplete,
        Err(ParseError::Error) => Parsed::Malformed,
    }
}

//! A small scripted RTSP camera for tests: answers request by request, then plays frames.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, outside a test function"
)]

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use curbwatch_ingest::{Backoff, Bounds, Credentials, Event, Options, Source, run};
use curbwatch_types::{AccessUnit, CameraId, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub const SPS: &[u8] = &[
    0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
    0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
];
pub const PPS: &[u8] = &[0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0];
pub const START: &[u8] = &[0, 0, 0, 1];
pub const SSRC: u32 = 0x1234;

pub const SDP: &str = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=control:*\r\n\
    m=audio 0 RTP/AVP 8\r\na=control:track0\r\n\
    m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n\
    a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z2QAH6zZQFAFuwEQAAADABAAAAMDwPGDGWA=,aOvjyyLA\r\n\
    a=control:track1\r\n";

/// An IDR slice of one picture, told apart by `mark`: macroblock 0, I, PPS 0.
pub fn idr(mark: u8) -> Vec<u8> {
    vec![0x65, 0x88, 0x80, mark, 0x11, 0x22]
}

/// A sequence parameter set (Baseline, id 0) of so many macroblocks across and down.
pub fn sps(across: u32, down: u32) -> Vec<u8> {
    let ue = |value: u32| {
        let code = format!("{:b}", value + 1);
        format!("{}{code}", "0".repeat(code.len() - 1))
    };
    // id, frame_num of 16 values, order as decoded, no references, no gaps; then the size, frames only.
    let mut bits = [
        "1",
        "1",
        "011",
        "1",
        "0",
        &ue(across - 1),
        &ue(down - 1),
        "1",
        "1",
        "0",
        "0",
        "1",
    ]
    .concat();
    while bits.len() % 8 > 0 {
        bits.push('0');
    }
    let mut out = vec![0x67, 66, 0, 30];
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0, |n, bit| n << 1 | (bit - b'0'));
        if byte <= 3 && out.ends_with(&[0, 0]) {
            out.push(3);
        }
        out.push(byte);
    }
    out
}

/// A P slice.
pub fn inter(mark: u8) -> Vec<u8> {
    vec![0x41, 0x9a, mark, 0x11]
}

/// What a unit of `idr(mark)` must come out as.
pub fn key_bytes(mark: u8) -> Vec<u8> {
    [START, SPS, START, PPS, START, &idr(mark)].concat()
}

/// An RTP packet.
pub fn rtp(ssrc: u32, sequence: u16, timestamp: u32, marker: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x80, 0x60 | u8::from(marker) << 7];
    out.extend(sequence.to_be_bytes());
    out.extend(timestamp.to_be_bytes());
    out.extend(ssrc.to_be_bytes());
    out.extend(payload);
    out
}

/// An interleaved frame.
pub fn framed(channel: u8, bytes: &[u8]) -> Vec<u8> {
    [&[b'$', channel][..], &(bytes.len() as u16).to_be_bytes(), bytes].concat()
}

/// Pictures of one packet each, 3600 ticks apart, as interleaved frames from sequence number `from` on.
pub fn pictures(from: u16, nals: &[Vec<u8>]) -> Vec<u8> {
    nals.iter()
        .zip(from..)
        .flat_map(|(nal, n)| framed(0, &rtp(SSRC, n, u32::from(n) * 3600, true, nal)))
        .collect()
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which connection, from 0.
    pub connection: usize,
    pub method: String,
    pub head: String,
    pub cseq: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// An answer with these header lines and body.
    pub fn answer(&self, status: &str, lines: &[&str], body: &str) -> Vec<u8> {
        let mut out = format!("RTSP/1.0 {status}\r\nCSeq: {}\r\n", self.cseq);
        for line in lines {
            out.push_str(line);
            out.push_str("\r\n");
        }
        if !body.is_empty() {
            let _ = write!(out, "Content-Length: {}\r\n", body.len());
        }
        out.push_str("\r\n");
        out.push_str(body);
        out.into_bytes()
    }

    /// What a well-behaved camera answers; `play` follows the answer to PLAY.
    pub fn well(&self, play: &[u8]) -> Vec<u8> {
        match self.method.as_str() {
            "OPTIONS" => self.answer(
                "200 OK",
                &["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"],
                "",
            ),
            "DESCRIBE" => self.answer("200 OK", &["Content-Type: application/sdp"], SDP),
            "SETUP" => self.answer(
                "200 OK",
                &[
                    "Transport: RTP/AVP/TCP;unicast;interleaved=0-1",
                    "Session: 77;timeout=2",
                ],
                "",
            ),
            "PLAY" => [self.answer("200 OK", &["Session: 77"], ""), play.to_vec()].concat(),
            _ => self.answer("200 OK", &[], ""),
        }
    }
}

/// What the camera does next.
pub enum Act {
    Say(Vec<u8>),
    /// Says it and closes the connection.
    SayAndClose(Vec<u8>),
    /// Says it over and over until the peer goes away.
    Flood(Vec<u8>, &'static [u8]),
}

/// A camera on loopback.
pub struct Camera {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Camera {
    /// Serves every connection by `script`.
    pub async fn new(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, script) = (Arc::clone(&asked), Arc::new(script));
        let task = tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                tokio::spawn(serve(stream, connection, Arc::clone(&log), Arc::clone(&script)));
            }
        });
        Self { port, asked, task }
    }

    pub fn url(&self) -> String {
        format!("rtsp://127.0.0.1:{}/live", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Methods asked for on one connection.
    pub fn methods(&self, connection: usize) -> Vec<String> {
        self.asked()
            .into_iter()
            .filter(|a| a.connection == connection)
            .map(|a| a.method)
            .collect()
    }

    /// Methods asked for, once `method` is among them.
    pub async fn heard(&self, method: &str) -> bool {
        let heard = async {
            while !self.asked().iter().any(|a| a.method == method) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), heard).await.is_ok()
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    log: Arc<Mutex<Vec<Asked>>>,
    script: Arc<impl Fn(&Asked) -> Act + Send + Sync + 'static>,
) {
    let mut buffer = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        while buffer.first() == Some(&b'$') && buffer.len() >= 4 {
            let length = 4 + usize::from(u16::from_be_bytes([buffer[2], buffer[3]]));
            if buffer.len() < length {
                break;
            }
            buffer.drain(..length);
        }
        let head_end = buffer.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4);
        if let (Some(end), false) = (head_end, buffer.first() == Some(&b'$')) {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            buffer.drain(..end);
            let method = head.split(' ').next().unwrap_or_default().to_owned();
            let mut asked = Asked {
                connection,
                method,
                head,
                cseq: String::new(),
            };
            asked.cseq = asked.header("CSeq").unwrap_or_default().to_owned();
            log.lock().unwrap().push(asked.clone());
            match script(&asked) {
                Act::Say(bytes) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Act::SayAndClose(bytes) => {
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.shutdown().await;
                    return;
                }
                Act::Flood(first, again) => {
                    let _ = stream.write_all(&first).await;
                    while stream.write_all(again).await.is_ok() {}
                    return;
                }
            }
            continue;
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}

/// Options with waits fit for a test.
pub fn quick() -> Options {
    Options {
        bounds: Bounds {
            silence: Duration::from_secs(2),
            ..Bounds::default()
        },
        backoff: Backoff {
            first: Duration::from_millis(20),
            max: Duration::from_millis(20),
            ..Backoff::default()
        },
        keepalive_max: Duration::from_secs(1),
        ..Options::default()
    }
}

pub fn source(url: &str, options: Options) -> Source {
    Source::new(CameraId::new("test").unwrap(), url, None, options).unwrap()
}

pub fn secret_source(url: &str, options: Options) -> Source {
    let credentials = Credentials::new("admin", "geheim");
    Source::new(CameraId::new("test").unwrap(), url, Some(credentials), options).unwrap()
}

/// Receives until `enough`, then stops and waits for the end. Panics after 20 s.
pub async fn receive(source: &Source, mut enough: impl FnMut(&[Event]) -> bool + Send) -> Vec<Event> {
    let stop = CancellationToken::new();
    let mut events = Vec::new();
    let clock = SystemClock::default();
    let receiving = run(source, &clock, 7, stop.clone(), |event| {
        events.push(event);
        if enough(&events) {
            stop.cancel();
        }
    });
    let done = tokio::time::timeout(Duration::from_secs(20), receiving).await;
    assert!(done.is_ok(), "not within 20 s: {events:#?}");
    events
}

pub fn units(events: &[Event]) -> Vec<&AccessUnit> {
    events
        .iter()
        .filter_map(|e| {
            if let Event::Unit(unit) = e {
                Some(unit)
            } else {
                None
            }
        })
        .collect()
}

pub fn failures(events: &[Event]) -> Vec<&'static str> {
    events
        .iter()
        .filter_map(|e| {
            if let Event::Failed(error) = e {
                Some(error.kind())
            } else {
                None
            }
        })
        .collect()
}

pub fn states(events: &[Event]) -> Vec<&'static str> {
    events
        .iter()
        .filter_map(|e| {
            if let Event::State { state, .. } = e {
                Some(state.name())
            } else {
                None
            }
        })
        .collect()
}

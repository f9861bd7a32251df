//! Peers that no client should survive by luck: each sends without end what a careless client
//! collects in memory.
//!
//! For: measuring that `ingest` refuses within a second and a few megabytes. Not for: the odd but
//! honest cameras. Input: whatever a client sends; it is read and barely looked at.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::Error;

/// What a hostile peer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hostility {
    /// Answers with header lines without end.
    EndlessHeaders,
    /// Answers with one line without end.
    EndlessLine,
    /// Announces a body of 4 GB and sends it.
    HugeContentLength,
    /// Describes a stream of hundreds of media.
    EndlessMedia,
    /// Plays, then sends fragments of one NAL unit that never ends (RFC 6184 5.8), all with one timestamp.
    EndlessFragment,
    /// Plays, then sends bytes that are neither message nor interleaved frame.
    EndlessGarbage,
}

impl Hostility {
    /// Every kind with its name.
    pub const NAMES: [(Self, &'static str); 6] = [
        (Self::EndlessHeaders, "endless_headers"),
        (Self::EndlessLine, "endless_line"),
        (Self::HugeContentLength, "huge_content_length"),
        (Self::EndlessMedia, "endless_media"),
        (Self::EndlessFragment, "endless_fragment"),
        (Self::EndlessGarbage, "endless_garbage"),
    ];
}

/// One chunk of what is sent without end.
const CHUNK_BYTES: usize = 16 << 10;
/// Bytes of a request read at most.
const REQUEST_BYTES_MAX: usize = 16 << 10;
/// A client that neither reads nor writes for this long is left alone.
const PATIENCE: Duration = Duration::from_secs(30);

/// A hostile server on a free port of loopback; it stops when dropped.
#[derive(Debug)]
pub struct HostileServer {
    addr: SocketAddr,
    over: CancellationToken,
}

impl HostileServer {
    /// Listens, and misbehaves on the current tokio runtime.
    pub async fn start(hostility: Hostility) -> Result<Self, Error> {
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen_error = |source| Error::Listen { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(listen_error)?;
        let addr = listener.local_addr().map_err(listen_error)?;
        let over = CancellationToken::new();
        let stop = over.clone();
        tokio::spawn(async move {
            loop {
                let stream = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => stream,
                        Err(_) => return,
                    },
                };
                let stop = stop.child_token();
                tokio::spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        _ = serve(stream, hostility) => {}
                    }
                });
            }
        });
        Ok(Self { addr, over })
    }

    /// The URL of the trap.
    pub fn url(&self) -> String {
        format!("rtsp://{}/trap", self.addr)
    }
}

impl Drop for HostileServer {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

async fn serve(mut stream: TcpStream, hostility: Hostility) -> std::io::Result<()> {
    let addr = stream.local_addr()?;
    loop {
        let Some(request) = read_request(&mut stream).await? else {
            return Ok(());
        };
        let method = request.split(' ').next().unwrap_or("");
        let cseq = header(&request, "cseq").unwrap_or("0");
        let ok = format!("RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n");
        match (method, hostility) {
            ("DESCRIBE", Hostility::EndlessHeaders) => {
                let lines = "X-Padding: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
                return flood(
                    &mut stream,
                    &ok,
                    lines.repeat(CHUNK_BYTES / lines.len()).as_bytes(),
                )
                .await;
            }
            ("DESCRIBE", Hostility::EndlessLine) => {
                return flood(&mut stream, &format!("{ok}X-Long: "), &[b'a'; CHUNK_BYTES]).await;
            }
            ("DESCRIBE", Hostility::HugeContentLength) => {
                let head = format!("{ok}Content-Type: application/sdp\r\nContent-Length: 4000000000\r\n\r\n");
                return flood(&mut stream, &head, &[b'a'; CHUNK_BYTES]).await;
            }
            ("DESCRIBE", _) => {
                let sdp = sdp(hostility);
                let answer = format!(
                    "{ok}Content-Base: rtsp://{addr}/trap/\r\nContent-Type: application/sdp\r\n\
                     Content-Length: {}\r\n\r\n{sdp}",
                    sdp.len()
                );
                stream.write_all(answer.as_bytes()).await?;
            }
            ("SETUP", _) => {
                let answer = format!(
                    "{ok}Session: 1;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).await?;
            }
            ("PLAY", Hostility::EndlessFragment) => {
                let ok = format!("{ok}Session: 1\r\n\r\n");
                return fragments(&mut stream, &ok).await;
            }
            ("PLAY", Hostility::EndlessGarbage) => {
                let ok = format!("{ok}Session: 1\r\n\r\n");
                return flood(&mut stream, &ok, &[0xAA; CHUNK_BYTES]).await;
            }
            _ => {
                let answer = format!("{ok}Public: DESCRIBE, SETUP, PLAY\r\n\r\n");
                stream.write_all(answer.as_bytes()).await?;
            }
        }
    }
}

/// One request's head; `None` when the client is gone or speaks too long.
async fn read_request(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut byte)).await;
        if !matches!(read, Ok(Ok(1))) || head.len() >= REQUEST_BYTES_MAX {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = request.lines().filter_map(|line| line.split_once(':'));
    fields
        .find(|(n, _)| n.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn sdp(hostility: Hostility) -> String {
    let media = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;\
                 sprop-parameter-sets=Z01ADeygoP2AiAAAAwAIAAADAZB4oUyw,aM4PyA==\r\n\
                 a=control:trackID=0\r\n";
    let count = if hostility == Hostility::EndlessMedia {
        500
    } else {
        1
    };
    format!(
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=trap\r\nt=0 0\r\n{}",
        media.repeat(count)
    )
}

/// Sends `head`, then `chunk` again and again until the client hangs up.
async fn flood(stream: &mut TcpStream, head: &str, chunk: &[u8]) -> std::io::Result<()> {
    stream.write_all(head.as_bytes()).await?;
    loop {
        stream.write_all(chunk).await?;
    }
}

/// FU-A packets of an IDR slice: one with the start bit, none with the end bit.
async fn fragments(stream: &mut TcpStream, head: &str) -> std::io::Result<()> {
    const PACKET_BYTES: usize = 1400;
    stream.write_all(head.as_bytes()).await?;
    let mut seq = 0_u16;
    let mut burst = Vec::with_capacity(CHUNK_BYTES + PACKET_BYTES);
    loop {
        burst.clear();
        while burst.len() < CHUNK_BYTES {
            burst.extend_from_slice(&[b'$', 0]);
            burst.extend_from_slice(&(PACKET_BYTES as u16).to_be_bytes());
            burst.extend_from_slice(&[0x80, 96]);
            burst.extend_from_slice(&seq.to_be_bytes());
            burst.extend_from_slice(&[0, 0, 0, 9, 0, 0, 0, 7]);
            burst.extend_from_slice(&[0x7c, if seq == 0 { 0x85 } else { 0x05 }]);
            // The head of an I slice of picture parameter set 0, so that it looks worth keeping.
            burst.extend_from_slice(&[0x88, 0x84]);
            burst.resize(burst.len() + PACKET_BYTES - 16, 0xB7);
            seq = seq.wrapping_add(1).max(1);
        }
        stream.write_all(&burst).await?;
    }
}

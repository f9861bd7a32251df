//! The TCP connection: messages and interleaved frames (RFC 2326 10.12) found in place in one reused
//! read buffer. Frames are handed out as ranges, never copied. The buffer starts small, and grows only
//! for a message or frame that needs it, up to what the bounds allow.

use std::ops::Range;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::message::{HeadScan, Message, parse};
use crate::Problem;
use crate::options::Bounds;

/// Longest wait for the peer to take a request of ours.
const WRITE_WAIT: Duration = Duration::from_secs(3);
/// Least room in the buffer for a read to be worth it.
const ROOM_BYTES: usize = 4 << 10;

/// What stands at the front of the buffer.
#[derive(Debug)]
pub(crate) enum Inbound {
    /// An interleaved frame: its channel, and where its payload lies ([`Wire::bytes`]).
    Frame(u8, Range<usize>),
    Message(Message),
    /// Nothing whole yet.
    Partial,
}

/// See the module. Over anything that bytes come from; a camera's socket, if nothing else is said.
#[derive(Debug)]
pub(crate) struct Wire<S = TcpStream> {
    stream: S,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    bounds: Bounds,
    scan: HeadScan,
    /// A message whose head is parsed and whose body is still coming.
    awaiting: Option<(Message, usize)>,
    /// Bytes that the item at the front needs in all.
    need: usize,
    /// Channels a frame may carry: what resynchronisation looks for.
    pub(crate) channels: (u8, u8),
    garbage: usize,
    /// Times garbage was met, since last asked.
    pub(crate) resyncs: u64,
    /// Bytes read, since last asked.
    pub(crate) bytes_read: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S, bounds: &Bounds, buffer_bytes: usize) -> Self {
        Self {
            stream,
            buffer: vec![0; buffer_bytes.max(2 * ROOM_BYTES)],
            start: 0,
            end: 0,
            bounds: bounds.clone(),
            scan: HeadScan::default(),
            awaiting: None,
            need: 0,
            channels: (0, 1),
            garbage: 0,
            resyncs: 0,
            bytes_read: 0,
        }
    }

    pub(crate) fn stream(&self) -> &S {
        &self.stream
    }

    /// Size of the read buffer.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn held_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// A frame's payload; valid until the next [`Wire::fill`].
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// A minute has passed: garbage is forgiven.
    pub(crate) fn forgive(&mut self) {
        self.garbage = 0;
    }

    /// Reads what is there, waiting for the first byte. Cancel safe.
    pub(crate) async fn fill(&mut self) -> Result<(), Problem> {
        self.make_room();
        match self.stream.read(&mut self.buffer[self.end..]).await {
            Ok(0) => Err(Problem::Closed),
            Ok(read) => {
                self.end += read;
                self.bytes_read += read as u64;
                Ok(())
            }
            Err(e) => Err(Problem::Io(e)),
        }
    }

    fn make_room(&mut self) {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
        let needed = self.need.max(self.end - self.start + ROOM_BYTES);
        if self.start > 0 && self.buffer.len() - self.start < needed {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() < needed {
            // What one item may need is bounded in `next`.
            self.buffer.resize(needed.next_multiple_of(ROOM_BYTES), 0);
        }
    }

    /// Takes the next frame or message off the front of the buffer.
    pub(crate) fn next(&mut self) -> Result<Inbound, Problem> {
        loop {
            let waiting = &self.buffer[self.start..self.end];
            if let Some((message, body_bytes)) = self.awaiting.take() {
                if waiting.len() < body_bytes {
                    self.need = body_bytes;
                    self.awaiting = Some((message, body_bytes));
                    return Ok(Inbound::Partial);
                }
                let body = waiting[..body_bytes].to_vec();
                self.take(body_bytes);
                return Ok(Inbound::Message(match message {
                    Message::Reply(reply) => Message::Reply(super::message::Reply { body, ..reply }),
                    request @ Message::Request { .. } => request,
                }));
            }
            match waiting {
                [b'$', channel, high, low, rest @ ..] => {
                    let length = usize::from(u16::from_be_bytes([*high, *low]));
                    match rest {
                        [] if length > 0 => return Ok(Inbound::Partial),
                        // Neither RTP nor RTCP: rubbish that begins like a frame must not swallow
                        // 64 KiB of good ones.
                        [version, ..] if length > 0 && version >> 6 != 2 => {
                            self.skip_garbage()?;
                            continue;
                        }
                        _ => {}
                    }
                    if length > self.bounds.frame_bytes_max {
                        let limit = self.bounds.frame_bytes_max as u64;
                        return Err(Problem::Bound {
                            what: "bytes of a frame",
                            limit,
                        });
                    }
                    if rest.len() < length {
                        self.need = length + 4;
                        return Ok(Inbound::Partial);
                    }
                    let (channel, from) = (*channel, self.start + 4);
                    self.take(length + 4);
                    return Ok(Inbound::Frame(channel, from..from + length));
                }
                [] | [b'$', ..] => return Ok(Inbound::Partial),
                bytes => match may_be_message(bytes) {
                    Some(true) => {
                        let Some(head_bytes) = self.scan.find(bytes, &self.bounds)? else {
                            return Ok(Inbound::Partial);
                        };
                        let (message, body_bytes) = parse(&bytes[..head_bytes])?;
                        if body_bytes > self.bounds.body_bytes_max {
                            let limit = self.bounds.body_bytes_max as u64;
                            return Err(Problem::Bound {
                                what: "bytes of a message body",
                                limit,
                            });
                        }
                        self.take(head_bytes);
                        self.awaiting = Some((message, body_bytes));
                    }
                    Some(false) => self.skip_garbage()?,
                    None => return Ok(Inbound::Partial),
                },
            }
        }
    }

    fn take(&mut self, bytes: usize) {
        self.start += bytes;
        self.need = 0;
        self.scan = HeadScan::default();
    }

    /// Passes over what is neither frame nor message, to the next that looks like one.
    fn skip_garbage(&mut self) -> Result<(), Problem> {
        let bytes = &self.buffer[self.start..self.end];
        let frame = |rest: &[u8]| match rest {
            [b'$', channel, _, _, version, ..] => {
                (*channel == self.channels.0 || *channel == self.channels.1) && version >> 6 == 2
            }
            [b'$', channel, ..] => *channel == self.channels.0 || *channel == self.channels.1,
            [b'$'] => true,
            _ => false,
        };
        let begins = |rest: &[u8]| {
            frame(rest) || (rest[0] == b'R' && b"RTSP/1.0 ".starts_with(&rest[..rest.len().min(9)]))
        };
        let skipped = (1..bytes.len())
            .find(|at| begins(&bytes[*at..]))
            .unwrap_or(bytes.len());
        // Blank lines between messages are common and harmless, but they count, too.
        if bytes[..skipped].iter().any(|b| !b.is_ascii_whitespace()) {
            self.resyncs += 1;
        }
        self.garbage += skipped;
        self.take(skipped);
        if self.garbage > self.bounds.resync_bytes_max {
            return Err(Problem::Bound {
                what: "garbage between frames",
                limit: self.bounds.resync_bytes_max as u64,
            });
        }
        Ok(())
    }

    /// Sends a message or frame; what the peer does not take in time breaks the connection.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        match tokio::time::timeout(WRITE_WAIT, self.stream.write_all(bytes)).await {
            Ok(sent) => sent.map_err(Problem::Io),
            Err(_) => Err(Problem::Timeout(WRITE_WAIT)),
        }
    }

    /// Says no more, and waits a little for the peer to take what was said: closing with unread bytes
    /// resets the connection, and a reset may overtake a TEARDOWN.
    pub(crate) async fn close(mut self, wait: Duration) {
        let drained = async {
            self.stream.shutdown().await?;
            while self.stream.read(&mut self.buffer).await? > 0 {}
            Ok::<_, std::io::Error>(())
        };
        let _ = tokio::time::timeout(wait, drained).await;
    }
}

/// Whether `bytes` begin an RTSP message; `None` while too few are there to tell.
fn may_be_message(bytes: &[u8]) -> Option<bool> {
    const BEGINNINGS: [&[u8]; 8] = [
        b"RTSP/",
        b"OPTIONS ",
        b"ANNOUNCE ",
        b"REDIRECT ",
        b"SET_PARAMETER ",
        b"GET_PARAMETER ",
        b"TEARDOWN ",
        b"PLAY_NOTIFY ",
    ];
    let fits = |beginning: &&&[u8]| {
        let shared = beginning.len().min(bytes.len());
        beginning[..shared] == bytes[..shared]
    };
    match BEGINNINGS.iter().find(fits) {
        None => Some(false),
        Some(beginning) if bytes.len() < beginning.len() => None,
        Some(_) => Some(true),
    }
}

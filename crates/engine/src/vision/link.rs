//! How messages travel between a vision worker and its process: frames on a local socket, each within a deadline.
//!
//! A frame is the version (one byte), the length of the message and of the bulk (four bytes each, little-endian), the message
//! (postcard) and the bulk (bytes as they are). Lengths are held to their bounds before a byte is stored. Not for: what messages
//! mean ([`wire`](super::wire)).

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_types::{Clock, Monotonic};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wire::{MESSAGE_BYTES_MAX, Nonsense};

/// Another number is another program.
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 9;

/// Why a frame did not travel.
#[derive(Debug)]
pub(super) enum Broken {
    /// The other side is gone.
    Closed(io::Error),
    /// It said nothing, or took nothing, in time.
    Late,
    /// It said what cannot be.
    Nonsense(&'static str),
}

impl From<Nonsense> for Broken {
    fn from(Nonsense(what): Nonsense) -> Self {
        Self::Nonsense(what)
    }
}

/// One end.
pub(super) struct Link {
    stream: UnixStream,
    clock: Arc<dyn Clock>,
    message: Vec<u8>,
}

impl Link {
    pub(super) fn new(stream: UnixStream, clock: Arc<dyn Clock>) -> Self {
        Self {
            stream,
            clock,
            message: Vec::new(),
        }
    }

    /// The moment that is so far away.
    pub(super) fn within(&self, patience: Duration) -> Monotonic {
        self.clock.monotonic().plus(patience)
    }

    /// Sends a frame; `until` of `None` is whenever.
    pub(super) fn send<T: Serialize>(
        &mut self,
        message: &T,
        bulk: &[u8],
        until: Option<Monotonic>,
    ) -> Result<(), Broken> {
        let mut frame = std::mem::take(&mut self.message);
        frame.clear();
        frame.resize(HEADER_BYTES, VERSION);
        let mut frame = postcard::to_extend(message, frame).map_err(|_| Broken::Nonsense("a message"))?;
        let lengths = [frame.len() - HEADER_BYTES, bulk.len()];
        for (at, length) in [1, 5].into_iter().zip(lengths) {
            let length = u32::try_from(length).map_err(|_| Broken::Nonsense("a length"))?;
            frame[at..at + 4].copy_from_slice(&length.to_le_bytes());
        }
        let sent = self.write(&frame, until).and_then(|()| self.write(bulk, until));
        self.message = frame;
        sent
    }

    /// The next frame, its bulk of at most so many bytes.
    pub(super) fn receive<T: DeserializeOwned>(
        &mut self,
        bulk_bytes_max: usize,
        until: Option<Monotonic>,
    ) -> Result<(T, Vec<u8>), Broken> {
        let mut header = [0; HEADER_BYTES];
        self.read(&mut header, until)?;
        let [version, m0, m1, m2, m3, b0, b1, b2, b3] = header;
        if version != VERSION {
            return Err(Broken::Nonsense("a frame of another version"));
        }
        let length = |bytes| usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(usize::MAX);
        let (message_bytes, bulk_bytes) = (length([m0, m1, m2, m3]), length([b0, b1, b2, b3]));
        if message_bytes > MESSAGE_BYTES_MAX || bulk_bytes > bulk_bytes_max {
            return Err(Broken::Nonsense("a frame that is too long"));
        }
        let mut message = std::mem::take(&mut self.message);
        message.resize(message_bytes, 0);
        let mut bulk = vec![0; bulk_bytes];
        self.read(&mut message, until)?;
        self.read(&mut bulk, until)?;
        let read = postcard::take_from_bytes(&message);
        let (said, rest) = read.map_err(|_| Broken::Nonsense("a message that cannot be read"))?;
        if !rest.is_empty() {
            return Err(Broken::Nonsense("a message with more behind it"));
        }
        self.message = message;
        Ok((said, bulk))
    }

    fn read(&mut self, mut into: &mut [u8], until: Option<Monotonic>) -> Result<(), Broken> {
        while !into.is_empty() {
            let left = self.left(until)?;
            self.stream.set_read_timeout(left).map_err(Broken::Closed)?;
            match self.stream.read(into) {
                Ok(0) => return Err(Broken::Closed(ErrorKind::UnexpectedEof.into())),
                Ok(count) => into = &mut into[count..],
                Err(error) => not_yet(error)?,
            }
        }
        Ok(())
    }

    fn write(&mut self, mut bytes: &[u8], until: Option<Monotonic>) -> Result<(), Broken> {
        while !bytes.is_empty() {
            let left = self.left(until)?;
            self.stream.set_write_timeout(left).map_err(Broken::Closed)?;
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) => not_yet(error)?,
            }
        }
        Ok(())
    }

    /// How long may still be waited; nothing is as long as it takes.
    fn left(&self, until: Option<Monotonic>) -> Result<Option<Duration>, Broken> {
        let Some(until) = until else { return Ok(None) };
        let left = until.since(self.clock.monotonic());
        if left.is_zero() {
            return Err(Broken::Late);
        }
        // The system refuses a wait of nothing.
        Ok(Some(left.max(Duration::from_millis(1))))
    }
}

/// Whether it is worth another try.
fn not_yet(error: io::Error) -> Result<(), Broken> {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(()),
        _ => Err(Broken::Closed(error)),
    }
}

#[cfg(test)]
mod tests {
    use curbwatch_types::SystemClock;

    use super::*;

    fn pair() -> (Link, Link) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let (a, b) = UnixStream::pair().expect("a pair of sockets");
        (Link::new(a, Arc::clone(&clock)), Link::new(b, clock))
    }

    const MOMENT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_frame_arrives_as_it_was_sent() {
        let (mut parent, mut child) = pair();
        let until = Some(parent.within(LONG));
        for length in [0, 1, 70_000] {
            let bulk: Vec<u8> = (0..length).map(|n: u32| n as u8).collect();
            parent.send(&"a look".to_owned(), &bulk, until).expect("sent");
            let (message, came) = child.receive::<String>(70_000, until).expect("received");
            assert_eq!((message.as_str(), came), ("a look", bulk));
        }
    }

    #[test]
    fn what_cannot_be_is_refused_before_it_is_stored() {
        // version, message, bulk, what follows, what is said
        let rows: [(u8, u32, u32, &[u8], &str); 6] = [
            (2, 1, 0, b"\0", "version"),
            (b'H', u32::from_le_bytes(*b"TTP/"), 7, b"", "version"),
            (VERSION, u32::MAX, 0, b"", "too long"),
            (VERSION, 1, 101, b"", "too long"),
            (VERSION, 3, 0, b"\x09no", "cannot be read"),
            (VERSION, 4, 0, b"\x02no!", "behind"),
        ];
        for (version, message, bulk, follows, want) in rows {
            let (parent, mut child) = pair();
            let mut frame = vec![version];
            frame.extend(message.to_le_bytes());
            frame.extend(bulk.to_le_bytes());
            frame.extend(follows);
            (&parent.stream).write_all(&frame).expect("written");
            match child.receive::<String>(100, Some(child.within(LONG))) {
                Err(Broken::Nonsense(said)) => assert!(said.contains(want), "{said}"),
                other => panic!("{want}: {other:?}"),
            }
        }
    }

    #[test]
    fn nobody_waits_longer_than_he_wants_to() {
        let (mut parent, mut child) = pair();
        let heard = child.receive::<String>(1, Some(child.within(MOMENT)));
        assert!(matches!(heard, Err(Broken::Late)), "nothing said: {heard:?}");
        // Half a frame is no frame.
        (&parent.stream).write_all(&[VERSION, 4, 0]).expect("written");
        let heard = child.receive::<String>(1, Some(child.within(MOMENT)));
        assert!(matches!(heard, Err(Broken::Late)), "half a frame: {heard:?}");
        // Nobody reads.
        let sent = parent.send(&"", &vec![0; 8 << 20], Some(parent.within(MOMENT)));
        assert!(matches!(sent, Err(Broken::Late)), "nothing taken: {sent:?}");
        drop(child);
        let heard = parent.receive::<String>(1, Some(parent.within(LONG)));
        assert!(matches!(heard, Err(Broken::Closed(_))), "gone: {heard:?}");
    }
}

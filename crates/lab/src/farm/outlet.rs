//! The sending side of one RTSP connection, shared by the task that answers requests and the pacer.
//!
//! For: never waiting for a slow receiver: what the socket does not take is kept in a bounded
//! backlog, and a receiver that overruns it is cut off. Not for: UDP, which the pacer sends itself.

use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// Backlogs that grew past this are given back once they are empty.
const BACKLOG_KEPT_BYTES: usize = 16 << 10;

/// Why nothing more can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// The peer closed or reset the connection.
    Closed,
    /// The backlog is full: the receiver is too slow.
    Slow,
}

/// What is left to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Everything is on its way.
    Nothing,
    /// Some bytes wait in the backlog; call [`Outlet::flush`] soon.
    Waiting,
}

/// The sending side of a connection.
#[derive(Debug)]
pub(super) struct Outlet {
    stream: TcpStream,
    backlog: Mutex<Backlog>,
    backlog_bytes_max: usize,
    /// Cancelled when the connection is over, by either side.
    pub(super) over: CancellationToken,
}

#[derive(Debug, Default)]
struct Backlog {
    bytes: Vec<u8>,
    sent: usize,
}

impl Outlet {
    /// Takes the stream over. `backlog_bytes_max` bounds what is kept for a slow receiver.
    pub(super) fn new(stream: TcpStream, backlog_bytes_max: usize, over: CancellationToken) -> Self {
        Self {
            stream,
            backlog: Mutex::default(),
            backlog_bytes_max,
            over,
        }
    }

    /// The stream, for reading.
    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends `bytes` after everything sent before; never waits.
    pub(super) fn send(&self, bytes: &[u8]) -> Result<Rest, Gone> {
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = match self.drain(&mut backlog)? {
            Rest::Nothing => self.write(bytes)?,
            Rest::Waiting => 0,
        };
        let rest = &bytes[taken..];
        if rest.is_empty() {
            return Ok(Rest::Nothing);
        }
        if backlog.bytes.len() - backlog.sent + rest.len() > self.backlog_bytes_max {
            return Err(Gone::Slow);
        }
        if backlog.sent > self.backlog_bytes_max {
            let sent = std::mem::take(&mut backlog.sent);
            backlog.bytes.drain(..sent);
        }
        backlog.bytes.extend_from_slice(rest);
        Ok(Rest::Waiting)
    }

    /// Sends what waits in the backlog, as far as the socket takes it.
    pub(super) fn flush(&self) -> Result<Rest, Gone> {
        self.drain(&mut self.backlog.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until the backlog is empty. Callers put a timeout around it.
    pub(super) async fn flushed(&self) -> Result<(), Gone> {
        while self.flush()? == Rest::Waiting {
            self.stream.writable().await.map_err(|_| Gone::Closed)?;
        }
        Ok(())
    }

    fn drain(&self, backlog: &mut Backlog) -> Result<Rest, Gone> {
        while backlog.sent < backlog.bytes.len() {
            let taken = self.write(&backlog.bytes[backlog.sent..])?;
            if taken == 0 {
                return Ok(Rest::Waiting);
            }
            backlog.sent += taken;
        }
        backlog.sent = 0;
        backlog.bytes.clear();
        if backlog.bytes.capacity() > BACKLOG_KEPT_BYTES {
            backlog.bytes = Vec::new();
        }
        Ok(Rest::Nothing)
    }

    /// Bytes the socket took; zero when it would block.
    fn write(&self, bytes: &[u8]) -> Result<usize, Gone> {
        match self.stream.try_write(bytes) {
            Ok(taken) => Ok(taken),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(0),
            Err(_) => Err(Gone::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn pair(backlog_bytes_max: usize) -> (Outlet, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let client = TcpStream::connect(listener.local_addr().expect("bound"))
            .await
            .expect("connect");
        let (server, _) = listener.accept().await.expect("accept");
        (
            Outlet::new(server, backlog_bytes_max, CancellationToken::new()),
            client,
        )
    }

    #[tokio::test]
    async fn a_receiver_that_reads_nothing_is_cut_off_at_the_bound() {
        let (outlet, _client) = pair(1 << 20).await;
        let mut sent = 0_usize;
        let gone = loop {
            match outlet.send(&[7; 10_000]) {
                Ok(_) => sent += 10_000,
                Err(gone) => break gone,
            }
            assert!(sent < 64 << 20, "the bound does not hold");
        };
        assert_eq!(gone, Gone::Slow);
        let kept = outlet.backlog.lock().expect("one thread").bytes.len();
        assert!(kept <= 1 << 20, "{kept}");
    }

    #[tokio::test]
    async fn bytes_arrive_in_order_across_the_backlog() {
        let (outlet, mut client) = pair(64 << 20).await;
        let total = 12_u32 << 20;
        let reader = tokio::spawn(async move {
            let mut got = vec![0; total as usize];
            client.read_exact(&mut got).await.map(|_| got)
        });
        let mut waited = false;
        for chunk in 0..total / 4096 {
            let words: Vec<u8> = (0..1024_u32)
                .flat_map(|i| (chunk * 1024 + i).to_be_bytes())
                .collect();
            waited |= outlet.send(&words).expect("open") == Rest::Waiting;
        }
        outlet.flushed().await.expect("open");
        let got = reader.await.expect("no panic").expect("all bytes");
        assert!(waited, "the backlog was never used");
        let in_order = got
            .as_chunks::<4>()
            .0
            .iter()
            .zip(0_u32..)
            .all(|(w, i)| *w == i.to_be_bytes());
        assert!(in_order);
    }
}

//! A case system that takes events over HTTP and remembers them: prompt or slow. Input: requests of one courier, on loopback.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::Error;
use crate::delivery::Delivery;

/// Ports outside the range that outgoing connections take theirs from: nobody else has one while the consumer is away.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// A connection without a word for so long is over.
const IDLE: Duration = Duration::from_secs(60);

/// An event that came through the door.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    /// Its `Idempotency-Key`.
    pub(super) key: String,
    /// The case.
    pub(super) case: String,
    /// What happened to it.
    pub(super) state: String,
}

/// A running consumer; it is gone when dropped, at the latest when its last answer is given.
#[derive(Debug)]
pub(super) struct Consumer {
    address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    over: Arc<AtomicBool>,
    door: Option<JoinHandle<()>>,
}

/// An address where nobody listens, and nobody else will.
pub(super) fn address() -> Result<SocketAddr, Error> {
    let first = PORTS.start + (std::process::id() % 10_000) as u16;
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = (first..PORTS.end).find(free);
    port.map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .ok_or(Error::Options("no port is free for a consumer"))
}

/// The table that names it in a configuration.
pub(super) fn table(address: SocketAddr, timeout_secs: f64) -> String {
    format!(
        "[[sinks.webhook]]\nname = \"city\"\nurl = \"http://{address}/events\"\ntimeout_secs = {timeout_secs:?}\n"
    )
}

impl Consumer {
    /// Opens the door. Every answer takes `delay`.
    pub(super) fn open(address: SocketAddr, delay: Duration) -> Result<Self, Error> {
        let listen_error = |source| Error::Listen {
            addr: address,
            source,
        };
        let listener = TcpListener::bind(address).map_err(listen_error)?;
        let (arrivals, over) = (
            Arc::<Mutex<Vec<Arrival>>>::default(),
            Arc::<AtomicBool>::default(),
        );
        let (to, until) = (Arc::clone(&arrivals), Arc::clone(&over));
        let door = named("consumer-door", move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if until.load(Ordering::SeqCst) {
                    return;
                }
                let to = Arc::clone(&to);
                // It ends with its connection; who cannot be served is not answered.
                let _served = named("consumer", move || serve(&stream, &to, delay));
            }
        })?;
        Ok(Self {
            address,
            arrivals,
            over,
            door: Some(door),
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has arrived, in order.
    pub(super) fn arrivals(&self) -> MutexGuard<'_, Vec<Arrival>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the door.
        let _ = TcpStream::connect(self.address);
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

fn named(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    thread.map_err(|source| Error::System {
        what: "start a thread",
        source,
    })
}

fn serve(mut stream: &TcpStream, to: &Mutex<Vec<Arrival>>, delay: Duration) {
    let _ = stream.set_read_timeout(Some(IDLE));
    let mut reader = BufReader::new(stream);
    while let Some(arrival) = arrival(&mut reader) {
        to.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
        std::thread::sleep(delay);
        if write!(stream, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

/// The next event that a case is told by.
fn arrival(reader: &mut impl BufRead) -> Option<Arrival> {
    let delivery = Delivery::read(reader)?;
    let event: serde_json::Value = serde_json::from_slice(&delivery.body).ok()?;
    let text = |name: &str| event["data"][name].as_str().unwrap_or_default().to_owned();
    Some(Arrival {
        key: delivery.key,
        case: text("case_id"),
        state: text("state"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_names_its_case_and_what_happened() {
        let body = r#"{"data":{"case_id":"c-1","state":"opened"}}"#;
        let text = format!(
            "POST /events HTTP/1.1\r\nIdempotency-Key: k1\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let arrival = arrival(&mut text.as_bytes()).expect("whole");
        assert_eq!(
            (
                arrival.key.as_str(),
                arrival.case.as_str(),
                arrival.state.as_str()
            ),
            ("k1", "c-1", "opened")
        );
    }
}

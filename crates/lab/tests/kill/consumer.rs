//! The case system: takes events over HTTP and remembers every one; late, rude, and gone at times.

use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use curbwatch_lab::Delivery;

/// How the consumer stands.
#[derive(Default)]
pub(crate) struct Manners {
    /// Behaves well.
    pub(crate) good: AtomicBool,
    /// Takes the next event and says nothing.
    pub(crate) mute: AtomicBool,
    /// Requests answered with an error although (or because) nothing was taken.
    pub(crate) refused: AtomicUsize,
    /// Events taken without a good answer: the sender cannot know.
    pub(crate) unsaid: AtomicUsize,
}

pub(crate) struct Consumer {
    pub(crate) url: String,
    pub(crate) manners: Arc<Manners>,
    pub(crate) arrivals: Arc<Mutex<Vec<Delivery>>>,
    /// A word when something has arrived, said before it is answered.
    pub(crate) news: mpsc::Receiver<()>,
}

impl Consumer {
    pub(crate) fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/events", listener.local_addr().expect("an address"));
        let (tell, news) = mpsc::sync_channel(1);
        let door = Door {
            manners: Arc::default(),
            arrivals: Arc::default(),
            tell,
        };
        let (manners, arrivals) = (Arc::clone(&door.manners), Arc::clone(&door.arrivals));
        std::thread::Builder::new()
            .name("consumer".into())
            .spawn(move || door.serve(&listener, seed))
            .expect("a thread");
        Self {
            url,
            manners,
            arrivals,
            news,
        }
    }
}

#[derive(Clone)]
struct Door {
    manners: Arc<Manners>,
    arrivals: Arc<Mutex<Vec<Delivery>>>,
    tell: mpsc::SyncSender<()>,
}

impl Door {
    fn serve(&self, listener: &TcpListener, seed: u64) {
        let mut chance = fastrand::Rng::with_seed(seed);
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let (door, seed) = (self.clone(), chance.u64(..));
            std::thread::Builder::new()
                .name("consumer".into())
                .spawn(move || {
                    let mut chance = fastrand::Rng::with_seed(seed);
                    let mut reader = BufReader::new(&stream);
                    while door.answer(&mut reader, &stream, &mut chance).is_some() {}
                })
                .expect("a thread");
        }
    }

    /// Serves one request; nothing when the connection is over.
    fn answer(
        &self,
        reader: &mut BufReader<&TcpStream>,
        mut stream: &TcpStream,
        chance: &mut fastrand::Rng,
    ) -> Option<()> {
        let arrival = Delivery::read(reader)?; // a request torn by a kill is none
        let mut say = |status: &str| {
            write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n"
            )
            .ok()
        };
        let good = self.manners.good.load(Ordering::SeqCst);
        let lot = if good { 100 } else { chance.u32(0..100) };
        if lot < 6 {
            self.manners.refused.fetch_add(1, Ordering::SeqCst);
            return say("503 Not Now"); // refused before it was taken
        }
        self.arrivals.lock().expect("no panic").push(arrival);
        let mute = self.manners.mute.load(Ordering::SeqCst);
        let _ = self.tell.try_send(()); // full: it has been said already
        if mute || lot < 20 {
            self.manners.unsaid.fetch_add(1, Ordering::SeqCst);
        }
        if mute {
            std::thread::sleep(Duration::from_secs(2)); // the sender is dead, or its patience is over
            return None;
        }
        match lot {
            6..11 => say("503 Taken But Unsaid"),
            11..17 => None, // taken, and hung up
            17..20 => {
                std::thread::sleep(Duration::from_millis(800)); // longer than the sender waits
                say("200 OK")
            }
            20..25 => {
                std::thread::sleep(Duration::from_millis(200)); // slow, but in time
                say("200 OK")
            }
            25..32 => say("409 Conflict"), // "I have it": a yes
            _ => say("202 Accepted"),
        }
    }
}

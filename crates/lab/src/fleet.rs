//! A fleet of receivers: the client side of a district, as many cameras as there are URLs, each held up as
//! `curbwatch run` holds it, with shared budgets of dials, and counted.
//!
//! For: what only many cameras show — a district that reboots, hundreds that are dead, hours of faults.
//! Not for: pictures; they are counted and dropped. Input: URLs of a [`farm`](crate::farm) or of nothing.

mod reboot;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use curbwatch_ingest::{Budget, Event, Options, Source, run};
use curbwatch_types::{CameraId, CameraState, Clock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use reboot::{RebootOptions, Rebooted, dead, reboot};

use crate::Error;

/// What is counted of one camera.
#[derive(Debug, Default)]
struct Counts {
    live: AtomicBool,
    pictures: AtomicU64,
    sessions: AtomicU64,
    failures: AtomicU64,
}

/// Receivers that run on the current tokio runtime until they are stopped.
#[derive(Debug)]
pub struct Fleet {
    cameras: Vec<Arc<Counts>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The sums of a fleet at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Cameras whose pictures arrive.
    pub live: usize,
    /// Pictures received.
    pub pictures: u64,
    /// Sessions that stood, ever.
    pub sessions: u64,
    /// Connections that ended or could not be made.
    pub failures: u64,
}

/// The budgets of a district behind one platform, as `curbwatch run` has them by default.
#[derive(Debug, Clone)]
pub struct District {
    /// Dials of one host.
    pub host: Arc<Budget>,
    /// Dials of cameras that have failed often.
    pub dead: Arc<Budget>,
    /// Dials of the process.
    pub all: Arc<Budget>,
}

impl Default for District {
    fn default() -> Self {
        Self {
            host: Budget::new("host", 16),
            dead: Budget::new("dead", 16),
            all: Budget::new("all", 64),
        }
    }
}

impl District {
    /// Default options under these budgets, with first dials spread over `spread`.
    pub fn options(&self, spread: Duration) -> Options {
        let mut options = Options {
            dial_budgets: vec![Arc::clone(&self.host), Arc::clone(&self.all)],
            dead_dials: Some(Arc::clone(&self.dead)),
            ..Options::default()
        };
        options.backoff.start_spread = spread;
        options
    }
}

impl Fleet {
    /// Begins to receive from every URL.
    pub fn start(
        urls: &[String],
        options: &Options,
        clock: &Arc<dyn Clock>,
        seed: u64,
    ) -> Result<Self, Error> {
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let mut cameras = Vec::with_capacity(urls.len());
        for (number, url) in urls.iter().enumerate() {
            let id =
                CameraId::new(&format!("fleet-{number}")).map_err(|_| Error::Options("a camera's id"))?;
            let source = Source::new(id, url, None, options.clone());
            let source = source.map_err(|_| Error::Options("a fleet needs rtsp:// URLs"))?;
            let counts = Arc::new(Counts::default());
            cameras.push(Arc::clone(&counts));
            let (clock, stop) = (Arc::clone(clock), stop.clone());
            let seed = seed
                .wrapping_add(number as u64)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15);
            tasks.spawn(async move {
                let outlet = |event| counts.take(&event);
                Box::pin(run(&source, &*clock, seed, stop, outlet)).await;
            });
        }
        tasks.close();
        Ok(Self { cameras, stop, tasks })
    }

    /// The sums as they stand.
    pub fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for camera in &self.cameras {
            sums.live += usize::from(camera.live.load(Relaxed));
            sums.pictures += camera.pictures.load(Relaxed);
            sums.sessions += camera.sessions.load(Relaxed);
            sums.failures += camera.failures.load(Relaxed);
        }
        sums
    }

    /// Says TEARDOWN everywhere and waits for the end.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Counts {
    fn take(&self, event: &Event) {
        match event {
            Event::Unit(_) => {
                self.pictures.fetch_add(1, Relaxed);
            }
            Event::State { state, .. } => self.live.store(*state == CameraState::Live, Relaxed),
            Event::Connected { .. } => {
                self.sessions.fetch_add(1, Relaxed);
            }
            Event::Failed(_) => {
                self.failures.fetch_add(1, Relaxed);
            }
            Event::Redirected { .. } | Event::Dropped { .. } | Event::Received { .. } => {}
        }
    }
}

/// CPU time this process has used so far.
pub fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or(0),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

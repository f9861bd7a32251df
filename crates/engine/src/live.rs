//! The live engine: starts every stage, joins them with bounded queues, and drains them in order.
//!
//! ```text
//! camera tasks -> slots -> sampler -> vision workers -> scene thread -> case thread -> courier thread
//! ```
//!
//! Stopping closes the road from its top: camera tasks say TEARDOWN, the sampler drops what is due,
//! workers finish what they hold, and each thread ends when the one before it is gone.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use curbwatch_case::{CaseReader, Courier, Store};
use curbwatch_config::Config;
use curbwatch_decode::Decoder;
use curbwatch_ingest::{Event, Source, redacted};
use curbwatch_types::{CameraState, Clock, DropReason, Look};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Error;
use crate::board::{Board, CameraStatus};
use crate::cases::{Cases, Decided};
use crate::metrics::Metrics;
use crate::sampler::{Nudge, Sampler};
use crate::scenes::{Scenes, Seen};
use crate::schedule::{DueLook, Schedule};
use crate::slot::{Put, Slot};
use crate::threads::spawn;
use crate::vision::{Blind, Vision};
use crate::wiring;

/// Observations between vision and scene.
const OBSERVATIONS_MAX: usize = 64;
/// Incidents between scene and case.
const INCIDENTS_MAX: usize = 256;
/// Longest rest of the courier, so that a wake-up it missed is a delay and not a standstill.
const COURIER_REST_MAX: Duration = Duration::from_secs(5);
/// How long camera tasks may take to say goodbye.
const TEARDOWN_MAX: Duration = Duration::from_secs(3);

/// What the console may read while the engine runs.
#[derive(Debug, Clone)]
pub struct View {
    /// Cameras with state and last look.
    pub board: Arc<Board>,
    /// Everything counted.
    pub metrics: Arc<Metrics>,
    /// Which model looks, and what runs it.
    pub model: Arc<str>,
    /// The provider in use.
    pub provider: Arc<str>,
}

/// A running engine.
pub struct Live {
    view: View,
    runtime: Runtime,
    stop: CancellationToken,
    cameras: TaskTracker,
    /// Dropped to stop the sampler.
    sampling: Sender<()>,
    /// Dropped to make the case stage give up on a disk that stays full.
    committing: Sender<()>,
    threads: Vec<JoinHandle<()>>,
    case_thread: JoinHandle<usize>,
    courier_thread: JoinHandle<()>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct Drained {
    /// Case changes that could not be committed.
    pub uncommitted: usize,
    /// Deliveries still waiting in the outbox; they go out after the next start.
    pub undelivered: u64,
}

impl Live {
    /// Loads the model, opens the store, starts every stage and dials every camera. `seed` varies
    /// the jitter of retries from process to process.
    pub fn start(config: &Config, clock: Arc<dyn Clock>, seed: u64) -> Result<Self, Error> {
        let dials = Arc::new(Semaphore::new(config.ingest.dial_concurrency_max));
        let mut watched = Vec::new();
        for camera in &config.cameras {
            if let Some(source) = wiring::source(config, camera, &dials)? {
                watched.push((camera, source));
            }
        }
        if watched.is_empty() {
            return Err(Error::NothingToWatch);
        }
        let model = wiring::model(config)?;
        let metrics = Arc::new(Metrics::new()?);
        let workers = wiring::workers(config.inference.workers);
        let visions = (0..workers)
            .map(|_| wiring::vision(config, &model, Arc::clone(&metrics)))
            .collect::<Result<Vec<Vision>, Error>>()?;
        let provider = visions.first().map_or("none", Vision::provider).into();
        let case_options = wiring::case_options(config, seed);
        let store = Store::open(&case_options)?;
        let courier = Courier::open(&case_options)?;
        let reader = CaseReader::open(&config.store.directory)?;

        let board = Arc::new(Board::new(
            watched.iter().map(|(camera, source)| unseen(camera, source, &*clock)).collect(),
            Arc::clone(&metrics),
        ));
        let view = View { board, metrics, model: model.id(), provider };
        let slots: Arc<[Slot]> = watched.iter().map(|_| Slot::default()).collect();
        let periods: Vec<Duration> =
            watched.iter().map(|(camera, _)| Duration::from_secs_f64(camera.look_every_secs)).collect();
        let mut scenes: Vec<_> = watched.iter().map(|(camera, _)| wiring::scene(config, camera)).collect();
        for (scene, (camera, _)) in scenes.iter_mut().zip(&watched) {
            scene.adopt(adoptable(&store, &camera.id)?);
        }

        let (sampling, stop_sampling) = bounded::<()>(0);
        let (committing, stopping) = bounded::<()>(0);
        let (nudge, nudges) = bounded::<Nudge>(watched.len() * 2 + 64);
        let (look, looks) = bounded::<DueLook>(0);
        let (seen, observations) = bounded::<Seen>(OBSERVATIONS_MAX);
        let (decide, decided) = bounded::<Decided>(INCIDENTS_MAX);
        let (committed, deliverable) = bounded::<()>(1);

        let mut threads = Vec::with_capacity(workers + 2);
        let sampler = Sampler {
            schedule: Schedule::new(&periods, clock.monotonic()),
            slots: Arc::clone(&slots),
            nudges,
            looks: look,
            stop: stop_sampling,
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&view.metrics),
            board: Arc::clone(&view.board),
        };
        threads.push(spawn("cw-sampler", move || sampler.run())?);
        for (n, vision) in visions.into_iter().enumerate() {
            let worker = Worker { vision, slots: Arc::clone(&slots), view: view.clone(), observed: 0 };
            let (looks, seen) = (looks.clone(), seen.clone());
            threads.push(spawn(&format!("cw-vision-{n}"), move || worker.run(&looks, &seen))?);
        }
        drop((looks, seen));
        let scenes = Scenes {
            scenes,
            observations,
            decided: decide,
            nudges: nudge.clone(),
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&view.metrics),
            board: Arc::clone(&view.board),
        };
        threads.push(spawn("cw-scene", move || scenes.run())?);
        let cases = Cases {
            store,
            directory: config.store.directory.clone(),
            decoder: Decoder::new(curbwatch_decode::Options::default()),
            decided,
            committed,
            stopping,
            clock: Arc::clone(&clock),
            metrics: Arc::clone(&view.metrics),
        };
        let case_thread = spawn("cw-case", move || cases.run())?;
        let (courier_clock, courier_metrics) = (Arc::clone(&clock), Arc::clone(&view.metrics));
        let courier_thread =
            spawn("cw-courier", move || deliver(courier, &reader, &deliverable, &*courier_clock, &courier_metrics))?;

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("cw-net")
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let stop = CancellationToken::new();
        let cameras = TaskTracker::new();
        for (index, (_, source)) in watched.into_iter().enumerate() {
            let reception = Reception {
                index,
                source,
                slots: Arc::clone(&slots),
                nudge: nudge.clone(),
                view: view.clone(),
                clock: Arc::clone(&clock),
                stop: stop.clone(),
                seed: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(index as u64),
            };
            cameras.spawn_on(reception.supervise(), runtime.handle());
        }
        cameras.close();
        Ok(Self { view, runtime, stop, cameras, sampling, committing, threads, case_thread, courier_thread })
    }

    /// What the console may read.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The runtime of the sockets, for the HTTP server.
    pub fn runtime(&self) -> &tokio::runtime::Handle {
        self.runtime.handle()
    }

    /// Stops from the top of the road and waits until every committed case is handed to the courier's
    /// last round.
    pub fn stop(self) -> Result<Drained, Error> {
        self.stop.cancel();
        // A camera that does not answer TEARDOWN in time is left: its socket closes with the process.
        let _in_time = self.runtime.block_on(async { tokio::time::timeout(TEARDOWN_MAX, self.cameras.wait()).await });
        drop(self.sampling);
        drop(self.committing);
        for thread in self.threads {
            thread.join().map_err(|_| Error::Worker("stage"))?;
        }
        let uncommitted = self.case_thread.join().map_err(|_| Error::Worker("cw-case"))?;
        self.courier_thread.join().map_err(|_| Error::Worker("cw-courier"))?;
        let undelivered = u64::try_from(self.view.metrics.outbox_pending.get()).unwrap_or(0);
        self.runtime.shutdown_timeout(TEARDOWN_MAX);
        Ok(Drained { uncommitted, undelivered })
    }
}

/// A camera nobody has dialled yet.
fn unseen(camera: &curbwatch_config::Camera, source: &Source, clock: &dyn Clock) -> CameraStatus {
    CameraStatus {
        camera: camera.id.clone(),
        name: camera.name.clone(),
        url: redacted(&source.url),
        state: CameraState::Connecting,
        since: clock.wall(),
        why: "not dialled yet".to_owned(),
        looks: 0,
        dropped: std::collections::BTreeMap::new(),
        last_look: None,
        open: 0,
    }
}

/// One vision worker.
struct Worker {
    vision: Vision,
    slots: Arc<[Slot]>,
    view: View,
    observed: u64,
}

impl Worker {
    fn run(mut self, looks: &Receiver<DueLook>, seen: &Sender<Seen>) {
        for due in looks {
            // The sampler hands out a look only when its slot is filled, and nobody else takes.
            let Some(unit) = self.slots[due.camera].take() else {
                self.over(due, DropReason::NoPicture);
                continue;
            };
            self.view.metrics.units_looked_at.inc();
            let look = Look { unit, why: due.why, due: due.due, deadline: due.deadline };
            self.observed += 1;
            match self.vision.observe(look, self.observed) {
                Ok(observation) => {
                    if seen.send(Seen { look: due, observation }).is_err() {
                        self.over(due, DropReason::Shutdown);
                        return;
                    }
                }
                Err(Blind { reason, cause }) => {
                    tracing::debug!(camera = due.camera, "{cause}");
                    self.over(due, reason);
                }
            }
        }
    }

    fn over(&self, look: DueLook, reason: DropReason) {
        self.view.metrics.looks_outstanding.dec();
        self.view.metrics.looks_dropped(reason).inc();
        self.view.board.dropped(look.camera, reason);
    }
}

/// One camera's reception, supervised: an unexpected end is counted and started again.
struct Reception {
    index: usize,
    source: Source,
    slots: Arc<[Slot]>,
    nudge: Sender<Nudge>,
    view: View,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    seed: u64,
}

impl Reception {
    /// Pause before a reception that ended unexpectedly is started again.
    const RESTART_AFTER: Duration = Duration::from_secs(10);

    async fn supervise(self) {
        let this = Arc::new(self);
        while !this.stop.is_cancelled() {
            let one = Arc::clone(&this);
            let ended = tokio::spawn(async move { one.receive().await }).await;
            if this.stop.is_cancelled() {
                return;
            }
            if ended.is_err() {
                this.view.metrics.camera_error("internal");
                tracing::error!(camera = %this.source.camera, "reception ended unexpectedly; it starts again in 10 s");
                let why = "internal error; starting again";
                this.view.board.state(this.index, CameraState::Connecting, why, this.clock.wall());
            }
            tokio::select! {
                () = tokio::time::sleep(Self::RESTART_AFTER) => {}
                () = this.stop.cancelled() => return,
            }
        }
    }

    async fn receive(&self) {
        let mut sessions = 0_u64;
        let outlet = |event| self.take(event, &mut sessions);
        curbwatch_ingest::run(&self.source, &*self.clock, self.seed, self.stop.clone(), outlet).await;
    }

    /// Never waits: whatever the later stages do, this camera's socket is read.
    fn take(&self, event: Event, sessions: &mut u64) {
        let metrics = &self.view.metrics;
        match event {
            Event::Unit(unit) => {
                metrics.units.inc();
                if !unit.keyframe {
                    return;
                }
                let (put, dropped) = self.slots[self.index].put(unit);
                if let Some(reason) = dropped {
                    metrics.units_dropped(reason).inc();
                }
                if put == Put::Wanted && self.nudge.try_send(Nudge::Picture(self.index)).is_err() {
                    metrics.wishes_dropped.inc();
                }
            }
            Event::State { state, why } => {
                tracing::info!(camera = %self.source.camera, state = state.name(), "{why}");
                self.view.board.state(self.index, state, &why, self.clock.wall());
            }
            Event::Connected { .. } => {
                *sessions += 1;
                if *sessions > 1 {
                    metrics.reconnects.inc();
                }
            }
            Event::Redirected { to } => tracing::info!(camera = %self.source.camera, "redirected to {to}"),
            Event::Dropped { reason, count } => metrics.units_dropped(reason).inc_by(count),
            Event::Received { bytes, .. } => metrics.received_bytes.inc_by(bytes),
            Event::Failed(error) => {
                metrics.camera_error(error.kind());
                tracing::warn!(camera = %self.source.camera, "{error}");
            }
        }
    }
}

/// The courier's thread: delivers what is due, rests until something is.
fn deliver(
    mut courier: Courier,
    reader: &CaseReader,
    deliverable: &Receiver<()>,
    clock: &dyn Clock,
    metrics: &Metrics,
) {
    loop {
        let last_round = matches!(deliverable.try_recv(), Err(crossbeam_channel::TryRecvError::Disconnected));
        let mut rest = COURIER_REST_MAX;
        match courier.deliver_due(clock.wall()) {
            Ok(delivered) => {
                metrics.delivered.inc_by(delivered.sent as u64);
                metrics.delivery_failures.inc_by(delivered.failed as u64);
                for (sink, problem) in &delivered.problems {
                    tracing::warn!(sink, "{problem}");
                }
                if let Some(next) = delivered.next_due {
                    let ms = next.millis_since(clock.wall()).max(0);
                    rest = rest.min(Duration::from_millis(ms.unsigned_abs()));
                }
            }
            Err(cause) => {
                metrics.delivery_failures.inc();
                tracing::error!("outbox: {cause}");
            }
        }
        if let Ok(outbox) = reader.outbox() {
            metrics.outbox_pending.set(i64::try_from(outbox.pending).unwrap_or(i64::MAX));
        }
        if last_round {
            return;
        }
        match deliverable.recv_timeout(rest) {
            Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
}

/// Cases that were open when the process ended, as the scene wants them back.
fn adoptable(
    store: &Store,
    camera: &curbwatch_types::CameraId,
) -> Result<Vec<curbwatch_scene::OpenIncident>, Error> {
    let open = store.open_cases(Some(camera))?;
    Ok(open
        .into_iter()
        .map(|case| curbwatch_scene::OpenIncident {
            key: case.key,
            class: case.class,
            view: case.view,
            zone: case.zone,
            bbox: case.bbox,
            first_seen: case.first_seen,
            due: case.due,
            last_seen: case.last_seen,
            present_looks: case.present_looks,
            best_score: case.best_score,
            appearance: case.appearance,
        })
        .collect())
}

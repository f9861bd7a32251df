//! The live engine: starts every stage, joins them with bounded queues, and drains them in order.
//!
//! ```text
//! camera tasks -> slots -> sampler -> vision workers -> scene thread -> case thread -> courier thread
//!                                                       re-check orders -^   `-> memory thread
//! ```
//!
//! Stopping closes the road from its top: camera tasks say TEARDOWN, the sampler drops what is due,
//! workers finish what they hold, and each thread ends when the one before it is gone.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use curbwatch_case::{CaseReader, Courier, Decisions, Ledger, MemoryStore, Store};
use curbwatch_config::{self as config, Config};
use curbwatch_decode::Decoder;
use curbwatch_ingest::{Source, redacted};
use curbwatch_scene::{CameraScene, Memory};
use curbwatch_types::{CameraId, CameraState, Clock, Findings};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Error;
use crate::board::{Board, CameraStatus};
use crate::budgets::Budgets;
use crate::cases::{Cases, Outcome};
use crate::courier::deliver;
use crate::coverage::Watched;
use crate::gates::Gates;
use crate::ledger::LedgerKeeper;
use crate::memories::{Memories, hand_over};
use crate::metrics::Metrics;
use crate::orders::{Ordered, Orders};
use crate::reception::Reception;
use crate::record::Recorder;
use crate::sampler::{Nudge, Sampler};
use crate::scenes::{LayBy, Scenes, Seen};
use crate::schedule::{DueLook, Schedule};
use crate::slot::Slot;
use crate::threads::spawn;
use crate::view::View;
use crate::vision::Vision;
use crate::wiring;
use crate::workers::Worker;

/// Observations between vision and scene.
const OBSERVATIONS_MAX: usize = 64;
/// Re-check orders between store and scene.
const ORDERS_MAX: usize = 64;
/// Incidents between scene and case.
const INCIDENTS_MAX: usize = 256;
/// Memories between scene and disk; each may hold some megabytes.
const MEMORIES_MAX: usize = 16;
/// Looks' findings between scene and record.
const FINDINGS_QUEUE_MAX: usize = 4096;
/// How long camera tasks may take to say goodbye.
const TEARDOWN_MAX: Duration = Duration::from_secs(3);

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
    pub fn start(config: &Config, clock: &Arc<dyn Clock>, seed: u64) -> Result<Self, Error> {
        let budgets = Arc::new(Budgets::new(config));
        let watched = watched(config, &budgets)?;
        let metrics = Arc::new(Metrics::new()?);
        let model = wiring::model(config)?;
        let zones = wiring::zones(watched.iter().map(|(camera, _)| *camera));
        let visions = (0..wiring::workers(config.inference.workers))
            .map(|_| wiring::vision(config, &model, &zones, Arc::clone(&metrics)))
            .collect::<Result<Vec<Vision>, Error>>()?;
        let case_options = wiring::case_options(config, seed);
        let store = Store::open(&case_options)?;
        let mut ledger = Ledger::open(&case_options)?;
        let unseen = unseen(&watched, &mut ledger, &**clock)?;
        let view = View {
            board: Arc::new(Board::new(unseen, Arc::clone(&metrics))),
            budgets,
            metrics,
            model: model.id(),
            provider: visions.first().map_or("none", Vision::provider).into(),
        };
        let courier = Courier::open(&case_options)?;
        let reader = CaseReader::open(&config.store.directory)?;
        let memories = MemoryStore::open(&config.store.directory)?;
        let scenes = scenes(&watched, (&memories, &store), &**clock, &view.metrics)?;

        // The road's joints, top to bottom. Each stage ends when the one before it is gone.
        let (nudge, nudges) = bounded::<Nudge>(watched.len() * 2 + 64);
        let (look, looks) = bounded::<DueLook>(0);
        let (seen, observations) = bounded::<Seen>(OBSERVATIONS_MAX);
        let (decided, incidents) = bounded::<Outcome>(INCIDENTS_MAX);
        let (order, orders) = bounded::<Ordered>(ORDERS_MAX);
        let (committed, deliverable) = bounded::<()>(1);
        let (memory, taken) = bounded::<Memory>(MEMORIES_MAX);
        // Two words from `stop`: closed, never sent to.
        let (sampling, stop_sampling) = bounded::<()>(0);
        let (committing, stopping) = bounded::<()>(0);

        let slots: Arc<[Slot]> = watched.iter().map(|_| Slot::default()).collect();
        let period =
            |(camera, _): &(&config::Camera, Source)| Duration::from_secs_f64(camera.look_every_secs);
        let periods: Vec<Duration> = watched.iter().map(period).collect();
        let sampler = Sampler {
            schedule: Schedule::new(&periods, clock.monotonic()),
            slots: Arc::clone(&slots),
            nudges,
            looks: look,
            stop: stop_sampling.clone(),
            clock: Arc::clone(clock),
            metrics: Arc::clone(&view.metrics),
            board: Arc::clone(&view.board),
        };
        let mut threads = vec![spawn("cw-sampler", move || sampler.run())?];
        threads.push(keep(ledger, &view, clock, stop_sampling.clone())?);
        threads.extend(workers(visions, &slots, &view, clock, (&looks, &seen))?);
        drop((looks, seen));
        let joints = (order, decided.clone(), stop_sampling);
        threads.push(ask(config, indexes(&watched), joints, clock)?);
        let scenes = Scenes {
            lay_by: LayBy::new(config.store.memory_every_secs, scenes.len(), clock.monotonic()),
            memory,
            per_camera: scenes,
            observations,
            orders,
            asked: BTreeSet::new(),
            looked_through: clock.monotonic(),
            decided,
            findings: start_record(config, &view.metrics, &mut threads)?,
            nudges: nudge.clone(),
            clock: Arc::clone(clock),
            metrics: Arc::clone(&view.metrics),
            board: Arc::clone(&view.board),
        };
        threads.push(spawn("cw-scene", move || scenes.run())?);
        threads.push(remember(memories, taken, &view)?);
        let cases = Cases {
            store,
            directory: config.store.directory.clone(),
            decoder: Decoder::new(curbwatch_decode::Options::default()),
            gates: Gates::new(model.manifest(), config),
            incidents,
            committed,
            stopping,
            clock: Arc::clone(clock),
            metrics: Arc::clone(&view.metrics),
        };
        let case_thread = spawn("cw-case", move || cases.run())?;
        let (now, metrics) = (Arc::clone(clock), Arc::clone(&view.metrics));
        let courier_thread = spawn("cw-courier", move || {
            deliver(courier, &reader, &deliverable, &*now, &metrics);
        })?;

        let (runtime, stop, cameras) = dial(watched, &slots, &nudge, &view, clock, seed)?;
        Ok(Self {
            view,
            runtime,
            stop,
            cameras,
            sampling,
            committing,
            threads,
            case_thread,
            courier_thread,
        })
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
        let _in_time = self
            .runtime
            .block_on(async { tokio::time::timeout(TEARDOWN_MAX, self.cameras.wait()).await });
        drop(self.sampling);
        drop(self.committing);
        for thread in self.threads {
            thread.join().map_err(|_| Error::Worker("stage"))?;
        }
        let uncommitted = self.case_thread.join().map_err(|_| Error::Worker("cw-case"))?;
        self.courier_thread
            .join()
            .map_err(|_| Error::Worker("cw-courier"))?;
        let undelivered = u64::try_from(self.view.metrics.outbox_pending.get()).unwrap_or(0);
        self.runtime.shutdown_timeout(TEARDOWN_MAX);
        Ok(Drained {
            uncommitted,
            undelivered,
        })
    }
}

fn indexes(watched: &[(&config::Camera, Source)]) -> HashMap<CameraId, usize> {
    let cameras = watched.iter().enumerate();
    cameras.map(|(i, (camera, _))| (camera.id.clone(), i)).collect()
}

/// One thread for each worker, from the looks to what was seen.
fn workers(
    visions: Vec<Vision>,
    slots: &Arc<[Slot]>,
    view: &View,
    clock: &Arc<dyn Clock>,
    (looks, seen): (&Receiver<DueLook>, &Sender<Seen>),
) -> Result<Vec<JoinHandle<()>>, Error> {
    let mut threads = Vec::with_capacity(visions.len());
    for (n, vision) in visions.into_iter().enumerate() {
        let worker = Worker {
            vision,
            slots: Arc::clone(slots),
            view: view.clone(),
            clock: Arc::clone(clock),
            looks: 0,
        };
        let (looks, seen) = (looks.clone(), seen.clone());
        threads.push(spawn(&format!("cw-vision-{n}"), move || {
            worker.run(&looks, &seen);
        })?);
    }
    Ok(threads)
}

/// Starts the record stage; answers with its queue. A record that cannot be opened is no reason not to watch: then what
/// would be written is counted as dropped.
fn start_record(
    config: &Config,
    metrics: &Arc<Metrics>,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<Sender<Findings>, Error> {
    let (findings, said) = bounded::<Findings>(FINDINGS_QUEUE_MAX);
    let decisions = match Decisions::open(&config.store.directory, wiring::decisions(config)) {
        Ok(decisions) => decisions,
        Err(cause) => {
            tracing::error!("no decision record is kept: {cause}");
            return Ok(findings);
        }
    };
    let recorder = Recorder {
        decisions,
        findings: said,
        metrics: Arc::clone(metrics),
    };
    threads.push(spawn("cw-record", move || recorder.run())?);
    Ok(findings)
}

/// The cameras that have an address, with it.
fn watched<'c>(config: &'c Config, budgets: &Budgets) -> Result<Vec<(&'c config::Camera, Source)>, Error> {
    let mut watched = Vec::new();
    for camera in &config.cameras {
        if let Some(source) = wiring::source(config, camera, budgets)? {
            watched.push((camera, source));
        }
    }
    if watched.is_empty() {
        Err(Error::NothingToWatch)
    } else {
        Ok(watched)
    }
}

/// Every camera's scene, with what the process before this one left of it.
fn scenes(
    watched: &[(&config::Camera, Source)],
    left: (&MemoryStore, &Store),
    clock: &dyn Clock,
    metrics: &Metrics,
) -> Result<Vec<CameraScene>, Error> {
    let mut scenes = Vec::with_capacity(watched.len());
    for (camera, _) in watched {
        let mut scene = wiring::scene(camera);
        hand_over(&mut scene, &camera.id, left, clock.wall(), metrics)?;
        scenes.push(scene);
    }
    Ok(scenes)
}

/// Starts the thread of re-check orders; it ends when `stop` is closed.
fn ask(
    config: &Config,
    cameras: HashMap<CameraId, usize>,
    (scene, decided, stop): (Sender<Ordered>, Sender<Outcome>, Receiver<()>),
    clock: &Arc<dyn Clock>,
) -> Result<JoinHandle<()>, Error> {
    let asker = Orders {
        reader: CaseReader::open(&config.store.directory)?,
        cameras,
        at_a_time: config.recheck.orders_max,
        scene,
        decided,
        stop,
        clock: Arc::clone(clock),
    };
    spawn("cw-orders", move || asker.run())
}

/// Starts the memories' thread; it ends when the scene stage is gone.
fn remember(store: MemoryStore, taken: Receiver<Memory>, view: &View) -> Result<JoinHandle<()>, Error> {
    let metrics = Arc::clone(&view.metrics);
    let memories = Memories {
        store,
        taken,
        metrics,
    };
    spawn("cw-memory", move || memories.run())
}

/// Starts the ledger's thread; it ends when `stop` is closed.
fn keep(
    ledger: Ledger,
    view: &View,
    clock: &Arc<dyn Clock>,
    stop: Receiver<()>,
) -> Result<JoinHandle<()>, Error> {
    let keeper = LedgerKeeper {
        ledger,
        board: Arc::clone(&view.board),
        clock: Arc::clone(clock),
        metrics: Arc::clone(&view.metrics),
        budgets: Arc::clone(&view.budgets),
        stop,
    };
    spawn("cw-ledger", move || keeper.run())
}

/// Starts the network thread and one task for each camera on it.
fn dial(
    watched: Vec<(&config::Camera, Source)>,
    slots: &Arc<[Slot]>,
    nudge: &Sender<Nudge>,
    view: &View,
    clock: &Arc<dyn Clock>,
    seed: u64,
) -> Result<(Runtime, CancellationToken, TaskTracker), Error> {
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
            slots: Arc::clone(slots),
            nudge: nudge.clone(),
            view: view.clone(),
            clock: Arc::clone(clock),
            stop: stop.clone(),
            seed: seed
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .wrapping_add(index as u64),
        };
        cameras.spawn_on(reception.supervise(), runtime.handle());
    }
    cameras.close();
    Ok((runtime, stop, cameras))
}

/// Every camera before anybody has dialled it, with what the coverage ledger says of the time before.
fn unseen(
    watched: &[(&config::Camera, Source)],
    ledger: &mut Ledger,
    clock: &dyn Clock,
) -> Result<Vec<(CameraStatus, Watched)>, Error> {
    let now = clock.wall();
    let roster: Vec<CameraId> = watched.iter().map(|(camera, _)| camera.id.clone()).collect();
    let before = ledger.begin(&roster, now)?;
    let cameras = watched.iter().zip(before).map(|((camera, source), before)| {
        let status = CameraStatus {
            camera: camera.id.clone(),
            name: camera.name.clone(),
            url: redacted(&source.url),
            state: CameraState::Connecting,
            since: now,
            why: "not dialled yet".to_owned(),
            looks: 0,
            dropped: std::collections::BTreeMap::new(),
            last_look: None,
            open: 0,
        };
        let every = Duration::from_secs_f64(camera.look_every_secs);
        (status, Watched::new(camera.id.clone(), every, before, now))
    });
    Ok(cameras.collect())
}

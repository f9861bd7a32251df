//! The live engine: starts every stage, joins them with bounded queues, and drains them in order.
//!
//! ```text
//! camera tasks -> slots -> sampler -> vision workers -> scene thread -> case thread -> courier thread
//!                                                       re-check orders -^   `-> memory thread
//! ```
//!
//! Stopping closes the road from its top: camera tasks say TEARDOWN, the sampler drops what is due,
//! workers finish what they hold, and each thread ends when the one before it is gone.

mod reload;
mod roster;
mod stages;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};
use curbwatch_case::{CaseReader, Courier, Ledger, MemoryStore, Store};
use curbwatch_config::{self as config, Config};
use curbwatch_types::Clock;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::Error;
use crate::board::Board;
use crate::budgets::Budgets;
use crate::cases::Outcome;
use crate::courier::deliver;
use crate::gates::Gates;
use crate::ledger::RosterChange;
use crate::memories::Shelf;
use crate::metrics::Metrics;
use crate::nudge::{Nudge, Post};
use crate::orders::Ordered;
use crate::receptions::Receptions;
use crate::sampler::Assignment;
use crate::scenes::{LayBy, SceneChange, Scenes, Seen};
use crate::slot::Slot;
use crate::threads::spawn;
use crate::view::View;
use crate::vision::{Vision, VisionProgram};
use crate::visits::{ERRANDS_PER_CAMERA, Errand};
use crate::wiring;
use reload::Reins;
pub use reload::Reloaded;
use roster::{scenes, unseen, watched};
use stages::{ask, commit, decode_all, keep, remember, sample, start_record, workers};

/// Wishes and pictures on their way to the sampler, at least; two for each camera where there are more.
const NUDGES_MIN: usize = 4096;
/// Observations between vision and scene.
const OBSERVATIONS_MAX: usize = 64;
/// Re-check orders between store and scene.
const ORDERS_MAX: usize = 64;
/// Incidents between scene and case.
const INCIDENTS_MAX: usize = 256;
/// Memories between scene and disk; each may hold some megabytes.
const MEMORIES_MAX: usize = 16;
/// How long the sockets' runtime may take to end.
const RUNTIME_ENDS_MAX: Duration = Duration::from_secs(3);

/// A running engine.
pub struct Live {
    /// What it runs with: as it was told, but for what only a restart takes up.
    config: Config,
    view: View,
    clock: Arc<dyn Clock>,
    runtime: Runtime,
    receptions: Receptions,
    reins: Reins,
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
        Self::start_with(config, clock, seed, &VisionProgram::own())
    }

    /// [`start`](Self::start), with another program to serve looks, where the configuration wants vision workers in processes
    /// of their own.
    pub fn start_with(
        config: &Config,
        clock: &Arc<dyn Clock>,
        seed: u64,
        program: &VisionProgram,
    ) -> Result<Self, Error> {
        let budgets = Arc::new(Budgets::new(config));
        let watched = watched(config, &budgets)?;
        let metrics = Arc::new(Metrics::new()?);
        let model = wiring::model(config)?;
        let workers_count = wiring::workers(config.inference.workers);
        let visions = wiring::visions(config, &model, workers_count, (&metrics, clock), program)?;
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
        let (scenes, ground) = scenes(&watched, (&memories, &reader), &**clock, &view.metrics)?;

        // The road's joints, top to bottom. Each stage ends when the one before it is gone.
        let (nudge, nudges) = bounded::<Nudge>(NUDGES_MIN.max(watched.len() * 2));
        let (look, looks) = bounded::<Assignment>(0);
        let (seen, observations) = bounded::<Seen>(OBSERVATIONS_MAX);
        let (decided, incidents) = bounded::<Outcome>(INCIDENTS_MAX);
        let (order, orders) = bounded::<Ordered>(ORDERS_MAX);
        let (committed, deliverable) = bounded::<()>(1);
        let (memory, shelf) = bounded::<Shelf>(MEMORIES_MAX);
        let (scene_change, scene_changes) = bounded::<Vec<SceneChange>>(1);
        let (roster_change, roster_changes) = bounded::<RosterChange>(1);
        let reins = Reins {
            nudge: nudge.clone(),
            scenes: scene_change,
            roster: roster_change,
            shelf: memory.clone(),
        };
        // Two words from `stop`: closed, never sent to.
        let (sampling, stop_sampling) = bounded::<()>(0);
        let (committing, stopping) = bounded::<()>(0);

        let (flow, flows) = decode_all(config, stop_sampling.clone(), nudge.clone(), &view, clock)?;
        let posts: Vec<Post> = watched.iter().map(|(camera, _)| post(camera)).collect();
        let joints = (nudges, look, stop_sampling.clone());
        let (errand, errands) = mpsc::channel::<Errand>(watched.len() * ERRANDS_PER_CAMERA + 64);
        let sampler = sample(&watched, posts.clone(), joints, errand.clone(), &view, clock)?;
        let mut threads = vec![sampler, flow];
        threads.push(keep(ledger, roster_changes, &view, clock, stop_sampling.clone())?);
        threads.extend(workers(visions, &view, clock, (&looks, &seen, &stop_sampling))?);
        drop((looks, seen));
        let joints = (order, decided.clone(), stop_sampling);
        threads.push(ask(config, joints, &view, clock)?);
        let scenes = Scenes {
            lay_by: LayBy::new(config.store.memory_every_secs, scenes.len(), clock.monotonic()),
            memory,
            per_camera: scenes,
            ground,
            changes: scene_changes,
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
        threads.push(remember(memories, shelf, &view)?);
        let gates = Gates::new(model.manifest(), config);
        let case_thread = commit(
            config,
            (store, gates),
            (incidents, committed, stopping),
            &view,
            clock,
        )?;
        let (now, metrics) = (Arc::clone(clock), Arc::clone(&view.metrics));
        let courier_thread = spawn("cw-courier", move || {
            deliver(courier, &reader, &deliverable, &*now, &metrics);
        })?;

        let runtime = network()?;
        let ways = (nudge, errand, errands, flows);
        let mut receptions = Receptions::new(runtime.handle(), ways, &view, clock, seed);
        for (index, ((camera, source), post)) in watched.into_iter().zip(posts).enumerate() {
            let plan = wiring::plan(config, camera, &view.budgets);
            receptions.begin(index, source, post.slot, plan);
        }
        Ok(Self {
            config: config.clone(),
            view,
            clock: Arc::clone(clock),
            runtime,
            receptions,
            reins,
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
    pub fn stop(mut self) -> Result<Drained, Error> {
        self.receptions.end_all();
        drop(self.sampling);
        drop(self.committing);
        drop(self.reins);
        for thread in self.threads {
            thread.join().map_err(|_| Error::Worker("stage"))?;
        }
        let uncommitted = self.case_thread.join().map_err(|_| Error::Worker("cw-case"))?;
        self.courier_thread
            .join()
            .map_err(|_| Error::Worker("cw-courier"))?;
        let undelivered = u64::try_from(self.view.metrics.outbox_pending.get()).unwrap_or(0);
        self.runtime.shutdown_timeout(RUNTIME_ENDS_MAX);
        Ok(Drained {
            uncommitted,
            undelivered,
        })
    }
}

/// What a look at the camera needs.
fn post(camera: &config::Camera) -> Post {
    Post {
        slot: Arc::new(Slot::default()),
        zones: wiring::zones(camera),
        on_patrol: camera.patrol.is_some(),
    }
}

/// The network thread.
fn network() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("cw-net")
        .enable_all()
        .build()
        .map_err(Error::Runtime)
}

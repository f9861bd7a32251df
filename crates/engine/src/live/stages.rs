//! Starting the stages' threads, one function each; how they hang together is `live`'s.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use curbwatch_case::{CaseReader, Decisions, Ledger, MemoryStore, Store};
use curbwatch_config::{self as config, Config};
use curbwatch_decode::Decoder;
use curbwatch_ingest::Source;
use curbwatch_types::{Clock, Findings};
use tokio::sync::mpsc;

use super::roster::every;
use crate::Error;
use crate::cases::{Cases, Outcome};
use crate::flow::{FlowStage, Flows};
use crate::gates::Gates;
use crate::ledger::{LedgerKeeper, RosterChange};
use crate::memories::{Memories, Shelf};
use crate::metrics::Metrics;
use crate::nudge::{Nudge, Post};
use crate::orders::{Ordered, Orders};
use crate::record::Recorder;
use crate::sampler::{Assignment, Sampler};
use crate::scenes::Seen;
use crate::schedule::Schedule;
use crate::threads::spawn;
use crate::view::View;
use crate::vision::Vision;
use crate::visits::Errand;
use crate::wiring;
use crate::workers::Worker;

/// Looks' findings between scene and record.
const FINDINGS_QUEUE_MAX: usize = 4096;

/// Starts the sampler; it ends when `stop` is closed.
pub(super) fn sample(
    watched: &[(&config::Camera, Source)],
    posts: Vec<Post>,
    (nudges, looks, stop): (Receiver<Nudge>, Sender<Assignment>, Receiver<()>),
    errands: mpsc::Sender<Errand>,
    view: &View,
    clock: &Arc<dyn Clock>,
) -> Result<JoinHandle<()>, Error> {
    let periods: Vec<Duration> = watched.iter().map(|(camera, _)| every(camera)).collect();
    let mut schedule = Schedule::new(&periods, clock.monotonic());
    for (camera, _) in posts.iter().enumerate().filter(|(_, post)| post.on_patrol) {
        schedule.only_visited(camera);
    }
    let sampler = Sampler {
        schedule,
        posts,
        nudges,
        looks,
        stop,
        clock: Arc::clone(clock),
        metrics: Arc::clone(&view.metrics),
        board: Arc::clone(&view.board),
        errands,
    };
    spawn("cw-sampler", move || sampler.run())
}

/// Starts the case stage; it ends when the scene stage is gone and everything is committed, or the disk refuses and `stopping`
/// is closed. Answers how many changes it could not commit.
pub(super) fn commit(
    config: &Config,
    (store, gates): (Store, Gates),
    (incidents, committed, stopping): (Receiver<Outcome>, Sender<()>, Receiver<()>),
    view: &View,
    clock: &Arc<dyn Clock>,
) -> Result<JoinHandle<usize>, Error> {
    let cases = Cases {
        store,
        directory: config.store.directory.clone(),
        decoder: Decoder::new(curbwatch_decode::Options::default()),
        gates,
        incidents,
        committed,
        stopping,
        clock: Arc::clone(clock),
        metrics: Arc::clone(&view.metrics),
    };
    spawn("cw-case", move || cases.run())
}

/// Starts the thread that decodes every picture of cameras without keyframes, and says the way to it; it ends when `stop` is
/// closed.
pub(super) fn decode_all(
    config: &Config,
    stop: Receiver<()>,
    nudge: Sender<Nudge>,
    view: &View,
    clock: &Arc<dyn Clock>,
) -> Result<(JoinHandle<()>, Flows), Error> {
    let (stage, flows) = FlowStage::new(wiring::flow(config), stop, nudge, clock, &view.metrics);
    Ok((spawn("cw-flow", move || stage.run())?, flows))
}

/// One thread for each worker, from the looks to what was seen.
pub(super) fn workers(
    visions: Vec<Vision>,
    view: &View,
    clock: &Arc<dyn Clock>,
    (looks, seen, stop): (&Receiver<Assignment>, &Sender<Seen>, &Receiver<()>),
) -> Result<Vec<JoinHandle<()>>, Error> {
    let mut threads = Vec::with_capacity(visions.len());
    for (n, vision) in visions.into_iter().enumerate() {
        let worker = Worker {
            vision,
            view: view.clone(),
            clock: Arc::clone(clock),
            stop: stop.clone(),
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
pub(super) fn start_record(
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

/// Starts the thread of re-check orders; it ends when `stop` is closed.
pub(super) fn ask(
    config: &Config,
    (scene, decided, stop): (Sender<Ordered>, Sender<Outcome>, Receiver<()>),
    view: &View,
    clock: &Arc<dyn Clock>,
) -> Result<JoinHandle<()>, Error> {
    let asker = Orders {
        reader: CaseReader::open(&config.store.directory)?,
        board: Arc::clone(&view.board),
        at_a_time: config.recheck.orders_max,
        scene,
        decided,
        stop,
        clock: Arc::clone(clock),
    };
    spawn("cw-orders", move || asker.run())
}

/// Starts the memories' thread; it ends when nobody is left to ask.
pub(super) fn remember(
    store: MemoryStore,
    asked: Receiver<Shelf>,
    view: &View,
) -> Result<JoinHandle<()>, Error> {
    let metrics = Arc::clone(&view.metrics);
    let memories = Memories {
        store,
        asked,
        metrics,
    };
    spawn("cw-memory", move || memories.run())
}

/// Starts the ledger's thread; it ends when `stop` is closed.
pub(super) fn keep(
    ledger: Ledger,
    changes: Receiver<RosterChange>,
    view: &View,
    clock: &Arc<dyn Clock>,
    stop: Receiver<()>,
) -> Result<JoinHandle<()>, Error> {
    let keeper = LedgerKeeper {
        ledger,
        changes,
        board: Arc::clone(&view.board),
        clock: Arc::clone(clock),
        metrics: Arc::clone(&view.metrics),
        budgets: Arc::clone(&view.budgets),
        stop,
    };
    spawn("cw-ledger", move || keeper.run())
}

//! Every camera's reception, each begun and ended by itself.
//!
//! Not for: what one reception does (`reception`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use curbwatch_ingest::Source;
use curbwatch_types::Clock;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::flow::Flows;
use crate::nudge::Nudge;
use crate::reception::Reception;
use crate::slot::Slot;
use crate::view::View;
use crate::visits::{Errand, Plan, Road, Visited, Visits, patrol};

/// How long camera tasks may take to say goodbye.
const TEARDOWN_MAX: Duration = Duration::from_secs(3);

/// Where receptions lead: to the sampler, to and from the visits, to the decoders of every picture.
type Ways = (Sender<Nudge>, mpsc::Sender<Errand>, mpsc::Receiver<Errand>, Flows);

/// The receptions under way, and what a new one needs.
pub(crate) struct Receptions {
    runtime: Handle,
    flows: Flows,
    nudge: Sender<Nudge>,
    /// What the visits of cameras on patrol are told.
    errands: mpsc::Sender<Errand>,
    view: View,
    clock: Arc<dyn Clock>,
    seed: u64,
    /// By camera index, also while one is begun anew.
    running: HashMap<usize, Running>,
}

/// One camera's reception.
pub(crate) struct Running {
    slot: Arc<Slot>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Receptions {
    /// None yet; the task that makes visits waits for errands from here on.
    pub(crate) fn new(
        runtime: &Handle,
        (nudge, errand, errands, flows): Ways,
        view: &View,
        clock: &Arc<dyn Clock>,
        seed: u64,
    ) -> Self {
        let road = Road {
            nudge: nudge.clone(),
            view: view.clone(),
            clock: Arc::clone(clock),
        };
        runtime.spawn(Visits::new(road, errands).run());
        Self {
            runtime: runtime.clone(),
            flows,
            nudge,
            errands: errand,
            view: view.clone(),
            clock: Arc::clone(clock),
            seed,
            running: HashMap::new(),
        }
    }

    /// Begins to receive from a camera of which nothing is received, for good or, by a plan, in visits.
    pub(crate) fn begin(&mut self, index: usize, source: Source, slot: Arc<Slot>, plan: Option<Plan>) {
        let stop = CancellationToken::new();
        let seed = self
            .seed
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(index as u64);
        if let Some(plan) = plan {
            let visited = Box::new(Visited {
                source,
                slot: Arc::clone(&slot),
                plan,
                seed,
                stop: stop.clone(),
            });
            let visits = patrol(self.errands.clone(), index, visited);
            let task = Some(self.runtime.spawn(visits));
            self.running.insert(index, Running { slot, stop, task });
            return;
        }
        let reception = Reception {
            index,
            source,
            slot: Arc::clone(&slot),
            flows: self.flows.clone(),
            nudge: self.nudge.clone(),
            view: self.view.clone(),
            clock: Arc::clone(&self.clock),
            stop: stop.clone(),
            seed,
        };
        let task = Some(self.runtime.spawn(reception.supervise()));
        self.running.insert(index, Running { slot, stop, task });
    }

    /// Begins to receive from a camera whose reception has ended, from elsewhere or with another login, into the same slot.
    pub(crate) fn begin_anew(&mut self, index: usize, source: Source, plan: Option<Plan>) {
        if let Some(before) = self.running.get(&index) {
            let slot = Arc::clone(&before.slot);
            self.begin(index, source, slot, plan);
        }
    }

    /// Cameras that stay connected have come or gone: so many sessions are left for visits.
    pub(crate) fn seats(&self, budgets: Vec<(String, usize)>) {
        // Nobody makes visits any more where nobody hears of it.
        let _gone = self.errands.blocking_send(Errand::Seats(budgets));
    }

    /// Nothing will be received from a camera any more whose reception has ended.
    pub(crate) fn forget(&mut self, index: usize) {
        self.running.remove(&index);
    }

    /// Ends the receptions of these cameras, all at a time, and waits until each has said TEARDOWN. One that has not in time is
    /// left: its socket closes by itself.
    pub(crate) fn end(&mut self, indexes: impl IntoIterator<Item = usize>) {
        let mut ended = Vec::new();
        for index in indexes {
            if let Some(running) = self.running.get_mut(&index) {
                running.stop.cancel();
                ended.extend(running.task.take());
            }
        }
        let all = async {
            for task in ended {
                let _ended = task.await;
            }
        };
        let _in_time = self
            .runtime
            .block_on(async { tokio::time::timeout(TEARDOWN_MAX, all).await });
    }

    /// Ends all of them.
    pub(crate) fn end_all(&mut self) {
        let all: Vec<usize> = self.running.keys().copied().collect();
        self.end(all);
    }
}

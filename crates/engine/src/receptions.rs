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
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::reception::Reception;
use crate::sampler::Nudge;
use crate::slot::Slot;
use crate::view::View;

/// How long camera tasks may take to say goodbye.
const TEARDOWN_MAX: Duration = Duration::from_secs(3);

/// The receptions under way, and what a new one needs.
pub(crate) struct Receptions {
    pub(crate) runtime: Handle,
    pub(crate) nudge: Sender<Nudge>,
    pub(crate) view: View,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) seed: u64,
    /// By camera index.
    pub(crate) running: HashMap<usize, Running>,
}

/// One camera's reception.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Receptions {
    /// Begins to receive from a camera of which nothing is received.
    pub(crate) fn begin(&mut self, index: usize, source: Source, slot: Arc<Slot>) {
        let stop = CancellationToken::new();
        let reception = Reception {
            index,
            source,
            slot,
            nudge: self.nudge.clone(),
            view: self.view.clone(),
            clock: Arc::clone(&self.clock),
            stop: stop.clone(),
            seed: self
                .seed
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .wrapping_add(index as u64),
        };
        let task = self.runtime.spawn(reception.supervise());
        self.running.insert(index, Running { stop, task });
    }

    /// Ends the receptions of these cameras, all at a time, and waits until each has said TEARDOWN. One that has not in time is
    /// left: its socket closes by itself.
    pub(crate) fn end(&mut self, indexes: impl IntoIterator<Item = usize>) {
        let ended: Vec<Running> = indexes
            .into_iter()
            .filter_map(|index| self.running.remove(&index))
            .collect();
        for one in &ended {
            one.stop.cancel();
        }
        let all = async {
            for one in ended {
                let _ended = one.task.await;
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

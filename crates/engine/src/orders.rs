//! Re-check orders on their way to the scene: one thread that finds in the store what somebody has ordered.
//!
//! An order is a row until its verdict is committed, so it survives a restart: the next process finds it waiting and
//! gives it to its scene again, with the deadline it had. Not for: answering (`scene`), looking earlier (the scene asks
//! the sampler as it does for a dwell that falls due).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use curbwatch_case::CaseReader;
use curbwatch_types::{Clock, Inconclusive, RecheckOrder, Verdict, Wall};

use crate::board::Board;
use crate::cases::Outcome;

/// How often the store is asked: an order waits so long at most before its first look is wanted.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// An order for the scene of the camera of this index.
#[derive(Debug)]
pub(crate) struct Ordered {
    pub(crate) camera: usize,
    pub(crate) order: RecheckOrder,
}

pub(crate) struct Orders {
    pub(crate) reader: CaseReader,
    /// Which cameras are watched.
    pub(crate) board: Arc<Board>,
    /// Orders read at a time.
    pub(crate) at_a_time: usize,
    pub(crate) scene: Sender<Ordered>,
    /// For verdicts about cameras that nobody watches.
    pub(crate) decided: Sender<Outcome>,
    /// Closed (never sent to) when the process was told to stop.
    pub(crate) stop: Receiver<()>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Orders {
    /// Runs until told to stop, or until the scene is gone.
    pub(crate) fn run(self) {
        let mut given: HashSet<Arc<str>> = HashSet::new();
        loop {
            match self.reader.waiting_orders(self.at_a_time) {
                Ok(waiting) => {
                    // An answered one is forgotten: its id never comes again.
                    let still: HashSet<Arc<str>> = waiting.iter().map(|o| Arc::clone(&o.id)).collect();
                    given.retain(|id| still.contains(id));
                    for order in waiting {
                        if given.insert(Arc::clone(&order.id)) && !self.give(order) {
                            return;
                        }
                    }
                }
                Err(cause) => tracing::error!("re-check orders: {cause}"),
            }
            match self.stop.recv_timeout(ASK_EVERY) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// False when the scene is gone.
    fn give(&self, mut order: RecheckOrder) -> bool {
        let now = self.clock.wall();
        // Whoever ordered reads another clock; an order is never from the future.
        order.ordered_at = order.ordered_at.min(now);
        tracing::info!(order = %order.id, camera = %order.camera, "re-check ordered");
        match self.board.index(&order.camera) {
            Some(camera) => self.scene.send(Ordered { camera, order }).is_ok(),
            None => self.decided.send(Outcome::Verdict(unwatched(order, now))).is_ok(),
        }
    }
}

/// The answer about a camera that is not in the configuration any more.
pub(crate) fn unwatched(order: RecheckOrder, now: Wall) -> Verdict {
    Verdict::without_a_look(order, Inconclusive::CameraGone, now)
}

//! The ledger's thread: once a second it asks the board who is blind and writes what is new.
//!
//! Nobody waits for it. While the disk refuses, rows wait here, bounded; a row that is overtaken by a
//! newer one of the same stretch waits only once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, never, select};
use curbwatch_case::{Before, Ledger};
use curbwatch_types::{BlindInterval, CameraId, Clock, Wall};

use crate::board::Board;
use crate::budgets::Budgets;
use crate::metrics::Metrics;

/// How often the board is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is written that nothing is new: what a crash may leave unaccounted for.
const CHECKPOINT_MILLIS: i64 = 10_000;
/// How often old intervals are forgotten.
const FORGET_MILLIS: i64 = 3_600_000;
/// Rows that wait for a disk that refuses.
const WAITING_MAX: usize = 50_000;

/// Cameras that come and go while the program runs. The books of those that left are closed on the board already.
#[derive(Debug)]
pub(crate) struct RosterChange {
    pub(crate) left: Vec<CameraId>,
    pub(crate) entered: Vec<CameraId>,
    /// What was known of those that entered, in order; as if nothing were where the disk refuses.
    pub(crate) before: Sender<Vec<Before>>,
}

pub(crate) struct LedgerKeeper {
    pub(crate) ledger: Ledger,
    pub(crate) changes: Receiver<RosterChange>,
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) budgets: Arc<Budgets>,
    /// Closed (never sent to) when it is time to go.
    pub(crate) stop: Receiver<()>,
}

impl LedgerKeeper {
    /// Runs until told to stop. What is open then stays open: the next start closes it where this ended.
    pub(crate) fn run(mut self) {
        let mut waiting = BTreeMap::new();
        let (mut written, mut forgot) = (Wall(i64::MIN), self.clock.wall());
        let (stop, mut changes) = (self.stop.clone(), self.changes.clone());
        loop {
            let (mut stopped, mut changed) = (false, None);
            select! {
                recv(stop) -> _ => stopped = true,
                recv(changes) -> change => match change {
                    Ok(change) => changed = Some(change),
                    Err(_) => changes = never(),
                },
                default(EVERY) => {}
            }
            let now = self.clock.wall();
            self.take(&mut waiting, now);
            self.budgets.show(&self.metrics);
            self.metrics.visits.show(&self.board.rounds(now));
            let is_told = stopped || changed.is_some();
            if is_told || !waiting.is_empty() || now.millis_since(written) >= CHECKPOINT_MILLIS {
                let rows: Vec<BlindInterval> = waiting.values().cloned().collect();
                match self.ledger.write(&rows, now) {
                    Ok(()) => {
                        waiting.clear();
                        written = now;
                    }
                    Err(cause) => {
                        self.metrics.ledger_failures.inc();
                        tracing::error!(intervals = rows.len(), "{cause}");
                    }
                }
            }
            if let Some(change) = changed {
                self.change(&change, now);
            }
            if stopped {
                return;
            }
            if now.millis_since(forgot) >= FORGET_MILLIS {
                forgot = now;
                if let Err(cause) = self.ledger.forget(now) {
                    self.metrics.ledger_failures.inc();
                    tracing::warn!("{cause}");
                }
            }
        }
    }

    fn change(&mut self, change: &RosterChange, now: Wall) {
        let changed = self.ledger.change(&change.left, &change.entered, now);
        let before = changed.unwrap_or_else(|cause| {
            self.metrics.ledger_failures.inc();
            tracing::error!("{cause}");
            vec![Before::default(); change.entered.len()]
        });
        // Whoever asked may have lost patience.
        let _sent = change.before.try_send(before);
    }

    fn take(&self, waiting: &mut BTreeMap<(CameraId, Wall), BlindInterval>, now: Wall) {
        for row in self.board.tick(now) {
            let key = (row.camera.clone(), row.from);
            if waiting.len() < WAITING_MAX || waiting.contains_key(&key) {
                waiting.insert(key, row);
            } else {
                self.metrics.ledger_rows_lost.inc();
            }
        }
    }
}

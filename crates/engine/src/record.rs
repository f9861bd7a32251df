//! The record stage: what scenes say of their places, written down for `curbwatch why`; one thread.
//!
//! Worth less than cases and kept apart from them: when it cannot keep up or the disk refuses, findings are dropped and
//! counted, and nothing waits for it.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use curbwatch_case::Decisions;
use curbwatch_types::Findings;

use crate::metrics::Metrics;

/// How long findings gather before they are written together.
const GATHER: Duration = Duration::from_secs(2);
/// Looks' findings in one transaction at most.
const BATCH_MAX: usize = 512;

pub(crate) struct Recorder {
    pub(crate) decisions: Decisions,
    pub(crate) findings: Receiver<Findings>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Recorder {
    /// Runs until the scene stage is gone and everything is written.
    pub(crate) fn run(mut self) {
        while let Ok(first) = self.findings.recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH_MAX {
                match self.findings.recv_timeout(GATHER) {
                    Ok(next) => batch.push(next),
                    Err(_) => break,
                }
            }
            let count = batch.iter().map(|findings| findings.places.len() as u64).sum();
            match self.decisions.write(&batch) {
                Ok(()) => self.metrics.findings_written.inc_by(count),
                Err(cause) => {
                    self.metrics.findings_dropped.inc_by(count);
                    tracing::warn!(findings = count, "not in the decision record: {cause}");
                }
            }
        }
    }
}

//! The courier's thread: delivers the outbox when something was committed or a retry is due.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};
use curbwatch_case::{CaseReader, Courier};
use curbwatch_types::Clock;

use crate::metrics::Metrics;

/// Longest rest, so that a wake-up that was missed is a delay and not a standstill.
const REST_MAX: Duration = Duration::from_secs(5);

/// Delivers what is due and rests until something is; one last round when the case stage is gone.
pub(crate) fn deliver(
    mut courier: Courier,
    reader: &CaseReader,
    deliverable: &Receiver<()>,
    clock: &dyn Clock,
    metrics: &Metrics,
) {
    loop {
        let last_round = matches!(deliverable.try_recv(), Err(TryRecvError::Disconnected));
        let mut rest = REST_MAX;
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
            metrics
                .outbox_pending
                .set(i64::try_from(outbox.pending).unwrap_or(i64::MAX));
            metrics
                .cases_held
                .set(i64::try_from(outbox.held_cases).unwrap_or(i64::MAX));
        }
        if last_round {
            return;
        }
        match deliverable.recv_timeout(rest) {
            Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
}

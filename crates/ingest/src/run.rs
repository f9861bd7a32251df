//! Holding a camera's connection up: sessions one after the other, with full-jitter back-off between.

use curbwatch_types::{Clock, Epoch};
use tokio_util::sync::CancellationToken;

use crate::{Error, Event, Problem, Source};

/// Receives from one camera until `stop`: connects, reconnects with back-off, and tells `outlet`.
pub async fn run(
    source: &Source,
    clock: &dyn Clock,
    seed: u64,
    stop: CancellationToken,
    mut outlet: impl FnMut(Event) + Send,
) {
    let _ = (clock, seed);
    outlet(Event::Failed(
        Problem::Unsupported("not built yet".into()).on(&source.camera, "connecting"),
    ));
    stop.cancelled().await;
}

/// One connection: from name resolution until `stop` (`Ok`) or failure. No retry.
pub async fn session(
    source: &Source,
    clock: &dyn Clock,
    stop: &CancellationToken,
    epoch: Epoch,
    outlet: &mut (dyn FnMut(Event) + Send),
) -> Result<(), Error> {
    let _ = (clock, stop, epoch, outlet);
    Err(Problem::Unsupported("not built yet".into()).on(&source.camera, "connecting"))
}

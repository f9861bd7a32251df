//! `run`: the cameras, the console, and an orderly end.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use curbwatch_engine::Live;
use curbwatch_types::{Clock, SystemClock};

use crate::console;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The configuration.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = super::load(&arguments.config)?;
    // The port first: it is the cheapest thing that can be wrong.
    let cannot_listen = |cause| {
        Failure::Environment(format!(
            "server.listen {}: {cause}; stop what listens there, or set another address",
            config.server.listen
        ))
    };
    let listener = std::net::TcpListener::bind(config.server.listen).map_err(cannot_listen)?;
    let address = listener.local_addr().map_err(cannot_listen)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let live = Live::start(&config, &clock, super::seed())?;
    let view = live.view().clone();
    tracing::info!(model = %view.model, provider = %view.provider, "console at http://{address}/");
    let served = console::serve(listener, view, Arc::clone(&clock), config.store.directory.clone());
    let console = live.runtime().spawn(served);
    live.runtime().block_on(told_to_stop())?;
    tracing::info!("draining; a second signal ends at once");
    console.abort();
    let drained = live.stop()?;
    if drained.undelivered > 0 {
        tracing::info!(
            "{} deliveries wait in the outbox for the next start",
            drained.undelivered
        );
    }
    if drained.uncommitted > 0 {
        return Err(Failure::Environment(format!(
            "{} case changes could not be stored",
            drained.uncommitted
        )));
    }
    Ok(())
}

async fn told_to_stop() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |cause| Failure::Environment(format!("signals cannot be received: {cause}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(3);
    });
    Ok(())
}

//! `run`: the cameras, the console, a changed configuration on SIGHUP, and an orderly end.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use curbwatch_case::{Presence, Runs};
use curbwatch_engine::Live;
use curbwatch_types::{Clock, SystemClock};
use tokio::signal::unix::{Signal, SignalKind, signal};

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
    let mut live = Live::start(&config, &clock, super::seed())?;
    let view = live.view().clone();
    let mut signals = Signals::listen(&live)?;
    let directory = config.store.directory;
    let runs = Runs {
        process: std::process::id(),
        configuration: super::reload::whole_path(&arguments.config),
    };
    // From now on somebody takes orders here.
    let here = Presence::announce(&directory, &runs)?;
    tracing::info!(model = %view.model, provider = %view.provider, "console at http://{address}/");
    let served = console::serve(listener, view, Arc::clone(&clock), directory.clone());
    let console = live.runtime().spawn(served);
    let mut reloads = 0;
    while let Told::Reload = live.runtime().clone().block_on(signals.next()) {
        reloads += 1;
        let outcome = super::reload::carry_out(&mut live, &arguments.config);
        super::reload::report(&directory, &runs, reloads, &outcome);
    }
    drop(here);
    signals.end_at_the_second(live.runtime());
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

/// What somebody wants of the running program.
enum Told {
    Stop,
    Reload,
}

/// What the system tells.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen(live: &Live) -> Result<Self, Failure> {
        let _runtime = live.runtime().enter();
        let failed = |cause| Failure::Environment(format!("signals cannot be received: {cause}"));
        let listen = |kind| signal(kind).map_err(failed);
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.terminate.recv() => Told::Stop,
            _ = self.hangup.recv() => Told::Reload,
        }
    }

    fn end_at_the_second(mut self, runtime: &tokio::runtime::Handle) {
        runtime.spawn(async move {
            while let Told::Reload = self.next().await {}
            std::process::exit(3);
        });
    }
}

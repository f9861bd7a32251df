//! `impair`: a bad network in front of one camera.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_lab::Error;
use curbwatch_lab::impair::{Impairment, Proxy};
use curbwatch_types::SystemClock;
use serde_json::json;

use super::farm::stopped;
use super::print;

#[derive(Debug, clap::Args)]
pub(crate) struct ImpairArguments {
    /// The camera behind it.
    #[arg(long, value_name = "ADDRESS:PORT")]
    camera: SocketAddr,
    /// Where clients connect; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8555")]
    listen: SocketAddr,
    /// Datagrams lost, a share of 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    /// Datagrams sent twice, a share of 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    duplicate: f64,
    /// Datagrams overtaken by the next ones, a share of 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    reorder: f64,
    /// Delay of everything, both ways.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
    /// Most that chance adds to the delay.
    #[arg(long, default_value_t = 0)]
    jitter_ms: u64,
    /// Age of a connection at which it stalls without being closed.
    #[arg(long)]
    stall_after_ms: Option<u64>,
    /// How long it stalls; without it for ever.
    #[arg(long, requires = "stall_after_ms")]
    stall_for_ms: Option<u64>,
    /// Age of a connection at which it is closed.
    #[arg(long)]
    cut_after_ms: Option<u64>,
    /// Only so many connections fare like this; without it all.
    #[arg(long)]
    connections: Option<u64>,
    /// Seed of every chance.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub(crate) fn impair(arguments: &ImpairArguments) -> Result<(), Error> {
    let ms = Duration::from_millis;
    let impairment = Impairment {
        loss: arguments.loss,
        duplicate: arguments.duplicate,
        reorder: arguments.reorder,
        delay: ms(arguments.delay_ms),
        jitter: ms(arguments.jitter_ms),
        stall_after: arguments.stall_after_ms.map(ms),
        stall_for: arguments.stall_for_ms.map(ms),
        cut_after: arguments.cut_after_ms.map(ms),
        connections: arguments.connections,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::System {
        what: "start the runtime",
        source,
    })?;
    runtime.block_on(async {
        let (listen, camera) = (arguments.listen, arguments.camera);
        let proxy = Proxy::start(
            listen,
            camera,
            impairment,
            arguments.seed,
            Arc::new(SystemClock::new()),
        )
        .await?;
        print(&json!({ "ready": true, "listen": proxy.addr().to_string() }))?;
        stopped().await
    })
}

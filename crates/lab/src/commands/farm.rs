//! `farm`: clips as live RTSP cameras.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use curbwatch_lab::Error;
use curbwatch_lab::farm::{Account, Farm, FarmOptions, Transports, open_all};
use curbwatch_types::SystemClock;
use serde_json::json;

use super::{OPEN_FILES_SPARE, OnlyTransport, print, raise_open_files};

#[derive(Debug, clap::Args)]
pub(crate) struct FarmArguments {
    /// How many cameras.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    cameras: u32,
    /// H.264 or H.265 clips; camera n plays clip n modulo their number.
    #[arg(long, required = true, num_args = 1..)]
    clip: Vec<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8554")]
    listen: SocketAddr,
    /// Offer only this transport and answer 461 to the other.
    #[arg(long)]
    transport: Option<OnlyTransport>,
    /// Ask for this account, `USER:PASSWORD`, by Basic and Digest.
    #[arg(long, value_name = "USER:PASSWORD", value_parser = account)]
    auth: Option<Account>,
}

fn account(text: &str) -> Result<Account, &'static str> {
    Account::parse(text).ok_or("write USER:PASSWORD")
}

pub(crate) fn farm(arguments: FarmArguments) -> Result<(), Error> {
    raise_open_files(u64::from(arguments.cameras) + OPEN_FILES_SPARE);
    let mut options = FarmOptions::new(arguments.cameras as usize, open_all(&arguments.clip)?);
    options.listen = arguments.listen;
    options.account = arguments.auth;
    options.transports = match arguments.transport {
        None => Transports::Any,
        Some(OnlyTransport::Tcp) => Transports::TcpOnly,
        Some(OnlyTransport::Udp) => Transports::UdpOnly,
    };
    // One thread carries thousands of sessions, and leaves the other cores to what is measured.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::System {
        what: "start the runtime",
        source,
    })?;
    runtime.block_on(async {
        let farm = Farm::start(options, Arc::new(SystemClock::new())).await?;
        let listen = farm.addr().to_string();
        print(&json!({ "ready": true, "listen": listen, "cameras": arguments.cameras }))?;
        stopped().await?;
        print(&json!({ "ready": false, "stats": farm.stats() }))
    })
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn stopped() -> Result<(), Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let handler = signal(SignalKind::terminate());
    let mut terminate = handler.map_err(|source| Error::System {
        what: "handle SIGTERM",
        source,
    })?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => {
            pressed.map_err(|source| Error::System { what: "handle Ctrl-C", source })
        }
        _ = terminate.recv() => Ok(()),
    }
}

//! `fakecam`: cameras with quirks, on loopback.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use curbwatch_lab::Error;
use curbwatch_lab::fakecam::{Fakecam, FakecamOptions};
use curbwatch_lab::farm::{CATALOGUE, Quirks};
use curbwatch_types::SystemClock;
use serde_json::json;

use super::farm::stopped;
use super::{OPEN_FILES_SPARE, print, raise_open_files};

/// Sockets of one camera that nobody watches, and of one client.
const FILES_PER_CAMERA: u64 = 5;

#[derive(Debug, clap::Args)]
pub(crate) struct FakecamArguments {
    /// Name every quirk: what it does, and what a client should make of it.
    #[arg(long)]
    list: bool,
    /// A quirk, `NAME[,key=value]...`; give several to have them together.
    #[arg(long = "quirk", value_name = "NAME[,key=value]...")]
    quirks: Vec<String>,
    /// H.264 or H.265 clips, played one after the other.
    #[arg(long, required_unless_present = "list", num_args = 1..)]
    clip: Vec<PathBuf>,
    /// Where the first camera listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8554")]
    listen: SocketAddr,
    /// How many cameras; the others listen on the next addresses, 127.0.0.2 and on.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=4096))]
    cameras: u16,
    /// The account asked for, `USER:PASSWORD`; with quirks of authentication `admin:p:ss w%rd/ü`, else none.
    #[arg(long, value_name = "USER:PASSWORD", value_parser = account)]
    auth: Option<(String, String)>,
    /// Seed of every chance.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

fn account(text: &str) -> Result<(String, String), &'static str> {
    let (user, password) = text.split_once(':').ok_or("write USER:PASSWORD")?;
    Ok((user.to_owned(), password.to_owned()))
}

pub(crate) fn fakecam(arguments: FakecamArguments) -> Result<(), Error> {
    if arguments.list {
        return print(&list());
    }
    raise_open_files(FILES_PER_CAMERA * u64::from(arguments.cameras) + OPEN_FILES_SPARE);
    let mut quirks = Quirks::default();
    for quirk in &arguments.quirks {
        quirks.add(quirk).map_err(|e| Error::Quirk(e.to_string()))?;
    }
    let options = FakecamOptions {
        listen: arguments.listen,
        cameras: usize::from(arguments.cameras),
        clips: arguments.clip,
        quirks,
        account: arguments.auth,
        seed: arguments.seed,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::System {
        what: "start the runtime",
        source,
    })?;
    runtime.block_on(async {
        let fakecam = Fakecam::start(&options, Arc::new(SystemClock::new())).await?;
        print(&json!({ "ready": true, "urls": fakecam.urls(), "quirks": options.quirks.to_string() }))?;
        stopped().await?;
        print(&json!({ "ready": false, "stats": fakecam.all_stats() }))
    })
}

/// One line for each quirk, by layer.
fn list() -> String {
    let rows = CATALOGUE.iter().map(|entry| {
        let keys: Vec<String> = entry
            .keys
            .iter()
            .map(|(key, default)| format!(",{key}={default}"))
            .collect();
        let keys = keys.concat();
        let name = format!("{}{keys}", entry.name);
        format!(
            "{:9}  {name:38}  {}; the client {}",
            entry.layer.name(),
            entry.does,
            entry.client
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}

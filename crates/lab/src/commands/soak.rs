//! `soak`: hours of faults, and what must not grow.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_lab::Error;
use curbwatch_lab::farm::open_all;
use curbwatch_lab::soak::{SoakOptions, soak as run};
use curbwatch_types::{Clock, SystemClock};
use serde_json::json;

use super::{OPEN_FILES_SPARE, print, raise_open_files};

#[derive(Debug, clap::Args)]
pub(crate) struct SoakArguments {
    /// How long, in minutes.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// How many cameras.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    cameras: u32,
    /// Sessions that the platform allows; default nine of ten cameras.
    #[arg(long)]
    sessions: Option<u32>,
    /// H.264 or H.265 clips.
    #[arg(long, required = true, num_args = 1..)]
    clip: Vec<PathBuf>,
}

pub(crate) fn soak(arguments: &SoakArguments) -> Result<(), Error> {
    let cameras = arguments.cameras;
    // Both ends of every connection are ours.
    raise_open_files(2 * u64::from(cameras) + OPEN_FILES_SPARE);
    let options = SoakOptions {
        cameras: cameras as usize,
        tracks: open_all(&arguments.clip)?,
        sessions_max: arguments.sessions.unwrap_or((cameras * 9 / 10).max(1)) as usize,
        duration: Duration::from_mins(arguments.minutes),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|source| Error::System {
        what: "start the runtime",
        source,
    })?;
    let soaked = runtime.block_on(Box::pin(run(&options, &clock)))?;
    print(&json!(soaked))?;
    if soaked.sessions_most > soaked.sessions_max || soaked.teardowns != soaked.ended {
        return Err(Error::Options(
            "sessions were above their budget, or ended without TEARDOWN",
        ));
    }
    Ok(())
}

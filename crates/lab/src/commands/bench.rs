//! `bench`: what a look costs.

use std::path::PathBuf;

use clap::Subcommand;
use curbwatch_lab::Error;
use curbwatch_lab::bench::{District, district};

use super::{OPEN_FILES_SPARE, OnlyTransport, print, raise_open_files};

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// A district of cameras from a farm in its own process, looked at by the engine in this one.
    District(DistrictArguments),
}

#[derive(Debug, clap::Args)]
pub(crate) struct DistrictArguments {
    /// How many cameras.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    cameras: u32,
    /// Seconds between two looks at one camera.
    #[arg(long)]
    look_every: f64,
    /// How long to measure, after every camera was looked at once.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// H.264 or H.265 clips; camera n plays clip n modulo their number.
    #[arg(long, required = true, num_args = 1..)]
    clip: Vec<PathBuf>,
    /// Model manifest.
    #[arg(long, default_value = "models/nanodet-plus.toml")]
    model: PathBuf,
    /// Vision workers; 0 is one per core.
    #[arg(long, default_value_t = 0)]
    workers: usize,
    /// What carries the pictures.
    #[arg(long, value_enum, default_value = "tcp")]
    transport: OnlyTransport,
    /// One JSON object on one line instead of an indented one.
    #[arg(long)]
    json: bool,
}

pub(crate) fn bench(arguments: DistrictArguments) -> Result<(), Error> {
    raise_open_files(u64::from(arguments.cameras) + OPEN_FILES_SPARE);
    let assets = std::env::var_os("CURBWATCH_ASSETS").map(PathBuf::from);
    let report = district(&District {
        cameras: arguments.cameras,
        look_every_secs: arguments.look_every,
        seconds: arguments.seconds,
        clips: arguments.clip,
        model: arguments.model,
        model_dirs: assets.map(|folder| folder.join("models")).into_iter().collect(),
        workers: arguments.workers,
        transport: match arguments.transport {
            OnlyTransport::Tcp => "tcp",
            OnlyTransport::Udp => "udp",
        },
    })?;
    if arguments.json {
        print(&report)
    } else {
        print(&format_args!("{report:#}"))
    }
}

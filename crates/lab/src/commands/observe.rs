//! `observe`: footage through the network once, for as many runs of the scene as one likes.

use std::path::PathBuf;

use curbwatch_lab::Error;
use curbwatch_lab::eval::observations;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::print;

#[derive(Debug, clap::Args)]
pub(crate) struct ObserveArguments {
    /// The configuration: cameras, zones, model.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
    /// The footage manifest: one JSON object a line with `camera`, `file`, `start_ms`.
    #[arg(long)]
    footage: PathBuf,
    /// Where the looks go, one JSON object a line.
    #[arg(long)]
    out: PathBuf,
    /// Vision workers; 0 is one per core.
    #[arg(long, default_value_t = 0)]
    workers: usize,
}

pub(crate) fn observe(arguments: &ObserveArguments) -> Result<(), Error> {
    let config = super::load(&arguments.config)?;
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} visits, {eta} left") {
        bar.set_style(style);
    }
    let written = observations::record(
        &config,
        &arguments.footage,
        &arguments.out,
        arguments.workers,
        &|done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        },
    );
    bar.finish_and_clear();
    print(&json!(written?))
}

//! `patrol-config`: a labelled day of visits becomes a configuration and a manifest.

use std::path::PathBuf;

use curbwatch_lab::Error;
use curbwatch_lab::patrol::{SetUp, write_set_up};
use serde_json::json;

use super::print;

#[derive(Debug, clap::Args)]
pub(crate) struct PatrolArguments {
    /// Zone files; only the keys `camera`, `base_view`, `zones` and `dwell_s` are read.
    #[arg(required = true)]
    zones: Vec<PathBuf>,
    /// Folder with one folder of clips `HH_EPOCHMS.mp4` per camera.
    #[arg(long)]
    clips: PathBuf,
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// Model manifest.
    #[arg(long, default_value = "models/nanodet-plus-640.toml")]
    model: PathBuf,
}

pub(crate) fn patrol_config(arguments: PatrolArguments) -> Result<(), Error> {
    let PatrolArguments {
        zones,
        clips,
        out,
        model,
    } = arguments;
    let written = write_set_up(&SetUp {
        zones,
        clips,
        out,
        model,
    })?;
    print(&json!({ "config": written.config, "footage": written.footage, "left_out": written.left_out }))
}

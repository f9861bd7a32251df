//! `check` and `schema`: what the configuration may say, and whether it does.

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The configuration.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
}

pub(crate) fn check(arguments: &Arguments) -> Result<(), Failure> {
    let config = super::load(&arguments.config)?;
    let watched = config
        .cameras
        .iter()
        .filter(|camera| camera.url.is_some())
        .count();
    println!(
        "{}: no problem; {} cameras ({watched} with a url), {} zones",
        arguments.config.display(),
        config.cameras.len(),
        config.zones().count()
    );
    Ok(())
}

pub(crate) fn schema() {
    println!("{}", curbwatch_config::schema().trim_end());
}

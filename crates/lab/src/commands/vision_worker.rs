//! `vision-worker`: the process of a vision worker, as `curbwatch` has it, and for tests one that does not survive its pictures.

use std::time::Duration;

use curbwatch_engine::vision_worker as serve;
use curbwatch_lab::Error;

#[derive(Debug, clap::Args)]
pub(crate) struct VisionWorkerArguments {
    /// Crash at a picture of this camera, as a decoder does.
    #[arg(long)]
    dies_of: Option<String>,
    /// Never come back from a picture of this camera.
    #[arg(long)]
    hangs_on: Option<String>,
}

pub(crate) fn vision_worker(arguments: &VisionWorkerArguments) -> Result<(), Error> {
    let is = |camera: &Option<String>, this: &str| camera.as_deref() == Some(this);
    serve(|unit| {
        if is(&arguments.dies_of, unit.camera.as_str()) {
            std::process::abort();
        }
        while is(&arguments.hangs_on, unit.camera.as_str()) {
            std::thread::sleep(Duration::from_secs(1));
        }
    })
    .map_err(|error| Error::Bench(error.to_string()))
}

//! The commands: each module holds one command's arguments and runs it; here is what they share.

use std::io::Write as _;
use std::path::Path;

use clap::ValueEnum;
use curbwatch_config::Config;
use curbwatch_lab::Error;

pub(crate) mod bench;
pub(crate) mod eval;
pub(crate) mod fakecam;
pub(crate) mod farm;
pub(crate) mod fuzz;
pub(crate) mod impair;
pub(crate) mod observe;
pub(crate) mod patrol;
pub(crate) mod rig;
pub(crate) mod soak;
pub(crate) mod street;
pub(crate) mod vision_worker;

/// Open files asked for beside one per camera.
pub(crate) const OPEN_FILES_SPARE: u64 = 256;

/// The one transport of a farm.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OnlyTransport {
    Tcp,
    Udp,
}

/// The configuration, with the models of the assets in reach.
pub(crate) fn load(path: &Path) -> Result<Config, Error> {
    let environment = |name: &str| std::env::var(name).ok();
    let mut config = curbwatch_config::load(path, &environment).map_err(|problems| Error::Content {
        path: path.display().to_string(),
        problem: problems.to_string(),
    })?;
    let models = environment("CURBWATCH_ASSETS").map(|folder| Path::new(&folder).join("models"));
    config.inference.model_dirs.extend(models);
    Ok(config)
}

/// Prints JSON on standard output, at once.
pub(crate) fn print(json: &dyn std::fmt::Display) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{json}").and_then(|()| out.flush());
    written.map_err(|source| Error::System {
        what: "write to standard output",
        source,
    })
}

/// Raises the soft limit of open files as far as needed and allowed. When that is not far enough,
/// connections wait in the listen queue, and the engineer is told.
pub(crate) fn raise_open_files(needed: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    let allowed = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(allowed),
            maximum: limit.maximum,
        },
    );
    if raised.is_err() || allowed < needed {
        let _ = writeln!(
            std::io::stderr(),
            "curbwatch-lab: {needed} open files are wanted and {allowed} allowed; raise the limit with `ulimit -Hn`"
        );
    }
}

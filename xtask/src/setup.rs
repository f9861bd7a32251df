//! Set-up: the system packages and the pinned ONNX Runtime. Finds first, installs only what is missing.
//!
//! Everything it makes lies under `target/setup`. What is right is recognised by looking (dpkg, the
//! programs on the path, the library's digest), not by a stamp that could lie after an interruption.

#[cfg(test)]
mod fake;
pub(crate) mod packages;
pub(crate) mod runtime;
pub(crate) mod system;

use std::fs::{self, File};
use std::path::PathBuf;

use clap::ValueEnum;

use crate::error::Error;
use crate::{say, shell};

/// What the set-up is for; each asks for more than the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Purpose {
    /// Compile and run the product.
    Build,
    /// Also the demo.
    Demo,
    /// Also the tests, with the foreign servers they play against where those can be installed.
    Test,
}

/// Finds or installs everything `purpose` needs.
pub(crate) fn run(purpose: Purpose, install: bool) -> Result<(), Error> {
    let folder = folder();
    fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
    // Two set-ups at once would fetch the same file twice; the second waits for the first.
    let lock_path = folder.join("lock");
    let lock = File::create(&lock_path).map_err(Error::file("create", &lock_path))?;
    lock.lock().map_err(Error::file("lock", &lock_path))?;

    let system = system::Machine;
    let mut did = packages::ensure(&system, purpose, install, &folder)?;
    did |= runtime::ensure(&system, install, &folder)?;
    if !did {
        say::setup("nothing to do");
    }
    Ok(())
}

/// Where set-up keeps what it makes.
fn folder() -> PathBuf {
    shell::root().join("target").join("setup")
}

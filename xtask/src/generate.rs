//! Documents made from the code: written here, and a failing check when stale.

use std::fs;

use crate::error::Error;
use crate::{say, shell};

/// Writes every generated document, or with `check` only compares.
pub(crate) fn run(check: bool) -> Result<(), Error> {
    let mut stale = Vec::new();
    for (path, text) in curbwatch_config::generated() {
        let full = shell::root().join(path);
        if fs::read_to_string(&full).is_ok_and(|there| there == text) {
            continue;
        }
        if check {
            stale.push(path);
            continue;
        }
        if let Some(folder) = full.parent() {
            fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        }
        fs::write(&full, text).map_err(Error::file("write", &full))?;
        say::line(format_args!("generate: wrote {path}"));
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(Error::Stale {
            stale: stale.join(", "),
        })
    }
}

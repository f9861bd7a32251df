//! Which process runs on a store: `run.lock`, locked for as long as the process takes orders, with its number and its
//! configuration in it. Whoever gives an order finds out by it whether anybody will take it.
//!
//! Not for: keeping writers apart; each of them has a lock of its own.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::store::{Lock, create_directories, lock};

const WHAT: &str = "run";
/// Longest content that is read.
const BYTES_MAX: u64 = 8192;
/// Somebody who asks holds the lock for a moment; it is tried so often.
const TRIES: u32 = 1000;

/// A running program, as long as this lives.
#[derive(Debug)]
pub struct Presence {
    _lock: Lock,
}

/// A program that runs on a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// Its process.
    pub process: u32,
    /// The configuration it was started with.
    pub configuration: PathBuf,
}

impl Presence {
    /// Says that `runs` is here. Error: somebody else is.
    pub fn announce(directory: &Path, runs: &Runs) -> Result<Self, Error> {
        create_directories(directory)?;
        let mut tries = 0;
        let lock = loop {
            match lock(directory, WHAT) {
                Err(Error::InUse { .. }) if tries < TRIES => {
                    tries += 1;
                    std::thread::yield_now();
                }
                taken => break taken?,
            }
        };
        let text = format!("{}\n{}\n", runs.process, runs.configuration.display());
        lock.write(&text)
            .map_err(|source| Error::of_io("saying who runs here", &directory.join("run.lock"), source))?;
        Ok(Self { _lock: lock })
    }

    /// Who runs on the store in `directory`; nothing where nobody does.
    pub fn of(directory: &Path) -> Result<Option<Runs>, Error> {
        let path = directory.join("run.lock");
        let failed = |source| Error::of_io("asking who runs here", &path, source);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed(cause)),
        };
        match file.try_lock_shared() {
            // Nobody holds it: what it says is of the past. Closing the file lets it go.
            Ok(()) => return Ok(None),
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        let mut text = String::new();
        (&mut file)
            .take(BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(failed)?;
        let mut lines = text.lines();
        let process = lines.next().and_then(|line| line.parse().ok());
        Ok(process.zip(lines.next()).map(|(process, path)| Runs {
            process,
            configuration: path.into(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_runs_here_is_known_while_it_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = folder.path().join("data");
        assert_eq!(
            Presence::of(&directory).expect("asked"),
            None,
            "there is no store"
        );
        let runs = |process| Runs {
            process,
            configuration: "/etc/curbwatch/east side.toml".into(),
        };
        let here = Presence::announce(&directory, &runs(123_456)).expect("announced");
        assert_eq!(Presence::of(&directory).expect("asked"), Some(runs(123_456)));
        assert!(matches!(
            Presence::announce(&directory, &runs(2)),
            Err(Error::InUse { what: "run", .. })
        ));
        assert_eq!(Presence::of(&directory).expect("asked"), Some(runs(123_456)));
        drop(here);
        assert_eq!(Presence::of(&directory).expect("asked"), None, "it has ended");
        let _next = Presence::announce(&directory, &runs(7)).expect("announced");
        assert_eq!(Presence::of(&directory).expect("asked"), Some(runs(7)));
    }
}

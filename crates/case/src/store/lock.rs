//! One writer at a time: an advisory lock on a file, let go by the system when the process ends, however.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::Error;

/// Takes `DIRECTORY/WHAT.lock`; held as long as the file lives.
pub(crate) fn lock(directory: &Path, what: &'static str) -> Result<File, Error> {
    let path = directory.join(format!("{what}.lock"));
    let failed = |source| Error::of_io("taking the lock", &path, source);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            directory: directory.to_owned(),
            what,
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

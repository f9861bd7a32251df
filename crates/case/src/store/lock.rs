//! One writer at a time: an advisory lock on a file, let go by the system when the process ends, however.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;

use crate::Error;

/// A lock that is held as long as this lives.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Puts a text into the file that is locked, in place of what is there.
    pub(crate) fn write(&self, text: &str) -> std::io::Result<()> {
        self.0.set_len(0)?;
        (&self.0).write_all(text.as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not do: a child process between fork and exec still holds the same open
        // file, and with it the lock. When unlocking fails the file is closed all the same.
        let _unlocked = self.0.unlock();
    }
}

/// Takes `DIRECTORY/WHAT.lock`.
pub(crate) fn lock(directory: &Path, what: &'static str) -> Result<Lock, Error> {
    let path = directory.join(format!("{what}.lock"));
    let failed = |source| Error::of_io("taking the lock", &path, source);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            directory: directory.to_owned(),
            what,
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_let_go_although_somebody_else_holds_the_file_open() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = lock(folder.path(), "store").expect("a lock");
        // What a forked child holds until it has become another program.
        let inherited = first.0.try_clone().expect("a second handle");
        assert!(matches!(lock(folder.path(), "store"), Err(Error::InUse { .. })));
        drop(first);
        lock(folder.path(), "store").expect("the lock is free");
        drop(inherited);
    }
}

//! Whether the cameras' password is written anywhere: everything that is logged, at every level, and
//! every file of the run.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::SENTINEL;
use crate::Error;

/// Files larger than this are no text of ours.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Counts lines of the log that hold the password. One for the process: the engine's threads log
/// wherever they run.
#[derive(Debug, Clone)]
pub(super) struct Leaks(Arc<AtomicU64>);

impl Leaks {
    /// The process's own; from its first use on the log goes here, unless somebody else has taken it.
    pub(super) fn watch() -> Self {
        static LEAKS: OnceLock<Leaks> = OnceLock::new();
        let leaks = LEAKS.get_or_init(|| {
            let leaks = Self(Arc::default());
            let writer = leaks.clone();
            let log = tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
                .with_writer(move || writer.clone());
            // A second subscriber is refused; then the log is somebody else's to watch.
            let _ = log.try_init();
            leaks
        });
        leaks.clone()
    }

    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Write for Leaks {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if holds_it(line) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Files below `folder` that hold the password.
pub(super) fn in_files(folder: &Path) -> Result<u64, Error> {
    let file_error = |path: &Path, source| Error::File {
        path: path.to_owned(),
        source,
    };
    let mut found = 0;
    for entry in std::fs::read_dir(folder).map_err(|e| file_error(folder, e))? {
        let entry = entry.map_err(|e| file_error(folder, e))?;
        let (path, kind) = (entry.path(), entry.metadata().map_err(|e| file_error(folder, e))?);
        if kind.is_dir() {
            found += in_files(&path)?;
        } else if kind.len() <= FILE_BYTES_MAX {
            found += u64::from(holds_it(&std::fs::read(&path).map_err(|e| file_error(&path, e))?));
        }
    }
    Ok(found)
}

/// Its telling part, as it is or percent-encoded behind it.
fn holds_it(bytes: &[u8]) -> bool {
    let word = SENTINEL.split(':').next().unwrap_or(SENTINEL).as_bytes();
    bytes.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_found_where_it_is_written() {
        let mut leaks = Leaks(Arc::default());
        leaks.write_all(b"camera c1: connecting").expect("a writer");
        assert_eq!(leaks.count(), 0);
        leaks
            .write_all(format!("rtsp://viewer:{SENTINEL}@h/").as_bytes())
            .expect("a writer");
        assert_eq!(leaks.count(), 1);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("a")).expect("a folder");
        std::fs::write(folder.path().join("a/b"), "x s3ntinel-p%3Ass").expect("a file");
        std::fs::write(folder.path().join("c"), "nothing").expect("a file");
        assert_eq!(in_files(folder.path()).expect("files"), 1);
    }
}

//! Text files line by line, with a bound on each and the place of what is wrong.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::Error;

/// Longest line accepted, in bytes: a picture's labels with a few thousand things.
const LINE_BYTES_MAX: usize = 4 << 20;

/// A file cannot be read.
pub(super) fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Error {
    let path = PathBuf::from(path);
    move |source| Error::File {
        path: path.clone(),
        source,
    }
}

/// A file holds something else than expected.
pub(super) fn wrong(place: impl std::fmt::Display, problem: impl Into<String>) -> Error {
    Error::Content {
        path: place.to_string(),
        problem: problem.into(),
    }
}

/// Calls `each` with every line that is not blank, and with its place `FILE:LINE`.
pub(super) fn each_line(
    path: &Path,
    mut each: impl FnMut(&str, &str) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut reader = BufReader::new(File::open(path).map_err(unreadable(path))?);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let mut bounded = reader.by_ref().take(LINE_BYTES_MAX as u64 + 1);
        if bounded.read_until(b'\n', &mut line).map_err(unreadable(path))? == 0 {
            break;
        }
        let place = format!("{}:{number}", path.display());
        if line.len() > LINE_BYTES_MAX {
            let problem = format!("the line has more than {LINE_BYTES_MAX} bytes");
            return Err(wrong(place, problem));
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            return Err(wrong(place, "the line is no UTF-8"));
        };
        if !text.trim().is_empty() {
            each(text.trim(), &place)?;
        }
    }
    Ok(())
}

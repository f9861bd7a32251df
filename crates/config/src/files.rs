//! Files of a configuration: which a pattern names, and their text, within bounds.
//!
//! Not for: what stands in them.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Largest file read, in bytes. 10,000 zones of 8 corners take about 2 MB.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Files read at most.
pub(crate) const FILES_MAX: usize = 1_000;

/// What a path really is, for telling whether two are the same file.
pub(crate) fn identity(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The files that `pattern` names, sorted by name; `*` in the last component is any text.
pub(crate) fn matching(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, (String, String)> {
    let path = folder.join(pattern);
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("").to_owned();
    if !name.contains('*') {
        return Ok(vec![path]);
    }
    let parent = path.parent().unwrap_or(folder);
    let here = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let entries = std::fs::read_dir(here).map_err(|why| {
        (
            format!("cannot read the folder {}: {}", parent.display(), in_words(&why)),
            "check the path and its permissions".to_owned(),
        )
    })?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| {
            entry
                .file_name()
                .to_str()
                .is_some_and(|n| !n.starts_with('.') && fits(&name, n))
        })
        .map(|entry| parent.join(entry.file_name()))
        .take(FILES_MAX + 1)
        .collect();
    found.sort();
    if found.is_empty() {
        let message = format!("no file is named {}", path.display());
        return Err((
            message,
            "remove the entry, or check the path (it is relative to this file)".to_owned(),
        ));
    }
    Ok(found)
}

/// Whether `name` is `pattern` with some text for each `*`.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// An error of the file system without its number.
pub(crate) fn in_words(why: &std::io::Error) -> String {
    match why.kind() {
        ErrorKind::NotFound => "it does not exist".to_owned(),
        ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        kind => kind.to_string(),
    }
}

/// Reads a file of bounded size as text; the error is message and remedy.
pub(crate) fn read_text(path: &Path) -> Result<String, (String, String)> {
    let cannot = |why: &std::io::Error| {
        (
            format!("cannot read {}: {}", path.display(), in_words(why)),
            "check the path and its permissions".to_owned(),
        )
    };
    // Asked before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(|why| cannot(&why))?.is_file() {
        return Err((
            format!("{} is no regular file", path.display()),
            "name a file".to_owned(),
        ));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|why| cannot(&why))?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|why| cannot(&why))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let message = format!("{} is larger than {} MiB", path.display(), FILE_BYTES_MAX >> 20);
        return Err((message, "split it into several lists".to_owned()));
    }
    String::from_utf8(bytes).map_err(|why| {
        let valid = String::from_utf8_lossy(&why.as_bytes()[..why.utf8_error().valid_up_to()]);
        let line = 1 + valid.matches('\n').count();
        (
            format!("{} is not UTF-8 text (line {line})", path.display()),
            "save it as UTF-8; spreadsheet programs call it \"CSV UTF-8\"".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_part_of_a_file_name() {
        let rows = [
            ("*.toml", "a.toml", true),
            ("*.toml", "a.toml.bak", false),
            ("a*", "a", true),
            ("a*a", "a", false),
            ("site-*-*.csv", "site-1-2.csv", true),
            ("site-*-*.csv", "site-1.csv", false),
            ("*b*b", "ab", false),
            ("**", "x", true),
        ];
        for (pattern, name, want) in rows {
            assert_eq!(fits(pattern, name), want, "{pattern} {name}");
        }
    }
}

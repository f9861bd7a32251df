//! Checks evidence against its manifests and names every file that is not as it was written.
//! Works on a copy anywhere; no store needed. Input: folders people hand in, so nothing is trusted.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{MANIFEST, manifest};
use crate::Error;

/// Folders below the given one: `evidence/CASE/CHANGE` from the store's directory, and one to spare.
const DEPTH_MAX: usize = 4;
/// Largest manifest read, in bytes.
const MANIFEST_BYTES_MAX: u64 = 1 << 20;
/// Files of one manifest at most.
const FILES_MAX: usize = 64;

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileProblem {
    /// Its bytes are not those that were written.
    Changed,
    /// It is not there.
    Missing,
    /// It cannot be read.
    Unreadable,
    /// It lies in the folder, but the manifest does not know it.
    Unlisted,
}

impl FileProblem {
    /// For people: `changed`, `missing`, `unreadable`, `unlisted`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Unlisted => "unlisted",
        }
    }
}

/// A file that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongFile {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: FileProblem,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Manifests read.
    pub manifests: usize,
    /// Files compared, manifests among them.
    pub files: usize,
    /// Every file that is wrong, by path; empty when all is as it was written.
    pub wrong: Vec<WrongFile>,
}

/// Checks the folder of a change, of a case, or of many (at most 4 levels down). A folder without
/// any manifest is wrong: its `manifest.json` is missing. An error means that the folder itself
/// cannot be read; what is wrong with the evidence is in the answer.
pub fn verify_evidence(path: &Path) -> Result<Verified, Error> {
    let mut verified = Verified::default();
    visit(path, 0, &mut verified)?;
    if verified.manifests == 0 && verified.wrong.is_empty() {
        verified.wrong.push(WrongFile {
            path: path.join(MANIFEST),
            problem: FileProblem::Missing,
        });
    }
    verified.wrong.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(verified)
}

fn visit(folder: &Path, depth: usize, verified: &mut Verified) -> Result<(), Error> {
    let mut names = BTreeSet::new();
    let mut folders = BTreeSet::new();
    let failed = |e| Error::of_io("reading evidence", folder, e);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.file_type().map_err(failed)?.is_dir() {
            names.insert(name);
        } else if !name.starts_with(super::PARTIAL_PREFIX) {
            folders.insert(entry.path());
        }
    }
    let pictures = names
        .iter()
        .any(|name| Path::new(name).extension().is_some_and(|e| e == "jpg"));
    if names.contains(MANIFEST) {
        check_folder(folder, &names, verified);
    } else if pictures {
        verified.wrong.push(WrongFile {
            path: folder.join(MANIFEST),
            problem: FileProblem::Missing,
        });
    }
    if depth < DEPTH_MAX {
        for below in folders {
            visit(&below, depth + 1, verified)?;
        }
    }
    Ok(())
}

fn check_folder(folder: &Path, names: &BTreeSet<String>, verified: &mut Verified) {
    verified.manifests += 1;
    verified.files += 1;
    let mut wrong = |name: &str, problem| {
        let path = folder.join(name);
        verified.wrong.push(WrongFile { path, problem });
    };
    let text = match read_text(&folder.join(MANIFEST)) {
        Ok(text) => text,
        Err(problem) => return wrong(MANIFEST, problem),
    };
    let listed = manifest::parse(&text).filter(|listed| {
        let plain = |name: &str| !name.contains(['/', '\\']) && name != ".." && name != ".";
        listed.files.len() <= FILES_MAX && listed.files.iter().all(|file| plain(&file.file))
    });
    let Some(listed) = listed else {
        return wrong(MANIFEST, FileProblem::Changed);
    };
    for file in &listed.files {
        match digest(&folder.join(&file.file), file.bytes) {
            Ok(Some(sha256)) if sha256 == file.sha256 => {}
            Ok(_) => wrong(&file.file, FileProblem::Changed),
            Err(e) if e.kind() == io::ErrorKind::NotFound => wrong(&file.file, FileProblem::Missing),
            Err(_) => wrong(&file.file, FileProblem::Unreadable),
        }
    }
    for name in names {
        if name != MANIFEST && !listed.files.iter().any(|file| file.file == *name) {
            wrong(name, FileProblem::Unlisted);
        }
    }
    verified.files += listed.files.len();
}

fn read_text(path: &Path) -> Result<String, FileProblem> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|f| f.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes));
    read.map_err(|_| FileProblem::Unreadable)?;
    String::from_utf8(bytes).map_err(|_| FileProblem::Changed)
}

/// SHA-256 of a file of exactly `bytes` bytes; nothing when it has another size.
fn digest(path: &Path, bytes: u64) -> io::Result<Option<String>> {
    if !fs::metadata(path)?.is_file() {
        return Ok(None); // opening a pipe would wait for ever
    }
    let mut file = File::open(path)?;
    if file.metadata()?.len() != bytes {
        return Ok(None);
    }
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let n = file.read(&mut buffer)?;
        if n == 0 || n as u64 > left {
            return Ok(None);
        }
        digest.update(&buffer[..n]);
        left -= n as u64;
    }
    Ok(Some(manifest::hexadecimal(&digest.finalize())))
}

//! Evidence that no row speaks of: what a crash between the files and the commit leaves behind.

use std::fs;
use std::path::{Path, PathBuf};

use super::Database;
use crate::Error;
use crate::evidence::{FOLDER, PARTIAL_PREFIX};

/// What the sweep at the start found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Orphaned folders that were deleted.
    pub deleted: usize,
    /// Orphaned folders that were left alone because they are more than
    /// [`crate::Options::sweep_max`]: the folder and the database do not belong together.
    pub left: usize,
}

/// Deletes unfinished and unreferenced evidence folders.
pub(super) fn sweep(database: &Database, directory: &Path, max: usize) -> Result<Swept, Error> {
    const ATTEMPTED: &str = "sweeping orphaned evidence";
    let mut orphans = Vec::new();
    let root = directory.join(FOLDER);
    for case in folders(&root)? {
        for change in folders(&case)? {
            if !is_referenced(database, &case, &change)? {
                orphans.push(change);
            }
        }
    }
    if orphans.len() > max {
        tracing::warn!(
            orphans = orphans.len(),
            folder = %root.display(),
            "more evidence without a case than a crash can leave: the database was replaced? nothing is deleted"
        );
        return Ok(Swept {
            deleted: 0,
            left: orphans.len(),
        });
    }
    for orphan in &orphans {
        fs::remove_dir_all(orphan).map_err(|e| Error::of_io(ATTEMPTED, orphan, e))?;
        if let Some(case) = orphan.parent() {
            let _ = fs::remove_dir(case); // succeeds only when it was the case's last folder
        }
    }
    Ok(Swept {
        deleted: orphans.len(),
        left: 0,
    })
}

fn is_referenced(database: &Database, case: &Path, change: &Path) -> Result<bool, Error> {
    let name = |path: &Path| {
        path.file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let (case, change) = (name(case), name(change));
    if change.starts_with(PARTIAL_PREFIX) {
        return Ok(false);
    }
    database
        .connection
        .prepare_cached("SELECT 1 FROM changes WHERE evidence = ?1")
        .and_then(|mut statement| statement.exists([format!("{FOLDER}/{case}/{change}")]))
        .map_err(|e| Error::of_sqlite("looking for orphaned evidence", &database.file, e))
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |e| Error::of_io("reading the evidence folder", path, e);
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

//! Cases for somebody else: evidence and JSON copied out of the store into a plain folder, which
//! [`crate::verify_evidence`] can check anywhere. Not for: redaction; pictures leave as they are.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::{CaseDetail, CaseFilter, CaseReader, Error};

/// What was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Cases.
    pub cases: usize,
    /// Rows of `cases.jsonl`.
    pub rows: usize,
    /// Evidence files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Evidence folders the store speaks of that are not there (any more).
    pub missing: Vec<String>,
}

/// Copies the cases that `filter` names to `to`: `cases.jsonl` (their rows), `CASE/events.jsonl` (the
/// events as webhooks got them) and `CASE/CHANGE-MS/` (the evidence). Files that are there already
/// are replaced.
pub fn export(store: &CaseReader, filter: &CaseFilter, to: &Path) -> Result<Exported, Error> {
    fs::create_dir_all(to).map_err(|e| failed(to, e))?;
    let path = to.join("cases.jsonl");
    let mut rows = File::create(&path).map_err(|e| failed(&path, e))?;
    let mut exported = Exported::default();
    for summary in store.list(filter)? {
        let Some(case) = store.show(&summary.id)? else {
            continue; // gone between list and show
        };
        for change in &case.changes {
            writeln!(rows, "{}", change.row_json).map_err(|e| failed(&path, e))?;
            exported.rows += 1;
        }
        copy_case(
            store.directory(),
            &case,
            &to.join(case.summary.id.as_str()),
            &mut exported,
        )?;
        exported.cases += 1;
    }
    rows.sync_all().map_err(|e| failed(&path, e))?;
    Ok(exported)
}

fn copy_case(directory: &Path, case: &CaseDetail, to: &Path, exported: &mut Exported) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(|e| failed(to, e))?;
    let events = case
        .changes
        .iter()
        .fold(String::new(), |text, change| text + &change.event_json + "\n");
    let path = to.join("events.jsonl");
    fs::write(&path, events).map_err(|e| failed(&path, e))?;
    for evidence in case
        .changes
        .iter()
        .filter_map(|change| change.evidence.as_deref())
    {
        let from = directory.join(evidence);
        let Some(name) = from.file_name().filter(|_| from.is_dir()) else {
            exported.missing.push(evidence.to_owned());
            continue;
        };
        let to = to.join(name);
        fs::create_dir_all(&to).map_err(|e| failed(&to, e))?;
        for entry in fs::read_dir(&from).map_err(|e| failed(&from, e))? {
            let entry = entry.map_err(|e| failed(&from, e))?;
            let path = to.join(entry.file_name());
            exported.bytes += fs::copy(entry.path(), &path).map_err(|e| failed(&path, e))?;
            exported.files += 1;
        }
    }
    Ok(())
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::of_io("exporting cases", path, source)
}

//! What a replay writes: a row a change, a row a verdict, in files that are whole or not there.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use curbwatch_case::{CaseChange, RecheckAnswer, case_row, verdict_row};
use curbwatch_types::{Incident, Verdict};

use crate::Error;
use crate::gates::Gates;

/// A row of the case file.
pub(super) fn case_line(incident: Incident, gates: &Gates) -> String {
    let emitted_at = incident.decided_at.at;
    case_row(&CaseChange {
        measured: gates.measured(incident.class),
        gate: gates.gate(incident.class),
        incident,
        evidence: None,
        emitted_at,
        appearance: None,
    })
}

/// A row of the verdict file.
pub(super) fn verdict_line(verdict: Verdict) -> String {
    let emitted_at = verdict.decided_at.at;
    verdict_row(&RecheckAnswer {
        verdict,
        evidence: None,
        filed_with: None,
        emitted_at,
    })
}

/// An output: written beside, renamed when complete.
pub(super) struct Lines {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
}

impl Lines {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).map_err(|cause| Error::Output {
            path: partial.clone(),
            cause,
        })?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            file: BufWriter::new(file),
        })
    }

    pub(super) fn write(&mut self, line: &str) -> Result<(), Error> {
        writeln!(self.file, "{line}").map_err(|cause| Error::Output {
            path: self.partial.clone(),
            cause,
        })
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        let Self { path, partial, file } = self;
        let output = |cause| Error::Output {
            path: path.clone(),
            cause,
        };
        let file = file.into_inner().map_err(|e| output(e.into_error()))?;
        file.sync_all().map_err(output)?;
        std::fs::rename(&partial, &path).map_err(output)
    }
}

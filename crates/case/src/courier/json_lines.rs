//! The JSON lines file: each row exactly once, no torn line, whatever moment the process dies.
//!
//! A batch is appended and synced, then marked in the store together with the file's new length. If
//! the process dies in between, the file is longer than the store says: the next append first reads
//! that tail, marks the rows it finds there, and cuts off a torn last line. A file that is shorter
//! than the store says was rotated away and is begun anew. Only this program appends to the file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use curbwatch_types::Wall;
use serde::Deserialize;

use super::outbox::{OutboxRows, WrittenTo};
use crate::Error;

/// Longest line looked at when a tail is read, in bytes; rows are about 700.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// How every row begins: what does not begin so is not ours to cut off.
const ROW_START: &[u8] = b"{\"case_id\":";

/// Why nothing was appended.
#[derive(Debug)]
pub(super) enum Failure {
    /// The file: tried again later.
    File(Error),
    /// The store itself.
    Store(Error),
}

/// One JSON lines sink.
#[derive(Debug)]
pub(super) struct JsonLines {
    pub(super) name: String,
    path: PathBuf,
    rows_max: usize,
}

#[derive(Deserialize)]
struct RowId {
    event_id: String,
}

/// What a tail holds.
#[derive(Debug, Default)]
struct Tail {
    /// Rows on their way that stand there.
    rows: Vec<i64>,
    /// End of the last complete line, from the file's start.
    end: u64,
    /// Bytes after it.
    fragment: Vec<u8>,
}

impl JsonLines {
    pub(super) fn new(name: &str, path: &Path, rows_max: usize) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            rows_max: rows_max.max(1),
        }
    }

    /// Appends one batch; returns how many rows arrived, those found in a tail among them.
    pub(super) fn append(&self, rows: &mut OutboxRows, now: Wall) -> Result<usize, Failure> {
        let name = self.path.to_string_lossy();
        let mut recorded = rows.written_to(&self.name, &name).map_err(Failure::Store)?;
        let mut file = self.open()?;
        let length = file
            .metadata()
            .map_err(|e| self.failed("reading the JSON lines file", e))?
            .len();
        if length < recorded {
            recorded = 0;
        }
        let mut found = 0;
        let mut end = length;
        if length > recorded {
            let tail = self.tail(&mut file, recorded, rows)?;
            end = tail.end;
            if !tail.fragment.is_empty() {
                end = self.mend(&mut file, &tail)?;
            }
            file.sync_all()
                .map_err(|e| self.failed("syncing the JSON lines file", e))?;
            rows.delivered(
                &self.name,
                &tail.rows,
                now,
                Some(WrittenTo {
                    path: &name,
                    bytes: end,
                }),
            )
            .map_err(Failure::Store)?;
            found = tail.rows.len();
        }
        let lines = rows.lines(&self.name, self.rows_max).map_err(Failure::Store)?;
        if lines.is_empty() {
            return Ok(found);
        }
        let mut batch = String::with_capacity(lines.iter().map(|(_, line)| line.len() + 1).sum());
        for (_, line) in &lines {
            batch.push_str(line);
            batch.push('\n');
        }
        file.write_all(batch.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|e| self.failed("appending to the JSON lines file", e))?;
        let written: Vec<i64> = lines.iter().map(|(seq, _)| *seq).collect();
        let bytes = end + batch.len() as u64;
        rows.delivered(&self.name, &written, now, Some(WrittenTo { path: &name, bytes }))
            .map_err(Failure::Store)?;
        Ok(found + written.len())
    }

    /// Opens for appending; a new file's name is made durable.
    fn open(&self) -> Result<File, Failure> {
        let is_new = !self.path.exists();
        let file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&self.path);
        let file = file.map_err(|e| self.failed("opening the JSON lines file", e))?;
        if is_new && let Some(folder) = self.path.parent() {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            crate::evidence::sync_folder(folder).map_err(Failure::File)?;
        }
        Ok(file)
    }

    /// Reads the file from `start` and looks up the rows that stand there.
    fn tail(&self, file: &mut File, start: u64, rows: &OutboxRows) -> Result<Tail, Failure> {
        let failed = |e| self.failed("reading the JSON lines file", e);
        file.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut reader = BufReader::new(file);
        let mut tail = Tail {
            end: start,
            ..Tail::default()
        };
        let mut line = Vec::new();
        let mut length = 0; // of the line so far, of which `line` holds the first part
        loop {
            let mut part = Vec::new();
            let n = reader
                .by_ref()
                .take(LINE_BYTES_MAX)
                .read_until(b'\n', &mut part)
                .map_err(failed)?;
            length += n as u64;
            if line.is_empty() {
                line.clone_from(&part);
            }
            if n == 0 {
                tail.fragment = line;
                return Ok(tail);
            }
            if part.ends_with(b"\n") {
                if let Ok(row) = serde_json::from_slice::<RowId>(&line)
                    && let Some(seq) = rows.waiting(&self.name, &row.event_id).map_err(Failure::Store)?
                {
                    tail.rows.push(seq);
                }
                tail.end += length;
                (length, line) = (0, Vec::new());
            }
        }
    }

    /// Cuts off a torn row of ours, or ends a foreign last line. Returns the file's end.
    fn mend(&self, file: &mut File, tail: &Tail) -> Result<u64, Failure> {
        let fragment = &tail.fragment;
        if fragment.starts_with(ROW_START) || ROW_START.starts_with(fragment) {
            file.set_len(tail.end)
                .map_err(|e| self.failed("cutting a torn line off the JSON lines file", e))?;
            return Ok(tail.end);
        }
        file.write_all(b"\n")
            .map_err(|e| self.failed("appending to the JSON lines file", e))?;
        Ok(file
            .metadata()
            .map_err(|e| self.failed("reading the JSON lines file", e))?
            .len())
    }

    fn failed(&self, attempted: &'static str, source: io::Error) -> Failure {
        Failure::File(Error::of_io(attempted, &self.path, source))
    }
}

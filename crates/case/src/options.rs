//! Settings of the store and its courier, lowered from the configuration by `engine`. Every bound has
//! its default here. Not for reading files or the environment.

use std::path::PathBuf;
use std::time::Duration;

use crate::SinkOptions;

/// Settings of the store, its evidence and its courier. `Options::new(directory)` has every default.
#[derive(Debug, Clone)]
pub struct Options {
    /// Everything durable lives below this folder; it is made when missing.
    pub directory: PathBuf,
    /// Where candidates go. A sink gets the changes committed while it is configured.
    pub sinks: Vec<SinkOptions>,
    /// `CloudEvents` `source`, a URI reference. Default `/curbwatch`.
    pub source: String,
    /// A table of violation codes instead of the built-in one.
    pub codes: Option<PathBuf>,
    /// Seed of the back-off's jitter. Default 0; give each process its own.
    pub seed: u64,
    /// How long one connection waits for the other's write lock. Default 10 s.
    pub busy_timeout: Duration,
    /// Check the whole database when it is opened (about a second for each gigabyte). Default true.
    pub check_at_open: bool,
    /// Database pages of 4 KiB at most; 0 is the default: as large as the disk allows.
    pub database_pages_max: u32,
    /// At most this many orphaned evidence folders are deleted at the start. A crash leaves one
    /// batch; more means that folder and database do not belong together, so nothing is deleted.
    /// Default 1024.
    pub sweep_max: usize,
    /// Rows appended to a JSON lines file before it is synced. Default 256.
    pub lines_per_batch_max: usize,
    /// Requests to one webhook in one [`crate::Courier::deliver_due`]. Default 16.
    pub requests_per_step_max: usize,
    /// First back-off after a failed delivery; doubles with each failure. Default 500 ms.
    pub backoff_base: Duration,
    /// Longest back-off. Default 60 s.
    pub backoff_max: Duration,
    /// Longest `Retry-After` that is honoured. Default 1 h.
    pub retry_after_max: Duration,
    /// A row the consumer refuses (4xx but 408, 409, 425, 429; 3xx) is parked after this many tries.
    /// Default 8.
    pub refusals_max: u32,
    /// Bytes of an answer's body that are read. Default 16 KiB.
    pub answer_bytes_max: u64,
    /// How long the coverage ledger keeps an interval. Default 92 days.
    pub coverage_kept: Duration,
    /// Blind intervals kept of one camera; older ones are forgotten first. Default 2000.
    pub coverage_rows_per_camera_max: u32,
}

impl Options {
    /// Defaults, no sinks.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            sinks: Vec::new(),
            source: "/curbwatch".to_owned(),
            codes: None,
            seed: 0,
            busy_timeout: Duration::from_secs(10),
            check_at_open: true,
            database_pages_max: 0,
            sweep_max: 1024,
            lines_per_batch_max: 256,
            requests_per_step_max: 16,
            backoff_base: Duration::from_millis(500),
            backoff_max: Duration::from_mins(1),
            retry_after_max: Duration::from_hours(1),
            refusals_max: 8,
            answer_bytes_max: 16 * 1024,
            coverage_kept: Duration::from_hours(92 * 24),
            coverage_rows_per_camera_max: 2000,
        }
    }
}

#[cfg(test)]
mod tests {
    use curbwatch_types::Secret;

    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let sink = SinkOptions::Webhook {
            name: "city".into(),
            url: "http://127.0.0.1/".into(),
            token: Some(Secret::new("hunter2")),
            timeout: Duration::from_secs(1),
        };
        let mut options = Options::new("x");
        options.sinks.push(sink);
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}

//! The outbox rows of one sink after another: the oldest that waits, and what became of it.

use curbwatch_types::Wall;
use rusqlite::{OptionalExtension, TransactionBehavior, params};

use crate::Error;
use crate::store::Database;

/// Longest problem kept, in characters.
const PROBLEM_CHARS_MAX: usize = 300;

/// The oldest row that waits for a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) seq: i64,
    pub(super) event_id: String,
    pub(super) event_json: String,
    pub(super) attempts: u32,
    pub(super) refusals: u32,
    pub(super) next_due: Wall,
}

/// How far a file has been written, as of the last batch that was marked.
#[derive(Debug, Clone, Copy)]
pub(super) struct WrittenTo<'a> {
    pub(super) path: &'a str,
    pub(super) bytes: u64,
}

/// The courier's side of the database.
#[derive(Debug)]
pub(super) struct OutboxRows {
    database: Database,
}

impl OutboxRows {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    /// The oldest row that waits.
    pub(super) fn head(&self, sink: &str) -> Result<Option<Head>, Error> {
        const SQL: &str = "SELECT seq, event_id, event_json, attempts, refusals, next_due_ms
            FROM outbox JOIN changes USING (seq)
            WHERE sink = ?1 AND state = 'pending' ORDER BY seq LIMIT 1";
        let head = self
            .database
            .connection
            .prepare_cached(SQL)
            .and_then(|mut statement| {
                let row = statement.query_row([sink], |row| {
                    Ok(Head {
                        seq: row.get(0)?,
                        event_id: row.get(1)?,
                        event_json: row.get(2)?,
                        attempts: row.get(3)?,
                        refusals: row.get(4)?,
                        next_due: Wall(row.get(5)?),
                    })
                });
                row.optional()
            });
        head.map_err(|e| self.failure("reading the outbox", e))
    }

    /// Up to `max` rows that wait, oldest first: number and `cases.jsonl` row.
    pub(super) fn lines(&self, sink: &str, max: usize) -> Result<Vec<(i64, String)>, Error> {
        const SQL: &str = "SELECT seq, row_json FROM outbox JOIN changes USING (seq)
            WHERE sink = ?1 AND state = 'pending' ORDER BY seq LIMIT ?2";
        let lines = self
            .database
            .connection
            .prepare_cached(SQL)
            .and_then(|mut statement| {
                let rows =
                    statement.query_map(params![sink, max as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect()
            });
        lines.map_err(|e| self.failure("reading the outbox", e))
    }

    /// The number of a row that waits for `sink`, by its event id.
    pub(super) fn waiting(&self, sink: &str, event_id: &str) -> Result<Option<i64>, Error> {
        const SQL: &str = "SELECT seq FROM outbox JOIN changes USING (seq)
            WHERE event_id = ?2 AND sink = ?1 AND state = 'pending'";
        let found = self
            .database
            .connection
            .prepare_cached(SQL)
            .and_then(|mut statement| statement.query_row([sink, event_id], |row| row.get(0)).optional());
        found.map_err(|e| self.failure("reading the outbox", e))
    }

    /// How far the file at `path` has been written; 0 when it is not the one written last.
    pub(super) fn written_to(&self, sink: &str, path: &str) -> Result<u64, Error> {
        const SQL: &str = "SELECT bytes FROM sinks WHERE sink = ?1 AND path = ?2";
        let bytes: Option<i64> = self
            .database
            .connection
            .query_row(SQL, [sink, path], |row| row.get(0))
            .optional()
            .map_err(|e| self.failure("reading the outbox", e))?;
        Ok(bytes.map_or(0, |bytes| u64::try_from(bytes).unwrap_or(0)))
    }

    /// Marks rows as arrived, and the file as written so far, in one transaction.
    pub(super) fn delivered(
        &mut self,
        sink: &str,
        rows: &[i64],
        now: Wall,
        file: Option<WrittenTo<'_>>,
    ) -> Result<(), Error> {
        const ROW: &str = "UPDATE outbox SET state = 'delivered', attempts = attempts + 1,
            delivered_ms = ?3, problem = NULL WHERE sink = ?1 AND seq = ?2 AND state = 'pending'";
        const SINK: &str = "INSERT INTO sinks (sink, delivered, path, bytes) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (sink) DO UPDATE SET delivered = delivered + excluded.delivered,
            path = excluded.path, bytes = excluded.bytes";
        let mut mark = || {
            let transaction = self
                .database
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut changed = 0;
            for seq in rows {
                changed += transaction
                    .prepare_cached(ROW)?
                    .execute(params![sink, seq, now.0])?;
            }
            let (path, bytes) = file.map_or((None, 0), |file| (Some(file.path), file.bytes as i64));
            transaction
                .prepare_cached(SINK)?
                .execute(params![sink, changed as i64, path, bytes])?;
            transaction.commit()
        };
        mark().map_err(|e| Error::of_sqlite("marking deliveries", &self.database.file, e))
    }

    /// Keeps a failed row waiting until `next_due`.
    pub(super) fn failed(
        &mut self,
        sink: &str,
        row: &Head,
        next_due: Wall,
        refused: bool,
        problem: &str,
    ) -> Result<(), Error> {
        const SQL: &str = "UPDATE outbox SET attempts = attempts + 1, refusals = refusals + ?3,
            next_due_ms = ?4, problem = ?5 WHERE sink = ?1 AND seq = ?2 AND state = 'pending'";
        let problem = shortened(problem);
        self.database
            .connection
            .execute(
                SQL,
                params![sink, row.seq, i64::from(refused), next_due.0, problem],
            )
            .map(|_| ())
            .map_err(|e| self.failure("marking a failed delivery", e))
    }

    /// Takes a row out of the way that the consumer refuses.
    pub(super) fn parked(&mut self, sink: &str, row: &Head, problem: &str) -> Result<(), Error> {
        const SQL: &str = "UPDATE outbox SET state = 'parked', attempts = attempts + 1,
            refusals = refusals + 1, problem = ?3 WHERE sink = ?1 AND seq = ?2 AND state = 'pending'";
        self.database
            .connection
            .execute(SQL, params![sink, row.seq, shortened(problem)])
            .map(|_| ())
            .map_err(|e| self.failure("parking a refused delivery", e))
    }

    fn failure(&self, attempted: &'static str, source: rusqlite::Error) -> Error {
        Error::of_sqlite(attempted, &self.database.file, source)
    }
}

fn shortened(problem: &str) -> String {
    problem.chars().take(PROBLEM_CHARS_MAX).collect()
}

//! The coverage ledger: which camera was not watched when, why and for how long, durable.
//!
//! For: the answer to "could anybody have seen it?" months later. Not for: deciding that a camera is
//! blind (`engine` keeps that book and hands over [`BlindInterval`]s). It has a database file of its own
//! beside the cases (`coverage.sqlite`): SQLite has one writer a file, and no case waits behind the
//! ledger (ADR 0063).
//!
//! What a crash leaves open is closed at the last moment the ledger was written
//! ([`Ledger::begin`]), and what follows until the next start is the program's own blind time.

mod read;

use std::path::Path;

use curbwatch_types::{BlindInterval, CameraId, Wall};
use rusqlite::{OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

pub use read::{Coverage, CoverageFilter, LedgerReader};

use crate::store::{Database, Lock, lock};
use crate::{Error, Options};

/// Name of the database below the store's directory.
const FILE: &str = "coverage.sqlite";
/// Marks the file as ours (`PRAGMA application_id`): "CRBL".
const APPLICATION_ID: i64 = 0x4352_424C;
/// `PRAGMA user_version` of [`SCHEMA`].
const VERSION: i64 = 1;
/// Characters kept of a reason.
const WHY_CHARS_MAX: usize = 200;

/// Times are milliseconds since 1970 UTC. `cameras.until_ms` is NULL while a camera is on the roster.
const SCHEMA: &str = "
    CREATE TABLE blind (
        camera TEXT NOT NULL,
        from_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL,
        cause TEXT NOT NULL,
        why TEXT NOT NULL,
        open INTEGER NOT NULL CHECK (open IN (0, 1)),
        PRIMARY KEY (camera, from_ms)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blind_open ON blind (camera) WHERE open = 1;
    CREATE INDEX blind_by_end ON blind (until_ms);
    CREATE TABLE cameras (
        camera TEXT PRIMARY KEY,
        since_ms INTEGER NOT NULL,
        until_ms INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE known (one INTEGER PRIMARY KEY CHECK (one = 1), until_ms INTEGER NOT NULL) STRICT;
";

/// What the ledger knew of a camera when its last writer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Before {
    /// The last moment that is accounted for; nothing for a camera the ledger has never had.
    pub until: Option<Wall>,
    /// It was on the roster then.
    pub listed: bool,
    /// It was blind then.
    pub blind: bool,
}

/// The one writer of a ledger.
#[derive(Debug)]
pub struct Ledger {
    database: Database,
    keep_millis: i64,
    rows_per_camera_max: u32,
    _lock: Lock,
}

impl Ledger {
    /// Opens the ledger below `options.directory`, makes it when missing, and takes its lock.
    pub fn open(options: &Options) -> Result<Self, Error> {
        const ATTEMPTED: &str = "opening the coverage ledger";
        crate::store::create_directories(&options.directory)?;
        let lock = lock(&options.directory, "ledger")?;
        let file = options.directory.join(FILE);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut database = Database::open(file, flags, ATTEMPTED)?;
        let set = || -> rusqlite::Result<()> {
            let connection = &database.connection;
            connection.busy_timeout(options.busy_timeout)?;
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
            // A power cut may take the last seconds of the ledger, never its consistency (SQLite
            // documentation, "PRAGMA synchronous"): what is missing then is closed at what is there.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.pragma_update_and_check(None, "journal_size_limit", 4 << 20, |_| Ok(()))
        };
        set().map_err(|e| Error::of_sqlite(ATTEMPTED, &database.file, e))?;
        prepare(&mut database)?;
        if options.check_at_open {
            database.check()?;
        }
        let keep_millis = i64::try_from(options.coverage_kept.as_millis()).unwrap_or(i64::MAX);
        Ok(Self {
            database,
            keep_millis,
            rows_per_camera_max: options.coverage_rows_per_camera_max,
            _lock: lock,
        })
    }

    /// A new roster begins at `now`. Intervals that were open are closed at the last moment that was
    /// written; cameras that are no longer on the roster end there. Answers for each camera of the
    /// roster what was known before, in order.
    pub fn begin(&mut self, roster: &[CameraId], now: Wall) -> Result<Vec<Before>, Error> {
        let keep_from = now.plus_millis(-self.keep_millis);
        self.transact("beginning a coverage ledger", |transaction| {
            let until: Option<i64> = transaction
                .query_row("SELECT until_ms FROM known", [], |row| row.get(0))
                .optional()?;
            // A clock that was set back must not make intervals that end before they begin.
            let until = until.unwrap_or(now.0).min(now.0);
            let before = before(transaction, roster, until, now)?;
            transaction.execute(
                "UPDATE blind SET open = 0, until_ms = max(from_ms, ?1) WHERE open = 1",
                [until],
            )?;
            transaction.execute("UPDATE cameras SET until_ms = ?1 WHERE until_ms IS NULL", [until])?;
            enter(transaction, roster, now)?;
            checkpoint(transaction, now)?;
            forget_before(transaction, keep_from)?;
            Ok(before)
        })
    }

    /// The roster changes at `now`, while it is kept: `left` are not on it any more, what is open of them ends there; `entered`
    /// are from now on. Answers for each of these what was known before, in order.
    pub fn change(
        &mut self,
        left: &[CameraId],
        entered: &[CameraId],
        now: Wall,
    ) -> Result<Vec<Before>, Error> {
        self.transact("changing the coverage ledger's cameras", |transaction| {
            for camera in left {
                transaction
                    .prepare_cached(
                        "UPDATE blind SET open = 0, until_ms = max(from_ms, ?2) WHERE camera = ?1 AND open = 1",
                    )?
                    .execute(params![camera.as_str(), now.0])?;
                transaction
                    .prepare_cached("UPDATE cameras SET until_ms = ?2 WHERE camera = ?1")?
                    .execute(params![camera.as_str(), now.0])?;
            }
            let before = before(transaction, entered, now.0, now)?;
            enter(transaction, entered, now)?;
            checkpoint(transaction, now)?;
            Ok(before)
        })
    }

    /// Writes intervals, each over what was written of it before, and that everything is accounted
    /// for until `now`. After an error nothing is written and the same call can be made again.
    pub fn write(&mut self, intervals: &[BlindInterval], now: Wall) -> Result<(), Error> {
        let rows_max = self.rows_per_camera_max;
        self.transact("writing the coverage ledger", |transaction| {
            let mut put = transaction.prepare_cached(
                "INSERT INTO blind (camera, from_ms, until_ms, cause, why, open)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (camera, from_ms) DO UPDATE SET
                    until_ms = excluded.until_ms, cause = excluded.cause, why = excluded.why,
                    open = excluded.open",
            )?;
            for interval in intervals {
                let why: String = interval.why.chars().take(WHY_CHARS_MAX).collect();
                put.execute(params![
                    interval.camera.as_str(),
                    interval.from.0,
                    interval.until.0.max(interval.from.0),
                    interval.cause.name(),
                    why,
                    interval.open
                ])?;
                bound(transaction, interval.camera.as_str(), rows_max)?;
            }
            checkpoint(transaction, now)
        })
    }

    /// Forgets what ended longer ago than is kept.
    pub fn forget(&mut self, now: Wall) -> Result<(), Error> {
        let keep_from = now.plus_millis(-self.keep_millis);
        self.transact("forgetting old coverage", |transaction| {
            forget_before(transaction, keep_from)
        })
    }

    /// A look into the ledger from beside the writer.
    pub fn reader(directory: &Path) -> Result<LedgerReader, Error> {
        LedgerReader::open(directory)
    }

    fn transact<T>(
        &mut self,
        attempted: &'static str,
        act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let failed = |e| Error::of_sqlite(attempted, &self.database.file, e);
        let transaction = self
            .database
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let done = act(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }
}

fn prepare(database: &mut Database) -> Result<(), Error> {
    let file = database.file.clone();
    let failed = |e| Error::of_sqlite("making the coverage ledger", &file, e);
    let transaction = database
        .connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let number = |name| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (version, application) = (
        number("user_version").map_err(failed)?,
        number("application_id").map_err(failed)?,
    );
    if application != APPLICATION_ID && (application != 0 || version != 0) {
        let detail = "it belongs to another program".to_owned();
        return Err(Error::Corrupt { file, detail });
    }
    if version > VERSION {
        return Err(Error::NewerSchema {
            file,
            found: version,
            known: VERSION,
        });
    }
    if version == 0 {
        transaction.execute_batch(SCHEMA).map_err(failed)?;
        let marked = transaction
            .pragma_update(None, "application_id", APPLICATION_ID)
            .and_then(|()| transaction.pragma_update(None, "user_version", VERSION));
        marked.map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

/// What is known of cameras; `until` is how far everything is accounted for.
fn before(
    transaction: &Transaction<'_>,
    cameras: &[CameraId],
    until: i64,
    now: Wall,
) -> rusqlite::Result<Vec<Before>> {
    let mut known = transaction.prepare_cached("SELECT until_ms FROM cameras WHERE camera = ?1")?;
    let mut open = transaction.prepare_cached("SELECT 1 FROM blind WHERE camera = ?1 AND open = 1")?;
    let mut before = Vec::with_capacity(cameras.len());
    for camera in cameras {
        let ended: Option<Option<i64>> = known.query_row([camera.as_str()], |row| row.get(0)).optional()?;
        before.push(match ended {
            None => Before::default(),
            Some(ended) => Before {
                until: Some(Wall(ended.unwrap_or(until).min(now.0))),
                listed: ended.is_none(),
                blind: open.exists([camera.as_str()])?,
            },
        });
    }
    Ok(before)
}

/// Cameras are on the roster.
fn enter(transaction: &Transaction<'_>, cameras: &[CameraId], now: Wall) -> rusqlite::Result<()> {
    let mut add = transaction.prepare_cached(
        "INSERT INTO cameras (camera, since_ms, until_ms) VALUES (?1, ?2, NULL)
         ON CONFLICT (camera) DO UPDATE SET until_ms = NULL",
    )?;
    for camera in cameras {
        add.execute(params![camera.as_str(), now.0])?;
    }
    Ok(())
}

fn checkpoint(transaction: &Transaction<'_>, now: Wall) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO known (one, until_ms) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)",
        )?
        .execute([now.0])?;
    Ok(())
}

/// Drops a camera's oldest intervals beyond `rows_max`; its ledger begins after them then.
fn bound(transaction: &Transaction<'_>, camera: &str, rows_max: u32) -> rusqlite::Result<()> {
    let over: Option<i64> = transaction
        .prepare_cached(
            "SELECT until_ms FROM blind WHERE camera = ?1 ORDER BY from_ms DESC LIMIT 1 OFFSET ?2",
        )?
        .query_row(params![camera, rows_max], |row| row.get(0))
        .optional()?;
    let Some(until) = over else { return Ok(()) };
    transaction
        .prepare_cached("DELETE FROM blind WHERE camera = ?1 AND until_ms <= ?2")?
        .execute(params![camera, until])?;
    transaction
        .prepare_cached("UPDATE cameras SET since_ms = max(since_ms, ?2) WHERE camera = ?1")?
        .execute(params![camera, until])?;
    Ok(())
}

fn forget_before(transaction: &Transaction<'_>, keep_from: Wall) -> rusqlite::Result<()> {
    transaction.execute(
        "DELETE FROM blind WHERE until_ms < ?1 AND open = 0",
        [keep_from.0],
    )?;
    transaction.execute("DELETE FROM cameras WHERE until_ms < ?1", [keep_from.0])?;
    transaction.execute(
        "UPDATE cameras SET since_ms = ?1 WHERE since_ms < ?1",
        [keep_from.0],
    )?;
    Ok(())
}

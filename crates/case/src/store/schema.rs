//! The schema and its history. `PRAGMA user_version` counts the migrations that were applied; each
//! runs in its own transaction. A migration that has shipped is never edited, only followed.

use rusqlite::TransactionBehavior;

use super::Database;
use crate::Error;

/// Marks the file as ours (`PRAGMA application_id`): "CRBW".
const APPLICATION_ID: i64 = 0x4352_4257;

/// Times are milliseconds since 1970 UTC; floats are stored as they are (f32 widened to REAL).
const MIGRATIONS: [&str; 5] = [FIRST, MEASURED_AND_REVIEW, RECHECKS, ALSO, COMMON_GROUND];

const FIRST: &str = "
    CREATE TABLE cases (
        case_id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        class TEXT NOT NULL,
        camera TEXT NOT NULL,
        view TEXT NOT NULL,
        zone TEXT NOT NULL,
        x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL,
        first_seen_ms INTEGER NOT NULL, first_seen_uncertainty_ms INTEGER NOT NULL,
        due_ms INTEGER NOT NULL,
        last_seen_ms INTEGER NOT NULL, last_seen_uncertainty_ms INTEGER NOT NULL,
        decided_ms INTEGER NOT NULL,
        present_looks INTEGER NOT NULL,
        best_score REAL NOT NULL,
        stationary_secs INTEGER NOT NULL,
        dwell_secs INTEGER NOT NULL,
        min_score REAL NOT NULL,
        present_looks_min INTEGER NOT NULL,
        model TEXT NOT NULL,
        appearance BLOB,
        supersedes TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX cases_open ON cases (camera, first_seen_ms) WHERE state IN ('opened', 'still');
    CREATE INDEX cases_newest ON cases (decided_ms);

    CREATE TABLE changes (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        case_id TEXT NOT NULL REFERENCES cases (case_id),
        change TEXT NOT NULL,
        decided_ms INTEGER NOT NULL,
        emitted_ms INTEGER NOT NULL,
        event_id TEXT NOT NULL UNIQUE,
        evidence TEXT,
        row_json TEXT NOT NULL,
        event_json TEXT NOT NULL,
        UNIQUE (case_id, change, decided_ms)
    ) STRICT;
    CREATE INDEX changes_evidence ON changes (evidence) WHERE evidence IS NOT NULL;

    CREATE TABLE outbox (
        sink TEXT NOT NULL,
        seq INTEGER NOT NULL REFERENCES changes (seq),
        state TEXT NOT NULL CHECK (state IN ('pending', 'parked', 'delivered')),
        attempts INTEGER NOT NULL DEFAULT 0,
        refusals INTEGER NOT NULL DEFAULT 0,
        next_due_ms INTEGER NOT NULL DEFAULT 0,
        delivered_ms INTEGER,
        problem TEXT,
        PRIMARY KEY (sink, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX outbox_pending ON outbox (sink, seq) WHERE state = 'pending';
    CREATE INDEX outbox_parked ON outbox (sink, seq) WHERE state = 'parked';

    CREATE TABLE sinks (
        sink TEXT PRIMARY KEY,
        delivered INTEGER NOT NULL DEFAULT 0,
        path TEXT,
        bytes INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
";

/// Version 2: what was measured travels with the case, and a person may have to let it go. The outbox
/// is written anew because SQLite cannot change a CHECK.
const MEASURED_AND_REVIEW: &str = "
    ALTER TABLE cases ADD COLUMN measured TEXT;
    ALTER TABLE cases ADD COLUMN review TEXT NOT NULL DEFAULT 'open'
        CHECK (review IN ('open', 'held', 'released', 'dismissed'));
    ALTER TABLE cases ADD COLUMN ruling_ms INTEGER;
    ALTER TABLE cases ADD COLUMN ruling_by TEXT;
    ALTER TABLE cases ADD COLUMN ruling_reason TEXT;
    CREATE INDEX cases_held ON cases (decided_ms) WHERE review = 'held';

    CREATE TABLE outbox_2 (
        sink TEXT NOT NULL,
        seq INTEGER NOT NULL REFERENCES changes (seq),
        state TEXT NOT NULL CHECK (state IN ('pending', 'held', 'parked', 'delivered', 'dismissed')),
        attempts INTEGER NOT NULL DEFAULT 0,
        refusals INTEGER NOT NULL DEFAULT 0,
        next_due_ms INTEGER NOT NULL DEFAULT 0,
        delivered_ms INTEGER,
        problem TEXT,
        PRIMARY KEY (sink, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO outbox_2 SELECT * FROM outbox;
    DROP TABLE outbox;
    ALTER TABLE outbox_2 RENAME TO outbox;
    CREATE INDEX outbox_pending ON outbox (sink, seq) WHERE state = 'pending';
    CREATE INDEX outbox_parked ON outbox (sink, seq) WHERE state = 'parked';
    CREATE INDEX outbox_held ON outbox (seq) WHERE state = 'held';
";

/// Version 3: re-check orders and their verdicts. A verdict is a row of `changes`, too (`recheck:ORDER` as its change), so that
/// it goes out in order with its case's changes.
const RECHECKS: &str = "
    CREATE TABLE rechecks (
        order_id TEXT PRIMARY KEY,
        case_id TEXT NOT NULL REFERENCES cases (case_id),
        purpose TEXT NOT NULL CHECK (purpose IN ('verify', 'check')),
        ordered_ms INTEGER NOT NULL,
        deadline_ms INTEGER NOT NULL,
        verdict TEXT,
        reason TEXT,
        answered_ms INTEGER,
        seq INTEGER REFERENCES changes (seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX rechecks_waiting ON rechecks (ordered_ms) WHERE verdict IS NULL;
    CREATE INDEX rechecks_of_case ON rechecks (case_id);
";

/// Version 4: the classes that gave way to a case, by name, with commas between.
const ALSO: &str = "ALTER TABLE cases ADD COLUMN also TEXT;";

/// Version 5: where a case stands on ground that several views share, and the views that have seen it, as JSON.
const COMMON_GROUND: &str = "
    ALTER TABLE cases ADD COLUMN ground TEXT;
    ALTER TABLE cases ADD COLUMN witnesses TEXT;
    CREATE INDEX cases_witnessed ON cases (decided_ms) WHERE witnesses IS NOT NULL;
";

/// What version 2 added, for reading a store that is still version 1: a view of the connection's own
/// takes the table's place and has the missing columns.
const VIEW_OF_VERSION_1: &str = "
    CREATE TEMP VIEW cases AS SELECT *, NULL AS measured, 'open' AS review,
        NULL AS ruling_ms, NULL AS ruling_by, NULL AS ruling_reason, NULL AS also,
        NULL AS ground, NULL AS witnesses FROM main.cases;
";

/// The same for a store of version 2 or 3.
const VIEW_OF_VERSION_2: &str =
    "CREATE TEMP VIEW cases AS SELECT *, NULL AS also, NULL AS ground, NULL AS witnesses FROM main.cases;";

/// The same for version 4.
const VIEW_OF_VERSION_4: &str =
    "CREATE TEMP VIEW cases AS SELECT *, NULL AS ground, NULL AS witnesses FROM main.cases;";

/// Lets this program look into a store that an older one wrote, without changing it.
pub(crate) fn read_older(database: &Database) -> Result<(), Error> {
    let view = match version(database)? {
        1 => Some(VIEW_OF_VERSION_1),
        2 | 3 => Some(VIEW_OF_VERSION_2),
        4 => Some(VIEW_OF_VERSION_4),
        _ => None,
    };
    if let Some(view) = view {
        let shown = database.connection.execute_batch(view);
        shown.map_err(|e| Error::of_sqlite("reading an older case database", &database.file, e))?;
    }
    Ok(())
}

/// Whether a migration is due.
pub(crate) fn is_older(database: &Database) -> Result<bool, Error> {
    Ok(version(database)? < MIGRATIONS.len() as i64)
}

fn version(database: &Database) -> Result<i64, Error> {
    database
        .connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|e| Error::of_sqlite("reading the case database's version", &database.file, e))
}

/// Brings the schema up to date; refuses what a newer program or another program wrote.
pub(crate) fn migrate(database: &mut Database) -> Result<(), Error> {
    const ATTEMPTED: &str = "bringing the case database up to date";
    let file = database.file.clone();
    let failed = |e| Error::of_sqlite(ATTEMPTED, &file, e);
    loop {
        let transaction = database
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let number = |name| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let version = number("user_version").map_err(failed)?;
        let application = number("application_id").map_err(failed)?;
        let known = MIGRATIONS.len() as i64;
        if application != APPLICATION_ID && (application != 0 || version != 0) {
            let detail = "it belongs to another program".to_owned();
            return Err(Error::Corrupt { file, detail });
        }
        if version > known {
            return Err(Error::NewerSchema {
                file,
                found: version,
                known,
            });
        }
        let Some(migration) = usize::try_from(version).ok().and_then(|v| MIGRATIONS.get(v)) else {
            return Ok(());
        };
        transaction.execute_batch(migration).map_err(failed)?;
        transaction
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(failed)?;
        transaction
            .pragma_update(None, "user_version", version + 1)
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
}

//! The decision record on disk: what the scene said of places and pictures, in `decisions.sqlite` beside the cases.
//!
//! A file of its own because it is worth less: it is synced by the system's leave (`synchronous=NORMAL`), bounded by age
//! and by rows a camera, and whatever of it is lost costs an explanation and no case. Input: `Findings` in the order in
//! which a scene said them. Not for: deciding anything, and not for cases.

mod answer;
mod write;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

pub use answer::{Answer, DecisionReader, PictureThen, PlaceThen};
pub use write::Decisions;

use crate::Error;

/// Name of the file below the store's directory.
const FILE: &str = "decisions.sqlite";
/// `PRAGMA application_id`: "CRBD".
const APPLICATION_ID: i64 = 0x4352_4244;
const VERSION: i64 = 1;
const ATTEMPTED: &str = "opening the decision record";

const SCHEMA: &str = "
    CREATE TABLE places (
        camera TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        run_ms INTEGER NOT NULL,
        class TEXT NOT NULL,
        place INTEGER NOT NULL,
        x REAL NOT NULL, y REAL NOT NULL, w REAL NOT NULL, h REAL NOT NULL,
        zone TEXT,
        first_seen_ms INTEGER NOT NULL,
        last_seen_ms INTEGER NOT NULL,
        counted_from_ms INTEGER NOT NULL,
        stationary_secs INTEGER NOT NULL,
        dwell_secs INTEGER NOT NULL,
        present_looks INTEGER NOT NULL,
        best_score REAL NOT NULL,
        reason TEXT NOT NULL,
        what TEXT,
        needed REAL,
        found REAL,
        until_ms INTEGER
    ) STRICT;
    CREATE INDEX places_of ON places (camera, at_ms);
    CREATE TABLE pictures (
        camera TEXT NOT NULL,
        from_ms INTEGER NOT NULL,
        to_ms INTEGER NOT NULL,
        state TEXT NOT NULL
    ) STRICT;
    CREATE INDEX pictures_of ON pictures (camera, from_ms);
";

/// Bounds of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionOptions {
    /// Findings older than the newest one by this many days are dropped. Default 7.
    pub days_max: u32,
    /// Findings about places kept for one camera, the newest. Default 5000: about 200 bytes each, so a megabyte; a busy
    /// street says some hundred a day.
    pub rows_per_camera_max: u32,
}

impl Default for DecisionOptions {
    fn default() -> Self {
        Self {
            days_max: 7,
            rows_per_camera_max: 5000,
        }
    }
}

fn failed(file: &Path) -> impl Fn(rusqlite::Error) -> Error {
    move |e| Error::of_sqlite(ATTEMPTED, file, e)
}

fn open(directory: &Path, flags: OpenFlags) -> Result<(Connection, PathBuf), Error> {
    let file = directory.join(FILE);
    let connection =
        Connection::open_with_flags(&file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed(&file))?;
    connection
        .busy_timeout(crate::Options::new(directory).busy_timeout)
        .map_err(failed(&file))?;
    Ok((connection, file))
}

/// Refuses what another program or a newer one wrote.
fn check_version(connection: &Connection, file: &Path) -> Result<i64, Error> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (version, application) = (
        number("user_version").map_err(failed(file))?,
        number("application_id").map_err(failed(file))?,
    );
    if version > VERSION {
        return Err(Error::NewerSchema {
            file: file.to_owned(),
            found: version,
            known: VERSION,
        });
    }
    if application != APPLICATION_ID && (application != 0 || version != 0) {
        return Err(Error::Corrupt {
            file: file.to_owned(),
            detail: "it belongs to another program".to_owned(),
        });
    }
    Ok(version)
}

//! Looking into the ledger: intervals and totals over a window, beside a running writer or without one.

use std::collections::BTreeMap;
use std::path::Path;

use curbwatch_types::{BlindCause, BlindInterval, CameraId, Wall};
use rusqlite::{OpenFlags, OptionalExtension, Row, params};

use super::FILE;
use crate::store::Database;
use crate::{Error, Options};

/// Which part of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoverageFilter {
    /// Of this camera only.
    pub camera: Option<CameraId>,
    /// From here on; nothing is the ledger's beginning.
    pub from: Option<Wall>,
    /// Until here; nothing is the last moment that is accounted for.
    pub until: Option<Wall>,
}

/// How well one camera was watched in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Which camera.
    pub camera: CameraId,
    /// Where the window begins for it: not before the ledger knows of it.
    pub from: Wall,
    /// Where it ends.
    pub until: Wall,
    /// Blind milliseconds within the window, by cause.
    pub blind_millis: BTreeMap<BlindCause, i64>,
    /// The intervals, oldest first, clipped to the window.
    pub intervals: Vec<BlindInterval>,
}

impl Coverage {
    /// Length of the window, milliseconds.
    pub fn millis(&self) -> i64 {
        self.until.millis_since(self.from).max(0)
    }

    /// Milliseconds of the window in which the camera was watched.
    pub fn watched_millis(&self) -> i64 {
        (self.millis() - self.blind_millis.values().sum::<i64>()).max(0)
    }

    /// Share of the window in which the camera was watched, 0 to 1; nothing for an empty window.
    pub fn watched_share(&self) -> Option<f64> {
        (self.millis() > 0).then(|| self.watched_millis() as f64 / self.millis() as f64)
    }

    /// The cause that took most of the blind time.
    pub fn worst(&self) -> Option<(BlindCause, i64)> {
        let by_time = self.blind_millis.iter().max_by_key(|(_, millis)| **millis);
        by_time.map(|(cause, millis)| (*cause, *millis))
    }
}

/// Looks into the ledger. It never writes.
#[derive(Debug)]
pub struct LedgerReader {
    database: Database,
}

impl LedgerReader {
    /// Opens the ledger below `directory`.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        const ATTEMPTED: &str = "opening the coverage ledger for reading";
        let file = directory.join(FILE);
        if !file.is_file() {
            return Err(Error::NoLedger {
                directory: directory.to_owned(),
            });
        }
        let database = Database::open(file, OpenFlags::SQLITE_OPEN_READ_ONLY, ATTEMPTED)?;
        database
            .connection
            .busy_timeout(Options::new(directory).busy_timeout)
            .map_err(|e| Error::of_sqlite(ATTEMPTED, &database.file, e))?;
        Ok(Self { database })
    }

    /// The last moment that is accounted for.
    pub fn known_until(&self) -> Result<Option<Wall>, Error> {
        let read = self
            .database
            .connection
            .query_row("SELECT until_ms FROM known", [], |row| row.get(0).map(Wall));
        read.optional().map_err(|e| self.failed(e))
    }

    /// Every camera of the ledger within the window, by id. A camera that was not on the roster in it is
    /// left out.
    pub fn coverage(&self, filter: &CoverageFilter) -> Result<Vec<Coverage>, Error> {
        let Some(known) = self.known_until()? else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for (camera, since, ended) in self.cameras(filter.camera.as_ref())? {
            let end = ended.unwrap_or(known);
            let from = filter.from.map_or(since, |from| from.max(since));
            let until = filter.until.map_or(end, |until| until.min(end));
            if from <= until {
                all.push(self.of_camera(camera, from, until, known)?);
            }
        }
        Ok(all)
    }

    fn cameras(&self, one: Option<&CameraId>) -> Result<Vec<(CameraId, Wall, Option<Wall>)>, Error> {
        const SQL: &str =
            "SELECT camera, since_ms, until_ms FROM cameras WHERE ?1 IS NULL OR camera = ?1 ORDER BY camera";
        let mut statement = self
            .database
            .connection
            .prepare_cached(SQL)
            .map_err(|e| self.failed(e))?;
        let rows = statement.query_map([one.map(CameraId::as_str)], |row| {
            let ended: Option<i64> = row.get(2)?;
            Ok((row.get::<_, String>(0)?, Wall(row.get(1)?), ended.map(Wall)))
        });
        let mut found = Vec::new();
        for row in rows.map_err(|e| self.failed(e))? {
            let (camera, since, ended) = row.map_err(|e| self.failed(e))?;
            found.push((self.camera(camera)?, since, ended));
        }
        Ok(found)
    }

    fn of_camera(&self, camera: CameraId, from: Wall, until: Wall, known: Wall) -> Result<Coverage, Error> {
        const SQL: &str = "SELECT from_ms, until_ms, cause, why, open FROM blind
            WHERE camera = ?1 AND from_ms < ?3 AND (until_ms > ?2 OR open = 1) ORDER BY from_ms";
        let mut coverage = Coverage {
            camera,
            from,
            until,
            blind_millis: BTreeMap::new(),
            intervals: Vec::new(),
        };
        let mut statement = self
            .database
            .connection
            .prepare_cached(SQL)
            .map_err(|e| self.failed(e))?;
        let mut rows = statement
            .query(params![coverage.camera.as_str(), from.0, until.0])
            .map_err(|e| self.failed(e))?;
        while let Some(row) = rows.next().map_err(|e| self.failed(e))? {
            let mut interval = self.interval(&coverage.camera, row)?;
            if interval.open {
                interval.until = interval.until.max(known);
            }
            interval.open &= interval.until <= until;
            interval.from = interval.from.max(from);
            interval.until = interval.until.min(until);
            if interval.millis() > 0 {
                *coverage.blind_millis.entry(interval.cause).or_default() += interval.millis();
                coverage.intervals.push(interval);
            }
        }
        Ok(coverage)
    }

    fn interval(&self, camera: &CameraId, row: &Row<'_>) -> Result<BlindInterval, Error> {
        let get = |column: &str| row.get::<_, i64>(column).map_err(|e| self.failed(e));
        let cause: String = row.get("cause").map_err(|e| self.failed(e))?;
        Ok(BlindInterval {
            camera: camera.clone(),
            cause: BlindCause::from_name(&cause).ok_or_else(|| self.wrong("cause", cause))?,
            why: row.get("why").map_err(|e| self.failed(e))?,
            from: Wall(get("from_ms")?),
            until: Wall(get("until_ms")?),
            open: get("open")? != 0,
        })
    }

    fn camera(&self, id: String) -> Result<CameraId, Error> {
        CameraId::new(&id).map_err(|_| self.wrong("camera", id))
    }

    fn wrong(&self, column: &'static str, value: String) -> Error {
        Error::Value {
            file: self.database.file.clone(),
            column,
            value,
        }
    }

    fn failed(&self, cause: rusqlite::Error) -> Error {
        Error::of_sqlite("reading the coverage ledger", &self.database.file, cause)
    }
}

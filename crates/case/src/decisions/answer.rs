//! Reading the decision record: what was known of a camera's places at a moment.

use std::path::Path;

use curbwatch_types::{CameraId, Wall};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use serde::Serialize;

use super::{FILE, check_version, open};
use crate::Error;
use crate::wire::figures::rounded;

/// Of what was over before the moment asked about, the last so many milliseconds are told.
const OVER_MS: i64 = 600_000;
/// The latest stretch of looks may go on for this long after what was written of it, in milliseconds.
const STILL_MS: i64 = 90_000;
/// The state of a picture that was judged.
const LIVE: &str = "live";
/// Places of one answer at most.
const PLACES_MAX: usize = 500;

/// What was known of a camera at a moment. A wire form: keys keep their meaning, new ones are appended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The camera.
    pub camera: String,
    /// The moment asked about, milliseconds since 1970.
    pub at_ms: i64,
    /// What there was of pictures.
    pub picture: PictureThen,
    /// The places, in the order in which they were first seen.
    pub places: Vec<PlaceThen>,
}

/// What there was of pictures at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PictureThen {
    /// `live`, or why nothing was judged; `blind`: no look; `unknown`: the record knows nothing of the camera.
    pub state: String,
    /// Since when, milliseconds since 1970.
    pub from_ms: Option<i64>,
    /// Until when; absent: as far as the record goes.
    pub until_ms: Option<i64>,
}

/// A place as it was known at a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaceThen {
    /// The class of violation it would be.
    pub class: String,
    /// Where, `[x, y, w, h]`, relative, 4 digits.
    #[serde(rename = "box")]
    pub bbox: [f64; 4],
    /// The zone of the class's there.
    pub zone: Option<String>,
    /// What decided: a name.
    pub reason: String,
    /// Since when it did.
    pub since_ms: i64,
    /// Name of the zone, permit, class or case that the reason is about; of what is over, the case that it was.
    pub what: Option<String>,
    /// What the reason asks for: looks, score, share or count.
    pub needed: Option<f64>,
    /// What there was of it.
    pub found: Option<f64>,
    /// Until when the reason holds by the clock.
    pub until_ms: Option<i64>,
    /// First look that showed it.
    pub first_seen_ms: i64,
    /// Latest look that showed it, as of `since_ms`.
    pub last_seen_ms: i64,
    /// How long it had stood, in seconds: to the moment asked about while it was seen, else to its latest look; where
    /// nobody looked then, to the end of the time that was watched.
    pub stood_secs: i64,
    /// How much of that counts towards the dwell.
    pub counted_secs: i64,
    /// First stage, in seconds.
    pub stationary_secs: u32,
    /// Legal dwell, in seconds; 0 where no zone of the class lies.
    pub dwell_secs: u32,
    /// Looks that showed it, as of `since_ms`.
    pub present_looks: u32,
    /// Highest score among them, 4 digits.
    pub best_score: f64,
}

/// Looks into a record, also while another process writes.
#[derive(Debug)]
pub struct DecisionReader {
    connection: Connection,
    file: std::path::PathBuf,
}

impl DecisionReader {
    /// Opens the record in `directory`.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        if !directory.join(FILE).is_file() {
            return Err(Error::NoRecord {
                directory: directory.to_owned(),
            });
        }
        let (connection, file) = open(directory, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        check_version(&connection, &file)?;
        Ok(Self { connection, file })
    }

    /// The latest moment that the record knows of a camera; nothing of one it does not know.
    pub fn latest(&self, camera: &CameraId) -> Result<Option<Wall>, Error> {
        const SQL: &str = "SELECT max(to_ms) FROM pictures WHERE camera = ?1";
        let latest: rusqlite::Result<Option<i64>> =
            self.connection
                .query_row(SQL, [camera.as_str()], |row| row.get(0));
        latest.map(|ms| ms.map(Wall)).map_err(|e| self.failed(e))
    }

    /// The cameras that the record knows, at most `max`.
    pub fn cameras(&self, max: usize) -> Result<Vec<String>, Error> {
        const SQL: &str = "SELECT DISTINCT camera FROM pictures ORDER BY camera LIMIT ?1";
        let read = || {
            let mut statement = self.connection.prepare(SQL)?;
            statement
                .query_map([max as i64], |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<String>>>()
        };
        read().map_err(|e| self.failed(e))
    }

    /// What was known of a camera at a moment.
    pub fn why(&self, camera: &CameraId, at: Wall) -> Result<Answer, Error> {
        let read = || -> rusqlite::Result<Answer> {
            let picture = self.picture(camera, at)?;
            let watched = if picture.state == LIVE {
                at
            } else {
                self.watched_until(camera, at)?.unwrap_or(at)
            };
            Ok(Answer {
                camera: camera.to_string(),
                at_ms: at.0,
                picture,
                places: self.places(camera, at, watched)?,
            })
        };
        read().map_err(|e| self.failed(e))
    }

    fn failed(&self, source: rusqlite::Error) -> Error {
        Error::of_sqlite("reading the decision record", &self.file, source)
    }

    /// The end of the time before `at` in which pictures were judged.
    fn watched_until(&self, camera: &CameraId, at: Wall) -> rusqlite::Result<Option<Wall>> {
        const SQL: &str = "SELECT to_ms FROM pictures WHERE camera = ?1 AND from_ms <= ?2 AND state = ?3
            ORDER BY from_ms DESC, rowid DESC LIMIT 1";
        let key = params![camera.as_str(), at.0, LIVE];
        let end = self.connection.query_row(SQL, key, |row| row.get(0)).optional()?;
        Ok(end.map(|ms: i64| Wall(ms.min(at.0))))
    }

    fn picture(&self, camera: &CameraId, at: Wall) -> rusqlite::Result<PictureThen> {
        const BEFORE: &str = "SELECT from_ms, to_ms, state FROM pictures WHERE camera = ?1 AND from_ms <= ?2
            ORDER BY from_ms DESC, rowid DESC LIMIT 1";
        const AFTER: &str =
            "SELECT from_ms FROM pictures WHERE camera = ?1 AND from_ms > ?2 ORDER BY from_ms LIMIT 1";
        let stretch = |row: &Row<'_>| -> rusqlite::Result<(i64, i64, String)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        };
        let key = params![camera.as_str(), at.0];
        let before = self.connection.query_row(BEFORE, key, stretch).optional()?;
        let after: Option<i64> = self
            .connection
            .query_row(AFTER, key, |row| row.get(0))
            .optional()?;
        Ok(match (before, after) {
            (Some((from, to, state)), after) if at.0 <= to || (after.is_none() && at.0 <= to + STILL_MS) => {
                PictureThen {
                    state,
                    from_ms: Some(from),
                    until_ms: after.map(|next| next.min(to.max(at.0))),
                }
            }
            (None, None) => PictureThen {
                state: "unknown".to_owned(),
                from_ms: None,
                until_ms: None,
            },
            (before, after) => PictureThen {
                state: "blind".to_owned(),
                from_ms: before.map(|(_, to, _)| to),
                until_ms: after,
            },
        })
    }

    fn places(&self, camera: &CameraId, at: Wall, watched: Wall) -> rusqlite::Result<Vec<PlaceThen>> {
        // Of the latest run up to the moment: the last word on each place, but what was long over.
        const SQL: &str = "
            WITH run AS (SELECT run_ms FROM places WHERE camera = ?1 AND at_ms <= ?2
                         ORDER BY at_ms DESC, rowid DESC LIMIT 1),
                 latest AS (SELECT max(rowid) AS id FROM places
                            WHERE camera = ?1 AND at_ms <= ?2 AND run_ms = (SELECT run_ms FROM run)
                            GROUP BY class, place)
            SELECT *, CASE reason WHEN 'over' THEN
                (SELECT of.what FROM places AS of WHERE of.camera = ?1 AND of.run_ms = it.run_ms AND of.class = it.class
                    AND of.place = it.place AND of.reason IN ('case', 'same_case') ORDER BY of.rowid DESC LIMIT 1) ELSE what END AS named
            FROM places AS it WHERE rowid IN (SELECT id FROM latest)
                AND (reason <> 'over' OR at_ms >= ?2 - ?3)
            ORDER BY first_seen_ms, class, place LIMIT ?4";
        let mut statement = self.connection.prepare(SQL)?;
        let rows = statement.query_map(
            params![camera.as_str(), at.0, OVER_MS, PLACES_MAX as i64],
            |row| place(row, watched),
        )?;
        rows.collect()
    }
}

/// A row as of the end of the time that was watched.
fn place(row: &Row<'_>, watched: Wall) -> rusqlite::Result<PlaceThen> {
    let number = |column| -> rusqlite::Result<f64> { Ok(rounded(row.get::<_, f64>(column)? as f32)) };
    let reason: String = row.get("reason")?;
    let (first, last): (i64, i64) = (row.get("first_seen_ms")?, row.get("last_seen_ms")?);
    let counted: i64 = row.get("counted_from_ms")?;
    // While nothing else was said it was seen on and on.
    let away = matches!(reason.as_str(), "over" | "unseen" | "hidden");
    let until = if away { last } else { watched.0.max(last) };
    let in_force = !matches!(
        reason.as_str(),
        "out_of_hours" | "permitted" | "cut_out" | "elsewhere"
    );
    let secs = |from: i64| (until - from).max(0) / 1000;
    Ok(PlaceThen {
        class: row.get("class")?,
        bbox: [number("x")?, number("y")?, number("w")?, number("h")?],
        zone: row.get("zone")?,
        since_ms: row.get("at_ms")?,
        what: row.get("named")?,
        needed: row.get::<_, Option<f64>>("needed")?.map(|v| rounded(v as f32)),
        found: row.get("found")?,
        until_ms: row.get("until_ms")?,
        first_seen_ms: first,
        last_seen_ms: last,
        stood_secs: secs(first),
        counted_secs: if in_force { secs(counted) } else { 0 },
        stationary_secs: row.get("stationary_secs")?,
        dwell_secs: row.get("dwell_secs")?,
        present_looks: row.get("present_looks")?,
        best_score: number("best_score")?,
        reason,
    })
}

//! Looking into the store: open cases for the scene, lists for people, counters for metrics.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbwatch_types::{
    Appearance, BBox, CameraId, CapturedAt, GroundPlace, Incident, IncidentChange, Measured, ResolvedRule,
    Score, ViewId, ViolationClass, Wall, Witness, ZoneId,
};
use rusqlite::{Row, params};

use super::Database;
use crate::case_id::change_from_name;
use crate::wire::ground::{recalled_place, recalled_witnesses, words_of};
use crate::{CaseId, Error, Review, Ruling};

/// Begins the word that a verdict has for its change; the order's id follows.
pub(super) const VERDICT_PREFIX: &str = "recheck:";

/// A case that stands open: enough for the scene to go on with it after a restart. Floats are
/// bit for bit what was committed.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenCase {
    /// The incident's key.
    pub key: Arc<str>,
    /// What kind of violation.
    pub class: ViolationClass,
    /// Where.
    pub camera: CameraId,
    /// In which view.
    pub view: ViewId,
    /// In which zone.
    pub zone: ZoneId,
    /// The place in the latest committed shot, relative.
    pub bbox: BBox,
    /// First look that showed it.
    pub first_seen: CapturedAt,
    /// When its dwell was fulfilled.
    pub due: Wall,
    /// Latest committed look that showed it.
    pub last_seen: CapturedAt,
    /// Time of the look that decided the latest committed change.
    pub decided_at: Wall,
    /// The latest committed change.
    pub change: IncidentChange,
    /// Looks that showed it.
    pub present_looks: u32,
    /// Highest score among them.
    pub best_score: Score,
    /// What it looks like.
    pub appearance: Option<Appearance>,
    /// The rule as resolved.
    pub rule: ResolvedRule,
    /// Which model saw it.
    pub model: Arc<str>,
    /// The case that stood in the same place before.
    pub supersedes: Option<Arc<str>>,
    /// Classes that gave way to it.
    pub also: Vec<ViolationClass>,
    /// Where it stands on ground that several views share.
    pub ground: Option<GroundPlace>,
    /// The views that have seen it; empty where it is one alone.
    pub witnesses: Vec<Witness>,
}

/// The latest committed change, less its pictures.
impl From<OpenCase> for Incident {
    fn from(case: OpenCase) -> Self {
        Self {
            key: case.key,
            change: case.change,
            class: case.class,
            camera: case.camera,
            view: case.view,
            zone: case.zone,
            bbox: case.bbox,
            first_seen: case.first_seen,
            due: case.due,
            last_seen: case.last_seen,
            decided_at: CapturedAt {
                at: case.decided_at,
                uncertainty_ms: case.last_seen.uncertainty_ms,
            },
            present_looks: case.present_looks,
            best_score: case.best_score,
            rule: case.rule,
            model: case.model,
            shots: Vec::new(),
            supersedes: case.supersedes,
            also: case.also,
            ground: case.ground,
            witnesses: case.witnesses,
        }
    }
}

/// Which cases to list.
#[derive(Debug, Clone)]
pub struct CaseFilter {
    /// Of this camera only.
    pub camera: Option<CameraId>,
    /// Only those that stand open.
    pub open_only: bool,
    /// Only those that wait for a person.
    pub held_only: bool,
    /// At most this many. Default 1000.
    pub limit: usize,
    /// Leave out this many of the newest, for pages. Default 0.
    pub skip: usize,
}

impl Default for CaseFilter {
    fn default() -> Self {
        Self {
            camera: None,
            open_only: false,
            held_only: false,
            limit: 1000,
            skip: 0,
        }
    }
}

/// A case in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseSummary {
    /// The case.
    pub id: CaseId,
    /// Its latest change: `opened`, `still`, `closed`, `reoccupied`.
    pub state: IncidentChange,
    /// What kind of violation.
    pub class: ViolationClass,
    /// Where.
    pub camera: CameraId,
    /// In which view.
    pub view: ViewId,
    /// In which zone.
    pub zone: ZoneId,
    /// The place, relative.
    pub bbox: BBox,
    /// First look that showed it.
    pub first_seen: Wall,
    /// When its dwell was fulfilled.
    pub due: Wall,
    /// Latest look that showed it.
    pub last_seen: Wall,
    /// Time of the look that decided the latest change.
    pub decided_at: Wall,
    /// Looks that showed it.
    pub present_looks: u32,
    /// Highest score among them.
    pub best_score: Score,
    /// Newest evidence folder, relative to the store's directory.
    pub evidence: Option<String>,
    /// How the model that saw it was measured for this class; nothing in cases from before that was kept.
    pub measured: Option<Measured>,
    /// Where it stands with the reviewers.
    pub review: Review,
    /// What a person said of it.
    pub ruling: Option<Ruling>,
}

/// One change in the life of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Identity of the change.
    pub event_id: String,
    /// What happened; nothing where this is the verdict of a re-check, which changes no case.
    pub change: Option<IncidentChange>,
    /// Time of the look that decided it.
    pub decided_at: Wall,
    /// When it left the pipeline.
    pub emitted_at: Wall,
    /// Evidence folder, relative to the store's directory.
    pub evidence: Option<String>,
    /// The row of `cases.jsonl`.
    pub row_json: String,
    /// The event as webhooks get it.
    pub event_json: String,
    /// State at each sink, by name: `pending`, `held`, `parked`, `delivered` or `dismissed`, and the latest
    /// problem.
    pub deliveries: Vec<(String, String, Option<String>)>,
}

/// A case with everything known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseDetail {
    /// As it is now.
    pub summary: CaseSummary,
    /// Its changes, oldest first.
    pub changes: Vec<ChangeRecord>,
}

/// How far one sink is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SinkOutbox {
    /// Its name.
    pub sink: String,
    /// Rows on their way.
    pub pending: u64,
    /// Rows that wait for a person.
    pub held: u64,
    /// Rows the consumer refused for good.
    pub parked: u64,
    /// Rows it has.
    pub delivered: u64,
    /// When the oldest row on its way was emitted.
    pub oldest: Option<Wall>,
    /// Why the oldest row on its way has not arrived yet.
    pub problem: Option<String>,
}

/// How far the sinks are: sums, and each by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Rows on their way.
    pub pending: u64,
    /// Rows that wait for a person.
    pub held: u64,
    /// Cases that wait for a person, also where no sink is configured.
    pub held_cases: u64,
    /// Rows refused for good.
    pub parked: u64,
    /// Rows that arrived.
    pub delivered: u64,
    /// When the oldest row on its way was emitted.
    pub oldest: Option<Wall>,
    /// Each sink that was ever written to, by name.
    pub sinks: Vec<SinkOutbox>,
}

/// Looks into a store from outside, also while another process writes. Needs no lock.
#[derive(Debug)]
pub struct CaseReader {
    pub(super) database: Database,
    directory: PathBuf,
}

impl CaseReader {
    /// Opens the store in `directory` for reading.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let database = Database::open_for_reading(directory)?;
        Ok(Self {
            database,
            directory: directory.to_owned(),
        })
    }

    /// The store's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The cases that stand open, oldest first.
    pub fn open_cases(&self, camera: Option<&CameraId>) -> Result<Vec<OpenCase>, Error> {
        open_cases(&self.database, camera)
    }

    /// The cases that a camera has seen and that stand open, and those that ended since `since` and have witnesses, oldest first.
    pub fn cases_seen_by(&self, camera: &CameraId, since: Wall) -> Result<Vec<OpenCase>, Error> {
        cases_seen_by(&self.database, camera, since)
    }

    /// The cases on ground that views share which stand open, and those that ended since `since`; the newest first, at most `max`.
    pub fn cases_on_the_ground(&self, since: Wall, max: usize) -> Result<Vec<OpenCase>, Error> {
        cases_on_the_ground(&self.database, since, max)
    }

    /// Cases, newest first.
    pub fn list(&self, filter: &CaseFilter) -> Result<Vec<CaseSummary>, Error> {
        list(&self.database, filter)
    }

    /// One case with all its changes.
    pub fn show(&self, id: &CaseId) -> Result<Option<CaseDetail>, Error> {
        show(&self.database, id)
    }

    /// How far each sink is.
    pub fn outbox(&self) -> Result<Outbox, Error> {
        outbox(&self.database)
    }
}

pub(super) fn open_cases(database: &Database, camera: Option<&CameraId>) -> Result<Vec<OpenCase>, Error> {
    const SQL: &str = "SELECT * FROM cases
        WHERE state IN ('opened', 'still') AND (?1 IS NULL OR camera = ?1)
        ORDER BY first_seen_ms, case_id";
    let read = Reading {
        database,
        attempted: "reading open cases",
    };
    read.cases(SQL, params![camera.map(CameraId::as_str)])
}

fn cases_seen_by(database: &Database, camera: &CameraId, since: Wall) -> Result<Vec<OpenCase>, Error> {
    const SQL: &str = "SELECT * FROM cases
        WHERE (state IN ('opened', 'still') AND (camera = ?1 OR instr(coalesce(witnesses, ''), ?2) > 0))
           OR (decided_ms >= ?3 AND witnesses IS NOT NULL AND instr(witnesses, ?2) > 0)
        ORDER BY first_seen_ms, case_id";
    let read = Reading {
        database,
        attempted: "reading a camera's cases",
    };
    read.cases(SQL, params![camera.as_str(), words_of(camera), since.0])
}

fn cases_on_the_ground(database: &Database, since: Wall, max: usize) -> Result<Vec<OpenCase>, Error> {
    const SQL: &str = "SELECT * FROM cases
        WHERE ground IS NOT NULL AND (state IN ('opened', 'still') OR decided_ms >= ?1)
        ORDER BY state IN ('opened', 'still') DESC, decided_ms DESC, case_id LIMIT ?2";
    let read = Reading {
        database,
        attempted: "reading the cases on shared ground",
    };
    read.cases(SQL, params![since.0, max as i64])
}

impl Reading<'_> {
    fn cases(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<OpenCase>, Error> {
        let read = self;
        read.rows(sql, params, |row| {
            let summary = read.summary(row)?;
            let moment = |ms, uncertainty| -> Result<CapturedAt, Error> {
                Ok(CapturedAt {
                    at: Wall(read.get(row, ms)?),
                    uncertainty_ms: read.get(row, uncertainty)?,
                })
            };
            let appearance: Option<Vec<u8>> = read.get(row, "appearance")?;
            Ok(OpenCase {
                key: Arc::from(summary.id.as_str()),
                class: summary.class,
                camera: summary.camera,
                view: summary.view,
                zone: summary.zone,
                bbox: summary.bbox,
                first_seen: moment("first_seen_ms", "first_seen_uncertainty_ms")?,
                due: summary.due,
                last_seen: moment("last_seen_ms", "last_seen_uncertainty_ms")?,
                decided_at: summary.decided_at,
                change: summary.state,
                present_looks: summary.present_looks,
                best_score: summary.best_score,
                appearance: appearance.map(|bytes| appearance_of(&bytes)),
                rule: ResolvedRule {
                    stationary_secs: read.get(row, "stationary_secs")?,
                    dwell_secs: read.get(row, "dwell_secs")?,
                    min_score: read.get::<f64>(row, "min_score")? as f32,
                    present_looks_min: read.get(row, "present_looks_min")?,
                    ..ResolvedRule::default()
                },
                model: Arc::from(read.get::<String>(row, "model")?),
                supersedes: read.get::<Option<String>>(row, "supersedes")?.map(Arc::from),
                also: read
                    .get::<Option<String>>(row, "also")?
                    .iter()
                    .flat_map(|names| names.split(','))
                    .filter_map(ViolationClass::from_name)
                    .collect(),
                ground: read.maybe(row, "ground", recalled_place)?,
                witnesses: read
                    .maybe(row, "witnesses", recalled_witnesses)?
                    .unwrap_or_default(),
            })
        })
    }
}

pub(super) fn list(database: &Database, filter: &CaseFilter) -> Result<Vec<CaseSummary>, Error> {
    const SQL: &str = "SELECT *, (SELECT evidence FROM changes WHERE changes.case_id = cases.case_id
                AND evidence IS NOT NULL ORDER BY seq DESC LIMIT 1) AS evidence
        FROM cases
        WHERE (?1 IS NULL OR camera = ?1) AND (NOT ?2 OR state IN ('opened', 'still'))
          AND (NOT ?5 OR review = 'held')
        ORDER BY decided_ms DESC, case_id LIMIT ?3 OFFSET ?4";
    let read = Reading {
        database,
        attempted: "listing cases",
    };
    let (limit, skip) = (filter.limit as i64, filter.skip as i64);
    let camera = filter.camera.as_ref().map(CameraId::as_str);
    let (open, held) = (filter.open_only, filter.held_only);
    read.rows(SQL, params![camera, open, limit, skip, held], |row| {
        Ok(CaseSummary {
            evidence: read.get(row, "evidence")?,
            ..read.summary(row)?
        })
    })
}

pub(super) fn show(database: &Database, id: &CaseId) -> Result<Option<CaseDetail>, Error> {
    const CHANGES: &str = "SELECT * FROM changes WHERE case_id = ?1 ORDER BY seq";
    let read = Reading {
        database,
        attempted: "reading a case",
    };
    let summaries = read.rows(
        "SELECT * FROM cases WHERE case_id = ?1",
        params![id.as_str()],
        |row| read.summary(row),
    )?;
    let Some(mut summary) = summaries.into_iter().next() else {
        return Ok(None);
    };
    let changes = read.rows(CHANGES, params![id.as_str()], |row| {
        const DELIVERIES: &str = "SELECT sink, state, problem FROM outbox WHERE seq = ?1 ORDER BY sink";
        let seq: i64 = read.get(row, "seq")?;
        let deliveries = read.rows(DELIVERIES, params![seq], |row| {
            Ok((
                read.get(row, "sink")?,
                read.get(row, "state")?,
                read.get(row, "problem")?,
            ))
        })?;
        Ok(ChangeRecord {
            event_id: read.get(row, "event_id")?,
            change: read.change(row)?,
            decided_at: Wall(read.get(row, "decided_ms")?),
            emitted_at: Wall(read.get(row, "emitted_ms")?),
            evidence: read.get(row, "evidence")?,
            row_json: read.get(row, "row_json")?,
            event_json: read.get(row, "event_json")?,
            deliveries,
        })
    })?;
    summary.evidence = changes.iter().rev().find_map(|change| change.evidence.clone());
    Ok(Some(CaseDetail { summary, changes }))
}

pub(super) fn outbox(database: &Database) -> Result<Outbox, Error> {
    // `sinks` knows who ever got something; the partial indexes know who waits. Rows on their way are
    // counted over the index of those alone, so the size of the history does not matter.
    const SQL: &str = "
        WITH waiting AS (SELECT sink, count(*) AS n, min(seq) AS first
                         FROM outbox WHERE state = 'pending' GROUP BY sink),
             refused AS (SELECT sink, count(*) AS n FROM outbox WHERE state = 'parked' GROUP BY sink),
             kept AS (SELECT sink, count(*) AS n FROM outbox WHERE state = 'held' GROUP BY sink),
             names AS (SELECT sink FROM waiting UNION SELECT sink FROM refused UNION SELECT sink FROM kept
                       UNION SELECT sink FROM sinks)
        SELECT names.sink AS sink, coalesce(waiting.n, 0) AS pending, coalesce(refused.n, 0) AS parked,
               coalesce(kept.n, 0) AS held,
               coalesce(sinks.delivered, 0) AS delivered,
               (SELECT emitted_ms FROM changes WHERE seq = waiting.first) AS oldest_ms,
               (SELECT problem FROM outbox AS head
                WHERE head.sink = names.sink AND head.seq = waiting.first) AS problem
        FROM names LEFT JOIN waiting USING (sink) LEFT JOIN refused USING (sink) LEFT JOIN kept USING (sink)
             LEFT JOIN sinks USING (sink)
        ORDER BY names.sink";
    const HELD_CASES: &str = "SELECT count(*) AS n FROM cases WHERE review = 'held'";
    let read = Reading {
        database,
        attempted: "counting the outbox",
    };
    let sinks = read.rows(SQL, params![], |row| {
        Ok(SinkOutbox {
            sink: read.get(row, "sink")?,
            pending: read.get::<i64>(row, "pending")? as u64,
            held: read.get::<i64>(row, "held")? as u64,
            parked: read.get::<i64>(row, "parked")? as u64,
            delivered: read.get::<i64>(row, "delivered")? as u64,
            oldest: read.get::<Option<i64>>(row, "oldest_ms")?.map(Wall),
            problem: read.get(row, "problem")?,
        })
    })?;
    let held_cases = read.rows(HELD_CASES, params![], |row| read.get::<i64>(row, "n"))?;
    Ok(Outbox {
        held: sinks.iter().map(|s| s.held).sum(),
        held_cases: held_cases.first().map_or(0, |n| *n as u64),
        pending: sinks.iter().map(|s| s.pending).sum(),
        parked: sinks.iter().map(|s| s.parked).sum(),
        delivered: sinks.iter().map(|s| s.delivered).sum(),
        oldest: sinks.iter().filter_map(|s| s.oldest).min(),
        sinks,
    })
}

/// Reads rows and names what failed.
pub(super) struct Reading<'a> {
    pub(super) database: &'a Database,
    pub(super) attempted: &'static str,
}

impl Reading<'_> {
    fn failed(&self, source: rusqlite::Error) -> Error {
        Error::of_sqlite(self.attempted, &self.database.file, source)
    }

    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        mut one: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut statement = self
            .database
            .connection
            .prepare_cached(sql)
            .map_err(|e| self.failed(e))?;
        let mut rows = statement.query(params).map_err(|e| self.failed(e))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|e| self.failed(e))? {
            found.push(one(row)?);
        }
        Ok(found)
    }

    pub(super) fn get<T: rusqlite::types::FromSql>(
        &self,
        row: &Row<'_>,
        column: &'static str,
    ) -> Result<T, Error> {
        row.get(column).map_err(|e| self.failed(e))
    }

    /// The change of a recorded row; nothing where it is a verdict's.
    fn change(&self, row: &Row<'_>) -> Result<Option<IncidentChange>, Error> {
        let word: String = self.get(row, "change")?;
        if word.starts_with(VERDICT_PREFIX) {
            return Ok(None);
        }
        self.parsed(row, "change", change_from_name).map(Some)
    }

    pub(super) fn parsed<T>(
        &self,
        row: &Row<'_>,
        column: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let value: String = self.get(row, column)?;
        parse(&value).ok_or_else(|| Error::Value {
            file: self.database.file.clone(),
            column,
            value,
        })
    }

    fn maybe<T>(
        &self,
        row: &Row<'_>,
        column: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        match self.get::<Option<String>>(row, column)? {
            Some(_) => self.parsed(row, column, parse).map(Some),
            None => Ok(None),
        }
    }

    fn ruling(&self, row: &Row<'_>) -> Result<Option<Ruling>, Error> {
        let Some(at) = self.get::<Option<i64>>(row, "ruling_ms")? else {
            return Ok(None);
        };
        Ok(Some(Ruling {
            at: Wall(at),
            by: self.get(row, "ruling_by")?,
            reason: self.get(row, "ruling_reason")?,
        }))
    }

    pub(super) fn summary(&self, row: &Row<'_>) -> Result<CaseSummary, Error> {
        let float = |column| self.get::<f64>(row, column).map(|value| value as f32);
        let wall = |column| self.get(row, column).map(Wall);
        Ok(CaseSummary {
            id: self.parsed(row, "case_id", |text| CaseId::new(text).ok())?,
            state: self.parsed(row, "state", change_from_name)?,
            class: self.parsed(row, "class", ViolationClass::from_name)?,
            camera: self.parsed(row, "camera", |text| CameraId::new(text).ok())?,
            view: self.parsed(row, "view", |text| ViewId::new(text).ok())?,
            zone: self.parsed(row, "zone", |text| ZoneId::new(text).ok())?,
            bbox: BBox::new(float("x")?, float("y")?, float("w")?, float("h")?),
            first_seen: wall("first_seen_ms")?,
            due: wall("due_ms")?,
            last_seen: wall("last_seen_ms")?,
            decided_at: wall("decided_ms")?,
            present_looks: self.get(row, "present_looks")?,
            best_score: Score::new(float("best_score")?),
            evidence: None,
            measured: self.maybe(row, "measured", Measured::from_name)?,
            review: self.parsed(row, "review", Review::from_name)?,
            ruling: self.ruling(row)?,
        })
    }
}

/// Little-endian f32, as [`super::write`] stores them.
pub(super) fn appearance_of(bytes: &[u8]) -> Appearance {
    Appearance(
        bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|value| f32::from_le_bytes(*value))
            .collect(),
    )
}

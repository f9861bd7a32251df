//! Writing the decision record: batches, and its bounds.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use curbwatch_types::{CameraId, Finding, Findings, Looked, Reason, Wall};
use rusqlite::{Connection, OpenFlags, Transaction, params};

use super::{APPLICATION_ID, DecisionOptions, SCHEMA, VERSION, check_version, failed, open};
use crate::Error;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// A camera's rows are cut back when they are above the bound by this share of it.
const SLACK: u32 = 8;
/// Old rows are dropped when the newest moment is further on by this, in milliseconds.
const SWEEP_MS: i64 = 3600 * 1000;

/// The one writer of a record.
#[derive(Debug)]
pub struct Decisions {
    connection: Connection,
    file: PathBuf,
    options: DecisionOptions,
    /// Rows of each camera that was written to.
    rows: HashMap<CameraId, u32>,
    newest: Wall,
    swept: Wall,
}

impl Decisions {
    /// Opens the record in `directory`; makes both where they are missing.
    pub fn open(directory: &Path, options: DecisionOptions) -> Result<Self, Error> {
        std::fs::create_dir_all(directory)
            .map_err(|e| Error::of_io("making the store's directory", directory, e))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let (connection, file) = open(directory, flags)?;
        let version = check_version(&connection, &file)?;
        let set = || -> rusqlite::Result<()> {
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
            // What a power cut takes is some seconds of explanations.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            if version == 0 {
                connection.execute_batch(SCHEMA)?;
                connection.pragma_update(None, "application_id", APPLICATION_ID)?;
                connection.pragma_update(None, "user_version", VERSION)?;
            }
            Ok(())
        };
        set().map_err(failed(&file))?;
        Ok(Self {
            connection,
            file,
            options,
            rows: HashMap::new(),
            newest: Wall(i64::MIN),
            swept: Wall(i64::MIN),
        })
    }

    /// Writes what scenes said, in one transaction, and holds the bounds.
    pub fn write(&mut self, batch: &[Findings]) -> Result<(), Error> {
        const ATTEMPTED: &str = "writing the decision record";
        let file = self.file.clone();
        let failed = |e| Error::of_sqlite(ATTEMPTED, &file, e);
        let transaction = self.connection.transaction().map_err(failed)?;
        for findings in batch {
            let Some(camera) = &findings.camera else { continue };
            if let Some(looked) = &findings.looked {
                write_looked(&transaction, camera, looked).map_err(failed)?;
                self.newest = self.newest.max(looked.at);
            }
            for finding in &findings.places {
                write_place(&transaction, camera, findings.run, finding).map_err(failed)?;
                self.newest = self.newest.max(finding.at);
            }
            if findings.places.is_empty() {
                continue;
            }
            let known = self.rows.get(camera).copied();
            let before = match known {
                Some(rows) => rows + u32::try_from(findings.places.len()).unwrap_or(u32::MAX),
                None => rows_of(&transaction, camera).map_err(failed)?,
            };
            let max = self.options.rows_per_camera_max;
            let rows = if before > max + max / SLACK {
                cut_back(&transaction, camera, max).map_err(failed)?;
                max
            } else {
                before
            };
            self.rows.insert(camera.clone(), rows);
        }
        if self.newest.millis_since(self.swept) >= SWEEP_MS {
            let oldest = self
                .newest
                .plus_millis(-i64::from(self.options.days_max) * DAY_MS);
            for sql in [
                "DELETE FROM places WHERE at_ms < ?1",
                "DELETE FROM pictures WHERE to_ms < ?1",
            ] {
                transaction.execute(sql, [oldest.0]).map_err(failed)?;
            }
            self.swept = self.newest;
            self.rows.clear();
        }
        transaction.commit().map_err(failed)
    }
}

fn rows_of(transaction: &Transaction<'_>, camera: &CameraId) -> rusqlite::Result<u32> {
    transaction
        .prepare_cached("SELECT count(*) FROM places WHERE camera = ?1")?
        .query_row([camera.as_str()], |row| row.get(0))
}

/// Keeps the newest rows of a camera.
fn cut_back(transaction: &Transaction<'_>, camera: &CameraId, max: u32) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM places WHERE camera = ?1 AND rowid NOT IN
                (SELECT rowid FROM places WHERE camera = ?1 ORDER BY at_ms DESC, rowid DESC LIMIT ?2)",
        )?
        .execute(params![camera.as_str(), max])?;
    Ok(())
}

/// Goes on with the latest stretch, or begins one.
fn write_looked(transaction: &Transaction<'_>, camera: &CameraId, looked: &Looked) -> rusqlite::Result<()> {
    const LATEST: &str =
        "(SELECT rowid FROM pictures WHERE camera = ?1 ORDER BY from_ms DESC, rowid DESC LIMIT 1)";
    let extend = |to: Wall, only: Option<&str>| -> rusqlite::Result<usize> {
        let sql = format!(
            "UPDATE pictures SET to_ms = max(to_ms, ?2) WHERE rowid = {LATEST} AND (?3 IS NULL OR state = ?3)"
        );
        transaction
            .prepare_cached(&sql)?
            .execute(params![camera.as_str(), to.0, only])
    };
    if let Some(before) = looked.before {
        // Between two looks that follow one another the first one's word holds.
        let to = if looked.after_a_gap { before } else { looked.at };
        extend(to, None)?;
    }
    let state = looked.state.name();
    if !looked.after_a_gap && extend(looked.at, Some(state))? > 0 {
        return Ok(());
    }
    transaction
        .prepare_cached("INSERT INTO pictures VALUES (?1, ?2, ?2, ?3)")?
        .execute(params![camera.as_str(), looked.at.0, state])?;
    Ok(())
}

fn write_place(
    transaction: &Transaction<'_>,
    camera: &CameraId,
    run: Wall,
    finding: &Finding,
) -> rusqlite::Result<()> {
    let (what, needed, found, until) = details(&finding.reason);
    let real = |v: f32| if v.is_finite() { f64::from(v) } else { 0.0 };
    transaction
        .prepare_cached(
            "INSERT INTO places VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                ?18, ?19, ?20, ?21, ?22)",
        )?
        .execute(params![
            camera.as_str(),
            finding.at.0,
            run.0,
            finding.class.name(),
            finding.place as i64,
            real(finding.bbox.x),
            real(finding.bbox.y),
            real(finding.bbox.w),
            real(finding.bbox.h),
            finding.zone.as_ref().map(curbwatch_types::ZoneId::as_str),
            finding.first_seen.0,
            finding.last_seen.0,
            finding.counted_from.0,
            finding.stationary_secs,
            finding.dwell_secs,
            finding.present_looks,
            real(finding.best_score.get()),
            finding.reason.name(),
            what,
            needed,
            found,
            until.map(|at| at.0),
        ])?;
    Ok(())
}

/// A reason's details: a name, what is needed, what was found, how long it holds.
fn details(reason: &Reason) -> (Option<String>, Option<f64>, Option<f64>, Option<Wall>) {
    match reason {
        Reason::FewLooks { needed } => (None, Some(f64::from(*needed)), None, None),
        Reason::Weak { needed } | Reason::Intermittent { needed } | Reason::AsEver { needed } => {
            (None, Some(f64::from(*needed)), None, None)
        }
        Reason::TooFew { found, needed } => (None, Some(f64::from(*needed)), Some(f64::from(*found)), None),
        Reason::Theirs { class } => (Some(class.name().to_owned()), None, None, None),
        Reason::CutOut { zone, until } | Reason::OutOfHours { zone, until } => {
            (Some(zone.to_string()), None, None, *until)
        }
        Reason::Permitted { label, until } => (Some(label.to_string()), None, None, *until),
        Reason::SameCase { key, camera } => (Some(format!("{key} of camera {camera}")), None, None, None),
        Reason::Case { key } => (Some(key.to_string()), None, None, None),
        Reason::NotStationary
        | Reason::Dwelling
        | Reason::Changing
        | Reason::Driving
        | Reason::BesideAStand
        | Reason::Attended
        | Reason::Unattended
        | Reason::Elsewhere
        | Reason::Hidden
        | Reason::Unseen
        | Reason::Over => (None, None, None, None),
    }
}

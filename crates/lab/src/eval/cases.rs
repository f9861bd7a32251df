//! `eval cases`: event truth against the `opened` rows of `cases.jsonl`.
//!
//! The truth is one JSON object: `{"kind": "synthetic", "watched_hours": 0.5, "events": [{"name", "class", "camera",
//! "view", "start_ms", "end_ms", "dwell_secs", "box": [x, y, w, h], "reach": 0.05, "occluded": 0.1,
//! "near_miss": false}]}`; `kind`, `watched_hours`, `reach`, `occluded` and `near_miss` may be left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use curbwatch_types::{BBox, CameraId, ViewId, ViolationClass, Wall};
use serde::{Deserialize, Serialize};

use super::Kind;
use super::events::{ClassReport, EmittedCase, TrueEvent, score};
use super::lines::{each_line, unreadable, wrong};
use crate::Error;

/// Largest truth file read, in bytes.
const TRUTH_BYTES_MAX: u64 = 64 << 20;

/// Event truth as written.
#[derive(Debug, Clone, Deserialize)]
pub struct Truth {
    /// Where it comes from.
    #[serde(default)]
    pub kind: Kind,
    /// For how long cameras were watched, all together.
    #[serde(default)]
    pub watched_hours: Option<f64>,
    /// What happened.
    #[serde(deserialize_with = "events")]
    pub events: Vec<TrueEvent>,
}

/// The result, as printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// By class of violation. There is no figure for all six.
    pub classes: BTreeMap<&'static str, ClassReport>,
    /// `real`, `synthetic` or `unstated`.
    pub kind: Kind,
    /// How long was watched.
    pub watched_hours: Option<f64>,
}

#[derive(Deserialize)]
struct EventRow {
    name: String,
    class: String,
    camera: String,
    view: String,
    start_ms: i64,
    end_ms: i64,
    dwell_secs: u32,
    #[serde(rename = "box")]
    bbox: [f32; 4],
    #[serde(default)]
    reach: Option<f32>,
    #[serde(default)]
    occluded: f32,
    #[serde(default)]
    near_miss: bool,
}

#[derive(Deserialize)]
struct CaseRow {
    state: String,
    #[serde(flatten)]
    rest: serde_json::Value,
}

#[derive(Deserialize)]
struct OpenedRow {
    case_id: String,
    class: String,
    camera: String,
    view: String,
    emitted_ms: i64,
    #[serde(rename = "box")]
    bbox: [f32; 4],
}

/// Reads both and scores. `kind` overrides what the truth says of itself.
pub fn cases(truth: &[PathBuf], cases: &Path, kind: Option<Kind>) -> Result<Report, Error> {
    let truth = read_truths(truth)?;
    let emitted = read_cases(cases)?;
    Ok(Report {
        classes: score(&truth.events, &emitted, truth.watched_hours),
        kind: kind.unwrap_or(truth.kind),
        watched_hours: truth.watched_hours,
    })
}

/// Reads event truth of several files, such as one for each camera, as if it stood in one. The hours are known when all
/// files say theirs; material of several kinds is of none.
pub fn read_truths(paths: &[PathBuf]) -> Result<Truth, Error> {
    let mut truths = paths.iter().map(|path| read_truth(path));
    let mut all = truths
        .next()
        .ok_or_else(|| wrong("truth", "no file was named".to_owned()))??;
    for truth in truths {
        let truth = truth?;
        if truth.kind != all.kind {
            all.kind = Kind::Unstated;
        }
        all.watched_hours = all.watched_hours.zip(truth.watched_hours).map(|(a, b)| a + b);
        all.events.extend(truth.events);
    }
    Ok(all)
}

/// Reads event truth.
pub fn read_truth(path: &Path) -> Result<Truth, Error> {
    let bytes = std::fs::metadata(path).map_err(unreadable(path))?.len();
    if bytes > TRUTH_BYTES_MAX {
        let problem = format!("{bytes} bytes are no event truth, at most {TRUTH_BYTES_MAX} are read");
        return Err(wrong(path.display(), problem));
    }
    let text = std::fs::read(path).map_err(unreadable(path))?;
    serde_json::from_slice(&text).map_err(|e| wrong(path.display(), e.to_string()))
}

/// The `opened` rows of a case file, in its order.
pub fn read_cases(path: &Path) -> Result<Vec<EmittedCase>, Error> {
    let mut cases = Vec::new();
    each_line(path, |line, place| {
        let problem = |problem: String| wrong(place, problem);
        let row: CaseRow = serde_json::from_str(line).map_err(|e| problem(e.to_string()))?;
        if row.state == "opened" {
            let row: OpenedRow = serde_json::from_value(row.rest).map_err(|e| problem(e.to_string()))?;
            cases.push(EmittedCase {
                id: row.case_id,
                class: class(&row.class).map_err(problem)?,
                camera: CameraId::new(&row.camera).map_err(|e| problem(e.to_string()))?,
                view: ViewId::new(&row.view).map_err(|e| problem(e.to_string()))?,
                emitted: Wall(row.emitted_ms),
                bbox: bbox(row.bbox).map_err(problem)?,
            });
        }
        Ok(())
    })?;
    Ok(cases)
}

fn events<'de, D: serde::Deserializer<'de>>(rows: D) -> Result<Vec<TrueEvent>, D::Error> {
    let event = |row: EventRow| {
        if row.end_ms < row.start_ms {
            return Err("ends before it starts".to_owned());
        }
        Ok(TrueEvent {
            class: class(&row.class)?,
            camera: CameraId::new(&row.camera).map_err(|e| e.to_string())?,
            view: ViewId::new(&row.view).map_err(|e| e.to_string())?,
            start: Wall(row.start_ms),
            end: Wall(row.end_ms),
            dwell_secs: row.dwell_secs,
            place: bbox(row.bbox)?,
            reach: row.reach,
            occluded: row.occluded,
            near_miss: row.near_miss,
            name: row.name,
        })
    };
    let rows = Vec::<EventRow>::deserialize(rows)?;
    rows.into_iter()
        .map(|row| {
            let name = row.name.clone();
            event(row).map_err(|e| serde::de::Error::custom(format!("event `{name}`: {e}")))
        })
        .collect()
}

fn class(name: &str) -> Result<ViolationClass, String> {
    ViolationClass::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = ViolationClass::NAMES.iter().map(|(_, name)| *name).collect();
        format!(
            "`{name}` is no class of violation; known are {}",
            names.join(", ")
        )
    })
}

fn bbox([x, y, w, h]: [f32; 4]) -> Result<BBox, String> {
    let sound = [x, y, w, h].iter().all(|v| v.is_finite()) && w > 0.0 && h > 0.0;
    if sound {
        Ok(BBox::new(x, y, w, h))
    } else {
        Err(format!("[{x}, {y}, {w}, {h}] is no box"))
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:<28} {:>6} {:>5} {:>5} {:>5} {:>24} {:>24} {:>11}",
            "class", "events", "cases", "dup", "false", "precision", "recall", "delay p50"
        )?;
        for (name, class) in &self.classes {
            let share = |i: &super::Interval| match i.share {
                Some(share) => format!("{share:.3} [{:.3}, {:.3}]", i.low, i.high),
                None => "-".to_owned(),
            };
            write!(
                f,
                "\n{name:<28} {:>6} {:>5} {:>5} {:>5} {:>24} {:>24} {:>11}  {} ({})",
                class.events,
                class.cases,
                class.duplicates,
                class.false_alarms,
                share(&class.precision),
                share(&class.recall),
                class
                    .delay_secs_p50
                    .map_or("-".to_owned(), |secs| format!("{secs:.1} s")),
                class.status,
                self.kind.name()
            )?;
        }
        Ok(())
    }
}

//! `eval sensitivity`: the scene alone, again and again, each parameter at seven tenths and at fourteen tenths of what it is.
//!
//! For: telling what a result hangs on. A score that falls apart when a threshold moves by a third was fitted, not found. The network is not
//! asked again: looks come from a file ([`super::observations`]) or from the highway archive ([`super::roadtrack`]).
//!
//! Not for: choosing parameters; they have their reasons where they are declared. What a lower threshold of the model would have
//! shown is not in a file of observations, so lower scores change nothing below it.

mod parameters;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use curbwatch_config::{Camera, Config};
use curbwatch_engine::scene_options;
use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{IncidentChange, Observation, ViolationClass};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::cases::{Truth, read_truths};
use super::events::{EmittedCase, score};
use super::lines::{unreadable, wrong};
use super::roadtrack::{self, alarms};
use super::{observations, roadtrack::archive::Archive};
use crate::Error;
pub use parameters::{Parameter, parameters};

/// What each parameter is multiplied by.
const FACTORS: [f64; 2] = [0.7, 1.4];

/// What is played, and what it is held against.
#[derive(Debug)]
pub enum Material {
    /// The unpacked highway archive, scored as its authors do.
    Roadtrack(PathBuf),
    /// Recorded looks with a configuration for cameras, zones and rules.
    Recorded {
        /// What `curbwatch-lab observe` wrote.
        observations: PathBuf,
        /// The configuration that was observed with.
        config: Box<Config>,
        /// What scores the cases.
        scorer: Scorer,
    },
}

/// What scores the cases of recorded looks.
#[derive(Debug)]
pub enum Scorer {
    /// Event truth, by class.
    Truth(Vec<PathBuf>),
    /// A Python program that takes a list of alarms and `--json OUT`: the one beside the patrol labels.
    Program(PathBuf),
}

/// Counts of one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Counts {
    /// What happened.
    pub events: usize,
    /// Of these, found.
    pub found: usize,
    /// Cases of nothing that happened.
    pub false_alarms: usize,
    /// Cases too many.
    pub duplicates: usize,
    /// Delay: frames (mean) on the highway, seconds (median) with event truth, visits (median) from the patrol's scorer.
    pub delay: Option<f64>,
}

/// One setting and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// `as configured`, or the parameter that was changed.
    pub parameter: &'static str,
    /// By how much.
    pub factor: f64,
    /// By class of violation where there is truth of several, else under `all`.
    pub parts: BTreeMap<&'static str, Counts>,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The setting as configured first.
    pub rows: Vec<Row>,
}

/// Plays the material with every setting; `seen` is called after each.
pub fn sensitivity(material: &Material, seen: &dyn Fn()) -> Result<Report, Error> {
    let player = Player::new(material)?;
    let run = |parameter: &'static str, factor: f64, change: &dyn Fn(&mut Options)| {
        let parts = player.play(change)?;
        seen();
        Ok::<Row, Error>(Row {
            parameter,
            factor,
            parts,
        })
    };
    let mut rows = vec![run("as configured", 1.0, &|_| ())?];
    for parameter in parameters() {
        for factor in FACTORS {
            rows.push(run(parameter.name, factor, &|options| {
                (parameter.scale)(options, factor);
            })?);
        }
    }
    Ok(Report { rows })
}

/// The material, read once.
enum Player<'a> {
    Roadtrack(Archive),
    Recorded {
        config: &'a Config,
        looks: Vec<(usize, Observation)>,
        judge: Judge<'a>,
    },
}

enum Judge<'a> {
    Truth(Truth),
    Program(&'a Path),
}

impl<'a> Player<'a> {
    fn new(material: &'a Material) -> Result<Self, Error> {
        let (path, config, scorer) = match material {
            Material::Roadtrack(folder) => return Ok(Self::Roadtrack(Archive::open(folder)?)),
            Material::Recorded {
                observations,
                config,
                scorer,
            } => (observations, config, scorer),
        };
        let indexed = |look: Observation| {
            let index = config.cameras.iter().position(|c| c.id == look.camera);
            let problem = || {
                wrong(
                    path.display(),
                    format!("camera `{}` is not in the configuration", look.camera),
                )
            };
            index.ok_or_else(problem).map(|index| (index, look))
        };
        let looks: Result<_, Error> = observations::read(path)?.into_iter().map(indexed).collect();
        Ok(Self::Recorded {
            config,
            looks: looks?,
            judge: match scorer {
                Scorer::Truth(files) => Judge::Truth(read_truths(files)?),
                Scorer::Program(path) => Judge::Program(path),
            },
        })
    }

    fn play(&self, change: &dyn Fn(&mut Options)) -> Result<BTreeMap<&'static str, Counts>, Error> {
        match self {
            Self::Roadtrack(archive) => {
                let mut options = alarms::options();
                change(&mut options);
                let all = roadtrack::score_archive(archive, &options, &|| ())?.all;
                let found = all.alarms_per_event.unwrap_or(1.0) - 1.0;
                let counts = Counts {
                    events: all.events,
                    found: all.found,
                    false_alarms: all.false_alarms,
                    duplicates: (found * all.found as f64).round() as usize,
                    delay: all.mean_delay_frames,
                };
                Ok(BTreeMap::from([("all", counts)]))
            }
            Self::Recorded { config, looks, judge } => {
                let cases = cases(config, looks, change)?;
                match judge {
                    Judge::Truth(truth) => Ok(by_class(truth, &cases)),
                    Judge::Program(path) => Ok(BTreeMap::from([("all", by_program(path, &cases)?)])),
                }
            }
        }
    }
}

/// A case with its zone, which the patrol's scorer wants to see.
struct Case {
    emitted: EmittedCase,
    zone: String,
}

/// The scenes of all cameras over the looks.
fn cases(
    config: &Config,
    looks: &[(usize, Observation)],
    change: &dyn Fn(&mut Options),
) -> Result<Vec<Case>, Error> {
    let scene = |camera: &Camera| -> Result<CameraScene, Error> {
        let mut options = scene_options(camera)?;
        change(&mut options);
        Ok(CameraScene::new(camera.id.clone(), camera.zones.clone(), options))
    };
    let scenes: Result<Vec<CameraScene>, Error> = config.cameras.iter().map(scene).collect();
    let mut scenes = scenes?;
    let mut cases = Vec::new();
    for (camera, look) in looks {
        let opened = scenes[*camera].observe(look.clone()).into_iter();
        cases.extend(
            opened
                .filter(|i| i.change == IncidentChange::Opened)
                .map(|i| Case {
                    zone: i.zone.to_string(),
                    emitted: EmittedCase {
                        id: i.key.to_string(),
                        class: i.class,
                        camera: i.camera,
                        view: i.view,
                        emitted: i.decided_at.at,
                        bbox: i.bbox,
                    },
                }),
        );
    }
    Ok(cases)
}

fn by_class(truth: &Truth, cases: &[Case]) -> BTreeMap<&'static str, Counts> {
    let emitted: Vec<EmittedCase> = cases.iter().map(|case| case.emitted.clone()).collect();
    let classes = score(&truth.events, &emitted, truth.watched_hours).into_iter();
    let counts = classes.map(|(class, report)| {
        let counts = Counts {
            events: report.events,
            found: report.recall.of,
            false_alarms: report.false_alarms,
            duplicates: report.duplicates,
            delay: report.delay_secs_p50,
        };
        (class, counts)
    });
    counts.collect()
}

#[derive(Deserialize)]
struct ProgramReport {
    total: ProgramTotal,
}

#[derive(Deserialize)]
struct ProgramTotal {
    expected: usize,
    tp: usize,
    fp: usize,
    dup: usize,
    delays: Vec<f64>,
}

fn by_program(program: &Path, cases: &[Case]) -> Result<Counts, Error> {
    let parking = cases
        .iter()
        .filter(|case| case.emitted.class == ViolationClass::IllegalMotorParking);
    let alarms: Vec<serde_json::Value> = parking
        .map(|Case { emitted, zone }| {
            let b = emitted.bbox;
            let (camera, t_ms) = (emitted.camera.to_string(), emitted.emitted.0);
            json!({ "camera": camera, "t_ms": t_ms, "zone": zone, "box": [b.x, b.y, b.w, b.h] })
        })
        .collect();
    let folder = std::env::temp_dir().join(format!("curbwatch-sensitivity-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(unreadable(&folder))?;
    let (list, out) = (folder.join("alarms.json"), folder.join("score.json"));
    std::fs::write(&list, json!(alarms).to_string()).map_err(unreadable(&list))?;
    let ran = Command::new("python3")
        .arg(program)
        .arg(&list)
        .arg("--json")
        .arg(&out)
        .output();
    let score = ran.map_err(unreadable(program)).and_then(|ran| {
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
            return Err(wrong(program.display(), format!("the scorer failed: {said}")));
        }
        let text = std::fs::read(&out).map_err(unreadable(&out))?;
        serde_json::from_slice(&text).map_err(|e| wrong(out.display(), e.to_string()))
    });
    // What is left in the temporary folder of the system does no harm.
    let _gone = std::fs::remove_dir_all(&folder);
    let ProgramReport { mut total } = score?;
    total.delays.sort_by(f64::total_cmp);
    Ok(Counts {
        events: total.expected,
        found: total.tp,
        false_alarms: total.fp,
        duplicates: total.dup,
        delay: median(&total.delays),
    })
}

/// Of sorted numbers.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle)?;
    if sorted.len().is_multiple_of(2) {
        Some(f64::midpoint(sorted[middle - 1], *upper))
    } else {
        Some(*upper)
    }
}

impl std::fmt::Display for Report {
    /// A Markdown table, ready for docs/measurements.md: found of events, false, duplicates, delay.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<&str> = self
            .rows
            .first()
            .map(|row| row.parts.keys().copied().collect())
            .unwrap_or_default();
        write!(f, "| parameter | x |")?;
        for part in &parts {
            write!(f, " {part}: found, false, duplicates, delay |")?;
        }
        write!(f, "\n|---|---|{}", "---|".repeat(parts.len()))?;
        for row in &self.rows {
            write!(f, "\n| {} | {} |", row.parameter, row.factor)?;
            for part in &parts {
                let c = row.parts.get(part).copied().unwrap_or_default();
                let delay = c.delay.map_or("-".to_owned(), |delay| format!("{delay:.1}"));
                write!(
                    f,
                    " {}/{}, {}, {}, {delay} |",
                    c.found, c.events, c.false_alarms, c.duplicates
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_changes_something() {
        let mut plain = Options::default();
        plain.motor_parking.present_looks_min = 10;
        for parameter in parameters() {
            for factor in FACTORS {
                let mut changed = plain.clone();
                (parameter.scale)(&mut changed, factor);
                assert_ne!(changed, plain, "{}", parameter.name);
            }
        }
        let names: std::collections::BTreeSet<_> = parameters().map(|p| p.name).collect();
        assert_eq!(names.len(), parameters().count(), "no name twice");
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), Some(3.0));
    }
}

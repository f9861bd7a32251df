//! `eval roadtrack`: the product's rule layer on the detections of fixed highway cameras, scored as their authors do
//! (RoadTrack; docs/ref/metrics.md).
//!
//! For: whether the places of `curbwatch-scene` tell what stands from what drives, without pixels and without a network. The
//! same scene as the product's, camera by camera and sequence by sequence.
//!
//! Not for: saying how a case of minutes is found; the rule runs with a dwell of seconds here. The archive comes from an
//! engineer ([`archive`]); nothing of it is kept.

pub mod alarms;
pub mod archive;
mod npy;
pub mod score;

use std::collections::BTreeMap;
use std::path::Path;

use curbwatch_scene::Options;
use serde::Serialize;

use super::Kind;
use crate::Error;
use archive::Archive;
use score::{Figures, Tally};

/// Most missed stops and most false alarms that are named; all are counted.
const NAMED_MAX: usize = 40;

/// The result, as printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// All sequences together.
    #[serde(flatten)]
    pub all: Figures,
    /// Sequences in which something stops.
    pub with_stop: Figures,
    /// Sequences in which nothing does.
    pub without_stop: Figures,
    /// By camera.
    pub cameras: BTreeMap<String, Figures>,
    /// The first stops not found: sequence and number.
    pub missed: Vec<String>,
    /// The first false alarms: sequence, first and last frame.
    pub alarmed_wrongly: Vec<String>,
    /// `real`: the detections are those of real cameras.
    pub kind: Kind,
}

/// Reads the archive in `folder` and scores the scene on it; `seen` is called after every sequence.
pub fn roadtrack(folder: &Path, seen: &dyn Fn()) -> Result<Report, Error> {
    score_archive(&Archive::open(folder)?, &alarms::options(), seen)
}

/// Scores the scene as `options` have it; `seen` is called after every sequence.
pub fn score_archive(archive: &Archive, options: &Options, seen: &dyn Fn()) -> Result<Report, Error> {
    let (mut with_stop, mut without_stop, mut all) = (Tally::default(), Tally::default(), Tally::default());
    let mut cameras: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut missed, mut alarmed_wrongly) = (Vec::new(), Vec::new());
    for folder in &archive.folders {
        let sequence = folder.read()?;
        let frames = sequence.frames.len();
        let facts = &archive.cameras[&folder.camera];
        let alarms = alarms::watch(&folder.camera, facts, archive.fps, sequence.frames, options)?;
        let verdicts = score::judge(&sequence.stops, &alarms);
        for (stop, delay) in sequence.stops.iter().zip(&verdicts.delays) {
            if delay.is_none() {
                missed.push(format!("{} stop {}", folder.name, stop.id));
            }
        }
        for (alarm, wrong) in alarms.iter().zip(&verdicts.false_alarms) {
            if let (true, Some((first, _)), Some((last, _))) =
                (wrong, alarm.boxes.first_key_value(), alarm.boxes.last_key_value())
            {
                alarmed_wrongly.push(format!("{} frames {first} to {last}", folder.name));
            }
        }
        let side = if folder.with_stop {
            &mut with_stop
        } else {
            &mut without_stop
        };
        for tally in [side, &mut all, cameras.entry(folder.camera.clone()).or_default()] {
            tally.add(frames, &verdicts);
        }
        seen();
    }
    missed.truncate(NAMED_MAX);
    alarmed_wrongly.truncate(NAMED_MAX);
    let figures = |tally: Tally| tally.figures(archive.fps);
    Ok(Report {
        all: figures(all),
        with_stop: figures(with_stop),
        without_stop: figures(without_stop),
        cameras: cameras
            .into_iter()
            .map(|(name, tally)| (name, figures(tally)))
            .collect(),
        missed,
        alarmed_wrongly,
        kind: Kind::Real,
    })
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:<16} {:>9} {:>6} {:>6} {:>6} {:>9} {:>6} {:>6} {:>6} {:>12}",
            "", "sequences", "stops", "found", "false", "precision", "recall", "f1", "delay", "alarms/stop"
        )?;
        let cameras = self
            .cameras
            .iter()
            .map(|(name, figures)| (name.as_str(), figures));
        let parts = [
            ("with a stop", &self.with_stop),
            ("without a stop", &self.without_stop),
            ("all", &self.all),
        ];
        for (name, figures) in cameras.chain(parts) {
            let shown = |number: Option<f64>, digits: usize| match number {
                Some(number) => format!("{number:.digits$}"),
                None => "-".to_owned(),
            };
            write!(
                f,
                "\n{name:<16} {:>9} {:>6} {:>6} {:>6} {:>9} {:>6} {:>6} {:>6} {:>12}",
                figures.sequences,
                figures.events,
                figures.found,
                figures.false_alarms,
                shown(figures.precision, 3),
                shown(figures.recall, 3),
                shown(figures.f1, 3),
                shown(figures.mean_delay_frames, 1),
                shown(figures.alarms_per_event, 3),
            )?;
        }
        for what in &self.missed {
            write!(f, "\nmissed {what}")?;
        }
        for what in &self.alarmed_wrongly {
            write!(f, "\nfalse alarm in {what}")?;
        }
        write!(
            f,
            "\n{}, {:.1} camera-hours",
            self.kind.name(),
            self.all.camera_hours
        )
    }
}

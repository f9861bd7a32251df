//! 10: four times as many looks fall due as vision can take, and the consumer takes its time.
//!
//! Vision is slow as it is slow in a street: one worker, large pictures, a detector that takes them at full size. How many
//! looks it can take is measured first, with as many due as there are keyframes; then so many are asked for that four times
//! as many fall due. Looks are counted from when every camera is live, memory from when each has its case: until then shots of
//! large pictures are kept for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use curbwatch_engine::{View, rss_bytes};
use curbwatch_types::{CameraState, DropReason};

use super::HouseOutcome;
use super::consumer::{self, Consumer};
use crate::Error;
use crate::rig::street::{LARGE, draw_large};
use crate::rig::{Around, Clips, Outcome, RigOptions, Setting, judge_but_looks, run_around};
use crate::soak::slope;

/// Looks due for each that vision can take.
const LOAD: f64 = 4.0;
/// As measured: the machine may be faster or slower than while vision was measured.
const LOAD_MIN: f64 = 3.0;
/// Least fairness of looks among cameras (Jain, Chiu, Hawe 1984).
const JAIN_MIN: f64 = 0.98;
/// Memory may rise by so much, bytes a minute, beyond twice the error of its slope.
const SLOPE_MAX: f64 = (2 << 20) as f64;
/// Cameras at least while vision is measured; with a faster vision there are more of them under load.
const CAMERAS_MIN: usize = 16;
/// Seconds between two keyframes of a camera: looks more often than that find no picture.
const KEYFRAME_EVERY_SECS: f64 = 0.5;
/// How long vision is measured.
const MEASURE: Duration = Duration::from_secs(15);
/// An answer of the consumer takes so long; the sender waits a little longer.
const ANSWER: Duration = Duration::from_millis(1500);
const TIMEOUT_SECS: f64 = 3.0;

/// What was counted until a moment.
#[derive(Debug, Clone, Default)]
struct Counts {
    at_secs: f64,
    /// Observed looks by camera.
    looks: Vec<u64>,
    dropped: BTreeMap<DropReason, u64>,
    due: u64,
}

impl Counts {
    fn read(view: &View, at_secs: f64) -> Self {
        let cameras = view.board.cameras();
        let mut dropped = BTreeMap::new();
        for (reason, count) in cameras.iter().flat_map(|camera| &camera.dropped) {
            *dropped.entry(*reason).or_default() += count;
        }
        Self {
            at_secs,
            looks: cameras.iter().map(|camera| camera.looks).collect(),
            dropped,
            due: view.metrics.looks_due.get(),
        }
    }

    /// What came between `before` and this.
    fn since(&self, before: &Self) -> Self {
        let dropped = self.dropped.iter();
        Self {
            at_secs: self.at_secs - before.at_secs,
            looks: self.looks.iter().zip(&before.looks).map(|(a, b)| a - b).collect(),
            dropped: dropped
                .map(|(reason, n)| (*reason, n - before.dropped.get(reason).unwrap_or(&0)))
                .collect(),
            due: self.due - before.due,
        }
    }

    fn observed(&self) -> u64 {
        self.looks.iter().sum()
    }

    fn looks_a_second(&self) -> f64 {
        self.observed() as f64 / self.at_secs.max(f64::EPSILON)
    }
}

/// Jain's fairness index: 1 when all have as many, 1/n when one has all.
fn jain(looks: &[u64]) -> f64 {
    let sum: f64 = looks.iter().map(|n| *n as f64).sum();
    let squares: f64 = looks.iter().map(|n| (*n as f64).powi(2)).sum();
    sum * sum / (looks.len() as f64 * squares).max(f64::EPSILON)
}

/// Counts from the moment on at which every camera is live, for so long; with cases for so long after the last of them.
struct Overload {
    watch: Duration,
    with_cases: bool,
    sink: SocketAddr,
    begun: Option<Counts>,
    /// Seconds since the start at which what is waited for was there.
    whole_secs: Option<f64>,
    now: Counts,
    /// Minutes and bytes, since then.
    rss: Vec<(f64, f64)>,
}

impl Overload {
    fn new(watch: Duration, with_cases: bool, sink: SocketAddr) -> Self {
        Self {
            watch,
            with_cases,
            sink,
            begun: None,
            whole_secs: None,
            now: Counts::default(),
            rss: Vec::new(),
        }
    }

    fn counted(&self) -> Counts {
        self.begun
            .as_ref()
            .map_or_else(Counts::default, |begun| self.now.since(begun))
    }
}

impl Around for Overload {
    fn setting(&self) -> Setting {
        Setting {
            tables: consumer::table(self.sink, TIMEOUT_SECS),
            ..Setting::default()
        }
    }

    fn step(&mut self, view: &View, outcome: &Outcome) -> Result<bool, Error> {
        let live = |state: CameraState| state == CameraState::Live;
        if self.begun.is_none() {
            let all = view.board.cameras().iter().all(|camera| live(camera.state));
            self.begun = all.then(|| Counts::read(view, outcome.secs));
            return Ok(false);
        }
        self.now = Counts::read(view, outcome.secs);
        if self.with_cases && outcome.healthy_cases.contains(&0) {
            return Ok(false);
        }
        let since = *self.whole_secs.get_or_insert(outcome.secs);
        self.rss.push((outcome.secs / 60.0, rss_bytes() as f64));
        Ok(outcome.secs - since >= self.watch.as_secs_f64())
    }
}

pub(super) fn run(options: &RigOptions, clips: &Clips) -> Result<HouseOutcome, Error> {
    std::fs::create_dir_all(&options.folder).map_err(|source| Error::File {
        path: options.folder.clone(),
        source,
    })?;
    let clips = Clips {
        street: draw_large(&options.folder)?,
        ..clips.clone()
    };
    let mut options = RigOptions {
        healthy: options.healthy.max(CAMERAS_MIN - 1),
        model: full_size(&options.model, &options.folder)?,
        patience: options.patience * 4,
        ..options.clone()
    };
    let folder = options.folder.clone();
    let consumer = Consumer::open(consumer::address()?, ANSWER)?;
    let sink = consumer.address();

    let mut measured = Overload::new(MEASURE, false, sink);
    options.folder = folder.join("capacity");
    options.look_every_secs = KEYFRAME_EVERY_SECS;
    run_around(&options, &clips, &mut measured)?;
    let capacity = measured.counted().looks_a_second();

    let mut around = Overload::new(options.watch, true, sink);
    options.folder = folder.join("run");
    // A keyframe comes twice a second: what one camera can ask for is bounded.
    let needed = (LOAD * capacity * KEYFRAME_EVERY_SECS).ceil() as usize;
    options.healthy = options.healthy.max(needed);
    let cameras = (options.healthy + 1) as f64;
    options.look_every_secs = cameras / (LOAD * capacity.max(f64::EPSILON));
    let outcome = run_around(&options, &clips, &mut around)?;
    let counted = around.counted();
    let load = counted.due as f64 / counted.observed().max(1) as f64;
    let fairness = jain(&counted.looks);
    let (rise, error) = slope(&around.rss);

    let mut wrong = judge_but_looks(&outcome);
    let mut want = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    want(
        options.look_every_secs >= KEYFRAME_EVERY_SECS && load >= LOAD_MIN,
        format!(
            "no load of {LOAD}: {load:.1}, a look every {:.2} s",
            options.look_every_secs
        ),
    );
    want(
        fairness >= JAIN_MIN,
        format!("Jain's index is {fairness:.4}: {:?}", counted.looks),
    );
    want(
        rise - 2.0 * error <= SLOPE_MAX,
        format!("memory rises by {} a minute", mebibytes(rise)),
    );
    let mut drops = String::new();
    for (reason, count) in counted.dropped.iter().filter(|(_, count)| **count > 0) {
        let _ = write!(
            drops,
            "{}{} {count}",
            if drops.is_empty() { "" } else { ", " },
            reason.name()
        );
    }
    let (least, most) = (counted.looks.iter().min(), counted.looks.iter().max());
    Ok(HouseOutcome {
        measured: format!(
            "{cameras} cameras, {capacity:.1} looks/s can be taken, {:.1} fall due, {:.1} were observed ({load:.1} times) \
             over {:.0} s; Jain's index {fairness:.4} ({} to {} looks a camera); dropped: {drops}; memory {} ± {} a minute; \
             {} events taken, {:?} each",
            counted.due as f64 / counted.at_secs,
            counted.looks_a_second(),
            counted.at_secs,
            least.unwrap_or(&0),
            most.unwrap_or(&0),
            mebibytes(rise),
            mebibytes(error),
            consumer.arrivals().len(),
            ANSWER,
        ),
        outcome,
        wrong,
        skipped: None,
    })
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.2} MiB", bytes / f64::from(1 << 20))
}

/// The same detector for the large pictures at full size: manifest and weights in `folder`.
fn full_size(manifest: &Path, folder: &Path) -> Result<PathBuf, Error> {
    let at = |path: &Path, source| Error::File {
        path: path.to_owned(),
        source,
    };
    let text = std::fs::read_to_string(manifest).map_err(|e| at(manifest, e))?;
    let mut copy: toml::Table = toml::from_str(&text).map_err(Error::bench)?;
    let file = copy
        .get("file")
        .and_then(toml::Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let weights = manifest.with_file_name(&file);
    std::fs::copy(&weights, folder.join(&file)).map_err(|e| at(&weights, e))?;
    let input = copy.get_mut("input").and_then(toml::Value::as_table_mut);
    let input = input.ok_or(Error::Options("the rig's model has no [input]"))?;
    input.insert("longest".to_owned(), i64::from(LARGE.0).into());
    let to = folder.join("large.toml");
    std::fs::write(&to, copy.to_string()).map_err(|e| at(&to, e))?;
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fairness_is_one_where_all_have_as_many_and_a_part_where_one_has_all() {
        assert!((jain(&[7, 7, 7, 7]) - 1.0).abs() < 1e-9);
        assert!((jain(&[9, 0, 0, 0]) - 0.25).abs() < 1e-9);
        assert!(jain(&[10, 10, 10, 5]) < JAIN_MIN);
    }
}

//! `rig`: the fault cases, one after the other, through the real engine.

use std::path::PathBuf;
use std::time::Duration;

use curbwatch_lab::Error;
use curbwatch_lab::rig::{Clips, FAULTS, FaultRow, Outcome, RigOptions, draw, judge, run};
use curbwatch_types::CameraState;

use super::{OPEN_FILES_SPARE, print, raise_open_files};

#[derive(Debug, clap::Args)]
pub(crate) struct RigArguments {
    /// Cameras, the faulted one included.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(2..=1000))]
    cameras: u16,
    /// A fault's name; several, or none for all of them.
    #[arg(long)]
    fault: Vec<String>,
    /// Seconds of each run at least.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Seconds between two looks at a camera.
    #[arg(long, default_value_t = 2.0)]
    look_every: f64,
    /// Manifest of a model that calls a red block a car.
    #[arg(long, default_value = "fixtures/models/blob.toml")]
    model: PathBuf,
    /// Where clips, configurations and stores are written.
    #[arg(long)]
    folder: PathBuf,
    /// Seed of every chance.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// How much longer than asked a run may take, seconds.
const PATIENCE_SECS: u64 = 60;

pub(crate) fn rig(arguments: &RigArguments) -> Result<(), Error> {
    raise_open_files(4 * u64::from(arguments.cameras) + OPEN_FILES_SPARE);
    let unknown = arguments
        .fault
        .iter()
        .find(|name| FAULTS.iter().all(|row| row.name != **name));
    if let Some(name) = unknown {
        let names: Vec<_> = FAULTS.iter().map(|row| row.name).collect();
        return Err(Error::Quirk(format!(
            "no fault is called {name:?}; there are {}",
            names.join(", ")
        )));
    }
    let folder = |path: &std::path::Path| {
        std::fs::create_dir_all(path).map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })
    };
    folder(&arguments.folder)?;
    let clips = draw(&arguments.folder)?;
    let plain = one(arguments, None, &clips)?;
    print(&format!(
        "without a fault: {} healthy cameras, {:.4} of their looks observed ({}), {} cases, {:.0} s, {} MiB\n\n\
         | # | fault | expected | faulted camera | healthy cases | healthy looks, of those without | memory | verdict |\n\
         |---|---|---|---|---|---|---|---|",
        plain.healthy_cases.len(),
        plain.healthy_share(),
        plain.healthy_looks.0,
        plain.healthy_cases.iter().sum::<usize>(),
        plain.secs,
        plain.peak_bytes >> 20,
    ))?;
    let mut failed = 0;
    for row in FAULTS {
        if !arguments.fault.is_empty() && arguments.fault.iter().all(|name| name != row.name) {
            continue;
        }
        let outcome = one(arguments, Some(row), &clips)?;
        let wrong = judge(&options(arguments, Some(row)), &outcome, &plain);
        failed += usize::from(!wrong.is_empty());
        print(&line(row, &outcome, &plain, &wrong))?;
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(Error::Rig(format!(
            "{failed} faults did not come to what they must"
        )))
    }
}

fn options(arguments: &RigArguments, row: Option<&FaultRow>) -> RigOptions {
    RigOptions {
        healthy: usize::from(arguments.cameras) - 1,
        fault: row.map(|row| row.fault),
        watch: Duration::from_secs(arguments.seconds),
        patience: Duration::from_secs(arguments.seconds + PATIENCE_SECS),
        look_every_secs: arguments.look_every,
        model: arguments.model.clone(),
        folder: arguments.folder.join(row.map_or("without", |row| row.name)),
        seed: arguments.seed,
    }
}

fn one(arguments: &RigArguments, row: Option<&FaultRow>, clips: &Clips) -> Result<Outcome, Error> {
    let options = options(arguments, row);
    if options.folder.exists() {
        return Err(Error::File {
            path: options.folder,
            source: std::io::Error::new(
                std::io::ErrorKind::AlreadyExists,
                "an earlier run's store lies here; name another --folder",
            ),
        });
    }
    run(&options, clips)
}

/// A line of the table.
fn line(row: &FaultRow, outcome: &Outcome, plain: &Outcome, wrong: &[String]) -> String {
    let states: Vec<String> = outcome
        .changes
        .iter()
        .map(|c| format!("{} {:.1} s", c.state.name(), c.at_secs))
        .collect();
    let mut states = states.join(", ");
    if outcome.changes.len() > 8 {
        let live = outcome
            .changes
            .iter()
            .filter(|c| c.state == CameraState::Live)
            .count();
        states = format!("{} changes, {live} times live", outcome.changes.len());
    }
    let one = outcome.healthy_cases.iter().filter(|cases| **cases == 1).count();
    let verdict = if wrong.is_empty() {
        "as expected".to_owned()
    } else {
        wrong.join("; ")
    };
    format!(
        "| {} | {} | {} | {states}; {} cases, {} reconnects | {one} of {} | {:.4} | {:+} MiB | {verdict} |",
        row.number,
        row.name,
        row.expected,
        outcome.faulted_cases,
        outcome.reconnects,
        outcome.healthy_cases.len(),
        outcome.healthy_share() / plain.healthy_share(),
        (outcome.peak_bytes as i64 - plain.peak_bytes as i64) >> 20,
    )
}

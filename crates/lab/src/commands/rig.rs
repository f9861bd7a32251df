//! `rig`: the fault cases, one after the other, through the real engine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use curbwatch_engine::VisionProgram;
use curbwatch_lab::Error;
use curbwatch_lab::rig::{
    Clips, FAULTS, FaultRow, HOUSE_FAULTS, HouseOptions, HouseRow, Outcome, RigOptions, draw, judge, run,
    run_house,
};
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
    /// The program that `kill-nine` kills. Default: `curbwatch` beside this program.
    #[arg(long)]
    program: Option<PathBuf>,
    /// How often it is killed.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    kills: u32,
    /// Cameras of the platform that reboots in `district`; they cost an open file on either side.
    #[arg(long, default_value_t = 1160, value_parser = clap::value_parser!(u16).range(1..=4096))]
    district: u16,
    /// Seed of every chance.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Until another vision worker takes the place of one that was killed: what the design asks.
const RESPAWN_SECS_MAX: f64 = 2.0;
/// How much longer than asked a run may take, seconds.
const PATIENCE_SECS: u64 = 60;

/// A row of the table, of either kind.
#[derive(Clone, Copy)]
enum Row {
    Camera(&'static FaultRow),
    House(&'static HouseRow),
}

impl Row {
    fn number(self) -> u32 {
        match self {
            Self::Camera(row) => row.number,
            Self::House(row) => row.number,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Camera(row) => row.name,
            Self::House(row) => row.name,
        }
    }
}

/// Those asked for, in the design's order; all of them where none is named. Overload comes last: the large buffers that it
/// leaves to the allocator would count as the next one's memory.
fn rows(names: &[String]) -> Result<Vec<Row>, Error> {
    let cameras = FAULTS.iter().map(Row::Camera);
    let mut rows: Vec<Row> = cameras.chain(HOUSE_FAULTS.iter().map(Row::House)).collect();
    rows.sort_by_key(|row| (row.name() == "overload", row.number()));
    if let Some(name) = names
        .iter()
        .find(|name| rows.iter().all(|row| row.name() != **name))
    {
        let names: Vec<_> = rows.iter().map(|row| row.name()).collect();
        return Err(Error::Quirk(format!(
            "no fault is called {name:?}; there are {}",
            names.join(", ")
        )));
    }
    rows.retain(|row| names.is_empty() || names.iter().any(|name| name == row.name()));
    Ok(rows)
}

pub(crate) fn rig(arguments: &RigArguments) -> Result<(), Error> {
    let cameras = u64::from(arguments.cameras.max(arguments.district));
    raise_open_files(4 * cameras + OPEN_FILES_SPARE);
    let rows = rows(&arguments.fault)?;
    let folder = |path: &Path| {
        std::fs::create_dir_all(path).map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })
    };
    folder(&arguments.folder)?;
    let clips = draw(&arguments.folder)?;
    let plain_options = options(arguments, None, "without")?;
    let plain = run(&plain_options, &clips)?;
    print(&format!(
        "without a fault: {} healthy cameras, {:.4} of their looks observed ({}), {} cases, {:.0} s, {} MiB\n\n\
         | # | fault | expected | what came of it | healthy cases | healthy looks, of those without | memory | verdict |\n\
         |---|---|---|---|---|---|---|---|",
        plain.healthy_cases.len(),
        plain.healthy_share(),
        plain.healthy_looks.0,
        plain.healthy_cases.iter().sum::<usize>(),
        plain.secs,
        plain.peak_bytes >> 20,
    ))?;
    let mut failed = 0;
    for row in rows {
        let (line, holds) = one(arguments, row, &clips, &plain)?;
        failed += usize::from(!holds);
        print(&line)?;
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(Error::Rig(format!(
            "{failed} faults did not come to what they must"
        )))
    }
}

fn options(arguments: &RigArguments, row: Option<Row>, name: &str) -> Result<RigOptions, Error> {
    let options = RigOptions {
        healthy: usize::from(arguments.cameras) - 1,
        fault: row.and_then(|row| match row {
            Row::Camera(row) => Some(row.fault),
            Row::House(_) => None,
        }),
        watch: Duration::from_secs(arguments.seconds),
        patience: Duration::from_secs(arguments.seconds + PATIENCE_SECS),
        look_every_secs: arguments.look_every,
        model: arguments.model.clone(),
        folder: arguments.folder.join(name),
        seed: arguments.seed,
    };
    if options.folder.exists() {
        return Err(Error::File {
            path: options.folder,
            source: std::io::Error::new(
                std::io::ErrorKind::AlreadyExists,
                "an earlier run's store lies here; name another --folder",
            ),
        });
    }
    Ok(options)
}

/// A line of the table, and whether it is as expected.
fn one(arguments: &RigArguments, row: Row, clips: &Clips, plain: &Outcome) -> Result<(String, bool), Error> {
    let options = options(arguments, Some(row), row.name())?;
    match row {
        Row::Camera(row) => {
            let outcome = run(&options, clips)?;
            let wrong = judge(&options, &outcome, plain);
            let came = states(&outcome);
            let line = line(
                (row.number, row.name, row.expected),
                &came,
                &outcome,
                plain,
                &wrong,
            );
            Ok((line, wrong.is_empty()))
        }
        Row::House(row) => {
            let house = HouseOptions {
                program: arguments.program.clone().unwrap_or_else(beside),
                kills: arguments.kills,
                district: usize::from(arguments.district),
                vision: VisionProgram::own(),
                respawn_secs_max: RESPAWN_SECS_MAX,
            };
            let came = run_house(row.fault, &options, &house, clips, plain)?;
            if let Some(why) = came.skipped {
                let (number, name, expected) = (row.number, row.name, row.expected);
                let line = format!("| {number} | {name} | {expected} | | | | | skipped: {why} |");
                return Ok((line, true));
            }
            let named = (row.number, row.name, row.expected);
            let line = line(named, &came.measured, &came.outcome, plain, &came.wrong);
            Ok((line, came.wrong.is_empty()))
        }
    }
}

/// The product's program, where cargo puts both.
fn beside() -> PathBuf {
    std::env::current_exe()
        .unwrap_or_default()
        .with_file_name("curbwatch")
}

/// What the faulted camera went through.
fn states(outcome: &Outcome) -> String {
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
    format!(
        "{states}; {} cases, {} reconnects",
        outcome.faulted_cases, outcome.reconnects
    )
}

fn line(
    (number, name, expected): (u32, &str, &str),
    came: &str,
    outcome: &Outcome,
    plain: &Outcome,
    wrong: &[String],
) -> String {
    let one = outcome.healthy_cases.iter().filter(|cases| **cases == 1).count();
    let verdict = if wrong.is_empty() {
        "as expected".to_owned()
    } else {
        wrong.join("; ")
    };
    if outcome.healthy_cases.is_empty() {
        return format!("| {number} | {name} | {expected} | {came} | | | | {verdict} |");
    }
    format!(
        "| {number} | {name} | {expected} | {came} | {one} of {} | {:.4} | {:+} MiB | {verdict} |",
        outcome.healthy_cases.len(),
        outcome.healthy_share() / plain.healthy_share(),
        (outcome.peak_bytes as i64 - plain.peak_bytes as i64) >> 20,
    )
}

//! The command line of the lab.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use curbwatch_infer::Blame;
use curbwatch_lab::Error;
use curbwatch_lab::patrol::alarms;
use serde_json::json;

use commands::bench::{BenchCommand, bench};
use commands::eval::{EvalCommand, eval};
use commands::fakecam::{FakecamArguments, fakecam};
use commands::farm::{FarmArguments, farm};
use commands::fuzz::{FuzzArguments, fuzz};
use commands::impair::{ImpairArguments, impair};
use commands::observe::{ObserveArguments, observe};
use commands::patrol::{PatrolArguments, patrol_config};
use commands::print;
use commands::rig::{RigArguments, rig};
use commands::soak::{SoakArguments, soak};
use commands::street::{StreetCommand, street};
use commands::vision_worker::{VisionWorkerArguments, vision_worker};

mod commands;

/// Exit code: the environment failed.
const FAILED: u8 = 3;
/// Exit code: the thing asked about is wrong.
const WRONG: u8 = 1;

/// Tools for engineers: camera farm, patrol set-up, benchmarks.
#[derive(Debug, Parser)]
#[command(name = "curbwatch-lab", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve clips as N RTSP cameras until Ctrl-C: rtsp://HOST:PORT/camera-0001 and on.
    Farm(FarmArguments),
    /// Serve clips as cameras with named quirks, on loopback addresses, until Ctrl-C.
    Fakecam(FakecamArguments),
    /// A bad network in front of one camera: loss, delay, reordering, stalls, cuts, until Ctrl-C.
    Impair(ImpairArguments),
    /// One faulted camera among healthy ones, fault by fault, through the real engine; prints a table.
    Rig(RigArguments),
    /// Write curbwatch.toml and footage.jsonl for `curbwatch replay` from zone files and clips.
    PatrolConfig(PatrolArguments),
    /// Look at footage once and keep what was seen, for `eval sensitivity`.
    Observe(ObserveArguments),
    /// Measure what a look costs, against the sum of its pieces in the same run.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Score a detector, or cases, against the truth.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Run the fuzz targets on their corpus and seeded changes to it.
    Fuzz(FuzzArguments),
    /// Receive from a farm that reboots, for minutes or hours, and say what grew.
    Soak(SoakArguments),
    /// Pictures of the synthetic street.
    #[command(subcommand)]
    Street(StreetCommand),
    /// Serve one vision worker of an engine that runs in this program: started by it, never by hand.
    #[command(hide = true)]
    VisionWorker(VisionWorkerArguments),
    /// Print the `opened` rows of a case file as the scorer's JSON list.
    PatrolAlarms {
        /// What `curbwatch replay` wrote.
        cases: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Farm(arguments) => farm(arguments),
        Command::Observe(arguments) => observe(&arguments),
        Command::Fakecam(arguments) => fakecam(arguments),
        Command::Impair(arguments) => impair(&arguments),
        Command::Rig(arguments) => rig(&arguments),
        Command::PatrolConfig(arguments) => patrol_config(arguments),
        Command::Bench(BenchCommand::District(arguments)) => bench(arguments),
        Command::Eval(command) => eval(command),
        Command::Fuzz(arguments) => fuzz(arguments),
        Command::Soak(arguments) => soak(&arguments),
        Command::Street(command) => street(command),
        Command::VisionWorker(arguments) => vision_worker(&arguments),
        Command::PatrolAlarms { cases } => alarms(&cases).and_then(|alarms| print(&json!(alarms))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "curbwatch-lab: {error}");
            match error {
                Error::Unservable { .. } | Error::Content { .. } | Error::Rig(_) => ExitCode::from(WRONG),
                Error::Model(error) if error.blame() == Blame::Model => ExitCode::from(WRONG),
                _ => ExitCode::from(FAILED),
            }
        }
    }
}

//! `reload`: a changed configuration for the program that runs, and what came of it. The program is found by the store's
//! `run.lock` and told by SIGHUP; what it made of it lies in `reloaded.json` beside the cases.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use curbwatch_case::{Presence, Runs};
use curbwatch_engine::{Live, ReloadFate, Reloaded};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The report, below the store's directory.
const REPORT: &str = "reloaded.json";
/// How often it is looked for.
const ASK_EVERY: Duration = Duration::from_millis(100);
/// How long the program may take: it waits for TEARDOWN, and for its disks at most 10 s each.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The configuration that the program was started with.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
}

/// What a running program made of a configuration.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Report {
    process: u32,
    /// Reloads of this process, this one counted.
    number: u64,
    /// `applied`, `partly`, `refused` or `failed`.
    result: String,
    /// What an operator reads.
    lines: Vec<String>,
}

/// How a reload came out: the fate, and what an operator reads.
pub(crate) struct Outcome {
    fate: ReloadFate,
    lines: Vec<String>,
}

pub(crate) fn reload(arguments: &Arguments) -> Result<(), Failure> {
    let config = super::load(&arguments.config)?;
    let directory = &config.store.directory;
    let nobody = || {
        Failure::Environment(format!(
            "no program runs on {}; `curbwatch run` takes the configuration up when it starts (another `store.directory` needs a \
             restart)",
            directory.display()
        ))
    };
    let runs = Presence::of(directory)?.ok_or_else(nobody)?;
    if runs.configuration != whole_path(&arguments.config) {
        return Err(Failure::Wrong(format!(
            "the program on {} was started with {}; name that one",
            directory.display(),
            runs.configuration.display()
        )));
    }
    let before = read(directory);
    tell(&runs, directory)?;
    let mut waited = Duration::ZERO;
    let report = loop {
        match read(directory) {
            Some(report) if Some(&report) != before.as_ref() => break report,
            _ if waited > PATIENCE => {
                return Err(Failure::Environment(format!(
                    "process {} has not answered in {} s; its log says why",
                    runs.process,
                    PATIENCE.as_secs()
                )));
            }
            _ => {}
        }
        std::thread::sleep(ASK_EVERY);
        waited += ASK_EVERY;
    };
    let said = report.lines.join("\n");
    match report.result.as_str() {
        "refused" => Err(Failure::Wrong(said)),
        "failed" => Err(Failure::Environment(said)),
        _ => {
            println!("{said}");
            Ok(())
        }
    }
}

/// Sends SIGHUP to the process, and to no other that has got its number since.
fn tell(runs: &Runs, directory: &Path) -> Result<(), Failure> {
    let failed = |cause: String| {
        Failure::Environment(format!(
            "process {} on {} cannot be told: {cause}",
            runs.process,
            directory.display()
        ))
    };
    let number = i32::try_from(runs.process).ok().and_then(Pid::from_raw);
    let number = number.ok_or_else(|| failed("that is no process".into()))?;
    let process = pidfd_open(number, PidfdFlags::empty()).map_err(|cause| failed(cause.to_string()))?;
    // It still holds the lock, so what was opened is it.
    if Presence::of(directory)?.as_ref() != Some(runs) {
        return Err(failed("it has ended".into()));
    }
    pidfd_send_signal(process, Signal::HUP).map_err(|cause| failed(cause.to_string()))
}

/// Loads the configuration again and has the engine run with it; every outcome is logged and counted.
pub(crate) fn carry_out(live: &mut Live, path: &Path) -> Outcome {
    let loaded = super::load(path);
    let outcome = match loaded.map(|config| live.reload(config)) {
        Err(problems) => {
            live.view().metrics.config_reloads(ReloadFate::Refused).inc();
            let mut lines = vec![format!("{}: not taken up, nothing has changed", path.display())];
            lines.extend(problems.to_string().lines().map(str::to_owned));
            Outcome {
                fate: ReloadFate::Refused,
                lines,
            }
        }
        Ok(Err(cause)) => Outcome {
            fate: ReloadFate::Failed,
            lines: vec![
                format!("{}: not taken up, nothing has changed", path.display()),
                cause.to_string(),
            ],
        },
        Ok(Ok(reloaded)) => Outcome {
            fate: Reloaded::fate(&reloaded),
            lines: vec![format!("{}: taken up; {reloaded}", path.display())],
        },
    };
    for line in &outcome.lines {
        match outcome.fate {
            ReloadFate::Applied => tracing::info!("{line}"),
            ReloadFate::Partly => tracing::warn!("{line}"),
            ReloadFate::Refused | ReloadFate::Failed => tracing::error!("{line}"),
        }
    }
    outcome
}

/// Leaves word for whoever asked. That it cannot be written is no reason not to go on.
pub(crate) fn report(directory: &Path, runs: &Runs, number: u64, outcome: &Outcome) {
    let report = Report {
        process: runs.process,
        number,
        result: outcome.fate.name().to_owned(),
        lines: outcome.lines.clone(),
    };
    let (file, new) = (directory.join(REPORT), directory.join("reloaded.json.new"));
    let written = serde_json::to_vec(&report)
        .map_err(std::io::Error::from)
        .and_then(|bytes| std::fs::write(&new, bytes))
        .and_then(|()| std::fs::rename(&new, &file));
    if let Err(cause) = written {
        tracing::warn!("{}: {cause}", file.display());
    }
}

fn read(directory: &Path) -> Option<Report> {
    let bytes = std::fs::read(directory.join(REPORT)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The path without links and relative parts; as it is where it cannot be followed.
pub(crate) fn whole_path(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

//! The program: command line, HTTP, console.
//!
//! Exit codes: 0 done, 1 the thing asked about is wrong (bad configuration, bad evidence, a camera
//! without pictures), 2 usage, 3 the environment failed.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the terminal is this program's output"
)]

mod commands;
mod console;
mod failure;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Watches a district's cameras for street-order violations and reports each one once.
#[derive(Debug, Parser)]
#[command(name = "curbwatch", version)]
struct Cli {
    /// What is logged to standard error: a level, or `tracing` directives.
    #[arg(
        long,
        global = true,
        env = "CURBWATCH_LOG",
        default_value = "info,ort=warn",
        hide_env_values = true
    )]
    log: String,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch the configured cameras until told to stop (Ctrl-C or SIGTERM drains first).
    Run(commands::run::Arguments),
    /// Have the running program take up its changed configuration; cameras at which nothing is another notice nothing.
    Reload(commands::reload::Arguments),
    /// Name every problem of a configuration with its line and remedy.
    Check(commands::check::Arguments),
    /// Print the JSON Schema of the configuration.
    Schema,
    /// Connect to one camera as the pipeline would and say what comes.
    Probe(commands::probe::Arguments),
    /// Run recorded footage through the pipeline, deterministically.
    Replay(commands::replay::Arguments),
    /// Look again at a case: is it really there, or really gone? Prints the verdict.
    Recheck(commands::recheck::Arguments),
    /// List, show, release, dismiss and export cases.
    Cases(commands::cases::Arguments),
    /// Say which cameras were not watched when, why and for how long.
    Coverage(commands::coverage::Arguments),
    /// Make a camera list of what a platform exports.
    Import(commands::import::Arguments),
    /// Say why there was no case: what was known of a camera's places at a moment.
    Why(commands::why::Arguments),
    /// Reckon the machines, cores, network and disk that so many cameras need, and say what runs out first.
    Plan(commands::plan::Arguments),
    /// Serve one vision worker of a running program: started by it, never by hand.
    #[command(hide = true)]
    VisionWorker,
    /// Check the digests of a case's evidence; names every file that was changed.
    VerifyEvidence {
        /// A folder of evidence, or one that holds several.
        path: PathBuf,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let log = match cli.command {
        Command::VisionWorker => start_log_of_child(),
        _ => start_log(&cli.log),
    };
    let outcome = log.and_then(|()| match cli.command {
        Command::Run(arguments) => commands::run::run(&arguments),
        Command::Reload(arguments) => commands::reload::reload(&arguments),
        Command::Check(arguments) => commands::check::check(&arguments),
        Command::Schema => {
            commands::check::schema();
            Ok(())
        }
        Command::Probe(arguments) => commands::probe::probe(&arguments),
        Command::Replay(arguments) => commands::replay::replay(&arguments),
        Command::Recheck(arguments) => commands::recheck::recheck(&arguments),
        Command::Cases(arguments) => commands::cases::cases(&arguments),
        Command::Coverage(arguments) => commands::coverage::coverage(&arguments),
        Command::Import(arguments) => commands::import::import(&arguments),
        Command::Why(arguments) => commands::why::why(&arguments),
        Command::Plan(arguments) => commands::plan::plan(&arguments),
        Command::VisionWorker => curbwatch_engine::vision_worker(|_| ()).map_err(Failure::from),
        Command::VerifyEvidence { path } => commands::cases::verify(&path),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("curbwatch: {failure}");
            failure.exit_code()
        }
    }
}

fn start_log(directives: &str) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(directives)
        .map_err(|cause| Failure::Usage(format!("--log {directives}: {cause}")))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    Ok(())
}

/// Warnings alone, and no times: the parent passes them on, one a line, with its own.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands beside the log of all other commands"
)]
fn start_log_of_child() -> Result<(), Failure> {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(false)
        .without_time()
        .init();
    Ok(())
}

//! Set-up, demo, test, checks and generated documents of the workspace: `cargo xtask --help`.
//!
//! Not part of the product: nothing here is shipped, and nothing in the product calls it. It builds
//! without system libraries, because it is what installs them.

mod ci;
mod demo;
mod error;
mod fuzz;
mod generate;
mod say;
mod setup;
mod shell;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::setup::Purpose;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    about = "Set-up, demo, test, checks and generated documents"
)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Find or install what building, testing or the demo needs.
    Setup {
        #[command(flatten)]
        install: Install,
        /// What is going to be done with it.
        #[arg(long = "for", value_enum, default_value_t = Purpose::Build)]
        purpose: Purpose,
    },
    /// Set-up, then every test of the workspace.
    Test {
        #[command(flatten)]
        install: Install,
        /// Passed on to `cargo test` after `--workspace`.
        #[arg(last = true)]
        cargo_args: Vec<String>,
    },
    /// Set-up, then the tests that take minutes and are left out of `test`, one after the other.
    Slow {
        #[command(flatten)]
        install: Install,
    },
    /// Run the fuzz targets, each for some time: under libFuzzer where cargo-fuzz and a nightly compiler
    /// are installed, otherwise seeded changes to the corpus.
    Fuzz {
        /// Seconds for each target.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Only these targets.
        targets: Vec<String>,
    },
    /// Format, lint and layer checks, then `test`.
    Ci {
        #[command(flatten)]
        install: Install,
        /// Leave the tests out.
        #[arg(long)]
        checks_only: bool,
    },
    /// Write the documents that are made from the code.
    Generate {
        /// Write nothing; fail when a document is stale.
        #[arg(long)]
        check: bool,
    },
    /// Start a small camera farm and the pipeline on it, and show each case as it appears.
    Demo(DemoArgs),
}

#[derive(Debug, Args)]
struct DemoArgs {
    #[command(flatten)]
    install: Install,
    /// Stop after this many seconds; without it the demo runs until Ctrl-C.
    #[arg(long)]
    seconds: Option<u64>,
    /// Leave out the real clips of `CURBWATCH_ASSETS` even where they exist.
    #[arg(long)]
    synthetic: bool,
    /// Run the development build: compiled sooner, slower per look.
    #[arg(long)]
    dev: bool,
}

#[derive(Debug, Clone, Copy, Args)]
struct Install {
    /// Install nothing: name what is missing and stop.
    #[arg(long)]
    no_install: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Task::Setup { install, purpose } => setup::run(purpose, !install.no_install),
        Task::Test { install, cargo_args } => ci::test(!install.no_install, &cargo_args),
        Task::Slow { install } => ci::slow(!install.no_install),
        Task::Fuzz { seconds, targets } => fuzz::run(seconds, &targets),
        Task::Ci { install, checks_only } => ci::ci(!install.no_install, checks_only),
        Task::Generate { check } => generate::run(check),
        Task::Demo(args) => demo::run(&demo::Options {
            install: !args.install.no_install,
            seconds: args.seconds,
            synthetic: args.synthetic,
            dev: args.dev,
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

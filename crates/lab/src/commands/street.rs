//! `street`: pictures of the synthetic street.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Subcommand, ValueEnum};
use curbwatch_lab::Error;
use curbwatch_lab::street::mixture;
use curbwatch_lab::street::set::{SetOptions, make_set};
use curbwatch_types::{Clock as _, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::print;

#[derive(Debug, Subcommand)]
pub(crate) enum StreetCommand {
    /// Make training pictures with exact labels: images/NNNNNN.jpg and labels.jsonl.
    Set(SetArguments),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetArguments {
    /// How many pictures.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    count: u64,
    /// Decides every picture.
    #[arg(long)]
    seed: u64,
    /// Which shapes, colours and cameras appear: those to train on, or those to test with.
    #[arg(long, value_enum, default_value = "shown")]
    styles: Styles,
    /// Folder to write to; what it already holds of this set is kept.
    #[arg(long)]
    out: PathBuf,
    /// Pixels across.
    #[arg(long, default_value_t = 640, value_parser = clap::value_parser!(u32).range(64..=3840))]
    width: u32,
    /// Pixels down.
    #[arg(long, default_value_t = 360, value_parser = clap::value_parser!(u32).range(36..=2160))]
    height: u32,
    /// Scenes rendered at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Styles {
    Shown,
    HeldOut,
}

pub(crate) fn street(command: StreetCommand) -> Result<(), Error> {
    match command {
        StreetCommand::Set(arguments) => set(&arguments),
    }
}

fn set(arguments: &SetArguments) -> Result<(), Error> {
    let options = SetOptions {
        count: arguments.count,
        seed: arguments.seed,
        styles: match arguments.styles {
            Styles::Shown => mixture::Styles::Shown,
            Styles::HeldOut => mixture::Styles::HeldOut,
        },
        out: arguments.out.clone(),
        size: (arguments.width as usize, arguments.height as usize),
        threads: arguments.threads as usize,
    };
    let stop = stop_on_signal()?;
    let bar = bar(arguments.count, "pictures");
    let clock = SystemClock::new();
    let begun = clock.monotonic();
    let done = make_set(&options, &stop, &|more| bar.inc(more))?;
    bar.abandon();
    let wall_secs = clock.monotonic().since(begun).as_secs_f64();
    let made = done.made.max(1) as f64;
    print(&json!({
        "set": done,
        "wall_secs": wall_secs.round(),
        "cpu_secs_per_picture": (cpu_secs() / made * 100.0).round() / 100.0,
        "pictures_per_hour": (done.made as f64 / wall_secs.max(1e-3) * 3600.0).round(),
    }))
}

/// Processor time of this process so far, in seconds.
fn cpu_secs() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 * 1e-9
}

/// Set by Ctrl-C and SIGTERM; a second one ends the program at once.
fn stop_on_signal() -> Result<Arc<AtomicBool>, Error> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|source| Error::System {
                what: "handle signals",
                source,
            })?;
    }
    Ok(stop)
}

/// A bar on standard error; silent where that is no terminal.
fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}, {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

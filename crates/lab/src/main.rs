//! The command line of the lab.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};
use curbwatch_lab::Error;
use curbwatch_lab::bench::{District, district};
use curbwatch_lab::farm::{Account, Farm, FarmOptions, Transports, open_all};
use curbwatch_lab::patrol::{SetUp, alarms, write_set_up};
use curbwatch_types::SystemClock;
use serde_json::json;

/// Exit code: the environment failed.
const FAILED: u8 = 3;
/// Exit code: the thing asked about is wrong.
const WRONG: u8 = 1;
/// Open files asked for beside one per camera.
const OPEN_FILES_SPARE: u64 = 256;

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
    /// Write curbwatch.toml and footage.jsonl for `curbwatch replay` from zone files and clips.
    PatrolConfig(PatrolArguments),
    /// Measure what a look costs, against the sum of its pieces in the same run.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Print the `opened` rows of a case file as the scorer's JSON list.
    PatrolAlarms {
        /// What `curbwatch replay` wrote.
        cases: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct FarmArguments {
    /// How many cameras.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    cameras: u32,
    /// H.264 or H.265 clips; camera n plays clip n modulo their number.
    #[arg(long, required = true, num_args = 1..)]
    clip: Vec<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8554")]
    listen: SocketAddr,
    /// Offer only this transport and answer 461 to the other.
    #[arg(long)]
    transport: Option<OnlyTransport>,
    /// Ask for this account, `USER:PASSWORD`, by Basic and Digest.
    #[arg(long, value_name = "USER:PASSWORD", value_parser = account)]
    auth: Option<Account>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnlyTransport {
    Tcp,
    Udp,
}

#[derive(Debug, clap::Args)]
struct PatrolArguments {
    /// Zone files; only the keys `camera`, `base_view`, `zones` and `dwell_s` are read.
    #[arg(required = true)]
    zones: Vec<PathBuf>,
    /// Folder with one folder of clips `HH_EPOCHMS.mp4` per camera.
    #[arg(long)]
    clips: PathBuf,
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// Model manifest.
    #[arg(long, default_value = "models/nanodet-plus-640.toml")]
    model: PathBuf,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// A district of cameras from a farm in its own process, looked at by the engine in this one.
    District(DistrictArguments),
}

#[derive(Debug, clap::Args)]
struct DistrictArguments {
    /// How many cameras.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    cameras: u32,
    /// Seconds between two looks at one camera.
    #[arg(long)]
    look_every: f64,
    /// How long to measure, after every camera was looked at once.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// H.264 or H.265 clips; camera n plays clip n modulo their number.
    #[arg(long, required = true, num_args = 1..)]
    clip: Vec<PathBuf>,
    /// Model manifest.
    #[arg(long, default_value = "models/nanodet-plus.toml")]
    model: PathBuf,
    /// Vision workers; 0 is one per core.
    #[arg(long, default_value_t = 0)]
    workers: usize,
    /// What carries the pictures.
    #[arg(long, value_enum, default_value = "tcp")]
    transport: OnlyTransport,
    /// One JSON object on one line instead of an indented one.
    #[arg(long)]
    json: bool,
}

fn account(text: &str) -> Result<Account, &'static str> {
    Account::parse(text).ok_or("write USER:PASSWORD")
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Farm(arguments) => farm(arguments),
        Command::PatrolConfig(arguments) => patrol_config(arguments),
        Command::Bench(BenchCommand::District(arguments)) => bench(arguments),
        Command::PatrolAlarms { cases } => alarms(&cases).and_then(|alarms| print(&json!(alarms))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "curbwatch-lab: {error}");
            match error {
                Error::Unservable { .. } | Error::Content { .. } => ExitCode::from(WRONG),
                _ => ExitCode::from(FAILED),
            }
        }
    }
}

fn bench(arguments: DistrictArguments) -> Result<(), Error> {
    raise_open_files(u64::from(arguments.cameras) + OPEN_FILES_SPARE);
    let assets = std::env::var_os("CURBWATCH_ASSETS").map(PathBuf::from);
    let report = district(&District {
        cameras: arguments.cameras,
        look_every_secs: arguments.look_every,
        seconds: arguments.seconds,
        clips: arguments.clip,
        model: arguments.model,
        model_dirs: assets.map(|folder| folder.join("models")).into_iter().collect(),
        workers: arguments.workers,
        transport: match arguments.transport {
            OnlyTransport::Tcp => "tcp",
            OnlyTransport::Udp => "udp",
        },
    })?;
    if arguments.json {
        print(&report)
    } else {
        print(&format_args!("{report:#}"))
    }
}

/// Prints JSON on standard output, at once.
fn print(json: &dyn std::fmt::Display) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{json}").and_then(|()| out.flush());
    written.map_err(|source| Error::System {
        what: "write to standard output",
        source,
    })
}

fn farm(arguments: FarmArguments) -> Result<(), Error> {
    raise_open_files(u64::from(arguments.cameras) + OPEN_FILES_SPARE);
    let mut options = FarmOptions::new(arguments.cameras as usize, open_all(&arguments.clip)?);
    options.listen = arguments.listen;
    options.account = arguments.auth;
    options.transports = match arguments.transport {
        None => Transports::Any,
        Some(OnlyTransport::Tcp) => Transports::TcpOnly,
        Some(OnlyTransport::Udp) => Transports::UdpOnly,
    };
    // One thread carries thousands of sessions, and leaves the other cores to what is measured.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::System {
        what: "start the runtime",
        source,
    })?;
    runtime.block_on(async {
        let farm = Farm::start(options, Arc::new(SystemClock::new())).await?;
        let listen = farm.addr().to_string();
        print(&json!({ "ready": true, "listen": listen, "cameras": arguments.cameras }))?;
        stopped().await?;
        print(&json!({ "ready": false, "stats": farm.stats() }))
    })
}

/// Waits for Ctrl-C or SIGTERM.
async fn stopped() -> Result<(), Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let handler = signal(SignalKind::terminate());
    let mut terminate = handler.map_err(|source| Error::System {
        what: "handle SIGTERM",
        source,
    })?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => {
            pressed.map_err(|source| Error::System { what: "handle Ctrl-C", source })
        }
        _ = terminate.recv() => Ok(()),
    }
}

/// Raises the soft limit of open files as far as needed and allowed. When that is not far enough,
/// connections wait in the listen queue, and the engineer is told.
fn raise_open_files(needed: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    let allowed = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(allowed),
            maximum: limit.maximum,
        },
    );
    if raised.is_err() || allowed < needed {
        let _ = writeln!(
            std::io::stderr(),
            "curbwatch-lab: {needed} open files are wanted and {allowed} allowed; raise the limit with `ulimit -Hn`"
        );
    }
}

fn patrol_config(arguments: PatrolArguments) -> Result<(), Error> {
    let PatrolArguments {
        zones,
        clips,
        out,
        model,
    } = arguments;
    let written = write_set_up(&SetUp {
        zones,
        clips,
        out,
        model,
    })?;
    print(&json!({ "config": written.config, "footage": written.footage, "left_out": written.left_out }))
}

//! The rig of the fault cases: healthy cameras and a faulted one through the real engine, held against
//! the same street without the fault.
//!
//! For: showing that one camera's trouble stays its own. Every camera shows one violation; every healthy
//! one must become exactly one case, with the looks it has without the fault; the faulted one must do what
//! its row says; the accounts must balance, memory must stay bounded, and the cameras' password must
//! appear in nothing that is written. Faults that no camera has (too much to look at, the consumer, the disk,
//! the process) are [`HOUSE_FAULTS`]. Input: a fault by name, and how many cameras.

mod fault;
mod house;
mod judge;
mod leaks;
mod peers;
mod street;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_case::{CaseFilter, CaseReader};
use curbwatch_engine::{Live, View, VisionProgram};
use curbwatch_types::{BBox, CameraState, Clock, SystemClock};

pub use self::fault::{FAULTS, Fault, FaultRow};
pub use self::house::{HOUSE_FAULTS, HouseFault, HouseOptions, HouseOutcome, HouseRow, run_house};
pub use self::judge::judge;
pub use self::street::{Clips, draw};

use self::judge::judge_but_looks;
use self::leaks::Leaks;
use self::peers::Peers;
use crate::Error;

/// What the cameras' password is; whoever writes it anywhere has leaked it.
pub const SENTINEL: &str = "s3ntinel-p:ss/w%rd";
/// The user it belongs to.
const USER: &str = "viewer";
/// The environment variable that holds it.
const PASSWORD_ENV: &str = "RIG_PASSWORD";
/// Seconds a violation must stand; a frozen picture gets longer, as streets do.
const DWELL_SECS: u32 = 10;
const FROZEN_DWELL_SECS: u32 = 40;
/// How often the board is read.
const STEP: Duration = Duration::from_millis(100);

/// What a run is made of.
#[derive(Debug, Clone)]
pub struct RigOptions {
    /// Healthy cameras, 1 or more.
    pub healthy: usize,
    /// What is wrong with the other one; nothing for the run that faults are held against.
    pub fault: Option<Fault>,
    /// How long at least.
    pub watch: Duration,
    /// How long at most: with less than was wanted by then, the run ends and is judged as it is.
    pub patience: Duration,
    /// Seconds between two looks at a camera.
    pub look_every_secs: f64,
    /// Model manifest: one that calls a red block a car.
    pub model: PathBuf,
    /// Where configuration and store are written; made when missing.
    pub folder: PathBuf,
    /// Seed of every chance.
    pub seed: u64,
}

/// A change of the faulted camera's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Seconds since the start.
    pub at_secs: f64,
    /// The new state.
    pub state: CameraState,
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Seconds it took.
    pub secs: f64,
    /// Cases of each healthy camera.
    pub healthy_cases: Vec<usize>,
    /// Looks of healthy cameras that were observed and that were dropped.
    pub healthy_looks: (u64, u64),
    /// Cases of the faulted cameras, all together.
    pub faulted_cases: usize,
    /// Looks of the faulted cameras that were observed.
    pub faulted_looks: u64,
    /// Sizes of the faulted cameras' observed pictures, in pixels.
    pub faulted_sizes: BTreeSet<(usize, usize)>,
    /// Cases that lie where nothing stands.
    pub misplaced: usize,
    /// The first faulted camera's states, in order.
    pub changes: Vec<Change>,
    /// Whether a faulted camera was ever live.
    pub faulted_live: bool,
    /// Sessions that followed another one, of any camera.
    pub reconnects: u64,
    /// Refused requests of the faulted camera for want of an answer to a challenge.
    pub refused_auth: u64,
    /// Pictures dropped as tainted, or packets as lost, of any camera.
    pub lost: u64,
    /// Looks due are observed, dropped or under way, and after the end nothing is under way.
    pub balanced: bool,
    /// Case changes that could not be committed.
    pub uncommitted: usize,
    /// Largest resident size, in bytes, during the run.
    pub peak_bytes: u64,
    /// Places the password was written to.
    pub leaks: u64,
}

impl Outcome {
    /// Share of the healthy cameras' looks that were observed.
    pub fn healthy_share(&self) -> f64 {
        let (observed, dropped) = self.healthy_looks;
        observed as f64 / (observed + dropped).max(1) as f64
    }

    /// Seconds at which the faulted camera first had this state, after `from`.
    pub fn first(&self, state: CameraState, from: f64) -> Option<f64> {
        self.changes
            .iter()
            .find(|c| c.state == state && c.at_secs >= from)
            .map(|c| c.at_secs)
    }
}

/// What happens around the cameras of a run.
trait Around {
    /// What it asks of the configuration.
    fn setting(&self) -> Setting {
        Setting::default()
    }

    /// Told every tenth of a second; answers whether all that is waited for was seen.
    fn step(&mut self, view: &View, outcome: &Outcome) -> Result<bool, Error>;
}

/// What a run asks of the configuration beside its cameras.
#[derive(Debug, Clone)]
struct Setting {
    /// Where the store lies; relative: within the run's folder.
    store: PathBuf,
    /// Vision workers: how many, and where.
    inference: String,
    /// What they are, in processes of their own.
    vision: VisionProgram,
    /// Tables of their own: sinks, the console.
    tables: String,
    /// How much longer than the others' the dwell of every other healthy camera is, in seconds.
    later_secs: u32,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            store: PathBuf::from("data"),
            inference: "workers = 1\n".to_owned(),
            vision: VisionProgram::own(),
            tables: String::new(),
            later_secs: 0,
        }
    }
}

/// Nothing but the cameras, and what is wrong with one of them.
struct Cameras(Option<Fault>);

impl Around for Cameras {
    fn step(&mut self, _view: &View, outcome: &Outcome) -> Result<bool, Error> {
        Ok(self.0.is_none_or(|fault| fault.is_seen(outcome)))
    }
}

/// Runs the engine over the cameras until everything wanted was seen, and the least time is over.
pub fn run(options: &RigOptions, clips: &Clips) -> Result<Outcome, Error> {
    run_around(options, clips, &mut Cameras(options.fault))
}

fn run_around(options: &RigOptions, clips: &Clips, around: &mut impl Around) -> Result<Outcome, Error> {
    if options.healthy == 0 {
        return Err(Error::Options("a rig has at least one healthy camera"));
    }
    let leaks = Leaks::watch();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let network = network(1)?;
    let peers = network.block_on(Peers::start(options, clips, &clock))?;
    std::fs::create_dir_all(&options.folder).map_err(|source| Error::File {
        path: options.folder.clone(),
        source,
    })?;
    let setting = around.setting();
    let file = configuration(options, &peers, &setting)?;
    let secret = |name: &str| (name == PASSWORD_ENV).then(|| SENTINEL.to_owned());
    let config =
        curbwatch_config::load(&file, &secret).map_err(|problems| Error::bench(problems.to_string()))?;
    reset_peak();
    let leaked_before = leaks.count();
    let live = Live::start_with(&config, &clock, options.seed, &setting.vision).map_err(Error::bench)?;
    let view = live.view().clone();
    let mut outcome = Outcome::default();
    let begun = clock.monotonic();
    loop {
        std::thread::sleep(STEP);
        outcome.secs = clock.monotonic().since(begun).as_secs_f64();
        note(&view, &mut outcome);
        let cases = cases(&config.store.directory, &mut outcome, options.healthy);
        let least = outcome.secs >= options.watch.as_secs_f64();
        let seen = around.step(&view, &outcome)? && cases.is_ok();
        let whole = outcome.healthy_cases.iter().all(|n| *n >= 1);
        if (least && seen && whole) || outcome.secs >= options.patience.as_secs_f64() {
            break;
        }
    }
    outcome.refused_auth = peers.refused_auth();
    outcome.reconnects = view.metrics.reconnects.get();
    let text = view.metrics.text().map_err(Error::bench)?;
    let board = format!("{:?}", view.board.cameras());
    let drained = live.stop().map_err(Error::bench)?;
    outcome.balanced = view.metrics.balanced() && view.metrics.looks_outstanding.get() == 0;
    outcome.uncommitted = drained.uncommitted;
    outcome.peak_bytes = peak_bytes();
    cases(&config.store.directory, &mut outcome, options.healthy)?;
    outcome.lost = lost(&view);
    let written = leaks::in_files(&options.folder)?;
    let said = u64::from(text.contains(SENTINEL)) + u64::from(board.contains(SENTINEL));
    outcome.leaks = leaks.count() - leaked_before + written + said;
    Ok(outcome)
}

/// The runtime of the cameras.
fn network(threads: usize) -> Result<tokio::runtime::Runtime, Error> {
    let network = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build();
    network.map_err(|source| Error::System {
        what: "start the runtime",
        source,
    })
}

/// Looks and states, from the board.
fn note(view: &View, outcome: &mut Outcome) {
    outcome.healthy_looks = (0, 0);
    outcome.faulted_looks = 0;
    let mut first = true;
    for camera in view.board.cameras() {
        if camera.camera.as_str().starts_with('h') {
            outcome.healthy_looks.0 += camera.looks;
            outcome.healthy_looks.1 += camera.dropped.values().sum::<u64>();
            continue;
        }
        outcome.faulted_looks += camera.looks;
        outcome
            .faulted_sizes
            .extend(camera.last_look.map(|look| look.size));
        outcome.faulted_live |= camera.state == CameraState::Live;
        if std::mem::take(&mut first)
            && outcome
                .changes
                .last()
                .is_none_or(|last| last.state != camera.state)
        {
            outcome.changes.push(Change {
                at_secs: outcome.secs,
                state: camera.state,
            });
        }
    }
}

/// Cases by camera, and those that lie elsewhere than the block.
fn cases(store: &Path, outcome: &mut Outcome, healthy: usize) -> Result<(), Error> {
    let reader = CaseReader::open(store).map_err(Error::bench)?;
    let cases = reader.list(&CaseFilter::default()).map_err(Error::bench)?;
    let truth: BBox = street::block();
    outcome.healthy_cases = vec![0; healthy];
    outcome.faulted_cases = 0;
    outcome.misplaced = 0;
    for case in cases {
        let name = case.camera.as_str();
        let number = name.strip_prefix('h').and_then(|n| n.parse::<usize>().ok());
        match number.and_then(|n| outcome.healthy_cases.get_mut(n)) {
            Some(count) => *count += 1,
            None => outcome.faulted_cases += 1,
        }
        outcome.misplaced += usize::from(case.bbox.iou(&truth) < 0.5);
    }
    Ok(())
}

fn lost(view: &View) -> u64 {
    use curbwatch_types::DropReason::{PacketLoss, Tainted};
    [PacketLoss, Tainted]
        .iter()
        .map(|reason| view.metrics.units_dropped(*reason).get() + view.metrics.looks_dropped(*reason).get())
        .sum()
}

/// Writes the configuration: short dwells, one zone over the whole road, the password by reference.
fn configuration(options: &RigOptions, peers: &Peers, setting: &Setting) -> Result<PathBuf, Error> {
    let model = options.model.canonicalize().map_err(|source| Error::File {
        path: options.model.clone(),
        source,
    })?;
    let mut text = format!(
        "[store]\ndirectory = {:?}\n[inference]\nmodel = {:?}\n{}[looks]\nlook_every_secs = {}\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\n[review]\nillegal_motor_parking = \"auto\"\n\
         [[sinks.jsonl]]\nname = \"file\"\npath = \"cases.jsonl\"\n{}",
        setting.store.display().to_string(),
        model.display().to_string(),
        setting.inference,
        options.look_every_secs,
        setting.tables,
    );
    let dwell = if options.fault == Some(Fault::FrozenPicture) {
        FROZEN_DWELL_SECS
    } else {
        DWELL_SECS
    };
    let healthy = peers.healthy.iter().enumerate().map(|(n, url)| {
        (
            format!("h{n}"),
            url,
            DWELL_SECS + (n as u32 % 2) * setting.later_secs,
        )
    });
    let faulted = peers
        .faulted
        .iter()
        .enumerate()
        .map(|(n, url)| (format!("f{n}"), url, dwell));
    for (id, url, dwell_secs) in healthy.chain(faulted) {
        let _ = write!(
            text,
            "[[cameras]]\nid = \"{id}\"\nurl = {url:?}\nuser = \"{USER}\"\npassword_env = \"{PASSWORD_ENV}\"\n\
             [[zones]]\ncamera = \"{id}\"\nid = \"kerb\"\nkind = \"no_parking\"\ndwell_secs = {dwell_secs}\n\
             polygon = [[0.0, 0.26], [1.0, 0.26], [1.0, 1.0], [0.0, 1.0]]\n"
        );
    }
    let file = options.folder.join("curbwatch.toml");
    std::fs::write(&file, text).map_err(|source| Error::File {
        path: file.clone(),
        source,
    })?;
    Ok(file)
}

/// The largest resident size of this process since the last reset; 0 where the system does not tell.
fn peak_bytes() -> u64 {
    peak_bytes_of(Path::new("/proc/self/status"))
}

fn peak_bytes_of(status: &Path) -> u64 {
    let status = std::fs::read_to_string(status).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// Sets the peak back to the size of now (proc(5), `clear_refs`), where the system lets us.
fn reset_peak() {
    let _ = std::fs::write(Path::new("/proc/self/clear_refs"), "5");
}

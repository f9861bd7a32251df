//! A patrol through the real engine: more cameras than sessions, beside cameras that stay connected, one that is
//! dead, one that is slow and one that says nothing. What the platform sees is what counts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it expects and what it measured"
)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_case::{CaseFilter, CaseReader};
use curbwatch_config::Config;
use curbwatch_engine::{CameraStatus, Live, View, VisitEnd};
use curbwatch_lab::farm::{Farm, FarmOptions, open_all};
use curbwatch_lab::impair::{Impairment, Proxy};
use curbwatch_types::{CameraState, Clock, SystemClock};
use support::{make_street, skipped};

/// Patience with a slow machine; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(240);
const PATROLLED: usize = 40;
const STAYING: usize = 2;
const SESSIONS_MAX: usize = 4;

/// Farms on a network thread of their own.
struct Peers {
    network: tokio::runtime::Runtime,
    /// The platform of the cameras on patrol, and of those that stay connected.
    platform: Farm,
    steady: Farm,
    /// In front of the platform's last camera.
    slow: Proxy,
    /// Takes connections and says nothing.
    mute: std::net::TcpListener,
}

impl Peers {
    fn start(standing: &Path, empty: &Path) -> Self {
        let network = network();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        // Every other camera of the platform shows a block.
        let tracks = open_all(&[standing.to_owned(), empty.to_owned()]).unwrap();
        let (platform, steady, slow) = network.block_on(async {
            let platform = Farm::start(FarmOptions::new(PATROLLED, tracks.clone()), Arc::clone(&clock));
            let platform = platform.await.unwrap();
            let steady = Farm::start(FarmOptions::new(STAYING, tracks), Arc::clone(&clock));
            let network = Impairment {
                delay: Duration::from_millis(200),
                ..Impairment::default()
            };
            let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
            let slow = Proxy::start(listen, platform.addr(), network, 1, clock)
                .await
                .unwrap();
            (platform, steady.await.unwrap(), slow)
        });
        Self {
            network,
            platform,
            steady,
            slow,
            mute: std::net::TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    /// Id, group and address of every camera.
    fn cameras(&self) -> Vec<(String, &'static str, String)> {
        let closed = {
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            port.local_addr().unwrap()
        };
        let mut urls = self.platform.urls();
        let last = urls.pop().unwrap();
        urls.push(self.slow.url(&last).unwrap());
        let patrolled = urls
            .into_iter()
            .enumerate()
            .map(|(n, url)| (format!("p{n:02}"), "round", url));
        let steady = self.steady.urls().into_iter().enumerate();
        let steady = steady.map(|(n, url)| (format!("s{n}"), "stay", url));
        let mute = self.mute.local_addr().unwrap();
        let trouble = [
            ("dead".to_owned(), "round", format!("rtsp://{closed}/x")),
            ("mute".to_owned(), "round", format!("rtsp://{mute}/x")),
        ];
        patrolled.chain(steady).chain(trouble).collect()
    }
}

/// The farms' threads have a name of their own, so that what they cost is told from what the engine costs.
fn network() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("farm")
        .enable_all()
        .build()
        .unwrap()
}

fn configuration(folder: &Path, cameras: &[(String, &'static str, String)]) -> Config {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models/blob.toml");
    let model = model.canonicalize().unwrap();
    let mut text = format!(
        "[store]\ndirectory = \"data\"\n[inference]\nmodel = {:?}\nworkers = 1\n[ingest]\nhandshake_timeout_secs = 2\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\n[review]\nillegal_motor_parking = \"auto\"\n\
         [[sinks.jsonl]]\nname = \"file\"\npath = \"cases.jsonl\"\n\
         [groups.round]\nmode = \"patrol\"\nsessions_max = {SESSIONS_MAX}\nrevisit_secs = 20\nvisit_looks = 1\n\
         [groups.stay]\nlook_every_secs = 2\n",
        model.display().to_string(),
    );
    for (id, group, url) in cameras {
        let _ = write!(
            text,
            "[[cameras]]\nid = {id:?}\nurl = {url:?}\ngroup = {group:?}\n\
             [[zones]]\ncamera = {id:?}\nid = \"kerb\"\nkind = \"no_parking\"\ndwell_secs = 10\n\
             polygon = [[0.05, 0.05], [0.95, 0.05], [0.95, 0.95], [0.05, 0.95]]\n"
        );
    }
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, text).unwrap();
    curbwatch_config::load(&file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"))
}

fn wait_for(what: &str, view: &View, mut done: impl FnMut() -> bool) {
    let clock = SystemClock::new();
    while !done() {
        assert!(
            clock.monotonic().0 < PATIENCE,
            "no {what} in time; {:#?}",
            view.board.cameras()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Cameras whose block has become a case.
fn cases(config: &Config) -> Vec<String> {
    let reader = CaseReader::open(&config.store.directory).unwrap();
    let cases = reader.list(&CaseFilter::default()).unwrap();
    let mut cameras: Vec<String> = cases.iter().map(|case| case.camera.to_string()).collect();
    cameras.sort_unstable();
    cameras
}

#[test]
fn forty_cameras_share_four_sessions_and_each_block_is_one_case() {
    let folder = tempfile::tempdir().unwrap();
    let clip = |name: &str| -> PathBuf { folder.path().join(name) };
    let (standing, empty) = (clip("standing.mp4"), clip("empty.mp4"));
    if !(make_street(&standing, "libx264", true) && make_street(&empty, "libx264", false)) {
        skipped("the ffmpeg command with libx264 is not installed");
        return;
    }
    let peers = Peers::start(&standing, &empty);
    let cameras = peers.cameras();
    let config = configuration(folder.path(), &cameras);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let live = Live::start(&config, &clock, 11).unwrap();
    let view = live.view().clone();

    let shown: Vec<String> = (0..PATROLLED)
        .step_by(2)
        .map(|n| format!("p{n:02}"))
        .chain(["s0".to_owned()])
        .collect();
    wait_for("case of every block", &view, || cases(&config) == shown);
    wait_for("second visit of everybody", &view, || {
        let board = view.board.cameras();
        let mut patrolled = board
            .iter()
            .filter(|camera| camera.camera.as_str().starts_with('p'));
        patrolled.all(|camera| camera.patrol.as_ref().is_some_and(|patrol| patrol.visits >= 2))
    });
    let board = view.board.cameras();
    let ended = |end| view.metrics.visits.ended("round", end);
    let text = view.metrics.text().unwrap();
    let rounds = view.board.rounds(clock.wall());
    live.stop().unwrap();

    // What the platform saw.
    wait_for("end of every session", &view, || {
        peers.platform.stats().playing == 0
    });
    let stats = peers.platform.stats();
    let most = stats.playing_most;
    println!(
        "{} sessions, at most {most} at a time; {rounds:?}",
        stats.sessions
    );
    assert!(
        (1..=SESSIONS_MAX as u64).contains(&most),
        "{most} sessions at a time"
    );
    assert_eq!(
        stats.sessions, stats.teardowns,
        "every visit ends with a TEARDOWN: {stats:?}"
    );
    let steady = peers.steady.stats();
    assert_eq!(
        (steady.sessions, steady.teardowns),
        (STAYING as u64, STAYING as u64),
        "who stays, stays"
    );
    let budget = &view.budgets.shared()["group round"];
    assert!(budget.sessions.as_ref().unwrap().most() <= SESSIONS_MAX);

    what_became_of(&board);
    assert!(ended(VisitEnd::Looked) >= 2 * PATROLLED as u64 && ended(VisitEnd::Failed) >= 2);
    assert_eq!((ended(VisitEnd::NoPicture), ended(VisitEnd::NoSession)), (0, 0));
    assert!(
        text.contains("curbwatch_visits_total{end=\"looked\",group=\"round\"}"),
        "{text}"
    );
    assert!(rounds["round"].rounds_per_hour > 0.0, "{rounds:?}");

    // Between visits no look waited for a picture, and no look was lost.
    assert_eq!(view.metrics.looks_outstanding.get(), 0);
    assert!(view.metrics.balanced(), "{}", view.metrics.text().unwrap());
    let waited: u64 = board
        .iter()
        .filter(|camera| camera.patrol.is_some())
        .map(|camera| {
            camera
                .dropped
                .get(&curbwatch_types::DropReason::NoPicture)
                .copied()
                .unwrap_or(0)
        })
        .sum();
    assert_eq!(waited, 0, "looks of cameras on patrol that waited in vain");
    assert_eq!(cases(&config), shown, "each block is one case");
    drop(peers.network);
}

fn what_became_of(board: &[CameraStatus]) {
    for camera in board {
        let name = camera.camera.as_str();
        let patrol = camera.patrol.as_ref();
        match name {
            "dead" | "mute" => {
                assert_eq!(camera.state, CameraState::Connecting, "{camera:?}");
                let patrol = patrol.unwrap();
                assert!(
                    patrol.visits == 0 && patrol.in_vain >= 1 && camera.looks == 0,
                    "{camera:?}"
                );
            }
            _ if name.starts_with('s') => assert!(patrol.is_none() && camera.looks >= 2, "{camera:?}"),
            _ => {
                assert_eq!(camera.state, CameraState::Live, "{camera:?}");
                let visits = patrol.unwrap().visits;
                // Each visit's picture is one look; the last one may be under way.
                let looks = camera.looks + camera.dropped.values().sum::<u64>();
                assert!(
                    (visits - 1..=visits).contains(&looks),
                    "{visits} visits: {camera:?}"
                );
            }
        }
    }
}

/// Seconds of CPU that threads of this process whose names begin so have used (proc(5), `stat`; 100 ticks a second).
fn cpu_secs(name: &str) -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let ticks = tasks.filter_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("stat")).ok()?;
        let (head, rest) = stat.rsplit_once(')')?;
        head.split_once('(')?.1.starts_with(name).then_some(())?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    });
    ticks.sum::<f64>() / 100.0
}

/// A street with a keyframe every four seconds, as cameras send it.
fn sparse_street(folder: &Path, clip: &Path) -> bool {
    let street = folder.join("street.mp4");
    make_street(&street, "libx264", false)
        && std::process::Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-y", "-i"])
            .arg(&street)
            .args(["-c:v", "libx264", "-preset", "veryfast"])
            .args(["-g", "40", "-keyint_min", "40", "-sc_threshold", "0"])
            .arg(clip)
            .status()
            .is_ok_and(|status| status.success())
}

/// What [measurements](../../../docs/measurements.md) says of a patrol: a city of 1160 cameras with a keyframe every four seconds.
#[test]
#[ignore = "slow: five minutes; run by `cargo xtask slow`"]
fn a_city_of_1160_cameras_under_64_sessions() {
    const CITY: usize = 1160;
    const SESSIONS: usize = 64;
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("gop.mp4");
    let made = sparse_street(folder.path(), &clip);
    if !made {
        skipped("the ffmpeg command with libx264 is not installed");
        return;
    }
    let network = network();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let farm = FarmOptions::new(CITY, open_all(&[clip]).unwrap());
    let farm = network.block_on(Farm::start(farm, Arc::clone(&clock))).unwrap();
    let urls = farm.urls().into_iter().enumerate();
    let cameras: Vec<_> = urls.map(|(n, url)| (format!("p{n:04}"), "round", url)).collect();
    let config = configuration(folder.path(), &cameras);
    let text = std::fs::read_to_string(folder.path().join("curbwatch.toml")).unwrap();
    let text = text.replace(
        "sessions_max = 4\nrevisit_secs = 20",
        "sessions_max = 64\nrevisit_secs = 60",
    );
    std::fs::write(folder.path().join("curbwatch.toml"), text).unwrap();
    drop(config);
    let config = curbwatch_config::load(&folder.path().join("curbwatch.toml"), &|_| None).unwrap();

    let live = Live::start(&config, &clock, 1).unwrap();
    let view = live.view().clone();
    let visits = |view: &View| view.metrics.visits.ended("round", VisitEnd::Looked);
    // The first round finds everybody; the rest is measured.
    std::thread::sleep(Duration::from_secs(75));
    let (from, cpu, farmed, looks) = (
        visits(&view),
        cpu_secs("cw-"),
        cpu_secs("farm"),
        view.metrics.looks_observed.get(),
    );
    let (net, begun) = (cpu_secs("cw-net"), clock.monotonic());
    std::thread::sleep(Duration::from_secs(200));
    let secs = clock.monotonic().since(begun).as_secs_f64();
    let (made, seen) = (visits(&view) - from, view.metrics.looks_observed.get() - looks);
    let each = |secs: f64| 1000.0 * secs / made as f64;
    let (cpu, net, farmed) = (
        cpu_secs("cw-") - cpu,
        cpu_secs("cw-net") - net,
        cpu_secs("farm") - farmed,
    );
    let rounds = view.board.rounds(clock.wall());
    let board = view.board.cameras();
    let mut medians: Vec<Duration> = board
        .iter()
        .filter_map(|camera| Some(camera.patrol.as_ref()?.achieved(clock.wall())?.median))
        .collect();
    medians.sort_unstable();
    let shared = view.budgets.shared();
    let most = shared["group round"].sessions.as_ref().unwrap().most();
    let text = view.metrics.text().unwrap();
    let sum = |name: &str| -> f64 {
        let lines = text.lines().filter(|line| line.starts_with(name));
        lines
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum()
    };
    let visit_secs = sum("curbwatch_visit_seconds_sum") / sum("curbwatch_visit_seconds_count");
    live.stop().unwrap();
    let stats = farm.stats();
    println!(
        "{made} visits and {seen} looks in {secs:.0} s, {visit_secs:.2} s a visit; revisited every {:.1} s (median of medians), {:?} at worst, \
         {:.4} of {} intervals within the wish; sessions at most {most} of {SESSIONS}, at the farm {}; CPU a visit: {:.1} ms of the engine, of \
         which network {:.1} ms; the farm {:.1} ms; {} sessions, {} TEARDOWNs; dropped looks {}",
        medians[medians.len() / 2].as_secs_f64(),
        rounds["round"].worst,
        rounds["round"].share_within(),
        rounds["round"].intervals,
        stats.playing_most,
        each(cpu),
        each(net),
        each(farmed),
        stats.sessions,
        stats.teardowns,
        sum("curbwatch_looks_dropped_total")
    );
    assert!(most <= SESSIONS && stats.playing_most <= SESSIONS as u64);
    assert_eq!(stats.sessions, stats.teardowns);
    assert_eq!(rounds["round"].unseen, 0, "everybody was seen");
    assert!(view.metrics.balanced() && view.metrics.looks_outstanding.get() == 0);
}

//! Another configuration for a running engine: six cameras of three platforms, each platform a farm that counts its sessions.
//! Who is not concerned notices nothing: no second session, no second case; who goes says TEARDOWN and goes on when it comes again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it expects, and what is skipped"
)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_case::{CaseFilter, CaseReader, CaseSummary, CoverageFilter, LedgerReader};
use curbwatch_config::Config;
use curbwatch_engine::{CameraStatus, Live, MemoryFate, ReloadFate, View};
use curbwatch_lab::farm::{Account, Challenges, Farm, FarmOptions, open_all};
use curbwatch_types::{BlindCause, CameraId, CameraState, Clock, DropReason, SystemClock};
use support::make_street;
use tokio::runtime::Runtime;

/// Patience with a slow machine; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(180);

struct Camera {
    id: &'static str,
    url: String,
    password: Option<&'static str>,
    zone: &'static str,
}

fn camera(id: &'static str, url: String) -> Camera {
    Camera {
        id,
        url,
        password: None,
        zone: "kerb",
    }
}

fn load(folder: &Path, cameras: &[Camera]) -> Config {
    read(&write_down(folder, cameras, 1.0))
}

fn read(file: &Path) -> Config {
    curbwatch_config::load(file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"))
}

fn write_down(folder: &Path, cameras: &[Camera], look_every_secs: f64) -> PathBuf {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models/blob.toml");
    let mut text = format!(
        "[store]\ndirectory = \"data\"\n[inference]\nmodel = \"{}\"\nworkers = 1\n[looks]\nlook_every_secs = {look_every_secs:?}\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\n[review]\nillegal_motor_parking = \"auto\"\n",
        model.canonicalize().unwrap().display(),
    );
    for Camera {
        id,
        url,
        password,
        zone,
    } in cameras
    {
        write!(text, "[[cameras]]\nid = {id:?}\nurl = {url:?}\n").unwrap();
        if let Some(password) = password {
            let secret = format!("{id}-{password}");
            std::fs::write(folder.join(&secret), password).unwrap();
            write!(text, "user = \"viewer\"\npassword_file = {secret:?}\n").unwrap();
        }
        write!(
            text,
            "[[zones]]\ncamera = {id:?}\nid = {zone:?}\nkind = \"no_parking\"\ndwell_secs = 10\n\
             polygon = [[0.05, 0.05], [0.95, 0.05], [0.95, 0.95], [0.05, 0.95]]\n"
        )
        .unwrap();
    }
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, text).unwrap();
    file
}

/// A platform with this many cameras, all with a block that stands at the kerb.
fn platform(network: &Runtime, clip: &Path, cameras: usize, account: Option<Account>) -> Farm {
    let mut options = FarmOptions::new(cameras, open_all(&[clip.to_owned()]).unwrap());
    options.account = account;
    network
        .block_on(Farm::start(options, Arc::new(SystemClock::new())))
        .unwrap()
}

fn wait_for(what: &str, view: &View, mut done: impl FnMut() -> bool) {
    let mut waited = Duration::ZERO;
    while !done() {
        let state = |one: CameraStatus| format!("{}: {}, {}", one.camera, one.state.name(), one.why);
        let cameras = || view.board.cameras().into_iter().map(state).collect::<Vec<_>>();
        assert!(waited < PATIENCE, "no {what} in time; {:#?}", cameras());
        std::thread::sleep(Duration::from_millis(100));
        waited += Duration::from_millis(100);
    }
}

fn status(view: &View, id: &str) -> CameraStatus {
    view.board
        .camera(id)
        .unwrap_or_else(|| panic!("{id} is not watched"))
}

/// The cases of each camera.
fn cases(folder: &Path) -> BTreeMap<String, Vec<CaseSummary>> {
    let reader = CaseReader::open(folder.join("data").as_path()).unwrap();
    let mut by_camera: BTreeMap<String, Vec<CaseSummary>> = BTreeMap::new();
    for case in reader.list(&CaseFilter::default()).unwrap() {
        by_camera.entry(case.camera.to_string()).or_default().push(case);
    }
    by_camera
}

fn have_a_case(folder: &Path, cameras: &[&str]) -> bool {
    let cases = cases(folder);
    cameras.iter().all(|id| cases.contains_key(*id))
}

fn a_clip(folder: &Path) -> Option<PathBuf> {
    let clip = folder.join("standing.mp4");
    if make_street(&clip, "libx264", true) {
        return Some(clip);
    }
    let _shown = writeln!(
        std::io::stderr(),
        "skipped: the ffmpeg command with libx264 is not installed"
    );
    None
}

fn network() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// Three platforms: of cameras that stay, of one behind a login, of those that come and go.
struct District {
    stay: Farm,
    locked: Farm,
    change: Farm,
}

impl District {
    fn open(network: &Runtime, clip: &Path) -> Self {
        let account = Account::new("viewer", "right", Challenges::Digest);
        Self {
            stay: platform(network, clip, 3, None),
            locked: platform(network, clip, 1, Some(account)),
            change: platform(network, clip, 2, None),
        }
    }
}

/// The four cameras that are always there, and others.
fn four(
    stay: &Farm,
    locked: &Farm,
    zone: &'static str,
    password: &'static str,
    others: Vec<Camera>,
) -> Vec<Camera> {
    let mut cameras = vec![
        camera("same-1", stay.url(1)),
        camera("same-2", stay.url(2)),
        Camera {
            zone,
            ..camera("redrawn", stay.url(3))
        },
        Camera {
            password: Some(password),
            ..camera("login", locked.url(1))
        },
    ];
    cameras.extend(others);
    cameras
}

/// It has been looked at since, and nothing happened to it.
fn noticed_nothing(view: &View, was: &CameraStatus) {
    let id = was.camera.as_str();
    wait_for("looks", view, || status(view, id).looks >= was.looks + 3);
    let is = status(view, id);
    assert_eq!(
        (is.state, is.since),
        (was.state, was.since),
        "{id} stood all the while"
    );
    assert!(!is.dropped.contains_key(&DropReason::Removed), "{id}: {is:?}");
}

/// Why the camera was not watched, as the ledger has it.
fn causes(folder: &Path, camera: &str) -> Vec<BlindCause> {
    let reader = LedgerReader::open(&folder.join("data")).unwrap();
    let filter = CoverageFilter {
        camera: Some(CameraId::new(camera).unwrap()),
        ..CoverageFilter::default()
    };
    let coverage = reader
        .coverage(&filter)
        .unwrap()
        .pop()
        .expect("it is in the ledger");
    coverage.intervals.iter().map(|one| one.cause).collect()
}

#[test]
fn whoever_is_not_concerned_notices_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(clip) = a_clip(folder) else { return };
    let network = network();
    let District { stay, locked, change } = &District::open(&network, &clip);
    let with = |zone, password, others| four(stay, locked, zone, password, others);
    let goes = || camera("goes", change.url(1));
    let comes = || camera("comes", change.url(2));

    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let config = load(folder, &with("kerb", "wrong", vec![goes()]));
    let mut live = Live::start(&config, &clock, 7).unwrap();
    let view = live.view().clone();
    wait_for("case of those that can be seen", &view, || {
        have_a_case(folder, &["same-1", "same-2", "redrawn", "goes"])
    });
    wait_for("refusal", &view, || {
        status(&view, "login").state == CameraState::Refused
    });
    let before = [
        status(&view, "same-1"),
        status(&view, "same-2"),
        status(&view, "redrawn"),
    ];

    // One comes, one goes, one is drawn otherwise, one has another login.
    let next = load(folder, &with("east", "right", vec![comes()]));
    let reloaded = live.reload(next).unwrap();
    let counts = (
        reloaded.added,
        reloaded.removed,
        reloaded.received_anew,
        reloaded.judged_anew,
    );
    assert_eq!(counts, (1, 1, 1, 1), "{reloaded}");
    assert_eq!(reloaded.fate(), ReloadFate::Applied, "{reloaded}");
    assert!(view.board.camera("goes").is_none(), "nobody is shown it");
    assert_eq!(change.stats().teardowns, 1, "it has said TEARDOWN");
    wait_for("case of those that have come", &view, || {
        have_a_case(folder, &["comes", "login"])
    });
    for was in &before {
        noticed_nothing(&view, was);
    }
    let stats = stay.stats();
    assert_eq!(
        (stats.sessions, stats.teardowns),
        (3, 0),
        "no second session: {stats:?}"
    );
    for (id, cases) in cases(folder) {
        assert_eq!(cases.len(), 1, "one block is one case at {id}: {cases:?}");
    }

    // Long enough for it to be blind time.
    wait_for("looks of the one that came", &view, || {
        status(&view, "comes").looks >= 20
    });
    // It comes again, and goes on: its memory is taken up, its case is the same.
    let taken_up = view.metrics.memories(MemoryFate::TakenUp).get();
    let again = load(folder, &with("east", "right", vec![comes(), goes()]));
    assert_eq!(live.reload(again).unwrap().added, 1);
    assert_eq!(view.metrics.memories(MemoryFate::TakenUp).get(), taken_up + 1);
    wait_for("looks of the one that came again", &view, || {
        status(&view, "goes").looks >= 15
    });
    assert_eq!(cases(folder)["goes"].len(), 1, "no second case");

    // What cannot be carried out changes nothing.
    let none = load(folder, &[]);
    let refused = live.reload(none).unwrap_err().to_string();
    assert!(refused.contains("nothing to watch"), "{refused}");
    assert_eq!(view.board.cameras().len(), 6);
    assert_eq!(view.metrics.config_reloads(ReloadFate::Failed).get(), 1);

    assert_eq!(live.stop().unwrap().uncommitted, 0);
    assert_eq!(view.metrics.looks_outstanding.get(), 0);
    assert!(view.metrics.balanced(), "{}", view.metrics.text().unwrap());
    let stats = stay.stats();
    assert_eq!(
        (stats.sessions, stats.teardowns, stats.playing),
        (3, 3, 0),
        "{stats:?}"
    );
    let causes = causes(folder, "goes");
    assert!(causes.contains(&BlindCause::Suspended), "{causes:?}");
}

/// A clip of two small pictures a second.
fn a_slow_clip(folder: &Path) -> Option<PathBuf> {
    let clip = folder.join("slow.mp4");
    let mut command = std::process::Command::new("ffmpeg");
    command
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi"])
        .args(["-i", "testsrc2=s=128x96:r=2:d=8", "-c:v", "libx264", "-g", "2"])
        .args(["-bf", "0", "-pix_fmt", "yuv420p"])
        .arg(&clip);
    command
        .status()
        .is_ok_and(|status| status.success())
        .then_some(clip)
}

#[test]
#[ignore = "slow: minutes; run by `cargo xtask slow`"]
fn what_a_reload_of_a_thousand_cameras_costs() {
    const CAMERAS: usize = 1000;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(clip) = a_slow_clip(folder) else {
        println!("skipped: the ffmpeg command with libx264 is not installed");
        return;
    };
    let network = network();
    let farm = platform(&network, &clip, CAMERAS, None);
    let ids: Vec<&'static str> = (0..CAMERAS).map(|n| &*format!("c{n}").leak()).collect();
    // Cameras before `zones` are drawn otherwise, those before `logins` have a login, those before `gone` are not there.
    let district = |zones: usize, logins: usize, gone: usize| {
        let one = |n: usize| Camera {
            zone: if n < zones { "east" } else { "kerb" },
            password: (n < logins).then_some("secret"),
            ..camera(ids[n], farm.url(n + 1))
        };
        // Looks are not what is measured.
        write_down(folder, &(gone..CAMERAS).map(one).collect::<Vec<Camera>>(), 100.0)
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let mut live = Live::start(&read(&district(0, 0, 0)), &clock, 7).unwrap();
    let view = live.view().clone();
    let playing = |count: usize| farm.stats().playing == count as u64;
    wait_for("thousand sessions", &view, || playing(CAMERAS));
    for (what, zones, logins, gone) in [
        ("nothing is another", 0, 0, 0),
        ("1 drawn otherwise", 1, 0, 0),
        ("all drawn otherwise", CAMERAS, 0, 0),
        ("50 with a login", CAMERAS, 50, 0),
        ("50 removed", CAMERAS, 50, 50),
        ("50 come again", CAMERAS, 50, 0),
        ("all with a login", CAMERAS, CAMERAS, 0),
    ] {
        let file = district(zones, logins, gone);
        let sessions = farm.stats().sessions;
        let at = || (clock.monotonic(), curbwatch_lab::fleet::cpu_time());
        let begun = at();
        let config = read(&file);
        let loaded = at();
        let reloaded = live.reload(config).unwrap();
        let done = at();
        let ms = |from: (_, Duration), to: (curbwatch_types::Monotonic, Duration)| {
            let wall: Duration = to.0.since(from.0);
            (wall.as_millis(), to.1.saturating_sub(from.1).as_millis())
        };
        println!(
            "{what}: load {:?}, reload {:?} (wall ms, CPU ms of the process); {reloaded}",
            ms(begun, loaded),
            ms(loaded, done)
        );
        wait_for("sessions again", &view, || playing(CAMERAS - gone));
        let new = farm.stats().sessions - sessions;
        let expected = reloaded.received_anew + reloaded.added;
        assert_eq!(
            usize::try_from(new).unwrap(),
            expected,
            "{what}: who is not concerned keeps its session"
        );
    }
    live.stop().unwrap();
    assert!(view.metrics.balanced());
}

//! Vision workers in processes of their own, and a camera whose pictures they do not survive: its neighbours lose nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects"
)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_case::{CaseFilter, CaseReader};
use curbwatch_config::Config;
use curbwatch_engine::{Live, View, VisionProgram, WorkerEnd};
use curbwatch_lab::farm::{Farm, FarmOptions, open_all};
use curbwatch_types::{CameraState, Clock, DropReason, SystemClock};
use support::{make_street, skipped};

/// Patience with a slow machine; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(180);
/// Looks that a worker does not survive before their camera is set aside.
const STRIKES: u64 = 3;

fn configuration(folder: &Path, urls: &[String], more: &str) -> Config {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models/blob.toml");
    let mut text = format!(
        "[store]\ndirectory = \"data\"\n[inference]\nmodel = {:?}\nworkers = 1\nisolation = \"process\"\n{more}\
         [looks]\nlook_every_secs = 0.5\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\n[review]\nillegal_motor_parking = \"auto\"\n",
        model.canonicalize().unwrap().display().to_string(),
    );
    for (n, url) in urls.iter().enumerate() {
        write!(
            text,
            "[[cameras]]\nid = \"c{n}\"\nurl = {url:?}\n[[zones]]\ncamera = \"c{n}\"\nid = \"kerb\"\n\
             kind = \"no_parking\"\ndwell_secs = 10\npolygon = [[0.05, 0.05], [0.95, 0.05], [0.95, 0.95], [0.05, 0.95]]\n"
        )
        .unwrap();
    }
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, text).unwrap();
    curbwatch_config::load(&file, &|_: &str| None).unwrap_or_else(|problems| panic!("{problems}"))
}

fn wait_for(what: &str, view: &View, mut done: impl FnMut() -> bool) {
    let clock = SystemClock::new();
    while !done() {
        let text = view.metrics.text().unwrap();
        assert!(clock.monotonic().0 < PATIENCE, "no {what}\n{text}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Children of this process: nobody else here starts any.
fn children() -> Vec<PathBuf> {
    let parent = format!("PPid:\t{}\n", std::process::id());
    let is_ours = |folder: &PathBuf| {
        std::fs::read_to_string(folder.join("status")).is_ok_and(|status| status.contains(&parent))
    };
    let all = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    all.map(|entry| entry.path()).filter(is_ours).collect()
}

#[test]
fn a_camera_whose_pictures_end_workers_costs_its_neighbours_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("standing.mp4");
    if !make_street(&clip, "libx264", true) {
        skipped("the ffmpeg program with libx264 is not installed");
        return;
    }
    let network = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    for (does, more, end) in [
        ("--dies-of", "", WorkerEnd::Died),
        ("--hangs-on", "look_secs_max = 2\n", WorkerEnd::Hung),
    ] {
        let farm = FarmOptions::new(3, open_all(std::slice::from_ref(&clip)).unwrap());
        let farm = network.block_on(Farm::start(farm, Arc::clone(&clock))).unwrap();
        let place = folder.path().join(end.name());
        std::fs::create_dir(&place).unwrap();
        let config = configuration(&place, &farm.urls(), more);
        let program = VisionProgram {
            path: env!("CARGO_BIN_EXE_curbwatch-lab").into(),
            arguments: ["vision-worker", does, "c0"].map(Into::into).to_vec(),
        };
        let live = Live::start_with(&config, &clock, 7, &program).unwrap();
        let view = live.view().clone();
        let looks = |camera: usize| view.board.cameras()[camera].looks;
        wait_for("camera set aside", &view, || {
            view.metrics.vision.cameras_set_aside.get() == 1
        });
        // From here on nobody has to be replaced, and the camera's looks are dropped unlooked at.
        let reader = CaseReader::open(&config.store.directory).unwrap();
        let cases = || reader.list(&CaseFilter::default()).unwrap();
        wait_for("two neighbours' cases", &view, || cases().len() >= 2);
        let before = (looks(1), looks(2));
        wait_for("look after that", &view, || {
            looks(1) > before.0 + 4 && looks(2) > before.1 + 4
        });
        wait_for("state that says so", &view, || {
            let camera = &view.board.cameras()[0];
            camera.state == CameraState::NoPicture && camera.why.contains("set aside")
        });
        assert_eq!(children().len(), 1, "one worker");
        live.stop().unwrap();

        let metrics = &view.metrics;
        assert_eq!(metrics.vision.restarts(end).get(), STRIKES, "{does}");
        assert_eq!(metrics.vision.start_failures.get(), 0, "{does}");
        assert_eq!(looks(0), 0, "{does}: it was seen");
        assert_eq!(
            metrics.looks_dropped(DropReason::WorkerDied).get(),
            STRIKES,
            "{does}"
        );
        assert!(metrics.looks_dropped(DropReason::SetAside).get() > 0, "{does}");
        assert!(
            metrics.balanced() && metrics.looks_outstanding.get() == 0,
            "{does}"
        );
        let of: Vec<String> = cases().iter().map(|case| case.camera.to_string()).collect();
        assert!(
            of.len() == 2 && of.contains(&"c1".to_owned()) && of.contains(&"c2".to_owned()),
            "{of:?}"
        );
        assert_eq!(
            children(),
            Vec::<PathBuf>::new(),
            "{does}: a child is left behind"
        );
        assert!(
            metrics.stage_cpu_micros(curbwatch_engine::Stage::Decode).get() > 0,
            "{does}"
        );
    }
}

//! Cameras without keyframes through the whole engine: gradual refresh, joined in mid-wave, to looks, a case and its evidence;
//! and the camera for which there is no place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it expects, and what is skipped"
)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_case::{CaseFilter, CaseReader, CoverageFilter, LedgerReader, verify_evidence};
use curbwatch_config::Config;
use curbwatch_engine::{Live, Stage, View};
use curbwatch_lab::fakecam::{Fakecam, FakecamOptions};
use curbwatch_lab::farm::Quirks;
use curbwatch_types::{BBox, BlindCause, CameraId, CameraState, Clock, DropReason, SystemClock};
use support::servers::start_refresh;
use support::{draw_street, shared_folder, skipped};

/// Patience with a slow machine; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(180);
/// Waves of two seconds, and no keyframe after the first.
const REFRESH: [&str; 4] = [
    "-c:v",
    "libx264",
    "-x264-params",
    "intra-refresh=1:keyint=20:bframes=0:scenecut=0",
];

/// Cameras are called by their place in `cameras`; one without a URL is left out.
fn configuration(folder: &Path, cameras: &[(&str, &str)], looks: &str) -> Config {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models/blob.toml");
    let mut text = format!(
        "[store]\ndirectory = \"data\"\n[inference]\nmodel = \"{}\"\nworkers = 1\n[looks]\nlook_every_secs = 0.5\n{looks}\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\n[review]\nillegal_motor_parking = \"auto\"\n",
        model.canonicalize().unwrap().display(),
    );
    for (n, (url, pictures)) in cameras.iter().enumerate().filter(|(_, (url, _))| !url.is_empty()) {
        write!(
            text,
            "[[cameras]]\nid = \"c{n}\"\nurl = {url:?}\npictures = \"{pictures}\"\n[[zones]]\ncamera = \"c{n}\"\n\
             id = \"kerb\"\nkind = \"no_parking\"\ndwell_secs = 10\n\
             polygon = [[0.05, 0.05], [0.95, 0.05], [0.95, 0.95], [0.05, 0.95]]\n"
        )
        .unwrap();
    }
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, text).unwrap();
    curbwatch_config::load(&file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"))
}

fn wait_for(what: &str, view: &View, mut done: impl FnMut() -> bool) {
    let mut waited = Duration::ZERO;
    while !done() {
        assert!(
            waited < PATIENCE,
            "no {what} in time; {:#?}\n{}",
            view.board.cameras(),
            view.metrics.text().unwrap()
        );
        std::thread::sleep(Duration::from_millis(100));
        waited += Duration::from_millis(100);
    }
}

fn network() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// A street of gradual refresh; `None`, with a word, where it cannot be made.
fn street(folder: &Path, secs: u32) -> Option<PathBuf> {
    let clip = folder.join("refresh.mp4");
    if draw_street(&clip, secs, true, &REFRESH) {
        return Some(clip);
    }
    skipped("the ffmpeg program with libx264 is not installed");
    None
}

#[test]
fn a_camera_that_never_sends_a_keyframe_has_its_case_and_the_next_has_no_place() {
    let folder = tempfile::tempdir().unwrap();
    let Some(clip) = street(folder.path(), 30) else {
        return;
    };
    let network = network();
    let quirks = Quirks::parse("no-keyframes starts-midway,secs=1").unwrap();
    let mut options = FakecamOptions::new(vec![clip], quirks);
    options.cameras = 2;
    let cameras = network
        .block_on(Fakecam::start(&options, Arc::new(SystemClock::new())))
        .unwrap();
    let urls = cameras.urls();
    let roster = [(urls[0].as_str(), "all"), (urls[1].as_str(), "auto")];
    let config = configuration(folder.path(), &roster, "flow_cameras_max = 1");

    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let live = Live::start(&config, &clock, 7).unwrap();
    let view = live.view().clone();
    let reader = CaseReader::open(&config.store.directory).unwrap();
    let cases = || reader.list(&CaseFilter::default()).unwrap();
    wait_for("case", &view, || !cases().is_empty());
    let without = |view: &View| view.board.camera("c1").unwrap();
    wait_for("word of the camera without a place", &view, || {
        without(&view).state == CameraState::NoPicture && without(&view).why.contains("flow_cameras_max")
    });
    let with = view.board.camera("c0").unwrap();
    assert!(
        with.state == CameraState::Live || with.state == CameraState::Tainted,
        "{with:#?}"
    );
    assert_eq!(view.metrics.flow.cameras.get(), 1);
    assert!(view.metrics.stage_cpu_micros(Stage::Flow).get() > 0);
    let drained = live.stop().unwrap();
    assert_eq!((drained.uncommitted, without(&view).looks), (0, 0));
    assert!(view.metrics.balanced(), "{}", view.metrics.text().unwrap());
    assert_eq!(view.metrics.looks_dropped(DropReason::Undecodable).get(), 0);

    let cases = cases();
    assert_eq!((cases.len(), cases[0].camera.as_str()), (1, "c0"));
    let truth = BBox::new(260.0 / 640.0, 200.0 / 360.0, 96.0 / 640.0, 64.0 / 360.0);
    assert!(cases[0].bbox.iou(&truth) >= 0.5, "{:?}", cases[0].bbox);
    let evidence = cases[0].evidence.as_ref().expect("a case has evidence");
    let evidence = config.store.directory.join(evidence);
    assert!(verify_evidence(&evidence).unwrap().wrong.is_empty());
    assert!(evidence.join("clean.jpg").is_file() && evidence.join("earlier.jpg").is_file());
    assert_eq!(view.metrics.evidence_failures.get(), 0);
}

/// So many cameras of gradual refresh, their URLs, and the runtime they live in; `None`, with a word, where there is no encoder.
fn without_keyframes(
    folder: &Path,
    cameras: usize,
) -> Option<(tokio::runtime::Runtime, Fakecam, Vec<String>)> {
    let clip = street(folder, 30)?;
    let network = network();
    let quirks = Quirks::parse("no-keyframes starts-midway,secs=1").unwrap();
    let mut options = FakecamOptions::new(vec![clip], quirks);
    options.cameras = cameras;
    let started = Fakecam::start(&options, Arc::new(SystemClock::new()));
    let fakecam = network.block_on(started).unwrap();
    let urls = fakecam.urls();
    Some((network, fakecam, urls))
}

/// Cameras without a picture whose operator is told about `word`.
fn told(view: &View, word: &str) -> Vec<String> {
    let cameras = view.board.cameras().into_iter();
    cameras
        .filter(|camera| camera.state == CameraState::NoPicture && camera.why.contains(word))
        .map(|camera| camera.camera.to_string())
        .collect()
}

/// Whether a camera is blind now, by the ledger's word.
fn is_blind(config: &Config, camera: &str) -> bool {
    let filter = CoverageFilter {
        camera: Some(CameraId::new(camera).unwrap()),
        ..CoverageFilter::default()
    };
    let ledger = LedgerReader::open(&config.store.directory).unwrap();
    let coverage = ledger.coverage(&filter).unwrap();
    let mut intervals = coverage.iter().flat_map(|camera| &camera.intervals);
    intervals.any(|interval| interval.open && interval.cause == BlindCause::NoPicture)
}

#[test]
fn the_fifth_camera_waits_for_a_place_and_takes_the_one_that_gets_free() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_network, _cameras, urls)) = without_keyframes(folder.path(), 5) else {
        return;
    };
    let mut roster: Vec<(&str, &str)> = urls.iter().map(|url| (url.as_str(), "all")).collect();
    // As many places as there are by default: four.
    let config = configuration(folder.path(), &roster, "");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let mut live = Live::start(&config, &clock, 7).unwrap();
    let view = live.view().clone();
    let status = |name: &str| view.board.camera(name).unwrap();
    wait_for("four places taken, and a word of the fifth", &view, || {
        told(&view, "all 4 places").len() == 1 && view.metrics.flow.cameras.get() == 4
    });
    let fifth = told(&view, "all 4 places").remove(0);
    assert!(
        status(&fifth).why.contains("no keyframe came for 30 s"),
        "{:#?}",
        status(&fifth)
    );
    assert_eq!(status(&fifth).looks, 0);
    wait_for("a blind interval of the fifth", &view, || {
        is_blind(&config, &fifth)
    });

    // One with a place is taken out of the configuration.
    let gone = (0..5).find(|n| format!("c{n}") != fifth).unwrap();
    let url = std::mem::take(&mut roster[gone].0);
    let reloaded = live.reload(configuration(folder.path(), &roster, "")).unwrap();
    assert_eq!(reloaded.removed, 1, "{reloaded:?}");
    wait_for("looks of the fifth", &view, || status(&fifth).looks >= 3);
    wait_for("a live fifth", &view, || {
        let status = status(&fifth);
        status.state == CameraState::Live && status.why.contains("every picture is decoded")
    });
    wait_for("an end of the blind interval", &view, || {
        !is_blind(&config, &fifth)
    });

    // It comes back, and now it is the one too many.
    roster[gone].0 = url;
    let reloaded = live.reload(configuration(folder.path(), &roster, "")).unwrap();
    assert_eq!(reloaded.added, 1, "{reloaded:?}");
    wait_for("a word of the one that came back", &view, || {
        told(&view, "all 4 places") == [format!("c{gone}")]
    });
    assert_eq!(view.metrics.flow.cameras.get(), 4);
    live.stop().unwrap();
    assert!(view.metrics.balanced(), "{}", view.metrics.text().unwrap());
}

#[test]
fn a_camera_that_costs_too_much_loses_its_place_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_network, _cameras, urls)) = without_keyframes(folder.path(), 6) else {
        return;
    };
    let roster: Vec<(&str, &str)> = urls.iter().map(|url| (url.as_str(), "all")).collect();
    // Six of them cost several times as much.
    let config = configuration(
        folder.path(),
        &roster,
        "flow_cameras_max = 6\nflow_cpu_max = 0.05",
    );
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let live = Live::start(&config, &clock, 7).unwrap();
    let view = live.view().clone();
    wait_for("a word of one that was too dear", &view, || {
        !told(&view, "flow_cpu_max").is_empty()
    });
    let loser = told(&view, "flow_cpu_max").remove(0);
    let status = view.board.camera(&loser).unwrap();
    assert!(
        status.why.contains("of a core") && status.why.contains("no keyframe came for 30 s"),
        "{status:#?}"
    );
    assert!(status.looks > 0, "it had a place: {status:#?}");
    assert!(view.metrics.flow.cameras.get() < 6);
    live.stop().unwrap();
    assert!(view.metrics.balanced(), "{}", view.metrics.text().unwrap());
}

#[test]
fn gstreamers_gradual_refresh_joined_in_mid_wave() {
    let folder = shared_folder();
    // Longer than all patience: it plays once.
    let Some(clip) = street(folder.path(), 240) else {
        return;
    };
    let Some((_peer, url)) = start_refresh(&clip) else {
        return;
    };
    // Somebody else watches already, and keeps the stream running.
    let network = network();
    let first = support::source(
        "first",
        &url,
        None,
        curbwatch_ingest::Transport::Tcp,
        curbwatch_ingest::Mode::AllFrames,
    );
    let (begun, joined) = std::sync::mpsc::sync_channel(1);
    network.spawn(support::receive(first, PATIENCE * 2, move |received| {
        if received.units.len() == 33 {
            let _gone = begun.try_send(received.keyframes());
        }
        false
    }));
    let keyframes = joined
        .recv_timeout(PATIENCE)
        .expect("the first client has pictures");
    assert_eq!(keyframes, 1, "the clip has one keyframe, at its beginning");

    let config = configuration(folder.path(), &[(&url, "auto")], "");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let live = Live::start(&config, &clock, 7).unwrap();
    let view = live.view().clone();
    wait_for("looks", &view, || view.metrics.looks_observed.get() >= 20);
    let camera = view.board.camera("c0").unwrap();
    assert_eq!(camera.state, CameraState::Live, "{camera:#?}");
    assert!(camera.why.contains("every picture is decoded"), "{camera:#?}");
    assert_eq!(view.metrics.looks_dropped(DropReason::Undecodable).get(), 0);
    live.stop().unwrap();
    assert!(view.metrics.balanced());
}

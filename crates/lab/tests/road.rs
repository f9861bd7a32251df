//! The whole road, once: farm -> RTSP -> engine -> case with evidence -> JSON line, and again after a
//! restart. Real sockets, real decoding, a real (if simple) network; clips made on the spot.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it expects, and what is skipped"
)]

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_case::{CaseFilter, CaseReader, verify_evidence};
use curbwatch_config::Config;
use curbwatch_engine::{Live, View};
use curbwatch_lab::farm::{Farm, FarmOptions, open_all};
use curbwatch_types::{Clock, IncidentChange, SystemClock};
use support::make_street;

/// Patience with a slow machine; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(120);

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn configuration(folder: &Path, urls: &[String]) -> PathBuf {
    let model = repository()
        .join("fixtures/models/blob.toml")
        .canonicalize()
        .unwrap();
    let mut text = format!(
        "[store]\ndirectory = \"data\"\n[inference]\nmodel = \"{}\"\nworkers = 1\n[looks]\nlook_every_secs = 0.5\n\
         [rules.illegal_motor_parking]\nstationary_secs = 5\n[review]\nillegal_motor_parking = \"auto\"\n\
         [[sinks.jsonl]]\nname = \"file\"\npath = \"cases.jsonl\"\n",
        model.display(),
    );
    for (n, url) in urls.iter().enumerate() {
        write!(
            text,
            "[[cameras]]\nid = \"c{n}\"\nurl = {url:?}\n[[zones]]\ncamera = \"c{n}\"\nview = \"main\"\nid = \"kerb\"\n\
             kind = \"no_parking\"\ndwell_secs = 10\npolygon = [[0.05, 0.05], [0.95, 0.05], [0.95, 0.95], [0.05, 0.95]]\n"
        )
        .unwrap();
    }
    let file = folder.join("curbwatch.toml");
    std::fs::write(&file, text).unwrap();
    file
}

fn wait_for(what: &str, view: &View, mut done: impl FnMut() -> bool) {
    let mut waited = Duration::ZERO;
    while !done() {
        assert!(
            waited < PATIENCE,
            "no {what} in time; {:#?}",
            view.board.cameras()
        );
        std::thread::sleep(Duration::from_millis(100));
        waited += Duration::from_millis(100);
    }
}

fn balanced_at_rest(view: &View) {
    assert_eq!(
        view.metrics.looks_outstanding.get(),
        0,
        "nothing is under way after a stop"
    );
    assert!(
        view.metrics.balanced(),
        "looks due = observed + dropped:\n{}",
        view.metrics.text().unwrap()
    );
}

#[test]
fn a_standing_block_becomes_one_case_and_stays_one_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (standing, empty) = (
        folder.path().join("standing.mp4"),
        folder.path().join("empty.mp4"),
    );
    if !(make_street(&standing, "libx264", true) && make_street(&empty, "libx265", false)) {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: the ffmpeg command with libx264 and libx265 is not installed"
        );
        return;
    }
    let network = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let options = FarmOptions::new(2, open_all(&[standing, empty]).unwrap());
    let farm = network
        .block_on(Farm::start(options, Arc::new(SystemClock::new())))
        .unwrap();
    let file = configuration(folder.path(), &farm.urls());
    let config = curbwatch_config::load(&file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"));

    let first = run_until(&config, |reader| {
        !reader.list(&CaseFilter::default()).unwrap().is_empty()
    });
    let reader = CaseReader::open(&config.store.directory).unwrap();
    let cases = reader.list(&CaseFilter::default()).unwrap();
    assert_eq!(cases.len(), 1, "one block, one case; the empty street has none");
    assert_eq!(cases[0].camera.as_str(), "c0");
    assert_eq!(cases[0].state, IncidentChange::Opened);
    let truth = curbwatch_types::BBox::new(260.0 / 640.0, 200.0 / 360.0, 96.0 / 640.0, 64.0 / 360.0);
    assert!(
        cases[0].bbox.iou(&truth) >= 0.5,
        "{:?} is not where the block stands",
        cases[0].bbox
    );
    let evidence = config
        .store
        .directory
        .join(cases[0].evidence.as_ref().expect("a case has evidence"));
    assert!(verify_evidence(&evidence).unwrap().wrong.is_empty());
    for picture in [
        "clean.jpg",
        "marked.jpg",
        "closeup.jpg",
        "earlier.jpg",
        "manifest.json",
    ] {
        assert!(evidence.join(picture).is_file(), "{picture} is missing");
    }
    balanced_at_rest(&first);
    wait_for("TEARDOWN of every session", &first, || farm.stats().playing == 0);

    // The block still stands: after a restart it is the same case, however long it is looked at.
    let second = run_until(&config, |_| false);
    assert_eq!(
        reader.list(&CaseFilter::default()).unwrap().len(),
        1,
        "a restart makes no second case"
    );
    balanced_at_rest(&second);
    let rows = std::fs::read_to_string(&config.sinks.jsonl[0].path).unwrap();
    let opened: Vec<&str> = rows
        .lines()
        .filter(|row| row.contains("\"state\":\"opened\""))
        .collect();
    assert_eq!(opened.len(), 1, "{rows}");
    assert!(opened[0].contains("\"class\":\"illegal_motor_parking\""));
}

/// Runs the engine until `done`, or until a hundred looks were observed; then stops it.
fn run_until(config: &Config, done: impl Fn(&CaseReader) -> bool) -> View {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let live = Live::start(config, &clock, 7).unwrap();
    let view = live.view().clone();
    let reader = CaseReader::open(&config.store.directory).unwrap();
    wait_for("look or case", &view, || {
        done(&reader) || view.metrics.looks_observed.get() >= 100
    });
    let drained = live.stop().unwrap();
    assert_eq!(drained.uncommitted, 0);
    assert_eq!(drained.undelivered, 0);
    view
}

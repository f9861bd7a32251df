//! How many changes a second the store takes, one by one and in groups; what evidence costs; how fast
//! the JSON lines sink is. `cargo run --release -p curbwatch-case --example commit_rate [FOLDER]`;
//! the folder decides which disk is measured.
#![expect(clippy::print_stdout, reason = "its purpose is to print")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_case::{
    CaseChange, Courier, Gate, Options, ShotPicture, ShotRole, SinkOptions, Store, write_evidence,
};
use curbwatch_types::{
    BBox, CameraId, CapturedAt, Clock, Incident, IncidentChange, Measured, Picture, Plane, ResolvedRule,
    Score, SystemClock, ViewId, ViolationClass, Wall, ZoneId,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let base = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, Into::into);
    let place = tempfile::tempdir_in(base)?;
    let clock = SystemClock::new();
    println!("rows in a commit | commits | rows/s | ms a commit");
    for group in [1_usize, 4, 16, 64, 256, 1024] {
        let directory = place.path().join(group.to_string());
        let options = with_lines(&directory);
        let mut store = Store::open(&options)?;
        let commits = (2048 / group).clamp(8, 300);
        let batches: Vec<Vec<CaseChange>> = (0..commits)
            .map(|c| {
                (0..group)
                    .map(|i| change(c * group + i))
                    .collect::<Result<_, _>>()
            })
            .collect::<Result<_, _>>()?;
        let started = clock.monotonic();
        for batch in &batches {
            store.commit(batch)?;
        }
        let took = clock.monotonic().since(started);
        let rows = commits * group;
        let waiting = store.outbox()?.pending;
        if waiting != rows as u64 {
            return Err(format!("{rows} rows were committed, the outbox holds {waiting}").into());
        }
        println!(
            "{group:16} | {commits:7} | {:6.0} | {:.2}",
            rows as f64 / took.as_secs_f64(),
            took.as_secs_f64() * 1e3 / commits as f64
        );
        if group == 1024 {
            deliver(&options, &clock, rows)?;
        }
    }
    for (width, height) in [(640, 360), (1280, 720), (1920, 1080)] {
        evidence(place.path(), &clock, width, height)?;
    }
    Ok(())
}

fn with_lines(directory: &Path) -> Options {
    let mut options = Options::new(directory);
    options.sinks = vec![SinkOptions::JsonLines {
        name: "lines".into(),
        path: directory.join("cases.jsonl"),
    }];
    options
}

fn deliver(options: &Options, clock: &SystemClock, rows: usize) -> Result<(), Failure> {
    let mut courier = Courier::open(options)?;
    let started = clock.monotonic();
    while courier.deliver_due(clock.wall())?.next_due.is_some() {}
    let took = clock.monotonic().since(started);
    let lines = std::fs::read_to_string(options.directory.join("cases.jsonl"))?
        .lines()
        .count();
    if lines != rows {
        return Err(format!("{rows} rows were delivered, the file holds {lines}").into());
    }
    println!(
        "JSON lines: {:.0} rows/s in batches of 256",
        rows as f64 / took.as_secs_f64()
    );
    Ok(())
}

fn evidence(place: &Path, clock: &SystemClock, width: usize, height: usize) -> Result<(), Failure> {
    const ROUNDS: usize = 10;
    let picture = textured(width, height);
    let mut took = Duration::ZERO;
    let mut bytes = 0;
    for i in 0..ROUNDS {
        let incident = change(i)?.incident;
        let shot = |role| ShotPicture {
            picture: &picture,
            bbox: incident.bbox,
            captured_at: incident.last_seen,
            role,
        };
        let started = clock.monotonic();
        let set = write_evidence(
            place,
            &incident,
            &[shot(ShotRole::Earlier), shot(ShotRole::Latest)],
        )?;
        took += clock.monotonic().since(started);
        bytes = set.files.iter().map(|f| f.bytes).sum();
    }
    let ms = took.as_secs_f64() * 1e3 / ROUNDS as f64;
    println!(
        "evidence {width}x{height}: {ms:.0} ms, 4 pictures, {} KiB",
        bytes / 1024
    );
    Ok(())
}

/// Gradients with some noise: about as hard for JPEG as a street.
fn textured(width: usize, height: usize) -> Picture {
    let mut chance = fastrand::Rng::with_seed(1);
    let mut plane = |width: usize, height: usize, noise: u8| Plane {
        width,
        height,
        stride: width,
        samples: (0..width * height)
            .map(|i| ((i % width) * 128 / width + (i / width) * 64 / height) as u8 + 32 + chance.u8(0..noise))
            .collect(),
    };
    let (y, u, v) = (
        plane(width, height, 16),
        plane(width / 2, height / 2, 4),
        plane(width / 2, height / 2, 4),
    );
    Picture {
        width,
        height,
        y,
        u,
        v,
        ..Picture::default()
    }
}

fn change(n: usize) -> Result<CaseChange, Failure> {
    let at = CapturedAt {
        at: Wall(1_489_053_735_215 + n as i64),
        uncertainty_ms: 250,
    };
    let incident = Incident {
        key: Arc::from(format!("{n:016x}")),
        change: IncidentChange::Opened,
        class: ViolationClass::IllegalMotorParking,
        camera: CameraId::new("34020000001320000001")?,
        view: ViewId::new("base")?,
        zone: ZoneId::new("kerb-1")?,
        bbox: BBox::new(0.1, 0.3, 0.25, 0.2),
        first_seen: at,
        due: at.at,
        last_seen: at,
        decided_at: at,
        present_looks: 3,
        best_score: Score::new(0.87),
        rule: ResolvedRule {
            stationary_secs: 20,
            dwell_secs: 300,
            min_score: 0.35,
            present_looks_min: 2,
            ..ResolvedRule::default()
        },
        model: Arc::from("nanodet-plus@1234abcd"),
        shots: Vec::new(),
        supersedes: None,
        also: Vec::new(),
        ground: None,
        witnesses: Vec::new(),
    };
    Ok(CaseChange {
        incident,
        evidence: None,
        emitted_at: at.at,
        appearance: None,
        measured: Measured::Real,
        gate: Gate::Open,
    })
}

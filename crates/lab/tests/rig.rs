//! The fault cases through the real engine: healthy cameras keep their cases and looks, the faulted one
//! does what its row says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects"
)]

mod support;

use std::path::Path;
use std::time::Duration;

use curbwatch_lab::rig::{FAULTS, Fault, FaultRow, Outcome, RigOptions, draw, judge, run};

use support::skipped;

/// How long a run may take; nothing is concluded from how much of it was used.
const PATIENCE: Duration = Duration::from_secs(180);

fn options(folder: &Path, healthy: usize, row: Option<&FaultRow>, watch_secs: u64) -> RigOptions {
    RigOptions {
        healthy,
        fault: row.map(|row| row.fault),
        watch: Duration::from_secs(watch_secs),
        patience: PATIENCE,
        look_every_secs: if healthy > 8 { 2.0 } else { 1.0 },
        model: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models/blob.toml"),
        folder: folder.join(row.map_or("without", |row| row.name)),
        seed: 5,
    }
}

fn hold(healthy: usize, watch_secs: u64, faults: impl Fn(Fault) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let Ok(clips) = draw(folder.path()) else {
        skipped("the ffmpeg command with libx264 is not installed");
        return;
    };
    let one = |row| {
        let options = options(folder.path(), healthy, row, watch_secs);
        let outcome: Outcome = run(&options, &clips).unwrap();
        (options, outcome)
    };
    let (plain_options, plain) = one(None);
    assert_eq!(
        judge(&plain_options, &plain, &plain),
        Vec::<String>::new(),
        "{plain:?}"
    );
    assert_eq!(
        plain.faulted_cases, 1,
        "the other camera is healthy without a fault"
    );
    let mut failed = Vec::new();
    for row in FAULTS.iter().filter(|row| faults(row.fault)) {
        let (options, outcome) = one(Some(row));
        let wrong = judge(&options, &outcome, &plain);
        if !wrong.is_empty() {
            failed.push(format!("{} ({}): {}", row.name, row.number, wrong.join("; ")));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A silent camera and one behind a losing network: the two whose trouble lasts.
#[test]
fn three_neighbours_of_a_faulted_camera_lose_nothing() {
    hold(3, 14, |fault| matches!(fault, Fault::HalfOpen | Fault::UdpLoss));
}

#[test]
#[ignore = "slow: a quarter of an hour; run by `cargo xtask slow`"]
fn thirty_one_neighbours_of_each_fault_lose_nothing() {
    hold(31, 60, |_| true);
}

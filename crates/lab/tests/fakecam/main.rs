//! Every quirk of the catalogue against our client: what it does wrong, and what must come of it. One
//! row for each; all rows run side by side over loopback, each until it has seen what it wants.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod rows;
mod watch;

use std::sync::Arc;

use curbwatch_lab::farm::{CATALOGUE, Quirks};
use tokio::task::JoinSet;

use rows::rows;
use watch::{Clips, watch};

#[test]
fn every_quirk_has_a_row() {
    let rows = rows();
    for entry in CATALOGUE {
        let named = rows
            .iter()
            .any(|row| Quirks::parse(row.quirks).expect("quirks").has(entry.quirk));
        assert!(named, "no row has {}", entry.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_quirk_has_its_outcome() {
    let Some(clips) = Clips::make().await else {
        println!("skipped: the ffmpeg command with libx264 and libx265 is not installed");
        return;
    };
    let clips = Arc::new(clips);
    let mut running: JoinSet<Result<String, String>> = JoinSet::new();
    // One quirk alone may be asked for while it is being mended: QUIRK=half-open cargo test ...
    let only = std::env::var("QUIRK").ok();
    for row in rows() {
        if only
            .as_ref()
            .is_none_or(|only| row.quirks.contains(only.as_str()))
        {
            let clips = Arc::clone(&clips);
            running.spawn(async move { watch(&row, &clips).await });
        }
    }
    let mut failed = Vec::new();
    while let Some(done) = running.join_next().await {
        match done.expect("a row ends") {
            Ok(seen) => println!("{seen}"),
            Err(why) => failed.push(why),
        }
    }
    assert!(
        failed.is_empty(),
        "{} rows failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

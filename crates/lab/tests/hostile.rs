//! Hostile peers are refused within a second and at less than 4 MiB.
//!
//! One test in a program of its own: memory is measured for the whole process, the hostile server
//! included.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

mod support;

use std::time::Duration;

use curbwatch_ingest::{Mode, Transport};
use curbwatch_lab::hostile::{HostileServer, Hostility};
use curbwatch_types::{Clock, SystemClock};
use support::{receive, source};

/// What `ingest` promises.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);
const GROWTH_MAX_BYTES: u64 = 4 << 20;

/// The largest resident size of this process since the last reset.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .expect("a line");
    let kilobytes: u64 = line
        .trim()
        .trim_end_matches("kB")
        .trim()
        .parse()
        .expect("a number");
    kilobytes << 10
}

/// Sets the peak back to the size of now (proc(5), `clear_refs`).
fn reset_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("own process");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_peers_are_refused_soon_and_cheaply() {
    let clock = SystemClock::new();
    // Once without measuring: the runtime, the allocator and the code itself come into memory.
    attempt(Hostility::EndlessHeaders, Mode::Keyframes).await;
    // The instrument sees what it has to see.
    reset_peak();
    let before = peak_bytes();
    drop(std::hint::black_box(vec![1_u8; 2 * GROWTH_MAX_BYTES as usize]));
    assert!(peak_bytes() - before > GROWTH_MAX_BYTES, "the peak is measured");

    let mut late = Vec::new();
    for (hostility, name) in Hostility::NAMES {
        for mode in [Mode::Keyframes, Mode::AllFrames] {
            reset_peak();
            let (before, began) = (peak_bytes(), clock.monotonic());
            let failure = attempt(hostility, mode).await;
            let took = clock.monotonic().since(began);
            let grown = peak_bytes() - before;
            println!(
                "{name}, {mode:?}: {} ms, {} KiB, {failure}",
                took.as_millis(),
                grown >> 10
            );
            assert!(grown < GROWTH_MAX_BYTES, "{name}, {mode:?}: {grown} bytes");
            if took > REFUSED_WITHIN {
                late.push(format!("{name}, {mode:?}: {took:?}"));
            }
        }
    }
    assert!(late.is_empty(), "{late:?}");
}

/// One attempt; the failure it ended with.
async fn attempt(hostility: Hostility, mode: Mode) -> String {
    let server = HostileServer::start(hostility).await.expect("loopback");
    let source = source("trap", &server.url(), None, Transport::Tcp, mode);
    let mut received = receive(source, Duration::from_secs(20), |r| !r.failures.is_empty()).await;
    assert!(received.units.is_empty(), "{hostility:?} makes no picture");
    assert_eq!(
        received.failures.len(),
        1,
        "{hostility:?} is refused: {:?}",
        received.failures
    );
    received.failures.remove(0)
}

//! A district as a whole: it reboots and comes back within its budgets, its neighbours notice nothing, and
//! cameras that are dead cost next to nothing.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what was measured"
)]

use std::sync::Arc;
use std::time::Duration;

use curbwatch_lab::Error;
use curbwatch_lab::fleet::{District, Fleet, RebootOptions, cpu_time, dead, reboot};
use curbwatch_types::{Clock, SystemClock};

/// Patience with a loaded machine; only the slow tests conclude anything from time.
const PATIENCE: Duration = Duration::from_mins(10);

#[test]
fn a_district_that_reboots_comes_back_within_its_budget() {
    let back = back(24, 96, 0);
    println!("96 cameras were back after {back:?}");
}

#[test]
#[ignore = "slow: five minutes; run by `cargo xtask slow`"]
fn a_district_of_1160_is_back_within_90_seconds() {
    let back = back(40, 1160, 200);
    println!("1160 cameras were back after {back:?}, 200 dead ones beside them");
    assert!(back <= Duration::from_secs(90), "{back:?}");
}

#[test]
#[ignore = "slow: two minutes; run by `cargo xtask slow`"]
fn two_hundred_dead_cameras_cost_little() {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (silent, urls) = dead(200).expect("ports");
    runtime().block_on(async {
        let district = District::default();
        let options = district.options(Duration::from_secs(5));
        let fleet = Fleet::start(&urls, &options, &clock, 3).expect("a fleet");
        let (begun, before) = (clock.monotonic(), cpu_time());
        tokio::time::sleep(Duration::from_secs(100)).await;
        let share =
            cpu_time().saturating_sub(before).as_secs_f64() / clock.monotonic().since(begun).as_secs_f64();
        let sums = fleet.sums();
        println!(
            "200 dead cameras: {:.3} % of a core, {} dials in 100 s, {} at a time",
            share * 100.0,
            sums.failures,
            district.all.most()
        );
        assert!(sums.failures >= 200 && sums.live == 0, "{sums:?}");
        assert!(share < 0.05, "{share}");
        fleet.stop().await;
    });
    drop(silent);
}

/// How long it took until all of a district were live again, beside healthy neighbours and dead ones.
fn back(healthy: usize, returning: usize, dead: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let options = RebootOptions {
        healthy,
        returning,
        dead,
        patience: PATIENCE,
        folder: folder.path().to_owned(),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    match runtime().block_on(reboot(&options, &clock)) {
        Ok(rebooted) => {
            println!("{rebooted:?}");
            assert_eq!(rebooted.wrong(), Vec::<String>::new());
            rebooted.back
        }
        Err(Error::Encoder(why)) => {
            println!("skipped: {why}");
            Duration::ZERO
        }
        Err(other) => panic!("{other}"),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

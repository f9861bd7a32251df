//! A district as a whole: it reboots and comes back within its budgets, its neighbours notice nothing, and
//! cameras that are dead cost next to nothing.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what was measured"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_lab::farm::{Farm, FarmOptions, Track, open_all};
use curbwatch_lab::fleet::{District, Fleet, cpu_time};
use curbwatch_types::{Clock, Monotonic, SystemClock};

/// Patience with a loaded machine; only the slow tests conclude anything from time.
const PATIENCE: Duration = Duration::from_mins(10);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

#[test]
fn a_district_that_reboots_comes_back_within_its_budget() {
    let back = reboot(24, 96, 0);
    println!("96 cameras were back after {back:?}");
}

#[test]
#[ignore = "slow: five minutes; run by `cargo xtask slow`"]
fn a_district_of_1160_is_back_within_90_seconds() {
    let back = reboot(40, 1160, 200);
    println!("1160 cameras were back after {back:?}, 200 dead ones beside them");
    assert!(back <= Duration::from_secs(90), "{back:?}");
}

#[test]
#[ignore = "slow: two minutes; run by `cargo xtask slow`"]
fn two_hundred_dead_cameras_cost_little() {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (silent, urls) = dead(200);
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

/// `healthy` cameras stay, `returning` ones lose their platform and get it back, `dead` ones never answer.
/// How long it took until all were live again.
fn reboot(healthy: usize, returning: usize, dead_count: usize) -> Duration {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(tracks) = tracks(folder.path()) else {
        println!("skipped: the ffmpeg command with libx264 is not installed");
        return Duration::ZERO;
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let (silent, dead_urls) = dead(dead_count);
    let back = runtime().block_on(async {
        let start = |cameras, listen: Option<std::net::SocketAddr>| {
            let mut options = FarmOptions::new(cameras, tracks.clone());
            options.listen = listen.unwrap_or(options.listen);
            Farm::start(options, Arc::clone(&clock))
        };
        let steady = start(healthy, None).await.expect("a farm");
        let platform = start(returning, None).await.expect("a farm");
        let (address, urls) = (platform.addr(), platform.urls());

        // One budget for the process; the platform and the rest have their own host's.
        let (ours, theirs) = (District::default(), District::default());
        let theirs = District { all: Arc::clone(&ours.all), dead: Arc::clone(&ours.dead), ..theirs };
        let spread = Duration::from_millis(50) * u32::try_from(returning).expect("few");
        let steady_fleet = Fleet::start(&steady.urls(), &ours.options(Duration::ZERO), &clock, 1).expect("a fleet");
        let fleet = Fleet::start(&urls, &theirs.options(spread), &clock, 2).expect("a fleet");
        let nowhere = District { all: Arc::clone(&ours.all), dead: Arc::clone(&ours.dead), ..District::default() };
        let dead_fleet = Fleet::start(&dead_urls, &nowhere.options(spread), &clock, 4).expect("a fleet");
        until("all are live", &*clock, || steady_fleet.sums().live == healthy && fleet.sums().live == returning).await;

        let before = (steady.stats().frames, steady_fleet.sums());
        drop(platform);
        until("all have noticed", &*clock, || fleet.sums().live == 0).await;
        // Back-off has grown by the time the power is back.
        until("a second attempt of each", &*clock, || {
            fleet.sums().failures >= 2 * returning as u64
        })
        .await;

        let platform = start(returning, Some(address)).await.expect("the same farm again");
        let restored = clock.monotonic();
        let mut handshakes_most = 0;
        until("all are back", &*clock, || {
            let stats = platform.stats();
            handshakes_most = handshakes_most.max(stats.connections.saturating_sub(stats.playing));
            fleet.sums().live == returning
        })
        .await;
        let back = clock.monotonic().since(restored);

        let after = (steady.stats().frames, steady_fleet.sums());
        let sent = after.0 - before.0;
        // Two pictures a second, every other one a keyframe.
        let wanted = (sent / 2).saturating_sub(healthy as u64);
        let seen = after.1.pictures - before.1.pictures;
        println!(
            "dials at a time: {} of {} on the platform, {} of {} in all; the farm saw {handshakes_most} handshakes at a time; \
             healthy: {seen} pictures of {}; failures {}",
            theirs.host.most(), theirs.host.max(), theirs.all.most(), theirs.all.max(), sent / 2, fleet.sums().failures
        );
        assert!(seen * 100 >= wanted * 99, "healthy cameras lost pictures: {seen} of {wanted}");
        assert_eq!(after.1.sessions, before.1.sessions, "healthy cameras reconnected");
        assert!(theirs.host.most() <= theirs.host.max() && theirs.all.most() <= theirs.all.max());
        assert!(handshakes_most <= theirs.host.max() as u64, "{handshakes_most}");
        for fleet in [steady_fleet, fleet, dead_fleet] {
            fleet.stop().await;
        }
        let (steady, platform) = (steady.stats(), platform.stats());
        assert_eq!((steady.teardowns, platform.teardowns), (healthy as u64, returning as u64), "every exit says goodbye");
        back
    });
    drop(silent);
    back
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Half of them refuse, half accept and then say nothing.
fn dead(count: usize) -> (std::net::TcpListener, Vec<String>) {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let mute = silent.local_addr().expect("an address");
    let closed = {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        port.local_addr().expect("an address")
    };
    let urls = (0..count).map(|n| {
        let address = if n % 2 == 0 { mute } else { closed };
        format!("rtsp://{address}/{n}")
    });
    (silent, urls.collect())
}

async fn until(what: &str, clock: &dyn Clock, mut holds: impl FnMut() -> bool) {
    let begun: Monotonic = clock.monotonic();
    while !holds() {
        assert!(clock.monotonic().since(begun) < PATIENCE, "not in time: {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A tiny street: two pictures a second, every other one a keyframe.
fn tracks(folder: &Path) -> Option<Vec<Arc<Track>>> {
    let clip: PathBuf = folder.join("tiny.mp4");
    let made = Command::new("ffmpeg")
        .args([
            "-nostdin",
            "-v",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=128x96:r=2:d=8",
        ])
        .args(["-c:v", "libx264", "-g", "2", "-bf", "0", "-pix_fmt", "yuv420p"])
        .arg(&clip)
        .status();
    made.is_ok_and(|status| status.success())
        .then(|| open_all(&[clip]).expect("a clip"))
}

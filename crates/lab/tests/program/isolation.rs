//! `run` with vision workers in processes of their own: what they are given, who may end them, and that none is left behind.

use std::fs;
use std::path::Path;
use std::time::Duration;

use curbwatch_lab::farm::{Account, Challenges};
use rustix::process::{Pid, Signal, kill_process};

use crate::binary::program;
use crate::running::{PATIENCE, Running};
use crate::setting::{Street, configuration, street};
use crate::support::shared_folder;

const PASSWORD: &str = "Sentinel-Pw-4714";

/// The vision workers of a program, by their process ids.
fn workers(of: u32) -> Vec<i32> {
    let parent = format!("PPid:\t{of}\n");
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let status = |pid: &i32| fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    pids.filter(|pid| is_worker(*pid) && status(pid).contains(&parent))
        .collect()
}

fn is_worker(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line == b"curbwatch\0vision-worker\0")
}

fn signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

#[test]
fn vision_workers_know_little_and_end_with_the_program() {
    let folder = shared_folder();
    let folder = folder.path();
    let Some(clip) = street(folder) else { return };
    let account = Account::new("viewer", PASSWORD, Challenges::Digest);
    let street = Street::open(&clip, 1, Some(account));
    let url = street.farm.url(1);
    let keys = "user = \"viewer\"\npassword_env = \"CW_TEST_RIGHT\"";
    let file = configuration(folder, &folder.join("data"), &[("c0", &url, keys)], "");
    let text = fs::read_to_string(&file).unwrap();
    let two = text.replace("workers = 1\n", "workers = 2\nisolation = \"process\"\n");
    assert_ne!(two, text);
    fs::write(&file, two).unwrap();
    let mut running = Running::start(
        program()
            .current_dir(folder)
            .env("CW_TEST_RIGHT", PASSWORD)
            .arg("run"),
    );
    let parent = running.id();
    let first = workers(parent);
    assert_eq!(first.len(), 2);
    for pid in &first {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap();
        let text = String::from_utf8_lossy(&environment);
        assert!(!text.contains("CW_TEST"), "{text}");
    }
    let looks = |running: &Running, more: f64| {
        let before = running.metric("curbwatch_looks_observed_total");
        move |running: &Running| {
            (running.metric("curbwatch_looks_observed_total") > before + more).then_some(())
        }
    };

    // A service manager tells every process to stop, and the parent drains first: they stay.
    for pid in &first {
        signal(*pid, Signal::TERM);
    }
    let more = looks(&running, 4.0);
    running.until("look after SIGTERM", more);
    assert_eq!(workers(parent), first);
    assert!((running.metric("curbwatch_vision_restarts_total")).abs() < f64::EPSILON);

    // One that is killed is replaced, whether it had a look or not.
    signal(first[0], Signal::KILL);
    running.until("another worker", |running| {
        let restarts = running.metric("curbwatch_vision_restarts_total{reason=\"died\"}");
        (restarts >= 1.0 && running.metric("curbwatch_vision_workers") >= 2.0).then_some(())
    });
    let second = workers(parent);
    assert!(
        second.len() == 2 && second.contains(&first[1]) && !second.contains(&first[0]),
        "{second:?}"
    );
    let more = looks(&running, 4.0);
    running.until("look after that", more);
    assert!(
        running.log().contains("another is there after"),
        "{}",
        running.log()
    );

    // Nobody says goodbye to them.
    running.signal(Signal::KILL);
    drop(running);
    let mut waited = Duration::ZERO;
    while second.iter().any(|pid| is_worker(*pid)) {
        assert!(waited < PATIENCE, "{second:?} are left behind");
        std::thread::sleep(Duration::from_millis(20));
        waited += Duration::from_millis(20);
    }
    assert!(Path::new("/proc/self").exists(), "processes can be seen here");
}

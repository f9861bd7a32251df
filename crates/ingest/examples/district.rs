//! Receives keyframes from many cameras in one thread and prints what it cost:
//! `district CAMERAS SECONDS URL...` (URLs are used in turn). The receiving half of a district.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool for a terminal")]

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use curbwatch_ingest::{Backoff, Event, Options, Source, run};
use curbwatch_types::{CameraId, SystemClock};
use tokio_util::sync::CancellationToken;

/// User and system time of this process in seconds, and its memory in KiB.
fn cost() -> (f64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("proc");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    let ticks: f64 = fields[11..13]
        .iter()
        .map(|f| f.parse::<f64>().expect("ticks"))
        .sum();
    let status = std::fs::read_to_string("/proc/self/status").expect("proc");
    let rss = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    (ticks / 100.0, rss.expect("VmRSS"))
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let cameras: usize = args
        .first()
        .and_then(|a| a.parse().ok())
        .expect("usage: district CAMERAS SECONDS URL...");
    let seconds: u64 = args.get(1).and_then(|a| a.parse().ok()).expect("seconds");
    let urls = &args[2..];
    let start = cost();
    let stop = CancellationToken::new();
    let (tell, mut told) = tokio::sync::mpsc::channel::<(u64, u64, u64, u64)>(100_000);
    let mut tasks = Vec::new();
    for n in 0..cameras {
        let backoff = Backoff {
            start_spread: Duration::from_secs(5),
            ..Backoff::default()
        };
        let options = Options {
            backoff,
            ..Options::default()
        };
        let camera = CameraId::new(&format!("c{n}")).expect("an id");
        let source = Source::new(camera, &urls[n % urls.len()], None, options).expect("a source");
        let (stop, tell) = (stop.clone(), tell.clone());
        tasks.push(tokio::spawn(async move {
            let clock = SystemClock::default();
            run(&source, &clock, n as u64, stop, |event| {
                let row = match event {
                    Event::Unit(_) => (1, 0, 0, 0),
                    Event::Received { bytes, packets } => (0, bytes, packets, 0),
                    Event::Failed(_) => (0, 0, 0, 1),
                    _ => return,
                };
                let _ = tell.try_send(row);
            })
            .await;
        }));
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    let total = Rc::new(Cell::new((0u64, 0u64, 0u64, 0u64)));
    while told.try_recv().is_ok() {}
    let before = cost();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let after = cost();
    while let Ok((u, b, p, f)) = told.try_recv() {
        let (a, c, d, e) = total.get();
        total.set((a + u, c + b, d + p, e + f));
    }
    let (units, bytes, packets, failures) = total.get();
    println!(
        "cameras {cameras} seconds {seconds} keyframes {units} packets {packets} megabits_per_second {:.0} failures {failures} \
         cores {:.3} ms_per_camera_second {:.3} rss_per_camera_kib {}",
        bytes as f64 * 8e-6 / seconds as f64,
        (after.0 - before.0) / seconds as f64,
        (after.0 - before.0) * 1000.0 / seconds as f64 / cameras as f64,
        (after.1 - start.1) / cameras as u64,
    );
    stop.cancel();
    for task in tasks {
        let _ = task.await;
    }
}

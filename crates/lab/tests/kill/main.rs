//! `kill -9` of the real program under load, restarted on the same store at once: no committed case
//! lost, none doubled at the consumer, one violation one case.
//!
//! A farm of cameras shows blocks that come, stand and go on a known timetable; the program watches
//! them, keeps cases, and delivers to a JSON lines file and to a consumer that is slow, rude and gone
//! at times. It is killed at chance moments and at the worst ones: between evidence and commit,
//! between commit and delivery, between the consumer's deed and its answer, between the file and its
//! mark in the store, and while it starts. Then it drains, and everything is compared.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what was measured"
)]

mod consumer;
mod product;
mod proof;
mod street;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use curbwatch_case::{CaseReader, verify_evidence};
use curbwatch_lab::farm::{Farm, FarmOptions, open_all};
use curbwatch_types::{Clock, IncidentChange, SystemClock, Wall};

use consumer::Consumer;
use product::{Run, configure, port_for_good, program};
use street::{Timetable, make_clip};

const CAMERAS: usize = 24;
/// The last life's length before it is told to drain: long enough for every dwell and vacancy.
const LAST_LIFE: Duration = Duration::from_secs(26);
/// Longest wait for the moment of a kill; then it is killed anyhow.
const MOMENT_MAX: Duration = Duration::from_secs(40);
/// Twice the longest wait between two attempts at delivery (`backoff_max` in `curbwatch-case`).
const NEXT_ATTEMPT_MAX: Duration = Duration::from_secs(120);

/// When the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// While it starts: store, model, first dials.
    Starting,
    /// Some time after the first cases are due.
    Chance,
    /// New evidence is on the disk, its row most likely not yet in the store.
    Evidence,
    /// New rows are in the store.
    Commit,
    /// The consumer has taken an event and has not answered.
    Taken,
    /// The JSON lines file has grown, the store may not know it yet.
    File,
}

use IncidentChange::{Closed, Opened, Reoccupied, Still};
use Moment::{Chance, Commit, Evidence, File, Starting, Taken};

const FOUR: [Moment; 4] = [Evidence, Starting, Commit, Taken];
const TWENTY: [Moment; 20] = [
    Chance, Evidence, Starting, Commit, Taken, File, Chance, Evidence, Commit, Starting, Taken, File,
    Evidence, Chance, Commit, Starting, File, Taken, Evidence, Chance,
];

#[test]
fn four_kills_lose_and_double_nothing() {
    survive(&FOUR, &[Opened, Closed], 4);
}

#[test]
#[ignore = "slow: five minutes; run by `cargo xtask slow`"]
fn twenty_kills_lose_and_double_nothing() {
    survive(&TWENTY, &[Opened, Still, Closed, Reoccupied], 20);
}

#[test]
#[ignore = "slow: an hour; cargo test -p curbwatch-lab --test kill two_hundred -- --ignored --nocapture"]
fn two_hundred_kills_lose_and_double_nothing() {
    survive(&TWENTY.repeat(10), &[Opened, Still, Closed, Reoccupied], 200);
}

/// What is watched, what watches, and what takes the cases.
struct District {
    program: PathBuf,
    config: PathBuf,
    port: u16,
    /// The program's store.
    data: PathBuf,
    /// The JSON lines file.
    lines: PathBuf,
    consumer: Consumer,
    clock: Arc<dyn Clock>,
    timetable: Timetable,
    lives: usize,
    /// Event ids seen in the store after the kills.
    promised: HashSet<String>,
    /// Evidence that was found without its row after the kills: decided, and never to be heard of.
    undone: usize,
    /// From start to console, and to a camera that delivers.
    starts: Vec<(Duration, Duration)>,
}

fn survive(kills: &[Moment], kinds: &[IncidentChange], seed: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = folder.path().join("street.mp4");
    if !make_clip(&clip) {
        println!("skipped: the ffmpeg command with libx264 is not installed");
        return;
    }
    let program = program();
    let network = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let options = FarmOptions::new(CAMERAS, open_all(&[clip]).expect("a clip"));
    let farm = network
        .block_on(Farm::start(options, Arc::clone(&clock)))
        .expect("a farm");
    let (consumer, port) = (Consumer::start(seed), port_for_good());
    let mut district = District {
        program,
        config: configure(folder.path(), &farm.urls(), &consumer.url, port),
        port,
        data: folder.path().join("data"),
        lines: folder.path().join("cases.jsonl"),
        consumer,
        timetable: Timetable::new(&*clock),
        clock,
        lives: 0,
        promised: HashSet::new(),
        undone: 0,
        starts: Vec::new(),
    };
    let mut chance = fastrand::Rng::with_seed(seed);
    for &moment in kills {
        district.live_and_die(moment, &mut chance);
    }
    let last_life = district.live_and_drain();
    district.say_starts();
    proof::prove(&proof::Facts {
        data: &district.data,
        lines: &district.lines,
        promised: &district.promised,
        consumer: &district.consumer,
        timetable: &district.timetable,
        cameras: CAMERAS,
        last_life,
        kinds,
    });
}

impl District {
    fn start(&mut self) -> Run {
        self.lives += 1;
        Run::start(&self.program, &self.config, self.lives, self.port, &*self.clock)
    }

    fn start_until_ready(&mut self) -> Run {
        let mut run = self.start();
        let up = run.wait_for("/healthz", &*self.clock);
        let ready = run.wait_for("/readyz", &*self.clock);
        self.starts.push((up, ready));
        run
    }

    /// One life, ended by SIGKILL at its moment.
    fn live_and_die(&mut self, moment: Moment, chance: &mut fastrand::Rng) {
        let skip = chance.usize(0..8);
        let run = if moment == Moment::Starting {
            let run = self.start();
            std::thread::sleep(Duration::from_millis(chance.u64(20..1500)));
            run
        } else {
            let mut run = self.start_until_ready();
            self.wait_for(moment, skip, &mut run, chance);
            run
        };
        let lived = self.clock.monotonic().since(run.started);
        run.kill();
        self.consumer.manners.mute.store(false, Ordering::SeqCst);
        let before = self.promised.len();
        let (ids, undone) = stored(&self.data);
        self.promised.extend(ids);
        self.undone += undone;
        println!(
            "kill {:>2} {moment:?} after {:.2} s, {skip} such passed over: {} rows committed, {} of them new, \
             {undone} decided and not committed",
            self.lives,
            lived.as_secs_f64(),
            self.promised.len(),
            self.promised.len() - before
        );
    }

    /// The last life: long enough to put everything right, then an orderly end, and as many more lives as it
    /// takes to empty the outbox. Answers when it was ready and when it was told to end.
    fn live_and_drain(&mut self) -> (Wall, Wall) {
        let mut run = self.start_until_ready();
        let ready = self.clock.wall();
        let before = run.counter("curbwatch_looks_observed_total");
        std::thread::sleep(LAST_LIFE);
        run.assert_alive();
        println!(
            "last life: {:.0} looks/s observed; {:.0} looks due in all, {:.0} dropped",
            (run.counter("curbwatch_looks_observed_total") - before) / LAST_LIFE.as_secs_f64(),
            run.counter("curbwatch_looks_due_total"),
            run.counter("curbwatch_looks_dropped_total")
        );
        self.consumer.manners.good.store(true, Ordering::SeqCst);
        let end = self.clock.wall();
        run.interrupt();
        let mut drains = 1;
        while pending(&self.data) > 0 {
            let mut run = self.start();
            run.wait_for("/healthz", &*self.clock);
            // What was refused last waits for its next attempt: no end, however orderly, brings that forward.
            let begun = self.clock.monotonic();
            while pending(&self.data) > 0 && self.clock.monotonic().since(begun) < NEXT_ATTEMPT_MAX {
                std::thread::sleep(Duration::from_millis(200));
            }
            run.interrupt();
            drains += 1;
            assert!(drains < 10, "{} rows never leave the outbox", pending(&self.data));
        }
        println!("{drains} orderly ends until the outbox was empty");
        (ready, end)
    }

    fn say_starts(&self) {
        let summary = |of: fn(&(Duration, Duration)) -> Duration| {
            let mut secs: Vec<f64> = self.starts.iter().map(|start| of(start).as_secs_f64()).collect();
            secs.sort_by(f64::total_cmp);
            format!("{:.2} / {:.2} s", secs[secs.len() / 2], secs[secs.len() - 1])
        };
        println!(
            "{} lives in {:.0} s; from start to console {}, to the first camera {} (median / longest); {} \
             decisions died uncommitted",
            self.lives,
            self.clock.monotonic().0.as_secs_f64(),
            summary(|start| start.0),
            summary(|start| start.1),
            self.undone
        );
    }

    /// Waits for the moment of death, `skip` such moments passed over.
    fn wait_for(&self, moment: Moment, skip: usize, run: &mut Run, chance: &mut fastrand::Rng) {
        // A moment to breathe for what waits from before: deliveries of the last life are no news.
        let settled = run.started.plus(Duration::from_secs(8));
        let chance_at = run.started.plus(Duration::from_millis(chance.u64(9_000..22_000)));
        let reader = CaseReader::open(&self.data).ok();
        let rows = || {
            reader
                .as_ref()
                .and_then(|reader| reader.outbox().ok())
                .map_or(0, |outbox| outbox.pending + outbox.delivered)
        };
        let value = || match moment {
            Evidence => {
                std::fs::read_dir(self.data.join("evidence")).map_or(0, |entries| entries.count() as u64)
            }
            Commit => rows(),
            File => std::fs::metadata(&self.lines).map_or(0, |file| file.len()),
            _ => 0,
        };
        let (mut before, mut seen) = (None, 0);
        while self.consumer.news.try_recv().is_ok() {}
        loop {
            run.assert_alive();
            let arrived = self
                .consumer
                .news
                .recv_timeout(Duration::from_micros(300))
                .is_ok();
            let now = self.clock.monotonic();
            if now.since(run.started) > MOMENT_MAX {
                println!("no {moment:?} came in time");
                return;
            }
            if now < settled {
                continue;
            }
            let happened = match moment {
                Starting => true,
                Chance => now >= chance_at,
                Taken => arrived,
                Evidence | Commit | File => {
                    let value = value();
                    let grown = before.is_some_and(|before| value > before);
                    before = Some(value);
                    grown
                }
            };
            if happened && (seen == skip || matches!(moment, Starting | Chance)) {
                return;
            }
            seen += usize::from(happened);
            if moment == Taken && seen == skip {
                self.consumer.manners.mute.store(true, Ordering::SeqCst);
            }
        }
    }
}

/// Every change the store of a dead process holds, by its event id, and how many finished evidence
/// folders no change speaks of: decided and not committed, so never to be heard of.
fn stored(data: &Path) -> (HashSet<String>, usize) {
    let Ok(reader) = CaseReader::open(data) else {
        return (HashSet::new(), 0); // killed before there was a store
    };
    let changes = proof::changes(&reader);
    let evidence = changes
        .iter()
        .filter(|(_, change)| change.evidence.is_some())
        .count();
    let written = verify_evidence(&data.join("evidence"))
        .expect("the folder")
        .manifests;
    let ids = changes.into_iter().map(|(_, change)| change.event_id).collect();
    (ids, written - evidence)
}

fn pending(data: &Path) -> u64 {
    let reader = CaseReader::open(data).expect("the store");
    reader.outbox().expect("counters").pending
}

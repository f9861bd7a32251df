//! 12: vision workers, in processes of their own, die: one after the other of `kill -9`, or three of a camera's pictures.

use std::path::Path;
use std::time::Duration;

use curbwatch_engine::{View, VisionProgram, WorkerEnd};
use curbwatch_types::{Clock, DropReason, SystemClock};
use rustix::process::{Pid, Signal, kill_process};

use super::{HouseOptions, HouseOutcome};
use crate::Error;
use crate::rig::{Around, Clips, Outcome, RigOptions, Setting, judge, run_around};

/// Seconds after the start of the first kill, and from one to the next: what goes wrong between them shows.
const FIRST_SECS: f64 = 4.0;
const EVERY_SECS: f64 = 20.0;
/// How often it is looked whether another is there.
const MOMENT: Duration = Duration::from_millis(2);
/// How long that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Vision workers that a camera ends, one after the other, before it is set aside.
const STRIKES: u64 = 3;

/// Two workers, so that one of them goes on.
fn setting(program: VisionProgram) -> Setting {
    Setting {
        inference: "workers = 2\nisolation = \"process\"\n".to_owned(),
        vision: program,
        ..Setting::default()
    }
}

struct Killed<'a> {
    house: &'a HouseOptions,
    clock: SystemClock,
    next_secs: f64,
    /// Seconds from the death of each until there was another; infinite where there was none.
    respawn_secs: Vec<f64>,
    /// Looks that were with one of them.
    lost: u64,
}

impl Around for Killed<'_> {
    fn setting(&self) -> Setting {
        setting(self.house.vision.clone())
    }

    fn step(&mut self, view: &View, outcome: &Outcome) -> Result<bool, Error> {
        if outcome.secs >= self.next_secs {
            let respawned = self.kill_one(view);
            self.respawn_secs.push(respawned.unwrap_or(f64::INFINITY));
            self.next_secs = outcome.secs + EVERY_SECS;
        }
        self.lost = view.metrics.looks_dropped(DropReason::WorkerDied).get();
        Ok(!self.respawn_secs.is_empty())
    }
}

impl Killed<'_> {
    /// Kills the one that has lived longest, so that they take turns. The answer: seconds until there was another.
    fn kill_one(&self, view: &View) -> Option<f64> {
        let restarts = view.metrics.vision.restarts(WorkerEnd::Died);
        let (before, whole) = (restarts.get(), view.metrics.vision.workers.get());
        let (oldest, _) = children().into_iter().min_by_key(|(_, began)| *began)?;
        let killed = self.clock.monotonic();
        kill_process(oldest, Signal::KILL).ok()?;
        loop {
            let since = self.clock.monotonic().since(killed);
            if restarts.get() > before && view.metrics.vision.workers.get() >= whole {
                return Some(since.as_secs_f64());
            }
            if since >= PATIENCE {
                return None;
            }
            std::thread::sleep(MOMENT);
        }
    }
}

/// Of `kill -9`.
pub(super) fn run_killed(
    options: &RigOptions,
    house: &HouseOptions,
    clips: &Clips,
    plain: &Outcome,
) -> Result<HouseOutcome, Error> {
    let mut killed = Killed {
        house,
        clock: SystemClock::new(),
        next_secs: FIRST_SECS,
        respawn_secs: Vec::new(),
        lost: 0,
    };
    let outcome = run_around(options, clips, &mut killed)?;
    let mut secs = killed.respawn_secs;
    secs.sort_by(f64::total_cmp);
    let (kills, lost) = (secs.len() as u64, killed.lost);
    // The look that one of them had is lost, as it must be; in a short run it would outweigh what may be lost of the others.
    let mut others = outcome.clone();
    others.healthy_looks.1 = others.healthy_looks.1.saturating_sub(lost.min(kills));
    let mut wrong = judge(options, &others, plain);
    let (middle, most) = (secs.get(secs.len() / 2), secs.last());
    let (middle, most) = (
        middle.copied().unwrap_or(f64::INFINITY),
        most.copied().unwrap_or(f64::INFINITY),
    );
    if most > house.respawn_secs_max {
        wrong.push(format!("another vision worker came after {most:.1} s"));
    }
    if lost > kills {
        wrong.push(format!("{lost} looks were with {kills} workers"));
    }
    Ok(HouseOutcome {
        measured: format!(
            "{kills} killed, others could look after {middle:.2} s (median), {most:.2} s (most); {lost} looks were with them"
        ),
        outcome,
        wrong,
        skipped: None,
    })
}

struct Poisoned<'a> {
    house: &'a HouseOptions,
    died: u64,
    set_aside: u64,
}

impl Around for Poisoned<'_> {
    fn setting(&self) -> Setting {
        let mut program = self.house.vision.clone();
        program.arguments.extend(["--dies-of", "f0"].map(Into::into));
        setting(program)
    }

    fn step(&mut self, view: &View, _outcome: &Outcome) -> Result<bool, Error> {
        self.died = view.metrics.vision.restarts(WorkerEnd::Died).get();
        self.set_aside = view.metrics.vision.cameras_set_aside.get();
        Ok(self.died >= STRIKES && self.set_aside >= 1)
    }
}

/// Of the pictures of one camera.
pub(super) fn run_poisoned(
    options: &RigOptions,
    house: &HouseOptions,
    clips: &Clips,
    plain: &Outcome,
) -> Result<HouseOutcome, Error> {
    let mut poisoned = Poisoned {
        house,
        died: 0,
        set_aside: 0,
    };
    let outcome = run_around(options, clips, &mut poisoned)?;
    let mut wrong = judge(options, &outcome, plain);
    let (died, aside) = (poisoned.died, poisoned.set_aside);
    if died != STRIKES || aside != 1 {
        wrong.push(format!(
            "{died} workers died of it, it was set aside {aside} times"
        ));
    }
    let (looks, cases) = (outcome.faulted_looks, outcome.faulted_cases);
    if looks + cases as u64 > 0 {
        wrong.push(format!("{looks} looks and {cases} cases of poison"));
    }
    Ok(HouseOutcome {
        measured: format!(
            "{died} workers died of one camera's pictures, then it was set aside; {cases} cases of it"
        ),
        outcome,
        wrong,
        skipped: None,
    })
}

/// This process's vision workers, with when they began, in the system's ticks (proc(5)).
fn children() -> Vec<(Pid, u64)> {
    let own = std::process::id().to_string();
    let folders = std::fs::read_dir("/proc").into_iter().flatten();
    let folders = folders.filter_map(|entry| Some(entry.ok()?.path()));
    folders.filter_map(|folder| child(&folder, &own)).collect()
}

fn child(folder: &Path, parent: &str) -> Option<(Pid, u64)> {
    let pid = folder.file_name()?.to_str()?.parse().ok()?;
    let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
    // The name, in brackets, may hold anything; behind it state, parent, and the start as the twentieth.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    if fields.get(1) != Some(&parent) {
        return None;
    }
    let line = std::fs::read(folder.join("cmdline")).ok()?;
    let is_worker = line.split(|byte| *byte == 0).any(|word| word == b"vision-worker");
    let began = fields.get(19)?.parse().ok()?;
    is_worker.then_some((Pid::from_raw(pid)?, began))
}

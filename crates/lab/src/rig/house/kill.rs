//! 8: the program is killed in the middle of its commits and deliveries, and started again at once, on the same store.
//!
//! Not for: the worst moments one by one, cases that end, a consumer that lies; that is `tests/kill`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use curbwatch_case::{CaseFilter, CaseReader, CaseRow};
use curbwatch_types::{Clock, SystemClock};

use super::child::Child;
use super::consumer::{self, Arrival, Consumer};
use super::{HouseOptions, HouseOutcome};
use crate::Error;
use crate::rig::leaks;
use crate::rig::peers::Peers;
use crate::rig::{Clips, Outcome, RigOptions, Setting, cases, configuration, judge_but_looks, network};

/// An answer of the consumer takes so long: events are always on their way.
const ANSWER: Duration = Duration::from_millis(100);
const TIMEOUT_SECS: f64 = 2.0;
/// A life at most: a dwell, and what a busy machine needs to be up.
const LIFE_MAX: Duration = Duration::from_secs(60);
/// How long a camera may take to be live.
const READY_MAX: Duration = Duration::from_secs(60);
/// How long the end may take: the dwell of what is not a case yet, and the courier's longest rest.
const DRAINS_MAX: Duration = Duration::from_secs(180);
/// A life in which nothing is left to commit ends at a moment within so much.
const CHANCE_MAX_MS: u64 = 2000;
const POLL: Duration = Duration::from_millis(20);

struct Killing<'a> {
    options: &'a RigOptions,
    program: &'a Path,
    config: PathBuf,
    data: PathBuf,
    clock: Arc<dyn Clock>,
    lives: u32,
    /// Events that a dead process had committed.
    promised: BTreeSet<String>,
    outcome: Outcome,
    /// Committed at each death, to say that the kills were in the middle of something.
    at_deaths: Vec<usize>,
}

pub(super) fn run(options: &RigOptions, house: &HouseOptions, clips: &Clips) -> Result<HouseOutcome, Error> {
    if !house.program.is_file() {
        return Ok(HouseOutcome {
            skipped: Some("the program is not built (cargo build -p curbwatch)"),
            ..HouseOutcome::default()
        });
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let network = network(1)?;
    let peers = network.block_on(Peers::start(options, clips, &clock))?;
    std::fs::create_dir_all(&options.folder).map_err(|source| Error::File {
        path: options.folder.clone(),
        source,
    })?;
    let consumer = Consumer::open(consumer::address()?, ANSWER)?;
    let setting = Setting {
        tables: format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n{}",
            consumer::table(consumer.address(), TIMEOUT_SECS)
        ),
        ..Setting::default()
    };
    let mut killing = Killing {
        options,
        program: &house.program,
        config: configuration(options, &peers, &setting)?,
        data: options.folder.join("data"),
        clock,
        lives: 0,
        promised: BTreeSet::new(),
        outcome: Outcome {
            balanced: true,
            ..Outcome::default()
        },
        at_deaths: Vec::new(),
    };
    let mut chance = fastrand::Rng::with_seed(options.seed);
    let kills = house.kills.max(1) as usize;
    for kill in 1..=kills {
        let target = (options.healthy + 1) * kill / (kills + 1);
        killing.live_and_die(target, Duration::from_millis(chance.u64(0..CHANCE_MAX_MS)))?;
    }
    killing.live_and_drain()?;
    let stored = stored(&killing.data)?;
    let mut outcome = killing.outcome;
    cases(&killing.data, &mut outcome, options.healthy)?;
    outcome.secs = killing.clock.monotonic().0.as_secs_f64();
    outcome.leaks += leaks::in_files(&options.folder)?;
    // Whoever is dead looks at nothing, and whoever dials has no picture yet: looks are told, and not held to the run without.
    let mut wrong = judge_but_looks(&outcome);
    let lost = killing.promised.difference(&stored).count();
    if lost > 0 {
        wrong.push(format!("{lost} committed changes are lost"));
    }
    let arrivals = consumer.arrivals();
    let rows = rows(&options.folder.join("cases.jsonl"))?;
    wrong.extend(doubled(&arrivals, &rows, &stored));
    let keys: BTreeSet<&str> = arrivals.iter().map(|arrival| arrival.key.as_str()).collect();
    Ok(HouseOutcome {
        measured: format!(
            "{kills} kills with {:?} of {} cases committed; {} changes, {lost} lost; {} events arrived, {} of them again under their key",
            killing.at_deaths,
            options.healthy + 1,
            stored.len(),
            arrivals.len(),
            arrivals.len() - keys.len(),
        ),
        outcome,
        wrong,
        skipped: None,
    })
}

impl Killing<'_> {
    /// Starts the program and waits until a camera is live.
    fn start(&mut self) -> Result<Child, Error> {
        self.lives += 1;
        let log = self.options.folder.join(format!("run-{}.log", self.lives));
        let to = File::create(&log).map_err(|source| Error::File {
            path: log.clone(),
            source,
        })?;
        let mut child = Child::start(self.program, &self.config, &log, Stdio::from(to))?;
        self.until("a camera is live", READY_MAX, |_| child.is_ready())?;
        Ok(child)
    }

    fn until(
        &self,
        what: &str,
        patience: Duration,
        mut done: impl FnMut(&Self) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let begun = self.clock.monotonic();
        while !done(self)? {
            if self.clock.monotonic().since(begun) > patience {
                return Err(Error::bench(format!("not in {patience:?}: {what}")));
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    /// One life that ends when `target` cases are committed, or `chance` later where they were before.
    fn live_and_die(&mut self, target: usize, chance: Duration) -> Result<(), Error> {
        let child = self.start()?;
        let before = stored(&self.data)?.len();
        if before >= target {
            std::thread::sleep(chance);
        }
        let reader = CaseReader::open(&self.data).map_err(Error::bench)?;
        let committed = |_: &Self| {
            let cases = reader.list(&CaseFilter::default()).map_err(Error::bench)?;
            Ok(cases.len() >= target)
        };
        self.until("cases are committed", LIFE_MAX, committed)?;
        self.count(&child)?;
        child.kill()?;
        let promised = stored(&self.data)?;
        self.at_deaths.push(promised.len());
        self.promised.extend(promised);
        Ok(())
    }

    /// The last life: until each camera has its case and all of them have left.
    fn live_and_drain(&mut self) -> Result<(), Error> {
        let child = self.start()?;
        let reader = CaseReader::open(&self.data).map_err(Error::bench)?;
        let cameras = self.options.healthy + 1;
        self.until("each camera has its case, and they have left", DRAINS_MAX, |_| {
            let cases = reader.list(&CaseFilter::default()).map_err(Error::bench)?;
            let outbox = reader.outbox().map_err(Error::bench)?;
            Ok(cases.len() >= cameras && outbox.pending == 0)
        })?;
        self.count(&child)?;
        child.interrupt()
    }

    /// Adds up what the child has counted; only whole accounts, which a page that is written while it counts may not show.
    fn count(&mut self, child: &Child) -> Result<(), Error> {
        let mut counted = child.counted()?;
        for _ in 0..50 {
            if counted.balanced() {
                break;
            }
            std::thread::sleep(POLL);
            counted = child.counted()?;
        }
        self.outcome.balanced &= counted.balanced();
        self.outcome.healthy_looks.0 += counted.observed;
        self.outcome.healthy_looks.1 += counted.dropped;
        self.outcome.leaks += u64::from(counted.leaks);
        self.outcome.peak_bytes = self.outcome.peak_bytes.max(child.peak_bytes());
        Ok(())
    }
}

/// Identities of the changes in a store.
fn stored(data: &Path) -> Result<BTreeSet<String>, Error> {
    let reader = CaseReader::open(data).map_err(Error::bench)?;
    let mut ids = BTreeSet::new();
    for case in reader.list(&CaseFilter::default()).map_err(Error::bench)? {
        let detail = reader.show(&case.id).map_err(Error::bench)?;
        let changes = detail.map_or_else(Vec::new, |detail| detail.changes);
        ids.extend(changes.into_iter().map(|change| change.event_id));
    }
    Ok(ids)
}

/// Identities of the rows of a JSON lines file, in order.
fn rows(path: &Path) -> Result<Vec<String>, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })?;
    let row = |line: &str| serde_json::from_str::<CaseRow>(line).map(|row| row.event_id);
    text.lines()
        .map(|line| row(line).map_err(|e| Error::bench(format!("{}: {e}", path.display()))))
        .collect()
}

/// What came twice, not at all, or from nowhere, at the consumer that knows its keys, and in the file.
fn doubled(arrivals: &[Arrival], rows: &[String], stored: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut by_key: HashMap<&str, &Arrival> = HashMap::new();
    let mut opened: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrival in arrivals {
        let (key, case) = (arrival.key.as_str(), arrival.case.as_str());
        let first = by_key.entry(key).or_insert(arrival);
        if (&first.case, &first.state) != (&arrival.case, &arrival.state) {
            wrong.push(format!("one key, two events: {key}"));
        }
        if arrival.state == "opened" {
            opened.entry(case).or_default().insert(key);
        }
    }
    for (case, keys) in opened.iter().filter(|(_, keys)| keys.len() > 1) {
        wrong.push(format!("opened {} times: {case}", keys.len()));
    }
    let arrived: BTreeSet<&str> = by_key.keys().copied().collect();
    let stored: BTreeSet<&str> = stored.iter().map(String::as_str).collect();
    if arrived != stored {
        let (missing, foreign) = (stored.difference(&arrived), arrived.difference(&stored));
        wrong.push(format!(
            "{} never arrived, {} from nowhere",
            missing.count(),
            foreign.count()
        ));
    }
    let once: BTreeSet<&str> = rows.iter().map(String::as_str).collect();
    if once != stored || rows.len() != stored.len() {
        wrong.push(format!(
            "{} rows in the file for {} changes",
            rows.len(),
            stored.len()
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(key: &str, case: &str) -> Arrival {
        Arrival {
            key: key.to_owned(),
            case: case.to_owned(),
            state: "opened".to_owned(),
        }
    }

    #[test]
    fn what_is_doubled_lost_or_from_nowhere_is_told() {
        let stored: BTreeSet<String> = ["k1".to_owned(), "k2".to_owned()].into();
        let rows = ["k1".to_owned(), "k2".to_owned()];
        let good = [arrival("k1", "a"), arrival("k1", "a"), arrival("k2", "b")];
        assert_eq!(doubled(&good, &rows, &stored), Vec::<String>::new());
        assert_eq!(doubled(&good[..2], &rows, &stored).len(), 1, "k2 never arrived");
        let twice = [arrival("k1", "a"), arrival("k2", "a")];
        assert_eq!(doubled(&twice, &rows, &stored).len(), 1, "opened under two keys");
        let other = [arrival("k1", "a"), arrival("k1", "b"), arrival("k2", "c")];
        assert_eq!(doubled(&other, &rows, &stored).len(), 1, "one key, two events");
        assert_eq!(doubled(&good, &rows[..1], &stored).len(), 1, "a row is missing");
    }
}

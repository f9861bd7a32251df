//! 9: the consumer is away until every case is committed, then it comes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use curbwatch_case::{CaseReader, CaseRow};
use curbwatch_engine::View;

use super::HouseOutcome;
use super::consumer::{self, Consumer};
use crate::Error;
use crate::rig::{Around, Clips, Outcome, RigOptions, Setting, judge, run_around};

/// Seconds the sender waits for an answer.
const TIMEOUT_SECS: f64 = 2.0;
/// The courier's longest rest between two attempts, and some: how much longer than others such a run may take.
const PATIENCE: Duration = Duration::from_secs(90);

struct Away {
    address: SocketAddr,
    store: PathBuf,
    back_at_secs: f64,
    consumer: Option<Consumer>,
    /// Rows that waited when it came back, and seconds since the start then and when the last of them had left.
    backlog: u64,
    came_secs: f64,
    drained_secs: f64,
}

impl Around for Away {
    fn setting(&self) -> Setting {
        Setting {
            tables: consumer::table(self.address, TIMEOUT_SECS),
            ..Setting::default()
        }
    }

    fn step(&mut self, _view: &View, outcome: &Outcome) -> Result<bool, Error> {
        // The store's own word: the metric is told after each round of the courier, and may be seconds old.
        let outbox = CaseReader::open(&self.store).and_then(|reader| reader.outbox());
        let Ok(outbox) = outbox else { return Ok(false) };
        let all = outcome.healthy_cases.iter().all(|cases| *cases >= 1);
        if self.consumer.is_none() {
            if all && outcome.secs >= self.back_at_secs {
                self.backlog = outbox.pending;
                self.came_secs = outcome.secs;
                self.consumer = Some(Consumer::open(self.address, Duration::ZERO)?);
            }
            return Ok(false);
        }
        let drained = outbox.pending == 0;
        if drained && self.drained_secs == 0.0 {
            self.drained_secs = outcome.secs;
        }
        Ok(drained)
    }
}

pub(super) fn run(options: &RigOptions, clips: &Clips, plain: &Outcome) -> Result<HouseOutcome, Error> {
    let options = RigOptions {
        patience: options.patience + PATIENCE,
        ..options.clone()
    };
    let mut away = Away {
        address: consumer::address()?,
        store: options.folder.join("data"),
        back_at_secs: options.watch.as_secs_f64(),
        consumer: None,
        backlog: 0,
        came_secs: 0.0,
        drained_secs: 0.0,
    };
    let outcome = run_around(&options, clips, &mut away)?;
    let mut wrong = judge(&options, &outcome, plain);
    let arrived: Vec<String> = away.consumer.as_ref().map_or_else(Vec::new, |consumer| {
        let mut keys: Vec<String> = consumer.arrivals().iter().map(|a| a.key.clone()).collect();
        keys.dedup();
        keys
    });
    // The file had each row at once: the order in which they were committed.
    let lines = options.folder.join("cases.jsonl");
    let text = std::fs::read_to_string(&lines).map_err(|source| Error::File { path: lines, source })?;
    let committed: Vec<String> = text
        .lines()
        .filter_map(|line| serde_json::from_str::<CaseRow>(line).ok())
        .map(|row| row.event_id)
        .collect();
    if arrived != committed {
        let (arrived, committed) = (arrived.len(), committed.len());
        wrong.push(format!(
            "{arrived} events arrived, of {committed} committed, or in another order"
        ));
    }
    if away.backlog < options.healthy as u64 || away.drained_secs == 0.0 {
        wrong.push(format!("a backlog of {} only, or it never left", away.backlog));
    }
    Ok(HouseOutcome {
        measured: format!(
            "away for {:.0} s; {} events waited and had left {:.1} s after it came back, in the order of their commits",
            away.came_secs,
            away.backlog,
            away.drained_secs - away.came_secs
        ),
        outcome,
        wrong,
        skipped: None,
    })
}

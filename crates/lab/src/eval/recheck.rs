//! `eval recheck`: re-check orders made of event truth, and their verdicts against it.
//!
//! Three orders are made ([`write_orders`]): `mid.STAY` in the middle of a stay, `gone.STAY` right after the last moment it was
//! seen (the hardest one: the next look is the first without it), and `away.N` within a time in which no picture shows the
//! view. An order names the case that was opened of the stay by then, where one was; else its place.
//!
//! A verdict is held against the truth at the time of its latest picture ([`score`]): was the thing there, gone, or gone with
//! another one in its place? `cleared` or `reoccupied` while it was there is a *false closure*. What the truth does not
//! label (vehicles that stop for less than it cares for) cannot refute `reoccupied` of a place whose thing has gone.
//!
//! Not for: judging cases (`cases`).

mod stays;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use curbwatch_case::VerdictRow;
use curbwatch_types::Wall;
use serde::Serialize;
use serde_json::json;

use super::cases::read_cases;
use super::events::EmittedCase;
use super::lines::{each_line, wrong};
use super::{Interval, Kind, wilson};
use crate::Error;
pub use stays::{Stay, Stays, read_stays};

/// Boxes that share this much are of one place.
const PLACE_IOU: f32 = 0.3;

/// What orders are made from.
#[derive(Debug, Clone)]
pub struct OrderTask {
    /// Event truth, or the truth of patrol cameras.
    pub truth: Vec<PathBuf>,
    /// What a replay without orders wrote: orders then name its cases.
    pub cases: Option<PathBuf>,
    /// How long an order waits, in seconds.
    pub deadline_secs: u32,
    /// Where the orders go, one a line.
    pub out: PathBuf,
}

/// Writes the orders of a truth; how many.
pub fn write_orders(task: &OrderTask) -> Result<usize, Error> {
    let truth = read_stays(&task.truth)?;
    let cases = match &task.cases {
        Some(path) => read_cases(path)?,
        None => Vec::new(),
    };
    let deadline_ms = i64::from(task.deadline_secs) * 1000;
    let mut text = String::new();
    let mut orders = 0;
    for stay in &truth.stays {
        let mut asked = vec![("mid", stay.middle())];
        if stay.ends {
            asked.push(("gone", stay.end().plus_millis(1)));
        }
        for (when, at) in asked {
            let Some(bbox) = stay.place_at(at) else { continue };
            let case = case_of(stay, &cases, at);
            let row = json!({
                "order_id": format!("{when}.{}", stay.name),
                "at_ms": at.0,
                "deadline_ms": at.0 + deadline_ms,
                "camera": stay.camera,
                "purpose": if case.is_some() { "check" } else { "verify" },
                "class": stay.class.name(),
                "case_id": case,
                "box": [bbox.x, bbox.y, bbox.w, bbox.h],
            });
            let _ = writeln!(text, "{row}");
            orders += 1;
        }
    }
    for (i, away) in truth.away.iter().enumerate() {
        let Some(stay) = truth.stays.iter().find(|s| s.camera == away.camera) else {
            continue;
        };
        let (_, b, _) = stay.places[0];
        let row = json!({
            "order_id": format!("away.{i}"),
            "at_ms": away.from.0 - 1,
            "deadline_ms": away.to.0.min(away.from.0 + deadline_ms),
            "camera": away.camera,
            "purpose": "check",
            "class": stay.class.name(),
            "box": [b.x, b.y, b.w, b.h],
        });
        let _ = writeln!(text, "{row}");
        orders += 1;
    }
    std::fs::write(&task.out, text).map_err(|source| Error::File {
        path: task.out.clone(),
        source,
    })?;
    Ok(orders)
}

/// The latest case that was opened of the stay before `at`.
fn case_of<'a>(stay: &Stay, cases: &'a [EmittedCase], at: Wall) -> Option<&'a str> {
    let of_it = |case: &&EmittedCase| {
        let place = stay.place_at(case.emitted);
        case.class == stay.class
            && case.camera.as_str() == stay.camera
            && case.emitted < at
            && stay.start() <= case.emitted
            && place.is_some_and(|place| place.iou(&case.bbox) >= PLACE_IOU)
    };
    let latest = cases.iter().filter(of_it).max_by_key(|case| case.emitted);
    latest.map(|case| case.id.as_str())
}

/// What was in the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fact {
    There,
    Gone,
    Another,
}

/// How the verdicts of one group of orders hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Orders.
    pub orders: usize,
    /// Answered with anything but `inconclusive`.
    pub decisive: usize,
    /// Decisive and as the truth has it.
    pub right: usize,
    /// `cleared` while the thing was there.
    pub false_cleared: usize,
    /// `reoccupied` while the thing was there.
    pub false_reoccupied: usize,
    /// `present` when it had gone.
    pub false_present: usize,
    /// `cleared` where another one stood.
    pub missed_another: usize,
    /// `inconclusive` by reason.
    pub inconclusive: BTreeMap<String, usize>,
}

/// The result, as printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// `real`, `synthetic` or `unstated`.
    pub kind: Kind,
    /// By class and time of the order: `CLASS/mid`, `CLASS/gone`, with `/legal` where no rule holds.
    pub groups: BTreeMap<String, Tally>,
    /// All of them.
    pub all: Tally,
    /// Decisive answers.
    pub decisive: Interval,
    /// `cleared` and `reoccupied` answers while the thing was there, of all of those answers.
    pub false_closures: Interval,
    /// Orders in times without a picture of the view, by answer: every one should be `inconclusive` with the picture's reason.
    pub away: BTreeMap<String, usize>,
    /// Orders without an answer.
    pub unanswered: usize,
    /// What is not as the truth has it: order, answer, and what was there.
    pub wrong: Vec<String>,
}

/// Reads the truth and the verdicts of its orders, and scores.
pub fn recheck(truth: &[PathBuf], verdicts: &Path, kind: Option<Kind>) -> Result<Report, Error> {
    let truth = read_stays(truth)?;
    let mut rows = Vec::new();
    each_line(verdicts, |line, place| {
        let row: VerdictRow = serde_json::from_str(line).map_err(|e| wrong(place, e.to_string()))?;
        rows.push(row);
        Ok(())
    })?;
    Ok(score(&truth, &rows, kind.unwrap_or(truth.kind)))
}

/// Scores verdicts of orders that [`write_orders`] made of this truth.
pub fn score(truth: &Stays, rows: &[VerdictRow], kind: Kind) -> Report {
    let mut groups: BTreeMap<String, Tally> = BTreeMap::new();
    let mut all = Tally::default();
    let mut away: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrongs = Vec::new();
    let mut answered = 0;
    for row in rows {
        let reason = row.reason.as_deref().unwrap_or("");
        let Some((when, name)) = row.order_id.split_once('.') else {
            continue;
        };
        if when == "away" {
            *away
                .entry(format!("{} {reason}", row.verdict).trim().to_owned())
                .or_default() += 1;
            continue;
        }
        let Some(stay) = truth.stays.iter().find(|stay| stay.name == name) else {
            continue;
        };
        answered += 1;
        let legal = if stay.enforced { "" } else { "/legal" };
        let group = groups
            .entry(format!("{}/{when}{legal}", stay.class.name()))
            .or_default();
        let seen_at = Wall(
            row.after
                .as_ref()
                .map_or(row.decided_ms, |after| after.captured_ms),
        );
        let fact = truth.fact(stay, seen_at);
        let right = matches!(
            (row.verdict.as_str(), fact),
            ("inconclusive", _)
                | ("present", Fact::There)
                | ("cleared", Fact::Gone)
                | ("reoccupied", Fact::Gone | Fact::Another)
        );
        if !right {
            wrongs.push(format!(
                "{}: {} at {}, was {fact:?}",
                row.order_id, row.verdict, seen_at.0
            ));
        }
        for tally in [group, &mut all] {
            tally.book(&row.verdict, reason, fact);
        }
    }
    let expected = truth.stays.iter().map(|s| 1 + usize::from(s.ends)).sum::<usize>();
    let closures = rows
        .iter()
        .filter(|r| {
            !r.order_id.starts_with("away.") && matches!(r.verdict.as_str(), "cleared" | "reoccupied")
        })
        .count();
    Report {
        kind,
        decisive: wilson(all.decisive, all.orders),
        false_closures: wilson(all.false_cleared + all.false_reoccupied, closures),
        groups,
        all,
        away,
        unanswered: expected.saturating_sub(answered),
        wrong: wrongs,
    }
}

impl Tally {
    fn book(&mut self, verdict: &str, reason: &str, fact: Fact) {
        self.orders += 1;
        if verdict == "inconclusive" {
            *self.inconclusive.entry(reason.to_owned()).or_default() += 1;
            return;
        }
        self.decisive += 1;
        match (verdict, fact) {
            ("cleared", Fact::There) => self.false_cleared += 1,
            ("reoccupied", Fact::There) => self.false_reoccupied += 1,
            ("present", Fact::Gone | Fact::Another) => self.false_present += 1,
            ("cleared", Fact::Another) => self.missed_another += 1,
            _ => self.right += 1,
        }
    }
}

impl Stays {
    fn fact(&self, stay: &Stay, at: Wall) -> Fact {
        if at <= stay.end() {
            return Fact::There;
        }
        let Some(place) = stay.place_at(stay.end()) else {
            return Fact::Gone;
        };
        let in_its_stead = |other: &&Stay| {
            let there = other.start() <= at && at <= other.end() && other.end() > stay.end();
            let near = || other.place_at(at).is_some_and(|p| p.iou(&place) >= PLACE_IOU);
            other.camera == stay.camera && other.name != stay.name && there && near()
        };
        let another = self.stays.iter().chain(&self.beside).find(in_its_stead);
        if another.is_some() {
            Fact::Another
        } else {
            Fact::Gone
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |i: &Interval| match i.share {
            Some(share) => format!("{share:.3} [{:.3}, {:.3}]", i.low, i.high),
            None => "-".to_owned(),
        };
        writeln!(
            f,
            "{:<40} {:>6} {:>8} {:>5} {:>13} {:>16} {:>13} {:>14}",
            "orders",
            "n",
            "decisive",
            "right",
            "false cleared",
            "false reoccupied",
            "false present",
            "missed another"
        )?;
        for (name, t) in self
            .groups
            .iter()
            .map(|(n, t)| (n.as_str(), t))
            .chain([("all", &self.all)])
        {
            writeln!(
                f,
                "{name:<40} {:>6} {:>8} {:>5} {:>13} {:>16} {:>13} {:>14}  {:?}",
                t.orders,
                t.decisive,
                t.right,
                t.false_cleared,
                t.false_reoccupied,
                t.false_present,
                t.missed_another,
                t.inconclusive
            )?;
        }
        writeln!(
            f,
            "decisive {}; false closures {}",
            share(&self.decisive),
            share(&self.false_closures)
        )?;
        writeln!(
            f,
            "without a picture of the view: {:?}; unanswered {}",
            self.away, self.unanswered
        )?;
        for line in &self.wrong {
            writeln!(f, "  {line}")?;
        }
        write!(f, "({})", self.kind.name())
    }
}

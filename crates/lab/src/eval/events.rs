//! Events against cases, as `docs/ref/metrics.md` counts them.
//!
//! An event is due at its start plus the legal dwell; one that ends before it is due counts neither way. A case
//! matches an event when class, camera and view agree, it was emitted between due less `max(5 s, 10 % of the dwell)` and
//! end plus 30 s, and its box shares at least 0.3 with the event's place or their ground contacts lie within the
//! event's reach. Matching is one to one, cases in order of emission; further matches are duplicates, which are no
//! false alarms.
//!
//! Not for: reading files ([`super::cases`]).

use std::collections::BTreeMap;

use curbwatch_types::{BBox, CameraId, ViewId, ViolationClass, Wall};
use serde::Serialize;

use super::interval::{Interval, poisson_upper, wilson};

/// A case may come this much before its event is due: at least, and as a share of the dwell.
const EARLY_MS_MIN: i64 = 5_000;
const EARLY_SHARE: f64 = 0.1;
/// And this long after the event's end.
const LATE_MS: i64 = 30_000;
/// Intersection over union from which on box and place are the same.
const PLACE_IOU: f32 = 0.3;
/// An event hidden for more than this share of its time is counted apart, too.
const OCCLUDED: f32 = 0.3;

/// What really happened.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueEvent {
    /// Its name in the truth.
    pub name: String,
    /// What it violates.
    pub class: ViolationClass,
    /// Which camera could see it.
    pub camera: CameraId,
    /// In which view.
    pub view: ViewId,
    /// When it began to stand there.
    pub start: Wall,
    /// When it was gone.
    pub end: Wall,
    /// Legal dwell there.
    pub dwell_secs: u32,
    /// Where, relative.
    pub place: BBox,
    /// Merge radius at that place as a share of the picture's width; `None` where nobody measured the ground.
    pub reach: Option<f32>,
    /// Share of its time in which it was hidden, 0..1.
    pub occluded: f32,
    /// It only looks like one: a case of it is a false alarm.
    pub near_miss: bool,
}

/// A case as it was first emitted.
#[derive(Debug, Clone, PartialEq)]
pub struct EmittedCase {
    /// Its id.
    pub id: String,
    /// What it says is violated.
    pub class: ViolationClass,
    /// Whose picture.
    pub camera: CameraId,
    /// Which view.
    pub view: ViewId,
    /// When it left the pipeline.
    pub emitted: Wall,
    /// Where, relative.
    pub bbox: BBox,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It found the event of this index.
    Found(usize),
    /// So had another before.
    Duplicate(usize),
    /// Its event ended before it was due: neither right nor wrong.
    TooShort(usize),
    /// Nothing of the kind was there; a near miss of this index was, where one was.
    False(Option<usize>),
}

/// The score of a class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// `measured`, or `not evaluated` where nothing of the class happened.
    pub status: &'static str,
    /// Events that lasted until they were due.
    pub events: usize,
    /// Events too short to count.
    pub too_short: usize,
    /// Near misses in the truth, and how many of them became a case.
    pub near_misses: usize,
    /// Near misses that became a case.
    pub near_misses_alarmed: usize,
    /// Cases, those of events too short left out.
    pub cases: usize,
    /// Further cases of events that were found.
    pub duplicates: usize,
    /// Cases of nothing.
    pub false_alarms: usize,
    /// Of cases that are no duplicates, those that found an event.
    pub precision: Interval,
    /// Of events, those found.
    pub recall: Interval,
    /// The same among events hidden for more than 30 % of their time.
    pub recall_occluded: Interval,
    /// Duplicates by cases.
    pub duplicate_rate: Option<f64>,
    /// Cases, duplicates among them, by found events.
    pub cases_per_event: Option<f64>,
    /// Seconds from due to emission: median and 95th percentile.
    pub delay_secs_p50: Option<f64>,
    /// 95th percentile.
    pub delay_secs_p95: Option<f64>,
    /// False alarms a camera and day; `None` where the truth does not say for how long was watched.
    pub false_per_camera_day: Option<f64>,
    /// Upper end of its exact 95 % interval (Garwood 1936).
    pub false_per_camera_day_high: Option<f64>,
}

impl TrueEvent {
    /// When a case of it is due.
    pub fn due(&self) -> Wall {
        self.start.plus_millis(i64::from(self.dwell_secs) * 1000)
    }

    /// Whether it stood until it was due.
    pub fn counts(&self) -> bool {
        !self.near_miss && self.end >= self.due()
    }

    fn is_told_by(&self, case: &EmittedCase) -> bool {
        let early = (f64::from(self.dwell_secs) * 1000.0 * EARLY_SHARE) as i64;
        let from = self.due().plus_millis(-early.max(EARLY_MS_MIN));
        let until = self.end.plus_millis(LATE_MS);
        self.class == case.class
            && self.camera == case.camera
            && self.view == case.view
            && (from..=until).contains(&case.emitted)
            && self.is_at(&case.bbox)
    }

    fn is_at(&self, bbox: &BBox) -> bool {
        let (a, b) = (self.place.ground_contact(), bbox.ground_contact());
        // Across and down are shares of different sides; 16:9 makes a step down the smaller one.
        let apart = (a.x - b.x).hypot((a.y - b.y) * 9.0 / 16.0);
        self.place.iou(bbox) >= PLACE_IOU || self.reach.is_some_and(|reach| apart <= reach)
    }
}

/// Matches cases to events; verdicts in the order of `cases`.
pub fn judge(events: &[TrueEvent], cases: &[EmittedCase]) -> Vec<Verdict> {
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|i| (cases[*i].emitted, *i));
    let mut by_due: Vec<usize> = (0..events.len()).collect();
    by_due.sort_by_key(|e| (events[*e].due(), *e));
    let mut taken = vec![false; events.len()];
    let mut verdicts = vec![Verdict::False(None); cases.len()];
    for i in order {
        let told: Vec<usize> = by_due
            .iter()
            .copied()
            .filter(|e| events[*e].is_told_by(&cases[i]))
            .collect();
        let counting = |e: &usize| events[*e].counts();
        let free = told.iter().copied().find(|e| counting(e) && !taken[*e]);
        verdicts[i] = if let Some(e) = free {
            taken[e] = true;
            Verdict::Found(e)
        } else if let Some(e) = told.iter().copied().find(counting) {
            Verdict::Duplicate(e)
        } else if let Some(e) = told.iter().copied().find(|e| !events[*e].near_miss) {
            Verdict::TooShort(e)
        } else {
            Verdict::False(told.first().copied())
        };
    }
    verdicts
}

/// Scores every class. `watched_hours` is how long cameras were watched, all together.
pub fn score(
    events: &[TrueEvent],
    cases: &[EmittedCase],
    watched_hours: Option<f64>,
) -> BTreeMap<&'static str, ClassReport> {
    let verdicts = judge(events, cases);
    ViolationClass::NAMES
        .iter()
        .map(|(class, name)| {
            (
                *name,
                class_report(*class, events, cases, &verdicts, watched_hours),
            )
        })
        .collect()
}

fn class_report(
    class: ViolationClass,
    events: &[TrueEvent],
    cases: &[EmittedCase],
    verdicts: &[Verdict],
    watched_hours: Option<f64>,
) -> ClassReport {
    let own = || events.iter().enumerate().filter(|(_, e)| e.class == class);
    let judged: Vec<(&EmittedCase, &Verdict)> = cases
        .iter()
        .zip(verdicts)
        .filter(|(case, _)| case.class == class)
        .collect();
    let count = |is: fn(&Verdict) -> bool| judged.iter().filter(|(_, v)| is(v)).count();
    let found = count(|v| matches!(v, Verdict::Found(_)));
    let duplicates = count(|v| matches!(v, Verdict::Duplicate(_)));
    let false_alarms = count(|v| matches!(v, Verdict::False(_)));
    let is_found = |e: usize| judged.iter().any(|(_, v)| **v == Verdict::Found(e));
    let occluded = || own().filter(|(_, e)| e.counts() && e.occluded > OCCLUDED);
    let mut delays: Vec<i64> = judged
        .iter()
        .filter_map(|(case, verdict)| match verdict {
            Verdict::Found(e) => Some(case.emitted.millis_since(events[*e].due())),
            _ => None,
        })
        .collect();
    delays.sort_unstable();
    let counted = found + duplicates + false_alarms;
    let share = |of: usize, n: usize| (n > 0).then(|| of as f64 / n as f64);
    let a_day = |count: f64| {
        watched_hours
            .filter(|h| *h > 0.0)
            .map(|hours| count / hours * 24.0)
    };
    let happened = own().filter(|(_, e)| e.counts()).count();
    ClassReport {
        status: if happened > 0 { "measured" } else { "not evaluated" },
        events: happened,
        too_short: own().filter(|(_, e)| !e.near_miss && !e.counts()).count(),
        near_misses: own().filter(|(_, e)| e.near_miss).count(),
        near_misses_alarmed: own()
            .filter(|(i, _)| judged.iter().any(|(_, v)| **v == Verdict::False(Some(*i))))
            .count(),
        cases: counted,
        duplicates,
        false_alarms,
        precision: wilson(found, found + false_alarms),
        recall: wilson(found, happened),
        recall_occluded: wilson(
            occluded().filter(|(e, _)| is_found(*e)).count(),
            occluded().count(),
        ),
        duplicate_rate: share(duplicates, counted),
        cases_per_event: share(found + duplicates, found),
        delay_secs_p50: percentile(&delays, 0.5),
        delay_secs_p95: percentile(&delays, 0.95),
        false_per_camera_day: a_day(false_alarms as f64),
        false_per_camera_day_high: a_day(poisson_upper(false_alarms)),
    }
}

/// Nearest rank of sorted milliseconds, in seconds.
fn percentile(sorted: &[i64], share: f64) -> Option<f64> {
    let rank = ((sorted.len() as f64 * share).ceil() as usize).max(1);
    Some(*sorted.get(rank - 1)? as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARKING: ViolationClass = ViolationClass::IllegalMotorParking;

    /// `NAME START..END DWELL X [near|reach]` a line, seconds; a box 0.1 wide at X.
    fn events(text: &str) -> Vec<TrueEvent> {
        let event = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (start, end) = words[1].split_once("..").expect("START..END");
            let secs = |text: &str| Wall(text.parse::<i64>().expect("seconds") * 1000);
            TrueEvent {
                name: words[0].to_owned(),
                class: PARKING,
                camera: CameraId::new("c").expect("id"),
                view: ViewId::new("v").expect("id"),
                start: secs(start),
                end: secs(end),
                dwell_secs: words[2].parse().expect("seconds"),
                place: BBox::new(words[3].parse().expect("x"), 0.5, 0.1, 0.1),
                reach: words.contains(&"reach").then_some(0.2),
                occluded: if words.contains(&"hidden") { 0.5 } else { 0.0 },
                near_miss: words.contains(&"near"),
            }
        };
        text.split(';').map(event).collect()
    }

    /// `EMITTED X` a case, seconds.
    fn cases(text: &str) -> Vec<EmittedCase> {
        let case = |(i, line): (usize, &str)| {
            let (emitted, x) = line.trim().split_once(' ').expect("EMITTED X");
            EmittedCase {
                id: i.to_string(),
                class: PARKING,
                camera: CameraId::new("c").expect("id"),
                view: ViewId::new("v").expect("id"),
                emitted: Wall((emitted.parse::<f64>().expect("seconds") * 1000.0) as i64),
                bbox: BBox::new(x.trim().parse().expect("x"), 0.5, 0.1, 0.1),
            }
        };
        text.split(';').enumerate().map(case).collect()
    }

    #[test]
    fn every_case_has_its_verdict() {
        use Verdict::{Duplicate, False, Found, TooShort};
        let rows = [
            ("in time", "a 0..100 60 0.1", "60 0.1", vec![Found(0)]),
            ("five seconds early", "a 0..100 20 0.1", "15 0.1", vec![Found(0)]),
            (
                "six seconds early",
                "a 0..100 20 0.1",
                "14 0.1",
                vec![False(None)],
            ),
            (
                "a tenth of the dwell early",
                "a 0..900 600 0.1",
                "540 0.1",
                vec![Found(0)],
            ),
            (
                "too early for a tenth",
                "a 0..900 600 0.1",
                "539 0.1",
                vec![False(None)],
            ),
            ("half a minute late", "a 0..100 60 0.1", "130 0.1", vec![Found(0)]),
            ("later", "a 0..100 60 0.1", "131 0.1", vec![False(None)]),
            (
                "twice",
                "a 0..100 60 0.1",
                "61 0.1; 60 0.1",
                vec![Duplicate(0), Found(0)],
            ),
            ("elsewhere", "a 0..100 60 0.1", "60 0.3", vec![False(None)]),
            (
                "elsewhere within reach",
                "a 0..100 60 0.1 reach",
                "60 0.25",
                vec![Found(0)],
            ),
            (
                "elsewhere out of reach",
                "a 0..100 60 0.1 reach",
                "60 0.35",
                vec![False(None)],
            ),
            ("too short", "a 0..50 60 0.1", "58 0.1", vec![TooShort(0)]),
            (
                "a near miss",
                "a 0..100 60 0.1 near",
                "60 0.1",
                vec![False(Some(0))],
            ),
            (
                "one after the other in one place",
                "a 0..100 60 0.1; b 100..200 60 0.1",
                "61 0.1; 161 0.1",
                vec![Found(0), Found(1)],
            ),
            (
                "side by side",
                "a 0..100 60 0.1; b 0..100 60 0.14",
                "60 0.14; 60 0.1; 61 0.12",
                vec![Found(0), Found(1), Duplicate(0)],
            ),
        ];
        for (name, truth, told, want) in rows {
            assert_eq!(judge(&events(truth), &cases(told)), want, "{name}");
        }
    }

    #[test]
    fn the_score_adds_up() {
        let truth = events(
            "a 0..100 60 0.0; b 0..100 60 0.2 hidden; c 0..100 60 0.4; d 0..30 60 0.6; e 0..100 60 0.8 near",
        );
        let told = cases("61 0.0; 63 0.2; 70 0.2; 62 0.8; 20 0.1; 59 0.6");
        let scores = score(&truth, &told, Some(48.0));
        let s = &scores["illegal_motor_parking"];
        assert_eq!(
            (s.events, s.too_short, s.near_misses, s.near_misses_alarmed),
            (3, 1, 1, 1)
        );
        assert_eq!((s.cases, s.duplicates, s.false_alarms), (5, 1, 2));
        assert_eq!((s.precision.of, s.precision.n), (2, 4));
        assert_eq!((s.recall.of, s.recall.n), (2, 3));
        assert_eq!((s.recall_occluded.of, s.recall_occluded.n), (1, 1));
        assert_eq!((s.duplicate_rate, s.cases_per_event), (Some(0.2), Some(1.5)));
        assert_eq!((s.delay_secs_p50, s.delay_secs_p95), (Some(1.0), Some(3.0)));
        assert_eq!(s.false_per_camera_day, Some(1.0));
        assert!((s.false_per_camera_day_high.expect("hours") - 7.2247 / 2.0).abs() < 1e-3);
        assert_eq!(scores["exposed_garbage"].status, "not evaluated");
    }
}

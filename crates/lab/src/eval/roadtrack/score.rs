//! Alarms against what really stood, as the archive's authors count (docs/ref/metrics.md).
//!
//! A stop is found when at least a fifth of its frames are covered by an alarm's box; an alarm is false when less than
//! nine tenths of its frames lie on a stop; both at an intersection over union of at least one half. The delay runs from
//! a stop's first frame to the first that an alarm covers. Precision is found by found and false, as the authors' own figures
//! have it: an alarm too many on one stop is no false alarm but is told as alarms per found stop.
//!
//! Not for: reading files (`archive`), making alarms (`alarms`).

use std::collections::{BTreeMap, BTreeSet};

use curbwatch_types::BBox;
use serde::Serialize;

use super::archive::Stop;
use crate::eval::interval::{Interval, wilson};

/// Boxes that share this much (intersection over union) are around one thing.
const COVERED_IOU: f32 = 0.5;
/// Share of a stop's frames that finds it.
const FOUND_SHARE: f64 = 0.2;
/// Share of an alarm's frames that must lie on stops.
const TRUE_SHARE: f64 = 0.9;

/// A case of the product: its box in every frame in which it was open and its thing seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alarm {
    /// Box by frame, relative.
    pub boxes: BTreeMap<u32, BBox>,
}

/// What became of one sequence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdicts {
    /// Frames from a stop's first to the first covered one; `None` for a stop that was not found. In the order of the stops.
    pub delays: Vec<Option<u32>>,
    /// Whether each alarm is false, in the order of the alarms.
    pub false_alarms: Vec<bool>,
    /// Alarms that cover a frame of a found stop, counted for each stop.
    pub alarms_on_found: usize,
}

/// Holds the alarms of a sequence against its stops.
pub fn judge(stops: &[Stop], alarms: &[Alarm]) -> Verdicts {
    let mut verdicts = Verdicts::default();
    for stop in stops {
        let mut covered = BTreeSet::new();
        let mut touching = 0;
        for alarm in alarms {
            let on_it = |(frame, bbox): (&u32, &BBox)| lies_on(stop, *frame, bbox).then_some(*frame);
            let frames: Vec<u32> = alarm.boxes.iter().filter_map(on_it).collect();
            touching += usize::from(!frames.is_empty());
            covered.extend(frames);
        }
        let found = covered.len() as f64 >= FOUND_SHARE * stop.boxes.len() as f64;
        let first = stop.boxes.keys().next().zip(covered.first());
        let delay = first.filter(|_| found).map(|(start, first)| first - start);
        if delay.is_some() {
            verdicts.alarms_on_found += touching;
        }
        verdicts.delays.push(delay);
    }
    for alarm in alarms {
        let on_any = |(frame, bbox): &(&u32, &BBox)| stops.iter().any(|stop| lies_on(stop, **frame, bbox));
        let right = alarm.boxes.iter().filter(on_any).count() as f64;
        verdicts
            .false_alarms
            .push(right < TRUE_SHARE * alarm.boxes.len() as f64);
    }
    verdicts
}

fn lies_on(stop: &Stop, frame: u32, bbox: &BBox) -> bool {
    let boxes = stop.boxes.get(&frame).into_iter().flatten();
    boxes.into_iter().any(|there| there.iou(bbox) >= COVERED_IOU)
}

/// Counts over sequences.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tally {
    sequences: usize,
    frames: usize,
    events: usize,
    found: usize,
    alarms: usize,
    false_alarms: usize,
    alarms_on_found: usize,
    delay_frames: u64,
}

impl Tally {
    pub(super) fn add(&mut self, frames: usize, verdicts: &Verdicts) {
        let found = verdicts.delays.iter().flatten();
        self.sequences += 1;
        self.frames += frames;
        self.events += verdicts.delays.len();
        self.found += found.clone().count();
        self.delay_frames += found.map(|delay| u64::from(*delay)).sum::<u64>();
        self.alarms += verdicts.false_alarms.len();
        self.false_alarms += verdicts.false_alarms.iter().filter(|wrong| **wrong).count();
        self.alarms_on_found += verdicts.alarms_on_found;
    }

    pub(super) fn figures(&self, fps: f64) -> Figures {
        let precision = wilson(self.found, self.found + self.false_alarms);
        let recall = wilson(self.found, self.events);
        let by_found = |sum: f64| (self.found > 0).then(|| sum / self.found as f64);
        let harmonic = |(p, r): (f64, f64)| if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 };
        Figures {
            precision: precision.share,
            recall: recall.share,
            f1: precision.share.zip(recall.share).map(harmonic),
            mean_delay_frames: by_found(self.delay_frames as f64),
            alarms_per_event: by_found(self.alarms_on_found as f64),
            false_alarms: self.false_alarms,
            events: self.events,
            sequences: self.sequences,
            found: self.found,
            alarms: self.alarms,
            camera_hours: self.frames as f64 / fps / 3600.0,
            precision_interval: precision,
            recall_interval: recall,
        }
    }
}

/// The score of some sequences. A share without a trial is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Found by found and false alarms.
    pub precision: Option<f64>,
    /// Found by stops.
    pub recall: Option<f64>,
    /// Harmonic mean of the two.
    pub f1: Option<f64>,
    /// Mean over found stops, in frames.
    pub mean_delay_frames: Option<f64>,
    /// Alarms that cover a found stop, by found stops.
    pub alarms_per_event: Option<f64>,
    /// Alarms of which less than nine tenths lie on stops.
    pub false_alarms: usize,
    /// Stops.
    pub events: usize,
    /// Sequences.
    pub sequences: usize,
    /// Stops found.
    pub found: usize,
    /// Alarms, right and wrong.
    pub alarms: usize,
    /// How long was watched.
    pub camera_hours: f64,
    /// Precision with its counts and Wilson's 95 % interval.
    pub precision_interval: Interval,
    /// Recall with the same.
    pub recall_interval: Interval,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The box of a thing at `x`, in frames `from..until`.
    fn boxes(x: f32, from: u32, until: u32) -> BTreeMap<u32, BBox> {
        (from..until)
            .map(|frame| (frame, BBox::new(x, 0.5, 0.1, 0.1)))
            .collect()
    }

    fn stop(x: f32, from: u32, until: u32) -> Stop {
        Stop {
            id: 0,
            boxes: boxes(x, from, until)
                .into_iter()
                .map(|(frame, b)| (frame, vec![b]))
                .collect(),
        }
    }

    fn alarm(x: f32, from: u32, until: u32) -> Alarm {
        Alarm {
            boxes: boxes(x, from, until),
        }
    }

    #[test]
    fn alarms_are_counted_as_the_authors_do() {
        // One stop of 100 frames at .3; 0.1 wide boxes .03 apart share 7/13, .04 apart 6/14.
        type Row = (&'static str, Vec<Alarm>, Option<u32>, Vec<bool>, usize);
        let rows: [Row; 8] = [
            ("none", vec![], None, vec![], 0),
            ("a fifth", vec![alarm(0.3, 181, 201)], Some(80), vec![false], 1),
            (
                "less than a fifth",
                vec![alarm(0.3, 182, 201)],
                None,
                vec![false],
                0,
            ),
            (
                "off by a third",
                vec![alarm(0.33, 111, 201)],
                Some(10),
                vec![false],
                1,
            ),
            ("off by more", vec![alarm(0.34, 111, 201)], None, vec![true], 0),
            (
                "nine tenths lie on it",
                vec![alarm(0.3, 111, 211)],
                Some(10),
                vec![false],
                1,
            ),
            (
                "less lie on it",
                vec![alarm(0.3, 112, 213)],
                Some(11),
                vec![true],
                1,
            ),
            (
                "two share it, one is elsewhere",
                vec![alarm(0.3, 103, 150), alarm(0.3, 150, 201), alarm(0.7, 101, 201)],
                Some(2),
                vec![false, false, true],
                2,
            ),
        ];
        for (name, alarms, delay, wrong, on_found) in rows {
            let verdicts = judge(&[stop(0.3, 101, 201)], &alarms);
            assert_eq!(verdicts.delays, [delay], "{name}");
            assert_eq!(verdicts.false_alarms, wrong, "{name}");
            assert_eq!(verdicts.alarms_on_found, on_found, "{name}");
        }
    }

    /// The authors' ground-plane method on the archive: 153 of 155, 7 false.
    #[test]
    fn the_figures_are_those_that_are_published() {
        let tally = Tally {
            sequences: 160,
            frames: 36_000,
            events: 155,
            found: 153,
            alarms: 160,
            false_alarms: 7,
            alarms_on_found: 153,
            delay_frames: 153 * 33,
        };
        let figures = tally.figures(10.0);
        let near = |got: Option<f64>, want: f64| {
            let got = got.expect("a number");
            assert!((got - want).abs() < 5e-4, "{got}, not {want}");
        };
        near(figures.precision, 0.956);
        near(figures.recall, 0.987);
        near(figures.f1, 0.971);
        near(figures.mean_delay_frames, 33.0);
        near(figures.alarms_per_event, 1.0);
        near(Some(figures.camera_hours), 1.0);
        let none = Tally::default().figures(10.0);
        assert_eq!((none.precision, none.recall, none.f1), (None, None, None));
        assert_eq!((none.mean_delay_frames, none.alarms_per_event), (None, None));
    }
}

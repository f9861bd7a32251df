//! Average precision as the COCO challenge counts it (Lin et al. 2014; pycocotools 2.0, `cocoeval.py`).
//!
//! For: numbers that compare with published ones: per picture and class the 100 best detections are
//! matched, best first, each to the free thing it overlaps most; precision is made monotone and read
//! at 101 recalls; AP is the mean over the ten thresholds .50, .55, ... .95.
//! `tests/coco.rs` holds it against the reference implementation.
//!
//! Not for: where boxes come from ([`super::detect`]).

/// Most detections of a class counted in one picture, best first.
pub const DETECTIONS_MAX: usize = 100;
/// Recalls at which precision is read.
const RECALLS: usize = 101;
/// Thresholds of intersection over union.
const THRESHOLDS: usize = 10;

/// A box in pixels of its picture: left, top, width, height.
pub type Rect = [f64; 4];

/// A thing that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// Where.
    pub rect: Rect,
    /// An area in which detections count neither for nor against (COCO's crowd): what lies in it by the
    /// threshold's share of its own area is left out, any number of times.
    pub ignored: bool,
}

/// A thing that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Where.
    pub rect: Rect,
    /// How sure.
    pub score: f64,
}

/// One class in one picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// What is there.
    pub truth: Vec<Truth>,
    /// What was found, in any order; of equal scores the first counts first.
    pub found: Vec<Found>,
}

/// From which size on an unmatched detection is a false one. What is too small to be asked for
/// must not be held against whoever found it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Smallest {
    /// Area in pixels.
    pub area: f64,
    /// Height in pixels.
    pub height: f64,
}

impl Smallest {
    fn is_below(&self, rect: &Rect) -> bool {
        rect[2] * rect[3] < self.area || rect[3] < self.height
    }
}

/// The score of a class.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ClassScore {
    /// Average precision at .50; `None` where nothing counts, which is not nothing found.
    pub ap50: Option<f64>,
    /// Mean of the average precisions at .50, .55, ... .95.
    pub ap: Option<f64>,
    /// Things that count.
    pub boxes: usize,
    /// Areas in which nothing counts.
    pub ignored: usize,
    /// Detections considered, those left out included.
    pub found: usize,
}

/// A detection after matching: its score, and at each threshold whether it is true, false or left out.
struct Judged {
    score: f64,
    verdicts: [Verdict; THRESHOLDS],
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    True,
    False,
    LeftOut,
}

/// Scores one class over its pictures. The order of pictures matters only among equal scores.
pub fn score(sheets: &[Sheet], smallest: Smallest) -> ClassScore {
    let mut judged: Vec<Judged> = sheets.iter().flat_map(|sheet| judge(sheet, smallest)).collect();
    judged.sort_by(|a, b| b.score.total_cmp(&a.score));
    let all = || sheets.iter().flat_map(|sheet| &sheet.truth);
    let boxes = all().filter(|truth| !truth.ignored).count();
    let at: Vec<f64> = (0..THRESHOLDS).map(|t| average(&judged, t, boxes)).collect();
    let counts = |value: f64| (boxes > 0).then_some(value);
    ClassScore {
        ap50: counts(at[0]),
        ap: counts(at.iter().sum::<f64>() / THRESHOLDS as f64),
        boxes,
        ignored: all().filter(|truth| truth.ignored).count(),
        found: judged.len(),
    }
}

/// .50, .55, ... .95 to the bit as `numpy.linspace` makes them.
fn threshold(number: usize) -> f64 {
    if number + 1 == THRESHOLDS {
        0.95
    } else {
        0.5 + number as f64 * ((0.95 - 0.5) / (THRESHOLDS - 1) as f64)
    }
}

/// Matches the detections of one picture, best first.
fn judge(sheet: &Sheet, smallest: Smallest) -> Vec<Judged> {
    let mut found = sheet.found.clone();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(DETECTIONS_MAX);
    // Things that count come first, so that an ignored one is taken only where no other fits.
    let (mut truth, ignored): (Vec<Truth>, Vec<Truth>) = sheet.truth.iter().partition(|t| !t.ignored);
    let counted = truth.len();
    truth.extend(ignored);
    let overlaps: Vec<Vec<f64>> = found
        .iter()
        .map(|f| truth.iter().map(|t| overlap(&f.rect, t)).collect())
        .collect();
    let mut judged: Vec<Judged> = found
        .iter()
        .map(|f| Judged {
            score: f.score,
            verdicts: [Verdict::False; THRESHOLDS],
        })
        .collect();
    for number in 0..THRESHOLDS {
        let mut taken = vec![false; counted];
        for ((found, overlaps), judged) in found.iter().zip(&overlaps).zip(&mut judged) {
            let free = |t: &usize| !taken[*t];
            let least = threshold(number).min(1.0 - 1e-10);
            let best = best((0..counted).filter(free), overlaps, least);
            judged.verdicts[number] = if let Some(best) = best {
                taken[best] = true;
                Verdict::True
            } else if best_ignored(counted, overlaps, least) || smallest.is_below(&found.rect) {
                Verdict::LeftOut
            } else {
                Verdict::False
            };
        }
    }
    judged
}

/// The candidate with the largest overlap of at least `least`; of equals the last.
fn best(candidates: impl Iterator<Item = usize>, overlaps: &[f64], least: f64) -> Option<usize> {
    let mut best = None;
    let mut most = least;
    for candidate in candidates {
        if overlaps[candidate] >= most {
            (best, most) = (Some(candidate), overlaps[candidate]);
        }
    }
    best
}

fn best_ignored(counted: usize, overlaps: &[f64], least: f64) -> bool {
    overlaps[counted..].iter().any(|overlap| *overlap >= least)
}

/// Intersection over union; over the detection's own area where the thing is an ignored area.
fn overlap(found: &Rect, truth: &Truth) -> f64 {
    let t = &truth.rect;
    let w = (found[0] + found[2]).min(t[0] + t[2]) - found[0].max(t[0]);
    let h = (found[1] + found[3]).min(t[1] + t[3]) - found[1].max(t[1]);
    if w <= 0.0 || h <= 0.0 {
        return 0.0;
    }
    let shared = w * h;
    let own = found[2] * found[3];
    let whole = if truth.ignored {
        own
    } else {
        own + t[2] * t[3] - shared
    };
    shared / whole
}

/// Mean of the monotone precision at 101 recalls. `judged` is sorted, best first.
fn average(judged: &[Judged], number: usize, boxes: usize) -> f64 {
    let (mut right, mut wrong) = (0.0, 0.0);
    let (mut recalls, mut precisions) = (Vec::new(), Vec::new());
    for verdict in judged.iter().map(|j| j.verdicts[number]) {
        match verdict {
            Verdict::True => right += 1.0,
            Verdict::False => wrong += 1.0,
            // It repeats the point before it, as the reference does; before the first one it is 0, 0.
            Verdict::LeftOut => {}
        }
        recalls.push(right / boxes.max(1) as f64);
        precisions.push(right / (right + wrong + f64::EPSILON));
    }
    for i in (1..precisions.len()).rev() {
        precisions[i - 1] = f64::max(precisions[i - 1], precisions[i]);
    }
    let at = |k: usize| {
        let wanted = k as f64 * (1.0 / (RECALLS - 1) as f64);
        let first = recalls.partition_point(|recall| *recall < wanted);
        precisions.get(first).copied().unwrap_or(0.0)
    };
    (0..RECALLS).map(at).sum::<f64>() / RECALLS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thresholds_are_the_references() {
        let all: Vec<f64> = (0..THRESHOLDS).map(threshold).collect();
        let numpy = [
            0.5,
            0.55,
            0.6,
            0.65,
            0.7,
            0.75,
            0.8,
            0.85,
            0.899_999_999_999_999_9,
            0.95,
        ];
        assert!(
            all.iter().zip(numpy).all(|(a, b)| (a - b).abs() < 1e-15),
            "{all:?}"
        );
    }

    #[test]
    fn an_area_below_the_height_holds_nothing_against_anyone() {
        let thing = Truth {
            rect: [10.0, 10.0, 40.0, 40.0],
            ignored: false,
        };
        let hit = Found {
            rect: thing.rect,
            score: 0.5,
        };
        let flat = Found {
            rect: [100.0, 100.0, 90.0, 8.0],
            score: 0.9,
        };
        let sheet = Sheet {
            truth: vec![thing],
            found: vec![hit, flat],
        };
        let ap50 = |height| {
            let smallest = Smallest { area: 0.0, height };
            score(std::slice::from_ref(&sheet), smallest)
                .ap50
                .expect("a thing counts")
        };
        assert!(ap50(12.0) > 0.99, "the flat one is left out");
        assert!(
            (ap50(0.0) - 0.5).abs() < 1e-9,
            "the flat one comes first and is false"
        );
    }
}

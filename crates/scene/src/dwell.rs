//! Whether a dwell is over, as far as the clocks allow it to be said.

use curbwatch_types::CapturedAt;

/// How much earlier than the dwell a claim may turn out to be: this much in milliseconds ...
const EARLY_MS: i64 = 5000;
/// ... or the dwell's tenth, whichever is more. What is claimed earlier than that counts as a false alarm.
const EARLY_SHARE: i64 = 10;

/// Whether what was seen `first` and `last` has stood for `dwell_ms`: by the times that were told, and even if each of them is
/// wrong by all of its uncertainty, but for what a claim may be early.
pub(crate) fn is_over(first: CapturedAt, last: CapturedAt, dwell_ms: i64) -> bool {
    let told_ms = last.at.millis_since(first.at);
    let proven_ms = told_ms - i64::from(first.uncertainty_ms) - i64::from(last.uncertainty_ms);
    told_ms >= dwell_ms && proven_ms >= dwell_ms - EARLY_MS.max(dwell_ms / EARLY_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use curbwatch_types::Wall;

    #[test]
    fn a_dwell_is_told_and_proven() {
        // Seconds between the looks, uncertainty of each, dwell; over.
        let rows = [
            (299, 0, 300, false),
            (300, 0, 300, true),
            (300, 1, 300, true),
            (300, 15, 300, true),
            (300, 16, 300, false),
            (332, 16, 300, true),
            (20, 2, 20, true),
            (20, 3, 20, false),
            (600, 480, 600, false),
        ];
        for (secs, uncertain, dwell, over) in rows {
            let at = |secs: i64| CapturedAt {
                at: Wall(secs * 1000),
                uncertainty_ms: uncertain * 1000,
            };
            assert_eq!(
                is_over(at(0), at(secs), dwell * 1000),
                over,
                "{secs} s, wrong by {uncertain} s"
            );
        }
    }
}

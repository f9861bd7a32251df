//! One run held against the run without a fault.

use super::{Fault, Outcome, RigOptions};

/// Least share of the fault-free run's looks that healthy cameras keep.
const LOOKS_KEPT_MIN: f64 = 0.99;
/// What a fault may cost in memory beyond the run without it: six bombs of 4 MiB, and the noise of an allocator.
const GROWTH_MAX_BYTES: u64 = 48 << 20;

/// Packets and pictures that a losing network must have lost.
const LOST_MIN: u64 = 10;

/// Everything that is not as it must be; empty is good. `plain`: the run without a fault.
pub fn judge(options: &RigOptions, outcome: &Outcome, plain: &Outcome) -> Vec<String> {
    let mut wrong = judge_but_looks(outcome);
    let mut want = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    let (share, kept) = (outcome.healthy_share(), plain.healthy_share());
    want(
        share >= LOOKS_KEPT_MIN * kept,
        format!("healthy cameras had {share:.4} of their looks, without the fault {kept:.4}"),
    );
    let grown = outcome.peak_bytes.saturating_sub(plain.peak_bytes);
    want(
        grown <= GROWTH_MAX_BYTES,
        format!("{} MiB more than without the fault", grown >> 20),
    );
    // Any stream that is joined in mid-picture has lost something; a losing network loses more.
    let lost = outcome.lost > plain.lost + LOST_MIN;
    want(
        options.fault != Some(Fault::UdpLoss) || lost,
        "the network lost nothing".to_owned(),
    );
    if let Some(fault) = options.fault {
        wrong.extend(fault.violations(outcome));
    }
    wrong
}

/// What holds in every run, also where looks cannot be kept.
pub(super) fn judge_but_looks(outcome: &Outcome) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut want = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    want(
        outcome.healthy_cases.iter().all(|cases| *cases == 1),
        format!("cases of the healthy cameras: {:?}", outcome.healthy_cases),
    );
    want(
        outcome.misplaced == 0,
        format!("{} cases where nothing stands", outcome.misplaced),
    );
    want(
        outcome.balanced,
        "looks due are not looks observed and dropped".to_owned(),
    );
    want(
        outcome.uncommitted == 0,
        format!("{} changes were not committed", outcome.uncommitted),
    );
    want(
        outcome.leaks == 0,
        format!("the password was written {} times", outcome.leaks),
    );
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Outcome {
        Outcome {
            healthy_cases: vec![1; 3],
            healthy_looks: (100, 0),
            balanced: true,
            ..Outcome::default()
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let options = RigOptions {
            healthy: 3,
            fault: None,
            watch: std::time::Duration::ZERO,
            patience: std::time::Duration::ZERO,
            look_every_secs: 1.0,
            model: "m".into(),
            folder: "f".into(),
            seed: 0,
        };
        assert_eq!(judge(&options, &good(), &good()), Vec::<String>::new());
        let rows: [(Outcome, &str); 7] = [
            (
                Outcome {
                    healthy_cases: vec![1, 0, 1],
                    ..good()
                },
                "cases of the healthy",
            ),
            (
                Outcome {
                    healthy_cases: vec![1, 2, 1],
                    ..good()
                },
                "cases of the healthy",
            ),
            (
                Outcome {
                    healthy_looks: (98, 2),
                    ..good()
                },
                "0.9800",
            ),
            (
                Outcome {
                    balanced: false,
                    ..good()
                },
                "looks due",
            ),
            (
                Outcome {
                    peak_bytes: 99 << 20,
                    ..good()
                },
                "99 MiB",
            ),
            (Outcome { leaks: 1, ..good() }, "password"),
            (
                Outcome {
                    misplaced: 1,
                    ..good()
                },
                "nothing stands",
            ),
        ];
        for (outcome, want) in rows {
            let wrong = judge(&options, &outcome, &good());
            assert!(wrong.len() == 1 && wrong[0].contains(want), "{wrong:?}");
        }
        let frozen = RigOptions {
            fault: Some(Fault::FrozenPicture),
            ..options
        };
        let wrong = judge(
            &frozen,
            &Outcome {
                faulted_cases: 1,
                ..good()
            },
            &good(),
        );
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }
}

//! How sure a share is.

use serde::Serialize;

/// A share with its counts and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Successes.
    pub of: usize,
    /// Trials.
    pub n: usize,
    /// Successes by trials; `None` without a trial.
    pub share: Option<f64>,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// The score interval of a share (Wilson 1927), 95 %; 0..1 without a trial.
pub fn wilson(of: usize, n: usize) -> Interval {
    if n == 0 {
        return Interval {
            of,
            n,
            share: None,
            low: 0.0,
            high: 1.0,
        };
    }
    let trials = n as f64;
    let share = of as f64 / trials;
    let z2 = Z * Z / trials;
    let middle = share + z2 / 2.0;
    let half = Z * (share * (1.0 - share) / trials + z2 / (4.0 * trials)).sqrt();
    Interval {
        of,
        n,
        share: Some(share),
        low: ((middle - half) / (1.0 + z2)).max(0.0),
        high: ((middle + half) / (1.0 + z2)).min(1.0),
    }
}

/// Upper end of the exact 95 % interval of a Poisson mean of which `count` were seen (Garwood 1936).
pub(super) fn poisson_upper(count: usize) -> f64 {
    // The chance to see at most `count`, which falls as the mean grows.
    let at_most = |mean: f64| {
        let (mut term, mut sum) = ((-mean).exp(), 0.0);
        for k in 0..=count {
            sum += term;
            term *= mean / (k + 1) as f64;
        }
        sum
    };
    let (mut low, mut high) = (count as f64, 2.0 * count as f64 + 20.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(middle) > 0.025 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_intervals() {
        // Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        let rows = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ];
        for (of, n, low, high) in rows {
            let interval = wilson(of, n);
            assert!((interval.low - low).abs() < 5e-5, "{of} of {n}: {interval:?}");
            assert!((interval.high - high).abs() < 5e-5, "{of} of {n}: {interval:?}");
        }
        assert_eq!(wilson(0, 0).share, None);
    }
    #[test]
    fn published_means() {
        // Ulm 1990, exact limits for 0, 1, 2, 10 and 50 seen.
        for (count, high) in [
            (0, 3.6889),
            (1, 5.5716),
            (2, 7.2247),
            (10, 18.3904),
            (50, 65.9183),
        ] {
            assert!(
                (poisson_upper(count) - high).abs() < 1e-3,
                "{count}: {}",
                poisson_upper(count)
            );
        }
    }
}

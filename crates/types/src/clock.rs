//! Four clocks, never mixed: media time (the stream's 90 kHz), monotonic arrival, wall-clock
//! captured-at with its uncertainty, and the camera's own claim (recorded elsewhere, never trusted).

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Media time of a stream, unwrapped, in ticks of 90 kHz (RFC 6184 8.2.1), within one epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaTime(pub i64);

impl MediaTime {
    /// Ticks a second.
    pub const HZ: i64 = 90_000;

    /// Media time in milliseconds, rounded down.
    pub fn millis(self) -> i64 {
        self.0.div_euclid(Self::HZ / 1000)
    }
}

/// A moment on the process's monotonic clock: time since the clock was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monotonic(pub Duration);

impl Monotonic {
    /// Time from `earlier` to this moment; zero when `earlier` is later.
    pub fn since(self, earlier: Monotonic) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment plus `by`.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

/// A moment of wall-clock time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(pub i64);

impl Wall {
    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn millis_since(self, earlier: Wall) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment plus `millis`.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// When a picture was taken, as well as we know it. Live: the wall clock at start-up carried forward
/// by the monotonic clock, so that a wall-clock jump opens and closes nothing. Replay: from the
/// footage manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapturedAt {
    /// Best estimate.
    pub at: Wall,
    /// The true moment lies within `at` ± this many milliseconds.
    pub uncertainty_ms: u32,
}

/// The time of the machine, or of a test.
pub trait Clock: Send + Sync {
    /// Monotonic time since the clock was made.
    fn monotonic(&self) -> Monotonic;

    /// Wall-clock time that advances with the monotonic clock: read once at the start, then carried.
    fn wall(&self) -> Wall;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    started_wall_ms: i64,
}

impl SystemClock {
    /// Reads wall and monotonic time once; everything after is carried forward monotonically.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for the time"
    )]
    pub fn new() -> Self {
        let started_wall_ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        Self {
            started: Instant::now(),
            started_wall_ms,
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn monotonic(&self) -> Monotonic {
        Monotonic(self.started.elapsed())
    }

    fn wall(&self) -> Wall {
        let elapsed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        Wall(self.started_wall_ms.saturating_add(elapsed))
    }
}

/// A clock that stands still until it is told to move: for replay and tests.
#[derive(Debug, Default)]
pub struct ManualClock {
    monotonic_ns: AtomicU64,
    wall_start_ms: AtomicI64,
}

impl ManualClock {
    /// A clock at monotonic zero and this wall time.
    pub fn at(wall: Wall) -> Self {
        Self {
            monotonic_ns: AtomicU64::new(0),
            wall_start_ms: AtomicI64::new(wall.0),
        }
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        let ns = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.monotonic_ns.fetch_add(ns, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn monotonic(&self) -> Monotonic {
        Monotonic(Duration::from_nanos(self.monotonic_ns.load(Ordering::SeqCst)))
    }

    fn wall(&self) -> Wall {
        let elapsed_ms = (self.monotonic_ns.load(Ordering::SeqCst) / 1_000_000) as i64;
        Wall(self.wall_start_ms.load(Ordering::SeqCst) + elapsed_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_clock_moves_both_clocks_together() {
        let clock = ManualClock::at(Wall(1_000));
        clock.advance(Duration::from_millis(250));
        assert_eq!(clock.monotonic(), Monotonic(Duration::from_millis(250)));
        assert_eq!(clock.wall(), Wall(1_250));
    }

    #[test]
    fn media_time_before_zero_rounds_down() {
        assert_eq!(MediaTime(-1).millis(), -1);
        assert_eq!(MediaTime(90_089).millis(), 1_000);
    }
}

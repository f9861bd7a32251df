//! A soak: a fleet of receivers on a farm for as long as asked, under faults, with what must not grow.
//!
//! Each round the platform reboots once (its farm goes away and comes back at the same address), and every
//! fourth round all receivers say goodbye and begin again. For: memory that creeps, sessions above their
//! budget, exits without TEARDOWN. Not for: decoding and cases. Receivers and farm share the process, so the slope is that
//! of both.

use std::sync::Arc;
use std::time::Duration;

use curbwatch_engine::rss_bytes;
use curbwatch_ingest::Budget;
use curbwatch_types::Clock;
use serde::Serialize;

use crate::Error;
use crate::farm::{Farm, FarmOptions, Track};
use crate::fleet::{District, Fleet, cpu_time};

/// One round: so long up, then the reboot.
const ROUND: Duration = Duration::from_secs(20);
/// How long the platform is away.
const AWAY: Duration = Duration::from_secs(3);
/// How often memory is read.
const SAMPLE_EVERY: Duration = Duration::from_secs(2);
/// Rounds after which all receivers begin again.
const ROUNDS_PER_LIFE: u32 = 4;
/// How long sessions may take to be up before an orderly end counts its goodbyes.
const SETTLE: Duration = Duration::from_secs(30);

/// What to soak.
#[derive(Debug, Clone)]
pub struct SoakOptions {
    /// Cameras of the platform.
    pub cameras: usize,
    /// What they play.
    pub tracks: Vec<Arc<Track>>,
    /// Sessions that the platform allows.
    pub sessions_max: usize,
    /// How long, at least; the round under way is finished.
    pub duration: Duration,
}

/// What a soak found.
#[derive(Debug, Clone, Serialize)]
pub struct Soaked {
    /// How long it took, seconds.
    pub secs: f64,
    /// Reboots of the platform.
    pub reboots: u32,
    /// Sessions that stood, ever.
    pub sessions: u64,
    /// The most sessions at one time, and the budget.
    pub sessions_most: usize,
    /// What the platform allows.
    pub sessions_max: usize,
    /// The most sessions that the farm itself saw playing.
    pub playing_most: u64,
    /// Sessions that stood when receivers were told to stop.
    pub ended: u64,
    /// TEARDOWNs that the farm got for them.
    pub teardowns: u64,
    /// Pictures received.
    pub pictures: u64,
    /// Memory at the end of the first quarter and at the end, bytes.
    pub rss_bytes: (u64, u64),
    /// Slope of memory over the last three quarters, bytes a minute (least squares).
    pub rss_slope_bytes_per_min: f64,
    /// Standard error of that slope.
    pub rss_slope_error: f64,
    /// CPU time by wall time.
    pub cpu_share: f64,
}

/// Soaks on the current tokio runtime.
pub async fn soak(options: &SoakOptions, clock: &Arc<dyn Clock>) -> Result<Soaked, Error> {
    let begun = clock.monotonic();
    let cpu_begun = cpu_time();
    let since = || clock.monotonic().since(begun);
    let mut farm = Farm::start(
        FarmOptions::new(options.cameras, options.tracks.clone()),
        Arc::clone(clock),
    )
    .await?;
    let (address, urls) = (farm.addr(), farm.urls());
    let sessions = Budget::new("the platform", options.sessions_max);
    let mut receive = District::default().options(Duration::from_secs(2));
    receive.session_budgets = vec![Arc::clone(&sessions)];
    let mut samples = Vec::new();
    let mut soaked = Soaked {
        secs: 0.0,
        reboots: 0,
        sessions: 0,
        sessions_most: 0,
        sessions_max: options.sessions_max,
        playing_most: 0,
        ended: 0,
        teardowns: 0,
        pictures: 0,
        rss_bytes: (0, 0),
        rss_slope_bytes_per_min: 0.0,
        rss_slope_error: 0.0,
        cpu_share: 0.0,
    };
    let mut life = 0;
    while since() < options.duration {
        life += 1;
        let fleet = Fleet::start(&urls, &receive, clock, life)?;
        for round in 0..ROUNDS_PER_LIFE {
            let round_over = since() + ROUND;
            while since() < round_over {
                tokio::time::sleep(SAMPLE_EVERY).await;
                samples.push((since().as_secs_f64() / 60.0, rss_bytes() as f64));
                soaked.playing_most = soaked.playing_most.max(farm.stats().playing);
            }
            if since() >= options.duration || round + 1 == ROUNDS_PER_LIFE {
                break;
            }
            drop(farm);
            tokio::time::sleep(AWAY).await;
            let mut again = FarmOptions::new(options.cameras, options.tracks.clone());
            again.listen = address;
            farm = Farm::start(again, Arc::clone(clock)).await?;
            soaked.reboots += 1;
        }
        settled(&fleet, options, clock).await;
        let (stood, before) = (farm.stats().playing, farm.stats().teardowns);
        let sums = fleet.sums();
        soaked.sessions += sums.sessions;
        soaked.pictures += sums.pictures;
        fleet.stop().await;
        soaked.ended += stood;
        soaked.teardowns += farm.stats().teardowns - before;
    }
    soaked.secs = since().as_secs_f64();
    soaked.sessions_most = sessions.most();
    soaked.cpu_share = cpu_time().saturating_sub(cpu_begun).as_secs_f64() / soaked.secs;
    let warm = samples.split_off(samples.len() / 4);
    let at = |sample: Option<&(f64, f64)>| sample.map_or(0, |(_, bytes)| *bytes as u64);
    soaked.rss_bytes = (at(warm.first()), at(warm.last()));
    (soaked.rss_slope_bytes_per_min, soaked.rss_slope_error) = slope(&warm);
    Ok(soaked)
}

/// Waits until as many sessions stand as may, so that the goodbyes can be counted.
async fn settled(fleet: &Fleet, options: &SoakOptions, clock: &Arc<dyn Clock>) {
    let begun = clock.monotonic();
    let want = options.cameras.min(options.sessions_max);
    while fleet.sums().live < want && clock.monotonic().since(begun) < SETTLE {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Slope of a line through the points and its standard error, by least squares.
pub(crate) fn slope(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    if points.len() < 3 {
        return (0.0, 0.0);
    }
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / spread.max(f64::EPSILON);
    let rest: f64 = points.iter().map(|p| (p.1 - y - slope * (p.0 - x)).powi(2)).sum();
    (slope, (rest / (count - 2.0) / spread.max(f64::EPSILON)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_and_no_error() {
        let points: Vec<_> = (0..9).map(|n| (f64::from(n), 5.0 + 3.0 * f64::from(n))).collect();
        let (by, error) = slope(&points);
        assert!((by - 3.0).abs() < 1e-9 && error < 1e-9, "{by} {error}");
    }
}

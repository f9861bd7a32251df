//! How often cameras on patrol are really visited: the wish, and what came of it. A read model, kept by the
//! board for each camera and summed up by group. Pure: moments come in.
//!
//! Not for: who is visited next (`rounds`), or whether a camera counts as watched (`coverage`).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use curbwatch_types::Wall;

use crate::coverage::allowed;

/// Intervals kept of a camera: more than a day of visits every quarter of an hour.
const INTERVALS_MAX: usize = 100;

/// What a camera on patrol is promised, and what it gets.
#[derive(Debug, Clone)]
pub struct Revisits {
    /// Its group, where it has one.
    pub group: Option<Arc<str>>,
    /// From one visit to the next, as wished.
    pub wish: Duration,
    /// Visits that came to a picture.
    pub visits: u64,
    /// Visits that came to none.
    pub in_vain: u64,
    /// When the first picture of the last visit was taken.
    pub last_visit: Option<Wall>,
    /// When the next visit is due; nothing while one is under way.
    pub next_due: Option<Wall>,
    /// Milliseconds between the first pictures of two visits, the newest last.
    intervals: VecDeque<u32>,
    /// Since when it is on patrol.
    since: Wall,
}

/// Intervals between visits, the one that is not over counted in where it is longer than wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Achieved {
    /// How many, the last hundred at most.
    pub intervals: usize,
    /// Of these, within the wish.
    pub within: usize,
    /// The one in the middle.
    pub median: Duration,
    /// The longest.
    pub worst: Duration,
    /// All of them.
    pub sum: Duration,
}

impl Revisits {
    pub(crate) fn new(group: Option<&str>, wish: Duration, now: Wall) -> Self {
        Self {
            group: group.map(Arc::from),
            wish,
            visits: 0,
            in_vain: 0,
            last_visit: None,
            next_due: None,
            intervals: VecDeque::new(),
            since: now,
        }
    }

    /// A visit came to its first picture, taken at `at`. The answer: how long after the one before.
    pub(crate) fn visited(&mut self, at: Wall) -> Option<Duration> {
        self.visits += 1;
        let before = self.last_visit.replace(at)?;
        let millis = u32::try_from(at.millis_since(before).max(0)).unwrap_or(u32::MAX);
        if self.intervals.len() >= INTERVALS_MAX {
            self.intervals.pop_front();
        }
        self.intervals.push_back(millis);
        Some(Duration::from_millis(millis.into()))
    }

    /// Without a look for longer than this it counts as not watched.
    pub fn guaranteed(&self) -> Duration {
        allowed(self.wish)
    }

    /// What it gets, as of `now`; nothing before there is something to say.
    pub fn achieved(&self, now: Wall) -> Option<Achieved> {
        let wish = u32::try_from(self.wish.as_millis()).unwrap_or(u32::MAX);
        let open = now.millis_since(self.last_visit.unwrap_or(self.since));
        let open = u32::try_from(open).unwrap_or(0);
        let mut all: Vec<u32> = self.intervals.iter().copied().collect();
        all.extend(Some(open).filter(|open| *open > wish));
        all.sort_unstable();
        let millis = |millis: u32| Duration::from_millis(millis.into());
        Some(Achieved {
            intervals: all.len(),
            within: all.partition_point(|millis| *millis <= wish),
            median: millis(*all.get(all.len() / 2)?),
            worst: millis(*all.last()?),
            sum: all.iter().map(|one| millis(*one)).sum(),
        })
    }
}

/// What a group on patrol gets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupRevisits {
    /// Cameras on patrol.
    pub cameras: usize,
    /// Of these, cameras that have not been seen yet.
    pub unseen: usize,
    /// Rounds an hour: what the camera in the mean is visited, over the last hundred visits of each.
    pub rounds_per_hour: f64,
    /// Intervals between visits, and how many of them were within the wish.
    pub intervals: usize,
    /// See `intervals`.
    pub within: usize,
    /// The longest interval.
    pub worst: Duration,
}

impl GroupRevisits {
    /// Share of the intervals that were within the wish; 1 before there is one.
    pub fn share_within(&self) -> f64 {
        if self.intervals == 0 {
            return 1.0;
        }
        self.within as f64 / self.intervals as f64
    }
}

/// Sums up by group; cameras without one are under the empty name.
pub fn by_group<'r>(
    cameras: impl Iterator<Item = &'r Revisits>,
    now: Wall,
) -> BTreeMap<Arc<str>, GroupRevisits> {
    let mut groups: BTreeMap<Arc<str>, GroupRevisits> = BTreeMap::new();
    for camera in cameras {
        let name = camera.group.clone().unwrap_or_default();
        let group = groups.entry(name).or_default();
        group.cameras += 1;
        group.unseen += usize::from(camera.last_visit.is_none());
        let Some(achieved) = camera.achieved(now) else {
            continue;
        };
        group.intervals += achieved.intervals;
        group.within += achieved.within;
        group.worst = group.worst.max(achieved.worst);
        if !camera.intervals.is_empty() {
            group.rounds_per_hour +=
                3600.0 * achieved.intervals as f64 / achieved.sum.as_secs_f64().max(1e-3);
        }
    }
    for group in groups.values_mut() {
        group.rounds_per_hour /= group.cameras.max(1) as f64;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_camera_gets_is_its_intervals_and_the_one_that_runs() {
        let mut camera = Revisits::new(Some("north"), Duration::from_secs(60), Wall(0));
        assert_eq!(camera.achieved(Wall(60_000)), None, "nothing is late yet");
        let waits = camera
            .achieved(Wall(90_000))
            .expect("it waits for its first visit");
        assert_eq!((waits.intervals, waits.within, waits.worst.as_secs()), (1, 0, 90));
        for secs in [90, 140, 210, 262] {
            camera.visited(Wall(secs * 1000));
        }
        let told = |camera: &Revisits, now: i64| {
            let got = camera.achieved(Wall(now * 1000)).expect("three intervals");
            (
                got.intervals,
                got.within,
                got.median.as_secs(),
                got.worst.as_secs(),
            )
        };
        assert_eq!(told(&camera, 280), (3, 2, 52, 70));
        assert_eq!(told(&camera, 400), (4, 2, 70, 138), "and the one that runs");
        for n in 0..1000 {
            camera.visited(Wall(262_000 + 50_000 * n));
        }
        assert_eq!(told(&camera, 0), (100, 100, 50, 50), "the last hundred");
    }

    #[test]
    fn a_group_is_its_cameras_in_the_mean() {
        let camera = |group: Option<&str>, every: i64, visits: i64| {
            let mut camera = Revisits::new(group, Duration::from_secs(60), Wall(0));
            for n in 0..visits {
                camera.visited(Wall(every * n * 1000));
            }
            camera
        };
        let cameras = [
            camera(Some("north"), 60, 5),
            camera(Some("north"), 120, 3),
            camera(Some("north"), 1, 0),
            camera(None, 30, 2),
        ];
        let groups = by_group(cameras.iter(), Wall(30_000));
        let north = &groups["north"];
        assert_eq!(
            (north.cameras, north.unseen, north.intervals, north.within),
            (3, 1, 6, 4)
        );
        assert_eq!(north.worst.as_secs(), 120);
        assert!(
            (north.rounds_per_hour - (60.0 + 30.0) / 3.0).abs() < 1e-9,
            "{north:?}"
        );
        assert!((groups[""].rounds_per_hour - 120.0).abs() < 1e-9);
    }
}

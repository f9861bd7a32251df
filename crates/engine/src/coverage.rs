//! Whether a camera is watched: one camera's gaps between looks that could judge something, with their
//! causes. Pure: moments come in, rows of the coverage ledger go out.
//!
//! A camera is blind from one usable look to the next when more time lies between them than looks may
//! be apart ([`allowed`]). So a reconnect between two looks is no blind time, and a session that stands
//! but shows nothing is. Not for: what a camera's state is (`board`), or writing (`ledger`).

use std::time::Duration;

use curbwatch_case::Before;
use curbwatch_types::{BlindCause, BlindInterval, CameraId, Wall};

/// `connecting` follows every fault; it becomes the cause of its own only when it lasts.
const CONNECTING_SETTLES_MILLIS: i64 = 10 * 60 * 1000;
/// Causes kept of a gap that is not blind time yet; more than states change in that time.
const SEGMENTS_MAX: usize = 16;

/// How far apart looks may be: two may fail, and slow periods are not held to seconds.
pub(crate) fn allowed(every: Duration) -> Duration {
    (every * 3).max(every + Duration::from_secs(10))
}

fn allowed_millis(every: Duration) -> i64 {
    i64::try_from(allowed(every).as_millis()).unwrap_or(i64::MAX)
}

/// A stretch of a gap with one cause.
#[derive(Debug, Clone)]
struct Segment {
    cause: BlindCause,
    why: String,
    from: Wall,
}

/// The book of one camera.
#[derive(Debug)]
pub(crate) struct Watched {
    camera: CameraId,
    allowed_millis: i64,
    /// The picture of the last usable look.
    usable_at: Wall,
    /// What stands in the way now; nothing for a live camera.
    cause: Option<Segment>,
    live_since: Wall,
    /// The causes since `usable_at`, oldest first.
    segments: Vec<Segment>,
    /// The gap is longer than allowed: its segments are rows.
    blind: bool,
    /// It is on patrol: when the last visit's picture was taken.
    visited_at: Option<Wall>,
    rows: Vec<BlindInterval>,
}

impl Watched {
    /// A camera on the roster from `now` on; `before` is what the ledger knows of it.
    pub(crate) fn new(camera: CameraId, every: Duration, before: Before, now: Wall) -> Self {
        let mut watched = Self::unvisited(camera, every, before.until.unwrap_or(now));
        if let Some(until) = before.until {
            let (cause, why) = if before.listed {
                (BlindCause::Down, "the program was not running")
            } else {
                (BlindCause::Suspended, "it was not in the configuration")
            };
            watched.push(cause, why, until);
        }
        watched.push(BlindCause::Connecting, "not dialled yet", now);
        watched.cause = watched.segments.last().cloned();
        if before.blind {
            watched.blind = true;
            watched.out(now, true);
        }
        watched
    }

    /// A camera that nobody has visited since `now`.
    pub(crate) fn unvisited(camera: CameraId, every: Duration, now: Wall) -> Self {
        Self {
            camera,
            allowed_millis: allowed_millis(every),
            usable_at: now,
            cause: None,
            live_since: now,
            segments: Vec::new(),
            blind: false,
            visited_at: None,
            rows: Vec::new(),
        }
    }

    /// It is on patrol: a gap in which nobody was there has that as its cause.
    pub(crate) fn on_patrol(mut self) -> Self {
        self.visited_at = Some(Wall(i64::MIN));
        if let Some(last) = self.segments.last_mut() {
            (last.cause, last.why) = (BlindCause::Unvisited, "not visited yet".to_owned());
        }
        self.cause = None;
        self
    }

    /// It is on patrol from now on, or stays.
    pub(crate) fn set_on_patrol(&mut self, on_patrol: bool) {
        self.visited_at = on_patrol.then_some(self.visited_at.unwrap_or(Wall(i64::MIN)));
    }

    /// A visit's picture was taken at `at`; whether it could judge something is seen later.
    pub(crate) fn visited(&mut self, at: Wall) {
        self.visited_at = Some(at);
    }

    /// Whether the gap is longer than allowed.
    pub(crate) fn is_blind(&self) -> bool {
        self.blind
    }

    /// Milliseconds that looks may be apart.
    pub(crate) fn allowed_millis(&self) -> i64 {
        self.allowed_millis
    }

    /// The period has changed; what is blind time already stays so.
    pub(crate) fn look_every(&mut self, every: Duration) {
        self.allowed_millis = allowed_millis(every);
    }

    /// What stands in the way from `now` on; nothing when the camera is live.
    pub(crate) fn stands(&mut self, cause: Option<(BlindCause, &str)>, now: Wall) {
        let Some((cause, why)) = cause else {
            if self.cause.take().is_some() {
                self.live_since = now;
            }
            return;
        };
        match &mut self.cause {
            Some(known) if known.cause == cause => why.clone_into(&mut known.why),
            _ => {
                self.cause = Some(Segment {
                    cause,
                    why: why.to_owned(),
                    from: now,
                });
            }
        }
        self.follow(now);
    }

    /// A look that could judge something, by its picture's time.
    pub(crate) fn usable(&mut self, at: Wall) {
        if at <= self.usable_at {
            return;
        }
        if self.blind || at.millis_since(self.usable_at) > self.allowed_millis {
            self.explain(at);
            self.out(at, false);
        }
        self.blind = false;
        self.segments.clear();
        self.usable_at = at;
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Wall) {
        self.follow(now);
        if self.cause.is_none() && now.millis_since(self.live_since) > self.allowed_millis {
            let said = self.segments.last().map(|segment| segment.cause);
            let (cause, why) = self.unexplained();
            if now.millis_since(self.usable_at) > self.allowed_millis && said != Some(cause) {
                self.advance(cause, why, self.live_since.max(self.usable_at));
            }
        }
        if !self.blind && now.millis_since(self.usable_at) > self.allowed_millis {
            self.explain(now);
            self.blind = true;
            self.out(now, true);
        }
    }

    /// The book is closed at `now`: what is open ends there.
    pub(crate) fn close(&mut self, now: Wall) {
        self.tick(now);
        if self.blind {
            self.out(now, false);
        }
    }

    /// Rows that are new or changed, in the order in which they are to be written.
    pub(crate) fn drain(&mut self) -> std::vec::Drain<'_, BlindInterval> {
        self.rows.drain(..)
    }

    /// Makes what stands in the way a segment, when it is one.
    fn follow(&mut self, now: Wall) {
        let Some(cause) = self.cause.clone() else { return };
        let Some(last) = self.segments.last_mut() else {
            self.push(cause.cause, &cause.why, self.usable_at);
            return;
        };
        if last.cause == cause.cause {
            last.why = cause.why;
            return;
        }
        let lasts = now.millis_since(cause.from) >= CONNECTING_SETTLES_MILLIS;
        if cause.cause == BlindCause::Connecting && !lasts {
            return;
        }
        self.advance(cause.cause, &cause.why, cause.from);
    }

    /// A new segment from `from` on; the one before it ends there.
    fn advance(&mut self, cause: BlindCause, why: &str, from: Wall) {
        let Some(n) = self.segments.len().checked_sub(1) else {
            self.push(cause, why, self.usable_at);
            return;
        };
        let last = &mut self.segments[n];
        let from = from.max(last.from);
        let short = from.millis_since(last.from) < CONNECTING_SETTLES_MILLIS;
        if last.cause == BlindCause::Connecting && short || from == last.from || n + 1 >= SEGMENTS_MAX {
            // Dialling came to this: one stretch.
            (last.cause, last.why) = (cause, why.to_owned());
        } else {
            self.push(cause, why, from);
        }
        if self.blind {
            self.out(from, true);
        }
    }

    /// A gap has a cause, and be it that nobody knows one.
    fn explain(&mut self, now: Wall) {
        self.follow(now);
        if self.segments.is_empty() {
            let (cause, why) = self.unexplained();
            self.push(cause, why, self.usable_at);
        }
    }

    /// Why nothing was seen although nothing is wrong with the camera.
    fn unexplained(&self) -> (BlindCause, &'static str) {
        match self.visited_at {
            Some(at) if at <= self.usable_at => (BlindCause::Unvisited, UNVISITED),
            _ => (BlindCause::Unlooked, UNLOOKED),
        }
    }

    fn push(&mut self, cause: BlindCause, why: &str, from: Wall) {
        self.segments.push(Segment {
            cause,
            why: why.to_owned(),
            from,
        });
    }

    /// Every segment is a row; of an open gap the last one is kept, to be written again.
    fn out(&mut self, until: Wall, open: bool) {
        let count = self.segments.len();
        for n in 0..count {
            let segment = &self.segments[n];
            let ends = self
                .segments
                .get(n + 1)
                .map_or(until, |next| next.from.min(until));
            self.rows.push(BlindInterval {
                camera: self.camera.clone(),
                cause: segment.cause,
                why: segment.why.clone(),
                from: segment.from,
                until: ends.max(segment.from),
                open: open && n + 1 == count,
            });
        }
        self.segments.drain(..count.saturating_sub(1));
    }
}

const UNVISITED: &str = "not visited: the sessions were with other cameras";
const UNLOOKED: &str = "pictures arrive, but no look that could judge anything came of them";

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use BlindCause::{Connecting, Down, Frozen, Refused, Stalled, Suspended, Unlooked};

    use super::*;

    const EVERY: Duration = Duration::from_secs(5);

    #[derive(Clone, Copy)]
    enum Step {
        Stands(Option<BlindCause>),
        Usable,
        Tick,
        /// A visit's picture, and whether it was usable.
        Visited(bool),
    }
    use Step::{Stands, Tick, Usable, Visited};

    /// A name, steps at seconds, and what the ledger holds after them.
    type Row = (
        &'static str,
        &'static [(i64, Step)],
        &'static [(BlindCause, i64, i64, bool)],
    );

    fn watched(before: Before) -> Watched {
        Watched::new(CameraId::new("c").expect("an id"), EVERY, before, Wall(0))
    }

    /// What the ledger holds after the steps (at seconds): cause, from, until, open.
    fn ledger(mut watched: Watched, steps: &[(i64, Step)]) -> Vec<(BlindCause, i64, i64, bool)> {
        let mut rows = BTreeMap::new();
        for &(at, step) in steps {
            let now = Wall(at * 1000);
            match step {
                Stands(cause) => watched.stands(cause.map(|cause| (cause, "why")), now),
                Usable => watched.usable(now),
                Tick => watched.tick(now),
                Visited(is_usable) => {
                    watched.stands(None, now);
                    watched.visited(now);
                    if is_usable {
                        watched.usable(now);
                    }
                }
            }
            rows.extend(watched.drain().map(|row| (row.from, row)));
        }
        rows.into_values()
            .map(|row| (row.cause, row.from.0 / 1000, row.until.0 / 1000, row.open))
            .collect()
    }

    #[test]
    fn a_gap_longer_than_looks_may_be_apart_is_blind_time_with_its_cause() {
        let live = [(1, Stands(None)), (2, Usable), (7, Usable)];
        let rows: [Row; 8] = [
            (
                "a reconnect between two looks",
                &[(8, Stands(Some(Connecting))), (12, Stands(None)), (17, Usable)],
                &[],
            ),
            (
                "a fault and the dialling after it",
                &[
                    (9, Stands(Some(Stalled))),
                    (9, Stands(Some(Connecting))),
                    (30, Tick),
                    (300, Stands(None)),
                    (302, Usable),
                ],
                &[(Stalled, 7, 302, false)],
            ),
            (
                "a fault that turns into an absence",
                &[
                    (9, Stands(Some(Stalled))),
                    (10, Stands(Some(Connecting))),
                    (30, Tick),
                    (700, Tick),
                ],
                &[(Stalled, 7, 10, false), (Connecting, 10, 10, true)],
            ),
            (
                "dialling that comes to something",
                &[
                    (9, Stands(Some(Connecting))),
                    (40, Tick),
                    (41, Stands(Some(Refused))),
                ],
                &[(Refused, 7, 41, true)],
            ),
            (
                "nothing is wrong but nothing is seen",
                &[(30, Tick)],
                &[(Unlooked, 7, 30, true)],
            ),
            (
                "seen and frozen",
                &[
                    (12, Stands(Some(Frozen))),
                    (30, Tick),
                    (60, Tick),
                    (62, Stands(None)),
                    (62, Usable),
                ],
                &[(Frozen, 7, 62, false)],
            ),
            (
                "two faults one after the other",
                &[
                    (9, Stands(Some(Frozen))),
                    (40, Tick),
                    (50, Stands(Some(Stalled))),
                    (90, Usable),
                ],
                &[(Frozen, 7, 50, false), (Stalled, 50, 90, false)],
            ),
            (
                "found late, with nobody to tick",
                &[(9, Stands(Some(Frozen))), (90, Usable)],
                &[(Frozen, 7, 90, false)],
            ),
        ];
        for (name, steps, want) in rows {
            let steps: Vec<_> = live.iter().chain(steps).copied().collect();
            assert_eq!(ledger(watched(Before::default()), &steps), want, "{name}");
        }
    }

    #[test]
    fn what_was_before_the_start_is_told_from_what_comes_after() {
        let before = |until: i64, listed, blind| Before {
            until: Some(Wall(until * 1000)),
            listed,
            blind,
        };
        let start: &[(i64, Step)] = &[(4, Stands(None)), (5, Usable)];
        let rows = [
            ("a quick restart", before(-3, true, false), vec![]),
            (
                "blind when it ended",
                before(-3, true, true),
                vec![(Down, -3, 0, false), (Connecting, 0, 5, false)],
            ),
            (
                "a night off",
                before(-9000, true, false),
                vec![(Down, -9000, 0, false), (Connecting, 0, 5, false)],
            ),
            (
                "not configured for a while",
                before(-9000, false, false),
                vec![(Suspended, -9000, 0, false), (Connecting, 0, 5, false)],
            ),
        ];
        for (name, before, want) in rows {
            assert_eq!(ledger(watched(before), start), want, "{name}");
        }
    }

    #[test]
    fn a_camera_on_patrol_is_blind_when_it_is_not_visited_for_too_long() {
        use BlindCause::Unvisited;
        let rows: [Row; 4] = [
            (
                "between visits",
                &[(3, Visited(true)), (17, Tick), (18, Visited(true))],
                &[],
            ),
            (
                "its first visit does not come",
                &[(16, Tick), (40, Visited(true))],
                &[(Unvisited, 0, 40, false)],
            ),
            (
                "its next visit does not come",
                &[(3, Visited(true)), (19, Tick), (30, Tick), (50, Visited(true))],
                &[(Unvisited, 3, 50, false)],
            ),
            (
                "it is visited, and no look comes of it",
                &[(3, Visited(true)), (7, Visited(false)), (30, Tick)],
                &[(Unlooked, 3, 30, true)],
            ),
        ];
        for (name, steps, want) in rows {
            let patrolled = watched(Before::default()).on_patrol();
            assert_eq!(ledger(patrolled, steps), want, "{name}");
        }
    }

    #[test]
    fn a_camera_that_flaps_costs_few_rows() {
        let mut steps = vec![(1, Stands(None)), (2, Usable)];
        for n in 0..10_000 {
            steps.push((
                20 + n * 2,
                Stands(Some(if n % 2 == 0 { Stalled } else { Connecting })),
            ));
            steps.push((21 + n * 2, Tick));
        }
        assert_eq!(ledger(watched(Before::default()), &steps).len(), 1);
    }
}

//! When something holds: hours of the week with holidays and exceptions, by a district's own clocks.
//!
//! Pure arithmetic over moments it is given. Not for: reading hours, dates or names of time zones (`config`
//! does, and hands over what it made of them); what a schedule is about (`scene`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::Wall;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1440 * MINUTE_MS;
/// How far the next or latest change is looked for, in days: a schedule that changes less than once a year
/// counts as one that does not.
const SEARCH_DAYS: i32 = 400;

/// A date by the district's clocks: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// 0 is Monday, 6 is Sunday.
    pub fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7) as usize
    }
}

/// How far a district's clocks are ahead of UTC, and from when on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTime {
    name: Arc<str>,
    /// From this moment on, seconds ahead of UTC; in order. Before the first one, what the first one says.
    changes: Arc<[(Wall, i32)]>,
}

impl LocalTime {
    /// `changes` are brought into order; without any the clocks show UTC.
    pub fn new(name: &str, mut changes: Vec<(Wall, i32)>) -> Self {
        changes.sort_unstable();
        Self {
            name: name.into(),
            changes: changes.into(),
        }
    }

    /// Clocks that show UTC.
    pub fn utc() -> Self {
        Self::new("UTC", Vec::new())
    }

    /// What it is called: `Asia/Shanghai`, `+08:00`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds ahead of UTC.
    pub fn offset_secs(&self, at: Wall) -> i32 {
        let after = self.changes.partition_point(|(from, _)| *from <= at);
        let of = self.changes.get(after.saturating_sub(1));
        of.map_or(0, |(_, offset)| *offset)
    }

    /// The date, and how far into it the clocks are, in milliseconds.
    pub fn date(&self, at: Wall) -> (Day, i64) {
        let local = at.plus_millis(i64::from(self.offset_secs(at)) * 1000).0;
        let day = local.div_euclid(DAY_MS);
        // A moment so far away that its day is no i32 is in no schedule.
        (
            Day(i32::try_from(day).unwrap_or(i32::MAX)),
            local.rem_euclid(DAY_MS),
        )
    }

    /// The moments at which the clocks may show `ms` of `day`: two when they were set, else one.
    fn moments(&self, day: Day, ms: i64) -> [Wall; 2] {
        let local = i64::from(day.0) * DAY_MS + ms;
        [-DAY_MS, DAY_MS].map(|aside| {
            let offset = self.offset_secs(Wall(local + aside));
            Wall(local - i64::from(offset) * 1000)
        })
    }
}

/// Part of a day, in minutes of its clocks; may end on the day after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    from_min: u16,
    to_min: u16,
}

impl Span {
    /// From `from_min` (0 to 1439) to `to_min` (1 to 1440); where that is not later, to the day after. `None`
    /// for other minutes.
    pub fn new(from_min: u16, to_min: u16) -> Option<Self> {
        let fits = from_min < 1440 && (1..=1440).contains(&to_min);
        let to_min = if to_min > from_min { to_min } else { to_min + 1440 };
        fits.then_some(Self { from_min, to_min })
    }

    fn holds(self, ms: i64) -> bool {
        (i64::from(self.from_min) * MINUTE_MS..i64::from(self.to_min) * MINUTE_MS).contains(&ms)
    }
}

/// Hours of the week, of holidays, and of single dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What people call it.
    pub name: Arc<str>,
    /// Whose clocks.
    pub local: LocalTime,
    /// Monday to Sunday.
    pub week: [Vec<Span>; 7],
    /// On a holiday, instead of the weekday's.
    pub on_holidays: Vec<Span>,
    /// The holidays.
    pub holidays: Arc<BTreeSet<Day>>,
    /// On single dates, instead of everything else.
    pub exceptions: BTreeMap<Day, Vec<Span>>,
}

/// A stretch of time through which something holds, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Whether it holds.
    pub holds: bool,
    /// When it began; absent: more than a year before.
    pub since: Option<Wall>,
    /// When it ends; absent: more than a year after.
    pub until: Option<Wall>,
}

impl Stretch {
    /// Without an end either way.
    pub fn always(holds: bool) -> Self {
        Self {
            holds,
            since: None,
            until: None,
        }
    }

    /// Whether the moment lies in it.
    pub fn covers(&self, at: Wall) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    /// The stretch through which both this and `other`, of one moment, are as they are; it holds where both do.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let earliest = |a: Option<Wall>, b: Option<Wall>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            holds: self.holds && other.holds,
            since: self.since.max(other.since),
            until: earliest(self.until, other.until),
        }
    }
}

impl Schedule {
    fn spans(&self, day: Day) -> &[Span] {
        if let Some(spans) = self.exceptions.get(&day) {
            spans
        } else if self.holidays.contains(&day) {
            &self.on_holidays
        } else {
            &self.week[day.weekday()]
        }
    }

    /// Whether it holds at this moment.
    pub fn holds(&self, at: Wall) -> bool {
        let (day, ms) = self.local.date(at);
        let before = Day(day.0.saturating_sub(1));
        self.spans(day).iter().any(|span| span.holds(ms))
            || self.spans(before).iter().any(|span| span.holds(ms + DAY_MS))
    }

    /// Whether it holds at this moment, since when and until when.
    pub fn stretch(&self, at: Wall) -> Stretch {
        let (today, _) = self.local.date(at);
        let on = |days: i32| Day(today.0.saturating_add(days));
        // One day back and ahead first: clocks that are set move a boundary over midnight.
        let until = (-1..=SEARCH_DAYS)
            .find_map(|days| self.flips(on(days)).into_iter().filter(|flip| *flip > at).min());
        let since = (-SEARCH_DAYS..=1)
            .rev()
            .find_map(|days| self.flips(on(days)).into_iter().filter(|flip| *flip <= at).max());
        Stretch {
            holds: self.holds(at),
            since,
            until,
        }
    }

    /// The moments of a day at which it begins or ceases to hold.
    fn flips(&self, day: Day) -> Vec<Wall> {
        let ends = |span: &Span| [i64::from(span.from_min), i64::from(span.to_min)].map(|m| m * MINUTE_MS);
        let before = Day(day.0.saturating_sub(1));
        let overnight = self.spans(before).iter().flat_map(ends).map(|ms| ms - DAY_MS);
        let of_day = self.spans(day).iter().flat_map(ends);
        let clocks: Vec<i64> = of_day
            .chain(overnight)
            .chain([0])
            .filter(|ms| (0..DAY_MS).contains(ms))
            .collect();
        let at_dawn = self.local.moments(day, 0)[0];
        let near = |at: Wall| at.millis_since(at_dawn).abs() < 2 * DAY_MS;
        let set = self.local.changes.iter().map(|(from, _)| *from);
        let first = self
            .local
            .changes
            .partition_point(|(from, _)| *from < at_dawn.plus_millis(-2 * DAY_MS));
        let mut flips: Vec<Wall> = clocks
            .into_iter()
            .flat_map(|ms| self.local.moments(day, ms))
            .chain(set.skip(first).take_while(|from| near(*from)))
            .filter(|at| self.holds(*at) != self.holds(at.plus_millis(-1)))
            .collect();
        flips.sort_unstable();
        flips.dedup();
        flips
    }

    /// Whether there is a day on which it holds at all.
    pub fn ever_holds(&self) -> bool {
        let on_weekdays = self.week.iter().any(|spans| !spans.is_empty());
        let on_holidays = !self.on_holidays.is_empty() && !self.holidays.is_empty();
        on_weekdays || on_holidays || self.exceptions.values().any(|spans| !spans.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * MINUTE_MS;

    fn span(from_hour: u16, to_hour: u16) -> Span {
        Span::new(from_hour * 60, to_hour * 60).expect("a span")
    }

    /// Works on weekdays from 7 to 19, Friday night to 2 in the morning; on holidays not at all.
    fn schedule(local: LocalTime) -> Schedule {
        let day = vec![span(7, 19)];
        let friday = vec![span(7, 19), span(22, 2)];
        Schedule {
            name: "works".into(),
            local,
            week: [day.clone(), day.clone(), day.clone(), day, friday, vec![], vec![]],
            on_holidays: vec![],
            holidays: Arc::new(BTreeSet::from([Day(7)])),
            exceptions: BTreeMap::from([(Day(2), vec![span(10, 12)])]),
        }
    }

    fn at(day: i32, hour: i64) -> Wall {
        Wall(i64::from(day) * DAY_MS + hour * HOUR)
    }

    #[test]
    fn hours_of_the_week_hold_by_the_districts_clocks() {
        // Day 0 is a Thursday, day 7 the holiday, day 2 a Saturday with hours of its own.
        let ahead = schedule(LocalTime::new("+08:00", vec![(Wall(0), 8 * 3600)]));
        let utc = schedule(LocalTime::utc());
        let rows = [
            (at(0, 6), false, None, Some(at(0, 7))),
            (at(0, 7), true, Some(at(0, 7)), Some(at(0, 19))),
            (at(1, 23), true, Some(at(1, 22)), Some(at(2, 2))),
            (at(2, 1), true, Some(at(1, 22)), Some(at(2, 2))),
            (at(2, 2), false, Some(at(2, 2)), Some(at(2, 10))),
            (at(2, 11), true, Some(at(2, 10)), Some(at(2, 12))),
            (at(3, 12), false, Some(at(2, 12)), Some(at(4, 7))),
            (at(7, 12), false, Some(at(6, 19)), Some(at(8, 7))),
        ];
        for (moment, holds, since, until) in rows {
            let got = utc.stretch(moment);
            let since = since.or(got.since);
            assert_eq!(got, Stretch { holds, since, until }, "{moment:?}");
            let eight = moment.plus_millis(-8 * HOUR);
            assert_eq!(
                ahead.stretch(eight).until,
                until.map(|at| at.plus_millis(-8 * HOUR)),
                "{moment:?}"
            );
        }
    }

    #[test]
    fn clocks_that_are_set_move_the_hours() {
        // An hour ahead from day 3, 01:00 UTC on: the night of Saturday to Sunday.
        let summer = LocalTime::new("X", vec![(Wall(i64::MIN), 0), (at(3, 1), 3600)]);
        let works = schedule(summer);
        assert_eq!(
            works.stretch(at(3, 5)).until,
            Some(at(4, 6)),
            "seven o'clock is at six"
        );
        let mut all = works.clone();
        all.week = std::array::from_fn(|_| vec![span(0, 24)]);
        all.exceptions.clear();
        all.holidays = Arc::default();
        assert_eq!(
            all.stretch(at(3, 5)),
            Stretch::always(true),
            "midnight and the set clock change nothing"
        );
        // 01:30 does not come on day 3, so that hours within it never begin.
        let mut skipped = all.clone();
        skipped.week[6] = vec![Span::new(60, 120).expect("a span")];
        assert!(!skipped.holds(at(3, 1)), "it is two already");
    }

    #[test]
    fn a_schedule_without_hours_never_holds() {
        let mut never = schedule(LocalTime::utc());
        assert!(never.ever_holds());
        never.week = std::array::from_fn(|_| Vec::new());
        never.exceptions.clear();
        never.on_holidays = vec![span(1, 2)];
        assert!(never.ever_holds(), "on the holiday");
        never.holidays = Arc::default();
        assert!(!never.ever_holds());
        assert_eq!(never.stretch(at(5, 5)), Stretch::always(false));
    }
}

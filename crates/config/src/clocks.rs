//! Dates, hours and clocks as a configuration writes them. The only module that knows the `jiff` crate and its
//! time zone database, which is compiled in: the same file means the same hours on every machine.
//!
//! Not for: what the hours are about.

use curbwatch_types::{Day, LocalTime, Span, Wall};
use jiff::Timestamp;
use jiff::civil;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;

use crate::refusal::{Refusal, refuse};

/// Clocks are known up to this moment (2100-01-01 UTC), in milliseconds.
const LAST_MS: i64 = 4_102_444_800_000;
/// Days of one range of dates at most.
const RANGE_DAYS_MAX: i32 = 366;
const DAY_SECS: i64 = 86_400;

/// The clocks of a district.
#[derive(Debug, Clone, PartialEq)]
pub struct Clocks {
    zone: TimeZone,
    name: String,
}

impl Clocks {
    /// `Asia/Shanghai`, `UTC`, `+08:00`.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        const PARSER: DateTimeParser = DateTimeParser::new();
        match PARSER.parse_time_zone(text) {
            Ok(zone) => Ok(Self {
                zone,
                name: text.to_owned(),
            }),
            Err(_) => refuse(
                "is no time zone",
                "write a name like \"Asia/Shanghai\" or an offset like \"+08:00\"",
            ),
        }
    }

    /// Clocks that show UTC.
    pub(crate) fn utc() -> Self {
        Self {
            zone: TimeZone::UTC,
            name: "UTC".to_owned(),
        }
    }

    /// As a table of offsets up to 2100: what comes after needs no database.
    pub fn local_time(&self) -> LocalTime {
        let first = Timestamp::UNIX_EPOCH;
        let wall = |at: Timestamp| Wall(at.as_millisecond());
        let mut changes = vec![(Wall(i64::MIN), self.zone.to_offset(first).seconds())];
        let set = self
            .zone
            .following(first)
            .take_while(|change| change.timestamp().as_millisecond() < LAST_MS);
        changes.extend(set.map(|change| (wall(change.timestamp()), change.offset().seconds())));
        LocalTime::new(&self.name, changes)
    }

    /// What these clocks make of a moment as written.
    pub fn wall(&self, moment: Moment) -> Wall {
        let civil = match moment {
            Moment::Exact(at) => return at,
            Moment::Clock(civil) => civil,
            Moment::Day(date) => date.to_datetime(civil::Time::midnight()),
        };
        // A time that the clocks skip is the hour after, one that they show twice is the first. Dates that
        // no timestamp has are refused where they are read.
        let at = self.zone.to_ambiguous_timestamp(civil).compatible();
        Wall(at.map_or(0, Timestamp::as_millisecond))
    }

    /// The end of a term: a date alone lasts to the end of its day.
    pub(crate) fn end(&self, moment: Moment) -> Wall {
        match moment {
            Moment::Day(date) => self.wall(Moment::Day(date.tomorrow().unwrap_or(date))),
            other => self.wall(other),
        }
    }

    /// The latest moment not after `latest` at which these clocks showed hour and minute.
    pub fn latest_at(&self, (hour, minute): (u8, u8), latest: Wall) -> Option<Wall> {
        let latest = Timestamp::from_millisecond(latest.0).ok()?;
        let mut date = latest.to_zoned_datetime(self.zone.clone()).date();
        let time = civil::Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
        for _ in 0..2 {
            let at = self.wall(Moment::Clock(date.to_datetime(time)));
            if at.0 <= latest.as_millisecond() {
                return Some(at);
            }
            date = date.yesterday().ok()?;
        }
        None
    }

    /// Date and time by these clocks, `2026-11-27 10:05:00`.
    pub fn show(&self, at: Wall) -> String {
        Timestamp::from_millisecond(at.0).map_or_else(
            |_| at.0.to_string(),
            |at| {
                let shown = at.to_zoned_datetime(self.zone.clone()).datetime();
                let (date, time) = (shown.date(), shown.time());
                format!(
                    "{date} {:02}:{:02}:{:02}",
                    time.hour(),
                    time.minute(),
                    time.second()
                )
            },
        )
    }
}

/// A moment as written: by the district's clocks or exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment {
    /// With its offset from UTC.
    Exact(Wall),
    /// Date and time by the district's clocks.
    Clock(civil::DateTime),
    /// A date alone.
    Day(civil::Date),
}

impl Moment {
    /// `2027-03-01`, `2027-03-01T06:00`, `2027-03-01T06:00:00+08:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let far = |ms: i64| (0..LAST_MS).contains(&ms);
        if let Ok(at) = text.parse::<Timestamp>() {
            return far(at.as_millisecond()).then(|| Self::Exact(Wall(at.as_millisecond())));
        }
        let dated = text.len() <= 10;
        let civil: civil::DateTime = text.parse().ok()?;
        let year = (1970..2100).contains(&civil.year());
        year.then(|| {
            if dated {
                Self::Day(civil.date())
            } else {
                Self::Clock(civil)
            }
        })
    }
}

pub(crate) fn moment(text: &str) -> Result<Moment, Refusal> {
    Moment::parse(text).ok_or_else(|| Refusal {
        message: "is no date and time from 1970 to 2099".into(),
        hint: "write \"2027-03-01\" or \"2027-03-01T06:00\" by the district's clocks, or with an offset, \
               \"2027-03-01T06:00:00+08:00\""
            .into(),
    })
}

/// A date.
pub(crate) fn day(text: &str) -> Result<Day, Refusal> {
    match text.parse::<civil::Date>() {
        Ok(date) if text.len() == 10 => Ok(day_of(date)),
        _ => refuse("is no date", "write it as \"2027-10-01\""),
    }
}

/// A date, or the first and the last of several: `2027-10-01..2027-10-07`.
pub(crate) fn days(text: &str) -> Result<(Day, Day), Refusal> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    if last < first {
        return refuse("ends before it begins", "write the earlier date first");
    }
    if last.0 - first.0 > RANGE_DAYS_MAX {
        return refuse("is longer than a year", "write one range for each holiday");
    }
    Ok((first, last))
}

fn day_of(date: civil::Date) -> Day {
    let midnight = TimeZone::UTC.to_ambiguous_timestamp(date.to_datetime(civil::Time::midnight()));
    let secs = midnight.compatible().map_or(0, Timestamp::as_second);
    Day(i32::try_from(secs.div_euclid(DAY_SECS)).unwrap_or(0))
}

/// `07:00-19:00`; to an earlier time is to the day after.
pub(crate) fn span(text: &str) -> Result<Span, Refusal> {
    let minutes = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let two = |part: &str| (part.len() == 2).then(|| part.parse::<u16>().ok())?;
        let (hour, minute) = (two(hour)?, two(minute)?);
        (minute < 60 && (hour < 24 || (hour, minute) == (24, 0))).then_some(hour * 60 + minute)
    };
    let ends = text.split_once('-');
    let span = ends.and_then(|(from, to)| {
        let (from, to) = (minutes(from)?, minutes(to)?);
        // To midnight is to the end of the day.
        Span::new(from, if to == 0 { 1440 } else { to }).filter(|_| from != to)
    });
    span.ok_or_else(|| Refusal {
        message: "is no stretch of hours".into(),
        hint:
            "write it as \"07:00-19:00\"; \"22:00-06:00\" ends on the day after, \"00:00-24:00\" is all day"
                .into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(name: &str) -> Clocks {
        Clocks::parse(name).unwrap_or_else(|_| Clocks::utc())
    }

    #[test]
    fn clocks_are_known_by_name_and_by_offset() {
        // 2026-07-01T12:00:00Z and 2026-12-01T12:00:00Z.
        let (summer, winter) = (Wall(1_782_907_200_000), Wall(1_796_126_400_000));
        let rows = [
            ("UTC", 0, 0),
            ("Asia/Shanghai", 8, 8),
            ("+08:00", 8, 8),
            ("Europe/London", 1, 0),
            ("America/New_York", -4, -5),
        ];
        for (name, in_summer, in_winter) in rows {
            let local = clocks(name).local_time();
            let hours = [summer, winter].map(|at| local.offset_secs(at) / 3600);
            assert_eq!((name, hours), (name, [in_summer, in_winter]));
        }
        for name in ["", "Asia/Shanghay", "8", "local"] {
            assert!(Clocks::parse(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_moment_is_what_the_districts_clocks_show() {
        let shanghai = clocks("Asia/Shanghai");
        let at = |text| Moment::parse(text).map(|moment| shanghai.wall(moment).0);
        // 2027-03-01T00:00:00Z.
        let midnight = 1_803_859_200_000;
        let rows = [
            ("2027-03-01", Some(midnight - 8 * 3_600_000)),
            ("2027-03-01T06:00", Some(midnight - 2 * 3_600_000)),
            ("2027-03-01 06:00:00", Some(midnight - 2 * 3_600_000)),
            ("2027-03-01T06:00:00Z", Some(midnight + 6 * 3_600_000)),
            ("2027-02-30", None),
            ("1066-01-01", None),
            ("10:05", None),
            ("soon", None),
        ];
        for (text, want) in rows {
            assert_eq!((text, at(text)), (text, want));
        }
        let day = Moment::parse("2027-03-01");
        assert_eq!(
            day.map(|day| shanghai.end(day).0),
            Some(midnight + 16 * 3_600_000),
            "to its end"
        );
        assert_eq!(shanghai.show(Wall(midnight)), "2027-03-01 08:00:00");
        let five_past_ten = Wall(midnight + 2 * 3_600_000 + 300_000);
        for (latest, want) in [
            (five_past_ten, five_past_ten),
            (Wall(five_past_ten.0 - 1), five_past_ten.plus_millis(-86_400_000)),
        ] {
            assert_eq!(shanghai.latest_at((10, 5), latest), Some(want));
        }
    }

    #[test]
    fn hours_and_dates_are_read_or_refused() {
        let spans = [
            ("07:00-19:00", Span::new(420, 1140)),
            ("22:00-06:00", Span::new(1320, 360)),
            ("00:00-24:00", Span::new(0, 1440)),
            ("18:00-00:00", Span::new(1080, 1440)),
            ("7-19", None),
            ("07:00-07:00", None),
            ("07:60-08:00", None),
            ("25:00-26:00", None),
            ("24:00-26:00", None),
        ];
        for (text, want) in spans {
            assert_eq!(span(text).ok(), want, "{text}");
        }
        assert_eq!(days("1970-01-02..1970-01-04").ok(), Some((Day(1), Day(3))));
        for text in [
            "1970-01-04..1970-01-02",
            "1970-01-01..1980-01-01",
            "01-02",
            "1970-1-2",
        ] {
            assert!(days(text).is_err(), "{text}");
        }
    }
}

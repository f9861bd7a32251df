//! Hours: the district's clocks and holidays, and the schedules that zones and permits name.
//!
//! Not for: what a zone does outside its hours (`scene`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use curbwatch_types::{Day, LocalTime, Schedule, Span};

use crate::clocks::{self, Clocks};
use crate::form::{List, Placed, Text, Where};
use crate::nearest::nearest;
use crate::problem::{Context, Place};
use crate::refusal::{Refusal, refuse};
use crate::section::{Optional, Or, Shown, section};

/// Schedules at most.
pub(crate) const SCHEDULES_MAX: usize = 1_000;
/// Stretches of hours in a day at most.
const SPANS_MAX: usize = 16;
/// Holidays, and exceptions of one schedule, at most; each may be a range of dates.
const DATES_MAX: usize = 400;

section! {
    /// What the cameras of a configuration have in common as a place.
    pub(crate) struct DistrictEntry {
        /// The district's clocks: a name of the time zone database or an offset from UTC. Hours, dates and permits are
        /// by these clocks. Must be there where a schedule or a permit is.
        time_zone: Option<Clocks> = Shown(TIME_ZONE, "\"Asia/Shanghai\"");
        /// Holidays, each a date or the first and last of several: `"2027-10-01..2027-10-07"`. On them a schedule's
        /// `holidays` count.
        holidays: Vec<(Day, Day)> = Or(List(DAYS, DATES_MAX), "[]");
    }
}

section! {
    /// Hours of the week, for the `schedule` of zones and permits. Each day is a list of stretches `"07:00-19:00"` by the
    /// district's clocks; one that ends at an earlier time ends on the day after, `[]` is not at all. The most
    /// specific key counts: exceptions, then `holidays`, then the day's own, then `weekdays` or `weekend`, then `daily`.
    pub(crate) struct ScheduleEntry {
        /// Every day that no other key is about.
        daily: Option<Vec<Span>> = DAILY;
        /// Monday to Friday.
        weekdays: Option<Vec<Span>> = HOURS;
        /// Saturday and Sunday.
        weekend: Option<Vec<Span>> = HOURS;
        /// Mondays.
        monday: Option<Vec<Span>> = HOURS;
        /// Tuesdays.
        tuesday: Option<Vec<Span>> = HOURS;
        /// Wednesdays.
        wednesday: Option<Vec<Span>> = HOURS;
        /// Thursdays.
        thursday: Option<Vec<Span>> = HOURS;
        /// Fridays.
        friday: Option<Vec<Span>> = HOURS;
        /// Saturdays.
        saturday: Option<Vec<Span>> = HOURS;
        /// Sundays.
        sunday: Option<Vec<Span>> = HOURS;
        /// The district's holidays. Absent: a holiday is a day of the week like any other.
        holidays: Option<Vec<Span>> = HOURS;
        /// Single dates or ranges of them, with their hours or `none`: `"2027-05-01 06:00-12:00, 14:00-18:00"`,
        /// `"2027-10-01..2027-10-07 none"`.
        exceptions: Vec<((Day, Day), Vec<Span>)> = Or(List(EXCEPTION, DATES_MAX), "[]");
    }
}

const TIME_ZONE: Text<Clocks> = Text {
    what: "a time zone",
    parse: Clocks::parse,
};
const DAYS: Text<(Day, Day)> = Text {
    what: "a date or two",
    parse: clocks::days,
};
const SPANS: List<Text<Span>> = List(
    Text {
        what: "hours",
        parse: clocks::span,
    },
    SPANS_MAX,
);
const DAILY: Shown<List<Text<Span>>> = Shown(SPANS, "[\"05:00-09:00\"]");
const HOURS: Optional<List<Text<Span>>> = Optional(SPANS, "[\"07:00-12:00\", \"14:00-19:00\"]");
const EXCEPTION: Text<((Day, Day), Vec<Span>)> = Text {
    what: "dates and hours",
    parse: exception,
};
/// The name of a schedule, where something has hours.
pub(crate) const SCHEDULE: Where<Text<String>> = Where(Text {
    what: "the name of a schedule",
    parse: |text| Ok(text.to_owned()),
});

fn exception(text: &str) -> Result<((Day, Day), Vec<Span>), Refusal> {
    let Some((dates, hours)) = text.split_once(' ') else {
        return refuse(
            "is no exception",
            "write the date and its hours: \"2027-05-01 06:00-12:00\" or \"2027-05-01 none\"",
        );
    };
    let dates = clocks::days(dates)?;
    if hours.trim() == "none" {
        return Ok((dates, Vec::new()));
    }
    let spans: Result<Vec<Span>, Refusal> = hours.split(',').map(|span| clocks::span(span.trim())).collect();
    Ok((dates, spans?))
}

/// The schedules by name, and the clocks.
pub(crate) struct Schedules {
    pub(crate) clocks: Option<Clocks>,
    by_name: HashMap<String, Schedule>,
    /// Some could not be read: what refers to them is not blamed.
    incomplete: bool,
}

impl Schedules {
    pub(crate) fn resolve(
        district: &DistrictEntry,
        entries: &[(String, Placed<ScheduleEntry>)],
        cx: &mut Context<'_>,
    ) -> Self {
        let mut by_name = HashMap::new();
        let local = district
            .time_zone
            .as_ref()
            .map_or_else(LocalTime::utc, Clocks::local_time);
        let all = |(first, last): &(Day, Day)| (first.0..=last.0).map(Day);
        let holidays: Arc<BTreeSet<Day>> = Arc::new(district.holidays.iter().flat_map(all).collect());
        // Hours that could not be read are blamed once, and not for being missing.
        let all_read = cx.is_clean();
        for (name, entry) in entries {
            let schedule = schedule(name, &entry.value, &local, &holidays);
            if !schedule.ever_holds() && all_read {
                cx.report(
                    &entry.place,
                    format!("the schedule `{name}` never opens"),
                    "give it hours: `daily = [\"07:00-19:00\"]`; `[\"00:00-24:00\"]` is all day",
                );
            }
            if district.time_zone.is_none() && by_name.is_empty() {
                cx.report(
                    &entry.place,
                    "hours need the district's clocks",
                    "add [district] and `time_zone = \"Asia/Shanghai\"`, or an offset like \"+08:00\"",
                );
            }
            by_name.insert(name.clone(), schedule);
        }
        Self {
            clocks: district.time_zone.clone(),
            by_name,
            incomplete: cx.incomplete.iter().any(|list| list == "schedules"),
        }
    }

    /// The schedule of that name; reports one that is not there.
    pub(crate) fn named(&self, name: Option<&Placed<String>>, cx: &mut Context<'_>) -> Option<Schedule> {
        let name = name?;
        let found = self.by_name.get(&name.value);
        if found.is_none() && !self.incomplete {
            let mut names: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
            names.sort_unstable();
            let hint = match nearest(&name.value, names.into_iter()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add a table [schedules.{}] to the main file", name.value),
            };
            cx.report_missing(
                &name.place,
                format!("there is no schedule `{}`", name.value),
                hint,
            );
        }
        found.cloned()
    }

    /// The clocks for a date at `place`; reports that they are missing.
    pub(crate) fn clocks_for(&self, place: &Place, cx: &mut Context<'_>) -> Clocks {
        if self.clocks.is_none() {
            cx.report(
                place,
                "dates need the district's clocks",
                "add [district] and `time_zone = \"Asia/Shanghai\"`, or an offset like \"+08:00\"",
            );
        }
        self.clocks.clone().unwrap_or_else(Clocks::utc)
    }
}

fn schedule(name: &str, entry: &ScheduleEntry, local: &LocalTime, holidays: &Arc<BTreeSet<Day>>) -> Schedule {
    let days = [
        &entry.monday,
        &entry.tuesday,
        &entry.wednesday,
        &entry.thursday,
        &entry.friday,
        &entry.saturday,
        &entry.sunday,
    ];
    let on = |(i, own): (usize, &Option<Vec<Span>>)| {
        let part = if i < 5 { &entry.weekdays } else { &entry.weekend };
        let said = own.as_ref().or(part.as_ref()).or(entry.daily.as_ref());
        said.cloned().unwrap_or_default()
    };
    let mut week: [Vec<Span>; 7] = Default::default();
    for (slot, hours) in week.iter_mut().zip(days.into_iter().enumerate().map(on)) {
        *slot = hours;
    }
    let mut exceptions = BTreeMap::new();
    for ((first, last), hours) in &entry.exceptions {
        exceptions.extend((first.0..=last.0).map(|day| (Day(day), hours.clone())));
    }
    Schedule {
        name: name.into(),
        local: local.clone(),
        week,
        on_holidays: entry.holidays.clone().unwrap_or_default(),
        holidays: if entry.holidays.is_some() {
            Arc::clone(holidays)
        } else {
            Arc::default()
        },
        exceptions,
    }
}

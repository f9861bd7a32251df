//! Dates on the wire: RFC 3339 out, HTTP dates in. Proleptic Gregorian calendar, UTC.

use curbwatch_types::Wall;

const DAY_MS: i64 = 86_400_000;

/// `2017-03-09T07:28:55.215Z` (RFC 3339 5.6).
pub fn rfc3339(at: Wall) -> String {
    let (year, month, day) = civil_from_days(at.0.div_euclid(DAY_MS));
    let ms = at.0.rem_euclid(DAY_MS);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
        ms % 1000
    )
}

/// A moment of RFC 3339 5.6, with `Z` or an offset, or a date alone (its beginning in UTC).
pub fn from_rfc3339(text: &str) -> Option<Wall> {
    let field = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        let good = digits.bytes().all(|b| b.is_ascii_digit());
        good.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let at = |n: usize| text.as_bytes().get(n).copied();
    let (year, month, day) = (field(0..4)?, field(5..7)?, field(8..10)?);
    let days = days_from_civil(year, month, day);
    let real = (at(4), at(7)) == (Some(b'-'), Some(b'-')) && civil_from_days(days) == (year, month, day);
    if !real {
        return None;
    }
    if text.len() == 10 {
        return Some(Wall(days * DAY_MS));
    }
    let (hour, minute, second) = (field(11..13)?, field(14..16)?, field(17..19)?);
    let marks = matches!(at(10), Some(b'T' | b't' | b' ')) && (at(13), at(16)) == (Some(b':'), Some(b':'));
    if !marks || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let (millis, zone) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (digits, zone) = rest.split_at(end);
            let thousandths = format!("{digits:0<3}");
            (
                thousandths.get(..3)?.parse::<i64>().ok().filter(|_| end > 0)?,
                zone,
            )
        }
        None => (0, rest),
    };
    let offset_minutes = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let of = |range| {
                zone.get(range)
                    .and_then(|digits: &str| digits.parse::<i64>().ok())
            };
            let (hours, minutes) = (of(1..3)?, of(4..6)?);
            if !(0..24).contains(&hours) || !(0..60).contains(&minutes) {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let seconds = days * 86_400 + hour * 3600 + (minute - offset_minutes) * 60 + second;
    Some(Wall(seconds * 1000 + millis))
}

/// An HTTP date in its preferred form, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7). The two
/// obsolete forms are not read: no server has sent one since the last century.
pub(crate) fn from_http_date(text: &str) -> Option<Wall> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.trim().strip_suffix(" GMT")?.split(' ').skip(1);
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|m| *m == name)? as i64 + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    let sane = (1..=31).contains(&day) && (1970..=9999).contains(&year);
    if !sane || hour > 23 || minute > 59 || second > 60 || hour.min(minute).min(second) < 0 {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Wall(seconds * 1000))
}

/// Days since 1970-01-01 to a date (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (
        yoe + era * 400 + i64::from(month <= 2),
        month,
        doy - (153 * mp + 2) / 5 + 1,
    )
}

/// The inverse of [`civil_from_days`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_print_as_rfc_3339() {
        let rows = [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_489_053_735_215, "2017-03-09T10:02:15.215Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
        ];
        for (ms, want) in rows {
            assert_eq!(rfc3339(Wall(ms)), want);
        }
    }

    #[test]
    fn moments_people_write_are_read_or_refused() {
        let rows = [
            ("1970-01-01", Some(0)),
            ("2017-03-09T10:02:15.215Z", Some(1_489_053_735_215)),
            ("2017-03-09 10:02:15Z", Some(1_489_053_735_000)),
            ("2017-03-09T18:02:15.2159+08:00", Some(1_489_053_735_215)),
            ("2024-02-28T23:00:00-01:00", Some(1_709_164_800_000)),
            ("2023-02-29", None),
            ("2024-2-9", None),
            ("2024-02-29T00:00:00", None),
            ("2024-02-29T24:00:00Z", None),
            ("2024-02-29T00:00:00.Z", None),
            ("2024-02-29T00:00:00+0800", None),
            ("2024-02-29T00:00:00+é8:00", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, want) in rows {
            assert_eq!(from_rfc3339(text).map(|w| w.0), want, "{text:?}");
        }
    }

    #[test]
    fn http_dates_are_read_or_refused() {
        let rows = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777_000)),
            ("Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800_000)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37", None),
            ("Sun, 06 Xyz 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
            ("Sun, 06 Nov 99999999999999 08:49:37 GMT", None),
            ("120", None),
            ("", None),
        ];
        for (text, want) in rows {
            assert_eq!(from_http_date(text).map(|w| w.0), want, "{text:?}");
        }
    }
}

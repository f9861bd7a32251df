//! Times of a scene, `10:05` or `1:02:03` since it began, and spans, `5s`, `1m30s`, `8h`, `100ms`; both in milliseconds.

/// A moment since the scene began.
pub(crate) fn moment_ms(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no time like 10:05 or 1:02:03");
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return Err(wrong());
    }
    let mut secs = 0.0;
    for part in parts {
        secs = secs * 60.0 + part.parse::<f64>().map_err(|_| wrong())?;
    }
    Ok((secs * 1000.0).round() as i64)
}

/// A length of time.
pub(crate) fn duration_ms(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no span of time like 5s, 1m30s or 100ms");
    let (mut total, mut digits, mut rest) = (0, String::new(), text);
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            digits.push(c);
            rest = &rest[1..];
            continue;
        }
        let (unit, length) = match c {
            'm' if rest.starts_with("ms") => (1, 2),
            's' => (1000, 1),
            'm' => (60_000, 1),
            'h' => (3_600_000, 1),
            _ => return Err(wrong()),
        };
        total += digits.parse::<i64>().map_err(|_| wrong())? * unit;
        digits.clear();
        rest = &rest[length..];
    }
    if digits.is_empty() && total > 0 {
        Ok(total)
    } else {
        Err(wrong())
    }
}

/// A moment as scenes write it.
pub(crate) fn told(ms: i64) -> String {
    let (secs, rest) = (ms.div_euclid(1000), ms.rem_euclid(1000));
    let fraction = if rest == 0 {
        String::new()
    } else {
        format!(".{rest:03}")
    };
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours == 0 {
        format!("{minutes}:{secs:02}{fraction}")
    } else {
        format!("{hours}:{minutes:02}:{secs:02}{fraction}")
    }
}

#[test]
fn times_are_read_and_told() {
    for (text, ms) in [
        ("0:00", 0),
        ("10:05", 605_000),
        ("1:02:03", 3_723_000),
        ("0:05.500", 5500),
    ] {
        assert_eq!(moment_ms(text), Ok(ms));
        assert_eq!(told(ms), text);
    }
    for (text, ms) in [
        ("5s", 5000),
        ("1m30s", 90_000),
        ("8h", 28_800_000),
        ("100ms", 100),
    ] {
        assert_eq!(duration_ms(text), Ok(ms));
    }
    for text in ["", "5", "s", "5x", "5m3"] {
        assert!(duration_ms(text).is_err(), "{text}");
    }
}

//! `why`: what was known of a camera's places at a moment, and why they were no case.

use std::path::PathBuf;

use clap::Args;
use curbwatch_case::{Answer, DecisionReader, PictureThen, PlaceThen};
use curbwatch_config::{Clocks, Moment};
use curbwatch_types::{CameraId, Wall};

use crate::failure::Failure;

/// Cameras named when the one asked for is not there.
const CAMERAS_SHOWN: usize = 20;
/// That a camera is looked at is on record once a minute: the end of its record is later than written by up to this, in
/// milliseconds.
const LATER_MS: i64 = 90_000;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The camera.
    #[arg(long)]
    camera: CameraId,
    /// The moment: `10:05` or `10:05:30` by the district's clocks (the latest one the record holds), `2026-11-27T10:05`,
    /// RFC 3339 with an offset, or milliseconds since 1970.
    #[arg(long)]
    at: String,
    /// The configuration that names the store and the district's clocks.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
    /// The store's folder, instead of the configuration's.
    #[arg(long)]
    store: Option<PathBuf>,
    /// One JSON object on standard output, nothing else.
    #[arg(long)]
    json: bool,
}

pub(crate) fn why(arguments: &Arguments) -> Result<(), Failure> {
    let config = super::load(&arguments.config)?;
    let directory = arguments.store.as_ref().unwrap_or(&config.store.directory);
    let reader = DecisionReader::open(directory)?;
    let Some(latest) = reader.latest(&arguments.camera)? else {
        let mut known = reader.cameras(CAMERAS_SHOWN + 1)?;
        if known.len() > CAMERAS_SHOWN {
            known.truncate(CAMERAS_SHOWN);
            known.push("more".to_owned());
        }
        let known = known.join(", ");
        return Err(Failure::Wrong(format!(
            "the decision record in {} knows nothing of camera {}; it has {}",
            directory.display(),
            arguments.camera,
            if known.is_empty() { "no camera" } else { &known }
        )));
    };
    let at = moment(&arguments.at, &config.clocks, latest)?;
    let answer = reader.why(&arguments.camera, at)?;
    if arguments.json {
        let json = serde_json::to_string(&answer).map_err(|cause| Failure::Environment(cause.to_string()))?;
        println!("{json}");
    } else {
        print!("{}", in_words(&answer, &config.clocks));
    }
    Ok(())
}

/// The moment that `text` means; `latest` is the end of the record, which an hour alone is looked for before.
fn moment(text: &str, clocks: &Clocks, latest: Wall) -> Result<Wall, Failure> {
    let found = match (clock(text), text.parse::<i64>()) {
        (Some((hour, secs)), _) => clocks
            .latest_at(hour, Wall(latest.0 + LATER_MS - secs * 1000))
            .map(|at| Wall(at.0 + secs * 1000)),
        (None, Ok(ms)) if text.len() >= 10 => Some(Wall(ms)),
        _ => Moment::parse(text).map(|moment| clocks.wall(moment)),
    };
    found.ok_or_else(|| {
        Failure::Usage(format!(
            "--at {text:?} is no moment; write 10:05, 10:05:30, 2026-11-27T10:05, 2026-11-27T10:05:00+08:00, or milliseconds since 1970"
        ))
    })
}

/// Hour and minute of `10:05` or `10:05:30`, and its seconds.
fn clock(text: &str) -> Option<((u8, u8), i64)> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let fits = (1..=2).contains(&hour.len()) && minute.len() == 2 && second.len() == 2;
    let number = |text: &str| text.parse::<u8>().ok();
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    (fits && hour < 24 && minute < 60 && second < 60).then_some(((hour, minute), i64::from(second)))
}

/// The answer; times of the day asked about are told without their date.
fn in_words(answer: &Answer, clocks: &Clocks) -> String {
    let asked = clocks.show(Wall(answer.at_ms));
    let day = asked.split(' ').next().unwrap_or_default();
    let show = |ms: i64| {
        let shown = clocks.show(Wall(ms));
        let time = shown.strip_prefix(day).map(|time| time.trim_start().to_owned());
        time.unwrap_or(shown)
    };
    let mut text = format!(
        "camera {} at {asked}\n{}\n",
        answer.camera,
        picture(&answer.picture, &show)
    );
    if answer.places.is_empty() && answer.picture.from_ms.is_some() {
        text.push_str("nothing stood there that a rule is about\n");
    }
    let mut places: Vec<&PlaceThen> = answer.places.iter().collect();
    places.sort_by_key(|place| rank(place));
    for place in places {
        text.push_str(&line(place, &show));
    }
    text
}

/// What might have become a case comes first, what could not comes last.
fn rank(place: &PlaceThen) -> u8 {
    match place.reason.as_str() {
        "case" | "same_case" => 1,
        "over" => 2,
        "cut_out" | "elsewhere" => 3,
        _ => 0,
    }
}

fn picture(picture: &PictureThen, show: &dyn Fn(i64) -> String) -> String {
    let from = picture.from_ms.map(show);
    let until = picture.until_ms.map(show);
    let between = match (&from, &until) {
        (Some(from), Some(until)) => format!("between {from} and {until}"),
        (Some(from), None) => format!("after {from}, where its record ends"),
        (None, Some(until)) => format!("before {until}, where its record begins"),
        (None, None) => "ever".to_owned(),
    };
    let before = if from.is_some() {
        "; what was known until then:"
    } else {
        ": nothing is known of this moment"
    };
    match picture.state.as_str() {
        "live" => format!("picture: good since {}", from.unwrap_or_default()),
        "blind" => format!("picture: nobody looked {between}{before}"),
        "unknown" => "picture: the record knows nothing of this camera".to_owned(),
        other => format!("picture: not judged ({other}) {between}{before}"),
    }
}

fn line(place: &PlaceThen, show: &dyn Fn(i64) -> String) -> String {
    let [x, y, w, h] = place.bbox;
    let zone = place
        .zone
        .as_ref()
        .map_or_else(String::new, |zone| format!(" in {zone}"));
    // Nothing is said again of what no zone concerns, so for how long it stood is not known to the second.
    let stood = if rank(place) == 3 {
        String::new()
    } else {
        format!("stood {} s, ", place.stood_secs)
    };
    format!(
        "- {}{zone}: {}; {stood}first seen {}, best score {}, box [{x} {y} {w} {h}]\n",
        place.class,
        reason(place, show),
        show(place.first_seen_ms),
        place.best_score,
    )
}

/// The reason in plain words.
fn reason(place: &PlaceThen, show: &dyn Fn(i64) -> String) -> String {
    let what = place.what.as_deref().unwrap_or("");
    let until = place
        .until_ms
        .map_or_else(String::new, |at| format!(" until {}", show(at)));
    let needed = place.needed.unwrap_or(0.0);
    let found = place.found.unwrap_or(0.0);
    match place.reason.as_str() {
        // Between two looks the clock is ahead of what was decided.
        "not_stationary" if place.stood_secs >= i64::from(place.stationary_secs) => {
            format!(
                "not told to be stationary yet, which takes {} s",
                place.stationary_secs
            )
        }
        "not_stationary" => format!(
            "not stationary yet, {} of {} s",
            place.stood_secs, place.stationary_secs
        ),
        "dwelling" if place.counted_secs >= i64::from(place.dwell_secs) => {
            format!(
                "its dwell of {} s was just over, not decided yet",
                place.dwell_secs
            )
        }
        "dwelling" => format!("dwell {} of {} s", place.counted_secs, place.dwell_secs),
        "few_looks" => format!("fewer than {needed} looks showed it"),
        "weak" => format!("too weak: its best score {} is below {needed}", place.best_score),
        "intermittent" => format!("less than {needed} of the looks that could tell showed it"),
        "changing" => "it did not stay like itself: more than one thing stood there".to_owned(),
        "driving" => "it drives".to_owned(),
        "too_few" => format!("{found} of them, fewer than {needed}"),
        "as_ever" => format!(
            "it looks as it has for as long as the camera remembers, and its best score {} is below the {needed:.2} that this takes",
            place.best_score
        ),
        "beside_a_stand" => "it goes with the stall or cart beside it".to_owned(),
        "attended" => "somebody is beside it: taken for theirs".to_owned(),
        "unattended" => "nobody is beside it".to_owned(),
        "theirs" => format!("it belongs to what is, or will be, a case of {what}"),
        "elsewhere" => "not in any zone of this class".to_owned(),
        "cut_out" => format!("inside {what}, which is cut out{until}"),
        "out_of_hours" => {
            let opens = place
                .until_ms
                .map_or_else(String::new, |at| format!(", comes into force {}", show(at)));
            format!("zone {what} is not in force{opens}")
        }
        "permitted" => format!("permitted{until}: {what}"),
        "hidden" => format!("hidden or not to be told, last seen {}", show(place.last_seen_ms)),
        "unseen" => format!(
            "its place was seen without it, last seen {}",
            show(place.last_seen_ms)
        ),
        "case" => format!("it is the open case {what}"),
        "same_case" => format!("same as case {what}, which saw it first"),
        "over" if place.what.is_some() => {
            format!("it was the case {what}, last seen {}", show(place.last_seen_ms))
        }
        "over" => format!(
            "followed no longer, last seen {}, after a dwell of {} of {} s",
            show(place.last_seen_ms),
            place.counted_secs,
            place.dwell_secs
        ),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(reason: &str) -> PlaceThen {
        PlaceThen {
            class: "illegal_motor_parking".to_owned(),
            bbox: [0.1, 0.2, 0.3, 0.4],
            zone: Some("kerb".to_owned()),
            reason: reason.to_owned(),
            since_ms: 60_000,
            what: None,
            needed: None,
            found: None,
            until_ms: None,
            first_seen_ms: 0,
            last_seen_ms: 60_000,
            stood_secs: 120,
            counted_secs: 100,
            stationary_secs: 20,
            dwell_secs: 300,
            present_looks: 12,
            best_score: 0.61,
        }
    }

    #[test]
    fn every_reason_has_words() {
        let show = |ms: i64| format!("<{}>", ms / 1000);
        let names = [
            "not_stationary",
            "dwelling",
            "few_looks",
            "weak",
            "intermittent",
            "changing",
            "driving",
            "too_few",
            "as_ever",
            "beside_a_stand",
            "attended",
            "unattended",
            "theirs",
            "elsewhere",
            "cut_out",
            "out_of_hours",
            "permitted",
            "hidden",
            "unseen",
            "case",
            "same_case",
            "over",
        ];
        for name in names {
            assert_ne!(reason(&place(name), &show), name, "only its name");
        }
        let permitted = PlaceThen {
            what: Some("Spring fair".to_owned()),
            until_ms: Some(7_200_000),
            ..place("permitted")
        };
        assert_eq!(
            line(&permitted, &show),
            "- illegal_motor_parking in kerb: permitted until <7200>: Spring fair; stood 120 s, first seen <0>, best score 0.61, \
             box [0.1 0.2 0.3 0.4]\n"
        );
        assert_eq!(reason(&place("dwelling"), &show), "dwell 100 of 300 s");
        let late = PlaceThen {
            counted_secs: 301,
            ..place("dwelling")
        };
        assert_eq!(
            reason(&late, &show),
            "its dwell of 300 s was just over, not decided yet"
        );
    }

    #[test]
    fn a_time_of_day_is_read_with_and_without_seconds() {
        assert_eq!(clock("9:05"), Some(((9, 5), 0)));
        assert_eq!(clock("10:05:30"), Some(((10, 5), 30)));
        for text in [
            "",
            "25:00",
            "10:5",
            "10:60",
            "10:05:60",
            "10:05:3",
            ":05",
            "10:05:00:00",
        ] {
            assert_eq!(clock(text), None, "{text}");
        }
    }
}

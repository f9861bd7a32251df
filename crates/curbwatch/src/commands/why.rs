//! `why`: what was known of a camera's places at a moment, and why they were no case.

use std::path::PathBuf;

use clap::Args;
use curbwatch_case::{Answer, DecisionReader, PictureThen, PlaceThen};
use curbwatch_config::{Clocks, Moment};
use curbwatch_types::{CameraId, Wall};

use crate::failure::Failure;

/// Cameras named when the one asked for is not there.
const CAMERAS_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The camera.
    #[arg(long)]
    camera: CameraId,
    /// The moment: `10:05` by the district's clocks (the latest one the record holds), `2026-11-27T10:05`,
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
        let known = reader.cameras(CAMERAS_SHOWN)?.join(", ");
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
    let hour = text.split_once(':').and_then(|(hour, minute)| {
        let fits = hour.len() <= 2 && minute.len() == 2;
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        (fits && hour < 24 && minute < 60).then_some((hour, minute))
    });
    let found = match (hour, text.parse::<i64>()) {
        (Some(hour), _) => clocks.latest_at(hour, latest),
        (None, Ok(ms)) if text.len() >= 10 => Some(Wall(ms)),
        _ => Moment::parse(text).map(|moment| clocks.wall(moment)),
    };
    found.ok_or_else(|| {
        Failure::Usage(format!(
            "--at {text:?} is no moment; write 10:05, 2026-11-27T10:05, 2026-11-27T10:05:00+08:00, or milliseconds since 1970"
        ))
    })
}

fn in_words(answer: &Answer, clocks: &Clocks) -> String {
    let show = |ms: i64| clocks.show(Wall(ms));
    let mut text = format!(
        "camera {} at {}\n{}\n",
        answer.camera,
        show(answer.at_ms),
        picture(&answer.picture, &show)
    );
    if answer.places.is_empty() {
        text.push_str("nothing stood in a place that a rule is about\n");
    }
    for place in &answer.places {
        text.push_str(&line(place, &show));
    }
    text
}

fn picture(picture: &PictureThen, show: &dyn Fn(i64) -> String) -> String {
    let from = picture.from_ms.map_or_else(|| "the beginning".to_owned(), show);
    let until = picture
        .until_ms
        .map_or_else(|| "the end of the record".to_owned(), show);
    match picture.state.as_str() {
        "live" => format!("picture: good since {from}"),
        "blind" => {
            format!("picture: nobody looked between {from} and {until}; below is what was known before")
        }
        "unknown" => "picture: the record knows nothing of this camera then".to_owned(),
        other => {
            format!("picture: not judged, {other}, from {from} to {until}; below is what was known before")
        }
    }
}

fn line(place: &PlaceThen, show: &dyn Fn(i64) -> String) -> String {
    let [x, y, w, h] = place.bbox;
    let zone = place
        .zone
        .as_ref()
        .map_or_else(String::new, |zone| format!(" in {zone}"));
    let stood = format!("stood {} s since {}", place.stood_secs, show(place.first_seen_ms));
    format!(
        "- {}{zone} [{x} {y} {w} {h}]: {}; {stood}, {} looks, best score {}\n",
        place.class,
        reason(place, show),
        place.present_looks,
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
        "not_stationary" => format!(
            "not stationary yet, {} of {} s",
            place.stood_secs, place.stationary_secs
        ),
        "dwelling" => format!("dwell {} of {} s", place.counted_secs, place.dwell_secs),
        "few_looks" => format!("fewer than {needed} looks showed it"),
        "weak" => format!("too weak: its best score {} is below {needed}", place.best_score),
        "intermittent" => format!("less than {needed} of the looks that could tell showed it"),
        "changing" => "it did not stay like itself: more than one thing stood there".to_owned(),
        "driving" => "it drives".to_owned(),
        "too_few" => format!("{found} of them, fewer than {needed}"),
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
        "over" => format!(
            "gone or given up at {}, after a dwell of {} of {} s",
            show(place.since_ms),
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
            "- illegal_motor_parking in kerb [0.1 0.2 0.3 0.4]: permitted until <7200>: Spring fair; stood 120 s since <0>, 12 looks, \
             best score 0.61\n"
        );
        assert_eq!(reason(&place("dwelling"), &show), "dwell 100 of 300 s");
    }
}

//! Hardships: what stands for eight hours is exactly one case, whatever happens before the lens; each hardship alone and all of
//! them together, for a parked car and for one thing of each of the five other classes.

use std::fmt::Write as _;

use curbwatch_scene::Options;
use curbwatch_types::IncidentChange;

use crate::play::{play, tell};
use crate::time::told;
use crate::words::{rows, streets};

/// A look every ten seconds for eight hours.
const LOOKS: usize = 2880;
const EVERY_MS: i64 = 10_000;

/// What stands there: a name, its street, the things, and what hides them now and then.
const SUBJECTS: &[(&str, &str, &str, &str)] = &[
    ("a car", "kerb", "car red at kerb", "bus white at front"),
    (
        "a heap of garbage",
        "ground",
        "garbage_bag at 14/-1, garbage_bag at 14.6/-0.6, garbage at 15/-1.4",
        "car at 12.5/-1",
    ),
    (
        "a vendor",
        "ground",
        "stall at 15/-1, cart at 16/0.4, person at 15.5/-0.4",
        "bus at 12.5/-0.6",
    ),
    (
        "a jumble of bicycles",
        "ground",
        "ebike at 14/-3, ebike at 14.5/-2.2, bicycle at 15/-3.2, ebike at 15.2/-1.6",
        "bus at 12/-2.6",
    ),
    (
        "a pile",
        "ground",
        "brick_pile at 14/0, sand_pile at 16/0.5, pallet at 17/0",
        "bus at 12/0.2",
    ),
    (
        "a display",
        "ground",
        "goods at 12.5/-5, rack at 14/-5, sign at 15.5/-4.8",
        "bus at 10.5/-4.6",
    ),
];

/// What may happen to a look.
#[derive(Debug, Default)]
struct Moment {
    nobody_looks: bool,
    hidden: bool,
    weak: bool,
    picture: Vec<String>,
    restart: Option<&'static str>,
}

/// A name, and what it does to the looks.
type Hardship = (&'static str, fn(usize, &mut Moment));

const HARDSHIPS: &[Hardship] = &[
    ("200 occlusions", |i, now| now.hidden = i % 14 >= 10 && i > 20),
    ("rain", |i, now| {
        if (500..1500).contains(&i) {
            now.picture.push("rain wobble misses 0.3".into());
        }
    }),
    ("headlights", |i, now| {
        if i % 3 == 0 {
            now.picture.push("headlights misses 0.2".into());
        }
    }),
    ("50 reconnects", |i, now| {
        // Up to two minutes away; the first picture after it lacks what the lost ones carried.
        let (turn, length) = (i % 57, i / 57 % 12);
        now.nobody_looks = (20..20 + length).contains(&turn);
        if turn == 20 + length {
            now.picture.push("tainted".into());
        }
    }),
    ("5 restarts, one of them after a crash", |i, now| {
        now.restart = match i {
            300 | 900 | 2100 | 2700 => Some("restart"),
            1500 => Some("restart without memory"),
            _ => None,
        };
    }),
    ("20 changes of view", |i, now| {
        let (round, turn) = (i / 144, i % 144);
        if turn >= 120 {
            now.picture.push("elsewhere".into());
        } else {
            // The preset is hit but for a few hundredths of the picture.
            let (x, y) = [
                (0.0, 0.0),
                (0.04, 0.03),
                (-0.03, 0.02),
                (0.05, -0.02),
                (0.02, 0.05),
            ][round % 5];
            now.picture.push(format!("shift {x} {y}"));
        }
    }),
    ("day to night and back", |i, now| {
        let light = match i {
            900..1100 | 2300..2500 => "dusk",
            1100..2300 => "infrared",
            _ => return,
        };
        now.weak = true;
        now.picture.push(light.into());
    }),
];

fn story(things: &str, hides: &str, hardships: &[Hardship]) -> String {
    let mut story = String::new();
    for i in 0..LOOKS {
        let mut now = Moment::default();
        for (_, happens) in hardships {
            happens(i, &mut now);
        }
        if let Some(restart) = now.restart {
            writeln!(story, "{restart}").expect("text grows");
        }
        if now.nobody_looks {
            continue;
        }
        let score = if now.weak { " 0.42" } else { "" };
        // Where something stands in front, the detector sees that alone.
        let unseen = if now.hidden { "unseen " } else { "" };
        let mut there: Vec<String> = things
            .split(", ")
            .map(|thing| format!("{unseen}{thing}{score}"))
            .collect();
        if now.hidden {
            there.push(hides.to_owned());
        }
        let things = there.join(", ");
        let at = told(i as i64 * EVERY_MS);
        writeln!(story, "at {at}: {things} | {}", now.picture.join(" ")).expect("text grows");
    }
    story
}

/// What came of it, where it is not exactly one case that still stands.
fn fault(subject: &(&str, &str, &str, &str), hardships: &[Hardship]) -> Option<String> {
    let (_, street, things, hides) = subject;
    let street = &streets()[*street];
    let steps = rows(street, &story(things, hides, hardships));
    let mut incidents = play(&street.zones, &Options::default(), &steps).incidents;
    incidents.retain(|incident| incident.change != IncidentChange::Still);
    let [one] = incidents.as_slice() else {
        return Some(tell(&incidents).join("; "));
    };
    (one.change != IncidentChange::Opened).then(|| tell(&incidents).join("; "))
}

/// Faults of these subjects under each of the hardships alone.
fn faults_of(subjects: &[(&str, &str, &str, &str)]) -> String {
    let mut faults = String::new();
    for subject in subjects {
        for hardship in HARDSHIPS {
            if let Some(fault) = fault(subject, std::slice::from_ref(hardship)) {
                write!(faults, "\n{}, {}: {fault}", subject.0, hardship.0).expect("text grows");
            }
        }
    }
    faults
}

#[test]
fn a_car_that_stands_for_eight_hours_is_one_case_under_each_hardship() {
    assert_eq!(faults_of(&SUBJECTS[..1]), "");
}

#[test]
#[ignore = "a minute; cargo xtask slow"]
fn what_else_stands_for_eight_hours_is_one_case_under_each_hardship() {
    assert_eq!(faults_of(&SUBJECTS[1..]), "");
}

/// A head on its tour of four presets, a minute each, for two hours, that never hits one quite; a car stands in each.
#[test]
fn a_head_on_its_tour_finds_one_case_at_each_preset() {
    let mut street = streets()["kerb"].clone();
    let presets = ["V1", "gate", "bridge", "yard"];
    for preset in presets {
        // The base view's zones stand in the street.
        let zone = (preset != "V1").then(|| format!("zone {preset} no_parking 0 0.2 1 0.9"));
        for line in std::iter::once(format!("view {preset}")).chain(zone) {
            assert_eq!(street.take(&line), Ok(true), "{line}");
        }
    }
    let mut story = String::new();
    for i in 0..LOOKS / 4 {
        let (round, preset) = (i / 24, presets[i / 6 % 4]);
        if round % 10 == 5 && i % 24 == 9 {
            writeln!(story, "restart").expect("text grows");
        }
        let at = told(i as i64 * EVERY_MS);
        let (x, y) = [(0.0, 0.0), (0.04, 0.03), (-0.03, 0.02), (0.05, -0.02)][(round + i / 6) % 4];
        let picture = match i % 6 {
            0 => "elsewhere".to_owned(),
            _ => format!("shows {preset} shift {x} {y}"),
        };
        writeln!(story, "at {at}: car {preset} at kerb | {picture}").expect("text grows");
    }
    let options = street.seen_by(&Options::default());
    let mut incidents = play(&street.zones, &options, &rows(&street, &story)).incidents;
    incidents.retain(|incident| incident.change != IncidentChange::Still);
    let views: Vec<&str> = incidents.iter().map(|incident| incident.view.as_str()).collect();
    assert_eq!(views, presets, "{}", tell(&incidents).join("; "));
}

#[test]
#[ignore = "a minute; cargo xtask slow"]
fn what_stands_for_eight_hours_is_one_case_under_all_hardships_together() {
    let mut faults = String::new();
    for subject in SUBJECTS {
        if let Some(fault) = fault(subject, HARDSHIPS) {
            write!(faults, "\n{}: {fault}", subject.0).expect("text grows");
        }
    }
    assert_eq!(faults, "");
}

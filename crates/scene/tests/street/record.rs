//! The decision record, and what else a case might have been: what is said of places that are no case, when it changes.

use std::collections::BTreeMap;

use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{Finding, Findings, Incident, IncidentChange, Reason, ViolationClass};

use crate::look::{camera, observation};
use crate::play::Step;
use crate::words::{rows, streets};

fn played(street: &str, story: &str) -> (Vec<Findings>, Vec<Incident>) {
    let street = &streets()[street];
    let mut scene = CameraScene::new(camera(), street.zones.clone(), Options::default());
    let (mut said, mut incidents, mut digest) = (Vec::new(), Vec::new(), 0);
    for (index, step) in rows(street, story).iter().enumerate() {
        if let Step::Look(look) = step {
            let observation = observation(look, index as u64, digest);
            digest = observation.health.coded_digest;
            incidents.extend(scene.observe(observation));
            said.push(scene.findings());
        }
    }
    (said, incidents)
}

fn class(of: ViolationClass) -> &'static str {
    match of {
        ViolationClass::StreetFrontTrading => "front",
        ViolationClass::IllegalMotorParking => "parking",
        ViolationClass::ItinerantVendor => "vendor",
        ViolationClass::DisorderlyNonmotorParking => "bikes",
        ViolationClass::ExposedGarbage => "garbage",
        ViolationClass::PiledMaterials => "piles",
    }
}

/// `SECS REASON`, one after the other, of one class.
fn tell(said: &[Findings], of: ViolationClass) -> String {
    let line = |f: &Finding| {
        let detail = match &f.reason {
            Reason::TooFew { found, needed } => format!(" {found} of {needed}"),
            Reason::CutOut { zone, .. } => format!(" {zone}"),
            Reason::Theirs { class: whose } => format!(" {}", class(*whose)),
            _ => String::new(),
        };
        format!("{} {}{detail}", f.at.0 / 1000, f.reason.name())
    };
    let places = said.iter().flat_map(|findings| &findings.places);
    places
        .filter(|f| f.class == of)
        .map(line)
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn a_vehicle_is_spoken_of_when_something_changes() {
    let stories = [
        (
            "it comes to be a case and goes",
            "every 5s until 6:40: car at kerb\nevery 5s until 8:20: nothing",
            "5 not_stationary; 20 dwelling; 300 case; 465 over",
        ),
        (
            "who passes is not spoken of",
            "every 5s until 5:00: nothing\nat 5:05: car at kerb\nevery 5s until 6:40: nothing",
            "",
        ),
        (
            "it leaves before it is due",
            "every 5s until 3:20: car at kerb\nevery 5s until 5:00: nothing",
            "5 not_stationary; 20 dwelling; 205 unseen; 265 over",
        ),
        (
            "too weak, which shows when its dwell is over",
            "every 5s until 6:40: car at kerb 0.3",
            "5 not_stationary; 20 dwelling; 300 weak",
        ),
        (
            "inside a bay",
            "every 5s until 6:40: car at bay",
            "20 cut_out bay",
        ),
        ("on the sky", "every 5s until 6:40: car at sky", "20 cut_out sky"),
        (
            "a bus on the road hides it, and is no case itself",
            "every 5s until 1:40: car at kerb\nevery 5s until 3:20: bus at front\nevery 5s until 6:40: car at kerb",
            "5 not_stationary; 20 dwelling; 105 hidden; 125 cut_out road; 205 dwelling; 300 case",
        ),
    ];
    for (scene, script, want) in stories {
        let (said, _) = played("kerb", script);
        assert_eq!(tell(&said, ViolationClass::IllegalMotorParking), want, "{scene}");
        assert!(
            said.iter().all(|findings| findings.camera == Some(camera())),
            "{scene}"
        );
    }
}

#[test]
fn groups_are_spoken_of_by_their_own_rule() {
    use ViolationClass::{
        DisorderlyNonmotorParking, ExposedGarbage, ItinerantVendor, PiledMaterials, StreetFrontTrading,
    };
    let stories = [
        (
            "two bicycles of three",
            DisorderlyNonmotorParking,
            "every 10s until 5:00: bicycle at 15/-2, bicycle at 15/-3, person at 40/0",
            "10 not_stationary; 60 too_few 2 of 3",
        ),
        (
            "a cart that nobody tends",
            ItinerantVendor,
            "every 10s until 5:00: cart at 15/0, person at 40/0",
            "10 not_stationary; 30 unattended",
        ),
        (
            "bags in the bin's apron",
            ExposedGarbage,
            "every 10s until 5:00: garbage_bag at 12/5.2, person at 40/0",
            "60 cut_out bins",
        ),
        (
            "a display that has always looked like that, and a weak one",
            StreetFrontTrading,
            "every 10s until 16:40: rack at 12/-5 0.4, person at 40/0",
            "10 not_stationary; 60 as_ever; 960 as_ever",
        ),
        (
            "a pile that waits for its dwell",
            PiledMaterials,
            "every 10s until 5:00: sand_pile at 20/0, person at 40/0",
            "10 not_stationary; 120 dwelling",
        ),
    ];
    for (scene, of, script, want) in stories {
        let (said, _) = played("ground", script);
        assert_eq!(tell(&said, of), want, "{scene}");
    }
}

#[test]
fn cartons_beside_a_stall_that_is_missed_now_and_then_are_said_to_be_its_own() {
    let look = |i: usize| {
        let stall = if i.is_multiple_of(3) {
            ""
        } else {
            "stall at 15/0, "
        };
        format!("at {}:{:02}: {stall}carton at 15/1.6", i / 6, i % 6 * 10)
    };
    let lines: Vec<String> = (0..30).map(look).collect();
    let (said, _) = played("ground", &lines.join("\n"));
    assert_eq!(
        tell(&said, ViolationClass::PiledMaterials),
        "30 not_stationary; 120 beside_a_stand"
    );
}

#[test]
fn pictures_that_judge_nothing_and_times_without_looks_are_said() {
    let script = "every 10s until 1:40: car at kerb\nevery 10s until 2:30: car at kerb | black\nevery 10s until 3:20: car at kerb\nevery 10s from 15:00 until 16:40: car at kerb";
    let (said, _) = played("kerb", script);
    let looked = said.iter().filter_map(|findings| findings.looked);
    let told: Vec<(i64, &str, Option<i64>, bool)> = looked
        .map(|l| {
            (
                l.at.0 / 1000,
                l.state.name(),
                l.before.map(|at| at.0 / 1000),
                l.after_a_gap,
            )
        })
        .collect();
    let want = [
        (0, "live", None, true),
        (60, "live", Some(50), false),
        (110, "obscured", Some(100), false),
        (160, "live", Some(150), false),
        (900, "live", Some(200), true),
        (960, "live", Some(950), false),
    ];
    assert_eq!(told, want);
}

#[test]
fn the_record_is_bounded_and_a_change_of_mind_every_look_is_not_said_every_look() {
    let car = |i: usize| format!("car at [{:.3} 0.40 0.004 0.004] 0.9", 0.03 + 0.0055 * i as f32);
    let many: Vec<String> = (0..100).map(car).collect();
    let (said, _) = played("kerb", &format!("every 5s until 0:30: {}", many.join(", ")));
    assert!(said.iter().all(|findings| findings.places.len() <= 64));
    // There and not there by turns, every two seconds.
    let by_turns = (0..60).map(|i| {
        let what = if i % 2 == 0 { "bus at front" } else { "car at kerb" };
        let secs = 62 + 2 * i;
        format!("at {}:{:02}: {what}", secs / 60, secs % 60)
    });
    let lines: Vec<String> = std::iter::once("every 2s until 1:00: car at kerb".to_owned())
        .chain(by_turns)
        .collect();
    let script = lines.join("\n");
    let (said, _) = played("kerb", &script);
    let words = said
        .iter()
        .flat_map(|f| &f.places)
        .filter(|f| f.at.0 >= 62_000)
        .count();
    assert!((2..=24).contains(&words), "{words} findings in 120 s");
}

/// Classes of the cases opened, each with those that gave way.
type Opened = BTreeMap<&'static str, Vec<&'static str>>;

#[test]
fn a_case_names_the_classes_that_gave_way() {
    let stories: [(&str, &str, Opened); 5] = [
        (
            "cartons before a shop are its trade, and would be piles",
            "every 10s until 11:40: carton at 12/-5, person at 40/0",
            BTreeMap::from([("front", vec!["piles"])]),
        ),
        (
            "a stall before a shop with its trader",
            "every 10s until 11:40: stall at 13/-5, person at 13/-4.2",
            BTreeMap::from([("front", vec!["vendor"])]),
        ),
        (
            "a table is nobody else's",
            "every 10s until 11:40: table at 13/-5, person at 40/0",
            BTreeMap::from([("front", vec![])]),
        ),
        (
            "cartons beside a stall go with it",
            "every 10s until 6:40: stall at 15/0, carton at 15/1.6, person at 15/-0.5",
            BTreeMap::from([("vendor", vec!["piles"])]),
        ),
        (
            "bags are garbage and nothing else",
            "every 10s until 16:40: garbage_bag at 20/0, person at 40/0",
            BTreeMap::from([("garbage", vec![])]),
        ),
    ];
    for (scene, script, want) in stories {
        let (_, incidents) = played("ground", script);
        let opened = incidents.iter().filter(|i| i.change == IncidentChange::Opened);
        let got: Opened = opened
            .map(|i| (class(i.class), i.also.iter().map(|of| class(*of)).collect()))
            .collect();
        assert_eq!(got, want, "{scene}");
    }
}

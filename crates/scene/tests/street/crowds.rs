//! More than there is room for: numbers are bounded, what is left out is counted, a case is never crowded out; and five
//! classes at once under a weak detector and a restart at any look.

use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{Incident, IncidentChange, ViolationClass};

use crate::play::{Step, play, tell};
use crate::words::{rows, streets};

/// Plays rows in a street.
pub(crate) fn played(street: &str, options: &Options, text: &str) -> (Vec<Incident>, CameraScene) {
    let street = &streets()[street];
    let played = play(&street.zones, options, &rows(street, text));
    (played.incidents, played.scene)
}

fn told(incidents: &[Incident]) -> String {
    let mut lines = tell(incidents);
    lines.retain(|line| !line.contains(" still "));
    lines.join("; ")
}

#[test]
fn numbers_are_bounded_and_what_is_left_out_is_counted() {
    let crowd: Vec<String> = (0..20)
        .map(|i| format!("car at [{:.3} 0.40 0.009 0.1]", 0.22 + 0.011 * i as f32))
        .collect();
    let crowd = crowd.join(", ");
    let six = Options {
        anchors_max: 6,
        ..Options::default()
    };
    let (incidents, scene) = played(
        "kerb",
        &six,
        &format!("every 5s until 6:40: car at kerb, {crowd}"),
    );
    assert_eq!(
        told(&incidents).matches("opened").count(),
        6,
        "six places are held, whatever comes"
    );
    assert!(scene.counters().anchors_over_bound > 0);

    let story = format!(
        "every 5s until 6:40: car at kerb
         every 5s until 10:00: car at kerb, {crowd}
         every 5s until 11:40: nothing"
    );
    assert_eq!(
        told(&played("kerb", &six, &story).0),
        "5:00 opened A: illegal_motor_parking in kerb; 11:05 closed A",
        "a case is never crowded out"
    );

    let five = Options {
        detections_max: 5,
        ..Options::default()
    };
    let (incidents, scene) = played(
        "kerb",
        &five,
        &format!("every 5s until 5:00: car at kerb 0.9, {crowd}"),
    );
    assert_eq!(incidents.len(), 5, "the strongest five");
    let keys: std::collections::HashSet<_> = incidents.iter().map(|i| &i.key).collect();
    assert_eq!(keys.len(), 5, "each under its own key");
    assert_eq!(scene.counters().detections_dropped, 61 * 16);
}

#[test]
fn groups_and_their_things_are_bounded() {
    let row = |n: usize, step: f32| -> String {
        let bags = (0..n).map(|i| format!("garbage_bag at {}/1", 12.0 + step * i as f32));
        format!("every 10s until 16:40: {}", bags.collect::<Vec<_>>().join(", "))
    };
    let few_groups = Options {
        groups_max: 5,
        ..Options::default()
    };
    let few_things = Options {
        members_max: 4,
        ..Options::default()
    };
    for (options, row, cases) in [(few_groups, row(6, 8.0), 5), (few_things, row(12, 0.6), 1)] {
        let (incidents, scene) = played("ground", &options, &row);
        assert_eq!(opened(&incidents).len(), cases);
        assert!(scene.counters().groups_over_bound > 0);
    }
}

/// One violation of each class, far from one another, and somebody far away, so that the street is not empty.
pub(crate) const ALL_FIVE: &str = "goods at 12.5/-5, rack at 13.5/-5, sign at 15/-4.8, stall at 22/3, umbrella at 22.4/3.4, \
    person at 22.5/3.2, ebike at 31/-4, ebike at 31.4/-3.2, bicycle at 31.8/-2.4, ebike at 32/-1.6, \
    garbage_bag at 12/2.5, garbage_bag at 12.8/2.9, brick_pile at 46/-1.5, sand_pile at 47/-1, person at 40/0";

fn opened(incidents: &[Incident]) -> Vec<ViolationClass> {
    let opened = incidents.iter().filter(|i| i.change == IncidentChange::Opened);
    let mut classes: Vec<_> = opened.map(|i| i.class).collect();
    classes.sort_unstable();
    classes
}

const FIVE: [ViolationClass; 5] = [
    ViolationClass::StreetFrontTrading,
    ViolationClass::ItinerantVendor,
    ViolationClass::DisorderlyNonmotorParking,
    ViolationClass::ExposedGarbage,
    ViolationClass::PiledMaterials,
];

#[test]
fn a_weak_detector_makes_no_second_case() {
    for picture in [
        "",
        "| jitter",
        "| misses 0.15",
        "| misses 0.3",
        "| jitter misses 0.3",
    ] {
        let row = format!("every 10s until 40:00: {ALL_FIVE} {picture}");
        let (incidents, _) = played("ground", &Options::default(), &row);
        assert_eq!(opened(&incidents), FIVE, "{picture}: {}", told(&incidents));
        let ended = incidents.iter().any(|i| i.change == IncidentChange::Closed);
        assert!(!ended, "{picture}: {}", told(&incidents));
    }
}

#[test]
fn a_restart_at_any_look_makes_no_second_case() {
    let street = &streets()["ground"];
    let story = rows(street, &format!("every 20s until 1:26:40: {ALL_FIVE}"));
    let end = rows(street, "every 20s from 1:27:00 until 1:40:00: nothing");
    for cut in (0..175).step_by(5) {
        let mut steps = story.clone();
        steps.insert(cut, Step::RestartWithoutMemory);
        steps.extend(end.clone());
        let incidents = play(&street.zones, &Options::default(), &steps).incidents;
        assert_eq!(opened(&incidents), FIVE, "at look {cut}: {}", told(&incidents));
        let ended = incidents.iter().filter(|i| i.change == IncidentChange::Closed);
        assert_eq!(ended.count(), 5, "at look {cut}");
    }
}

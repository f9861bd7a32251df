//! Ten looks a second at a road that is known in metres: who stands, who creeps, who passes in front, who drives off.
//!
//! A picture of 64 m by 64 m, a tenth of a metre a pixel; a box is a place in metres (its foot) and a size.

use std::collections::BTreeMap;
use std::sync::Arc;

use curbwatch_scene::{CameraScene, Homography, Options, RuleOptions};
use curbwatch_types::{
    BBox, Detection, Incident, IncidentChange, Luma, ObjectClass, Observation, Point, Polygon, Score, ViewId,
    Wall, Zone, ZoneId, ZoneKind,
};

use crate::look::{Look, camera, observation};

/// Metres across the picture.
const ACROSS: f64 = 64.0;

/// A vehicle in one look: metres to the right and down of where it meets the ground, width and height in metres, score.
type Vehicle = (f64, f64, f64, f64, f32);

fn car(x: f64, y: f64) -> Vehicle {
    (x, y, 2.0, 1.6, 0.8)
}

fn lorry(x: f64, y: f64) -> Vehicle {
    (x, y, 3.0, 5.0, 0.8)
}

fn boxed((x, y, w, h, _): Vehicle) -> BBox {
    let share = |metres: f64| (metres / ACROSS) as f32;
    BBox::new(share(x - w / 2.0), share(y - h), share(w), share(h))
}

/// The part of a vehicle above `y`.
fn cut(mut vehicle: Vehicle, y: f64) -> Vehicle {
    vehicle.3 -= (vehicle.1 - y).max(0.0);
    vehicle.1 = vehicle.1.min(y);
    vehicle
}

/// What came of a road.
#[derive(Debug, Default)]
struct Told {
    changes: Vec<(f64, IncidentChange)>,
    /// By case, the seconds at which its thing was seen.
    shown: BTreeMap<Arc<str>, Vec<f64>>,
}

impl Told {
    fn opened(&self) -> Vec<f64> {
        self.at(IncidentChange::Opened)
    }

    fn at(&self, change: IncidentChange) -> Vec<f64> {
        let of = |(secs, c): &(f64, IncidentChange)| (*c == change).then_some(*secs);
        self.changes.iter().filter_map(of).collect()
    }

    /// Whether the only case was seen at this second.
    fn is_shown(&self, secs: f64) -> bool {
        self.shown.values().flatten().any(|at| (at - secs).abs() < 0.01)
    }
}

fn options(metres: f64) -> Options {
    Options {
        motor_parking: RuleOptions {
            stationary_secs: 3,
            dwell_secs: 4,
            present_looks_min: 40,
            vacant_secs: 20,
            driving_mps: 4.5,
            merge_m: 10.0,
            ..RuleOptions::default()
        },
        ground_from_image: Homography::new([metres, 0.0, 0.0, 0.0, metres, 0.0, 0.0, 0.0, 1.0]),
        ..Options::default()
    }
}

/// Plays `secs` seconds of what `road` shows at each.
fn play(secs: u32, road: impl Fn(f64) -> Vec<Vehicle>) -> Told {
    play_at(ACROSS, secs, road)
}

/// The same where the picture is `across` metres wide: the further away, the more metres a pixel. Boxes are as large in the picture.
fn play_at(across: f64, secs: u32, road: impl Fn(f64) -> Vec<Vehicle>) -> Told {
    let corner = |x: f32, y: f32| Point::new(x, y);
    let zone = Zone {
        id: ZoneId::new("hard-shoulder").expect("id"),
        view: ViewId::new("main").expect("id"),
        kind: ZoneKind::NoParking,
        polygon: Polygon::new(vec![
            corner(0.0, 0.0),
            corner(1.0, 0.0),
            corner(1.0, 1.0),
            corner(0.0, 1.0),
        ])
        .expect("a square"),
        dwell_secs: None,
    };
    let mut scene = CameraScene::new(camera(), vec![zone], options(across));
    let mut told = Told::default();
    for look in 1..=secs * 10 {
        let at = f64::from(look) / 10.0;
        let seen = observed(look, road(at));
        let captured_at = seen.captured_at;
        let changed = scene.observe(seen);
        told.changes
            .extend(changed.iter().map(|incident: &Incident| (at, incident.change)));
        for case in scene.open_incidents() {
            if case.last_seen == captured_at {
                told.shown.entry(case.key).or_default().push(at);
            }
        }
    }
    told
}

/// A look without pixels: the detections are all there is.
fn observed(look: u32, vehicles: Vec<Vehicle>) -> Observation {
    let mut seen = observation(&Look::default(), u64::from(look), 0);
    seen.captured_at.at = Wall(i64::from(look) * 100);
    seen.unit.captured_at = seen.captured_at;
    seen.size = (640, 640);
    seen.thumbnail = Luma::default();
    seen.detections = vehicles
        .into_iter()
        .map(|vehicle| Detection {
            class: ObjectClass::Car,
            score: Score::new(vehicle.4),
            bbox: boxed(vehicle),
            appearance: None,
        })
        .collect();
    seen
}

/// Comes at 20 m/s, brakes, and stands at 30 m from second 5 on.
fn stopping(at: f64) -> Vehicle {
    car(20.0, 30.0 - 2.0 * (5.0 - at).max(0.0).powi(2))
}

#[test]
fn who_stops_is_a_case_and_who_passes_is_none() {
    let told = play(20, |at| {
        let passing = car(30.0, (at * 15.0) % ACROSS);
        vec![stopping(at), passing]
    });
    let opened = told.opened();
    assert_eq!(opened.len(), 1, "{told:?}");
    assert!((8.5..=10.5).contains(&opened[0]), "{told:?}");
}

#[test]
fn who_creeps_keeps_the_case_and_who_drives_off_leaves_it() {
    // Creeps at 1 m/s from second 12 to 20, then off at 10 m/s.
    let told = play(60, |at| match at {
        ..12.0 => vec![stopping(at)],
        12.0..20.0 => vec![car(20.0, 30.0 + (at - 12.0))],
        20.0..22.5 => vec![car(20.0, 38.0 + 10.0 * (at - 20.0))],
        _ => vec![],
    });
    assert_eq!(told.opened().len(), 1, "{told:?}");
    assert!(told.is_shown(19.5), "who creeps is still the case: {told:?}");
    assert!(!told.is_shown(22.3), "who drives is the case no longer: {told:?}");
    let closed = told.at(IncidentChange::Closed);
    assert_eq!(closed.len(), 1, "{told:?}");
    assert!((40.0..=43.0).contains(&closed[0]), "20 s after it left: {told:?}");
}

#[test]
fn a_box_cut_by_a_passing_lorry_does_not_drive() {
    // A lorry creeps away upwards; another one comes up behind, and its roof cuts the box from below by 3.5 m in half a second.
    let told = play(30, |at| {
        let creeping = lorry(20.0, 30.0 - (at.clamp(11.0, 12.0) - 11.0));
        if !(15.0..17.5).contains(&at) {
            return vec![creeping];
        }
        let roof = (29.0 - 6.0 * (at - 15.0)).max(25.5);
        vec![cut(creeping, roof), (20.5, roof + 6.0, 4.0, 6.0, 0.9)]
    });
    assert_eq!(told.opened().len(), 1, "{told:?}");
    assert!(told.at(IncidentChange::Closed).is_empty(), "{told:?}");
    assert!(told.is_shown(16.8), "seen over the roof of the other: {told:?}");
    assert!(told.is_shown(25.0), "{told:?}");
}

#[test]
fn who_creeps_on_unseen_is_the_same_case() {
    // Stands at 20 m, creeps from second 8 to 15 at 3 m/s, stands again; the lorry before it is all that is seen from 10 to 13.
    let told = play(24, |at| {
        let creeping = car(20.0, 20.0 + 3.0 * (at.clamp(8.0, 15.0) - 8.0));
        if (10.0..13.0).contains(&at) {
            vec![lorry(20.0, 40.0 - (at - 10.0))]
        } else {
            vec![creeping]
        }
    });
    assert_eq!(told.opened().len(), 1, "{told:?}");
    assert!(told.is_shown(23.5), "{told:?}");
}

#[test]
fn after_long_enough_for_another_to_come_it_has_to_stand_anew() {
    for (gap, again_at_once) in [(3.0, true), (7.0, false)] {
        let told = play(40, |at| {
            if (15.0..15.0 + gap).contains(&at) {
                vec![]
            } else {
                vec![stopping(at)]
            }
        });
        assert_eq!(told.opened().len(), 1, "{gap} s: {told:?}");
        assert_eq!(told.is_shown(15.5 + gap), again_at_once, "{gap} s: {told:?}");
        assert!(told.is_shown(15.0 + gap + 6.0), "{gap} s: {told:?}");
    }
}

#[test]
fn one_good_look_among_forty_weak_ones_is_no_case() {
    let weak = |best: f32, rest: f32| {
        play(20, move |at| {
            let (x, y, w, h, _) = stopping(at);
            let score = if ((at * 10.0).round() as u32).is_multiple_of(20) {
                best
            } else {
                rest
            };
            vec![(x, y, w, h, score)]
        })
        .opened()
        .len()
    };
    assert_eq!(weak(0.6, 0.27), 0);
    assert_eq!(weak(0.6, 0.4), 1);
}

#[test]
fn a_column_that_crawls_past_one_place_is_no_parked_vehicle() {
    // Cars at 6 m/s, 8 m apart: every second and a third another one is where the first was.
    let told = play(40, |at| {
        let first = (at * 6.0) % 8.0;
        (0..8).map(|n| car(20.0, first + 8.0 * f64::from(n))).collect()
    });
    assert!(told.opened().is_empty(), "{told:?}");
}

#[test]
fn far_away_too_who_drives_off_leaves_his_case() {
    // Two metres a pixel. A lorry stands, and drives off at 6 m/s from second 15 on: 3 pixels a second. Twelve seconds later it stands again.
    let far = 20.0;
    let told = play_at(ACROSS * far, 40, |at| {
        let driven = 6.0 * (at.clamp(15.0, 27.0) - 15.0);
        vec![(20.0, 20.0 + driven / far, 1.0, 1.5, 0.8)]
    });
    assert_eq!(
        told.opened().len(),
        1,
        "followed all the way, it is no second case: {told:?}"
    );
    assert!(told.is_shown(14.0), "{told:?}");
    assert!(
        !told.is_shown(25.0),
        "sixty metres on it stands in no place: {told:?}"
    );
    assert!(told.is_shown(39.0), "and now in another: {told:?}");
}

#[test]
fn a_thing_in_two_boxes_by_turns_is_one_case() {
    // A lorry creeps at .5 m/s. One look shows it with its trailer, and so do all from second 20 on.
    let told = play(40, |at| {
        let (x, y, w, h, score) = lorry(20.0, 20.0 + 0.5 * at);
        let whole = (19.45..19.55).contains(&at) || at > 19.95;
        vec![if whole {
            (x + 0.5, y + 4.0, w + 1.0, h + 4.0, score)
        } else {
            (x, y, w, h, score)
        }]
    });
    assert_eq!(told.opened().len(), 1, "{told:?}");
    assert!(told.is_shown(39.0), "{told:?}");
}

#[test]
fn what_shows_itself_in_a_few_looks_does_not_go_on_with_a_case() {
    // A van, which the detector is never sure of, comes to stand before a car and hides it for good; behind it the car may leave. One look in
    // six seconds shows something at the car's place.
    let told = play(80, |at| {
        let van = (20.0, 31.5, 4.0, 6.0, 0.3);
        match (at * 10.0).round() as u32 {
            ..150 => vec![car(20.0, 30.0)],
            look if look.is_multiple_of(60) => vec![van, car(20.0, 30.0)],
            _ => vec![van],
        }
    });
    assert_eq!(told.opened().len(), 1, "{told:?}");
    assert!(told.is_shown(14.5), "{told:?}");
    let later = |secs: &&f64| **secs > 20.0;
    assert_eq!(told.shown.values().flatten().find(later), None, "{told:?}");
}

#[test]
fn who_is_missed_for_a_moment_was_not_away() {
    // Far away, a few pixels large: the box is now as high as the vehicle and now twice so, and one look in four shows nothing.
    let told = play(30, |at| {
        let look = (at * 10.0).round() as u32;
        let high = if look % 8 < 4 { 1.6 } else { 0.8 };
        if look.is_multiple_of(4) {
            vec![]
        } else {
            vec![(20.0, 30.0, 1.0, high, 0.8)]
        }
    });
    let opened = told.opened();
    assert!(opened.len() == 1 && opened[0] < 8.0, "{told:?}");
}

#[test]
fn who_stands_in_a_queue_stands_by_what_is_seen_above_the_one_before_him() {
    // The hindmost is half hidden from the first look on; every third look has his foot where the detector believes it.
    let queue = |creeps: f64| {
        move |secs: f64| {
            let behind = lorry(31.0, 20.0 + creeps * secs);
            let foot = if (secs * 10.0).round() % 3.0 == 0.0 {
                19.5
            } else {
                18.0
            };
            vec![
                lorry(30.0, 22.5 + creeps * secs),
                cut(behind, foot + creeps * secs),
            ]
        }
    };
    assert_eq!(play(20, queue(0.0)).opened().len(), 2);
    assert_eq!(play(5, queue(6.0)).opened(), Vec::<f64>::new());
}

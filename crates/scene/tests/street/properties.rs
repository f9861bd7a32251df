//! What must hold for any street: order does not matter, a restart doubles nothing, the same input
//! gives the same output.

use std::collections::HashSet;

use crate::script::{Step, camera, observation, parse, zones};
use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{Incident, IncidentChange, Observation};
use proptest::prelude::*;

/// What one look may hold.
const THINGS: [&str; 10] = [
    "car kerb",
    "car kerb red",
    "car kerb blue",
    "car kerb2",
    "missed car kerb",
    "bus front",
    "truck kerb3 0.3",
    "car tiny",
    "car bay",
    "bus [0.06 0.36 0.16 0.17] 0.5",
];
const PICTURES: [&str; 6] = ["", "", "jitter", "jitter", "tainted", "black"];

/// A street as runs of like looks, so that dwells are fulfilled often enough to say something.
fn street() -> impl Strategy<Value = Vec<Observation>> {
    let run = (
        prop::collection::hash_set(0..THINGS.len(), 0..4),
        0..PICTURES.len(),
        1usize..14,
    );
    (prop::collection::vec(run, 1..10), 20i64..120).prop_map(|(runs, step)| {
        let mut lines = Vec::new();
        let mut secs = 0;
        for (things, picture, looks) in runs {
            let mut things: Vec<usize> = things.into_iter().collect();
            things.sort_unstable();
            let things: Vec<&str> = things.into_iter().map(|i| THINGS[i]).collect();
            for _ in 0..looks {
                lines.push(format!("{secs} {} | {}", things.join(", "), PICTURES[picture]));
                secs += step;
            }
        }
        let looks = parse(&lines.join("\n")).into_iter().enumerate();
        looks
            .filter_map(|(i, step)| match step {
                Step::Look(look) => Some(observation(&look, i as u64)),
                Step::Set(..) | Step::Restart => None,
            })
            .collect()
    })
}

fn scene() -> CameraScene {
    CameraScene::new(camera(), zones(), Options::default())
}

fn run(scene: &mut CameraScene, street: &[Observation]) -> Vec<Incident> {
    street
        .iter()
        .flat_map(|observation| scene.observe(observation.clone()))
        .collect()
}

/// All there is to an incident, for comparison.
fn whole(incidents: &[Incident]) -> String {
    format!("{incidents:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_detections_does_not_matter(street in street(), turn in 1usize..5) {
        let mut turned = street.clone();
        for observation in &mut turned {
            observation.detections.reverse();
            let count = observation.detections.len();
            if count > 0 {
                observation.detections.rotate_left(turn % count);
            }
        }
        prop_assert_eq!(whole(&run(&mut scene(), &street)), whole(&run(&mut scene(), &turned)));
    }

    #[test]
    fn the_same_input_gives_the_same_output(street in street()) {
        prop_assert_eq!(whole(&run(&mut scene(), &street)), whole(&run(&mut scene(), &street)));
    }

    #[test]
    fn a_life_is_opened_once_and_ended_at_most_once(street in street()) {
        let (mut opened, mut ended) = (HashSet::new(), HashSet::new());
        for incident in run(&mut scene(), &street) {
            match incident.change {
                IncidentChange::Opened => prop_assert!(opened.insert(incident.key.clone())),
                IncidentChange::Still => prop_assert!(!ended.contains(&incident.key)),
                IncidentChange::Closed | IncidentChange::Reoccupied => {
                    prop_assert!(opened.contains(&incident.key));
                    prop_assert!(ended.insert(incident.key.clone()));
                }
            }
            let stood = incident.last_seen.at.millis_since(incident.first_seen.at);
            prop_assert!(stood >= i64::from(incident.rule.dwell_secs) * 1000);
        }
    }

    #[test]
    fn a_restart_opens_no_second_case_for_an_open_one(street in street(), cut in 0.0f64..1.0) {
        let cut = (street.len() as f64 * cut) as usize;
        let mut before = scene();
        run(&mut before, &street[..cut]);
        let open = before.open_incidents();
        let mut after = scene();
        after.adopt(open.clone());
        prop_assert_eq!(after.open_incidents().len(), open.len());
        let mut standing: Vec<_> = open.iter().map(|o| (o.key.clone(), o.bbox)).collect();
        for incident in run(&mut after, &street[cut..]) {
            match incident.change {
                IncidentChange::Opened => {
                    let twice = standing.iter().any(|(key, bbox)| {
                        *key == incident.key || bbox.iou(&incident.bbox) > 0.5
                    });
                    prop_assert!(!twice, "{:?} opens in the place of {:?}", incident.bbox, standing);
                }
                IncidentChange::Still => {}
                IncidentChange::Closed | IncidentChange::Reoccupied => {
                    standing.retain(|(key, _)| *key != incident.key);
                }
            }
        }
    }
}

//! What must hold for any street: order does not matter, a restart doubles nothing, the same input
//! gives the same output. For vehicles at a kerb and for the five rules about groups alike.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::look::{camera, observation};
use crate::play::{Step, Store, tell};
use crate::street::Street;
use crate::words::{rows, streets};
use curbwatch_scene::{CameraScene, Options, Pictures};
use curbwatch_types::{Incident, IncidentChange, Observation, Zone};
use proptest::prelude::*;

/// What one look at the kerb may hold.
const AT_THE_KERB: &[&str] = &[
    "car at kerb",
    "car red at kerb",
    "car blue at kerb",
    "car at kerb2",
    "unseen car at kerb",
    "bus at front",
    "truck at kerb3 0.3",
    "car at tiny",
    "car at bay",
    "bus at [0.06 0.36 0.16 0.17] 0.5",
];
/// What one look at the street on the ground may hold.
const ON_THE_GROUND: &[&str] = &[
    "goods at 13/-5",
    "stall at 15/-1",
    "stall at 14.5/-4.4",
    "umbrella at 15.2/-0.6",
    "person at 15.5/-0.5",
    "three_wheeler at 16/2",
    "ebike at 14/-3",
    "ebike at 14.5/-2.2",
    "bicycle at 15/-3.2",
    "garbage_bag at 13/1",
    "garbage_bag at 18/1 0.3",
    "carton at 14/-4.3",
    "sand_pile at 20/0",
    "bus at 12/-2",
];
const PICTURES: &[&str] = &["", "", "| jitter", "| jitter", "| tainted", "| black"];
/// Pictures of a head that turns between two views.
const ON_TOUR: &[&str] = &[
    "",
    "",
    "| shows gate",
    "| shows gate",
    "| shows gate shift 0.05 0.03",
    "| shift -0.04 0.02",
    "| elsewhere",
    "| tainted",
];

/// A street and what was seen of it.
#[derive(Debug, Clone)]
struct Watched {
    zones: Vec<Zone>,
    options: Options,
    looks: Vec<Observation>,
}

/// Runs of like looks, so that dwells are fulfilled often enough to say something.
fn watched(street: &'static str, things: &'static [&'static str]) -> impl Strategy<Value = Watched> {
    shown(streets()[street].clone(), things, PICTURES)
}

/// The same, of a head with a second view of the same street, drawn in another place.
fn on_tour() -> impl Strategy<Value = Watched> {
    let mut street = streets()["kerb"].clone();
    for line in [
        "view gate",
        "zone drive no_parking 0.0 0.3 0.5 0.6",
        "zone apron public_ground 0.5 0.3 1 1",
    ] {
        assert_eq!(street.take(line), Ok(true), "{line}");
    }
    shown(street, AT_THE_KERB, ON_TOUR)
}

fn shown(
    street: Street,
    things: &'static [&'static str],
    pictures: &'static [&'static str],
) -> impl Strategy<Value = Watched> {
    let run = (
        prop::collection::hash_set(0..things.len(), 0..9.min(things.len() / 2)),
        0..pictures.len(),
        1usize..14,
    );
    (prop::collection::vec(run, 1..10), 20i64..120).prop_map(move |(runs, every)| {
        let mut story = String::new();
        for (shown, picture, looks) in runs {
            let mut shown: Vec<usize> = shown.into_iter().collect();
            shown.sort_unstable();
            let mut shown: Vec<&str> = shown.into_iter().map(|i| things[i]).collect();
            if shown.is_empty() {
                shown.push("nothing");
            }
            let secs = every * looks as i64;
            let shown = shown.join(", ");
            writeln!(story, "every {every}s for {secs}s: {shown} {}", pictures[picture]).expect("text grows");
        }
        let mut looks = Vec::new();
        let mut digest = 0;
        for (i, step) in rows(&street, &story).iter().enumerate() {
            if let Step::Look(look) = step {
                looks.push(observation(look, i as u64, digest));
                digest = 1000 + i as u64;
            }
        }
        Watched {
            zones: street.zones.clone(),
            options: street.seen_by(&Options::default()),
            looks,
        }
    })
}

fn any_street() -> impl Strategy<Value = Watched> {
    prop_oneof![
        watched("kerb", AT_THE_KERB),
        watched("ground", ON_THE_GROUND),
        on_tour()
    ]
}

impl Watched {
    fn scene(&self) -> CameraScene {
        CameraScene::new(camera(), self.zones.clone(), self.options.clone())
    }

    fn incidents(&self) -> Vec<Incident> {
        run(&mut self.scene(), &self.looks)
    }
}

fn run(scene: &mut CameraScene, looks: &[Observation]) -> Vec<Incident> {
    looks
        .iter()
        .flat_map(|observation| scene.observe(observation.clone()))
        .collect()
}

/// All there is to an incident, for comparison.
fn whole(incidents: &[Incident]) -> String {
    format!("{incidents:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_detections_does_not_matter(street in any_street(), turn in 1usize..5) {
        let mut turned = street.clone();
        for observation in &mut turned.looks {
            observation.detections.reverse();
            let count = observation.detections.len();
            if count > 0 {
                observation.detections.rotate_left(turn % count);
            }
        }
        prop_assert_eq!(whole(&street.incidents()), whole(&turned.incidents()));
    }

    #[test]
    fn the_same_input_gives_the_same_output(street in any_street()) {
        prop_assert_eq!(whole(&street.incidents()), whole(&street.incidents()));
    }

    #[test]
    fn a_life_is_opened_once_and_ended_at_most_once(street in any_street()) {
        let (mut open, mut used) = (HashSet::new(), HashSet::new());
        for incident in street.incidents() {
            match incident.change {
                IncidentChange::Opened => {
                    prop_assert!(used.insert(incident.key.clone()));
                    open.insert(incident.key.clone());
                }
                IncidentChange::Still => prop_assert!(open.contains(&incident.key)),
                IncidentChange::Closed | IncidentChange::Reoccupied => {
                    prop_assert!(open.remove(&incident.key));
                }
            }
            let stood = incident.last_seen.at.millis_since(incident.first_seen.at);
            prop_assert!(stood >= i64::from(incident.rule.dwell_secs) * 1000);
        }
    }

    /// Incidents after the cut are those of a scene that was never interrupted, pictures and all.
    #[test]
    fn a_restart_at_any_look_changes_nothing(street in any_street(), cuts in prop::collection::vec(0.0f64..1.0, 1..4)) {
        let cuts: HashSet<usize> = cuts.iter().map(|cut| (street.looks.len() as f64 * cut) as usize).collect();
        let (mut scene, mut store, mut incidents) = (street.scene(), Store::default(), Vec::new());
        for (i, look) in street.looks.iter().enumerate() {
            if cuts.contains(&i) {
                let memory = scene.checkpoint(Pictures::All);
                scene = street.scene();
                store.hand_over(&mut scene, memory.as_ref());
            }
            let decided = scene.observe(look.clone());
            store.commit(&decided, &scene);
            incidents.extend(decided);
        }
        let uninterrupted = street.incidents();
        prop_assert_eq!(tell(&incidents), tell(&uninterrupted));
        prop_assert!(whole(&incidents) == whole(&uninterrupted), "the incidents differ in more than their words");
    }

    /// A reload that is about something else.
    #[test]
    fn the_same_zones_told_again_at_any_look_change_nothing(street in any_street(), cuts in prop::collection::vec(0.0f64..1.0, 1..4)) {
        let cuts: HashSet<usize> = cuts.iter().map(|cut| (street.looks.len() as f64 * cut) as usize).collect();
        let (mut scene, mut incidents) = (street.scene(), Vec::new());
        for (i, look) in street.looks.iter().enumerate() {
            if cuts.contains(&i) {
                scene.rezone(street.zones.clone(), street.options.clone());
            }
            incidents.extend(scene.observe(look.clone()));
        }
        let uninterrupted = street.incidents();
        prop_assert_eq!(tell(&incidents), tell(&uninterrupted));
        prop_assert!(whole(&incidents) == whole(&uninterrupted), "the incidents differ in more than their words");
    }

    /// A memory that is some looks old, as after a crash, opens no case twice and loses none that stands.
    #[test]
    fn an_old_memory_opens_no_second_case(
        street in watched("kerb", AT_THE_KERB),
        cut in 0.0f64..1.0,
        age in 0usize..12,
    ) {
        let cut = (street.looks.len() as f64 * cut) as usize;
        let (mut scene, mut store, mut memory) = (street.scene(), Store::default(), None);
        for (i, look) in street.looks[..cut].iter().enumerate() {
            let decided = scene.observe(look.clone());
            store.commit(&decided, &scene);
            if i + age < cut {
                memory = scene.checkpoint(Pictures::First);
            }
        }
        let mut open: HashSet<_> = scene.open_incidents().into_iter().map(|o| o.key).collect();
        scene = street.scene();
        store.hand_over(&mut scene, memory.as_ref());
        let taken_up: HashSet<_> = scene.open_incidents().into_iter().map(|o| o.key).collect();
        prop_assert_eq!(&taken_up, &open);
        for incident in run(&mut scene, &street.looks[cut..]) {
            match incident.change {
                IncidentChange::Opened => prop_assert!(open.insert(incident.key.clone())),
                IncidentChange::Still => prop_assert!(open.contains(&incident.key)),
                IncidentChange::Closed | IncidentChange::Reoccupied => prop_assert!(open.remove(&incident.key)),
            }
        }
    }

    /// Whatever bytes come, a scene refuses them or takes up its own; it never falls over.
    #[test]
    fn a_damaged_memory_is_refused(
        street in any_street(),
        at in 0.0f64..1.0,
        flip in 1u8..=255,
        cut in prop::bool::ANY,
    ) {
        let mut scene = street.scene();
        run(&mut scene, &street.looks);
        let mut memory = scene.checkpoint(Pictures::All).expect("it has seen something");
        let at = (memory.state.len() as f64 * at) as usize;
        if cut {
            memory.state.truncate(at);
        } else {
            memory.state[at] ^= flip;
        }
        let mut other = street.scene();
        prop_assert!(other.restore(&memory, memory.taken_at).is_err());
        prop_assert_eq!(whole(&run(&mut other, &street.looks)), whole(&street.incidents()));
    }

    #[test]
    fn a_restart_opens_no_second_case_for_an_open_vehicle(
        street in watched("kerb", AT_THE_KERB),
        cut in 0.0f64..1.0,
    ) {
        let cut = (street.looks.len() as f64 * cut) as usize;
        let mut before = street.scene();
        run(&mut before, &street.looks[..cut]);
        let open = before.open_incidents();
        let mut after = street.scene();
        after.adopt(open.clone());
        prop_assert_eq!(after.open_incidents().len(), open.len());
        let mut standing: Vec<_> = open.iter().map(|o| (o.key.clone(), o.bbox)).collect();
        for incident in run(&mut after, &street.looks[cut..]) {
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

//! What must hold of any street that several cameras see: the order in which looks arrive does not matter, nor a restart, and no
//! case lives twice.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use curbwatch_scene::GroundLook;
use curbwatch_types::{Incident, IncidentChange};
use proptest::prelude::*;

use crate::eyes::{Event, PATIENCE_MS, Watchers, tell};
use crate::ground_words::Story;

/// Cars and bags, some within reach of one another.
const THINGS: &[&str] = &[
    "car red at 24/2",
    "car blue at 24/2",
    "car white at 24/-1",
    "car at 31/2.5",
    "car green at 19/-3",
    "garbage_bag at 26/5",
    "garbage_bag old at 28/5",
];
/// What may be wrong with an eye's looks.
const TROUBLES: &[&str] = &["", "", "", "blind", "misses", "sees nothing", "away", "ahead 2s"];
const EYES: [&str; 3] = ["north", "south", "east"];

fn story() -> impl Strategy<Value = Story> {
    let trouble = || 0..TROUBLES.len();
    let run = (
        prop::collection::btree_set(0..THINGS.len(), 0..4),
        [trouble(), trouble(), trouble()],
        2usize..30,
    );
    (
        prop::collection::vec(run, 2..9),
        prop_oneof![Just(10), Just(15), Just(40)],
    )
        .prop_map(|(runs, every)| {
            let mut story = Story::default();
            let mut take = |row: &str| {
                let taken = story.take(row);
                assert_eq!(taken, Ok(()), "{row}");
            };
            for row in [
                "eye north at 0/0 facing north",
                "eye south at 50/0 facing south",
                "eye east at -2/6 facing north",
                "zone road no_parking 0 0.25 1 1",
                "zone ground public_ground 0 0.25 1 1",
                "set dwell_secs 90s",
                "set still_every_secs 3m",
                "set exposed_garbage.dwell_secs 2m",
            ] {
                take(row);
            }
            for (things, troubles, looks) in runs {
                let things: Vec<&str> = things.into_iter().map(|i| THINGS[i]).collect();
                let things = if things.is_empty() {
                    "nothing".to_owned()
                } else {
                    things.join(", ")
                };
                let mut row = format!("every {every}s for {}s: {things} |", every * looks);
                for (eye, trouble) in EYES
                    .iter()
                    .zip(troubles)
                    .filter(|(_, t)| !TROUBLES[*t].is_empty())
                {
                    let comma = if row.ends_with('|') { "" } else { "," };
                    write!(row, "{comma} {eye} {}", TROUBLES[trouble]).expect("text grows");
                }
                take(&row);
            }
            story
        })
}

fn played(story: &Story) -> Vec<Incident> {
    let mut watchers = Watchers::new(&story.eyes, &story.options);
    watchers.play(&story.events);
    watchers.told
}

/// When something happens, in milliseconds; a restart as what comes after it.
fn moment(event: &Event) -> i64 {
    match event {
        Event::Look(look) => look.look.at_ms,
        Event::Restart(_) => i64::MAX / 2,
    }
}

/// The lives of the cases, less how often they say so, and less which of two cases speaks first at one look.
fn lives(incidents: &[Incident]) -> Vec<String> {
    let told = tell(incidents).into_iter();
    let mut lines: Vec<String> = told.filter(|line| !line.contains(" still ")).collect();
    let moment = |line: &String| line.split_once(' ').map(|(moment, _)| moment.to_owned());
    for at_once in lines.chunk_by_mut(|a, b| moment(a) == moment(b)) {
        at_once.sort();
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// However late looks come, within what the register is patient for, and in whatever order of cameras: as many workers or
    /// shards as there may be.
    #[test]
    fn the_order_of_arrival_does_not_matter(story in story(), late in prop::collection::vec(0..PATIENCE_MS, 7)) {
        let mut judges = Watchers::new(&story.eyes, &story.options);
        let looks: Vec<&Event> = story.events.iter().collect();
        let mut judged: Vec<(GroundLook, i64)> = Vec::new();
        // One camera after the other, as if each had a shard to itself.
        for eye in (0..story.eyes.len()).rev() {
            for event in &looks {
                let Event::Look(look) = event else { continue };
                if look.eye == eye {
                    let late_ms = late[judged.len() % late.len()];
                    judged.extend(judges.judge(look).map(|look| (look, late_ms)));
                }
            }
        }
        let mut register = Watchers::new(&story.eyes, &story.options);
        register.settle_late(&judged);
        let in_order = played(&story);
        prop_assert_eq!(tell(&register.told), tell(&in_order));
        let without_numbers = |incidents: &[Incident]| {
            let plain = incidents.iter().cloned().map(|incident| Incident { shots: Vec::new(), ..incident });
            format!("{:?}", plain.collect::<Vec<_>>())
        };
        prop_assert!(without_numbers(&register.told) == without_numbers(&in_order), "they differ in more than words");
    }

    #[test]
    fn a_case_lives_once(story in story()) {
        let mut latest: BTreeMap<Arc<str>, IncidentChange> = BTreeMap::new();
        for incident in played(&story) {
            let before = latest.insert(Arc::clone(&incident.key), incident.change);
            match incident.change {
                IncidentChange::Opened => prop_assert_eq!(before, None),
                IncidentChange::Still => prop_assert!(before.is_some_and(|b| b != IncidentChange::Reoccupied)),
                IncidentChange::Closed | IncidentChange::Reoccupied => prop_assert!(matches!(
                    before,
                    Some(IncidentChange::Opened | IncidentChange::Still)
                )),
            }
        }
    }

    /// The same cases open, go on and end at the same looks.
    #[test]
    fn a_restart_of_all_cameras_changes_no_case(story in story(), cuts in prop::collection::vec(0.0f64..1.0, 1..4)) {
        let uninterrupted = played(&story);
        let mut cut = story.clone();
        for part in cuts {
            let at = (cut.events.len() as f64 * part) as usize;
            // Between two moments: looks of one are told in the order of cameras.
            let begins = |i: &usize| moment(&cut.events[*i]) - moment(&cut.events[*i - 1]) > 5000;
            let at = (at.max(1)..cut.events.len()).find(begins).unwrap_or(cut.events.len());
            cut.events.insert(at, Event::Restart(true));
        }
        prop_assert_eq!(lives(&played(&cut)), lives(&uninterrupted));
    }
}

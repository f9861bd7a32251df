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

/// What stands there for so many looks, and what is wrong with each eye's.
type Run = (Vec<&'static str>, [usize; 3], usize);

fn troubles() -> [std::ops::Range<usize>; 3] {
    [0..TROUBLES.len(), 0..TROUBLES.len(), 0..TROUBLES.len()]
}

fn every() -> impl Strategy<Value = usize> {
    prop_oneof![Just(10), Just(15), Just(40)]
}

fn story() -> impl Strategy<Value = Story> {
    let things = prop::collection::btree_set(0..THINGS.len(), 0..4)
        .prop_map(|things| things.into_iter().map(|i| THINGS[i]).collect());
    let run = (things, troubles(), 2usize..30);
    (prop::collection::vec(run, 2..9), every()).prop_map(|(runs, every)| written(&runs, every))
}

/// Cars that leave one place to one another, seen by eyes that miss some of it.
fn takeovers() -> impl Strategy<Value = Story> {
    let stay = (0usize..3, 10usize..30, troubles());
    (prop::collection::vec(stay, 2..6), every()).prop_map(|(stays, every)| {
        let mut runs: Vec<Run> = Vec::new();
        for (i, (empty, looks, troubles)) in stays.into_iter().enumerate() {
            runs.push((Vec::new(), troubles, empty));
            runs.push((vec![THINGS[i % 2]], troubles, looks));
        }
        written(&runs, every)
    })
}

fn written(runs: &[Run], every: usize) -> Story {
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
    for (things, troubles, looks) in runs.iter().filter(|(.., looks)| *looks > 0) {
        let things = if things.is_empty() {
            "nothing".to_owned()
        } else {
            things.join(", ")
        };
        let mut row = format!("every {every}s for {}s: {things} |", every * looks);
        for (eye, trouble) in EYES
            .iter()
            .zip(troubles)
            .filter(|(_, t)| !TROUBLES[**t].is_empty())
        {
            let comma = if row.ends_with('|') { "" } else { "," };
            write!(row, "{comma} {eye} {}", TROUBLES[*trouble]).expect("text grows");
        }
        take(&row);
    }
    story
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

    /// Whatever clocks say: beyond the doubt of both.
    #[test]
    fn a_witness_has_seen_what_the_case_is_about(story in takeovers()) {
        for incident in played(&story) {
            for witness in &incident.witnesses {
                let doubt_ms = witness.last_seen.uncertainty_ms + incident.first_seen.uncertainty_ms;
                let since_ms = witness.last_seen.at.millis_since(incident.first_seen.at);
                prop_assert!(
                    since_ms + i64::from(doubt_ms) >= 0,
                    "{}: {} saw it last {} ms before it stood there",
                    tell(std::slice::from_ref(&incident)).concat(),
                    witness.camera,
                    -since_ms
                );
            }
        }
    }

    /// The same cases open, go on and end at the same looks.
    #[test]
    fn a_restart_of_all_cameras_changes_no_case(story in prop_oneof![story(), takeovers()], cuts in prop::collection::vec(0.0f64..1.0, 1..4)) {
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

//! Zones, permits and rules that change under a scene that goes on: what is a case stays one case, what waits waits by the new
//! words, and what was allowed until then counts from then.

use curbwatch_scene::{Options, RuleOptions};
use curbwatch_types::{Permit, Point, Polygon, ViewId, ViolationClass, Wall, Zone, ZoneId};

use crate::play::{Step, play, tell};
use crate::words::{rows, streets};

/// Zones and options that hold from one part of a story to the next.
type Words = (Vec<Zone>, Options);

/// What happens, in parts, and what must come of it.
type Story<'a> = (&'a str, Vec<(Words, &'a str)>, &'a str);

fn zones(street: &str) -> Vec<Zone> {
    streets()[street].zones.clone()
}

fn without(street: &str, gone: &str) -> Vec<Zone> {
    let zones = zones(street);
    zones
        .into_iter()
        .filter(|zone| zone.id.as_str() != gone)
        .collect()
}

fn renamed(street: &str, from: &str, to: &str) -> Vec<Zone> {
    let mut zones = zones(street);
    for zone in zones.iter_mut().filter(|zone| zone.id.as_str() == from) {
        zone.id = ZoneId::new(to).expect("an id");
    }
    zones
}

fn in_view(street: &str, view: &str) -> Vec<Zone> {
    let mut zones = zones(street);
    for zone in &mut zones {
        zone.view = ViewId::new(view).expect("an id");
    }
    zones
}

/// Everything is allowed, always.
fn permit(class: ViolationClass) -> Options {
    let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let permit = Permit {
        label: "fair".into(),
        view: ViewId::new("V1").expect("an id"),
        area: Polygon::new(corners.map(|(x, y)| Point::new(x, y)).to_vec()).expect("the picture"),
        classes: vec![class],
        from: Wall(0),
        until: Wall(i64::MAX),
        hours: None,
    };
    Options {
        permits: vec![permit],
        ..Options::default()
    }
}

fn dwell(dwell_secs: u32) -> Options {
    Options {
        motor_parking: RuleOptions {
            dwell_secs,
            ..RuleOptions::default()
        },
        ..Options::default()
    }
}

/// Plays a story told in parts, each under its words; `still` lines are left out.
fn played(street: &str, parts: Vec<(Words, &str)>) -> String {
    let of = &streets()[street];
    let mut steps = Vec::new();
    let mut begun = None;
    for ((zones, options), story) in parts {
        if begun.is_some() {
            steps.push(Step::Rezone(zones, Box::new(options)));
        } else {
            begun = Some((zones, options));
        }
        steps.extend(rows(of, story));
    }
    let (zones, options) = begun.expect("a story has a beginning");
    let told = tell(&play(&zones, &options, &steps).incidents);
    let lines: Vec<String> = told
        .into_iter()
        .filter(|line| !line.contains(" still "))
        .collect();
    lines.join("; ")
}

#[test]
fn what_is_a_case_stays_one_case_whatever_is_drawn() {
    let kerb = || (zones("kerb"), Options::default());
    let gone = || (without("kerb", "kerb"), Options::default());
    let other_name = || (renamed("kerb", "kerb", "east"), Options::default());
    let stands = "every 5s until 10:00: car red at kerb";
    let rows: [Story<'_>; 4] = [
        (
            "the zone is gone: the case goes on until its car has left",
            vec![
                (kerb(), stands),
                (gone(), "every 5s from 10:05 until 30:00: car red at kerb"),
                (gone(), "every 5s from 30:05 until 35:00: nothing"),
            ],
            "5:00 opened A: illegal_motor_parking in kerb; 31:05 closed A",
        ),
        (
            "the zone is gone and comes again: no second case",
            vec![
                (kerb(), stands),
                (gone(), "every 5s from 10:05 until 30:00: car red at kerb"),
                (kerb(), "every 5s from 30:05 until 50:00: car red at kerb"),
            ],
            "5:00 opened A: illegal_motor_parking in kerb",
        ),
        (
            "the zone has another name: no second case; the next one is that zone's",
            vec![
                (kerb(), stands),
                (other_name(), "every 5s from 10:05 until 30:00: car red at kerb"),
                (
                    other_name(),
                    "every 5s from 30:05 until 35:00: nothing\nevery 5s from 35:05 until 45:00: car blue at kerb",
                ),
            ],
            "5:00 opened A: illegal_motor_parking in kerb; 31:05 closed A; 40:05 opened B: illegal_motor_parking in east",
        ),
        (
            "and over a restart after the change",
            vec![
                (kerb(), stands),
                (gone(), "every 5s from 10:05 until 20:00: car red at kerb"),
                (
                    kerb(),
                    "every 5s from 20:05 until 30:00: car red at kerb\nrestart",
                ),
                (kerb(), "every 5s from 30:05 until 40:00: car red at kerb"),
            ],
            "5:00 opened A: illegal_motor_parking in kerb",
        ),
    ];
    for (what, parts, want) in rows {
        assert_eq!(played("kerb", parts), want, "{what}");
    }
}

#[test]
fn what_waits_goes_on_where_its_rule_holds() {
    let kerb = |options| (zones("kerb"), options);
    let parking = ViolationClass::IllegalMotorParking;
    let rows: [Story<'_>; 5] = [
        (
            "another zone changes",
            vec![
                (kerb(Options::default()), "every 5s until 3:00: car red at kerb"),
                (
                    (without("kerb", "footway"), Options::default()),
                    "every 5s from 3:05 until 6:00: car red at kerb",
                ),
            ],
            "5:00 opened A: illegal_motor_parking in kerb",
        ),
        (
            "a shorter dwell counts from when it came",
            vec![
                (kerb(dwell(1200)), "every 5s until 10:00: car red at kerb"),
                (
                    kerb(dwell(300)),
                    "every 5s from 10:05 until 12:00: car red at kerb",
                ),
            ],
            "10:05 opened A: illegal_motor_parking in kerb",
        ),
        (
            "a longer one, too",
            vec![
                (kerb(dwell(300)), "every 5s until 4:00: car red at kerb"),
                (
                    kerb(dwell(600)),
                    "every 5s from 4:05 until 12:00: car red at kerb",
                ),
            ],
            "10:00 opened A: illegal_motor_parking in kerb",
        ),
        (
            "its zone is gone for a while: its dwell begins when it is back",
            vec![
                (kerb(Options::default()), "every 5s until 4:00: car red at kerb"),
                (
                    (without("kerb", "kerb"), Options::default()),
                    "every 5s from 4:05 until 10:00: car red at kerb",
                ),
                (
                    kerb(Options::default()),
                    "every 5s from 10:05 until 16:00: car red at kerb",
                ),
            ],
            "15:05 opened A: illegal_motor_parking in kerb",
        ),
        (
            "a permit is withdrawn: until then it was allowed",
            vec![
                (kerb(permit(parking)), "every 5s until 10:00: car red at kerb"),
                (
                    kerb(Options::default()),
                    "every 5s from 10:05 until 16:00: car red at kerb",
                ),
                // Something else changes meanwhile; that makes nothing older.
                (
                    kerb(dwell(301)),
                    "every 5s from 12:05 until 16:00: car red at kerb",
                ),
            ],
            "15:00 opened A: illegal_motor_parking in kerb",
        ),
    ];
    for (what, parts, want) in rows {
        assert_eq!(played("kerb", parts), want, "{what}");
    }
}

#[test]
fn a_group_whose_rule_has_no_zone_any_more_ends_when_its_things_are_gone() {
    let street = || (zones("ground"), Options::default());
    let bare = || {
        let only = |zone: &Zone| zone.id.as_str() == "kerb";
        let zones: Vec<Zone> = zones("ground").into_iter().filter(only).collect();
        (zones, Options::default())
    };
    let bikes = "bicycle at 14/-2, bicycle at 14.7/-2, bicycle at 15.4/-2";
    let stand = |times: &str| format!("{times}: {bikes}");
    let (first, alone) = (
        stand("every 10s until 15:00"),
        stand("every 10s from 15:10 until 40:00"),
    );
    let again = stand("every 10s from 40:10 until 60:00");
    let left = "every 10s from 40:10 until 45:00: nothing";
    let opened = "10:00 opened A: disorderly_nonmotor_parking in footway";
    let told = played(
        "ground",
        vec![(street(), &first), (bare(), &alone), (street(), &again)],
    );
    assert_eq!(told, opened, "the rule is back: no second case");
    let told = played(
        "ground",
        vec![(street(), &first), (bare(), &alone), (bare(), left)],
    );
    assert_eq!(told, format!("{opened}; 41:10 closed A"));
    let told = played("ground", vec![(bare(), &first), (street(), &alone)]);
    assert_eq!(
        told, "25:10 opened A: disorderly_nonmotor_parking in footway",
        "nothing was forbidden before"
    );
}

#[test]
fn another_base_view_is_learned_anew_and_keeps_the_cases() {
    let told = played(
        "kerb",
        vec![
            (
                (zones("kerb"), Options::default()),
                "every 5s until 10:00: car red at kerb",
            ),
            (
                (in_view("kerb", "V9"), Options::default()),
                "every 5s from 10:05 until 20:00: car red at kerb",
            ),
        ],
    );
    assert_eq!(told, "5:00 opened A: illegal_motor_parking in kerb");
}

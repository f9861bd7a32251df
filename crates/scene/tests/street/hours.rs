//! Zones and cut-outs with hours, permits, and parameters of single zones: when a dwell counts, and what a case
//! says of the rule. Times are seconds since Thursday, 1970-01-01, 00:00 by the street's clocks.

use std::sync::Arc;

use curbwatch_scene::{GroupOptions, Options, RuleOptions, ZoneOptions};
use curbwatch_types::{
    Incident, IncidentChange, LocalTime, Origin, Permit, Point, Polygon, Schedule, Span, ViewId,
    ViolationClass, Wall, ZoneId,
};
use proptest::prelude::*;

use crate::play;
use crate::time::told;
use crate::words::{rows, streets};

/// The same minutes on every day.
fn daily(from_min: u16, to_min: u16) -> Schedule {
    Schedule {
        name: "daily".into(),
        local: LocalTime::utc(),
        week: std::array::from_fn(|_| vec![Span::new(from_min, to_min).expect("a span")]),
        on_holidays: Vec::new(),
        holidays: Arc::default(),
        exceptions: std::collections::BTreeMap::new(),
    }
}

fn of_zone(id: &str) -> ZoneOptions {
    ZoneOptions {
        zone: ZoneId::new(id).expect("id"),
        view: ViewId::new("V1").expect("id"),
        hours: None,
        motor_parking: None,
        groups: Vec::new(),
    }
}

fn with_hours(id: &str, from_min: u16, to_min: u16) -> Options {
    Options {
        zones: vec![ZoneOptions {
            hours: Some(daily(from_min, to_min)),
            ..of_zone(id)
        }],
        ..Options::default()
    }
}

fn permit(class: ViolationClass, from_secs: i64, until_secs: i64) -> Permit {
    let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    Permit {
        label: "removal van".into(),
        view: ViewId::new("V1").expect("id"),
        area: Polygon::new(corners.map(|(x, y)| Point::new(x, y)).to_vec()).expect("the picture"),
        classes: vec![class],
        from: Wall(from_secs * 1000),
        until: Wall(until_secs * 1000),
        hours: None,
    }
}

fn played(options: &Options, street: &str, story: &str) -> Vec<Incident> {
    let street = &streets()[street];
    play::play(&street.zones, options, &rows(street, story)).incidents
}

fn tell(incidents: &[Incident]) -> String {
    play::tell(incidents).join("; ")
}

#[test]
fn a_dwell_counts_while_the_zone_is_in_force() {
    let rows = [
        (
            "who came before the hours is due a dwell after they began",
            with_hours("kerb", 20, 600),
            "every 10s until 30:00: car at kerb",
            "25:00 opened A: illegal_motor_parking in kerb",
        ),
        (
            "the hours end before the dwell does",
            with_hours("kerb", 0, 4),
            "every 10s until 50:00: car at kerb",
            "",
        ),
        (
            "an interruption begins the dwell anew",
            Options {
                zones: vec![ZoneOptions {
                    hours: Some(Schedule {
                        week: std::array::from_fn(|_| {
                            [(0, 4), (10, 600)]
                                .map(|(a, b)| Span::new(a, b).expect("a span"))
                                .to_vec()
                        }),
                        ..daily(0, 1)
                    }),
                    ..of_zone("kerb")
                }],
                ..Options::default()
            },
            "every 10s until 29:50: car at kerb",
            "15:00 opened A: illegal_motor_parking in kerb",
        ),
        (
            "a case goes on through allowed hours without a word, and closes when it leaves",
            with_hours("kerb", 0, 10),
            "every 10s until 50:00: car at kerb\nevery 10s until 53:20: nothing",
            "5:00 opened A: illegal_motor_parking in kerb; 51:10 closed A",
        ),
        (
            "it says so again in force",
            with_hours("kerb", 0, 30),
            "every 10s until 1:00:00: car at kerb",
            "5:00 opened A: illegal_motor_parking in kerb; 20:00 still A",
        ),
        (
            "a bay that is marked out for the first ten minutes",
            with_hours("bay", 0, 10),
            "every 10s until 20:00: car at bay",
            "15:00 opened A: illegal_motor_parking in kerb",
        ),
        (
            "a permit ends, and the dwell begins",
            Options {
                permits: vec![permit(ViolationClass::IllegalMotorParking, 0, 900)],
                ..Options::default()
            },
            "every 10s until 25:00: car at kerb",
            "20:00 opened A: illegal_motor_parking in kerb",
        ),
        (
            "a permit for something else changes nothing",
            Options {
                permits: vec![permit(ViolationClass::PiledMaterials, 0, 900)],
                ..Options::default()
            },
            "every 10s until 15:00: car at kerb",
            "5:00 opened A: illegal_motor_parking in kerb",
        ),
        (
            "a permit begins before the dwell ends",
            Options {
                permits: vec![permit(ViolationClass::IllegalMotorParking, 290, 9000)],
                ..Options::default()
            },
            "every 10s until 25:00: car at kerb",
            "",
        ),
    ];
    for (scene, options, script, want) in rows {
        assert_eq!(tell(&played(&options, "kerb", script)), want, "{scene}");
    }
}

#[test]
fn a_market_is_permitted_in_its_hours() {
    // The market is cut out of the street for the first 20 minutes.
    let options = with_hours("market", 0, 20);
    let stall = "every 10s until 30:00: stall at 34/4, person at 34/3, person at 12/0";
    let cases = played(&options, "ground", stall);
    assert_eq!(tell(&cases[..1]), "23:00 opened A: itinerant_vendor in street");
    assert_eq!(cases[0].class, ViolationClass::ItinerantVendor);
    assert_eq!(cases[0].first_seen.at, Wall(0), "it was seen all the while");
    assert_eq!(cases[0].rule.in_force_since, Some(Wall(1_200_000)));
    let conditions = &cases[0].rule.conditions;
    assert_eq!(conditions.len(), 1);
    assert_eq!(
        &*conditions[0].what,
        "zone market (permitted_market, hours daily)"
    );
    assert!(!conditions[0].stretch.holds);
}

#[test]
fn a_zones_own_parameters_go_before_the_cameras() {
    let mut own = RuleOptions {
        dwell_secs: 600,
        vacant_secs: 120,
        open_score_min: 0.7,
        ..RuleOptions::default()
    };
    own.origins.set("dwell_secs", Origin::ClassInZone);
    own.origins.set("open_score_min", Origin::ClassInZone);
    let options = |zone| Options {
        zones: vec![ZoneOptions {
            motor_parking: Some(own.clone()),
            ..of_zone(zone)
        }],
        ..Options::default()
    };
    let script = "every 10s until 11:40: car at kerb 0.8, car at footway 0.5\nevery 10s until 16:40: nothing";
    let rows = [
        (
            "kerb",
            "2:00 opened A: illegal_motor_parking in footway; 10:00 opened B: illegal_motor_parking in kerb; 12:50 closed A; 13:50 closed B",
        ),
        // Too weak for it, and the zone's own 120 s do not hold for this class.
        (
            "footway",
            "5:00 opened A: illegal_motor_parking in kerb; 12:50 closed A",
        ),
    ];
    for (zone, want) in rows {
        assert_eq!(tell(&played(&options(zone), "kerb", script)), want, "{zone}");
    }
    let cases = played(&options("kerb"), "kerb", script);
    let said = |i: &Incident, name: &str| {
        let parameter = i
            .rule
            .parameters
            .iter()
            .find(|p| p.name == name)
            .expect("a parameter");
        (parameter.value, parameter.origin)
    };
    assert_eq!(said(&cases[0], "dwell_secs"), (120.0, Origin::Zone));
    assert_eq!(said(&cases[1], "dwell_secs"), (600.0, Origin::ClassInZone));
    assert_eq!(said(&cases[1], "vacant_secs"), (120.0, Origin::Default));
    assert_eq!(cases[1].rule.dwell_secs, 600);
}

#[test]
fn a_group_goes_by_its_zone() {
    let mut options = Options::default();
    options.zones.push(ZoneOptions {
        groups: vec![(
            ViolationClass::StreetFrontTrading,
            GroupOptions {
                dwell_secs: 120,
                ..GroupOptions::STREET_FRONT_TRADING
            },
        )],
        ..of_zone("shop2")
    });
    let cases = played(
        &options,
        "ground",
        "every 10s until 10:20: goods at 12/-5, goods at 21/-5, person at 40/0",
    );
    assert_eq!(
        tell(&cases),
        "2:00 opened A: street_front_trading in shop2; 10:00 opened B: street_front_trading in shop1"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the hours: what opens has stood for its dwell in force, and in one stretch.
    #[test]
    fn nothing_opens_but_in_force_and_after_its_dwell(
        from in 0u16..40, length in 1u16..60, arrives in 0i64..1200, stays in 0i64..3000, every in 5i64..120,
    ) {
        let hours = daily(from, from + length);
        let options = with_hours("kerb", from, from + length);
        let script = format!(
            "every {every}s from {} until {}: car at kerb",
            told(arrives * 1000),
            told((arrives + stays) * 1000)
        );
        let cases = played(&options, "kerb", &script);
        prop_assert_eq!(tell(&cases), tell(&played(&options, "kerb", &script)));
        let dwell_ms = 300_000;
        for case in &cases {
            prop_assert!(hours.holds(case.decided_at.at));
            if case.change == IncidentChange::Opened {
                let since = hours.stretch(case.decided_at.at).since.expect("it began today");
                let counted = case.first_seen.at.max(since);
                prop_assert_eq!(case.due, counted.plus_millis(dwell_ms));
                prop_assert!(case.last_seen.at >= case.due);
            }
        }
        // And what stood in force for a dwell and two looks does open.
        let begins = (arrives + every).max(i64::from(from) * 60);
        let ends = (arrives + stays - every).min(i64::from(from + length) * 60);
        if ends - begins >= 300 + 2 * every {
            prop_assert_eq!(cases.iter().filter(|c| c.change == IncidentChange::Opened).count(), 1);
        }
    }
}

//! The register by itself: bounds, cameras that leave, whom to ask, and the order of arrival.

use std::time::Duration;

use curbwatch_types::{BBox, FrameId, Monotonic, ResolvedRule, Score, ViolationClass, ZoneId};

use super::*;

/// A change that a camera's only view decided about something there.
fn incident(camera: usize, key: &str, change: IncidentChange, at_secs: i64, east_m: f64) -> Incident {
    let at = |secs: i64| CapturedAt {
        at: Wall(secs * 1000),
        uncertainty_ms: 0,
    };
    Incident {
        key: key.into(),
        change,
        class: ViolationClass::IllegalMotorParking,
        camera: name(camera),
        view: ViewId::new("main").expect("a name"),
        zone: ZoneId::new("kerb").expect("a name"),
        bbox: BBox::new(0.1, 0.1, 0.1, 0.1),
        first_seen: at(0),
        due: Wall(0),
        last_seen: at(at_secs),
        decided_at: at(at_secs),
        present_looks: 2,
        best_score: Score::new(0.9),
        rule: ResolvedRule::default(),
        model: "m".into(),
        shots: Vec::new(),
        supersedes: None,
        also: Vec::new(),
        ground: Some(GroundPlace {
            frame: frame(),
            east_m,
            north_m: 0.0,
            spread: [0.1, 0.1, 0.0],
            lon_lat: None,
        }),
        witnesses: Vec::new(),
    }
}

fn name(camera: usize) -> CameraId {
    CameraId::new(&format!("c{camera:02}")).expect("a name")
}

fn frame() -> FrameId {
    FrameId::new("junction").expect("a name")
}

/// A look of a camera at which `incidents` were decided, and these stand open.
fn look(camera: usize, at_secs: i64, incidents: Vec<Incident>, open: &[&Incident]) -> GroundLook {
    let open = open.iter().map(|one| OpenIncident {
        key: one.key.clone(),
        class: one.class,
        view: one.view.clone(),
        zone: one.zone.clone(),
        bbox: one.bbox,
        first_seen: one.first_seen,
        due: one.due,
        last_seen: CapturedAt {
            at: Wall(at_secs * 1000),
            uncertainty_ms: 0,
        },
        present_looks: 2,
        best_score: one.best_score,
        supersedes: None,
        also: Vec::new(),
        appearance: None,
        ground: one.ground.clone(),
    });
    GroundLook {
        camera: name(camera),
        view: Some((ViewId::new("main").expect("a name"), frame())),
        at: CapturedAt {
            at: Wall(at_secs * 1000),
            uncertainty_ms: 0,
        },
        incidents,
        looked_before: Vec::new(),
        open: open.collect(),
        findings: Findings::default(),
    }
}

fn told(settled: &Settled) -> Vec<String> {
    let line = |one: &Incident| format!("{} {} by {}", one.change.name(), one.key, one.camera);
    settled.incidents.iter().map(|(one, _)| line(one)).collect()
}

/// So many cameras open an incident about one thing, a second after one another.
fn seen_by(register: &mut GroundRegister, cameras: usize) -> Vec<Incident> {
    let mut opened = Vec::new();
    for camera in 0..cameras {
        let one = incident(
            camera,
            &format!("k{camera:02}"),
            IncidentChange::Opened,
            10 + camera as i64,
            0.0,
        );
        register.settle(look(camera, 10 + camera as i64, vec![one.clone()], &[&one]));
        opened.push(one);
    }
    opened
}

#[test]
fn more_views_than_are_held_open_nothing_and_close_nothing() {
    let mut register = GroundRegister::default();
    seen_by(&mut register, WITNESSES_MAX + 3);
    assert_eq!(register.cases(), 1);
    let counts = register.counts();
    assert_eq!(
        (counts.opened, counts.joined, counts.over_bound),
        (1, WITNESSES_MAX as u64 + 2, 3)
    );
    let mut said = Vec::new();
    for camera in (0..WITNESSES_MAX + 3).rev() {
        let gone = incident(
            camera,
            &format!("k{camera:02}"),
            IncidentChange::Closed,
            100 - camera as i64,
            0.0,
        );
        said.extend(told(&register.settle(look(
            camera,
            100 - camera as i64,
            vec![gone],
            &[],
        ))));
    }
    let still = said.iter().filter(|line| line.starts_with("still k00")).count();
    assert_eq!(
        still,
        WITNESSES_MAX - 1,
        "each that is held, but the last, says that it saw it go"
    );
    assert_eq!(said.last().map(String::as_str), Some("closed k00 by c00"));
    assert_eq!(said.len(), WITNESSES_MAX);
}

#[test]
fn a_camera_that_leaves_neither_clears_nor_keeps() {
    let mut register = GroundRegister::default();
    let opened = seen_by(&mut register, 2);
    assert_eq!(
        register.to_ask("k00", Wall(12_000)).map(|w| &w.camera),
        Some(&name(0))
    );
    register.leave(&name(0));
    let asked = register.to_ask("k00", Wall(12_000)).expect("somebody sees it");
    assert_eq!(
        (&asked.camera, &*asked.key),
        (&name(1), "k01"),
        "in its own words"
    );
    let still = incident(1, "k01", IncidentChange::Still, 50, 0.0);
    assert_eq!(
        told(&register.settle(look(1, 50, vec![still], &[&opened[1]]))),
        ["still k00 by c01"]
    );
    let gone = incident(1, "k01", IncidentChange::Closed, 60, 0.0);
    assert_eq!(
        told(&register.settle(look(1, 60, vec![gone], &[]))),
        ["closed k00 by c01"]
    );

    let mut register = GroundRegister::default();
    seen_by(&mut register, 2);
    register.leave(&name(0));
    register.leave(&name(1));
    assert_eq!(register.cases(), 0, "nobody is left to speak of it");
}

#[test]
fn what_stands_out_of_reach_is_another_case() {
    // Two metres, and the doubt of both places: .45 m.
    for (east_m, cases) in [(2.4, 1), (2.5, 2)] {
        let mut register = GroundRegister::default();
        let one = incident(0, "a", IncidentChange::Opened, 10, 0.0);
        let other = incident(1, "b", IncidentChange::Opened, 11, east_m);
        register.settle(look(0, 10, vec![one.clone()], &[&one]));
        register.settle(look(1, 11, vec![other.clone()], &[&other]));
        assert_eq!(register.cases(), cases, "{east_m} m");
    }
}

#[test]
fn looks_wait_for_earlier_ones_and_no_longer_than_they_may() {
    let at = |secs| Monotonic(Duration::from_secs(secs));
    let mut arrivals = Arrivals::default();
    let moments = |looks: Vec<GroundLook>| -> Vec<(i64, String)> {
        looks
            .iter()
            .map(|look| (look.at.at.0 / 1000, look.camera.to_string()))
            .collect()
    };
    for (camera, taken, came) in [(1, 10, 1), (0, 10, 2), (2, 9, 3)] {
        arrivals.put(look(camera, taken, Vec::new(), &[]), at(came));
    }
    assert!(arrivals.held_since(at(0)).is_empty());
    let waited = moments(arrivals.held_since(at(1)));
    let want = [(9, "c02"), (10, "c00"), (10, "c01")].map(|(secs, camera)| (secs, camera.to_owned()));
    assert_eq!(
        waited, want,
        "the one that waited takes along what goes before it"
    );
    arrivals.put(look(0, 8, Vec::new(), &[]), at(4));
    assert_eq!(arrivals.late(), 1);
    arrivals.put(look(0, 12, Vec::new(), &[]), at(5));
    assert_eq!(moments(arrivals.before(Wall(12_000))), [(8, "c00".to_owned())]);
    assert_eq!(moments(arrivals.all()).len(), 1);
    assert!(arrivals.is_empty());
}

/// `c00` sees another thing stand from second 100 on; `c01` saw the old one last in second `last_secs`.
fn taken_over(last_secs: i64) -> (GroundRegister, Incident, Settled) {
    let mut register = GroundRegister::default();
    let opened = seen_by(&mut register, 2);
    register.settle(look(1, last_secs, Vec::new(), &[&opened[1]]));
    let over = incident(0, "k00", IncidentChange::Reoccupied, 120, 0.0);
    let mut another = incident(0, "n", IncidentChange::Opened, 120, 0.0);
    another.first_seen.at = Wall(100_000);
    another.supersedes = Some("k00".into());
    let settled = register.settle(look(0, 120, vec![over, another.clone()], &[&another]));
    (register, opened[1].clone(), settled)
}

fn witnesses(settled: &Settled) -> Vec<Vec<&str>> {
    let mut of_each = Vec::new();
    for (one, _) in &settled.incidents {
        of_each.push(one.witnesses.iter().map(|w| w.camera.as_str()).collect());
    }
    of_each
}

#[test]
fn who_takes_another_thing_for_the_one_before_goes_on_with_it_once_it_has_seen_it() {
    let both: &[&str] = &["c00", "c01"];
    let (mut register, followed, settled) = taken_over(118);
    assert_eq!(told(&settled), ["reoccupied k00 by c00", "opened n by c00"]);
    assert_eq!(witnesses(&settled), [both, both], "the other one saw it at 118 s");
    let quiet = register.settle(look(1, 121, Vec::new(), &[&followed]));
    assert_eq!(told(&quiet), [""; 0]);

    // Not since the other thing stands there: it has noticed, is blind, or looks later.
    let (register, followed, settled) = taken_over(99);
    assert_eq!(witnesses(&settled), [both, &[]]);
    let mut mistaken = register.clone();
    let goes_on = mistaken.settle(look(1, 121, Vec::new(), &[&followed]));
    assert_eq!(told(&goes_on), ["still n by c00"]);
    assert_eq!(witnesses(&goes_on), [both], "it shows something there again");
    assert_eq!(mistaken.case_of("k01").map(|case| &**case), Some("n"));
    let learned = incident(1, "k01", IncidentChange::Reoccupied, 130, 0.0);
    assert_eq!(
        told(&mistaken.settle(look(1, 130, vec![learned], &[]))),
        [""; 0],
        "it learned late"
    );

    let mut noticed = register;
    let over = incident(1, "k01", IncidentChange::Reoccupied, 121, 0.0);
    let mut joins = incident(1, "m", IncidentChange::Opened, 121, 0.2);
    joins.first_seen.at = Wall(101_000);
    joins.supersedes = Some("k01".into());
    let joined = noticed.settle(look(1, 121, vec![over, joins.clone()], &[&joins]));
    assert_eq!(told(&joined), ["still n by c00"]);
    assert_eq!(witnesses(&joined), [both]);
}

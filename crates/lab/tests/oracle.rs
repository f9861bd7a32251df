//! Event logic without a network: the truth of streets, exact and with errors, fed to the scene.

#![allow(
    clippy::expect_used,
    reason = "helpers of tests: a street that cannot be read fails them"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use curbwatch_lab::eval::cases::read_truth;
use curbwatch_lab::eval::events::{EmittedCase, TrueEvent, Verdict, judge, score};
use curbwatch_lab::oracle::{Known, Oracle, OracleOptions};
use curbwatch_lab::street::clip::ClipFile;
use curbwatch_lab::street::truth;
use curbwatch_scene::{CameraScene, Options};
use curbwatch_street::{Film, Proves, Scene, Serial, Street};
use curbwatch_types::{
    BBox, CameraId, CapturedAt, IncidentChange, LookWhy, ObjectClass, Point, Polygon, ViewId, ViolationClass,
    Wall, Zone, ZoneId, ZoneKind,
};
use serde::Deserialize;

/// Legal dwell in every zone, in seconds.
const DWELL_SECS: u32 = 20;

/// One look at a street.
struct Moment {
    at_ms: i64,
    things: Vec<Known>,
    /// The camera sends the picture before once more.
    frozen: bool,
    /// The camera looks elsewhere.
    away: bool,
}

/// A street over time, with what the script says of it.
struct Told {
    name: String,
    camera: CameraId,
    zones: Vec<Zone>,
    size: (usize, usize),
    moments: Vec<Moment>,
    events: Vec<TrueEvent>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What the scene is known to get wrong when looks are missed: street, what, and where it comes from. Whoever mends
/// one takes its row away.
const KNOWN: [(&str, &str, &str); 1] = [(
    "parking-replacement",
    "missed first car",
    "on the border, see `ON_THE_BORDER`",
)];

/// What is missed even with the truth before it: the middle of the car's lower edge lies so near the carriageway that the
/// rule is in force at 16 of the 25 places where it may stand; `in_force_min` (.67) asks for 17.
const ON_THE_BORDER: [(&str, &str); 1] = [("parking-replacement", "missed first car")];

/// The rules with times for a street of a minute and a half; all else is what ships.
fn options() -> Options {
    let mut options = Options::default();
    options.motor_parking.stationary_secs = 8;
    options.motor_parking.vacant_secs = DWELL_SECS;
    for group in [
        &mut options.street_front_trading,
        &mut options.itinerant_vendor,
        &mut options.disorderly_nonmotor_parking,
        &mut options.exposed_garbage,
        &mut options.piled_materials,
    ] {
        group.stationary_secs = 8;
        group.vacant_secs = DWELL_SECS;
    }
    options
}

/// `crates/street/scenes/six.toml`, looked at every two seconds.
fn six() -> Told {
    let path = repository().join("crates/street/scenes/six.toml");
    let text = std::fs::read_to_string(path).expect("the scene file");
    let scene = Scene::parse(&text).expect("a scene");
    let street = Street::build(&scene).expect("a street");
    let camera = CameraId::new("six").expect("id");
    let mut zones = street.zones();
    for zone in &mut zones {
        zone.dwell_secs = Some(DWELL_SECS);
    }
    let wall = |secs: f32| Wall((secs * 1000.0) as i64);
    let mut events = Vec::new();
    for event in street.events() {
        let (class, near_miss) = match event.proves {
            Proves::Violation(class) => (class, false),
            Proves::NearMiss(class) => (class, true),
            Proves::Nothing => continue,
        };
        events.push(TrueEvent {
            name: event.name,
            class,
            camera: camera.clone(),
            view: ViewId::new("home").expect("id"),
            start: wall(event.from),
            end: wall(event.until),
            dwell_secs: DWELL_SECS,
            place: event.place,
            reach: None,
            occluded: 0.0,
            near_miss,
        });
    }
    let mut film = Film::new(&street);
    let moments = (0..(scene.secs / 2.0) as i64).map(|k| Moment {
        at_ms: k * 2000,
        things: film
            .truth(k as f32 * 2.0, &Serial)
            .iter()
            .map(Known::from)
            .collect(),
        frozen: false,
        away: false,
    });
    Told {
        name: "six".to_owned(),
        moments: moments.collect(),
        camera,
        zones,
        size: (scene.format.width, scene.format.height),
        events,
    }
}

#[derive(Deserialize)]
struct ZonesFile {
    zones: Vec<ZoneRow>,
}

#[derive(Deserialize)]
struct ZoneRow {
    id: String,
    kind: String,
    #[serde(default)]
    view: Option<String>,
    polygon: Vec<[f32; 2]>,
    dwell_secs: Option<u32>,
}

/// A clip of `fixtures/clips` from the files beside it.
fn clip(name: &str) -> Told {
    let beside = |ending: &str| repository().join(format!("fixtures/clips/{name}.{ending}"));
    let file = ClipFile::read(&beside("toml")).expect("the scene file");
    let zones = std::fs::read_to_string(beside("zones.toml")).expect("the zones");
    let zones: ZonesFile = toml::from_str(&zones).expect("zones");
    let zone = |row: ZoneRow| Zone {
        id: ZoneId::new(&row.id).expect("id"),
        view: ViewId::new(row.view.as_deref().unwrap_or("main")).expect("id"),
        kind: ZoneKind::from_name(&row.kind).expect("a kind"),
        polygon: Polygon::new(row.polygon.iter().map(|[x, y]| Point::new(*x, *y)).collect())
            .expect("a polygon"),
        dwell_secs: row.dwell_secs,
    };
    let away = |t_ms: i64| {
        let secs = t_ms as f32 / 1000.0;
        file.scene.moves.iter().any(|m| (m.from..m.until).contains(&secs))
    };
    let moment = |picture: &truth::PictureTruth| Moment {
        at_ms: file.start_ms() + picture.t_ms,
        things: picture.things.iter().map(Known::from).collect(),
        frozen: picture.frozen,
        away: away(picture.t_ms),
    };
    Told {
        name: name.to_owned(),
        camera: CameraId::new(name).expect("id"),
        zones: zones.zones.into_iter().map(zone).collect(),
        size: (file.scene.format.width, file.scene.format.height),
        moments: truth::read(&beside("truth.jsonl"))
            .expect("truth")
            .iter()
            .map(moment)
            .collect(),
        events: read_truth(&beside("events.json")).expect("events").events,
    }
}

/// Every clip of `fixtures/clips`.
fn clips() -> Vec<Told> {
    let folder = std::fs::read_dir(repository().join("fixtures/clips")).expect("the folder");
    let names = folder.filter_map(|entry| {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("a name");
        Some(name.strip_suffix(".events.json")?.to_owned())
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.iter().map(|name| clip(name)).collect()
}

/// What the scene makes of it when the oracle errs by `errors` and `seed`.
fn play(told: &Told, seed: u64, errors: OracleOptions) -> Vec<EmittedCase> {
    let mut oracle = Oracle::new(seed, errors);
    let mut scene = CameraScene::new(told.camera.clone(), told.zones.clone(), options());
    let mut cases = Vec::new();
    let mut digest = 0;
    for moment in &told.moments {
        oracle.face(u32::from(moment.away));
        let at = CapturedAt {
            at: Wall(moment.at_ms),
            uncertainty_ms: 0,
        };
        let mut observation = oracle.observe(&moment.things, at, LookWhy::Routine);
        if moment.frozen {
            observation.health.coded_digest = digest;
        }
        digest = observation.health.coded_digest;
        for incident in scene.observe(observation) {
            if incident.change == IncidentChange::Opened {
                cases.push(EmittedCase {
                    id: incident.key.to_string(),
                    class: incident.class,
                    camera: incident.camera,
                    view: incident.view,
                    emitted: incident.decided_at.at,
                    bbox: incident.bbox,
                });
            }
        }
    }
    cases
}

/// What became of a street's events: nothing, or what went wrong in words.
fn wrong(told: &Told, cases: &[EmittedCase]) -> Vec<String> {
    let verdicts = judge(&told.events, cases);
    let name = |e: usize| &told.events[e].name;
    let mut wrong: Vec<String> = cases
        .iter()
        .zip(&verdicts)
        .filter_map(|(case, verdict)| match verdict {
            Verdict::Found(_) => None,
            Verdict::Duplicate(e) => Some(format!("duplicate of {}", name(*e))),
            Verdict::TooShort(e) | Verdict::False(Some(e)) => Some(format!("case of {}", name(*e))),
            Verdict::False(None) => Some(format!(
                "{} where nothing is, at {:?}",
                case.class.name(),
                case.bbox
            )),
        })
        .collect();
    let missed = (0..told.events.len())
        .filter(|e| told.events[*e].counts() && !verdicts.contains(&Verdict::Found(*e)))
        .map(|e| format!("missed {}", name(e)));
    wrong.extend(missed);
    wrong
}

/// Counts of one class.
#[derive(Default)]
struct Count {
    events: usize,
    found: usize,
    cases: usize,
    duplicates: usize,
    false_alarms: usize,
}

/// Counts by class over many streets.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, Count>);

impl Tally {
    fn add(&mut self, told: &Told, cases: &[EmittedCase]) {
        for (class, report) in score(&told.events, cases, None) {
            let count = self.0.entry(class).or_default();
            count.events += report.events;
            count.found += report.cases - report.duplicates - report.false_alarms;
            count.cases += report.cases;
            count.duplicates += report.duplicates;
            count.false_alarms += report.false_alarms;
        }
    }

    /// A row for each class: for `docs/measurements.md`.
    fn show(&self, what: &str) {
        for (class, c) in &self.0 {
            let _shown = writeln!(
                std::io::stderr(),
                "{what}: {class}: recall {} of {}, precision {} of {}, duplicates {} of {}",
                c.found,
                c.events,
                c.found,
                c.found + c.false_alarms,
                c.duplicates,
                c.cases
            );
        }
    }
}

fn streets() -> Vec<Told> {
    let mut streets = clips();
    streets.push(six());
    streets
}

#[test]
fn with_the_truth_before_it_the_scene_says_what_the_script_says() {
    let streets = streets();
    let classes: BTreeSet<ViolationClass> = streets
        .iter()
        .flat_map(|told| &told.events)
        .filter(|event| event.counts())
        .map(|event| event.class)
        .collect();
    assert_eq!(
        classes.len(),
        ViolationClass::NAMES.len(),
        "all six are asked about: {classes:?}"
    );
    assert!(
        streets
            .iter()
            .flat_map(|told| &told.events)
            .filter(|e| e.near_miss)
            .count()
            >= 6
    );
    let (mut fell_short, mut tally) = (Vec::new(), Tally::default());
    for told in &streets {
        for seed in 0..2 {
            let exact = OracleOptions::exact(told.camera.clone(), told.size);
            let cases = play(told, seed, exact);
            tally.add(told, &cases);
            for what in wrong(told, &cases) {
                if !ON_THE_BORDER.contains(&(told.name.as_str(), what.as_str())) {
                    fell_short.push(format!("{}, seed {seed}: {what}", told.name));
                }
            }
        }
    }
    tally.show("exact");
    assert_eq!(fell_short, Vec::<String>::new());
}

#[test]
fn misses_jitter_and_false_boxes_make_no_second_case() {
    let played = with_errors(&streets(), 0..5);
    assert_eq!(played.unknown, Vec::<String>::new());
    let most = played.fell_short.values().sum::<usize>();
    assert!(
        most * 10 <= played.events,
        "{most} of {} events fell short: {:?}",
        played.events,
        played.fell_short
    );
}

#[test]
#[ignore = "slow: minutes; run by `cargo xtask slow`"]
fn vendors_are_found_over_many_seeds() {
    let mut streets = streets();
    streets.retain(|told| {
        let mut events = told.events.iter();
        events.any(|e| e.class == ViolationClass::ItinerantVendor)
    });
    let played = with_errors(&streets, 0..30);
    let vendors = &played.tally.0[ViolationClass::ItinerantVendor.name()];
    assert!(vendors.events >= 200, "{} events", vendors.events);
    assert!(
        20 * vendors.found >= 19 * vendors.events,
        "{:?}",
        played.fell_short
    );
    assert!(20 * vendors.false_alarms <= vendors.found + vendors.false_alarms);
    assert!(100 * vendors.duplicates <= vendors.cases);
}

/// What came of streets with an oracle that errs.
#[derive(Default)]
struct Played {
    events: usize,
    /// How often each thing went wrong ...
    fell_short: BTreeMap<String, usize>,
    /// ... and what of it is not [`KNOWN`].
    unknown: Vec<String>,
    tally: Tally,
}

fn with_errors(streets: &[Told], seeds: Range<u64>) -> Played {
    let (mut played, mut looks) = (Played::default(), 0);
    for told in streets {
        for seed in seeds.clone() {
            let by_sight = OracleOptions {
                confusion: 0.0,
                ..OracleOptions::usual(told.camera.clone(), told.size)
            };
            let alike = OracleOptions {
                visible: (0.25, 0.25),
                height_px: (12.0, 12.0),
                ..by_sight.clone()
            };
            assert_eq!((alike.miss, alike.jitter, alike.false_boxes), (0.1, 0.05, 0.2));
            for errors in [alike, by_sight] {
                looks += told.moments.len();
                played.events += told.events.iter().filter(|event| event.counts()).count();
                let cases = play(told, seed, errors.clone());
                played.tally.add(told, &cases);
                for what in wrong(told, &cases) {
                    let known = |(name, known, _): &&(&str, &str, &str)| *name == told.name && what == *known;
                    if !KNOWN.iter().any(|row| known(&row)) {
                        let row = format!("{}, seed {seed}: {what}; {:?}", told.name, errors.visible);
                        played.unknown.push(row);
                    }
                    *played
                        .fell_short
                        .entry(format!("{}: {what}", told.name))
                        .or_default() += 1;
                }
            }
        }
    }
    let _shown = writeln!(
        std::io::stderr(),
        "{} events in {looks} looks; fell short: {:?}",
        played.events,
        played.fell_short
    );
    played.tally.show("with errors");
    played
}

/// A row of `count` things of one class, each seen by `visible`.
fn row(count: u32, class: ObjectClass, visible: f32) -> Vec<Known> {
    let thing = |id: u32| {
        let bbox = BBox::new(0.002 * id as f32, 0.4, 0.1, 0.2);
        Known {
            id,
            class,
            bbox,
            seen: bbox,
            visible,
        }
    };
    (0..count).map(thing).collect()
}

#[test]
fn the_oracle_errs_as_often_as_it_is_told() {
    let camera = CameraId::new("c").expect("id");
    let exact = OracleOptions::exact(camera, (640, 360));
    let looks = 50;
    let share = |options: &OracleOptions,
                 things: &[Known],
                 count: fn(&curbwatch_types::Detection, &[Known]) -> bool| {
        let mut oracle = Oracle::new(3, options.clone());
        let mut counted = 0;
        for k in 0..looks {
            let at = CapturedAt {
                at: Wall(k * 1000),
                uncertainty_ms: 0,
            };
            let observation = oracle.observe(things, at, LookWhy::Routine);
            counted += observation.detections.iter().filter(|d| count(d, things)).count();
        }
        counted as f64 / (looks as usize * things.len().max(1)) as f64
    };
    let all = row(200, ObjectClass::Car, 1.0);
    let near = |got: f64, want: f64| assert!((got - want).abs() < 0.01, "{got}, not {want}");
    near(share(&exact, &all, |_, _| true), 1.0);
    near(
        share(
            &OracleOptions {
                miss: 0.1,
                ..exact.clone()
            },
            &all,
            |_, _| true,
        ),
        0.9,
    );
    let ramp = OracleOptions {
        visible: (0.2, 0.6),
        ..exact.clone()
    };
    near(share(&ramp, &row(200, ObjectClass::Car, 0.4), |_, _| true), 0.5);
    near(share(&exact, &row(200, ObjectClass::Car, 0.2), |_, _| true), 0.0);
    let confused = OracleOptions {
        confusion: 0.02,
        ..exact.clone()
    };
    near(share(&confused, &all, |d, _| d.class != ObjectClass::Car), 0.02);
    let invents = OracleOptions {
        false_boxes: 0.2,
        ..exact.clone()
    };
    let false_boxes = share(&invents, &[], |_, _| true);
    assert!((0.05..0.4).contains(&false_boxes), "{false_boxes} a look");
    // Every edge within 5 % of the side, and not all of them where they were.
    let jitter = OracleOptions {
        jitter: 0.05,
        ..exact.clone()
    };
    let off = |d: &curbwatch_types::Detection, things: &[Known]| {
        let least = things
            .iter()
            .map(|t| (t.bbox.x - d.bbox.x).abs())
            .fold(f32::MAX, f32::min);
        least > 0.005 + 1e-6 || (d.bbox.y - 0.4).abs() > 0.01 + 1e-6 || (d.bbox.h - 0.2).abs() > 0.02 + 1e-6
    };
    near(share(&jitter, &all, off), 0.0);
    assert!(share(&jitter, &all, |d, _| (d.bbox.h - 0.2).abs() > 1e-4) > 0.9);
}

#[test]
fn looks_may_be_taken_in_any_order() {
    let camera = CameraId::new("c").expect("id");
    let usual = OracleOptions::usual(camera, (640, 360));
    let things = row(20, ObjectClass::Ebike, 0.5);
    let look = |oracle: &mut Oracle, secs: i64| {
        let at = CapturedAt {
            at: Wall(secs * 1000),
            uncertainty_ms: 0,
        };
        let observation = oracle.observe(&things, at, LookWhy::Routine);
        (observation.detections, observation.thumbnail, observation.health)
    };
    let (mut forth, mut back, mut other) = (
        Oracle::new(5, usual.clone()),
        Oracle::new(5, usual.clone()),
        Oracle::new(6, usual),
    );
    let first: Vec<_> = (0..5).map(|secs| look(&mut forth, secs)).collect();
    let mut second: Vec<_> = (0..5).rev().map(|secs| look(&mut back, secs)).collect();
    second.reverse();
    assert_eq!(first, second);
    assert_ne!(first[0], look(&mut other, 0), "another seed errs otherwise");
    assert_ne!(
        first[0].2.coded_digest, first[1].2.coded_digest,
        "no picture is taken for the one before"
    );
}

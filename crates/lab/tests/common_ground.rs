//! Two cameras over one synthetic street, measured into one frame by four marks each: what was two cases is one.
//!
//! The truth is the street's own (boxes counted in pixels, with what hides what), seen by an oracle without errors and with the usual
//! ones. Nothing is rendered.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "helpers of tests; the table is for docs/measurements.md"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use curbwatch_config::Config;
use curbwatch_lab::oracle::{Known, Oracle, OracleOptions};
use curbwatch_scene::{Arrivals, CameraScene, GroundRegister, Settled};
use curbwatch_street::{Event, Film, Proves, Scene, Serial, Street};
use curbwatch_types::{
    CameraId, CapturedAt, Incident, IncidentChange, LookWhy, Monotonic, ViolationClass, Wall,
};

const DWELL_SECS: u32 = 20;
const SECS: i64 = 150;
/// From look to look; the second camera looks in between.
const EVERY_MS: i64 = 2000;
const LATER_MS: i64 = 700;
/// Streets.
const STREETS: usize = 2;
/// How far apart the two poles stand, in metres.
const POLES_M: f32 = 46.0;
/// A box shares as much with the event that it is about, as in the scores.
const IOU_MIN: f32 = 0.3;

/// What happens in every street, each with what, where, on which side, how far along, and when. Pairs stand close.
const SCRIPT: [(&str, &str, &str, f32, f32, f32, &str); 9] = [
    ("first", "car", "kerb", 17.0, 10.0, 140.0, "illegal_motor_parking"),
    (
        "behind it",
        "car",
        "kerb",
        23.0,
        16.0,
        100.0,
        "illegal_motor_parking",
    ),
    (
        "across",
        "van",
        "left kerb",
        20.0,
        8.0,
        90.0,
        "illegal_motor_parking",
    ),
    (
        "after it",
        "car",
        "left kerb",
        20.0,
        104.0,
        150.0,
        "illegal_motor_parking",
    ),
    (
        "further",
        "car",
        "left kerb",
        28.0,
        30.0,
        140.0,
        "illegal_motor_parking",
    ),
    ("short", "car", "kerb", 30.0, 40.0, 52.0, ""),
    (
        "bags",
        "garbage_bag",
        "edge",
        21.0,
        14.0,
        150.0,
        "exposed_garbage",
    ),
    (
        "more bags",
        "garbage_bag",
        "left edge",
        25.0,
        20.0,
        150.0,
        "exposed_garbage",
    ),
    (
        "sand",
        "sand_pile",
        "left edge",
        15.0,
        12.0,
        150.0,
        "piled_materials",
    ),
];

/// A street, as seen from the first pole or from the second, with what of the script it has room for.
fn street(seed: u64, second: bool) -> Street {
    let mut without: BTreeSet<&str> = BTreeSet::new();
    loop {
        match Street::build(&scene(seed, second, &without)) {
            Ok(street) => return street,
            Err(problems) => {
                let named = |name: &&str| {
                    problems
                        .0
                        .iter()
                        .any(|p| p.place.contains(&format!("\"{name}\"")))
                };
                let before = without.len();
                without.extend(SCRIPT.iter().map(|row| row.0).filter(named));
                assert!(without.len() > before, "{problems}");
            }
        }
    }
}

fn scene(seed: u64, second: bool, without: &BTreeSet<&str>) -> Scene {
    let mut text = format!(
        "seed = {seed}\nsecs = {SECS}\n[format]\nwidth = 160\nheight = 90\nsamples = 1\n\
         [life]\nwalkers = 4\nvehicles = 0\nstanding = 0\n"
    );
    if second {
        writeln!(text, "[camera]\nalong_m = {POLES_M}\nlooks_back = true").expect("text grows");
    }
    for (name, what, place, along, from, until, violation) in SCRIPT {
        if without.contains(name) {
            continue;
        }
        let (side, place) = place
            .strip_prefix("left ")
            .map_or(("right", place), |place| ("left", place));
        let proves = if violation.is_empty() {
            String::new()
        } else {
            format!("violation = \"{violation}\"\n")
        };
        let count = if what == "garbage_bag" { "count = 3\n" } else { "" };
        write!(
            text,
            "[[events]]\nname = \"{name}\"\nwhat = \"{what}\"\nplace = \"{place}\"\nside = \"{side}\"\nalong = {along:?}\n\
             from = {from:?}\nuntil = {until:?}\n{count}{proves}"
        )
        .expect("text grows");
    }
    Scene::parse(&text).expect("a scene")
}

/// A street as both cameras see it over time: counted once, looked at by any oracle.
struct Filmed {
    /// Of each camera's homography.
    marks: [String; 2],
    /// By camera and look.
    truths: [Vec<Vec<Known>>; 2],
    /// What happens, by camera: places differ.
    events: [Vec<Event>; 2],
}

fn at_ms(look: usize, camera: usize) -> i64 {
    look as i64 * EVERY_MS + camera as i64 * LATER_MS
}

impl Filmed {
    fn of(seed: u64) -> Option<Self> {
        let streets = [street(seed, false), street(seed, true)];
        let [first, second] = streets.each_ref().map(marks);
        let marks = [first?, second?];
        let looks = (SECS * 1000 / EVERY_MS) as usize;
        let truths = [0, 1].map(|camera| {
            let mut film = Film::new(&streets[camera]);
            let known = |look| {
                let truth = film.truth(at_ms(look, camera) as f32 / 1000.0, &Serial);
                truth.iter().map(Known::from).collect()
            };
            (0..looks).map(known).collect()
        });
        Some(Self {
            marks,
            events: streets.each_ref().map(Street::events),
            truths,
        })
    }
}

/// Four marks on the road that the camera sees, as `points` of a homography: shares of the picture, then metres. `None` where it
/// sees too little of the road.
fn marks(street: &Street) -> Option<String> {
    let seen = |along: f32| {
        let wide = [4.0_f32, 3.0, 2.0];
        wide.iter()
            .find_map(|x| Some([(-x, street.shows(-x, along)?), (*x, street.shows(*x, along)?)]))
    };
    let steps = |from: i32, to: i32| (from..=to).map(|m| m as f32);
    let near = steps(9, 37).find_map(|along| Some((along, seen(along)?)))?;
    let far = steps(9, 37).rev().find_map(|along| Some((along, seen(along)?)))?;
    let row = |(along, [left, right]): (f32, [(f32, [f32; 2]); 2])| {
        [left, right]
            .map(|(across, [x, y])| format!("[{x:?}, {y:?}, {across:?}, {along:?}]"))
            .join(", ")
    };
    (far.0 >= near.0 + 8.0).then(|| format!("[{}, {}]", row(near), row(far)))
}

/// Both cameras, measured and zoned, through the configuration as a district writes it.
fn configured(marks: &[String; 2], framed: bool) -> Config {
    let mut text = "[inference]\nmodel = \"model.toml\"\n[[frames]]\nid = \"street\"\n".to_owned();
    for class in ["illegal_motor_parking", "exposed_garbage", "piled_materials"] {
        writeln!(
            text,
            "[rules.{class}]\nstationary_secs = 8\nvacant_secs = {DWELL_SECS}\npresent_looks_min = 2"
        )
        .expect("text grows");
    }
    for (id, points) in ["first", "second"].iter().zip(marks) {
        writeln!(text, "[[cameras]]\nid = \"{id}\"\nlook_every_secs = 2.0").expect("text grows");
        for kind in ["no_parking", "public_ground"] {
            writeln!(
                text,
                "[[zones]]\ncamera = \"{id}\"\nid = \"{kind}\"\nkind = \"{kind}\"\ndwell_secs = {DWELL_SECS}\n\
                 polygon = [[0.0, 0.33], [1.0, 0.33], [1.0, 1.0], [0.0, 1.0]]"
            )
            .expect("text grows");
        }
        let frame = if framed {
            "frame = \"street\"\naccuracy_m = 0.2\n"
        } else {
            ""
        };
        writeln!(
            text,
            "[[homographies]]\ncamera = \"{id}\"\n{frame}points = {points}"
        )
        .expect("text grows");
    }
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("model.toml"), "").expect("written");
    let file = folder.path().join("c.toml");
    std::fs::write(&file, text).expect("written");
    curbwatch_config::load(&file, &|_| None).expect("no problems")
}

/// What both cameras and the register made of a street.
#[derive(Default)]
struct Made {
    /// Incidents that opened in a view, by camera.
    alone: Vec<Incident>,
    /// Cases that went out.
    told: Vec<Incident>,
}

fn play(filmed: &Filmed, seed: u64, errs: bool, framed: bool) -> Made {
    let config = configured(&filmed.marks, framed);
    let mut eyes = Vec::new();
    for camera in &config.cameras {
        let options = curbwatch_engine::scene_options(camera).expect("options");
        let errors = if errs {
            OracleOptions::usual
        } else {
            OracleOptions::exact
        };
        let oracle = Oracle::new(seed, errors(camera.id.clone(), (640, 360)));
        eyes.push((
            CameraScene::new(camera.id.clone(), camera.zones.clone(), options),
            oracle,
        ));
    }
    let (mut arrivals, mut register, mut made) =
        (Arrivals::default(), GroundRegister::default(), Made::default());
    let tell = |made: &mut Made, settled: Settled| {
        made.told
            .extend(settled.incidents.into_iter().map(|(one, _)| one));
    };
    for look in 0..filmed.truths[0].len() {
        for (camera, (scene, oracle)) in eyes.iter_mut().enumerate() {
            let at = CapturedAt {
                at: Wall(at_ms(look, camera)),
                uncertainty_ms: 100,
            };
            let incidents = scene.observe(oracle.observe(&filmed.truths[camera][look], at, LookWhy::Routine));
            let opened = incidents
                .iter()
                .filter(|one| one.change == IncidentChange::Opened);
            made.alone.extend(opened.cloned());
            let judged = scene.ground_look(at, incidents);
            if scene.shares_ground() {
                arrivals.put(judged, Monotonic::default());
            } else {
                tell(&mut made, judged.by_itself());
            }
        }
        for judged in arrivals.before(Wall(at_ms(look, 0))) {
            tell(&mut made, register.settle(judged));
        }
    }
    for judged in arrivals.all() {
        tell(&mut made, register.settle(judged));
    }
    made
}

/// The event that an incident of a camera is about.
fn about(events: &[Event], incident: &Incident) -> Option<usize> {
    let at = incident.decided_at.at.0 as f32 / 1000.0;
    let share = |event: &Event| match event.proves {
        Proves::Violation(class)
            if class == incident.class && (event.from..event.until + 5.0).contains(&at) =>
        {
            event.place.iou(&incident.bbox)
        }
        _ => 0.0,
    };
    let shares = events.iter().map(share).enumerate();
    let best = shares.max_by(|a, b| a.1.total_cmp(&b.1));
    best.filter(|(_, iou)| *iou >= IOU_MIN).map(|(i, _)| i)
}

/// Counts over streets.
#[derive(Debug, Default)]
struct Tally {
    streets: usize,
    events: usize,
    seen_by_one: usize,
    seen_by_both: usize,
    /// Incidents of views: the cases there would be.
    before: usize,
    after: usize,
    /// Cases beyond the first of an event, before and after.
    twice_before: usize,
    twice: usize,
    wrongly_merged: usize,
    /// Incidents about no event.
    about_nothing: usize,
    /// Cases told of twice or without a beginning.
    broken: usize,
}

impl Tally {
    fn add(&mut self, events: &[Vec<Event>; 2], made: &Made) {
        let of = |incident: &Incident| {
            about(
                &events[usize::from(incident.camera.as_str() == "second")],
                incident,
            )
        };
        let mut event_of: BTreeMap<Arc<str>, Option<usize>> = BTreeMap::new();
        let mut seen: BTreeMap<usize, BTreeSet<&CameraId>> = BTreeMap::new();
        let mut incidents_of: BTreeMap<usize, usize> = BTreeMap::new();
        for incident in &made.alone {
            let event = of(incident);
            event_of.insert(Arc::clone(&incident.key), event);
            if let Some(event) = event {
                seen.entry(event).or_default().insert(&incident.camera);
                *incidents_of.entry(event).or_default() += 1;
            }
        }
        let opened = made
            .told
            .iter()
            .filter(|one| one.change == IncidentChange::Opened);
        let opened: Vec<&Incident> = opened.collect();
        let mut cases_of: BTreeMap<usize, usize> = BTreeMap::new();
        for case in &opened {
            if let Some(event) = event_of.get(&case.key).copied().flatten() {
                *cases_of.entry(event).or_default() += 1;
            }
        }
        let mut merged: BTreeSet<(Arc<str>, Arc<str>)> = BTreeSet::new();
        for told in &made.told {
            merged.extend(
                told.witnesses
                    .iter()
                    .map(|w| (Arc::clone(&told.key), Arc::clone(&w.key))),
            );
        }
        let wrong = merged.iter().filter(|(case, witness)| {
            let events = [case, witness].map(|key| event_of.get(key).copied().flatten());
            matches!(events, [Some(one), Some(other)] if one != other)
        });
        let counts =
            |event: &&Event| matches!(event.proves, Proves::Violation(_)) && event.place.area() > 0.0;
        let names: BTreeSet<&str> = events
            .iter()
            .flatten()
            .filter(counts)
            .map(|e| e.name.as_str())
            .collect();
        let keys: BTreeSet<&Arc<str>> = opened.iter().map(|case| &case.key).collect();
        self.streets += 1;
        self.events += names.len();
        self.seen_by_one += seen.values().filter(|by| by.len() == 1).count();
        self.seen_by_both += seen.values().filter(|by| by.len() == 2).count();
        self.before += made.alone.len();
        self.after += opened.len();
        self.twice_before += incidents_of.values().map(|n| n - 1).sum::<usize>();
        self.twice += cases_of.values().map(|n| n - 1).sum::<usize>();
        self.wrongly_merged += wrong.count();
        self.about_nothing += event_of.values().filter(|event| event.is_none()).count();
        self.broken += opened.len() - keys.len();
    }
}

#[test]
fn two_cameras_over_one_street_open_one_case_for_each_event() {
    let filmed = (1..20).filter_map(|seed| Some((seed, Filmed::of(seed)?)));
    let filmed: Vec<(u64, Filmed)> = filmed.take(STREETS).collect();
    for errs in [false, true] {
        let (mut framed, mut apart) = (Tally::default(), Tally::default());
        for (seed, street) in &filmed {
            framed.add(&street.events, &play(street, *seed, errs, true));
            apart.add(&street.events, &play(street, *seed, errs, false));
        }
        let oracle = if errs { "usual errors" } else { "exact" };
        eprintln!("{oracle}, one frame: {framed:?}");
        eprintln!("{oracle}, no frame: {apart:?}");
        assert_eq!(framed.broken + apart.broken, 0);
        assert_eq!(framed.before, apart.before, "a frame changes nothing in a view");
        assert_eq!(
            apart.after, apart.before,
            "without a frame every view is by itself"
        );
        assert!(
            framed.seen_by_both >= 5,
            "the two see enough of the same: {framed:?}"
        );
        assert!(
            framed.twice * 10 <= framed.seen_by_both,
            "one case for an event: {framed:?}"
        );
        assert_eq!(
            framed.wrongly_merged, 0,
            "nobody is a witness of another event's case: {framed:?}"
        );
    }
}

/// The classes of the script are those that the zones are about.
#[test]
fn the_script_is_about_three_classes() {
    let classes: BTreeSet<&str> = SCRIPT
        .iter()
        .map(|row| row.6)
        .filter(|class| !class.is_empty())
        .collect();
    assert!(
        classes
            .iter()
            .all(|class| ViolationClass::from_name(class).is_some())
    );
    assert_eq!(classes.len(), 3);
}

//! Scenes from file to picture: what the street promises to those who film it.

#![expect(
    clippy::expect_used,
    reason = "helpers of tests: a scene that cannot be built fails them"
)]

use curbwatch_street::{Executor, Film, Frame, Proves, Scene, Serial, Street};
use curbwatch_types::ObjectClass;

/// Three threads that take jobs from the far end.
struct Three;

impl Executor for Three {
    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| {
            for k in 0..3 {
                scope.spawn(move || (0..jobs).rev().filter(|n| n % 3 == k).for_each(job));
            }
        });
    }
}

fn scene(seed: u64, more: &str) -> Scene {
    let text = format!("seed = {seed}\nsecs = 60\n[format]\nwidth = 160\nheight = 90\nsamples = 1\n{more}");
    Scene::parse(&text).expect("the scene is sound")
}

const CAR: &str = r#"
[life]
walkers = 6
vehicles = 0
standing = 0.5
[[events]]
name = "red car"
what = "car"
place = "kerb"
side = "right"
along = 20
from = 20
until = 40
violation = "illegal_motor_parking"
"#;

fn street(seed: u64, more: &str) -> Street {
    Street::build(&scene(seed, more)).expect("there is room")
}

#[test]
fn every_seed_makes_a_street_with_zones() {
    for seed in 0..24 {
        let street = street(seed, "[life]\nwalkers = 2\nvehicles = 2");
        let zones = street.zones();
        assert!(zones.len() >= 2, "seed {seed} has {} zones", zones.len());
    }
}

#[test]
fn threads_and_order_change_no_picture() {
    let night = format!("{CAR}[weather]\nsun_height_deg = -12\nwet = 0.6");
    for (seed, more) in [(3, CAR), (11, CAR), (4, &night)] {
        let street = street(seed, more);
        let mut film = Film::new(&street);
        for at in [30.0, 12.0, 30.5, 30.0, 0.0] {
            let filmed = film.frame(at, &Three);
            let alone = street.frame(at, &Serial);
            let differing = filmed.rgb.iter().zip(&alone.rgb).filter(|(a, b)| a != b).count();
            assert_eq!(
                differing, 0,
                "bytes of seed {seed} at {at} s depend on what was filmed before"
            );
            assert_eq!(filmed.truth, alone.truth, "seed {seed} at {at} s");
        }
    }
}

#[test]
fn only_what_changes_is_rendered_again() {
    let street = street(3, CAR);
    let mut film = Film::new(&street);
    assert_eq!(film.frame(30.0, &Serial).rendered, 1.0);
    let next = film.frame(30.4, &Serial).rendered;
    assert!(next < 0.5, "{next} of the picture was rendered again");
    assert_eq!(film.frame(30.4, &Serial).rendered, 0.0);
}

#[test]
fn weather_and_life_leave_the_street_as_it_is() {
    let still = |weather: &str, walkers: u32| {
        let life = format!("[life]\nwalkers = {walkers}\nvehicles = 0\n{weather}");
        let frame = street(5, &life).frame(1.0, &Serial);
        let stands = |class| {
            matches!(
                class,
                ObjectClass::Car | ObjectClass::Van | ObjectClass::GarbageBin | ObjectClass::Bicycle
            )
        };
        let boxes: Vec<_> = frame
            .truth
            .iter()
            .filter(|t| stands(t.class))
            .map(|t| (t.class, t.bbox))
            .collect();
        boxes
    };
    let day = still("", 0);
    assert!(!day.is_empty());
    assert_eq!(
        day,
        still("[weather]\nsun_height_deg = -20\nwet = 1.0\nrain = 1.0", 0)
    );
    assert_eq!(day, still("[weather]\ncloud = 1.0\n[lens]\nnoise = 3.0", 12));
}

/// The class's boxes at this second.
fn seen(frame: &Frame, ids: &[u32]) -> usize {
    frame
        .truth
        .iter()
        .filter(|t| ids.contains(&t.id) && t.visible > 0.3)
        .count()
}

#[test]
fn events_happen_when_the_script_says() {
    let street = street(3, CAR);
    let events = street.events();
    let [event] = &events[..] else {
        panic!("one event, not {}", events.len())
    };
    assert!(matches!(event.proves, Proves::Violation(_)));
    assert_eq!((event.from, event.until, event.things.len()), (20.0, 40.0, 1));
    let mut film = Film::new(&street);
    let mut at = |secs: f32| film.frame(secs, &Serial);
    let place = |frame: &Frame| {
        frame
            .truth
            .iter()
            .find(|t| event.things.contains(&t.id))
            .map(|t| t.bbox)
    };
    let first = place(&at(20.0)).expect("it has come");
    assert_eq!(place(&at(30.0)), Some(first), "it stands still");
    assert_eq!(place(&at(39.9)), Some(first), "until the end");
    assert_ne!(place(&at(17.0)), Some(first), "it was still on its way");
    assert_ne!(place(&at(43.0)), Some(first), "it has left");
    assert_eq!(seen(&at(2.0), &event.things), 0, "it is not there yet");
}

#[test]
fn what_is_wrong_with_a_scene_is_named_all_at_once() {
    let rows = [
        ("seed = 1\nsceds = 3", "line 2: unknown field `sceds`"),
        (
            "seed = 1\nsecs = -4\n[weather]\ncloud = 7",
            "secs: must lie between 0.1 and 7200, is -4",
        ),
        (
            "seed = 1\nsecs = -4\n[weather]\ncloud = 7",
            "weather.cloud: must lie between 0 and 1, is 7",
        ),
        (
            "seed = 1\n[format]\nwidth = 9",
            "format.width: must lie between 64 and 3840, is 9",
        ),
        ("[weather]", "missing field `seed`"),
    ];
    for (text, expected) in rows {
        let problems = Scene::parse(text).expect_err(text).to_string();
        assert!(problems.contains(expected), "{text:?} gives {problems:?}");
    }
    let event =
        |more: &str| format!("seed = 1\n[[events]]\nname = \"x\"\nplace = \"kerb\"\nside = \"left\"\n{more}");
    let rows = [
        (
            "what = \"tank\"\nalong = 9\nfrom = 0\nuntil = 9",
            "`what = \"tank\"` is neither",
        ),
        (
            "what = \"car\"\nalong = 9\nfrom = 9\nuntil = 3",
            "needs 0 <= from < until <= secs",
        ),
        (
            "what = \"car\"\nalong = 999\nfrom = 0\nuntil = 3",
            "`along` is 2 to 90 metres",
        ),
        (
            "what = \"car\"\nalong = 9\nfrom = 0\nuntil = 3\nviolation = \"noise\"",
            "\"noise\" is no violation class",
        ),
    ];
    for (more, expected) in rows {
        let problems = Scene::parse(&event(more)).expect_err(more).to_string();
        assert!(problems.contains(expected), "{more:?} gives {problems:?}");
    }
}

#[test]
fn nothing_stands_inside_anything_else() {
    let twice: String = ["first", "second", "third"]
        .map(|name| {
            format!(
                "[[events]]\nname = \"{name}\"\nwhat = \"truck\"\ncount = 4\nplace = \"kerb\"\nside = \"left\"\n\
                 along = 40\nfrom = 20\nuntil = 50\n"
            )
        })
        .concat();
    let problems = Street::build(&scene(2, &twice)).expect_err("twelve trucks do not fit where four stand");
    assert!(
        problems.to_string().contains("event \"second\": no room at 40 m"),
        "{problems}"
    );
}

#[test]
fn the_truth_needs_no_light() {
    let street = street(3, CAR);
    let mut film = Film::new(&street);
    for at in [5.0, 18.0, 30.0] {
        let lit = film.frame(at, &Serial).truth;
        assert!(lit.iter().any(|t| t.visible > 0.5));
        assert_eq!(film.truth(at, &Three), lit, "at {at} s");
        assert_eq!(
            Film::new(&street).truth(at, &Serial),
            lit,
            "at {at} s, without a picture before it"
        );
    }
}

#[test]
fn the_script_knows_when_something_stands_before_it() {
    let truck = r#"
[life]
walkers = 0
vehicles = 0
standing = 0
[camera]
pole_m = 2.6
tilt_deg = -8
[[events]]
name = "bag"
what = "garbage_bag"
place = "kerb"
side = "left"
along = 25
from = 0
until = 60
violation = "exposed_garbage"
[[events]]
name = "bus"
what = "bus"
place = "lane"
side = "left"
along = 16
from = 25
until = 35
"#;
    let mut hidden = 0;
    for seed in 0..6 {
        let Ok(street) = Street::build(&scene(seed, truck)) else {
            continue;
        };
        let bag = &street.events()[0];
        for (from, until) in &bag.occluded {
            hidden += 1;
            assert!(
                *from > 5.0 && *until < 50.0,
                "seed {seed}: nothing hides the bag from {from} to {until} s"
            );
        }
    }
    assert!(hidden > 0, "a bus before a bag hides it on some street");
}

#[test]
fn streets_are_alive() {
    for seed in [3, 7, 12] {
        let street = street(seed, "[life]\nwalkers = 20\nvehicles = 12");
        let mut film = Film::new(&street);
        let places =
            |frame: &[curbwatch_street::Thing]| frame.iter().map(|t| (t.id, t.bbox)).collect::<Vec<_>>();
        let mut moved = 0;
        for at in [5.0, 20.0, 35.0, 50.0] {
            let (now, next) = (
                places(&film.truth(at, &Serial)),
                places(&film.truth(at + 0.8, &Serial)),
            );
            moved += now.iter().filter(|thing| !next.contains(thing)).count();
        }
        assert!(moved >= 8, "seed {seed}: only {moved} things moved in four looks");
    }
}

#[test]
fn rain_brings_umbrellas_and_moves_nobody() {
    let walkers = |seed: u64, rain: &str| {
        let life = format!("[life]\nwalkers = 40\nvehicles = 0\n[weather]\nrain = {rain}");
        let street = street(seed, &life);
        let truth = Film::new(&street).truth(30.0, &Serial);
        let of = |class: ObjectClass| {
            let own = truth.iter().filter(move |t| t.class == class);
            own.map(|t| (t.id, t.bbox)).collect::<Vec<_>>()
        };
        (of(ObjectClass::Person), of(ObjectClass::Umbrella).len())
    };
    let mut umbrellas = 0;
    for seed in [3, 12, 33] {
        let (dry, wet) = (walkers(seed, "0"), walkers(seed, "0.8"));
        assert_eq!(dry.0, wet.0, "seed {seed}");
        assert_eq!(dry.1, 0, "seed {seed}");
        umbrellas += wet.1;
    }
    assert!(umbrellas >= 6, "{umbrellas} umbrellas on three streets");
}

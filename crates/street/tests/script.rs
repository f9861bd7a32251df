//! What the script's words promise, read from the truth alone: who brings and takes what, what grows,
//! what replaces what, and what the camera does.

#![expect(
    clippy::expect_used,
    reason = "helpers of tests: a scene that cannot be built fails them"
)]

use curbwatch_street::{Film, Scene, Serial, Sight, Street, Thing};
use curbwatch_types::ObjectClass;

fn scene(seed: u64, more: &str) -> Scene {
    let text = format!("seed = {seed}\nsecs = 60\n[format]\nwidth = 160\nheight = 90\nsamples = 1\n{more}");
    Scene::parse(&text).expect("the scene is sound")
}

const STILL: &str = "[life]\nwalkers = 0\nvehicles = 0\nstanding = 0\n";

fn event(name: &str, rest: &str) -> String {
    format!("[[events]]\nname = \"{name}\"\nside = \"left\"\n{rest}\n")
}

/// The first seeds whose streets have room for the script, in both worlds; most must have.
fn streets(script: &str) -> Vec<Street> {
    let mut out = Vec::new();
    let mut lost = String::new();
    for seed in 0..5 {
        for styles in ["shown", "held_out"] {
            let text = format!("{STILL}{script}");
            let mut scene = scene(seed, &text);
            if styles == "held_out" {
                scene.styles = curbwatch_street::Styles::HeldOut;
            }
            match Street::build(&scene) {
                Ok(street) => out.push(street),
                Err(err) => lost = format!("{lost}seed {seed} {styles}: {err}\n"),
            }
        }
    }
    assert!(
        out.len() >= 7,
        "only {} of 10 streets have room:\n{lost}",
        out.len()
    );
    out
}

fn of(truth: &[Thing], ids: &[u32]) -> Vec<Thing> {
    truth.iter().filter(|t| ids.contains(&t.id)).cloned().collect()
}

#[test]
fn what_is_carried_is_there_from_its_second_to_its_last() {
    let bags = "what = \"garbage_bag\"\ncount = 3\nplace = \"footway\"\nalong = 14\nfrom = 20\nuntil = 40\n\
                brought = true\ntaken = true";
    let mut people = 0;
    for street in streets(&event("bags", bags)) {
        let mut film = Film::new(&street);
        let ids = street.events()[0].things.clone();
        assert_eq!(ids.len(), 3);
        for (at, there) in [(19.9, false), (20.1, true), (39.9, true), (40.1, false)] {
            let truth = film.truth(at, &Serial);
            let found = of(&truth, &ids);
            // Cameras held out may look past the place.
            if there && !found.is_empty() {
                let people_now: Vec<u32> = truth
                    .iter()
                    .filter(|t| t.class == ObjectClass::Person)
                    .map(|t| t.id)
                    .collect();
                assert!(people_now.len() <= 2, "one brings, one takes");
                people += people_now.len();
            }
            assert!(there || found.is_empty(), "at {at} s");
        }
        // Whoever puts it down is who came, and walks off as the same person.
        let walkers = |film: &mut Film<'_>, at: f32| {
            let truth = film.truth(at, &Serial);
            truth
                .iter()
                .filter(|t| t.class == ObjectClass::Person)
                .map(|t| t.id)
                .collect::<Vec<_>>()
        };
        let (before, after) = (walkers(&mut film, 19.7), walkers(&mut film, 20.3));
        assert_eq!(before, after);
    }
    assert!(people >= 5, "{people} carriers seen");
}

#[test]
fn two_wheelers_are_ridden_in_and_away() {
    let row = "what = \"row\"\ncount = 4\nplace = \"edge\"\nalong = 18\nfrom = 20\nuntil = 52\nbrought = true\n\
               taken = true";
    let mut riders = 0;
    for street in streets(&event("row", row)) {
        let ids = street.events()[0].things.clone();
        let mut film = Film::new(&street);
        let mut at = |secs: f32| film.truth(secs, &Serial);
        // One after the other: the first stands at 20 s, the last leaves at 52 s; all stand in between.
        let stands = |a: &[Thing], b: &[Thing]| {
            let same = |t: &&Thing| b.iter().any(|o| (o.id, o.bbox) == (t.id, t.bbox));
            a.iter().filter(same).count()
        };
        let middle = of(&at(35.0), &ids);
        assert_eq!(middle, of(&at(34.0), &ids));
        let (first, last) = (of(&at(20.0), &ids), of(&at(51.9), &ids));
        if middle.len() == 4 {
            assert_eq!(
                (stands(&first, &middle), stands(&last, &middle)),
                (1, 1),
                "{first:?} {last:?}"
            );
        }
        let (coming, leaving) = (at(19.0), at(53.5));
        riders += coming.iter().filter(|t| t.class == ObjectClass::Person).count();
        assert_eq!(stands(&of(&coming, &ids), &middle), 0, "the first still rolls");
        assert_eq!(stands(&of(&leaving, &ids), &middle), 0, "the last has left");
    }
    assert!(riders >= 5, "{riders} riders seen");
}

#[test]
fn vendors_come_and_leave_with_what_they_sell_from() {
    let vendor = "what = \"vendor\"\nplace = \"edge\"\nalong = 16\nfrom = 25\nuntil = 45\nbrought = true\n\
                  taken = true\nviolation = \"itinerant_vendor\"";
    let mut kinds = Vec::new();
    for street in streets(&event("vendor", vendor)) {
        let truth_of = street.events()[0].clone();
        let mut film = Film::new(&street);
        let own = |film: &mut Film<'_>, at: f32| of(&film.truth(at, &Serial), &truth_of.things);
        let carrier = |list: &[Thing]| {
            let sold_from = |t: &&Thing| matches!(t.class, ObjectClass::ThreeWheeler | ObjectClass::Cart);
            list.iter().find(sold_from).cloned()
        };
        let (standing, later) = (carrier(&own(&mut film, 25.0)), carrier(&own(&mut film, 44.9)));
        assert_eq!(standing, later, "it stands from 25 to 45 s");
        let Some(standing) = standing else { continue };
        kinds.push(standing.class);
        for at in [23.5, 47.0] {
            let moving = own(&mut film, at);
            assert_ne!(carrier(&moving).map(|t| t.bbox), Some(standing.bbox), "at {at} s");
            let umbrella = moving.iter().any(|t| t.class == ObjectClass::Umbrella);
            assert!(!umbrella, "it is still packed at {at} s");
        }
        assert!(
            own(&mut film, 35.0)
                .iter()
                .any(|t| t.class == ObjectClass::Umbrella)
        );
        let traders = |list: Vec<Thing>| {
            list.into_iter()
                .filter(|t| t.class == ObjectClass::Person)
                .count()
        };
        assert!(traders(own(&mut film, 35.0)) <= 1, "the trader is one person");
    }
    for kind in [ObjectClass::ThreeWheeler, ObjectClass::Cart] {
        assert!(kinds.contains(&kind), "no {} in {kinds:?}", kind.name());
    }
}

#[test]
fn piles_grow() {
    for (what, count) in [
        ("sand_pile", 1),
        ("brick_pile", 1),
        ("garbage", 1),
        ("garbage_bag", 5),
    ] {
        let pile = format!(
            "what = \"{what}\"\ncount = {count}\nplace = \"kerb\"\nalong = 16\nfrom = 6\nuntil = 60\ngrows = true"
        );
        let mut grown = 0;
        for street in streets(&event("pile", &pile)) {
            let ids = street.events()[0].things.clone();
            let mut film = Film::new(&street);
            let mut pixels = |at: f32| {
                of(&film.truth(at, &Serial), &ids)
                    .iter()
                    .map(|t| t.pixels)
                    .sum::<u32>()
            };
            let sizes: Vec<u32> = [5.0, 7.0, 18.0, 30.0, 43.0, 59.0].map(&mut pixels).to_vec();
            assert_eq!(sizes[0], 0, "{what}");
            assert!(
                sizes.windows(2).all(|w| w[0] <= w[1]),
                "{what} shrinks: {sizes:?}"
            );
            assert_eq!(sizes[4], sizes[5], "{what} is whole after two thirds");
            grown += u32::from(sizes[5] > sizes[1] * 3 / 2);
        }
        assert!(grown >= 5, "{what} grew on {grown} streets");
    }
}

#[test]
fn one_replaces_another_at_the_same_place() {
    let cars: String = [("first", 10, 28), ("second", 34, 50)]
        .iter()
        .map(|(name, from, until)| {
            event(
                name,
                &format!("what = \"car\"\nplace = \"kerb\"\nalong = 18\nfrom = {from}\nuntil = {until}"),
            )
        })
        .collect();
    for street in streets(&cars) {
        let events = street.events();
        let (a, b) = (&events[0], &events[1]);
        assert!(a.things != b.things);
        let mut film = Film::new(&street);
        let mut seen = |at: f32| {
            let truth = film.truth(at, &Serial);
            (of(&truth, &a.things), of(&truth, &b.things))
        };
        let ((first, _), (_, second)) = (seen(20.0), seen(40.0));
        let (Some(first), Some(second)) = (first.first(), second.first()) else {
            continue;
        };
        assert!(
            first.bbox.iou(&second.bbox) > 0.5,
            "{:?} {:?}",
            first.bbox,
            second.bbox
        );
        assert!(seen(40.0).0.is_empty(), "the first has gone");
    }
}

#[test]
fn the_camera_freezes_goes_black_and_is_covered() {
    let script = format!(
        "{STILL}{}[[frozen]]\nfrom = 10\nuntil = 20\n[[black]]\nfrom = 30\nuntil = 34\n[[covered]]\nfrom = 40\n\
         until = 50\n",
        event(
            "car",
            "what = \"car\"\nplace = \"kerb\"\nalong = 20\nfrom = 12\nuntil = 60"
        )
    );
    let street = Street::build(&scene(3, &script)).expect("there is room");
    let mut film = Film::new(&street);
    let frozen = film.frame(10.0, &Serial);
    for at in [12.5, 19.9] {
        let again = film.frame(at, &Serial);
        assert_eq!(again.rgb, frozen.rgb, "at {at} s");
        assert_eq!(again.truth, frozen.truth);
        assert_eq!(again.sight, Sight::Frozen(10.0));
    }
    assert_ne!(film.frame(20.0, &Serial).rgb, frozen.rgb);
    for (at, sight) in [(31.0, Sight::Black), (45.0, Sight::Covered)] {
        let blind = film.frame(at, &Serial);
        assert_eq!(blind.sight, sight);
        assert!(blind.truth.iter().all(|t| t.visible == 0.0) && !blind.truth.is_empty());
        // The clock in the corner is still drawn.
        let dark = blind.rgb.iter().filter(|b| **b < 150).count();
        assert!(dark * 10 > blind.rgb.len() * 9, "{sight:?} hides the street");
        assert_eq!(film.truth(at, &Serial), blind.truth);
    }
    // The event knows: nobody saw the car come, nor while the lens was blind.
    let event = &street.events()[0];
    let hidden = |at: f32| {
        event
            .occluded
            .iter()
            .any(|(from, until)| (*from..*until).contains(&at))
    };
    for (at, expected) in [
        (15.0, true),
        (25.0, false),
        (32.0, true),
        (37.0, false),
        (45.0, true),
        (55.0, false),
    ] {
        assert_eq!(hidden(at), expected, "at {at} s: {:?}", event.occluded);
    }
    let problems = Scene::parse("seed = 1\n[[frozen]]\nfrom = 9\nuntil = 9").expect_err("no time at all");
    assert!(
        problems
            .to_string()
            .contains("frozen[0]: needs 0 <= from < until"),
        "{problems}"
    );
}

#[test]
fn a_moved_camera_moves_no_place() {
    let script = |moves: &str| {
        format!(
            "{STILL}{}{moves}",
            event(
                "car",
                "what = \"car\"\nplace = \"kerb\"\nalong = 20\nfrom = 0\nuntil = 60"
            )
        )
    };
    let usual = Street::build(&scene(3, &script("")))
        .expect("there is room")
        .events();
    let moved = script("[[moves]]\nfrom = 20\nuntil = 40\npan_deg = 9\ntilt_deg = -3");
    let moved = Street::build(&scene(3, &moved)).expect("there is room").events();
    assert_eq!(usual[0].place, moved[0].place);
}

#[test]
fn only_what_can_become_more_grows() {
    let text = format!(
        "seed = 1\n{}",
        event(
            "car",
            "what = \"car\"\nplace = \"kerb\"\nalong = 9\nfrom = 0\nuntil = 9\ngrows = true"
        )
    );
    let problems = Scene::parse(&text).expect_err("cars do not grow").to_string();
    assert!(problems.contains("`grows` is for piles"), "{problems}");
}

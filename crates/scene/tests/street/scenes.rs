//! Scenes in words and the life-cycle that must come of them. See `script.rs` for the language.

use crate::script::{play, tell};
use curbwatch_types::{CameraState, IncidentChange, Wall};

#[track_caller]
fn check(scene: &str, story: &str, want: &str) {
    let (incidents, _) = play(story);
    assert_eq!(tell(&incidents), want, "{scene}");
    for incident in &incidents {
        let bounded = incident.shots.len() <= 3;
        let shown = !incident.shots.is_empty() || incident.change == IncidentChange::Closed;
        assert!(
            bounded && shown,
            "{scene}: {} shots at {}",
            incident.shots.len(),
            incident.change.name()
        );
    }
}

#[test]
fn a_vehicle_that_stands_is_one_case() {
    let rows = [
        (
            "it opens when the dwell is over and closes when the place is empty for a minute",
            "0..600/5 car kerb
             605..700/5 -",
            "300 opened A kerb; 665 closed A kerb",
        ),
        ("a short stop is no case", "0..295/5 car kerb\n300..400/5 -", ""),
        (
            "the zone's own dwell counts",
            "0..120/5 car footway\n125..200/5 -",
            "120 opened A footway; 185 closed A footway",
        ),
        (
            "it says so again at long intervals",
            "set still_every_secs 200\n0..700/5 car kerb",
            "300 opened A kerb; 500 still A kerb; 700 still A kerb",
        ),
        (
            "two of them are two cases",
            "0..300/5 car kerb, car kerb3",
            "300 opened A kerb; 300 opened B kerb",
        ),
        (
            "one vehicle under three class names is one case",
            "0..300/5 car kerb, truck kerb 0.5, bus kerb 0.4",
            "300 opened A kerb",
        ),
        (
            "people and bicycles are no motor vehicles",
            "0..600/5 person kerb, bicycle kerb2",
            "",
        ),
        (
            "boxes that wobble by a third are one vehicle",
            "0..600/5 car kerb | jitter",
            "300 opened A kerb",
        ),
        (
            "tiny boxes that wobble are one vehicle",
            "0..600/5 car tiny | jitter",
            "300 opened A kerb",
        ),
        (
            "a blurred big box around it is no second vehicle",
            "0..600/10 car kerb, truck [0.04 0.22 0.20 0.32] 0.5",
            "300 opened A kerb",
        ),
        (
            "its part is no second vehicle",
            "0..600/10 car kerb, car [0.10 0.44 0.05 0.06] 0.5",
            "300 opened A kerb",
        ),
        (
            "what was never seen well opens nothing",
            "0..600/5 car kerb 0.3",
            "",
        ),
        ("babble opens nothing", "0..600/5 car kerb 0.1", ""),
    ];
    for (scene, story, want) in rows {
        check(scene, story, want);
    }
}

#[test]
fn where_it_stands_decides() {
    let rows = [
        ("a marked bay is legal", "0..900/5 car bay", ""),
        (
            "a queue on the carriageway is no parking",
            "0..900/5 car road",
            "",
        ),
        (
            "what lies in an ignored part is not judged",
            "0..900/5 car sky",
            "",
        ),
        (
            "the ground contact decides, not the body: a bus at the kerb reaches over the bay",
            "0..300/5 bus [0.20 0.30 0.40 0.25]",
            "300 opened A kerb",
        ),
        (
            "a bus on the carriageway reaches over the kerb",
            "0..900/5 bus front",
            "",
        ),
    ];
    for (scene, story, want) in rows {
        check(scene, story, want);
    }
}

#[test]
fn what_cannot_be_seen_is_not_gone() {
    let rows = [
        (
            "one missed detection closes nothing",
            "0..400/5 car kerb\n405 -\n410..800/5 car kerb",
            "300 opened A kerb",
        ),
        (
            "hidden half of the time by traffic, one case",
            "0..100/5 car kerb\n105..200/5 bus front\n205..300/5 car kerb\n305..500/5 bus front\n505..600/5 car kerb",
            "300 opened A kerb",
        ),
        (
            "hidden when the dwell falls due: it opens when it is seen again",
            "0..200/5 car kerb\n205..400/5 bus front\n405..420/5 car kerb",
            "405 opened A kerb",
        ),
        (
            "the detector misses it for ten minutes, the picture does not",
            "0..400/5 car kerb\n405..1000/5 missed car kerb\n1005..1100/5 car kerb",
            "300 opened A kerb",
        ),
        (
            "a row: its visible part grows when the neighbour leaves",
            "0..400/5 bus [0.10 0.38 0.14 0.18], bus [0.24 0.38 0.07 0.14]
             405..900/5 bus [0.19 0.38 0.12 0.14]",
            "300 opened A kerb; 300 opened B kerb; 465 closed A kerb",
        ),
        (
            "headlights at night: something bright, elsewhere in each look",
            "0 car [0.05 0.40 0.10 0.10] 0.4
             5 car [0.16 0.42 0.08 0.10] 0.5
             10 car [0.30 0.40 0.10 0.12] 0.4
             15..600/15 -
             605 car [0.30 0.40 0.10 0.12] 0.5",
            "",
        ),
    ];
    for (scene, story, want) in rows {
        check(scene, story, want);
    }
}

#[test]
fn the_next_one_in_the_place_is_another() {
    let rows = [
        (
            "it leaves, another comes into the place at once",
            "0..400/5 car kerb red\n405 -\n410..800/5 car kerb blue",
            "300 opened A kerb; 470 reoccupied A kerb; 710 opened B<A kerb",
        ),
        (
            "it leaves, another comes later",
            "0..400/5 car kerb red\n405..500/5 -\n505..900/5 car kerb blue",
            "300 opened A kerb; 465 closed A kerb; 805 opened B kerb",
        ),
        (
            "ten taxis, a minute each, are no parking",
            "0..60/5 car kerb red\n65..75/5 -\n80..140/5 car kerb blue\n145..155/5 -\n160..220/5 car kerb red
             225..235/5 -\n240..300/5 car kerb blue\n305..315/5 -\n320..380/5 car kerb grey",
            "",
        ),
        (
            "a bus stops in front and goes: the one behind is still the same",
            "0..400/5 car kerb red\n405..700/5 bus front white\n705..900/5 car kerb red",
            "300 opened A kerb",
        ),
    ];
    for (scene, story, want) in rows {
        check(scene, story, want);
    }
}

#[test]
fn a_patrol_sees_it_every_five_minutes() {
    let rows = [
        (
            "ten minutes are three visits",
            "set dwell_secs 600\n0..900/300 car kerb",
            "600 opened A kerb",
        ),
        (
            "an empty visit in between is a missed detection when the same comes back",
            "set dwell_secs 600\n0..300/300 car kerb red\n600 -\n900 car kerb red",
            "900 opened A kerb",
        ),
        (
            "two empty visits end it",
            "set dwell_secs 600\n0..300/300 car kerb\n600..900/300 -\n1200..1500/300 car kerb",
            "",
        ),
        (
            "another one after an empty visit begins anew",
            "set dwell_secs 600\n0..300/300 car kerb red\n600 -\n900..1500/300 car kerb blue",
            "1500 opened A kerb",
        ),
        (
            "dusk, a tainted and a black picture neither add nor break",
            "set dwell_secs 600\n0 car kerb\n300 - | tainted\n600 - | black\n900 car kerb",
            "900 opened A kerb",
        ),
        (
            "the identical clip is no new evidence",
            "set dwell_secs 600\n0..1200/300 car kerb | same",
            "",
        ),
        (
            "the identical empty clip does not close",
            "set dwell_secs 600\n0..600/300 car kerb\n900..2100/300 - | same\n2400 car kerb",
            "600 opened A kerb; 2400 still A kerb",
        ),
        (
            "nobody looked for an hour: the dwell begins anew",
            "set dwell_secs 600\n0 car kerb\n3600..4200/300 car kerb",
            "4200 opened A kerb",
        ),
        (
            "an open case outlasts the hour",
            "0..300/300 car kerb\n3900..4200/300 car kerb",
            "300 opened A kerb; 3900 still A kerb",
        ),
    ];
    for (scene, story, want) in rows {
        check(scene, story, want);
    }
}

#[test]
fn the_camera_moves() {
    let rows = [
        (
            "the head misses its preset while it stands: places move along",
            "0..400/10 car kerb
             410..800/10 car [0.15 0.43 0.12 0.14] | shift 0.07 0.05
             810..1000/10 - | shift 0.07 0.05",
            "300 opened A kerb; 870 closed A kerb",
        ),
        (
            "the dwell goes on through a move",
            "0..150/10 car kerb\n160..400/10 car [0.15 0.43 0.12 0.14] | shift 0.07 0.05",
            "300 opened A kerb",
        ),
        (
            "zones move along: what stands on the road is not at the kerb for that",
            "0..100/10 -\n110..800/10 car [0.20 0.55 0.12 0.14] | shift 0.0 0.12",
            "410 opened A kerb",
        ),
        (
            "turned away, nothing is judged",
            "0..400/10 car kerb\n410..900/10 - | elsewhere\n910..1000/10 car kerb",
            "300 opened A kerb",
        ),
        (
            "turned away, nothing opens",
            "0..100/10 -\n110..900/10 car kerb | elsewhere",
            "",
        ),
    ];
    for (scene, story, want) in rows {
        check(scene, story, want);
    }
}

#[test]
fn bad_input_judges_nothing() {
    let rows = [
        ("tainted looks open nothing", "0..900/5 car kerb | tainted", ""),
        (
            "tainted looks close nothing",
            "0..300/5 car kerb\n305..900/5 - | tainted",
            "300 opened A kerb",
        ),
        (
            "a covered lens closes nothing",
            "0..300/5 car kerb\n305..900/5 - | black",
            "300 opened A kerb",
        ),
        (
            "a clock that jumps back is not followed",
            "1000..1200/5 car kerb\n100..500/5 car kerb\n1205..1300/5 car kerb",
            "1300 opened A kerb",
        ),
        (
            "boxes without sense are passed over",
            "0..300/5 car [NaN 0.4 0.1 0.1], car [0.1 0.4 -0.1 0.1], car [5 5 1 1], car [0.1 inf 0.1 0.1]",
            "",
        ),
    ];
    for (scene, story, want) in rows {
        check(scene, story, want);
    }
}

#[test]
fn a_restart_opens_nothing_twice() {
    let rows = [
        (
            "the case goes on",
            "0..400/5 car kerb\nrestart\n405..900/5 car kerb",
            "300 opened A kerb",
        ),
        (
            "its end is still seen",
            "0..400/5 car kerb\nrestart\n405..500/5 -",
            "300 opened A kerb; 465 closed A kerb",
        ),
        (
            "it is hidden when we come back",
            "0..400/5 car kerb\nrestart\n405..600/5 bus front\n605..1000/5 car kerb",
            "300 opened A kerb",
        ),
        (
            "another stands there when we come back",
            "0..400/5 car kerb red\nrestart\n1000..1400/5 car kerb blue",
            "300 opened A kerb; 1060 reoccupied A kerb; 1300 opened B<A kerb",
        ),
        (
            "what it took the place of is still known",
            "0..400/5 car kerb red\n405..800/5 car kerb blue\nrestart\n805..900/5 -",
            "300 opened A kerb; 465 reoccupied A kerb; 705 opened B<A kerb; 865 closed B<A kerb",
        ),
        (
            "twice over",
            "0..400/5 car kerb\nrestart\nrestart\n405..500/5 -",
            "300 opened A kerb; 465 closed A kerb",
        ),
    ];
    for (scene, story, want) in rows {
        check(scene, story, want);
    }
}

#[test]
fn numbers_are_bounded_and_what_is_left_out_is_counted() {
    let crowd: Vec<String> = (0..20)
        .map(|i| format!("car [{:.3} 0.40 0.009 0.1]", 0.22 + 0.011 * i as f32))
        .collect();
    let story = format!("set anchors_max 6\n0..400/5 car kerb, {}", crowd.join(", "));
    let (incidents, scene) = play(&story);
    assert_eq!(
        tell(&incidents).matches("opened").count(),
        6,
        "six places are held, whatever comes"
    );
    assert!(scene.counters().anchors_over_bound > 0);

    let story = format!(
        "set anchors_max 6\n0..400/5 car kerb\n405..600/5 car kerb, {}\n605..700/5 -",
        crowd.join(", ")
    );
    let (incidents, _) = play(&story);
    assert_eq!(
        tell(&incidents),
        "300 opened A kerb; 665 closed A kerb",
        "a case is never crowded out"
    );

    let story = format!(
        "set detections_max 5\n0..300/5 car kerb 0.9, {}",
        crowd.join(", ")
    );
    let (incidents, scene) = play(&story);
    assert_eq!(
        tell(&incidents),
        "300 opened A kerb; 300 opened B kerb; 300 opened C kerb; 300 opened D kerb; 300 opened E kerb",
        "the strongest five, each under its own key"
    );
    assert_eq!(scene.counters().detections_dropped, 61 * 16);
}

#[test]
fn every_look_is_accounted_for() {
    let story = "0..10/5 -\n15 - | tainted\n20 - | black\n25..30/5 - | same\n5 -\n40 - | elsewhere";
    let (_, scene) = play(story);
    let c = scene.counters();
    assert_eq!((c.looks, c.judged, c.tainted, c.obscured), (9, 4, 1, 1));
    assert_eq!((c.repeated, c.out_of_order, c.moved), (1, 1, 1));
    let sum = c.judged + c.tainted + c.obscured + c.repeated + c.out_of_order + c.moved;
    assert_eq!(sum, c.looks, "{c:?}");
}

#[test]
fn the_picture_is_judged_for_the_page() {
    let rows = [
        ("", CameraState::Connecting),
        ("0 -", CameraState::Live),
        ("0 -\n5 - | tainted", CameraState::Tainted),
        ("0 -\n5 - | black", CameraState::Obscured),
        ("0..10/5 - | same", CameraState::Frozen),
        ("0..20/5 -\n25 - | elsewhere", CameraState::Moved),
        ("0..20/5 -\n25 - | elsewhere\n30 -", CameraState::Live),
    ];
    for (story, want) in rows {
        assert_eq!(play(story).1.picture_state().state, want, "{story}");
    }
}

#[test]
fn the_next_look_is_asked_for_when_it_decides_something() {
    let rows = [
        ("nothing there", "0 -", None),
        ("a dwell runs", "0..10/5 car kerb", Some(300)),
        ("legal", "0..10/5 car bay", None),
        (
            "the dwell is over but the look did not show it",
            "0..200/5 car kerb\n205..400/5 bus front",
            None,
        ),
        ("open, and seen empty once", "0..300/5 car kerb\n305 -", Some(365)),
        ("open and standing", "0..300/5 car kerb", None),
    ];
    for (scene, story, want) in rows {
        assert_eq!(
            play(story).1.next_due().map(|wanted| wanted.at),
            want.map(|secs: i64| Wall(secs * 1000)),
            "{scene}"
        );
    }
}

#[test]
fn a_wanted_look_is_about_the_place_that_waits() {
    let rows = [
        (
            "a vehicle, not the one in its bay",
            "0..10/5 car kerb, car bay",
            (0.14, 0.45),
        ),
        (
            "the elder of two",
            "0..10/5 car kerb2\n15 car kerb2, car kerb",
            (0.27, 0.45),
        ),
        (
            "where the latest picture shows it",
            "0..150/10 car kerb\n160..200/10 car [0.15 0.43 0.12 0.14] | shift 0.07 0.05",
            (0.21, 0.50),
        ),
    ];
    for (scene, story, want) in rows {
        let wanted = play(story).1.next_due().expect(scene);
        let middle = wanted.place.center();
        let near = (middle.x - want.0).abs() < 0.02 && (middle.y - want.1).abs() < 0.02;
        assert!(near, "{scene}: {middle:?}");
    }
}

//! The five rules about groups of things: violations, near misses, and what happens to them. Looks every
//! ten seconds, as places on the ground; see `script.rs`.

use std::sync::Arc;

use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{Incident, IncidentChange, Observation, ViolationClass, Wall};
use proptest::prelude::*;

use crate::script::{Step, camera, ground_zones, observation, parse, play_steps};

/// `SECS CHANGE LETTER CLASS@ZONE`, one incident after the other.
fn tell(incidents: &[Incident]) -> String {
    let mut keys: Vec<Arc<str>> = Vec::new();
    let line = |i: &Incident| {
        let known = keys.iter().position(|k| *k == i.key);
        let letter = known.unwrap_or_else(|| {
            keys.push(Arc::clone(&i.key));
            keys.len() - 1
        });
        let class = match i.class {
            ViolationClass::StreetFrontTrading => "front",
            ViolationClass::IllegalMotorParking => "parking",
            ViolationClass::ItinerantVendor => "vendor",
            ViolationClass::DisorderlyNonmotorParking => "bikes",
            ViolationClass::ExposedGarbage => "garbage",
            ViolationClass::PiledMaterials => "piles",
        };
        format!(
            "{} {} {} {class}@{}",
            i.decided_at.at.0 / 1000,
            i.change.name(),
            char::from(b'A' + letter as u8),
            i.zone
        )
    };
    let changes = incidents.iter().filter(|i| i.change != IncidentChange::Still);
    changes.map(line).collect::<Vec<_>>().join("; ")
}

fn played(story: &str) -> Vec<Incident> {
    play_steps(&ground_zones(), parse(story)).0
}

#[track_caller]
fn check(rows: &[(&str, &str, &str)]) {
    for (scene, story, want) in rows {
        let incidents = played(story);
        assert_eq!(tell(&incidents), *want, "{scene}");
        for incident in &incidents {
            let shown = incident.shots.len() <= 3
                && (incident.change == IncidentChange::Closed || !incident.shots.is_empty());
            assert!(shown, "{scene}: {} shots", incident.shots.len());
            let dwell_ms = i64::from(incident.rule.dwell_secs) * 1000;
            assert_eq!(
                incident.due,
                incident.first_seen.at.plus_millis(dwell_ms),
                "{scene}"
            );
            if incident.change == IncidentChange::Opened
                && let Some(first) = incident.shots.first()
            {
                let picture = first.unit.captured_at;
                assert_eq!(
                    picture, incident.first_seen,
                    "{scene}: the first picture shows the onset"
                );
            }
        }
    }
}

/// Somebody far away, so that the street is not empty.
const FAR: &str = "person 40/0";

#[test]
fn trade_beyond_the_shop_line() {
    check(&[
        (
            "a display is one case and closes when it was taken in",
            "0..700/10 goods 12/-5, rack 14/-5, sign 15.5/-4.7\n710..1000/10 -",
            "600 opened A front@shop1; 890 closed A front@shop1",
        ),
        ("within the door it is none of ours", "0..1500/10 goods 12/-6.8, rack 14/-7", ""),
        ("a delivery set down for two minutes", "0..120/10 goods 12/-5, carton 13/-5\n130..900/10 -", ""),
        (
            "tables with guests: people do not count, and do not matter",
            "0..700/10 table 13/-5, chair 13/-4.7, person 13/-4.6, chair 13/-5.3",
            "600 opened A front@shop1",
        ),
        ("guests without tables", "0..900/10 person 13/-5, person 14/-5, person 15/-5", ""),
        (
            "everything in one zone is one case, however far apart",
            "0..700/10 sign 18/-5, goods 24.5/-5",
            "600 opened A front@shop2",
        ),
        (
            "a display across two fronts is one case, two displays far apart are two",
            "0..700/10 goods 15.5/-5, rack 18/-5\n710..1600/10 -
             1610..2400/10 goods 11.3/-5, rack 24.8/-5",
            "600 opened A front@shop1; 890 closed A front@shop1; 2210 opened B front@shop1; 2210 opened C front@shop2",
        ),
        (
            "a van stops in front for five minutes: still one",
            "0..300/10 goods 13/-5, rack 14/-5\n310..600/10 bus 11/-4.6\n610..700/10 goods 13/-5, rack 14/-5",
            "610 opened A front@shop1",
        ),
        (
            "put out on and off for half of the time is below seven looks in ten",
            "0..60/10 goods 13/-5\n70..130/10 -\n140..200/10 goods 13/-5\n210..270/10 -\n280..340/10 goods 13/-5
             350..410/10 -\n420..480/10 goods 13/-5\n490..550/10 -\n560..620/10 goods 13/-5\n630..690/10 -",
            "",
        ),
        (
            "half of it taken in is still there, the last small sign is not",
            "0..700/10 rack 13/-5, rack 14/-5, rack 15.5/-5, rack 12/-5, goods 16/-5, goods 12.5/-4.8, sign 16.5/-5
             710..1000/10 rack 13/-5, sign 16.5/-5\n1010..1300/10 sign 16.5/-5",
            "600 opened A front@shop1; 1210 closed A front@shop1",
        ),
        (
            "cleared, and out again: another case",
            "0..700/10 goods 13/-5\n710..950/10 -\n960..1700/10 goods 13.4/-5",
            "600 opened A front@shop1; 890 closed A front@shop1; 1560 opened B front@shop1",
        ),
    ]);
}

#[test]
fn itinerant_vendors() {
    check(&[
        (
            "stall, umbrella, goods, a cart and the trader are one case",
            "0..300/10 stall 15/-1, umbrella 15.5/-0.5, goods 16/0.3, cart 17/-2, person 16/-0.8\n310..600/10 -",
            "180 opened A vendor@street; 490 closed A vendor@street",
        ),
        (
            "he stands behind the counter, half of him to be seen",
            "0..300/10 stall 15/-1, person [0.448 0.547 0.03 0.06]",
            "180 opened A vendor@street",
        ),
        (
            "a three-wheeler with goods on the kerb is his stand, and no parking",
            "0..600/10 three_wheeler 15/2, goods 15.5/1, person 15.2/1.2",
            "180 opened A vendor@street",
        ),
        (
            "a three-wheeler that stands alone is parked",
            "0..350/10 three_wheeler 15/2, person 15/0.5",
            "300 opened A parking@kerb",
        ),
        ("a stall nobody tends", "0..900/10 stall 15/-1, person 25/3", ""),
        (
            "a lone cart stands ten metres from him: it neither begins nor extends his case",
            "0..50/10 cart 25/-1\n60..400/10 cart 25/-1, stall 15/-1, person 15.5/-0.5\n410..700/10 cart 25/-1",
            "240 opened A vendor@street; 610 closed A vendor@street",
        ),
        (
            "tended one look in three",
            "0 stall 15/-1, person 15.5/0.5\n10..20/10 stall 15/-1\n30 stall 15/-1, person 15.5/0.5
             40..50/10 stall 15/-1\n60 stall 15/-1, person 15.5/0.5\n70..80/10 stall 15/-1
             90 stall 15/-1, person 15.5/0.5\n100..110/10 stall 15/-1\n120 stall 15/-1, person 15.5/0.5
             130..140/10 stall 15/-1\n150 stall 15/-1, person 15.5/0.5\n160..170/10 stall 15/-1
             180 stall 15/-1, person 15.5/0.5\n190..400/10 stall 15/-1",
            "",
        ),
        (
            "people walk past a cart that nobody tends, one in every look",
            "0 cart 15/0, person 14/1\n10 cart 15/0, person 15.5/-1\n20 cart 15/0, person 14.4/1.3\n30 cart 15/0, person 14/-1.2
             40 cart 15/0, person 14/1\n50 cart 15/0, person 15.5/-1\n60 cart 15/0, person 14.4/1.9\n70 cart 15/0, person 14/-1.2
             80 cart 15/0, person 14/1\n90 cart 15/0, person 15.5/-1\n100 cart 15/0, person 14.4/1.9\n110 cart 15/0, person 14/-1.2
             120 cart 15/0, person 14/1\n130 cart 15/0, person 15.5/-1\n140 cart 15/0, person 14.4/1.9\n150 cart 15/0, person 14/-1.2
             160 cart 15/0, person 14/1\n170 cart 15/0, person 15.5/-1\n180 cart 15/0, person 14.4/1.9\n190 cart 15/0, person 14/-1.2
             200..400/10 cart 15/0",
            "",
        ),
        (
            "somebody waits under an umbrella",
            "0..900/10 person 15/-1, umbrella [0.42 0.53 0.07 0.07]",
            "",
        ),
        (
            "a cart is pushed by",
            "0 cart 12/0, person 12/0.8\n10 cart 18/0, person 18/0.8\n20 cart 24/0, person 24/0.8
             30 cart 30/0, person 30/0.8\n40..400/10 -",
            "",
        ),
        (
            "in the market it is permitted",
            "0..900/10 stall 35/4, person 35.5/4.5, umbrella 36/4",
            "",
        ),
        (
            "a bus in front for two minutes: still one",
            "0..100/10 stall 15/-1, person 15.5/-0.5\n110..220/10 bus 13/-1\n230..500/10 stall 15/-1, person 15.5/-0.5",
            "230 opened A vendor@street",
        ),
        (
            "he goes for lunch, the stall stays; he moves on by eight metres: one case",
            "0..250/10 stall 15/-1, person 15.5/-0.5\n260..900/10 stall 15/-1\n910..1500/10 stall 23/-1, person 23.5/-0.5",
            "180 opened A vendor@street",
        ),
        (
            "his umbrella and boxes reach into a shop's front: his",
            "0..1500/10 stall 14/-3.6, umbrella 14/-4.7, goods 14.5/-4.9, person 14.5/-3",
            "180 opened A vendor@street",
        ),
        (
            "a stall before the shop is the shop's, attended or not",
            "0..900/10 stall 14/-5.2, person 14.5/-4.8, goods 15/-5.2",
            "600 opened A front@shop1",
        ),
        (
            "another takes the place an hour later",
            "0..300/10 stall 15/-1, person 15.5/-0.5\n310..900/10 -\n3900..4200/10 cart 15/-1, person 15.5/-0.5",
            "180 opened A vendor@street; 490 closed A vendor@street; 4080 opened B vendor@street",
        ),
    ]);
}

#[test]
fn bicycles_left_about() {
    let four = "ebike 14/-3, ebike 14.5/-2.2, bicycle 15/-3.2, ebike 15.2/-1.6";
    let rows = [
        (
            "a jumble is one case and closes when two are left",
            format!("0..700/10 {four}\n710..900/10 ebike 14/-3, bicycle 15/-3.2"),
            "600 opened A bikes@footway; 790 closed A bikes@footway",
        ),
        (
            "a passing bus leaves but a corner of one to be seen: the jumble is one",
            "0..700/10 ebike 14/-3, ebike 14.5/-2.2, bicycle 15/-3.2, ebike [0.297 0.62 0.05 0.04]".into(),
            "600 opened A bikes@footway",
        ),
        ("two at a tree", "0..900/10 ebike 14/-3, ebike 14.5/-2.2".into(), ""),
        (
            "three, but far from one another",
            "0..900/10 ebike 12/-3, ebike 17/-3, ebike 24/-3".into(),
            "",
        ),
        (
            "riders wait at a light",
            "0..900/10 ebike 14/-3, person 14/-3, ebike 14.5/-2.2, person 14.5/-2.2, ebike 15/-1.5, person 15/-1.5"
                .into(),
            "",
        ),
        (
            "a tidy row in the rack",
            "0..900/10 ebike 22/-1.8, ebike 23/-1.8, ebike 24/-1.8, ebike 25/-1.8, ebike 26/-1.8".into(),
            "",
        ),
        ("one on the tactile path", "0..700/10 bicycle 14/4.2".into(), "600 opened A bikes@path"),
        ("one beside it", "0..900/10 bicycle 14/5".into(), ""),
        (
            "a passer-by hides one for a moment, a bus all of them for three minutes",
            format!("0..200/10 {four}\n210 {four}, person 13.8/-3\n220..400/10 bus 12/-2.6\n410..700/10 {four}"),
            "600 opened A bikes@footway",
        ),
        (
            "one is taken, another put down: the jumble stays",
            "0..300/10 ebike 14/-3, ebike 14.5/-2.2, ebike 15/-3.2
             310..700/10 ebike 14/-3, ebike 14.5/-2.2, ebike 15.2/-1.4"
                .into(),
            "600 opened A bikes@footway",
        ),
        (
            "a third joins after five minutes: the dwell begins then",
            "0..290/10 ebike 14/-3, ebike 14.5/-2.2\n300..1000/10 ebike 14/-3, ebike 14.5/-2.2, ebike 15/-3.2".into(),
            "900 opened A bikes@footway",
        ),
    ];
    let rows: Vec<(&str, &str, &str)> = rows.iter().map(|(a, b, c)| (*a, b.as_str(), *c)).collect();
    check(&rows);
}

#[test]
fn garbage_on_the_ground() {
    check(&[
        (
            "three bags close together are one case",
            "0..1000/10 garbage_bag 14/1, garbage_bag 15/1.4, garbage 15.5/0.3\n1010..1300/10 -",
            "900 opened A garbage@ground; 1190 closed A garbage@ground",
        ),
        (
            "two heaps far apart are two",
            "0..1000/10 garbage_bag 13/1, garbage_bag 24/1",
            "900 opened A garbage@ground; 900 opened B garbage@ground",
        ),
        ("beside the bins", "0..2000/10 garbage_bag 12/5, garbage_bag 12.5/5.2", ""),
        ("an overflowing bin is another code", "0..2000/10 overflow 14/1", ""),
        (
            "somebody waits with his bags",
            "0..2000/10 garbage_bag 14/1, garbage_bag 14.3/1.3, person 14.2/1.8",
            "",
        ),
        (
            "his sack beside a heap that is nobody's",
            "0..1000/10 garbage_bag 14/1, garbage_bag 15/3.8, person 15.2/5",
            "900 opened A garbage@ground",
        ),
        (
            "people pass by all the time",
            "0 garbage_bag 14/1, person 14.2/1.8\n10..20/10 garbage_bag 14/1\n30 garbage_bag 14/1, person 14/1.8
             40..500/10 garbage_bag 14/1\n510..700/10 garbage_bag 14/1, person 14/1.8\n710..1000/10 garbage_bag 14/1",
            "900 opened A garbage@ground",
        ),
        (
            "a bag is carried past",
            "0 garbage_bag 12/0, person 12/0.3\n10 garbage_bag 20/0, person 20/0.3\n20 garbage_bag 28/0, person 28/0.3
             30..1200/10 -",
            "",
        ),
        (
            "a car parks in front: still one; half of it goes: still there",
            "0..400/10 garbage_bag 14/0, garbage_bag 15/0.5\n410..700/10 car 13/0\n710..1000/10 garbage_bag 14/0, garbage_bag 15/0.5
             1010..2000/10 garbage_bag 15/0.5",
            "900 opened A garbage@ground",
        ),
        (
            "cleared, and new bags in the place the next hour",
            "0..1000/10 garbage_bag 14/1\n1010..1500/10 -\n4000..5000/10 garbage_bag 14.3/1",
            "900 opened A garbage@ground; 1190 closed A garbage@ground; 4900 opened B garbage@ground",
        ),
    ]);
}

#[test]
fn materials_piled_up() {
    check(&[
        (
            "bricks and sand are one case; half gone is still there",
            "0..1900/10 brick_pile 14/0, sand_pile 16/0.5, pallet 17/0\n1910..2500/10 sand_pile 16/0.5\n2510..2800/10 -",
            "1800 opened A piles@ground; 2690 closed A piles@ground",
        ),
        (
            "within the fence of the works",
            "0..2500/10 brick_pile 35/0.5, sand_pile 37/0.5",
            "",
        ),
        (
            "in the loading bay",
            "0..2500/10 carton 18/5.2, carton 18.5/5.2, pallet 19/5.2",
            "",
        ),
        (
            "unloaded and carried in",
            "0..600/10 carton 14/0, carton 14.5/0.6, furniture 15/0\n610..2500/10 -",
            "",
        ),
        (
            "cartons before the shop are the shop's",
            "0..2500/10 carton 13/-5, carton 14/-5",
            "600 opened A front@shop1",
        ),
        (
            "a vendor's boxes are the vendor's",
            "0..2500/10 stall 15/-1, carton 15.4/0.6, carton 16/0.6, person 15.5/-0.5",
            "180 opened A vendor@street",
        ),
        (
            "a truck in front for ten minutes: still one",
            "0..900/10 furniture 14/0, board 15/0.4\n910..1500/10 bus 12/0.2\n1510..1900/10 furniture 14/0, board 15/0.4",
            "1800 opened A piles@ground",
        ),
        (
            "cleared, and new material the day after",
            "0..1900/10 sand_pile 14/0\n1910..2500/10 -\n90000..91900/10 brick_pile 14/0",
            "1800 opened A piles@ground; 2090 closed A piles@ground; 91800 opened B piles@ground",
        ),
    ]);
}

/// One violation of each class, far from one another.
const ALL_FIVE: &str = "goods 12.5/-5, rack 13.5/-5, sign 15/-4.8, stall 22/3, umbrella 22.4/3.4, person 22.5/3.2, \
    ebike 31/-4, ebike 31.4/-3.2, bicycle 31.8/-2.4, ebike 32/-1.6, garbage_bag 12/2.5, garbage_bag 12.8/2.9, \
    brick_pile 46/-1.5, sand_pile 47/-1";

fn opened(incidents: &[Incident]) -> Vec<ViolationClass> {
    let opened = incidents.iter().filter(|i| i.change == IncidentChange::Opened);
    let mut classes: Vec<_> = opened.map(|i| i.class).collect();
    classes.sort_unstable();
    classes
}

const FIVE: [ViolationClass; 5] = [
    ViolationClass::StreetFrontTrading,
    ViolationClass::ItinerantVendor,
    ViolationClass::DisorderlyNonmotorParking,
    ViolationClass::ExposedGarbage,
    ViolationClass::PiledMaterials,
];

#[test]
fn a_weak_detector_makes_no_second_case() {
    for picture in ["", "jitter", "misses 0.15", "misses 0.3", "jitter misses 0.3"] {
        let incidents = played(&format!("0..2400/10 {ALL_FIVE}, {FAR} | {picture}"));
        assert_eq!(opened(&incidents), FIVE, "{picture}: {}", tell(&incidents));
        let ended = incidents.iter().any(|i| i.change == IncidentChange::Closed);
        assert!(!ended, "{picture}: {}", tell(&incidents));
    }
}

#[test]
fn a_restart_at_any_look_makes_no_second_case() {
    let story = format!("0..5200/20 {ALL_FIVE}, {FAR}");
    for cut in (0..175).step_by(5) {
        let mut steps = parse(&story);
        steps.insert(cut, Step::Restart);
        let (incidents, _) = play_steps(&ground_zones(), steps);
        assert_eq!(opened(&incidents), FIVE, "at look {cut}: {}", tell(&incidents));
        let mut steps = parse(&story);
        steps.insert(cut, Step::Restart);
        steps.extend(parse("5220..6000/20 -"));
        let ended = play_steps(&ground_zones(), steps).0;
        let ended = ended.iter().filter(|i| i.change == IncidentChange::Closed);
        assert_eq!(ended.count(), 5, "at look {cut}");
    }
}

#[test]
fn after_a_restart_the_end_is_still_seen() {
    check(&[
        (
            "gone while nobody looked",
            "0..700/10 ebike 14/-3, ebike 14.5/-2.2, bicycle 15/-3.2\nrestart\n3000..3200/10 -",
            "600 opened A bikes@footway; 3060 closed A bikes@footway",
        ),
        (
            "hidden when we come back",
            "0..250/10 stall 15/-1, person 15.5/-0.5\nrestart\n260..900/10 bus 13/-1\n910..1200/10 stall 15/-1",
            "180 opened A vendor@street",
        ),
    ]);
}

#[test]
fn numbers_are_bounded_and_what_is_left_out_is_counted() {
    let bags: Vec<String> = (0..6).map(|i| format!("garbage_bag {}/1", 12 + 8 * i)).collect();
    let (incidents, scene) = play_steps(
        &ground_zones(),
        parse(&format!("set groups_max 5\n0..1000/10 {}", bags.join(", "))),
    );
    assert_eq!(opened(&incidents).len(), 5);
    assert!(scene.counters().groups_over_bound > 0);
    let heap: Vec<String> = (0..12)
        .map(|i| format!("garbage_bag {}/1", 12.0 + 0.6 * i as f32))
        .collect();
    let (incidents, scene) = play_steps(
        &ground_zones(),
        parse(&format!("set members_max 4\n0..1000/10 {}", heap.join(", "))),
    );
    assert_eq!(opened(&incidents).len(), 1);
    assert!(scene.counters().groups_over_bound > 0);
}

#[test]
fn the_next_look_is_asked_for_when_it_decides_something() {
    let rows = [
        (
            "a dwell runs",
            "0..40/10 stall 15/-1, person 15.5/-0.5",
            Some(180),
        ),
        (
            "not enough of them",
            "0..40/10 ebike 14/-3, ebike 14.5/-2.2",
            None,
        ),
        (
            "open, and seen empty once",
            "0..200/10 stall 15/-1, person 15.5/-0.5\n210 -",
            Some(390),
        ),
        (
            "open and standing",
            "0..200/10 stall 15/-1, person 15.5/-0.5",
            None,
        ),
    ];
    for (scene, story, want) in rows {
        let (_, at_the_end) = play_steps(&ground_zones(), parse(story));
        assert_eq!(
            at_the_end.next_due().map(|wanted| wanted.at),
            want.map(|s: i64| Wall(s * 1000)),
            "{scene}"
        );
    }
}

#[test]
fn bad_boxes_are_passed_over() {
    check(&[(
        "without sense",
        "0..900/10 goods [NaN 0.4 0.1 0.1], ebike [0.1 0.4 -0.1 0.1], stall [9 9 1 1], garbage [0.1 inf 0.1 0.1]",
        "",
    )]);
}

/// What one look may hold.
const THINGS: [&str; 14] = [
    "goods 13/-5",
    "stall 15/-1",
    "stall 14.5/-4.4",
    "umbrella 15.2/-0.6",
    "person 15.5/-0.5",
    "three_wheeler 16/2",
    "ebike 14/-3",
    "ebike 14.5/-2.2",
    "bicycle 15/-3.2",
    "garbage_bag 13/1",
    "garbage_bag 18/1 0.3",
    "carton 14/-4.3",
    "sand_pile 20/0",
    "bus 12/-2",
];

fn street() -> impl Strategy<Value = Vec<Observation>> {
    let run = (
        prop::collection::hash_set(0..THINGS.len(), 0..9),
        prop::bool::ANY,
        1usize..12,
    );
    (prop::collection::vec(run, 1..8), 20i64..150).prop_map(|(runs, step)| {
        let (mut lines, mut secs) = (Vec::new(), 0);
        for (things, jitter, looks) in runs {
            let mut things: Vec<usize> = things.into_iter().collect();
            things.sort_unstable();
            let things: Vec<&str> = things.into_iter().map(|i| THINGS[i]).collect();
            for _ in 0..looks {
                let picture = if jitter { "jitter" } else { "" };
                lines.push(format!("{secs} {} | {picture}", things.join(", ")));
                secs += step;
            }
        }
        let looks = parse(&lines.join("\n")).into_iter().enumerate();
        looks
            .filter_map(|(i, step)| match step {
                Step::Look(look) => Some(observation(&look, i as u64)),
                Step::Set(..) | Step::Restart => None,
            })
            .collect()
    })
}

fn run(street: &[Observation]) -> Vec<Incident> {
    let mut scene = CameraScene::new(camera(), ground_zones(), Options::default());
    street.iter().flat_map(|o| scene.observe(o.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_detections_does_not_matter(street in street(), turn in 1usize..5) {
        let mut turned = street.clone();
        for observation in &mut turned {
            observation.detections.reverse();
            let count = observation.detections.len();
            if count > 0 {
                observation.detections.rotate_left(turn % count);
            }
        }
        prop_assert_eq!(format!("{:?}", run(&street)), format!("{:?}", run(&turned)));
    }

    #[test]
    fn a_life_is_opened_once_and_ended_at_most_once(street in street()) {
        let mut open = std::collections::HashSet::new();
        let mut used = std::collections::HashSet::new();
        for incident in run(&street) {
            match incident.change {
                IncidentChange::Opened => {
                    prop_assert!(used.insert(incident.key.clone()));
                    open.insert(incident.key.clone());
                }
                IncidentChange::Still => prop_assert!(open.contains(&incident.key)),
                IncidentChange::Closed | IncidentChange::Reoccupied => {
                    prop_assert!(open.remove(&incident.key));
                }
            }
            let stood = incident.last_seen.at.millis_since(incident.first_seen.at);
            prop_assert!(stood >= i64::from(incident.rule.dwell_secs) * 1000);
        }
    }
}

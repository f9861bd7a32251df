//! Re-checks as their callers see them: a street in one word a look, an order, and the answer it must get.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a street that does not parse is a broken test"
)]

use std::sync::Arc;

use bytes::Bytes;
use curbwatch_scene::{CameraScene, Options, Reference, ViewOptions};
use curbwatch_types::{
    AccessUnit, Appearance, BBox, CameraId, CapturedAt, Codec, Detection, Epoch, Health, Inconclusive,
    LookWhy, Luma, MediaTime, Monotonic, ObjectClass, Observation, Point, Polygon, RecheckOrder,
    RecheckPurpose, Score, Taint, Verdict, ViewId, ViolationClass, Wall, Zone, ZoneId, ZoneKind,
};

const WIDTH: usize = 96;
const HEIGHT: usize = 72;
const PLACE: BBox = BBox {
    x: 0.30,
    y: 0.50,
    w: 0.16,
    h: 0.14,
};
const STEP_SECS: i64 = 10;

fn camera() -> CameraId {
    CameraId::new("kerb").expect("an id")
}

fn view(id: &str) -> ViewId {
    ViewId::new(id).expect("an id")
}

fn zone(id: &str, kind: ZoneKind, dwell_secs: u32) -> Zone {
    let corners = [(0.05, 0.4), (0.95, 0.4), (0.95, 0.9), (0.05, 0.9)];
    Zone {
        id: ZoneId::new(id).expect("an id"),
        view: view("V1"),
        kind,
        polygon: Polygon::new(corners.map(|(x, y)| Point::new(x, y)).to_vec()).expect("a rectangle"),
        dwell_secs: Some(dwell_secs),
    }
}

fn noise(x: u32, y: u32) -> u8 {
    let mut h = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    (h >> 13) as u8
}

/// A thing of a word: `red`, `blue` cars, a `faint` one; `bus` in front of the place; `bag`s, one to three; `gate` and `gate-blue` are another view.
fn things(word: &str) -> Vec<(ObjectClass, BBox, u32)> {
    let bag = |i: u8| BBox::new(0.30 + 0.05 * f32::from(i), 0.60, 0.04, 0.05);
    let bags = |n: u8| (0..n).map(|i| (ObjectClass::GarbageBag, bag(i), 40 + u32::from(i)));
    let front = BBox::new(0.22, 0.40, 0.34, 0.40);
    match word {
        "red" | "faint" => vec![(ObjectClass::Car, PLACE, 1)],
        "blue" | "gate-blue" => vec![(ObjectClass::Car, PLACE, 2)],
        "bus" => vec![(ObjectClass::Bus, front, 3)],
        "bags" => bags(3).collect(),
        "bag" => bags(1).collect(),
        "-" | "moved" | "tainted" | "same" | "dark" | "flat" | "missed" | "card" | "gate" | "blurred"
        | "flash" | "grey" => Vec::new(),
        _ => panic!("no word {word}"),
    }
}

fn draw(word: &str, things: &[(ObjectClass, BBox, u32)]) -> Luma {
    let world = match word {
        "moved" => 7777,
        "gate" | "gate-blue" => 555,
        _ => 0,
    };
    let mut samples = Vec::with_capacity(WIDTH * HEIGHT);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            if word == "card" {
                let writing = (30..42).contains(&y) && (20..76).contains(&x) && x % 8 < 3;
                samples.push(if writing {
                    220
                } else {
                    30 + ((x * 5 + y * 3) % 4) as u8
                });
                continue;
            }
            let shade = 60 + noise((x / 3) as u32 + world, (y / 3) as u32 + world) / 2;
            samples.push(if word == "flash" { 150 + shade / 2 } else { shade });
        }
    }
    for (_, b, paint) in things {
        let span = |start: f32, size: f32, n: usize| {
            (start * n as f32) as usize..(((start + size) * n as f32) as usize).min(n)
        };
        for y in span(b.y, b.h, HEIGHT) {
            for x in span(b.x, b.w, WIDTH) {
                let (u, v) = (
                    (x as f32 / WIDTH as f32 - b.x) / b.w,
                    (y as f32 / HEIGHT as f32 - b.y) / b.h,
                );
                samples[y * WIDTH + x] = noise(paint * 97 + (u * 4.0) as u32, (v * 4.0) as u32);
            }
        }
    }
    Luma {
        width: WIDTH,
        height: HEIGHT,
        samples: samples.into(),
    }
}

fn observation(word: &str, index: i64) -> Observation {
    let shows = things(word);
    // A missed car stands in the picture, but the detector says nothing.
    // A faint one is the detector's alone.
    let drawn = match word {
        "missed" => things("red"),
        "faint" => Vec::new(),
        _ => shows.clone(),
    };
    let (mean_luma, luma_deviation) = match word {
        "dark" => (3.0, 1.0),
        "flat" => (120.0, 1.0),
        _ => (120.0, 40.0),
    };
    let captured_at = CapturedAt {
        at: Wall(index * STEP_SECS * 1000),
        uncertainty_ms: 0,
    };
    let detection = |(class, bbox, paint): &(ObjectClass, BBox, u32)| Detection {
        class: *class,
        score: Score::new(if word == "faint" { 0.22 } else { 0.7 }),
        bbox: *bbox,
        appearance: class
            .is_motor_vehicle()
            .then(|| Appearance((0..4).map(|i| f32::from(u8::from(paint % 4 == i))).collect())),
    };
    Observation {
        camera: camera(),
        epoch: Epoch::default(),
        picture: index as u64,
        captured_at,
        why: LookWhy::Routine,
        size: (1280, 960),
        detections: shows.iter().map(detection).collect(),
        closeups: Vec::new(),
        thumbnail: draw(word, &drawn),
        health: Health {
            mean_luma,
            luma_deviation,
            sharpness: if word == "blurred" { 0.4 } else { 2.0 },
            chroma: if word == "grey" { 0.0 } else { 5.0 },
            coded_digest: if word == "same" { 1 } else { 1000 + index as u64 },
        },
        model: Arc::from("script"),
        unit: AccessUnit {
            camera: camera(),
            epoch: Epoch::default(),
            codec: Codec::H264,
            keyframe: true,
            taint: if word == "tainted" {
                Taint::Loss
            } else {
                Taint::Clean
            },
            media_time: MediaTime(0),
            received: Monotonic::default(),
            captured_at,
            bytes: Bytes::from(vec![index as u8; 8]),
        },
    }
}

fn order(class: ViolationClass, incident: Option<Arc<str>>, at: Wall) -> RecheckOrder {
    RecheckOrder {
        id: "o-1".into(),
        purpose: RecheckPurpose::Check,
        camera: camera(),
        bbox: incident.is_none().then_some(PLACE),
        incident,
        class,
        view: None,
        zone: None,
        appearance: None,
        ordered_at: at,
        deadline: at.plus_millis(300_000),
    }
}

fn scene() -> CameraScene {
    let zones = vec![
        zone("kerb", ZoneKind::NoParking, 100),
        zone("ground", ZoneKind::PublicGround, 100),
    ];
    CameraScene::new(camera(), zones, Options::default())
}

/// A head with a second view, of which a picture is stored; motor vehicles must not stand in either.
fn ptz() -> CameraScene {
    let of_view = |id: &str, word: &str| ViewOptions {
        view: view(id),
        reference: Reference::new(&draw(word, &[])),
        ground_from_image: None,
    };
    let at_the_gate = Zone {
        view: view("gate"),
        ..zone("drive", ZoneKind::NoParking, 100)
    };
    let options = Options {
        views: vec![of_view("V1", "-"), of_view("gate", "gate")],
        ..Options::default()
    };
    CameraScene::new(
        camera(),
        vec![zone("kerb", ZoneKind::NoParking, 100), at_the_gate],
        options,
    )
}

/// `red*12 ! - -`: twelve looks at the red car, the order, two looks at an empty place. The order is about the incident
/// that opened last (`!`) or about the place (`?`).
fn play(class: ViolationClass, street: &str) -> Verdict {
    play_at(scene(), class, street)
}

fn play_at(mut scene: CameraScene, class: ViolationClass, street: &str) -> Verdict {
    let (mut index, mut key) = (0, None);
    let mut verdicts = Vec::new();
    for word in street.split_whitespace() {
        if word == "!" || word == "?" {
            let at = Wall((index - 1) * STEP_SECS * 1000);
            scene.recheck(order(class, key.clone().filter(|_| word == "!"), at));
            continue;
        }
        let (word, times) = word.split_once('*').unwrap_or((word, "1"));
        for _ in 0..times.parse().expect("a number") {
            for incident in scene.observe(observation(word, index)) {
                key = Some(incident.key);
            }
            index += 1;
            let now = Wall((index - 1) * STEP_SECS * 1000);
            verdicts.extend(scene.verdicts(now, Inconclusive::NoPicture));
        }
    }
    verdicts.extend(scene.verdicts(Wall(i64::MAX), Inconclusive::CameraGone));
    assert_eq!(verdicts.len(), 1, "{street}: one order, one answer");
    verdicts.pop().expect("it is there")
}

fn told(verdict: &Verdict) -> String {
    let reason = verdict.answer.reason().map(|r| format!(" {}", r.name()));
    format!("{}{}", verdict.answer.name(), reason.unwrap_or_default())
}

#[test]
fn a_vehicle_is_present_cleared_reoccupied_or_nothing_is_said() {
    let rows = [
        ("it stands there", "red*12 ! red*4", "present"),
        ("one look before the deadline", "red*12 ! - red", "present"),
        ("it is missed once", "red*12 ! red - red red", "present"),
        (
            "the detector misses it",
            "red*12 ! missed*30",
            "inconclusive occluded",
        ),
        ("it has gone", "red*12 ! -*8", "cleared"),
        (
            "a minute has not passed",
            "red*12 ! -*3",
            "inconclusive undecided",
        ),
        ("it left before the order", "red*12 -*12 ! -*8", "cleared"),
        ("another one came after it", "red*12 -*3 ! blue*8", "reoccupied"),
        (
            "another one, when the case was closed",
            "red*12 -*12 ! blue*8",
            "reoccupied",
        ),
        (
            "another one, asked for by its place soon after",
            "red*12 -*12 ? blue*8",
            "reoccupied",
        ),
        (
            "another one, asked for by its place hours after",
            "red*12 -*800 ? blue*8",
            "present",
        ),
        (
            "another one, hours after, asked for by its case",
            "red*12 -*800 ! blue*8",
            "reoccupied",
        ),
        (
            "the same one came back after the case was closed",
            "red*12 -*12 ! red*8",
            "present",
        ),
        (
            "a bus stops in front of it",
            "red*12 ! bus*30",
            "inconclusive occluded",
        ),
        ("the bus drives on, it has gone", "red*12 ! bus*9 -*8", "cleared"),
        (
            "the camera looks elsewhere",
            "red*12 ! moved*30",
            "inconclusive moved",
        ),
        (
            "the picture stands still",
            "red*12 ! - same*30",
            "inconclusive frozen",
        ),
        ("the lens is covered", "red*12 ! flat*30", "inconclusive obscured"),
        ("out of focus", "red*12 ! blurred*30", "inconclusive blurred"),
        ("one look in a flash", "red*12 ! flash", "inconclusive dazzled"),
        (
            "between colour and infrared",
            "red*12 ! grey grey",
            "inconclusive switching",
        ),
        (
            "it has gone, flash or no flash",
            "red*12 ! - flash -*8",
            "cleared",
        ),
        (
            "a card says that somebody else looks",
            "red*12 ! - card*30",
            "inconclusive placeholder",
        ),
        ("the night is black", "red*12 ! dark*30", "inconclusive too_dark"),
        (
            "pictures with holes",
            "red*12 ! tainted*30",
            "inconclusive tainted",
        ),
        ("nothing comes", "red*12 !", "inconclusive camera_gone"),
        ("nobody was a case, one is asked for", "-*3 ? red*4", "present"),
        ("nobody was a case, nobody is there", "-*3 ? -*8", "cleared"),
        (
            "nobody was a case, a reflection is there",
            "-*3 ? faint*8",
            "cleared",
        ),
        (
            "it was no case yet, another one is there",
            "red*5 ? blue*8",
            "reoccupied",
        ),
    ];
    for (name, street, want) in rows {
        let verdict = play(ViolationClass::IllegalMotorParking, street);
        assert_eq!(told(&verdict), want, "{name}");
    }
}

#[test]
fn of_a_view_that_is_not_shown_nothing_is_said() {
    let rows = [
        (
            "the head shows the gate",
            "red*12 ! gate*30",
            "inconclusive unknown_view",
        ),
        (
            "and a car stands in the same place there",
            "red*12 ! gate-blue*30",
            "inconclusive unknown_view",
        ),
        (
            "the head shows what nobody stored",
            "red*12 ! moved*30",
            "inconclusive unknown_view",
        ),
        ("it turns back", "red*12 ! gate*9 red*8", "present"),
        (
            "it turns back, the car has gone",
            "red*12 ! gate*9 -*8",
            "cleared",
        ),
        (
            "it is at the gate when it is asked",
            "red*12 gate*4 ! -*8",
            "cleared",
        ),
        (
            "the case is one of the gate's",
            "-*3 gate-blue*12 ! -*30",
            "inconclusive unknown_view",
        ),
        (
            "and the head shows the gate",
            "-*3 gate-blue*12 -*4 ! gate*8",
            "cleared",
        ),
        (
            "asked about the place that is shown",
            "-*3 gate*2 ? gate-blue*8",
            "present",
        ),
    ];
    for (name, street, want) in rows {
        let verdict = play_at(ptz(), ViolationClass::IllegalMotorParking, street);
        assert_eq!(told(&verdict), want, "{name}");
    }
    let shown = play_at(
        ptz(),
        ViolationClass::IllegalMotorParking,
        "-*3 gate-blue*12 ! gate*8",
    );
    assert_eq!(shown.view, Some(view("gate")));
}

/// An order finds its view by the case, by the view or zone it names, else by what is shown.
#[test]
fn an_order_is_about_one_view() {
    let asked = |about: RecheckOrder| {
        let mut scene = ptz();
        scene.observe(observation("-", 0));
        scene.recheck(about);
        let wanted = scene.next_due().map(|wanted| wanted.place);
        let verdict = scene.verdicts(Wall(0), Inconclusive::NoPicture).pop();
        (wanted, verdict.map(|verdict| told(&verdict)))
    };
    let plain = order(ViolationClass::IllegalMotorParking, None, Wall(0));
    let whole = Some(BBox::new(0.0, 0.0, 1.0, 1.0));
    let here = RecheckOrder {
        view: Some(view("V1")),
        ..plain.clone()
    };
    let there = RecheckOrder {
        view: Some(view("gate")),
        ..plain.clone()
    };
    let drive = RecheckOrder {
        zone: Some(ZoneId::new("drive").expect("an id")),
        ..plain.clone()
    };
    let nowhere = RecheckOrder {
        view: Some(view("yard")),
        ..plain.clone()
    };
    assert_eq!(asked(plain), (Some(PLACE), None));
    assert_eq!(asked(here), (Some(PLACE), None));
    assert_eq!(
        asked(there),
        (whole, None),
        "nobody knows where that lies in what is shown"
    );
    assert_eq!(asked(drive), (whole, None));
    assert_eq!(asked(nowhere), (None, Some("inconclusive unknown".to_owned())));
}

#[test]
fn of_bags_half_gone_is_still_there() {
    let rows = [
        ("they lie there", "bags*15 ! bags*8", "present"),
        ("one is left", "bags*15 ! bag*8", "present"),
        ("they are gone", "bags*15 ! -*20", "cleared"),
        (
            "three minutes have not passed",
            "bags*15 ! -*10",
            "inconclusive undecided",
        ),
        ("they were gone before", "bags*15 -*30 ! -*20", "cleared"),
        ("new ones lie where they were", "bags*15 -*30 ! bag*8", "present"),
        (
            "a car hides the place",
            "bags*15 ! bus*30",
            "inconclusive occluded",
        ),
    ];
    for (name, street, want) in rows {
        let verdict = play(ViolationClass::ExposedGarbage, street);
        assert_eq!(told(&verdict), want, "{name}");
    }
}

#[test]
fn a_verdict_comes_with_both_pictures() {
    let verdict = play(ViolationClass::IllegalMotorParking, "red*12 ! -*8");
    let before = verdict.before.expect("the scene holds it");
    let after = verdict.after.expect("the latest look");
    assert!(before.unit.captured_at.at <= verdict.order.ordered_at);
    assert_eq!(after.unit.captured_at, verdict.decided_at);
    assert!(before.bbox.iou(&after.bbox) > 0.9, "the same place in both");
    assert_eq!((verdict.looks, verdict.telling_looks), (7, 7));
}

#[test]
fn orders_are_bounded_and_one_given_twice_is_one() {
    let mut scene = scene();
    let max = Options::default().rechecks_max;
    for i in 0..=max {
        let id = format!("o-{i}").into();
        let about = order(ViolationClass::IllegalMotorParking, None, Wall(0));
        for _ in 0..2 {
            scene.recheck(RecheckOrder {
                id: Arc::clone(&id),
                ..about.clone()
            });
        }
    }
    assert_eq!(scene.rechecks_pending(), max);
    // The one beyond the bound was given twice and is refused twice: it never waited.
    let refused = scene.verdicts(Wall(1), Inconclusive::NoPicture);
    assert!(refused.iter().all(|v| told(v) == "inconclusive overload"));
    assert_eq!(refused.len(), 2);

    // Nobody knows this case, and no rule about piles holds here.
    let unknown = order(ViolationClass::IllegalMotorParking, Some("f00".into()), Wall(0));
    let mut scene = self::scene();
    scene.recheck(RecheckOrder {
        bbox: None,
        ..unknown
    });
    let verdict = scene.verdicts(Wall(0), Inconclusive::NoPicture);
    assert_eq!(told(&verdict[0]), "inconclusive unknown");
}

#[test]
fn an_order_asks_for_looks() {
    let mut scene = scene();
    scene.observe(observation("-", 0));
    assert_eq!(scene.next_due(), None);
    scene.recheck(order(ViolationClass::IllegalMotorParking, None, Wall(5_000)));
    let wanted = scene.next_due().expect("an order waits");
    assert_eq!((wanted.at, wanted.why), (Wall(5_001), LookWhy::Recheck));
    scene.observe(observation("-", 1));
    // The place was seen empty; the look that could say so for good is due in a minute.
    assert_eq!(scene.next_due().expect("it waits still").at, Wall(70_000));
}

/// A re-check is input, not a back edge: cases are the same with and without orders.
#[test]
fn an_order_changes_no_case() {
    let street = "red*12 - red*3 bus*4 -*9 blue*15 bags*20 moved*3 red*12 -*10";
    let cases = |with_orders: bool| {
        let mut scene = scene();
        let (mut index, mut told) = (0, Vec::new());
        for word in street.split_whitespace() {
            let (word, times) = word.split_once('*').unwrap_or((word, "1"));
            for _ in 0..times.parse().expect("a number") {
                if with_orders {
                    for class in [
                        ViolationClass::IllegalMotorParking,
                        ViolationClass::ExposedGarbage,
                    ] {
                        let about = order(class, None, Wall(index * STEP_SECS * 1000 - 1));
                        scene.recheck(RecheckOrder {
                            id: format!("{}-{index}", class.name()).into(),
                            ..about
                        });
                    }
                    scene.verdicts(Wall(index * STEP_SECS * 1000), Inconclusive::NoPicture);
                }
                let incidents = scene.observe(observation(word, index));
                told.extend(
                    incidents
                        .iter()
                        .map(|i| format!("{} {} {}", index, i.key, i.change.name())),
                );
                index += 1;
            }
        }
        told
    };
    let without = cases(false);
    assert!(without.len() >= 4, "something happens: {without:?}");
    assert_eq!(cases(true), without);
}

//! Scenes in words: a script of looks and what they show, played to a `CameraScene`.
//!
//! ```text
//! set dwell_secs 600              an option, before the first look
//! 0..300/5 car kerb               looks at 0, 5, ... 300 s, each showing a car in the place `kerb`
//! 305 -                           one look, nothing in it
//! 310 car kerb red, bus front     looks like `red` (appearance and picture); commas between things
//! 315 car kerb 0.3                a detection of score 0.3
//! 320 missed car kerb             it stands there, but the detector does not see it
//! 325 car [0.1 0.4 0.1 0.1]       a place by its box
//! 326 stall 15/-2                 on the ground, 15 m along the street and 2 m to the left (`ground_zones`)
//! 330 car kerb | shift 0.05 0.02  the picture's content has moved; also: tainted, black, same, elsewhere, jitter,
//!                                 misses 0.3 (of the detections, by chance)
//! restart                         a new scene adopts the open incidents
//! ```
//!
//! The thumbnail is drawn: a street of blocks, and the things on it, so that registration and the
//! picture witness work as on real pictures.

use std::sync::Arc;

use bytes::Bytes;
use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{
    AccessUnit, Appearance, BBox, CameraId, CapturedAt, Codec, Detection, Epoch, Health, Incident, LookWhy,
    Luma, MediaTime, Monotonic, ObjectClass, Observation, Point, Polygon, Score, Taint, ViewId, Wall, Zone,
    ZoneId, ZoneKind,
};

const WIDTH: usize = 64;
const HEIGHT: usize = 48;

/// One thing in one look.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) class: ObjectClass,
    pub(crate) bbox: BBox,
    pub(crate) score: f32,
    /// What it looks like: seeds its drawing and, when named, its appearance vector.
    pub(crate) paint: u32,
    pub(crate) appearance: Option<Vec<f32>>,
    pub(crate) detected: bool,
}

/// One look, before it is an observation.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    pub(crate) secs: i64,
    pub(crate) things: Vec<Thing>,
    pub(crate) shift: Point,
    pub(crate) taint: Taint,
    pub(crate) black: bool,
    pub(crate) same: bool,
    pub(crate) elsewhere: bool,
}

/// A line of a script.
pub(crate) enum Step {
    Set(String, f32),
    Look(Scripted),
    Restart,
}

pub(crate) fn zones() -> Vec<Zone> {
    let zone = |id: &str, kind, dwell_secs, [x0, y0, x1, y1]: [f32; 4]| Zone {
        id: ZoneId::new(id).expect("id"),
        view: ViewId::new("V1").expect("id"),
        kind,
        polygon: Polygon::new(
            [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
                .map(|(x, y)| Point::new(x, y))
                .to_vec(),
        )
        .expect("rectangle"),
        dwell_secs,
    };
    vec![
        zone("kerb", ZoneKind::NoParking, None, [0.02, 0.35, 0.60, 0.60]),
        zone("bay", ZoneKind::LegalBay, None, [0.45, 0.35, 0.60, 0.60]),
        zone(
            "footway",
            ZoneKind::NoParking,
            Some(120),
            [0.62, 0.35, 0.90, 0.60],
        ),
        zone("road", ZoneKind::Carriageway, None, [0.0, 0.60, 1.0, 1.0]),
        zone("sky", ZoneKind::Ignore, None, [0.0, 0.0, 1.0, 0.20]),
    ]
}

/// Height of the lens over the ground in metres, focal length in picture heights, and the horizon's row.
const LENS_M: f32 = 5.0;
const FOCAL: f32 = 1.2;
const HORIZON: f32 = 0.3;

/// Where a spot on the ground appears, metres along the street and to the right of its middle.
fn on_the_ground(along: f32, across: f32) -> Point {
    let scale = FOCAL / along;
    let x = 0.5 + across * scale * HEIGHT as f32 / WIDTH as f32;
    Point::new(x, HORIZON + LENS_M * scale)
}

/// A street on the ground: shops to the left, zones of every kind.
pub(crate) fn ground_zones() -> Vec<Zone> {
    let zone = |id: &str, kind, (near, far): (f32, f32), (left, right): (f32, f32)| Zone {
        id: ZoneId::new(id).expect("id"),
        view: ViewId::new("V1").expect("id"),
        kind,
        polygon: Polygon::new(
            [(near, left), (near, right), (far, right), (far, left)]
                .map(|(along, across)| {
                    let p = on_the_ground(along, across);
                    Point::new(p.x.clamp(0.0, 1.0), p.y.clamp(0.0, 1.0))
                })
                .to_vec(),
        )
        .expect("four corners"),
        dwell_secs: None,
    };
    let long = (9.5, 60.0);
    vec![
        zone("shop1", ZoneKind::Frontage, (11.0, 17.0), (-6.0, -4.4)),
        zone("shop2", ZoneKind::Frontage, (17.0, 25.0), (-6.0, -4.4)),
        zone("street", ZoneKind::RoadPublic, long, (-6.0, 6.0)),
        zone("market", ZoneKind::PermittedMarket, (30.0, 50.0), (2.0, 6.0)),
        zone("footway", ZoneKind::NoParkingBikes, long, (-4.4, -1.0)),
        zone("rack", ZoneKind::BikeRack, (20.0, 30.0), (-2.5, -1.0)),
        zone("path", ZoneKind::TactilePath, long, (3.9, 4.5)),
        zone("fire", ZoneKind::FireLane, (50.0, 60.0), (-1.0, 1.0)),
        zone("ground", ZoneKind::PublicGround, long, (-6.0, 6.0)),
        zone("bins", ZoneKind::BinApron, (10.0, 14.0), (4.6, 6.0)),
        zone("works", ZoneKind::ConstructionSite, (30.0, 45.0), (-1.0, 2.0)),
        zone("loading", ZoneKind::LoadingBay, (16.0, 20.0), (4.6, 6.0)),
        zone("kerb", ZoneKind::NoParking, (9.5, 40.0), (1.0, 3.0)),
    ]
}

/// Width and height of a thing in metres.
fn size_of(class: ObjectClass) -> (f32, f32) {
    match class {
        ObjectClass::Person => (0.5, 1.7),
        ObjectClass::Stall => (2.0, 2.1),
        ObjectClass::Umbrella => (2.2, 2.4),
        ObjectClass::Cart => (1.2, 1.1),
        ObjectClass::Rack => (1.0, 1.4),
        ObjectClass::Table => (0.9, 0.75),
        ObjectClass::Sign => (0.5, 1.0),
        ObjectClass::GarbageBag => (0.6, 0.55),
        ObjectClass::Garbage => (1.0, 0.35),
        ObjectClass::SandPile => (2.0, 0.9),
        ObjectClass::Furniture => (1.6, 0.9),
        ObjectClass::ThreeWheeler => (1.3, 1.6),
        ObjectClass::Ebike | ObjectClass::Bicycle => (0.9, 1.1),
        ObjectClass::Car => (1.8, 1.5),
        ObjectClass::Bus => (2.5, 3.0),
        ObjectClass::Chair | ObjectClass::Overflow => (0.5, 0.9),
        _ => (1.0, 0.7),
    }
}

/// The box of a thing that stands at `along/across`.
fn standing(class: ObjectClass, spot: &str) -> Option<BBox> {
    let (along, across) = spot.split_once('/')?;
    let (along, across) = (along.parse().ok()?, across.parse().ok()?);
    let (wide, high) = size_of(class);
    let (foot, scale) = (on_the_ground(along, across), FOCAL / along);
    let (w, h) = (wide * scale * HEIGHT as f32 / WIDTH as f32, high * scale);
    Some(BBox::new(foot.x - w / 2.0, foot.y - h, w, h))
}

fn place(name: &str) -> BBox {
    let (x, y, w, h) = match name {
        "kerb" => (0.08, 0.38, 0.12, 0.14),
        "kerb2" => (0.21, 0.38, 0.12, 0.14),
        "kerb3" => (0.33, 0.38, 0.12, 0.14),
        "bay" => (0.46, 0.38, 0.12, 0.14),
        "footway" => (0.70, 0.40, 0.10, 0.12),
        "road" => (0.30, 0.60, 0.14, 0.20),
        "front" => (0.04, 0.40, 0.22, 0.30),
        "tiny" => (0.12, 0.41, 0.024, 0.024),
        "sky" => (0.30, 0.05, 0.08, 0.10),
        _ => panic!("no place {name}"),
    };
    BBox::new(x, y, w, h)
}

pub(crate) fn parse(script: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
        match head {
            "set" => {
                let (name, value) = rest.split_once(' ').expect("set NAME VALUE");
                steps.push(Step::Set(name.into(), value.parse().expect("a number")));
            }
            "restart" => steps.push(Step::Restart),
            _ => {
                let number = |text: &str| text.parse::<i64>().expect("seconds");
                let (span, step) = head.split_once('/').unwrap_or((head, "1"));
                let (from, to) = span.split_once("..").unwrap_or((span, span));
                let (things, picture) = rest.split_once('|').unwrap_or((rest, ""));
                for secs in (number(from)..=number(to)).step_by(number(step) as usize) {
                    steps.push(Step::Look(look(secs, things, picture)));
                }
            }
        }
    }
    steps
}

fn look(secs: i64, things: &str, picture: &str) -> Scripted {
    let words: Vec<&str> = picture.split_whitespace().collect();
    let shift = words
        .iter()
        .position(|w| *w == "shift")
        .map_or(Point::default(), |i| {
            Point::new(words[i + 1].parse().expect("x"), words[i + 2].parse().expect("y"))
        });
    let jitter = words.contains(&"jitter");
    let missed = words
        .iter()
        .position(|w| *w == "misses")
        .map_or(0.0, |i| words[i + 1].parse::<f32>().expect("a share"));
    let chance = |i: usize| f32::from(noise(secs as u32 ^ 0x5eed, 77 + i as u32)) / 256.0;
    let things = things
        .split(',')
        .map(str::trim)
        .filter(|t| !t.is_empty() && *t != "-");
    Scripted {
        secs,
        things: things
            .enumerate()
            .map(|(i, text)| {
                let mut thing = thing(text, jitter.then_some((secs, i)));
                thing.detected &= chance(i) >= missed;
                thing
            })
            .collect(),
        shift,
        taint: if words.contains(&"tainted") {
            Taint::Loss
        } else {
            Taint::Clean
        },
        black: words.contains(&"black"),
        same: words.contains(&"same"),
        elsewhere: words.contains(&"elsewhere"),
    }
}

fn thing(text: &str, jitter: Option<(i64, usize)>) -> Thing {
    let (before, (numbers, after)) = match text.split_once('[') {
        Some((before, rest)) => (before, rest.split_once(']').expect("a closing bracket")),
        None => (text, ("", "")),
    };
    let corners: Vec<f32> = numbers
        .split_whitespace()
        .map(|n| n.parse().expect("a number"))
        .collect();
    let given = (!corners.is_empty()).then(|| BBox::new(corners[0], corners[1], corners[2], corners[3]));
    let mut words = before
        .split_whitespace()
        .chain(after.split_whitespace())
        .peekable();
    let detected = words.next_if_eq(&"missed").is_none();
    let class = ObjectClass::from_name(words.next().expect("a class")).expect("a known class");
    let mut bbox = given.unwrap_or_else(|| {
        let word = words.next().expect("a place");
        standing(class, word).unwrap_or_else(|| place(word))
    });
    let (mut score, mut paint, mut appearance) = (0.6, seed(class.name()), None);
    for word in words {
        if let Ok(number) = word.parse() {
            score = number;
        } else {
            paint = seed(word);
            appearance = Some((0..8).map(|i| if paint % 8 == i { 1.0 } else { 0.0 }).collect());
        }
    }
    if let Some((secs, i)) = jitter {
        // A third of a box to and fro, size by a fifth.
        let wobble = |salt: u32| (f32::from(noise(secs as u32, i as u32 + salt)) / 255.0 - 0.5) * 2.0;
        bbox = BBox::new(
            bbox.x + 0.17 * wobble(1) * bbox.w,
            bbox.y + 0.17 * wobble(2) * bbox.h,
            bbox.w * (1.0 + 0.2 * wobble(3)),
            bbox.h * (1.0 + 0.2 * wobble(4)),
        );
    }
    Thing {
        class,
        bbox,
        score,
        paint,
        appearance,
        detected,
    }
}

fn seed(word: &str) -> u32 {
    word.bytes().fold(2_166_136_261, |hash, b| {
        (hash ^ u32::from(b)).wrapping_mul(16_777_619)
    })
}

fn noise(x: u32, y: u32) -> u8 {
    let mut h = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    (h >> 13) as u8
}

fn draw(look: &Scripted) -> Luma {
    if look.black {
        return Luma {
            width: WIDTH,
            height: HEIGHT,
            samples: vec![2; WIDTH * HEIGHT],
        };
    }
    let (dx, dy) = (
        (look.shift.x * WIDTH as f32).round() as i32,
        (look.shift.y * HEIGHT as f32).round() as i32,
    );
    let world = if look.elsewhere { 7777 } else { 0 };
    let mut samples = Vec::with_capacity(WIDTH * HEIGHT);
    for y in 0..HEIGHT as i32 {
        for x in 0..WIDTH as i32 {
            let block = |v: i32, d: i32| ((v - d + 960) / 3) as u32 + world;
            samples.push(60 + noise(block(x, dx), block(y, dy)) / 2);
        }
    }
    for thing in &look.things {
        let b = thing.bbox;
        let span = |start: f32, size: f32, n: usize| {
            let n = n as f32;
            ((start * n).clamp(0.0, n) as usize)..(((start + size) * n).clamp(0.0, n) as usize)
        };
        for y in span(b.y, b.h, HEIGHT) {
            for x in span(b.x, b.w, WIDTH) {
                let (u, v) = (
                    (x as f32 / WIDTH as f32 - b.x) / b.w,
                    (y as f32 / HEIGHT as f32 - b.y) / b.h,
                );
                samples[y * WIDTH + x] = noise(thing.paint ^ (u * 4.0) as u32, (v * 4.0) as u32);
            }
        }
    }
    Luma {
        width: WIDTH,
        height: HEIGHT,
        samples,
    }
}

pub(crate) fn camera() -> CameraId {
    CameraId::new("kerb-cam").expect("id")
}

/// The observation of a scripted look; `index` is its place in the script.
pub(crate) fn observation(look: &Scripted, index: u64) -> Observation {
    let captured_at = CapturedAt {
        at: Wall(look.secs * 1000),
        uncertainty_ms: 100,
    };
    let detection = |thing: &Thing| Detection {
        class: thing.class,
        score: Score::new(thing.score),
        bbox: thing.bbox,
        appearance: thing.appearance.clone().map(|v| Appearance(v.into())),
    };
    Observation {
        camera: camera(),
        epoch: Epoch::default(),
        picture: index,
        captured_at,
        why: LookWhy::Routine,
        size: (1280, 960),
        detections: look.things.iter().filter(|t| t.detected).map(detection).collect(),
        closeups: Vec::new(),
        thumbnail: draw(look),
        health: Health {
            mean_luma: if look.black { 2.0 } else { 120.0 },
            luma_deviation: if look.black { 0.5 } else { 40.0 },
            sharpness: 5.0,
            coded_digest: if look.same { 1 } else { 1000 + index },
        },
        model: Arc::from("script"),
        unit: AccessUnit {
            camera: camera(),
            epoch: Epoch::default(),
            codec: Codec::H264,
            keyframe: true,
            taint: look.taint,
            media_time: MediaTime(0),
            received: Monotonic::default(),
            captured_at,
            bytes: Bytes::from(vec![index as u8; 8]),
        },
    }
}

pub(crate) fn set(options: &mut Options, name: &str, value: f32) {
    let rule = &mut options.motor_parking;
    match name {
        "dwell_secs" => rule.dwell_secs = value as u32,
        "still_every_secs" => rule.still_every_secs = value as u32,
        "anchors_max" => options.anchors_max = value as usize,
        "groups_max" => options.groups_max = value as usize,
        "members_max" => options.members_max = value as usize,
        "detections_max" => options.detections_max = value as usize,
        _ => panic!("no option {name}"),
    }
}

/// Plays a script; incidents and the scene as it is at the end.
pub(crate) fn play(script: &str) -> (Vec<Incident>, CameraScene) {
    play_steps(&zones(), parse(script))
}

/// The same with other zones and steps.
pub(crate) fn play_steps(zones: &[Zone], steps: Vec<Step>) -> (Vec<Incident>, CameraScene) {
    let zones = || zones.to_vec();
    let mut options = Options::default();
    let mut scene = CameraScene::new(camera(), zones(), options.clone());
    let mut incidents = Vec::new();
    for (index, step) in steps.into_iter().enumerate() {
        match step {
            Step::Set(name, value) => {
                set(&mut options, &name, value);
                scene = CameraScene::new(camera(), zones(), options.clone());
            }
            Step::Look(look) => incidents.extend(scene.observe(observation(&look, index as u64))),
            Step::Restart => {
                let open = scene.open_incidents();
                scene = CameraScene::new(camera(), zones(), options.clone());
                scene.adopt(open);
            }
        }
    }
    (incidents, scene)
}

/// `SECS CHANGE LETTER ZONE`, one incident after the other; letters name keys in order of
/// appearance, `<B` what an incident supersedes.
pub(crate) fn tell(incidents: &[Incident]) -> String {
    let mut keys: Vec<Arc<str>> = Vec::new();
    let mut letter = |key: &Arc<str>| {
        let i = keys.iter().position(|k| k == key).unwrap_or_else(|| {
            keys.push(Arc::clone(key));
            keys.len() - 1
        });
        char::from(b'A' + i as u8)
    };
    let line = |i: &Incident| {
        let key = letter(&i.key);
        let before = i
            .supersedes
            .as_ref()
            .map_or(String::new(), |old| format!("<{}", letter(old)));
        format!(
            "{} {} {key}{before} {}",
            i.decided_at.at.0 / 1000,
            i.change.name(),
            i.zone
        )
    };
    incidents.iter().map(line).collect::<Vec<_>>().join("; ")
}

//! How fast the rules run and how much a camera's scene holds: `cargo bench -p curbwatch-scene --bench pace`. Prints JSON.
//!
//! Speed: a district's cameras with a look every five seconds, all six rules with a zone each, on one core, by this thread's
//! CPU time; with `bare` the pictures do not show the things, so that no place ever looks empty and all are watched on: the
//! worst that traffic can do. Memory: a street as usual, and the worst that the bounds allow to be seen: as many standing things as a look may show, each
//! with a first picture of its own. Arguments: `speed`, `bare`, `usual` or `worst` (memory is measured by what the process grows, so one a
//! process), cameras (50), hours of street time (1).
#![expect(clippy::print_stdout, reason = "a command-line tool")]

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use curbwatch_scene::{CameraScene, Options, Pictures};
use curbwatch_types::{
    AccessUnit, BBox, CameraId, CapturedAt, Codec, Detection, Epoch, Health, LookWhy, Luma, MediaTime,
    Monotonic, ObjectClass, Observation, Point, Polygon, Score, Taint, ViewId, Wall, Zone, ZoneId, ZoneKind,
};

const STEP_SECS: i64 = 5;
/// Bytes of a keyframe of 720 lines.
const PICTURE_BYTES: usize = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let what = arguments.next().unwrap_or_else(|| "speed".to_owned());
    let cameras: usize = arguments.next().map_or(Ok(50), |a| a.parse())?;
    let hours: i64 = arguments.next().map_or(Ok(1), |a| a.parse())?;
    match what.as_str() {
        "usual" => memory(&what, cameras, |look| street(look, usual(look), true)),
        "worst" => memory(&what, cameras, |look| street(look, crowd(look), true)),
        "bare" => speed(&what, cameras, hours, |look| street(look, usual(look), false)),
        "speed" => speed(&what, cameras, hours, |look| street(look, usual(look), true)),
        _ => Err(format!("{what}: not one of speed, bare, usual, worst").into()),
    }
}

fn speed(
    name: &str,
    cameras: usize,
    hours: i64,
    shown: impl Fn(i64) -> Observation,
) -> Result<(), Box<dyn Error>> {
    let mut scenes = scenes(cameras)?;
    let (mut looks, mut incidents, mut nanos) = (0u64, 0usize, 0u64);
    for look in 0..hours * 3600 / STEP_SECS {
        let observations: Vec<Observation> = scenes.iter().map(|_| shown(look)).collect();
        let before = cpu_nanos()?;
        for (scene, observation) in scenes.iter_mut().zip(observations) {
            looks += 1;
            incidents += scene.observe(observation).len();
        }
        nanos += cpu_nanos()? - before;
    }
    let seconds = nanos as f64 / 1e9;
    println!(
        "{{\"street\": \"{name}\", \"cameras\": {cameras}, \"looks\": {looks}, \"incidents\": {incidents}, \"cpu_seconds\": {seconds:.3}, \
         \"micros_per_look\": {:.1}, \"times_real_time\": {:.0}}}",
        seconds * 1e6 / looks as f64,
        hours as f64 * 3600.0 / seconds
    );
    Ok(())
}

/// What scenes hold after half an hour, by what the process grew.
fn memory(name: &str, cameras: usize, look: impl Fn(i64) -> Observation) -> Result<(), Box<dyn Error>> {
    let before = resident_bytes()?;
    let mut scenes = scenes(cameras)?;
    for i in 0..360 {
        for scene in &mut scenes {
            scene.observe(look(i));
        }
    }
    let held = resident_bytes()?.saturating_sub(before);
    let laid_by = scenes[0].checkpoint(Pictures::First).ok_or("nothing was seen")?;
    let pictures: usize = laid_by.pictures.iter().map(|unit| unit.bytes.len()).sum();
    println!(
        "{{\"street\": \"{name}\", \"cameras\": {cameras}, \"kb_per_camera\": {}, \"state_kb\": {}, \"pictures_laid_by_kb\": {}, \
         \"pictures_left_out\": {}}}",
        held / cameras as u64 / 1000,
        laid_by.state.len() / 1000,
        pictures / 1000,
        laid_by.pictures_left_out
    );
    Ok(())
}

fn scenes(cameras: usize) -> Result<Vec<CameraScene>, Box<dyn Error>> {
    let kinds = [
        (ZoneKind::NoParking, 0.0, 0.5),
        (ZoneKind::Frontage, 0.5, 0.6),
        (ZoneKind::RoadPublic, 0.0, 1.0),
        (ZoneKind::NoParkingBikes, 0.0, 1.0),
        (ZoneKind::PublicGround, 0.0, 1.0),
    ];
    let mut zones = Vec::new();
    for (kind, left, right) in kinds {
        let corners = [(left, 0.2), (right, 0.2), (right, 1.0), (left, 1.0)];
        zones.push(Zone {
            id: ZoneId::new(kind.name())?,
            view: ViewId::new("V1")?,
            kind,
            polygon: Polygon::new(corners.map(|(x, y)| Point::new(x, y)).to_vec())
                .map_err(|e| format!("{e:?}"))?,
            dwell_secs: None,
        });
    }
    let scene = |i| -> Result<CameraScene, Box<dyn Error>> {
        let camera = CameraId::new(&format!("cam-{i}"))?;
        Ok(CameraScene::new(camera, zones.clone(), Options::default()))
    };
    (0..cameras).map(scene).collect()
}

/// Time on a core that this thread has had, in nanoseconds (Linux, proc(5), `schedstat`).
fn cpu_nanos() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text
        .split_whitespace()
        .next()
        .ok_or("an empty schedstat")?
        .parse()?)
}

/// Memory of this process (Linux, proc(5), `statm`; pages of 4 KiB).
fn resident_bytes() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = text.split_whitespace().nth(1).ok_or("an empty statm")?.parse()?;
    Ok(pages * 4096)
}

fn noise(a: u32, b: u32) -> u32 {
    let mut h = a.wrapping_mul(0x9e37_79b1) ^ b.wrapping_mul(0x85eb_ca77);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    h ^ (h >> 13)
}

/// Two parked vehicles, eight that pass, three people, a display, a stall, three bicycles, two bags and a pile.
fn usual(look: i64) -> Vec<(ObjectClass, BBox)> {
    use ObjectClass::{Bicycle, BrickPile, Car, GarbageBag, Goods, Person, Rack, Stall};
    let standing = [
        (Car, 0.1, 0.4, 0.12, 0.14),
        (Car, 0.3, 0.4, 0.12, 0.14),
        (Goods, 0.52, 0.5, 0.04, 0.04),
        (Rack, 0.55, 0.48, 0.03, 0.07),
        (Stall, 0.7, 0.5, 0.06, 0.12),
        (Person, 0.74, 0.5, 0.03, 0.11),
        (Bicycle, 0.62, 0.8, 0.05, 0.08),
        (Bicycle, 0.65, 0.82, 0.05, 0.08),
        (Bicycle, 0.68, 0.81, 0.05, 0.08),
        (GarbageBag, 0.85, 0.7, 0.03, 0.04),
        (GarbageBag, 0.87, 0.71, 0.03, 0.04),
        (BrickPile, 0.9, 0.85, 0.06, 0.05),
    ];
    let passing = (0..10u32).map(|i| {
        let at = |salt: u32| (noise(look as u32, i + salt) % 1000) as f32 / 1000.0;
        let class = if i < 8 { Car } else { Person };
        (class, BBox::new(0.9 * at(1), 0.5 + 0.3 * at(2), 0.1, 0.12))
    });
    standing
        .into_iter()
        .map(|(class, x, y, w, h)| (class, BBox::new(x, y, w, h)))
        .chain(passing)
        .collect()
}

/// One more thing in each look, until there are as many as a look may show: cars to the left, bags to the right, none touching.
fn crowd(look: i64) -> Vec<(ObjectClass, BBox)> {
    (0..=look.min(255))
        .map(|i| {
            let (column, row) = ((i % 16) as f32, (i / 16) as f32);
            let class = if i % 16 < 8 {
                ObjectClass::Car
            } else {
                ObjectClass::GarbageBag
            };
            (
                class,
                BBox::new(0.06 * column + 0.01, 0.25 + 0.044 * row, 0.05, 0.04),
            )
        })
        .collect()
}

/// Paints each thing in a pattern of its own.
fn paint(samples: &mut [u8], things: &[(ObjectClass, BBox)]) {
    for (_, b) in things {
        let salt = b.x.to_bits() ^ b.y.to_bits().rotate_left(7);
        let (left, right) = ((b.x * 160.0) as usize, ((b.x + b.w) * 160.0) as usize);
        let (top, bottom) = ((b.y * 90.0) as usize, ((b.y + b.h) * 90.0) as usize);
        for y in top..bottom.min(90) {
            for x in left..right.min(160) {
                let block = noise(((x - left) / 3) as u32 ^ salt, ((y - top) / 3) as u32);
                samples[160 * y + x] = 30 + (block % 200) as u8;
            }
        }
    }
}

/// A look at things in front of a textured picture with some noise; `painted`: the picture shows them, too.
fn street(look: i64, things: Vec<(ObjectClass, BBox)>, painted: bool) -> Observation {
    let captured_at = CapturedAt {
        at: Wall(look * STEP_SECS * 1000),
        uncertainty_ms: 100,
    };
    let camera = CameraId::new("pace").unwrap_or_else(|_| unreachable!("letters are an id"));
    let mut samples: Vec<u8> = (0..160u32 * 90)
        .map(|i| 60 + (noise(i % 160 / 4, i / 160 / 4) % 100) as u8)
        .collect();
    if painted {
        paint(&mut samples, &things);
    }
    for (i, sample) in samples.iter_mut().enumerate() {
        *sample += (noise(i as u32, look as u32) % 8) as u8;
    }
    Observation {
        camera: camera.clone(),
        epoch: Epoch::default(),
        picture: look as u64,
        captured_at,
        why: LookWhy::Routine,
        size: (1280, 720),
        detections: things
            .into_iter()
            .map(|(class, bbox)| Detection {
                class,
                score: Score::new(0.6),
                bbox,
                appearance: None,
            })
            .collect(),
        closeups: Vec::new(),
        thumbnail: Luma {
            width: 160,
            height: 90,
            samples: samples.into(),
        },
        health: Health {
            mean_luma: 110.0,
            luma_deviation: 30.0,
            sharpness: 2.0,
            chroma: 5.0,
            coded_digest: look as u64,
        },
        model: Arc::from("pace"),
        unit: AccessUnit {
            camera,
            epoch: Epoch::default(),
            codec: Codec::H264,
            keyframe: true,
            taint: Taint::Clean,
            media_time: MediaTime(look * STEP_SECS * MediaTime::HZ),
            received: Monotonic::default(),
            captured_at,
            bytes: Bytes::from(vec![look as u8; PICTURE_BYTES]),
        },
    }
}

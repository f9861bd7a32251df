//! How fast the rules run: a district's cameras with a look every five seconds, on one core. Prints
//! one JSON object. Arguments: cameras (50), hours of street time (1).
#![expect(clippy::print_stdout, reason = "a command-line tool")]

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{
    AccessUnit, BBox, CameraId, CapturedAt, Clock, Codec, Detection, Epoch, Health, LookWhy, Luma, MediaTime,
    Monotonic, ObjectClass, Observation, Point, Polygon, Score, SystemClock, Taint, ViewId, Wall, Zone,
    ZoneId, ZoneKind,
};

const STEP_SECS: i64 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let cameras: usize = arguments.next().map_or(Ok(50), |a| a.parse())?;
    let hours: i64 = arguments.next().map_or(Ok(1), |a| a.parse())?;
    let ids: Result<Vec<CameraId>, _> = (0..cameras).map(|i| CameraId::new(&format!("cam-{i}"))).collect();
    let ids = ids?;
    let corners = [(0.0, 0.3), (1.0, 0.3), (1.0, 0.7), (0.0, 0.7)].map(|(x, y)| Point::new(x, y));
    let zone = Zone {
        id: ZoneId::new("kerb")?,
        view: ViewId::new("V1")?,
        kind: ZoneKind::NoParking,
        polygon: Polygon::new(corners.to_vec())?,
        dwell_secs: None,
    };
    let mut scenes: Vec<CameraScene> = ids
        .iter()
        .map(|id| CameraScene::new(id.clone(), vec![zone.clone()], Options::default()))
        .collect();
    let clock = SystemClock::new();
    let (mut looks, mut incidents, mut spent) = (0u64, 0usize, std::time::Duration::ZERO);
    for secs in (0..hours * 3600).step_by(STEP_SECS as usize) {
        let observations: Vec<Observation> = ids.iter().map(|id| street(id, secs)).collect();
        let started = clock.monotonic();
        for (scene, observation) in scenes.iter_mut().zip(observations) {
            looks += 1;
            incidents += scene.observe(observation).len();
        }
        spent += clock.monotonic().since(started);
    }
    let seconds = spent.as_secs_f64();
    println!(
        "{{\"cameras\": {cameras}, \"looks\": {looks}, \"incidents\": {incidents}, \"seconds\": {seconds:.3}, \
         \"micros_per_look\": {:.1}, \"times_real_time\": {:.0}}}",
        seconds * 1e6 / looks as f64,
        hours as f64 * 3600.0 / seconds
    );
    Ok(())
}

fn noise(a: u32, b: u32) -> u32 {
    let mut h = a.wrapping_mul(0x9e37_79b1) ^ b.wrapping_mul(0x85eb_ca77);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    h ^ (h >> 13)
}

/// A street with two parked vehicles, eight that pass, and a textured thumbnail with some noise.
fn street(camera: &CameraId, secs: i64) -> Observation {
    let captured_at = CapturedAt {
        at: Wall(secs * 1000),
        uncertainty_ms: 100,
    };
    let now = secs as u32;
    let samples = (0..160u32 * 90).map(|i| {
        let block = noise(i % 160 / 4, i / 160 / 4);
        60 + (block % 100) as u8 + (noise(i, now) % 8) as u8
    });
    let parked = [0.1f32, 0.3].map(|x| BBox::new(x, 0.4, 0.12, 0.14));
    let passing = (0..8).map(|i| {
        let at = |salt: u32| (noise(now, i + salt) % 1000) as f32 / 1000.0;
        BBox::new(0.9 * at(1), 0.5 + 0.3 * at(2), 0.1, 0.12)
    });
    let detection = |bbox| Detection {
        class: ObjectClass::Car,
        score: Score::new(0.6),
        bbox,
        appearance: None,
    };
    Observation {
        camera: camera.clone(),
        epoch: Epoch::default(),
        picture: secs as u64,
        captured_at,
        why: LookWhy::Routine,
        size: (1280, 720),
        detections: parked.into_iter().chain(passing).map(detection).collect(),
        closeups: Vec::new(),
        thumbnail: Luma {
            width: 160,
            height: 90,
            samples: samples.collect(),
        },
        health: Health {
            mean_luma: 110.0,
            luma_deviation: 30.0,
            sharpness: 5.0,
            coded_digest: secs as u64,
        },
        model: Arc::from("pace"),
        unit: AccessUnit {
            camera: camera.clone(),
            epoch: Epoch::default(),
            codec: Codec::H264,
            keyframe: true,
            taint: Taint::Clean,
            media_time: MediaTime(secs * MediaTime::HZ),
            received: Monotonic::default(),
            captured_at,
            bytes: Bytes::new(),
        },
    }
}

//! The product's own scene over a sequence: the archive's detections go in, cases of `illegal_motor_parking` come out.
//!
//! Not for: deciding anything. What the scene decides by is [`options`]; a parameter stands there with its reason, none was
//! fitted to a camera or a sequence.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use curbwatch_scene::{CameraScene, Homography, Options, RuleOptions};
use curbwatch_types::{
    AccessUnit, BBox, CameraId, CapturedAt, Codec, Detection, Epoch, Health, LookWhy, Luma, MediaTime,
    Monotonic, Observation, Point, Polygon, Taint, ViewId, ViolationClass, Wall, Zone, ZoneId, ZoneKind,
};

use super::super::lines::wrong;
use super::archive::{CameraFacts, SIZE};
use super::score::Alarm;
use crate::Error;

/// The rule on a road where nobody may stop: what ships, with a dwell of seconds instead of minutes and a motorway's speeds.
pub fn options() -> Options {
    Options {
        motor_parking: RuleOptions {
            // A stream that hangs sends its last picture, coded again, for up to three seconds; then all traffic seems
            // to stand.
            stationary_secs: 3,
            dwell_secs: 4,
            // At ten looks a second the whole dwell has to be seen: what shows itself less often is a part of something else.
            present_looks_min: 40,
            // Half a minute: a column of lorries that creeps by in front is through.
            vacant_secs: 30,
            // 16 km/h, ten miles an hour: on a motorway anything slower is an obstacle, and what starts off is on its way by then.
            driving_mps: 4.5,
            // A lorry's length: what breaks down and rolls on by as much is one obstacle.
            merge_m: 10.0,
            ..RuleOptions::default()
        },
        ..Options::default()
    }
}

/// Feeds every frame to a scene of its own that decides by `decides_by` and takes down the open cases.
pub fn watch(
    camera: &str,
    facts: &CameraFacts,
    fps: f64,
    frames: Vec<Vec<Detection>>,
    decides_by: &Options,
) -> Result<Vec<Alarm>, Error> {
    let id = CameraId::new(camera).map_err(|e| wrong(camera, e.to_string()))?;
    let mut scene = CameraScene::new(
        id.clone(),
        zones(facts)?,
        Options {
            ground_from_image: ground(facts),
            ..decides_by.clone()
        },
    );
    let mut alarms: BTreeMap<Arc<str>, Alarm> = BTreeMap::new();
    for (frame, detections) in (1u32..).zip(frames) {
        let at = CapturedAt {
            at: Wall((f64::from(frame) * 1000.0 / fps) as i64),
            uncertainty_ms: 0,
        };
        // What `observe` answers with is told by the open cases, too, and these have a box in every look.
        let _changes = scene.observe(observation(&id, frame, at, detections));
        let shown = scene.open_incidents().into_iter();
        for case in
            shown.filter(|case| case.class == ViolationClass::IllegalMotorParking && case.last_seen == at)
        {
            alarms.entry(case.key).or_default().boxes.insert(frame, case.bbox);
        }
    }
    Ok(alarms.into_values().collect())
}

/// From relative coordinates, by way of pixels, to metres.
fn ground(facts: &CameraFacts) -> Option<Homography> {
    let mut cells = facts.metres_from_pixels;
    for row in cells.chunks_exact_mut(3) {
        row[0] *= SIZE.0 as f64;
        row[1] *= SIZE.1 as f64;
    }
    Homography::new(cells)
}

/// Nobody may stop anywhere in the picture, less where the archive says not to judge.
fn zones(facts: &CameraFacts) -> Result<Vec<Zone>, Error> {
    let everywhere = BBox::new(0.0, 0.0, 1.0, 1.0);
    let ignored = facts.ignored.iter().map(|bbox| (*bbox, ZoneKind::Ignore));
    let all = std::iter::once((everywhere, ZoneKind::NoParking)).chain(ignored);
    all.enumerate()
        .map(|(n, (bbox, kind))| {
            let problem = |e: &dyn std::fmt::Display| wrong("zones", e.to_string());
            Ok(Zone {
                id: ZoneId::new(&format!("zone-{n}")).map_err(|e| problem(&e))?,
                view: ViewId::new("main").map_err(|e| problem(&e))?,
                kind,
                polygon: corners(&bbox).map_err(|e| problem(&e))?,
                dwell_secs: None,
            })
        })
        .collect()
}

fn corners(b: &BBox) -> Result<Polygon, curbwatch_types::PolygonProblem> {
    let at = |x: f32, y: f32| Point::new(b.x + x * b.w, b.y + y * b.h);
    Polygon::new(vec![at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0)])
}

/// A look that brought these detections and no pixels: clean, well lit, like no other.
fn observation(camera: &CameraId, frame: u32, at: CapturedAt, detections: Vec<Detection>) -> Observation {
    Observation {
        camera: camera.clone(),
        epoch: Epoch::default(),
        picture: u64::from(frame),
        captured_at: at,
        why: LookWhy::Routine,
        size: SIZE,
        detections,
        closeups: Vec::new(),
        thumbnail: Luma::default(),
        health: Health {
            mean_luma: 128.0,
            luma_deviation: 40.0,
            sharpness: 2.0,
            chroma: 5.0,
            coded_digest: u64::from(frame),
        },
        model: Arc::from("roadtrack"),
        unit: AccessUnit {
            camera: camera.clone(),
            epoch: Epoch::default(),
            codec: Codec::H264,
            keyframe: true,
            taint: Taint::Clean,
            media_time: MediaTime(at.at.0.saturating_mul(MediaTime::HZ / 1000)),
            received: Monotonic::default(),
            captured_at: at,
            bytes: Bytes::new(),
        },
    }
}

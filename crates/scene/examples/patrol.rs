//! Runs the scene over a dump of detections and prints the opened incidents as a JSON list
//! `{camera, t_ms, zone, box}`: a bench for the rules alone, without decoder or detector.
//!
//! Arguments: zones (JSON with `camera`, `base_view`, `zones`, `dwell_s`), detections (JSON lines with
//! `start_ms`, `size`, `detections[{class, score, box}]`), thumbnails (raw 8-bit luma, 160x130 each, one
//! a line), then `name=value` for single options. Other life-cycle changes go to standard error.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{
    AccessUnit, BBox, CameraId, CapturedAt, Codec, Detection, Epoch, Health, IncidentChange, LookWhy, Luma,
    MediaTime, Monotonic, ObjectClass, Observation, Point, Polygon, Score, Taint, ViewId, Wall, Zone, ZoneId,
    ZoneKind,
};
use serde_json::Value;

const THUMBNAIL: (usize, usize) = (160, 130);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [zones, detections, thumbnails, set @ ..] = arguments.as_slice() else {
        return Err("usage: patrol ZONES.json DETECTIONS.jsonl THUMBNAILS.raw [name=value...]".into());
    };
    let plan: Value = serde_json::from_str(&std::fs::read_to_string(zones)?)?;
    let camera = CameraId::new(plan["camera"].as_str().unwrap_or("camera"))?;
    let mut options = Options::default();
    for pair in set {
        let (name, value) = pair.split_once('=').ok_or("name=value")?;
        apply(&mut options, name, value.parse()?)?;
    }
    let mut scene = CameraScene::new(camera.clone(), zones_of(&plan)?, options);
    let thumbnails = std::fs::read(thumbnails)?;
    let mut alarms = Vec::new();
    for (i, line) in std::fs::read_to_string(detections)?.lines().enumerate() {
        let samples = thumbnails
            .chunks_exact(THUMBNAIL.0 * THUMBNAIL.1)
            .nth(i)
            .ok_or("too few thumbnails")?;
        let observation = observation_of(&camera, i as u64, &serde_json::from_str(line)?, samples);
        for incident in scene.observe(observation) {
            let (b, t_ms) = (incident.bbox, incident.decided_at.at.0);
            eprintln!(
                "{i} {} {} {} looks {} first {} score {:.2} box {:.3} {:.3} {:.3} {:.3}",
                incident.change.name(),
                &incident.key[..6],
                incident.zone,
                incident.present_looks,
                incident.first_seen.at.0,
                incident.best_score.get(),
                b.x,
                b.y,
                b.w,
                b.h
            );
            if incident.change == IncidentChange::Opened {
                alarms.push(serde_json::json!({
                    "camera": camera.as_str(), "t_ms": t_ms, "zone": incident.zone.as_str(), "box": [b.x, b.y, b.w, b.h]
                }));
            }
        }
    }
    eprintln!("{:?} {:?}", scene.picture_state(), scene.counters());
    println!("{}", serde_json::to_string(&alarms)?);
    Ok(())
}

fn apply(options: &mut Options, name: &str, value: f32) -> Result<(), String> {
    let rule = &mut options.motor_parking;
    match name {
        "start_score_min" => rule.start_score_min = value,
        "keep_score_min" => rule.keep_score_min = value,
        "open_score_min" => rule.open_score_min = value,
        "present_looks_min" => rule.present_looks_min = value as u32,
        "vacant_secs" => rule.vacant_secs = value as u32,
        "gap_max_secs" => rule.gap_max_secs = value as u32,
        "constancy_min" => rule.constancy_min = value,
        "occupancy_min" => rule.occupancy_min = value,
        "stationary_secs" => rule.stationary_secs = value as u32,
        _ => return Err(format!("no option {name}")),
    }
    Ok(())
}

fn zones_of(plan: &Value) -> Result<Vec<Zone>, Box<dyn Error>> {
    let view = plan["base_view"].as_str().unwrap_or("V1");
    let mut zones = Vec::new();
    for zone in plan["zones"].as_array().into_iter().flatten() {
        let kind = match zone["type"].as_str() {
            Some("kerb_no_parking" | "footway_no_parking") => ZoneKind::NoParking,
            Some("legal_bay" | "works_area") => ZoneKind::LegalBay,
            Some("carriageway") => ZoneKind::Carriageway,
            _ => ZoneKind::Ignore,
        };
        let points = zone["polygon"][view].as_array().into_iter().flatten();
        let points = points.map(|p| Point::new(number(&p[0]), number(&p[1]))).collect();
        zones.push(Zone {
            id: ZoneId::new(zone["zone_id"].as_str().unwrap_or("zone"))?,
            view: ViewId::new(view)?,
            kind,
            polygon: Polygon::new(points)?,
            dwell_secs: plan["dwell_s"].as_u64().map(|secs| secs as u32),
        });
    }
    Ok(zones)
}

fn number(value: &Value) -> f32 {
    value.as_f64().unwrap_or(0.0) as f32
}

fn observation_of(camera: &CameraId, picture: u64, row: &Value, samples: &[u8]) -> Observation {
    let detection = |d: &Value| {
        let b = &d["box"];
        Some(Detection {
            class: ObjectClass::from_name(d["class"].as_str()?)?,
            score: Score::new(number(&d["score"])),
            bbox: BBox::new(number(&b[0]), number(&b[1]), number(&b[2]), number(&b[3])),
            appearance: None,
        })
    };
    let count = samples.len() as f32;
    let mean = samples.iter().map(|&s| f32::from(s)).sum::<f32>() / count;
    let variance = samples
        .iter()
        .map(|&s| (f32::from(s) - mean) * (f32::from(s) - mean))
        .sum::<f32>()
        / count;
    let digest = samples.iter().fold(0u64, |hash, &s| {
        (hash ^ u64::from(s)).wrapping_mul(0x0100_0000_01b3)
    });
    let captured_at = CapturedAt {
        at: Wall(row["start_ms"].as_i64().unwrap_or(0)),
        uncertainty_ms: 0,
    };
    Observation {
        camera: camera.clone(),
        epoch: Epoch::default(),
        picture,
        captured_at,
        why: LookWhy::Routine,
        size: (352, 288),
        detections: row["detections"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(detection)
            .collect(),
        closeups: Vec::new(),
        thumbnail: Luma {
            width: THUMBNAIL.0,
            height: THUMBNAIL.1,
            samples: samples.to_vec().into(),
        },
        health: Health {
            mean_luma: mean,
            luma_deviation: variance.sqrt(),
            sharpness: 0.0,
            chroma: 5.0,
            coded_digest: digest ^ 0xcbf2_9ce4_8422_2325,
        },
        model: Arc::from("dump"),
        unit: AccessUnit {
            camera: camera.clone(),
            epoch: Epoch::default(),
            codec: Codec::H264,
            keyframe: true,
            taint: Taint::Clean,
            media_time: MediaTime(0),
            received: Monotonic::default(),
            captured_at,
            bytes: Bytes::new(),
        },
    }
}

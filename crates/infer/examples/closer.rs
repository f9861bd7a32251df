//! What tiles show beyond the whole picture, and what they cost: one JSON object for each picture.
//!
//! Usage: `cargo run -p curbwatch-infer --example closer -- MANIFEST [--most N] [--zone lower|all] [--every SECS] CLIP...`
//! Takes a picture every two seconds (or `--every`) of each clip, looks at the whole, then at every tile of a zone (the
//! lower three fifths, or all), and prints both answers with thread CPU milliseconds, the median of five
//! runs. Weights are looked for beside the manifest and under `$CURBWATCH_ASSETS/models`. The manifest
//! needs `[tiles]`.
#![expect(clippy::print_stdout, reason = "a command that prints")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;

use curbwatch_infer::{Detector, DetectorOptions, Model, load_runtime};
use curbwatch_types::{Detection, Point, Polygon};

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut option = |name: &str| -> Option<String> {
        let i = arguments.iter().position(|a| a == name)?;
        arguments.drain(i..(i + 2).min(arguments.len())).nth(1)
    };
    let most: usize = option("--most").map_or(Ok(12), |n| n.parse())?;
    let top = if option("--zone").is_some_and(|z| z == "all") {
        0.0
    } else {
        0.4
    };
    let every: f64 = option("--every").map_or(Ok(2.0), |n| n.parse())?;
    let [manifest, clips @ ..] = arguments.as_slice() else {
        return Err("usage: closer MANIFEST [--most N] [--zone lower|all] [--every SECS] CLIP...".into());
    };
    load_runtime(None)?;
    let model = Model::load(Path::new(manifest), &support::model_options())?;
    let mut detector = Detector::new(&model, &DetectorOptions::default())?;
    let zone = [(0.0, top), (1.0, top), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| Point::new(x, y));
    let zone = Polygon::new(zone.to_vec())?;
    for clip in clips {
        for n in 0.. {
            let secs = f64::from(n) * every;
            let Ok(picture) = support::picture_after(Path::new(clip), secs, None) else {
                break;
            };
            let size = (picture.width, picture.height);
            let plan = model.manifest().plan_tiles(size, &[&zone], most);
            let (mut whole_ms, mut tiles_ms) = (Vec::new(), Vec::new());
            let (mut whole, mut joined) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                let start = thread_cpu_ms();
                whole = detector.detect(&picture)?;
                let seen = thread_cpu_ms();
                joined.clone_from(&whole);
                detector.look_closer(&picture, &plan.tiles, &mut joined)?;
                whole_ms.push(seen - start);
                tiles_ms.push(thread_cpu_ms() - seen);
            }
            let areas: Vec<[f32; 4]> = plan
                .tiles
                .iter()
                .map(|tile| tile.area(size))
                .map(|b| [b.x, b.y, b.w, b.h])
                .collect();
            let row = serde_json::json!({
                "file": clip, "secs": secs, "size": [size.0, size.1], "scale": plan.scale,
                "whole_scale": plan.whole_scale, "tiles": areas, "whole": rows(&whole), "joined": rows(&joined),
                "whole_ms": median(&mut whole_ms), "tiles_ms": median(&mut tiles_ms),
            });
            println!("{row}");
        }
    }
    Ok(())
}

fn rows(detections: &[Detection]) -> Vec<serde_json::Value> {
    let row = |d: &Detection| {
        let b = d.bbox;
        serde_json::json!({ "class": d.class.name(), "score": d.score.get(), "box": [b.x, b.y, b.w, b.h] })
    };
    detections.iter().map(row).collect()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// CPU time of this thread in milliseconds.
fn thread_cpu_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

//! What a model sees in the first picture of each clip, one JSON object a line.
//!
//! Usage: `cargo run -p curbwatch-infer --example detect -- MANIFEST [--min-score S] CLIP...`
//! Weights are looked for beside the manifest and under `$CURBWATCH_ASSETS/models`. Pictures are
//! decoded by the `ffmpeg` command, so that this shows the detector and nothing else.
#![expect(clippy::print_stdout, reason = "a command that prints")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;

use curbwatch_infer::{Detector, DetectorOptions, Model, load_runtime};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let min_score = match arguments.iter().position(|a| a == "--min-score") {
        Some(i) => Some(
            arguments
                .drain(i..i + 2)
                .nth(1)
                .ok_or("--min-score needs a number")?
                .parse()?,
        ),
        None => None,
    };
    let [manifest, clips @ ..] = arguments.as_slice() else {
        return Err("usage: detect MANIFEST [--min-score S] CLIP...".into());
    };
    load_runtime(None)?;
    let model = Model::load(Path::new(manifest), &support::model_options())?;
    let mut detector = Detector::new(
        &model,
        &DetectorOptions {
            min_score,
            ..DetectorOptions::default()
        },
    )?;
    for clip in clips {
        let picture = support::first_picture(Path::new(clip))?;
        let detections: Vec<_> = detector
            .detect(&picture)?
            .into_iter()
            .map(|d| {
                let b = d.bbox;
                serde_json::json!({
                    "class": d.class.name(), "score": d.score.get(), "box": [b.x, b.y, b.w, b.h],
                })
            })
            .collect();
        let row = serde_json::json!({
            "file": clip, "size": [picture.width, picture.height], "model": &*model.id(), "detections": detections,
        });
        println!("{row}");
    }
    Ok(())
}

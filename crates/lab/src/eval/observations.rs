//! What the network saw, kept in a file, so that the scene can run again without it: `curbwatch-lab observe` writes,
//! [`crate::eval::sensitivity`] reads.
//!
//! One JSON object a line: the version first, then a look a line in the footage's order. A look is everything a scene decides by
//! (detections, close-ups, thumbnail, health, times); the coded picture, which it only hands on as evidence, is left out. Numbers
//! survive the way exactly: floating-point numbers are written in the shortest form that reads back the same.
//!
//! Not for: production; nothing there reads such a file. Files come from engineers and are read with bounds.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use curbwatch_config::Config;
use curbwatch_engine::observe_footage;
use curbwatch_types::{
    AccessUnit, Appearance, BBox, CameraId, CapturedAt, Codec, Detection, Epoch, Health, LookWhy, Luma,
    MediaTime, Monotonic, ObjectClass, Observation, Score, Taint, Wall,
};
use serde::{Deserialize, Serialize};

use super::lines::{each_line, wrong};
use crate::Error;

/// The version written, and the only one read.
const VERSION: u32 = 2;
/// Most looks read: four days of a look every five seconds on sixteen cameras.
const LOOKS_MAX: usize = 1 << 20;
/// Most samples of a thumbnail: the product's are 160 wide.
const SAMPLES_MAX: usize = 1 << 16;
/// Most detections and most close-ups of a look.
const BOXES_MAX: usize = 4096;

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    observations: u32,
    model: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    camera: String,
    at_ms: i64,
    uncertainty_ms: u32,
    picture: u64,
    size: (usize, usize),
    clean: bool,
    things: Vec<Thing>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closeups: Vec<[f32; 4]>,
    thumbnail: (usize, usize, String),
    health: [f32; 4],
    digest: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Thing {
    class: String,
    score: f32,
    #[serde(rename = "box")]
    bbox: [f32; 4],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    appearance: Option<Vec<f32>>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Visits in the footage manifest.
    pub visits: usize,
    /// Looks written.
    pub looks: usize,
    /// Looks that brought nothing and are not in the file.
    pub blind: usize,
}

/// Looks at `footage` with the cameras and the model of `config` and writes what was seen to `out`; `seen` is called after every look with the
/// visits done and all visits. `workers` of 0 is one per core.
pub fn record(
    config: &Config,
    footage: &Path,
    out: &Path,
    workers: usize,
    seen: &dyn Fn(usize, usize),
) -> Result<Written, Error> {
    let file_error = |source| Error::File {
        path: PathBuf::from(out),
        source,
    };
    let mut file = BufWriter::new(File::create(out).map_err(file_error)?);
    let (mut looks, mut blind) = (0, 0);
    let visits = observe_footage(config, footage, workers, |look| {
        match look.seen {
            Ok(observation) => {
                if looks == 0 {
                    let model = observation.model.to_string();
                    let observations = VERSION;
                    line(&mut file, &Head { observations, model }).map_err(file_error)?;
                }
                looks += 1;
                line(&mut file, &Row::of(&observation)).map_err(file_error)?;
            }
            Err(_) => blind += 1,
        }
        seen(look.visits, look.visits_total);
        Ok::<(), Error>(())
    })?;
    if looks == 0 {
        return Err(wrong(
            footage.display(),
            "no look at this footage brought anything",
        ));
    }
    file.flush().map_err(file_error)?;
    Ok(Written { visits, looks, blind })
}

fn line(file: &mut BufWriter<File>, row: &impl Serialize) -> std::io::Result<()> {
    let text = serde_json::to_string(row).map_err(std::io::Error::other)?;
    writeln!(file, "{text}")
}

/// The looks of a file, in its order.
pub fn read(path: &Path) -> Result<Vec<Observation>, Error> {
    let mut model: Option<Arc<str>> = None;
    let mut looks = Vec::new();
    each_line(path, |line, place| {
        let problem = |problem: String| wrong(place, problem);
        let Some(model) = &model else {
            let head: Head = serde_json::from_str(line).map_err(|e| {
                problem(format!(
                    "is no file of observations: {e}; `curbwatch-lab observe` writes one"
                ))
            })?;
            if head.observations != VERSION {
                let found = head.observations;
                return Err(problem(format!(
                    "is of version {found}, this program reads {VERSION}; write it anew"
                )));
            }
            model = Some(head.model.into());
            return Ok(());
        };
        if looks.len() >= LOOKS_MAX {
            return Err(problem(format!("more than {LOOKS_MAX} looks are not read")));
        }
        let row: Row = serde_json::from_str(line).map_err(|e| problem(e.to_string()))?;
        looks.push(row.observation(Arc::clone(model)).map_err(problem)?);
        Ok(())
    })?;
    if looks.is_empty() {
        return Err(wrong(path.display(), "the file holds no look"));
    }
    Ok(looks)
}

impl Row {
    fn of(seen: &Observation) -> Self {
        let cells = |b: &BBox| [b.x, b.y, b.w, b.h];
        let thing = |d: &Detection| Thing {
            class: d.class.name().to_owned(),
            score: d.score.get(),
            bbox: cells(&d.bbox),
            appearance: d.appearance.as_ref().map(|a| a.0.to_vec()),
        };
        let small = &seen.thumbnail;
        Self {
            camera: seen.camera.to_string(),
            at_ms: seen.captured_at.at.0,
            uncertainty_ms: seen.captured_at.uncertainty_ms,
            picture: seen.picture,
            size: seen.size,
            clean: seen.unit.taint == Taint::Clean,
            things: seen.detections.iter().map(thing).collect(),
            closeups: seen.closeups.iter().map(cells).collect(),
            thumbnail: (small.width, small.height, BASE64_STANDARD.encode(&small.samples)),
            health: [
                seen.health.mean_luma,
                seen.health.luma_deviation,
                seen.health.sharpness,
                seen.health.chroma,
            ],
            digest: seen.health.coded_digest,
        }
    }

    fn observation(self, model: Arc<str>) -> Result<Observation, String> {
        if self.things.len() > BOXES_MAX || self.closeups.len() > BOXES_MAX {
            return Err(format!("a look has at most {BOXES_MAX} boxes"));
        }
        let camera = CameraId::new(&self.camera).map_err(|e| e.to_string())?;
        let captured_at = CapturedAt {
            at: Wall(self.at_ms),
            uncertainty_ms: self.uncertainty_ms,
        };
        let (width, height, samples) = self.thumbnail;
        let samples = BASE64_STANDARD
            .decode(samples)
            .map_err(|e| format!("the thumbnail is no base64: {e}"))?;
        if samples.len() > SAMPLES_MAX || width.checked_mul(height) != Some(samples.len()) {
            let n = samples.len();
            return Err(format!("a thumbnail of {width} x {height} has not {n} samples"));
        }
        let thing = |thing: Thing| {
            let class = ObjectClass::from_name(&thing.class)
                .ok_or_else(|| format!("`{}` is no class of things", thing.class))?;
            Ok(Detection {
                class,
                score: Score::new(thing.score),
                bbox: bbox(thing.bbox),
                appearance: thing.appearance.map(|v| Appearance(v.into())),
            })
        };
        let things: Result<Vec<Detection>, String> = self.things.into_iter().map(thing).collect();
        let [mean_luma, luma_deviation, sharpness, chroma] = self.health;
        Ok(Observation {
            camera: camera.clone(),
            epoch: Epoch::default(),
            picture: self.picture,
            captured_at,
            why: LookWhy::Routine,
            size: self.size,
            detections: things?,
            closeups: self.closeups.into_iter().map(bbox).collect(),
            thumbnail: Luma {
                width,
                height,
                samples: samples.into(),
            },
            health: Health {
                mean_luma,
                luma_deviation,
                sharpness,
                chroma,
                coded_digest: self.digest,
            },
            model,
            unit: AccessUnit {
                camera,
                epoch: Epoch::default(),
                codec: Codec::H264,
                keyframe: true,
                taint: if self.clean { Taint::Clean } else { Taint::Loss },
                media_time: MediaTime(0),
                received: Monotonic::default(),
                captured_at,
                bytes: Bytes::new(),
            },
        })
    }
}

fn bbox([x, y, w, h]: [f32; 4]) -> BBox {
    BBox::new(x, y, w, h)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_was_written() {
        let row = Row {
            camera: "cam".to_owned(),
            at_ms: 1_489_049_834_427,
            uncertainty_ms: 40,
            picture: 7,
            size: (352, 288),
            clean: true,
            things: vec![Thing {
                class: "car".to_owned(),
                score: 0.1 + 0.2,
                bbox: [1.0 / 3.0, 0.7, f32::MIN_POSITIVE, 0.1],
                appearance: Some(vec![0.3, -0.6]),
            }],
            closeups: vec![[0.0, 0.0, 0.5, 0.5]],
            thumbnail: (2, 1, BASE64_STANDARD.encode([3, 250])),
            health: [101.7, 33.3, 2.1, 5.1],
            digest: u64::MAX,
        };
        let text = serde_json::to_string(&row).expect("text");
        let seen = row.observation(Arc::from("m")).expect("an observation");
        let again = serde_json::to_string(&Row::of(&seen)).expect("text");
        assert_eq!(text, again);
        let read: Row = serde_json::from_str(&text).expect("a row");
        let read = read.observation(Arc::from("m")).expect("an observation");
        assert_eq!(read.detections, seen.detections);
        assert_eq!(read.thumbnail, seen.thumbnail);
        assert_eq!(read.health, seen.health);
    }

    #[test]
    fn strange_files_are_refused_by_name_and_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let head = r#"{"observations":2,"model":"m"}"#;
        let look = r#"{"camera":"c","at_ms":1,"uncertainty_ms":0,"picture":0,"size":[4,3],"clean":true,"things":[],"thumbnail":[2,1,"AAA="],"health":[1,1,1,1],"digest":1}"#;
        let rows = [
            ("", "no look"),
            ("{}", "curbwatch-lab observe"),
            (r#"{"observations":1,"model":"m"}"#, "version 1"),
            (&format!("{head}\n{}", look.replace("[2,1,", "[9,1,")), ":2"),
            (&format!("{head}\n{}", look.replace("AAA=", "?")), "base64"),
            (
                &format!(
                    "{head}\n{}",
                    look.replace(
                        "\"things\":[]",
                        r#""things":[{"class":"cow","score":1,"box":[0,0,1,1]}]"#
                    )
                ),
                "cow",
            ),
        ];
        for (text, says) in rows {
            let path = folder.path().join("observations.jsonl");
            std::fs::write(&path, text).expect("written");
            let error = read(&path).expect_err("refused").to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        let path = folder.path().join("observations.jsonl");
        std::fs::write(&path, format!("{head}\n{look}\n")).expect("written");
        assert_eq!(read(&path).expect("a look").len(), 1);
        assert!(read(&folder.path().join("none")).is_err());
    }
}

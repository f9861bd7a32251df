//! The truth of a clip's pictures as lines of JSON, one a picture: `NAME.truth.jsonl`.
//!
//! `{"t_ms": 1000, "sha256": "0f3a...", "things": [{"id": 7, "class": "car", "box": [x, y, w, h], "seen": [x, y, w, h],
//! "visible": 0.8}], "gone": [3], "frozen": true}`. Boxes are relative. A line lists what is new or changed since the
//! line before and, under `gone`, what is no longer seen; [`read`] puts the lists together again. `seen` is left out
//! where it equals `box`, `visible` where it is 1, `gone` and `frozen` where empty or false. `sha256` are the first 16
//! digits of the rendered picture's hash (red, green, blue bytes, row by row), before encoding.

use std::collections::BTreeMap;
use std::path::Path;

use curbwatch_street::Frame;
use curbwatch_types::{BBox, ObjectClass};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Error;

/// Longest truth file read, in bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// A thing in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenThing {
    /// The same number in every picture.
    pub id: u32,
    /// What it is.
    pub class: ObjectClass,
    /// Left, top, width, height as if nothing stood before it, relative.
    pub bbox: [f64; 4],
    /// The box around what is seen.
    pub seen: [f64; 4],
    /// Share seen, 0..1.
    pub visible: f64,
}

/// A picture of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureTruth {
    /// Milliseconds from the clip's start.
    pub t_ms: i64,
    /// See [the module](self).
    pub sha256: String,
    /// Whether the camera sent the picture before once more.
    pub frozen: bool,
    /// Everything seen in it, by id.
    pub things: Vec<SeenThing>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    t_ms: i64,
    sha256: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    frozen: bool,
    #[serde(default)]
    things: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gone: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: u32,
    class: String,
    #[serde(rename = "box")]
    bbox: [f64; 4],
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<[f64; 4]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visible: Option<f64>,
}

/// Collects the lines of a clip.
#[derive(Debug, Default)]
pub(super) struct TruthWriter {
    text: String,
    before: BTreeMap<u32, SeenThing>,
}

impl TruthWriter {
    pub(super) fn push(&mut self, t_ms: i64, frozen: bool, frame: &Frame) -> Result<(), Error> {
        let seen = frame.truth.iter().filter(|thing| thing.visible > 0.0);
        let now: BTreeMap<u32, SeenThing> = seen
            .map(|thing| {
                let row = SeenThing {
                    id: thing.id,
                    class: thing.class,
                    bbox: place(thing.bbox),
                    seen: place(thing.seen),
                    visible: (f64::from(thing.visible) * 100.0).round() / 100.0,
                };
                (thing.id, row)
            })
            .collect();
        let line = Line {
            t_ms,
            sha256: picture_hash(&frame.rgb),
            frozen,
            things: now
                .values()
                .filter(|thing| self.before.get(&thing.id) != Some(thing))
                .map(|thing| Row {
                    id: thing.id,
                    class: thing.class.name().to_owned(),
                    bbox: thing.bbox,
                    seen: (thing.seen != thing.bbox).then_some(thing.seen),
                    visible: (thing.visible < 1.0).then_some(thing.visible),
                })
                .collect(),
            gone: self
                .before
                .keys()
                .filter(|id| !now.contains_key(id))
                .copied()
                .collect(),
        };
        let json = serde_json::to_string(&line).map_err(|err| Error::Content {
            path: format!("truth at {t_ms} ms"),
            problem: err.to_string(),
        })?;
        self.text.push_str(&json);
        self.text.push('\n');
        self.before = now;
        Ok(())
    }

    pub(super) fn text(self) -> String {
        self.text
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of a rendered picture's bytes.
pub fn picture_hash(rgb: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(rgb)
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Reads a truth file, every picture with all that is seen in it.
pub fn read(path: &Path) -> Result<Vec<PictureTruth>, Error> {
    let file = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(file)?.len();
    let wrong = |number: usize, problem: String| Error::Content {
        path: format!("{}:{number}", path.display()),
        problem,
    };
    if bytes > FILE_BYTES_MAX {
        return Err(wrong(0, format!("has {bytes} bytes, more than {FILE_BYTES_MAX}")));
    }
    let text = std::fs::read_to_string(path).map_err(file)?;
    let mut now: BTreeMap<u32, SeenThing> = BTreeMap::new();
    let mut out: Vec<PictureTruth> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line: Line = serde_json::from_str(line).map_err(|err| wrong(number + 1, err.to_string()))?;
        if out.last().is_some_and(|before| before.t_ms >= line.t_ms) {
            return Err(wrong(number + 1, "is not later than the line before".to_owned()));
        }
        for id in line.gone {
            now.remove(&id);
        }
        for row in line.things {
            let class = ObjectClass::from_name(&row.class)
                .ok_or_else(|| wrong(number + 1, format!("\"{}\" is no class", row.class)))?;
            let thing = SeenThing {
                id: row.id,
                class,
                bbox: row.bbox,
                seen: row.seen.unwrap_or(row.bbox),
                visible: row.visible.unwrap_or(1.0),
            };
            now.insert(row.id, thing);
        }
        out.push(PictureTruth {
            t_ms: line.t_ms,
            sha256: line.sha256,
            frozen: line.frozen,
            things: now.values().cloned().collect(),
        });
    }
    Ok(out)
}
/// A box as written: left, top, width, height, relative.
pub(super) fn place(bbox: BBox) -> [f64; 4] {
    [bbox.x, bbox.y, bbox.w, bbox.h].map(|side| (f64::from(side) * 1e4).round() / 1e4)
}

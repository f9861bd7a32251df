//! Zone files and clips to `curbwatch.toml` and `footage.jsonl`.
//!
//! For: running the pipeline over recorded visits exactly as an operator would set it up: cameras,
//! the zones of the base view, the legal dwell. Not for: anything a labeller knows. Input: truth
//! files (of which [`ZoneFile`] is all that is read) and clips named `CAMERA/HH_EPOCHMS.mp4`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Error;

/// Largest zone file accepted, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Clips of one camera at most.
const CLIPS_MAX: usize = 100_000;

/// The part of a truth file that an operator would know. Every other key is skipped unread.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ZoneFile {
    /// Which camera.
    pub camera: String,
    /// The view the zones were drawn in.
    pub base_view: String,
    /// Legal dwell in seconds.
    pub dwell_s: u32,
    /// The zones.
    pub zones: Vec<DrawnZone>,
}

/// A zone as drawn.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DrawnZone {
    /// Its name.
    pub zone_id: String,
    /// `kerb_no_parking`, `footway_no_parking`, `legal_bay`, `works_area`, `carriageway` or `ignore`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether standing there is an offence.
    pub enforce: bool,
    /// Corners by view, relative.
    pub polygon: BTreeMap<String, Vec<[f64; 2]>>,
}

impl DrawnZone {
    /// The zone kind in the configuration; `None` for a type nobody enforces.
    fn config_kind(&self) -> Result<Option<&'static str>, String> {
        match (self.kind.as_str(), self.enforce) {
            ("kerb_no_parking" | "footway_no_parking", true) => Ok(Some("no_parking")),
            ("kerb_no_parking" | "footway_no_parking", false) => Ok(None),
            ("legal_bay" | "works_area", _) => Ok(Some("legal_bay")),
            ("carriageway", _) => Ok(Some("carriageway")),
            ("ignore", _) => Ok(Some("ignore")),
            (other, _) => Err(format!("zone {}: unknown type {other:?}", self.zone_id)),
        }
    }
}

/// What a set-up is made from.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// Truth or zone files.
    pub zones: Vec<PathBuf>,
    /// Folder with one folder of clips per camera.
    pub clips: PathBuf,
    /// Folder to write to; made if missing.
    pub out: PathBuf,
    /// Model manifest named in the configuration.
    pub model: PathBuf,
}

/// What was written, and what could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The configuration.
    pub config: PathBuf,
    /// The footage manifest.
    pub footage: PathBuf,
    /// Zones that are not drawn in their camera's base view, as `CAMERA/ZONE`.
    pub left_out: Vec<String>,
}

/// Writes `curbwatch.toml` and `footage.jsonl` into `set_up.out`.
pub fn write_set_up(set_up: &SetUp) -> Result<Written, Error> {
    let mut config = Text::new(&absolute(&set_up.model)?);
    let mut visits = Vec::new();
    for path in &set_up.zones {
        let file = read_zone_file(path)?;
        config.push(&file).map_err(|problem| Error::Content {
            path: path.display().to_string(),
            problem,
        })?;
        visits.extend(footage(&file.camera, &set_up.clips.join(&file.camera))?);
    }
    visits.sort_by(|a, b| (a.start_ms, &a.camera).cmp(&(b.start_ms, &b.camera)));
    let mut manifest = String::new();
    for visit in &visits {
        let row =
            serde_json::json!({ "camera": visit.camera, "file": visit.file, "start_ms": visit.start_ms });
        let _ = writeln!(manifest, "{row}");
    }
    let make = |source| Error::File {
        path: set_up.out.clone(),
        source,
    };
    std::fs::create_dir_all(&set_up.out).map_err(make)?;
    let write = |name: &str, text: &str| {
        let path = set_up.out.join(name);
        let written = std::fs::write(&path, text);
        written
            .map_err(|source| Error::File {
                path: path.clone(),
                source,
            })
            .map(|()| path)
    };
    let footage = write("footage.jsonl", &manifest)?;
    Ok(Written {
        config: write("curbwatch.toml", &config.text)?,
        footage,
        left_out: config.left_out,
    })
}

fn read_zone_file(path: &Path) -> Result<ZoneFile, Error> {
    let file_error = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    let size = std::fs::metadata(path).map_err(file_error)?.len();
    let problem = |problem: String| Error::Content {
        path: path.display().to_string(),
        problem,
    };
    if size > FILE_BYTES_MAX {
        return Err(problem(format!("the file has more than {FILE_BYTES_MAX} bytes")));
    }
    let bytes = std::fs::read(path).map_err(file_error)?;
    serde_json::from_slice(&bytes).map_err(|e| problem(e.to_string()))
}

/// One visit of a camera: a row of the footage manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Which camera.
    pub camera: String,
    /// The clip, as an absolute path.
    pub file: String,
    /// When it begins, in milliseconds since 1970.
    pub start_ms: i64,
}

/// The visits of one camera: the clips `HH_EPOCHMS.mp4` in `folder`, in time order. Files with other
/// names are left out.
pub fn footage(camera: &str, folder: &Path) -> Result<Vec<Visit>, Error> {
    let file_error = |source| Error::File {
        path: folder.to_owned(),
        source,
    };
    let folder = absolute(folder)?;
    let mut visits = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(file_error)? {
        let path = entry.map_err(file_error)?.path();
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("");
        let start_ms = stem.split_once('_').and_then(|(_, ms)| ms.parse().ok());
        let (Some(start_ms), Some(file)) = (start_ms, path.to_str()) else {
            continue;
        };
        if path.extension().is_none_or(|e| e != "mp4") {
            continue;
        }
        visits.push(Visit {
            camera: camera.to_owned(),
            file: file.to_owned(),
            start_ms,
        });
        if visits.len() > CLIPS_MAX {
            let problem = format!("there are more than {CLIPS_MAX} clips");
            return Err(Error::Content {
                path: folder.display().to_string(),
                problem,
            });
        }
    }
    if visits.is_empty() {
        let problem = "there is no clip named HH_EPOCHMS.mp4".to_owned();
        return Err(Error::Content {
            path: folder.display().to_string(),
            problem,
        });
    }
    visits.sort_by_key(|v| v.start_ms);
    Ok(visits)
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

/// The configuration as it grows. Only polygons of the base view are taken: where the head points
/// later is for the pipeline to notice.
struct Text {
    text: String,
    left_out: Vec<String>,
}

impl Text {
    fn new(model: &Path) -> Self {
        let model = quoted(&model.to_string_lossy());
        let text = format!("# Written by `curbwatch-lab patrol-config`.\n\n[inference]\nmodel = {model}\n");
        Self {
            text,
            left_out: Vec::new(),
        }
    }

    fn push(&mut self, file: &ZoneFile) -> Result<(), String> {
        let (camera, view) = (quoted(&file.camera), quoted(&file.base_view));
        let _ = writeln!(self.text, "\n[[cameras]]\nid = {camera}\nview = {view}");
        for zone in &file.zones {
            let Some(kind) = zone.config_kind()? else { continue };
            let Some(corners) = zone.polygon.get(&file.base_view) else {
                self.left_out.push(format!("{}/{}", file.camera, zone.zone_id));
                continue;
            };
            let corners: Vec<String> = corners.iter().map(|[x, y]| format!("[{x:?}, {y:?}]")).collect();
            let (id, corners) = (quoted(&zone.zone_id), corners.join(", "));
            let _ = writeln!(
                self.text,
                "\n[[zones]]\ncamera = {camera}\nview = {view}\nid = {id}\nkind = \"{kind}\"\npolygon = [{corners}]"
            );
            if kind == "no_parking" {
                let _ = writeln!(self.text, "dwell_secs = {}", file.dwell_s);
            }
        }
        Ok(())
    }
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: &str = r#"{
        "schema": "x", "camera": "c1", "base_view": "V1", "dwell_s": 600,
        "views": [{"view_id": "V1"}], "events": [{"id": "E1", "expected": true}], "stale": [1],
        "zones": [
            {"zone_id": "kerb", "type": "kerb_no_parking", "enforce": true,
             "polygon": {"V1": [[0, 0.5], [0.25, 0.4], [0.5, 0.9]], "V2": [[0, 0], [1, 0], [1, 1]]}},
            {"zone_id": "bay", "type": "works_area", "enforce": false, "polygon": {"V1": [[0, 0], [1, 0], [1, 1]]}},
            {"zone_id": "far", "type": "carriageway", "enforce": false, "polygon": {"V2": [[0, 0], [1, 0], [1, 1]]}},
            {"zone_id": "off", "type": "footway_no_parking", "enforce": false, "polygon": {}}]}"#;

    fn write(truth: &str) -> Result<(String, String, Vec<String>), String> {
        let folder = tempfile::tempdir().expect("a folder");
        let clips = folder.path().join("clips/c1");
        std::fs::create_dir_all(&clips).expect("made");
        for name in ["01_2000.mp4", "00_1000.mp4", "notes.txt", "00_1500.txt"] {
            std::fs::write(clips.join(name), "").expect("written");
        }
        let zones = folder.path().join("c1.json");
        std::fs::write(&zones, truth).expect("written");
        let out = folder.path().join("out");
        let model = PathBuf::from("/models/m.toml");
        let set_up = SetUp {
            zones: vec![zones],
            clips: folder.path().join("clips"),
            out,
            model,
        };
        let root = folder.path().display().to_string();
        let written = write_set_up(&set_up).map_err(|e| e.to_string().replace(&root, ""))?;
        let read = |path| std::fs::read_to_string(path).expect("written").replace(&root, "");
        Ok((read(written.config), read(written.footage), written.left_out))
    }

    #[test]
    fn a_truth_file_becomes_configuration_and_footage() {
        let (config, footage, left_out) = write(TRUTH).expect("a set-up");
        let want = "# Written by `curbwatch-lab patrol-config`.\n\n[inference]\nmodel = \"/models/m.toml\"\n\n\
            [[cameras]]\nid = \"c1\"\nview = \"V1\"\n\n\
            [[zones]]\ncamera = \"c1\"\nview = \"V1\"\nid = \"kerb\"\nkind = \"no_parking\"\n\
            polygon = [[0.0, 0.5], [0.25, 0.4], [0.5, 0.9]]\ndwell_secs = 600\n\n\
            [[zones]]\ncamera = \"c1\"\nview = \"V1\"\nid = \"bay\"\nkind = \"legal_bay\"\n\
            polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]\n";
        assert_eq!(config, want);
        let want = "{\"camera\":\"c1\",\"file\":\"/clips/c1/00_1000.mp4\",\"start_ms\":1000}\n\
            {\"camera\":\"c1\",\"file\":\"/clips/c1/01_2000.mp4\",\"start_ms\":2000}\n";
        assert_eq!(footage, want);
        assert_eq!(left_out, ["c1/far"]);
    }

    #[test]
    fn without_the_labels_nothing_changes() {
        let full: serde_json::Value = serde_json::from_str(TRUTH).expect("JSON");
        let mut bare = full.clone();
        bare.as_object_mut()
            .expect("an object")
            .retain(|key, _| matches!(key.as_str(), "camera" | "base_view" | "zones" | "dwell_s"));
        assert_ne!(full, bare);
        assert_eq!(write(&full.to_string()), write(&bare.to_string()));
        // Labels of the wrong shape are not even looked at.
        let mut odd = full;
        odd["events"] = serde_json::json!("nonsense");
        odd["views"] = serde_json::json!(null);
        assert_eq!(write(&odd.to_string()), write(&bare.to_string()));
    }

    #[test]
    fn bad_files_are_refused_with_their_reason() {
        let rows = [
            ("{", "/c1.json: "),
            ("{\"camera\": \"c1\"}", "missing field"),
            (&TRUTH.replace("works_area", "moat"), "unknown type \"moat\""),
            (
                &TRUTH.replace("\"camera\": \"c1\"", "\"camera\": \"c9\""),
                "/clips/c9: ",
            ),
        ];
        for (truth, want) in rows {
            let error = write(truth).expect_err(want);
            assert!(error.contains(want), "{error:?} should say {want:?}");
        }
    }
}

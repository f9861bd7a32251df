//! The demo's cameras: what each shows, and the configuration that goes with them.
//!
//! All clips of `fixtures/clips`, a synthetic street each, with their own zones; where `CURBWATCH_ASSETS`
//! names them also two real ones: a suburban road with a car on a driveway, and a kerb lane where coaches stand.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::shell;

/// Legal dwell of the demo, as in the clips' zone files: it is no time to wait five minutes.
pub(crate) const DWELL_SECS: u32 = 20;
/// Seconds that a thing must stand before it counts.
const STATIONARY_SECS: u32 = 8;
/// The JSON-lines sink, in the demo's folder.
pub(crate) const CASES: &str = "cases.jsonl";

/// The detector.
const MODEL: &str = "models/street-int8-640.toml";
/// Where the synthetic clips lie.
const CLIPS: &str = "fixtures/clips";
/// The six classes, as the configuration names them.
pub(crate) const CLASSES: [&str; 6] = [
    "street_front_trading",
    "illegal_motor_parking",
    "itinerant_vendor",
    "disorderly_nonmotor_parking",
    "exposed_garbage",
    "piled_materials",
];

/// Visits of the kerb camera that are played one after the other: one view, coaches standing throughout.
const KERB_FROM_MS: u64 = 1_489_057_035_803;
const KERB_TO_MS: u64 = 1_489_064_537_267;

/// A zone of one clip.
#[derive(Debug)]
struct Zone {
    id: &'static str,
    kind: &'static str,
    polygon: &'static str,
}

/// The car at the right edge stands on the driveway throughout; the road in front of it is traffic.
const DRIVEWAY: &[Zone] = &[
    Zone {
        id: "driveway",
        kind: "no_parking",
        polygon: "[[0.86, 0.49], [1.0, 0.46], [1.0, 0.60], [0.90, 0.59]]",
    },
    Zone {
        id: "road",
        kind: "carriageway",
        polygon: "[[0.32, 0.36], [0.40, 0.36], [0.64, 0.45], [0.88, 0.62], [1.0, 0.70], [1.0, 1.0], [0.48, 1.0]]",
    },
];

/// Coaches along the river side.
const KERB: &[Zone] = &[
    Zone {
        id: "kerb_lane",
        kind: "no_parking",
        polygon: "[[0.0, 0.62], [0.16, 0.47], [0.40, 0.29], [0.60, 0.19], [0.66, 0.22], [0.42, 0.44], [0.18, 0.67], [0.0, 0.90]]",
    },
    Zone {
        id: "road",
        kind: "carriageway",
        polygon: "[[0.0, 0.96], [0.18, 0.69], [0.42, 0.46], [0.66, 0.23], [0.72, 0.24], [0.70, 0.38], [0.45, 1.0], [0.0, 1.0]]",
    },
];

/// One camera.
#[derive(Debug)]
pub(crate) struct Camera {
    /// Its id, and the name of its clip.
    pub(crate) id: String,
    /// What it plays, again and again.
    pub(crate) clip: PathBuf,
    zones: Zones,
}

/// Where a camera's zones are written.
#[derive(Debug)]
enum Zones {
    /// In a file to include.
    File(PathBuf),
    /// Here.
    These(&'static [Zone]),
}

/// What is played and how it is judged.
#[derive(Debug)]
pub(crate) struct Cameras {
    /// In the order of the farm.
    pub(crate) list: Vec<Camera>,
    /// In words.
    pub(crate) what: String,
}

impl Cameras {
    /// The synthetic cameras, and the real ones of `assets`; what has to be made for these lies in `folder`.
    pub(crate) fn prepare(assets: Option<&Path>, folder: &Path) -> Result<Self, Error> {
        let mut list = synthetic()?;
        let mut what = format!("{} synthetic streets", list.len());
        if let Some(assets) = assets {
            list.extend(real(assets, folder)?);
            what.push_str(
                ", a real road with a car on a driveway, and a real kerb lane with standing coaches",
            );
        }
        Ok(Self { list, what })
    }

    /// The configuration for the cameras at these URLs and a page at that port.
    pub(crate) fn config(&self, urls: &[String], page_port: u16) -> String {
        let files: Vec<String> = self
            .list
            .iter()
            .filter_map(|camera| match &camera.zones {
                Zones::File(path) => Some(quoted(path)),
                Zones::These(_) => None,
            })
            .collect();
        let mut text = format!(
            "# Written by `cargo xtask demo`.\n\
             include = [{}]\n\n\
             [server]\nlisten = \"127.0.0.1:{page_port}\"\n\n\
             [store]\ndirectory = \"data\"\n\n\
             [inference]\nmodel = {}\n\n\
             [looks]\nlook_every_secs = 2.0\n\n",
            files.join(", "),
            quoted(&shell::root().join(MODEL)),
        );
        for class in CLASSES {
            let _ = write!(
                text,
                "[rules.{class}]\nstationary_secs = {STATIONARY_SECS}\ndwell_secs = {DWELL_SECS}\nvacant_secs = {DWELL_SECS}\n\n"
            );
        }
        text.push_str("# Rows of every class are shown, also of those that were never held against real footage; at work a person\n# would have to let them go.\n[review]\n");
        for class in CLASSES {
            let _ = writeln!(text, "{class} = \"auto\"");
        }
        let _ = write!(text, "\n[[sinks.jsonl]]\nname = \"demo\"\npath = \"{CASES}\"\n");
        for (camera, url) in self.list.iter().zip(urls) {
            let id = &camera.id;
            let _ = write!(text, "\n[[cameras]]\nid = \"{id}\"\nurl = \"{url}\"\n");
            let Zones::These(zones) = camera.zones else {
                continue;
            };
            for zone in zones {
                let _ = write!(
                    text,
                    "\n[[zones]]\ncamera = \"{id}\"\nid = \"{}\"\nkind = \"{}\"\npolygon = {}\n",
                    zone.id, zone.kind, zone.polygon
                );
            }
        }
        text
    }
}

/// Every clip of the repository.
fn synthetic() -> Result<Vec<Camera>, Error> {
    let folder = shell::root().join(CLIPS);
    let entries = fs::read_dir(&folder).map_err(Error::file("read", &folder))?;
    let mut list: Vec<Camera> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "mp4"))
        .filter_map(|clip| {
            Some(Camera {
                id: clip.file_stem()?.to_str()?.to_owned(),
                zones: Zones::File(clip.with_extension("zones.toml")),
                clip,
            })
        })
        .collect();
    list.sort_by(|a, b| a.id.cmp(&b.id));
    if list.is_empty() {
        return Err(Error::Demo(format!(
            "{} holds no clips; this is not a whole clone",
            folder.display()
        )));
    }
    Ok(list)
}

/// The two real cameras.
fn real(assets: &Path, folder: &Path) -> Result<[Camera; 2], Error> {
    let road = assets.join("videos/street/ahmetozlu_suburban_road.mp4");
    if !road.is_file() {
        return Err(Error::Demo(format!(
            "CURBWATCH_ASSETS names {}, where {} is missing; unset it to play synthetic streets alone",
            assets.display(),
            road.display()
        )));
    }
    let kerb = join_visits(&assets.join("videos/patrol/04254"), folder)?;
    Ok([
        Camera {
            id: "real-driveway".to_owned(),
            clip: road,
            zones: Zones::These(DRIVEWAY),
        },
        Camera {
            id: "real-kerb".to_owned(),
            clip: kerb,
            zones: Zones::These(KERB),
        },
    ])
}

/// A path as a TOML string.
fn quoted(path: &Path) -> String {
    format!(
        "\"{}\"",
        path.display()
            .to_string()
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
    )
}

/// Plays visits of one camera in a row: their coded pictures as they are, one behind the other.
fn join_visits(visits: &Path, folder: &Path) -> Result<PathBuf, Error> {
    let entries = fs::read_dir(visits).map_err(Error::file("read", visits))?;
    let mut clips: Vec<(u64, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| Some((start_ms(&entry.path())?, entry.path())))
        .filter(|(start, _)| (KERB_FROM_MS..=KERB_TO_MS).contains(start))
        .collect();
    clips.sort();
    let mut list = String::new();
    for (_, path) in &clips {
        let _ = writeln!(
            list,
            "file '{}'",
            path.display().to_string().replace('\'', r"'\''")
        );
    }
    let list_path = folder.join("kerb.txt");
    fs::write(&list_path, list).map_err(Error::file("write", &list_path))?;
    let joined = folder.join("kerb.mp4");
    let mut command = shell::command("ffmpeg");
    command
        .args([
            "-nostdin", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i",
        ])
        .arg(&list_path);
    shell::run(command.args(["-an", "-c", "copy"]).arg(&joined))?;
    Ok(joined)
}

/// The start of a visit, out of `HH_EPOCHMS.mp4`.
fn start_ms(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.split_once('_')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use curbwatch_config::Sending;

    use super::*;

    fn cameras() -> Cameras {
        let mut list = synthetic().expect("the repository's clips");
        list.push(Camera {
            id: "real-kerb".to_owned(),
            clip: PathBuf::from("a \"b\".mp4"),
            zones: Zones::These(KERB),
        });
        Cameras {
            list,
            what: String::new(),
        }
    }

    #[test]
    fn the_product_takes_the_configuration_of_the_demo() {
        let cameras = cameras();
        let urls: Vec<String> = (1..=cameras.list.len())
            .map(|number| format!("rtsp://127.0.0.1:1/camera-{number:04}"))
            .collect();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("curbwatch.toml");
        fs::write(&path, cameras.config(&urls, 8088)).expect("writable");
        let config = curbwatch_config::load(&path, &|_| None).map_err(|problems| problems.to_string());
        let config = config.expect("a configuration");
        assert_eq!(config.cameras.len(), 19);
        for camera in &cameras.list {
            let zones = config.zones().filter(|(id, _)| id.as_str() == camera.id);
            assert!(zones.count() > 1, "{}", camera.id);
        }
        let review = &config.review;
        let sent = [
            review.street_front_trading,
            review.illegal_motor_parking,
            review.itinerant_vendor,
            review.disorderly_nonmotor_parking,
            review.exposed_garbage,
            review.piled_materials,
        ];
        assert_eq!(sent, [Some(Sending::Auto); 6]);
    }

    #[test]
    fn a_visit_names_its_start() {
        assert_eq!(
            start_ms(Path::new("x/11_1489057335853.mp4")),
            Some(1_489_057_335_853)
        );
        for other in ["x/README.md", "x/11.mp4", "x/11_abc.mp4"] {
            assert_eq!(start_ms(Path::new(other)), None, "{other}");
        }
    }
}

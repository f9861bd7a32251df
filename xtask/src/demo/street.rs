//! What the demo's cameras show, and the configuration that goes with it.
//!
//! Real clips where `CURBWATCH_ASSETS` names them: a suburban road with a car on a driveway, and a kerb
//! lane where coaches stand. Without them, a street that is drawn here.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::shell;

/// Legal dwell of the demo: it is no time to wait five minutes.
pub(crate) const DWELL_SECS: u32 = 20;
/// The JSON-lines sink, in the demo's folder.
pub(crate) const CASES: &str = "cases.jsonl";

/// Manifests of the detectors: at 640 pixels, because the vehicles are far; and the one that sees red blocks.
const REAL_MODEL: &str = "models/nanodet-plus-640.toml";
const DRAWN_MODEL: &str = "fixtures/models/blob.toml";

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

/// The drawn street: a red block at the kerb, and another that drives by.
const DRAWN: &[Zone] = &[
    Zone {
        id: "kerb",
        kind: "no_parking",
        polygon: "[[0.0, 0.55], [1.0, 0.55], [1.0, 0.78], [0.0, 0.78]]",
    },
    Zone {
        id: "road",
        kind: "carriageway",
        polygon: "[[0.0, 0.80], [1.0, 0.80], [1.0, 1.0], [0.0, 1.0]]",
    },
];

/// The demo shows rows of every class, also of those that were never held against real footage; at work
/// a person would have to let them go.
const EVERY_CLASS_IS_SENT: &str = "\
[review]
street_front_trading = \"auto\"
illegal_motor_parking = \"auto\"
itinerant_vendor = \"auto\"
disorderly_nonmotor_parking = \"auto\"
exposed_garbage = \"auto\"
piled_materials = \"auto\"
";

/// What is played and how it is judged.
#[derive(Debug)]
pub(crate) struct Street {
    /// In words.
    pub(crate) what: &'static str,
    /// Camera n plays clip n modulo their number.
    pub(crate) clips: Vec<PathBuf>,
    zones: Vec<&'static [Zone]>,
    model: PathBuf,
    model_dirs: Vec<PathBuf>,
}

impl Street {
    /// Makes the clips ready; what has to be made lies in `folder`.
    pub(crate) fn prepare(assets: Option<&Path>, folder: &Path) -> Result<Self, Error> {
        match assets {
            Some(assets) => Self::real(assets, folder),
            None => Self::drawn(folder),
        }
    }

    fn real(assets: &Path, folder: &Path) -> Result<Self, Error> {
        let road = assets.join("videos/street/ahmetozlu_suburban_road.mp4");
        if !road.is_file() {
            return Err(Error::Demo(format!(
                "CURBWATCH_ASSETS names {}, where {} is missing; unset it to play a drawn street",
                assets.display(),
                road.display()
            )));
        }
        let kerb = join_visits(&assets.join("videos/patrol/04254"), folder)?;
        Ok(Self {
            what: "real clips: a suburban road with a car on a driveway, a kerb lane with standing coaches",
            clips: vec![road, kerb],
            zones: vec![DRIVEWAY, KERB],
            model: shell::root().join(REAL_MODEL),
            model_dirs: vec![assets.join("models")],
        })
    }

    fn drawn(folder: &Path) -> Result<Self, Error> {
        let clip = folder.join("drawn.mp4");
        shell::run(draw(shell::command("ffmpeg").args(["-nostdin", "-v", "error", "-y"])).arg(&clip))?;
        Ok(Self {
            what: "a drawn street: a red block at the kerb, another driving by",
            clips: vec![clip],
            zones: vec![DRAWN],
            model: shell::root().join(DRAWN_MODEL),
            model_dirs: vec![],
        })
    }

    /// The configuration for cameras at these URLs and a page at that port.
    pub(crate) fn config(&self, urls: &[String], page_port: u16) -> String {
        let dirs: Vec<String> = self.model_dirs.iter().map(|path| quoted(path)).collect();
        let mut text = format!(
            "# Written by `cargo xtask demo`.\n\
             [server]\nlisten = \"127.0.0.1:{page_port}\"\n\n\
             [store]\ndirectory = \"data\"\n\n\
             [inference]\nmodel = {}\nmodel_dirs = [{}]\n\n\
             [looks]\nlook_every_secs = 2.0\n\n\
             [rules.illegal_motor_parking]\nstationary_secs = 10\ndwell_secs = {DWELL_SECS}\n\n\
             {EVERY_CLASS_IS_SENT}\n\
             [[sinks.jsonl]]\nname = \"demo\"\npath = \"{CASES}\"\n",
            quoted(&self.model),
            dirs.join(", ")
        );
        for (index, url) in urls.iter().enumerate() {
            let camera = format!("demo-{}", index + 1);
            let _ = write!(text, "\n[[cameras]]\nid = \"{camera}\"\nurl = \"{url}\"\n");
            for zone in self.zones[index % self.zones.len()] {
                let _ = write!(
                    text,
                    "\n[[zones]]\ncamera = \"{camera}\"\nid = \"{}\"\nkind = \"{}\"\npolygon = {}\n",
                    zone.id, zone.kind, zone.polygon
                );
            }
        }
        text
    }
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

/// The drawn street, 640x360, 90 s, a keyframe every second. Noise, as every camera has it, makes each picture its
/// own: the same coded picture twice is no new evidence.
fn draw(ffmpeg: &mut std::process::Command) -> &mut std::process::Command {
    let street = "color=c=0x6b6f72:s=640x360:r=10:d=90,\
                  drawbox=x=0:y=0:w=640:h=110:c=0x9fb7c9:t=fill,\
                  drawbox=x=0:y=110:w=640:h=70:c=0x8a8178:t=fill,\
                  drawbox=x=0:y=180:w=640:h=18:c=0xb9b7b0:t=fill,\
                  drawbox=x=0:y=284:w=640:h=3:c=0xe0e0da:t=fill,\
                  drawbox=x=250:y=206:w=110:h=60:c=0xd01818:t=fill[street]";
    let passing = "color=c=0xd01818:s=100x48:r=10:d=90[car]";
    let graph = format!(
        "{street};{passing};[street][car]overlay=x='mod(t*160\\,900)-120':y=300,noise=alls=4:allf=t,format=yuv420p[out]"
    );
    ffmpeg.args([
        "-filter_complex",
        &graph,
        "-map",
        "[out]",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
    ]);
    ffmpeg.args([
        "-crf",
        "28",
        "-g",
        "10",
        "-keyint_min",
        "10",
        "-sc_threshold",
        "0",
        "-bf",
        "0",
    ])
}

#[cfg(test)]
mod tests {
    use curbwatch_config::{Review, Sending};

    use super::*;

    fn street() -> Street {
        Street {
            what: "two clips",
            clips: vec![PathBuf::from("a.mp4"), PathBuf::from("b.mp4")],
            zones: vec![DRIVEWAY, KERB],
            model: PathBuf::from("a \"b\".toml"),
            model_dirs: vec![],
        }
    }

    #[test]
    fn every_camera_gets_the_zones_of_its_clip() {
        let urls: Vec<String> = (1..=3)
            .map(|number| format!("rtsp://127.0.0.1:1/camera-{number:04}"))
            .collect();
        let text = street().config(&urls, 8088);
        let zones: Vec<&str> = text.lines().filter(|line| line.starts_with("id = ")).collect();
        let want = [
            "demo-1",
            "driveway",
            "road",
            "demo-2",
            "kerb_lane",
            "road",
            "demo-3",
            "driveway",
            "road",
        ];
        assert_eq!(zones, want.map(|id| format!("id = \"{id}\"")));
        assert!(text.contains(r#"model = "a \"b\".toml""#), "{text}");
    }

    #[test]
    fn the_product_takes_every_configuration_of_the_demo() {
        let urls: Vec<String> = (1..=4)
            .map(|number| format!("rtsp://127.0.0.1:1/camera-{number:04}"))
            .collect();
        for (model, zones) in [(REAL_MODEL, vec![DRIVEWAY, KERB]), (DRAWN_MODEL, vec![DRAWN])] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let path = folder.path().join("curbwatch.toml");
            let street = Street {
                zones,
                model: shell::root().join(model),
                ..street()
            };
            fs::write(&path, street.config(&urls, 8088)).expect("writable");
            let config = curbwatch_config::load(&path, &|_| None).map_err(|problems| problems.to_string());
            let config = config.expect(model);
            assert_eq!(config.cameras.len(), 4, "{model}");
            let sent = Some(Sending::Auto);
            let every_class = Review {
                street_front_trading: sent,
                illegal_motor_parking: sent,
                itinerant_vendor: sent,
                disorderly_nonmotor_parking: sent,
                exposed_garbage: sent,
                piled_materials: sent,
            };
            assert_eq!(config.review, every_class, "{model}");
        }
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

//! The targets by name. `fuzz/` includes this file as it is, so that the instrumented build needs the leaf
//! crates only and has exactly these.

use std::io::Write as _;
use std::path::PathBuf;

use curbwatch_ingest::fuzzing as ingest;

/// A target: any bytes in, nothing out; what it promises and does not keep is a panic.
pub type Target = fn(&[u8]);

/// Every target.
pub const TARGETS: [(&str, Target); 12] = [
    ("rtsp_messages", ingest::rtsp_messages),
    ("interleaved_framing", ingest::interleaved_framing),
    ("session_description", ingest::session_description),
    ("rtp_h264", ingest::rtp_h264),
    ("rtp_h265", ingest::rtp_h265),
    ("nal_units", ingest::nal_units),
    ("supplemental", ingest::supplemental),
    ("footage_manifest", ingest::footage_manifest),
    ("model_manifest", model_manifest),
    ("config_toml", config_toml),
    ("camera_list", camera_list),
    ("zones", zones),
];

/// What an environment variable holds while a configuration is read: no message may show it.
const SENTINEL: &str = "sentinel-9f31";

/// A model's manifest.
fn model_manifest(bytes: &[u8]) {
    let Some(path) = written("model_manifest", "model.toml", bytes) else {
        return;
    };
    if let Err(error) = curbwatch_infer::Manifest::read(&path) {
        assert!(!error.to_string().is_empty());
    }
}

/// The main configuration file.
fn config_toml(bytes: &[u8]) {
    if let Some(path) = written("config_toml", "curbwatch.toml", bytes) {
        load(&path);
    }
}

/// A list of cameras in CSV, included by a main file.
fn camera_list(bytes: &[u8]) {
    const MAIN: &[u8] = b"include = [\"cameras.csv\"]\n[inference]\nmodel = \"model.toml\"\n";
    let main = written("camera_list", "curbwatch.toml", MAIN);
    if let (Some(main), Some(_)) = (main, written("camera_list", "cameras.csv", bytes)) {
        load(&main);
    }
}

/// A file of zones, included by a main file with the cameras `a` and `b`.
fn zones(bytes: &[u8]) {
    const MAIN: &[u8] = b"include = [\"zones.toml\"]\n[inference]\nmodel = \"model.toml\"\n\
        [[cameras]]\nid = \"a\"\n[[cameras]]\nid = \"b\"\n";
    let main = written("zones", "curbwatch.toml", MAIN);
    if let (Some(main), Some(_)) = (main, written("zones", "zones.toml", bytes)) {
        load(&main);
    }
}

fn load(path: &std::path::Path) {
    match curbwatch_config::load(path, &|_| Some(SENTINEL.to_owned())) {
        Ok(config) => assert!(config.cameras.len() <= 100_000),
        Err(problems) => {
            let said = problems.to_string();
            assert!(!said.is_empty(), "refused without a word");
            assert!(!said.contains(SENTINEL), "a secret in a message: {said}");
        }
    }
}

/// Where a target of that name keeps its files.
pub(super) fn folder(target: &str) -> PathBuf {
    std::env::temp_dir().join(format!("curbwatch-fuzz-{}-{target}", std::process::id()))
}

/// Writes a file into the target's folder; `None` where that cannot be done.
fn written(target: &str, name: &str, bytes: &[u8]) -> Option<PathBuf> {
    let folder = folder(target);
    let path = folder.join(name);
    let create = || std::fs::File::create(&path);
    let made = create().or_else(|_| std::fs::create_dir_all(&folder).and_then(|()| create()));
    made.and_then(|mut file| file.write_all(bytes)).ok()?;
    Some(path)
}

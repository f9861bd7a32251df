//! The clips in `fixtures/clips`: whole, and what their scenes render.

use std::path::{Path, PathBuf};

use curbwatch_ingest::{Clip, Mode};
use curbwatch_lab::eval::cases::read_truth;
use curbwatch_lab::street::clip::ClipFile;
use curbwatch_lab::street::threads::Threads;
use curbwatch_lab::street::truth;
use curbwatch_street::{Film, Street};
use curbwatch_types::{CameraId, Wall};

use crate::{pictures, skipped};

/// The committed clips and their scene files, by name.
fn fixtures() -> Vec<(ClipFile, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clips");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return Vec::new();
    };
    let mut out: Vec<(ClipFile, PathBuf)> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            name.strip_suffix(".toml").is_some_and(|stem| !stem.contains('.'))
        })
        .map(|path| {
            (
                ClipFile::read(&path).expect("a clip file"),
                path.with_extension("mp4"),
            )
        })
        .collect();
    out.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    out
}

#[test]
fn committed_clips_are_whole_and_as_their_truth_says() {
    let mut bytes = 0;
    for (clip, path) in fixtures() {
        let truth = truth::read(&path.with_extension("truth.jsonl")).expect("truth");
        assert_eq!(truth.len(), clip.pictures(), "{}", clip.name);
        let stamps = pictures(&path);
        assert_eq!(stamps.len(), truth.len(), "{}", clip.name);
        for ((at, _), picture) in stamps.iter().zip(&truth) {
            assert!(
                (at - picture.t_ms).abs() <= 1,
                "{}: {at} and {} ms",
                clip.name,
                picture.t_ms
            );
        }
        let keys: Vec<i64> = stamps.iter().filter(|(_, key)| *key).map(|(at, _)| *at).collect();
        assert!(
            keys.windows(2).all(|k| k[1] - k[0] <= 4000),
            "{}: keyframes at {keys:?}",
            clip.name
        );
        let events = read_truth(&path.with_extension("events.json")).expect("events");
        assert!(!events.events.is_empty(), "{}", clip.name);
        if !clip.scene.moves.is_empty() {
            let view = image::open(path.with_extension("view.jpg")).expect("the stored view");
            let size = (view.width() as usize, view.height() as usize);
            assert_eq!(
                size,
                (clip.scene.format.width, clip.scene.format.height),
                "{}",
                clip.name
            );
        }
        bytes += std::fs::metadata(&path).expect("the clip").len();
        decodes(&path, clip.scene.format.width);
    }
    assert!(bytes < 20 << 20, "{bytes} bytes of clips");
}

/// Decodes the first and the last keyframe.
fn decodes(path: &Path, width: usize) {
    use curbwatch_decode::{Decoder, Options};
    let camera = CameraId::new("north").expect("an id");
    let clip = Clip::open(path, camera, Wall(0), Mode::default()).expect("a clip");
    let keys: Vec<_> = clip.filter_map(Result::ok).filter(|unit| unit.keyframe).collect();
    let mut decoder = Decoder::new(Options::default());
    for unit in keys.first().iter().chain(&keys.last()) {
        let mut picture = curbwatch_types::Picture::default();
        decoder.decode_key(unit, &mut picture).expect("it decodes");
        assert_eq!(picture.width, width, "{}", path.display());
    }
}

#[test]
fn a_committed_clip_is_what_its_scene_renders() {
    let clips = fixtures();
    let Some((clip, path)) = clips.iter().find(|(clip, _)| clip.scene.format.width <= 640) else {
        return skipped("there are no clips in fixtures/clips");
    };
    let truth = truth::read(&path.with_extension("truth.jsonl")).expect("truth");
    let number = truth.len() / 2;
    let street = Street::build(&clip.scene).expect("a street");
    let frame = Film::new(&street).frame(clip.shown_secs(number).0, &Threads(2));
    assert_eq!(
        truth::picture_hash(&frame.rgb),
        truth[number].sha256,
        "picture {number} of {} is rendered otherwise now; rebuild the clips: \
         curbwatch-lab street clip fixtures/clips/*.toml --out fixtures/clips",
        clip.name
    );
}

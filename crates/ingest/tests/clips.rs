//! Clips: real ones where they are at hand, damaged ones always.
#![expect(clippy::unwrap_used, reason = "helpers of tests, outside a test function")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use curbwatch_ingest::{Clip, Mode};
use curbwatch_types::{AccessUnit, CameraId, Codec, Taint, Wall};

fn asset(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("CURBWATCH_ASSETS") else {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: CURBWATCH_ASSETS is not set; {name} was not read"
        );
        return None;
    };
    Some(Path::new(&folder).join("videos").join(name))
}

fn read(path: &Path, mode: Mode) -> (Clip, Vec<AccessUnit>) {
    let mut clip = Clip::open(path, CameraId::new("c").unwrap(), Wall(1_000_000), mode).unwrap();
    let units = clip.by_ref().collect::<Result<_, _>>().unwrap();
    (clip, units)
}

/// (file, codec, size, pictures, keyframes), as `ffprobe -show_packets` counts them.
type Row = (&'static str, Codec, (usize, usize), usize, usize);
const CLIPS: [Row; 3] = [
    ("street/intel_car-detection.mp4", Codec::H264, (768, 432), 377, 7),
    (
        "street/nvidia_retail02_hevc.mp4",
        Codec::H265,
        (1920, 1080),
        603,
        3,
    ),
    (
        "street/bgslib_motorway_video02.avi",
        Codec::Mpeg4,
        (320, 240),
        750,
        5,
    ),
];

#[test]
fn real_clips_come_out_whole_and_in_both_modes() {
    for (name, codec, size, pictures, keys) in CLIPS {
        let Some(path) = asset(name) else { continue };
        let (clip, all) = read(&path, Mode::AllFrames);
        assert_eq!((clip.codec(), clip.size()), (codec, size), "{name}");
        assert_eq!(
            (all.len(), all.iter().filter(|u| u.keyframe).count()),
            (pictures, keys),
            "{name}"
        );
        assert!(all[0].keyframe && all[0].media_time.0 == 0 && all[0].captured_at.at == Wall(1_000_000));
        assert!(all.iter().all(|u| u.taint == Taint::Clean), "{name}");
        let (_, only_keys) = read(&path, Mode::Keyframes);
        let from_all: Vec<_> = all
            .iter()
            .filter(|u| u.keyframe)
            .map(|u| (u.media_time, &u.bytes))
            .collect();
        let alone: Vec<_> = only_keys.iter().map(|u| (u.media_time, &u.bytes)).collect();
        assert_eq!(from_all, alone, "{name}");
        if codec != Codec::Mpeg4 {
            assert!(!clip.parameter_sets().is_empty());
            assert!(
                alone.iter().all(|(_, bytes)| bytes.starts_with(&[0, 0, 0, 1])),
                "{name}"
            );
        }
    }
}

#[test]
fn what_is_no_clip_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let nonsense = folder.path().join("nonsense.mp4");
    std::fs::write(&nonsense, [7; 4000]).unwrap();
    for path in [
        nonsense,
        folder.path().join("absent.mp4"),
        PathBuf::from("tcp://127.0.0.1:1"),
    ] {
        let opened = Clip::open(&path, CameraId::new("c").unwrap(), Wall(0), Mode::Keyframes);
        let error = opened.err().unwrap();
        assert_eq!(error.kind(), "clip");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn a_clip_cut_short_gives_what_it_has() {
    let Some(path) = asset("street/bgslib_motorway_video02.avi") else {
        return;
    };
    let whole = std::fs::read(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.avi");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let clip = Clip::open(&cut, CameraId::new("c").unwrap(), Wall(0), Mode::AllFrames).unwrap();
    assert!(clip.filter_map(Result::ok).count() > 0);
}

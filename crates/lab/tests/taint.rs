//! What taint finds where packets show no gap: pictures or slices taken out of streams of every encoder at hand,
//! with the RTP numbers whole, as a gateway does that drops and numbers anew. libavcodec decodes such streams without a
//! word, and is the judge here: a picture whose samples differ from those of the whole stream is damaged.
//!
//! Two promises: a clean stream has no tainted picture, and a damaged picture is tainted.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what was measured"
)]

mod support;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use curbwatch_decode::StreamDecoder;
use curbwatch_ingest::fuzzing::reassembled;
use curbwatch_ingest::{Clip, Mode};
use curbwatch_lab::farm::nal_units;
use curbwatch_types::{AccessUnit, CameraId, Codec, Picture, Taint, Wall};
use support::{shared_folder, skipped};

/// One slice or picture of so many is taken out.
const ONE_OF: usize = 40;
/// Pictures left whole at first: how an encoder cuts its pictures into slices must be learned.
const LEARNED_AFTER: usize = 25;

/// An encoder's way to refer to pictures: name, codec, encoder, its parameters, other arguments.
struct Stream {
    name: &'static str,
    codec: Codec,
    parameters: &'static str,
    more: &'static [&'static str],
}

const fn h264(name: &'static str, parameters: &'static str, more: &'static [&'static str]) -> Stream {
    Stream {
        name,
        codec: Codec::H264,
        parameters,
        more,
    }
}

const fn h265(name: &'static str, parameters: &'static str) -> Stream {
    Stream {
        name,
        codec: Codec::H265,
        parameters,
        more: &[],
    }
}

const STREAMS: [Stream; 18] = [
    h264("x264 one reference", "keyint=50:bframes=0:ref=1", &[]),
    h264("x264 sixteen references", "keyint=50:bframes=0:ref=16", &[]),
    h264("x264 B", "keyint=50:bframes=3:b-pyramid=none:ref=3", &[]),
    h264(
        "x264 B pyramid",
        "keyint=50:bframes=5:b-adapt=0:b-pyramid=normal:ref=4",
        &[],
    ),
    h264(
        "x264 strict pyramid",
        "keyint=50:bframes=5:b-adapt=0:b-pyramid=strict:ref=4",
        &[],
    ),
    h264(
        "x264 open GOP",
        "keyint=50:bframes=3:b-adapt=0:open-gop=1:ref=4",
        &[],
    ),
    h264(
        "x264 intra refresh",
        "keyint=50:intra-refresh=1:ref=1:bframes=0",
        &[],
    ),
    h264(
        "x264 intra refresh, B",
        "keyint=50:intra-refresh=1:bframes=2:b-pyramid=none",
        &[],
    ),
    h264("x264 four slices", "keyint=50:slices=4:bframes=2", &[]),
    h264(
        "x264 interlaced",
        "keyint=50:tff=1:bframes=2",
        &["-flags", "+ildct+ilme"],
    ),
    h264(
        "x264 long GOP, weighted",
        "keyint=1000:weightp=2:weightb=1:bframes=3:ref=5",
        &["-vf", "fade=in:0:100"],
    ),
    h264("x264 baseline", "keyint=50:ref=2", &["-profile:v", "baseline"]),
    h265("x265 no B", "keyint=50:bframes=0:ref=1:open-gop=0"),
    h265(
        "x265 B pyramid",
        "keyint=50:bframes=4:b-adapt=0:b-pyramid=1:ref=4:open-gop=0",
    ),
    h265(
        "x265 open GOP",
        "keyint=50:min-keyint=50:bframes=4:b-adapt=0:open-gop=1:ref=4",
    ),
    h265(
        "x265 temporal layers",
        "keyint=50:bframes=3:b-adapt=0:temporal-layers=1:open-gop=0",
    ),
    h265("x265 intra refresh", "keyint=50:intra-refresh=1:bframes=0"),
    h265(
        "x265 three slices",
        "keyint=50:slices=3:bframes=2:ctu=32:open-gop=0",
    ),
];

/// 25 pictures a second of a pattern that moves everywhere. `None` where the program or its encoder is missing.
fn encode(folder: &Path, stream: &Stream, secs: usize) -> Option<PathBuf> {
    let path = folder.join(format!("{}.mp4", stream.name.replace([' ', ','], "-")));
    let mut command = Command::new("ffmpeg");
    command
        .args(["-y", "-nostdin", "-v", "error", "-f", "lavfi"])
        .args([
            "-i",
            "testsrc2=size=320x240:rate=25,noise=alls=8:allf=t",
            "-t",
            &secs.to_string(),
        ])
        .args(stream.more)
        .args(["-preset", "veryfast", "-pix_fmt", "yuv420p"]);
    match stream.codec {
        Codec::H265 => {
            let parameters = format!("log-level=none:{}", stream.parameters);
            command.args(["-c:v", "libx265", "-x265-params", &parameters, "-tag:v", "hvc1"]);
        }
        _ => drop(command.args(["-c:v", "libx264", "-x264-params", stream.parameters])),
    }
    let status = command.arg(&path).status();
    status.is_ok_and(|status| status.success()).then_some(path)
}

fn read(path: &Path) -> Vec<AccessUnit> {
    let camera = CameraId::new("clip").expect("an id");
    let clip = Clip::open(path, camera, Wall(0), Mode::AllFrames).expect("a clip");
    clip.map(|unit| unit.expect("a unit")).collect()
}

/// Samples of each picture that comes out, by media time.
fn pictures(units: &[AccessUnit]) -> BTreeMap<i64, u64> {
    let (Some(first), Some(last)) = (units.first(), units.last()) else {
        return BTreeMap::new();
    };
    let mut decoder =
        StreamDecoder::new(first.codec, curbwatch_decode::Options::default()).expect("a decoder");
    let mut into = Picture::default();
    let mut seen = BTreeMap::new();
    let mut keep = |decoder: &StreamDecoder, into: &Picture| {
        let mut hash = DefaultHasher::new();
        for plane in [&into.y, &into.u, &into.v] {
            (0..plane.height).for_each(|y| plane.row(y).hash(&mut hash));
        }
        if let Some(time) = decoder.media_time() {
            seen.insert(time.0, hash.finish());
        }
    };
    for unit in units {
        if decoder.push(unit, &mut into).unwrap_or(false) {
            keep(&decoder, &into);
        }
    }
    while decoder.finish(last, &mut into).unwrap_or(false) {
        keep(&decoder, &into);
    }
    seen
}

fn is_slice(codec: Codec, nal: &[u8]) -> bool {
    match codec {
        Codec::H265 => nal[0] >> 1 & 0x3f < 32,
        _ => (1..=5).contains(&(nal[0] & 0x1f)),
    }
}

/// The stream with one slice of [`ONE_OF`] taken out.
fn damaged(units: &[AccessUnit], seed: u64) -> Vec<AccessUnit> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut out = units[..LEARNED_AFTER].to_vec();
    for unit in &units[LEARNED_AFTER..] {
        let mut left = 0;
        let mut bytes = Vec::with_capacity(unit.bytes.len());
        for nal in nal_units(&unit.bytes) {
            if is_slice(unit.codec, nal) {
                if chance.usize(..ONE_OF) == 0 {
                    continue;
                }
                left += 1;
            }
            bytes.extend_from_slice(&[0, 0, 0, 1]);
            bytes.extend_from_slice(nal);
        }
        if left > 0 {
            let mut unit = unit.clone();
            unit.bytes = bytes.into();
            out.push(unit);
        }
    }
    out
}

/// What taint found in a damaged stream.
#[derive(Debug, Default, Clone, Copy)]
struct Found {
    /// Pictures that came out of the decoder.
    decoded: usize,
    damaged: usize,
    damaged_tainted: usize,
    /// Sound pictures tainted all the same: what follows a loss up to the next random-access point.
    sound_tainted: usize,
}

fn measure(units: &[AccessUnit], whole: &BTreeMap<i64, u64>, seed: u64) -> Found {
    let received = reassembled(&damaged(units, seed), Mode::AllFrames);
    let mut found = Found::default();
    let seen = pictures(&received);
    for unit in &received {
        let time = unit.media_time.0;
        let (Some(got), Some(want)) = (seen.get(&time), whole.get(&time)) else {
            continue;
        };
        let tainted = unit.taint != Taint::Clean;
        found.decoded += 1;
        match (got == want, tainted) {
            (true, true) => found.sound_tainted += 1,
            (true, false) => {}
            (false, _) => {
                found.damaged += 1;
                found.damaged_tainted += usize::from(tainted);
            }
        }
    }
    found
}

fn assert_clean(name: &str, units: &[AccessUnit]) {
    let again = reassembled(units, Mode::AllFrames);
    assert_eq!(again.len(), units.len(), "{name}");
    for units in [units, &again] {
        let tainted = units.iter().position(|u| u.taint != Taint::Clean);
        assert_eq!(
            tainted, None,
            "{name}: the first tainted picture of a clean stream"
        );
    }
}

#[test]
fn clean_streams_are_clean_and_damaged_pictures_are_tainted() {
    check_all(4, 1);
}

/// The figures of `docs/measurements.md`.
#[test]
#[ignore = "takes minutes: cargo xtask slow"]
fn taint_over_many_seeds() {
    check_all(12, 5);
}

fn check_all(secs: usize, seeds: u64) {
    let folder = shared_folder();
    let mut total = Found::default();
    let mut silent = Vec::new();
    for stream in &STREAMS {
        let Some(clip) = encode(folder.path(), stream, secs) else {
            return skipped("the ffmpeg program with libx264 and libx265 is not installed");
        };
        let units = read(&clip);
        assert_eq!(units.len(), secs * 25, "{}", stream.name);
        assert_clean(stream.name, &units);
        let whole = pictures(&units);
        for seed in 1..=seeds {
            let found = measure(&units, &whole, seed);
            println!("{}, seed {seed}: {found:?}", stream.name);
            total.decoded += found.decoded;
            total.damaged += found.damaged;
            total.damaged_tainted += found.damaged_tainted;
            total.sound_tainted += found.sound_tainted;
            if found.damaged_tainted < found.damaged {
                silent.push(format!("{}, seed {seed}: {found:?}", stream.name));
            }
        }
    }
    println!("all: {total:?}");
    assert!(total.damaged > 200, "the streams were damaged: {total:?}");
    assert_eq!(
        silent,
        Vec::<String>::new(),
        "damaged pictures that are not tainted"
    );
}

/// A stream without keyframes joined in the middle of a refresh: nothing is clean before a whole one has passed,
/// and what is clean decodes to the samples of the whole stream.
#[test]
fn gradual_refresh_joined_in_mid_wave() {
    const JOINED_AT: usize = 60;
    let folder = shared_folder();
    for stream in STREAMS.iter().filter(|s| s.name.contains("x264 intra refresh")) {
        let Some(clip) = encode(folder.path(), stream, 10) else {
            return skipped("the ffmpeg program with libx264 and libx265 is not installed");
        };
        let units = read(&clip);
        let whole = pictures(&units);
        let mut joined = units[JOINED_AT..].to_vec();
        // The parameter sets come before the first picture only, as a session description brings them.
        let nals = nal_units(&units[0].bytes);
        let sets = nals.into_iter().take_while(|nal| !is_slice(stream.codec, nal));
        let sets = sets.flat_map(|nal| [&[0, 0, 0, 1], nal].concat());
        joined[0].bytes = sets
            .chain(joined[0].bytes.iter().copied())
            .collect::<Vec<_>>()
            .into();
        let received = reassembled(&joined, Mode::AllFrames);
        let keys = received.iter().filter(|u| u.keyframe).count();
        let first_clean = received.iter().position(|u| u.taint == Taint::Clean);
        let first_clean = first_clean.unwrap_or_else(|| panic!("{}: never clean", stream.name));
        let seen = pictures(&received);
        let mut same = 0;
        for unit in received.iter().filter(|u| u.taint == Taint::Clean) {
            if let Some(got) = seen.get(&unit.media_time.0) {
                assert_eq!(whole.get(&unit.media_time.0), Some(got), "{}", stream.name);
                same += 1;
            }
        }
        println!(
            "{}: {keys} keys, clean after {first_clean} pictures, {same} decode alike",
            stream.name
        );
        assert!(
            first_clean > 0 && same > 50,
            "{}: {first_clean}, {same}",
            stream.name
        );
    }
}

/// Real clips where they are at hand. Some recordings lack pictures themselves: taint begins only where
/// the time of a picture is missing, too.
#[test]
fn real_clips_are_tainted_only_where_pictures_are_missing() {
    let Some(assets) = std::env::var_os("CURBWATCH_ASSETS") else {
        return skipped("CURBWATCH_ASSETS is not set; real clips were not read");
    };
    let mut clips = Vec::new();
    gather(&Path::new(&assets).join("videos"), &mut clips);
    gather(&support::peers_folder().join("../clips"), &mut clips);
    let (mut read_clips, mut read_pictures, mut holes) = (0, 0, 0);
    for path in clips {
        let units = read(&path);
        if units.first().is_none_or(|u| u.codec == Codec::Mpeg4) {
            continue;
        }
        (read_clips, read_pictures) = (read_clips + 1, read_pictures + units.len());
        let steps: Vec<i64> = units
            .windows(2)
            .map(|w| w[1].media_time.0 - w[0].media_time.0)
            .collect();
        let mut usual = steps.clone();
        usual.sort_unstable();
        let usual = usual.get(usual.len() / 2).copied().unwrap_or(0);
        for (pair, step) in units.windows(2).zip(&steps) {
            if pair[0].taint == Taint::Clean && pair[1].taint != Taint::Clean {
                let (path, at) = (path.display(), pair[1].media_time.0);
                println!("{path}: a picture is missing before {at}: a step of {step}, usually {usual}");
                assert!(*step * 2 > usual * 3, "{path}: tainted without a hole at {at}");
                holes += 1;
            }
        }
        assert_eq!(units[0].taint, Taint::Clean, "{}", path.display());
    }
    println!("{read_clips} clips, {read_pictures} pictures, {holes} holes in the recordings");
    assert!(read_clips > 0);
}

fn gather(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        if path.is_dir() {
            gather(&path, into);
        } else if matches!(ending, "mp4" | "mkv" | "mov" | "avi") {
            into.push(path);
        }
    }
}

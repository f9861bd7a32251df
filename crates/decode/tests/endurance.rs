//! Thousands of pictures, good and bad, through one decoder: no crash, no leak, no hang.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod clips;

use std::io::Write as _;
use std::sync::Mutex;

use curbwatch_decode::{Decoder, Options};
use curbwatch_types::{AccessUnit, Codec, Picture};

use clips::{ffmpeg_is_there, generate, split, unit};

/// The tests here measure the memory of the process, so one runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

const X264: &str = "-c:v libx264 -preset veryfast -g 6 -sc_threshold 0 -bf 2 -pix_fmt yuv420p";
const X265: &str = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params \
    log-level=error:pools=1:frame-threads=1:keyint=6:min-keyint=6:scenecut=0:bframes=0";
const MPEG4: &str = "-c:v mpeg4 -q:v 4 -g 6";

fn units(codec: Codec, size: &str) -> Vec<AccessUnit> {
    let encoder = match codec {
        Codec::H264 => X264,
        Codec::H265 => X265,
        Codec::Mpeg4 => MPEG4,
    };
    split(codec, &generate(codec, size, 8, encoder))
}

/// Megabytes of memory this process holds.
fn resident_mb() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split_whitespace().nth(1)?.parse::<usize>().ok()? * 4096 / (1 << 20))
}

#[test]
fn memory_does_not_grow() {
    if !ffmpeg_is_there("memory_does_not_grow") {
        return;
    }
    let _alone = ALONE.lock();
    let keys: Vec<AccessUnit> = [Codec::H264, Codec::H265, Codec::Mpeg4]
        .into_iter()
        .flat_map(|codec| ["160x96", "320x180", "208x160"].map(|size| units(codec, size).remove(0)))
        .collect();
    let mut decoder = Decoder::new(Options::default());
    let mut picture = Picture::default();
    let mut decode = |count: usize| {
        for unit in keys.iter().cycle().take(count) {
            decoder.decode_key(unit, &mut picture).expect("decodes");
        }
        resident_mb()
    };
    let (Some(before), Some(after)) = (decode(200), decode(2000)) else {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: memory_does_not_grow: this system has no /proc/self/statm"
        );
        return;
    };
    assert!(
        after <= before + 8,
        "{before} MiB after 200 keyframes, {after} MiB after 2,200"
    );
}

/// One seeded mutation of `of`.
fn mutated(random: &mut fastrand::Rng, of: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = of.to_vec();
    for _ in 0..random.usize(1..4) {
        // Half of the mutations hit the parameter sets and headers.
        let reach = if random.bool() {
            bytes.len().min(120)
        } else {
            bytes.len()
        };
        let at = random.usize(0..reach.max(1));
        let length = random.usize(1..200).min(bytes.len().saturating_sub(at));
        match random.u8(0..8) {
            0 | 1 if !bytes.is_empty() => bytes[at] ^= 1 << random.u8(0..8),
            2 if !bytes.is_empty() => bytes[at] = random.u8(..),
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..at + length)),
            5 => {
                let again = bytes[at..at + length].to_vec();
                drop(bytes.splice(at..at, again));
            }
            6 => {
                let from = random.usize(0..other.len());
                let to = other.len().min(from + length);
                drop(bytes.splice(at..at + length, other[from..to].iter().copied()));
            }
            _ => drop(bytes.splice(at..at, [0, 0, 1, random.u8(..)])),
        }
    }
    bytes
}

#[test]
fn five_thousand_mutations_neither_crash_nor_leak_nor_hang() {
    if !ffmpeg_is_there("five_thousand_mutations_neither_crash_nor_leak_nor_hang") {
        return;
    }
    let _alone = ALONE.lock();
    let keys: Vec<AccessUnit> = [Codec::H264, Codec::H264, Codec::H265, Codec::H265, Codec::Mpeg4]
        .into_iter()
        .zip(["160x96", "208x160", "160x96", "208x160", "160x96"])
        .map(|(codec, size)| units(codec, size).remove(0))
        .collect();
    let mut random = fastrand::Rng::with_seed(23);
    let mut decoder = Decoder::new(Options::default());
    let mut picture = Picture::default();
    let (mut decoded, mut before) = (0, None);
    for turn in 0..5000 {
        let key = &keys[turn % keys.len()];
        let other = &keys[random.usize(0..keys.len())];
        let bad = unit(key.codec, true, mutated(&mut random, &key.bytes, &other.bytes));
        if decoder.decode_key(&bad, &mut picture).is_ok() {
            decoded += 1;
            assert_eq!(picture.y.samples.len(), picture.y.stride * picture.y.height);
            assert_eq!(
                (picture.y.width, picture.y.height),
                (picture.width, picture.height)
            );
        }
        if turn == 1000 {
            before = resident_mb();
        }
    }
    println!("{decoded} of 5,000 mutations decoded");
    assert!(
        (1..5000).contains(&decoded),
        "the mutations reach the decoder: {decoded}"
    );
    if let (Some(before), Some(after)) = (before, resident_mb()) {
        assert!(
            after <= before + 64,
            "{before} MiB after 1,000 mutations, {after} MiB after 5,000"
        );
    }
    for key in &keys {
        decoder
            .decode_key(key, &mut picture)
            .expect("a good keyframe decodes after all that");
    }
}

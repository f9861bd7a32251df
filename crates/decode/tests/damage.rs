//! A damaged keyframe must not pass as a good picture: what of it is noticed, and how much is not.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod clips;

use curbwatch_decode::{Decoder, Options};
use curbwatch_types::{AccessUnit, Codec, Picture};

use clips::{assets, demux, ffmpeg_is_there, generate, nals, split};

/// What became of damaged units.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    /// An error.
    refused: usize,
    /// The undamaged picture all the same.
    same: usize,
    /// Another picture without a word.
    silent: usize,
}

impl Tally {
    fn silent_percent(self) -> usize {
        100 * self.silent / (self.refused + self.same + self.silent).max(1)
    }
}

fn with_bytes(unit: &AccessUnit, bytes: Vec<u8>) -> AccessUnit {
    AccessUnit {
        bytes: bytes.into(),
        ..unit.clone()
    }
}

/// Decodes each of `damaged` and compares it with what `unit` gives.
fn judge(unit: &AccessUnit, damaged: impl Iterator<Item = Vec<u8>>) -> Tally {
    let mut decoder = Decoder::new(Options::default());
    let (mut good, mut picture) = (Picture::default(), Picture::default());
    decoder
        .decode_key(unit, &mut good)
        .expect("the whole unit decodes");
    let mut tally = Tally::default();
    for bytes in damaged {
        match decoder.decode_key(&with_bytes(unit, bytes), &mut picture) {
            Err(_) => tally.refused += 1,
            Ok(()) if picture == good => tally.same += 1,
            Ok(()) => tally.silent += 1,
        }
    }
    tally
}

/// The unit cut at every hundredth of its coded picture.
fn cuts(unit: &AccessUnit) -> impl Iterator<Item = Vec<u8>> {
    let head = slices_start(unit);
    (1..100).map(move |hundredth| {
        let end = head + (unit.bytes.len() - head) * hundredth / 100;
        unit.bytes[..end].to_vec()
    })
}

/// The unit with one bit of its coded picture flipped, 100 times.
fn flips(unit: &AccessUnit) -> impl Iterator<Item = Vec<u8>> {
    let head = slices_start(unit) + 16;
    let mut random = fastrand::Rng::with_seed(20);
    (0..100).map(move |_| {
        let mut bytes = unit.bytes.to_vec();
        bytes[random.usize(head..unit.bytes.len() - 4)] ^= 1 << random.u8(0..8);
        bytes
    })
}

/// The unit with 64 bytes of its coded picture missing, 100 times.
fn gaps(unit: &AccessUnit) -> impl Iterator<Item = Vec<u8>> {
    let head = slices_start(unit) + 16;
    let mut random = fastrand::Rng::with_seed(21);
    (0..100).map(move |_| {
        let at = random.usize(head..unit.bytes.len() - 80);
        [&unit.bytes[..at], &unit.bytes[at + 64..]].concat()
    })
}

/// The unit without one of its NAL units, for each but the parameter sets.
fn losses(unit: &AccessUnit) -> impl Iterator<Item = Vec<u8>> {
    let nals: Vec<Vec<u8>> = nals(&unit.bytes).into_iter().map(<[u8]>::to_vec).collect();
    let slices: Vec<usize> = (0..nals.len()).filter(|i| nals[*i].len() > 200).collect();
    slices.into_iter().map(move |lost| {
        nals.iter()
            .enumerate()
            .filter(|(i, _)| *i != lost)
            .flat_map(|(_, nal)| nal.clone())
            .collect()
    })
}

/// Where the first slice's payload begins: the first NAL unit of more than 200 bytes of the picture.
fn slices_start(unit: &AccessUnit) -> usize {
    let mut at = 0;
    for nal in nals(&unit.bytes) {
        let slice = match unit.codec {
            Codec::H264 => matches!(nal[3] & 0x1f, 1..=5),
            Codec::H265 => nal[3] >> 1 < 32,
            Codec::Mpeg4 => nal[3] == 0xb6,
        };
        if slice {
            return at + 24;
        }
        at += nal.len();
    }
    panic!("a keyframe has slices");
}

const H265: &str = "-c:v libx265 -preset ultrafast -x265-params \
    log-level=error:pools=1:frame-threads=1:keyint=6:min-keyint=6:scenecut=0:wpp=";

#[test]
fn damage_shows() {
    if !ffmpeg_is_there("damage_shows") {
        return;
    }
    let h265 = |wpp: &str| format!("{H265}{wpp}");
    let rows = [
        (
            "H.264 CABAC",
            Codec::H264,
            "-c:v libx264 -preset veryfast -g 6".to_owned(),
        ),
        (
            "H.264 CAVLC",
            Codec::H264,
            "-c:v libx264 -preset veryfast -g 6 -coder 0".to_owned(),
        ),
        (
            "H.264 8 slices",
            Codec::H264,
            "-c:v libx264 -preset veryfast -g 6 -slices 8".to_owned(),
        ),
        ("H.265", Codec::H265, h265("0")),
        ("H.265 WPP", Codec::H265, h265("1")),
        ("H.265 6 slices", Codec::H265, h265("1:slices=6")),
        ("H.265 with hash", Codec::H265, h265("0:hash=1")),
    ];
    for (name, codec, encoder) in rows {
        let stream = generate(codec, "640x352", 1, &format!("{encoder} -pix_fmt yuv420p"));
        let unit = split(codec, &stream).remove(0);
        report(name, &unit);
    }
}

#[test]
fn damage_to_real_keyframes_shows() {
    let Some(folder) = assets("damage_to_real_keyframes_shows") else {
        return;
    };
    if !ffmpeg_is_there("damage_to_real_keyframes_shows") {
        return;
    }
    for (name, codec) in [
        ("ahmetozlu_suburban_road.mp4", Codec::H264),
        ("intel_car-detection.mp4", Codec::H264),
        ("nvidia_retail02_hevc.mp4", Codec::H265),
    ] {
        let stream = demux(codec, &folder.join("videos/street").join(name));
        let unit = split(codec, &stream)
            .into_iter()
            .find(|unit| unit.keyframe)
            .expect("a keyframe");
        report(name, &unit);
    }
}

/// Prints what was noticed, and holds the line: a cut or a lost slice shows nearly always, whatever the
/// codec; scattered damage shows always where the stream carries a picture hash. Other scattered damage
/// is told and not judged: bits that mean another valid picture cannot be told from it.
fn report(name: &str, unit: &AccessUnit) {
    let hash = name.contains("hash");
    let tallies = [
        ("cut", judge(unit, cuts(unit)), 5),
        (
            "bit flipped",
            judge(unit, flips(unit)),
            if hash { 0 } else { 100 },
        ),
        (
            "64 bytes gone",
            judge(unit, gaps(unit)),
            if hash { 0 } else { 100 },
        ),
        ("slice gone", judge(unit, losses(unit)), 0),
    ];
    for (damage, tally, silent_percent_max) in tallies {
        println!("{name}, {} bytes, {damage}: {tally:?}", unit.bytes.len());
        assert!(
            tally.silent_percent() <= silent_percent_max,
            "{name}, {damage}: {tally:?}"
        );
    }
}

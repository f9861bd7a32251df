//! Clips made by the `ffmpeg` command, cut into access units without the help of ingest, and the
//! samples the command makes of them.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code, also when the benchmark is built of it"
)]

pub(crate) mod bits;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use curbwatch_types::{AccessUnit, CameraId, CapturedAt, Codec, Epoch, MediaTime, Monotonic, Picture, Taint};

/// Whether the command is there; says so when it is not.
pub(crate) fn ffmpeg_is_there(test: &str) -> bool {
    let there = Command::new("ffmpeg")
        .arg("-version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !there {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: {test}: the ffmpeg command is not installed; it makes the clips"
        );
    }
    there
}

/// The asset folder, or a line that it is not there.
pub(crate) fn assets(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CURBWATCH_ASSETS").map(PathBuf::from);
    if folder.is_none() {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: CURBWATCH_ASSETS is not set; {test} decodes the real clips in it"
        );
    }
    folder
}

/// Runs `ffmpeg` and gives its standard output.
pub(crate) fn ffmpeg(args: &[&str]) -> Vec<u8> {
    let out = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-threads", "1", "-y"])
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("ffmpeg {args:?}: {e}"));
    assert!(
        out.status.success(),
        "ffmpeg {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    out.stdout
}

/// The name of the raw format, which is also its file extension.
pub(crate) fn raw_format(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => "h264",
        Codec::H265 => "hevc",
        Codec::Mpeg4 => "m4v",
    }
}

/// Makes a noisy moving picture, coded by `encoder` (arguments split at blanks), as a raw stream.
pub(crate) fn generate(codec: Codec, size: &str, frames: u32, encoder: &str) -> Vec<u8> {
    let source = format!("testsrc2=size={size}:rate=25,noise=alls=24:allf=t:all_seed=7");
    let frames = frames.to_string();
    let mut args = vec!["-f", "lavfi", "-i", &source, "-frames:v", &frames];
    args.extend(encoder.split_whitespace());
    args.extend(["-f", raw_format(codec), "-"]);
    ffmpeg(&args)
}

/// The video of a file as a raw stream, not re-encoded.
pub(crate) fn demux(codec: Codec, file: &Path) -> Vec<u8> {
    let filter = match codec {
        Codec::H264 => "h264_mp4toannexb",
        Codec::H265 => "hevc_mp4toannexb",
        Codec::Mpeg4 => "mpeg4_unpack_bframes,dump_extra",
    };
    let file = file.to_str().expect("a readable path");
    ffmpeg(&[
        "-i",
        file,
        "-map",
        "0:v:0",
        "-c",
        "copy",
        "-bsf:v",
        filter,
        "-f",
        raw_format(codec),
        "-",
    ])
}

/// What the command decodes of a raw stream, in `pix_fmt`: only the keyframes with `keys`.
pub(crate) fn decode_by_command(codec: Codec, stream: &[u8], keys: bool, pix_fmt: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("clip");
    std::fs::write(&file, stream).expect("write the clip");
    let mut args = vec!["-flags", "unaligned", "-f", raw_format(codec)];
    if keys {
        args.extend(["-skip_frame", "nokey"]);
    }
    args.extend([
        "-i",
        file.to_str().expect("a readable path"),
        "-fps_mode",
        "passthrough",
    ]);
    args.extend(["-pix_fmt", pix_fmt, "-f", "rawvideo", "-"]);
    ffmpeg(&args)
}

/// A unit of camera `test` with those bytes.
pub(crate) fn unit(codec: Codec, keyframe: bool, bytes: Vec<u8>) -> AccessUnit {
    AccessUnit {
        camera: CameraId::new("test").expect("a good id"),
        epoch: Epoch(0),
        codec,
        keyframe,
        taint: Taint::Clean,
        media_time: MediaTime(0),
        received: Monotonic::default(),
        captured_at: CapturedAt::default(),
        bytes: Bytes::from(bytes),
    }
}

/// What a NAL unit (or MPEG-4 start code) is to the splitter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Set,
    Prefix,
    FirstSlice { key: bool },
    NextSlice,
    Suffix,
}

fn kind(codec: Codec, nal: &[u8]) -> Kind {
    match codec {
        Codec::H264 => match nal[0] & 0x1f {
            7 | 8 => Kind::Set,
            kind @ 1..=5 if nal[1] & 0x80 != 0 => Kind::FirstSlice { key: kind == 5 },
            1..=5 => Kind::NextSlice,
            _ => Kind::Prefix,
        },
        Codec::H265 => match nal[0] >> 1 & 0x3f {
            32..=34 => Kind::Set,
            kind @ 0..=31 if nal[2] & 0x80 != 0 => Kind::FirstSlice {
                key: (16..=21).contains(&kind),
            },
            0..=31 => Kind::NextSlice,
            36..=38 | 40 => Kind::Suffix,
            _ => Kind::Prefix,
        },
        Codec::Mpeg4 => match nal[0] {
            0xb6 => Kind::FirstSlice {
                key: nal[1] >> 6 == 0,
            },
            0xb2 | 0xb3 => Kind::Prefix,
            _ => Kind::Set,
        },
    }
}

/// NAL units of a raw stream, with a start code of three bytes each.
pub(crate) fn nals(stream: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = (0..stream.len().saturating_sub(3))
        .filter(|i| stream[*i..].starts_with(&[0, 0, 1]))
        .collect();
    starts.push(stream.len());
    starts.windows(2).map(|w| &stream[w[0]..w[1]]).collect()
}

/// Cuts a raw stream into units. Keyframes get the latest parameter sets in front when they have
/// none, as ingest does it. Media time counts pictures in decoding order.
pub(crate) fn split(codec: Codec, stream: &[u8]) -> Vec<AccessUnit> {
    let mut units: Vec<AccessUnit> = Vec::new();
    let (mut sets, mut new_sets) = (Vec::new(), Vec::new());
    let mut prefix = Vec::new();
    let mut current: Option<(bool, Vec<u8>)> = None;
    let mut recovery = false;
    let mut close = |current: &mut Option<(bool, Vec<u8>)>| {
        if let Some((key, bytes)) = current.take() {
            let mut unit = unit(codec, key, bytes);
            unit.media_time = MediaTime(units.len() as i64);
            units.push(unit);
        }
    };
    for nal in nals(stream) {
        match kind(codec, &nal[3..]) {
            Kind::Set => {
                close(&mut current);
                new_sets.extend_from_slice(nal);
            }
            Kind::Prefix => {
                close(&mut current);
                recovery |= codec == Codec::H264 && nal[3..].starts_with(&[6, 6]);
                prefix.extend_from_slice(nal);
            }
            Kind::FirstSlice { key } => {
                close(&mut current);
                if !new_sets.is_empty() {
                    sets = std::mem::take(&mut new_sets);
                }
                let key = key || std::mem::take(&mut recovery);
                let mut bytes = if key { sets.clone() } else { Vec::new() };
                bytes.append(&mut prefix);
                bytes.extend_from_slice(nal);
                current = Some((key, bytes));
            }
            Kind::NextSlice | Kind::Suffix => {
                if let Some((_, bytes)) = &mut current {
                    bytes.extend_from_slice(nal);
                }
            }
        }
    }
    close(&mut current);
    units
}

/// The samples of a picture, plane after plane without padding.
pub(crate) fn samples(picture: &Picture) -> Vec<u8> {
    [&picture.y, &picture.u, &picture.v]
        .into_iter()
        .flat_map(|plane| (0..plane.height).flat_map(|y| plane.row(y).iter().copied()))
        .collect()
}

//! Decoding equals FFmpeg's command line bit for bit, on keyframes alone and on whole streams.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod clips;

use curbwatch_decode::{Decoder, Options, StreamDecoder};
use curbwatch_types::{AccessUnit, Chroma, Codec, Matrix, Picture, Range};

use clips::{assets, decode_by_command, demux, ffmpeg_is_there, generate, samples, split};

/// A clip and what its pictures are.
struct Row<'a> {
    codec: Codec,
    size: &'a str,
    /// Arguments of the `ffmpeg` command.
    encoder: &'a str,
    /// The decoder's own format, in which the command writes without converting.
    pix_fmt: &'a str,
    picture: (Chroma, Range, Matrix),
}

const PLAIN: (Chroma, Range, Matrix) = (Chroma::Yuv420, Range::Limited, Matrix::Bt601);

macro_rules! row {
    ($codec:ident, $size:literal, $pix_fmt:literal, $picture:expr, $encoder:expr) => {
        Row {
            codec: Codec::$codec,
            size: $size,
            pix_fmt: $pix_fmt,
            picture: $picture,
            encoder: $encoder,
        }
    };
}

macro_rules! x264 {
    ($more:literal) => {
        concat!("-c:v libx264 -preset veryfast -g 6 ", $more)
    };
}

macro_rules! x265 {
    ($more:literal) => {
        concat!(
            "-c:v libx265 -preset ultrafast -x265-params \
             log-level=error:pools=1:frame-threads=1:keyint=6:min-keyint=6:scenecut=0",
            $more
        )
    };
}

const ROWS: &[Row<'static>] = &[
    row!(H264, "320x180", "yuv420p", PLAIN, x264!("-pix_fmt yuv420p -bf 0")),
    row!(
        H264,
        "320x180",
        "yuv420p",
        PLAIN,
        x264!("-pix_fmt yuv420p -bf 3 -b_strategy 0")
    ),
    row!(
        H264,
        "320x180",
        "yuv420p",
        PLAIN,
        x264!("-pix_fmt yuv420p -bf 3 -flags -cgop -x264-params open-gop=1:scenecut=0")
    ),
    row!(
        H264,
        "322x182",
        "yuv420p",
        PLAIN,
        x264!("-pix_fmt yuv420p -profile:v baseline -slices 4")
    ),
    row!(
        H264,
        "320x176",
        "yuv420p",
        PLAIN,
        x264!("-pix_fmt yuv420p -bsf:v h264_metadata=crop_left=6:crop_right=10:crop_top=4:crop_bottom=2")
    ),
    row!(
        H264,
        "320x192",
        "yuv420p",
        PLAIN,
        x264!("-pix_fmt yuv420p -flags +ilme+ildct -x264-params tff=1")
    ),
    row!(
        H264,
        "320x180",
        "yuvj420p",
        (Chroma::Yuv420, Range::Full, Matrix::Bt709),
        x264!("-pix_fmt yuvj420p -colorspace bt709")
    ),
    row!(
        H264,
        "320x180",
        "yuv422p",
        (Chroma::Yuv422, Range::Limited, Matrix::Bt601),
        x264!("-pix_fmt yuv422p -bf 3")
    ),
    row!(
        H264,
        "321x181",
        "yuv444p",
        (Chroma::Yuv444, Range::Limited, Matrix::Bt601),
        x264!("-pix_fmt yuv444p")
    ),
    row!(
        H264,
        "320x180",
        "gray",
        (Chroma::Yuv420, Range::Full, Matrix::Bt601),
        x264!("-pix_fmt gray")
    ),
    row!(
        H264,
        "320x180",
        "yuv420p10le",
        PLAIN,
        x264!("-pix_fmt yuv420p10le")
    ),
    row!(
        H264,
        "1280x720",
        "yuv420p",
        (Chroma::Yuv420, Range::Limited, Matrix::Bt709),
        x264!("-pix_fmt yuv420p -bf 3")
    ),
    row!(
        H265,
        "320x180",
        "yuv420p",
        PLAIN,
        x265!(":bframes=0 -pix_fmt yuv420p")
    ),
    row!(
        H265,
        "320x180",
        "yuv420p",
        PLAIN,
        x265!(":bframes=3:open-gop=0 -pix_fmt yuv420p")
    ),
    row!(
        H265,
        "322x182",
        "yuv420p",
        PLAIN,
        x265!(":bframes=3:open-gop=1:slices=2:hash=1 -pix_fmt yuv420p")
    ),
    row!(
        H265,
        "320x180",
        "yuvj420p",
        (Chroma::Yuv420, Range::Full, Matrix::Bt2020),
        x265!(":range=full:colormatrix=bt2020nc -pix_fmt yuvj420p")
    ),
    row!(
        H265,
        "320x180",
        "yuv422p",
        (Chroma::Yuv422, Range::Limited, Matrix::Bt601),
        x265!(" -pix_fmt yuv422p")
    ),
    row!(
        H265,
        "320x180",
        "yuv420p10le",
        PLAIN,
        x265!(":bframes=3 -pix_fmt yuv420p10le")
    ),
    row!(Mpeg4, "320x180", "yuv420p", PLAIN, "-c:v mpeg4 -q:v 4 -g 6 -bf 2"),
];

/// What 8-bit samples the command's output stands for.
fn expected(row: &Row<'_>, raw: &[u8], picture: &Picture) -> Vec<u8> {
    match row.pix_fmt {
        "yuv420p10le" => raw
            .chunks_exact(2)
            .map(|pair| ((u16::from_le_bytes([pair[0], pair[1]]) + 2) >> 2).min(255) as u8)
            .collect(),
        "gray" => {
            let chroma = picture.width.div_ceil(2) * picture.height.div_ceil(2);
            raw.chunks_exact(picture.width * picture.height)
                .flat_map(|y| y.iter().copied().chain(std::iter::repeat_n(128, 2 * chroma)))
                .collect()
        }
        _ => raw.to_vec(),
    }
}

/// Decodes the keyframes among `units` and compares them with `raw`; how many there were.
fn check_keys(row: &Row<'_>, decoder: &mut Decoder, units: &[AccessUnit], raw: &[u8]) -> usize {
    let mut picture = Picture::default();
    let mut got = Vec::new();
    let mut keys = 0;
    for unit in units.iter().filter(|unit| unit.keyframe) {
        decoder
            .decode_key(unit, &mut picture)
            .unwrap_or_else(|e| panic!("{}: keyframe {keys}: {e}", row.encoder));
        assert_eq!(
            (picture.chroma, picture.range, picture.matrix),
            row.picture,
            "{}",
            row.encoder
        );
        got.extend(samples(&picture));
        keys += 1;
    }
    let want = expected(row, raw, &picture);
    assert_eq!(got.len(), want.len(), "{} ({keys} keyframes)", row.encoder);
    assert!(got == want, "{}: other samples than the command's", row.encoder);
    keys
}

fn clip(row: &Row<'_>) -> Vec<u8> {
    generate(row.codec, row.size, 18, row.encoder)
}

#[test]
fn keyframes_equal_the_commands() {
    if !ffmpeg_is_there("keyframes_equal_the_commands") {
        return;
    }
    for row in ROWS {
        let stream = clip(row);
        let raw = decode_by_command(row.codec, &stream, true, row.pix_fmt);
        let mut decoder = Decoder::new(Options::default());
        let keys = check_keys(row, &mut decoder, &split(row.codec, &stream), &raw);
        assert!(keys >= 3, "{}: {keys} keyframes", row.encoder);
    }
}

/// Decodes all `units` and compares their pictures with `raw`.
fn check_stream(row: &Row<'_>, units: &[AccessUnit], raw: &[u8]) {
    let mut decoder = StreamDecoder::new(row.codec, Options::default()).expect("open a decoder");
    let mut picture = Picture::default();
    let mut got = Vec::new();
    for unit in units {
        if decoder
            .push(unit, &mut picture)
            .unwrap_or_else(|e| panic!("{}: {e}", row.encoder))
        {
            got.extend(samples(&picture));
        }
    }
    let last = units.last().expect("units");
    while decoder
        .finish(last, &mut picture)
        .unwrap_or_else(|e| panic!("{}: {e}", row.encoder))
    {
        got.extend(samples(&picture));
    }
    assert_eq!(
        (decoder.withheld(), decoder.superseded()),
        (0, 0),
        "{}",
        row.encoder
    );
    let want = expected(row, raw, &picture);
    assert_eq!(got.len(), want.len(), "{}", row.encoder);
    assert!(got == want, "{}: other samples than the command's", row.encoder);
}

#[test]
fn whole_streams_equal_the_commands() {
    if !ffmpeg_is_there("whole_streams_equal_the_commands") {
        return;
    }
    for row in ROWS {
        let stream = clip(row);
        let raw = decode_by_command(row.codec, &stream, false, row.pix_fmt);
        check_stream(row, &split(row.codec, &stream), &raw);
    }
}

#[test]
fn streams_that_share_a_decoder_leave_nothing_behind() {
    if !ffmpeg_is_there("streams_that_share_a_decoder_leave_nothing_behind") {
        return;
    }
    let clips: Vec<Vec<AccessUnit>> = ROWS
        .iter()
        .map(|row| {
            split(row.codec, &clip(row))
                .into_iter()
                .filter(|unit| unit.keyframe)
                .collect()
        })
        .collect();
    // One pool that holds them all, and one that is always too small.
    for contexts_max in [32, 2] {
        let mut shared = Decoder::new(Options {
            contexts_max,
            ..Options::default()
        });
        let (mut own, mut together) = (Picture::default(), Picture::default());
        for turn in 0..3 {
            for (row, keys) in ROWS.iter().zip(&clips) {
                let unit = &keys[turn % keys.len()];
                Decoder::new(Options::default())
                    .decode_key(unit, &mut own)
                    .expect("decodes alone");
                shared
                    .decode_key(unit, &mut together)
                    .expect("decodes among others");
                assert!(
                    own == together,
                    "{}: other samples among other streams",
                    row.encoder
                );
            }
        }
        let mpeg4 = ROWS.iter().filter(|row| row.codec == Codec::Mpeg4).count();
        let once = ROWS.len() - mpeg4 + 3 * mpeg4;
        assert_eq!(
            shared.contexts_made() as usize <= once,
            contexts_max == 32,
            "contexts are shared"
        );
    }
}

#[test]
fn real_clips_equal_the_commands() {
    let Some(folder) = assets("real_clips_equal_the_commands") else {
        return;
    };
    if !ffmpeg_is_there("real_clips_equal_the_commands") {
        return;
    }
    let street = folder.join("videos/street");
    let limited = (Chroma::Yuv420, Range::Limited, Matrix::Bt601);
    let mut rows: Vec<(std::path::PathBuf, Codec, (Chroma, Range, Matrix))> = [
        ("ahmetozlu_pedestrian_plaza.mp4", Codec::H264, limited),
        ("ahmetozlu_suburban_road.mp4", Codec::H264, limited),
        ("intel_car-detection.mp4", Codec::H264, limited),
        (
            "nvidia_retail02_hevc.mp4",
            Codec::H265,
            (Chroma::Yuv420, Range::Limited, Matrix::Bt709),
        ),
        ("bgslib_motorway_video02.avi", Codec::Mpeg4, limited),
    ]
    .map(|(name, codec, picture)| (street.join(name), codec, picture))
    .to_vec();
    for camera in ["04254", "09747", "09800"] {
        let visits = std::fs::read_dir(folder.join("videos/patrol").join(camera)).expect("the visits");
        let mut visits: Vec<_> = visits.map(|file| file.expect("a file").path()).collect();
        visits.sort();
        let chosen = visits.into_iter().step_by(60);
        rows.extend(chosen.map(|file| (file, Codec::H264, (Chroma::Yuv420, Range::Full, Matrix::Bt601))));
    }
    let mut decoder = Decoder::new(Options::default());
    let mut keys = 0;
    for (file, codec, picture) in &rows {
        let stream = demux(*codec, file);
        let row = Row {
            codec: *codec,
            size: "",
            encoder: file.to_str().expect("a readable path"),
            pix_fmt: if picture.1 == Range::Full {
                "yuvj420p"
            } else {
                "yuv420p"
            },
            picture: *picture,
        };
        let raw = decode_by_command(*codec, &stream, true, row.pix_fmt);
        keys += check_keys(&row, &mut decoder, &split(*codec, &stream), &raw);
    }
    println!("{keys} keyframes of {} real clips, bit for bit", rows.len());
}

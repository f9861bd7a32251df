//! What is no keyframe is an error with its name, costs little, and harms nobody after it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

mod clips;

use curbwatch_decode::{Decoder, Error, Options, StreamDecoder};
use curbwatch_types::{AccessUnit, Codec, Picture};

use clips::bits::{h264_of, h265_of};
use clips::{decode_by_command, ffmpeg_is_there, generate, nals, samples, split, unit};

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

fn relabelled(of: &AccessUnit, codec: Codec) -> AccessUnit {
    AccessUnit { codec, ..of.clone() }
}

/// The unit without its parameter sets (`keep` false) or without all else.
fn parameter_sets(of: &AccessUnit, keep: bool) -> AccessUnit {
    let is_set = |nal: &&&[u8]| match of.codec {
        Codec::H264 => matches!(nal[3] & 0x1f, 7 | 8),
        _ => (32..=34).contains(&(nal[3] >> 1)),
    };
    let kept = nals(&of.bytes)
        .iter()
        .filter(|nal| is_set(nal) == keep)
        .copied()
        .collect::<Vec<_>>();
    AccessUnit {
        bytes: kept.concat().into(),
        ..of.clone()
    }
}

/// Units that are no keyframe, and how their errors read: one of the kinds, and these words.
#[expect(clippy::too_many_lines, reason = "a table")]
fn bad_units(h264: &[AccessUnit], h265: &[AccessUnit], mpeg4: &[AccessUnit]) -> Vec<BadUnit> {
    let mut random = fastrand::Rng::with_seed(22);
    let garbage: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(20_000).collect();
    let two = [&h264[0].bytes[..], &h264[6].bytes[..]].concat();
    let flood = [&h265[0].bytes[..], &[0, 0, 1, 0x02, 1, 0x40, 0x80].repeat(5000)].concat();
    let foreign = "NotCoded|NoParameterSets";
    let of = |codec, bytes| unit(codec, true, bytes);
    vec![
        ("empty", of(Codec::H264, Vec::new()), "Empty", "empty"),
        (
            "garbage",
            of(Codec::H264, garbage.clone()),
            foreign,
            "h264|keyframe without",
        ),
        (
            "garbage as H.265",
            of(Codec::H265, garbage.clone()),
            foreign,
            "h265|keyframe without",
        ),
        (
            "garbage as MPEG-4",
            of(Codec::Mpeg4, garbage),
            "NotCoded",
            "mpeg4",
        ),
        (
            "start codes alone",
            of(Codec::H265, [0, 0, 1].repeat(999)),
            "NotCoded",
            "h265",
        ),
        (
            "H.265 as H.264",
            relabelled(&h265[0], Codec::H264),
            foreign,
            "h264|keyframe without",
        ),
        (
            "H.264 as H.265",
            relabelled(&h264[0], Codec::H265),
            foreign,
            "h265|keyframe without",
        ),
        (
            "H.264 as MPEG-4",
            relabelled(&h264[0], Codec::Mpeg4),
            "NotCoded",
            "mpeg4",
        ),
        (
            "MPEG-4 as H.264",
            relabelled(&mpeg4[0], Codec::H264),
            foreign,
            "h264|keyframe without",
        ),
        (
            "no sets, H.264",
            parameter_sets(&h264[0], false),
            "NoParameterSets",
            "SPS or PPS",
        ),
        (
            "no sets, H.265",
            parameter_sets(&h265[0], false),
            "NoParameterSets",
            "VPS, SPS or PPS",
        ),
        (
            "sets alone, H.264",
            parameter_sets(&h264[0], true),
            "NotCoded",
            "h264",
        ),
        (
            "sets alone, H.265",
            parameter_sets(&h265[0], true),
            "NotCoded",
            "h265",
        ),
        (
            "P picture, H.264",
            p_with_sets(h264),
            "NotIntra",
            "other pictures",
        ),
        (
            "P picture, H.265",
            p_with_sets(h265),
            "NotIntra",
            "other pictures",
        ),
        (
            "P picture, MPEG-4",
            p_with_sets(mpeg4),
            "NotIntra",
            "other pictures",
        ),
        (
            "two keyframes",
            of(Codec::H264, two),
            "ManyPictures",
            "more than one",
        ),
        (
            "a flood of slices",
            of(Codec::H265, flood),
            "NotIntra|Corrupt",
            "other pictures|too many",
        ),
        // FFmpeg refuses this SPS and would decode with the one it kept from the camera before.
        (
            "a refused SPS",
            with_sps_of(&h264[0], &h264_of(1023, 1023)),
            "Corrupt",
            "refused",
        ),
        (
            "16K, H.264",
            of(Codec::H264, h264_of(1000, 1000)),
            "TooLarge",
            "16000x16000",
        ),
        (
            "16K, H.265",
            of(Codec::H265, h265_of(16_000, 16_000)),
            "TooLarge",
            "16000x16000",
        ),
        (
            "a byte too many",
            of(Codec::H264, vec![0; (16 << 20) + 1]),
            "UnitTooLarge",
            "16777217 bytes",
        ),
    ]
}

type BadUnit = (&'static str, AccessUnit, &'static str, &'static str);

#[test]
fn what_is_no_keyframe_has_its_own_error() {
    if !ffmpeg_is_there("what_is_no_keyframe_has_its_own_error") {
        return;
    }
    let [h264, h265, mpeg4] = [Codec::H264, Codec::H265, Codec::Mpeg4].map(|c| units(c, "320x180"));
    for units in [&h264, &h265, &mpeg4] {
        let keys: Vec<bool> = units.iter().map(|unit| unit.keyframe).collect();
        assert_eq!(
            keys,
            (0..8).map(|i| i % 6 == 0).collect::<Vec<_>>(),
            "{:?}",
            units[0].codec
        );
    }
    let mut decoder = Decoder::new(Options::default());
    let (mut want, mut got) = (Picture::default(), Picture::default());
    for (name, bad, kinds, words) in bad_units(&h264, &h265, &mpeg4) {
        let error = decoder.decode_key(&bad, &mut got).expect_err(name);
        let (kind, text) = (format!("{error:?}"), error.to_string());
        assert!(kinds.split('|').any(|k| kind.starts_with(k)), "{name}: {kind}");
        assert!(words.split('|').any(|w| text.contains(w)), "{name}: {text}");
        assert!(text.starts_with("camera test: "), "{name}: {text}");
        for good in [&h264[0], &h265[0], &mpeg4[0]] {
            Decoder::new(Options::default())
                .decode_key(good, &mut want)
                .expect("decodes alone");
            decoder
                .decode_key(good, &mut got)
                .unwrap_or_else(|e| panic!("after {name}: {e}"));
            assert!(want == got, "after {name}");
        }
    }
}

/// The H.264 unit with the SPS of `other` in place of its own.
fn with_sps_of(of: &AccessUnit, other: &[u8]) -> AccessUnit {
    let other = nals(other);
    let mut bytes = Vec::new();
    for nal in nals(&of.bytes) {
        bytes.extend_from_slice(if nal[3] & 0x1f == 7 { other[0] } else { nal });
    }
    unit(Codec::H264, true, bytes)
}

/// The second picture of a stream behind the first one's headers.
fn p_with_sets(units: &[AccessUnit]) -> AccessUnit {
    let sets = match units[0].codec {
        Codec::Mpeg4 => {
            let headers = nals(&units[0].bytes).into_iter().take_while(|nal| nal[3] != 0xb6);
            headers.collect::<Vec<_>>().concat()
        }
        _ => parameter_sets(&units[0], true).bytes.to_vec(),
    };
    unit(units[0].codec, true, [&sets[..], &units[1].bytes[..]].concat())
}

#[test]
fn a_picture_made_by_hand_is_read_as_far_as_its_slice() {
    // Proves that the 16K units above fail for their size: the same in small gets to the slice.
    for (codec, bytes) in [(Codec::H264, h264_of(20, 12)), (Codec::H265, h265_of(320, 192))] {
        let mut picture = Picture::default();
        let done = Decoder::new(Options::default()).decode_key(&unit(codec, true, bytes), &mut picture);
        assert!(matches!(done, Err(Error::Corrupt { .. })), "{codec:?}: {done:?}");
    }
}

#[test]
fn a_smaller_limit_is_kept() {
    if !ffmpeg_is_there("a_smaller_limit_is_kept") {
        return;
    }
    for codec in [Codec::H264, Codec::H265, Codec::Mpeg4] {
        let key = units(codec, "320x180").remove(0);
        for (width_max, height_max, fits) in [(320, 180, true), (319, 180, false), (320, 100, false)] {
            let mut decoder = Decoder::new(Options {
                width_max,
                height_max,
                ..Options::default()
            });
            let done = decoder.decode_key(&key, &mut Picture::default());
            assert_eq!(done.is_ok(), fits, "{codec:?} {width_max}x{height_max}: {done:?}");
            assert!(
                fits || matches!(done, Err(Error::TooLarge { .. })),
                "{codec:?}: {done:?}"
            );
        }
    }
}

#[test]
fn a_stream_that_broke_is_withheld_until_it_is_whole() {
    if !ffmpeg_is_there("a_stream_that_broke_is_withheld_until_it_is_whole") {
        return;
    }
    for codec in [Codec::H264, Codec::H265] {
        let units = units(codec, "320x180");
        let keys = units.iter().filter(|unit| unit.keyframe).count();
        assert_eq!((units.len(), keys), (8, 2));
        let mut decoder = StreamDecoder::new(codec, Options::default()).expect("open a decoder");
        let mut picture = Picture::default();
        let mut shown = Vec::new();
        // Joined after the first keyframe: only what follows the second may be shown.
        for unit in &units[1..] {
            if decoder.push(unit, &mut picture).unwrap_or(false) {
                shown.extend(decoder.media_time());
            }
        }
        while decoder.finish(&units[7], &mut picture).expect("finish") {
            shown.extend(decoder.media_time());
        }
        assert!(
            !shown.is_empty() && shown.iter().all(|t| t.0 >= 6),
            "{codec:?}: {shown:?}"
        );
        let other = relabelled(&units[0], Codec::Mpeg4);
        assert!(matches!(
            decoder.push(&other, &mut picture),
            Err(Error::OtherCodec { .. })
        ));
    }
}

#[test]
fn a_stream_without_keyframes_is_shown_once_refreshed() {
    if !ffmpeg_is_there("a_stream_without_keyframes_is_shown_once_refreshed") {
        return;
    }
    // A refresh column wanders through the picture every 10 pictures; the first keyframe is not seen.
    let refresh =
        "-c:v libx264 -preset veryfast -pix_fmt yuv420p -bf 0 -g 10 -refs 1 -sc_threshold 0 -intra-refresh 1";
    let stream = generate(Codec::H264, "320x180", 40, refresh);
    let units: Vec<AccessUnit> = split(Codec::H264, &stream);
    let sets = parameter_sets(&units[0], true);
    let want = decode_by_command(Codec::H264, &stream, false, "yuv420p");
    let picture_bytes = want.len() / units.len();
    // FFmpeg sees the recovery points; or nothing is known but that 25 units came whole.
    for (refresh_units, recovery_points) in [(300, true), (25, false)] {
        let options = Options {
            refresh_units,
            ..Options::default()
        };
        let mut decoder = StreamDecoder::new(Codec::H264, options).expect("open a decoder");
        let mut picture = Picture::default();
        assert!(!decoder.push(&sets, &mut picture).expect("takes parameter sets"));
        let mut shown = 0;
        for unit in &units[3..] {
            let mut unit = unit.clone();
            unit.keyframe = false;
            if !recovery_points {
                let kept: Vec<&[u8]> = nals(&unit.bytes)
                    .into_iter()
                    .filter(|nal| nal[3] & 0x1f != 6)
                    .collect();
                unit.bytes = kept.concat().into();
            }
            if decoder.push(&unit, &mut picture).expect("decodes") {
                shown += 1;
                let at = decoder.media_time().expect("a picture came out").0 as usize;
                let want = &want[at * picture_bytes..(at + 1) * picture_bytes];
                assert!(samples(&picture) == want, "picture {at} is not whole");
            }
        }
        assert!(shown >= 8, "{shown} pictures of 37 were shown");
        assert!(
            decoder.withheld() >= 5,
            "{} pictures were withheld",
            decoder.withheld()
        );
    }
}

//! Session descriptions: the first usable video, and how it is packed. Audio and the rest are ignored.
//! Cameras describe themselves badly: what cannot be parsed is thrown out line by line before the
//! description as a whole is given up.

use curbwatch_types::Codec;

use crate::Problem;
use crate::nal::split_annex_b;
use crate::options::Bounds;

/// Most parameter sets taken from a description.
const SETS_MAX: usize = 64;

/// The video we want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) codec: Codec,
    pub(crate) payload_type: u8,
    /// `a=control` of the media.
    pub(crate) control: Option<String>,
    /// `a=control` of the session.
    pub(crate) session_control: Option<String>,
    /// NAL units without start codes, as far as they look like any.
    pub(crate) parameter_sets: Vec<Vec<u8>>,
    /// H.265 payloads carry decoding order numbers.
    pub(crate) donl: bool,
}

/// Finds the first usable video in a description.
pub(crate) fn choose(body: &[u8], bounds: &Bounds) -> Result<Media, Problem> {
    let medias = body
        .split(|b| *b == b'\n')
        .filter(|line| line.starts_with(b"m="))
        .count();
    if medias > bounds.sdp_media_max {
        return Err(Problem::Bound {
            what: "media of a session description",
            limit: bounds.sdp_media_max as u64,
        });
    }
    let session = sdp_types::Session::parse(body).or_else(|_| sdp_types::Session::parse(&cleaned(body)));
    let session = session.map_err(|e| Problem::Protocol(format!("session description: {e}")))?;
    let mut seen = Vec::new();
    for media in session
        .medias
        .iter()
        .filter(|m| m.media.eq_ignore_ascii_case("video"))
    {
        match usable(media) {
            Ok(mut media) => {
                let control = session
                    .attributes
                    .iter()
                    .find(|a| a.attribute.eq_ignore_ascii_case("control"));
                media.session_control = control.and_then(|a| a.value.clone());
                return Ok(media);
            }
            Err(why) => seen.push(why),
        }
    }
    Err(Problem::Unsupported(if seen.is_empty() {
        "the camera describes no video".to_owned()
    } else {
        format!("no H.264 or H.265 video among: {}", seen.join("; "))
    }))
}

/// Leniency: only the lines we read, for descriptions with malformed others (no `o=`, `t=` with
/// garbage, stray text). Stray text after the version line is what several DVRs append.
fn cleaned(body: &[u8]) -> Vec<u8> {
    let mut out = b"v=0\r\n".to_vec();
    for line in body.split(|b| *b == b'\n').map(<[u8]>::trim_ascii) {
        if line.starts_with(b"m=") || (line.starts_with(b"a=") && line.len() > 2) {
            out.extend_from_slice(String::from_utf8_lossy(line).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

/// Whether we can receive it; if not, what it is.
fn usable(media: &sdp_types::Media) -> Result<Media, String> {
    let profile = media.proto.to_ascii_uppercase();
    if !matches!(
        profile.as_str(),
        "RTP/AVP" | "RTP/AVPF" | "RTP/AVP/TCP" | "RTP/AVP/UDP"
    ) {
        return Err(profile);
    }
    let mut seen = Vec::new();
    for format in media.fmt.split_ascii_whitespace() {
        let Some(payload_type) = format.parse().ok().filter(|pt: &u8| *pt < 128) else {
            continue;
        };
        let rtpmap = values(media, "rtpmap")
            .find_map(|v| of_format(v, format))
            .unwrap_or_default();
        let fmtp = values(media, "fmtp")
            .find_map(|v| of_format(v, format))
            .unwrap_or_default();
        let (name, clock) = rtpmap.split_once('/').unwrap_or((rtpmap, "90000"));
        let codec = match name.trim().to_ascii_uppercase().as_str() {
            "H264" => Codec::H264,
            "H265" | "HEVC" => Codec::H265,
            // Leniency: no rtpmap, but H.264 parameters.
            "" if fmtp.contains("sprop-parameter-sets") => Codec::H264,
            other => {
                seen.push(if other.is_empty() {
                    format!("payload type {payload_type}")
                } else {
                    other.to_owned()
                });
                continue;
            }
        };
        if clock.split('/').next().map(str::trim) != Some("90000") {
            seen.push(format!("{} with a clock of {clock}", codec.name()));
            continue;
        }
        if parameter(fmtp, "packetization-mode") == Some("2") {
            seen.push("H264 in interleaved mode".to_owned());
            continue;
        }
        let don = parameter(fmtp, "sprop-max-don-diff")
            .and_then(|v| v.parse::<u32>().ok())
            .unwrap_or(0);
        return Ok(Media {
            codec,
            payload_type,
            control: values(media, "control").next().map(|v| v.trim().to_owned()),
            session_control: None,
            parameter_sets: parameter_sets(codec, fmtp),
            donl: codec == Codec::H265 && don > 0,
        });
    }
    Err(seen.join(", "))
}

fn values<'a>(media: &'a sdp_types::Media, name: &'a str) -> impl Iterator<Item = &'a str> {
    media
        .attributes
        .iter()
        .filter(move |a| a.attribute.eq_ignore_ascii_case(name))
        .filter_map(|a| a.value.as_deref())
}

/// The rest of `value` when it is about this format.
fn of_format<'a>(value: &'a str, format: &str) -> Option<&'a str> {
    let (number, rest) = value.trim().split_once(|c: char| c.is_ascii_whitespace())?;
    (number == format).then_some(rest.trim())
}

fn parameter<'a>(fmtp: &'a str, name: &str) -> Option<&'a str> {
    fmtp.split(';').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// RFC 6184 8.2.1, RFC 7798 7.1. Absent, empty, wrong and Annex-B values are all seen in the wild:
/// what is no NAL unit is left out here or when it is parsed.
fn parameter_sets(codec: Codec, fmtp: &str) -> Vec<Vec<u8>> {
    let names: &[&str] = match codec {
        Codec::H265 => &["sprop-vps", "sprop-sps", "sprop-pps"],
        _ => &["sprop-parameter-sets"],
    };
    names
        .iter()
        .filter_map(|name| parameter(fmtp, name))
        .flat_map(|value| value.split(','))
        .filter_map(|text| base64(text.trim_matches('"')))
        .flat_map(|bytes| split_annex_b(&bytes).map(<[u8]>::to_vec).collect::<Vec<_>>())
        .take(SETS_MAX)
        .collect()
}

/// RFC 4648 4; padding may be missing, anything else foreign is refused.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in text.trim().trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

    fn check(text: &str, want: Result<(Codec, u8, usize), &str>) {
        match (choose(text.as_bytes(), &Bounds::default()), want) {
            (Ok(media), Ok(want)) => {
                assert_eq!(
                    (media.codec, media.payload_type, media.parameter_sets.len()),
                    want,
                    "{text}"
                );
            }
            (Err(e), Err(want)) => assert!(e.to_string().contains(want), "{e} lacks {want}: {text}"),
            (got, want) => panic!("{got:?}, wanted {want:?}: {text}"),
        }
    }

    #[test]
    fn the_first_usable_video_is_chosen() {
        let h264 = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
        let sprop = "a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z2QAH6zZQFAFuwEQAAADABAAAAMDwPGDGWA=,aOvjyyLA\r\n";
        let audio = "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
        let jpeg = "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\n";
        let h265 = "m=video 0 RTP/AVP 98\r\na=rtpmap:98 h265/90000\r\na=fmtp:98 sprop-vps=QAE=;sprop-sps=QgE=;sprop-pps=RAE=;sprop-max-don-diff=2\r\n";
        check(&format!("{HEAD}{h264}{sprop}"), Ok((Codec::H264, 96, 2)));
        check(&format!("{HEAD}{audio}{jpeg}{h264}"), Ok((Codec::H264, 96, 0)));
        check(&format!("{HEAD}{h265}"), Ok((Codec::H265, 98, 3)));
        check(&format!("v=0\r\ns=-\r\n{h264}"), Ok((Codec::H264, 96, 0)));
        check(
            &format!("v=0\r\no=x\r\ns\r\nt=now\r\n{h264}"),
            Ok((Codec::H264, 96, 0)),
        );
        check(&format!("{HEAD}{audio}"), Err("no video"));
        check(&format!("{HEAD}{jpeg}"), Err("JPEG"));
        check("", Err("no video"));
        check(
            &format!("{HEAD}{h264}a=fmtp:96 packetization-mode=2\r\n"),
            Err("interleaved mode"),
        );
        check(&format!("{HEAD}{}", jpeg.repeat(17)), Err("bound on media"));
        check(
            &format!("{HEAD}m=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n"),
            Err("RTP/SAVP"),
        );
    }

    #[test]
    fn parameter_sets_of_all_sorts() {
        let rows = [
            ("sprop-parameter-sets=", 0),
            ("sprop-parameter-sets=,", 0),
            ("sprop-parameter-sets=!!!,aOvjyyLA", 1),
            ("sprop-parameter-sets=AAAAAWdkAB8AAAABaOvjyw==", 2),
            ("sprop-parameter-sets=\"Z2QAHw==\"", 1),
            ("packetization-mode=1", 0),
        ];
        for (fmtp, want) in rows {
            assert_eq!(parameter_sets(Codec::H264, fmtp).len(), want, "{fmtp}");
        }
    }

    #[test]
    fn base64_is_read_or_refused() {
        assert_eq!(base64("TWFu"), Some(b"Man".to_vec()));
        assert_eq!(base64("TWE="), Some(b"Ma".to_vec()));
        assert_eq!(base64("TQ"), Some(b"M".to_vec()));
        assert_eq!(base64(""), Some(Vec::new()));
        assert_eq!(base64("T Q"), None);
    }
}

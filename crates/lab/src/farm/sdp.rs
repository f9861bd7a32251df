//! The session description of a camera (RFC 8866; RFC 6184 8.2.1, RFC 7798 7.1).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use curbwatch_types::Codec;

use super::track::{PAYLOAD_TYPE, Track};

/// The control attribute of the one video track, relative to the content base.
pub(super) const CONTROL: &str = "trackID=0";

/// The SDP text of a camera called `name` that plays `track`.
pub(super) fn describe(name: &str, track: &Track) -> String {
    let mut sdp = String::new();
    let (encoding, fmtp) = match track.codec() {
        Codec::H265 => ("H265", h265_parameters(track)),
        _ => ("H264", h264_parameters(track)),
    };
    let _ = write!(
        sdp,
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns={name}\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n\
         a=range:npt=now-\r\nm=video 0 RTP/AVP {PAYLOAD_TYPE}\r\na=rtpmap:{PAYLOAD_TYPE} {encoding}/90000\r\n\
         a=fmtp:{PAYLOAD_TYPE} {fmtp}\r\na=framerate:{:.3}\r\na=control:{CONTROL}\r\n",
        track.frame_rate()
    );
    sdp
}

fn h264_parameters(track: &Track) -> String {
    let sets: Vec<String> = track
        .parameter_sets()
        .iter()
        .map(|s| STANDARD.encode(s))
        .collect();
    let profile = track
        .parameter_sets()
        .iter()
        .find(|s| s[0] & 0x1f == 7 && s.len() >= 4);
    let level = profile.map(|s| format!(";profile-level-id={:02X}{:02X}{:02X}", s[1], s[2], s[3]));
    format!(
        "packetization-mode=1{};sprop-parameter-sets={}",
        level.unwrap_or_default(),
        sets.join(",")
    )
}

fn h265_parameters(track: &Track) -> String {
    let of = |kind: u8| -> String {
        let sets = track
            .parameter_sets()
            .iter()
            .filter(|s| (s[0] >> 1) & 0x3f == kind);
        sets.map(|s| STANDARD.encode(s)).collect::<Vec<_>>().join(",")
    };
    format!("sprop-vps={};sprop-sps={};sprop-pps={}", of(32), of(33), of(34))
}

#[cfg(test)]
mod tests {
    use super::super::track::tests::{group, unit};
    use super::*;

    #[test]
    fn parameter_sets_and_profile_are_described() {
        let track = Track::from_units(&group()).expect("a clip");
        let sdp = describe("camera-0001", &track);
        assert!(sdp.contains("a=rtpmap:96 H264/90000\r\n"), "{sdp}");
        assert!(
            sdp.contains(
                "packetization-mode=1;profile-level-id=42001E;sprop-parameter-sets=Z0IAHgE=,aAI=\r\n"
            ),
            "{sdp}"
        );
        let sets: [&[u8]; 4] = [&[0x40, 1, 7], &[0x42, 1, 8], &[0x44, 1, 9], &[0x26, 1, 1]];
        let track = Track::from_units(&[unit(Codec::H265, true, 0, &sets)]).expect("a clip");
        let sdp = describe("camera-0001", &track);
        assert!(sdp.contains("a=rtpmap:96 H265/90000\r\n"), "{sdp}");
        assert!(
            sdp.contains("sprop-vps=QAEH;sprop-sps=QgEI;sprop-pps=RAEJ\r\n"),
            "{sdp}"
        );
    }
}

//! What fuzz targets call: each parser of a peer's bytes, with its bounds held against what it did.
//!
//! For: `fuzz/` and the lab's bounded run of the same targets. Not for the product, which is built without
//! the feature `fuzzing`. Input: any bytes at all. A function returns nothing; a broken promise panics.
#![expect(
    clippy::missing_panics_doc,
    reason = "panics are what every function here is for"
)]

use std::future::Future;
use std::io::Cursor;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use curbwatch_types::{AccessUnit, CameraId, Codec, Epoch, Monotonic, Wall};

use crate::assemble::Assembler;
use crate::coded::{Arrival, Stamp};
use crate::footage;
use crate::nal::{self, Kind, START_CODE};
use crate::options::{Bounds, Mode, Options};
use crate::parameter_sets::ParameterSets;
use crate::receive::Receiver;
use crate::references::References;
use crate::rtsp::{Auth, HeadScan, Inbound, Message, Wire, parse};
use crate::sdp::{self, Media};
use crate::sei;
use crate::{Credentials, Event};

/// Bounds small enough for a fuzzer's inputs to reach them.
fn tight() -> Bounds {
    Bounds {
        line_bytes_max: 256,
        headers_max: 16,
        body_bytes_max: 4 << 10,
        sdp_media_max: 4,
        frame_bytes_max: 2 << 10,
        unit_bytes_max: 16 << 10,
        nal_bytes_max: 4 << 10,
        nals_per_unit_max: 32,
        sps_max: 3,
        pps_max: 5,
        parameter_set_bytes_max: 512,
        reorder_packets_max: 4,
        resync_bytes_max: 1 << 10,
        ..Bounds::default()
    }
}

/// Room that a buffer may have beyond its bound: it grows by halves.
const SLACK_BYTES: usize = 64 << 10;

/// Heads of RTSP messages, and answers to the challenges in them.
pub fn rtsp_messages(bytes: &[u8]) {
    let bounds = tight();
    let mut rest = bytes;
    let mut auth = Auth::new(Some(Credentials::new("viewer", "geheim")));
    for refusals in 1..8 {
        let Ok(Some(head_bytes)) = HeadScan::default().find(rest, &bounds) else {
            return;
        };
        let (head, after) = rest.split_at(head_bytes);
        rest = after;
        let Ok((message, body_bytes)) = parse(head) else {
            continue;
        };
        if let Message::Reply(reply) = message {
            assert!(reply.challenges.len() <= bounds.headers_max);
            let problem = reply.problem().to_string();
            assert!(
                !problem.contains(['\r', '\n']),
                "a refusal of several lines: {problem}"
            );
            let _ = reply.cseq();
            let _ = auth.challenged(&reply.challenges, refusals, auth.is_armed());
            if let Some(said) = auth.authorization("DESCRIBE", "rtsp://camera/") {
                assert!(!said.contains(['\r', '\n']), "a header of several lines");
                assert!(!said.contains("geheim"), "the password in plain text");
            }
        }
        rest = rest.get(body_bytes..).unwrap_or_default();
    }
}

/// Messages and interleaved frames, as they come in pieces. The first byte says how large those are.
pub fn interleaved_framing(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let bounds = tight();
    let largest =
        bounds.body_bytes_max.max(bounds.frame_bytes_max + 4) + bounds.line_bytes_max * bounds.headers_max;
    let drip = Drip {
        bytes: Cursor::new(rest.to_vec()),
        at_most: usize::from(*first) + 1,
    };
    let mut wire = Wire::new(drip, &bounds, 0);
    loop {
        loop {
            match wire.next() {
                Ok(Inbound::Frame(_, range)) => {
                    assert!(range.len() <= bounds.frame_bytes_max);
                    assert_eq!(
                        wire.bytes(range.clone()).len(),
                        range.len(),
                        "a frame within the buffer"
                    );
                }
                Ok(Inbound::Message(Message::Reply(reply))) => {
                    assert!(reply.body.len() <= bounds.body_bytes_max);
                }
                Ok(Inbound::Message(Message::Request { .. })) => {}
                Ok(Inbound::Partial) => break,
                Err(_) => return,
            }
        }
        assert!(
            wire.held_bytes() <= largest + SLACK_BYTES,
            "{} bytes held",
            wire.held_bytes()
        );
        match pin!(wire.fill()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => {}
            _ => return,
        }
    }
}

/// A stream that gives at most so many bytes at once.
struct Drip {
    bytes: Cursor<Vec<u8>>,
    at_most: usize,
}

impl tokio::io::AsyncRead for Drip {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let room = buffer.remaining().min(self.at_most);
        let mut piece = vec![0; room];
        let read = std::io::Read::read(&mut self.bytes, &mut piece)?;
        buffer.put_slice(&piece[..read]);
        Poll::Ready(Ok(()))
    }
}

impl tokio::io::AsyncWrite for Drip {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Session descriptions, and the parameter sets in them.
pub fn session_description(bytes: &[u8]) {
    let bounds = tight();
    let Ok(media) = sdp::choose(bytes, &bounds) else {
        return;
    };
    assert!(media.payload_type < 128 && media.codec != Codec::Mpeg4);
    let mut sets = ParameterSets::new(media.codec, &bounds);
    for set in &media.parameter_sets {
        let _ = sets.keep(set);
    }
}

/// RTP packets with H.264 (RFC 6184): see [`packets`] for how bytes become packets.
pub fn rtp_h264(bytes: &[u8]) {
    packets(Codec::H264, bytes);
}

/// RTP packets with H.265 (RFC 7798).
pub fn rtp_h265(bytes: &[u8]) {
    packets(Codec::H265, bytes);
}

/// The first byte chooses mode, transport and decoding order numbers. Then packets: a byte of flags
/// (marker, one lost before, wrong order, a timestamp that jumps, otherwise its step in pictures), two of
/// length, the payload.
fn packets(codec: Codec, bytes: &[u8]) {
    let (Some((how, mut rest)), Ok(camera)) = (bytes.split_first(), CameraId::new("fuzz")) else {
        return;
    };
    let options = Options {
        mode: if how & 1 == 0 {
            Mode::Keyframes
        } else {
            Mode::AllFrames
        },
        bounds: tight(),
        ..Options::default()
    };
    let media = Media {
        codec,
        payload_type: 96,
        control: None,
        session_control: None,
        parameter_sets: Vec::new(),
        donl: codec == Codec::H265 && how & 2 != 0,
    };
    let mut receiver = Receiver::new(&camera, &media, &options, Epoch(0), None, how & 4 != 0);
    let (mut sequence, mut timestamp, mut now) = (0u16, 0u32, Duration::ZERO);
    let mut made = 0;
    let mut outlet = |event: Event| {
        if let Event::Unit(unit) = event {
            made += 1;
            assert!(
                unit.bytes.starts_with(&START_CODE),
                "an access unit without a start code"
            );
            assert!(unit.bytes.len() <= options.bounds.unit_bytes_max);
            assert!(
                unit.keyframe || options.mode == Mode::AllFrames,
                "a picture nobody wants"
            );
        }
    };
    let mut taken = 0;
    while let [flags, low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high]) % 2048).min(after.len());
        let (payload, after) = after.split_at(length);
        rest = after;
        taken += 1;
        sequence = sequence.wrapping_add(1 + u16::from(flags >> 1 & 1));
        timestamp = timestamp.wrapping_add(if flags & 8 != 0 {
            0x4000_0000
        } else {
            3600 * u32::from(flags >> 4)
        });
        now += Duration::from_millis(u64::from(flags >> 4));
        let number = sequence ^ u16::from(flags >> 2 & 1);
        let mut packet = vec![0x80, (flags & 1) << 7 | 0x60];
        packet.extend_from_slice(&number.to_be_bytes());
        packet.extend_from_slice(&timestamp.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 7]);
        packet.extend_from_slice(payload);
        let arrival = Arrival {
            monotonic: Monotonic(now),
            wall: Wall(0),
        };
        if receiver.rtp(&packet, arrival, &mut outlet).is_err() {
            break;
        }
        receiver.rtcp(payload, arrival);
        assert!(receiver.held_bytes() <= options.bounds.unit_bytes_max + SLACK_BYTES);
        if flags & 0xf0 == 0xf0 && receiver.tick(Monotonic(now), true, &mut outlet).is_err() {
            break;
        }
    }
    receiver.finish(&mut outlet);
    // A first slice ends a picture; a packet may hold several aggregated ones, each of three bytes at least.
    assert!(made <= taken * 1024 + 1);
}

/// An Annex B stream: NAL unit headers, parameter sets, heads of slices, whole pictures. The first byte
/// chooses the codec and the mode.
pub fn nal_units(bytes: &[u8]) {
    let Some((how, stream)) = bytes.split_first() else {
        return;
    };
    let codec = if how & 1 == 0 { Codec::H264 } else { Codec::H265 };
    let mode = if how & 2 == 0 {
        Mode::AllFrames
    } else {
        Mode::Keyframes
    };
    let bounds = tight();
    let mut sets = ParameterSets::new(codec, &bounds);
    let mut sink = Assembler::new(codec, mode, &bounds, Epoch(0));
    let mut references = References::default();
    let mut rtp = 0;
    for unit in nal::split_annex_b(stream) {
        match nal::kind(codec, unit) {
            Kind::Vps | Kind::Sps | Kind::Pps => drop(sets.keep(unit)),
            Kind::Slice | Kind::KeySlice => {
                let _ = sets.slice_head(unit).and_then(|head| sets.active(head));
                references.next(sets.order(unit).as_ref());
            }
            Kind::Delimiter => rtp += 1,
            _ => {}
        }
        if let Some(sequence) = sets.any_sequence() {
            assert!(sequence.width <= bounds.width_max && sequence.height <= bounds.height_max);
        }
        let stamp = Stamp {
            rtp,
            media: i64::from(rtp) * 3600,
            jumped: false,
            marker: false,
            arrival: Arrival::default(),
        };
        sink.packet(stamp, false);
        if sink.nal(unit).is_err() {
            break;
        }
    }
    sink.flush(true);
    for coded in &sink.done {
        assert!(coded.bytes.starts_with(&START_CODE) && coded.bytes.len() <= bounds.unit_bytes_max);
    }
}

/// Supplemental information, as both codecs.
pub fn supplemental(bytes: &[u8]) {
    for codec in [Codec::H264, Codec::H265] {
        let _ = sei::recovery_point(codec, bytes);
    }
}

/// A footage manifest.
pub fn footage_manifest(bytes: &[u8]) {
    let Ok(visits) = footage::read_rows(bytes, Path::new("/footage/manifest.jsonl")) else {
        return;
    };
    let rows = bytes.split(|b| *b == b'\n').count();
    assert!(visits.len() <= rows, "{} visits of {rows} lines", visits.len());
    assert!(visits.iter().all(|visit| visit.line <= rows));
}

/// The access units of one stream put together again, each as if its packets came without a gap: what taint
/// finds in a stream of which pictures or slices were taken out.
pub fn reassembled(units: &[AccessUnit], mode: Mode) -> Vec<AccessUnit> {
    let Some(first) = units.first() else {
        return Vec::new();
    };
    let mut sink = Assembler::new(first.codec, mode, &Bounds::default(), Epoch(0));
    let mut out = Vec::new();
    for (unit, rtp) in units.iter().zip(0..) {
        let stamp = Stamp {
            rtp,
            media: unit.media_time.0,
            jumped: false,
            marker: true,
            arrival: Arrival::default(),
        };
        sink.packet(stamp, false);
        for part in nal::split_annex_b(&unit.bytes) {
            assert!(sink.nal(part).is_ok(), "a unit over its bounds");
        }
        sink.flush(true);
        out.extend(sink.done.drain(..).map(|coded| AccessUnit {
            epoch: coded.epoch,
            keyframe: coded.keyframe,
            taint: coded.taint,
            bytes: coded.bytes,
            ..unit.clone()
        }));
    }
    out
}

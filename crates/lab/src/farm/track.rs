//! A clip, packetised once and shared by every session that plays it.
//!
//! For: making a session cost next to nothing: the packets lie ready in wire layout (interleaved
//! header, RTP header, payload), a session copies a frame and patches channel, sequence number,
//! timestamp and SSRC. Not for: pacing. Input: a clip file through `ingest`, or access units.

use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use curbwatch_ingest::{Clip, Mode};
use curbwatch_types::{AccessUnit, CameraId, Codec, MediaTime, Wall};

use super::packetise::{Packing, is_parameter_set, nal_units, packetise};
use super::quirk::{Quirk, Quirks};
use crate::error::{Error, Unservable};

/// Bytes of the interleaved header (RFC 2326 10.12).
pub(super) const INTERLEAVED_HEADER: usize = 4;
/// Bytes of the RTP header without extensions (RFC 3550 5.1).
pub(super) const RTP_HEADER: usize = 12;
/// Dynamic payload type of the one video track.
pub(super) const PAYLOAD_TYPE: u8 = 96;

/// Largest clip accepted, in bytes of coded pictures. Everything is held in memory, once.
pub const CLIP_BYTES_MAX: usize = 512 << 20;
/// Assumed distance of frames when a clip has only one, in ticks of 90 kHz (25 a second).
const LONE_FRAME_TICKS: i64 = 3600;

/// One picture of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// When it is sent, in ticks of 90 kHz from the start of the loop; never runs backwards.
    pub send_at: i64,
    /// Its RTP timestamp, in ticks from the start of the loop; jumps about where there are B pictures.
    pub pts: i64,
    /// Whether decoding can start here.
    pub keyframe: bool,
    /// Its packets, as indexes for [`Track::packet`].
    pub packets: Range<usize>,
}

/// A clip in RTP packets.
#[derive(Debug)]
pub struct Track {
    codec: Codec,
    wire: Bytes,
    /// Where each packet begins in `wire`, and the end of the last.
    starts: Vec<u32>,
    frames: Vec<Frame>,
    loop_ticks: i64,
    parameter_sets: Vec<Bytes>,
}

impl Track {
    /// Reads and packetises a clip.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::play(&[path.to_owned()], &Quirks::default())
    }

    /// Reads clips, plays them one after the other in one loop, and packetises them as a camera with
    /// these quirks does.
    pub fn play(paths: &[PathBuf], quirks: &Quirks) -> Result<Self, Error> {
        let mut units: Vec<AccessUnit> = Vec::new();
        for path in paths {
            let mut next = read(path)?;
            if let Some(last) = units.iter().map(|u| u.media_time.0).max() {
                let first = next.iter().map(|u| u.media_time.0).min().unwrap_or(0);
                for unit in &mut next {
                    unit.media_time = MediaTime(unit.media_time.0 - first + last + LONE_FRAME_TICKS);
                }
            }
            units.extend(next);
        }
        let path = || paths.first().cloned().unwrap_or_default();
        Self::packed(&units, quirks).map_err(|problem| Error::Unservable {
            path: path(),
            problem,
        })
    }

    /// Packetises access units in decoding order. Units before the first keyframe are left out, so
    /// that a loop always begins with a picture that decodes.
    pub fn from_units(units: &[AccessUnit]) -> Result<Self, Unservable> {
        Self::packed(units, &Quirks::default())
    }

    fn packed(units: &[AccessUnit], quirks: &Quirks) -> Result<Self, Unservable> {
        let codec = units.first().ok_or(Unservable::Empty)?.codec;
        if codec == Codec::Mpeg4 {
            return Err(Unservable::Codec(codec.name()));
        }
        let first = units
            .iter()
            .position(|u| u.keyframe)
            .ok_or(Unservable::NoKeyframe)?;
        let units = &units[first..];
        let parameter_sets: Vec<Bytes> = nal_units(&units[0].bytes)
            .into_iter()
            .filter(|unit| is_parameter_set(codec, unit))
            .map(Bytes::copy_from_slice)
            .collect();
        if parameter_sets.is_empty() {
            return Err(Unservable::NoParameterSets);
        }

        // Pictures are sent at the n-th smallest presentation time: decoding order at an even pace.
        let mut send_at: Vec<i64> = units.iter().map(|u| u.media_time.0).collect();
        send_at.sort_unstable();
        let zero = send_at[0];
        let span = send_at[send_at.len() - 1] - zero;
        let step = match units.len() as i64 - 1 {
            0 => LONE_FRAME_TICKS,
            gaps => (span / gaps).max(1),
        };

        let packing = packing(quirks);
        let faster = quirks
            .number(Quirk::TooFast)
            .map_or(1, |times| (times as i64).max(1));
        let mut layout = Layout::default();
        let mut frames = Vec::with_capacity(units.len());
        for (unit, send_at) in units.iter().zip(send_at) {
            if unit.keyframe && quirks.has(Quirk::NoKeyframes) {
                continue;
            }
            let packets = layout.push(codec, &unit.bytes, &packing)?;
            let (send_at, pts) = ((send_at - zero) / faster, (unit.media_time.0 - zero) / faster);
            frames.push(Frame {
                send_at,
                pts,
                keyframe: unit.keyframe,
                packets,
            });
        }
        if frames.is_empty() {
            return Err(Unservable::Empty);
        }
        layout.starts.push(layout.wire.len() as u32);
        Ok(Self {
            codec,
            wire: layout.wire.into(),
            starts: layout.starts,
            frames,
            loop_ticks: (span + step) / faster,
            parameter_sets,
        })
    }

    /// What the packets carry.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The pictures of one loop, in the order they are sent; never empty.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Length of the loop, in ticks of 90 kHz.
    pub fn loop_ticks(&self) -> i64 {
        self.loop_ticks
    }

    /// Pictures a second.
    pub fn frame_rate(&self) -> f64 {
        self.frames.len() as f64 * MediaTime::HZ as f64 / self.loop_ticks as f64
    }

    /// The parameter sets of the first keyframe, without start codes.
    pub fn parameter_sets(&self) -> &[Bytes] {
        &self.parameter_sets
    }

    /// Packet `index` in wire layout: `$`, channel, length, RTP header, payload. Channel, sequence
    /// number, timestamp and SSRC are zero.
    pub fn packet(&self, index: usize) -> &[u8] {
        &self.wire[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

#[derive(Default)]
struct Layout {
    wire: Vec<u8>,
    starts: Vec<u32>,
}

impl Layout {
    /// Lays out the packets of one access unit; the last carries the marker bit (RFC 6184 5.1).
    fn push(&mut self, codec: Codec, annex_b: &[u8], packing: &Packing) -> Result<Range<usize>, Unservable> {
        let before = self.starts.len();
        packetise(codec, &nal_units(annex_b), packing, |pieces| {
            let payload: usize = pieces.iter().map(|p| p.len()).sum();
            self.starts.push(self.wire.len() as u32);
            self.wire.extend_from_slice(&[b'$', 0]);
            self.wire
                .extend_from_slice(&((RTP_HEADER + payload) as u16).to_be_bytes());
            self.wire.extend_from_slice(&[0x80, PAYLOAD_TYPE]);
            self.wire.extend_from_slice(&[0; RTP_HEADER - 2]);
            for piece in pieces {
                self.wire.extend_from_slice(piece);
            }
        });
        if let Some(&last) = self.starts[before..].last() {
            self.wire[last as usize + INTERLEAVED_HEADER + 1] |= 0x80;
        }
        // Headers add little, but a start must fit 32 bits.
        if self.wire.len() > 2 * CLIP_BYTES_MAX {
            return Err(Unservable::TooLarge(CLIP_BYTES_MAX));
        }
        Ok(before..self.starts.len())
    }
}

/// A clip's access units.
fn read(path: &Path) -> Result<Vec<AccessUnit>, Error> {
    let clip_error = |source| Error::Clip {
        path: path.to_owned(),
        source,
    };
    let camera = CameraId::new("clip").map_err(|_| Error::Options("the clip has no id"))?;
    let mut units = Vec::new();
    let mut bytes = 0;
    for unit in Clip::open(path, camera, Wall(0), Mode::AllFrames).map_err(clip_error)? {
        let unit = unit.map_err(clip_error)?;
        bytes += unit.bytes.len();
        if bytes > CLIP_BYTES_MAX {
            return Err(Error::Unservable {
                path: path.to_owned(),
                problem: Unservable::TooLarge(CLIP_BYTES_MAX),
            });
        }
        units.push(unit);
    }
    Ok(units)
}

/// How a camera with these quirks packs its pictures.
fn packing(quirks: &Quirks) -> Packing {
    let usual = Packing::default();
    Packing {
        payload_max: quirks
            .number(Quirk::JumboPackets)
            .map_or(usual.payload_max, |bytes| (bytes as usize).clamp(64, 60_000)),
        whole_fragments: quirks.has(Quirk::WholeFragments),
        empty_fragments: quirks.has(Quirk::EmptyFragments),
        aggregates_all: quirks.has(Quirk::AggregatesAll),
        annex_b: quirks.has(Quirk::AnnexBPayloads),
        donl: quirks.has(Quirk::Donl),
        without_sets: quirks.has(Quirk::SetsOutOfBand),
    }
}

/// Opens every clip, with the path in each error.
pub fn open_all(paths: &[PathBuf]) -> Result<Vec<std::sync::Arc<Track>>, Error> {
    paths
        .iter()
        .map(|path| Track::open(path).map(std::sync::Arc::new))
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use curbwatch_types::{CapturedAt, Epoch, Monotonic, Taint};

    use super::*;

    /// An access unit with the given NAL units, at `frame` twenty-fifths of a second.
    pub(in crate::farm) fn unit(codec: Codec, keyframe: bool, frame: i64, nals: &[&[u8]]) -> AccessUnit {
        let bytes: Vec<u8> = nals
            .iter()
            .flat_map(|n| [&[0, 0, 0, 1][..], n].concat())
            .collect();
        AccessUnit {
            camera: CameraId::new("clip").expect("an id"),
            epoch: Epoch(0),
            codec,
            keyframe,
            taint: Taint::Clean,
            media_time: MediaTime(90_000 + frame * 3600),
            received: Monotonic::default(),
            captured_at: CapturedAt::default(),
            bytes: bytes.into(),
        }
    }

    /// One group of pictures, I P B B as decoded, with a key of some kilobytes.
    pub(in crate::farm) fn group() -> Vec<AccessUnit> {
        let idr = [&[0x65][..], &[0x99; 5000]].concat();
        vec![
            unit(Codec::H264, false, -1, &[&[0x41, 9]]),
            unit(Codec::H264, true, 0, &[&[0x67, 66, 0, 30, 1], &[0x68, 2], &idr]),
            unit(Codec::H264, false, 3, &[&[0x41, 3]]),
            unit(Codec::H264, false, 1, &[&[0x01, 1]]),
            unit(Codec::H264, false, 2, &[&[0x01, 2]]),
        ]
    }

    #[test]
    fn a_loop_starts_at_a_keyframe_and_is_sent_at_an_even_pace() {
        let track = Track::from_units(&group()).expect("a clip");
        let times: Vec<_> = track.frames().iter().map(|f| (f.send_at, f.pts)).collect();
        assert_eq!(times, [(0, 0), (3600, 10800), (7200, 3600), (10800, 7200)]);
        assert_eq!(track.loop_ticks(), 4 * 3600);
        assert_eq!(track.frame_rate(), 25.0);
        assert_eq!(track.parameter_sets().len(), 2);
        assert_eq!(track.frames()[0].packets, 0..5, "STAP-A and four fragments");
        let marker = |i| track.packet(i)[INTERLEAVED_HEADER + 1] >> 7;
        assert_eq!((0..8).map(marker).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 1, 1]);
        for i in 0..8 {
            let packet = track.packet(i);
            let len = u16::from_be_bytes([packet[2], packet[3]]) as usize;
            assert_eq!(len + INTERLEAVED_HEADER, packet.len());
        }
    }

    #[test]
    fn clips_that_cannot_be_served_are_refused_with_the_reason() {
        let bare_key = unit(Codec::H264, true, 0, &[&[0x65, 1]]);
        let rows: [(Vec<AccessUnit>, Unservable); 4] = [
            (vec![], Unservable::Empty),
            (
                vec![unit(Codec::Mpeg4, true, 0, &[&[1]])],
                Unservable::Codec("mpeg4"),
            ),
            (
                vec![unit(Codec::H264, false, 0, &[&[0x41, 1]])],
                Unservable::NoKeyframe,
            ),
            (vec![bare_key], Unservable::NoParameterSets),
        ];
        for (units, want) in rows {
            assert_eq!(Track::from_units(&units).err(), Some(want));
        }
    }
}

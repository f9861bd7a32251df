//! Recorded files as access units: mp4, mov, avi, mkv and raw streams, taken apart by FFmpeg's demuxer
//! and put together by the same code as a camera's packets. Not for decoding. Input: files of the
//! operator's; damaged ones are an error, not a crash.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use curbwatch_types::{AccessUnit, CameraId, CapturedAt, Codec, Epoch, MediaTime, Monotonic, Taint, Wall};
use ffmpeg_the_third as ffmpeg;

use crate::Error;
use crate::assemble::Assembler;
use crate::coded::{Arrival, Coded, Stamp};
use crate::container::{configuration, parse_record};
use crate::nal::split_annex_b;
use crate::options::{Bounds, Mode};

/// Frame duration where a file names none.
const FRAME_DURATION: Duration = Duration::from_millis(40);
/// Packets the demuxer may call damaged before the clip is given up.
const DAMAGED_MAX: usize = 64;

/// How the demuxer's packets hold their pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// NAL units behind lengths of so many bytes.
    Lengths(usize),
    AnnexB,
    /// One picture, as it is (MPEG-4 part 2).
    Whole,
}

/// A recorded clip, read in decoding order. An iterator over its access units; after an error it ends.
///
/// `media_time` counts from the first picture; `captured_at` is `start` plus media time, certain to a
/// frame; `received` is the same moment, as time since 1970 (monotonic over the clips of a manifest).
pub struct Clip {
    camera: CameraId,
    file: PathBuf,
    start: Wall,
    mode: Mode,
    input: ffmpeg::format::context::Input,
    stream: usize,
    time_base: (i64, i64),
    codec: Codec,
    size: (usize, usize),
    /// Average time from one picture to the next; 40 ms where the file does not say.
    frame_duration: Duration,
    framing: Framing,
    parameter_sets: Bytes,
    assembler: Assembler,
    first_ticks: Option<i64>,
    last_ticks: i64,
    packets: u32,
    damaged: usize,
    /// Access units that came out together, last first.
    ready: Vec<Coded>,
    ended: bool,
}

impl Clip {
    /// Opens `path`, a clip of `camera` whose first picture was taken at `start`.
    pub fn open(path: &Path, camera: CameraId, start: Wall, mode: Mode) -> Result<Self, Error> {
        quiet();
        let refuse = |problem: String| Error::Clip {
            camera: camera.clone(),
            file: path.to_owned(),
            attempt: "opening",
            problem,
        };
        // FFmpeg would take "tcp://..." for an address: a clip is a file.
        if !path.is_file() {
            return Err(refuse("there is no such file".to_owned()));
        }
        let absolute = std::path::absolute(path).map_err(|e| refuse(e.to_string()))?;
        let input = ffmpeg::format::input(&absolute).map_err(|e| refuse(e.to_string()))?;
        let stream = input
            .streams()
            .best(ffmpeg::media::Type::Video)
            .ok_or_else(|| refuse("it has no video".to_owned()))?;
        let parameters = stream.parameters();
        let codec = match parameters.id() {
            ffmpeg::codec::Id::H264 => Codec::H264,
            ffmpeg::codec::Id::HEVC => Codec::H265,
            ffmpeg::codec::Id::MPEG4 => Codec::Mpeg4,
            other => {
                return Err(refuse(format!(
                    "its codec is {}, not H.264, H.265 or MPEG-4",
                    other.name()
                )));
            }
        };
        let size = (parameters.width() as usize, parameters.height() as usize);
        let base = stream.time_base();
        let rate = [stream.avg_frame_rate(), stream.rate()]
            .into_iter()
            .map(|r| (i64::from(r.numerator()), i64::from(r.denominator())))
            .find(|(n, d)| *n > 0 && *d > 0 && n / d <= 1000);
        let frame_duration = rate.map_or(FRAME_DURATION, |(n, d)| {
            Duration::from_secs_f64(d as f64 / n as f64)
        });
        let index = stream.index();
        let time_base = (
            i64::from(base.numerator()).max(1),
            i64::from(base.denominator()).max(1),
        );
        let mut assembler = Assembler::new(codec, mode, &Bounds::default(), Epoch::default());
        let record = configuration(&absolute).unwrap_or_default();
        let (framing, parameter_sets) = match codec {
            Codec::Mpeg4 => (Framing::Whole, record),
            _ => match parse_record(&record, codec == Codec::H265) {
                Some(found) => (
                    Framing::Lengths(found.length_bytes),
                    annex_b(&found.parameter_sets),
                ),
                None => (Framing::AnnexB, record),
            },
        };
        if codec != Codec::Mpeg4 {
            for set in split_annex_b(&parameter_sets) {
                // What is no parameter set we know (SEI in a record) is left out.
                let _ = assembler.sets.keep(set);
            }
        }
        Ok(Self {
            camera,
            file: path.to_owned(),
            start,
            mode,
            input,
            stream: index,
            time_base,
            codec,
            size,
            frame_duration,
            framing,
            parameter_sets: Bytes::from(parameter_sets),
            assembler,
            first_ticks: None,
            last_ticks: 0,
            packets: 0,
            damaged: 0,
            ready: Vec::new(),
            ended: false,
        })
    }

    /// The codec.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Width and height, samples, as the container says.
    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Parameter sets of the container, Annex B: (VPS,) SPS, PPS; for MPEG-4 the decoder-specific
    /// bytes. Empty where they are in the stream only.
    pub fn parameter_sets(&self) -> &Bytes {
        &self.parameter_sets
    }

    /// Ticks of 90 kHz of a packet, from the first one on.
    fn ticks(&mut self, packet: &ffmpeg::Packet) -> i64 {
        let frame = (self.frame_duration.as_secs_f64() * MediaTime::HZ as f64).round() as i64;
        let ticks = match packet.pts().or(packet.dts()) {
            Some(pts) => {
                let (n, d) = (i128::from(self.time_base.0), i128::from(self.time_base.1));
                (i128::from(pts) * n * i128::from(MediaTime::HZ) / d) as i64
            }
            // Raw streams have no clock.
            None if self.first_ticks.is_some() => self.last_ticks + frame,
            None => 0,
        };
        self.last_ticks = ticks;
        ticks - *self.first_ticks.get_or_insert(ticks)
    }

    /// Feeds one packet.
    fn take(&mut self, packet: &ffmpeg::Packet) -> Result<(), String> {
        let media = self.ticks(packet);
        let Some(bytes) = packet.data() else { return Ok(()) };
        let whole = !packet.is_corrupt();
        if self.framing == Framing::Whole {
            self.take_whole(bytes, media, packet.is_key(), whole);
            return Ok(());
        }
        // Each packet is an access unit, whatever its time stamp says: number them.
        let rtp = self.packets;
        self.packets = self.packets.wrapping_add(1);
        let stamp = Stamp {
            rtp,
            media,
            jumped: false,
            marker: true,
            arrival: Arrival::default(),
        };
        self.assembler.packet(stamp, false);
        if !whole {
            self.assembler.malformed();
        }
        match self.framing {
            Framing::Lengths(length_bytes) => {
                let mut rest = bytes;
                while rest.len() > length_bytes {
                    let (length, after) = rest.split_at(length_bytes);
                    let length = length.iter().fold(0, |n, b| n << 8 | usize::from(*b));
                    let Some((nal, after)) = after.split_at_checked(length) else {
                        self.assembler.malformed();
                        break;
                    };
                    self.assembler
                        .nal(nal)
                        .map_err(|e| format!("more {} than {}", e.what, e.limit))?;
                    rest = after;
                }
            }
            Framing::AnnexB | Framing::Whole => {
                for nal in split_annex_b(bytes) {
                    self.assembler
                        .nal(nal)
                        .map_err(|e| format!("more {} than {}", e.what, e.limit))?;
                }
            }
        }
        self.assembler.flush(true);
        Ok(())
    }

    fn take_whole(&mut self, bytes: &[u8], media: i64, keyframe: bool, whole: bool) {
        if self.mode == Mode::Keyframes && !keyframe {
            return;
        }
        let headed = !keyframe || self.parameter_sets.is_empty() || bytes.starts_with(&self.parameter_sets);
        let bytes = if headed {
            Bytes::copy_from_slice(bytes)
        } else {
            Bytes::from([&self.parameter_sets[..], bytes].concat())
        };
        self.assembler.done.push(Coded {
            epoch: Epoch::default(),
            keyframe,
            taint: if whole { Taint::Clean } else { Taint::Loss },
            media,
            first: Arrival::default(),
            last: Arrival::default(),
            bytes,
        });
    }

    fn unit(&self, coded: Coded) -> AccessUnit {
        let at = self.start.plus_millis(MediaTime(coded.media).millis());
        AccessUnit {
            camera: self.camera.clone(),
            epoch: coded.epoch,
            codec: self.codec,
            keyframe: coded.keyframe,
            taint: coded.taint,
            media_time: MediaTime(coded.media),
            received: Monotonic(Duration::from_millis(u64::try_from(at.0).unwrap_or(0))),
            captured_at: CapturedAt {
                at,
                uncertainty_ms: self.frame_duration.as_millis() as u32,
            },
            bytes: coded.bytes,
        }
    }

    fn fail(&mut self, problem: String) -> Error {
        self.ended = true;
        let (camera, file) = (self.camera.clone(), self.file.clone());
        Error::Clip {
            camera,
            file,
            attempt: "reading",
            problem,
        }
    }
}

impl Iterator for Clip {
    type Item = Result<AccessUnit, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(coded) = self.ready.pop() {
                return Some(Ok(self.unit(coded)));
            }
            if self.ended {
                return None;
            }
            let mut packet = ffmpeg::Packet::empty();
            match packet.read(&mut self.input) {
                Ok(()) if packet.stream() != self.stream => continue,
                Ok(()) => {
                    if let Err(problem) = self.take(&packet) {
                        return Some(Err(self.fail(problem)));
                    }
                }
                Err(ffmpeg::Error::Eof) => self.ended = true,
                Err(e) => {
                    self.damaged += 1;
                    if self.damaged > DAMAGED_MAX || e != ffmpeg::Error::InvalidData {
                        return Some(Err(self.fail(e.to_string())));
                    }
                }
            }
            self.ready.append(&mut self.assembler.done);
            self.ready.reverse();
        }
    }
}

/// FFmpeg writes to standard error by itself; what matters comes back as an error.
fn quiet() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| ffmpeg::log::set_level(ffmpeg::log::Level::Quiet));
}

fn annex_b(sets: &[Vec<u8>]) -> Vec<u8> {
    sets.iter()
        .flat_map(|set| [&crate::nal::START_CODE[..], set])
        .flatten()
        .copied()
        .collect()
}

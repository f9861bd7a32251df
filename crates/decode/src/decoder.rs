//! One picture from one keyframe, with contexts shared by all cameras.
//!
//! For: looks. A keyframe goes in, its picture comes out of the same call, and nothing of it is left
//! for the next camera's.
//! Not for: streams without keyframes (stream).
//! Input: keyframes as ingest or a broker hands them over.

use std::fmt;

use curbwatch_types::{AccessUnit, Codec, Picture};

use crate::Error;
use crate::av::{Code, Context, Frame, Packet, Received};
use crate::coded::{Kind, Part, Parts};
use crate::fill::fill;

/// Bytes `FF` behind each slice of an H.265 picture. An arithmetic decoder that runs past the end
/// of a cut slice soon reads them as "end of slice" and leaves blocks undecoded, which shows; on
/// zeros it would go on to the end of the picture. A whole slice ends before them.
const TAIL_BYTES: usize = 1024;

/// The limits of decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Widest picture, in luma samples. Default 8192 (8K cameras).
    pub width_max: usize,
    /// Tallest picture, in luma samples. Default 4352 (8K cameras, rounded up to coding blocks).
    pub height_max: usize,
    /// Largest access unit, in bytes. Default 16 MiB: an 8K keyframe at 4 bits a sample.
    pub unit_bytes_max: usize,
    /// Clean units after which a stream that was joined midway, or broke, counts as refreshed when no
    /// keyframe tells. Default 300: 12 s at 25 pictures a second. Used by
    /// [`StreamDecoder`](crate::StreamDecoder).
    pub refresh_units: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width_max: 8192,
            height_max: 4352,
            unit_bytes_max: 16 << 20,
            refresh_units: 300,
        }
    }
}

/// Decodes keyframes of any camera. Holds one context for each codec, made when first needed; uses no
/// thread but the caller's.
pub struct Decoder {
    options: Options,
    h264: Option<Pooled>,
    h265: Option<Pooled>,
    room: Option<Room>,
    contexts_made: u64,
}

/// A context and the parameter sets it decoded with last.
struct Pooled {
    context: Context,
    sets: Vec<u8>,
}

impl Pooled {
    /// Makes ready for a unit. In H.264 FFmpeg keeps the range and matrix that an earlier stream
    /// stated when the new one states none; H.265 forgets by itself, and would not state them again.
    fn meet(&mut self, codec: Codec, unit: &AccessUnit, parts: &Parts) {
        let sets = || parts.chosen().iter().filter(|part| part.kind == Kind::Set);
        let same = sets()
            .flat_map(|set| &unit.bytes[set.range.clone()])
            .eq(&self.sets);
        if !same {
            self.sets.clear();
            sets().for_each(|set| self.sets.extend_from_slice(&unit.bytes[set.range.clone()]));
            if codec == Codec::H264 {
                self.context.forget_colour();
            }
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Decoder {
    /// Nothing is allocated before the first keyframe.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            h264: None,
            h265: None,
            room: None,
            contexts_made: 0,
        }
    }

    /// Decodes the keyframe `unit` into `into`, whose buffers are reused. Exactly one picture comes
    /// out, also of streams with B-frames: end of stream is sent after the unit, and the context is
    /// flushed for the next one. What earlier units held does not matter. After an error `into` is
    /// unspecified and the next unit starts on a fresh context.
    pub fn decode_key(&mut self, unit: &AccessUnit, into: &mut Picture) -> Result<(), Error> {
        let mut room = match self.room.take() {
            Some(room) => room,
            None => Room::new()?,
        };
        let done = self.decode_in(&mut room, unit, into);
        room.clear();
        self.room = Some(room);
        done
    }

    /// Contexts made so far: one for each codec, and one after each error inside FFmpeg.
    pub fn contexts_made(&self) -> u64 {
        self.contexts_made
    }

    fn decode_in(&mut self, room: &mut Room, unit: &AccessUnit, into: &mut Picture) -> Result<(), Error> {
        room.load(unit, true, &self.options)?;
        // MPEG-4 part 2 keeps what user data once said about encoder bugs: a context for each picture.
        let pooled = match unit.codec {
            Codec::H264 => self.h264.take(),
            Codec::H265 => self.h265.take(),
            Codec::Mpeg4 => None,
        };
        let mut pooled = if let Some(pooled) = pooled {
            pooled
        } else {
            self.contexts_made += 1;
            Pooled {
                context: Context::open(unit.codec, &self.options)?,
                sets: Vec::new(),
            }
        };
        pooled.meet(unit.codec, unit, &room.parts);
        room.decode_one(&mut pooled.context, unit, &self.options)?;
        fill(into, &room.frame, unit, &self.options)?;
        pooled.context.flush();
        match unit.codec {
            Codec::H264 => self.h264 = Some(pooled),
            Codec::H265 => self.h265 = Some(pooled),
            Codec::Mpeg4 => {}
        }
        Ok(())
    }
}

/// What one decoding needs besides its context. Reused.
pub(crate) struct Room {
    parts: Parts,
    pub(crate) packet: Packet,
    pub(crate) frame: Frame,
    pub(crate) spare: Frame,
}

impl Room {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            parts: Parts::default(),
            packet: Packet::new()?,
            frame: Frame::new()?,
            spare: Frame::new()?,
        })
    }

    /// Gives frames back to their decoder.
    pub(crate) fn clear(&mut self) {
        self.frame.clear();
        self.spare.clear();
    }

    /// Checks `unit` and makes it the packet.
    pub(crate) fn load(&mut self, unit: &AccessUnit, key: bool, options: &Options) -> Result<(), Error> {
        let (bytes, bytes_max) = (unit.bytes.len(), options.unit_bytes_max);
        if bytes > bytes_max {
            return Err(Error::UnitTooLarge {
                camera: unit.camera.clone(),
                bytes,
                bytes_max,
            });
        }
        self.parts.choose(unit, key)?;
        let (start_code, tail): (&[u8], usize) = match unit.codec {
            Codec::H264 => (&[0, 0, 0, 1], 0),
            Codec::H265 => (&[0, 0, 0, 1], TAIL_BYTES),
            Codec::Mpeg4 => (&[], 0),
        };
        let parts = self.parts.chosen();
        let tail_of = |part: &Part| if part.kind == Kind::Slice { tail } else { 0 };
        let size = parts
            .iter()
            .map(|part| start_code.len() + part.range.len() + tail_of(part))
            .sum();
        self.packet.fill(size, unit.media_time.0, |mut room| {
            let mut next = |length: usize| {
                let (here, rest) = std::mem::take(&mut room).split_at_mut(length);
                room = rest;
                here
            };
            for part in parts {
                next(start_code.len()).copy_from_slice(start_code);
                next(part.range.len()).copy_from_slice(&unit.bytes[part.range.clone()]);
                next(tail_of(part)).fill(0xff);
            }
        })
    }

    /// Sends the packet and the end of the stream, and expects one whole picture in `self.frame`.
    fn decode_one(
        &mut self,
        context: &mut Context,
        unit: &AccessUnit,
        options: &Options,
    ) -> Result<(), Error> {
        let camera = || unit.camera.clone();
        context
            .send(Some(&self.packet))
            .map_err(|code| refusal(code, context, unit, options))?;
        context
            .send(None)
            .map_err(|code| refusal(code, context, unit, options))?;
        let mut pictures = 0;
        loop {
            match context.receive(&mut self.spare) {
                Ok(Received::Frame) => {
                    pictures += 1;
                    self.frame.swap(&mut self.spare);
                }
                Ok(Received::Ended | Received::Hungry) => break,
                Err(code) => return Err(refusal(code, context, unit, options)),
            }
        }
        match pictures {
            0 => Err(Error::NoPicture { camera: camera() }),
            1 => whole(&self.frame, unit),
            _ => Err(Error::ManyPictures { camera: camera() }),
        }
    }
}

/// Refuses a frame that FFmpeg gave out damaged.
pub(crate) fn whole(frame: &Frame, unit: &AccessUnit) -> Result<(), Error> {
    let cause = if frame.decode_error() {
        "broken slices"
    } else if frame.has_undecoded_block() {
        "missing slices"
    } else {
        return Ok(());
    };
    Err(Error::Corrupt {
        camera: unit.camera.clone(),
        cause,
    })
}

/// What a code from FFmpeg means for the unit.
pub(crate) fn refusal(code: Code, context: &mut Context, unit: &AccessUnit, options: &Options) -> Error {
    let camera = unit.camera.clone();
    if let Some((width, height)) = context.refused_size() {
        let (width_max, height_max) = (options.width_max, options.height_max);
        return Error::TooLarge {
            camera,
            width,
            height,
            width_max,
            height_max,
        };
    }
    if code.is_machine() {
        return code.failed("decode");
    }
    Error::Corrupt {
        camera,
        cause: "refused by the decoder",
    }
}

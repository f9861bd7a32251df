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
    /// Contexts a [`Decoder`] keeps, each for one set of parameter sets. Default 8. One holds a few
    /// pictures of its size.
    pub contexts_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width_max: 8192,
            height_max: 4352,
            unit_bytes_max: 16 << 20,
            refresh_units: 300,
            contexts_max: 8,
        }
    }
}

/// Decodes keyframes of any camera. Keeps up to [`Options::contexts_max`] contexts, the latest used;
/// cameras whose parameter sets are the same byte for byte share one. Uses no thread but the caller's.
pub struct Decoder {
    options: Options,
    /// Latest used last.
    pool: Vec<Pooled>,
    room: Option<Room>,
    contexts_made: u64,
}

/// A context and the only parameter sets it ever saw. FFmpeg keeps parameter sets, range, matrix and
/// notes on encoder bugs over a flush; among equal sets there is nothing to confuse
/// (`docs/adr/0020`).
struct Pooled {
    codec: Codec,
    sets: Vec<u8>,
    context: Context,
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
            pool: Vec::new(),
            room: None,
            contexts_made: 0,
        }
    }

    /// Decodes the keyframe `unit` into `into`, whose buffers are reused. Exactly one picture comes
    /// out, also of streams with B-frames: end of stream is sent after the unit, and the context is
    /// flushed for the next one. What earlier units held does not matter. After an error `into` is
    /// unspecified, and the context is given up.
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

    /// Contexts made so far: for parameter sets not in the pool, after errors, for MPEG-4 pictures.
    pub fn contexts_made(&self) -> u64 {
        self.contexts_made
    }

    fn decode_in(&mut self, room: &mut Room, unit: &AccessUnit, into: &mut Picture) -> Result<(), Error> {
        room.load(unit, true, &self.options)?;
        let mut pooled = self.context_for(unit, &room.parts)?;
        let done = room.decode_one(&mut pooled.context, unit, &self.options);
        // FFmpeg may give out some picture all the same.
        pooled
            .context
            .refused_size()
            .map_or(done, |size| Err(too_large(size, unit, &self.options)))?;
        fill(into, &room.frame, unit, &self.options)?;
        pooled.context.flush();
        // MPEG-4 part 2 has no parameter sets to tell streams apart: a context for each picture.
        if unit.codec != Codec::Mpeg4 {
            self.pool.push(pooled);
            let surplus = self.pool.len().saturating_sub(self.options.contexts_max);
            self.pool.drain(..surplus);
        }
        Ok(())
    }

    /// Takes the context of the unit's parameter sets out of the pool, or makes one.
    fn context_for(&mut self, unit: &AccessUnit, parts: &Parts) -> Result<Pooled, Error> {
        let sets = || {
            let sets = parts.chosen().iter().filter(|part| part.kind == Kind::Set);
            sets.flat_map(|set| &unit.bytes[set.range.clone()])
        };
        let same = |pooled: &Pooled| pooled.codec == unit.codec && sets().eq(&pooled.sets);
        if let Some(at) = self.pool.iter().rposition(same) {
            return Ok(self.pool.remove(at));
        }
        self.contexts_made += 1;
        let mut context = Context::open(unit.codec, &self.options)?;
        context.show_unrecovered(true);
        Ok(Pooled {
            codec: unit.codec,
            sets: sets().copied().collect(),
            context,
        })
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

    /// Whether the packet holds coded samples.
    pub(crate) fn has_slices(&self) -> bool {
        self.parts.chosen().iter().any(|part| part.kind == Kind::Slice)
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
    if let Some(size) = context.refused_size() {
        return too_large(size, unit, options);
    }
    if code.is_machine() {
        return code.failed("decode");
    }
    Error::Corrupt {
        camera: unit.camera.clone(),
        cause: "refused by the decoder",
    }
}

fn too_large((width, height): (usize, usize), unit: &AccessUnit, options: &Options) -> Error {
    let (width_max, height_max) = (options.width_max, options.height_max);
    Error::TooLarge {
        camera: unit.camera.clone(),
        width,
        height,
        width_max,
        height_max,
    }
}

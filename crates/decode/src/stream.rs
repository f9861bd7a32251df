//! Pictures from every unit of one camera, where no usable keyframe comes.
//!
//! For: gradual refresh, and smart codecs whose keyframes are minutes apart.
//! Not for: everything else. It costs a full decoder for each camera.
//! Input: all units of one camera in decoding order, as ingest hands them over.

use std::fmt;

use curbwatch_types::{AccessUnit, Codec, MediaTime, Picture};

use crate::av::{Context, Received};
use crate::decoder::{Room, refusal, whole};
use crate::fill::fill;
use crate::{Error, Options};

/// Decodes one camera's stream. Uses no thread but the caller's.
///
/// A stream joined midway, or broken by an error, gives no pictures until it is whole again: at the
/// next keyframe, where FFmpeg sees a recovery point complete (H.264), or after
/// [`Options::refresh_units`] units without error.
pub struct StreamDecoder {
    codec: Codec,
    options: Options,
    context: Context,
    room: Room,
    /// Units without error still to come before the stream counts as refreshed; 0 when it is.
    unrefreshed: u32,
    /// Pictures before this one lead a keyframe that the stream was joined at: what they refer to
    /// came before it.
    shown_from: MediaTime,
    ending: bool,
    media_time: Option<MediaTime>,
    withheld: u64,
    superseded: u64,
}

impl fmt::Debug for StreamDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamDecoder")
            .field("codec", &self.codec)
            .finish_non_exhaustive()
    }
}

impl StreamDecoder {
    /// Opens a decoder.
    pub fn new(codec: Codec, options: Options) -> Result<Self, Error> {
        Ok(Self {
            codec,
            context: Context::open(codec, &options)?,
            room: Room::new()?,
            unrefreshed: options.refresh_units.max(1),
            options,
            shown_from: MediaTime(i64::MIN),
            ending: false,
            media_time: None,
            withheld: 0,
            superseded: 0,
        })
    }

    /// Takes the next unit; true when a picture came out into `into`. With B-frames that is the
    /// picture of an earlier unit: [`Self::media_time`] tells which. When several come out at once
    /// the newest is kept. After an error the stream goes on with the next unit, see above.
    pub fn push(&mut self, unit: &AccessUnit, into: &mut Picture) -> Result<bool, Error> {
        if unit.codec != self.codec {
            let (camera, codec) = (unit.camera.clone(), unit.codec);
            return Err(Error::OtherCodec {
                camera,
                codec,
                expected: self.codec,
            });
        }
        if self.ending {
            self.restart();
        }
        let done = self.push_in(unit, into);
        if done.is_err() {
            self.restart();
        }
        self.room.clear();
        done
    }

    /// Ends the stream. Each call gives one of the pictures still inside, oldest first; false when
    /// there is none left. The next [`Self::push`] starts anew, as at a joined stream. `unit` is the
    /// last one pushed, for its camera's name in errors.
    pub fn finish(&mut self, unit: &AccessUnit, into: &mut Picture) -> Result<bool, Error> {
        if !self.ending {
            self.ending = true;
            self.context
                .send(None)
                .map_err(|c| refusal(c, &mut self.context, unit, &self.options))?;
        }
        loop {
            match self.context.receive(&mut self.room.frame) {
                Ok(Received::Frame) => {
                    if self.withhold(self.room.frame.pts()) {
                        continue;
                    }
                    let done = self.take(unit, into);
                    self.room.clear();
                    return done.map(|()| true);
                }
                Ok(Received::Hungry | Received::Ended) => return Ok(false),
                Err(code) => return Err(refusal(code, &mut self.context, unit, &self.options)),
            }
        }
    }

    /// Media time of the unit that the latest picture was in.
    pub fn media_time(&self) -> Option<MediaTime> {
        self.media_time
    }

    /// Units that showed nothing because what they refer to may be missing.
    pub fn withheld(&self) -> u64 {
        self.withheld
    }

    /// Pictures that a newer one replaced in the same call.
    pub fn superseded(&self) -> u64 {
        self.superseded
    }

    fn push_in(&mut self, unit: &AccessUnit, into: &mut Picture) -> Result<bool, Error> {
        self.room.load(unit, false, &self.options)?;
        if unit.keyframe && self.room.has_slices() {
            self.join(unit);
        }
        if let Err(code) = self.context.send(Some(&self.room.packet)) {
            if !code.is_machine() && !self.room.has_slices() {
                // FFmpeg takes parameter sets that come alone, and then misses the picture.
                return Ok(false);
            }
            return Err(refusal(code, &mut self.context, unit, &self.options));
        }
        let (mut out, mut held) = (0_u64, self.unrefreshed > 0);
        loop {
            match self.context.receive(&mut self.room.spare) {
                Ok(Received::Frame) => {
                    if self.withhold(self.room.spare.pts()) {
                        held = true;
                    } else {
                        self.room.frame.swap(&mut self.room.spare);
                        out += 1;
                    }
                }
                Ok(Received::Hungry | Received::Ended) => break,
                Err(code) => return Err(refusal(code, &mut self.context, unit, &self.options)),
            }
        }
        self.unrefreshed = self.unrefreshed.saturating_sub(1);
        self.context.show_unrecovered(self.unrefreshed == 0);
        if out == 0 {
            self.withheld += u64::from(held);
            return Ok(false);
        }
        self.superseded += out - 1;
        self.take(unit, into).map(|()| true)
    }

    /// Begins to show at a keyframe. If nothing was shown before it, nothing from before it is.
    fn join(&mut self, key: &AccessUnit) {
        self.shown_from = MediaTime(i64::MIN);
        if self.unrefreshed > 0 {
            self.shown_from = key.media_time;
            // What is still inside, and counted, would come out among the good pictures.
            self.context.flush();
            self.context.show_unrecovered(true);
            self.unrefreshed = 0;
        }
    }

    /// Whether the frame of that `pts` must not be shown. In H.264 FFmpeg itself holds back what is not
    /// whole: what comes out while we wait has passed a recovery point.
    fn withhold(&mut self, pts: i64) -> bool {
        if self.codec == Codec::H264 {
            self.unrefreshed = 0;
        }
        self.unrefreshed > 0 || pts < self.shown_from.0
    }

    fn take(&mut self, unit: &AccessUnit, into: &mut Picture) -> Result<(), Error> {
        whole(&self.room.frame, unit)?;
        fill(into, &self.room.frame, unit, &self.options)?;
        self.media_time = Some(MediaTime(self.room.frame.pts()));
        Ok(())
    }

    fn restart(&mut self) {
        self.context.flush();
        self.context.show_unrecovered(false);
        self.ending = false;
        self.unrefreshed = self.options.refresh_units.max(1);
    }
}

//! One camera's stream through its decoder: units in, now and then a picture that looks can use.

use std::collections::VecDeque;
use std::time::Duration;

use curbwatch_decode::{Error, Options, StreamDecoder, as_keyframe};
use curbwatch_types::{AccessUnit, Epoch, Monotonic, Picture, Taint};

/// Largest picture, in luma samples: 4K. Its decoder holds 17 pictures at most, 12 MB each.
const WIDTH_MAX: usize = 3840;
const HEIGHT_MAX: usize = 2176;
/// Units whose picture has not come out yet; decoders hold back 16 at most.
const PENDING_MAX: usize = 64;
/// How old the picture in a slot may get while nobody asks for it.
const FRESH: Duration = Duration::from_secs(2);

/// Why a unit brought no picture and the next may not either.
#[derive(Debug)]
pub(super) enum Broken {
    /// It is damaged.
    Damaged(String),
    /// This camera's pictures cannot be decoded here; in words for an operator.
    Unfit(String),
}

#[derive(Default)]
pub(super) struct Stream {
    decoder: Option<(Epoch, StreamDecoder)>,
    /// What is known of units whose picture is still inside, without their bytes.
    pending: VecDeque<AccessUnit>,
    picture: Picture,
    shown_at: Option<Monotonic>,
}

impl Stream {
    /// Takes the next unit. A picture comes out, coded as a keyframe, when it is clean and somebody wants it (`wanted`), or the
    /// last is no longer fresh.
    pub(super) fn push(
        &mut self,
        mut unit: AccessUnit,
        now: Monotonic,
        wanted: bool,
    ) -> Result<Option<AccessUnit>, Broken> {
        let Self {
            decoder,
            pending,
            picture,
            shown_at,
        } = self;
        // Another epoch is another stream: nothing in it refers to the last.
        if decoder.as_ref().is_none_or(|(epoch, _)| *epoch != unit.epoch) {
            pending.clear();
            let options = Options {
                width_max: WIDTH_MAX,
                height_max: HEIGHT_MAX,
                ..Options::default()
            };
            let made = StreamDecoder::new(unit.codec, options).map_err(broken)?;
            *decoder = Some((unit.epoch, made));
        }
        let Some((_, decoder)) = decoder else {
            return Ok(None);
        };
        let came_out = decoder.push(&unit, picture);
        if pending.len() >= PENDING_MAX {
            pending.pop_front();
        }
        unit.bytes.clear();
        pending.push_back(unit);
        if !came_out.map_err(broken)? {
            return Ok(None);
        }
        let of = pending
            .iter()
            .position(|unit| Some(unit.media_time) == decoder.media_time());
        let Some(of) = of.and_then(|at| pending.remove(at)) else {
            return Ok(None);
        };
        let stale = shown_at.is_none_or(|at| now.since(at) >= FRESH);
        if of.taint != Taint::Clean || !(wanted || stale) {
            return Ok(None);
        }
        *shown_at = Some(now);
        as_keyframe(picture, &of).map(Some).map_err(broken)
    }
}

fn broken(error: Error) -> Broken {
    match error {
        Error::TooLarge { width, height, .. } => Broken::Unfit(format!(
            "its pictures of {width}x{height} are larger than those that are decoded one and all ({WIDTH_MAX}x{HEIGHT_MAX})"
        )),
        Error::Library { .. } => Broken::Unfit(error.to_string()),
        error => Broken::Damaged(error.to_string()),
    }
}

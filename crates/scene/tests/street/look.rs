//! One row of a scene and the looks that it stands for. The language: `fixtures/scenes/README.md`.

use std::sync::Arc;

use bytes::Bytes;
use curbwatch_types::{
    AccessUnit, Appearance, BBox, CameraId, CapturedAt, Codec, Detection, Epoch, Health, LookWhy, MediaTime,
    Monotonic, ObjectClass, Observation, Point, Score, Taint, Wall,
};

use crate::draw::{draw, figures, noise, seed};
use crate::street::{Street, number, world};
use crate::time::{duration_ms, moment_ms};

/// One thing in one look.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) class: ObjectClass,
    pub(crate) bbox: BBox,
    pub(crate) score: f32,
    /// What it looks like: seeds its drawing and, when named, its appearance vector.
    pub(crate) paint: u32,
    pub(crate) appearance: Option<Vec<f32>>,
    pub(crate) detected: bool,
}

/// What the light is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Light {
    #[default]
    Day,
    Dusk,
    Infrared,
    /// Infrared that leaves the street nearly as it was.
    Grey,
    Headlights,
    Rain,
    Black,
    Covered,
    /// Burning into the lens.
    Flash,
}

/// One look, before it is an observation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Look {
    pub(crate) at_ms: i64,
    pub(crate) things: Vec<Thing>,
    pub(crate) shift: Point,
    pub(crate) taint: Taint,
    pub(crate) light: Light,
    /// The coded picture of the look before, again.
    pub(crate) same: bool,
    /// One of this many coded pictures, in turn.
    pub(crate) one_of: Option<u64>,
    /// Which street is shown: 0 that of the base view.
    pub(crate) world: u32,
    /// Out of focus.
    pub(crate) blurred: bool,
    /// How wrong the time may be, in milliseconds.
    pub(crate) uncertainty_ms: i64,
}

/// A street of no view.
const ELSEWHERE: u32 = 7777;

/// When the looks of a row are, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    from: i64,
    until: i64,
    every: i64,
}

impl When {
    /// Each of them.
    pub(crate) fn moments(self) -> impl Iterator<Item = i64> {
        (0..)
            .map(move |i| self.from + i * self.every)
            .take_while(move |at| *at <= self.until)
    }
}

/// Takes `every 5s until 10:00`, `every 5s from 20:00 for 10m`, or `at 10:05`. `last_ms` is the latest look's.
pub(crate) fn when(text: &str, last_ms: Option<i64>) -> Result<When, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if let ["at", moment] = words.as_slice() {
        let at_ms = moment_ms(moment)?;
        return Ok(When {
            from: at_ms,
            until: at_ms,
            every: 1000,
        });
    }
    let ["every", step, rest @ ..] = words.as_slice() else {
        return Err(format!(
            "`{text}` is neither `at 10:05` nor `every 5s until 10:00`"
        ));
    };
    let every = duration_ms(step)?;
    let next = || last_ms.map_or(0, |last| last + every);
    let (from, rest) = match rest {
        ["from", moment, rest @ ..] => (moment_ms(moment)?, rest),
        _ => (next(), rest),
    };
    let until = match rest {
        ["until", moment] => moment_ms(moment)?,
        // Less one step, so that `for 10m` after `for 10m` are twenty.
        ["for", span] => from + duration_ms(span)? - if last_ms.is_some() { every } else { 0 },
        _ => return Err(format!("`{text}` does not say `until 10:00` or `for 10m`")),
    };
    if until < from {
        return Err(format!("`{text}` ends before it begins"));
    }
    Ok(When { from, until, every })
}

/// The looks of a row: `things | picture`, at the times of `when`.
pub(crate) fn looks(street: &Street, when: When, row: &str) -> Result<Vec<Look>, String> {
    let (things, picture) = row.split_once('|').unwrap_or((row, ""));
    let things: Vec<Thing> = things
        .split(',')
        .map(str::trim)
        .filter(|text| *text != "nothing")
        .map(|text| thing(street, text))
        .collect::<Result<_, _>>()?;
    let words: Vec<&str> = picture
        .split_whitespace()
        .map(|word| word.trim_end_matches(','))
        .collect();
    when.moments().map(|at_ms| look(at_ms, &things, &words)).collect()
}

fn look(at_ms: i64, things: &[Thing], mut picture: &[&str]) -> Result<Look, String> {
    let mut look = Look {
        at_ms,
        things: things.to_vec(),
        ..Look::default()
    };
    loop {
        picture = match picture {
            [] => return Ok(look),
            ["shift", x, y, rest @ ..] => {
                look.shift = Point::new(number(x)?, number(y)?);
                for thing in &mut look.things {
                    thing.bbox = thing.bbox.moved(look.shift);
                }
                rest
            }
            ["misses", share, rest @ ..] => {
                let share = number(share)?;
                for (i, thing) in look.things.iter_mut().enumerate() {
                    thing.detected &= chance(at_ms, i) >= share;
                }
                rest
            }
            ["jitter", rest @ ..] => {
                for (i, thing) in look.things.iter_mut().enumerate() {
                    thing.bbox = wobbled(thing.bbox, at_ms, i, (0.17, 0.2));
                }
                rest
            }
            ["wobble", rest @ ..] => {
                for (i, thing) in look.things.iter_mut().enumerate() {
                    thing.bbox = wobbled(thing.bbox, at_ms, i, (0.08, 0.1));
                }
                rest
            }
            ["uncertain", span, rest @ ..] => {
                look.uncertainty_ms = duration_ms(span)?;
                rest
            }
            ["shows", view, rest @ ..] => {
                look.world = world(view);
                rest
            }
            ["one", "of", n, rest @ ..] => {
                look.one_of = Some(number(n)? as u64);
                rest
            }
            [word, rest @ ..] => {
                match *word {
                    "tainted" => look.taint = Taint::Loss,
                    "same" => look.same = true,
                    "elsewhere" => look.world = ELSEWHERE,
                    "blurred" => look.blurred = true,
                    "flash" => look.light = Light::Flash,
                    "grey" => look.light = Light::Grey,
                    "black" => look.light = Light::Black,
                    "covered" => look.light = Light::Covered,
                    "dusk" => look.light = Light::Dusk,
                    "infrared" => look.light = Light::Infrared,
                    "headlights" => look.light = Light::Headlights,
                    "rain" => look.light = Light::Rain,
                    _ => return Err(format!("`{word}` says nothing of a picture")),
                }
                rest
            }
        };
    }
}

/// `[unseen] CLASS [LOOKS] at PLACE [SCORE]`.
fn thing(street: &Street, text: &str) -> Result<Thing, String> {
    let (what, place) = text
        .split_once(" at ")
        .ok_or_else(|| format!("`{text}` is no thing like `car at kerb`"))?;
    let mut words = what.split_whitespace().peekable();
    let detected = words.next_if_eq(&"unseen").is_none();
    let name = words.next().ok_or_else(|| format!("`{text}` names no class"))?;
    let class = ObjectClass::from_name(name).ok_or_else(|| format!("`{name}` is no class of thing"))?;
    let (mut paint, mut appearance) = (seed(name), None);
    if let Some(looks) = words.next() {
        paint = seed(looks);
        appearance = Some(
            (0..16)
                .map(|i| f32::from(noise(paint, i)) / 127.5 - 1.0)
                .collect(),
        );
    }
    let (bbox, score) = if let Some(corners) = place.trim().strip_prefix('[') {
        let (corners, score) = corners
            .split_once(']')
            .ok_or_else(|| format!("`{text}`: a box ends with `]`"))?;
        let corners: Vec<f32> = corners.split_whitespace().map(number).collect::<Result<_, _>>()?;
        let [x, y, w, h] = corners[..] else {
            return Err(format!("`{text}`: a box is `[x y w h]`"));
        };
        (BBox::new(x, y, w, h), score)
    } else {
        let (name, score) = place.trim().split_once(' ').unwrap_or((place.trim(), ""));
        (street.place(class, name)?, score)
    };
    let score = match score.trim() {
        "" => 0.6,
        score => number(score)?,
    };
    Ok(Thing {
        class,
        bbox,
        score,
        paint,
        appearance,
        detected,
    })
}

fn chance(at_ms: i64, i: usize) -> f32 {
    f32::from(noise((at_ms / 1000) as u32 ^ 0x5eed, 77 + i as u32)) / 256.0
}

/// To and fro by such a share of the box, size by such another.
fn wobbled(bbox: BBox, at_ms: i64, i: usize, (by, size): (f32, f32)) -> BBox {
    let wobble = |salt: u32| {
        let chance = f32::from(noise((at_ms / 1000) as u32, i as u32 + salt)) / 255.0;
        (chance - 0.5) * 2.0
    };
    BBox::new(
        bbox.x + by * wobble(1) * bbox.w,
        bbox.y + by * wobble(2) * bbox.h,
        bbox.w * (1.0 + size * wobble(3)),
        bbox.h * (1.0 + size * wobble(4)),
    )
}

pub(crate) fn camera() -> CameraId {
    CameraId::new("kerb-cam").expect("id")
}

/// The observation of a look; `index` is its place in the scene, `before` the coded digest of the look before.
pub(crate) fn observation(look: &Look, index: u64, before: u64) -> Observation {
    let captured_at = CapturedAt {
        at: Wall(look.at_ms),
        uncertainty_ms: look.uncertainty_ms.max(100) as u32,
    };
    let detection = |thing: &Thing| Detection {
        class: thing.class,
        score: Score::new(thing.score),
        bbox: thing.bbox,
        appearance: thing.appearance.clone().map(|v| Appearance(v.into())),
    };
    let thumbnail = draw(look);
    let (mean_luma, luma_deviation) = figures(&thumbnail);
    let coded_digest = match look.one_of {
        Some(n) => 1 + index % n,
        None if look.same => before,
        None => 1000 + index,
    };
    Observation {
        camera: camera(),
        epoch: Epoch::default(),
        picture: index,
        captured_at,
        why: LookWhy::Routine,
        size: (1280, 960),
        detections: look.things.iter().filter(|t| t.detected).map(detection).collect(),
        closeups: Vec::new(),
        thumbnail,
        health: Health {
            mean_luma,
            luma_deviation,
            sharpness: if look.blurred { 0.4 } else { 2.0 },
            chroma: if matches!(look.light, Light::Infrared | Light::Grey) {
                0.0
            } else {
                5.0
            },
            coded_digest,
        },
        model: Arc::from("script"),
        unit: AccessUnit {
            camera: camera(),
            epoch: Epoch::default(),
            codec: Codec::H264,
            keyframe: true,
            taint: look.taint,
            media_time: MediaTime(0),
            received: Monotonic::default(),
            captured_at,
            bytes: Bytes::from(vec![index as u8; 8]),
        },
    }
}

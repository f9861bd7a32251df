//! What a vision worker and its process say to each other: a look one way, what it showed the other.
//!
//! For: the mirror of the nouns that travel (`types` serialises nothing), and the checks of what comes back. The parent believes
//! a child only what these types can say: whose picture it was and when, it knows itself. Not for: how bytes travel
//! ([`link`](super::link)). A camera's address and credentials are in none of it.
//!
//! Bulk goes beside the message, as it is: the coded picture with a look, the thumbnail with what was seen.

use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbwatch_infer::{DetectorOptions, Provider};
use curbwatch_types::{
    AccessUnit, Appearance, BBox, CameraId, CapturedAt, Codec, Detection, DropReason, Epoch, Health, Luma,
    MediaTime, Monotonic, ObjectClass, Point, Polygon, Score, Taint,
};
use serde::{Deserialize, Serialize};

use super::blind::Blind;
use super::closeups::Turn;
use super::eyes::{Cost, EyesOptions, Sight};

/// Largest message, in bytes: 1000 detections, each described. Bulk is not in it.
pub(super) const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Largest bulk of an answer: a thumbnail, 160 wide and as tall as a picture may be.
pub(super) const THUMBNAIL_BYTES_MAX: usize = 160 * 8192;
/// Most things seen in one picture: the detector itself stops at 1000.
const DETECTIONS_MAX: usize = 2000;
/// Most numbers that say what a thing looks like.
const APPEARANCE_MAX: usize = 1024;
/// Most tiles of a look.
const CLOSEUPS_MAX: usize = 256;
/// Longest text of a child, in bytes; the rest is cut off.
const TEXT_BYTES_MAX: usize = 1024;
/// CPU time of one stage of one look that nobody can have spent, microseconds: an hour.
const MICROS_MAX: u64 = 3_600_000_000;

/// What came over the wire and cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nonsense(pub(super) &'static str);

/// What the parent says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Told {
    /// First.
    Begin(SetUp),
    /// Then, again and again. The bulk is the coded picture.
    Look(ToldLook),
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said {
    /// It has made its eyes.
    Ready {
        /// Name and digest of the model it has read.
        model: String,
        /// What runs it.
        provider: String,
    },
    /// It could not.
    Unable(String),
    /// The look of that number brought something. The bulk is the thumbnail.
    Seen(u64, SaidSight, SaidCost),
    /// It brought nothing.
    Blind(u64, SaidBlind, SaidCost),
}

/// What a child makes its eyes with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SetUp {
    library: Vec<u8>,
    model: Vec<u8>,
    model_dirs: Vec<Vec<u8>>,
    provider: SaidProvider,
    intra_threads: usize,
    min_score: Option<f32>,
    tiles_per_look_max: Option<usize>,
    width_max: usize,
    height_max: usize,
    unit_bytes_max: usize,
    refresh_units: u32,
    contexts_max: usize,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum SaidProvider {
    Cpu,
    Cuda,
    TensorRt,
    OpenVino,
}

impl SetUp {
    /// `library` and `model` are files, `model_dirs` folders.
    pub(super) fn new(library: &Path, model: &Path, model_dirs: &[PathBuf], eyes: &EyesOptions) -> Self {
        let bytes = |path: &Path| path.as_os_str().as_bytes().to_vec();
        let provider = match eyes.detector.provider {
            Provider::Cpu => SaidProvider::Cpu,
            Provider::Cuda => SaidProvider::Cuda,
            Provider::TensorRt => SaidProvider::TensorRt,
            Provider::OpenVino => SaidProvider::OpenVino,
        };
        Self {
            library: bytes(library),
            model: bytes(model),
            model_dirs: model_dirs.iter().map(|dir| bytes(dir)).collect(),
            provider,
            intra_threads: eyes.detector.intra_threads,
            min_score: eyes.detector.min_score,
            tiles_per_look_max: eyes.tiles_per_look_max,
            width_max: eyes.decoder.width_max,
            height_max: eyes.decoder.height_max,
            unit_bytes_max: eyes.decoder.unit_bytes_max,
            refresh_units: eyes.decoder.refresh_units,
            contexts_max: eyes.decoder.contexts_max,
        }
    }

    /// The ONNX Runtime's file.
    pub(super) fn library(&self) -> PathBuf {
        path(&self.library)
    }

    /// The model's manifest.
    pub(super) fn model(&self) -> PathBuf {
        path(&self.model)
    }

    /// Where its weights are looked for.
    pub(super) fn model_dirs(&self) -> Vec<PathBuf> {
        self.model_dirs.iter().map(|dir| path(dir)).collect()
    }

    /// All the rest.
    pub(super) fn eyes(&self) -> EyesOptions {
        let provider = match self.provider {
            SaidProvider::Cpu => Provider::Cpu,
            SaidProvider::Cuda => Provider::Cuda,
            SaidProvider::TensorRt => Provider::TensorRt,
            SaidProvider::OpenVino => Provider::OpenVino,
        };
        EyesOptions {
            detector: DetectorOptions {
                intra_threads: self.intra_threads,
                provider,
                min_score: self.min_score,
            },
            tiles_per_look_max: self.tiles_per_look_max,
            decoder: curbwatch_decode::Options {
                width_max: self.width_max,
                height_max: self.height_max,
                unit_bytes_max: self.unit_bytes_max,
                refresh_units: self.refresh_units,
                contexts_max: self.contexts_max,
            },
        }
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    std::ffi::OsString::from_vec(bytes.to_vec()).into()
}

/// A look without its coded picture.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ToldLook {
    /// The answer has it, too.
    pub(super) number: u64,
    /// For what is said of it.
    camera: String,
    codec: SaidCodec,
    keyframe: bool,
    tainted: Option<SaidTaint>,
    media_time: i64,
    place_in_list: usize,
    zones: Vec<Vec<(f32, f32)>>,
    turn: u64,
    place: Option<SaidBox>,
    hurried: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum SaidCodec {
    H264,
    H265,
    Mpeg4,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum SaidTaint {
    Loss,
    NoRandomAccess,
}

impl ToldLook {
    pub(super) fn new(number: u64, unit: &AccessUnit, turn: &Turn) -> Self {
        let corners = |zone: &Polygon| zone.points().iter().map(|p| (p.x, p.y)).collect();
        Self {
            number,
            camera: unit.camera.as_str().to_owned(),
            codec: match unit.codec {
                Codec::H264 => SaidCodec::H264,
                Codec::H265 => SaidCodec::H265,
                Codec::Mpeg4 => SaidCodec::Mpeg4,
            },
            keyframe: unit.keyframe,
            tainted: match unit.taint {
                Taint::Clean => None,
                Taint::Loss => Some(SaidTaint::Loss),
                Taint::NoRandomAccess => Some(SaidTaint::NoRandomAccess),
            },
            media_time: unit.media_time.0,
            place_in_list: turn.camera,
            zones: turn.zones.iter().map(corners).collect(),
            turn: turn.number,
            place: turn.place.map(SaidBox::of),
            hurried: turn.hurried,
        }
    }

    /// The look, with its coded picture. When it arrived and when it was taken stays with the parent.
    pub(super) fn into_look(self, bytes: Vec<u8>) -> Result<(AccessUnit, Turn), Nonsense> {
        let polygon = |corners: Vec<(f32, f32)>| {
            let points = corners.into_iter().map(|(x, y)| Point::new(x, y)).collect();
            Polygon::new(points).map_err(|_| Nonsense("a zone"))
        };
        let zones: Result<Arc<[Polygon]>, Nonsense> = self.zones.into_iter().map(polygon).collect();
        let unit = AccessUnit {
            camera: CameraId::new(&self.camera).map_err(|_| Nonsense("a camera's id"))?,
            epoch: Epoch::default(),
            codec: match self.codec {
                SaidCodec::H264 => Codec::H264,
                SaidCodec::H265 => Codec::H265,
                SaidCodec::Mpeg4 => Codec::Mpeg4,
            },
            keyframe: self.keyframe,
            taint: match self.tainted {
                None => Taint::Clean,
                Some(SaidTaint::Loss) => Taint::Loss,
                Some(SaidTaint::NoRandomAccess) => Taint::NoRandomAccess,
            },
            media_time: MediaTime(self.media_time),
            received: Monotonic::default(),
            captured_at: CapturedAt::default(),
            bytes: bytes.into(),
        };
        let turn = Turn {
            camera: self.place_in_list,
            zones: zones?,
            number: self.turn,
            place: self.place.map(SaidBox::bbox),
            hurried: self.hurried,
        };
        Ok((unit, turn))
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct SaidBox(f32, f32, f32, f32);

impl SaidBox {
    fn of(bbox: BBox) -> Self {
        Self(bbox.x, bbox.y, bbox.w, bbox.h)
    }

    fn bbox(self) -> BBox {
        BBox::new(self.0, self.1, self.2, self.3)
    }

    fn checked(self) -> Result<BBox, Nonsense> {
        let finite = [self.0, self.1, self.2, self.3].iter().all(|v| v.is_finite());
        finite.then(|| self.bbox()).ok_or(Nonsense("a box"))
    }
}

/// What a picture shows, without its thumbnail's samples.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SaidSight {
    size: (u16, u16),
    detections: Vec<SaidDetection>,
    closeups: Vec<SaidBox>,
    thumbnail: (u16, u16),
    /// Mean luma, deviation, sharpness, chroma.
    health: [f32; 4],
    coded_digest: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct SaidDetection {
    /// Index in `ObjectClass::NAMES`.
    class: u8,
    score: f32,
    bbox: SaidBox,
    appearance: Option<Vec<f32>>,
}

impl SaidSight {
    pub(super) fn of(sight: &Sight) -> Self {
        let side = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let class = |class| ObjectClass::NAMES.iter().position(|(known, _)| *known == class);
        let detection = |seen: &Detection| SaidDetection {
            class: class(seen.class)
                .and_then(|at| u8::try_from(at).ok())
                .unwrap_or(u8::MAX),
            score: seen.score.get(),
            bbox: SaidBox::of(seen.bbox),
            appearance: seen.appearance.as_ref().map(|looks| looks.0.to_vec()),
        };
        let health = sight.health;
        Self {
            size: (side(sight.size.0), side(sight.size.1)),
            detections: sight.detections.iter().map(detection).collect(),
            closeups: sight.closeups.iter().copied().map(SaidBox::of).collect(),
            thumbnail: (side(sight.thumbnail.width), side(sight.thumbnail.height)),
            health: [
                health.mean_luma,
                health.luma_deviation,
                health.sharpness,
                health.chroma,
            ],
            coded_digest: health.coded_digest,
        }
    }

    /// The sight, with its thumbnail's samples; nothing in it that a sound child could not have seen.
    pub(super) fn checked(self, samples: Vec<u8>) -> Result<Sight, Nonsense> {
        let (width, height) = (usize::from(self.thumbnail.0), usize::from(self.thumbnail.1));
        if width * height != samples.len() {
            return Err(Nonsense("a thumbnail of another size"));
        }
        if self.detections.len() > DETECTIONS_MAX || self.closeups.len() > CLOSEUPS_MAX {
            return Err(Nonsense("more things than there can be"));
        }
        let [mean_luma, luma_deviation, sharpness, chroma] = self.health;
        if !self.health.iter().all(|figure| figure.is_finite()) {
            return Err(Nonsense("a figure of a picture's health"));
        }
        let detections: Result<_, _> = self.detections.into_iter().map(SaidDetection::checked).collect();
        let closeups: Result<_, _> = self.closeups.into_iter().map(SaidBox::checked).collect();
        Ok(Sight {
            size: (usize::from(self.size.0), usize::from(self.size.1)),
            detections: detections?,
            closeups: closeups?,
            thumbnail: Luma {
                width,
                height,
                samples: samples.into(),
            },
            health: Health {
                mean_luma,
                luma_deviation,
                sharpness,
                chroma,
                coded_digest: self.coded_digest,
            },
        })
    }
}

impl SaidDetection {
    fn checked(self) -> Result<Detection, Nonsense> {
        let known = ObjectClass::NAMES.get(usize::from(self.class));
        let (class, _) = known.ok_or(Nonsense("a class of things"))?;
        if !(0.0..=1.0).contains(&self.score) {
            return Err(Nonsense("a score"));
        }
        let looks = self.appearance.as_ref();
        if looks.is_some_and(|v| v.len() > APPEARANCE_MAX || !v.iter().all(|n| n.is_finite())) {
            return Err(Nonsense("what a thing looks like"));
        }
        Ok(Detection {
            class: *class,
            score: Score::new(self.score),
            bbox: self.bbox.checked()?,
            appearance: self.appearance.map(|looks| Appearance(looks.into())),
        })
    }
}

/// Why a look brought nothing; whatever else can become of a look is not a child's to say.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SaidBlind {
    undecodable: bool,
    cause: String,
}

impl SaidBlind {
    pub(super) fn of(blind: &Blind) -> Self {
        Self {
            undecodable: blind.reason == DropReason::Undecodable,
            cause: text(&blind.cause),
        }
    }

    pub(super) fn blind(self) -> Blind {
        let reason = if self.undecodable {
            DropReason::Undecodable
        } else {
            DropReason::InferenceFailed
        };
        Blind {
            reason,
            cause: text(&self.cause),
        }
    }
}

/// What a look cost.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SaidCost {
    micros: [u64; Cost::STAGES.len()],
    tiles: u16,
    others: u16,
    given_up: u16,
}

impl SaidCost {
    pub(super) fn of(cost: &Cost) -> Self {
        let few = |n: u64| u16::try_from(n).unwrap_or(u16::MAX);
        Self {
            micros: cost.micros,
            tiles: few(cost.tiles),
            others: few(cost.others),
            given_up: few(cost.given_up),
        }
    }

    pub(super) fn checked(self) -> Result<Cost, Nonsense> {
        if self.micros.iter().any(|spent| *spent > MICROS_MAX) {
            return Err(Nonsense("a time"));
        }
        Ok(Cost {
            micros: self.micros,
            tiles: u64::from(self.tiles),
            others: u64::from(self.others),
            given_up: u64::from(self.given_up),
        })
    }
}

/// `text` on one line, cut off where it is too long: it goes to the log.
pub(super) fn text(text: &str) -> String {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].replace(char::is_control, " ")
}

#[cfg(test)]
mod tests;

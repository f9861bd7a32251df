//! Where a case stands on ground that several views share, and which views have seen it, as wire forms have it; and the same as
//! the store keeps it, to the last bit.

use std::sync::Arc;

use curbwatch_types::{
    BBox, CameraId, CapturedAt, FrameId, GroundPlace, ViewId, Wall, Witness as SeenBy, ZoneId,
};
use serde::{Deserialize, Serialize};

use super::figures::{Moment, rounded_box};

/// A centimetre, in metres.
const CENTIMETRES: f64 = 1e2;
/// Digits of a degree: a centimetre on the ground.
const DEGREES: f64 = 1e7;

/// A place on shared ground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroundRow {
    /// The frame, as the configuration calls it.
    pub frame: String,
    /// Metres along its first axis, 2 digits.
    pub east_m: f64,
    /// Metres along its second axis, 2 digits.
    pub north_m: f64,
    /// How far off it may be (root mean square), in metres, 2 digits.
    pub accuracy_m: f64,
    /// Longitude in degrees (WGS 84), 7 digits, where the frame's origin is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// Latitude, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// How it was found: `homography`.
    pub found_by: String,
}

impl GroundRow {
    pub(super) fn of(place: &GroundPlace) -> Self {
        let degrees = |i: usize| place.lon_lat.map(|lon_lat| to_digits(lon_lat[i], DEGREES));
        Self {
            frame: place.frame.to_string(),
            east_m: to_digits(place.east_m, CENTIMETRES),
            north_m: to_digits(place.north_m, CENTIMETRES),
            accuracy_m: to_digits(place.error_m(), CENTIMETRES),
            lon: degrees(0),
            lat: degrees(1),
            found_by: "homography".to_owned(),
        }
    }
}

/// A view that has seen a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WitnessRow {
    /// The camera.
    pub camera: String,
    /// The view.
    pub view: String,
    /// The zone there.
    pub zone: String,
    /// `[x, y, w, h]` in the view's latest picture of it, relative, 4 digits.
    #[serde(rename = "box")]
    pub bbox: [f64; 4],
    /// Where that is on the ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<GroundRow>,
    /// First look of the view that showed it.
    pub first_seen: Moment,
    /// Latest one.
    pub last_seen: Moment,
    /// When it was found to be the same violation, milliseconds since 1970.
    pub joined_ms: i64,
    /// When the view saw the place without it; absent while it stands there, and where the view is blind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_ms: Option<i64>,
}

impl WitnessRow {
    pub(super) fn of(witness: &SeenBy) -> Self {
        Self {
            camera: witness.camera.to_string(),
            view: witness.view.to_string(),
            zone: witness.zone.to_string(),
            bbox: rounded_box(witness.bbox),
            ground: witness.ground.as_ref().map(GroundRow::of),
            first_seen: Moment::of(witness.first_seen),
            last_seen: Moment::of(witness.last_seen),
            joined_ms: witness.joined_at.0,
            gone_ms: witness.gone_at.map(|at| at.0),
        }
    }
}

/// Rounded; what is no number becomes 0, and so does minus zero.
fn to_digits(value: f64, digits: f64) -> f64 {
    let value = (value * digits).round() / digits;
    if value.is_finite() && value != 0.0 {
        value
    } else {
        0.0
    }
}

/// A place in a column of the store.
#[derive(Serialize, Deserialize)]
struct KeptPlace {
    frame: String,
    at: [f64; 2],
    spread: [f64; 3],
    lon_lat: Option<[f64; 2]>,
}

/// A witness in a column of the store.
#[derive(Serialize, Deserialize)]
struct KeptWitness {
    key: String,
    camera: String,
    view: String,
    zone: String,
    bbox: [f32; 4],
    ground: Option<KeptPlace>,
    first_seen: (i64, u32),
    last_seen: (i64, u32),
    joined_ms: i64,
    gone_ms: Option<i64>,
    #[serde(default)]
    inherited: bool,
}

/// A place as the store has it.
pub(crate) fn kept_place(place: &GroundPlace) -> String {
    super::to_json(&KeptPlace::of(place))
}

/// The place that [`kept_place`] wrote.
pub(crate) fn recalled_place(text: &str) -> Option<GroundPlace> {
    serde_json::from_str::<KeptPlace>(text).ok()?.recalled()
}

/// Witnesses as the store has them.
pub(crate) fn kept_witnesses(witnesses: &[SeenBy]) -> String {
    let kept: Vec<KeptWitness> = witnesses.iter().map(KeptWitness::of).collect();
    super::to_json(&kept)
}

/// The witnesses that [`kept_witnesses`] wrote.
pub(crate) fn recalled_witnesses(text: &str) -> Option<Vec<SeenBy>> {
    let kept: Vec<KeptWitness> = serde_json::from_str(text).ok()?;
    kept.into_iter().map(KeptWitness::recalled).collect()
}

/// What stands in the column of a case that a camera has witnessed.
pub(crate) fn words_of(camera: &CameraId) -> String {
    format!("\"camera\":{}", super::to_json(&camera.as_str()))
}

impl KeptPlace {
    fn of(place: &GroundPlace) -> Self {
        Self {
            frame: place.frame.to_string(),
            at: [place.east_m, place.north_m],
            spread: place.spread,
            lon_lat: place.lon_lat,
        }
    }

    fn recalled(self) -> Option<GroundPlace> {
        Some(GroundPlace {
            frame: FrameId::new(&self.frame).ok()?,
            east_m: self.at[0],
            north_m: self.at[1],
            spread: self.spread,
            lon_lat: self.lon_lat,
        })
    }
}

impl KeptWitness {
    fn of(witness: &SeenBy) -> Self {
        let moment = |at: CapturedAt| (at.at.0, at.uncertainty_ms);
        let finite = |v: f32| if v.is_finite() { v } else { 0.0 };
        Self {
            key: witness.key.to_string(),
            camera: witness.camera.to_string(),
            view: witness.view.to_string(),
            zone: witness.zone.to_string(),
            bbox: [witness.bbox.x, witness.bbox.y, witness.bbox.w, witness.bbox.h].map(finite),
            ground: witness.ground.as_ref().map(KeptPlace::of),
            first_seen: moment(witness.first_seen),
            last_seen: moment(witness.last_seen),
            joined_ms: witness.joined_at.0,
            gone_ms: witness.gone_at.map(|at| at.0),
            inherited: witness.inherited,
        }
    }

    fn recalled(self) -> Option<SeenBy> {
        let moment = |(ms, uncertainty_ms)| CapturedAt {
            at: Wall(ms),
            uncertainty_ms,
        };
        let [x, y, w, h] = self.bbox;
        Some(SeenBy {
            key: Arc::from(self.key),
            camera: CameraId::new(&self.camera).ok()?,
            view: ViewId::new(&self.view).ok()?,
            zone: ZoneId::new(&self.zone).ok()?,
            bbox: BBox::new(x, y, w, h),
            ground: match self.ground {
                Some(place) => Some(place.recalled()?),
                None => None,
            },
            first_seen: moment(self.first_seen),
            last_seen: moment(self.last_seen),
            joined_at: Wall(self.joined_ms),
            gone_at: self.gone_ms.map(Wall),
            inherited: self.inherited,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_store_keeps_comes_back_to_the_last_bit() {
        let place = GroundPlace {
            frame: FrameId::new("junction-7").expect("a name"),
            east_m: 1.0 / 3.0,
            north_m: -22.75,
            spread: [0.1, 0.7, -0.02],
            lon_lat: Some([116.391_3, 39.907_5]),
        };
        let back = recalled_place(&kept_place(&place)).expect("a place");
        assert!((back.east_m - place.east_m).abs() < 1e-12 && back.frame == place.frame);
        let camera = CameraId::new("gate-2:east").expect("a name");
        let witness = SeenBy {
            key: "9f3c".into(),
            camera: camera.clone(),
            view: ViewId::new("main").expect("a name"),
            zone: ZoneId::new("kerb").expect("a name"),
            bbox: BBox::new(0.1, 0.2, 0.3, 0.4),
            ground: None,
            first_seen: CapturedAt::default(),
            last_seen: CapturedAt {
                at: Wall(7),
                uncertainty_ms: 3,
            },
            joined_at: Wall(5),
            gone_at: Some(Wall(9)),
            inherited: true,
        };
        let text = kept_witnesses(std::slice::from_ref(&witness));
        assert!(text.contains(&words_of(&camera)), "{text}");
        assert_eq!(recalled_witnesses(&text), Some(vec![witness]));
        assert_eq!(recalled_witnesses("[{}]"), None);
    }
}

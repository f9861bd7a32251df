//! What one entry names of another: the camera, the zone. Reports what is not there, with the nearest that is.
//!
//! Not for: views, of which a camera may lack the picture (`views`).

use std::collections::HashMap;

use curbwatch_types::{CameraId, Polygon, ViewId, ZoneId};

use crate::config::Camera;
use crate::form::Placed;
use crate::nearest::nearest;
use crate::problem::Context;

/// Names compared at most to find the one that was meant.
pub(crate) const HINT_NAMES_MAX: usize = 2_000;

/// The camera that `what` names; reports one that is not there.
pub(crate) fn known_camera(
    id: &Placed<CameraId>,
    what: &str,
    cameras: &[Camera],
    by_id: &HashMap<CameraId, usize>,
    cx: &mut Context<'_>,
) -> Option<usize> {
    let found = by_id.get(&id.value).copied();
    if found.is_none() && !cx.incomplete.iter().any(|list| list == "cameras") {
        let names = cameras
            .iter()
            .map(|c| c.id.as_str())
            .take(if cx.is_full() { 0 } else { HINT_NAMES_MAX });
        let hint = match nearest(id.value.as_str(), names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add the camera, or remove {what}"),
        };
        let message = format!("{what} is of a camera `{}` that is not there", id.value);
        cx.report_missing(&id.place, message, hint);
    }
    found
}

/// The area of a zone of the camera's; reports one that is not there.
pub(crate) fn known_zone(
    camera: &Camera,
    view: &ViewId,
    zone: &Placed<ZoneId>,
    what: &str,
    cx: &mut Context<'_>,
) -> Option<Polygon> {
    let of_view = || camera.zones.iter().filter(|known| known.view == *view);
    if let Some(found) = of_view().find(|known| known.id == zone.value) {
        return Some(found.polygon.clone());
    }
    if !cx.incomplete.iter().any(|list| list == "zones") {
        let hint = match nearest(zone.value.as_str(), of_view().map(|known| known.id.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("draw the zone, or remove {what}"),
        };
        let message = format!(
            "{what} is of a zone `{}` that camera `{}` does not have in view `{view}`",
            zone.value, camera.id
        );
        cx.report_missing(&zone.place, message, hint);
    }
    None
}

//! Ground that several views share, as it stands in the files: a name, and where its origin lies on the globe.
//!
//! Not for: which view is measured into it (`homographies`), and what comes of it (`scene`).

use curbwatch_types::FrameId;

use crate::config::Frame;
use crate::form::{List, Placed, Text, Where, number};
use crate::names::id;
use crate::nearest::nearest;
use crate::problem::Context;
use crate::section::{Optional, Required, section};

/// Frames at most.
pub(crate) const FRAMES_MAX: usize = 20_000;
/// Nearer to a pole than this, in degrees, east is no direction.
const LATITUDE_MAX: f64 = 85.0;

pub(crate) const FRAME_ID: Text<FrameId> = Text {
    what: "an id",
    parse: |text| id(FrameId::new(text)),
};

section! {
    /// Ground that several views look at, of one camera or of more. What stands there in one place is one case, whichever of them see it.
    pub(crate) struct FrameEntry {
        /// Its name, to which `[[homographies]]` refer.
        id: Placed<FrameId> = Required(Where(FRAME_ID), "\"junction-7\"");
        /// Longitude and latitude of the corner from which its metres are counted, in degrees (WGS 84). The axes must point east and north
        /// then, and candidates carry where they stand. Default: they carry metres alone.
        origin: Option<Placed<Vec<f64>>> = Optional(Where(List(number(-180.0, 180.0), 2)), "[116.3913, 39.9075]");
    }
}

/// The frames, by name.
pub(crate) fn resolve(entries: Vec<Placed<FrameEntry>>, cx: &mut Context<'_>) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::with_capacity(entries.len());
    for Placed { value: entry, .. } in entries {
        if frames.iter().any(|known| known.id == entry.id.value) {
            let message = format!("there are two frames `{}`", entry.id.value);
            cx.report(&entry.id.place, message, "rename one of them");
            continue;
        }
        let origin = entry.origin.as_ref().and_then(|given| {
            let lon_lat = <[f64; 2]>::try_from(given.value.as_slice()).ok();
            let sound = lon_lat.filter(|[_, lat]| lat.abs() <= LATITUDE_MAX);
            if sound.is_none() {
                let message = format!(
                    "`origin` of the frame `{}` is no place on a street",
                    entry.id.value
                );
                cx.report(&given.place, message, "write [longitude, latitude] in degrees");
            }
            sound
        });
        frames.push(Frame {
            id: entry.id.value,
            origin,
        });
    }
    frames
}

/// The frame of that name; one that is not there is reported.
pub(crate) fn known<'f>(
    frames: &'f [Frame],
    name: &Placed<FrameId>,
    cx: &mut Context<'_>,
) -> Option<&'f Frame> {
    let found = frames.iter().find(|frame| frame.id == name.value);
    if found.is_none() && !cx.incomplete.iter().any(|list| list == "frames") {
        let hint = match nearest(name.value.as_str(), frames.iter().map(|frame| frame.id.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add [[frames]] id = \"{}\"", name.value),
        };
        let message = format!(
            "the homography is into a frame `{}` that is not there",
            name.value
        );
        cx.report_missing(&name.place, message, hint);
    }
    found
}

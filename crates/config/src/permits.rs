//! Permits as they stand in the files: what is allowed for a time.

use std::collections::HashMap;

use curbwatch_types::{CameraId, Permit, Polygon, ViewId, ViolationClass, ZoneId};

use crate::clocks::{Moment, moment};
use crate::config::Camera;
use crate::form::{Choice, Corners, List, Placed, Text, Where};
use crate::known::{known_camera, known_zone};
use crate::names::{CAMERA_ID, NAME, VIEW_ID, ZONE_ID};
use crate::problem::Context;
use crate::schedules::{SCHEDULE, Schedules};
use crate::section::{Optional, Required, Shown, section};
use crate::views::known_view;

/// Permits at most.
pub(crate) const PERMITS_MAX: usize = 20_000;

section! {
    /// A permit: in its area and for its time, what its classes forbid is allowed. Outside its time it changes nothing.
    pub(crate) struct PermitEntry {
        /// What people call it; a record names it.
        label: String = Required(NAME, "\"Spring fair\"");
        /// The camera.
        camera: Placed<CameraId> = Required(Where(CAMERA_ID), "\"04254\"");
        /// The view its area is drawn in. Default: the camera's base view.
        view: Option<Placed<ViewId>> = Optional(Where(VIEW_ID), "\"main\"");
        /// Its area: that of a zone of the view. This or `polygon`.
        zone: Option<Placed<ZoneId>> = Shown(Where(ZONE_ID), "\"kerb_lane\"");
        /// Its area: corners `[x, y]` in order, each 0 to 1 of the picture's width and height, y down.
        polygon: Option<Placed<Polygon>> =
            Optional(Where(Corners), "[[0.0, 0.55], [0.7, 0.1], [0.75, 0.13], [0.0, 0.86]]");
        /// What it allows; at least one class.
        classes: Placed<Vec<ViolationClass>> =
            Required(Where(List(Choice(&ViolationClass::NAMES), 6)), "[\"itinerant_vendor\"]");
        /// Its beginning, by the district's clocks; a date alone is that day's midnight.
        from: Placed<Moment> = Required(Where(MOMENT), "\"2027-03-01T06:00\"");
        /// Its end; a date alone is the end of that day.
        until: Placed<Moment> = Required(Where(MOMENT), "\"2027-03-07\"");
        /// Within these hours only: a `[schedules.NAME]`.
        schedule: Option<Placed<String>> = Optional(SCHEDULE, "\"market\"");
    }
}

const MOMENT: Text<Moment> = Text {
    what: "a date or date and time",
    parse: moment,
};

/// Gives each permit to its camera.
pub(crate) fn resolve(
    entries: Vec<Placed<PermitEntry>>,
    cameras: &mut [Camera],
    by_id: &HashMap<CameraId, usize>,
    schedules: &Schedules,
    cx: &mut Context<'_>,
) {
    for Placed { value: entry, .. } in entries {
        let what = format!("the permit `{}`", entry.label);
        let clocks = schedules.clocks_for(&entry.from.place, cx);
        let (from, until) = (clocks.wall(entry.from.value), clocks.end(entry.until.value));
        if until <= from {
            let message = format!("{what} ends before it begins");
            cx.report(&entry.until.place, message, "make `until` the later of the two");
        }
        if entry.classes.value.is_empty() {
            cx.report(
                &entry.classes.place,
                format!("{what} allows nothing"),
                "name the classes it allows",
            );
        }
        let hours = schedules.named(entry.schedule.as_ref(), cx);
        let Some(index) = known_camera(&entry.camera, &what, cameras, by_id, cx) else {
            continue;
        };
        let camera = &cameras[index];
        let view = match &entry.view {
            Some(view) if known_view(camera, (&view.value, &view.place), &what, cx).is_none() => continue,
            Some(view) => view.value.clone(),
            None => camera.view.clone(),
        };
        let area = match (&entry.zone, entry.polygon) {
            (Some(zone), None) => known_zone(camera, &view, zone, &what, cx),
            (None, Some(polygon)) => Some(polygon.value),
            (zone, polygon) => {
                let twice = polygon.map(|p| p.place).filter(|_| zone.is_some());
                let message = if twice.is_some() {
                    "has two areas"
                } else {
                    "has no area"
                };
                let place = twice.unwrap_or(entry.camera.place);
                cx.report(
                    &place,
                    format!("{what} {message}"),
                    "give it either `zone` or `polygon`",
                );
                None
            }
        };
        if let Some(area) = area {
            cameras[index].permits.push(Permit {
                label: entry.label.into(),
                view,
                area,
                classes: entry.classes.value,
                from,
                until,
                hours,
            });
        }
    }
}

//! Overrides: parameters of a rule for a group, a camera, a view or a zone alone.
//!
//! The most specific one that names a parameter wins: the class in a zone, then the zone's own `dwell_secs`, then the view,
//! the camera, the group, and last the class's own table. Not for: what a parameter does (`scene`).

use std::collections::HashMap;

use curbwatch_types::{CameraId, Origin, ViewId, ViolationClass, ZoneId};

use crate::config::{Camera, Tuning, ZoneRules};
use crate::form::{Choice, Placed, Where, number, whole};
use crate::known::{known_camera, known_zone};
use crate::names::{CAMERA_ID, NAME, VIEW_ID, ZONE_ID};
use crate::nearest::nearest;
use crate::problem::{Context, Place};
use crate::rules::{Rules, Slot};
use crate::section::{Optional, Required, Shown, section};
use crate::views::known_view;

/// Overrides at most.
pub(crate) const OVERRIDES_MAX: usize = 50_000;

section! {
    /// Parameters of one class's rule for a group, a camera, a view or a zone alone. For each parameter the most specific
    /// override that names it wins: zone, then view, then camera, then group, then `[rules.CLASS]`, then what is built
    /// in. A zone's own `dwell_secs` goes before the view's and gives way to an override for the class in that zone.
    pub(crate) struct OverrideEntry {
        /// The class whose rule it is about.
        class: ViolationClass = Required(Choice(&ViolationClass::NAMES), "\"illegal_motor_parking\"");
        /// For the cameras of this group. This or `camera`.
        group: Option<Placed<String>> = Optional(Where(NAME), "\"north\"");
        /// For this camera; with `view` or `zone` for that alone.
        camera: Option<Placed<CameraId>> = Shown(Where(CAMERA_ID), "\"04254\"");
        /// For this view of the camera; with `zone` the view that it is drawn in.
        view: Option<Placed<ViewId>> = Optional(Where(VIEW_ID), "\"main\"");
        /// For this zone of the camera, in the view or in every view.
        zone: Option<Placed<ZoneId>> = Optional(Where(ZONE_ID), "\"kerb_lane\"");
        /// As in the class's table.
        stationary_secs: Option<Placed<u32>> = Optional(Where(whole(5, 600)), "30");
        /// As in the class's table.
        dwell_secs: Option<Placed<u32>> = Shown(Where(whole(10, 3600)), "600");
        /// As in the class's table.
        present_looks_min: Option<Placed<u32>> = Optional(Where(whole(2, 100)), "3");
        /// As in the class's table.
        vacant_secs: Option<Placed<u32>> = Optional(Where(whole(10, 3600)), "120");
        /// As in the class's table.
        still_every_secs: Option<Placed<u32>> = Optional(Where(whole(60, 86_400)), "3600");
        /// As in the class's table.
        gap_max_secs: Option<Placed<u32>> = Optional(Where(whole(60, 86_400)), "3600");
        /// As in the class's table.
        min_score: Option<Placed<f32>> = Optional(Where(number(0.05, 0.99)), "0.3");
        /// As in the class's table.
        open_score_min: Option<Placed<f32>> = Optional(Where(number(0.05, 0.99)), "0.5");
        /// As in the class's table; not of `illegal_motor_parking`.
        occupancy_min: Option<Placed<f32>> = Optional(Where(number(0.05, 1.0)), "0.6");
        /// As in the class's table; not of `illegal_motor_parking`.
        merge_m: Option<Placed<f32>> = Optional(Where(number(0.5, 50.0)), "8.0");
        /// As in the class's table; of `itinerant_vendor` and `exposed_garbage`.
        beside_m: Option<Placed<f32>> = Optional(Where(number(0.5, 10.0)), "3.0");
        /// As in the class's table; of `itinerant_vendor` and `exposed_garbage`.
        attended_share: Option<Placed<f32>> = Optional(Where(number(0.0, 1.0)), "0.3");
        /// As in the class's table; of `disorderly_nonmotor_parking`.
        count_min: Option<Placed<u32>> = Optional(Where(whole(1, 30)), "5");
        /// As in the class's table; of `street_front_trading`.
        remains_min: Option<Placed<f32>> = Optional(Where(number(0.0, 0.9)), "0.2");
    }
}

/// A parameter and what it shall be.
struct Change<'e> {
    name: &'static str,
    value: f32,
    place: &'e Place,
}

impl OverrideEntry {
    fn changes(&self) -> Vec<Change<'_>> {
        let wholes = [
            ("stationary_secs", &self.stationary_secs),
            ("dwell_secs", &self.dwell_secs),
            ("present_looks_min", &self.present_looks_min),
            ("vacant_secs", &self.vacant_secs),
            ("still_every_secs", &self.still_every_secs),
            ("gap_max_secs", &self.gap_max_secs),
            ("count_min", &self.count_min),
        ];
        let numbers = [
            ("min_score", &self.min_score),
            ("open_score_min", &self.open_score_min),
            ("occupancy_min", &self.occupancy_min),
            ("merge_m", &self.merge_m),
            ("beside_m", &self.beside_m),
            ("attended_share", &self.attended_share),
            ("remains_min", &self.remains_min),
        ];
        // The bounds of every whole parameter fit an f32 exactly.
        let wholes = wholes.into_iter().filter_map(|(name, given)| {
            let Placed { value, place } = given.as_ref()?;
            let value = *value as f32;
            Some(Change { name, value, place })
        });
        let numbers = numbers.into_iter().filter_map(|(name, given)| {
            let Placed { value, place } = given.as_ref()?;
            let value = *value;
            Some(Change { name, value, place })
        });
        wholes.chain(numbers).collect()
    }
}

/// An override whose words were found to be right.
struct Found<'e> {
    entry: &'e OverrideEntry,
    place: &'e Place,
    level: Level,
}

/// What an override is for.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Level {
    Group(String),
    Camera(usize),
    View(usize, ViewId),
    /// With a view or for all of them.
    Zone(usize, Option<ViewId>, ZoneId),
}

/// Gives every camera and zone its rules.
pub(crate) fn resolve(
    entries: &[Placed<OverrideEntry>],
    groups: &[&str],
    (rules, said): (&Rules, &[Tuning]),
    cameras: &mut [Camera],
    by_id: &HashMap<CameraId, usize>,
    cx: &mut Context<'_>,
) {
    // A value that could not be read is blamed once, and not for being missing.
    let all_read = cx.is_clean();
    let mut found = Vec::new();
    let mut first: HashMap<(Level, ViolationClass, &'static str), &Place> = HashMap::new();
    for Placed { value: entry, place } in entries {
        let Some(level) = level(entry, place, groups, cameras, by_id, cx) else {
            continue;
        };
        let changes = entry.changes();
        if changes.is_empty() && all_read {
            cx.report(
                place,
                "this override changes nothing",
                "name a parameter, or remove it",
            );
        }
        for change in &changes {
            if rules.clone().slot(entry.class, change.name).is_none() {
                let message = format!("`{}` is no parameter of {}", change.name, entry.class.name());
                cx.report(
                    change.place,
                    message,
                    format!("remove it; [rules.{}] has those there are", entry.class.name()),
                );
            }
            let key = (level.clone(), entry.class, change.name);
            if let Some(before) = first.get(&key) {
                let message = format!(
                    "`{}` is overridden twice for the same, first at {}:{}",
                    change.name,
                    before.file.display(),
                    before.line
                );
                cx.report(change.place, message, "keep one of the two");
            }
            first.entry(key).or_insert(change.place);
        }
        found.push(Found { entry, place, level });
    }
    for (index, camera) in cameras.iter_mut().enumerate() {
        apply(index, camera, (rules, said), &found, cx);
    }
}

fn level(
    entry: &OverrideEntry,
    place: &Place,
    groups: &[&str],
    cameras: &[Camera],
    by_id: &HashMap<CameraId, usize>,
    cx: &mut Context<'_>,
) -> Option<Level> {
    const WHAT: &str = "the override";
    let Some(camera) = &entry.camera else {
        if let Some(stray) = entry
            .view
            .as_ref()
            .map(|v| &v.place)
            .or(entry.zone.as_ref().map(|z| &z.place))
        {
            cx.report(
                stray,
                "a view or zone is one of a camera",
                "add `camera = \"...\"`",
            );
            return None;
        }
        let Some(group) = &entry.group else {
            let hint = format!(
                "add `camera` or `group`, or write it in [rules.{}]",
                entry.class.name()
            );
            cx.report(place, "this override is for nothing in particular", hint);
            return None;
        };
        if !groups.contains(&group.value.as_str()) {
            if !cx.incomplete.iter().any(|list| list == "groups") {
                let hint = match nearest(&group.value, groups.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("add a table [groups.{}], or remove the override", group.value),
                };
                cx.report_missing(&group.place, format!("there is no group `{}`", group.value), hint);
            }
            return None;
        }
        return Some(Level::Group(group.value.clone()));
    };
    if let Some(group) = &entry.group {
        cx.report(
            &group.place,
            "an override is for a group or for a camera",
            "keep one of the two",
        );
        return None;
    }
    let index = known_camera(camera, WHAT, cameras, by_id, cx)?;
    let owner = &cameras[index];
    if let Some(view) = &entry.view {
        known_view(owner, (&view.value, &view.place), WHAT, cx)?;
    }
    let view = entry.view.as_ref().map(|view| view.value.clone());
    match (&entry.zone, view) {
        (None, None) => Some(Level::Camera(index)),
        (None, Some(view)) => Some(Level::View(index, view)),
        (Some(zone), view) => {
            let drawn = |of: &&curbwatch_types::Zone| of.id == zone.value;
            let in_view = view
                .clone()
                .or_else(|| Some(owner.zones.iter().find(drawn)?.view.clone()));
            known_zone(owner, in_view.as_ref().unwrap_or(&owner.view), zone, WHAT, cx)?;
            Some(Level::Zone(index, view, zone.value.clone()))
        }
    }
}

/// Rules under construction.
#[derive(Clone)]
struct Tuned {
    rules: Rules,
    tunings: Vec<Tuning>,
}

impl Tuned {
    fn change(&mut self, found: &Found<'_>, origin: Origin) {
        let class = found.entry.class;
        for change in found.entry.changes() {
            match self.rules.slot(class, change.name) {
                Some(Slot::Whole(slot)) => *slot = change.value as u32,
                Some(Slot::Number(slot)) => *slot = change.value,
                None => continue, // reported
            }
            self.tunings.retain(|t| (t.class, t.name) != (class, change.name));
            self.tunings.push(Tuning {
                class,
                name: change.name,
                origin,
            });
        }
    }

    /// Reports a dwell that is shorter than its first stage.
    fn check(&mut self, found: &Found<'_>, cx: &mut Context<'_>) {
        let class = found.entry.class;
        if found.entry.stationary_secs.is_none() && found.entry.dwell_secs.is_none() {
            return;
        }
        let mut value = |name| match self.rules.slot(class, name) {
            Some(Slot::Whole(slot)) => *slot,
            _ => 0,
        };
        let (stationary, dwell) = (value("stationary_secs"), value("dwell_secs"));
        if stationary > dwell {
            cx.report(
                found.place,
                format!("with this override `stationary_secs` is {stationary}, above `dwell_secs`, {dwell}"),
                "the dwell holds the stationary time: make it the larger one",
            );
        }
    }
}

fn apply(
    index: usize,
    camera: &mut Camera,
    (rules, said): (&Rules, &[Tuning]),
    found: &[Found<'_>],
    cx: &mut Context<'_>,
) {
    let mut own = Tuned {
        rules: rules.clone(),
        tunings: said.to_vec(),
    };
    let group =
        |f: &&Found<'_>| matches!(&f.level, Level::Group(name) if Some(name) == camera.group.as_ref());
    let of_camera = |f: &&Found<'_>| f.level == Level::Camera(index);
    for change in found.iter().filter(group) {
        own.change(change, Origin::Group);
    }
    for change in found.iter().filter(of_camera) {
        own.change(change, Origin::Camera);
        own.check(change, cx);
    }
    let mut in_zones = Vec::new();
    for zone in &camera.zones {
        let mut tuned = own.clone();
        let mut classes = Vec::new();
        let view = |f: &&Found<'_>| f.level == Level::View(index, zone.view.clone());
        let in_all = |f: &&Found<'_>| f.level == Level::Zone(index, None, zone.id.clone());
        let in_view =
            |f: &&Found<'_>| f.level == Level::Zone(index, Some(zone.view.clone()), zone.id.clone());
        let levels = found
            .iter()
            .filter(view)
            .map(|f| (f, Origin::View))
            .chain(found.iter().filter(in_all).map(|f| (f, Origin::ClassInZone)))
            .chain(found.iter().filter(in_view).map(|f| (f, Origin::ClassInZone)));
        for (change, origin) in levels {
            tuned.change(change, origin);
            tuned.check(change, cx);
            if !classes.contains(&change.entry.class) {
                classes.push(change.entry.class);
            }
        }
        if !classes.is_empty() {
            in_zones.push(ZoneRules {
                zone: zone.id.clone(),
                view: zone.view.clone(),
                classes,
                rules: tuned.rules,
                tunings: tuned.tunings,
            });
        }
    }
    camera.rules = own.rules;
    camera.tunings = own.tunings;
    camera.zone_rules = in_zones;
}

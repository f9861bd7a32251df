//! Whether a camera's session stays up or it is visited now and then, and what of that was said where.
//!
//! Not for: who is visited next (`curbwatch-engine`), or how many sessions there may be (a group's budgets).

use crate::form::Placed;
use crate::lists::{CameraEntry, GroupEntry};
use crate::problem::{Context, Place};
use crate::receiving::{Mode, Patrol};

/// Seconds between two visits where nobody says otherwise.
const REVISIT_SECS: f64 = 300.0;

impl Patrol {
    /// Reports looks that do not fit in a visit.
    fn check(&self, whose: &str, place: &Place, cx: &mut Context<'_>) {
        let least = f64::from(self.visit_looks - 1) * self.visit_spacing_secs;
        if least >= self.visit_secs_max {
            cx.report(
                place,
                format!(
                    "{whose}: {} looks {} s apart do not fit in a visit of {} s",
                    self.visit_looks, self.visit_spacing_secs, self.visit_secs_max
                ),
                "raise `visit_secs_max`, or ask for fewer looks or closer ones",
            );
        }
    }
}

/// What a table of a group or a camera says of it.
#[derive(Default)]
struct Said<'e> {
    mode: Option<Mode>,
    revisit_secs: Option<f64>,
    visit_looks: Option<u32>,
    visit_spacing_secs: Option<f64>,
    visit_secs_max: Option<f64>,
    priority: Option<u32>,
    look_every_secs: Option<&'e Placed<f64>>,
    /// Where the table begins.
    place: Option<&'e Place>,
}

impl<'e> Said<'e> {
    fn of_group(group: &'e Placed<GroupEntry>) -> Self {
        let entry = &group.value;
        Self {
            mode: entry.mode,
            revisit_secs: entry.revisit_secs,
            visit_looks: entry.visit_looks,
            visit_spacing_secs: entry.visit_spacing_secs,
            visit_secs_max: entry.visit_secs_max,
            priority: entry.priority,
            look_every_secs: entry.look_every_secs.as_ref(),
            place: Some(&group.place),
        }
    }

    fn of_camera(entry: &'e CameraEntry) -> Self {
        Self {
            mode: entry.mode,
            revisit_secs: entry.revisit_secs,
            visit_looks: entry.visit_looks,
            visit_spacing_secs: entry.visit_spacing_secs,
            visit_secs_max: entry.visit_secs_max,
            priority: entry.priority,
            look_every_secs: entry.look_every_secs.as_ref(),
            place: Some(&entry.id.place),
        }
    }

    /// A key that only a patrol obeys.
    fn of_patrols(&self) -> Option<&'static str> {
        let said = [
            ("revisit_secs", self.revisit_secs.is_some()),
            ("visit_looks", self.visit_looks.is_some()),
            ("visit_spacing_secs", self.visit_spacing_secs.is_some()),
            ("visit_secs_max", self.visit_secs_max.is_some()),
            ("priority", self.priority.is_some()),
        ];
        said.iter().find(|(_, said)| *said).map(|(key, _)| *key)
    }

    /// How it is visited; what is not said here is said by `theirs`.
    fn patrol(&self, theirs: &Self) -> Patrol {
        let usual = Patrol::default();
        let secs = |own: Option<f64>, theirs: Option<f64>, usual| own.or(theirs).unwrap_or(usual);
        let count = |own: Option<u32>, theirs: Option<u32>, usual| own.or(theirs).unwrap_or(usual);
        Patrol {
            visit_looks: count(self.visit_looks, theirs.visit_looks, usual.visit_looks),
            visit_spacing_secs: secs(
                self.visit_spacing_secs,
                theirs.visit_spacing_secs,
                usual.visit_spacing_secs,
            ),
            visit_secs_max: secs(self.visit_secs_max, theirs.visit_secs_max, usual.visit_secs_max),
            priority: count(self.priority, theirs.priority, usual.priority),
        }
    }

    /// Reports what means nothing in this mode.
    fn check(&self, mode: Mode, whose: &str, cx: &mut Context<'_>) {
        match (mode, self.look_every_secs, self.of_patrols(), self.place) {
            (Mode::Patrol, Some(said), _, _) => cx.report(
                &said.place,
                format!("{whose} is on patrol, and `look_every_secs` is of sessions that stay"),
                "write `revisit_secs`: seconds from one visit to the next",
            ),
            (Mode::Stay, _, Some(key), Some(place)) => cx.report(
                place,
                format!("{whose} stays connected, and `{key}` is of patrols"),
                format!("add `mode = \"patrol\"`, or remove `{key}`"),
            ),
            _ => {}
        }
    }
}

/// Reports what a group says that means nothing in its mode, or does not fit together.
pub(crate) fn check_group(name: &str, group: &Placed<GroupEntry>, cx: &mut Context<'_>) {
    let mode = group.value.mode.unwrap_or_default();
    let (said, whose) = (Said::of_group(group), format!("the group `{name}`"));
    said.check(mode, &whose, cx);
    if mode == Mode::Patrol {
        said.patrol(&Said::default()).check(&whose, &group.place, cx);
    }
}

/// Seconds from one look, or one visit, to the next, and how it is visited where it is. `otherwise`: seconds
/// between looks where neither camera nor group says.
pub(crate) fn resolve(
    entry: &CameraEntry,
    group: Option<&Placed<GroupEntry>>,
    otherwise: f64,
    cx: &mut Context<'_>,
) -> (f64, Option<Patrol>) {
    let own = Said::of_camera(entry);
    let theirs = group.map(Said::of_group).unwrap_or_default();
    let mode = own.mode.or(theirs.mode).unwrap_or_default();
    let whose = format!("the camera `{}`", entry.id.value);
    own.check(mode, &whose, cx);
    if mode == Mode::Stay {
        let own = own.look_every_secs.map(|said| said.value);
        let every = own.or(theirs.look_every_secs.map(|said| said.value));
        return (every.unwrap_or(otherwise), None);
    }
    let patrol = own.patrol(&theirs);
    if own.of_patrols().is_some() {
        patrol.check(&whose, &entry.id.place, cx);
    }
    let revisit = own.revisit_secs.or(theirs.revisit_secs).unwrap_or(REVISIT_SECS);
    (revisit, Some(patrol))
}

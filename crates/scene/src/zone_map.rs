//! Which zone a place stands in, and whether its rule holds there now.

use curbwatch_types::{
    Condition, Permit, Point, Schedule, Stretch, ViewId, ViolationClass, Wall, Zone, ZoneId,
};

use crate::ZoneOptions;
use crate::rule::Rule;

/// The zones of one view.
#[derive(Debug)]
pub(crate) struct ZoneMap {
    view: Option<ViewId>,
    zones: Vec<Timed<Zone>>,
    permits: Vec<Timed<Permit>>,
    /// What held before somebody changed it, as it was then, and when that was.
    before: Option<Box<(ZoneMap, Wall)>>,
}

/// Something that does not hold all the time, and how it is with it as of the latest look.
#[derive(Debug)]
struct Timed<T> {
    of: T,
    /// Absent: it holds always.
    hours: Option<Schedule>,
    now: Stretch,
    /// Through which moments `now` need not be worked out again.
    known: Stretch,
}

/// Where a rule holds, and since when without a break.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Force<'a> {
    pub(crate) zone: &'a Zone,
    /// Absent: for longer than matters.
    pub(crate) since: Option<Wall>,
}

/// Why a rule does not hold at a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NoForce<'a> {
    /// No zone of the rule's lies there.
    Elsewhere,
    /// This zone is cut out there.
    CutOut(&'a Zone, Stretch),
    /// Outside the zone's hours.
    OutOfHours(&'a Zone, Stretch),
    /// Permitted.
    Permitted(&'a Permit, Stretch),
}

impl ZoneMap {
    /// Keeps the zones, hours and permits of the view.
    pub(crate) fn new(
        view: Option<ViewId>,
        zones: Vec<Zone>,
        own: &[ZoneOptions],
        permits: &[Permit],
    ) -> Self {
        let hours = |zone: &Zone| {
            let own = own.iter().find(|o| o.zone == zone.id && o.view == zone.view);
            own.and_then(|o| o.hours.clone())
        };
        let zones = zones
            .into_iter()
            .filter(|zone| Some(&zone.view) == view.as_ref())
            .map(|zone| Timed {
                hours: hours(&zone),
                of: zone,
                now: Stretch::always(true),
                known: NOT_YET,
            })
            .collect();
        let permits = permits
            .iter()
            .filter(|permit| Some(&permit.view) == view.as_ref())
            .map(|permit| Timed {
                of: permit.clone(),
                hours: None,
                now: Stretch::always(false),
                known: NOT_YET,
            })
            .collect();
        Self {
            view,
            zones,
            permits,
            before: None,
        }
    }

    /// Every zone.
    pub(crate) fn drawn(&self) -> impl Iterator<Item = &Zone> {
        self.zones.iter().map(|zone| &zone.of)
    }

    /// The view of the zones; nothing where nobody named one.
    pub(crate) fn view(&self) -> Option<&ViewId> {
        self.view.as_ref()
    }

    /// Says which moment is now, before anything is asked about a look.
    pub(crate) fn turn_to(&mut self, at: Wall) {
        for zone in &mut self.zones {
            if let Some(hours) = zone.hours.as_ref().filter(|_| !zone.known.covers(at)) {
                (zone.now, zone.known) = settled(hours.stretch(at), at);
            }
        }
        for permit in self.permits.iter_mut().filter(|permit| !permit.known.covers(at)) {
            (permit.now, permit.known) = settled(permit.of.stretch(at), at);
        }
    }

    /// Takes the place of `before` after the look at `at`. Where a rule holds that did not hold before, it has held since then.
    pub(crate) fn succeed(&mut self, mut before: Self, at: Wall) {
        before.forget_changes(CHANGES_MAX - 1, at);
        self.before = Some(Box::new((before, at)));
        self.turn_to(at);
    }

    /// What changed so long ago, or so often since, is no news: no dwell is as long.
    fn forget_changes(&mut self, kept: usize, at: Wall) {
        let is_news = |change: &mut Box<(Self, Wall)>| kept > 0 && at.millis_since(change.1) < AGAIN_MS;
        self.before.take_if(|change| !is_news(change));
        if let Some(change) = &mut self.before {
            change.0.forget_changes(kept - 1, at);
        }
    }

    /// Whether there is anything for the rule to hold in.
    pub(crate) fn concerns(&self, rule: &Rule) -> bool {
        self.zones
            .iter()
            .any(|zone| rule.enforced.contains(&zone.of.kind))
    }

    /// The first zone of the rule's with this ground point, whatever its hours, and nothing over it that is
    /// cut out for good; kinds in the rule's order.
    pub(crate) fn enforced(&self, rule: &Rule, contact: Point) -> Option<&Zone> {
        if self.cut_outs(rule, contact).any(|zone| zone.hours.is_none()) {
            return None;
        }
        self.candidates(rule, contact).next().map(|zone| &zone.of)
    }

    /// Where the rule holds now.
    pub(crate) fn force(&self, rule: &Rule, contact: Point) -> Result<Force<'_>, NoForce<'_>> {
        let force = self.holds(rule, contact)?;
        Ok(Force {
            since: force.since.max(self.changed(rule, contact)),
            ..force
        })
    }

    /// Since when somebody has wanted it there; nothing where that is longer ago than matters.
    fn changed(&self, rule: &Rule, contact: Point) -> Option<Wall> {
        let (before, at) = self.before.as_deref()?;
        match before.holds(rule, contact) {
            Ok(_) => before.changed(rule, contact),
            Err(_) => Some(*at),
        }
    }

    fn holds(&self, rule: &Rule, contact: Point) -> Result<Force<'_>, NoForce<'_>> {
        let mut since = None;
        for zone in self.cut_outs(rule, contact) {
            if zone.now.holds {
                return Err(NoForce::CutOut(&zone.of, zone.now));
            }
            since = since.max(zone.now.since);
        }
        for permit in self.permits_over(rule.class, contact) {
            if permit.now.holds {
                return Err(NoForce::Permitted(&permit.of, permit.now));
            }
            since = since.max(permit.now.since);
        }
        let mut closed = None;
        for zone in self.candidates(rule, contact) {
            if zone.now.holds {
                let since = since.max(zone.now.since);
                return Ok(Force {
                    zone: &zone.of,
                    since,
                });
            }
            closed = closed.or(Some(zone));
        }
        Err(closed.map_or(NoForce::Elsewhere, |zone| NoForce::OutOfHours(&zone.of, zone.now)))
    }

    /// What has hours or a term there, for the record.
    pub(crate) fn conditions(&self, rule: &Rule, contact: Point) -> Vec<Condition> {
        let zones = self.candidates(rule, contact).chain(self.cut_outs(rule, contact));
        let hours = zones.filter_map(|zone| {
            let hours = zone.hours.as_ref()?;
            Some(Condition {
                what: format!(
                    "zone {} ({}, hours {})",
                    zone.of.id,
                    zone.of.kind.name(),
                    hours.name
                )
                .into(),
                stretch: zone.now,
            })
        });
        let permits = self.permits_over(rule.class, contact).map(|permit| Condition {
            what: format!("permit {}", permit.of.label).into(),
            stretch: permit.now,
        });
        hours.chain(permits).collect()
    }

    /// The zones of the rule's at a place, kinds in the rule's order.
    fn candidates(&self, rule: &Rule, contact: Point) -> impl Iterator<Item = &Timed<Zone>> {
        let of_kind = |kind| self.zones.iter().filter(move |zone| zone.of.kind == kind);
        let zones = rule.enforced.iter().flat_map(move |kind| of_kind(*kind));
        zones.filter(move |zone| zone.of.polygon.contains(contact))
    }

    fn cut_outs(&self, rule: &Rule, contact: Point) -> impl Iterator<Item = &Timed<Zone>> {
        let exempt = |zone: &&Timed<Zone>| rule.exempt.contains(&zone.of.kind);
        let zones = self.zones.iter().filter(exempt);
        zones.filter(move |zone| zone.of.polygon.contains(contact))
    }

    fn permits_over(&self, class: ViolationClass, contact: Point) -> impl Iterator<Item = &Timed<Permit>> {
        let allows = move |permit: &&Timed<Permit>| permit.of.classes.contains(&class);
        self.permits
            .iter()
            .filter(allows)
            .filter(move |permit| permit.of.area.contains(contact))
    }

    /// The zone of that id.
    pub(crate) fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.zones.iter().map(|zone| &zone.of).find(|zone| zone.id == *id)
    }
}

/// Covers no moment.
const NOT_YET: Stretch = Stretch {
    holds: false,
    since: None,
    until: Some(Wall(i64::MIN)),
};
/// Changes remembered one behind the other.
const CHANGES_MAX: usize = 8;
/// What has no end in sight is worked out again after a day, in milliseconds.
const AGAIN_MS: i64 = 24 * 3600 * 1000;

/// A stretch, and through which moments it need not be worked out again.
fn settled(now: Stretch, at: Wall) -> (Stretch, Stretch) {
    let known = Stretch {
        since: now.since.or(Some(at)),
        until: now.until.or(Some(at.plus_millis(AGAIN_MS))),
        ..now
    };
    (now, known)
}

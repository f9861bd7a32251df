//! Which zone a place stands in.

use curbwatch_types::{Point, Zone, ZoneId};

use crate::rules::Rule;

/// The zones of the base view. Zones drawn in other views are not used: registration carries the base
/// view's along.
#[derive(Debug)]
pub(crate) struct ZoneMap {
    zones: Vec<Zone>,
}

impl ZoneMap {
    /// Keeps the zones of the first one's view.
    pub(crate) fn new(zones: Vec<Zone>) -> Self {
        let view = zones.first().map(|zone| zone.view.clone());
        let zones = zones
            .into_iter()
            .filter(|zone| Some(&zone.view) == view.as_ref())
            .collect();
        Self { zones }
    }

    /// Whether there is anything for the rule to hold in.
    pub(crate) fn concerns(&self, rule: &Rule) -> bool {
        self.zones.iter().any(|zone| rule.enforced.contains(&zone.kind))
    }

    /// The first enforced zone with this ground point and no exempt zone over it; kinds in the rule's order.
    pub(crate) fn enforced(&self, rule: &Rule, contact: Point) -> Option<&Zone> {
        let here = |zone: &&Zone| zone.polygon.contains(contact);
        if self
            .zones
            .iter()
            .filter(|zone| rule.exempt.contains(&zone.kind))
            .any(|zone| here(&zone))
        {
            return None;
        }
        let of_kind = |kind| self.zones.iter().filter(move |zone| zone.kind == kind).find(here);
        rule.enforced.iter().find_map(|kind| of_kind(*kind))
    }

    /// The legal dwell of a zone where it names one, in seconds.
    pub(crate) fn dwell_secs(&self, id: &ZoneId) -> Option<u32> {
        self.zones
            .iter()
            .find(|zone| zone.id == *id)
            .and_then(|zone| zone.dwell_secs)
    }
}

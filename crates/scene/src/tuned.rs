//! A rule's parameters where they may differ from zone to zone, and what set each of them.
//!
//! Not for: working out what the configuration means (`engine::wiring`); here it is settled.

use curbwatch_types::{Origin, Parameter, ResolvedRule, ViolationClass, Wall, Zone, ZoneId};

use crate::Origins;
use crate::options::{GroupOptions, Options, RuleOptions};

/// Parameters of one rule: those of the camera's, and those of zones with their own.
#[derive(Debug, Clone)]
pub(crate) struct Tuned<T> {
    everywhere: T,
    in_zones: Vec<(ZoneId, T)>,
}

impl<T> Tuned<T> {
    pub(crate) fn new(everywhere: T, in_zones: Vec<(ZoneId, T)>) -> Self {
        Self { everywhere, in_zones }
    }

    /// Those of the camera's.
    pub(crate) fn everywhere(&self) -> &T {
        &self.everywhere
    }

    /// Whether no zone has its own: nobody needs to find out which zone a thing stands in.
    pub(crate) fn is_uniform(&self) -> bool {
        self.in_zones.is_empty()
    }

    /// Those that hold in a zone.
    pub(crate) fn in_zone(&self, zone: &ZoneId) -> &T {
        self.in_zones
            .iter()
            .find(|(id, _)| id == zone)
            .map_or(&self.everywhere, |(_, own)| own)
    }

    /// Those of the zone that `find` answers with, which is asked only where it matters.
    pub(crate) fn of<'z>(&self, find: impl FnOnce() -> Option<&'z ZoneId>) -> &T {
        if self.is_uniform() {
            return &self.everywhere;
        }
        find().map_or(&self.everywhere, |zone| self.in_zone(zone))
    }

    /// All there are.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.everywhere).chain(self.in_zones.iter().map(|(_, own)| own))
    }
}

impl Options {
    /// The parameters of `illegal_motor_parking`, zone by zone.
    pub(crate) fn tuned_parking(&self) -> Tuned<RuleOptions> {
        let own = self
            .zones
            .iter()
            .filter_map(|z| Some((z.zone.clone(), z.motor_parking.clone()?)));
        Tuned::new(self.motor_parking.clone(), own.collect())
    }

    /// The parameters of a class about groups, zone by zone.
    pub(crate) fn tuned_group(&self, class: ViolationClass) -> Option<Tuned<GroupOptions>> {
        let own = self.zones.iter().filter_map(|z| {
            let (_, own) = z.groups.iter().find(|(of, _)| *of == class)?;
            Some((z.zone.clone(), own.clone()))
        });
        Some(Tuned::new(self.group(class)?.clone(), own.collect()))
    }
}

/// What a rule's parameters have in common.
pub(crate) trait Resolve {
    /// Every parameter by the name that the configuration has for it.
    fn parameters(&self) -> Vec<(&'static str, f32)>;
    fn origins(&self) -> &Origins;
    fn legal_dwell_secs(&self) -> u32;

    /// The legal dwell in a zone, in seconds: an override for the class in the zone goes before what the zone
    /// says for all classes, and that before everything else.
    fn dwell_secs_in(&self, zone: &Zone) -> u32 {
        if self.origins().of("dwell_secs") == Origin::ClassInZone {
            return self.legal_dwell_secs();
        }
        zone.dwell_secs.unwrap_or(self.legal_dwell_secs())
    }

    /// For the record; `zone` is the one of the case, if it is still there.
    fn resolved(&self, zone: Option<&Zone>) -> ResolvedRule {
        let dwell_secs = zone.map_or(self.legal_dwell_secs(), |zone| self.dwell_secs_in(zone));
        let by_zone = |name| {
            let zones_word = zone.is_some_and(|zone| zone.dwell_secs.is_some());
            name == "dwell_secs" && zones_word && self.origins().of(name) != Origin::ClassInZone
        };
        let parameter = |(name, value)| Parameter {
            name,
            value: if name == "dwell_secs" {
                dwell_secs as f32
            } else {
                value
            },
            origin: if by_zone(name) {
                Origin::Zone
            } else {
                self.origins().of(name)
            },
        };
        let parameters: Vec<Parameter> = self.parameters().into_iter().map(parameter).collect();
        let value = |name| {
            parameters
                .iter()
                .find(|p| p.name == name)
                .map_or(0.0, |p| p.value)
        };
        ResolvedRule {
            stationary_secs: value("stationary_secs") as u32,
            dwell_secs,
            min_score: value("min_score"),
            present_looks_min: value("present_looks_min") as u32,
            parameters,
            conditions: Vec::new(),
            in_force_since: None,
        }
    }
}

impl Resolve for RuleOptions {
    fn parameters(&self) -> Vec<(&'static str, f32)> {
        vec![
            ("stationary_secs", self.stationary_secs as f32),
            ("dwell_secs", self.dwell_secs as f32),
            ("present_looks_min", self.present_looks_min as f32),
            ("vacant_secs", self.vacant_secs as f32),
            ("still_every_secs", self.still_every_secs as f32),
            ("gap_max_secs", self.gap_max_secs as f32),
            ("min_score", self.keep_score_min),
            ("open_score_min", self.open_score_min),
        ]
    }

    fn origins(&self) -> &Origins {
        &self.origins
    }

    fn legal_dwell_secs(&self) -> u32 {
        self.dwell_secs
    }
}

impl Resolve for GroupOptions {
    fn parameters(&self) -> Vec<(&'static str, f32)> {
        vec![
            ("stationary_secs", self.stationary_secs as f32),
            ("dwell_secs", self.dwell_secs as f32),
            ("present_looks_min", self.present_looks_min as f32),
            ("vacant_secs", self.vacant_secs as f32),
            ("still_every_secs", self.still_every_secs as f32),
            ("gap_max_secs", self.gap_max_secs as f32),
            ("min_score", self.keep_score_min),
            ("open_score_min", self.open_score_min),
            ("occupancy_min", self.occupancy_min),
            ("merge_m", self.merge_m),
            ("beside_m", self.beside_m),
            ("attended_share", self.attended_share),
            ("count_min", self.count_min as f32),
            ("remains_min", self.remains_min),
        ]
    }

    fn origins(&self) -> &Origins {
        &self.origins
    }

    fn legal_dwell_secs(&self) -> u32 {
        self.dwell_secs
    }
}

/// From when on a dwell counts: since it stands there, and since the rule holds there without a break.
pub(crate) fn counted_from(stands_since: Wall, in_force_since: Option<Wall>) -> Wall {
    in_force_since.map_or(stands_since, |since| since.max(stands_since))
}

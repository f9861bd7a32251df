//! What decides about each place of a view, read off it after a look. Not for: saying it once (`record`).

use curbwatch_types::{Detection, Finding, Point, Reason, ViolationClass, Wall, ZoneId};

use super::{Aside, Record, Told};
use crate::GroupOptions;
use crate::anchor::Anchor;
use crate::group::Group;
use crate::member::{Member, Sight};
use crate::now::Now;
use crate::rule::Rule;
use crate::rules::Company;
use crate::tuned::{Resolve, counted_from};
use crate::view_scene::ViewScene;
use crate::watch::Watch;
use crate::zone_map::{Force, NoForce, ZoneMap};

/// Things outside the zones of their class that are remembered, at most.
const ASIDE_MAX: usize = 64;
/// A thing aside that is not seen for longer has gone, in milliseconds.
const ASIDE_GONE_MS: i64 = 300_000;
/// Boxes that share as much are one thing aside.
const ASIDE_IOU: f32 = 0.5;
/// Numbers of things aside, beyond those of anchors and groups.
const ASIDE_FROM: u64 = 1 << 40;

impl ViewScene {
    /// Takes down what decides about every place after a look that was judged.
    pub(crate) fn take_down(&mut self, detections: &[Detection], now: &Now<'_>, record: &mut Record) {
        let mut told = std::mem::take(&mut self.told);
        let mut found: Vec<Finding> = Vec::with_capacity(told.said.len());
        for anchor in self.anchors.iter().filter(|anchor| anchor.present_looks >= 2) {
            found.push(self.of_anchor(anchor, now));
        }
        for watch in &self.watches {
            found.extend(
                watch
                    .groups
                    .iter()
                    .filter_map(|group| self.of_group(watch, group, now)),
            );
        }
        record.left_out += self.set_aside(&mut told, detections, now);
        found.extend(told.aside.iter().filter_map(|aside| aside.finding(now.at.at)));
        record.say(&mut told, now.at.at, found);
        self.told = told;
    }

    fn of_anchor(&self, anchor: &Anchor, now: &Now<'_>) -> Finding {
        let force = self.zones.force(self.rule, anchor.place.ground_contact());
        let options = match &force {
            Ok(force) => self.parking_in(&force.zone.id),
            Err(_) => self.rule_of(anchor),
        };
        let counted = counted_from(anchor.first_seen.at, since(force.as_ref().ok()));
        let dwell_secs = force
            .as_ref()
            .map_or(options.dwell_secs, |f| options.dwell_secs_in(f.zone));
        let reason = || {
            if let Some(opened) = &anchor.opened {
                return Reason::Case {
                    key: opened.key.clone(),
                };
            }
            if let Err(no) = &force {
                return no.reason();
            }
            if self.is_a_stand(&anchor.last) {
                let class = ViolationClass::ItinerantVendor;
                return Reason::Theirs { class };
            }
            if anchor.last_seen.at != now.at.at {
                let seen_empty = anchor.vacant_since().is_some();
                return if seen_empty {
                    Reason::Unseen
                } else {
                    Reason::Hidden
                };
            }
            if self.road(now).is_some_and(|road| !anchor.motion.stands(&road)) {
                return Reason::Driving;
            }
            if anchor.stood_millis() < i64::from(options.stationary_secs) * 1000 {
                return Reason::NotStationary;
            }
            if anchor.last_seen.at.millis_since(counted) < i64::from(dwell_secs) * 1000 {
                return Reason::Dwelling;
            }
            if anchor.present_looks < options.present_looks_min {
                let needed = options.present_looks_min;
                return Reason::FewLooks { needed };
            }
            if anchor.best_score.get() < options.open_score_min {
                let needed = options.open_score_min;
                return Reason::Weak { needed };
            }
            if anchor.occupancy() < options.occupancy_min {
                let needed = options.occupancy_min;
                return Reason::Intermittent { needed };
            }
            Reason::Changing
        };
        Finding {
            class: self.rule.class,
            place: anchor.id,
            at: now.at.at,
            bbox: anchor.shown,
            zone: zone_of(force.as_ref()),
            first_seen: anchor.first_seen.at,
            last_seen: anchor.last_seen.at,
            counted_from: counted,
            stationary_secs: options.stationary_secs,
            dwell_secs,
            present_looks: anchor.present_looks,
            best_score: anchor.best_score,
            reason: reason(),
        }
    }

    /// Nothing for what only one look showed.
    fn of_group(&self, watch: &Watch, group: &Group, now: &Now<'_>) -> Option<Finding> {
        let rule = watch.rule;
        let own = watch.options_of(&self.zones, group);
        let first = group.onset.or(group.members.iter().map(|m| m.first_seen).min())?;
        let last = group
            .members
            .iter()
            .map(|m| m.last_seen)
            .max()
            .unwrap_or(group.last_seen);
        if first == last && group.opened.is_none() {
            return None;
        }
        let contact = group
            .anchored_at(rule, own)
            .or(group.members.first().map(|m| m.last.ground_contact()))
            .unwrap_or(group.hull.ground_contact());
        let force = self.zones.force(&rule.rule, contact);
        let options = force.as_ref().map_or(own, |f| watch.options.in_zone(&f.zone.id));
        let counted = counted_from(first.at, since(force.as_ref().ok()));
        let dwell_secs = force
            .as_ref()
            .map_or(options.dwell_secs, |f| options.dwell_secs_in(f.zone));
        let reason = || {
            if let Some(opened) = &group.opened {
                return Reason::Case {
                    key: opened.key.clone(),
                };
            }
            if let Err(no) = &force {
                return no.reason();
            }
            if group.onset.is_none() {
                return not_enough(watch, group, options);
            }
            if group.last_seen.at != now.at.at {
                let seen_empty = group.vacant_since().is_some();
                return if seen_empty {
                    Reason::Unseen
                } else {
                    Reason::Hidden
                };
            }
            if group.last_seen.at.millis_since(counted) < i64::from(dwell_secs) * 1000 {
                return Reason::Dwelling;
            }
            if let Some(class) = self.whose(watch, group) {
                return Reason::Theirs { class };
            }
            if group.present_looks < options.present_looks_min {
                let needed = options.present_looks_min;
                return Reason::FewLooks { needed };
            }
            if group.best_score.get() < options.open_score_min {
                let needed = options.open_score_min;
                return Reason::Weak { needed };
            }
            if let Some(needed) = group.doubted_below(options) {
                return Reason::AsEver { needed };
            }
            if group.occupancy() < options.occupancy_min {
                let needed = options.occupancy_min;
                return Reason::Intermittent { needed };
            }
            if rule.company == Company::Excluded {
                Reason::Attended
            } else {
                Reason::Unattended
            }
        };
        let best = group.members.iter().map(|m| m.best_score);
        Some(Finding {
            class: rule.rule.class,
            place: group.id,
            at: now.at.at,
            bbox: if group.onset.is_some() {
                group.shown
            } else {
                group
                    .members
                    .first()
                    .map_or(group.shown, |m| m.last.moved(now.offset))
            },
            zone: zone_of(force.as_ref()),
            first_seen: first.at,
            last_seen: last.at,
            counted_from: counted,
            stationary_secs: options.stationary_secs,
            dwell_secs,
            present_looks: group.present_looks,
            best_score: best.fold(group.best_score, |a, b| if b > a { b } else { a }),
            reason: reason(),
        })
    }

    /// The class whose case, or case to be, a group's things are.
    fn whose(&self, watch: &Watch, group: &Group) -> Option<ViolationClass> {
        let options = watch.options_of(&self.zones, group);
        let mut before = true;
        for other in &self.watches {
            let class = other.rule.rule.class;
            if class == watch.rule.rule.class {
                before = false;
                continue;
            }
            let has = |o: &&Group| o.opened.is_some() || (before && o.onset.is_some());
            if other
                .groups
                .iter()
                .filter(has)
                .any(|o| group.is_made_of(o, options))
            {
                return Some(class);
            }
        }
        None
    }

    /// Remembers what stands where no rule about it holds, for good as far as hours go; answers how many found no room.
    fn set_aside(&self, told: &mut Told, detections: &[Detection], now: &Now<'_>) -> u64 {
        let (at, mut left_out) = (now.at.at, 0);
        let back = Point::new(-now.offset.x, -now.offset.y);
        told.aside
            .retain(|aside| at.millis_since(aside.last) <= ASIDE_GONE_MS);
        let parking = self
            .zones
            .concerns(self.rule)
            .then_some((self.rule, self.rule_options().stationary_secs));
        let groups = self
            .watches
            .iter()
            .map(|w| (&w.rule.rule, w.options.everywhere().stationary_secs));
        for (rule, stationary_secs) in parking.into_iter().chain(groups) {
            for detection in detections.iter().filter(|d| (rule.subject)(d.class)) {
                let bbox = detection.bbox.moved(back);
                let Some(reason) = why_aside(&self.zones, rule, bbox.ground_contact()) else {
                    continue;
                };
                let known = told
                    .aside
                    .iter_mut()
                    .find(|aside| aside.class == rule.class && aside.bbox.iou(&bbox) >= ASIDE_IOU);
                if let Some(aside) = known {
                    aside.looks += u32::from(aside.last < at);
                    aside.last = at;
                    (aside.shown, aside.reason) = (detection.bbox, reason);
                    if detection.score > aside.best {
                        aside.best = detection.score;
                    }
                } else if told.aside.len() < ASIDE_MAX {
                    let id = ASIDE_FROM + told.next_aside;
                    told.next_aside += 1;
                    told.aside.push(Aside {
                        id,
                        class: rule.class,
                        bbox,
                        shown: detection.bbox,
                        first: at,
                        last: at,
                        looks: 1,
                        best: detection.score,
                        reason,
                        stationary_secs,
                    });
                } else {
                    left_out += 1;
                }
            }
        }
        left_out
    }
}

/// Why nothing begins at a place; nothing where something may, at another hour at least.
fn why_aside(zones: &ZoneMap, rule: &Rule, contact: Point) -> Option<Reason> {
    if zones.enforced(rule, contact).is_some() {
        return None;
    }
    zones.force(rule, contact).err().map(|no| no.reason())
}

/// Why things in one spot are no violation together.
fn not_enough(watch: &Watch, group: &Group, options: &GroupOptions) -> Reason {
    let there = || {
        group
            .members
            .iter()
            .filter(|m| m.sight == Sight::Seen || m.is_there())
    };
    let settled = || there().filter(|m| m.is_settled(options.stationary_secs));
    if settled().next().is_none() {
        return Reason::NotStationary;
    }
    let class = watch.rule.rule.class;
    if settled().all(Member::is_anothers) {
        return match class {
            // An umbrella that somebody carries.
            ViolationClass::ItinerantVendor => Reason::Attended,
            _ => Reason::BesideAStand,
        };
    }
    if settled().all(|m| m.is_doubted(options)) {
        let needed = settled().map(|m| m.score_min(options)).fold(1.0, f32::min);
        return Reason::AsEver { needed };
    }
    match class {
        ViolationClass::DisorderlyNonmotorParking => Reason::TooFew {
            found: there().count().try_into().unwrap_or(u32::MAX),
            needed: options.count_min,
        },
        ViolationClass::ItinerantVendor => Reason::Unattended,
        ViolationClass::ExposedGarbage => Reason::Attended,
        _ => Reason::NotStationary,
    }
}

fn since(force: Option<&Force<'_>>) -> Option<Wall> {
    force.and_then(|force| force.since)
}

fn zone_of(force: Result<&Force<'_>, &NoForce<'_>>) -> Option<ZoneId> {
    match force {
        Ok(force) => Some(force.zone.id.clone()),
        Err(NoForce::OutOfHours(zone, _)) => Some(zone.id.clone()),
        Err(_) => None,
    }
}

impl NoForce<'_> {
    fn reason(&self) -> Reason {
        match self {
            Self::Elsewhere => Reason::Elsewhere,
            Self::CutOut(zone, stretch) => Reason::CutOut {
                zone: zone.id.clone(),
                until: stretch.until,
            },
            Self::OutOfHours(zone, stretch) => Reason::OutOfHours {
                zone: zone.id.clone(),
                until: stretch.until,
            },
            Self::Permitted(permit, stretch) => Reason::Permitted {
                label: permit.label.clone(),
                until: stretch.until,
            },
        }
    }
}

//! One rule about groups at one camera: gives each thing of a look to its group, and tells every group what
//! the look said of it. What follows is `verdict`'s.

use std::sync::Arc;

use curbwatch_types::{BBox, CapturedAt, Luma, ObjectClass, Score, Shot, ViolationClass, Wall, ZoneId};

use crate::ground::Base;
use crate::group::{Glance, Group, GroupMemory};
use crate::member::{Member, Sight};
use crate::now::Now;
use crate::overlap::covers;
use crate::rules::{Company, GroupRule, ILLEGAL_MOTOR_PARKING, Part, Reading, rivals};
use crate::surroundings::{Surroundings, Thing};
use crate::tuned::Tuned;
use crate::zone_map::ZoneMap;
use crate::{GroupOptions, OpenIncident};

/// One rule's groups.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) rule: &'static GroupRule,
    pub(crate) options: Tuned<GroupOptions>,
    pub(crate) groups: Vec<Group>,
    pub(crate) next_id: u64,
    pub(crate) groups_max: usize,
    pub(crate) members_max: usize,
    history_max: usize,
    /// Groups and things beyond the bounds.
    pub(crate) over_bound: u64,
    /// Groups whose incident ended in this look, for re-checks to come.
    pub(crate) ended: Vec<(Arc<str>, GroupMemory)>,
}

/// What a thing of the look became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Taken {
    group: usize,
    member: usize,
}

impl Watch {
    pub(crate) fn new(rule: &'static GroupRule, options: &crate::Options) -> Option<Self> {
        Some(Self {
            rule,
            options: options.tuned_group(rule.rule.class)?,
            groups: Vec::new(),
            next_id: 0,
            groups_max: options.groups_max,
            members_max: options.members_max,
            history_max: options.history_max,
            over_bound: 0,
            ended: Vec::new(),
        })
    }

    /// Takes what the look showed. `claimed` marks things that another rule has taken, and is added to.
    pub(crate) fn feed(&mut self, look: &Surroundings<'_>, claimed: &mut [bool], now: &Now<'_>) {
        self.forget(look.zones, now.at.at);
        let luma = &now.observation.thumbnail;
        let (foreign, own): (Vec<_>, Vec<_>) = self
            .readings(look, claimed)
            .into_iter()
            .partition(|(_, reading)| *reading == Reading::Foreign);
        let taken = self.match_members(look, &own);
        let nothing = |g: &Group| vec![None; g.members.len()];
        let mut seen: Vec<Vec<Option<(usize, Reading)>>> = self.groups.iter().map(nothing).collect();
        for ((thing, reading), taken) in own.iter().zip(&taken) {
            if let Some(t) = taken {
                seen[t.group][t.member] = Some((*thing, *reading));
                claimed[*thing] = true;
            }
        }
        for (group, seen) in self.groups.iter_mut().zip(&seen) {
            let open = group.opened.is_some();
            for (member, seen) in group.members.iter_mut().zip(seen) {
                match seen {
                    Some((thing, Reading::Counts)) => {
                        let thing = &look.things[*thing];
                        let closely = now.observation.looked_closely_at(&thing.shown);
                        member.see(thing, now.at, closely, luma);
                    }
                    Some(_) => member.miss(true, now.offset, luma),
                    None => {
                        let goes_with_another = foreign.iter().any(|(i, _)| member.is(&look.things[*i]));
                        // What a case is about is nobody else's because his cart comes to stand beside it.
                        let kept = open && goes_with_another;
                        member.miss(kept || hidden(self.rule, member, look, now), now.offset, luma);
                        if goes_with_another && !open {
                            member.give_away();
                        }
                    }
                }
            }
        }
        for ((thing, reading), taken) in own.iter().zip(&taken) {
            if taken.is_none() && *reading == Reading::Counts && self.add(&look.things[*thing], look, now) {
                claimed[*thing] = true;
            }
        }
        self.gather(look.zones);
        self.take_stock(look, now);
    }

    /// Drops what never became a group that stands, and what nobody saw for too long to swear by.
    fn forget(&mut self, zones: &ZoneMap, now: Wall) {
        for group in &mut self.groups {
            let options = options_of(&self.options, self.rule, zones, group);
            let gap_ms = i64::from(options.gap_max_secs) * 1000;
            let open = group.opened.is_some();
            group.members.retain(|m| {
                let lost = !open && now.millis_since(m.last_seen.at) > gap_ms;
                !lost && !m.is_gone(now, options.stationary_secs, options.vacant_secs)
            });
            if !open && group.onset.is_some() && now.millis_since(group.last_seen.at) > gap_ms {
                group.reset();
            }
        }
        self.groups
            .retain(|g| g.opened.is_some() || g.onset.is_some() || !g.members.is_empty());
    }

    /// The things of the look that the rule is about, strongest first.
    fn readings(&self, look: &Surroundings<'_>, claimed: &[bool]) -> Vec<(usize, Reading)> {
        let rule = &self.rule.rule;
        let mut own = Vec::new();
        for (i, thing) in look.things.iter().enumerate() {
            if claimed[i] || !(rule.subject)(thing.class) {
                continue;
            }
            let contact = thing.bbox.ground_contact();
            let options = self
                .options
                .of(|| look.zones.enforced(rule, contact).map(|zone| &zone.id));
            if thing.score.get() < options.keep_score_min {
                continue;
            }
            own.push((i, (self.rule.reading)(thing, look)));
        }
        own
    }

    /// Gives things to the members in whose places they stand, one to one, surest first.
    fn match_members(&self, look: &Surroundings<'_>, own: &[(usize, Reading)]) -> Vec<Option<Taken>> {
        let mut pairs = Vec::new();
        for (t, (thing, _)) in own.iter().enumerate() {
            let bbox = &look.things[*thing].bbox;
            for (g, group) in self.groups.iter().enumerate() {
                let stationary_secs = self.options_of(look.zones, group).stationary_secs;
                for (m, member) in group.members.iter().enumerate() {
                    if let Some(sure) = member.likeness(bbox) {
                        let settled = member.is_settled(stationary_secs);
                        pairs.push((sure + f32::from(u8::from(settled)) * 0.1, t, g, m));
                    }
                }
            }
        }
        pairs.sort_by(|p, q| q.0.total_cmp(&p.0).then((p.1, p.2, p.3).cmp(&(q.1, q.2, q.3))));
        let mut taken: Vec<Option<Taken>> = vec![None; own.len()];
        for (_, t, group, member) in pairs {
            let place = Taken { group, member };
            if taken[t].is_none() && !taken.contains(&Some(place)) {
                taken[t] = Some(place);
            }
        }
        taken
    }

    /// A new thing: into the group within reach, making one of several; or the first of a new group. `false`
    /// where the rule does not hold or no room is left.
    fn add(&mut self, thing: &Thing, look: &Surroundings<'_>, now: &Now<'_>) -> bool {
        let Some(zone) = look.zones.enforced(&self.rule.rule, thing.bbox.ground_contact()) else {
            return false;
        };
        if thing.score.get() < self.options.in_zone(&zone.id).start_score_min
            || is_cut_off(thing, now.observation.size)
        {
            return false;
        }
        let closely = now.observation.looked_closely_at(&thing.shown);
        let shot = Shot {
            bbox: thing.shown,
            score: thing.score,
            unit: now.observation.unit.clone(),
        };
        let luma: &Luma = &now.observation.thumbnail;
        let mut member = Member::new(thing, zone.kind, now.at, closely, shot, luma);
        let reach: Vec<usize> = (0..self.groups.len())
            .filter(|g| self.within_reach(&self.groups[*g], thing, &zone.id, look))
            .collect();
        let Some(&into) = reach.iter().min_by_key(|g| self.rank(**g)) else {
            if self.groups.len() >= self.groups_max && !self.make_room(now.at.at) {
                return false;
            }
            self.groups.push(Group::new(self.next_id, member));
            self.next_id += 1;
            return true;
        };
        let group = &mut self.groups[into];
        if group.members.len() >= self.members_max {
            self.over_bound += 1;
            return true;
        }
        // After a restart, what stands where the incident stood is what stood there.
        member.trusted = group.adopted && thing.bbox.intersection(&group.hull) >= 0.5 * thing.bbox.area();
        member.tended = member.trusted && self.rule.company == Company::Needed;
        group.members.push(member);
        self.unite(into, &reach);
        true
    }

    /// Whether the thing is near enough to be of the group.
    fn within_reach(&self, group: &Group, thing: &Thing, zone: &ZoneId, look: &Surroundings<'_>) -> bool {
        let merge_m = self.options.in_zone(zone).merge_m;
        let near =
            |m: &Member| m.is_there() && are_near((&m.last, &m.base), (&thing.bbox, &thing.base), merge_m);
        let in_zone = |m: &Member| {
            look.zones
                .enforced(&self.rule.rule, m.last.ground_contact())
                .is_some_and(|z| z.id == *zone)
        };
        let opened_here = group.opened.as_ref().is_some_and(|o| o.zone == *zone);
        // An empty group that stands open is as near as its hull is.
        let on_the_hull = || {
            let hull = look.ground.base(thing.class, &group.hull);
            hull.metres(&thing.base) <= merge_m || group.hull.iou(&thing.bbox) > 0.0
        };
        group.members.iter().any(near)
            || (self.rule.one_per_zone && (opened_here || group.members.iter().any(in_zone)))
            || (group.onset.is_some() && group.members.is_empty() && on_the_hull())
    }

    /// Makes one group of those that turn out to be near one another: feet come out from behind what hid
    /// them, and the scale is learned.
    fn gather(&mut self, zones: &ZoneMap) {
        let mut g = 0;
        while g < self.groups.len() {
            let merge_m = self.options_of(zones, &self.groups[g]).merge_m;
            let seen = |m: &&Member| m.sight == Sight::Seen;
            let near = |other: &Group| {
                self.groups[g].members.iter().filter(seen).any(|a| {
                    let near = |b: &Member| are_near((&a.last, &a.base), (&b.last, &b.base), merge_m);
                    other.members.iter().filter(seen).any(near)
                })
            };
            let open = self.groups[g].opened.is_some();
            let other = (g + 1..self.groups.len())
                .find(|h| !(open && self.groups[*h].opened.is_some()) && near(&self.groups[*h]));
            let Some(h) = other else {
                g += 1;
                continue;
            };
            let before = self.groups.len();
            let (into, from) = if self.rank(h) < self.rank(g) {
                (h, g)
            } else {
                (g, h)
            };
            self.unite(into, &[from]);
            if self.groups.len() == before {
                g += 1; // no room for both in one
            }
        }
    }

    /// What stands open goes before what does not, then what began first.
    fn rank(&self, g: usize) -> (bool, bool, Option<CapturedAt>, u64) {
        let group = &self.groups[g];
        (
            group.opened.is_none(),
            group.onset.is_none(),
            group.onset,
            group.id,
        )
    }

    /// Makes one group of all within reach, but never of two that both stand open.
    fn unite(&mut self, into: usize, reach: &[usize]) {
        let mut kept = self.groups[into].clone();
        let mut joined = Vec::new();
        for &g in reach.iter().filter(|g| **g != into) {
            let other = &self.groups[g];
            let both_began = kept.onset.is_some() && other.onset.is_some();
            if !both_began
                && other.opened.is_none()
                && kept.members.len() + other.members.len() <= self.members_max
            {
                kept.join(other.clone());
                joined.push(other.id);
            }
        }
        self.groups[into] = kept;
        self.groups.retain(|g| !joined.contains(&g.id));
    }

    /// Drops the group of least worth: never one that stands open nor one seen now. `false` when there is
    /// none, and the newcomer is left out.
    fn make_room(&mut self, now: Wall) -> bool {
        self.over_bound += 1;
        let seen = |g: &Group| g.members.iter().map(|m| m.last_seen.at).max();
        let least = self
            .groups
            .iter()
            .enumerate()
            .filter(|(_, g)| g.opened.is_none() && seen(g) < Some(now))
            .min_by_key(|(_, g)| (g.onset.is_some(), seen(g), g.id))
            .map(|(i, _)| i);
        least.map(|i| self.groups.remove(i)).is_some()
    }

    /// Tells every group what the look said of it.
    fn take_stock(&mut self, look: &Surroundings<'_>, now: &Now<'_>) {
        let shot = Shot {
            bbox: BBox::default(),
            score: Score::default(),
            unit: now.observation.unit.clone(),
        };
        for group in &mut self.groups {
            let company = self.rule.company;
            let options = options_of(&self.options, self.rule, look.zones, group);
            let stationary = options.stationary_secs;
            if let Some(witness) = now.witness {
                for member in group.members.iter_mut().filter(|m| m.sight == Sight::Seen) {
                    member.hear(witness, now.at.at, stationary);
                }
            }
            let mut attended = false;
            for member in group.members.iter_mut().filter(|m| m.sight == Sight::Seen) {
                if company == Company::Ignored {
                    continue;
                }
                let people = look.people_beside(&member.base, options.beside_m);
                let by_chance = company == Company::Excluded && !people.is_empty();
                let beside = member.note_company(people, company) || by_chance;
                // A stand that nobody tends, or bags that are somebody's, say nothing of the others.
                attended |= beside && (company == Company::Needed) == member.is_attended(options);
            }
            let seen = || group.members.iter().filter(|m| m.sight == Sight::Seen);
            let settled = |bbox: &BBox| {
                seen().any(|m| m.last == *bbox && (group.onset.is_none() || m.is_settled(stationary)))
            };
            let score = look
                .things
                .iter()
                .filter(|t| (self.rule.rule.subject)(t.class) && settled(&t.bbox))
                .map(|t| t.score)
                .fold(Score::default(), |a, b| if b > a { b } else { a });
            let glance = Glance {
                at: now.at,
                offset: now.offset,
                shot: &shot,
                score,
                attended,
                covered: out_of_sight(self.rule, &group.hull, look, now),
            };
            group.take(self.rule, options, &glance, self.history_max);
            if let Some(witness) = now.witness {
                group.renew_trace(witness, now.at.at, stationary);
            }
            if group.opened.is_none() && group.onset.is_some() {
                group.also = also_fits(self.rule, group, options, look);
            }
            if !group.may_begin_anew(self.rule) {
                for member in &mut group.members {
                    member.first_shot = None;
                }
            }
        }
    }

    /// The parameters of a group.
    pub(crate) fn options_of(&self, zones: &ZoneMap, group: &Group) -> &GroupOptions {
        options_of(&self.options, self.rule, zones, group)
    }

    /// After a restart: see [`crate::CameraScene::adopt`]. `false` when no room is left.
    pub(crate) fn adopt(&mut self, hull: BBox, incident: OpenIncident) -> bool {
        let known = |g: &Group| g.opened.as_ref().is_some_and(|o| o.key == incident.key);
        let found = self.groups.iter().position(known);
        let became = |g: &Group| g.became(&hull, &incident);
        if let Some(g) = found.or_else(|| self.groups.iter().position(became)) {
            let tended = self.rule.company == Company::Needed;
            self.groups[g].hear(hull, &incident, tended);
            return true;
        }
        if self.groups.len() >= self.groups_max && !self.make_room(Wall(i64::MAX)) {
            return false;
        }
        self.groups.push(Group::adopted(self.next_id, hull, incident));
        self.next_id += 1;
        true
    }

    /// Three-wheelers that are part of a vendor's stand which has begun.
    pub(crate) fn vehicles(&self) -> impl Iterator<Item = BBox> {
        self.groups
            .iter()
            .filter(|g| g.onset.is_some())
            .flat_map(|g| &g.members)
            .filter(|m| m.class == ObjectClass::ThreeWheeler && m.is_there())
            .map(|m| m.last)
    }
}

/// The parameters of a group: those of its incident's zone, else of the ground its first thing stands on.
fn options_of<'t>(
    tuned: &'t Tuned<GroupOptions>,
    rule: &GroupRule,
    zones: &ZoneMap,
    group: &Group,
) -> &'t GroupOptions {
    let first = || group.members.first().map(|m| m.last.ground_contact());
    tuned.of(|| match &group.opened {
        Some(opened) => zones.zone(&opened.zone).map(|zone| &zone.id),
        None => zones.enforced(&rule.rule, first()?).map(|zone| &zone.id),
    })
}

/// Whether two things are near enough to one another to be one case.
fn are_near(a: (&BBox, &Base), b: (&BBox, &Base), merge_m: f32) -> bool {
    // Of things that overlap in the picture one hides the other's foot.
    let touch = a.0.intersection(b.0) > 0.0 && a.1.is_level_with(b.1);
    touch || a.1.metres(b.1) <= merge_m
}

/// The classes whose rule fits the things of a group too and gives way to its own, as one look shows them. With a stand go the
/// things beside it.
fn also_fits(
    rule: &GroupRule,
    group: &Group,
    options: &GroupOptions,
    look: &Surroundings<'_>,
) -> Vec<ViolationClass> {
    let is_stand = rule.rule.class == ViolationClass::ItinerantVendor;
    let seen = || group.members.iter().filter(|m| m.sight == Sight::Seen);
    let has = |thing: &&Thing| {
        let beside = |m: &Member| is_stand && m.base.metres(&thing.base) <= options.beside_m;
        seen().any(|m| m.last == thing.bbox || beside(m))
    };
    let things: Vec<&Thing> = look.things.iter().filter(has).collect();
    let fits = |other: &GroupRule| {
        let part = |thing: &&Thing| {
            let force = look.zones.force(&other.rule, thing.bbox.ground_contact()).ok()?;
            (other.rule.subject)(thing.class).then(|| Part {
                class: thing.class,
                kind: force.zone.kind,
                base: thing.base,
                bbox: thing.bbox,
                attended: !look.people_beside(&thing.base, options.beside_m).is_empty(),
            })
        };
        let parts: Vec<Part> = things.iter().filter_map(part).collect();
        (other.amounts)(&parts, options)
    };
    let others = rivals(rule.rule.class).iter().filter(|other| fits(other));
    let mut also: Vec<ViolationClass> = others.map(|other| other.rule.class).collect();
    let parked = |thing: &Thing| {
        let contact = thing.bbox.ground_contact();
        thing.class == ObjectClass::ThreeWheeler && look.zones.force(&ILLEGAL_MOTOR_PARKING, contact).is_ok()
    };
    if is_stand && things.iter().any(|thing| parked(thing)) {
        also.push(ViolationClass::IllegalMotorParking);
    }
    also
}

/// Whether the look could not have shown the thing.
fn hidden(rule: &GroupRule, member: &Member, look: &Surroundings<'_>, now: &Now<'_>) -> bool {
    let too_small =
        member.needs_a_close_look() && !now.observation.looked_closely_at(&member.last.moved(now.offset));
    too_small || out_of_sight(rule, &member.last, look, now)
}

/// Whether a place is out of the picture, or covered by something that is no subject of the rule.
pub(crate) fn out_of_sight(rule: &GroupRule, place: &BBox, look: &Surroundings<'_>, now: &Now<'_>) -> bool {
    let shown = place.moved(now.offset);
    let out = shown.clipped().area() < 0.5 * shown.area();
    let body = |t: &&Thing| !(rule.rule.subject)(t.class);
    out || look.things.iter().filter(body).any(|t| covers(&t.bbox, place))
}

/// Whether the picture's side cuts off so much of it that the middle of what is left says nothing of where it
/// stands: a sliver, less than half as wide as high.
fn is_cut_off(thing: &Thing, size: (usize, usize)) -> bool {
    let b = &thing.shown;
    let at_the_side = b.x <= 0.01 || b.x + b.w >= 0.99;
    at_the_side && b.w * (size.0 as f32) < 0.45 * b.h * size.1 as f32
}

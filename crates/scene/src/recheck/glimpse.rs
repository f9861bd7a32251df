//! How a look reads for the place of an order, by the class's own words: a vehicle by the place it has, or by what is
//! remembered of it; a group of things by its group, or by what lies within its reach. Things left behind are
//! never read as gone while the picture there is what it was.

use curbwatch_types::{BBox, Score};

use super::tally::Glimpse;
use crate::anchor::{Anchor, Away, Match, Occupancy};
use crate::group::{Group, GroupMemory};
use crate::now::Now;
use crate::overlap::around;
use crate::patch::UNCHANGED;
use crate::rules::{Company, Part, Reading};
use crate::sighting::{Seen, Sighting};
use crate::surroundings::{Surroundings, Thing};
use crate::watch::{Watch, out_of_sight};

/// What has left its place may be another one however short the time was.
const LONG_SINCE: Away = Away {
    other_ms: 0,
    empty_ms: 0,
};

/// A look's word, and where its picture shows the thing (or what is there in its stead).
pub(crate) struct Told {
    pub(crate) glimpse: Glimpse,
    pub(crate) shown: Option<(BBox, Score)>,
}

impl Told {
    fn of(glimpse: Glimpse) -> Self {
        Self { glimpse, shown: None }
    }

    fn showing(glimpse: Glimpse, bbox: BBox, score: Score) -> Self {
        let shown = Some((bbox, score));
        Self { glimpse, shown }
    }
}

/// A vehicle that has its place among the scene's, after the look was given to them.
pub(crate) fn of_anchor(anchor: &Anchor, anchors: &[Anchor], now: &Now<'_>) -> Told {
    let occupancy = match anchor.latest() {
        Some((at, occupancy)) if at == now.at.at => occupancy,
        _ => Occupancy::Unknown,
    };
    if occupancy == Occupancy::Present {
        let score = anchor
            .last_shot
            .as_ref()
            .map_or(Score::default(), |shot| shot.score);
        return Told::showing(Glimpse::Same, anchor.shown, score);
    }
    let in_its_stead =
        |o: &&Anchor| o.id != anchor.id && o.last_seen.at == now.at.at && o.in_stead_of(anchor);
    let another = anchors.iter().find(in_its_stead);
    let is_another = |o: &Anchor| {
        let told = anchor.is_another(o.appearance.as_ref(), o.patch.as_ref());
        told.unwrap_or(anchor.vacant_since().is_some())
    };
    match (another, occupancy) {
        (Some(another), _) if is_another(another) => {
            let glimpse = Glimpse::Other(another.last, another.patch.clone());
            Told::showing(glimpse, another.shown, another.best_score)
        }
        // It may be the same thing in another box.
        (Some(_), _) | (None, Occupancy::Unknown | Occupancy::Present) => Told::of(Glimpse::Hidden),
        (None, Occupancy::Absent) => Told::of(Glimpse::Absent),
    }
}

/// A vehicle that is only remembered.
pub(crate) fn of_vehicle(memory: &Anchor, seen: &Seen, now: &Now<'_>) -> Told {
    let mut same = None;
    let mut other = None;
    for sighting in &seen.subjects {
        match memory.compare(sighting, false, (now.at.at, LONG_SINCE), || false) {
            Match::Same(sure) if same.is_none_or(|(best, _)| sure > best) => same = Some((sure, sighting)),
            Match::Other => other = other.or(Some(sighting)),
            Match::Same(_) | Match::Apart => {}
        }
    }
    if let Some((_, sighting)) = same {
        return Told::showing(Glimpse::Same, sighting.shown, sighting.score);
    }
    // The scene may have ended it wrongly: another one has to look like another one.
    let clearly = |s: &&Sighting| memory.is_another(s.appearance.as_ref(), s.patch.as_ref()) == Some(true);
    if other.is_some_and(|s| !clearly(&s)) {
        return Told::of(Glimpse::Hidden);
    }
    if let Some(sighting) = other {
        let glimpse = Glimpse::Other(sighting.bbox, sighting.patch.clone());
        return Told::showing(glimpse, sighting.shown, sighting.score);
    }
    Told::of(match memory.unshown(seen, now) {
        Occupancy::Absent => Glimpse::Absent,
        Occupancy::Present | Occupancy::Unknown => Glimpse::Hidden,
    })
}

/// A group that the scene holds, after the look was given to it.
pub(crate) fn of_group(
    group: &Group,
    memory: &GroupMemory,
    watch: &Watch,
    look: &Surroundings<'_>,
    now: &Now<'_>,
) -> Told {
    match group.latest() {
        Some((at, Occupancy::Present)) if at == now.at.at => {
            Told::showing(Glimpse::Same, group.shown, group.best_score)
        }
        // A vendor who moved on by some metres is there.
        Some((at, Occupancy::Absent)) if at == now.at.at && watch.rule.strays_m > 0.0 => {
            of_things(memory, watch, look, now)
        }
        Some((at, Occupancy::Absent)) if at == now.at.at => Told::of(if unchanged(memory, now) {
            Glimpse::Hidden
        } else {
            Glimpse::Absent
        }),
        _ => Told::of(Glimpse::Hidden),
    }
}

/// A group that is only remembered: whether what lies within its reach is the violation again. Another display in
/// the same spot is the same violation.
pub(crate) fn of_things(memory: &GroupMemory, watch: &Watch, look: &Surroundings<'_>, now: &Now<'_>) -> Told {
    let rule = watch.rule;
    let options = match &memory.zone {
        Some(zone) => watch.options.in_zone(zone),
        None => watch.options.everywhere(),
    };
    let reach_m = options.merge_m.max(rule.strays_m);
    let near = |thing: &Thing| {
        let hull = look.ground.base(thing.class, &memory.hull);
        hull.metres(&thing.base) <= reach_m || memory.hull.iou(&thing.bbox) > 0.0
    };
    let mut there: Vec<(&Thing, Part)> = Vec::new();
    for thing in &look.things {
        let subject = (rule.rule.subject)(thing.class) && thing.score.get() >= options.keep_score_min;
        if !subject || (rule.reading)(thing, look) != Reading::Counts {
            continue;
        }
        let Some(zone) = look.zones.enforced(&rule.rule, thing.bbox.ground_contact()) else {
            continue;
        };
        let in_zone = rule.one_per_zone && memory.zone.as_ref() == Some(&zone.id);
        if in_zone || near(thing) {
            let part = Part {
                class: thing.class,
                kind: zone.kind,
                base: thing.base,
                bbox: thing.bbox,
                // Whose it is shows in time; here what is there is what was there.
                attended: rule.company == Company::Needed,
            };
            there.push((thing, part));
        }
    }
    let parts: Vec<Part> = there.iter().map(|(_, part)| *part).collect();
    let area: f32 = there.iter().map(|(thing, _)| thing.bbox.area()).sum();
    if (rule.amounts)(&parts, options) && area >= options.remains_min * memory.extent {
        let shown = there.iter().map(|(thing, _)| thing.shown).reduce(around);
        let best =
            |best: Score, (thing, _): &(&Thing, Part)| if thing.score > best { thing.score } else { best };
        let score = there.iter().fold(Score::default(), best);
        return Told::showing(Glimpse::Same, shown.unwrap_or(memory.hull), score);
    }
    let too_small = memory.closely && !now.observation.looked_closely_at(&memory.hull.moved(now.offset));
    let hidden = too_small || out_of_sight(rule, &memory.hull, look, now) || unchanged(memory, now);
    Told::of(if hidden { Glimpse::Hidden } else { Glimpse::Absent })
}

fn unchanged(memory: &GroupMemory, now: &Now<'_>) -> bool {
    let shown = memory.hull.moved(now.offset);
    let then = memory.patch.as_ref();
    then.and_then(|then| then.likeness_at(&now.observation.thumbnail, &shown))
        .is_some_and(|like| like >= UNCHANGED)
}

//! A group anchor: things that together are one violation, in one spot, and what was seen of them over time.
//! Its place is the hull of the things that stand there; one of them missed for a look changes nothing.
//!
//! A group begins with any thing of the rule's kind. Its *onset* is the first look that showed enough things
//! which have since been seen to stand; until then it is nothing but a place to gather in.

mod incident;
mod remembered;

use std::collections::VecDeque;
use std::sync::Arc;

use curbwatch_types::{BBox, CapturedAt, Point, Score, Shot, ViolationClass, Wall};

use crate::GroupOptions;
use crate::anchor::{Occupancy, Opened};
use crate::kept::kept;
use crate::member::{Belonging, Member, Sight};
use crate::overlap::around;
use crate::rules::{Company, GroupRule, Part};
use crate::witness::{Outcome, Trace, Witness};

pub(crate) use remembered::GroupMemory;

/// A remembered look.
#[derive(Debug, Clone, Copy)]
struct Note {
    at: Wall,
    occupancy: Occupancy,
    attended: bool,
}

/// One group and its history.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Order of creation: breaks ties.
    pub(crate) id: u64,
    pub(crate) members: Vec<Member>,
    /// Around the things that stand there, base view; that of the latest look that showed the group.
    pub(crate) hull: BBox,
    /// The same in the picture that showed it.
    pub(crate) shown: BBox,
    pub(crate) onset: Option<CapturedAt>,
    pub(crate) last_seen: CapturedAt,
    pub(crate) present_looks: u32,
    pub(crate) best_score: Score,
    /// Share of the picture that its things covered at their widest.
    extent: f32,
    looks: VecDeque<Note>,
    /// First of the absent looks since the last present one, and how many they are.
    vacant: Option<(Wall, u32)>,
    pub(crate) opened: Option<Opened>,
    supersedes: Option<Arc<str>>,
    /// Taken over from a former process and not seen since.
    pub(crate) adopted: bool,
    first_shot: Option<Shot>,
    last_shot: Option<Shot>,
    /// Its place with its things and before them, since it opened, and when that was last taken down.
    trace: Option<(Trace, Wall)>,
    /// Classes that would have its things if it did not, as the latest look shows them.
    pub(crate) also: Vec<ViolationClass>,
}

kept!(Note {
    at,
    occupancy,
    attended
});
kept!(Group {
    id,
    members,
    hull,
    shown,
    onset,
    last_seen,
    present_looks,
    best_score,
    extent,
    looks,
    vacant,
    opened,
    supersedes,
    adopted,
    first_shot,
    last_shot,
    trace,
    also,
});

/// What a look adds to a group, beside its members.
pub(crate) struct Glance<'a> {
    pub(crate) at: CapturedAt,
    pub(crate) offset: Point,
    /// The picture, without box and score.
    pub(crate) shot: &'a Shot,
    /// Highest score of its things in this look.
    pub(crate) score: Score,
    pub(crate) attended: bool,
    /// Its hull is covered or out of the picture.
    pub(crate) covered: bool,
}

impl Group {
    pub(crate) fn new(id: u64, first: Member) -> Self {
        Self {
            id,
            hull: first.last,
            shown: first.last,
            onset: None,
            last_seen: first.last_seen,
            present_looks: 0,
            best_score: Score::default(),
            extent: 0.0,
            looks: VecDeque::new(),
            vacant: None,
            opened: None,
            supersedes: None,
            adopted: false,
            first_shot: None,
            last_shot: None,
            trace: None,
            also: Vec::new(),
            members: vec![first],
        }
    }

    pub(crate) fn first_shot(&self) -> Option<&Shot> {
        self.first_shot.as_ref()
    }

    pub(crate) fn last_shot(&self) -> Option<&Shot> {
        self.last_shot.as_ref()
    }

    /// Takes in the members of another group that turned out to be one with it.
    pub(crate) fn join(&mut self, other: Self) {
        self.members.extend(other.members);
        if self.onset.is_none() && other.onset.is_some() {
            self.onset = other.onset;
            self.last_seen = other.last_seen;
            self.hull = other.hull;
            self.shown = other.shown;
            self.present_looks = other.present_looks;
            self.best_score = other.best_score;
            self.extent = other.extent;
            self.looks = other.looks;
            self.vacant = other.vacant;
            self.first_shot = other.first_shot;
            self.last_shot = other.last_shot;
        }
    }

    /// Tells the group what the look made of its members.
    pub(crate) fn take(
        &mut self,
        rule: &GroupRule,
        options: &GroupOptions,
        glance: &Glance<'_>,
        history_max: usize,
    ) {
        if self.set_aside(rule, options) && self.opened.is_none() {
            // Who begins is another: his dwell is his own.
            self.begin_anew();
        }
        let occupancy = self.occupancy_of(rule, options, glance);
        if occupancy == Occupancy::Unknown
            && let Some(before) = self.looks.back().map(|note| note.at)
        {
            self.was_blind(glance.at.at.millis_since(before));
        }
        while self.looks.len() >= history_max.max(1) {
            self.looks.pop_front();
        }
        self.looks.push_back(Note {
            at: glance.at.at,
            occupancy,
            attended: glance.attended,
        });
        let begun = self.may_begin_anew(rule) && self.begin(rule, options);
        match occupancy {
            Occupancy::Present if self.onset.is_some() => {
                if !begun {
                    self.present_looks = self.present_looks.saturating_add(1);
                }
                self.show(rule, options, glance);
            }
            Occupancy::Absent => {
                let (since, looks) = self.vacant.unwrap_or((glance.at.at, 0));
                self.vacant = Some((since, looks.saturating_add(1)));
            }
            Occupancy::Present | Occupancy::Unknown => {}
        }
    }

    /// What has always been there is no part of what came, where that is enough by itself: two bicycles at a tree are none of
    /// the five that were left beside them. Whether that is another view of the matter than before.
    fn set_aside(&mut self, rule: &GroupRule, options: &GroupOptions) -> bool {
        let came = self.standing(options).filter(|m| m.is_new());
        let parts: Vec<Part> = came.map(|m| m.part(options)).collect();
        let enough = !parts.is_empty() && (rule.amounts)(&parts, options);
        let belonging = if enough {
            Belonging::Aside
        } else {
            Belonging::Weighed
        };
        let mut changed = false;
        for member in self.members.iter_mut().filter(|m| m.was_always_there()) {
            changed |= member.belonging != belonging;
            member.belonging = belonging;
        }
        changed
    }

    /// A look that showed the group.
    fn show(&mut self, rule: &GroupRule, options: &GroupOptions, glance: &Glance<'_>) {
        if let Some(hull) = self.extent_of(rule, options) {
            self.hull = hull;
            self.shown = hull.moved(glance.offset).clipped();
        }
        self.extent = self
            .extent
            .max(self.standing(options).map(|m| m.last.area()).sum());
        self.last_seen = glance.at;
        self.vacant = None;
        self.adopted = false;
        let best = self.standing(options).map(|m| m.best_score);
        self.best_score = best.fold(self.best_score, |a, b| if b > a { b } else { a });
        let shot = Shot {
            bbox: self.shown,
            score: glance.score,
            ..glance.shot.clone()
        };
        self.first_shot.get_or_insert_with(|| shot.clone());
        self.last_shot = Some(shot);
    }

    /// The box around what stands there: less what is somebody's where that is no violation, and where it
    /// has to be somebody's, around that and what lies close by.
    fn extent_of(&self, rule: &GroupRule, options: &GroupOptions) -> Option<BBox> {
        let tended: Vec<&Member> = self
            .standing(options)
            .filter(|m| m.is_attended(options))
            .collect();
        // Twice the reach: of what stands behind a counter the foot does not show.
        let close = |m: &Member| {
            tended
                .iter()
                .any(|t| t.base.metres(&m.base) <= 2.0 * options.beside_m)
        };
        let belongs = |m: &&Member| match rule.company {
            Company::Ignored => true,
            Company::Excluded => !m.is_attended(options),
            Company::Needed => tended.is_empty() || close(m),
        };
        self.standing(options)
            .filter(belongs)
            .map(|m| m.last)
            .reduce(around)
    }

    /// Members that have stood for the first stage and are taken to be there.
    fn standing<'a>(&'a self, options: &'a GroupOptions) -> impl Iterator<Item = &'a Member> {
        let settled = options.stationary_secs;
        self.members
            .iter()
            .filter(move |m| m.is_settled(settled) && m.is_there() && !m.is_doubted(options))
    }

    /// Members that are taken to be there, whether they have stood or not.
    fn credible<'a>(&'a self, options: &'a GroupOptions) -> impl Iterator<Item = &'a Member> {
        self.members
            .iter()
            .filter(|m| m.is_there() && !m.is_doubted(options))
    }

    /// Whether one of its things is sure enough for a case.
    pub(crate) fn convinces(&self, options: &GroupOptions) -> bool {
        self.standing(options).any(|m| m.convinces(options))
    }

    /// Where none of its things is sure enough for a case, what the first to be would have to reach, 0..1.
    pub(crate) fn doubted_below(&self, options: &GroupOptions) -> Option<f32> {
        let least = || self.standing(options).map(|m| m.score_min(options));
        (!self.convinces(options)).then(|| least().fold(1.0, f32::min))
    }

    /// It has become a case: its things are believed from now on, and the witness remembers how the place looked without.
    pub(crate) fn settle(&mut self, options: &GroupOptions, witness: Option<&Witness>, now: Wall) {
        let before = self.standing(options).filter_map(Member::absent_at).min();
        self.trace = witness
            .and_then(|w| w.trace(&self.hull, before))
            .map(|trace| (trace, now));
        for member in &mut self.members {
            if !member.is_doubted(options) {
                member.belonging = Belonging::Believed;
            }
            member.settle_company(options);
        }
    }

    /// Takes down how a case's place looks, once in `every_secs` while it is seen.
    pub(crate) fn renew_trace(&mut self, witness: &Witness, now: Wall, every_secs: u32) {
        let seen = self.last_seen.at == now;
        if let Some((trace, at)) = self.trace.as_mut().filter(|_| seen)
            && now.millis_since(*at) >= i64::from(every_secs) * 1000
        {
            witness.renew(trace);
            *at = now;
        }
    }

    /// What the witness says of the place of a case whose things are not seen any more; `None` when it knows nothing of it.
    pub(crate) fn outcome(&self, witness: Option<&Witness>) -> Option<Outcome> {
        let (trace, _) = self.trace.as_ref()?;
        Some(witness?.outcome(trace))
    }

    /// The detector missed it: its place looks as it did.
    pub(crate) fn stands_still(&mut self) {
        self.vacant = None;
    }

    fn occupancy_of(&self, rule: &GroupRule, options: &GroupOptions, glance: &Glance<'_>) -> Occupancy {
        let begun = self.onset.is_some();
        // Whose it is shows in time: before the onset only the things are asked for.
        let part = |m: &Member| Part {
            attended: if begun {
                m.is_attended(options)
            } else {
                rule.company == Company::Needed
            },
            ..m.part(options)
        };
        let weighs = |parts: &[Part], area: f32| {
            (rule.amounts)(parts, options) && area >= options.remains_min * self.extent
        };
        let there: Vec<&Member> = if begun {
            self.standing(options).collect()
        } else {
            self.members.iter().filter(|m| m.is_there()).collect()
        };
        let area = |members: &[&Member]| members.iter().map(|m| m.last.area()).sum::<f32>();
        let parts: Vec<Part> = there.iter().map(|m| part(m)).collect();
        let seen = there.iter().any(|m| m.sight == Sight::Seen);
        let hidden = there.iter().any(|m| m.sight == Sight::Hidden);
        let all: Vec<Part> = self.members.iter().filter(|m| m.is_there()).map(part).collect();
        let newcomers = self
            .members
            .iter()
            .any(|m| m.sight == Sight::Seen && !m.is_settled(options.stationary_secs));
        if weighs(&parts, area(&there)) && seen {
            Occupancy::Present
        } else if (weighs(&parts, area(&there)) && hidden)
            || (begun && newcomers && (rule.amounts)(&all, options))
            || (self.members.is_empty() && glance.covered)
        {
            Occupancy::Unknown
        } else {
            Occupancy::Absent
        }
    }

    /// Whether the onset is still to be found, or may turn out to lie later: who passed a lone cart by chance
    /// does not tend it, which shows when nobody else comes.
    pub(crate) fn may_begin_anew(&self, rule: &GroupRule) -> bool {
        self.onset.is_none() || (self.opened.is_none() && rule.company == Company::Needed)
    }

    /// Finds the onset: the first look by which things that now stand were all there and enough.
    fn begin(&mut self, rule: &GroupRule, options: &GroupOptions) -> bool {
        let mut standing: Vec<&Member> = self.standing(options).collect();
        standing.sort_by_key(|m| (m.first_seen, m.last_seen));
        let Some(enough) = enough(&standing, rule, options) else {
            return false;
        };
        let latest = standing[enough - 1];
        let since = standing[..enough].iter().map(|m| m.since(options)).max();
        let since = since.unwrap_or(latest.first_seen);
        let hull = standing[..enough]
            .iter()
            .filter_map(|m| m.first_shot.as_ref().map(|s| s.bbox))
            .reduce(around);
        self.first_shot = latest.first_shot.clone().map(|shot| Shot {
            bbox: hull.unwrap_or(shot.bbox),
            ..shot
        });
        let before = self.onset.replace(since);
        self.present_looks = self
            .looks
            .iter()
            .filter(|note| note.at >= since.at && note.occupancy == Occupancy::Present)
            .count()
            .try_into()
            .unwrap_or(u32::MAX);
        if before.is_none() {
            self.vacant = None;
        }
        true
    }

    /// Nothing has begun yet; what stands there, and what it came after, stays.
    fn begin_anew(&mut self) {
        self.onset = None;
        self.present_looks = 0;
        self.best_score = Score::default();
        self.extent = 0.0;
        self.vacant = None;
        self.first_shot = None;
        self.last_shot = None;
    }

    /// The group as it was before anything happened in it; things that stand there stay.
    pub(crate) fn reset(&mut self) {
        self.begin_anew();
        self.opened = None;
        self.adopted = false;
        self.supersedes = None;
        self.trace = None;
        self.looks.clear();
    }

    /// Nobody could see for so long: that is no time in which the place was seen without it.
    pub(crate) fn was_blind(&mut self, millis: i64) {
        if let Some((since, _)) = &mut self.vacant {
            *since = since.plus_millis(millis);
        }
    }

    /// Whether the place has been seen without the group for `vacant_secs` and over two looks.
    pub(crate) fn is_vacant(&self, now: Wall, vacant_secs: u32) -> bool {
        self.vacant.is_some_and(|(since, looks)| {
            looks >= 2 && now.millis_since(since) >= i64::from(vacant_secs) * 1000
        })
    }

    /// First look that showed the place without the group since it was last seen.
    pub(crate) fn vacant_since(&self) -> Option<Wall> {
        self.vacant.map(|(since, _)| since)
    }

    /// Whether what people beside it did lets it be a violation.
    pub(crate) fn is_company_right(&self, company: Company, options: &GroupOptions) -> bool {
        let (mut looks, mut attended) = (0.0, 0.0);
        for note in self.since_onset().filter(|n| n.occupancy == Occupancy::Present) {
            looks += 1.0;
            attended += f32::from(u8::from(note.attended));
        }
        let latest = self.looks.back().is_some_and(|note| note.attended);
        match company {
            Company::Ignored => true,
            Company::Needed => {
                let from_behind = || self.standing(options).any(|m| m.is_tended_from_behind(options));
                (attended >= options.attended_share * looks && attended > 0.0) || from_behind()
            }
            Company::Excluded => attended <= options.attended_share * looks && !latest,
        }
    }

    /// Of the remembered looks since the onset that could tell, the share that showed it.
    pub(crate) fn occupancy(&self) -> f32 {
        let count = |what| self.since_onset().filter(|n| n.occupancy == what).count() as f32;
        let (present, absent) = (count(Occupancy::Present), count(Occupancy::Absent));
        if present + absent == 0.0 {
            0.0
        } else {
            present / (present + absent)
        }
    }

    fn since_onset(&self) -> impl Iterator<Item = &Note> {
        let since = self.onset.map(|onset| onset.at);
        self.looks
            .iter()
            .filter(move |note| since.is_some_and(|since| note.at >= since))
    }

    /// When the dwell began, or would have begun if what is there turns out to stand.
    pub(crate) fn began(&self, rule: &GroupRule, options: &GroupOptions) -> Option<Wall> {
        if let Some(onset) = self.onset {
            return Some(onset.at);
        }
        let mut there: Vec<&Member> = self.credible(options).collect();
        there.sort_by_key(|m| (m.first_seen, m.last_seen));
        let enough = enough(&there, rule, options)?;
        Some(there[enough - 1].first_seen.at)
    }

    /// Where the thing stands that made it enough: its zone is the group's.
    pub(crate) fn anchored_at(&self, rule: &GroupRule, options: &GroupOptions) -> Option<Point> {
        let mut there: Vec<&Member> = self.credible(options).collect();
        there.sort_by_key(|m| (!m.is_settled(options.stationary_secs), m.first_seen, m.last_seen));
        let enough = enough(&there, rule, options)?;
        Some(there[enough - 1].last.ground_contact())
    }

    /// First and latest picture, oldest first.
    pub(crate) fn shots(&self) -> Vec<Shot> {
        let mut shots: Vec<Shot> = self.first_shot.iter().cloned().collect();
        if self.onset.is_some_and(|onset| self.last_seen.at > onset.at) || shots.is_empty() {
            shots.extend(self.last_shot.clone());
        }
        shots
    }

    /// Whether at least half of its standing things are things of `other` too.
    pub(crate) fn is_made_of(&self, other: &Self, options: &GroupOptions) -> bool {
        let (mut own, mut shared) = (0, 0);
        for member in self.standing(options) {
            own += 1;
            let same = |o: &Member| o.is_there() && o.last.iou(&member.last) >= 0.5;
            shared += usize::from(other.members.iter().any(same));
        }
        own > 0 && 2 * shared >= own
    }

    /// The latest look and what it said.
    pub(crate) fn latest(&self) -> Option<(Wall, Occupancy)> {
        self.looks.back().map(|note| (note.at, note.occupancy))
    }

    /// The latest picture that showed it.
    pub(crate) fn latest_shot(&self) -> Option<&Shot> {
        self.last_shot.as_ref()
    }

    pub(crate) fn supersedes(&self) -> Option<Arc<str>> {
        self.supersedes.clone()
    }
}

impl Member {
    pub(crate) fn part(&self, options: &GroupOptions) -> Part {
        Part {
            attended: self.is_attended(options),
            class: self.class,
            kind: self.kind,
            base: self.base,
            bbox: self.last,
        }
    }
}

/// How many of these, from the first, are the violation together.
fn enough(members: &[&Member], rule: &GroupRule, options: &GroupOptions) -> Option<usize> {
    let parts: Vec<Part> = members.iter().map(|m| m.part(options)).collect();
    (1..=parts.len()).find(|n| (rule.amounts)(&parts[..*n], options))
}

/// Whether most of the box lies in the hull.
fn lies_in(bbox: &BBox, hull: &BBox) -> bool {
    bbox.intersection(hull) >= 0.5 * bbox.area()
}

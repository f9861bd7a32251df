//! A thing of a group: where it stands and since when. Told from the next thing by its place alone.

use curbwatch_types::{BBox, CapturedAt, Luma, ObjectClass, Point, Score, Shot, Wall, ZoneKind};

use crate::GroupOptions;
use crate::attendance::Attendance;
use crate::ground::Base;
use crate::kept::{Kept, Reader, Writer, kept, kept_choice};
use crate::overlap::has_wandered;
use crate::patch::{Patch, UNCHANGED};
use crate::rules::Company;
use crate::surroundings::Thing;
use crate::witness::{Account, Witness};

/// What the latest look said of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It was seen.
    Seen,
    /// Covered, in use, out of view, too small without a close look, or not to be told.
    Hidden,
    /// Its place was in view, and it was not seen: so many looks in a row.
    Missed(u32),
}

/// Whether a thing is part of what the group is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belonging {
    /// By what its score and the second witness say.
    Weighed,
    /// It was there before what came, and what came is enough by itself: no part of what happened.
    Aside,
    /// It was part of a case that opened: for good, an old memory says nothing against it.
    Believed,
}

/// A thing of a group.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) class: ObjectClass,
    /// The kind of zone it stands in.
    pub(crate) kind: ZoneKind,
    /// Latest box, base view.
    pub(crate) last: BBox,
    /// Running mean of its boxes, base view.
    place: BBox,
    /// First box, base view.
    origin: BBox,
    pub(crate) base: Base,
    pub(crate) first_seen: CapturedAt,
    pub(crate) last_seen: CapturedAt,
    pub(crate) sight: Sight,
    looks: u32,
    /// Looks that should have shown it and did not.
    misses: u32,
    /// Looks that showed it as another rule's.
    anothers: u32,
    pub(crate) best_score: Score,
    patch: Option<Patch>,
    /// It was only ever seen with more pixels than the whole picture gets.
    only_closely: bool,
    /// The picture that showed it first, until the group no longer needs it.
    pub(crate) first_shot: Option<Shot>,
    /// Counts as standing, whatever its age: it is where an adopted incident was.
    pub(crate) trusted: bool,
    /// Who was beside it.
    attendance: Attendance,
    /// It turned out to be somebody's stand; for good, he may go for lunch.
    pub(crate) tended: bool,
    /// What the second witness says of its place, and when it said so.
    account: Account,
    heard_at: Option<Wall>,
    pub(crate) belonging: Belonging,
}

kept_choice!(Belonging {
    Weighed,
    Aside,
    Believed
});
kept!(Member {
    class,
    kind,
    last,
    place,
    origin,
    base,
    first_seen,
    last_seen,
    sight,
    looks,
    best_score,
    patch,
    only_closely,
    first_shot,
    trusted,
    attendance,
    tended,
    misses,
    anothers,
    account,
    heard_at,
    belonging,
});

/// Looks missed in a row and one; seen is 0, hidden is 1.
impl Kept for Sight {
    fn keep(&self, to: &mut Writer) {
        let word = match self {
            Self::Seen => 0,
            Self::Hidden => 1,
            Self::Missed(times) => times.saturating_add(1),
        };
        word.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        Some(match u32::recall(from)? {
            0 => Self::Seen,
            1 => Self::Hidden,
            more => Self::Missed(more - 1),
        })
    }
}

/// Boxes whose intersection over union is at least this, or ...
const PLACE_IOU: f32 = 0.35;
/// ... whose middles lie within this share of a box, are in one place: small boxes jitter by as much.
const PLACE_APART: f32 = 0.4;
/// Looks in a row that may miss a thing which is taken to stand there still. 2: detectors of small things
/// miss one look in three; three in a row are one time in thirty.
const MISSES_BRIDGED: u32 = 2;
/// Of a person so much shows behind a counter at most, as a share of his height ...
const BEHIND_SHOWS: f32 = 0.75;
/// ... and it ends in the counter's box, or above it by this share of its height.
const BEHIND_ABOVE: f32 = 0.15;

impl Member {
    pub(crate) fn new(
        thing: &Thing,
        kind: ZoneKind,
        at: CapturedAt,
        closely: bool,
        shot: Shot,
        luma: &Luma,
    ) -> Self {
        Self {
            class: thing.class,
            kind,
            last: thing.bbox,
            place: thing.bbox,
            origin: thing.bbox,
            base: thing.base,
            first_seen: at,
            last_seen: at,
            sight: Sight::Seen,
            looks: 1,
            misses: 0,
            anothers: 0,
            best_score: thing.score,
            patch: Patch::of(luma, &thing.shown),
            only_closely: closely,
            first_shot: Some(shot),
            trusted: false,
            attendance: Attendance::default(),
            tended: false,
            account: Account::Unclear,
            heard_at: None,
            belonging: Belonging::Weighed,
        }
    }

    /// How surely the thing is this one, by its place; `None` when it is elsewhere.
    pub(crate) fn likeness(&self, bbox: &BBox) -> Option<f32> {
        let shared = bbox.iou(&self.place).max(bbox.iou(&self.last));
        let nearest = apart(bbox, &self.place).min(apart(bbox, &self.last));
        let in_place = shared >= PLACE_IOU || nearest <= PLACE_APART;
        (in_place && !has_wandered(bbox, &self.origin)).then_some(shared - nearest)
    }

    /// Whether the thing is this one, by its class and its place.
    pub(crate) fn is(&self, thing: &Thing) -> bool {
        self.class == thing.class && self.likeness(&thing.bbox).is_some()
    }

    /// The look showed it.
    pub(crate) fn see(&mut self, thing: &Thing, at: CapturedAt, closely: bool, luma: &Luma) {
        self.looks = self.looks.saturating_add(1);
        let weight = (1.0 / self.looks as f32).max(0.2);
        let blend = |old: f32, new: f32| old + weight * (new - old);
        let b = &thing.bbox;
        self.place = BBox::new(
            blend(self.place.x, b.x),
            blend(self.place.y, b.y),
            blend(self.place.w, b.w),
            blend(self.place.h, b.h),
        );
        if thing.score > self.best_score {
            self.best_score = thing.score;
        }
        self.class = thing.class;
        self.last = thing.bbox;
        self.base = thing.base;
        self.last_seen = at;
        self.sight = Sight::Seen;
        self.patch = Patch::of(luma, &thing.shown).or(self.patch.take());
        self.only_closely &= closely;
    }

    /// The camera shows everything otherwise from now on.
    pub(crate) fn forget_looks(&mut self) {
        self.patch = None;
    }

    /// The look did not show it. `hidden`: it could not have.
    pub(crate) fn miss(&mut self, hidden: bool, offset: Point, luma: &Luma) {
        let unchanged = || {
            self.looks >= 2
                && self
                    .patch
                    .as_ref()
                    .and_then(|then| then.likeness_at(luma, &self.last.moved(offset)))
                    .is_some_and(|like| like >= UNCHANGED)
        };
        self.sight = match self.sight {
            _ if hidden || unchanged() => Sight::Hidden,
            Sight::Missed(times) => Sight::Missed(times.saturating_add(1)),
            Sight::Seen | Sight::Hidden => Sight::Missed(1),
        };
        // The place looks as it did and the detector finds nothing: that is its miss, too.
        self.misses = self.misses.saturating_add(u32::from(!hidden));
    }

    /// The look showed it, and that it goes with what is another rule's.
    pub(crate) fn give_away(&mut self) {
        self.anothers = self.anothers.saturating_add(1);
    }

    /// Whether it is another rule's, by most of the looks that showed it: in the others that which it goes with was missed.
    pub(crate) fn is_anothers(&self) -> bool {
        self.anothers >= self.looks && self.belonging != Belonging::Believed && !self.trusted
    }

    /// The look showed it, with these people beside it, strongest first: whether one of them stays there.
    pub(crate) fn note_company(&mut self, beside: Vec<BBox>, company: Company) -> bool {
        let (b, upright) = (self.last, self.base.upright());
        let behind = |person: &BBox| {
            let foot = person.ground_contact();
            let over = foot.x > b.x - 0.25 * b.w && foot.x < b.x + 1.25 * b.w;
            let hidden = foot.y > b.y - BEHIND_ABOVE * b.h && foot.y < b.y + (1.0 - BEHIND_ABOVE) * b.h;
            company == Company::Needed && over && hidden && person.h < BEHIND_SHOWS * upright
        };
        self.attendance.note(beside, behind)
    }

    /// What it is now known to be, a case says.
    pub(crate) fn settle_company(&mut self, options: &GroupOptions) {
        self.tended |= self.is_attended(options);
    }

    /// Whether it is somebody's, as far as is known.
    pub(crate) fn is_attended(&self, options: &GroupOptions) -> bool {
        self.tended || self.attendance.is_attended(options.attended_share)
    }

    /// Whether somebody stands behind it, seldom seen.
    pub(crate) fn is_tended_from_behind(&self, options: &GroupOptions) -> bool {
        self.attendance.is_tended_from_behind(options.attended_share)
    }

    /// Asks the second witness, once it stands and again whenever it has stood twice as long, until that saw it come (later
    /// it remembers less of before) or it is believed.
    pub(crate) fn hear(&mut self, witness: &Witness, now: Wall, stationary_secs: u32) {
        let stood = |at: Wall| at.millis_since(self.first_seen.at);
        let fresh = |at: Wall| stood(now) < 2 * stood(at);
        let told = self.belonging == Belonging::Believed || self.is_new();
        if !told && self.is_settled(stationary_secs) && !self.heard_at.is_some_and(fresh) {
            self.account = witness.account(&self.last);
            self.heard_at = Some(now);
        }
    }

    /// What its best score must reach, as odds, before it is taken for more than a thing that the street always had.
    fn odds_min(&self, options: &GroupOptions) -> f32 {
        let odds_min = odds(options.open_score_min);
        match (self.account, self.heard_at) {
            (Account::New { .. }, _) => odds_min / options.witness_odds,
            (Account::Unchanged { since }, Some(heard)) => {
                // Within the dwell nobody could have reported it.
                let reach_secs = heard.millis_since(since) as f32 / 1000.0 - options.dwell_secs as f32;
                let weight = if self.is_steady() {
                    options.witness_odds.sqrt()
                } else {
                    options.witness_odds
                };
                odds_min * weight * (reach_secs.max(0.0) / options.stands_secs as f32).exp()
            }
            _ => odds_min,
        }
    }

    /// Whether the detector found it in all but one of ten looks. What only looks like something hovers about the threshold.
    fn is_steady(&self) -> bool {
        self.looks >= 9 * self.misses
    }

    /// Whether the witness saw it come.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self.account, Account::New { .. })
    }

    /// Whether it has looked the same ever since the memory began, and is not part of a case.
    pub(crate) fn was_always_there(&self) -> bool {
        matches!(self.account, Account::Unchanged { .. })
            && self.belonging != Belonging::Believed
            && !self.trusted
    }

    /// Whether its score is enough for a case, by what the second witness says.
    pub(crate) fn convinces(&self, options: &GroupOptions) -> bool {
        odds(self.best_score.get()) >= self.odds_min(options)
    }

    /// What its best score must reach for a case, 0..1, by what the second witness says.
    pub(crate) fn score_min(&self, options: &GroupOptions) -> f32 {
        let odds = self.odds_min(options);
        odds / (1.0 + odds)
    }

    /// Whether it is left out: it looks like something that has always been there and is no more surely a violation than that,
    /// or is no part of what happened; or it is another rule's.
    pub(crate) fn is_doubted(&self, options: &GroupOptions) -> bool {
        let old = self.was_always_there() && (self.belonging == Belonging::Aside || !self.convinces(options));
        old || self.is_anothers()
    }

    /// Since when it stands there: since the first look that showed it or, where the witness saw it come, since the first
    /// page that shows it, which is never too early; no longer before that first look than `gap_max_secs`.
    pub(crate) fn since(&self, options: &GroupOptions) -> CapturedAt {
        let Account::New { since, .. } = self.account else {
            return self.first_seen;
        };
        let missed_ms = self.first_seen.at.millis_since(since);
        if missed_ms <= 0 || missed_ms > i64::from(options.gap_max_secs) * 1000 {
            return self.first_seen;
        }
        CapturedAt {
            at: since,
            uncertainty_ms: self.first_seen.uncertainty_ms,
        }
    }

    /// When its place was last seen without it.
    pub(crate) fn absent_at(&self) -> Option<Wall> {
        match self.account {
            Account::New { before, .. } => Some(before),
            _ => None,
        }
    }

    /// Whether only a close look can show it, as far as is known.
    pub(crate) fn needs_a_close_look(&self) -> bool {
        self.only_closely
    }

    /// Whether it has stood for the first stage.
    pub(crate) fn is_settled(&self, stationary_secs: u32) -> bool {
        let stood = self.last_seen.at.millis_since(self.first_seen.at);
        self.trusted || stood >= i64::from(stationary_secs) * 1000
    }

    /// Whether it is taken to be there now.
    pub(crate) fn is_there(&self) -> bool {
        match self.sight {
            Sight::Seen | Sight::Hidden => true,
            Sight::Missed(times) => times <= MISSES_BRIDGED,
        }
    }

    /// Whether nothing more is to be learned from it: a passer-by, or gone for as long as a place must be
    /// empty.
    pub(crate) fn is_gone(&self, now: Wall, stationary_secs: u32, vacant_secs: u32) -> bool {
        let away = now.millis_since(self.last_seen.at);
        match self.sight {
            Sight::Missed(times) if times > MISSES_BRIDGED => {
                !self.is_settled(stationary_secs) || away >= i64::from(vacant_secs) * 1000
            }
            _ => false,
        }
    }
}

/// How much likelier right than wrong a score is, taken at its word.
fn odds(score: f32) -> f32 {
    score / (1.0 - score).max(f32::EPSILON)
}

/// How far apart the middles of two boxes lie, in sizes of the larger.
fn apart(a: &BBox, b: &BBox) -> f32 {
    let size = a.w.max(a.h).max(b.w.max(b.h)).max(f32::MIN_POSITIVE);
    let (p, q) = (a.center(), b.center());
    (p.x - q.x).abs().max((p.y - q.y).abs()) / size
}

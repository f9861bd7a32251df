//! The second witness: what a place looked like before, for as long as the memory reaches. It sees no objects, only
//! pictures, so it errs otherwise than a detector does: an awning that a detector takes for an umbrella has always looked
//! like that, and a heap that the detector misses still changed the ground at a moment that can be named.
//!
//! The *short* memory is the median of the latest three looks, sample by sample: what passes shows in one of them and is
//! gone. The *long* memory is a few such medians (*pages*), the denser the younger: of a page's neighbours in time the one
//! is dropped that the ratio of ages misses least. Nothing is adapted, so nothing that stands is ever learned away.
//!
//! A place is compared with itself by [`Crop`], free of brightness and contrast. What surrounds it says whether the light is
//! the same: where it differs, too (headlights, dusk, the switch to infrared), a page says nothing.
//!
//! Not for: vehicles, which come and go as they please and are well detected. Input: the thumbnails of usable pictures
//! with the place where registration found them. Memory: at most [`PAGES_MAX`] + 3 thumbnails of at most
//! [`SAMPLES_MAX`] bytes: 216 kB for 16:9, 384 kB at the worst; only at cameras with a rule about groups.

use curbwatch_types::{BBox, Luma, Point, Wall};

use crate::crop::Crop;
use crate::kept::{Kept, Reader, Writer, kept};

/// Pages of the long memory. 12: from a look every four seconds to a day back each is about 2.3 times as old as the next.
pub(crate) const PAGES_MAX: usize = 12;
/// Samples of a thumbnail; a larger one is not remembered. 160 by 160.
pub(crate) const SAMPLES_MAX: usize = 160 * 160;
/// Nothing older is asked, in milliseconds: two days, so that yesterday at this hour is among it.
const REACH_MS: i64 = 48 * 3_600_000;
/// Correlation of a place with itself from which it is the same thing, and under which it is another. Over eighteen clips
/// (synthetic) a thing that stays has .95 and more, the ground it stands on .45 and less, two like cars up to .61.
const LIKE: f32 = 0.75;
const UNLIKE: f32 = 0.6;
/// The surroundings must be like themselves by this much (median of eight neighbours of the place's size; the whole picture
/// where they have no looks), or the light is another. Half of them may be occupied by something new.
const LIGHT: f32 = 0.5;
/// Neighbours that must have looks to be asked about the light.
const TOLD_MIN: usize = 3;
/// A place's neighbours, in its sizes.
const AROUND: [(f32, f32); 8] = [
    (-1.0, -1.0),
    (0.0, -1.0),
    (1.0, -1.0),
    (-1.0, 0.0),
    (1.0, 0.0),
    (-1.0, 1.0),
    (0.0, 1.0),
    (1.0, 1.0),
];
/// The picture less the rows where burnt-in text stands.
const WHOLE: BBox = BBox {
    x: 0.0,
    y: 0.12,
    w: 1.0,
    h: 0.76,
};
/// A place may have looked otherwise for this long, in milliseconds, and still count as unchanged: something stood in
/// front. 15 minutes: a delivery.
const COVERED_MS: i64 = 15 * 60_000;

/// A picture of the past.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) at: Wall,
    /// Its content lies this far from the base view.
    pub(crate) offset: Point,
    /// It was taken in infrared.
    pub(crate) infrared: bool,
    pub(crate) luma: Luma,
}

/// What the witness says of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// It looks as it did from `since` on, and before that, last at `before`, it looked otherwise and steadily so: new static
    /// foreground.
    New { since: Wall, before: Wall },
    /// It has looked like this since `since`, and nothing older can be asked.
    Unchanged { since: Wall },
    /// Nothing can be said: too small, no looks, too few pages, another light, unsteady.
    Unclear,
}

/// What became of a place whose thing is not detected any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It looks as it did before the thing came or, where that is not known, nothing like the thing.
    Restored,
    /// It looks as it did with the thing.
    Stands,
    /// Nothing can be said.
    Unclear,
}

/// A place with its thing and before it: what [`Witness::outcome`] holds against. At most 12 kB.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trace {
    /// Base view.
    place: BBox,
    with: View,
    before: Option<View>,
}

/// A place and what lies around it in one picture.
#[derive(Debug, Clone, PartialEq)]
struct View {
    place: Option<Crop>,
    around: Vec<Option<Crop>>,
    /// The whole picture, where the surroundings have few looks.
    whole: Option<Crop>,
    /// In infrared nothing looks as it does in colour: the two are never held against one another.
    infrared: bool,
}

/// One camera's memory. Plain pictures and times, so that it can be kept over a restart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Witness {
    /// The latest looks, oldest first, at most three, all of one offset and size.
    latest: Vec<Page>,
    /// The short memory.
    short: Option<Page>,
    /// The long memory, oldest first.
    pages: Vec<Page>,
}

kept!(Page {
    at,
    offset,
    infrared,
    luma
});
kept!(View {
    place,
    around,
    whole,
    infrared
});
kept!(Trace { place, with, before });
kept!(Witness { latest, short, pages });

/// Two moments where there are two, one, or none.
impl Kept for Account {
    fn keep(&self, to: &mut Writer) {
        let (since, before) = match self {
            Self::New { since, before } => (Some(*since), Some(*before)),
            Self::Unchanged { since } => (Some(*since), None),
            Self::Unclear => (None, None),
        };
        since.keep(to);
        before.keep(to);
    }

    fn recall(from: &mut Reader<'_>) -> Option<Self> {
        match (Option::recall(from)?, Option::recall(from)?) {
            (Some(since), Some(before)) => Some(Self::New { since, before }),
            (Some(since), None) => Some(Self::Unchanged { since }),
            (None, None) => Some(Self::Unclear),
            (None, Some(_)) => None,
        }
    }
}

impl Witness {
    /// Takes a usable picture in. Time moves forward only.
    pub(crate) fn remember(&mut self, at: Wall, offset: Point, infrared: bool, luma: &Luma) {
        let samples = luma.samples.len();
        if samples == 0 || samples > SAMPLES_MAX || luma.width.checked_mul(luma.height) != Some(samples) {
            return;
        }
        let size = (luma.width, luma.height);
        let goes_on =
            |p: &Page| p.offset == offset && p.infrared == infrared && (p.luma.width, p.luma.height) == size;
        if !self.latest.last().is_some_and(goes_on) {
            self.latest.clear();
        }
        self.short.take_if(|short| short.infrared != infrared);
        if self.latest.len() >= 3 {
            self.latest.remove(0);
        }
        self.latest.push(Page {
            at,
            offset,
            infrared,
            luma: luma.clone(),
        });
        // Of two looks neither can be told from a passer-by; the first of all is better than nothing.
        let short = match self.latest.as_slice() {
            [a, b, c] => Page {
                // What came shows in the median from the look after its first, so the middle one has it.
                at: b.at,
                offset,
                infrared,
                luma: median(&a.luma, &b.luma, &c.luma),
            },
            [only] if self.pages.is_empty() => only.clone(),
            _ => return,
        };
        self.short = Some(short.clone());
        self.pages.push(short);
        self.thin(at);
    }

    /// Drops what is too old, and of too many pages the one that is missed least.
    fn thin(&mut self, now: Wall) {
        let age = |page: &Page| now.millis_since(page.at).max(1);
        while self.pages.len() > 2 && age(&self.pages[0]) > REACH_MS {
            self.pages.remove(0);
        }
        if self.pages.len() <= PAGES_MAX {
            return;
        }
        // The gap that dropping it would leave, for its age.
        let gap = |i: usize| {
            let (older, newer) = (&self.pages[i - 1], &self.pages[i + 1]);
            newer.at.millis_since(older.at) as f64 / age(&self.pages[i]) as f64
        };
        let least = (1..self.pages.len() - 1).min_by(|a, b| gap(*a).total_cmp(&gap(*b)));
        if let Some(least) = least {
            self.pages.remove(least);
        }
    }

    /// What is to be said of a place (base view) as it looks now.
    pub(crate) fn account(&self, place: &BBox) -> Account {
        let Some(short) = &self.short else {
            return Account::Unclear;
        };
        let now = View::of(short, place);
        // Oldest first; pages that cannot be asked are left out.
        let mut told: Vec<(Wall, View, f32)> = Vec::with_capacity(self.pages.len());
        for page in self.pages.iter().filter(|page| page.at < short.at) {
            let then = View::of(page, place);
            if let Some(like) = now.likeness_in_light(&then) {
                told.push((page.at, then, like));
            }
        }
        let (Some(oldest), Some(newest)) = (told.first(), told.last()) else {
            return Account::Unclear;
        };
        let (oldest, newest) = (oldest.2, newest.2);
        // Gone through from now back: how far the present state reaches, over what stood in front for a while.
        let (mut since, mut started) = (short.at, told.len());
        for (i, (at, _, like)) in told.iter().enumerate().rev() {
            if *like >= LIKE && since.millis_since(*at) <= COVERED_MS.max(self.step_ms(*at)) {
                (since, started) = (*at, i);
            }
        }
        let older = &told[..started];
        if older.is_empty() {
            let enough = oldest >= LIKE && told.len() >= 2;
            return if enough {
                Account::Unchanged { since }
            } else {
                Account::Unclear
            };
        }
        let otherwise = older.iter().all(|(_, _, like)| *like <= UNLIKE);
        let alike =
            |pair: &&[(Wall, View, f32)]| pair[0].1.likeness(&pair[1].1).is_none_or(|like| like >= LIKE);
        let pairs = older.len() - 1;
        let steady = 2 * older.windows(2).filter(alike).count() >= pairs;
        // One page may show a passer-by; two that agree show the ground.
        if !otherwise || !steady || pairs == 0 || (started < told.len() && newest < LIKE) {
            return Account::Unclear;
        }
        Account::New {
            since,
            before: older[pairs].0,
        }
    }

    /// How long after `at` the next page lies: what is not remembered is no gap.
    fn step_ms(&self, at: Wall) -> i64 {
        let next = self.pages.iter().find(|page| page.at > at);
        next.map_or(0, |next| next.at.millis_since(at))
    }

    /// A place as it looks now, with its thing, and as it looked at `before`; `None` where it is too small to show.
    pub(crate) fn trace(&self, place: &BBox, before: Option<Wall>) -> Option<Trace> {
        let before = before.and_then(|at| self.pages.iter().rev().find(|page| page.at <= at));
        let with = View::of(self.short.as_ref()?, place);
        with.place.as_ref()?;
        Some(Trace {
            place: *place,
            with,
            before: before.map(|page| View::of(page, place)),
        })
    }

    /// Takes down how the thing looks now: light changes while it stands.
    pub(crate) fn renew(&self, trace: &mut Trace) {
        if let Some(short) = &self.short {
            trace.with = View::of(short, &trace.place);
        }
    }

    /// What became of a place. Two of three looks must agree: the short memory says so.
    pub(crate) fn outcome(&self, trace: &Trace) -> Outcome {
        let Some(short) = &self.short else {
            return Outcome::Unclear;
        };
        let now = View::of(short, &trace.place);
        let with = now.likeness_in_light(&trace.with);
        match (
            with,
            trace.before.as_ref().map(|before| now.likeness_in_light(before)),
        ) {
            (with, Some(Some(before))) if before >= LIKE && with.is_none_or(|with| before > with) => {
                Outcome::Restored
            }
            (Some(with), _) if with >= LIKE => Outcome::Stands,
            (Some(with), None) if with <= UNLIKE => Outcome::Restored,
            _ => Outcome::Unclear,
        }
    }
}

impl View {
    fn of(page: &Page, place: &BBox) -> Self {
        let crop = |bbox: BBox| Crop::of(&page.luma, &bbox.moved(page.offset));
        let beside = |(dx, dy): (f32, f32)| crop(place.moved(Point::new(dx * place.w, dy * place.h)));
        let around = AROUND.map(beside).to_vec();
        let marked = around.iter().flatten().filter(|crop| crop.is_marked()).count();
        Self {
            place: crop(*place),
            around,
            whole: if marked < TOLD_MIN { crop(WHOLE) } else { None },
            infrared: page.infrared,
        }
    }

    /// Correlation of the place; `None` where it has no looks to compare.
    fn likeness(&self, other: &Self) -> Option<f32> {
        if self.infrared != other.infrared {
            return None;
        }
        self.place.as_ref()?.likeness(other.place.as_ref()?)
    }

    /// The same, and `None` where the light is another.
    fn likeness_in_light(&self, other: &Self) -> Option<f32> {
        let both = self.around.iter().zip(&other.around);
        let mut likes: Vec<f32> = both
            .filter_map(|(a, b)| a.as_ref()?.likeness(b.as_ref()?))
            .collect();
        let light = if likes.len() >= TOLD_MIN {
            likes.sort_by(f32::total_cmp);
            Some(likes[likes.len() / 2])
        } else {
            self.whole
                .as_ref()
                .and_then(|a| a.likeness(other.whole.as_ref()?))
        };
        self.likeness(other)
            .filter(|_| light.is_some_and(|like| like >= LIGHT))
    }
}

/// Sample by sample, the middle of three.
fn median(a: &Luma, b: &Luma, c: &Luma) -> Luma {
    let middle = |((a, b), c): ((&u8, &u8), &u8)| (*a).min(*b).max((*a).max(*b).min(*c));
    Luma {
        width: a.width,
        height: a.height,
        samples: a
            .samples
            .iter()
            .zip(&b.samples)
            .zip(&c.samples)
            .map(middle)
            .collect(),
    }
}

#[cfg(test)]
mod tests;

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
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (112, 63);
    const PLACE: BBox = BBox {
        x: 0.4,
        y: 0.4,
        w: 0.1,
        h: 0.15,
    };

    /// What a look shows beside the street.
    #[derive(Clone, Copy, Default)]
    struct Shown {
        /// In the place: a thing of this pattern.
        thing: Option<u32>,
        /// In front of the place and much else: a bus of this pattern.
        bus: Option<u32>,
        /// Light of the headlights that sweep over the left half.
        beam: f32,
        /// Share of the daylight that is gone.
        dusk: f32,
        infrared: bool,
        /// The content lies this many samples to the right.
        moved: i32,
    }

    fn noise(x: i32, y: i32, salt: u32) -> f32 {
        let mut h = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ salt;
        h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
        h = (h ^ (h >> 13)).wrapping_mul(0x297a_2d39);
        (h >> 24) as f32 / 255.0
    }

    fn picture(shown: Shown) -> Luma {
        let (width, height) = SIZE;
        let sample = |x: i32, y: i32| {
            let x = x - shown.moved;
            let inside = |b: BBox| {
                let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
                u >= b.x && u < b.x + b.w && v >= b.y && v < b.y + b.h
            };
            // Infrared turns paint and foliage about: another street altogether.
            let salt = if shown.infrared { 99 } else { 0 };
            let bus = shown.bus.filter(|_| inside(BBox::new(0.3, 0.2, 0.5, 0.5)));
            let thing = shown.thing.filter(|_| inside(PLACE));
            let shade = match bus.or(thing) {
                Some(pattern) => 200.0 * noise(x / 3, y / 3, pattern),
                None => 60.0 + 80.0 * noise(x / 3, y / 3, salt),
            };
            let beam = if x < 56 {
                shown.beam * (x as f32 / 56.0)
            } else {
                0.0
            };
            (shade * (1.0 - 0.8 * shown.dusk) + beam + 3.0 * noise(x, y, shown.dusk.to_bits()))
                .clamp(0.0, 255.0) as u8
        };
        let pixels = (0..height as i32).flat_map(|y| (0..width as i32).map(move |x| (x, y)));
        Luma {
            width,
            height,
            samples: pixels.map(|(x, y)| sample(x, y)).collect(),
        }
    }

    /// A look every ten seconds from 0 to `until`, as `shown` has it.
    fn watched(until: i64, shown: impl Fn(i64) -> Shown) -> Witness {
        let mut witness = Witness::default();
        for secs in (0..=until).step_by(10) {
            let shown = shown(secs);
            let offset = Point::new(shown.moved as f32 / SIZE.0 as f32, 0.0);
            witness.remember(Wall(secs * 1000), offset, shown.infrared, &picture(shown));
        }
        witness
    }

    fn tell(account: Account) -> String {
        match account {
            Account::New { .. } => "new".to_owned(),
            Account::Unchanged { since } => format!("unchanged {}", since.0 / 1000),
            Account::Unclear => "unclear".to_owned(),
        }
    }

    /// A thing that is there from `secs` on.
    fn from(secs: i64, now: i64) -> Option<u32> {
        (now >= secs).then_some(7)
    }

    type Story = fn(i64) -> Shown;

    /// What is seen of a place, for how long, and what the witness says in the end.
    const ROWS: [(&str, i64, Story, &str); 14] = [
        ("never changed", 600, |_| Shown::default(), "unchanged 0"),
        (
            "it stood there before",
            600,
            |_| Shown {
                thing: Some(7),
                ..Shown::default()
            },
            "unchanged 0",
        ),
        (
            "a new thing",
            600,
            |t| Shown {
                thing: from(300, t),
                ..Shown::default()
            },
            "new 300",
        ),
        ("the memory is too young", 10, |_| Shown::default(), "unclear"),
        (
            "headlights sweep over it",
            600,
            |t| Shown {
                beam: if t % 40 == 0 { 150.0 } else { 0.0 },
                ..Shown::default()
            },
            "unchanged 0",
        ),
        (
            "headlights sweep over a new thing",
            600,
            |t| Shown {
                beam: if t % 40 == 0 { 150.0 } else { 0.0 },
                thing: from(300, t),
                ..Shown::default()
            },
            "new 300",
        ),
        (
            "dusk falls",
            600,
            |t| Shown {
                dusk: t as f32 / 600.0,
                ..Shown::default()
            },
            "unchanged 0",
        ),
        (
            "something comes at dusk",
            600,
            |t| Shown {
                dusk: t as f32 / 600.0,
                thing: from(300, t),
                ..Shown::default()
            },
            "new 300",
        ),
        (
            "infrared comes on",
            600,
            |t| Shown {
                infrared: t >= 590,
                ..Shown::default()
            },
            "unclear",
        ),
        (
            "something comes after infrared came on",
            1200,
            |t| Shown {
                infrared: t >= 300,
                thing: from(900, t),
                ..Shown::default()
            },
            "new 900",
        ),
        (
            "it came and went again",
            600,
            |t| Shown {
                thing: from(200, t).filter(|_| t < 400),
                ..Shown::default()
            },
            "unchanged 0",
        ),
        (
            "a bus stands in front for a minute",
            600,
            |t| Shown {
                bus: (300..360).contains(&t).then_some(5),
                ..Shown::default()
            },
            "unchanged 0",
        ),
        (
            "it was put out, taken in for half an hour, and put out again",
            3600,
            |t| Shown {
                thing: Some(7).filter(|_| !(600..2400).contains(&t)),
                ..Shown::default()
            },
            "unclear",
        ),
        (
            "the camera comes back a little off",
            600,
            |t| Shown {
                moved: if t >= 400 { 6 } else { 0 },
                thing: from(300, t),
                ..Shown::default()
            },
            "new 300",
        ),
    ];

    #[test]
    fn what_the_witness_says_of_a_place() {
        let mut wrong = Vec::new();
        for (name, until, story, want) in ROWS {
            let account = watched(until, story).account(&PLACE);
            let right = match (account, want.strip_prefix("new ")) {
                (Account::New { since, before }, Some(came)) => {
                    let came: i64 = came.parse().expect("seconds");
                    let late = since.0 / 1000 - came;
                    // Never too early, and late by no more than a fifth of its age.
                    before.0 / 1000 < came && (0..=(until - came) / 5).contains(&late)
                }
                _ => tell(account) == want,
            };
            if !right {
                wrong.push(format!("{name}: {account:?}, not {want}"));
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
        let small = BBox::new(0.4, 0.4, 0.02, 0.03);
        assert_eq!(
            watched(600, |_| Shown::default()).account(&small),
            Account::Unclear
        );
        assert_eq!(Witness::default().account(&PLACE), Account::Unclear);
    }

    #[test]
    fn cleared_is_what_shows_the_ground_again() {
        let rows: [(&str, Story, Outcome); 5] = [
            (
                "it stands",
                |t| Shown {
                    thing: from(200, t),
                    ..Shown::default()
                },
                Outcome::Stands,
            ),
            (
                "it is gone",
                |t| Shown {
                    thing: from(200, t).filter(|_| t <= 400),
                    ..Shown::default()
                },
                Outcome::Restored,
            ),
            (
                "it is gone for one look of three",
                |t| Shown {
                    thing: from(200, t).filter(|_| t != 600),
                    ..Shown::default()
                },
                Outcome::Stands,
            ),
            (
                "something else lies there",
                |t| Shown {
                    thing: from(200, t).map(|a| if t > 400 { 8 } else { a }),
                    ..Shown::default()
                },
                Outcome::Unclear,
            ),
            (
                "infrared came on",
                |t| Shown {
                    thing: from(200, t),
                    infrared: t > 400,
                    ..Shown::default()
                },
                Outcome::Unclear,
            ),
        ];
        for (name, story, want) in rows {
            let then = watched(400, story);
            let Account::New { before, .. } = then.account(&PLACE) else {
                panic!("{name}: {:?}", then.account(&PLACE));
            };
            let trace = then.trace(&PLACE, Some(before)).expect("large enough");
            assert_eq!(watched(600, story).outcome(&trace), want, "{name}");
        }
        // It stood there from the beginning: only that it looks otherwise now can be said.
        let always = |t: i64| Shown {
            thing: Some(7).filter(|_| t <= 400),
            ..Shown::default()
        };
        let trace = watched(400, always).trace(&PLACE, None).expect("large enough");
        assert_eq!(watched(600, always).outcome(&trace), Outcome::Restored);
    }

    #[test]
    fn the_memory_is_bounded_and_reaches_far() {
        let mut witness = Witness::default();
        let luma = picture(Shown::default());
        for look in 0..6000i64 {
            witness.remember(Wall(look * 60_000), Point::default(), false, &luma);
            assert!(witness.pages.len() <= PAGES_MAX);
        }
        let now = Wall(5999 * 60_000);
        let ages: Vec<i64> = witness
            .pages
            .iter()
            .map(|p| now.millis_since(p.at) / 60_000)
            .collect();
        assert!(ages[0] >= 24 * 60 && ages[0] <= 49 * 60, "{ages:?}");
        assert!(
            ages.windows(2).skip(1).all(|pair| pair[0] <= 5 * pair[1].max(1)),
            "{ages:?}"
        );
        let large = Luma {
            width: 400,
            height: 300,
            samples: vec![1; 400 * 300].into(),
        };
        witness.remember(Wall(6000 * 60_000), Point::default(), false, &large);
        assert_eq!(
            witness.pages.last().map(|p| p.luma.width),
            Some(SIZE.0),
            "too large a picture is not kept"
        );
    }
}

//! What the looks since an order said of its place, and what follows. Not for: reading a look (`glimpse`).

use std::collections::BTreeMap;

use curbwatch_types::{Answer, BBox, Inconclusive, Wall};

use crate::patch::Patch;

/// Boxes that share this much hold one thing that stands.
const STAYS_IOU: f32 = 0.4;
/// Likeness (correlation) that passes for one thing between two looks; what passes by is unlike.
const STAYS_LIKE: f32 = 0.2;

/// What one look said of a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Glimpse {
    /// The thing is there.
    Same,
    /// The place was in view without it.
    Absent,
    /// Another thing is there, in the base view.
    Other(BBox, Option<Patch>),
    /// The place could not be seen.
    Hidden,
}

/// How long a thing must stay, and a place be without it, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) stationary_ms: i64,
    pub(crate) vacant_ms: i64,
    /// Looks without it that make it gone: 2, or 3 where the scene never saw it and a place that looks as it did cannot tell
    /// that the detector misses it.
    pub(crate) away_looks: u32,
}

/// Looks in a row that said the same.
#[derive(Debug, Clone, Copy)]
struct Run {
    since: Wall,
    looks: u32,
}

impl Run {
    fn extend(run: &mut Option<Self>, at: Wall) {
        let run = run.get_or_insert(Self { since: at, looks: 0 });
        run.looks = run.looks.saturating_add(1);
    }

    /// So many looks at least, this long apart.
    fn lasted(run: Option<Self>, at: Wall, looks: u32, for_ms: i64) -> bool {
        run.is_some_and(|run| run.looks >= looks && at.millis_since(run.since) >= for_ms)
    }
}

#[derive(Debug, Clone)]
struct Stranger {
    run: Option<Run>,
    bbox: BBox,
    patch: Option<Patch>,
}

/// The looks since an order.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Pictures.
    pub(crate) looks: u32,
    /// Of these, the ones that said something of the place.
    pub(crate) telling: u32,
    /// The others by their reason.
    blind: BTreeMap<Inconclusive, u32>,
    /// Looks that showed it, with or without others between them: one missed detection takes nothing back.
    there: Option<Run>,
    /// Looks in a row without it.
    away: Option<Run>,
    other: Option<Stranger>,
    /// The looks in a row without it began with, or hold, one of an empty place.
    empty: bool,
    /// The latest look without it.
    latest: Wall,
    shows_it: bool,
}

impl Tally {
    /// A picture that could not be used.
    pub(crate) fn note_blind(&mut self, reason: Inconclusive) {
        self.looks = self.looks.saturating_add(1);
        *self.blind.entry(reason).or_default() += 1;
    }

    /// A usable picture: the answer, where it is clear now.
    pub(crate) fn note(&mut self, at: Wall, glimpse: Glimpse, patience: &Patience) -> Option<Answer> {
        if glimpse == Glimpse::Hidden {
            self.note_blind(Inconclusive::Occluded);
            return None;
        }
        self.looks = self.looks.saturating_add(1);
        self.telling = self.telling.saturating_add(1);
        self.shows_it = glimpse == Glimpse::Same;
        match glimpse {
            Glimpse::Same => {
                (self.away, self.other, self.empty) = (None, None, false);
                Run::extend(&mut self.there, at);
                Run::lasted(self.there, at, 2, patience.stationary_ms).then_some(Answer::Present)
            }
            Glimpse::Absent => {
                self.other = None;
                Run::extend(&mut self.away, at);
                (self.empty, self.latest) = (true, at);
                Run::lasted(self.away, at, patience.away_looks, patience.vacant_ms).then_some(Answer::Cleared)
            }
            Glimpse::Other(bbox, patch) => {
                Run::extend(&mut self.away, at);
                let stays = self.other.take().filter(|old| old.is_like(&bbox, patch.as_ref()));
                let mut run = stays.and_then(|old| old.run);
                Run::extend(&mut run, at);
                self.other = Some(Stranger { run, bbox, patch });
                self.latest = at;
                Run::lasted(run, at, 2, patience.stationary_ms).then_some(Answer::Reoccupied)
            }
            Glimpse::Hidden => None,
        }
    }

    /// The answer at the deadline: one look at the thing is enough to say that it is there, never that it is gone. Where
    /// the place was seen empty, one look at another one is enough to say that it is taken again.
    pub(crate) fn at_the_deadline(&self, patience: &Patience) -> Answer {
        if self.shows_it {
            return Answer::Present;
        }
        let gone = Run::lasted(self.away, self.latest, patience.away_looks, patience.vacant_ms);
        if gone && self.empty && self.other.is_some() {
            return Answer::Reoccupied;
        }
        let reason = self
            .blind
            .iter()
            .max_by_key(|(reason, looks)| (**looks, std::cmp::Reverse(**reason)))
            .map(|(reason, _)| *reason);
        Answer::Inconclusive(match reason {
            Some(reason) => reason,
            None if self.looks == 0 => Inconclusive::NoPicture,
            None => Inconclusive::Undecided,
        })
    }

    /// When the next look would decide something, if it says what the latest one said.
    pub(crate) fn next(&self, patience: &Patience) -> Option<Wall> {
        let in_stead = self.other.as_ref().and_then(|other| other.run);
        let (run, wait_ms) = match (in_stead, self.away, self.there) {
            (None, Some(run), _) => (run, patience.vacant_ms),
            (Some(run), _, _) | (None, None, Some(run)) => (run, patience.stationary_ms),
            (None, None, None) => return None,
        };
        Some(run.since.plus_millis(wait_ms))
    }
}

impl Stranger {
    fn is_like(&self, bbox: &BBox, patch: Option<&Patch>) -> bool {
        let like = self.patch.as_ref().zip(patch).map(|(a, b)| a.likeness(b));
        self.bbox.iou(bbox) >= STAYS_IOU && like.is_none_or(|like| like >= STAYS_LIKE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        stationary_ms: 20_000,
        vacant_ms: 60_000,
        away_looks: 2,
    };

    /// One letter a look: `s`ame, `a`bsent, `o`ther, `p`asser-by (another other), `h`idden, `m`oved, `f`rozen;
    /// 30 s apart. The look that decides and its answer, or the answer at the deadline.
    fn play(looks: &str) -> (usize, Answer) {
        let mut tally = Tally::default();
        for (i, look) in looks.chars().enumerate() {
            let at = Wall(i as i64 * 30_000);
            let spot = |x| Glimpse::Other(BBox::new(x, 0.3, 0.1, 0.1), None);
            let glimpse = match look {
                's' => Glimpse::Same,
                'a' => Glimpse::Absent,
                'o' => spot(0.3),
                'p' => spot(0.3 + 0.08 * (i + 1) as f32),
                'm' | 'f' => {
                    tally.note_blind(if look == 'm' {
                        Inconclusive::Moved
                    } else {
                        Inconclusive::Frozen
                    });
                    continue;
                }
                _ => Glimpse::Hidden,
            };
            if let Some(answer) = tally.note(at, glimpse, &PATIENCE) {
                return (i, answer);
            }
        }
        (looks.len(), tally.at_the_deadline(&PATIENCE))
    }

    #[test]
    fn what_looks_say_together() {
        use Answer::{Cleared, Present, Reoccupied};
        let not = Answer::Inconclusive;
        let rows = [
            ("two looks", "ss", (1, Present)),
            ("one look", "s", (1, Present)),
            ("one missed", "sas", (2, Present)),
            ("it comes back", "aas", (3, Present)),
            ("gone for a minute", "aaa", (2, Cleared)),
            ("not long enough", "aa", (2, not(Inconclusive::Undecided))),
            ("seen between", "aasaa", (5, not(Inconclusive::Undecided))),
            ("somebody passes", "apa", (2, Cleared)),
            ("traffic", "ppp", (3, not(Inconclusive::Undecided))),
            ("another one", "aoo", (2, Reoccupied)),
            ("empty, then another one comes", "aho", (3, Reoccupied)),
            ("covered", "hhh", (3, not(Inconclusive::Occluded))),
            ("covered in between", "hahaa", (3, Cleared)),
            ("turned away", "mmm", (3, not(Inconclusive::Moved))),
            ("mostly frozen", "mffa", (4, not(Inconclusive::Frozen))),
            ("nothing came", "", (0, not(Inconclusive::NoPicture))),
        ];
        for (name, looks, want) in rows {
            assert_eq!(play(looks), want, "{name}");
        }
    }
}

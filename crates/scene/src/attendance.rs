//! Whether somebody stays beside a thing: who is still there in the next look that shows anybody. Not for: what that means
//! (`rules`, [`crate::rules::Company`]). Input: the people beside the thing, look by look.
//!
//! Two ways to tell. Who stays beside it in `attended_share` of all looks tends it. A trader whose counter hides him to the
//! shoulders is found in one look of several, so for him a look that shows nobody says nothing; what tells him from those who
//! pass behind is that he is in the very spot again, and nobody else is, each time anybody is seen.

use curbwatch_types::BBox;

use crate::kept::kept;

/// Somebody beside a thing whose box shares as much with that of somebody before stays there. A trader turns and
/// bends; who walks is a step aside within a second.
const STAYS_IOU: f32 = 0.15;
/// Who is seen above a counter is in the very spot again from here on: jitter of 5 % of a side leaves two boxes .7.
const SPOT_IOU: f32 = 0.5;
/// Looks that show somebody behind it in the very spot again before that is no chance. 2: of those who pass, one in six or so is
/// in the spot of the one before.
const AGAIN_MIN: u32 = 2;
/// Looks in a row that show nobody after which he has gone. 20: who is found in one look of nine is missed by so many one time
/// in ten.
const UNSEEN_MAX: u32 = 20;
/// People remembered.
const PEOPLE_MAX: usize = 8;

/// Who was beside one thing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attendance {
    /// Looks that showed the thing after the first, of which nobody can tell.
    looks: u32,
    /// Those that showed anybody beside it ...
    peopled: u32,
    /// ... that showed somebody who stays ...
    attended: u32,
    /// ... and those that showed him behind it, in the very spot.
    again: u32,
    /// Looks in a row without anybody.
    unseen: u32,
    /// The people of the latest look that showed any; at most [`PEOPLE_MAX`].
    people: Vec<BBox>,
    begun: bool,
}

kept!(Attendance {
    looks,
    peopled,
    attended,
    again,
    unseen,
    people,
    begun,
});

impl Attendance {
    /// A look showed the thing, with these people beside it, strongest first: whether one of them stays there.
    /// `behind` says who is seen above the thing, his feet hidden by it.
    pub(crate) fn note(&mut self, mut people: Vec<BBox>, behind: impl Fn(&BBox) -> bool) -> bool {
        people.truncate(PEOPLE_MAX);
        let again = |now: &BBox, iou: f32| self.people.iter().any(|before| before.iou(now) >= iou);
        let attended = people.iter().any(|now| again(now, STAYS_IOU));
        let in_the_spot = people.iter().any(|now| again(now, SPOT_IOU) && behind(now));
        self.looks += u32::from(self.begun);
        self.peopled += u32::from(self.begun && !people.is_empty());
        self.attended += u32::from(attended);
        self.again += u32::from(in_the_spot);
        self.begun = true;
        if people.is_empty() {
            self.unseen = self.unseen.saturating_add(1);
        } else {
            (self.unseen, self.people) = (0, people);
        }
        attended
    }

    /// Whether somebody tends it, as far as is known.
    pub(crate) fn is_attended(&self, share: f32) -> bool {
        let enough = self.attended as f32 >= share * self.looks as f32;
        (self.attended > 0 && enough) || self.is_tended_from_behind(share)
    }

    /// Whether somebody stands behind it, seldom seen.
    pub(crate) fn is_tended_from_behind(&self, share: f32) -> bool {
        let enough = self.again as f32 >= share * self.peopled as f32;
        self.again >= AGAIN_MIN && enough && self.unseen <= UNSEEN_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After looks of which each shows one person at so many steps along the street, or nobody.
    fn after(looks: &[Option<f32>], behind: bool) -> Attendance {
        let mut attendance = Attendance::default();
        for look in looks {
            let people = look.map(|at| BBox::new(0.4 + 0.02 * at, 0.4, 0.03, 0.06));
            attendance.note(people.into_iter().collect(), |_| behind);
        }
        attendance
    }

    #[test]
    fn who_is_seldom_seen_must_be_in_the_very_spot_again() {
        let seldom = |spots: [f32; 4]| -> Vec<Option<f32>> {
            let look = |i: usize| (i % 6 == 3).then(|| spots[i / 6]);
            (0..24).map(look).collect()
        };
        let mut gone = seldom([0.0; 4]);
        gone.extend([None; 21]);
        let rows = [
            ("in front in every look", vec![Some(0.0); 8], false, true),
            ("in front, seldom", seldom([0.0; 4]), false, false),
            ("behind, seldom", seldom([0.0, 0.1, -0.1, 0.0]), true, true),
            ("behind, twice", seldom([0.0; 4])[..12].to_vec(), true, false),
            ("others pass behind", seldom([0.0, 2.0, 1.0, 3.0]), true, false),
            ("he went", gone, true, false),
        ];
        for (name, looks, behind, want) in rows {
            assert_eq!(after(&looks, behind).is_attended(0.5), want, "{name}");
        }
    }
}

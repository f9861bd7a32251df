//! Which of a camera's views a picture shows, and where its content lies against that view.
//!
//! The view of the latest picture is asked first, and where the picture fits it beyond doubt nothing else is. Else all views are
//! asked, the likeliest of them thoroughly, and the one that fits best has to lead. Of two that fit alike, because their views overlap, it is the one that was last
//! seen nearer to where the picture would lie, the latest view before all others. What fits none shows an unknown view, and
//! judges nothing.
//!
//! Not for: how a picture is compared with a view (`registration`). With one view there is nothing to choose.

use curbwatch_types::{Luma, Wall};

use crate::CameraScene;
use crate::field::Field;
use crate::registration::{FIT_LEAD, Found, Registered, STRAY};
use crate::view_scene::ViewScene;

/// Views besides the latest one that are searched in full for a picture: the right one, and one that overlaps it.
const SEARCHED: usize = 2;

/// A view by its index, and where the picture lies in it.
type Candidate = (usize, Found);

impl CameraScene {
    /// Finds the view that the picture taken at `at` shows, `elapsed_ms` after the latest one; `None` when it shows none. `sound`: whether
    /// that view may learn from it.
    pub(crate) fn find_view(
        &mut self,
        thumbnail: &Luma,
        at: Wall,
        elapsed_ms: i64,
        sound: impl Fn(&ViewScene) -> bool,
    ) -> Option<Registered> {
        if let [only] = self.views.as_mut_slice() {
            let sound = sound(only);
            return only.registration.register(thumbnail, elapsed_ms, sound);
        }
        let before = self.now;
        // Nothing but what it shows says where the head looks.
        let field = Field::of(thumbnail)?;
        let here = self.views[before].registration.find_near(&field);
        let found = here
            .map(|found| (before, found))
            .or_else(|| self.among_all(&field));
        let Some((view, found)) = found else {
            return self.learn(field);
        };
        let mut elapsed_ms = elapsed_ms;
        if view != before {
            let away_ms = self.views[view].seen_at.map(|seen| at.millis_since(seen));
            self.now = view;
            self.since_last_ms = away_ms.unwrap_or(i64::MAX);
            elapsed_ms = away_ms.unwrap_or_default();
        }
        let view = &mut self.views[view];
        let sound = sound(view);
        Some(view.registration.take(&field, found, elapsed_ms, sound))
    }

    fn among_all(&self, field: &Field) -> Option<Candidate> {
        let all = || self.views.iter().map(|view| &view.registration).enumerate();
        // A head that turned to a preset mostly hits it; then the range need not be searched.
        let near: Vec<Candidate> = all()
            .filter_map(|(i, view)| Some((i, view.find_near(field)?)))
            .collect();
        self.leading(&near).or_else(|| {
            // The whole range takes longest: searched coarsely everywhere, in full where it is likeliest.
            let half = field.halved();
            let mut likely: Vec<(usize, f32)> = all()
                .filter(|(i, _)| *i != self.now)
                .map(|(i, view)| (i, view.glance(&half)))
                .collect();
            likely.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let searched = likely.into_iter().take(SEARCHED).map(|(i, _)| i);
            let found: Vec<Candidate> = std::iter::once(self.now)
                .chain(searched)
                .filter_map(|i| Some((i, self.views[i].registration.find(field)?)))
                .collect();
            self.leading(&found)
        })
    }

    /// The one of the candidates that is shown, where that can be told.
    fn leading(&self, candidates: &[Candidate]) -> Option<Candidate> {
        let best = candidates
            .iter()
            .map(|(_, found)| found.fit)
            .fold(f32::MIN, f32::max);
        let mut rivals: Vec<Candidate> = candidates
            .iter()
            .copied()
            .filter(|(_, found)| found.fit > best - FIT_LEAD)
            .collect();
        let stays = rivals
            .iter()
            .find(|(i, found)| *i == self.now && found.strayed <= STRAY);
        if let Some(stays) = stays {
            return Some(*stays);
        }
        rivals.sort_by_key(|(i, found)| (found.strayed, *i));
        match rivals.as_slice() {
            [one] => Some(*one),
            [nearest, next, ..] if next.1.strayed - nearest.1.strayed > STRAY => Some(*nearest),
            _ => None,
        }
    }

    /// A picture that fits no view: the base view is learned from it, where nobody stored a picture of it and the views that were
    /// stored could have been recognised.
    fn learn(&mut self, field: Field) -> Option<Registered> {
        let (base, others) = self.views.split_first_mut()?;
        if others.iter().any(|view| !view.registration.is_of_shape(&field)) {
            return None;
        }
        let learned = base.registration.miss(field)?;
        self.now = 0;
        self.since_last_ms = i64::MAX;
        Some(learned)
    }
}

#[cfg(test)]
mod tests {
    use curbwatch_types::{CameraId, ViewId};

    use super::*;
    use crate::registration::tests::street;
    use crate::{Options, Reference, ViewOptions};

    /// A camera with views that were stored of these pictures; `learned` leaves the first one's out.
    fn camera(pictures: &[Luma], learned: bool) -> CameraScene {
        let view = |(i, picture)| ViewOptions {
            view: ViewId::new(&format!("v{i}")).expect("an id"),
            reference: Reference::new(picture).filter(|_| i > 0 || !learned),
            ground_from_image: None,
        };
        let options = Options {
            views: pictures.iter().enumerate().map(view).collect(),
            ..Options::default()
        };
        CameraScene::new(CameraId::new("ptz").expect("an id"), Vec::new(), options)
    }

    fn found(camera: &mut CameraScene, picture: &Luma) -> Option<usize> {
        camera
            .find_view(picture, Wall(0), 5_000, |_| true)
            .map(|_| camera.now)
    }

    #[test]
    fn a_picture_is_of_the_view_that_it_fits_best() {
        let plain = |salt| street(0, 0, 0.8, salt);
        // Another preset of the same head that sees an eighth of the picture more to the right.
        let beside = street(20, 0, 0.8, 1);
        let mut views: Vec<Luma> = (1..6).map(plain).collect();
        views.push(beside.clone());
        let mut ptz = camera(&views, false);
        let rows = [
            ("the base view", plain(1), Some(0)),
            ("another", plain(3), Some(2)),
            (
                "missed by some cells, in half the light",
                street(14, -8, 0.4, 5),
                Some(4),
            ),
            ("and there again", street(14, -8, 0.4, 5), Some(4)),
            ("nobody's", plain(77), None),
            (
                "after which the latest view is still known",
                street(14, -8, 0.4, 5),
                Some(4),
            ),
            ("of two that overlap the one it lies nearer to", beside, Some(5)),
            ("or the other", plain(1), Some(0)),
            ("between the two, nobody can tell", street(10, 0, 0.8, 1), None),
            ("without any structure", Luma::default(), None),
        ];
        for (name, picture, want) in rows {
            assert_eq!(found(&mut ptz, &picture), want, "{name}");
        }
    }

    #[test]
    fn two_views_that_look_alike_are_not_told_apart() {
        let alike = |dx| Reference::new(&street(dx, 0, 0.8, 1)).expect("structure");
        assert!(alike(0).is_like(&alike(2)), "a cell apart");
        assert!(!alike(0).is_like(&alike(20)), "an eighth of the picture apart");
        let mut ptz = camera(
            &[street(0, 0, 0.8, 2), street(0, 0, 0.8, 1), street(2, 0, 0.8, 1)],
            false,
        );
        assert_eq!(found(&mut ptz, &street(1, 0, 0.8, 1)), None);
    }

    #[test]
    fn the_base_view_is_learned_from_what_shows_no_other() {
        let (kerb, gate) = (street(0, 0, 0.8, 1), street(0, 0, 0.8, 2));
        let mut ptz = camera(&[kerb.clone(), gate.clone()], true);
        let shown: Vec<Option<usize>> = [&gate, &kerb, &gate, &kerb, &kerb, &kerb]
            .map(|picture| found(&mut ptz, picture))
            .to_vec();
        assert_eq!(shown, [1, 0, 1, 0, 0, 0].map(Some));
        assert_eq!(found(&mut ptz, &street(0, 0, 0.8, 3)), None, "it is known by now");
        let wide = Luma {
            width: 160,
            height: 90,
            samples: kerb.samples.slice(..160 * 90),
        };
        assert_eq!(
            found(&mut ptz, &wide),
            None,
            "of another shape than what is stored"
        );
    }
}

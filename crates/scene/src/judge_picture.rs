//! Whether a look's picture may judge anything: new, clean, bright enough, alive and where it belongs; and what is told of one
//! that may not. Not for: what the picture shows.

use curbwatch_types::{CameraState, Inconclusive, Observation, Taint};

use crate::card::is_card;
use crate::flash::Light;
use crate::view_scene::ViewScene;
use crate::{CameraScene, PictureState};

impl CameraScene {
    /// Whether the picture may judge anything, and if so, where its content lies against the view.
    pub(crate) fn judge_picture(&mut self, observation: &Observation) -> bool {
        let at = observation.captured_at.at;
        if self.last_at.is_some_and(|last| at <= last) {
            self.counters.out_of_order += 1;
            return false;
        }
        let elapsed_ms = self.last_at.map_or(0, |last| at.millis_since(last));
        self.since_last_ms = self.last_at.map_or(i64::MAX, |last| at.millis_since(last));
        self.last_at = Some(at);
        if observation.unit.taint != Taint::Clean {
            return self.set_aside(CameraState::Tainted, Inconclusive::Tainted);
        }
        let digest = observation.health.coded_digest;
        if self.last_digest.replace(digest) == Some(digest) {
            return self.set_aside(CameraState::Frozen, Inconclusive::Frozen);
        }
        let health = &observation.health;
        if health.mean_luma < self.options.mean_luma_min {
            return self.set_aside(CameraState::Obscured, Inconclusive::TooDark);
        }
        if health.luma_deviation < self.options.luma_deviation_min {
            return self.set_aside(CameraState::Obscured, Inconclusive::Obscured);
        }
        if self.infrared.changes(health.chroma, at) {
            return self.set_aside(CameraState::Obscured, Inconclusive::Switching);
        }
        if self.freeze.is_frozen(&observation.thumbnail, at) {
            return self.set_aside(CameraState::Frozen, Inconclusive::Frozen);
        }
        self.judge_in_view(observation, elapsed_ms)
    }

    /// Whether the picture shows a view, and is fit to judge by what is usual in it.
    fn judge_in_view(&mut self, observation: &Observation, elapsed_ms: i64) -> bool {
        let (view, was_live) = (self.now, self.state.state == CameraState::Live);
        let (thumbnail, at) = (&observation.thumbnail, observation.captured_at.at);
        let (light, infrared) = (Light::of(thumbnail), self.infrared.is_on());
        for view in &mut self.views {
            view.see_in(infrared);
        }
        let sound = |view: &ViewScene| view.doubt(observation, &light, infrared).is_none();
        let found = self.find_view(thumbnail, at, elapsed_ms, sound);
        if self.views.len() > 1 && !(found.is_some() && was_live && self.now == view) {
            self.freeze.turned();
        }
        let Some(found) = found else {
            return match self.views[self.now].hides(observation, &light, infrared) {
                Some(why) => self.set_aside(CameraState::Obscured, why),
                None => self.set_aside(CameraState::Moved, self.elsewhere(observation)),
            };
        };
        let shown = &mut self.views[self.now];
        let doubt = shown.doubt(observation, &light, infrared);
        shown.follow(observation, &light, infrared, doubt);
        if let Some(why) = doubt {
            return self.set_aside(CameraState::Obscured, why);
        }
        shown.offset = found.offset;
        self.state = PictureState {
            state: CameraState::Live,
            why: None,
            offset: found.offset,
            fit: found.fit,
        };
        true
    }

    /// Why a picture shows no view of the camera.
    fn elsewhere(&self, observation: &Observation) -> Inconclusive {
        if is_card(&observation.thumbnail, self.options.card_share_min) {
            Inconclusive::Placeholder
        } else if self.views.len() > 1 {
            Inconclusive::UnknownView
        } else {
            Inconclusive::Moved
        }
    }

    /// The picture judges nothing, and this is why.
    fn set_aside(&mut self, state: CameraState, why: Inconclusive) -> bool {
        (self.state.state, self.state.why) = (state, Some(why));
        let counters = &mut self.counters;
        *match (state, why) {
            (CameraState::Tainted, _) => &mut counters.tainted,
            (CameraState::Frozen, _) => &mut counters.repeated,
            (CameraState::Moved, _) => &mut counters.moved,
            (_, Inconclusive::Switching) => &mut counters.switching,
            (_, Inconclusive::Dazzled) => &mut counters.dazzled,
            (_, Inconclusive::Blurred) => &mut counters.blurred,
            _ => &mut counters.obscured,
        } += 1;
        false
    }

    /// The picture judges nothing: re-checks learn why.
    pub(crate) fn note_blind(&mut self, observation: &Observation) {
        let Some(reason) = self.state.why else { return };
        for view in &mut self.views {
            view.is_blind(observation, reason);
        }
    }
}

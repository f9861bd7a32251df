//! Whether a look's picture may judge anything: new, clean, bright enough, alive and where it belongs; and what is told of one
//! that may not. Not for: what the picture shows.

use curbwatch_types::{CameraState, Inconclusive, Observation, Taint};

use crate::card::is_card;
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
            self.counters.tainted += 1;
            self.state.state = CameraState::Tainted;
            return false;
        }
        let digest = observation.health.coded_digest;
        if self.last_digest.replace(digest) == Some(digest) {
            self.counters.repeated += 1;
            self.state.state = CameraState::Frozen;
            return false;
        }
        let health = &observation.health;
        if health.mean_luma < self.options.mean_luma_min
            || health.luma_deviation < self.options.luma_deviation_min
        {
            self.counters.obscured += 1;
            self.state.state = CameraState::Obscured;
            return false;
        }
        if self.freeze.is_frozen(&observation.thumbnail, at) {
            self.counters.repeated += 1;
            self.state.state = CameraState::Frozen;
            return false;
        }
        let (view, was_live) = (self.now, self.state.state == CameraState::Live);
        let found = self.find_view(&observation.thumbnail, at, elapsed_ms);
        if self.views.len() > 1 && !(found.is_some() && was_live && self.now == view) {
            self.freeze.turned();
        }
        let Some(found) = found else {
            self.counters.moved += 1;
            self.state.state = CameraState::Moved;
            return false;
        };
        self.state = PictureState {
            state: CameraState::Live,
            offset: found.offset,
            fit: found.fit,
        };
        self.views[self.now].offset = found.offset;
        true
    }

    /// The picture judges nothing: re-checks learn why.
    pub(crate) fn note_blind(&mut self, observation: &Observation) {
        let reason = match self.state.state {
            CameraState::Tainted => Inconclusive::Tainted,
            CameraState::Frozen => Inconclusive::Frozen,
            CameraState::Obscured if observation.health.mean_luma < self.options.mean_luma_min => {
                Inconclusive::TooDark
            }
            CameraState::Obscured => Inconclusive::Obscured,
            _ if is_card(&observation.thumbnail, self.options.card_share_min) => Inconclusive::Placeholder,
            _ if self.views.len() > 1 => Inconclusive::UnknownView,
            _ => Inconclusive::Moved,
        };
        for view in &mut self.views {
            view.is_blind(observation, reason);
        }
    }
}

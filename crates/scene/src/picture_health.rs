//! What a view makes of the health of a picture that may show it: dazzled, blurred, in another light than before.
//!
//! Sharpness and brightness are the view's: a lane of trees has twice the sharpness of a bare road, and a camera that goes
//! from preset to preset must not be dazzled by the sky in one of them. That colours go is the camera's (`infrared`); each
//! view learns it with the first look that shows it again.
//!
//! Not for: pictures that are black, frozen or tainted; those show nothing to any view (`judge_picture`).

use curbwatch_types::{Inconclusive, Observation};

use crate::flash::{Flash, Light};
use crate::member::Member;
use crate::registration::Registration;
use crate::view_scene::ViewScene;

impl ViewScene {
    /// Why a picture is not fit to judge, by what is usual in this view. Takes nothing in.
    pub(crate) fn doubt(
        &self,
        observation: &Observation,
        light: &Light,
        infrared: bool,
    ) -> Option<Inconclusive> {
        let at = observation.captured_at.at;
        let sharpness = observation.health.sharpness;
        if self.flash.dazzles(light, at) {
            return Some(Inconclusive::Dazzled);
        }
        let blurred = self.sharpness.is_blurred(sharpness, observation.size, infrared);
        blurred.then_some(Inconclusive::Blurred)
    }

    /// Why a picture does not show the view, where that is not for the camera's being turned away.
    pub(crate) fn hides(
        &self,
        observation: &Observation,
        light: &Light,
        infrared: bool,
    ) -> Option<Inconclusive> {
        let (size, sharpness) = (observation.size, observation.health.sharpness);
        if self.flash.blinds(light) {
            return Some(Inconclusive::Dazzled);
        }
        let gone = self.sharpness.is_gone(sharpness, size, infrared);
        gone.then_some(Inconclusive::Blurred)
    }

    /// Takes in the health of a picture that shows the view, whether it judges or not: what lasts becomes usual.
    pub(crate) fn follow(
        &mut self,
        observation: &Observation,
        light: &Light,
        infrared: bool,
        doubt: Option<Inconclusive>,
    ) {
        let at = observation.captured_at.at;
        self.flash.follow(light, at);
        if doubt != Some(Inconclusive::Dazzled) {
            let sharpness = observation.health.sharpness;
            self.sharpness.follow(sharpness, observation.size, infrared, at);
        }
    }

    /// Pictures are in colour from now on, or in infrared: after a change nothing looks as it did, and the same things stand in the same places.
    pub(crate) fn see_in(&mut self, infrared: bool) {
        if self.infrared == infrared {
            return;
        }
        self.infrared = infrared;
        self.flash = Flash::default();
        let known = self.other_light.take().filter(Registration::knows_the_view);
        let registration = known.unwrap_or_else(|| self.registration.in_other_light());
        self.other_light = Some(std::mem::replace(&mut self.registration, registration));
        for anchor in &mut self.anchors {
            anchor.forget_looks();
        }
        for group in self.watches.iter_mut().flat_map(|watch| &mut watch.groups) {
            group.members.iter_mut().for_each(Member::forget_looks);
        }
        self.desk.forget_looks();
    }
}

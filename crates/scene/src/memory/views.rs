//! The part of a memory that is about one view of the camera.

use std::collections::BTreeSet;
use std::sync::Arc;

use curbwatch_types::{Point, ViewId, Wall};

use super::fnv1a;
use super::watches::KeptWatch;
use crate::OpenIncident;
use crate::anchor::Anchor;
use crate::flash::Flash;
use crate::ground::Ground;
use crate::kept::{Kept, Writer, kept};
use crate::look_times::LookTimes;
use crate::registration::Registration;
use crate::sharpness::Sharpness;
use crate::view_scene::ViewScene;
use crate::watch::Watch;
use crate::witness::Witness;

/// A view's scene at rest.
pub(crate) struct KeptView {
    view: Option<ViewId>,
    /// Digest of the picture that was stored of it.
    reference: Option<u64>,
    pub(crate) slot: u64,
    /// Digest of the zones, so that it shows when they were drawn anew.
    zones: u64,
    next_id: u64,
    anchors: Vec<Anchor>,
    watches: Vec<KeptWatch>,
    ground: Ground,
    witness: Option<Witness>,
    registration: Registration,
    sharpness: Sharpness,
    flash: Flash,
    infrared: bool,
    other_light: Option<Registration>,
    offset: Point,
    seen_at: Option<Wall>,
    blind_since: Option<Wall>,
    looked: LookTimes,
}

kept!(KeptView {
    view,
    reference,
    slot,
    zones,
    next_id,
    anchors,
    watches,
    ground,
    witness,
    registration,
    sharpness,
    flash,
    infrared,
    other_light,
    offset,
    seen_at,
    blind_since,
    looked,
});

impl KeptView {
    /// Whether what lies where means in it what it means in `view`.
    pub(crate) fn is_of(&self, view: &ViewScene) -> bool {
        self.view.as_ref() == view.zones.view() && self.reference == view.reference
    }
}

impl ViewScene {
    pub(crate) fn to_keep(&self) -> KeptView {
        KeptView {
            view: self.zones.view().cloned(),
            reference: self.reference,
            slot: self.slot,
            zones: self.zones_digest(),
            next_id: self.next_id,
            anchors: self.anchors.clone(),
            watches: self.watches.iter().map(Watch::to_keep).collect(),
            ground: self.ground.clone(),
            witness: self.witness.clone(),
            registration: self.registration.clone(),
            sharpness: self.sharpness.clone(),
            flash: self.flash.clone(),
            infrared: self.infrared,
            other_light: self.other_light.clone(),
            offset: self.offset,
            seen_at: self.seen_at,
            blind_since: self.blind_since,
            looked: self.looked.clone(),
        }
    }

    pub(crate) fn take_up(&mut self, kept: KeptView) {
        self.blind_since = kept.blind_since;
        self.looked = kept.looked;
        self.seen_at = kept.seen_at;
        self.offset = kept.offset;
        self.registration = kept.registration;
        self.sharpness = kept.sharpness;
        self.flash = kept.flash;
        self.infrared = kept.infrared;
        self.other_light = kept.other_light;
        self.ground = kept.ground;
        // One that has nothing to say here, or is heard for the first time, stays as it is.
        self.witness = self.witness.take().map(|fresh| kept.witness.unwrap_or(fresh));
        self.number_from(kept.slot);
        self.next_id = kept.next_id;
        self.anchors = kept.anchors;
        let drawn_anew = kept.zones != self.zones_digest();
        let (zones, rule) = (&self.zones, self.rule);
        self.anchors.retain(|anchor| {
            let stays = || zones.enforced(rule, anchor.place.ground_contact()).is_some();
            !drawn_anew || anchor.opened.is_some() || stays()
        });
        if self.anchors.len() > self.options.anchors_max {
            self.anchors
                .sort_by_key(|anchor| (anchor.opened.is_none(), anchor.first_seen.at, anchor.id));
            self.anchors.truncate(self.options.anchors_max);
            self.anchors.sort_by_key(|anchor| anchor.id);
        }
        for of_class in kept.watches {
            let mut watches = self.watches.iter_mut();
            if let Some(watch) = watches.find(|watch| *of_class.class == *watch.rule.rule.class.name()) {
                watch.take_up(of_class, drawn_anew.then_some(&self.zones));
            }
        }
    }

    fn zones_digest(&self) -> u64 {
        let mut to = Writer {
            bytes: Vec::new(),
            pictures: BTreeSet::new(),
        };
        for zone in self.zones.drawn() {
            zone.id.keep(&mut to);
            zone.kind.keep(&mut to);
            for corner in zone.polygon.points() {
                corner.keep(&mut to);
            }
        }
        fnv1a(&to.bytes)
    }

    /// See [`crate::CameraScene::agree`]; what is open and not known yet is not taken in.
    pub(crate) fn agree(&mut self, open: &[OpenIncident], ended: &[Arc<str>]) {
        self.anchors
            .retain(|anchor| !anchor.opened.as_ref().is_some_and(|o| ended.contains(&o.key)));
        let stands = |key: &Arc<str>| open.iter().any(|incident| incident.key == *key);
        for anchor in &mut self.anchors {
            anchor.opened.take_if(|opened| !stands(&opened.key));
        }
        for watch in &mut self.watches {
            watch.agree(open, ended);
        }
    }
}

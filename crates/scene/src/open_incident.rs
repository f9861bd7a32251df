//! What must outlive the process so that a restart opens no case twice.

use std::sync::Arc;

use curbwatch_types::{
    Appearance, BBox, CameraId, CapturedAt, GroundPlace, Score, ViewId, ViolationClass, Wall, Witness, ZoneId,
};

use crate::CameraScene;

/// An incident that has opened and not yet ended: plain values, to be stored and handed back to
/// [`CameraScene::adopt`](crate::CameraScene::adopt).
#[derive(Debug, Clone, PartialEq)]
pub struct OpenIncident {
    /// The incident's key, as in [`curbwatch_types::Incident::key`].
    pub key: Arc<str>,
    /// What kind of violation.
    pub class: ViolationClass,
    /// In which view.
    pub view: ViewId,
    /// In which zone.
    pub zone: ZoneId,
    /// Its place in the picture that showed it last, relative.
    pub bbox: BBox,
    /// First look that showed it.
    pub first_seen: CapturedAt,
    /// When its dwell was fulfilled.
    pub due: Wall,
    /// Latest look that showed it.
    pub last_seen: CapturedAt,
    /// Looks that showed it.
    pub present_looks: u32,
    /// Highest score among them.
    pub best_score: Score,
    /// The incident that stood in the same place before.
    pub supersedes: Option<Arc<str>>,
    /// Classes that gave way to it.
    pub also: Vec<ViolationClass>,
    /// What it looked like last, where the observations say.
    pub appearance: Option<Appearance>,
    /// Where it stands on shared ground, as the scene has it now; not read by [`CameraScene::adopt`](crate::CameraScene::adopt).
    pub ground: Option<GroundPlace>,
}

impl OpenIncident {
    /// The incidents by which the scene of `camera` knows a case: this, where `said_by` is that camera and nobody else has seen it; of a
    /// case with witnesses its own, less those that it has seen go. `scene` is the camera's, with what it remembers. A case with
    /// witnesses may have ended: those that were blind then go on.
    pub fn known_to(
        self,
        (camera, scene): (&CameraId, &CameraScene),
        said_by: &CameraId,
        witnesses: &[Witness],
    ) -> Vec<Self> {
        if witnesses.is_empty() {
            return if said_by == camera { vec![self] } else { Vec::new() };
        }
        let follows = scene.open_incidents();
        let let_go = |witness: &Witness| {
            let remembers = scene.last_at.is_some_and(|until| until >= witness.joined_at);
            remembers && follows.iter().all(|one| one.key != witness.key)
        };
        let here = witnesses
            .iter()
            .filter(|w| w.camera == *camera && w.gone_at.is_none());
        here.filter(|witness| !let_go(witness))
            .map(|witness| Self {
                key: Arc::clone(&witness.key),
                view: witness.view.clone(),
                zone: witness.zone.clone(),
                bbox: witness.bbox,
                first_seen: witness.first_seen,
                last_seen: witness.last_seen,
                ground: witness.ground.clone(),
                appearance: self.appearance.clone().filter(|_| said_by == camera),
                ..self.clone()
            })
            .collect()
    }
}

//! Shared ground in the scene stage: looks of cameras that are measured into one frame are put in the order of captured-at and
//! given to the ground register, which makes one case of what several of them see.
//!
//! A look is held for a moment, so that one that was taken earlier and came later still goes first: it costs the cases of these
//! cameras so much delay, and no other camera anything. Not for: what is the same (`scene::GroundRegister`).

use std::time::Duration;

use curbwatch_case::{CaseReader, OpenCase};
use curbwatch_scene::{Arrivals, CameraScene, GroundLook, GroundRegister, OpenIncident, Settled};
use curbwatch_types::{CameraId, Incident, Monotonic, RecheckOrder, Verdict, Wall, Witness};

use crate::Error;
use crate::fates::GroundFate;

/// How long a look is held. Looks of one moment are seconds apart when decoding or inference has a queue; the case of one that is
/// later still is the same case under the key of another camera.
const HELD: Duration = Duration::from_secs(2);
/// For so long an ended case may go on, in milliseconds: the longest of the classes' merge times.
const MERGE_MS_MAX: i64 = 24 * 3_600_000;
/// Cases taken up at a start: what the register holds.
const CASES_MAX: usize = 8192;

/// The register, and what is on its way to it.
#[derive(Debug, Default)]
pub(crate) struct CommonGround {
    register: GroundRegister,
    arrivals: Arrivals,
    /// What was told of fates, in their order.
    counted: [u64; 4],
}

impl CommonGround {
    /// With the cases of the store, at a start: open ones, and those that may go on.
    pub(crate) fn taken_up(cases: &CaseReader, now: Wall) -> Result<Self, Error> {
        let mut register = GroundRegister::default();
        for case in cases.cases_on_the_ground(now.plus_millis(-MERGE_MS_MAX), CASES_MAX)? {
            register.adopt(&case.into());
        }
        Ok(Self {
            register,
            ..Self::default()
        })
    }

    /// A scene that has what was left of its camera begins to be asked.
    pub(crate) fn reconcile(&mut self, camera: &CameraId, scene: &CameraScene) {
        if scene.shares_ground() {
            self.register.reconcile(camera, scene);
        }
    }

    /// A camera comes while the program runs, with what it has seen.
    pub(crate) fn enter(&mut self, scene: &CameraScene, cases: &[Incident]) {
        for case in cases {
            self.register.adopt(case);
        }
        self.reconcile(scene.camera(), scene);
    }

    /// A look was judged.
    pub(crate) fn put(&mut self, look: GroundLook, now: Monotonic) {
        self.arrivals.put(look, now);
    }

    /// What is told by now.
    pub(crate) fn due(&mut self, now: Monotonic) -> Vec<Settled> {
        if self.arrivals.is_empty() || now.0 < HELD {
            return Vec::new();
        }
        let looks = self.arrivals.held_since(Monotonic(now.0.saturating_sub(HELD)));
        self.settle(looks)
    }

    /// What is told of looks before a moment; nothing earlier comes any more.
    pub(crate) fn before(&mut self, moment: Wall) -> Vec<Settled> {
        let looks = self.arrivals.before(moment);
        self.settle(looks)
    }

    /// What is told of all that has come.
    pub(crate) fn all(&mut self) -> Vec<Settled> {
        let looks = self.arrivals.all();
        self.settle(looks)
    }

    fn settle(&mut self, looks: Vec<GroundLook>) -> Vec<Settled> {
        looks.into_iter().map(|look| self.register.settle(look)).collect()
    }

    /// A camera is watched no more.
    pub(crate) fn leave(&mut self, camera: &CameraId) {
        self.register.leave(camera);
    }

    /// Gives an order about a case of several views to the one that sees it, in that view's words.
    pub(crate) fn redirect(&self, order: RecheckOrder, now: Wall) -> RecheckOrder {
        let asked = order
            .incident
            .as_ref()
            .and_then(|case| self.register.to_ask(case, now));
        let elsewhere = |w: &&Witness| Some(&w.key) != order.incident.as_ref() || w.camera != order.camera;
        let Some(witness) = asked.filter(elsewhere) else {
            return order;
        };
        let same = witness.camera == order.camera && Some(&witness.view) == order.view.as_ref();
        RecheckOrder {
            camera: witness.camera.clone(),
            incident: Some(witness.key.clone()),
            view: Some(witness.view.clone()),
            zone: Some(witness.zone.clone()),
            bbox: Some(witness.bbox),
            // Another view sees another side of it.
            appearance: order.appearance.clone().filter(|_| same),
            ..order
        }
    }

    /// The verdict about the case, whatever the view that was asked calls it.
    pub(crate) fn of_case(&self, mut verdict: Verdict) -> Verdict {
        let case = verdict
            .order
            .incident
            .as_ref()
            .and_then(|local| self.register.case_of(local));
        if let Some(case) = case.cloned() {
            verdict.order.incident = Some(case);
        }
        verdict
    }

    /// What became of looks and incidents since this was last asked.
    pub(crate) fn news(&mut self) -> [(GroundFate, u64); 4] {
        let counts = self.register.counts();
        let now = [
            counts.joined,
            counts.resumed,
            counts.over_bound,
            self.arrivals.late(),
        ];
        let before = std::mem::replace(&mut self.counted, now);
        std::array::from_fn(|i| (GroundFate::ALL[i], now[i] - before[i]))
    }
}

/// The incidents by which a camera's scene knows the cases of the store that it has to go on with.
pub(crate) fn known_to(
    camera: &CameraId,
    scene: &CameraScene,
    cases: &CaseReader,
    now: Wall,
) -> Result<Vec<OpenIncident>, Error> {
    let seen = cases.cases_seen_by(camera, now.plus_millis(-MERGE_MS_MAX))?;
    let known = seen.into_iter().flat_map(|case| {
        let (said_by, witnesses) = (case.camera.clone(), case.witnesses.clone());
        open_incident(case).known_to((camera, scene), &said_by, &witnesses)
    });
    Ok(known.collect())
}

/// The cases that a camera has seen on ground that it shares.
pub(crate) fn on_the_ground(
    camera: &CameraId,
    scene: &CameraScene,
    cases: &CaseReader,
    now: Wall,
) -> Result<Vec<Incident>, Error> {
    if !scene.shares_ground() {
        return Ok(Vec::new());
    }
    let seen = cases.cases_seen_by(camera, now.plus_millis(-MERGE_MS_MAX))?;
    Ok(seen.into_iter().map(Incident::from).collect())
}

fn open_incident(case: OpenCase) -> OpenIncident {
    OpenIncident {
        key: case.key,
        class: case.class,
        view: case.view,
        zone: case.zone,
        bbox: case.bbox,
        first_seen: case.first_seen,
        due: case.due,
        last_seen: case.last_seen,
        present_looks: case.present_looks,
        best_score: case.best_score,
        supersedes: case.supersedes,
        also: case.also,
        appearance: case.appearance,
        ground: case.ground,
    }
}

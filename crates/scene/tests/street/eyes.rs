//! One street in metres, seen by several cameras that are measured into one frame: what each of them sees, and what the ground
//! register makes of what their scenes say.

use std::collections::BTreeMap;
use std::sync::Arc;

use curbwatch_scene::{
    Arrivals, CameraScene, Frame, GroundLook, GroundRegister, Homography, OpenIncident, Options, Pictures,
    ViewOptions,
};
use curbwatch_types::{
    BBox, CameraId, FrameId, Incident, IncidentChange, Monotonic, ObjectClass, Observation, ViewId, Wall,
    Zone,
};

use crate::look::{Look, observation};
use crate::time::told;

/// Height of every lens in metres, focal length in picture heights, the horizon's row, width over height.
const LENS_M: f64 = 8.0;
const FOCAL: f64 = 1.2;
const HORIZON: f64 = 0.25;
const ASPECT: f64 = 4.0 / 3.0;
/// So long nothing earlier comes any more, in milliseconds.
pub(crate) const PATIENCE_MS: i64 = 10_000;

/// A camera over the street.
#[derive(Debug, Clone)]
pub(crate) struct Eye {
    pub(crate) camera: CameraId,
    /// Where its lens hangs, in metres.
    pub(crate) north: f64,
    pub(crate) east: f64,
    /// Whether it looks north; else it looks south.
    pub(crate) northward: bool,
    /// Whether it is measured into the frame.
    pub(crate) measured: bool,
    pub(crate) zones: Vec<Zone>,
}

/// A look of one of the eyes.
#[derive(Debug, Clone)]
pub(crate) struct EyeLook {
    pub(crate) eye: usize,
    pub(crate) look: Look,
}

/// What happens, one thing after another.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    Look(Box<EyeLook>),
    /// The process ends and begins again, with or without what the scenes remember.
    Restart(bool),
}

impl Eye {
    fn sign(&self) -> f64 {
        if self.northward { 1.0 } else { -1.0 }
    }

    /// The box of what stands with its middle there and has these sides (along the street, across it, high), in metres.
    pub(crate) fn sees(
        &self,
        (north, east): (f64, f64),
        (long, wide, high): (f64, f64, f64),
    ) -> Option<BBox> {
        let (mut left, mut right, mut top, mut bottom) = (f64::MAX, f64::MIN, f64::MAX, f64::MIN);
        for corner in 0..8 {
            let half = |bit: i32, length: f64| {
                if corner & bit == 0 {
                    -length / 2.0
                } else {
                    length / 2.0
                }
            };
            let depth = self.sign() * (north + half(1, long) - self.north);
            if depth < 4.0 {
                return None;
            }
            let aside = self.sign() * (east + half(2, wide) - self.east);
            let up = high / 2.0 + half(4, high);
            let (x, y) = (
                0.5 + aside * FOCAL / depth / ASPECT,
                HORIZON + (LENS_M - up) * FOCAL / depth,
            );
            (left, right, top, bottom) = (left.min(x), right.max(x), top.min(y), bottom.max(y));
        }
        let seen = left < 1.0 && right > 0.0 && bottom > 0.0 && bottom < 1.0;
        seen.then(|| {
            BBox::new(
                left as f32,
                top as f32,
                (right - left) as f32,
                (bottom - top) as f32,
            )
        })
    }

    fn homography(&self) -> Homography {
        let (s, e, n) = (self.sign(), self.east, self.north);
        let right = s * ASPECT * LENS_M;
        let rows = [
            [right, e, -e * HORIZON - right / 2.0],
            [0.0, n, -n * HORIZON + s * FOCAL * LENS_M],
            [0.0, 1.0, -HORIZON],
        ];
        Homography::new(std::array::from_fn(|i| rows[i / 3][i % 3])).expect("a homography")
    }

    pub(crate) fn scene(&self, options: &Options) -> CameraScene {
        let view = ViewId::new("V1").expect("a name");
        let frame = Frame {
            id: FrameId::new("junction").expect("a name"),
            error_m: 0.3,
            origin: None,
        };
        let options = Options {
            ground_from_image: Some(self.homography()),
            frames: if self.measured {
                vec![(view.clone(), frame)]
            } else {
                Vec::new()
            },
            views: vec![ViewOptions {
                view,
                reference: None,
                ground_from_image: None,
            }],
            ..options.clone()
        };
        CameraScene::new(self.camera.clone(), self.zones.clone(), options)
    }
}

/// How large things are: along the street, across it, high, in metres.
pub(crate) fn sides(class: ObjectClass) -> (f64, f64, f64) {
    match class {
        ObjectClass::Car => (4.5, 1.8, 1.5),
        ObjectClass::Bus => (12.0, 2.5, 3.0),
        ObjectClass::Person => (0.4, 0.5, 1.7),
        ObjectClass::Stall => (2.0, 2.0, 2.1),
        ObjectClass::SandPile => (2.0, 2.0, 0.9),
        _ => (0.6, 0.6, 0.6),
    }
}

/// All eyes, their scenes, and the register, while a story is played.
pub(crate) struct Watchers<'a> {
    eyes: &'a [Eye],
    options: &'a Options,
    scenes: Vec<CameraScene>,
    digests: Vec<u64>,
    register: GroundRegister,
    arrivals: Arrivals,
    /// The latest change of each case.
    store: BTreeMap<Arc<str>, Incident>,
    pub(crate) told: Vec<Incident>,
    index: u64,
}

impl<'a> Watchers<'a> {
    pub(crate) fn new(eyes: &'a [Eye], options: &'a Options) -> Self {
        Self {
            eyes,
            options,
            scenes: eyes.iter().map(|eye| eye.scene(options)).collect(),
            digests: vec![0; eyes.len()],
            register: GroundRegister::default(),
            arrivals: Arrivals::default(),
            store: BTreeMap::new(),
            told: Vec::new(),
            index: 0,
        }
    }

    fn observed(&mut self, EyeLook { eye, look }: &EyeLook) -> Observation {
        self.index += 1;
        let mut observation = observation(look, self.index, self.digests[*eye]);
        self.digests[*eye] = observation.health.coded_digest;
        observation.camera = self.eyes[*eye].camera.clone();
        observation.unit.camera = self.eyes[*eye].camera.clone();
        observation
    }

    /// A look is judged; the register takes it when nothing earlier can come.
    fn look(&mut self, look: &EyeLook) {
        let at = Wall(look.look.at_ms);
        if let Some(look) = self.judge(look) {
            self.arrivals.put(look, Monotonic::default());
        }
        let settled = self.arrivals.before(at.plus_millis(-PATIENCE_MS));
        self.settle(settled);
    }

    /// A look is judged; nothing is left to be settled of a camera that shares no ground.
    pub(crate) fn judge(&mut self, look: &EyeLook) -> Option<GroundLook> {
        let observation = self.observed(look);
        let (scene, at) = (&mut self.scenes[look.eye], observation.captured_at);
        let incidents = scene.observe(observation);
        if self.eyes[look.eye].measured {
            return Some(scene.ground_look(at, incidents));
        }
        self.commit(incidents);
        None
    }

    /// Looks come to the register in this order, each so long after it was taken, in milliseconds.
    pub(crate) fn settle_late(&mut self, looks: &[(GroundLook, i64)]) {
        let mut order: Vec<&(GroundLook, i64)> = looks.iter().collect();
        order.sort_by_key(|(look, late_ms)| look.at.at.0 + late_ms);
        for (look, late_ms) in order {
            let now = look.at.at.plus_millis(*late_ms);
            self.arrivals.put(look.clone(), Monotonic::default());
            let settled = self.arrivals.before(now.plus_millis(-PATIENCE_MS));
            self.settle(settled);
        }
        self.drain();
        assert_eq!(
            self.arrivals.late(),
            0,
            "nothing was later than the register is patient"
        );
    }

    /// Nothing more comes.
    fn drain(&mut self) {
        let settled = self.arrivals.all();
        self.settle(settled);
    }

    fn settle(&mut self, looks: Vec<GroundLook>) {
        for look in looks {
            let settled = self.register.settle(look);
            self.commit(
                settled
                    .incidents
                    .into_iter()
                    .map(|(incident, _)| incident)
                    .collect(),
            );
        }
    }

    fn commit(&mut self, incidents: Vec<Incident>) {
        for incident in incidents {
            let row = Incident {
                shots: Vec::new(),
                ..incident.clone()
            };
            self.store.insert(Arc::clone(&incident.key), row);
            self.told.push(incident);
        }
    }

    /// Another process takes over.
    fn restart(&mut self, with_memory: bool) {
        self.drain();
        let stands = |case: &&Incident| matches!(case.change, IncidentChange::Opened | IncidentChange::Still);
        let mut register = GroundRegister::default();
        for case in self.store.values() {
            register.adopt(case);
        }
        for (eye, old) in self.eyes.iter().zip(&mut self.scenes) {
            let memory = old.checkpoint(Pictures::All).filter(|_| with_memory);
            let mut scene = eye.scene(self.options);
            if let Some(memory) = &memory {
                scene.restore(memory, memory.taken_at).expect("its own memory");
            }
            let known = |case: &Incident| {
                open_case(case).known_to((&eye.camera, &scene), &case.camera, &case.witnesses)
            };
            let goes_on = |case: &&Incident| stands(case) || !case.witnesses.is_empty();
            let open: Vec<OpenIncident> = self.store.values().filter(goes_on).flat_map(known).collect();
            let over = |case: &&Incident| !stands(case) && open.iter().all(|one| one.key != case.key);
            let ended = self.store.values().filter(over).map(|case| Arc::clone(&case.key));
            let ended: Vec<Arc<str>> = ended.collect();
            scene.agree(open, &ended);
            register.reconcile(&eye.camera, &scene);
            *old = scene;
        }
        self.register = register;
    }

    /// Plays a story to its end.
    pub(crate) fn play(&mut self, story: &[Event]) {
        for event in story {
            match event {
                Event::Look(look) => self.look(look),
                Event::Restart(with_memory) => self.restart(*with_memory),
            }
        }
        self.drain();
    }
}

fn open_case(case: &Incident) -> OpenIncident {
    OpenIncident {
        key: Arc::clone(&case.key),
        class: case.class,
        view: case.view.clone(),
        zone: case.zone.clone(),
        bbox: case.bbox,
        first_seen: case.first_seen,
        due: case.due,
        last_seen: case.last_seen,
        present_looks: case.present_looks,
        best_score: case.best_score,
        supersedes: case.supersedes.clone(),
        also: case.also.clone(),
        appearance: None,
        ground: case.ground.clone(),
    }
}

/// `5:00 opened A: illegal_motor_parking by north, after B`, one line a change; letters name cases in order of appearance.
pub(crate) fn tell(incidents: &[Incident]) -> Vec<String> {
    let mut cases: Vec<(Arc<str>, IncidentChange, usize)> = Vec::new();
    let letter = |i: usize| char::from(b'A' + u8::try_from(i % 26).expect("less than 26"));
    let mut lines = Vec::new();
    for incident in incidents {
        let found = cases.iter().position(|(key, ..)| *key == incident.key);
        let i = found.unwrap_or(cases.len());
        let before = found.map(|i| (cases[i].1, cases[i].2));
        let after = incident
            .supersedes
            .as_ref()
            .and_then(|old| cases.iter().position(|(key, ..)| key == old));
        let row = (
            Arc::clone(&incident.key),
            incident.change,
            incident.witnesses.len(),
        );
        match found {
            Some(i) => cases[i] = row,
            None => cases.push(row),
        }
        let (at, name, case) = (told(incident.decided_at.at.0), incident.change.name(), letter(i));
        let ended = |change| matches!(change, IncidentChange::Closed | IncidentChange::Reoccupied);
        let more = |count: usize| incident.witnesses.len() > count;
        lines.push(match (incident.change, before) {
            (IncidentChange::Opened, _) => {
                let after = after.map_or(String::new(), |old| format!(", after {}", letter(old)));
                format!(
                    "{at} opened {case}: {} by {}{after}",
                    incident.class.name(),
                    incident.camera
                )
            }
            (IncidentChange::Still, Some((change, _))) if ended(change) => {
                format!("{at} goes on {case} by {}", incident.camera)
            }
            (IncidentChange::Still, Some((_, count))) if more(count) => {
                let newest = incident.witnesses.iter().max_by_key(|w| w.joined_at);
                let newest = newest.map_or(String::new(), |witness| witness.camera.to_string());
                format!("{at} joined {case}: {newest}")
            }
            _ => format!("{at} {name} {case} by {}", incident.camera),
        });
    }
    lines
}

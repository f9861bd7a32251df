//! One camera's scene.

use curbwatch_types::{CameraId, CameraState, Incident, Observation, Point, Wall, Zone};

use crate::{Counters, OpenIncident, Options, PictureState};

/// The scene of one camera. See the crate's documentation.
#[derive(Debug)]
pub struct CameraScene {
    camera: CameraId,
    zones: Vec<Zone>,
    options: Options,
    counters: Counters,
    state: PictureState,
}

impl CameraScene {
    /// A scene that has seen nothing. `zones` are those of all views; the view of the first one is
    /// the base view, the one the camera is taken to be in at its first usable picture.
    pub fn new(camera: CameraId, zones: Vec<Zone>, options: Options) -> Self {
        let state = PictureState {
            state: CameraState::Connecting,
            offset: Point::default(),
            fit: 0.0,
        };
        Self {
            camera,
            zones,
            options,
            counters: Counters::default(),
            state,
        }
    }

    /// Takes one look's observation; answers with what it decided. Never panics, whatever comes.
    pub fn observe(&mut self, observation: Observation) -> Vec<Incident> {
        self.counters.looks += 1;
        drop(observation);
        Vec::new()
    }

    /// The earliest moment at which a look would decide something.
    pub fn next_due(&self) -> Option<Wall> {
        None
    }

    /// Incidents that have opened and not ended, to be kept over a restart.
    pub fn open_incidents(&self) -> Vec<OpenIncident> {
        Vec::new()
    }

    /// After a restart: these are cases already. They are not opened again; they are closed,
    /// repeated and reoccupied as usual.
    pub fn adopt(&mut self, open: Vec<OpenIncident>) {
        drop(open);
    }

    /// How the latest picture was judged.
    pub fn picture_state(&self) -> PictureState {
        self.state
    }

    /// What became of looks and detections.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Whose scene.
    pub fn camera(&self) -> &CameraId {
        &self.camera
    }
}

//! One camera's scene: takes a look's observation, judges the picture, and gives it to the view that it shows. Not for: what
//! a view's places come to (`view_scene`).

use curbwatch_types::{CameraId, CameraState, Findings, Incident, Observation, Point, Wall, Zone};

use crate::freeze::Freeze;
use crate::record::Record;
use crate::view_scene::ViewScene;
use crate::wanted::Wanted;
use crate::{Counters, OpenIncident, Options, PictureState};

/// The scene of one camera. See the crate's documentation.
#[derive(Debug)]
pub struct CameraScene {
    pub(crate) camera: CameraId,
    pub(crate) options: Options,
    pub(crate) view: ViewScene,
    pub(crate) last_at: Option<Wall>,
    pub(crate) since_last_ms: i64,
    pub(crate) last_digest: Option<u64>,
    pub(crate) freeze: Freeze,
    pub(crate) counters: Counters,
    pub(crate) state: PictureState,
    record: Record,
}

impl CameraScene {
    /// A scene that has seen nothing. `zones` are those of all views; the view of the first one is
    /// the base view, the one the camera is taken to be in at its first usable picture.
    pub fn new(camera: CameraId, zones: Vec<Zone>, options: Options) -> Self {
        Self {
            view: ViewScene::new(camera.clone(), zones, options.clone()),
            camera,
            options,
            last_at: None,
            since_last_ms: i64::MAX,
            last_digest: None,
            freeze: Freeze::default(),
            counters: Counters::default(),
            state: PictureState {
                state: CameraState::Connecting,
                offset: Point::default(),
                fit: 0.0,
            },
            record: Record::default(),
        }
    }

    /// Takes one look's observation; answers with what it decided. Never panics, whatever comes.
    pub fn observe(&mut self, observation: Observation) -> Vec<Incident> {
        self.counters.looks += 1;
        let (newest, at) = (self.last_at, observation.captured_at.at);
        let usable = self.judge_picture(&observation);
        if self.last_at != newest {
            self.record.look(at, newest, self.state.state);
        }
        if !usable {
            if self.last_at > newest {
                self.view.is_blind(at);
                self.note_blind(&observation);
            }
            return Vec::new();
        }
        self.counters.judged += 1;
        self.view.judge(observation, self.since_last_ms, &mut self.record)
    }

    /// The earliest look that would decide something: a dwell falls due, or an empty place has been
    /// empty for long enough. `None` when nothing is pending; never earlier than the latest look, so
    /// that what a look could not decide does not call for another one at once.
    pub fn next_due(&self) -> Option<Wanted> {
        self.view.next_due(self.last_at)
    }

    /// Incidents that have opened and not ended, to be kept over a restart.
    pub fn open_incidents(&self) -> Vec<OpenIncident> {
        self.view.open_incidents()
    }

    /// After a restart: these are cases already. They are not opened again; they are closed,
    /// repeated and reoccupied as usual. Those of a class without a zone here and those already known
    /// are passed over, and those beyond `anchors_max` or `groups_max`.
    pub fn adopt(&mut self, open: Vec<OpenIncident>) {
        self.view.adopt(open);
    }

    /// What is new for the decision record since it was last asked for.
    pub fn findings(&mut self) -> Findings {
        Findings {
            camera: Some(self.camera.clone()),
            ..self.record.take()
        }
    }

    /// How the latest picture was judged.
    pub fn picture_state(&self) -> PictureState {
        self.state
    }

    /// What became of looks and detections.
    pub fn counters(&self) -> Counters {
        let mut counters = self.counters;
        counters.detections_dropped += self.view.detections_dropped;
        counters.anchors_over_bound += self.view.anchors_over_bound;
        for watch in &self.view.watches {
            counters.groups_over_bound += watch.over_bound;
        }
        counters.findings_left_out = self.record.left_out;
        counters
    }
}

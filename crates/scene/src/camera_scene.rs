//! One camera's scene: takes a look's observation, judges the picture, and gives it to the view that it shows. Not for: what
//! a view's places come to (`view_scene`).

use curbwatch_types::{
    BBox, CameraId, CameraState, Findings, Incident, Inconclusive, Observation, Point, VIEWS_MAX, ViewId,
    Wall, Zone,
};

use crate::freeze::Freeze;
use crate::infrared::Infrared;
use crate::record::Record;
use crate::view_scene::ViewScene;
use crate::wanted::Wanted;
use crate::{Counters, OpenIncident, Options, PictureState};

/// All of a picture.
const WHOLE: BBox = BBox {
    x: 0.0,
    y: 0.0,
    w: 1.0,
    h: 1.0,
};

/// The scene of one camera. See the crate's documentation.
#[derive(Debug)]
pub struct CameraScene {
    pub(crate) camera: CameraId,
    pub(crate) options: Options,
    /// The base view first; never empty.
    pub(crate) views: Vec<ViewScene>,
    /// Index of the view that the latest usable picture showed.
    pub(crate) now: usize,
    pub(crate) last_at: Option<Wall>,
    /// From the look before that showed the view of the latest one.
    pub(crate) since_last_ms: i64,
    pub(crate) last_digest: Option<u64>,
    pub(crate) freeze: Freeze,
    pub(crate) infrared: Infrared,
    pub(crate) counters: Counters,
    pub(crate) state: PictureState,
    pub(crate) record: Record,
}

impl CameraScene {
    /// A scene that has seen nothing. `zones` are those of all views; those of a view that is not among [`Options::views`] are left
    /// out. Without any the view of the first zone is the camera's only one. The camera is taken to be in its base view, the
    /// first one, at its first usable picture that shows no stored view.
    pub fn new(camera: CameraId, zones: Vec<Zone>, options: Options) -> Self {
        Self {
            views: views(&camera, zones, &options),
            camera,
            options,
            now: 0,
            last_at: None,
            since_last_ms: i64::MAX,
            last_digest: None,
            freeze: Freeze::default(),
            infrared: Infrared::default(),
            counters: Counters::default(),
            state: PictureState {
                state: CameraState::Connecting,
                offset: Point::default(),
                fit: 0.0,
                why: None,
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
                self.note_blind(&observation);
            }
            return Vec::new();
        }
        self.counters.judged += 1;
        for (_, other) in self.views.iter_mut().enumerate().filter(|(i, _)| *i != self.now) {
            other.is_blind(&observation, Inconclusive::UnknownView);
        }
        self.views[self.now].judge(observation, self.since_last_ms, &mut self.record)
    }

    /// How many views the camera has.
    pub fn views(&self) -> usize {
        self.views.len()
    }

    /// The view that the latest usable picture showed; nothing before there was one, or where no view has a name.
    pub fn view(&self) -> Option<&ViewId> {
        let view = &self.views[self.now];
        view.zones.view().filter(|_| view.seen_at.is_some())
    }

    /// The earliest look that would decide something: a dwell falls due, or an empty place has been
    /// empty for long enough. `None` when nothing is pending; never earlier than the latest look, so
    /// that what a look could not decide does not call for another one at once. Of a view that is not shown only re-checks ask
    /// for looks: somebody may be turning the head there.
    pub fn next_due(&self) -> Option<Wanted> {
        let others = self.views.iter().enumerate().filter(|(i, _)| *i != self.now);
        let elsewhere = others.flat_map(|(_, view)| view.desk.next_due(self.last_at));
        self.views[self.now]
            .next_due(self.last_at)
            .into_iter()
            .chain(elsewhere.map(|wanted| Wanted {
                place: WHOLE,
                ..wanted
            }))
            .filter(|wanted| Some(wanted.at) > self.last_at)
            .min_by_key(|wanted| wanted.at)
    }

    /// Incidents that have opened and not ended, to be kept over a restart.
    pub fn open_incidents(&self) -> Vec<OpenIncident> {
        self.views.iter().flat_map(ViewScene::open_incidents).collect()
    }

    /// After a restart: these are cases already. They are not opened again; they are closed,
    /// repeated and reoccupied as usual. Those of a class without a zone here and those already known
    /// are passed over, those beyond `anchors_max` or `groups_max`, and where there are several views those of another one.
    pub fn adopt(&mut self, open: Vec<OpenIncident>) {
        for incident in open {
            if let Some(view) = self.view_of(&incident.view) {
                self.views[view].adopt(vec![incident]);
            }
        }
    }

    /// The index of a view. What is said of a camera with one view is of that one.
    pub(crate) fn view_of(&self, view: &ViewId) -> Option<usize> {
        if self.views.len() == 1 {
            return Some(0);
        }
        self.views
            .iter()
            .position(|known| known.zones.view() == Some(view))
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
        for view in &self.views {
            counters.detections_dropped += view.detections_dropped;
            counters.anchors_over_bound += view.anchors_over_bound;
            counters.groups_over_bound += view.watches.iter().map(|watch| watch.over_bound).sum::<u64>();
        }
        counters.findings_left_out = self.record.left_out;
        counters
    }
}

fn views(camera: &CameraId, zones: Vec<Zone>, options: &Options) -> Vec<ViewScene> {
    if options.views.is_empty() {
        let view = zones.first().map(|zone| zone.view.clone());
        let scene = ViewScene::new(camera.clone(), (view, 0), zones, options.clone(), None);
        return vec![scene];
    }
    let of = |(slot, view): (u64, &crate::ViewOptions)| {
        let ground = if slot == 0 {
            options.ground_from_image
        } else {
            view.ground_from_image
        };
        ViewScene::new(
            camera.clone(),
            (Some(view.view.clone()), slot),
            zones.clone(),
            options.of_view(&view.view, ground),
            view.reference.clone(),
        )
    };
    (0..).zip(options.views.iter().take(VIEWS_MAX)).map(of).collect()
}

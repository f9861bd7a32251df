//! The configuration as the program sees it: checked, resolved, every path ready to be opened.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use curbwatch_types::{
    CameraId, FrameId, Origin, Permit, Schedule, Secret, ViewId, ViolationClass, Zone, ZoneId,
};

use crate::clocks::Clocks;
use crate::receiving::{Patrol, Pictures, Transport};
use crate::rules::Rules;
use crate::settings::{Inference, Ingest, Looks, Recheck, Review, Server, Store};

/// A configuration without problems.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The HTTP server.
    pub server: Server,
    /// Where cases and evidence are kept.
    pub store: Store,
    /// The detector.
    pub inference: Inference,
    /// How often cameras are looked at.
    pub looks: Looks,
    /// Receiving from cameras.
    pub ingest: Ingest,
    /// When something seen becomes a case.
    pub rules: Rules,
    /// Looking again at a case.
    pub recheck: Recheck,
    /// Who sends a case.
    pub review: Review,
    /// The district's clocks; UTC where the configuration names none.
    pub clocks: Clocks,
    /// Where case candidates go.
    pub sinks: Sinks,
    /// Groups of cameras that share a platform, by name.
    pub groups: BTreeMap<String, Group>,
    /// Ground that several views share.
    pub frames: Vec<Frame>,
    /// The cameras, in the order of the files.
    pub cameras: Vec<Camera>,
}

impl Config {
    /// Frames into which fewer than two views are measured, with how many: nothing can be compared in them.
    pub fn lonely_frames(&self) -> Vec<(&FrameId, usize)> {
        let into = |id: &FrameId| {
            let grounds = self.cameras.iter().flat_map(|camera| &camera.grounds);
            grounds
                .filter(|ground| ground.frame.as_ref().is_some_and(|(frame, _)| frame.id == *id))
                .count()
        };
        let counted = self.frames.iter().map(|frame| (&frame.id, into(&frame.id)));
        counted.filter(|(_, views)| *views < 2).collect()
    }

    /// Every zone with its camera.
    pub fn zones(&self) -> impl Iterator<Item = (&CameraId, &Zone)> {
        self.cameras
            .iter()
            .flat_map(|camera| camera.zones.iter().map(|zone| (&camera.id, zone)))
    }
}

/// What the cameras of a group share beside the defaults that each of them has inherited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Cameras dialled at the same time.
    pub dials_max: Option<usize>,
    /// Sessions at the same time.
    pub sessions_max: Option<usize>,
}

/// A camera, with what it inherits from its group.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Its id, one in the configuration.
    pub id: CameraId,
    /// What people call it.
    pub name: Option<String>,
    /// RTSP address without credentials. Without one and without `provider` it is only replayed from footage.
    pub url: Option<String>,
    /// Who knows its address, where it has none that stays.
    pub provider: Option<UrlProvider>,
    /// User name.
    pub user: Option<String>,
    /// Password.
    pub password: Option<Secret>,
    /// How packets travel.
    pub transport: Transport,
    /// Which pictures are decoded.
    pub pictures: Pictures,
    /// Seconds between two looks; of a camera on patrol, between two visits, as wished.
    pub look_every_secs: f64,
    /// How it is visited; nothing where its session stays up.
    pub patrol: Option<Patrol>,
    /// The view it shows unless it was turned.
    pub view: ViewId,
    /// Views of which a picture is stored, the base view perhaps among them.
    pub views: Vec<StoredView>,
    /// Its group.
    pub group: Option<String>,
    /// Its zones, of all views.
    pub zones: Vec<Zone>,
    /// Zones that are not always in force.
    pub hours: Vec<ZoneHours>,
    /// What is allowed for a time.
    pub permits: Vec<Permit>,
    /// Its rules, where a zone has none of its own.
    pub rules: Rules,
    /// What set the parameters of `rules`; what is not here is built in.
    pub tunings: Vec<Tuning>,
    /// Zones with rules of their own.
    pub zone_rules: Vec<ZoneRules>,
    /// Views from which the ground was measured.
    pub grounds: Vec<Ground>,
}

impl Camera {
    /// Whether it is received from, not only replayed.
    pub fn is_watched(&self) -> bool {
        self.url.is_some() || self.provider.is_some()
    }
}

/// An HTTP endpoint that says where a camera is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlProvider {
    /// Its address without credentials; `{id}` stands for the camera's id.
    pub url: String,
    /// Where in a JSON answer the camera's URL is (RFC 6901); absent: the answer is the URL.
    pub pointer: Option<String>,
    /// Bearer token.
    pub token: Option<Secret>,
}

/// A view that is known by a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredView {
    /// The view.
    pub view: ViewId,
    /// The file with its picture.
    pub reference: PathBuf,
    /// When that was written, so that another picture in its place shows.
    pub stored_at: Option<SystemTime>,
}

/// When a zone is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneHours {
    /// The zone.
    pub zone: ZoneId,
    /// The view it is drawn in.
    pub view: ViewId,
    /// Its hours.
    pub schedule: Schedule,
}

/// Rules that hold in one zone.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneRules {
    /// The zone.
    pub zone: ZoneId,
    /// The view it is drawn in.
    pub view: ViewId,
    /// The classes whose rule is not the camera's.
    pub classes: Vec<ViolationClass>,
    /// The rules.
    pub rules: Rules,
    /// What set their parameters; what is not here is built in.
    pub tunings: Vec<Tuning>,
}

/// What set a parameter of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// Whose rule.
    pub class: ViolationClass,
    /// The parameter's key.
    pub name: &'static str,
    /// What set it.
    pub origin: Origin,
}

/// From a view to the ground.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// The view.
    pub view: ViewId,
    /// Nine numbers, row by row, from relative picture coordinates to metres.
    pub ground_from_image: [f64; 9],
    /// The ground that it shares with other views, and how far off its points may be, in metres.
    pub frame: Option<(Frame, f64)>,
}

/// Ground that several views share.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Its name.
    pub id: FrameId,
    /// Longitude and latitude of its origin in degrees (WGS 84).
    pub origin: Option<[f64; 2]>,
}

/// Where case candidates go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sinks {
    /// Files of JSON lines.
    pub jsonl: Vec<JsonlSink>,
    /// Case systems by HTTP POST.
    pub webhook: Vec<WebhookSink>,
}

/// A file that gets one JSON object a line.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonlSink {
    /// Its name, one among all sinks.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// A case system that takes CloudEvents by HTTP POST.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookSink {
    /// Its name, one among all sinks.
    pub name: String,
    /// Address, without credentials.
    pub url: String,
    /// Bearer token.
    pub token: Option<Secret>,
    /// Seconds until a delivery without an answer is tried again.
    pub timeout_secs: f64,
}

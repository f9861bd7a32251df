//! The configuration as the program sees it: checked, resolved, every path ready to be opened.

use std::path::PathBuf;

use curbwatch_types::{CameraId, Secret, ViewId, Zone};

use crate::lists::Transport;
use crate::rules::Rules;
use crate::settings::{Inference, Ingest, Looks, Review, Server, Store};

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
    /// Who sends a case.
    pub review: Review,
    /// Where case candidates go.
    pub sinks: Sinks,
    /// The cameras, in the order of the files.
    pub cameras: Vec<Camera>,
}

impl Config {
    /// Every zone with its camera.
    pub fn zones(&self) -> impl Iterator<Item = (&CameraId, &Zone)> {
        self.cameras
            .iter()
            .flat_map(|camera| camera.zones.iter().map(|zone| (&camera.id, zone)))
    }
}

/// A camera, with what it inherits from its group.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Its id, one in the configuration.
    pub id: CameraId,
    /// What people call it.
    pub name: Option<String>,
    /// RTSP address without credentials; absent: only replayed from footage.
    pub url: Option<String>,
    /// User name.
    pub user: Option<String>,
    /// Password.
    pub password: Option<Secret>,
    /// How packets travel.
    pub transport: Transport,
    /// Seconds between two looks.
    pub look_every_secs: f64,
    /// The view it shows unless it was turned.
    pub view: ViewId,
    /// Its group.
    pub group: Option<String>,
    /// Its zones, of all views.
    pub zones: Vec<Zone>,
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

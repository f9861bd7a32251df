//! Observations to incidents: place anchors, zones, dwell.
//!
//! A [`CameraScene`] takes one camera's [`curbwatch_types::Observation`]s in order and answers with
//! the [`curbwatch_types::Incident`]s that each of them decides. It is a pure function of its input:
//! no clock, no file, no socket, no random number; time is the observation's captured-at and moves
//! forward only. The same observations give the same incidents on any machine.
//!
//! Not for: detecting (`infer`), pictures and evidence files (`case`), when to look (`engine`; it may
//! ask [`CameraScene::next_due`]).

mod anchor;
mod camera_scene;
mod key;
mod life_cycle;
mod open_incident;
mod options;
mod patch;
mod picture_state;
mod registration;
mod rules;
mod sighting;
mod zone_map;

pub use camera_scene::CameraScene;
pub use open_incident::OpenIncident;
pub use options::{Options, RuleOptions};
pub use picture_state::{Counters, PictureState};

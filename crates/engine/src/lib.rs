//! The engine: joins the stages of the road with bounded queues, gives each its threads, decides who
//! is looked at next, and counts everything.
//!
//! [`Live`] runs cameras; [`replay`] runs footage through the same stages, deterministically;
//! [`probe`] looks at one camera alone. Not for: what a stage does (each L1 crate owns its world), the
//! command line and the console (`curbwatch`). This is the only crate that makes threads and channels.

mod board;
mod budgets;
mod cases;
mod courier;
mod coverage;
mod error;
mod fates;
mod flow;
mod gates;
mod ground;
mod keyless;
mod ledger;
mod live;
mod memories;
mod metrics;
mod nudge;
mod orders;
mod probe;
mod promise;
mod reach;
mod reception;
mod receptions;
mod record;
mod replay;
mod revisits;
mod rounds;
mod sampler;
mod scenes;
mod schedule;
mod slot;
#[cfg(test)]
mod testing;
mod threads;
mod view;
mod vision;
mod vision_metrics;
mod visit_metrics;
mod visits;
mod wiring;
mod workers;

pub use board::{Board, CameraStatus, LastLook};
pub use budgets::{Budgets, Shared};
pub use curbwatch_ingest::Budget;
pub use error::Error;
pub use fates::{GroundFate, MemoryFate, ReloadFate};
pub use gates::Gates;
pub use live::{Drained, Live, Reloaded};
pub use metrics::{Metrics, Stage, TileSkip};
pub use probe::{Probe, ProbeOptions, Probed, probe, probe_until_ctrl_c, rss_bytes};
pub use promise::{Promise, Scarce, promises};
pub use reach::{Obstacle, OutOfReach, out_of_reach};
pub use replay::{FootageLook, Progress, Rechecks, ReplayOptions, ReplayReport, observe_footage, replay};
pub use revisits::{Achieved, GroupRevisits, Revisits, by_group};
pub use view::View;
pub use vision::{VisionProgram, vision_worker};
pub use vision_metrics::{VisionMetrics, WorkerEnd};
pub use visit_metrics::{VisitEnd, VisitMetrics};
pub use wiring::{scene_options, unusable, unusable_views};

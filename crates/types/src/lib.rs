//! The nouns of the road.
//!
//! Every stage of Curbwatch takes one of these nouns by value and makes the next one:
//! [`AccessUnit`] → [`Look`] → [`Picture`] → [`Observation`] → [`Incident`]. This crate holds what
//! they are made of — ids, geometry, clocks — and nothing that acts: no I/O, no threads, no
//! serialisation (a serialised type is a promise; wire forms live in `case`, `config` and the API).
//!
//! Time arrives inside the data. The only clock here is the [`Clock`] trait, and [`SystemClock`] is
//! the one place in the workspace that asks the machine what time it is.

mod access_unit;
mod camera;
mod clock;
mod coverage;
mod detection;
mod finding;
mod geometry;
mod ground_place;
mod id;
mod incident;
mod look;
mod measured;
mod observation;
mod permit;
mod picture;
mod recheck;
mod rule;
mod schedule;
mod secret;
mod zone;

pub use access_unit::{AccessUnit, Codec, Taint};
pub use camera::{CameraState, DropReason};
pub use clock::{CapturedAt, Clock, ManualClock, MediaTime, Monotonic, SystemClock, Wall};
pub use coverage::{BlindCause, BlindInterval};
pub use detection::{Appearance, Detection, ObjectClass, Score};
pub use finding::{Finding, Findings, Looked, Reason};
pub use geometry::{BBox, Point, Polygon, PolygonProblem};
pub use ground_place::{GroundPlace, Witness};
pub use id::{CameraId, Epoch, FrameId, InvalidId, VIEWS_MAX, ViewId, ZoneId};
pub use incident::{Incident, IncidentChange, Shot};
pub use look::{Look, LookWhy};
pub use measured::{Measured, MeasuredClasses};
pub use observation::{Health, Luma, Observation};
pub use permit::Permit;
pub use picture::{Chroma, Matrix, Picture, Plane, Range};
pub use recheck::{Answer, Inconclusive, RecheckOrder, RecheckPurpose, Verdict};
pub use rule::{Condition, Origin, Parameter, ResolvedRule};
pub use schedule::{Day, LocalTime, Schedule, Span, Stretch};
pub use secret::Secret;
pub use zone::{ViolationClass, Zone, ZoneKind};

//! For engineers: a camera farm, hostile peers, patrol set-up and throughput benchmarks.
//!
//! For: everything that is needed to develop and measure Curbwatch without a street full of
//! cameras. [`farm`] serves recorded clips as thousands of live RTSP cameras from one process,
//! [`fakecam`] serves them with the quirks of real ones, [`impair`] is a bad network in front of one,
//! [`hostile`] serves what no client should survive by luck, [`patrol`] turns a labelled day of
//! visits into a configuration and a footage manifest for `curbwatch replay`, [`bench`] measures what a
//! look costs, [`street`] makes pictures of the synthetic street, [`rig`] holds the engine to its fault cases, [`eval`] scores detectors and cases against the
//! truth, [`fuzz`] runs the fuzz targets for a bounded time, [`oracle`] plays a detector that knows it,
//! [`fleet`] receives from as many cameras as a district has, [`soak`] does so for hours.
//!
//! Not for: anything that ships. No crate depends on this one; input comes from engineers, and from
//! RTSP clients on loopback or a lab network.

pub mod bench;
mod delivery;
mod error;
pub mod eval;
pub mod fakecam;
pub mod farm;
pub mod fleet;
pub mod fuzz;
pub mod hostile;
pub mod impair;
pub mod oracle;
pub mod patrol;
pub mod rig;
pub mod soak;
pub mod street;

pub use delivery::Delivery;
pub use error::Error;

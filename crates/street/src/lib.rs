//! The synthetic street: a scene file becomes pictures with exact ground truth.
//!
//! For: fixture clips, training pictures and event truth that a fresh clone can make by itself. Not
//! for: anything shipped to a district; only `lab` imports it. It is the only home of rendering.
//!
//! It starts no threads and reads no clock, file or environment: the scene arrives as text, the time
//! as a number, and the caller lends its threads through an [`Executor`].
//!
//! ```
//! use curbwatch_street::{Film, Scene, Serial, Street};
//! let scene = Scene::parse("seed = 7\n[format]\nwidth = 64\nheight = 36\nsamples = 1")?;
//! let street = Street::build(&scene)?;
//! let mut film = Film::new(&street);
//! let frame = film.frame(3.0, &Serial);
//! assert_eq!(frame.rgb.len(), 64 * 36 * 3);
//! # Ok::<(), curbwatch_street::Problems>(())
//! ```

mod actors;
mod backdrop;
mod bvh;
mod camera;
mod cast;
mod chance;
mod executor;
mod facade;
mod film;
mod footprint;
mod ground;
mod groups;
mod lens;
mod maths;
mod mesh;
mod plan;
mod scene;
mod shade;
mod sky;
mod street;
mod styled;
mod styles;
mod surface;
mod things;
mod truth;
mod world;
mod zones;

pub use executor::{Executor, Serial};
pub use lens::Lens;
pub use scene::{
    CameraChange, CameraMove, Format, Life, Place, Problem, Problems, Proves, Scene, Script, SideName, Span,
    What,
};
pub use sky::Weather;
pub use street::{Event, Film, Frame, Sight, Street};
pub use styles::Styles;
pub use truth::Thing;

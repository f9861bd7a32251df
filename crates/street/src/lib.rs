//! The synthetic street: a scene file becomes pictures with exact ground truth.
//!
//! For: fixture clips, training pictures and event truth that a fresh clone can make by itself. Not
//! for: anything shipped to a district; only `lab` imports it. It is the only home of rendering.
//!
//! It starts no threads and reads no clock, file or environment: the scene arrives as text, the time
//! as a number, and the caller lends its threads through an [`Executor`].

#![allow(dead_code, reason = "its parts arrive one by one")]

mod chance;
mod executor;
mod maths;

pub use executor::{Executor, Serial};

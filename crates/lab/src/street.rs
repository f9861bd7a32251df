//! Pictures of the synthetic street for people, networks and tests.
//!
//! For: training sets ([`set`]), clips with zones and truth ([`clip`], [`truth`]), stills and contact sheets
//! ([`picture`], [`sheet`]). Not for: rendering itself, which is `curbwatch-street`'s, nor detection. Input is a
//! seed or a scene file written by an engineer.

pub mod clip;
mod encoder;
pub mod mixture;
pub mod picture;
pub mod set;
pub mod sheet;
pub mod threads;
pub mod truth;

use curbwatch_street::Problems;

use crate::Error;
pub use encoder::Codec;

/// A scene that cannot be built, in words.
pub fn wrong(place: &str, problems: &Problems) -> Error {
    Error::Content {
        path: place.to_owned(),
        problem: problems.to_string(),
    }
}

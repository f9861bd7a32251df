//! Pictures of the synthetic street for people, networks and tests.
//!
//! For: training sets ([`set`]), stills and contact sheets ([`picture`]). Not for: rendering itself, which
//! is `curbwatch-street`'s, nor detection. Input is a seed or a scene file written by an engineer.

pub mod mixture;
pub mod picture;
pub mod set;
pub mod threads;

use std::path::Path;

use curbwatch_street::{Problems, Scene};

use crate::Error;

/// Reads a scene file.
pub fn read_scene(path: &Path) -> Result<Scene, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })?;
    Scene::parse(&text).map_err(|problems| wrong(&path.display().to_string(), &problems))
}

/// A scene that cannot be built, in words.
pub fn wrong(place: &str, problems: &Problems) -> Error {
    Error::Content {
        path: place.to_owned(),
        problem: problems.to_string(),
    }
}

//! The visits of a footage manifest, each with its camera.

use std::collections::HashMap;
use std::path::Path;

use curbwatch_config::Config;
use curbwatch_ingest::footage::{self, Visit};
use curbwatch_types::{CameraId, Wall};

use crate::Error;

/// Each visit with the index of its camera in the configuration, in the manifest's order.
pub(super) fn visits(config: &Config, manifest: &Path) -> Result<Vec<(usize, Visit)>, Error> {
    let known: HashMap<&CameraId, usize> = config
        .cameras
        .iter()
        .enumerate()
        .map(|(i, camera)| (&camera.id, i))
        .collect();
    let with_camera = |visit: Visit| match known.get(&visit.camera) {
        Some(camera) => Ok((*camera, visit)),
        None => Err(Error::UnknownCamera {
            manifest: manifest.to_owned(),
            line: visit.line,
            camera: visit.camera.to_string(),
        }),
    };
    footage::read_manifest(manifest)?
        .into_iter()
        .map(with_camera)
        .collect()
}

/// When the visits begin: what is judged of shared ground waits for whatever was taken earlier and is read later.
pub(super) struct StillToCome(Vec<Wall>);

impl StillToCome {
    pub(super) fn of(visits: &[(usize, Visit)]) -> Self {
        let mut earliest = Wall(i64::MAX);
        let from_the_end = visits.iter().rev().map(|(_, visit)| {
            earliest = earliest.min(visit.start);
            earliest
        });
        let mut starts: Vec<Wall> = from_the_end.collect();
        starts.reverse();
        Self(starts)
    }

    /// The earliest begin of a visit after the one with so many before it.
    pub(super) fn earliest(&self, visits: usize) -> Wall {
        self.0.get(visits + 1).copied().unwrap_or(Wall(i64::MAX))
    }
}

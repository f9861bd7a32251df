//! Who is watched, and what the process before this one left of each: cases, memories, blind time.

use std::collections::BTreeMap;
use std::time::Duration;

use curbwatch_case::{Before, CaseReader, Ledger, MemoryStore};
use curbwatch_config::{self as config, Config};
use curbwatch_ingest::Source;
use curbwatch_types::{CameraId, CameraState, Clock, Wall};

use crate::Error;
use crate::board::CameraStatus;
use crate::budgets::Budgets;
use crate::coverage::Watched;
use crate::ground::CommonGround;
use crate::memories::hand_over;
use crate::metrics::Metrics;
use crate::scenes::PerCamera;
use crate::wiring;

/// The cameras that have an address, with it.
pub(super) fn watched<'c>(
    config: &'c Config,
    budgets: &Budgets,
) -> Result<Vec<(&'c config::Camera, Source)>, Error> {
    let dialled = config.cameras.len();
    let mut watched = Vec::new();
    for camera in &config.cameras {
        if let Some(source) = wiring::source(config, camera, budgets, dialled)? {
            watched.push((camera, source));
        }
    }
    if watched.is_empty() {
        Err(Error::NothingToWatch)
    } else {
        Ok(watched)
    }
}

/// Every camera's scene and the ground that they share, with what the process before this one left of them.
pub(super) fn scenes(
    watched: &[(&config::Camera, Source)],
    (memories, cases): (&MemoryStore, &CaseReader),
    clock: &dyn Clock,
    metrics: &Metrics,
) -> Result<(PerCamera, CommonGround), Error> {
    let mut scenes = Vec::with_capacity(watched.len());
    let mut ground = CommonGround::taken_up(cases, clock.wall())?;
    for (camera, _) in watched {
        let mut scene = Box::new(wiring::scene(camera)?);
        let left = (memories.take_up(&camera.id), cases);
        hand_over(&mut scene, &camera.id, left, clock.wall(), metrics)?;
        ground.reconcile(&camera.id, &scene);
        scenes.push(Some(scene));
    }
    Ok((scenes, ground))
}

/// Every camera before anybody has dialled it, with what the coverage ledger says of the time before.
pub(super) fn unseen(
    watched: &[(&config::Camera, Source)],
    ledger: &mut Ledger,
    clock: &dyn Clock,
) -> Result<Vec<(CameraStatus, Watched)>, Error> {
    let now = clock.wall();
    let roster: Vec<CameraId> = watched.iter().map(|(camera, _)| camera.id.clone()).collect();
    let before = ledger.begin(&roster, now)?;
    let cameras = watched.iter().zip(before).map(|((camera, source), before)| {
        (undialled(camera, source, now), watched_from(camera, before, now))
    });
    Ok(cameras.collect())
}

/// The book of a camera on the roster from `now` on.
pub(super) fn watched_from(camera: &config::Camera, before: Before, now: Wall) -> Watched {
    let watched = Watched::new(camera.id.clone(), every(camera), before, now);
    match camera.patrol {
        Some(_) => watched.on_patrol(),
        None => watched,
    }
}

/// A camera before anybody has dialled it.
pub(super) fn undialled(camera: &config::Camera, source: &Source, now: Wall) -> CameraStatus {
    CameraStatus {
        camera: camera.id.clone(),
        name: camera.name.clone(),
        url: source.shown(),
        state: CameraState::Connecting,
        since: now,
        why: "not dialled yet".to_owned(),
        looks: 0,
        dropped: BTreeMap::new(),
        last_look: None,
        open: 0,
        patrol: wiring::revisits(camera, now),
    }
}

/// The time from look to look.
pub(super) fn every(camera: &config::Camera) -> Duration {
    Duration::from_secs_f64(camera.look_every_secs)
}

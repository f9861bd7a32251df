//! What an operator sees of each camera: its state, since when and why, and its last look.
//!
//! A read model: stages write facts, the console reads copies. Nothing decides by it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use curbwatch_types::{CameraId, CameraState, CapturedAt, DropReason, Luma, Wall};

use crate::metrics::Metrics;

/// One camera as the console shows it.
#[derive(Debug, Clone)]
pub struct CameraStatus {
    /// Which camera.
    pub camera: CameraId,
    /// The operator's name for it.
    pub name: Option<String>,
    /// Where it is read from, without credentials.
    pub url: String,
    /// State.
    pub state: CameraState,
    /// Since when.
    pub since: Wall,
    /// Why.
    pub why: String,
    /// Looks observed.
    pub looks: u64,
    /// Looks dropped, by reason.
    pub dropped: BTreeMap<DropReason, u64>,
    /// The last observed look.
    pub last_look: Option<LastLook>,
    /// Violations that stand open.
    pub open: usize,
}

/// The last observed look of a camera.
#[derive(Debug, Clone)]
pub struct LastLook {
    /// When its picture was taken.
    pub captured_at: CapturedAt,
    /// Size in pixels.
    pub size: (usize, usize),
    /// Things detected.
    pub detections: usize,
    /// The picture in small.
    pub thumbnail: Arc<Luma>,
}

/// All cameras, in the order of the configuration.
#[derive(Debug)]
pub struct Board {
    cameras: Vec<Mutex<CameraStatus>>,
    metrics: Arc<Metrics>,
}

impl Board {
    pub(crate) fn new(cameras: Vec<CameraStatus>, metrics: Arc<Metrics>) -> Self {
        for camera in &cameras {
            metrics.cameras(camera.state).inc();
        }
        Self {
            cameras: cameras.into_iter().map(Mutex::new).collect(),
            metrics,
        }
    }

    /// A copy of every camera's status.
    pub fn cameras(&self) -> Vec<CameraStatus> {
        (0..self.cameras.len())
            .map(|camera| self.lock(camera).clone())
            .collect()
    }

    /// A copy of one camera's status.
    pub fn camera(&self, id: &str) -> Option<CameraStatus> {
        self.cameras()
            .into_iter()
            .find(|status| status.camera.as_str() == id)
    }

    /// Cameras whose pictures arrive.
    pub fn live(&self) -> usize {
        usize::try_from(self.metrics.cameras(CameraState::Live).get()).unwrap_or(0)
    }

    pub(crate) fn state(&self, camera: usize, state: CameraState, why: &str, now: Wall) {
        let mut status = self.lock(camera);
        if status.state != state {
            self.metrics.cameras(status.state).dec();
            self.metrics.cameras(state).inc();
            status.state = state;
            status.since = now;
        }
        if status.why != why {
            why.clone_into(&mut status.why);
        }
    }

    pub(crate) fn observed(&self, camera: usize, look: LastLook) {
        let mut status = self.lock(camera);
        status.looks += 1;
        status.last_look = Some(look);
    }

    pub(crate) fn dropped(&self, camera: usize, reason: DropReason) {
        *self.lock(camera).dropped.entry(reason).or_default() += 1;
    }

    pub(crate) fn open(&self, camera: usize, open: usize) {
        self.lock(camera).open = open;
    }

    fn lock(&self, camera: usize) -> MutexGuard<'_, CameraStatus> {
        self.cameras[camera]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

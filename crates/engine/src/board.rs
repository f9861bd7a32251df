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

/// A camera's status with what it is made of: what reception says, and how the scene judges the
/// pictures. A camera is live when both say so; reception's complaint comes first.
#[derive(Debug)]
struct Entry {
    status: CameraStatus,
    reception: (CameraState, String),
    picture: CameraState,
}

impl Entry {
    fn effective(&self) -> (CameraState, &str) {
        match (self.reception.0, self.picture) {
            (CameraState::Live, CameraState::Frozen) => {
                (self.picture, "the identical picture comes again and again")
            }
            (CameraState::Live, CameraState::Obscured) => {
                (self.picture, "the picture is black or without any structure")
            }
            (CameraState::Live, CameraState::Moved) => {
                (self.picture, "the picture fits none of the known views")
            }
            (reception, _) => (reception, &self.reception.1),
        }
    }
}

/// All cameras, in the order of the configuration.
#[derive(Debug)]
pub struct Board {
    cameras: Vec<Mutex<Entry>>,
    metrics: Arc<Metrics>,
}

impl Board {
    pub(crate) fn new(cameras: Vec<CameraStatus>, metrics: Arc<Metrics>) -> Self {
        for camera in &cameras {
            metrics.cameras(camera.state).inc();
        }
        let entry = |status: CameraStatus| {
            let reception = (status.state, status.why.clone());
            Mutex::new(Entry {
                status,
                reception,
                picture: CameraState::Live,
            })
        };
        Self {
            cameras: cameras.into_iter().map(entry).collect(),
            metrics,
        }
    }

    /// A copy of every camera's status.
    pub fn cameras(&self) -> Vec<CameraStatus> {
        (0..self.cameras.len())
            .map(|camera| self.lock(camera).status.clone())
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

    /// What reception says of a camera.
    pub(crate) fn received(&self, camera: usize, state: CameraState, why: &str, now: Wall) {
        let mut entry = self.lock(camera);
        entry.reception = (state, why.to_owned());
        self.show(&mut entry, now);
    }

    /// Why reception's state is what it is, told anew: the latest attempt failed like this.
    pub(crate) fn failed(&self, camera: usize, why: &str, now: Wall) {
        let mut entry = self.lock(camera);
        why.clone_into(&mut entry.reception.1);
        self.show(&mut entry, now);
    }

    /// How the scene judges a camera's latest picture.
    pub(crate) fn judged(&self, camera: usize, picture: CameraState, now: Wall) {
        let mut entry = self.lock(camera);
        if entry.picture != picture {
            entry.picture = picture;
            self.show(&mut entry, now);
        }
    }

    pub(crate) fn observed(&self, camera: usize, look: LastLook) {
        let status = &mut self.lock(camera).status;
        status.looks += 1;
        status.last_look = Some(look);
    }

    pub(crate) fn dropped(&self, camera: usize, reason: DropReason) {
        *self.lock(camera).status.dropped.entry(reason).or_default() += 1;
    }

    pub(crate) fn open(&self, camera: usize, open: usize) {
        self.lock(camera).status.open = open;
    }

    fn show(&self, entry: &mut Entry, now: Wall) {
        let (state, why) = entry.effective();
        let why = why.to_owned();
        let status = &mut entry.status;
        if status.state != state {
            self.metrics.cameras(status.state).dec();
            self.metrics.cameras(state).inc();
            (status.state, status.since) = (state, now);
        }
        status.why = why;
    }

    fn lock(&self, camera: usize) -> MutexGuard<'_, Entry> {
        self.cameras[camera]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_live_when_reception_and_scene_say_so() {
        use CameraState::{Connecting, Frozen, Live, Moved, Stalled};
        let metrics = Arc::new(Metrics::new().expect("names are valid and unique"));
        let status = CameraStatus {
            camera: CameraId::new("c").expect("a valid id"),
            name: None,
            url: String::new(),
            state: Connecting,
            since: Wall(0),
            why: String::new(),
            looks: 0,
            dropped: BTreeMap::new(),
            last_look: None,
            open: 0,
        };
        let board = Board::new(vec![status], Arc::clone(&metrics));
        // (reception, picture) -> shown, since
        let rows = [
            (Some(Live), None, Live, 1),
            (None, Some(Frozen), Frozen, 2),
            (None, Some(Frozen), Frozen, 2),
            (Some(Stalled), None, Stalled, 4),
            (Some(Live), None, Frozen, 5),
            (None, Some(Moved), Moved, 6),
            (None, Some(Live), Live, 7),
        ];
        for (now, (reception, picture, shown, since)) in (1..).zip(rows) {
            if let Some(state) = reception {
                board.received(0, state, "said", Wall(now));
            }
            if let Some(state) = picture {
                board.judged(0, state, Wall(now));
            }
            let status = &board.cameras()[0];
            assert_eq!((status.state, status.since), (shown, Wall(since)), "step {now}");
            assert_eq!(metrics.cameras(shown).get(), 1);
        }
        assert_eq!(board.live(), 1);

        board.received(0, Connecting, "starting", Wall(8));
        board.failed(0, "connection refused", Wall(9));
        let status = &board.cameras()[0];
        assert_eq!(
            (status.state, status.since, status.why.as_str()),
            (Connecting, Wall(8), "connection refused")
        );
    }
}

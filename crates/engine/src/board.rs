//! What an operator sees of each camera: its state, since when and why, and its last look.
//!
//! A read model: stages write facts, the console reads copies. Nothing decides by it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use curbwatch_scene::PictureState;
use curbwatch_types::{
    BlindCause, BlindInterval, CameraId, CameraState, CapturedAt, DropReason, Inconclusive, Luma, ViewId,
    Wall,
};

use crate::coverage::Watched;
use crate::metrics::Metrics;
use crate::revisits::{GroupRevisits, Revisits, by_group};

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
    /// How often it is visited, where it is on patrol.
    pub patrol: Option<Revisits>,
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
    /// Which view it shows, where the camera has several and it shows one of them.
    pub view: Option<ViewId>,
}

/// A camera's status with what it is made of: what reception says, and how the scene judges the
/// pictures. A camera is live when both say so; reception's complaint comes first.
///
/// Three clocks watch it: that of packets and that of pictures run in reception (`stalled`,
/// `no_picture`), that of looks runs here.
#[derive(Debug)]
struct Entry {
    /// It is in the configuration that runs.
    listed: bool,
    status: CameraStatus,
    reception: (CameraState, String),
    picture: CameraState,
    why: Option<Inconclusive>,
    /// The last look that came through, or since when reception has been live.
    looked_at: Wall,
    /// Why looks have come to nothing for longer than they may.
    unlooked: Option<DropReason>,
    last_drop: Option<DropReason>,
    watched: Watched,
}

impl Entry {
    fn new(status: CameraStatus, watched: Watched) -> Self {
        Self {
            listed: true,
            looked_at: status.since,
            reception: (status.state, status.why.clone()),
            status,
            picture: CameraState::Live,
            why: None,
            unlooked: None,
            last_drop: None,
            watched,
        }
    }

    fn effective(&self) -> (CameraState, &str) {
        match (self.reception.0, self.picture) {
            (CameraState::Live, _) if self.unlooked == Some(DropReason::Undecodable) => {
                (CameraState::NoPicture, "pictures arrive, but none can be decoded")
            }
            (CameraState::Live, _) if self.unlooked == Some(DropReason::WorkerDied) => {
                (CameraState::NoPicture, "vision workers end with its pictures")
            }
            (CameraState::Live, _) if self.unlooked == Some(DropReason::SetAside) => (
                CameraState::NoPicture,
                "set aside for a while: its pictures ended vision workers, one after the other",
            ),
            (CameraState::Live, _) if self.unlooked == Some(DropReason::NoPicture) => {
                (CameraState::NoPicture, "no picture came in time for a look")
            }
            (CameraState::Live, CameraState::Frozen | CameraState::Obscured | CameraState::Moved) => {
                (self.picture, self.why.map_or("", why))
            }
            (reception, _) => (reception, &self.reception.1),
        }
    }
}

/// Cameras that one process may come to know, one after the other; as many as a configuration may have at a time.
const PLACES_MAX: usize = 20_000;

/// All cameras, in the order of the configuration that the program began with, and those that came later. A camera keeps its
/// place as long as the process lives, also when it goes and comes again.
#[derive(Debug)]
pub struct Board {
    /// Filled from the front; what is filled never moves, so that nobody who reads waits for a camera that comes.
    places: Box<[OnceLock<Box<Mutex<Entry>>>]>,
    taken: AtomicUsize,
    /// Every camera that has a place. Held while one is given.
    known: Mutex<HashMap<CameraId, usize>>,
    metrics: Arc<Metrics>,
}

impl Board {
    pub(crate) fn new(cameras: Vec<(CameraStatus, Watched)>, metrics: Arc<Metrics>) -> Self {
        let board = Self {
            places: std::iter::repeat_with(OnceLock::new).take(PLACES_MAX).collect(),
            taken: AtomicUsize::new(0),
            known: Mutex::default(),
            metrics,
        };
        for (status, watched) in cameras {
            board.enter(status, watched);
        }
        board
    }

    /// Places that are left for cameras which have none.
    pub(crate) fn left(&self) -> usize {
        PLACES_MAX - self.taken.load(Ordering::Acquire)
    }

    /// The place a camera has, listed or not.
    pub(crate) fn place_of(&self, camera: &CameraId) -> Option<usize> {
        self.known().get(camera).copied()
    }

    /// A camera comes: its place, the one it had before if it had one. Nothing when no place is left.
    pub(crate) fn enter(&self, status: CameraStatus, watched: Watched) -> Option<usize> {
        let mut known = self.known();
        let entry = Entry::new(status, watched);
        let state = entry.status.state;
        let place = if let Some(&place) = known.get(&entry.status.camera) {
            *self.lock(place) = entry;
            place
        } else {
            let place = self.taken.load(Ordering::Acquire);
            let camera = entry.status.camera.clone();
            let filled = self.places.get(place)?.set(Box::new(Mutex::new(entry)));
            filled.ok()?;
            self.taken.store(place + 1, Ordering::Release);
            known.insert(camera, place);
            place
        };
        self.metrics.cameras(state).inc();
        Some(place)
    }

    /// A camera goes: its book is closed, and nobody is shown it any more.
    pub(crate) fn leave(&self, camera: usize, now: Wall) {
        let mut entry = self.lock(camera);
        if entry.listed {
            entry.listed = false;
            entry.watched.close(now);
            self.metrics.cameras(entry.status.state).dec();
        }
    }

    /// A camera is called and looked at otherwise from now on.
    pub(crate) fn change(&self, camera: usize, name: Option<String>, every: Duration) {
        let mut entry = self.lock(camera);
        entry.status.name = name;
        entry.watched.look_every(every);
    }

    /// A camera is read from elsewhere from now on.
    pub(crate) fn address(&self, camera: usize, url: String) {
        self.lock(camera).status.url = url;
    }

    /// A copy of every camera's status.
    pub fn cameras(&self) -> Vec<CameraStatus> {
        (0..self.taken.load(Ordering::Acquire))
            .filter_map(|camera| {
                let entry = self.lock(camera);
                entry.listed.then(|| entry.status.clone())
            })
            .collect()
    }

    /// A copy of one camera's status.
    pub fn camera(&self, id: &str) -> Option<CameraStatus> {
        let place = self.place_of(&CameraId::new(id).ok()?)?;
        let entry = self.lock(place);
        entry.listed.then(|| entry.status.clone())
    }

    /// The index of a camera that is watched.
    pub(crate) fn index(&self, camera: &CameraId) -> Option<usize> {
        self.place_of(camera).filter(|place| self.lock(*place).listed)
    }

    /// Cameras whose pictures arrive.
    pub fn live(&self) -> usize {
        usize::try_from(self.metrics.cameras(CameraState::Live).get()).unwrap_or(0)
    }

    /// What reception says of a camera.
    pub(crate) fn received(&self, camera: usize, state: CameraState, why: &str, now: Wall) {
        let mut entry = self.lock(camera);
        if state == CameraState::Live && entry.reception.0 != state {
            entry.looked_at = now;
        }
        entry.reception = (state, why.to_owned());
        self.show(&mut entry, now);
    }

    /// Why reception's state is what it is, told anew: the latest attempt failed like this.
    pub(crate) fn failed(&self, camera: usize, why: &str, now: Wall) {
        let mut entry = self.lock(camera);
        why.clone_into(&mut entry.reception.1);
        self.show(&mut entry, now);
    }

    /// A look came through, and this is how the scene judges its picture, and why so.
    pub(crate) fn observed(&self, camera: usize, look: LastLook, judged: PictureState, now: Wall) {
        let (picture, why) = (judged.state, judged.why);
        let mut entry = self.lock(camera);
        let at = look.captured_at.at;
        entry.status.looks += 1;
        entry.status.last_look = Some(look);
        entry.looked_at = now;
        let had_none = entry.unlooked.take().is_some();
        // What is missing from here on has a reason of its own.
        entry.last_drop = None;
        if (entry.picture, entry.why) != (picture, why) || had_none {
            (entry.picture, entry.why) = (picture, why);
            self.show(&mut entry, now);
        }
        if picture == CameraState::Live {
            entry.watched.usable(at);
        }
    }

    /// How a camera stands.
    pub(crate) fn state(&self, camera: usize) -> CameraState {
        let entry = self.lock(camera);
        if entry.listed {
            entry.status.state
        } else {
            CameraState::Suspended
        }
    }

    pub(crate) fn dropped(&self, camera: usize, reason: DropReason) {
        let mut entry = self.lock(camera);
        entry.last_drop = Some(reason);
        *entry.status.dropped.entry(reason).or_default() += 1;
    }

    /// Time has passed: the clock of looks is read, and what is new for the coverage ledger comes out.
    pub(crate) fn tick(&self, now: Wall) -> Vec<BlindInterval> {
        let mut rows = Vec::new();
        let mut blind = 0;
        for camera in 0..self.taken.load(Ordering::Acquire) {
            let mut entry = self.lock(camera);
            if !entry.listed {
                rows.extend(entry.watched.drain());
                continue;
            }
            let late = now.millis_since(entry.looked_at) > entry.watched.allowed_millis();
            if late && entry.reception.0 == CameraState::Live && entry.unlooked != entry.last_drop {
                entry.unlooked = entry.last_drop;
                self.show(&mut entry, now);
            }
            entry.watched.tick(now);
            rows.extend(entry.watched.drain());
            blind += i64::from(entry.watched.is_blind());
        }
        self.metrics.cameras_blind.set(blind);
        rows
    }

    /// A camera is visited otherwise from now on, or stays.
    pub(crate) fn on_patrol(&self, camera: usize, revisits: Option<Revisits>) {
        let mut entry = self.lock(camera);
        entry.watched.set_on_patrol(revisits.is_some());
        entry.status.patrol = revisits;
    }

    /// A visit came to its first picture, taken at `at`. The answer: how long after the one before.
    pub(crate) fn visited(&self, camera: usize, at: Wall) -> Option<Duration> {
        let mut entry = self.lock(camera);
        entry.watched.visited(at);
        entry.status.patrol.as_mut()?.visited(at)
    }

    /// A visit came to no picture.
    pub(crate) fn visited_in_vain(&self, camera: usize) {
        if let Some(patrol) = &mut self.lock(camera).status.patrol {
            patrol.in_vain += 1;
        }
    }

    /// When a camera on patrol is visited next; nothing while it is being visited.
    pub(crate) fn planned(&self, camera: usize, next: Option<Wall>) {
        if let Some(patrol) = &mut self.lock(camera).status.patrol {
            patrol.next_due = next;
        }
    }

    /// What groups on patrol get.
    pub fn rounds(&self, now: Wall) -> BTreeMap<Arc<str>, GroupRevisits> {
        let cameras = self.cameras();
        by_group(cameras.iter().filter_map(|camera| camera.patrol.as_ref()), now)
    }

    pub(crate) fn open(&self, camera: usize, open: usize) {
        self.lock(camera).status.open = open;
    }

    fn show(&self, entry: &mut Entry, now: Wall) {
        let (state, why) = entry.effective();
        let why = why.to_owned();
        let cause = BlindCause::of(state).map(|cause| (cause, why.as_str()));
        entry.watched.stands(cause, now);
        let listed = entry.listed;
        let status = &mut entry.status;
        if status.state != state {
            if listed {
                self.metrics.cameras(status.state).dec();
                self.metrics.cameras(state).inc();
            }
            (status.state, status.since) = (state, now);
        }
        status.why = why;
    }

    fn known(&self) -> MutexGuard<'_, HashMap<CameraId, usize>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Indexes come from [`Self::enter`] alone.
    fn lock(&self, camera: usize) -> MutexGuard<'_, Entry> {
        self.places[camera]
            .wait()
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an operator is told of a picture that judges nothing.
pub(crate) fn why(reason: Inconclusive) -> &'static str {
    match reason {
        Inconclusive::Frozen => "the same picture comes again and again",
        Inconclusive::TooDark => "the picture is black",
        Inconclusive::Obscured => "the lens is covered: the picture has no structure",
        Inconclusive::Blurred => {
            "the picture is much less sharp than usual: out of focus, misted over or dirty"
        }
        Inconclusive::Dazzled => "a flash or a light into the lens",
        Inconclusive::Switching => "the camera changes between colour and infrared",
        Inconclusive::Placeholder => "a card stands in place of the picture",
        Inconclusive::Moved => "the picture fits none of the known views",
        _ => "the picture cannot be judged",
    }
}

#[cfg(test)]
mod tests {
    use curbwatch_types::Point;

    use super::*;

    fn camera(id: &str, now: Wall) -> (CameraStatus, Watched) {
        let status = CameraStatus {
            camera: CameraId::new(id).expect("a valid id"),
            name: None,
            url: String::new(),
            state: CameraState::Connecting,
            since: now,
            why: String::new(),
            looks: 0,
            dropped: BTreeMap::new(),
            last_look: None,
            open: 0,
            patrol: None,
        };
        let watched = Watched::unvisited(status.camera.clone(), Duration::from_secs(5), now);
        (status, watched)
    }

    #[test]
    fn a_camera_that_goes_is_shown_no_more_and_has_its_place_when_it_comes_again() {
        use CameraState::{Connecting, Live, Stalled, Suspended};
        let metrics = Arc::new(Metrics::new().expect("names are valid and unique"));
        let board = Board::new(
            vec![camera("a", Wall(0)), camera("b", Wall(0))],
            Arc::clone(&metrics),
        );
        let enter = |id, now| {
            let (status, watched) = camera(id, Wall(now));
            board.enter(status, watched)
        };
        let shown = || -> Vec<String> { board.cameras().iter().map(|c| c.camera.to_string()).collect() };
        let (a, left) = (CameraId::new("a").expect("a valid id"), board.left());
        board.received(0, Live, "said", Wall(1));
        board.received(0, Stalled, "said", Wall(2));
        board.tick(Wall(30_000));
        board.leave(0, Wall(40_000));
        board.leave(0, Wall(50_000));
        // Its reception may have something to say yet.
        board.received(0, Live, "late", Wall(50_000));
        assert_eq!((board.index(&a), board.place_of(&a)), (None, Some(0)));
        assert_eq!((board.state(0), board.camera("a").is_none()), (Suspended, true));
        assert_eq!(
            (metrics.cameras(Live).get(), metrics.cameras(Stalled).get()),
            (0, 0)
        );
        let rows = board.tick(Wall(60_000));
        assert!(
            rows.iter().any(|row| !row.open && row.until == Wall(40_000)),
            "its book is closed: {rows:?}"
        );
        assert_eq!(enter("c", 60_000), Some(2), "nobody has another's place");
        assert_eq!(shown(), ["b", "c"]);
        assert_eq!(enter("a", 70_000), Some(0));
        assert_eq!(
            (shown(), board.index(&a)),
            (vec!["a".into(), "b".into(), "c".into()], Some(0))
        );
        assert_eq!((metrics.cameras(Connecting).get(), board.left()), (3, left - 1));
    }

    #[test]
    fn a_camera_is_live_when_reception_and_scene_say_so() {
        use CameraState::{Connecting, Frozen, Live, Moved, Stalled};
        let metrics = Arc::new(Metrics::new().expect("names are valid and unique"));
        let board = Board::new(vec![camera("c", Wall(0))], Arc::clone(&metrics));
        let look = |now| LastLook {
            captured_at: CapturedAt {
                at: Wall(now),
                uncertainty_ms: 0,
            },
            size: (1, 1),
            detections: 0,
            thumbnail: Arc::default(),
            view: None,
        };
        let picture_of = |state| PictureState {
            state,
            why: match state {
                Frozen => Some(Inconclusive::Frozen),
                Moved => Some(Inconclusive::Moved),
                CameraState::Obscured => Some(Inconclusive::Blurred),
                _ => None,
            },
            offset: Point::default(),
            fit: 0.0,
        };
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
                board.observed(0, look(now), picture_of(state), Wall(now));
            }
            let status = &board.cameras()[0];
            assert_eq!((status.state, status.since), (shown, Wall(since)), "step {now}");
            assert_eq!(metrics.cameras(shown).get(), 1);
        }
        assert_eq!(board.live(), 1);
        let why = || board.cameras()[0].why.clone();
        board.observed(0, look(8), picture_of(CameraState::Obscured), Wall(8));
        assert!(why().contains("less sharp"), "{}", why());
        let black = PictureState {
            why: Some(Inconclusive::TooDark),
            ..picture_of(CameraState::Obscured)
        };
        board.observed(0, look(9), black, Wall(9));
        assert!(why().contains("black"), "{}", why());
        board.observed(0, look(10), picture_of(Live), Wall(10));

        // Looks that come to nothing: the clock of looks.
        let told = |now: i64| {
            board.dropped(0, DropReason::Undecodable);
            let rows = board.tick(Wall(now));
            (board.cameras()[0].state, rows.len())
        };
        assert_eq!(told(15_000), (Live, 0));
        assert_eq!(told(15_011), (CameraState::NoPicture, 1));
        board.observed(0, look(15_012), picture_of(Live), Wall(15_012));
        assert_eq!(board.cameras()[0].state, Live);
        assert_eq!(board.tick(Wall(15_013)).len(), 1, "the interval is closed");

        board.received(0, Connecting, "starting", Wall(8));
        board.failed(0, "connection refused", Wall(9));
        let status = &board.cameras()[0];
        assert_eq!(
            (status.state, status.since, status.why.as_str()),
            (Connecting, Wall(8), "connection refused")
        );
    }
}

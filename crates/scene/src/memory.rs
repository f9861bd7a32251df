//! What a scene remembers, to be laid by and taken up again by another process: places with their dwell, groups, the
//! reference of the view, the ground's scale. A restored scene goes on as if nothing had happened.
//!
//! Plain data to everybody else: [`Memory::state`] is bytes that only a scene of the same version reads (ADR 0102), the
//! pictures are coded pictures as they came. Where they lie is `case`'s and `engine`'s.
//!
//! Not for: open cases. Those are the store's; where memory and store differ, the store is right
//! ([`CameraScene::agree`]).

mod watches;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use curbwatch_types::{AccessUnit, CameraId, Point, Shot, ViewId, Wall};

use crate::anchor::Anchor;
use crate::freeze::Freeze;
use crate::ground::Ground;
use crate::kept::{Kept, Reader, Writer, kept};
use crate::registration::Registration;
use crate::view_scene::ViewScene;
use crate::watch::Watch;
use crate::witness::Witness;
use crate::{CameraScene, OpenIncident};
use watches::KeptWatch;

/// The form of [`Memory::state`]. Raised by whoever changes a kept part or what it means; a memory of another version is
/// refused, and the scene begins anew.
const VERSION: u32 = 5;

/// Bytes of coded pictures that a memory holds, at most: some forty pictures of a 1080-line camera.
const PICTURES_BYTES_MAX: usize = 4 << 20;

/// A camera's scene at rest.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Whose it is.
    pub camera: CameraId,
    /// The latest look that is in it.
    pub taken_at: Wall,
    /// All but the pictures. At most some megabytes: as much as `anchors_max`, `groups_max` and `members_max` allow.
    pub state: Vec<u8>,
    /// Coded pictures that evidence begins with, at most 4 MiB; captured-at names them.
    pub pictures: Vec<AccessUnit>,
    /// Pictures that found no room. Their cases will begin with a later one.
    pub pictures_left_out: usize,
}

/// Which pictures are laid by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pictures {
    /// The first ones of what stands: they cannot be had again. For laying by now and then.
    First,
    /// The latest ones, too: so that nothing at all is lost. For the end of a process.
    All,
}

/// Why a memory is not taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// Another program version wrote it.
    OtherVersion,
    /// It is another camera's.
    OtherCamera,
    /// The camera's first zone is drawn in another view now: what lies where means something else.
    OtherView,
    /// It is of a time that has not come: somebody set the clock back.
    FromTheFuture,
    /// It does not add up.
    Damaged,
}

impl Refusal {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::OtherVersion,
        Self::OtherCamera,
        Self::OtherView,
        Self::FromTheFuture,
        Self::Damaged,
    ];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherVersion => "other_version",
            Self::OtherCamera => "other_camera",
            Self::OtherView => "other_view",
            Self::FromTheFuture => "from_the_future",
            Self::Damaged => "damaged",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherVersion => "another version of the program laid it by",
            Self::OtherCamera => "it is another camera's",
            Self::OtherView => "the zones are drawn in another view now",
            Self::FromTheFuture => "it is of a time that has not come; the clock was set back",
            Self::Damaged => "it is damaged",
        })
    }
}

impl std::error::Error for Refusal {}

/// What comes first, whatever the version.
struct Head {
    version: u32,
    camera: Arc<str>,
    view: Option<ViewId>,
    taken_at: Wall,
}

kept!(Head {
    version,
    camera,
    view,
    taken_at,
});

/// All of it. Whoever adds a part of the scene that must outlive the process adds it here and raises [`VERSION`].
struct Whole {
    /// Digest of the zones, so that it shows when they were drawn anew.
    zones: u64,
    next_id: u64,
    anchors: Vec<Anchor>,
    watches: Vec<KeptWatch>,
    ground: Ground,
    witness: Option<Witness>,
    registration: Registration,
    freeze: Freeze,
    last_digest: Option<u64>,
    blind_since: Option<Wall>,
    offset: Point,
}

kept!(Whole {
    zones,
    next_id,
    anchors,
    watches,
    ground,
    witness,
    registration,
    freeze,
    last_digest,
    blind_since,
    offset,
});

impl CameraScene {
    /// What this scene remembers; `None` before it has taken a look.
    pub fn checkpoint(&self, pictures: Pictures) -> Option<Memory> {
        let taken_at = self.last_at?;
        let (pictures, pictures_left_out) = self.view.worth_keeping(pictures);
        let mut to = Writer {
            bytes: Vec::new(),
            pictures: pictures.keys().copied().collect::<BTreeSet<Wall>>(),
        };
        let head = Head {
            version: VERSION,
            camera: self.camera.as_str().into(),
            view: self.view.zones.view().cloned(),
            taken_at,
        };
        head.keep(&mut to);
        let view = &self.view;
        let whole = Whole {
            zones: view.zones_digest(),
            next_id: view.next_id,
            anchors: view.anchors.clone(),
            watches: view.watches.iter().map(Watch::to_keep).collect(),
            ground: view.ground.clone(),
            witness: view.witness.clone(),
            registration: view.registration.clone(),
            freeze: self.freeze.clone(),
            last_digest: self.last_digest,
            blind_since: view.blind_since,
            offset: view.offset,
        };
        whole.keep(&mut to);
        let check = fnv1a(&to.bytes);
        check.keep(&mut to);
        Some(Memory {
            camera: self.camera.clone(),
            taken_at,
            state: to.bytes,
            pictures: pictures.into_values().cloned().collect(),
            pictures_left_out,
        })
    }

    /// Takes up what another process laid by, in place of all that this scene knows. `now` is the time by the wall clock. Where
    /// zones or bounds have changed since, what no longer has a place is dropped.
    pub fn restore(&mut self, memory: &Memory, now: Wall) -> Result<(), Refusal> {
        let mut from = Reader::new(&memory.state, &memory.pictures);
        let head = Head::recall(&mut from).ok_or(Refusal::Damaged)?;
        if head.version != VERSION {
            return Err(Refusal::OtherVersion);
        }
        if *head.camera != *self.camera.as_str() || memory.camera != self.camera {
            return Err(Refusal::OtherCamera);
        }
        if head.view.as_ref() != self.view.zones.view() {
            return Err(Refusal::OtherView);
        }
        if head.taken_at > now {
            return Err(Refusal::FromTheFuture);
        }
        let (body, check) = memory.state.split_last_chunk::<8>().ok_or(Refusal::Damaged)?;
        if fnv1a(body) != u64::from_le_bytes(*check) {
            return Err(Refusal::Damaged);
        }
        let whole = Whole::recall(&mut from).ok_or(Refusal::Damaged)?;
        let _check = u64::recall(&mut from);
        if !from.is_at_end() {
            return Err(Refusal::Damaged);
        }
        self.take_up(whole, head.taken_at);
        Ok(())
    }

    fn take_up(&mut self, mut whole: Whole, taken_at: Wall) {
        self.last_at = Some(taken_at);
        self.last_digest = whole.last_digest;
        self.freeze = std::mem::take(&mut whole.freeze);
        self.state.offset = whole.offset;
        self.view.take_up(whole);
    }

    /// After [`Self::restore`], or instead of it: `open` are the cases that stand open in the store, `ended` those of
    /// [`Self::open_incidents`] that the store knows and that have ended. What the store does not know was decided and never stored:
    /// it is decided again.
    pub fn agree(&mut self, open: Vec<OpenIncident>, ended: &[Arc<str>]) {
        self.view.agree(open, ended);
    }
}

impl ViewScene {
    fn take_up(&mut self, whole: Whole) {
        self.blind_since = whole.blind_since;
        self.offset = whole.offset;
        self.registration = whole.registration;
        self.ground = whole.ground;
        // One that has nothing to say here, or is heard for the first time, stays as it is.
        self.witness = self.witness.take().map(|fresh| whole.witness.unwrap_or(fresh));
        self.next_id = whole.next_id;
        self.anchors = whole.anchors;
        let drawn_anew = whole.zones != self.zones_digest();
        let (zones, rule) = (&self.zones, self.rule);
        self.anchors.retain(|anchor| {
            let stays = || zones.enforced(rule, anchor.place.ground_contact()).is_some();
            !drawn_anew || anchor.opened.is_some() || stays()
        });
        if self.anchors.len() > self.options.anchors_max {
            self.anchors
                .sort_by_key(|anchor| (anchor.opened.is_none(), anchor.first_seen.at, anchor.id));
            self.anchors.truncate(self.options.anchors_max);
            self.anchors.sort_by_key(|anchor| anchor.id);
        }
        for kept in whole.watches {
            let mut of_class = self.watches.iter_mut();
            if let Some(watch) = of_class.find(|watch| *kept.class == *watch.rule.rule.class.name()) {
                watch.take_up(kept, drawn_anew.then_some(&self.zones));
            }
        }
    }

    fn zones_digest(&self) -> u64 {
        let mut to = Writer {
            bytes: Vec::new(),
            pictures: BTreeSet::new(),
        };
        for zone in self.zones.drawn() {
            zone.id.keep(&mut to);
            zone.kind.keep(&mut to);
            for corner in zone.polygon.points() {
                corner.keep(&mut to);
            }
        }
        fnv1a(&to.bytes)
    }

    fn agree(&mut self, open: Vec<OpenIncident>, ended: &[Arc<str>]) {
        self.anchors
            .retain(|anchor| !anchor.opened.as_ref().is_some_and(|o| ended.contains(&o.key)));
        let stands = |key: &Arc<str>| open.iter().any(|incident| incident.key == *key);
        for anchor in &mut self.anchors {
            anchor.opened.take_if(|opened| !stands(&opened.key));
        }
        for watch in &mut self.watches {
            watch.agree(&open, ended);
        }
        self.adopt(open);
    }

    /// Pictures to lay by, the ones that matter most first in the count, and how many found no room.
    fn worth_keeping(&self, which: Pictures) -> (BTreeMap<Wall, &AccessUnit>, usize) {
        let stationary_ms = i64::from(self.rule_options().stationary_secs) * 1000;
        let worth = |anchor: &&Anchor| {
            which == Pictures::All || anchor.opened.is_some() || anchor.stood_millis() >= stationary_ms
        };
        let mut anchors: Vec<&Anchor> = self.anchors.iter().filter(worth).collect();
        anchors.sort_by_key(|anchor| (anchor.opened.is_none(), anchor.first_seen.at, anchor.id));
        let mut shots: Vec<&Shot> = anchors.iter().filter_map(|a| a.first_shot.as_ref()).collect();
        shots.extend(self.watches.iter().flat_map(|watch| watch.first_shots(which)));
        if which == Pictures::All {
            shots.extend(anchors.iter().filter_map(|a| a.last_shot.as_ref()));
            shots.extend(self.watches.iter().flat_map(Watch::last_shots));
        }
        let (mut kept, mut left_out, mut bytes) = (BTreeMap::new(), BTreeSet::new(), 0);
        for unit in shots.into_iter().map(|shot| &shot.unit) {
            let name = unit.captured_at.at;
            if kept.contains_key(&name) {
                continue;
            }
            if bytes + unit.bytes.len() > PICTURES_BYTES_MAX {
                left_out.insert(name);
                continue;
            }
            bytes += unit.bytes.len();
            kept.insert(name, unit);
        }
        (kept, left_out.len())
    }
}

/// FNV-1a, 64 bits, of eight bytes at a time: tells a torn write from a whole one.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325, |hash: u64, chunk| {
        let word = chunk.iter().fold(0, |word, b| word << 8 | u64::from(*b));
        (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

//! What a scene remembers, to be laid by and taken up again by another process: places with their dwell, groups, the
//! reference of the view, the ground's scale. A restored scene goes on as if nothing had happened.
//!
//! Plain data to everybody else: [`Memory::state`] is bytes that only a scene of the same version reads (ADR 0102), the
//! pictures are coded pictures as they came. Where they lie is `case`'s and `engine`'s.
//!
//! Not for: open cases. Those are the store's; where memory and store differ, the store is right
//! ([`CameraScene::agree`]).

mod views;
mod watches;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use curbwatch_types::{AccessUnit, CameraId, Shot, VIEWS_MAX, ViewId, Wall};

use crate::anchor::Anchor;
use crate::freeze::Freeze;
use crate::infrared::Infrared;
use crate::kept::{Kept, Reader, Writer, kept};
use crate::view_scene::ViewScene;
use crate::watch::Watch;
use crate::{CameraScene, OpenIncident};
use views::KeptView;

/// The form of [`Memory::state`]. Raised by whoever changes a kept part or what it means; a memory of another version is
/// refused, and the scene begins anew.
const VERSION: u32 = 12;

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

/// All of it. Whoever adds a part of the scene that must outlive the process adds it here, or to a view, and raises [`VERSION`].
pub(crate) struct Whole {
    freeze: Freeze,
    infrared: Infrared,
    last_digest: Option<u64>,
    /// The view that was shown.
    now: u64,
    views: Vec<KeptView>,
}

kept!(Whole {
    freeze,
    infrared,
    last_digest,
    now,
    views,
});

impl CameraScene {
    /// What this scene remembers; `None` before it has taken a look.
    pub fn checkpoint(&self, pictures: Pictures) -> Option<Memory> {
        let taken_at = self.last_at?;
        let (pictures, pictures_left_out) = worth_keeping(&self.views, pictures);
        let mut to = Writer {
            bytes: Vec::new(),
            pictures: pictures.keys().copied().collect::<BTreeSet<Wall>>(),
        };
        let head = Head {
            version: VERSION,
            camera: self.camera.as_str().into(),
            view: self.views[0].zones.view().cloned(),
            taken_at,
        };
        head.keep(&mut to);
        self.whole().keep(&mut to);
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

    /// All that outlives the process, but the pictures that it names.
    pub(crate) fn whole(&self) -> Whole {
        Whole {
            freeze: self.freeze.clone(),
            infrared: self.infrared.clone(),
            last_digest: self.last_digest,
            now: self.views[self.now].slot,
            views: self.views.iter().map(ViewScene::to_keep).collect(),
        }
    }

    /// Takes up what another process laid by, in place of all that this scene knows. `now` is the time by the wall clock. Where
    /// zones or bounds have changed since, what no longer has a place is dropped; a view that is new, or of which another picture
    /// was stored, begins anew.
    pub fn restore(&mut self, memory: &Memory, now: Wall) -> Result<(), Refusal> {
        let mut from = Reader::new(&memory.state, &memory.pictures);
        let head = Head::recall(&mut from).ok_or(Refusal::Damaged)?;
        if head.version != VERSION {
            return Err(Refusal::OtherVersion);
        }
        if *head.camera != *self.camera.as_str() || memory.camera != self.camera {
            return Err(Refusal::OtherCamera);
        }
        if head.view.as_ref() != self.views[0].zones.view() {
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
        let numbered = whole.views.iter().all(|view| view.slot < VIEWS_MAX as u64);
        if !from.is_at_end() || !numbered {
            return Err(Refusal::Damaged);
        }
        self.take_up(whole, head.taken_at);
        Ok(())
    }

    pub(crate) fn take_up(&mut self, whole: Whole, taken_at: Wall) {
        self.last_at = Some(taken_at);
        self.last_digest = whole.last_digest;
        self.freeze = whole.freeze;
        self.infrared = whole.infrared;
        let (mut fresh, mut taken) = (Vec::new(), BTreeSet::new());
        let mut kept = whole.views;
        for (index, view) in self.views.iter_mut().enumerate() {
            let Some(of_view) = kept.iter().position(|kept| kept.is_of(view)) else {
                fresh.push(index);
                continue;
            };
            let of_view = kept.swap_remove(of_view);
            taken.insert(of_view.slot);
            if of_view.slot == whole.now {
                self.now = index;
            }
            view.take_up(of_view);
        }
        let mut free = (0..).filter(|slot| !taken.contains(slot));
        for (index, slot) in fresh.into_iter().zip(&mut free) {
            self.views[index].number_from(slot);
        }
        self.state.offset = self.views[self.now].offset;
    }

    /// After [`Self::restore`], or instead of it: `open` are the cases that stand open in the store, `ended` those of
    /// [`Self::open_incidents`] that the store knows and that have ended. What the store does not know was decided and never stored:
    /// it is decided again.
    pub fn agree(&mut self, open: Vec<OpenIncident>, ended: &[Arc<str>]) {
        for view in &mut self.views {
            view.agree(&open, ended);
        }
        self.adopt(open);
    }
}

/// Pictures to lay by, the ones that matter most first in the count, and how many found no room.
fn worth_keeping(views: &[ViewScene], which: Pictures) -> (BTreeMap<Wall, &AccessUnit>, usize) {
    let worth = |view: &ViewScene, anchor: &Anchor| {
        let stationary_ms = i64::from(view.rule_options().stationary_secs) * 1000;
        which == Pictures::All || anchor.opened.is_some() || anchor.stood_millis() >= stationary_ms
    };
    let of_view = |view| move |anchor: &&Anchor| worth(view, anchor);
    let mut anchors: Vec<&Anchor> = views
        .iter()
        .flat_map(|view| view.anchors.iter().filter(of_view(view)))
        .collect();
    anchors.sort_by_key(|anchor| (anchor.opened.is_none(), anchor.first_seen.at, anchor.id));
    let watches = || views.iter().flat_map(|view| &view.watches);
    let mut shots: Vec<&Shot> = anchors.iter().filter_map(|a| a.first_shot.as_ref()).collect();
    shots.extend(watches().flat_map(|watch| watch.first_shots(which)));
    if which == Pictures::All {
        shots.extend(anchors.iter().filter_map(|a| a.last_shot.as_ref()));
        shots.extend(watches().flat_map(Watch::last_shots));
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

/// FNV-1a, 64 bits, of eight bytes at a time: tells a torn write from a whole one.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325, |hash: u64, chunk| {
        let word = chunk.iter().fold(0, |word, b| word << 8 | u64::from(*b));
        (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

//! Another configuration for a running engine: what changes is carried out camera by camera, and nobody else notices.
//!
//! Everything that can be wrong is found before anything is changed. Then the old goes (TEARDOWN, the due look is dropped, the
//! scene is put to rest), what stays is changed by messages to the one stage that owns it, and the new comes. A camera keeps its
//! index for as long as the process lives.
//!
//! Not for: finding out what is another (`config`), how a scene goes on with other zones (`scene`).

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};
use curbwatch_case::{Before, CaseReader};
use curbwatch_config::{self as config, CameraChange, Changes, Config};
use curbwatch_ingest::Source;
use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{CameraId, Incident};

use super::roster::{every, undialled, watched_from};
use super::{Live, post};
use crate::Error;
use crate::budgets::Budgets;
use crate::fates::{MemoryFate, ReloadFate};
use crate::ground::on_the_ground;
use crate::ledger::RosterChange;
use crate::memories::{Recalled, Shelf, hand_over};
use crate::nudge::Nudge;
use crate::scenes::SceneChange;
use crate::wiring;

/// How long a stage may take to answer. Each of them answers in milliseconds unless its disk refuses; then it is gone on without
/// what it knows.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// The ways by which the stages hear of another configuration. Dropped before the stages are waited for.
pub(super) struct Reins {
    pub(super) nudge: Sender<Nudge>,
    pub(super) scenes: Sender<Vec<SceneChange>>,
    pub(super) roster: Sender<RosterChange>,
    pub(super) shelf: Sender<Shelf>,
}

/// What a reload did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Cameras that are watched from now on.
    pub added: usize,
    /// Cameras that are not watched any more.
    pub removed: usize,
    /// Cameras that are received anew.
    pub received_anew: usize,
    /// Cameras whose pictures are judged by other zones or rules.
    pub judged_anew: usize,
    /// Cameras that are looked at more or less often, or called otherwise.
    pub looked_at_or_named_anew: usize,
    /// Keys that are another and wait for a restart.
    pub needs_restart: Vec<String>,
}

impl Reloaded {
    /// What became of the configuration.
    pub fn fate(&self) -> ReloadFate {
        if self.needs_restart.is_empty() {
            ReloadFate::Applied
        } else {
            ReloadFate::Partly
        }
    }

    fn of(changes: Changes) -> Self {
        let count = |is: fn(&CameraChange) -> bool| changes.changed.iter().filter(|one| is(one)).count();
        Self {
            added: changes.added.len(),
            removed: changes.removed.len(),
            received_anew: count(|change| change.reception),
            judged_anew: count(|change| change.judging),
            looked_at_or_named_anew: count(|change| change.looks || change.name),
            needs_restart: changes.needs_restart,
        }
    }
}

impl fmt::Display for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.added, "added"),
            (self.removed, "removed"),
            (self.received_anew, "received anew"),
            (self.judged_anew, "with other zones or rules"),
            (self.looked_at_or_named_anew, "with another look interval or name"),
        ];
        let told: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if told.is_empty() {
            f.write_str("cameras: nothing has changed")?;
        } else {
            write!(f, "cameras: {}", told.join(", "))?;
        }
        if !self.needs_restart.is_empty() {
            write!(f, "; restart needed for: {}", self.needs_restart.join(", "))?;
        }
        Ok(())
    }
}

/// A camera that comes, before anybody knows of it.
struct Coming<'c> {
    camera: &'c config::Camera,
    source: Source,
    scene: CameraScene,
    /// What it has seen on ground that it shares.
    cases: Vec<Incident>,
}

/// What cameras are judged by from now on, where that is another.
fn judging<'c>(
    changes: &Changes,
    by_id: &HashMap<&'c CameraId, &'c config::Camera>,
) -> Result<HashMap<&'c CameraId, Box<Options>>, Error> {
    let judged = changes.changed.iter().filter(|change| change.judging);
    let cameras = judged.filter_map(|change| by_id.get_key_value(&change.camera));
    let options = |(id, camera): (&&'c CameraId, &&config::Camera)| {
        let options = wiring::scene_options(camera)?;
        Ok((*id, Box::new(options)))
    };
    cameras.map(options).collect()
}

impl Live {
    /// Runs with `new` from now on, but for what only a restart takes up. Cameras at which nothing is another keep their session,
    /// the phase of their looks, their scene and their cases. After an error nothing is changed. Waits for TEARDOWN of what ends and
    /// for what the disk knows of what comes.
    ///
    /// # Errors
    /// No camera with an address would be left; an address cannot be used; there would be more cameras than one process comes to
    /// know; the store cannot be read; or the scene stage has not yet taken in the change before this one.
    pub fn reload(&mut self, new: Config) -> Result<Reloaded, Error> {
        let outcome = self.carry_out(new);
        let fate = outcome.as_ref().map_or(ReloadFate::Failed, Reloaded::fate);
        self.view.metrics.config_reloads(fate).inc();
        outcome
    }

    fn carry_out(&mut self, new: Config) -> Result<Reloaded, Error> {
        let (next, changes) = self.config.changed_to(new);
        self.check(&next, &changes)?;
        let by_id: HashMap<&CameraId, &config::Camera> =
            next.cameras.iter().map(|camera| (&camera.id, camera)).collect();
        let scenes = self.scenes_of(&changes.added, &by_id)?;
        let judging = judging(&changes, &by_id)?;
        self.view.budgets.renew(&next);
        let anew = changes.changed.iter().filter(|change| change.reception);
        let dialled = changes.added.len() + anew.clone().count();
        let source = |id: &CameraId| -> Result<Option<(&config::Camera, Source)>, Error> {
            let Some(&camera) = by_id.get(id) else {
                return Ok(None);
            };
            Ok(wiring::source(&next, camera, &self.view.budgets, dialled)?.map(|source| (camera, source)))
        };
        let mut coming = Vec::with_capacity(scenes.len());
        for (id, (scene, cases)) in changes.added.iter().zip(scenes) {
            if let Some((camera, source)) = source(id)? {
                coming.push(Coming {
                    camera,
                    source,
                    scene,
                    cases,
                });
            }
        }
        let mut sources = Vec::new();
        for change in anew {
            sources.extend(source(&change.camera)?);
        }
        let anew = sources;

        let left = self.leave(&changes.removed, anew.iter().map(|(camera, _)| &camera.id));
        let (scene_changes, entered) = self.tell_of(coming, &changes, &by_id, judging);
        self.change_scenes(left, scene_changes);
        self.receptions.seats(self.view.budgets.seats());
        for (index, camera, source) in entered {
            let post = post(camera);
            let slot = Arc::clone(&post.slot);
            self.nudge(Nudge::Enter(index, every(camera), post));
            let plan = wiring::plan(&next, camera, &self.view.budgets);
            self.receptions.begin(index, source, slot, plan);
        }
        for (camera, source) in anew {
            if let Some(index) = self.view.board.index(&camera.id) {
                self.view.board.address(index, source.shown());
                let plan = wiring::plan(&next, camera, &self.view.budgets);
                self.nudge(Nudge::OnPatrol(index, plan.is_some()));
                let revisits = wiring::revisits(camera, self.clock.wall());
                self.view.board.on_patrol(index, revisits);
                self.receptions.begin_anew(index, source, plan);
            }
        }
        let reloaded = Reloaded::of(changes);
        self.config = next;
        Ok(reloaded)
    }

    /// Finds what can be wrong.
    fn check(&self, next: &Config, changes: &Changes) -> Result<(), Error> {
        if !next.cameras.iter().any(config::Camera::is_watched) {
            return Err(Error::NothingToWatch);
        }
        let board = &self.view.board;
        let strangers = changes.added.iter().filter(|id| board.place_of(id).is_none());
        if strangers.count() > board.left() {
            return Err(Error::TooManyCameras);
        }
        if self.reins.scenes.is_full() {
            return Err(Error::StillChanging);
        }
        let anew = changes.changed.iter().filter(|change| change.reception);
        let dialled: HashSet<&CameraId> = anew.map(|change| &change.camera).chain(&changes.added).collect();
        // With budgets that nobody will take of.
        let budgets = Budgets::new(next);
        for camera in next.cameras.iter().filter(|camera| dialled.contains(&camera.id)) {
            wiring::source(next, camera, &budgets, 1)?;
        }
        Ok(())
    }

    /// The scenes of cameras that come, with what was left of each.
    fn scenes_of(
        &self,
        added: &[CameraId],
        by_id: &HashMap<&CameraId, &config::Camera>,
    ) -> Result<Vec<(CameraScene, Vec<Incident>)>, Error> {
        let cases = CaseReader::open(&self.config.store.directory)?;
        let mut scenes = Vec::with_capacity(added.len());
        for camera in added.iter().filter_map(|id| by_id.get(id)) {
            let mut scene = wiring::scene(camera)?;
            let (answer, recalled) = bounded::<Recalled>(1);
            let asked = self
                .reins
                .shelf
                .send_timeout(Shelf::TakeUp(camera.id.clone(), answer), ANSWER_MAX);
            let recalled = asked.ok().and_then(|()| recalled.recv_timeout(ANSWER_MAX).ok());
            if recalled.is_none() {
                tracing::warn!(camera = %camera.id, "nobody answers what was remembered; the scene begins anew");
                self.view.metrics.memories(MemoryFate::Failed).inc();
            }
            let left = (recalled.unwrap_or(Ok(None)), &cases);
            hand_over(
                &mut scene,
                &camera.id,
                left,
                self.clock.wall(),
                &self.view.metrics,
            )?;
            let seen = on_the_ground(&camera.id, &scene, &cases, self.clock.wall())?;
            scenes.push((scene, seen));
        }
        Ok(scenes)
    }

    /// Ends what is received of cameras that go, and of those that are received anew; nobody looks at those that go any more.
    /// Answers with their indexes.
    fn leave<'c>(&mut self, removed: &[CameraId], anew: impl Iterator<Item = &'c CameraId>) -> Vec<usize> {
        let index = |id: &CameraId| self.view.board.index(id);
        let left: Vec<usize> = removed.iter().filter_map(index).collect();
        let anew: Vec<usize> = anew.filter_map(index).collect();
        self.receptions.end(left.iter().copied().chain(anew));
        for index in &left {
            self.receptions.forget(*index);
            self.nudge(Nudge::Leave(*index));
            self.view.board.leave(*index, self.clock.wall());
        }
        left
    }

    /// Tells ledger, board and sampler; answers with what the scenes must hear, and the cameras that have come with their indexes.
    fn tell_of<'c>(
        &self,
        coming: Vec<Coming<'c>>,
        changes: &Changes,
        by_id: &HashMap<&CameraId, &'c config::Camera>,
        mut judging: HashMap<&CameraId, Box<Options>>,
    ) -> (Vec<SceneChange>, Vec<(usize, &'c config::Camera, Source)>) {
        let (mut scenes, mut entered) = (Vec::new(), Vec::new());
        let known = self.known_before(changes);
        let now = self.clock.wall();
        for (come, before) in coming.into_iter().zip(known) {
            let Coming {
                camera,
                source,
                scene,
                cases,
            } = come;
            let watched = watched_from(camera, before, now);
            let status = undialled(camera, &source, now);
            if let Some(index) = self.view.board.enter(status, watched) {
                scenes.push(SceneChange::Enter(index, Box::new(scene), cases));
                entered.push((index, camera, source));
            }
        }
        for change in &changes.changed {
            let (Some(&camera), Some(index)) =
                (by_id.get(&change.camera), self.view.board.index(&change.camera))
            else {
                continue;
            };
            self.view.board.change(index, camera.name.clone(), every(camera));
            if change.looks {
                self.nudge(Nudge::LookEvery(index, every(camera)));
            }
            if let Some(options) = judging.remove(&change.camera) {
                self.nudge(Nudge::Zones(index, wiring::zones(camera)));
                scenes.push(SceneChange::Rezone(index, camera.zones.clone(), options));
            }
        }
        (scenes, entered)
    }

    /// What the ledger knows of the cameras that come; from now on they are on its roster, and those that go are not.
    fn known_before(&self, changes: &Changes) -> Vec<Before> {
        let nothing = || vec![Before::default(); changes.added.len()];
        if changes.added.is_empty() && changes.removed.is_empty() {
            return nothing();
        }
        let (before, answer) = bounded(1);
        let change = RosterChange {
            left: changes.removed.clone(),
            entered: changes.added.clone(),
            before,
        };
        let asked = self.reins.roster.send_timeout(change, ANSWER_MAX);
        let answer = asked.ok().and_then(|()| answer.recv_timeout(ANSWER_MAX).ok());
        answer.unwrap_or_else(|| {
            tracing::warn!(
                "the coverage ledger does not answer; the cameras that come begin in it as if they were new"
            );
            nothing()
        })
    }

    /// Puts the scenes of cameras that left to rest, and changes the others.
    fn change_scenes(&self, left: Vec<usize>, changes: Vec<SceneChange>) {
        let (kept, memories) = bounded(left.len());
        let mut all: Vec<SceneChange> = left
            .into_iter()
            .map(|index| SceneChange::Leave(index, kept.clone()))
            .collect();
        drop(kept);
        all.extend(changes);
        // `check` has seen that there is room, and nobody else sends.
        if all.is_empty() || self.reins.scenes.try_send(all).is_err() {
            return;
        }
        // On its way to the disk before anybody can ask for it.
        while let Ok(memory) = memories.recv_timeout(ANSWER_MAX) {
            let _gone = self.reins.shelf.send_timeout(Shelf::LayBy(memory), ANSWER_MAX);
        }
    }

    fn nudge(&self, nudge: Nudge) {
        // A sampler that is gone needs no nudge.
        let _gone = self.reins.nudge.send(nudge);
    }
}

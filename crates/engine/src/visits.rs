//! Visiting cameras on patrol: one task that begins visits as the rounds say, and one task for each visit
//! under way, which connects, puts so many keyframes into the camera's slot, and leaves with a TEARDOWN.
//!
//! Each picture that is put becomes one look: the sampler is told and makes it due, so between visits no look
//! waits for a picture. Not for: who is next (`rounds`), sessions that stay (`reception`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;
use curbwatch_ingest::{Event, Remembered, Source, visit};
use curbwatch_types::{AccessUnit, BBox, CameraState, Clock, DropReason, LookWhy, Monotonic, Taint, Wall};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::nudge::Nudge;
use crate::reception::Told;
use crate::rounds::{Ended, Patrolled, Rounds, Visit, planned};
use crate::schedule::CameraIndex;
use crate::slot::Slot;
use crate::view::View;
use crate::visit_metrics::VisitEnd;

/// Longest sleep without an event, so that a missed wake-up is a delay and not a standstill.
const NAP_MAX: Duration = Duration::from_secs(1);

/// Errands that may wait for each camera: it comes, it goes, it is wished for.
pub(crate) const ERRANDS_PER_CAMERA: usize = 2;
/// Multiples of it leave no part of an interval empty, however many there are.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// What the visits are told.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Somebody wants a visit.
    Wish(Wish),
    /// A camera comes.
    Enter(CameraIndex, Box<Visited>),
    /// A camera goes; whoever asked is told when its last visit has said goodbye.
    Leave(CameraIndex, oneshot::Sender<()>),
    /// Budgets of sessions by name, with the seats they have for cameras on patrol from now on: other cameras have come that stay
    /// connected, or have gone.
    Seats(Vec<(String, usize)>),
}

/// A wish for a visit at a moment, and what it is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) camera: CameraIndex,
    pub(crate) at: Monotonic,
    pub(crate) why: LookWhy,
    pub(crate) place: Option<BBox>,
}

/// How one camera is visited.
#[derive(Debug)]
pub(crate) struct Visited {
    pub(crate) source: Source,
    pub(crate) slot: Arc<Slot>,
    pub(crate) plan: Plan,
    /// Of its jitter.
    pub(crate) seed: u64,
    /// Cancelled when it goes.
    pub(crate) stop: CancellationToken,
}

/// How it is visited, as it was configured.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Its group's name; empty where it has none.
    pub(crate) group: Arc<str>,
    /// From one visit to the next, as wished.
    pub(crate) wish: Duration,
    /// Its weight where not everybody can be visited as often as wished.
    pub(crate) priority: u32,
    /// Looks of a visit.
    pub(crate) looks: u32,
    /// From one look of a visit to the next, at least.
    pub(crate) spacing: Duration,
    /// From the answer to PLAY to the end, whatever came.
    pub(crate) longest: Duration,
    /// The budgets of sessions it is under, with the seats they have for cameras on patrol.
    pub(crate) pools: Vec<(String, usize)>,
}

/// What every visit works with.
#[derive(Clone)]
pub(crate) struct Road {
    pub(crate) nudge: Sender<Nudge>,
    pub(crate) view: View,
    pub(crate) clock: Arc<dyn Clock>,
}

/// One camera's visits as long as it is not told to stop: it enters, and leaves again.
pub(crate) async fn patrol(errands: mpsc::Sender<Errand>, index: CameraIndex, visited: Box<Visited>) {
    let stop = visited.stop.clone();
    if errands.send(Errand::Enter(index, visited)).await.is_err() {
        return;
    }
    stop.cancelled().await;
    let (gone, goes) = oneshot::channel();
    if errands.send(Errand::Leave(index, gone)).await.is_ok() {
        let _gone = goes.await;
    }
}

/// All cameras on patrol.
pub(crate) struct Visits {
    road: Road,
    errands: mpsc::Receiver<Errand>,
    rounds: Rounds,
    /// Numbers of the pools, by name.
    pools: HashMap<String, usize>,
    cameras: HashMap<CameraIndex, Arc<Visited>>,
    kept: HashMap<CameraIndex, Kept>,
    /// Who is told when a camera's visit is over.
    leaving: HashMap<CameraIndex, oneshot::Sender<()>>,
    /// Cameras that come again while their last visit is not over yet.
    coming: HashMap<CameraIndex, Box<Visited>>,
}

/// What a camera's visits hand to the next one.
struct Kept {
    remembered: Remembered,
    told: Told,
}

impl Kept {
    fn new(seed: u64) -> Self {
        Self {
            remembered: Remembered::new(seed),
            told: Told::default(),
        }
    }
}

/// A visit that is over.
struct Over {
    camera: CameraIndex,
    kept: Kept,
    ended: Ended,
}

impl Visits {
    pub(crate) fn new(road: Road, errands: mpsc::Receiver<Errand>) -> Self {
        Self {
            road,
            errands,
            rounds: Rounds::default(),
            pools: HashMap::new(),
            cameras: HashMap::new(),
            kept: HashMap::new(),
            leaving: HashMap::new(),
            coming: HashMap::new(),
        }
    }

    /// Runs until nobody is left to send it on an errand.
    pub(crate) async fn run(mut self) {
        let mut under_way: JoinSet<Over> = JoinSet::new();
        let mut whose: HashMap<Id, CameraIndex> = HashMap::new();
        loop {
            let now = self.road.clock.monotonic();
            while let Some(next) = self.rounds.next(now) {
                let Some(camera) = self.cameras.get(&next.camera) else {
                    continue;
                };
                let own = self.kept.remove(&next.camera);
                let own = own.unwrap_or_else(|| Kept::new(camera.seed));
                let one = OneVisit::new(next, Arc::clone(camera), self.road.clone());
                self.road.view.board.planned(next.camera, None);
                let begun = under_way.spawn(Box::pin(one.make(own)));
                whose.insert(begun.id(), next.camera);
            }
            let nap = self.rounds.next_event(now).map_or(NAP_MAX, |at| at.since(now));
            tokio::select! {
                Some(ended) = under_way.join_next_with_id() => self.over(ended, &mut whose),
                errand = self.errands.recv() => match errand {
                    Some(errand) => self.run_errand(errand),
                    None => break,
                },
                () = tokio::time::sleep(nap.min(NAP_MAX)) => {}
            }
        }
        for camera in self.cameras.values() {
            camera.stop.cancel();
        }
        while under_way.join_next().await.is_some() {}
    }

    fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Wish(wish) => {
                self.rounds
                    .pull_forward(wish.camera, wish.at, wish.why, wish.place);
                self.plan(wish.camera);
            }
            Errand::Enter(index, camera) if self.leaving.contains_key(&index) => {
                self.coming.insert(index, camera);
            }
            Errand::Enter(index, camera) => self.enter(index, camera),
            Errand::Leave(index, gone) => {
                self.coming.remove(&index);
                self.leaving.insert(index, gone);
                self.leave(index);
            }
            Errand::Seats(budgets) => {
                for (name, seats) in budgets {
                    // One that nobody on patrol has been under has no pool, and gets one with the first who comes.
                    if let Some(&pool) = self.pools.get(&name) {
                        self.rounds.seats(pool, seats);
                    }
                }
            }
        }
    }

    fn enter(&mut self, index: CameraIndex, camera: Box<Visited>) {
        let patrolled = self.patrolled(&camera.plan);
        // Whoever comes together is spread over the interval.
        let phase = planned(camera.plan.wish).mul_f64((index as f64 * GOLDEN).fract());
        let first = self.road.clock.monotonic().plus(phase);
        self.rounds.enter(index, patrolled, first);
        self.road.view.metrics.visits.expect(&camera.plan.group);
        self.cameras.insert(index, Arc::from(camera));
        self.plan(index);
    }

    /// What the rounds need to know of a camera; each of its pools has its seats.
    fn patrolled(&mut self, plan: &Plan) -> Patrolled {
        let mut pools = Vec::with_capacity(plan.pools.len());
        for (name, seats) in &plan.pools {
            let next = self.pools.len();
            let pool = *self.pools.entry(name.clone()).or_insert(next);
            self.rounds.seats(pool, *seats);
            pools.push(pool);
        }
        Patrolled {
            every: plan.wish,
            priority: plan.priority,
            pools,
        }
    }

    /// Lets a camera go that is to leave, as soon as nobody visits it.
    fn leave(&mut self, index: CameraIndex) {
        if !self.leaving.contains_key(&index) || !self.rounds.leave(index) {
            return;
        }
        self.cameras.remove(&index);
        self.kept.remove(&index);
        if let Some(gone) = self.leaving.remove(&index) {
            let _nobody_waits = gone.send(());
        }
        if let Some(camera) = self.coming.remove(&index) {
            self.enter(index, camera);
        }
    }

    fn over(&mut self, ended: Result<(Id, Over), JoinError>, whose: &mut HashMap<Id, CameraIndex>) {
        let now = self.road.clock.monotonic();
        let camera = match ended {
            Ok((id, over)) => {
                whose.remove(&id);
                self.kept.insert(over.camera, over.kept);
                self.rounds.over(over.camera, over.ended, now);
                over.camera
            }
            Err(cause) => {
                let Some(camera) = whose.remove(&cause.id()) else {
                    return;
                };
                self.road.view.metrics.camera_error("internal");
                tracing::error!(camera, "a visit ended unexpectedly: {cause}");
                self.rounds.over(camera, Ended::Empty, now);
                camera
            }
        };
        self.plan(camera);
        self.leave(camera);
    }

    /// Tells the board when the camera is due.
    fn plan(&self, camera: CameraIndex) {
        let (now, wall) = (self.road.clock.monotonic(), self.road.clock.wall());
        let due = self.rounds.due(camera).map(|at| {
            let ahead = i64::try_from(at.since(now).as_millis()).unwrap_or(i64::MAX);
            wall.plus_millis(ahead)
        });
        self.road.view.board.planned(camera, due);
    }
}

/// One visit under way.
struct OneVisit {
    visit: Visit,
    camera: Arc<Visited>,
    road: Road,
    /// Cancelled when it has what it came for, or has had its time.
    over: CancellationToken,
    connected: Arc<Notify>,
    is_connected: bool,
    /// Pictures that became looks.
    taken: u32,
    last_taken: Monotonic,
    /// What it waits for, or why it is not connected.
    waits: Option<String>,
    /// The last state that reception told.
    state: Option<CameraState>,
}

impl OneVisit {
    fn new(visit: Visit, camera: Arc<Visited>, road: Road) -> Self {
        Self {
            visit,
            over: camera.stop.child_token(),
            camera,
            road,
            connected: Arc::new(Notify::new()),
            is_connected: false,
            taken: 0,
            last_taken: Monotonic::default(),
            waits: None,
            state: None,
        }
    }

    async fn make(mut self, mut kept: Kept) -> Over {
        let begun = self.road.clock.monotonic();
        let (camera, clock) = (Arc::clone(&self.camera), Arc::clone(&self.road.clock));
        let (over, connected) = (self.over.clone(), Arc::clone(&self.connected));
        // Both handshakes have their own bound; who waits for a session that others hold does not wait for ever.
        let unconnected = camera.source.options.bounds.handshake * 2 + camera.plan.longest;
        let limit = async {
            if tokio::time::timeout(unconnected, connected.notified())
                .await
                .is_ok()
            {
                tokio::time::sleep(camera.plan.longest).await;
            }
            over.cancel();
            std::future::pending::<()>().await;
        };
        let Kept { remembered, told } = &mut kept;
        let mut outlet = |event| self.take(event, told);
        let wait = tokio::select! {
            wait = visit(&camera.source, &*clock, &over, remembered, &mut outlet) => wait,
            () = limit => None,
        };
        let took = self.road.clock.monotonic().since(begun);
        let ended = self.ended(wait, took);
        Over {
            camera: self.visit.camera,
            kept,
            ended,
        }
    }

    /// Never waits.
    fn take(&mut self, event: Event, told: &mut Told) {
        let index = self.visit.camera;
        match event {
            Event::Unit(unit) => self.picture(unit),
            Event::State {
                state: CameraState::Connecting,
                why,
            } => self.waits = Some(why),
            Event::State { state, why } => {
                if told.is_news(state) {
                    let camera = &self.camera.source.camera;
                    tracing::info!(%camera, state = state.name(), "{why}");
                }
                self.state = Some(state);
                let now = self.road.clock.wall();
                self.road.view.board.received(index, state, &why, now);
            }
            Event::Connected { .. } => {
                self.is_connected = true;
                told.connected();
                self.connected.notify_one();
            }
            other => {
                if let Event::Failed(why) = &other {
                    self.waits = Some(why.to_string());
                }
                let camera = &self.camera.source.camera;
                told.count(other, index, camera, &self.road.view, self.road.clock.wall());
            }
        }
    }

    /// A picture becomes a look, or is counted as dropped.
    fn picture(&mut self, unit: AccessUnit) {
        let metrics = &self.road.view.metrics;
        metrics.units.inc();
        if !unit.keyframe {
            return;
        }
        if unit.taint != Taint::Clean {
            metrics.units_dropped(DropReason::Tainted).inc();
            return;
        }
        let too_soon = self.taken > 0 && unit.received.since(self.last_taken) < self.camera.plan.spacing;
        if self.taken >= self.camera.plan.looks || too_soon {
            metrics.units_dropped(DropReason::Superseded).inc();
            return;
        }
        let (at, received) = (unit.captured_at.at, unit.received);
        let (_, dropped) = self.camera.slot.put(unit);
        if let Some(reason) = dropped {
            metrics.units_dropped(reason).inc();
        }
        let nudge = Nudge::Visited {
            camera: self.visit.camera,
            why: self.visit.why,
            place: self.visit.place,
        };
        if self.road.nudge.try_send(nudge).is_err() {
            // Nobody would look at it: the next one is as good.
            metrics.wishes_dropped.inc();
            return;
        }
        if self.taken == 0 {
            self.first_picture(at);
        }
        self.taken += 1;
        self.last_taken = received;
        if self.taken == self.camera.plan.looks {
            self.over.cancel();
        }
    }

    fn first_picture(&self, at: Wall) {
        let (view, camera) = (&self.road.view, &self.camera);
        if let Some(since) = view.board.visited(self.visit.camera, at) {
            view.metrics
                .visits
                .revisited(&camera.plan.group, since <= camera.plan.wish);
        }
    }

    /// What came of it, for the rounds, the board and the metrics.
    fn ended(&mut self, wait: Option<Duration>, took: Duration) -> Ended {
        let view = &self.road.view;
        let (index, now) = (self.visit.camera, self.road.clock.wall());
        let (end, ended) = match (self.taken, wait) {
            (0, _) if self.camera.stop.is_cancelled() => (VisitEnd::Stopped, Ended::Empty),
            (0, Some(wait)) => (VisitEnd::Failed, Ended::Failed(wait)),
            (0, None) if self.is_connected => (VisitEnd::NoPicture, Ended::Empty),
            (0, None) => (VisitEnd::NoSession, Ended::Empty),
            (taken, _) if taken < self.camera.plan.looks => (VisitEnd::Short, Ended::Looked),
            _ => (VisitEnd::Looked, Ended::Looked),
        };
        view.metrics.visits.over(&self.camera.plan.group, end, took);
        if matches!(end, VisitEnd::Failed | VisitEnd::NoPicture | VisitEnd::NoSession) {
            view.board.visited_in_vain(index);
        }
        match end {
            VisitEnd::Failed | VisitEnd::NoSession if self.state != Some(CameraState::Refused) => {
                let why = self.waits.as_deref().unwrap_or("not connected in time");
                view.board.received(index, CameraState::Connecting, why, now);
            }
            VisitEnd::NoPicture if self.state.is_none_or(|state| state == CameraState::Live) => {
                let longest = self.camera.plan.longest.as_secs_f32();
                let why = format!("a visit of {longest} s came to no picture that could be looked at");
                view.board.received(index, CameraState::NoPicture, &why, now);
            }
            _ => {}
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use curbwatch_config::{self as config, Config};
    use curbwatch_types::SystemClock;

    use super::*;
    use crate::board::Board;
    use crate::budgets::Budgets;
    use crate::metrics::Metrics;
    use crate::wiring;

    /// Three cameras on patrol under a group of three sessions, and so many that stay connected.
    fn read(folder: &Path, staying: usize) -> Config {
        let camera = |id: &str, mode: &str| {
            format!(
                "[[cameras]]\nid = \"{id}\"\nurl = \"rtsp://192.0.2.1/{id}\"\ngroup = \"g\"\nmode = \"{mode}\"\n"
            )
        };
        let mut text = "[inference]\nmodel = \"m.toml\"\n[groups.g]\nsessions_max = 3\n".to_owned();
        text.extend((0..3).map(|i| camera(&format!("p{i}"), "patrol")));
        text.extend((0..staying).map(|i| camera(&format!("s{i}"), "stay")));
        std::fs::write(folder.join("m.toml"), "").expect("a folder of our own");
        let file = folder.join("c.toml");
        std::fs::write(&file, text).expect("a folder of our own");
        config::load(&file, &|_| None).unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn who_comes_and_stays_takes_a_seat_from_those_on_patrol_and_gives_it_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let alone = read(folder.path(), 0);
        let metrics = Arc::new(Metrics::new().expect("names are valid and unique"));
        let view = View {
            board: Arc::new(Board::new(Vec::new(), Arc::clone(&metrics))),
            budgets: Arc::new(Budgets::new(&alone)),
            metrics,
            model: "m".into(),
            provider: "cpu".into(),
        };
        let (nudge, _nudges) = crossbeam_channel::bounded(1);
        let road = Road {
            nudge,
            view,
            clock: Arc::new(SystemClock::new()),
        };
        let (_errand, errands) = mpsc::channel(1);
        let mut visits = Visits::new(road, errands);
        let budgets = Arc::clone(&visits.road.view.budgets);
        for (index, camera) in alone.cameras.iter().enumerate() {
            let plan = wiring::plan(&alone, camera, &budgets).expect("on patrol");
            let patrolled = visits.patrolled(&plan);
            visits.rounds.enter(index, patrolled, Monotonic::default());
        }
        let mut everybody_is_due = visits.road.clock.monotonic();
        for (staying, seats) in [(0, 3), (2, 1), (1, 2), (5, 1), (0, 3)] {
            everybody_is_due = everybody_is_due.plus(Duration::from_secs(3600));
            budgets.renew(&read(folder.path(), staying));
            visits.run_errand(Errand::Seats(budgets.seats()));
            let begun: Vec<CameraIndex> = std::iter::from_fn(|| visits.rounds.next(everybody_is_due))
                .map(|visit| visit.camera)
                .collect();
            assert_eq!(begun.len(), seats, "{staying} stay");
            for camera in begun {
                visits.rounds.over(camera, Ended::Looked, everybody_is_due);
            }
        }
    }
}

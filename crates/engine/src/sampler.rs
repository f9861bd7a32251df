//! The sampler: turns keyframes in slots into looks, when they are due.
//!
//! It owns the schedule. Workers take due looks through a channel without a buffer, so a look is
//! chosen only at the moment a worker is free (the camera that has waited longest), and the worker
//! takes the picture from the slot as its first act: the newest keyframe there is.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender};
use curbwatch_types::{Clock, DropReason};
use tokio::sync::mpsc::{self, error::TrySendError};

use crate::board::Board;
use crate::metrics::Metrics;
use crate::nudge::{Nudge, Post};
use crate::schedule::{DueLook, Schedule};
use crate::visits::{Errand, Wish};

/// A look that is handed out.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) look: DueLook,
    pub(crate) post: Post,
}

/// Longest sleep without an event, so that a missed wake-up is a delay and not a standstill.
const NAP_MAX: Duration = Duration::from_millis(500);

/// Multiples of it leave no part of a period empty, however many there are.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

pub(crate) struct Sampler {
    pub(crate) schedule: Schedule,
    /// By camera index.
    pub(crate) posts: Vec<Post>,
    pub(crate) nudges: Receiver<Nudge>,
    pub(crate) looks: Sender<Assignment>,
    pub(crate) stop: Receiver<()>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) board: Arc<Board>,
    /// Where looks at cameras on patrol are wished for.
    pub(crate) errands: mpsc::Sender<Errand>,
}

impl Sampler {
    /// Runs until told to stop (or until every worker is gone); looks still due are then dropped.
    pub(crate) fn run(mut self) {
        while self.step() {}
        for look in self.schedule.drain() {
            self.over(look, DropReason::Shutdown);
        }
    }

    /// One round; false when it is time to go.
    fn step(&mut self) -> bool {
        let now = self.clock.monotonic();
        for (look, had_picture) in self.schedule.expire(now) {
            self.posts[look.camera].slot.unwant();
            self.over(
                look,
                if had_picture {
                    DropReason::Overload
                } else {
                    DropReason::NoPicture
                },
            );
        }
        for look in self.schedule.fall_due(now) {
            self.metrics.looks_outstanding.inc();
            self.metrics.looks_due.inc();
            if self.posts[look.camera].slot.ready_or_want() {
                self.schedule.picture_ready(look.camera, now);
            }
        }
        let nap = self
            .schedule
            .next_event()
            .map_or(NAP_MAX, |at| at.since(now))
            .min(NAP_MAX);
        let next = self.schedule.next_ready();

        let mut select = Select::new();
        let stop = self.stop.clone();
        let nudges = self.nudges.clone();
        let looks = self.looks.clone();
        let stopped = select.recv(&stop);
        let nudged = select.recv(&nudges);
        if next.is_some() {
            select.send(&looks);
        }
        let Ok(operation) = select.select_timeout(nap) else {
            return true;
        };
        if operation.index() == stopped {
            // Either word means stop: `()` was sent, or the other end is gone.
            let _told = operation.recv(&stop);
            return false;
        }
        if operation.index() == nudged {
            if let Ok(nudge) = operation.recv(&nudges) {
                self.nudge(nudge);
            }
            while let Ok(nudge) = nudges.try_recv() {
                self.nudge(nudge);
            }
            return true;
        }
        let Some(look) = next else { return true };
        // Before the worker can know of it.
        let post = self.posts[look.camera].clone();
        post.slot.assign();
        let sent = operation.send(&looks, Assignment { look, post }).is_ok();
        if sent {
            self.schedule.start(look.camera, self.clock.monotonic());
        }
        sent
    }

    fn nudge(&mut self, nudge: Nudge) {
        match nudge {
            Nudge::Picture(camera) => self.schedule.picture_ready(camera, self.clock.monotonic()),
            Nudge::LookAt(camera, wanted) => {
                let ahead = wanted.at.millis_since(self.clock.wall()).max(0);
                let at = self
                    .clock
                    .monotonic()
                    .plus(Duration::from_millis(ahead.unsigned_abs()));
                let (why, place) = (wanted.why, Some(wanted.place));
                if !self.posts[camera].on_patrol {
                    self.schedule.pull_forward(camera, at, why, place);
                    return;
                }
                let wish = Wish {
                    camera,
                    at,
                    why,
                    place,
                };
                if let Err(TrySendError::Full(_)) = self.errands.try_send(Errand::Wish(wish)) {
                    self.metrics.wishes_dropped.inc();
                }
            }
            Nudge::Visited { camera, why, place } => {
                let now = self.clock.monotonic();
                // Taken already by the look that the picture before it had made due.
                if !self.posts[camera].slot.ready_or_want() {
                    return;
                }
                if self.schedule.visited(camera, now, why, place).is_some() {
                    self.metrics.looks_outstanding.inc();
                    self.metrics.looks_due.inc();
                }
            }
            Nudge::Enter(camera, every, post) => {
                if camera < self.posts.len() {
                    self.posts[camera] = post;
                } else {
                    self.posts.push(post);
                }
                // Whoever comes together is spread over the period, as at the start.
                let phase = (camera as f64 * GOLDEN).fract();
                let now = self.clock.monotonic();
                self.schedule
                    .enter(camera, every, now.plus(every.mul_f64(phase)), now);
                if self.posts[camera].on_patrol {
                    self.schedule.only_visited(camera);
                }
            }
            Nudge::OnPatrol(camera, on_patrol) => {
                self.posts[camera].on_patrol = on_patrol;
                if on_patrol {
                    self.schedule.only_visited(camera);
                } else {
                    self.schedule.stays(camera, self.clock.monotonic());
                }
            }
            Nudge::Leave(camera) => {
                if let Some(look) = self.schedule.leave(camera) {
                    self.over(look, DropReason::Removed);
                }
            }
            Nudge::LookEvery(camera, every) => {
                self.schedule.look_every(camera, every, self.clock.monotonic());
            }
            Nudge::Zones(camera, zones) => self.posts[camera].zones = zones,
        }
    }

    /// A look is over without having been handed out.
    fn over(&self, look: DueLook, reason: DropReason) {
        self.metrics.looks_outstanding.dec();
        self.metrics.looks_dropped(reason).inc();
        self.board.dropped(look.camera, reason);
    }
}

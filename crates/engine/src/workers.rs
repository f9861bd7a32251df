//! Vision workers: each takes due looks, the newest keyframe of their camera, and makes observations.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use curbwatch_types::{Clock, DropReason, Look};

use crate::sampler::Assignment;
use crate::scenes::Seen;
use crate::schedule::DueLook;
use crate::view::View;
use crate::vision::{Blind, Turn, Vision};

/// How often a worker that waits for a look sees whether its process is still there.
const TEND: Duration = Duration::from_millis(500);

/// One vision worker.
pub(crate) struct Worker {
    pub(crate) vision: Vision,
    pub(crate) view: View,
    pub(crate) clock: Arc<dyn Clock>,
    /// Closed when the program stops: then nobody waits for new eyes.
    pub(crate) stop: Receiver<()>,
    /// Looks taken so far.
    pub(crate) looks: u64,
}

impl Worker {
    /// Runs until the sampler is gone. No look is taken without eyes to see with: it keeps its place, and its picture the newest.
    pub(crate) fn run(mut self, looks: &Receiver<Assignment>, seen: &Sender<Seen>) {
        loop {
            if !self.vision.ready(&self.stop) {
                if self.stop.try_recv() == Err(TryRecvError::Disconnected) {
                    return;
                }
                continue;
            }
            let assigned = match looks.recv_timeout(TEND) {
                Ok(assigned) => assigned,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if !self.look(assigned, seen) {
                return;
            }
        }
    }

    /// Takes one look; false when nobody wants to know any more.
    fn look(&mut self, Assignment { look: due, post }: Assignment, seen: &Sender<Seen>) -> bool {
        // The sampler hands out a look only when its slot is filled, and nobody else takes.
        let Some(unit) = post.slot.take() else {
            self.over(due, DropReason::NoPicture);
            return true;
        };
        self.view.metrics.units_looked_at.inc();
        let look = Look {
            unit,
            why: due.why,
            due: due.due,
            deadline: due.deadline,
        };
        self.looks += 1;
        let turn = Turn {
            camera: due.camera,
            zones: post.zones,
            number: due.turn,
            place: due.place,
            hurried: due.hurried(self.clock.monotonic()),
        };
        match self.vision.observe(look, self.looks, &turn) {
            Ok(observation) => {
                let given = Seen {
                    look: due,
                    observation,
                };
                if seen.send(given).is_err() {
                    self.over(due, DropReason::Shutdown);
                    return false;
                }
            }
            Err(Blind { reason, cause }) => {
                tracing::debug!(camera = due.camera, "{cause}");
                self.over(due, reason);
            }
        }
        true
    }

    fn over(&self, look: DueLook, reason: DropReason) {
        self.view.metrics.looks_outstanding.dec();
        self.view.metrics.looks_dropped(reason).inc();
        self.view.board.dropped(look.camera, reason);
    }
}

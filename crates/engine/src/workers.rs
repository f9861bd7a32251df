//! Vision workers: each takes due looks, the newest keyframe of their camera, and makes observations.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};
use curbwatch_types::{Clock, DropReason, Look};

use crate::sampler::Assignment;
use crate::scenes::Seen;
use crate::schedule::DueLook;
use crate::view::View;
use crate::vision::{Blind, Turn, Vision};

/// One vision worker.
pub(crate) struct Worker {
    pub(crate) vision: Vision,
    pub(crate) view: View,
    pub(crate) clock: Arc<dyn Clock>,
    /// Looks taken so far.
    pub(crate) looks: u64,
}

impl Worker {
    /// Runs until the sampler is gone.
    pub(crate) fn run(mut self, looks: &Receiver<Assignment>, seen: &Sender<Seen>) {
        for Assignment { look: due, post } in looks {
            // The sampler hands out a look only when its slot is filled, and nobody else takes.
            let Some(unit) = post.slot.take() else {
                self.over(due, DropReason::NoPicture);
                continue;
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
                    if seen
                        .send(Seen {
                            look: due,
                            observation,
                        })
                        .is_err()
                    {
                        self.over(due, DropReason::Shutdown);
                        return;
                    }
                }
                Err(Blind { reason, cause }) => {
                    tracing::debug!(camera = due.camera, "{cause}");
                    self.over(due, reason);
                }
            }
        }
    }

    fn over(&self, look: DueLook, reason: DropReason) {
        self.view.metrics.looks_outstanding.dec();
        self.view.metrics.looks_dropped(reason).inc();
        self.view.board.dropped(look.camera, reason);
    }
}

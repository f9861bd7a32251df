//! What was left out, by reason, until it is told.

use curbwatch_types::DropReason;

use crate::Event;

/// Counts by reason since they were last told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drops([u64; DropReason::ALL.len()]);

impl Drops {
    pub(crate) fn count(&mut self, reason: DropReason) {
        self.add(reason, 1);
    }

    pub(crate) fn add(&mut self, reason: DropReason, count: u64) {
        if let Some(at) = DropReason::ALL.iter().position(|r| *r == reason) {
            self.0[at] += count;
        }
    }

    /// Tells what was counted, and forgets it.
    pub(crate) fn tell(&mut self, outlet: &mut (dyn FnMut(Event) + Send)) {
        for (reason, count) in DropReason::ALL.into_iter().zip(&mut self.0) {
            if *count > 0 {
                outlet(Event::Dropped {
                    reason,
                    count: std::mem::take(count),
                });
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn of(&self, reason: DropReason) -> u64 {
        DropReason::ALL
            .iter()
            .position(|r| *r == reason)
            .map_or(0, |at| self.0[at])
    }
}

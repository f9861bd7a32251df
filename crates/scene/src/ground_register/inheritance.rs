//! Views that have not noticed that another thing has taken the place of a case's: they go on with the case that came after it.
//!
//! One view says that another stands there, and the case is over for all. What the others still follow may be either: one that has
//! seen it since the other thing stands there takes the one for the other, and so watches what the new case is about. One that has
//! not (it has noticed, too, and only waits until that thing has stood for long enough; it is blind; it looks later) vouches for
//! nothing before it shows something there again.

use std::sync::Arc;

use curbwatch_types::{CapturedAt, Incident, IncidentChange, Wall};

use super::GroundRegister;

impl GroundRegister {
    /// Gives a case the views that take its thing for the one before; says whether there were any.
    pub(super) fn hand_over(&mut self, heir: &Arc<str>, now: Wall) -> bool {
        let Some(mut case) = self.cases.remove(heir) else {
            return false;
        };
        let before = case.comes_after().and_then(|old| self.cases.get_mut(old));
        let taken = before.map_or_else(Vec::new, |old| old.let_go(&case));
        let any = !taken.is_empty();
        for mut seen in taken {
            seen.witness.inherited = true;
            seen.witness.joined_at = now;
            self.case_of
                .insert(Arc::clone(&seen.witness.key), Arc::clone(heir));
            case.witnesses.push(seen);
        }
        self.cases.insert(Arc::clone(heir), case);
        any
    }

    /// After a look: what it shows where another thing stands now.
    pub(super) fn inherit(&mut self, now: CapturedAt, told: &mut Vec<(Arc<str>, Incident)>) {
        let heirs = self
            .cases
            .iter()
            .filter(|(_, case)| case.ended.is_none() && case.comes_after().is_some());
        let heirs: Vec<Arc<str>> = heirs.map(|(key, _)| Arc::clone(key)).collect();
        for key in heirs {
            if !self.hand_over(&key, now.at) {
                continue;
            }
            let case = &self.cases[&key];
            if let Some(i) = self.carrier(case, now.at) {
                let mut goes_on = case.witnesses[i].latest.clone();
                goes_on.decided_at = now;
                let local = Arc::clone(&case.witnesses[i].witness.key);
                told.push((local, case.tell(goes_on, IncidentChange::Still)));
            }
        }
    }
}

//! Other zones, hours, permits, rules or ground for a scene that goes on: what a restart with another configuration would do, less
//! what a restart loses.
//!
//! What is a case already goes on as a case, also where its zone is gone: it is followed under its own key, so that nothing
//! becomes a second case of it, says nothing while no rule holds there, and ends when its thing is seen to have left or a person
//! has handled it. What was waiting for its dwell goes on where a rule of its class still has a zone, and is let go elsewhere.
//! Where a rule holds that did not hold before the change, its dwell counts from the change: before, it was allowed.

use curbwatch_types::{Wall, Zone};

use crate::rules::GROUP_RULES;
use crate::view_scene::ViewScene;
use crate::watch::Watch;
use crate::witness::Witness;
use crate::{CameraScene, Options};

impl CameraScene {
    /// Judges by these from the next look on; `zones` are those of all views, as for [`Self::new`]. A view that is new, or of
    /// which another picture was stored, is learned anew. Cases in a view that is gone are not followed any more, and what was
    /// asked about it is answered `inconclusive`; where there is one view, before and after, its cases go on in it whatever its
    /// name.
    pub fn rezone(&mut self, zones: Vec<Zone>, options: Options) {
        let fresh = Self::new(self.camera.clone(), zones, options);
        let mut before = std::mem::replace(self, fresh);
        self.last_at = before.last_at;
        self.since_last_ms = before.since_last_ms;
        self.counters = before.counters;
        self.state = before.state;
        self.record = std::mem::take(&mut before.record);
        let mut open = before.open_incidents();
        for view in &mut self.views {
            if let Some(known) = before
                .views
                .iter()
                .find(|known| known.zones.view() == view.zones.view())
            {
                view.watch_open_cases_of(known);
            }
        }
        if let Some(at) = before.last_at {
            self.take_up(before.whole(), at);
        }
        let only = (self.views.len() == 1 && before.views.len() == 1).then_some(0);
        for known in before.views {
            let name = known.zones.view().cloned();
            let same = |view: &ViewScene| view.zones.view() == name.as_ref();
            match self.views.iter().position(same).or(only) {
                Some(view) => self.views[view].go_on_from(known, before.last_at),
                None => self.views[0].desk.close(known.desk, before.last_at),
            }
        }
        let known = self.open_incidents();
        open.retain(|incident| !known.iter().any(|one| one.key == incident.key));
        self.adopt(open);
    }
}

impl ViewScene {
    /// A rule about groups that has no zone any more goes on for the cases it has.
    fn watch_open_cases_of(&mut self, before: &Self) {
        let stands_open = |watch: &&Watch| watch.groups.iter().any(|group| group.opened.is_some());
        for left in before.watches.iter().filter(stands_open) {
            let class = left.rule.rule.class;
            if self.watches.iter().any(|watch| watch.rule.rule.class == class) {
                continue;
            }
            let place = |class| GROUP_RULES.iter().position(|rule| rule.rule.class == class);
            let after = |watch: &Watch| place(watch.rule.rule.class) > place(class);
            let at = self.watches.iter().position(after).unwrap_or(self.watches.len());
            if let Some(watch) = Watch::new(left.rule, &self.options) {
                self.watches.insert(at, watch);
                self.witness.get_or_insert_with(Witness::default);
            }
        }
    }

    /// What is no part of a memory.
    fn go_on_from(&mut self, before: Self, at: Option<Wall>) {
        self.desk = before.desk;
        self.told = before.told;
        self.detections_dropped = before.detections_dropped;
        self.anchors_over_bound = before.anchors_over_bound;
        for watch in &mut self.watches {
            let class = watch.rule.rule.class;
            let known = before.watches.iter().find(|known| known.rule.rule.class == class);
            watch.over_bound = known.map_or(0, |known| known.over_bound);
        }
        if let Some(at) = at {
            self.zones.succeed(before.zones, at);
        }
    }
}

//! The part of a memory that is about groups: one rule's groups at one camera.

use std::sync::Arc;

use curbwatch_types::Shot;

use super::Pictures;
use crate::OpenIncident;
use crate::group::Group;
use crate::kept::kept;
use crate::watch::Watch;
use crate::zone_map::ZoneMap;

/// One rule's groups at rest.
pub(crate) struct KeptWatch {
    /// The rule's class, by name.
    pub(crate) class: Arc<str>,
    next_id: u64,
    groups: Vec<Group>,
}

kept!(KeptWatch {
    class,
    next_id,
    groups
});

impl Watch {
    pub(crate) fn to_keep(&self) -> KeptWatch {
        KeptWatch {
            class: self.rule.rule.class.name().into(),
            next_id: self.next_id,
            groups: self.groups.clone(),
        }
    }

    /// In place of what is here. Where zones were drawn anew (`zones`), things that no longer stand in one of the rule's are
    /// dropped, but for those of an open case; and groups and things beyond the bounds are.
    pub(crate) fn take_up(&mut self, kept: KeptWatch, zones: Option<&ZoneMap>) {
        self.next_id = kept.next_id;
        self.groups = kept.groups;
        for group in &mut self.groups {
            if let Some(zones) = zones {
                let open = group.opened.is_some();
                group.members.retain_mut(|member| {
                    let zone = zones.enforced(&self.rule.rule, member.last.ground_contact());
                    if let Some(zone) = zone {
                        member.kind = zone.kind;
                    }
                    open || zone.is_some()
                });
            }
            group.members.truncate(self.members_max);
        }
        if zones.is_some() {
            self.groups
                .retain(|group| group.opened.is_some() || !group.members.is_empty());
        }
        if self.groups.len() > self.groups_max {
            let rank = |g: &Group| (g.opened.is_none(), g.onset.is_none(), g.onset, g.id);
            self.groups.sort_by_key(rank);
            self.groups.truncate(self.groups_max);
            self.groups.sort_by_key(|group| group.id);
        }
    }

    /// See [`crate::CameraScene::agree`].
    pub(crate) fn agree(&mut self, open: &[OpenIncident], ended: &[Arc<str>]) {
        self.groups
            .retain(|group| !group.opened.as_ref().is_some_and(|o| ended.contains(&o.key)));
        for group in &mut self.groups {
            group
                .opened
                .take_if(|opened| !open.iter().any(|incident| incident.key == opened.key));
        }
    }

    /// First pictures: of groups that have begun, then of things that have stood for the first stage; with
    /// [`Pictures::All`] of every thing.
    pub(crate) fn first_shots(&self, which: Pictures) -> Vec<&Shot> {
        let stationary = self.options.everywhere().stationary_secs;
        let mut shots: Vec<&Shot> = self.groups.iter().filter_map(Group::first_shot).collect();
        let members = self.groups.iter().flat_map(|group| &group.members);
        let worth = members.filter(|m| which == Pictures::All || m.is_settled(stationary));
        shots.extend(worth.filter_map(|m| m.first_shot.as_ref()));
        shots
    }

    /// The latest pictures of groups.
    pub(crate) fn last_shots(&self) -> impl Iterator<Item = &Shot> {
        self.groups.iter().filter_map(Group::last_shot)
    }
}

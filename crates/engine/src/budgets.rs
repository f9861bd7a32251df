//! The budgets of dials and sessions, and which camera is under which: the process, the dead, each host,
//! each group that asks for its own.
//!
//! Not for waiting or dialling: `ingest` does that with what it is given here.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use curbwatch_config as config;
use curbwatch_ingest::Budget;

use crate::metrics::Metrics;

/// All budgets of a configuration.
#[derive(Debug)]
pub struct Budgets {
    /// Dials under way in the whole process.
    pub dials: Arc<Budget>,
    /// Of these, dials of cameras that have failed often.
    pub dead_dials: Arc<Budget>,
    /// Of hosts and groups, by name. Asked when a camera's reception begins and by whoever looks on, never by what runs.
    shared: RwLock<BTreeMap<String, Shared>>,
}

/// The budgets of one host or group.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// Cameras under it.
    pub cameras: usize,
    /// Of these, cameras on patrol.
    pub patrolled: usize,
    /// Dials under way; nothing where only wider bounds hold.
    pub dials: Option<Arc<Budget>>,
    /// Sessions that stand; nothing where they are not bounded.
    pub sessions: Option<Arc<Budget>>,
}

/// The budgets of one camera, the narrow before the wide.
#[derive(Debug, Default)]
pub(crate) struct OfCamera {
    pub(crate) sessions: Vec<Arc<Budget>>,
    pub(crate) dials: Vec<Arc<Budget>>,
}

impl Shared {
    /// Cameras whose session stays.
    pub fn staying(&self) -> usize {
        self.cameras - self.patrolled
    }

    /// Sessions that are left for cameras on patrol, one at least; nothing where sessions are not bounded.
    pub fn seats(&self) -> Option<usize> {
        let sessions = self.sessions.as_ref()?.max();
        Some(sessions.saturating_sub(self.staying()).max(1))
    }
}

impl Budgets {
    /// The budgets that a configuration asks for.
    pub fn new(config: &config::Config) -> Self {
        let dials = config.ingest.dial_concurrency_max;
        let budgets = Self {
            dials: Budget::new("this program", dials),
            dead_dials: Budget::new("cameras that do not answer", dials.div_ceil(4)),
            shared: RwLock::default(),
        };
        budgets.renew(config);
        budgets
    }

    /// Another configuration holds. What keeps its name and its bounds stays the same budget, with what is taken of it.
    pub(crate) fn renew(&self, config: &config::Config) {
        let settings = &config.ingest;
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        let known = std::mem::take(&mut *shared);
        let make = |name: &str, budget: fn(&Shared) -> Option<&Arc<Budget>>, max: Option<usize>| {
            let max = max?;
            let same = known
                .get(name)
                .and_then(budget)
                .filter(|known| known.max() == max);
            Some(same.map_or_else(|| Budget::new(name, max), Arc::clone))
        };
        let mut count = |camera: &config::Camera, name: String, dials_max, sessions_max| {
            let entry = shared.entry(name.clone()).or_insert_with(|| Shared {
                cameras: 0,
                patrolled: 0,
                dials: make(&name, |s| s.dials.as_ref(), dials_max),
                sessions: make(&name, |s| s.sessions.as_ref(), sessions_max),
            });
            entry.cameras += 1;
            entry.patrolled += usize::from(camera.patrol.is_some());
        };
        for camera in config.cameras.iter().filter(|camera| camera.is_watched()) {
            if let Some(host) = host_of(camera) {
                count(
                    camera,
                    host,
                    Some(settings.dials_per_host_max),
                    settings.sessions_per_host_max,
                );
            }
            if let Some((name, group)) = group_of(config, camera) {
                count(camera, name, group.dials_max, group.sessions_max);
            }
        }
    }

    /// Dials and sessions of what has a budget of its own, hosts and groups, by name.
    pub fn shared(&self) -> BTreeMap<String, Shared> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The budgets of sessions that a camera on patrol is under, with the seats they have for such.
    pub(crate) fn seats_of(&self, config: &config::Config, camera: &config::Camera) -> Vec<(String, usize)> {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        Self::names_of(config, camera)
            .filter_map(|name| {
                let seats = shared.get(&name)?.seats()?;
                Some((name, seats))
            })
            .collect()
    }

    /// The seats for cameras on patrol under every budget of sessions.
    pub(crate) fn seats(&self) -> Vec<(String, usize)> {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        let seats = |(name, shared): (&String, &Shared)| Some((name.clone(), shared.seats()?));
        shared.iter().filter_map(seats).collect()
    }

    /// The names of what the camera shares budgets with, the narrow before the wide.
    pub(crate) fn names_of(config: &config::Config, camera: &config::Camera) -> impl Iterator<Item = String> {
        let group = group_of(config, camera).map(|(name, _)| name);
        group.into_iter().chain(host_of(camera))
    }

    /// Hosts and groups with more cameras that stay connected than sessions, with how many always wait for one.
    pub fn starving(&self) -> Vec<(String, Shared, usize)> {
        let waits = |(name, shared): (String, Shared)| {
            let sessions = shared.sessions.as_ref()?.max();
            let waiting = shared
                .staying()
                .checked_sub(sessions)
                .filter(|waiting| *waiting > 0)?;
            Some((name, shared, waiting))
        };
        self.shared().into_iter().filter_map(waits).collect()
    }

    pub(crate) fn of(&self, config: &config::Config, camera: &config::Camera) -> OfCamera {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        let group = group_of(config, camera).and_then(|(name, _)| shared.get(&name));
        let host = host_of(camera).and_then(|host| shared.get(&host));
        let both = || group.into_iter().chain(host);
        let mut dials: Vec<_> = both().filter_map(|shared| shared.dials.clone()).collect();
        dials.push(Arc::clone(&self.dials));
        OfCamera {
            sessions: both().filter_map(|shared| shared.sessions.clone()).collect(),
            dials,
        }
    }

    /// Shows in the metrics how far the budgets are used.
    pub(crate) fn show(&self, metrics: &Metrics) {
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        metrics.dials.set(gauge(self.dials.in_use()));
        metrics.dials_most.set(gauge(self.dials.most()));
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        let waiting = shared.values().filter_map(|shared| shared.sessions.as_ref());
        metrics
            .sessions_waiting
            .set(gauge(waiting.map(|budget| budget.waiting()).sum()));
    }
}

/// The group with its name as an operator reads it.
fn group_of<'c>(config: &'c config::Config, camera: &config::Camera) -> Option<(String, &'c config::Group)> {
    let name = camera.group.as_ref()?;
    Some((format!("group {name}"), config.groups.get(name)?))
}

/// `host 192.0.2.17:554`: the port belongs to it, gateways of several platforms may share an address.
fn host_of(camera: &config::Camera) -> Option<String> {
    curbwatch_ingest::authority(camera.url.as_ref()?).map(|host| format!("host {host}"))
}

//! The budgets of dials and sessions, and which camera is under which: the process, the dead, each host,
//! each group that asks for its own.
//!
//! Not for waiting or dialling: `ingest` does that with what it is given here.

use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// Dials and sessions of what has a budget of its own, hosts and groups, by name.
    pub shared: BTreeMap<String, Shared>,
}

/// The budgets of one host or group.
#[derive(Debug, Default)]
pub struct Shared {
    /// Cameras under it.
    pub cameras: usize,
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

impl Budgets {
    /// The budgets that a configuration asks for.
    pub fn new(config: &config::Config) -> Self {
        let settings = &config.ingest;
        let mut shared: BTreeMap<String, Shared> = BTreeMap::new();
        let make = |name: &str, max: Option<usize>| max.map(|max| Budget::new(name, max));
        for camera in config.cameras.iter().filter(|camera| camera.is_watched()) {
            if let Some(host) = host_of(camera) {
                let entry = shared.entry(host.clone()).or_insert_with(|| Shared {
                    cameras: 0,
                    dials: make(&host, Some(settings.dials_per_host_max)),
                    sessions: make(&host, settings.sessions_per_host_max),
                });
                entry.cameras += 1;
            }
            let Some((name, group)) = group_of(config, camera) else {
                continue;
            };
            let entry = shared.entry(name.clone()).or_insert_with(|| Shared {
                cameras: 0,
                dials: make(&name, group.dials_max),
                sessions: make(&name, group.sessions_max),
            });
            entry.cameras += 1;
        }
        let dials = settings.dial_concurrency_max;
        Self {
            dials: Budget::new("this program", dials),
            dead_dials: Budget::new("cameras that do not answer", dials.div_ceil(4)),
            shared,
        }
    }

    /// Hosts and groups with more cameras than sessions, with how many always wait for one.
    pub fn starving(&self) -> impl Iterator<Item = (&str, &Shared, usize)> {
        self.shared.iter().filter_map(|(name, shared)| {
            let sessions = shared.sessions.as_ref()?.max();
            let waiting = shared
                .cameras
                .checked_sub(sessions)
                .filter(|waiting| *waiting > 0)?;
            Some((name.as_str(), shared, waiting))
        })
    }

    pub(crate) fn of(&self, config: &config::Config, camera: &config::Camera) -> OfCamera {
        let group = group_of(config, camera).and_then(|(name, _)| self.shared.get(&name));
        let host = host_of(camera).and_then(|host| self.shared.get(&host));
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
        let waiting = self.shared.values().filter_map(|shared| shared.sessions.as_ref());
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

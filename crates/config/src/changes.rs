//! What another configuration changes in a program that runs: which cameras come, go, or are received, looked at or judged
//! otherwise; and which keys only a restart takes up.
//!
//! What is compared is resolved, so a change of a default, a group or an override shows at the cameras that it is about. Not for:
//! carrying it out (`engine`).

use std::collections::{BTreeMap, HashMap};

use curbwatch_types::CameraId;

use crate::config::{Camera, Config, Group, Sinks};
use crate::settings::{Inference, Ingest, Looks, Recheck, Review, Server, Store};

/// What is another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Cameras that are watched from now on: they are new, or have an address now.
    pub added: Vec<CameraId>,
    /// Cameras that are not watched any more.
    pub removed: Vec<CameraId>,
    /// Cameras that stay, in what is another about them.
    pub changed: Vec<CameraChange>,
    /// Keys that are another and are taken up at a restart alone.
    pub needs_restart: Vec<String>,
}

/// What is another about a camera.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for by itself, and any of them may be together"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraChange {
    /// Which.
    pub camera: CameraId,
    /// Address, login, transport, whether and how it is visited, or under whose bounds it is dialled: its session has to be
    /// another.
    pub reception: bool,
    /// How often it is looked at.
    pub looks: bool,
    /// Views, zones, hours, permits, rules, the ground: what its pictures are judged by.
    pub judging: bool,
    /// What people call it.
    pub name: bool,
}

impl Changes {
    /// Whether the two say the same.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Adds the keys of a table that are another. Every key of the table has to be named.
macro_rules! differing {
    ($table:literal, $type:ident { $($key:ident),* }, $running:expr, $new:expr, $into:expr) => {
        let $type { $($key),* } = $running;
        $(if *$key != $new.$key {
            $into.push(concat!($table, ".", stringify!($key)).to_owned());
        })*
    };
}

impl Config {
    /// What `new` changes in a program that runs with this configuration, and the configuration it runs with then: `new`, but
    /// for what only a restart takes up.
    pub fn changed_to(&self, new: Self) -> (Self, Changes) {
        let mut changes = Changes::default();
        let keys = &mut changes.needs_restart;
        differing!("server", Server { listen }, &self.server, new.server, keys);
        differing!(
            "store",
            Store {
                directory,
                memory_every_secs,
                decision_days_max,
                decisions_per_camera_max
            },
            &self.store,
            new.store,
            keys
        );
        differing!(
            "inference",
            Inference {
                model,
                model_dirs,
                onnxruntime,
                workers,
                isolation,
                look_secs_max,
                tiles_per_look_max,
                provider
            },
            &self.inference,
            new.inference,
            keys
        );
        differing!(
            "ingest",
            Ingest {
                handshake_timeout_secs,
                dead_after_secs,
                backoff_min_secs,
                backoff_max_secs,
                dial_concurrency_max,
                dials_per_host_max,
                sessions_per_host_max,
                addresses_allowed,
                access_unit_bytes_max
            },
            &self.ingest,
            new.ingest,
            keys
        );
        differing!(
            "recheck",
            Recheck {
                deadline_secs,
                orders_max
            },
            &self.recheck,
            new.recheck,
            keys
        );
        differing!(
            "review",
            Review {
                street_front_trading,
                illegal_motor_parking,
                itinerant_vendor,
                disorderly_nonmotor_parking,
                exposed_garbage,
                piled_materials
            },
            &self.review,
            new.review,
            keys
        );
        differing!("sinks", Sinks { jsonl, webhook }, &self.sinks, new.sinks, keys);
        let looks = looks(&self.looks, &new.looks, keys);
        let groups = groups(&self.groups, new.groups, keys);
        let next = Self {
            server: self.server.clone(),
            store: self.store.clone(),
            inference: self.inference.clone(),
            ingest: self.ingest.clone(),
            recheck: self.recheck.clone(),
            review: self.review.clone(),
            sinks: self.sinks.clone(),
            groups,
            looks,
            rules: new.rules,
            clocks: new.clocks,
            frames: new.frames,
            cameras: new.cameras,
        };
        cameras(self, &next, &mut changes);
        (next, changes)
    }
}

/// How often is looked by default is each camera's own to say; what flow may cost stays as it is.
fn looks(running: &Looks, new: &Looks, needs_restart: &mut Vec<String>) -> Looks {
    let next = Looks {
        look_every_secs: new.look_every_secs,
        ..running.clone()
    };
    let new = Looks {
        look_every_secs: running.look_every_secs,
        ..new.clone()
    };
    differing!(
        "looks",
        Looks {
            look_every_secs,
            flow_cameras_max,
            flow_cpu_max
        },
        running,
        new,
        needs_restart
    );
    next
}

/// The groups from now on. The bounds of one that there was already stay as they are.
fn groups(
    running: &BTreeMap<String, Group>,
    new: BTreeMap<String, Group>,
    needs_restart: &mut Vec<String>,
) -> BTreeMap<String, Group> {
    let settled = new.into_iter().map(|(name, group)| {
        let Some(known) = running.get(&name) else {
            return (name, group);
        };
        let Group {
            dials_max,
            sessions_max,
        } = known;
        if *dials_max != group.dials_max {
            needs_restart.push(format!("groups.{name}.dials_max"));
        }
        if *sessions_max != group.sessions_max {
            needs_restart.push(format!("groups.{name}.sessions_max"));
        }
        (name, known.clone())
    });
    settled.collect()
}

fn cameras(running: &Config, next: &Config, changes: &mut Changes) {
    let is_watched = |camera: &&Camera| camera.is_watched();
    let mut before: HashMap<&CameraId, &Camera> = running
        .cameras
        .iter()
        .filter(is_watched)
        .map(|camera| (&camera.id, camera))
        .collect();
    for camera in next.cameras.iter().filter(is_watched) {
        match before.remove(&camera.id) {
            Some(known) => changes.changed.extend(change(known, camera, next)),
            None => changes.added.push(camera.id.clone()),
        }
    }
    let gone = running
        .cameras
        .iter()
        .filter(|camera| before.contains_key(&camera.id));
    changes.removed.extend(gone.map(|camera| camera.id.clone()));
}

/// What is another about a camera, if anything is. Whoever adds a key to cameras says here what has to be done when it changes.
fn change(known: &Camera, new: &Camera, next: &Config) -> Option<CameraChange> {
    let Camera {
        id,
        name,
        url,
        provider,
        user,
        password,
        transport,
        pictures,
        look_every_secs,
        patrol,
        view,
        views,
        group,
        zones,
        hours,
        permits,
        rules,
        tunings,
        zone_rules,
        grounds,
    } = known;
    let is_bounded = |group: &Option<String>| {
        let group = group.as_ref().and_then(|name| next.groups.get(name));
        group.is_some_and(|group| *group != Group::default())
    };
    let other_bounds = *group != new.group && (is_bounded(group) || is_bounded(&new.group));
    let change = CameraChange {
        camera: id.clone(),
        reception: *url != new.url
            || *provider != new.provider
            || *user != new.user
            || *password != new.password
            || *transport != new.transport
            || *pictures != new.pictures
            || *patrol != new.patrol
            || patrol.is_some() && *look_every_secs != new.look_every_secs
            || other_bounds,
        looks: *look_every_secs != new.look_every_secs,
        judging: *view != new.view
            || *views != new.views
            || *zones != new.zones
            || *hours != new.hours
            || *permits != new.permits
            || *rules != new.rules
            || *tunings != new.tunings
            || *zone_rules != new.zone_rules
            || *grounds != new.grounds,
        name: *name != new.name,
    };
    let is_another = change.reception || change.looks || change.judging || change.name;
    is_another.then_some(change)
}

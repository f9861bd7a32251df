//! Whether the sessions and dials of a group or host suffice for how often its cameras on patrol are wished to be
//! visited. Reckoned before anything is dialled, with a visit's length assumed; what is achieved is told by
//! [`Revisits`](crate::Revisits).

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use curbwatch_config::{Camera, Config, Patrol};

use crate::budgets::Budgets;
use crate::rounds::planned;

/// Connecting, waiting for the first keyframe (one every four seconds, say, and the phase by chance) and the farewell.
const VISIT_SECS: f64 = 5.0;
/// Waiting for a keyframe once the spacing to a further look is over.
const KEYFRAME_SECS: f64 = 2.0;
/// From the dial to the answer to PLAY.
const DIAL_SECS: f64 = 1.0;

/// What cameras on patrol are wished, and what there is for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Promise {
    /// The group, the host or the program, as an operator reads it.
    pub name: String,
    /// Cameras on patrol under it.
    pub cameras: usize,
    /// Cameras that stay connected under it.
    pub staying: usize,
    /// What is short.
    pub what: Scarce,
    /// How many of it would have to be there, in the mean.
    pub wanted: f64,
    /// How many there are for cameras on patrol.
    pub there: usize,
    /// The shortest wish under it, seconds.
    pub revisit_secs: f64,
}

/// What a patrol may be short of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scarce {
    /// Sessions at the same time.
    Sessions,
    /// Dials at the same time.
    Dials,
}

impl Promise {
    /// Whether it suffices.
    pub fn holds(&self) -> bool {
        self.wanted <= self.there as f64
    }

    /// By how much every wish is stretched where it does not.
    pub fn stretch(&self) -> f64 {
        (self.wanted / self.there.max(1) as f64).max(1.0)
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            Scarce::Sessions => "sessions",
            Scarce::Dials => "dials",
        };
        write!(
            f,
            "{}: {} cameras on patrol want {:.1} {what} at a time to be visited as often as wished, and there are {}",
            self.name, self.cameras, self.wanted, self.there
        )?;
        if self.what == Scarce::Sessions && self.staying > 0 {
            write!(f, " beside those of {} that stay connected", self.staying)?;
        }
        let stretched = self.revisit_secs * self.stretch();
        write!(
            f,
            ": every {stretched:.0} s instead of every {} s is what they will come to; allow more {what}, set `revisit_secs` to {:.1} times \
             what it is, or take fewer looks a visit",
            self.revisit_secs,
            self.stretch()
        )
    }
}

/// What the cameras under one budget are wished.
#[derive(Debug, Clone, Copy)]
struct Wished {
    cameras: usize,
    /// Sessions and dials wanted at a time, in the mean (Little 1961).
    sessions: f64,
    dials: f64,
    revisit_secs: f64,
}

impl Default for Wished {
    fn default() -> Self {
        Self {
            cameras: 0,
            sessions: 0.0,
            dials: 0.0,
            revisit_secs: f64::INFINITY,
        }
    }
}

impl Wished {
    fn add(&mut self, camera: &Camera, patrol: &Patrol) {
        let further = f64::from(patrol.visit_looks.saturating_sub(1));
        let visit_secs = VISIT_SECS + further * (patrol.visit_spacing_secs + KEYFRAME_SECS);
        let every = planned(Duration::from_secs_f64(camera.look_every_secs)).as_secs_f64();
        self.cameras += 1;
        self.sessions += visit_secs / every;
        self.dials += DIAL_SECS / every;
        self.revisit_secs = self.revisit_secs.min(camera.look_every_secs);
    }

    fn promise(&self, name: &str, staying: usize, what: Scarce, there: usize) -> Promise {
        Promise {
            name: name.to_owned(),
            cameras: self.cameras,
            staying,
            what,
            wanted: match what {
                Scarce::Sessions => self.sessions,
                Scarce::Dials => self.dials,
            },
            there,
            revisit_secs: self.revisit_secs,
        }
    }
}

/// What each budget promises to the cameras on patrol under it, where it bounds them.
pub fn promises(config: &Config) -> Vec<Promise> {
    let budgets = Budgets::new(config);
    let (mut wished, mut all) = (BTreeMap::<String, Wished>::new(), Wished::default());
    let mut staying = 0;
    for camera in config.cameras.iter().filter(|camera| camera.is_watched()) {
        let Some(patrol) = &camera.patrol else {
            staying += 1;
            continue;
        };
        all.add(camera, patrol);
        for name in Budgets::names_of(config, camera) {
            wished.entry(name).or_default().add(camera, patrol);
        }
    }
    let mut promises = Vec::new();
    let shared = budgets.shared();
    for (name, wished) in &wished {
        let Some(shared) = shared.get(name) else { continue };
        let staying = shared.staying();
        if let Some(sessions) = &shared.sessions {
            let left = sessions.max().saturating_sub(staying);
            promises.push(wished.promise(name, staying, Scarce::Sessions, left));
        }
        if let Some(dials) = &shared.dials {
            promises.push(wished.promise(name, staying, Scarce::Dials, dials.max()));
        }
    }
    if all.cameras > 0 {
        promises.push(all.promise("this program", staying, Scarce::Dials, budgets.dials.max()));
    }
    promises
}

//! Whether a rule can come to a case at all at a camera that is looked at as seldom as configured, and whether it comes to one much
//! later than its dwell. Reckoned before anything is dialled, from wishes; by how much they are stretched is told by
//! [`promises`](crate::promises).
//!
//! Not for: what the rules do with looks (`scene`), or mistakes that keep a configuration from running (`config`).

use std::collections::BTreeMap;
use std::fmt;

use curbwatch_config::{Camera, Config, Rules};
use curbwatch_types::{ViolationClass, Zone};

/// A rule that cameras are looked at too seldom for.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfReach {
    /// The class whose rule it is.
    pub class: ViolationClass,
    /// The group, or the camera that is in none.
    pub whose: String,
    /// How many cameras it is so at.
    pub cameras: usize,
    /// The first camera and zone.
    pub example: String,
    /// Whether they are on patrol.
    pub on_patrol: bool,
    /// Seconds from one look or visit to the next, as wished.
    pub every_secs: f64,
    /// What is out of reach.
    pub what: Obstacle,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// What one look shows is forgotten before the next one: there is never a case.
    Forgotten {
        /// `gap_max_secs` of the rule.
        gap_max_secs: u32,
    },
    /// So many looks are asked for that a case opens long after its dwell.
    Late {
        /// `present_looks_min` of the rule.
        looks: u32,
        /// The most that would cost no time.
        looks_enough: u32,
        /// Seconds that are allowed.
        dwell_secs: u32,
        /// Seconds before which no case opens.
        earliest_secs: u32,
    },
}

/// What of a rule decides it.
struct Needs {
    gap_max_secs: u32,
    dwell_secs: u32,
    looks: u32,
}

impl Needs {
    fn of(rules: &Rules, class: ViolationClass) -> Self {
        macro_rules! needs {
            ($rule:ident) => {
                Self {
                    gap_max_secs: rules.$rule.gap_max_secs,
                    dwell_secs: rules.$rule.dwell_secs,
                    looks: rules.$rule.present_looks_min,
                }
            };
        }
        match class {
            ViolationClass::StreetFrontTrading => needs!(street_front_trading),
            ViolationClass::IllegalMotorParking => needs!(illegal_motor_parking),
            ViolationClass::ItinerantVendor => needs!(itinerant_vendor),
            ViolationClass::DisorderlyNonmotorParking => needs!(disorderly_nonmotor_parking),
            ViolationClass::ExposedGarbage => needs!(exposed_garbage),
            ViolationClass::PiledMaterials => needs!(piled_materials),
        }
    }

    /// Those that hold in a zone.
    fn in_zone(camera: &Camera, zone: &Zone, class: ViolationClass) -> Self {
        let own = camera
            .zone_rules
            .iter()
            .find(|own| own.zone == zone.id && own.view == zone.view && own.classes.contains(&class));
        let needs = Self::of(own.map_or(&camera.rules, |own| &own.rules), class);
        Self {
            dwell_secs: zone.dwell_secs.unwrap_or(needs.dwell_secs),
            ..needs
        }
    }

    fn obstacle(&self, camera: &Camera) -> Option<Obstacle> {
        let every = camera.look_every_secs;
        let looks_each = camera.patrol.map_or(1, |patrol| patrol.visit_looks).max(1);
        let in_one_visit = camera.patrol.is_some_and(|patrol| {
            looks_each >= self.looks && f64::from(self.dwell_secs) <= patrol.visit_secs_max
        });
        if in_one_visit {
            return None;
        }
        if every > f64::from(self.gap_max_secs) {
            return Some(Obstacle::Forgotten {
                gap_max_secs: self.gap_max_secs,
            });
        }
        // The looks that the dwell takes anyway, the first one and the one at its end among them.
        let by_dwell = (f64::from(self.dwell_secs) / every).ceil() + 1.0;
        let by_looks = f64::from(self.looks.div_ceil(looks_each));
        (by_looks > by_dwell).then(|| Obstacle::Late {
            looks: self.looks,
            looks_enough: (by_dwell as u32).saturating_mul(looks_each),
            dwell_secs: self.dwell_secs,
            earliest_secs: ((by_looks - 1.0) * every).ceil() as u32,
        })
    }
}

impl fmt::Display for OutOfReach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (class, every) = (self.class.name(), self.every_secs);
        let (key, look) = if self.on_patrol {
            ("revisit_secs", "visit")
        } else {
            ("look_every_secs", "look")
        };
        write!(
            f,
            "{}: at {} cameras, {} among them, ",
            self.whose, self.cameras, self.example
        )?;
        match self.what {
            Obstacle::Forgotten { gap_max_secs } => write!(
                f,
                "`{key}` is {every} and `gap_max_secs` of {class} {gap_max_secs}: what one {look} shows is forgotten before the next, and no case \
                 ever opens; set `{key}` to {gap_max_secs} or less, or `gap_max_secs` in [rules.{class}] (or the override that sets it) to more \
                 than {every}"
            ),
            Obstacle::Late {
                looks,
                looks_enough,
                dwell_secs,
                earliest_secs,
            } => write!(
                f,
                "`present_looks_min` of {class} is {looks} and `{key}` {every}: no case opens before {earliest_secs} s, though {dwell_secs} s are \
                 allowed; set `present_looks_min` in [rules.{class}] (or the override that sets it) to {looks_enough} or less, or `{key}` to less"
            ),
        }
    }
}

/// Every rule that cameras with a zone it is about are looked at too seldom for, by group.
pub fn out_of_reach(config: &Config) -> Vec<OutOfReach> {
    let mut found: BTreeMap<(String, &str, Obstacle, u64), OutOfReach> = BTreeMap::new();
    for camera in config.cameras.iter().filter(|camera| camera.is_watched()) {
        let mut told = Vec::new();
        for zone in &camera.zones {
            for class in curbwatch_scene::classes_in(zone.kind) {
                let Some(what) = Needs::in_zone(camera, zone, class).obstacle(camera) else {
                    continue;
                };
                if told.contains(&(class, what)) {
                    continue;
                }
                told.push((class, what));
                let whose = match &camera.group {
                    Some(group) => format!("group {group}"),
                    None => format!("camera {}", camera.id),
                };
                let key = (
                    whose.clone(),
                    class.name(),
                    what,
                    camera.look_every_secs.to_bits(),
                );
                let one = found.entry(key).or_insert_with(|| OutOfReach {
                    class,
                    whose,
                    cameras: 0,
                    example: format!("{} (zone {})", camera.id, zone.id),
                    on_patrol: camera.patrol.is_some(),
                    every_secs: camera.look_every_secs,
                    what,
                });
                one.cameras += 1;
            }
        }
    }
    found.into_values().collect()
}

//! Plays a scene's steps to a `CameraScene` and tells what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use curbwatch_scene::{CameraScene, Memory, OpenIncident, Options, Pictures};
use curbwatch_types::{Incident, IncidentChange, Zone};

use crate::look::{Look, camera, observation};
use crate::time::{duration_ms, told};

/// What happens in a scene, one thing after another.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Look(Look),
    /// The process ends and begins again: memory and open cases are taken up.
    Restart,
    /// The same, but the memory is lost: open cases are all there is.
    RestartWithoutMemory,
    /// Another configuration holds.
    Rezone(Vec<Zone>, Box<Options>),
}

/// What a scene came to.
pub(crate) struct Played {
    pub(crate) incidents: Vec<Incident>,
    /// As it is at the end.
    pub(crate) scene: CameraScene,
}

/// What the case store would know.
#[derive(Default)]
pub(crate) struct Store {
    open: BTreeMap<Arc<str>, OpenIncident>,
    ended: Vec<Arc<str>>,
}

impl Store {
    /// Takes in what a scene decided just now.
    pub(crate) fn commit(&mut self, decided: &[Incident], scene: &CameraScene) {
        for incident in decided {
            if matches!(
                incident.change,
                IncidentChange::Closed | IncidentChange::Reoccupied
            ) {
                self.open.remove(&incident.key);
                self.ended.push(Arc::clone(&incident.key));
                continue;
            }
            let known = scene.open_incidents().into_iter().find(|o| o.key == incident.key);
            self.open.insert(
                Arc::clone(&incident.key),
                OpenIncident {
                    key: Arc::clone(&incident.key),
                    class: incident.class,
                    view: incident.view.clone(),
                    zone: incident.zone.clone(),
                    bbox: incident.bbox,
                    first_seen: incident.first_seen,
                    due: incident.due,
                    last_seen: incident.last_seen,
                    present_looks: incident.present_looks,
                    best_score: incident.best_score,
                    supersedes: incident.supersedes.clone(),
                    also: incident.also.clone(),
                    appearance: known.and_then(|o| o.appearance),
                    ground: None,
                },
            );
        }
    }

    /// Gives a new process's scene what a former one left.
    pub(crate) fn hand_over(&self, scene: &mut CameraScene, memory: Option<&Memory>) {
        if let Some(memory) = memory {
            scene.restore(memory, memory.taken_at).expect("its own memory");
        }
        scene.agree(self.open.values().cloned().collect(), &self.ended);
    }
}

/// Plays the steps.
pub(crate) fn play(zones: &[Zone], options: &Options, steps: &[Step]) -> Played {
    let fresh = || CameraScene::new(camera(), zones.to_vec(), options.clone());
    let mut scene = fresh();
    let (mut incidents, mut store) = (Vec::new(), Store::default());
    let mut digest = 0;
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Look(look) => {
                let observation = observation(look, index as u64, digest);
                digest = observation.health.coded_digest;
                let decided = scene.observe(observation);
                store.commit(&decided, &scene);
                incidents.extend(decided);
            }
            Step::Restart => {
                let memory = scene.checkpoint(Pictures::All);
                scene = fresh();
                store.hand_over(&mut scene, memory.as_ref());
            }
            Step::Rezone(zones, options) => scene.rezone(zones.clone(), (**options).clone()),
            Step::RestartWithoutMemory => {
                scene = fresh();
                store.hand_over(&mut scene, None);
            }
        }
    }
    Played { incidents, scene }
}

/// `10:05 opened A: illegal_motor_parking in kerb, after B`, one line an incident; letters name cases in order of appearance.
pub(crate) fn tell(incidents: &[Incident]) -> Vec<String> {
    let mut keys: Vec<Arc<str>> = Vec::new();
    let mut letter = |key: &Arc<str>| {
        let i = keys.iter().position(|k| k == key).unwrap_or_else(|| {
            keys.push(Arc::clone(key));
            keys.len() - 1
        });
        u8::try_from(i)
            .ok()
            .filter(|i| *i < 26)
            .map_or_else(|| format!("#{i}"), |i| char::from(b'A' + i).to_string())
    };
    let line = |i: &Incident| {
        let head = format!(
            "{} {} {}",
            told(i.decided_at.at.0),
            i.change.name(),
            letter(&i.key)
        );
        if i.change != IncidentChange::Opened {
            return head;
        }
        let after = i
            .supersedes
            .as_ref()
            .map(|old| format!(", after {}", letter(old)));
        let first = i.shots.first().map(|shot| shot.unit.captured_at);
        let dated = first.filter(|first| *first != i.first_seen);
        format!(
            "{head}: {} in {}{}{}",
            i.class.name(),
            i.zone,
            after.unwrap_or_default(),
            dated.map_or(String::new(), |_| format!(", since {}", told(i.first_seen.at.0)))
        )
    };
    incidents.iter().map(line).collect()
}

/// Sets an option by its name in the code: `dwell_secs 2m` of vehicles, `exposed_garbage.dwell_secs 1m`, `anchors_max 6`.
pub(crate) fn set(options: &mut Options, name: &str, value: &str) -> Result<(), String> {
    let secs = || duration_ms(value).map(|ms| (ms / 1000) as u32);
    let count = || {
        value
            .parse::<usize>()
            .map_err(|_| format!("`{value}` is no number"))
    };
    match name {
        "anchors_max" => options.anchors_max = count()?,
        "groups_max" => options.groups_max = count()?,
        "members_max" => options.members_max = count()?,
        "detections_max" => options.detections_max = count()?,
        "dwell_secs" => options.motor_parking.dwell_secs = secs()?,
        "still_every_secs" => options.motor_parking.still_every_secs = secs()?,
        _ => {
            let (class, key) = name
                .split_once('.')
                .ok_or_else(|| format!("there is no option `{name}`"))?;
            let group = match class {
                "street_front_trading" => &mut options.street_front_trading,
                "itinerant_vendor" => &mut options.itinerant_vendor,
                "disorderly_nonmotor_parking" => &mut options.disorderly_nonmotor_parking,
                "exposed_garbage" => &mut options.exposed_garbage,
                "piled_materials" => &mut options.piled_materials,
                _ => return Err(format!("`{class}` is no class about groups")),
            };
            match key {
                "dwell_secs" => group.dwell_secs = secs()?,
                "still_every_secs" => group.still_every_secs = secs()?,
                "count_min" => group.count_min = count()? as u32,
                _ => return Err(format!("there is no option `{name}`")),
            }
        }
    }
    Ok(())
}

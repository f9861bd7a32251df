//! Plays a scene's steps to a `CameraScene` and tells what came of it.

use std::sync::Arc;

use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{Incident, IncidentChange, Zone};

use crate::look::{Look, camera, observation};
use crate::time::{duration_ms, told};

/// What happens in a scene, one thing after another.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Look(Look),
    /// The process ends and begins again: open cases are adopted.
    Restart,
}

/// What a scene came to.
pub(crate) struct Played {
    pub(crate) incidents: Vec<Incident>,
    /// As it is at the end.
    pub(crate) scene: CameraScene,
}

/// Plays the steps.
pub(crate) fn play(zones: &[Zone], options: &Options, steps: &[Step]) -> Played {
    let fresh = || CameraScene::new(camera(), zones.to_vec(), options.clone());
    let mut scene = fresh();
    let mut incidents = Vec::new();
    let mut digest = 0;
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Look(look) => {
                let observation = observation(look, index as u64, digest);
                digest = observation.health.coded_digest;
                incidents.extend(scene.observe(observation));
            }
            Step::Restart => {
                let open = scene.open_incidents();
                scene = fresh();
                scene.adopt(open);
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
        format!(
            "{head}: {} in {}{}",
            i.class.name(),
            i.zone,
            after.unwrap_or_default()
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

//! What the scripts of the synthetic streets say, held against what the pipeline reports.
//!
//! A sketch for a person who watches, by class and place alone, since clips begin again and again;
//! `curbwatch-lab eval cases` is the measure. Input: `NAME.events.json` beside the clips, rows of the cases file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::cameras::{CLASSES, Camera};
use crate::error::Error;

/// A case belongs to the event that it overlaps most, and to none below this share (of the union).
const OVERLAP_MIN: f64 = 0.1;

/// A box: left, top, width, height as shares of the picture.
type Box4 = [f64; 4];

/// An event of a script.
#[derive(Debug)]
struct Event {
    name: String,
    class: String,
    place: Box4,
    near_miss: bool,
}

/// What the scripts say, and what was seen of it so far.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    events: BTreeMap<String, Vec<Event>>,
    found: BTreeSet<(String, String)>,
    right: BTreeMap<String, u32>,
    wrong: Vec<String>,
}

impl Scripts {
    /// Reads the script of every camera that has one.
    pub(crate) fn read(cameras: &[Camera]) -> Result<Self, Error> {
        let mut scripts = Self::default();
        for camera in cameras {
            let path = camera.clip.with_extension("events.json");
            if !path.is_file() {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(Error::file("read", &path))?;
            let events = events(&text)
                .ok_or_else(|| Error::Demo(format!("{} is not a script's events", path.display())))?;
            scripts.events.insert(camera.id.clone(), events);
        }
        Ok(scripts)
    }

    /// Takes a row of the cases file; what it means, in words, when it opens a case.
    pub(crate) fn judge(&mut self, row: &str) -> Option<String> {
        let row: Value = serde_json::from_str(row).ok()?;
        if row["state"] != "opened" {
            return None;
        }
        let (camera, class) = (row["camera"].as_str()?, row["class"].as_str()?);
        let Some(events) = self.events.get(camera) else {
            return Some(format!("{camera}: {class} (real footage, no script)"));
        };
        let place = box4(&row["box"])?;
        let best = events
            .iter()
            .filter(|event| event.class == class)
            .map(|event| (event, overlap(event.place, place)))
            .filter(|(_, share)| *share >= OVERLAP_MIN)
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let said = match best {
            Some((event, _)) if !event.near_miss => {
                *self.right.entry(class.to_owned()).or_default() += 1;
                self.found.insert((camera.to_owned(), event.name.clone()));
                return Some(format!("{camera}: {class}, as the script has it: {}", event.name));
            }
            Some((event, _)) => format!("{camera}: {class}, which must not alarm: {}", event.name),
            None => format!("{camera}: {class}, of which the script says nothing"),
        };
        self.wrong.push(said.clone());
        Some(format!("WRONG {said}"))
    }

    /// The classes of which no case was right.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let seen = |class: &&str| self.right.contains_key(*class);
        CLASSES.into_iter().filter(|class| !seen(class)).collect()
    }

    /// Cases that no script explains, or that a near miss raised.
    pub(crate) fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// Violations found, and those that the scripts hold.
    pub(crate) fn found(&self) -> (usize, usize) {
        let violations = self.events.values().flatten().filter(|event| !event.near_miss);
        (self.found.len(), violations.count())
    }
}

fn events(text: &str) -> Option<Vec<Event>> {
    let file: Value = serde_json::from_str(text).ok()?;
    let rows = file["events"].as_array()?;
    rows.iter()
        .map(|row| {
            Some(Event {
                name: row["name"].as_str()?.to_owned(),
                class: row["class"].as_str()?.to_owned(),
                place: box4(&row["box"])?,
                near_miss: row["near_miss"].as_bool()?,
            })
        })
        .collect()
}

fn box4(value: &Value) -> Option<Box4> {
    let sides: Option<Vec<f64>> = value.as_array()?.iter().map(Value::as_f64).collect();
    sides?.try_into().ok()
}

/// Intersection over union.
fn overlap(a: Box4, b: Box4) -> f64 {
    let along = |i: usize| (a[i] + a[i + 2]).min(b[i] + b[i + 2]) - a[i].max(b[i]);
    let both = along(0).max(0.0) * along(1).max(0.0);
    both / (a[2] * a[3] + b[2] * b[3] - both).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = r#"{"events": [
        {"name": "heap", "class": "exposed_garbage", "box": [0.5, 0.5, 0.1, 0.1], "near_miss": false},
        {"name": "sacks at the bins", "class": "exposed_garbage", "box": [0.1, 0.1, 0.1, 0.1], "near_miss": true}
    ]}"#;

    fn scripts() -> Scripts {
        let events = BTreeMap::from([("a".to_owned(), events(SCRIPT).expect("events"))]);
        Scripts {
            events,
            ..Scripts::default()
        }
    }

    fn row(camera: &str, class: &str, place: &str) -> String {
        format!(r#"{{"state":"opened","camera":"{camera}","class":"{class}","box":{place}}}"#)
    }

    #[test]
    fn a_case_is_held_against_the_event_in_its_place() {
        let mut scripts = scripts();
        let right = scripts.judge(&row("a", "exposed_garbage", "[0.51, 0.5, 0.1, 0.1]"));
        assert!(right.is_some_and(|said| said.ends_with("heap")));
        assert_eq!(scripts.found(), (1, 1));
        assert_eq!(scripts.missing().len(), 5);
        assert!(scripts.wrong().is_empty());
    }

    #[test]
    fn near_misses_and_the_unexplained_are_wrong() {
        let mut scripts = scripts();
        for (class, place) in [
            ("exposed_garbage", "[0.1, 0.1, 0.1, 0.1]"),
            ("exposed_garbage", "[0.8, 0.8, 0.1, 0.1]"),
            ("piled_materials", "[0.5, 0.5, 0.1, 0.1]"),
        ] {
            let said = scripts.judge(&row("a", class, place)).expect("an opened case");
            assert!(said.starts_with("WRONG"), "{said}");
        }
        assert_eq!(scripts.wrong().len(), 3);
        assert_eq!(scripts.found(), (0, 1));
    }

    #[test]
    fn real_cameras_and_other_changes_are_not_judged() {
        let mut scripts = scripts();
        assert!(
            scripts
                .judge(&row("real", "exposed_garbage", "[0, 0, 1, 1]"))
                .is_some()
        );
        assert!(scripts.judge(r#"{"state":"closed","camera":"a"}"#).is_none());
        assert!(scripts.judge("half a li").is_none());
        assert!(scripts.wrong().is_empty());
    }
}

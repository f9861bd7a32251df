//! Stories of one street and several cameras, `fixtures/scenes/common_ground.md`, and the one way to run them.

use std::fmt::Write as _;

use curbwatch_scene::Options;
use curbwatch_types::{CameraId, ObjectClass};

use crate::draw::seed;
use crate::eyes::{Event, Eye, EyeLook, Watchers, sides, tell};
use crate::look::{Light, Look, Thing, when};
use crate::play::set;
use crate::street::{Street, number, world};
use crate::time::duration_ms;
use crate::words::{blocks, folder};

/// A story as it is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) eyes: Vec<Eye>,
    pub(crate) options: Options,
    pub(crate) events: Vec<Event>,
    expected: Vec<String>,
    without_still: bool,
    last_ms: Option<i64>,
}

/// Plays every story of the file; the test fails with all that do not come true.
#[track_caller]
pub(crate) fn check(file: &str) {
    let text = std::fs::read_to_string(folder().join(file)).expect("the stories");
    let stories = blocks(&text, "ground");
    assert!(!stories.is_empty(), "{file} holds no story");
    let mut failures = String::new();
    for block in stories {
        let mut story = Story::default();
        for (row_at, row) in &block.rows {
            let taken = story.take(row);
            assert_eq!(taken, Ok(()), "{file}:{row_at}: {row}");
        }
        assert!(
            block.says_why && !story.expected.is_empty(),
            "{file}:{}",
            block.line
        );
        let mut watchers = Watchers::new(&story.eyes, &story.options);
        watchers.play(&story.events);
        let kept = |line: &String| !story.without_still || !line.contains(" still ");
        let got: Vec<String> = tell(&watchers.told).into_iter().filter(kept).collect();
        if got != story.expected {
            let said = |lines: &[String]| lines.join("\n    ");
            writeln!(
                failures,
                "\n{file}:{}: {}\n  expected\n    {}\n  came\n    {}",
                block.line,
                block.title,
                said(&story.expected),
                said(&got)
            )
            .expect("text grows");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

impl Story {
    pub(crate) fn take(&mut self, row: &str) -> Result<(), String> {
        if let Some(expected) = row.strip_prefix("=>") {
            let words: Vec<&str> = expected.split_whitespace().collect();
            if words == ["nothing"] {
                self.expected.clear();
            } else {
                self.expected.push(words.join(" "));
            }
            return Ok(());
        }
        let words: Vec<&str> = row.split_whitespace().collect();
        match words.as_slice() {
            ["eye", name, "at", place, "facing", to, rest @ ..] => {
                let (north, east) = metres(place)?;
                self.eyes.push(Eye {
                    camera: CameraId::new(name).map_err(|e| e.to_string())?,
                    north,
                    east,
                    northward: *to == "north",
                    measured: *rest != ["unmeasured"],
                    zones: Vec::new(),
                });
            }
            ["zone", ..] => {
                let mut street = Street::default();
                street.take(row)?;
                for eye in &mut self.eyes {
                    eye.zones.extend(street.zones.iter().cloned());
                }
            }
            ["set", name, value] => set(&mut self.options, name, value)?,
            ["without", "still"] => self.without_still = true,
            ["restart"] => self.events.push(Event::Restart(true)),
            ["restart", "without", "memory"] => self.events.push(Event::Restart(false)),
            ["every" | "at", ..] => self.looks(row)?,
            _ => return Err(format!("`{row}` is nothing that a story can say")),
        }
        Ok(())
    }

    /// `every 5s for 10m: car red at 22/2, car at 30/2 | south blind, north misses`.
    fn looks(&mut self, row: &str) -> Result<(), String> {
        let (times, shown) = row
            .split_once(": ")
            .ok_or("after the times a colon and what is there")?;
        let (things, eyes) = shown.split_once('|').unwrap_or((shown, ""));
        let things: Vec<&str> = things
            .split(',')
            .map(str::trim)
            .filter(|t| *t != "nothing")
            .collect();
        let said: Vec<Vec<&str>> = eyes
            .split(',')
            .map(|words| words.split_whitespace().collect::<Vec<_>>())
            .filter(|words| !words.is_empty())
            .collect();
        for at_ms in when(times, self.last_ms)?.moments() {
            self.last_ms = Some(at_ms);
            for (index, eye) in self.eyes.iter().enumerate() {
                let mut look = Look {
                    at_ms,
                    world: world(eye.camera.as_str()),
                    ..Look::default()
                };
                for thing in &things {
                    look.things.extend(seen(eye, thing)?);
                }
                let of_eye = said.iter().filter(|words| words[0] == eye.camera.as_str());
                let mut looks = true;
                for words in of_eye {
                    match words[1..] {
                        ["blind"] => look.light = Light::Black,
                        ["misses"] => look.things.iter_mut().for_each(|thing| thing.detected = false),
                        ["sees", "nothing"] => look.things.clear(),
                        ["away"] => looks = false,
                        ["ahead", span] => {
                            look.at_ms += duration_ms(span)?;
                            look.uncertainty_ms = duration_ms(span)?;
                        }
                        _ => return Err(format!("`{}` says nothing of an eye", words.join(" "))),
                    }
                }
                if looks {
                    self.events
                        .push(Event::Look(Box::new(EyeLook { eye: index, look })));
                }
            }
        }
        Ok(())
    }
}

/// `CLASS [LOOKS] at NORTH/EAST`, as the eye sees it.
pub(crate) fn seen(eye: &Eye, text: &str) -> Result<Option<Thing>, String> {
    let (what, place) = text
        .split_once(" at ")
        .ok_or_else(|| format!("`{text}` is no thing"))?;
    let (name, looks) = what.split_once(' ').unwrap_or((what, what));
    let class = ObjectClass::from_name(name).ok_or_else(|| format!("`{name}` is no class of thing"))?;
    let bbox = eye.sees(metres(place)?, sides(class));
    Ok(bbox.map(|bbox| Thing {
        class,
        bbox,
        score: 0.6,
        paint: seed(looks),
        appearance: None,
        detected: true,
    }))
}

fn metres(place: &str) -> Result<(f64, f64), String> {
    let (north, east) = place
        .split_once('/')
        .ok_or_else(|| format!("`{place}` is no place"))?;
    Ok((f64::from(number(north)?), f64::from(number(east)?)))
}

//! Reading a scene file: TOML to nouns, and everything wrong with it named at once.

use curbwatch_types::ViolationClass;
use serde::Deserialize;

use super::{
    CameraChange, CameraMove, Format, GROUPS, Life, Place, Problem, Problems, Proves, Scene, Script,
    SideName, Span, What,
};
use crate::lens::Lens;
use crate::sky::Weather;
use crate::styles::Styles;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    seed: u64,
    #[serde(default)]
    styles: Styles,
    #[serde(default = "minute")]
    secs: f32,
    #[serde(default)]
    format: Format,
    #[serde(default)]
    camera: CameraChange,
    #[serde(default)]
    moves: Vec<CameraMove>,
    #[serde(default)]
    frozen: Vec<Span>,
    #[serde(default)]
    black: Vec<Span>,
    #[serde(default)]
    covered: Vec<Span>,
    #[serde(default)]
    weather: Weather,
    #[serde(default)]
    lens: Lens,
    #[serde(default)]
    life: Life,
    #[serde(default)]
    events: Vec<Line>,
}

fn minute() -> f32 {
    60.0
}

fn one() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    what: String,
    #[serde(default = "one")]
    count: usize,
    place: Place,
    side: SideName,
    along: f32,
    from: f32,
    until: f32,
    violation: Option<String>,
    near_miss: Option<String>,
    #[serde(default)]
    brought: bool,
    #[serde(default)]
    taken: bool,
    #[serde(default)]
    grows: bool,
}

/// Most events in a scene, and things in one.
const EVENTS_MAX: usize = 200;
const COUNT_MAX: usize = 12;

impl Scene {
    /// Reads a scene file.
    pub fn parse(toml_text: &str) -> Result<Self, Problems> {
        let file: File = toml::from_str(toml_text).map_err(|err| {
            let line = err
                .span()
                .map_or(0, |span| toml_text[..span.start].matches('\n').count() + 1);
            Problems(vec![Problem {
                place: format!("line {line}"),
                what: err.message().to_owned(),
            }])
        })?;
        let mut problems = Vec::new();
        let events = file
            .events
            .into_iter()
            .filter_map(|line| script(line, file.secs, &mut problems))
            .collect();
        let scene = Self {
            seed: file.seed,
            styles: file.styles,
            secs: file.secs,
            format: file.format,
            camera: file.camera,
            moves: file.moves,
            frozen: file.frozen,
            black: file.black,
            covered: file.covered,
            weather: file.weather,
            lens: file.lens,
            life: file.life,
            events,
        };
        scene.check(&mut problems);
        if problems.is_empty() {
            Ok(scene)
        } else {
            Err(Problems(problems))
        }
    }

    fn check(&self, problems: &mut Vec<Problem>) {
        let w = &self.weather;
        let mut range = |place: &str, value: f32, from: f32, to: f32| {
            if !(from..=to).contains(&value) {
                let what = format!("must lie between {from} and {to}, is {value}");
                problems.push(Problem {
                    place: place.to_owned(),
                    what,
                });
            }
        };
        range("secs", self.secs, 0.1, 7200.0);
        range("format.width", self.format.width as f32, 64.0, 3840.0);
        range("format.height", self.format.height as f32, 36.0, 2160.0);
        range("format.samples", self.format.samples as f32, 1.0, 256.0);
        range("weather.sun_height_deg", w.sun_height_deg, -90.0, 90.0);
        range("weather.cloud", w.cloud, 0.0, 1.0);
        range("weather.wet", w.wet, 0.0, 1.0);
        range("weather.rain", w.rain, 0.0, 1.0);
        range("weather.sight_m", w.sight_m, 20.0, 100_000.0);
        range("camera.pole_m", self.camera.pole_m.unwrap_or(6.0), 2.5, 20.0);
        range("camera.pan_deg", self.camera.pan_deg, -60.0, 60.0);
        range("camera.tilt_deg", self.camera.tilt_deg, -45.0, 45.0);
        range(
            "camera.field_deg",
            self.camera.field_deg.unwrap_or(40.0),
            10.0,
            90.0,
        );
        range("camera.along_m", self.camera.along_m, -20.0, 100.0);
        range("life.walkers", self.life.walkers, 0.0, 120.0);
        range("life.vehicles", self.life.vehicles, 0.0, 60.0);
        range("life.standing", self.life.standing, 0.0, 1.0);
        range("life.loose", self.life.loose, 0.0, 1.0);
        range("life.kerb", self.life.kerb, 0.0, 1.0);
        for (name, value, most) in self.lens.ranges() {
            range(&format!("lens.{name}"), value, 0.0, most);
        }
        for (i, turn) in self.moves.iter().enumerate() {
            range(&format!("moves[{i}].pan_deg"), turn.pan_deg, -60.0, 60.0);
            range(&format!("moves[{i}].tilt_deg"), turn.tilt_deg, -45.0, 45.0);
        }
        let moves = self.moves.iter().map(|m| (m.from, m.until));
        let spans = |list: &[Span]| list.iter().map(|s| (s.from, s.until)).collect::<Vec<_>>();
        for (name, list) in [
            ("moves", moves.collect()),
            ("frozen", spans(&self.frozen)),
            ("black", spans(&self.black)),
            ("covered", spans(&self.covered)),
        ] {
            for (i, (from, until)) in list.into_iter().enumerate() {
                if !(from >= 0.0 && from < until) {
                    problems.push(Problem {
                        place: format!("{name}[{i}]"),
                        what: format!("needs 0 <= from < until, has {from} and {until}"),
                    });
                }
            }
        }
        if self.events.len() > EVENTS_MAX {
            let what = format!("at most {EVENTS_MAX}, here are {}", self.events.len());
            problems.push(Problem {
                place: "events".to_owned(),
                what,
            });
        }
    }
}

fn script(line: Line, secs: f32, problems: &mut Vec<Problem>) -> Option<Script> {
    let mut wrong = Vec::new();
    let what = What::from_name(&line.what);
    if what.is_none() {
        let groups: Vec<&str> = GROUPS.iter().map(|(_, name)| *name).collect();
        wrong.push(format!(
            "`what = \"{}\"` is neither a class nor one of {}",
            line.what,
            groups.join(", ")
        ));
    }
    let mut class = |name: &Option<String>| {
        let name = name.as_ref()?;
        let found = ViolationClass::from_name(name);
        if found.is_none() {
            let known: Vec<&str> = ViolationClass::NAMES.iter().map(|(_, name)| *name).collect();
            wrong.push(format!(
                "\"{name}\" is no violation class; known are {}",
                known.join(", ")
            ));
        }
        found
    };
    let proves = match (class(&line.violation), class(&line.near_miss)) {
        (Some(_), Some(_)) => {
            wrong.push("is a violation or a near miss, not both".to_owned());
            Proves::Nothing
        }
        (Some(class), None) => Proves::Violation(class),
        (None, Some(class)) => Proves::NearMiss(class),
        (None, None) => Proves::Nothing,
    };
    if !(line.from < line.until && line.from >= 0.0 && line.until <= secs) {
        wrong.push(format!(
            "needs 0 <= from < until <= secs, has {} and {} of {secs}",
            line.from, line.until
        ));
    }
    if !(2.0..=90.0).contains(&line.along) {
        wrong.push(format!("`along` is 2 to 90 metres, not {}", line.along));
    }
    if !(1..=COUNT_MAX).contains(&line.count) {
        wrong.push(format!("`count` is 1 to {COUNT_MAX}, not {}", line.count));
    }
    if line.grows && line.count == 1 && !what.is_some_and(What::piles) {
        wrong.push("`grows` is for piles, garbage, goods and whatever has a `count` above 1".to_owned());
    }
    let fine = wrong.is_empty();
    let place = format!("event \"{}\"", line.name);
    problems.extend(wrong.into_iter().map(|what| Problem {
        place: place.clone(),
        what,
    }));
    let what = what.filter(|_| fine)?;
    Some(Script {
        name: line.name,
        what,
        count: line.count,
        place: line.place,
        side: line.side,
        along: line.along,
        from: line.from,
        until: line.until,
        proves,
        brought: line.brought,
        taken: line.taken,
        grows: line.grows,
    })
}

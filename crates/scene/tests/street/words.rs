//! Scenes in words: `fixtures/scenes/*.md` read, played, and held to what they say must come of them. The language is
//! described in `fixtures/scenes/README.md`; here is `check`, the one way to run it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use curbwatch_scene::{CameraScene, Options};
use curbwatch_types::{Incident, IncidentChange};

use crate::look::{looks, when};
use crate::play::{Played, Step, play, set, tell};
use crate::street::Street;
use crate::time::told;

/// A scene as it is written.
pub(crate) struct Scene {
    /// Heading.
    pub(crate) title: String,
    /// Line of the fence that opens it.
    line: usize,
    pub(crate) street: Street,
    pub(crate) options: Options,
    pub(crate) steps: Vec<Step>,
    /// What must come of it, with the line where it is said.
    expected: Vec<(usize, String)>,
    /// `still` lines are not told.
    without_still: bool,
    /// Why what is expected does not come yet.
    known_fault: Option<String>,
}

/// `fixtures/scenes`.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/scenes")
}

/// The streets of `streets.md`.
pub(crate) fn streets() -> BTreeMap<String, Street> {
    let text = std::fs::read_to_string(folder().join("streets.md")).expect("fixtures/scenes/streets.md");
    let mut streets = BTreeMap::new();
    for block in blocks(&text, "street") {
        let mut street = Street::default();
        for (number, line) in &block.rows {
            let taken = street.take(line);
            assert_eq!(taken, Ok(true), "fixtures/scenes/streets.md:{number}: {line}");
        }
        streets.insert(block.rest.to_owned(), street);
    }
    streets
}

/// The scenes of a file, or what is wrong with it, each with file and line.
pub(crate) fn read(file: &str) -> Result<Vec<Scene>, String> {
    let text = std::fs::read_to_string(folder().join(file)).map_err(|e| format!("{file}: {e}"))?;
    let streets = streets();
    let scenes = blocks(&text, "scene")
        .into_iter()
        .map(|block| parse(&block, &streets));
    let scenes: Result<Vec<Scene>, (usize, String)> = scenes.collect();
    scenes.map_err(|(line, wrong)| format!("fixtures/scenes/{file}:{line}: {wrong}"))
}

/// Plays every scene of a file; the test fails with all of them that do not come true.
#[track_caller]
pub(crate) fn check(file: &str) {
    let scenes = read(file).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert!(!scenes.is_empty(), "{file} holds no scene");
    let mut failures = String::new();
    for scene in &scenes {
        if let Err(failure) = scene.come_true() {
            let place = format!("fixtures/scenes/{file}:{}", scene.line);
            write!(failures, "\n{place}: {}\n{failure}", scene.title).expect("text grows");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

impl Scene {
    /// Whether what is expected comes, and of a known fault that it does not; else the difference.
    fn come_true(&self) -> Result<(), String> {
        let options = self.street.seen_by(&self.options);
        let played = play(&self.street.zones, &options, &self.steps);
        held(&played.incidents).map_err(|broken| format!("  {broken}\n"))?;
        let difference = self.difference(&played);
        match (&self.known_fault, difference) {
            (None, None) | (Some(_), Some(_)) => Ok(()),
            (None, Some(difference)) => Err(difference),
            (Some(fault), None) => Err(format!(
                "  This comes true now: take its `known fault` line away ({fault}).\n"
            )),
        }
    }

    /// What is expected against what came, line by line; `None` when they agree.
    fn difference(&self, played: &Played) -> Option<String> {
        let told = |line: &String| !self.without_still || !line.contains(" still ");
        let mut got: Vec<String> = tell(&played.incidents).into_iter().filter(told).collect();
        let (of_scene, life): (Vec<_>, Vec<_>) = self.expected.iter().partition(|(_, line)| {
            ["counted ", "picture ", "view ", "wants "]
                .iter()
                .any(|head| line.starts_with(head))
        });
        let life: Vec<(usize, String)> = life
            .into_iter()
            .filter(|(_, l)| l != "nothing")
            .cloned()
            .collect();
        let mut expected = life;
        for (number, line) in of_scene {
            expected.push((*number, line.clone()));
            got.push(of_the_scene(line, &played.scene));
        }
        let agree = expected.len() == got.len() && expected.iter().zip(&got).all(|((_, e), g)| e == g);
        (!agree).then(|| diff(&expected, &got))
    }
}

/// What a scene says at its end, in the words of the expectation.
fn of_the_scene(line: &str, scene: &CameraScene) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["counted", name, _] => {
            let c = scene.counters();
            let count = match *name {
                "looks" => c.looks,
                "judged" => c.judged,
                "out_of_order" => c.out_of_order,
                "repeated" => c.repeated,
                "tainted" => c.tainted,
                "obscured" => c.obscured,
                "blurred" => c.blurred,
                "dazzled" => c.dazzled,
                "switching" => c.switching,
                "moved" => c.moved,
                "detections_dropped" => c.detections_dropped,
                "anchors_over_bound" => c.anchors_over_bound,
                "groups_over_bound" => c.groups_over_bound,
                _ => return format!("nothing is called {name}"),
            };
            format!("counted {name} {count}")
        }
        ["picture", ..] => format!("picture {:?}", scene.picture_state().state).to_lowercase(),
        ["view", ..] => scene
            .view()
            .map_or("view unknown".to_owned(), |view| format!("view {view}")),
        _ => scene.next_due().map_or("wants no look".to_owned(), |w| {
            format!("wants a look at {}", told(w.at.0))
        }),
    }
}

/// What must hold of any incident, whatever a scene expects.
fn held(incidents: &[Incident]) -> Result<(), String> {
    for i in incidents {
        let broken = |what: &str| {
            Err(format!(
                "{} at {}: {what}",
                i.change.name(),
                told(i.decided_at.at.0)
            ))
        };
        if i.shots.len() > 3 || (i.shots.is_empty() && i.change != IncidentChange::Closed) {
            return broken(&format!("{} pictures", i.shots.len()));
        }
        let counted = i
            .rule
            .in_force_since
            .map_or(i.first_seen.at, |since| since.max(i.first_seen.at));
        if i.due != counted.plus_millis(i64::from(i.rule.dwell_secs) * 1000) {
            return broken("due is not the dwell after it began in force");
        }
        let first = i.shots.first().map(|shot| shot.unit.captured_at);
        // A later one is told with the beginning: the second witness dated it.
        if i.change == IncidentChange::Opened && first.is_none_or(|first| first < i.first_seen) {
            return broken("the first picture is older than the beginning");
        }
    }
    Ok(())
}

/// Lines that are in both, in order; `-` was expected and did not come, `+` came and was not expected.
fn diff(expected: &[(usize, String)], got: &[String]) -> String {
    let (n, m) = (expected.len(), got.len());
    let mut common = vec![vec![0_usize; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            common[i][j] = if expected[i].1 == got[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < n || j < m {
        let line = if i < n && j < m && expected[i].1 == got[j] {
            (i, j) = (i + 1, j + 1);
            format!("    {}", got[j - 1])
        } else if i < n && (j == m || common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            format!("  - {}    (line {})", expected[i - 1].1, expected[i - 1].0)
        } else {
            j += 1;
            format!("  + {}", got[j - 1])
        };
        writeln!(out, "{line}").expect("text grows");
    }
    out
}

/// A fenced block: `rest` is what follows its kind.
pub(crate) struct Block<'a> {
    pub(crate) title: &'a str,
    pub(crate) line: usize,
    /// There is prose between the heading and the fence.
    pub(crate) says_why: bool,
    rest: &'a str,
    pub(crate) rows: Vec<(usize, &'a str)>,
}

/// The fenced blocks of a kind, with the heading over them.
pub(crate) fn blocks<'a>(text: &'a str, kind: &str) -> Vec<Block<'a>> {
    let (mut title, mut says_why) = ("", false);
    let mut blocks: Vec<Block<'a>> = Vec::new();
    let mut inside = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        match (inside, line.strip_prefix("```")) {
            (None, Some(head)) => {
                let ours = head.split(' ').next() == Some(kind);
                inside = Some(ours);
                if ours {
                    blocks.push(Block {
                        title,
                        line: number,
                        says_why,
                        rest: head[kind.len()..].trim(),
                        rows: Vec::new(),
                    });
                }
            }
            (Some(_), Some(_)) => inside = None,
            (Some(true), None) if !line.trim().is_empty() => {
                if let Some(block) = blocks.last_mut() {
                    block.rows.push((number, line.trim()));
                }
            }
            (Some(_), None) => {}
            (None, None) => match line.strip_prefix("## ") {
                Some(heading) => (title, says_why) = (heading, false),
                None => says_why |= !line.trim().is_empty(),
            },
        }
    }
    blocks
}

fn parse(block: &Block<'_>, streets: &BTreeMap<String, Street>) -> Result<Scene, (usize, String)> {
    let at_fence = |wrong: &str| (block.line, wrong.to_owned());
    if block.title.is_empty() || !block.says_why {
        return Err(at_fence(
            "a scene has a heading and says below it why it is there",
        ));
    }
    let mut scene = Scene::begun(block.title, block.line);
    let mut last_ms = None;
    for (number, row) in &block.rows {
        scene
            .take(row, *number, streets, &mut last_ms)
            .map_err(|wrong| (*number, wrong))?;
    }
    if scene.street.zones.is_empty() {
        return Err(at_fence("a scene names its street"));
    }
    if scene.expected.is_empty() {
        return Err(at_fence("a scene says what comes of it, if only `=> nothing`"));
    }
    Ok(scene)
}

impl Scene {
    fn begun(title: &str, line: usize) -> Self {
        Self {
            title: title.to_owned(),
            line,
            street: Street::default(),
            options: Options::default(),
            steps: Vec::new(),
            expected: Vec::new(),
            without_still: false,
            known_fault: None,
        }
    }

    fn take(
        &mut self,
        row: &str,
        number: usize,
        streets: &BTreeMap<String, Street>,
        last_ms: &mut Option<i64>,
    ) -> Result<(), String> {
        if let Some(expected) = row.strip_prefix("=>") {
            let words: Vec<&str> = expected.split_whitespace().collect();
            self.expected.push((number, words.join(" ")));
            return Ok(());
        }
        if !self.expected.is_empty() {
            return Err("what comes of it stands at the end".into());
        }
        if let Some(fault) = row.strip_prefix("known fault:") {
            self.known_fault = Some(fault.trim().to_owned());
            return Ok(());
        }
        let words: Vec<&str> = row.split_whitespace().collect();
        match words.as_slice() {
            ["street", name] => {
                let street = streets.get(*name);
                self.street = street
                    .ok_or_else(|| format!("there is no street `{name}`"))?
                    .clone();
            }
            ["set", name, value] => set(&mut self.options, name, value)?,
            ["without", "still"] => self.without_still = true,
            ["restart", "without", "memory"] => self.steps.push(Step::RestartWithoutMemory),
            ["restart"] => self.steps.push(Step::Restart),
            ["every" | "at", ..] => {
                let (times, things) = row
                    .split_once(": ")
                    .ok_or("after the times a colon, a space and what is there")?;
                let looks = looks(&self.street, when(times, *last_ms)?, things)?;
                *last_ms = looks.last().map(|look| look.at_ms);
                self.steps.extend(looks.into_iter().map(Step::Look));
            }
            _ if self.street.take(row)? => {}
            _ => return Err(format!("`{row}` is nothing that a scene can say")),
        }
        Ok(())
    }
}

/// The steps of rows that stand in the code.
#[track_caller]
pub(crate) fn rows(street: &Street, text: &str) -> Vec<Step> {
    let mut scene = Scene::begun("", 0);
    scene.street = street.clone();
    let mut last_ms = None;
    for row in text.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let taken = scene.take(row, 0, &BTreeMap::new(), &mut last_ms);
        assert_eq!(taken, Ok(()), "{row}");
    }
    scene.steps
}

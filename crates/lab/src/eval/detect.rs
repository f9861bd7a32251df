//! `eval detect`: a model's average precision on labelled pictures.
//!
//! What cannot fairly be found — mostly hidden, or a few pixels high — is neither asked for nor held against
//! anyone: it becomes an area in which detections do not count ([`Fairness`]). Detections come from
//! `curbwatch-infer` exactly as in the product, but for the threshold, which average precision wants low.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use curbwatch_infer::{Detector, DetectorOptions, Model, ModelOptions, load_runtime};
use curbwatch_types::{Detection, ObjectClass};
use serde::Serialize;

use super::Kind;
use super::coco::{self, ClassScore, DETECTIONS_MAX, Found, Sheet, Smallest, Truth};
use super::labels::{self, Choice, Labelled, Labelling, Renames};
use super::lines::wrong;
use super::picture;
use crate::Error;

/// What counts as a fair thing to ask for. At the picture's own scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fairness {
    /// Least share of it that is seen. 0.5: of what is more hidden nobody can say where it ends.
    pub visible_min: f64,
    /// Least height of what is seen, in pixels. 12: below it a person of a 360-line picture is a smear.
    pub height_min: f64,
    /// Least area of the box of what is seen, in pixels. 64.
    pub area_min: f64,
}

impl Default for Fairness {
    fn default() -> Self {
        Self {
            visible_min: 0.5,
            height_min: 12.0,
            area_min: 64.0,
        }
    }
}

/// What is measured on what.
#[derive(Debug, Clone)]
pub struct Task {
    /// Manifest of the model.
    pub model: PathBuf,
    /// Folders with weights that are not beside their manifest.
    pub model_dirs: Vec<PathBuf>,
    /// Folder of pictures.
    pub images: PathBuf,
    /// Labels: see [`labels`].
    pub labels: PathBuf,
    /// Which of the pictures.
    pub choice: Choice,
    /// What classes mean here.
    pub renames: Renames,
    /// Where the material comes from.
    pub kind: Kind,
    /// Weakest detection that takes part, 0..1. 0.01: average precision reads the whole curve.
    pub min_score: f32,
    /// What counts.
    pub fairness: Fairness,
    /// Pictures looked at at once, each by a detector of its own.
    pub threads: usize,
}

/// A class in the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// Average precision at `IoU` .50; null where nothing counts.
    pub ap50: Option<f64>,
    /// Mean over `IoU` .50, .55, ... .95.
    pub ap: Option<f64>,
    /// Things that count.
    pub boxes: usize,
    /// Things too hidden or too small to count.
    pub ignored: usize,
    /// Detections that took part.
    pub found: usize,
}

/// The result, as printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// By name of class: every class that is labelled, or that the model knows.
    pub classes: BTreeMap<&'static str, ClassReport>,
    /// Pictures measured.
    pub pictures: usize,
    /// The model's id.
    pub model: String,
    /// `real`, `synthetic` or `unstated`.
    pub kind: Kind,
    /// What counted.
    pub fairness: Fairness,
    /// Weakest detection that took part.
    pub min_score: f32,
    /// Most detections of a class counted in one picture.
    pub detections_max: usize,
    /// Classes that meant something else, `NAME=CLASS`.
    pub classes_as: Vec<String>,
    /// The list of pictures, where there was one.
    pub list: Option<String>,
    /// Detections of classes left out.
    pub detections_left_out: u64,
    /// Candidates the detector itself dropped, over its bound a picture.
    pub candidates_dropped: u64,
}

/// What one picture gave.
struct Looked {
    size: (usize, usize),
    detections: Vec<Detection>,
}

/// Measures. `progress` hears of every picture that is done.
pub fn detect(task: &Task, progress: &(dyn Fn() + Sync)) -> Result<Report, Error> {
    let model_options = ModelOptions {
        model_dirs: task.model_dirs.clone(),
    };
    let model = Model::load(&task.model, &model_options).map_err(Error::Model)?;
    let labelled = labels::read(&task.images, &task.labels, &task.renames, &task.choice)?;
    let known: BTreeSet<ObjectClass> = model
        .manifest()
        .classes
        .iter()
        .filter_map(|row| task.renames.of_class(row.object?))
        .collect();
    speaks_of(&model, &known, &labelled)?;
    load_runtime(None).map_err(Error::Model)?;
    let (looked, candidates_dropped) = look_at_all(task, &model, &labelled, progress)?;
    let mut sheets: BTreeMap<ObjectClass, Vec<Sheet>> = known.into_iter().map(|c| (c, Vec::new())).collect();
    let mut detections_left_out = 0;
    for (labelled, looked) in labelled.iter().zip(&looked) {
        detections_left_out += enter(&mut sheets, task, labelled, looked);
    }
    let smallest = Smallest {
        area: task.fairness.area_min,
        height: task.fairness.height_min,
    };
    let scored = sheets
        .iter()
        .map(|(class, sheets)| (class.name(), coco::score(sheets, smallest).into()));
    Ok(Report {
        classes: scored.collect(),
        pictures: labelled.len(),
        model: model.id().to_string(),
        kind: task.kind,
        fairness: task.fairness,
        min_score: task.min_score,
        detections_max: DETECTIONS_MAX,
        classes_as: task.renames.words(),
        list: task.choice.list.as_ref().map(|list| list.display().to_string()),
        detections_left_out,
        candidates_dropped,
    })
}

/// Whether the model can find what is labelled.
fn speaks_of(model: &Model, known: &BTreeSet<ObjectClass>, labelled: &[Labelled]) -> Result<(), Error> {
    let things = labelled.iter().flat_map(|picture| &picture.things);
    let asked: BTreeSet<ObjectClass> = things.map(|thing| thing.class).collect();
    let missing: Vec<&str> = asked.difference(known).map(|class| class.name()).collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    Err(wrong(
        model.id(),
        format!(
            "the model knows no {}, which the labels hold; merge (--classes-as {first}=CLASS) or leave out (--classes-as {first}=)",
            missing.join(", ")
        ),
    ))
}

/// Every picture through a detector, in order, and how many candidates fell out over the bound.
fn look_at_all(
    task: &Task,
    model: &Model,
    labelled: &[Labelled],
    progress: &(dyn Fn() + Sync),
) -> Result<(Vec<Looked>, u64), Error> {
    let options = DetectorOptions {
        min_score: Some(task.min_score),
        ..DetectorOptions::default()
    };
    let next = AtomicUsize::new(0);
    let work = || -> Result<(Vec<(usize, Looked)>, u64), Error> {
        let mut detector = Detector::new(model, &options).map_err(Error::Model)?;
        let mut done = Vec::new();
        while let number = next.fetch_add(1, Ordering::Relaxed)
            && let Some(labelled) = labelled.get(number)
        {
            // After a mistake nothing more is worth the time.
            let looked = look_at(&mut detector, labelled)
                .inspect_err(|_| next.store(usize::MAX / 2, Ordering::Relaxed))?;
            done.push((number, looked));
            progress();
        }
        Ok((done, detector.dropped_candidates()))
    };
    let threads = task.threads.clamp(1, labelled.len());
    let results: Vec<_> = std::thread::scope(|scope| {
        let spawn = |number| {
            let builder = std::thread::Builder::new().name(format!("eval-{number}"));
            builder.spawn_scoped(scope, work)
        };
        let handles: Vec<_> = (0..threads).map(spawn).collect();
        let join = |handle: std::io::Result<std::thread::ScopedJoinHandle<'_, _>>| match handle {
            Ok(handle) => handle
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(source) => Err(Error::System {
                what: "start a thread",
                source,
            }),
        };
        handles.into_iter().map(join).collect()
    });
    let (mut all, mut dropped) = (Vec::new(), 0);
    for result in results {
        let (looked, candidates) = result?;
        all.extend(looked);
        dropped += candidates;
    }
    all.sort_by_key(|(number, _)| *number);
    Ok((all.into_iter().map(|(_, looked)| looked).collect(), dropped))
}

fn look_at(detector: &mut Detector, labelled: &Labelled) -> Result<Looked, Error> {
    let picture = picture::read(&labelled.file)?;
    let size = (picture.width, picture.height);
    if let Some((width, height)) = labelled.size.filter(|said| *said != size) {
        let problem = format!(
            "has {}x{} pixels, its labels are for {width}x{height}",
            size.0, size.1
        );
        return Err(wrong(labelled.file.display(), problem));
    }
    let detections = detector.detect(&picture).map_err(Error::Model)?;
    Ok(Looked { size, detections })
}

/// Enters a picture into the sheet of every class; how many detections belong to none.
fn enter(
    sheets: &mut BTreeMap<ObjectClass, Vec<Sheet>>,
    task: &Task,
    labelled: &Labelled,
    looked: &Looked,
) -> u64 {
    let (w, h) = (looked.size.0 as f64, looked.size.1 as f64);
    let mut own: BTreeMap<ObjectClass, Sheet> = BTreeMap::new();
    for thing in &labelled.things {
        let [x, y, wide, high] = thing.rect;
        let rect = [x * w, y * h, wide * w, high * h];
        own.entry(thing.class).or_default().truth.push(Truth {
            rect,
            ignored: !task.fairness.asks_for(thing, &rect),
        });
    }
    let mut left_out = 0;
    for detection in &looked.detections {
        let Some(class) = task.renames.of_class(detection.class) else {
            left_out += 1;
            continue;
        };
        let b = &detection.bbox;
        let [x, y, wide, high] = [b.x, b.y, b.w, b.h].map(f64::from);
        own.entry(class).or_default().found.push(Found {
            rect: [x * w, y * h, wide * w, high * h],
            score: f64::from(detection.score.get()),
        });
    }
    for (class, sheets) in sheets {
        sheets.push(own.remove(class).unwrap_or_default());
    }
    left_out
}

impl Fairness {
    fn asks_for(&self, thing: &Labelling, rect: &coco::Rect) -> bool {
        thing.visible >= self.visible_min && rect[3] >= self.height_min && rect[2] * rect[3] >= self.area_min
    }
}

impl From<ClassScore> for ClassReport {
    fn from(score: ClassScore) -> Self {
        Self {
            ap50: score.ap50,
            ap: score.ap,
            boxes: score.boxes,
            ignored: score.ignored,
            found: score.found,
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} on {} pictures ({})",
            self.model,
            self.pictures,
            self.kind.name()
        )?;
        writeln!(
            f,
            "{:<16} {:>7} {:>7} {:>7} {:>8} {:>7}",
            "class", "AP50", "AP", "boxes", "ignored", "found"
        )?;
        for (name, class) in &self.classes {
            let share = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
            writeln!(
                f,
                "{name:<16} {:>7} {:>7} {:>7} {:>8} {:>7}",
                share(class.ap50),
                share(class.ap),
                class.boxes,
                class.ignored,
                class.found
            )?;
        }
        let Fairness {
            visible_min,
            height_min,
            area_min,
        } = self.fairness;
        write!(
            f,
            "counted: seen by {visible_min} and more, {height_min} px high and more, {area_min} px of area and more; \
             detections from {} on, the best {} of a class and picture",
            self.min_score, self.detections_max
        )?;
        if !self.classes_as.is_empty() {
            write!(f, "; {}", self.classes_as.join(", "))?;
        }
        Ok(())
    }
}

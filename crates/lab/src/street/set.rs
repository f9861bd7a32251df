//! A training set: pictures of many streets as JPEG, and one line of labels for each.
//!
//! Deterministic by seed and resumable: what lies whole in the folder is not made again. Input is options
//! and what an earlier run left in the same folder. Not for: reading sets, which is the trainer's.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use curbwatch_street::{Film, Serial, Thing};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::mixture::{Manner, Mixed, Styles, WINDOWS, Wanted, mixed};
use super::picture::{jpeg, pixels, write_whole};
use crate::Error;

/// What a set is to be.
#[derive(Debug, Clone)]
pub struct SetOptions {
    /// Pictures.
    pub count: u64,
    /// Decides every picture.
    pub seed: u64,
    /// Which shapes, colours and cameras may appear.
    pub styles: Styles,
    /// The folder: `images/NNNNNN.jpg`, `labels.jsonl`.
    pub out: PathBuf,
    /// Pixels across and down.
    pub size: (usize, usize),
    /// Scenes rendered at once.
    pub threads: usize,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetDone {
    /// Pictures with labels in the folder.
    pub pictures: u64,
    /// Those made by this run.
    pub made: u64,
    /// Lines of scripts that found no room and were left out.
    pub dropped_lines: u64,
    /// Streets of which nothing could be made.
    pub dropped_scenes: u64,
    /// Whether it was asked to stop before the end.
    pub stopped: bool,
}

/// A line of `labels.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// The picture, relative to the folder.
    pub file: String,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// The set's seed.
    pub seed: u64,
    /// `shown`, `varied` or `held-out`.
    pub styles: String,
    /// Which street of the set; its pictures share camera, buildings and light.
    pub scene: u64,
    /// Second of the scene.
    pub at: f32,
    /// JPEG quality.
    pub quality: u8,
    /// Weather in words.
    pub weather: Vec<String>,
    /// What is in the picture.
    pub things: Vec<Labelled>,
}

/// One thing in a picture; boxes are left, top, right, bottom in pixels, the last two exclusive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// Name of the class.
    pub class: String,
    /// The box around what is seen.
    pub seen: [i64; 4],
    /// The box as if nothing stood before it, within the picture.
    pub amodal: [i64; 4],
    /// Share of it that is seen, 0..1.
    pub visible: f32,
    /// Pixels it would cover alone.
    pub pixels: u32,
    /// Whether the picture's edge cuts it off.
    pub cut_off: bool,
}

impl Labelled {
    fn new(thing: &Thing, (width, height): (usize, usize)) -> Self {
        Self {
            class: thing.class.name().to_owned(),
            seen: pixels(thing.seen, width, height),
            amodal: pixels(thing.bbox, width, height),
            visible: (thing.visible * 1000.0).round() / 1000.0,
            pixels: thing.pixels,
            cut_off: thing.cut_off,
        }
    }
}

impl Styles {
    /// Its name on the command line and in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Varied => "varied",
            Self::HeldOut => "held-out",
        }
    }
}

struct Work<'a> {
    options: &'a SetOptions,
    labels: Mutex<File>,
    next: AtomicU64,
    made: AtomicU64,
    dropped_lines: AtomicU64,
    dropped_scenes: AtomicU64,
    failed: Mutex<Option<Error>>,
    stop: &'a AtomicBool,
    progress: &'a (dyn Fn(u64) + Sync),
}

/// Makes what is missing of a set. `stop` ends it after the pictures in work; `progress` hears how many
/// pictures were finished, from any thread.
pub fn make_set(
    options: &SetOptions,
    stop: &AtomicBool,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<SetDone, Error> {
    let images = options.out.join("images");
    std::fs::create_dir_all(&images).map_err(file_error(&images))?;
    let path = options.out.join("labels.jsonl");
    let known = known(&path, options)?;
    let had = known.len() as u64;
    rewrite(&path, &known)?;
    let labels = File::options()
        .append(true)
        .open(&path)
        .map_err(file_error(&path))?;
    progress(had);
    let work = Work {
        options,
        labels: Mutex::new(labels),
        next: AtomicU64::new(0),
        made: AtomicU64::new(0),
        dropped_lines: AtomicU64::new(0),
        dropped_scenes: AtomicU64::new(0),
        failed: Mutex::new(None),
        stop,
        progress,
    };
    let run = || work.run(&known);
    std::thread::scope(|scope| {
        for number in 1..options.threads {
            let named = std::thread::Builder::new().name(format!("street-set-{number}"));
            // A thread that the system refuses leaves its scenes to the others.
            let _ = named.spawn_scoped(scope, run);
        }
        run();
    });
    if let Some(error) = work.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let made = work.made.into_inner();
    let stopped = stop.load(Ordering::Relaxed);
    // In order at the end, so that the same options make the same bytes whatever the threads did.
    rewrite(&path, &self::known(&path, options)?)?;
    Ok(SetDone {
        pictures: had + made,
        made,
        dropped_lines: work.dropped_lines.into_inner(),
        dropped_scenes: work.dropped_scenes.into_inner(),
        stopped,
    })
}

impl Work<'_> {
    fn run(&self, known: &BTreeMap<String, String>) {
        let scenes = self.options.count.div_ceil(WINDOWS as u64);
        while !self.stop.load(Ordering::Relaxed) {
            let scene = self.next.fetch_add(1, Ordering::Relaxed);
            if scene >= scenes {
                break;
            }
            let pictures = (0..WINDOWS).map(|window| (window, scene * WINDOWS as u64 + window as u64));
            let missing: Vec<(usize, u64)> = pictures
                .filter(|(_, picture)| {
                    *picture < self.options.count && !known.contains_key(&file_name(*picture))
                })
                .collect();
            if missing.is_empty() {
                continue;
            }
            if let Err(error) = self.scene(scene, &missing) {
                self.stop.store(true, Ordering::Relaxed);
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
        }
    }

    fn scene(&self, scene: u64, missing: &[(usize, u64)]) -> Result<(), Error> {
        let options = self.options;
        let wanted = Wanted {
            seed: options.seed,
            number: scene,
            styles: options.styles,
            size: options.size,
            manner: Manner::Training,
        };
        let Mixed {
            street,
            weather,
            dropped,
            ..
        } = mixed(&wanted)?;
        self.dropped_lines.fetch_add(dropped as u64, Ordering::Relaxed);
        let mut film = Film::new(&street);
        for &(window, picture) in missing {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let at = Mixed::moment(window);
            let frame = film.frame(at, &Serial);
            let mut rng = Rng::with_seed(options.seed ^ picture.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let quality = rng.u8(60..=95);
            let file = file_name(picture);
            write_whole(&options.out.join(&file), &jpeg(&frame, quality)?)?;
            let label = Label {
                file,
                width: frame.width,
                height: frame.height,
                seed: options.seed,
                styles: options.styles.name().to_owned(),
                scene,
                at,
                quality,
                weather: weather.iter().map(|word| (*word).to_owned()).collect(),
                things: frame
                    .truth
                    .iter()
                    .map(|t| Labelled::new(t, options.size))
                    .collect(),
            };
            self.write(&label)?;
            self.made.fetch_add(1, Ordering::Relaxed);
            (self.progress)(1);
        }
        Ok(())
    }

    /// A whole line at once: an interrupted run leaves at most one torn line, which the next removes.
    fn write(&self, label: &Label) -> Result<(), Error> {
        let mut line = line_of(label)?;
        line.push('\n');
        let mut labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        labels
            .write_all(line.as_bytes())
            .map_err(file_error(&self.options.out.join("labels.jsonl")))
    }
}

fn line_of(label: &Label) -> Result<String, Error> {
    serde_json::to_string(label).map_err(|err| Error::Content {
        path: label.file.clone(),
        problem: err.to_string(),
    })
}

fn file_name(picture: u64) -> String {
    format!("images/{picture:06}.jpg")
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}

/// The lines of an earlier run whose pictures exist, by picture. A set of other options is refused.
fn known(path: &Path, options: &SetOptions) -> Result<BTreeMap<String, String>, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(file_error(path)(source)),
    };
    let mut known = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let Ok(label) = serde_json::from_str::<Label>(line) else {
            // Only the last line can be torn.
            if number + 1 == text.lines().count() {
                continue;
            }
            return Err(Error::Content {
                path: format!("{}:{}", path.display(), number + 1),
                problem: "is no line of labels; name another folder or remove the file".to_owned(),
            });
        };
        let own = (label.seed, &label.styles[..], (label.width, label.height));
        let asked = (options.seed, options.styles.name(), options.size);
        if own != asked {
            return Err(Error::Content {
                path: format!("{}:{}", path.display(), number + 1),
                problem: format!(
                    "is of a set with seed {}, {} styles, {} x {} pixels; name another folder",
                    label.seed, label.styles, label.width, label.height
                ),
            });
        }
        if options.out.join(&label.file).is_file() {
            known.insert(label.file, line.to_owned());
        }
    }
    Ok(known)
}

fn rewrite(path: &Path, lines: &BTreeMap<String, String>) -> Result<(), Error> {
    let text: String = lines.values().flat_map(|line| [line, "\n"]).collect();
    write_whole(path, text.as_bytes())
}

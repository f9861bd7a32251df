//! A scene file becomes a clip as a camera would send it, with zones and truth beside it.
//!
//! For: fixture clips and demonstrations. Not for: rendering (`curbwatch-street`) nor encoding (FFmpeg, in
//! [`encoder`](super::encoder)). Input: scene files written by engineers, with a table `[clip]` of their own that
//! says how the scene is filmed. Event truth comes from the script alone.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use curbwatch_street::{Event, Executor, Film, Frame, Proves, Scene, Street};
use curbwatch_types::{BBox, CameraId, Point, Polygon, ViolationClass, Zone, ZoneId, ZoneKind};
use serde::Deserialize;
use serde_json::json;

use super::encoder::{Codec, Encoder, EncoderOptions, offers};
use super::picture::{jpeg, write_whole};
use super::truth::{TruthWriter, place};
use super::wrong;
use crate::Error;

/// Midnight of 2 March 2026 in UTC+8, in milliseconds: the day all clips are of unless they say so.
const DAY_MS: i64 = 1_772_380_800_000;
/// Most pictures of a clip.
const PICTURES_MAX: usize = 200_000;

/// How a scene is filmed: the table `[clip]` of its file. Everything has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filming {
    /// Pictures a second, 0.1..30. Each is rendered, encoded and stamped with its real time.
    pub per_sec: f32,
    /// What it is encoded as.
    pub codec: Codec,
    /// Seconds between keyframes, 0.1..60.
    pub keyframe_secs: f32,
    /// Constant rate factor of the encoder, 0 best .. 51.
    pub crf: u8,
    /// When the first picture was taken, in Unix milliseconds; by default the scene's clock on 2 March 2026, UTC+8.
    pub start_ms: Option<i64>,
    /// Legal dwell of its zones in seconds, 10..3600.
    pub dwell_secs: u32,
    /// Zones beside those of the street itself.
    pub zones: Vec<Drawn>,
    /// From, until: seconds during which the camera sends the same picture again and again.
    pub frozen: Vec<(f32, f32)>,
}

impl Default for Filming {
    fn default() -> Self {
        Self {
            per_sec: 1.0,
            codec: Codec::H264,
            keyframe_secs: 2.0,
            crf: 27,
            start_ms: None,
            dwell_secs: 20,
            zones: Vec::new(),
            frozen: Vec::new(),
        }
    }
}

/// A zone that the clip's file adds: where another zone lies, or around the things of an event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// Its id.
    pub id: String,
    /// Its kind, as in the configuration.
    pub kind: String,
    /// The zone of the street whose outline it has.
    pub of: Option<String>,
    /// The event around whose things it is drawn.
    pub around: Option<String>,
}

/// A scene and how it is filmed.
#[derive(Debug, Clone)]
pub struct ClipFile {
    /// The file's name without folder and ending; the camera's id as well.
    pub name: String,
    /// The scene.
    pub scene: Scene,
    /// How it is filmed.
    pub filming: Filming,
}

#[derive(Deserialize)]
struct Table {
    #[serde(default)]
    clip: Filming,
}

impl ClipFile {
    /// Reads a scene file with or without a table `[clip]`.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File {
            path: path.to_owned(),
            source,
        })?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Self::parse(name.as_deref().unwrap_or_default(), &text)
    }

    /// The same from text; `name` stands in messages.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let problem = |problem: String| Error::Content {
            path: name.to_owned(),
            problem,
        };
        CameraId::new(name).map_err(|why| problem(format!("the file's name becomes a camera id: {why}")))?;
        let (scene, clip) = parted(text);
        let scene = Scene::parse(&scene).map_err(|problems| wrong(name, &problems))?;
        let table: Table = toml::from_str(&clip).map_err(|err| {
            let line = err
                .span()
                .map_or(0, |span| clip[..span.start].matches('\n').count() + 1);
            problem(format!("line {line}: {}", err.message()))
        })?;
        let filming = table.clip;
        let wrong: Vec<String> = filming.problems(&scene);
        if !wrong.is_empty() {
            return Err(problem(wrong.join("\n")));
        }
        Ok(Self {
            name: name.to_owned(),
            scene,
            filming,
        })
    }

    /// How many pictures the clip has.
    pub fn pictures(&self) -> usize {
        (self.scene.secs * self.filming.per_sec).floor().max(1.0) as usize
    }

    /// Milliseconds from the start to a picture.
    pub fn at_ms(&self, picture: usize) -> i64 {
        (picture as f64 * 1000.0 / f64::from(self.filming.per_sec)).round() as i64
    }

    /// When the first picture was taken.
    pub fn start_ms(&self) -> i64 {
        let of_day = (f64::from(self.scene.lens.clock_start) * 1000.0) as i64;
        self.filming.start_ms.unwrap_or(DAY_MS + of_day)
    }

    /// The second of the scene that a picture shows, and whether the camera is frozen at it.
    pub fn shown_secs(&self, picture: usize) -> (f32, bool) {
        let secs = |picture: usize| self.at_ms(picture) as f32 / 1000.0;
        let at = secs(picture);
        let frozen = self
            .filming
            .frozen
            .iter()
            .find(|(from, until)| (*from..*until).contains(&at));
        match frozen {
            Some((from, _)) => {
                let first = (0..=picture).find(|p| secs(*p) >= *from).unwrap_or(picture);
                (secs(first), first < picture)
            }
            None => (at, false),
        }
    }

    /// Whether the camera looks where it usually does.
    fn shows_usual_view(&self, picture: usize) -> bool {
        let (at, _) = self.shown_secs(picture);
        !self
            .scene
            .moves
            .iter()
            .any(|away| (away.from..away.until).contains(&at))
    }
}

impl Filming {
    fn problems(&self, scene: &Scene) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut range = |name: &str, value: f32, from: f32, to: f32| {
            if !(from..=to).contains(&value) {
                wrong.push(format!(
                    "clip.{name}: must lie between {from} and {to}, is {value}"
                ));
            }
        };
        range("per_sec", self.per_sec, 0.1, 30.0);
        range("keyframe_secs", self.keyframe_secs, 0.1, 60.0);
        range("crf", f32::from(self.crf), 0.0, 51.0);
        range("dwell_secs", self.dwell_secs as f32, 10.0, 3600.0);
        for (i, (from, until)) in self.frozen.iter().enumerate() {
            range(&format!("frozen[{i}][0]"), *from, 0.0, scene.secs);
            range(&format!("frozen[{i}][1]"), *until, *from, scene.secs);
        }
        if scene.secs * self.per_sec > PICTURES_MAX as f32 {
            wrong.push(format!("clip.per_sec: makes more than {PICTURES_MAX} pictures"));
        }
        if !scene.format.width.is_multiple_of(2) || !scene.format.height.is_multiple_of(2) {
            wrong.push("format: width and height of a clip are even".to_owned());
        }
        wrong
    }
}

/// The scene's lines and the table's, each with blanks where the other's were, so that line numbers hold.
fn parted(text: &str) -> (String, String) {
    let (mut scene, mut clip) = (String::new(), String::new());
    let mut own = false;
    for line in text.lines() {
        if line.trim_start().starts_with('[') {
            own = line.trim() == "[clip]";
        }
        let (to, other) = if own {
            (&mut clip, &mut scene)
        } else {
            (&mut scene, &mut clip)
        };
        to.push_str(line);
        to.push('\n');
        other.push('\n');
    }
    (scene, clip)
}

/// Where a clip goes and what makes it.
#[derive(Debug, Clone)]
pub struct ClipOptions {
    /// The folder.
    pub out: PathBuf,
    /// The program `ffmpeg`.
    pub ffmpeg: PathBuf,
    /// Instead of the file's own codec.
    pub codec: Option<Codec>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The clip.
    pub file: PathBuf,
    /// Its pictures.
    pub pictures: usize,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What the configuration calls a camera's usual view where nothing is said.
const BASE_VIEW: &str = "main";
/// Quality of a view's stored picture.
const VIEW_QUALITY: u8 = 80;

/// Name of the usual view's stored picture, of a clip whose camera looks elsewhere now and then: who joins it just then must not take
/// that for the usual view.
fn view_file(clip: &ClipFile) -> String {
    format!("{}.view.jpg", clip.name)
}

/// Renders and encodes a clip, and writes zones, events and truth beside it. Nothing of that name appears before it
/// is whole. `Ok(None)` when `stop` ended it. `progress` hears of every picture.
pub fn make_clip(
    clip: &ClipFile,
    options: &ClipOptions,
    executor: &dyn Executor,
    stop: &AtomicBool,
    progress: &dyn Fn(),
) -> Result<Option<Made>, Error> {
    std::fs::create_dir_all(&options.out).map_err(|source| Error::File {
        path: options.out.clone(),
        source,
    })?;
    let codec = options.codec.unwrap_or(clip.filming.codec);
    offers(&options.ffmpeg, codec)?;
    let street = Street::build(&clip.scene).map_err(|problems| wrong(&clip.name, &problems))?;
    let happened = happened(clip, &street)?;
    let zones = drawn(clip, street.zones(), &happened)?;
    let file = options.out.join(format!("{}.mp4", clip.name));
    let mut encoder = Encoder::start(&EncoderOptions {
        ffmpeg: options.ffmpeg.clone(),
        out: file.clone(),
        codec,
        size: (clip.scene.format.width, clip.scene.format.height),
        per_sec: clip.filming.per_sec,
        keyframe_every: (clip.filming.keyframe_secs * clip.filming.per_sec)
            .round()
            .max(1.0) as u32,
        crf: clip.filming.crf,
    })?;
    let mut film = Film::new(&street);
    let mut truth = TruthWriter::default();
    let mut shown: Option<(f32, Frame)> = None;
    let usual_view = (0..clip.pictures())
        .find(|picture| clip.shows_usual_view(*picture))
        .filter(|_| !clip.scene.moves.is_empty());
    for picture in 0..clip.pictures() {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let (at, frozen) = clip.shown_secs(picture);
        let frame = match shown.take() {
            Some((before, frame)) if frozen && before == at => frame,
            _ => film.frame(at, executor),
        };
        encoder.write(&frame.rgb)?;
        if usual_view == Some(picture) {
            write_whole(&options.out.join(view_file(clip)), &jpeg(&frame, VIEW_QUALITY)?)?;
        }
        truth.push(clip.at_ms(picture), frozen, &frame)?;
        shown = Some((at, frame));
        progress();
    }
    encoder.finish()?;
    beside(clip, options, "truth.jsonl", &truth.text())?;
    write_script(clip, options, &happened, &zones)?;
    let bytes = std::fs::metadata(&file).map_err(|source| Error::File {
        path: file.clone(),
        source,
    })?;
    Ok(Some(Made {
        file,
        pictures: clip.pictures(),
        bytes: bytes.len(),
    }))
}

/// Writes zones and events anew, which follow from the script alone, and renders nothing.
pub fn make_script(clip: &ClipFile, options: &ClipOptions) -> Result<(), Error> {
    let street = Street::build(&clip.scene).map_err(|problems| wrong(&clip.name, &problems))?;
    let happened = happened(clip, &street)?;
    let zones = drawn(clip, street.zones(), &happened)?;
    write_script(clip, options, &happened, &zones)
}

fn write_script(
    clip: &ClipFile,
    options: &ClipOptions,
    happened: &[Event],
    zones: &[Zone],
) -> Result<(), Error> {
    beside(clip, options, "events.json", &events(clip, happened, zones))?;
    beside(clip, options, "zones.toml", &zones_file(clip, zones))
}

fn beside(clip: &ClipFile, options: &ClipOptions, ending: &str, text: &str) -> Result<(), Error> {
    let path = options.out.join(format!("{}.{ending}", clip.name));
    write_whole(&path, text.as_bytes())
}

/// The truth of the script as seen from the usual view, in which zones are drawn: while the camera looks elsewhere
/// things are where they were.
fn happened(clip: &ClipFile, street: &Street) -> Result<Vec<Event>, Error> {
    if clip.scene.moves.is_empty() {
        return Ok(street.events());
    }
    let steady = Scene {
        moves: Vec::new(),
        ..clip.scene.clone()
    };
    let steady = Street::build(&steady).map_err(|problems| wrong(&clip.name, &problems))?;
    Ok(steady.events())
}

/// The street's zones and those that the clip's file adds.
fn drawn(clip: &ClipFile, mut zones: Vec<Zone>, events: &[Event]) -> Result<Vec<Zone>, Error> {
    for added in &clip.filming.zones {
        let problem = |problem: String| Error::Content {
            path: clip.name.clone(),
            problem: format!("clip.zones \"{}\": {problem}", added.id),
        };
        let kind = ZoneKind::from_name(&added.kind)
            .ok_or_else(|| problem(format!("\"{}\" is no kind of zone", added.kind)))?;
        let id = ZoneId::new(&added.id).map_err(|why| problem(why.to_string()))?;
        if zones.iter().any(|zone| zone.id == id) {
            return Err(problem("there is one of this id already".to_owned()));
        }
        let (polygon, view) = match (&added.of, &added.around) {
            (Some(of), None) => {
                let other = zones.iter().find(|zone| zone.id.as_str() == of);
                let other = other.ok_or_else(|| problem(format!("the street has no zone \"{of}\"")))?;
                (other.polygon.clone(), other.view.clone())
            }
            (None, Some(name)) => {
                let event = events.iter().find(|event| event.name == *name);
                let event = event.ok_or_else(|| problem(format!("there is no event \"{name}\"")))?;
                let polygon = ground_of(event.place)
                    .ok_or_else(|| problem(format!("nothing is seen of event \"{name}\"")))?;
                let view = zones.first().map(|zone| zone.view.clone());
                (
                    polygon,
                    view.ok_or_else(|| problem("the street has no zones".to_owned()))?,
                )
            }
            _ => return Err(problem("needs either `of` or `around`".to_owned())),
        };
        zones.push(Zone {
            id,
            view,
            kind,
            polygon,
            dwell_secs: None,
        });
    }
    Ok(zones)
}

/// The ground under a group as an operator would draw it: the lower part of its box with some room around.
fn ground_of(bbox: BBox) -> Option<Polygon> {
    if bbox.area() <= 0.0 {
        return None;
    }
    let (left, right) = (bbox.x - bbox.w * 0.12, bbox.x + bbox.w * 1.12);
    let (top, bottom) = (bbox.y + bbox.h * 0.2, bbox.y + bbox.h * 1.06 + 0.006);
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    let cut = corners.map(|(x, y)| Point::new(x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)));
    Polygon::new(cut.to_vec()).ok()
}

/// Event truth as `eval cases` reads it; beside its keys the zones it stands in, the things and the times hidden. What proves
/// nothing (passers-by, occluders) is listed under `others`.
pub fn events(clip: &ClipFile, events: &[Event], zones: &[Zone]) -> String {
    let start = clip.start_ms();
    let ms = |secs: f32| start + (f64::from(secs) * 1000.0).round() as i64;
    let (mut rows, mut others) = (Vec::new(), Vec::new());
    for event in events {
        let hidden = event
            .occluded
            .iter()
            .fold(0.0, |sum, (from, until)| sum + until - from);
        let long = (event.until - event.from).max(0.001);
        let (class, near_miss) = match event.proves {
            Proves::Violation(class) => (Some(class), false),
            Proves::NearMiss(class) => (Some(class), true),
            Proves::Nothing => (None, false),
        };
        let row = json!({
            "name": event.name,
            "class": class.map(ViolationClass::name),
            "camera": clip.name,
            "view": "main",
            "start_ms": ms(event.from),
            "end_ms": ms(event.until),
            "dwell_secs": clip.filming.dwell_secs,
            "box": place(event.place),
            "occluded": f64::from((hidden / long).min(1.0) * 1000.0).round() / 1000.0,
            "near_miss": near_miss,
            "zones": zones.iter().filter(|zone| lies_in(event.place, zone)).map(|z| z.id.as_str()).collect::<Vec<_>>(),
            "things": event.things,
            "hidden_ms": event.occluded.iter().map(|(from, until)| [ms(*from), ms(*until)]).collect::<Vec<_>>(),
        });
        if class.is_some() { &mut rows } else { &mut others }.push(row);
    }
    let hours = f64::from(clip.scene.secs) / 3600.0;
    let whole = json!({ "kind": "synthetic", "watched_hours": hours, "events": rows, "others": others });
    format!("{whole:#}\n")
}

/// Whether what stands in `bbox` stands in the zone: by its ground contact or, where the picture's lower edge cuts it
/// off, a little above.
fn lies_in(bbox: BBox, zone: &Zone) -> bool {
    let contact = bbox.ground_contact();
    let above = Point::new(contact.x, contact.y - 0.1 * bbox.h);
    [contact, above].iter().any(|point| zone.polygon.contains(*point))
}

/// The zones as a list that the configuration includes, and the usual view of a camera that looks elsewhere now and then.
pub fn zones_file(clip: &ClipFile, zones: &[Zone]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    if !clip.scene.moves.is_empty() {
        let _ = write!(
            text,
            "[[views]]\ncamera = \"{}\"\nid = \"{BASE_VIEW}\"\nreference = \"{}\"\n\n",
            clip.name,
            view_file(clip)
        );
    }
    for zone in zones {
        let corners: Vec<String> = zone
            .polygon
            .points()
            .iter()
            .map(|p| format!("[{:.4}, {:.4}]", p.x, p.y))
            .collect();
        let _ = write!(
            text,
            "[[zones]]\ncamera = \"{}\"\nid = \"{}\"\nkind = \"{}\"\npolygon = [{}]\ndwell_secs = {}\n\n",
            clip.name,
            zone.id.as_str(),
            zone.kind.name(),
            corners.join(", "),
            clip.filming.dwell_secs
        );
    }
    text
}

/// Writes `footage.jsonl` of a folder: a line for each of `clips`, and those of other clips that it had.
pub fn write_footage(out: &Path, clips: &[ClipFile]) -> Result<PathBuf, Error> {
    let path = out.join("footage.jsonl");
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(Error::File { path, source }),
    };
    let mut rows: Vec<(i64, String, String)> = Vec::new();
    for (number, line) in before.lines().enumerate() {
        let row: serde_json::Value = serde_json::from_str(line).map_err(|err| Error::Content {
            path: format!("{}:{}", path.display(), number + 1),
            problem: err.to_string(),
        })?;
        let camera = row["camera"].as_str().unwrap_or_default().to_owned();
        rows.push((
            row["start_ms"].as_i64().unwrap_or_default(),
            camera,
            line.to_owned(),
        ));
    }
    for clip in clips {
        rows.retain(|(_, camera, _)| *camera != clip.name);
        let start = clip.start_ms();
        let row = json!({ "camera": clip.name, "file": format!("{}.mp4", clip.name), "start_ms": start });
        rows.push((start, clip.name.clone(), row.to_string()));
    }
    rows.sort();
    let text: String = rows.iter().flat_map(|(_, _, line)| [line, "\n"]).collect();
    write_whole(&path, text.as_bytes())?;
    Ok(path)
}

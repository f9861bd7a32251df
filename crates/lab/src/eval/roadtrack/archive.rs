//! The archive's files: what a detector saw in every frame, and where things really stood.
//!
//! ```text
//! P/SEQUENCE/det.txt, gt.txt     with a stop;    N/SEQUENCE/det.txt     without
//! homographies/CAMERA.npy        picture to ground, 3 x 3
//! cameras.json                   fps, ground_units_per_metre by camera
//! filter.json                    boxes [left, top, right, bottom] by camera in which nothing is judged; may be left out
//! ```
//!
//! Rows are `frame,id,x,y,w,h,score,class,...` in pixels; classes are COCO's numbers; a row of -1 says that the frame
//! showed nothing. The camera is the third word of a sequence's name. Everything is read with bounds, and what is wrong is told
//! with file and line.
//!
//! Not for: anything but reading. No file of the archive is written or kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use curbwatch_types::{BBox, Detection, ObjectClass, Score};
use serde::Deserialize;

use super::super::lines::{each_line, unreadable, wrong};
use super::npy;
use crate::Error;

/// Width and height of the pictures in pixels: the archive does not say; the boxes of all its cameras end 5 pixels
/// inside of this.
pub const SIZE: (usize, usize) = (640, 540);
/// Latest frame read: almost three hours at 10 a second.
const FRAME_MAX: u32 = 100_000;
/// Largest description read, in bytes.
const JSON_BYTES_MAX: u64 = 1 << 20;

/// An opened archive: its cameras are read, its sequences are known by name.
#[derive(Debug)]
pub struct Archive {
    /// Frames a second.
    pub fps: f64,
    /// What is known of each camera.
    pub cameras: BTreeMap<String, CameraFacts>,
    /// Folders of sequences with a stop, then of those without, each by name.
    pub folders: Vec<Folder>,
}

/// What the archive says of one camera.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraFacts {
    /// Row by row: takes pixels to the ground, in metres.
    pub metres_from_pixels: [f64; 9],
    /// Boxes in which nothing is judged, relative.
    pub ignored: Vec<BBox>,
}

/// Where a sequence lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// `P/NAME` or `N/NAME`.
    pub name: String,
    /// Whether something stops in it.
    pub with_stop: bool,
    /// Whose pictures.
    pub camera: String,
    path: PathBuf,
}

/// One sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// What was seen from frame 1 on, frame by frame.
    pub frames: Vec<Vec<Detection>>,
    /// What really stood.
    pub stops: Vec<Stop>,
}

/// A thing that really stood: where, frame by frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stop {
    /// Its number in the sequence.
    pub id: u32,
    /// Boxes by frame, relative. Two of its stops have two boxes in some frames; either is the stop.
    pub boxes: BTreeMap<u32, Vec<BBox>>,
}

#[derive(Deserialize)]
struct CamerasFile {
    fps: f64,
    ground_units_per_metre: BTreeMap<String, f64>,
}

/// A row of either file.
struct Row {
    frame: u32,
    id: i64,
    /// `None` where the frame showed nothing.
    thing: Option<(BBox, Score, i64)>,
}

impl Archive {
    /// Opens the archive in `folder`, or in `folder/roadtrack`.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let inner = folder.join("roadtrack");
        let root = if inner.is_dir() { inner.as_path() } else { folder };
        let path = root.join("cameras.json");
        let facts: CamerasFile = json(&path)?;
        if !(facts.fps.is_finite() && facts.fps > 0.0) {
            return Err(wrong(
                path.display(),
                "`fps` is a positive number of frames a second",
            ));
        }
        let ignored = ignored(&root.join("filter.json"))?;
        let mut cameras = BTreeMap::new();
        for (camera, units) in facts.ground_units_per_metre {
            if !(units.is_finite() && units > 0.0) {
                return Err(wrong(
                    path.display(),
                    format!("`ground_units_per_metre` of {camera} is no positive number"),
                ));
            }
            let mut matrix = npy::read(&root.join(format!("homographies/{camera}.npy")))?;
            for cell in &mut matrix[..6] {
                *cell /= units;
            }
            let facts = CameraFacts {
                metres_from_pixels: matrix,
                ignored: ignored.get(&camera).cloned().unwrap_or_default(),
            };
            cameras.insert(camera, facts);
        }
        let mut folders = sequences(root, "P", true)?;
        folders.extend(sequences(root, "N", false)?);
        if let Some(stray) = folders.iter().find(|f| !cameras.contains_key(&f.camera)) {
            let problem = format!("says nothing of camera `{}` of {}", stray.camera, stray.name);
            return Err(wrong(path.display(), problem));
        }
        Ok(Self {
            fps: facts.fps,
            cameras,
            folders,
        })
    }
}

impl Folder {
    /// Reads the sequence.
    pub fn read(&self) -> Result<Sequence, Error> {
        Ok(Sequence {
            frames: detections(&self.path.join("det.txt"))?,
            stops: if self.with_stop {
                stops(&self.path.join("gt.txt"))?
            } else {
                Vec::new()
            },
        })
    }
}

/// The sequences of one side, by name.
fn sequences(root: &Path, side: &str, with_stop: bool) -> Result<Vec<Folder>, Error> {
    let folder = root.join(side);
    let mut folders = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
        let path = entry.map_err(unreadable(&folder))?.path();
        if !path.is_dir() {
            continue;
        }
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let Some(camera) = name.split('_').nth(2).filter(|camera| !camera.is_empty()) else {
            let problem = "a sequence is named DATE_HOUR_CAMERA_NUMBER; the third word is its camera";
            return Err(wrong(path.display(), problem));
        };
        folders.push(Folder {
            name: format!("{side}/{name}"),
            with_stop,
            camera: camera.to_owned(),
            path: path.clone(),
        });
    }
    if folders.is_empty() {
        return Err(wrong(folder.display(), "the folder holds no sequence"));
    }
    folders.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(folders)
}

/// Every frame's vehicles, from frame 1 to the last one named.
fn detections(path: &Path) -> Result<Vec<Vec<Detection>>, Error> {
    let mut frames: Vec<Vec<Detection>> = Vec::new();
    each_line(path, |line, place| {
        let row = row(line).map_err(|problem| wrong(place, problem))?;
        if frames.len() < row.frame as usize {
            frames.resize(row.frame as usize, Vec::new());
        }
        if let Some((bbox, score, class)) = row.thing
            && let Some(class) = vehicle(class)
        {
            frames[row.frame as usize - 1].push(Detection {
                class,
                score,
                bbox,
                appearance: None,
            });
        }
        Ok(())
    })?;
    if frames.is_empty() {
        return Err(wrong(path.display(), "the file names no frame"));
    }
    Ok(frames)
}

/// What really stood, by number.
fn stops(path: &Path) -> Result<Vec<Stop>, Error> {
    let mut stops: BTreeMap<u32, Stop> = BTreeMap::new();
    each_line(path, |line, place| {
        let row = row(line).map_err(|problem| wrong(place, problem))?;
        let id =
            u32::try_from(row.id).map_err(|_| wrong(place, format!("{} is no stop's number", row.id)))?;
        let Some((bbox, ..)) = row.thing else {
            return Err(wrong(place, "a stop has a box in every row"));
        };
        let stop = stops.entry(id).or_default();
        stop.id = id;
        stop.boxes.entry(row.frame).or_default().push(bbox);
        Ok(())
    })?;
    if stops.is_empty() {
        return Err(wrong(
            path.display(),
            "the file names no stop; a sequence without one belongs in N",
        ));
    }
    Ok(stops.into_values().collect())
}

fn row(line: &str) -> Result<Row, String> {
    let words: Vec<&str> = line.split(',').map(str::trim).collect();
    if words.len() < 8 {
        return Err(format!(
            "a row is frame,id,x,y,w,h,score,class; this one has {} words",
            words.len()
        ));
    }
    let number = |i: usize, name: &str| {
        let number = words[i].parse::<f32>().ok().filter(|v| v.is_finite());
        number.ok_or_else(|| format!("`{}` is no {name}", words[i]))
    };
    let whole = |i: usize, name: &str| {
        let number = words[i].parse::<i64>();
        number.map_err(|_| format!("`{}` is no {name}", words[i]))
    };
    let frame = whole(0, "frame")?;
    let frame = u32::try_from(frame)
        .ok()
        .filter(|frame| (1..=FRAME_MAX).contains(frame))
        .ok_or_else(|| format!("frame {frame} is not in 1..{FRAME_MAX}"))?;
    let (x, y, w, h) = (
        number(2, "x")?,
        number(3, "y")?,
        number(4, "width")?,
        number(5, "height")?,
    );
    let nothing = w == -1.0 && h == -1.0;
    if !nothing && (w <= 0.0 || h <= 0.0) {
        return Err(format!("{w} x {h} is no box"));
    }
    let thing = if nothing {
        None
    } else {
        let score = Score::new(number(6, "score")?);
        Some((relative([x, y, w, h]), score, whole(7, "class")?))
    };
    Ok(Row {
        frame,
        id: whole(1, "number")?,
        thing,
    })
}

/// COCO's vehicles; everything else is no concern of the rule.
fn vehicle(class: i64) -> Option<ObjectClass> {
    match class {
        2 => Some(ObjectClass::Car),
        5 => Some(ObjectClass::Bus),
        7 => Some(ObjectClass::Truck),
        _ => None,
    }
}

fn relative([x, y, w, h]: [f32; 4]) -> BBox {
    let (width, height) = (SIZE.0 as f32, SIZE.1 as f32);
    BBox::new(x / width, y / height, w / width, h / height)
}

/// Boxes in which nothing is judged, by camera; none where there is no such file.
fn ignored(path: &Path) -> Result<BTreeMap<String, Vec<BBox>>, Error> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let corners: BTreeMap<String, Vec<[f32; 4]>> = json(path)?;
    let boxed = |(camera, corners): (String, Vec<[f32; 4]>)| {
        let boxes = corners.into_iter().map(|[left, top, right, bottom]| {
            let bbox = relative([left, top, right - left, bottom - top]).clipped();
            let problem = || {
                format!("[{left}, {top}, {right}, {bottom}] of {camera} is no box left, top, right, bottom")
            };
            (bbox.w > 0.0 && bbox.h > 0.0).then_some(bbox).ok_or_else(problem)
        });
        let boxes: Result<Vec<BBox>, String> = boxes.collect();
        Ok((camera.clone(), boxes?))
    };
    let boxes: Result<_, String> = corners.into_iter().map(boxed).collect();
    boxes.map_err(|problem| wrong(path.display(), problem))
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = fs::metadata(path).map_err(unreadable(path))?.len();
    if bytes > JSON_BYTES_MAX {
        let problem = format!("{bytes} bytes are no description, at most {JSON_BYTES_MAX} are read");
        return Err(wrong(path.display(), problem));
    }
    let text = fs::read(path).map_err(unreadable(path))?;
    serde_json::from_slice(&text).map_err(|e| wrong(path.display(), e.to_string()))
}

//! What stood where and until when, out of either kind of truth: event truth (`eval cases`) or the truth of patrol
//! cameras (`jam-gt/1`: events with boxes by view, views by time, times without a usable picture).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use curbwatch_types::{BBox, ViolationClass, Wall};
use serde::Deserialize;

use crate::Error;
use crate::eval::Kind;
use crate::eval::cases::read_truth;
use crate::eval::lines::{unreadable, wrong};

/// Largest truth file read, in bytes.
const BYTES_MAX: u64 = 64 << 20;

/// Something that stood in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    /// Its name; letters, digits, `-`, `_`, `.`.
    pub name: String,
    /// What it violates, or would where a rule holds.
    pub class: ViolationClass,
    /// Which camera saw it.
    pub camera: String,
    /// Where, from when on, until when; in time order, not empty.
    pub places: Vec<(Wall, BBox, Wall)>,
    /// It was seen to leave.
    pub ends: bool,
    /// A rule holds there.
    pub enforced: bool,
}

/// A time in which no picture shows the view.
#[derive(Debug, Clone, PartialEq)]
pub struct Away {
    /// Which camera.
    pub camera: String,
    /// First such picture.
    pub from: Wall,
    /// Last such picture.
    pub to: Wall,
}

/// The truth of some cameras.
#[derive(Debug, Clone, Default)]
pub struct Stays {
    /// Where it comes from.
    pub kind: Kind,
    /// What is asked about.
    pub stays: Vec<Stay>,
    /// What is not (the truth itself is unsure), but may stand in somebody's place.
    pub beside: Vec<Stay>,
    /// Times without a picture of the view.
    pub away: Vec<Away>,
}

impl Stay {
    /// First moment it was there.
    pub fn start(&self) -> Wall {
        self.places[0].0
    }

    /// Last moment it was there.
    pub fn end(&self) -> Wall {
        self.places[self.places.len() - 1].2
    }

    /// Halfway through.
    pub fn middle(&self) -> Wall {
        self.start()
            .plus_millis(self.end().millis_since(self.start()) / 2)
    }

    /// Its place at a time, or the one it had last before.
    pub fn place_at(&self, at: Wall) -> Option<BBox> {
        let before = self.places.iter().rev().find(|(from, _, _)| *from <= at);
        before.map(|(_, bbox, _)| *bbox)
    }
}

/// Reads truth files of either kind, together.
pub fn read_stays(paths: &[PathBuf]) -> Result<Stays, Error> {
    let mut all: Option<Stays> = None;
    for path in paths {
        let one = read_one(path)?;
        all = Some(match all {
            None => one,
            Some(mut all) => {
                if all.kind != one.kind {
                    all.kind = Kind::Unstated;
                }
                all.stays.extend(one.stays);
                all.beside.extend(one.beside);
                all.away.extend(one.away);
                all
            }
        });
    }
    all.ok_or_else(|| wrong("truth", "no file was named"))
}

/// A patrol camera's truth: of a labelled day what a re-check needs.
#[derive(Deserialize)]
struct PatrolTruth {
    camera: String,
    views: Vec<Span>,
    #[serde(default)]
    unusable: Vec<Span>,
    events: Vec<PatrolEvent>,
}

#[derive(Deserialize)]
struct Span {
    #[serde(default)]
    view_id: String,
    from_ms: i64,
    to_ms: i64,
}

#[derive(Deserialize)]
struct PatrolEvent {
    id: String,
    zone_type: String,
    ignore: bool,
    first_seen: i64,
    last_seen: i64,
    censored_end: bool,
    boxes: BTreeMap<String, [f32; 4]>,
}

fn read_one(path: &Path) -> Result<Stays, Error> {
    let bytes = std::fs::metadata(path).map_err(unreadable(path))?.len();
    if bytes > BYTES_MAX {
        let problem = format!("{bytes} bytes are no truth, at most {BYTES_MAX} are read");
        return Err(wrong(path.display(), problem));
    }
    let text = std::fs::read(path).map_err(unreadable(path))?;
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|e| wrong(path.display(), e.to_string()))?;
    if value.get("views").is_some() {
        let truth = serde_json::from_value(value).map_err(|e| wrong(path.display(), e.to_string()))?;
        return Ok(of_patrol(truth));
    }
    let truth = read_truth(path)?;
    let stays = truth.events.into_iter().filter(|event| !event.near_miss);
    let stays = stays.map(|event| Stay {
        name: plain(&format!("{}.{}", event.camera, event.name)),
        class: event.class,
        camera: event.camera.to_string(),
        places: vec![(event.start, event.place, event.end)],
        ends: true,
        enforced: true,
    });
    Ok(Stays {
        kind: truth.kind,
        stays: stays.collect(),
        ..Stays::default()
    })
}

/// Labelled patrol cameras are real ones.
fn of_patrol(truth: PatrolTruth) -> Stays {
    let mut stays = Stays {
        kind: Kind::Real,
        ..Stays::default()
    };
    let camera = truth.camera;
    for event in truth.events {
        let in_view = |view: &Span| {
            let [x, y, w, h] = *event.boxes.get(&view.view_id)?;
            let (from, to) = (
                view.from_ms.max(event.first_seen),
                view.to_ms.min(event.last_seen),
            );
            (from <= to).then_some((Wall(from), BBox::new(x, y, w, h), Wall(to)))
        };
        let places: Vec<_> = truth.views.iter().filter_map(in_view).collect();
        if places.is_empty() {
            continue;
        }
        let stay = Stay {
            name: plain(&event.id),
            class: ViolationClass::IllegalMotorParking,
            camera: camera.clone(),
            places,
            ends: !event.censored_end,
            enforced: event.zone_type.ends_with("no_parking"),
        };
        if event.ignore {
            stays.beside.push(stay);
        } else {
            stays.stays.push(stay);
        }
    }
    let away = |span: Span| Away {
        camera: camera.clone(),
        from: Wall(span.from_ms),
        to: Wall(span.to_ms),
    };
    stays.away = truth.unusable.into_iter().map(away).collect();
    stays
}

/// A name that may stand in an order's id.
fn plain(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    name.chars().take(56).map(plain).collect()
}

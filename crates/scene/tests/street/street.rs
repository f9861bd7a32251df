//! Streets that scenes play in: zones, and places by name. Described in `fixtures/scenes/streets.md`.

use std::collections::BTreeMap;

use curbwatch_scene::{Options, Reference, ViewOptions};
use curbwatch_types::{BBox, ObjectClass, Point, Polygon, ViewId, Zone, ZoneId, ZoneKind};

use crate::draw::{HEIGHT, WIDTH, draw, seed};
use crate::look::Look;
use crate::time::duration_ms;

/// Height of the lens over the ground in metres, focal length in picture heights, and the horizon's row.
const LENS_M: f32 = 5.0;
const FOCAL: f32 = 1.2;
const HORIZON: f32 = 0.3;

/// The base view.
const BASE: &str = "V1";

/// Zones and named places of one camera.
#[derive(Debug, Clone, Default)]
pub(crate) struct Street {
    pub(crate) zones: Vec<Zone>,
    places: BTreeMap<String, BBox>,
    /// Views of which a picture is stored; in the latest one zones are drawn.
    stored: Vec<String>,
}

impl Street {
    /// Takes a line of a street's description; `false` when it is none.
    pub(crate) fn take(&mut self, line: &str) -> Result<bool, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["zone", id, kind, x0, y0, x1, y1, rest @ ..] => {
                let corners = [number(x0)?, number(y0)?, number(x1)?, number(y1)?];
                let [x0, y0, x1, y1] = corners;
                let corners = vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
                self.draw(id, kind, corners, rest)?;
            }
            ["ground", id, kind, along, across, rest @ ..] => {
                let ((near, far), (left, right)) = (span(along)?, span(across)?);
                let corners = [(near, left), (near, right), (far, right), (far, left)];
                let corners = corners.map(|(along, across)| {
                    let p = on_the_ground(along, across);
                    (p.x.clamp(0.0, 1.0), p.y.clamp(0.0, 1.0))
                });
                self.draw(id, kind, corners.to_vec(), rest)?;
            }
            ["place", name, x, y, w, h] => {
                let bbox = BBox::new(number(x)?, number(y)?, number(w)?, number(h)?);
                self.places.insert((*name).to_owned(), bbox);
            }
            ["view", name] => self.stored.push((*name).to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn draw(&mut self, id: &str, kind: &str, corners: Vec<(f32, f32)>, rest: &[&str]) -> Result<(), String> {
        let view = self.stored.last().map_or(BASE, String::as_str);
        let zone = zone(view, id, kind, corners, rest)?;
        self.zones.push(zone);
        Ok(())
    }

    /// Options with the street's views, where it has several or a picture of the one.
    pub(crate) fn seen_by(&self, options: &Options) -> Options {
        let empty = |name: &str| {
            let look = Look {
                world: world(name),
                ..Look::default()
            };
            Reference::new(&draw(&look)).expect("a street has structure")
        };
        let view = |name: &str| ViewOptions {
            view: ViewId::new(name).expect("an id"),
            reference: self
                .stored
                .iter()
                .any(|stored| stored == name)
                .then(|| empty(name)),
            ground_from_image: None,
        };
        let further = self.stored.iter().filter(|name| *name != BASE);
        let names: Vec<&str> = std::iter::once(BASE).chain(further.map(String::as_str)).collect();
        Options {
            views: if self.stored.is_empty() {
                Vec::new()
            } else {
                names.into_iter().map(view).collect()
            },
            ..options.clone()
        }
    }

    /// The box of a thing of this class in a place: a name, or `ALONG/ACROSS` in metres on the ground.
    pub(crate) fn place(&self, class: ObjectClass, place: &str) -> Result<BBox, String> {
        if let Some(bbox) = self.places.get(place) {
            return Ok(*bbox);
        }
        let Some((along, across)) = place.split_once('/') else {
            return Err(format!("there is no place `{place}` in this street"));
        };
        let (along, across) = (number(along)?, number(across)?);
        let (wide, high) = size_of(class);
        let (foot, scale) = (on_the_ground(along, across), FOCAL / along);
        let (w, h) = (wide * scale * HEIGHT as f32 / WIDTH as f32, high * scale);
        Ok(BBox::new(foot.x - w / 2.0, foot.y - h, w, h))
    }
}

/// What a view shows, as a number to draw by.
pub(crate) fn world(view: &str) -> u32 {
    if view == BASE {
        0
    } else {
        seed(view) % 100_000 + 10_000
    }
}

fn zone(view: &str, id: &str, kind: &str, corners: Vec<(f32, f32)>, rest: &[&str]) -> Result<Zone, String> {
    let corners = corners.into_iter().map(|(x, y)| Point::new(x, y)).collect();
    Ok(Zone {
        id: ZoneId::new(id).map_err(|e| e.to_string())?,
        view: ViewId::new(view).map_err(|e| e.to_string())?,
        kind: ZoneKind::from_name(kind).ok_or_else(|| format!("`{kind}` is no kind of zone"))?,
        polygon: Polygon::new(corners).map_err(|e| format!("{e:?}"))?,
        dwell_secs: match rest {
            [] => None,
            ["dwell", span] => Some((duration_ms(span)? / 1000) as u32),
            _ => {
                return Err(format!(
                    "after a zone's corners `dwell 2m` may stand, not `{}`",
                    rest.join(" ")
                ));
            }
        },
    })
}

pub(crate) fn number(text: &str) -> Result<f32, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn span(text: &str) -> Result<(f32, f32), String> {
    let (from, to) = text
        .split_once("..")
        .ok_or_else(|| format!("`{text}` is no span like 11..17"))?;
    Ok((number(from)?, number(to)?))
}

/// Where a spot on the ground appears, metres along the street and to the right of its middle.
fn on_the_ground(along: f32, across: f32) -> Point {
    let scale = FOCAL / along;
    let x = 0.5 + across * scale * HEIGHT as f32 / WIDTH as f32;
    Point::new(x, HORIZON + LENS_M * scale)
}

/// Width and height of a thing in metres.
fn size_of(class: ObjectClass) -> (f32, f32) {
    match class {
        ObjectClass::Person => (0.5, 1.7),
        ObjectClass::Stall => (2.0, 2.1),
        ObjectClass::Umbrella => (2.2, 2.4),
        ObjectClass::Cart => (1.2, 1.1),
        ObjectClass::Rack => (1.0, 1.4),
        ObjectClass::Table => (0.9, 0.75),
        ObjectClass::Sign => (0.5, 1.0),
        ObjectClass::GarbageBag => (0.6, 0.55),
        ObjectClass::Garbage => (1.0, 0.35),
        ObjectClass::SandPile => (2.0, 0.9),
        ObjectClass::Furniture => (1.6, 0.9),
        ObjectClass::ThreeWheeler => (1.3, 1.6),
        ObjectClass::Ebike | ObjectClass::Bicycle => (0.9, 1.1),
        ObjectClass::Car => (1.8, 1.5),
        ObjectClass::Bus => (2.5, 3.0),
        ObjectClass::Chair | ObjectClass::Overflow => (0.5, 0.9),
        _ => (1.0, 0.7),
    }
}

//! The zones a district would draw over this street: projected from the ground, cut to the picture.

use curbwatch_types::{Point, Polygon, ViewId, Zone, ZoneId, ZoneKind};

use crate::camera::Camera;
use crate::maths::{Vec3, v};
use crate::scene::Place;
use crate::street::Street;

/// Zones reach this far along the street, in metres.
const NEAR_Y: f32 = 3.0;
const FAR_Y: f32 = 55.0;

/// The kind of zone that lies at a place, where one does.
pub(crate) fn kind_of(place: Place) -> Option<ZoneKind> {
    match place {
        Place::Kerb | Place::Edge | Place::Footway | Place::Front => Some(ZoneKind::NoParking),
        Place::Bay => Some(ZoneKind::LegalBay),
        Place::Lane => Some(ZoneKind::Carriageway),
        Place::Inside | Place::Rack => None,
    }
}

impl Street {
    /// The zones of the camera's usual view: the strip along each kerb with its footway, the lanes between,
    /// and the marked bays.
    pub fn zones(&self) -> Vec<Zone> {
        let plan = &self.plan;
        let mut wanted = Vec::new();
        let inner = plan.road_half - 2.4;
        wanted.push((
            "lanes",
            ZoneKind::Carriageway,
            (-inner, inner),
            (NEAR_Y, FAR_Y),
            0.0,
        ));
        for side in plan.sides() {
            let span = |a: f32, b: f32| if side.sign < 0.0 { (-b, -a) } else { (a, b) };
            let name = if side.sign < 0.0 {
                "kerb-left"
            } else {
                "kerb-right"
            };
            wanted.push((
                name,
                ZoneKind::NoParking,
                span(inner, plan.line(side.sign)),
                (NEAR_Y, FAR_Y),
                0.0,
            ));
            if side.car_bays.1 > side.car_bays.0 {
                let name = if side.sign < 0.0 {
                    "bays-left"
                } else {
                    "bays-right"
                };
                wanted.push((
                    name,
                    ZoneKind::LegalBay,
                    span(inner, plan.road_half),
                    side.car_bays,
                    0.0,
                ));
            }
        }
        let camera = self.camera(0.0);
        let zone = |(name, kind, across, along, z): (&str, ZoneKind, (f32, f32), (f32, f32), f32)| {
            let polygon = projected(&camera, across, along, z)?;
            Some(Zone {
                id: ZoneId::new(name).ok()?,
                view: ViewId::new("home").ok()?,
                kind,
                polygon,
                dwell_secs: None,
            })
        };
        wanted.into_iter().filter_map(zone).collect()
    }
}

/// A rectangle of ground in the picture; `None` where none of it shows.
fn projected(camera: &Camera, across: (f32, f32), along: (f32, f32), z: f32) -> Option<Polygon> {
    let steps = 12;
    let between = |a: f32, b: f32, k: usize| a + (b - a) * k as f32 / steps as f32;
    let up = (0..=steps).map(|k| v(across.0, between(along.0, along.1, k), z));
    let down = (0..=steps).map(|k| v(across.1, between(along.1, along.0, k), z));
    let outline: Vec<Vec3> = up.chain(down).collect();
    let (w, h) = (camera.width as f32, camera.height as f32);
    let mut points: Vec<(f32, f32)> = outline
        .iter()
        .filter_map(|p| camera.project(*p))
        .map(|(x, y)| (x / w, y / h))
        .collect();
    // Sutherland and Hodgman 1974, one border after the other.
    for (axis, limit, sign) in [(0, 0.0, 1.0), (0, 1.0, -1.0), (1, 0.0, 1.0), (1, 1.0, -1.0)] {
        points = cut(&points, axis, limit, sign);
    }
    points.dedup_by(|a, b| (a.0 - b.0).abs() < 1e-4 && (a.1 - b.1).abs() < 1e-4);
    let clamped = points
        .iter()
        .map(|(x, y)| Point::new(x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)));
    Polygon::new(clamped.collect()).ok()
}

fn cut(points: &[(f32, f32)], axis: usize, limit: f32, sign: f32) -> Vec<(f32, f32)> {
    let inside = |p: (f32, f32)| sign * (if axis == 0 { p.0 } else { p.1 } - limit);
    let mut out = Vec::new();
    for (i, &a) in points.iter().enumerate() {
        let b = points[(i + 1) % points.len()];
        let (da, db) = (inside(a), inside(b));
        if da >= 0.0 {
            out.push(a);
        }
        if (da >= 0.0) != (db >= 0.0) {
            let t = da / (da - db);
            out.push((a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t));
        }
    }
    out
}

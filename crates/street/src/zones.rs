//! The zones a district would draw over this street: projected from the ground, cut to the picture.

use curbwatch_types::{ObjectClass, Point, Polygon, ViewId, Zone, ZoneId, ZoneKind};

use crate::camera::Camera;
use crate::maths::{Vec3, v};
use crate::plan::{Border, Plan, Side};
use crate::street::Street;

/// Zones reach this far along the street, in metres.
const NEAR_Y: f32 = 3.0;
const FAR_Y: f32 = 55.0;

/// A zone on the ground: name, kind, from and to across the street, from and to along it.
struct Wanted {
    name: String,
    kind: ZoneKind,
    across: (f32, f32),
    along: (f32, f32),
}

impl Street {
    /// The zones of the camera's usual view as a district would draw them, for all six classes. Names end in
    /// the side they lie on; before shops and around bins in a number, too.
    pub fn zones(&self) -> Vec<Zone> {
        let mut wanted = self.for_vehicles();
        wanted.extend(self.for_the_rest());
        self.drawn(wanted)
    }

    /// The tactile paths, where one bicycle is one too many. Not among [`zones`](Self::zones): the path runs along
    /// the middle of the footway, where a script's `footway` puts its things, lawful or not.
    pub fn tactile_paths(&self) -> Vec<Zone> {
        let path = |side: &Side| {
            let middle = self.plan.road_half + side.footway * PATH_SHARE;
            Strip::of(side.sign).zone(
                "path",
                ZoneKind::TactilePath,
                (middle - 0.3, middle + 0.3),
                (NEAR_Y, FAR_Y),
            )
        };
        let wanted = self.plan.sides().into_iter().map(path).collect();
        self.drawn(wanted)
    }

    /// What of these shows in the picture.
    fn drawn(&self, wanted: Vec<Wanted>) -> Vec<Zone> {
        let camera = self.camera(0.0);
        let zone = |wanted: Wanted| {
            let raised = matches!(
                wanted.kind,
                ZoneKind::Frontage | ZoneKind::TactilePath | ZoneKind::BikeRack | ZoneKind::NoParkingBikes
            );
            let z = if raised { self.plan.kerb_height } else { 0.0 };
            let polygon = projected(&camera, wanted.across, wanted.along, z)?;
            Some(Zone {
                id: ZoneId::new(&wanted.name).ok()?,
                view: ViewId::new("home").ok()?,
                kind: wanted.kind,
                polygon,
                dwell_secs: None,
            })
        };
        wanted.into_iter().filter_map(zone).collect()
    }

    /// The strip along each kerb with its footway, the lanes between, and the marked bays.
    fn for_vehicles(&self) -> Vec<Wanted> {
        let plan = &self.plan;
        let inner = plan.road_half - 2.4;
        let mut wanted = vec![Wanted {
            name: "lanes".to_owned(),
            kind: ZoneKind::Carriageway,
            across: (-inner, inner),
            along: (NEAR_Y, FAR_Y),
        }];
        for side in plan.sides() {
            let on = Strip::of(side.sign);
            wanted.push(on.zone(
                "kerb",
                ZoneKind::NoParking,
                (inner, plan.line(side.sign)),
                (NEAR_Y, FAR_Y),
            ));
            if side.car_bays.1 > side.car_bays.0 {
                wanted.push(on.zone("bays", ZoneKind::LegalBay, (inner, plan.road_half), side.car_bays));
            }
        }
        wanted
    }

    /// What the five other classes are about.
    fn for_the_rest(&self) -> Vec<Wanted> {
        let plan = &self.plan;
        let (left, right) = (plan.line(-1.0), plan.line(1.0));
        let mut wanted = vec![Wanted {
            name: "street".to_owned(),
            kind: ZoneKind::RoadPublic,
            across: (-left, right),
            along: (NEAR_Y, FAR_Y),
        }];
        for side in plan.sides() {
            let (on, half, line) = (Strip::of(side.sign), plan.road_half, plan.line(side.sign));
            let long = (NEAR_Y, FAR_Y);
            let ground = (half - EDGE, line - WALL);
            wanted.push(on.zone("ground", ZoneKind::PublicGround, ground, long));
            wanted.push(on.zone(
                "bikes",
                ZoneKind::NoParkingBikes,
                (half - EDGE, line - LEANING),
                long,
            ));
            if side.bike_bays.1 > side.bike_bays.0 {
                let rack = (side.bike_bays.0 - 0.5, side.bike_bays.1 + 0.5);
                wanted.push(on.zone("rack", ZoneKind::BikeRack, (half, half + 2.6), rack));
            }
            if side.border == Border::Shops {
                let out = FRONTAGE.0.min(FRONTAGE.1 * side.footway);
                for (number, along) in shop_fronts(plan).enumerate() {
                    let zone = on.zone("shop", ZoneKind::Frontage, (line - out, line - WALL), along);
                    wanted.push(zone.numbered(number));
                }
            }
        }
        let bins = self.bins();
        let aprons = bins.iter().enumerate().map(|(number, at)| {
            let apron = Wanted {
                name: "bins".to_owned(),
                kind: ZoneKind::BinApron,
                across: (at.x - APRON, at.x + APRON),
                along: (at.y - APRON, at.y + APRON),
            };
            apron.numbered(number)
        });
        wanted.extend(aprons);
        wanted
    }

    /// Where bins stand for as long as the scene lasts.
    fn bins(&self) -> Vec<Vec3> {
        let secs = self.scene.secs;
        let bin = |class| matches!(class, ObjectClass::GarbageBin | ObjectClass::Overflow);
        let fixed = self.actors.iter().filter(|a| bin(a.class) && a.stands(secs));
        let places = fixed.filter_map(|a| a.pose(0.0).map(|pose| pose.at));
        places.filter(|at| (NEAR_Y..FAR_Y).contains(&at.y)).collect()
    }
}

/// How far the edge of the carriageway belongs to the footway's ground, in metres.
const EDGE: f32 = 2.4;
/// What stands as near to a wall belongs to the house.
const WALL: f32 = 0.15;
/// Bicycles may lean on a house: this far out from it.
const LEANING: f32 = 1.45;
/// The front of a shop reaches so far out, but not over more than this share of the footway.
const FRONTAGE: (f32, f32) = (1.6, 0.45);
/// Length of a front: what one shop takes up.
const FRONT_LONG: f32 = 8.0;
/// Bags may wait this near to the middle of a bin.
const APRON: f32 = 1.6;
/// Where on a footway the tactile path lies, as a share of its width; see `ground`.
const PATH_SHARE: f32 = 0.52;

/// One side of the street, measured outwards from the middle of the road.
struct Strip {
    sign: f32,
}

impl Strip {
    fn of(sign: f32) -> Self {
        Self { sign }
    }

    fn zone(&self, name: &str, kind: ZoneKind, (near, far): (f32, f32), along: (f32, f32)) -> Wanted {
        let left = self.sign < 0.0;
        Wanted {
            name: format!("{name}-{}", if left { "left" } else { "right" }),
            kind,
            across: if left { (-far, -near) } else { (near, far) },
            along,
        }
    }
}

impl Wanted {
    fn numbered(mut self, number: usize) -> Self {
        self.name = format!("{}-{}", self.name, number + 1);
        self
    }
}

/// From, to along the street of each front, but for where another street runs through.
fn shop_fronts(plan: &Plan) -> impl Iterator<Item = (f32, f32)> + use<'_> {
    let count = ((FAR_Y - NEAR_Y) / FRONT_LONG) as usize;
    let front = |k: usize| NEAR_Y + k as f32 * FRONT_LONG;
    (0..count)
        .map(move |k| (front(k), front(k + 1)))
        .filter(|(from, to)| !plan.crossed(f32::midpoint(*from, *to), FRONT_LONG / 2.0))
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

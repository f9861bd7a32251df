//! Which tiles a look takes: planned once for a camera and its picture's size, then by turns.
//!
//! The choice is a function of the camera's zones, its picture's size, and the number of its routine
//! looks alone; load only ever takes tiles away (live), and never in replay. So a replay is the same
//! however fast the machine is. Not for: cutting and joining (`infer`), what zones mean (`scene`).

use std::collections::HashMap;
use std::sync::Arc;

use curbwatch_infer::{Model, Tile, TilePlan};
use curbwatch_types::{BBox, Polygon, Zone, ZoneKind};

/// A place needs at least this share of itself in a tile for the tile to be about it.
const SHARE_MIN: f32 = 0.5;

/// What a look needs to know to choose its tiles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn {
    /// Index of the camera.
    pub(crate) camera: usize,
    /// Where its tiles are wanted.
    pub(crate) zones: Enforced,
    /// Routine looks of this camera before this one.
    pub(crate) number: u64,
    /// What the look is about, where somebody asked for it.
    pub(crate) place: Option<BBox>,
    /// The look waited for a worker: others wait, too, and tiles are what is given up first.
    pub(crate) hurried: bool,
}

/// The enforced zones of one camera, of all its views. Drawn anew, the tiles are planned anew.
pub(crate) type Enforced = Arc<[Polygon]>;

/// Where a camera's tiles are wanted: its zones that a rule may enforce, of all views, because which one a look shows is known only
/// after it. Zones are taken where they are drawn; what the scene finds out about a nudged camera comes after the look.
pub(crate) fn enforced(zones: &[Zone]) -> Enforced {
    zones
        .iter()
        .filter(|zone| is_enforced(zone.kind))
        .map(|zone| zone.polygon.clone())
        .collect()
}

/// Whether something can stand in a zone of this kind that must not.
fn is_enforced(kind: ZoneKind) -> bool {
    match kind {
        ZoneKind::NoParking
        | ZoneKind::Frontage
        | ZoneKind::RoadPublic
        | ZoneKind::NoParkingBikes
        | ZoneKind::TactilePath
        | ZoneKind::FireLane
        | ZoneKind::PublicGround => true,
        ZoneKind::LegalBay
        | ZoneKind::Carriageway
        | ZoneKind::Ignore
        | ZoneKind::PermittedMarket
        | ZoneKind::BikeRack
        | ZoneKind::BinApron
        | ZoneKind::ConstructionSite
        | ZoneKind::LoadingBay => false,
    }
}

/// One worker's knowledge of every camera's tiles.
#[derive(Debug)]
pub(crate) struct Closeups {
    model: Model,
    per_look: usize,
    every_looks: usize,
    /// By camera. One each, so bounded by the cameras.
    plans: HashMap<usize, Planned>,
}

/// A plan, and what it was made for.
#[derive(Debug)]
struct Planned {
    picture: (usize, usize),
    zones: Enforced,
    plan: TilePlan,
}

/// What a look takes, and what it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) tiles: Vec<Tile>,
    /// Tiles of the plan that have their turn in another look.
    pub(crate) others: usize,
    /// Tiles that had their turn and were given up.
    pub(crate) given_up: usize,
}

impl Closeups {
    /// `per_look_max` replaces the manifest's; 0 is none.
    pub(crate) fn new(model: &Model, per_look_max: Option<usize>) -> Self {
        let spec = model.manifest().tiles;
        Self {
            model: model.clone(),
            per_look: spec.map_or(0, |spec| per_look_max.unwrap_or(spec.per_look_max)),
            every_looks: spec.map_or(1, |spec| spec.every_looks),
            plans: HashMap::new(),
        }
    }

    /// The tiles of this look at a picture of this size.
    pub(crate) fn choose(&mut self, picture: (usize, usize), turn: &Turn) -> Chosen {
        if self.per_look == 0 {
            return Chosen::default();
        }
        // The same list where worker and sampler share it; an equal one where looks come over a wire.
        let same = |known: &Enforced| Arc::ptr_eq(known, &turn.zones) || *known == turn.zones;
        let fits = |known: &Planned| known.picture == picture && same(&known.zones);
        if !self.plans.get(&turn.camera).is_some_and(fits) {
            let zones: Vec<&Polygon> = turn.zones.iter().collect();
            let most = self.per_look * self.every_looks;
            let plan = self.model.manifest().plan_tiles(picture, &zones, most);
            tracing::debug!(
                camera = turn.camera,
                tiles = plan.tiles.len(),
                scale = plan.scale,
                whole_scale = plan.whole_scale,
                "tiles planned"
            );
            let planned = Planned {
                picture,
                zones: Arc::clone(&turn.zones),
                plan,
            };
            self.plans.insert(turn.camera, planned);
        }
        let Some(Planned { plan, .. }) = self.plans.get(&turn.camera) else {
            return Chosen::default();
        };
        let turns = in_turn(&plan.tiles, picture, self.per_look, turn);
        let others = plan.tiles.len() - turns.len();
        if turn.hurried {
            return Chosen {
                given_up: turns.len(),
                others,
                ..Chosen::default()
            };
        }
        Chosen {
            tiles: turns.into_iter().map(|i| plan.tiles[i]).collect(),
            others,
            given_up: 0,
        }
    }
}

/// Indexes of the tiles of a look: first the one that shows most of the place, then those whose turn
/// it is. With `n` tiles and `per_look` of them a look, every tile has its turn once in
/// `ceil(n / per_look)` routine looks.
fn in_turn(tiles: &[Tile], picture: (usize, usize), per_look: usize, turn: &Turn) -> Vec<usize> {
    let take = per_look.min(tiles.len());
    let mut chosen = Vec::with_capacity(take);
    if let Some(place) = turn.place.map(|place| place.clipped()) {
        let shown =
            |tile: &Tile| tile.area(picture).intersection(&place) / place.area().max(f32::MIN_POSITIVE);
        let best = (0..tiles.len()).max_by(|&a, &b| {
            let by_share = shown(&tiles[a]).total_cmp(&shown(&tiles[b]));
            by_share.then(b.cmp(&a))
        });
        chosen.extend(best.filter(|&i| shown(&tiles[i]) >= SHARE_MIN));
    }
    let start = turn.number.wrapping_mul(take as u64);
    for i in 0..take as u64 {
        let next = (start.wrapping_add(i) % tiles.len() as u64) as usize;
        if chosen.len() < take && !chosen.contains(&next) {
            chosen.push(next);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use curbwatch_types::{Point, ViewId, ZoneId};

    use super::*;

    const PICTURE: (usize, usize) = (1000, 1000);

    /// Tiles 100 wide, side by side.
    fn row(n: usize) -> Vec<Tile> {
        let tile = |i| Tile {
            left: 100 * i,
            top: 0,
            width: 100,
            height: 100,
            content: (100, 100),
        };
        (0..n).map(tile).collect()
    }

    fn at(number: u64, place: Option<BBox>) -> Turn {
        Turn {
            number,
            place,
            ..Turn::default()
        }
    }

    #[test]
    fn every_tile_has_its_turn_in_time() {
        for (n, per_look) in [(1, 1), (5, 1), (5, 2), (6, 2), (7, 3), (3, 8), (10, 4)] {
            let tiles = row(n);
            let rounds = n.div_ceil(per_look) as u64;
            // Wherever one begins.
            for first in 0..2 * n as u64 {
                let mut seen = vec![false; n];
                for number in first..first + rounds {
                    let chosen = in_turn(&tiles, PICTURE, per_look, &at(number, None));
                    assert_eq!(chosen.len(), per_look.min(n), "{n} tiles, {per_look} a look");
                    for i in chosen {
                        seen[i] = true;
                    }
                }
                assert!(
                    seen.iter().all(|s| *s),
                    "{n} tiles, {per_look} a look, from {first}: {seen:?}"
                );
            }
        }
        assert!(in_turn(&[], PICTURE, 2, &at(3, None)).is_empty());
    }

    #[test]
    fn the_place_a_look_is_about_comes_first() {
        // what, place, number, per look, chosen
        let rows: [(&str, BBox, u64, usize, &[usize]); 5] = [
            ("inside one tile", BBox::new(0.32, 0.02, 0.05, 0.05), 0, 1, &[3]),
            ("then the turn", BBox::new(0.32, 0.02, 0.05, 0.05), 0, 2, &[3, 0]),
            (
                "across two: the better one",
                BBox::new(0.26, 0.02, 0.1, 0.05),
                4,
                1,
                &[3],
            ),
            (
                "already its turn",
                BBox::new(0.32, 0.02, 0.05, 0.05),
                1,
                2,
                &[3, 2],
            ),
            ("in no tile", BBox::new(0.32, 0.5, 0.05, 0.05), 1, 2, &[2, 3]),
        ];
        for (what, place, number, per_look, want) in rows {
            let chosen = in_turn(&row(5), PICTURE, per_look, &at(number, Some(place)));
            assert_eq!(chosen, want, "{what}");
        }
    }

    fn closeups(per_look_max: Option<usize>) -> Closeups {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/models/layout.toml");
        let model = Model::load(manifest.as_ref(), &curbwatch_infer::ModelOptions::default());
        Closeups::new(&model.expect("the fixture model"), per_look_max)
    }

    /// A part of the picture from `top` down; twelve tiles or so of the fixture model in the lower half of 720p.
    fn from_top(top: f32) -> Enforced {
        let corners = [(0.0, top), (1.0, top), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| Point::new(x, y));
        Arc::from([Polygon::new(corners.to_vec()).expect("a part")])
    }

    #[test]
    fn what_a_look_takes_and_leaves_out_is_the_plan() {
        let whole = |chosen: &Chosen| chosen.tiles.len() + chosen.others + chosen.given_up;
        let picture = (1280, 720);
        let zones = from_top(0.5);
        let at = |number, place| Turn {
            zones: Arc::clone(&zones),
            ..at(number, place)
        };
        let mut closeups = closeups(None);
        let first = closeups.choose(picture, &at(0, None));
        assert_eq!(first.tiles.len(), 2, "as the manifest says");
        let hurried = Turn {
            hurried: true,
            ..at(0, None)
        };
        let given_up = closeups.choose(picture, &hurried);
        assert_eq!((given_up.tiles.len(), given_up.given_up), (0, 2));
        for number in 0..20 {
            let chosen = closeups.choose(picture, &at(number, None));
            assert_eq!(whole(&chosen), whole(&first), "look {number}");
        }
        assert_eq!(
            closeups.choose(picture, &at(0, None)),
            first,
            "the same turn, the same tiles"
        );

        // A resolution switch plans anew, a small picture needs none.
        let smaller = closeups.choose((640, 360), &at(0, None));
        assert_ne!(smaller.tiles, first.tiles);
        assert_eq!(closeups.choose((320, 180), &at(0, None)), Chosen::default());
        assert_eq!(closeups.choose(picture, &at(0, None)), first);

        // Drawn anew, planned anew.
        let redrawn = Turn {
            zones: from_top(0.9),
            ..at(0, None)
        };
        assert_ne!(closeups.choose(picture, &redrawn), first);
        assert_eq!(closeups.choose(picture, &at(0, None)), first);

        // No zones, no budget.
        let other = Turn {
            camera: 1,
            zones: Enforced::default(),
            ..at(0, None)
        };
        assert_eq!(closeups.choose(picture, &other), Chosen::default());
        assert_eq!(
            self::closeups(Some(0)).choose(picture, &at(0, None)),
            Chosen::default()
        );
        assert_eq!(
            self::closeups(Some(3)).choose(picture, &at(0, None)).tiles.len(),
            3
        );
    }

    #[test]
    fn tiles_are_for_enforced_zones_of_all_views() {
        let zone = |id: &str, view: &str, kind| Zone {
            id: ZoneId::new(id).expect("a test writes valid ids"),
            view: ViewId::new(view).expect("a test writes valid ids"),
            kind,
            polygon: Polygon::new(vec![
                Point::new(0.0, 0.0),
                Point::new(1.0, 0.0),
                Point::new(1.0, 1.0),
            ])
            .expect("a triangle"),
            dwell_secs: None,
        };
        let zones = [
            zone("kerb", "main", ZoneKind::NoParking),
            zone("bay", "main", ZoneKind::LegalBay),
            zone("road", "main", ZoneKind::Carriageway),
            zone("sky", "main", ZoneKind::Ignore),
            zone("kerb", "other", ZoneKind::NoParking),
        ];
        assert_eq!(enforced(&zones).len(), 2);
    }
}

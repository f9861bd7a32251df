use curbwatch_types::{Point, Polygon};

use super::*;
use crate::letterbox::Letterbox;
use crate::{Fit, Placement};

const SPEC: TileSpec = TileSpec {
    width: 416,
    height: 256,
    overlap: 64,
    per_look_max: 1,
    every_looks: 6,
};

fn zone(corners: &[(f32, f32)]) -> Polygon {
    Polygon::new(corners.iter().map(|&(x, y)| Point::new(x, y)).collect()).expect("a zone")
}

fn manifest(fit: Fit, tiles: Option<TileSpec>) -> Manifest {
    Manifest {
        tiles,
        input: crate::InputSpec {
            fit,
            ..crate::layout::tests::manifest(crate::Layout::NanodetPlus, &[8], 8).input
        },
        ..crate::layout::tests::manifest(crate::Layout::NanodetPlus, &[8], 8)
    }
}

const LONGEST_416: Fit = Fit::Aspect {
    longest: 416,
    multiple_of: 32,
};

/// Plans, and proves what the tiles promise: inside the picture, even, never enlarged, and of every
/// thing of at most `overlap` that stands in a zone one tile holds the whole.
fn check(what: &str, spec: TileSpec, picture: (usize, usize), zones: &[Polygon], most: usize) -> TilePlan {
    let zones: Vec<&Polygon> = zones.iter().collect();
    let manifest = manifest(LONGEST_416, Some(spec));
    let plan = manifest.plan_tiles(picture, &zones, most);
    assert_eq!(
        plan,
        manifest.plan_tiles(picture, &zones, most),
        "{what}: the same again"
    );
    assert!(plan.tiles.len() <= most, "{what}: {plan:?}");
    assert!(plan.scale <= 1.0 || plan.tiles.is_empty(), "{what}: {plan:?}");
    for tile in &plan.tiles {
        assert!(
            tile.left % 2 == 0 && tile.top % 2 == 0,
            "{what}: {tile:?} splits a chroma sample"
        );
        assert!(
            tile.left + tile.width <= picture.0 && tile.top + tile.height <= picture.1,
            "{what}: {tile:?} reaches out of {picture:?}"
        );
        assert!(
            tile.content.0 <= spec.width
                && tile.content.1 <= spec.height
                && tile.content.0 <= tile.width
                && tile.content.1 <= tile.height,
            "{what}: {tile:?} is enlarged or too large"
        );
    }
    if plan.tiles.is_empty() {
        return plan;
    }
    let thing = (spec.overlap as f64 / plan.scale) as isize;
    let (w, h) = (picture.0 as isize, picture.1 as isize);
    for y in (0..h).step_by(3) {
        for x in (0..w).step_by(3) {
            let ground = Point::new((x as f32 + 0.5) / w as f32, (y as f32 + 0.5) / h as f32);
            if !zones.iter().any(|zone| zone.contains(ground)) {
                continue;
            }
            let (left, right) = ((x - thing / 2).max(0), (x + thing / 2).min(w));
            let (top, bottom) = ((y - thing).max(0), y);
            let whole = plan.tiles.iter().any(|t| {
                let (l, t0) = (t.left as isize, t.top as isize);
                l <= left && t0 <= top && right <= l + t.width as isize && bottom <= t0 + t.height as isize
            });
            assert!(whole, "{what}: what stands at {x}, {y} is cut: {plan:?}");
        }
    }
    plan
}

type Row<'a> = (&'a str, (usize, usize), &'a [&'a Polygon], usize, f64, usize);

#[test]
fn few_tiles_hold_what_stands_in_the_zones() {
    let kerb = zone(&[(0.0, 0.55), (0.7, 0.1), (0.75, 0.13), (0.0, 0.86)]);
    let bay = zone(&[(0.8, 0.8), (0.9, 0.8), (0.9, 0.9), (0.8, 0.9)]);
    let all = zone(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]);
    let lower = zone(&[(0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)]);
    let strip = zone(&[(0.0, 0.60), (1.0, 0.62), (1.0, 0.66), (0.0, 0.64)]);
    let corner = zone(&[(0.0, 0.0), (0.04, 0.0), (0.0, 0.04)]);
    // what, picture, zones, most, scale, at most so many tiles
    let rows: &[Row<'_>] = &[
        ("one bay", (1280, 720), &[&bay], 12, 1.0, 1),
        ("a corner", (1280, 720), &[&corner], 12, 1.0, 1),
        ("a kerb", (1280, 720), &[&kerb], 12, 1.0, 6),
        ("a strip", (1280, 720), &[&strip], 12, 1.0, 4),
        ("a strip and a bay", (1280, 720), &[&strip, &bay], 12, 1.0, 5),
        ("the lower half", (1280, 720), &[&lower], 12, 1.0, 12),
        ("everything", (1280, 720), &[&all], 16, 1.0, 16),
        ("everything, fewer tiles", (1280, 720), &[&all], 9, 0.75, 9),
        ("everything, four tiles", (1280, 720), &[&all], 4, 0.5, 4),
        ("1080p strip", (1920, 1080), &[&strip], 6, 1.0, 6),
        ("1080p lower half", (1920, 1080), &[&lower], 6, 0.5, 6),
        ("1080p everything", (1920, 1080), &[&all], 40, 1.0, 36),
        ("4K strip", (3840, 2160), &[&strip], 12, 1.0, 12),
        ("4K everything", (3840, 2160), &[&all], 12, 0.25, 9),
        ("odd sides", (1281, 721), &[&all], 16, 1.0, 16),
        ("upright", (720, 1280), &[&lower], 12, 1.0, 10),
        ("wide and low", (1920, 200), &[&all], 12, 1.0, 6),
    ];
    for (what, picture, zones, most, scale, few) in rows {
        let zones: Vec<Polygon> = zones.iter().map(|z| (*z).clone()).collect();
        let plan = check(what, SPEC, *picture, &zones, *most);
        assert!(
            plan.scale == *scale && !plan.tiles.is_empty() && plan.tiles.len() <= *few,
            "{what}: {} tiles at {}, wanted at most {few} at {scale}",
            plan.tiles.len(),
            plan.scale
        );
    }
}

#[test]
fn no_tiles_where_they_would_show_nothing_new() {
    let all = [zone(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])];
    let none: &[Polygon] = &[];
    let rows = [
        ("as large as the input", (416, 234), &all[..], 16),
        ("smaller than the input", (352, 288), &all, 16),
        ("hardly larger", (500, 280), &all, 16),
        ("no zone", (1920, 1080), none, 16),
        ("no budget", (1920, 1080), &all, 0),
        ("too small a budget", (1920, 1080), &all, 1),
        ("no picture", (0, 0), &all, 16),
        ("one pixel", (1, 1), &all, 16),
    ];
    for (what, picture, zones, most) in rows {
        let plan = check(what, SPEC, picture, zones, most);
        assert_eq!(plan.tiles, [], "{what}");
    }
    let zones: Vec<&Polygon> = all.iter().collect();
    let without = manifest(LONGEST_416, None).plan_tiles((1920, 1080), &zones, 16);
    assert_eq!(without.tiles, [], "no [tiles] table");
}

#[test]
fn random_zones_are_covered() {
    // A fixed sequence (xorshift, Marsaglia 2003), so that a failure comes back.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut chance = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let mut planned = 0;
    for round in 0..60 {
        let (x, y) = (chance() * 0.8, chance() * 0.8);
        let (w, h) = (0.02 + chance() * (0.98 - x), 0.02 + chance() * (0.98 - y));
        let zones = [zone(&[
            (x + w * chance(), y),
            (x + w, y + h),
            (x, y + h * chance()),
        ])];
        let picture = [(1280, 720), (1920, 1080), (1279, 719), (720, 1280), (960, 544)][round % 5];
        let spec = TileSpec {
            overlap: [0, 32, 64, 128][round % 4],
            ..SPEC
        };
        let plan = check(&format!("round {round}"), spec, picture, &zones, 1 + round % 24);
        planned += plan.tiles.len();
    }
    assert!(planned > 100, "{planned} tiles in all");
}

#[test]
fn a_part_of_a_picture_knows_its_place() {
    let tile = Tile {
        left: 320,
        top: 180,
        width: 640,
        height: 360,
        content: (320, 180),
    };
    assert_eq!(
        tile.area((1280, 720)),
        curbwatch_types::BBox::new(0.25, 0.25, 0.5, 0.5)
    );
    let letterbox = Letterbox::of_tile(&tile, (416, 256), Placement::Center);
    assert_eq!((letterbox.offset, letterbox.content), ((48, 38), (320, 180)));
}

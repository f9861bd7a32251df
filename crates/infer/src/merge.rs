//! What tiles saw joins what the whole picture showed: each thing once, with its best box.
//!
//! For: doubles across tiles and the whole, boxes that a tile's border cuts. Not for: suppression
//! within one run of the network (`nms`). Everything here is in relative picture coordinates.

use curbwatch_types::{BBox, Detection, Picture};

use crate::Tile;
use crate::letterbox::Letterbox;
use crate::nms::Groups;

/// A side of a box this near to a tile's inner border is taken for cut there: so many tensor pixels, or
/// one part in [`BORDER_PART`] of the box, whichever is more. Networks close the box of a cut thing
/// inside the border, the farther the larger the thing.
pub(crate) const BORDER: usize = 3;
/// See [`BORDER`].
pub(crate) const BORDER_PART: usize = 8;
/// A box of the whole picture and one of a tile that overlap so much are one thing. Lower than within
/// one run: of a thing of ten tensor pixels the whole picture's box is two pixels off on each side.
const DOUBLE: f32 = 0.4;
/// Share of the whole picture's box that the tile must be able to see, or the thing is not whole in it.
const WHOLE: f32 = 0.93;
/// Share of a tile's box that lies in a larger box of the whole picture: then it may be a part of it.
const PART: f32 = 0.85;

/// A thing that a tile saw whole.
#[derive(Debug, Clone)]
pub(crate) struct Close {
    pub(crate) detection: Detection,
    /// Index of its tile.
    pub(crate) tile: usize,
    /// What its tile could see: sides at the picture's edge lie beyond it.
    pub(crate) sight: BBox,
}

/// A box in tensor pixels as a box of the picture, or nothing when an inner border of the tile cuts it.
pub(crate) fn uncut(
    tile: &Tile,
    picture: &Picture,
    letterbox: &Letterbox,
    corners: [f32; 4],
) -> Option<BBox> {
    let [x0, y0, x1, y1] = corners;
    let (left, top) = (letterbox.offset.0 as f32, letterbox.offset.1 as f32);
    let (right, bottom) = (
        left + letterbox.content.0 as f32,
        top + letterbox.content.1 as f32,
    );
    let near = |side: f32| (side / BORDER_PART as f32).max(BORDER as f32);
    let (across, down) = (near(x1 - x0), near(y1 - y0));
    let cut = (tile.left > 0 && x0 < left + across)
        || (tile.top > 0 && y0 < top + down)
        || (tile.left + tile.width < picture.width && x1 > right - across)
        || (tile.top + tile.height < picture.height && y1 > bottom - down);
    if cut {
        return None;
    }
    let (area, inner) = (
        tile.area((picture.width, picture.height)),
        letterbox.to_picture(corners),
    );
    let bbox = BBox::new(
        area.x + inner.x * area.w,
        area.y + inner.y * area.h,
        inner.w * area.w,
        inner.h * area.h,
    )
    .clipped();
    (bbox.area() > 0.0).then_some(bbox)
}

/// The tile's area, without bounds where it ends at the picture's edge.
pub(crate) fn sight(tile: &Tile, picture: &Picture) -> BBox {
    let mut sight = tile.area((picture.width, picture.height));
    if tile.left + tile.width >= picture.width {
        sight.w += 1.0;
    }
    if tile.top + tile.height >= picture.height {
        sight.h += 1.0;
    }
    if tile.left == 0 {
        (sight.x, sight.w) = (sight.x - 1.0, sight.w + 1.0);
    }
    if tile.top == 0 {
        (sight.y, sight.h) = (sight.y - 1.0, sight.h + 1.0);
    }
    sight
}

/// Joins `close` into `whole`, best first. Of doubles in two tiles the surer one stays. A thing that the
/// whole picture shows to reach beyond the tile stays as the whole has it. A thing whole in a tile replaces its doubles of the whole picture: the box is the tile's, class and score
/// are the surer one's, and so is the appearance of the whole's where it has one, because looks without
/// this tile are compared by it.
pub(crate) fn merge(whole: &mut Vec<Detection>, mut close: Vec<Close>, groups: &Groups, iou: f32) {
    // Stable: equal scores stay in the order of tiles and of their runs.
    close.sort_by(|a, b| b.detection.score.get().total_cmp(&a.detection.score.get()));
    let mut kept: Vec<Close> = Vec::with_capacity(close.len());
    for next in close {
        let double = kept.iter().any(|k| {
            // Within one tile suppression has spoken.
            let limit = if k.tile == next.tile { iou } else { DOUBLE };
            groups.same(k.detection.class, next.detection.class)
                && k.detection.bbox.iou(&next.detection.bbox) > limit
        });
        if !double && !is_cut(&next, whole, groups) {
            kept.push(next);
        }
    }
    // Each box of the whole belongs to the tile's box that overlaps it most.
    let mut mine: Vec<Option<Detection>> = vec![None; kept.len()];
    whole.retain(|seen| {
        let best = kept
            .iter()
            .enumerate()
            .filter(|(_, k)| groups.same(k.detection.class, seen.class))
            .map(|(i, k)| (i, k.detection.bbox.iou(&seen.bbox)))
            .filter(|(_, overlap)| *overlap > DOUBLE)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((i, _)) = best else { return true };
        if mine[i].as_ref().is_none_or(|m| m.score < seen.score) {
            mine[i] = Some(seen.clone());
        }
        false
    });
    whole.extend(kept.into_iter().zip(mine).map(|(close, double)| {
        let mut detection = close.detection;
        if let Some(double) = double {
            if double.score > detection.score {
                detection.class = double.class;
                detection.score = double.score;
            }
            detection.appearance = double.appearance.or(detection.appearance);
        }
        detection
    }));
    whole.sort_by(|a, b| b.score.get().total_cmp(&a.score.get()));
}

/// Whether a box of the whole picture that the tile cannot see whole says better what this is: the same
/// thing, closed inside the tile's border, or a wheel seen as a car, when the whole shows the coach.
fn is_cut(close: &Close, whole: &[Detection], groups: &Groups) -> bool {
    let small = &close.detection;
    whole
        .iter()
        .filter(|large| groups.same(large.class, small.class))
        .filter(|large| large.bbox.intersection(&close.sight) < WHOLE * large.bbox.area())
        .any(|large| {
            let same = large.bbox.iou(&small.bbox) > DOUBLE;
            let part =
                large.score >= small.score && large.bbox.intersection(&small.bbox) > PART * small.bbox.area();
            same || part
        })
}

#[cfg(test)]
mod tests;

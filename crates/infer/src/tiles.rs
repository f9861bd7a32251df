//! Tiles: parts of a picture that are looked at with more pixels than the whole gets.
//!
//! For: cutting few tiles of one size around zones, as close to pixel for pixel as the budget allows.
//! Pure: the same zones, picture and manifest give the same tiles. Not for: when which tile has its
//! turn (the engine's), what zones mean, pixels (`prepare`).
//!
//! A thing is looked at where it touches the ground, and it stands upward from there. So the tiles
//! promise: of a thing whose ground contact lies in a zone and which is at most `overlap` tensor
//! pixels wide and high, one tile holds the whole (as far as it is in the picture).

mod cover;

use curbwatch_types::{BBox, Polygon};

use crate::letterbox::Letterbox;
use crate::merge;
use crate::{Manifest, TileSpec};
use cover::Grid;

/// Tensor pixels for a picture pixel that are tried, the closest first. Never more than 1: enlarging
/// shows nothing new.
const SCALES: [f64; 5] = [1.0, 0.75, 0.5, 0.375, 0.25];
/// How many times as many pixels a tile must bring, per side, over the whole picture's pass.
const GAIN_MIN: f64 = 1.25;

/// A part of a picture and its size in the tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Left edge in picture pixels; even, for the chroma planes.
    pub left: usize,
    /// Top edge in picture pixels; even.
    pub top: usize,
    /// Width in picture pixels.
    pub width: usize,
    /// Height in picture pixels.
    pub height: usize,
    /// Width and height it is scaled to, in tensor pixels.
    pub content: (usize, usize),
}

impl Tile {
    /// The part, relative to a picture of this width and height.
    pub fn area(&self, picture: (usize, usize)) -> BBox {
        let (w, h) = (picture.0 as f32, picture.1 as f32);
        BBox::new(
            self.left as f32 / w,
            self.top as f32 / h,
            self.width as f32 / w,
            self.height as f32 / h,
        )
    }
}

/// The tiles of one camera.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TilePlan {
    /// The tiles; empty when the whole picture is seen closely enough, there is no zone, or no tiles
    /// within the bound would bring more.
    pub tiles: Vec<Tile>,
    /// Tensor pixels for a picture pixel in them, at most 1.
    pub scale: f64,
    /// Tensor pixels for a picture pixel in the pass over the whole.
    pub whole_scale: f64,
}

impl Manifest {
    /// Tiles for `zones` of a picture of this width and height: at the largest of the scales 1, 3/4,
    /// 1/2, 3/8, 1/4 at which at most `most` tiles cover them. Empty without a `[tiles]` table.
    pub fn plan_tiles(&self, picture: (usize, usize), zones: &[&Polygon], most: usize) -> TilePlan {
        let whole = Letterbox::new(
            (picture.0.max(1), picture.1.max(1)),
            self.input.fit.size_for(picture.0, picture.1),
            self.input.placement,
        );
        let whole_scale = whole.content.0 as f64 / picture.0.max(1) as f64;
        let none = TilePlan {
            tiles: Vec::new(),
            scale: whole_scale,
            whole_scale,
        };
        let Some(spec) = self.tiles.filter(|_| most > 0 && !zones.is_empty()) else {
            return none;
        };
        if picture.0 < 2 || picture.1 < 2 {
            return none;
        }
        let grid = Grid::of(picture, zones);
        for scale in SCALES {
            if scale < whole_scale * GAIN_MIN {
                break;
            }
            let tiles = at_scale(&spec, picture, &grid, scale);
            if tiles.len() <= most {
                return TilePlan {
                    tiles,
                    scale,
                    whole_scale,
                };
            }
        }
        none
    }
}

/// Tiles at this scale, the fewer of going by rows and by columns.
fn at_scale(spec: &TileSpec, picture: (usize, usize), grid: &Grid, scale: f64) -> Vec<Tile> {
    let pixels = |tensor: usize| (tensor as f64 / scale).round() as usize;
    // Boxes too near to a border are taken for cut; things of the promised size must not be.
    let overlap = pixels(spec.overlap + (spec.overlap / merge::BORDER_PART).max(merge::BORDER) + 1);
    let side = pixels(spec.overlap / 2 + (spec.overlap / merge::BORDER_PART).max(merge::BORDER) + 1);
    let across = Axis {
        side: picture.0,
        tile: pixels(spec.width).min(picture.0),
        before: side,
        after: side,
    };
    let down = Axis {
        side: picture.1,
        tile: pixels(spec.height).min(picture.1),
        before: overlap,
        // A box ends at the ground contact.
        after: overlap - pixels(spec.overlap),
    };
    grid.cover(&across, &down)
        .into_iter()
        .map(|[(left, width), (top, height)]| Tile {
            left,
            top,
            width,
            height,
            content: (
                ((width as f64 * scale).round() as usize).clamp(1, spec.width),
                ((height as f64 * scale).round() as usize).clamp(1, spec.height),
            ),
        })
        .collect()
}

/// One axis of a tile: its length, and how much of it does not count at either end because a thing
/// that touches the ground there might be cut.
struct Axis {
    /// Length of the picture.
    side: usize,
    /// Length of a tile, at most `side`.
    tile: usize,
    before: usize,
    after: usize,
}

impl Axis {
    /// Start and length of a tile that starts near `start`: on an even sample, inside the picture.
    fn tile_at(&self, start: usize) -> (usize, usize) {
        let last = self.side - self.tile;
        if start >= last {
            let start = last & !1;
            (start, self.side - start)
        } else {
            (start & !1, self.tile)
        }
    }

    /// The ground contacts that a tile serves: things there are not cut but by the picture's edge.
    fn served(&self, (start, length): (usize, usize)) -> (usize, usize) {
        let from = if start == 0 { 0 } else { start + self.before };
        let to = if start + length >= self.side {
            self.side
        } else {
            start + length - self.after
        };
        (from, to)
    }

    /// The tile that serves `from` and as much as possible after it.
    fn from(&self, from: usize) -> (usize, usize) {
        self.tile_at(from.saturating_sub(self.before))
    }

    /// `tile` moved back so that what it is for (`from..to`) lies in its middle, if it still serves it.
    fn centred(&self, tile: (usize, usize), (from, to): (usize, usize)) -> (usize, usize) {
        let (_, served_to) = self.served(tile);
        let slack = served_to.saturating_sub(to).min(tile.0);
        let moved = self.tile_at(tile.0 - slack / 2);
        let (a, b) = self.served(moved);
        if a <= from && to <= b { moved } else { tile }
    }
}

#[cfg(test)]
mod tests;

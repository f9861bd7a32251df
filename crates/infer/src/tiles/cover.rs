//! Zones on a grid, and few rectangles that cover them: greedily, strip by strip.

use curbwatch_types::{Point, Polygon};

use super::Axis;

/// Cells across the longer side of a picture: one is 10 pixels of 720p.
const CELLS: usize = 128;

/// Start and length of a tile, across and down, in picture pixels.
pub(super) type Placed = [(usize, usize); 2];

/// Which cells of a picture a zone touches.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    picture: (usize, usize),
    /// Side of a cell in pixels.
    cell: usize,
    columns: usize,
    rows: usize,
    touched: Vec<bool>,
}

impl Grid {
    /// The cells of a picture of this size that `zones` touch.
    pub(super) fn of(picture: (usize, usize), zones: &[&Polygon]) -> Self {
        let cell = picture.0.max(picture.1).div_ceil(CELLS);
        let (columns, rows) = (picture.0.div_ceil(cell), picture.1.div_ceil(cell));
        let mut grid = Self {
            picture,
            cell,
            columns,
            rows,
            touched: vec![false; columns * rows],
        };
        for zone in zones {
            for row in 0..rows {
                for column in 0..columns {
                    let i = row * columns + column;
                    if !grid.touched[i] {
                        grid.touched[i] = touches(zone, grid.relative(column, row));
                    }
                }
            }
        }
        grid
    }

    /// First and last pixel (exclusive) of a cell along an axis.
    fn span(&self, i: usize, side: usize) -> (usize, usize) {
        (i * self.cell, ((i + 1) * self.cell).min(side))
    }

    /// Corners of a cell, relative to the picture.
    fn relative(&self, column: usize, row: usize) -> [Point; 2] {
        let (w, h) = self.picture;
        let ((left, right), (top, bottom)) = (self.span(column, w), self.span(row, h));
        let point = |x: usize, y: usize| Point::new(x as f32 / w as f32, y as f32 / h as f32);
        [point(left, top), point(right, bottom)]
    }

    /// Tiles that serve every touched cell: the fewer of strips along rows and strips along columns.
    pub(super) fn cover(&self, across: &Axis, down: &Axis) -> Vec<Placed> {
        let by_rows = self.strips(down, across, false);
        let by_columns = self.strips(across, down, true);
        if by_columns.len() < by_rows.len() {
            by_columns
        } else {
            by_rows
        }
    }

    /// Begins a strip at the first cell that is left along `strip`, cuts tiles of it along `along`, and
    /// takes with each every cell it serves. `upright`: strips are columns.
    fn strips(&self, strip: &Axis, along: &Axis, upright: bool) -> Vec<Placed> {
        let (strips, steps) = if upright {
            (self.columns, self.rows)
        } else {
            (self.rows, self.columns)
        };
        let index = |s: usize, a: usize| {
            if upright {
                a * self.columns + s
            } else {
                s * self.columns + a
            }
        };
        let mut left = self.touched.clone();
        let mut tiles = Vec::new();
        // Each round takes at least the cell it began with, so it ends.
        while let Some(first) = (0..strips).find(|&s| (0..steps).any(|a| left[index(s, a)])) {
            let strip_tile = strip.from(self.span(first, strip.side).0);
            let in_strip = self.until(first, strips, strip.side, strip.served(strip_tile).1);
            let Some(start) = (0..steps).find(|&a| (first..in_strip).any(|s| left[index(s, a)])) else {
                break;
            };
            let along_tile = along.from(self.span(start, along.side).0);
            let in_step = self.until(start, steps, along.side, along.served(along_tile).1);

            let taken: Vec<(usize, usize)> = (first..in_strip)
                .flat_map(|s| (start..in_step).map(move |a| (s, a)))
                .filter(|&(s, a)| left[index(s, a)])
                .collect();
            let strip_tile = strip.centred(strip_tile, self.reach(taken.iter().map(|c| c.0), strip.side));
            let along_tile = along.centred(along_tile, self.reach(taken.iter().map(|c| c.1), along.side));
            for s in 0..strips {
                for a in 0..steps {
                    let served = self.within(s, strip.side, strip.served(strip_tile))
                        && self.within(a, along.side, along.served(along_tile));
                    left[index(s, a)] &= !served;
                }
            }
            for (s, a) in taken {
                left[index(s, a)] = false;
            }
            tiles.push(if upright {
                [strip_tile, along_tile]
            } else {
                [along_tile, strip_tile]
            });
        }
        tiles
    }

    /// The cell after the last one that ends by `to`, at least the one after `from`.
    fn until(&self, from: usize, cells: usize, side: usize, to: usize) -> usize {
        (from + 1..cells)
            .find(|&i| self.span(i, side).1 > to)
            .unwrap_or(cells)
    }

    fn within(&self, i: usize, side: usize, (from, to): (usize, usize)) -> bool {
        let (start, end) = self.span(i, side);
        from <= start && end <= to
    }

    /// First and last pixel (exclusive) of some cells.
    fn reach(&self, cells: impl Iterator<Item = usize> + Clone, side: usize) -> (usize, usize) {
        let (low, high) = (cells.clone().min().unwrap_or(0), cells.max().unwrap_or(0));
        (self.span(low, side).0, self.span(high, side).1)
    }
}

/// Whether the polygon and the rectangle have a point in common.
fn touches(zone: &Polygon, [low, high]: [Point; 2]) -> bool {
    let points = zone.points();
    let corners = [low, Point::new(high.x, low.y), high, Point::new(low.x, high.y)];
    corners.iter().any(|&corner| zone.contains(corner))
        || (0..points.len()).any(|i| crosses(points[i], points[(i + 1) % points.len()], low, high))
}

/// Whether the segment `a`-`b` has a point in the rectangle (Liang and Barsky 1984).
fn crosses(a: Point, b: Point, low: Point, high: Point) -> bool {
    let (mut enters, mut leaves) = (0.0_f32, 1.0_f32);
    for (from, step, low, high) in [(a.x, b.x - a.x, low.x, high.x), (a.y, b.y - a.y, low.y, high.y)] {
        if step == 0.0 {
            if from < low || from > high {
                return false;
            }
            continue;
        }
        let (t0, t1) = ((low - from) / step, (high - from) / step);
        enters = enters.max(t0.min(t1));
        leaves = leaves.min(t0.max(t1));
    }
    enters <= leaves
}

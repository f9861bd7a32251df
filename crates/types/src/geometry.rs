//! Points, boxes and polygons in relative image coordinates: x to the right, y down, both 0..1 of
//! the picture, so that a resolution switch moves nothing.

/// A point in relative image coordinates.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Point {
    /// 0 at the left edge, 1 at the right.
    pub x: f32,
    /// 0 at the top edge, 1 at the bottom.
    pub y: f32,
}

impl Point {
    /// A point.
    pub fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The point moved by `by`.
    #[must_use]
    pub fn moved(self, by: Point) -> Self {
        Self {
            x: self.x + by.x,
            y: self.y + by.y,
        }
    }
}

/// An axis-parallel box, top-left corner and size, relative.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct BBox {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl BBox {
    /// A box from its top-left corner and size.
    pub fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    /// Area in units of the picture's area; 0 for a degenerate box.
    #[inline]
    pub fn area(&self) -> f32 {
        self.w.max(0.0) * self.h.max(0.0)
    }

    /// Area shared with `other`.
    #[inline]
    pub fn intersection(&self, other: &BBox) -> f32 {
        let w = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let h = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        if w <= 0.0 || h <= 0.0 { 0.0 } else { w * h }
    }

    /// Intersection over union (Jaccard index), 0..1.
    #[inline]
    pub fn iou(&self, other: &BBox) -> f32 {
        let shared = self.intersection(other);
        if shared <= 0.0 {
            return 0.0;
        }
        shared / (self.area() + other.area() - shared)
    }

    /// The middle of the box.
    #[inline]
    pub fn center(&self) -> Point {
        Point::new(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Where the object touches the ground: the middle of the bottom edge.
    pub fn ground_contact(&self) -> Point {
        Point::new(self.x + self.w / 2.0, self.y + self.h)
    }

    /// The box moved by `by`.
    #[must_use]
    pub fn moved(&self, by: Point) -> Self {
        Self {
            x: self.x + by.x,
            y: self.y + by.y,
            ..*self
        }
    }

    /// The part of the box inside the picture.
    #[must_use]
    pub fn clipped(&self) -> Self {
        let (x0, y0) = (self.x.clamp(0.0, 1.0), self.y.clamp(0.0, 1.0));
        let (x1, y1) = (
            (self.x + self.w).clamp(0.0, 1.0),
            (self.y + self.h).clamp(0.0, 1.0),
        );
        Self {
            x: x0,
            y: y0,
            w: x1 - x0,
            h: y1 - y0,
        }
    }
}

/// Why points make no polygon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolygonProblem {
    /// Fewer than three points.
    TooFewPoints(usize),
    /// The point with this index is not finite or lies outside 0..1.
    OutsidePicture(usize),
    /// The edges that start at these two indexes cross.
    CrossesItself(usize, usize),
    /// The polygon encloses (almost) no area.
    NoArea,
}

impl std::fmt::Display for PolygonProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooFewPoints(n) => write!(f, "a polygon has at least 3 points, this one has {n}"),
            Self::OutsidePicture(i) => {
                write!(
                    f,
                    "point {} lies outside the picture; coordinates are relative, 0 to 1",
                    i + 1
                )
            }
            Self::CrossesItself(a, b) => {
                write!(
                    f,
                    "the edges after points {} and {} cross each other",
                    a + 1,
                    b + 1
                )
            }
            Self::NoArea => write!(f, "the polygon encloses no area"),
        }
    }
}

impl std::error::Error for PolygonProblem {}

/// A simple polygon (no holes, no self-crossing) in relative image coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    points: Vec<Point>,
}

impl Polygon {
    /// Checks `points` and makes them a polygon; the last point is joined to the first.
    pub fn new(points: Vec<Point>) -> Result<Self, PolygonProblem> {
        if points.len() < 3 {
            return Err(PolygonProblem::TooFewPoints(points.len()));
        }
        let inside = |v: f32| v.is_finite() && (0.0..=1.0).contains(&v);
        if let Some(i) = points.iter().position(|p| !inside(p.x) || !inside(p.y)) {
            return Err(PolygonProblem::OutsidePicture(i));
        }
        let n = points.len();
        for a in 0..n {
            for b in a + 2..n {
                if a == 0 && b == n - 1 {
                    continue; // neighbours through the closing edge
                }
                if edges_cross(points[a], points[(a + 1) % n], points[b], points[(b + 1) % n]) {
                    return Err(PolygonProblem::CrossesItself(a, b));
                }
            }
        }
        let polygon = Self { points };
        if polygon.area() < 1e-6 {
            Err(PolygonProblem::NoArea)
        } else {
            Ok(polygon)
        }
    }

    /// The corners in order.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Whether `p` lies inside (even-odd rule; the border belongs to one side only).
    pub fn contains(&self, p: Point) -> bool {
        let mut inside = false;
        let mut j = self.points.len() - 1;
        for i in 0..self.points.len() {
            let (a, b) = (self.points[i], self.points[j]);
            if (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x {
                inside = !inside;
            }
            j = i;
        }
        inside
    }

    /// Area in units of the picture's area (shoelace formula).
    pub fn area(&self) -> f32 {
        let mut twice = 0.0;
        for (i, a) in self.points.iter().enumerate() {
            let b = self.points[(i + 1) % self.points.len()];
            twice += a.x * b.y - b.x * a.y;
        }
        twice.abs() / 2.0
    }
}

/// Whether the open segments a-b and c-d have a point in common.
fn edges_cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    let (d1, d2) = (side(c, d, a), side(c, d, b));
    let (d3, d4) = (side(a, b, c), side(a, b, d));
    ((d1 > 0.0 && d2 < 0.0) || (d1 < 0.0 && d2 > 0.0)) && ((d3 > 0.0 && d4 < 0.0) || (d3 < 0.0 && d4 > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(points: &[(f32, f32)]) -> Result<Polygon, PolygonProblem> {
        Polygon::new(points.iter().map(|&(x, y)| Point::new(x, y)).collect())
    }

    #[test]
    fn polygons_are_refused_with_their_reason() {
        assert_eq!(
            polygon(&[(0.0, 0.0), (1.0, 1.0)]),
            Err(PolygonProblem::TooFewPoints(2))
        );
        assert_eq!(
            polygon(&[(0.0, 0.0), (1.0, 1.5), (0.0, 1.0)]),
            Err(PolygonProblem::OutsidePicture(1))
        );
        assert_eq!(
            polygon(&[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]),
            Err(PolygonProblem::CrossesItself(0, 2))
        );
        assert_eq!(
            polygon(&[(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)]),
            Err(PolygonProblem::NoArea)
        );
    }

    #[test]
    fn a_concave_polygon_knows_its_inside() {
        let l_shape = polygon(&[
            (0.0, 0.0),
            (1.0, 0.0),
            (1.0, 0.4),
            (0.4, 0.4),
            (0.4, 1.0),
            (0.0, 1.0),
        ]);
        let l_shape = l_shape.expect("an L is a simple polygon");
        assert!(l_shape.contains(Point::new(0.2, 0.9)));
        assert!(l_shape.contains(Point::new(0.9, 0.2)));
        assert!(!l_shape.contains(Point::new(0.9, 0.9)));
        assert!((l_shape.area() - 0.64).abs() < 1e-6);
    }

    #[test]
    fn iou_of_known_boxes() {
        let a = BBox::new(0.0, 0.0, 0.2, 0.2);
        assert_eq!(a.iou(&a), 1.0);
        assert!((a.iou(&BBox::new(0.1, 0.0, 0.2, 0.2)) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(a.iou(&BBox::new(0.5, 0.5, 0.2, 0.2)), 0.0);
    }
}

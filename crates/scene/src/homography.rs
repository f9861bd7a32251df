//! From the picture to the ground in metres, where somebody measured it. Not for: cameras without one (`ground`
//! learns a scale there). Input: nine numbers from the engine's options, of one view.

/// Where less is left of the denominator than this share of what it is at the lower edge, the horizon is.
const HORIZON_SHARE: f64 = 1e-3;

/// Takes points of a view (relative, x and y 0..1) to a plane in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homography([f64; 9]);

impl Homography {
    /// Nine numbers, row by row; `None` when one is not finite or the plane is seen edge-on everywhere.
    pub fn new(cells: [f64; 9]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, i] = cells;
        let determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
        (cells.iter().all(|v| v.is_finite()) && determinant.abs() > f64::MIN_POSITIVE).then_some(Self(cells))
    }

    /// The ground under a point, in metres; `None` at the horizon and beyond it. Below it is the side on which the middle of the
    /// picture's lower edge lies.
    pub(crate) fn ground(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let depth = |x: f64, y: f64| g * x + h * y + i;
        let (w, near) = (depth(x, y), depth(0.5, 1.0));
        let (u, v) = ((a * x + b * y + c) / w, (d * x + e * y + f) / w);
        (w * near > HORIZON_SHARE * near * near && u.is_finite() && v.is_finite()).then_some((u, v))
    }

    /// Metres by relative unit around a point: [du/dx, du/dy, dv/dx, dv/dy]; `None` at the horizon.
    pub(crate) fn slope(&self, (x, y): (f64, f64)) -> Option<[f64; 4]> {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let (u, v, w) = (a * x + b * y + c, d * x + e * y + f, g * x + h * y + i);
        let square = w * w;
        let slope = [
            (a * w - u * g) / square,
            (b * w - u * h) / square,
            (d * w - v * g) / square,
            (e * w - v * h) / square,
        ];
        slope.iter().all(|s| s.is_finite()).then_some(slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_what_two_near_points_give() {
        let cells = [40.0, 3.0, 1.0, 2.0, -60.0, 5.0, 0.1, -1.5, 1.0];
        let homography = Homography::new(cells).expect("a homography");
        let to = |x: f64, y: f64| {
            let w = 0.1 * x - 1.5 * y + 1.0;
            ((40.0 * x + 3.0 * y + 1.0) / w, (2.0 * x - 60.0 * y + 5.0) / w)
        };
        let slope = homography.slope((0.4, 0.3)).expect("below the horizon");
        let (here, right, down) = (to(0.4, 0.3), to(0.400_001, 0.3), to(0.4, 0.300_001));
        let want = [
            right.0 - here.0,
            down.0 - here.0,
            right.1 - here.1,
            down.1 - here.1,
        ];
        for (got, want) in slope.into_iter().zip(want) {
            assert!(
                (got - want * 1e6).abs() < 1e-2 * got.abs().max(1.0),
                "{got}, not {want}"
            );
        }
        assert_eq!(Homography::new([0.0; 9]), None);
        assert_eq!(Homography::new([f64::NAN; 9]), None);
    }
}

//! The camera on its pole: where it stands, where it looks, and which pixel shows which place.

use crate::maths::{Bounds, Vec3, cos, sin, v};

/// Nearest distance before the lens at which a place is projected, in metres.
const NEAR: f32 = 0.3;

/// A pinhole with the barrel distortion of a cheap lens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Camera {
    pub(crate) at: Vec3,
    ahead: Vec3,
    right: Vec3,
    up: Vec3,
    /// Focal length in picture heights.
    focal: f32,
    barrel: f32,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// How a camera hangs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mount {
    pub(crate) at: Vec3,
    /// Radians to the left of the street's direction.
    pub(crate) pan: f32,
    /// Radians below the horizon.
    pub(crate) tilt: f32,
    pub(crate) roll: f32,
    /// Vertical field of view in radians.
    pub(crate) field: f32,
    /// Radial distortion: share by which the picture's corner is drawn inwards.
    pub(crate) barrel: f32,
}

/// A rectangle of pixels, ends excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x0: usize,
    pub(crate) y0: usize,
    pub(crate) x1: usize,
    pub(crate) y1: usize,
}

impl Rect {
    pub(crate) fn meets(&self, o: &Self) -> bool {
        self.x0 < o.x1 && o.x0 < self.x1 && self.y0 < o.y1 && o.y0 < self.y1
    }
}

impl Camera {
    pub(crate) fn new(mount: &Mount, width: usize, height: usize) -> Self {
        let (st, ct) = (sin(mount.tilt), cos(mount.tilt));
        let (sp, cp) = (sin(mount.pan), cos(mount.pan));
        let ahead = v(-sp * ct, cp * ct, -st);
        let level = v(cp, sp, 0.0);
        let above = level.cross(ahead);
        let (sr, cr) = (sin(mount.roll), cos(mount.roll));
        let half = mount.field / 2.0;
        Self {
            at: mount.at,
            ahead,
            right: level * cr + above * sr,
            up: above * cr - level * sr,
            focal: 0.5 * cos(half) / sin(half),
            barrel: mount.barrel,
            width,
            height,
        }
    }

    /// The same camera with other pixels.
    pub(crate) fn sized(&self, width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            ..*self
        }
    }

    /// The angle of a pixel in the picture's middle, in radians.
    pub(crate) fn pixel(&self) -> f32 {
        1.0 / (self.focal * self.height as f32)
    }

    /// The direction (unit) that a place in the picture shows, in pixels from the top left.
    pub(crate) fn way(&self, x: f32, y: f32) -> Vec3 {
        let h = self.height as f32;
        let (a, b) = ((x - self.width as f32 / 2.0) / h, (h / 2.0 - y) / h);
        let bend = 1.0 + self.barrel * (a * a + b * b);
        (self.ahead * self.focal + self.right * (a * bend) + self.up * (b * bend)).unit()
    }

    /// Where a place in the world appears, in pixels, unless it is behind the lens.
    pub(crate) fn project(&self, p: Vec3) -> Option<(f32, f32)> {
        let d = p - self.at;
        let far = d.dot(self.ahead);
        if far < NEAR {
            return None;
        }
        let h = self.height as f32;
        let (a, b) = (
            d.dot(self.right) / far * self.focal,
            d.dot(self.up) / far * self.focal,
        );
        // The inverse of the distortion by three fixed-point steps; it is mild.
        let bent = a * a + b * b;
        // Far outside the picture they would not converge, and nothing is drawn.
        let mut squared = if bent > 2.0 { 0.0 } else { bent };
        for _ in 0..if bent > 2.0 { 0 } else { 3 } {
            let bend = 1.0 + self.barrel * squared;
            squared = bent / (bend * bend);
        }
        let bend = 1.0 + self.barrel * squared;
        Some((a / bend * h + self.width as f32 / 2.0, h / 2.0 - b / bend * h))
    }

    /// The pixels in which these points and what lies between them can appear.
    pub(crate) fn covers(&self, points: &[Vec3]) -> Option<Rect> {
        let depth = |p: Vec3| (p - self.at).dot(self.ahead);
        let (w, h) = (self.width as f32, self.height as f32);
        let (mut x0, mut y0, mut x1, mut y1) = (w, h, 0.0_f32, 0.0_f32);
        let mut grow = |p: Vec3| {
            if let Some((x, y)) = self.project(p) {
                (x0, y0, x1, y1) = (x0.min(x), y0.min(y), x1.max(x), y1.max(y));
            }
        };
        for &a in points.iter().filter(|p| depth(**p) >= NEAR) {
            grow(a);
            // Towards what lies behind the lens, up to where it leaves the picture.
            for &b in points.iter().filter(|p| depth(**p) < NEAR) {
                let t = (depth(a) - NEAR * 1.01) / (depth(a) - depth(b));
                grow(a.mix(b, t.clamp(0.0, 1.0)));
            }
        }
        let low = |s: f32| (s - 1.5).max(0.0) as usize;
        let (x0, y0) = (low(x0), low(y0));
        let (x1, y1) = (
            (x1 + 2.5).clamp(0.0, w) as usize,
            (y1 + 2.5).clamp(0.0, h) as usize,
        );
        (x0 < x1 && y0 < y1).then_some(Rect { x0, y0, x1, y1 })
    }

    /// The pixels a box can appear in.
    pub(crate) fn covers_box(&self, bounds: &Bounds) -> Option<Rect> {
        self.covers(&bounds.corners())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_projects_to_the_pixel_that_shows_it() {
        let mount = Mount {
            at: v(1.0, -2.0, 6.5),
            pan: 0.2,
            tilt: 0.4,
            roll: 0.03,
            field: 0.8,
            barrel: 0.08,
        };
        let camera = Camera::new(&mount, 640, 360);
        for (x, y) in [(10.0, 10.0), (320.0, 180.0), (600.0, 340.0), (5.5, 355.0)] {
            let place = camera.at + camera.way(x, y) * 17.0;
            let (u, w) = camera.project(place).expect("it lies ahead");
            assert!(
                (u - x).abs() < 0.3 && (w - y).abs() < 0.3,
                "{x},{y} became {u},{w}"
            );
        }
        assert_eq!(camera.project(v(1.0, -9.0, 6.5)), None);
    }
}

//! Vectors, rigid poses and the elementary functions of the renderer.
//!
//! Space is in metres: x to the right across the street, y along it away from the camera, z up.
//! Sine, exponential and power come from `libm`, not from the platform, so that one seed gives the
//! same picture on every machine; additions, products, quotients and roots are exact by IEEE 754.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// A full turn in radians.
pub(crate) const TURN: f32 = std::f32::consts::TAU;

/// A point, a direction or a colour (linear red, green, blue).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Vec3 {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) z: f32,
}

/// Short for [`Vec3::new`].
pub(crate) const fn v(x: f32, y: f32, z: f32) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec3 {
    pub(crate) const ZERO: Self = v(0.0, 0.0, 0.0);
    pub(crate) const ONE: Self = v(1.0, 1.0, 1.0);
    pub(crate) const X: Self = v(1.0, 0.0, 0.0);
    pub(crate) const Y: Self = v(0.0, 1.0, 0.0);
    pub(crate) const Z: Self = v(0.0, 0.0, 1.0);

    pub(crate) const fn splat(s: f32) -> Self {
        v(s, s, s)
    }

    pub(crate) fn dot(self, o: Self) -> f32 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    pub(crate) fn cross(self, o: Self) -> Self {
        v(
            self.y * o.z - self.z * o.y,
            self.z * o.x - self.x * o.z,
            self.x * o.y - self.y * o.x,
        )
    }

    pub(crate) fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The direction; zero stays zero.
    pub(crate) fn unit(self) -> Self {
        let length = self.length();
        if length > 1e-20 {
            self * (1.0 / length)
        } else {
            self
        }
    }

    pub(crate) fn min(self, o: Self) -> Self {
        v(self.x.min(o.x), self.y.min(o.y), self.z.min(o.z))
    }

    pub(crate) fn max(self, o: Self) -> Self {
        v(self.x.max(o.x), self.y.max(o.y), self.z.max(o.z))
    }

    pub(crate) fn largest(self) -> f32 {
        self.x.max(self.y).max(self.z)
    }

    pub(crate) fn smallest(self) -> f32 {
        self.x.min(self.y).min(self.z)
    }

    /// Component by number: 0 is x, 1 is y, everything else z.
    pub(crate) fn axis(self, i: usize) -> f32 {
        match i {
            0 => self.x,
            1 => self.y,
            _ => self.z,
        }
    }

    /// The same vector with component `i` set.
    pub(crate) fn with(mut self, i: usize, s: f32) -> Self {
        match i {
            0 => self.x = s,
            1 => self.y = s,
            _ => self.z = s,
        }
        self
    }

    pub(crate) fn mix(self, o: Self, t: f32) -> Self {
        self + (o - self) * t
    }

    /// Relative luminance (ITU-R BT.709 weights).
    pub(crate) fn luma(self) -> f32 {
        self.dot(v(0.2126, 0.7152, 0.0722))
    }

    /// Two directions that make a right-handed base with this unit vector (Duff et al. 2017).
    pub(crate) fn base(self) -> (Self, Self) {
        let sign = if self.z < 0.0 { -1.0 } else { 1.0 };
        let a = -1.0 / (sign + self.z);
        let b = self.x * self.y * a;
        (
            v(1.0 + sign * self.x * self.x * a, sign * b, -sign * self.x),
            v(b, sign + self.y * self.y * a, -self.y),
        )
    }

    /// Mirrored at a surface with unit normal `n`.
    pub(crate) fn mirrored(self, n: Self) -> Self {
        self - n * (2.0 * self.dot(n))
    }
}

impl Add for Vec3 {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        v(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl AddAssign for Vec3 {
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}

impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        v(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Mul<f32> for Vec3 {
    type Output = Self;
    fn mul(self, s: f32) -> Self {
        v(self.x * s, self.y * s, self.z * s)
    }
}

impl Mul for Vec3 {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        v(self.x * o.x, self.y * o.y, self.z * o.z)
    }
}

impl Div for Vec3 {
    type Output = Self;
    fn div(self, o: Self) -> Self {
        v(self.x / o.x, self.y / o.y, self.z / o.z)
    }
}

impl Neg for Vec3 {
    type Output = Self;
    fn neg(self) -> Self {
        v(-self.x, -self.y, -self.z)
    }
}

/// Sine, radians.
pub(crate) fn sin(x: f32) -> f32 {
    libm::sinf(x)
}

/// Cosine, radians.
pub(crate) fn cos(x: f32) -> f32 {
    libm::cosf(x)
}

/// e to the power of `x`.
pub(crate) fn exp(x: f32) -> f32 {
    libm::expf(x)
}

/// `x` to the power of `y`, 0 for a negative `x`.
pub(crate) fn pow(x: f32, y: f32) -> f32 {
    libm::powf(x.max(0.0), y)
}

/// 0 below `a`, 1 above `b`, smooth between.
pub(crate) fn smooth(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Where a thing stands and how it is turned: local to world, rigid (no scale).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pose {
    pub(crate) at: Vec3,
    /// Images of the local x, y and z axes.
    pub(crate) axes: [Vec3; 3],
}

impl Pose {
    pub(crate) const HERE: Self = Self {
        at: Vec3::ZERO,
        axes: [Vec3::X, Vec3::Y, Vec3::Z],
    };

    /// Moved to `at`, not turned.
    pub(crate) fn at(at: Vec3) -> Self {
        Self { at, ..Self::HERE }
    }

    /// At `at`, turned by `yaw` radians about the vertical, counter-clockwise seen from above.
    pub(crate) fn new(at: Vec3, yaw: f32) -> Self {
        let (s, c) = (sin(yaw), cos(yaw));
        Self {
            at,
            axes: [v(c, s, 0.0), v(-s, c, 0.0), Vec3::Z],
        }
    }

    /// At `at`, first rolled about x by `pitch`, then about y by `roll`, then about z by `yaw`.
    pub(crate) fn tilted(at: Vec3, pitch: f32, roll: f32, yaw: f32) -> Self {
        let (sx, cx) = (sin(pitch), cos(pitch));
        let (sy, cy) = (sin(roll), cos(roll));
        let turned = Self::new(Vec3::ZERO, yaw);
        let about_y = |p: Vec3| v(cy * p.x + sy * p.z, p.y, cy * p.z - sy * p.x);
        let about_x = |p: Vec3| v(p.x, cx * p.y - sx * p.z, sx * p.y + cx * p.z);
        let image = |axis: Vec3| turned.vector(about_y(about_x(axis)));
        Self {
            at,
            axes: [image(Vec3::X), image(Vec3::Y), image(Vec3::Z)],
        }
    }

    /// A local point in the world.
    pub(crate) fn point(&self, p: Vec3) -> Vec3 {
        self.at + self.vector(p)
    }

    /// A local direction in the world.
    pub(crate) fn vector(&self, d: Vec3) -> Vec3 {
        self.axes[0] * d.x + self.axes[1] * d.y + self.axes[2] * d.z
    }

    /// A world point in local terms.
    pub(crate) fn local_point(&self, p: Vec3) -> Vec3 {
        self.local_vector(p - self.at)
    }

    /// A world direction in local terms.
    pub(crate) fn local_vector(&self, d: Vec3) -> Vec3 {
        v(self.axes[0].dot(d), self.axes[1].dot(d), self.axes[2].dot(d))
    }
}

/// An axis-parallel box in space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) min: Vec3,
    pub(crate) max: Vec3,
}

impl Bounds {
    pub(crate) const EMPTY: Self = Self {
        min: Vec3::splat(1e30),
        max: Vec3::splat(-1e30),
    };

    pub(crate) fn grow(&mut self, p: Vec3) {
        self.min = self.min.min(p);
        self.max = self.max.max(p);
    }

    pub(crate) fn join(&mut self, o: &Self) {
        self.min = self.min.min(o.min);
        self.max = self.max.max(o.max);
    }

    /// Half the surface; 0 for an empty box.
    pub(crate) fn half_area(&self) -> f32 {
        let d = (self.max - self.min).max(Vec3::ZERO);
        d.x * d.y + d.y * d.z + d.z * d.x
    }

    pub(crate) fn centre(&self) -> Vec3 {
        (self.min + self.max) * 0.5
    }

    pub(crate) fn corners(&self) -> [Vec3; 8] {
        std::array::from_fn(|i| {
            v(
                if i & 1 == 0 { self.min.x } else { self.max.x },
                if i & 2 == 0 { self.min.y } else { self.max.y },
                if i & 4 == 0 { self.min.z } else { self.max.z },
            )
        })
    }

    /// The box around this box seen through `pose`.
    pub(crate) fn posed(&self, pose: &Pose) -> Self {
        let mut out = Self::EMPTY;
        for corner in self.corners() {
            out.grow(pose.point(corner));
        }
        out
    }
}

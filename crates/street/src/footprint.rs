//! Who stands where and when: nothing may stand inside anything else.

use crate::maths::{Bounds, Pose, Vec3};
use crate::mesh::Mesh;

/// Above this height things may overhang each other: umbrellas, boughs, awnings.
const HEAD_HIGH: f32 = 1.6;

/// A turned rectangle on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Footprint {
    centre: (f32, f32),
    half: (f32, f32),
    /// Images of the local x and y axes.
    axes: [(f32, f32); 2],
}

/// The box around what of a mesh stands below head height, local.
pub(crate) fn stance(mesh: &Mesh) -> Bounds {
    let mut bounds = Bounds::EMPTY;
    for p in mesh
        .triangles
        .iter()
        .flat_map(|t| t.p)
        .filter(|p| p.z < HEAD_HIGH)
    {
        bounds.grow(p);
    }
    bounds
}

impl Footprint {
    /// The ground that `stance` takes at `pose`, with `margin` metres around it.
    pub(crate) fn new(stance: &Bounds, pose: &Pose, margin: f32) -> Self {
        let centre = pose.point(stance.centre());
        let half = (stance.max - stance.min) * 0.5;
        let (x, y) = (pose.vector(Vec3::X), pose.vector(Vec3::Y));
        Self {
            centre: (centre.x, centre.y),
            half: (half.x + margin, half.y + margin),
            axes: [(x.x, x.y), (y.x, y.y)],
        }
    }

    /// Whether two rectangles share ground (separating axes).
    pub(crate) fn meets(&self, o: &Self) -> bool {
        let between = (o.centre.0 - self.centre.0, o.centre.1 - self.centre.1);
        let dot = |a: (f32, f32), b: (f32, f32)| a.0 * b.0 + a.1 * b.1;
        let reach = |f: &Self, axis: (f32, f32)| {
            f.half.0 * dot(f.axes[0], axis).abs() + f.half.1 * dot(f.axes[1], axis).abs()
        };
        let apart = |axis: &(f32, f32)| dot(between, *axis).abs() >= reach(self, *axis) + reach(o, *axis);
        !self.axes.iter().chain(&o.axes).any(apart)
    }
}

/// Ground taken for a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) ground: Footprint,
    pub(crate) from: f32,
    pub(crate) until: f32,
}

/// All ground taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ground {
    claims: Vec<Claim>,
}

impl Ground {
    /// Whether the claim meets no other one.
    pub(crate) fn free(&self, claim: &Claim) -> bool {
        let clash = |c: &Claim| c.from < claim.until && claim.from < c.until && c.ground.meets(&claim.ground);
        !self.claims.iter().any(clash)
    }

    /// Takes the ground, free or not.
    pub(crate) fn take(&mut self, claim: Claim) {
        self.claims.push(claim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::v;

    #[test]
    fn turned_rectangles_meet_where_they_touch() {
        let car = Bounds {
            min: v(-0.9, -2.2, 0.0),
            max: v(0.9, 2.2, 1.4),
        };
        let at = |x: f32, y: f32, yaw: f32| Footprint::new(&car, &Pose::new(v(x, y, 0.0), yaw), 0.0);
        let rows = [
            (at(0.0, 0.0, 0.0), at(1.7, 0.0, 0.0), true),
            (at(0.0, 0.0, 0.0), at(1.9, 0.0, 0.0), false),
            (at(0.0, 0.0, 0.0), at(2.8, 0.0, std::f32::consts::FRAC_PI_2), true),
            (
                at(0.0, 0.0, 0.0),
                at(3.2, 0.0, std::f32::consts::FRAC_PI_2),
                false,
            ),
            // Boxes around both overlap, the rectangles do not.
            (at(0.0, 0.0, 0.785), at(2.0, 2.0, 0.785), false),
        ];
        for (i, (a, b, meet)) in rows.iter().enumerate() {
            assert_eq!(a.meets(b), *meet, "row {i}");
            assert_eq!(b.meets(a), *meet, "row {i}, the other way");
        }
    }
}

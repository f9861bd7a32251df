//! What bins have in common: a vessel with an opening, wheels, liveries, labels.

use super::any_colour;
use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Mesh, Skin};

/// A bin, and where what it cannot hold rises.
pub(super) struct Vessel {
    pub(super) mesh: Mesh,
    /// Middle of the opening.
    pub(super) mouth: Vec3,
    /// Half of the opening, across and deep.
    pub(super) half: (f32, f32),
}

/// A wheel across x.
pub(super) fn wheel(mesh: &mut Mesh, at: Vec3, radius: f32, skin: Skin) {
    mesh.rod(
        at - v(0.025, 0.0, 0.0),
        at + v(0.025, 0.0, 0.0),
        (radius, radius),
        12,
        skin,
    );
}

/// Paint of municipal bins: the four sorts' colours, older greens, orange, grey, or anything.
pub(super) fn livery(s: &mut Stream) -> Vec3 {
    let colour = s.pick(&[
        v(0.03, 0.12, 0.40),
        v(0.50, 0.04, 0.04),
        v(0.05, 0.30, 0.10),
        v(0.12, 0.12, 0.13),
        v(0.34, 0.35, 0.36),
        v(0.55, 0.22, 0.02),
        v(0.60, 0.48, 0.05),
    ]);
    if s.chance(0.25) {
        any_colour(s)
    } else {
        s.near(colour, 0.25)
    }
}

/// A sticker or a stencilled sign on the front at `y`.
pub(super) fn label(mesh: &mut Mesh, s: &mut Stream, at: Vec3, size: f32) {
    let colour = if s.chance(0.6) {
        v(0.68, 0.68, 0.66)
    } else {
        any_colour(s)
    };
    let skin = mesh.matt(colour);
    let half = v(size * s.range(0.5, 1.0), 0.008, size * s.range(0.4, 1.1));
    mesh.block(at, half, skin);
    if s.chance(0.6) {
        let mark = any_colour(s);
        let mark = mesh.matt(mark);
        mesh.block(
            at + v(0.0, 0.004, half.z * 0.2),
            v(half.x * 0.5, 0.008, half.z * 0.4),
            mark,
        );
    }
}

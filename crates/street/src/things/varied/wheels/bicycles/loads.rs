//! What bicycles carry: baskets, and carriers with boxes, bags or panniers.

use crate::chance::Stream;
use crate::maths::v;
use crate::mesh::{Look, Mesh, Pattern};

use super::super::any_colour;
use super::frame::{Cycle, Kit};

/// A basket before the bar.
pub(super) fn basket(mesh: &mut Mesh, s: &mut Stream, kit: &Kit, y: f32) {
    let z = s.range(0.78, 0.9);
    let half = v(s.range(0.12, 0.19), s.range(0.10, 0.15), s.range(0.07, 0.13));
    let tint = any_colour(s);
    let skin = match s.below(3) {
        0 => kit.rubber,
        1 => kit.trim,
        _ => mesh.patterned(tint, Look::Matt, Pattern::Cloth),
    };
    let (levels, bars) = (3 + s.below(4), 5 + s.below(4));
    for k in 0..=levels {
        let t = k as f32 / levels as f32;
        let (up, grow) = (z + (t * 2.0 - 1.0) * half.z, 0.8 + 0.2 * t);
        for sign in [-1.0, 1.0] {
            mesh.block(
                v(half.x * sign * grow, y, up),
                v(0.005, half.y * grow, 0.009),
                skin,
            );
            mesh.block(
                v(0.0, y + half.y * sign * grow, up),
                v(half.x * grow, 0.005, 0.009),
                skin,
            );
        }
    }
    for k in 0..=bars {
        let x = (k as f32 / bars as f32 * 2.0 - 1.0) * half.x * 0.9;
        for sign in [-1.0, 1.0] {
            mesh.block(v(x, y + half.y * 0.9 * sign, z), v(0.005, 0.005, half.z), skin);
        }
    }
    mesh.block(v(0.0, y, z - half.z), v(half.x * 0.8, half.y * 0.8, 0.006), skin);
}

/// A carrier behind, with a box, a bag, panniers or nothing on it.
pub(super) fn carrier(mesh: &mut Mesh, s: &mut Stream, c: &Cycle, kit: &Kit) {
    let (y, z) = (c.axles.1 - 0.03, (c.radius + c.tyre) * 2.0 + 0.06);
    for sign in [-1.0, 1.0] {
        mesh.limb(
            v(sign * 0.06, y - 0.2, z),
            v(sign * 0.06, y + 0.26, z),
            (0.008, 0.008),
            kit.metal,
        );
        mesh.limb(
            v(sign * 0.06, y, z),
            v(sign * 0.05, c.axles.1, c.radius),
            (0.007, 0.007),
            kit.metal,
        );
    }
    mesh.block(v(0.0, y, z), v(0.06, 0.2, 0.005), kit.metal);
    let skin = mesh.patterned(
        any_colour(s),
        Look::Matt,
        s.pick(&[Pattern::Cloth, Pattern::Plain]),
    );
    match s.below(4) {
        0 => mesh.rounded(
            v(0.0, y - 0.02, z + 0.13),
            v(s.range(0.12, 0.19), 0.17, 0.13),
            0.03,
            skin,
        ),
        1 => {
            for sign in [-1.0, 1.0] {
                mesh.rounded(v(sign * 0.13, y, z - 0.14), v(0.06, 0.16, 0.15), 0.03, skin);
            }
        }
        2 => mesh.rounded(v(0.0, y, z + 0.03), v(0.08, 0.15, 0.03), 0.025, skin),
        _ => {}
    }
}

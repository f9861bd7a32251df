//! Tables and chairs of those who eat on the footway.

use super::{loud, other};
use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Look, Mesh, Pattern};
use crate::styles::Styles;

/// A folding table, with bowls on some.
pub(crate) fn table(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let top = s.pick_own(
        &[v(0.46, 0.32, 0.18), v(0.66, 0.65, 0.62)],
        &[v(0.20, 0.10, 0.05), v(0.10, 0.30, 0.30), v(0.50, 0.12, 0.10)],
    );
    let top = mesh.patterned(
        s.near(top, 0.2),
        Look::Gloss,
        s.own(Pattern::Wood, Pattern::Plain),
    );
    let metal = mesh.metal(0.4);
    let half = s.range_own((0.36, 0.5), (0.28, 0.35));
    if s.styles() == Styles::HeldOut {
        // A long low bench of a table on two trestles.
        mesh.rounded(v(0.0, 0.0, 0.62), v(half * 1.5, half, 0.025), 0.02, top);
        for sign in [-1.0, 1.0] {
            mesh.block(v(sign * half * 1.1, 0.0, 0.31), v(0.03, half * 0.8, 0.30), top);
        }
        let pots = mesh.gloss(v(0.30, 0.12, 0.06));
        for k in 0..s.below(4) {
            let at = v(-0.3 + k as f32 * 0.22, s.range(-0.12, 0.12), 0.64);
            mesh.rod(at, at + Vec3::Z * 0.12, (0.06, 0.045), 10, pots);
        }
        return mesh;
    }
    if s.chance(0.4) {
        mesh.rod(
            v(0.0, 0.0, 0.70),
            v(0.0, 0.0, 0.735),
            (half * 1.1, half * 1.1),
            22,
            top,
        );
    } else {
        mesh.rounded(v(0.0, 0.0, 0.72), v(half, half, 0.018), 0.015, top);
    }
    for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        mesh.rod(
            v(x * half * 0.8, y * half * 0.8, 0.0),
            v(x * half * 0.6, y * half * 0.6, 0.70),
            (0.015, 0.015),
            5,
            metal,
        );
    }
    let china = mesh.gloss(v(0.7, 0.7, 0.68));
    for _ in 0..s.below(5) {
        let at = v(s.range(-0.25, 0.25), s.range(-0.25, 0.25), 0.74);
        mesh.rod(at, at + Vec3::Z * 0.06, (0.05, 0.08), 10, china);
    }
    mesh
}

/// A plastic stool or a chair with a back.
pub(crate) fn chair(s: &mut Stream) -> Mesh {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::chair(s);
    }
    let mut mesh = Mesh::default();
    let skin = mesh.gloss(loud(s));
    let stool = s.chance(0.5);
    let high = if stool { s.range(0.28, 0.45) } else { 0.44 };
    for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        mesh.rod(
            v(x * 0.18, y * 0.18, 0.0),
            v(x * 0.13, y * 0.13, high),
            (0.022, 0.03),
            6,
            skin,
        );
    }
    mesh.rounded(v(0.0, 0.0, high), v(0.18, 0.18, 0.02), 0.018, skin);
    if !stool {
        mesh.rounded(v(0.0, -0.17, high + 0.27), v(0.18, 0.018, 0.20), 0.018, skin);
    }
    mesh
}

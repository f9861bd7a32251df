//! E-bikes of the other kind: a bent tube, a battery box under the seat, thin wheels, round lamp.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Glow, Look, Mesh, Pattern};

/// A light moped with an open frame.
pub(super) fn moped(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = s.pick(&[
        v(0.58, 0.44, 0.05),
        v(0.50, 0.53, 0.55),
        v(0.10, 0.36, 0.42),
        v(0.62, 0.20, 0.04),
        v(0.16, 0.17, 0.20),
        v(0.48, 0.22, 0.34),
    ]);
    let paint = mesh.gloss(s.near(colour, 0.12));
    let (rubber, metal) = (mesh.matt(Vec3::splat(0.018)), mesh.metal(0.3));
    let seat = mesh.matt(s.pick(&[v(0.16, 0.08, 0.04), v(0.05, 0.05, 0.055)]));
    let radius = s.range(0.245, 0.275);
    for y in [-0.56, 0.58] {
        let hub = v(0.0, y, radius + 0.03);
        mesh.ring(hub, Vec3::X, radius, 0.032, (22, 6), rubber);
        mesh.rod(
            hub - Vec3::X * 0.05,
            hub + Vec3::X * 0.05,
            (0.09, 0.09),
            12,
            metal,
        );
        for k in 0..5 {
            let turn = k as f32 / 5.0 * crate::maths::TURN;
            let rim = hub + v(0.0, crate::maths::cos(turn), crate::maths::sin(turn)) * radius;
            mesh.rod(hub, rim, (0.020, 0.014), 5, metal);
        }
        mesh.blob(
            hub + v(0.0, 0.0, radius * 0.72),
            v(0.055, radius * 0.86, radius * 0.34),
            (12, 6),
            paint,
            &|_| 1.0,
        );
    }
    // The bent tube: head, down, along the step, up to the seat.
    let way = [
        v(0.0, 0.36, 0.86),
        v(0.0, 0.30, 0.52),
        v(0.0, 0.16, 0.36),
        v(0.0, -0.14, 0.34),
        v(0.0, -0.28, 0.50),
        v(0.0, -0.34, 0.74),
    ];
    for pair in way.windows(2) {
        mesh.limb(pair[0], pair[1], (0.036, 0.036), paint);
    }
    mesh.rounded(v(0.0, 0.02, 0.40), v(0.13, 0.20, 0.02), 0.015, rubber);
    mesh.rounded(v(0.0, -0.30, 0.50), v(0.085, 0.12, 0.17), 0.03, rubber);
    mesh.rod(v(0.0, -0.34, 0.72), v(0.0, -0.36, 0.82), (0.02, 0.02), 6, metal);
    mesh.blob(v(0.0, -0.36, 0.84), v(0.12, 0.17, 0.05), (12, 6), seat, &|d| {
        1.0 - 0.3 * d.y.max(0.0)
    });
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(0.06 * sign, 0.58, radius + 0.03),
            v(0.05 * sign, 0.40, 0.80),
            (0.020, 0.020),
            6,
            metal,
        );
        mesh.rod(
            v(0.06 * sign, -0.56, radius + 0.03),
            v(0.05 * sign, -0.40, 0.66),
            (0.020, 0.020),
            6,
            metal,
        );
        mesh.rod(
            v(0.20 * sign, 0.28, 1.04),
            v(0.33 * sign, 0.20, 1.03),
            (0.019, 0.019),
            6,
            rubber,
        );
    }
    mesh.rod(v(0.0, 0.37, 0.84), v(0.0, 0.32, 1.04), (0.022, 0.018), 7, metal);
    mesh.rod(
        v(-0.24, 0.29, 1.04),
        v(0.24, 0.29, 1.04),
        (0.016, 0.016),
        6,
        metal,
    );
    let lamp = mesh.glowing(v(0.7, 0.72, 0.75), Glow::Driving(4.0));
    mesh.rod(v(0.0, 0.40, 0.94), v(0.0, 0.50, 0.92), (0.06, 0.085), 12, paint);
    mesh.rod(v(0.0, 0.50, 0.92), v(0.0, 0.51, 0.92), (0.075, 0.075), 12, lamp);
    mesh.rod(v(0.0, -0.25, 0.3), v(-0.18, -0.28, 0.0), (0.012, 0.012), 5, metal);
    let red = mesh.glowing(v(0.5, 0.02, 0.015), Glow::Driving(2.0));
    mesh.rounded(v(0.0, -0.80, 0.60), v(0.05, 0.02, 0.03), 0.015, red);
    load(&mut mesh, s);
    mesh
}

/// A wire shelf behind, with a second seat, panniers or a quilt over the knees.
fn load(mesh: &mut Mesh, s: &mut Stream) {
    let metal = mesh.metal(0.3);
    mesh.rounded(v(0.0, -0.66, 0.76), v(0.09, 0.18, 0.012), 0.01, metal);
    let tint = s.pick(&[
        v(0.30, 0.10, 0.26),
        v(0.14, 0.26, 0.22),
        v(0.46, 0.36, 0.22),
        v(0.09, 0.10, 0.14),
    ]);
    let cloth = mesh.patterned(s.near(tint, 0.3), Look::Matt, Pattern::Cloth);
    let kind = s.unit();
    if kind < 0.35 {
        mesh.rounded(v(0.0, -0.66, 0.81), v(0.11, 0.17, 0.045), 0.04, cloth);
    } else if kind < 0.6 {
        for sign in [-1.0, 1.0] {
            mesh.rounded(v(sign * 0.17, -0.64, 0.56), v(0.07, 0.18, 0.15), 0.04, cloth);
        }
    } else if kind < 0.8 {
        mesh.rounded(v(0.0, 0.56, 0.86), v(0.15, 0.12, 0.11), 0.02, cloth);
    } else {
        mesh.blob(v(0.0, 0.46, 0.74), v(0.27, 0.07, 0.24), (12, 8), cloth, &|d| {
            1.0 + 0.2 * d.x.abs()
        });
    }
}

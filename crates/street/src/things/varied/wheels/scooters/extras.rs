//! What people add to their e-bikes: boxes, baskets, aprons against the wind, canopies, seats for children.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Look, Mesh, Pattern};

use super::super::any_colour;
use super::Kit;

/// A carrier behind the seat.
pub(super) fn carrier(mesh: &mut Mesh, kit: &Kit) {
    for sign in [-1.0, 1.0] {
        mesh.limb(
            v(sign * 0.09, -0.62, 0.80),
            v(sign * 0.09, -0.92, 0.82),
            (0.012, 0.012),
            kit.metal,
        );
        mesh.limb(
            v(sign * 0.09, -0.9, 0.82),
            v(sign * 0.06, -0.78, 0.6),
            (0.010, 0.010),
            kit.metal,
        );
    }
    mesh.block(v(0.0, -0.78, 0.815), v(0.1, 0.16, 0.008), kit.metal);
}

/// A basket before the bar: wire, wicker or plastic.
pub(super) fn basket(mesh: &mut Mesh, s: &mut Stream, kit: &Kit) {
    let (y, z) = (0.56, s.range(0.80, 0.90));
    let half = v(s.range(0.13, 0.2), 0.12, s.range(0.08, 0.14));
    if s.chance(0.5) {
        for k in 0..5 {
            let up = z - half.z + k as f32 / 2.0 * half.z;
            for sign in [-1.0, 1.0] {
                mesh.block(v(half.x * sign, y, up), v(0.006, half.y, 0.008), kit.dark);
                mesh.block(v(0.0, y + half.y * sign, up), v(half.x, 0.006, 0.008), kit.dark);
            }
        }
        for k in 0..6 {
            let x = (k as f32 / 2.5 - 1.0) * half.x;
            for sign in [-1.0, 1.0] {
                mesh.block(v(x, y + half.y * sign, z), v(0.006, 0.006, half.z), kit.dark);
            }
        }
    } else {
        let skin = mesh.patterned(
            any_colour(s),
            Look::Matt,
            s.pick(&[Pattern::Cloth, Pattern::Plain]),
        );
        mesh.rounded(v(0.0, y, z), half, 0.03, skin);
        mesh.block(
            v(0.0, y, z + half.z),
            v(half.x * 0.85, half.y * 0.85, 0.006),
            kit.dark,
        );
    }
    if s.chance(0.4) {
        let bag = mesh.patterned(any_colour(s), Look::Thin, Pattern::Crinkled);
        mesh.ball(v(0.0, y, z + half.z), v(half.x * 0.8, half.y * 0.8, 0.1), bag);
    }
}

/// A courier's box, soft or hard, and often a telephone and a bag on the step.
pub(super) fn delivery(mesh: &mut Mesh, s: &mut Stream, kit: &Kit) {
    carrier(mesh, kit);
    let look = s.pick(&[
        (Look::Matt, Pattern::Cloth),
        (Look::Gloss, Pattern::Plain),
        (Look::Matt, Pattern::Plain),
    ]);
    let skin = mesh.patterned(any_colour(s), look.0, look.1);
    let half = v(s.range(0.19, 0.29), s.range(0.17, 0.27), s.range(0.16, 0.30));
    let at = v(0.0, -0.60 - half.y, 0.83 + half.z);
    mesh.rounded(at, half, s.range(0.02, 0.08), skin);
    let mark = mesh.matt(any_colour(s));
    for sign in [-1.0, 1.0] {
        mesh.block(
            at + v(sign * half.x, 0.0, 0.0),
            v(0.006, half.y * 0.55, half.z * 0.4),
            mark,
        );
    }
    mesh.block(
        at - v(0.0, half.y, -half.z * 0.1),
        v(half.x * 0.6, 0.006, half.z * 0.35),
        mark,
    );
    if s.chance(0.5) {
        let lid = half.z * 0.55;
        mesh.rounded(
            at + Vec3::Z * lid,
            v(half.x + 0.008, half.y + 0.008, 0.03),
            0.02,
            kit.dark,
        );
    }
    if s.chance(0.35) {
        let bag = mesh.patterned(any_colour(s), Look::Matt, Pattern::Crinkled);
        mesh.rounded(v(0.0, 0.26, 0.46), v(0.14, 0.1, 0.14), 0.05, bag);
    }
}

/// The quilted blanket that hangs from the bar to the step, with sleeves for the hands.
pub(super) fn apron(mesh: &mut Mesh, s: &mut Stream, kit: &Kit) {
    let pattern = s.pick(&[
        Pattern::Cloth,
        Pattern::Plain,
        Pattern::Stripes,
        Pattern::Crinkled,
    ]);
    let cloth = mesh.patterned(any_colour(s), Look::Matt, pattern);
    let (top, wide, low) = (s.range(1.02, 1.10), s.range(0.30, 0.40), s.range(0.28, 0.45));
    let rows = [
        (0.34, top, 0.55),
        (0.42, top - 0.08, 0.95),
        (0.52, 0.82, 1.0),
        (0.55, 0.62, 0.95),
        (0.50, low, 0.8),
    ];
    let row = |&(y, z, share): &(f32, f32, f32)| -> Vec<Vec3> {
        (0..=10)
            .map(|k| {
                let x = k as f32 / 5.0 - 1.0;
                v(x * wide * share, y - 0.16 * x * x, z)
            })
            .collect()
    };
    let sections: Vec<Vec<Vec3>> = rows.iter().map(row).collect();
    mesh.loft(&sections, false, 70.0, &|_, _| cloth);
    let inner: Vec<Vec<Vec3>> = sections
        .iter()
        .map(|r| r.iter().rev().map(|p| *p - Vec3::Y * 0.025).collect())
        .collect();
    mesh.loft(&inner, false, 70.0, &|_, _| kit.dark);
    for sign in [-1.0, 1.0] {
        mesh.limb(
            v(sign * 0.20, 0.32, top - 0.06),
            v(sign * 0.33, 0.18, top - 0.07),
            (0.09, 0.065),
            cloth,
        );
    }
}

/// A roof against sun and rain on thin posts, some with a clear screen.
pub(super) fn canopy(mesh: &mut Mesh, s: &mut Stream, kit: &Kit) {
    let cloth = mesh.patterned(
        any_colour(s),
        Look::Thin,
        s.pick(&[Pattern::Cloth, Pattern::Plain, Pattern::Stripes]),
    );
    let (z, wide) = (s.range(1.86, 2.02), s.range(0.36, 0.5));
    let (front, rear) = (s.range(0.55, 0.75), s.range(-1.0, -0.55));
    let row = |t: f32| -> Vec<Vec3> {
        let y = front + (rear - front) * t;
        let (share, drop) = (
            1.0 - 0.5 * (2.0 * t - 1.0).powi(4),
            0.10 * (2.0 * t - 1.0) * (2.0 * t - 1.0),
        );
        (0..=8)
            .map(|k| {
                let x = k as f32 / 4.0 - 1.0;
                v(x * wide * share, y, z - drop - 0.12 * x * x)
            })
            .collect()
    };
    let sections: Vec<Vec<Vec3>> = (0..=8).map(|k| row(k as f32 / 8.0)).collect();
    mesh.loft(&sections, false, 70.0, &|_, _| cloth);
    mesh.limb(
        v(0.0, 0.40, 0.98),
        v(0.0, 0.50, z - 0.04),
        (0.014, 0.012),
        kit.metal,
    );
    if s.chance(0.5) {
        for sign in [-1.0, 1.0] {
            mesh.limb(
                v(sign * 0.12, -0.7, 0.72),
                v(sign * 0.2, -0.66, z - 0.06),
                (0.012, 0.012),
                kit.metal,
            );
        }
    } else {
        mesh.limb(
            v(0.0, 0.46, z - 0.4),
            v(0.0, -0.1, z - 0.02),
            (0.010, 0.010),
            kit.metal,
        );
    }
    if s.chance(0.4) {
        let clear = mesh.patterned(v(0.05, 0.06, 0.065), Look::Glass, Pattern::Plain);
        let w = wide * 0.55;
        mesh.quad(
            [
                v(-w, 0.58, z - 0.16),
                v(w, 0.58, z - 0.16),
                v(w, 0.56, 1.05),
                v(-w, 0.56, 1.05),
            ],
            clear,
        );
    }
    if s.chance(0.4) {
        apron(mesh, s, kit);
    }
}

/// A child's seat behind, with a rail or high sides, or one on the step.
pub(super) fn child_seat(mesh: &mut Mesh, s: &mut Stream, kit: &Kit) {
    let skin = mesh.patterned(
        any_colour(s),
        Look::Matt,
        s.pick(&[Pattern::Cloth, Pattern::Plain]),
    );
    let behind = s.chance(0.75);
    let (y, z) = if behind { (-0.72, 0.88) } else { (0.14, 0.52) };
    if behind {
        carrier(mesh, kit);
    } else {
        mesh.rod(v(0.0, y, 0.3), v(0.0, y, z), (0.02, 0.02), 6, kit.metal);
    }
    let (w, high) = (s.range(0.13, 0.19), s.range(0.14, 0.26));
    mesh.rounded(v(0.0, y, z), v(w, 0.14, 0.04), 0.03, skin);
    mesh.rounded(v(0.0, y - 0.14, z + high), v(w, 0.035, high), 0.03, skin);
    for sign in [-1.0, 1.0] {
        if s.chance(0.5) {
            mesh.rounded(
                v(sign * w, y, z + high * 0.5),
                v(0.02, 0.13, high * 0.45),
                0.018,
                skin,
            );
        }
        mesh.limb(
            v(sign * w, y - 0.14, z + high * 0.9),
            v(sign * w, y + 0.14, z + high * 0.9),
            (0.013, 0.013),
            kit.metal,
        );
        mesh.limb(
            v(sign * w, y + 0.14, z + high * 0.9),
            v(sign * w, y + 0.14, z),
            (0.012, 0.012),
            kit.metal,
        );
    }
    mesh.limb(
        v(-w, y + 0.14, z + high * 0.9),
        v(w, y + 0.14, z + high * 0.9),
        (0.013, 0.013),
        kit.metal,
    );
    if behind && s.chance(0.3) {
        // A little roof over it.
        let roof = mesh.patterned(any_colour(s), Look::Thin, Pattern::Plain);
        mesh.blob(
            v(0.0, y, z + 0.66),
            v(w + 0.06, 0.26, 0.12),
            (12, 6),
            roof,
            &|d| if d.z < 0.0 { 0.6 } else { 1.0 },
        );
        for sign in [-1.0, 1.0] {
            mesh.limb(
                v(sign * w, y - 0.14, z),
                v(sign * w, y - 0.14, z + 0.64),
                (0.010, 0.010),
                kit.metal,
            );
        }
    }
}

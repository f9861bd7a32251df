//! Appliances put out as bulky waste.

use super::any_colour;
use super::matter::stood;
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

/// Enamel of appliances: white, grey, or some colour.
fn enamel(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = match s.below(4) {
        0 => v(0.34, 0.34, 0.36),
        1 => any_colour(s),
        _ => s.near(v(0.66, 0.66, 0.63), 0.15),
    };
    mesh.gloss(colour)
}

/// A refrigerator, one of its doors perhaps open.
pub(super) fn fridge(s: &mut Stream) -> Mesh {
    let mut upright = Mesh::default();
    let (body, dark) = (enamel(&mut upright, s), upright.matt(Vec3::splat(0.03)));
    let (steel, white) = (upright.metal(0.5), upright.matt(Vec3::splat(0.6)));
    let (w, d, tall) = (s.range(0.23, 0.45), s.range(0.24, 0.34), s.range(0.4, 0.92));
    let split = s.range(0.5, 0.75);
    upright.block(v(0.0, 0.0, tall), v(w, d, tall), body);
    upright.block(
        v(0.0, -d - 0.02, tall * 0.9),
        v(w * 0.85, 0.015, tall * 0.7),
        dark,
    );
    let doors = [(0.04, split * tall * 2.0), (split * tall * 2.0, tall * 2.0)];
    upright.block(v(0.0, d, tall), v(w * 0.9, 0.004, tall * 0.93), white);
    for (low, high) in doors {
        let open = if s.chance(0.2) { s.range(0.4, 2.0) } else { 0.0 };
        upright.part(&Pose::new(v(-w, d, 0.0), open), |m| {
            let half = (high - low) * 0.5 - 0.008;
            m.rounded(v(w, 0.03, (low + high) * 0.5), v(w, 0.03, half), 0.015, body);
            m.block(v(w * 1.8, 0.075, low + half), v(0.012, 0.015, half * 0.5), steel);
        });
    }
    let mut mesh = Mesh::default();
    let pitch = if s.chance(0.15) { TURN / 4.0 } else { 0.0 };
    mesh.add(&upright, &Pose::tilted(Vec3::ZERO, pitch, 0.0, 0.0));
    stood(mesh)
}

/// A washing machine, from the front or from above; a cooker; an air conditioner's outer unit.
pub(super) fn washer(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (body, dark) = (enamel(&mut mesh, s), mesh.matt(Vec3::splat(0.02)));
    let (glass, steel) = (
        mesh.patterned(v(0.05, 0.06, 0.07), Look::Glass, Pattern::Plain),
        mesh.metal(0.45),
    );
    let (w, d, tall) = (s.range(0.26, 0.33), s.range(0.23, 0.32), s.range(0.38, 0.48));
    match s.below(3) {
        0 => {
            mesh.rounded(v(0.0, 0.0, tall), v(w, d, tall), 0.02, body);
            let (r, z) = (w * s.range(0.5, 0.68), tall * 0.95);
            mesh.ring(v(0.0, d, z), Vec3::Y, r, 0.03, (22, 6), steel);
            mesh.rod(v(0.0, d - 0.01, z), v(0.0, d + 0.02, z), (r, r * 0.9), 20, glass);
            mesh.block(v(0.0, d, tall * 1.82), v(w * 0.92, 0.008, tall * 0.12), dark);
            mesh.rod(
                v(w * 0.5, d, tall * 1.82),
                v(w * 0.5, d + 0.03, tall * 1.82),
                (0.035, 0.03),
                12,
                steel,
            );
        }
        1 => {
            mesh.rounded(v(0.0, 0.0, tall), v(w, d, tall), 0.04, body);
            mesh.part(&Pose::tilted(v(0.0, -d * 0.6, tall * 2.0), 0.5, 0.0, 0.0), |m| {
                m.block(v(0.0, 0.0, 0.05), v(w * 0.95, 0.02, 0.08), dark);
            });
            let open = if s.chance(0.4) { 1.3 } else { 0.0 };
            mesh.block(v(0.0, 0.05, tall * 2.0), v(w * 0.75, d * 0.6, 0.004), dark);
            mesh.part(
                &Pose::tilted(v(0.0, -d * 0.5, tall * 2.0 + 0.01), open, 0.0, 0.0),
                |m| {
                    m.block(v(0.0, d * 0.6, 0.01), v(w * 0.78, d * 0.62, 0.012), glass);
                },
            );
        }
        _ => {
            let (w, d, tall) = (w * 1.35, d * 0.55, tall * 0.68);
            mesh.rounded(v(0.0, 0.0, tall + 0.03), v(w, d, tall), 0.015, body);
            let at = v(-w * 0.25, d, tall + 0.03);
            mesh.rod(
                at - v(0.0, 0.01, 0.0),
                at + v(0.0, 0.004, 0.0),
                (tall * 0.8, tall * 0.8),
                24,
                dark,
            );
            for k in 1..5 {
                mesh.ring(
                    at + v(0.0, 0.01, 0.0),
                    Vec3::Y,
                    tall * 0.2 * k as f32,
                    0.006,
                    (20, 4),
                    body,
                );
            }
            for sign in [-0.7, 0.7] {
                mesh.block(v(sign * w, 0.0, 0.015), v(0.04, d * 1.1, 0.015), steel);
            }
        }
    }
    stood(mesh)
}

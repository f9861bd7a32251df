//! Sign boards that stand on the footway.

use super::{loud, other};
use crate::chance::Stream;
use crate::maths::{Pose, TURN, v};
use crate::mesh::{Mesh, Skin};
use crate::styles::Styles;

/// A sign board that stands on the footway: an A of two panels or a light box on wheels.
pub(crate) fn sign(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return other::sign(s);
    }
    let (wide, high) = (s.range(0.28, 0.42), s.range(0.45, 0.75));
    let face = mesh.gloss(loud(s));
    let ink = mesh.matt(v(0.80, 0.79, 0.74));
    let frame = mesh.metal(0.3);
    let mut panel = Mesh::default();
    panel.add(&board(wide, high, s, face, ink, frame, &mesh), &Pose::HERE);
    for sign in [0.0, 0.5] {
        let turned = Pose::tilted(v(0.0, 0.0, 0.0), -0.16, 0.0, sign * TURN);
        mesh.add(
            &panel,
            &Pose {
                at: turned.vector(v(0.0, 0.16, 0.02)),
                ..turned
            },
        );
    }
    mesh
}

fn board(wide: f32, high: f32, s: &mut Stream, face: Skin, ink: Skin, frame: Skin, like: &Mesh) -> Mesh {
    let mut panel = Mesh {
        materials: like.materials.clone(),
        ..Mesh::default()
    };
    panel.block(v(0.0, 0.0, high), v(wide, 0.012, high), frame);
    panel.block(v(0.0, 0.008, high), v(wide - 0.03, 0.012, high - 0.03), face);
    for row in 0..5 {
        let z = high * (0.35 + row as f32 * 0.32);
        let mut x = -wide + 0.07;
        while x < wide - 0.09 {
            let stroke = s.range(0.015, 0.05);
            panel.block(
                v(x + stroke, 0.021, z),
                v(stroke, 0.004, s.range(0.012, 0.05)),
                ink,
            );
            x += stroke * 2.0 + 0.03;
        }
    }
    panel
}

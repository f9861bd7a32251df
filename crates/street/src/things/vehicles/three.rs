//! Cargo tricycles with an electric motor.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};
use crate::styles::Styles;

/// A cargo tricycle with an electric motor: open bed, sometimes a roof over the driver.
pub(crate) fn three_wheeler(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let shown = [
        v(0.48, 0.04, 0.03),
        v(0.03, 0.14, 0.40),
        v(0.06, 0.26, 0.14),
        v(0.30, 0.31, 0.32),
    ];
    let held_out = [
        v(0.62, 0.40, 0.04),
        v(0.56, 0.56, 0.54),
        v(0.08, 0.28, 0.42),
        v(0.30, 0.04, 0.12),
    ];
    let colour = s.pick_own(&shown, &held_out);
    let body = mesh.patterned(s.near(colour, 0.15), Look::Gloss, Pattern::Concrete);
    let (rubber, metal) = (mesh.matt(Vec3::splat(0.02)), mesh.metal(0.35));
    let seat = mesh.matt(Vec3::splat(0.03));
    let wheel_at = |mesh: &mut Mesh, at: Vec3| {
        mesh.ring(at, Vec3::X, 0.21, 0.055, (18, 6), rubber);
        mesh.rod(at - Vec3::X * 0.03, at + Vec3::X * 0.03, (0.17, 0.17), 12, metal);
    };
    for at in [v(-0.5, -0.8, 0.265), v(0.5, -0.8, 0.265), v(0.0, 1.12, 0.265)] {
        wheel_at(&mut mesh, at);
    }
    let wide = s.range_own((0.5, 0.6), (0.40, 0.48));
    mesh.block(v(0.0, -0.72, 0.52), v(wide, 0.85, 0.03), body);
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * 0.07, 1.12, 0.27),
            v(sign * 0.06, 0.90, 0.92),
            (0.022, 0.022),
            6,
            metal,
        );
    }
    mesh.rounded(v(0.0, 0.45, 0.38), v(0.22, 0.48, 0.06), 0.04, body);
    mesh.rounded(v(0.0, 0.22, 0.58), v(0.24, 0.20, 0.16), 0.06, seat);
    mesh.rounded(v(0.0, 0.96, 0.70), v(0.22, 0.07, 0.26), 0.06, body);
    mesh.ball(v(0.0, 1.04, 0.86), v(0.08, 0.06, 0.08), metal);
    mesh.rod(
        v(-0.34, 0.78, 1.02),
        v(0.34, 0.78, 1.02),
        (0.017, 0.017),
        6,
        rubber,
    );
    mesh.rod(v(0.0, 0.92, 0.9), v(0.0, 0.80, 1.02), (0.03, 0.03), 6, metal);
    mesh.rounded(v(0.0, 1.12, 0.56), v(0.09, 0.22, 0.03), 0.025, body);
    match s.styles() {
        Styles::Shown | Styles::Varied => open_bed(&mut mesh, s, wide, body),
        Styles::HeldOut => cabin_and_box(&mut mesh, s, wide, body),
    }
    mesh
}

/// Low sides around the bed; a roof of cloth over some drivers.
fn open_bed(mesh: &mut Mesh, s: &mut Stream, wide: f32, body: Skin) {
    let metal = mesh.metal(0.35);
    for sign in [-1.0, 1.0] {
        mesh.block(v(sign * wide, -0.72, 0.68), v(0.02, 0.85, 0.16), body);
        mesh.block(v(0.0, -0.72 + sign * 0.84, 0.68), v(wide, 0.02, 0.16), body);
    }
    if s.chance(0.35) {
        let cloth = mesh.patterned(s.near(v(0.12, 0.22, 0.42), 0.5), Look::Thin, Pattern::Cloth);
        mesh.rounded(v(0.0, 0.42, 1.82), v(0.52, 0.62, 0.03), 0.02, cloth);
        for (x, y) in [(-0.45, -0.1), (0.45, -0.1), (-0.4, 0.95), (0.4, 0.95)] {
            mesh.rod(v(x, y, 0.6), v(x, y, 1.8), (0.014, 0.014), 5, metal);
        }
    }
}

/// A windscreen and a roof over the driver; a box, or a cage of rods, on the bed.
fn cabin_and_box(mesh: &mut Mesh, s: &mut Stream, wide: f32, body: Skin) {
    let metal = mesh.metal(0.35);
    let glass = mesh.patterned(v(0.04, 0.045, 0.05), Look::Glass, Pattern::Plain);
    mesh.rounded(v(0.0, 0.45, 1.72), v(0.46, 0.78, 0.05), 0.04, body);
    mesh.rounded(v(0.0, 1.06, 0.86), v(0.42, 0.05, 0.30), 0.04, body);
    mesh.quad(
        [
            v(-0.40, 1.08, 1.16),
            v(0.40, 1.08, 1.16),
            v(0.38, 0.98, 1.68),
            v(-0.38, 0.98, 1.68),
        ],
        glass,
    );
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * 0.42, 1.06, 1.1),
            v(sign * 0.40, 0.98, 1.70),
            (0.02, 0.02),
            6,
            metal,
        );
        mesh.rod(
            v(sign * 0.42, -0.2, 0.6),
            v(sign * 0.42, -0.2, 1.70),
            (0.02, 0.02),
            6,
            metal,
        );
    }
    if s.chance(0.5) {
        let panel = mesh.patterned(v(0.60, 0.60, 0.62), Look::Gloss, Pattern::Concrete);
        mesh.rounded(v(0.0, -0.95, 1.06), v(wide + 0.08, 0.62, 0.52), 0.03, panel);
        return;
    }
    for sign in [-1.0, 1.0] {
        for k in 0..6 {
            let y = -1.55 + k as f32 * 0.27;
            mesh.rod(
                v(sign * wide, y, 0.5),
                v(sign * wide, y, 1.25),
                (0.010, 0.010),
                4,
                metal,
            );
        }
        for z in [0.7, 0.95, 1.25] {
            mesh.rod(
                v(sign * wide, -1.55, z),
                v(sign * wide, -0.2, z),
                (0.010, 0.010),
                4,
                metal,
            );
            mesh.rod(
                v(-wide, -0.88 + sign * 0.67, z),
                v(wide, -0.88 + sign * 0.67, z),
                (0.010, 0.010),
                4,
                metal,
            );
        }
    }
}

//! What belongs to the street and has no class: trees, lamps, rails, switch boxes.

use crate::chance::Stream;
use crate::maths::{Vec3, cos, sin, v};
use crate::mesh::{Glow, Look, Mesh, Pattern, Skin};
use crate::styles::Styles;

/// A street tree with a trunk, boughs and loose leaves.
pub(crate) fn tree(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let bark = mesh.patterned(v(0.13, 0.10, 0.075), Look::Matt, Pattern::Concrete);
    let lime = mesh.matt(v(0.60, 0.60, 0.57));
    let base = s.pick_own(
        &[
            v(0.06, 0.13, 0.03),
            v(0.08, 0.15, 0.035),
            v(0.05, 0.10, 0.03),
            v(0.13, 0.14, 0.03),
        ],
        &[v(0.04, 0.09, 0.05), v(0.22, 0.15, 0.03), v(0.10, 0.17, 0.08)],
    );
    let leaves: [Skin; 3] = [0.75, 1.0, 1.3].map(|by| mesh.patterned(base * by, Look::Thin, Pattern::Plain));
    let fork = s.range_own((2.3, 3.1), (1.5, 2.0));
    let thick = s.range_own((0.09, 0.16), (0.05, 0.08));
    mesh.rod(Vec3::ZERO, v(0.03, 0.02, fork), (thick, thick * 0.75), 10, bark);
    if s.styles() == Styles::HeldOut {
        // Young trees are propped.
        for k in 0..3 {
            let turn = k as f32 / 3.0 * crate::maths::TURN;
            let foot = v(cos(turn), sin(turn), 0.0) * 0.22;
            mesh.rod(foot, v(0.02, 0.01, 1.35), (0.025, 0.025), 5, bark);
        }
    } else if s.chance(0.5) {
        // Trunks are limed against insects.
        mesh.rod(
            Vec3::ZERO,
            v(0.01, 0.007, 1.1),
            (thick + 0.004, thick * 0.9 + 0.004),
            10,
            lime,
        );
    }
    let boughs = 9;
    for k in 0..boughs {
        let turn = k as f32 * 2.4 + s.range(-0.3, 0.3);
        let out = s.range_own((0.3, 1.7), (0.05, 0.3));
        let crown = v(
            cos(turn) * out,
            sin(turn) * out,
            fork + s.range(0.5, 2.5) * s.own(1.0, 1.7),
        );
        mesh.rod(v(0.03, 0.02, fork - 0.2), crown, (thick * 0.45, 0.015), 6, bark);
        let round = s.range_own((0.6, 1.0), (0.42, 0.58));
        for _ in 0..230 {
            let way = v(s.range(-1.0, 1.0), s.range(-1.0, 1.0), s.range(-0.8, 0.8));
            if way.length() > 1.0 {
                continue;
            }
            let at = crown + way * round;
            let normal = v(s.range(-1.0, 1.0), s.range(-1.0, 1.0), s.range(-0.2, 1.0)).unit();
            let (x, y) = normal.base();
            let size = s.range_own((0.06, 0.13), (0.03, 0.055));
            let skin = s.pick(&leaves);
            mesh.quad(
                [
                    at - x * size,
                    at + y * (size * 0.55),
                    at + x * size,
                    at - y * (size * 0.55),
                ],
                skin,
            );
        }
    }
    mesh
}

/// A lamp post; the arm reaches towards +x. Answers also where its light is.
pub(crate) fn lamp_post(s: &Stream, high: f32, reach: f32) -> (Mesh, Vec3) {
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        return lantern(high, reach);
    }
    let mut mesh = Mesh::default();
    let pole = mesh.metal(0.28);
    let glow = mesh.glowing(v(1.0, 0.86, 0.62), Glow::AtNight(18.0));
    mesh.rod(v(0.0, 0.0, 0.0), v(0.0, 0.0, 0.9), (0.11, 0.10), 12, pole);
    mesh.rod(v(0.0, 0.0, 0.9), v(0.0, 0.0, high), (0.08, 0.05), 10, pole);
    mesh.rod(
        v(0.0, 0.0, high - 0.1),
        v(reach, 0.0, high + 0.3),
        (0.045, 0.035),
        8,
        pole,
    );
    mesh.rounded(v(reach + 0.3, 0.0, high + 0.30), v(0.38, 0.13, 0.05), 0.04, pole);
    mesh.block(v(reach + 0.3, 0.0, high + 0.245), v(0.28, 0.09, 0.008), glow);
    (mesh, v(reach + 0.3, 0.0, high + 0.15))
}

/// A lantern on a short arm of a dark pole.
fn lantern(high: f32, reach: f32) -> (Mesh, Vec3) {
    let mut mesh = Mesh::default();
    let iron = mesh.gloss(v(0.03, 0.05, 0.045));
    let glow = mesh.glowing(v(0.92, 0.95, 1.0), Glow::AtNight(11.0));
    mesh.rod(Vec3::ZERO, v(0.0, 0.0, 0.5), (0.16, 0.10), 12, iron);
    mesh.rod(v(0.0, 0.0, 0.5), v(0.0, 0.0, high + 0.2), (0.07, 0.05), 10, iron);
    let out = reach * 0.45;
    mesh.rod(
        v(0.0, 0.0, high + 0.1),
        v(out, 0.0, high + 0.1),
        (0.025, 0.025),
        6,
        iron,
    );
    mesh.rod(
        v(out, 0.0, high),
        v(out, 0.0, high + 0.12),
        (0.20, 0.03),
        12,
        iron,
    );
    mesh.rod(
        v(out, 0.0, high - 0.42),
        v(out, 0.0, high),
        (0.10, 0.17),
        12,
        glow,
    );
    (mesh, v(out, 0.0, high - 0.55))
}

/// A painted rail along +y, `long` metres, starting at the origin.
pub(crate) fn rail(s: &Stream, long: f32) -> Mesh {
    let mut mesh = Mesh::default();
    if s.own(Styles::Shown, Styles::HeldOut) == Styles::HeldOut {
        // Two level tubes between short posts.
        let green = mesh.gloss(v(0.05, 0.20, 0.12));
        for k in 0..=(long / 1.8).floor() as usize {
            let y = k as f32 * 1.8;
            mesh.rod(v(0.0, y, 0.0), v(0.0, y, 0.82), (0.04, 0.04), 8, green);
        }
        for z in [0.42, 0.78] {
            mesh.rod(v(0.0, 0.0, z), v(0.0, long, z), (0.025, 0.025), 6, green);
        }
        return mesh;
    }
    let white = mesh.gloss(v(0.64, 0.65, 0.65));
    let base = mesh.patterned(v(0.3, 0.3, 0.3), Look::Matt, Pattern::Concrete);
    let panels = (long / 2.5).floor() as usize;
    for k in 0..=panels {
        let y = k as f32 * 2.5;
        mesh.block(v(0.0, y, 0.52), v(0.035, 0.035, 0.52), white);
        mesh.block(v(0.0, y, 0.04), v(0.16, 0.11, 0.04), base);
        if k == panels {
            break;
        }
        for z in [0.28, 0.92] {
            mesh.block(v(0.0, y + 1.25, z), v(0.018, 1.25, 0.022), white);
        }
        for bar in 1..14 {
            mesh.block(v(0.0, y + bar as f32 * 0.18, 0.60), v(0.008, 0.008, 0.32), white);
        }
    }
    mesh
}

/// A green or grey switch box.
pub(crate) fn utility_box(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = s.pick_own(
        &[v(0.16, 0.24, 0.19), v(0.36, 0.37, 0.36), v(0.48, 0.47, 0.43)],
        &[v(0.26, 0.16, 0.10), v(0.14, 0.22, 0.32), v(0.62, 0.62, 0.60)],
    );
    let shell = mesh.patterned(s.near(colour, 0.15), Look::Gloss, Pattern::Concrete);
    let dark = mesh.matt(Vec3::splat(0.04));
    let (w, h) = (
        s.range_own((0.3, 0.5), (0.18, 0.27)),
        s.range_own((0.5, 0.75), (0.36, 0.46)),
    );
    mesh.block(v(0.0, 0.0, 0.08), v(w + 0.05, 0.26, 0.08), dark);
    mesh.rounded(v(0.0, 0.0, 0.12 + h), v(w, 0.23, h), 0.02, shell);
    mesh.block(v(0.0, 0.232, 0.12 + h), v(0.006, 0.003, h * 0.92), dark);
    mesh
}

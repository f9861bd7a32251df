//! From a body in numbers to a mesh: skin over cross-sections, seams, lamps, plates, wheels.

use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Glow, Look, Material, Mesh, Pattern, Skin};

use super::bodies::{Body, Part, Station};

/// The half cross-section at a station, from the sill to the middle of the top.
fn section(body: &Body<'_>, st: &Station) -> [Vec3; 7] {
    let (y, w) = (st.y * body.long / 2.0, st.wide * body.half_wide);
    let belt = body.belt.min(st.top - 0.05);
    let middle = f32::midpoint(st.sill, belt);
    let top = st.narrow * body.half_wide;
    let edge = if st.top > belt + 0.15 { 0.07 } else { 0.02 };
    [
        v(w * 0.88, y, st.sill),
        v(w * 0.97, y, st.sill + 0.10),
        v(w, y, middle),
        v(w * 0.965, y, belt),
        v(top.max(w * 0.6), y, st.top - edge),
        v(top * 0.80, y, st.top),
        v(0.0, y, st.top + 0.025),
    ]
}

pub(super) fn bodied(body: &Body<'_>, colour: Vec3, plate: Vec3) -> Mesh {
    let mut mesh = Mesh::default();
    let lacquer = mesh.gloss(colour);
    let glass = mesh.patterned(v(0.018, 0.022, 0.026), Look::Glass, Pattern::Plain);
    let dark = mesh.matt(Vec3::splat(0.018));
    let sections: Vec<Vec<Vec3>> = body
        .stations
        .iter()
        .map(|st| {
            let half = section(body, st);
            let mirrored = half.iter().rev().skip(1).map(|p| v(-p.x, p.y, p.z));
            half.iter().copied().chain(mirrored).collect()
        })
        .collect();
    let parts: Vec<Part> = body.stations.iter().map(|st| st.part).collect();
    let skin = |i: usize, j: usize| {
        // Points 0..12 run from the right sill over the roof to the left one; faces 3 and 8 are windows.
        let (side, above) = (j == 3 || j == 8, (4..=7).contains(&j));
        match parts[i] {
            Part::Screen if above || side => glass,
            Part::Cabin if side => glass,
            _ if j == 0 || j == 11 => dark,
            _ => lacquer,
        }
    };
    mesh.loft(&sections, false, 32.0, &skin);
    // Ends and floor.
    for end in [sections.first(), sections.last()].into_iter().flatten() {
        for j in 0..end.len() / 2 {
            let k = end.len() - 1 - j;
            if j + 1 < k {
                mesh.quad([end[j], end[j + 1], end[k - 1], end[k]], lacquer);
            }
        }
    }
    for pair in sections.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        mesh.quad([a[0], b[0], b[12], a[12]], dark);
    }
    seams(&mut mesh, body, dark);
    lamps_and_plates(&mut mesh, body, plate, dark);
    for y in [body.axles.0, body.axles.1] {
        for sign in [-1.0, 1.0] {
            wheel(
                &mut mesh,
                v(sign * body.half_wide, y * body.long / 2.0, body.wheel),
                body.wheel,
                sign,
            );
        }
    }
    let cowl = body.stations.iter().find(|st| st.part == Part::Screen);
    if let Some(cowl) = cowl {
        for sign in [-1.0, 1.0] {
            let at = v(
                sign * (body.half_wide + 0.09),
                cowl.y * body.long / 2.0 - 0.28,
                body.belt + 0.08,
            );
            mesh.rounded(at, v(0.10, 0.05, 0.065), 0.04, lacquer);
        }
    }
    mesh
}

/// Door gaps and handles, laid on the flank.
fn seams(mesh: &mut Mesh, body: &Body<'_>, dark: Skin) {
    let nearest = |y: f32| {
        let distance = |st: &&Station| ((st.y - y).abs() * 1000.0) as i32;
        body.stations.iter().min_by_key(distance)
    };
    let handle = mesh.metal(0.4);
    for (k, &y) in body.seams.iter().enumerate() {
        let Some(st) = nearest(y) else { continue };
        let half = section(body, &Station { y, ..*st });
        for sign in [-1.0, 1.0] {
            for pair in half[1..4].windows(2) {
                let out = |p: Vec3, dy: f32| v(sign * (p.x + 0.006), p.y + dy, p.z);
                mesh.quad(
                    [
                        out(pair[0], -0.008),
                        out(pair[0], 0.008),
                        out(pair[1], 0.008),
                        out(pair[1], -0.008),
                    ],
                    dark,
                );
            }
            if k > 0 {
                let at = v(sign * half[3].x * 1.012, half[3].y + 0.16, body.belt - 0.12);
                mesh.rounded(at, v(0.02, 0.08, 0.016), 0.015, handle);
            }
        }
    }
}

fn lamps_and_plates(mesh: &mut Mesh, body: &Body<'_>, plate: Vec3, dark: Skin) {
    let clear = mesh.skin(Material {
        colour: v(0.85, 0.87, 0.9),
        look: Look::Glass,
        pattern: Pattern::Plain,
        glow: Glow::Driving(5.0),
    });
    let red = mesh.skin(Material {
        colour: v(0.50, 0.015, 0.012),
        look: Look::Gloss,
        pattern: Pattern::Plain,
        glow: Glow::Driving(2.2),
    });
    let plate = mesh.gloss(plate);
    let (nose, w) = (body.long / 2.0, body.half_wide);
    let (lamp, tail) = (body.belt - 0.22, body.belt - 0.14);
    for sign in [-1.0, 1.0] {
        mesh.rounded(
            v(sign * w * 0.70, nose * 0.955, lamp),
            v(0.19, 0.10, 0.075),
            0.06,
            clear,
        );
        mesh.rounded(
            v(sign * w * 0.76, -nose * 0.965, tail),
            v(0.16, 0.08, 0.085),
            0.04,
            red,
        );
    }
    mesh.rounded(v(0.0, nose * 0.985, lamp - 0.10), v(0.36, 0.05, 0.09), 0.02, dark);
    mesh.rounded(v(0.0, nose * 0.985, 0.32), v(w * 0.66, 0.06, 0.06), 0.02, dark);
    mesh.block(v(0.0, nose + 0.012, 0.46), v(0.22, 0.012, 0.07), plate);
    mesh.block(v(0.0, -nose - 0.008, 0.66), v(0.22, 0.012, 0.07), plate);
    mesh.rounded(v(0.0, -nose * 0.985, 0.38), v(w * 0.70, 0.06, 0.07), 0.02, dark);
}

/// A wheel whose outer face lies a finger outside `at.x`.
pub(super) fn wheel(mesh: &mut Mesh, at: Vec3, radius: f32, sign: f32) {
    let rubber = mesh.matt(Vec3::splat(0.022));
    let arch = mesh.matt(Vec3::splat(0.012));
    let rim = mesh.metal(0.42);
    let hub = |x: f32| v(at.x + sign * x, at.y, at.z);
    mesh.rod(hub(-0.24), hub(0.004), (radius * 1.17, radius * 1.17), 20, arch);
    mesh.rod(hub(-0.21), hub(0.016), (radius, radius), 20, rubber);
    mesh.rod(hub(0.0), hub(0.022), (radius * 0.64, radius * 0.60), 14, rim);
    for k in 0..5 {
        let turn = k as f32 / 5.0 * TURN;
        let out = v(0.0, cos(turn), sin(turn)) * (radius * 0.40);
        mesh.block(hub(0.020) + out, Vec3::splat(radius * 0.11), arch);
    }
}

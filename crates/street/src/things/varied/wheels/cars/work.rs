//! Cars that earn money: pickups and taxis.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Glow, Mesh};

use super::super::any_colour;
use super::{Shell, base, coated, made, saloon_shell, share};

/// A cabin before an open bed.
pub(super) fn pickup(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    let crew = s.chance(0.6);
    shell.long = s.range(4.9, 5.4);
    shell.half = s.range(0.90, 0.97);
    shell.sill = s.range(0.34, 0.44);
    shell.belt = s.range(1.08, 1.2);
    shell.nose = shell.belt - s.range(0.04, 0.12);
    let roof = s.range(1.68, 1.85);
    shell.cowl = (share(s, 0.26), shell.belt + 0.04);
    shell.head = (share(s, 0.36), roof - 0.05);
    let end = if crew { 0.62 } else { 0.5 } + s.range(-0.02, 0.02);
    shell.back = (end, roof - 0.03);
    shell.deck = (end + 0.022, shell.belt);
    shell.tail = shell.belt;
    shell.posts = if crew {
        vec![0.49, end - 0.015]
    } else {
        vec![end - 0.02]
    };
    shell.round = s.range(0.4, 0.7);
    shell.wheel = s.range(0.36, 0.41);
    shell.axles = (0.17, 0.79);
    let (mut mesh, coat) = coated(s, &shell, 0.25, 0.1);
    // The bed: its lining as seen from above, rims, and what lies in it.
    let (front, rear) = (shell.at(end + 0.03), shell.at(0.975));
    let lining = mesh.matt(Vec3::splat(0.02));
    let top = shell.belt + 0.03;
    mesh.floor(
        (-shell.half * 0.74, rear),
        (shell.half * 0.74, front),
        top,
        lining,
    );
    let paint = coat.body;
    for sign in [-1.0, 1.0] {
        let middle = f32::midpoint(front, rear);
        mesh.rounded(
            v(sign * shell.half * 0.84, middle, top + 0.02),
            v(0.07, (front - rear) / 2.0, 0.06),
            0.03,
            paint,
        );
    }
    mesh.rounded(
        v(0.0, rear, top + 0.02),
        v(shell.half * 0.86, 0.04, 0.06),
        0.03,
        paint,
    );
    bed_load(&mut mesh, s, &shell, (front, rear, top), roof);
    mesh
}

/// A cover, a hood, wares, a bar or nothing.
fn bed_load(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, (front, rear, top): (f32, f32, f32), roof: f32) {
    let (middle, deep) = (f32::midpoint(front, rear), (front - rear) / 2.0);
    let extra = s.unit();
    if extra < 0.25 {
        let cover = mesh.matt(any_colour(s));
        mesh.rounded(
            v(0.0, middle, top + 0.05),
            v(shell.half * 0.86, deep, 0.05),
            0.03,
            cover,
        );
    } else if extra < 0.45 {
        let hood = mesh.gloss(any_colour(s));
        let high = (roof - top) / 2.0;
        mesh.rounded(
            v(0.0, middle, top + high),
            v(shell.half * 0.8, deep, high),
            0.1,
            hood,
        );
    } else if extra < 0.7 {
        for _ in 0..=s.below(5) {
            let ware = mesh.matt(any_colour(s));
            let half = v(s.range(0.12, 0.3), s.range(0.12, 0.35), s.range(0.1, 0.3));
            let at = v(
                s.range(-0.35, 0.35),
                middle + s.range(-0.7, 0.7) * (deep - 0.3),
                top + half.z,
            );
            mesh.rounded(at, half, 0.03, ware);
        }
    } else if extra < 0.85 {
        let bar = mesh.metal(0.4);
        let foot = |sign: f32| v(sign * shell.half * 0.8, front - 0.1, top);
        for sign in [-1.0, 1.0] {
            mesh.limb(
                foot(sign),
                foot(sign) + v(-sign * 0.08, 0.0, 0.5),
                (0.03, 0.03),
                bar,
            );
        }
        mesh.limb(
            foot(-1.0) + v(0.08, 0.0, 0.5),
            foot(1.0) + v(-0.08, 0.0, 0.5),
            (0.03, 0.03),
            bar,
        );
    }
}

/// A saloon or a people mover in two loud colours with a lit sign on its roof.
pub(super) fn taxi(s: &mut Stream) -> Mesh {
    let shell = if s.chance(0.7) { saloon_shell(s) } else { base(s) };
    let mut mesh = made(s, &shell, 0.9, 0.0);
    let (y, z) = (shell.at(shell.head.0 + 0.1), shell.top(shell.head.0 + 0.1) + 0.05);
    let sign = mesh.glowing(any_colour(s) * 0.5 + v(0.35, 0.3, 0.1), Glow::AtNight(1.5));
    let half = v(s.range(0.2, 0.4), s.range(0.06, 0.10), s.range(0.05, 0.09));
    mesh.rounded(v(0.0, y, z + half.z), half, 0.04, sign);
    let dark = mesh.matt(Vec3::splat(0.02));
    mesh.block(v(0.0, y, z), v(half.x * 0.8, 0.05, 0.02), dark);
    if s.chance(0.5) {
        // The company's field on the doors.
        let field = mesh.matt(any_colour(s));
        for sign in [-1.0, 1.0] {
            let x = sign * (shell.half + 0.006);
            mesh.block(
                v(x, shell.at(0.48), shell.sill + (shell.belt - shell.sill) * 0.45),
                v(0.006, 0.32, 0.11),
                field,
            );
        }
    }
    mesh
}

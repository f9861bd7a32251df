//! Carts with an open bed: pedal tricycles, hand barrows, platform trolleys.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::Mesh;

use super::prints::front;
use super::wares::{Ware, lay, ripe};
use super::{bar, castor, corners, glass, grid, hoop, sheet, sideways, timber, tray, tube};

/// A pedal tricycle whose bed is a shop: open bed, box with a case, or a slatted crate.
pub(super) fn tricycle(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (frame, rim) = (tube(&mut mesh, s), mesh.metal(0.5));
    let bed = (s.range(0.5, 0.75), s.range(0.38, 0.5));
    let (floor, radius) = (s.range(0.5, 0.62), s.range(0.28, 0.33));
    let spokes = s.pick(&[0, 10]);
    let ahead = bed.0 + s.range(0.55, 0.7);
    for y in [-bed.1 - 0.05, bed.1 + 0.05] {
        sideways(&mut mesh, v(-bed.0 * 0.2, y, radius), radius, spokes, rim);
    }
    sideways(&mut mesh, v(ahead, 0.0, radius), radius, spokes, rim);
    let (head, saddle) = (v(ahead - 0.16, 0.0, 0.85), v(bed.0 + 0.14, 0.0, 0.78));
    bar(&mut mesh, v(ahead, 0.0, radius), head, 0.02, frame);
    bar(&mut mesh, head, head + Vec3::Z * 0.15, 0.016, frame);
    let grips = head + v(-0.08, 0.0, 0.18);
    bar(
        &mut mesh,
        grips - Vec3::Y * 0.3,
        grips + Vec3::Y * 0.3,
        0.015,
        frame,
    );
    bar(&mut mesh, head, v(bed.0, 0.0, 0.38), 0.022, frame);
    bar(&mut mesh, v(bed.0 + 0.1, 0.0, 0.38), saddle, 0.018, frame);
    bar(
        &mut mesh,
        v(bed.0 + 0.1, 0.0, 0.36),
        v(-bed.0 * 0.2, 0.0, radius),
        0.02,
        frame,
    );
    let dark = mesh.matt(Vec3::splat(0.03));
    mesh.blob(saddle, v(0.13, 0.09, 0.05), (9, 5), dark, &|_| 1.0);
    let side = if s.chance(0.4) {
        timber(&mut mesh, s)
    } else {
        sheet(&mut mesh, s)
    };
    let high = s.range(0.12, 0.4);
    match s.below(3) {
        0 => {
            tray(&mut mesh, v(0.0, 0.0, floor - 0.1), bed, high, side);
            let (kind, heaped) = (Ware::grown(s), v(0.0, 0.0, floor - 0.1 + high * 0.75));
            lay(&mut mesh, s, heaped, (bed.0 * 0.93, bed.1 * 0.9), kind, 60);
        }
        1 => {
            mesh.block(
                v(0.0, 0.0, floor + high * 0.5),
                v(bed.0, bed.1, high * 0.5 + 0.08),
                side,
            );
            let top = floor + high + 0.08;
            front(
                &mut mesh,
                s,
                v(0.0, bed.1, floor + high * 0.5),
                (bed.0 * 0.9, high * 0.5),
            );
            let pane = glass(&mut mesh);
            let tall = s.range(0.25, 0.45);
            mesh.block(v(0.0, bed.1, top + tall / 2.0), v(bed.0, 0.005, tall / 2.0), pane);
            for (x, y) in corners(bed) {
                bar(&mut mesh, v(x, y, top), v(x, y, top + tall), 0.012, frame);
            }
            mesh.block(
                v(0.0, 0.0, top + tall),
                v(bed.0 * 1.05, bed.1 * 1.05, 0.015),
                side,
            );
            let kind = Ware::cooked(s);
            lay(
                &mut mesh,
                s,
                v(0.0, 0.0, top),
                (bed.0 * 0.9, bed.1 * 0.8),
                kind,
                30,
            );
        }
        _ => {
            mesh.block(v(0.0, 0.0, floor - 0.1), v(bed.0, bed.1, 0.015), side);
            let wide = (bed.0 * s.range(1.0, 1.3), bed.1 * s.range(1.1, 1.5));
            mesh.block(v(0.0, 0.0, floor + 0.1), v(wide.0, wide.1, 0.012), side);
            for (x, y) in corners((bed.0 * 0.9, bed.1 * 0.9)) {
                bar(&mut mesh, v(x, y, floor - 0.1), v(x, y, floor + 0.1), 0.02, frame);
            }
            let kind = Ware::any(s);
            lay(
                &mut mesh,
                s,
                v(0.0, 0.0, floor + 0.112),
                (wide.0 * 0.93, wide.1 * 0.92),
                kind,
                60,
            );
        }
    }
    mesh
}

/// A flat hand cart on two large wheels, sides of slats, loaded high.
pub(super) fn barrow(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let wood = timber(&mut mesh, s);
    let (hx, hy) = (s.range(0.6, 1.0), s.range(0.38, 0.55));
    let (radius, floor) = (s.range(0.28, 0.42), s.range(0.45, 0.62));
    let (rim, spokes) = (tube(&mut mesh, s), s.pick(&[8, 10, 14]));
    for y in [-hy - 0.07, hy + 0.07] {
        sideways(&mut mesh, v(0.05, y, radius), radius, spokes, rim);
        bar(
            &mut mesh,
            v(hx, y * 0.9, floor),
            v(-hx - s.range(0.5, 0.8), y * 0.75, floor + 0.12),
            0.025,
            wood,
        );
    }
    bar(&mut mesh, v(0.05, -hy, radius), v(0.05, hy, radius), 0.02, rim);
    for x in [-hx * 0.9, hx * 0.9] {
        bar(&mut mesh, v(x, 0.0, 0.0), v(x, 0.0, floor), 0.025, wood);
    }
    mesh.block(v(0.0, 0.0, floor), v(hx, hy, 0.02), wood);
    let high = s.range(0.0, 0.35);
    if high > 0.1 {
        for z in [floor + high * 0.5, floor + high] {
            hoop(&mut mesh, v(0.0, 0.0, z), (hx, hy), 0.018, wood);
        }
        for (x, _) in grid((hx, 0.1), (0.22, 1.0), 9) {
            for y in [-hy, hy] {
                bar(&mut mesh, v(x, y, floor), v(x, y, floor + high), 0.014, wood);
            }
        }
    }
    if s.chance(0.6) {
        let green = v(0.05, 0.16, 0.04);
        let colour = if s.chance(0.5) { green } else { ripe(s) };
        let skin = mesh.matt(colour);
        let size = s.range(0.09, 0.15);
        for level in 0..2 {
            let half = (hx * (0.95 - 0.3 * level as f32), hy * (0.95 - 0.3 * level as f32));
            for (x, y) in grid(half, (size * 2.0, size * 2.0), 30) {
                let at = v(x, y, floor + 0.02 + size * (0.9 + 1.4 * level as f32));
                mesh.blob(at, v(size * 1.1, size, size), (9, 6), skin, &|_| 1.0);
            }
        }
    } else {
        let kind = Ware::any(s);
        lay(
            &mut mesh,
            s,
            v(0.0, 0.0, floor + 0.02),
            (hx * 0.92, hy * 0.9),
            kind,
            60,
        );
    }
    mesh
}

/// A platform on small wheels under crates or bundles, with a bow to push.
pub(super) fn platform(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.4, 0.65), s.range(0.25, 0.38));
    let floor = s.range(0.16, 0.26);
    let (frame, deck) = (tube(&mut mesh, s), sheet(&mut mesh, s));
    for at in corners((half.0 * 0.85, half.1 * 0.8)) {
        castor(&mut mesh, at, floor, frame);
    }
    mesh.block(v(0.0, 0.0, floor), v(half.0, half.1, 0.025), deck);
    let high = s.range(0.85, 1.05);
    for y in [-half.1 * 0.85, half.1 * 0.85] {
        bar(
            &mut mesh,
            v(-half.0, y, floor),
            v(-half.0 - 0.06, y, high),
            0.016,
            frame,
        );
    }
    for z in [high, f32::midpoint(high, floor)] {
        bar(
            &mut mesh,
            v(-half.0 - 0.05, -half.1 * 0.85, z),
            v(-half.0 - 0.05, half.1 * 0.85, z),
            0.016,
            frame,
        );
    }
    let tall = s.range(0.12, 0.24);
    for (x, y) in grid(half, (half.0 * 0.95, half.1 * 1.9), 4) {
        let mut z = floor + 0.025;
        for _ in 0..=s.below(3) {
            let crate_skin = sheet(&mut mesh, s);
            let wide = (half.0 * 0.46, half.1 * 0.9);
            tray(&mut mesh, v(x, y, z), wide, tall, crate_skin);
            z += tall * 1.02;
        }
        let kind = Ware::any(s);
        lay(
            &mut mesh,
            s,
            v(x, y, z - tall * 0.5),
            (half.0 * 0.42, half.1 * 0.8),
            kind,
            16,
        );
    }
    mesh
}

//! Carts: trolleys of steamers, glazed snack carts, pedal tricycles, hand barrows, shelves on castors, ovens on
//! wheels, ice boxes, platform trolleys, grills.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, sin, v};
use crate::mesh::{Glow, Mesh, Skin};

use super::prints::Face;
use super::wares::{Ware, lay, ripe};
use super::{
    Make, Roof, bar, castor, corners, glass, grid, hoop, paint, roof, sheet, tarpaulin, timber, tray, tube,
    valance, wheel,
};

/// Every design.
pub(super) const MAKES: [Make; 9] = [
    steamers, glazed, tricycle, barrow, shelves, oven, ice_box, platform, grill,
];

/// A cart of one of these designs, its handle to the left or right.
pub(crate) fn cart(s: &mut Stream) -> Mesh {
    let mut mesh = s.pick(&MAKES)(s);
    if s.chance(0.5) {
        mesh.scale(v(-1.0, 1.0, 1.0));
    }
    mesh
}

/// Two shafts or a bow to push by, from the end of a body at `x` on height `z`.
fn handle(mesh: &mut Mesh, s: &mut Stream, (x, z): (f32, f32), half: f32, skin: Skin) {
    let (long, up) = (s.range(0.2, 0.5), s.range(-0.05, 0.25));
    let end = |y: f32| v(x - long, y, z + up);
    for y in [-half, half] {
        bar(mesh, v(x, y, z), end(y), 0.015, skin);
    }
    if s.chance(0.7) {
        bar(mesh, end(-half), end(half), 0.017, skin);
    }
}

/// Wheels under a body: two large ones, or four castors.
fn rolling(mesh: &mut Mesh, s: &mut Stream, half: (f32, f32), floor: f32, skin: Skin) {
    if s.chance(0.5) {
        for at in corners((half.0 * 0.88, half.1 * 0.85)) {
            castor(mesh, at, floor, skin);
        }
        return;
    }
    let (radius, spokes) = (s.range(0.18, 0.33), s.pick(&[0, 0, 8, 12]));
    let x = half.0 * s.range(-0.1, 0.6);
    for side in [-1.0, 1.0] {
        let hub = v(x, side * (half.1 + 0.05), radius);
        sideways(mesh, hub, radius, spokes, skin);
    }
    let prop = -half.0 * 0.9;
    for y in [-half.1 * 0.8, half.1 * 0.8] {
        bar(mesh, v(prop, y, 0.0), v(prop, y, floor), 0.016, skin);
    }
}

/// A wheel that rolls along x.
fn sideways(mesh: &mut Mesh, hub: Vec3, radius: f32, spokes: usize, skin: Skin) {
    mesh.part(&Pose::new(hub, TURN / 4.0), |m| {
        wheel(m, Vec3::ZERO, radius, spokes, skin);
    });
}

/// A print on the side towards customers.
fn front(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32)) {
    let face = Face { at, half, front: 1.0 };
    face.print(mesh, s);
}

/// A closed body with a worktop under towers of steamers and pots.
fn steamers(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.45, 0.85), s.range(0.3, 0.42));
    let (floor, top) = (s.range(0.18, 0.35), s.range(0.72, 0.92));
    let (body, steel) = (sheet(&mut mesh, s), mesh.metal(s.range(0.4, 0.65)));
    mesh.block(
        v(0.0, 0.0, f32::midpoint(floor, top)),
        v(half.0, half.1, (top - floor) / 2.0),
        body,
    );
    mesh.block(v(0.0, 0.0, top), v(half.0 + 0.02, half.1 + 0.02, 0.012), steel);
    front(
        &mut mesh,
        s,
        v(0.0, half.1, f32::midpoint(floor, top)),
        (half.0 * 0.9, (top - floor) * 0.42),
    );
    rolling(&mut mesh, s, half, floor, steel);
    handle(&mut mesh, s, (-half.0, top - 0.08), half.1 * 0.9, steel);
    let bamboo = timber(&mut mesh, s);
    let radius = s.range(0.15, 0.24);
    for (x, y) in grid((half.0 * 0.95, half.1 * 0.95), (radius * 2.1, radius * 2.1), 6) {
        let skin = if s.chance(0.7) { bamboo } else { steel };
        let levels = 1 + s.below(6);
        for k in 0..levels {
            let z = v(x, y, top + 0.012 + k as f32 * 0.11);
            mesh.rod(z, z + Vec3::Z * 0.095, (radius * 0.97, radius * 0.97), 14, skin);
        }
        let lid = v(x, y, top + 0.012 + levels as f32 * 0.11);
        mesh.blob(lid, v(radius, radius, 0.07), (12, 6), skin, &|_| 1.0);
    }
    mesh
}

/// A worktop inside a glass case under a roof, with a lit name board.
fn glazed(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.5, 0.95), s.range(0.3, 0.48));
    let (floor, top, eave) = (s.range(0.16, 0.3), s.range(0.75, 0.95), s.range(1.6, 2.1));
    let (body, post, pane) = (sheet(&mut mesh, s), tube(&mut mesh, s), glass(&mut mesh));
    mesh.block(
        v(0.0, 0.0, f32::midpoint(floor, top)),
        v(half.0, half.1, (top - floor) / 2.0),
        body,
    );
    front(
        &mut mesh,
        s,
        v(0.0, half.1, f32::midpoint(floor, top)),
        (half.0 * 0.92, (top - floor) * 0.42),
    );
    rolling(&mut mesh, s, half, floor, post);
    handle(&mut mesh, s, (-half.0, top - 0.1), half.1 * 0.85, post);
    for (x, y) in corners(half) {
        bar(&mut mesh, v(x, y, top), v(x, y, eave), 0.014, post);
    }
    let tall = (eave - top) * s.range(0.3, 0.9);
    mesh.block(
        v(0.0, half.1, top + tall / 2.0),
        v(half.0, 0.005, tall / 2.0),
        pane,
    );
    for x in [-half.0, half.0] {
        mesh.block(v(x, 0.0, top + tall / 2.0), v(0.005, half.1, tall / 2.0), pane);
    }
    let kind = Ware::cooked(s);
    lay(
        &mut mesh,
        s,
        v(0.0, 0.0, top),
        (half.0 * 0.9, half.1 * 0.8),
        kind,
        30,
    );
    if s.chance(0.5) {
        let shelf = top + tall * 0.55;
        mesh.block(v(0.0, -half.1 * 0.3, shelf), v(half.0, half.1 * 0.5, 0.008), post);
        let kind = Ware::cooked(s);
        lay(
            &mut mesh,
            s,
            v(0.0, -half.1 * 0.3, shelf),
            (half.0 * 0.9, half.1 * 0.4),
            kind,
            16,
        );
    }
    let over = (half.0 * s.range(1.03, 1.2), half.1 * s.range(1.05, 1.35));
    if s.chance(0.5) {
        mesh.block(v(0.0, 0.0, eave), v(over.0, over.1, 0.025), body);
    } else {
        let cover = tarpaulin(&mut mesh, s);
        let kind = s.pick(&[Roof::Gable, Roof::Pyramid, Roof::Arch]);
        roof(&mut mesh, kind, over, eave, s.range(0.12, 0.35), cover);
        valance(&mut mesh, over, eave, s.range(0.06, 0.15), 7, cover);
    }
    if s.chance(0.6) {
        let colour = paint(s);
        let lit = mesh.glowing(colour, Glow::AtNight(2.0));
        let high = s.range(0.09, 0.17);
        mesh.block(v(0.0, over.1, eave + high), v(half.0 * 0.95, 0.03, high), lit);
        front(
            &mut mesh,
            s,
            v(0.0, over.1 + 0.03, eave + high),
            (half.0 * 0.9, high * 0.85),
        );
    }
    mesh
}

/// A pedal tricycle whose bed is a shop: open bed, box with a case, or a slatted crate.
fn tricycle(s: &mut Stream) -> Mesh {
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
fn barrow(s: &mut Stream) -> Mesh {
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

/// Shelves on castors, open to the front, perhaps with doors folded aside.
fn shelves(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, floor, top) = (
        s.range(0.4, 0.8),
        s.range(0.2, 0.34),
        s.range(0.12, 0.2),
        s.range(1.0, 1.7),
    );
    let (body, steel) = (sheet(&mut mesh, s), mesh.metal(0.5));
    for at in corners((hx * 0.9, hy * 0.85)) {
        castor(&mut mesh, at, floor, steel);
    }
    let middle = f32::midpoint(floor, top);
    mesh.block(v(0.0, -hy, middle), v(hx, 0.012, top - middle), body);
    for x in [-hx, hx] {
        mesh.block(v(x, 0.0, middle), v(0.015, hy, top - middle), body);
    }
    let levels = 2 + s.below(3);
    for k in 0..=levels {
        let z = floor + (top - floor) * k as f32 / levels as f32;
        mesh.block(v(0.0, 0.0, z), v(hx, hy, 0.012), body);
        if k < levels || s.chance(0.5) {
            let kind = Ware::made(s);
            lay(
                &mut mesh,
                s,
                v(0.0, 0.02, z + 0.012),
                (hx * 0.92, hy * 0.8),
                kind,
                20,
            );
        }
    }
    if s.chance(0.4) {
        let yaw = s.range(0.4, 1.2);
        for side in [-1.0, 1.0] {
            mesh.part(&Pose::new(v(side * hx, hy, middle), side * yaw), |m| {
                m.block(
                    v(side * hx * 0.5, 0.0, 0.0),
                    v(hx * 0.5, 0.012, top - middle),
                    body,
                );
            });
        }
    }
    if s.chance(0.5) {
        mesh.block(v(0.0, hy * 0.8, top + 0.13), v(hx, 0.012, 0.12), body);
        front(
            &mut mesh,
            s,
            v(0.0, hy * 0.8 + 0.012, top + 0.13),
            (hx * 0.95, 0.1),
        );
    }
    handle(&mut mesh, s, (-hx, 0.9), hy * 0.8, steel);
    mesh
}

/// A drum oven for sweet potatoes or corn on a wheeled frame, with a chimney.
fn oven(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.45, 0.7), s.range(0.32, 0.42));
    let floor = s.range(0.35, 0.48);
    let (frame, iron) = (tube(&mut mesh, s), mesh.metal(s.range(0.06, 0.35)));
    let plate = sheet(&mut mesh, s);
    mesh.block(v(0.0, 0.0, floor), v(half.0, half.1, 0.015), plate);
    rolling(&mut mesh, s, half, floor, frame);
    handle(&mut mesh, s, (-half.0, floor), half.1 * 0.85, frame);
    let (r, high) = (half.1 * 0.92, s.range(0.55, 0.75));
    if s.chance(0.5) {
        let at = v(half.0 - r, 0.0, floor);
        mesh.rod(at, at + Vec3::Z * high, (r, r), 16, iron);
        for k in [0.15, 0.85] {
            mesh.ring(at + Vec3::Z * (high * k), Vec3::Z, r, 0.015, (16, 4), iron);
        }
        bar(
            &mut mesh,
            at + v(-r * 0.5, -r * 0.5, high),
            at + v(-r * 0.5, -r * 0.5, high + s.range(0.4, 0.8)),
            0.05,
            iron,
        );
        lay(
            &mut mesh,
            s,
            at + Vec3::Z * high,
            (r * 0.65, r * 0.65),
            Ware::Fruit,
            12,
        );
    } else {
        let z = floor + r + 0.05;
        mesh.rod(
            v(-half.0 * 0.4, 0.0, z),
            v(half.0 * 0.95, 0.0, z),
            (r, r),
            16,
            iron,
        );
        for x in [-half.0 * 0.1, half.0 * 0.6] {
            mesh.rod(v(x, r * 0.8, z), v(x, r * 1.05, z), (0.09, 0.09), 10, frame);
        }
        bar(
            &mut mesh,
            v(0.2, -0.1, z + r * 0.9),
            v(0.2, -0.1, z + r + s.range(0.3, 0.7)),
            0.045,
            iron,
        );
        let top = v(0.1, 0.0, z + r);
        mesh.block(top, v(half.0 * 0.5, half.1 * 0.7, 0.01), frame);
        lay(
            &mut mesh,
            s,
            top + Vec3::Z * 0.01,
            (half.0 * 0.5, half.1 * 0.6),
            Ware::Fruit,
            18,
        );
    }
    let sack = mesh.matt(v(0.4, 0.33, 0.2));
    mesh.blob(
        v(-half.0 * 0.75, 0.0, floor + 0.15),
        v(0.16, 0.2, 0.2),
        (9, 6),
        sack,
        &|d| 1.0 + 0.1 * sin(d.x * 9.0),
    );
    mesh
}

/// An insulated box with rounded lid, pictures on its sides, on wheels; some with a small awning.
fn ice_box(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.4, 0.75), s.range(0.28, 0.4));
    let (floor, top) = (s.range(0.2, 0.36), s.range(0.85, 1.05));
    let (body, post) = (sheet(&mut mesh, s), tube(&mut mesh, s));
    let middle = v(0.0, 0.0, f32::midpoint(floor, top));
    mesh.rounded(
        middle,
        v(half.0, half.1, (top - floor) / 2.0),
        s.range(0.02, 0.1),
        body,
    );
    let white = mesh.gloss(Vec3::splat(0.7));
    for x in [-half.0 * 0.5, half.0 * 0.5] {
        mesh.rounded(
            v(x, 0.0, top + 0.015),
            v(half.0 * 0.42, half.1 * 0.8, 0.025),
            0.02,
            white,
        );
    }
    front(
        &mut mesh,
        s,
        middle + Vec3::Y * half.1,
        (half.0 * 0.85, (top - floor) * 0.38),
    );
    rolling(&mut mesh, s, half, floor + 0.02, post);
    handle(&mut mesh, s, (-half.0, top - 0.1), half.1 * 0.8, post);
    if s.chance(0.5) {
        let (eave, cover) = (s.range(1.8, 2.1), tarpaulin(&mut mesh, s));
        for (x, y) in corners((half.0 * 0.9, half.1 * 0.85)) {
            bar(&mut mesh, v(x, y, top), v(x, y, eave), 0.012, post);
        }
        let over = (half.0 * 1.2, half.1 * 1.4);
        let kind = s.pick(&[Roof::Arch, Roof::Gable, Roof::Pyramid]);
        roof(&mut mesh, kind, over, eave, s.range(0.15, 0.3), cover);
        valance(&mut mesh, over, eave, s.range(0.08, 0.16), 6, cover);
    }
    mesh
}

/// A platform on small wheels under crates or bundles, with a bow to push.
fn platform(s: &mut Stream) -> Mesh {
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

/// A long trough of coals on legs, skewers across, a hood or a board above.
fn grill(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.55, 1.0), s.range(0.13, 0.24), s.range(0.72, 0.9));
    let (iron, frame) = (mesh.metal(s.range(0.1, 0.6)), tube(&mut mesh, s));
    tray(&mut mesh, v(0.0, 0.0, high - 0.18), (hx, hy), 0.18, iron);
    let ember = mesh.glowing(v(0.5, 0.12, 0.02), Glow::AtNight(0.8));
    mesh.block(v(0.0, 0.0, high - 0.1), v(hx * 0.95, hy * 0.9, 0.03), ember);
    rolling(&mut mesh, s, (hx * 0.9, hy * 0.9), high - 0.17, frame);
    mesh.block(v(0.0, 0.0, 0.3), v(hx * 0.85, hy * 0.8, 0.012), frame);
    handle(&mut mesh, s, (-hx, high - 0.1), hy * 0.8, frame);
    let meat = mesh.matt(v(0.25, 0.08, 0.03));
    for (x, _) in grid((hx * 0.92, 0.1), (0.06, 1.0), 26) {
        if s.chance(0.7) {
            let at = v(x, 0.0, high + 0.01);
            mesh.rod(
                at - Vec3::Y * (hy * 0.9),
                at + Vec3::Y * (hy * 0.6),
                (0.018, 0.018),
                5,
                meat,
            );
            mesh.rod(
                at + Vec3::Y * (hy * 0.6),
                at + Vec3::Y * (hy * 1.6),
                (0.005, 0.005),
                4,
                frame,
            );
        }
    }
    let shelf = sheet(&mut mesh, s);
    mesh.block(v(0.0, hy + 0.16, high - 0.02), v(hx, 0.13, 0.012), shelf);
    let kind = Ware::cooked(s);
    lay(
        &mut mesh,
        s,
        v(0.0, hy + 0.16, high - 0.008),
        (hx * 0.9, 0.11),
        kind,
        16,
    );
    if s.chance(0.6) {
        let top = s.range(1.5, 1.95);
        for x in [-hx * 0.95, hx * 0.95] {
            bar(&mut mesh, v(x, -hy, high - 0.1), v(x, -hy, top), 0.014, frame);
        }
        let half = (hx * 0.97, s.range(0.12, 0.22));
        mesh.block(v(0.0, -hy, top), v(half.0, 0.012, half.1), shelf);
        front(&mut mesh, s, v(0.0, 0.012 - hy, top), half);
    }
    mesh
}

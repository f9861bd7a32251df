//! Carts: trolleys of steamers, glazed snack carts, shelves on castors, ovens on wheels, ice boxes, grills; those
//! with an open bed are in `barrows`.

use crate::chance::Stream;
use crate::maths::{Pose, Vec3, sin, v};
use crate::mesh::{Glow, Mesh, Skin};

use super::prints::front;
use super::wares::{Ware, lay};
use super::{
    Make, Roof, bar, barrows, castor, corners, glass, grid, paint, roof, sheet, sideways, tarpaulin, timber,
    tray, tube, valance,
};

/// Every design.
pub(super) const MAKES: [Make; 9] = [
    steamers,
    glazed,
    barrows::tricycle,
    barrows::barrow,
    shelves,
    oven,
    ice_box,
    barrows::platform,
    grill,
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

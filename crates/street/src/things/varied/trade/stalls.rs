//! Stalls: roofed with tarpaulin, folding tables, steps, fruit banks, mesh walls, show cases, booths, camp beds,
//! cooks' benches.

use crate::chance::Stream;
use crate::maths::{Pose, Vec3, sin, v};
use crate::mesh::Mesh;

use super::prints::Face;
use super::wares::{Ware, lay, motley};
use super::{
    Make, Roof, bar, cloth, corners, crossed_legs, glass, grid, hoop, legs, paint, roof, sheet, skirt,
    tarpaulin, timber, tray, tube, valance,
};

/// Every design.
pub(super) const MAKES: [Make; 9] = [
    tarpaulin_roof,
    folding,
    steps,
    bank,
    mesh_wall,
    show_cases,
    booth,
    camp_bed,
    kitchen,
];

/// A stall of one of these designs.
pub(crate) fn stall(s: &mut Stream) -> Mesh {
    s.pick(&MAKES)(s)
}

/// Trays of wares side by side over a rectangle about `at`.
fn trays(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), grown: bool) {
    let skin = if s.chance(0.5) {
        timber(mesh, s)
    } else {
        sheet(mesh, s)
    };
    let (columns, rows) = (2 + s.below(3), 1 + s.below(2));
    let cell = (half.0 / columns as f32, half.1 / rows as f32);
    let high = s.range(0.04, 0.12);
    let inner = (cell.0 * 0.9, cell.1 * 0.9);
    for (x, y) in grid(half, (cell.0 * 1.99, cell.1 * 1.99), columns * rows) {
        let place = at + v(x, y, 0.0);
        tray(mesh, place, inner, high, skin);
        let kind = if grown { Ware::grown(s) } else { Ware::any(s) };
        lay(
            mesh,
            s,
            place + Vec3::Z * (high * 0.6),
            (inner.0 * 0.9, inner.1 * 0.9),
            kind,
            16,
        );
    }
}

/// Wares on the level at `at`: trays, or one kind beside another.
fn covered(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32)) {
    if s.chance(0.45) {
        let grown = s.chance(0.6);
        trays(mesh, s, at, half, grown);
        return;
    }
    let parts = 1 + s.below(4);
    let wide = half.0 / parts as f32;
    for k in 0..parts {
        let x = (k as f32 + 0.5) / parts as f32 * 2.0 * half.0 - half.0;
        let kind = if s.chance(0.8) {
            Ware::made(s)
        } else {
            Ware::grown(s)
        };
        lay(
            mesh,
            s,
            at + v(x, 0.0, 0.0),
            (wide * 0.92, half.1 * 0.92),
            kind,
            60 / parts,
        );
    }
}

/// Price cards on sticks.
fn prices(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: f32) {
    let (stick, card) = (mesh.metal(0.4), paint(s));
    let card = mesh.matt(card);
    for _ in 0..2 + s.below(4) {
        let foot = at + v(s.range(-half, half), s.range(-0.1, 0.1), 0.0);
        let top = foot + v(0.0, 0.0, s.range(0.15, 0.35));
        mesh.rod(foot, top, (0.005, 0.005), 4, stick);
        mesh.block(top, v(s.range(0.06, 0.1), 0.004, s.range(0.04, 0.07)), card);
    }
}

/// Four poles and a sheet over a bench.
fn tarpaulin_roof(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy) = (s.range(0.8, 1.35), s.range(0.55, 0.9));
    let (eave, rise) = (s.range(1.75, 2.15), s.range(0.1, 0.45));
    let (pole, top) = (tube(&mut mesh, s), tarpaulin(&mut mesh, s));
    let kind = s.pick(&[Roof::Lean, Roof::Gable, Roof::Arch, Roof::Flat]);
    let front = if matches!(kind, Roof::Lean) { rise } else { 0.0 };
    for (x, y) in corners((hx, hy)) {
        let high = if y > 0.0 { eave + front } else { eave };
        bar(&mut mesh, v(x, y, 0.0), v(x, y, high), 0.02, pole);
    }
    let over = s.range(1.04, 1.2);
    roof(&mut mesh, kind, (hx * over, hy * over), eave, rise, top);
    let bench = (hx * 0.94, hy * s.range(0.45, 0.7));
    let (high, ahead) = (s.range(0.55, 0.85), hy * 0.25);
    let stuff = cloth(&mut mesh, s);
    let drop = high * s.range(0.3, 0.95);
    mesh.part(&Pose::at(v(0.0, ahead, 0.0)), |m| {
        legs(m, (bench.0 * 0.95, bench.1 * 0.9), high, 0.0, 0.02, pole);
        skirt(m, bench, high, drop, 12, stuff);
        covered(m, s, v(0.0, 0.0, high + 0.012), bench);
    });
    if s.chance(0.4) {
        let wall = tarpaulin(&mut mesh, s);
        let low = s.range(0.1, 0.9);
        let at = |x: f32, z: f32| v(x * hx, -hy - 0.02, z);
        mesh.quad([at(-1.0, low), at(1.0, low), at(1.0, eave), at(-1.0, eave)], wall);
    }
    if s.chance(0.35) {
        let skins = motley(&mut mesh, s);
        for (x, _) in grid((hx * 0.9, 0.1), (0.2, 1.0), 12) {
            let skin = s.pick(&skins);
            let (long, at) = (s.range(0.1, 0.3), v(x, hy * 0.9, eave + front * 0.9 - 0.05));
            mesh.block(at - Vec3::Z * long, v(0.06, 0.02, long), skin);
        }
    }
    mesh
}

/// A folding table, its cloth too short for it.
fn folding(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.55, 1.1), s.range(0.28, 0.45), s.range(0.5, 0.8));
    let frame = tube(&mut mesh, s);
    crossed_legs(&mut mesh, (hx * 0.85, hy * 0.85), high, 0.014, frame);
    let stuff = cloth(&mut mesh, s);
    if s.chance(0.7) {
        skirt(&mut mesh, (hx, hy), high, s.range(0.08, 0.35), 10, stuff);
    } else {
        let top = sheet(&mut mesh, s);
        mesh.block(v(0.0, 0.0, high), v(hx, hy, 0.015), top);
    }
    covered(&mut mesh, s, v(0.0, 0.0, high + 0.014), (hx * 0.95, hy * 0.95));
    if s.chance(0.5) {
        let board = sheet(&mut mesh, s);
        let half = (hx * s.range(0.4, 0.9), s.range(0.1, 0.18));
        mesh.block(v(0.0, hy + 0.04, high - 0.2), v(half.0, 0.006, half.1), board);
        let face = Face {
            at: v(0.0, hy + 0.046, high - 0.2),
            half,
            front: 1.0,
        };
        face.print(&mut mesh, s);
    }
    mesh
}

/// Boards in steps, higher towards the trader.
fn steps(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, tiers) = (s.range(0.6, 1.2), 2 + s.below(4));
    let (deep, first, step) = (s.range(0.14, 0.24), s.range(0.2, 0.5), s.range(0.14, 0.26));
    let board = timber(&mut mesh, s);
    let hung = s.chance(0.4).then(|| cloth(&mut mesh, s));
    for k in 0..tiers {
        let z = first + step * k as f32;
        let y = (tiers as f32 / 2.0 - 0.5 - k as f32) * 2.0 * deep;
        mesh.block(v(0.0, y, z), v(hx, deep, 0.014), board);
        if let Some(skin) = hung {
            mesh.block(v(0.0, y + deep, z - step * 0.5), v(hx, 0.006, step * 0.5), skin);
        }
        for x in [-hx * 0.95, 0.0, hx * 0.95] {
            mesh.block(v(x, y, z / 2.0), v(0.02, deep * 0.8, z / 2.0), board);
        }
        let kind = Ware::any(s);
        lay(
            &mut mesh,
            s,
            v(0.0, y, z + 0.014),
            (hx * 0.95, deep * 0.85),
            kind,
            110 / tiers,
        );
    }
    mesh
}

/// A slanting bank of compartments with fruit and prices.
fn bank(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.8, 1.3), s.range(0.4, 0.65), s.range(0.55, 0.8));
    let (pitch, body) = (s.range(0.2, 0.5), sheet(&mut mesh, s));
    let low = high - hy * pitch;
    if s.chance(0.5) {
        mesh.block(v(0.0, 0.0, low * 0.45), v(hx * 0.97, hy * 0.9, low * 0.45), body);
    } else {
        let frame = tube(&mut mesh, s);
        legs(&mut mesh, (hx * 0.95, hy * 0.9), low, 0.0, 0.022, frame);
        hoop(&mut mesh, v(0.0, 0.0, 0.2), (hx * 0.95, hy * 0.9), 0.015, frame);
    }
    mesh.part(&Pose::tilted(v(0.0, 0.0, high), -pitch, 0.0, 0.0), |m| {
        m.block(v(0.0, 0.0, -0.02), v(hx, hy, 0.015), body);
        trays(m, s, Vec3::ZERO, (hx, hy), true);
        if s.chance(0.6) {
            prices(m, s, v(0.0, -hy * 0.2, 0.05), hx * 0.9);
        }
    });
    mesh
}

/// A table before a wall of mesh full of hanging things.
fn mesh_wall(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.5, 1.0), s.range(0.25, 0.42), s.range(0.45, 0.75));
    let (frame, stuff) = (tube(&mut mesh, s), cloth(&mut mesh, s));
    legs(&mut mesh, (hx * 0.9, hy * 0.9), high, 0.0, 0.016, frame);
    skirt(&mut mesh, (hx, hy), high, high * s.range(0.4, 0.9), 9, stuff);
    let kind = Ware::made(s);
    lay(
        &mut mesh,
        s,
        v(0.0, 0.0, high + 0.013),
        (hx * 0.95, hy * 0.9),
        kind,
        40,
    );
    let (top, y) = (s.range(1.4, 1.9), -hy);
    for x in [-hx, hx] {
        bar(&mut mesh, v(x, y, 0.0), v(x, y, top), 0.014, frame);
    }
    for (_, z) in grid((0.1, (top - high) / 2.0), (1.0, 0.14), 9) {
        let z = f32::midpoint(top, high) + z;
        mesh.rod(v(-hx, y, z), v(hx, y, z), (0.005, 0.005), 4, frame);
    }
    let skins = motley(&mut mesh, s);
    let size = (s.range(0.05, 0.09), s.range(0.05, 0.13));
    for (x, z) in grid((hx, (top - high) * 0.45), (size.0 * 2.5, size.1 * 2.4), 60) {
        let at = v(x, y + 0.03, f32::midpoint(top, high) + z);
        let skin = s.pick(&skins);
        if s.chance(0.85) {
            mesh.rod(at, at - Vec3::Y * 0.03, (0.004, 0.004), 4, frame);
            mesh.block(
                at - Vec3::Z * (size.1 * 0.4),
                v(size.0 * 0.85, 0.012, size.1 * 0.8),
                skin,
            );
        }
    }
    mesh
}

/// Glazed cases on a counter.
fn show_cases(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, low) = (s.range(0.55, 1.0), s.range(0.25, 0.4), s.range(0.3, 0.7));
    let (body, edge) = (sheet(&mut mesh, s), tube(&mut mesh, s));
    mesh.block(v(0.0, 0.0, low / 2.0), v(hx, hy, low / 2.0), body);
    let face = Face {
        at: v(0.0, hy, low / 2.0),
        half: (hx, low * 0.45),
        front: 1.0,
    };
    face.print(&mut mesh, s);
    let tall = s.range(0.18, 0.5);
    let kind = s.pick(&[Ware::Small, Ware::Packets, Ware::Bottles, Ware::Bowls]);
    lay(&mut mesh, s, v(0.0, 0.0, low), (hx * 0.92, hy * 0.85), kind, 40);
    let pane = glass(&mut mesh);
    mesh.block(v(0.0, hy, low + tall * 0.3), v(hx, 0.004, tall * 0.3), pane);
    for (x, y) in corners((hx, hy)) {
        bar(&mut mesh, v(x, y, low), v(x, y, low + tall), 0.012, edge);
    }
    for z in [low, low + tall] {
        hoop(&mut mesh, v(0.0, 0.0, z), (hx, hy), 0.012, edge);
    }
    if s.chance(0.6) {
        mesh.block(v(0.0, 0.0, low + tall + 0.01), v(hx, hy, 0.01), edge);
        if s.chance(0.6) {
            let kind = Ware::made(s);
            lay(
                &mut mesh,
                s,
                v(0.0, 0.0, low + tall + 0.02),
                (hx * 0.9, hy * 0.8),
                kind,
                24,
            );
        }
    }
    mesh
}

/// A booth: counter, four posts, a fascia with a name, a peaked or flat roof.
fn booth(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy) = (s.range(0.7, 1.2), s.range(0.6, 0.95));
    let (counter, eave) = (s.range(0.75, 1.0), s.range(1.9, 2.3));
    let (post, body, top) = (tube(&mut mesh, s), sheet(&mut mesh, s), tarpaulin(&mut mesh, s));
    legs(&mut mesh, (hx, hy), eave, 0.0, 0.025, post);
    let front = v(0.0, hy - 0.03, counter / 2.0);
    mesh.block(front, v(hx, 0.02, counter / 2.0), body);
    for x in [-hx, hx] {
        mesh.block(v(x, 0.0, counter / 2.0), v(0.015, hy, counter / 2.0), body);
    }
    let plate = timber(&mut mesh, s);
    mesh.block(v(0.0, hy * 0.6, counter), v(hx * 1.03, hy * 0.45, 0.02), plate);
    covered(
        &mut mesh,
        s,
        v(0.0, hy * 0.6, counter + 0.02),
        (hx * 0.9, hy * 0.35),
    );
    let kind = s.pick(&[Roof::Pyramid, Roof::Pyramid, Roof::Gable, Roof::Flat, Roof::Arch]);
    roof(
        &mut mesh,
        kind,
        (hx * 1.08, hy * 1.08),
        eave,
        s.range(0.15, 0.6),
        top,
    );
    let scallops = s.pick(&[0, 0, 5, 8]);
    valance(
        &mut mesh,
        (hx * 1.08, hy * 1.08),
        eave,
        s.range(0.12, 0.3),
        scallops,
        top,
    );
    let mut print = |at: Vec3, half: (f32, f32)| {
        let face = Face { at, half, front: 1.0 };
        face.print(&mut mesh, s);
    };
    print(front + Vec3::Y * 0.02, (hx * 0.95, counter * 0.4));
    print(v(0.0, hy * 1.09, eave - 0.12), (hx * 0.9, 0.1));
    if s.chance(0.5) {
        let wall = tarpaulin(&mut mesh, s);
        mesh.block(v(0.0, -hy, eave / 2.0), v(hx, 0.006, eave / 2.0 - 0.02), wall);
    }
    mesh
}

/// A low camp bed under clothes, or other soft wares.
fn camp_bed(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.8, 1.1), s.range(0.35, 0.6), s.range(0.28, 0.5));
    let (frame, stuff) = (tube(&mut mesh, s), cloth(&mut mesh, s));
    for x in [-hx * 0.85, 0.0, hx * 0.85] {
        for y in [-hy, hy] {
            bar(&mut mesh, v(x, y * 0.8, 0.0), v(x, -y * 0.8, high), 0.012, frame);
        }
    }
    hoop(&mut mesh, v(0.0, 0.0, high), (hx, hy), 0.016, frame);
    mesh.field(6, stuff, &|a, b| {
        v(a * hx, b * hy, high - 0.05 * (1.0 - a * a) * (1.0 - b * b))
    });
    let kind = s.pick(&[Ware::Folded, Ware::Folded, Ware::Shoes, Ware::Small]);
    let at = v(0.0, 0.0, high - 0.015);
    lay(&mut mesh, s, at, (hx * 0.92, hy * 0.9), kind, 64);
    for _ in 0..s.below(9) {
        let skin = cloth(&mut mesh, s);
        let at = at + v(s.range(-0.8, 0.8) * hx, s.range(-0.7, 0.7) * hy, 0.08);
        let size = v(s.range(0.12, 0.25), s.range(0.12, 0.22), s.range(0.05, 0.12));
        let often = s.range(4.0, 9.0);
        mesh.blob(at, size, (10, 6), skin, &|d| {
            1.0 + 0.2 * sin(d.x * often + d.y * 6.0)
        });
    }
    mesh
}

/// A cook's bench: pots, steamers, a hotplate, a menu behind, a gas bottle below.
fn kitchen(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, high) = (s.range(0.6, 1.1), s.range(0.28, 0.45), s.range(0.7, 0.9));
    let (steel, body) = (mesh.metal(s.range(0.4, 0.65)), sheet(&mut mesh, s));
    mesh.block(v(0.0, 0.0, high), v(hx, hy, 0.02), steel);
    if s.chance(0.5) {
        legs(&mut mesh, (hx * 0.95, hy * 0.9), high, 0.0, 0.02, steel);
        mesh.block(v(0.0, 0.0, 0.25), v(hx * 0.95, hy * 0.9, 0.012), steel);
        let (at, gas) = (v(s.range(-0.6, 0.6) * hx, -0.05, 0.0), paint(s));
        let gas = mesh.gloss(gas);
        mesh.rod(at, at + Vec3::Z * 0.45, (0.15, 0.15), 10, gas);
        mesh.ball(at + Vec3::Z * 0.45, v(0.15, 0.15, 0.08), gas);
    } else {
        mesh.block(v(0.0, 0.0, high / 2.0), v(hx * 0.97, hy * 0.93, high / 2.0), body);
        let face = Face {
            at: v(0.0, hy * 0.93, high / 2.0),
            half: (hx * 0.9, high * 0.4),
            front: 1.0,
        };
        face.print(&mut mesh, s);
    }
    let bamboo = timber(&mut mesh, s);
    for (x, _) in grid((hx * 0.95, 0.1), (0.42, 1.0), 5) {
        let at = v(x, s.range(-0.05, 0.05), high + 0.02);
        match s.below(4) {
            0 => {
                for k in 0..=s.below(5) {
                    let z = at + Vec3::Z * (k as f32 * 0.1);
                    mesh.rod(z, z + Vec3::Z * 0.085, (0.17, 0.17), 14, bamboo);
                }
            }
            1 => {
                let r = s.range(0.13, 0.2);
                mesh.rod(at, at + Vec3::Z * s.range(0.15, 0.4), (r, r), 14, steel);
            }
            2 => mesh.rod(at, at + Vec3::Z * 0.11, (0.09, 0.2), 14, steel),
            _ => {
                let kind = Ware::cooked(s);
                lay(&mut mesh, s, at, (0.18, hy * 0.8), kind, 16);
            }
        }
    }
    if s.chance(0.6) {
        let (board, top) = (sheet(&mut mesh, s), s.range(1.5, 2.0));
        for x in [-hx * 0.9, hx * 0.9] {
            bar(&mut mesh, v(x, -hy, 0.0), v(x, -hy, top), 0.015, steel);
        }
        let half = (hx * 0.9, s.range(0.15, 0.3));
        mesh.block(v(0.0, -hy, top - half.1), v(half.0, 0.01, half.1), board);
        let face = Face {
            at: v(0.0, -hy + 0.01, top - half.1),
            half,
            front: 1.0,
        };
        face.print(&mut mesh, s);
    }
    mesh
}

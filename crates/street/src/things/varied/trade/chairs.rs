//! Seats: plastic stools and armchairs, folding chairs, benches, office chairs, deck chairs, chairs of wood and
//! bamboo, bar stools, camp stools, baskets. Who sits looks to +y.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Mesh, Skin};

use super::{Make, bar, cloth, corners, grid, hoop, paint, timber, tube, wheel};

/// Every design.
pub(super) const MAKES: [Make; 10] = [
    plastic_stool,
    armchair,
    folding,
    bench,
    office,
    deck,
    wooden,
    bar_stool,
    camp_stool,
    basket,
];

/// A seat of one of these designs.
pub(crate) fn chair(s: &mut Stream) -> Mesh {
    s.pick(&MAKES)(s)
}

/// Moulded plastic: often white, red or blue, else any colour.
fn moulded(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = match s.below(5) {
        0 => Vec3::splat(0.7),
        1 => v(0.5, 0.04, 0.03),
        2 => v(0.04, 0.12, 0.45),
        _ => paint(s),
    };
    let colour = s.near(colour, 0.2);
    mesh.gloss(colour)
}

/// Upholstery or sling.
fn padding(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    if s.chance(0.4) {
        mesh.matt(Vec3::splat(s.range(0.02, 0.12)))
    } else {
        cloth(mesh, s)
    }
}

/// A stool of one mould, round or square, low or high; now and then a stack.
fn plastic_stool(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = moulded(&mut mesh, s);
    let (half, high) = (s.range(0.13, 0.19), s.range(0.26, 0.48));
    let (round, splay) = (s.chance(0.4), s.range(0.02, 0.06));
    let levels = if s.chance(0.2) { 2 + s.below(5) } else { 1 };
    for level in 0..levels {
        let up = Vec3::Z * (level as f32 * 0.06);
        let top = up + Vec3::Z * (high - 0.015);
        if round {
            mesh.rod(top - Vec3::Z * 0.05, top, (half * 1.1, half), 16, skin);
        } else {
            mesh.rounded(top, v(half, half, 0.015), 0.014, skin);
            mesh.block(top - Vec3::Z * 0.045, v(half * 1.02, half * 1.02, 0.035), skin);
        }
        let inner = if round { half * 0.72 } else { half * 0.88 };
        for (x, y) in corners((inner, inner)) {
            let foot = v(x + splay * x.signum(), y + splay * y.signum(), 0.0) + up;
            mesh.rod(foot, v(x, y, 0.0) + top, (0.022, 0.035), 5, skin);
        }
        let low = inner + splay * 0.5;
        hoop(&mut mesh, up + Vec3::Z * (high * 0.4), (low, low), 0.012, skin);
    }
    mesh
}

/// A garden chair of plastic with arms and a slotted back.
fn armchair(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = moulded(&mut mesh, s);
    let (hx, hy, seat) = (s.range(0.21, 0.27), s.range(0.2, 0.25), s.range(0.38, 0.44));
    let tall = s.range(0.35, 0.55);
    let rake = s.range(0.12, 0.35);
    mesh.rounded(v(0.0, 0.0, seat), v(hx, hy, 0.02), 0.018, skin);
    for (x, y) in corners((hx * 0.9, hy * 0.9)) {
        mesh.rod(v(x * 1.15, y * 1.2, 0.0), v(x, y, seat), (0.024, 0.036), 6, skin);
    }
    mesh.part(&Pose::tilted(v(0.0, -hy, seat), rake, 0.0, 0.0), |m| {
        let slats = 3 + s.below(4);
        let wide = hx / slats as f32;
        for k in 0..slats {
            let x = (k as f32 + 0.5) * 2.0 * wide - hx;
            m.block(v(x, 0.0, tall * 0.5), v(wide * 0.62, 0.012, tall * 0.5), skin);
        }
        m.rounded(v(0.0, 0.0, tall), v(hx, 0.018, 0.045), 0.016, skin);
    });
    if s.chance(0.75) {
        let arm = seat + s.range(0.19, 0.24);
        for x in [-hx - 0.02, hx + 0.02] {
            mesh.rounded(v(x, 0.0, arm), v(0.03, hy * 1.05, 0.014), 0.012, skin);
            bar(
                &mut mesh,
                v(x, hy * 0.9, seat - 0.03),
                v(x, hy * 0.95, arm),
                0.022,
                skin,
            );
        }
    }
    mesh
}

/// A folding chair of tube: two crossed frames, a thin seat, a bent back.
fn folding(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (frame, pad) = (tube(&mut mesh, s), padding(&mut mesh, s));
    let (hx, seat, back) = (s.range(0.19, 0.23), s.range(0.42, 0.47), s.range(0.75, 0.9));
    let deep = s.range(0.18, 0.22);
    for x in [-hx, hx] {
        bar(&mut mesh, v(x, deep, 0.0), v(x, -deep - 0.05, back), 0.012, frame);
        bar(
            &mut mesh,
            v(x * 0.92, -deep - 0.08, 0.0),
            v(x * 0.92, deep, seat),
            0.012,
            frame,
        );
    }
    for (y, z) in [(deep * 0.9, 0.05), (-deep - 0.07, 0.04), (-deep - 0.05, back)] {
        bar(&mut mesh, v(-hx, y, z), v(hx, y, z), 0.012, frame);
    }
    mesh.block(v(0.0, 0.02, seat), v(hx * 0.9, deep, s.range(0.01, 0.025)), pad);
    let high = s.range(0.06, 0.13);
    let middle = back - high - 0.01;
    let y = deep - (2.0 * deep + 0.05) * middle / back;
    mesh.block(v(0.0, y, middle), v(hx, 0.012, high), pad);
    mesh
}

/// A bench: plank on legs or blocks, with or without a back.
fn bench(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, hy, seat) = (s.range(0.45, 0.85), s.range(0.1, 0.2), s.range(0.38, 0.46));
    let wood = timber(&mut mesh, s);
    let frame = if s.chance(0.5) { wood } else { tube(&mut mesh, s) };
    let slats = 1 + s.below(4);
    let wide = hy / slats as f32;
    for k in 0..slats {
        let y = (k as f32 + 0.5) * 2.0 * wide - hy;
        mesh.block(v(0.0, y, seat), v(hx, wide * 0.92, 0.018), wood);
    }
    let (splay, blocks) = (s.range(0.0, 0.08), s.chance(0.3));
    for x in [-hx * 0.85, hx * 0.85] {
        if blocks {
            mesh.block(v(x, 0.0, seat / 2.0), v(0.03, hy * 0.9, seat / 2.0), frame);
            continue;
        }
        for y in [-hy * 0.8, hy * 0.8] {
            bar(
                &mut mesh,
                v(x + splay * x.signum(), y * 1.2, 0.0),
                v(x, y, seat),
                0.02,
                frame,
            );
        }
        bar(
            &mut mesh,
            v(x, -hy, seat * 0.4),
            v(x, hy, seat * 0.4),
            0.014,
            frame,
        );
    }
    if s.chance(0.4) {
        let high = s.range(0.32, 0.45);
        for x in [-hx * 0.85, hx * 0.85] {
            bar(
                &mut mesh,
                v(x, -hy, seat),
                v(x, -hy - 0.08, seat + high),
                0.018,
                frame,
            );
        }
        for k in 0..2 + s.below(2) {
            let z = seat + high - 0.05 - 0.13 * k as f32;
            mesh.block(v(0.0, -hy - 0.06, z), v(hx, 0.012, 0.045), wood);
        }
    }
    mesh
}

/// A chair that turns on five castors.
fn office(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (pad, frame) = (padding(&mut mesh, s), tube(&mut mesh, s));
    let (half, seat) = (s.range(0.21, 0.26), s.range(0.42, 0.52));
    for k in 0..5 {
        let turn = (k as f32 + 0.25) / 5.0 * TURN;
        let foot = v(cos(turn), sin(turn), 0.0) * (half + 0.05);
        bar(&mut mesh, v(0.0, 0.0, 0.13), foot + Vec3::Z * 0.07, 0.02, frame);
        wheel(&mut mesh, foot + Vec3::Z * 0.03, 0.03, 0, frame);
    }
    bar(&mut mesh, v(0.0, 0.0, 0.1), v(0.0, 0.0, seat), 0.026, frame);
    mesh.rounded(v(0.0, 0.0, seat), v(half, half, 0.045), 0.04, pad);
    let (tall, rake) = (s.range(0.14, 0.3), s.range(0.05, 0.2));
    let gap = s.range(0.05, 0.16);
    mesh.part(&Pose::tilted(v(0.0, -half, seat), rake, 0.0, 0.0), |m| {
        bar(m, v(0.0, 0.0, -0.02), v(0.0, -0.02, gap + tall), 0.022, frame);
        m.rounded(v(0.0, 0.02, gap + tall), v(half * 0.92, 0.035, tall), 0.03, pad);
        if s.chance(0.25) {
            m.rounded(
                v(0.0, 0.02, gap + tall * 2.0 + 0.11),
                v(half * 0.5, 0.035, 0.07),
                0.03,
                pad,
            );
        }
    });
    if s.chance(0.6) {
        for x in [-half - 0.03, half + 0.03] {
            bar(
                &mut mesh,
                v(x, -0.02, seat),
                v(x, -0.02, seat + 0.2),
                0.016,
                frame,
            );
            mesh.rounded(v(x, 0.02, seat + 0.21), v(0.03, 0.13, 0.015), 0.014, frame);
        }
    }
    mesh
}

/// A sling between two frames: upright like a director's or leaning far back.
fn deck(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let stuff = cloth(&mut mesh, s);
    let frame = if s.chance(0.5) {
        timber(&mut mesh, s)
    } else {
        tube(&mut mesh, s)
    };
    let hx = s.range(0.22, 0.3);
    let (front, back) = (
        v(0.0, s.range(0.25, 0.4), s.range(0.32, 0.42)),
        v(0.0, -s.range(0.3, 0.6), s.range(0.75, 0.95)),
    );
    for x in [-hx, hx] {
        let side = Vec3::X * x;
        bar(
            &mut mesh,
            side + v(0.0, front.y + 0.05, 0.0),
            side + back,
            0.016,
            frame,
        );
        bar(
            &mut mesh,
            side + v(0.0, back.y * 0.9, 0.0),
            side + front,
            0.016,
            frame,
        );
        if s.chance(0.6) {
            let arm = v(x, front.y, front.z + 0.2);
            bar(&mut mesh, arm, v(x, back.y * 0.6, front.z + 0.24), 0.02, frame);
            bar(&mut mesh, side + front, arm, 0.014, frame);
        }
    }
    for end in [front, back] {
        bar(&mut mesh, end - Vec3::X * hx, end + Vec3::X * hx, 0.016, frame);
    }
    let sag = s.range(0.12, 0.22);
    mesh.field(8, stuff, &|a, b| {
        let t = f32::midpoint(b, 1.0);
        let straight = front.mix(back, t);
        straight + v(a * hx * 0.95, 0.0, -sag * sin(t * TURN / 2.0))
    });
    mesh
}

/// A chair of wood or bamboo: rungs or spindles in the back, a thick or a woven seat.
fn wooden(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let wood = timber(&mut mesh, s);
    let seat_skin = if s.chance(0.6) {
        wood
    } else {
        padding(&mut mesh, s)
    };
    let low = s.chance(0.35);
    let seat = if low {
        s.range(0.26, 0.32)
    } else {
        s.range(0.41, 0.47)
    };
    let (hx, hy) = (s.range(0.18, 0.23), s.range(0.17, 0.22));
    let (back, thick) = (seat + s.range(0.3, 0.55), s.range(0.014, 0.024));
    for x in [-hx, hx] {
        mesh.block(v(x, hy, seat / 2.0), v(thick, thick, seat / 2.0), wood);
        bar(&mut mesh, v(x, -hy, 0.0), v(x, -hy, seat), thick * 1.2, wood);
        bar(
            &mut mesh,
            v(x, -hy, seat),
            v(x, -hy - 0.07, back),
            thick * 1.2,
            wood,
        );
    }
    hoop(&mut mesh, v(0.0, 0.0, seat * 0.45), (hx, hy), thick * 0.7, wood);
    mesh.block(v(0.0, 0.0, seat), v(hx + 0.015, hy + 0.015, thick), seat_skin);
    let lean = |z: f32| -hy - 0.07 * (z - seat) / (back - seat);
    if s.chance(0.5) {
        for k in 0..2 + s.below(3) {
            let z = back - 0.03 - 0.11 * k as f32;
            if z > seat + 0.06 {
                mesh.block(v(0.0, lean(z), z), v(hx, 0.01, 0.03), wood);
            }
        }
    } else {
        mesh.block(v(0.0, lean(back), back), v(hx * 1.05, 0.014, 0.035), wood);
        for (x, _) in grid((hx * 0.95, 0.1), (0.08, 1.0), 5) {
            bar(
                &mut mesh,
                v(x, lean(seat), seat),
                v(x, lean(back), back),
                0.009,
                wood,
            );
        }
    }
    mesh
}

/// High, on four legs or one foot, with a ring for the feet and perhaps a short back.
fn bar_stool(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (frame, high, half) = (tube(&mut mesh, s), s.range(0.58, 0.8), s.range(0.15, 0.19));
    let top = if s.chance(0.5) {
        timber(&mut mesh, s)
    } else {
        padding(&mut mesh, s)
    };
    if s.chance(0.5) {
        bar(&mut mesh, Vec3::ZERO, v(0.0, 0.0, high), 0.025, frame);
        mesh.rod(Vec3::ZERO, v(0.0, 0.0, 0.03), (0.21, 0.18), 16, frame);
        mesh.ring(v(0.0, 0.0, high * 0.4), Vec3::Z, 0.15, 0.011, (16, 4), frame);
        bar(
            &mut mesh,
            v(-0.15, 0.0, high * 0.4),
            v(0.15, 0.0, high * 0.4),
            0.01,
            frame,
        );
    } else {
        super::legs(&mut mesh, (half * 0.8, half * 0.8), high, 0.06, 0.015, frame);
        let reach = half * 0.8 + 0.04;
        hoop(&mut mesh, v(0.0, 0.0, high * 0.33), (reach, reach), 0.011, frame);
    }
    if s.chance(0.6) {
        mesh.rod(
            v(0.0, 0.0, high),
            v(0.0, 0.0, high + s.range(0.03, 0.07)),
            (half, half * 0.97),
            16,
            top,
        );
    } else {
        mesh.rounded(v(0.0, 0.0, high + 0.02), v(half, half, 0.025), 0.02, top);
    }
    if s.chance(0.35) {
        let back = high + s.range(0.2, 0.32);
        for x in [-half * 0.7, half * 0.7] {
            bar(
                &mut mesh,
                v(x, -half * 0.9, high),
                v(x, -half * 1.1, back),
                0.012,
                frame,
            );
        }
        mesh.block(v(0.0, -half * 1.08, back - 0.05), v(half * 0.9, 0.012, 0.06), top);
    }
    mesh
}

/// Cloth over crossed legs.
fn camp_stool(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let frame = if s.chance(0.4) {
        timber(&mut mesh, s)
    } else {
        tube(&mut mesh, s)
    };
    let stuff = cloth(&mut mesh, s);
    let (hx, hy, high) = (s.range(0.16, 0.24), s.range(0.14, 0.2), s.range(0.26, 0.44));
    for y in [-hy, hy] {
        for x in [-hx, hx] {
            bar(&mut mesh, v(x, y, 0.0), v(-x, y, high), 0.011, frame);
        }
    }
    for x in [-hx, hx] {
        bar(&mut mesh, v(x, -hy, high), v(x, hy, high), 0.012, frame);
        bar(&mut mesh, v(x, -hy, 0.015), v(x, hy, 0.015), 0.012, frame);
    }
    let sag = s.range(0.02, 0.06);
    mesh.field(5, stuff, &|a, b| v(a * hx, b * hy, high - sag * (1.0 - a * a)));
    if s.chance(0.35) {
        let back = high + s.range(0.25, 0.4);
        for x in [-hx, hx] {
            bar(&mut mesh, v(x, -hy, high), v(x, -hy - 0.06, back), 0.011, frame);
        }
        mesh.block(v(0.0, -hy - 0.05, back - 0.07), v(hx, 0.006, 0.07), stuff);
    }
    mesh
}

/// A round shell of cane or plastic on short legs or a ring.
fn basket(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let skin = if s.chance(0.5) {
        timber(&mut mesh, s)
    } else {
        moulded(&mut mesh, s)
    };
    let (pad, frame) = (padding(&mut mesh, s), tube(&mut mesh, s));
    let (radius, seat, tall) = (s.range(0.26, 0.36), s.range(0.36, 0.44), s.range(0.25, 0.5));
    let wall = |t: f32, k: usize| {
        // Open to the front: the wall is highest behind, at -y.
        let turn = k as f32 / 20.0 * TURN;
        let behind = (1.0 - sin(turn)) / 2.0;
        let up = tall * t * (0.12 + 0.88 * crate::maths::smooth(0.1, 0.85, behind));
        let out = radius * (0.85 + 0.2 * t);
        v(cos(turn) * out, sin(turn) * out, seat - 0.12 + 0.12 * t + up)
    };
    let sections: Vec<Vec<Vec3>> = [0.0, 0.35, 0.7, 1.0]
        .iter()
        .map(|&t| (0..20).map(|k| wall(t, k)).collect())
        .collect();
    mesh.loft(&sections, true, 70.0, &|_, _| skin);
    mesh.rod(
        v(0.0, 0.0, seat - 0.12),
        v(0.0, 0.0, seat - 0.06),
        (radius * 0.85, radius * 0.87),
        18,
        skin,
    );
    mesh.blob(
        v(0.0, 0.0, seat - 0.04),
        v(radius * 0.8, radius * 0.8, 0.05),
        (14, 6),
        pad,
        &|_| 1.0,
    );
    if s.chance(0.4) {
        let low = radius * 0.8;
        mesh.rod(Vec3::ZERO, v(0.0, 0.0, seat - 0.1), (low, low * 0.7), 14, skin);
    } else {
        super::legs(
            &mut mesh,
            (radius * 0.5, radius * 0.5),
            seat - 0.1,
            s.range(0.02, 0.09),
            0.016,
            frame,
        );
    }
    mesh
}

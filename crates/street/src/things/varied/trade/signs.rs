//! Boards on the footway: folding boards, banners that roll or hang on crossed rods, flags, light boxes, signs on
//! a post, easels, running letters, columns, planks, boards on wheels.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Glow, Look, Mesh, Pattern, Skin};

use super::prints::Face;
use super::{Make, bar, castor, corners, paint, sheet, timber, tube};

/// Every design.
pub(super) const MAKES: [Make; 11] = [
    folding,
    roll_up,
    crossed,
    flag,
    light_box,
    post,
    easel,
    running_letters,
    column,
    plank,
    wheeled,
];

/// A sign of one of these designs.
pub(crate) fn sign(s: &mut Stream) -> Mesh {
    s.pick(&MAKES)(s)
}

/// A board about `at` with prints on its front and perhaps its back.
fn board(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32), thick: f32, skin: Skin) {
    mesh.block(at, v(half.0, thick, half.1), skin);
    let inside = s.range(0.82, 0.98);
    let sides: &[f32] = if s.chance(0.7) { &[1.0, -1.0] } else { &[1.0] };
    for &front in sides {
        let face = Face {
            at: at + Vec3::Y * (thick * front),
            half: (half.0 * inside, half.1 * inside),
            front,
        };
        face.print(mesh, s);
    }
}

/// Two boards that lean together.
fn folding(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, high, lean) = (s.range(0.22, 0.45), s.range(0.65, 1.3), s.range(0.15, 0.32));
    let skin = if s.chance(0.5) {
        timber(&mut mesh, s)
    } else {
        sheet(&mut mesh, s)
    };
    let legs = s.range(0.0, 0.2);
    for turned in [0.0, TURN / 2.0] {
        let out = high * sin(lean);
        mesh.part(&Pose::new(Vec3::ZERO, turned), |m| {
            m.part(&Pose::tilted(v(0.0, out, 0.0), lean, 0.0, 0.0), |m| {
                let half = (high - legs) / 2.0;
                m.block(v(0.0, -0.01, legs + half), v(hx, 0.01, half), skin);
                let face = Face {
                    at: v(0.0, 0.0, legs + half),
                    half: (hx * 0.9, half * 0.92),
                    front: 1.0,
                };
                face.print(m, s);
                for x in [-hx, hx] {
                    m.block(v(x, -0.01, high / 2.0), v(0.02, 0.016, high / 2.0), skin);
                }
            });
        });
    }
    mesh
}

/// A tall banner drawn out of its case.
fn roll_up(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, high) = (s.range(0.3, 0.6), s.range(1.5, 2.1));
    let metal = mesh.metal(s.range(0.4, 0.7));
    mesh.rounded(v(0.0, 0.0, 0.05), v(hx * 1.05, 0.1, 0.05), 0.04, metal);
    bar(&mut mesh, v(0.0, -0.03, 0.08), v(0.0, -0.03, high), 0.01, metal);
    bar(&mut mesh, v(-hx, 0.0, high), v(hx, 0.0, high), 0.014, metal);
    let back = mesh.matt(Vec3::splat(0.7));
    let half = (hx, (high - 0.1) / 2.0);
    board(&mut mesh, s, v(0.0, 0.0, 0.1 + half.1), half, 0.004, back);
    mesh
}

/// A banner stretched between crossed rods with feet.
fn crossed(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (hx, low, high) = (s.range(0.28, 0.45), s.range(0.12, 0.3), s.range(1.4, 1.95));
    let rod = tube(&mut mesh, s);
    let hub = v(0.0, -0.12, (low + high) * 0.5);
    for (x, z) in [(-hx, low), (hx, low), (-hx, high), (hx, high)] {
        bar(&mut mesh, hub, v(x, 0.0, z), 0.008, rod);
    }
    for (x, y) in [(-0.3, 0.12), (0.3, 0.12), (0.0, -0.45)] {
        bar(&mut mesh, hub, v(x, y, 0.01), 0.011, rod);
    }
    let back = mesh.matt(Vec3::splat(0.72));
    let half = (hx, (high - low) / 2.0);
    mesh.part(&Pose::HERE, |m| {
        board(m, s, v(0.0, 0.004, low + half.1), half, 0.004, back);
    });
    mesh
}

/// A feather of cloth on a bending pole over a heavy foot.
fn flag(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (high, wide) = (s.range(1.9, 3.0), s.range(0.35, 0.65));
    let (metal, turned) = (tube(&mut mesh, s), s.unit() < 0.5);
    let low = s.range(0.3, 0.7);
    let bend = s.range(0.2, 1.0);
    let curve = |t: f32| {
        let over = ((t - 0.6) / 0.4).max(0.0);
        v(
            wide * bend * over * over,
            0.0,
            high * (t - 0.04 * bend * over * over),
        )
    };
    for k in 0..8 {
        let (a, b) = (curve(k as f32 / 8.0), curve((k + 1) as f32 / 8.0));
        bar(&mut mesh, a, b, 0.013, metal);
    }
    let colours = [paint(s), paint(s)];
    let skins = colours.map(|c| mesh.patterned(c, Look::Thin, Pattern::Plain));
    let (stripe, wave) = (2 + s.below(5), s.range(0.02, 0.09));
    let rows: Vec<Vec<Vec3>> = (0..=12)
        .map(|k| {
            let t = low / high + (1.0 - low / high) * k as f32 / 12.0;
            let edge = curve(t);
            let end = if t > 0.95 { 0.5 } else { 1.0 };
            (0..=4)
                .map(|j| {
                    let u = j as f32 / 4.0;
                    let x = edge.x + (wide - edge.x).max(0.04) * u * end;
                    v(x, wave * sin(u * 3.0 + t * 6.0) * u, edge.z)
                })
                .collect()
        })
        .collect();
    mesh.loft(&rows, false, 70.0, &|i, j| {
        let mark = i > 2 && i < 10 && i % 2 == 1 && (1..3).contains(&j);
        skins[usize::from(mark || i / stripe == 2)]
    });
    if s.chance(0.5) {
        mesh.rod(Vec3::ZERO, Vec3::Z * 0.06, (0.24, 0.22), 12, metal);
    } else {
        for (x, y) in corners((0.25, 0.25)) {
            bar(&mut mesh, v(0.0, 0.0, 0.06), v(x, y, 0.015), 0.014, metal);
        }
    }
    if turned {
        mesh.scale(v(-1.0, 1.0, 1.0));
    }
    mesh
}

/// A box lit from inside, on feet or a stand.
fn light_box(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.2, 0.45), s.range(0.3, 0.75));
    let (deep, low) = (s.range(0.05, 0.13), s.range(0.05, 0.35));
    let frame = tube(&mut mesh, s);
    let colour = paint(s).mix(Vec3::splat(0.8), s.unit());
    let lit = mesh.glowing(colour, Glow::AtNight(1.5));
    let middle = v(0.0, 0.0, low + half.1);
    if s.chance(0.3) {
        let r = half.0.min(half.1);
        let at = v(0.0, 0.0, low + r);
        mesh.rod(at - Vec3::Y * deep, at + Vec3::Y * deep, (r, r), 20, lit);
        let face = Face {
            at: at + Vec3::Y * deep,
            half: (r * 0.65, r * 0.5),
            front: 1.0,
        };
        face.print(&mut mesh, s);
        mesh.ring(at, Vec3::Y, r, deep * 0.5, (20, 5), frame);
        bar(&mut mesh, v(0.0, 0.0, 0.0), v(0.0, 0.0, low + 0.02), 0.03, frame);
    } else {
        board(&mut mesh, s, middle, half, deep, lit);
        for x in [-half.0, half.0] {
            mesh.block(v(x, 0.0, middle.z), v(0.015, deep + 0.01, half.1 + 0.01), frame);
        }
        for z in [low, low + half.1 * 2.0] {
            mesh.block(v(0.0, 0.0, z), v(half.0, deep + 0.01, 0.015), frame);
        }
        for x in [-half.0 * 0.8, half.0 * 0.8] {
            bar(&mut mesh, v(x, 0.0, 0.0), v(x, 0.0, low), 0.018, frame);
        }
    }
    for x in [-half.0 * 0.8, half.0 * 0.8] {
        mesh.block(v(x, 0.0, 0.015), v(0.025, 0.2, 0.015), frame);
    }
    mesh
}

/// A plate on a post: square, round, arrow, or several one above another.
fn post(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (metal, plate) = (tube(&mut mesh, s), sheet(&mut mesh, s));
    let high = s.range(0.95, 1.7);
    let foot = s.range(0.16, 0.28);
    mesh.rod(
        Vec3::ZERO,
        v(0.0, 0.0, s.range(0.03, 0.1)),
        (foot, foot * 0.85),
        14,
        metal,
    );
    bar(&mut mesh, Vec3::ZERO, v(0.0, 0.0, high), 0.02, metal);
    match s.below(3) {
        0 => {
            let r = s.range(0.18, 0.32);
            let at = v(0.0, 0.02, high);
            mesh.rod(at - Vec3::Y * 0.01, at + Vec3::Y * 0.01, (r, r), 20, plate);
            let colour = paint(s);
            let rim = mesh.gloss(colour);
            mesh.ring(at, Vec3::Y, r, 0.018, (20, 4), rim);
            let face = Face {
                at: at + Vec3::Y * 0.01,
                half: (r * 0.65, r * 0.55),
                front: 1.0,
            };
            face.print(&mut mesh, s);
        }
        1 => {
            for k in 0..2 + s.below(3) {
                let half = (s.range(0.2, 0.36), s.range(0.06, 0.1));
                let side = s.sign();
                let at = v(side * half.0 * 0.4, 0.03, high - 0.24 * k as f32);
                let skin = timber(&mut mesh, s);
                board(&mut mesh, s, at, half, 0.012, skin);
                let tip = at + Vec3::X * (side * (half.0 + half.1));
                let edge = at + Vec3::X * (side * half.0);
                mesh.triangle(edge + Vec3::Z * half.1, tip, edge - Vec3::Z * half.1, skin);
            }
        }
        _ => {
            let half = (s.range(0.15, 0.4), s.range(0.15, 0.35));
            let at = v(0.0, 0.02, high + half.1 * s.range(-0.6, 0.8));
            board(&mut mesh, s, at, half, 0.012, plate);
        }
    }
    mesh
}

/// A board on the pegs of an easel.
fn easel(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (wood, high) = (timber(&mut mesh, s), s.range(1.2, 1.8));
    let (wide, lean) = (s.range(0.3, 0.5), s.range(0.1, 0.22));
    let front = high * sin(lean);
    for x in [-wide, wide] {
        bar(&mut mesh, v(x, front, 0.0), v(x * 0.25, 0.0, high), 0.017, wood);
    }
    bar(
        &mut mesh,
        v(0.0, -0.45, 0.0),
        v(0.0, 0.0, high * 0.95),
        0.017,
        wood,
    );
    let peg = s.range(0.35, 0.6);
    let half = (s.range(0.25, 0.45), s.range(0.25, 0.45));
    let surface = if s.chance(0.4) {
        mesh.matt(Vec3::splat(0.03))
    } else {
        sheet(&mut mesh, s)
    };
    let at = v(0.0, front * (1.0 - peg / high) + 0.02, peg);
    mesh.part(&Pose::tilted(at, lean, 0.0, 0.0), |m| {
        m.block(v(0.0, 0.02, -0.015), v(wide * 0.9, 0.04, 0.015), wood);
        board(m, s, v(0.0, 0.015, half.1), half, 0.014, surface);
    });
    mesh
}

/// A dark panel with letters of lamps, lying or standing.
fn running_letters(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let lying = s.chance(0.5);
    let half = if lying {
        (s.range(0.45, 0.8), s.range(0.12, 0.22))
    } else {
        (s.range(0.15, 0.28), s.range(0.5, 0.85))
    };
    let low = if lying {
        s.range(0.1, 0.7)
    } else {
        s.range(0.03, 0.2)
    };
    let (dark, frame) = (mesh.gloss(Vec3::splat(0.015)), tube(&mut mesh, s));
    let middle = v(0.0, 0.0, low + half.1);
    mesh.block(middle, v(half.0, 0.035, half.1), dark);
    let lamp = s.pick(&[
        v(0.9, 0.05, 0.03),
        v(0.9, 0.5, 0.05),
        v(0.1, 0.8, 0.2),
        v(0.7, 0.8, 0.9),
    ]);
    let lamp = mesh.glowing(lamp, Glow::Always(0.9));
    let size = half.0.min(half.1) * 0.75;
    let count = (half.0.max(half.1) / size * 0.85) as usize;
    for k in 0..count.max(1) {
        let far = ((k as f32 + 0.5) / count.max(1) as f32 * 2.0 - 1.0) * half.0.max(half.1) * 0.94;
        let at = middle
            + if lying {
                v(far, 0.037, 0.0)
            } else {
                v(0.0, 0.037, -far)
            };
        for _ in 0..3 + s.below(3) {
            let flat = s.chance(0.5);
            let off = v(s.range(-0.7, 0.7), 0.0, s.range(-0.7, 0.7)) * size;
            let long = size * s.range(0.3, 0.8);
            let thin = size * 0.09;
            let off = if flat { off.with(0, 0.0) } else { off.with(2, 0.0) };
            let shape = if flat {
                v(long, 0.004, thin)
            } else {
                v(thin, 0.004, long)
            };
            mesh.block(at + off, shape, lamp);
        }
    }
    for x in [-half.0 * 0.8, half.0 * 0.8] {
        bar(&mut mesh, v(x, 0.0, 0.0), v(x, 0.0, low + 0.01), 0.016, frame);
        mesh.block(v(x, 0.0, 0.012), v(0.02, 0.18, 0.012), frame);
    }
    mesh
}

/// A printed column: square, three-sided or blown up round with a cap.
fn column(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, high) = (s.range(0.16, 0.32), s.range(1.1, 2.2));
    let skin = sheet(&mut mesh, s);
    let sides = s.pick(&[3, 4, 4, 12]);
    if sides == 12 {
        let colours = [paint(s), paint(s)];
        let skins = colours.map(|c| mesh.gloss(c));
        let bands = 2 + s.below(4);
        for k in 0..bands {
            let (a, b) = (k as f32 / bands as f32, (k + 1) as f32 / bands as f32);
            mesh.rod(
                Vec3::Z * (a * high),
                Vec3::Z * (b * high),
                (radius, radius),
                16,
                skins[k % 2],
            );
        }
        mesh.blob(
            Vec3::Z * high,
            v(radius, radius, radius * 0.8),
            (14, 6),
            skins[0],
            &|_| 1.0,
        );
    }
    let flat = if sides == 12 { 4 } else { sides };
    let reach = if sides == 12 {
        radius
    } else {
        radius * cos(TURN / 2.0 / flat as f32)
    };
    let wide = if sides == 12 {
        radius * 0.35
    } else {
        radius * sin(TURN / 2.0 / flat as f32)
    };
    for k in 0..flat {
        let turn = k as f32 / flat as f32 * TURN;
        mesh.part(&Pose::new(Vec3::ZERO, turn), |m| {
            let at = v(0.0, reach, high / 2.0);
            if sides != 12 {
                m.block(at - Vec3::Y * 0.01, v(wide, 0.01, high / 2.0), skin);
            }
            let face = Face {
                at,
                half: (wide * 0.92, high * 0.42),
                front: 1.0,
            };
            face.print(m, s);
        });
    }
    mesh
}

/// A plank upright on a block, or between two posts under a small roof.
fn plank(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (wood, high) = (timber(&mut mesh, s), s.range(1.0, 1.8));
    if s.chance(0.5) {
        let half = (s.range(0.12, 0.22), high / 2.0);
        mesh.block(v(0.0, 0.0, 0.06), v(half.0 * 1.5, 0.16, 0.06), wood);
        board(&mut mesh, s, v(0.0, 0.0, half.1), half, 0.025, wood);
    } else {
        let hx = s.range(0.3, 0.6);
        for x in [-hx, hx] {
            mesh.block(v(x, 0.0, high / 2.0), v(0.03, 0.03, high / 2.0), wood);
            mesh.block(v(x, 0.0, 0.03), v(0.04, 0.24, 0.03), wood);
        }
        let half = (hx, high * s.range(0.2, 0.36));
        board(&mut mesh, s, v(0.0, 0.0, high - half.1 - 0.03), half, 0.015, wood);
        if s.chance(0.5) {
            let tiles = sheet(&mut mesh, s);
            for side in [-1.0, 1.0] {
                let slope = Pose::tilted(v(0.0, side * 0.08, high + 0.04), side * -0.6, 0.0, 0.0);
                mesh.part(&slope, |m| m.block(Vec3::ZERO, v(hx * 1.2, 0.11, 0.012), tiles));
            }
        }
    }
    mesh
}

/// A large board on a frame with castors or splayed feet.
fn wheeled(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.35, 0.75), s.range(0.35, 0.75));
    let low = s.range(0.2, 0.6);
    let (frame, skin) = (tube(&mut mesh, s), sheet(&mut mesh, s));
    board(&mut mesh, s, v(0.0, 0.0, low + half.1), half, 0.015, skin);
    let rolling = s.chance(0.6);
    for x in [-half.0, half.0] {
        bar(
            &mut mesh,
            v(x, 0.0, 0.08),
            v(x, 0.0, low + half.1 * 2.0),
            0.018,
            frame,
        );
        for y in [-0.28, 0.28] {
            if rolling {
                castor(&mut mesh, (x, y), 0.09, frame);
                bar(&mut mesh, v(x, y, 0.09), v(x, 0.0, 0.09), 0.016, frame);
            } else {
                bar(&mut mesh, v(x, y, 0.0), v(x, 0.0, low * 0.6), 0.016, frame);
            }
        }
    }
    for z in [low, low + half.1 * 2.0] {
        bar(&mut mesh, v(-half.0, 0.0, z), v(half.0, 0.0, z), 0.018, frame);
    }
    mesh
}

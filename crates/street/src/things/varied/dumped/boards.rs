//! Long and flat building material of many makes: planks, sheets, doors, poles, pipes, frames, beams.

use super::any_colour;
use super::matter::{Make, any, bar, pipe, plastic, stood, thrown, timber};
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

pub(super) const BOARDS: &[Make] = &[
    flat_sheets,
    propped,
    doors,
    poles,
    pipes,
    jackstraws,
    frames,
    beams,
    corrugated,
    against_trestle,
];

/// Boards, poles or pipes.
pub(in super::super) fn boards(s: &mut Stream) -> Mesh {
    any(BOARDS, s)
}

/// Plywood, plasterboard, particle board, veneer, foam panel.
fn panel(mesh: &mut Mesh, s: &mut Stream) -> Skin {
    let colour = s.pick(&[
        v(0.52, 0.37, 0.20),
        v(0.42, 0.27, 0.13),
        v(0.60, 0.59, 0.56),
        v(0.30, 0.08, 0.04),
        v(0.66, 0.62, 0.52),
        v(0.55, 0.35, 0.38),
    ]);
    let pattern = s.pick(&[
        Pattern::Wood,
        Pattern::Wood,
        Pattern::Plain,
        Pattern::Cloth,
        Pattern::WornPaint,
    ]);
    mesh.patterned(s.near(colour, 0.3), Look::Matt, pattern)
}

/// Sheets in a stack, on battens.
fn flat_sheets(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (w, l, thick) = (s.range(0.3, 0.65), s.range(0.7, 1.25), s.range(0.006, 0.016));
    let batten = timber(&mut mesh, s);
    let lift = s.range(0.02, 0.06);
    for y in [-0.7, 0.0, 0.7] {
        mesh.block(v(0.0, y * l, lift), v(w, 0.04, lift), batten);
    }
    let kinds = [panel(&mut mesh, s), panel(&mut mesh, s)];
    let (count, slip) = (4 + s.below(24), s.range(0.005, 0.06));
    for k in 0..count {
        let skin = kinds[usize::from(s.chance(0.25))];
        let at = v(
            s.range(-slip, slip),
            s.range(-slip, slip),
            lift * 2.0 + thick * (2.2 * k as f32 + 1.0),
        );
        mesh.part(&Pose::new(at, s.range(-slip, slip) * 0.7), |m| {
            m.block(Vec3::ZERO, v(w, l, thick), skin);
        });
    }
    stood(mesh)
}

/// Sheets on edge, leaning on a stack of the same or on a pole.
fn propped(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (w, tall) = (s.range(0.5, 1.2), s.range(0.4, 0.95));
    let lean = s.range(0.12, 0.35);
    let mut y = 0.0;
    let kinds = [panel(&mut mesh, s), panel(&mut mesh, s), panel(&mut mesh, s)];
    for _ in 0..3 + s.below(10) {
        let (one, thick) = (s.pick(&kinds), s.range(0.006, 0.02));
        let half = v(w * s.range(0.75, 1.0), thick, tall * s.range(0.75, 1.0));
        let at = v(s.range(-0.12, 0.12), y, 0.0);
        mesh.part(&Pose::tilted(at, lean, 0.0, s.range(-0.03, 0.03)), |m| {
            m.block(v(0.0, 0.0, half.z), half, one);
        });
        y += thick * 2.4;
    }
    let prop = timber(&mut mesh, s);
    for sign in [-1.0, 1.0] {
        let top = v(sign * w * 0.5, -lean * tall * 1.3, tall * 1.25);
        bar(
            &mut mesh,
            (top, v(sign * w * 0.6, -tall * 0.9 - 0.2, 0.0)),
            (0.03, 0.03),
            prop,
        );
    }
    stood(mesh)
}

/// One door around the middle of its lower edge: sunk panels, a handle, perhaps a pane.
fn door(mesh: &mut Mesh, s: &mut Stream, half: Vec3, pose: &Pose) {
    let paint = any_colour(s);
    let skin = if s.chance(0.6) {
        panel(mesh, s)
    } else {
        mesh.gloss(paint)
    };
    let edge = mesh.matt(Vec3::splat(s.range(0.03, 0.3)));
    let (glass, steel) = (
        mesh.patterned(v(0.1, 0.12, 0.12), Look::Glass, Pattern::Plain),
        mesh.metal(0.5),
    );
    let (pane, rows) = (s.chance(0.3), 1 + s.below(3));
    mesh.part(pose, |m| {
        m.block(v(0.0, 0.0, half.z), half, skin);
        for k in 0..rows {
            let share = half.z / rows as f32;
            let middle = v(0.0, 0.0, share * (2.0 * k as f32 + 1.0));
            let field = v(half.x * 0.68, half.y + 0.004, share * 0.72);
            let inner = if pane && k + 1 == rows { glass } else { skin };
            m.block(middle, field, edge);
            m.block(middle, field + v(-0.02, 0.004, -0.02), inner);
        }
        m.block(
            v(half.x * 0.85, 0.0, half.z),
            v(0.015, half.y + 0.04, 0.06),
            steel,
        );
    });
}

/// Old doors: leaning in a row, or lying on each other.
fn doors(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (count, lying) = (2 + s.below(4), s.chance(0.4));
    for k in 0..count {
        let half = v(s.range(0.32, 0.48), s.range(0.018, 0.03), s.range(0.85, 1.08));
        let pose = if lying {
            let at = v(
                s.range(-0.1, 0.1),
                half.z + s.range(-0.1, 0.1),
                0.04 + 0.075 * k as f32,
            );
            Pose::tilted(at, TURN / 4.0, 0.0, s.range(-0.12, 0.12))
        } else {
            Pose::tilted(
                v(s.range(-0.2, 0.2), 0.09 * k as f32, 0.0),
                s.range(0.16, 0.24),
                0.0,
                s.range(-0.06, 0.06),
            )
        };
        door(&mut mesh, s, half, &pose);
    }
    if !lying {
        let (a, b) = (v(0.0, -0.30, 1.4), v(0.1, -1.0, 0.0));
        let prop = timber(&mut mesh, s);
        bar(&mut mesh, (a, b), (0.035, 0.035), prop);
    }
    stood(mesh)
}

/// A bundle of bamboo, scaffold tubes or bars, tied.
fn poles(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colours = [
        v(0.40, 0.36, 0.12),
        v(0.24, 0.26, 0.08),
        v(0.30, 0.20, 0.10),
        v(0.35, 0.13, 0.06),
        v(0.3, 0.3, 0.32),
    ];
    let colour = s.pick(&colours);
    let (thick, long) = (s.range(0.012, 0.045), s.range(0.9, 1.9));
    let skins = [0.8, 1.0, 1.2].map(|tint| mesh.matt(colour * tint));
    let (wide, jumble) = (3 + s.below(6), s.range(0.01, 0.12));
    let knots = colour.x > colour.z * 2.0 && thick > 0.02;
    for k in 0..wide * (1 + s.below(4)) {
        let (row, column) = (k / wide, k % wide);
        let x = (column as f32 + 0.5 * (row % 2) as f32 - wide as f32 * 0.5) * thick * 2.1;
        let z = thick + row as f32 * thick * 1.8;
        let skip = s.range(-0.15, 0.15);
        let (a, b) = (
            v(x + s.range(-jumble, jumble), -long + skip, z),
            v(x + s.range(-jumble, jumble), long + skip, z),
        );
        let skin = s.pick(&skins);
        mesh.rod(a, b, (thick, thick * s.range(0.7, 1.0)), 7, skin);
        if knots {
            for j in 1..5 {
                let at = a.mix(b, j as f32 / 5.0);
                let way = (b - a).unit() * 0.01;
                mesh.rod(at - way, at + way, (thick * 1.12, thick * 1.12), 7, skins[0]);
            }
        }
    }
    if s.chance(0.5) {
        let tie = plastic(&mut mesh, s);
        for y in [-0.6, 0.6] {
            let half = v(wide as f32 * thick * 1.1 + 0.01, 0.015, thick * 2.6);
            mesh.block(v(0.0, y * long, half.z * 0.9), half, tie);
        }
    }
    stood(mesh)
}

/// Pipes in a pyramid: plastic, concrete, steel.
fn pipes(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = s.pick(&[
        v(0.62, 0.62, 0.60),
        v(0.45, 0.16, 0.03),
        v(0.03, 0.03, 0.035),
        v(0.06, 0.14, 0.4),
        v(0.36, 0.35, 0.33),
    ]);
    let skin = mesh.gloss(s.near(colour, 0.25));
    let (r, long) = (s.range(0.025, 0.16), s.range(0.6, 1.6));
    let base = (2 + s.below(5)).min((0.9 / r) as usize).max(2);
    let full = s.chance(0.6);
    for row in 0..if full { base } else { 1 + s.below(2) }.min(5) {
        for k in 0..base - row.min(base - 1) {
            let x = (k as f32 + 0.5 * row as f32 - base as f32 * 0.5) * r * 2.04;
            let (z, slip) = (r + row as f32 * r * 1.74, s.range(-0.12, 0.12));
            let turn = if full { 0.0 } else { s.range(-0.08, 0.08) };
            pipe(
                &mut mesh,
                (v(x - turn, slip - long, z), v(x + turn, slip + long, z)),
                r,
                skin,
            );
        }
    }
    let chock = timber(&mut mesh, s);
    for sign in [-1.0, 1.0] {
        for y in [-0.6, 0.6] {
            mesh.block(
                v(sign * base as f32 * r * 1.05 - r * 0.5, y * long, 0.03),
                v(0.05, 0.04, 0.03),
                chock,
            );
        }
    }
    stood(mesh)
}

/// Planks thrown down anyhow.
fn jackstraws(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (main, fan) = (s.range(0.0, TURN), s.range(0.15, 1.2));
    let wood = [timber(&mut mesh, s), timber(&mut mesh, s), panel(&mut mesh, s)];
    for k in 0..7 + s.below(16) {
        let yaw = main + s.range(-fan, fan);
        let half = v(s.range(0.03, 0.13), s.range(0.4, 1.15), s.range(0.008, 0.03));
        let at = v(
            s.range(-0.25, 0.25),
            s.range(-0.35, 0.35),
            0.03 + 0.022 * k as f32,
        );
        let skin = s.pick(&wood);
        let tilt = s.range(-0.13, 0.13);
        mesh.part(&Pose::tilted(at, tilt, s.range(-0.1, 0.1), yaw), |m| {
            m.block(Vec3::ZERO, half, skin);
        });
    }
    stood(mesh)
}

/// Window frames and panes, leaning in a bunch.
fn frames(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let paint = any_colour(s);
    let frame = if s.chance(0.5) {
        mesh.gloss(paint)
    } else {
        timber(&mut mesh, s)
    };
    let glass = mesh.patterned(v(0.08, 0.11, 0.11), Look::Glass, Pattern::Plain);
    for k in 0..2 + s.below(5) {
        let (w, tall) = (s.range(0.35, 0.75), s.range(0.4, 0.8));
        let (glazed, bars, thick) = (s.chance(0.6), 1 + s.below(3), s.range(0.02, 0.045));
        let at = v(s.range(-0.3, 0.3), 0.10 * k as f32, 0.0);
        mesh.part(
            &Pose::tilted(at, s.range(0.2, 0.3), 0.0, s.range(-0.08, 0.08)),
            |m| {
                for sign in [-1.0, 1.0] {
                    m.block(v(sign * w, 0.0, tall), v(thick, 0.025, tall), frame);
                    m.block(v(0.0, 0.0, tall + sign * tall), v(w + thick, 0.025, thick), frame);
                }
                for j in 1..=bars {
                    let x = (j as f32 / (bars as f32 + 1.0) * 2.0 - 1.0) * w;
                    m.block(v(x, 0.0, tall), v(thick * 0.7, 0.02, tall), frame);
                }
                if glazed {
                    m.block(v(0.0, 0.0, tall), v(w, 0.004, tall), glass);
                }
            },
        );
    }
    let prop = timber(&mut mesh, s);
    bar(
        &mut mesh,
        (v(0.0, -0.25, 0.9), v(0.0, -0.8, 0.0)),
        (0.03, 0.03),
        prop,
    );
    stood(mesh)
}

/// Square timber in crossed layers, as formwork is kept.
fn beams(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let wood = [timber(&mut mesh, s), timber(&mut mesh, s)];
    let (thick, long) = (s.range(0.03, 0.075), s.range(0.5, 1.0));
    let (layers, each) = (2 + s.below(6), 3 + s.below(5));
    let crossed = s.chance(0.7);
    for k in 0..layers {
        for i in 0..each {
            let x = ((i as f32 + 0.5) / each as f32 * 2.0 - 1.0)
                * if crossed {
                    long * 0.9
                } else {
                    each as f32 * thick * 1.1
                };
            let turn = if crossed && k % 2 == 1 { TURN / 4.0 } else { 0.0 };
            let base = Pose::new(
                v(0.0, 0.0, thick * (2.0 * k as f32 + 1.0)),
                turn + s.range(-0.03, 0.03),
            );
            let (skin, slip) = (s.pick(&wood), s.range(-0.08, 0.08));
            mesh.part(&base, |m| m.block(v(x, slip, 0.0), v(thick, long, thick), skin));
        }
    }
    stood(mesh)
}

/// Roofing sheet: waves of metal or plastic, lying in a stack or leaning.
fn corrugated(s: &mut Stream) -> Mesh {
    let mut flat = Mesh::default();
    let paint = any_colour(s);
    let colours = [
        v(0.06, 0.16, 0.42),
        v(0.40, 0.06, 0.04),
        v(0.45, 0.46, 0.48),
        v(0.35, 0.17, 0.08),
        paint,
    ];
    let colour = s.pick(&colours);
    let skin = flat.patterned(s.near(colour, 0.25), Look::Gloss, Pattern::WornPaint);
    let (w, l, deep) = (s.range(0.35, 0.6), s.range(0.6, 1.3), s.range(0.012, 0.03));
    let waves = 5 + s.below(6);
    for k in 0..=s.below(7) {
        let (lift, slip, bow) = (0.035 * k as f32, s.range(-0.08, 0.08), s.range(0.0, 0.08));
        let rows: Vec<Vec<Vec3>> = (0..4)
            .map(|j| {
                let y = j as f32 / 3.0 * 2.0 - 1.0;
                (0..=waves * 4)
                    .map(|i| {
                        let t = i as f32 / (waves * 4) as f32;
                        let ridge = crate::maths::sin(t * waves as f32 * TURN);
                        v(
                            (t * 2.0 - 1.0) * w + slip,
                            y * l + slip,
                            lift + ridge * deep + bow * y * y + deep,
                        )
                    })
                    .collect()
            })
            .collect();
        flat.loft(&rows, false, 60.0, &|_, _| skin);
    }
    let mut mesh = Mesh::default();
    let lean = if s.chance(0.5) { s.range(1.15, 1.35) } else { 0.0 };
    mesh.add(&flat, &Pose::tilted(Vec3::ZERO, lean, 0.0, 0.0));
    if lean > 0.0 {
        let prop = timber(&mut mesh, s);
        for sign in [-1.0, 1.0] {
            let top = v(
                sign * w * 0.7,
                crate::maths::cos(lean) * l * 0.6 - 0.02,
                crate::maths::sin(lean) * l * 0.6,
            );
            bar(
                &mut mesh,
                (top, v(sign * w * 0.7, l * 0.8, -crate::maths::sin(lean) * l)),
                (0.03, 0.03),
                prop,
            );
        }
    }
    stood(mesh)
}

/// Planks and poles leaning on a trestle or a saw-horse.
fn against_trestle(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let wood = timber(&mut mesh, s);
    let (high, wide) = (s.range(0.6, 1.1), s.range(0.4, 0.8));
    bar(
        &mut mesh,
        (v(-wide, 0.0, high), v(wide, 0.0, high)),
        (0.05, 0.04),
        wood,
    );
    for sx in [-1.0, 1.0] {
        for sy in [-0.3, 0.3] {
            bar(
                &mut mesh,
                (v(sx * wide * 0.85, 0.0, high), v(sx * wide * 0.95, sy, 0.0)),
                (0.03, 0.03),
                wood,
            );
        }
    }
    for _ in 0..4 + s.below(9) {
        let x = s.range(-0.95, 0.95) * wide;
        let foot = v(x + s.range(-0.2, 0.2), s.range(0.35, 0.6), 0.02);
        let over = s.range(1.05, 1.7);
        let top = v(x, 0.05, high + 0.05);
        let end = foot + (top - foot) * over;
        if s.chance(0.7) {
            let skin = panel(&mut mesh, s);
            bar(&mut mesh, (foot, end), (s.range(0.04, 0.13), 0.012), skin);
        } else {
            let skin = plastic(&mut mesh, s);
            pipe(&mut mesh, (foot, end), s.range(0.015, 0.04), skin);
        }
    }
    for _ in 0..s.below(4) {
        let skin = panel(&mut mesh, s);
        let at = v(s.range(-0.4, 0.4), s.range(0.5, 0.8), 0.03);
        mesh.part(&thrown(s, at, 0.03), |m| {
            m.block(Vec3::ZERO, v(0.1, 0.5, 0.015), skin);
        });
    }
    stood(mesh)
}

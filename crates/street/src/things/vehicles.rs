//! Motor vehicles: cars of three cuts, vans, trucks, buses, three-wheelers. They face +y and stand on
//! z = 0. Bodies are skins over cross-sections; the same sections carry windows, seams and lamps.

use crate::chance::Stream;
use crate::maths::{Pose, Vec3, v};
use crate::mesh::{Glow, Look, Material, Mesh, Pattern, Skin};

/// A place along the body where the cross-section is given; between two places it is straight.
#[derive(Debug, Clone, Copy)]
struct Station {
    /// Along the body, share of the half length: 1 is the nose.
    y: f32,
    /// Height of the roof, bonnet or boot.
    top: f32,
    /// Half width there, share of the body's.
    wide: f32,
    /// Half width of the top, share of the body's.
    narrow: f32,
    /// Lower edge.
    sill: f32,
    /// What lies between this place and the next.
    part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Painted all around: bonnet, boot.
    Solid,
    /// Windows at the side, painted roof.
    Cabin,
    /// A pillar: painted at the side and above.
    Pillar,
    /// Glass above: windscreen or rear window.
    Screen,
}

/// A body to be built.
struct Body<'a> {
    long: f32,
    half_wide: f32,
    belt: f32,
    wheel: f32,
    axles: (f32, f32),
    stations: &'a [Station],
    seams: &'a [f32],
}

const fn st(y: f32, top: f32, wide: f32, narrow: f32, sill: f32, part: Part) -> Station {
    Station {
        y,
        top,
        wide,
        narrow,
        sill,
        part,
    }
}

const SEDAN: &[Station] = &[
    st(1.00, 0.56, 0.72, 0.62, 0.34, Part::Solid),
    st(0.985, 0.66, 0.84, 0.72, 0.24, Part::Solid),
    st(0.93, 0.74, 0.93, 0.78, 0.20, Part::Solid),
    st(0.80, 0.80, 0.98, 0.80, 0.20, Part::Solid),
    st(0.55, 0.87, 1.00, 0.80, 0.20, Part::Solid),
    st(0.34, 0.93, 1.00, 0.80, 0.20, Part::Screen),
    st(0.03, 1.36, 1.00, 0.66, 0.20, Part::Cabin),
    st(-0.12, 1.43, 1.00, 0.66, 0.20, Part::Pillar),
    st(-0.15, 1.44, 1.00, 0.66, 0.20, Part::Cabin),
    st(-0.38, 1.40, 1.00, 0.64, 0.20, Part::Pillar),
    st(-0.43, 1.37, 1.00, 0.63, 0.20, Part::Screen),
    st(-0.68, 1.02, 0.99, 0.70, 0.20, Part::Solid),
    st(-0.88, 0.98, 0.96, 0.74, 0.22, Part::Solid),
    st(-0.97, 0.92, 0.88, 0.72, 0.28, Part::Solid),
    st(-1.00, 0.74, 0.76, 0.66, 0.36, Part::Solid),
];

const SUV: &[Station] = &[
    st(1.00, 0.72, 0.76, 0.66, 0.42, Part::Solid),
    st(0.98, 0.86, 0.88, 0.78, 0.30, Part::Solid),
    st(0.92, 0.96, 0.95, 0.82, 0.27, Part::Solid),
    st(0.75, 1.02, 1.00, 0.84, 0.26, Part::Solid),
    st(0.42, 1.08, 1.00, 0.84, 0.26, Part::Screen),
    st(0.18, 1.56, 1.00, 0.72, 0.26, Part::Cabin),
    st(0.02, 1.65, 1.00, 0.73, 0.26, Part::Pillar),
    st(-0.01, 1.66, 1.00, 0.73, 0.26, Part::Cabin),
    st(-0.40, 1.66, 1.00, 0.72, 0.26, Part::Pillar),
    st(-0.45, 1.65, 1.00, 0.72, 0.26, Part::Cabin),
    st(-0.72, 1.60, 0.99, 0.70, 0.26, Part::Pillar),
    st(-0.80, 1.55, 0.98, 0.69, 0.26, Part::Screen),
    st(-0.95, 1.08, 0.95, 0.78, 0.28, Part::Solid),
    st(-1.00, 0.86, 0.84, 0.72, 0.36, Part::Solid),
];

const HATCH: &[Station] = &[
    st(1.00, 0.60, 0.72, 0.62, 0.36, Part::Solid),
    st(0.97, 0.74, 0.88, 0.74, 0.24, Part::Solid),
    st(0.86, 0.84, 0.97, 0.80, 0.20, Part::Solid),
    st(0.48, 0.96, 1.00, 0.82, 0.20, Part::Screen),
    st(0.12, 1.44, 1.00, 0.68, 0.20, Part::Cabin),
    st(-0.04, 1.51, 1.00, 0.68, 0.20, Part::Pillar),
    st(-0.08, 1.52, 1.00, 0.68, 0.20, Part::Cabin),
    st(-0.55, 1.48, 1.00, 0.66, 0.20, Part::Pillar),
    st(-0.74, 1.42, 0.98, 0.64, 0.20, Part::Screen),
    st(-0.95, 1.00, 0.93, 0.74, 0.24, Part::Solid),
    st(-1.00, 0.72, 0.80, 0.68, 0.36, Part::Solid),
];

const VAN: &[Station] = &[
    st(1.00, 0.72, 0.80, 0.72, 0.34, Part::Solid),
    st(0.97, 0.92, 0.92, 0.84, 0.24, Part::Solid),
    st(0.88, 1.06, 0.98, 0.88, 0.22, Part::Screen),
    st(0.66, 1.66, 1.00, 0.78, 0.22, Part::Cabin),
    st(0.40, 1.86, 1.00, 0.80, 0.22, Part::Pillar),
    st(0.36, 1.87, 1.00, 0.80, 0.22, Part::Cabin),
    st(-0.10, 1.90, 1.00, 0.80, 0.22, Part::Pillar),
    st(-0.16, 1.90, 1.00, 0.80, 0.22, Part::Cabin),
    st(-0.78, 1.88, 1.00, 0.79, 0.22, Part::Pillar),
    st(-0.90, 1.84, 0.99, 0.78, 0.22, Part::Screen),
    st(-0.98, 1.10, 0.97, 0.86, 0.26, Part::Solid),
    st(-1.00, 0.80, 0.90, 0.80, 0.36, Part::Solid),
];

fn paint(s: &mut Stream) -> Vec3 {
    let colours = [
        v(0.72, 0.72, 0.70),
        v(0.72, 0.72, 0.70),
        v(0.75, 0.75, 0.74),
        v(0.02, 0.02, 0.022),
        v(0.03, 0.03, 0.035),
        v(0.30, 0.31, 0.32),
        v(0.14, 0.145, 0.15),
        v(0.42, 0.03, 0.03),
        v(0.03, 0.08, 0.28),
        v(0.34, 0.26, 0.16),
        v(0.10, 0.05, 0.03),
        v(0.05, 0.16, 0.12),
    ];
    let colour = s.pick(&colours);
    s.near(colour, 0.12)
}

/// A car: saloon, off-roader or hatchback.
pub(crate) fn car(s: &mut Stream) -> Mesh {
    let cut = s.below(5);
    let body = match cut {
        0 | 1 => Body {
            long: s.range(4.45, 4.85),
            half_wide: 0.90,
            belt: 0.90,
            wheel: 0.32,
            axles: (0.62, -0.58),
            stations: SEDAN,
            seams: &[0.34, -0.13, -0.56],
        },
        2 | 3 => Body {
            long: s.range(4.3, 4.75),
            half_wide: 0.92,
            belt: 1.04,
            wheel: 0.36,
            axles: (0.62, -0.60),
            stations: SUV,
            seams: &[0.40, 0.0, -0.43],
        },
        _ => Body {
            long: s.range(3.5, 4.1),
            half_wide: 0.84,
            belt: 0.92,
            wheel: 0.29,
            axles: (0.66, -0.66),
            stations: HATCH,
            seams: &[0.42, -0.06, -0.52],
        },
    };
    let colour = paint(s);
    let plate = if s.chance(0.3) {
        v(0.15, 0.55, 0.25)
    } else {
        v(0.02, 0.07, 0.45)
    };
    bodied(&body, colour, plate)
}

/// A small van of the kind that delivers everything.
pub(crate) fn van(s: &mut Stream) -> Mesh {
    let body = Body {
        long: s.range(4.1, 4.9),
        half_wide: s.range(0.80, 0.90),
        belt: 1.08,
        wheel: 0.31,
        axles: (0.60, -0.62),
        stations: VAN,
        seams: &[0.38, -0.13, -0.70],
    };
    let choices = [
        v(0.72, 0.72, 0.70),
        v(0.70, 0.70, 0.68),
        v(0.36, 0.37, 0.38),
        v(0.45, 0.36, 0.22),
    ];
    let colour = s.pick(&choices);
    let colour = s.near(colour, 0.1);
    let mut mesh = bodied(&body, colour, v(0.02, 0.07, 0.45));
    mesh.scale(v(1.0, 1.0, s.range(0.96, 1.08)));
    mesh
}

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

fn bodied(body: &Body<'_>, colour: Vec3, plate: Vec3) -> Mesh {
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
        glow: Glow::None,
    });
    let red = mesh.skin(Material {
        colour: v(0.50, 0.015, 0.012),
        look: Look::Gloss,
        pattern: Pattern::Plain,
        glow: Glow::None,
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
pub(crate) fn wheel(mesh: &mut Mesh, at: Vec3, radius: f32, sign: f32) {
    let rubber = mesh.matt(Vec3::splat(0.022));
    let arch = mesh.matt(Vec3::splat(0.012));
    let rim = mesh.metal(0.42);
    let hub = |x: f32| v(at.x + sign * x, at.y, at.z);
    mesh.rod(hub(-0.24), hub(0.004), (radius * 1.17, radius * 1.17), 20, arch);
    mesh.rod(hub(-0.21), hub(0.016), (radius, radius), 20, rubber);
    mesh.rod(hub(0.0), hub(0.022), (radius * 0.64, radius * 0.60), 14, rim);
    for k in 0..5 {
        let turn = k as f32 / 5.0 * crate::maths::TURN;
        let out = v(0.0, crate::maths::cos(turn), crate::maths::sin(turn)) * (radius * 0.40);
        mesh.block(hub(0.020) + out, Vec3::splat(radius * 0.11), arch);
    }
}

/// A light truck: flat bed or box.
pub(crate) fn truck(s: &mut Stream) -> Mesh {
    let cab = Body {
        long: 1.9,
        half_wide: 0.98,
        belt: 1.25,
        wheel: 0.38,
        axles: (0.05, 0.05),
        stations: &[
            st(1.00, 0.95, 0.88, 0.80, 0.42, Part::Solid),
            st(0.94, 1.20, 0.98, 0.90, 0.36, Part::Screen),
            st(0.62, 2.02, 1.00, 0.84, 0.36, Part::Pillar),
            st(0.50, 2.08, 1.00, 0.84, 0.36, Part::Cabin),
            st(-0.55, 2.12, 1.00, 0.84, 0.36, Part::Pillar),
            st(-1.00, 2.08, 0.98, 0.84, 0.36, Part::Solid),
        ],
        seams: &[0.55, -0.6],
    };
    let choices = [
        v(0.05, 0.14, 0.40),
        v(0.70, 0.70, 0.68),
        v(0.42, 0.05, 0.04),
        v(0.62, 0.40, 0.05),
    ];
    let colour = s.pick(&choices);
    let colour = s.near(colour, 0.1);
    let mut mesh = Mesh::default();
    mesh.add(
        &bodied(&cab, colour, v(0.60, 0.45, 0.03)),
        &Pose::at(v(0.0, 1.95, 0.0)),
    );
    let dark = mesh.matt(Vec3::splat(0.03));
    mesh.block(v(0.0, -0.9, 0.62), v(0.40, 2.0, 0.10), dark);
    for sign in [-1.0, 1.0] {
        wheel(&mut mesh, v(sign * 0.92, -1.7, 0.38), 0.38, sign);
    }
    let red = mesh.gloss(v(0.5, 0.02, 0.02));
    for sign in [-1.0, 1.0] {
        mesh.block(v(sign * 0.7, -2.88, 0.66), v(0.16, 0.03, 0.06), red);
    }
    if s.chance(0.55) {
        let white = mesh.patterned(v(0.68, 0.68, 0.66), Look::Gloss, Pattern::Concrete);
        let high = s.range(0.9, 1.1);
        mesh.rounded(v(0.0, -0.98, 0.78 + high), v(1.02, 1.9, high), 0.04, white);
    } else {
        let side = mesh.patterned(colour, Look::Gloss, Pattern::Concrete);
        mesh.block(v(0.0, -0.98, 0.80), v(1.0, 1.9, 0.05), side);
        for sign in [-1.0, 1.0] {
            mesh.block(v(sign * 0.99, -0.98, 1.0), v(0.03, 1.9, 0.22), side);
            mesh.block(v(0.0, -0.98 + sign * 1.88, 1.0), v(1.0, 0.03, 0.22), side);
        }
        mesh.block(v(0.0, 0.90, 1.35), v(1.0, 0.03, 0.5), side);
    }
    mesh
}

/// A town bus.
pub(crate) fn bus(s: &mut Stream) -> Mesh {
    let (half, w, high) = (s.range(4.2, 5.4), 1.22, s.range(2.85, 3.05));
    let mut mesh = Mesh::default();
    let choices = [
        v(0.03, 0.30, 0.14),
        v(0.05, 0.18, 0.50),
        v(0.55, 0.06, 0.04),
        v(0.60, 0.42, 0.08),
    ];
    let colour = s.pick(&choices);
    let lower = mesh.gloss(s.near(colour, 0.1));
    let upper = mesh.gloss(v(0.68, 0.69, 0.68));
    let glass = mesh.patterned(v(0.02, 0.025, 0.03), Look::Glass, Pattern::Plain);
    let dark = mesh.matt(Vec3::splat(0.02));
    mesh.rounded(
        v(0.0, 0.0, f32::midpoint(high, 0.35)),
        v(w, half, (high - 0.35) / 2.0),
        0.16,
        upper,
    );
    mesh.rounded(v(0.0, 0.0, 0.72), v(w + 0.012, half + 0.012, 0.42), 0.10, lower);
    for sign in [-1.0, 1.0] {
        let panes = 6;
        for k in 0..panes {
            let step = (half * 2.0 - 0.9) / panes as f32;
            let y = -half + 0.45 + (k as f32 + 0.5) * step;
            mesh.block(
                v(sign * w, y, high - 0.95),
                v(0.012, step / 2.0 - 0.05, 0.48),
                glass,
            );
        }
        for y in [half * 0.60, -half * 0.50] {
            wheel(&mut mesh, v(sign * (w + 0.01), y, 0.46), 0.46, sign);
        }
    }
    mesh.block(v(0.0, half + 0.004, high - 1.05), v(w - 0.12, 0.012, 0.72), glass);
    mesh.block(
        v(0.0, -half - 0.004, high - 0.85),
        v(w - 0.25, 0.012, 0.40),
        glass,
    );
    let board = mesh.glowing(v(0.9, 0.35, 0.05), Glow::Always(1.2));
    mesh.block(v(0.0, half + 0.010, high - 0.22), v(w - 0.5, 0.010, 0.10), dark);
    mesh.block(v(0.0, half + 0.014, high - 0.22), v(w - 0.7, 0.010, 0.05), board);
    for y in [half * 0.82, -half * 0.02] {
        mesh.block(v(w + 0.008, y, 1.40), v(0.012, 0.55, 1.02), glass);
    }
    let (clear, red) = (mesh.gloss(v(0.8, 0.82, 0.85)), mesh.gloss(v(0.5, 0.02, 0.02)));
    for sign in [-1.0, 1.0] {
        mesh.rounded(v(sign * 0.9, half, 0.75), v(0.17, 0.05, 0.10), 0.04, clear);
        mesh.rounded(v(sign * 1.0, -half, 0.9), v(0.10, 0.05, 0.2), 0.03, red);
    }
    mesh
}

/// A cargo tricycle with an electric motor: open bed, sometimes a roof over the driver.
pub(crate) fn three_wheeler(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let choices = [
        v(0.48, 0.04, 0.03),
        v(0.03, 0.14, 0.40),
        v(0.06, 0.26, 0.14),
        v(0.30, 0.31, 0.32),
    ];
    let colour = s.pick(&choices);
    let body = mesh.patterned(s.near(colour, 0.15), Look::Gloss, Pattern::Concrete);
    let (rubber, metal) = (mesh.matt(Vec3::splat(0.02)), mesh.metal(0.35));
    let seat = mesh.matt(Vec3::splat(0.03));
    let wheel_at = |mesh: &mut Mesh, at: Vec3| {
        mesh.ring(at, Vec3::X, 0.21, 0.055, (18, 6), rubber);
        mesh.rod(at - Vec3::X * 0.03, at + Vec3::X * 0.03, (0.17, 0.17), 12, metal);
    };
    for at in [v(-0.5, -0.8, 0.265), v(0.5, -0.8, 0.265), v(0.0, 1.12, 0.265)] {
        wheel_at(&mut mesh, at);
    }
    let wide = s.range(0.5, 0.6);
    mesh.block(v(0.0, -0.72, 0.52), v(wide, 0.85, 0.03), body);
    for sign in [-1.0, 1.0] {
        mesh.block(v(sign * wide, -0.72, 0.68), v(0.02, 0.85, 0.16), body);
        mesh.block(v(0.0, -0.72 + sign * 0.84, 0.68), v(wide, 0.02, 0.16), body);
        mesh.rod(
            v(sign * 0.07, 1.12, 0.27),
            v(sign * 0.06, 0.90, 0.92),
            (0.022, 0.022),
            6,
            metal,
        );
    }
    mesh.rounded(v(0.0, 0.45, 0.38), v(0.22, 0.48, 0.06), 0.04, body);
    mesh.rounded(v(0.0, 0.22, 0.58), v(0.24, 0.20, 0.16), 0.06, seat);
    mesh.rounded(v(0.0, 0.96, 0.70), v(0.22, 0.07, 0.26), 0.06, body);
    mesh.ball(v(0.0, 1.04, 0.86), v(0.08, 0.06, 0.08), metal);
    mesh.rod(
        v(-0.34, 0.78, 1.02),
        v(0.34, 0.78, 1.02),
        (0.017, 0.017),
        6,
        rubber,
    );
    mesh.rod(v(0.0, 0.92, 0.9), v(0.0, 0.80, 1.02), (0.03, 0.03), 6, metal);
    mesh.rounded(v(0.0, 1.12, 0.56), v(0.09, 0.22, 0.03), 0.025, body);
    if s.chance(0.35) {
        let cloth = mesh.patterned(s.near(v(0.12, 0.22, 0.42), 0.5), Look::Thin, Pattern::Cloth);
        mesh.rounded(v(0.0, 0.42, 1.82), v(0.52, 0.62, 0.03), 0.02, cloth);
        for (x, y) in [(-0.45, -0.1), (0.45, -0.1), (-0.4, 0.95), (0.4, 0.95)] {
            mesh.rod(v(x, y, 0.6), v(x, y, 1.8), (0.014, 0.014), 5, metal);
        }
    }
    mesh
}

//! Bicycles and e-bikes. They face +y and stand on z = 0, upright on their stands.

mod moped;

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Glow, Look, Mesh, Pattern, Skin};
use crate::styles::Styles;

/// A bicycle; every second one is of the shared kind, in the loud colour of its operator.
pub(crate) fn bicycle(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let shared = s.chance(0.55);
    let colour = cycle_colour(s, shared);
    let frame = mesh.gloss(s.near(colour, 0.1));
    let (rubber, metal) = (mesh.matt(Vec3::splat(0.02)), mesh.metal(0.42));
    let radius = if shared {
        s.own(0.30, 0.27)
    } else {
        s.own(0.325, 0.345)
    };
    let tube = if shared {
        s.own(0.027, 0.034)
    } else {
        s.own(0.018, 0.024)
    };
    bicycle_wheels(&mut mesh, radius, frame);
    let low = v(0.0, -0.06, 0.30);
    let (head, neck) = (v(0.0, 0.38, 0.82), v(0.0, 0.42, 0.66));
    let (seat, rear, fore) = (
        v(0.0, -0.22, 0.78),
        v(0.0, -0.52, radius + 0.02),
        v(0.0, 0.54, radius + 0.02),
    );
    // A low second tube, or a diamond with a level one.
    let second = s.own(
        (v(0.0, -0.18, 0.62), v(0.0, 0.40, 0.74)),
        (v(0.0, -0.22, 0.77), v(0.0, 0.39, 0.80)),
    );
    let bars = [
        (low, neck),
        (low, seat),
        second,
        (rear, low),
        (rear, v(0.0, -0.2, 0.66)),
    ];
    for (a, b) in bars {
        mesh.rod(a, b, (tube, tube), 7, frame);
    }
    for sign in [-1.0, 1.0] {
        mesh.rod(
            fore + Vec3::X * (0.04 * sign),
            neck + Vec3::X * (0.02 * sign),
            (0.013, 0.014),
            6,
            frame,
        );
        mesh.rod(
            low,
            low + v(0.09 * sign, -0.10 * sign, -0.12 * sign),
            (0.010, 0.010),
            5,
            metal,
        );
        mesh.block(
            low + v(0.14 * sign, -0.10 * sign, -0.12 * sign),
            v(0.05, 0.035, 0.012),
            rubber,
        );
        mesh.rod(
            v(0.20 * sign, 0.31, 1.02),
            v(0.28 * sign, 0.20, 1.01),
            (0.018, 0.018),
            6,
            rubber,
        );
    }
    mesh.rod(neck, v(0.0, 0.34, 1.0), (0.017, 0.015), 6, metal);
    mesh.rod(head, v(0.0, 0.33, 1.02), (0.015, 0.015), 6, metal);
    mesh.rod(
        v(-0.24, 0.27, 1.02),
        v(0.24, 0.27, 1.02),
        (0.013, 0.013),
        6,
        metal,
    );
    mesh.rod(seat, v(0.0, -0.24, 0.90), (0.014, 0.014), 6, metal);
    mesh.ball(v(0.0, -0.25, 0.93), v(0.085, 0.14, 0.035), rubber);
    mesh.rod(
        v(0.09, -0.06, 0.30),
        v(0.065, -0.06, 0.30),
        (0.085, 0.085),
        12,
        metal,
    );
    // Kick stand, and a basket.
    mesh.rod(
        v(0.0, -0.34, 0.34),
        v(-0.16, -0.36, 0.0),
        (0.010, 0.010),
        5,
        metal,
    );
    match s.styles() {
        Styles::Shown if shared || s.chance(0.5) => basket(&mut mesh),
        Styles::HeldOut if s.chance(0.6) => carrier(&mut mesh, s),
        _ => {}
    }
    mesh
}

/// An operator's loud colour, or an owner's quiet one.
fn cycle_colour(s: &mut Stream, shared: bool) -> Vec3 {
    if shared {
        s.pick_own(
            &[v(0.85, 0.60, 0.02), v(0.02, 0.30, 0.62), v(0.05, 0.50, 0.46)],
            &[v(0.10, 0.52, 0.08), v(0.78, 0.30, 0.02), v(0.60, 0.62, 0.64)],
        )
    } else {
        s.pick_own(
            &[
                v(0.03, 0.03, 0.035),
                v(0.30, 0.03, 0.03),
                v(0.35, 0.36, 0.38),
                v(0.04, 0.10, 0.25),
            ],
            &[
                v(0.16, 0.17, 0.05),
                v(0.55, 0.54, 0.50),
                v(0.12, 0.30, 0.36),
                v(0.34, 0.16, 0.06),
            ],
        )
    }
}

/// A carrier over the rear wheel, with a child's seat or a box on some.
fn carrier(mesh: &mut Mesh, s: &mut Stream) {
    let metal = mesh.metal(0.3);
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * 0.06, -0.24, 0.72),
            v(sign * 0.06, -0.74, 0.72),
            (0.008, 0.008),
            5,
            metal,
        );
        mesh.rod(
            v(sign * 0.03, -0.52, 0.34),
            v(sign * 0.06, -0.66, 0.72),
            (0.008, 0.008),
            5,
            metal,
        );
    }
    mesh.block(v(0.0, -0.5, 0.72), v(0.06, 0.24, 0.006), metal);
    let tint = s.pick(&[v(0.10, 0.10, 0.11), v(0.42, 0.30, 0.10), v(0.30, 0.08, 0.20)]);
    let skin = mesh.matt(tint);
    if s.chance(0.4) {
        mesh.rounded(v(0.0, -0.46, 0.84), v(0.14, 0.15, 0.05), 0.04, skin);
        mesh.rounded(v(0.0, -0.62, 1.00), v(0.14, 0.03, 0.18), 0.03, skin);
    } else if s.chance(0.5) {
        mesh.rounded(v(0.0, -0.52, 0.87), v(0.17, 0.20, 0.13), 0.02, skin);
    }
}

/// A wire basket before the handlebar.
fn basket(mesh: &mut Mesh) {
    let basket = mesh.patterned(v(0.10, 0.10, 0.11), Look::Matt, Pattern::Plain);
    for k in 0..5 {
        let z = 0.72 + k as f32 * 0.055;
        for sign in [-1.0, 1.0] {
            mesh.block(v(0.15 * sign, 0.60, z), v(0.006, 0.13, 0.010), basket);
            mesh.block(v(0.0, 0.60 + 0.13 * sign, z), v(0.15, 0.006, 0.010), basket);
        }
    }
    for k in 0..6 {
        let x = (k as f32 / 2.5 - 1.0) * 0.15;
        mesh.block(v(x, 0.73, 0.83), v(0.006, 0.006, 0.12), basket);
        mesh.block(v(x, 0.47, 0.83), v(0.006, 0.006, 0.12), basket);
    }
    mesh.block(v(0.0, 0.60, 0.71), v(0.15, 0.13, 0.006), basket);
}

/// What goes without a driving licence: a scooter on streets that are shown, a moped with an open frame
/// on those held out.
pub(crate) fn ebike(s: &mut Stream) -> Mesh {
    match s.own(Styles::Shown, Styles::HeldOut) {
        Styles::Shown | Styles::Varied => scooter(s),
        Styles::HeldOut => moped::moped(s),
    }
}

/// An electric scooter with pedals' rights: step-through body, long seat, mirrors, often a box.
fn scooter(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colours = [
        v(0.55, 0.03, 0.03),
        v(0.70, 0.70, 0.68),
        v(0.03, 0.03, 0.032),
        v(0.04, 0.12, 0.38),
        v(0.44, 0.30, 0.30),
        v(0.12, 0.30, 0.26),
        v(0.62, 0.56, 0.44),
    ];
    let colour = s.pick(&colours);
    let body = mesh.gloss(s.near(colour, 0.12));
    let (rubber, metal) = (mesh.matt(Vec3::splat(0.02)), mesh.metal(0.36));
    let seat = mesh.matt(s.near(v(0.035, 0.028, 0.022), 0.4));
    let clear = mesh.patterned(v(0.8, 0.82, 0.85), Look::Glass, Pattern::Plain);
    let red = mesh.glowing(v(0.5, 0.02, 0.015), Glow::Driving(2.0));
    let lamp = mesh.glowing(v(0.8, 0.82, 0.85), Glow::Driving(4.0));
    scooter_wheels(&mut mesh);
    let oval = |y: f32, z: f32, half: (f32, f32), tip: f32| -> Vec<Vec3> {
        let point = |k: usize| {
            let turn = k as f32 / 12.0 * TURN;
            v(cos(turn) * half.0, y + sin(turn) * half.1, z + sin(turn) * tip)
        };
        (0..12).map(point).collect()
    };
    // Leg shield, from the handlebar down to the step.
    let shield = [
        oval(0.40, 0.99, (0.05, 0.04), 0.01),
        oval(0.43, 0.92, (0.14, 0.07), 0.02),
        oval(0.47, 0.72, (0.20, 0.075), 0.02),
        oval(0.45, 0.50, (0.205, 0.06), 0.0),
        oval(0.36, 0.34, (0.17, 0.08), 0.0),
        oval(0.30, 0.27, (0.15, 0.05), 0.0),
    ];
    mesh.loft(&shield, true, 60.0, &|_, _| body);
    mesh.rounded(v(0.0, 0.12, 0.285), v(0.155, 0.34, 0.045), 0.03, seat);
    // Battery hump under the seat, tail.
    let tail = [
        oval(-0.22, 0.28, (0.12, 0.14), 0.0),
        oval(-0.30, 0.44, (0.165, 0.30), 0.03),
        oval(-0.36, 0.60, (0.165, 0.40), 0.05),
        oval(-0.38, 0.69, (0.12, 0.40), 0.07),
    ];
    mesh.loft(&tail, true, 60.0, &|_, _| body);
    let long = s.range(0.34, 0.42);
    mesh.rounded(v(0.0, -0.30, 0.755), v(0.135, long, 0.05), 0.048, seat);
    mesh.blob(v(0.0, 0.66, 0.46), v(0.075, 0.22, 0.045), (12, 6), body, &|_| 1.0);
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(0.065 * sign, 0.64, 0.23),
            v(0.06 * sign, 0.46, 0.80),
            (0.022, 0.022),
            6,
            metal,
        );
        mesh.rod(
            v(0.08 * sign, -0.62, 0.23),
            v(0.10 * sign, -0.52, 0.58),
            (0.025, 0.025),
            6,
            metal,
        );
        mesh.rod(
            v(0.22 * sign, 0.33, 1.03),
            v(0.35 * sign, 0.24, 1.02),
            (0.020, 0.020),
            6,
            rubber,
        );
        mesh.rod(
            v(0.18 * sign, 0.35, 1.03),
            v(0.26 * sign, 0.38, 1.20),
            (0.007, 0.007),
            4,
            metal,
        );
        mesh.ball(v(0.27 * sign, 0.38, 1.23), v(0.065, 0.018, 0.045), clear);
        mesh.ball(v(0.15 * sign, 0.50, 0.62), v(0.035, 0.02, 0.03), clear);
    }
    mesh.rod(
        v(-0.23, 0.33, 1.03),
        v(0.23, 0.33, 1.03),
        (0.018, 0.018),
        6,
        metal,
    );
    mesh.blob(v(0.0, 0.37, 1.02), v(0.13, 0.08, 0.06), (12, 6), body, &|_| 1.0);
    mesh.ball(v(0.0, 0.505, 0.86), v(0.075, 0.05, 0.06), lamp);
    mesh.rounded(v(0.0, -0.80, 0.66), v(0.085, 0.03, 0.035), 0.02, red);
    mesh.block(v(0.0, -0.86, 0.50), v(0.11, 0.008, 0.07), clear);
    mesh.blob(v(0.0, -0.76, 0.45), v(0.07, 0.14, 0.03), (10, 5), rubber, &|_| {
        1.0
    });
    mesh.rod(
        v(0.0, -0.25, 0.25),
        v(-0.20, -0.28, 0.0),
        (0.014, 0.014),
        5,
        metal,
    );
    luggage(&mut mesh, s, colour);
    mesh
}

/// A top case, a courier's crate or a leg apron, on some.
fn luggage(mesh: &mut Mesh, s: &mut Stream, colour: Vec3) {
    let extra = s.unit();
    if extra < 0.30 {
        let case = mesh.gloss(s.near(colour, 0.1));
        mesh.rounded(v(0.0, -0.80, 0.94), v(0.19, 0.17, 0.15), 0.06, case);
    } else if extra < 0.45 {
        let loud = s.pick(&[v(0.72, 0.52, 0.03), v(0.02, 0.25, 0.60)]);
        let crate_ = mesh.patterned(loud, Look::Matt, Pattern::Cloth);
        mesh.rounded(v(0.0, -0.78, 1.03), v(0.23, 0.23, 0.24), 0.03, crate_);
    } else if extra < 0.6 {
        let apron = mesh.patterned(s.near(v(0.2, 0.12, 0.3), 0.8), Look::Matt, Pattern::Cloth);
        mesh.blob(v(0.0, 0.50, 0.66), v(0.26, 0.06, 0.30), (12, 8), apron, &|_| 1.0);
    }
}

fn scooter_wheels(mesh: &mut Mesh) {
    let (rubber, metal) = (mesh.matt(Vec3::splat(0.02)), mesh.metal(0.36));
    for y in [-0.62, 0.64] {
        let hub = v(0.0, y, 0.225);
        mesh.ring(hub, Vec3::X, 0.175, 0.05, (20, 7), rubber);
        mesh.rod(
            hub - Vec3::X * 0.035,
            hub + Vec3::X * 0.035,
            (0.13, 0.13),
            14,
            metal,
        );
    }
}

fn bicycle_wheels(mesh: &mut Mesh, radius: f32, frame: Skin) {
    let (rubber, metal) = (mesh.matt(Vec3::splat(0.02)), mesh.metal(0.42));
    for y in [-0.52, 0.54] {
        let hub = v(0.0, y, radius + 0.02);
        mesh.ring(hub, Vec3::X, radius, 0.02, (24, 5), rubber);
        mesh.ring(hub, Vec3::X, radius - 0.025, 0.009, (20, 4), metal);
        for k in 0..10 {
            let turn = k as f32 / 10.0 * TURN;
            mesh.rod(
                hub,
                hub + v(0.0, cos(turn), sin(turn)) * (radius - 0.02),
                (0.003, 0.003),
                3,
                metal,
            );
        }
        // A mudguard over half the wheel.
        let arc = |k: usize| {
            let turn = (0.05 + k as f32 / 8.0 * 0.42) * TURN;
            hub + v(0.0, cos(turn), sin(turn)) * (radius + 0.035)
        };
        for k in 0..8 {
            let side = Vec3::X * 0.024;
            mesh.quad(
                [arc(k) - side, arc(k) + side, arc(k + 1) + side, arc(k + 1) - side],
                frame,
            );
        }
    }
}

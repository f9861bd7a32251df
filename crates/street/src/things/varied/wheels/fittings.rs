//! What is fitted to a vehicle's body: wheels, lamps, mirrors, grille, plates, roof rails.

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Glow, Look, Material, Mesh, Pattern, Skin};

use super::shell::{Coat, Shell};

/// The shapes of lamps.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lamps {
    Round,
    Wide,
    Slit,
    Upright,
}

/// Clear lamps before, red ones behind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lenses {
    pub(super) clear: Skin,
    pub(super) red: Skin,
    pub(super) amber: Skin,
}

impl Lenses {
    pub(super) fn new(mesh: &mut Mesh) -> Self {
        let mut lens = |colour, look, glow| {
            mesh.skin(Material {
                colour,
                look,
                pattern: Pattern::Plain,
                glow,
            })
        };
        Self {
            clear: lens(v(0.85, 0.87, 0.9), Look::Glass, Glow::Driving(5.0)),
            red: lens(v(0.50, 0.015, 0.012), Look::Gloss, Glow::Driving(2.2)),
            amber: lens(v(0.65, 0.22, 0.01), Look::Gloss, Glow::Driving(0.6)),
        }
    }
}

/// A number plate's colour.
fn plate(s: &mut Stream) -> Vec3 {
    s.pick(&[
        v(0.02, 0.07, 0.45),
        v(0.15, 0.55, 0.25),
        v(0.60, 0.45, 0.03),
        v(0.65, 0.65, 0.63),
        v(0.02, 0.02, 0.02),
    ])
}

/// All a car or van is fitted with.
pub(super) fn fit(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, coat: &Coat) {
    fit_cab(mesh, s, shell, coat);
    tail(mesh, s, shell, coat);
}

/// The same without what is fitted behind.
pub(super) fn fit_cab(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, coat: &Coat) {
    face(mesh, s, shell, coat);
    let chrome = mesh.metal(0.45);
    let handle = if s.chance(0.4) { chrome } else { coat.body };
    let mut doors = vec![shell.cowl.0 + 0.03];
    doors.extend(shell.posts.iter().copied().filter(|t| *t > shell.head.0));
    for (k, &t) in doors.iter().enumerate() {
        shell.seam(mesh, coat, t, (k > 0 || doors.len() == 1).then_some(handle));
    }
    let cap = if s.chance(0.6) { coat.body } else { coat.dark };
    let out = s.range(0.06, 0.11);
    for sign in [-1.0, 1.0] {
        let at = v(
            sign * (shell.half + out),
            shell.at(shell.cowl.0 + (shell.head.0 - shell.cowl.0) * 0.55) - 0.08,
            shell.belt + 0.08,
        );
        mesh.rounded(at, v(0.10, 0.05, s.range(0.055, 0.10)), 0.04, cap);
    }
    let rim = Rim::drawn(mesh, s, coat);
    let lip = if s.chance(0.3) { coat.dark } else { coat.body };
    for t in [shell.axles.0, shell.axles.1] {
        for sign in [-1.0, 1.0] {
            let at = v(sign * shell.flank(t), shell.at(t), shell.wheel);
            wheel(mesh, at, shell.wheel, sign, &rim);
            let hub = v(at.x - sign * 0.005, at.y, at.z + shell.wheel * 0.12);
            mesh.ring(hub, Vec3::X, shell.wheel * 1.12, 0.018, (20, 4), lip);
        }
    }
}

impl Lamps {
    /// Half the size; upright ones are taller by `by`.
    fn half(self, by: f32) -> Vec3 {
        match self {
            Lamps::Round => v(0.09, 0.09, 0.09),
            Lamps::Wide => v(0.17, 0.11, 0.075),
            Lamps::Slit => v(0.19, 0.10, 0.032),
            Lamps::Upright => v(0.065, 0.10, 0.10 + by),
        }
    }
}

/// Lamps, grille, badge, bumper and plate before.
fn face(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, coat: &Coat) {
    let lens = Lenses::new(mesh);
    let kind = s.pick(&[
        Lamps::Round,
        Lamps::Wide,
        Lamps::Wide,
        Lamps::Slit,
        Lamps::Upright,
    ]);
    let (nose, w) = (shell.long / 2.0, shell.half);
    let lamp = (shell.nose - s.range(0.12, 0.20)).max(shell.sill + 0.25);
    for sign in [-1.0, 1.0] {
        let at = v(sign * w * 0.71, nose - 0.075, lamp);
        if kind == Lamps::Round {
            mesh.rod(at, at + Vec3::Y * 0.075, (0.115, 0.105), 14, coat.body);
            mesh.ball(at + Vec3::Y * 0.055, v(0.095, 0.04, 0.095), lens.clear);
        } else {
            mesh.rounded(at, kind.half(0.03), 0.06, lens.clear);
        }
    }
    let grille = if s.chance(0.3) {
        mesh.metal(0.4)
    } else if s.chance(0.2) {
        coat.body
    } else {
        coat.dark
    };
    let high = s.range(0.04, 0.12);
    let grille_half = v(s.range(0.26, 0.46), 0.045, high);
    mesh.rounded(v(0.0, nose - 0.03, lamp - 0.06), grille_half, 0.02, grille);
    if s.chance(0.5) {
        let badge = mesh.metal(0.5);
        mesh.ball(v(0.0, nose + 0.012, lamp - 0.05), v(0.05, 0.015, 0.045), badge);
    }
    let bumper = if s.chance(0.5) { coat.dark } else { coat.lower };
    let low = shell.sill + 0.13;
    let half = v(w * 0.78, 0.07, s.range(0.05, 0.10));
    mesh.rounded(v(0.0, nose - 0.03, low), half, 0.03, bumper);
    let plate = mesh.gloss(plate(s));
    mesh.block(v(0.0, nose + 0.045, low), v(0.22, 0.010, 0.07), plate);
}

/// Lamps, bumper and plate behind.
fn tail(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, coat: &Coat) {
    let lens = Lenses::new(mesh);
    let kind = s.pick(&[
        Lamps::Round,
        Lamps::Wide,
        Lamps::Slit,
        Lamps::Upright,
        Lamps::Upright,
    ]);
    let (end, w, size) = (-shell.long / 2.0, shell.half, kind.half(0.08));
    let lamp = shell.belt.min(shell.top(0.985)) - size.z - s.range(0.03, 0.12);
    for sign in [-1.0, 1.0] {
        let at = v(sign * (shell.flank(0.985) - size.x * 0.95), end + 0.065, lamp);
        mesh.rounded(at, size, 0.04, lens.red);
        let beside = v(-sign * 0.03, -0.012, -size.z * 0.4);
        mesh.rounded(at + beside, size * v(0.5, 1.0, 0.4), 0.02, lens.amber);
    }
    if kind == Lamps::Slit && s.chance(0.5) {
        mesh.rounded(v(0.0, end + 0.03, lamp), v(w * 0.6, 0.05, 0.022), 0.02, lens.red);
    }
    let bumper = if s.chance(0.5) { coat.dark } else { coat.lower };
    let low = shell.sill + 0.17;
    let half = v(w * 0.80, 0.07, s.range(0.06, 0.11));
    mesh.rounded(v(0.0, end + 0.03, low), half, 0.03, bumper);
    let plate = mesh.gloss(plate(s));
    let z = s.range(low + 0.10, lamp.max(low + 0.11));
    mesh.block(v(0.0, end - 0.01, z), v(0.22, 0.030, 0.07), plate);
}

/// Rails, a rack or a box on the roof; an aerial.
pub(super) fn roof_load(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, coat: &Coat) {
    let (from, to) = (shell.head.0 + 0.06, shell.back.0 - 0.02);
    let x = shell.half * shell.tumble - 0.06;
    let top = shell.top(from).max(shell.top(to)) + 0.02;
    let metal = mesh.metal(0.35);
    let kind = s.unit();
    if kind < 0.5 {
        for sign in [-1.0, 1.0] {
            let a = v(sign * x, shell.at(from), top + 0.035);
            mesh.limb(a, v(a.x, shell.at(to), a.z), (0.018, 0.018), metal);
        }
    }
    if (0.25..0.6).contains(&kind) {
        let load = mesh.matt(super::any_colour(s));
        let middle = shell.at(f32::midpoint(from, to));
        for y in [-0.35, 0.35] {
            mesh.block(v(0.0, middle + y, top + 0.05), v(x, 0.02, 0.015), metal);
        }
        if s.chance(0.5) {
            let half = v(s.range(0.25, 0.4), s.range(0.5, 0.8), s.range(0.12, 0.17));
            mesh.rounded(v(0.0, middle, top + 0.06 + half.z), half, 0.11, load);
        }
    }
    if s.chance(0.3) {
        let foot = v(0.0, shell.at(to - 0.02), shell.top(to) + 0.01);
        mesh.rod(foot, foot + v(0.0, -0.12, 0.28), (0.006, 0.003), 4, coat.dark);
    }
}

/// How a wheel looks from outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rim {
    face: Skin,
    hub: Skin,
    spokes: usize,
    /// Share of the radius that is rim, and how far the face stands out.
    share: f32,
}

impl Rim {
    /// Spokes, a cap or plain steel.
    pub(super) fn drawn(mesh: &mut Mesh, s: &mut Stream, coat: &Coat) -> Self {
        let bright = mesh.metal(s.range(0.25, 0.6));
        let spokes = s.pick(&[0, 4, 5, 5, 6, 8, 10]);
        Self {
            face: if s.chance(0.2) { coat.dark } else { bright },
            hub: if s.chance(0.1) { coat.body } else { bright },
            spokes,
            share: s.range(0.56, 0.72),
        }
    }
}

/// A wheel whose outer face lies a finger outside `at.x`.
pub(super) fn wheel(mesh: &mut Mesh, at: Vec3, radius: f32, sign: f32, rim: &Rim) {
    let rubber = mesh.matt(Vec3::splat(0.022));
    let arch = mesh.matt(Vec3::splat(0.011));
    let hub = |x: f32| v(at.x + sign * x, at.y, at.z);
    // The arch's middle lies over the hub: it ends on the ground.
    let arched = |x: f32| hub(x) + Vec3::Z * (radius * 0.12);
    mesh.rod(
        arched(-0.24),
        arched(0.005),
        (radius * 1.12, radius * 1.12),
        20,
        arch,
    );
    tyre(mesh, hub(0.018), radius, sign, rim, rubber);
}

/// A wheel without a body around it, its outer face at `at`.
pub(super) fn tyre(mesh: &mut Mesh, at: Vec3, radius: f32, sign: f32, rim: &Rim, rubber: Skin) {
    let hub = |x: f32| v(at.x + sign * x, at.y, at.z);
    let face = radius * rim.share;
    mesh.rod(hub(-0.22), hub(0.0), (radius, radius * 0.97), 20, rubber);
    mesh.rod(hub(0.0), hub(0.008), (face, face * 0.96), 16, rim.face);
    mesh.rod(hub(0.006), hub(0.022), (radius * 0.17, radius * 0.13), 8, rim.hub);
    let hole = mesh.matt(Vec3::splat(0.011));
    for k in 0..rim.spokes {
        let turn = (k as f32 + 0.5) / rim.spokes as f32 * TURN;
        let out = v(0.0, cos(turn), sin(turn)) * (face * 0.62);
        let size = (face * 1.5 / rim.spokes as f32).min(face * 0.27);
        mesh.rod(hub(0.006) + out, hub(0.011) + out, (size, size), 5, hole);
    }
}

/// A body of these measures in a drawn coat, with all fittings.
pub(super) fn made(s: &mut Stream, shell: &Shell, two_tone: f32, loaded: f32) -> Mesh {
    coated(s, shell, two_tone, loaded).0
}

/// The same, and what it is painted with.
pub(super) fn coated(s: &mut Stream, shell: &Shell, two_tone: f32, loaded: f32) -> (Mesh, Coat) {
    let mut mesh = Mesh::default();
    let coat = Coat::drawn(&mut mesh, s, two_tone);
    shell.skin(&mut mesh, &coat);
    fit(&mut mesh, s, shell, &coat);
    if s.chance(loaded) {
        roof_load(&mut mesh, s, shell, &coat);
    }
    (mesh, coat)
}

//! What a place on a surface looks like: patterns, wetness, bumps. Computed from the place itself, so
//! that a pattern sticks to its thing and costs no memory.

use crate::chance::{cell, fractal, noise};
use crate::maths::{Vec3, sin, smooth, v};
use crate::mesh::{Glow, Look, Pattern};
use crate::sky::Sky;
use crate::world::Hit;

/// A place ready to be lit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surface {
    pub(crate) colour: Vec3,
    pub(crate) normal: Vec3,
    pub(crate) glow: Vec3,
    pub(crate) look: Look,
    /// Mirror reflectance head on; 0 mirrors nothing.
    pub(crate) mirror: f32,
    /// How far mirrored rays stray.
    pub(crate) rough: f32,
}

/// The surface at `hit` in this weather. `blur` is the size in metres that one ray stands for there:
/// finer patterns fade into their mean, as they would behind a lens.
pub(crate) fn surface(hit: &Hit<'_>, sky: &Sky, blur: f32) -> Surface {
    let material = hit.material;
    let (colour, bump) = if blur > 0.3 {
        (material.colour, Vec3::ZERO)
    } else {
        pattern(
            material.pattern,
            material.colour,
            hit.local,
            hit.local_normal,
            blur,
        )
    };
    let shine = match material.glow {
        Glow::None | Glow::Driving(_) => 0.0,
        Glow::Always(power) => power,
        Glow::AtNight(power) | Glow::Driven(power) => power * sky.night,
    };
    let (mirror, rough) = match material.look {
        Look::Matt | Look::Thin | Look::Ground => (0.0, 0.0),
        Look::Gloss => (0.045, 0.015),
        Look::Glass => (0.09, 0.0),
        Look::Metal => (0.45, 0.12),
    };
    // A pane that is lit at night is a pane by day.
    let pane = material.look == Look::Glass && matches!(material.glow, Glow::Always(_) | Glow::AtNight(_));
    let mut out = Surface {
        colour: if pane { colour * 0.04 } else { colour },
        normal: (hit.normal + bump).unit(),
        glow: material.colour * shine,
        look: material.look,
        mirror,
        rough,
    };
    let open = hit.normal.z > 0.7;
    if sky.wet > 0.0 && open && matches!(material.look, Look::Ground | Look::Matt) {
        wet(&mut out, hit, sky.wet);
    }
    out
}

/// Water on level ground: darker everywhere, a mirror where it gathers.
fn wet(out: &mut Surface, hit: &Hit<'_>, wet: f32) {
    let hollow = fractal(v(hit.at.x * 0.45, hit.at.y * 0.30, 3.0));
    let puddle = smooth(0.62 - 0.22 * wet, 0.72 - 0.22 * wet, hollow);
    out.colour = out.colour * (1.0 - 0.5 * wet);
    if hit.material.look == Look::Ground {
        out.mirror = 0.015 * wet + 0.035 * puddle * wet;
        out.rough = 0.10 * (1.0 - puddle) + 0.006;
        let ripple = v(
            noise(hit.at * 9.0) - 0.5,
            noise(hit.at * 9.0 + Vec3::splat(40.0)) - 0.5,
            0.0,
        );
        out.normal = (out.normal.mix(hit.normal, puddle) + ripple * (0.02 * puddle)).unit();
    }
}

/// Coordinates on the face that `n` looks out of: across, up.
fn flat(p: Vec3, n: Vec3) -> (f32, f32) {
    if n.z.abs() > 0.7 {
        (p.x, p.y)
    } else if n.x.abs() > n.y.abs() {
        (p.y, p.z)
    } else {
        (p.x, p.z)
    }
}

/// Distance to the nearest joint of a grid with cells of `w` by `h`, and the cell's random number.
/// Every other row is shifted by `shift` cells.
fn grid(a: f32, b: f32, size: (f32, f32), shift: f32, salt: i32) -> (f32, f32) {
    let (w, h) = size;
    let row = (b / h).floor();
    let a = a / w + if row.rem_euclid(2.0) < 1.0 { 0.0 } else { shift };
    let (fa, fb) = (a - a.floor(), b / h - row);
    let joint = (fa.min(1.0 - fa) * w).min(fb.min(1.0 - fb) * h);
    (joint, cell(a, row, salt))
}

fn pattern(pattern: Pattern, base: Vec3, p: Vec3, n: Vec3, blur: f32) -> (Vec3, Vec3) {
    let (a, b) = flat(p, n);
    let joints = |size, shift, width: f32, spread: f32| {
        let (w, h): (f32, f32) = size;
        let fine = smooth(0.7, 0.25, blur / w.min(h));
        let (joint, random) = grid(a, b, size, shift, 11);
        let shade = 1.0 - spread + 2.0 * spread * random;
        let cut = shade * (0.55 + 0.45 * smooth(width * 0.4, width.max(blur), joint));
        base * (0.96 + (cut - 0.96) * fine)
    };
    let dirt = || 0.80 + 0.40 * fractal(p * 1.3);
    match pattern {
        Pattern::Plain => (base, Vec3::ZERO),
        Pattern::Asphalt => asphalt(base, p, blur),
        Pattern::Slabs => (joints((0.6, 0.3), 0.5, 0.012, 0.12) * dirt(), Vec3::ZERO),
        Pattern::Tactile => {
            let (joint, random) = grid(a, b, (0.3, 0.3), 0.0, 5);
            let bar = sin(a * 71.8).abs();
            let seam = 0.5 + 0.5 * smooth(0.003, 0.010, joint);
            (
                base * (seam * (0.88 + 0.2 * random) * (0.86 + 0.14 * bar)) * dirt(),
                Vec3::ZERO,
            )
        }
        Pattern::Concrete => (base * (0.75 + 0.5 * fractal(p * 2.7)), Vec3::ZERO),
        Pattern::WallTiles => (joints((0.24, 0.06), 0.5, 0.008, 0.07) * streaks(p), Vec3::ZERO),
        Pattern::Pavers => (joints((0.2, 0.1), 0.5, 0.008, 0.24) * dirt(), Vec3::ZERO),
        Pattern::Panels => (joints((1.4, 0.9), 0.0, 0.016, 0.05) * streaks(p), Vec3::ZERO),
        Pattern::Brick => (joints((0.25, 0.075), 0.5, 0.012, 0.22) * streaks(p), Vec3::ZERO),
        Pattern::Plaster => (base * (0.85 + 0.25 * fractal(p * 0.9)) * streaks(p), Vec3::ZERO),
        Pattern::Wood => {
            let ring = fractal(v(p.x * 14.0, p.y * 1.2, p.z * 14.0));
            (base * (0.70 + 0.55 * ring), Vec3::ZERO)
        }
        Pattern::Stripes => {
            let light = (p.x * 3.3 + p.y * 0.01).rem_euclid(1.0) < 0.5;
            (if light { base } else { v(0.75, 0.74, 0.70) }, Vec3::ZERO)
        }
        Pattern::Cardboard => (
            base * (0.86 + 0.24 * noise(v(p.x * 3.0, p.y * 3.0, p.z * 40.0))),
            Vec3::ZERO,
        ),
        Pattern::Sand => {
            let grain = noise(p * 90.0) * 0.25 + fractal(p * 6.0) * 0.5;
            (base * (0.62 + grain), ripple(p, 22.0) * 0.35)
        }
        Pattern::Crinkled => (base, ripple(p, 16.0) * 0.9),
        Pattern::Cloth => (base * (0.82 + 0.30 * fractal(p * 7.0)), ripple(p, 9.0) * 0.30),
        Pattern::WornPaint => {
            let worn = smooth(0.50, 0.72, fractal(v(p.x * 5.0, p.y * 5.0, 1.0)));
            (base.mix(v(0.10, 0.10, 0.10), worn * 0.75), Vec3::ZERO)
        }
    }
}

/// Rain has run down every wall.
fn streaks(p: Vec3) -> f32 {
    0.78 + 0.34 * fractal(v(p.x * 1.7, p.y * 1.7, p.z * 0.22))
}

fn ripple(p: Vec3, often: f32) -> Vec3 {
    let at = |offset: f32| fractal(p * often * 0.5 + Vec3::splat(offset)) - 0.5;
    v(at(0.0), at(31.0), at(67.0))
}

fn asphalt(base: Vec3, p: Vec3, blur: f32) -> (Vec3, Vec3) {
    let grain = 1.0 + 0.24 * (noise(p * 60.0) - 0.5) * smooth(0.05, 0.01, blur);
    let stain = 0.62 + 0.7 * fractal(v(p.x * 0.8, p.y * 0.22, 0.0));
    // Wheel tracks are polished and darker; patches were laid later.
    let patch = if cell(p.x * 0.31 + 7.0, p.y * 0.09, 4) > 0.86 {
        0.72
    } else {
        1.0
    };
    let crack_at = fractal(v(p.x * 0.55 + noise(p * 2.1) * 0.5, p.y * 0.55, 9.0));
    let wide = 0.008 + blur * 0.25;
    let crack = 1.0 - 0.45 * smooth(wide, 0.0, (crack_at - 0.5).abs()) * (0.008 / wide);
    (base * (grain * stain * patch * crack), Vec3::ZERO)
}

//! What is written and painted on boards, banners and panels: large characters, lines, pictures, prices.

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Mesh, Skin};

use super::{any_colour, paint};

/// How far print lies before its board.
const BEFORE: f32 = 0.004;

/// A rectangle of the plane y = `at.y`, about `at`, seen from +y when `front` is 1 and from -y when it is -1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Face {
    pub(super) at: Vec3,
    /// Half width along x, half height along z.
    pub(super) half: (f32, f32),
    pub(super) front: f32,
}

impl Face {
    fn corner(&self, x: f32, z: f32, layer: f32) -> Vec3 {
        self.at + v(x * self.front, BEFORE * layer * self.front, z)
    }

    /// Paints a rectangle of the face.
    fn fill(&self, mesh: &mut Mesh, (x, z): (f32, f32), (hx, hz): (f32, f32), layer: f32, skin: Skin) {
        let at = |a: f32, b: f32| self.corner(x + a * hx, z + b * hz, layer);
        mesh.quad([at(-1.0, -1.0), at(1.0, -1.0), at(1.0, 1.0), at(-1.0, 1.0)], skin);
    }

    /// One character of strokes.
    fn character(&self, mesh: &mut Mesh, s: &mut Stream, at: (f32, f32), size: f32, skin: Skin) {
        let thick = size * s.range(0.08, 0.13);
        for _ in 0..2 + s.below(3) {
            let place = at.1 + s.range(-0.85, 0.85) * size;
            let long = size * s.range(0.5, 0.9);
            self.fill(mesh, (at.0, place), (long, thick), 2.0, skin);
        }
        for _ in 0..=s.below(3) {
            let place = at.0 + s.range(-0.8, 0.8) * size;
            let long = size * s.range(0.4, 0.9);
            self.fill(mesh, (place, at.1), (thick, long), 2.0, skin);
        }
    }

    /// A row (or, `down`, a column) of characters that fills about a rectangle.
    fn words(&self, mesh: &mut Mesh, s: &mut Stream, at: (f32, f32), half: (f32, f32), skin: Skin) {
        let down = half.1 > half.0;
        let (long, size) = if down { (half.1, half.0) } else { (half.0, half.1) };
        let count = ((long / size.max(0.01)) as usize).clamp(1, 9);
        for k in 0..count {
            let far = ((k as f32 + 0.5) / count as f32 * 2.0 - 1.0) * long;
            let place = if down {
                (at.0, at.1 - far)
            } else {
                (at.0 + far, at.1)
            };
            self.character(mesh, s, place, (size * 0.85).min(long / count as f32), skin);
        }
    }

    /// A round or blotted picture.
    fn picture(&self, mesh: &mut Mesh, s: &mut Stream, at: (f32, f32), half: (f32, f32)) {
        for layer in 0..3 {
            let colour = paint(s);
            let skin = mesh.matt(colour);
            let points = s.pick(&[4, 6, 12]);
            let size = 1.0 - 0.28 * layer as f32;
            let turn = s.unit();
            let rim = |k: usize| {
                let t = (k as f32 / points as f32 + turn) * TURN;
                let (x, z) = (at.0 + cos(t) * half.0 * size, at.1 + sin(t) * half.1 * size);
                self.corner(x, z, 1.5 + 0.5 * layer as f32)
            };
            let middle = self.corner(at.0, at.1, 1.5 + 0.5 * layer as f32);
            for k in 0..points {
                mesh.triangle(middle, rim(k), rim(k + 1), skin);
            }
        }
    }

    /// Lines too small to read.
    fn lines(&self, mesh: &mut Mesh, s: &mut Stream, at: (f32, f32), half: (f32, f32), skin: Skin) {
        let count = ((half.1 / 0.035) as usize).clamp(1, 7);
        for k in 0..count {
            let z = at.1 + half.1 - (k as f32 + 0.5) / count as f32 * 2.0 * half.1;
            let long = half.0 * s.range(0.4, 1.0);
            let high = half.1 / count as f32 * 0.45;
            self.fill(mesh, (at.0 - half.0 + long, z), (long, high), 2.0, skin);
        }
    }

    /// Covers the face with one of many layouts.
    pub(super) fn print(&self, mesh: &mut Mesh, s: &mut Stream) {
        let (hx, hz) = self.half;
        let (dark, other) = (any_colour(s), paint(s));
        let light = Vec3::ONE * 0.85 - dark * 0.6;
        let ground = if s.chance(0.6) { other } else { light };
        let back = mesh.matt(ground);
        let ink = if ground.luma() > 0.3 { dark * 0.4 } else { light };
        let (ink, accent) = (mesh.matt(ink), mesh.matt(other));
        self.fill(mesh, (0.0, 0.0), (hx * 0.97, hz * 0.98), 1.0, back);
        if hz > hx * 2.2 && s.chance(0.6) {
            self.words(mesh, s, (0.0, 0.0), (hx * 0.62, hz * 0.85), ink);
            return;
        }
        if hx > hz * 2.2 {
            self.words(mesh, s, (0.0, 0.0), (hx * 0.9, hz * 0.7), ink);
            return;
        }
        match s.below(5) {
            0 => {
                self.words(mesh, s, (0.0, hz * 0.7), (hx * 0.85, hz * 0.2), ink);
                self.lines(mesh, s, (0.0, -hz * 0.2), (hx * 0.8, hz * 0.6), ink);
            }
            1 => {
                self.picture(mesh, s, (0.0, hz * 0.15), (hx * 0.75, hz * 0.45));
                self.words(mesh, s, (0.0, -hz * 0.7), (hx * 0.85, hz * 0.18), ink);
            }
            2 => {
                self.fill(mesh, (0.0, hz * 0.62), (hx * 0.97, hz * 0.36), 1.3, accent);
                self.words(mesh, s, (0.0, hz * 0.62), (hx * 0.8, hz * 0.22), back);
                self.picture(mesh, s, (-hx * 0.4, -hz * 0.3), (hx * 0.4, hz * 0.35));
                self.lines(mesh, s, (hx * 0.45, -hz * 0.3), (hx * 0.42, hz * 0.4), ink);
            }
            3 => {
                for k in [-0.55, 0.0, 0.55] {
                    self.words(mesh, s, (0.0, hz * k), (hx * 0.85, hz * 0.22), ink);
                }
            }
            _ => {
                self.picture(mesh, s, (0.0, hz * 0.5), (hx * 0.8, hz * 0.4));
                self.fill(mesh, (0.0, -hz * 0.5), (hx * 0.9, hz * 0.03), 2.0, accent);
                self.lines(mesh, s, (0.0, -hz * 0.3), (hx * 0.7, hz * 0.35), ink);
            }
        }
    }
}

/// A print on the side towards customers.
pub(super) fn front(mesh: &mut Mesh, s: &mut Stream, at: Vec3, half: (f32, f32)) {
    let face = Face { at, half, front: 1.0 };
    face.print(mesh, s);
}

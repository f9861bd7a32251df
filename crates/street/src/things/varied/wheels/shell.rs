//! Bodies of motor vehicles from their side view in a few measures: nose, bonnet, screens, roof, deck. The skin is
//! lofted through cross-sections wherever the side view bends or a post stands.
//!
//! Not for: which measures make which car; the makers beside say that.

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::any_colour;

/// The side view. Places are shares of the length, 0 at the nose; heights and half widths are metres.
#[derive(Debug, Clone)]
pub(super) struct Shell {
    pub(super) long: f32,
    pub(super) half: f32,
    pub(super) sill: f32,
    pub(super) belt: f32,
    /// Heights of the bonnet's edge and of the tail's.
    pub(super) nose: f32,
    pub(super) tail: f32,
    /// Where the windscreen begins and ends, where the rear window does: place and height.
    pub(super) cowl: (f32, f32),
    pub(super) head: (f32, f32),
    pub(super) back: (f32, f32),
    pub(super) deck: (f32, f32),
    /// How far the roof swells over its ends.
    pub(super) bow: f32,
    /// Half width of the roof as a share of the body's.
    pub(super) tumble: f32,
    /// How much the ends are drawn in, 0 a crate, 1 a drop.
    pub(super) round: f32,
    /// Posts between side windows, and from where to where there are none.
    pub(super) posts: Vec<f32>,
    pub(super) blind: (f32, f32),
    pub(super) axles: (f32, f32),
    pub(super) wheel: f32,
}

/// What the parts of a body are painted with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coat {
    pub(super) body: Skin,
    /// Below the crease of the flank, and along the sill.
    pub(super) lower: Skin,
    pub(super) sill: Skin,
    pub(super) roof: Skin,
    pub(super) posts: Skin,
    pub(super) glass: Skin,
    pub(super) dark: Skin,
}

/// A maker's paint: half of all cars are somewhere between black and white.
pub(super) fn paint(s: &mut Stream) -> Vec3 {
    if s.chance(0.5) {
        let grey = s.pick(&[0.02, 0.06, 0.16, 0.34, 0.56, 0.74]);
        s.near(Vec3::splat(grey), 0.2)
    } else {
        any_colour(s)
    }
}

impl Coat {
    /// One colour, now and then two; plastic along the sill, a dark roof or posts on some.
    pub(super) fn drawn(mesh: &mut Mesh, s: &mut Stream, two_tone: f32) -> Self {
        let body = mesh.gloss(paint(s));
        let dark = mesh.matt(Vec3::splat(s.range(0.012, 0.03)));
        let second = mesh.gloss(paint(s));
        let tint = s.range(0.012, 0.045);
        let glass = mesh.patterned(
            v(tint, tint * s.range(1.0, 1.3), tint * s.range(1.0, 1.4)),
            Look::Glass,
            Pattern::Plain,
        );
        let lower = if s.chance(two_tone) { second } else { body };
        let roof = match s.unit() {
            u if u < two_tone * 0.5 => second,
            u if u < two_tone * 0.5 + 0.1 => dark,
            _ => body,
        };
        Self {
            body,
            lower,
            sill: if s.chance(0.6) { dark } else { lower },
            roof,
            posts: if s.chance(0.5) { dark } else { body },
            glass,
            dark,
        }
    }
}

/// What lies between two cross-sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Solid,
    Screen,
    Windows,
    Post,
}

/// Half the width of a post between windows, in metres.
const POST: f32 = 0.035;

fn along(knots: &[(f32, f32)], t: f32) -> f32 {
    let between = knots.windows(2).find(|pair| t <= pair[1].0);
    match (between, knots.first(), knots.last()) {
        (Some(&[a, b]), Some(first), _) if t > first.0 => {
            a.1 + (b.1 - a.1) * (t - a.0) / (b.0 - a.0).max(1e-5)
        }
        (Some(_), Some(first), _) => first.1,
        (_, _, Some(last)) => last.1,
        _ => 0.0,
    }
}

impl Shell {
    /// Where a place along the body is, ahead of its middle.
    pub(super) fn at(&self, t: f32) -> f32 {
        (0.5 - t) * self.long
    }

    /// Height of the outline at `t`.
    pub(super) fn top(&self, t: f32) -> f32 {
        let ((c, cz), (h, hz), (b, bz), (d, dz)) = (self.cowl, self.head, self.back, self.deck);
        let end = d.clamp(0.9, 0.985);
        along(
            &[
                (0.0, self.nose * 0.78),
                (0.012, self.nose * 0.93),
                (c * 0.3, self.nose),
                (c, cz),
                (h, hz),
                (h + (b - h) * 0.18, hz + self.bow * 0.8),
                (h + (b - h) * 0.45, hz.max(bz) + self.bow),
                (b, bz),
                (d, dz),
                (end.max(d + 0.002), self.tail.min(dz)),
                (1.0, self.tail.min(dz) * 0.82),
            ],
            t,
        )
    }

    fn wide(&self, t: f32) -> f32 {
        let drawn = along(
            &[
                (0.0, 0.26),
                (0.012, 0.14),
                (0.05, 0.06),
                (0.18, 0.0),
                (0.85, 0.0),
                (0.95, 0.05),
                (0.988, 0.11),
                (1.0, 0.19),
            ],
            t,
        );
        (1.0 - drawn * self.round) * self.half
    }

    fn part(&self, t: f32) -> Part {
        let post = |p: &f32| (t - p).abs() * self.long < POST;
        match t {
            _ if t < self.cowl.0 || t > self.deck.0 => Part::Solid,
            _ if t < self.head.0 || t > self.back.0 => Part::Screen,
            _ if self.posts.iter().any(post) || (self.blind.0..self.blind.1).contains(&t) => Part::Post,
            _ => Part::Windows,
        }
    }

    /// Half a cross-section, from the sill to the middle of the top.
    fn section(&self, t: f32) -> [Vec3; 8] {
        let (y, w, top) = (self.at(t), self.wide(t), self.top(t));
        let belt = self.belt.min(top - 0.05);
        let crease = self.sill + (belt - self.sill) * 0.66;
        let roof = along(
            &[
                (self.cowl.0, 0.84),
                (self.head.0, self.tumble),
                (self.back.0, self.tumble),
                (self.deck.0, self.tumble.max(0.8)),
            ],
            t,
        ) * w;
        let edge = if top > belt + 0.15 { 0.075 } else { 0.02 };
        [
            v(w * 0.90, y, self.sill),
            v(w * 0.975, y, self.sill + 0.07),
            v(w, y, f32::midpoint(self.sill + 0.07, crease)),
            v(w * 0.998, y, crease),
            v(w * 0.962, y, belt),
            v(roof, y, top - edge),
            v(roof * 0.84, y, top),
            v(0.0, y, top + 0.022),
        ]
    }

    /// Half width of the flank at a place and height between sill and belt.
    pub(super) fn flank(&self, t: f32) -> f32 {
        self.wide(t)
    }

    /// The skin, its ends and its floor.
    pub(super) fn skin(&self, mesh: &mut Mesh, coat: &Coat) {
        let mut places = vec![0.0, 0.012, 0.05, 0.11, 0.18, 0.85, 0.95, 0.985, 1.0];
        let (h, b) = (self.head.0, self.back.0);
        places.extend([self.cowl.0 * 0.3, self.cowl.0, h, b, self.deck.0]);
        places.extend([h + (b - h) * 0.18, h + (b - h) * 0.45]);
        let half_post = POST / self.long;
        places.extend(self.posts.iter().flat_map(|p| [p - half_post, p + half_post]));
        places.extend([self.blind.0, self.blind.1].map(|t| t.clamp(h, b)));
        places.sort_by(f32::total_cmp);
        places.dedup_by(|a, b| (*a - *b).abs() < 0.002);
        let parts: Vec<Part> = places
            .windows(2)
            .map(|pair| self.part(f32::midpoint(pair[0], pair[1])))
            .collect();
        let sections: Vec<Vec<Vec3>> = places
            .iter()
            .map(|&t| {
                let half = self.section(t);
                let mirrored = half.iter().rev().skip(1).map(|p| v(-p.x, p.y, p.z));
                half.iter().copied().chain(mirrored).collect()
            })
            .collect();
        mesh.loft(&sections, false, 32.0, &|i, j| {
            // Faces run from the right sill over the roof to the left one; 4 and 9 are windows.
            let (side, above) = (j == 4 || j == 9, (5..=8).contains(&j));
            match parts.get(i) {
                Some(Part::Screen) if side || above => coat.glass,
                Some(Part::Windows) if side => coat.glass,
                Some(Part::Post) if side && !self.hides(places[i]) => coat.posts,
                Some(Part::Windows | Part::Post) if above => coat.roof,
                _ if j == 0 || j == 13 => coat.sill,
                _ if j <= 2 || (11..=12).contains(&j) => coat.lower,
                _ => coat.body,
            }
        });
        for end in [sections.first(), sections.last()].into_iter().flatten() {
            for j in 0..end.len() / 2 {
                let k = end.len() - 1 - j;
                if j + 1 < k {
                    mesh.quad([end[j], end[j + 1], end[k - 1], end[k]], coat.body);
                }
            }
        }
        for pair in sections.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            mesh.quad([a[0], b[0], b[14], a[14]], coat.dark);
        }
    }

    fn hides(&self, t: f32) -> bool {
        (self.blind.0 - 0.003..self.blind.1).contains(&t)
    }

    /// A gap between panels, and a handle behind it.
    pub(super) fn seam(&self, mesh: &mut Mesh, coat: &Coat, t: f32, handle: Option<Skin>) {
        let half = self.section(t);
        for sign in [-1.0, 1.0] {
            let out = |p: Vec3, dy: f32| v(sign * (p.x + 0.006), p.y + dy, p.z);
            for pair in half[1..5].windows(2) {
                mesh.quad(
                    [
                        out(pair[0], -0.008),
                        out(pair[0], 0.008),
                        out(pair[1], 0.008),
                        out(pair[1], -0.008),
                    ],
                    coat.dark,
                );
            }
            if let Some(handle) = handle {
                let at = v(sign * half[4].x * 1.015, half[4].y + 0.15, self.belt - 0.11);
                mesh.block(at, v(0.02, 0.08, 0.016), handle);
            }
        }
    }
}

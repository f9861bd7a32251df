//! Triangles and the shapes they are made into, in metres and local to one thing.
//!
//! Shapes know materials only by number; what a material looks like in which light is `shade`'s.

use std::collections::HashMap;

use crate::maths::{Pose, TURN, Vec3, cos, sin, v};

/// How a surface answers light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Dull: plaster, cloth, skin, cardboard.
    Matt,
    /// Lacquer over colour: car bodies, glazed tiles, plastic.
    Gloss,
    /// Window glass: dark inside, mirrors the sky at flat angles.
    Glass,
    /// Bare metal.
    Metal,
    /// Thin and translucent: leaves, awnings, umbrellas, bags.
    Thin,
    /// The ground: gets wet, keeps puddles.
    Ground,
}

/// A pattern over a surface, computed from the place on the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    Plain,
    Asphalt,
    Slabs,
    Tactile,
    Concrete,
    WallTiles,
    /// Small bricks laid flat, every one of another tone.
    Pavers,
    /// Large sheets of cladding.
    Panels,
    Brick,
    Plaster,
    Wood,
    Stripes,
    Cardboard,
    Sand,
    Crinkled,
    Cloth,
    WornPaint,
}

/// When a surface shines by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Glow {
    None,
    /// Day and night, radiance relative to its colour.
    Always(f32),
    /// When the lamps are lit.
    AtNight(f32),
    /// A vehicle's own lamps: at night, while it drives.
    Driving(f32),
    /// The same, switched on.
    Driven(f32),
}

/// What a surface is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Material {
    /// Linear reflectance.
    pub(crate) colour: Vec3,
    pub(crate) look: Look,
    pub(crate) pattern: Pattern,
    pub(crate) glow: Glow,
}

/// Number of a material within its mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Skin(pub(crate) u16);

/// A triangle with a normal at each corner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Triangle {
    pub(crate) p: [Vec3; 3],
    pub(crate) n: [Vec3; 3],
    pub(crate) skin: Skin,
}

/// Triangles and their materials.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mesh {
    pub(crate) triangles: Vec<Triangle>,
    pub(crate) materials: Vec<Material>,
}

impl Mesh {
    /// Adds a material, or finds the same one.
    pub(crate) fn skin(&mut self, material: Material) -> Skin {
        let found = self.materials.iter().position(|m| *m == material);
        let number = found.unwrap_or_else(|| {
            self.materials.push(material);
            self.materials.len() - 1
        });
        Skin(number as u16)
    }

    /// A dull surface of one colour.
    pub(crate) fn matt(&mut self, colour: Vec3) -> Skin {
        self.patterned(colour, Look::Matt, Pattern::Plain)
    }

    /// A lacquered surface of one colour.
    pub(crate) fn gloss(&mut self, colour: Vec3) -> Skin {
        self.patterned(colour, Look::Gloss, Pattern::Plain)
    }

    /// Bare metal.
    pub(crate) fn metal(&mut self, grey: f32) -> Skin {
        self.patterned(v(grey, grey, grey * 1.03), Look::Metal, Pattern::Plain)
    }

    /// A surface that does not shine.
    pub(crate) fn patterned(&mut self, colour: Vec3, look: Look, pattern: Pattern) -> Skin {
        self.skin(Material {
            colour,
            look,
            pattern,
            glow: Glow::None,
        })
    }

    /// A dull surface that shines.
    pub(crate) fn glowing(&mut self, colour: Vec3, glow: Glow) -> Skin {
        self.skin(Material {
            colour,
            look: Look::Matt,
            pattern: Pattern::Plain,
            glow,
        })
    }

    /// A flat triangle.
    pub(crate) fn triangle(&mut self, a: Vec3, b: Vec3, c: Vec3, skin: Skin) {
        let n = (b - a).cross(c - a).unit();
        self.triangles.push(Triangle {
            p: [a, b, c],
            n: [n; 3],
            skin,
        });
    }

    /// A flat four-sided face, corners in order.
    pub(crate) fn quad(&mut self, corners: [Vec3; 4], skin: Skin) {
        let [a, b, c, d] = corners;
        self.triangle(a, b, c, skin);
        self.triangle(a, c, d, skin);
    }

    /// A level rectangle from (x0, y0) to (x1, y1) at height `z`.
    pub(crate) fn floor(&mut self, from: (f32, f32), to: (f32, f32), z: f32, skin: Skin) {
        let ((x0, y0), (x1, y1)) = (from, to);
        self.quad([v(x0, y0, z), v(x1, y0, z), v(x1, y1, z), v(x0, y1, z)], skin);
    }

    /// A box with sharp edges: centre and half sizes.
    pub(crate) fn block(&mut self, centre: Vec3, half: Vec3, skin: Skin) {
        let corner = |sx: f32, sy: f32, sz: f32| centre + half * v(sx, sy, sz);
        for (axis, sign) in (0..3).flat_map(|axis| [(axis, -1.0_f32), (axis, 1.0)]) {
            let (u, w) = ((axis + 1) % 3, (axis + 2) % 3);
            let at = |a: f32, b: f32| {
                let s = Vec3::ZERO.with(axis, sign).with(u, a * sign).with(w, b);
                corner(s.x, s.y, s.z)
            };
            self.quad([at(-1.0, -1.0), at(1.0, -1.0), at(1.0, 1.0), at(-1.0, 1.0)], skin);
        }
    }

    /// A box with rounded edges of radius `round`.
    pub(crate) fn rounded(&mut self, centre: Vec3, half: Vec3, round: f32, skin: Skin) {
        let round = round.min(half.smallest() * 0.95);
        // A sphere's grid whose points are pushed apart by the inner box; the faces are what lies between.
        let inner = half - Vec3::splat(round);
        let (around, rings) = (16, 8);
        let point = |i: usize, j: usize| {
            let a = (i % around) as f32 / around as f32 * TURN + TURN / 32.0;
            let b = j as f32 / rings as f32 * TURN / 2.0;
            let (ring, z) = match j {
                0 => (0.0, 1.0),
                _ if j == rings => (0.0, -1.0),
                _ => (sin(b), cos(b)),
            };
            let n = v(cos(a) * ring, sin(a) * ring, z);
            let toward = |s: f32, far: f32| if s < 0.0 { -far } else { far };
            let q = v(
                toward(cos(a), inner.x),
                toward(sin(a), inner.y),
                if j * 2 <= rings { inner.z } else { -inner.z },
            );
            (centre + q + n * round, n)
        };
        let mut add = |a: (Vec3, Vec3), b: (Vec3, Vec3), c: (Vec3, Vec3)| {
            self.triangles.push(Triangle {
                p: [a.0, b.0, c.0],
                n: [a.1, b.1, c.1],
                skin,
            });
        };
        for i in 0..around {
            for j in 0..rings {
                let (a, b, c, d) = (point(i, j), point(i, j + 1), point(i + 1, j + 1), point(i + 1, j));
                add(a, b, c);
                add(a, c, d);
            }
        }
        let level = |i: usize, up: bool| point(i, if up { 0 } else { rings }).0;
        for up in [true, false] {
            self.quad([0, 4, 8, 12].map(|i| level(i, up)), skin);
        }
    }

    /// A cone or cylinder from `a` (radius `ra`) to `b` (radius `rb`) with closed ends.
    pub(crate) fn rod(&mut self, a: Vec3, b: Vec3, radii: (f32, f32), around: usize, skin: Skin) {
        let (ra, rb) = radii;
        let along = (b - a).unit();
        let (x, y) = along.base();
        let slope = (ra - rb) / (b - a).length().max(1e-6);
        let at = |i: usize| {
            let t = i as f32 / around as f32 * TURN;
            x * cos(t) + y * sin(t)
        };
        for i in 0..around {
            let (p, q) = (at(i), at(i + 1));
            let (np, nq) = ((p + along * slope).unit(), (q + along * slope).unit());
            let mut add = |p: [Vec3; 3], n: [Vec3; 3]| self.triangles.push(Triangle { p, n, skin });
            add([a + p * ra, a + q * ra, b + q * rb], [np, nq, nq]);
            add([a + p * ra, b + q * rb, b + p * rb], [np, nq, np]);
            if around > 4 {
                add([a, a + q * ra, a + p * ra], [-along; 3]);
                add([b, b + p * rb, b + q * rb], [along; 3]);
            }
        }
    }

    /// A rod with round ends: arms, legs, hoses.
    pub(crate) fn limb(&mut self, a: Vec3, b: Vec3, radii: (f32, f32), skin: Skin) {
        self.rod(a, b, radii, 8, skin);
        self.ball(a, Vec3::splat(radii.0), skin);
        self.ball(b, Vec3::splat(radii.1), skin);
    }

    /// An ellipsoid with these half axes.
    pub(crate) fn ball(&mut self, centre: Vec3, half: Vec3, skin: Skin) {
        self.blob(centre, half, (10, 6), skin, &|_| 1.0);
    }

    /// An ellipsoid whose radius is multiplied by `bulge` of the direction.
    pub(crate) fn blob(
        &mut self,
        centre: Vec3,
        half: Vec3,
        grid: (usize, usize),
        skin: Skin,
        bulge: &dyn Fn(Vec3) -> f32,
    ) {
        let (around, rings) = grid;
        let point = |i: usize, j: usize| {
            let a = i as f32 / around as f32 * TURN;
            let b = j as f32 / rings as f32 * TURN / 2.0;
            let d = v(sin(b) * cos(a), sin(b) * sin(a), cos(b));
            centre + d * half * bulge(d)
        };
        let sections: Vec<Vec<Vec3>> = (0..=rings)
            .map(|j| (0..around).map(|i| point(i, j)).collect())
            .collect();
        self.loft(&sections, true, 80.0, &|_, _| skin);
    }

    /// A ring of radius `big` about `axis` made of a tube of radius `small`.
    pub(crate) fn ring(
        &mut self,
        centre: Vec3,
        axis: Vec3,
        big: f32,
        small: f32,
        grid: (usize, usize),
        skin: Skin,
    ) {
        let (x, y) = axis.base();
        let point = |i: usize, j: usize| {
            let a = i as f32 / grid.0 as f32 * TURN;
            let b = j as f32 / grid.1 as f32 * TURN;
            let out = x * cos(a) + y * sin(a);
            let n = out * cos(b) + axis * sin(b);
            (centre + out * big + n * small, n)
        };
        for i in 0..grid.0 {
            for j in 0..grid.1 {
                let (a, b, c, d) = (point(i, j), point(i + 1, j), point(i + 1, j + 1), point(i, j + 1));
                let mut add = |p: [Vec3; 3], n: [Vec3; 3]| self.triangles.push(Triangle { p, n, skin });
                add([a.0, b.0, c.0], [a.1, b.1, c.1]);
                add([a.0, c.0, d.0], [a.1, c.1, d.1]);
            }
        }
    }

    /// A skin over cross-sections of equal length. Corners flatter than `crease` degrees are shaded
    /// smooth; `skin` names the material by (section, point).
    pub(crate) fn loft(
        &mut self,
        sections: &[Vec<Vec3>],
        closed: bool,
        crease: f32,
        skin: &dyn Fn(usize, usize) -> Skin,
    ) {
        let mut part = Mesh::default();
        for (i, pair) in sections.windows(2).enumerate() {
            let (one, two) = (&pair[0], &pair[1]);
            let points = one.len().min(two.len());
            let faces = if closed { points } else { points.saturating_sub(1) };
            for j in 0..faces {
                let k = (j + 1) % points;
                let skin = skin(i, j);
                part.triangle(one[j], two[j], two[k], skin);
                part.triangle(one[j], two[k], one[k], skin);
            }
        }
        part.smooth(crease);
        self.triangles.append(&mut part.triangles);
    }

    /// A height field over a square grid of `n` cells from -1 to 1, mapped by `surface`.
    pub(crate) fn field(&mut self, n: usize, skin: Skin, surface: &dyn Fn(f32, f32) -> Vec3) {
        let at = |i: usize| i as f32 / n as f32 * 2.0 - 1.0;
        let rows: Vec<Vec<Vec3>> = (0..=n)
            .map(|j| (0..=n).map(|i| surface(at(i), at(j))).collect())
            .collect();
        self.loft(&rows, false, 80.0, &|_, _| skin);
    }

    /// Averages normals across edges flatter than `crease` degrees and drops triangles of no area.
    fn smooth(&mut self, crease: f32) {
        let key = |p: Vec3| [p.x, p.y, p.z].map(|s| (s * 5000.0).round() as i32);
        let normal = |t: &Triangle| (t.p[1] - t.p[0]).cross(t.p[2] - t.p[0]);
        self.triangles.retain(|t| normal(t).length() > 1e-9);
        let mut around: HashMap<[i32; 3], Vec<Vec3>> = HashMap::new();
        for t in &self.triangles {
            for p in t.p {
                around.entry(key(p)).or_default().push(normal(t));
            }
        }
        let limit = cos(crease.to_radians());
        for t in &mut self.triangles {
            let flat = normal(t).unit();
            for (p, n) in t.p.iter().zip(&mut t.n) {
                let near = around.get(&key(*p)).map_or(&[][..], Vec::as_slice);
                let sum = near
                    .iter()
                    .filter(|m| m.unit().dot(flat) > limit)
                    .fold(Vec3::ZERO, |s, m| s + *m);
                *n = if sum.length() > 1e-12 { sum.unit() } else { flat };
            }
        }
    }

    /// Adds another mesh, moved.
    pub(crate) fn add(&mut self, other: &Mesh, pose: &Pose) {
        let skins: Vec<Skin> = other.materials.iter().map(|m| self.skin(*m)).collect();
        self.triangles.extend(other.triangles.iter().map(|t| Triangle {
            p: t.p.map(|p| pose.point(p)),
            n: t.n.map(|n| pose.vector(n)),
            skin: skins[usize::from(t.skin.0)],
        }));
    }

    /// Builds a part in its own frame, with the skins of this mesh, and adds it at `pose`.
    pub(crate) fn part(&mut self, pose: &Pose, build: impl FnOnce(&mut Mesh)) {
        let mut one = Mesh {
            materials: std::mem::take(&mut self.materials),
            ..Mesh::default()
        };
        build(&mut one);
        self.materials = std::mem::take(&mut one.materials);
        let moved = |t: &Triangle| Triangle {
            p: t.p.map(|p| pose.point(p)),
            n: t.n.map(|n| pose.vector(n)),
            skin: t.skin,
        };
        self.triangles.extend(one.triangles.iter().map(moved));
    }

    /// Stretches everything about the origin.
    pub(crate) fn scale(&mut self, by: Vec3) {
        for t in &mut self.triangles {
            t.p = t.p.map(|p| p * by);
            t.n = t.n.map(|n| (n / by).unit());
        }
    }
}

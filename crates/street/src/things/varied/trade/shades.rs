//! Sunshades on poles: round and square, deep and flat, tilted, in two tiers, with printed bands, on a side arm,
//! on four legs, of straw.

use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::prints::Face;
use super::{Make, Roof, any_colour, bar, corners, legs, paint, roof, tarpaulin, timber, tube, valance};

/// Every design.
pub(super) const MAKES: [Make; 9] = [
    round, square, tilted, tiers, banded, side_arm, marquee, straw, oblong,
];

/// A sunshade of one of these designs.
pub(crate) fn umbrella(s: &mut Stream) -> Mesh {
    s.pick(&MAKES)(s)
}

/// Cloth over ribs: its measures, its rise from rim to top, how it bends and sags.
#[derive(Debug, Clone, Copy)]
struct Canopy {
    ribs: usize,
    radius: f32,
    rise: f32,
    /// 1 is a cone, more a dome with a flat top, less a pagoda.
    bend: f32,
    /// Part of the radius left open in the middle.
    hole: f32,
    /// How far the rim draws in between ribs.
    slack: f32,
    /// A strip below the rim.
    drop: f32,
}

impl Canopy {
    fn any(s: &mut Stream) -> Self {
        Self {
            ribs: s.pick(&[6, 8, 8, 8, 10, 12]),
            radius: s.range(0.9, 1.6),
            rise: s.range(0.25, 0.65),
            bend: s.range(1.0, 2.2),
            hole: 0.0,
            slack: s.range(0.0, 0.10),
            drop: if s.chance(0.6) { s.range(0.08, 0.25) } else { 0.0 },
        }
    }

    /// A point on the cloth, its rim at height 0: `out` 0..1 from the middle, `rib` around.
    fn at(&self, out: f32, rib: f32) -> Vec3 {
        let turn = (rib + 0.5) / self.ribs as f32 * TURN;
        let between = 1.0 - 2.0 * (rib - libm::floorf(rib) - 0.5).abs();
        // Straight between ribs, then drawn in by the slack.
        let half = TURN / 2.0 / self.ribs as f32;
        let chord = cos(half) / cos((rib - libm::floorf(rib) - 0.5) * 2.0 * half);
        let reach = self.radius * out * chord * (1.0 - self.slack * between * out);
        let up = self.rise * (1.0 - crate::maths::pow(out, self.bend)) - self.slack * 0.4 * between * out;
        v(cos(turn) * reach, sin(turn) * reach, up)
    }

    /// Adds the cloth with its rim at `at`; `skin` by (rib, ring of five).
    fn spread(&self, mesh: &mut Mesh, at: Vec3, skin: &dyn Fn(usize, usize) -> Skin) {
        for k in 0..self.ribs {
            for part in 0..2 {
                let (a, b) = (k as f32 + part as f32 * 0.5, k as f32 + part as f32 * 0.5 + 0.499);
                for ring in 0..5 {
                    let out = |i: usize| self.hole + (1.0 - self.hole) * i as f32 / 5.0;
                    let (r, q) = (out(ring), out(ring + 1));
                    let face = [self.at(r, a), self.at(q, a), self.at(q, b), self.at(r, b)];
                    mesh.quad(face.map(|p| p + at), skin(k, ring));
                }
                if self.drop > 0.0 {
                    let (p, q) = (self.at(1.0, a) + at, self.at(1.0, b) + at);
                    let down = Vec3::Z * -self.drop;
                    mesh.quad([p, q, q + down, p + down], skin(k, 5));
                }
            }
        }
    }

    /// Adds thin ribs under the cloth.
    fn frame(&self, mesh: &mut Mesh, at: Vec3, skin: Skin) {
        for k in 0..self.ribs {
            let (rim, middle) = (self.at(0.98, k as f32), self.at(self.hole, k as f32));
            mesh.rod(
                at + middle - Vec3::Z * 0.02,
                at + rim - Vec3::Z * 0.02,
                (0.006, 0.005),
                4,
                skin,
            );
        }
    }
}

/// Up to three cloths and the way they alternate.
fn colours(mesh: &mut Mesh, s: &mut Stream) -> impl Fn(usize, usize) -> Skin + use<> {
    let one = paint(s);
    let two = if s.chance(0.5) {
        Vec3::splat(0.72)
    } else {
        any_colour(s)
    };
    let three = paint(s);
    let cloth = [one, two, three].map(|c| mesh.patterned(c, Look::Thin, Pattern::Plain));
    let way = s.below(7);
    move |rib, ring| match way {
        0 => cloth[rib % 2],
        1 => cloth[usize::from(ring >= 4)],
        2 => cloth[usize::from(ring == 3)],
        3 => cloth[usize::from(rib == 0 || rib == 3)],
        4 => cloth[rib % 3],
        _ => cloth[0],
    }
}

/// What keeps a pole upright at `at`: plate, cross under slabs, barrel, block, tripod.
fn base(mesh: &mut Mesh, s: &mut Stream, at: Vec3, metal: Skin) {
    match s.below(5) {
        0 => {
            let r = s.range(0.2, 0.34);
            mesh.rod(at, at + Vec3::Z * s.range(0.04, 0.1), (r, r * 0.95), 14, metal);
        }
        1 => {
            let stone = mesh.matt(Vec3::splat(s.range(0.15, 0.5)));
            for (x, y) in corners((0.24, 0.24)) {
                mesh.block(at + v(x, y, 0.04), v(0.22, 0.22, 0.035), stone);
            }
        }
        2 => {
            let colour = paint(s);
            let tank = mesh.gloss(colour);
            let half = v(s.range(0.2, 0.3), s.range(0.2, 0.3), s.range(0.1, 0.17));
            mesh.rounded(at + Vec3::Z * half.z, half, 0.06, tank);
        }
        3 => {
            let concrete = mesh.patterned(v(0.3, 0.3, 0.28), Look::Matt, Pattern::Concrete);
            let r = s.range(0.15, 0.24);
            mesh.rod(
                at,
                at + Vec3::Z * s.range(0.15, 0.35),
                (r * 0.85, r),
                12,
                concrete,
            );
        }
        _ => {
            let out = s.range(0.3, 0.5);
            for k in 0..4 {
                let turn = (k as f32 + 0.5) / 4.0 * TURN;
                let foot = at + v(cos(turn) * out, sin(turn) * out, 0.015);
                bar(mesh, at + Vec3::Z * 0.3, foot, 0.015, metal);
            }
        }
    }
}

/// A pole with its base, straight up to `high`.
fn pole(mesh: &mut Mesh, s: &mut Stream, high: f32) -> Skin {
    let metal = if s.chance(0.3) {
        timber(mesh, s)
    } else {
        tube(mesh, s)
    };
    let radius = s.range(0.016, 0.03);
    mesh.rod(Vec3::ZERO, Vec3::Z * high, (radius, radius * 0.85), 7, metal);
    base(mesh, s, Vec3::ZERO, metal);
    metal
}

/// Round over a middle pole: cone or dome, few ribs or many.
fn round(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (canopy, rim) = (Canopy::any(s), s.range(1.75, 2.2));
    let metal = pole(&mut mesh, s, rim + canopy.rise + 0.06);
    let skin = colours(&mut mesh, s);
    canopy.spread(&mut mesh, Vec3::Z * rim, &skin);
    canopy.frame(&mut mesh, Vec3::Z * rim, metal);
    mesh
}

/// Four-sided, flat or steep.
fn square(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let canopy = Canopy {
        ribs: 4,
        radius: s.range(1.2, 2.1),
        bend: s.range(0.9, 1.3),
        slack: s.range(0.0, 0.05),
        ..Canopy::any(s)
    };
    let rim = s.range(1.85, 2.25);
    let metal = pole(&mut mesh, s, rim + canopy.rise + 0.05);
    let skin = colours(&mut mesh, s);
    canopy.spread(&mut mesh, Vec3::Z * rim, &skin);
    canopy.frame(&mut mesh, Vec3::Z * rim, metal);
    mesh
}

/// Leaning against the sun on a jointed pole.
fn tilted(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let mut canopy = Canopy::any(s);
    canopy.radius = canopy.radius.min(1.3);
    let joint = s.range(1.5, 1.8);
    let metal = pole(&mut mesh, s, joint);
    let skin = colours(&mut mesh, s);
    let lean = Pose::tilted(Vec3::Z * joint, s.range(0.2, 0.6), 0.0, s.unit() * TURN);
    mesh.part(&lean, |m| {
        bar(m, Vec3::ZERO, Vec3::Z * (0.5 + canopy.rise), 0.018, metal);
        canopy.spread(m, Vec3::Z * 0.5, &skin);
        canopy.frame(m, Vec3::Z * 0.5, metal);
    });
    mesh
}

/// A second, smaller canopy over the gap of the first; now and then a third.
fn tiers(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let mut canopy = Canopy {
        ribs: s.pick(&[4, 6, 8]),
        hole: s.range(0.2, 0.4),
        ..Canopy::any(s)
    };
    let mut rim = s.range(1.8, 2.1);
    let count = 2 + usize::from(s.chance(0.25));
    let metal = pole(&mut mesh, s, rim + canopy.rise * 1.5);
    let skin = colours(&mut mesh, s);
    let same = s.chance(0.6);
    let other = colours(&mut mesh, s);
    for k in 0..count {
        if k + 1 == count {
            canopy.hole = 0.0;
        }
        let cloth: &dyn Fn(usize, usize) -> Skin = if same || k == 0 { &skin } else { &other };
        canopy.spread(&mut mesh, Vec3::Z * rim, cloth);
        canopy.frame(&mut mesh, Vec3::Z * rim, metal);
        rim += canopy.rise * 0.75 + 0.05;
        canopy.radius *= (canopy.hole + 0.12).min(0.5);
        canopy.rise *= 0.6;
        canopy.drop *= 0.5;
    }
    mesh
}

/// With a deep band all around that carries a name on every side.
fn banded(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let canopy = Canopy {
        ribs: s.pick(&[4, 4, 6, 8]),
        slack: 0.0,
        drop: s.range(0.16, 0.32),
        ..Canopy::any(s)
    };
    let rim = s.range(1.9, 2.25);
    pole(&mut mesh, s, rim + canopy.rise + 0.05);
    let skin = colours(&mut mesh, s);
    canopy.spread(&mut mesh, Vec3::Z * rim, &skin);
    let mut print = Mesh::default();
    let wide = canopy.radius * sin(TURN / 2.0 / canopy.ribs as f32) * 0.97;
    let face = Face {
        at: Vec3::ZERO,
        half: (wide, canopy.drop * 0.45),
        front: 1.0,
    };
    face.print(&mut print, s);
    for k in 0..canopy.ribs {
        let middle = canopy.at(1.0, k as f32 + 0.5) + Vec3::Z * (rim - canopy.drop * 0.5);
        let turn = (k as f32 + 1.0) / canopy.ribs as f32 * TURN;
        let out = v(cos(turn), sin(turn), 0.0) * 0.006;
        mesh.add(&print, &Pose::new(middle + out, turn - TURN / 4.0));
    }
    mesh
}

/// Hung from an arm of a mast that stands beside it.
fn side_arm(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let canopy = Canopy {
        ribs: s.pick(&[4, 8]),
        radius: s.range(1.1, 1.7),
        ..Canopy::any(s)
    };
    let rim = s.range(1.9, 2.2);
    let (metal, top) = (tube(&mut mesh, s), rim + canopy.rise + s.range(0.1, 0.3));
    let foot = v(-canopy.radius * s.range(0.75, 0.95), 0.0, 0.0);
    base(&mut mesh, s, foot, metal);
    let crown = Vec3::Z * (rim + canopy.rise);
    if s.chance(0.5) {
        bar(&mut mesh, foot, foot + Vec3::Z * top, 0.03, metal);
        bar(
            &mut mesh,
            foot + Vec3::Z * (rim * 0.75),
            v(foot.x * 0.4, 0.0, top - 0.05),
            0.02,
            metal,
        );
        bar(&mut mesh, foot + Vec3::Z * top, Vec3::Z * top, 0.025, metal);
    } else {
        let mut last = foot;
        for k in 1..=7 {
            let t = k as f32 / 7.0;
            let next = v(
                foot.x * cos(t * TURN / 4.0),
                0.0,
                top * sin(t * TURN / 4.0).max(t),
            );
            bar(&mut mesh, last, next, 0.025, metal);
            last = next;
        }
    }
    bar(&mut mesh, Vec3::Z * top, crown, 0.012, metal);
    let skin = colours(&mut mesh, s);
    canopy.spread(&mut mesh, Vec3::Z * rim, &skin);
    canopy.frame(&mut mesh, Vec3::Z * rim, metal);
    mesh
}

/// A folding tent on four legs.
fn marquee(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(0.9, 1.5), s.range(0.9, 1.4));
    let (eave, rise) = (s.range(1.9, 2.3), s.range(0.3, 0.9));
    let (metal, top) = (tube(&mut mesh, s), tarpaulin(&mut mesh, s));
    legs(&mut mesh, (half.0 * 0.97, half.1 * 0.97), eave, 0.0, 0.022, metal);
    let around = corners((half.0 * 0.97, half.1 * 0.97));
    for (i, &(x, y)) in around.iter().enumerate() {
        let (u, w) = around[(i + 1) % 4];
        for (low, high) in [(0.35, 0.05), (0.05, 0.35)] {
            bar(&mut mesh, v(x, y, eave - low), v(u, w, eave - high), 0.008, metal);
        }
    }
    let kind = s.pick(&[Roof::Pyramid, Roof::Pyramid, Roof::Gable, Roof::Arch]);
    roof(&mut mesh, kind, half, eave, rise, top);
    let strip = if s.chance(0.6) {
        top
    } else {
        tarpaulin(&mut mesh, s)
    };
    let scallops = s.pick(&[0, 0, 6, 9]);
    let drop = s.range(0.12, 0.3);
    valance(&mut mesh, half, eave, drop, scallops, strip);
    if scallops == 0 && s.chance(0.7) {
        for front in [-1.0, 1.0] {
            let face = Face {
                at: v(0.0, front * half.1, eave - drop * 0.5),
                half: (half.0 * s.range(0.5, 0.95), drop * 0.45),
                front,
            };
            face.print(&mut mesh, s);
        }
    }
    mesh
}

/// Straw or fringed cloth on a thick pole.
fn straw(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let (radius, rim, rise) = (s.range(0.9, 1.4), s.range(1.75, 2.1), s.range(0.4, 0.8));
    pole(&mut mesh, s, rim + rise);
    let hay = v(0.48, 0.38, 0.18);
    let colour = if s.chance(0.6) {
        s.near(hay, 0.35)
    } else {
        paint(s)
    };
    let layers = 2 + s.below(3);
    for k in 0..layers {
        let (out, tone) = ((k + 1) as f32 / layers as f32, s.range(0.75, 1.1));
        let skin = mesh.patterned(colour * tone, Look::Thin, Pattern::Crinkled);
        let inner = if k == 0 { 0.0 } else { out - 1.1 / layers as f32 };
        let place = |r: f32, j: usize, lift: f32| {
            let turn = j as f32 / 40.0 * TURN;
            v(
                cos(turn) * r * radius,
                sin(turn) * r * radius,
                rim + rise * (1.0 - r) + lift,
            )
        };
        for j in 0..40 {
            let (lift, ragged) = (0.05 * (layers - k) as f32 / layers as f32, s.range(0.02, 0.16));
            let (a, b) = (place(inner, j, lift), place(inner, j + 1, lift));
            let (c, d) = (place(out, j + 1, 0.0), place(out, j, 0.0));
            mesh.quad([a, d, c, b], skin);
            mesh.quad([d, c, c - Vec3::Z * ragged, d - Vec3::Z * (ragged * 0.8)], skin);
        }
    }
    mesh
}

/// Longer than wide, a roof of two slopes on one or two poles.
fn oblong(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let half = (s.range(1.2, 1.7), s.range(0.7, 1.1));
    let (eave, rise) = (s.range(1.95, 2.25), s.range(0.15, 0.5));
    let cover = tarpaulin(&mut mesh, s);
    let kind = s.pick(&[Roof::Gable, Roof::Arch, Roof::Lean, Roof::Pyramid]);
    roof(&mut mesh, kind, half, eave, rise, cover);
    let drop = s.range(0.06, 0.22);
    if !matches!(kind, Roof::Lean) {
        let scallops = s.pick(&[0, 8, 11]);
        valance(&mut mesh, half, eave, drop, scallops, cover);
    }
    let metal = tube(&mut mesh, s);
    let places: &[f32] = if s.chance(0.5) { &[0.0] } else { &[-0.6, 0.6] };
    for part in places {
        let foot = v(part * half.0, 0.0, 0.0);
        bar(
            &mut mesh,
            foot,
            foot + Vec3::Z * (eave + rise * 0.4),
            0.024,
            metal,
        );
        base(&mut mesh, s, foot, metal);
        for x in [-0.5, 0.5] {
            for y in [-0.8, 0.8] {
                let tip = foot + v(x * half.0 * 0.6, y * half.1, eave);
                bar(&mut mesh, foot + Vec3::Z * (eave - 0.3), tip, 0.01, metal);
            }
        }
    }
    mesh
}

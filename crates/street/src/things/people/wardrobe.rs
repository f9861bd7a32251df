//! Who walks through varied streets, in clothes of any colour: coats, dresses, jackets, ponchos; packs, cases, umbrellas;
//! helmets, hats, scarves. All is drawn before the pose is known: a stride is one person.

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::Clothes;
use crate::things::varied::any_colour;

/// What is worn over the shirt.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cover {
    Nothing,
    /// To this height, flared by this much.
    Coat(f32, f32),
    Dress(f32, f32),
    /// Quilted, in this many rolls.
    Quilted(usize),
    Poncho(f32),
}

/// What is carried on the back.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Back {
    Nothing,
    Pack(Vec3),
    /// A courier's cube.
    Cube(f32),
}

/// What the left hand holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hand {
    Nothing,
    Case(Vec3),
    Tote(Vec3),
    /// An umbrella, rolled up.
    Umbrella,
    /// A case on wheels.
    Trolley(f32),
}

/// What is on the head.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hat {
    Hair,
    Bun,
    Tail,
    /// A cap, its peak to the front or back.
    Cap(f32),
    Bucket,
    Cone(f32),
    CycleHelmet,
    RidingHelmet,
    Scarf,
    Headphones,
}

/// One person's things.
#[derive(Debug, Clone)]
pub(super) struct Wardrobe {
    cover: Cover,
    back: Back,
    hand: Hand,
    hat: Hat,
    /// A mask over mouth and nose; a scarf about the neck; shins uncovered.
    mask: bool,
    shawl: bool,
    shorts: bool,
    colours: [Vec3; 9],
    patterns: [Pattern; 3],
    /// Build: factors of girth and height.
    pub(super) girth: f32,
    pub(super) height: f32,
}

fn pattern(s: &mut Stream) -> Pattern {
    s.pick(&[
        Pattern::Cloth,
        Pattern::Cloth,
        Pattern::Plain,
        Pattern::Plain,
        Pattern::Stripes,
        Pattern::Crinkled,
    ])
}

impl Wardrobe {
    pub(super) fn drawn(s: &mut Stream) -> Self {
        let cover = match s.below(10) {
            0 | 1 => Cover::Coat(s.range(0.34, 0.78), s.range(0.0, 0.09)),
            2 | 3 => Cover::Dress(s.range(0.22, 0.72), s.range(0.02, 0.18)),
            4 => Cover::Quilted(3 + s.below(4)),
            5 if s.chance(0.5) => Cover::Poncho(s.range(0.55, 0.95)),
            _ => Cover::Nothing,
        };
        let back = match s.below(8) {
            0 | 1 => Back::Pack(v(s.range(0.11, 0.2), s.range(0.06, 0.15), s.range(0.15, 0.3))),
            2 if s.chance(0.6) => Back::Cube(s.range(0.17, 0.24)),
            _ => Back::Nothing,
        };
        let hand = match s.below(14) {
            0 => Hand::Case(v(s.range(0.03, 0.06), s.range(0.15, 0.24), s.range(0.10, 0.17))),
            1 | 2 => Hand::Tote(v(s.range(0.04, 0.09), s.range(0.10, 0.19), s.range(0.12, 0.22))),
            3 => Hand::Umbrella,
            4 => Hand::Trolley(s.range(0.2, 0.32)),
            _ => Hand::Nothing,
        };
        let hat = match s.below(16) {
            0 => Hat::Bun,
            1 | 2 => Hat::Tail,
            3 | 4 => Hat::Cap(if s.chance(0.85) { 1.0 } else { -1.0 }),
            5 => Hat::Bucket,
            6 => Hat::Cone(s.range(0.17, 0.27)),
            7 => Hat::CycleHelmet,
            8 => Hat::RidingHelmet,
            9 => Hat::Scarf,
            10 if s.chance(0.5) => Hat::Headphones,
            _ => Hat::Hair,
        };
        let pale = s.unit();
        let skin = v(0.11, 0.06, 0.04).mix(v(0.66, 0.46, 0.36), pale);
        let hair = match s.below(8) {
            0 => Vec3::splat(s.range(0.2, 0.6)),
            1 => v(0.30, 0.17, 0.06) * s.range(0.4, 1.8),
            2 => any_colour(s),
            _ => v(0.025, 0.021, 0.018) * s.range(0.5, 2.0),
        };
        let mut colours = [Vec3::ZERO; 9];
        for colour in &mut colours {
            *colour = any_colour(s);
        }
        let skin = s.near(skin, 0.1);
        // Some have none.
        let hair = if s.chance(0.06) { skin } else { hair };
        (colours[0], colours[1]) = (skin, hair);
        Self {
            cover,
            back,
            hand,
            hat,
            mask: s.chance(0.12),
            shawl: s.chance(0.08),
            shorts: s.chance(0.22),
            colours,
            patterns: [pattern(s), pattern(s), pattern(s)],
            girth: s.range(0.86, 1.24),
            height: s.range(0.90, 1.05),
        }
    }

    /// Sleeves reach the hands.
    pub(super) fn sleeved(&self) -> bool {
        matches!(self.cover, Cover::Coat(..) | Cover::Quilted(_) | Cover::Poncho(_))
    }

    pub(super) fn clothes(&self, mesh: &mut Mesh) -> Clothes {
        let [skin, hair, top, legs, shoes, ..] = self.colours;
        let skin = mesh.matt(skin);
        let legs = mesh.patterned(legs, Look::Matt, self.patterns[1]);
        Clothes {
            skin,
            hair: mesh.matt(hair),
            top: mesh.patterned(top, Look::Matt, self.patterns[0]),
            legs,
            shins: if self.shorts { skin } else { legs },
            shoes: mesh.matt(shoes),
        }
    }

    /// Adds what is worn and carried. `hand` is where the left hand is.
    pub(super) fn wear(&self, mesh: &mut Mesh, c: &Clothes, (fat, drop): (f32, f32), hand: Vec3) {
        self.cover(mesh, c, fat, drop);
        self.back(mesh, fat, drop);
        if drop == 0.0 {
            self.hand(mesh, hand);
        }
        self.hat(mesh, c, drop);
    }

    fn cover(&self, mesh: &mut Mesh, c: &Clothes, fat: f32, drop: f32) {
        let other = mesh.patterned(self.colours[5], Look::Matt, self.patterns[2]);
        let oval = |z: f32, a: f32, b: f32| -> Vec<Vec3> {
            (0..16)
                .map(|k| {
                    let turn = k as f32 / 16.0 * TURN;
                    v(cos(turn) * a * fat, sin(turn) * b * fat, z + drop)
                })
                .collect()
        };
        // Of somebody who sits, cloth ends at the hip.
        let hem = |z: f32, flare: f32| if drop < 0.0 { (0.86, -0.02) } else { (z, flare) };
        let torso = [
            (1.04, 0.172, 0.136),
            (1.16, 0.170, 0.134),
            (1.28, 0.192, 0.140),
            (1.38, 0.200, 0.128),
            (1.45, 0.135, 0.098),
            (1.49, 0.075, 0.072),
        ];
        let upper = torso.iter().map(|&(z, a, b)| oval(z, a, b));
        match self.cover {
            Cover::Nothing => {}
            Cover::Coat(low, flare) => {
                let (low, flare) = hem(low, flare);
                let skirt = [oval(low, 0.20 + flare, 0.17 + flare), oval(0.88, 0.188, 0.152)];
                let rings: Vec<Vec<Vec3>> = skirt.into_iter().chain(upper).collect();
                mesh.loft(&rings, true, 70.0, &|_, _| c.top);
                // Lapels, buttons, and a belt.
                let band = [oval(1.05, 0.180, 0.143), oval(1.09, 0.180, 0.143)];
                if self.patterns[2] == Pattern::Plain {
                    mesh.loft(&band, true, 60.0, &|_, _| other);
                }
                mesh.block(v(0.0, 0.137 * fat, 1.26 + drop), v(0.035, 0.012, 0.13), other);
            }
            Cover::Dress(low, flare) => {
                let (low, flare) = hem(low, flare);
                let rings = [
                    oval(low, 0.19 + flare, 0.16 + flare),
                    oval(f32::midpoint(low, 0.92), 0.185 + flare * 0.5, 0.148 + flare * 0.5),
                    oval(0.94, 0.176, 0.134),
                    oval(1.08, 0.156, 0.118),
                ];
                mesh.loft(&rings, true, 70.0, &|_, _| if self.shawl { other } else { c.top });
            }
            Cover::Quilted(rolls) => {
                let count = rolls * 3 + 1;
                let rings: Vec<Vec<Vec3>> = (0..count)
                    .map(|k| {
                        let t = k as f32 / (count - 1) as f32;
                        let puff = if k % 3 == 0 { 0.0 } else { 0.015 };
                        let shoulder = 0.02 * sin(t * TURN / 2.0);
                        let closing = 1.0 - 0.45 * (t - 0.82).max(0.0) / 0.18;
                        oval(
                            0.84 + t * 0.63,
                            (0.185 + puff + shoulder) * closing,
                            (0.150 + puff) * closing,
                        )
                    })
                    .collect();
                mesh.loft(&rings, true, 70.0, &|i, _| {
                    if rolls > 4 && i / 3 == rolls - 1 {
                        other
                    } else {
                        c.top
                    }
                });
            }
            Cover::Poncho(low) => {
                let low = if drop < 0.0 { low.max(0.9) } else { low };
                let rain = mesh.patterned(self.colours[5], Look::Thin, Pattern::Crinkled);
                let rings = [
                    oval(low, 0.40, 0.34),
                    oval(1.15, 0.33, 0.25),
                    oval(1.38, 0.235, 0.16),
                    oval(1.47, 0.12, 0.10),
                    oval(1.50, 0.075, 0.075),
                ];
                mesh.loft(&rings, true, 70.0, &|_, _| rain);
            }
        }
        if self.shawl {
            let wool = mesh.patterned(self.colours[6], Look::Matt, Pattern::Cloth);
            mesh.ring(
                v(0.0, 0.0, 1.48 + drop),
                Vec3::Z,
                0.075 * fat.max(1.0),
                0.04,
                (14, 7),
                wool,
            );
            mesh.rounded(
                v(0.05, 0.14 * fat, 1.33 + drop),
                v(0.04, 0.018, 0.14),
                0.015,
                wool,
            );
        }
    }

    fn back(&self, mesh: &mut Mesh, fat: f32, drop: f32) {
        let cloth = mesh.patterned(self.colours[7], Look::Matt, Pattern::Cloth);
        let behind = -0.12 * fat;
        let straps = |mesh: &mut Mesh| {
            for sign in [-1.0, 1.0] {
                let (a, b) = (
                    v(sign * 0.10 * fat, behind, 1.43 + drop),
                    v(sign * 0.11 * fat, 0.125 * fat, 1.36 + drop),
                );
                mesh.limb(a, b, (0.022, 0.022), cloth);
                mesh.limb(b, v(sign * 0.15 * fat, 0.06, 1.06 + drop), (0.022, 0.016), cloth);
            }
        };
        match self.back {
            Back::Nothing => {}
            Back::Pack(half) => {
                mesh.rounded(v(0.0, behind - half.y, 1.40 - half.z + drop), half, 0.07, cloth);
                let pocket = half * v(0.7, 0.35, 0.4);
                mesh.rounded(
                    v(0.0, behind - half.y * 2.0, 1.40 - half.z * 1.4 + drop),
                    pocket,
                    0.03,
                    cloth,
                );
                straps(mesh);
            }
            Back::Cube(half) => {
                let at = v(0.0, behind - half * 0.9, 1.42 - half + drop);
                mesh.rounded(at, v(half, half * 0.9, half), 0.03, cloth);
                let mark = mesh.matt(self.colours[8]);
                mesh.block(
                    at - Vec3::Y * (half * 0.9),
                    v(half * 0.5, 0.006, half * 0.35),
                    mark,
                );
                straps(mesh);
            }
        }
    }

    fn hand(&self, mesh: &mut Mesh, hand: Vec3) {
        let skin = mesh.gloss(self.colours[8]);
        let grip = hand - Vec3::Z * 0.06;
        match self.hand {
            Hand::Nothing => {}
            Hand::Case(half) => mesh.rounded(grip - Vec3::Z * (half.z + 0.03), half, 0.02, skin),
            Hand::Tote(half) => {
                let top = grip - Vec3::Z * 0.2;
                mesh.rounded(top - Vec3::Z * half.z, half, 0.03, skin);
                for sign in [-1.0, 1.0] {
                    mesh.rod(
                        grip,
                        top + Vec3::Y * (sign * half.y * 0.6),
                        (0.008, 0.008),
                        4,
                        skin,
                    );
                }
            }
            Hand::Umbrella => {
                let tip = v(grip.x, grip.y + 0.12, 0.06);
                mesh.rod(grip.mix(tip, 0.15), tip, (0.035, 0.012), 9, skin);
                mesh.limb(grip + Vec3::Z * 0.06, grip.mix(tip, 0.15), (0.014, 0.014), skin);
            }
            Hand::Trolley(high) => {
                let at = v(grip.x - 0.04, -0.26, 0.06 + high);
                mesh.rounded(at, v(0.17, 0.10, high), 0.04, skin);
                let dark = mesh.matt(Vec3::splat(0.02));
                for sign in [-1.0, 1.0] {
                    mesh.rod(
                        at + v(sign * 0.06, 0.0, high),
                        grip + v(sign * 0.05, 0.0, 0.0),
                        (0.008, 0.008),
                        4,
                        dark,
                    );
                    mesh.ball(v(at.x + sign * 0.13, at.y, 0.04), Vec3::splat(0.04), dark);
                }
            }
        }
    }

    fn hat(&self, mesh: &mut Mesh, c: &Clothes, drop: f32) {
        let up = |y: f32, z: f32| v(0.0, y, z + drop);
        let tint = self.colours[6];
        let cloth = mesh.patterned(tint, Look::Matt, self.patterns[2]);
        let shell = mesh.gloss(tint);
        let dome = |mesh: &mut Mesh, half: Vec3, z: f32, skin: Skin| {
            mesh.blob(up(-0.005, z), half, (14, 8), skin, &|d| {
                if d.z < -0.3 { 0.82 } else { 1.0 }
            });
        };
        match self.hat {
            Hat::Hair => {}
            Hat::Bun => mesh.ball(up(-0.06, 1.79), v(0.05, 0.05, 0.045), c.hair),
            Hat::Tail => {
                mesh.limb(up(-0.10, 1.70), up(-0.13, 1.50), (0.032, 0.02), c.hair);
            }
            Hat::Cap(peak) => {
                dome(mesh, v(0.096, 0.110, 0.082), 1.705, cloth);
                mesh.blob(
                    up(0.115 * peak, 1.705),
                    v(0.072, 0.078, 0.013),
                    (12, 4),
                    shell,
                    &|_| 1.0,
                );
            }
            Hat::Bucket => {
                mesh.rod(up(0.0, 1.70), up(0.0, 1.80), (0.112, 0.088), 14, cloth);
                mesh.rod(up(0.0, 1.665), up(0.0, 1.712), (0.155, 0.112), 14, cloth);
            }
            Hat::Cone(wide) => mesh.rod(up(0.0, 1.69), up(0.0, 1.84), (wide, 0.012), 16, cloth),
            Hat::CycleHelmet => {
                dome(mesh, v(0.108, 0.145, 0.10), 1.72, shell);
                let dark = mesh.matt(Vec3::splat(0.02));
                for x in [-0.05, 0.0, 0.05] {
                    mesh.blob(
                        v(x, -0.005, 1.765 + drop),
                        v(0.010, 0.11, 0.058),
                        (8, 6),
                        dark,
                        &|_| 1.0,
                    );
                }
            }
            Hat::RidingHelmet => {
                dome(mesh, v(0.122, 0.138, 0.125), 1.695, shell);
                let dark = mesh.matt(Vec3::splat(0.025));
                mesh.blob(up(0.12, 1.72), v(0.085, 0.06, 0.012), (10, 4), dark, &|_| 1.0);
                mesh.ring(up(-0.003, 1.66), Vec3::Z, 0.118, 0.012, (16, 5), dark);
            }
            Hat::Scarf => {
                mesh.blob(up(-0.015, 1.655), v(0.10, 0.105, 0.135), (14, 10), cloth, &|d| {
                    if d.y > 0.45 && d.z < 0.55 { 0.78 } else { 1.0 }
                });
                mesh.rod(up(-0.01, 1.46), up(-0.01, 1.58), (0.12, 0.085), 12, cloth);
            }
            Hat::Headphones => {
                mesh.ring(up(0.0, 1.66), Vec3::Y, 0.108, 0.012, (18, 5), shell);
                for sign in [-1.0, 1.0] {
                    mesh.ball(v(sign * 0.092, 0.0, 1.64 + drop), v(0.022, 0.04, 0.045), shell);
                }
            }
        }
        if self.mask {
            let white = mesh.matt(self.colours[5].mix(Vec3::splat(0.7), 0.7));
            mesh.blob(up(0.075, 1.595), v(0.060, 0.052, 0.045), (12, 7), white, &|_| 1.0);
        }
    }
}

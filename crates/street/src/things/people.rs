//! People: height, build, clothes, hair and hats vary; they stand, walk, carry or sit. They face +y.

mod garments;
mod wardrobe;

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};
use crate::styles::Styles;

use garments::{garment, other_hat};
use wardrobe::Wardrobe;

/// What a person does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Doing {
    Standing,
    /// Walking, at this phase of the stride, 0..1.
    Walking(f32),
    /// Sitting on something low.
    Sitting,
    /// Arms forward: serving, holding a handlebar.
    Reaching,
}

/// What someone who stands does with the arms.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pose {
    Hanging,
    Phone,
    Hips,
    Folded,
}

struct Clothes {
    skin: Skin,
    hair: Skin,
    top: Skin,
    legs: Skin,
    shins: Skin,
    shoes: Skin,
}

fn clothes(s: &mut Stream, mesh: &mut Mesh) -> Clothes {
    let shown_tops = [
        v(0.62, 0.62, 0.60),
        v(0.04, 0.04, 0.05),
        v(0.05, 0.09, 0.28),
        v(0.42, 0.05, 0.05),
        v(0.10, 0.22, 0.12),
        v(0.30, 0.24, 0.16),
        v(0.55, 0.36, 0.40),
        v(0.20, 0.30, 0.46),
        v(0.52, 0.44, 0.14),
        v(0.24, 0.25, 0.26),
        v(0.16, 0.08, 0.22),
    ];
    let held_tops = [
        v(0.55, 0.50, 0.40),
        v(0.08, 0.07, 0.06),
        v(0.06, 0.26, 0.30),
        v(0.58, 0.22, 0.05),
        v(0.26, 0.32, 0.10),
        v(0.20, 0.11, 0.07),
        v(0.40, 0.28, 0.50),
        v(0.36, 0.44, 0.50),
        v(0.62, 0.60, 0.20),
        v(0.34, 0.34, 0.32),
        v(0.24, 0.03, 0.10),
    ];
    let shown_legs = [
        v(0.03, 0.04, 0.08),
        v(0.04, 0.04, 0.045),
        v(0.12, 0.12, 0.13),
        v(0.24, 0.20, 0.14),
        v(0.06, 0.09, 0.16),
    ];
    let held_legs = [
        v(0.30, 0.31, 0.32),
        v(0.10, 0.08, 0.06),
        v(0.16, 0.20, 0.28),
        v(0.14, 0.15, 0.08),
        v(0.45, 0.42, 0.36),
    ];
    let top = s.pick_own(&shown_tops, &held_tops);
    let leg = s.pick_own(&shown_legs, &held_legs);
    let weave = if s.chance(0.08) {
        s.own(Pattern::Stripes, Pattern::Pavers)
    } else {
        s.own(Pattern::Cloth, Pattern::Plain)
    };
    let grey = s.range(0.012, 0.03);
    let hair = if s.chance(0.15) {
        Vec3::splat(s.range(0.15, 0.4))
    } else {
        v(grey, grey * 0.9, grey * 0.8) * s.own(1.0, 2.6)
    };
    // Skins are numbered, and colours drawn, in this order.
    let skin = mesh.matt(s.near(v(0.52, 0.34, 0.24), 0.18));
    let hair = mesh.matt(hair);
    let top = mesh.patterned(s.near(top, 0.25), Look::Matt, weave);
    let legs = mesh.patterned(s.near(leg, 0.25), Look::Matt, Pattern::Cloth);
    let shoes = mesh.matt(s.pick_own(
        &[Vec3::splat(0.02), Vec3::splat(0.55), v(0.12, 0.06, 0.03)],
        &[Vec3::splat(0.10), v(0.45, 0.10, 0.06), v(0.30, 0.24, 0.16)],
    ));
    Clothes {
        skin,
        hair,
        top,
        legs,
        shins: legs,
        shoes,
    }
}

/// A person. The stream decides who it is; the same stream with another `doing` is the same person.
pub(crate) fn person(s: &mut Stream, doing: Doing) -> Mesh {
    let mut mesh = Mesh::default();
    let wardrobe = (s.styles() == Styles::Varied).then(|| Wardrobe::drawn(s));
    let (c, build) = match &wardrobe {
        Some(own) => (own.clothes(&mut mesh), (own.girth, own.height)),
        None => (clothes(s, &mut mesh), (1.0, 1.0)),
    };
    let fat = s.range(0.88, 1.18) * s.own(1.0, 1.07) * build.0;
    let tall = s.range(0.92, 1.06) * s.own(1.0, 0.95) * build.1;
    let (skirt, long_hair, hat, bag, pack) =
        (s.chance(0.15), s.chance(0.4), s.unit(), s.unit(), s.chance(0.2));
    let bare_arms = s.chance(0.5) && !wardrobe.as_ref().is_some_and(Wardrobe::sleeved);
    let mut left = Vec3::ZERO;
    let pose = s.pick_own(
        &[Pose::Hanging, Pose::Hanging, Pose::Phone],
        &[Pose::Hips, Pose::Folded],
    );
    let (phase, swing) = stride(doing);
    let drop = if doing == Doing::Sitting { -0.42 } else { 0.0 };
    let hip = 0.90 + drop;
    for sign in [-1.0, 1.0] {
        leg(
            &mut mesh,
            &c,
            sign,
            (swing * sign, cos(phase) * sign),
            fat,
            doing == Doing::Sitting,
            hip,
        );
    }
    torso(&mut mesh, &c, fat, drop, skirt);
    let shoulder = 1.40 + drop;
    for sign in [-1.0, 1.0] {
        let from = v(sign * 0.185 * fat, 0.0, shoulder);
        let (ahead, out) = match doing {
            Doing::Reaching => (0.75, 0.06),
            Doing::Sitting => (0.5, 0.06),
            Doing::Standing => match (pose, sign > 0.0) {
                (Pose::Hanging, _) => (-swing * sign * 0.55, 0.06),
                // One hand holds a phone, or shades the eyes.
                (Pose::Phone, true) => (0.35, 0.05),
                (Pose::Phone, false) => (0.02, 0.06),
                (Pose::Hips, _) => (-0.25, 0.17),
                (Pose::Folded, _) => (0.45, 0.03),
            },
            Doing::Walking(_) => (-swing * sign * 0.55, 0.06),
        };
        let elbow = from + v(sign * out, sin(ahead) * 0.28, -cos(ahead) * 0.28);
        let bend = ahead
            + if matches!(doing, Doing::Walking(_)) {
                0.45
            } else {
                0.7
            };
        let (bend, inward) = match (doing, pose, sign > 0.0) {
            (Doing::Standing, Pose::Phone, true) => (2.35, 0.08),
            (Doing::Standing, Pose::Hips, _) => (0.35, 0.20),
            (Doing::Standing, Pose::Folded, _) => (1.45, 0.21),
            _ => (bend, 0.02),
        };
        let hand = elbow + v(-sign * inward, sin(bend) * 0.25, -cos(bend) * 0.25);
        mesh.limb(from, elbow, (0.056 * fat, 0.045), c.top);
        mesh.limb(
            elbow,
            hand,
            (0.042, 0.034),
            if bare_arms { c.skin } else { c.top },
        );
        mesh.ball(hand + v(0.0, 0.015, -0.04), v(0.032, 0.038, 0.055), c.skin);
        if sign < 0.0 {
            left = hand;
        }
        if sign > 0.0 && bag < 0.28 && doing != Doing::Sitting {
            let tint = s.own(v(0.60, 0.55, 0.50), v(0.50, 0.16, 0.14));
            let shopping = mesh.patterned(s.near(tint, 0.4), Look::Thin, Pattern::Crinkled);
            mesh.blob(
                hand + v(0.0, 0.0, -0.30),
                v(0.07, 0.13, 0.17),
                (10, 8),
                shopping,
                &|d| 1.0 - 0.3 * d.z.max(0.0),
            );
        }
    }
    let hat = if wardrobe.is_some() { 1.0 } else { hat };
    head(&mut mesh, s, &c, drop, (long_hair, hat));
    if let Some(own) = &wardrobe {
        own.wear(&mut mesh, &c, (fat, drop), left);
    } else if s.styles() == Styles::HeldOut {
        garment(&mut mesh, s, fat, drop);
    } else if pack {
        let cloth = mesh.patterned(s.near(v(0.12, 0.12, 0.2), 0.7), Look::Matt, Pattern::Cloth);
        mesh.rounded(v(0.0, -0.19, 1.22 + drop), v(0.15, 0.08, 0.20), 0.07, cloth);
    }
    mesh.scale(Vec3::splat(tall));
    mesh
}

/// Where in a stride somebody is, and how far the legs are apart.
fn stride(doing: Doing) -> (f32, f32) {
    match doing {
        Doing::Walking(phase) => (phase * TURN, sin(phase * TURN)),
        _ => (0.0, 0.06),
    }
}

fn leg(
    mesh: &mut Mesh,
    c: &Clothes,
    sign: f32,
    (swing, lift): (f32, f32),
    fat: f32,
    sitting: bool,
    hip: f32,
) {
    let from = v(sign * 0.085 * fat, 0.0, hip);
    let (knee, ankle) = if sitting {
        (from + v(sign * 0.05, 0.40, 0.0), v(sign * 0.14, 0.42, 0.08))
    } else {
        let ahead = swing * 0.42;
        let knee = from + v(0.0, sin(ahead) * 0.42, -cos(ahead) * 0.42);
        // The leg that comes forward is bent.
        let bend = ahead
            - if lift > 0.0 {
                0.75 * lift * (1.0 - swing.abs() * 0.5)
            } else {
                0.05
            };
        let ankle = knee + v(0.0, sin(bend) * 0.40, -cos(bend) * 0.40);
        (knee, v(ankle.x, ankle.y, ankle.z.max(0.08)))
    };
    mesh.limb(from, knee, (0.088 * fat, 0.062), c.legs);
    mesh.limb(knee, ankle, (0.058, 0.043), c.shins);
    mesh.rounded(
        ankle + v(0.0, 0.055, -0.040),
        v(0.045, 0.125, 0.038),
        0.03,
        c.shoes,
    );
}

fn torso(mesh: &mut Mesh, c: &Clothes, fat: f32, drop: f32, skirt: bool) {
    let rings = [
        (0.84, 0.150, 0.105),
        (0.92, 0.168, 0.122),
        (1.02, 0.155, 0.118),
        (1.12, 0.150, 0.112),
        (1.25, 0.172, 0.122),
        (1.36, 0.186, 0.116),
        (1.43, 0.160, 0.095),
        (1.47, 0.085, 0.070),
        (1.50, 0.052, 0.052),
    ];
    let oval = |z: f32, a: f32, b: f32| -> Vec<Vec3> {
        let point = |k: usize| {
            let turn = k as f32 / 14.0 * TURN;
            v(cos(turn) * a * fat, sin(turn) * b * fat, z + drop)
        };
        (0..14).map(point).collect()
    };
    let sections: Vec<Vec<Vec3>> = rings.iter().map(|&(z, a, b)| oval(z, a, b)).collect();
    mesh.loft(&sections, true, 70.0, &|i, _| if i < 1 { c.legs } else { c.top });
    if skirt && drop == 0.0 {
        let sections = [
            oval(0.50, 0.27, 0.24),
            oval(0.75, 0.20, 0.16),
            oval(1.0, 0.158, 0.12),
        ];
        mesh.loft(&sections, true, 70.0, &|_, _| c.top);
    }
}

fn head(mesh: &mut Mesh, s: &mut Stream, c: &Clothes, drop: f32, (long_hair, hat): (bool, f32)) {
    let up = |x: f32, y: f32, z: f32| v(x, y, z + drop);
    mesh.rod(
        up(0.0, -0.005, 1.46),
        up(0.0, 0.015, 1.56),
        (0.054, 0.050),
        9,
        c.skin,
    );
    mesh.blob(
        up(0.0, 0.022, 1.635),
        v(0.076, 0.094, 0.118),
        (14, 10),
        c.skin,
        &|d| 1.0 - 0.10 * (-d.z).max(0.0) * d.y.abs(),
    );
    mesh.ball(up(0.0, 0.118, 1.625), v(0.014, 0.020, 0.022), c.skin);
    for sign in [-1.0, 1.0] {
        mesh.ball(up(sign * 0.078, 0.01, 1.63), v(0.012, 0.022, 0.030), c.skin);
        mesh.ball(up(sign * 0.030, 0.104, 1.655), v(0.012, 0.008, 0.006), c.hair);
    }
    mesh.blob(
        up(0.0, -0.012, 1.672),
        v(0.086, 0.098, 0.100),
        (14, 10),
        c.hair,
        &|d| if d.y > 0.5 && d.z < 0.3 { 0.8 } else { 1.0 },
    );
    if long_hair {
        mesh.blob(
            up(0.0, -0.055, 1.56),
            v(0.085, 0.055, 0.15),
            (12, 8),
            c.hair,
            &|_| 1.0,
        );
    }
    if s.styles() == Styles::HeldOut {
        return other_hat(mesh, s, drop, hat);
    }
    let tint = s.near(v(0.30, 0.22, 0.12), 0.9);
    if hat < 0.10 {
        // A cap.
        let cloth = mesh.patterned(tint, Look::Matt, Pattern::Cloth);
        mesh.blob(
            up(0.0, 0.0, 1.70),
            v(0.094, 0.108, 0.075),
            (12, 8),
            cloth,
            &|_| 1.0,
        );
        mesh.blob(up(0.0, 0.12, 1.70), v(0.07, 0.07, 0.012), (10, 4), cloth, &|_| {
            1.0
        });
    } else if hat < 0.17 {
        // A straw hat.
        let straw = mesh.patterned(v(0.55, 0.42, 0.20), Look::Thin, Pattern::Cloth);
        mesh.rod(up(0.0, 0.0, 1.70), up(0.0, 0.0, 1.82), (0.23, 0.05), 14, straw);
    } else if hat < 0.21 {
        // A worker's helmet.
        let shell = mesh.gloss(s.pick(&[v(0.75, 0.50, 0.03), v(0.65, 0.65, 0.62), v(0.60, 0.05, 0.03)]));
        mesh.blob(
            up(0.0, 0.0, 1.70),
            v(0.115, 0.135, 0.095),
            (12, 8),
            shell,
            &|_| 1.0,
        );
    }
}

//! Bins that somebody wheels away or empties: wheeled, four-wheeled, pedal, swing-top, drum, basket.

use super::any_colour;
use super::matter::{bar, card, film, hull, plastic, section, stuffed};
use super::vessels::{Vessel, label, livery, wheel};
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern};

/// The two-wheeled bin of every yard, in its many measures and lids.
pub(super) fn wheeled(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let paint = livery(s);
    let shell = mesh.gloss(paint);
    let lid_paint = if s.chance(0.4) { livery(s) } else { paint };
    let (lid, rubber) = (mesh.gloss(lid_paint), mesh.matt(Vec3::splat(0.02)));
    let (w, d, h) = (s.range(0.20, 0.33), s.range(0.22, 0.40), s.range(0.60, 1.10));
    let (taper, round) = (s.range(0.68, 0.92), s.range(0.02, 0.10));
    let rim = s.range(1.03, 1.12);
    let levels = [
        (0.06, w * taper, d * taper),
        (h * 0.9, w, d),
        (h * 0.9, w * rim, d * rim),
        (h, w * rim, d * rim),
    ];
    hull(&mut mesh, &levels, round, false, shell);
    hull(
        &mut mesh,
        &[(h * 0.6, w * 0.9, d * 0.9), (h * 0.62, w * 0.9, d * 0.9)],
        round,
        true,
        rubber,
    );
    let radius = s.range(0.07, 0.13);
    for sign in [-1.0, 1.0] {
        wheel(&mut mesh, v(sign * w * taper, -d * taper, radius), radius, rubber);
    }
    bar(
        &mut mesh,
        (v(-w * 0.8, -d * rim - 0.05, h), v(w * 0.8, -d * rim - 0.05, h)),
        (0.014, 0.014),
        shell,
    );
    match s.below(3) {
        0 => {
            for k in 0..2 + s.below(3) {
                let x = (k as f32 - 1.0) * w * 0.45;
                bar(
                    &mut mesh,
                    (v(x, d * taper, h * 0.15), v(x, d * 0.97, h * 0.8)),
                    (0.014, 0.02),
                    shell,
                );
            }
        }
        1 => mesh.block(v(0.0, d * rim, h * 0.82), v(w * 0.7, 0.03, 0.03), shell),
        _ => {}
    }
    if s.chance(0.75) {
        label(
            &mut mesh,
            s,
            v(0.0, d * (0.5 + taper * 0.5) + 0.012, h * 0.55),
            w * 0.6,
        );
    }
    let open = if full {
        s.range(1.1, 3.6)
    } else if s.chance(0.12) {
        s.range(1.6, 3.4)
    } else {
        0.0
    };
    let bulge = s.range(0.03, 0.11);
    let (lw, ld) = (w * rim + 0.02, d * rim + 0.03);
    mesh.part(&Pose::tilted(v(0.0, -ld, h + 0.01), open, 0.0, 0.0), |m| {
        let levels = [(0.0, lw, ld), (0.03, lw, ld), (bulge, lw * 0.8, ld * 0.8)];
        m.part(&Pose::at(v(0.0, ld, 0.0)), |m| hull(m, &levels, round, true, lid));
        m.block(v(0.0, ld * 2.0, 0.02), v(lw * 0.4, 0.03, 0.015), lid);
    });
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (w, d),
    }
}

/// The large four-wheeled container, with a flat, rolled or split lid.
pub(super) fn four_wheeled(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let paint = livery(s);
    let metal = s.chance(0.35);
    let shell = if metal {
        mesh.patterned(paint, Look::Gloss, Pattern::WornPaint)
    } else {
        mesh.gloss(paint)
    };
    let lid_paint = if s.chance(0.5) { livery(s) } else { paint };
    let (lid, rubber) = (mesh.gloss(lid_paint), mesh.matt(Vec3::splat(0.02)));
    let steel = mesh.metal(0.3);
    let (w, d, h) = (s.range(0.55, 0.85), s.range(0.36, 0.58), s.range(0.95, 1.3));
    let (taper, round) = (s.range(0.72, 0.95), s.range(0.01, 0.08));
    let levels = [
        (0.2, w * taper, d * taper),
        (h, w, d),
        (h, w + 0.04, d + 0.04),
        (h + 0.05, w + 0.04, d + 0.04),
    ];
    hull(&mut mesh, &levels, round, false, shell);
    hull(
        &mut mesh,
        &[(h * 0.7, w * 0.9, d * 0.9), (h * 0.71, w * 0.9, d * 0.9)],
        round,
        true,
        rubber,
    );
    for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        let at = v(sx * w * taper * 0.8, sy * d * taper * 0.75, 0.09);
        wheel(&mut mesh, at, 0.09, rubber);
        mesh.block(at + v(0.0, 0.0, 0.09), v(0.03, 0.03, 0.04), steel);
    }
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * w, 0.0, h * 0.85),
            v(sign * (w + 0.12), 0.0, h * 0.85),
            (0.035, 0.035),
            9,
            steel,
        );
        for k in 0..s.below(4) {
            let x = sign * w * (0.2 + 0.25 * k as f32);
            bar(
                &mut mesh,
                (v(x, d * taper, 0.25), v(x, d, h)),
                (0.02, 0.02),
                shell,
            );
        }
    }
    label(&mut mesh, s, v(0.0, d * 0.93 + 0.02, h * 0.68), 0.2);
    let top = h + 0.05;
    let open = if full { s.range(1.0, 2.2) } else { 0.0 };
    if s.chance(0.5) {
        // A rolled lid: part of a cylinder about x that turns back over itself when open.
        let back = if full { 0.5 } else { 0.0 };
        let rows: Vec<Vec<Vec3>> = [-w - 0.03, w + 0.03]
            .iter()
            .map(|x| {
                (0..=10)
                    .map(|i| {
                        let a = (i as f32 / 10.0 * (0.5 - back * 0.55) + back * 0.5) * TURN;
                        v(*x, cos(a) * (d + 0.05), top + sin(a) * d * 0.65)
                    })
                    .collect()
            })
            .collect();
        mesh.loft(&rows, false, 60.0, &|_, _| lid);
        for row in rows {
            for pair in row.windows(2) {
                mesh.triangle(v(row[0].x, 0.0, top), pair[0], pair[1], lid);
            }
        }
    } else {
        let split = s.chance(0.5);
        let parts: &[(f32, f32)] = if split {
            &[(-0.5, 0.5), (0.5, 0.5)]
        } else {
            &[(0.0, 1.0)]
        };
        for (x, share) in parts {
            let open = if split && s.chance(0.3) { open * 0.3 } else { open };
            mesh.part(&Pose::tilted(v(x * w, -d, top), open, 0.0, 0.0), |m| {
                m.rounded(v(0.0, d, 0.03), v(w * share, d + 0.03, 0.03), 0.02, lid);
            });
        }
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (w, d),
    }
}

/// A pedal bin: a rounded body, a collar and a lid that a foot lifts.
pub(super) fn pedal(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let paint = livery(s);
    let shell = mesh.gloss(paint);
    let lid_paint = if s.chance(0.6) { livery(s) } else { paint };
    let (lid, dark) = (mesh.gloss(lid_paint), mesh.matt(Vec3::splat(0.03)));
    let (w, d, h) = (s.range(0.15, 0.27), s.range(0.14, 0.25), s.range(0.35, 0.85));
    let (taper, round) = (s.range(0.8, 1.0), s.range(0.03, 0.2));
    hull(
        &mut mesh,
        &[(0.0, w * taper, d * taper), (h, w, d)],
        round,
        full,
        shell,
    );
    hull(
        &mut mesh,
        &[(h - 0.03, w * 1.05, d * 1.05), (h + 0.02, w * 1.05, d * 1.05)],
        round,
        false,
        dark,
    );
    mesh.block(v(0.0, d * taper + 0.04, 0.04), v(w * 0.4, 0.05, 0.015), dark);
    label(
        &mut mesh,
        s,
        v(0.0, d * (1.0 + taper) * 0.5 + 0.004, h * 0.6),
        w * 0.5,
    );
    let (open, bulge) = (if full { s.range(0.9, 1.8) } else { 0.0 }, s.range(0.04, 0.12));
    mesh.part(&Pose::tilted(v(0.0, -d, h + 0.02), open, 0.0, 0.0), |m| {
        let levels = [
            (0.0, w, d),
            (bulge * 0.6, w * 0.95, d * 0.95),
            (bulge, w * 0.6, d * 0.6),
        ];
        m.part(&Pose::at(v(0.0, d, 0.0)), |m| hull(m, &levels, round, true, lid));
    });
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (w * 0.9, d * 0.9),
    }
}

/// A bin with a hood and a flap that swings in it, round or square.
pub(super) fn swing_top(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let (paint, hood_paint) = (livery(s), livery(s));
    let (shell, hood) = (mesh.gloss(paint), mesh.gloss(hood_paint));
    let dark = mesh.matt(Vec3::splat(0.02));
    let (w, h) = (s.range(0.18, 0.32), s.range(0.5, 0.85));
    let d = if s.chance(0.5) { w } else { w * s.range(0.7, 1.0) };
    let round = if s.chance(0.5) { w } else { s.range(0.03, 0.08) };
    let taper = s.range(0.75, 1.0);
    hull(
        &mut mesh,
        &[(0.0, w * taper, d * taper), (h, w, d)],
        round,
        full,
        shell,
    );
    let peak = s.range(0.18, 0.4);
    if full {
        // The hood lies beside it.
        let turned = Pose::tilted(v(w * 2.2, d * 0.6, 0.1), 0.0, 2.6, 0.4);
        mesh.part(&turned, |m| {
            hull(m, &[(0.0, w, d), (peak, w * 0.6, d * 0.5)], round, true, hood);
        });
    } else {
        let levels = [
            (h, w * 1.04, d * 1.04),
            (h + 0.05, w * 1.04, d * 1.04),
            (h + peak, w * 0.55, d * 0.45),
        ];
        hull(&mut mesh, &levels, round, true, hood);
        for sign in [-1.0, 1.0] {
            let at = v(0.0, sign * d * 0.80, h + 0.05 + peak * 0.42);
            mesh.part(&Pose::tilted(at, sign * 0.5, 0.0, 0.0), |m| {
                m.block(Vec3::ZERO, v(w * 0.55, 0.02, peak * 0.28), dark);
            });
        }
    }
    label(
        &mut mesh,
        s,
        v(0.0, d * (0.5 + taper * 0.5) + 0.004, h * 0.55),
        w * 0.5,
    );
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (w * 0.9, d * 0.9),
    }
}

/// An oil drum or a paint barrel put to use.
pub(super) fn drum(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let paint = any_colour(s);
    let shell = mesh.patterned(paint, Look::Gloss, Pattern::WornPaint);
    let dark = mesh.matt(Vec3::splat(0.015));
    let (r, h) = (s.range(0.2, 0.31), s.range(0.5, 0.95));
    mesh.rod(Vec3::ZERO, v(0.0, 0.0, h), (r, r), 22, shell);
    for share in [0.02, 0.33, 0.66, 0.99] {
        mesh.ring(v(0.0, 0.0, h * share), Vec3::Z, r, 0.014, (20, 5), shell);
    }
    mesh.rod(
        v(0.0, 0.0, h - 0.01),
        v(0.0, 0.0, h + 0.004),
        (r * 0.93, r * 0.93),
        20,
        dark,
    );
    if s.chance(0.4) {
        let liner = film(&mut mesh, s);
        mesh.ring(v(0.0, 0.0, h), Vec3::Z, r + 0.01, 0.035, (20, 6), liner);
        mesh.rod(
            v(0.0, 0.0, h * 0.8),
            v(0.0, 0.0, h),
            (r * 1.06, r * 1.03),
            20,
            liner,
        );
    } else if s.chance(0.3) && !full {
        let wood = card(&mut mesh, s);
        mesh.block(v(0.03, 0.0, h + 0.02), v(r * 1.1, r * 0.9, 0.012), wood);
    }
    label(&mut mesh, s, v(0.0, r, h * 0.5), 0.12);
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (r * 0.9, r * 0.9),
    }
}

/// A basket or a ring on legs with a bag hung in it.
pub(super) fn basket(s: &mut Stream, full: bool) -> Vessel {
    let mut mesh = Mesh::default();
    let skin = plastic(&mut mesh, s);
    let (r, h) = (s.range(0.15, 0.30), s.range(0.35, 0.8));
    let (taper, staves) = (s.range(0.7, 0.95), 12 + s.below(8));
    let wire = s.chance(0.5);
    for k in 0..staves {
        let a = k as f32 / staves as f32 * TURN;
        let (x, y) = (cos(a), sin(a));
        let thick = if wire { 0.005 } else { 0.014 };
        bar(
            &mut mesh,
            (v(x * r * taper, y * r * taper, 0.0), v(x * r, y * r, h)),
            (thick, thick),
            skin,
        );
    }
    for (z, share) in [(0.02, taper), (h * 0.5, 0.5 + taper * 0.5), (h, 1.0)] {
        mesh.ring(v(0.0, 0.0, z), Vec3::Z, r * share, 0.016, (18, 5), skin);
    }
    let liner = film(&mut mesh, s);
    let seed = s.range(0.0, 90.0);
    let sag = h * s.range(0.38, 0.47);
    stuffed(
        &mut mesh,
        (v(0.0, 0.0, h - sag), v(r * 0.9, r * 0.9, sag)),
        (4.0, 0.12),
        liner,
        seed,
    );
    mesh.ring(v(0.0, 0.0, h + 0.005), Vec3::Z, r, 0.028, (18, 6), liner);
    if !full {
        let ring = section((h - 0.02, r * 0.9, r * 0.9), r);
        let dark = mesh.matt(Vec3::splat(0.02));
        mesh.loft(
            &[ring, section((h + 0.012, 0.0, 0.0), 0.0)],
            true,
            60.0,
            &|_, _| dark,
        );
    }
    Vessel {
        mesh,
        mouth: v(0.0, 0.0, h),
        half: (r * 0.9, r * 0.9),
    }
}

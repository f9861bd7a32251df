//! Vans of many cuts: small old ones, high delivery vans, boxes behind a cab, minibuses.

use crate::chance::Stream;
use crate::maths::{Pose, Vec3, v};
use crate::mesh::{Look, Mesh, Pattern, Skin};

use super::any_colour;
use super::fittings::{Lenses, Rim, fit, made, tyre};
use super::shell::{Coat, Shell};

/// A van.
pub(in super::super) fn van(s: &mut Stream) -> Mesh {
    let design = s.pick(&DESIGNS);
    design(s)
}

pub(super) const DESIGNS: [fn(&mut Stream) -> Mesh; 6] =
    [micro_van, panel_van, box_van, minibus, step_van, electric_van];

fn share(s: &mut Stream, about: f32) -> f32 {
    about + s.range(-0.015, 0.015)
}

/// A van with a short nose and windows all along.
fn base(s: &mut Stream) -> Shell {
    let (belt, roof) = (s.range(1.05, 1.2), s.range(1.9, 2.2));
    Shell {
        long: s.range(4.6, 5.2),
        half: s.range(0.86, 0.98),
        sill: s.range(0.22, 0.32),
        belt,
        nose: belt - s.range(0.08, 0.2),
        tail: belt,
        cowl: (share(s, 0.10), belt + 0.05),
        head: (share(s, 0.24), roof - 0.08),
        back: (share(s, 0.972), roof - s.range(0.02, 0.08)),
        deck: (0.99, belt + 0.03),
        bow: s.range(0.01, 0.05),
        tumble: s.range(0.80, 0.90),
        round: s.range(0.3, 0.7),
        posts: vec![share(s, 0.36), share(s, 0.60), share(s, 0.80)],
        blind: (1.0, 1.0),
        axles: (share(s, 0.18), share(s, 0.78)),
        wheel: s.range(0.30, 0.35),
    }
}

/// What a firm paints on its van: a field, a stripe, or both.
fn livery(mesh: &mut Mesh, s: &mut Stream, x: f32, (from, to): (f32, f32), (low, high): (f32, f32)) {
    let (field, stripe) = (mesh.matt(any_colour(s)), mesh.matt(any_colour(s)));
    let (with_field, with_stripe) = (s.chance(0.6), s.chance(0.5));
    let (middle, long) = (f32::midpoint(from, to), (from - to).abs() / 2.0);
    let place = s.range(0.2, 0.8);
    for sign in [-1.0, 1.0] {
        if with_stripe {
            mesh.block(
                v(sign * x, middle, low + (high - low) * 0.15),
                v(0.006, long, (high - low) * 0.09),
                stripe,
            );
        }
        if with_field {
            mesh.block(
                v(
                    sign * (x + 0.002),
                    middle + (place - 0.5) * long * 0.6,
                    low + (high - low) * 0.55,
                ),
                v(0.006, long * 0.55, (high - low) * 0.2),
                field,
            );
        }
    }
}

/// The narrow old kind with its driver over the front wheels.
fn micro_van(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(3.4, 4.0);
    shell.half = s.range(0.70, 0.79);
    let roof = s.range(1.75, 1.92);
    shell.belt = s.range(1.0, 1.1);
    shell.nose = shell.belt - s.range(0.02, 0.1);
    shell.cowl = (share(s, 0.045), shell.belt + 0.02);
    shell.head = (share(s, 0.17), roof - 0.06);
    shell.back = (share(s, 0.965), roof - 0.05);
    shell.posts = vec![share(s, 0.33), share(s, 0.56), share(s, 0.78)];
    shell.wheel = s.range(0.25, 0.29);
    shell.axles = (share(s, 0.2), share(s, 0.8));
    if s.chance(0.35) {
        shell.blind = (0.56, 1.0);
    }
    made(s, &shell, 0.4, 0.35)
}

/// Closed behind the driver.
fn panel_van(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(4.4, 5.6);
    let roof = s.range(1.85, 2.35);
    shell.head.1 = roof - 0.1;
    shell.back.1 = roof - 0.03;
    shell.posts = vec![0.37 + s.range(-0.02, 0.03)];
    shell.blind = (shell.posts[0] + 0.005, 1.0);
    let mut mesh = made(s, &shell, 0.2, 0.25);
    let x = shell.half * 0.99;
    if s.chance(0.5) {
        livery(
            &mut mesh,
            s,
            x,
            (shell.at(0.42), shell.at(0.92)),
            (shell.sill + 0.4, shell.belt),
        );
    }
    mesh
}

/// A cab with a carton behind it, higher and wider than the cab.
fn box_van(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(2.1, 2.5);
    let roof = s.range(1.85, 2.05);
    let cab = s.range(0.18, 0.3);
    shell.cowl = (cab, shell.belt + 0.05);
    shell.head = (cab + 0.26, roof - 0.06);
    shell.back = (0.97, roof - 0.02);
    shell.posts = vec![0.92];
    shell.axles = (0.40, 0.40);
    shell.wheel = s.range(0.31, 0.35);
    let body_long = s.range(2.4, 3.2);
    let mut mesh = Mesh::default();
    let coat = Coat::drawn(&mut mesh, s, 0.15);
    // The cab's middle lies ahead; everything stands about the whole van's middle.
    let ahead = body_long / 2.0;
    mesh.part(&Pose::at(v(0.0, ahead, 0.0)), |cab| {
        shell.skin(cab, &coat);
        fit(cab, s, &shell, &coat);
    });
    let crate_ = if s.chance(0.5) {
        mesh.patterned(s.near(Vec3::splat(0.6), 0.15), Look::Gloss, Pattern::Plain)
    } else {
        let loud = any_colour(s);
        mesh.patterned(loud, Look::Gloss, s.pick(&[Pattern::Plain, Pattern::Panels]))
    };
    let (w, floor, top) = (
        (shell.half + s.range(0.0, 0.14)).min(1.08),
        s.range(0.62, 0.75),
        s.range(2.15, 2.75),
    );
    let rear_end = -(shell.long + body_long) / 2.0;
    let middle = ahead - shell.long / 2.0 - body_long / 2.0 + 0.02;
    let high = (top - floor) / 2.0;
    mesh.rounded(
        v(0.0, middle, floor + high),
        v(w, body_long / 2.0, high),
        s.range(0.02, 0.1),
        crate_,
    );
    livery(
        &mut mesh,
        s,
        w + 0.002,
        (middle + body_long * 0.44, middle - body_long * 0.44),
        (floor, top),
    );
    chassis(&mut mesh, s, &coat, &shell, (rear_end, middle, body_long, w));
    mesh
}

/// Frame, rear axle and tail lamps under a carton.
fn chassis(
    mesh: &mut Mesh,
    s: &mut Stream,
    coat: &Coat,
    shell: &Shell,
    (rear, middle, long, w): (f32, f32, f32, f32),
) {
    let lens = Lenses::new(mesh);
    mesh.block(v(0.0, middle, 0.52), v(0.45, long / 2.0, 0.1), coat.dark);
    mesh.block(v(0.0, rear + 0.06, 0.5), v(w * 0.92, 0.05, 0.06), coat.dark);
    let rim = Rim::drawn(mesh, s, coat);
    for sign in [-1.0, 1.0] {
        let at = v(sign * (w - 0.06), middle - long * 0.12, shell.wheel);
        tyre(mesh, at, shell.wheel, sign, &rim, coat.dark);
        mesh.rounded(
            v(sign * w * 0.8, rear + 0.01, 0.6),
            v(0.12, 0.03, 0.06),
            0.02,
            lens.red,
        );
    }
}

/// Rows of windows under a high roof.
fn minibus(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(5.0, 6.2);
    shell.half = s.range(0.92, 1.02);
    let roof = s.range(2.2, 2.65);
    shell.belt = s.range(1.2, 1.35);
    shell.nose = shell.belt - s.range(0.1, 0.25);
    shell.cowl = (share(s, 0.09), shell.belt + 0.05);
    shell.head = (share(s, 0.21), roof - 0.12);
    shell.back = (0.975, roof - 0.03);
    let rows = 3 + s.below(3);
    shell.posts = (0..=rows).map(|k| 0.33 + k as f32 / rows as f32 * 0.6).collect();
    made(s, &shell, 0.45, 0.2)
}

/// A delivery firm's walk-in van: upright, almost no nose, closed sides.
fn step_van(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(4.4, 5.6);
    shell.half = s.range(0.93, 1.03);
    let roof = s.range(2.3, 2.7);
    shell.sill = s.range(0.34, 0.42);
    shell.belt = s.range(1.25, 1.4);
    shell.nose = shell.belt - s.range(0.02, 0.15);
    shell.cowl = (share(s, 0.06), shell.belt + 0.03);
    shell.head = (share(s, 0.11), roof - 0.3);
    shell.back = (0.98, roof - 0.02);
    shell.bow = s.range(0.1, 0.2);
    shell.tumble = s.range(0.90, 0.96);
    shell.round = s.range(0.1, 0.3);
    shell.posts = vec![0.27];
    shell.blind = (0.275, 1.0);
    let mut mesh = made(s, &shell, 0.3, 0.0);
    let x = shell.half * 0.998;
    livery(
        &mut mesh,
        s,
        x,
        (shell.at(0.32), shell.at(0.94)),
        (shell.sill + 0.3, shell.belt + 0.1),
    );
    mesh
}

/// The square electric parcel van of cities: a low smooth nose, a closed body in the firm's colours.
fn electric_van(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(3.9, 4.6);
    shell.half = s.range(0.78, 0.88);
    let roof = s.range(1.85, 2.05);
    shell.cowl = (share(s, 0.13), shell.belt + 0.05);
    shell.head = (share(s, 0.27), roof - 0.08);
    shell.back = (0.975, roof - 0.03);
    shell.round = s.range(0.5, 1.0);
    shell.posts = vec![0.4];
    shell.blind = (0.405, 1.0);
    shell.axles = (0.17, 0.80);
    let mut mesh = made(s, &shell, 0.5, 0.1);
    let high = (shell.belt, roof - 0.16);
    // Above the belt the flank leans inward: the field there is laid flat on it.
    let field = mesh.matt(any_colour(s));
    let (inner, outer) = (shell.half * shell.tumble + 0.012, shell.half * 0.962 + 0.012);
    if s.chance(0.6) {
        lean(
            &mut mesh,
            field,
            (outer, inner),
            (shell.at(0.5), shell.at(0.88)),
            high,
        );
    }
    mesh
}

fn lean(
    mesh: &mut Mesh,
    skin: Skin,
    (outer, inner): (f32, f32),
    (from, to): (f32, f32),
    (low, high): (f32, f32),
) {
    for sign in [-1.0, 1.0] {
        mesh.quad(
            [
                v(sign * outer, from, low),
                v(sign * outer, to, low),
                v(sign * inner, to, high),
                v(sign * inner, from, high),
            ],
            skin,
        );
    }
}

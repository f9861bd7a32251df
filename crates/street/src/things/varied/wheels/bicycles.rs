//! Bicycles: shared ones, racers, mountain and town bicycles, folding, cargo and children's. Whoever rides sits a
//! quarter of a metre behind the middle on a saddle 0.9 m high.

mod frame;
mod loads;

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::{Look, Mesh, Pattern};

use super::any_colour;
use super::shell::paint;
use frame::{Bar, Cycle, built, kit};
use loads::{basket, carrier};

/// A bicycle.
pub(in super::super) fn bicycle(s: &mut Stream) -> Mesh {
    let design = s.pick(&DESIGNS);
    design(s)
}

pub(super) const DESIGNS: [fn(&mut Stream) -> Mesh; 8] =
    [shared, shared, racer, mountain, town, folding, cargo, child];

fn base(s: &mut Stream) -> Cycle {
    Cycle {
        radius: s.range(0.28, 0.33),
        tyre: s.range(0.016, 0.026),
        axles: (s.range(0.50, 0.58), s.range(-0.54, -0.48)),
        ahead: 0.0,
        tube: s.range(0.016, 0.024),
        top: Some(s.range(0.0, 0.1)),
        saddle: s.range(0.88, 0.94),
        bar: s.pick(&[Bar::Flat, Bar::Swept]),
        reach: (s.range(0.24, 0.32), s.range(0.98, 1.06)),
        guards: s.chance(0.6),
        spokes: 10,
    }
}

/// A bicycle for hire: thick tubes, one loud colour and one more, a lock over the rear wheel.
fn shared(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = any_colour(s) * 0.6
        + s.pick(&[
            v(0.3, 0.2, 0.0),
            v(0.0, 0.2, 0.3),
            v(0.0, 0.25, 0.05),
            v(0.3, 0.05, 0.02),
            v(0.25, 0.25, 0.25),
        ]);
    let mut kit = kit(&mut mesh, s, colour);
    if s.chance(0.3) {
        kit.wheel = kit.trim;
    }
    let c = Cycle {
        radius: s.range(0.25, 0.31),
        tyre: s.range(0.022, 0.032),
        tube: s.range(0.026, 0.042),
        top: None,
        guards: true,
        spokes: s.pick(&[3, 5, 10, 10]),
        ..base(s)
    };
    built(&mut mesh, s, &c, &kit);
    if s.chance(0.75) {
        basket(&mut mesh, s, &kit, c.axles.0 + 0.04);
    }
    let lock = v(0.0, c.axles.1 + 0.1, (c.radius + c.tyre) * 2.0 - 0.02);
    mesh.rounded(lock, v(0.06, 0.07, 0.06), 0.03, kit.rubber);
    let sign = mesh.matt(any_colour(s));
    for side in [-1.0, 1.0] {
        let at = v(side * 0.03, c.axles.1 - 0.08, c.radius * 1.75);
        if s.chance(0.6) {
            mesh.block(at, v(0.004, 0.14, 0.05), sign);
        }
    }
    // A cover over the chain.
    mesh.rounded(v(0.065, -0.24, 0.29), v(0.012, 0.28, 0.06), 0.01, kit.trim);
    mesh
}

fn racer(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = paint(s);
    let kit = kit(&mut mesh, s, colour);
    let c = Cycle {
        radius: s.range(0.325, 0.34),
        tyre: s.range(0.010, 0.014),
        top: Some(0.0),
        bar: Bar::Dropped,
        reach: (0.21, s.range(0.94, 1.0)),
        guards: false,
        ..base(s)
    };
    built(&mut mesh, s, &c, &kit);
    if s.chance(0.4) {
        mesh.rod(
            v(0.0, 0.02, 0.42),
            v(0.0, 0.13, 0.56),
            (0.035, 0.035),
            9,
            kit.trim,
        );
    }
    mesh
}

fn mountain(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = paint(s);
    let kit = kit(&mut mesh, s, colour);
    let c = Cycle {
        radius: s.range(0.30, 0.34),
        tyre: s.range(0.028, 0.05),
        tube: s.range(0.022, 0.03),
        top: Some(s.range(0.05, 0.16)),
        bar: Bar::Flat,
        reach: (s.range(0.31, 0.37), s.range(0.98, 1.04)),
        guards: s.chance(0.2),
        ..base(s)
    };
    built(&mut mesh, s, &c, &kit);
    for sign in [-1.0, 1.0] {
        let foot = v(sign * 0.07, c.axles.0, c.radius + c.tyre);
        mesh.rod(foot, foot + v(0.0, -0.06, 0.26), (0.024, 0.022), 8, kit.trim);
    }
    mesh
}

fn town(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = paint(s);
    let kit = kit(&mut mesh, s, colour);
    let step_through = s.chance(0.5);
    let mut c = base(s);
    if step_through {
        c.top = None;
    }
    (c.bar, c.guards) = (Bar::Swept, true);
    built(&mut mesh, s, &c, &kit);
    if s.chance(0.6) {
        basket(&mut mesh, s, &kit, c.axles.0 + 0.02);
    }
    carrier(&mut mesh, s, &c, &kit);
    mesh
}

/// Small wheels, one thick beam, a long post for the saddle and one for the bar.
fn folding(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = paint(s);
    let kit = kit(&mut mesh, s, colour);
    let c = Cycle {
        radius: s.range(0.18, 0.23),
        tyre: s.range(0.018, 0.026),
        axles: (s.range(0.44, 0.54), s.range(-0.52, -0.44)),
        tube: s.range(0.03, 0.045),
        top: None,
        ..base(s)
    };
    built(&mut mesh, s, &c, &kit);
    mesh.rod(
        v(0.0, -0.05, 0.42),
        v(0.0, -0.02, 0.54),
        (0.03, 0.03),
        8,
        kit.metal,
    );
    if s.chance(0.5) {
        carrier(&mut mesh, s, &c, &kit);
    }
    mesh
}

/// A box between bar and front wheel, on a long frame.
fn cargo(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = paint(s);
    let kit = kit(&mut mesh, s, colour);
    let further = s.range(0.42, 0.62);
    let c = Cycle {
        radius: s.range(0.24, 0.3),
        tyre: 0.026,
        tube: s.range(0.024, 0.034),
        top: None,
        bar: Bar::Swept,
        ahead: further,
        ..base(s)
    };
    built(&mut mesh, s, &c, &kit);
    let ahead = c.axles.0 + further;
    let hub = v(0.0, ahead, c.radius + c.tyre);
    for sign in [-1.0, 1.0] {
        mesh.limb(
            hub + Vec3::X * (sign * 0.06),
            v(sign * 0.06, ahead - 0.18, 0.6),
            (0.014, 0.018),
            kit.trim,
        );
        mesh.limb(
            v(sign * 0.1, 0.15, 0.34),
            v(sign * 0.1, ahead - 0.2, 0.36),
            (0.022, 0.022),
            kit.frame,
        );
    }
    let skin = if s.chance(0.5) {
        mesh.patterned(s.near(v(0.34, 0.23, 0.12), 0.4), Look::Matt, Pattern::Wood)
    } else {
        mesh.gloss(any_colour(s))
    };
    let (w, from, to) = (s.range(0.24, 0.34), 0.32, ahead - s.range(0.12, 0.2));
    let (low, high) = (0.24, s.range(0.62, 0.82));
    let ring = |z: f32, by: f32| {
        vec![
            v(-w * by, from, z),
            v(w * by, from, z),
            v(w * by, to * by, z),
            v(-w * by, to * by, z),
        ]
    };
    mesh.loft(&[ring(high, 1.0), ring(low, 0.86)], true, 20.0, &|_, _| skin);
    mesh.quad(
        [
            v(-w, from, high),
            v(w, from, high),
            v(w, to, high),
            v(-w, to, high),
        ],
        kit.rubber,
    );
    let carries = s.unit();
    if carries < 0.4 {
        let load = mesh.matt(any_colour(s));
        mesh.rounded(
            v(0.0, f32::midpoint(from, to), high + 0.08),
            v(w * 0.8, (to - from) * 0.4, 0.14),
            0.05,
            load,
        );
    } else if carries < 0.65 {
        let hood = mesh.patterned(any_colour(s), Look::Thin, Pattern::Plain);
        mesh.blob(
            v(0.0, f32::midpoint(from, to), high),
            v(w, (to - from) / 2.0, 0.42),
            (12, 7),
            hood,
            &|d| if d.z < 0.0 { 0.7 } else { 1.0 },
        );
    }
    mesh
}

/// For a child: small, loud, with little wheels beside the rear one on some.
fn child(s: &mut Stream) -> Mesh {
    let mut mesh = Mesh::default();
    let colour = any_colour(s);
    let kit = kit(&mut mesh, s, colour);
    let c = Cycle {
        radius: s.range(0.17, 0.23),
        tyre: s.range(0.024, 0.034),
        axles: (s.range(0.36, 0.42), s.range(-0.42, -0.36)),
        tube: s.range(0.018, 0.028),
        top: if s.chance(0.5) { Some(0.08) } else { None },
        saddle: s.range(0.76, 0.84),
        bar: Bar::Flat,
        reach: (s.range(0.20, 0.26), s.range(0.88, 0.96)),
        ..base(s)
    };
    built(&mut mesh, s, &c, &kit);
    if s.chance(0.6) {
        for sign in [-1.0, 1.0] {
            let hub = v(sign * 0.16, c.axles.1, 0.07);
            mesh.ring(hub, Vec3::X, 0.05, 0.02, (12, 5), kit.rubber);
            mesh.rod(hub, v(0.0, c.axles.1, c.radius), (0.010, 0.010), 5, kit.metal);
        }
    }
    if s.chance(0.4) {
        basket(&mut mesh, s, &kit, c.axles.0 + 0.06);
    }
    mesh
}

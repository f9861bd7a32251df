//! Electric two-wheelers without a shield: light frames and small motorcycles.

use crate::chance::Stream;
use crate::maths::v;
use crate::mesh::{Look, Mesh, Pattern};

use super::{Kit, extras, lamps, running_gear};

/// Little more than a beam with its battery inside, small wheels, a saddle on a post and a pad behind it.
pub(super) fn light(s: &mut Stream) -> (Mesh, Kit) {
    let mut mesh = Mesh::default();
    let kit = Kit::new(&mut mesh, s);
    let radius = s.range(0.20, 0.28);
    running_gear(&mut mesh, s, &kit, radius, 0.035);
    let beam = s.range(0.045, 0.08);
    let (head, low) = (v(0.0, 0.44, 0.72), v(0.0, 0.20, 0.34));
    mesh.limb(head, low, (beam, beam), kit.body);
    mesh.limb(low, v(0.0, -0.22, 0.36), (beam, beam), kit.body);
    mesh.rounded(
        v(0.0, 0.06, 0.38),
        v(s.range(0.08, 0.14), 0.24, 0.05),
        0.03,
        kit.trim,
    );
    mesh.limb(v(0.0, -0.22, 0.36), v(0.0, -0.28, 0.76), (0.04, 0.022), kit.body);
    for sign in [-1.0, 1.0] {
        mesh.limb(
            v(sign * 0.05, -0.22, 0.36),
            v(sign * 0.07, -0.62, radius),
            (0.02, 0.018),
            kit.body,
        );
        mesh.limb(
            v(sign * 0.07, -0.26, 0.62),
            v(sign * 0.08, -0.74, 0.64),
            (0.014, 0.014),
            kit.metal,
        );
        mesh.limb(
            v(sign * 0.07, -0.62, radius),
            v(sign * 0.08, -0.66, 0.64),
            (0.012, 0.012),
            kit.metal,
        );
    }
    mesh.rounded(
        v(0.0, -0.27, 0.79),
        v(s.range(0.09, 0.13), s.range(0.12, 0.17), 0.04),
        0.035,
        kit.seat,
    );
    if s.chance(0.6) {
        mesh.rounded(v(0.0, -0.58, 0.69), v(0.10, 0.16, 0.04), 0.03, kit.seat);
    }
    if s.chance(0.5) {
        extras::basket(&mut mesh, s, &kit);
    }
    mesh.rounded(
        v(0.0, 0.65, radius * 2.0 + 0.03),
        v(0.04, 0.18, 0.012),
        0.01,
        kit.dark,
    );
    mesh.rounded(
        v(0.0, -0.64, radius * 2.0 + 0.03),
        v(0.04, 0.16, 0.012),
        0.01,
        kit.dark,
    );
    lamps(&mut mesh, s, &kit, v(0.0, 0.52, 0.80), v(0.0, -0.78, 0.60));
    (mesh, kit)
}

/// Built like a motorcycle: a tank between the knees, a motor below, a low bar.
pub(super) fn motorcycle(s: &mut Stream) -> (Mesh, Kit) {
    let mut mesh = Mesh::default();
    let kit = Kit::new(&mut mesh, s);
    let (radius, tyre) = (s.range(0.27, 0.32), s.range(0.05, 0.075));
    running_gear(&mut mesh, s, &kit, radius, tyre);
    mesh.blob(
        v(0.0, 0.10, 0.76),
        v(s.range(0.12, 0.17), 0.27, s.range(0.11, 0.15)),
        (14, 9),
        kit.body,
        &|_| 1.0,
    );
    mesh.rounded(
        v(0.0, 0.06, 0.46),
        v(s.range(0.09, 0.14), 0.2, 0.15),
        0.05,
        kit.dark,
    );
    for k in 0..3 {
        mesh.block(
            v(0.0, 0.06, 0.38 + k as f32 * 0.08),
            v(0.15, 0.17, 0.012),
            kit.metal,
        );
    }
    mesh.limb(v(0.0, 0.42, 0.78), v(0.0, 0.1, 0.62), (0.035, 0.035), kit.metal);
    mesh.rounded(
        v(0.0, -0.34, 0.755),
        v(0.12, s.range(0.3, 0.4), 0.05),
        0.045,
        kit.seat,
    );
    mesh.blob(
        v(0.0, -0.62, 0.70),
        v(0.10, 0.28, 0.08),
        (12, 7),
        kit.trim,
        &|_| 1.0,
    );
    mesh.limb(
        v(0.0, -0.1, 0.42),
        v(0.08, -0.6, radius),
        (0.03, 0.025),
        kit.metal,
    );
    for sign in [-1.0, 1.0] {
        mesh.rod(
            v(sign * 0.08, 0.12, 0.33),
            v(sign * 0.24, 0.12, 0.33),
            (0.018, 0.018),
            5,
            kit.dark,
        );
        if s.chance(0.4) {
            mesh.rounded(v(sign * 0.11, -0.3, 0.58), v(0.03, 0.16, 0.09), 0.02, kit.trim);
        }
    }
    if s.chance(0.5) {
        let pipe = v(0.13, -0.3, 0.36);
        mesh.rod(pipe, pipe + v(0.02, -0.5, 0.06), (0.035, 0.05), 10, kit.metal);
    }
    mesh.blob(
        v(0.0, 0.64, radius * 2.0),
        v(0.07, 0.2, 0.05),
        (12, 6),
        kit.body,
        &|_| 1.0,
    );
    if s.chance(0.5) {
        let screen = mesh.patterned(v(0.04, 0.045, 0.05), Look::Glass, Pattern::Plain);
        mesh.blob(v(0.0, 0.48, 1.02), v(0.15, 0.05, 0.16), (12, 7), screen, &|_| 1.0);
        mesh.blob(v(0.0, 0.5, 0.86), v(0.15, 0.14, 0.12), (12, 7), kit.body, &|_| {
            1.0
        });
    }
    lamps(&mut mesh, s, &kit, v(0.0, 0.60, 0.86), v(0.0, -0.90, 0.72));
    (mesh, kit)
}

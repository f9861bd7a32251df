//! Buses: of the town, of travel, with two decks, small ones, and the long ones with a joint.

mod common;

use crate::chance::Stream;
use crate::maths::{Pose, Vec3, v};
use crate::mesh::{Mesh, Skin};

use super::any_colour;
use super::fittings::{Rim, wheel};
use super::shell::{Shell, paint};
use common::made;

/// A bus.
pub(in super::super) fn bus(s: &mut Stream) -> Mesh {
    let design = s.pick(&DESIGNS);
    design(s)
}

pub(super) const DESIGNS: [fn(&mut Stream) -> Mesh; 6] =
    [city, coach, double_decker, small, jointed, electric];

fn base(s: &mut Stream, long: (f32, f32), half: f32, roof: f32, belt: f32) -> Shell {
    let screen = s.range(0.01, 0.05);
    Shell {
        long: s.range(long.0, long.1),
        half,
        sill: s.range(0.26, 0.36),
        belt,
        nose: belt,
        tail: roof - 0.12,
        cowl: (0.004, belt - s.range(0.0, 0.25)),
        head: (0.006 + screen, roof - s.range(0.06, 0.3)),
        back: (0.985, roof - 0.08),
        deck: (0.992, roof - 0.12),
        bow: s.range(0.0, 0.06),
        tumble: s.range(0.88, 0.96),
        round: s.range(0.15, 0.45),
        posts: Vec::new(),
        blind: (1.0, 1.0),
        axles: (s.range(0.18, 0.26), s.range(0.66, 0.76)),
        wheel: s.range(0.42, 0.50),
    }
}

fn posts(shell: &mut Shell, s: &mut Stream, window: (f32, f32)) {
    let step = s.range(window.0, window.1) / shell.long;
    let count = (0.9 / step) as usize;
    shell.posts = (0..=count)
        .map(|k| 0.06 + k as f32 * step)
        .filter(|t| *t < 0.97)
        .collect();
}

/// A field along the flank below the windows, as advertisements are.
fn sides(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, bands: usize) {
    for _ in 0..bands {
        let skin = mesh.gloss(any_colour(s));
        let (from, to) = (s.range(0.25, 0.5), s.range(0.55, 0.97));
        let (low, high) = (shell.sill + 0.42, shell.belt - 0.08);
        let z = s.range(low, high);
        let half = (s.range(0.04, 0.22)).min(z - low + 0.03).min(high - z + 0.03);
        for sign in [-1.0, 1.0] {
            mesh.block(
                v(
                    sign * shell.half * 0.992,
                    f32::midpoint(shell.at(from), shell.at(to)),
                    z,
                ),
                v(0.012, (to - from) / 2.0 * shell.long, half),
                skin,
            );
        }
    }
}

/// Humps on the roof: cooling, batteries, gas.
fn humps(mesh: &mut Mesh, s: &mut Stream, shell: &Shell, skin: Skin) {
    for _ in 0..s.below(4) {
        let t = s.range(0.2, 0.8);
        let half = v(
            shell.half * s.range(0.4, 0.75),
            s.range(0.5, 1.4),
            s.range(0.07, 0.15),
        );
        mesh.rounded(v(0.0, shell.at(t), shell.top(t) + half.z * 0.7), half, 0.08, skin);
    }
}

fn city(s: &mut Stream) -> Mesh {
    let (half, roof, belt) = (s.range(1.15, 1.26), s.range(2.8, 3.15), s.range(1.25, 1.5));
    let mut shell = base(s, (8.4, 11.6), half, roof, belt);
    posts(&mut shell, s, (1.0, 1.7));
    let mut mesh = Mesh::default();
    let coat = made(&mut mesh, s, &shell, &[0.09, 0.48]);
    let bands = s.below(3);
    sides(&mut mesh, s, &shell, bands);
    humps(&mut mesh, s, &shell, coat.roof);
    mesh
}

/// Electric: smooth, dark windows low down, batteries on the roof.
fn electric(s: &mut Stream) -> Mesh {
    let (half, roof, belt) = (s.range(1.1, 1.25), s.range(2.95, 3.2), s.range(0.95, 1.15));
    let mut shell = base(s, (7.5, 11.0), half, roof, belt);
    shell.round = s.range(0.5, 0.9);
    shell.bow = s.range(0.04, 0.1);
    posts(&mut shell, s, (1.6, 2.6));
    let mut mesh = Mesh::default();
    let coat = made(&mut mesh, s, &shell, &[0.09, 0.5]);
    let skin = if s.chance(0.5) { coat.body } else { coat.dark };
    let z = shell.top(0.5);
    mesh.rounded(
        v(0.0, shell.at(0.45), z + 0.1),
        v(half * 0.82, shell.long * 0.34, 0.14),
        0.1,
        skin,
    );
    mesh
}

/// High floor, luggage beneath, one dark band of glass.
fn coach(s: &mut Stream) -> Mesh {
    let (half, roof, belt) = (s.range(1.18, 1.27), s.range(3.2, 3.7), s.range(1.7, 2.0));
    let mut shell = base(s, (8.8, 12.0), half, roof, belt);
    shell.cowl.1 = s.range(1.2, 1.5);
    shell.nose = shell.cowl.1;
    shell.head = (s.range(0.03, 0.07), roof - s.range(0.05, 0.2));
    shell.round = s.range(0.3, 0.8);
    posts(&mut shell, s, (1.4, 2.0));
    let mut mesh = Mesh::default();
    let coat = made(&mut mesh, s, &shell, &[0.09]);
    for k in 0..4 {
        shell.seam(&mut mesh, &coat, 0.34 + k as f32 * 0.085, None);
    }
    let bands = 1 + s.below(4);
    sides(&mut mesh, s, &shell, bands);
    humps(&mut mesh, s, &shell, coat.roof);
    mesh
}

fn double_decker(s: &mut Stream) -> Mesh {
    let (half, roof) = (s.range(1.18, 1.27), s.range(4.0, 4.35));
    let belt = s.range(2.75, 2.95);
    let mut shell = base(s, (8.6, 11.0), half, roof, belt);
    shell.cowl.1 = belt;
    shell.nose = belt;
    shell.tumble = s.range(0.9, 0.97);
    posts(&mut shell, s, (1.1, 1.9));
    let mut mesh = Mesh::default();
    let coat = made(&mut mesh, s, &shell, &[0.1]);
    // Windows of the lower deck.
    let (low, high) = (s.range(1.1, 1.3), s.range(1.95, 2.15));
    let (nose, step) = (shell.long / 2.0, s.range(1.1, 1.8));
    let count = ((shell.long * 0.72) / step) as usize;
    for sign in [-1.0, 1.0] {
        for k in 0..count {
            let y = shell.at(0.2) - (k as f32 + 0.5) * step;
            mesh.block(
                v(sign * (half - 0.002), y, f32::midpoint(low, high)),
                v(0.012, step / 2.0 - 0.05, (high - low) / 2.0),
                coat.glass,
            );
        }
    }
    mesh.rounded(
        v(0.0, nose - 0.02, 1.62),
        v(half * 0.86, 0.05, 0.62),
        0.05,
        coat.glass,
    );
    let bands = 1 + s.below(2);
    for _ in 0..bands {
        let band = mesh.gloss(paint(s));
        let z = s.range(2.3, 2.65);
        for sign in [-1.0, 1.0] {
            mesh.block(
                v(sign * (half - 0.001), -0.1, z),
                v(0.014, shell.long * 0.4, s.range(0.05, 0.2)),
                band,
            );
        }
    }
    mesh
}

fn small(s: &mut Stream) -> Mesh {
    let (half, roof, belt) = (s.range(0.98, 1.12), s.range(2.5, 2.85), s.range(1.25, 1.45));
    let mut shell = base(s, (5.9, 7.4), half, roof, belt);
    shell.wheel = s.range(0.36, 0.41);
    if s.chance(0.5) {
        // A short bonnet under a slanted screen.
        shell.nose = belt - 0.12;
        shell.cowl = (s.range(0.05, 0.09), belt);
        shell.head = (s.range(0.13, 0.19), roof - 0.15);
    }
    posts(&mut shell, s, (0.8, 1.3));
    let mut mesh = Mesh::default();
    let door = s.range(0.3, 0.44);
    let coat = made(&mut mesh, s, &shell, &[door]);
    let bands = s.below(3);
    sides(&mut mesh, s, &shell, bands);
    humps(&mut mesh, s, &shell, coat.roof);
    mesh
}

/// The front part of a long bus, its bellows, and the beginning of what follows.
fn jointed(s: &mut Stream) -> Mesh {
    let (half, roof, belt) = (s.range(1.2, 1.27), s.range(2.9, 3.15), s.range(1.25, 1.45));
    let mut shell = base(s, (7.6, 8.6), half, roof, belt);
    shell.axles = (0.28, 0.8);
    posts(&mut shell, s, (1.2, 1.7));
    let rear_long = s.range(2.6, 3.4);
    let bellows_long = s.range(0.8, 1.1);
    let mut mesh = Mesh::default();
    let ahead = f32::midpoint(rear_long, bellows_long);
    let mut rear = shell.clone();
    rear.long = rear_long;
    rear.cowl = (0.001, belt);
    rear.head = (0.004, roof - 0.1);
    rear.round = 0.1;
    rear.axles = (0.5, 0.5);
    rear.posts = vec![0.06, 0.45, 0.9];
    let mut coat = None;
    mesh.part(&Pose::at(v(0.0, ahead, 0.0)), |m| {
        let made = made(m, s, &shell, &[0.1, 0.55]);
        let bands = s.below(3);
        sides(m, s, &shell, bands);
        coat = Some(made);
    });
    let Some(coat) = coat else { return mesh };
    let rim = Rim::drawn(&mut mesh, s, &coat);
    let joint = ahead - shell.long / 2.0;
    mesh.part(
        &Pose::at(v(0.0, joint - bellows_long - rear_long / 2.0, 0.0)),
        |m| {
            rear.skin(m, &coat);
            for sign in [-1.0, 1.0] {
                wheel(
                    m,
                    v(sign * (half - 0.002), 0.0, rear.wheel),
                    rear.wheel,
                    sign,
                    &rim,
                );
            }
        },
    );
    let fold = mesh.matt(Vec3::splat(s.range(0.02, 0.12)));
    let folds = 9;
    for k in 0..folds {
        let y = joint - (k as f32 + 0.5) / folds as f32 * bellows_long;
        let out = if k % 2 == 0 { 0.0 } else { 0.05 };
        mesh.rounded(
            v(0.0, y, f32::midpoint(roof - 0.06, 0.42)),
            v(
                half * 0.95 - out,
                bellows_long / folds as f32 * 0.52,
                (roof - 0.48) / 2.0 - out,
            ),
            0.05,
            fold,
        );
    }
    mesh
}

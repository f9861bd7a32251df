//! Trucks: cabs over the engine or behind it, and what they carry: beds, tippers, tanks, cranes, drums.

mod bodies;
mod machines;
mod round;

use crate::chance::Stream;
use crate::maths::{Pose, Vec3, v};
use crate::mesh::Mesh;

use super::fittings::{Lenses, Rim, fit_cab, tyre};
use super::shell::{Coat, Shell};

/// A truck.
pub(in super::super) fn truck(s: &mut Stream) -> Mesh {
    let design = s.pick(&DESIGNS);
    design(s)
}

pub(super) const DESIGNS: [fn(&mut Stream) -> Mesh; 8] = [
    |s| build(s, (3.0, 5.2), (0.9, 1.2), bodies::flatbed),
    |s| build(s, (2.8, 4.4), (1.0, 1.2), bodies::tipper),
    |s| build(s, (3.4, 5.2), (1.0, 1.2), round::tank),
    |s| build(s, (3.2, 4.4), (1.0, 1.2), machines::refuse),
    |s| build(s, (3.2, 4.6), (0.95, 1.2), machines::lift),
    |s| build(s, (2.8, 4.2), (0.85, 1.05), bodies::cage),
    |s| build(s, (3.4, 4.6), (1.1, 1.25), round::mixer),
    |s| build(s, (3.4, 5.6), (0.95, 1.2), bodies::cargo_box),
];

/// The space for what a truck carries: its middle, half length, half width, and the frame's height.
#[derive(Debug, Clone, Copy)]
struct Deck {
    middle: f32,
    half: f32,
    wide: f32,
    frame: f32,
    /// The cab's height.
    cab: f32,
}

impl Deck {
    fn front(&self) -> f32 {
        self.middle + self.half
    }

    fn rear(&self) -> f32 {
        self.middle - self.half
    }
}

type Build = fn(&mut Mesh, &mut Stream, &Coat, &Deck);

/// A cab over its engine; some have a short bonnet.
fn cab(s: &mut Stream, half: f32) -> Shell {
    let belt = s.range(1.25, 1.45) * (0.6 + half * 0.36);
    let roof = belt + s.range(0.75, 1.05);
    let bonnet = s.chance(0.25);
    let long = if bonnet {
        s.range(2.4, 2.9)
    } else {
        s.range(1.5, 2.1)
    };
    let nose = belt - s.range(0.03, 0.12);
    let (cowl, head) = if bonnet {
        (s.range(0.36, 0.44), s.range(0.52, 0.58))
    } else {
        (s.range(0.03, 0.08), s.range(0.10, 0.24))
    };
    Shell {
        long,
        half,
        sill: s.range(0.36, 0.5),
        belt,
        nose,
        tail: roof - 0.04,
        cowl: (cowl, belt + 0.03),
        head: (head, roof - 0.06),
        back: (0.97, roof - 0.03),
        deck: (0.98, roof - 0.04),
        bow: s.range(0.01, 0.12),
        tumble: s.range(0.86, 0.95),
        round: s.range(0.1, 0.4),
        posts: if s.chance(0.3) {
            vec![0.66, 0.94]
        } else {
            vec![0.9]
        },
        blind: if s.chance(0.3) { (0.72, 1.0) } else { (1.0, 1.0) },
        axles: if bonnet { (0.22, 0.22) } else { (0.40, 0.40) },
        wheel: s.range(0.36, 0.46) * (0.55 + half * 0.45),
    }
}

fn build(s: &mut Stream, long: (f32, f32), half: (f32, f32), body: Build) -> Mesh {
    let half_wide = s.range(half.0, half.1);
    let shell = cab(s, half_wide);
    let gap = s.range(0.06, 0.3);
    let carried = s.range(long.0, long.1);
    let whole = shell.long + gap + carried;
    let wide = (half_wide + s.range(-0.02, 0.1)).min(1.25);
    let deck = Deck {
        middle: -whole / 2.0 + carried / 2.0,
        half: carried / 2.0,
        wide,
        frame: shell.wheel * 2.0 + s.range(0.04, 0.16),
        cab: shell.head.1 + 0.06,
    };
    let mut mesh = Mesh::default();
    let coat = Coat::drawn(&mut mesh, s, 0.2);
    mesh.part(&Pose::at(v(0.0, (whole - shell.long) / 2.0, 0.0)), |cab| {
        shell.skin(cab, &coat);
        fit_cab(cab, s, &shell, &coat);
    });
    chassis(
        &mut mesh,
        s,
        &coat,
        &deck,
        (shell.wheel, whole / 2.0 - shell.long * 0.5),
    );
    if s.chance(0.3) {
        let shield = if s.chance(0.5) { coat.body } else { coat.dark };
        let at = v(0.0, whole / 2.0 - shell.long * 0.6, deck.cab + 0.1);
        mesh.rounded(at, v(half_wide * 0.7, shell.long * 0.22, 0.12), 0.1, shield);
    }
    body(&mut mesh, s, &coat, &deck);
    mesh
}

/// Rails, axles, guards, tanks and lamps under the load.
fn chassis(mesh: &mut Mesh, s: &mut Stream, coat: &Coat, deck: &Deck, (wheel, ahead): (f32, f32)) {
    let frame = mesh.matt(Vec3::splat(s.range(0.02, 0.08)));
    let (from, to) = (deck.rear(), ahead);
    for sign in [-1.0, 1.0] {
        mesh.block(
            v(sign * 0.36, f32::midpoint(from, to), deck.frame - 0.12),
            v(0.05, (to - from) / 2.0, 0.10),
            frame,
        );
    }
    let rim = Rim::drawn(mesh, s, coat);
    let rubber = mesh.matt(Vec3::splat(0.022));
    let last = deck.middle - deck.half * s.range(0.3, 0.5);
    let tandem = s.chance(0.35);
    for k in 0..=usize::from(tandem) {
        let y = last + k as f32 * wheel * 2.25;
        mesh.rod(
            v(-deck.wide + 0.2, y, wheel),
            v(deck.wide - 0.2, y, wheel),
            (0.07, 0.07),
            6,
            frame,
        );
        for sign in [-1.0, 1.0] {
            tyre(
                mesh,
                v(sign * (deck.wide - 0.04), y, wheel),
                wheel,
                sign,
                &rim,
                rubber,
            );
            let inner = sign * (deck.wide - 0.30);
            mesh.rod(
                v(inner - 0.1, y, wheel),
                v(inner + 0.1, y, wheel),
                (wheel, wheel),
                16,
                rubber,
            );
            if s.chance(0.5) {
                mesh.block(
                    v(sign * (deck.wide - 0.15), y - wheel * 1.2, wheel),
                    v(0.14, 0.01, wheel * 0.7),
                    coat.dark,
                );
            }
        }
    }
    let (tank_y, metal) = (deck.front() - 0.55, mesh.metal(0.4));
    for sign in [-1.0, 1.0] {
        if s.chance(0.5) {
            let at = v(sign * (deck.wide - 0.25), tank_y, deck.frame - 0.26);
            if s.chance(0.5) {
                mesh.rod(at - Vec3::Y * 0.35, at + Vec3::Y * 0.35, (0.2, 0.2), 14, metal);
            } else {
                mesh.rounded(at, v(0.2, 0.3, 0.16), 0.03, coat.dark);
            }
        }
        if s.chance(0.4) {
            // The guard that keeps cyclists from under the wheels.
            let (x, y) = (
                sign * (deck.wide - 0.03),
                f32::midpoint(tank_y, last + wheel * 2.0),
            );
            let half = ((tank_y - last) / 2.0 - wheel * 1.2).max(0.1);
            for z in [0.42, 0.62] {
                mesh.block(v(x, y, z), v(0.015, half, 0.04), metal);
            }
            for end in [-0.8, 0.8] {
                let at = v(x - sign * 0.02, y + end * half, f32::midpoint(0.38, deck.frame));
                mesh.block(at, v(0.015, 0.02, (deck.frame - 0.38) / 2.0), metal);
            }
        }
    }
    let lens = Lenses::new(mesh);
    let rear = deck.rear() - 0.02;
    mesh.block(v(0.0, rear + 0.05, 0.5), v(deck.wide * 0.92, 0.04, 0.06), frame);
    for sign in [-1.0, 1.0] {
        mesh.block(
            v(sign * deck.wide * 0.78, rear, deck.frame - 0.16),
            v(0.17, 0.03, 0.06),
            lens.red,
        );
        mesh.block(
            v(sign * deck.wide * 0.5, rear, deck.frame - 0.16),
            v(0.05, 0.03, 0.05),
            lens.amber,
        );
    }
}

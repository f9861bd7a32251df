//! Cars of many cuts. What they share is in `shell` and `fittings`; here is what tells them apart.

mod work;

use crate::chance::Stream;
use crate::maths::{Vec3, v};
use crate::mesh::Mesh;

use super::any_colour;
use super::fittings::{coated, made};
use super::shell::Shell;
use work::{pickup, taxi};

/// A car.
pub(in super::super) fn car(s: &mut Stream) -> Mesh {
    let design = s.pick(&DESIGNS);
    design(s)
}

pub(super) const DESIGNS: [fn(&mut Stream) -> Mesh; 10] = [
    hatchback,
    boxy,
    pickup,
    estate,
    coupe,
    people_mover,
    off_roader,
    taxi,
    micro,
    saloon,
];

fn share(s: &mut Stream, about: f32) -> f32 {
    about + s.range(-0.02, 0.02)
}

/// A cut about which the others are told: a five-door hatchback.
fn base(s: &mut Stream) -> Shell {
    let (belt, roof) = (s.range(0.86, 1.0), s.range(1.42, 1.56));
    Shell {
        long: s.range(3.7, 4.35),
        half: s.range(0.83, 0.91),
        sill: s.range(0.18, 0.24),
        belt,
        nose: belt - s.range(0.16, 0.28),
        tail: belt - s.range(0.0, 0.2),
        cowl: (share(s, 0.27), belt + s.range(0.02, 0.06)),
        head: (share(s, 0.44), roof - 0.05),
        back: (share(s, 0.86), roof - s.range(0.03, 0.12)),
        deck: (share(s, 0.96), belt + 0.02),
        bow: s.range(0.02, 0.05),
        tumble: s.range(0.66, 0.74),
        round: s.range(0.7, 1.1),
        posts: vec![share(s, 0.57), share(s, 0.77)],
        blind: (1.0, 1.0),
        axles: (share(s, 0.18), share(s, 0.82)),
        wheel: s.range(0.28, 0.33),
    }
}

fn hatchback(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    if s.chance(0.3) {
        // Two doors.
        shell.posts = vec![share(s, 0.62)];
    }
    made(s, &shell, 0.2, 0.15)
}

/// Upright all around, like a carton on wheels.
fn boxy(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(3.3, 3.75);
    shell.half = s.range(0.76, 0.85);
    let roof = s.range(1.62, 1.82);
    shell.cowl = (share(s, 0.20), shell.belt + 0.05);
    shell.head = (share(s, 0.31), roof - 0.04);
    shell.back = (share(s, 0.95), roof - 0.03);
    shell.deck = (0.985, shell.belt + 0.03);
    shell.bow = 0.02;
    shell.tumble = s.range(0.82, 0.9);
    shell.round = s.range(0.2, 0.5);
    shell.posts = vec![share(s, 0.52), share(s, 0.78)];
    shell.axles = (0.16, 0.85);
    made(s, &shell, 0.45, 0.2)
}

fn estate(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(4.4, 4.8);
    let roof = s.range(1.42, 1.53);
    shell.cowl.0 = share(s, 0.27);
    shell.head = (share(s, 0.40), roof - 0.05);
    shell.back = (share(s, 0.89), roof - s.range(0.02, 0.08));
    shell.deck = (share(s, 0.96), shell.belt + 0.02);
    shell.posts = vec![share(s, 0.53), share(s, 0.71), share(s, 0.86)];
    made(s, &shell, 0.15, 0.7)
}

/// Two doors under a low roof that runs down to the tail.
fn coupe(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(4.0, 4.65);
    shell.half = s.range(0.86, 0.95);
    shell.sill = s.range(0.13, 0.18);
    shell.belt = s.range(0.82, 0.92);
    shell.wheel = s.range(0.30, 0.33);
    // The bonnet just clears the arches.
    shell.nose = (shell.belt - s.range(0.08, 0.2)).max(shell.wheel * 2.3);
    let roof = s.range(1.22, 1.36);
    shell.cowl = (share(s, 0.36), shell.belt + 0.03);
    shell.head = (share(s, 0.52), roof - 0.05);
    shell.back = (share(s, 0.68), roof - 0.04);
    shell.deck = (share(s, 0.90), shell.belt + s.range(0.02, 0.1));
    shell.tail = shell.deck.1;
    shell.posts = vec![share(s, 0.66)];
    shell.tumble = s.range(0.6, 0.68);
    shell.round = s.range(1.0, 1.4);
    let (mut mesh, coat) = coated(s, &shell, 0.1, 0.0);
    if s.chance(0.3) {
        let wing = coat.body;
        mesh.rounded(
            v(0.0, shell.at(0.955), shell.deck.1 + 0.16),
            v(shell.half * 0.8, 0.12, 0.02),
            0.015,
            wing,
        );
        for sign in [-1.0, 1.0] {
            mesh.block(
                v(sign * shell.half * 0.6, shell.at(0.955), shell.deck.1 + 0.06),
                v(0.02, 0.06, 0.1),
                wing,
            );
        }
    }
    mesh
}

/// One line from the nose to the roof, three rows of seats.
fn people_mover(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(4.25, 4.8);
    shell.half = s.range(0.85, 0.92);
    shell.belt = s.range(0.94, 1.05);
    let roof = s.range(1.62, 1.78);
    shell.nose = shell.belt - s.range(0.10, 0.2);
    shell.cowl = (share(s, 0.18), shell.belt + 0.08);
    shell.head = (share(s, 0.38), roof - 0.06);
    shell.back = (share(s, 0.91), roof - s.range(0.03, 0.1));
    shell.deck = (share(s, 0.97), shell.belt + 0.03);
    shell.posts = vec![share(s, 0.36), share(s, 0.53), share(s, 0.73)];
    shell.tumble = s.range(0.72, 0.8);
    made(s, &shell, 0.2, 0.35)
}

/// High off the ground, upright, a spare wheel behind some.
fn off_roader(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(3.9, 4.85);
    shell.half = s.range(0.87, 0.97);
    shell.sill = s.range(0.36, 0.46);
    shell.belt = s.range(1.12, 1.25);
    let roof = s.range(1.78, 1.95);
    shell.nose = shell.belt - s.range(0.03, 0.12);
    shell.cowl = (share(s, 0.29), shell.belt + 0.03);
    shell.head = (share(s, 0.36), roof - 0.04);
    shell.back = (share(s, 0.96), roof - 0.03);
    shell.deck = (0.985, shell.belt + 0.02);
    shell.bow = 0.015;
    shell.tumble = s.range(0.80, 0.92);
    shell.round = s.range(0.15, 0.6);
    shell.wheel = s.range(0.36, 0.42);
    let mut mesh = made(s, &shell, 0.3, 0.45);
    if s.chance(0.55) {
        let rubber = mesh.matt(Vec3::splat(0.025));
        let cover = mesh.matt(any_colour(s));
        let at = v(s.range(-0.1, 0.2), -shell.long / 2.0 - 0.02, shell.belt - 0.05);
        mesh.rod(at, at - Vec3::Y * 0.2, (0.36, 0.35), 20, rubber);
        mesh.rod(at - Vec3::Y * 0.2, at - Vec3::Y * 0.21, (0.28, 0.26), 18, cover);
    }
    mesh
}

/// A boot behind the cabin.
fn saloon_shell(s: &mut Stream) -> Shell {
    let mut shell = base(s);
    shell.long = s.range(4.3, 4.85);
    let roof = s.range(1.38, 1.52);
    shell.cowl.0 = share(s, 0.29);
    shell.head = (share(s, 0.44), roof - 0.05);
    shell.back = (share(s, 0.70), roof - 0.05);
    shell.deck = (share(s, 0.82), shell.belt + s.range(0.04, 0.1));
    shell.tail = shell.deck.1 - 0.02;
    shell.posts = vec![share(s, 0.54), share(s, 0.70)];
    shell
}

fn saloon(s: &mut Stream) -> Mesh {
    let shell = saloon_shell(s);
    made(s, &shell, 0.15, 0.05)
}

/// The little electric ones: two doors, hardly a bonnet.
fn micro(s: &mut Stream) -> Mesh {
    let mut shell = base(s);
    shell.long = s.range(2.4, 2.95);
    shell.half = s.range(0.66, 0.76);
    let roof = s.range(1.5, 1.64);
    shell.belt = s.range(0.86, 0.98);
    shell.nose = shell.belt - s.range(0.06, 0.2);
    shell.cowl = (share(s, 0.16), shell.belt + 0.05);
    shell.head = (share(s, 0.36), roof - 0.06);
    shell.back = (share(s, 0.84), roof - s.range(0.04, 0.12));
    shell.deck = (share(s, 0.95), shell.belt + 0.05);
    shell.bow = s.range(0.03, 0.08);
    shell.tumble = s.range(0.70, 0.84);
    shell.round = s.range(0.8, 1.5);
    shell.posts = vec![share(s, 0.62)];
    shell.wheel = s.range(0.24, 0.28);
    shell.axles = (0.19, 0.82);
    made(s, &shell, 0.5, 0.05)
}

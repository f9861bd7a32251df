//! Wheels, frame, bar and pedals of a bicycle from its measures.

use crate::chance::Stream;
use crate::maths::{TURN, Vec3, cos, sin, v};
use crate::mesh::{Mesh, Skin};

use super::super::any_colour;

/// The measures that make a bicycle one kind or another.
pub(super) struct Cycle {
    pub(super) radius: f32,
    pub(super) tyre: f32,
    /// Where the hubs are.
    pub(super) axles: (f32, f32),
    /// How much further ahead the front wheel is, with no fork of its own.
    pub(super) ahead: f32,
    pub(super) tube: f32,
    /// Where the top tube leaves the seat's and meets the head: none on step-through frames.
    pub(super) top: Option<f32>,
    pub(super) saddle: f32,
    pub(super) bar: Bar,
    /// Half the bar's width and its height.
    pub(super) reach: (f32, f32),
    pub(super) guards: bool,
    pub(super) spokes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bar {
    Flat,
    Swept,
    Dropped,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Kit {
    pub(super) frame: Skin,
    pub(super) trim: Skin,
    pub(super) wheel: Skin,
    pub(super) saddle: Skin,
    pub(super) metal: Skin,
    pub(super) rubber: Skin,
}

pub(super) fn kit(mesh: &mut Mesh, s: &mut Stream, colour: Vec3) -> Kit {
    let rubber = mesh.matt(Vec3::splat(s.range(0.012, 0.04)));
    let metal = mesh.metal(s.range(0.2, 0.5));
    let loud = mesh.gloss(any_colour(s));
    let brown = mesh.matt(s.pick(&[Vec3::splat(0.02), v(0.2, 0.1, 0.04), Vec3::splat(0.3)]));
    let frame = mesh.gloss(colour);
    Kit {
        frame,
        trim: if s.chance(0.4) { loud } else { frame },
        wheel: if s.chance(0.25) { loud } else { metal },
        saddle: brown,
        metal,
        rubber,
    }
}

fn wheels(mesh: &mut Mesh, c: &Cycle, kit: &Kit) {
    for y in [c.axles.0 + c.ahead, c.axles.1] {
        let outer = c.radius + c.tyre;
        let hub = v(0.0, y, outer);
        mesh.ring(hub, Vec3::X, c.radius, c.tyre, (24, 5), kit.rubber);
        mesh.ring(hub, Vec3::X, c.radius - c.tyre - 0.006, 0.010, (20, 4), kit.wheel);
        mesh.rod(
            hub - Vec3::X * 0.04,
            hub + Vec3::X * 0.04,
            (0.03, 0.03),
            8,
            kit.metal,
        );
        let thick = if c.spokes < 8 { 0.014 } else { 0.003 };
        for k in 0..c.spokes {
            let turn = k as f32 / c.spokes as f32 * TURN;
            let rim = hub + v(0.0, cos(turn), sin(turn)) * (c.radius - c.tyre);
            mesh.rod(hub, rim, (thick, thick), 4, kit.wheel);
        }
        if c.guards {
            let arc = |k: usize| {
                let turn = (0.04 + k as f32 / 9.0 * 0.44) * TURN;
                hub + v(0.0, cos(turn), sin(turn)) * (outer + 0.018)
            };
            let side = Vec3::X * (c.tyre + 0.01);
            for k in 0..9 {
                mesh.quad(
                    [arc(k) - side, arc(k) + side, arc(k + 1) + side, arc(k + 1) - side],
                    kit.trim,
                );
            }
        }
    }
}

/// Wheels, frame, fork, bar, saddle and pedals of one kind of bicycle.
pub(super) fn built(mesh: &mut Mesh, s: &mut Stream, c: &Cycle, kit: &Kit) {
    wheels(mesh, c, kit);
    let hub = c.radius + c.tyre;
    let (front, rear) = (v(0.0, c.axles.0, hub), v(0.0, c.axles.1, hub));
    let pedal = v(0.0, -0.04, hub.min(0.31) - 0.02);
    let head = v(0.0, c.axles.0 - 0.16, (hub * 2.0 + 0.10).max(0.70));
    let neck = head - v(0.0, -0.03, 0.12);
    let seat = v(0.0, -0.21, c.saddle - 0.14);
    let mid = pedal.mix(seat, 0.72);
    let mut tubes = vec![(pedal, neck), (pedal, seat)];
    match c.top {
        Some(drop) => tubes.push((seat - Vec3::Z * drop, head - Vec3::Z * 0.03)),
        None if s.chance(0.6) => tubes.push((pedal.mix(seat, 0.4), neck + v(0.0, -0.03, 0.06))),
        None => {}
    }
    for (a, b) in tubes {
        mesh.rod(a, b, (c.tube, c.tube), 8, kit.frame);
    }
    for sign in [-1.0, 1.0] {
        let out = Vec3::X * (0.05 * sign);
        mesh.rod(
            rear + out,
            pedal + out * 0.6,
            (c.tube * 0.5, c.tube * 0.5),
            5,
            kit.frame,
        );
        mesh.rod(
            rear + out,
            mid + out * 0.4,
            (c.tube * 0.5, c.tube * 0.5),
            5,
            kit.frame,
        );
        if c.ahead == 0.0 {
            mesh.rod(front + out, neck + out * 0.4, (0.012, 0.016), 6, kit.trim);
        }
        let crank = v(0.09 * sign, -0.10 * sign, -0.12 * sign);
        mesh.rod(
            pedal + Vec3::X * (0.05 * sign),
            pedal + crank,
            (0.010, 0.010),
            5,
            kit.metal,
        );
        mesh.block(
            pedal + crank + Vec3::X * (0.05 * sign),
            v(0.045, 0.035, 0.012),
            kit.rubber,
        );
    }
    mesh.rod(
        neck,
        head + Vec3::Z * 0.06,
        (c.tube * 1.1, c.tube * 1.1),
        8,
        kit.frame,
    );
    mesh.rod(
        pedal + Vec3::X * 0.06,
        pedal + Vec3::X * 0.08,
        (0.09, 0.09),
        14,
        kit.metal,
    );
    mesh.rod(seat, v(0.0, -0.24, c.saddle), (0.014, 0.014), 6, kit.metal);
    mesh.ball(v(0.0, -0.27, c.saddle), v(0.075, 0.10, 0.035), kit.saddle);
    mesh.ball(v(0.0, -0.18, c.saddle), v(0.035, 0.12, 0.028), kit.saddle);
    handlebar(mesh, c, kit, head);
    if s.chance(0.7) {
        mesh.rod(
            v(-0.03, -0.3, 0.33),
            v(-0.17, -0.33, 0.0),
            (0.010, 0.010),
            5,
            kit.metal,
        );
    }
}

fn handlebar(mesh: &mut Mesh, c: &Cycle, kit: &Kit, head: Vec3) {
    let (wide, high) = c.reach;
    let clamp = v(0.0, head.y - 0.02, high);
    mesh.rod(head, clamp, (0.016, 0.016), 6, kit.metal);
    for sign in [-1.0, 1.0] {
        let x = Vec3::X * sign;
        let bends = match c.bar {
            Bar::Flat => [clamp, clamp + x * (wide * 0.6), clamp + x * wide - Vec3::Y * 0.03],
            Bar::Swept => [
                clamp,
                clamp + x * (wide * 0.7) + v(0.0, 0.04, 0.03),
                clamp + x * wide - Vec3::Y * 0.18,
            ],
            Bar::Dropped => [clamp, clamp + x * wide, clamp + x * wide + v(0.0, 0.12, -0.02)],
        };
        mesh.limb(bends[0], bends[1], (0.013, 0.013), kit.metal);
        mesh.limb(bends[1], bends[2], (0.016, 0.018), kit.rubber);
        if c.bar == Bar::Dropped {
            let low = bends[2] + v(0.0, 0.0, -0.13);
            mesh.limb(bends[2], low, (0.016, 0.016), kit.rubber);
            mesh.limb(low, low - Vec3::Y * 0.14, (0.016, 0.016), kit.rubber);
        }
    }
}

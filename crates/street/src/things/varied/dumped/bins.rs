//! Bins of all designs, shut, and with more in them than they hold.

use super::any_colour;
use super::bags::bag;
use super::boxes::{carton, sheet};
use super::carted::{basket, drum, four_wheeled, pedal, swing_top, wheeled};
use super::litter::{around, bed, litter};
use super::matter::{Make, any, on_heap, stood, thrown};
use super::stations::{cabinet, concrete, enclosure, posted, shelter, skip, slatted};
use super::vessels::Vessel;
use crate::chance::Stream;
use crate::maths::{Pose, TURN, Vec3, cos, sin, v};
use crate::mesh::{Look, Mesh, Pattern};

/// Builds a bin; when full, its lid is open.
type Design = fn(&mut Stream, bool) -> Vessel;

const DESIGNS: [Design; 13] = [
    wheeled,
    four_wheeled,
    pedal,
    swing_top,
    drum,
    basket,
    posted,
    slatted,
    shelter,
    cabinet,
    skip,
    concrete,
    enclosure,
];

/// Every design shut.
pub(super) const BINS: &[Make] = &[
    shut::<0>, shut::<1>, shut::<2>, shut::<3>, shut::<4>, shut::<5>, shut::<6>, shut::<7>, shut::<8>,
    shut::<9>, shut::<10>, shut::<11>, shut::<12>,
];

/// Every design brimming.
pub(super) const BRIMMING: &[Make] = &[
    brimming::<0>,
    brimming::<1>,
    brimming::<2>,
    brimming::<3>,
    brimming::<4>,
    brimming::<5>,
    brimming::<6>,
    brimming::<7>,
    brimming::<8>,
    brimming::<9>,
    brimming::<10>,
    brimming::<11>,
    brimming::<12>,
];

/// A bin, wheeled or four-wheeled as often as any other design.
pub(in super::super) fn bin(s: &mut Stream) -> Mesh {
    if s.chance(0.4) {
        any(&BINS[..2], s)
    } else {
        any(BINS, s)
    }
}

/// A bin that holds no more, with what was left beside it.
pub(in super::super) fn overflow(s: &mut Stream) -> Mesh {
    if s.chance(0.4) {
        any(&BRIMMING[..2], s)
    } else {
        any(BRIMMING, s)
    }
}

fn shut<const DESIGN: usize>(s: &mut Stream) -> Mesh {
    stood(DESIGNS[DESIGN](s, false).mesh)
}

fn brimming<const DESIGN: usize>(s: &mut Stream) -> Mesh {
    let Vessel {
        mut mesh,
        mouth,
        half,
    } = DESIGNS[DESIGN](s, true);
    let (wide, deep) = half;
    let rise = s.range(0.15, 0.45) * wide.max(deep).min(0.5) * 2.0;
    let dark = any_colour(s) * 0.4;
    let dark = mesh.patterned(dark, Look::Matt, Pattern::Crinkled);
    let mut load = Mesh::default();
    let skin = load.skin(mesh.materials[usize::from(dark.0)]);
    bed(&mut load, s, (1.0, rise), skin);
    load.scale(v(wide * 0.9, deep * 0.9, 1.0));
    mesh.add(&load, &Pose::at(mouth - v(0.0, 0.0, 0.02)));
    let place = |s: &mut Stream| {
        let at = on_heap(s, 0.85, rise);
        mouth + v(at.x * wide, at.y * deep, at.z)
    };
    for _ in 0..6 + s.below(7) {
        let at = place(s);
        litter(&mut mesh, s, at);
    }
    for _ in 0..=s.below(if wide > 0.5 { 3 } else { 2 }) {
        let (mut one, at) = (bag(s), place(s) - v(0.0, 0.0, 0.10));
        // Nobody balances a sack on a pedal bin.
        one.scale(Vec3::splat((wide.min(deep) * 3.2).clamp(0.45, 1.0)));
        mesh.add(&one, &thrown(s, at, 0.5));
    }
    if s.chance(0.5) {
        let at = place(s);
        let one = if s.chance(0.5) {
            sheet(s, 0.35)
        } else {
            carton(s, 0.45)
        };
        mesh.add(&one, &thrown(s, at, 0.9));
    }
    // What found no room stands beside it.
    let beside = s.below(4);
    for _ in 0..beside {
        let turn = s.range(-0.2, TURN / 2.0 + 0.2);
        let at = v(
            cos(turn) * (wide + 0.35),
            mouth.y * 0.5 + sin(turn) * (deep + 0.4),
            0.0,
        );
        if s.chance(0.75) {
            let one = bag(s);
            mesh.add(&one, &Pose::new(at, s.range(0.0, TURN)));
        } else {
            let one = carton(s, 0.5);
            mesh.add(&stood(one), &Pose::new(at, s.range(0.0, TURN)));
        }
    }
    let count = s.below(12);
    around(&mut mesh, s, count, (wide + 0.5).min(1.1));
    stood(mesh)
}

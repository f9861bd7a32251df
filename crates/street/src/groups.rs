//! What the script's words mean in things: a vendor, a display, diners, a jumble of bicycles.

use std::f32::consts::PI;

use curbwatch_types::ObjectClass;

use crate::chance::Stream;
use crate::maths::TURN;
use crate::scene::{Script, What};
use crate::things::Doing;

/// A part of a scripted group: class, offset across and along in the group's own frame, turn, and what a
/// person does.
pub(crate) struct Part {
    pub(crate) class: ObjectClass,
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) yaw: f32,
    pub(crate) doing: Doing,
    pub(crate) z: f32,
    /// Stands free: its ground is checked against everything else.
    pub(crate) feet: bool,
}

fn part(class: ObjectClass, x: f32, y: f32, yaw: f32) -> Part {
    Part {
        class,
        x,
        y,
        yaw,
        doing: Doing::Standing,
        z: 0.0,
        feet: true,
    }
}

/// The things of a line of the script, in its own frame: +y faces the road, x runs along the street.
pub(crate) fn parts(script: &Script, s: &mut Stream) -> Vec<Part> {
    let n = match script.what {
        What::Display | What::Jumble | What::Row => script.count.max(2),
        _ => script.count,
    };
    let middle = |k: usize, step: f32| (k as f32 - (n as f32 - 1.0) / 2.0) * step;
    match script.what {
        What::One(class) if class.is_motor_vehicle() => {
            (0..n).map(|k| part(class, 0.0, k as f32 * -6.4, 0.0)).collect()
        }
        What::One(class) => {
            let step = match class {
                ObjectClass::Bicycle | ObjectClass::Ebike | ObjectClass::Motorcycle => 0.85,
                ObjectClass::GarbageBag => 0.78,
                ObjectClass::Person | ObjectClass::Chair | ObjectClass::GarbageBin => 0.95,
                _ => 2.6,
            };
            let turn = |s: &mut Stream| {
                if class == ObjectClass::GarbageBag {
                    s.range(0.0, TURN)
                } else {
                    s.range(-0.08, 0.08)
                }
            };
            (0..n)
                .map(|k| part(class, middle(k, step), 0.0, turn(s)))
                .collect()
        }
        What::Vendor => vendor(s, script.brought || script.taken),
        What::Display => {
            let mut out = Vec::new();
            for k in 0..n {
                let class = s.pick(&[
                    ObjectClass::Goods,
                    ObjectClass::Goods,
                    ObjectClass::Rack,
                    ObjectClass::Carton,
                ]);
                out.push(part(
                    class,
                    middle(k, 2.3),
                    s.range(-0.08, 0.05),
                    s.range(-0.05, 0.05),
                ));
            }
            out.push(part(ObjectClass::Sign, middle(n, 2.3), 0.3, s.range(-0.4, 0.4)));
            out
        }
        What::Diners => {
            let mut out = Vec::new();
            for k in 0..n {
                let x = middle(k, 2.6);
                out.push(part(ObjectClass::Table, x, 0.0, 0.0));
                for (dx, dy, yaw) in [(-0.82, 0.0, -TURN / 4.0), (0.82, 0.0, TURN / 4.0)] {
                    out.push(part(ObjectClass::Chair, x + dx, dy, yaw));
                    if s.chance(0.7) {
                        let sitting = Part {
                            doing: Doing::Sitting,
                            feet: false,
                            ..part(ObjectClass::Person, x + dx * 1.02, dy, yaw)
                        };
                        out.push(sitting);
                    }
                }
            }
            out
        }
        What::Jumble => {
            let mut out = Vec::new();
            for k in 0..n {
                let class = s.pick(&[ObjectClass::Ebike, ObjectClass::Ebike, ObjectClass::Bicycle]);
                out.push(part(
                    class,
                    middle(k, 1.45),
                    s.range(-0.25, 0.25),
                    s.range(-0.8, 0.8),
                ));
            }
            out
        }
        What::Row => {
            let class = s.pick(&[ObjectClass::Ebike, ObjectClass::Bicycle]);
            (0..n)
                .map(|k| part(class, middle(k, 0.85), 0.0, s.range(-0.04, 0.04)))
                .collect()
        }
    }
}

/// `mobile` vendors come by three-wheeler or push a cart, and have no customer before they stand.
fn vendor(s: &mut Stream, mobile: bool) -> Vec<Part> {
    let mut out = Vec::new();
    let trader = if s.chance(0.35) {
        let yaw = if mobile { -TURN / 4.0 } else { TURN / 4.0 };
        out.push(part(ObjectClass::ThreeWheeler, 0.0, 0.0, yaw));
        out.push(part(ObjectClass::Goods, 0.6, 1.25, 0.0));
        (0.2, -1.0)
    } else {
        out.push(part(
            if s.chance(0.6) && !mobile {
                ObjectClass::Stall
            } else {
                ObjectClass::Cart
            },
            0.0,
            0.0,
            0.0,
        ));
        (s.range(-0.3, 0.3), -1.35)
    };
    let foot = if trader.1 < -1.2 {
        (0.75, -0.75)
    } else {
        (1.9, -0.2)
    };
    out.push(part(ObjectClass::Umbrella, foot.0, foot.1, 0.0));
    out.push(Part {
        doing: Doing::Reaching,
        ..part(ObjectClass::Person, trader.0, trader.1, 0.0)
    });
    if s.chance(0.6) && !mobile {
        out.push(Part {
            doing: Doing::Reaching,
            ..part(
                ObjectClass::Person,
                -0.45,
                if trader.1 < -1.2 { 1.0 } else { 1.2 },
                PI,
            )
        });
    }
    out
}

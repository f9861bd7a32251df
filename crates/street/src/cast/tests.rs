//! What the whole cast must keep to, over many streets of both worlds; no picture is rendered.

use super::*;
use crate::backdrop::backdrop;
use crate::footprint::Footprint;
use crate::styles::Styles;

/// Everything that stands or moves at `at` on ground of its own, and that ground less a hand's breadth.
fn grounds(actors: &[Actor], at: f32) -> Vec<(usize, Footprint)> {
    let on_ground = actors.iter().enumerate().filter(|(_, a)| !a.aboard);
    on_ground
        .filter_map(|(i, a)| Some((i, Footprint::new(&a.stance, &a.pose(at)?, -0.12))))
        .collect()
}

fn scene(seed: u64, styles: Styles, more: &str) -> Scene {
    let life = "[life]\nwalkers = 12\nvehicles = 12\nstanding = 0.9\nloose = 0.5\nkerb = 0.4";
    let mut scene = Scene::parse(&format!("seed = {seed}\nsecs = 40\n{life}\n{more}")).expect("it is sound");
    scene.styles = styles;
    scene
}

fn line(what: &str, place: &str, side: &str, along: u32, more: &str) -> String {
    format!(
        "[[events]]\nname = \"{what} {side} {along}\"\nwhat = \"{what}\"\nplace = \"{place}\"\n\
         side = \"{side}\"\nalong = {along}\n{more}\n"
    )
}

#[test]
fn nothing_stands_inside_anything_else() {
    let brought = "from = 15\nuntil = 30\nbrought = true\ntaken = true";
    let script: String = [
        line("vendor", "edge", "left", 14, brought),
        line(
            "garbage_bag",
            "footway",
            "left",
            21,
            &format!("count = 3\n{brought}"),
        ),
        line("display", "front", "right", 18, "from = 0\nuntil = 40"),
        line(
            "diners",
            "footway",
            "right",
            27,
            "count = 2\nfrom = 0\nuntil = 40",
        ),
        line(
            "ebike",
            "edge",
            "right",
            12,
            "from = 18\nuntil = 40\nbrought = true",
        ),
        line("truck", "kerb", "right", 34, "from = 10\nuntil = 30"),
        line(
            "sand_pile",
            "kerb",
            "left",
            30,
            "from = 0\nuntil = 40\ngrows = true",
        ),
    ]
    .concat();
    let (mut built, mut pairs) = (0, 0);
    let mut wrong = Vec::new();
    for (seed, styles) in (0..9).flat_map(|k| [(k, Styles::Shown), (k, Styles::HeldOut)]) {
        let script = if seed % 3 == 0 { script.as_str() } else { "" };
        let scene = scene(seed, styles, script);
        let plan = Plan::new(scene.dice());
        let (_, _, fixed) = backdrop(scene.dice(), &plan);
        let Ok(actors) = cast(&scene, &plan, fixed.clone()) else {
            continue;
        };
        built += 1;
        for step in 0..16 {
            let at = 0.3 + step as f32 * 2.5;
            let all = grounds(&actors, at);
            for (k, (i, one)) in all.iter().enumerate() {
                let claim = Claim {
                    ground: *one,
                    from: at,
                    until: at + 0.01,
                };
                let parts: Vec<usize> = all[k + 1..]
                    .iter()
                    .filter(|(_, other)| one.meets(other))
                    .map(|(j, _)| *j)
                    .collect();
                pairs += all.len() - k;
                for j in parts {
                    let name = |i: usize| (actors[i].class.name(), actors[i].thing, actors[i].event);
                    wrong.push(format!(
                        "{styles:?} {seed} at {at}: {:?} in {:?}",
                        name(*i),
                        name(j)
                    ));
                }
                if !fixed.free(&claim) {
                    wrong.push(format!(
                        "{styles:?} {seed} at {at}: {} in the street",
                        actors[*i].class.name()
                    ));
                }
            }
        }
    }
    assert!(built >= 14 && pairs > 100_000, "{built} streets, {pairs} pairs");
    assert!(
        wrong.is_empty(),
        "{} of {pairs} pairs:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
}

#[test]
fn what_nobody_scripted_breaks_no_rule() {
    for (seed, styles) in (0..6).flat_map(|k| [(k, Styles::Shown), (k, Styles::HeldOut)]) {
        let mut scene = scene(seed, styles, "");
        (scene.life.loose, scene.life.kerb) = (0.0, 0.0);
        (scene.life.walkers, scene.life.vehicles) = (0.0, 0.0);
        let plan = Plan::new(scene.dice());
        let (_, _, fixed) = backdrop(scene.dice(), &plan);
        let actors = cast(&scene, &plan, fixed).expect("no script, no clash");
        for actor in actors.iter().filter(|a| a.stands(scene.secs)) {
            let at = actor.track[0].pose.at;
            let side = plan.side(at.x);
            let within = |(from, to): (f32, f32)| (from..to).contains(&at.y);
            let lawful = match actor.class {
                ObjectClass::Ebike | ObjectClass::Bicycle => within(side.bike_bays),
                class if class.is_motor_vehicle() => within(side.car_bays),
                _ => true,
            };
            assert!(lawful, "{styles:?} {seed}: {} at {at:?}", actor.class.name());
        }
    }
}

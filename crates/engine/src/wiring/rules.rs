//! The rules of the configuration as the scene wants them.

use curbwatch_config as config;
use curbwatch_config::Tuning;
use curbwatch_scene::{Frame, GroupOptions, Homography, Options, Origins, RuleOptions, ZoneOptions};
use curbwatch_types::{ViewId, ViolationClass, ZoneId};

/// What decides at a camera: its rules, zones with their own, hours, permits, and the ground of its base view.
pub(super) fn scene_options(camera: &config::Camera) -> Options {
    let in_zone = |zone: &ZoneId, view: &ViewId| ZoneOptions {
        zone: zone.clone(),
        view: view.clone(),
        hours: None,
        motor_parking: None,
        groups: Vec::new(),
    };
    let mut zones: Vec<ZoneOptions> = Vec::new();
    for own in &camera.zone_rules {
        let mut zone = in_zone(&own.zone, &own.view);
        for class in &own.classes {
            match group(*class, &own.rules, &own.tunings) {
                Some(options) => zone.groups.push((*class, options)),
                None => zone.motor_parking = Some(motor_parking(&own.rules, &own.tunings)),
            }
        }
        zones.push(zone);
    }
    for timed in &camera.hours {
        let known = zones
            .iter_mut()
            .find(|z| z.zone == timed.zone && z.view == timed.view);
        match known {
            Some(zone) => zone.hours = Some(timed.schedule.clone()),
            None => zones.push(ZoneOptions {
                hours: Some(timed.schedule.clone()),
                ..in_zone(&timed.zone, &timed.view)
            }),
        }
    }
    let base = camera.grounds.iter().find(|ground| ground.view == camera.view);
    let (rules, set) = (&camera.rules, &camera.tunings[..]);
    Options {
        motor_parking: motor_parking(rules, set),
        street_front_trading: front_trading(rules, set),
        itinerant_vendor: vendor(rules, set),
        disorderly_nonmotor_parking: nonmotor_parking(rules, set),
        exposed_garbage: garbage(rules, set),
        piled_materials: piles(rules, set),
        zones,
        permits: camera.permits.clone(),
        // `check` has refused what is none.
        frames: camera.grounds.iter().filter_map(shared).collect(),
        ground_from_image: base.and_then(|ground| Homography::new(ground.ground_from_image)),
        ..Options::default()
    }
}

/// The ground that a view shares.
fn shared(ground: &config::Ground) -> Option<(ViewId, Frame)> {
    let (frame, error_m) = ground.frame.as_ref()?;
    let frame = Frame {
        id: frame.id.clone(),
        error_m: *error_m,
        origin: frame.origin,
    };
    Some((ground.view.clone(), frame))
}

/// The parameters of a class about groups; nothing for vehicles.
fn group(class: ViolationClass, rules: &config::Rules, set: &[Tuning]) -> Option<GroupOptions> {
    match class {
        ViolationClass::IllegalMotorParking => None,
        ViolationClass::StreetFrontTrading => Some(front_trading(rules, set)),
        ViolationClass::ItinerantVendor => Some(vendor(rules, set)),
        ViolationClass::DisorderlyNonmotorParking => Some(nonmotor_parking(rules, set)),
        ViolationClass::ExposedGarbage => Some(garbage(rules, set)),
        ViolationClass::PiledMaterials => Some(piles(rules, set)),
    }
}

/// What set the parameters of a class.
fn origins(class: ViolationClass, set: &[Tuning]) -> Origins {
    let mut origins = Origins::BUILT_IN;
    for tuning in set.iter().filter(|tuning| tuning.class == class) {
        origins.set(tuning.name, tuning.origin);
    }
    origins
}

/// The keys that every rule about groups has, over the class's defaults.
macro_rules! group {
    ($rule:expr, $class:ident, $set:expr, $defaults:expr) => {{
        let rule = $rule;
        GroupOptions {
            stationary_secs: rule.stationary_secs,
            dwell_secs: rule.dwell_secs,
            present_looks_min: rule.present_looks_min,
            vacant_secs: rule.vacant_secs,
            still_every_secs: rule.still_every_secs,
            gap_max_secs: rule.gap_max_secs,
            keep_score_min: rule.min_score,
            open_score_min: rule.open_score_min,
            occupancy_min: rule.occupancy_min,
            merge_m: rule.merge_m,
            origins: origins(ViolationClass::$class, $set),
            ..$defaults
        }
    }};
}

fn motor_parking(rules: &config::Rules, set: &[Tuning]) -> RuleOptions {
    let parking = &rules.illegal_motor_parking;
    RuleOptions {
        stationary_secs: parking.stationary_secs,
        dwell_secs: parking.dwell_secs,
        present_looks_min: parking.present_looks_min,
        vacant_secs: parking.vacant_secs,
        still_every_secs: parking.still_every_secs,
        gap_max_secs: parking.gap_max_secs,
        keep_score_min: parking.min_score,
        open_score_min: parking.open_score_min,
        origins: origins(ViolationClass::IllegalMotorParking, set),
        ..RuleOptions::default()
    }
}

fn front_trading(rules: &config::Rules, set: &[Tuning]) -> GroupOptions {
    let rule = &rules.street_front_trading;
    GroupOptions {
        remains_min: rule.remains_min,
        ..group!(rule, StreetFrontTrading, set, GroupOptions::STREET_FRONT_TRADING)
    }
}

fn vendor(rules: &config::Rules, set: &[Tuning]) -> GroupOptions {
    let rule = &rules.itinerant_vendor;
    GroupOptions {
        beside_m: rule.beside_m,
        attended_share: rule.attended_share,
        ..group!(rule, ItinerantVendor, set, GroupOptions::ITINERANT_VENDOR)
    }
}

fn nonmotor_parking(rules: &config::Rules, set: &[Tuning]) -> GroupOptions {
    let rule = &rules.disorderly_nonmotor_parking;
    let defaults = GroupOptions::DISORDERLY_NONMOTOR_PARKING;
    GroupOptions {
        count_min: rule.count_min,
        ..group!(rule, DisorderlyNonmotorParking, set, defaults)
    }
}

fn garbage(rules: &config::Rules, set: &[Tuning]) -> GroupOptions {
    let rule = &rules.exposed_garbage;
    GroupOptions {
        beside_m: rule.beside_m,
        attended_share: rule.attended_share,
        ..group!(rule, ExposedGarbage, set, GroupOptions::EXPOSED_GARBAGE)
    }
}

fn piles(rules: &config::Rules, set: &[Tuning]) -> GroupOptions {
    let rule = &rules.piled_materials;
    group!(rule, PiledMaterials, set, GroupOptions::PILED_MATERIALS)
}

#[cfg(test)]
mod tests {
    use curbwatch_types::Origin;

    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// The configuration of one camera, `a`, and what comes of it.
    fn lowered(name: &str, text: &str) -> Result<Options, Box<dyn std::error::Error>> {
        let folder = std::env::temp_dir().join(format!("curbwatch-rules-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("model.toml"), "")?;
        let file = folder.join("c.toml");
        let camera = "[inference]\nmodel = \"model.toml\"\n[[cameras]]\nid = \"a\"\n";
        std::fs::write(&file, format!("{camera}{text}"))?;
        let config = config::load(&file, &|_| None).map_err(|p| p.to_string());
        std::fs::remove_dir_all(&folder)?;
        Ok(scene_options(&config?.cameras[0]))
    }

    /// The documented defaults stand in the configuration, the reasons for them in the scene.
    #[test]
    fn a_configuration_that_says_nothing_changes_nothing() -> Outcome {
        assert_eq!(lowered("nothing", "")?, Options::default());
        Ok(())
    }

    #[test]
    fn the_most_specific_word_counts() -> Outcome {
        let zone = "[[zones]]\ncamera = \"a\"\nkind = \"no_parking\"\npolygon = [[0.1, 0.6], [0.9, 0.6], [0.5, 0.9]]\n";
        let over = "[[overrides]]\nclass = \"illegal_motor_parking\"\n";
        let text = format!(
            "group = \"north\"\n[groups.north]\n[rules.illegal_motor_parking]\ndwell_secs = 100\nmin_score = 0.2\n\
             gap_max_secs = 1000\nvacant_secs = 100\nstill_every_secs = 1000\n\
             {zone}id = \"z\"\n{zone}id = \"y\"\n\
             {over}group = \"north\"\ndwell_secs = 200\nmin_score = 0.21\ngap_max_secs = 2000\nvacant_secs = 200\n\
             {over}camera = \"a\"\ndwell_secs = 300\nmin_score = 0.22\ngap_max_secs = 3000\n\
             {over}camera = \"a\"\nview = \"main\"\ndwell_secs = 400\nmin_score = 0.23\n\
             {over}camera = \"a\"\nzone = \"z\"\ndwell_secs = 500\n"
        );
        let options = lowered("specific", &text)?;
        let camera = &options.motor_parking;
        assert_eq!(
            (camera.dwell_secs, camera.keep_score_min),
            (300, 0.22),
            "without a zone the view says nothing"
        );
        let zone = |id: &str| {
            let found = options.zones.iter().find(|zone| zone.zone.as_str() == id);
            found
                .and_then(|zone| zone.motor_parking.clone())
                .ok_or("no rule of its own")
        };
        let (z, y) = (zone("z")?, zone("y")?);
        let parameters = [
            ("dwell_secs", z.dwell_secs as f32, 500.0, Origin::ClassInZone),
            ("min_score", z.keep_score_min, 0.23, Origin::View),
            ("gap_max_secs", z.gap_max_secs as f32, 3000.0, Origin::Camera),
            ("vacant_secs", z.vacant_secs as f32, 200.0, Origin::Group),
            (
                "still_every_secs",
                z.still_every_secs as f32,
                1000.0,
                Origin::Class,
            ),
            ("open_score_min", z.open_score_min, 0.35, Origin::Default),
        ];
        for (name, got, want, origin) in parameters {
            assert_eq!((name, got, z.origins.of(name)), (name, want, origin));
        }
        assert_eq!((y.dwell_secs, y.origins.of("dwell_secs")), (400, Origin::View));
        Ok(())
    }

    #[test]
    fn hours_permits_and_the_ground_reach_the_scene() -> Outcome {
        let text = "[district]\ntime_zone = \"+08:00\"\n[schedules.day]\ndaily = [\"07:00-19:00\"]\n\
             [[zones]]\ncamera = \"a\"\nid = \"z\"\nkind = \"no_parking\"\nschedule = \"day\"\n\
             polygon = [[0.1, 0.6], [0.9, 0.6], [0.5, 0.9]]\n\
             [[permits]]\nlabel = \"fair\"\ncamera = \"a\"\nzone = \"z\"\nclasses = [\"illegal_motor_parking\"]\n\
             from = \"2027-03-01\"\nuntil = \"2027-03-01\"\n\
             [[homographies]]\ncamera = \"a\"\npoints = [[0.1, 0.9, 0, 0], [0.9, 0.9, 6, 0], [0.7, 0.4, 6, 20], [0.3, 0.4, 0, 20]]\n";
        let options = lowered("hours", text)?;
        let hours = options
            .zones
            .first()
            .and_then(|zone| zone.hours.clone())
            .ok_or("no hours")?;
        // 2027-02-28T23:00:00Z is seven o'clock there.
        let seven = curbwatch_types::Wall(1_803_855_600_000);
        assert!(hours.holds(seven) && !hours.holds(seven.plus_millis(-1)));
        let permit = options.permits.first().ok_or("no permit")?;
        assert_eq!(permit.until.millis_since(permit.from), 24 * 3_600_000, "a day");
        assert_eq!(
            seven.millis_since(permit.from),
            7 * 3_600_000,
            "by the district's clocks"
        );
        assert!(options.ground_from_image.is_some());
        Ok(())
    }
}

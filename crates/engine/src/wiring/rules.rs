//! The rules of the configuration as the scene wants them.

use curbwatch_config as config;
use curbwatch_scene::{GroupOptions, Options, RuleOptions};

/// The keys that every rule about groups has, over the class's defaults.
macro_rules! group {
    ($rule:expr, $defaults:expr) => {{
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
            ..$defaults
        }
    }};
}
/// Every class's parameters; what the configuration does not name stays the scene's default.
pub(super) fn scene_options(rules: &config::Rules) -> Options {
    Options {
        motor_parking: motor_parking(&rules.illegal_motor_parking),
        street_front_trading: front_trading(&rules.street_front_trading),
        itinerant_vendor: vendor(&rules.itinerant_vendor),
        disorderly_nonmotor_parking: nonmotor_parking(&rules.disorderly_nonmotor_parking),
        exposed_garbage: garbage(&rules.exposed_garbage),
        piled_materials: group!(&rules.piled_materials, GroupOptions::PILED_MATERIALS),
        ..Options::default()
    }
}

fn motor_parking(parking: &config::MotorParkingRule) -> RuleOptions {
    RuleOptions {
        stationary_secs: parking.stationary_secs,
        dwell_secs: parking.dwell_secs,
        present_looks_min: parking.present_looks_min,
        vacant_secs: parking.vacant_secs,
        still_every_secs: parking.still_every_secs,
        gap_max_secs: parking.gap_max_secs,
        keep_score_min: parking.min_score,
        open_score_min: parking.open_score_min,
        ..RuleOptions::default()
    }
}

fn front_trading(rule: &config::FrontTradingRule) -> GroupOptions {
    GroupOptions {
        remains_min: rule.remains_min,
        ..group!(rule, GroupOptions::STREET_FRONT_TRADING)
    }
}

fn vendor(rule: &config::VendorRule) -> GroupOptions {
    GroupOptions {
        beside_m: rule.beside_m,
        attended_share: rule.attended_share,
        ..group!(rule, GroupOptions::ITINERANT_VENDOR)
    }
}

fn nonmotor_parking(rule: &config::NonmotorParkingRule) -> GroupOptions {
    GroupOptions {
        count_min: rule.count_min,
        ..group!(rule, GroupOptions::DISORDERLY_NONMOTOR_PARKING)
    }
}

fn garbage(rule: &config::GarbageRule) -> GroupOptions {
    GroupOptions {
        beside_m: rule.beside_m,
        attended_share: rule.attended_share,
        ..group!(rule, GroupOptions::EXPOSED_GARBAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documented defaults stand in the configuration, the reasons for them in the scene.
    #[test]
    fn a_configuration_that_says_nothing_changes_nothing() -> Result<(), Box<dyn std::error::Error>> {
        let folder = std::env::temp_dir().join(format!("curbwatch-rules-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("model.toml"), "")?;
        let file = folder.join("c.toml");
        std::fs::write(&file, "[inference]\nmodel = \"model.toml\"\n")?;
        let config = config::load(&file, &|_| None).map_err(|p| p.to_string());
        std::fs::remove_dir_all(&folder)?;
        assert_eq!(scene_options(&config?.rules), Options::default());
        Ok(())
    }
}

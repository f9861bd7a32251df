//! The scene's parameters by name. Those of the five rules about groups are changed together.

use curbwatch_scene::{GroupOptions, Options};

/// A parameter and how it is multiplied.
#[derive(Debug)]
pub struct Parameter {
    /// Its name in `Options`; `groups.` before it for all rules about groups.
    pub name: &'static str,
    /// Multiplies it.
    pub scale: fn(&mut Options, f64),
}

macro_rules! parking {
    ($($field:ident by $scale:ident),* $(,)?) => {
        [$(Parameter {
            name: stringify!($field),
            scale: |options, by| $scale(&mut options.motor_parking.$field, by),
        }),*]
    };
}

macro_rules! groups {
    ($($name:literal $field:ident by $scale:ident),* $(,)?) => {
        [$(Parameter {
            name: $name,
            scale: |options, by| for group in each_group(options) {
                $scale(&mut group.$field, by);
            },
        }),*]
    };
}

/// Those of `illegal_motor_parking`.
const PARKING: &[Parameter] = &parking![
    stationary_secs by whole,
    dwell_secs by whole,
    open_score_min by real,
    start_score_min by real,
    keep_score_min by real,
    present_looks_min by whole,
    vacant_secs by whole,
    gap_max_secs by whole,
    occupancy_min by share,
    constancy_min by share,
    foot_error by real,
    in_force_min by share,
    still_every_secs by whole,
    driving_mps by real,
    standing_odds_min by real,
    merge_m by real,
];

/// Those of the rules about groups.
const GROUPS: &[Parameter] = &groups![
    "groups.stationary_secs" stationary_secs by whole,
    "groups.dwell_secs" dwell_secs by whole,
    "groups.open_score_min" open_score_min by real,
    "groups.start_score_min" start_score_min by real,
    "groups.keep_score_min" keep_score_min by real,
    "groups.present_looks_min" present_looks_min by whole,
    "groups.vacant_secs" vacant_secs by whole,
    "groups.gap_max_secs" gap_max_secs by whole,
    "groups.occupancy_min" occupancy_min by share,
    "groups.merge_m" merge_m by real,
    "groups.beside_m" beside_m by real,
    "groups.attended_share" attended_share by share,
    "groups.count_min" count_min by whole,
    "groups.remains_min" remains_min by share,
];

/// Those of the picture.
const PICTURE: &[Parameter] = &[
    Parameter {
        name: "mean_luma_min",
        scale: |options, by| real(&mut options.mean_luma_min, by),
    },
    Parameter {
        name: "luma_deviation_min",
        scale: |options, by| real(&mut options.luma_deviation_min, by),
    },
    Parameter {
        name: "history_max",
        scale: |options, by| options.history_max = (options.history_max as f64 * by).round() as usize,
    },
];

/// All that are varied: what bounds memory is not.
pub fn parameters() -> impl Iterator<Item = &'static Parameter> {
    PARKING.iter().chain(GROUPS).chain(PICTURE)
}

fn each_group(options: &mut Options) -> [&mut GroupOptions; 5] {
    [
        &mut options.street_front_trading,
        &mut options.itinerant_vendor,
        &mut options.disorderly_nonmotor_parking,
        &mut options.exposed_garbage,
        &mut options.piled_materials,
    ]
}

/// A whole number of seconds, looks or things; at least one.
fn whole(value: &mut u32, by: f64) {
    *value = (f64::from(*value) * by).round().max(1.0) as u32;
}

fn real(value: &mut f32, by: f64) {
    *value = (f64::from(*value) * by) as f32;
}

/// A share, at most 1.
fn share(value: &mut f32, by: f64) {
    real(value, by);
    *value = value.min(1.0);
}

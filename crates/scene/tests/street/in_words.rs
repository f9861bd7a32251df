//! One test for each file of scenes in words.

use crate::words::{check, folder, read};

/// Every file of scenes.
const FILES: &[&str] = &[
    "bicycles.md",
    "frontage.md",
    "garbage.md",
    "occlusion.md",
    "patrol.md",
    "picture.md",
    "piles.md",
    "precedence.md",
    "restart.md",
    "vehicles.md",
    "vendors.md",
    "views.md",
    "witness.md",
];

#[test]
fn bicycles_left_about() {
    check("bicycles.md");
}

#[test]
fn trade_beyond_the_shop_line() {
    check("frontage.md");
}

#[test]
fn garbage_on_the_ground() {
    check("garbage.md");
}

#[test]
fn what_cannot_be_seen_is_not_gone() {
    check("occlusion.md");
}

#[test]
fn a_patrol_sees_it_every_few_minutes() {
    check("patrol.md");
}

#[test]
fn what_a_picture_may_judge() {
    check("picture.md");
}

#[test]
fn materials_piled_up() {
    check("piles.md");
}

#[test]
fn one_object_one_rule() {
    check("precedence.md");
}

#[test]
fn a_restart_opens_nothing_twice() {
    check("restart.md");
}

#[test]
fn vehicles_that_stand() {
    check("vehicles.md");
}

#[test]
fn the_second_witness_weighs_and_dates() {
    check("witness.md");
}

#[test]
fn itinerant_vendors() {
    check("vendors.md");
}

#[test]
fn a_head_turns_from_view_to_view() {
    check("views.md");
}

#[test]
fn several_cameras_of_one_street_open_one_case() {
    crate::ground_words::check("common_ground.md");
}

#[test]
fn every_file_of_scenes_is_played_and_no_two_scenes_are_called_alike() {
    let entries = std::fs::read_dir(folder()).expect("fixtures/scenes");
    let mut found: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !["README.md", "streets.md", "common_ground.md"].contains(&name.as_str()))
        .collect();
    found.sort();
    assert_eq!(found, FILES);
    for file in FILES {
        let scenes = read(file).unwrap_or_else(|wrong| panic!("{wrong}"));
        let mut titles: Vec<&str> = scenes.iter().map(|scene| scene.title.as_str()).collect();
        titles.sort_unstable();
        let all = titles.len();
        titles.dedup();
        assert_eq!(titles.len(), all, "{file}: two scenes of one name");
    }
}

//! What `patrol-config` writes is a configuration the program takes.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test program: helpers fail the test, and say what is skipped"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use curbwatch_lab::patrol::{SetUp, write_set_up};
use curbwatch_types::ZoneKind;

#[test]
fn the_configuration_of_real_truth_files_loads() {
    let Some(assets) = std::env::var_os("CURBWATCH_ASSETS") else {
        let _shown = writeln!(
            std::io::stderr(),
            "skipped: CURBWATCH_ASSETS is not set; truth files of patrol cameras lie there"
        );
        return;
    };
    let patrol = Path::new(&assets).join("videos/patrol");
    let zones = ["04254", "09800"]
        .map(|camera| patrol.join(format!("truth/{camera}.json")))
        .to_vec();
    let folder = tempfile::tempdir().expect("a folder");
    let model = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/nanodet-plus-640.toml");
    let set_up = SetUp {
        zones,
        clips: patrol,
        out: folder.path().join("out"),
        model,
    };
    let written = write_set_up(&set_up).expect("a set-up");
    assert!(written.left_out.is_empty(), "{:?}", written.left_out);

    let config = curbwatch_config::load(&written.config, &|_| None);
    let config = config.unwrap_or_else(|problems| panic!("{problems}"));
    let ids: Vec<&str> = config.cameras.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["04254", "09800"]);
    let count = |kind| config.zones().filter(|(_, zone)| zone.kind == kind).count();
    assert_eq!(
        [ZoneKind::NoParking, ZoneKind::LegalBay, ZoneKind::Carriageway].map(count),
        [4, 3, 2]
    );
    assert!(
        config
            .zones()
            .all(|(_, z)| z.dwell_secs == (z.kind == ZoneKind::NoParking).then_some(600))
    );

    let manifest = std::fs::read_to_string(&written.footage).expect("written");
    let starts: Vec<i64> = manifest
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert!(
                Path::new(row["file"].as_str().expect("a path")).is_file(),
                "{line}"
            );
            row["start_ms"].as_i64().expect("a time")
        })
        .collect();
    assert_eq!(starts.len(), 2 * 288);
    assert!(starts.is_sorted(), "time order");
}

//! Every fuzz target over its corpus and a few seconds of changes to it. The long run is `cargo xtask fuzz`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test program: helpers fail the test"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use curbwatch_lab::fuzz::{Options, TARGETS, run};
use curbwatch_types::SystemClock;

/// Long enough for ten thousands of inputs, short enough for every run of the tests.
const SECONDS: u64 = 5;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn check(target: &str) {
    let options = Options {
        corpus: workspace().join("fuzz/corpus"),
        duration: Duration::from_secs(SECONDS),
        seed: 1,
    };
    match run(target, &options, &SystemClock::new()).expect("a corpus") {
        Ok(ran) => assert!(ran.corpus > 0 && ran.changed > 0, "{target}: {ran:?}"),
        Err(finding) => panic!(
            "{target} breaks on {}: {}; `curbwatch-lab fuzz --target {target}` writes the input",
            finding.from, finding.what
        ),
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*
        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

targets! {
    rtsp_messages interleaved_framing session_description rtp_h264 rtp_h265 nal_units supplemental
    footage_manifest model_manifest config_toml camera_list zones
}

/// One test, one libFuzzer program and one folder of inputs for each target.
#[test]
fn every_target_has_all_it_needs() {
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, TESTED);
    for name in names {
        for path in [
            format!("fuzz/fuzz_targets/{name}.rs"),
            format!("fuzz/corpus/{name}"),
        ] {
            assert!(workspace().join(&path).exists(), "{path} is missing");
        }
        let manifest = std::fs::read_to_string(workspace().join("fuzz/Cargo.toml")).expect("fuzz/Cargo.toml");
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} is not in fuzz/Cargo.toml"
        );
    }
}

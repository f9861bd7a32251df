//! The lab's fuzz targets under libFuzzer. Not part of the workspace: it needs a nightly compiler and
//! `cargo-fuzz`. Without them `curbwatch-lab fuzz` runs the same targets without coverage.

#[path = "../../crates/lab/src/fuzz/targets.rs"]
mod targets;

pub use libfuzzer_sys;
pub use targets::{TARGETS, Target};

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, target)| *target)
}

/// The program for one target.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        $crate::libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
            static TARGET: std::sync::OnceLock<$crate::Target> = std::sync::OnceLock::new();
            TARGET.get_or_init(|| $crate::target($name).expect("a target of this name"))(bytes)
        });
    };
}

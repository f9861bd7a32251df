//! One module for each command: arguments, and what it does with the engine.

use std::path::Path;

use curbwatch_config::Config;

use crate::failure::Failure;

pub(crate) mod cases;
pub(crate) mod check;
pub(crate) mod coverage;
pub(crate) mod import;
pub(crate) mod plan;
pub(crate) mod probe;
pub(crate) mod recheck;
pub(crate) mod reload;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod why;

/// Loads the configuration; every problem is in the failure, one a line. Weights that stand neither
/// beside their manifest nor in `model_dirs` are looked for below `CURBWATCH_ASSETS`, too.
fn load(path: &Path) -> Result<Config, Failure> {
    let environment = |name: &str| std::env::var(name).ok();
    let mut config = curbwatch_config::load(path, &environment)
        .map_err(|problems| Failure::Wrong(problems.to_string()))?;
    if let Some(assets) = environment("CURBWATCH_ASSETS") {
        config
            .inference
            .model_dirs
            .push(Path::new(&assets).join("models"));
    }
    Ok(config)
}

/// Varies the jitter of retries from process to process.
fn seed() -> u64 {
    use curbwatch_types::Clock as _;
    let wall = curbwatch_types::SystemClock::new().wall();
    wall.0.unsigned_abs().rotate_left(20) ^ u64::from(std::process::id())
}

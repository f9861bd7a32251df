//! `curbwatch-lab fuzz`.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use curbwatch_lab::{Error, fuzz};
use curbwatch_types::SystemClock;
use serde_json::json;

use super::print;

/// Arguments of `fuzz`.
#[derive(Debug, Args)]
pub(crate) struct FuzzArguments {
    /// Only this target, and no other.
    #[arg(long)]
    target: Option<String>,
    /// Seconds for each target.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// What the changes are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder with a folder for each target.
    #[arg(long, default_value = "fuzz/corpus")]
    corpus: PathBuf,
    /// Where an input that broke something is written.
    #[arg(long, default_value = "fuzz/artifacts")]
    artifacts: PathBuf,
}

/// Runs the targets one after the other; a line of JSON for each, and an error at the first finding.
pub(crate) fn fuzz(arguments: FuzzArguments) -> Result<(), Error> {
    let options = fuzz::Options {
        corpus: arguments.corpus,
        duration: Duration::from_secs(arguments.seconds),
        seed: arguments.seed,
    };
    let names: Vec<&str> = match &arguments.target {
        Some(target) => vec![target],
        None => fuzz::TARGETS.iter().map(|(name, _)| *name).collect(),
    };
    for name in names {
        match fuzz::run(name, &options, &SystemClock::new())? {
            Ok(ran) => print(&json!({"target": name, "corpus": ran.corpus, "changed": ran.changed}))?,
            Err(finding) => {
                let path = kept(&arguments.artifacts, &finding)?;
                return Err(Error::Content {
                    path: path.display().to_string(),
                    problem: format!("{} breaks on {}: {}", finding.target, finding.from, finding.what),
                });
            }
        }
    }
    Ok(())
}

fn kept(artifacts: &std::path::Path, finding: &fuzz::Finding) -> Result<PathBuf, Error> {
    let folder = artifacts.join(finding.target);
    let path = folder.join("finding");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::File::create(&path))
        .and_then(|mut file| file.write_all(&finding.input))
        .map_err(|source| Error::File {
            path: path.clone(),
            source,
        })?;
    Ok(path)
}

//! `check` and `schema`: what the configuration may say, and whether it does.

use std::path::PathBuf;

use clap::Args;
use curbwatch_case::Gate;
use curbwatch_config::Config;
use curbwatch_engine::{Budgets, Gates, out_of_reach, promises};
use curbwatch_types::ViolationClass;

use crate::failure::Failure;

/// Cameras named at most, of those that cannot be received from.
const UNUSABLE_MAX: usize = 20;

/// Lines at most about rules that cameras are looked at too seldom for.
const SELDOM_MAX: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The configuration.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
}

pub(crate) fn check(arguments: &Arguments) -> Result<(), Failure> {
    let config = super::load(&arguments.config)?;
    let unusable = curbwatch_engine::unusable(&config);
    if !unusable.is_empty() {
        let told: Vec<String> = unusable
            .iter()
            .take(UNUSABLE_MAX)
            .map(ToString::to_string)
            .collect();
        return Err(Failure::Wrong(format!(
            "{}: {} cameras cannot be received from; correct their URLs, or allow their kind of address by \
             `ingest.addresses_allowed`\n{}",
            arguments.config.display(),
            unusable.len(),
            told.join("\n")
        )));
    }
    let unknown = curbwatch_engine::unusable_views(&config);
    if !unknown.is_empty() {
        let told: Vec<String> = unknown
            .iter()
            .take(UNUSABLE_MAX)
            .map(ToString::to_string)
            .collect();
        return Err(Failure::Wrong(format!(
            "{}: views of {} cameras cannot be known by their pictures\n{}",
            arguments.config.display(),
            unknown.len(),
            told.join("\n")
        )));
    }
    let gates = Gates::read(&config).map_err(|cause| Failure::Wrong(cause.to_string()))?;
    let watched = config.cameras.iter().filter(|camera| camera.is_watched()).count();
    println!(
        "{}: no problem; {} cameras ({watched} with a url), {} zones",
        arguments.config.display(),
        config.cameras.len(),
        config.zones().count()
    );
    println!("{}", who_sends(&config, &gates));
    for (name, shared, waiting) in Budgets::new(&config).starving() {
        let staying = shared.staying();
        eprintln!(
            "warning: {name}: {staying} cameras that stay connected and {} sessions: at any time {waiting} cameras wait and are not watched; \
             allow more sessions, or set `mode = \"patrol\"` for some",
            staying - waiting
        );
    }
    for promise in promises(&config).iter().filter(|promise| !promise.holds()) {
        eprintln!("warning: {promise}");
    }
    let seldom = out_of_reach(&config);
    for rule in seldom.iter().take(SELDOM_MAX) {
        eprintln!("warning: {rule}");
    }
    if seldom.len() > SELDOM_MAX {
        eprintln!(
            "warning: {} more rules are out of reach by how seldom cameras are looked at",
            seldom.len() - SELDOM_MAX
        );
    }
    for (frame, views) in config.lonely_frames() {
        let views = if views == 0 {
            "no view is"
        } else {
            "one view alone is"
        };
        eprintln!(
            "warning: {views} measured into the frame `{frame}`: nothing can be compared there; give the homography of another view \
             of the same ground `frame = \"{frame}\"`, measured from the same corner"
        );
    }
    for camera in &config.cameras {
        let is_known = camera.views.iter().any(|stored| stored.view == camera.view);
        if !camera.views.is_empty() && !is_known {
            eprintln!(
                "warning: camera {} has further views, and its base view `{}` is learned from the first picture that shows none of \
                 them, be it on the way from one to the next; store one of it, too",
                camera.id, camera.view
            );
        }
    }
    Ok(())
}

/// Names the classes whose cases wait for a person, and why.
fn who_sends(config: &Config, gates: &Gates) -> String {
    let held: Vec<String> = ViolationClass::NAMES
        .iter()
        .filter(|(class, _)| gates.gate(*class) == Gate::Held)
        .map(|(class, name)| {
            let by_label = gates.is_by_label(*class);
            let why = if by_label {
                gates.measured(*class).label()
            } else {
                "by [review]"
            };
            format!("{name} ({why})")
        })
        .collect();
    let model = config.inference.model.display();
    if held.is_empty() {
        return format!("{model}: no class is held for review; every case is sent by itself");
    }
    format!(
        "{model}: held for review, not sent by itself: {}; `curbwatch cases release` lets a case go, `[review]` a class",
        held.join(", ")
    )
}

pub(crate) fn schema() {
    println!("{}", curbwatch_config::schema().trim_end());
}

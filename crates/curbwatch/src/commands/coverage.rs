//! `coverage`: who was not watched when, why and for how long.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use curbwatch_case::{Coverage, CoverageFilter, LedgerReader, from_rfc3339, rfc3339};
use curbwatch_types::{BlindCause, CameraId, Wall};
use serde_json::{Value, json};

use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The configuration that names the store.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
    /// The store's folder, instead of the configuration's.
    #[arg(long)]
    store: Option<PathBuf>,
    /// One camera, with all its intervals.
    #[arg(long, value_parser = camera_id)]
    camera: Option<CameraId>,
    /// From here on: `2026-11-27` or `2026-11-27T08:00:00+08:00`. Default: the ledger's beginning.
    #[arg(long, value_parser = moment)]
    from: Option<Wall>,
    /// Until here. Default: the last moment that is accounted for.
    #[arg(long, value_parser = moment)]
    to: Option<Wall>,
    /// One JSON object a line, with the intervals.
    #[arg(long)]
    json: bool,
}

fn camera_id(text: &str) -> Result<CameraId, String> {
    CameraId::new(text).map_err(|cause| cause.to_string())
}

fn moment(text: &str) -> Result<Wall, String> {
    from_rfc3339(text)
        .ok_or_else(|| "write a date or a moment: 2026-11-27 or 2026-11-27T08:00:00Z".to_owned())
}

pub(crate) fn coverage(arguments: &Arguments) -> Result<(), Failure> {
    let directory = match &arguments.store {
        Some(directory) => directory.clone(),
        None => super::load(&arguments.config)?.store.directory,
    };
    let filter = CoverageFilter {
        camera: arguments.camera.clone(),
        from: arguments.from,
        until: arguments.to,
    };
    let cameras = LedgerReader::open(&directory)?.coverage(&filter)?;
    if let (Some(camera), true) = (&arguments.camera, cameras.is_empty()) {
        return Err(Failure::Wrong(format!(
            "the ledger has nothing on camera {camera} in that time; without --camera it lists those it has"
        )));
    }
    if arguments.json {
        for camera in &cameras {
            println!("{}", row(camera));
        }
        return Ok(());
    }
    print(&cameras, arguments.camera.is_some());
    Ok(())
}

/// One camera as JSON: the window, the totals, the intervals. Times in milliseconds since 1970 UTC.
pub(crate) fn row(camera: &Coverage) -> Value {
    let blind: BTreeMap<&str, i64> = camera
        .blind_millis
        .iter()
        .map(|(cause, millis)| (cause.name(), *millis))
        .collect();
    let intervals: Vec<Value> = camera
        .intervals
        .iter()
        .map(|interval| {
            json!({
                "cause": interval.cause.name(),
                "why": interval.why,
                "from_ms": interval.from.0,
                "until_ms": interval.until.0,
                "open": interval.open,
            })
        })
        .collect();
    json!({
        "camera": camera.camera.as_str(),
        "from_ms": camera.from.0,
        "until_ms": camera.until.0,
        "watched_ms": camera.watched_millis(),
        "watched_share": camera.watched_share(),
        "blind_ms": blind,
        "intervals": intervals,
    })
}

fn print(cameras: &[Coverage], with_intervals: bool) {
    for camera in cameras {
        let blind: Vec<String> = by_time(&camera.blind_millis)
            .into_iter()
            .map(|(cause, millis)| format!("{} {}", cause.name(), span(millis)))
            .collect();
        println!(
            "{}  {}  of {}  {}",
            camera.camera,
            percent(camera.watched_share()),
            span(camera.millis()),
            blind.join(", ")
        );
        if with_intervals {
            for interval in &camera.intervals {
                println!(
                    "  {} – {}  {:>9}  {:<10} {}",
                    rfc3339(interval.from),
                    if interval.open {
                        "now".to_owned()
                    } else {
                        rfc3339(interval.until)
                    },
                    span(interval.millis()),
                    interval.cause.name(),
                    interval.why
                );
            }
        }
    }
    if cameras.len() > 1 {
        let (mut all, mut watched, mut blind) = (0, 0, BTreeMap::new());
        for camera in cameras {
            all += camera.millis();
            watched += camera.watched_millis();
            for (cause, millis) in &camera.blind_millis {
                *blind.entry(*cause).or_insert(0) += millis;
            }
        }
        let share = (all > 0).then(|| watched as f64 / all as f64);
        println!(
            "{} cameras watched for {} of their time",
            cameras.len(),
            percent(share)
        );
        for (cause, millis) in by_time(&blind) {
            println!("  {:<10} {}", cause.name(), span(millis));
        }
    }
}

fn by_time(blind: &BTreeMap<BlindCause, i64>) -> Vec<(BlindCause, i64)> {
    let mut causes: Vec<_> = blind.iter().map(|(cause, millis)| (*cause, *millis)).collect();
    causes.sort_by_key(|(_, millis)| std::cmp::Reverse(*millis));
    causes
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(
        || "no time yet".to_owned(),
        |share| format!("{:.2} %", floor(share * 100.0)),
    )
}

/// A camera that was blind for a second was not watched for 100 %.
fn floor(percent: f64) -> f64 {
    (percent * 100.0).floor() / 100.0
}

/// `3d 04h`, `2h 05min`, `4min 10s`, `7.5s`.
fn span(millis: i64) -> String {
    let secs = millis / 1000;
    match secs {
        86_400.. => format!("{}d {:02}h", secs / 86_400, secs / 3600 % 24),
        3600.. => format!("{}h {:02}min", secs / 3600, secs / 60 % 60),
        60.. => format!("{}min {:02}s", secs / 60, secs % 60),
        _ => format!("{:.1}s", millis as f64 / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_shares_read_as_people_write_them() {
        let rows = [
            (0, "0.0s"),
            (7_540, "7.5s"),
            (250_000, "4min 10s"),
            (7_500_000, "2h 05min"),
            (274_000_000, "3d 04h"),
        ];
        for (millis, want) in rows {
            assert_eq!(span(millis), want);
        }
        assert_eq!(percent(Some(0.999_999)), "99.99 %");
        assert_eq!(percent(Some(1.0)), "100.00 %");
    }
}

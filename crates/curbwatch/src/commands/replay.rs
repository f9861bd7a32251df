//! `replay`: footage in, rows out.

use std::path::PathBuf;

use clap::Args;
use curbwatch_engine::{Progress, Rechecks, ReplayOptions};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The configuration: cameras, zones, rules, model.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
    /// The footage manifest: one JSON object a line with `camera`, `file`, `start_ms`.
    #[arg(long)]
    footage: PathBuf,
    /// Where the life-cycle rows go, one JSON object a line.
    #[arg(long)]
    out: PathBuf,
    /// Where it is told how each camera was watched in the footage, one JSON object a line: gaps between
    /// visits are blind time.
    #[arg(long)]
    coverage: Option<PathBuf>,
    /// Re-check orders: one JSON object a line with `order_id`, `at_ms`, `camera`, `purpose`, `class`, and `case_id` or
    /// `box`.
    #[arg(long)]
    orders: Option<PathBuf>,
    /// Where the verdicts go, one JSON object a line; without it `verdicts.jsonl` beside the rows.
    #[arg(long, requires = "orders")]
    verdicts: Option<PathBuf>,
    /// Keep the decision record in this folder, for `curbwatch why --store`.
    #[arg(long)]
    store: Option<PathBuf>,
    /// Vision workers; 0 takes the configuration's number.
    #[arg(long, default_value_t = 0)]
    workers: usize,
}

pub(crate) fn replay(arguments: &Arguments) -> Result<(), Failure> {
    let config = super::load(&arguments.config)?;
    let workers = if arguments.workers == 0 {
        config.inference.workers
    } else {
        arguments.workers
    };
    let options = ReplayOptions {
        footage: arguments.footage.clone(),
        out: arguments.out.clone(),
        rechecks: arguments.orders.clone().map(|orders| Rechecks {
            orders,
            verdicts: arguments
                .verdicts
                .clone()
                .unwrap_or_else(|| arguments.out.with_file_name("verdicts.jsonl")),
        }),
        workers,
        store: arguments.store.clone(),
    };
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} visits, {msg} opened, {eta} left")
    {
        bar.set_style(style);
    }
    let report = curbwatch_engine::replay(
        &config,
        &options,
        |Progress {
             visits,
             visits_total,
             opened,
         }| {
            bar.set_length(visits_total as u64);
            bar.set_position(visits as u64);
            bar.set_message(opened.to_string());
        },
    )?;
    bar.finish_and_clear();
    eprintln!("{} visits, {} looks", report.visits, report.looks);
    for (change, rows) in &report.rows {
        eprintln!("  {:<10} {rows}", change.name());
    }
    for (verdict, rows) in &report.verdicts {
        eprintln!("  re-check {verdict:<12} {rows}");
    }
    let (watched, all) = report.coverage.iter().fold((0, 0), |(watched, all), coverage| {
        (watched + coverage.watched_millis(), all + coverage.millis())
    });
    if all > 0 {
        eprintln!(
            "  {} cameras watched for {:.1} % of the footage's time",
            report.coverage.len(),
            100.0 * watched as f64 / all as f64
        );
    }
    if let Some(path) = &arguments.coverage {
        let lines: Vec<String> = report
            .coverage
            .iter()
            .map(|coverage| format!("{}\n", super::coverage::row(coverage)))
            .collect();
        std::fs::write(path, lines.concat())
            .map_err(|cause| Failure::Environment(format!("{}: {cause}", path.display())))?;
    }
    for (reason, (count, cause)) in &report.blind {
        eprintln!(
            "  {count} looks brought nothing ({}); the first: {cause}",
            reason.name()
        );
    }
    Ok(())
}

//! `eval`: what a detector finds of what is there, and what the cases say of what happened.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use curbwatch_lab::Error;
use curbwatch_lab::eval;
use curbwatch_lab::eval::cases::cases;
use curbwatch_lab::eval::detect::{Fairness, Task, detect};
use curbwatch_lab::eval::health::{self, health};
use curbwatch_lab::eval::labels::{Choice, Renames};
use curbwatch_lab::eval::recheck::{OrderTask, recheck, write_orders};
use curbwatch_lab::eval::roadtrack::roadtrack;
use curbwatch_lab::eval::sensitivity::{Material, Scorer, sensitivity};
use indicatif::{ProgressBar, ProgressStyle};

use super::print;

#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Average precision of a model on labelled pictures, as COCO counts it.
    Detect(DetectArguments),
    /// Precision, recall and delay of cases against event truth.
    Cases(CasesArguments),
    /// The rule layer on the detections of highway cameras, scored as the archive's authors do.
    Roadtrack(RoadtrackArguments),
    /// Real pictures, as they are and damaged: what is held as blurred, dazzled or changing to infrared.
    Health(HealthArguments),
    /// The scene alone, each parameter at 0.7 and 1.4 times what it is: a Markdown table of what comes of it.
    Sensitivity(SensitivityArguments),
    /// Write re-check orders from a truth: in the middle of every stay, after its end, and while no picture shows the view.
    RecheckOrders(OrdersArguments),
    /// Verdicts of such orders against the truth.
    Recheck(RecheckArguments),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    Real,
    Synthetic,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DetectArguments {
    /// Model manifest.
    #[arg(long)]
    model: PathBuf,
    /// Folder of pictures, JPEG or PNG.
    #[arg(long)]
    images: PathBuf,
    /// Folder of YOLO text files, or the labels.jsonl of `street set`.
    #[arg(long)]
    labels: PathBuf,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Where the pictures come from; goes into the result.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only the first N pictures by name.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only the pictures that this file names, one a line: a held-out split.
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Weakest detection that takes part.
    #[arg(long, default_value_t = 0.01, value_parser = share)]
    min_score: f32,
    /// What a class is taken for on both sides (`van=car`), what is left out (`sign=`), or a file of such lines.
    #[arg(long, value_name = "A=B|FILE", num_args = 1..)]
    classes_as: Vec<String>,
    /// Least share of a thing that must be seen for it to count.
    #[arg(long, default_value_t = Fairness::default().visible_min)]
    visible_min: f64,
    /// Least height of what is seen of a thing for it to count, in pixels.
    #[arg(long, default_value_t = Fairness::default().height_min)]
    height_min: f64,
    /// Least area of the box of what is seen of a thing for it to count, in pixels.
    #[arg(long, default_value_t = Fairness::default().area_min)]
    area_min: f64,
    /// Pictures looked at at once; 0 is one per core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CasesArguments {
    /// Event truth; several files are taken together.
    #[arg(long, required = true, num_args = 1..)]
    truth: Vec<PathBuf>,
    /// What `curbwatch replay` wrote.
    #[arg(long)]
    cases: PathBuf,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Where the material comes from, against what the truth says of itself.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct HealthArguments {
    /// The footage manifest: one JSON object a line with `camera`, `file`, `start_ms`.
    #[arg(long)]
    footage: PathBuf,
    /// Damage sets in at every so-manieth look.
    #[arg(long, default_value_t = 7)]
    every: usize,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RoadtrackArguments {
    /// The unpacked archive: P, N, homographies, cameras.json, filter.json.
    folder: PathBuf,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SensitivityArguments {
    /// The unpacked highway archive, instead of recorded looks.
    #[arg(
        long,
        conflicts_with = "observations",
        required_unless_present = "observations"
    )]
    roadtrack: Option<PathBuf>,
    /// What `curbwatch-lab observe` wrote.
    #[arg(long, requires = "config")]
    observations: Option<PathBuf>,
    /// The configuration that was observed with.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Event truth of the recorded looks; several files are taken together.
    #[arg(long, num_args = 1.., conflicts_with = "scorer")]
    truth: Vec<PathBuf>,
    /// The Python scorer beside the patrol labels, instead of event truth.
    #[arg(long)]
    scorer: Option<PathBuf>,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

impl SensitivityArguments {
    fn material(self) -> Result<Material, Error> {
        if let Some(folder) = self.roadtrack {
            return Ok(Material::Roadtrack(folder));
        }
        let (Some(observations), Some(config)) = (self.observations, self.config) else {
            return Err(Error::Options(
                "name --roadtrack, or --observations with --config",
            ));
        };
        let scorer = match self.scorer {
            Some(program) => Scorer::Program(program),
            None if self.truth.is_empty() => {
                return Err(Error::Options(
                    "name --truth or --scorer: without, nothing can be counted",
                ));
            }
            None => Scorer::Truth(self.truth),
        };
        Ok(Material::Recorded {
            observations,
            config: Box::new(super::load(&config)?),
            scorer,
        })
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct OrdersArguments {
    /// Event truth, or the truth of patrol cameras; several files are taken together.
    #[arg(long, required = true, num_args = 1..)]
    truth: Vec<PathBuf>,
    /// What a replay without orders wrote: the orders then name its cases.
    #[arg(long)]
    cases: Option<PathBuf>,
    /// How long an order waits, in seconds.
    #[arg(long, default_value_t = curbwatch_case::RECHECK_DEADLINE_SECS)]
    deadline_secs: u32,
    /// Where the orders go, for `curbwatch replay --orders`.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RecheckArguments {
    /// The truth the orders were made from.
    #[arg(long, required = true, num_args = 1..)]
    truth: Vec<PathBuf>,
    /// What `curbwatch replay --orders` wrote.
    #[arg(long)]
    verdicts: PathBuf,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// Where the material comes from, against what the truth says of itself.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

pub(crate) fn eval(command: EvalCommand) -> Result<(), Error> {
    match command {
        EvalCommand::Detect(arguments) => eval_detect(arguments),
        EvalCommand::Cases(arguments) => {
            let kind = arguments.kind.map(Into::into);
            show(&cases(&arguments.truth, &arguments.cases, kind)?, arguments.json)
        }
        EvalCommand::RecheckOrders(arguments) => {
            let task = OrderTask {
                truth: arguments.truth,
                cases: arguments.cases,
                deadline_secs: arguments.deadline_secs,
                out: arguments.out,
            };
            print(&serde_json::json!({ "orders": write_orders(&task)? }))
        }
        EvalCommand::Recheck(arguments) => {
            let kind = arguments.kind.map(Into::into);
            show(
                &recheck(&arguments.truth, &arguments.verdicts, kind)?,
                arguments.json,
            )
        }
        EvalCommand::Health(HealthArguments { footage, every }) => {
            let bar = ProgressBar::new_spinner();
            let rows = health(&health::Task { footage, every }, &|| bar.inc(1));
            bar.finish_and_clear();
            print(&serde_json::json!(rows?))
        }
        EvalCommand::Roadtrack(arguments) => {
            let bar = bar("{pos} sequences, {elapsed}");
            let report = roadtrack(&arguments.folder, &|| bar.inc(1));
            bar.finish_and_clear();
            show(&report?, arguments.json)
        }
        EvalCommand::Sensitivity(arguments) => {
            let json = arguments.json;
            let bar = bar("{pos} settings, {elapsed}");
            let report = sensitivity(&arguments.material()?, &|| bar.inc(1));
            bar.finish_and_clear();
            show(&report?, json)
        }
    }
}

fn eval_detect(arguments: DetectArguments) -> Result<(), Error> {
    let assets = std::env::var_os("CURBWATCH_ASSETS").map(PathBuf::from);
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let task = Task {
        model: arguments.model,
        model_dirs: assets.map(|folder| folder.join("models")).into_iter().collect(),
        images: arguments.images,
        labels: arguments.labels,
        choice: Choice {
            list: arguments.list,
            limit: arguments.limit,
        },
        renames: Renames::parse(arguments.classes_as.iter().map(String::as_str))?,
        kind: arguments.kind.map_or(eval::Kind::Unstated, Into::into),
        min_score: arguments.min_score,
        fairness: Fairness {
            visible_min: arguments.visible_min,
            height_min: arguments.height_min,
            area_min: arguments.area_min,
        },
        threads: if arguments.threads == 0 {
            cores()
        } else {
            arguments.threads
        },
    };
    let bar = bar("{pos} pictures, {per_sec}, {elapsed}");
    let report = detect(&task, &|| bar.inc(1));
    bar.finish_and_clear();
    let report = report?;
    if report.candidates_dropped > 0 {
        let _ = writeln!(
            std::io::stderr(),
            "curbwatch-lab: the detector dropped {} candidates over its bound; a higher --min-score drops none",
            report.candidates_dropped
        );
    }
    show(&report, arguments.json)
}

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn show<T: serde::Serialize + std::fmt::Display>(report: &T, json: bool) -> Result<(), Error> {
    if json {
        let text = serde_json::to_string(report).map_err(|e| Error::Content {
            path: "report".to_owned(),
            problem: e.to_string(),
        })?;
        print(&text)
    } else {
        print(report)
    }
}

impl From<Kind> for eval::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Real => Self::Real,
            Kind::Synthetic => Self::Synthetic,
        }
    }
}

fn share(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().map_err(|e| e.to_string())?;
    if (0.0..=1.0).contains(&number) {
        Ok(number)
    } else {
        Err("is a share from 0 to 1".to_owned())
    }
}

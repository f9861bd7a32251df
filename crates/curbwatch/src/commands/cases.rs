//! `cases` and `verify-evidence`: what is stored, and a person's word on what is held.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use curbwatch_case::{
    CaseFilter, CaseId, CaseReader, CaseSummary, Decided, Review, Reviewer, Ruling, rfc3339,
};
use curbwatch_types::{Clock, Measured, SystemClock, Wall};

use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The configuration that names the store.
    #[arg(long, default_value = "curbwatch.toml", global = true)]
    config: PathBuf,
    /// The store's folder, instead of the configuration's.
    #[arg(long, global = true)]
    store: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One case a line, newest first.
    List {
        /// Only cases that stand open.
        #[arg(long)]
        open: bool,
        /// Only cases that wait for a person.
        #[arg(long)]
        held: bool,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// One case with its changes, as JSON lines.
    Show {
        /// The case.
        #[arg(value_parser = case_id)]
        id: CaseId,
    },
    /// Let held cases go: everything of them is sent, in order, and so is what follows.
    Release {
        /// The cases; all of them or, if one is wrong, none.
        #[arg(required = true, value_parser = case_id)]
        ids: Vec<CaseId>,
        /// Why; kept with the case.
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        reviewer: By,
    },
    /// Say no to held cases: nothing of them is ever sent.
    Dismiss {
        /// The cases; all of them or, if one is wrong, none.
        #[arg(required = true, value_parser = case_id)]
        ids: Vec<CaseId>,
        /// Why; kept with the case.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        reviewer: By,
    },
    /// Try again what a consumer refused for good, after somebody mended the cause.
    Retry {
        /// The sink's name.
        sink: String,
    },
    /// Copy every case with its evidence into a new folder.
    Export {
        /// The folder; it must not exist or be empty.
        directory: PathBuf,
    },
}

#[derive(Debug, Args)]
struct By {
    /// Who decides; kept with the case.
    #[arg(long, env = "USER", hide_env_values = true)]
    by: Option<String>,
}

impl By {
    fn ruling(&self, reason: Option<&String>) -> Ruling {
        Ruling {
            at: SystemClock::new().wall(),
            by: self.by.clone().filter(|by| !by.is_empty()),
            reason: reason.cloned(),
        }
    }
}

pub(crate) fn case_id(text: &str) -> Result<CaseId, String> {
    CaseId::new(text).map_err(|cause| cause.to_string())
}

pub(crate) fn cases(arguments: &Arguments) -> Result<(), Failure> {
    let directory = match &arguments.store {
        Some(directory) => directory.clone(),
        None => super::load(&arguments.config)?.store.directory,
    };
    match &arguments.command {
        Command::List { open, held, limit } => list(
            &CaseReader::open(&directory)?,
            &CaseFilter {
                open_only: *open,
                held_only: *held,
                limit: *limit,
                ..CaseFilter::default()
            },
        ),
        Command::Show { id } => show(&CaseReader::open(&directory)?, id),
        Command::Export { directory: to } => export(&CaseReader::open(&directory)?, to),
        Command::Release {
            ids,
            reason,
            reviewer,
        } => {
            let decided = Reviewer::open(&directory)?.release(ids, &reviewer.ruling(reason.as_ref()))?;
            say(ids, &decided, "released", "on their way");
            Ok(())
        }
        Command::Dismiss {
            ids,
            reason,
            reviewer,
        } => {
            let decided = Reviewer::open(&directory)?.dismiss(ids, &reviewer.ruling(Some(reason)))?;
            say(ids, &decided, "dismissed", "given up");
            Ok(())
        }
        Command::Retry { sink } => {
            let rows = Reviewer::open(&directory)?.release_parked(sink)?;
            println!("{sink}: deliveries tried again: {rows}");
            Ok(())
        }
    }
}

/// What a ruling did, one case a line.
fn say(ids: &[CaseId], decided: &[Decided], what: &str, became: &str) {
    for (id, decided) in ids.iter().zip(decided) {
        match decided {
            Decided::Now { deliveries } => println!("{id}: {what}, deliveries {became}: {deliveries}"),
            Decided::Before => println!("{id}: {what} before; nothing was changed"),
        }
    }
}

/// How it was measured and where it stands with the reviewers, in words.
fn standing(case: &CaseSummary) -> String {
    let measured = case.measured.map_or("not recorded", Measured::label);
    let ruling = case.ruling.as_ref().map_or_else(String::new, |ruling| {
        let by = ruling.by.as_ref().map(|by| format!(" by {by}"));
        let reason = ruling.reason.as_ref().map(|reason| format!(": {reason}"));
        format!(
            " {}{}{}",
            rfc3339(ruling.at),
            by.unwrap_or_default(),
            reason.unwrap_or_default()
        )
    });
    match case.review {
        Review::Open => measured.to_owned(),
        review => format!("{measured}  {}{ruling}", review.label()),
    }
}

fn list(reader: &CaseReader, filter: &CaseFilter) -> Result<(), Failure> {
    for case in reader.list(filter)? {
        println!(
            "{}  {:<10} {}  {}  {}/{}  first {}  last {}  {}",
            case.id,
            case.state.name(),
            rfc3339(case.decided_at),
            case.class.name(),
            case.camera,
            case.zone,
            rfc3339(case.first_seen),
            rfc3339(case.last_seen),
            standing(&case),
        );
    }
    Ok(())
}

fn show(reader: &CaseReader, id: &CaseId) -> Result<(), Failure> {
    let Some(detail) = reader.show(id)? else {
        return Err(Failure::Wrong(format!(
            "there is no case {id}; `curbwatch cases list` names them"
        )));
    };
    eprintln!("  {}", standing(&detail.summary));
    if detail.summary.review == Review::Held {
        eprintln!("  curbwatch cases release {id}, or curbwatch cases dismiss {id} --reason ...");
    }
    if let Some(change) = detail.changes.last() {
        for line in rule_in_words(&change.event_json) {
            eprintln!("  {line}");
        }
    }
    for change in &detail.changes {
        println!("{}", change.row_json);
        if let Some(evidence) = &change.evidence {
            eprintln!("  evidence: {}", reader.directory().join(evidence).display());
        }
    }
    Ok(())
}

/// The rule of a case as it was resolved, one line each: parameters with what set them, and what had hours or a term there.
fn rule_in_words(event_json: &str) -> Vec<String> {
    let event: serde_json::Value = serde_json::from_str(event_json).unwrap_or_default();
    let rule = &event["data"]["rule"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let moment = |value: &serde_json::Value| value.as_i64().map(|ms| rfc3339(Wall(ms)));
    let list = |name: &str| rule[name].as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for parameter in list("parameters") {
        let (name, value) = (text(&parameter["name"]), &parameter["value"]);
        lines.push(format!("rule {name} = {value} ({})", text(&parameter["origin"])));
    }
    if let Some(since) = moment(&rule["in_force_since_ms"]) {
        lines.push(format!(
            "rule in force since {since}: the dwell counts from there, or from the first look"
        ));
    }
    for condition in list("conditions") {
        let holds = if condition["holds"].as_bool() == Some(true) {
            "in force"
        } else {
            "not in force"
        };
        let since = moment(&condition["since_ms"]).map_or_else(String::new, |at| format!(" since {at}"));
        let until = moment(&condition["until_ms"]).map_or_else(String::new, |at| format!(" until {at}"));
        lines.push(format!("{}: {holds}{since}{until}", text(&condition["what"])));
    }
    let also: Vec<String> = event["data"]["also"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    if !also.is_empty() {
        lines.push(format!("also {}", also.join(", ")));
    }
    lines.extend(on_the_ground(&event["data"]));
    lines
}

/// Where it stands on shared ground, and who has seen it.
fn on_the_ground(case: &serde_json::Value) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let moment = |value: &serde_json::Value| value.as_i64().map(|ms| rfc3339(Wall(ms)));
    let mut lines = Vec::new();
    let ground = &case["place"]["ground"];
    if ground.is_object() {
        let lon_lat = ground["lon"].as_f64().zip(ground["lat"].as_f64());
        lines.push(format!(
            "stands in {} at {} m east, {} m north, give or take {} m{}",
            text(&ground["frame"]),
            ground["east_m"],
            ground["north_m"],
            ground["accuracy_m"],
            lon_lat.map_or_else(String::new, |(lon, lat)| format!(" ({lat:.6}, {lon:.6})"))
        ));
    }
    for witness in case["witnesses"].as_array().into_iter().flatten() {
        let gone = moment(&witness["gone_ms"]).map_or_else(String::new, |at| format!(", seen gone {at}"));
        lines.push(format!(
            "seen by camera {} (view {}, zone {}) since {}{gone}",
            text(&witness["camera"]),
            text(&witness["view"]),
            text(&witness["zone"]),
            moment(&witness["first_seen"]["ms"]).unwrap_or_default()
        ));
    }
    lines
}

fn export(reader: &CaseReader, directory: &Path) -> Result<(), Failure> {
    let exported = curbwatch_case::export(
        reader,
        &CaseFilter {
            limit: usize::MAX,
            ..CaseFilter::default()
        },
        directory,
    )?;
    println!(
        "{}: {} cases, {} files",
        directory.display(),
        exported.cases,
        exported.files
    );
    Ok(())
}

pub(crate) fn verify(path: &Path) -> Result<(), Failure> {
    let verified = curbwatch_case::verify_evidence(path)?;
    if verified.wrong.is_empty() {
        println!("{}: {} files as they were made", path.display(), verified.files);
        return Ok(());
    }
    for wrong in &verified.wrong {
        println!("{}: {}", wrong.path.display(), wrong.problem.name());
    }
    Err(Failure::Wrong(format!(
        "{} files are not as they were made",
        verified.wrong.len()
    )))
}

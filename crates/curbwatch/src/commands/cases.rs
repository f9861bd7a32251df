//! `cases` and `verify-evidence`: what is stored.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use curbwatch_case::{CaseFilter, CaseId, CaseReader, rfc3339};

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
    /// Copy every case with its evidence into a new folder.
    Export {
        /// The folder; it must not exist or be empty.
        directory: PathBuf,
    },
}

fn case_id(text: &str) -> Result<CaseId, String> {
    CaseId::new(text).map_err(|cause| cause.to_string())
}

pub(crate) fn cases(arguments: &Arguments) -> Result<(), Failure> {
    let directory = match &arguments.store {
        Some(directory) => directory.clone(),
        None => super::load(&arguments.config)?.store.directory,
    };
    let reader = CaseReader::open(&directory)?;
    match &arguments.command {
        Command::List { open, limit } => list(&reader, *open, *limit),
        Command::Show { id } => show(&reader, id),
        Command::Export { directory } => export(&reader, directory),
    }
}

fn list(reader: &CaseReader, open_only: bool, limit: usize) -> Result<(), Failure> {
    for case in reader.list(&CaseFilter {
        open_only,
        limit,
        ..CaseFilter::default()
    })? {
        println!(
            "{}  {:<10} {}  {}  {}/{}  first {}  last {}",
            case.id,
            case.state.name(),
            rfc3339(case.decided_at),
            case.class.name(),
            case.camera,
            case.zone,
            rfc3339(case.first_seen),
            rfc3339(case.last_seen),
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
    for change in &detail.changes {
        println!("{}", change.row_json);
        if let Some(evidence) = &change.evidence {
            eprintln!("  evidence: {}", reader.directory().join(evidence).display());
        }
    }
    Ok(())
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

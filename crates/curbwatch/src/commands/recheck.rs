//! `recheck`: a question to a camera about a case, put to the running program by way of the store, and its verdict.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use curbwatch_case::{CaseId, CaseReader, NewOrder, Presence, Reviewer, order_id};
use curbwatch_types::{Clock, RecheckPurpose, SystemClock};

use crate::failure::Failure;

/// How often the store is asked for the verdict.
const ASK_EVERY: Duration = Duration::from_millis(250);
/// How much later than the deadline a verdict may come: the program writes evidence first.
const GRACE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The case.
    #[arg(value_parser = super::cases::case_id)]
    id: CaseId,
    /// What for: before filing (is it really there?) or after handling (is it really gone?).
    #[arg(long, value_enum)]
    purpose: Purpose,
    /// The configuration that names the store.
    #[arg(long, default_value = "curbwatch.toml")]
    config: PathBuf,
    /// Name of the order; the same order given twice is one order. Without it a new one each time.
    #[arg(long, value_parser = name)]
    order: Option<Arc<str>>,
    /// Seconds until it is answered at the latest, instead of the configuration's.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    deadline_secs: Option<u32>,
    /// Give the order and go; the verdict comes by the sinks, and to `curbwatch cases show`.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Purpose {
    Verify,
    Check,
}

fn name(text: &str) -> Result<Arc<str>, String> {
    order_id(text).map_err(|cause| cause.to_string())
}

pub(crate) fn recheck(arguments: &Arguments) -> Result<(), Failure> {
    let config = super::load(&arguments.config)?;
    let directory = &config.store.directory;
    let purpose = match arguments.purpose {
        Purpose::Verify => RecheckPurpose::Verify,
        Purpose::Check => RecheckPurpose::Check,
    };
    let clock = SystemClock::new();
    let at = clock.wall();
    let id = arguments.order.clone().unwrap_or_else(|| {
        let case: String = arguments.id.as_str().chars().take(16).collect();
        format!("{case}-{}-{}", purpose.name(), at.0).into()
    });
    let deadline_secs = arguments.deadline_secs.unwrap_or(config.recheck.deadline_secs);
    let order = NewOrder {
        id: Arc::clone(&id),
        purpose,
        case: arguments.id.clone(),
        at,
        deadline: at.plus_millis(i64::from(deadline_secs) * 1000),
    };
    Reviewer::open(directory)?.order(&order, config.recheck.orders_max)?;
    let nobody = Presence::of(directory)?.is_none();
    if nobody {
        eprintln!(
            "no program runs on {}: order {id} waits there for a `curbwatch run`, {deadline_secs} s at most",
            directory.display()
        );
    } else {
        eprintln!("order {id}: waits for its verdict, {deadline_secs} s at most");
    }
    if arguments.no_wait {
        return Ok(());
    }
    if nobody {
        return Err(Failure::Environment(format!(
            "nobody takes order {id} now; start the program, the verdict comes by the sinks and to `curbwatch cases show`"
        )));
    }
    let reader = CaseReader::open(directory)?;
    let started = clock.monotonic();
    let patience = Duration::from_secs(u64::from(deadline_secs)) + GRACE;
    loop {
        if let Some(row) = reader.verdict(&id)? {
            println!("{row}");
            return Ok(());
        }
        if clock.monotonic().since(started) > patience {
            return Err(Failure::Environment(format!(
                "no verdict came; the order waits in {}: is `curbwatch run` running on it?",
                directory.display()
            )));
        }
        std::thread::sleep(ASK_EVERY);
    }
}

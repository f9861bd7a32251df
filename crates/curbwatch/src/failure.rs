//! How a command fails: one clear line and an exit code.

use std::fmt;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The thing asked about is wrong.
    Wrong(String),
    /// The command line is wrong.
    Usage(String),
    /// The environment failed: disk, network, library, port.
    Environment(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Wrong(_) => 1,
            Self::Usage(_) => 2,
            Self::Environment(_) => 3,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(line) | Self::Usage(line) | Self::Environment(line) => f.write_str(line),
        }
    }
}

impl From<curbwatch_engine::Error> for Failure {
    /// Footage, addresses and a list of cameras are what was asked about; the rest is the machine's.
    fn from(error: curbwatch_engine::Error) -> Self {
        use curbwatch_engine::Error;
        let line = error.to_string();
        match error {
            Error::NothingToWatch
            | Error::UnknownCamera { .. }
            | Error::NoSuchCamera(_)
            | Error::Reference { .. }
            | Error::Orders { .. } => Self::Wrong(line),
            Error::Ingest(cause) if matches!(cause.kind(), "footage" | "url") => Self::Wrong(line),
            _ => Self::Environment(line),
        }
    }
}

impl From<curbwatch_case::Error> for Failure {
    fn from(error: curbwatch_case::Error) -> Self {
        let line = error.to_string();
        match error.blame() {
            curbwatch_case::Blame::Request => Self::Wrong(line),
            _ => Self::Environment(line),
        }
    }
}

//! What can go wrong between an incident and its consumer, each with the one line an operator needs.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::Review;

/// Who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Disk, file system, permissions.
    Environment,
    /// A setting.
    Configuration,
    /// What was asked for is not there, or is wrong.
    Request,
    /// A picture or an incident from further up the road.
    Input,
}

/// Errors of this crate. None loses a committed row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A second writer or courier on one directory.
    #[error(
        "the case store in {} is in use by another process (its {what}); stop that one, or give this one its own directory",
        directory.display()
    )]
    InUse {
        /// The directory of the store.
        directory: PathBuf,
        /// `store` or `courier`.
        what: &'static str,
    },
    /// No space, or over the quota. Try the same batch again later.
    #[error(
        "no space left while {attempted} ({}); committed cases are kept, and it goes on when there is space",
        place.display()
    )]
    StorageFull {
        /// What was being done.
        attempted: &'static str,
        /// Where.
        place: PathBuf,
    },
    /// Read-only file system, file or missing permission. Try the same batch again later.
    #[error(
        "not allowed to write while {attempted} ({}); make the file system writable and give this user the permission",
        place.display()
    )]
    ReadOnly {
        /// What was being done.
        attempted: &'static str,
        /// Where.
        place: PathBuf,
    },
    /// The database file is damaged, or no database.
    #[error(
        "the case database {} is damaged ({detail}); it was left as it is: restore it from a copy, or move it away to begin a new one",
        file.display()
    )]
    Corrupt {
        /// The database.
        file: PathBuf,
        /// What the check said.
        detail: String,
    },
    /// Written by a newer version of this program.
    #[error(
        "the case database {} has schema {found}, this program knows up to {known}; run the newer program",
        file.display()
    )]
    NewerSchema {
        /// The database.
        file: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// There is no store in this directory.
    #[error("there is no case store in {}; `curbwatch run` makes one", directory.display())]
    NoStore {
        /// The directory.
        directory: PathBuf,
    },
    /// There is no coverage ledger in this directory.
    #[error("there is no coverage ledger in {}; `curbwatch run` makes one", directory.display())]
    NoLedger {
        /// The directory.
        directory: PathBuf,
    },
    /// There is no decision record in this directory.
    #[error("there is no decision record in {}; `curbwatch run` makes one, and `curbwatch replay --store` does", directory.display())]
    NoRecord {
        /// The directory.
        directory: PathBuf,
    },
    /// Any other failure of the database.
    #[error("the case database {} failed while {attempted}: {source}", file.display())]
    Store {
        /// What was being done.
        attempted: &'static str,
        /// The database.
        file: PathBuf,
        /// The cause.
        source: rusqlite::Error,
    },
    /// Any other failure of a file.
    #[error("{attempted} failed for {}: {source}", path.display())]
    Io {
        /// What was being done.
        attempted: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A case id that is none.
    #[error("{text:?} is no case id: 1 to 64 letters, digits, `-` or `_`")]
    CaseId {
        /// What was given.
        text: String,
    },
    /// A case that is not in the store.
    #[error("there is no case {case}; `curbwatch cases list` names them")]
    NoCase {
        /// What was asked for.
        case: String,
    },
    /// A ruling on a case that does not wait for one.
    #[error("case {case} is not held: {}; nothing was changed", review.label())]
    NotHeld {
        /// The case.
        case: String,
        /// Where it stands.
        review: Review,
    },
    /// A dismissal without a reason.
    #[error("a dismissal needs a reason: it is what the next person reads")]
    NoReason,
    /// Words of a reviewer that cannot be kept.
    #[error("the {what} must be 1 to {max} characters on one line")]
    Words {
        /// Which words.
        what: &'static str,
        /// Characters at most.
        max: usize,
    },
    /// A re-check order that cannot be taken.
    #[error("re-check order: {problem}")]
    Order {
        /// What is wrong with it.
        problem: String,
    },
    /// A picture of which no evidence can be made.
    #[error("no evidence can be made for case {case} of camera {camera}: {problem}")]
    Picture {
        /// The case.
        case: String,
        /// The camera.
        camera: String,
        /// What is wrong with the picture.
        problem: String,
    },
    /// The table of violation codes is wrong.
    #[error("the table of violation codes {file}: {problem}")]
    Codes {
        /// The file, or `built-in`.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// The settings of a sink are wrong.
    #[error("sink `{name}`: {problem}")]
    Sink {
        /// Its name.
        name: String,
        /// What is wrong, without secrets.
        problem: String,
    },
    /// A value in the database that this program did not write.
    #[error("the case database {} holds {value:?} as {column}, which is none", file.display())]
    Value {
        /// The database.
        file: PathBuf,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
}

impl Error {
    /// Whether the same call can succeed later without anybody changing a setting.
    pub fn retry(&self) -> bool {
        match self {
            Self::StorageFull { .. } | Self::ReadOnly { .. } | Self::InUse { .. } | Self::Io { .. } => true,
            Self::Store { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(
                    ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::CannotOpen
                        | ErrorCode::OutOfMemory
                )
            ),
            _ => false,
        }
    }

    /// Who can mend it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::InUse { .. } | Self::Codes { .. } | Self::Sink { .. } | Self::NewerSchema { .. } => {
                Blame::Configuration
            }
            Self::StorageFull { .. }
            | Self::ReadOnly { .. }
            | Self::Corrupt { .. }
            | Self::Store { .. }
            | Self::Io { .. }
            | Self::Value { .. } => Blame::Environment,
            Self::NoRecord { .. }
            | Self::NoStore { .. }
            | Self::NoLedger { .. }
            | Self::NoCase { .. }
            | Self::NotHeld { .. }
            | Self::NoReason
            | Self::Order { .. }
            | Self::Words { .. } => Blame::Request,
            Self::CaseId { .. } | Self::Picture { .. } => Blame::Input,
        }
    }

    /// Whether something already committed is gone. Only a damaged database can do that.
    pub fn loses_data(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Value { .. })
    }

    /// Names the failure of the database.
    pub(crate) fn of_sqlite(attempted: &'static str, file: &Path, source: rusqlite::Error) -> Self {
        let (file, place) = (file.to_owned(), file.to_owned());
        let Some(cause) = source.sqlite_error() else {
            return Self::Store {
                attempted,
                file,
                source,
            };
        };
        match cause.code {
            ErrorCode::DiskFull => Self::StorageFull { attempted, place },
            // The shared-memory index cannot grow: the only reason seen is a full disk.
            ErrorCode::SystemIoFailure if cause.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
                Self::StorageFull { attempted, place }
            }
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly { attempted, place },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt {
                file,
                detail: source.to_string(),
            },
            _ => Self::Store {
                attempted,
                file,
                source,
            },
        }
    }

    /// Names the failure of a file.
    pub(crate) fn of_io(attempted: &'static str, path: &Path, source: io::Error) -> Self {
        use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        match source.kind() {
            StorageFull | QuotaExceeded => Self::StorageFull {
                attempted,
                place: path.to_owned(),
            },
            PermissionDenied | ReadOnlyFilesystem => Self::ReadOnly {
                attempted,
                place: path.to_owned(),
            },
            _ => Self::Io {
                attempted,
                path: path.to_owned(),
                source,
            },
        }
    }
}

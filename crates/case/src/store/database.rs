//! One connection to the database file, with the settings that make it durable.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::{Error, Options};

/// Name of the database below the store's directory.
const FILE: &str = "cases.sqlite";

/// The write-ahead log is cut back to this when it has been larger.
const JOURNAL_BYTES_MAX: i64 = 64 << 20;

/// A connection and the file it is to, for error lines.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) connection: Connection,
    pub(crate) file: PathBuf,
}

impl Database {
    /// Opens for writing and makes the file when it is missing.
    pub(crate) fn open_for_writing(options: &Options) -> Result<Self, Error> {
        const ATTEMPTED: &str = "opening the case database";
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let database = Self::open(options.directory.join(FILE), flags, ATTEMPTED)?;
        let pages = options.database_pages_max;
        let set = || -> rusqlite::Result<()> {
            let connection = &database.connection;
            connection.busy_timeout(options.busy_timeout)?;
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
            // A commit that has returned survives a power cut (SQLite documentation, "PRAGMA synchronous").
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update_and_check(None, "journal_size_limit", JOURNAL_BYTES_MAX, |_| Ok(()))?;
            if pages > 0 {
                connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
            }
            Ok(())
        };
        set().map_err(|e| Error::of_sqlite(ATTEMPTED, &database.file, e))?;
        Ok(database)
    }

    /// Opens for looking on, beside a running writer or without one.
    pub(crate) fn open_for_reading(directory: &Path) -> Result<Self, Error> {
        const ATTEMPTED: &str = "opening the case database for reading";
        if !directory.join(FILE).is_file() {
            return Err(Error::NoStore {
                directory: directory.to_owned(),
            });
        }
        let database = Self::open(directory.join(FILE), OpenFlags::SQLITE_OPEN_READ_ONLY, ATTEMPTED)?;
        database
            .connection
            .busy_timeout(Options::new(directory).busy_timeout)
            .map_err(|e| Error::of_sqlite(ATTEMPTED, &database.file, e))?;
        super::schema::read_older(&database)?;
        Ok(database)
    }

    /// Reads every page and index (`PRAGMA quick_check`).
    pub(crate) fn check(&self) -> Result<(), Error> {
        let answer: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|e| Error::of_sqlite("checking the case database", &self.file, e))?;
        if answer == "ok" {
            return Ok(());
        }
        Err(Error::Corrupt {
            file: self.file.clone(),
            detail: answer.replace('\n', " "),
        })
    }

    /// Opens any database file, with no settings made.
    pub(crate) fn open(file: PathBuf, flags: OpenFlags, attempted: &'static str) -> Result<Self, Error> {
        // One connection is used by one thread at a time; rusqlite's types see to that.
        let connection = Connection::open_with_flags(&file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(|e| Error::of_sqlite(attempted, &file, e))?;
        Ok(Self { connection, file })
    }
}

/// Makes the store's directory and its evidence folder.
pub(crate) fn create_directories(directory: &Path) -> Result<(), Error> {
    let evidence = directory.join(crate::evidence::FOLDER);
    fs::create_dir_all(&evidence).map_err(|e| Error::of_io("making the store's directory", &evidence, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writing_connection_is_durable() {
        let place = tempfile::tempdir().expect("a folder");
        let database = Database::open_for_writing(&Options::new(place.path())).expect("a database");
        let pragma = |name| {
            database.connection.pragma_query_value(None, name, |row| {
                row.get::<_, rusqlite::types::Value>(0)
                    .map(|value| format!("{value:?}"))
            })
        };
        // SQLite documentation, "PRAGMA synchronous": 2 is FULL.
        for (name, want) in [
            ("synchronous", "Integer(2)"),
            ("journal_mode", "Text(\"wal\")"),
            ("foreign_keys", "Integer(1)"),
        ] {
            assert_eq!(pragma(name).expect(name), want, "{name}");
        }
    }
}

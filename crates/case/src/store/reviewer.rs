//! A person's word on held cases, beside the running program: its own connection and one short
//! transaction for each command, so no lock is needed and a command that dies has done all or nothing.
//!
//! Input: case ids and reasons typed by people. Releasing twice, or again after a kill, is safe: a case
//! is decided once, and its outbox rows become `pending` in the transaction that decides it.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{Database, lock, schema};
use crate::review::{Review, Ruling};
use crate::{CaseId, Error, Options};

/// What a ruling did to one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It was held, and is decided now. Releasing it sets this many deliveries on their way: its changes
    /// so far, for each sink that was configured when they were committed.
    Now {
        /// Outbox rows concerned.
        deliveries: usize,
    },
    /// The same was said before; nothing was changed, the first ruling stands.
    Before,
}

/// Releases and dismisses held cases, and lets refused deliveries be tried again.
#[derive(Debug)]
pub struct Reviewer {
    pub(super) database: Database,
}

impl Reviewer {
    /// Opens the store in `directory`, beside a running program or without one. A store of an older
    /// program is brought up to date first, unless that program still runs.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        // Nothing is made where there is no store.
        drop(Database::open_for_reading(directory)?);
        let mut database = Database::open_for_writing(&Options::new(directory))?;
        if schema::is_older(&database)? {
            let _nobody_writes = lock(directory, "store")?;
            schema::migrate(&mut database)?;
        }
        // Refuses what a newer program wrote.
        schema::migrate(&mut database)?;
        Ok(Self { database })
    }

    /// Lets held cases go: everything of them is sent, in order, and so is what follows. All of them or,
    /// after an error, none.
    pub fn release(&mut self, cases: &[CaseId], ruling: &Ruling) -> Result<Vec<Decided>, Error> {
        self.decide(cases, Review::Released, ruling)
    }

    /// Says no to held cases: nothing of them is ever sent. All of them or, after an error, none. The
    /// scene still knows them, so the same thing does not become a case again while it stands.
    pub fn dismiss(&mut self, cases: &[CaseId], ruling: &Ruling) -> Result<Vec<Decided>, Error> {
        if ruling.reason.is_none() {
            return Err(Error::NoReason);
        }
        self.decide(cases, Review::Dismissed, ruling)
    }

    /// Lets the parked rows of a sink be tried again, after somebody mended what the consumer refused.
    /// Returns how many.
    pub fn release_parked(&mut self, sink: &str) -> Result<usize, Error> {
        release_parked(&self.database.connection, sink)
            .map_err(|e| Error::of_sqlite("releasing parked rows", &self.database.file, e))
    }

    fn decide(&mut self, cases: &[CaseId], to: Review, ruling: &Ruling) -> Result<Vec<Decided>, Error> {
        ruling.check()?;
        let file = self.database.file.clone();
        let failed = |e| Error::of_sqlite("keeping a ruling", &file, e);
        let transaction = self
            .database
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let mut decided = Vec::with_capacity(cases.len());
        for case in cases {
            let stored = review_of(&transaction, case).map_err(failed)?;
            let Some(word) = stored else {
                return Err(Error::NoCase {
                    case: case.to_string(),
                });
            };
            decided.push(match Review::from_name(&word) {
                Some(Review::Held) => Decided::Now {
                    deliveries: keep(&transaction, case, to, ruling).map_err(failed)?,
                },
                Some(review) if review == to => Decided::Before,
                Some(review) => {
                    return Err(Error::NotHeld {
                        case: case.to_string(),
                        review,
                    });
                }
                None => {
                    return Err(Error::Value {
                        file,
                        column: "review",
                        value: word,
                    });
                }
            });
        }
        transaction.commit().map_err(failed)?;
        Ok(decided)
    }
}

/// The word that the store has for a case.
pub(super) fn review_of(transaction: &Transaction<'_>, case: &CaseId) -> rusqlite::Result<Option<String>> {
    transaction
        .prepare_cached("SELECT review FROM cases WHERE case_id = ?1")?
        .query_row([case.as_str()], |row| row.get(0))
        .optional()
}

/// Keeps the ruling and moves the case's waiting rows; they keep their numbers, and with them their order.
fn keep(
    transaction: &Transaction<'_>,
    case: &CaseId,
    to: Review,
    ruling: &Ruling,
) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached(
            "UPDATE cases SET review = ?2, ruling_ms = ?3, ruling_by = ?4, ruling_reason = ?5
             WHERE case_id = ?1 AND review = 'held'",
        )?
        .execute(params![
            case.as_str(),
            to.name(),
            ruling.at.0,
            ruling.by,
            ruling.reason
        ])?;
    transaction
        .prepare_cached(
            "UPDATE outbox SET state = ?2
             WHERE state = 'held' AND seq IN (SELECT seq FROM changes WHERE case_id = ?1)",
        )?
        .execute(params![case.as_str(), to.row_state()])
}

/// Makes refused rows wait again.
pub(super) fn release_parked(connection: &Connection, sink: &str) -> rusqlite::Result<usize> {
    connection.execute(
        "UPDATE outbox SET state = 'pending', attempts = 0, refusals = 0, next_due_ms = 0
         WHERE sink = ?1 AND state = 'parked'",
        [sink],
    )
}

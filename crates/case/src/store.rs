//! The durable store: cases, their changes, and an outbox row for each change and sink, in one
//! SQLite database with write-ahead log and `synchronous=FULL`. One [`Store`] writes; any number of
//! [`CaseReader`]s look on. Input: [`CaseChange`]s whose evidence is already on disk.
//!
//! A single synced commit is bound by the disk (about 170 a second), so the caller hands over what
//! has gathered and [`Store::commit`] makes one transaction of it (group commit).

mod database;
mod lock;
mod read;
mod recheck;
mod reviewer;
mod schema;
mod sweep;
mod write;

use curbwatch_types::CameraId;
use rusqlite::TransactionBehavior;

pub(crate) use database::{Database, create_directories};
pub(crate) use lock::{Lock, lock};
pub use read::{CaseDetail, CaseFilter, CaseReader, CaseSummary, ChangeRecord, OpenCase, Outbox, SinkOutbox};
pub use recheck::{NewOrder, Ordered};
pub use reviewer::{Decided, Reviewer};
pub(crate) use schema::migrate;
pub use sweep::Swept;

use crate::sink_options::check_sinks;
use crate::{CaseChange, CaseId, CodeTable, Committed, Error, Options, Review};

/// The one writer of a directory.
#[derive(Debug)]
pub struct Store {
    database: Database,
    sinks: Vec<String>,
    source: String,
    codes: CodeTable,
    swept: Swept,
    _lock: Lock,
}

impl Store {
    /// Opens the store, makes it when missing, brings its schema up to date, checks it, and sweeps
    /// evidence that no row speaks of. Call it before anything writes evidence.
    pub fn open(options: &Options) -> Result<Self, Error> {
        check_sinks(&options.sinks)?;
        let codes = options
            .codes
            .as_deref()
            .map_or_else(CodeTable::built_in, CodeTable::load)?;
        create_directories(&options.directory)?;
        let lock = lock(&options.directory, "store")?;
        let mut database = Database::open_for_writing(options)?;
        schema::migrate(&mut database)?;
        if options.check_at_open {
            database.check()?;
        }
        let swept = sweep::sweep(&database, &options.directory, options.sweep_max)?;
        let sinks = options.sinks.iter().map(|sink| sink.name().to_owned()).collect();
        Ok(Self {
            database,
            sinks,
            source: options.source.clone(),
            codes,
            swept,
            _lock: lock,
        })
    }

    /// Stores the changes and their outbox rows in one transaction, synced when this returns. After
    /// an error nothing of the batch is stored and the same batch can be tried again; a change that
    /// is stored already is left alone, so trying again after a crash is safe, too. The answer has
    /// one entry for each change, in order.
    pub fn commit(&mut self, changes: &[CaseChange]) -> Result<Vec<Committed>, Error> {
        const ATTEMPTED: &str = "committing cases";
        let failed = |file: &std::path::Path, e| Error::of_sqlite(ATTEMPTED, file, e);
        let file = self.database.file.clone();
        let transaction = self
            .database
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| failed(&file, e))?;
        let mut committed = Vec::with_capacity(changes.len());
        for change in changes {
            let case = CaseId::of(&change.incident)?;
            // The first change of a case decides whether it is held; the bytes say what was decided.
            let stored = reviewer::review_of(&transaction, &case).map_err(|e| failed(&file, e))?;
            let review = stored
                .and_then(|word| Review::from_name(&word))
                .unwrap_or(Review::at_first(change.gate));
            let rendered = write::Rendered::of(change, case, review.gate(), &self.source, &self.codes)?;
            let inserted = write::insert(&transaction, &self.sinks, change, review, &rendered);
            committed.push(inserted.map_err(|e| failed(&file, e))?);
        }
        transaction.commit().map_err(|e| failed(&file, e))?;
        Ok(committed)
    }

    /// Lets the parked rows of a sink be tried again, after somebody mended what the consumer
    /// refused. Returns how many.
    pub fn release_parked(&mut self, sink: &str) -> Result<usize, Error> {
        reviewer::release_parked(&self.database.connection, sink)
            .map_err(|e| Error::of_sqlite("releasing parked rows", &self.database.file, e))
    }

    /// The cases that stand open, oldest first: what `scene` adopts after a restart.
    pub fn open_cases(&self, camera: Option<&CameraId>) -> Result<Vec<OpenCase>, Error> {
        read::open_cases(&self.database, camera)
    }

    /// Cases, newest first.
    pub fn list(&self, filter: &CaseFilter) -> Result<Vec<CaseSummary>, Error> {
        read::list(&self.database, filter)
    }

    /// One case with all its changes.
    pub fn show(&self, id: &CaseId) -> Result<Option<CaseDetail>, Error> {
        read::show(&self.database, id)
    }

    /// How far each sink is.
    pub fn outbox(&self) -> Result<Outbox, Error> {
        read::outbox(&self.database)
    }

    /// What the sweep at the start found.
    pub fn swept(&self) -> &Swept {
        &self.swept
    }
}

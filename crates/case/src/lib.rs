//! Incidents to durable case candidates: evidence, store, outbox, sinks.
//!
//! An [`Incident`](curbwatch_types::Incident) comes in with the pictures that prove it. This crate
//! makes evidence files of the pictures ([`write_evidence`]), commits the change together with one
//! outbox row for each sink in one transaction ([`Store::commit`]), and delivers the outbox at
//! least once, in order for each sink ([`Courier::deliver_due`]). A change has one identity for
//! ever, [`EventId`], which is the idempotency key at every consumer.
//!
//! ```text
//! shots (decoded) -> write_evidence -> CaseChange -> Store::commit -> outbox -> Courier -> JSON lines
//!                    files, fsynced                  one transaction                    -> webhook
//! ```
//!
//! A re-check order is a row as well ([`Reviewer::order`]), found by the running program, and its verdict leaves by the
//! same outbox ([`Store::commit_verdicts`]).
//!
//! A case whose class is not vouched for is *held* ([`Gate`]): stored with all its changes, handed to no
//! sink until a person lets it go ([`Reviewer`]).
//!
//! Everything lives in one directory ([`Options::directory`]):
//!
//! | name | what |
//! |---|---|
//! | `cases.sqlite` (+ `-wal`, `-shm`) | cases, their changes, the outbox |
//! | `decisions.sqlite` (+ `-wal`, `-shm`) | what was decided about places, for `curbwatch why`; bounded |
//! | `evidence/CASE/CHANGE-MS/` | JPEG files and `manifest.json` of one change |
//! | `coverage.sqlite` (+ `-wal`, `-shm`) | who was blind when ([`Ledger`]) |
//! | `memory.sqlite` (+ `-wal`, `-shm`) | what the scenes remember; may be deleted while nothing runs |
//! | `run.lock` | locked while a program takes orders; who it is ([`Presence`]) |
//! | `store.lock`, `courier.lock`, `ledger.lock`, `memory.lock` | one writer of each at a time |
//!
//! Not for: deciding whether something is a violation (`scene`), decoding shots (`decode`), threads
//! and pacing (`engine` calls [`Courier::deliver_due`] in a loop and sleeps). Nothing here reads a
//! clock, an environment variable or a random source: times and the seed are arguments.

mod case_id;
mod change;
mod codes;
mod courier;
mod decisions;
mod error;
mod evidence;
mod export;
mod ledger;
mod memory;
mod options;
mod presence;
mod review;
mod sink_options;
mod store;
mod wire;

pub use case_id::{CaseId, EventId};
pub use change::{CaseChange, Committed};
pub use codes::{CodeStatus, CodeTable, ViolationCode};
pub use courier::{Courier, Delivered};
pub use decisions::{Answer, DecisionOptions, DecisionReader, Decisions, PictureThen, PlaceThen};
pub use error::{Blame, Error};
pub use evidence::{
    EvidenceFile, EvidenceSet, FileProblem, ShotPicture, ShotRole, Verified, WrongFile, to_jpeg,
    verify_evidence, write_evidence, write_verdict_evidence,
};
pub use export::{Exported, export};
pub use ledger::{Before, Coverage, CoverageFilter, Ledger, LedgerReader};
pub use memory::{MemoryStore, SceneMemory};
pub use options::Options;
pub use presence::{Presence, Runs};
pub use review::{Gate, Review, Ruling};
pub use sink_options::SinkOptions;
pub use store::{
    CaseDetail, CaseFilter, CaseReader, CaseSummary, ChangeRecord, Decided, NewOrder, OpenCase, Ordered,
    Outbox, Reviewer, SinkOutbox, Store, Swept,
};
pub use wire::{
    CaseRow, GroundRow, Moment, PlaceInPicture, RECHECK_DEADLINE_SECS, RecheckAnswer, VerdictRow, WitnessRow,
    case_row, cloud_event, from_rfc3339, order_id, order_of_row, rfc3339, verdict_event, verdict_row,
};

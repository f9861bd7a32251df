//! Re-check orders and their verdicts in the store. An order is written beside the running program (one short transaction,
//! no lock) and found by it; its verdict is committed with an outbox row for each sink, as a change is. An order that
//! waits survives a restart because it is a row.

use std::sync::Arc;

use curbwatch_types::{RecheckOrder, RecheckPurpose, Wall};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::read::{Reading, VERDICT_PREFIX, appearance_of};
use super::{CaseReader, Reviewer, Store, reviewer};
use crate::{
    CaseId, Committed, Error, RecheckAnswer, Review, VerdictRow, order_id, verdict_event, verdict_row,
};

/// An order for a case of the store.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Its name: the same order given twice is one order.
    pub id: Arc<str>,
    /// What it is for.
    pub purpose: RecheckPurpose,
    /// The case it is about.
    pub case: CaseId,
    /// When it is given.
    pub at: Wall,
    /// When it has to be answered.
    pub deadline: Wall,
}

/// What became of an order that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordered {
    /// It waits now.
    Now,
    /// The same order was given before; nothing was changed.
    Before,
}

impl Reviewer {
    /// Gives an order, unless `waiting_max` orders wait.
    pub fn order(&mut self, order: &NewOrder, waiting_max: usize) -> Result<Ordered, Error> {
        let wrong = |problem: String| Error::Order { problem };
        order_id(&order.id)?;
        if order.deadline <= order.at {
            return Err(wrong("its deadline is not after its time".to_owned()));
        }
        let file = self.database.file.clone();
        let failed = |e| Error::of_sqlite("giving a re-check order", &file, e);
        let connection = &mut self.database.connection;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        if reviewer::review_of(&transaction, &order.case)
            .map_err(failed)?
            .is_none()
        {
            return Err(Error::NoCase {
                case: order.case.to_string(),
            });
        }
        match before(&transaction, &order.id).map_err(failed)? {
            Some((case, purpose)) if case == order.case.as_str() && purpose == order.purpose.name() => {
                return Ok(Ordered::Before);
            }
            Some((case, purpose)) => {
                return Err(wrong(format!(
                    "`{}` is taken: it was given to {purpose} case {case}; take another id",
                    order.id
                )));
            }
            None => {}
        }
        let waiting = "SELECT count(*) FROM rechecks WHERE verdict IS NULL";
        let waiting: i64 = transaction
            .query_row(waiting, [], |row| row.get(0))
            .map_err(failed)?;
        if usize::try_from(waiting).unwrap_or(usize::MAX) >= waiting_max {
            return Err(wrong(format!(
                "{waiting} orders wait already; wait for their verdicts, or raise `recheck.orders_max`"
            )));
        }
        let values = params![
            &*order.id,
            order.case.as_str(),
            order.purpose.name(),
            order.at.0,
            order.deadline.0
        ];
        let insert = "INSERT INTO rechecks (order_id, case_id, purpose, ordered_ms, deadline_ms)
            VALUES (?1, ?2, ?3, ?4, ?5)";
        transaction.execute(insert, values).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(Ordered::Now)
    }
}

fn before(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<(String, String)>> {
    transaction
        .query_row(
            "SELECT case_id, purpose FROM rechecks WHERE order_id = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
}

impl CaseReader {
    /// The orders that wait, oldest first, at most `max`.
    pub fn waiting_orders(&self, max: usize) -> Result<Vec<RecheckOrder>, Error> {
        const SQL: &str = "SELECT * FROM rechecks JOIN cases USING (case_id)
            WHERE verdict IS NULL ORDER BY ordered_ms, order_id LIMIT ?1";
        let read = Reading {
            database: &self.database,
            attempted: "reading re-check orders",
        };
        read.rows(SQL, params![max as i64], |row| {
            let case = read.summary(row)?;
            let appearance: Option<Vec<u8>> = read.get(row, "appearance")?;
            Ok(RecheckOrder {
                id: Arc::from(read.get::<String>(row, "order_id")?),
                purpose: read.parsed(row, "purpose", RecheckPurpose::from_name)?,
                camera: case.camera,
                incident: Some(Arc::from(case.id.as_str())),
                class: case.class,
                view: Some(case.view),
                zone: Some(case.zone),
                bbox: Some(case.bbox),
                appearance: appearance.map(|bytes| appearance_of(&bytes)),
                ordered_at: Wall(read.get(row, "ordered_ms")?),
                deadline: Wall(read.get(row, "deadline_ms")?),
            })
        })
    }

    /// The verdict of an order as a row; nothing while it waits, or where nobody gave it.
    pub fn verdict(&self, order: &str) -> Result<Option<String>, Error> {
        const SQL: &str = "SELECT row_json FROM rechecks JOIN changes USING (seq) WHERE order_id = ?1";
        let read = Reading {
            database: &self.database,
            attempted: "reading a verdict",
        };
        let rows = read.rows(SQL, params![order], |row| read.get(row, "row_json"))?;
        Ok(rows.into_iter().next())
    }
}

impl Store {
    /// Where the pictures are that a case was filed with, or shown with last while it stood.
    pub fn filed_with(&self, case: &CaseId) -> Result<Option<String>, Error> {
        const SQL: &str = "SELECT evidence FROM changes WHERE case_id = ?1 AND evidence IS NOT NULL
            AND change IN ('opened', 'still') ORDER BY seq DESC LIMIT 1";
        let database = &self.database;
        database
            .connection
            .prepare_cached(SQL)
            .and_then(|mut statement| statement.query_row([case.as_str()], |row| row.get(0)).optional())
            .map_err(|e| Error::of_sqlite("reading a case", &database.file, e))
    }

    /// Stores verdicts and their outbox rows in one transaction, as [`Self::commit`] does changes. Those of a held case wait
    /// with it. A verdict that is stored already, or whose order nobody gave, is left alone.
    pub fn commit_verdicts(&mut self, answers: &[RecheckAnswer]) -> Result<Vec<Committed>, Error> {
        let file = self.database.file.clone();
        let failed = |e| Error::of_sqlite("committing verdicts", &file, e);
        let (sinks, source, codes) = (self.sinks.clone(), self.source.clone(), self.codes.clone());
        let connection = &mut self.database.connection;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let mut committed = Vec::with_capacity(answers.len());
        for answer in answers {
            let rendered = (verdict_row(answer), verdict_event(answer, &source, &codes));
            committed.push(insert(&transaction, &sinks, answer, &rendered).map_err(failed)?);
        }
        transaction.commit().map_err(failed)?;
        Ok(committed)
    }
}

fn insert(
    transaction: &Transaction<'_>,
    sinks: &[String],
    answer: &RecheckAnswer,
    (row, event): &(String, String),
) -> rusqlite::Result<Committed> {
    let verdict = &answer.verdict;
    let order = &verdict.order;
    let waits = transaction
        .prepare_cached(
            "SELECT case_id, review FROM rechecks JOIN cases USING (case_id)
            WHERE order_id = ?1 AND verdict IS NULL",
        )?
        .query_row([&*order.id], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    let Some((case, review)) = waits else {
        return Ok(Committed::AlreadyKnown);
    };
    let row_state = Review::from_name(&review).unwrap_or(Review::Held).row_state();
    let seq: i64 = transaction
        .prepare_cached(
            "INSERT INTO changes
                (case_id, change, decided_ms, emitted_ms, event_id, evidence, row_json, event_json)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING seq",
        )?
        .query_row(
            params![
                case,
                format!("{VERDICT_PREFIX}{}", order.id),
                verdict.decided_at.at.0,
                answer.emitted_at.0,
                VerdictRow::of(answer).event_id,
                answer.evidence.as_ref().map(|set| &set.path),
                row,
                event,
            ],
            |row| row.get(0),
        )?;
    let mut outbox =
        transaction.prepare_cached("INSERT INTO outbox (sink, seq, state) VALUES (?1, ?2, ?3)")?;
    for sink in sinks {
        outbox.execute(params![sink, seq, row_state])?;
    }
    transaction
        .prepare_cached(
            "UPDATE rechecks SET verdict = ?2, reason = ?3, answered_ms = ?4, seq = ?5 WHERE order_id = ?1",
        )?
        .execute(params![
            &*order.id,
            verdict.answer.name(),
            verdict.answer.reason().map(curbwatch_types::Inconclusive::name),
            verdict.decided_at.at.0,
            seq
        ])?;
    Ok(Committed::New)
}

//! The case stage: incidents to evidence and committed rows, one thread.
//!
//! Incidents that wait together are committed together (one fsync for all of them). When the disk is
//! full or gone the batch is kept and tried again; the stages before wait, and nothing is lost but
//! looks. What was not committed when the process dies is decided again by the next one: only
//! committed cases are known to have been opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use curbwatch_case::{
    CaseChange, CaseId, EvidenceSet, RecheckAnswer, ShotPicture, ShotRole, Store, write_evidence,
    write_verdict_evidence,
};
use curbwatch_decode::Decoder;
use curbwatch_types::{Appearance, Clock, Incident, Picture, Shot, Verdict};

use crate::gates::Gates;
use crate::metrics::{Metrics, Stage};
use crate::vision::timed;

/// An incident with what its thing looked like, so that a restart can tell "the same" from "another".
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) incident: Incident,
    pub(crate) appearance: Option<Appearance>,
}

/// What the scene stage hands over.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A life-cycle change.
    Incident(Decided),
    /// A re-check answered.
    Verdict(Verdict),
}

/// Changes committed in one transaction at most.
const BATCH_MAX: usize = 64;
/// First and longest pause after a commit that failed.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Attempts once the process was told to stop.
const ATTEMPTS_AT_STOP: u32 = 3;

pub(crate) struct Cases {
    pub(crate) store: Store,
    pub(crate) directory: PathBuf,
    pub(crate) decoder: Decoder,
    /// How each class was measured, and who sends it.
    pub(crate) gates: Gates,
    pub(crate) incidents: Receiver<Outcome>,
    /// Tells the courier that there is something to deliver.
    pub(crate) committed: Sender<()>,
    /// Closed (never sent to) when the process was told to stop.
    pub(crate) stopping: Receiver<()>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Cases {
    /// Runs until the scene stage is gone and everything is committed. Answers how many changes could
    /// not be committed because the disk stayed unwritable to the end.
    pub(crate) fn run(mut self) -> usize {
        let mut lost = 0;
        while let Ok(first) = self.incidents.recv() {
            let mut batch = vec![first];
            batch.extend(self.incidents.try_iter().take(BATCH_MAX - 1));
            lost += self.keep_trying(&batch);
        }
        lost
    }

    fn keep_trying(&mut self, batch: &[Outcome]) -> usize {
        let mut pause = PAUSE_MIN;
        let mut attempts_left = ATTEMPTS_AT_STOP;
        loop {
            let metrics = Arc::clone(&self.metrics);
            let cause = match timed(&metrics, Stage::Case, || self.commit(batch)) {
                Ok(()) => {
                    self.metrics.store_writable.set(1);
                    return 0;
                }
                Err(cause) => cause,
            };
            self.metrics.commit_failures.inc();
            self.metrics.store_writable.set(0);
            tracing::error!(changes = batch.len(), retry_in_secs = pause.as_secs(), "{cause}");
            match self.stopping.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => pause = (pause * 2).min(PAUSE_MAX),
                Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                    attempts_left -= 1;
                    if attempts_left == 0 {
                        tracing::error!(
                            changes = batch.len(),
                            "not committed; they will be decided again after the start"
                        );
                        return batch.len();
                    }
                }
            }
        }
    }

    fn commit(&mut self, batch: &[Outcome]) -> Result<(), curbwatch_case::Error> {
        let mut changes = Vec::with_capacity(batch.len());
        for outcome in batch {
            let Outcome::Incident(Decided { incident, appearance }) = outcome else {
                continue;
            };
            changes.push(CaseChange {
                evidence: self.evidence(incident)?,
                incident: incident.clone(),
                emitted_at: self.clock.wall(),
                appearance: appearance.clone(),
                measured: self.gates.measured(incident.class),
                gate: self.gates.gate(incident.class),
            });
        }
        if !changes.is_empty() {
            self.store.commit(&changes)?;
        }
        // A verdict may be about a case of the same batch.
        let mut answers = Vec::new();
        for outcome in batch {
            if let Outcome::Verdict(verdict) = outcome {
                answers.push(self.answer(verdict)?);
            }
        }
        if !answers.is_empty() {
            self.store.commit_verdicts(&answers)?;
        }
        self.metrics.cases_committed.inc_by(changes.len() as u64);
        // A full channel means the courier has been told already.
        let _told = self.committed.try_send(());
        Ok(())
    }

    /// The verdict with its pictures: the place before the order and after it.
    fn answer(&mut self, verdict: &Verdict) -> Result<RecheckAnswer, curbwatch_case::Error> {
        let filed_with = match &verdict.order.incident {
            Some(case) => self.store.filed_with(&CaseId::new(case)?)?,
            None => None,
        };
        let mut shots: Vec<&Shot> = verdict.before.iter().collect();
        shots.extend(&verdict.after);
        let write = |directory: &std::path::Path, pictures: &[ShotPicture<'_>]| {
            write_verdict_evidence(directory, verdict, pictures)
        };
        // Without a picture from after the order there is nothing to show.
        let evidence = match verdict.after {
            Some(_) => self.pictures(&shots, &verdict.order.id, write)?,
            None => None,
        };
        Ok(RecheckAnswer {
            verdict: verdict.clone(),
            evidence,
            filed_with,
            emitted_at: self.clock.wall(),
        })
    }

    fn evidence(&mut self, incident: &Incident) -> Result<Option<EvidenceSet>, curbwatch_case::Error> {
        let shots: Vec<&Shot> = incident.shots.iter().collect();
        self.pictures(&shots, &incident.key, |directory, pictures| {
            write_evidence(directory, incident, pictures)
        })
    }

    /// Decodes shots, oldest first, and makes evidence of them. A shot that does not decode is left
    /// out and counted: a case with one picture less is better than no case.
    fn pictures(
        &mut self,
        shots: &[&Shot],
        about: &str,
        write: impl FnOnce(&std::path::Path, &[ShotPicture<'_>]) -> Result<EvidenceSet, curbwatch_case::Error>,
    ) -> Result<Option<EvidenceSet>, curbwatch_case::Error> {
        let mut pictures = Vec::with_capacity(shots.len());
        for shot in shots {
            let mut picture = Picture::default();
            match self.decoder.decode_key(&shot.unit, &mut picture) {
                Ok(()) => pictures.push((picture, shot)),
                Err(cause) => {
                    self.metrics.evidence_failures.inc();
                    tracing::warn!(camera = %shot.unit.camera, about, "a picture for evidence: {cause}");
                }
            }
        }
        let latest = pictures.len().saturating_sub(1);
        let shown: Vec<ShotPicture<'_>> = pictures
            .iter()
            .enumerate()
            .map(|(i, (picture, shot))| ShotPicture {
                picture,
                bbox: shot.bbox,
                captured_at: shot.unit.captured_at,
                role: if i == latest {
                    ShotRole::Latest
                } else {
                    ShotRole::Earlier
                },
            })
            .collect();
        if shown.is_empty() {
            return Ok(None);
        }
        write(&self.directory, &shown).map(Some)
    }
}

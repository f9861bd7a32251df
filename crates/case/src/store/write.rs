//! One change into the tables: the case as it is now, its history, an outbox row for each sink.

use rusqlite::{Transaction, named_params, params};

use crate::wire::ground::{kept_place, kept_witnesses};
use crate::wire::{gated_event, gated_row};
use crate::{CaseChange, CaseId, CodeTable, Committed, Error, EventId, Gate, Review};

/// What the sinks will send, rendered when the change is committed: the same key has the same bytes
/// for ever, also after an upgrade.
pub(super) struct Rendered {
    case: CaseId,
    event: EventId,
    row: String,
    cloud_event: String,
    appearance: Option<Vec<u8>>,
}

impl Rendered {
    /// `gate` is the case's, which the change's own may differ from.
    pub(super) fn of(
        change: &CaseChange,
        case: CaseId,
        gate: Gate,
        source: &str,
        codes: &CodeTable,
    ) -> Result<Self, Error> {
        let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Ok(Self {
            case,
            event: EventId::of(&change.incident)?,
            row: gated_row(change, gate),
            cloud_event: gated_event(change, gate, source, codes)?,
            appearance: change.appearance.as_ref().map(|appearance| bytes(&appearance.0)),
        })
    }
}

/// Writes the change unless it is known.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    sinks: &[String],
    change: &CaseChange,
    review: Review,
    rendered: &Rendered,
) -> rusqlite::Result<Committed> {
    let incident = &change.incident;
    let known = transaction
        .prepare_cached("SELECT 1 FROM changes WHERE case_id = ?1 AND change = ?2 AND decided_ms = ?3")?
        .exists(params![
            rendered.case.as_str(),
            incident.change.name(),
            incident.decided_at.at.0
        ])?;
    if known {
        return Ok(Committed::AlreadyKnown);
    }
    upsert_case(transaction, change, review, rendered)?;
    let seq: i64 = transaction
        .prepare_cached(
            "INSERT INTO changes
                (case_id, change, decided_ms, emitted_ms, event_id, evidence, row_json, event_json)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING seq",
        )?
        .query_row(
            params![
                rendered.case.as_str(),
                incident.change.name(),
                incident.decided_at.at.0,
                change.emitted_at.0,
                rendered.event.as_str(),
                change.evidence.as_ref().map(|set| &set.path),
                rendered.row,
                rendered.cloud_event,
            ],
            |row| row.get(0),
        )?;
    let mut outbox =
        transaction.prepare_cached("INSERT INTO outbox (sink, seq, state) VALUES (?1, ?2, ?3)")?;
    for sink in sinks {
        outbox.execute(params![sink, seq, review.row_state()])?;
    }
    Ok(Committed::New)
}

/// The case as its latest decision left it; an older change that comes late moves nothing back.
fn upsert_case(
    transaction: &Transaction<'_>,
    change: &CaseChange,
    review: Review,
    rendered: &Rendered,
) -> rusqlite::Result<()> {
    let incident = &change.incident;
    transaction
        .prepare_cached(
            "INSERT INTO cases VALUES
                (:case_id, :state, :class, :camera, :view, :zone, :x, :y, :w, :h,
                 :first_seen, :first_seen_uncertainty, :due, :last_seen, :last_seen_uncertainty, :decided,
                 :present_looks, :best_score, :stationary, :dwell, :min_score, :present_looks_min,
                 :model, :appearance, :supersedes, :measured, :review, NULL, NULL, NULL, :also, :ground, :witnesses)
             ON CONFLICT (case_id) DO UPDATE SET
                state = excluded.state, camera = excluded.camera, view = excluded.view, zone = excluded.zone,
                ground = excluded.ground, witnesses = excluded.witnesses, x = excluded.x, y = excluded.y, w = excluded.w, h = excluded.h,
                last_seen_ms = excluded.last_seen_ms,
                last_seen_uncertainty_ms = excluded.last_seen_uncertainty_ms,
                decided_ms = excluded.decided_ms, present_looks = excluded.present_looks,
                best_score = excluded.best_score, model = excluded.model,
                measured = excluded.measured,
                stationary_secs = excluded.stationary_secs, dwell_secs = excluded.dwell_secs,
                min_score = excluded.min_score, present_looks_min = excluded.present_looks_min,
                appearance = coalesce(excluded.appearance, appearance)
             WHERE excluded.decided_ms >= decided_ms",
        )?
        .execute(named_params! {
            ":case_id": rendered.case.as_str(),
            ":state": incident.change.name(),
            ":class": incident.class.name(),
            ":camera": incident.camera.as_str(),
            ":view": incident.view.as_str(),
            ":zone": incident.zone.as_str(),
            ":x": real(incident.bbox.x),
            ":y": real(incident.bbox.y),
            ":w": real(incident.bbox.w),
            ":h": real(incident.bbox.h),
            ":first_seen": incident.first_seen.at.0,
            ":first_seen_uncertainty": incident.first_seen.uncertainty_ms,
            ":due": incident.due.0,
            ":last_seen": incident.last_seen.at.0,
            ":last_seen_uncertainty": incident.last_seen.uncertainty_ms,
            ":decided": incident.decided_at.at.0,
            ":present_looks": incident.present_looks,
            ":best_score": real(incident.best_score.get()),
            ":stationary": incident.rule.stationary_secs,
            ":dwell": incident.rule.dwell_secs,
            ":min_score": real(incident.rule.min_score),
            ":present_looks_min": incident.rule.present_looks_min,
            ":model": &*incident.model,
            ":appearance": rendered.appearance,
            ":supersedes": incident.supersedes.as_deref(),
            ":measured": change.measured.name(),
            ":review": review.name(),
            ":also": also(incident),
            ":ground": incident.ground.as_ref().map(kept_place),
            ":witnesses": (!incident.witnesses.is_empty()).then(|| kept_witnesses(&incident.witnesses)),
        })?;
    Ok(())
}

/// The classes that gave way, as the column has them.
fn also(incident: &curbwatch_types::Incident) -> Option<String> {
    let names: Vec<&str> = incident.also.iter().map(|class| class.name()).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// SQLite stores NaN as NULL, which a NOT NULL column refuses; a coordinate that is none becomes 0.
fn real(value: f32) -> f64 {
    if value.is_finite() { f64::from(value) } else { 0.0 }
}

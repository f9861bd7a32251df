//! What leaves the program: the row of `cases.jsonl` and the CloudEvents 1.0 envelope of a candidate.
//! A serialised type is a promise: keys keep their order and meaning, new ones are appended.
//! The schema of the envelope is `docs/ref/case-candidate.schema.json`.

pub(crate) mod figures;
pub(crate) mod ground;
mod recheck;
mod rule;
mod time;

pub use figures::Moment;
use figures::{rounded, rounded_box};
pub use ground::{GroundRow, WitnessRow};
pub(crate) use recheck::verdict_event_id;
pub use recheck::{
    PlaceInPicture, RECHECK_DEADLINE_SECS, RecheckAnswer, VerdictRow, order_id, order_of_row, verdict_event,
    verdict_row,
};
use serde::{Deserialize, Serialize};
pub(crate) use time::from_http_date;
pub use time::{from_rfc3339, rfc3339};

use crate::{CaseChange, CaseId, CodeTable, Error, EventId, EvidenceSet, Gate, ViolationCode};

/// `specversion` of the envelope.
const CLOUD_EVENTS_VERSION: &str = "1.0";
/// `dataschema` of the envelope: the schema under `docs/ref`, by name and major version.
const DATA_SCHEMA: &str = "urn:curbwatch:schema:case-candidate:1";

/// One line of `cases.jsonl`: one life-cycle change of a case. Key order is the declaration's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    /// The case.
    pub case_id: String,
    /// The camera.
    pub camera: String,
    /// The zone within the camera.
    pub zone: String,
    /// The violation's class.
    pub class: String,
    /// `opened`, `still`, `closed` or `reoccupied`.
    pub state: String,
    /// `[x, y, w, h]` of the latest shot, relative, 4 digits.
    #[serde(rename = "box")]
    pub bbox: [f64; 4],
    /// First look that showed it, milliseconds since 1970.
    pub first_seen_ms: i64,
    /// When its dwell was fulfilled.
    pub due_ms: i64,
    /// When this change left the pipeline.
    pub emitted_ms: i64,
    /// Latest look that showed it.
    pub last_seen_ms: i64,
    /// The view of the camera.
    pub view: String,
    /// Time of the look that decided the change.
    pub decided_ms: i64,
    /// Looks that showed it.
    pub present_looks: u32,
    /// Highest score among them, 4 digits.
    pub best_score: f64,
    /// Legal dwell as resolved, in seconds.
    pub dwell_secs: u32,
    /// Name and digest of the model.
    pub model: String,
    /// The case that stood in the same place before.
    pub supersedes: Option<String>,
    /// Identity of this change: the idempotency key.
    pub event_id: String,
    /// Folder of the evidence below the store's directory; left out where there is no store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// How the model was measured for this class: `measured (real)`, `measured (synthetic)` or
    /// `rule only`. Absent in rows from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// `open`: sent by itself; `held`: a person had to let the case go before anything of it was sent.
    /// Absent in rows from before there was a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// Classes whose rule its things fit too, and which gave way to this one. Left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Where it stands on ground that several views share. Left out where the view is measured into no frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<GroundRow>,
    /// The views that have seen it, the one that opened it first. Left out where it is one alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<WitnessRow>,
}

impl CaseRow {
    /// The row of a change.
    pub fn of(change: &CaseChange) -> Self {
        Self::gated(change, change.gate)
    }

    /// The row of a change whose case has this gate.
    fn gated(change: &CaseChange, gate: Gate) -> Self {
        let incident = &change.incident;
        Self {
            case_id: incident.key.to_string(),
            camera: incident.camera.to_string(),
            zone: incident.zone.to_string(),
            class: incident.class.name().to_owned(),
            state: incident.change.name().to_owned(),
            bbox: rounded_box(incident.bbox),
            first_seen_ms: incident.first_seen.at.0,
            due_ms: incident.due.0,
            emitted_ms: change.emitted_at.0,
            last_seen_ms: incident.last_seen.at.0,
            view: incident.view.to_string(),
            decided_ms: incident.decided_at.at.0,
            present_looks: incident.present_looks,
            best_score: rounded(incident.best_score.get()),
            dwell_secs: incident.rule.dwell_secs,
            model: incident.model.to_string(),
            supersedes: incident.supersedes.as_ref().map(ToString::to_string),
            event_id: EventId::of(incident).map(|id| id.to_string()).unwrap_or_default(),
            evidence: change.evidence.as_ref().map(|set| set.path.clone()),
            measured: Some(change.measured.label().to_owned()),
            gate: Some(gate.name().to_owned()),
            also: incident
                .also
                .iter()
                .map(|class| class.name().to_owned())
                .collect(),
            ground: incident.ground.as_ref().map(GroundRow::of),
            witnesses: incident.witnesses.iter().map(WitnessRow::of).collect(),
        }
    }
}

/// The change as one line of `cases.jsonl`, without the line's end. Byte-identical on every machine
/// for the same incident.
pub fn case_row(change: &CaseChange) -> String {
    gated_row(change, change.gate)
}

/// The same, of a change whose case has this gate.
pub(crate) fn gated_row(change: &CaseChange, gate: Gate) -> String {
    to_json(&CaseRow::gated(change, gate))
}

/// The change as a CloudEvents 1.0 event in structured mode (the JSON event format), one line.
/// `source` is the URI reference of this installation.
pub fn cloud_event(change: &CaseChange, source: &str, codes: &CodeTable) -> Result<String, Error> {
    gated_event(change, change.gate, source, codes)
}

/// The same, of a change whose case has this gate.
pub(crate) fn gated_event(
    change: &CaseChange,
    gate: Gate,
    source: &str,
    codes: &CodeTable,
) -> Result<String, Error> {
    let incident = &change.incident;
    let case = CaseId::of(incident)?;
    let event = EventId::of(incident)?;
    let name = incident.change.name();
    Ok(to_json(&CloudEvent {
        specversion: CLOUD_EVENTS_VERSION,
        id: event.as_str(),
        source,
        kind: &format!("curbwatch.case.{name}"),
        subject: case.as_str(),
        time: time::rfc3339(change.emitted_at),
        datacontenttype: "application/json",
        dataschema: DATA_SCHEMA,
        data: Candidate {
            case_id: case.as_str(),
            event_id: event.as_str(),
            state: name,
            class: incident.class.name(),
            codes_version: &codes.version,
            codes: codes.of(incident.class),
            camera: incident.camera.as_str(),
            view: incident.view.as_str(),
            zone: incident.zone.as_str(),
            place: Place {
                bbox: rounded_box(incident.bbox),
                ground: incident.ground.as_ref().map(GroundRow::of),
            },
            first_seen: Moment::of(incident.first_seen),
            due_ms: incident.due.0,
            last_seen: Moment::of(incident.last_seen),
            decided: Moment::of(incident.decided_at),
            emitted_ms: change.emitted_at.0,
            present_looks: incident.present_looks,
            best_score: rounded(incident.best_score.get()),
            model: &incident.model,
            rule: rule::Rule::of(&incident.rule),
            supersedes: incident.supersedes.as_deref(),
            redaction: "none",
            evidence: change.evidence.as_ref().map(Evidence::of),
            measured: change.measured.label(),
            gate: gate.name(),
            also: incident.also.iter().map(|class| class.name()).collect(),
            witnesses: incident.witnesses.iter().map(WitnessRow::of).collect(),
        },
    }))
}

/// CloudEvents 1.0, JSON event format 1.0, attributes in the specification's order.
#[derive(Serialize)]
struct CloudEvent<'a, D> {
    specversion: &'a str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    subject: &'a str,
    time: String,
    datacontenttype: &'a str,
    dataschema: &'a str,
    data: D,
}

/// The candidate as the case system gets it.
#[derive(Serialize)]
struct Candidate<'a> {
    case_id: &'a str,
    event_id: &'a str,
    state: &'a str,
    class: &'a str,
    codes_version: &'a str,
    codes: Vec<&'a ViolationCode>,
    camera: &'a str,
    view: &'a str,
    zone: &'a str,
    place: Place,
    first_seen: Moment,
    due_ms: i64,
    last_seen: Moment,
    decided: Moment,
    emitted_ms: i64,
    present_looks: u32,
    best_score: f64,
    model: &'a str,
    rule: rule::Rule<'a>,
    supersedes: Option<&'a str>,
    redaction: &'a str,
    evidence: Option<Evidence<'a>>,
    measured: &'a str,
    gate: &'a str,
    also: Vec<&'a str>,
    witnesses: Vec<WitnessRow>,
}

#[derive(Serialize)]
struct Place {
    #[serde(rename = "box")]
    bbox: [f64; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    ground: Option<GroundRow>,
}

/// Pictures by reference and digest, never inline.
#[derive(Serialize)]
struct Evidence<'a> {
    path: &'a str,
    manifest_sha256: &'a str,
    pictures: Vec<EvidencePicture<'a>>,
}

#[derive(Serialize)]
struct EvidencePicture<'a> {
    role: &'a str,
    file: &'a str,
    sha256: &'a str,
    bytes: u64,
    width: usize,
    height: usize,
    captured: Moment,
    #[serde(rename = "box")]
    bbox: [f64; 4],
}

impl<'a> Evidence<'a> {
    fn of(set: &'a EvidenceSet) -> Self {
        let picture = |file: &'a crate::EvidenceFile| EvidencePicture {
            role: file.role,
            file: &file.name,
            sha256: &file.sha256,
            bytes: file.bytes,
            width: file.width,
            height: file.height,
            captured: Moment::of(file.captured_at),
            bbox: rounded_box(file.bbox),
        };
        Self {
            path: &set.path,
            manifest_sha256: &set.manifest_sha256,
            pictures: set.files.iter().map(picture).collect(),
        }
    }
}

/// Structs of strings, numbers and lists: there is nothing in them that JSON cannot say.
fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

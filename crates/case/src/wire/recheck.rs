//! Re-checks on the wire: the order as a line of a file, the verdict as a row and as an event. The schema of the event is
//! `docs/ref/recheck-verdict.schema.json`. As in the rest of `wire`, keys keep their order and meaning.

use std::sync::Arc;

use curbwatch_types::{
    BBox, CameraId, RecheckOrder, RecheckPurpose, Shot, Verdict, ViewId, ViolationClass, Wall, ZoneId,
};
use serde::{Deserialize, Serialize};

use super::figures::{Moment, rounded_box};
use super::{CLOUD_EVENTS_VERSION, CloudEvent, Evidence, rfc3339, to_json};
use crate::{CaseId, CodeTable, Error, EvidenceSet, ViolationCode};

/// `dataschema` of the envelope.
const DATA_SCHEMA: &str = "urn:curbwatch:schema:recheck-verdict:1";
/// Longest order id, in bytes.
const ORDER_ID_BYTES_MAX: usize = 64;
/// How long an order waits where it does not say, in seconds: four intervals of a five-minute patrol, so that three visits
/// fall in whatever the phase.
pub const RECHECK_DEADLINE_SECS: u32 = 1200;

/// An answered order on its way out.
#[derive(Debug, Clone)]
pub struct RecheckAnswer {
    /// The answer.
    pub verdict: Verdict,
    /// The pictures before and after, already durable; none when no picture could be had.
    pub evidence: Option<EvidenceSet>,
    /// Where the pictures are that the case was filed with, relative to the store's directory.
    pub filed_with: Option<String>,
    /// When it left the pipeline. Replay: when it was decided.
    pub emitted_at: Wall,
}

/// Checks an order's id: 1 to 64 letters, digits, `-`, `_` and `.`.
pub fn order_id(text: &str) -> Result<Arc<str>, Error> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if text.is_empty() || text.len() > ORDER_ID_BYTES_MAX || !text.bytes().all(fits) {
        return Err(Error::Order {
            problem: format!(
                "`{}` is no order id: 1 to {ORDER_ID_BYTES_MAX} letters, digits, `-`, `_` and `.`",
                text.chars().take(ORDER_ID_BYTES_MAX).collect::<String>()
            ),
        });
    }
    Ok(Arc::from(text))
}

/// A line of an order file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderRow {
    order_id: String,
    at_ms: i64,
    camera: String,
    purpose: String,
    class: String,
    #[serde(default)]
    case_id: Option<String>,
    #[serde(default)]
    view: Option<String>,
    #[serde(default)]
    zone: Option<String>,
    #[serde(default, rename = "box")]
    bbox: Option<[f32; 4]>,
    #[serde(default)]
    deadline_ms: Option<i64>,
}

/// The order of one line of an order file: `order_id`, `at_ms`, `camera`, `purpose` (`verify`, `check`), `class`, and
/// `case_id` or `box` or both; `view`, `zone` and `deadline_ms` may be left out.
pub fn order_of_row(line: &str) -> Result<RecheckOrder, Error> {
    let wrong = |problem: String| Error::Order { problem };
    let row: OrderRow = serde_json::from_str(line).map_err(|e| wrong(e.to_string()))?;
    let purpose = RecheckPurpose::from_name(&row.purpose)
        .ok_or_else(|| wrong(format!("purpose `{}`: it is `verify` or `check`", row.purpose)))?;
    let class = ViolationClass::from_name(&row.class)
        .ok_or_else(|| wrong(format!("class `{}` is no class of violation", row.class)))?;
    let id = |what: &'static str| move |e: curbwatch_types::InvalidId| wrong(format!("{what}: {e}"));
    let bbox = row.bbox.map(|[x, y, w, h]| BBox::new(x, y, w, h));
    if bbox.is_some_and(|b| !(b.w > 0.0 && b.h > 0.0 && b.area().is_finite())) {
        return Err(wrong("box: [x, y, w, h] with w and h above 0".to_owned()));
    }
    if bbox.is_none() && row.case_id.is_none() {
        return Err(wrong(
            "neither `case_id` nor `box`: nobody knows the place".to_owned(),
        ));
    }
    let deadline_ms = row
        .deadline_ms
        .unwrap_or_else(|| row.at_ms.saturating_add(i64::from(RECHECK_DEADLINE_SECS) * 1000));
    if deadline_ms <= row.at_ms {
        return Err(wrong("deadline_ms: not after at_ms".to_owned()));
    }
    Ok(RecheckOrder {
        id: order_id(&row.order_id)?,
        purpose,
        camera: CameraId::new(&row.camera).map_err(id("camera"))?,
        incident: row
            .case_id
            .map(|case| CaseId::new(&case).map(|case| Arc::from(case.as_str())))
            .transpose()?,
        class,
        view: row
            .view
            .map(|view| ViewId::new(&view))
            .transpose()
            .map_err(id("view"))?,
        zone: row
            .zone
            .map(|zone| ZoneId::new(&zone))
            .transpose()
            .map_err(id("zone"))?,
        bbox,
        appearance: None,
        ordered_at: Wall(row.at_ms),
        deadline: Wall(deadline_ms),
    })
}

/// A verdict as a row: in replay a line of its own file, live a line of the JSON lines sink, told from the rows of
/// changes by `state`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictRow {
    /// The order.
    pub order_id: String,
    /// The case it is about, where it is about one.
    pub case_id: Option<String>,
    /// The camera.
    pub camera: String,
    /// The view of the latest picture, where it could be told.
    pub view: Option<String>,
    /// The zone, where known.
    pub zone: Option<String>,
    /// The violation's class.
    pub class: String,
    /// Always `recheck`.
    pub state: String,
    /// `verify` or `check`.
    pub purpose: String,
    /// `present`, `cleared`, `reoccupied` or `inconclusive`.
    pub verdict: String,
    /// Why nothing can be said.
    pub reason: Option<String>,
    /// When it was ordered, milliseconds since 1970.
    pub ordered_ms: i64,
    /// When it had to be answered.
    pub deadline_ms: i64,
    /// Time of the look that decided, or the deadline.
    pub decided_ms: i64,
    /// When the verdict left the pipeline.
    pub emitted_ms: i64,
    /// Pictures since the order.
    pub looks: u32,
    /// Of these, the ones that said something of the place.
    pub telling_looks: u32,
    /// The picture that showed it last before the order.
    pub before: Option<PlaceInPicture>,
    /// The latest picture.
    pub after: Option<PlaceInPicture>,
    /// Folder of both, below the store's directory; left out where there is no store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Folder of the pictures the case was filed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_with: Option<String>,
    /// Name and digest of the model.
    pub model: Option<String>,
    /// Identity of the verdict: the idempotency key.
    pub event_id: String,
}

/// The same place in one of the two pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlaceInPicture {
    /// When the picture was taken, milliseconds since 1970.
    pub captured_ms: i64,
    /// `[x, y, w, h]` of the place in it, relative, 4 digits.
    #[serde(rename = "box")]
    pub bbox: [f64; 4],
}

impl PlaceInPicture {
    fn of(shot: &Shot) -> Self {
        Self {
            captured_ms: shot.unit.captured_at.at.0,
            bbox: rounded_box(shot.bbox),
        }
    }
}

/// Identity of a verdict, `CASE.recheck.ORDER`: an order has one answer.
pub(crate) fn verdict_event_id(verdict: &Verdict) -> String {
    let about = verdict.order.incident.as_deref().unwrap_or("place");
    format!("{about}.recheck.{}", verdict.order.id)
}

impl VerdictRow {
    /// The row of an answer.
    pub fn of(answer: &RecheckAnswer) -> Self {
        let verdict = &answer.verdict;
        let order = &verdict.order;
        Self {
            order_id: order.id.to_string(),
            case_id: order.incident.as_ref().map(ToString::to_string),
            camera: order.camera.to_string(),
            view: verdict
                .view
                .as_ref()
                .or(order.view.as_ref())
                .map(ToString::to_string),
            zone: order.zone.as_ref().map(ToString::to_string),
            class: order.class.name().to_owned(),
            state: "recheck".to_owned(),
            purpose: order.purpose.name().to_owned(),
            verdict: verdict.answer.name().to_owned(),
            reason: verdict.answer.reason().map(|reason| reason.name().to_owned()),
            ordered_ms: order.ordered_at.0,
            deadline_ms: order.deadline.0,
            decided_ms: verdict.decided_at.at.0,
            emitted_ms: answer.emitted_at.0,
            looks: verdict.looks,
            telling_looks: verdict.telling_looks,
            before: verdict.before.as_ref().map(PlaceInPicture::of),
            after: verdict.after.as_ref().map(PlaceInPicture::of),
            evidence: answer.evidence.as_ref().map(|set| set.path.clone()),
            filed_with: answer.filed_with.clone(),
            model: verdict.model.as_ref().map(ToString::to_string),
            event_id: verdict_event_id(verdict),
        }
    }
}

/// The answer as one line, without the line's end.
pub fn verdict_row(answer: &RecheckAnswer) -> String {
    to_json(&VerdictRow::of(answer))
}

/// The answer as a CloudEvents 1.0 event in structured mode, one line.
pub fn verdict_event(answer: &RecheckAnswer, source: &str, codes: &CodeTable) -> String {
    let verdict = &answer.verdict;
    let order = &verdict.order;
    let id = verdict_event_id(verdict);
    to_json(&CloudEvent {
        specversion: CLOUD_EVENTS_VERSION,
        id: &id,
        source,
        kind: &format!("curbwatch.recheck.{}", verdict.answer.name()),
        subject: order.incident.as_deref().unwrap_or(&order.id),
        time: rfc3339(answer.emitted_at),
        datacontenttype: "application/json",
        dataschema: DATA_SCHEMA,
        data: Answered {
            order_id: &order.id,
            event_id: &id,
            case_id: order.incident.as_deref(),
            purpose: order.purpose.name(),
            verdict: verdict.answer.name(),
            reason: verdict.answer.reason().map(curbwatch_types::Inconclusive::name),
            class: order.class.name(),
            codes_version: &codes.version,
            codes: codes.of(order.class),
            camera: order.camera.as_str(),
            view: verdict.view.as_ref().or(order.view.as_ref()).map(ViewId::as_str),
            zone: order.zone.as_ref().map(ZoneId::as_str),
            ordered_ms: order.ordered_at.0,
            deadline_ms: order.deadline.0,
            decided: Moment::of(verdict.decided_at),
            emitted_ms: answer.emitted_at.0,
            looks: verdict.looks,
            telling_looks: verdict.telling_looks,
            before: verdict.before.as_ref().map(PlaceInPicture::of),
            after: verdict.after.as_ref().map(PlaceInPicture::of),
            model: verdict.model.as_deref(),
            redaction: "none",
            evidence: answer.evidence.as_ref().map(Evidence::of),
            filed_with: answer.filed_with.as_deref(),
        },
    })
}

/// The answer as the case system gets it.
#[derive(Serialize)]
struct Answered<'a> {
    order_id: &'a str,
    event_id: &'a str,
    case_id: Option<&'a str>,
    purpose: &'a str,
    verdict: &'a str,
    reason: Option<&'a str>,
    class: &'a str,
    codes_version: &'a str,
    codes: Vec<&'a ViolationCode>,
    camera: &'a str,
    view: Option<&'a str>,
    zone: Option<&'a str>,
    ordered_ms: i64,
    deadline_ms: i64,
    decided: Moment,
    emitted_ms: i64,
    looks: u32,
    telling_looks: u32,
    before: Option<PlaceInPicture>,
    after: Option<PlaceInPicture>,
    model: Option<&'a str>,
    redaction: &'a str,
    evidence: Option<Evidence<'a>>,
    filed_with: Option<&'a str>,
}

//! What the engine counts, in Prometheus' text format. Label values come from enums; handles are
//! resolved once, so that counting costs one atomic add.
//!
//! The accounting identity, held by a test and visible to operators:
//! `looks_due = looks_observed + Σ looks_dropped{reason} + looks_outstanding`.

use curbwatch_types::{Answer, CameraState, DropReason, IncidentChange, Inconclusive};
use prometheus::core::Collector as _;
use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

use crate::Error;
use crate::fates::{GroundFate, MemoryFate, ReloadFate};
use crate::vision_metrics::VisionMetrics;
use crate::visit_metrics::VisitMetrics;

/// A stage of a look whose CPU time is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Keyframe to YUV picture.
    Decode,
    /// Thumbnail and health figures.
    Survey,
    /// Picture to input tensor.
    Prepare,
    /// Tensor to detections.
    Infer,
    /// A closer look at some tiles: prepared, inferred, joined.
    Tiles,
    /// Observation to incidents.
    Scene,
    /// Incidents to evidence and rows.
    Case,
    /// Every picture of cameras without keyframes.
    Flow,
}

impl Stage {
    /// Every stage in the order of the road.
    pub const ALL: [Self; 8] = [
        Self::Decode,
        Self::Survey,
        Self::Prepare,
        Self::Infer,
        Self::Tiles,
        Self::Scene,
        Self::Case,
        Self::Flow,
    ];

    /// The name in metrics and benchmarks.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Survey => "survey",
            Self::Prepare => "prepare",
            Self::Infer => "infer",
            Self::Tiles => "tiles",
            Self::Scene => "scene",
            Self::Case => "case",
            Self::Flow => "flow",
        }
    }
}

/// Why a tile of a camera's plan was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TileSkip {
    /// It has its turn in another look.
    Turn,
    /// It had its turn, but the look had waited for a worker: tiles are what is given up first.
    Overload,
}

impl TileSkip {
    /// Every reason.
    pub const ALL: [Self; 2] = [Self::Turn, Self::Overload];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Overload => "overload",
        }
    }
}

/// One counter for each member of an enum.
#[derive(Debug)]
struct PerKind<const N: usize>([IntCounter; N]);

impl<const N: usize> PerKind<N> {
    fn new(vec: &IntCounterVec, names: [&'static str; N]) -> Self {
        Self(names.map(|name| vec.with_label_values(&[name])))
    }
}

/// All of the engine's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Looks that fell due.
    pub looks_due: IntCounter,
    /// Looks whose observation reached the scene.
    pub looks_observed: IntCounter,
    /// Looks observed after the next one of their camera fell due.
    pub looks_late: IntCounter,
    /// Looks due or under way, and not yet observed or dropped.
    pub looks_outstanding: IntGauge,
    /// From due to observed, seconds.
    pub look_latency: Histogram,
    /// Access units that reached the slots.
    pub units: IntCounter,
    /// Access units in looks.
    pub units_looked_at: IntCounter,
    /// RTP and RTSP bytes received.
    pub received_bytes: IntCounter,
    /// Case changes committed.
    pub cases_committed: IntCounter,
    /// Batches that could not be committed and were tried again.
    pub commit_failures: IntCounter,
    /// 1 while batches can be committed, 0 while the store refuses them.
    pub store_writable: IntGauge,
    /// Deliveries that a sink accepted.
    pub delivered: IntCounter,
    /// Deliveries that failed and will be tried again.
    pub delivery_failures: IntCounter,
    /// Rows waiting in the outbox.
    pub outbox_pending: IntGauge,
    /// Cases waiting for a person.
    pub cases_held: IntGauge,
    /// Findings in the decision record.
    pub findings_written: IntCounter,
    /// Findings that found the record's queue full or its disk unwritable.
    pub findings_dropped: IntCounter,
    /// Wishes for an earlier look that found the control queue full.
    pub wishes_dropped: IntCounter,
    /// Sessions opened after the first one of a camera.
    pub reconnects: IntCounter,
    /// Pictures of incidents that could not be decoded for evidence.
    pub evidence_failures: IntCounter,
    /// Dials under way.
    pub dials: IntGauge,
    /// The most dials that were under way at one time.
    pub dials_most: IntGauge,
    /// Cameras that wait for a session of their platform or host.
    pub sessions_waiting: IntGauge,
    /// Cameras that have not been watched for longer than looks may be apart.
    pub cameras_blind: IntGauge,
    /// Writes of the coverage ledger that failed and were tried again.
    pub ledger_failures: IntCounter,
    /// Intervals of the coverage ledger that no room was left for while the disk refused them.
    pub ledger_rows_lost: IntCounter,
    /// Cameras of which every picture is decoded.
    pub flow: Flow,
    /// Vision workers.
    pub vision: VisionMetrics,
    /// Tiles looked at.
    pub tiles_done: IntCounter,
    tiles_skipped: PerKind<{ TileSkip::ALL.len() }>,
    looks_dropped: PerKind<{ DropReason::ALL.len() }>,
    units_dropped: PerKind<{ DropReason::ALL.len() }>,
    stage_cpu_micros: PerKind<{ Stage::ALL.len() }>,
    incidents: PerKind<4>,
    verdicts: PerKind<4>,
    pictures_judged: PerKind<{ CameraState::ALL.len() }>,
    pictures_set_aside: PerKind<{ Inconclusive::ALL.len() }>,
    memories: PerKind<{ MemoryFate::ALL.len() }>,
    common_ground: PerKind<{ GroundFate::ALL.len() }>,
    /// Visits of cameras on patrol.
    pub visits: VisitMetrics,
    config_reloads: PerKind<{ ReloadFate::ALL.len() }>,
    camera_errors: IntCounterVec,
    cameras: IntGaugeVec,
}

const ANSWERS: [&str; 4] = ["present", "cleared", "reoccupied", "inconclusive"];
const CHANGES: [IncidentChange; 4] = [
    IncidentChange::Opened,
    IncidentChange::Still,
    IncidentChange::Closed,
    IncidentChange::Reoccupied,
];

impl Metrics {
    /// Registers every metric; all label values exist from the start.
    pub fn new() -> Result<Self, Error> {
        let registry = Registry::new_custom(Some("curbwatch".to_owned()), None)?;
        let counter = |name: &str, help: &str| -> Result<IntCounter, Error> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let counters = |name: &str, help: &str, label: &str| -> Result<IntCounterVec, Error> {
            let counters = IntCounterVec::new(Opts::new(name, help), &[label])?;
            registry.register(Box::new(counters.clone()))?;
            Ok(counters)
        };
        let gauge = |name: &str, help: &str| -> Result<IntGauge, Error> {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let (look_latency, cameras) = (look_latency(&registry)?, cameras(&registry)?);
        let reasons = DropReason::ALL.map(DropReason::name);
        let looks_dropped = counters("looks_dropped_total", "Looks dropped, by reason", "reason")?;
        let units_dropped = counters("units_dropped_total", "Units or packets dropped", "reason")?;
        let stage_cpu = counters(
            "stage_cpu_microseconds_total",
            "Thread CPU time, by stage",
            "stage",
        )?;
        let tiles_skipped = counters("tiles_skipped_total", "Tiles not looked at, by reason", "reason")?;
        let incidents = counters("incidents_total", "Life-cycle changes decided", "change")?;
        let help = "Re-checks answered, by verdict";
        let verdicts = counters("recheck_verdicts_total", help, "verdict")?;
        let pictures_judged = counters(
            "pictures_judged_total",
            "Observations by how the scene judged their picture",
            "state",
        )?;
        let camera_errors = counters("camera_errors_total", "Session errors, by kind", "kind")?;
        let metrics = Self {
            looks_due: counter("looks_due_total", "Looks that fell due")?,
            looks_observed: counter(
                "looks_observed_total",
                "Looks whose observation reached the scene",
            )?,
            looks_late: counter(
                "looks_late_total",
                "Looks observed after the camera's next one fell due",
            )?,
            looks_outstanding: gauge("looks_outstanding", "Looks due or under way")?,
            look_latency,
            units: counter("units_total", "Access units received")?,
            units_looked_at: counter("units_looked_at_total", "Access units handed to vision")?,
            received_bytes: counter("received_bytes_total", "Bytes received from cameras")?,
            cases_committed: counter("case_changes_committed_total", "Case changes committed")?,
            commit_failures: counter(
                "commit_failures_total",
                "Commits that failed and were tried again",
            )?,
            store_writable: gauge("store_writable", "1 while case changes can be committed")?,
            delivered: counter("delivered_total", "Events a sink accepted")?,
            delivery_failures: counter("delivery_failures_total", "Deliveries that failed")?,
            outbox_pending: gauge("outbox_pending", "Events waiting for a sink")?,
            cases_held: gauge("cases_held", "Cases waiting for a person")?,
            findings_written: counter("findings_written_total", "Findings in the decision record")?,
            findings_dropped: counter("findings_dropped_total", "Findings not in the decision record")?,
            wishes_dropped: counter("wishes_dropped_total", "Wishes for an earlier look, dropped")?,
            reconnects: counter("reconnects_total", "Sessions opened after a camera's first")?,
            evidence_failures: counter("evidence_failures_total", "Incident pictures that did not decode")?,
            dials: gauge("dials", "Dials under way")?,
            dials_most: gauge("dials_most", "The most dials that were under way at one time")?,
            sessions_waiting: gauge(
                "sessions_waiting",
                "Cameras that wait for a session of their host",
            )?,
            cameras_blind: gauge("cameras_blind", "Cameras that are not watched at the moment")?,
            ledger_failures: counter(
                "ledger_failures_total",
                "Writes of the coverage ledger that failed",
            )?,
            ledger_rows_lost: counter("ledger_rows_lost_total", "Blind intervals that were lost")?,
            flow: Flow::new(&registry)?,
            vision: VisionMetrics::register(&registry)?,
            tiles_done: counter("tiles_done_total", "Tiles looked at")?,
            tiles_skipped: PerKind::new(&tiles_skipped, TileSkip::ALL.map(TileSkip::name)),
            looks_dropped: PerKind::new(&looks_dropped, reasons),
            units_dropped: PerKind::new(&units_dropped, reasons),
            stage_cpu_micros: PerKind::new(&stage_cpu, Stage::ALL.map(Stage::name)),
            incidents: PerKind::new(&incidents, CHANGES.map(IncidentChange::name)),
            verdicts: PerKind::new(&verdicts, ANSWERS),
            pictures_set_aside: pictures_set_aside(&registry)?,
            pictures_judged: PerKind::new(&pictures_judged, CameraState::ALL.map(CameraState::name)),
            memories: memories(&registry)?,
            common_ground: common_ground(&registry)?,
            visits: VisitMetrics::register(&registry)?,
            config_reloads: config_reloads(&registry)?,
            camera_errors,
            cameras,
            registry,
        };
        metrics.store_writable.set(1);
        Ok(metrics)
    }

    /// The counter of looks dropped for `reason`.
    pub fn looks_dropped(&self, reason: DropReason) -> &IntCounter {
        &self.looks_dropped.0[position(&DropReason::ALL, reason)]
    }

    /// The counter of access units (or packets) dropped for `reason`.
    pub fn units_dropped(&self, reason: DropReason) -> &IntCounter {
        &self.units_dropped.0[position(&DropReason::ALL, reason)]
    }

    /// The counter of tiles left out for `reason`. For every look, done and left-out tiles are those of
    /// the camera's plan.
    pub fn tiles_skipped(&self, reason: TileSkip) -> &IntCounter {
        &self.tiles_skipped.0[position(&TileSkip::ALL, reason)]
    }

    /// Thread CPU time spent in `stage`, microseconds.
    pub fn stage_cpu_micros(&self, stage: Stage) -> &IntCounter {
        &self.stage_cpu_micros.0[position(&Stage::ALL, stage)]
    }

    /// Incidents with this change.
    pub fn incidents(&self, change: IncidentChange) -> &IntCounter {
        &self.incidents.0[position(&CHANGES, change)]
    }

    /// Re-checks with this answer, whatever its reason.
    pub fn verdicts(&self, answer: Answer) -> &IntCounter {
        &self.verdicts.0[position(&ANSWERS, answer.name())]
    }

    /// Observations whose picture the scene judged so; only `live` ones can open or close a case.
    pub fn pictures_judged(&self, state: CameraState) -> &IntCounter {
        &self.pictures_judged.0[position(&CameraState::ALL, state)]
    }

    /// Pictures that judged nothing, by the reason that a re-check would be given.
    pub fn pictures_set_aside(&self, why: Inconclusive) -> &IntCounter {
        &self.pictures_set_aside.0[position(&Inconclusive::ALL, why)]
    }

    /// Memories of scenes with this fate.
    pub fn memories(&self, fate: MemoryFate) -> &IntCounter {
        &self.memories.0[position(&MemoryFate::ALL, fate)]
    }

    /// Configurations told to the running program with this fate.
    pub fn config_reloads(&self, fate: ReloadFate) -> &IntCounter {
        &self.config_reloads.0[position(&ReloadFate::ALL, fate)]
    }

    /// Incidents and looks on shared ground with this fate.
    pub fn common_ground(&self, fate: GroundFate) -> &IntCounter {
        &self.common_ground.0[position(&GroundFate::ALL, fate)]
    }

    /// Session errors of this kind; `kind` comes from `ingest::Error::kind`.
    pub fn camera_error(&self, kind: &'static str) {
        self.camera_errors.with_label_values(&[kind]).inc();
    }

    /// Cameras in `state`.
    pub fn cameras(&self, state: CameraState) -> IntGauge {
        self.cameras.with_label_values(&[state.name()])
    }

    /// Everything in Prometheus' text format 0.0.4.
    pub fn text(&self) -> Result<String, Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Upper edge (seconds) and cumulative count of each bucket of the look latency.
    pub fn latency_buckets(&self) -> Vec<(f64, u64)> {
        let family = self.look_latency.collect();
        let histogram = family
            .first()
            .and_then(|family| family.get_metric().first())
            .map(prometheus::proto::Metric::get_histogram);
        let buckets = histogram.map(|h| {
            h.get_bucket()
                .iter()
                .map(|b| (b.upper_bound(), b.cumulative_count()))
        });
        buckets.map(Iterator::collect).unwrap_or_default()
    }

    /// Whether the accounting identity holds now; it always holds between two steps of the engine.
    pub fn balanced(&self) -> bool {
        let dropped: u64 = DropReason::ALL
            .iter()
            .map(|&reason| self.looks_dropped(reason).get())
            .sum();
        let outstanding = u64::try_from(self.looks_outstanding.get()).unwrap_or(u64::MAX);
        self.looks_due.get() == self.looks_observed.get() + dropped + outstanding
    }
}

/// Cameras without keyframes.
#[derive(Debug)]
pub struct Flow {
    /// How many of them have a seat.
    pub cameras: IntGauge,
    /// Units given to their decoders.
    pub units: IntCounter,
}

impl Flow {
    fn new(registry: &Registry) -> Result<Self, Error> {
        let cameras = IntGauge::new("flow_cameras", "Cameras of which every picture is decoded")?;
        let units = IntCounter::new("flow_units_total", "Units of these cameras given to a decoder")?;
        registry.register(Box::new(cameras.clone()))?;
        registry.register(Box::new(units.clone()))?;
        Ok(Self { cameras, units })
    }
}

fn look_latency(registry: &Registry) -> Result<Histogram, Error> {
    let latency = Histogram::with_opts(
        HistogramOpts::new("look_latency_seconds", "From due to observed").buckets(vec![
            0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 2.5, 3.0,
            4.0, 5.0, 7.5, 10.0, 15.0, 30.0, 60.0, 300.0,
        ]),
    )?;
    registry.register(Box::new(latency.clone()))?;
    Ok(latency)
}

fn pictures_set_aside(registry: &Registry) -> Result<PerKind<{ Inconclusive::ALL.len() }>, Error> {
    let help = "Observations whose picture judged nothing, by reason";
    let counters = IntCounterVec::new(Opts::new("pictures_set_aside_total", help), &["reason"])?;
    registry.register(Box::new(counters.clone()))?;
    Ok(PerKind::new(&counters, Inconclusive::ALL.map(Inconclusive::name)))
}

fn cameras(registry: &Registry) -> Result<IntGaugeVec, Error> {
    let cameras = IntGaugeVec::new(Opts::new("cameras", "Cameras by state"), &["state"])?;
    registry.register(Box::new(cameras.clone()))?;
    for state in CameraState::ALL {
        cameras.with_label_values(&[state.name()]).set(0);
    }
    Ok(cameras)
}

fn memories(registry: &Registry) -> Result<PerKind<{ MemoryFate::ALL.len() }>, Error> {
    let help = "What scenes remember over a restart, by what became of it";
    let memories = IntCounterVec::new(Opts::new("memories_total", help), &["fate"])?;
    registry.register(Box::new(memories.clone()))?;
    Ok(PerKind::new(&memories, MemoryFate::ALL.map(MemoryFate::name)))
}

fn common_ground(registry: &Registry) -> Result<PerKind<{ GroundFate::ALL.len() }>, Error> {
    let help = "Incidents and looks on ground that cameras share, by what became of them";
    let fates = IntCounterVec::new(Opts::new("common_ground_total", help), &["fate"])?;
    registry.register(Box::new(fates.clone()))?;
    Ok(PerKind::new(&fates, GroundFate::ALL.map(GroundFate::name)))
}

fn config_reloads(registry: &Registry) -> Result<PerKind<{ ReloadFate::ALL.len() }>, Error> {
    let help = "Configurations told while it runs, by what became of them";
    let reloads = IntCounterVec::new(Opts::new("config_reloads_total", help), &["result"])?;
    registry.register(Box::new(reloads.clone()))?;
    Ok(PerKind::new(&reloads, ReloadFate::ALL.map(ReloadFate::name)))
}

fn position<T: PartialEq + Copy, const N: usize>(all: &[T; N], one: T) -> usize {
    all.iter().position(|&member| member == one).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_value_exists_before_it_is_used() {
        let metrics = Metrics::new().expect("names are valid and unique");
        let text = metrics.text().expect("text is encodable");
        for reason in DropReason::ALL {
            let line = format!("curbwatch_looks_dropped_total{{reason=\"{}\"}} 0", reason.name());
            assert!(text.contains(&line), "{line} is missing");
        }
        for reason in [
            Inconclusive::Blurred,
            Inconclusive::Dazzled,
            Inconclusive::Switching,
        ] {
            let line = format!(
                "curbwatch_pictures_set_aside_total{{reason=\"{}\"}} 0",
                reason.name()
            );
            assert!(text.contains(&line), "{line} is missing");
        }
        for state in CameraState::ALL {
            assert!(text.contains(&format!("curbwatch_cameras{{state=\"{}\"}} 0", state.name())));
        }
    }

    #[test]
    fn the_identity_notices_a_lost_look() {
        let metrics = Metrics::new().expect("names are valid and unique");
        metrics.looks_due.inc_by(3);
        assert!(!metrics.balanced());
        metrics.looks_observed.inc();
        metrics.looks_dropped(DropReason::Overload).inc();
        metrics.looks_outstanding.inc();
        assert!(metrics.balanced());
    }
}

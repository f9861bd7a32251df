//! What is counted of visits, by group: the cameras on patrol of a platform share its sessions, so that is what
//! an operator asks about. Groups come from the configuration, so their number is bounded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use prometheus::{GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};

use crate::Error;
use crate::revisits::GroupRevisits;

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VisitEnd {
    /// With as many looks as wanted.
    Looked,
    /// With fewer: its time was over, or the camera hung up.
    Short,
    /// Its time was over before a picture came that could be looked at.
    NoPicture,
    /// The camera could not be reached, or said no.
    Failed,
    /// It waited too long for a session or a dial that others held.
    NoSession,
    /// The program was told to stop.
    Stopped,
}

impl VisitEnd {
    /// Every end.
    pub const ALL: [Self; 6] = [
        Self::Looked,
        Self::Short,
        Self::NoPicture,
        Self::Failed,
        Self::NoSession,
        Self::Stopped,
    ];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Looked => "looked",
            Self::Short => "short",
            Self::NoPicture => "no_picture",
            Self::Failed => "failed",
            Self::NoSession => "no_session",
            Self::Stopped => "stopped",
        }
    }
}

/// All that is counted of visits.
#[derive(Debug)]
pub struct VisitMetrics {
    visits: IntCounterVec,
    revisits: IntCounterVec,
    secs: HistogramVec,
    rounds_per_hour: GaugeVec,
    worst: GaugeVec,
    within: GaugeVec,
}

impl VisitMetrics {
    pub(crate) fn register(registry: &Registry) -> Result<Self, Error> {
        let counters = |name: &str, help: &str, label: &str| -> Result<IntCounterVec, Error> {
            let counters = IntCounterVec::new(Opts::new(name, help), &["group", label])?;
            registry.register(Box::new(counters.clone()))?;
            Ok(counters)
        };
        let gauges = |name: &str, help: &str| -> Result<GaugeVec, Error> {
            let gauges = GaugeVec::new(Opts::new(name, help), &["group"])?;
            registry.register(Box::new(gauges.clone()))?;
            Ok(gauges)
        };
        let buckets = vec![
            0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0,
        ];
        let secs =
            HistogramOpts::new("visit_seconds", "From the beginning of a visit to its end").buckets(buckets);
        let secs = HistogramVec::new(secs, &["group"])?;
        registry.register(Box::new(secs.clone()))?;
        Ok(Self {
            visits: counters(
                "visits_total",
                "Visits of cameras on patrol, by how they ended",
                "end",
            )?,
            revisits: counters(
                "revisits_total",
                "Visits after another one, by whether they kept the wish",
                "kept",
            )?,
            secs,
            rounds_per_hour: gauges(
                "rounds_per_hour",
                "Visits an hour of a camera on patrol, in the mean",
            )?,
            worst: gauges(
                "revisit_worst_seconds",
                "The longest of the last intervals between two visits",
            )?,
            within: gauges(
                "revisits_kept_share",
                "Share of the last intervals between visits within the wish",
            )?,
        })
    }

    /// A group has cameras on patrol: its label values exist from the start.
    pub(crate) fn expect(&self, group: &str) {
        for end in VisitEnd::ALL {
            self.visits.with_label_values(&[group, end.name()]).inc_by(0);
        }
        for kept in ["yes", "no"] {
            self.revisits.with_label_values(&[group, kept]).inc_by(0);
        }
    }

    /// Visits of the group that ended so.
    pub fn ended(&self, group: &str, end: VisitEnd) -> u64 {
        self.visits.with_label_values(&[group, end.name()]).get()
    }

    pub(crate) fn over(&self, group: &str, end: VisitEnd, took: Duration) {
        self.visits.with_label_values(&[group, end.name()]).inc();
        self.secs.with_label_values(&[group]).observe(took.as_secs_f64());
    }

    pub(crate) fn revisited(&self, group: &str, kept: bool) {
        let kept = if kept { "yes" } else { "no" };
        self.revisits.with_label_values(&[group, kept]).inc();
    }

    pub(crate) fn show(&self, groups: &BTreeMap<Arc<str>, GroupRevisits>) {
        for (name, group) in groups {
            let label: [&str; 1] = [name];
            self.rounds_per_hour
                .with_label_values(&label)
                .set(group.rounds_per_hour);
            self.worst
                .with_label_values(&label)
                .set(group.worst.as_secs_f64());
            self.within.with_label_values(&label).set(group.share_within());
        }
    }
}

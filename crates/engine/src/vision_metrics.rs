//! What is counted of vision workers: how many there are, and why others had to take their place.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use crate::Error;

/// Why a vision worker ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkerEnd {
    /// Its process ended by itself, or somebody ended it.
    Died,
    /// It did not answer in time, and was ended.
    Hung,
    /// It said what cannot be, and was ended.
    Nonsense,
    /// It panicked in its thread.
    Panicked,
}

impl WorkerEnd {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Died, Self::Hung, Self::Nonsense, Self::Panicked];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Died => "died",
            Self::Hung => "hung",
            Self::Nonsense => "nonsense",
            Self::Panicked => "panicked",
        }
    }
}

/// All that is counted of vision workers.
#[derive(Debug)]
pub struct VisionMetrics {
    /// Vision workers that can look.
    pub workers: IntGauge,
    /// Times that one could not be started to take the place of another; it is tried again.
    pub start_failures: IntCounter,
    /// Times that a camera was set aside because its pictures ended workers.
    pub cameras_set_aside: IntCounter,
    restarts: IntCounterVec,
}

impl VisionMetrics {
    pub(crate) fn register(registry: &Registry) -> Result<Self, Error> {
        let workers = IntGauge::new("vision_workers", "Vision workers that can look")?;
        let cameras_set_aside = IntCounter::new(
            "vision_cameras_set_aside_total",
            "Times that a camera was set aside because its pictures ended vision workers",
        )?;
        let start_failures = IntCounter::new(
            "vision_start_failures_total",
            "Times that no vision worker could be started in the place of another",
        )?;
        let help = "Vision workers that took the place of another, by what became of that one";
        let restarts = IntCounterVec::new(Opts::new("vision_restarts_total", help), &["reason"])?;
        registry.register(Box::new(workers.clone()))?;
        registry.register(Box::new(cameras_set_aside.clone()))?;
        registry.register(Box::new(start_failures.clone()))?;
        registry.register(Box::new(restarts.clone()))?;
        for end in WorkerEnd::ALL {
            restarts.with_label_values(&[end.name()]);
        }
        Ok(Self {
            workers,
            start_failures,
            cameras_set_aside,
            restarts,
        })
    }

    /// Workers that took the place of one that ended so. Counted when the new one can look.
    pub fn restarts(&self, end: WorkerEnd) -> IntCounter {
        self.restarts.with_label_values(&[end.name()])
    }
}

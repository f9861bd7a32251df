//! Work lent out: the street names jobs by number, the caller decides which thread does them.

use std::sync::OnceLock;

/// Runs numbered jobs, in any order and on any threads. The pictures do not depend on it.
pub trait Executor: Sync {
    /// Calls `job` once with every number below `jobs` and returns when all are done.
    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync));
}

/// One job after the other, on the caller's thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Serial;

impl Executor for Serial {
    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        for number in 0..jobs {
            job(number);
        }
    }
}

/// The results of `job` for every number below `jobs`, in order. A job that an executor left out is
/// done here.
pub(crate) fn collect<T: Send + Sync>(
    executor: &dyn Executor,
    jobs: usize,
    job: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let slots: Vec<OnceLock<T>> = (0..jobs).map(|_| OnceLock::new()).collect();
    executor.run(jobs, &|number| {
        if let Some(slot) = slots.get(number) {
            slot.get_or_init(|| job(number));
        }
    });
    let finish = |(number, slot): (usize, OnceLock<T>)| slot.into_inner().unwrap_or_else(|| job(number));
    slots.into_iter().enumerate().map(finish).collect()
}

//! What a call costs this thread, whatever else the machine does.

use rustix::time::{ClockId, clock_gettime};

/// CPU time of this thread in milliseconds.
pub(crate) fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Milliseconds of one call of `work`: the best mean of five rounds.
pub(crate) fn measure(count: usize, mut work: impl FnMut(usize)) -> f64 {
    (0..5)
        .map(|_| {
            let start = cpu_ms();
            (0..count).for_each(&mut work);
            (cpu_ms() - start) / count as f64
        })
        .fold(f64::INFINITY, f64::min)
}

//! The one place that makes threads, all of them named.

use std::thread::{Builder, JoinHandle};

use crate::Error;

/// Starts a named thread. Linux shows the first 15 bytes of the name.
pub(crate) fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|cause| Error::Thread {
            name: name.to_owned(),
            cause,
        })
}

/// CPU time this thread has used so far.
pub(crate) fn cpu_time() -> std::time::Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::new(
        u64::try_from(now.tv_sec).unwrap_or(0),
        u32::try_from(now.tv_nsec).unwrap_or(0),
    )
}

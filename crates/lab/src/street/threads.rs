//! Threads lent to the street's renderer. The pictures do not depend on their number.

use std::sync::atomic::{AtomicUsize, Ordering};

use curbwatch_street::Executor;

/// Up to this many threads, the caller's among them, for as long as one call lasts.
#[derive(Debug, Clone, Copy)]
pub struct Threads(pub usize);

impl Executor for Threads {
    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= jobs {
                    break;
                }
                job(number);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.0.min(jobs) {
                // A thread that the system refuses leaves its work to the others.
                let named = std::thread::Builder::new().name("street-render".to_owned());
                let _ = named.spawn_scoped(scope, work);
            }
            work();
        });
    }
}

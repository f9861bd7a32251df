//! How many of something there may be at one time: dials under way, sessions that stand. Shared by every
//! camera it is about: the whole process, a platform, a host.
//!
//! Who waits is served in the order of coming. Whoever takes of several budgets takes them in one order,
//! the narrow before the wide, so that no two wait for each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A bound on a number of things at one time, with its count.
#[derive(Debug)]
pub struct Budget {
    name: String,
    max: usize,
    left: Arc<Semaphore>,
    waiting: AtomicUsize,
    most: AtomicUsize,
}

/// One of the things; it is given back when this is dropped.
#[derive(Debug)]
pub struct Permit {
    _held: Option<OwnedSemaphorePermit>,
}

impl Budget {
    /// At most `max` at one time; `name` is what an operator reads when somebody waits.
    pub fn new(name: impl Into<String>, max: usize) -> Arc<Self> {
        let max = max.clamp(1, Semaphore::MAX_PERMITS);
        Arc::new(Self {
            name: name.into(),
            max,
            left: Arc::new(Semaphore::new(max)),
            waiting: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bound.
    pub fn max(&self) -> usize {
        self.max
    }

    /// Taken now.
    pub fn in_use(&self) -> usize {
        self.max - self.left.available_permits().min(self.max)
    }

    /// The most that were taken at one time.
    pub fn most(&self) -> usize {
        self.most.load(Relaxed)
    }

    /// Those who wait for one.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    /// Takes one if one is left.
    pub fn try_take(&self) -> Option<Permit> {
        let held = Arc::clone(&self.left).try_acquire_owned().ok()?;
        Some(self.taken(Some(held)))
    }

    /// Takes one, and waits for it if need be. Dropping the future gives up the place in the queue.
    pub async fn take(&self) -> Permit {
        let _counted = Waiting::new(&self.waiting);
        // It is never closed; one that were would bound nothing.
        let held = Arc::clone(&self.left).acquire_owned().await.ok();
        self.taken(held)
    }

    fn taken(&self, held: Option<OwnedSemaphorePermit>) -> Permit {
        self.most.fetch_max(self.in_use(), Relaxed);
        Permit { _held: held }
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn no_more_than_there_are_and_nobody_is_counted_who_left() {
        let budget = Budget::new("the recorder", 2);
        let mut context = Context::from_waker(Waker::noop());
        let (first, second) = (budget.try_take(), budget.try_take());
        assert!(first.is_some() && second.is_some() && budget.try_take().is_none());
        {
            let mut gives_up = pin!(budget.take());
            assert!(gives_up.as_mut().poll(&mut context).is_pending());
            assert_eq!((budget.in_use(), budget.waiting(), budget.most()), (2, 1, 2));
        }
        let mut stays = pin!(budget.take());
        assert!(stays.as_mut().poll(&mut context).is_pending());
        drop(first);
        assert!(matches!(stays.as_mut().poll(&mut context), Poll::Ready(_)));
        assert_eq!((budget.in_use(), budget.waiting(), budget.most()), (1, 0, 2));
    }
}

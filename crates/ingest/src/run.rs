//! Holding a camera's connection up: sessions one after the other, with full-jitter back-off between.
//! One task per camera, no threads. Not for one connection's doings: see `rtsp`.

use std::time::Duration;

use curbwatch_types::{CameraState, Clock, Epoch};
use fastrand::Rng;
use tokio_util::sync::CancellationToken;

use crate::options::Backoff;
use crate::rtsp::{Context, Memory, hold};
use crate::{Error, Event, Place, Retry, Source};

/// Receives from one camera until `stop`: connects, reconnects with full-jitter back-off
/// ([`Backoff`](crate::Backoff)), and tells `outlet`, which must not block. What works is remembered
/// from one connection to the next: the transport a camera accepts, the epoch its pictures have come to.
///
/// `seed` drives the jitter; give each camera its own. Returns within a second of `stop`, after a
/// TEARDOWN where a session stood. Dropping the future instead sends none.
pub async fn run(
    source: &Source,
    clock: &dyn Clock,
    seed: u64,
    stop: CancellationToken,
    mut outlet: impl FnMut(Event) + Send,
) {
    let backoff = &source.options.backoff;
    let mut rng = Rng::with_seed(seed);
    let mut memory = Memory {
        ssrc: rng.u32(..),
        ..Memory::default()
    };
    let mut at_once = 0;
    let mut wait = jitter(&mut rng, backoff.start_spread);
    let tell = &mut outlet;
    tell(Event::State {
        state: CameraState::Connecting,
        why: "starting".to_owned(),
    });
    memory.state = Some(CameraState::Connecting);
    loop {
        if !wait.is_zero() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
        let begun = clock.monotonic();
        let context = Context {
            source,
            clock,
            stop: &stop,
            outlet: tell,
            memory: &mut memory,
        };
        // Boxed: a session's state is large, and a camera that waits should cost little.
        let ended = Box::pin(hold(context)).await;
        memory.epoch = memory.epoch.next();
        let Err(error) = ended else { return };
        if clock.monotonic().since(begun) >= backoff.settled {
            memory.failures = 0;
            at_once = 0;
        }
        let retry = match retry(&error, source, &memory) {
            // A camera that forgets every session at once gets no second chance for free.
            Retry::AtOnce if at_once > 0 => Retry::Backoff,
            retry => retry,
        };
        at_once += u32::from(retry == Retry::AtOnce);
        wait = wait_before(retry, memory.failures, backoff, &mut rng);
        memory.failures += 1;
        tell_failure(error, &mut memory, tell);
    }
}

fn tell_failure(error: Error, memory: &mut Memory, tell: &mut (dyn FnMut(Event) + Send)) {
    let refused = matches!(error.kind(), "auth" | "not_found" | "address" | "unsupported");
    let state = if refused {
        CameraState::Refused
    } else {
        CameraState::Connecting
    };
    if memory.state != Some(state) {
        memory.state = Some(state);
        tell(Event::State {
            state,
            why: error.to_string(),
        });
    }
    tell(Event::Failed(error));
}

/// What one visit of a camera hands to the next: the transport it accepts, the epoch its pictures have come
/// to, how often it failed.
#[derive(Debug)]
pub struct Remembered {
    memory: Memory,
    rng: Rng,
}

impl Remembered {
    /// Nothing yet. `seed` drives the jitter; give each camera its own.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let memory = Memory {
            ssrc: rng.u32(..),
            ..Memory::default()
        };
        Self { memory, rng }
    }
}

/// One connection of a camera that is visited now and then: receives until `over` (`None`) or until it
/// fails; the answer then says how long it should be left alone. Told to `outlet` as by [`run`]; what it
/// was before is forgotten, so each visit says anew how the camera is.
pub async fn visit(
    source: &Source,
    clock: &dyn Clock,
    over: &CancellationToken,
    remembered: &mut Remembered,
    outlet: &mut (dyn FnMut(Event) + Send),
) -> Option<Duration> {
    let Remembered { memory, rng } = remembered;
    memory.state = None;
    let context = Context {
        source,
        clock,
        stop: over,
        outlet: &mut *outlet,
        memory: &mut *memory,
    };
    let ended = Box::pin(hold(context)).await;
    memory.epoch = memory.epoch.next();
    let Err(error) = ended else {
        memory.failures = 0;
        return None;
    };
    let backoff = &source.options.backoff;
    let wait = wait_before(retry(&error, source, memory), memory.failures, backoff, rng);
    memory.failures += 1;
    tell_failure(error, memory, outlet);
    Some(wait)
}

/// One connection: from name resolution until `stop` (`Ok`, after a TEARDOWN) or failure. No retry, no
/// memory. Pictures begin in `epoch`.
pub async fn session(
    source: &Source,
    clock: &dyn Clock,
    stop: &CancellationToken,
    epoch: Epoch,
    outlet: &mut (dyn FnMut(Event) + Send),
) -> Result<(), Error> {
    let mut memory = Memory {
        epoch,
        ssrc: 0x4357_0000 | epoch.0,
        ..Memory::default()
    };
    let context = Context {
        source,
        clock,
        stop,
        outlet,
        memory: &mut memory,
    };
    Box::pin(hold(context)).await
}

/// When to try again. A URL from a provider that is refused is one that expired on the way: the provider is
/// asked for another. Where no password was sent, no account can be locked.
fn retry(error: &Error, source: &Source, memory: &Memory) -> Retry {
    match error.retry() {
        Retry::Long if matches!(source.place, Place::Asked(_)) && !memory.login => Retry::Backoff,
        retry => retry,
    }
}

fn wait_before(retry: Retry, failures: u32, backoff: &Backoff, rng: &mut Rng) -> Duration {
    let doubled = backoff
        .first
        .saturating_mul(2u32.saturating_pow(failures.min(20)));
    let usual = if failures >= backoff.dead_after {
        backoff.max / 2 + jitter(rng, backoff.max / 2)
    } else {
        jitter(rng, doubled.min(backoff.max))
    };
    match retry {
        Retry::AtOnce => Duration::ZERO,
        Retry::After(asked) => asked.min(backoff.retry_after_max) + jitter(rng, backoff.first).max(usual),
        Retry::Long | Retry::Never => backoff.refused + jitter(rng, backoff.refused / 2),
        Retry::Backoff => usual,
    }
}

/// A time below `ceiling`.
fn jitter(rng: &mut Rng, ceiling: Duration) -> Duration {
    ceiling.mul_f64(rng.f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_spread_below_a_doubling_ceiling() {
        let backoff = Backoff::default();
        let secs = Duration::from_secs;
        // (retry, failures before, least, most)
        let rows = [
            (Retry::Backoff, 0, secs(0), secs(1)),
            (Retry::Backoff, 3, secs(0), secs(8)),
            (Retry::Backoff, 7, secs(0), secs(60)),
            (Retry::Backoff, 50, secs(30), secs(60)),
            (Retry::AtOnce, 9, secs(0), secs(0)),
            (Retry::After(secs(30)), 0, secs(30), secs(31)),
            (Retry::After(secs(86_400)), 0, secs(600), secs(601)),
            (Retry::Long, 0, secs(300), secs(450)),
        ];
        for (retry, failures, least, most) in rows {
            let mut rng = Rng::with_seed(7);
            let waits: Vec<_> = (0..200)
                .map(|_| wait_before(retry, failures, &backoff, &mut rng))
                .collect();
            assert!(
                waits.iter().all(|w| (least..=most).contains(w)),
                "{retry:?} {failures}"
            );
            if most > least {
                let third = most.saturating_sub(least) / 3;
                assert!(waits.iter().any(|w| *w < least + third), "{retry:?}: not spread");
                assert!(
                    waits.iter().any(|w| *w > most.saturating_sub(third)),
                    "{retry:?}: not spread"
                );
            }
        }
    }
}

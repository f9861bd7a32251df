//! Delivers the outbox: at least once, in order for each sink, without end while a consumer is down.
//! One step does what is due now and returns; the caller owns thread, clock and sleep.
//! Input: the outbox rows of the store; answers of consumers, which are bounded and never trusted.

mod json_lines;
mod outbox;
mod webhook;

use std::time::Duration;

use curbwatch_types::Wall;

use json_lines::JsonLines;
use outbox::OutboxRows;
use webhook::{Answer, Webhook};

use crate::sink_options::check_sinks;
use crate::store::{Database, Lock, create_directories, lock};
use crate::{Error, Options, SinkOptions};

/// What one step did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Rows that arrived.
    pub sent: usize,
    /// Attempts that failed; their rows are tried again.
    pub failed: usize,
    /// Rows refused for good in this step; see [`crate::Store::release_parked`].
    pub parked: usize,
    /// When to call again, if nothing new is committed before: now, when there is more to do;
    /// nothing, when the outbox is empty.
    pub next_due: Option<Wall>,
    /// What failed, by sink: one line each, without secrets.
    pub problems: Vec<(String, String)>,
}

/// Delivers to the configured sinks over its own database connection, beside the [`crate::Store`].
#[derive(Debug)]
pub struct Courier {
    rows: OutboxRows,
    sinks: Vec<Sink>,
    backoff: Backoff,
    requests_per_step_max: usize,
    refusals_max: u32,
    _lock: Lock,
}

#[derive(Debug)]
enum Sink {
    JsonLines(JsonLines),
    Webhook(Webhook),
}

impl Courier {
    /// Opens the outbox of a store that [`crate::Store::open`] has made. One courier a directory.
    pub fn open(options: &Options) -> Result<Self, Error> {
        check_sinks(&options.sinks)?;
        create_directories(&options.directory)?;
        let lock = lock(&options.directory, "courier")?;
        let mut database = Database::open_for_writing(options)?;
        crate::store::migrate(&mut database)?;
        let sinks = options
            .sinks
            .iter()
            .map(|sink| Sink::of(sink, options))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            rows: OutboxRows::new(database),
            sinks,
            backoff: Backoff::of(options),
            requests_per_step_max: options.requests_per_step_max,
            refusals_max: options.refusals_max,
            _lock: lock,
        })
    }

    /// Delivers what is due at `now`. It blocks for the disk, and for at most
    /// `requests_per_step_max` × `timeout` for each webhook. A consumer's failure is in the answer;
    /// an error is the store's own, and the same call can be made again.
    pub fn deliver_due(&mut self, now: Wall) -> Result<Delivered, Error> {
        let mut delivered = Delivered::default();
        for sink in &self.sinks {
            let next = match sink {
                Sink::JsonLines(lines) => self.backoff.append(lines, &mut self.rows, now, &mut delivered)?,
                Sink::Webhook(webhook) => {
                    let bounds = (self.requests_per_step_max, self.refusals_max);
                    self.backoff
                        .post(webhook, &mut self.rows, now, bounds, &mut delivered)?
                }
            };
            delivered.next_due = match (delivered.next_due, next) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(delivered)
    }
}

impl Sink {
    fn of(sink: &SinkOptions, options: &Options) -> Result<Self, Error> {
        Ok(match sink {
            SinkOptions::JsonLines { name, path } => {
                Self::JsonLines(JsonLines::new(name, path, options.lines_per_batch_max))
            }
            SinkOptions::Webhook {
                name,
                url,
                token,
                timeout,
            } => Self::Webhook(Webhook::new(
                name,
                url,
                token.as_ref(),
                *timeout,
                options.answer_bytes_max,
            )?),
        })
    }
}

/// When a failed row is tried again: full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS
/// Architecture Blog, 2015), and never before the consumer's `Retry-After`.
#[derive(Debug)]
struct Backoff {
    base: Duration,
    max: Duration,
    retry_after_max: Duration,
    chance: fastrand::Rng,
}

impl Backoff {
    fn of(options: &Options) -> Self {
        Self {
            base: options.backoff_base,
            max: options.backoff_max,
            retry_after_max: options.retry_after_max,
            chance: fastrand::Rng::with_seed(options.seed),
        }
    }

    /// Milliseconds to wait after the `attempts`-th failure in a row.
    fn delay_ms(&mut self, attempts: u32, retry_after: Option<Duration>) -> i64 {
        let ceiling = self
            .base
            .saturating_mul(1 << attempts.saturating_sub(1).min(20))
            .min(self.max);
        let jitter = self.chance.u64(0..=millis(ceiling));
        let asked = retry_after.map_or(0, |after| millis(after.min(self.retry_after_max)));
        jitter.max(asked) as i64
    }

    /// When a row is due. A due time further off than any delay can be is from a clock that has been
    /// set back since; it counts as now.
    fn due(&self, next_due: Wall, now: Wall) -> Wall {
        let longest = millis(self.max.max(self.retry_after_max)) as i64;
        if next_due > now.plus_millis(longest) {
            now
        } else {
            next_due
        }
    }

    /// Appends what waits for a JSON lines file. Returns when it wants to be called again.
    fn append(
        &mut self,
        lines: &JsonLines,
        rows: &mut OutboxRows,
        now: Wall,
        delivered: &mut Delivered,
    ) -> Result<Option<Wall>, Error> {
        let Some(head) = rows.head(&lines.name)? else {
            return Ok(None);
        };
        let due = self.due(head.next_due, now);
        if due > now {
            return Ok(Some(due));
        }
        match lines.append(rows, now) {
            Ok(sent) => {
                delivered.sent += sent;
                Ok(rows.head(&lines.name)?.map(|_| now))
            }
            Err(json_lines::Failure::Store(error)) => Err(error),
            Err(json_lines::Failure::File(error)) => {
                let next_due = now.plus_millis(self.delay_ms(head.attempts + 1, None));
                delivered.failed += 1;
                delivered.problems.push((lines.name.clone(), error.to_string()));
                rows.failed(&lines.name, &head, next_due, false, &error.to_string())?;
                Ok(Some(next_due))
            }
        }
    }

    /// Sends what waits for a webhook, one by one, until one fails. Returns when it wants to be
    /// called again.
    fn post(
        &mut self,
        webhook: &Webhook,
        rows: &mut OutboxRows,
        now: Wall,
        (requests_max, refusals_max): (usize, u32),
        delivered: &mut Delivered,
    ) -> Result<Option<Wall>, Error> {
        for _ in 0..requests_max {
            let Some(head) = rows.head(&webhook.name)? else {
                return Ok(None);
            };
            let due = self.due(head.next_due, now);
            if due > now {
                return Ok(Some(due));
            }
            let (problem, retry_after, refused) = match webhook.post(&head.event_id, &head.event_json, now) {
                Answer::Accepted => {
                    rows.delivered(&webhook.name, &[head.seq], now, None)?;
                    delivered.sent += 1;
                    continue;
                }
                Answer::Later { problem, retry_after } => (problem, retry_after, false),
                Answer::Refused { problem } => (problem, None, true),
            };
            delivered.failed += 1;
            delivered.problems.push((webhook.name.clone(), problem.clone()));
            if refused && head.refusals + 1 >= refusals_max {
                rows.parked(&webhook.name, &head, &problem)?;
                delivered.parked += 1;
                continue;
            }
            let next_due = now.plus_millis(self.delay_ms(head.attempts + 1, retry_after));
            rows.failed(&webhook.name, &head, next_due, refused, &problem)?;
            return Ok(Some(next_due));
        }
        Ok(rows
            .head(&webhook.name)?
            .map(|head| self.due(head.next_due, now).max(now)))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX)
        .min(i64::MAX as u64)
}

//! One session, from name resolution to TEARDOWN: `handshake` goes up to PLAY, `stream` from there on.

use std::time::Duration;

use curbwatch_types::CameraState;
use rtsp_types::Method;

use super::dialogue::{Context, Session};
use super::handshake;
use crate::{Error, Event, Permit, Problem};

/// Longest wait for the peer to take a TEARDOWN, and again to close, when we stop.
const FAREWELL: Duration = Duration::from_millis(400);
/// The same after a failure: the peer may be hostile, or gone.
const FAREWELL_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Holds one session until `stop` (`Ok`) or failure. Says farewell on every way out.
pub(crate) async fn hold(mut context: Context<'_>) -> Result<(), Error> {
    let source = context.source;
    let stop = context.stop;
    let (_session, dial) = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        permits = admitted(&mut context) => permits,
    };
    // Asked with the dial in hand: an answer that waits for its turn grows stale.
    let target = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        target = source.target() => target?,
    };
    context.memory.login = target.credentials.is_some();
    let wait = source.options.bounds.handshake;
    let mut attempt = String::from("connecting");
    let mut session = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        opened = tokio::time::timeout(wait, handshake::describe(&mut context, target, &mut attempt)) => match opened {
            Ok(Ok((mut session, media))) => {
                let ready = tokio::select! {
                    () = stop.cancelled() => None,
                    ready = tokio::time::timeout(wait, session.start(&media)) => Some(ready),
                };
                match ready {
                    Some(Ok(Ok(()))) => session,
                    Some(Ok(Err(problem))) => return Err(session.fail(problem).await),
                    Some(Err(_)) => return Err(session.fail(Problem::Timeout(wait)).await),
                    None => {
                        session.farewell(FAREWELL).await;
                        return Ok(());
                    }
                }
            }
            Ok(Err(problem)) => return Err(problem.on(&source.camera, attempt)),
            Err(_) => return Err(Problem::Timeout(wait).on(&source.camera, attempt)),
        },
    };
    drop(dial);
    match session.stream().await {
        Ok(()) => {
            session.farewell(FAREWELL).await;
            Ok(())
        }
        Err(problem) => Err(session.fail(problem).await),
    }
}

/// Waits until the budgets of sessions and of dials have room, and says what it waits for.
async fn admitted(context: &mut Context<'_>) -> (Vec<Permit>, Vec<Permit>) {
    let options = &context.source.options;
    let is_dead = context.memory.failures >= options.backoff.dead_after;
    let dead = options.dead_dials.iter().filter(|_| is_dead);
    let mut sessions = Vec::new();
    for budget in &options.session_budgets {
        if let Some(permit) = budget.try_take() {
            sessions.push(permit);
            continue;
        }
        context.memory.state = Some(CameraState::Connecting);
        (context.outlet)(Event::State {
            state: CameraState::Connecting,
            why: format!("waits for one of {} sessions of {}", budget.max(), budget.name()),
        });
        sessions.push(budget.take().await);
    }
    let mut dials = Vec::new();
    for budget in dead.chain(&options.dial_budgets) {
        dials.push(budget.take().await);
    }
    (sessions, dials)
}

impl Session<'_, '_> {
    async fn fail(self, problem: Problem) -> Error {
        let error = problem.on(&self.context.source.camera, self.attempt.clone());
        self.farewell(FAREWELL_AFTER_FAILURE).await;
        error
    }

    /// TEARDOWN where a session stands; what was received is handed out first.
    async fn farewell(mut self, wait: Duration) {
        if let Some(mut receiver) = self.receiver.take() {
            self.context.memory.epoch = receiver.finish(self.context.outlet);
        }
        if self.id.is_some() {
            // The answer is waited for: it may be a challenge with a fresh nonce, and cameras that want
            // one at every request keep the session until they are answered.
            let url = self.aggregate.clone();
            let asked = self.ask(&Method::Teardown, &url, &[]);
            let _heard = tokio::time::timeout(wait, asked).await;
            self.wire.close(wait).await;
        }
    }
}

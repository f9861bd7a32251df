//! The dialogue with one camera: who speaks ([`Session`]), requests and their answers, states. What the
//! phases share; `handshake` and `stream` say what is asked when, `session` when it ends.

use std::time::Duration;

use curbwatch_types::{CameraState, Clock, DropReason, Epoch};
use rtsp_types::{HeaderName, Method, Request, Version, headers};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::auth::Auth;
use super::connection::{Inbound, Wire};
use super::datagrams::Datagrams;
use super::message::{Message, Reply};
use crate::coded::Arrival;
use crate::options::Transport;
use crate::receive::Receiver;
use crate::{Event, Problem, Source};

/// What is remembered from one session to the next.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Epoch of the next session.
    pub(crate) epoch: Epoch,
    /// What the camera accepted last.
    pub(crate) transport: Option<Transport>,
    /// Our SSRC in reports.
    pub(crate) ssrc: u32,
    /// What was told last.
    pub(crate) state: Option<CameraState>,
    /// Failures in a row since a session stood.
    pub(crate) failures: u32,
    /// The last dial had a user and password with it.
    pub(crate) login: bool,
}

/// What a session works with.
pub(crate) struct Context<'a> {
    pub(crate) source: &'a Source,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) outlet: &'a mut (dyn FnMut(Event) + Send),
    pub(crate) memory: &'a mut Memory,
}

impl Context<'_> {
    /// Tells the state when it is another one than before.
    pub(crate) fn state(&mut self, state: CameraState, why: impl FnOnce() -> String) {
        if self.memory.state != Some(state) {
            self.memory.state = Some(state);
            (self.outlet)(Event::State { state, why: why() });
        }
    }

    pub(crate) fn arrival(&self) -> Arrival {
        Arrival {
            monotonic: self.clock.monotonic(),
            wall: self.clock.wall(),
        }
    }
}

/// A session under way.
pub(crate) struct Session<'a, 'b> {
    pub(crate) context: &'b mut Context<'a>,
    pub(crate) wire: Wire,
    pub(crate) auth: Auth,
    /// Where DESCRIBE is sent; another one after a redirect.
    pub(crate) url: Url,
    /// What PLAY, keepalives and TEARDOWN are about.
    pub(crate) aggregate: Url,
    pub(crate) id: Option<String>,
    /// The session's own timeout.
    pub(crate) timeout: Duration,
    pub(crate) cseq: u32,
    pub(crate) get_parameter: bool,
    pub(crate) receiver: Option<Receiver>,
    pub(crate) datagrams: Option<Datagrams>,
    /// What is being done, for errors.
    pub(crate) attempt: String,
}

impl Session<'_, '_> {
    /// A request's bytes, with what every request carries.
    pub(crate) fn compose(&mut self, method: &Method, url: &Url, extra: &[(HeaderName, String)]) -> Vec<u8> {
        self.cseq += 1;
        let mut builder = Request::builder(method.clone(), Version::V1_0)
            .request_uri(url.clone())
            .header(headers::CSEQ, self.cseq.to_string())
            .header(
                headers::USER_AGENT,
                self.context.source.options.user_agent.clone(),
            );
        let name: &str = method.into();
        if let Some(authorization) = self.auth.authorization(name, url.as_str()) {
            builder = builder.header(headers::AUTHORIZATION, authorization);
        }
        if let Some(id) = &self.id {
            builder = builder.header(headers::SESSION, id.clone());
        }
        for (name, value) in extra {
            builder = builder.header(name.clone(), value.clone());
        }
        let mut bytes = Vec::new();
        // Writing to memory does not fail.
        let _ = builder.empty().write(&mut bytes);
        bytes
    }

    /// Asks, and waits for the answer; frames that come meanwhile are received. A challenge is answered.
    /// Any other status is the caller's to judge.
    pub(crate) async fn ask(
        &mut self,
        method: &Method,
        url: &Url,
        extra: &[(HeaderName, String)],
    ) -> Result<Reply, Problem> {
        for refusals in 1.. {
            let answered = self.auth.is_armed();
            let request = self.compose(method, url, extra);
            self.wire.send(&request).await?;
            let reply = self.await_reply().await?;
            if reply.status != 401 {
                self.note_session(&reply);
                return Ok(reply);
            }
            self.auth.challenged(&reply.challenges, refusals, answered)?;
        }
        Err(Problem::Auth("it refused the user and password"))
    }

    async fn await_reply(&mut self) -> Result<Reply, Problem> {
        loop {
            while let Some(message) = self.take_message()? {
                match message {
                    // 100 Continue is no answer yet; another number answers an earlier request.
                    Message::Reply(reply)
                        if reply.status >= 200 && reply.cseq().is_none_or(|n| n == self.cseq) =>
                    {
                        return Ok(reply);
                    }
                    Message::Reply(_) => {}
                    Message::Request { cseq, .. } => self.answer(&cseq).await?,
                }
            }
            self.wire.fill().await?;
        }
    }

    /// Receives the frames at the front of the buffer, up to the next message.
    pub(crate) fn take_message(&mut self) -> Result<Option<Message>, Problem> {
        let arrival = self.context.arrival();
        loop {
            match self.wire.next()? {
                Inbound::Partial => break,
                Inbound::Message(message) => return Ok(Some(message)),
                Inbound::Frame(channel, range) => {
                    // Before SETUP nothing of it can be ours.
                    let Some(receiver) = &mut self.receiver else {
                        continue;
                    };
                    let bytes = self.wire.bytes(range);
                    if self.datagrams.is_some() {
                        receiver.count(DropReason::Foreign);
                    } else if channel == self.wire.channels.0 {
                        receiver.rtp(bytes, arrival, self.context.outlet)?;
                    } else if channel == self.wire.channels.1 {
                        receiver.rtcp(bytes, arrival);
                    } else {
                        receiver.count(DropReason::Foreign);
                    }
                }
            }
        }
        let resyncs = std::mem::take(&mut self.wire.resyncs);
        if let Some(receiver) = &mut self.receiver {
            (0..resyncs).for_each(|_| receiver.count(DropReason::Malformed));
        }
        Ok(None)
    }

    /// A request of the peer's: we can do nothing it may want.
    pub(crate) async fn answer(&mut self, cseq: &str) -> Result<(), Problem> {
        let cseq: String = cseq.chars().filter(char::is_ascii_digit).take(10).collect();
        let answer = format!("RTSP/1.0 501 Not Implemented\r\nCSeq: {cseq}\r\n\r\n");
        self.wire.send(answer.as_bytes()).await
    }

    /// Cameras change the session's id whenever they like; the last one counts.
    pub(crate) fn note_session(&mut self, reply: &Reply) {
        let Some(value) = reply.header("Session") else {
            return;
        };
        let mut parts = value.split(';').map(str::trim);
        if let Some(id) = parts.next().filter(|id| !id.is_empty()) {
            self.id = Some(id.to_owned());
        }
        let timeout = parts.find_map(|p| {
            p.to_ascii_lowercase()
                .strip_prefix("timeout=")?
                .trim()
                .parse()
                .ok()
        });
        if let Some(secs @ 1..) = timeout {
            self.timeout = Duration::from_secs(secs);
        }
    }
}

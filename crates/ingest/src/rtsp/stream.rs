//! From PLAY on: packets in, reports and keepalives out, and two watchdogs, one for packets and one for
//! pictures.

use std::time::Duration;

use curbwatch_types::{CameraState, Monotonic, Taint};
use rtsp_types::Method;

use super::datagrams::Datagram;
use super::dialogue::Session;
use super::message::{Message, Reply};
use crate::{Event, Problem};

/// How often counts are told and watchdogs look.
const TICK: Duration = Duration::from_secs(1);
/// How often receiver reports are sent.
const REPORT_EVERY: Duration = Duration::from_secs(10);
/// How often garbage is forgiven.
const FORGIVE_EVERY: Duration = Duration::from_secs(60);
/// Datagrams taken in one go.
const BURST: usize = 256;

/// What the watchdogs know.
struct Watch {
    own_packets: u64,
    packet_at: Monotonic,
    units: u64,
    unit_at: Monotonic,
    keepalive_at: Monotonic,
    report_at: Monotonic,
    forgiven_at: Monotonic,
    /// Number and refusals of the keepalive under way.
    asked: Option<(u32, u32)>,
}

impl Session<'_, '_> {
    /// Receives until stopped (`Ok`) or failure.
    pub(super) async fn stream(&mut self) -> Result<(), Problem> {
        self.attempt = format!("receiving from {}", self.context.source.redacted(&self.url));
        let now = self.context.clock.monotonic();
        let mut watch = Watch {
            own_packets: 0,
            packet_at: now,
            units: 0,
            unit_at: now,
            keepalive_at: now,
            report_at: now,
            forgiven_at: now,
            asked: None,
        };
        let stop = self.context.stop;
        let stopped = stop.cancelled();
        let tick = tokio::time::sleep(TICK);
        tokio::pin!(stopped, tick);
        loop {
            self.take_messages(&mut watch).await?;
            let datagrams = &mut self.datagrams;
            let heard = async {
                match datagrams {
                    Some(pair) => pair.receive().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut stopped => return Ok(()),
                () = &mut tick => {
                    tick.set(tokio::time::sleep(TICK));
                    self.tick(&mut watch).await?;
                }
                filled = self.wire.fill() => filled?,
                datagram = heard => self.take_datagrams(datagram?)?,
            }
        }
    }

    fn take_datagrams(&mut self, first: Datagram) -> Result<(), Problem> {
        let arrival = self.context.arrival();
        let (Some(pair), Some(receiver)) = (&mut self.datagrams, &mut self.receiver) else {
            return Ok(());
        };
        let mut next = Some(first);
        for _ in 0..BURST {
            let Some(datagram) = next else { break };
            match datagram {
                Datagram::Rtp(bytes) => {
                    self.wire.bytes_read += bytes as u64;
                    receiver.rtp(pair.bytes(bytes), arrival, self.context.outlet)?;
                }
                Datagram::Rtcp(bytes) => receiver.rtcp(pair.bytes(bytes), arrival),
                Datagram::Foreign => receiver.count(curbwatch_types::DropReason::Foreign),
            }
            next = pair.receive_now();
        }
        self.note_pictures();
        Ok(())
    }

    async fn take_messages(&mut self, watch: &mut Watch) -> Result<(), Problem> {
        while let Some(message) = self.take_message()? {
            match message {
                Message::Reply(reply) => self.keepalive_answered(&reply, watch).await?,
                Message::Request { farewell: true, .. } => return Err(Problem::Closed),
                Message::Request { cseq, .. } => self.answer(&cseq).await?,
            }
        }
        self.note_pictures();
        Ok(())
    }

    /// Pictures make the camera live, or tainted.
    fn note_pictures(&mut self) {
        let Some(receiver) = &self.receiver else { return };
        let tally = receiver.tally;
        if tally.units == 0 {
            return;
        }
        let known = self.context.memory.state;
        // `no_picture` ends with a new picture only; that is seen by the tick.
        if known == Some(CameraState::NoPicture) {
            return;
        }
        let (state, why) = match tally.taint {
            Taint::Clean => (CameraState::Live, "pictures arrive"),
            Taint::Loss => (CameraState::Tainted, "packets of its pictures are missing"),
            Taint::NoRandomAccess => (
                CameraState::Tainted,
                "its stream was joined in the middle: nothing is whole before a keyframe or a complete refresh",
            ),
        };
        self.context.state(state, || why.to_owned());
    }

    async fn tick(&mut self, watch: &mut Watch) -> Result<(), Problem> {
        let now = self.context.clock.monotonic();
        let bounds = &self.context.source.options.bounds;
        let (silence, no_picture) = (bounds.silence, bounds.no_picture);
        let Some(receiver) = &mut self.receiver else {
            return Ok(());
        };
        let quiet = receiver.tally.own_packets == watch.own_packets;
        receiver.tick(now, quiet, self.context.outlet)?;
        let tally = receiver.tally;
        let bytes = std::mem::take(&mut self.wire.bytes_read);
        let packets = std::mem::take(&mut receiver.tally.packets);
        if bytes > 0 {
            (self.context.outlet)(Event::Received { bytes, packets });
        }
        if !quiet {
            watch.own_packets = tally.own_packets;
            watch.packet_at = now;
        }
        if tally.units != watch.units {
            watch.units = tally.units;
            watch.unit_at = now;
            if self.context.memory.state == Some(CameraState::NoPicture) {
                self.context.memory.state = None;
            }
        }
        self.note_pictures();
        if now.since(watch.packet_at) >= silence {
            self.context.state(CameraState::Stalled, || {
                format!("no packet for {} s", silence.as_secs())
            });
            return Err(Problem::Silent(silence));
        }
        if now.since(watch.unit_at) >= no_picture {
            self.context.state(CameraState::NoPicture, || {
                format!(
                    "packets arrive, but no picture could be made of them for {} s",
                    no_picture.as_secs()
                )
            });
        }
        self.speak(now, watch).await
    }

    /// What is due to be sent.
    async fn speak(&mut self, now: Monotonic, watch: &mut Watch) -> Result<(), Problem> {
        let every = (self.timeout / 2).min(self.context.source.options.keepalive_max);
        if now.since(watch.keepalive_at) >= every {
            watch.keepalive_at = now;
            let request = self.keepalive();
            watch.asked = Some((self.cseq, 1));
            self.wire.send(&request).await?;
        }
        if now.since(watch.report_at) >= REPORT_EVERY {
            watch.report_at = now;
            let ssrc = self.context.memory.ssrc;
            if let Some(report) = self.receiver.as_mut().and_then(|r| r.report(ssrc, now)) {
                if let Some(pair) = &self.datagrams {
                    pair.report(&report).await;
                } else {
                    let mut frame = vec![b'$', self.wire.channels.1, 0, report.len() as u8];
                    frame.extend_from_slice(&report);
                    self.wire.send(&frame).await?;
                }
            }
        }
        if now.since(watch.forgiven_at) >= FORGIVE_EVERY {
            watch.forgiven_at = now;
            self.wire.forgive();
        }
        Ok(())
    }

    fn keepalive(&mut self) -> Vec<u8> {
        let method = if self.get_parameter {
            Method::GetParameter
        } else {
            Method::Options
        };
        let url = self.aggregate.clone();
        self.compose(&method, &url, &[])
    }

    async fn keepalive_answered(&mut self, reply: &Reply, watch: &mut Watch) -> Result<(), Problem> {
        let Some((cseq, refusals)) = watch.asked else {
            return Ok(());
        };
        if reply.cseq().is_some_and(|n| n != cseq) {
            return Ok(());
        }
        watch.asked = None;
        match reply.status {
            401 => {
                // A fresh nonce in mid-session: no reason to reconnect.
                self.auth.challenged(&reply.challenges, refusals, true)?;
                let request = self.keepalive();
                watch.asked = Some((self.cseq, refusals + 1));
                self.wire.send(&request).await
            }
            454 => Err(reply.problem()),
            200..=299 => {
                self.note_session(reply);
                Ok(())
            }
            _ => {
                // Leniency: cameras that offer GET_PARAMETER and cannot do it.
                self.get_parameter = false;
                Ok(())
            }
        }
    }
}
